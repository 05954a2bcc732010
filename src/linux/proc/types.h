/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The types of the kernel in the picture, if they are told. */
#ifndef PROC_TYPES_H
#define PROC_TYPES_H

#include "linux/linux.h"
#include "linux/proc/btf.h"

/* Look for them, once; NULL, or where they are from. */
const char *ptk_types_(struct ptk_linux *lx);
/* A sentence on why what needs types does not work. */
const char *ptk_types_why_(struct ptk_linux *lx);
void ptk_types_close_(struct lx_types *t);

/* See ptk_btf_member_(). */
bool ptk_types_member_(struct ptk_linux *lx, const char *type, const char *path, struct lx_member *out);

/* Many at once. */
struct lx_want {
	const char *type, *path;
	size_t at;     /* of an unsigned in the struct to fill */
	uint32_t size; /* that it must have, or 0: any; 1: that of a pointer */
	bool must;     /* without it all is in vain; else what is there is left */
};

/* Fill a struct. False if something that must be is not there, or is of another size than it must be. */
bool ptk_types_fill_(struct ptk_linux *lx, const struct lx_want *want, size_t n, void *out);

#endif
