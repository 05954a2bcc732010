// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * LiME: for each range of RAM a header of 32 bytes, little-endian, {magic, version 1, first address,
 * last address (inclusive), reserved}, and its bytes.
 */
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "mem/mem.h"

#define HEADER 32
#define MAGIC 0x4c694d45u

static bool lime_probe(const struct ptk_blob *file)
{
	uint8_t p[4];
	return ptk_blob_read_(file, 0, p, sizeof p) && load32(p, false) == MAGIC;
}

/* One range at *at, which moves behind it. 1: added; 0: the file ends here. */
static int add_range(struct ptk_mem *mem, const struct ptk_blob *file, uint64_t *at, uint64_t *lost,
                     struct ptk_err *err)
{
	uint8_t h[HEADER];
	if (*at >= file->size)
		return 0;
	if (!ptk_blob_read_(file, *at, h, sizeof h)) {
		ptk_mem_warn_(mem, "%s is truncated: it ends inside a range's header", file->name);
		return 0;
	}
	uint64_t first = load64(h + 8, false), last = load64(h + 16, false);
	bool good =
	        load32(h, false) == MAGIC && load32(h + 4, false) == 1 && first <= last && last - first < UINT64_MAX;
	if (!good && !mem->npieces)
		return ptk_err_set_(err, PTK_E_BADFMT, "%s: its first LiME header makes no sense", file->name);
	if (!good) {
		ptk_mem_warn_(mem, "%s: what follows at offset %llu is not a LiME header and is left out", file->name,
		              (unsigned long long)*at);
		return 0;
	}
	uint64_t size = last - first + 1, rest = file->size - (*at + HEADER);
	uint64_t have = size < rest ? size : rest;
	*lost += size - have;
	int r = ptk_mem_add_file_(mem, first, file, *at + HEADER, have, lost);
	*at += HEADER + have;
	return r < 0 ? ptk_err_set_(err, r, "cannot open %s", file->name) : 1;
}

static int lime_open(struct ptk_mem *mem, struct ptk_blob *const *file, size_t n, const struct ptk_mem_opts *opts,
                     struct ptk_err *err)
{
	uint64_t at = 0, lost = 0, overlap;
	int r;
	do
		r = add_range(mem, file[0], &at, &lost, err);
	while (r > 0);
	if (r < 0)
		return r;
	if (!mem->npieces)
		return ptk_err_set_(err, PTK_E_TRUNC, "%s ends before the first byte of memory", file[0]->name);
	r = ptk_mem_seal_(mem, &overlap);
	if (r < 0)
		return ptk_err_set_(err, r, "cannot sort the ranges of %s", file[0]->name);
	if (lost)
		ptk_mem_warn_(mem, "%s is truncated: its last range lacks %llu bytes", file[0]->name,
		              (unsigned long long)lost);
	if (overlap)
		ptk_mem_warn_(mem, "ranges overlap in %llu bytes: the first of them counts",
		              (unsigned long long)overlap);
	return 0;
}

const struct ptk_mem_format ptk_mem_lime = {
	.name = "lime",
	.what = "a LiME dump",
	.probe = lime_probe,
	.open = lime_open,
};
