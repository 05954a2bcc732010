// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Ranges, spread out again into leaves, are what the plain recursion found; and they are as few as can be. */
#include "unit/walk/world.h"

static bool same_attr(const struct ptk_attr *a, const struct ptk_attr *b)
{
	return a->flags == b->flags && a->mem == b->mem && a->memidx == b->memidx && a->share == b->share &&
	       a->key == b->key && a->sw == b->sw;
}

struct checker {
	const struct world *w;
	const struct recs *want;
	const struct ptk_range_opts *o;
	uint64_t first, last, n;
	size_t at, bad, split, leaves, repeats;
	struct ptk_range prev;
};

/* The next record that is to be listed. */
static const struct rec *next(struct checker *c)
{
	for (; c->at < c->want->n; c->at++) {
		const struct rec *rec = &c->want->rec[c->at];
		const uint64_t last = rec->va + (ptk_level_size(&c->w->s.regime, rec->level) - 1);
		if (last < c->first || rec->va > c->last)
			continue;
		if (rec->what == PTK_V_UNREADABLE || rec->kind == PTK_LEAF || (rec->kind != PTK_NONE && !c->o->only_leaves))
			return rec;
	}
	return NULL;
}

/* What the range says of one record's first byte, or of the window's first if that is later. */
static bool says(const struct checker *c, const struct ptk_range *range, const struct rec *rec)
{
	struct ptk_entry e;
	ptk_entry_decode(&c->w->s.regime, rec->level, rec->raw, &e);
	if (rec->what == PTK_V_UNREADABLE)
		return range->unreadable && range->kind == PTK_NONE && range->pa == PTK_NO_PA;
	if (range->unreadable || range->kind != rec->kind || (range->level != rec->level && !c->o->join_levels))
		return false;
	if (rec->kind != PTK_LEAF)
		return range->pa == PTK_NO_PA && (range->why == e.why || (e.why && strcmp(range->why, e.why) == 0));
	struct ptk_attr attr;
	ptk_entry_effective(&c->w->s.regime, rec->inherit, &e, &attr);
	attr.flags &= ~c->o->ignore_flags;
	attr.sw = c->o->ignore_sw ? 0 : attr.sw;
	const uint64_t va = rec->va > range->first ? rec->va : range->first, pa = e.pa + (va & (e.span - 1));
	const uint64_t page = ptk_level_size(&c->w->s.regime, rec->level);
	if (range->repeat)
		return same_attr(&attr, &range->attr) && range->pa == (pa & ~(page - 1)) + (range->pa & (page - 1));
	return same_attr(&attr, &range->attr) && range->pa + (va - range->first) == pa;
}

static bool could_join(const struct checker *c, const struct ptk_range *a, const struct ptk_range *b)
{
	if (!c->n || a->last + 1 != b->first || a->kind != b->kind || a->unreadable != b->unreadable)
		return false;
	if ((a->level != b->level && !c->o->join_levels) || !same_attr(&a->attr, &b->attr))
		return false;
	if (a->kind != PTK_LEAF)
		return a->why == b->why || (a->why && b->why && strcmp(a->why, b->why) == 0);
	return !a->repeat && !b->repeat && a->pa + (a->last - a->first) + 1 == b->pa;
}

static int check_range(void *arg, const struct ptk_range *range)
{
	struct checker *c = arg;
	const struct rec *rec;
	size_t bad = range->first < c->first || range->last > c->last || range->last < range->first;
	uint64_t at = range->first;
	c->split += could_join(c, &c->prev, range);
	c->prev = *range;
	c->n++;
	c->repeats += range->repeat;
	/* Records that overlap the range must follow on from its first byte to its last. */
	while ((rec = next(c)) && rec->va <= range->last) {
		bad += rec->va > at || !says(c, range, rec);
		at = rec->va + ptk_level_size(&c->w->s.regime, rec->level);
		c->leaves++;
		c->at++;
		if (at - 1 >= range->last)
			break;
	}
	bad += at - 1 < range->last;
	if (bad && !c->bad)
		printf("# range 0x%" PRIx64 " to 0x%" PRIx64 " kind %u level %u pa 0x%" PRIx64 " repeat %d; got to 0x%" PRIx64 "\n",
		       range->first, range->last, range->kind, range->level, range->pa, range->repeat, at);
	c->bad += bad;
	return 0;
}

