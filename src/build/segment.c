// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Edits become pieces: checked, disjoint, in address order. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "build/plan.h"

/* ---- one edit by itself ---- */

static int bad(struct ptk_plan *p, size_t i, int code, const char *why)
{
	const struct ptk_edit *e = &p->edit[i];
	ptk_err_set_(p->err, code, "edit %zu%s%s [0x%llx, 0x%llx]: %s", i, e->name ? " " : "", e->name ? e->name : "",
	             (unsigned long long)e->first, (unsigned long long)e->last, why);
	ptk_err_at_(p->err, e->first, -1);
	return code;
}

static int check_memory(struct ptk_plan *p, size_t i, uint64_t page)
{
	struct ptk_edit *e = &p->edit[i];
	uint64_t pa_last;
	if (e->op == PTK_EDIT_MARK && ptk_entry_kind(&p->r, 0, e->mark) != PTK_NOT_PRESENT)
		return bad(p, i, PTK_E_INVAL, "hardware would not see the mark as not present");
	if (e->op != PTK_EDIT_MAP)
		return 0;
	if (!is_aligned(e->pa, page))
		return bad(p, i, PTK_E_INVAL, "the physical address is not the start of a page");
	if (!add_ok(e->pa, e->last - e->first, &pa_last) || pa_last > low_bits(p->r.pa_bits))
		return bad(p, i, PTK_E_RANGE, "physical addresses do not reach that far");
	return 0;
}

static int check(struct ptk_plan *p, size_t i)
{
	struct ptk_edit *e = &p->edit[i];
	uint64_t page = plan_size(p, 0);
	if ((unsigned)e->op > PTK_EDIT_COLLAPSE)
		return bad(p, i, PTK_E_INVAL, "no such operation");
	if (e->last < e->first)
		return bad(p, i, PTK_E_INVAL, "it ends before it begins");
	if (e->flags & PTK_EDIT_ROUND) {
		if (e->op == PTK_EDIT_MAP && (e->pa ^ e->first) & (page - 1))
			return bad(p, i, PTK_E_INVAL, "virtual and physical address lie differently in their pages");
		e->first = round_down(e->first, page);
		e->pa = round_down(e->pa, page);
		e->last |= page - 1;
	}
	if (!is_aligned(e->first, page) || !is_aligned(e->last + 1, page))
		return bad(p, i, PTK_E_INVAL, "it does not consist of whole pages");
	if (e->max_unit && e->max_unit < page)
		return bad(p, i, PTK_E_INVAL, "the largest unit is smaller than a page");
	uint64_t span = low_bits(p->r.va_bits), first = e->first & span, last = e->last & span;
	if (!ptk_va_valid(&p->r, e->first) || !ptk_va_valid(&p->r, e->last) || last - first != e->last - e->first ||
	    plan_va(p, first) < p->space.first || plan_va(p, last) > p->space.last)
		return bad(p, i, PTK_E_RANGE, "these addresses are not translated here");
	return check_memory(p, i, page);
}

/* ---- many ---- */

static int by_address(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->last != y->last) /* the outer one first */
		return x->last > y->last ? -1 : 1;
	return x->edit < y->edit ? -1 : x->edit > y->edit;
}

static int clash(struct ptk_plan *p, const struct piece *a, const struct piece *b)
{
	const struct piece *mine = a->edit > b->edit ? a : b, *other = a->edit > b->edit ? b : a;
	uint64_t first = a->first > b->first ? a->first : b->first, last = a->last < b->last ? a->last : b->last;
	return ptk_plan_conflict_(p, &(struct ptk_conflict){
		.kind = PTK_CONFLICT_EDITS, .edit = mine->edit, .other = other->edit, .has_pa = PTK_NO_PA,
		.first = plan_va(p, first), .last = plan_va(p, last), .has_first = plan_va(p, other->first),
		.has_last = plan_va(p, other->last)});
}

/* Edits that may not overlap as they do. Sorted; outer pieces come before inner ones. */
static int clashes(struct ptk_plan *p, const struct piece *piece, size_t n)
{
	bool nested = p->opts.overlap == PTK_OVERLAP_NESTED;
	size_t *open = malloc(n * sizeof *open), depth = 0;
	int rc = open ? 0 : PTK_E_NOMEM;
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		while (depth && piece[open[depth - 1]].last < piece[i].first)
			depth--;
		const struct piece *outer = depth ? &piece[open[depth - 1]] : NULL;
		bool equal = outer && outer->first == piece[i].first && outer->last == piece[i].last;
		if (outer && (!nested || equal || outer->last < piece[i].last))
			rc = clash(p, outer, &piece[i]);
		if (!outer || nested || outer->last < piece[i].last)
			open[depth++] = i;
	}
	free(open);
	return rc;
}

