// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/unpack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

enum kind { PACK_zstd, PACK_gzip, PACK_xz };

static const struct packing {
	const char *name;
	const char *magic;
	size_t magic_len;
} packings[] = {
	/* RFC 8878 3.1.1 */
	[PACK_zstd] = {"zstd", "\x28\xb5\x2f\xfd", 4},
	/* RFC 1952 2.3.1, with the only method there is */
	[PACK_gzip] = {"gzip", "\x1f\x8b\x08", 3},
	/* The .xz file format 2.1.1.1 */
	[PACK_xz] = {"xz", "\xfd" "7zXZ\0", 6},
};
#define NPACKINGS (sizeof packings / sizeof packings[0])

/* Those that this build can undo; NULL for the others. */
static int (*const runs[NPACKINGS])(struct unpack *u) = {
#define X(name) [PACK_##name] = ptk_unpack_##name##_,
#include "mem/unpack-list.h"
#undef X
};

static const struct packing *packing_of(const struct ptk_blob *file)
{
	for (size_t i = 0; i < NPACKINGS; i++)
		if (file->size >= packings[i].magic_len &&
		    memcmp(file->data, packings[i].magic, packings[i].magic_len) == 0)
			return &packings[i];
	return NULL;
}

uint64_t ptk_unpack_limit_(const struct ptk_mem_opts *opts)
{
	if (opts && opts->max_unpacked)
		return opts->max_unpacked;
	uint64_t limit = UINT64_C(64) << 30;
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	if (pages > 0 && size > 0 && (uint64_t)pages < 2 * limit / (uint64_t)size)
		limit = (uint64_t)pages * (uint64_t)size / 2;
	return limit;
}

static int failed(const struct ptk_blob *file, const struct packing *p, int r, uint64_t limit, struct ptk_err *err)
{
	if (r == PTK_E_LIMIT)
		return ptk_err_set_(err, r, "%s unpacks to more than %llu MiB, the limit set for it", file->name,
		                    (unsigned long long)(limit >> 20));
	if (r == PTK_E_BADFMT)
		return ptk_err_set_(err, r, "the %s data in %s is damaged", p->name, file->name);
	return ptk_err_set_(err, r, "cannot unpack %s: %s", file->name, ptk_strerror(r));
}

int ptk_unpack_(const struct ptk_blob *file, const struct ptk_mem_opts *opts, struct ptk_blob *out,
                struct ptk_err *err)
{
	const struct packing *p = packing_of(file);
	if (!p)
		return 0;
	int (*run)(struct unpack *) = runs[p - packings];
	if (!run)
		return ptk_err_set_(err, PTK_E_NOTSUP,
		                    "%s is compressed with %s, which this build of ptkit cannot read", file->name,
		                    p->name);
	/* Not on the stack: it holds a chunk. */
	struct unpack *u = calloc(1, sizeof *u);
	if (!u)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot unpack %s", file->name);
	u->in = file->data;
	u->size = (size_t)file->size;
	u->opts = opts;
	u->area.limit = ptk_unpack_limit_(opts);
	struct ptk_blob made = {0};
	uint64_t limit = u->area.limit;
	int end = run(u), r = end;
	if (end < 0)
		ptk_area_free_(&u->area);
	else
		r = ptk_area_take_(&u->area, &made);
	free(u);
	if (r < 0)
		return failed(file, p, r, limit, err);
	if (made.size == 0) {
		ptk_blob_close_(&made);
		return ptk_err_set_(err, PTK_E_TRUNC, "%s unpacks to nothing", file->name);
	}
	made.cut = end == UNPACK_CUT;
	memcpy(made.name, file->name, sizeof made.name);
	*out = made;
	return PTK_UNPACK_DONE;
}
