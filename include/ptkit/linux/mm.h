/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file linux/mm.h
 * An address space as Linux sees it: five levels with folding, entry helpers with the kernel's
 * meanings, at run time for every regime.
 *
 * These functions name their mm. <ptkit/linux/pgtable.h> puts the kernel's own names over them, so that mm code
 * written for the kernel compiles in user space.
 *
 * Tables live in a ptk_mem in the hardware's format. Each is also kept in the process as an array of 64-bit
 * values in Linux's format, which is what entry pointers point into; stores go through ptk_mm_set(), which
 * writes both. On arm short descriptors the two formats differ (asm/pgtable-2level.h): a value of the top
 * level is a pair of hardware entries (first in the low half), a page of ptes holds Linux's entries and, 2048 bytes on,
 * the hardware's.
 */
#ifndef PTKIT_LINUX_MM_H
#define PTKIT_LINUX_MM_H

#include <ptkit/entry.h>
#include <ptkit/mem.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A Linux address space over a mem. */
struct ptk_mm;

/** Linux's levels, by distance from the leaf. Folded ones exist, with one entry a table. */
enum ptk_lx_level {
	PTK_LX_PTE, /**< page table: the smallest pages */
	PTK_LX_PMD, /**< page middle directory */
	PTK_LX_PUD, /**< page upper directory */
	PTK_LX_P4D, /**< fourth level */
	PTK_LX_PGD, /**< page global directory: the root */
};

/** How to make an address space. Zero it, then set what is needed. */
struct ptk_mm_opts {
	uint64_t first;   /**< tables are allocated from this physical range ... */
	uint64_t last;    /**< ... up to here, inclusive, lowest first */
	bool attach;      /**< use the tables below @ref root, as they are; else a new, empty root is allocated */
	uint64_t root;    /**< with "attach": physical address of the root */
	bool user;        /**< tables of a process: populate with the kernel's user rights; else as init_mm */
	uint64_t task_size; /**< arm: user addresses end here (they get nG); 0: 0xbf000000, that of the 3G/1G split */
	bool v6;          /**< arm short descriptors: set_pte_ext as ARMv6 does it, else ARMv7 */
	unsigned version; /**< kernel version as major << 8 | minor (0x60c is 6.12); 0: 6.12 */
};

/**
 * Make an address space.
 *
 * @param mem     writable memory; borrowed until ptk_mm_free()
 * @param r       regime, copied
 * @param opts    where tables may live
 * @param out     free it with ptk_mm_free()
 * @return 0; ::PTK_E_INVAL (no room given, root misaligned); ::PTK_E_NOTSUP (stage 2, concatenated roots);
 *         ::PTK_E_NOMEM; what reading the root returned
 */
PTK_API int ptk_mm_new(struct ptk_mem *mem, const struct ptk_regime *r, const struct ptk_mm_opts *opts,
                       struct ptk_mm **out, struct ptk_err *err);

/** Free the handle; the tables stay in the mem. NULL is allowed. */
PTK_API void ptk_mm_free(struct ptk_mm *mm);

/** The regime. Borrowed until ptk_mm_free(). */
PTK_API const struct ptk_regime *ptk_mm_regime(const struct ptk_mm *mm);

/** Physical address of the root table, for TTBR, CR3 or satp. */
PTK_API uint64_t ptk_mm_root(const struct ptk_mm *mm);

/** Tables that are allocated now, the root included. */
PTK_API size_t ptk_mm_tables(const struct ptk_mm *mm);

/** The first failure of a store or load since the mm was made (kernel helpers cannot return it), or 0. */
PTK_API int ptk_mm_error(const struct ptk_mm *mm);

/* ---- geometry with folding ---- */

/** log2 of the bytes one entry of a level spans: PAGE_SHIFT, PMD_SHIFT, ... A folded level has the one above's. */
PTK_API unsigned ptk_mm_shift(const struct ptk_mm *mm, enum ptk_lx_level level);

