// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Every regime under long random sequences of edits, held against a flat model: a sorted list of
 * ranges. After each edit the walker must list what the model holds, no table may be lost, and
 * contiguous groups must be whole. A sequence that fails is shrunk before it is printed.
 */
#include "arch/arch.h"
#include "base/endian.h"
#include "world.h"

#define NATTRS 6
#define NOPS 60
#define MAXSEGS 4096

struct seg {
	uint64_t first, last, pa; /* canonical addresses; pa PTK_NO_PA: a mark */
	int attr;
};

struct model {
	struct seg seg[MAXSEGS];
	size_t n;
};

struct op {
	struct ptk_edit e;
	enum ptk_overlap overlap;
	enum ptk_live live;
	uint8_t bbm;
	int attr;
};

struct run {
	const char *name, *policy;
	struct ptk_regime r;
	struct ptk_attr attr[NATTRS], effective[NATTRS];
	int nattrs;
	struct op op[NOPS];
	size_t nops;
	char why[800];
};

static uint64_t seed;

static uint64_t rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * UINT64_C(0x2545f4914f6cdd1d) >> 11;
}

static uint64_t below(uint64_t n)
{
	return rnd() % n;
}

/* ---- the model ---- */

/* Cut a range out: what was there is gone. */
static void cut(struct model *m, uint64_t first, uint64_t last)
{
	static struct model out;
	out.n = 0;
	for (size_t i = 0; i < m->n; i++) {
		struct seg s = m->seg[i];
		if (s.last < first || s.first > last) {
			out.seg[out.n++] = s;
			continue;
		}
		if (s.first < first) {
			out.seg[out.n] = s;
			out.seg[out.n++].last = first - 1;
		}
		if (s.last > last) {
			out.seg[out.n] = s;
			out.seg[out.n].first = last + 1;
			if (s.pa != PTK_NO_PA)
				out.seg[out.n].pa += last + 1 - s.first;
			out.n++;
		}
	}
	*m = out;
}

static int by_first(const void *a, const void *b)
{
	const struct seg *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

static void put(struct model *m, struct seg s)
{
	m->seg[m->n++] = s;
	qsort(m->seg, m->n, sizeof s, by_first);
}

static bool any(const struct model *m, uint64_t first, uint64_t last)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->seg[i].first <= last && m->seg[i].last >= first)
			return true;
	return false;
}

static void model_map(struct model *m, const struct op *op)
{
	struct seg s = {op->e.first, op->e.last, op->e.pa, op->attr};
	if (op->overlap != PTK_OVERLAP_KEEP) {
		cut(m, s.first, s.last);
		put(m, s);
		return;
	}
	static struct model old;
	old = *m;
	uint64_t at = s.first;
	for (size_t i = 0; i < old.n && at <= s.last; i++) {
		if (old.seg[i].last < at || old.seg[i].first > s.last)
			continue;
		if (old.seg[i].first > at)
			put(m, (struct seg){at, old.seg[i].first - 1, s.pa + (at - s.first), s.attr});
		if (old.seg[i].last >= s.last)
			return;
		at = old.seg[i].last + 1;
	}
	put(m, (struct seg){at, s.last, s.pa + (at - s.first), s.attr});
}

static void model_protect(struct model *m, const struct op *op)
{
	static struct model old;
	old = *m;
	for (size_t i = 0; i < old.n; i++) {
		struct seg s = old.seg[i];
		if (s.pa == PTK_NO_PA || s.last < op->e.first || s.first > op->e.last)
			continue;
		uint64_t first = s.first > op->e.first ? s.first : op->e.first;
		uint64_t last = s.last < op->e.last ? s.last : op->e.last;
		cut(m, first, last);
		put(m, (struct seg){first, last, s.pa + (first - s.first), op->attr});
	}
}

/* Whether the edit must be refused; else the model follows it. */
static bool model_do(struct model *m, const struct op *op)
{
	if (op->e.op == PTK_EDIT_MAP && op->overlap == PTK_OVERLAP_ERROR && any(m, op->e.first, op->e.last))
		return true;
	switch (op->e.op) {
	case PTK_EDIT_MAP: model_map(m, op); break;
	case PTK_EDIT_UNMAP: cut(m, op->e.first, op->e.last); break;
	case PTK_EDIT_MARK:
		cut(m, op->e.first, op->e.last);
		put(m, (struct seg){op->e.first, op->e.last, PTK_NO_PA, 0});
		break;
	case PTK_EDIT_PROTECT: model_protect(m, op); break;
	case PTK_EDIT_SPLIT:
	case PTK_EDIT_COLLAPSE: break;
	}
	return false;
}

