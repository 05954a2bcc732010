/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* 32-bit arm's boot: what its files share. */
#ifndef LINUX_BOOT_ARM_H
#define LINUX_BOOT_ARM_H

#include "linux/boot/arm/types.h"
#include "linux/boot/boot.h"
#include "linux/mm.h"

#define ARM_VMALLOC_END UINT64_C(0xff800000)
#define ARM_FDT_BASE UINT64_C(0xff800000)
#define ARM_FIXADDR_START UINT64_C(0xffc80000)
#define ARM_FIXADDR_END UINT64_C(0xfff00000)
#define ARM_FIXADDR_TOP (ARM_FIXADDR_END - 4096)
#define ARM_VECTORS UINT64_C(0xffff0000)
#define ARM_VMALLOC_OFFSET UINT64_C(0x800000)
#define ARM_PMD UINT64_C(0x200000)

/* The state of a boot under way. Physical addresses but where they are called va. */
struct arm {
	struct ptk_boot *b;
	struct arm_cpu cpu;
	struct arm_mem_type type[ARM_TYPES];
	struct ptk_mm entries; /* for Linux's rules of storing a pte */
	uint64_t section;      /* bytes of a section: 1M, LPAE 2M */
	uint64_t page_offset, phys_offset;
	uint64_t pgd;          /* swapper_pg_dir */
	uint64_t pmds;         /* its entries as one array: pgd itself, LPAE the four tables after it */
	uint64_t kernel_start, kernel_end; /* kernel_sec_start, kernel_sec_end */
	uint64_t lowmem_limit;
	uint64_t vectors;      /* the two pages taken for them */
	uint64_t dtb;
	unsigned tables;       /* taken so far */
};

/* struct map_desc, with the function that makes it. */
struct arm_map {
	const char *function;
	uint64_t va, pa, size;
	enum arm_type type;
};

static inline bool arm_is_long(const struct ptk_machine *m)
{
	return m->info.regime.entry_shift == 3;
}

/* Of what head.S clears below the kernel: swapper_pg_dir, with long descriptors four tables below it. */
static inline uint64_t arm_table_bytes(const struct ptk_machine *m)
{
	return arm_is_long(m) ? 0x5000 : 0x4000;
}

static inline uint64_t arm_va(const struct arm *a, uint64_t pa)
{
	return pa - a->phys_offset + a->page_offset;
}

static inline uint64_t arm_pa(const struct arm *a, uint64_t va)
{
	return va - a->page_offset + a->phys_offset;
}

/* High memory's end as a virtual address, and where vmalloc starts. */
static inline uint64_t arm_high_memory(const struct arm *a)
{
	return arm_va(a, a->lowmem_limit);
}

static inline uint64_t arm_vmalloc_start(const struct arm *a)
{
	return (arm_high_memory(a) + ARM_VMALLOC_OFFSET) & ~(ARM_VMALLOC_OFFSET - 1);
}

/* ---- map.c ---- */

/* Bytes of a pmd's entry, and where the entry (short descriptors: the pair) for an address is. */
uint64_t arm_pmd_(const struct arm *a, uint64_t va);
void arm_pmd_clear_(struct arm *a, uint64_t va);
/* Clear every pmd from va up to end; how many held something. */
unsigned arm_pmds_clear_(struct arm *a, uint64_t va, uint64_t end);
/* __pmd_populate(): point a pmd at a table of pages. */
void arm_pmd_populate_(struct arm *a, uint64_t va, uint64_t table, uint64_t prot);
/* arm_pte_alloc(): the table of a pmd, taken from the memblock if there is none. */
uint64_t arm_pte_table_(struct arm *a, uint64_t va, uint64_t prot);
/* create_mapping() of arch/arm/mm/mmu.c. */
void arm_create_mapping_(struct arm *a, const struct arm_map *md);

/* ---- head.c ---- */

/* What head.S builds: also sets kernel_start and kernel_end. */
void arm_head_(struct arm *a);

/* ---- lowmem.c ---- */

/* Where lowmem ends, and below what tables may be taken before all of it is mapped. */
void arm_adjust_lowmem_bounds_(struct arm *a, bool tell);
/* Reservations that a picture has told by name already are there. */
void arm_memblock_init_(struct arm *a);
/* dma_contiguous_reserve() and cma_declare_contiguous_nid(): the highest 4M-aligned room, in high memory if there is any; or 0. */
uint64_t arm_reserve_cma_(struct arm *a, uint64_t size);

/* ---- paging.c ---- */

/* cma: where memory for devices is, if the default one was reserved; else 0. */
void arm_paging_init_(struct arm *a, uint64_t cma);

/* ---- final.c ---- */

void arm_final_(struct arm *a);

/* ---- like.c, evidence.c, explain.c ---- */

int arm_like_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err);
/* Pages of memory for devices that are given away. */
#define ARM_CMA_TAKEN "cma"
/* Whether init memory was freed: 1 or 0. */
#define ARM_INIT_FREED "init_freed"
int arm_evidence_(struct boot_evidence *e, struct ptk_linux *lx, const struct ptk_boot *b);
const char *arm_explain_(const struct ptk_boot *b, const struct boot_case *c);
uint64_t arm_twin_(const struct ptk_boot *b, int level, uint64_t entry_pa);

#endif
