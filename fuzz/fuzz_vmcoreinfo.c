// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Any bytes as VMCOREINFO text: every getter, and a release out of it. */
#include "linux/find.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"swapper_pg_dir",     "phys_base", "page",
	                                    "uts_namespace.name", "PAGESIZE",  ""};
	struct lx_vmcoreinfo vi;
	const char *value;
	unsigned a, b, c;
	uint64_t v;
	size_t n;
	if (!ptk_vmcoreinfo_parse_(data, size, &vi))
		return 0;
	if (vi.text != (const char *)data || vi.len > size || vi.text[vi.len - 1] != '\n')
		abort();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		ptk_vmcoreinfo_symbol_(&vi, names[i], &v);
		ptk_vmcoreinfo_number_(&vi, names[i], &v);
		ptk_vmcoreinfo_decimal_(&vi, "SIZE", names[i], &v);
		ptk_vmcoreinfo_config_(&vi, names[i]);
		if (ptk_vmcoreinfo_get_(&vi, NULL, names[i], &value, &n) &&
		    (value < vi.text || value + n > vi.text + vi.len))
			abort();
	}
	ptk_vmcoreinfo_kerneloffset_(&vi, &v);
	if (ptk_vmcoreinfo_get_(&vi, NULL, "OSRELEASE", &value, &n))
		ptk_release_parse_(value, n, &a, &b, &c);
	return 0;
}
