// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Roots on 32-bit arm. */
#include "base/bits.h"
#include "base/endian.h"
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

/* PAGE_OFFSET by VMSPLIT_*: arch/arm/Kconfig. */
static const uint32_t splits[] = {0xc0000000, 0xb0000000, 0x80000000, 0x40000000};

/*
 * The first level of a short-descriptor kernel has nothing below the modules, which lie at most 16M below PAGE_OFFSET.
 * A process's table has: that is how the two differ.
 */
static bool plausible_short(const uint8_t *table, bool big)
{
	unsigned i = 0;
	while (i < 4096 && load32(table + i * 4, big) == 0)
		i++;
	for (size_t k = 0; k < sizeof splits / sizeof *splits; k++)
		if (i >= (splits[k] >> 20) - 16 && i < (splits[k] >> 20) + 16)
			return true;
	return false;
}

/* head.S of LPAE kernels puts the four second-level tables in the pages after the first-level one. */
static bool plausible_lpae(const uint8_t *table, bool big)
{
	uint64_t e = load64(table, big);
	if ((e & 3) != 3)
		return false;
	for (unsigned i = 1; i < 4; i++)
		if (load64(table + i * 8, big) != e + i * 4096)
			return false;
	return true;
}

/* The table lies below the image's text in the direct map, TEXT_OFFSET past its start or a little more. */
static bool accept(const struct ptk_space *s, struct lx_kern *k, uint64_t va, uint64_t pa)
{
	uint64_t text, size = s->regime.nlevels == 3 ? 0x5000 : 0x4000;
	for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
		if (va < splits[i] || va - splits[i] >= 64u << 20 || pa < va - splits[i])
			continue;
		k->layout.page_offset = splits[i];
		k->layout.phys_offset = pa - (va - splits[i]);
		k->layout.pae = s->regime.nlevels == 3;
		return ptk_translate(s, va + size, &text) == 1 && text == pa + size;
	}
	return false;
}

/* TEXT_OFFSET is 0x8000 past a multiple of 64K (head.S holds that), and PG_DIR_SIZE is below it. */
static const struct lx_sight sights[] = {
        {SHORT, 0x40000000, 0xffffffff, 65536, 0x4000, 16384, .plausible = plausible_short, .accept = accept},
        {LPAE, 0x40000000, 0xffffffff, 65536, 0x3000, 32, .plausible = plausible_lpae, .accept = accept},
};

/* What VMCOREINFO leaves out. */
static bool by_info_and_split(struct ptk_linux *lx, struct lx_kern *k)
{
	struct ptk_space s;
	return by_info(lx, k) && ptk_space_init(&s, lx->mem, &k->regime, k->root, NULL) == 0 &&
	       accept(&s, k, k->pgd_va, k->pgd_pa);
}

const struct lx_rules ptk_rules_arm_ = {
        .arch = LX_ARM,
        .by_info = by_info_and_split,
        .sight = sights,
        .nsights = sizeof sights / sizeof *sights,
};
