// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Any bytes as a kernel's memory in which tasks, trees of mappings and paths are followed. */
#include "linux/proc/tasks.h"
#include "linux/proc/vma.h"

#include "../tests/unit/linux/proc/fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SYMBOLS                                                                                                  \
	"ffff888000200000 D init_task\nffff888000209000 D init_mm\nffff888000001000 T a\nffff888000001000 T b\n" \
	"ffff888000001000 T c\nffff888000001000 T d\nffff888000001000 T e\nffff888000001000 T f\n"

static int count(void *arg, uint64_t entry)
{
	*(uint64_t *)arg += entry != 0;
	return 0;
}

/* Each task is found once, and all that is told of it makes sense. */
static void list(struct ptk_linux *lx, const struct lx_task_layout *t)
{
	struct lx_task_list l;
	if (ptk_task_list_(lx, t, &l) < 0 || l.n > FAKE_SIZE)
		abort();
	for (size_t i = 0; i < l.n; i++) {
		if (strnlen(l.process[i].name, 16) == 16 || (!l.process[i].mm && l.process[i].root != PTK_NO_PA))
			abort();
		for (size_t j = 0; j < i; j++)
			if (l.process[j].task == l.process[i].task)
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct lx_task_layout fixed = {.init_task = FAKE_VA,
	                                            .tasks = 0x80,
	                                            .pid = 0xe8,
	                                            .tgid = 0xec,
	                                            .parent = 0xf8,
	                                            .children = 0x108,
	                                            .sibling = 0x118,
	                                            .leader = 0x128,
	                                            .mm = 0xb0,
	                                            .comm = 0x180,
	                                            .pgd = 0x48,
	                                            .size = 0x190};
	static const struct lx_maple_layout maple = {8, 8, 128, 16, 8, 80, 10};
	static const struct lx_path_layout path = {16, 8, 24, 32, 40, 48, 56, 0, 32, 16, 24};
	struct ptk_linux *lx = fake_open(SYMBOLS);
	struct lx_task_layout t;
	struct lx_kmem k;
	const char *why = NULL;
	char buf[512];
	uint64_t entries = 0, ino;
	ptk_mem_write(lx->mem, FAKE_PA, data, size < FAKE_SIZE ? size : FAKE_SIZE, NULL);
	if (ptk_task_infer_(lx, &t, &why) == 1)
		list(lx, &t);
	else if (!why)
		abort();
	list(lx, &fixed);
	if (ptk_kmem_init_(lx, &k) < 0)
		abort();
	ptk_maple_each_(&k, &maple, FAKE_VA + 0x8000, count, &entries);
	if (ptk_path_(&k, &path, FAKE_VA + 0xc000, buf, sizeof buf, &ino) && strnlen(buf, sizeof buf) == sizeof buf)
		abort();
	fake_close(lx);
	return 0;
}
