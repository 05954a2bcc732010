// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "fuzz_mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_file(data, size);
	return 0;
}
