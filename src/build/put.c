// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Recording what changes in the cursor's innermost table, with the care that tables in use need. */
#include "base/bits.h"
#include "build/plan.h"

uint32_t ptk_plan_was_(const struct ptk_plan *p, const uint8_t *data, uint32_t at, uint32_t index, uint64_t n)
{
	uint32_t sum = 0;
	for (uint64_t k = 0; k < n; k++) {
		uint64_t v = ptk_plan_load_(p, data, at + (uint32_t)k) + (index + k) * UINT64_C(0x9e3779b97f4a7c15);
		sum += (uint32_t)((v * UINT64_C(0xff51afd7ed558ccd)) >> 32);
	}
	return sum;
}

/* Record a change to a table that exists, with what it held. */
static int change(struct ptk_plan *p, struct rec *rec)
{
	rec->was = ptk_plan_was_(p, p->slot[p->top].data, rec->index, rec->index, rec->count);
	return ptk_plan_change_(p, rec);
}

/* A change to a table in use, in pieces that need the same care. */
static int put_live(struct ptk_plan *p, const struct rec *rec)
{
	const struct slot *s = &p->slot[p->top];
	bool pure = rec->flags & REC_PURE;
	for (uint64_t k = 0; k < rec->count;) {
		uint64_t from = k;
		enum live_need need = LIVE_NOTHING;
		bool tables = false;
		for (; k < rec->count; k++) {
			uint64_t old = ptk_plan_load_(p, s->data, rec->index + (uint32_t)k);
			uint32_t changes = ptk_live_changes_(&p->r, p->top, old, run_at(&rec->run, k), pure);
			enum live_need n = ptk_live_need_(p->live, p->opts.bbm, changes);
			bool table = ptk_entry_kind(&p->r, p->top, old) == PTK_TABLE;
			if (k > from && (n != need || table != tables || n == LIVE_BREAK_NT))
				break;
			need = n;
			tables = table;
		}
		struct rec part = *rec;
		part.index += (uint32_t)from;
		part.target += (uint32_t)from;
		part.count = k - from;
		part.run.raw = run_at(&rec->run, from);
		part.flags |= need >= LIVE_BREAK ? REC_BREAK : 0;
		if (need == LIVE_BREAK_NT) {
			part.flags |= REC_NT;
			part.run.step = ptk_live_nt_(&p->r, p->top, ptk_plan_load_(p, s->data, part.index), part.run.raw);
		}
		uint64_t first = entry_va(p, p->top, part.index);
		struct tlb t = {first, first + plan_bytes(p, p->top, part.count) - 1, tables ? 0 : (uint8_t)p->top, tables};
		int rc = change(p, &part);
		if (rc >= 0 && need != LIVE_NOTHING)
			rc = ptk_plan_tlb_(need == LIVE_AFTER ? &p->after : &p->before, &t);
		if (rc >= 0 && need >= LIVE_BREAK && p->opts.live == PTK_LIVE_NO_BREAK)
			rc = ptk_plan_conflict_(p, &(struct ptk_conflict){
				.kind = PTK_CONFLICT_BREAK, .edit = p->current, .level = (uint8_t)p->top, .has_pa = PTK_NO_PA,
				.first = plan_va(p, t.first), .last = plan_va(p, t.last), .has_first = plan_va(p, t.first),
				.has_last = plan_va(p, t.last)});
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Record a change as it is. The caller has seen to what is pending before it. */
static int put(struct ptk_plan *p, const struct rec *rec)
{
	struct slot *s = &p->slot[p->top];
	struct rec now = *rec;
	now.table = s->table;
	now.level = (uint8_t)p->top;
	bool zero = !now.run.raw && !now.run.step && !(now.flags & REC_LINKS);
	if (s->split) {
		s->live -= (int64_t)now.count;
	} else if (s->data && p->counting) {
		s->live -= ptk_plan_count_(p, s, now.index, now.count);
	}
	s->live += zero ? 0 : (int64_t)now.count;
	s->cleared |= zero;
	if (!s->data)
		return ptk_plan_fill_(p, &now);
	if (p->live)
		return put_live(p, &now);
	return change(p, &now);
}

static uint8_t leaf_flags(const struct ptk_plan *p, int level, uint64_t raw)
{
	struct ptk_entry e;
	ptk_entry_decode(&p->r, level, raw, &e);
	return e.kind != PTK_LEAF ? 0 : e.attr.flags & PTK_A_CONT ? REC_LEAF | REC_CONT : REC_LEAF;
}

int ptk_plan_flush_(struct ptk_plan *p, uint32_t end)
{
	struct slot *s = &p->slot[p->top];
	int rc = 0;
	end = end < s->pend_end ? end : s->pend_end;
	if (s->pend >= end)
		return 0;
	if (s->split) {
		struct rec rec = {.index = s->pend, .count = end - s->pend, .run = s->run};
		rec.run.raw = run_at(&s->run, s->pend);
		rec.flags = leaf_flags(p, p->top, rec.run.raw);
		s->pend = end;
		return put(p, &rec);
	}
	for (uint32_t i = s->pend; i < end && rc >= 0; i++) {
		struct rec rec = {.index = i, .count = 1};
		rec.run.raw = ptk_plan_entry_(p, i);
		s->pend = i + 1;
		if (rec.run.raw == ptk_plan_load_(p, s->data, i))
			continue;
		rec.flags = leaf_flags(p, p->top, rec.run.raw);
		rc = put(p, &rec);
	}
	return rc;
}

int ptk_plan_put_(struct ptk_plan *p, const struct rec *rec)
{
	struct slot *s = &p->slot[p->top];
	int rc = ptk_plan_flush_(p, rec->index);
	if (rc < 0)
		return rc;
	uint32_t end = rec->index + (uint32_t)rec->count;
	s->pend = s->pend < end && s->pend_end > s->pend ? end : s->pend;
	s->touched = true;
	return put(p, rec);
}

int ptk_plan_put_one_(struct ptk_plan *p, uint32_t i, uint64_t raw, uint8_t flags)
{
	return ptk_plan_put_(p, &(struct rec){.index = i, .count = 1, .run = {.raw = raw}, .flags = flags});
}
