// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The memblock model by cases, and against a map of one byte a page that knows nothing of regions. */
#include <ptkit/error.h>

#include "linux/boot/memblock.h"

#include "lib/tap.h"

#define KiB UINT64_C(1024)
#define MiB (KiB * 1024)

static void is_region(const struct memblock_type *t, size_t i, uint64_t base, uint64_t size, const char *what)
{
	ok(i < t->n && t->region[i].base == base && t->region[i].size == size, "%s", what);
}

static void test_add(void)
{
	struct memblock mb;
	memblock_init_(&mb);
	is_u64(memblock_end_of_dram_(&mb), 0, "no memory, no end");
	memblock_add_(&mb, 0x40000000, 16 * MiB, 0);
	memblock_add_(&mb, 0x42000000, 16 * MiB, 0);
	is_int((int)mb.memory.n, 2, "two banks with a hole between them");
	memblock_add_(&mb, 0x41000000, 16 * MiB, 0);
	is_int((int)mb.memory.n, 1, "the hole filled: one bank");
	is_region(&mb.memory, 0, 0x40000000, 48 * MiB, "of 48 MiB");
	memblock_add_(&mb, 0x3f000000, 80 * MiB, MEMBLOCK_NOMAP);
	is_int((int)mb.memory.n, 3, "what is there keeps its flags");
	ok(memblock_is_map_memory_(&mb, 0x40000000) && !memblock_is_map_memory_(&mb, 0x3fffffff) &&
	           memblock_is_memory_(&mb, 0x3fffffff),
	   "so that the new memory around it is no-map");
	memblock_add_(&mb, 0x80000000, 0, 0);
	is_int((int)mb.memory.n, 3, "nothing is added by a size of 0");
	memblock_add_(&mb, UINT64_C(0xfffffffff0000000), UINT64_MAX, 0);
	is_u64(memblock_end_of_dram_(&mb), UINT64_MAX, "a range past the end is cut there");
	memblock_free_all_(&mb);
}

static void test_remove(void)
{
	struct memblock mb;
	memblock_init_(&mb);
	memblock_add_(&mb, 0x40000000, 16 * MiB, 0);
	memblock_remove_(&mb, 0x40400000, 4 * MiB);
	is_int((int)mb.memory.n, 2, "a hole cut into a bank makes two");
	is_region(&mb.memory, 0, 0x40000000, 4 * MiB, "the one below it");
	is_region(&mb.memory, 1, 0x40800000, 8 * MiB, "the one above it");
	memblock_remove_(&mb, 0x40300000, 6 * MiB);
	is_region(&mb.memory, 0, 0x40000000, 3 * MiB, "a range over both ends cuts both");
	is_region(&mb.memory, 1, 0x40900000, 7 * MiB, "each on its side");
	memblock_remove_(&mb, UINT64_C(1) << 32, UINT64_MAX);
	is_int((int)mb.memory.n, 2, "nothing to remove above");
	memblock_remove_(&mb, 0, UINT64_MAX);
	is_int((int)mb.memory.n, 0, "all of it");
	memblock_free_all_(&mb);
}

static void test_mark(void)
{
	struct memblock mb;
	memblock_init_(&mb);
	memblock_add_(&mb, 0x40000000, 16 * MiB, 0);
	memblock_mark_(&mb, 0x40200000, 3 * MiB, MEMBLOCK_NOMAP, 0);
	is_int((int)mb.memory.n, 3, "the kernel marked no-map cuts the bank in three");
	is_u64(memblock_end_of_dram_(&mb), 0x41000000, "the memory is as large as before");
	ok(!memblock_is_map_memory_(&mb, 0x404fffff) && memblock_is_map_memory_(&mb, 0x40500000), "to the byte");
	ok(!memblock_is_region_memory_(&mb, 0x40100000, 2 * MiB), "a range over two regions is in neither");
	memblock_mark_(&mb, 0x40200000, 3 * MiB, 0, MEMBLOCK_NOMAP);
	is_int((int)mb.memory.n, 1, "and cleared it is one again");
	ok(memblock_is_region_memory_(&mb, 0x40100000, 2 * MiB), "which the range is in");
	memblock_free_all_(&mb);
}

