// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

#include <ptkit/error.h>

#include "mem/unpage.h"

static void *zlib_open(void)
{
	z_stream *z = calloc(1, sizeof *z);
	if (z && inflateInit(z) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static int zlib_run(void *state, const uint8_t *in, size_t n, uint8_t *out, size_t len)
{
	z_stream *z = state;
	if (inflateReset(z) != Z_OK)
		return PTK_E_BADFMT;
	z->next_in = in;
	z->avail_in = (uInt)n;
	z->next_out = out;
	z->avail_out = (uInt)len;
	return inflate(z, Z_FINISH) == Z_STREAM_END && z->avail_out == 0 ? 0 : PTK_E_BADFMT;
}

static void zlib_close(void *state)
{
	inflateEnd(state);
	free(state);
}

const struct ptk_unpage ptk_unpage_zlib_ = {zlib_open, zlib_run, zlib_close};
