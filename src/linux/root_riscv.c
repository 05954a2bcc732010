// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Roots on riscv. */
#include <stdio.h>

#include "base/bits.h"
#include "base/endian.h"
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
	static const unsigned modes[] = {57, 48, 39};
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

static bool is_table(uint64_t e)
{
	return (e & 0xf) == 1; /* V without R, W, X */
}

/* Nothing in the user half, and a table for the last 2G, where the image has been since 5.13. */
static bool plausible_64(const uint8_t *table, bool big)
{
	for (unsigned i = 0; i < 256; i++)
		if (load64(table + i * 8, big))
			return false;
	return is_table(load64(table + 510 * 8, big)) || is_table(load64(table + 511 * 8, big));
}

static bool plausible_32(const uint8_t *table, bool big)
{
	for (unsigned i = 0; i < 0x300; i++)
		if (load32(table + i * 4, big))
			return false;
	return load32(table + 0x300 * 4, big) & 1;
}

#define IMAGE UINT64_C(0xffffffff80000000)

static const struct lx_sight sights[] = {
        {"riscv-sv57", IMAGE, UINT64_MAX, 4096, 0, 4096, .plausible = plausible_64},
        {"riscv-sv48", IMAGE, UINT64_MAX, 4096, 0, 4096, .plausible = plausible_64},
        {"riscv-sv39", IMAGE, UINT64_MAX, 4096, 0, 4096, .plausible = plausible_64},
        {"riscv-sv32", 0xc0000000, 0xffffffff, 4096, 0, 4096, .plausible = plausible_32},
};

const struct lx_rules ptk_rules_riscv_ = {
        .arch = LX_RISCV,
        .by_info = by_info,
        .sight = sights,
        .nsights = sizeof sights / sizeof *sights,
};
