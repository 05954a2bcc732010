// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/symbols.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/endian.h"
#include "tap.h"

static const char text[] = "ffffffff81000000 T _stext\nffffffff81000000 T _text\nffffffff81814000 D swapper_pg_dir\n"
                           "0000000000000000 A fixed_percpu_data\n"
                           "ffffffffc0000000 t init\t[crc7]\nffffffffc0000010 t helper [crc7]\n"
                           "[   12.345678] random: crng init done\n"
                           "ffffffff8189d800 D ini[   13.0] oops\n"
                           "ffffffff8189d800 D init_uts_ns\r\nffffffff81a00000 d init_mm\nffffffff81b00000 b a\n"
                           "                 U undefined\nffffffff81b00008 w weak_undefined\nffffffff81b00010 V b.1\n"
                           "ffffffff 81 T short\nc0008000 T wide32\nffffffff81b00020 D last";

static void lines(void)
{
	struct lx_symtab *st = NULL;
	struct ptk_err err = {0};
	uint64_t v;
	is_int(ptk_symbols_load_(text, sizeof text - 1, &st, &err), 0, "loads");
	is_u64(ptk_symbols_count_(st), 10, "ten symbols; noise, modules and undefined ones left out");
	ok(ptk_symbols_find_(st, "swapper_pg_dir", &v) && v == 0xffffffff81814000, "swapper_pg_dir");
	ok(ptk_symbols_find_(st, "init_uts_ns", &v) && v == 0xffffffff8189d800, "a line that ends in CR LF");
	ok(ptk_symbols_find_(st, "last", &v) && v == 0xffffffff81b00020, "a last line without newline");
	ok(ptk_symbols_find_(st, "wide32", &v) && v == 0xc0008000, "eight digits");
	ok(ptk_symbols_find_(st, "b.1", &v), "a static's suffix");
	ok(ptk_symbols_pgd_(st, &v) && v == 0xffffffff81814000, "the root's symbol");
	static const char *const no[] = {"helper",         "init", "short", "undefined",
	                                 "weak_undefined", "ini",  "",      "swapper_pg_di"};
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		ok(!ptk_symbols_find_(st, no[i], &v), "no '%s'", no[i]);
	ptk_symbols_close_(st);
	ptk_symbols_close_(NULL);
}

static void refused(void)
{
	struct lx_symtab *st = NULL;
	struct ptk_err err = {0};
	is_int(ptk_symbols_load_("hello\n", 6, &st, &err), PTK_E_BADFMT, "not symbols");
	has_str(err.msg, "ADDRESS TYPE NAME", "says what was expected");
	is_int(ptk_symbols_load_("", 0, &st, &err), PTK_E_BADFMT, "empty");
	is_int(ptk_symbols_open_("/nonexistent/System.map", &st, &err), PTK_E_IO, "no such file");
	has_str(err.msg, "/nonexistent/System.map", "names it");
	is_int(ptk_symbols_open_("/dev/null", &st, &err), PTK_E_BADFMT, "an empty device");
	is_int(ptk_symbols_open_("/", &st, &err), PTK_E_IO, "a folder");
	ok(!st, "out-parameter untouched");
}

/* ---- ELF, by the System V ABI ---- */

struct image {
	uint8_t p[2048];
	size_t len;
	bool wide, big;
};

static void put(struct image *im, size_t at, uint64_t v, size_t size)
{
	if (size == 8)
		store64(im->p + at, v, im->big);
	else if (size == 4)
		store32(im->p + at, (uint32_t)v, im->big);
	else
		store16(im->p + at, (uint16_t)v, im->big);
}

static void make(struct image *im, bool wide, bool big)
{
	static const char names[] = "\0_stext\0swapper_pg_dir\0undefined\0a0\0a1\0a2\0a3\0a4\0a5\0a6";
	static const unsigned name_at[] = {0, 1, 8, 23, 33, 36, 39, 42, 45, 48, 51};
	size_t w = wide ? 8 : 4, sym = wide ? 24 : 16, shdr = wide ? 64 : 40, tab = 256, str = 1024, sh = 1200;
	memset(im, 0, sizeof *im);
	im->wide = wide;
	im->big = big;
	memcpy(im->p, "\177ELF", 4);
	im->p[4] = wide ? 2 : 1;
	im->p[5] = big ? 2 : 1;
	put(im, wide ? 40 : 32, sh, w);
	put(im, wide ? 58 : 46, shdr, 2);
	put(im, wide ? 60 : 48, 3, 2);
	for (unsigned i = 0; i < 11; i++) {
		size_t s = tab + i * sym;
		put(im, s, name_at[i], 4);
		put(im, s + (wide ? 8 : 4), 0xc0000000 + i * 0x1000, w);
		put(im, s + (wide ? 6 : 14), i && i != 3, 2);
	}
	memcpy(im->p + str, names, sizeof names);
	put(im, sh + shdr + 4, 2, 4);
	put(im, sh + shdr + (wide ? 24 : 16), tab, w);
	put(im, sh + shdr + (wide ? 32 : 20), 11 * sym, w);
	put(im, sh + shdr + (wide ? 40 : 24), 2, 4);
	put(im, sh + 2 * shdr + 4, 3, 4);
	put(im, sh + 2 * shdr + (wide ? 24 : 16), str, w);
	put(im, sh + 2 * shdr + (wide ? 32 : 20), sizeof names, w);
	im->len = sh + 3 * shdr;
}

static int load_image(const struct image *im, size_t len, struct lx_symtab **st, struct ptk_err *err)
{
	uint8_t *exact = malloc(len ? len : 1);
	memcpy(exact, im->p, len);
	int rc = ptk_symbols_load_(exact, len, st, err);
	free(exact);
	return rc;
}

static void elf(bool wide, bool big)
{
	struct image im;
	struct lx_symtab *st = NULL;
	struct ptk_err err = {0};
	uint64_t v = 0;
	make(&im, wide, big);
	is_int(load_image(&im, im.len, &st, &err), 0, "ELF%d %s", wide ? 64 : 32, big ? "big" : "little");
	ok(st && ptk_symbols_find_(st, "swapper_pg_dir", &v) && v == 0xc0002000, "swapper_pg_dir");
	ok(st && !ptk_symbols_find_(st, "undefined", &v), "undefined symbols are left out");
	is_u64(st ? ptk_symbols_count_(st) : 0, 9, "nine");
	ptk_symbols_close_(st);
	unsigned opened = 0;
	for (size_t n = 0; n < im.len; n++) {
		st = NULL;
		if (load_image(&im, n, &st, &err) == 0)
			opened++;
		ptk_symbols_close_(st);
	}
	is_u64(opened, 0, "no truncation opens");
	/* Any byte of header and section headers, set to all ones. */
	for (size_t at = 4; at < im.len; at++) {
		struct image bad = im;
		bad.p[at] = 0xff;
		st = NULL;
		load_image(&bad, bad.len, &st, &err);
		ptk_symbols_close_(st);
	}
	ok(true, "every damaged byte");
}

int main(void)
{
	lines();
	refused();
	for (int i = 0; i < 4; i++)
		elf(i & 1, i & 2);
	return done();
}
