// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Collecting pieces of mapped files into sorted, disjoint ones. */
#include "mem/mem.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

struct ptk_blob *ptk_mem_own_(struct ptk_mem *mem, const struct ptk_blob *blob)
{
	struct ptk_blob gone = *blob, *copy = malloc(sizeof *copy);
	struct ptk_blob **more = realloc(mem->blob, (mem->nblobs + 1) * sizeof *more);
	if (more)
		mem->blob = more;
	if (!more || !copy) {
		free(copy);
		ptk_blob_close_(&gone);
		return NULL;
	}
	*copy = *blob;
	mem->blob[mem->nblobs++] = copy;
	return copy;
}

int ptk_mem_add_(struct ptk_mem *mem, uint64_t pa, const uint8_t *data, uint64_t size)
{
	size_t n = mem->npieces;
	/* Grow at 0 and at each power of two. */
	if ((n & (n - 1)) == 0) {
		struct ptk_piece *more = realloc(mem->piece, (n ? 2 * n : 1) * sizeof *more);
		if (!more)
			return PTK_E_NOMEM;
		mem->piece = more;
	}
	mem->piece[mem->npieces++] = (struct ptk_piece){pa, pa + (size - 1), data};
	return 0;
}

/* A piece as the sweep sees it: its place in the file decides who wins. */
struct entrant {
	struct ptk_piece p;
	size_t order;
};

static int by_first(const void *a, const void *b)
{
	const struct entrant *x = a, *y = b;
	if (x->p.first != y->p.first)
		return x->p.first < y->p.first ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* A binary heap of entrants, the earliest in the file on top. */
struct heap {
	const struct entrant **at;
	size_t n;
};

static void heap_push(struct heap *h, const struct entrant *e)
{
	size_t i = h->n++;
	for (; i && h->at[(i - 1) / 2]->order > e->order; i = (i - 1) / 2)
		h->at[i] = h->at[(i - 1) / 2];
	h->at[i] = e;
}

static void heap_pop(struct heap *h)
{
	const struct entrant *e = h->at[--h->n];
	size_t i = 0;
	for (;;) {
		size_t c = 2 * i + 1;
		if (c >= h->n)
			break;
		if (c + 1 < h->n && h->at[c + 1]->order < h->at[c]->order)
			c++;
		if (h->at[c]->order > e->order)
			break;
		h->at[i] = h->at[c];
		i = c;
	}
	h->at[i] = e;
}

/* Append a piece, joined to the one before if it goes on there in both memories. */
static size_t emit(struct ptk_piece *out, size_t n, const struct ptk_piece *src, uint64_t first, uint64_t last)
{
	const uint8_t *data = src->data + (first - src->first);
	if (n && first - 1 == out[n - 1].last && out[n - 1].data + (first - out[n - 1].first) == data) {
		out[n - 1].last = last;
		return n;
	}
	out[n] = (struct ptk_piece){first, last, data};
	return n + 1;
}

/*
 * Sweep over the sorted entrants. Between two neighbouring borders the entrant on top of the heap
 * owns the memory; those that have ended are dropped when they come to the top.
 */
static size_t sweep(const struct entrant *in, size_t n, struct heap *h, struct ptk_piece *out)
{
	size_t k = 0, i = 0;
	uint64_t at = 0;
	while (i < n || h->n) {
		if (!h->n)
			at = in[i].p.first;
		while (i < n && in[i].p.first <= at)
			heap_push(h, &in[i++]);
		const struct entrant *top = h->at[0];
		if (top->p.last < at) {
			heap_pop(h);
			continue;
		}
		uint64_t last = top->p.last;
		if (i < n && in[i].p.first <= last)
			last = in[i].p.first - 1;
		k = emit(out, k, &top->p, at, last);
		if (last == UINT64_MAX)
			break;
		at = last + 1;
	}
	return k;
}

static int extents_of_pieces(struct ptk_mem *mem)
{
	struct ptk_extent *e = malloc((mem->npieces ? mem->npieces : 1) * sizeof *e);
	if (!e)
		return PTK_E_NOMEM;
	for (size_t i = 0; i < mem->npieces; i++)
		e[i] = (struct ptk_extent){mem->piece[i].first, mem->piece[i].last};
	int r = ptk_mem_set_extents_(mem, e, mem->npieces);
	free(e);
	return r;
}

/* Where a piece's byte 0 would be, so that equal ones show the same bytes at the same addresses. */
static uintptr_t origin(const struct entrant *e)
{
	return (uintptr_t)e->p.data - (uintptr_t)e->p.first;
}

static int by_origin(const void *a, const void *b)
{
	const struct entrant *x = a, *y = b;
	if (origin(x) != origin(y))
		return origin(x) < origin(y) ? -1 : 1;
	return by_first(a, b);
}

/* Bytes claimed, each once per origin, saturating. Leaves the list sorted by origin. */
static uint64_t claimed(struct entrant *in, size_t n)
{
	uint64_t sum = 0, from = 0;
	bool full = false; /* the origin's pieces have reached the end of the space */
	qsort(in, n, sizeof *in, by_origin);
	for (size_t i = 0; i < n; i++) {
		const struct ptk_piece *p = &in[i].p;
		if (i == 0 || origin(&in[i]) != origin(&in[i - 1])) {
			from = 0;
			full = false;
		}
		uint64_t first = p->first > from ? p->first : from;
		if (full || p->last < first)
			continue;
		if (!add_ok(sum, p->last - first + 1, &sum))
			return UINT64_MAX;
		from = p->last + 1;
		full = from == 0;
	}
	return sum;
}

static uint64_t held(const struct ptk_mem *mem)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < mem->npieces; i++)
		sum += mem->piece[i].last - mem->piece[i].first + 1;
	return sum;
}

int ptk_mem_seal_(struct ptk_mem *mem, uint64_t *overlap)
{
	size_t n = mem->npieces;
	*overlap = 0;
	if (n == 0)
		return ptk_mem_set_extents_(mem, NULL, 0);
	struct entrant *in = calloc(n, sizeof *in);
	struct heap h = {calloc(n, sizeof *h.at), 0};
	/* Each border begins at most one piece, and n entrants have 2n borders. */
	struct ptk_piece *out = calloc(2 * n, sizeof *out);
	int r = PTK_E_NOMEM;
	if (in && h.at && out) {
		for (size_t i = 0; i < n; i++)
			in[i] = (struct entrant){mem->piece[i], i};
		uint64_t before = claimed(in, n);
		qsort(in, n, sizeof *in, by_first);
		free(mem->piece);
		mem->npieces = sweep(in, n, &h, out);
		mem->piece = out;
		out = NULL;
		*overlap = before - held(mem);
		r = extents_of_pieces(mem);
	}
	free(in);
	free(h.at);
	free(out);
	return r;
}
