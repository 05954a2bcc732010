// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Compression of single pages, by the libraries that are there. */
#include "lib/mk.h"

#include <stdlib.h>
#include <string.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef HAVE_GZIP
#include <zlib.h>
#endif
#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif
#ifdef HAVE_SNAPPY
#include <snappy-c.h>
#endif

static size_t zlib_page(const uint8_t *in, size_t n, uint8_t *out, size_t room)
{
#ifdef HAVE_GZIP
	uLongf len = room;
	return compress2(out, &len, in, n, 1) == Z_OK ? len : 0;
#else
	return 0;
#endif
}

static size_t zstd_page(const uint8_t *in, size_t n, uint8_t *out, size_t room)
{
#ifdef HAVE_ZSTD
	size_t len = ZSTD_compress(out, room, in, n, 1);
	return ZSTD_isError(len) ? 0 : len;
#else
	return 0;
#endif
}

static size_t lzo_page(const uint8_t *in, size_t n, uint8_t *out, size_t room)
{
#ifdef HAVE_LZO
	lzo_uint len = 0;
	uint8_t *work = malloc(LZO1X_1_MEM_COMPRESS), *big = malloc(n + n / 16 + 67);
	if (work && big && lzo1x_1_compress(in, n, big, &len, work) == LZO_E_OK && len <= room)
		memcpy(out, big, len);
	else
		len = 0;
	free(work);
	free(big);
	return len;
#else
	return 0;
#endif
}

static size_t snappy_page(const uint8_t *in, size_t n, uint8_t *out, size_t room)
{
#ifdef HAVE_SNAPPY
	size_t len = snappy_max_compressed_length(n);
	uint8_t *big = malloc(len);
	if (big && snappy_compress((const char *)in, n, (char *)big, &len) == SNAPPY_OK && len <= room)
		memcpy(out, big, len);
	else
		len = 0;
	free(big);
	return len;
#else
	return 0;
#endif
}

size_t mk_pack_page(enum mk_page how, const uint8_t *in, size_t n, uint8_t *out, size_t room)
{
	switch (how) {
	case MK_ZLIB: return zlib_page(in, n, out, room);
	case MK_LZO: return lzo_page(in, n, out, room);
	case MK_SNAPPY: return snappy_page(in, n, out, room);
	case MK_ZSTD: return zstd_page(in, n, out, room);
	case MK_PLAIN: break;
	}
	return 0;
}
