// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The cursor: a stack of open tables that moves up through the address space. */
#include <stdlib.h>

#include "arch/arch.h"
#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "build/plan.h"

/* ---- reading ---- */

uint64_t ptk_plan_load_(const struct ptk_plan *p, const uint8_t *data, uint32_t i)
{
	return p->r.entry_shift == 2 ? load32(data + (size_t)i * 4, p->big) : load64(data + (size_t)i * 8, p->big);
}

int ptk_plan_read_(struct ptk_plan *p, uint64_t pa, int level, uint8_t *buf, const uint8_t **data)
{
	size_t size = ptk_table_size(&p->r, level);
	*data = ptk_mem_map(p->space.mem, pa, size);
	if (*data)
		return 0;
	int rc = ptk_mem_read(p->space.mem, pa, buf, size, p->err);
	if (rc < 0) {
		rc = ptk_err_add_(p->err, rc, "reading the table of %s at 0x%llx", p->r.level[level].name,
		                  (unsigned long long)pa);
		ptk_err_at_(p->err, pa, level);
	}
	*data = buf;
	return rc;
}

/* Read a table into a slot, whose buffer is made when it is first needed. */
static int slot_read(struct ptk_plan *p, int level)
{
	struct slot *s = &p->slot[level];
	if (!s->copy && !(s->copy = malloc(ptk_table_size(&p->r, level))))
		return PTK_E_NOMEM;
	return ptk_plan_read_(p, s->table, level, s->copy, &s->data);
}

uint64_t ptk_plan_entry_(const struct ptk_plan *p, uint32_t i)
{
	const struct slot *s = &p->slot[p->top];
	uint64_t raw = s->data ? ptk_plan_load_(p, s->data, i) : 0;
	if (i < s->pend || i >= s->pend_end)
		return raw;
	if (s->split)
		return run_at(&s->run, i);
	if (s->push)
		ptk_plan_push_(p, p->top, s->push, raw, &raw);
	if (i >= s->loose && i < s->loose_end)
		raw = ptk_plan_loosen_(p, p->top, i, raw);
	return raw;
}

uint32_t ptk_plan_zeros_(const struct ptk_plan *p, uint32_t i, uint32_t max)
{
	const struct slot *s = &p->slot[p->top];
	uint32_t n = 0;
	if (s->split || s->data) {
		while (n < max && ptk_plan_entry_(p, i + n) == 0)
			n++;
		return n;
	}
	return max;
}

int64_t ptk_plan_count_(const struct ptk_plan *p, const struct slot *s, uint32_t first, uint64_t n)
{
	int64_t live = 0;
	for (uint64_t k = 0; k < n; k++)
		live += ptk_plan_load_(p, s->data, first + (uint32_t)k) != 0;
	return live;
}

/* ---- opening ---- */

/* Clear a slot for a table of the level, and make it the innermost. */
static struct slot *push(struct ptk_plan *p, int level, uint64_t table, uint64_t va, uint64_t link)
{
	struct slot *s = &p->slot[level];
	uint8_t *copy = s->copy;
	*s = (struct slot){.table = table, .copy = copy, .va = va, .link = link, .fills = p->fill.n, .edits = p->change.n,
	                   .ntables = p->ntables};
	p->top = level;
	return s;
}

int ptk_plan_open_(struct ptk_plan *p)
{
	int root = p->r.nlevels - 1;
	struct slot *s = push(p, root, p->space.root, 0, 0);
	uint64_t as = (unsigned)root;
	int rc = ptk_set_add_(&p->seen, s->table, &as);
	if (rc >= 0)
		rc = slot_read(p, root);
	return rc < 0 ? rc : 0;
}

static int conflict(struct ptk_plan *p, const struct want *w, enum ptk_conflict_kind kind, uint32_t i, uint64_t other)
{
	uint64_t first = entry_va(p, p->top, i), last = first + plan_size(p, p->top) - 1;
	uint64_t size = last - first;
	struct ptk_conflict c = {
		.kind = kind, .edit = w->edit, .level = (uint8_t)p->top, .has_pa = PTK_NO_PA,
		.first = plan_va(p, first > w->first ? first : w->first), .last = plan_va(p, last < w->last ? last : w->last),
		.has_first = plan_va(p, other), .has_last = plan_va(p, other + size),
	};
	int rc = ptk_plan_conflict_(p, &c);
	return rc < 0 ? rc : 1;
}

