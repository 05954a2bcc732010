// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Unmapping. */
#include "build/plan.h"

static uint32_t min32(uint32_t a, uint64_t b)
{
	return b < a ? (uint32_t)b : a;
}

/* The piece's last byte, or the last of n entries from i on, whichever comes first. */
static uint64_t end_of(const struct ptk_plan *p, const struct want *w, uint32_t i, uint32_t n)
{
	uint64_t last = entry_va(p, p->top, i) + ((uint64_t)n << p->r.level[p->top].shift) - 1;
	return last < w->last ? last : w->last;
}

int ptk_plan_hole_(struct ptk_plan *p, const struct want *w, uint64_t first, uint64_t last)
{
	if (!(w->e->flags & PTK_EDIT_STRICT))
		return 0;
	struct ptk_conflict c = {
		.kind = PTK_CONFLICT_HOLE, .edit = w->edit, .level = (uint8_t)p->top, .has_pa = PTK_NO_PA,
		.first = plan_va(p, first), .last = plan_va(p, last), .has_first = plan_va(p, first),
		.has_last = plan_va(p, last),
	};
	return ptk_plan_conflict_(p, &c);
}

/* Entries from i on that can be cleared in one go, out of max. */
static uint32_t clearable(const struct ptk_plan *p, const struct want *w, uint32_t i, uint32_t max)
{
	uint32_t n = 0;
	for (; n < max; n++) {
		uint64_t raw = ptk_plan_entry_(p, i + n);
		if (!raw || ptk_entry_kind(&p->r, p->top, raw) == PTK_TABLE || ptk_plan_cuts_group_(p, w, i + n, raw))
			break;
	}
	return n;
}

static int clear_table(struct ptk_plan *p, const struct want *w, uint32_t i, uint64_t raw, bool whole, uint64_t *end)
{
	*end = end_of(p, w, i, 1);
	if (whole && !(w->e->flags & PTK_EDIT_STRICT) && !w->rules.keep_empty) {
		int rc = ptk_plan_drop_(p, p->top, raw, entry_va(p, p->top, i));
		return rc < 0 ? rc : ptk_plan_put_one_(p, i, 0, 0);
	}
	int rc = ptk_plan_enter_(p, w, i, raw);
	return rc == 0 ? PLAN_ENTERED : rc < 0 ? rc : 0;
}

int ptk_plan_unmap_(struct ptk_plan *p, const struct want *w, uint64_t va, uint64_t *end)
{
	unsigned shift = p->r.level[p->top].shift;
	uint32_t i = ptk_level_index(&p->r, p->top, va), room = plan_entries(p, p->top) - i;
	uint64_t first = entry_va(p, p->top, i), raw = ptk_plan_entry_(p, i);
	if (!raw) {
		uint32_t n = ptk_plan_zeros_(p, i, min32(room, ((w->last - first) >> shift) + 1));
		*end = end_of(p, w, i, n);
		return ptk_plan_hole_(p, w, va, *end);
	}
	uint32_t whole = va == first ? min32(room, (w->last - first + 1) >> shift) : 0;
	if (ptk_entry_kind(&p->r, p->top, raw) == PTK_TABLE)
		return clear_table(p, w, i, raw, whole, end);
	if (ptk_plan_cuts_group_(p, w, i, raw)) {
		int rc = ptk_plan_dissolve_(p, w, i);
		*end = end_of(p, w, i, 1);
		return rc == 0 ? PLAN_ENTERED : rc < 0 ? rc : 0;
	}
	uint32_t n = clearable(p, w, i, whole);
	*end = end_of(p, w, i, n ? n : 1);
	if (n)
		return ptk_plan_put_(p, &(struct rec){.index = i, .count = n});
	int rc = ptk_plan_enter_split_(p, w, i, raw);
	return rc == 0 ? PLAN_ENTERED : rc < 0 ? rc : 0;
}
