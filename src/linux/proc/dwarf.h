/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Types out of the debugging information of a vmlinux (DWARF 2 to 5, through elfutils' libdw), for kernels that were
 * built without BTF. Only what is asked for is looked for: the first complete definition of a structure's name at the
 * top level of a compile unit, and no unit beyond it is read.
 */
#ifndef PROC_DWARF_H
#define PROC_DWARF_H

#include "linux/proc/btf.h"

struct lx_dwarf;

/*
 * Borrows fd, an ELF file of this word size (bytes of a pointer) and byte order. PTK_E_NOTFOUND: it has no debugging
 * information; PTK_E_NOTSUP: it has, and this build, or this way of keeping it, is not for that; PTK_E_BADFMT,
 * PTK_E_LIMIT, PTK_E_NOMEM. *why, if it fails or nothing is found: what is the matter with the symbols given.
 */
int ptk_dwarf_open_(int fd, unsigned word, bool big, struct lx_dwarf **out, const char **why);
void ptk_dwarf_close_(struct lx_dwarf *d);

/* As ptk_btf_member_(). */
bool ptk_dwarf_member_(struct lx_dwarf *d, const char *type, const char *path, struct lx_member *out);

/* Does this build read DWARF? */
bool ptk_dwarf_built_(void);

#endif
