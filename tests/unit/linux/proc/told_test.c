// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Processes that a note tells of: there and back, and notes that make no sense. */
#include "linux/proc/told.h"

#include "fake.h"
#include "mem/mem.h"
#include "tap.h"

static struct ptk_linux *open_with(const char *note)
{
	struct ptk_linux *lx = fake_open("");
	if (ptk_mem_note_(lx->mem, PTK_NOTE_OWNER, strlen(PTK_NOTE_OWNER), PTK_NOTE_PROCESSES, note, strlen(note)) < 0)
		bail("no memory");
	return lx;
}

#define KERNEL "kernel=0x1000\n"
#define TASKS \
	"process=0x0 0x1 0x1 0xffff888000200000 0x0 0xffffffffffffffff swapper/0\n" \
	"process=0x1 0x2 0x0 0xffff888000200400 0xffff888000204000 0x5000 init\n" \
	"process=0x9 0x1 0x0 0xffff888000200800 0xffff888000204400 0x6000 a b\n" \
	"process=0xa 0x1 0x0 0xffff888000200c00 0x0 0xffffffffffffffff \n"
#define MAPS \
	"mappings=0xffff888000204000 \n" \
	"mapping=0x400000 0x4fffff 0x75 0x1000 0x17 /bin/a file\n" \
	"mapping=0x500000 0x500fff 0x73 0x0 0x0 \n" \
	"mappings=0xffff888000204400 their tree is damaged\n"

static void back(const char *damage)
{
	char text[2048];
	const struct ptk_process *p;
	struct ptk_err err = {0};
	size_t n = 0, len = 0;
	snprintf(text, sizeof text, "%s%s%s%s", KERNEL, damage ? damage : "", TASKS, MAPS);
	struct ptk_linux *lx = open_with(text);
	is_int(ptk_linux_processes(lx, &p, &n, &err), damage ? 1 : 0, "processes of a note: %s", err.msg);
	is_int((long)n, 4, "all of them");
	char *again = n == 4 ? ptk_procs_note_(lx, p + 1, 2, &len) : NULL;
	ok(again && len == strlen(text) && memcmp(again, text, len) == 0, "written again it is the same");
	free(again);
	fake_close(lx);
}

static void members(void)
{
	struct ptk_linux *lx = open_with(KERNEL TASKS "later=what this does not know\n" MAPS);
	const struct ptk_process *p = NULL;
	const struct ptk_vma *v = NULL;
	struct ptk_err err = {0};
	size_t n = 0;
	if (ptk_linux_process(lx, 9, &p, &err) < 0)
		bail("%s", err.msg);
	ok(strcmp(p->name, "a b") == 0 && p->threads == 1 && !p->kthread && p->root == 0x6000 && p->mm == UINT64_C(0xffff888000204400) &&
	           p->task == UINT64_C(0xffff888000200800), "members of a process");
	is_int(ptk_linux_vmas(lx, p, &v, &n, &err), 1, "mappings that were damaged");
	ok(n == 0 && strcmp(err.msg, "their tree is damaged") == 0, "are said to be: %s", err.msg);
	is_int(ptk_linux_process(lx, 1, &p, &err), 0, "another");
	is_int(ptk_linux_vmas(lx, p, &v, &n, &err), 0, "its mappings");
	ok(n == 2 && v[0].first == 0x400000 && v[0].last == 0x4fffff && v[0].flags == 0x75 && v[0].offset == 0x1000 && v[0].ino == 0x17 &&
	           strcmp(v[0].name, "/bin/a file") == 0 && strcmp(v[1].name, "") == 0, "members of a mapping");
	is_int(ptk_linux_process(lx, 0, &p, &err), 0, "the first task");
	ok(p->kthread && p->root == PTK_NO_PA, "is a thread of the kernel, without tables");
	is_int(ptk_linux_process(lx, 2, &p, &err), PTK_E_NOTFOUND, "one that is not told of");
	fake_close(lx);
}

/* None of these is a list; what is wrong is said, or that there is no list. */
static void nonsense(void)
{
	static const char *const bad[] = {
		KERNEL "process=1 0x1 0x0 0x0 0x0 0x0 init",
		KERNEL "process=0x1 0x1 0x0 0x0 0x0 init",
		KERNEL "process=0x1 0x1 0x0 0x0 0x0 0x0",
		KERNEL "process=0x100000000 0x1 0x0 0x0 0x0 0x0 init",
		KERNEL "process=0x1 0x1 0x0 0x0 0x0 0x0 sixteen letters.",
		KERNEL "process=0x1 0x1 0x0 0x0 0x0 0x0 \033[2J",
		KERNEL "process=0x 0x1 0x0 0x0 0x0 0x0 init",
		KERNEL TASKS "mapping=0x1000 0x1fff 0x0 0x0 0x0 of no mm",
		KERNEL TASKS "mappings=0x1000 \nmapping=0x2000 0x1fff 0x0 0x0 0x0 ",
		KERNEL TASKS "mappings=0x1000 \nmapping=0x2000 0x2fff 0x0 0x0 0x0 \nmapping=0x1000 0x1fff 0x0 0x0 0x0 ",
		KERNEL TASKS "mappings=0x1000 \nmapping=0x2000 0x2fff 0x0 0x0 0x0 \nmapping=0x2fff 0x3fff 0x0 0x0 0x0 ",
		KERNEL "mappings=",
		KERNEL "process=0x-1 0x1 0x0 0x0 0x0 0x0 init",
		"kernel=\n" TASKS,
		"kernel=0x1000 or so\n" TASKS,
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ptk_linux *lx = open_with(bad[i]);
		const struct ptk_process *p = NULL;
		struct ptk_err err = {0};
		size_t n = 0;
		int rc = ptk_linux_processes(lx, &p, &n, &err);
		ok(rc == PTK_E_NOTFOUND && !p && strstr(err.msg, "makes no sense at '"), "nonsense %zu: %s", i, err.msg);
		fake_close(lx);
	}
}

/* Of another kernel, or of none: then they are looked for as ever, and here there are none. */
static void not_ours(void)
{
	static const char *const other[] = {"kernel=0x2000\n" TASKS MAPS, TASKS MAPS, ""};
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		struct ptk_linux *lx = open_with(other[i]);
		const struct ptk_process *p = NULL;
		struct ptk_err err = {0};
		size_t n = 0;
		is_int(ptk_linux_processes(lx, &p, &n, &err), PTK_E_NOTFOUND, "a note of no use: %s", err.msg);
		ok(!lx->vmas, "and its mappings are not taken");
		fake_close(lx);
	}
}

int main(void)
{
	back(NULL);
	back("damage=the list of tasks cannot be read after 4 of them\n");
	members();
	nonsense();
	not_ours();
	return done();
}
