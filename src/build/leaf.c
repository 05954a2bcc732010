// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Values of entries: leaves for edits, and what becomes of entries that are split, dissolved or loosened. */
#include <string.h>

#include "arch/arch.h"
#include "base/bits.h"
#include "base/err.h"
#include "build/plan.h"

/*
 * Short descriptors keep the domain, the security state and PXN of pages in the entry of their
 * table (DDI 0406C B3.5.1).
 */
bool ptk_plan_by_table_(const struct ptk_regime *r, int level)
{
	return level == 0 && r->entry_shift == 2 && strcmp(ptk_regime_arch(r), "arm") == 0;
}

/* An address in the places where a form keeps it. */
static uint64_t form_put(const struct ptk_form *f, uint64_t pa)
{
	return ((pa >> f->pa_shift) & f->pa_mask) | ((pa >> f->hi_shift) & f->hi_mask);
}

/* What a leaf of these attributes says itself. */
static struct ptk_attr own_attr(const struct ptk_regime *r, int level, const struct ptk_attr *attr)
{
	struct ptk_attr own = *attr;
	if (ptk_plan_by_table_(r, level)) {
		own.flags &= ~(uint32_t)PTK_A_NS;
		if (own.flags & PTK_A_UX)
			own.flags |= PTK_A_KX;
		own.key = 0;
	}
	return own;
}

int ptk_plan_encode_(const struct ptk_regime *r, int level, const struct ptk_attr *attr, uint64_t extra, bool cont,
                     uint64_t pa, uint64_t *raw, struct ptk_err *err)
{
	struct ptk_entry e = {.pa = pa, .attr = own_attr(r, level, attr), .kind = PTK_LEAF, .level = (uint8_t)level,
	                      .extra = extra};
	e.attr.flags &= ~(uint32_t)PTK_A_CONT;
	if (cont)
		e.attr.flags |= PTK_A_CONT;
	int rc = ptk_entry_encode(r, &e, raw, err);
	if (rc < 0)
		return rc;
	/* A supersection has no domain but 0, and says nothing of it. */
	struct ptk_entry back;
	ptk_entry_decode(r, level, *raw, &back);
	if (back.kind != PTK_LEAF || back.attr.key != e.attr.key)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s cannot express these attributes", r->name);
	return 0;
}

/* ---- leaves of a map ---- */

static int make_mould(struct ptk_plan *p, const struct want *w, int level, bool cont, struct mould *m)
{
	const struct ptk_regime *r = &p->r;
	struct ptk_entry e;
	if (w->e->op == PTK_EDIT_MARK) {
		*m = (struct mould){.have = true, .raw = w->e->mark};
		return 0;
	}
	uint64_t raw, next, unit = plan_size(p, level);
	int rc = ptk_plan_encode_(r, level, &w->e->attr, 0, cont, 0, &raw, p->err);
	if (rc < 0)
		return rc;
	raw |= w->e->raw_value;
	ptk_entry_decode(r, level, raw, &e);
	if (e.kind != PTK_LEAF || e.pa != 0)
		return ptk_err_set_(p->err, PTK_E_INVAL, "the additional bits 0x%llx change what the entry is",
		                    (unsigned long long)w->e->raw_value);
	uint8_t group = e.span > unit ? r->level[level].cont_bits : 0;
	if ((rc = ptk_plan_encode_(r, level, &w->e->attr, 0, cont, unit << group, &next, p->err)) < 0)
		return rc;
	*m = (struct mould){.have = true, .group = group, .raw = raw, .step = (next | w->e->raw_value) - raw,
	                    .formed = !group && form_match(&r->level[level].leaf_form, raw)};
	return 0;
}

static int mould_for(struct ptk_plan *p, const struct want *w, int level, bool cont, const struct mould **out)
{
	uint64_t bits = w->e->op == PTK_EDIT_MARK ? w->e->mark : w->e->raw_value;
	if (p->mould_op != w->e->op || p->mould_bits != bits || memcmp(&p->mould_attr, &w->e->attr, sizeof p->mould_attr)) {
		memset(p->mould, 0, sizeof p->mould);
		p->mould_op = w->e->op;
		p->mould_bits = bits;
		p->mould_attr = w->e->attr;
	}
	struct mould *m = &p->mould[level][cont];
	*out = m;
	return m->have ? 0 : make_mould(p, w, level, cont, m);
}

/* The last address, and where a step does not carry into the bits above. */
static void reach(const struct ptk_regime *r, int level, const struct mould *m, uint64_t *last, uint64_t *carry)
{
	const struct ptk_form *f = &r->level[level].leaf_form;
	uint64_t high = f->hi_mask << f->hi_shift;
	*last = low_bits(r->pa_bits);
	*carry = 0;
	if (m->formed) {
		*last &= f->pa_mask << f->pa_shift | high | low_bits(r->level[level].shift);
		*carry = high & -high;
	} else if (m->group) {
		*carry = BIT(32); /* supersections keep PA[39:32] elsewhere */
	}
}

