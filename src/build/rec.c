// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What comes out of planning: records of entries, tables, TLB ranges. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "build/plan.h"

/* Room for one more element in a growing array. */
static void *room_for(void *at, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return at;
	size_t more = *room ? 2 * *room : 16;
	void *bigger = realloc(at, more * size);
	if (bigger)
		*room = more;
	return bigger;
}

int ptk_plan_tables_(struct ptk_plan *p, int level, uint64_t n, uint64_t *first)
{
	uint64_t max = p->opts.max_tables ? p->opts.max_tables : UINT64_C(1) << 24;
	max = max < UINT32_MAX ? max : UINT32_MAX;
	if (n > max || p->ntables > max - n)
		return ptk_err_set_(p->err, PTK_E_LIMIT, "the plan needs more than %llu tables", (unsigned long long)max);
	if (p->ntables + n > p->level_room) {
		size_t room = (p->ntables + n) * 2;
		uint8_t *bigger = realloc(p->level_of, room);
		if (!bigger)
			return PTK_E_NOMEM;
		p->level_of = bigger;
		p->level_room = room;
	}
	memset(p->level_of + p->ntables, level, n);
	*first = p->ntables;
	p->ntables += n;
	return 0;
}

/* Whether rec goes on where last ends, so that one run holds both. */
static bool joins(const struct rec *last, const struct rec *rec)
{
	if (last->table != rec->table || last->index + last->count != rec->index || last->flags != rec->flags ||
	    (last->flags & (REC_LINKS | REC_NT)) || last->run.group || rec->run.group)
		return false;
	uint64_t step = rec->run.raw - run_at(&last->run, last->count - 1);
	return (last->count == 1 || last->run.step == step) && (rec->count == 1 || rec->run.step == step);
}

static int add(struct recs *recs, size_t from, const struct rec *rec)
{
	if (recs->n > from && joins(&recs->at[recs->n - 1], rec)) {
		struct rec *last = &recs->at[recs->n - 1];
		last->run.step = rec->run.raw - run_at(&last->run, last->count - 1);
		last->count += rec->count;
		last->was += rec->was;
		return 0;
	}
	struct rec *at = room_for(recs->at, recs->n, &recs->room, sizeof *at);
	if (!at)
		return PTK_E_NOMEM;
	recs->at = at;
	recs->at[recs->n++] = *rec;
	return 0;
}

/*
 * A record may only grow while the table is open that was open when it was made: what is cut off when a table turns
 * out to be empty must not reach into older records.
 */
static size_t floor_of(const struct ptk_plan *p, bool change)
{
	const struct slot *s = &p->slot[p->top];
	return p->top >= p->r.nlevels ? 0 : change ? s->edits : s->fills;
}

int ptk_plan_fill_(struct ptk_plan *p, const struct rec *rec)
{
	return add(&p->fill, floor_of(p, false), rec);
}

int ptk_plan_change_(struct ptk_plan *p, const struct rec *rec)
{
	return add(&p->change, floor_of(p, true), rec);
}

int ptk_plan_freed_(struct ptk_plan *p, uint64_t pa, int level, uint64_t va)
{
	struct table *at = room_for(p->freed.at, p->freed.n, &p->freed.room, sizeof *at);
	if (!at)
		return PTK_E_NOMEM;
	p->freed.at = at;
	at[p->freed.n++] = (struct table){pa, va, (uint8_t)level};
	return 0;
}

int ptk_plan_tlb_(struct tlbs *list, const struct tlb *t)
{
	struct tlb merged = *t;
	/* Ranges come in order of their ends, but one may swallow those before it. */
	while (list->n) {
		const struct tlb *last = &list->at[list->n - 1];
		if (last->last < merged.first && last->last + 1 != merged.first)
			break;
		merged.first = last->first < merged.first ? last->first : merged.first;
		merged.last = last->last > merged.last ? last->last : merged.last;
		merged.level = last->level < merged.level ? last->level : merged.level;
		merged.tables |= last->tables;
		list->n--;
	}
	struct tlb *at = room_for(list->at, list->n, &list->room, sizeof *at);
	if (!at)
		return PTK_E_NOMEM;
	list->at = at;
	at[list->n++] = merged;
	return 0;
}

static void total(struct ptk_plan *p, const struct recs *recs)
{
	struct ptk_plan_info *info = &p->info;
	for (size_t i = 0; i < recs->n; i++) {
		const struct rec *rec = &recs->at[i];
		info->entries += rec->count;
		if (recs == &p->change)
			info->changed += rec->count;
		if (rec->flags & REC_BREAK)
			info->breaks += rec->count;
		if (rec->flags & REC_LEAF)
			info->leaves[rec->level] += rec->count;
		if (rec->flags & REC_CONT)
			info->cont[rec->level] += rec->count;
	}
}

void ptk_plan_total_(struct ptk_plan *p)
{
	struct ptk_plan_info *info = &p->info;
	total(p, &p->fill);
	total(p, &p->change);
	info->tables_new = p->ntables;
	for (uint64_t i = 0; i < p->ntables; i++)
		info->tables[p->level_of[i]]++;
	for (int l = 0; l < p->r.nlevels; l++)
		info->bytes_new += info->tables[l] * ptk_table_size(&p->r, l) * (l == 0 && p->rules.paired ? 2 : 1);
	info->tables_freed = p->freed.n;
	for (size_t i = 0; i < p->freed.n; i++)
		info->bytes_freed += ptk_table_size(&p->r, p->freed.at[i].level);
}