/* Whether what a table entry brings to all below it is what the edit wants there. */
static bool brings_wanted(const struct ptk_plan *p, const struct want *w, uint64_t inherit)
{
	if (w->e->op != PTK_EDIT_MAP)
		return true;
	const uint32_t forced = PTK_A_NS | PTK_A_GLOBAL;
	if (inherit & forced & ~w->e->attr.flags)
		return false;
	if (!ptk_plan_by_table_(&p->r, p->top - 1))
		return true;
	uint64_t want = ptk_plan_inherit_(p, p->top, &w->e->attr);
	return INHERIT_GET_KEY(want) == INHERIT_GET_KEY(inherit) && !(want & ~inherit & (PTK_A_NS | PTK_A_KX));
}

/* Every entry of the table just opened must be able to take over what its parent took away. */
static bool can_push(const struct ptk_plan *p, uint64_t inherit)
{
	const struct slot *s = &p->slot[p->top];
	uint64_t out;
	for (uint32_t i = 0; i < plan_entries(p, p->top); i++)
		if (ptk_plan_push_(p, p->top, inherit, ptk_plan_load_(p, s->data, i), &out) < 0)
			return false;
	return true;
}

/* Let the entry that leads to the innermost table take away nothing, and all entries in it do so instead. */
static int loosen(struct ptk_plan *p, const struct want *w, struct ptk_entry *e, uint32_t i)
{
	struct slot *s = &p->slot[p->top];
	uint64_t taken = e->inherit & PTK_A_RIGHTS;
	e->inherit &= ~(uint64_t)PTK_A_RIGHTS;
	if (ptk_entry_encode(&p->r, e, &s->link, NULL) < 0 || !can_push(p, taken)) {
		p->top++;
		return conflict(p, w, PTK_CONFLICT_PARENT, i, s->va);
	}
	s->relink = true;
	s->push = taken;
	s->pend_end = plan_entries(p, p->top);
	return 0;
}

int ptk_plan_enter_(struct ptk_plan *p, const struct want *w, uint32_t i, uint64_t raw)
{
	struct ptk_entry e;
	int level = p->top - 1;
	/* One table in two places, or at two levels (a root that maps itself), cannot be edited as one of them. */
	uint64_t va = entry_va(p, p->top, i), as = va | (unsigned)level, other = as;
	ptk_entry_decode(&p->r, p->top, raw, &e);
	if (ptk_set_has_(&p->gone, e.pa))
		return conflict(p, w, PTK_CONFLICT_SHARED, i, va);
	int rc = ptk_set_add_(&p->seen, e.pa, &other);
	if (rc < 0)
		return rc;
	if (other != as)
		return conflict(p, w, PTK_CONFLICT_SHARED, i, round_down(other, 8));
	if (!w->rules.keep_parents && !brings_wanted(p, w, e.inherit))
		return conflict(p, w, PTK_CONFLICT_PARENT, i, va);
	struct slot *s = push(p, level, e.pa, va, raw);
	if ((rc = slot_read(p, level)) < 0)
		return rc;
	if (p->counting)
		s->live = ptk_plan_count_(p, s, 0, plan_entries(p, level));
	return e.inherit & w->rights && !w->rules.keep_parents ? loosen(p, w, &e, i) : 0;
}

/* Open a new table; paired ones come two at once. */
static int enter_number(struct ptk_plan *p, const struct want *w, uint32_t i, const struct ptk_attr *attr)
{
	bool pair = w->rules.paired && p->top == 1;
	uint64_t link, number, va = entry_va(p, p->top, i), mark = p->ntables;
	int rc = ptk_plan_table_raw_(p, p->top, attr, &w->rules, &link);
	if (rc >= 0)
		rc = ptk_plan_tables_(p, p->top - 1, pair ? 2 : 1, &number);
	if (rc < 0)
		return rc;
	if (pair) {
		struct slot *parent = &p->slot[p->top];
		struct rec rec = {.index = i & ~1u, .count = 2, .run = {.raw = link}, .flags = REC_LINKS,
		                  .target = (uint32_t)number};
		if ((rc = ptk_plan_put_(p, &rec)) < 0)
			return rc;
		parent->mate = i | 1u;
		parent->mate_table = i & 1 ? 0 : (number + 1) | PTK_TABLE_NEW;
		number += i & 1;
	}
	struct slot *s = push(p, p->top - 1, number | PTK_TABLE_NEW, va, link);
	s->linked = pair;
	s->ntables = mark;
	return 0;
}

