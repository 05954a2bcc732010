/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Where a kernel puts things in its address space. */
#ifndef LINUX_LAYOUT_H
#define LINUX_LAYOUT_H

#include "linux/linux.h"

/* Fill in page_offset and phys_offset, from VMCOREINFO or the architecture's rules and the tables. */
int ptk_layout_(struct ptk_linux *lx);
int ptk_layout_facts_(struct ptk_linux *lx);

/* Number from the chosen kernel's VMCOREINFO. */
bool lx_info_number(const struct ptk_linux *lx, const char *name, uint64_t *value);

#endif