/* Levels at which a leaf can say what the edit wants, and reach the piece's memory. */
static int expressible(struct ptk_plan *p, const struct want *w, int level, bool cont, uint64_t pa_last, bool *is)
{
	const struct mould *m;
	struct ptk_err *err = p->err;
	bool needed = level == 0 && !cont;
	p->err = needed ? err : NULL; /* blocks may fail in silence */
	int rc = mould_for(p, w, level, cont, &m);
	p->err = err;
	*is = rc >= 0;
	if (rc < 0)
		return needed || rc == PTK_E_NOMEM ? rc : 0;
	uint64_t last, carry;
	reach(&p->r, level, m, &last, &carry);
	*is = pa_last <= last;
	return 0;
}

int ptk_plan_levels_(struct ptk_plan *p, struct want *w)
{
	uint64_t pa_last = w->pa + w->last;
	uint32_t leaf = 0, cont = 0;
	for (int l = 0; l < p->r.nlevels; l++) {
		bool is;
		int rc = w->leaf >> l & 1 ? expressible(p, w, l, false, pa_last, &is) : (is = false, 0);
		if (rc < 0)
			return rc;
		leaf |= (uint32_t)is << l;
		rc = w->cont >> l & 1 ? expressible(p, w, l, true, pa_last, &is) : (is = false, 0);
		if (rc < 0)
			return rc;
		cont |= (uint32_t)is << l;
	}
	w->leaf = leaf;
	w->cont = cont;
	return 0;
}

static int leaf_value(struct ptk_plan *p, const struct want *w, int level, bool cont, const struct mould *m, uint64_t pa,
                      uint64_t *raw)
{
	*raw = m->raw;
	if (w->e->op == PTK_EDIT_MARK)
		return 0;
	if (m->formed) {
		*raw |= form_put(&p->r.level[level].leaf_form, pa);
		return 0;
	}
	int rc = ptk_plan_encode_(&p->r, level, &w->e->attr, 0, cont, pa, raw, p->err);
	*raw |= w->e->raw_value;
	return rc;
}

int ptk_plan_leaf_(struct ptk_plan *p, const struct want *w, int level, bool cont, uint64_t va, uint64_t *raw)
{
	const struct mould *m;
	int rc = mould_for(p, w, level, cont, &m);
	if (rc < 0)
		return rc;
	uint64_t pa = w->pa + va;
	if (m->group)
		pa = round_down(pa, plan_size(p, level) << m->group);
	return leaf_value(p, w, level, cont, m, pa, raw);
}

/* n leaves that are all in groups, or all not. */
static int same_leaves(struct ptk_plan *p, const struct want *w, int level, bool cont, struct rec *rec, uint64_t n,
                       uint64_t va, int (*record)(struct ptk_plan *p, const struct rec *rec))
{
	const struct mould *m;
	uint64_t last, carry;
	unsigned shift = p->r.level[level].shift;
	int rc = mould_for(p, w, level, cont, &m);
	if (rc < 0)
		return rc;
	reach(&p->r, level, m, &last, &carry);
	rec->flags = w->e->op == PTK_EDIT_MARK ? 0 : cont ? REC_LEAF | REC_CONT : REC_LEAF;
	while (n) {
		uint64_t pa = w->pa + va, count = n;
		if (carry && count > (carry - (pa & (carry - 1))) >> shift)
			count = (carry - (pa & (carry - 1))) >> shift;
		rec->count = count;
		rec->run = (struct run){.step = m->step, .group = m->group};
		rc = leaf_value(p, w, level, cont, m, pa, &rec->run.raw);
		if (rc < 0 || (rc = record(p, rec)) < 0)
			return rc;
		n -= count;
		va += count << shift;
		rec->index += (uint32_t)count;
	}
	return 0;
}

int ptk_plan_leaves_(struct ptk_plan *p, const struct want *w, int level, uint64_t table, uint32_t index, uint64_t n,
                     uint64_t va, int (*record)(struct ptk_plan *p, const struct rec *rec))
{
	struct rec rec = {.table = table, .index = index, .level = (uint8_t)level};
	uint64_t group = BIT(p->r.level[level].cont_bits), head = -(uint64_t)index & (group - 1);
	if (!(w->cont >> level & 1) || head >= n || n - head < group)
		return same_leaves(p, w, level, false, &rec, n, va, record);
	uint64_t body = round_down(n - head, group), tail = n - head - body;
	unsigned shift = p->r.level[level].shift;
	int rc = head ? same_leaves(p, w, level, false, &rec, head, va, record) : 0;
	if (rc >= 0)
		rc = same_leaves(p, w, level, true, &rec, body, va + (head << shift), record);
	if (rc >= 0 && tail)
		rc = same_leaves(p, w, level, false, &rec, tail, va + ((head + body) << shift), record);
	return rc;
}

/* ---- changes of entries ---- */

