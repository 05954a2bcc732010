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
#define RSW GENMASK(9, 8)
#define MT GENMASK(62, 61)
#define N BIT(63)

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

static uint64_t compared_old(const struct ptk_regime *r, int level)
{
	return low_bits(8) | SPECIAL;
}

static uint64_t compared(const struct ptk_regime *r, int level)
{
	return low_bits(8) | RSW | (r->va_width == 32 ? 0 : MT | N);
}

static void letters(struct ptd *d, uint64_t v)
{
	static const char name[] = "DAGUXWRV";
	for (int i = 0; i < 8; i++)
		ptk_ptd_puts_(d, (char[]){' ', v & BIT(7 - i) ? name[i] : '.', 0});
}

static void columns_old(struct ptd *d, const struct ptd_note *n)
{
	ptk_ptd_puts_(d, n->prot & SPECIAL ? " RSW" : "    ");
	letters(d, n->prot);
}

static void columns(struct ptd *d, const struct ptd_note *n)
{
	static const char *const memtype[] = {"   ..  ", " MT(NC)", " MT(IO)", " MT(?\?)"};
	static const char *const software[] = {"   ..  ", " RSW(1)", " RSW(2)", " RSW(3)"};
	if (d->r->va_width == 64) {
		ptk_ptd_puts_(d, n->prot & N ? " N" : " .");
		ptk_ptd_puts_(d, memtype[field_get(n->prot, 62, 61)]);
	}
	ptk_ptd_puts_(d, software[field_get(n->prot, 9, 8)]);
	letters(d, n->prot);
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
		.compared = compared_old,
		.columns = columns_old,
		.names = names,
		.plan = plan,
	}, {
		/* pte_pfn() learned of NAPOT */
		.since = PTD_VERSION(6, 4, 0),
		.rules = RULES | PTD_NAPOT,
		.classify = classify,
		.compared = compared_old,
		.columns = columns_old,
		.names = names,
		.plan = plan,
	}, {
		/* "riscv: Introduce NAPOT field to PTDUMP" and its kin */
		.since = PTD_VERSION(6, 8, 0),
		.rules = RULES | PTD_NAPOT,
		.classify = classify,
		.compared = compared,
		.columns = columns,
		.names = names,
		.plan = plan,
	},
};

const struct ptd_arch ptk_ptd_arch_riscv = {LX_RISCV, profiles, sizeof profiles / sizeof *profiles};
