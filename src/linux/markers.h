/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The named boundaries of the kernel's address space. */
#ifndef LINUX_MARKERS_H
#define LINUX_MARKERS_H

#include "linux/image.h"

#define LX_MARKERS_MAX 32

struct lx_markers {
	struct ptk_marker marker[LX_MARKERS_MAX];
	size_t n;
	uint64_t array_pa; /* where the kernel's own array lies; computed: LX_NOWHERE */
};

/* The kernel's own address_markers[], found in its data. 1 if found, 0 if not; negative: an error. */
int ptk_markers_find_(struct ptk_linux *lx, const struct lx_view *v, const struct lx_image *im, struct lx_markers *out);

/* What the layout rules of its architecture and version give. */
void ptk_markers_compute_(struct ptk_linux *lx, struct lx_markers *out);

/* Is this a name that some kernel's array holds? */
bool ptk_marker_known_(const char *name);

#endif