/* The tables of a guest with 96 MiB at 0x40000000: one page after the other, downwards from the end. */
static void test_top_down(void)
{
	struct memblock mb;
	uint64_t pa = 1;
	memblock_init_(&mb);
	memblock_add_(&mb, 0x40000000, 96 * MiB, 0);
	memblock_reserve_(&mb, 0x40200000, 5 * MiB);
	is_int(memblock_alloc_range_(&mb, 4096, 4096, 0, 0, &pa), 0, "a page");
	is_u64(pa, 0x45fff000, "is the last one");
	memblock_alloc_range_(&mb, 4096, 4096, 0, 0, &pa);
	is_u64(pa, 0x45ffe000, "the next one below it");
	memblock_alloc_range_(&mb, 2 * MiB, 2 * MiB, 0, 0, &pa);
	is_u64(pa, 0x45c00000, "a large one at its alignment");
	memblock_alloc_range_(&mb, 4096, 4096, 0, 0, &pa);
	is_u64(pa, 0x45ffd000, "a small one fills what that left above it");
	memblock_alloc_range_(&mb, 64, 64, 0, 0, &pa);
	is_u64(pa, 0x45ffcfc0, "a few bytes end where the last one starts");
	memblock_alloc_range_(&mb, 4096, 4096, 0, 0, &pa);
	is_u64(pa, 0x45ffb000, "the next page leaves the rest of theirs");
	memblock_alloc_range_(&mb, 4096, 4096, 0, 0x44000000, &pa);
	is_u64(pa, 0x43fff000, "below a limit");
	mb.current_limit = 0x42000000;
	memblock_alloc_range_(&mb, 4096, 4096, 0, 0, &pa);
	is_u64(pa, 0x41fff000, "below the current limit");
	is_int(memblock_alloc_range_(&mb, 32 * MiB, 4096, 0, 0, &pa), PTK_E_RANGE, "too large for it");
	is_u64(pa, 0x41fff000, "which leaves the result alone");
	memblock_unreserve_(&mb, 0x41fff000, 4096);
	memblock_alloc_range_(&mb, 4096, 4096, 0, 0, &pa);
	is_u64(pa, 0x41fff000, "what is freed is given again");
	memblock_free_all_(&mb);
}

static void test_never(void)
{
	struct memblock mb;
	uint64_t pa;
	memblock_init_(&mb);
	memblock_add_(&mb, 0, 12 * KiB, 0);
	memblock_mark_(&mb, 8 * KiB, 4 * KiB, MEMBLOCK_NOMAP, 0);
	memblock_alloc_range_(&mb, 4096, 4096, 0, 0, &pa);
	is_u64(pa, 0x1000, "no-map memory is not given");
	is_int(memblock_alloc_range_(&mb, 4096, 4096, 0, 0, &pa), PTK_E_RANGE, "nor is the page at 0");
	mb.first = 0;
	is_int(memblock_alloc_range_(&mb, 4096, 4096, 0, 0, &pa), 0, "but for that rule it would be");
	memblock_free_all_(&mb);
}

static void test_bottom_up(void)
{
	struct memblock mb;
	uint64_t pa;
	memblock_init_(&mb);
	mb.bottom_up = true;
	memblock_add_(&mb, 0x40001000, 16 * MiB, 0);
	memblock_reserve_(&mb, 0x40002000, 4096);
	memblock_alloc_range_(&mb, 4096, 4096, 0, 0, &pa);
	is_u64(pa, 0x40001000, "bottom-up: the first page");
	memblock_alloc_range_(&mb, 4096, 64 * KiB, 0, 0, &pa);
	is_u64(pa, 0x40010000, "the next one that is aligned");
	memblock_alloc_range_(&mb, 4096, 4096, 0x40800000, 0, &pa);
	is_u64(pa, 0x40800000, "above a start");
	memblock_free_all_(&mb);
}

/* ---- against a map ---- */

enum { PAGES = 96 };

struct map {
	bool memory[PAGES], nomap[PAGES], reserved[PAGES];
};

static uint32_t seed = 1;

