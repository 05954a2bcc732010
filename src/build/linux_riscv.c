// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * riscv Linux, arch/riscv/mm/init.c, best_map_size (6.12): a leaf of the root level never, so 2M with
 * Sv39, 1G too with Sv48, 512G too with Sv57; pages alone with Sv32. No NAPOT in kernel mappings.
 */
#include "base/bits.h"
#include "build/policy.h"

static void rules(const struct ptk_regime *r, const struct ptk_edit *e, struct ptk_rules *out)
{
	(void)e;
	out->leaf &= (uint32_t)low_bits(r->nlevels - 1u);
	out->cont = 0;
	out->keep_tables = out->keep_parents = out->keep_empty = true;
}

const struct ptk_policy ptk_policy_linux_riscv = {
	.name = "linux-riscv",
	.what = "riscv Linux: no leaves in the root, no NAPOT",
	.arch = "riscv",
	.rules = rules,
};
