// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Stage 2 attributes: S2AP, MemAttr, XN[1:0]. Arm ARM DDI 0487 D8.4.4, D8.5.5, D8.6.6. */
#include "arch/arm_long.h"
#include "base/err.h"

#define S2_READ BIT(6)
#define S2_WRITE BIT(7)

/* MemAttr[3:0] without FWB: 00 device, else outer policy in 3:2 and inner policy in 1:0. */
static enum ptk_memtype memattr_type(unsigned m)
{
	static const uint8_t device[4] = {PTK_MEM_DEV_nGnRnE, PTK_MEM_DEV_nGnRE, PTK_MEM_DEV_nGRE, PTK_MEM_DEV_GRE};
	static const uint8_t policy[4] = {PTK_MEM_UNKNOWN, PTK_MEM_NC, PTK_MEM_WT, PTK_MEM_WB};
	unsigned outer = m >> 2 & 3, inner = m & 3;

	if (outer == 0)
		return (enum ptk_memtype)device[inner];
	if (inner == 0)
		return PTK_MEM_UNKNOWN;
	return policy[outer] == policy[inner] ? (enum ptk_memtype)policy[outer] : PTK_MEM_MIXED;
}

/* XN[1:0] is bits 54:53: 00 both may execute, 01 only EL0, 10 none, 11 only EL1. */
static uint32_t xn_flags(uint64_t raw)
{
	static const uint32_t may[4] = {PTK_A_KX | PTK_A_UX, PTK_A_UX, 0, PTK_A_KX};
	return may[field_get(raw, 54, 53)];
}

static uint32_t s2_flags(uint64_t raw)
{
	uint32_t f = xn_flags(raw);
	f |= raw & S2_READ ? PTK_A_KR | PTK_A_UR : 0;
	f |= raw & S2_WRITE ? PTK_A_KW | PTK_A_UW : 0;
	f |= raw & LD_AF ? PTK_A_ACCESSED : 0;
	f |= raw & LD_CONT ? PTK_A_CONT : 0;
	f |= raw & LD_DBM ? PTK_A_DBM : 0;
	return f;
}

void ptk_arm_s2_attr_(const struct ptk_regime *r, uint64_t raw, struct ptk_attr *out)
{
	(void)r;
	out->flags = s2_flags(raw);
	out->memidx = (uint8_t)field_get(raw, 5, 2);
	out->mem = (uint8_t)memattr_type(out->memidx);
}

uint64_t ptk_arm_s2_extra_(const struct ptk_regime *r, uint64_t raw)
{
	(void)r;
	return raw & (LD_NG | LD_GP); /* FnXS, and a bit that stage 2 gives no meaning */
}

int ptk_arm_s2_bits_(const struct ptk_regime *r, const struct ptk_attr *a, uint64_t *bits, struct ptk_err *err)
{
	uint64_t b = 0;
	uint8_t idx = a->memidx;

	if (idx == PTK_MEMIDX_AUTO)
		for (idx = 0; idx < 16; idx++)
			if (memattr_type(idx) == a->mem)
				break;
	if (idx > 15)
		return ptk_err_set_(err, PTK_E_NOTSUP, "no MemAttr is %s memory",
		                    ptk_memtype_name((enum ptk_memtype)a->mem));
	b |= a->flags & PTK_A_KR ? S2_READ : 0;
	b |= a->flags & PTK_A_KW ? S2_WRITE : 0;
	b |= a->flags & PTK_A_ACCESSED ? LD_AF : 0;
	b |= a->flags & PTK_A_CONT ? LD_CONT : 0;
	b |= a->flags & PTK_A_DBM ? LD_DBM : 0;
	for (uint64_t xn = 0; xn < 4; xn++)
		if (xn_flags(xn << 53) == (a->flags & (PTK_A_KX | PTK_A_UX)))
			b |= xn << 53;
	if (s2_flags(b) != a->flags)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s cannot express these rights or flags", r->name);
	*bits = b | field_put(idx, 5, 2);
	return 0;
}

void ptk_arm_s2_effective_(const struct ptk_regime *r, const struct ptk_attr *own, struct ptk_attr *out)
{
	if (!(r->flags & PTK_RF_HD) || !(own->flags & PTK_A_DBM))
		return;
	if (own->flags & PTK_A_KW)
		out->flags |= PTK_A_DIRTY;
	out->flags |= PTK_A_KW | PTK_A_UW;
}
