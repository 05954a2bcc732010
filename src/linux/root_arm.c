// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Roots on 32-bit arm. */
#include "base/bits.h"
#include "linux/root.h"

/* PRRR and NMRR of arch/arm/mm/proc-v7-2level.S, MAIR0 and MAIR1 of proc-v7-3level.S. */
#define SHORT "arm-short,tre,memattr=0x40e040e0ff0a81a8,dacr=0x55"
#define LPAE "arm-lpae,memattr=0xff000004eeaa4400"

static bool by_info(struct ptk_linux *lx, struct lx_kern *k)
{
	bool lpae = k->has_info && ptk_vmcoreinfo_config_(&k->vi, "CONFIG_ARM_LPAE");
	k->layout.page_shift = 12;
	k->layout.va_bits = k->layout.va_bits_config = 32;
	k->root_how = "the page that maps itself at swapper_pg_dir";
	/* Images sit at multiples of 64K plus TEXT_OFFSET; head.S holds that down to 0x8000 past such a multiple. */
	if (!lpae && ptk_root_search_(lx, k, SHORT, BIT(16)))
		return true;
	k->layout.pae = ptk_root_search_(lx, k, LPAE, BIT(16));
	return k->layout.pae;
}

const struct lx_rules ptk_rules_arm_ = { .arch = LX_ARM, .by_info = by_info };
