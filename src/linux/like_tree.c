// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Tables from lines, in address order: one table of each level is open at a time, and is written when the next is needed. An
 * empty line has tables down to its level, with nothing in them there.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/bits.h"
#include "base/endian.h"
#include "linux/like.h"

#define X86_USER BIT(2)
/* KERNPG_TABLE without P: pgd_bad() and p4d_bad() insist on these. */
#define X86_TABLE (BIT(1) | BIT(5) | BIT(6))
#define NAPOT_SHIFT 4

struct node {
	uint64_t pa;
	uint64_t base; /* first address that it translates, as an offset in the regime */
	uint64_t *entry;
	bool open;
};

struct tree {
	struct ptk_like *like;
	const struct ptk_regime *r;
	struct node node[PTK_LEVELS_MAX];
	unsigned char *bytes; /* a table as memory has it */
	size_t at;            /* the line under way */
	struct ptk_err *err;
};

static uint64_t offset_of(const struct ptk_regime *r, uint64_t va)
{
	return va & low_bits(r->va_bits);
}

static uint64_t table_span(const struct ptk_regime *r, int level)
{
	return low_bits(r->level[level].shift + r->level[level].bits);
}

static uint64_t put_pa(const struct ptk_form *f, uint64_t pa)
{
	return ((pa >> f->pa_shift) & f->pa_mask) | ((pa >> f->hi_shift) & f->hi_mask);
}

static int close_node(struct tree *t, int level)
{
	struct node *n = &t->node[level];
	size_t count = (size_t)1 << t->r->level[level].bits, size = (size_t)1 << t->r->entry_shift;
	if (!n->open)
		return 0;
	n->open = false;
	for (size_t i = 0; i < count; i++) {
		if (size == 8)
			store64(t->bytes + i * 8, n->entry[i], false);
		else
			store32(t->bytes + i * 4, (uint32_t)n->entry[i], false);
	}
	return ptk_mem_write(t->like->mem, n->pa, t->bytes, count * size, t->err);
}

static uint64_t table_entry(const struct tree *t, int level, uint64_t pa)
{
	const struct ptk_form *f = &t->r->level[level].table_form;
	bool pdpt = t->r->va_width == 32 && t->r->entry_shift == 3; /* PAE: the upper four have no rights */
	uint64_t more = t->like->arch == LX_X86 && !(pdpt && level == 2) ? X86_TABLE : 0;
	return f->value | put_pa(f, pa) | more;
}

/* The entries of a table and the open ones above lead to what user code may reach. */
static void open_to_user(struct tree *t, int level)
{
	bool pdpt = t->r->va_width == 32 && t->r->entry_shift == 3;
	for (int l = level + 1; l < t->r->nlevels; l++) {
		const struct node *below = &t->node[l - 1];
		if (pdpt && l == 2)
			break;
		t->node[l].entry[(below->base - t->node[l].base) >> t->r->level[l].shift] |= X86_USER;
	}
}

static int open_node(struct tree *t, int level, uint64_t off)
{
	struct node *n = &t->node[level], *up = &t->node[level + 1];
	uint64_t *slot = &up->entry[(off - up->base) >> t->r->level[level + 1].shift];
	if (*slot)
		return ptk_like_refuse_(t->like, t->at, t->err, "a line before it maps a whole %s there",
		                        t->r->level[level + 1].name);
	int rc = ptk_like_table_(t->like, t->at, ptk_table_size(t->r, level), &n->pa, t->err);
	if (rc < 0)
		return rc;
	*slot = table_entry(t, level + 1, n->pa);
	n->base = off & ~table_span(t->r, level);
	n->open = true;
	memset(n->entry, 0, sizeof *n->entry << t->r->level[level].bits);
	return 0;
}

