/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Long descriptors: 64 bits, shared by VMSAv8-64 (arm64) and the long format of 32-bit
 * arm (LPAE). Arm ARM DDI 0487 D8.3 (VMSAv8-64 descriptors) and G5.5 (VMSAv8-32 long).
 */
#ifndef ARCH_ARM_LONG_H
#define ARCH_ARM_LONG_H

#include "arch/arch.h"
#include "base/bits.h"

/* Bits of every long descriptor. */
#define LD_VALID BIT(0)
#define LD_TYPE BIT(1) /* table, or page at level 3 */
#define LD_NS BIT(5)
#define LD_AP1 BIT(6) /* unprivileged access */
#define LD_AP2 BIT(7) /* read-only */
#define LD_AF BIT(10)
#define LD_NG BIT(11)
#define LD_NT BIT(16) /* block only: no conflict abort while sizes change (FEAT_BBM) */
#define LD_GP BIT(50)
#define LD_DBM BIT(51)
#define LD_CONT BIT(52)
#define LD_PXN BIT(53)
#define LD_XN BIT(54) /* UXN where kernel and user have one each */
#define LD_PXNTABLE BIT(59)
#define LD_XNTABLE BIT(60)
#define LD_APTABLE0 BIT(61) /* no unprivileged access below */
#define LD_APTABLE1 BIT(62) /* no writes below */
#define LD_NSTABLE BIT(63)

/* Whether this is the 64-bit architecture's flavour. */
static inline bool ld_is_a64(const struct ptk_regime *r)
{
	return r->va_width == 64;
}

static inline bool ld_is_s2(const struct ptk_regime *r)
{
	return ld_is_a64(r) && (r->flags & PTK_RF_STAGE2);
}

/* What a MAIR byte (or, with Cortex names, MAIRn.Attrm) means: Arm ARM D17.2.97. */
enum ptk_memtype ptk_arm_mair_type_(uint8_t attr);

/*
 * Fill r->nlevels, r->level[], r->root_align from granule, va_bits, pa_bits and flags. Stage 2
 * concatenates up to 16 root tables rather than adding a level (Arm ARM D8.2.2).
 */
void ptk_arm_long_levels_(struct ptk_regime *r);

/* Address bits that an entry of this level may use, by place, and RES0 bits of each kind. */
uint64_t ptk_arm_long_res0_(const struct ptk_regime *r, int level, bool table);

enum ptk_kind ptk_arm_long_kind_(const struct ptk_regime *r, int level, uint64_t raw);
void ptk_arm_long_decode_(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out);
int ptk_arm_long_encode_(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err);
void ptk_arm_long_effective_(const struct ptk_regime *r, uint64_t inherit, const struct ptk_entry *leaf,
                             struct ptk_attr *out);
size_t ptk_arm_long_fields_(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_field *out, size_t max);

/* The same for the attributes of stage 2 leaves: arm_stage2.c. */
void ptk_arm_s2_attr_(const struct ptk_regime *r, uint64_t raw, struct ptk_attr *out);
int ptk_arm_s2_bits_(const struct ptk_regime *r, const struct ptk_attr *a, uint64_t *bits, struct ptk_err *err);
uint64_t ptk_arm_s2_extra_(const struct ptk_regime *r, uint64_t raw);
void ptk_arm_s2_effective_(const struct ptk_regime *r, const struct ptk_attr *own, struct ptk_attr *out);

size_t ptk_arm64_registers_(const struct ptk_regime *r, uint64_t root, struct ptk_register *out);
size_t ptk_arm_lpae_registers_(const struct ptk_regime *r, uint64_t root, struct ptk_register *out);

#endif