static void compare(const struct world *w, const struct recs *want, const struct ptk_range_opts *o, const char *what)
{
	struct checker c = {.w = w, .want = want, .o = o, .first = o->from, .last = o->to};
	struct ptk_walk_stats st;
	if (!o->from && !o->to)
		c.last = UINT64_MAX;
	int rc = ptk_ranges(&w->s, o, check_range, &c, &st, NULL);
	ok(rc == 0 && c.bad == 0 && !next(&c), "%s: %s: %" PRIu64 " ranges (%zu repeat) say what %zu entries do", w->s.regime.name,
	   what, c.n, c.repeats, c.leaves);
	is_u64(c.split, 0, "%s: %s: ranges are as few as can be", w->s.regime.name, what);
}

static void one_regime(const char *name, uint64_t seed)
{
	struct world w;
	world_open(&w, name, seed);
	world_random(&w);
	struct recs want = world_recs(&w);
	compare(&w, &want, &(struct ptk_range_opts){0}, "all");
	compare(&w, &want, &(struct ptk_range_opts){.only_leaves = true}, "leaves");
	compare(&w, &want, &(struct ptk_range_opts){.join_levels = true}, "levels joined");
	compare(&w, &want, &(struct ptk_range_opts){.ignore_sw = true, .ignore_flags = PTK_A_ACCESSED | PTK_A_DIRTY | PTK_A_UW},
	        "less attributes");
	for (int k = 0; k < 6; k++) {
		const struct rec *a = &want.rec[below(&w, (uint32_t)want.n)], *b = &want.rec[below(&w, (uint32_t)want.n)];
		struct ptk_range_opts o = {.from = a->va + below(&w, 7000)};
		o.to = b->va > o.from ? b->va + below(&w, 7000) : o.from + below(&w, 70000);
		if (o.to < o.from || o.to > w.s.last || o.to == 0)
			o.to = w.s.last;
		compare(&w, &want, &o, "a window");
	}
	free(want.rec);
	world_close(&w);
}

/* ---- particular lists ---- */

#define LIST_MAX 16

struct list {
	struct ptk_range range[LIST_MAX];
	size_t n;
	int answer;
};

static int keep(void *arg, const struct ptk_range *range)
{
	struct list *l = arg;
	if (l->n < LIST_MAX)
		l->range[l->n] = *range;
	l->n++;
	return l->answer;
}

static struct list list(const struct world *w, const struct ptk_range_opts *o)
{
	struct list l = {0};
	int rc = ptk_ranges(&w->s, o, keep, &l, NULL, NULL);
	if (rc)
		bail("ranges: %d", rc);
	return l;
}

/* One level-0 table at address 0 of x86-64. */
static uint64_t one_table(struct world *w)
{
	world_open(w, "x86-64", 1);
	uint64_t t = w->s.root;
	for (int level = 3; level > 0; level--) {
		uint64_t below = new_table(w, level - 1);
		put(w, t, 0, table_entry(w, level, below) | 6);
		t = below;
	}
	return t;
}

static void is_range(const struct list *l, size_t i, uint64_t first, uint64_t last, uint64_t pa, bool repeat, const char *what)
{
	const struct ptk_range *r = &l->range[i];
	if (!ok(l->n > i && r->first == first && r->last == last && r->pa == pa && r->repeat == repeat, "%s", what))
		printf("# got 0x%" PRIx64 " to 0x%" PRIx64 " pa 0x%" PRIx64 " repeat %d\n", r->first, r->last, r->pa, r->repeat);
}