/** Entries in a table of a level: PTRS_PER_PTE, ... 1 where the level is folded. */
PTK_API unsigned ptk_mm_ptrs(const struct ptk_mm *mm, enum ptk_lx_level level);

/** Whether a level is folded into the one above it. */
PTK_API bool ptk_mm_folded(const struct ptk_mm *mm, enum ptk_lx_level level);

/** Index of an address in its table of a level. */
PTK_API unsigned ptk_mm_index(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t addr);

/* ---- entries in memory ---- */

/** The root's entry for an address: pgd_offset(). Borrowed until the table is freed. */
PTK_API uint64_t *ptk_mm_root_entry(struct ptk_mm *mm, uint64_t addr);

/**
 * The entry for an address in the table that an entry of the level above points to: p4d_offset() to
 * pte_offset_kernel(). At a folded level this is @p up itself.
 *
 * @param level  the level wanted, from the pte's to the p4d's
 * @param up     entry of the level above
 * @return pointer into a table, borrowed until that is freed; NULL if the table cannot be read
 */
PTK_API uint64_t *ptk_mm_entry(struct ptk_mm *mm, enum ptk_lx_level level, const uint64_t *up, uint64_t addr);

/**
 * Store an entry, in Linux's format and the hardware's: set_pte() to set_pgd().
 *
 * @param slot   from ptk_mm_root_entry() or ptk_mm_entry(), or a neighbour in the same table
 */
PTK_API void ptk_mm_set(struct ptk_mm *mm, uint64_t *slot, uint64_t value);

/**
 * Store a pte for an address: set_pte_at(). On arm this decides nG: addresses below the task size get it.
 */
PTK_API void ptk_mm_set_at(struct ptk_mm *mm, uint64_t addr, uint64_t *slot, uint64_t value);

/** What the hardware sees in a slot: its own entry (the first of a pair). */
PTK_API uint64_t ptk_mm_hw(struct ptk_mm *mm, const uint64_t *slot);

/**
 * Allocate an empty table of a level: pte_alloc_one() to p4d_alloc_one().
 *
 * @return its first entry, or NULL when the range for tables is used up
 */
PTK_API uint64_t *ptk_mm_alloc(struct ptk_mm *mm, enum ptk_lx_level level);

/** Free a table by its first entry: pte_free() to p4d_free(). NULL is allowed. */
PTK_API void ptk_mm_release(struct ptk_mm *mm, uint64_t *table);

/** Physical address of a table by any of its entries: __pa() of a table. 0 if it is none of this mm's. */
PTK_API uint64_t ptk_mm_table_pa(const struct ptk_mm *mm, const uint64_t *slot);

/* ---- values ---- */

/** Tests of a value: pte_young(), pmd_bad(), ... False for a test that the architecture does not have. */
enum ptk_lx_test {
	PTK_LX_NONE,
	PTK_LX_PRESENT,
	PTK_LX_BAD,
	PTK_LX_VALID,
	PTK_LX_LEAF,
	PTK_LX_YOUNG,
	PTK_LX_DIRTY,
	PTK_LX_WRITE,
	PTK_LX_EXEC,
	PTK_LX_USER,
	PTK_LX_SPECIAL,
	PTK_LX_DEVMAP,
	PTK_LX_PROTNONE,
	PTK_LX_SOFT_DIRTY,
	PTK_LX_CONT,
	PTK_LX_SWP_EXCLUSIVE,
	PTK_LX_SWP_SOFT_DIRTY,
};

