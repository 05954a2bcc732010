// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Our own page decompressors. The first byte chooses which, the second the size that is expected. */
#include <stdlib.h>
#include <string.h>

#include "mem/unpage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const struct ptk_unpage *u = data[0] & 1 ? &ptk_unpage_snappy_ : &ptk_unpage_lzo_;
	size_t len = 1 + (size_t)data[1] * 17;
	/* Just as large as it may be, so that a byte too many is seen; filled, so that one left out is seen. */
	uint8_t *a = malloc(len), *b = malloc(len);
	if (!a || !b)
		abort();
	memset(a, 0x55, len);
	memset(b, 0xaa, len);
	int r = u->run(NULL, data + 2, size - 2, a, len);
	if (r != u->run(NULL, data + 2, size - 2, b, len) || (r == 0 && memcmp(a, b, len) != 0))
		abort();
	free(a);
	free(b);
	return 0;
}
