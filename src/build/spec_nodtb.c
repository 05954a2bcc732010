// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Built without libfdt: device trees cannot be read, and say so. */
#include "base/err.h"
#include "build/spec.h"

int ptk_spec_add_dtb(struct ptk_spec *spec, const void *dtb, size_t size, const char *regime, struct ptk_spec **out,
                     struct ptk_err *err)
{
	(void)spec, (void)dtb, (void)size, (void)regime, (void)out;
	return ptk_err_set_(err, PTK_E_NOTSUP, "this ptkit was built without libfdt and reads no device trees");
}
