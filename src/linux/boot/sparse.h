/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * sparse_init() (mm/sparse.c), as far as architectures have it in common: which sections of memory there are, what is
 * taken from memblock for them, and the one piece that all struct pages come from. How they are mapped is each
 * architecture's vmemmap_populate().
 */
#ifndef LINUX_BOOT_SPARSE_H
#define LINUX_BOOT_SPARSE_H

#include "linux/boot/boot.h"

#define SPARSE_NONE UINT64_MAX

struct sparse {
	struct ptk_boot *b;
	unsigned page_shift;
	unsigned section_bits; /* SECTION_SIZE_BITS of asm/sparsemem.h */
	unsigned phys_bits;    /* MAX_PHYSMEM_BITS */
	unsigned pageblock;    /* pageblock_order */
	unsigned struct_page;  /* sizeof(struct page) */
	unsigned mem_section;  /* sizeof(struct mem_section) */
	uint64_t block;        /* PMD_SIZE */
	uint64_t low;          /* __pa(MAX_DMA_ADDRESS): allocations start above it if they can */
	uint64_t pgdat;        /* CONFIG_MEMORY_HOTREMOVE: where the node is, for usage maps go into its section; else 0 */
	/* sparse.c's own */
	uint64_t map_size;     /* section_map_size() */
	uint64_t buf, buf_end; /* sparsemap_buf */
};

/* The first section from nr on that has memory, or SPARSE_NONE. */
uint64_t sparse_next_section_(const struct sparse *s, uint64_t nr);
/* unflatten_device_tree(), which comes before: its nodes, "dt_nodes" bytes as the machine says, are from memblock too. */
void sparse_unflatten_(struct sparse *s);
/* memblocks_present() and what sparse_init_nid() takes before it populates. Notes a failure if there is no end of sections. */
void sparse_begin_(struct sparse *s);
/* memblock_alloc() above a lower limit, that is given up when there is no room there; 0 when there is none at all. */
uint64_t sparse_alloc_(struct sparse *s, uint64_t size, uint64_t align, uint64_t min);
/* vmemmap_alloc_block_buf(): size bytes for struct pages, aligned to their size; 0 when there is no room. */
uint64_t sparse_block_(struct sparse *s, uint64_t size);
/* sparse_buffer_fini(): what is left of the piece is given back. */
void sparse_end_(struct sparse *s);

#endif