uint64_t ptk_plan_loosen_(const struct ptk_plan *p, int level, uint32_t index, uint64_t raw)
{
	struct ptk_entry e;
	uint64_t out;
	ptk_entry_decode(&p->r, level, raw, &e);
	if (e.kind != PTK_LEAF || !(e.attr.flags & PTK_A_CONT))
		return raw;
	uint64_t unit = plan_size(p, level);
	if (e.span > unit) /* all entries of the group hold its address */
		e.pa += (uint64_t)(index & (low_bits(p->r.level[level].cont_bits))) * unit;
	int rc = ptk_plan_encode_(&p->r, level, &e.attr, e.extra, false, e.pa, &out, NULL);
	return rc < 0 ? raw : out;
}

int ptk_plan_split_run_(const struct ptk_plan *p, int level, uint64_t raw, struct run *run, struct ptk_attr *attr)
{
	struct ptk_entry e;
	int child = level - 1;
	ptk_entry_decode(&p->r, level, raw, &e);
	*attr = e.attr;
	if (e.kind == PTK_NOT_PRESENT && ptk_entry_kind(&p->r, child, raw) == PTK_NOT_PRESENT) {
		*run = (struct run){.raw = raw};
		return 0;
	}
	if (e.kind != PTK_LEAF || !p->r.level[child].leaf)
		return PTK_E_INVAL;
	uint64_t first, second;
	int rc = ptk_plan_encode_(&p->r, child, &e.attr, e.extra, false, e.pa, &first, NULL);
	if (rc >= 0)
		rc = ptk_plan_encode_(&p->r, child, &e.attr, e.extra, false, e.pa + plan_size(p, child), &second, NULL);
	if (rc < 0)
		return rc;
	*run = (struct run){.raw = first, .step = second - first};
	return 0;
}

int ptk_plan_push_(const struct ptk_plan *p, int level, uint64_t inherit, uint64_t raw, uint64_t *out)
{
	struct ptk_entry e;
	ptk_entry_decode(&p->r, level, raw, &e);
	if (e.kind == PTK_TABLE)
		e.inherit |= inherit;
	else if (e.kind == PTK_LEAF)
		e.attr.flags &= ~ptk_inherit_flags(inherit);
	else
		return *out = raw, 0;
	return ptk_entry_encode(&p->r, &e, out, NULL);
}

int ptk_plan_protect_(struct ptk_plan *p, const struct ptk_edit *e, int level, uint64_t raw, uint64_t *out)
{
	struct ptk_entry old, now;
	uint64_t value;
	ptk_entry_decode(&p->r, level, raw, &old);
	now = old;
	now.attr.flags = (old.attr.flags & ~e->mask.flags) | (e->attr.flags & e->mask.flags);
	now.attr.sw = (uint16_t)((old.attr.sw & ~e->mask.sw) | (e->attr.sw & e->mask.sw));
	if (e->mask.mem) {
		now.attr.mem = e->attr.mem;
		now.attr.memidx = e->attr.memidx;
	}
	if (e->mask.share)
		now.attr.share = e->attr.share;
	if (e->mask.key)
		now.attr.key = e->attr.key;
	int rc = ptk_entry_encode(&p->r, &now, &value, p->err);
	if (rc < 0)
		return rc;
	value = (value & ~e->raw_mask) | (e->raw_value & e->raw_mask);
	ptk_entry_decode(&p->r, level, value, &now);
	if (now.kind != PTK_LEAF || now.pa != old.pa || now.span != old.span)
		return ptk_err_set_(p->err, PTK_E_INVAL, "the raw mask 0x%llx reaches beyond attributes",
		                    (unsigned long long)e->raw_mask);
	if (e->mask.key && now.attr.key != e->attr.key)
		return ptk_err_set_(p->err, PTK_E_NOTSUP, "%s: the domain is not this entry's to say", p->r.name);
	*out = value;
	return 0;
}

/* ---- entries that point to tables ---- */

uint64_t ptk_plan_inherit_(const struct ptk_plan *p, int level, const struct ptk_attr *attr)
{
	if (!ptk_plan_by_table_(&p->r, level - 1))
		return 0;
	uint64_t inherit = INHERIT_KEY(attr->key) | (attr->flags & PTK_A_NS);
	if (attr->flags & PTK_A_UX && !(attr->flags & PTK_A_KX))
		inherit |= PTK_A_KX;
	return inherit;
}

int ptk_plan_table_raw_(struct ptk_plan *p, int level, const struct ptk_attr *attr, const struct ptk_rules *rules,
                        uint64_t *raw)
{
	struct ptk_entry e = {.kind = PTK_TABLE, .level = (uint8_t)level, .extra = rules->extra[level],
	                      .inherit = ptk_plan_inherit_(p, level, attr) | rules->inherit[level]};
	e.attr.flags = (attr->flags & PTK_A_ENC) | (rules->accessed >> level & 1 ? PTK_A_ACCESSED : 0);
	return ptk_entry_encode(&p->r, &e, raw, p->err);
}

uint64_t ptk_plan_link_(const struct ptk_regime *r, int level, uint64_t raw, uint64_t pa)
{
	return raw | form_put(&r->level[level].table_form, pa);
}
