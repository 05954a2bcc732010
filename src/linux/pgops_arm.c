// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Linux's entries on 32-bit arm: arch/arm/include/asm/pgtable{,-2level,-3level}.h. Short descriptors have no room for
 * Linux's bits, so each pte exists twice; what the hardware gets is made by set_pte_ext() (mm/proc-v7-2level.S,
 * mm/proc-macros.S for v6, mm/proc-v7-3level.S for LPAE).
 */
#include "base/bits.h"
#include "linux/mm.h"

/* Where Linux's bits are in the two layouts. */
struct layout {
	uint64_t valid, present, young, dirty, rdonly, user, xn, none, special, shared;
};

static const struct layout short_bits = {
	.valid = BIT(0), .present = BIT(0), .young = BIT(1), .dirty = BIT(6), .rdonly = BIT(7), .user = BIT(8),
	.xn = BIT(9), .shared = BIT(10), .none = BIT(11),
};

static const struct layout long_bits = {
	.valid = BIT(0), .present = GENMASK(1, 0), .young = BIT(10), .dirty = BIT(55), .rdonly = BIT(58),
	.user = BIT(6), .xn = BIT(54), .shared = GENMASK(9, 8), .none = BIT(57), .special = BIT(56),
};

#define MT_WRITEALLOC (UINT64_C(7) << 2)
#define MT_DEV_SHARED (UINT64_C(4) << 2)
#define MT_MASK GENMASK(5, 2)
#define LONG_AP2 BIT(7)
#define SWP_EXCLUSIVE BIT(7)
#define TABLE_BIT BIT(1)

/* The hardware's small page (ARM DDI 0406, B3.5.1). */
#define HW_XN BIT(0)
#define HW_SMALL BIT(1)
#define HW_B BIT(2)
#define HW_C BIT(3)
#define HW_AP0 BIT(4)
#define HW_AP1 BIT(5)
#define HW_TEX(n) ((uint64_t)(n) << 6)
#define HW_APX BIT(9)
#define HW_NG BIT(11)

static const struct layout *bits(const struct ptk_mm *mm)
{
	return mm->pair ? &short_bits : &long_bits;
}

static bool is_short(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_test test, uint64_t v)
{
	/* An upper value is a pair of hardware entries; Linux looks at the first. */
	uint64_t first = (uint32_t)v;
	(void)mm;
	if (test == PTK_LX_NONE)
		return first == 0;
	if (test == PTK_LX_PRESENT || test == PTK_LX_VALID)
		return first != 0;
	/* bit 1: a section */
	return (test == PTK_LX_BAD || (test == PTK_LX_LEAF && level == PTK_LX_PMD)) && (first & 2);
}

static bool is(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_test test, uint64_t v)
{
	const struct layout *b = bits(mm);
	if (mm->pair && level != PTK_LX_PTE)
		return is_short(mm, level, test, v);
	switch (test) {
	case PTK_LX_NONE: return v == 0;
	case PTK_LX_PRESENT:
		if (level >= PTK_LX_PUD)
			return v != 0;
		return v & (level == PTK_LX_PTE ? b->present : b->valid);
	case PTK_LX_VALID: return v & b->valid;
	case PTK_LX_BAD: return level != PTK_LX_PTE && !(v & TABLE_BIT);
	case PTK_LX_LEAF:
		if (level == PTK_LX_PTE)
			return v & b->valid;
		return level == PTK_LX_PMD && (v & GENMASK(1, 0)) == 1;
	case PTK_LX_YOUNG: return v & b->young;
	case PTK_LX_DIRTY: return v & b->dirty;
	case PTK_LX_WRITE: return !(v & b->rdonly);
	case PTK_LX_EXEC: return !(v & b->xn);
	case PTK_LX_USER: return v & b->user;
	case PTK_LX_SPECIAL: return v & b->special;
	case PTK_LX_PROTNONE: return (v & b->none) != 0;
	case PTK_LX_SWP_EXCLUSIVE: return v & SWP_EXCLUSIVE;
	case PTK_LX_CONT:
	case PTK_LX_DEVMAP:
	case PTK_LX_SOFT_DIRTY:
	case PTK_LX_SWP_SOFT_DIRTY: return false;
	}
	return false;
}

