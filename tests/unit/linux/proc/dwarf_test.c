// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* dwarf_test BIG FILE...: what the DWARF of the files says is what offsetof() says. BIG: a big-endian one, or "". */
#include "linux/proc/dwarf.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dwarf_types.h"
#include "fake.h"
#include "linux/proc/types.h"
#include "linux/symbols.h"
#include "tap.h"

#define WORD ((unsigned)sizeof(void *))

struct want {
	const char *type, *path;
	size_t offset, size;
};

#define IS(type, path)                                                                    \
	{                                                                                 \
#type, #path, offsetof(struct type, path), sizeof((struct type *)0)->path \
	}

static const struct want wanted[] = {
        IS(task_struct, flags),
        IS(task_struct, pid),
        IS(task_struct, state),
        IS(task_struct, mm),
        IS(task_struct, deep),
        IS(task_struct, deep_bytes),
        IS(task_struct, other),
        IS(task_struct, comm),
        IS(task_struct, grid),
        IS(task_struct, slot),
        IS(task_struct, slot.value),
        IS(task_struct, slot.part.index),
        IS(task_struct, own.mm_mt.root),
        IS(mm_struct, mm_mt),
        IS(mm_struct, mm_mt.root),
        IS(mm_struct, first),
        IS(mm_struct, pgd),
        {"mm_struct", "cpu_bitmap", offsetof(struct mm_struct, cpu_bitmap), 0},
        {"slot", "part.index", offsetof(union slot, part.index), 4},
};

/* A bit field, what is not there, what is no structure, what is declared only, and paths that are none. */
static const char *const none[][2] = {
        {"tree", "low"},
        {"mm_struct", "mm_mt.high"},
        {"task_struct", "nothing"},
        {"task_struct", "pi"},
        {"task_struct", "pidx"},
        {"task_struct", "pid.x"},
        {"task_struct", "mm.pgd"},
        {"task_struct", ""},
        {"task_struct", "own."},
        {"task_struct", ".pid"},
        {"later", "x"},
        {"nobody", "x"},
        {"pid_number", "x"},
        {"state", "RUNNING"},
        {"", "pid"},
};

static uint8_t *read_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		bail("%s cannot be read", path);
	uint8_t *p = malloc((size_t)st.st_size);
	if (!p || read(fd, p, (size_t)st.st_size) != st.st_size)
		bail("%s cannot be read", path);
	close(fd);
	*len = (size_t)st.st_size;
	return p;
}

/* Of compilers that are asked for units of types, not all make them of C. */
static bool has_section(const char *path, const char *section)
{
	const uint8_t *at;
	size_t len, size;
	uint8_t *p = read_file(path, &len);
	bool has = ptk_symbols_elf_section_(p, len, section, &at, &size);
	free(p);
	return has;
}

static void members(const char *path, bool big)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct lx_dwarf *d = NULL, *other = NULL;
	const char *why;
	struct lx_member m;
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	ok(ptk_dwarf_open_(fd, WORD, !big, &other, &why) == PTK_E_NOTSUP && !other, "%s: not of the other byte order", name);
	ok(ptk_dwarf_open_(fd, 12 - WORD, big, &other, &why) == PTK_E_NOTSUP && !other, "%s: not of the other word size",
	   name);
	if (is_int(ptk_dwarf_open_(fd, WORD, big, &d, &why), 0, "%s opens", name)) {
		for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
			const struct want *w = &wanted[i];
			m = (struct lx_member){99999, 99999};
			ok(ptk_dwarf_member_(d, w->type, w->path, &m) && m.offset == w->offset && m.size == w->size,
			   "%s: %s.%s at %u, %u bytes", name, w->type, w->path, m.offset, m.size);
		}
		if (has_section(path, ".debug_types"))
			skip("%s: units of types are of no file", name);
		else
			ok(ptk_dwarf_member_(d, "maple_range_64", "pivot", &m) && m.offset == 24,
			   "%s: of two definitions that of the structure's own file", name);
		for (size_t i = 0; i < sizeof none / sizeof *none; i++)
			ok(!ptk_dwarf_member_(d, none[i][0], none[i][1], &m), "%s: no %s.%s", name, none[i][0],
			   none[i][1]);
	}
	ptk_dwarf_close_(d);
	close(fd);
}

static int memory_file(const void *p, size_t len)
{
	int fd = memfd_create("dwarf", MFD_CLOEXEC);
	if (fd < 0 || write(fd, p, len) != (ssize_t)len)
		bail("no memory file");
	return fd;
}

static bool ask(const void *p, size_t len)
{
	struct lx_dwarf *d = NULL;
	const char *why = "";
	struct lx_member m;
	int fd = memory_file(p, len);
	bool opens = ptk_dwarf_open_(fd, WORD, false, &d, &why) == 0;
	if (opens)
		for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
			ptk_dwarf_member_(d, wanted[i].type, wanted[i].path, &m);
	ptk_dwarf_close_(d);
	close(fd);
	return opens;
}

