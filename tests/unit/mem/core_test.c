// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/mem.h>

#include <sys/stat.h>
#include <unistd.h>

#include "lib/mk.h"
#include "lib/tap.h"

static const struct ptk_extent all = {0, UINT64_MAX};

static struct ptk_mem *image(const uint64_t *page, size_t n)
{
	struct ptk_mem *m;
	ptk_mem_new_image(0, UINT64_MAX, &m);
	for (size_t i = 0; i < n; i++)
		ptk_mem_write(m, page[i], &page[i], 8, NULL);
	return m;
}

/* The first bytes of a file. */
static void head(const char *path, uint8_t *p, size_t n)
{
	FILE *f = fopen(path, "rb");
	memset(p, 0, n);
	if (!f || fread(p, 1, n, f) < 52)
		bail("cannot read %s", path);
	fclose(f);
}

/* e_ident[EI_CLASS] that came of it */
static unsigned class_of(uint16_t machine, const uint64_t *page, size_t n)
{
	uint8_t h[64];
	struct ptk_mem *m = image(page, n);
	const char *path = mk_path("class");
	is_int(ptk_mem_write_core(m, path, machine, &all, 1, NULL, 0, NULL), 0, "machine %u, %zu pages", machine, n);
	head(path, h, sizeof h);
	is_int(h[18] | h[19] << 8, machine, "its e_machine");
	ptk_mem_close(m);
	return h[4];
}

static void classes(void)
{
	const uint64_t low[] = {0x1000}, lpae[] = {0x1000, UINT64_C(0x880000000)}, edge[] = {0xfffff000};
	is_int(class_of(40, low, 1), 1, "arm is 32 bit");
	is_int(class_of(40, edge, 1), 1, "up to 4 GiB");
	is_int(class_of(40, lpae, 2), 2, "but not beyond");
	is_int(class_of(3, low, 1), 1, "i386 is 32 bit");
	is_int(class_of(62, low, 1), 2, "x86-64 is 64 bit");
	is_int(class_of(183, low, 0), 2, "arm64 is, and a core may be empty");
}

static void notes(void)
{
	const uint64_t page = 0x4000;
	const struct ptk_note note[] = {
		{"VMCOREINFO", 0, "OSRELEASE=6.12\n", 15}, {"", 9, NULL, 0}, {"abc", 1, "12345678", 8}};
	struct ptk_mem *m = image(&page, 1), *back = NULL;
	const char *path = mk_path("notes");
	is_int(ptk_mem_write_core(m, path, 62, &all, 1, note, 3, NULL), 0, "a core with notes");
	is_int(ptk_mem_open(path, NULL, &back, NULL), 0, "opens");
	const struct ptk_mem_info *i = ptk_mem_info(back);
	bool same = i->nnotes == 3;
	for (size_t k = 0; same && k < 3; k++)
		same = strcmp(i->note[k].name, note[k].name) == 0 && i->note[k].type == note[k].type &&
		       i->note[k].size == note[k].size &&
		       (!note[k].size || memcmp(i->note[k].data, note[k].data, note[k].size) == 0);
	ok(same, "and has the same notes");
	ok(!i->warning, "without complaint");
	ptk_mem_close(back);
	ptk_mem_close(m);
	const struct ptk_note bad = {NULL, 0, "x", 1};
	m = image(&page, 1);
	is_int(ptk_mem_write_core(m, path, 62, &all, 1, &bad, 1, NULL), PTK_E_INVAL, "a note without a name");
	ptk_mem_close(m);
}

/* More segments than e_phnum can count. */
static void extended(void)
{
	struct ptk_mem *m, *back = NULL;
	uint64_t n = 0x10003, bad = 0;
	uint8_t h[64];
	const char *path = mk_path("many");
	ptk_mem_new_image(0, UINT64_MAX, &m);
	for (uint64_t i = 0; i < n; i++)
		ptk_mem_write(m, i << 13, &i, 8, NULL);
	is_int(ptk_mem_write_core(m, path, 183, &all, 1, NULL, 0, NULL), 0, "65539 segments");
	head(path, h, sizeof h);
	is_int(h[56] | h[57] << 8, 0xffff, "e_phnum is PN_XNUM");
	is_int(ptk_mem_open(path, NULL, &back, NULL), 0, "opens");
	is_int((int64_t)ptk_mem_info(back)->nextents, (int64_t)n, "all of them");
	for (uint64_t i = 0; i < n; i++) {
		uint64_t v = ~i;
		bad += ptk_mem_read(back, i << 13, &v, 8, NULL) != 0 || v != i;
	}
	is_int((int64_t)bad, 0, "each with its bytes");
	ptk_mem_close(back);
	ptk_mem_close(m);
}

