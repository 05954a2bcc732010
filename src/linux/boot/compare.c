// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Tables of ours against those of a picture, entry by entry. The two trees are walked together: where one has a table and
 * the other a leaf or nothing, the entries of that table are each held against the leaf above, or nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "linux/boot/note.h"

/* Tables of a picture may loop: so many are entered, and no more. */
#define ENTERED_MAX (UINT64_C(4) << 20)

/* Of one tree, at one place. */
struct side {
	struct ptk_space space;
	uint8_t *buf[PTK_LEVELS_MAX]; /* the table being looked at, by level */
	bool big;
};

/* What a side has for an address: an entry of this level, or one of a level above that stands for it too. */
struct at {
	bool table;    /* there is a table, at pa, in the side's buffer for this level */
	bool unreadable;
	uint64_t pa;
	uint64_t raw;  /* no table: the leaf above, or 0 */
	int level;     /* of that leaf, or -1 */
	uint64_t entry_pa;
};

struct compare {
	const struct ptk_boot *b;
	struct ptk_linux *lx;
	const struct ptk_regime *r;
	struct side ours, theirs;
	struct boot_areas areas; /* of the picture */
	const struct ptk_boot_region *region;
	const struct ptk_boot_region *before; /* the region before, for tables that two share; or NULL */
	struct ptk_boot_sum *sum;
	ptk_boot_diff_fn *fn;
	void *arg;
	struct boot_evidence evidence; /* once there is a difference */
	bool asked;
	struct ptk_boot_diff run;
	bool running;
	uint64_t entered; /* tables, of both */
	struct ptk_err *err;
	int rc;
};

/* ---- runs ---- */

static void flush(struct compare *c)
{
	if (c->running && c->fn && c->rc == 0) {
		int rc = c->fn(c->arg, &c->run);
		c->rc = rc < 0 ? rc : 0;
	}
	c->running = false;
}

/* A value without its address, and in *pa where it maps va. */
static uint64_t attributes(const struct compare *c, int level, uint64_t raw, uint64_t va, uint64_t *pa)
{
	struct ptk_entry e;
	uint64_t plain;
	*pa = 0;
	ptk_entry_decode(c->r, level, raw, &e);
	if (!raw || (e.kind != PTK_LEAF && e.kind != PTK_TABLE))
		return raw;
	*pa = e.kind == PTK_LEAF ? e.pa + (va & (e.span - 1)) : 0;
	e.pa = 0;
	return ptk_entry_encode(c->r, &e, &plain, NULL) == 0 ? plain : raw;
}

/* Neighbours that differ in the same way: the attributes are those of the run, and so is the distance of what they map. */
static bool continues(const struct compare *c, const struct ptk_boot_diff *d)
{
	const struct ptk_boot_diff *r = &c->run;
	uint64_t pa[4];
	if (!c->running || r->verdict != d->verdict || r->why != d->why || r->level != d->level || r->twin != d->twin ||
	    r->their_level != d->their_level || r->last + 1 != d->first || r->last - r->first < d->last - d->first)
		return false;
	if (d->twin)
		return (r->ours ^ r->theirs) == (d->ours ^ d->theirs);
	if (attributes(c, r->level, r->ours, r->first, &pa[0]) != attributes(c, d->level, d->ours, d->first, &pa[1]) ||
	    attributes(c, r->their_level, r->theirs, r->first, &pa[2]) !=
	            attributes(c, d->their_level, d->theirs, d->first, &pa[3]))
		return false;
	return !r->ours || !r->theirs || pa[2] - pa[0] == pa[3] - pa[1];
}

static void tell(struct compare *c, const struct ptk_boot_diff *d)
{
	if (continues(c, d)) {
		c->run.last = d->last;
		c->run.count++;
		return;
	}
	flush(c);
	c->run = *d;
	c->running = true;
}

/* ---- one entry ---- */

static void count(struct compare *c, enum ptk_boot_verdict v)
{
	struct ptk_boot_sum *s = c->sum;
	s->entries++;
	switch (v) {
	case PTK_BOOT_EQUAL: s->equal++; break;
	case PTK_BOOT_NAMED: s->named++; break;
	case PTK_BOOT_DIFFERENT: s->different++; break;
	case PTK_BOOT_ONLY_OURS: s->only_ours++; break;
	case PTK_BOOT_ONLY_THEIRS: s->only_theirs++; break;
	}
}

enum kind {
	ENTRY,
	TABLE, /* one table entry, by its attribute bits */
	TWIN,  /* Linux's own entry */
};