/* Have the table open that translates an address at a level, and all above. */
static int reach(struct tree *t, int level, uint64_t off)
{
	for (int l = t->r->nlevels - 2; l >= level; l--) {
		if (t->node[l].open && t->node[l].base == (off & ~table_span(t->r, l)))
			continue;
		for (int k = 0; k <= l; k++) {
			int rc = close_node(t, k);
			if (rc < 0)
				return rc;
		}
		int rc = open_node(t, l, off);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* What an entry has besides what the text shows and its address. */
static uint64_t unseen(const struct ptk_like *k, const struct like_line *l)
{
	uint64_t v = 0;
	switch (k->arch) {
	case LX_X86:
		/* Software's first bit tells neighbours apart that look the same; the accessed flag is set, dirty where written. */
		if (!(l->value & BIT(0)))
			return l->other ? BIT(9) : 0;
		return BIT(5) | (l->value & BIT(1) ? BIT(6) : 0) | (l->other ? BIT(9) : 0);
	case LX_ARM:
		/* LPAE: the access flag, Linux's dirty bit, and AP[2] as Linux sets it beside its own read-only bit. */
		v = BIT(10) | BIT(55);
		return l->level == 0 && l->value & BIT(58) ? v | BIT(7) : v;
	case LX_ARM64:
		/* What is printed of an invalid upper entry is present to Linux: before 6.11, PROT_NONE says so. */
		return !(l->value & BIT(0)) ? k->p->tested & BIT(58) : 0;
	case LX_RISCV:
		return 0;
	}
	return v;
}

static uint64_t leaf_entry(const struct tree *t, const struct like_line *l, uint64_t pa)
{
	const struct ptk_form *f = &t->r->level[l->level].leaf_form;
	bool napot = t->like->arch == LX_RISCV && l->value & BIT(63);
	uint64_t base = (f->value & ~l->mask) | l->value | unseen(t->like, l);
	if (t->like->arch == LX_X86 && !(l->value & BIT(0)))
		return l->value | unseen(t->like, l);
	if (!napot)
		return base | (put_pa(f, pa) & ~l->mask);
	/* Svnapot: all entries of a run hold its address, and its size in the bits below */
	uint64_t run = round_down(pa, UINT64_C(4096) << NAPOT_SHIFT);
	return base | (run >> 12 | BIT(NAPOT_SHIFT - 1)) << 10;
}

/* The part of a line that one table holds. */
static int fill(struct tree *t, const struct like_line *l, uint64_t off, uint64_t count, uint64_t pa)
{
	const struct ptk_level *v = &t->r->level[l->level];
	uint64_t *entry = t->node[l->level].entry + ((off - t->node[l->level].base) >> v->shift);
	bool present = l->pa != PTK_NO_PA;
	for (uint64_t i = 0; i < count; i++) {
		if (entry[i])
			return ptk_like_refuse_(t->like, t->at, t->err, "a line before it has a table there");
		if (l->leaf)
			entry[i] = leaf_entry(t, l, pa + (i << v->shift));
	}
	if (t->like->arch == LX_X86 && l->value & X86_USER)
		open_to_user(t, l->level);
	uint64_t last = pa + ((count - 1) << v->shift);
	bool napot = t->like->arch == LX_RISCV && l->value & BIT(63);
	if (present && !napot && form_pa(&v->leaf_form, entry[count - 1]) != last)
		return ptk_like_refuse_(t->like, t->at, t->err, "its entries cannot hold the address 0x%llx",
		                        (unsigned long long)last);
	return 0;
}

/* A stretch of a line, as offsets in the regime, inclusive. */
static int stretch(struct tree *t, const struct like_line *l, uint64_t first, uint64_t last, uint64_t pa)
{
	uint64_t span = table_span(t->r, l->level);
	for (uint64_t off = first, end; off <= last; off = end + 1) {
		end = off | span;
		end = end < last ? end : last;
		int rc = reach(t, l->level, off);
		if (rc == 0)
			rc = fill(t, l, off, ((end - off) >> t->r->level[l->level].shift) + 1, pa + (off - first));
		if (rc < 0)
			return rc;
		if (end == UINT64_MAX)
			break;
	}
	return 0;
}

/* An empty line may reach over addresses that nobody translates; the kernel's walk skips them. */
static int stretches(struct tree *t, const struct like_line *l)
{
	const struct ptk_text_line *x = &t->like->ti->line[t->at];
	const struct ptk_space *s = &t->like->info.space;
	const struct ptk_regime *r = t->r;
	uint64_t half = BIT(r->va_bits - 1);
	struct ptd_range part[2] = {{s->first, s->last}, {1, 0}};
	if (r->va_form == PTK_VA_SIGN && r->va_width == 64) {
		part[0] = (struct ptd_range){0, half - 1};
		part[1] = (struct ptd_range){-half, UINT64_MAX};
	}
	for (int i = 0; i < 2; i++) {
		uint64_t first = x->first > part[i].first ? x->first : part[i].first;
		uint64_t last = x->last < part[i].last ? x->last : part[i].last;
		int rc = first > last ? 0 : stretch(t, l, offset_of(r, first), offset_of(r, last), l->pa + (first - x->first));
		if (rc < 0)
			return rc;
	}
	return 0;
}

/*
 * What the text does not tell stays empty, so an empty line before it would go on: after that comes an entry that is not
 * present, but not zero either. Linux must have had something there, too.
 */
static int end_line(struct tree *t)
{
	const struct ptk_text_line *x = &t->like->ti->line[t->at];
	const struct like_line *l = &t->like->line[t->at];
	const struct like_line end = {.pa = PTK_NO_PA, .level = l->level, .leaf = true, .other = true, .value = l->level ? BIT(7) : 0};
	uint64_t off = offset_of(t->r, x->last + 1);
	if (l->leaf || x->last >= t->like->info.space.last)
		return 0;
	return stretch(t, &end, off, off + low_bits(t->r->level[l->level].shift), 0);
}

static int all_lines(struct tree *t)
{
	const struct ptk_text_info *ti = t->like->ti;
	size_t gap = 0;
	for (t->at = 0; t->at < ti->nlines; t->at++) {
		int rc = stretches(t, &t->like->line[t->at]);
		while (gap < ti->ngaps && ti->gap[gap].line <= t->at)
			gap++;
		if (rc == 0 && gap < ti->ngaps && ti->gap[gap].line == t->at + 1)
			rc = end_line(t);
		if (rc < 0)
			return rc;
	}
	for (int l = 0; l < t->r->nlevels; l++) {
		int rc = close_node(t, l);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int ptk_like_tree_(struct ptk_like *like, struct ptk_err *err)
{
	struct tree t = {.like = like, .r = &like->r, .err = err};
	int top = like->r.nlevels - 1, rc = 0;
	uint64_t most = 0;
	for (int l = 0; l <= top && rc == 0; l++) {
		uint64_t size = ptk_table_size(&like->r, l);
		most = size > most ? size : most;
		t.node[l].entry = calloc((size_t)1 << like->r.level[l].bits, sizeof *t.node[l].entry);
		rc = t.node[l].entry ? 0 : PTK_E_NOMEM;
	}
	t.bytes = malloc(most);
	t.node[top].pa = like->info.space.root;
	t.node[top].open = true;
	if (!t.bytes)
		rc = PTK_E_NOMEM;
	if (rc == 0)
		rc = all_lines(&t);
	for (int l = 0; l <= top; l++)
		free(t.node[l].entry);
	free(t.bytes);
	return rc;
}
