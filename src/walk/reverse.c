// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Physical to virtual: every space's leaves in one list, sorted by physical address. Thousands of processes make millions
 * of segments, so what few of them differ in (attributes, page size) is kept aside.
 */
#include <stdlib.h>

#include <ptkit/walk.h>

#include "base/err.h"
#include "base/grow.h"
#include "walk/kinds.h"

/* A stretch of leaves; a page that is mapped many times over in a row is one segment. */
struct segment {
	uint64_t first; /* physical */
	uint64_t va;
	uint64_t span; /* bytes of VA, less one */
	uint32_t space;
	uint32_t kind;
};

struct ptk_reverse {
	struct segment *seg;
	uint64_t *reach; /* for each node of the implied tree: the highest last address below it */
	size_t n, room;
	struct kinds kinds;
	struct ptk_extent *only; /* sorted, disjoint; NULL: everything */
	size_t nonly;
	uint32_t *bucket; /* for each stretch of addresses from only[0].first on: the first of only that reaches it */
	unsigned bucket_shift;
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
	ptk_kinds_free_(&rv->kinds);
	free(rv->only);
	free(rv->bucket);
	free(rv->seg);
	free(rv->reach);
	free(rv);
}

/* ---- only some addresses ---- */

#define BUCKET_BITS 12
#define BUCKETS ((size_t)1 << BUCKET_BITS)

static int by_first(const void *pa, const void *pb)
{
	const struct ptk_extent *a = pa, *b = pb;
	return (a->first > b->first) - (a->first < b->first);
}

