// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/mem.h>

#include "lib/tap.h"

struct source {
	unsigned reads, maps, closes;
	int code;
	uint8_t bytes[64];
};

static int src_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	struct source *s = arg;
	s->reads++;
	if (s->code == 0)
		memset(buf, (int)pa, len);
	return s->code;
}

static const void *src_map(void *arg, uint64_t pa, size_t *len)
{
	struct source *s = arg;
	s->maps++;
	*len = *len < 16 ? *len : 16;
	return s->bytes;
}

static int src_write(void *arg, uint64_t pa, const void *buf, size_t len)
{
	struct source *s = arg;
	memcpy(s->bytes, buf, len);
	return s->code;
}

static void src_close(void *arg)
{
	((struct source *)arg)->closes++;
}

static const struct ptk_mem_ops all = {src_read, src_map, src_write, src_close};

static void bounded(void)
{
	struct source s = {0};
	struct ptk_mem *m;
	struct ptk_err err = {0};
	uint8_t b[8];
	const struct ptk_extent e[] = {{0x10, 0x1f}, {0x20, 0x2f}, {0x40, 0x4f}};
	is_int(ptk_mem_new(&all, &s, e, 3, &m), 0, "callbacks with extents");
	is_int((int64_t)ptk_mem_info(m)->nextents, 2, "neighbours are merged");
	is_int(ptk_mem_read(m, 0x1c, b, 8, &err), 0, "a read across neighbours");
	is_int(b[0], 0x1c, "is one call");
	is_int(s.reads, 1, "and only one");
	is_int(ptk_mem_read(m, 0x2c, b, 8, &err), PTK_E_NODATA, "a read beyond");
	has_str(err.msg, "0x2c", "names the address");
	ok(err.has_addr && err.addr == 0x2c, "and gives it");
	ok(!ptk_mem_map(m, 0x30, 1), "nor is a hole mapped");
	is_int(ptk_mem_write(m, 0x30, b, 1, NULL), PTK_E_RANGE, "nor written");
	is_int(s.reads + s.maps, 1, "without asking the callback");
	ok(ptk_mem_map(m, 0x10, 16) == s.bytes, "a mapping of what there is");
	ok(!ptk_mem_map(m, 0x10, 17), "but not of more");
	is_int(ptk_mem_write(m, 0x40, "abcd", 4, NULL), 0, "writing");
	ok(memcmp(s.bytes, "abcd", 4) == 0, "goes there");
	is_str(ptk_mem_info(m)->format, "callbacks", "the format's name");
	ptk_mem_close(m);
	is_int(s.closes, 1, "closed once");
}

static void failing(void)
{
	struct source s = {.code = PTK_E_TIMEOUT};
	struct ptk_mem *m;
	struct ptk_err err = {0};
	uint8_t b[8];
	is_int(ptk_mem_new(&all, &s, NULL, 0, &m), 0, "callbacks without extents");
	ok(!ptk_mem_info(m)->extent, "which cannot be listed");
	is_int(ptk_mem_read(m, 0x1234, b, 8, &err), PTK_E_TIMEOUT, "the callback's code comes through");
	has_str(err.msg, "0x1234: timed out", "with where and why");
	is_int(ptk_mem_read(m, 0x1234, b, 8, NULL), PTK_E_TIMEOUT, "also without a place for words");
	is_int(ptk_mem_write(m, 0x1234, b, 8, &err), PTK_E_TIMEOUT, "and of a write");
	has_str(err.msg, "cannot write 8 bytes at physical address 0x1234", "in words");
	ptk_mem_close(m);
}

static void wrong(void)
{
	struct source s = {0};
	struct ptk_mem *m = NULL;
	struct ptk_mem_ops none = all, minimal = {.read = src_read};
	const struct ptk_extent back = {2, 1}, twice[] = {{0, 5}, {5, 9}};
	none.read = NULL;
	is_int(ptk_mem_new(&none, &s, NULL, 0, &m), PTK_E_INVAL, "no read callback");
	is_int(ptk_mem_new(&all, &s, &back, 1, &m), PTK_E_INVAL, "an extent backwards");
	is_int(ptk_mem_new(&all, &s, twice, 2, &m), PTK_E_INVAL, "extents that overlap");
	ok(!m && !s.closes, "nothing came of it");
	is_int(ptk_mem_new(&minimal, &s, NULL, 0, &m), 0, "read alone will do");
	ok(!ptk_mem_map(m, 0, 1), "no mapping then");
	is_int(ptk_mem_write(m, 0, "", 1, NULL), PTK_E_NOTSUP, "and no writing");
	ptk_mem_close(m);
}

int main(void)
{
	bounded();
	failing();
	wrong();
	return done();
}
