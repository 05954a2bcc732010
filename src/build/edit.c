// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* One piece of an edit after the other: what it wants, and the pass over the tables. */
#include <stdlib.h>

#include "base/bits.h"
#include "base/grow.h"
#include "build/plan.h"

static uint32_t attr_rights(const struct ptk_edit *e)
{
	if (e->op == PTK_EDIT_MAP)
		return e->attr.flags & PTK_A_RIGHTS;
	return e->op == PTK_EDIT_PROTECT ? e->attr.flags & e->mask.flags & PTK_A_RIGHTS : 0;
}

/* Levels whose units are no larger than the edit allows, and at which addresses are aligned alike. */
static void limit_levels(const struct ptk_plan *p, struct want *w)
{
	uint64_t max = w->e->max_unit ? w->e->max_unit : UINT64_MAX;
	bool maps = w->e->op == PTK_EDIT_MAP;
	for (int l = 0; l < p->r.nlevels; l++) {
		uint64_t unit = plan_size(p, l), group = unit << p->r.level[l].cont_bits;
		if (unit > max || (maps && !is_aligned(w->pa, unit)))
			w->leaf &= ~(1u << l);
		if (group > max || (maps && !is_aligned(w->pa, group)))
			w->cont &= ~(1u << l);
	}
}

static void mark_levels(const struct ptk_plan *p, struct want *w)
{
	w->leaf = 0;
	w->cont = 0;
	for (int l = 0; l < p->r.nlevels; l++)
		if (ptk_entry_kind(&p->r, l, w->e->mark) == PTK_NOT_PRESENT)
			w->leaf |= 1u << l;
	w->overlap = PTK_OVERLAP_REPLACE;
}

static int prepare(struct ptk_plan *p, const struct piece *piece, struct want *w)
{
	const struct ptk_edit *e = &p->edit[piece->edit];
	*w = (struct want){.e = e, .edit = piece->edit, .first = piece->first, .last = piece->last,
	                   .pa = e->pa - (e->first & low_bits(p->r.va_bits)), .overlap = p->opts.overlap,
	                   .rights = attr_rights(e)};
	ptk_policy_rules_(p->policy, &p->r, e, &w->rules);
	w->leaf = w->rules.leaf;
	w->cont = w->rules.cont;
	p->current = piece->edit;
	if (e->op == PTK_EDIT_MARK)
		mark_levels(p, w);
	limit_levels(p, w);
	return e->op == PTK_EDIT_MAP ? ptk_plan_levels_(p, w) : 0;
}

static int at(struct ptk_plan *p, const struct want *w, uint64_t va, uint64_t *end)
{
	const struct slot *s = &p->slot[p->top];
	if (s->mate_table && ptk_level_index(&p->r, p->top, va) == s->mate) {
		int rc = ptk_plan_enter_mate_(p);
		return rc < 0 ? rc : PLAN_ENTERED;
	}
	switch (w->e->op) {
	case PTK_EDIT_MAP:
	case PTK_EDIT_MARK: return ptk_plan_map_(p, w, va, end);
	case PTK_EDIT_UNMAP: return ptk_plan_unmap_(p, w, va, end);
	case PTK_EDIT_PROTECT: return ptk_plan_protect_at_(p, w, va, end);
	case PTK_EDIT_SPLIT: return ptk_plan_split_(p, w, va, end);
	case PTK_EDIT_COLLAPSE: return ptk_plan_collapse_(p, w, va, end);
	}
	return PTK_E_BUG;
}

static int pass(struct ptk_plan *p, const struct want *w)
{
	for (uint64_t va = w->first, end = 0;;) {
		int rc = ptk_plan_seek_(p, va);
		if (rc >= 0)
			rc = at(p, w, va, &end);
		if (rc < 0)
			return rc;
		if (rc == PLAN_ENTERED)
			continue;
		if (end >= w->last)
			return 0;
		va = end + 1;
	}
}

/* ---- nested: what is inside stays, what is outside gives way ---- */

struct inner {
	struct ptk_plan *p;
	const struct want *w;
	struct piece *keep;
	size_t n, room;
	bool within; /* the piece lies inside what is there */
};

static int part(struct ptk_plan *p, const struct want *w, const struct ptk_range *r)
{
	uint64_t first = plan_va(p, w->first), last = plan_va(p, w->last);
	return ptk_plan_conflict_(p, &(struct ptk_conflict){
		.kind = PTK_CONFLICT_MAPPED, .edit = w->edit, .level = r->level, .has_pa = r->pa,
		.first = first > r->first ? first : r->first, .last = last < r->last ? last : r->last,
		.has_first = r->first, .has_last = r->last});
}

static int there(void *arg, const struct ptk_range *r)
{
	struct inner *in = arg;
	const struct want *w = in->w;
	uint64_t first = plan_va(in->p, w->first), last = plan_va(in->p, w->last);
	if (r->last < first || r->first > last)
		return PTK_GO;
	bool below = r->first < first, above = r->last > last;
	if (below != above && !(r->first <= first && r->last >= last))
		return part(in->p, w, r);
	if (r->first <= first && r->last >= last && (below || above)) {
		in->within = true;
		return PTK_GO;
	}
	struct piece *more = grow_(in->keep, in->n, &in->room, 16, sizeof *more);
	if (!more)
		return PTK_E_NOMEM;
	in->keep = more;
	uint64_t mask = low_bits(in->p->r.va_bits);
	in->keep[in->n++] = (struct piece){r->first & mask, r->last & mask, w->edit};
	return PTK_GO;
}

/* The parts of the piece between those that stay. */
static int between(struct ptk_plan *p, const struct want *w, const struct inner *in)
{
	struct want rest = *w;
	rest.overlap = PTK_OVERLAP_REPLACE;
	uint64_t at = w->first;
	for (size_t i = 0; i < in->n; i++) {
		rest.first = at;
		rest.last = in->keep[i].first - 1;
		int rc = in->keep[i].first > at ? pass(p, &rest) : 0;
		if (rc < 0)
			return rc;
		if (in->keep[i].last >= w->last)
			return 0;
		at = in->keep[i].last + 1;
	}
	rest.first = at;
	rest.last = w->last;
	return pass(p, &rest);
}

static int nested(struct ptk_plan *p, const struct want *w)
{
	struct inner in = {.p = p, .w = w};
	struct ptk_range_opts opts = {.from = plan_va(p, w->first), .to = plan_va(p, w->last), .join_levels = true};
	uint64_t page = plan_size(p, 0);
	/* One page more on either side, to see what sticks out. */
	if (opts.from > p->space.first && ptk_va_valid(&p->r, opts.from - 1))
		opts.from -= page;
	if (opts.to < p->space.last && ptk_va_valid(&p->r, opts.to + 1))
		opts.to += page;
	int rc = ptk_ranges(&p->space, &opts, there, &in, NULL, p->err);
	if (rc >= 0)
		rc = between(p, w, &in);
	free(in.keep);
	return rc;
}

int ptk_plan_edits_(struct ptk_plan *p)
{
	int rc = ptk_plan_open_(p);
	for (size_t i = 0; rc >= 0 && i < p->npieces; i++) {
		struct want w;
		rc = prepare(p, &p->piece[i], &w);
		if (rc >= 0)
			rc = w.overlap == PTK_OVERLAP_NESTED && w.e->op == PTK_EDIT_MAP ? nested(p, &w) : pass(p, &w);
	}
	return rc < 0 ? rc : ptk_plan_close_(p);
}
