// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* One address, by ptk_walk(), ptk_translate() and the batch, against the plain recursion, over every regime. */
#include "unit/walk/world.h"

/* What the recursion knows of an address: the last record that starts at or below it. */
static const struct rec *find(const struct recs *all, uint64_t va)
{
	size_t lo = 0, hi = all->n;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (all->rec[mid].va <= va)
			lo = mid;
		else
			hi = mid;
	}
	return &all->rec[lo];
}

static int outcome(const struct rec *rec)
{
	if (rec->what == PTK_V_UNREADABLE)
		return PTK_UNREADABLE;
	switch ((enum ptk_kind)rec->kind) {
	case PTK_LEAF: return PTK_MAPPED;
	case PTK_NONE: return PTK_UNMAPPED;
	case PTK_NOT_PRESENT: return PTK_ABSENT;
	case PTK_RESERVED:
	case PTK_TABLE: break;
	}
	return PTK_FAULT;
}

struct tally {
	size_t walks, translations, attrs, seen[6];
};

static bool same_attr(const struct ptk_attr *a, const struct ptk_attr *b)
{
	return a->flags == b->flags && a->mem == b->mem && a->memidx == b->memidx && a->share == b->share &&
	       a->key == b->key && a->sw == b->sw;
}

/* Compare all that is said of one address. Counts what differs. */
static uint64_t one(const struct world *w, const struct recs *all, uint64_t va, struct tally *bad)
{
	const struct rec *rec = find(all, va);
	const int want = outcome(rec);
	struct ptk_path path;
	struct ptk_entry e;
	uint64_t pa = PTK_NO_PA, want_pa = PTK_NO_PA;
	ptk_entry_decode(&w->s.regime, rec->level, rec->raw, &e);
	if (want == PTK_MAPPED)
		want_pa = e.pa + (va & (e.span - 1));
	int got = ptk_walk(&w->s, va, &path, NULL), rc = ptk_translate(&w->s, va, &pa);
	bad->seen[want]++;
	bad->walks += got != want || path.outcome != got || path.pa != want_pa;
	const int steps = w->s.regime.nlevels - rec->level;
	const struct ptk_step *last = &path.step[path.nsteps - 1];
	bad->walks += path.nsteps != steps || last->entry.raw != rec->raw || last->index != rec->index ||
	              last->table != rec->table || last->inherit != rec->inherit ||
	              last->entry_pa != rec->table + ((uint64_t)rec->index << w->s.regime.entry_shift);
	bad->translations += rc != (want == PTK_MAPPED ? 1 : want == PTK_UNREADABLE ? PTK_E_NODATA : 0) || pa != want_pa;
	if (want == PTK_MAPPED) {
		struct ptk_attr attr;
		ptk_entry_effective(&w->s.regime, rec->inherit, &e, &attr);
		bad->attrs += !same_attr(&attr, &path.attr);
	}
	return want_pa;
}

#define MANY 3000

static void batch(const struct world *w, const uint64_t *va, const uint64_t *want, size_t n, size_t unreadable)
{
	static const size_t sizes[] = {0, 1, 2, 63, 64, 65, 1000, MANY};
	uint64_t pa[MANY + 1];
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		size_t lost = 99, mapped = 0, same = 0, all = sizes[k] < n ? sizes[k] : n;
		for (size_t i = 0; i < all; i++)
			mapped += want[i] != PTK_NO_PA;
		pa[all] = 4711;
		size_t got = ptk_translate_batch(&w->s, va, all, pa, &lost);
		for (size_t i = 0; i < all; i++)
			same += pa[i] == want[i];
		ok(same == all && got == mapped && pa[all] == 4711, "%s: a batch of %zu", w->s.regime.name, all);
		if (all == n)
			is_u64(lost, unreadable, "%s: a batch counts what could not be read", w->s.regime.name);
	}
}

