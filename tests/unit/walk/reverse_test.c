// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Who maps a page: against a plain search of everything the recursion found in several spaces. */
#include "unit/walk/world.h"

#define SPACES 3
#define FOUND_MAX 100000

static struct ptk_alias found[FOUND_MAX];

static bool same_attr(const struct ptk_attr *a, const struct ptk_attr *b)
{
	return a->flags == b->flags && a->mem == b->mem && a->memidx == b->memidx && a->share == b->share &&
	       a->key == b->key && a->sw == b->sw;
}

/* Go through the records of all spaces in order; each that maps pa must be the next alias. */
static void check(struct ptk_reverse *rv, const struct world *w, const struct recs *all, uint64_t pa, size_t *bad)
{
	int64_t n = ptk_reverse_find(rv, pa, found, FOUND_MAX), k = 0;
	for (uint32_t s = 0; s < SPACES; s++)
		for (size_t i = 0; i < all[s].n; i++) {
			const struct rec *rec = &all[s].rec[i];
			if (rec->kind != PTK_LEAF)
				continue;
			struct ptk_entry e;
			struct ptk_attr attr;
			ptk_entry_decode(&w[s].s.regime, rec->level, rec->raw, &e);
			const uint64_t size = ptk_level_size(&w[s].s.regime, rec->level), at = e.pa + (rec->va & (e.span - 1));
			if (pa - at >= size)
				continue;
			ptk_entry_effective(&w[s].s.regime, rec->inherit, &e, &attr);
			const struct ptk_alias *a = &found[k];
			*bad += k >= n || a->space != s || a->va != rec->va + (pa - at) || a->level != rec->level ||
			        !same_attr(&a->attr, &attr);
			k++;
		}
	*bad += k != n;
}

static void random_spaces(void)
{
	static const char *const names[SPACES] = {"x86-64", "arm64-4k-48", "arm-short"};
	struct world w[SPACES];
	struct recs all[SPACES];
	struct ptk_reverse *rv;
	size_t bad = 0, leaves = 0;
	if (ptk_reverse_new(&rv) < 0)
		bail("no memory");
	is_int(ptk_reverse_find(rv, 0x1000, found, 1), 0, "nothing is mapped by no space");
	for (uint32_t s = 0; s < SPACES; s++) {
		world_open(&w[s], names[s], s + 7);
		world_random(&w[s]);
		all[s] = world_recs(&w[s]);
		is_int(ptk_reverse_add(rv, &w[s].s, NULL), 0, "add %s", names[s]);
		/* Found between additions, so that the index is made anew. */
		ptk_reverse_find(rv, 0x1000, found, 1);
	}
	for (int k = 0; k < 120; k++) {
		const uint32_t s = below(&w[0], SPACES);
		const struct rec *rec = &all[s].rec[below(&w[0], (uint32_t)all[s].n)];
		if (rec->kind != PTK_LEAF)
			continue;
		struct ptk_entry e;
		ptk_entry_decode(&w[s].s.regime, rec->level, rec->raw, &e);
		check(rv, w, all, e.pa + (rnd(&w[0]) & (e.span - 1)), &bad);
		leaves++;
	}
	ok(leaves > 20 && bad == 0, "the aliases of %zu addresses are those of a plain search", leaves);
	check(rv, w, all, 0, &bad);
	check(rv, w, all, UINT64_MAX, &bad);
	is_u64(bad, 0, "the lowest and the highest address too");
	ptk_reverse_free(rv);
	for (int s = 0; s < SPACES; s++) {
		free(all[s].rec);
		world_close(&w[s]);
	}
}

