// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/mem.h>

#include "lib/tap.h"

#define TOP UINT64_C(0xffffffffffff)

static void pages(struct ptk_mem *m)
{
	uint8_t b[16];
	is_int(ptk_mem_read(m, 0x1000, b, 1, NULL), PTK_E_NODATA, "a new image holds nothing");
	is_int((int64_t)ptk_mem_info(m)->nextents, 0, "and says so");
	ok(!ptk_mem_map(m, 0x1000, 1), "nor can it be mapped");
	is_int(ptk_mem_write(m, 0x1ff8, "0123456789abcdef", 16, NULL), 0, "a write across two pages");
	is_int(ptk_mem_read(m, 0x1ff8, b, 16, NULL), 0, "is read back");
	ok(memcmp(b, "0123456789abcdef", 16) == 0, "as it was written");
	is_int(ptk_mem_read(m, 0x1000, b, 8, NULL), 0, "the rest of its page is there");
	ok(memcmp(b, "\0\0\0\0\0\0\0", 8) == 0, "and zero");
	is_int(ptk_mem_read(m, 0x2ff8, b, 16, NULL), PTK_E_NODATA, "the page behind it is not");
	const struct ptk_mem_info *info = ptk_mem_info(m);
	is_int((int64_t)info->nextents, 1, "both pages are one extent");
	is_u64(info->extent[0].first, 0x1000, "from the first");
	is_u64(info->extent[0].last, 0x2fff, "to the last");
	const uint8_t *p = ptk_mem_map(m, 0x1ff8, 16);
	ok(p && memcmp(p, "0123456789abcdef", 16) == 0, "both pages map as one");
	ok(!ptk_mem_map(m, 0x1ff8, 0x2000), "not beyond them");
}

static void borders(struct ptk_mem *m)
{
	uint8_t b[8];
	struct ptk_err err = {0};
	is_int(ptk_mem_write(m, TOP - 3, "abcd", 4, &err), 0, "the last bytes of the range");
	is_int(ptk_mem_write(m, TOP - 3, "abcdefgh", 8, &err), PTK_E_RANGE, "and no more");
	has_str(err.msg, "0xfffffffffffc", "the sentence names the address");
	is_int(ptk_mem_write(m, UINT64_MAX - 3, "abcdefgh", 8, NULL), PTK_E_RANGE, "a range that wraps");
	is_int(ptk_mem_read(m, UINT64_MAX - 3, b, 8, NULL), PTK_E_NODATA, "reading one that wraps");
	is_int(ptk_mem_read(m, 0, b, 0, NULL), 0, "reading nothing");
	is_int(ptk_mem_write(m, 0, b, 0, NULL), 0, "writing nothing");
	is_int(ptk_mem_write(m, 0x1ffffc, "ABCDEFGH", 8, NULL), 0, "a write across a slab");
	is_int(ptk_mem_read(m, 0x1ffffc, b, 8, NULL), 0, "is read back");
	ok(memcmp(b, "ABCDEFGH", 8) == 0, "as it was written");
}

/* Pages far apart, so that the hash grows and collides. */
static void many(struct ptk_mem *m)
{
	unsigned bad = 0, extents = 0;
	for (uint64_t i = 0; i < 1000; i++)
		bad += ptk_mem_write(m, (i * 7919) << 25, &i, 8, NULL) != 0;
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t v = 0;
		bad += ptk_mem_read(m, (i * 7919) << 25, &v, 8, NULL) != 0 || v != i;
	}
	is_int(bad, 0, "a thousand pages far apart");
	const struct ptk_mem_info *info = ptk_mem_info(m);
	for (size_t i = 1; i < info->nextents; i++)
		extents += info->extent[i].first > info->extent[i - 1].last + 1;
	is_int(extents, (int64_t)info->nextents - 1, "extents are in order and merged");
}

static void whole_space(void)
{
	struct ptk_mem *m;
	uint8_t b[8];
	is_int(ptk_mem_new_image(0, UINT64_MAX, &m), 0, "an image of all addresses");
	is_int(ptk_mem_write(m, UINT64_MAX - 7, "12345678", 8, NULL), 0, "the last eight bytes there are");
	is_int(ptk_mem_read(m, UINT64_MAX - 7, b, 8, NULL), 0, "are read back");
	ok(memcmp(b, "12345678", 8) == 0, "as written");
	is_u64(ptk_mem_info(m)->extent[0].last, UINT64_MAX, "the extent ends there");
	ptk_mem_close(m);
	m = NULL;
	is_int(ptk_mem_new_image(2, 1, &m), PTK_E_INVAL, "a range backwards");
	ok(!m, "leaves the out-parameter alone");
}

/* A table of 64 KiB, and one of 16 KiB, can be had in one piece wherever it is aligned. */
static void tables(struct ptk_mem *m)
{
	static uint8_t table[65536];
	unsigned bad = 0;
	for (uint64_t pa = 0x40000000; pa < 0x40000000 + (4 << 20); pa += sizeof table) {
		bad += ptk_mem_write(m, pa, table, sizeof table, NULL) != 0;
		bad += !ptk_mem_map(m, pa, sizeof table);
	}
	is_int(bad, 0, "64 KiB tables map in one piece");
}

/* Stretches with and without pages, across words of 64 pages and across slabs, map as far as they go and no further. */
static void stretches(void)
{
	static const uint64_t pages[][2] = {{1, 62}, {64, 1}, {127, 2}, {300, 212}, {512, 1}, {1024, 1100}, {3000, 1}};
	enum { ALL = 4096 };
	static bool here[ALL];
	struct ptk_mem *m;
	unsigned bad = 0;
	is_int(ptk_mem_new_image(0, TOP, &m), 0, "an image of stretches");
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		for (uint64_t k = pages[i][0]; k < pages[i][0] + pages[i][1]; k++)
			here[k] = ptk_mem_write(m, k << 12, "x", 1, NULL) == 0;
	for (uint64_t k = 0; k < ALL; k++) {
		uint64_t n = 0, in_slab = 512 - k % 512;
		uint8_t b[2];
		while (k + n < ALL && here[k + n] && n < in_slab)
			n++;
		bad += !ptk_mem_map(m, k << 12, n << 12) != !n;
		bad += ptk_mem_map(m, k << 12, (n << 12) + 1) != NULL;
		bad += (ptk_mem_read(m, (k << 12) + 4095, b, 2, NULL) == 0) != (here[k] && k + 1 < ALL && here[k + 1]);
	}
	is_int(bad, 0, "every stretch is as long as its pages");
	ptk_mem_close(m);
}

int main(void)
{
	struct ptk_mem *m;
	is_int(ptk_mem_new_image(0, TOP, &m), 0, "an image");
	pages(m);
	borders(m);
	tables(m);
	many(m);
	ptk_mem_close(m);
	whole_space();
	stretches();
	ptk_mem_close(NULL);
	return done();
}
