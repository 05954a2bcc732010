// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Specifications and device trees: any bytes end in edits that make sense or in a sentence. */
#include <ptkit/spec.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ptk_spec *spec = NULL;
	struct ptk_err err = {0};
	bool dtb = size > 4 && memcmp(data, "\xd0\x0d\xfe\xed", 4) == 0;
	int rc = dtb ? ptk_spec_add_dtb(NULL, data, size, "arm64-4k-48", &spec, &err)
	             : ptk_spec_parse((const char *)data, size, "x86-64", &spec, &err);
	if (rc < 0) {
		if (!err.msg[0])
			abort();
		return 0;
	}
	const struct ptk_spec_info *s = ptk_spec_info(spec);
	for (size_t i = 0; i < s->nedits; i++)
		if (s->edit[i].last < s->edit[i].first || !(s->edit[i].attr.flags & PTK_A_RIGHTS))
			abort();
	ptk_spec_free(spec);
	return 0;
}