static uint64_t make(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_make what, uint64_t v)
{
	const struct layout *b = bits(mm);
	switch (what) {
	case PTK_LX_MKYOUNG: return v | b->young;
	case PTK_LX_MKOLD: return v & ~b->young;
	case PTK_LX_MKDIRTY: return v | b->dirty;
	case PTK_LX_MKCLEAN: return v & ~b->dirty;
	case PTK_LX_MKWRITE: return v & ~b->rdonly;
	case PTK_LX_WRPROTECT: return v | b->rdonly;
	case PTK_LX_MKEXEC: return v & ~b->xn;
	case PTK_LX_MKNEXEC: return v | b->xn;
	case PTK_LX_MKSPECIAL: return v | b->special;
	case PTK_LX_MKHUGE: return mm->pair || level == PTK_LX_PTE ? v : v & ~TABLE_BIT;
	case PTK_LX_MKINVALID: return mm->pair ? v : v & ~b->valid;
	case PTK_LX_SWP_MKEXCLUSIVE: return v | SWP_EXCLUSIVE;
	case PTK_LX_SWP_CLEAR_EXCLUSIVE: return v & ~SWP_EXCLUSIVE;
	case PTK_LX_MKCONT:
	case PTK_LX_MKDEVMAP:
	case PTK_LX_MKNONCONT:
	case PTK_LX_MKSOFT_DIRTY:
	case PTK_LX_CLEAR_SOFT_DIRTY:
	case PTK_LX_SWP_MKSOFT_DIRTY:
	case PTK_LX_SWP_CLEAR_SOFT_DIRTY: break;
	}
	return v;
}

static uint32_t has(const struct ptk_mm *mm)
{
	uint32_t all = (1u << PTK_LX_SWP_CLEAR_EXCLUSIVE << 1) - 1;
	all &= ~(1u << PTK_LX_MKDEVMAP | 1u << PTK_LX_MKCONT | 1u << PTK_LX_MKNONCONT | 1u << PTK_LX_MKSOFT_DIRTY |
	         1u << PTK_LX_CLEAR_SOFT_DIRTY |
	         1u << PTK_LX_SWP_MKSOFT_DIRTY);
	if (mm->pair)
		all &= ~(1u << PTK_LX_MKSPECIAL | 1u << PTK_LX_MKHUGE | 1u << PTK_LX_MKINVALID);
	return all;
}

static uint64_t prot(const struct ptk_mm *mm, enum ptk_lx_prot which)
{
	/* As build_mem_type_table() leaves them on ARMv7 SMP: write-allocate, shared. */
	const struct layout *b = bits(mm);
	uint64_t user = b->present | b->young | MT_WRITEALLOC | b->shared | b->user;
	uint64_t kernel = b->present | b->young | b->dirty | MT_WRITEALLOC | b->shared;
	switch (which) {
	case PTK_LX_PAGE_NONE: return (user & ~b->user) | b->xn | b->rdonly | b->none;
	case PTK_LX_PAGE_READONLY: return user | b->rdonly | b->xn;
	case PTK_LX_PAGE_READONLY_EXEC: return user | b->rdonly;
	case PTK_LX_PAGE_SHARED: return user | b->xn;
	case PTK_LX_PAGE_SHARED_EXEC: return user;
	case PTK_LX_PAGE_KERNEL: return kernel | b->xn;
	case PTK_LX_PAGE_KERNEL_RO: return kernel | b->xn | b->rdonly;
	case PTK_LX_PAGE_KERNEL_EXEC: return kernel;
	case PTK_LX_PAGE_KERNEL_ROX: return kernel | b->rdonly;
	case PTK_LX_PAGE_DEVICE: return (kernel & ~(MT_MASK & ~(mm->pair ? 0 : BIT(5)))) | MT_DEV_SHARED | b->xn;
	}
	return 0;
}

