// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * arm64: arch/arm64/mm/ptdump.c, with the tests of asm/pgtable.h and the bits of asm/pgtable-hwdef.h, all by version.
 */
#include <string.h>

#include "base/bits.h"
#include "linux/ptdump.h"

#define VALID BIT(0)
#define TABLE BIT(1)
#define NG BIT(11)
#define TYPE (VALID | TABLE)
/* Software's, in entries that are not valid; before 6.11. */
#define PROT_NONE BIT(58)
#define PMD_PRESENT_INVALID BIT(59)

/* ---- attributes ---- */

#define FLAG(n, set, clear) {BIT(n), BIT(n), set, clear}
#define ATTR(n, text) {GENMASK(4, 2), (uint64_t)(n) << 2, text, NULL}

#define BITS_0_TO_52 \
	FLAG(0, " ", "F"), FLAG(6, "USR", "   "), FLAG(7, "ro", "RW"), FLAG(53, "NX", "x "), \
	{GENMASK(9, 8), GENMASK(9, 8), "SHD", "   "}, FLAG(10, "AF", "  "), FLAG(11, "NG", "  "), FLAG(52, "CON", "   ")
/* The block bit: whatever is not a table, until 6.14 asked for a block's own type. */
#define NOT_TABLE FLAG(1, "   ", "BLK")
#define IS_BLOCK {TYPE, VALID, "BLK", "   "}
#define UXN_GP FLAG(54, "UXN", "   "), FLAG(50, "GP", "  ")

/* asm/memory.h gives the memory types their indices: "MT_NORMAL must be index 0" since 5.10, two types went in 5.14. */
#define TYPES \
	ATTR(3, "DEVICE/nGnRnE"), ATTR(4, "DEVICE/nGnRE"), ATTR(2, "MEM/NORMAL-NC"), ATTR(0, "MEM/NORMAL"), \
	ATTR(1, "MEM/NORMAL-TAGGED")
#define TYPES_5_10 \
	ATTR(4, "DEVICE/nGnRnE"), ATTR(5, "DEVICE/nGnRE"), ATTR(6, "DEVICE/GRE"), ATTR(2, "MEM/NORMAL-NC"), \
	ATTR(0, "MEM/NORMAL"), ATTR(1, "MEM/NORMAL-TAGGED")
#define TYPES_OLD \
	ATTR(0, "DEVICE/nGnRnE"), ATTR(1, "DEVICE/nGnRE"), ATTR(2, "DEVICE/GRE"), ATTR(3, "MEM/NORMAL-NC"), \
	ATTR(4, "MEM/NORMAL")

#define DEFINE_BITS(name, ...) \
	static const struct ptd_bits *name(const struct ptk_regime *r, int level) \
	{ \
		static const struct ptd_bit bit[] = {__VA_ARGS__}; \
		static const struct ptd_bits bits = {bit, sizeof bit / sizeof *bit}; \
		return &bits; \
	}

DEFINE_BITS(bits_old, BITS_0_TO_52, NOT_TABLE, UXN_GP, TYPES_OLD)
DEFINE_BITS(bits_5_10, BITS_0_TO_52, NOT_TABLE, UXN_GP, TYPES_5_10)
DEFINE_BITS(bits_5_14, BITS_0_TO_52, NOT_TABLE, UXN_GP, TYPES)
DEFINE_BITS(bits_6_14, BITS_0_TO_52, IS_BLOCK, UXN_GP, TYPES)

/* ---- the kernel's tests ---- */

/*
 * Upper entries. pgd and p4d, where they are levels of their own, are tables or nothing (pgd_none_or_clear_bad()). A
 * pud may be a block with 4K and 16K granules and three levels or more (pud_table()), a pmd always.
 */
static enum ptk_kind upper(const struct ptk_regime *r, int level, uint64_t raw, bool present)
{
	bool may_block = level == 1 || (level == 2 && r->page_shift != 16);
	if (level > 2)
		return raw & TABLE ? PTK_TABLE : PTK_NONE;
	if (raw == 0)
		return PTK_NONE;
	if (!present)
		return PTK_NOT_PRESENT;
	return may_block && (raw & TYPE) != TYPE ? PTK_LEAF : PTK_TABLE;
}

static enum ptk_kind classify(const struct ptk_regime *r, int level, uint64_t raw)
{
	if (level == 0)
		return raw ? PTK_LEAF : PTK_NONE;
	/* PTE_PRESENT_INVALID took the place of nG in entries that are not valid. */
	return upper(r, level, raw, raw & (VALID | NG));
}

static enum ptk_kind classify_old(const struct ptk_regime *r, int level, uint64_t raw)
{
	if (level == 0)
		return raw ? PTK_LEAF : PTK_NONE;
	return upper(r, level, raw, raw & (VALID | PROT_NONE | (level == 1 ? PMD_PRESENT_INVALID : 0)));
}

/* ---- names ---- */

static const char *const linux_name[] = {"PTE", "PMD", "PUD", "P4D", "PGD"};

