// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The walker against a plain recursion, over every regime; then the trees that hostile or clever kernels make. */
#include <time.h>

#include "unit/walk/world.h"

/* ---- random trees ---- */

struct checker {
	const struct world *w;
	const struct recs *want;
	const struct ptk_walk_opts *o;
	uint64_t first, last; /* the window */
	size_t at, bad, split;
	struct ptk_run prev;
};

static void complain(struct checker *c, const struct rec *want, const struct ptk_run *run, uint32_t k)
{
	if (c->bad++)
		return;
	printf("# entry %u of %u of run va 0x%" PRIx64 " level %u index %u raw 0x%" PRIx64 " kind %u what %u\n", k, run->count,
	       run->va, run->level, run->index, run->raw, run->kind, run->what);
	if (want)
		printf("# want va 0x%" PRIx64 " level %u index %u raw 0x%" PRIx64 " kind %u what %u table 0x%" PRIx64 "\n",
		       want->va, want->level, want->index, want->raw, want->kind, want->what, want->table);
}

/* The next record that the walk should report. */
static const struct rec *next(struct checker *c)
{
	for (; c->at < c->want->n; c->at++) {
		const struct rec *rec = &c->want->rec[c->at];
		const uint64_t size = ptk_level_size(&c->w->s.regime, rec->level);
		if (rec->kind == PTK_NONE && !(c->o->flags & PTK_WALK_HOLES))
			continue;
		if (rec->va + (size - 1) < c->first || rec->va > c->last)
			continue;
		return &c->want->rec[c->at++];
	}
	return NULL;
}

/* Runs are as long as they can be: this one could not have been part of the one before. */
static bool could_join(const struct checker *c, const struct ptk_run *a, const struct ptk_run *b)
{
	const struct ptk_level *lv = &c->w->s.regime.level[b->level];
	const struct ptk_form *f = &lv->leaf_form;
	const uint64_t differ = (a->raw ^ b->raw) & ~c->o->ignore[b->level];
	if (a->what != PTK_V_ENTRIES || b->what != PTK_V_ENTRIES || a->table != b->table || a->level != b->level ||
	    a->index + a->count != b->index || a->kind != b->kind)
		return false;
	if (c->w->s.regime.va_form == PTK_VA_SIGN && b->level == c->w->s.regime.nlevels - 1 && b->index == 1u << (lv->bits - 1))
		return false;
	if (a->kind == PTK_NONE || c->o->join == PTK_JOIN_EQUAL || a->kind != PTK_LEAF)
		return differ == 0 && (a->kind != PTK_LEAF || (a->raw & f->mask) == f->value);
	if ((a->raw & f->mask) != f->value || (b->raw & f->mask) != f->value)
		return false;
	const uint64_t step = UINT64_C(1) << (lv->shift - f->pa_shift);
	if (a->count == 1 || a->step)
		return (a->raw & f->pa_mask) + step * a->count <= f->pa_mask &&
		       (((a->raw + a->count * step) ^ b->raw) & ~c->o->ignore[b->level]) == 0;
	return a->raw == b->raw;
}

static int check_run(void *arg, const struct ptk_run *run)
{
	struct checker *c = arg;
	if (run->what == PTK_V_TABLE || run->what == PTK_V_TABLE_END)
		return PTK_GO;
	c->split += could_join(c, &c->prev, run);
	c->prev = *run;
	const bool folded = run->index + (uint64_t)run->count > entries_of(c->w, run->level);
	for (uint32_t k = 0; k < run->count; k++) {
		const struct rec *want = next(c);
		const uint64_t raw = run->raw + k * run->step, va = run->va + ((uint64_t)k << c->w->s.regime.level[run->level].shift);
		if (!want) {
			complain(c, want, run, k);
			return PTK_STOP;
		}
		bool same = want->va == va && want->level == run->level && want->kind == run->kind && want->what == run->what &&
		            ((want->raw ^ raw) & ~c->o->ignore[run->level]) == 0 && want->inherit == run->inherit;
		if (same && !folded)
			same = want->table == run->table && want->index == run->index + k;
		if (!same)
			complain(c, want, run, k);
	}
	return PTK_GO;
}

