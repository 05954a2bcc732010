// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/mem.h>

#include "lib/mk.h"
#include "lib/tap.h"

static struct mk_ram ram;

static struct ptk_mem *opened(const struct mk_buf *b, const char *what)
{
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	if (!ok(ptk_mem_open(mk_save(b, "kdump"), NULL, &m, &err) == 0, "%s: opens", what))
		bail("%s", err.msg);
	return m;
}

static struct ptk_mem *made(const struct mk_kdump *how, const char *what)
{
	struct mk_buf b = {0};
	struct ptk_mem *m = mk_kdump(&b, &ram, how, NULL) ? opened(&b, what) : NULL;
	mk_free(&b);
	return m;
}

static bool right(struct ptk_mem *m, uint64_t pa, size_t len)
{
	static uint8_t got[0x4000], want[0x4000];
	return mk_ram_read(&ram, pa, want, len) && ptk_mem_read(m, pa, got, len, NULL) == 0 &&
	       memcmp(got, want, len) == 0;
}

/* Every layout, byte order and header version; what each can say comes through. */
static void layouts(void)
{
	for (unsigned v = 1; v <= 6; v++)
		for (unsigned f = 0; f < 6; f++) {
			struct mk_kdump how = {.wide = f & 1, .big = f / 2 == 1, .padded = f == 4, .version = v,
			                       .block = 4096, .machine = "riscv64", .no_note = v == 3};
			struct ptk_mem *m = made(&how, "layout");
			const struct ptk_mem_info *i = ptk_mem_info(m);
			is_str(i->format, "kdump", "version %u, form %u", v, f);
			is_int(i->big_endian, how.big, "the byte order");
			is_int(i->machine, 243, "the machine");
			is_int((int64_t)i->nextents, 3, "the extents");
			ok(right(m, 0x2000, 0x3000) && right(m, 0x9000, 0x1000), "the memory");
			ok(!i->warning, "no warning");
			is_int((int64_t)i->nnotes, v >= 3, "VMCOREINFO since version 3");
			if (v >= 3) {
				is_str(i->note[0].name, "VMCOREINFO", "by name");
				ok(i->note[0].size == 15 && memcmp(i->note[0].data, "OSRELEASE=6.12\n", 15) == 0,
				   "its text");
			}
			ptk_mem_close(m);
		}
}

/* QEMU names most machines "Unknown": the size of NT_PRSTATUS tells. */
static void machines(void)
{
	static const struct {
		const char *name;
		unsigned prstatus, machine;
		bool wide;
	} list[] = {
		{"x86_64", 0, 62, true},     {"aarch64", 0, 183, true},    {"i686", 0, 3, false},
		{"armv7l", 0, 40, false},    {"Unknown", 336, 62, true},   {"Unknown", 392, 183, true},
		{"Unknown", 376, 243, true}, {"Unknown", 144, 3, false},   {"Unknown", 148, 40, false},
		{"Unknown", 0, 0, true},     {"Unknown", 99, 0, true},     {"", 0, 0, true},
	};
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		struct mk_kdump how = {.wide = list[i].wide, .version = 6, .block = 4096, .machine = list[i].name,
		                       .prstatus = list[i].prstatus};
		struct ptk_mem *m = made(&how, list[i].name);
		is_int(ptk_mem_info(m)->machine, list[i].machine, "machine \"%s\", prstatus of %u bytes", list[i].name,
		       list[i].prstatus);
		ptk_mem_close(m);
	}
}

/*
 * Frames on 32-bit arm: makedumpfile counts from the start of RAM, QEMU from 0. The latter names the
 * machine "Unknown" and writes phys_base too.
 */
