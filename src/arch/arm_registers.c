// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * System registers of arm and arm64 translation: Arm ARM DDI 0487 D17.2 (TCR_EL1, TTBRn_EL1, MAIR_EL1, SCTLR_EL1,
 * VTCR_EL2), G8.2 (TTBCR, DACR, PRRR, NMRR).
 */
#include "arch/arm_long.h"
#include "arch/arm_short.h"

#define SCTLR_M BIT(0)
#define SCTLR_C BIT(2)
#define SCTLR_I BIT(12)
#define SCTLR_WXN BIT(19)
#define SCTLR_UWXN BIT(20)
#define SCTLR_TRE BIT(28)
#define SCTLR_AFE BIT(29)
#define SCTLR_EPAN BIT(57)

/* Table walks: inner and outer write-back write-allocate, inner shareable. */
#define WALK_LOW (field_put(1, 9, 8) | field_put(1, 11, 10) | field_put(3, 13, 12))
#define WALK_HIGH (WALK_LOW << 16)

static uint64_t ips(unsigned pa_bits)
{
	static const uint8_t bits[] = {32, 36, 40, 42, 44, 48, 52, 56};
	for (unsigned i = 0; i < sizeof bits; i++)
		if (bits[i] >= pa_bits)
			return i;
	return 7;
}

/* BADDR: with 52-bit addresses, bits 51:48 sit in 5:2. */
static uint64_t ttbr(const struct ptk_regime *r, uint64_t root)
{
	return r->pa_bits > 48 ? (root & low_bits(48)) | (root >> 48 & 15) << 2 : root;
}

static size_t stage2(const struct ptk_regime *r, uint64_t root, struct ptk_register *out)
{
	static const uint8_t tg[] = {[12] = 0, [14] = 2, [16] = 1};
	int start = r->level[r->nlevels - 1].manual;
	bool small = r->page_shift == 12;
	/* SL0 counts down from the lowest start level; a start at level -1 is SL2. */
	uint64_t sl0 = small ? (start < 0 ? 0 : (uint64_t)(2 - start)) : (uint64_t)(3 - start);
	uint64_t vtcr = field_put(64u - r->va_bits, 5, 0) | field_put(sl0, 7, 6) | WALK_LOW | field_put(tg[r->page_shift], 15, 14) |
	                field_put(ips(r->pa_bits), 18, 16) | BIT(31);
	vtcr |= r->flags & PTK_RF_HA ? BIT(21) : 0;
	vtcr |= r->flags & PTK_RF_HD ? BIT(22) : 0;
	vtcr |= r->flags & PTK_RF_DS ? BIT(32) : 0;
	vtcr |= start < 0 ? BIT(33) : 0;
	out[0] = (struct ptk_register){"VTCR_EL2", vtcr, UINT64_MAX, "granule, input size, start level, output size"};
	out[1] = (struct ptk_register){"VTTBR_EL2", ttbr(r, root), low_bits(48), "root table (VMID is yours)"};
	out[2] = (struct ptk_register){"HCR_EL2", BIT(0), BIT(0), "VM: stage 2 on"};
	return 3;
}

size_t ptk_arm64_registers_(const struct ptk_regime *r, uint64_t root, struct ptk_register *out)
{
	static const uint8_t tg0[] = {[12] = 0, [14] = 2, [16] = 1}, tg1[] = {[12] = 2, [14] = 1, [16] = 3};
	if (ld_is_s2(r))
		return stage2(r, root, out);
	bool high = r->va_form == PTK_VA_HIGH;
	uint64_t tsz = 64u - r->va_bits, tcr = field_put(ips(r->pa_bits), 34, 32);
	if (high)
		tcr |= field_put(tsz, 21, 16) | BIT(7) | WALK_HIGH | field_put(tg1[r->page_shift], 31, 30) |
		       field_put(tsz, 5, 0) | field_put(tg0[r->page_shift], 15, 14);
	else
		tcr |= field_put(tsz, 5, 0) | BIT(23) | WALK_LOW | field_put(tg0[r->page_shift], 15, 14) |
		       field_put(tsz, 21, 16) | field_put(tg1[r->page_shift], 31, 30);
	tcr |= r->flags & PTK_RF_TBI ? BIT(high ? 38 : 37) : 0;
	tcr |= r->flags & PTK_RF_HA ? BIT(39) : 0;
	tcr |= r->flags & PTK_RF_HD ? BIT(40) : 0;
	tcr |= r->flags & PTK_RF_HPD ? BIT(high ? 42 : 41) : 0;
	tcr |= r->flags & PTK_RF_E0PD ? BIT(high ? 56 : 55) : 0;
	tcr |= r->flags & PTK_RF_DS ? BIT(59) : 0;
	uint64_t sctlr = SCTLR_M | SCTLR_C | SCTLR_I | (r->flags & PTK_RF_WXN ? SCTLR_WXN : 0) |
	                 (r->flags & PTK_RF_EPAN ? SCTLR_EPAN : 0);
	out[0] = (struct ptk_register){"MAIR_EL1", r->memattr, UINT64_MAX, "memory type of each AttrIndx"};
	out[1] = (struct ptk_register){"TCR_EL1", tcr, UINT64_MAX, high ? "granule and size; TTBR0's half is off (EPD0)"
		: "granule and size; TTBR1's half is off (EPD1)"};
	out[2] = (struct ptk_register){high ? "TTBR1_EL1" : "TTBR0_EL1", ttbr(r, root), low_bits(48),
		"root table (ASID and CnP are yours)"};
	out[3] = (struct ptk_register){"SCTLR_EL1", sctlr,
		SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_WXN | (r->flags & PTK_RF_EPAN ? SCTLR_EPAN : 0), "MMU and caches on"};
	return 4;
}

