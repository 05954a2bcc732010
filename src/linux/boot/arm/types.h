/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * arm's memory types: what build_mem_type_table() (arch/arm/mm/mmu.c) makes of them for a CPU. Pure.
 */
#ifndef LINUX_BOOT_ARM_TYPES_H
#define LINUX_BOOT_ARM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As numbered in include/asm/mach/map.h and include/asm/io.h; struct static_vm keeps these numbers. */
enum arm_type {
	MT_DEVICE,
	MT_DEVICE_NONSHARED,
	MT_DEVICE_CACHED,
	MT_DEVICE_WC,
	MT_UNCACHED,
	MT_CACHECLEAN,
	MT_MINICLEAN,
	MT_LOW_VECTORS,
	MT_HIGH_VECTORS,
	MT_MEMORY_RWX,
	MT_MEMORY_RW,
	MT_MEMORY_RO,
	MT_ROM,
	MT_MEMORY_RWX_NONCACHED,
	MT_MEMORY_RW_DTCM,
	MT_MEMORY_RWX_ITCM,
	MT_MEMORY_RW_SO,
	MT_MEMORY_DMA_READY,
	ARM_TYPES,
};

struct arm_mem_type {
	uint64_t pte;  /* Linux's bits of a page */
	uint64_t l1;   /* of the entry that points to its table; 0: never in pages */
	uint64_t sect; /* of a section; 0: never in sections */
	unsigned domain;
};

/* What the table depends on. */
struct arm_cpu {
	bool lpae;
	unsigned arch;  /* 6 or 7 */
	bool tre;       /* SCTLR.TRE: TEX remap, v7 */
	bool smp;       /* is_smp(): shared, write-allocate */
	bool io_36;     /* CONFIG_IO_36: domain 0 is I/O's */
	bool ecc;       /* ecc=on */
};

void arm_types_build_(const struct arm_cpu *cpu, struct arm_mem_type out[ARM_TYPES]);
/* "MT_DEVICE"; NULL past the last. */
const char *arm_type_name_(size_t i);
/* ARM_TYPES: no such type. */
enum arm_type arm_type_find_(const char *name);

/* The section flags of head.S: mm_mmuflags of the CPU's proc_info (proc-v6.S, proc-v7.S). */
uint64_t arm_mm_mmuflags_(const struct arm_cpu *cpu);
/* Flags of entries that point to tables of page entries: _PAGE_KERNEL_TABLE. */
uint64_t arm_kernel_table_(const struct arm_cpu *cpu);

/* Bits of sections that the permission passes of mm/init.c change. */
struct arm_section_bits {
	uint64_t xn;
	uint64_t ro; /* set: APX and AP[0], or LPAE's AP[2] and Linux's read-only bit */
};
struct arm_section_bits arm_section_bits_(bool lpae);

#endif
