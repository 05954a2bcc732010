// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Edits of tables in use, step by step, beside a model of what TLBs may hold: every entry that was
 * valid since the last invalidation of its addresses. Nothing may be written that contradicts what
 * is held, nothing may stay held that is gone, and no table is given back before its time.
 */
#include "base/endian.h"
#include "build/live.h"
#include "world.h"

#define MAXHELD 16384

/* An entry that a TLB may hold. */
struct held {
	uint64_t table, value, first, last;
	uint32_t index;
	uint8_t level;
};

struct sim {
	struct world *w;
	struct ptk_regime r;
	uint8_t bbm;
	struct held held[MAXHELD];
	size_t n;
	const char *why;
};

static uint64_t load(const struct sim *s, uint64_t table, uint32_t i)
{
	uint8_t b[8] = {0};
	ptk_mem_read(s->w->mem, table + ((uint64_t)i << s->r.entry_shift), b, 1u << s->r.entry_shift, NULL);
	return s->r.entry_shift == 2 ? load32(b, false) : load64(b, false);
}

static void store(const struct sim *s, uint64_t table, uint32_t i, uint64_t value)
{
	uint8_t b[8];
	store64(b, value, false);
	ptk_mem_write(s->w->mem, table + ((uint64_t)i << s->r.entry_shift), b, 1u << s->r.entry_shift, NULL);
}

static bool valid(const struct sim *s, int level, uint64_t raw)
{
	enum ptk_kind k = ptk_entry_kind(&s->r, level, raw);
	return k == PTK_LEAF || k == PTK_TABLE;
}

/* Everything reachable may be held. */
static void hold(struct sim *s, uint64_t table, int level, uint64_t va)
{
	for (uint32_t i = 0; i < 1u << s->r.level[level].bits; i++) {
		uint64_t raw = load(s, table, i), first = va + ((uint64_t)i << s->r.level[level].shift);
		struct ptk_entry e;
		if (!raw || !valid(s, level, raw) || s->n == MAXHELD)
			continue;
		ptk_entry_decode(&s->r, level, raw, &e);
		/* DDI 0487 D8.16.2: a block with nT is not held so that it could conflict. */
		if (s->bbm == 1 && level && e.kind == PTK_LEAF && raw & BIT(16))
			continue;
		s->held[s->n++] = (struct held){table, raw, first, first + ptk_level_size(&s->r, level) - 1, i, (uint8_t)level};
		if (e.kind == PTK_TABLE)
			hold(s, e.pa, level - 1, first);
	}
}

static void invalidate(struct sim *s, const struct ptk_plan_step *t)
{
	uint64_t mask = low_bits(s->r.va_bits), first = t->first & mask, last = t->last & mask;
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct held *h = &s->held[i];
		bool table = ptk_entry_kind(&s->r, h->level, h->value) == PTK_TABLE;
		/* A leaf goes if any of its addresses is invalidated; a table's entry if it is asked for and covered. */
		bool gone = table ? t->tables && first <= h->first && last >= h->last : first <= h->last && last >= h->first;
		if (!gone)
			s->held[n++] = *h;
	}
	s->n = n;
}

/* What memory says now may be held again. */
static void rewalk(struct sim *s)
{
	static struct held kept[MAXHELD];
	size_t n = s->n;
	memcpy(kept, s->held, n * sizeof *kept);
	s->n = 0;
	hold(s, s->w->space.root, s->r.nlevels - 1, 0);
	for (size_t i = 0; i < n && s->n < MAXHELD; i++)
		s->held[s->n++] = kept[i];
}

/* A valid entry is written: every older one that may be held must be compatible. */
static void check_make(struct sim *s, const struct live_rules *rules, uint8_t bbm, uint64_t table, uint32_t index, int level,
                       uint64_t now)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct held *h = &s->held[i];
		if (h->table != table || h->index != index || h->value == now)
			continue;
		uint32_t changes = ptk_live_changes_(&s->r, level, h->value, now, true);
		if (ptk_live_need_(rules, bbm, changes) >= LIVE_BREAK)
			s->why = "an entry was made while a TLB may hold one that contradicts it";
	}
}

static uint64_t table_of(const struct ptk_plan *p, const struct ptk_plan_step *t)
{
	return t->table & PTK_TABLE_NEW ? ptk_plan_table(p, t->table & ~PTK_TABLE_NEW) : t->table;
}

