/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The tables besides the kernel's own. */
#ifndef LINUX_TABLES_H
#define LINUX_TABLES_H

#include "linux/linux.h"

/* Find the other tables of enum ptk_linux_table, or why they are not known. */
int ptk_tables_(struct ptk_linux *lx);
int ptk_tables_facts_(struct ptk_linux *lx);

#endif
