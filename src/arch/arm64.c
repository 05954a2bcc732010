// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "arch/arch.h"

static int setup(const char *name, struct ptk_regime *r, struct ptk_err *err)
{
	(void)name, (void)r, (void)err;
	return PTK_E_UNKNOWN;
}

static const char *const names[] = {NULL};

const struct ptk_arch ptk_arch_arm64 = {
	.name = "arm64",
	.names = names,
	.setup = setup,
};
