// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Mapping (and marking): the largest units that fit, new tables where they do not. */
#include "base/bits.h"
#include "base/err.h"
#include "build/plan.h"

/* One entry of the innermost table, as the edit meets it. */
struct here {
	int level;
	uint32_t i, whole; /* whole: how many entries from i on the piece covers whole, 0: it covers a part of i */
	uint64_t first, last; /* what entry i spans */
	uint64_t raw;
	enum ptk_kind kind;
};

static struct here look(const struct ptk_plan *p, const struct want *w, uint64_t va)
{
	struct here h = {.level = p->top, .i = ptk_level_index(&p->r, p->top, va)};
	h.first = entry_va(p, h.level, h.i);
	h.last = h.first + plan_size(p, h.level) - 1;
	if (va == h.first) {
		uint64_t n = (w->last - va + 1) >> p->r.level[h.level].shift;
		uint32_t room = plan_entries(p, h.level) - h.i;
		h.whole = n < room ? (uint32_t)n : room;
	}
	h.raw = ptk_plan_entry_(p, h.i);
	h.kind = h.raw ? ptk_entry_kind(&p->r, h.level, h.raw) : PTK_NONE;
	return h;
}

static int consumed(const struct want *w, uint64_t last, uint64_t *end)
{
	*end = last < w->last ? last : w->last;
	return 0;
}

static uint64_t last_of(const struct ptk_plan *p, const struct here *h, uint32_t n)
{
	return h->first + ((uint64_t)n << p->r.level[h->level].shift) - 1;
}

/*
 * Whether the policy puts leaves here. Two-level arm Linux maps the two megabytes of a pair alike: pages for
 * both if the piece's part of either is not whole (arch/arm/mm/mmu.c, alloc_init_pmd).
 */
static bool leaf_here(const struct ptk_plan *p, const struct want *w, const struct here *h)
{
	if (!(w->leaf >> h->level & 1))
		return false;
	if (!w->rules.whole_pairs || h->level == 0)
		return true;
	uint64_t size = plan_size(p, h->level), pair = round_down(h->first, 2 * size);
	uint64_t first = pair > w->first ? pair : w->first, last = pair + 2 * size - 1;
	last = last < w->last ? last : w->last;
	return is_aligned(first, size) && is_aligned(last + 1, size);
}

/* Whether the entry already is what the edit would make of it. */
static bool same(struct ptk_plan *p, const struct want *w, int level, uint32_t i, uint64_t raw)
{
	struct ptk_entry e;
	uint64_t value, va = entry_va(p, level, i);
	if (w->e->op == PTK_EDIT_MARK)
		return raw == w->e->mark;
	ptk_entry_decode(&p->r, level, raw, &e);
	if (e.kind != PTK_LEAF || !is_aligned(w->pa + va, plan_size(p, level)))
		return false;
	bool cont = e.attr.flags & PTK_A_CONT;
	if (cont && !is_aligned((w->pa + va) ^ va, e.span))
		return false;
	struct ptk_err *err = p->err;
	p->err = NULL;
	int rc = ptk_plan_leaf_(p, w, level, cont, va, &value);
	p->err = err;
	return rc >= 0 && value == raw;
}

/* Whether the edit may overwrite entry i whole. 0, 1, or an error. */
static int takeable(struct ptk_plan *p, const struct want *w, int level, uint32_t i, uint64_t raw, bool leaf)
{
	bool replace = w->overlap == PTK_OVERLAP_REPLACE;
	if (!raw)
		return 1;
	if (ptk_entry_kind(&p->r, level, raw) == PTK_TABLE)
		return w->rules.keep_tables || !leaf ? 0 : replace ? 1 : ptk_plan_hollow_(p, level, raw);
	return replace && !same(p, w, level, i, raw) && !ptk_plan_cuts_group_(p, w, i, raw);
}

