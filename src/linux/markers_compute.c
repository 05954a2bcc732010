// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Markers by the layout rules, for kernels that keep no array of them. */
#include "linux/find.h"
#include "linux/markers.h"

void ptk_markers_compute_(struct ptk_linux *lx, const struct lx_image *im, struct lx_markers *out)
{
	(void)lx;
	(void)im;
	out->n = 0;
	out->array_pa = LX_NOWHERE;
}
