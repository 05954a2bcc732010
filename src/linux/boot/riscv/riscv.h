/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * How riscv Linux sets its tables up, from inside: 6.1 to 7.2 (arch/riscv/mm/init.c, pageattr.c).
 *
 * Levels count from the leaf: 0 is the PTE level, 1 PMD, 2 PUD, 3 P4D. A level that is folded away is not there.
 */
#ifndef LINUX_BOOT_RISCV_H
#define LINUX_BOOT_RISCV_H

#include "linux/boot/boot.h"

/* Entry bits: RISC-V privileged specification, 4.3.1 (Sv32) and 4.4.1 (Sv39 and on). */
#define RV_V (UINT64_C(1) << 0)
#define RV_R (UINT64_C(1) << 1)
#define RV_W (UINT64_C(1) << 2)
#define RV_X (UINT64_C(1) << 3)
#define RV_LEAF (RV_R | RV_W | RV_X)

/* A protection by the kernel's name (asm/pgtable.h). */
struct riscv_prot {
	const char *name;
	uint64_t bits;
};

/* Where tables come from: pt_ops_set_early(), pt_ops_set_fixmap(). */
enum riscv_source {
	RISCV_EARLY, /* early_pmd, early_pud, early_p4d: the only one of each */
	RISCV_FIXMAP, /* memblock, seen through a slot of the fixmap */
};

struct riscv {
	const struct ptk_regime *r;
	bool wide;              /* 64 bits: the kernel lies outside the linear map */
	bool large;             /* 6.4: PUD and P4D leaves, text and rodata apart, memory below the kernel mapped too */
	unsigned levels;
	uint64_t start, phys;   /* virtual and physical address of the kernel: kernel_map */
	uint64_t size;
	uint64_t page_offset, phys_offset; /* the linear map's base, and what it stands for */
	uint64_t vmemmap;       /* VMEMMAP_START, whether something is there or not */
	uint64_t fix_start, fix_top;
	bool strict;            /* CONFIG_STRICT_KERNEL_RWX */
	bool prealloc;          /* 6.5: entries of the root are filled in advance */
	bool hotplug;           /* 6.11: with CONFIG_MEMORY_HOTPLUG, more of them */
	uint64_t pool;          /* KFENCE's, where memblock put it; or 0 */
};

#define PMD 1u /* the level that the kernel and the device tree are mapped by */

static inline struct riscv *riscv_of(const struct ptk_boot *b)
{
	return b->arch;
}

static inline uint64_t riscv_size(const struct riscv *v, unsigned level)
{
	return UINT64_C(1) << v->r->level[level].shift;
}

static inline uint64_t riscv_entry(uint64_t pa, uint64_t bits)
{
	return pa >> 12 << 10 | bits;
}

/* PFN of Sv39 and on: bits 53:10; of Sv32 31:10. */
static inline uint64_t riscv_entry_pa(uint64_t raw)
{
	return (raw & ((UINT64_C(1) << 54) - 1)) >> 10 << 12;
}

/* The addresses of a symbol of the image; they note a failure when there is none. */
uint64_t riscv_image_pa(struct ptk_boot *b, const char *name);
uint64_t riscv_linear_va(const struct riscv *v, uint64_t pa);

/* ---- map.c ---- */

extern const struct riscv_prot riscv_kernel_, riscv_kernel_exec_, riscv_kernel_read_, riscv_kernel_read_exec_;

/* "pte", "pmd", "pud", "p4d", "pgd" for a table of this level. */
const char *riscv_level_name_(const struct riscv *v, unsigned level);
/* Where an entry for va lies in a table of a level. */
uint64_t riscv_slot_(const struct riscv *v, unsigned level, uint64_t table, uint64_t va);
/* create_pgd_mapping(): one leaf of a level, or a table that is there already, at the level above its own. */
void riscv_map_(struct ptk_boot *b, uint64_t root, uint64_t va, uint64_t pa, unsigned level, const struct riscv_prot *prot,
                enum riscv_source source);
void riscv_link_(struct ptk_boot *b, uint64_t root, uint64_t va, const char *table, unsigned level);
/* best_map_size() */
unsigned riscv_best_level_(const struct ptk_boot *b, uint64_t pa, uint64_t va, uint64_t size);
/* Bits of entries are set and cleared. Leaves that are cut are split first, by this function, or change as a whole (NULL). */
struct riscv_change {
	uint64_t set, clear;
	const char *split;
};
void riscv_change_(struct ptk_boot *b, uint64_t va, uint64_t last, const struct riscv_change *c);
/* __set_memory() of [va, end): rights are set and cleared; leaves of the linear map that are cut are split first. */
void riscv_set_memory_(struct ptk_boot *b, const char *function, uint64_t va, uint64_t end, uint64_t set, uint64_t clear);

/* ---- the stages, in order: paging.c, vmemmap.c, late.c ---- */

void riscv_setup_vm_(struct ptk_boot *b);
void riscv_paging_init_(struct ptk_boot *b);
void riscv_vmemmap_(struct ptk_boot *b);
void riscv_cache_init_(struct ptk_boot *b);
void riscv_kfence_(struct ptk_boot *b);
void riscv_final_(struct ptk_boot *b);

/* Of what they made. */
void riscv_vmemmap_region_(struct ptk_boot *b, uint64_t first, uint64_t last);
uint64_t riscv_pool_(const struct ptk_boot *b); /* KFENCE's, or 0 */
uint64_t riscv_linear_end_(const struct riscv *v);
void riscv_modules_(struct ptk_boot *b, uint64_t *first, uint64_t *end);

int riscv_like_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err);
extern const struct boot_witness riscv_witness_[];
const char *riscv_explain_(const struct ptk_boot *b, const struct boot_case *c);

#endif
