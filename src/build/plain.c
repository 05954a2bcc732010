// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The largest unit that fits, tables that take nothing away, no table more than needed. */
#include "build/policy.h"

const struct ptk_policy ptk_policy_plain = {
	.name = "plain",
	.what = "the largest pages, contiguous runs and blocks that fit",
};
