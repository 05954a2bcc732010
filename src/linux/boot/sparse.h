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
	bool hotremove;        /* CONFIG_MEMORY_HOTREMOVE: usage maps go into the section that has the node's pglist_data */
	uint64_t pgdat;        /* contig_page_data, where there are no nodes; 0: not known */
	uint64_t origin;       /* address of the struct page of physical address 0, whether there is one or not */
	bool huge;             /* vmemmap_populate_hugepages(): blocks where there is room for them */
	const char *type, *why; /* what sparse_populate_all_() tells: the leaves' protection, and why such leaves */
	/* sparse.c's own */
	uint64_t map_size;     /* section_map_size() */
	uint64_t buf, buf_end; /* sparsemap_buf */
	uint64_t blocks, pages, tables; /* made so far; one who tells of them sets them to 0 */
	uint64_t next;         /* the section after the one that was told */
	unsigned node;         /* nid of the node under way plus 1; without nodes, and before any, 0 */
	bool in_node;
};

/* unflatten_device_tree(), which comes before: its nodes, "dt_nodes" bytes as the machine says, are from memblock too. */
void sparse_unflatten_(struct sparse *s);
/* Memory gets its nodes; memblocks_present(). Notes a failure if there is no end of sections. */
void sparse_begin_(struct sparse *s);
/*
 * The next section whose struct pages are to be mapped, or SPARSE_NONE. With the first one of a node comes what
 * sparse_init_nid() takes before it populates, after the last one sparse_buffer_fini() gives back what is left.
 */
uint64_t sparse_section_(struct sparse *s);
/* pfn_to_page() */
uint64_t sparse_page_(const struct sparse *s, uint64_t pa);
/* Map the struct pages of a section, as far as they are not: two may share a block. */
void sparse_populate_(struct sparse *s, uint64_t nr);
/* That for every section, each told as a step. */
void sparse_populate_all_(struct sparse *s);

/* Functions of mm/hugetlb_vmemmap.c: who explains by sparse_hugetlb_() has these among the architecture's witnesses. */
#define SPARSE_WITNESSES {"hugetlb_vmemmap_optimize", 0, 0}, {"hugetlb_vmemmap_optimize_folio", 0, 0}

/* What took the place of a leaf of struct pages. */
enum sparse_instead { SPARSE_TABLE, SPARSE_WRITABLE, SPARSE_READ_ONLY };
/*
 * HugeTLB gives back what struct pages of a huge page's tail take, as these are all alike (mm/hugetlb_vmemmap.c). The function
 * that did so, or NULL where the picture shows none.
 */
const char *sparse_hugetlb_(const struct boot_case *c, unsigned page_shift, enum sparse_instead instead);

#endif
