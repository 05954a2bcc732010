// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Whole-file compression, by the libraries that are there. */
#include "lib/mk.h"

#include <string.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef HAVE_GZIP
#include <zlib.h>
#endif
#ifdef HAVE_XZ
#include <lzma.h>
#endif

bool mk_pack_zstd(struct mk_buf *out, const struct mk_buf *in)
{
#ifdef HAVE_ZSTD
	size_t at = out->n, room = ZSTD_compressBound(in->n);
	mk_zero(out, room);
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, 1);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	out->n = at + ZSTD_compress2(c, out->p + at, room, in->p, in->n);
	ZSTD_freeCCtx(c);
	return true;
#else
	return false;
#endif
}

bool mk_pack_gzip(struct mk_buf *out, const struct mk_buf *in)
{
#ifdef HAVE_GZIP
	z_stream z;
	memset(&z, 0, sizeof z);
	if (deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	size_t at = out->n, room = deflateBound(&z, in->n);
	mk_zero(out, room);
	z.next_in = in->p;
	z.avail_in = (uInt)in->n;
	z.next_out = out->p + at;
	z.avail_out = (uInt)room;
	deflate(&z, Z_FINISH);
	out->n = at + z.total_out;
	deflateEnd(&z);
	return true;
#else
	return false;
#endif
}

bool mk_pack_xz(struct mk_buf *out, const struct mk_buf *in)
{
#ifdef HAVE_XZ
	size_t at = out->n, room = lzma_stream_buffer_bound(in->n), pos = 0;
	mk_zero(out, room);
	if (lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, in->p, in->n, out->p + at, &pos, room) != LZMA_OK)
		return false;
	out->n = at + pos;
	return true;
#else
	return false;
#endif
}