static void compare(const struct world *w, const struct recs *want, const struct ptk_walk_opts *o, const char *what)
{
	struct checker c = {.w = w, .want = want, .o = o, .first = o->from, .last = o->to};
	struct ptk_walk_stats st = {0};
	struct ptk_err err = {0};
	if (!o->from && !o->to)
		c.last = UINT64_MAX;
	int rc = ptk_walk_space(&w->s, o, check_run, &c, &st, &err);
	ok(rc == 0 && c.bad == 0 && !next(&c), "%s: %s: the same entries as the recursion", w->s.regime.name, what);
	is_u64(c.split, 0, "%s: %s: runs are as long as can be", w->s.regime.name, what);
}

static void one_regime(const char *name, uint64_t seed)
{
	struct world w;
	world_open(&w, name, seed);
	world_random(&w);
	struct recs want = world_recs(&w);
	struct ptk_walk_opts o = {0};
	ok(want.n > 1000, "%s: a tree of %zu entries", name, want.n);
	compare(&w, &want, &o, "contiguous");
	o.flags = PTK_WALK_HOLES | PTK_WALK_TABLE_END;
	compare(&w, &want, &o, "contiguous, holes");
	o.join = PTK_JOIN_EQUAL;
	compare(&w, &want, &o, "equal, holes");
	for (int level = 0; level < w.s.regime.nlevels; level++)
		o.ignore[level] = w.s.regime.level[level].leaf_form.pa_mask;
	compare(&w, &want, &o, "equal but for addresses");
	for (int round = 0; round < 4; round++) {
		for (int level = 0; level < w.s.regime.nlevels; level++)
			o.ignore[level] = rnd(&w) & rnd(&w) & ~w.s.regime.level[level].leaf_form.pa_mask;
		o.join = round & 1 ? PTK_JOIN_CONTIGUOUS : PTK_JOIN_EQUAL;
		compare(&w, &want, &o, round & 1 ? "contiguous but for some bits" : "equal but for some bits");
	}
	memset(o.ignore, 0, sizeof o.ignore);
	o.join = PTK_JOIN_CONTIGUOUS;
	for (int k = 0; k < 4; k++) {
		const struct rec *a = &want.rec[below(&w, (uint32_t)want.n)], *b = &want.rec[below(&w, (uint32_t)want.n)];
		o.from = a->va < b->va ? a->va : b->va;
		o.to = (a->va < b->va ? b->va : a->va) + below(&w, 5000);
		if (o.to < o.from || o.to > w.s.last || o.to == 0)
			o.to = w.s.last;
		compare(&w, &want, &o, "a window");
	}
	struct ptk_mem *image;
	world_to_files(&w, (WORLD_FIRST + w.next) / 2 + 4, &image);
	o.from = o.to = 0;
	compare(&w, &want, &o, "two files, a table cut");
	ptk_mem_close(image);
	free(want.rec);
	world_close(&w);
}

/* ---- particular trees ---- */

struct counter {
	uint64_t runs, entries, tables, again, unreadable, refused, ends;
	int answer_table; /* what to say to tables */
	struct ptk_run last;
};

