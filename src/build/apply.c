// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Doing what a plan says, all of it or nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "build/alloc.h"
#include "build/fill.h"
#include "build/plan.h"
#include "mem/mem.h"

struct work {
	struct ptk_plan *p;
	struct ptk_mem *mem;
	struct ptk_alloc *alloc;
	struct ptk_err *err;
	unsigned shift;  /* of an entry's bytes */
	uint8_t *undo;   /* what entries held before, record after record */
	uint64_t chunk[512]; /* entries on their way into a mem that can only be written through */
};

/* ---- addresses of new tables ---- */

/* Paired tables: two a page, hardware's in its second half (arch/arm/include/asm/pgtable-2level.h). */
#define PAIR_BYTES 4096
#define PAIR_HW 2048

static uint64_t unit_size(const struct ptk_plan *p, int level)
{
	return level == 0 && p->rules.paired ? PAIR_BYTES : ptk_table_size(&p->r, level);
}

uint64_t ptk_plan_table(const struct ptk_plan *p, uint64_t number)
{
	if (!p->applied || number >= p->ntables)
		return PTK_NO_PA;
	if (p->rules.paired)
		return p->pa[number / 2] + PAIR_HW + number % 2 * ptk_table_size(&p->r, 0);
	return p->pa[number];
}

static uint64_t table_pa(const struct ptk_plan *p, uint64_t number)
{
	if (p->rules.paired)
		return p->pa[number / 2] + PAIR_HW + number % 2 * ptk_table_size(&p->r, 0);
	return p->pa[number];
}

static uint64_t units(const struct ptk_plan *p)
{
	return p->rules.paired ? p->ntables / 2 : p->ntables;
}

static int unit_level(const struct ptk_plan *p, uint64_t unit)
{
	return p->rules.paired ? 0 : p->level_of[unit];
}

static void give_back(const struct work *w, uint64_t n)
{
	while (n-- > 0)
		ptk_alloc_give_(w->alloc, w->p->pa[n], unit_size(w->p, unit_level(w->p, n)));
}

/* Whether an entry of the level above can hold the address: short descriptors reach 4G, whatever their leaves do. */
static bool linkable(const struct ptk_plan *p, int level, uint64_t pa)
{
	const struct ptk_form *f = &p->r.level[level + 1].table_form;
	uint64_t raw = ptk_plan_link_(&p->r, level + 1, 0, pa);
	return ((raw & f->pa_mask) << f->pa_shift | (raw & f->hi_mask) << f->hi_shift) == pa;
}

static int allocate(struct work *w)
{
	struct ptk_plan *p = w->p;
	p->pa = malloc((units(p) + 1) * sizeof *p->pa);
	if (!p->pa)
		return PTK_E_NOMEM;
	for (uint64_t i = 0; i < units(p); i++) {
		uint64_t size = unit_size(p, unit_level(p, i));
		int rc = ptk_alloc_take_(w->alloc, size, size, &p->pa[i]);
		if (rc >= 0 && (!is_aligned(p->pa[i], size) || !linkable(p, unit_level(p, i), p->pa[i]))) {
			ptk_alloc_give_(w->alloc, p->pa[i], size);
			rc = ptk_err_set_(w->err, PTK_E_RANGE, "the allocator gave 0x%llx for a table of %llu bytes, which %s "
			                  "cannot have there", (unsigned long long)p->pa[i], (unsigned long long)size, p->r.name);
		} else if (rc < 0) {
			rc = ptk_err_set_(w->err, rc, "only %llu of %llu tables could be allocated", (unsigned long long)i,
			                  (unsigned long long)units(p));
		}
		if (rc < 0) {
			give_back(w, i);
			return rc;
		}
	}
	return 0;
}

/* ---- writing ---- */

/* Whether the next new table lies where this one ends. */
static bool follows(const struct ptk_plan *p, uint64_t number, uint64_t size)
{
	return number + 1 < p->ntables && table_pa(p, number + 1) == table_pa(p, number) + size;
}

static uint64_t value_at(const struct work *w, const struct rec *rec, uint64_t k)
{
	uint64_t raw = run_at(&rec->run, k);
	if (!(rec->flags & REC_LINKS))
		return raw;
	return ptk_plan_link_(&w->p->r, rec->level, rec->run.raw, table_pa(w->p, rec->target + k));
}

static void store(const struct work *w, const struct rec *rec, uint64_t k, size_t n, void *to)
{
	bool big = w->p->big;
	if (!(rec->flags & REC_LINKS)) {
		ptk_fill_(to, n, w->shift, big, rec->run.raw, rec->run.step, rec->run.group, k);
		return;
	}
	for (size_t i = 0; i < n; i++)
		ptk_fill_plain_((uint8_t *)to + (i << w->shift), 1, w->shift, big, value_at(w, rec, k + i), 0, 0, 0);
}