static void arm_frames(void)
{
	struct mk_ram all = ram;
	struct mk_kdump how = {.version = 6, .padded = true, .block = 4096, .machine = "armv7l", .base = 0x60000000};
	ram = (struct mk_ram){0};
	mk_ram_add(&ram, 0x60000000, 0x4000, 1);
	mk_ram_add(&ram, 0x60009000, 0x1000, 2);
	struct ptk_mem *m = made(&how, "arm, makedumpfile");
	is_u64(ptk_mem_info(m)->extent[0].first, 0x60000000, "RAM is where phys_base says");
	ok(right(m, 0x60001000, 0x3000) && right(m, 0x60009000, 0x1000), "and has its bytes");
	is_int(ptk_mem_read(m, 0x1000, &(char){0}, 1, NULL), PTK_E_NODATA, "nothing is where the frame numbers say");
	ok(!ptk_mem_map(m, 0x1000, 1), "nor does it map");
	ptk_mem_close(m);
	how.base = 0;
	how.phys_base = 0x60000000;
	m = made(&how, "arm, counted from 0");
	is_u64(ptk_mem_info(m)->extent[0].first, 0x60000000, "no memory below phys_base: it is not added");
	ok(right(m, 0x60001000, 0x3000), "and the bytes are right");
	ptk_mem_close(m);
	mk_ram_free(&ram);
	ram = all;
}

static void absent(void)
{
	struct mk_kdump how = {.wide = true, .version = 6, .block = 4096, .machine = "x86_64", .packings = MK_ZLIB};
	struct ptk_mem *m = made(&how, "holes");
	uint8_t b[16];
	if (!m) {
		skip("no zlib here");
		return;
	}
	is_int(ptk_mem_read(m, 0x0, b, 16, NULL), PTK_E_NODATA, "before the first page");
	is_int(ptk_mem_read(m, 0x5000, b, 16, NULL), PTK_E_NODATA, "an excluded page");
	is_int(ptk_mem_read(m, 0x4ff8, b, 16, NULL), PTK_E_NODATA, "half in it");
	is_int(ptk_mem_read(m, UINT64_MAX - 15, b, 16, NULL), PTK_E_NODATA, "at the end of the space");
	is_int(ptk_mem_write(m, 0x2000, b, 16, NULL), PTK_E_NOTSUP, "it is read-only");
	ptk_mem_close(m);
	how.packings = 0;
	m = made(&how, "plain");
	const uint8_t *p = ptk_mem_map(m, 0x2010, 0x2ff0);
	ok(p && memcmp(p, ram.region[0].data + 0x10, 0x2ff0) == 0, "plain pages map, several as one");
	ok(!ptk_mem_map(m, 0x2010, 0x2ff1), "up to the hole");
	ptk_mem_close(m);
}

struct damage {
	const char *what;
	size_t at, size;
	uint64_t value;
	int code;         /* of opening */
	const char *says; /* in the error or the warning; NULL: no warning */
	int read;         /* of reading page 0x2000 then */
};

static void damage_one(const struct mk_buf *good, const struct damage *d)
{
	struct mk_buf b = {0};
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	char got[16];
	mk_bytes(&b, good->p, good->n);
	mk_poke(&b, d->at, d->value, d->size, false);
	is_int(ptk_mem_open(mk_save(&b, "bad"), NULL, &m, &err), d->code, "%s", d->what);
	const char *said = m ? ptk_mem_info(m)->warning : err.msg;
	if (d->says)
		has_str(said, d->says, "%s: the sentence", d->what);
	else
		is_str(said, NULL, "%s: no warning", d->what);
	if (m)
		is_int(ptk_mem_read(m, 0x2000, got, 16, NULL), d->read, "%s: reading", d->what);
	ptk_mem_close(m);
	mk_free(&b);
}

