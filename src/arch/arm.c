// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * arm (VMSAv7, VMSAv8-32): names and parameters. Short descriptors are in arm_short.c, the long
 * ones (LPAE), which have the layout of arm64's, in arm_long.c.
 */
#include <stdio.h>
#include <string.h>

#include "arch/arm_long.h"
#include "arch/arm_short.h"
#include "base/err.h"

enum variant {
	SHORT,
	LPAE,
};

/* NMRR:PRRR and MAIR1:MAIR0 as Linux sets them (arch/arm/mm/proc-v7-{2,3}level.S). */
#define LINUX_NMRR_PRRR UINT64_C(0x40e040e0ff0a81a8)
#define LINUX_MAIR UINT64_C(0xff000004eeaa4400)
/* Every domain a client: permissions are checked, which is what Linux has for the domains it uses. */
#define ALL_CLIENTS 0x55555555u

static int setup(const char *name, struct ptk_regime *r, struct ptk_err *err)
{
	(void)err;
	bool lpae = strcmp(name, "arm-lpae") == 0;
	if (!lpae && strcmp(name, "arm-short") != 0)
		return PTK_E_UNKNOWN;
	snprintf(r->name, sizeof r->name, "%s", name);
	r->variant = lpae ? LPAE : SHORT;
	r->va_bits = 32;
	r->va_width = 32;
	r->pa_bits = 40;
	r->page_shift = 12;
	r->entry_shift = lpae ? 3 : 2;
	r->va_form = PTK_VA_LOW;
	r->memattr = lpae ? LINUX_MAIR : LINUX_NMRR_PRRR;
	r->dacr = ALL_CLIENTS;
	r->flags = lpae ? 0 : PTK_RF_TRE | PTK_RF_PXN;
	return 0;
}

/* The size of the window in its registers' terms: TTBCR.N, T0SZ, T1SZ, each less than 8. */
static int param(struct ptk_regime *r, const char *key, uint64_t value, struct ptk_err *err)
{
	bool n = strcmp(key, "n") == 0, t0sz = strcmp(key, "t0sz") == 0, t1sz = strcmp(key, "t1sz") == 0;
	if (r->variant == SHORT ? !n : !t0sz && !t1sz)
		return PTK_E_UNKNOWN;
	if (value > 7)
		return ptk_err_set_(err, PTK_E_INVAL, "%s: '%s' is 0 to 7, not %llu", r->name, key,
		                    (unsigned long long)value);
	r->va_bits = (uint8_t)(32 - value);
	r->va_form = t1sz ? PTK_VA_HIGH : PTK_VA_LOW;
	return 0;
}

static const char *window(const struct ptk_regime *r)
{
	return r->variant == SHORT ? "n" : r->va_form == PTK_VA_HIGH ? "t1sz" : "t0sz";
}

static int finish(struct ptk_regime *r, struct ptk_err *err)
{
	if (r->va_bits < 25 || r->va_bits > 32)
		return ptk_err_set_(err, PTK_E_INVAL, "%s: a root translates 25 to 32 bits, not %u", r->name,
		                    r->va_bits);
	if (r->pa_bits < 32 || r->pa_bits > 40)
		return ptk_err_set_(err, PTK_E_INVAL, "%s: an output address has 32 to 40 bits, not %u", r->name,
		                    r->pa_bits);
	if (r->variant == LPAE) {
		ptk_arm_long_levels_(r);
		return 0;
	}
	/* TTBR1 covers all addresses, with the lower ones unused: DDI 0406C B3.5.5. */
	if (r->va_form == PTK_VA_HIGH && r->va_bits != 32)
		return ptk_err_set_(err, PTK_E_INVAL, "%s: only TTBR0's root can be smaller", r->name);
	ptk_arm_short_levels_(r);
	return 0;
}

static enum ptk_kind kind(const struct ptk_regime *r, int level, uint64_t raw)
{
	return r->variant == LPAE ? ptk_arm_long_kind_(r, level, raw) : ptk_arm_short_kind_(r, level, raw);
}

static void decode(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out)
{
	if (r->variant == LPAE)
		ptk_arm_long_decode_(r, level, raw, out);
	else
		ptk_arm_short_decode_(r, level, raw, out);
}

static int encode(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err)
{
	if (r->variant == LPAE)
		return ptk_arm_long_encode_(r, in, raw, err);
	return ptk_arm_short_encode_(r, in, raw, err);
}

static void effective(const struct ptk_regime *r, uint64_t inherit, const struct ptk_entry *leaf, struct ptk_attr *out)
{
	if (r->variant == LPAE)
		ptk_arm_long_effective_(r, inherit, leaf, out);
	else
		ptk_arm_short_effective_(r, inherit, leaf, out);
}

static size_t fields(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_field *out, size_t max)
{
	if (r->variant == LPAE)
		return ptk_arm_long_fields_(r, level, raw, out, max);
	return ptk_arm_short_fields_(r, level, raw, out, max);
}

static const char *const names[] = {"arm-short", "arm-lpae", NULL};

static size_t registers(const struct ptk_regime *r, uint64_t root, struct ptk_register *out)
{
	return r->variant == LPAE ? ptk_arm_lpae_registers_(r, root, out) : ptk_arm_short_registers_(r, root, out);
}

const struct ptk_arch ptk_arch_arm = {
	.name = "arm",
	.names = names,
	.flags = PTK_RF_AFE | PTK_RF_TRE | PTK_RF_WXN | PTK_RF_UWXN | PTK_RF_PXN | PTK_RF_HPD | PTK_RF_PAN,
	.setup = setup,
	.param = param,
	.window = window,
	.finish = finish,
	.kind = kind,
	.decode = decode,
	.encode = encode,
	.effective = effective,
	.fields = fields,
	.registers = registers,
};