/* Join what the walker would list as one. */
static void merge(struct model *m)
{
	size_t n = 0;
	for (size_t i = 0; i < m->n; i++) {
		struct seg *last = n ? &m->seg[n - 1] : NULL;
		const struct seg *s = &m->seg[i];
		bool follows = last && last->last + 1 == s->first && last->first <= s->first && last->attr == s->attr &&
		               (last->pa == PTK_NO_PA) == (s->pa == PTK_NO_PA) &&
		               (s->pa == PTK_NO_PA || last->pa + (s->first - last->first) == s->pa);
		if (follows)
			last->last = s->last;
		else
			m->seg[n++] = *s;
	}
	m->n = n;
}

/* ---- the tables ---- */

struct listing {
	const struct run *run;
	struct model got;
};

static bool attr_same(const struct ptk_attr *a, const struct ptk_attr *b)
{
	return (a->flags & ~(uint32_t)PTK_A_CONT) == (b->flags & ~(uint32_t)PTK_A_CONT) && a->mem == b->mem &&
	       a->share == b->share && a->key == b->key && a->sw == b->sw;
}

static int which_attr(const struct run *run, const struct ptk_attr *attr)
{
	for (int i = 0; i < run->nattrs; i++)
		if (attr_same(attr, &run->effective[i]))
			return i;
	return -1;
}

static int list(void *arg, const struct ptk_range *r)
{
	struct listing *l = arg;
	struct model *m = &l->got;
	struct seg s = {r->first, r->last, r->pa, r->kind == PTK_LEAF ? which_attr(l->run, &r->attr) : 0};
	uint64_t unit = ptk_level_size(&l->run->r, r->level);
	if (r->kind == PTK_RESERVED)
		s.attr = -2;
	/* One page over and over: piece by piece. */
	for (; r->repeat && s.last - s.first >= unit && m->n < MAXSEGS; s.first += unit)
		m->seg[m->n++] = (struct seg){s.first, s.first + (unit - 1), s.pa, s.attr};
	if (m->n == MAXSEGS)
		return PTK_STOP;
	m->seg[m->n++] = s;
	return PTK_GO;
}

static bool lists_like(struct run *run, const struct world *w, const struct model *m)
{
	static struct model want;
	static struct listing l;
	struct ptk_walk_stats stats;
	want = *m;
	merge(&want);
	l.run = run;
	l.got.n = 0;
	struct ptk_range_opts opts = {.join_levels = true, .ignore_flags = PTK_A_CONT};
	int rc = ptk_ranges(&w->space, &opts, list, &l, &stats, NULL);
	if (rc < 0)
		return false;
	merge(&l.got);
	for (size_t i = 0; i < want.n || i < l.got.n; i++) {
		static const struct seg none;
		const struct seg *a = i < l.got.n ? &l.got.seg[i] : &none, *b = i < want.n ? &want.seg[i] : &none;
		if (a->first == b->first && a->last == b->last && a->pa == b->pa && a->attr == b->attr && a != &none && b != &none)
			continue;
		snprintf(run->why, sizeof run->why,
		         "tables: [0x%" PRIx64 ", 0x%" PRIx64 "] -> 0x%" PRIx64 " attr %d; model: [0x%" PRIx64 ", 0x%" PRIx64
		         "] -> 0x%" PRIx64 " attr %d", a->first, a->last, a->pa, a->attr, b->first, b->last, b->pa, b->attr);
		return false;
	}
	if (stats.tables == world_tables(w) || run->policy) /* Linux keeps empty tables */
		return true;
	snprintf(run->why, sizeof run->why, "%" PRIu64 " tables are reachable, %" PRIu64 " are allocated", stats.tables,
	         world_tables(w));
	return false;
}

