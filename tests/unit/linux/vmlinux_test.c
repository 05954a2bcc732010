// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a vmlinux says of itself: its build ID and its banner; and whether it is that of the kernel in a picture. */
#include <fcntl.h>

#include "base/endian.h"
#include "fake.h"
#include "linux/symbols.h"

#define LINK UINT64_C(0xffffffff81000000)
#define BANNER(release) "Linux version " release " (who@where) (gcc) #1 SMP now\n"

enum { NOTES = 256, RODATA = 512, SYMBOLS = 768, NAMES = 1280, TITLES = 1536, LINKED = 1664, SECTIONS = 1792, ROOM = 4096 };

struct image {
	uint8_t p[ROOM];
	bool wide, big;
	unsigned n; /* sections */
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

/* System V ABI, "Sections". */
static void section(struct image *im, unsigned name, unsigned type, uint64_t addr, uint64_t at, uint64_t size,
                    unsigned link)
{
	const size_t w = im->wide ? 8 : 4, s = SECTIONS + im->n++ * (im->wide ? 64u : 40u);
	put(im, s, name, 4);
	put(im, s + 4, type, 4);
	put(im, s + 8 + w, addr, w);
	put(im, s + 8 + 2 * w, at, w);
	put(im, s + 8 + 3 * w, size, w);
	put(im, s + 8 + 4 * w, link, 4);
}

static size_t note(struct image *im, size_t at, const char *owner, unsigned type, const void *desc, size_t size)
{
	size_t name = strlen(owner) + 1;
	put(im, at, name, 4);
	put(im, at + 4, size, 4);
	put(im, at + 8, type, 4);
	memcpy(im->p + at + 12, owner, name);
	memcpy(im->p + at + 12 + (name + 3) / 4 * 4, desc, size);
	return at + 12 + (name + 3) / 4 * 4 + (size + 3) / 4 * 4;
}

static const struct {
	const char *name;
	uint64_t at; /* from the link address */
} symbols[] = {{"_stext", FAKE_STEXT}, {"swapper_pg_dir", FAKE_PGD}, {"linux_banner", FAKE_BANNER}, {"a0", 1}, {"a1", 2},
               {"a2", 3}, {"a3", 4}, {"a4", 5}, {"a5", 6}};

#define SYMS (sizeof symbols / sizeof *symbols)

static void make(struct image *im, bool wide, bool big, uint64_t base, const char *banner, const uint8_t id[20])
{
	static const char titles[] = "\0.notes\0.rodata\0.symtab\0.strtab\0.shstrtab\0.gnu_debuglink";
	const size_t sym = wide ? 24 : 16;
	size_t names = 1, notes = NOTES;
	*im = (struct image){.wide = wide, .big = big};
	memcpy(im->p, "\177ELF", 4);
	im->p[4] = wide ? 2 : 1;
	im->p[5] = big ? 2 : 1;
	put(im, 16, 2, 2);
	for (unsigned i = 0; i < SYMS; i++) {
		size_t s = SYMBOLS + (i + 1) * sym;
		put(im, s, names, 4);
		put(im, s + (wide ? 8 : 4), base + symbols[i].at, wide ? 8 : 4);
		put(im, s + (wide ? 6 : 14), 2, 2);
		strcpy((char *)im->p + NAMES + names, symbols[i].name);
		names += strlen(symbols[i].name) + 1;
	}
	memcpy(im->p + TITLES, titles, sizeof titles);
	notes = note(im, notes, "Xen", 6, "generic", 8);
	if (id)
		notes = note(im, notes, "GNU", 3, id, 20);
	strcpy((char *)im->p + RODATA + 16, banner);
	strcpy((char *)im->p + LINKED, "vmlinux.debug");
	section(im, 0, 0, 0, 0, 0, 0);
	section(im, 1, 7, base, NOTES, notes - NOTES, 0);
	section(im, 8, 1, base + FAKE_BANNER - 16, RODATA, 200, 0);
	section(im, 16, 2, 0, SYMBOLS, (SYMS + 1) * sym, 4);
	section(im, 24, 3, 0, NAMES, names, 0);
	section(im, 32, 3, 0, TITLES, sizeof titles, 0);
	section(im, 42, 1, 0, LINKED, 20, 0);
	put(im, wide ? 40 : 32, SECTIONS, wide ? 8 : 4);
	put(im, wide ? 58 : 46, wide ? 64 : 40, 2);
	put(im, wide ? 60 : 48, im->n, 2);
	put(im, wide ? 62 : 50, 5, 2);
}

static const uint8_t build[20] = {0x3b, 0x43, 0xfa, 0xd5, 0x03, 0x48, 0x74, 0x49, 0x04, 0x92,
                                  0x49, 0x55, 0x52, 0xc0, 0xaf, 0x6a, 0x5f, 0xab, 0x23, 0x05};
#define BUILD "3b43fad503487449049249" "5552c0af6a5fab2305"

static void says(bool wide, bool big)
{
	struct image im;
	struct lx_symtab *st = NULL;
	struct ptk_err err = {0};
	const uint64_t base = wide ? LINK : 0xc0000000;
	make(&im, wide, big, base, BANNER("6.12.1"), build);
	if (is_int(ptk_symbols_load_(im.p, sizeof im.p, &st, &err), 0, "ELF%d %s", wide ? 64 : 32, big ? "big" : "little")) {
		is_str(ptk_symbols_build_id_(st), BUILD, "its build ID, behind another note");
		is_str(ptk_symbols_banner_(st), "Linux version 6.12.1 (who@where) (gcc) #1 SMP now", "its banner, one line");
	}
	ptk_symbols_close_(st);
	st = NULL;
	make(&im, wide, big, base, "", NULL);
	if (is_int(ptk_symbols_load_(im.p, sizeof im.p, &st, &err), 0, "one that says nothing"))
		ok(!*ptk_symbols_build_id_(st) && !*ptk_symbols_banner_(st), "neither");
	ptk_symbols_close_(st);
	/* Nothing that is outside the file is read, whatever it says. */
	for (size_t at = 0; at < SECTIONS + 7 * 64u; at++)
		for (unsigned v = 0; v < 3; v++) {
			make(&im, wide, big, base, BANNER("6.12.1"), build);
			im.p[at] = v == 0 ? 0xff : v == 1 ? 0x7f : 0;
			uint8_t *exact = malloc(sizeof im.p);
			memcpy(exact, im.p, sizeof im.p);
			st = NULL;
			ptk_symbols_load_(exact, sizeof im.p, &st, &err);
			ptk_symbols_close_(st);
			free(exact);
		}
	ok(true, "every damaged byte");
}

static void refuses(void)
{
	struct image im;
	struct lx_symtab *st = NULL;
	struct ptk_err err = {0};
	make(&im, true, false, LINK, BANNER("6.12.1"), build);
	is_int(ptk_symbols_load_(im.p, SECTIONS + 100, &st, &err), PTK_E_BADFMT, "cut off within the section headers");
	has_str(err.msg, "cut off", "says so");
	is_int(ptk_symbols_load_(im.p, 700, &st, &err), PTK_E_BADFMT, "cut off before them");
	has_str(err.msg, "cut off", "says so");
	put(&im, 16, 4, 2);
	is_int(ptk_symbols_load_(im.p, sizeof im.p, &st, &err), PTK_E_BADFMT, "a core");
	has_str(err.msg, "core", "says so");
	put(&im, 16, 2, 2);
	put(&im, SECTIONS + 3 * 64 + 4, 1, 4);
	is_int(ptk_symbols_load_(im.p, sizeof im.p, &st, &err), PTK_E_BADFMT, "stripped");
	has_str(err.msg, "stripped", "says so");
	has_str(err.msg, "'vmlinux.debug'", "and where its symbols are");
	put(&im, SECTIONS + 6 * 64, 1, 4);
	is_int(ptk_symbols_load_(im.p, sizeof im.p, &st, &err), PTK_E_BADFMT, "stripped, without a link");
	has_str(err.msg, "stripped", "says so");
	ok(!strstr(err.msg, "vmlinux.debug"), "nothing of another file");
	ok(!st, "out-parameter untouched");
}

/* ---- of this kernel? ---- */

static int try(struct ptk_mem *mem, const struct image *im, struct ptk_err *err)
{
	char path[] = "/tmp/ptkit-vmlinux-XXXXXX";
	int fd = mkstemp(path);
	if (fd < 0 || write(fd, im->p, sizeof im->p) != sizeof im->p)
		bail("no file");
	close(fd);
	struct ptk_linux_opts opts = {.symbols = path};
	struct ptk_linux *lx = NULL;
	int rc = ptk_linux_open(mem, &opts, &lx, err);
	ptk_linux_close(lx);
	unlink(path);
	return rc;
}

static struct ptk_mem *kernel(const char *keys)
{
	struct ptk_mem *mem = fake_ram();
	struct fake f = {.mem = mem, .pa = 0x5000000, .va = LINK + 0x4000000, .release = "6.12.1", .keys = keys};
	fake_x86(&f);
	return mem;
}

#define KEYS "NUMBER(phys_base)=0\nNUMBER(pgtable_l5_enabled)=0\nKERNELOFFSET=4000000\n"

/* All distances are the same: two builds of one version by a distribution are so. */
static void matches(void)
{
	struct image im;
	struct ptk_err err = {0};
	uint8_t other[20] = {1};
	struct ptk_mem *mem = kernel(KEYS "BUILD-ID=" BUILD "\n");
	make(&im, true, false, LINK, BANNER("6.12.1"), build);
	is_int(try(mem, &im, &err), 0, "the same build ID");
	make(&im, true, false, LINK, BANNER("6.12.1"), other);
	is_int(try(mem, &im, &err), PTK_E_CONFLICT, "another build ID");
	has_str(err.msg, "0100000000000000000000000000000000000000", "tells the file's");
	has_str(err.msg, BUILD, "and the picture's");
	make(&im, true, false, LINK, BANNER("6.12.0"), other);
	is_int(try(mem, &im, &err), PTK_E_CONFLICT, "another build ID, of another release");
	has_str(err.msg, "6.12.0", "tells the file's");
	has_str(err.msg, "6.12.1", "and the picture's");
	make(&im, true, false, LINK, BANNER("6.12.0"), NULL);
	is_int(try(mem, &im, &err), PTK_E_CONFLICT, "no build ID, another release");
	make(&im, true, false, LINK, BANNER("6.12.1"), NULL);
	is_int(try(mem, &im, &err), 0, "no build ID, the same banner");
	ptk_mem_close(mem);
	mem = kernel(KEYS);
	make(&im, true, false, LINK, BANNER("6.12.1"), build);
	is_int(try(mem, &im, &err), 0, "a picture without one, the same banner");
	make(&im, true, false, LINK, BANNER("6.12.1 "), build);
	is_int(try(mem, &im, &err), PTK_E_CONFLICT, "a picture without one, another banner");
	make(&im, true, false, LINK, "", NULL);
	is_int(try(mem, &im, &err), 0, "neither: the distances");
	ptk_mem_close(mem);
	mem = kernel(KEYS "BUILD-ID=0000000000000000000000000000000000000000\n");
	make(&im, true, false, LINK, BANNER("6.12.1"), build);
	is_int(try(mem, &im, &err), 0, "a kernel that does not know its own: the banner");
	ptk_mem_close(mem);
}

int main(void)
{
	for (int i = 0; i < 4; i++)
		says(i & 1, i & 2);
	refuses();
	matches();
	return done();
}