static uint32_t roll(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static bool free_run(const struct map *m, uint32_t from, uint32_t n)
{
	for (uint32_t i = from; i < from + n; i++)
		if (i >= PAGES || !m->memory[i] || m->nomap[i] || m->reserved[i])
			return false;
	return true;
}

/* Where n pages must land, or PAGES. */
static uint32_t expect(const struct map *m, uint32_t n, uint32_t align, bool bottom_up)
{
	for (uint32_t k = 0; k < PAGES; k++) {
		uint32_t i = bottom_up ? k : PAGES - 1 - k;
		if (i && i % align == 0 && free_run(m, i, n))
			return i;
	}
	return PAGES;
}

static bool same(const struct map *m, const struct memblock *mb)
{
	bool equal = true;
	for (uint32_t i = 0; i < PAGES; i++) {
		uint64_t pa = i * UINT64_C(4096);
		equal &= memblock_is_memory_(mb, pa) == m->memory[i] &&
		         memblock_is_map_memory_(mb, pa) == (m->memory[i] && !m->nomap[i]) &&
		         memblock_is_reserved_(mb, pa) == m->reserved[i];
	}
	return equal;
}

static bool sorted(const struct memblock_type *t)
{
	for (size_t i = 1; i < t->n; i++) {
		const struct memblock_region *a = &t->region[i - 1], *b = &t->region[i];
		if (a->base + a->size > b->base || (a->base + a->size == b->base && a->flags == b->flags))
			return false;
	}
	return true;
}

static void change(struct map *m, struct memblock *mb)
{
	uint32_t from = roll(PAGES), n = 1 + roll(PAGES - from), what = roll(6);
	uint64_t base = from * UINT64_C(4096), size = n * UINT64_C(4096);
	switch (what) {
	case 0: memblock_add_(mb, base, size, 0); break;
	case 1: memblock_remove_(mb, base, size); break;
	case 2: memblock_reserve_(mb, base, size); break;
	case 3: memblock_unreserve_(mb, base, size); break;
	case 4: memblock_mark_(mb, base, size, MEMBLOCK_NOMAP, 0); break;
	default: memblock_mark_(mb, base, size, 0, MEMBLOCK_NOMAP); break;
	}
	for (uint32_t i = from; i < from + n; i++) {
		if (what == 0 && !m->memory[i])
			m->nomap[i] = false;
		if (what < 2)
			m->memory[i] = what == 0;
		else if (what < 4)
			m->reserved[i] = what == 2;
		else if (m->memory[i])
			m->nomap[i] = what == 4;
	}
}

static bool alloc_as_expected(struct map *m, struct memblock *mb)
{
	uint32_t n = 1 + roll(4), align = 1u << roll(4), want = expect(m, n, align, mb->bottom_up);
	uint64_t pa = 0;
	int rc = memblock_alloc_range_(mb, n * UINT64_C(4096), align * UINT64_C(4096), 0, 0, &pa);
	if (want == PAGES)
		return rc == PTK_E_RANGE;
	for (uint32_t i = want; i < want + n; i++)
		m->reserved[i] = true;
	return rc == 0 && pa == want * UINT64_C(4096);
}

static void test_map(void)
{
	unsigned bad = 0, unsorted = 0, misplaced = 0;
	for (unsigned run = 0; run < 300; run++) {
		struct memblock mb;
		struct map m = {0};
		memblock_init_(&mb);
		mb.bottom_up = run % 3 == 0;
		memblock_add_(&mb, 0, PAGES * UINT64_C(4096), 0);
		memset(m.memory, true, sizeof m.memory);
		for (unsigned step = 0; step < 40; step++) {
			if (roll(2))
				change(&m, &mb);
			else
				misplaced += !alloc_as_expected(&m, &mb);
			bad += !same(&m, &mb);
			unsorted += !sorted(&mb.memory) || !sorted(&mb.reserved);
		}
		memblock_free_all_(&mb);
	}
	is_u64(bad, 0, "12000 random steps leave what a map of pages says");
	is_u64(unsorted, 0, "sorted, disjoint and merged");
	is_u64(misplaced, 0, "with each allocation where the map has room first");
}

static void test_nodes(void)
{
	struct memblock mb;
	uint64_t pa = 0;
	memblock_init_(&mb);
	memblock_add_(&mb, 0x40000000, 32 * MiB, 0);
	ok(memblock_node_of_(&mb, 0x40000000) == MEMBLOCK_NO_NODE, "memory of no node");
	memblock_set_node_(&mb, 0, 0x41000000, 0);
	memblock_set_node_(&mb, 0x41000000, 32 * MiB, 1);
	is_int((int)mb.memory.n, 2, "two nodes: two regions");
	ok(memblock_node_of_(&mb, 0x40ffffff) == 0 && memblock_node_of_(&mb, 0x41000000) == 1, "each has its own");
	is_int(memblock_alloc_range_in_(&mb, 4096, 4096, 0, 0, 0, &pa), 0, "a page of the first");
	is_u64(pa, 0x40fff000, "is its highest");
	is_int(memblock_alloc_range_(&mb, 4096, 4096, 0, 0, &pa), 0, "one of any");
	is_u64(pa, 0x41fff000, "is the highest of all");
	is_int(memblock_alloc_range_in_(&mb, 16 * MiB, 4096, 0, 0, 1, &pa), PTK_E_RANGE, "a node that has less has no room");
	is_int(memblock_alloc_range_(&mb, 20 * MiB, 4096, 0, 0, &pa), PTK_E_RANGE, "nothing goes across to the next node");
	memblock_set_node_(&mb, 0x41000000, 32 * MiB, 0);
	is_int((int)mb.memory.n, 1, "one node again: one region");
	memblock_free_all_(&mb);
}

int main(void)
{
	test_nodes();
	test_add();
	test_remove();
	test_mark();
	test_top_down();
	test_never();
	test_bottom_up();
	test_map();
	return done();
}