int ptk_plan_enter_new_(struct ptk_plan *p, const struct want *w, uint32_t i)
{
	/* Both halves of a pair must be free: what is there has no software entries beside it. */
	if (w->rules.paired && p->top == 1 && ptk_plan_entry_(p, i ^ 1))
		return conflict(p, w, PTK_CONFLICT_PARENT, i ^ 1, entry_va(p, 1, i ^ 1));
	return enter_number(p, w, i, &w->e->attr);
}

int ptk_plan_enter_mate_(struct ptk_plan *p)
{
	struct slot *parent = &p->slot[p->top];
	struct slot *s = push(p, p->top - 1, parent->mate_table, entry_va(p, p->top, parent->mate), 0);
	parent->mate_table = 0;
	s->linked = true;
	return 0;
}

int ptk_plan_enter_split_(struct ptk_plan *p, const struct want *w, uint32_t i, uint64_t raw)
{
	struct run run;
	struct ptk_attr attr;
	if (ptk_plan_split_run_(p, p->top, raw, &run, &attr) < 0 || (w->rules.paired && p->top == 1))
		return conflict(p, w, PTK_CONFLICT_BROKEN, i, entry_va(p, p->top, i));
	int rc = enter_number(p, w, i, &attr);
	if (rc < 0)
		return rc;
	struct slot *s = &p->slot[p->top];
	s->split = true;
	s->run = run;
	s->pend_end = plan_entries(p, p->top);
	s->live = s->pend_end;
	/* What the new table's entry brings must suit the edit too: pages of a section share its domain. */
	uint64_t mine = ptk_plan_inherit_(p, p->top + 1, &attr);
	p->top++;
	bool suits = w->rules.keep_parents || brings_wanted(p, w, mine);
	p->top--;
	if (suits)
		return 0;
	p->ntables = s->ntables;
	p->top++;
	return conflict(p, w, PTK_CONFLICT_PARENT, i, entry_va(p, p->top, i));
}

/* ---- closing ---- */

/* Nothing is left in the innermost table: forget what was recorded for it, and let its parent say so. */
static int close_empty(struct ptk_plan *p, uint32_t i)
{
	struct slot *s = &p->slot[p->top];
	p->fill.n = s->fills;
	p->change.n = s->edits;
	p->ntables = s->ntables;
	if (s->data) {
		uint64_t none = 0;
		int rc = ptk_set_add_(&p->gone, s->table, &none);
		if (rc < 0 || (rc = ptk_plan_freed_(p, s->table, p->top, s->va)) < 0)
			return rc;
	}
	p->top++;
	return ptk_plan_entry_(p, i) ? ptk_plan_put_one_(p, i, 0, 0) : 0;
}

static int close(struct ptk_plan *p)
{
	struct slot *s = &p->slot[p->top];
	int rc = ptk_plan_flush_(p, s->pend_end);
	if (rc < 0 || p->top == p->r.nlevels - 1)
		return rc;
	uint32_t i = ptk_level_index(&p->r, p->top + 1, s->va);
	bool drops = s->data ? s->cleared && !p->rules.keep_empty : !s->linked;
	if (s->live == 0 && drops)
		return close_empty(p, i);
	p->top++;
	if (!s->data && !s->linked) {
		struct rec rec = {.index = i, .count = 1, .run = {.raw = s->link}, .flags = REC_LINKS,
		                  .target = (uint32_t)(s->table & ~PTK_TABLE_NEW)};
		rec.flags |= s->split && !s->touched ? REC_PURE : 0;
		return ptk_plan_put_(p, &rec);
	}
	return s->relink ? ptk_plan_put_one_(p, i, s->link, 0) : 0;
}

int ptk_plan_seek_(struct ptk_plan *p, uint64_t va)
{
	for (;;) {
		const struct slot *s = &p->slot[p->top];
		unsigned span = p->r.level[p->top].shift + p->r.level[p->top].bits;
		if (p->top == p->r.nlevels - 1 || va >> span == s->va >> span)
			return 0;
		int rc = close(p);
		if (rc < 0)
			return rc;
	}
}

int ptk_plan_close_(struct ptk_plan *p)
{
	int rc = 0;
	while (rc >= 0 && p->top < p->r.nlevels - 1)
		rc = close(p);
	return rc < 0 ? rc : close(p);
}

/* ---- contiguous groups ---- */

