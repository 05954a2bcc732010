/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Random small trees of any regime, written to an image, and what they map as a plain list that is
 * made from the entries themselves by recursion: one piece for each entry that is not empty. Nothing here
 * uses the walker.
 */
#ifndef TESTS_TREE_H
#define TESTS_TREE_H

#include <ptkit/walk.h>

#include "tap.h"

#define TREE_TABLES 48
#define TREE_PIECES 60000
#define TREE_PAGE 4096u

struct tree_table {
	uint64_t pa;
	uint64_t *raw; /* all entries */
	uint32_t n;
	int level;
	bool absent;   /* not in the image */
	uint32_t lost; /* first entry of a page of the table that is not in the image, or n */
};

/* What one entry does to its stretch of addresses. */
struct piece {
	uint64_t first, last;
	uint64_t pa; /* of first, if a leaf */
	uint64_t raw;
	struct ptk_attr attr;
	const char *why;
	uint8_t kind, level, steps;
	bool unreadable;
};

struct tree {
	struct ptk_regime r;
	struct ptk_mem *mem;
	struct ptk_space space;
	struct tree_table table[TREE_TABLES]; /* [0] is the root */
	size_t ntables;
	struct piece *piece; /* in address order */
	size_t n;
};

/* splitmix64: the same numbers in every run. */
static uint64_t tree_seed = 1;