static void write_step(struct sim *s, const struct ptk_plan *p, const struct ptk_plan_step *t, const struct live_rules *rules,
                       uint8_t bbm)
{
	uint64_t table = table_of(p, t);
	for (uint64_t k = 0; k < t->count; k++) {
		uint64_t v = t->raw + (k >> t->group) * t->step;
		if (t->links) {
			struct ptk_entry e;
			ptk_entry_decode(&s->r, t->level, t->raw, &e);
			e.pa = ptk_plan_table(p, t->target + k);
			ptk_entry_encode(&s->r, &e, &v, NULL);
		}
		uint32_t i = t->index + (uint32_t)k;
		if (t->act == PTK_ACT_WRITE && valid(s, t->level, v))
			check_make(s, rules, bbm, table, i, t->level, v);
		/* A run may go on in the new tables numbered next. */
		uint32_t further = i >> s->r.level[t->level].bits;
		if (further)
			table = ptk_plan_table(p, (t->table & ~PTK_TABLE_NEW) + further);
		store(s, table, i & ((1u << s->r.level[t->level].bits) - 1), v);
		if (t->act != PTK_ACT_FILL)
			rewalk(s);
	}
}

/* Nothing held may differ from memory, nor lie in a table that is gone. */
static void check_end(struct sim *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (load(s, s->held[i].table, s->held[i].index) != s->held[i].value)
			s->why = "a TLB may hold what is gone";
}

static void check_free(struct sim *s, uint64_t table)
{
	for (size_t i = 0; i < s->n; i++) {
		struct ptk_entry e;
		ptk_entry_decode(&s->r, s->held[i].level, s->held[i].value, &e);
		if (s->held[i].table == table || (e.kind == PTK_TABLE && e.pa == table))
			s->why = "a table was given back that a walk may still use";
	}
}

/* Apply, put the old bytes back, and go through the steps one by one. */
static const char *replay(struct world *w, const struct ptk_build_opts *opts, const struct ptk_edit *e)
{
	static struct sim s;
	static struct { uint64_t pa; uint8_t b[4096]; } old[256];
	size_t nold = 0;
	struct ptk_plan *p;
	struct ptk_plan_step t;
	if (ptk_plan_new(&w->space, opts, e, 1, &p, &w->err) < 0)
		return w->err.msg;
	const struct ptk_mem_info *info = ptk_mem_info(w->mem);
	for (size_t i = 0; i < info->nextents; i++)
		for (uint64_t pa = info->extent[i].first; pa < info->extent[i].last && nold < 256; pa += 4096, nold++) {
			old[nold].pa = pa;
			ptk_mem_read(w->mem, pa, old[nold].b, 4096, NULL);
		}
	if (ptk_plan_apply(p, w->alloc, &w->err) < 0) {
		ptk_plan_free(p);
		return w->err.msg;
	}
	struct ptk_build_query after, again;
	ptk_build_query(&w->space, e->first, e->last, &after, NULL);
	/* The others as they were, new tables as zeros. */
	static const uint8_t zeros[4096];
	const struct ptk_regime *r = &w->space.regime;
	for (size_t i = 0; i < nold; i++)
		ptk_mem_write(w->mem, old[i].pa, old[i].b, 4096, NULL);
	for (uint64_t k = 0; ptk_plan_table(p, k) != PTK_NO_PA; k++)
		ptk_mem_write(w->mem, ptk_plan_table(p, k), zeros, ptk_table_size(r, 0), NULL);
	s = (struct sim){.w = w, .r = *r, .bbm = opts->bbm};
	const struct live_rules *rules = ptk_live_rules_(&s.r);
	hold(&s, w->space.root, s.r.nlevels - 1, 0);
	for (uint64_t i = 0; ptk_plan_step(p, i, &t) && !s.why; i++) {
		if (t.act == PTK_ACT_TLB) {
			invalidate(&s, &t);
			rewalk(&s);
		} else if (t.act == PTK_ACT_FREE) {
			check_free(&s, t.table);
		} else if (t.act != PTK_ACT_BARRIER) {
			write_step(&s, p, &t, rules, opts->bbm);
		}
	}
	if (!s.why)
		check_end(&s);
	ptk_build_query(&w->space, e->first, e->last, &again, NULL);
	if (!s.why && (again.pages != after.pages || again.whole != after.whole || again.linear != after.linear))
		s.why = "the steps do not lead where apply leads";
	ptk_plan_free(p);
	return s.why;
}

static uint64_t seed = 88172645463325252u;

static uint64_t below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % n;
}