static void ask(struct compare *c)
{
	if (c->asked)
		return;
	c->asked = true;
	int rc = boot_note_evidence_(c->lx, &c->evidence, c->err);
	if (rc == 0 && (rc = boot_evidence_take_(&c->evidence, c->lx, c->b->machine, c->b)) < 0)
		ptk_err_set_(c->err, rc, "no memory to look for what explains a difference");
	if (rc < 0 && c->rc == 0)
		c->rc = rc;
}

static void differ(struct compare *c, int level, uint64_t va, const struct at *o, const struct at *t, enum kind kind)
{
	struct boot_case k = {
	        .region = c->region,
	        .va = va,
	        .our_level = o->level,
	        .their_level = t->level,
	        .ours = o->raw,
	        .theirs = t->raw,
	        .our_pa = o->entry_pa,
	        .their_pa = t->entry_pa,
	        .table = kind == TABLE,
	        .twin = kind == TWIN,
	        .lx = c->lx,
	        .theirs_in = &c->theirs.space,
	        .evidence = &c->evidence,
	        .areas = &c->areas,
	};
	ask(c);
	const struct boot_arch *arch = c->b->machine->arch;
	const char *why = arch->explain ? arch->explain(c->b, &k) : NULL;
	enum ptk_boot_verdict v = why       ? PTK_BOOT_NAMED
	                          : !o->raw ? PTK_BOOT_ONLY_THEIRS
	                          : !t->raw ? PTK_BOOT_ONLY_OURS
	                                    : PTK_BOOT_DIFFERENT;
	struct ptk_boot_diff d = {
	        .verdict = v,
	        .region = c->region,
	        .first = va,
	        .last = va + (ptk_level_size(c->r, level) - 1),
	        .count = 1,
	        .level = (uint8_t)(o->level >= 0 ? o->level : t->level),
	        .ours = o->raw,
	        .theirs = t->raw,
	        .their_level = (uint8_t)(t->level >= 0 ? t->level : o->level),
	        .twin = kind == TWIN,
	        .why = why,
	};
	count(c, v);
	tell(c, &d);
}

static void same(struct compare *c)
{
	flush(c);
	count(c, PTK_BOOT_EQUAL);
}

/* ---- the two trees ---- */

static uint64_t entry_at(const struct compare *c, const struct side *s, int level, uint32_t i)
{
	const uint8_t *p = s->buf[level] + ((size_t)i << c->r->entry_shift);
	return c->r->entry_shift == 3 ? load64(p, s->big) : load32(p, s->big);
}

/* Enter the table at pa: a part of it may be missing from the picture, and is taken as a whole then. */
static bool enter(const struct compare *c, struct side *s, int level, uint64_t pa)
{
	return ptk_mem_read(s->space.mem, pa, s->buf[level], ptk_table_size(c->r, level), NULL) == 0;
}

/* What a side has at entry i of a level: `up` is what it has for the whole table. */
static struct at look(const struct compare *c, const struct side *s, int level, uint32_t i, const struct at *up)
{
	if (!up->table) {
		struct at a = *up;
		a.entry_pa = PTK_NO_PA;
		return a;
	}
	uint64_t raw = entry_at(c, s, level, i);
	struct at a = {.raw = raw, .level = raw ? level : -1, .entry_pa = up->pa + ((uint64_t)i << c->r->entry_shift)};
	struct ptk_entry e;
	ptk_entry_decode(c->r, level, raw, &e);
	if (level > 0 && e.kind == PTK_TABLE) {
		a.table = true;
		a.pa = e.pa;
	}
	return a;
}

/* The bits of a table entry that are its address. */
static uint64_t address_bits(const struct compare *c, int level, uint64_t raw)
{
	struct ptk_entry e;
	uint64_t none;
	ptk_entry_decode(c->r, level, raw, &e);
	e.pa = 0;
	return ptk_entry_encode(c->r, &e, &none, NULL) == 0 ? raw ^ none : 0;
}

/* A table that the region before has too, and was counted there. */
static bool is_shared(const struct compare *c, int level, uint64_t va)
{
	return c->before && va <= c->before->last && level >= c->before->lowest;
}

/* Clones of one table are entries of their own, but one table. */
static void table_pair(struct compare *c, int level, uint64_t va, const struct at *o, const struct at *t, bool again)
{
	uint64_t a = o->raw & ~address_bits(c, level, o->raw), b = t->raw & ~address_bits(c, level, t->raw);
	if (!is_shared(c, level, va)) {
		bool late = memblock_is_reserved_(&c->b->late, o->pa);
		c->sum->tables += !again && !late;
		c->sum->tables_late += !again && late;
		c->sum->tables_placed += !again && !late && o->pa == t->pa;
		if (a == b)
			same(c);
		else
			differ(c, level, va, o, t, TABLE);
	}
}

