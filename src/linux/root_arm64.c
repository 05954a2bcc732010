// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Roots on arm64. */
#include <stdio.h>

#include "base/bits.h"
#include "base/endian.h"
#include "linux/root.h"

/* MT_NORMAL, _TAGGED, _NC, DEVICE_nGnRnE, _nGnRE at 0 to 4: MAIR_EL1_SET in arch/arm64/mm/proc.S since 5.10. */
#define LINUX_MAIR "0x000000040044ffff"

static const char *granule(unsigned page_shift)
{
	return page_shift == 16 ? "64k" : page_shift == 14 ? "16k" : "4k";
}

/* VA_BITS_MIN of asm/memory.h: what a kernel built for 52 bits falls back to. */
static unsigned fallback_bits(unsigned page_shift)
{
	return page_shift == 14 ? 47 : 48;
}

/*
 * The root for this many VA bits in use. A 64K kernel built for 52 bits keeps the levels of 52 bits on a CPU that
 * has 48: its swapper_pg_dir stays 1024 entries long and TTBR1 points at the last 64 (vabits_actual, head.S). With
 * 4K and 16K the upper level is folded away instead, and the table starts where it starts.
 */
static bool try_bits(struct ptk_linux *lx, struct lx_kern *k, unsigned bits, uint64_t pgd_pa, bool search)
{
	unsigned shift = k->layout.page_shift, config = k->layout.va_bits_config;
	char text[96];
	snprintf(text, sizeof text, "arm64-%s-%u,high,memattr=" LINUX_MAIR, granule(shift), bits);
	bool folded = shift == 16 && config == 52 && bits >= 42 && bits < 52;
	uint64_t skip = folded ? (BIT(52 - 42) - BIT(bits - 42)) * 8 : 0;
	if (search ? !ptk_root_search_(lx, k, text, BIT(16)) : !ptk_root_try_(lx, k, text, pgd_pa + skip, pgd_pa))
		return false;
	k->layout.va_bits = bits;
	return true;
}

static bool page_shift_of(struct lx_kern *k)
{
	uint64_t size = 4096;
	if (k->has_info)
		ptk_vmcoreinfo_decimal_(&k->vi, NULL, "PAGESIZE", &size);
	k->layout.page_shift = size == 65536 ? 16 : size == 16384 ? 14 : 12;
	return size == 4096 || size == 16384 || size == 65536;
}

/* VA bits to try, most likely first; 0 ends the list. */
static void bits_to_try(const struct lx_kern *k, unsigned out[4])
{
	uint64_t t1sz, config;
	unsigned n = 0;
	if (lx_number(k, "TCR_EL1_T1SZ", &t1sz) || lx_number(k, "tcr_el1_t1sz", &t1sz))
		out[n++] = 64 - (unsigned)(t1sz & 63);
	if (lx_number(k, "VA_BITS", &config) && config >= 36 && config <= 52) {
		out[n++] = (unsigned)config;
		if (config == 52)
			out[n++] = fallback_bits(k->layout.page_shift);
	}
	out[n] = 0;
}

static bool by_info(struct ptk_linux *lx, struct lx_kern *k)
{
	uint64_t voffset, config;
	unsigned bits[4];
	if (!page_shift_of(k)) {
		k->why = "its PAGESIZE is none of arm64's";
		return false;
	}
	bits_to_try(k, bits);
	k->layout.va_bits_config = lx_number(k, "VA_BITS", &config) ? (unsigned)config : bits[0];
	if (lx_number(k, "kimage_voffset", &voffset)) {
		k->root_how = "swapper_pg_dir - kimage_voffset";
		for (unsigned i = 0; bits[i]; i++)
			if (try_bits(lx, k, bits[i], k->pgd_va - voffset, false))
				return true;
	}
	static const unsigned common[] = {48, 39, 52, 47, 42, 36};
	k->root_how = "the page that maps itself at swapper_pg_dir";
	for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
		if (!k->has_info || !bits[0])
			k->layout.va_bits_config = common[i];
		if (try_bits(lx, k, common[i], 0, true))
			return true;
	}
	return false;
}

/*
 * Entries of the kernel's top table: tables with no attributes but the hierarchical ones (which tells them from pages,
 * whose access flag is set), or blocks; at least one table. Blocks of the smallest top level that a granule has are 1 << shift;
 * from bit 17 up to that, they are RES0 (DDI0487 D8.3.1). LPAE's second-level tables in a row are not.
 */
static bool plausible(const uint8_t *table, bool big, unsigned n, unsigned shift)
{
	const uint64_t zero = GENMASK(shift - 1, 17);
	bool any = false;
	for (unsigned i = 0; i < n; i++) {
		uint64_t e = load64(table + i * 8, big);
		if (e == 0)
			continue;
		bool is_table = (e & 0xfff) == 3, block = (e & 3) == 1 && e & BIT(10) && !(e & zero);
		if (!is_table && !block)
			return false;
		any |= is_table;
	}
	return any;
}

static bool plausible_512(const uint8_t *table, bool big)
{
	return plausible(table, big, 512, 30);
}

static bool plausible_2048(const uint8_t *table, bool big)
{
	return plausible(table, big, 2048, 25);
}

static bool plausible_8192(const uint8_t *table, bool big)
{
	return plausible(table, big, 8192, 29);
}

/* Built for 52 bits, running with 48: the first 960 of 1024 entries are never used. */
static bool plausible_fallback(const uint8_t *table, bool big)
{
	for (unsigned i = 0; i < 960; i++)
		if (load64(table + i * 8, big))
			return false;
	return plausible(table + 960 * 8, big, 64, 29);
}

/* The image lies in the half of the space that is not the linear map: _PAGE_END() of asm/memory.h. */
#define HALF(bits) (UINT64_MAX << ((bits)-1)), UINT64_MAX
#define MODE(name) "arm64-" name ",high,memattr=" LINUX_MAIR

static const struct lx_sight sights[] = {
        {MODE("4k-48"), HALF(48), 4096, 0, 4096, .plausible = plausible_512},
        {MODE("4k-39"), HALF(39), 4096, 0, 4096, .plausible = plausible_512},
        {MODE("4k-52"), HALF(48), 4096, 0, 4096, .plausible = plausible_512},
        {MODE("16k-47"), HALF(47), 16384, 0, 16384, .plausible = plausible_2048},
        {MODE("16k-48"), HALF(48), 16384, 0, 16384, .plausible = plausible_2048},
        {MODE("16k-52"), HALF(47), 16384, 0, 16384, .plausible = plausible_2048},
        {MODE("16k-36"), HALF(36), 16384, 0, 16384, .plausible = plausible_2048},
        {MODE("64k-48"), HALF(48), 65536, 0, 8192, 0x1e00, 52, .plausible = plausible_fallback},
        {MODE("64k-52"), HALF(48), 65536, 0, 65536, .plausible = plausible_8192},
        {MODE("64k-48"), HALF(48), 65536, 0, 65536, .plausible = plausible_8192},
        {MODE("64k-42"), HALF(42), 65536, 0, 65536, .plausible = plausible_8192},
};

const struct lx_rules ptk_rules_arm64_ = {
        .arch = LX_ARM64,
        .by_info = by_info,
        .sight = sights,
        .nsights = sizeof sights / sizeof *sights,
};