/* A shadow of 16 TiB: every one of its pages is an alias, counted without listing them. */
static void repeated(void)
{
	struct world w;
	struct ptk_reverse *rv;
	struct ptk_alias out[3] = {{0}};
	world_open(&w, "x86-64", 1);
	uint64_t pud = new_table(&w, 2), pmd = new_table(&w, 1), pte = new_table(&w, 0);
	for (uint32_t i = 0; i < 512; i++) {
		put(&w, pud, i, table_entry(&w, 2, pmd));
		put(&w, pmd, i, table_entry(&w, 1, pte));
		put(&w, pte, i, leaf_entry(&w, 0, 0x5000, 0));
	}
	for (uint32_t i = 256; i < 288; i++)
		put(&w, w.s.root, i, table_entry(&w, 3, pud));
	if (ptk_reverse_new(&rv) < 0)
		bail("no memory");
	is_int(ptk_reverse_add(rv, &w.s, NULL), 0, "add a shadow");
	is_int(ptk_reverse_find(rv, 0x5678, out, 2), INT64_C(32) << 27, "4 Gi pages map one");
	is_u64(out[0].va, UINT64_C(0xffff800000000678), "the first");
	is_u64(out[1].va, UINT64_C(0xffff800000001678), "the second");
	is_u64(out[2].va, 0, "and no more than there is room for");
	is_int(ptk_reverse_find(rv, 0x6000, out, 2), 0, "none maps the next page");
	is_int(ptk_reverse_find(rv, 0x4fff, out, 2), 0, "nor the one before");
	ptk_reverse_free(rv);
	ptk_reverse_free(NULL);
	world_close(&w);
}

/* Aliases come by space first, whatever their addresses. */
static void ordered(void)
{
	struct world w[2];
	struct ptk_reverse *rv;
	struct ptk_alias out[4];
	if (ptk_reverse_new(&rv) < 0)
		bail("no memory");
	for (uint32_t s = 0; s < 2; s++) {
		world_open(&w[s], "riscv-sv39", 1);
		put(&w[s], w[s].s.root, s ? 1 : 200, leaf_entry(&w[s], 2, 0x40000000, 0xc6));
		put(&w[s], w[s].s.root, s ? 0 : 201, leaf_entry(&w[s], 2, 0x40000000, 0xc2));
		is_int(ptk_reverse_add(rv, &w[s].s, NULL), 0, "add space %u", s);
	}
	is_int(ptk_reverse_find(rv, 0x40000123, out, 4), 4, "four aliases");
	ok(out[0].space == 0 && out[1].space == 0 && out[2].space == 1 && out[3].space == 1, "by space");
	ok(out[0].va == (UINT64_C(200) << 30 | 0x123) && out[1].va == (UINT64_C(201) << 30 | 0x123), "then by address");
	ok(out[2].va == 0x123 && out[3].va == (UINT64_C(1) << 30 | 0x123), "in each");
	ptk_reverse_free(rv);
	world_close(&w[0]);
	world_close(&w[1]);
}

/* What a question about a range was told. */
struct told {
	struct ptk_stretch st[8];
	int n, stop_at;
};

static int tell(void *arg, const struct ptk_stretch *st)
{
	struct told *t = arg;
	t->st[t->n++ & 7] = *st;
	return t->n == t->stop_at ? PTK_STOP : t->stop_at < 0 ? PTK_E_TIMEOUT : 0;
}

/* Ranges of physical memory: each stretch is cut to what was asked for. */
static void ranges(void)
{
	struct world w;
	struct ptk_reverse *rv;
	struct told t = {.n = 0};
	world_open(&w, "riscv-sv39", 1);
	put(&w, w.s.root, 3, leaf_entry(&w, 2, 0x40000000, 0xc6));
	put(&w, w.s.root, 4, leaf_entry(&w, 2, 0x80000000, 0xc6));
	put(&w, w.s.root, 9, leaf_entry(&w, 2, 0x80000000, 0xc2));
	if (ptk_reverse_new(&rv) < 0 || ptk_reverse_add(rv, &w.s, NULL) < 0)
		bail("no memory");
	is_int(ptk_reverse_each(rv, 0x7ffff000, 0x80000fff, tell, &t), 0, "two pages, one of which has two addresses");
	is_int(t.n, 2, "two stretches");
	ok(t.st[0].pa == 0x7ffff000 && t.st[0].last == 0x80000fff && t.st[0].va == 0xfffff000, "one has both pages");
	ok(t.st[1].pa == 0x80000000 && t.st[1].last == 0x80000fff && t.st[1].va == UINT64_C(9) << 30, "the other has the second");
	ok(t.st[1].times == 1 && t.st[1].level == 2 && !(t.st[1].attr.flags & PTK_A_KW), "once, by a large page, for reading");
	t = (struct told){.stop_at = 1};
	is_int(ptk_reverse_each(rv, 0, UINT64_MAX, tell, &t), 0, "a listener that has enough");
	is_int(t.n, 1, "is told no more");
	t = (struct told){.stop_at = -1};
	is_int(ptk_reverse_each(rv, 0, UINT64_MAX, tell, &t), PTK_E_TIMEOUT, "one that fails ends it");
	ptk_reverse_free(rv);
	world_close(&w);
}