/** Changes of a value: pte_mkyoung(), ... A change that the architecture does not have returns the value as it was. */
enum ptk_lx_make {
	PTK_LX_MKYOUNG,
	PTK_LX_MKOLD,
	PTK_LX_MKDIRTY,
	PTK_LX_MKCLEAN,
	PTK_LX_MKWRITE,
	PTK_LX_WRPROTECT,
	PTK_LX_MKEXEC,
	PTK_LX_MKNEXEC,
	PTK_LX_MKSPECIAL,
	PTK_LX_MKDEVMAP,
	PTK_LX_MKHUGE,
	PTK_LX_MKINVALID,
	PTK_LX_MKSOFT_DIRTY,
	PTK_LX_CLEAR_SOFT_DIRTY,
	PTK_LX_MKCONT,
	PTK_LX_MKNONCONT,
	PTK_LX_SWP_MKEXCLUSIVE,
	PTK_LX_SWP_CLEAR_EXCLUSIVE,
	PTK_LX_SWP_MKSOFT_DIRTY,
	PTK_LX_SWP_CLEAR_SOFT_DIRTY,
};

/** Protections: PAGE_KERNEL, ... */
enum ptk_lx_prot {
	PTK_LX_PAGE_NONE,
	PTK_LX_PAGE_READONLY,
	PTK_LX_PAGE_READONLY_EXEC,
	PTK_LX_PAGE_SHARED,
	PTK_LX_PAGE_SHARED_EXEC,
	PTK_LX_PAGE_KERNEL,
	PTK_LX_PAGE_KERNEL_RO,
	PTK_LX_PAGE_KERNEL_EXEC,
	PTK_LX_PAGE_KERNEL_ROX,
	PTK_LX_PAGE_DEVICE,
};

/** Ask a question of a value of a level. */
PTK_API bool ptk_mm_is(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_test test, uint64_t value);

/** Change a value of a level. */
PTK_API uint64_t ptk_mm_make(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_make make, uint64_t value);

/** Whether the architecture has this change (and the test that goes with it). */
PTK_API bool ptk_mm_has(const struct ptk_mm *mm, enum ptk_lx_make make);

/** A protection value. */
PTK_API uint64_t ptk_mm_prot(const struct ptk_mm *mm, enum ptk_lx_prot prot);

/** Put a page frame and a protection together: pfn_pte(), pfn_pmd(), pfn_pud(). */
PTK_API uint64_t ptk_mm_pfn_value(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t pfn, uint64_t prot);

/** The page frame of a leaf, or of the table that a table entry points to: pte_pfn(), pmd_pfn(), ... */
PTK_API uint64_t ptk_mm_pfn(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t value);

/** Change the protection, keep frame, accessed, dirty and special: pte_modify(). */
PTK_API uint64_t ptk_mm_modify(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t value, uint64_t prot);

/** Bits of a physical address as they stand in a value: __phys_to_pte_val(). */
PTK_API uint64_t ptk_mm_phys_to_value(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t pa);

/** The physical address in a value: __pte_to_phys(), __pmd_to_phys(), ... */
PTK_API uint64_t ptk_mm_value_to_phys(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t value);

/** The value of an entry that points to a table of the level below: what pmd_populate() stores. */
PTK_API uint64_t ptk_mm_table_value(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t table_pa);

/** The type and access bits alone of such an entry: PMD_TYPE_TABLE, _KERNPG_TABLE, _PAGE_TABLE. */
PTK_API uint64_t ptk_mm_table_prot(const struct ptk_mm *mm, enum ptk_lx_level level);

/** Whether pmd_set_huge(), pud_set_huge() can work at a level: the hardware has such leaves. */
PTK_API bool ptk_mm_can_huge(const struct ptk_mm *mm, enum ptk_lx_level level);

/** A swap entry as a pte: __swp_entry() and __swp_entry_to_pte() in one. */
PTK_API uint64_t ptk_mm_swap_value(const struct ptk_mm *mm, unsigned type, uint64_t offset);

/** The swap type in a pte. */
PTK_API unsigned ptk_mm_swap_type(const struct ptk_mm *mm, uint64_t value);

/** The swap offset in a pte. */
PTK_API uint64_t ptk_mm_swap_offset(const struct ptk_mm *mm, uint64_t value);

/** Bits that a swap offset may have. */
PTK_API unsigned ptk_mm_swap_offset_bits(const struct ptk_mm *mm);

#ifdef __cplusplus
}
#endif
#endif
