// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The rules of mm/memblock.c. They did not change between 6.1 and 6.12 but for how reservations are flagged, which
 * decides nothing here.
 */
#include <stdlib.h>
#include <string.h>

#include <ptkit/error.h>

#include "base/bits.h"
#include "base/grow.h"
#include "linux/boot/memblock.h"

void memblock_init_(struct memblock *mb)
{
	*mb = (struct memblock){.first = 4096};
}

void memblock_free_all_(struct memblock *mb)
{
	free(mb->memory.region);
	free(mb->reserved.region);
	memset(mb, 0, sizeof *mb);
}

static uint64_t end_of(const struct memblock_region *r)
{
	return r->base + r->size;
}

static int insert(struct memblock_type *t, size_t at, uint64_t base, uint64_t size, uint32_t flags, uint32_t nid)
{
	struct memblock_region *r = grow_(t->region, t->n, &t->room, 32, sizeof *r);
	if (!r)
		return PTK_E_NOMEM;
	t->region = r;
	memmove(t->region + at + 1, t->region + at, (t->n - at) * sizeof *t->region);
	t->region[at] = (struct memblock_region){base, size, flags, nid};
	t->n++;
	return 0;
}

/* memblock_merge_regions() */
static void merge(struct memblock_type *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct memblock_region *r = &t->region[i];
		if (n && end_of(&t->region[n - 1]) == r->base && t->region[n - 1].flags == r->flags &&
		    t->region[n - 1].nid == r->nid)
			t->region[n - 1].size += r->size;
		else
			t->region[n++] = *r;
	}
	t->n = n;
}

/* memblock_cap_size() */
static uint64_t capped_end(uint64_t base, uint64_t size)
{
	return size > UINT64_MAX - base ? UINT64_MAX : base + size;
}

/* memblock_add_range(): fills the gaps in what is there. */
static int add_range(struct memblock_type *t, uint64_t base, uint64_t size, uint32_t flags)
{
	uint64_t end = capped_end(base, size);
	int rc = 0;
	for (size_t i = 0; rc == 0 && base < end && i < t->n; i++) {
		uint64_t r_base = t->region[i].base, r_end = end_of(&t->region[i]);
		if (r_base >= end)
			break;
		if (r_end <= base)
			continue;
		if (r_base > base)
			rc = insert(t, i++, base, r_base - base, flags, MEMBLOCK_NO_NODE);
		base = r_end;
	}
	if (rc == 0 && base < end) {
		size_t at = 0;
		while (at < t->n && t->region[at].base < base)
			at++;
		rc = insert(t, at, base, end - base, flags, MEMBLOCK_NO_NODE);
	}
	merge(t);
	return rc;
}

/* Cut the region around an address in two there. */
static int split_at(struct memblock_type *t, uint64_t at)
{
	for (size_t i = 0; i < t->n; i++) {
		struct memblock_region *r = &t->region[i];
		if (r->base >= at || end_of(r) <= at)
			continue;
		uint64_t rest = end_of(r) - at;
		r->size -= rest;
		return insert(t, i + 1, at, rest, r->flags, r->nid);
	}
	return 0;
}

/* memblock_isolate_range(): [*first, *past) are the regions that make up what is there of [base, end). */
static int isolate(struct memblock_type *t, uint64_t base, uint64_t end, size_t *first, size_t *past)
{
	int rc = split_at(t, base);
	if (rc == 0)
		rc = split_at(t, end);
	*first = 0;
	while (*first < t->n && end_of(&t->region[*first]) <= base)
		++*first;
	*past = *first;
	while (*past < t->n && t->region[*past].base < end)
		++*past;
	return rc;
}

static int remove_range(struct memblock_type *t, uint64_t base, uint64_t size)
{
	size_t first, past;
	if (size == 0)
		return 0;
	int rc = isolate(t, base, capped_end(base, size), &first, &past);
	if (rc < 0)
		return rc;
	if (past > first)
		memmove(t->region + first, t->region + past, (t->n - past) * sizeof *t->region);
	t->n -= past - first;
	return 0;
}

int memblock_add_(struct memblock *mb, uint64_t base, uint64_t size, uint32_t flags)
{
	return add_range(&mb->memory, base, size, flags);
}

int memblock_remove_(struct memblock *mb, uint64_t base, uint64_t size)
{
	return remove_range(&mb->memory, base, size);
}

int memblock_reserve_(struct memblock *mb, uint64_t base, uint64_t size)
{
	return add_range(&mb->reserved, base, size, 0);
}

int memblock_unreserve_(struct memblock *mb, uint64_t base, uint64_t size)
{
	return remove_range(&mb->reserved, base, size);
}

int memblock_mark_(struct memblock *mb, uint64_t base, uint64_t size, uint32_t set, uint32_t clear)
{
	size_t first, past;
	if (size == 0)
		return 0;
	int rc = isolate(&mb->memory, base, capped_end(base, size), &first, &past);
	for (size_t i = first; rc == 0 && i < past; i++)
		mb->memory.region[i].flags = (mb->memory.region[i].flags & ~clear) | set;
	merge(&mb->memory);
	return rc;
}