/* An index that knows what will be asked answers that as the whole one does. */
static void only(void)
{
	static const struct ptk_extent wanted[] = {{0x90000000, 0x90000fff}, {0x50000000, 0x50000000}, {0x50000000, 0x5fffffff}};
	struct world w;
	struct ptk_reverse *rv;
	struct ptk_alias out[4];
	world_open(&w, "riscv-sv39", 1);
	put(&w, w.s.root, 3, leaf_entry(&w, 2, 0x40000000, 0xc6));
	put(&w, w.s.root, 9, leaf_entry(&w, 2, 0x80000000, 0xc2));
	put(&w, w.s.root, 11, leaf_entry(&w, 2, 0xc0000000, 0xc2));
	if (ptk_reverse_new(&rv) < 0)
		bail("no memory");
	is_int(ptk_reverse_only(rv, wanted, 3), 0, "only some addresses");
	is_int(ptk_reverse_add_window(rv, &w.s, 0, UINT64_C(0x3fffffffff), NULL, NULL), 0, "add a window");
	is_int(ptk_reverse_find(rv, 0x50000000, out, 4), 1, "the first");
	is_int(ptk_reverse_find(rv, 0x5fffffff, out, 4), 1, "the last");
	is_int(ptk_reverse_find(rv, 0x90000123, out, 4), 1, "another");
	is_int(ptk_reverse_find(rv, 0xc0000000, out, 4), 0, "what was not wanted is not there");
	is_int(ptk_reverse_only(rv, wanted, 3), PTK_E_INVAL, "too late to choose");
	ptk_reverse_free(rv);
	if (ptk_reverse_new(&rv) < 0 || ptk_reverse_only(rv, NULL, 0) < 0 || ptk_reverse_add(rv, &w.s, NULL) < 0)
		bail("no memory");
	is_int(ptk_reverse_find(rv, 0x50000000, out, 4), 0, "nothing wanted, nothing kept");
	ptk_reverse_free(rv);
	world_close(&w);
}

/* Hundreds of kinds of attributes in one index: each segment keeps its own. */
static void many_kinds(void)
{
	struct world w;
	struct ptk_reverse *rv;
	struct ptk_alias out[2];
	unsigned wrong = 0;
	world_open(&w, "riscv-sv39", 1);
	/* RSW and the lower flags, V and R always set, W never without R: 512 entries of 64 kinds in no order */
	for (uint32_t i = 0; i < 512; i++)
		put(&w, w.s.root, i, leaf_entry(&w, 2, (uint64_t)i << 30, (i * 37 % 256) << 2 | 2));
	if (ptk_reverse_new(&rv) < 0 || ptk_reverse_add(rv, &w.s, NULL) < 0)
		bail("no memory");
	for (uint32_t i = 0; i < 512; i++) {
		const uint64_t va = ptk_va_canonical(&w.s.regime, (uint64_t)i << 30);
		struct ptk_path path;
		ptk_walk(&w.s, va, &path, NULL);
		const int64_t n = ptk_reverse_find(rv, (uint64_t)i << 30, out, 2);
		wrong += path.outcome == PTK_MAPPED ? n != 1 || out[0].va != va || !same_attr(&out[0].attr, &path.attr) : n != 0;
	}
	is_int(wrong, 0, "512 ranges have the attributes that a walk finds");
	ptk_reverse_free(rv);
	world_close(&w);
}

int main(void)
{
	ordered();
	ranges();
	only();
	many_kinds();
	random_spaces();
	repeated();
	return done();
}
