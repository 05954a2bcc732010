// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * AVML, compressed (version 2): for each range a header like LiME's with a magic of its own, then the
 * range in snappy's framing format (google/snappy, framing_format.txt), then the packed size in 8
 * bytes. Each chunk of the framing unpacks to at most 64 KiB and has a checksum.
 *
 * The chunks are found when the file is opened, and unpacked when they are read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "base/grow.h"
#include "mem/cache.h"
#include "mem/mem.h"
#include "mem/unpage.h"

#define HEADER 32
#define MAGIC 0x4c4d5641u
#define CHUNK 65536u

/* Chunk types of the framing format; 0x02 to 0x7f must not be skipped, 0x80 on may be. */
enum { CHUNK_PACKED = 0x00, CHUNK_PLAIN = 0x01, CHUNK_MUST_KNOW = 0x7f, CHUNK_STREAM = 0xff };

struct chunk {
	uint64_t pa, at;     /* at: of its checksum in the file */
	uint32_t size, unpacked;
	bool packed;
};

struct avml {
	struct chunk *chunk; /* sorted, disjoint */
	size_t n, room;
	const struct ptk_blob *file;
	struct ptk_cache *cache;
	uint32_t crc[8][256];
};

static bool avml_probe(const struct ptk_blob *file)
{
	uint8_t p[4];
	return ptk_blob_read_(file, 0, p, sizeof p) && load32(p, false) == MAGIC;
}

/* --- CRC-32C (RFC 3720 B.4), eight bytes at a time */

static void make_crc(struct avml *a)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (unsigned k = 0; k < 8; k++)
			c = c >> 1 ^ (c & 1 ? 0x82f63b78u : 0);
		a->crc[0][i] = c;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (unsigned t = 1; t < 8; t++)
			a->crc[t][i] = a->crc[t - 1][i] >> 8 ^ a->crc[0][a->crc[t - 1][i] & 0xff];
}

/* As the framing format masks it, so that a checksum of checksums stays good. */
static uint32_t masked_crc(const struct avml *a, const uint8_t *p, size_t n)
{
	uint32_t c = UINT32_MAX;
	for (; n >= 8; p += 8, n -= 8) {
		uint64_t v = load64(p, false) ^ c;
		c = 0;
		for (unsigned t = 0; t < 8; t++)
			c ^= a->crc[7 - t][v >> 8 * t & 0xff];
	}
	while (n--)
		c = c >> 8 ^ a->crc[0][(c ^ *p++) & 0xff];
	c = ~c;
	return (c >> 15 | c << 17) + 0xa282ead8u;
}

/* --- reading */

/* The chunk that holds pa, or NULL. */
static const struct chunk *find(const struct avml *a, uint64_t pa)
{
	size_t lo = 0, hi = a->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (pa - a->chunk[mid].pa < a->chunk[mid].unpacked && pa >= a->chunk[mid].pa)
			return &a->chunk[mid];
		if (pa < a->chunk[mid].pa)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static int fill(void *arg, uint64_t number, uint8_t *out)
{
	const struct avml *a = arg;
	const struct chunk *c = &a->chunk[number];
	uint8_t sum[4];
	uint64_t len;
	if (!ptk_blob_read_(a->file, c->at, sum, sizeof sum))
		return PTK_E_TRUNC;
	const uint8_t *in = ptk_blob_span_(a->file, c->at + 4, &len);
	if (!in || len < c->size)
		return PTK_E_TRUNC;
	int r = 0;
	if (c->packed)
		r = ptk_unpage_snappy_.run(NULL, in, c->size, out, c->unpacked);
	else
		memcpy(out, in, c->unpacked);
	return r == 0 && masked_crc(a, out, c->unpacked) != load32(sum, false) ? PTK_E_BADFMT : r;
}

static int avml_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	struct avml *a = arg;
	for (uint8_t *to = buf; len;) {
		const struct chunk *c = find(a, pa);
		if (!c)
			return PTK_E_NODATA;
		int r = 0;
		const uint8_t *p = ptk_cache_get_(a->cache, (uint64_t)(c - a->chunk), fill, a, &r);
		if (!p)
			return r;
		size_t skip = (size_t)(pa - c->pa), n = c->unpacked - skip;
		n = n < len ? n : len;
		memcpy(to, p + skip, n);
		to += n;
		pa += n;
		len -= n;
	}
	return 0;
}

static void avml_close(void *arg)
{
	struct avml *a = arg;
	ptk_cache_free_(a->cache);
	free(a->chunk);
	free(a);
}

/* --- finding the chunks */

static bool push(struct avml *a, struct chunk c)
{
	struct chunk *more = grow_(a->chunk, a->n, &a->room, 64, sizeof *more);
	if (!more)
		return false;
	a->chunk = more;
	a->chunk[a->n++] = c;
	return true;
}

/* How many bytes a chunk of data unpacks to, or an error. */
static int64_t unpacked_size(const struct avml *a, bool packed, uint64_t at, uint32_t size)
{
	uint8_t head[5];
	uint32_t len = size;
	size_t n = size < sizeof head ? size : sizeof head;
	if (!ptk_blob_read_(a->file, at, head, n))
		return PTK_E_TRUNC;
	if (packed && ptk_snappy_length_(head, n, &len) < 0)
		return PTK_E_BADFMT;
	return len > CHUNK ? PTK_E_BADFMT : (int64_t)len;
}

