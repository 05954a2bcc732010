/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * sparse_init() (mm/sparse.c), as far as architectures have it in common: which sections of memory there are, what is
 * taken from memblock for them, the one piece that all struct pages come from; and vmemmap_populate_hugepages() and
 * _basepages() (mm/sparse-vmemmap.c), which each architecture's vmemmap_populate() calls.
 */
#ifndef LINUX_BOOT_SPARSE_H
#define LINUX_BOOT_SPARSE_H

#include "linux/boot/boot.h"

#define SPARSE_NONE UINT64_MAX

/* An architecture's tables. */
struct sparse_arch {
	uint64_t (*table_entry)(const struct ptk_boot *b, uint64_t table); /* the entry that leads to a table */
	uint64_t (*leaf)(const struct ptk_boot *b, unsigned level, uint64_t pa);
	const char *const *name; /* of tables, by level */
};

struct sparse {
	struct ptk_boot *b;
	const struct sparse_arch *arch;
	unsigned page_shift;
	unsigned section_bits; /* SECTION_SIZE_BITS of asm/sparsemem.h */
	unsigned phys_bits;    /* MAX_PHYSMEM_BITS */
	unsigned pageblock;    /* pageblock_order */
	unsigned struct_page;  /* sizeof(struct page) */
	unsigned mem_section;  /* sizeof(struct mem_section) */
	uint64_t block;        /* PMD_SIZE */
	uint64_t low;          /* __pa(MAX_DMA_ADDRESS): allocations start above it if they can */
	uint64_t pgdat;        /* CONFIG_MEMORY_HOTREMOVE: where the node is, for usage maps go into its section; else 0 */
	uint64_t origin;       /* address of the struct page of physical address 0, whether there is one or not */
	bool huge;             /* vmemmap_populate_hugepages(): blocks where there is room for them */
	const char *type, *why; /* what sparse_populate_all_() tells: the leaves' protection, and why such leaves */
	/* sparse.c's own */
	uint64_t map_size;     /* section_map_size() */
	uint64_t buf, buf_end; /* sparsemap_buf */
	uint64_t blocks, pages, tables; /* made so far; one who tells of them sets them to 0 */
};

/* unflatten_device_tree(), which comes before: its nodes, "dt_nodes" bytes as the machine says, are from memblock too. */
void sparse_unflatten_(struct sparse *s);
/* memblocks_present() and what sparse_init_nid() takes before it populates. Notes a failure if there is no end of sections. */
void sparse_begin_(struct sparse *s);
/* The first section from nr on that has memory, or SPARSE_NONE. */
uint64_t sparse_next_section_(const struct sparse *s, uint64_t nr);
/* pfn_to_page() */
uint64_t sparse_page_(const struct sparse *s, uint64_t pa);
/* Map the struct pages of a section, as far as they are not: two may share a block. */
void sparse_populate_(struct sparse *s, uint64_t nr);
/* That for every section, each told as a step. */
void sparse_populate_all_(struct sparse *s);
/* sparse_buffer_fini(): what is left of the piece is given back. */
void sparse_end_(struct sparse *s);

#endif
