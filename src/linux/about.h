/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A kernel that is told of, not found: struct ptk_linux_about as a note, and as a struct ptk_linux. */
#ifndef LINUX_ABOUT_H
#define LINUX_ABOUT_H

#include "linux/linux.h"

#define LX_ABOUT_MARKERS_MAX 64

/* What a note says, with room for what its pointers point to. */
struct lx_about {
	struct ptk_linux_about about;
	struct ptk_space space[PTK_LINUX_TABLES];
	struct ptk_marker marker[LX_ABOUT_MARKERS_MAX];
	char release[80];
	char text[]; /* the note, cut into strings */
};

/* Is there such a note? Then *out is it; free() it. 1, 0, or an error. */
int ptk_about_find_(struct ptk_mem *mem, struct lx_about **out, struct ptk_err *err);

/* Does it make sense? */
int ptk_about_check_(const struct ptk_linux_about *a, enum lx_arch *arch, struct ptk_err *err);

/* told.c: fill in a handle by it. version: to print as, or NULL; how: where it was found. */
int ptk_told_(struct ptk_linux *lx, const struct ptk_linux_about *a, const char *version, const char *how,
              struct ptk_err *err);

#endif