static int count_run(void *arg, const struct ptk_run *run)
{
	struct counter *c = arg;
	switch ((enum ptk_visit)run->what) {
	case PTK_V_ENTRIES:
		c->runs++;
		c->entries += run->count;
		c->last = *run;
		break;
	case PTK_V_TABLE:
		c->tables++;
		c->again += run->again;
		return c->answer_table;
	case PTK_V_TABLE_END: c->ends++; break;
	case PTK_V_UNREADABLE:
		c->unreadable++;
		c->last = *run;
		break;
	case PTK_V_REFUSED: c->refused++; break;
	}
	return PTK_GO;
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct counter count(const struct world *w, const struct ptk_walk_opts *o, struct ptk_walk_stats *st)
{
	struct counter c = {0};
	int rc = ptk_walk_space(&w->s, o, count_run, &c, st, NULL);
	if (rc)
		bail("walk: %d", rc);
	return c;
}

/* x86-64 with its root in its own last entry, as Windows and many teaching kernels have it. */
static void self_map(void)
{
	struct world w;
	struct ptk_walk_stats st;
	world_open(&w, "x86-64", 1);
	uint64_t t[4] = {w.s.root, new_table(&w, 2), new_table(&w, 1), new_table(&w, 0)};
	for (int k = 0; k < 3; k++)
		put(&w, t[k], 0, table_entry(&w, 3 - k, t[k + 1]));
	put(&w, t[3], 0, leaf_entry(&w, 0, 0x5000, 0));
	put(&w, w.s.root, 511, table_entry(&w, 3, w.s.root));
	struct ptk_walk_opts o = {0};
	struct counter c = count(&w, &o, &st);
	is_u64(c.entries, 5, "self map: the page, and each of the four tables as a page");
	is_u64(st.self, 3, "self map: the root is met on its own path on each level below it");
	is_u64(st.refused, 0, "self map: nothing is refused");
	is_u64(st.tables, 10, "self map: each table is read once for each level at which it serves");
	world_close(&w);
}

/* 16 TiB of the same page in three tables, as kasan's early shadow has it. */
static void shadow(void)
{
	struct world w;
	struct ptk_walk_stats st;
	world_open(&w, "x86-64", 1);
	uint64_t pud = new_table(&w, 2), pmd = new_table(&w, 1), pte = new_table(&w, 0);
	for (uint32_t i = 0; i < 512; i++) {
		put(&w, pud, i, table_entry(&w, 2, pmd));
		put(&w, pmd, i, table_entry(&w, 1, pte));
		put(&w, pte, i, leaf_entry(&w, 0, 0x5000, 0));
	}
	for (uint32_t i = 256; i < 288; i++)
		put(&w, w.s.root, i, table_entry(&w, 3, pud));
	struct ptk_walk_opts o = {.flags = PTK_WALK_TABLE_END};
	struct counter c = count(&w, &o, &st);
	is_u64(c.entries, UINT64_C(32) << 27, "shadow: every page of it is told");
	is_u64(c.runs, 512 + 511 + 31, "shadow: a run for a table that was told before, whatever is below it");
	is_u64(st.tables, 4, "shadow: four tables are read");
	is_u64(st.again, 511 + 511 + 31, "shadow: the others are reached again");
	is_u64(c.tables, c.ends, "shadow: as many table ends as tables");
	is_u64(c.last.count, UINT64_C(1) << 27, "shadow: the last run is a whole subtree");
	is_u64(c.last.va, UINT64_C(0xffff8f8000000000), "shadow: at its address");
	is_u64(c.last.table, pte, "shadow: its table is the one with the entry");
	o.from = UINT64_C(0xffff8f8000001000);
	o.to = UINT64_C(0xffff8f8000002fff);
	c = count(&w, &o, &st);
	is_u64(c.entries, 2, "shadow: a window is clipped within it");
	put(&w, pte, 7, leaf_entry(&w, 0, 0x6000, 0));
	o.from = o.to = 0;
	o.max_again = 1000;
	c = count(&w, &o, &st);
	ok(st.refused > 0 && c.refused == st.refused, "no more shadow, one page differs: the budget is spent");
	world_close(&w);
}

/* What the tables within a folded subtree take away is told with it. */
static void shadow_rights(void)
{
	struct world w;
	world_open(&w, "x86-pae", 1);
	uint64_t pmd = new_table(&w, 1), pte = new_table(&w, 0);
	for (uint32_t i = 0; i < 512; i++) {
		put(&w, pmd, i, table_entry(&w, 1, pte) | 4); /* user, read-only */
		put(&w, pte, i, leaf_entry(&w, 0, 0x5000, 6));
	}
	put(&w, w.s.root, 0, table_entry(&w, 2, pmd));
	put(&w, w.s.root, 3, table_entry(&w, 2, pmd));
	struct recs want = world_recs(&w);
	struct ptk_walk_opts o = {0};
	ok(want.n > 1 << 19 && (ptk_inherit_flags(want.rec[0].inherit) & PTK_A_UW), "shadow: its tables take writing away");
	compare(&w, &want, &o, "a read-only shadow");
	free(want.rec);
	world_close(&w);
}

/* A subtree of 2^36 pages is more than a run can count. */
static void shadow_too_large(void)
{
	struct world w;
	struct ptk_walk_stats st;
	struct ptk_walk_opts o = {0};
	world_open(&w, "x86-64-la57", 1);
	uint64_t t[5] = {new_table(&w, 0), new_table(&w, 1), new_table(&w, 2), new_table(&w, 3), w.s.root};
	for (uint32_t i = 0; i < 512; i++) {
		put(&w, t[0], i, leaf_entry(&w, 0, 0x5000, 0));
		for (int level = 1; level < 4; level++)
			put(&w, t[level], i, table_entry(&w, level, t[level - 1]));
	}
	put(&w, w.s.root, 7, table_entry(&w, 4, t[3]));
	put(&w, w.s.root, 9, table_entry(&w, 4, t[3]));
	struct counter c = count(&w, &o, &st);
	is_u64(c.entries, UINT64_C(1) << 37, "two shadows of 256 TiB: every page is told");
	is_u64(c.runs, 512 + 511 + 511 + 512, "two shadows of 256 TiB: in as many runs as the largest fold makes it");
	world_close(&w);
}

/* What the visitor skipped is not told by way of a fold either. */
static int skip_in(void *arg, const struct ptk_run *run)
{
	struct { uint64_t table, entries; } *s = arg;
	if (run->what == PTK_V_TABLE && run->table == s->table)
		return PTK_SKIP;
	s->entries += run->what == PTK_V_ENTRIES ? run->count : 0;
	return PTK_GO;
}

static void shadow_skipped(void)
{
	struct world w;
	struct { uint64_t table, entries; } s = {0};
	const struct ptk_walk_opts o = {0};
	world_open(&w, "x86-pae", 1);
	uint64_t pmd = new_table(&w, 1), pte = new_table(&w, 0);
	s.table = new_table(&w, 1);
	for (uint32_t i = 0; i < 512; i++) {
		put(&w, s.table, i, table_entry(&w, 1, pte));
		put(&w, pte, i, leaf_entry(&w, 0, 0x5000, 6));
	}
	put(&w, pmd, 0, table_entry(&w, 1, pte));
	put(&w, w.s.root, 0, table_entry(&w, 2, pmd));
	for (uint32_t i = 1; i < 4; i++)
		put(&w, w.s.root, i, table_entry(&w, 2, s.table));
	is_int(ptk_walk_space(&w.s, &o, skip_in, &s, NULL, NULL), 0, "skip within a shadow");
	is_u64(s.entries, 512, "what is skipped is not told, however often it is reached");
	world_close(&w);
}

/*
 * Tables that all point to each other, as random memory can look: what is told of them is bounded by how many there are. A
 * table that maps itself some times loses nothing.
 */
static void loops(void)
{
	enum { N = 64 };
	uint64_t t[N];
	struct world w;
	struct ptk_walk_stats st;
	struct ptk_walk_opts o = {0};
	world_open(&w, "x86-64", 1);
	for (uint32_t i = 0; i < N; i++)
		t[i] = i ? new_table(&w, 0) : w.s.root;
	for (uint32_t i = 0; i < N; i++)
		for (uint32_t k = 0; k < 512; k++)
			put(&w, t[i], k, t[(i * 7 + k * 13 + (k >> 3) * i) % N] | (k & 1 ? 0x63 : 0x67));
	struct counter c = count(&w, &o, &st);
	ok(st.self > 1000 && st.refused > 1000, "a heap of loops is seen, and refused");
	ok(c.runs < 4 * N * 512 + (17 << 16), "after what its tables say once, and a little more: %llu runs", (unsigned long long)c.runs);
	o.max_again = 1 << 17;
	c = count(&w, &o, &st);
	ok(c.runs > (1 << 17) * 16, "who asks for more gets it: %llu runs", (unsigned long long)c.runs);
	world_close(&w);

	o.max_again = 0;
	world_open(&w, "x86-64", 1);
	uint64_t pmd = new_table(&w, 1), pte = new_table(&w, 0), pud = new_table(&w, 2);
	put(&w, w.s.root, 493, w.s.root | 0x63);
	put(&w, w.s.root, 510, table_entry(&w, 3, pud));
	for (uint32_t i = 0; i < 512; i++) {
		put(&w, pud, i, i < 32 ? table_entry(&w, 2, pmd) : 0);
		put(&w, pmd, i, table_entry(&w, 1, pte));
		put(&w, pte, i, i & 15 ? 0 : leaf_entry(&w, 0, 0x5000, 0));
	}
	c = count(&w, &o, &st);
	ok(c.runs > 32 * 512 * 32 && st.refused == 0, "stacks for espfix of 512 CPUs, and a table that maps all tables: all is told");
	world_close(&w);
}

/* The address field is full: the next value carries into the bits above it, which is not the next address. */
static void carries(const char *regime)
{
	struct world w;
	struct ptk_walk_stats st;
	struct ptk_walk_opts o = {0};
	world_open(&w, regime, 1);
	uint64_t t = w.s.root;
	for (int level = 3; level > 0; level--) {
		uint64_t next = new_table(&w, level - 1);
		put(&w, t, 0, table_entry(&w, level, next));
		t = next;
	}
	const uint64_t field = w.s.regime.level[0].leaf_form.pa_mask, part = field & ~(field + 0x1000);
	for (uint32_t i = 0; i < 4; i++)
		put(&w, t, i, leaf_entry(&w, 0, part, 0) - 0x1000 + i * UINT64_C(0x1000));
	struct counter c = count(&w, &o, &st);
	ok(c.entries == 4 && c.runs >= 2, "%s: a run ends where the address field is full", regime);
	world_close(&w);
}

/* Every entry of every table leads on: 512^4 pages in four tables of which none is uniform. */
static void multiplying(void)
{
	struct world w;
	struct ptk_walk_stats st;
	world_open(&w, "x86-64-la57", 1);
	uint64_t t[5] = {new_table(&w, 0), new_table(&w, 1), new_table(&w, 2), new_table(&w, 3), w.s.root};
	for (uint32_t i = 0; i < 512; i++) {
		put(&w, t[0], i, leaf_entry(&w, 0, (uint64_t)rnd(&w) & 0xffffffff000, rnd(&w)));
		for (int level = 1; level < 5; level++)
			put(&w, t[level], i, table_entry(&w, level, t[level - 1]) | (i & 1) << 9);
	}
	struct ptk_walk_opts o = {.max_again = 1 << 14};
	const double start = seconds();
	struct counter c = count(&w, &o, &st);
	const double took = seconds() - start;
	ok(st.refused > 0, "multiplying tree: the rest is refused (%" PRIu64 " tables)", st.refused);
	ok(c.entries <= (UINT64_C(1) << 14) * 16 + 512 * 512, "multiplying tree: the work is within the budget");
	ok(took < 10, "multiplying tree: it ends soon (%.3f s)", took);
	is_u64(st.tables, 5, "multiplying tree: five tables are read");
	world_close(&w);
}

static void unreadables(void)
{
	struct world w;
	struct ptk_walk_stats st;
	struct ptk_walk_opts o = {0};
	/* Tables of 64K in a picture by pages of 4K, of which one is missing. */
	world_open(&w, "arm64-64k-48", 1);
	uint64_t pte = 0x40000000;
	for (uint32_t i = 0; i < 8192; i++)
		if (i / 512 != 5)
			put(&w, pte, i, leaf_entry(&w, 0, 0x80000000 + i * UINT64_C(65536), 0));
	uint64_t pmd = new_table(&w, 1);
	put(&w, w.s.root, 0, table_entry(&w, 2, pmd));
	put(&w, pmd, 3, table_entry(&w, 1, pte));
	put(&w, pmd, 4, table_entry(&w, 1, 0x50000000));
	struct counter c = count(&w, &o, &st);
	is_u64(c.runs, 2, "partial table: a run before and one after the missing page");
	is_u64(c.entries, 15 * 512, "partial table: all that is there is told");
	is_u64(c.unreadable, 2, "partial table: the missing part, and a table that is not there at all");
	is_u64(st.unreadable, 2, "partial table: as the statistics say");
	is_int(c.last.error, PTK_E_NODATA, "missing table: the reason");
	is_int(c.last.kind, PTK_TABLE, "missing table: told as its entry");
	is_u64(c.last.va, UINT64_C(4) << 29, "missing table: the address it is for");
	w.s.root = 0x60000000;
	c = count(&w, &o, &st);
	is_u64(c.unreadable, 1, "missing root: told once");
	is_u64(c.last.count, 64, "missing root: all its entries");
	world_close(&w);

	world_open(&w, "x86-64", 1);
	w.s.root = 0x60000000;
	c = count(&w, &o, &st);
	is_u64(c.unreadable, 2, "missing root, two halves: told for each");
	is_u64(c.last.va, UINT64_C(0xffff800000000000), "missing root: the upper half");
	world_close(&w);
}

static void answers(void)
{
	struct world w;
	struct ptk_walk_stats st;
	struct ptk_walk_opts o = {.flags = PTK_WALK_TABLE_END};
	world_open(&w, "x86-64", 1);
	uint64_t pud = new_table(&w, 2);
	put(&w, pud, 0, leaf_entry(&w, 2, 0x40000000, 0));
	for (uint32_t i = 0; i < 3; i++)
		put(&w, w.s.root, i, table_entry(&w, 3, pud));
	struct counter c = {.answer_table = PTK_SKIP};
	is_int(ptk_walk_space(&w.s, &o, count_run, &c, &st, NULL), 0, "skip: no failure");
	ok(c.tables == 3 && c.entries == 0 && c.ends == 0, "skip: no table is entered");
	is_u64(st.tables, 1, "skip: nor read");
	c = (struct counter){.answer_table = PTK_STOP};
	is_int(ptk_walk_space(&w.s, &o, count_run, &c, &st, NULL), 0, "stop: no failure");
	is_u64(c.tables, 1, "stop: at once");
	c = (struct counter){.answer_table = PTK_E_IO};
	is_int(ptk_walk_space(&w.s, &o, count_run, &c, &st, NULL), PTK_E_IO, "an error of the visitor's ends the walk");
	struct ptk_err err = {0};
	o.from = UINT64_C(0x800000000000);
	o.to = UINT64_C(0xffff7fffffffffff);
	c = (struct counter){0};
	is_int(ptk_walk_space(&w.s, &o, count_run, &c, &st, &err), 0, "a window between the halves is empty");
	is_u64(c.tables, 0, "and nothing is told");
	w.s.last = 0xffffffff;
	o.from = 0x1000;
	is_int(ptk_walk_space(&w.s, &o, count_run, &c, &st, &err), PTK_E_RANGE, "a window outside the space");
	has_str(err.msg, "0xffffffff", "the sentence says so");
	world_close(&w);
}

/* Linux's reading of an x86 PMD: a large page if PS is set, present or not. */
static enum ptk_kind by_ps(const struct ptk_regime *r, int level, uint64_t raw)
{
	(void)r;
	if (raw == 0)
		return PTK_NONE;
	if (level == 0 || raw & 0x80)
		return PTK_LEAF;
	return raw & 1 ? PTK_TABLE : PTK_NOT_PRESENT;
}

static void classified(void)
{
	struct world w;
	struct ptk_walk_stats st;
	struct ptk_walk_opts o = {.classify = by_ps, .join = PTK_JOIN_EQUAL};
	world_open(&w, "x86-64", 1);
	uint64_t pud = new_table(&w, 2), pmd = new_table(&w, 1);
	put(&w, w.s.root, 1, table_entry(&w, 3, pud));
	put(&w, pud, 1, table_entry(&w, 2, pmd));
	for (uint32_t i = 0; i < 100; i++)
		put(&w, pmd, 10 + i, 0x80 | i * UINT64_C(0x200000));
	o.ignore[1] = UINT64_C(0x000fffffffe00000);
	struct counter c = count(&w, &o, &st);
	is_u64(c.runs, 1, "classify: one run of what the caller calls leaves");
	is_u64(c.entries, 100, "classify: all of them");
	is_int(c.last.kind, PTK_LEAF, "classify: and of that kind");
	o.classify = NULL;
	c = count(&w, &o, &st);
	is_int(c.last.kind, PTK_NOT_PRESENT, "the hardware says not present");
	is_u64(c.runs, 1, "and equal but for ignored bits");
	world_close(&w);
}

/* A bit may be ignored that decides the kind: entries of different kinds are still no run. */
static void kinds(void)
{
	struct world w;
	struct ptk_walk_stats st;
	struct ptk_walk_opts o = {0};
	world_open(&w, "x86-64", 1);
	uint64_t pud = new_table(&w, 2), pmd = new_table(&w, 1);
	put(&w, w.s.root, 0, table_entry(&w, 3, pud));
	put(&w, pud, 0, table_entry(&w, 2, pmd));
	for (uint32_t i = 0; i < 8; i++)
		put(&w, pmd, i, (i * UINT64_C(0x200000)) | 0x80 | (i != 4));
	o.ignore[1] = 1;
	struct counter c = count(&w, &o, &st);
	is_u64(c.runs, 3, "contiguous: the one that is not present is a run of its own");
	o.ignore[1] |= UINT64_C(0x000fffffffe00000);
	o.join = PTK_JOIN_EQUAL;
	c = count(&w, &o, &st);
	is_u64(c.runs, 3, "equal: likewise");
	put(&w, pmd, 0, 0x1f000081);
	put(&w, pmd, 1, 0x80);
	o.ignore[1] = UINT64_MAX;
	c = count(&w, &o, &st);
	is_u64(c.runs, 5, "nothing compared but the kind: reserved, not present, leaf, not present, leaf");
	world_close(&w);
}

static void note_progress(void *arg, uint64_t bytes)
{
	*(uint64_t *)arg = bytes;
}

static void copied(void)
{
	struct world w, copy;
	world_open(&w, "x86-64", 77);
	world_random(&w);
	struct recs want = world_recs(&w);
	world_swapped(&w, &copy);
	uint64_t bytes = 0;
	const struct ptk_walk_opts o = {.flags = PTK_WALK_HOLES, .progress = note_progress, .progress_arg = &bytes};
	compare(&copy, &want, &o, "the other byte order, through callbacks");
	free(want.rec);
	world_close(&copy);
	world_close(&w);
}

static void progressing(void)
{
	struct world w;
	struct ptk_walk_stats st;
	uint64_t bytes = 0;
	const struct ptk_walk_opts o = {.progress = note_progress, .progress_arg = &bytes};
	world_open(&w, "x86-64", 1);
	uint64_t pud = new_table(&w, 2), pmd = new_table(&w, 1);
	put(&w, w.s.root, 0, table_entry(&w, 3, pud));
	put(&w, pud, 0, table_entry(&w, 2, pmd));
	for (uint32_t i = 0; i < 300; i++)
		put(&w, pmd, i, table_entry(&w, 1, new_table(&w, 0)));
	count(&w, &o, &st);
	is_u64(bytes, 1 << 20, "progress is told each MiB of tables");
	is_u64(st.tables, 303, "tables are counted");
	world_close(&w);
}

/* With a number: that many trees of each regime. */
int main(int argc, char **argv)
{
	const char *name;
	const uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	for (uint64_t k = 0; k < rounds; k++)
		for (size_t i = 0; (name = ptk_regime_name(i)); i++)
			one_regime(name, k * 100 + i + 1);
	self_map();
	shadow();
	shadow_rights();
	shadow_too_large();
	shadow_skipped();
	loops();
	carries("x86-64");
	carries("x86-64,enc=0x800000000000");
	multiplying();
	unreadables();
	answers();
	classified();
	kinds();
	copied();
	progressing();
	return done();
}
