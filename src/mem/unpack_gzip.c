// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <limits.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#include "mem/unpack.h"

/* zlib counts in unsigned int: feed it pieces. */
static void feed(z_stream *z, const struct unpack *u)
{
	size_t done = (size_t)(z->next_in - u->in), rest = u->size - done;
	z->avail_in = rest > INT_MAX ? INT_MAX : (uInt)rest;
}

/* A member has ended: whether another follows it (RFC 1952 2.2). */
static bool another(z_stream *z, const struct unpack *u)
{
	size_t done = (size_t)(z->next_in - u->in);
	return u->size - done >= 2 && z->next_in[0] == 0x1f && z->next_in[1] == 0x8b && inflateReset(z) == Z_OK;
}

static int run(z_stream *z, struct unpack *u)
{
	z->next_in = u->in;
	for (;;) {
		size_t room;
		z->next_out = ptk_area_room_(&u->area, &room);
		z->avail_out = (uInt)room;
		feed(z, u);
		int e = inflate(z, Z_NO_FLUSH);
		size_t got = room - z->avail_out;
		int r = ptk_area_put_(&u->area, got);
		if (r < 0)
			return r;
		if (got == room)
			unpack_progress(u, (size_t)(z->next_in - u->in));
		if (e == Z_STREAM_END) {
			if (!another(z, u))
				return z->next_in == u->in + u->size ? UNPACK_OK : UNPACK_TRAILER;
		} else if (e == Z_BUF_ERROR || (e == Z_OK && got == 0 && z->next_in == u->in + u->size)) {
			return UNPACK_CUT;
		} else if (e != Z_OK) {
			return e == Z_MEM_ERROR ? PTK_E_NOMEM : PTK_E_BADFMT;
		}
	}
}

int ptk_unpack_gzip_(struct unpack *u)
{
	z_stream z;
	memset(&z, 0, sizeof z);
	/* 16: a gzip wrapper */
	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return PTK_E_NOMEM;
	int r = run(&z, u);
	inflateEnd(&z);
	return r;
}