/* Names by build: whatever is the top level is the PGD. */
static void names_old(const struct ptk_regime *r, const char *leaf[PTK_LEVELS_MAX], const char *hole[PTK_LEVELS_MAX])
{
	for (int i = 0; i < r->nlevels; i++)
		leaf[i] = hole[i] = i == r->nlevels - 1 ? "PGD" : linux_name[i];
}

/* Names by folding at run time, which p4d and pud know, but not pmd: a block in the top one of two levels is a PMD. */
static void names(const struct ptk_regime *r, const char *leaf[PTK_LEVELS_MAX], const char *hole[PTK_LEVELS_MAX])
{
	names_old(r, leaf, hole);
	if (r->nlevels == 2)
		leaf[1] = linux_name[1];
}

/* ---- files ---- */

/* VA_BITS_MIN: what a kernel built for 52 bits can do with. */
static unsigned va_bits_min(const struct ptk_linux *lx)
{
	unsigned config = lx->layout.va_bits_config ? lx->layout.va_bits_config : lx->layout.va_bits;
	return config <= 48 ? config : lx->layout.page_shift == 14 ? 47 : 48;
}

static void plan(const struct ptk_linux *lx, const struct ptd_profile *p, const struct ptk_regime *r,
                 enum ptk_linux_table which, struct ptd_plan *plan)
{
	if (which == PTK_TABLE_EFI) {
		/* drivers/firmware/efi/arm-runtime.c: to TASK_SIZE_64, marked at DEFAULT_MAP_WINDOW_64 */
		plan->own[0] = (struct ptk_marker){.va = 0, .name = "UEFI runtime start"};
		plan->own[1] = (struct ptk_marker){.va = BIT(va_bits_min(lx)), .name = "UEFI runtime end"};
		plan->marker = plan->own;
		plan->nmarkers = 2;
		plan->range[0].last = BIT(r->va_bits) - 1;
		plan->end = p->rules & PTD_FLUSH_AT_END ? BIT(r->va_bits) : 0;
	} else if (p->rules & PTD_BASE_CONFIG && lx->layout.va_bits_config > r->va_bits) {
		plan->base = ~low_bits(lx->layout.va_bits_config);
	}
}

#define RULES (PTD_HOLES | PTD_FROM_FIRST | PTD_MARKER_AGAIN | PTD_SHADOW)

static const struct ptd_profile profiles[] = {
	{
		.since = PTD_VERSION(5, 7, 0),
		.rules = RULES | PTD_BASE_CONFIG,
		.classify = classify_old,
		.tested = PROT_NONE | PMD_PRESENT_INVALID,
		.bits = bits_old,
		.names = names_old,
		.plan = plan,
	}, {
		.since = PTD_VERSION(5, 10, 0),
		.rules = RULES | PTD_BASE_CONFIG,
		.classify = classify_old,
		.tested = PROT_NONE | PMD_PRESENT_INVALID,
		.bits = bits_5_10,
		.names = names_old,
		.plan = plan,
	}, {
		.since = PTD_VERSION(5, 14, 0),
		.rules = RULES | PTD_BASE_CONFIG,
		.classify = classify_old,
		.tested = PROT_NONE | PMD_PRESENT_INVALID,
		.bits = bits_5_14,
		.names = names_old,
		.plan = plan,
	}, {
		/* "arm64: ptdump: Deal with translation levels folded at runtime" and its kin */
		.since = PTD_VERSION(6, 9, 0),
		.rules = RULES,
		.classify = classify_old,
		.tested = PROT_NONE | PMD_PRESENT_INVALID,
		.bits = bits_5_14,
		.names = names,
		.plan = plan,
	}, {
		/* "arm64/mm: Move PTE_PRESENT_INVALID to overlay PTE_NG" */
		.since = PTD_VERSION(6, 11, 0),
		.rules = RULES,
		.classify = classify,
		.bits = bits_5_14,
		.names = names,
		.plan = plan,
	}, {
		/* "arm64/ptdump: Make note_page_flush() range aware", in the stable series */
		.since = PTD_VERSION(6, 12, 110),
		.rules = RULES | PTD_FLUSH_AT_END,
		.classify = classify,
		.bits = bits_5_14,
		.names = names,
		.plan = plan,
	}, {
		.since = PTD_VERSION(6, 13, 0),
		.rules = RULES,
		.classify = classify,
		.bits = bits_5_14,
		.names = names,
		.plan = plan,
	}, {
		/* "arm64/ptdump: Test PMD_TYPE_MASK for block mapping" */
		.since = PTD_VERSION(6, 14, 0),
		.rules = RULES,
		.classify = classify,
		.bits = bits_6_14,
		.names = names,
		.plan = plan,
	}, {
		.since = PTD_VERSION(6, 16, 0),
		.rules = RULES | PTD_FLUSH_AT_END,
		.classify = classify,
		.bits = bits_6_14,
		.names = names,
		.plan = plan,
	},
};

const struct ptd_arch ptk_ptd_arch_arm64 = {LX_ARM64, profiles, sizeof profiles / sizeof *profiles};
