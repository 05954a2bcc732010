// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * arm64 Linux, arch/arm64/mm/mmu.c: __create_pgd_mapping_locked and what it calls (6.1, 6.12).
 *
 * A block above level 2 exists with 4K pages only; contiguous runs at the last two levels. A new
 * table entry is UXNTable, and PXNTable where the caller says so; one that is there is used as it is.
 */
#include "build/policy.h"

static void rules(const struct ptk_regime *r, const struct ptk_edit *e, struct ptk_rules *out)
{
	out->leaf &= r->page_shift == 12 ? 7 : 3;
	out->cont &= 3;
	out->keep_tables = out->keep_parents = out->keep_empty = true;
	for (int l = 1; l < r->nlevels; l++) {
		out->inherit[l] = PTK_A_UX;
		if (e && e->flags & PTK_EDIT_NO_EXEC)
			out->inherit[l] |= PTK_A_KX;
	}
}

const struct ptk_policy ptk_policy_linux_arm64_6_1 = {
	.name = "linux-arm64-6.1",
	.what = "arm64 Linux 6.1: blocks, contiguous runs and UXNTable as create_pgd_mapping sets them",
	.arch = "arm64",
	.rules = rules,
};

/* The rules are those of 6.1; what changed is who calls with which flags. */
const struct ptk_policy ptk_policy_linux_arm64_6_12 = {
	.name = "linux-arm64-6.12",
	.what = "arm64 Linux 6.12: the same, with LPA2 and five levels",
	.arch = "arm64",
	.rules = rules,
};