/* One field at a time. 64-bit header: status 424, block 428, sub 432, bitmaps 436, max_mapnr 440. */
static void damaged(void)
{
	struct mk_kdump how = {.wide = true, .version = 6, .block = 4096, .machine = "x86_64"};
	struct mk_kdump_map at;
	struct mk_buf b = {0};
	mk_kdump(&b, &ram, &how, &at);
	const size_t d = at.descs, s = at.sub;
	const struct damage list[] = {
		{"block size 0", 428, 4, 0, PTK_E_BADFMT, "do not agree", 0},
		{"block size 4095", 428, 4, 4095, PTK_E_BADFMT, "do not agree", 0},
		{"block size 2^31", 428, 4, 0x80000000, PTK_E_BADFMT, "do not agree", 0},
		{"no bitmap", 436, 4, 0, PTK_E_BADFMT, "do not agree", 0},
		{"bitmaps beyond the file", 436, 4, 0x10000000, PTK_E_TRUNC, "page bitmaps", 0},
		{"sub-header beyond the file", 432, 4, 0x10000000, PTK_E_TRUNC, "page bitmaps", 0},
		{"version 2^32 - 1", 8, 4, UINT32_MAX, PTK_E_BADFMT, "do not agree", 0},
		{"no frames", 440, 4, 0, PTK_E_BADFMT, "do not agree", 0},
		{"max_mapnr_64 that differs: the other one counts", s + 96, 8, UINT64_MAX, 0, NULL, 0},
		{"a disk that was full", 424, 4, 8, 0, "incomplete", 0},
		{"notes beyond the file", s + 48, 8, UINT64_MAX, 0, "notes", 0},
		{"notes of 2^64 - 1 bytes", s + 56, 8, UINT64_MAX, 0, "notes", 0},
		{"a share of nothing", s + 12, 4, 1, 0, NULL, 0},
		{"page beyond the file", d, 8, 0x10000000, 0, NULL, PTK_E_TRUNC},
		{"page at 2^64 - 1", d, 8, UINT64_MAX, 0, NULL, PTK_E_TRUNC},
		{"page that was not written", d, 8, 0, 0, NULL, PTK_E_NODATA},
		{"page too short", d + 8, 4, 4095, 0, NULL, PTK_E_BADFMT},
		{"page too long", d + 8, 4, 4097, 0, NULL, PTK_E_BADFMT},
		{"page of no size", d + 8, 4, 0, 0, NULL, PTK_E_BADFMT},
		{"page that is not snappy", d + 12, 4, 4, 0, NULL, PTK_E_BADFMT},
		{"page that is not lzo", d + 12, 4, 2, 0, NULL, PTK_E_BADFMT},
	};
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		damage_one(&b, &list[i]);
	/* A share that does not fit. */
	mk_poke(&b, s + 12, 1, 4, false);
	const struct damage share = {"a share beyond the last frame", s + 88, 8, UINT64_MAX, PTK_E_BADFMT, "share", 0};
	damage_one(&b, &share);
	const struct damage back = {
	        "a share that ends before it starts", s + 80, 8, UINT64_MAX, PTK_E_BADFMT, "share", 0};
	damage_one(&b, &back);
	mk_free(&b);
}

static void cut(const struct mk_buf *whole, size_t keep, int code, const char *says)
{
	struct mk_buf b = *whole;
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	b.n = keep;
	is_int(ptk_mem_open(mk_save(&b, "cut"), NULL, &m, &err), code, "cut to %zu bytes", keep);
	has_str(m ? ptk_mem_info(m)->warning : err.msg, says, "cut to %zu bytes: the sentence", keep);
	ptk_mem_close(m);
}

