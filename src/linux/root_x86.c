// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Roots on x86. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "linux/root.h"

#define START_KERNEL_MAP UINT64_C(0xffffffff80000000) /* __START_KERNEL_map: asm/page_64_types.h */
#define LINUX_PAT "0x0407050600070106"                /* pat_init(): arch/x86/mm/pat/memtype.c */

#define CR0_WP BIT(16)
#define CR4_PSE BIT(4)
#define CR4_PGE BIT(7)
#define CR4_LA57 BIT(12)
#define CR4_SMEP BIT(20)
#define CR4_SMAP BIT(21)
#define CR4_PKE BIT(22)

/* The regime's text with what the CPU's note and VMCOREINFO say of it. */
static const char *regime_text(char *buf, size_t size, const struct ptk_linux *lx, const struct lx_kern *k,
                               const char *name)
{
	uint64_t sme = 0;
	bool wide = strncmp(name, "x86-64", 6) == 0;
	int n = snprintf(buf, size, "%s,memattr=" LINUX_PAT, name);
	if (wide && lx_number(k, "sme_mask", &sme) && sme)
		n += snprintf(buf + n, size - (size_t)n, ",enc=0x%" PRIx64, sme);
	if (lx->cpu.has_cr)
		snprintf(buf + n, size - (size_t)n, "%s%s%s%s%s", lx->cpu.cr0 & CR0_WP ? "" : ",nowp",
		         lx->cpu.cr4 & CR4_PGE ? "" : ",nopge", lx->cpu.cr4 & CR4_SMEP ? ",smep" : "",
		         lx->cpu.cr4 & CR4_SMAP ? ",smap" : "", wide && lx->cpu.cr4 & CR4_PKE ? ",pke" : "");
	return buf;
}

static bool try_64(struct ptk_linux *lx, struct lx_kern *k, bool la57)
{
	char text[128];
	const char *name = la57 ? "x86-64-la57" : "x86-64";
	uint64_t base, pa = k->pgd_va - START_KERNEL_MAP;
	regime_text(text, sizeof text, lx, k, name);
	if (lx_number(k, "phys_base", &base)) {
		k->root_how = "swapper_pg_dir - __START_KERNEL_map + phys_base";
		if (ptk_root_try_(lx, k, text, pa + base, pa + base))
			return true;
	}
	k->root_how = "the page that maps itself at swapper_pg_dir";
	return ptk_root_search_(lx, k, text, BIT(21));
}

static bool by_info_64(struct ptk_linux *lx, struct lx_kern *k)
{
	uint64_t l5;
	bool known = lx_number(k, "pgtable_l5_enabled", &l5);
	if (!known && lx->cpu.has_cr) {
		l5 = lx->cpu.cr4 & CR4_LA57;
		known = true;
	}
	if (known)
		return try_64(lx, k, l5 != 0);
	return try_64(lx, k, false) || try_64(lx, k, true);
}

/* PAGE_OFFSET by VMSPLIT_*: arch/x86/Kconfig. */
static const uint32_t splits[] = {0xc0000000, 0xb0000000, 0x80000000, 0x78000000, 0x40000000};

static bool try_32(struct ptk_linux *lx, struct lx_kern *k, bool pae)
{
	char text[128];
	regime_text(text, sizeof text, lx, k, pae ? "x86-pae" : "x86-32");
	k->root_how = "swapper_pg_dir - PAGE_OFFSET";
	for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
		if (k->pgd_va < splits[i])
			continue;
		uint64_t pa = k->pgd_va - splits[i];
		if (!ptk_root_try_(lx, k, text, pa, pa))
			continue;
		k->layout.page_offset = splits[i];
		k->layout.phys_offset = 0;
		k->layout.pae = pae;
		return true;
	}
	return false;
}

static bool by_info(struct ptk_linux *lx, struct lx_kern *k)
{
	k->layout.page_shift = 12;
	if (k->pgd_va >> 32)
		return by_info_64(lx, k);
	if (k->has_info && ptk_vmcoreinfo_config_(&k->vi, "CONFIG_X86_PAE"))
		return try_32(lx, k, true);
	return try_32(lx, k, false) || try_32(lx, k, true);
}

/* The user half of init_mm is empty; the image is reached through the last entry. */
static bool plausible_64(const uint8_t *table, bool big)
{
	for (unsigned i = 0; i < 256; i++)
		if (load64(table + i * 8, big))
			return false;
	return load64(table + 511 * 8, big) & 1;
}

static bool plausible_2level(const uint8_t *table, bool big)
{
	unsigned i = 0;
	while (i < 1024 && load32(table + i * 4, big) == 0)
		i++;
	for (size_t k = 0; k < sizeof splits / sizeof *splits; k++)
		if (i == splits[k] >> 22)
			return load32(table + i * 4, big) & 1;
	return false;
}

/* swapper_pg_dir is four entries in a page of zeroes. */
static bool plausible_pae(const uint8_t *table, bool big)
{
	if (!(load64(table + 24, big) & 1))
		return false;
	for (unsigned i = 4; i < 512; i++)
		if (load64(table + i * 8, big))
			return false;
	return true;
}

/* The direct map puts physical 0 at PAGE_OFFSET. */
static bool accept_32(const struct ptk_space *s, struct lx_kern *k, uint64_t va, uint64_t pa)
{
	for (size_t i = 0; i < sizeof splits / sizeof *splits; i++)
		if (va - pa == splits[i]) {
			k->layout.page_offset = splits[i];
			k->layout.pae = s->regime.nlevels == 3;
			return true;
		}
	return false;
}

#define IMAGE_END UINT64_C(0xffffffffbfffffff) /* KERNEL_IMAGE_SIZE: 1G */

static const struct lx_sight sights[] = {
        {"x86-64", START_KERNEL_MAP, IMAGE_END, 4096, 0, 4096, .plausible = plausible_64},
        {"x86-64-la57", START_KERNEL_MAP, IMAGE_END, 4096, 0, 4096, .plausible = plausible_64},
        {"x86-pae", 0x40000000, 0xffffffff, 4096, 0, 4096, .plausible = plausible_pae, .accept = accept_32},
        {"x86-32", 0x40000000, 0xffffffff, 4096, 0, 4096, .plausible = plausible_2level, .accept = accept_32},
};

const struct lx_rules ptk_rules_x86_ = {
        .arch = LX_X86,
        .by_info = by_info,
        .sight = sights,
        .nsights = sizeof sights / sizeof *sights,
        .regime_text = regime_text,
};