size_t ptk_arm_short_registers_(const struct ptk_regime *r, uint64_t root, struct ptk_register *out)
{
	/* TTBR0 attributes: IRGN 01 (bit 6), NOS (5), RGN 01 (3), S (1). */
	const uint64_t walk = BIT(6) | BIT(5) | BIT(3) | BIT(1);
	uint64_t n = 32u - r->va_bits;
	uint64_t sctlr = SCTLR_M | SCTLR_C | SCTLR_I | (r->flags & PTK_RF_TRE ? SCTLR_TRE : 0) |
	                 (r->flags & PTK_RF_AFE ? SCTLR_AFE : 0) | (r->flags & PTK_RF_WXN ? SCTLR_WXN : 0) |
	                 (r->flags & PTK_RF_UWXN ? SCTLR_UWXN : 0);
	size_t k = 0;
	if (r->flags & PTK_RF_TRE) {
		out[k++] = (struct ptk_register){"PRRR", r->memattr & low_bits(32), low_bits(32), "memory type of each TEX[0]:C:B"};
		out[k++] = (struct ptk_register){"NMRR", r->memattr >> 32, low_bits(32), "cacheability of each TEX[0]:C:B"};
	}
	out[k++] = (struct ptk_register){"DACR", r->dacr, low_bits(32), "access to each domain"};
	out[k++] = (struct ptk_register){"TTBCR", n | (n ? BIT(5) : 0), low_bits(32),
		n ? "N: TTBR0 covers the low part; the rest is off (PD1)" : "TTBR0 covers everything"};
	out[k++] = (struct ptk_register){"TTBR0", root | walk, low_bits(32), "root table"};
	out[k++] = (struct ptk_register){"SCTLR", sctlr,
		SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_TRE | SCTLR_AFE | SCTLR_WXN | SCTLR_UWXN, "MMU and caches on"};
	return k;
}

size_t ptk_arm_lpae_registers_(const struct ptk_regime *r, uint64_t root, struct ptk_register *out)
{
	bool high = r->va_form == PTK_VA_HIGH;
	uint64_t tsz = 32u - r->va_bits;
	uint64_t ttbcr = BIT(31) | (high ? field_put(tsz, 18, 16) | BIT(7) | WALK_HIGH : field_put(tsz, 2, 0) | BIT(23) | WALK_LOW);
	uint64_t sctlr = SCTLR_M | SCTLR_C | SCTLR_I | (r->flags & PTK_RF_WXN ? SCTLR_WXN : 0) |
	                 (r->flags & PTK_RF_UWXN ? SCTLR_UWXN : 0);
	out[0] = (struct ptk_register){"MAIR0", r->memattr & low_bits(32), low_bits(32), "memory type of AttrIndx 0 to 3"};
	out[1] = (struct ptk_register){"MAIR1", r->memattr >> 32, low_bits(32), "memory type of AttrIndx 4 to 7"};
	out[2] = (struct ptk_register){"TTBCR", ttbcr, low_bits(32), high ? "EAE, T1SZ; TTBR0's part is off (EPD0)"
		: "EAE, T0SZ; TTBR1's part is off (EPD1)"};
	out[3] = (struct ptk_register){high ? "TTBR1" : "TTBR0", root, low_bits(40), "root table (64 bits wide; ASID is yours)"};
	out[4] = (struct ptk_register){"SCTLR", sctlr, SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_WXN | SCTLR_UWXN, "MMU and caches on"};
	return 5;
}
