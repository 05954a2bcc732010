// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Where tables come from: a region, a pool, the caller. */
#include "build/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/grow.h"

/* Pieces of one size that were given back. */
struct bin {
	uint64_t *pa;
	size_t n, room;
};

struct ptk_alloc {
	int (*take)(struct ptk_alloc *a, uint64_t size, uint64_t align, uint64_t *pa);
	bool (*give)(struct ptk_alloc *a, uint64_t pa, uint64_t size); /* false: not ours */
	struct ptk_alloc_ops ops; /* the caller's */
	void *arg;
	uint64_t first, last; /* region */
	uint64_t free_first, free_last; /* what was never given out; empty: free_first > free_last */
	bool top_down, exhausted;
	uint64_t piece; /* pool */
	struct bin bin[64];
	struct ptk_alloc_stats stats;
};

static bool bin_put(struct bin *b, uint64_t pa)
{
	uint64_t *bigger = grow_(b->pa, b->n, &b->room, 16, sizeof *bigger);
	if (!bigger)
		return false;
	b->pa = bigger;
	b->pa[b->n++] = pa;
	return true;
}

static unsigned class_of(uint64_t size)
{
	return size <= 1 ? 0 : 64 - (unsigned)__builtin_clzll(size - 1);
}

/* ---- a region ---- */

static int bump_up(struct ptk_alloc *a, uint64_t size, uint64_t *pa)
{
	uint64_t at = round_down(a->free_first + (size - 1), size);
	if (a->exhausted || at < a->free_first || at > a->free_last || a->free_last - at < size - 1)
		return PTK_E_NOMEM;
	a->exhausted = a->free_last - at == size - 1;
	a->free_first = at + size;
	*pa = at;
	return 0;
}

static int bump_down(struct ptk_alloc *a, uint64_t size, uint64_t *pa)
{
	uint64_t at = round_down(a->free_last - (size - 1), size);
	if (a->exhausted || a->free_last < size - 1 || at < a->free_first)
		return PTK_E_NOMEM;
	a->exhausted = at == a->free_first;
	a->free_last = at - 1;
	*pa = at;
	return 0;
}

static int bump_take(struct ptk_alloc *a, uint64_t size, uint64_t align, uint64_t *pa)
{
	unsigned class = class_of(size > align ? size : align);
	struct bin *b = &a->bin[class];
	if (b->n) {
		*pa = b->pa[--b->n];
		return 0;
	}
	return a->top_down ? bump_down(a, BIT(class), pa) : bump_up(a, BIT(class), pa);
}

static bool bump_give(struct ptk_alloc *a, uint64_t pa, uint64_t size)
{
	size = BIT(class_of(size));
	if (pa < a->first || pa > a->last)
		return false;
	if (a->exhausted ? false : a->top_down ? pa <= a->free_last : pa >= a->free_first)
		return false; /* was never given out */
	/* What was given out last makes the untouched part grow again. */
	if (a->top_down && pa == a->free_last + 1) {
		a->free_last = pa + (size - 1);
		a->exhausted = false;
	} else if (!a->top_down && pa + (size - 1) == a->free_first - 1) {
		a->free_first = pa;
		a->exhausted = false;
	} else {
		bin_put(&a->bin[class_of(size)], pa); /* without memory for the note it is lost, no more */
	}
	return true;
}

static struct ptk_alloc *make(void)
{
	return calloc(1, sizeof(struct ptk_alloc));
}

int ptk_alloc_new_bump(uint64_t first, uint64_t last, uint32_t flags, struct ptk_alloc **out)
{
	if (last < first)
		return PTK_E_INVAL;
	struct ptk_alloc *a = make();
	if (!a)
		return PTK_E_NOMEM;
	a->take = bump_take;
	a->give = bump_give;
	a->first = a->free_first = first;
	a->last = a->free_last = last;
	a->top_down = flags & PTK_ALLOC_TOP_DOWN;
	*out = a;
	return 0;
}

/* ---- a pool ---- */

static int pool_take(struct ptk_alloc *a, uint64_t size, uint64_t align, uint64_t *pa)
{
	struct bin *b = &a->bin[0];
	if (!b->n || size > a->piece || align > a->piece)
		return PTK_E_NOMEM;
	*pa = b->pa[--b->n];
	return 0;
}

/* bin[1] holds all pieces, sorted. */
static bool pool_has(const struct ptk_alloc *a, uint64_t pa)
{
	size_t lo = 0, hi = a->bin[1].n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (a->bin[1].pa[mid] == pa)
			return true;
		if (a->bin[1].pa[mid] < pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static bool pool_give(struct ptk_alloc *a, uint64_t pa, uint64_t size)
{
	(void)size;
	/* There is room: no more than all of them come back. */
	return pool_has(a, pa) && a->bin[0].n < a->bin[1].n && bin_put(&a->bin[0], pa);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

int ptk_alloc_new_pool(const uint64_t *pa, size_t n, uint64_t size, struct ptk_alloc **out)
{
	if (!size || size & (size - 1))
		return PTK_E_INVAL;
	for (size_t i = 0; i < n; i++)
		if (!is_aligned(pa[i], size))
			return PTK_E_INVAL;
	struct ptk_alloc *a = make();
	bool got = a;
	/* The last of the bin goes out first. */
	for (size_t i = n; got && i-- > 0;)
		got = bin_put(&a->bin[0], pa[i]) && bin_put(&a->bin[1], pa[i]);
	if (!got) {
		ptk_alloc_free(a);
		return PTK_E_NOMEM;
	}
	if (n)
		qsort(a->bin[1].pa, n, sizeof *pa, by_value);
	a->take = pool_take;
	a->give = pool_give;
	a->piece = size;
	*out = a;
	return 0;
}

/* ---- the caller ---- */

static int own_take(struct ptk_alloc *a, uint64_t size, uint64_t align, uint64_t *pa)
{
	return a->ops.alloc(a->arg, size, align, pa);
}

static bool own_give(struct ptk_alloc *a, uint64_t pa, uint64_t size)
{
	if (a->ops.free)
		a->ops.free(a->arg, pa, size);
	return true;
}

int ptk_alloc_new(const struct ptk_alloc_ops *ops, void *arg, struct ptk_alloc **out)
{
	if (!ops->alloc)
		return PTK_E_INVAL;
	struct ptk_alloc *a = make();
	if (!a)
		return PTK_E_NOMEM;
	a->take = own_take;
	a->give = own_give;
	a->ops = *ops;
	a->arg = arg;
	*out = a;
	return 0;
}

/* ---- all ---- */

void ptk_alloc_free(struct ptk_alloc *a)
{
	for (size_t i = 0; a && i < sizeof a->bin / sizeof *a->bin; i++)
		free(a->bin[i].pa);
	free(a);
}

void ptk_alloc_stats(const struct ptk_alloc *a, struct ptk_alloc_stats *out)
{
	*out = a->stats;
}

int ptk_alloc_take_(struct ptk_alloc *a, uint64_t size, uint64_t align, uint64_t *pa)
{
	uint64_t at;
	int rc = a->take(a, size, align, &at);
	if (rc < 0)
		return rc;
	a->stats.tables++;
	a->stats.bytes += size;
	a->stats.peak = a->stats.bytes > a->stats.peak ? a->stats.bytes : a->stats.peak;
	*pa = at;
	return 0;
}

void ptk_alloc_give_(struct ptk_alloc *a, uint64_t pa, uint64_t size)
{
	if (!a->give(a, pa, size) || !a->stats.tables)
		return;
	a->stats.tables--;
	a->stats.bytes -= size < a->stats.bytes ? size : a->stats.bytes;
}
