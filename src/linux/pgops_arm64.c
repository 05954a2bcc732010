// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Linux's entries on arm64: arch/arm64/include/asm/pgtable{,-prot,-hwdef}.h. */
#include "base/bits.h"
#include "linux/mm.h"

#define VALID BIT(0)
#define TABLE BIT(1)
#define USER BIT(6)
#define RDONLY BIT(7)
#define SHARED GENMASK(9, 8)
#define AF BIT(10)
#define NG BIT(11)
#define WRITE BIT(51)
#define GP BIT(50)
#define CONT BIT(52)
#define PXN BIT(53)
#define UXN BIT(54)
#define DIRTY BIT(55)
#define SPECIAL BIT(56)
#define DEVMAP BIT(57)
#define TABLE_PXN BIT(59)
#define TABLE_UXN BIT(60)
#define IDX(n) ((uint64_t)(n) << 2)

/* Present though not valid: a bit of its own up to 6.10, then nG (which means nothing in an invalid entry). */
static uint64_t present_invalid(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	if (mm->version >= LX_VERSION(6, 11))
		return NG;
	return level == PTK_LX_PTE ? BIT(58) : BIT(59);
}

static bool present(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t v)
{
	if (v & VALID)
		return true;
	return v & (present_invalid(mm, level) | present_invalid(mm, PTK_LX_PTE));
}

static bool protnone(const struct ptk_mm *mm, uint64_t v)
{
	if (v & VALID || !(v & present_invalid(mm, PTK_LX_PTE)))
		return false;
	/* Where the bit is shared with pmd_mkinvalid(), PROT_NONE is told by the rights. */
	return mm->version < LX_VERSION(6, 11) || (!(v & USER) && (v & UXN));
}

static bool is(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_test test, uint64_t v)
{
	switch (test) {
	case PTK_LX_NONE: return v == 0;
	case PTK_LX_PRESENT: return level <= PTK_LX_PUD ? present(mm, level, v) : v != 0;
	case PTK_LX_BAD:
		if (level <= PTK_LX_PUD)
			return level != PTK_LX_PTE && (v & (VALID | TABLE)) != (VALID | TABLE);
		return !(v & TABLE);
	case PTK_LX_VALID: return v & VALID;
	case PTK_LX_LEAF:
		if (level == PTK_LX_PTE)
			return v & VALID;
		return level <= PTK_LX_PUD && present(mm, level, v) && !(v & TABLE);
	case PTK_LX_YOUNG: return v & AF;
	case PTK_LX_DIRTY: return (v & DIRTY) || ((v & WRITE) && !(v & RDONLY));
	case PTK_LX_WRITE: return v & WRITE;
	case PTK_LX_EXEC: return !(v & UXN);
	case PTK_LX_USER: return v & USER;
	case PTK_LX_SPECIAL: return v & SPECIAL;
	case PTK_LX_DEVMAP: return v & DEVMAP;
	case PTK_LX_PROTNONE: return protnone(mm, v);
	case PTK_LX_CONT: return v & CONT;
	case PTK_LX_SWP_EXCLUSIVE: return v & BIT(2);
	case PTK_LX_SOFT_DIRTY:
	case PTK_LX_SWP_SOFT_DIRTY: return false;
	}
	return false;
}