struct heap {
	const struct piece **at;
	size_t n;
	enum ptk_overlap rule;
};

static bool wins(const struct heap *h, const struct piece *a, const struct piece *b)
{
	if (h->rule == PTK_OVERLAP_NESTED)
		return a->last - a->first < b->last - b->first;
	return h->rule == PTK_OVERLAP_KEEP ? a->edit < b->edit : a->edit > b->edit;
}

static void heap_push(struct heap *h, const struct piece *x)
{
	size_t i = h->n++;
	for (; i && wins(h, x, h->at[(i - 1) / 2]); i = (i - 1) / 2)
		h->at[i] = h->at[(i - 1) / 2];
	h->at[i] = x;
}

static void heap_pop(struct heap *h)
{
	const struct piece *x = h->at[--h->n];
	size_t i = 0;
	for (size_t k; (k = 2 * i + 1) < h->n; i = k) {
		if (k + 1 < h->n && wins(h, h->at[k + 1], h->at[k]))
			k++;
		if (!wins(h, h->at[k], x))
			break;
		h->at[i] = h->at[k];
	}
	h->at[i] = x;
}

static size_t append(struct piece *out, size_t n, uint64_t first, uint64_t last, uint32_t edit)
{
	if (n && out[n - 1].edit == edit && out[n - 1].last + 1 == first) {
		out[n - 1].last = last;
		return n;
	}
	out[n] = (struct piece){first, last, edit};
	return n + 1;
}

/* Sweep over the starts; the heap holds what is open, the winner on top. Makes at most 2n - 1 pieces. */
static size_t sweep(const struct piece *in, size_t n, struct heap *h, struct piece *out)
{
	size_t made = 0;
	uint64_t at = 0;
	for (size_t i = 0; i < n || h->n;) {
		while (h->n && h->at[0]->last < at)
			heap_pop(h);
		if (!h->n) {
			if (i == n)
				break;
			at = in[i].first;
		}
		for (; i < n && in[i].first == at; i++)
			heap_push(h, &in[i]);
		const struct piece *top = h->at[0];
		uint64_t last = i < n && in[i].first <= top->last ? in[i].first - 1 : top->last;
		made = append(out, made, at, last, top->edit);
		at = last + 1;
	}
	return made;
}

static int settle(struct ptk_plan *p, struct piece *piece, size_t n)
{
	struct heap h = {.rule = p->opts.overlap, .at = calloc(n, sizeof *h.at)};
	struct piece *out = calloc(2 * n, sizeof *out);
	if (h.at && out) {
		p->npieces = sweep(piece, n, &h, out);
		p->piece = out;
		out = piece;
	}
	free(h.at);
	int rc = p->piece == piece ? PTK_E_NOMEM : 0;
	free(out);
	return rc;
}

int ptk_plan_pieces_(struct ptk_plan *p)
{
	size_t n = p->nedits;
	bool sorted = true, disjoint = true;
	p->piece = calloc(n ? n : 1, sizeof *p->piece);
	if (!p->piece)
		return PTK_E_NOMEM;
	p->npieces = n;
	for (size_t i = 0; i < n; i++) {
		int rc = check(p, i);
		if (rc < 0)
			return rc;
		uint64_t first = p->edit[i].first & low_bits(p->r.va_bits);
		p->piece[i] = (struct piece){first, first + (p->edit[i].last - p->edit[i].first), (uint32_t)i};
		sorted &= !i || p->piece[i - 1].first < first;
	}
	if (!sorted)
		qsort(p->piece, n, sizeof *p->piece, by_address);
	for (size_t i = 1; i < n; i++)
		disjoint &= p->piece[i - 1].last < p->piece[i].first;
	if (disjoint)
		return 0;
	bool strict = p->opts.overlap == PTK_OVERLAP_ERROR || p->opts.overlap == PTK_OVERLAP_NESTED;
	int rc = strict ? clashes(p, p->piece, n) : 0;
	return rc < 0 || p->opts.overlap == PTK_OVERLAP_ERROR ? rc : settle(p, p->piece, n);
}
