// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Tables in use: which changes need a break, which an invalidation. */
#include "build/live.h"

#include <string.h>

#include "base/bits.h"

#define ARM_BREAKS (LIVE_PA | LIVE_MEM | LIVE_SHARE | LIVE_GLOBAL | LIVE_CONT | LIVE_SIZE | LIVE_RESIZE | LIVE_TABLE)

static const struct live_rules rules[] = {
	/*
	 * DDI 0487 D8.16.1 (break-before-make), D8.16.2 (FEAT_BBM): level 1 lets a block change size under nT, level 2
	 * lets size and contiguous bit change without. Invalid entries are not held in TLBs (D8.16).
	 */
	{"arm64", ARM_BREAKS, LIVE_SIZE, LIVE_SIZE | LIVE_CONT, LIVE_GONE | LIVE_RIGHTS | ARM_BREAKS},
	/* DDI 0487 G5.9.1, DDI 0406 B3.10.1: the same without FEAT_BBM. */
	{"arm", ARM_BREAKS, 0, 0, LIVE_GONE | LIVE_RIGHTS | ARM_BREAKS},
	/*
	 * SDM vol 3, 4.10.2.3 (a change of page size together with frame or attributes leaves it open which is used:
	 * not present first), 4.10.4.2 (invalidation; none for what was not present).
	 */
	{"x86", LIVE_RESIZE, 0, 0, 0x3ff},
	/* Privileged spec, SFENCE.VMA: any change of an entry, invalid ones may be cached too (without Svvptc). */
	{"riscv", 0, 0, 0, 0x7ff},
};

const struct live_rules *ptk_live_rules_(const struct ptk_regime *r)
{
	const char *arch = ptk_regime_arch(r);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (strcmp(rules[i].arch, arch) == 0)
			return &rules[i];
	return NULL;
}

static uint32_t leaf_changes(const struct ptk_entry *old, const struct ptk_entry *now)
{
	const struct ptk_attr *a = &old->attr, *b = &now->attr;
	uint32_t flags = a->flags ^ b->flags, changes = 0;
	/* Entries of a large page or NAPOT group hold the group's address. */
	if (old->pa != now->pa && old->span == now->span)
		changes |= LIVE_PA;
	if (a->mem != b->mem || a->memidx != b->memidx)
		changes |= LIVE_MEM;
	if (a->share != b->share)
		changes |= LIVE_SHARE;
	if (flags & b->flags & PTK_A_GLOBAL)
		changes |= LIVE_GLOBAL;
	if (flags & PTK_A_CONT)
		changes |= LIVE_CONT;
	return changes ? changes : LIVE_RIGHTS;
}

uint32_t ptk_live_changes_(const struct ptk_regime *r, int level, uint64_t old, uint64_t now, bool pure)
{
	struct ptk_entry a, b;
	if (old == now)
		return 0;
	ptk_entry_decode(r, level, old, &a);
	ptk_entry_decode(r, level, now, &b);
	bool had = a.kind == PTK_LEAF || a.kind == PTK_TABLE, has = b.kind == PTK_LEAF || b.kind == PTK_TABLE;
	if (!had)
		return has ? LIVE_NEW : 0;
	if (!has)
		return LIVE_GONE;
	if (a.kind != b.kind)
		return pure ? LIVE_SIZE : LIVE_RESIZE;
	if (a.kind == PTK_TABLE)
		return a.pa != b.pa ? LIVE_TABLE : LIVE_RIGHTS;
	return leaf_changes(&a, &b);
}

enum live_need ptk_live_need_(const struct live_rules *live, uint8_t bbm, uint32_t changes)
{
	uint32_t breaks = changes & live->must_break;
	if (bbm >= 2)
		breaks &= ~live->bbm2;
	if (breaks)
		return bbm == 1 && !(breaks & ~live->bbm1) ? LIVE_BREAK_NT : LIVE_BREAK;
	return changes & live->after ? LIVE_AFTER : LIVE_NOTHING;
}

/* DDI 0487 D8.3.1.2: bit 16 of a block descriptor. */
#define BLOCK_NT BIT(16)

uint64_t ptk_live_nt_(const struct ptk_regime *r, int level, uint64_t old, uint64_t now)
{
	return (ptk_entry_kind(r, level, old) == PTK_LEAF ? old : now) | BLOCK_NT;
}