/* Groups of contiguous entries are whole, alike and aligned, at every level. */
static bool groups_whole(struct run *run, const struct world *w, uint64_t table, int level)
{
	const struct ptk_level *l = &run->r.level[level];
	uint32_t n = 1u << l->bits, group = 1u << l->cont_bits;
	uint64_t unit = ptk_level_size(&run->r, level), first_pa = 1, first_rest = 0;
	uint64_t last_raw = 0;
	bool last_leaf = false, first_raw_span = false;
	const uint8_t *data = ptk_mem_map(w->mem, table, ptk_table_size(&run->r, level));
	for (uint32_t i = 0; i < n; i++) {
		uint64_t raw = run->r.entry_shift == 2 ? load32(data + i * 4, false) : load64(data + i * 8, false);
		struct ptk_entry e = {0};
		/* What follows on from the entry before, inside a group, is like it. */
		uint64_t step = first_pa == 1 || !first_raw_span ? form_step(&l->leaf_form, l->shift) : 0;
		if (i % group && (raw == last_raw + step) && last_leaf) {
			last_raw = raw;
			continue;
		}
		if (raw)
			ptk_entry_decode(&run->r, level, raw, &e);
		last_raw = raw;
		last_leaf = e.kind == PTK_LEAF;
		first_raw_span = e.span > unit;
		if (e.kind == PTK_RESERVED) {
			snprintf(run->why, sizeof run->why, "reserved entry 0x%" PRIx64 " at level %d", raw, level);
			return false;
		}
		if (e.kind == PTK_TABLE && !groups_whole(run, w, e.pa, level - 1))
			return false;
		bool cont = e.kind == PTK_LEAF && e.attr.flags & PTK_A_CONT;
		uint64_t rest = cont ? raw & ~(l->leaf_form.pa_mask | l->leaf_form.hi_mask) : 0;
		if (i % group == 0) {
			first_pa = cont ? e.pa : 1;
			first_rest = rest;
		}
		if (!cont && first_pa == 1)
			continue;
		bool fits = cont && first_pa != 1 && is_aligned(first_pa, unit * group) && rest == first_rest &&
		            e.pa == (e.span > unit ? first_pa : first_pa + i % group * unit);
		if (!fits) {
			snprintf(run->why, sizeof run->why, "broken group: entry %u of level %d is 0x%" PRIx64, i, level, raw);
			return false;
		}
	}
	return true;
}

/* ---- one sequence ---- */

static int apply(struct run *run, struct world *w, const struct op *op)
{
	struct ptk_build_opts opts = {.overlap = op->overlap, .live = op->live, .bbm = op->bbm, .policy = run->policy};
	struct ptk_plan *p;
	struct ptk_alloc_stats before, after;
	ptk_alloc_stats(w->alloc, &before);
	int rc = ptk_plan_new(&w->space, &opts, &op->e, 1, &p, &w->err);
	if (rc < 0)
		return rc;
	rc = ptk_plan_apply(p, w->alloc, &w->err);
	ptk_alloc_stats(w->alloc, &after);
	const struct ptk_plan_info *info = ptk_plan_info(p);
	if (rc >= 0 && (after.tables != before.tables + info->tables_new - info->tables_freed ||
	                after.bytes != before.bytes + info->bytes_new - info->bytes_freed)) {
		snprintf(run->why, sizeof run->why, "the plan's count of tables is wrong");
		rc = PTK_E_BUG;
	}
	ptk_plan_free(p);
	return rc;
}

/* Run the operations that are not left out. false, and why. */
static bool sequence(struct run *run, const bool *without)
{
	static struct model m;
	struct world w;
	bool good = true;
	world_open(&w, run->name);
	m.n = 0;
	for (size_t i = 0; good && i < run->nops; i++) {
		if (without && without[i])
			continue;
		bool refuse = model_do(&m, &run->op[i]);
		run->why[0] = 0;
		int rc = apply(run, &w, &run->op[i]);
		if (refuse ? rc != PTK_E_CONFLICT : rc < 0) {
			if (!run->why[0])
				snprintf(run->why, sizeof run->why, "%d: %s", rc, w.err.msg);
			good = false;
		}
		good = good && lists_like(run, &w, &m) && groups_whole(run, &w, w.space.root, run->r.nlevels - 1);
	}
	uint64_t half = UINT64_C(1) << (run->r.va_bits - 1);
	struct ptk_edit all[2] = {{.op = PTK_EDIT_UNMAP, .first = w.space.first, .last = w.space.first + (half - 1)},
	                          {.op = PTK_EDIT_UNMAP, .first = w.space.last - (half - 1), .last = w.space.last}};
	if (good && (world_edit(&w, NULL, all, 2) < 0 || (!run->policy && world_tables(&w) != 1))) {
		snprintf(run->why, sizeof run->why, "unmapping all leaves %" PRIu64 " tables: %s", world_tables(&w), w.err.msg);
		good = false;
	}
	world_close(&w);
	return good;
}