/* The first from lo to hi that reaches an address; hi: none. */
static size_t search(const struct ptk_reverse *rv, uint64_t first, size_t lo, size_t hi)
{
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (rv->only[mid].last < first)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Every range of every process is looked up: most must be turned down at once. */
static bool make_buckets(struct ptk_reverse *rv)
{
	uint32_t *bucket = calloc(BUCKETS + 1, sizeof *bucket);
	if (!bucket)
		return false;
	free(rv->bucket);
	rv->bucket = bucket;
	rv->bucket_shift = 0;
	const uint64_t span = rv->nonly ? rv->only[rv->nonly - 1].last - rv->only[0].first : 0;
	while (span >> rv->bucket_shift >= BUCKETS)
		rv->bucket_shift++;
	for (size_t b = 0; b < BUCKETS; b++)
		bucket[b] = (uint32_t)search(rv, rv->nonly ? rv->only[0].first + ((uint64_t)b << rv->bucket_shift) : 0, 0, rv->nonly);
	bucket[BUCKETS] = (uint32_t)rv->nonly;
	return true;
}

int ptk_reverse_only(struct ptk_reverse *rv, const struct ptk_extent *wanted, size_t n)
{
	if (rv->nspaces || n > UINT32_MAX)
		return PTK_E_INVAL;
	struct ptk_extent *only = calloc(n + 1, sizeof *only);
	if (!only)
		return PTK_E_NOMEM;
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		only[i] = wanted[i];
	qsort(only, n, sizeof *only, by_first);
	for (size_t i = 0; i < n; i++) {
		struct ptk_extent *before = kept ? &only[kept - 1] : NULL;
		if (before && only[i].first <= before->last)
			before->last = only[i].last > before->last ? only[i].last : before->last;
		else
			only[kept++] = only[i];
	}
	free(rv->only);
	rv->only = only;
	rv->nonly = kept;
	return make_buckets(rv) ? 0 : PTK_E_NOMEM;
}

static bool wanted(const struct ptk_reverse *rv, uint64_t first, uint64_t last)
{
	if (!rv->only)
		return true;
	if (!rv->nonly || last < rv->only[0].first || first > rv->only[rv->nonly - 1].last)
		return false;
	const uint64_t base = rv->only[0].first;
	const size_t b = first > base ? (size_t)((first - base) >> rv->bucket_shift) : 0;
	const size_t hi = rv->bucket[b + 1] < rv->nonly ? rv->bucket[b + 1] + 1ul : rv->nonly;
	const size_t at = search(rv, first, rv->bucket[b], hi);
	return at < rv->nonly && rv->only[at].first <= last;
}

/* ---- adding ---- */

struct adder {
	struct ptk_reverse *rv;
	const struct ptk_regime *r;
};

static bool make_room(struct ptk_reverse *rv)
{
	if (rv->n < rv->room)
		return true;
	size_t room = rv->room ? rv->room + rv->room / 2 : 256;
	struct segment *seg = realloc(rv->seg, room * sizeof *seg);
	if (!seg)
		return false;
	rv->seg = seg;
	rv->room = room;
	return true;
}

static int add_range(void *arg, const struct ptk_range *range)
{
	struct adder *a = arg;
	struct ptk_reverse *rv = a->rv;
	if (range->kind != PTK_LEAF || range->unreadable)
		return 0;
	const uint64_t span = range->last - range->first;
	struct seg_kind kind = {.attr = range->attr, .level = range->level};
	if (range->repeat)
		kind.page = ptk_level_size(a->r, range->level);
	if (!wanted(rv, range->pa, range->pa + (range->repeat ? kind.page - 1 : span)))
		return 0;
	int64_t k = ptk_kinds_index_(&rv->kinds, &kind);
	if (k < 0 || !make_room(rv))
		return PTK_E_NOMEM;
	rv->seg[rv->n++] = (struct segment){
		.first = range->pa, .va = range->first, .span = span, .space = rv->nspaces, .kind = (uint32_t)k};
	return 0;
}

int ptk_reverse_add_window(struct ptk_reverse *rv, const struct ptk_space *s, uint64_t from, uint64_t to,
                           struct ptk_walk_stats *stats, struct ptk_err *err)
{
	const struct ptk_range_opts opts = {.from = from, .to = to, .only_leaves = true};
	struct adder a = {.rv = rv, .r = &s->regime};
	const size_t before = rv->n;
	int rc = ptk_ranges(s, &opts, add_range, &a, stats, err);
	if (rc < 0) {
		rv->n = before;
		return rc == PTK_E_NOMEM ? ptk_err_set_(err, rc, "no memory to index what the space maps") : rc;
	}
	rv->nspaces++;
	rv->sorted = false;
	return 0;
}

int ptk_reverse_add(struct ptk_reverse *rv, const struct ptk_space *s, struct ptk_err *err)
{
	return ptk_reverse_add_window(rv, s, 0, 0, NULL, err);
}

/* ---- sorting ---- */

static const struct seg_kind *kind_of(const struct ptk_reverse *rv, const struct segment *seg)
{
	return &rv->kinds.kind[seg->kind];
}

/* The last physical address of a segment. */
static uint64_t last_of(const struct ptk_reverse *rv, const struct segment *seg)
{
	uint64_t page = kind_of(rv, seg)->page;
	return seg->first + (page ? page - 1 : seg->span);
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
	uint64_t left = fill_reach(rv, lo, mid), right = fill_reach(rv, mid + 1, hi);
	uint64_t reach = last_of(rv, &rv->seg[mid]);
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

/* ---- finding ---- */

struct hits {
	const struct segment **seg;
	size_t n, room;
};

static bool hit(struct hits *h, const struct segment *seg)
{
	const struct segment **more = grow_(h->seg, h->n, &h->room, 16, sizeof *more);
	if (!more)
		return false;
	h->seg = more;
	h->seg[h->n++] = seg;
	return true;
}

/* All segments of a slice that touch first..last: a slice that does not reach it, or starts beyond it, has none. */
static bool collect(const struct ptk_reverse *rv, size_t lo, size_t hi, const struct ptk_extent *ask, struct hits *h)
{
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct segment *seg = &rv->seg[mid];
		if (rv->reach[mid] < ask->first)
			return true;
		if (!collect(rv, lo, mid, ask, h))
			return false;
		if (seg->first > ask->last)
			return true;
		if (last_of(rv, seg) >= ask->first && !hit(h, seg))
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

/* What of a segment was asked for. */
static struct ptk_stretch cut(const struct ptk_reverse *rv, const struct segment *seg, const struct ptk_extent *ask)
{
	const struct seg_kind *kind = kind_of(rv, seg);
	const uint64_t last = last_of(rv, seg);
	const uint64_t skip = ask->first > seg->first ? ask->first - seg->first : 0;
	return (struct ptk_stretch){
		.va = seg->va + skip,
		.pa = seg->first + skip,
		.last = ask->last < last ? ask->last : last,
		.times = kind->page ? seg->span / kind->page + 1 : 1,
		.every = kind->page,
		.attr = kind->attr,
		.space = seg->space,
		.level = kind->level,
	};
}

int ptk_reverse_each(struct ptk_reverse *rv, uint64_t first, uint64_t last, ptk_stretch_fn *fn, void *arg)
{
	const struct ptk_extent ask = {first, last};
	struct hits h = {0};
	int rc = sort(rv);
	if (rc == 0 && !collect(rv, 0, rv->n, &ask, &h))
		rc = PTK_E_NOMEM;
	if (rc == 0 && h.n)
		qsort(h.seg, h.n, sizeof *h.seg, by_space);
	for (size_t i = 0; i < h.n && rc == 0; i++) {
		const struct ptk_stretch stretch = cut(rv, h.seg[i], &ask);
		rc = fn(arg, &stretch);
	}
	free(h.seg);
	return rc < 0 ? rc : 0;
}

/* Where the aliases of one address go. */
struct lister {
	struct ptk_alias *out;
	uint64_t max, total;
};

static int list(void *arg, const struct ptk_stretch *st)
{
	struct lister *l = arg;
	for (uint64_t k = 0; k < st->times && l->total + k < l->max; k++)
		l->out[l->total + k] = (struct ptk_alias){
			.va = st->va + k * st->every,
			.attr = st->attr,
			.space = st->space,
			.level = st->level,
		};
	l->total += st->times;
	return 0;
}

int64_t ptk_reverse_find(struct ptk_reverse *rv, uint64_t pa, struct ptk_alias *out, size_t max)
{
	struct lister l = {.out = out, .max = max};
	int rc = ptk_reverse_each(rv, pa, pa, list, &l);
	return rc < 0 ? rc : (int64_t)l.total;
}