/* A page that is mapped over and over, as read faults map the zero page. */
static void repeated(void)
{
	struct world w;
	struct ptk_range_opts o = {0};
	uint64_t t = one_table(&w);
	for (uint32_t i = 0; i < 10; i++)
		put(&w, t, i, leaf_entry(&w, 0, i < 6 ? 0x7000 : 0x7000 + (i - 6) * UINT64_C(0x1000), 4));
	struct list l = list(&w, &o);
	is_u64(l.n, 2, "a repeated page, then contiguous ones");
	is_range(&l, 0, 0, 0x6fff, 0x7000, true, "seven times the same page");
	is_range(&l, 1, 0x7000, 0x9fff, 0x8000, false, "the pages after it");
	o.from = 0x1800;
	o.to = 0x47ff;
	l = list(&w, &o);
	is_u64(l.n, 2, "clipped in the middle of pages");
	is_range(&l, 0, 0x1800, 0x1fff, 0x7800, false, "what is left of the first");
	is_range(&l, 1, 0x2000, 0x47ff, 0x7000, true, "the others");
	o.from = 0x1800;
	o.to = 0x1fff;
	l = list(&w, &o);
	is_u64(l.n, 1, "clipped to a part of one page");
	is_range(&l, 0, 0x1800, 0x1fff, 0x7800, false, "which does not repeat");
	o.from = 0x8800;
	o.to = 0x8fff;
	l = list(&w, &o);
	is_range(&l, 0, 0x8800, 0x8fff, 0x9800, false, "a contiguous range is clipped with its address");
	world_close(&w);
}

static void effective(void)
{
	struct world w;
	struct ptk_range_opts o = {0};
	uint64_t t = one_table(&w);
	/* P, RW, US, A, D, G: effective rights are the leaf's less the parents'. */
	put(&w, t, 0, 0x1007);
	put(&w, t, 1, 0x2027);
	put(&w, t, 2, 0x3067);
	put(&w, t, 3, 0x4065);
	struct list l = list(&w, &o);
	is_u64(l.n, 4, "accessed, dirty and read-only pages are ranges of their own");
	o.ignore_flags = PTK_A_ACCESSED | PTK_A_DIRTY;
	l = list(&w, &o);
	is_u64(l.n, 2, "accessed and dirty left out: two are left");
	is_range(&l, 0, 0, 0x2fff, 0x1000, false, "the writable ones");
	is_u64(l.range[0].attr.flags & (PTK_A_ACCESSED | PTK_A_DIRTY), 0, "ignored flags are clear");
	put(&w, w.s.root, 0, get(&w, w.s.root, 0) & ~UINT64_C(2));
	l = list(&w, &o);
	is_u64(l.n, 1, "read-only by the root's entry: all are alike");
	is_u64(l.range[0].attr.flags & (PTK_A_KW | PTK_A_UW), 0, "not writable");
	l = (struct list){.answer = PTK_E_IO};
	is_int(ptk_ranges(&w.s, &(struct ptk_range_opts){0}, keep, &l, NULL, NULL), PTK_E_IO, "an error of the callback's");
	is_u64(l.n, 1, "ends the listing");
	l = (struct list){.answer = PTK_STOP};
	is_int(ptk_ranges(&w.s, &(struct ptk_range_opts){0}, keep, &l, NULL, NULL), 0, "PTK_STOP is no failure");
	is_u64(l.n, 1, "and ends it too");
	world_close(&w);
}

/* One page table below directory entries of sixteen domains: the same bits, sixteen different attributes. */
static void domains(void)
{
	struct world w;
	size_t bad = 0;
	world_open(&w, "arm-short", 1);
	uint64_t t = new_table(&w, 0);
	put(&w, t, 0, leaf_entry(&w, 0, 0x7000, 0x10));
	for (uint32_t i = 0; i < 16; i++)
		put(&w, w.s.root, i, table_entry(&w, 1, t) | i << 5);
	struct list l = list(&w, &(struct ptk_range_opts){0});
	for (uint32_t i = 0; i < 16; i++)
		bad += l.range[i].attr.key != i;
	is_u64(l.n, 16, "sixteen ranges");
	is_u64(bad, 0, "each of its own domain");
	world_close(&w);
}

