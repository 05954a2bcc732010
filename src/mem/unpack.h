/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Files that are compressed as a whole. */
#ifndef MEM_UNPACK_H
#define MEM_UNPACK_H

#include "mem/area.h"
#include "mem/mem.h"

#define PTK_UNPACK_DONE 1

/* How a decompressor's stream ended. */
enum unpack_end {
	UNPACK_OK,
	UNPACK_CUT,     /* the packed bytes end too early; what came out is good */
	UNPACK_TRAILER, /* something else follows the packed data */
};

/* What a decompressor works with. */
struct unpack {
	const uint8_t *in;
	size_t size;
	struct area area;
	const struct ptk_mem_opts *opts;
};

/* One a library: returns enum unpack_end, or PTK_E_BADFMT, PTK_E_LIMIT, PTK_E_NOMEM. */
int ptk_unpack_zstd_(struct unpack *u);
int ptk_unpack_gzip_(struct unpack *u);
int ptk_unpack_xz_(struct unpack *u);

/* Tell the caller how far it is. */
static inline void unpack_progress(const struct unpack *u, size_t done)
{
	if (u->opts && u->opts->progress)
		u->opts->progress(u->opts->progress_arg, "unpacking", done, u->size);
}

/* The most that may be unpacked. */
uint64_t ptk_unpack_limit_(const struct ptk_mem_opts *opts);

/* Unpack a file if it is packed. PTK_UNPACK_DONE: out is it; 0: it is not packed. */
int ptk_unpack_(const struct ptk_blob *file, const struct ptk_mem_opts *opts, struct ptk_blob *out,
                struct ptk_err *err);

#endif