/* One chunk of the framing at *at; *pa moves on by what it holds. last: of the range, inclusive. */
static int add_chunk(struct avml *a, uint64_t *at, uint64_t *pa, uint64_t last)
{
	uint8_t h[4];
	if (!ptk_blob_read_(a->file, *at, h, sizeof h))
		return PTK_E_TRUNC;
	uint32_t size = load32(h, false) >> 8;
	unsigned type = h[0];
	uint64_t data = *at + 4;
	*at = data + size;
	if (type > CHUNK_MUST_KNOW)
		return 0;
	if (type > CHUNK_PLAIN || size < 4)
		return PTK_E_BADFMT;
	if (data > a->file->size || size > a->file->size - data)
		return PTK_E_TRUNC;
	bool packed = type == CHUNK_PACKED;
	int64_t len = unpacked_size(a, packed, data + 4, size - 4);
	if (len <= 0)
		return len < 0 ? (int)len : 0;
	if ((uint64_t)len - 1 > last - *pa)
		return PTK_E_BADFMT;
	if (!push(a, (struct chunk){*pa, data, size - 4, (uint32_t)len, packed}))
		return PTK_E_NOMEM;
	/* Wraps to 0 at the very end of the space, where the caller stops. */
	*pa += (uint64_t)len;
	return 0;
}

static int add_range(struct avml *a, uint64_t *at)
{
	uint8_t h[HEADER];
	if (!ptk_blob_read_(a->file, *at, h, sizeof h))
		return PTK_E_TRUNC;
	uint64_t pa = load64(h + 8, false), last = load64(h + 16, false);
	if (load32(h, false) != MAGIC || load32(h + 4, false) != 2 || pa > last)
		return PTK_E_BADFMT;
	*at += HEADER;
	for (size_t before = a->n; a->n == before || pa - 1 != last;) {
		int r = add_chunk(a, at, &pa, last);
		if (r < 0)
			return r;
	}
	/* The packed size: known by now. */
	*at += 8;
	return 0;
}

static int by_pa(const void *x, const void *y)
{
	const struct chunk *a = x, *b = y;
	if (a->pa != b->pa)
		return a->pa < b->pa ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* Sort; of chunks that overlap the first in order of address counts. Whether any did. */
static bool settle(struct avml *a)
{
	size_t n = 0;
	if (a->n)
		qsort(a->chunk, a->n, sizeof *a->chunk, by_pa);
	for (size_t i = 0; i < a->n; i++) {
		const struct chunk *before = n ? &a->chunk[n - 1] : NULL;
		if (!before || a->chunk[i].pa - before->pa >= before->unpacked)
			a->chunk[n++] = a->chunk[i];
	}
	bool overlap = n < a->n;
	a->n = n;
	return overlap;
}

static int list_extents(struct ptk_mem *mem, const struct avml *a)
{
	struct ptk_extent *e = malloc((a->n + 1) * sizeof *e);
	if (!e)
		return PTK_E_NOMEM;
	for (size_t i = 0; i < a->n; i++)
		e[i] = (struct ptk_extent){a->chunk[i].pa, a->chunk[i].pa + (a->chunk[i].unpacked - 1)};
	int r = ptk_mem_set_extents_(mem, e, a->n);
	free(e);
	return r;
}

static int open_all(struct avml *a, struct ptk_mem *mem, struct ptk_err *err)
{
	uint64_t at = 0;
	int r = 0;
	make_crc(a);
	while (r == 0 && at < a->file->size)
		r = add_range(a, &at);
	if (r == PTK_E_NOMEM)
		return ptk_err_set_(err, r, "cannot open %s", a->file->name);
	if (r < 0 && a->n == 0)
		return ptk_err_set_(err, r, "%s: its first AVML range makes no sense", a->file->name);
	if (r == PTK_E_TRUNC)
		ptk_mem_warn_(mem, "%s is truncated", a->file->name);
	else if (r < 0)
		ptk_mem_warn_(mem, "%s is damaged before offset %llu, and what follows left out", a->file->name,
		              (unsigned long long)at);
	if (settle(a))
		ptk_mem_warn_(mem, "ranges overlap: the first of them counts");
	a->cache = ptk_cache_new_(CHUNK);
	if (!a->cache || list_extents(mem, a) < 0)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open %s", a->file->name);
	return 0;
}

static int avml_open(struct ptk_mem *mem, struct ptk_blob *const *file, size_t n, const struct ptk_mem_opts *opts,
                     struct ptk_err *err)
{
	struct avml *a = calloc(1, sizeof *a);
	if (!a)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open %s", file[0]->name);
	a->file = file[0];
	mem->arg = a;
	mem->ops = (struct ptk_mem_ops){.read = avml_read, .close = avml_close};
	return open_all(a, mem, err);
}

const struct ptk_mem_format ptk_mem_avml = {
	.name = "avml",
	.what = "an AVML dump",
	.probe = avml_probe,
	.open = avml_open,
};
