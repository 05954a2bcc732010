// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Roots on riscv. */
#include <stdio.h>

#include "base/bits.h"
#include "linux/root.h"

static bool try_mode(struct ptk_linux *lx, struct lx_kern *k, unsigned bits)
{
	char text[32];
	uint64_t offset, link, base;
	snprintf(text, sizeof text, "riscv-sv%u", bits);
	if (lx_number(k, "va_kernel_pa_offset", &offset)) { /* 6.5 and later */
		k->root_how = "swapper_pg_dir - va_kernel_pa_offset";
		if (ptk_root_try_(lx, k, text, k->pgd_va - offset, k->pgd_va - offset))
			goto found;
	} else if (lx_number(k, "KERNEL_LINK_ADDR", &link) && lx_number(k, "phys_ram_base", &base)) { /* 6.2, 6.3 */
		k->root_how = "swapper_pg_dir - KERNEL_LINK_ADDR + phys_ram_base";
		if (ptk_root_try_(lx, k, text, k->pgd_va - link + base, k->pgd_va - link + base))
			goto found;
	}
	k->root_how = "the page that maps itself at swapper_pg_dir";
	if (!ptk_root_search_(lx, k, text, BIT(21)))
		return false;
found:
	k->layout.va_bits = k->layout.va_bits_config = bits;
	return true;
}

/* VMCOREINFO says the mode since 6.2. Before, the mode is the one in which the image maps itself. */
static bool by_info(struct ptk_linux *lx, struct lx_kern *k)
{
	static const unsigned modes[] = { 57, 48, 39 };
	uint64_t bits;
	k->layout.page_shift = 12;
	if (!(k->pgd_va >> 32))
		return try_mode(lx, k, 32);
	if (lx_number(k, "VA_BITS", &bits) && (bits == 57 || bits == 48 || bits == 39))
		return try_mode(lx, k, (unsigned)bits);
	for (size_t i = 0; i < 3; i++)
		if (try_mode(lx, k, modes[i]))
			return true;
	return false;
}

const struct lx_rules ptk_rules_riscv_ = { .arch = LX_RISCV, .by_info = by_info };
