// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Linux's entries on x86: arch/x86/include/asm/pgtable{,_types,-2level,-3level,_64}.h. */
#include "base/bits.h"
#include "linux/mm.h"

#define P BIT(0)
#define RW BIT(1)
#define US BIT(2)
#define PWT BIT(3)
#define PCD BIT(4)
#define A BIT(5)
#define D BIT(6)
#define PSE BIT(7)
#define G BIT(8)
#define PROTNONE G /* with P clear */
#define SPECIAL BIT(9)
#define SOFT_DIRTY BIT(11)
#define DEVMAP BIT(57)
#define SAVED_DIRTY BIT(58) /* a dirty page that is not writable must not look like a shadow stack (since 6.6) */
#define NX BIT(63)
#define KERNPG_TABLE (P | RW | A | D)

static bool wide(const struct ptk_mm *mm)
{
	return mm->regime.entry_shift == 3;
}

static bool is_64bit(const struct ptk_mm *mm)
{
	return mm->regime.va_width == 64;
}

static uint64_t saved_dirty_bit(const struct ptk_mm *mm)
{
	return is_64bit(mm) && mm->version >= LX_VERSION(6, 6) ? SAVED_DIRTY : 0;
}

static uint64_t swp_exclusive(const struct ptk_mm *mm)
{
	return is_64bit(mm) ? PWT : PSE;
}

/* Move D to its saved place when the entry is not writable, and back when it is. */
static uint64_t settle_dirty(const struct ptk_mm *mm, uint64_t v)
{
	uint64_t saved = saved_dirty_bit(mm);
	if (!saved)
		return v;
	if (!(v & RW) && (v & D))
		return (v & ~D) | saved;
	if ((v & RW) && (v & saved))
		return (v & ~saved) | D;
	return v;
}

static uint64_t flag_bits(const struct ptk_mm *mm, uint64_t v)
{
	return v & ~mm->regime.level[0].leaf_form.pa_mask;
}

static bool is_bad(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t v)
{
	uint64_t flags = flag_bits(mm, v);
	switch (level) {
	case PTK_LX_PTE: return false;
	case PTK_LX_PMD: return (flags & ~(US | A)) != (KERNPG_TABLE & ~A);
	case PTK_LX_PUD: return (flags & ~(KERNPG_TABLE | US)) != 0;
	case PTK_LX_P4D: return (flags & ~(KERNPG_TABLE | US | NX)) != 0;
	case PTK_LX_PGD: return mm->levels == 5 && (flags & ~(US | NX)) != KERNPG_TABLE;
	}
	return true;
}

static bool is(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_test test, uint64_t v)
{
	switch (test) {
	case PTK_LX_NONE:
		/* A and D may appear in an empty entry by an erratum of some CPUs (_PAGE_KNL_ERRATUM_MASK). */
		return (v & ~(wide(mm) ? A | D : 0)) == 0;
	case PTK_LX_PRESENT:
		if (level == PTK_LX_PTE)
			return v & (P | PROTNONE);
		return v & (level == PTK_LX_PMD ? P | PROTNONE | PSE : P);
	case PTK_LX_BAD: return is_bad(mm, level, v);
	case PTK_LX_VALID: return v & P;
	case PTK_LX_LEAF: return level == PTK_LX_PTE ? (v & P) != 0 : level <= PTK_LX_PUD && (v & PSE);
	case PTK_LX_YOUNG: return v & A;
	case PTK_LX_DIRTY: return v & (D | saved_dirty_bit(mm));
	case PTK_LX_WRITE: return v & RW;
	case PTK_LX_EXEC: return !(v & NX);
	case PTK_LX_USER: return v & US;
	case PTK_LX_SPECIAL: return v & SPECIAL;
	case PTK_LX_DEVMAP: return is_64bit(mm) && (v & DEVMAP);
	case PTK_LX_PROTNONE: return (v & (PROTNONE | P)) == PROTNONE;
	case PTK_LX_SOFT_DIRTY: return is_64bit(mm) && (v & SOFT_DIRTY);
	case PTK_LX_CONT: return false;
	case PTK_LX_SWP_EXCLUSIVE: return v & swp_exclusive(mm);
	case PTK_LX_SWP_SOFT_DIRTY: return is_64bit(mm) && (v & RW);
	}
	return false;
}

