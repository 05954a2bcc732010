// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* LiME, and AVML that follows it. */
#include "lib/mk.h"

#include <string.h>

static void header(struct mk_buf *b, const char *magic, unsigned version, uint64_t pa, size_t size)
{
	mk_bytes(b, magic, 4);
	mk_int(b, version, 4, false);
	mk_int(b, pa, 8, false);
	mk_int(b, pa + (size - 1), 8, false);
	mk_int(b, 0, 8, false);
}

void mk_lime(struct mk_buf *b, const struct mk_ram *ram)
{
	for (size_t i = 0; i < ram->n; i++) {
		header(b, "EMiL", 1, ram->region[i].pa, ram->region[i].size);
		mk_bytes(b, ram->region[i].data, ram->region[i].size);
	}
}

/* CRC-32C a bit at a time, masked as the framing format says. */
static uint32_t crc(const uint8_t *p, size_t n)
{
	uint32_t c = UINT32_MAX;
	for (size_t i = 0; i < n; i++) {
		c ^= p[i];
		for (unsigned k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
	}
	c = ~c;
	return (c >> 15 | c << 17) + 0xa282ead8u;
}

static void chunk(struct mk_buf *b, const uint8_t *p, size_t n, bool pack)
{
	uint8_t out[65536];
	size_t len = pack ? mk_pack_page(MK_SNAPPY, p, n, out, sizeof out) : 0;
	mk_int(b, len == 0, 1, false);
	mk_int(b, 4 + (len ? len : n), 3, false);
	mk_int(b, crc(p, n), 4, false);
	mk_bytes(b, len ? out : p, len ? len : n);
}

static void block(struct mk_buf *b, uint64_t pa, const uint8_t *p, size_t size)
{
	header(b, "AVML", 2, pa, size);
	size_t from = b->n;
	mk_bytes(b, "\xff\x06\0\0sNaPpY", 10);
	for (size_t at = 0, i = 0; at < size; i++) {
		size_t n = size - at < 65536 ? size - at : 65536;
		if (i % 5 == 1)
			mk_bytes(b, "\xfe\x03\0\0pad", 7); /* padding, to be skipped */
		chunk(b, p + at, n, i % 4 != 3);
		at += n;
	}
	mk_int(b, b->n - from, 8, false);
}

void mk_avml(struct mk_buf *b, const struct mk_ram *ram)
{
	for (size_t i = 0; i < ram->n; i++) {
		const struct mk_region *r = &ram->region[i];
		for (size_t at = 0; at < r->size; at += 1 << 20)
			block(b, r->pa + at, r->data + at, r->size - at < 1 << 20 ? r->size - at : 1 << 20);
	}
}
