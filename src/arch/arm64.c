// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * arm64 (VMSAv8-64): names and parameters. The descriptors are in arm_long.c.
 *
 * "arm64-GRANULE-VA" is stage 1 with that granule and 64-TnSZ bits; "arm64-s2-GRANULE-IPA" is
 * stage 2. Any size the granule allows is a name, the listed ones are those in common use.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arm_long.h"
#include "base/err.h"

/* Linux's MAIR_EL1_SET: normal, normal (tagged with MTE), NC, nGnRnE, nGnRE (arch/arm64/mm/proc.S). */
#define LINUX_MAIR UINT64_C(0x000000040044ffff)

static const struct {
	const char *name;
	uint8_t shift;
	uint8_t va_min; /* TnSZ up to 48, 47 with 64K (FEAT_TTST) */
} granules[] = {{"4k", 12, 16}, {"16k", 14, 16}, {"64k", 16, 17}};

/* Parse "4k-48" into a granule's index and a size. */
static int parse_size(const char *text, size_t *granule, unsigned *va)
{
	for (size_t i = 0; i < sizeof granules / sizeof *granules; i++) {
		size_t n = strlen(granules[i].name);
		if (strncmp(text, granules[i].name, n) != 0 || text[n] != '-')
			continue;
		const char *digits = text + n + 1;
		if (strlen(digits) != 2 || strspn(digits, "0123456789") != 2 || *digits == '0')
			return PTK_E_UNKNOWN;
		*granule = i;
		*va = (unsigned)atoi(digits);
		return 0;
	}
	return PTK_E_UNKNOWN;
}

static int setup(const char *name, struct ptk_regime *r, struct ptk_err *err)
{
	size_t g;
	unsigned va;
	if (strncmp(name, "arm64-", 6) != 0)
		return PTK_E_UNKNOWN;
	bool s2 = strncmp(name + 6, "s2-", 3) == 0;
	if (parse_size(name + (s2 ? 9 : 6), &g, &va) < 0)
		return PTK_E_UNKNOWN;
	unsigned min = s2 ? 25 : granules[g].va_min;
	if (va < min || va > 52)
		return ptk_err_set_(err, PTK_E_INVAL, "%s: with %s pages an address has %u to 52 bits, not %u", name,
		                    granules[g].name, min, va);
	snprintf(r->name, sizeof r->name, "%s", name);
	r->page_shift = granules[g].shift;
	r->va_bits = (uint8_t)va;
	r->va_width = 64;
	r->entry_shift = 3;
	r->va_form = PTK_VA_LOW;
	r->memattr = LINUX_MAIR;
	if (s2)
		r->flags |= PTK_RF_STAGE2;
	if (va > 48)
		r->flags |= r->page_shift == 16 ? PTK_RF_LPA : PTK_RF_DS;
	return 0;
}

static int finish(struct ptk_regime *r, struct ptk_err *err)
{
	uint32_t wide = r->page_shift == 16 ? PTK_RF_LPA : PTK_RF_DS;
	uint32_t other = (PTK_RF_LPA | PTK_RF_DS) & ~wide;

	if (r->flags & other)
		return ptk_err_set_(err, PTK_E_INVAL, "%s: %s", r->name,
		                    wide == PTK_RF_LPA ? "'ds' is for 4K and 16K pages, 64K pages have 'lpa'"
		                                       : "'lpa' is for 64K pages, 4K and 16K pages have 'ds'");
	if (r->pa_bits > 48)
		r->flags |= wide; /* there is no other way to such an address */
	if (!r->pa_bits)
		r->pa_bits = r->flags & wide ? 52 : 48;
	if (r->pa_bits < 32 || r->pa_bits > 52)
		return ptk_err_set_(err, PTK_E_INVAL, "%s: an output address has 32 to 52 bits, not %u", r->name,
		                    r->pa_bits);
	if (r->va_bits > 48 && wide == PTK_RF_DS && !(r->flags & wide))
		return ptk_err_set_(err, PTK_E_INVAL, "%s: more than 48 bits with this granule need LPA2 (ds)",
		                    r->name);
	if (r->flags & PTK_RF_STAGE2 && r->va_form == PTK_VA_HIGH)
		return ptk_err_set_(err, PTK_E_INVAL, "%s: stage 2 has no upper half", r->name);
	ptk_arm_long_levels_(r);
	return 0;
}

static const char *const names[] = {
        "arm64-4k-39",    "arm64-4k-48",    "arm64-4k-52",     "arm64-16k-36", "arm64-16k-47",
        "arm64-16k-48",   "arm64-16k-52",   "arm64-64k-42",    "arm64-64k-48", "arm64-64k-52",
        "arm64-s2-4k-40", "arm64-s2-4k-48", "arm64-s2-64k-48", NULL,
};

const struct ptk_arch ptk_arch_arm64 = {
        .name = "arm64",
        .names = names,
        .flags = PTK_RF_WXN | PTK_RF_HPD | PTK_RF_TBI | PTK_RF_HA | PTK_RF_HD | PTK_RF_DS | PTK_RF_LPA | PTK_RF_STAGE2 |
                 PTK_RF_E0PD | PTK_RF_PAN | PTK_RF_EPAN,
        .setup = setup,
        .finish = finish,
        .kind = ptk_arm_long_kind_,
        .decode = ptk_arm_long_decode_,
        .encode = ptk_arm_long_encode_,
        .effective = ptk_arm_long_effective_,
        .fields = ptk_arm_long_fields_,
        .registers = ptk_arm64_registers_,
};
