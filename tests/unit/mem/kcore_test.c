// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What fs/proc/kcore.c shows, made as a sparse file: its layout, its lies, and files that are none. */
#include <ptkit/mem.h>

#include <stdlib.h>
#include <unistd.h>

#include "lib/mk.h"
#include "lib/tap.h"

static struct mk_ram ram;

static struct ptk_mem *open_kcore(const char *path, struct ptk_err *err, int code)
{
	char source[300];
	struct ptk_mem *m = NULL;
	snprintf(source, sizeof source, "kcore:%s", path);
	is_int(ptk_mem_open(source, NULL, &m, err), code, "%s %s", code ? "refused" : "opens", err->msg);
	return m;
}

static bool right(struct ptk_mem *m, uint64_t pa, size_t len)
{
	uint8_t *got = malloc(len), *want = malloc(len);
	bool good = mk_ram_read(&ram, pa, want, len) && ptk_mem_read(m, pa, got, len, NULL) == 0 && memcmp(got, want, len) == 0;
	free(got);
	free(want);
	return good;
}

/* Both classes: RAM where the direct map is, the image's segment over a part of it, vmalloc with no address. */
static void layouts(void)
{
	for (unsigned wide = 0; wide < 2; wide++) {
		struct ptk_err err = {0};
		char *path = mk_kcore(&ram, &(struct mk_kcore){.wide = wide, .machine = wide ? 62 : 3});
		if (!path) {
			skip("no sparse files of that size here");
			continue;
		}
		struct ptk_mem *m = open_kcore(path, &err, 0);
		if (m) {
			const struct ptk_mem_info *i = ptk_mem_info(m);
			ok(i->live && !strcmp(i->format, "kcore") && i->machine == (wide ? 62 : 3), "live, and of this machine");
			ok(!i->warning, "nothing to warn of");
			ok(i->nextents == 2 && i->extent[0].first == 0x1000 && i->extent[0].last == 0x8fff && i->extent[1].first == 0x100000,
			   "RAM once, no vmalloc");
			ok(i->nnotes == 1 && !strcmp(i->note[0].name, "VMCOREINFO") && !memcmp(i->note[0].data, "OSRELEASE=6.1\n", 14),
			   "its VMCOREINFO");
			ok(right(m, 0x1000, 0x8000) && right(m, 0x100000, 0x20000) && right(m, 0x10fffc, 8), "the bytes of RAM");
			uint8_t b[8];
			is_int(ptk_mem_read(m, 0x8ffc, b, 8, NULL), PTK_E_NODATA, "none beyond it");
		}
		ptk_mem_close(m);
		free(path);
	}
}

/* The notes and headers of a machine with memory in many pieces do not fit the first read. */
static void large_head(void)
{
	struct mk_buf b = {0};
	struct ptk_err err = {0};
	struct mk_ram many = {0};
	mk_ram_add(&many, 0x40000000, 0x1000, 5);
	mk_elf(&b, &many, &(struct mk_elf){.wide = true, .machine = 183}, NULL);
	/* Move the headers behind 200 KiB, and let there be 2000: all but two are empty. */
	size_t at = 200000;
	struct mk_buf big = {0};
	mk_bytes(&big, b.p, b.n);
	mk_zero(&big, at - big.n);
	mk_bytes(&big, b.p + 64, 2 * 56);
	mk_zero(&big, 1998 * 56);
	mk_poke(&big, 32, at, 8, false);
	mk_poke(&big, 56, 2000, 2, false);
	struct ptk_mem *m = open_kcore(mk_save(&big, "large"), &err, 0);
	uint8_t got[64], want[64];
	ok(m && ptk_mem_read(m, 0x40000100, got, 64, NULL) == 0 && mk_ram_read(&many, 0x40000100, want, 64) && !memcmp(got, want, 64),
	   "2000 headers behind 200 KiB");
	ptk_mem_close(m);
	mk_ram_free(&many);
	mk_free(&big);
	mk_free(&b);
}

