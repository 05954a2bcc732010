// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Allocators: order, alignment, what comes back, and the end of the region. */
#include "build/alloc.h"

#include "world.h"

static uint64_t take(struct ptk_alloc *a, uint64_t size, uint64_t align)
{
	uint64_t pa;
	return ptk_alloc_take_(a, size, align, &pa) < 0 ? PTK_NO_PA : pa;
}

static void bottom_up(void)
{
	struct ptk_alloc *a;
	struct ptk_alloc_stats s;
	is_int(ptk_alloc_new_bump(0x1400, 0x5fff, 0, &a), 0, "a region");
	is_u64(take(a, 0x400, 0x400), 0x1400, "bottom up: the first 1K");
	is_u64(take(a, 0x1000, 0x1000), 0x2000, "a page is aligned");
	is_u64(take(a, 32, 64), 0x3000, "what is small is aligned as asked");
	is_u64(take(a, 0x2000, 0x2000), 0x4000, "two pages to the very end");
	is_u64(take(a, 0x1000, 0x1000), PTK_NO_PA, "no more");
	ptk_alloc_give_(a, 0x2000, 0x1000);
	is_u64(take(a, 0x1000, 0x1000), 0x2000, "what was given back is used again");
	ptk_alloc_give_(a, 0x4000, 0x2000);
	is_u64(take(a, 0x1000, 0x1000), 0x4000, "the last one makes room for others");
	ptk_alloc_give_(a, 0x9000, 0x1000);
	ptk_alloc_stats(a, &s);
	is_u64(s.tables, 4, "what never came from here does not count");
	is_u64(s.bytes, 0x400 + 0x1000 + 32 + 0x1000, "bytes");
	is_u64(s.peak, 0x400 + 0x1000 + 32 + 0x2000, "peak");
	ptk_alloc_free(a);
	is_int(ptk_alloc_new_bump(2, 1, 0, &a), PTK_E_INVAL, "an empty region");
}

static void top_down(void)
{
	struct ptk_alloc *a;
	ptk_alloc_new_bump(0, 0x46000fff, PTK_ALLOC_TOP_DOWN, &a);
	is_u64(take(a, 0x1000, 0x1000), 0x46000000, "top down: as memblock gives pages");
	is_u64(take(a, 0x1000, 0x1000), 0x45fff000, "the next below");
	is_u64(take(a, 0x4000, 0x4000), 0x45ff8000, "aligned downward");
	ptk_alloc_give_(a, 0x45ff8000, 0x4000);
	is_u64(take(a, 0x1000, 0x1000), 0x45ffb000, "the last one makes room");
	ptk_alloc_free(a);
	ptk_alloc_new_bump(UINT64_MAX - 0x1fff, UINT64_MAX, 0, &a);
	is_u64(take(a, 0x1000, 0x1000), UINT64_MAX - 0x1fff, "at the end of all addresses");
	is_u64(take(a, 0x1000, 0x1000), UINT64_MAX - 0xfff, "the last page");
	is_u64(take(a, 0x1000, 0x1000), PTK_NO_PA, "then no more");
	ptk_alloc_free(a);
	ptk_alloc_new_bump(0, 0xfff, PTK_ALLOC_TOP_DOWN, &a);
	is_u64(take(a, 0x1000, 0x1000), 0, "down to address 0");
	is_u64(take(a, 0x1000, 0x1000), PTK_NO_PA, "and no further");
	ptk_alloc_free(a);
}

static void pool(void)
{
	static const uint64_t pieces[] = {0x9000, 0x3000, 0x7000};
	struct ptk_alloc *a;
	is_int(ptk_alloc_new_pool(pieces, 3, 0x1800, &a), PTK_E_INVAL, "pieces of an odd size");
	is_int(ptk_alloc_new_pool(pieces, 3, 0x2000, &a), PTK_E_INVAL, "misaligned pieces");
	ptk_alloc_new_pool(pieces, 3, 0x1000, &a);
	is_u64(take(a, 0x1000, 0x1000), 0x9000, "pool: in their order");
	is_u64(take(a, 0x2000, 0x2000), PTK_NO_PA, "nothing larger than a piece");
	is_u64(take(a, 0x400, 0x400), 0x3000, "a small table takes a piece");
	ptk_alloc_give_(a, 0x5000, 0x1000);
	is_u64(take(a, 0x1000, 0x1000), 0x7000, "what is no piece is not taken back");
	is_u64(take(a, 0x1000, 0x1000), PTK_NO_PA, "empty");
	ptk_alloc_give_(a, 0x3000, 0x400);
	is_u64(take(a, 0x1000, 0x1000), 0x3000, "full again");
	ptk_alloc_free(a);
	is_int(ptk_alloc_new(&(struct ptk_alloc_ops){0}, NULL, &a), PTK_E_INVAL, "callbacks without alloc");
}

/* Over a copy-on-write layer: the picture below stays as it is. */
static void overlay(void)
{
	struct world w;
	struct ptk_mem *over;
	world_open(&w, "x86-64");
	struct ptk_edit e = edit_map(0, 0x400000, 0, attr_rw(&w.space.regime));
	world_edit(&w, NULL, &e, 1);
	ptk_mem_new_overlay(w.mem, &over);
	struct ptk_space s = w.space;
	s.mem = over;
	struct ptk_edit hole = edit_range(PTK_EDIT_UNMAP, 0x1000, 0x1000);
	is_int(ptk_build_edit(&s, NULL, w.alloc, &hole, 1, &w.err), 0, "overlay: edit: %s", w.err.msg);
	uint64_t pa;
	is_int(ptk_translate(&s, 0x1000, &pa), 0, "gone in the overlay");
	is_int(ptk_translate(&s, 0x2000, &pa), 1, "its neighbour is not");
	is_u64(world_pa(&w, 0x1000), 0x1000, "the picture below is as it was");
	struct ptk_build_query q;
	is_int(ptk_build_query(&s, 0, 0x3fffff, &q, &w.err), 0, "query");
	ok(!q.whole && q.uniform && !q.linear, "a hole, the same attributes");
	is_u64(q.hole, 0x1000, "where the hole is");
	is_u64(q.pages, 1023, "pages that are mapped");
	is_u64(q.leaves[0], 511, "of them by small pages");
	is_u64(q.leaves[1], 512, "by a large one");
	is_int(ptk_build_query(&w.space, 0, 0x3fffff, &q, NULL), 0, "query below");
	ok(q.whole && q.linear && q.pa == 0, "whole and linear");
	ptk_mem_close(over);
	world_close(&w);
}

int main(void)
{
	bottom_up();
	top_down();
	pool();
	overlay();
	return done();
}
