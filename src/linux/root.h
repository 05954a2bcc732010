/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Rules for roots: one file an architecture, one judge. */
#ifndef LINUX_ROOT_H
#define LINUX_ROOT_H

#include "linux/find.h"

/*
 * Is there a swapper_pg_dir at pgd_pa, under this regime, that translates the kernel's own image: k->pgd_va to
 * pgd_pa, _stext and init_uts_ns where they must be? Then k becomes valid. root may differ from pgd_pa where
 * the hardware starts inside of it.
 */
bool ptk_root_try_(struct ptk_linux *lx, struct lx_kern *k, const char *regime, uint64_t root, uint64_t pgd_pa);

/* The same for every pgd_pa in memory that lies as far into a block of @step bytes as pgd_va does. */
bool ptk_root_search_(struct ptk_linux *lx, struct lx_kern *k, const char *regime, uint64_t step);

/* Number out of the kernel's VMCOREINFO; false if it has none. */
bool lx_number(const struct lx_kern *k, const char *name, uint64_t *value);

/*
 * An architecture's rules. by_info: k has a swapper_pg_dir address (pgd_va), from VMCOREINFO or symbols.
 * by_sight: k has none; look at the pages first..last for a table that maps itself.
 * Both leave k->why when they find nothing.
 */
struct lx_rules {
	enum lx_arch arch;
	bool (*by_info)(struct ptk_linux *lx, struct lx_kern *k);
	bool (*by_sight)(struct ptk_linux *lx, struct lx_kern *k, uint64_t first, uint64_t last);
};

extern const struct lx_rules ptk_rules_x86_, ptk_rules_arm64_, ptk_rules_arm_, ptk_rules_riscv_;

#endif
