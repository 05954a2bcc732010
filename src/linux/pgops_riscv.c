// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Linux's entries on riscv: arch/riscv/include/asm/pgtable{,-bits,-32,-64}.h. */
#include "base/bits.h"
#include "linux/mm.h"

#define PRESENT BIT(0)
#define READ BIT(1)
#define WRITE BIT(2)
#define EXEC BIT(3)
#define USER BIT(4)
#define GLOBAL BIT(5)
#define ACCESSED BIT(6)
#define DIRTY BIT(7)
#define SPECIAL BIT(8)
#define DEVMAP BIT(9)
#define PROT_NONE GLOBAL /* with PRESENT clear */
#define RWX (READ | WRITE | EXEC)

static bool is(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_test test, uint64_t v)
{
	(void)mm;
	switch (test) {
	case PTK_LX_NONE: return v == 0;
	case PTK_LX_PRESENT:
		/* An invalid huge page keeps its rights, so that it stays present while it is split. */
		return v & (level == PTK_LX_PTE ? PRESENT | PROT_NONE
			: level == PTK_LX_PMD ? PRESENT | PROT_NONE | RWX : PRESENT);
	case PTK_LX_BAD:
		if (level == PTK_LX_PMD)
			return !is(mm, level, PTK_LX_PRESENT, v) || (v & RWX);
		return level != PTK_LX_PTE && !(v & PRESENT);
	case PTK_LX_VALID: return v & PRESENT;
	case PTK_LX_LEAF: return is(mm, level, PTK_LX_PRESENT, v) && (v & RWX);
	case PTK_LX_YOUNG: return v & ACCESSED;
	case PTK_LX_DIRTY: return v & DIRTY;
	case PTK_LX_WRITE: return v & WRITE;
	case PTK_LX_EXEC: return v & EXEC;
	case PTK_LX_USER: return v & USER;
	case PTK_LX_SPECIAL: return v & SPECIAL;
	case PTK_LX_DEVMAP: return v & DEVMAP;
	case PTK_LX_PROTNONE: return (v & (PRESENT | PROT_NONE)) == PROT_NONE;
	case PTK_LX_SWP_EXCLUSIVE: return v & ACCESSED;
	case PTK_LX_CONT:
	case PTK_LX_SOFT_DIRTY:
	case PTK_LX_SWP_SOFT_DIRTY: return false;
	}
	return false;
}

static uint64_t make(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_make what, uint64_t v)
{
	(void)mm, (void)level;
	switch (what) {
	case PTK_LX_MKYOUNG: return v | ACCESSED;
	case PTK_LX_MKOLD: return v & ~ACCESSED;
	case PTK_LX_MKDIRTY: return v | DIRTY;
	case PTK_LX_MKCLEAN: return v & ~DIRTY;
	case PTK_LX_MKWRITE: return v | WRITE | READ; /* W without R is reserved */
	case PTK_LX_WRPROTECT: return v & ~WRITE;
	case PTK_LX_MKEXEC: return v | EXEC;
	case PTK_LX_MKNEXEC: return v & ~EXEC;
	case PTK_LX_MKSPECIAL: return v | SPECIAL;
	case PTK_LX_MKDEVMAP: return v | DEVMAP;
	case PTK_LX_MKINVALID: return v & ~(PRESENT | PROT_NONE);
	case PTK_LX_SWP_MKEXCLUSIVE: return v | ACCESSED;
	case PTK_LX_SWP_CLEAR_EXCLUSIVE: return v & ~ACCESSED;
	case PTK_LX_MKHUGE:
	case PTK_LX_MKCONT:
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
	(void)mm;
	uint32_t all = (1u << PTK_LX_SWP_CLEAR_EXCLUSIVE << 1) - 1;
	return all & ~(1u << PTK_LX_MKCONT | 1u << PTK_LX_MKNONCONT | 1u << PTK_LX_MKSOFT_DIRTY |
	               1u << PTK_LX_CLEAR_SOFT_DIRTY | 1u << PTK_LX_SWP_MKSOFT_DIRTY);
}

static uint64_t prot(const struct ptk_mm *mm, enum ptk_lx_prot which)
{
	const uint64_t user = PRESENT | ACCESSED | USER;
	const uint64_t kernel = PRESENT | READ | WRITE | ACCESSED | DIRTY | GLOBAL;
	switch (which) {
	case PTK_LX_PAGE_NONE: return PROT_NONE | READ;
	case PTK_LX_PAGE_READONLY: return user | READ;
	case PTK_LX_PAGE_READONLY_EXEC: return user | READ | EXEC;
	case PTK_LX_PAGE_SHARED: return user | READ | WRITE;
	case PTK_LX_PAGE_SHARED_EXEC: return user | RWX;
	case PTK_LX_PAGE_KERNEL: return kernel;
	case PTK_LX_PAGE_KERNEL_RO: return kernel & ~WRITE;
	case PTK_LX_PAGE_KERNEL_EXEC: return kernel | EXEC;
	case PTK_LX_PAGE_KERNEL_ROX: return (kernel & ~WRITE) | EXEC;
	case PTK_LX_PAGE_DEVICE: return kernel | (mm->regime.flags & PTK_RF_SVPBMT ? field_put(2, 62, 61) : 0);
	}
	return 0;
}

static uint64_t table_prot(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	(void)mm, (void)level;
	return PRESENT;
}

static uint64_t keep(const struct ptk_mm *mm)
{
	(void)mm;
	/* _PAGE_CHG_MASK: all but validity, rights and memory type. */
	return ~(PRESENT | RWX | USER | GLOBAL | GENMASK(62, 61));
}

static void swap(const struct ptk_mm *mm, struct ptk_swap_layout *out)
{
	/* Bits above the type are the offset: 20 of them in a 32-bit entry. */
	*out = (struct ptk_swap_layout){.type_lo = 7, .type_bits = 5, .offset_lo = 12,
		.offset_bits = mm->regime.entry_shift == 3 ? 52 : 20};
}

const struct ptk_pgops ptk_pgops_riscv_ = {
	.arch = "riscv",
	.is = is,
	.make = make,
	.has = has,
	.prot = prot,
	.table_prot = table_prot,
	.keep = keep,
	.swap = swap,
};
