// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <lzma.h>

#include "mem/unpack.h"

static int run(lzma_stream *x, struct unpack *u)
{
	x->next_in = u->in;
	x->avail_in = u->size;
	for (;;) {
		size_t room;
		x->next_out = ptk_area_room_(&u->area, &room);
		x->avail_out = room;
		lzma_ret e = lzma_code(x, LZMA_FINISH);
		int r = ptk_area_put_(&u->area, room - x->avail_out);
		if (r < 0)
			return r;
		if (x->avail_out == 0)
			unpack_progress(u, u->size - x->avail_in);
		if (e == LZMA_STREAM_END)
			return UNPACK_OK;
		if (e == LZMA_BUF_ERROR)
			return UNPACK_CUT;
		if (e != LZMA_OK)
			return e == LZMA_MEM_ERROR || e == LZMA_MEMLIMIT_ERROR ? PTK_E_NOMEM : PTK_E_BADFMT;
	}
}

int ptk_unpack_xz_(struct unpack *u)
{
	lzma_stream x = LZMA_STREAM_INIT;
	/* xz -9 takes 65 MiB; the largest dictionary there is would take 4 GiB. */
	if (lzma_stream_decoder(&x, UINT64_C(1) << 30, LZMA_CONCATENATED) != LZMA_OK)
		return PTK_E_NOMEM;
	int r = run(&x, u);
	lzma_end(&x);
	return r;
}
