/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Synthetic trees for the walk tests, and what a plain recursion makes of them: entry by entry, by the
 * full decoder alone. Slow, short, and unlike the code under test in every way that matters.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <sys/mman.h>
#include <unistd.h>

#include <ptkit/walk.h>

#include "lib/tap.h"

#define WORLD_TABLES 4 /* of each level */
#define WORLD_FIRST UINT64_C(0x100000) /* where tables begin */

struct world {
	struct ptk_mem *mem;
	struct ptk_space s;
	uint64_t next;  /* where the next table goes */
	uint64_t seed;
	uint64_t table[PTK_LEVELS_MAX][WORLD_TABLES];
};

/* An entry that is not a table, or a table that cannot be read, as the recursion met it. */
struct rec {
	uint64_t va, raw, table, inherit;
	uint32_t index;
	uint8_t level, kind, what;
};

struct recs {
	struct rec *rec;
	size_t n, room;
};

static inline uint64_t rnd(struct world *w)
{
	/* xorshift64* */
	w->seed ^= w->seed >> 12;
	w->seed ^= w->seed << 25;
	w->seed ^= w->seed >> 27;
	return w->seed * UINT64_C(0x2545f4914f6cdd1d);
}

static inline uint32_t below(struct world *w, uint32_t n)
{
	return (uint32_t)((rnd(w) >> 32) * n >> 32);
}

static inline uint32_t entries_of(const struct world *w, int level)
{
	return UINT32_C(1) << w->s.regime.level[level].bits;
}

static inline uint64_t get(const struct world *w, uint64_t table, uint32_t i)
{
	const unsigned shift = w->s.regime.entry_shift;
	uint8_t b[8] = {0};
	if (ptk_mem_read(w->mem, table + ((uint64_t)i << shift), b, (size_t)1 << shift, NULL) < 0)
		bail("cannot read back a table at 0x%" PRIx64, table);
	uint64_t raw = 0;
	for (int k = 7; k >= 0; k--)
		raw = raw << 8 | b[k];
	return raw;
}

static inline void put(struct world *w, uint64_t table, uint32_t i, uint64_t raw)
{
	const unsigned shift = w->s.regime.entry_shift;
	uint8_t b[8];
	for (int k = 0; k < 8; k++)
		b[k] = (uint8_t)(raw >> 8 * k);
	if (ptk_mem_write(w->mem, table + ((uint64_t)i << shift), b, (size_t)1 << shift, NULL) < 0)
		bail("cannot write a table at 0x%" PRIx64, table);
}

/* A zeroed table. All get the room of the largest one: some are used at the wrong level. */
static inline uint64_t new_table(struct world *w, int level)
{
	static const uint8_t zeros[65536];
	const uint64_t size = ptk_table_size(&w->s.regime, level), room = size > sizeof zeros ? size : sizeof zeros;
	const uint64_t pa = (w->next + room - 1) & ~(room - 1);
	w->next = pa + room;
	for (uint64_t at = pa; at < w->next; at += sizeof zeros)
		if (ptk_mem_write(w->mem, at, zeros, sizeof zeros, NULL) < 0)
			bail("cannot make a table at 0x%" PRIx64, at);
	return pa;
}

static inline uint64_t entry_with(const struct ptk_form *f, uint64_t pa, uint64_t attr)
{
	return f->value | (pa >> f->pa_shift & f->pa_mask) | (pa >> f->hi_shift & f->hi_mask) |
	       (attr & ~(f->mask | f->pa_mask | f->hi_mask));
}

static inline uint64_t table_entry(const struct world *w, int level, uint64_t pa)
{
	return entry_with(&w->s.regime.level[level].table_form, pa, 0);
}

static inline uint64_t leaf_entry(const struct world *w, int level, uint64_t pa, uint64_t attr)
{
	return entry_with(&w->s.regime.level[level].leaf_form, pa, attr);
}