static int patchy(void *arg, uint64_t pa, void *buf, size_t len)
{
	memset(buf, (int)(pa >> 12), len);
	return (pa >> 12) % 3 == 1 ? PTK_E_IO : 0;
}

/* Ranges in any order and overlapping; pages that cannot be read are holes. */
static void choice(void)
{
	const struct ptk_extent has = {0x1000, 0x8fff};
	const struct ptk_extent want[] = {{0x7800, 0xffff}, {0x2000, 0x3fff}, {0x2800, 0x37ff}, {0, 0x10}, {5, 4}};
	struct ptk_mem *m, *back = NULL;
	uint8_t b;
	const char *path = mk_path("choice");
	ptk_mem_new(&(struct ptk_mem_ops){.read = patchy}, NULL, &has, 1, &m);
	is_int(ptk_mem_write_core(m, path, 62, want, 5, NULL, 0, NULL), 0, "a choice of ranges");
	is_int(ptk_mem_open(path, NULL, &back, NULL), 0, "opens");
	const struct ptk_mem_info *i = ptk_mem_info(back);
	/* 1, 4 and 7 cannot be read; 2..3 and 8 can and were asked for */
	is_int((int64_t)i->nextents, 2, "two ranges of it are there");
	ok(i->nextents == 2 && i->extent[0].first == 0x2000 && i->extent[0].last == 0x3fff, "the first");
	ok(i->nextents == 2 && i->extent[1].first == 0x8000 && i->extent[1].last == 0x8fff, "the second");
	is_int(ptk_mem_read(back, 0x8fff, &b, 1, NULL), 0, "the last byte");
	is_int(b, 8, "is right");
	ptk_mem_close(back);
	ptk_mem_close(m);
}

static void no_way(void)
{
	const uint64_t page = 0x4000;
	struct ptk_mem *m = image(&page, 1);
	struct ptk_err err = {0};
	is_int(ptk_mem_write_core(m, "/nonexistent/x", 62, &all, 1, NULL, 0, &err), PTK_E_IO, "a folder that is not");
	has_str(err.msg, "cannot create /nonexistent/x: No such file", "says so");
	if (access("/dev/full", W_OK) == 0) {
		is_int(ptk_mem_write_core(m, "/dev/full", 62, &all, 1, NULL, 0, &err), PTK_E_IO, "a disk that is full");
		has_str(err.msg, "No space left", "says so");
	} else {
		skip("no /dev/full here");
	}
	ptk_mem_close(m);
}

/* binutils reads it, and has nothing to complain about. */
static void readelf(void)
{
	char cmd[400], line[400] = "";
	const uint64_t page[] = {0x3000, 0x4000, 0x9000};
	struct ptk_mem *m = image(page, 3);
	const struct ptk_note note = {"VMCOREINFO", 0, "OSRELEASE=6.12\n", 15};
	const char *path = mk_path("readelf");
	ptk_mem_write_core(m, path, 62, &all, 1, &note, 1, NULL);
	ptk_mem_close(m);
	if (system("readelf -v >/dev/null 2>&1") != 0) {
		skip("no readelf here");
		return;
	}
	snprintf(cmd, sizeof cmd, "readelf -lnW %s 2>&1 | grep -ciE 'warning|error'", path);
	FILE *p = popen(cmd, "r");
	if (!p || !fgets(line, sizeof line, p))
		bail("cannot run readelf");
	pclose(p);
	is_str(line, "0\n", "readelf -ln finds nothing wrong");
	snprintf(cmd, sizeof cmd, "readelf -lW %s | grep -E '^ *LOAD' | awk '{print $4, $5}' | tr '\\n' ' '", path);
	p = popen(cmd, "r");
	if (!p || !fgets(line, sizeof line, p))
		bail("cannot run readelf");
	pclose(p);
	is_str(line, "0x0000000000003000 0x002000 0x0000000000009000 0x001000 ", "and sees the segments");
}

int main(void)
{
	classes();
	notes();
	extended();
	choice();
	no_way();
	readelf();
	mk_cleanup();
	return done();
}
