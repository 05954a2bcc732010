// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * x86: arch/x86/mm/dump_pagetables.c and debug_pagetables.c, with the tests of asm/pgtable.h.
 */
#include "base/bits.h"
#include "linux/ptdump.h"

#define P BIT(0)
#define RW BIT(1)
#define USER BIT(2)
#define PWT BIT(3)
#define PCD BIT(4)
#define A BIT(5)
#define D BIT(6)
#define PSE BIT(7) /* of the last level: PAT */
#define G BIT(8)   /* not present: _PAGE_PROTNONE */
#define PROTNONE G
#define NX BIT(63)
#define KERNPG_TABLE (P | RW | A | D)

/*
 * PTE_FLAGS_MASK: all that is not page number is compared, A, D, software bits and keys too. Page numbers reach to bit
 * 51 (PAE as well), but for the encryption bit. With 4-byte entries they reach to the top.
 */
static uint64_t compared(const struct ptk_regime *r, int level)
{
	if (r->entry_shift == 2)
		return low_bits(12);
	return ~GENMASK(51, 12) | r->enc_mask;
}

/* ---- the kernel's tests ---- */

/* pgd_none(), pgd_bad() with five levels: a table has exactly the flags of one. Copies for user space may have NX. */
static enum ptk_kind pgd(const struct ptk_regime *r, uint64_t raw)
{
	uint64_t flags = raw & compared(r, 4) & ~(USER | NX);
	return flags == (KERNPG_TABLE | r->enc_mask) ? PTK_TABLE : PTK_NONE;
}

/* p4d_none(), p4d_bad(): no flags but those of a table. Whether it is present is not asked. */
static enum ptk_kind p4d(const struct ptk_regime *r, uint64_t raw)
{
	uint64_t flags = raw & compared(r, 3) & ~(KERNPG_TABLE | r->enc_mask | USER | NX);
	return (raw & ~(A | D)) == 0 || flags ? PTK_NONE : PTK_TABLE;
}

static enum ptk_kind pud(uint64_t raw, bool leaf)
{
	if ((raw & ~(A | D)) == 0)
		return PTK_NONE;
	if (leaf)
		return PTK_LEAF;
	return raw & P ? PTK_TABLE : PTK_NOT_PRESENT;
}

/* pmd_none() forgives the stray A and D of Knights Landing, but not on 32-bit, where it looks at the low word. */
static enum ptk_kind pmd(const struct ptk_regime *r, uint64_t raw)
{
	uint64_t content = r->va_width == 32 ? raw & low_bits(32) : raw;
	if (r->entry_shift == 3)
		content &= ~(A | D);
	if (!content)
		return PTK_NONE;
	if (raw & PSE)
		return PTK_LEAF;
	return raw & (P | PROTNONE) ? PTK_TABLE : PTK_NOT_PRESENT;
}

static enum ptk_kind by_level(const struct ptk_regime *r, int level, uint64_t raw, bool pud_leaf)
{
	switch (level) {
	case 0:
		return raw ? PTK_LEAF : PTK_NONE;
	case 1:
		return pmd(r, raw);
	case 2:
		return pud(raw, pud_leaf);
	case 3:
		return p4d(r, raw);
	default:
		return pgd(r, raw);
	}
}

static enum ptk_kind classify(const struct ptk_regime *r, int level, uint64_t raw)
{
	return by_level(r, level, raw, raw & PSE);
}

static enum ptk_kind classify_old(const struct ptk_regime *r, int level, uint64_t raw)
{
	return by_level(r, level, raw, (raw & (PSE | P)) == (PSE | P));
}

/* ---- text ---- */

/*
 * printk_prot(). A large page's own PAT bit, bit 12, is looked for in the compared bits, where it never is. Entries of
 * 4 bytes have no NX.
 */
#define FLAG(bit, set, clear) {bit, bit, set, clear}
#define TO_PCD FLAG(USER, "USR ", "    "), FLAG(RW, "RW ", "ro "), FLAG(PWT, "PWT ", "    "), FLAG(PCD, "PCD ", "    ")
#define FROM_G FLAG(G, "GLB ", "    "), FLAG(NX, "NX ", "x  ")
#define BLANK FLAG(0, "    ", NULL)

static const struct ptd_bit page[] = {TO_PCD, BLANK, FLAG(PSE, "PAT ", "    "), FROM_G};
static const struct ptd_bit large[] = {TO_PCD, FLAG(PSE, "PSE ", "    "), BLANK, FROM_G};

static const struct ptd_bits *bits(const struct ptk_regime *r, int level)
{
	static const struct ptd_bits list[2] = {
		{page, sizeof page / sizeof *page},
		{large, sizeof large / sizeof *large},
	};
	return &list[level > 0];
}

static void columns(struct ptd *d, const struct ptd_note *n)
{
	const struct ptd_bits *b = bits(d->r, n->level);
	if (!(n->prot & P)) {
		ptk_ptd_puts_(d, "                              ");
		return;
	}
	for (size_t i = 0; i < b->n; i++)
		ptk_ptd_puts_(d, (n->prot & b->bit[i].mask) == b->bit[i].val ? b->bit[i].set : b->bit[i].clear);
}

/* Empty entries of the top level are the pgd's, whatever is folded; leaves keep the name of their level. */
static void names(const struct ptk_regime *r, const char *leaf[PTK_LEVELS_MAX], const char *hole[PTK_LEVELS_MAX])
{
	static const char *const name[] = {"pte", "pmd", "pud", "p4d", "pgd"};
	for (int i = 0; i < r->nlevels; i++) {
		leaf[i] = name[i];
		hole[i] = i == r->nlevels - 1 ? "pgd" : name[i];
	}
}

/* 64-bit: the lower half, and what is above the hole that a hypervisor may use, 16 entries of the top level. */
static void plan(const struct ptk_linux *lx, const struct ptd_profile *p, const struct ptk_regime *r,
                 enum ptk_linux_table which, struct ptd_plan *plan)
{
	if (r->va_width == 32)
		return;
	uint64_t half = BIT(r->va_bits - 1);
	uint64_t hole = (uint64_t)16 << r->level[r->nlevels - 1].shift;
	plan->range[0] = (struct ptd_range){0, half - 1};
	plan->range[1] = (struct ptd_range){-half + hole, UINT64_MAX};
	plan->nranges = 2;
}

#define RULES (PTD_HOLES | PTD_BYTES | PTD_EFFECTIVE | PTD_NAME_LAST | PTD_SHADOW | PTD_CURRENT)

static const struct ptd_profile profiles[] = {
	{
		.since = PTD_VERSION(5, 7, 0),
		.rules = RULES,
		.classify = classify_old,
		.compared = compared,
		.bits = bits,
		.columns = columns,
		.names = names,
		.plan = plan,
	}, {
		/* pud_leaf() became PSE alone when pud_large() was dropped */
		.since = PTD_VERSION(6, 9, 0),
		.rules = RULES,
		.classify = classify,
		.compared = compared,
		.bits = bits,
		.columns = columns,
		.names = names,
		.plan = plan,
	},
};

const struct ptd_arch ptk_ptd_arch_x86 = {LX_X86, profiles, sizeof profiles / sizeof *profiles};
