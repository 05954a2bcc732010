// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Runs merged into ranges: a visitor of the walker. */
#include <string.h>

#include <ptkit/walk.h>

#include "arch/arch.h"
#include "base/bits.h"

#define MEMO_BITS 4

/* Attributes that were worked out before: neighbouring runs mostly differ in their addresses only. */
struct memo {
	uint64_t bits, inherit;
	struct ptk_attr attr;
	uint8_t level;
	bool used;
};

struct lister {
	const struct ptk_regime *r;
	const struct ptk_range_opts *o;
	ptk_range_fn *fn;
	void *arg;
	uint64_t from, to;
	struct ptk_range cur; /* grows until something does not join it */
	bool open;
	struct memo memo[1 << MEMO_BITS];
};

static bool same_attr(const struct ptk_attr *a, const struct ptk_attr *b)
{
	return a->flags == b->flags && a->mem == b->mem && a->memidx == b->memidx && a->share == b->share &&
	       a->key == b->key && a->sw == b->sw;
}

static bool same_why(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool one_page(const struct lister *l, const struct ptk_range *range)
{
	return range->last - range->first == ptk_level_size(l->r, range->level) - 1;
}

/* Whether the addresses of b follow on from a's; or both are one page, repeated (which a will say from now on). */
static bool joins(const struct lister *l, struct ptk_range *a, const struct ptk_range *b)
{
	if (a->kind != PTK_LEAF)
		return true;
	if (!a->repeat && !b->repeat && a->pa + (a->last - a->first) + 1 == b->pa)
		return true;
	if (a->pa != b->pa || a->level != b->level || !(a->repeat || one_page(l, a)) || !(b->repeat || one_page(l, b)))
		return false;
	a->repeat = true;
	return true;
}

static bool extend(const struct lister *l, struct ptk_range *a, const struct ptk_range *b)
{
	if (a->last == UINT64_MAX || a->last + 1 != b->first)
		return false;
	if (a->kind != b->kind || a->unreadable != b->unreadable || (a->level != b->level && !l->o->join_levels))
		return false;
	if (!same_attr(&a->attr, &b->attr) || !same_why(a->why, b->why) || !joins(l, a, b))
		return false;
	a->last = b->last;
	return true;
}

/* A repeated range that is cut in the middle of a page: what is left of that page, then the whole ones. */
static int emit_cut_page(struct lister *l, struct ptk_range *range, uint64_t skip, uint64_t size)
{
	struct ptk_range cut = *range;
	cut.repeat = false;
	cut.first = l->from;
	cut.last = range->first + round_down(skip, size) + size - 1;
	cut.pa += skip % size;
	range->first = cut.last + 1;
	return l->fn(l->arg, &cut);
}

/* Hand over a range of which some is outside the window. */
static int emit_clipped(struct lister *l, struct ptk_range range)
{
	const uint64_t size = ptk_level_size(l->r, range.level);
	if (range.last < l->from || range.first > l->to)
		return 0;
	range.last = range.last > l->to ? l->to : range.last;
	if (range.first < l->from) {
		const uint64_t skip = l->from - range.first;
		if (range.repeat && skip % size && range.last - l->from >= size - skip % size) {
			int rc = emit_cut_page(l, &range, skip, size);
			if (rc < 0 || rc == PTK_STOP)
				return rc;
		} else {
			range.first = l->from;
			if (range.kind == PTK_LEAF)
				range.pa += range.repeat ? skip % size : skip;
		}
	}
	range.repeat &= range.last - range.first >= size;
	return l->fn(l->arg, &range);
}

/* Hand over the range that is open. */
static int emit(struct lister *l)
{
	if (l->cur.first >= l->from && l->cur.last <= l->to)
		return l->fn(l->arg, &l->cur);
	return emit_clipped(l, l->cur);
}

static int add(struct lister *l, const struct ptk_range *range)
{
	if (l->open && extend(l, &l->cur, range))
		return 0;
	int rc = l->open ? emit(l) : 0;
	l->cur = *range;
	l->open = rc >= 0 && rc != PTK_STOP;
	return rc;
}

static void effective(const struct lister *l, const struct ptk_run *run, const struct ptk_entry *e,
                      struct ptk_attr *out)
{
	ptk_entry_effective(l->r, run->inherit, e, out);
	out->flags &= ~l->o->ignore_flags;
	if (l->o->ignore_sw)
		out->sw = 0;
}

/* Attributes of an ordinary leaf: those of its bits outside the address. */
static const struct ptk_attr *attr_of(struct lister *l, const struct ptk_run *run, const struct ptk_form *form)
{
	const uint64_t bits = run->raw & ~(form->pa_mask | form->hi_mask);
	const uint64_t mixed = (bits ^ run->inherit ^ run->level) * UINT64_C(0x9e3779b97f4a7c15);
	struct memo *m = &l->memo[mixed >> (64 - MEMO_BITS)];
	if (!m->used || m->bits != bits || m->inherit != run->inherit || m->level != run->level) {
		struct ptk_entry e;
		ptk_entry_decode(l->r, run->level, run->raw, &e);
		*m = (struct memo){.bits = bits, .inherit = run->inherit, .level = run->level, .used = true};
		effective(l, run, &e, &m->attr);
	}
	return &m->attr;
}

static int leaves(struct lister *l, const struct ptk_run *run, struct ptk_range *range)
{
	const struct ptk_level *lv = &l->r->level[run->level];
	range->repeat = run->count > 1 && run->step == 0;
	if (form_match(&lv->leaf_form, run->raw)) {
		range->pa = form_pa(&lv->leaf_form, run->raw);
		range->attr = *attr_of(l, run, &lv->leaf_form);
		return add(l, range);
	}
	struct ptk_entry e;
	ptk_entry_decode(l->r, run->level, run->raw, &e);
	effective(l, run, &e, &range->attr);
	range->pa = e.pa + (run->va & (e.span - 1));
	/* Equal entries of a group that each stand for the whole group follow on. */
	if (e.span > ptk_level_size(l->r, run->level))
		range->repeat = false;
	return add(l, range);
}

static int visit(void *arg, const struct ptk_run *run)
{
	struct lister *l = arg;
	if (run->what == PTK_V_TABLE || run->what == PTK_V_TABLE_END)
		return PTK_GO;
	struct ptk_range range = {
		.first = run->va,
		.last = run->va + (((uint64_t)run->count << l->r->level[run->level].shift) - 1),
		.pa = PTK_NO_PA,
		.kind = run->kind,
		.level = run->level,
	};
	if (run->what != PTK_V_ENTRIES) {
		range.kind = PTK_NONE;
		range.unreadable = true;
		range.why = run->what == PTK_V_REFUSED ? "the tables multiply: too many to list" : ptk_strerror(run->error);
		return add(l, &range);
	}
	if (run->kind == PTK_LEAF)
		return leaves(l, run, &range);
	if (l->o->only_leaves)
		return PTK_GO;
	struct ptk_entry e;
	ptk_entry_decode(l->r, run->level, run->raw, &e);
	const bool ask = l->o->absent && run->kind == PTK_NOT_PRESENT;
	const char *why = ask ? l->o->absent(l->o->absent_arg, run->va, run->level, run->raw) : NULL;
	range.why = why ? why : e.why;
	return add(l, &range);
}

int ptk_ranges(const struct ptk_space *s, const struct ptk_range_opts *opts, ptk_range_fn *fn, void *arg,
               struct ptk_walk_stats *stats, struct ptk_err *err)
{
	struct lister l = {.r = &s->regime, .o = opts, .fn = fn, .arg = arg, .from = opts->from, .to = opts->to};
	if (!l.from && !l.to) {
		l.from = s->first;
		l.to = s->last;
	}
	const struct ptk_walk_opts walk = {
		.join = PTK_JOIN_CONTIGUOUS,
		.from = opts->from,
		.to = opts->to,
		.max_again = opts->max_again,
	};
	int rc = ptk_walk_space(s, &walk, visit, &l, stats, err);
	if (rc >= 0 && l.open)
		rc = emit(&l);
	return rc < 0 ? rc : 0;
}
