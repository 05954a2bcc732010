// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Compressed files: whatever comes out is opened in its turn. */
#include "fuzz_mem.h"
#include "mem/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ptk_mem_opts opts = {.max_unpacked = 1 << 20};
	const struct ptk_blob packed = {.data = data, .size = size, .name = "input"};
	struct ptk_blob plain = {0};
	struct ptk_err err = {0};
	int r = ptk_unpack_(&packed, &opts, &plain, &err);
	MUST(r >= 0 || (err.code == r && err.msg[0]));
	if (r != PTK_UNPACK_DONE)
		return 0;
	MUST(plain.size && plain.size <= opts.max_unpacked);
	fuzz_file(plain.data, plain.size);
	ptk_blob_close_(&plain);
	return 0;
}
