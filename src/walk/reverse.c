// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Physical to virtual: every space's leaves in one list, sorted by physical address. */
#include <stdlib.h>

#include <ptkit/walk.h>

#include "base/err.h"

/* A stretch of leaves; a page that is mapped many times over in a row is one segment. */
struct segment {
	uint64_t first, last; /* physical, inclusive */
	uint64_t va;
	uint64_t times;       /* how often it follows on itself, 1 for all but repeated pages */
	struct ptk_attr attr;
	uint32_t space;
	uint8_t level;
};

struct ptk_reverse {
	struct segment *seg;
	uint64_t *reach; /* for each node of the implied tree: the highest `last` below it */
	size_t n, room;
	uint32_t nspaces;
	bool sorted;
};

int ptk_reverse_new(struct ptk_reverse **out)
{
	struct ptk_reverse *rv = calloc(1, sizeof *rv);
	if (!rv)
		return PTK_E_NOMEM;
	*out = rv;
	return 0;
}

void ptk_reverse_free(struct ptk_reverse *rv)
{
	if (!rv)
		return;
	free(rv->seg);
	free(rv->reach);
	free(rv);
}

struct adder {
	struct ptk_reverse *rv;
	const struct ptk_regime *r;
};

static int add_range(void *arg, const struct ptk_range *range)
{
	struct adder *a = arg;
	struct ptk_reverse *rv = a->rv;
	if (range->kind != PTK_LEAF)
		return 0;
	if (rv->n == rv->room) {
		size_t room = rv->room ? rv->room * 2 : 256;
		struct segment *seg = realloc(rv->seg, room * sizeof *seg);
		if (!seg)
			return PTK_E_NOMEM;
		rv->seg = seg;
		rv->room = room;
	}
	const uint64_t length = range->last - range->first, page = ptk_level_size(a->r, range->level);
	rv->seg[rv->n++] = (struct segment){
		.first = range->pa,
		.last = range->pa + (range->repeat ? page - 1 : length),
		.va = range->first,
		.times = range->repeat ? length / page + 1 : 1,
		.attr = range->attr,
		.space = rv->nspaces,
		.level = range->level,
	};
	return 0;
}

int ptk_reverse_add(struct ptk_reverse *rv, const struct ptk_space *s, struct ptk_err *err)
{
	const struct ptk_range_opts opts = {.only_leaves = true};
	struct adder a = {.rv = rv, .r = &s->regime};
	const size_t before = rv->n;
	int rc = ptk_ranges(s, &opts, add_range, &a, NULL, err);
	if (rc < 0) {
		rv->n = before;
		return rc == PTK_E_NOMEM ? ptk_err_set_(err, rc, "no memory to index what the space maps") : rc;
	}
	rv->nspaces++;
	rv->sorted = false;
	return 0;
}

static int by_address(const void *pa, const void *pb)
{
	const struct segment *a = pa, *b = pb;
	return (a->first > b->first) - (a->first < b->first);
}

/*
 * The implied tree over a sorted slice: its middle is the node, what is left and right of it are the
 * subtrees. Bottom up, each node learns how far anything in its slice reaches. The depth is log2(n).
 */
static uint64_t fill_reach(struct ptk_reverse *rv, size_t lo, size_t hi)
{
	if (lo >= hi)
		return 0;
	size_t mid = lo + (hi - lo) / 2;
	uint64_t left = fill_reach(rv, lo, mid), right = fill_reach(rv, mid + 1, hi), reach = rv->seg[mid].last;
	reach = left > reach ? left : reach;
	return rv->reach[mid] = right > reach ? right : reach;
}

static int sort(struct ptk_reverse *rv)
{
	if (rv->sorted || !rv->n)
		return 0;
	uint64_t *reach = realloc(rv->reach, rv->n * sizeof *reach);
	if (!reach)
		return PTK_E_NOMEM;
	rv->reach = reach;
	qsort(rv->seg, rv->n, sizeof *rv->seg, by_address);
	fill_reach(rv, 0, rv->n);
	rv->sorted = true;
	return 0;
}

struct hits {
	const struct segment **seg;
	size_t n, room;
};

static bool hit(struct hits *h, const struct segment *seg)
{
	if (h->n == h->room) {
		size_t room = h->room ? h->room * 2 : 16;
		const struct segment **more = realloc(h->seg, room * sizeof *more);
		if (!more)
			return false;
		h->seg = more;
		h->room = room;
	}
	h->seg[h->n++] = seg;
	return true;
}

/* All segments of a slice that hold pa: a slice that does not reach pa, or starts beyond it, has none. */
static bool collect(const struct ptk_reverse *rv, size_t lo, size_t hi, uint64_t pa, struct hits *h)
{
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct segment *seg = &rv->seg[mid];
		if (rv->reach[mid] < pa)
			return true;
		if (!collect(rv, lo, mid, pa, h))
			return false;
		if (seg->first > pa)
			return true;
		if (seg->last >= pa && !hit(h, seg))
			return false;
		lo = mid + 1;
	}
	return true;
}

static int by_space(const void *pa, const void *pb)
{
	const struct segment *a = *(const struct segment *const *)pa, *b = *(const struct segment *const *)pb;
	if (a->space != b->space)
		return a->space < b->space ? -1 : 1;
	return (a->va > b->va) - (a->va < b->va);
}

int64_t ptk_reverse_find(struct ptk_reverse *rv, uint64_t pa, struct ptk_alias *out, size_t max)
{
	struct hits h = {0};
	int rc = sort(rv);
	if (rc < 0)
		return rc;
	if (!collect(rv, 0, rv->n, pa, &h)) {
		free(h.seg);
		return PTK_E_NOMEM;
	}
	if (h.n)
		qsort(h.seg, h.n, sizeof *h.seg, by_space);
	uint64_t total = 0;
	for (size_t i = 0; i < h.n; i++) {
		const struct segment *seg = h.seg[i];
		const uint64_t size = seg->last - seg->first + 1;
		for (uint64_t k = 0; k < seg->times && total + k < max; k++)
			out[total + k] = (struct ptk_alias){
				.va = seg->va + k * size + (pa - seg->first),
				.attr = seg->attr,
				.space = seg->space,
				.level = seg->level,
			};
		total += seg->times;
	}
	free(h.seg);
	return (int64_t)total;
}
