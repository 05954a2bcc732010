// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/ptkit.h>

const char *ptk_version(void)
{
	return PTK_VERSION;
}