/* A supersection above 4G cannot become sections: its address does not fit them. */
static bool can_loosen(const struct ptk_plan *p, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		struct ptk_entry e;
		ptk_entry_decode(&p->r, p->top, ptk_plan_loosen_(p, p->top, i, ptk_plan_entry_(p, i)), &e);
		if (e.kind == PTK_LEAF && e.attr.flags & PTK_A_CONT)
			return false;
	}
	return true;
}

int ptk_plan_dissolve_(struct ptk_plan *p, const struct want *w, uint32_t i)
{
	struct slot *s = &p->slot[p->top];
	uint32_t n = UINT32_C(1) << p->r.level[p->top].cont_bits, first = i & ~(n - 1);
	if (!can_loosen(p, first, n))
		return conflict(p, w, PTK_CONFLICT_BROKEN, i, entry_va(p, p->top, i));
	int rc = ptk_plan_flush_(p, s->push ? first : s->pend_end);
	s->loose = first;
	s->loose_end = first + n;
	if (!s->push) {
		s->pend = first;
		s->pend_end = first + n;
	}
	return rc;
}

bool ptk_plan_cuts_group_(const struct ptk_plan *p, const struct want *w, uint32_t i, uint64_t raw)
{
	struct ptk_entry e;
	uint32_t n = UINT32_C(1) << p->r.level[p->top].cont_bits;
	if (n == 1)
		return false;
	ptk_entry_decode(&p->r, p->top, raw, &e);
	if (e.kind != PTK_LEAF || !(e.attr.flags & PTK_A_CONT))
		return false;
	uint64_t first = entry_va(p, p->top, i & ~(n - 1)), last = first + plan_bytes(p, p->top, n) - 1;
	return first < w->first || last > w->last;
}

/* ---- whole subtrees ---- */

int ptk_plan_drop_(struct ptk_plan *p, int level, uint64_t raw, uint64_t va)
{
	struct ptk_entry e;
	uint64_t none = 0, other = va;
	int child = level - 1;
	ptk_entry_decode(&p->r, level, raw, &e);
	if (ptk_set_has_(&p->seen, e.pa)) {
		uint64_t last = va + plan_size(p, level) - 1;
		return ptk_plan_conflict_(p, &(struct ptk_conflict){
			.kind = PTK_CONFLICT_SHARED, .edit = p->current, .level = (uint8_t)level, .has_pa = PTK_NO_PA,
			.first = plan_va(p, va), .last = plan_va(p, last), .has_first = plan_va(p, other),
			.has_last = plan_va(p, last)});
	}
	int rc = ptk_set_add_(&p->gone, e.pa, &none);
	if (rc <= 0)
		return rc;
	if ((rc = ptk_plan_freed_(p, e.pa, child, va)) < 0 || child == 0)
		return rc;
	uint8_t *buf = malloc(ptk_table_size(&p->r, child));
	const uint8_t *data;
	rc = buf ? ptk_plan_read_(p, e.pa, child, buf, &data) : PTK_E_NOMEM;
	for (uint32_t i = 0; rc >= 0 && i < plan_entries(p, child); i++) {
		uint64_t entry = ptk_plan_load_(p, data, i);
		if (entry && ptk_entry_kind(&p->r, child, entry) == PTK_TABLE)
			rc = ptk_plan_drop_(p, child, entry, va + ((uint64_t)i << p->r.level[child].shift));
	}
	free(buf);
	return rc;
}

int ptk_plan_hollow_(struct ptk_plan *p, int level, uint64_t raw)
{
	struct ptk_entry e;
	uint64_t none = 0;
	int child = level - 1;
	ptk_entry_decode(&p->r, level, raw, &e);
	if (ptk_set_has_(&p->hollow, e.pa | (unsigned)child))
		return 1;
	uint8_t *buf = malloc(ptk_table_size(&p->r, child));
	const uint8_t *data;
	int rc = buf ? ptk_plan_read_(p, e.pa, child, buf, &data) : PTK_E_NOMEM, is = 1;
	for (uint32_t i = 0; rc >= 0 && is > 0 && i < plan_entries(p, child); i++) {
		uint64_t entry = ptk_plan_load_(p, data, i);
		if (entry)
			is = ptk_entry_kind(&p->r, child, entry) == PTK_TABLE ? ptk_plan_hollow_(p, child, entry) : 0;
	}
	free(buf);
	if (rc >= 0 && is > 0)
		rc = ptk_set_add_(&p->hollow, e.pa | (unsigned)child, &none);
	return rc < 0 ? rc : is;
}