static uint64_t make(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_make what, uint64_t v)
{
	uint64_t nx = wide(mm) ? NX : 0;
	switch (what) {
	case PTK_LX_MKYOUNG: return v | A;
	case PTK_LX_MKOLD: return v & ~A;
	case PTK_LX_MKDIRTY: return settle_dirty(mm, v | D | (is_64bit(mm) ? SOFT_DIRTY : 0));
	case PTK_LX_MKCLEAN: return v & ~(D | saved_dirty_bit(mm));
	case PTK_LX_MKWRITE: return settle_dirty(mm, v | RW);
	case PTK_LX_WRPROTECT: return settle_dirty(mm, v & ~RW);
	case PTK_LX_MKEXEC: return v & ~nx;
	case PTK_LX_MKNEXEC: return v | nx;
	case PTK_LX_MKSPECIAL: return v | SPECIAL;
	case PTK_LX_MKDEVMAP: return is_64bit(mm) ? v | SPECIAL | DEVMAP : v;
	case PTK_LX_MKHUGE: return v | PSE;
	case PTK_LX_MKINVALID: {
		/* Only huge entries have it; the frame is stored inverted once P is gone (L1TF). */
		uint64_t pfn = ptk_mm_pfn(mm, level, v);
		return ptk_mm_pfn_value(mm, level, pfn, flag_bits(mm, v) & ~(P | PROTNONE));
	}
	case PTK_LX_MKSOFT_DIRTY: return is_64bit(mm) ? v | SOFT_DIRTY : v;
	case PTK_LX_CLEAR_SOFT_DIRTY: return is_64bit(mm) ? v & ~SOFT_DIRTY : v;
	case PTK_LX_SWP_MKEXCLUSIVE: return v | swp_exclusive(mm);
	case PTK_LX_SWP_CLEAR_EXCLUSIVE: return v & ~swp_exclusive(mm);
	case PTK_LX_SWP_MKSOFT_DIRTY: return is_64bit(mm) ? v | RW : v;
	case PTK_LX_SWP_CLEAR_SOFT_DIRTY: return is_64bit(mm) ? v & ~RW : v;
	case PTK_LX_MKCONT:
	case PTK_LX_MKNONCONT: break;
	}
	return v;
}

static uint32_t has(const struct ptk_mm *mm)
{
	uint32_t all = (1u << (PTK_LX_SWP_CLEAR_SOFT_DIRTY + 1)) - 1;
	all &= ~(1u << PTK_LX_MKCONT | 1u << PTK_LX_MKNONCONT);
	if (!wide(mm))
		all &= ~(1u << PTK_LX_MKNEXEC);
	if (!is_64bit(mm)) /* HAVE_ARCH_SOFT_DIRTY, ARCH_HAS_PTE_DEVMAP */
		all &= ~(1u << PTK_LX_MKDEVMAP | 1u << PTK_LX_MKSOFT_DIRTY | 1u << PTK_LX_CLEAR_SOFT_DIRTY | 1u << PTK_LX_SWP_MKSOFT_DIRTY |
		         1u << PTK_LX_SWP_CLEAR_SOFT_DIRTY);
	return all;
}

static uint64_t prot(const struct ptk_mm *mm, enum ptk_lx_prot which)
{
	uint64_t nx = wide(mm) ? NX : 0;
	/* Read-only kernel pages lost D when shadow stacks came (6.6). */
	uint64_t ro = P | A | G | (mm->version < LX_VERSION(6, 6) ? D : 0);
	switch (which) {
	case PTK_LX_PAGE_NONE: return A | PROTNONE;
	case PTK_LX_PAGE_READONLY: return P | US | A | nx;
	case PTK_LX_PAGE_READONLY_EXEC: return P | US | A;
	case PTK_LX_PAGE_SHARED: return P | RW | US | A | nx;
	case PTK_LX_PAGE_SHARED_EXEC: return P | RW | US | A;
	case PTK_LX_PAGE_KERNEL: return P | RW | A | D | G | nx;
	case PTK_LX_PAGE_KERNEL_RO: return ro | nx;
	case PTK_LX_PAGE_KERNEL_EXEC: return P | RW | A | D | G;
	case PTK_LX_PAGE_KERNEL_ROX: return ro;
	case PTK_LX_PAGE_DEVICE: return P | RW | A | D | G | nx | PCD;
	}
	return 0;
}

static uint64_t table_prot(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	/* pud_populate() of PAE sets P alone: all else is reserved in a PDPTE. */
	if (wide(mm) && !is_64bit(mm) && level >= PTK_LX_PUD)
		return P;
	/* p?d_populate() use _PAGE_TABLE for kernel and user alike. */
	return level == PTK_LX_PMD && !mm->user ? KERNPG_TABLE : KERNPG_TABLE | US;
}

static uint64_t keep(const struct ptk_mm *mm)
{
	/* _PAGE_CHG_MASK */
	return PCD | PWT | SPECIAL | A | D | SOFT_DIRTY | saved_dirty_bit(mm);
}

static void swap(const struct ptk_mm *mm, struct ptk_swap_layout *out)
{
	if (wide(mm))
		*out = (struct ptk_swap_layout){.type_lo = 59, .type_bits = 5, .offset_lo = 9, .offset_bits = 50,
			.inverted = true};
	else
		*out = (struct ptk_swap_layout){.type_lo = 1, .type_bits = 5, .offset_lo = 9, .offset_bits = 23};
}

static bool inverted(const struct ptk_mm *mm, uint64_t v)
{
	return wide(mm) && v && !(v & P);
}

const struct ptk_pgops ptk_pgops_x86_ = {
	.arch = "x86",
	.is = is,
	.make = make,
	.has = has,
	.prot = prot,
	.table_prot = table_prot,
	.keep = keep,
	.swap = swap,
	.inverted = inverted,
};