/* How many entries from here on the edit may overwrite whole, giving back the tables below them. */
static int64_t take(struct ptk_plan *p, const struct want *w, const struct here *h, bool leaf)
{
	uint32_t n = ptk_plan_zeros_(p, h->i, h->whole);
	while (n < h->whole) {
		uint64_t raw = ptk_plan_entry_(p, h->i + n);
		int rc = takeable(p, w, h->level, h->i + n, raw, leaf);
		if (rc > 0 && raw && ptk_entry_kind(&p->r, h->level, raw) == PTK_TABLE) {
			int dropped = ptk_plan_drop_(p, h->level, raw, entry_va(p, h->level, h->i + n));
			rc = dropped < 0 ? dropped : rc;
		}
		if (rc < 0)
			return rc;
		if (rc == 0)
			break;
		n++;
	}
	return n;
}

static int unreachable(struct ptk_plan *p, const struct want *w)
{
	return ptk_err_set_(p->err, PTK_E_RANGE,
	                    "mapping %s%s[0x%llx, 0x%llx]: no unit of %s that fits here reaches 0x%llx",
	                    w->e->name ? w->e->name : "", w->e->name ? " " : "", (unsigned long long)w->e->first,
	                    (unsigned long long)w->e->last, p->r.name, (unsigned long long)(w->pa + w->last));
}

/* ---- new tables that the piece fills whole ---- */

static int record_link(struct ptk_plan *p, uint64_t table, struct rec *rec)
{
	if (table == p->slot[p->top].table)
		return ptk_plan_put_(p, rec);
	rec->table = table;
	return ptk_plan_fill_(p, rec);
}

/*
 * Let n entries of a table point to new tables full of leaves. Numbers are given in the order in which one would need the
 * tables; those of the last level are neighbours, and so are their entries if their memory is: one record for all.
 */
static int full(struct ptk_plan *p, const struct want *w, uint64_t table, int level, uint32_t i, uint64_t n, uint64_t va)
{
	struct rec link = {.index = i, .level = (uint8_t)level, .flags = REC_LINKS};
	int child = level - 1, rc = ptk_plan_table_raw_(p, level, &w->e->attr, &w->rules, &link.run.raw);
	uint64_t number, per = plan_entries(p, child);
	bool leaves = w->leaf >> child & 1;
	if (rc < 0 || (!leaves && child == 0))
		return rc < 0 ? rc : unreachable(p, w);
	for (uint64_t k = 0; k < n; k += link.count) {
		link.count = leaves ? n : 1;
		link.index = i + (uint32_t)k;
		uint64_t at = va + (k << p->r.level[level].shift);
		if ((rc = ptk_plan_tables_(p, child, link.count, &number)) < 0)
			return rc;
		link.target = (uint32_t)number;
		if (leaves)
			rc = ptk_plan_leaves_(p, w, child, number | PTK_TABLE_NEW, 0, n * per, at, ptk_plan_fill_);
		else
			rc = full(p, w, number | PTK_TABLE_NEW, child, 0, per, at);
		if (rc < 0 || (rc = record_link(p, table, &link)) < 0)
			return rc;
	}
	return 0;
}

/* ---- what is in the way ---- */

/* How far the mapping of entry i goes on in its table, upward (1) or downward (-1). */
static uint32_t extends(const struct ptk_plan *p, uint32_t i, const struct ptk_entry *e, int way)
{
	uint32_t n = plan_entries(p, p->top), steps = 0;
	uint64_t unit = plan_size(p, p->top);
	for (uint32_t k = i + (uint32_t)way; k < n; k += (uint32_t)way) {
		struct ptk_entry next;
		ptk_entry_decode(&p->r, p->top, ptk_plan_entry_(p, k), &next);
		bool follows = next.span > unit ? next.raw == e->raw || next.pa != e->pa : true;
		if (next.kind != e->kind || (e->kind == PTK_LEAF && !follows))
			break;
		if (e->kind == PTK_LEAF && next.span == unit && next.pa != e->pa + (uint64_t)((int64_t)k - i) * unit)
			break;
		steps++;
	}
	return steps;
}

