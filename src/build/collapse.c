// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Collapsing: a table that one leaf can replace becomes that leaf, neighbours become contiguous runs. */
#include <stdlib.h>

#include "arch/arch.h"
#include "base/bits.h"
#include "build/plan.h"

/* The leaf that can stand for a table of leaves, whose entry brings inherit. false: there is none. */
static bool promote(const struct ptk_plan *p, const struct want *w, int level, const uint64_t *value, uint64_t inherit,
                    uint64_t *leaf)
{
	struct ptk_entry e;
	struct ptk_attr split;
	struct run run;
	int parent = level + 1;
	ptk_entry_decode(&p->r, level, ptk_plan_loosen_(p, level, 0, value[0]), &e);
	if (e.kind != PTK_LEAF || !(w->leaf >> parent & 1) || !is_aligned(e.pa, plan_size(p, parent)))
		return false;
	if (ptk_plan_by_table_(&p->r, level)) {
		e.attr.flags |= ptk_inherit_flags(inherit) & PTK_A_NS;
		e.attr.flags &= ~(ptk_inherit_flags(inherit) & PTK_A_KX);
		e.attr.key = INHERIT_GET_KEY(inherit);
	}
	uint64_t raw;
	if (ptk_plan_encode_(&p->r, parent, &e.attr, e.extra, false, e.pa, &raw, NULL) < 0 ||
	    ptk_plan_split_run_(p, parent, raw, &run, &split) < 0)
		return false;
	for (uint32_t i = 0; i < plan_entries(p, level); i++)
		if (value[i] != run_at(&run, i) && ptk_plan_loosen_(p, level, i, value[i]) != run_at(&run, i))
			return false;
	e.attr.flags &= ~(ptk_inherit_flags(inherit) & PTK_A_RIGHTS);
	e.attr.flags |= ptk_inherit_flags(inherit) & (PTK_A_NS | PTK_A_GLOBAL);
	return ptk_plan_encode_(&p->r, parent, &e.attr, e.extra, false, e.pa, leaf, NULL) >= 0;
}

/* Make one group contiguous, if its entries are leaves that follow on. */
static void join_group(const struct ptk_plan *p, int level, uint64_t *value, uint32_t n)
{
	struct ptk_entry e, next;
	uint64_t unit = plan_size(p, level), first;
	ptk_entry_decode(&p->r, level, value[0], &e);
	if (e.kind != PTK_LEAF || e.attr.flags & PTK_A_CONT || !is_aligned(e.pa, unit * n))
		return;
	for (uint32_t i = 1; i < n; i++) {
		uint64_t want;
		if (ptk_plan_encode_(&p->r, level, &e.attr, e.extra, false, e.pa + i * unit, &want, NULL) < 0 ||
		    want != value[i])
			return;
	}
	if (ptk_plan_encode_(&p->r, level, &e.attr, e.extra, true, e.pa, &first, NULL) < 0)
		return;
	ptk_entry_decode(&p->r, level, first, &next);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t pa = next.span > unit ? e.pa : e.pa + i * unit;
		if (ptk_plan_encode_(&p->r, level, &e.attr, e.extra, true, pa, &value[i], NULL) < 0)
			return; /* cannot be: the first one could */
	}
}

static void join_groups(const struct ptk_plan *p, const struct want *w, int level, uint64_t *value, uint32_t i, uint32_t n)
{
	uint32_t size = UINT32_C(1) << p->r.level[level].cont_bits;
	if (!(w->cont >> level & 1))
		return;
	for (uint32_t k = -i & (size - 1); k + size <= n; k += size)
		join_group(p, level, value + k, size);
}

static int table(struct ptk_plan *p, const struct want *w, uint64_t inherit, uint64_t *value);

