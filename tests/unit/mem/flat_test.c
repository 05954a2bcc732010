// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/mem.h>

#include "lib/mk.h"
#include "lib/tap.h"

static struct mk_ram ram;

static void start(struct mk_buf *b, uint64_t type, uint64_t version)
{
	b->n = 0;
	mk_bytes(b, "makedumpfile\0\0\0", 16);
	mk_int(b, type, 8, true);
	mk_int(b, version, 8, true);
	mk_zero(b, 4096 - b->n);
}

static void record(struct mk_buf *b, uint64_t offset, uint64_t size, const void *p, size_t n)
{
	mk_int(b, offset, 8, true);
	mk_int(b, size, 8, true);
	mk_bytes(b, p, n);
}

static void end(struct mk_buf *b)
{
	record(b, UINT64_MAX, UINT64_MAX, "", 0);
}

static struct ptk_mem *try(const struct mk_buf *b, int code, const char *says, const char *what)
{
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	is_int(ptk_mem_open(mk_save(b, "flat"), NULL, &m, &err), code, "%s", what);
	const char *said = m ? ptk_mem_info(m)->warning : err.msg;
	if (says)
		has_str(said, says, "%s: the sentence", what);
	else
		is_str(said, NULL, "%s: no warning", what);
	return m;
}

static void broken(void)
{
	struct mk_buf b = {0};
	start(&b, 1, 1);
	end(&b);
	ptk_mem_close(try(&b, PTK_E_TRUNC, "nothing in it", "no records"));
	start(&b, 2, 1);
	ptk_mem_close(try(&b, PTK_E_BADFMT, "type or version", "another type"));
	start(&b, 1, 2);
	ptk_mem_close(try(&b, PTK_E_BADFMT, "type or version", "another version"));
	b.n = 4095;
	ptk_mem_close(try(&b, PTK_E_TRUNC, "header", "less than a header"));
	start(&b, 1, 1);
	record(&b, 0, 0, "", 0);
	ptk_mem_close(try(&b, PTK_E_BADFMT, "record 0", "a record of no size"));
	start(&b, 1, 1);
	record(&b, 0, 4, "\x7f" "ELF", 4);
	record(&b, UINT64_MAX - 1, 4, "abcd", 4);
	ptk_mem_close(try(&b, PTK_E_BADFMT, "record 1", "an offset below 0"));
	start(&b, 1, 1);
	record(&b, INT64_MAX, INT64_MAX, "x", 1);
	ptk_mem_close(try(&b, PTK_E_BADFMT, "not a picture of memory", "a record far out, cut short"));
	start(&b, 1, 1);
	record(&b, 0, 4, "\x7f" "ELF", 4);
	ptk_mem_close(try(&b, PTK_E_TRUNC, "ELF header", "no end, and but a magic number"));
	mk_free(&b);
}

/* Records in pieces of one byte, backwards: what a reader must not count on does not matter. */
static void shredded(void)
{
	struct mk_buf core = {0}, b = {0};
	uint8_t got[0x30], want[0x30];
	struct mk_ram tiny = {0};
	mk_ram_add(&tiny, 0x1000, 0x30, 8);
	mk_elf(&core, &tiny, &(struct mk_elf){.wide = true, .machine = 62}, NULL);
	start(&b, 1, 1);
	for (size_t i = core.n; i-- > 0;)
		record(&b, i, 1, core.p + i, 1);
	size_t whole = b.n;
	end(&b);
	struct ptk_mem *m = try(&b, 0, NULL, "a byte at a time");
	is_int(ptk_mem_read(m, 0x1000, got, sizeof got, NULL), 0, "is readable");
	ok(mk_ram_read(&tiny, 0x1000, want, sizeof want) && memcmp(got, want, sizeof got) == 0, "and right");
	is_int((int64_t)ptk_mem_info(m)->nnotes, 3, "scattered notes too");
	is_str(ptk_mem_info(m)->format, "elf", "the format is what it wraps");
	ptk_mem_close(m);
	b.n = whole;
	m = try(&b, 0, "truncated", "without the end");
	ptk_mem_close(m);
	mk_free(&core);
	mk_free(&b);
	mk_ram_free(&tiny);
}

/* Cut in the middle: what came before counts. */
static void cut(void)
{
	struct mk_buf core = {0}, b = {0};
	uint8_t got[16], want[16];
	mk_elf(&core, &ram, &(struct mk_elf){.wide = true, .machine = 62}, NULL);
	start(&b, 1, 1);
	record(&b, 0, core.n, core.p, core.n);
	b.n -= 0x1800;
	struct ptk_mem *m = try(&b, 0, "truncated", "cut inside a record");
	is_int(ptk_mem_read(m, 0x1000, got, 16, NULL), 0, "the first page");
	ok(mk_ram_read(&ram, 0x1000, want, 16) && memcmp(got, want, 16) == 0, "is there");
	is_int(ptk_mem_read(m, 0x3800, got, 16, NULL), PTK_E_NODATA, "the last half page is not");
	ptk_mem_close(m);
	/* A gap between records is memory that is not there. */
	start(&b, 1, 1);
	record(&b, 0, core.n - 0x2000, core.p, core.n - 0x2000);
	record(&b, core.n - 0x1000, 0x1000, core.p + core.n - 0x1000, 0x1000);
	end(&b);
	m = try(&b, 0, "truncated", "a record is missing");
	is_int(ptk_mem_read(m, 0x2000, got, 16, NULL), PTK_E_NODATA, "what it had is not there");
	ptk_mem_close(m);
	mk_free(&core);
	mk_free(&b);
}

int main(void)
{
	mk_ram_add(&ram, 0x1000, 0x3000, 1);
	broken();
	shredded();
	cut();
	mk_ram_free(&ram);
	mk_cleanup();
	return done();
}