static int in_the_way(struct ptk_plan *p, const struct want *w, const struct here *h, uint64_t *end)
{
	struct ptk_entry e;
	ptk_entry_decode(&p->r, h->level, h->raw, &e);
	uint64_t unit = plan_size(p, h->level);
	uint32_t down = extends(p, h->i, &e, -1), up = extends(p, h->i, &e, 1);
	uint64_t first = h->first - down * unit, last = h->last + up * unit;
	struct ptk_conflict c = {
		.kind = PTK_CONFLICT_MAPPED, .edit = w->edit, .level = (uint8_t)h->level, .has_pa = PTK_NO_PA,
		.first = plan_va(p, h->first > w->first ? h->first : w->first),
		.last = plan_va(p, last < w->last ? last : w->last),
		.has_first = plan_va(p, first), .has_last = plan_va(p, last),
	};
	if (e.kind == PTK_LEAF) {
		uint64_t inside = e.span > unit ? h->first & (e.span - 1) : 0;
		c.has_pa = e.pa + inside - down * unit;
	}
	consumed(w, last, end);
	return ptk_plan_conflict_(p, &c);
}

static int occupied(struct ptk_plan *p, const struct want *w, const struct here *h, uint64_t *end)
{
	if (h->kind == PTK_TABLE) {
		int rc = ptk_plan_enter_(p, w, h->i, h->raw);
		return rc == 0 ? PLAN_ENTERED : rc < 0 ? rc : consumed(w, h->last, end);
	}
	if (w->overlap == PTK_OVERLAP_KEEP)
		return consumed(w, h->last, end);
	if (w->overlap != PTK_OVERLAP_REPLACE)
		return in_the_way(p, w, h, end);
	if (same(p, w, h->level, h->i, h->raw))
		return consumed(w, h->last, end);
	if (ptk_plan_cuts_group_(p, w, h->i, h->raw)) {
		int rc = ptk_plan_dissolve_(p, w, h->i);
		return rc == 0 ? PLAN_ENTERED : rc < 0 ? rc : consumed(w, h->last, end);
	}
	int rc = ptk_plan_enter_split_(p, w, h->i, h->raw);
	return rc == 0 ? PLAN_ENTERED : rc < 0 ? rc : consumed(w, h->last, end);
}

/* Entries that can be had whole. 0: there are none here. */
static int64_t whole_entries(struct ptk_plan *p, const struct want *w, const struct here *h)
{
	uint64_t group = BIT(p->r.level[h->level].cont_bits);
	bool leaf = leaf_here(p, w, h), cont = w->cont >> h->level & 1;
	bool only_groups = cont && !leaf && is_aligned(h->i, group) && h->whole >= group;
	if (!h->whole || (w->rules.paired && !leaf && h->level == 1))
		return 0;
	int64_t n = take(p, w, h, leaf || only_groups);
	if (n > 0 && w->rules.whole_pairs && h->level == 1)
		n = h->i & 1 ? 1 : n < 2 ? n : 2; /* the next pair may be another case */
	if (n <= 0 || leaf)
		return n;
	return only_groups ? (int64_t)round_down((uint64_t)n, group) : n;
}

int ptk_plan_map_(struct ptk_plan *p, const struct want *w, uint64_t va, uint64_t *end)
{
	struct here h = look(p, w, va);
	int64_t n = whole_entries(p, w, &h);
	if (n < 0)
		return (int)n;
	if (n > 0) {
		uint32_t count = (uint32_t)n;
		bool groups = w->cont >> h.level & 1 && is_aligned(h.i, BIT(p->r.level[h.level].cont_bits)) &&
		              is_aligned(count, BIT(p->r.level[h.level].cont_bits));
		int rc = leaf_here(p, w, &h) || groups
		                 ? ptk_plan_leaves_(p, w, h.level, 0, h.i, count, h.first, ptk_plan_put_)
		         : h.level == 0 ? unreachable(p, w)
		                        : full(p, w, p->slot[p->top].table, h.level, h.i, count, h.first);
		consumed(w, last_of(p, &h, count), end);
		return rc;
	}
	if (h.kind != PTK_NONE)
		return occupied(p, w, &h, end);
	int rc = ptk_plan_enter_new_(p, w, h.i);
	return rc == 0 ? PLAN_ENTERED : rc < 0 ? rc : consumed(w, h.last, end);
}