static void shrink(struct run *run)
{
	static const char *const names[] = {"map", "unmap", "mark", "protect", "split", "collapse"};
	bool without[NOPS] = {0};
	for (bool less = true; less;) {
		less = false;
		for (size_t i = run->nops; i-- > 0;) {
			if (without[i])
				continue;
			without[i] = true;
			if (sequence(run, without))
				without[i] = false;
			else
				less = true;
		}
	}
	sequence(run, without);
	for (size_t i = 0; i < run->nops; i++)
		if (!without[i])
			printf("# %s [0x%" PRIx64 ", 0x%" PRIx64 "] pa 0x%" PRIx64 " attr %d unit 0x%" PRIx64 " flags 0x%x overlap %d"
			       " live %d bbm %d\n", names[run->op[i].e.op], run->op[i].e.first, run->op[i].e.last, run->op[i].e.pa,
			       run->op[i].attr, run->op[i].e.max_unit, run->op[i].e.flags, run->op[i].overlap, run->op[i].live,
			       run->op[i].bbm);
	printf("# %s\n", run->why);
}

/* ---- random operations ---- */

static bool fits_everywhere(const struct ptk_regime *r, const struct ptk_attr *attr)
{
	for (int l = 0; l < r->nlevels; l++) {
		struct ptk_entry e = {.kind = PTK_LEAF, .level = (uint8_t)l, .attr = *attr};
		uint64_t raw;
		if (r->level[l].leaf && ptk_entry_encode(r, &e, &raw, NULL) < 0)
			return false;
	}
	return true;
}

static void attributes(struct run *run)
{
	static const uint32_t rights[] = {
		PTK_A_KR | PTK_A_KW, PTK_A_KR, PTK_A_KR | PTK_A_KX | PTK_A_UX, PTK_A_KR | PTK_A_KW | PTK_A_UR | PTK_A_UW,
		PTK_A_KR | PTK_A_UR, PTK_A_KR | PTK_A_UR | PTK_A_UX, PTK_A_KR | PTK_A_KX,
		PTK_A_KR | PTK_A_KW | PTK_A_KX | PTK_A_UR | PTK_A_UW | PTK_A_UX, PTK_A_KR | PTK_A_KX | PTK_A_UR | PTK_A_UX,
	};
	bool shared = run->r.entry_shift == 2 && strcmp(ptk_regime_arch(&run->r), "arm") == 0;
	for (size_t i = 0; i < sizeof rights / sizeof *rights && run->nattrs < NATTRS; i++) {
		struct ptk_attr a;
		/* Pages of one table must agree in PXN there. */
		/* Linux's tables for arm64 take execution away from user code. */
		if (run->policy && strncmp(run->policy, "linux-arm64", 11) == 0 && rights[i] & PTK_A_UX)
			continue;
		if (shared && rights[i] & PTK_A_UX && !(rights[i] & PTK_A_KX))
			continue;
		if (!attr_make(&run->r, rights[i], &a) || !fits_everywhere(&run->r, &a))
			continue;
		struct ptk_entry e = {.kind = PTK_LEAF, .attr = a}, leaf;
		uint64_t raw;
		ptk_entry_encode(&run->r, &e, &raw, NULL);
		ptk_entry_decode(&run->r, 0, raw, &leaf);
		ptk_entry_effective(&run->r, 0, &leaf, &run->effective[run->nattrs]);
		run->attr[run->nattrs++] = a;
	}
	/* Different attributes with the same effect would be one range to the walker: leave one of them. */
	for (int i = 0; i < run->nattrs; i++)
		for (int j = run->nattrs - 1; j > i; j--)
			if (attr_same(&run->effective[i], &run->effective[j])) {
				run->nattrs--;
				run->attr[j] = run->attr[run->nattrs];
				run->effective[j] = run->effective[run->nattrs];
			}
}

/* A size to align to: a page, a group, a block of some level. */
static uint64_t unit(const struct run *run, int *level)
{
	const struct ptk_regime *r = &run->r;
	do
		*level = (int)below((unsigned)r->nlevels);
	while (!r->level[*level].leaf || (*level == r->nlevels - 1 && r->va_bits > 39));
	uint64_t size = ptk_level_size(r, *level);
	return below(2) ? size << r->level[*level].cont_bits : size;
}