static inline void world_open(struct world *w, const char *regime, uint64_t seed)
{
	struct ptk_err err = {0};
	struct ptk_regime r;
	*w = (struct world){.next = WORLD_FIRST, .seed = seed * 2 + 1};
	if (ptk_regime_parse(regime, &r, &err) < 0)
		bail("%s: %s", regime, err.msg);
	uint64_t last = r.pa_bits >= 40 ? (UINT64_C(1) << 40) - 1 : (UINT64_C(1) << r.pa_bits) - 1;
	if (ptk_mem_new_image(0, last, &w->mem) < 0)
		bail("no image");
	w->s.regime = r;
	uint64_t root = new_table(w, r.nlevels - 1);
	if (ptk_space_init(&w->s, w->mem, &r, root, &err) < 0)
		bail("%s: %s", regime, err.msg);
	w->table[r.nlevels - 1][0] = root;
}

static inline void world_close(struct world *w)
{
	ptk_mem_close(w->mem);
}

/* Somewhere to map: page-aligned, mostly low, at times at the very end of what an entry can hold. */
static inline uint64_t some_pa(struct world *w, int level)
{
	const struct ptk_form *f = &w->s.regime.level[level].leaf_form;
	uint64_t all = (f->pa_mask << f->pa_shift) | (f->hi_mask << f->hi_shift);
	uint64_t size = ptk_level_size(&w->s.regime, level);
	if (below(w, 4) == 0)
		return (all - below(w, 20) * size) & all;
	return rnd(w) & all & ~(size - 1);
}

/* What neighbouring entries of a random table look like. */
static inline void fill_some(struct world *w, int level, uint64_t table, uint32_t first, uint32_t n, uint32_t *tables)
{
	const struct ptk_level *lv = &w->s.regime.level[level];
	const uint32_t shape = below(w, 9);
	const uint64_t attr = rnd(w), pa = some_pa(w, level), same = rnd(w);
	for (uint32_t k = 0; k < n; k++) {
		uint64_t raw = 0;
		if (shape <= 3 && lv->leaf) {
			const uint64_t at[4] = {pa + k * ptk_level_size(&w->s.regime, level), pa, some_pa(w, level), pa};
			raw = leaf_entry(w, level, at[shape], shape == 3 && k % 3 == 0 ? rnd(w) : attr);
		} else if (shape == 4 && *tables && lv->table) {
			(*tables)--;
			raw = table_entry(w, level, w->table[below(w, 20) ? level - 1 : level][below(w, WORLD_TABLES)]);
		} else if (shape == 5) {
			raw = rnd(w);
		} else if (shape == 6) {
			raw = same & ~UINT64_C(3);
		} else if (shape == 7) {
			raw = same; /* now and then a NAPOT group, a large page or a supersection */
		}
		put(w, table, first + k, raw);
	}
}

static inline void fill_random(struct world *w, int level, uint64_t table)
{
	uint32_t tables = 4;
	for (uint32_t i = 0, n; i < entries_of(w, level); i += n) {
		n = below(w, 3) ? 1 + below(w, 8) : 1 + below(w, entries_of(w, level));
		n = n > entries_of(w, level) - i ? entries_of(w, level) - i : n;
		fill_some(w, level, table, i, n, &tables);
	}
}

/* A tree with few tables that are used often, at the wrong level at times; garbage leads to unreadable ones. */
static inline void world_random(struct world *w)
{
	const int top = w->s.regime.nlevels - 1;
	for (int level = 0; level < top; level++)
		for (int k = 0; k < WORLD_TABLES; k++)
			w->table[level][k] = new_table(w, level);
	for (int k = 1; k < WORLD_TABLES; k++)
		w->table[top][k] = w->table[top - 1][k];
	for (int level = 0; level < top; level++)
		for (int k = 0; k < WORLD_TABLES; k++)
			fill_random(w, level, w->table[level][k]);
	fill_random(w, top, w->s.root);
	/* Whatever chance did, the first and the last entries lead to tables. */
	put(w, w->s.root, 0, table_entry(w, top, w->table[top - 1][0]));
	put(w, w->s.root, entries_of(w, top) - 1, table_entry(w, top, w->table[top - 1][1]));
}

/*
 * The same memory as two files, cut at an odd place: the world's space moves to it, so that tables are found in
 * the memory of this process, but for the one that is cut. The image stays in *image for the caller to close.
 */
