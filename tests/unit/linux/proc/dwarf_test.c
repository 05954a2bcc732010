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

static void members(const char *path, bool big)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct lx_dwarf *d = NULL, *other = NULL;
	struct lx_member m;
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	ok(ptk_dwarf_open_(fd, WORD, !big, &other) == PTK_E_NOTSUP && !other, "%s: not of the other byte order", name);
	ok(ptk_dwarf_open_(fd, 12 - WORD, big, &other) == PTK_E_NOTSUP && !other, "%s: not of the other word size",
	   name);
	if (is_int(ptk_dwarf_open_(fd, WORD, big, &d), 0, "%s opens", name)) {
		for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
			const struct want *w = &wanted[i];
			m = (struct lx_member){99999, 99999};
			ok(ptk_dwarf_member_(d, w->type, w->path, &m) && m.offset == w->offset && m.size == w->size,
			   "%s: %s.%s at %u, %u bytes", name, w->type, w->path, m.offset, m.size);
		}
		/* Units of types are of no file. */
		ok(ptk_dwarf_member_(d, "maple_range_64", "pivot", &m) && m.offset == (strstr(name, "type-units") ? 40 : 24),
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
	struct lx_member m;
	int fd = memory_file(p, len);
	bool opens = ptk_dwarf_open_(fd, WORD, false, &d) == 0;
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
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		bail("%s cannot be read", path);
	size_t len = (size_t)st.st_size;
	uint8_t *p = malloc(len);
	if (!p || read(fd, p, len) != st.st_size)
		bail("%s cannot be read", path);
	close(fd);
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
	struct lx_dwarf *d = NULL;
	if (argc < 3)
		bail("no files");
	as_symbols(argv[2]);
	if (!ptk_dwarf_built_()) {
		int fd = open(argv[2], O_RDONLY | O_CLOEXEC);
		ok(ptk_dwarf_open_(fd, WORD, false, &d) == PTK_E_NOTSUP && !d, "this build says that it cannot");
		close(fd);
		return done();
	}
	for (int i = 2; i < argc; i++)
		members(argv[i], false);
	if (*argv[1] && WORD == 8)
		members(argv[1], true);
	else
		skip("no compiler for a big-endian machine");
	int fd = memory_file("\177ELF", 4);
	ok(ptk_dwarf_open_(fd, WORD, false, &d) == PTK_E_BADFMT && !d, "four bytes are no file");
	close(fd);
	hostile(argv[2]);
	return done();
}
