// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Many addresses: a group of lookups goes down level by level together. While one waits for its entry, those of the
 * others are on their way.
 */
#include "walk/lookup.h"

/* More than a core has misses in flight, and small enough for the first-level cache. */
#define GROUP 64

/* A piece of memory in terms of where an entry can start: at first + 0 .. room. */
struct reach {
	uint64_t first, room;
	const uint8_t *data;
};

/* One lookup on its way down. */
struct lane {
	uint64_t offset;
	const uint8_t *entry; /* the next entry to look at */
	size_t who;           /* index of the caller's address */
};

struct batch {
	const struct ptk_space *s;
	struct va_window shape;
	const struct ptk_piece *piece; /* that had the last table */
	uint64_t *pa;
	const uint64_t *va;
	size_t mapped, unreadable;
};

/* Alone: for all that the lanes cannot do. */
static void alone(struct batch *b, size_t who)
{
	uint64_t pa = PTK_NO_PA;
	int rc = ptk_translate(b->s, b->va[who], &pa);
	b->mapped += rc > 0;
	b->unreadable += rc < 0;
	b->pa[who] = pa;
}

static inline struct reach reach_of(const struct ptk_piece *piece, unsigned entry_shift)
{
	const uint64_t size = UINT64_C(1) << entry_shift, last = piece->last - piece->first;
	if (last < size - 1)
		return (struct reach){.first = UINT64_MAX};
	return (struct reach){piece->first, last - (size - 1), piece->data};
}

/* An entry in another piece of memory than the last one, or NULL. */
static const uint8_t *entry_elsewhere(struct batch *b, uint64_t pa, unsigned entry_shift, struct reach *reach)
{
	struct ptk_mem *mem = b->s->mem;
	const uint8_t *p = ptk_mem_map(mem, pa, (size_t)1 << entry_shift);
	if (p) {
		b->piece = &mem->piece[mem->hit];
		*reach = reach_of(b->piece, entry_shift);
	}
	return p;
}

static inline void finish(struct batch *b, size_t who, uint64_t pa)
{
	b->pa[who] = pa;
	b->mapped += pa != PTK_NO_PA;
}

/* Take all lanes down one level. Those that end there leave; returns how many are left. */
__attribute__((always_inline)) static inline size_t down(struct batch *b, struct lane *lane, size_t n, int level,
                                                         unsigned entry_shift)
{
	/* Copies: what is written to the lanes cannot change them, so they stay in registers. */
	const struct ptk_regime *r = &b->s->regime;
	const struct ptk_form table = r->level[level].table_form, leaf = r->level[level].leaf_form;
	const uint64_t offset_mask = low_bits(r->level[level].shift);
	const unsigned next_shift = level ? r->level[level - 1].shift : 0;
	const uint64_t next_mask = level ? low_bits(r->level[level - 1].bits) : 0;
	struct reach reach = reach_of(b->piece, entry_shift);
	size_t left = 0;
	for (size_t i = 0; i < n; i++) {
		const uint64_t offset = lane[i].offset, raw = load_entry(lane[i].entry, entry_shift);
		uint64_t pa;
		if (form_match(&table, raw)) {
			pa = form_pa(&table, raw);
		} else if (form_match(&leaf, raw)) {
			finish(b, lane[i].who, form_pa(&leaf, raw) + (offset & offset_mask));
			continue;
		} else {
			int rc = ptk_lookup_odd_(r, level, raw, offset, &pa);
			if (rc != LOOKUP_TABLE) {
				finish(b, lane[i].who, rc == LOOKUP_MAPPED ? pa : PTK_NO_PA);
				continue;
			}
		}
		pa += (offset >> next_shift & next_mask) << entry_shift;
		const uint64_t at = pa - reach.first;
		const uint8_t *entry = at <= reach.room ? reach.data + at : entry_elsewhere(b, pa, entry_shift, &reach);
		if (!entry) {
			alone(b, lane[i].who);
			continue;
		}
		__builtin_prefetch(entry);
		if (left != i)
			lane[left] = lane[i];
		lane[left++].entry = entry;
	}
	return left;
}

/* One group, of entries of one width. */
__attribute__((always_inline)) static inline void group(struct batch *b, const uint8_t *root, size_t first, size_t n,
                                                        unsigned entry_shift)
{
	const struct ptk_regime *r = &b->s->regime;
	struct lane lane[GROUP];
	size_t left = 0;
	for (size_t i = first; i < first + n; i++) {
		uint64_t offset;
		if (!va_offset(b->s, &b->shape, b->va[i], &offset)) {
			b->pa[i] = PTK_NO_PA;
			continue;
		}
		const uint8_t *entry = root + ((size_t)ptk_level_index(r, r->nlevels - 1, offset) << entry_shift);
		lane[left++] = (struct lane){offset, entry, i};
	}
	for (int level = r->nlevels - 1; left && level >= 0; level--)
		left = down(b, lane, left, level, entry_shift);
}

size_t ptk_translate_batch(const struct ptk_space *s, const uint64_t *va, size_t n, uint64_t *pa, size_t *nunreadable)
{
	struct batch b = {.s = s, .shape = va_shape(&s->regime), .pa = pa, .va = va};
	const uint8_t *root = NULL;
	/* Lanes are for tables that lie in this process's memory, in its byte order. */
	if (s->mem->npieces && !mem_swapped(s->mem)) {
		root = ptk_mem_map(s->mem, s->root, ptk_table_size(&s->regime, s->regime.nlevels - 1));
		b.piece = &s->mem->piece[s->mem->hit];
	}
	for (size_t i = 0; i < n; i += GROUP) {
		const size_t size = n - i < GROUP ? n - i : GROUP;
		if (!root)
			for (size_t k = i; k < i + size; k++)
				alone(&b, k);
		else if (s->regime.entry_shift == 3)
			group(&b, root, i, size, 3);
		else
			group(&b, root, i, size, 2);
	}
	if (nunreadable)
		*nunreadable = b.unreadable;
	return b.mapped;
}
