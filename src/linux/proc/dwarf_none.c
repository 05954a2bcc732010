// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/proc/dwarf.h"

int ptk_dwarf_open_(int fd, unsigned word, bool big, struct lx_dwarf **out, const char **why)
{
	*why = "this build cannot read DWARF";
	return PTK_E_NOTSUP;
}

void ptk_dwarf_close_(struct lx_dwarf *d)
{
}

bool ptk_dwarf_member_(struct lx_dwarf *d, const char *type, const char *path, struct lx_member *out)
{
	return false;
}

bool ptk_dwarf_built_(void)
{
	return false;
}