static inline void world_to_files(struct world *w, uint64_t cut, struct ptk_mem **image)
{
	const uint64_t end[2] = {cut, w->next};
	char uri[256] = "raw:";
	int fd[2];
	for (int k = 0; k < 2; k++) {
		const uint64_t from = k ? cut : WORLD_FIRST;
		uint8_t *buf = malloc(end[k] - from);
		fd[k] = memfd_create("world", 0);
		if (!buf || fd[k] < 0 || ptk_mem_read(w->mem, from, buf, end[k] - from, NULL) < 0 ||
		    write(fd[k], buf, end[k] - from) != (ssize_t)(end[k] - from))
			bail("cannot copy the world");
		free(buf);
		const size_t n = strlen(uri);
		snprintf(uri + n, sizeof uri - n, "%s/proc/self/fd/%d@0x%" PRIx64, k ? "," : "", fd[k], from);
	}
	struct ptk_err err = {0};
	*image = w->mem;
	if (ptk_mem_open(uri, NULL, &w->mem, &err) < 0)
		bail("%s: %s", uri, err.msg);
	w->s.mem = w->mem;
	close(fd[0]);
	close(fd[1]);
}

static inline int read_swapped(void *arg, uint64_t pa, void *buf, size_t len)
{
	const struct world *w = arg;
	const size_t size = (size_t)1 << w->s.regime.entry_shift;
	uint8_t *b = buf;
	int rc = ptk_mem_read(w->mem, pa, buf, len, NULL);
	for (size_t i = 0; rc >= 0 && i + size <= len; i += size)
		for (size_t k = 0; k < size / 2; k++) {
			uint8_t t = b[i + k];
			b[i + k] = b[i + size - 1 - k];
			b[i + size - 1 - k] = t;
		}
	return rc < 0 ? rc : 0;
}

/* The same tree in the other byte order, read through callbacks: nothing can be mapped. Reads from the original. */
static inline void world_swapped(struct world *w, struct world *copy)
{
	const struct ptk_mem_ops ops = {.read = read_swapped};
	*copy = *w;
	if (ptk_mem_new(&ops, w, NULL, 0, &copy->mem) < 0)
		bail("no mem");
	((struct ptk_mem_info *)(uintptr_t)ptk_mem_info(copy->mem))->big_endian = true;
	copy->s.mem = copy->mem;
}

/* ---- the plain recursion ---- */

static inline void rec_add(struct recs *out, const struct rec *rec)
{
	if (out->n == out->room) {
		out->room = out->room ? out->room * 2 : 4096;
		out->rec = realloc(out->rec, out->room * sizeof *out->rec);
		if (!out->rec)
			bail("no memory");
	}
	out->rec[out->n++] = *rec;
}

static inline bool table_readable(const struct world *w, uint64_t pa, int level)
{
	static uint8_t buf[1 << 20];
	return ptk_mem_read(w->mem, pa, buf, ptk_table_size(&w->s.regime, level), NULL) >= 0;
}

static inline void recurse(const struct world *w, int level, uint64_t table, uint64_t va, uint64_t inherit,
                           struct recs *out)
{
	const struct ptk_regime *r = &w->s.regime;
	for (uint32_t i = 0; i < entries_of(w, level); i++) {
		struct ptk_entry e;
		uint64_t at = va | (uint64_t)i << r->level[level].shift, raw = get(w, table, i);
		ptk_entry_decode(r, level, raw, &e);
		struct rec rec = {ptk_va_canonical(r, at), raw, table, inherit, i, (uint8_t)level, e.kind, PTK_V_ENTRIES};
		if (e.kind != PTK_TABLE) {
			rec_add(out, &rec);
		} else if (table_readable(w, e.pa, level - 1)) {
			recurse(w, level - 1, e.pa, at, inherit | e.inherit, out);
		} else {
			rec.what = PTK_V_UNREADABLE;
			rec_add(out, &rec);
		}
	}
}

static inline struct recs world_recs(const struct world *w)
{
	struct recs out = {0};
	recurse(w, w->s.regime.nlevels - 1, w->s.root, 0, 0, &out);
	return out;
}

#endif