static uint64_t table_prot(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	(void)level;
	if (!mm->pair)
		return 3;
	/* PMD_TYPE_TABLE, PMD_BIT4, the domain (kernel 0, user 1), PXNTable for user tables where it exists. */
	uint64_t pxn = mm->regime.flags & PTK_RF_PXN ? BIT(2) : 0;
	return mm->user ? 1 | BIT(4) | BIT(5) | pxn : 1 | BIT(4);
}

static uint64_t keep(const struct ptk_mm *mm)
{
	/* pte_modify() takes XN, RDONLY, USER, NONE and VALID from the new protection, and nothing else. */
	const struct layout *b = bits(mm);
	return ~(b->xn | b->rdonly | b->user | b->none | b->valid);
}

static void swap(const struct ptk_mm *mm, struct ptk_swap_layout *out)
{
	(void)mm; /* swp_entry_t is a word on LPAE too */
	*out = (struct ptk_swap_layout){.type_lo = 2, .type_bits = 5, .offset_lo = 8, .offset_bits = 24};
}

/* Memory type to TEX, C, B without TEX remap (proc-macros.S, armv6_mt_table). */
static uint64_t v6_memory_type(uint64_t v)
{
	switch (field_get(v, 5, 2)) {
	case 1: return HW_TEX(1);               /* bufferable */
	case 2: return HW_C;                    /* write-through */
	case 3: return HW_C | HW_B;             /* write-back */
	case 4: return HW_B;                    /* device, shared */
	case 7: return HW_TEX(1) | HW_C | HW_B; /* write-allocate */
	case 9: return HW_TEX(1);               /* device, write-combining */
	case 11: return HW_C | HW_B;            /* device, cached */
	case 12: return HW_TEX(2);              /* device, not shared */
	default: return 0;                      /* uncached */
	}
}

static uint64_t small_page(const struct ptk_mm *mm, uint64_t v, bool nG)
{
	const struct layout *b = &short_bits;
	if (!(v & b->young) || !(v & b->valid) || (v & b->none))
		return 0;
	uint64_t hw = (v & ~(GENMASK(9, 4) | GENMASK(1, 0))) | HW_SMALL | HW_AP0 | (nG ? HW_NG : 0);
	if (mm->v6)
		hw = (hw & ~(HW_C | HW_B)) | v6_memory_type(v);
	else if (v & BIT(4)) /* the third bit of the memory type selects TEX[0]; the fourth has no place */
		hw |= HW_TEX(1);
	bool readonly = (v & b->rdonly) || !(v & b->dirty);
	if (readonly)
		hw |= HW_APX;
	if (v & b->user) {
		hw |= HW_AP1;
		/* v6: user read-only is APX 0, AP 10, with which the kernel may write. */
		if (mm->v6 && readonly)
			hw &= ~(HW_APX | HW_AP0);
	}
	if (v & b->xn)
		hw |= HW_XN;
	return hw;
}

static uint64_t stored(const struct ptk_mm *mm, uint64_t v, bool nG, uint64_t *hw)
{
	if (mm->pair) {
		*hw = small_page(mm, v, nG);
		return v;
	}
	const struct layout *b = &long_bits;
	if (v & b->valid) {
		if (v & b->none)
			v &= ~b->valid;
		v |= nG ? BIT(11) : 0;
		if ((v & b->rdonly) || !(v & b->dirty))
			v |= LONG_AP2;
		else
			v &= ~LONG_AP2;
	}
	*hw = v;
	return v;
}

const struct ptk_pgops ptk_pgops_arm_ = {
	.arch = "arm",
	.is = is,
	.make = make,
	.has = has,
	.prot = prot,
	.table_prot = table_prot,
	.keep = keep,
	.swap = swap,
	.stored = stored,
};