static void random_range(const struct run *run, const struct world *w, struct op *op)
{
	const struct ptk_regime *r = &run->r;
	int level;
	uint64_t u = unit(run, &level), low = level ? ptk_level_size(r, level - 1) : u;
	uint64_t span = low_bits(r->va_bits), first, size = u * (1 + below(3));
	uint64_t pa_bits = r->pa_bits < 40 || r->entry_shift == 2 ? 32 : 40;
	first = u * below(5);
	if (below(3) == 0)
		first += low * below(8);
	if (below(3) == 0)
		size += low * below(8);
	if (below(4) == 0) /* at the very end */
		first = span + 1 - size;
	if (below(4) == 0) /* around the middle, from below */
		first = (span >> 1) + 1 - size;
	if (size > span || first > span - (size - 1)) {
		first = 0;
		size = u <= span ? u : span + 1;
	}
	op->e.first = ptk_va_canonical(r, first);
	op->e.last = op->e.first + (size - 1);
	if (!ptk_va_valid(r, op->e.last) || op->e.last > w->space.last)
		op->e.last = op->e.first | (low - 1);
	uint64_t align = below(3) ? u : low, mask = low_bits((unsigned)pa_bits);
	op->e.pa = ((align * below(64)) | (below(2) ? first & (u * 8 - 1) : 0)) & mask & ~(low - 1);
	if (op->e.last - op->e.first > mask - op->e.pa)
		op->e.pa = 0;
	if (op->e.last - op->e.first > mask)
		op->e.last = op->e.first + low - 1;
	if (below(8) == 0 && level < 2)
		op->e.max_unit = low;
}

static void random_op(const struct run *run, const struct world *w, struct op *op)
{
	static const enum ptk_edit_op ops[] = {PTK_EDIT_MAP, PTK_EDIT_MAP, PTK_EDIT_MAP, PTK_EDIT_MAP, PTK_EDIT_UNMAP,
	                                       PTK_EDIT_UNMAP, PTK_EDIT_PROTECT, PTK_EDIT_PROTECT, PTK_EDIT_SPLIT,
	                                       PTK_EDIT_COLLAPSE, PTK_EDIT_MARK};
	*op = (struct op){.e.op = ops[below(sizeof ops / sizeof *ops)], .attr = (int)below((unsigned)run->nattrs)};
	op->overlap = (enum ptk_overlap)below(3);
	if (below(2))
		op->overlap = PTK_OVERLAP_REPLACE;
	op->live = below(3) ? PTK_LIVE_NO : PTK_LIVE_BREAK;
	op->bbm = (uint8_t)below(3);
	random_range(run, w, op);
	op->e.attr = run->attr[op->attr];
	op->e.mark = 0xbad0;
	if (op->e.op == PTK_EDIT_MAP && below(6) == 0)
		op->e.flags = PTK_EDIT_NO_CONT;
	if (op->e.op == PTK_EDIT_PROTECT)
		op->e.mask = (struct ptk_attr_mask){.flags = PTK_A_RIGHTS | PTK_A_GLOBAL | PTK_A_ACCESSED | PTK_A_DIRTY,
		                                    .mem = true, .share = true};
	if (op->e.op == PTK_EDIT_SPLIT) {
		int level;
		uint64_t u = unit(run, &level);
		op->e.max_unit = level < 2 ? u : ptk_level_size(&run->r, 1);
	}
}

static void regime(const char *name, const char *policy, unsigned number, uint64_t rounds, uint64_t base)
{
	static struct run run;
	struct world w;
	run = (struct run){.name = name, .policy = policy};
	world_open(&w, name);
	run.r = w.space.regime;
	attributes(&run);
	bool good = run.nattrs > 1;
	for (uint64_t k = 0; good && k < rounds; k++) {
		seed = (base + k) * UINT64_C(0x9e3779b97f4a7c15) + number;
		run.nops = NOPS;
		for (size_t j = 0; j < NOPS; j++)
			random_op(&run, &w, &run.op[j]);
		good = sequence(&run, NULL);
		if (!good)
			shrink(&run);
	}
	ok(good, "%s, %s: %" PRIu64 " sequences of %d edits, %d attributes", name, policy ? policy : "plain", rounds, NOPS,
	   run.nattrs);
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *regime, *policy;
	} by_linux[] = {{"arm-lpae", "linux-arm"}, {"arm64-4k-48", "linux-arm64-6.1"}, {"arm64-16k-48", "linux-arm64-6.12"},
	                {"x86-32", "linux-x86"}, {"x86-pae", "linux-x86"}, {"x86-64", "linux-x86"},
	                {"riscv-sv32", "linux-riscv"}, {"riscv-sv57", "linux-riscv"}};
	uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 0) : 1, base = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	unsigned n = 0;
	for (; ptk_regime_name(n); n++)
		regime(ptk_regime_name(n), NULL, n, rounds, base);
	for (size_t i = 0; i < sizeof by_linux / sizeof *by_linux; i++)
		regime(by_linux[i].regime, by_linux[i].policy, n++, rounds, base);
	return done();
}