/* Work out what n entries of the innermost table become. */
static int entries(struct ptk_plan *p, const struct want *w, uint32_t i, uint32_t n, uint64_t *value)
{
	for (uint32_t k = 0; k < n; k++) {
		struct ptk_entry e;
		value[k] = ptk_plan_entry_(p, i + k);
		if (!value[k] || ptk_entry_kind(&p->r, p->top, value[k]) != PTK_TABLE)
			continue;
		ptk_entry_decode(&p->r, p->top, value[k], &e);
		int rc = ptk_plan_enter_(p, w, i + k, value[k]);
		if (rc == 0)
			rc = table(p, w, e.inherit, &value[k]);
		if (rc < 0)
			return rc;
	}
	join_groups(p, w, p->top, value, i, n);
	return 0;
}

static int record(struct ptk_plan *p, uint32_t i, uint32_t n, const uint64_t *value)
{
	for (uint32_t k = 0; k < n; k++) {
		uint64_t old = ptk_plan_entry_(p, i + k);
		if (value[k] == old)
			continue;
		struct ptk_entry e;
		ptk_entry_decode(&p->r, p->top, value[k], &e);
		uint8_t flags = e.kind != PTK_LEAF ? 0 : e.attr.flags & PTK_A_CONT ? REC_LEAF | REC_CONT : REC_LEAF;
		if (ptk_entry_kind(&p->r, p->top, old) == PTK_TABLE)
			flags |= REC_PURE;
		int rc = ptk_plan_put_one_(p, i + k, value[k], flags);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The innermost table is replaced by its entry's new value. */
static int replace(struct ptk_plan *p)
{
	struct slot *s = &p->slot[p->top];
	uint64_t none = 0;
	p->fill.n = s->fills;
	p->change.n = s->edits;
	int rc = ptk_set_add_(&p->gone, s->table, &none);
	return rc < 0 ? rc : ptk_plan_freed_(p, s->table, p->top, s->va);
}

static bool all_zero(const uint64_t *value, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (value[i])
			return false;
	return true;
}

/* Collapse the innermost table, then leave it. value: what the entry that leads to it becomes. */
static int table(struct ptk_plan *p, const struct want *w, uint64_t inherit, uint64_t *value)
{
	int level = p->top;
	uint32_t n = plan_entries(p, level);
	uint64_t *mine = malloc(n * sizeof *mine), leaf = 0;
	int rc = mine ? entries(p, w, 0, n, mine) : PTK_E_NOMEM;
	if (rc >= 0 && (all_zero(mine, n) || promote(p, w, level, mine, inherit, &leaf))) {
		*value = leaf;
		rc = replace(p);
	} else if (rc >= 0) {
		rc = record(p, 0, n, mine);
	}
	free(mine);
	p->top = level + 1;
	return rc;
}

int ptk_plan_collapse_(struct ptk_plan *p, const struct want *w, uint64_t va, uint64_t *end)
{
	unsigned shift = p->r.level[p->top].shift;
	uint32_t i = ptk_level_index(&p->r, p->top, va), room = plan_entries(p, p->top) - i;
	uint64_t first = entry_va(p, p->top, i), last = first + plan_size(p, p->top) - 1, raw = ptk_plan_entry_(p, i);
	uint64_t n = va == first ? (w->last - va + 1) >> shift : 0;
	n = n < room ? n : room;
	if (n == 0) {
		*end = last < w->last ? last : w->last;
		if (!raw || ptk_entry_kind(&p->r, p->top, raw) != PTK_TABLE)
			return 0;
		int rc = ptk_plan_enter_(p, w, i, raw);
		return rc == 0 ? PLAN_ENTERED : rc < 0 ? rc : 0;
	}
	*end = first + (n << shift) - 1;
	uint64_t *value = malloc(n * sizeof *value);
	int rc = value ? entries(p, w, i, (uint32_t)n, value) : PTK_E_NOMEM;
	if (rc >= 0)
		rc = record(p, i, (uint32_t)n, value);
	free(value);
	return rc;
}
