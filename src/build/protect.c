// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Changing attributes, and splitting. */
#include "base/bits.h"
#include "build/plan.h"

static uint64_t end_of(const struct ptk_plan *p, const struct want *w, uint32_t i, uint32_t n)
{
	uint64_t last = entry_va(p, p->top, i) + ((uint64_t)n << p->r.level[p->top].shift) - 1;
	return last < w->last ? last : w->last;
}

/* What a leaf becomes. Leaves that differ in their address alone become alike: worked out once. */
static int changed(struct ptk_plan *p, const struct want *w, uint64_t raw, uint64_t *out)
{
	const struct ptk_form *f = &p->r.level[p->top].leaf_form;
	uint64_t addr = f->pa_mask | f->hi_mask;
	bool formed = (raw & f->mask) == f->value && f->pa_mask;
	if (formed && p->alike.have && p->alike.edit == w->edit && p->alike.level == p->top &&
	    p->alike.old == (raw & ~addr)) {
		*out = p->alike.now | (raw & addr);
		return 0;
	}
	int rc = ptk_plan_protect_(p, w->e, p->top, raw, out);
	if (rc >= 0 && formed && ((*out ^ raw) & addr) == 0)
		p->alike = (struct alike){true, p->top, w->edit, raw & ~addr, *out & ~addr};
	return rc;
}

static int inexpressible(struct ptk_plan *p, const struct want *w, uint32_t i)
{
	uint64_t first = entry_va(p, p->top, i), last = first + plan_size(p, p->top) - 1;
	return ptk_plan_conflict_(p, &(struct ptk_conflict){
		.kind = PTK_CONFLICT_RIGHTS, .edit = w->edit, .level = (uint8_t)p->top, .has_pa = PTK_NO_PA,
		.first = plan_va(p, first > w->first ? first : w->first), .last = plan_va(p, last < w->last ? last : w->last),
		.has_first = plan_va(p, first), .has_last = plan_va(p, last)});
}

static int enter(struct ptk_plan *p, const struct want *w, uint32_t i, uint64_t raw, uint64_t *end)
{
	*end = end_of(p, w, i, 1);
	int rc = ptk_plan_enter_(p, w, i, raw);
	return rc == 0 ? PLAN_ENTERED : rc < 0 ? rc : 0;
}

static int dissolve(struct ptk_plan *p, const struct want *w, uint32_t i)
{
	int rc = ptk_plan_dissolve_(p, w, i);
	return rc == 0 ? PLAN_ENTERED : rc < 0 ? rc : 0;
}

static uint8_t flags_of(const struct ptk_plan *p, uint64_t raw)
{
	struct ptk_entry e;
	ptk_entry_decode(&p->r, p->top, raw, &e);
	return e.attr.flags & PTK_A_CONT ? REC_LEAF | REC_CONT : REC_LEAF;
}

/* A leaf that the piece covers whole or in part. */
static int protect_leaf(struct ptk_plan *p, const struct want *w, uint64_t va, uint32_t i, uint64_t raw, uint64_t *end)
{
	uint64_t now, first = entry_va(p, p->top, i), last = first + plan_size(p, p->top) - 1;
	*end = end_of(p, w, i, 1);
	int rc = changed(p, w, raw, &now);
	if (rc == PTK_E_NOTSUP)
		return inexpressible(p, w, i);
	if (rc < 0 || now == raw)
		return rc;
	if (ptk_plan_cuts_group_(p, w, i, raw))
		return dissolve(p, w, i);
	if (va == first && last <= w->last)
		return ptk_plan_put_one_(p, i, now, flags_of(p, now));
	rc = ptk_plan_enter_split_(p, w, i, raw);
	return rc == 0 ? PLAN_ENTERED : rc < 0 ? rc : 0;
}

int ptk_plan_protect_at_(struct ptk_plan *p, const struct want *w, uint64_t va, uint64_t *end)
{
	uint32_t i = ptk_level_index(&p->r, p->top, va), room = plan_entries(p, p->top) - i;
	uint64_t raw = ptk_plan_entry_(p, i);
	enum ptk_kind kind = raw ? ptk_entry_kind(&p->r, p->top, raw) : PTK_NONE;
	if (kind == PTK_NONE) {
		uint64_t n = ((w->last - entry_va(p, p->top, i)) >> p->r.level[p->top].shift) + 1;
		*end = end_of(p, w, i, ptk_plan_zeros_(p, i, n < room ? (uint32_t)n : room));
		return ptk_plan_hole_(p, w, va, *end);
	}
	if (kind == PTK_TABLE)
		return enter(p, w, i, raw, end);
	if (kind == PTK_LEAF)
		return protect_leaf(p, w, va, i, raw, end);
	*end = end_of(p, w, i, 1);
	return ptk_plan_hole_(p, w, va, *end);
}

/* ---- splitting ---- */

int ptk_plan_split_(struct ptk_plan *p, const struct want *w, uint64_t va, uint64_t *end)
{
	uint32_t i = ptk_level_index(&p->r, p->top, va), room = plan_entries(p, p->top) - i;
	uint64_t raw = ptk_plan_entry_(p, i), max = w->e->max_unit ? w->e->max_unit : plan_size(p, 0);
	enum ptk_kind kind = raw ? ptk_entry_kind(&p->r, p->top, raw) : PTK_NONE;
	*end = end_of(p, w, i, 1);
	if (kind == PTK_NONE) {
		uint64_t n = ((w->last - entry_va(p, p->top, i)) >> p->r.level[p->top].shift) + 1;
		*end = end_of(p, w, i, ptk_plan_zeros_(p, i, n < room ? (uint32_t)n : room));
		return 0;
	}
	if (kind == PTK_TABLE)
		return enter(p, w, i, raw, end);
	if (kind != PTK_LEAF)
		return 0;
	uint64_t unit = plan_size(p, p->top);
	bool cont = flags_of(p, raw) & REC_CONT;
	if (cont && unit << p->r.level[p->top].cont_bits > max)
		return dissolve(p, w, i);
	if (unit <= max || p->top == 0)
		return 0;
	int rc = ptk_plan_enter_split_(p, w, i, raw);
	return rc == 0 ? PLAN_ENTERED : rc < 0 ? rc : 0;
}