/* Damage of every byte: there is an end, and nothing is read that is not there. */
static void hostile(const char *path)
{
	size_t len;
	uint8_t *p = read_file(path, &len);
	alarm(100);
	unsigned opened = 0;
	for (size_t n = 0; n < len; n += 61)
		opened += ask(p, n);
	printf("# %u cut versions open\n", opened);
	for (size_t at = 0; at < len; at++) {
		uint8_t is = p[at];
		for (unsigned i = 0; i < 3; i++) {
			const uint8_t turned[] = {0, 0xff, (uint8_t)(is ^ (1u << at % 8))};
			p[at] = turned[i];
			opened += p[at] != is && ask(p, len);
		}
		p[at] = is;
	}
	alarm(0);
	ok(opened > len, "%zu bytes cut and turned, %u of these files open", len, opened);
	free(p);
}

static void rename_section(uint8_t *p, size_t len, const char *from, const char *to)
{
	char *name = memmem(p, len, from, strlen(from) + 1);
	if (!name)
		bail("no section %s", from);
	memcpy(name, to, strlen(from));
}

static const struct ptk_fact *fact(struct ptk_linux *lx, const char *key)
{
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	for (size_t i = 0; i < info->nfacts; i++)
		if (strcmp(info->fact[i].key, key) == 0)
			return &info->fact[i];
	return NULL;
}

/* Symbols whose DWARF is there and not to be had: what is said of it. */
static void said_of(const uint8_t *p, size_t len, const char *what, const char *which)
{
	char path[64];
	int fd = memory_file(p, len);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct ptk_linux *lx = fake_open("");
	lx->symbols_path = path;
	ok(!ptk_types_(lx), "%s: no types", which);
	has_str(ptk_types_why_(lx), what, "the sentence says why");
	const struct ptk_fact *f = fact(lx, "types");
	ok(f && strcmp(f->value, "none") == 0 && strstr(f->how, what), "and so does what was found");
	lx->symbols_path = NULL;
	fake_close(lx);
	close(fd);
}

static void ways_of_keeping(const char *plain, const char *packed)
{
	size_t len, size;
	uint8_t *p = read_file(plain, &len);
	const uint8_t *section;
	rename_section(p, len, ".debug_abbrev", ".zdebug_info\0");
	said_of(p, len, ".zdebug", "packed as before 2014");
	free(p);
	p = read_file(packed, &len);
	/* System V ABI, "Section Compression": the type comes first; 1 is zlib, 2 zstd. */
	if (!ptk_symbols_elf_section_(p, len, ".debug_info", &section, &size) || section[0] != 1)
		skip("the compiler does not pack");
	else {
		p[section - p] = 2;
		said_of(p, len, "compressed otherwise than with zlib", "compressed with what libdw may not know");
	}
	free(p);
}

/* A kernel in whose picture there is no BTF, with the file as its symbols. */
static void as_symbols(const char *path)
{
	struct ptk_linux *lx = fake_open("");
	struct lx_member m = {0};
	lx->symbols_path = path;
	if (ptk_dwarf_built_()) {
		has_str(ptk_types_(lx), "DWARF", "the kernel's types are from the symbols");
		ok(ptk_types_member_(lx, "task_struct", "comm", &m) && m.offset == offsetof(struct task_struct, comm),
		   "which say where a member is");
		has_str(ptk_types_why_(lx), "not those that are known", "and what may lack are others");
	} else {
		ok(!ptk_types_(lx) && !ptk_types_member_(lx, "task_struct", "comm", &m), "no types");
		has_str(ptk_types_why_(lx), "this build cannot read DWARF", "says why");
	}
	fake_close(lx);
	lx = fake_open("");
	ok(!ptk_types_(lx), "without symbols: none");
	has_str(ptk_types_why_(lx), "are needed", "says what would help");
	fake_close(lx);
}

int main(int argc, char **argv)
{
	const char *packed = "";
	struct lx_dwarf *d = NULL;
	const char *why = "";
	if (argc < 3)
		bail("no files");
	as_symbols(argv[2]);
	if (!ptk_dwarf_built_()) {
		int fd = open(argv[2], O_RDONLY | O_CLOEXEC);
		ok(ptk_dwarf_open_(fd, WORD, false, &d, &why) == PTK_E_NOTSUP && !d, "this build says that it cannot");
		close(fd);
		return done();
	}
	for (int i = 2; i < argc; i++) {
		members(argv[i], false);
		packed = strstr(argv[i], "packed") ? argv[i] : packed;
	}
	if (*argv[1] && WORD == 8)
		members(argv[1], true);
	else
		skip("no compiler for a big-endian machine");
	int fd = memory_file("\177ELF", 4);
	ok(ptk_dwarf_open_(fd, WORD, false, &d, &why) == PTK_E_BADFMT && !d, "four bytes are no file");
	close(fd);
	ways_of_keeping(argv[2], packed);
	hostile(argv[2]);
	return done();
}
