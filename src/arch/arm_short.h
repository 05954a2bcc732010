/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Short descriptors: 32 bits, two levels. Arm ARM DDI 0406C B3.5, DDI 0487 G5.4. */
#ifndef ARCH_ARM_SHORT_H
#define ARCH_ARM_SHORT_H

#include "arch/arch.h"
#include "base/bits.h"

/* Fill the two levels from va_bits (32 - TTBCR.N for TTBR0), pa_bits and flags. */
void ptk_arm_short_levels_(struct ptk_regime *r);

enum ptk_kind ptk_arm_short_kind_(const struct ptk_regime *r, int level, uint64_t raw);
void ptk_arm_short_decode_(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out);
int ptk_arm_short_encode_(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err);
void ptk_arm_short_effective_(const struct ptk_regime *r, uint64_t inherit, const struct ptk_entry *leaf,
                              struct ptk_attr *out);
size_t ptk_arm_short_fields_(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_field *out, size_t max);

size_t ptk_arm_short_registers_(const struct ptk_regime *r, uint64_t root, struct ptk_register *out);

#endif
