// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* arm Linux, arch/arm/mm/mmu.c (create_mapping) and mm/proc-v7-2level.S (6.1, 6.12). */
#include "base/bits.h"
#include "build/policy.h"

/* arch/arm/include/asm/pgtable-2level.h: software's bits */
#define L_VALID BIT(0)
#define L_YOUNG BIT(1)
#define L_DIRTY BIT(6)
#define L_RDONLY BIT(7)
#define L_USER BIT(8)
#define L_XN BIT(9)

/* DDI 0406C B3.5.1: hardware's, of a small page */
#define H_XN BIT(0)
#define H_AP1 BIT(5)
#define H_TEX0 BIT(6)
#define H_AP2 BIT(9)

/*
 * The inverse of cpu_v7_set_pte_ext: what Linux had stored beside this entry. C, B, S and the
 * address stay in place, TEX[0] is the third bit of the memory type; its fourth does not reach
 * hardware and is taken as clear. A page that hardware may use is young and dirty.
 */
static uint64_t shadow(const struct ptk_regime *r, uint64_t raw)
{
	(void)r;
	if (!(raw & 2)) /* not a small page: Linux has no large ones */
		return 0;
	uint64_t soft = (raw & (GENMASK(31, 12) | BIT(10) | GENMASK(3, 2))) | L_VALID | L_YOUNG | L_DIRTY;
	soft |= raw & H_TEX0 ? BIT(4) : 0;
	soft |= raw & H_AP2 ? L_RDONLY : 0;
	soft |= raw & H_AP1 ? L_USER : 0;
	soft |= raw & H_XN ? L_XN : 0;
	return soft;
}

static void rules(const struct ptk_regime *r, const struct ptk_edit *e, struct ptk_rules *out)
{
	out->leaf &= 3; /* LPAE: 2M sections, no gigabytes */
	out->keep_tables = out->keep_parents = out->keep_empty = true;
	if (r->entry_shift == 3) {
		out->cont = 0;
		return;
	}
	out->paired = out->whole_pairs = true;
	/* create_36bit_mapping: supersections, and only for memory above 4G. */
	bool high = e && e->pa >> 32;
	out->cont = high ? out->cont & 2 : 0;
	out->leaf = high ? 0 : out->leaf;
}

const struct ptk_policy ptk_policy_linux_arm = {
	.name = "linux-arm",
	.what = "arm Linux: sections by pairs, Linux's own entries beside the hardware's, supersections above 4G only",
	.arch = "arm",
	.rules = rules,
	.shadow = shadow,
};