static inline uint64_t rnd(void)
{
	uint64_t z = tree_seed += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline uint64_t below(uint64_t n)
{
	return rnd() % n;
}

/* ---- entries ---- */

static inline uint64_t form_address_bits(const struct ptk_form *f)
{
	return f->pa_mask | f->hi_mask;
}

/* An ordinary entry of a form with random attributes; few of them, so that neighbours are often equal. */
static inline uint64_t tree_ordinary(const struct tree *t, const struct ptk_form *f)
{
	uint64_t free_bits = ~f->mask & ~form_address_bits(f) & (t->r.entry_shift == 3 ? UINT64_MAX : UINT32_MAX);
	uint64_t attr = below(3) ? rnd() & rnd() & rnd() : 0;
	return f->value | (attr & free_bits);
}

/* Point an entry elsewhere, by decoding and encoding. 0: it cannot. */
static inline uint64_t tree_aim(const struct tree *t, int level, uint64_t raw, uint64_t pa)
{
	struct ptk_entry e;
	ptk_entry_decode(&t->r, level, raw, &e);
	e.pa = pa;
	return ptk_entry_encode(&t->r, &e, &raw, NULL) < 0 ? 0 : raw;
}

/* A value of this kind by trying, with hints from a form; 0: none found. */
static inline uint64_t tree_find(const struct tree *t, int level, enum ptk_kind kind)
{
	const struct ptk_form *f = &t->r.level[level].leaf_form;
	uint64_t wide = t->r.entry_shift == 3 ? UINT64_MAX : UINT32_MAX;
	for (int i = 0; i < 200; i++) {
		uint64_t raw = (i & 1 ? f->value ^ (rnd() & rnd() & rnd()) : rnd() & rnd()) & wide;
		if (raw && ptk_entry_kind(&t->r, level, raw) == kind)
			return raw;
	}
	return 0;
}

/* A leaf of an unusual shape: part of a group that the one value stands for. 0: none. */
static inline uint64_t tree_group(const struct tree *t, int level, uint64_t *span)
{
	struct ptk_entry e;
	uint64_t raw;
	for (int i = 0; i < 20; i++) {
		ptk_entry_decode(&t->r, level, tree_ordinary(t, &t->r.level[level].leaf_form), &e);
		e.attr.flags |= PTK_A_CONT;
		e.pa = below(UINT64_C(1) << 8) << 24;
		if (ptk_entry_encode(&t->r, &e, &raw, NULL) < 0)
			continue;
		ptk_entry_decode(&t->r, level, raw, &e);
		*span = e.span;
		if (e.span > ptk_level_size(&t->r, level))
			return raw;
	}
	return 0;
}

static inline uint64_t tree_leaf_pa(const struct tree *t, int level)
{
	const struct ptk_form *f = &t->r.level[level].leaf_form;
	uint64_t all = (f->pa_mask << f->pa_shift) | (f->hi_mask << f->hi_shift);
	switch (below(5)) {
	case 0: return rnd() & all;
	case 1: return all & ~(rnd() & (ptk_level_size(&t->r, level) * 4 - 1)); /* near the end of all there is */
	case 3: /* near a gap in the address's bits */
		all = ~all & ~(ptk_level_size(&t->r, level) - 1);
		all &= -all;
		return all - ptk_level_size(&t->r, level) * (1 + below(5));
	case 2: return all & ((UINT64_C(1) << (32 + below(20))) - ptk_level_size(&t->r, level) * (1 + below(3)));
	default: return (below(1u << 16) << 20) & all;
	}
}

/* Leaves from index i on: following on, all the same, or the pieces of a group. Returns the index after. */
static inline uint32_t tree_put_leaves(struct tree *t, struct tree_table *tab, uint32_t i)
{
	const struct ptk_form *f = &t->r.level[tab->level].leaf_form;
	uint64_t raw = tree_ordinary(t, f), pa = tree_leaf_pa(t, tab->level), span = 0, group = 0;
	uint32_t count = (uint32_t)(below(4) ? 1 + below(40) : 1);
	uint64_t follow = below(3), unit = f->pa_mask & -f->pa_mask, last = 0;
	if (below(3) == 0)
		group = tree_group(t, tab->level, &span);
	if (group) {
		uint32_t members = (uint32_t)(span >> t->r.level[tab->level].shift);
		i = below(4) ? i & ~(members - 1) : i; /* mostly from the group's first entry on */
		count = below(2) ? members : count;
	}
	for (uint32_t k = 0; k < count && i < tab->n; k++, i++) {
		uint64_t now = group ? group : tree_aim(t, tab->level, raw, pa);
		if (follow == 2 && last) /* counted up, whatever bits that carries into */
			now = (last + unit) & (t->r.entry_shift == 3 ? UINT64_MAX : UINT32_MAX);
		if (!now || ptk_entry_kind(&t->r, tab->level, now) == PTK_TABLE)
			break;
		tab->raw[i] = last = now;
		if (follow)
			pa += ptk_level_size(&t->r, tab->level);
	}
	return i;
}

/* ---- tables ---- */

static inline struct tree_table *tree_new_table(struct tree *t, int level)
{
	struct tree_table *tab = &t->table[t->ntables];
	uint64_t size = ptk_table_size(&t->r, level), stride = size > 0x100000 ? size : 0x100000;
	*tab = (struct tree_table){
		.pa = 0x10000000 + stride * t->ntables,
		.n = UINT32_C(1) << t->r.level[level].bits,
		.level = level,
	};
	/* Small tables need not start a page. */
	if (level < t->r.nlevels - 1 && size < TREE_PAGE)
		tab->pa += size * below(TREE_PAGE / size);
	tab->raw = calloc(tab->n, sizeof *tab->raw);
	if (!tab->raw)
		bail("no memory");
	tab->lost = tab->n;
	t->ntables++;
	return tab;
}

static inline struct tree_table *tree_table_at(struct tree *t, uint64_t pa)
{
	for (size_t i = 0; i < t->ntables; i++)
		if (t->table[i].pa == pa)
			return &t->table[i];
	return NULL;
}

static inline void tree_fill(struct tree *t, struct tree_table *tab, bool loops);

/* A table entry: to a new table, one that is there already, one that is not in the image, or itself. */
static inline void tree_put_table(struct tree *t, struct tree_table *tab, uint32_t i, bool loops)
{
	uint64_t raw = tree_ordinary(t, &t->r.level[tab->level].table_form), choice = below(8), pa = 0;
	int level = tab->level - 1;
	if (choice == 0 && loops && t->r.level[level].bits == t->r.level[tab->level].bits)
		pa = tab->pa;
	for (size_t k = 1; choice == 1 && k < t->ntables; k++)
		if (t->table[k].level == level && (!pa || below(2)))
			pa = t->table[k].pa;
	if (!pa && t->ntables < TREE_TABLES) {
		struct tree_table *next = tree_new_table(t, level);
		next->absent = choice == 2;
		pa = next->pa;
		tree_fill(t, next, loops);
	}
	if (pa)
		tab->raw[i] = tree_aim(t, tab->level, raw, pa);
}

static inline void tree_fill(struct tree *t, struct tree_table *tab, bool loops)
{
	const struct ptk_level *l = &t->r.level[tab->level];
	bool root = tab->level == t->r.nlevels - 1;
	uint32_t entry = 1u << t->r.entry_shift;
	if (l->leaf && !root && below(8) == 0) { /* full of one thing */
		uint64_t raw = tree_aim(t, tab->level, tree_ordinary(t, &l->leaf_form), tree_leaf_pa(t, tab->level));
		for (uint32_t i = 0; i < tab->n && tab->n <= 1024; i++)
			tab->raw[i] = raw;
		return;
	}
	for (int k = 0; k < (root ? 6 : 4); k++) {
		/* The ends, the middle, and anywhere. */
		static const uint32_t part[] = {0, 1, 2};
		uint32_t i = below(2) ? (uint32_t)below(tab->n) : tab->n / 2 * part[below(3)];
		i = i >= tab->n ? tab->n - 1 : i;
		uint64_t choice = below(8);
		if (l->table && (choice < 4 || !l->leaf_form.pa_mask))
			tree_put_table(t, tab, i, loops);
		else if (l->leaf_form.pa_mask && choice < 6)
			tree_put_leaves(t, tab, i);
		else
			tab->raw[i] = tree_find(t, tab->level, choice == 6 ? PTK_NOT_PRESENT : PTK_RESERVED);
	}
	if (tab->n * entry > TREE_PAGE && below(4) == 0)
		tab->lost = (uint32_t)below(tab->n * entry / TREE_PAGE) * (TREE_PAGE / entry);
}

static inline void tree_write(struct tree *t, const struct tree_table *tab)
{
	uint32_t entry = 1u << t->r.entry_shift, page = TREE_PAGE / entry;
	for (uint32_t i = 0; i < tab->n && !tab->absent; i++) {
		uint32_t small = (uint32_t)tab->raw[i];
		const void *bytes = entry == 8 ? (const void *)&tab->raw[i] : (const void *)&small;
		if (i >= tab->lost && i < tab->lost + page)
			continue;
		if (ptk_mem_write(t->mem, tab->pa + (uint64_t)i * entry, bytes, entry, NULL) < 0)
			bail("cannot write the image");
	}
}

/* ---- the list ---- */

/* The full address of an offset in the translated range. */
static inline uint64_t tree_va(const struct tree *t, uint64_t offset)
{
	uint64_t all = t->r.va_width == 32 ? UINT32_MAX : UINT64_MAX;
	uint64_t upper = t->r.va_bits >= 64 ? 0 : all & UINT64_MAX << t->r.va_bits;
	bool set = t->r.va_form == PTK_VA_HIGH || (t->r.va_form == PTK_VA_SIGN && offset >> (t->r.va_bits - 1) & 1);
	return offset | (set ? upper : 0);
}

static inline struct piece *tree_piece(struct tree *t, int level, uint64_t offset, uint64_t raw)
{
	if (t->n == TREE_PIECES)
		return NULL;
	struct piece *p = &t->piece[t->n++];
	uint64_t first = tree_va(t, offset);
	*p = (struct piece){.first = first,
	                    .last = first + (ptk_level_size(&t->r, level) - 1),
	                    .pa = PTK_NO_PA,
	                    .raw = raw,
	                    .level = (uint8_t)level,
	                    .steps = (uint8_t)(t->r.nlevels - level)};
	return p;
}

static inline bool tree_expand(struct tree *t, uint64_t table, int level, uint64_t base, uint64_t inherit)
{
	const struct tree_table *tab = tree_table_at(t, table);
	uint32_t page = TREE_PAGE >> t->r.entry_shift;
	for (uint32_t i = 0; i < tab->n; i++) {
		uint64_t offset = base + i * ptk_level_size(&t->r, level);
		bool lost = i >= tab->lost && i < tab->lost + page;
		struct piece *p;
		struct ptk_entry e;
		if (!lost && !tab->raw[i])
			continue;
		ptk_entry_decode(&t->r, level, tab->raw[i], &e);
		const struct tree_table *next = !lost && e.kind == PTK_TABLE ? tree_table_at(t, e.pa) : NULL;
		if (next && !next->absent) {
			if (!tree_expand(t, e.pa, level - 1, offset, inherit | e.inherit))
				return false;
			continue;
		}
		if (!(p = tree_piece(t, level, offset, e.raw)))
			return false;
		p->unreadable = lost || e.kind == PTK_TABLE;
		p->kind = p->unreadable ? PTK_NONE : e.kind;
		p->steps = (uint8_t)(p->steps - lost);
		p->why = p->unreadable ? NULL : e.why;
		if (p->kind == PTK_LEAF) {
			ptk_entry_effective(&t->r, inherit, &e, &p->attr);
			p->pa = e.pa + (offset & (e.span - 1));
		}
	}
	return true;
}

/* ---- a tree ---- */

static inline void tree_free(struct tree *t)
{
	for (size_t i = 0; i < t->ntables; i++)
		free(t->table[i].raw);
	free(t->piece);
	ptk_mem_close(t->mem);
}

static inline void tree_make(struct tree *t, const struct ptk_regime *r, bool loops)
{
	do {
		*t = (struct tree){.r = *r, .piece = calloc(TREE_PIECES, sizeof *t->piece)};
		if (!t->piece || ptk_mem_new_image(0, UINT32_MAX, &t->mem) < 0)
			bail("no memory");
		tree_fill(t, tree_new_table(t, r->nlevels - 1), loops);
		t->table[0].lost = t->table[0].n;
		if (tree_expand(t, t->table[0].pa, r->nlevels - 1, 0, 0) && t->n)
			break;
		tree_free(t); /* empty, or looping too richly: another one */
	} while (true);
	for (size_t i = 0; i < t->ntables; i++)
		tree_write(t, &t->table[i]);
	if (ptk_space_init(&t->space, t->mem, &t->r, t->table[0].pa, NULL) < 0)
		bail("%s: no space", r->name);
}

#endif