/* Entries k .. k+n-1 of a record to neighbouring bytes. */
static int write_run(struct work *w, const struct rec *rec, uint64_t k, uint64_t n, uint64_t pa)
{
	while (n) {
		size_t len = n << w->shift, most = sizeof w->chunk;
		void *to = ptk_mem_writable_(w->mem, pa, &len);
		if (to) {
			store(w, rec, k, len >> w->shift, to);
		} else {
			len = len < most ? len : most;
			store(w, rec, k, len >> w->shift, w->chunk);
			int rc = ptk_mem_write(w->mem, pa, w->chunk, len, w->err);
			if (rc < 0)
				return rc;
		}
		pa += len;
		k += len >> w->shift;
		n -= len >> w->shift;
	}
	return 0;
}

/* Entries of a new table, and perhaps of those numbered next. */
static int write_fill(struct work *w, const struct rec *rec)
{
	const struct ptk_plan *p = w->p;
	uint64_t number = rec->table & ~PTK_TABLE_NEW, per = plan_entries(p, rec->level), index = rec->index;
	uint64_t size = ptk_table_size(&p->r, rec->level);
	for (uint64_t k = 0; k < rec->count;) {
		uint64_t pa = table_pa(p, number) + (index << w->shift), n = per - index;
		for (number++; n < rec->count - k && follows(p, number - 1, size); number++)
			n += per;
		n = n < rec->count - k ? n : rec->count - k;
		int rc = write_run(w, rec, k, n, pa);
		if (rc < 0)
			return rc;
		k += n;
		index = 0;
	}
	return 0;
}

static int write_zeros(struct work *w, uint64_t pa, uint64_t size)
{
	const struct rec zeros = {.count = size >> w->shift};
	return write_run(w, &zeros, 0, zeros.count, pa);
}

/* New tables that no one record fills begin as zeros. */
static int clear_tables(struct work *w)
{
	struct ptk_plan *p = w->p;
	uint8_t *whole = calloc(p->ntables + 1, 1);
	int rc = whole ? 0 : PTK_E_NOMEM;
	for (size_t i = 0; whole && !p->rules.paired && i < p->fill.n; i++) {
		const struct rec *rec = &p->fill.at[i];
		uint64_t per = plan_entries(p, rec->level), number = rec->table & ~PTK_TABLE_NEW;
		if (rec->index == 0)
			memset(whole + number, 1, rec->count / per);
	}
	for (uint64_t i = 0; rc >= 0 && i < units(p); i++)
		if (!whole[i])
			rc = write_zeros(w, p->pa[i], unit_size(p, unit_level(p, i)));
	free(whole);
	return rc;
}

/* ---- software's entries beside hardware's ---- */

static int write_shadow(struct work *w, const struct rec *rec, uint64_t table, uint64_t index, uint64_t k, uint64_t n)
{
	uint64_t pa = table - PAIR_HW + (index << w->shift);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t raw = w->p->policy->shadow(&w->p->r, value_at(w, rec, k + i));
		struct rec one = {.run = {.raw = raw}};
		int rc = write_run(w, &one, 0, 1, pa + (i << w->shift));
		if (rc < 0)
			return rc;
	}
	return 0;
}

static bool has_shadow(const struct work *w, const struct rec *rec)
{
	return w->p->rules.paired && rec->level == 0 && w->p->policy->shadow;
}

/* ---- entries of tables that exist ---- */

static uint64_t entry_pa(const struct work *w, const struct rec *rec)
{
	return rec->table + ((uint64_t)rec->index << w->shift);
}

/* How many bytes of undo a record needs. */
static size_t undo_size(const struct work *w, const struct rec *rec)
{
	return (rec->count << w->shift) * (has_shadow(w, rec) ? 2 : 1);
}

/* Read what is there, and see that it is what the plan saw. */
static int remember(struct work *w)
{
	struct ptk_plan *p = w->p;
	size_t total = 0;
	for (size_t i = 0; i < p->change.n; i++)
		total += undo_size(w, &p->change.at[i]);
	uint8_t *at = w->undo = malloc(total + 1);
	if (!at)
		return PTK_E_NOMEM;
	for (size_t i = 0; i < p->change.n; i++) {
		const struct rec *rec = &p->change.at[i];
		size_t len = rec->count << w->shift;
		int rc = ptk_mem_read(w->mem, entry_pa(w, rec), at, len, w->err);
		if (rc >= 0 && ptk_plan_was_(p, at, 0, rec->index, rec->count) != rec->was)
			rc = ptk_err_set_(w->err, PTK_E_CONFLICT, "the table at 0x%llx changed since the plan was made",
			                  (unsigned long long)rec->table);
		if (rc >= 0 && has_shadow(w, rec))
			rc = ptk_mem_read(w->mem, entry_pa(w, rec) - PAIR_HW, at + len, len, w->err);
		if (rc < 0)
			return rc;
		at += undo_size(w, rec);
	}
	return 0;
}

