// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Conflicts: collected while planning, told as sentences. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "build/plan.h"

static uint64_t next_pa(const struct ptk_conflict *c)
{
	return c->has_pa == PTK_NO_PA ? PTK_NO_PA : c->has_pa + (c->has_last - c->has_first) + 1;
}

static bool joins(const struct ptk_conflict *a, const struct ptk_conflict *b)
{
	return a->kind == b->kind && a->edit == b->edit && a->level == b->level && a->kind != PTK_CONFLICT_EDITS &&
	       a->last + 1 == b->first && a->has_last + 1 == b->has_first && next_pa(a) == b->has_pa;
}

int ptk_plan_conflict_(struct ptk_plan *p, const struct ptk_conflict *c)
{
	size_t max = p->opts.max_conflicts ? p->opts.max_conflicts : 64;
	struct ptk_conflict *last = p->nconflicts ? &p->conflict[p->nconflicts - 1] : NULL;
	if (last && joins(last, c)) {
		last->last = c->last;
		last->has_last = c->has_last;
		return 0;
	}
	if (p->nconflicts == max)
		return PTK_E_CONFLICT;
	if (!p->conflict && !(p->conflict = calloc(max, sizeof *p->conflict)))
		return PTK_E_NOMEM;
	p->conflict[p->nconflicts++] = *c;
	return 0;
}

const struct ptk_conflict *ptk_plan_conflicts(const struct ptk_plan *p, size_t *n)
{
	if (n)
		*n = p->nconflicts;
	return p->conflict;
}

static void edit_text(const struct ptk_plan *p, uint32_t i, char *buf, size_t size)
{
	static const char *const verb[] = {"mapping", "unmapping", "marking", "protecting", "splitting", "collapsing"};
	const struct ptk_edit *e = &p->edit[i];
	int n = snprintf(buf, size, "%s %s%s[0x%" PRIx64 ", 0x%" PRIx64 "]", verb[e->op], e->name ? e->name : "",
	                 e->name ? " " : "", e->first, e->last);
	if (e->op == PTK_EDIT_MAP && n > 0 && (size_t)n < size)
		snprintf(buf + n, size - (size_t)n, " to 0x%" PRIx64, e->pa);
}

static void there_text(const struct ptk_plan *p, const struct ptk_conflict *c, char *buf, size_t size)
{
	int n = snprintf(buf, size, "[0x%" PRIx64 ", 0x%" PRIx64 "]", c->has_first, c->has_last);
	if (c->has_pa != PTK_NO_PA && n > 0 && (size_t)n < size)
		snprintf(buf + n, size - (size_t)n, ", mapped to 0x%" PRIx64 " by %s entries", c->has_pa,
		         p->r.level[c->level].name);
}

int ptk_conflict_text(const struct ptk_plan *p, const struct ptk_conflict *c, char *buf, size_t size)
{
	char edit[256], other[256], there[192];
	edit_text(p, c->edit, edit, sizeof edit);
	there_text(p, c, there, sizeof there);
	unsigned long long first = c->first, last = c->last;
	switch (c->kind) {
	case PTK_CONFLICT_MAPPED:
		return snprintf(buf, size, "%s meets %s: both want [0x%llx, 0x%llx]", edit, there, first, last);
	case PTK_CONFLICT_EDITS:
		edit_text(p, c->other, other, sizeof other);
		return snprintf(buf, size, "%s meets %s: both want [0x%llx, 0x%llx]", edit, other, first, last);
	case PTK_CONFLICT_HOLE:
		return snprintf(buf, size, "%s: nothing is mapped at [0x%llx, 0x%llx]", edit, first, last);
	case PTK_CONFLICT_BROKEN:
		return snprintf(buf, size, "%s: the %s entry for %s cannot be split%s", edit, p->r.level[c->level].name, there,
		                p->rules.paired ? " where tables come in pairs (the policy plain splits it)" : "");
	case PTK_CONFLICT_SHARED:
		return snprintf(buf, size, "%s: the table for [0x%llx, 0x%llx] serves [0x%" PRIx64 ", 0x%" PRIx64 "] too", edit,
		                first, last, c->has_first, c->has_last);
	case PTK_CONFLICT_PARENT:
		return snprintf(buf, size, "%s: the %s entry above [0x%llx, 0x%llx] does not allow it", edit,
		                p->r.level[c->level].name, first, last);
	case PTK_CONFLICT_RIGHTS:
		return snprintf(buf, size, "%s: %s cannot express the outcome at [0x%llx, 0x%llx]", edit, p->r.name, first,
		                last);
	case PTK_CONFLICT_BREAK:
		return snprintf(buf, size, "%s: [0x%llx, 0x%llx] would have to be invalid for a moment", edit, first, last);
	}
	return snprintf(buf, size, "%s: conflict", edit);
}