static void one_regime(const char *name, uint64_t seed, struct tally *total)
{
	struct world w;
	struct tally bad = {0};
	static uint64_t va[MANY], want[MANY];
	world_open(&w, name, seed);
	world_random(&w);
	struct recs all = world_recs(&w);
	for (size_t i = 0; i < MANY; i++) {
		const struct rec *rec = &all.rec[below(&w, (uint32_t)all.n)];
		const uint64_t size = ptk_level_size(&w.s.regime, rec->level);
		const uint64_t at[4] = {0, size - 1, rnd(&w) & (size - 1), rnd(&w) & (size - 1)};
		va[i] = rec->va + at[below(&w, 4)];
		want[i] = one(&w, &all, va[i], &bad);
	}
	is_u64(bad.walks, 0, "%s: ptk_walk(): outcome, address and last step", name);
	is_u64(bad.attrs, 0, "%s: ptk_walk(): effective attributes", name);
	is_u64(bad.translations, 0, "%s: ptk_translate()", name);
	batch(&w, va, want, MANY, bad.seen[PTK_UNREADABLE]);
	for (int k = 0; k < 6; k++)
		total->seen[k] += bad.seen[k];
	/* In the other byte order; steps are compared with entries in the host's. */
	struct world copy;
	world_swapped(&w, &copy);
	memset(&bad, 0, sizeof bad);
	for (size_t i = 0; i < MANY / 8; i++)
		one(&copy, &all, va[i], &bad);
	is_u64(bad.walks + bad.attrs + bad.translations, 0, "%s: the other byte order", name);
	batch(&copy, va, want, MANY / 8, bad.seen[PTK_UNREADABLE]);
	world_close(&copy);
	/* Once more where tables lie in this process's memory: the batch has another way for them. */
	struct ptk_mem *image;
	world_to_files(&w, (WORLD_FIRST + w.next) / 2 + 4, &image);
	memset(&bad, 0, sizeof bad);
	for (size_t i = 0; i < MANY; i++)
		one(&w, &all, va[i], &bad);
	is_u64(bad.walks + bad.attrs + bad.translations, 0, "%s: files: the same as from the image", name);
	batch(&w, va, want, MANY, bad.seen[PTK_UNREADABLE]);
	ptk_mem_close(image);
	free(all.rec);
	world_close(&w);
}

static void outside(void)
{
	struct world w;
	struct ptk_path path;
	struct ptk_err err = {0};
	uint64_t pa = 4711, lost;
	world_open(&w, "x86-64", 1);
	put(&w, w.s.root, 0, 0);
	is_int(ptk_walk(&w.s, UINT64_C(0x800000000000), &path, &err), PTK_OUTSIDE, "not canonical: outside");
	is_u64(path.nsteps, 0, "outside: nothing is read");
	is_u64(path.va, UINT64_C(0x800000000000), "outside: the address is as asked");
	is_int(ptk_translate(&w.s, UINT64_C(0x800000000000), &pa), 0, "outside: not mapped");
	is_u64(pa, 4711, "outside: the result is untouched");
	is_int(err.code, 0, "outside: not an error");
	w.s.first = 0x1000;
	w.s.last = 0x1fff;
	is_int(ptk_walk(&w.s, 0x1000, &path, NULL), PTK_UNMAPPED, "the first address of the window");
	is_int(ptk_walk(&w.s, 0x1fff, &path, NULL), PTK_UNMAPPED, "the last one");
	is_int(ptk_walk(&w.s, 0x2000, &path, NULL), PTK_OUTSIDE, "one beyond it");
	is_int(ptk_walk(&w.s, 0xfff, &path, NULL), PTK_OUTSIDE, "one before it");
	w.s.root = 0x7000000000;
	is_int(ptk_walk(&w.s, 0x1000, &path, &err), PTK_UNREADABLE, "a root that is not in the picture");
	is_int(path.error, PTK_E_NODATA, "the reason");
	has_str(err.msg, "0x1000", "the sentence names the address");
	has_str(err.msg, "PML4E table at 0x7000000000", "and the table");
	is_int(ptk_translate(&w.s, 0x1000, &pa), PTK_E_NODATA, "translate: an error, not 'unmapped'");
	is_u64(pa, 4711, "translate: the result is untouched");
	uint64_t va[2] = {0x1000, 0x2000}, out[2];
	is_u64(ptk_translate_batch(&w.s, va, 2, out, &lost), 0, "batch: none is mapped");
	is_u64(lost, 1, "batch: one could not be read, the other is outside");
	ok(out[0] == PTK_NO_PA && out[1] == PTK_NO_PA, "batch: no address for either");
	world_close(&w);
}