static void walk(struct compare *c, int level, uint64_t base, const struct at *o, const struct at *t);

/* A level below, on the sides that have a table there. */
static void descend(struct compare *c, int level, uint64_t va, struct at o, struct at t)
{
	struct at *both[2] = {&o, &t};
	struct side *side[2] = {&c->ours, &c->theirs};
	for (int i = 0; i < 2; i++) {
		if (!both[i]->table)
			continue;
		if (++c->entered > ENTERED_MAX) {
			c->rc = PTK_E_LIMIT;
			return;
		}
		if (enter(c, side[i], level - 1, both[i]->pa))
			continue;
		if (i == 0 || c->rc == 0)
			c->rc = PTK_E_NODATA;
		return;
	}
	walk(c, level - 1, va, &o, &t);
}

static uint64_t twin_of(const struct compare *c, const struct side *s, uint64_t pa)
{
	uint8_t raw[8];
	if (ptk_mem_read(s->space.mem, pa, raw, 1u << c->r->entry_shift, NULL) < 0)
		return 0;
	return c->r->entry_shift == 3 ? load64(raw, s->big) : load32(raw, s->big);
}

/* Equal to the hardware: to Linux too? */
static void twins(struct compare *c, int level, uint64_t va, struct at o, struct at t)
{
	const struct boot_arch *arch = c->b->machine->arch;
	uint64_t a = PTK_NO_PA, b = PTK_NO_PA;
	if (arch->twin && o.entry_pa != PTK_NO_PA && t.entry_pa != PTK_NO_PA) {
		a = arch->twin(c->b, level, o.entry_pa);
		b = arch->twin(c->b, level, t.entry_pa);
	}
	if (a != PTK_NO_PA && b != PTK_NO_PA) {
		o.raw = twin_of(c, &c->ours, a);
		t.raw = twin_of(c, &c->theirs, b);
	}
	if (o.raw == t.raw)
		same(c);
	else
		differ(c, level, va, &o, &t, TWIN);
}

/*
 * A leaf on one side, a smaller one on the other: the same address and attributes. That a table took the leaf's place
 * (or the other way about) has been counted as one difference at its own level.
 */
static bool part_of_leaf(const struct compare *c, uint64_t va, const struct at *o, const struct at *t)
{
	struct ptk_entry a, b;
	if (!o->raw || !t->raw || o->level == t->level)
		return false;
	ptk_entry_decode(c->r, o->level, o->raw, &a);
	ptk_entry_decode(c->r, t->level, t->raw, &b);
	return a.kind == PTK_LEAF && b.kind == PTK_LEAF && a.attr.flags == b.attr.flags && a.attr.mem == b.attr.mem &&
	       a.attr.memidx == b.attr.memidx && a.attr.share == b.attr.share && a.attr.key == b.attr.key &&
	       a.attr.sw == b.attr.sw &&
	       a.pa + (va & (ptk_level_size(c->r, o->level) - 1)) == b.pa + (va & (ptk_level_size(c->r, t->level) - 1));
}

/* `again`: the entries before led to the same two tables, which have been compared: clones. */
static void pair(struct compare *c, int level, uint64_t va, const struct at *o, const struct at *t, bool again)
{
	if (o->table && t->table) {
		table_pair(c, level, va, o, t, again);
		if (!again && level > c->region->lowest)
			descend(c, level, va, *o, *t);
		return;
	}
	if (o->table || t->table) {
		if (!is_shared(c, level, va))
			differ(c, level, va, o, t, ENTRY);
		/* Below, the side without a table has its leaf, or nothing, everywhere. */
		if (level > c->region->lowest)
			descend(c, level, va, *o, *t);
		return;
	}
	if (!o->raw && !t->raw)
		return;
	if (part_of_leaf(c, va, o, t))
		c->sum->split++;
	else if (o->raw != t->raw || o->level != t->level)
		differ(c, level, va, o, t, ENTRY);
	else
		twins(c, level, va, *o, *t);
}

