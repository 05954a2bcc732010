/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file linux/pgtable.h
 * The kernel's page-table helpers by their own names, so that mm code can be written, tried and debugged in
 * user space, for any regime.
 *
 * Where the kernel's signature names no mm, these use `PTKIT_MM`: an expression of type `struct ptk_mm *` that the
 * program may define before including this header. Without that it is the variable `ptkit_current_mm`
 * of the including file.
 *
 * Read entries through their pointers as the kernel does (`*pmdp`, READ_ONCE(), ptep_get()); write them with set_pte(),
 * set_pmd(), ...: a plain store changes Linux's copy only, not the hardware's table. The meaning of each helper is that
 * of Documentation/mm/arch_pgtable_helpers.rst; ptk_mm_error() tells of stores that failed.
 */
#ifndef PTKIT_LINUX_PGTABLE_H
#define PTKIT_LINUX_PGTABLE_H

#include <ptkit/linux/mm.h>

#ifndef PTKIT_MM
/** The mm of helpers whose kernel signature names none. */
#define PTKIT_MM ptkit_current_mm
static struct ptk_mm *ptkit_current_mm __attribute__((unused));
#endif

/** @cond the kernel's names, documented in Documentation/mm/arch_pgtable_helpers.rst */
#define mm_struct ptk_mm

typedef uint64_t pteval_t, pmdval_t, pudval_t, p4dval_t, pgdval_t, pgprotval_t;
typedef uint64_t phys_addr_t;
typedef struct { pteval_t pte; } pte_t;
typedef struct { pmdval_t pmd; } pmd_t;
typedef struct { pudval_t pud; } pud_t;
typedef struct { p4dval_t p4d; } p4d_t;
typedef struct { pgdval_t pgd; } pgd_t;
typedef struct { pgprotval_t pgprot; } pgprot_t;
typedef struct { uint64_t val; } swp_entry_t;
typedef pte_t *pgtable_t;

#ifndef READ_ONCE
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#endif

/* ---- geometry ---- */
#define PAGE_SHIFT ptk_mm_shift(PTKIT_MM, PTK_LX_PTE)
#define PMD_SHIFT ptk_mm_shift(PTKIT_MM, PTK_LX_PMD)
#define PUD_SHIFT ptk_mm_shift(PTKIT_MM, PTK_LX_PUD)
#define P4D_SHIFT ptk_mm_shift(PTKIT_MM, PTK_LX_P4D)
#define PGDIR_SHIFT ptk_mm_shift(PTKIT_MM, PTK_LX_PGD)
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PMD_SIZE (1UL << PMD_SHIFT)
#define PUD_SIZE (1UL << PUD_SHIFT)
#define P4D_SIZE (1UL << P4D_SHIFT)
#define PGDIR_SIZE (1UL << PGDIR_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PMD_MASK (~(PMD_SIZE - 1))
#define PUD_MASK (~(PUD_SIZE - 1))
#define P4D_MASK (~(P4D_SIZE - 1))
#define PGDIR_MASK (~(PGDIR_SIZE - 1))
#define PTRS_PER_PTE ptk_mm_ptrs(PTKIT_MM, PTK_LX_PTE)
#define PTRS_PER_PMD ptk_mm_ptrs(PTKIT_MM, PTK_LX_PMD)
#define PTRS_PER_PUD ptk_mm_ptrs(PTKIT_MM, PTK_LX_PUD)
#define PTRS_PER_P4D ptk_mm_ptrs(PTKIT_MM, PTK_LX_P4D)
#define PTRS_PER_PGD ptk_mm_ptrs(PTKIT_MM, PTK_LX_PGD)

/* ---- protections ---- */
static inline pgprot_t __pgprot(pgprotval_t v)
{
	pgprot_t p = {v};
	return p;
}

static inline pgprotval_t pgprot_val(pgprot_t p)
{
	return p.pgprot;
}