static uint64_t make(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_make what, uint64_t v)
{
	switch (what) {
	case PTK_LX_MKYOUNG: return v | AF;
	case PTK_LX_MKOLD: return v & ~AF;
	case PTK_LX_MKDIRTY: return (v | DIRTY) & ~(v & WRITE ? RDONLY : 0);
	case PTK_LX_MKCLEAN: return (v & ~DIRTY) | RDONLY;
	case PTK_LX_MKWRITE: return (v | WRITE) & ~RDONLY;
	case PTK_LX_WRPROTECT:
		/* What hardware noted as dirty (writable, not read-only) is kept in the software bit. */
		if ((v & WRITE) && !(v & RDONLY))
			v |= DIRTY;
		return (v & ~WRITE) | RDONLY;
	case PTK_LX_MKEXEC: return v & ~UXN;
	case PTK_LX_MKNEXEC: return v | UXN;
	case PTK_LX_MKSPECIAL: return v | SPECIAL;
	case PTK_LX_MKDEVMAP: return v | SPECIAL | DEVMAP;
	case PTK_LX_MKHUGE: return level == PTK_LX_PTE ? v : v & ~TABLE;
	case PTK_LX_MKINVALID: return (v | present_invalid(mm, level)) & ~VALID;
	case PTK_LX_MKCONT: return v | CONT;
	case PTK_LX_MKNONCONT: return v & ~CONT;
	case PTK_LX_SWP_MKEXCLUSIVE: return v | BIT(2);
	case PTK_LX_SWP_CLEAR_EXCLUSIVE: return v & ~BIT(2);
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
	uint32_t all = (1u << (PTK_LX_SWP_CLEAR_SOFT_DIRTY + 1)) - 1;
	return all & ~(1u << PTK_LX_MKSOFT_DIRTY | 1u << PTK_LX_CLEAR_SOFT_DIRTY | 1u << PTK_LX_SWP_MKSOFT_DIRTY |
	               1u << PTK_LX_SWP_CLEAR_SOFT_DIRTY);
}

static uint64_t prot(const struct ptk_mm *mm, enum ptk_lx_prot which)
{
	/* With LPA2 bits 9:8 are address bits; shareability comes from TCR. */
	uint64_t base = VALID | TABLE | AF | (mm->regime.flags & PTK_RF_DS ? 0 : SHARED);
	uint64_t user = base | USER | NG | PXN | RDONLY;
	uint64_t kernel = base | DIRTY | UXN;
	switch (which) {
	case PTK_LX_PAGE_NONE:
		return (base & ~VALID) | present_invalid(mm, PTK_LX_PTE) | RDONLY | NG | PXN | UXN;
	case PTK_LX_PAGE_READONLY: return user | UXN;
	case PTK_LX_PAGE_READONLY_EXEC: return user;
	case PTK_LX_PAGE_SHARED: return user | UXN | WRITE;
	case PTK_LX_PAGE_SHARED_EXEC: return user | WRITE;
	case PTK_LX_PAGE_KERNEL: return kernel | PXN | WRITE;
	case PTK_LX_PAGE_KERNEL_RO: return kernel | PXN | RDONLY;
	case PTK_LX_PAGE_KERNEL_EXEC: return kernel | WRITE;
	case PTK_LX_PAGE_KERNEL_ROX: return kernel | RDONLY;
	case PTK_LX_PAGE_DEVICE: return base | PXN | UXN | WRITE | IDX(4); /* ioremap: nGnRE, never dirty */
	}
	return 0;
}

static uint64_t table_prot(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	(void)level;
	return VALID | TABLE | (mm->user ? TABLE_PXN : TABLE_UXN);
}

static uint64_t keep(const struct ptk_mm *mm)
{
	/* pte_modify() takes the rights, the memory type and validity from the new protection. */
	return ~(USER | PXN | UXN | RDONLY | present_invalid(mm, PTK_LX_PTE) | VALID | WRITE | GP | IDX(7));
}

static void swap(const struct ptk_mm *mm, struct ptk_swap_layout *out)
{
	if (mm->version >= LX_VERSION(6, 10))
		*out = (struct ptk_swap_layout){.type_lo = 6, .type_bits = 5, .offset_lo = 12, .offset_bits = 50};
	else
		*out = (struct ptk_swap_layout){.type_lo = 3, .type_bits = 5, .offset_lo = 8, .offset_bits = 50};
}

const struct ptk_pgops ptk_pgops_arm64_ = {
	.arch = "arm64",
	.is = is,
	.make = make,
	.has = has,
	.prot = prot,
	.table_prot = table_prot,
	.keep = keep,
	.swap = swap,
};