static struct ptk_edit random_edit(const struct ptk_regime *r, struct ptk_attr rw, struct ptk_attr ro)
{
	static const enum ptk_edit_op ops[] = {PTK_EDIT_MAP, PTK_EDIT_MAP, PTK_EDIT_UNMAP, PTK_EDIT_PROTECT, PTK_EDIT_SPLIT,
	                                       PTK_EDIT_COLLAPSE};
	uint64_t page = ptk_level_size(r, 0), block = ptk_level_size(r, 1), unit = below(2) ? block : page;
	struct ptk_edit e = edit_range(ops[below(6)], below(4) * block + below(3) * page, unit * (1 + below(3)));
	if (e.op == PTK_EDIT_COLLAPSE)
		e = edit_range(e.op, 0, 8 * block);
	e.pa = below(2) ? e.first : below(64) * page;
	e.attr = below(2) ? rw : ro;
	e.mask.flags = PTK_A_RIGHTS;
	return e;
}

static void regime(const char *name, uint8_t bbm)
{
	struct world w;
	world_open(&w, name);
	const struct ptk_regime *r = &w.space.regime;
	struct ptk_attr rw = attr_rw(r), ro;
	if (!attr_make(r, PTK_A_KR, &ro))
		ro = attr_of(r, PTK_A_KR | PTK_A_KX);
	struct ptk_build_opts opts = {.live = PTK_LIVE_BREAK, .overlap = PTK_OVERLAP_REPLACE, .bbm = bbm};
	const char *why = NULL;
	int done_edits = 0;
	for (; done_edits < 20 && !why; done_edits++) {
		struct ptk_edit e = random_edit(r, rw, ro);
		why = replay(&w, &opts, &e);
		if (why)
			printf("# op %d [0x%" PRIx64 ", 0x%" PRIx64 "] -> 0x%" PRIx64 "\n", e.op, e.first, e.last, e.pa);
	}
	ok(!why, "%s, FEAT_BBM level %u: %d edits in use: %s", name, bbm, done_edits, why ? why : "no TLB is surprised");
	world_close(&w);
}

static void transitions(void)
{
	struct ptk_regime r;
	ptk_regime_parse("arm64-4k-48", &r, NULL);
	const struct live_rules *a64 = ptk_live_rules_(&r);
	is_int(ptk_live_need_(a64, 0, LIVE_NEW), LIVE_NOTHING, "arm64: what was invalid is in no TLB");
	is_int(ptk_live_need_(a64, 0, LIVE_GONE), LIVE_AFTER, "arm64: what goes is invalidated after");
	is_int(ptk_live_need_(a64, 0, LIVE_RIGHTS), LIVE_AFTER, "arm64: rights may change in place");
	is_int(ptk_live_need_(a64, 0, LIVE_SIZE), LIVE_BREAK, "arm64: a size may not");
	is_int(ptk_live_need_(a64, 1, LIVE_SIZE), LIVE_BREAK_NT, "FEAT_BBM level 1: with nT");
	is_int(ptk_live_need_(a64, 2, LIVE_SIZE), LIVE_AFTER, "level 2: without");
	is_int(ptk_live_need_(a64, 2, LIVE_RESIZE), LIVE_BREAK, "level 2: not if the translation changes with it");
	is_int(ptk_live_need_(a64, 1, LIVE_CONT), LIVE_BREAK, "level 1: pages have no nT, the contiguous bit needs a break");
	ptk_regime_parse("x86-64", &r, NULL);
	const struct live_rules *x86 = ptk_live_rules_(&r);
	is_int(ptk_live_need_(x86, 0, LIVE_PA | LIVE_RIGHTS), LIVE_AFTER, "x86: write, then invalidate");
	is_int(ptk_live_need_(x86, 0, LIVE_RESIZE), LIVE_BREAK, "x86: not present first, when size and frame change");
	is_int(ptk_live_need_(x86, 0, LIVE_NEW), LIVE_NOTHING, "x86: not-present entries are not cached");
	ptk_regime_parse("riscv-sv39", &r, NULL);
	is_int(ptk_live_need_(ptk_live_rules_(&r), 0, LIVE_NEW), LIVE_AFTER, "riscv: SFENCE.VMA after making valid, too");
}

int main(void)
{
	transitions();
	for (uint8_t bbm = 0; bbm < 3; bbm++)
		regime("arm64-4k-39", bbm);
	regime("arm-lpae", 0);
	regime("arm-short", 0);
	regime("x86-64", 0);
	regime("x86-pae", 0);
	regime("riscv-sv39", 0);
	return done();
}
