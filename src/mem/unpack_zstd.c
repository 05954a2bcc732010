// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <zstd.h>
#include <zstd_errors.h>

#include "mem/unpack.h"

static int failed(size_t code, bool between)
{
	if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation)
		return PTK_E_NOMEM;
	/* Whole frames, and then something else. */
	if (between && ZSTD_getErrorCode(code) == ZSTD_error_prefix_unknown)
		return UNPACK_TRAILER;
	return PTK_E_BADFMT;
}

/* The window, and so the memory this takes, is at most what zstd allows by default: 128 MiB. */
static int run(ZSTD_DStream *ds, struct unpack *u)
{
	ZSTD_inBuffer in = {u->in, u->size, 0};
	bool between = false; /* frames: what was decoded so far is complete */
	for (;;) {
		size_t room, before = in.pos;
		uint8_t *to = ptk_area_room_(&u->area, &room);
		ZSTD_outBuffer out = {to, room, 0};
		size_t hint = ZSTD_decompressStream(ds, &out, &in);
		if (ZSTD_isError(hint))
			return failed(hint, between);
		between = hint == 0;
		int r = ptk_area_put_(&u->area, out.pos);
		if (r < 0)
			return r;
		if (out.pos == room)
			unpack_progress(u, in.pos);
		if (in.pos == in.size && (between || out.pos < room))
			return between ? UNPACK_OK : UNPACK_CUT;
		if (in.pos == before && out.pos == 0 && !between)
			return PTK_E_BADFMT;
	}
}

int ptk_unpack_zstd_(struct unpack *u)
{
	ZSTD_DStream *ds = ZSTD_createDStream();
	if (!ds)
		return PTK_E_NOMEM;
	int r = run(ds, u);
	ZSTD_freeDStream(ds);
	return r;
}