static void refusals(void)
{
	struct ptk_err err = {0};
	struct mk_buf b = {0};
	open_kcore("/nonexistent/kcore", &err, PTK_E_NOTFOUND);
	has_str(err.msg, "CONFIG_PROC_KCORE", "says what it takes");
	open_kcore("/dev/null", &err, PTK_E_PERM);
	has_str(err.msg, "a container hides", "masked as containers do it");
	mk_bytes(&b, "hello, world, what is this?", 27);
	open_kcore(mk_save(&b, "text"), &err, PTK_E_BADFMT);
	has_str(err.msg, "not an ELF core", "something else");
	char *old = mk_kcore(&ram, &(struct mk_kcore){.wide = true, .machine = 62, .old = true});
	if (old) {
		open_kcore(old, &err, PTK_E_NOTSUP);
		has_str(err.msg, "4.15", "before 4.15");
	}
	free(old);
	mk_free(&b);
	struct ptk_mem *m = NULL;
	is_int(ptk_mem_open("/proc/self/kcore", NULL, &m, &err), PTK_E_IO, "no such file");
	if (access("/proc/kcore", F_OK) < 0) {
		is_int(ptk_mem_open("kcore", NULL, &m, &err), PTK_E_NOTFOUND, "the word alone is the machine");
		has_str(err.msg, "/proc/kcore", "whose file is not there");
	} else {
		skip("this machine has a /proc/kcore");
	}
}

/* One field of a sound file changed: never more than was there, never a crash. */
static void damaged(void)
{
	char *path = mk_kcore(&ram, &(struct mk_kcore){.wide = true, .machine = 62});
	static const struct {
		const char *what;
		size_t at, size;
		uint64_t value;
		int code;
	} list[] = {
		{"an executable", 16, 2, 2, PTK_E_BADFMT},
		{"headers at the end of the world", 32, 8, UINT64_MAX - 3, PTK_E_TRUNC},
		{"headers far away", 32, 8, 0x100000000, PTK_E_LIMIT},
		{"no headers", 56, 2, 0, PTK_E_BADFMT},
		{"headers of one byte", 54, 2, 1, PTK_E_BADFMT},
		{"notes of 4 GiB", 64 + 32, 8, UINT64_C(1) << 32, PTK_E_LIMIT},
		{"notes beyond 2^64", 64 + 8, 8, UINT64_MAX - 1, 0},
		{"the image beyond 2^64", 120 + 24, 8, UINT64_MAX - 15, 0},
		{"the image at no offset", 120 + 8, 8, UINT64_MAX - 15, 0},
		{"an image of all memory", 120 + 32, 8, UINT64_MAX, 0},
	};
	if (!path) {
		skip("no sparse files of that size here");
		return;
	}
	FILE *f = fopen(path, "r+");
	for (size_t i = 0; f && i < sizeof list / sizeof *list; i++) {
		uint8_t was[8], now[8];
		struct ptk_err err = {0};
		for (size_t k = 0; k < 8; k++)
			now[k] = (uint8_t)(list[i].value >> 8 * k);
		if (pread(fileno(f), was, 8, (off_t)list[i].at) != 8 || pwrite(fileno(f), now, list[i].size, (off_t)list[i].at) < 0)
			bail("no way to damage it");
		printf("# %s\n", list[i].what);
		struct ptk_mem *m = open_kcore(path, &err, list[i].code);
		ok(list[i].code ? err.msg[0] != 0 : m && right(m, 0x100000, 4096), "%s: %s", list[i].what, m ? "RAM is right" : "a sentence");
		ptk_mem_close(m);
		if (pwrite(fileno(f), was, 8, (off_t)list[i].at) != 8)
			bail("no way back");
	}
	if (f)
		fclose(f);
	free(path);
}

int main(void)
{
	mk_ram_add(&ram, 0x1000, 0x8000, 1);
	mk_ram_add(&ram, 0x100000, 0x10000, 2);
	mk_ram_add(&ram, 0x110000, 0x10000, 3);
	layouts();
	large_head();
	refusals();
	damaged();
	mk_ram_free(&ram);
	mk_cleanup();
	return done();
}
