/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Error sentences: set by who sees the failure, prefixed by each layer above. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <ptkit/error.h>

/* Start a sentence. Returns code, so that `return ptk_err_set_(err, PTK_E_X, ...)` is the idiom. */
int ptk_err_set_(struct ptk_err *err, int code, const char *fmt, ...) PTK_PRINTF(3, 4);

/* The same, with the system's reason for errno appended. */
int ptk_err_sys_(struct ptk_err *err, int code, int sys, const char *fmt, ...) PTK_PRINTF(4, 5);

/* Prefix what this layer was doing: "walking ttbr1 of vmcore: cannot read ...". Returns code. */
int ptk_err_add_(struct ptk_err *err, int code, const char *fmt, ...) PTK_PRINTF(3, 4);

/* Note where it happened. */
void ptk_err_at_(struct ptk_err *err, uint64_t addr, int level);

#endif