/* Put back the first n records. */
static int undo(struct work *w, size_t n)
{
	const struct ptk_plan *p = w->p;
	const uint8_t *at = w->undo;
	int rc = 0;
	for (size_t i = 0; i < n; i++)
		at += undo_size(w, &p->change.at[i]);
	while (n-- > 0) {
		const struct rec *rec = &p->change.at[n];
		size_t len = rec->count << w->shift;
		at -= undo_size(w, rec);
		int one = ptk_mem_write(w->mem, entry_pa(w, rec), at, len, NULL);
		if (one >= 0 && has_shadow(w, rec))
			one = ptk_mem_write(w->mem, entry_pa(w, rec) - PAIR_HW, at + len, len, NULL);
		rc = one < 0 ? one : rc;
	}
	return rc;
}

static int write_changes(struct work *w)
{
	struct ptk_plan *p = w->p;
	for (size_t i = 0; i < p->change.n; i++) {
		const struct rec *rec = &p->change.at[i];
		int rc = write_run(w, rec, 0, rec->count, entry_pa(w, rec));
		if (rc >= 0 && has_shadow(w, rec))
			rc = write_shadow(w, rec, rec->table, rec->index, 0, rec->count);
		if (rc < 0) {
			/* The record at hand may have been written in part. */
			if (undo(w, i + 1) < 0)
				ptk_err_add_(w->err, rc, "and what was changed could not all be put back");
			return rc;
		}
	}
	return 0;
}

static int write_new(struct work *w)
{
	struct ptk_plan *p = w->p;
	int rc = clear_tables(w);
	for (size_t i = 0; rc >= 0 && i < p->fill.n; i++) {
		const struct rec *rec = &p->fill.at[i];
		rc = write_fill(w, rec);
		if (rc >= 0 && has_shadow(w, rec))
			rc = write_shadow(w, rec, table_pa(p, rec->table & ~PTK_TABLE_NEW), rec->index, 0, rec->count);
	}
	return rc;
}

static int refuse(struct ptk_plan *p, struct ptk_err *err)
{
	char text[400];
	if (p->applied)
		return ptk_err_set_(err, PTK_E_INVAL, "the plan was applied before");
	ptk_conflict_text(p, &p->conflict[0], text, sizeof text);
	ptk_err_set_(err, PTK_E_CONFLICT, "%s%s", text, p->nconflicts > 1 ? " (and more)" : "");
	ptk_err_at_(err, p->conflict[0].first, p->conflict[0].level);
	return PTK_E_CONFLICT;
}

int ptk_plan_apply(struct ptk_plan *p, struct ptk_alloc *alloc, struct ptk_err *err)
{
	struct work w = {.p = p, .mem = p->space.mem, .alloc = alloc, .err = err, .shift = p->r.entry_shift};
	if (p->applied || p->nconflicts)
		return refuse(p, err);
	/* Allocate first: an allocator that maps its own memory may change the very tables, which remember() then sees. */
	int rc = allocate(&w);
	if (rc >= 0) {
		rc = remember(&w);
		if (rc >= 0)
			rc = write_new(&w);
		if (rc >= 0)
			rc = write_changes(&w);
		if (rc < 0)
			give_back(&w, units(p));
	}
	free(w.undo);
	if (rc < 0) {
		free(p->pa);
		p->pa = NULL;
		return rc;
	}
	p->applied = true;
	for (size_t i = 0; i < p->freed.n; i++)
		ptk_alloc_give_(alloc, p->freed.at[i].pa, ptk_table_size(&p->r, p->freed.at[i].level));
	return 0;
}

int ptk_build_root(struct ptk_mem *mem, const struct ptk_regime *r, struct ptk_alloc *alloc, struct ptk_space *out,
                   struct ptk_err *err)
{
	struct ptk_plan p = {.r = *r, .space = {.mem = mem}};
	struct work w = {.p = &p, .mem = mem, .alloc = alloc, .err = err, .shift = r->entry_shift};
	uint64_t size = ptk_table_size(r, r->nlevels - 1), root;
	int rc = ptk_alloc_take_(alloc, size, BIT(r->root_align), &root);
	if (rc < 0)
		return ptk_err_set_(err, rc, "no memory for a root table of %llu bytes", (unsigned long long)size);
	rc = write_zeros(&w, root, size);
	if (rc >= 0)
		rc = ptk_space_init(out, mem, r, root, err);
	if (rc < 0)
		ptk_alloc_give_(alloc, root, size);
	return rc;
}

int ptk_build_edit(const struct ptk_space *s, const struct ptk_build_opts *opts, struct ptk_alloc *alloc,
                   const struct ptk_edit *edit, size_t n, struct ptk_err *err)
{
	struct ptk_plan *p;
	int rc = ptk_plan_new(s, opts, edit, n, &p, err);
	if (rc < 0)
		return rc;
	rc = ptk_plan_apply(p, alloc, err);
	ptk_plan_free(p);
	return rc;
}
