// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/mem.h>

#include "lib/tap.h"

static struct ptk_mem *base, *m;

static int read8(struct ptk_mem *from, uint64_t pa, char *b)
{
	memset(b, '?', 9);
	b[8] = 0;
	return ptk_mem_read(from, pa, b, 8, NULL);
}

static void writes_stay(void)
{
	char b[9];
	is_int(ptk_mem_write(m, 0x1ffc, "01234567", 8, NULL), 0, "a write across two pages of the base");
	is_int(read8(m, 0x1ffc, b), 0, "is read back");
	is_str(b, "01234567", "as written");
	is_int(read8(base, 0x1ffc, b), 0, "the base");
	is_str(b, "bbbbbbbb", "keeps what it had");
	is_int(read8(m, 0x1ff8, b), 0, "and around the write");
	is_str(b, "bbbb0123", "the base shows through");
	is_int(ptk_mem_write(base, 0x1800, "new base", 8, NULL), 0, "what the base becomes later");
	is_int(read8(m, 0x1800, b), 0, "in a page that was copied");
	is_str(b, "bbbbbbbb", "is not seen");
	is_int(ptk_mem_write(base, 0x3800, "new base", 8, NULL), 0, "but in one that was not");
	is_int(read8(m, 0x3800, b), 0, "it");
	is_str(b, "new base", "is");
}

static void new_memory(void)
{
	char b[9];
	const struct ptk_mem_info *i = ptk_mem_info(m);
	is_int((int64_t)i->nextents, 1, "the overlay lists what the base holds");
	is_int(read8(m, 0x100000, b), PTK_E_NODATA, "memory the base has not");
	is_int(ptk_mem_write(m, 0x100000, "more RAM", 8, NULL), 0, "can be written");
	is_int(read8(m, 0x100000, b), 0, "and then read");
	is_int(read8(base, 0x100000, b), PTK_E_NODATA, "in the overlay only");
	i = ptk_mem_info(m);
	is_int((int64_t)i->nextents, 2, "and is listed");
	is_u64(i->extent[1].first, 0x100000, "where it is");
	const struct ptk_extent *before = i->extent;
	ok(ptk_mem_info(m)->extent == before, "asking twice gives the same list");
}

static int broken_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	return PTK_E_IO;
}

/* A page that cannot be read cannot be written in part: its other bytes would be invented. */
static void broken_base(void)
{
	struct ptk_mem *bad, *over;
	static const char page[4096];
	char b[9];
	ptk_mem_new(&(struct ptk_mem_ops){.read = broken_read}, NULL, NULL, 0, &bad);
	ptk_mem_new_overlay(bad, &over);
	is_int(ptk_mem_write(over, 0x1000, "part", 4, NULL), PTK_E_IO, "part of a page that cannot be read");
	is_int(ptk_mem_write(over, 0x1000, page, 4096, NULL), 0, "a whole page needs no reading");
	is_int(read8(over, 0x1000, b), 0, "and is there");
	is_int(read8(over, 0x2000, b), PTK_E_IO, "the next one fails as the base does");
	ok(!ptk_mem_info(over)->extent, "a base that cannot list makes an overlay that cannot");
	ptk_mem_close(over);
	ptk_mem_close(bad);
}

int main(void)
{
	static char page[0x4000];
	memset(page, 'b', sizeof page);
	ptk_mem_new_image(0, UINT64_MAX, &base);
	ptk_mem_write(base, 0x1000, page, sizeof page, NULL);
	is_int(ptk_mem_new_overlay(base, &m), 0, "an overlay");
	writes_stay();
	new_memory();
	ok(ptk_mem_map(m, 0x1000, 0x1000) != ptk_mem_map(base, 0x1000, 0x1000), "a copied page maps here");
	ok(ptk_mem_map(m, 0x3000, 0x1000) == ptk_mem_map(base, 0x3000, 0x1000), "another maps in the base");
	ok(!ptk_mem_map(m, 0x2000, 0x2000), "one of each does not map");
	ptk_mem_close(m);
	ptk_mem_close(base);
	broken_base();
	return done();
}