#define PAGE_NONE __pgprot(ptk_mm_prot(PTKIT_MM, PTK_LX_PAGE_NONE))
#define PAGE_READONLY __pgprot(ptk_mm_prot(PTKIT_MM, PTK_LX_PAGE_READONLY))
#define PAGE_READONLY_EXEC __pgprot(ptk_mm_prot(PTKIT_MM, PTK_LX_PAGE_READONLY_EXEC))
#define PAGE_SHARED __pgprot(ptk_mm_prot(PTKIT_MM, PTK_LX_PAGE_SHARED))
#define PAGE_SHARED_EXEC __pgprot(ptk_mm_prot(PTKIT_MM, PTK_LX_PAGE_SHARED_EXEC))
#define PAGE_KERNEL __pgprot(ptk_mm_prot(PTKIT_MM, PTK_LX_PAGE_KERNEL))
#define PAGE_KERNEL_RO __pgprot(ptk_mm_prot(PTKIT_MM, PTK_LX_PAGE_KERNEL_RO))
#define PAGE_KERNEL_EXEC __pgprot(ptk_mm_prot(PTKIT_MM, PTK_LX_PAGE_KERNEL_EXEC))
#define PAGE_KERNEL_ROX __pgprot(ptk_mm_prot(PTKIT_MM, PTK_LX_PAGE_KERNEL_ROX))

/*
 * What every level has. NAME is the level in lower case, UP the one above it, LX its ptk_lx_level.
 * addr_end works in the width of the regime's registers, so that the top of a 32-bit space is 0 as in its kernel.
 */
#define PTKIT_LEVEL_(NAME, LX)                                                                                     \
	static inline uint64_t NAME##_val(NAME##_t v)                                                              \
	{                                                                                                          \
		return v.NAME;                                                                                     \
	}                                                                                                          \
	static inline NAME##_t __##NAME(uint64_t v)                                                                \
	{                                                                                                          \
		NAME##_t e = {v};                                                                                  \
		return e;                                                                                          \
	}                                                                                                          \
	static inline unsigned long NAME##_index(unsigned long addr)                                               \
	{                                                                                                          \
		return ptk_mm_index(PTKIT_MM, LX, addr);                                                           \
	}                                                                                                          \
	static inline int NAME##_none(NAME##_t v)                                                                  \
	{                                                                                                          \
		return ptk_mm_is(PTKIT_MM, LX, PTK_LX_NONE, v.NAME);                                               \
	}                                                                                                          \
	static inline int NAME##_present(NAME##_t v)                                                               \
	{                                                                                                          \
		return ptk_mm_is(PTKIT_MM, LX, PTK_LX_PRESENT, v.NAME);                                            \
	}                                                                                                          \
	static inline int NAME##_bad(NAME##_t v)                                                                   \
	{                                                                                                          \
		return ptk_mm_is(PTKIT_MM, LX, PTK_LX_BAD, v.NAME);                                                \
	}                                                                                                          \
	static inline int NAME##_valid(NAME##_t v)                                                                 \
	{                                                                                                          \
		return ptk_mm_is(PTKIT_MM, LX, PTK_LX_VALID, v.NAME);                                              \
	}                                                                                                          \
	static inline int NAME##_leaf(NAME##_t v)                                                                  \
	{                                                                                                          \
		return ptk_mm_is(PTKIT_MM, LX, PTK_LX_LEAF, v.NAME);                                               \
	}                                                                                                          \
	static inline int NAME##_same(NAME##_t a, NAME##_t b)                                                      \
	{                                                                                                          \
		return a.NAME == b.NAME;                                                                           \
	}                                                                                                          \
	static inline pte_t NAME##_pte(NAME##_t v)                                                                 \
	{                                                                                                          \
		pte_t e = {v.NAME};                                                                                \
		return e;                                                                                          \
	}                                                                                                          \
	static inline unsigned long NAME##_pfn(NAME##_t v)                                                         \
	{                                                                                                          \
		return ptk_mm_pfn(PTKIT_MM, LX, v.NAME);                                                           \
	}                                                                                                          \
	static inline phys_addr_t __##NAME##_to_phys(NAME##_t v)                                                   \
	{                                                                                                          \
		return ptk_mm_value_to_phys(PTKIT_MM, LX, v.NAME);                                                 \
	}                                                                                                          \
	static inline uint64_t __phys_to_##NAME##_val(phys_addr_t pa)                                              \
	{                                                                                                          \
		return ptk_mm_phys_to_value(PTKIT_MM, LX, pa);                                                     \
	}                                                                                                          \
	static inline void set_##NAME(NAME##_t *p, NAME##_t v)                                                     \
	{                                                                                                          \
		ptk_mm_set(PTKIT_MM, &p->NAME, v.NAME);                                                            \
	}                                                                                                          \
	static inline NAME##_t NAME##p_get(NAME##_t *p)                                                            \
	{                                                                                                          \
		return *p;                                                                                         \
	}                                                                                                          \
	static inline unsigned long ptkit_##NAME##_addr_end_(unsigned long addr, unsigned long end)                \
	{                                                                                                          \
		unsigned long top = (unsigned long)ptk_va_max(ptk_mm_regime(PTKIT_MM));                            \
		unsigned long size = 1UL << ptk_mm_shift(PTKIT_MM, LX);                                            \
		unsigned long next = (addr + size) & ~(size - 1) & top;                                            \
		return ((next - 1) & top) < ((end - 1) & top) ? next : end;                                        \
	}