int memblock_set_node_(struct memblock *mb, uint64_t base, uint64_t size, uint32_t nid)
{
	size_t first, past;
	if (size == 0)
		return 0;
	int rc = isolate(&mb->memory, base, capped_end(base, size), &first, &past);
	for (size_t i = first; rc == 0 && i < past; i++)
		mb->memory.region[i].nid = nid;
	merge(&mb->memory);
	return rc;
}

/* ---- finding room ---- */

static uint64_t clamp(uint64_t v, uint64_t low, uint64_t high)
{
	return v < low ? low : v > high ? high : v;
}

/* The place that memblock would choose in free memory [from, to), looking in [start, end). */
static bool fits(const struct memblock *mb, uint64_t from, uint64_t to, uint64_t size, uint64_t align, uint64_t *pa)
{
	if (to < size)
		return false;
	if (mb->bottom_up) {
		uint64_t cand = round_down(from + align - 1, align);
		*pa = cand;
		return cand >= from && cand < to && to - cand >= size;
	}
	*pa = round_down(to - size, align);
	return *pa >= from;
}

/*
 * The i-th hole between reservations, 0 lying below the first of them. In the order of the search, so that what is
 * found first is what the kernel takes.
 */
static bool find_in_region(const struct memblock *mb, const struct memblock_region *m, uint64_t size, uint64_t align,
                           uint64_t start, uint64_t end, uint64_t *pa)
{
	const struct memblock_type *t = &mb->reserved;
	for (size_t k = 0; k <= t->n; k++) {
		size_t i = mb->bottom_up ? k : t->n - k;
		uint64_t from = i ? end_of(&t->region[i - 1]) : 0, to = i < t->n ? t->region[i].base : UINT64_MAX;
		from = clamp(clamp(from, m->base, end_of(m)), start, end);
		to = clamp(clamp(to, m->base, end_of(m)), start, end);
		if (from < to && fits(mb, from, to, size, align, pa))
			return true;
	}
	return false;
}

int memblock_alloc_range_(struct memblock *mb, uint64_t size, uint64_t align, uint64_t start, uint64_t end,
                          uint64_t *pa)
{
	return memblock_alloc_range_in_(mb, size, align, start, end, MEMBLOCK_NO_NODE, pa);
}

int memblock_alloc_range_in_(struct memblock *mb, uint64_t size, uint64_t align, uint64_t start, uint64_t end, uint32_t nid,
                             uint64_t *pa)
{
	const struct memblock_type *t = &mb->memory;
	if (end == 0)
		end = mb->current_limit ? mb->current_limit : UINT64_MAX;
	if (start < mb->first)
		start = mb->first;
	if (end < start)
		end = start;
	for (size_t k = 0; k < t->n; k++) {
		const struct memblock_region *m = &t->region[mb->bottom_up ? k : t->n - 1 - k];
		uint64_t at;
		if (m->flags & MEMBLOCK_NOMAP || (nid != MEMBLOCK_NO_NODE && m->nid != nid) ||
		    !find_in_region(mb, m, size, align, start, end, &at))
			continue;
		int rc = memblock_reserve_(mb, at, size);
		if (rc == 0)
			*pa = at;
		return rc;
	}
	return PTK_E_RANGE;
}

/* ---- questions ---- */

uint64_t memblock_start_of_dram_(const struct memblock *mb)
{
	return mb->memory.n ? mb->memory.region[0].base : 0;
}

uint64_t memblock_end_of_dram_(const struct memblock *mb)
{
	return mb->memory.n ? end_of(&mb->memory.region[mb->memory.n - 1]) : 0;
}

static const struct memblock_region *region_of(const struct memblock_type *t, uint64_t pa)
{
	for (size_t i = 0; i < t->n; i++)
		if (pa >= t->region[i].base && pa - t->region[i].base < t->region[i].size)
			return &t->region[i];
	return NULL;
}

bool memblock_is_memory_(const struct memblock *mb, uint64_t pa)
{
	return region_of(&mb->memory, pa);
}

bool memblock_is_map_memory_(const struct memblock *mb, uint64_t pa)
{
	const struct memblock_region *r = region_of(&mb->memory, pa);
	return r && !(r->flags & MEMBLOCK_NOMAP);
}

/* As the kernel's: within one region, so not across a change of flags. */
bool memblock_is_region_memory_(const struct memblock *mb, uint64_t base, uint64_t size)
{
	const struct memblock_region *r = region_of(&mb->memory, base);
	return r && end_of(r) >= capped_end(base, size);
}

uint32_t memblock_node_of_(const struct memblock *mb, uint64_t pa)
{
	const struct memblock_region *r = region_of(&mb->memory, pa);
	return r ? r->nid : MEMBLOCK_NO_NODE;
}

bool memblock_is_reserved_(const struct memblock *mb, uint64_t pa)
{
	return region_of(&mb->reserved, pa);
}
