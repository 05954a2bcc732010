// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Plans: made, asked, freed. */
#include "build/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "mem/mem.h"

void ptk_plan_free(struct ptk_plan *p)
{
	if (!p)
		return;
	for (int l = 0; l < PTK_LEVELS_MAX; l++)
		free(p->slot[l].copy);
	free(p->edit);
	free(p->piece);
	free(p->fill.at);
	free(p->change.at);
	free(p->freed.at);
	free(p->before.at);
	free(p->after.at);
	free(p->level_of);
	free(p->conflict);
	free(p->brk);
	free(p->pa);
	ptk_set_free_(&p->seen);
	ptk_set_free_(&p->gone);
	ptk_set_free_(&p->hollow);
	free(p);
}

static int setup(struct ptk_plan *p, const struct ptk_edit *edit, size_t n)
{
	p->policy = ptk_policy_find_(p->opts.policy);
	if (!p->policy)
		return ptk_err_set_(p->err, PTK_E_UNKNOWN, "unknown policy '%s'", p->opts.policy);
	if (p->policy->arch && strcmp(p->policy->arch, ptk_regime_arch(&p->r)) != 0)
		return ptk_err_set_(p->err, PTK_E_INVAL, "the policy %s is for %s, not %s", p->policy->name, p->policy->arch,
		                    p->r.name);
	ptk_policy_rules_(p->policy, &p->r, NULL, &p->rules);
	p->live = p->opts.live != PTK_LIVE_NO ? ptk_live_rules_(&p->r) : NULL;
	if (p->opts.live != PTK_LIVE_NO && !p->live)
		return ptk_err_set_(p->err, PTK_E_NOTSUP, "no rules for edits of %s tables in use", p->r.name);
	if (n > UINT32_MAX)
		return PTK_E_LIMIT;
	p->big = p->space.mem->info.big_endian; /* not by ptk_mem_info(), which lists extents anew */
	p->top = p->r.nlevels;
	p->edit = malloc((n + 1) * sizeof *edit);
	if (!p->edit)
		return PTK_E_NOMEM;
	if (n)
		memcpy(p->edit, edit, n * sizeof *edit);
	p->nedits = n;
	for (size_t i = 0; i < n; i++)
		p->counting |= edit[i].op == PTK_EDIT_UNMAP || edit[i].op == PTK_EDIT_COLLAPSE;
	return 0;
}

/* Steps are listed on demand; breaks are the one sort that is not an array of its own. */
static int list_steps(struct ptk_plan *p)
{
	p->brk = malloc((p->change.n + 1) * sizeof *p->brk);
	if (!p->brk)
		return PTK_E_NOMEM;
	for (size_t i = 0; i < p->change.n; i++)
		if (p->change.at[i].flags & REC_BREAK)
			p->brk[p->nbrk++] = i;
	bool live = p->live;
	p->info.steps = p->fill.n + (live && p->fill.n && p->change.n) + p->nbrk + (p->nbrk > 0) + p->before.n +
	                p->change.n + (live && p->change.n) + p->after.n + p->freed.n;
	return 0;
}

static int make(struct ptk_plan *p, const struct ptk_edit *edit, size_t n)
{
	int rc = setup(p, edit, n);
	if (rc >= 0)
		rc = ptk_plan_pieces_(p);
	if (rc >= 0 && p->nconflicts == 0)
		rc = ptk_plan_edits_(p);
	if (rc == PTK_E_CONFLICT) /* enough of them were found */
		rc = 0;
	if (rc < 0)
		return rc;
	p->info.conflicts = p->nconflicts;
	if (p->nconflicts) {
		/* A plan that cannot be applied has no steps. */
		p->fill.n = p->change.n = p->freed.n = p->before.n = p->after.n = 0;
		p->ntables = 0;
	}
	ptk_plan_total_(p);
	return list_steps(p);
}

int ptk_plan_new(const struct ptk_space *s, const struct ptk_build_opts *opts, const struct ptk_edit *edit, size_t n,
                 struct ptk_plan **out, struct ptk_err *err)
{
	struct ptk_plan *p = calloc(1, sizeof *p);
	if (!p)
		return ptk_err_set_(err, PTK_E_NOMEM, "no memory for a plan");
	p->space = *s;
	p->r = s->regime;
	if (opts)
		p->opts = *opts;
	p->err = err;
	int rc = make(p, edit, n);
	p->err = NULL;
	if (rc < 0) {
		if (rc == PTK_E_NOMEM)
			ptk_err_set_(err, rc, "no memory for a plan");
		ptk_plan_free(p);
		return rc;
	}
	*out = p;
	return 0;
}

const struct ptk_plan_info *ptk_plan_info(const struct ptk_plan *p)
{
	return &p->info;
}

/* ---- steps ---- */

static void rec_step(const struct ptk_plan *p, const struct rec *rec, enum ptk_plan_act act, struct ptk_plan_step *out)
{
	*out = (struct ptk_plan_step){
		.act = (uint8_t)act, .level = rec->level, .group = rec->run.group, .links = rec->flags & REC_LINKS,
		.table = rec->table, .index = rec->index, .count = rec->count, .raw = rec->run.raw,
		.step = rec->count > 1 ? rec->run.step : 0, .target = rec->target,
	};
	if (act != PTK_ACT_BREAK)
		return;
	out->links = false;
	out->group = 0;
	out->raw = rec->flags & REC_NT ? rec->run.step : 0;
	out->step = 0;
}

static void tlb_step(const struct ptk_plan *p, const struct tlb *t, struct ptk_plan_step *out)
{
	*out = (struct ptk_plan_step){.act = PTK_ACT_TLB, .level = t->level, .tables = t->tables,
	                              .first = plan_va(p, t->first), .last = plan_va(p, t->last)};
}

static void free_step(const struct ptk_plan *p, const struct table *t, struct ptk_plan_step *out)
{
	uint64_t span = low_bits((unsigned)p->r.level[t->level].shift + p->r.level[t->level].bits);
	*out = (struct ptk_plan_step){.act = PTK_ACT_FREE, .level = t->level, .table = t->pa,
	                              .first = plan_va(p, t->va), .last = plan_va(p, t->va + span)};
}

/* Whether i falls into the next n steps; if not, it is reduced by them. */
static bool among(uint64_t *i, uint64_t n)
{
	if (*i < n)
		return true;
	*i -= n;
	return false;
}

bool ptk_plan_step(const struct ptk_plan *p, uint64_t i, struct ptk_plan_step *out)
{
	bool live = p->live;
	if (among(&i, p->fill.n))
		rec_step(p, &p->fill.at[i], PTK_ACT_FILL, out);
	else if (among(&i, live && p->fill.n && p->change.n))
		*out = (struct ptk_plan_step){.act = PTK_ACT_BARRIER};
	else if (among(&i, p->nbrk))
		rec_step(p, &p->change.at[p->brk[i]], PTK_ACT_BREAK, out);
	else if (among(&i, p->nbrk > 0))
		*out = (struct ptk_plan_step){.act = PTK_ACT_BARRIER};
	else if (among(&i, p->before.n))
		tlb_step(p, &p->before.at[i], out);
	else if (among(&i, p->change.n))
		rec_step(p, &p->change.at[i], PTK_ACT_WRITE, out);
	else if (among(&i, live && p->change.n))
		*out = (struct ptk_plan_step){.act = PTK_ACT_BARRIER};
	else if (among(&i, p->after.n))
		tlb_step(p, &p->after.at[i], out);
	else if (among(&i, p->freed.n))
		free_step(p, &p->freed.at[i], out);
	else
		return false;
	return true;
}
