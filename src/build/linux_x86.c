// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* x86 Linux, arch/x86/mm/init_64.c and init_32.c, asm/pgalloc.h (6.1, 6.12). */
#include "base/bits.h"
#include "build/policy.h"

/* _PAGE_TABLE is 0x67: present, writable, user, accessed and dirty. */
#define TABLE_D BIT(6)

static void rules(const struct ptk_regime *r, const struct ptk_edit *e, struct ptk_rules *out)
{
	(void)e;
	out->leaf &= 7;
	out->keep_tables = out->keep_parents = out->keep_empty = true;
	/* PAE's root entries have none of these bits (SDM vol 3, 4.4.1): Linux writes P alone. */
	int top = r->nlevels == 3 ? 1 : r->nlevels - 1;
	for (int l = 1; l <= top; l++) {
		out->extra[l] = TABLE_D;
		out->accessed |= 1u << l;
	}
}

const struct ptk_policy ptk_policy_linux_x86 = {
	.name = "linux-x86",
	.what = "x86 Linux: tables are born accessed and dirty (0x67), large pages as kernel_physical_mapping_init puts them",
	.arch = "x86",
	.rules = rules,
};
