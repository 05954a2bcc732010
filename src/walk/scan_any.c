// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Machines without vector code of their own. */
#include "walk/scan.h"

const struct ptk_scan *ptk_scan_(size_t i)
{
	return i == 0 ? &ptk_scan_plain_ : NULL;
}
