/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * A model of mm/memblock.c: memory, reservations, and where the next allocation lands. Pure: no I/O, no printing.
 *
 * Ranges here are [base, base + size), as the kernel's, so that its rules read the same.
 */
#ifndef LINUX_BOOT_MEMBLOCK_H
#define LINUX_BOOT_MEMBLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As in include/linux/memblock.h. */
enum memblock_flag {
	MEMBLOCK_HOTPLUG = 1u << 0,
	MEMBLOCK_MIRROR = 1u << 1,
	MEMBLOCK_NOMAP = 1u << 2,
};

/* Of memory: the node it belongs to, NUMA_NO_NODE until the kernel knows. */
#define MEMBLOCK_NO_NODE UINT32_MAX

struct memblock_region {
	uint64_t base, size;
	uint32_t flags, nid;
};

/* Sorted, disjoint; neighbours with equal flags and node are merged. */
struct memblock_type {
	struct memblock_region *region;
	size_t n, room;
};

struct memblock {
	struct memblock_type memory, reserved;
	bool bottom_up;
	uint64_t current_limit; /* allocations end below it; 0: no limit */
	uint64_t first;         /* no allocation starts below it: the kernel never gives away the page at 0 */
};

/* No memory, no reservations, top-down, no limit, 4K pages. */
void memblock_init_(struct memblock *mb);
void memblock_free_all_(struct memblock *mb);

/*
 * A range that does not end in the address space is cut, and one of size 0 changes nothing, as in the kernel. What is
 * there already keeps its flags. All return 0 or PTK_E_NOMEM.
 */
int memblock_add_(struct memblock *mb, uint64_t base, uint64_t size, uint32_t flags);
int memblock_remove_(struct memblock *mb, uint64_t base, uint64_t size);
int memblock_reserve_(struct memblock *mb, uint64_t base, uint64_t size);
int memblock_unreserve_(struct memblock *mb, uint64_t base, uint64_t size); /* memblock_phys_free() */
/* Flags of memory: memblock_mark_nomap(), memblock_clear_nomap() and their like. */
int memblock_mark_(struct memblock *mb, uint64_t base, uint64_t size, uint32_t set, uint32_t clear);

/* Memory in the range belongs to a node: memblock_set_node(). No allocation goes across to another node's. */
int memblock_set_node_(struct memblock *mb, uint64_t base, uint64_t size, uint32_t nid);

/*
 * Find free memory in [start, end) and reserve it: memblock_alloc_range_nid(), for any node. end 0 stands for the current limit
 * (MEMBLOCK_ALLOC_ACCESSIBLE). align is a power of two. PTK_E_RANGE: there is no room.
 */
int memblock_alloc_range_(struct memblock *mb, uint64_t size, uint64_t align, uint64_t start, uint64_t end,
                          uint64_t *pa);
/* The same in memory of a node only; MEMBLOCK_NO_NODE: of any. */
int memblock_alloc_range_in_(struct memblock *mb, uint64_t size, uint64_t align, uint64_t start, uint64_t end, uint32_t nid,
                             uint64_t *pa);

/* Of all memory, what must not be mapped included; 0 without any. */
uint64_t memblock_start_of_dram_(const struct memblock *mb);
uint64_t memblock_end_of_dram_(const struct memblock *mb);
bool memblock_is_memory_(const struct memblock *mb, uint64_t pa);
bool memblock_is_map_memory_(const struct memblock *mb, uint64_t pa);
/* All of [base, base + size) is memory. */
bool memblock_is_region_memory_(const struct memblock *mb, uint64_t base, uint64_t size);
/* memblock_search_pfn_nid(); MEMBLOCK_NO_NODE also for what is no memory. */
uint32_t memblock_node_of_(const struct memblock *mb, uint64_t pa);
bool memblock_is_reserved_(const struct memblock *mb, uint64_t pa);

#endif