/* Entries of one level from base on, as far as the region goes. */
static void walk(struct compare *c, int level, uint64_t base, const struct at *o, const struct at *t)
{
	uint64_t size = ptk_level_size(c->r, level);
	uint64_t from = c->region->first, to = c->region->last;
	uint32_t n = UINT32_C(1) << c->r->level[level].bits;
	struct at last[2] = {{.table = false}};
	for (uint32_t i = 0; i < n && c->rc == 0; i++) {
		uint64_t va = ptk_va_canonical(c->r, base + i * size);
		if (va > to || va + (size - 1) < from || !ptk_va_valid(c->r, va))
			continue;
		struct at a = look(c, &c->ours, level, i, o), b = look(c, &c->theirs, level, i, t);
		bool whole = va >= from && va + (size - 1) <= to;
		pair(c, level, va, &a, &b, last[0].table && last[0].pa == a.pa && last[1].pa == b.pa);
		last[0] = a;
		last[1] = b;
		last[0].table = whole && a.table && b.table;
	}
}

static int compare_region(struct compare *c)
{
	int top = c->r->nlevels - 1;
	struct at o = {.table = true, .pa = c->ours.space.root}, t = {.table = true, .pa = c->theirs.space.root};
	if (c->region->user) {
		/* The second root lies as far from the first in the picture as here. */
		o.pa = c->b->user.root;
		t.pa += o.pa - c->ours.space.root;
	}
	if (!enter(c, &c->ours, top, o.pa) || !enter(c, &c->theirs, top, t.pa))
		return PTK_E_NODATA;
	/* The root's first entry stands for the lowest address of its window. */
	walk(c, top, 0, &o, &t);
	flush(c);
	return c->rc;
}

/* ---- all regions ---- */

static int make_side(struct side *s, const struct ptk_space *space, const struct ptk_regime *r)
{
	s->space = *space;
	s->big = ptk_mem_info(space->mem)->big_endian;
	for (int level = 0; level < r->nlevels; level++) {
		s->buf[level] = malloc(ptk_table_size(r, level));
		if (!s->buf[level])
			return PTK_E_NOMEM;
	}
	return 0;
}

static void free_side(struct side *s)
{
	for (int level = 0; level < PTK_LEVELS_MAX; level++)
		free(s->buf[level]);
}

/* The picture's space that a region lies in. */
static int their_space(struct ptk_linux *lx, uint64_t va, struct ptk_space *out, struct ptk_err *err)
{
	struct ptk_space two[2];
	int n = ptk_linux_spaces(lx, PTK_TABLE_KERNEL, two, err);
	for (int i = 0; i < n; i++)
		if (i == n - 1 || (va >= two[i].first && va <= two[i].last)) {
			*out = two[i];
			return 0;
		}
	return n;
}

static int compare_all(struct compare *c, struct ptk_boot_sum *sum, struct ptk_err *err)
{
	size_t n;
	const struct ptk_boot_region *region = ptk_boot_regions(c->b, &n);
	for (size_t i = 0; i < n; i++) {
		c->region = &region[i];
		c->sum = &sum[i];
		c->before = i && region[i].user == region[i - 1].user ? &region[i - 1] : NULL;
		memset(&sum[i], 0, sizeof sum[i]);
		int rc = compare_region(c);
		if (rc == PTK_E_NODATA)
			return ptk_err_set_(err, rc, "a table of the region '%s' is not in the picture", region[i].name);
		if (rc == PTK_E_LIMIT)
			return ptk_err_set_(err, rc, "more than %llu tables in the region '%s'", (unsigned long long)ENTERED_MAX,
			                    region[i].name);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int ptk_boot_compare(const struct ptk_boot *b, struct ptk_linux *lx, ptk_boot_diff_fn *fn, void *arg,
                     struct ptk_boot_sum *sum, struct ptk_err *err)
{
	const struct ptk_regime *r = &b->machine->info.regime;
	struct compare c = {.b = b, .lx = lx, .r = r, .fn = fn, .arg = arg, .err = err};
	struct ptk_space theirs;
	if (!b->nregions)
		return 0;
	int rc = their_space(lx, b->region[0].first, &theirs, err);
	if (rc < 0)
		return rc;
	if (strcmp(theirs.regime.name, r->name) != 0)
		return ptk_err_set_(err, PTK_E_CONFLICT, "the machine has %s and the picture %s", r->name, theirs.regime.name);
	rc = make_side(&c.ours, &b->space, r);
	if (rc == 0)
		rc = make_side(&c.theirs, &theirs, r);
	if (rc < 0)
		ptk_err_set_(err, rc, "no memory to compare tables");
	else
		rc = compare_all(&c, sum, err);
	free_side(&c.ours);
	free_side(&c.theirs);
	free(c.evidence.fact);
	boot_areas_free_(&c.areas);
	return rc;
}
