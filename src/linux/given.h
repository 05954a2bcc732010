/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Symbols that were given beside the picture: are they of its kernel, and how far do they lie from its addresses? */
#ifndef LINUX_GIVEN_H
#define LINUX_GIVEN_H

#include "linux/linux.h"

/* Of the file in lx->symtab, if there is one. PTK_E_CONFLICT: they are of another kernel. */
int ptk_given_symbols_(struct ptk_linux *lx, const struct ptk_linux_opts *opts, struct ptk_err *err);

#endif
