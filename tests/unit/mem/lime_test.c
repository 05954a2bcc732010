// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/mem.h>

#include "lib/mk.h"
#include "lib/tap.h"

static struct mk_ram ram;

struct damage {
	const char *what;
	size_t at, size;
	uint64_t value;
	int code;
	const char *says;
};

static struct ptk_mem *try(const struct mk_buf *b, const struct damage *d)
{
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	is_int(ptk_mem_open(mk_save(b, "lime"), NULL, &m, &err), d->code, "%s", d->what);
	has_str(m ? ptk_mem_info(m)->warning : err.msg, d->says, "%s: the sentence", d->what);
	return m;
}

static void damage(const struct mk_buf *good, const struct damage *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct mk_buf b = {0};
		mk_bytes(&b, good->p, good->n);
		mk_poke(&b, list[i].at, list[i].value, list[i].size, false);
		ptk_mem_close(try(&b, &list[i]));
		mk_free(&b);
	}
}

static void lime(void)
{
	struct mk_buf b = {0};
	mk_lime(&b, &ram);
	const size_t second = 32 + 0x3000;
	const struct damage list[] = {
		{"version 2", 4, 4, 2, PTK_E_BADFMT, "first LiME header"},
		{"a range backwards", 16, 8, 0xfff, PTK_E_BADFMT, "first LiME header"},
		{"all of the space", 16, 8, UINT64_MAX, 0, "lacks"},
		{"another magic in the second", second, 4, 0, 0, "not a LiME header"},
		{"ranges overlap", second + 8, 8, 0x3000, 0, "overlap in 4096 bytes"},
	};
	mk_poke(&b, second + 16, 0x3fff, 8, false);
	struct mk_buf over = {0};
	mk_bytes(&over, b.p, b.n);
	b.n = 0;
	mk_lime(&b, &ram);
	damage(&b, list, 4);
	damage(&over, list + 4, 1);
	mk_free(&over);
	b.n -= 0x801;
	struct ptk_mem *m = try(&b, &(struct damage){.what = "cut", .says = "lacks 2049 bytes"});
	is_int(ptk_mem_read(m, 0x97fe, &(char){0}, 1, NULL), 0, "what is left");
	is_int(ptk_mem_read(m, 0x97ff, &(char){0}, 1, NULL), PTK_E_NODATA, "what is not");
	ptk_mem_close(m);
	b.n = second + 31;
	ptk_mem_close(try(&b, &(struct damage){.what = "cut in a header", .says = "inside a range's header"}));
	b.n = 32;
	ptk_mem_close(try(&b, &(struct damage){.what = "a header alone", .code = PTK_E_TRUNC, .says = "first byte"}));
	b.n = 31;
	ptk_mem_close(try(&b, &(struct damage){.what = "not even that", .code = PTK_E_TRUNC, .says = "first byte"}));
	mk_free(&b);
}

static void avml(void)
{
	struct mk_buf b = {0};
	mk_avml(&b, &ram);
	/* Header 32, stream identifier 10, then the first chunk: type 1, length 3, checksum 4, data. */
	const struct damage list[] = {
		{"version 1", 4, 4, 1, PTK_E_BADFMT, "first AVML range"},
		{"a range backwards", 16, 8, 0xfff, PTK_E_BADFMT, "first AVML range"},
		{"a chunk that must be known", 42, 1, 0x02, PTK_E_BADFMT, "first AVML range"},
		{"a chunk without a checksum", 43, 3, 3, PTK_E_BADFMT, "first AVML range"},
		{"a chunk beyond the file", 43, 3, 0xffffff, PTK_E_TRUNC, "first AVML range"},
		{"a range shorter than its chunk", 16, 8, 0x1fff, PTK_E_BADFMT, "first AVML range"},
	};
	damage(&b, list, sizeof list / sizeof list[0]);
	/* Its data and its checksum: found when it is read. */
	struct ptk_mem *m = NULL;
	uint8_t got[16];
	for (unsigned i = 0; i < 2; i++) {
		b.p[i ? 60 : 46] ^= 0x10;
		is_int(ptk_mem_open(mk_save(&b, "avml"), NULL, &m, NULL), 0, "damaged %s", i ? "data" : "checksum");
		is_int(ptk_mem_read(m, 0x1000, got, 16, NULL), PTK_E_BADFMT, "is not given out");
		is_int(ptk_mem_read(m, 0x9000, got, 16, NULL), 0, "the other range is");
		is_str(ptk_mem_info(m)->format, "avml", "the format");
		ptk_mem_close(m);
		b.p[i ? 60 : 46] ^= 0x10;
	}
	b.n -= 100;
	m = try(&b, &(struct damage){.what = "cut", .says = "truncated"});
	is_int(ptk_mem_read(m, 0x1000, got, 16, NULL), 0, "what is left");
	is_int(ptk_mem_read(m, 0x9000, got, 16, NULL), PTK_E_NODATA, "what is not");
	ptk_mem_close(m);
	mk_free(&b);
}

int main(void)
{
	mk_ram_add(&ram, 0x1000, 0x3000, 1);
	mk_ram_add(&ram, 0x9000, 0x1000, 2);
	lime();
	avml();
	mk_ram_free(&ram);
	mk_cleanup();
	return done();
}