PTKIT_LEVEL_(pte, PTK_LX_PTE)
PTKIT_LEVEL_(pmd, PTK_LX_PMD)
PTKIT_LEVEL_(pud, PTK_LX_PUD)
PTKIT_LEVEL_(p4d, PTK_LX_P4D)
PTKIT_LEVEL_(pgd, PTK_LX_PGD)
#undef PTKIT_LEVEL_

#define pmd_addr_end(addr, end) ptkit_pmd_addr_end_(addr, end)
#define pud_addr_end(addr, end) ptkit_pud_addr_end_(addr, end)
#define p4d_addr_end(addr, end) ptkit_p4d_addr_end_(addr, end)
#define pgd_addr_end(addr, end) ptkit_pgd_addr_end_(addr, end)

/* ---- descent ---- */
static inline pgd_t *pgd_offset(struct mm_struct *mm_, unsigned long addr)
{
	return (pgd_t *)ptk_mm_root_entry(mm_, addr);
}

#define pgd_offset_k(addr) pgd_offset(PTKIT_MM, addr)

#define PTKIT_OFFSET_(NAME, FUNC, UP, LX)                                                                          \
	static inline NAME##_t *FUNC(UP##_t *up, unsigned long addr)                                               \
	{                                                                                                          \
		return (NAME##_t *)ptk_mm_entry(PTKIT_MM, LX, &up->UP, addr);                                      \
	}

PTKIT_OFFSET_(p4d, p4d_offset, pgd, PTK_LX_P4D)
PTKIT_OFFSET_(pud, pud_offset, p4d, PTK_LX_PUD)
PTKIT_OFFSET_(pmd, pmd_offset, pud, PTK_LX_PMD)
PTKIT_OFFSET_(pte, pte_offset_kernel, pmd, PTK_LX_PTE)
#undef PTKIT_OFFSET_

/* ---- tables: allocate, point to, free ---- */
#define PTKIT_TABLE_(NAME, UP, LX, UPLX)                                                                           \
	static inline void UP##_populate(struct mm_struct *mm_, UP##_t *up, NAME##_t *table)                        \
	{                                                                                                          \
		if (!ptk_mm_folded(mm_, LX))                                                                        \
			ptk_mm_set(mm_, &up->UP, ptk_mm_table_value(mm_, UPLX, ptk_mm_table_pa(mm_, &table->NAME)));  \
	}                                                                                                          \
	static inline void __##UP##_populate(UP##_t *up, phys_addr_t table, pgprotval_t prot)                      \
	{                                                                                                          \
		ptk_mm_set(PTKIT_MM, &up->UP, ptk_mm_phys_to_value(PTKIT_MM, UPLX, table) | prot);                 \
	}                                                                                                          \
	static inline void UP##_clear(UP##_t *up)                                                                  \
	{                                                                                                          \
		if (!ptk_mm_folded(PTKIT_MM, LX))                                                                  \
			ptk_mm_set(PTKIT_MM, &up->UP, 0);                                                          \
	}

PTKIT_TABLE_(pte, pmd, PTK_LX_PTE, PTK_LX_PMD)
PTKIT_TABLE_(pmd, pud, PTK_LX_PMD, PTK_LX_PUD)
PTKIT_TABLE_(pud, p4d, PTK_LX_PUD, PTK_LX_P4D)
PTKIT_TABLE_(p4d, pgd, PTK_LX_P4D, PTK_LX_PGD)
#undef PTKIT_TABLE_

#define pmd_populate_kernel(mm_, pmdp, ptep) pmd_populate(mm_, pmdp, ptep)

#define PTKIT_ALLOC_(NAME, LX)                                                                                     \
	static inline NAME##_t *NAME##_alloc_one(struct mm_struct *mm_, unsigned long addr)                         \
	{                                                                                                          \
		(void)addr;                                                                                        \
		return (NAME##_t *)ptk_mm_alloc(mm_, LX);                                                           \
	}                                                                                                          \
	static inline void NAME##_free(struct mm_struct *mm_, NAME##_t *table)                                      \
	{                                                                                                          \
		ptk_mm_release(mm_, table ? &table->NAME : NULL);                                                   \
	}

PTKIT_ALLOC_(pmd, PTK_LX_PMD)
PTKIT_ALLOC_(pud, PTK_LX_PUD)
PTKIT_ALLOC_(p4d, PTK_LX_P4D)
#undef PTKIT_ALLOC_

static inline pte_t *pte_alloc_one_kernel(struct mm_struct *mm_)
{
	return (pte_t *)ptk_mm_alloc(mm_, PTK_LX_PTE);
}

static inline pgtable_t pte_alloc_one(struct mm_struct *mm_)
{
	return (pte_t *)ptk_mm_alloc(mm_, PTK_LX_PTE);
}

static inline void pte_free_kernel(struct mm_struct *mm_, pte_t *table)
{
	ptk_mm_release(mm_, table ? &table->pte : NULL);
}

static inline void pte_free(struct mm_struct *mm_, pgtable_t table)
{
	pte_free_kernel(mm_, table);
}

/* The kernel's p?d_alloc(): the entry of the level below, with a new table if there was none. */
#define PTKIT_DESCEND_(NAME, FUNC, OFFSET, ALLOC, UP)                                                              \
	static inline NAME##_t *FUNC(struct mm_struct *mm_, UP##_t *up, unsigned long addr)                         \
	{                                                                                                          \
		if (UP##_none(*up)) {                                                                              \
			NAME##_t *table = ALLOC;                                                                   \
			if (!table)                                                                                \
				return NULL;                                                                       \
			UP##_populate(mm_, up, table);                                                              \
		}                                                                                                  \
		return OFFSET(up, addr);                                                                           \
	}

PTKIT_DESCEND_(pte, pte_alloc_kernel_mm, pte_offset_kernel, pte_alloc_one_kernel(mm_), pmd)
#undef PTKIT_DESCEND_
#define PTKIT_DESCEND_(NAME, FUNC, OFFSET, UP, LX)                                                                 \
	static inline NAME##_t *FUNC(struct mm_struct *mm_, UP##_t *up, unsigned long addr)                         \
	{                                                                                                          \
		if (!ptk_mm_folded(mm_, LX) && UP##_none(*up)) {                                                    \
			NAME##_t *table = NAME##_alloc_one(mm_, addr);                                              \
			if (!table)                                                                                \
				return NULL;                                                                       \
			UP##_populate(mm_, up, table);                                                              \
		}                                                                                                  \
		return OFFSET(up, addr);                                                                           \
	}

PTKIT_DESCEND_(pmd, pmd_alloc, pmd_offset, pud, PTK_LX_PMD)
PTKIT_DESCEND_(pud, pud_alloc, pud_offset, p4d, PTK_LX_PUD)
PTKIT_DESCEND_(p4d, p4d_alloc, p4d_offset, pgd, PTK_LX_P4D)
#undef PTKIT_DESCEND_

/* ---- attributes of leaves ---- */
#define PTKIT_TEST_(FUNC, NAME, LX, TEST)                                                                          \
	static inline int FUNC(NAME##_t v)                                                                         \
	{                                                                                                          \
		return ptk_mm_is(PTKIT_MM, LX, TEST, v.NAME);                                                      \
	}
#define PTKIT_MAKE_(FUNC, NAME, LX, MAKE)                                                                          \
	static inline NAME##_t FUNC(NAME##_t v)                                                                    \
	{                                                                                                          \
		v.NAME = ptk_mm_make(PTKIT_MM, LX, MAKE, v.NAME);                                                  \
		return v;                                                                                          \
	}
#define PTKIT_ATTRS_(NAME, LX)                                                                                     \
	PTKIT_TEST_(NAME##_young, NAME, LX, PTK_LX_YOUNG)                                                          \
	PTKIT_TEST_(NAME##_dirty, NAME, LX, PTK_LX_DIRTY)                                                          \
	PTKIT_TEST_(NAME##_write, NAME, LX, PTK_LX_WRITE)                                                          \
	PTKIT_TEST_(NAME##_exec, NAME, LX, PTK_LX_EXEC)                                                            \
	PTKIT_TEST_(NAME##_user, NAME, LX, PTK_LX_USER)                                                            \
	PTKIT_TEST_(NAME##_special, NAME, LX, PTK_LX_SPECIAL)                                                      \
	PTKIT_TEST_(NAME##_devmap, NAME, LX, PTK_LX_DEVMAP)                                                        \
	PTKIT_TEST_(NAME##_protnone, NAME, LX, PTK_LX_PROTNONE)                                                    \
	PTKIT_TEST_(NAME##_soft_dirty, NAME, LX, PTK_LX_SOFT_DIRTY)                                                \
	PTKIT_TEST_(NAME##_cont, NAME, LX, PTK_LX_CONT)                                                            \
	PTKIT_MAKE_(NAME##_mkyoung, NAME, LX, PTK_LX_MKYOUNG)                                                      \
	PTKIT_MAKE_(NAME##_mkold, NAME, LX, PTK_LX_MKOLD)                                                          \
	PTKIT_MAKE_(NAME##_mkdirty, NAME, LX, PTK_LX_MKDIRTY)                                                      \
	PTKIT_MAKE_(NAME##_mkclean, NAME, LX, PTK_LX_MKCLEAN)                                                      \
	PTKIT_MAKE_(NAME##_mkwrite_novma, NAME, LX, PTK_LX_MKWRITE)                                                \
	PTKIT_MAKE_(NAME##_mkwrite, NAME, LX, PTK_LX_MKWRITE)                                                      \
	PTKIT_MAKE_(NAME##_wrprotect, NAME, LX, PTK_LX_WRPROTECT)                                                  \
	PTKIT_MAKE_(NAME##_mkexec, NAME, LX, PTK_LX_MKEXEC)                                                        \
	PTKIT_MAKE_(NAME##_mknexec, NAME, LX, PTK_LX_MKNEXEC)                                                      \
	PTKIT_MAKE_(NAME##_mkspecial, NAME, LX, PTK_LX_MKSPECIAL)                                                  \
	PTKIT_MAKE_(NAME##_mkdevmap, NAME, LX, PTK_LX_MKDEVMAP)                                                    \
	PTKIT_MAKE_(NAME##_mkhuge, NAME, LX, PTK_LX_MKHUGE)                                                        \
	PTKIT_MAKE_(NAME##_mkinvalid, NAME, LX, PTK_LX_MKINVALID)                                                  \
	PTKIT_MAKE_(NAME##_mksoft_dirty, NAME, LX, PTK_LX_MKSOFT_DIRTY)                                            \
	PTKIT_MAKE_(NAME##_clear_soft_dirty, NAME, LX, PTK_LX_CLEAR_SOFT_DIRTY)                                    \
	PTKIT_MAKE_(NAME##_mkcont, NAME, LX, PTK_LX_MKCONT)                                                        \
	PTKIT_MAKE_(NAME##_mknoncont, NAME, LX, PTK_LX_MKNONCONT)                                                  \
	static inline NAME##_t pfn_##NAME(unsigned long pfn, pgprot_t prot)                                        \
	{                                                                                                          \
		return __##NAME(ptk_mm_pfn_value(PTKIT_MM, LX, pfn, prot.pgprot));                                 \
	}                                                                                                          \
	static inline NAME##_t NAME##_modify(NAME##_t v, pgprot_t prot)                                            \
	{                                                                                                          \
		return __##NAME(ptk_mm_modify(PTKIT_MM, LX, v.NAME, prot.pgprot));                                 \
	}

PTKIT_ATTRS_(pte, PTK_LX_PTE)
PTKIT_ATTRS_(pmd, PTK_LX_PMD)
PTKIT_ATTRS_(pud, PTK_LX_PUD)
#undef PTKIT_ATTRS_

PTKIT_TEST_(pte_swp_exclusive, pte, PTK_LX_PTE, PTK_LX_SWP_EXCLUSIVE)
PTKIT_TEST_(pte_swp_soft_dirty, pte, PTK_LX_PTE, PTK_LX_SWP_SOFT_DIRTY)
PTKIT_MAKE_(pte_swp_mkexclusive, pte, PTK_LX_PTE, PTK_LX_SWP_MKEXCLUSIVE)
PTKIT_MAKE_(pte_swp_clear_exclusive, pte, PTK_LX_PTE, PTK_LX_SWP_CLEAR_EXCLUSIVE)
PTKIT_MAKE_(pte_swp_mksoft_dirty, pte, PTK_LX_PTE, PTK_LX_SWP_MKSOFT_DIRTY)
PTKIT_MAKE_(pte_swp_clear_soft_dirty, pte, PTK_LX_PTE, PTK_LX_SWP_CLEAR_SOFT_DIRTY)
#undef PTKIT_TEST_
#undef PTKIT_MAKE_

#define pmd_trans_huge(pmd) (pmd_present(pmd) && pmd_leaf(pmd))
#define pud_trans_huge(pud) (pud_present(pud) && pud_leaf(pud))

/* ---- entries in place ---- */
static inline void set_pte_at(struct mm_struct *mm_, unsigned long addr, pte_t *ptep, pte_t pte)
{
	ptk_mm_set_at(mm_, addr, &ptep->pte, pte.pte);
}

static inline void set_pmd_at(struct mm_struct *mm_, unsigned long addr, pmd_t *pmdp, pmd_t pmd)
{
	(void)addr;
	ptk_mm_set(mm_, &pmdp->pmd, pmd.pmd);
}

static inline void set_pud_at(struct mm_struct *mm_, unsigned long addr, pud_t *pudp, pud_t pud)
{
	(void)addr;
	ptk_mm_set(mm_, &pudp->pud, pud.pud);
}

static inline void pte_clear(struct mm_struct *mm_, unsigned long addr, pte_t *ptep)
{
	set_pte_at(mm_, addr, ptep, __pte(0));
}

static inline pte_t ptep_get_and_clear(struct mm_struct *mm_, unsigned long addr, pte_t *ptep)
{
	pte_t old = *ptep;
	pte_clear(mm_, addr, ptep);
	return old;
}

static inline void ptep_set_wrprotect(struct mm_struct *mm_, unsigned long addr, pte_t *ptep)
{
	set_pte_at(mm_, addr, ptep, pte_wrprotect(*ptep));
}

static inline int ptep_test_and_clear_young(struct mm_struct *mm_, unsigned long addr, pte_t *ptep)
{
	int young = pte_young(*ptep);
	set_pte_at(mm_, addr, ptep, pte_mkold(*ptep));
	return young;
}

static inline int pmd_set_huge(pmd_t *pmdp, phys_addr_t pa, pgprot_t prot)
{
	if (!ptk_mm_can_huge(PTKIT_MM, PTK_LX_PMD) || (!pmd_none(*pmdp) && !pmd_leaf(*pmdp)))
		return 0;
	set_pmd(pmdp, pmd_mkhuge(pfn_pmd(pa >> PAGE_SHIFT, prot)));
	return 1;
}

static inline int pmd_clear_huge(pmd_t *pmdp)
{
	if (!pmd_leaf(*pmdp))
		return 0;
	pmd_clear(pmdp);
	return 1;
}

static inline int pud_set_huge(pud_t *pudp, phys_addr_t pa, pgprot_t prot)
{
	if (!ptk_mm_can_huge(PTKIT_MM, PTK_LX_PUD) || (!pud_none(*pudp) && !pud_leaf(*pudp)))
		return 0;
	set_pud(pudp, pud_mkhuge(pfn_pud(pa >> PAGE_SHIFT, prot)));
	return 1;
}

static inline int pud_clear_huge(pud_t *pudp)
{
	if (!pud_leaf(*pudp))
		return 0;
	pud_clear(pudp);
	return 1;
}

/* ---- swap ---- */
static inline swp_entry_t __swp_entry(unsigned long type, unsigned long offset)
{
	swp_entry_t e = {ptk_mm_swap_value(PTKIT_MM, (unsigned)type, offset)};
	return e;
}

static inline unsigned long __swp_type(swp_entry_t e)
{
	return ptk_mm_swap_type(PTKIT_MM, e.val);
}

static inline unsigned long __swp_offset(swp_entry_t e)
{
	return ptk_mm_swap_offset(PTKIT_MM, e.val);
}

static inline pte_t __swp_entry_to_pte(swp_entry_t e)
{
	return __pte(e.val);
}

static inline swp_entry_t __pte_to_swp_entry(pte_t pte)
{
	swp_entry_t e = {pte.pte};
	return e;
}
/** @endcond */

#endif