static void truncated(void)
{
	struct mk_kdump how = {.wide = true, .version = 6, .block = 4096, .machine = "x86_64"};
	struct mk_kdump_map at;
	struct mk_buf b = {0};
	mk_kdump(&b, &ram, &how, &at);
	cut(&b, 8, PTK_E_TRUNC, "header");
	cut(&b, 444, PTK_E_TRUNC, "header");
	cut(&b, 4096, PTK_E_TRUNC, "bitmaps");
	cut(&b, at.bitmap, PTK_E_TRUNC, "bitmaps");
	cut(&b, at.descs, 0, "truncated");
	cut(&b, at.descs + 5 * 24 - 1, 0, "truncated");
	cut(&b, b.n - 1, 0, "truncated");
	b.n -= 4096;
	struct ptk_mem *m = opened(&b, "without its last page");
	ok(right(m, 0x2000, 0x3000), "the others are there");
	is_int(ptk_mem_read(m, 0x11000, &(char){0}, 1, NULL), PTK_E_TRUNC,
	       "it was lost, which is not the same as left out");
	ptk_mem_close(m);
	mk_free(&b);
}

static const char *part(unsigned i, uint64_t start, uint64_t end, const char *machine, uint64_t block)
{
	struct mk_kdump how = {.wide = true, .version = 6, .block = (unsigned)block, .machine = machine, .split = true,
	                       .start = start, .end = end};
	struct mk_buf b = {0};
	char name[16];
	mk_kdump(&b, &ram, &how, NULL);
	snprintf(name, sizeof name, "part%u", i);
	const char *path = mk_save(&b, name);
	mk_free(&b);
	return path;
}

static void set(const char *a, const char *b, int code, const char *says)
{
	char source[300];
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	snprintf(source, sizeof source, "%s%s%s", b ? "" : "split:", a, b ? b : "");
	is_int(ptk_mem_open(source, NULL, &m, &err), code, "%s", says);
	const char *said = m ? ptk_mem_info(m)->warning : err.msg;
	if (*says)
		has_str(said, says, "the sentence");
	else
		is_str(said, NULL, "no warning");
	ptk_mem_close(m);
}

static void sets(void)
{
	char both[300];
	const char *a = part(0, 0, 4, "x86_64", 4096), *b = part(1, 4, 18, "x86_64", 4096);
	const char *c = part(2, 3, 18, "x86_64", 4096);
	snprintf(both, sizeof both, ",%s", b);
	set(a, both, 0, "");
	set(b, "", 0, "page frames 0 to 3 is missing");
	set(a, NULL, 0, "page frames from 4 on is missing");
	snprintf(both, sizeof both, ",%s", c);
	set(a, both, PTK_E_CONFLICT, "have the same part");
	set(a, ",", PTK_E_INVAL, "missing");
	struct mk_buf text = {0};
	mk_bytes(&text, "not a dump", 10);
	snprintf(both, sizeof both, ",%s", mk_save(&text, "text"));
	set(a, both, PTK_E_BADFMT, "not a kdump file");
	set(mk_save(&text, "text"), both, PTK_E_BADFMT, "not a picture");
	set(a, ",/nonexistent/file", PTK_E_IO, "No such file");
	text.n = 0;
	mk_elf(&text, &ram, &(struct mk_elf){.wide = true}, NULL);
	snprintf(both, sizeof both, ",%s", a);
	set(mk_save(&text, "elf"), both, PTK_E_INVAL, "does not come in several files");
	mk_free(&text);
	struct mk_ram all = ram;
	ram = (struct mk_ram){0};
	mk_ram_add(&ram, 0, 0x30000, 9);
	snprintf(both, sizeof both, ",%s", part(3, 4, 18, "x86_64", 65536));
	set(a, both, PTK_E_BADFMT, "share");
	snprintf(both, sizeof both, ",%s", part(3, 2, 3, "x86_64", 65536));
	set(a, both, PTK_E_CONFLICT, "not of the same dump");
	mk_ram_free(&ram);
	ram = all;
}

int main(void)
{
	mk_ram_add(&ram, 0x2000, 0x3000, 1);
	mk_ram_add(&ram, 0x9000, 0x1000, 2);
	mk_ram_add(&ram, 0x11000, 0x1000, 3);
	layouts();
	machines();
	arm_frames();
	absent();
	damaged();
	truncated();
	sets();
	mk_ram_free(&ram);
	mk_cleanup();
	return done();
}