/* Bits that mean one thing in a page's entry (PAT) and another in a large page's (PS). */
static void levels(void)
{
	struct world w;
	uint64_t t = one_table(&w), pmd = w.s.root;
	for (int level = 3; level > 1; level--)
		pmd = get(&w, pmd, 0) & UINT64_C(0xffffffffff000);
	for (uint32_t i = 0; i < 256; i++) {
		const uint64_t bits = 0x83 | (uint64_t)(i & 7) << 9 | (uint64_t)(i >> 3) << 52;
		t = new_table(&w, 0);
		put(&w, t, 0, 0x7000 | bits);
		put(&w, pmd, 2 * i, table_entry(&w, 1, t) | 6);
		put(&w, pmd, 2 * i + 1, 0x40000000 | bits);
	}
	struct recs want = world_recs(&w);
	compare(&w, &want, &(struct ptk_range_opts){0}, "PAT and PS");
	free(want.rec);
	/* A page, then a large page of the same physical address: neither contiguous nor repeated. */
	put(&w, t, 511, 0x40000003);
	put(&w, pmd, 511, 0x40000083);
	struct list l = list(&w, &(struct ptk_range_opts){.from = UINT64_C(0x3fdff000), .to = 0x3fffffff, .join_levels = true});
	is_u64(l.n, 2, "a page and a large page of one physical address");
	is_range(&l, 0, 0x3fdff000, 0x3fdfffff, 0x40000000, false, "the page");
	is_range(&l, 1, 0x3fe00000, 0x3fffffff, 0x40000000, false, "the large page");
	world_close(&w);
}

/* Two NAPOT groups in a row that map the same 64K: contiguous within each, not across. */
static void groups(void)
{
	struct world w;
	world_open(&w, "riscv-sv39", 1);
	uint64_t t = w.s.root;
	for (int level = 2; level > 0; level--) {
		uint64_t next = new_table(&w, level - 1);
		put(&w, t, 0, table_entry(&w, level, next));
		t = next;
	}
	/* N, ppn 0x10008 (a 64K group at 0x10000000), D A R W V */
	for (uint32_t i = 0; i < 32; i++)
		put(&w, t, i, UINT64_C(1) << 63 | UINT64_C(0x10008) << 10 | 0xc7);
	struct list l = list(&w, &(struct ptk_range_opts){0});
	is_u64(l.n, 2, "two groups of one 64K stretch");
	is_range(&l, 0, 0, 0xffff, 0x10000000, false, "the first");
	is_range(&l, 1, 0x10000, 0x1ffff, 0x10000000, false, "the second");
	world_close(&w);
}

static void nothing_known(void)
{
	struct world w;
	struct ptk_walk_stats st;
	struct ptk_range_opts o = {0};
	uint64_t t = one_table(&w);
	put(&w, t, 511, leaf_entry(&w, 0, 0x7000, 0));
	uint64_t pmd = w.s.root;
	for (int level = 3; level > 1; level--)
		pmd = get(&w, pmd, 0) & UINT64_C(0xffffffffff000);
	put(&w, pmd, 1, table_entry(&w, 1, 0x7f0000000));
	put(&w, pmd, 2, table_entry(&w, 1, 0x7f0001000));
	struct list l = {0};
	is_int(ptk_ranges(&w.s, &o, keep, &l, &st, NULL), 0, "tables that are missing are no failure");
	is_u64(l.n, 2, "missing: one range for two tables");
	is_range(&l, 1, 0x200000, 0x5fffff, PTK_NO_PA, false, "missing: what they are for");
	ok(l.range[1].unreadable && l.range[1].kind == PTK_NONE, "missing: as unreadable");
	has_str(l.range[1].why, "not in the picture", "missing: with the reason");
	is_u64(st.unreadable, 2, "missing: two in the statistics");
	for (uint32_t i = 3; i < 512; i++)
		put(&w, pmd, i, table_entry(&w, 1, t));
	o.max_again = 4;
	l = (struct list){0};
	is_int(ptk_ranges(&w.s, &o, keep, &l, &st, NULL), 0, "refused tables are no failure");
	is_u64(st.refused, 509 - 4, "refused: all but four");
	is_u64(l.n, 1 + 1 + 4 + 1, "refused: one range for them all");
	has_str(l.range[l.n - 1].why, "multiply", "refused: with the reason");
	world_close(&w);
}

int main(int argc, char **argv)
{
	const char *name;
	const uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	for (uint64_t k = 0; k < rounds; k++)
		for (size_t i = 0; (name = ptk_regime_name(i)); i++)
			one_regime(name, k * 100 + i + 1);
	repeated();
	effective();
	domains();
	levels();
	groups();
	nothing_known();
	return done();
}
