// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * riscv: arch/riscv/mm/ptdump.c, with the tests of asm/pgtable.h and asm/pgtable-64.h.
 */
#include "base/bits.h"
#include "linux/ptdump.h"

#define V BIT(0)
#define LEAF GENMASK(3, 1) /* R, W, X */
#define PROT_NONE BIT(5)   /* G, in entries that are not valid */
#define SPECIAL BIT(8)

/* ---- the kernel's tests ---- */

/*
 * pgd and p4d, where they are levels of their own, are tables or nothing: the kernel has no test for leaves there, and
 * reads what a leaf points at as a table. A pmd that was made inaccessible is still present.
 */
static enum ptk_kind classify(const struct ptk_regime *r, int level, uint64_t raw)
{
	if (level == 0)
		return raw ? PTK_LEAF : PTK_NONE;
	if (level > 2)
		return raw & V ? PTK_TABLE : PTK_NONE;
	if (raw == 0)
		return PTK_NONE;
	if (!(raw & (level == 1 ? V | PROT_NONE | LEAF : V)))
		return PTK_NOT_PRESENT;
	return raw & LEAF ? PTK_LEAF : PTK_TABLE;
}

/* ---- text ---- */

#define LETTER(n, letter) {BIT(n), BIT(n), letter, "."}
#define LETTERS \
	LETTER(7, "D"), LETTER(6, "A"), LETTER(5, "G"), LETTER(4, "U"), LETTER(3, "X"), LETTER(2, "W"), LETTER(1, "R"), \
	LETTER(0, "V")
/* A field with a text for each value. */
#define FIELD(hi, lo, none, one, two, three) \
	{GENMASK(hi, lo), 0, none, NULL}, {GENMASK(hi, lo), (uint64_t)1 << (lo), one, NULL}, \
	{GENMASK(hi, lo), (uint64_t)2 << (lo), two, NULL}, {GENMASK(hi, lo), (uint64_t)3 << (lo), three, NULL}
#define SOFTWARE FIELD(9, 8, "  ..  ", "RSW(1)", "RSW(2)", "RSW(3)")
#define NBITS(list) {list, sizeof list / sizeof *list}

static const struct ptd_bit old[] = {{SPECIAL, SPECIAL, "RSW", "   "}, LETTERS};
static const struct ptd_bit narrow[] = {SOFTWARE, LETTERS};
static const struct ptd_bit wide[] = {
	LETTER(63, "N"), FIELD(62, 61, "  ..  ", "MT(NC)", "MT(IO)", "MT(?\?)"), SOFTWARE, LETTERS};

static const struct ptd_bits *bits_old(const struct ptk_regime *r, int level)
{
	static const struct ptd_bits list = NBITS(old);
	return &list;
}

static const struct ptd_bits *bits(const struct ptk_regime *r, int level)
{
	static const struct ptd_bits list[2] = {NBITS(narrow), NBITS(wide)};
	return &list[r->va_width == 64];
}

/* Levels that are not in use are the PGD; so is the upper one of Sv32. */
static void names(const struct ptk_regime *r, const char *leaf[PTK_LEVELS_MAX], const char *hole[PTK_LEVELS_MAX])
{
	static const char *const name[] = {"PTE", "PMD", "PUD", "P4D", "PGD"};
	for (int i = 0; i < r->nlevels; i++)
		leaf[i] = hole[i] = i == r->nlevels - 1 ? "PGD" : name[i];
}

/* The kernel's file starts at KERN_VIRT_START: the upper half, on 32-bit the fixmap, which is the first marker. */
static void plan(const struct ptk_linux *lx, const struct ptd_profile *p, const struct ptk_regime *r,
                 enum ptk_linux_table which, struct ptd_plan *plan)
{
	if (which == PTK_TABLE_EFI) {
		plan->own[0] = (struct ptk_marker){.va = 0, .name = "UEFI runtime start"};
		plan->own[1] = (struct ptk_marker){.va = BIT(30), .name = "UEFI runtime end"};
		plan->marker = plan->own;
		plan->nmarkers = 2;
		plan->range[0].last = BIT(31) - 1;
	} else if (r->va_width == 64) {
		plan->range[0].first = -BIT(r->va_bits - 1);
	} else if (plan->nmarkers) {
		plan->range[0].first = plan->marker[0].va;
	}
}

#define RULES (PTD_FROM_FIRST | PTD_MARKER_ALL | PTD_PA | PTD_SHADOW)

static const struct ptd_profile profiles[] = {
	{
		.since = PTD_VERSION(5, 7, 0),
		.rules = RULES,
		.classify = classify,
		.bits = bits_old,
		.names = names,
		.plan = plan,
	}, {
		/* pte_pfn() learned of NAPOT */
		.since = PTD_VERSION(6, 4, 0),
		.rules = RULES | PTD_NAPOT,
		.classify = classify,
		.bits = bits_old,
		.names = names,
		.plan = plan,
	}, {
		/* "riscv: Introduce NAPOT field to PTDUMP" and its kin */
		.since = PTD_VERSION(6, 8, 0),
		.rules = RULES | PTD_NAPOT,
		.classify = classify,
		.bits = bits,
		.names = names,
		.plan = plan,
	},
};

const struct ptd_arch ptk_ptd_arch_riscv = {LX_RISCV, profiles, sizeof profiles / sizeof *profiles};
