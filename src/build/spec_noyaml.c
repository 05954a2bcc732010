// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Built without libyaml: specifications cannot be read, and say so. */
#include "base/err.h"
#include "build/spec.h"

int ptk_spec_parse(const char *text, size_t size, const char *regime, struct ptk_spec **out, struct ptk_err *err)
{
	(void)text, (void)size, (void)regime, (void)out;
	return ptk_err_set_(err, PTK_E_NOTSUP, "this ptkit was built without libyaml and reads no specifications");
}