/* TBI: bits 63:56 are not looked at; bit 55 still chooses the half (DDI 0487, D8.8). */
static void tagged(void)
{
	struct world w;
	uint64_t pa = 0;
	world_open(&w, "arm64-4k-48,tbi,low", 1);
	uint64_t t = w.s.root;
	for (int level = 3; level > 0; level--) {
		uint64_t next = new_table(&w, level - 1);
		put(&w, t, 0, table_entry(&w, level, next));
		t = next;
	}
	put(&w, t, 5, leaf_entry(&w, 0, 0x1234000, 0));
	is_int(ptk_translate(&w.s, UINT64_C(0xab00000000005678), &pa), 1, "a tagged address is translated");
	is_u64(pa, 0x1234678, "to where the address without its tag is");
	is_int(ptk_translate(&w.s, UINT64_C(0x0080000000005678), &pa), 0, "bit 55 is no tag");
	uint64_t va[2] = {UINT64_C(0xab00000000005678), UINT64_C(0x0080000000005678)}, out[2];
	is_u64(ptk_translate_batch(&w.s, va, 2, out, NULL), 1, "the batch sees it alike");
	ok(out[0] == 0x1234678 && out[1] == PTK_NO_PA, "with the same results");
	world_close(&w);
}

/* An entry of which one half is in one file, the other in another. */
static void straddling(void)
{
	struct world w;
	struct ptk_mem *image;
	uint64_t pa = 0, va[3] = {0x4000, 0x5000, 0x6000}, out[3];
	world_open(&w, "x86-64", 1);
	uint64_t t = w.s.root;
	for (int level = 3; level > 0; level--) {
		uint64_t next = new_table(&w, level - 1);
		put(&w, t, 0, table_entry(&w, level, next));
		t = next;
	}
	for (uint32_t i = 4; i < 7; i++)
		put(&w, t, i, leaf_entry(&w, 0, UINT64_C(0xabcdef0000000) + i * UINT64_C(4096), 0));
	world_to_files(&w, t + 5 * 8 + 4, &image);
	is_int(ptk_translate(&w.s, 0x5678, &pa), 1, "an entry in two pieces of memory is read");
	is_u64(pa, UINT64_C(0xabcdef0005678), "as one");
	is_u64(ptk_translate_batch(&w.s, va, 3, out, NULL), 3, "by the batch too");
	ok(out[0] == UINT64_C(0xabcdef0004000) && out[1] == UINT64_C(0xabcdef0005000) && out[2] == UINT64_C(0xabcdef0006000),
	   "and its neighbours");
	ptk_mem_close(image);
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const char *const outcomes[] = {"mapped", "unmapped", "absent", "faults", "outside", "unreadable"};
	const char *name;
	struct tally total = {0};
	const uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	for (uint64_t k = 0; k < rounds; k++)
		for (size_t i = 0; (name = ptk_regime_name(i)); i++)
			one_regime(name, k * 100 + i + 1, &total);
	for (int k = 0; k < 6; k++)
		ok(k == PTK_OUTSIDE || total.seen[k] > 100, "%zu of the addresses: %s", total.seen[k], outcomes[k]);
	outside();
	tagged();
	straddling();
	return done();
}
