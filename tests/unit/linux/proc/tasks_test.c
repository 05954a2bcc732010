// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Tasks made by hand: well-formed ones are found and understood, damaged ones do not mislead. */
#include "linux/proc/tasks.h"

#include "fake.h"
#include "tap.h"

/* A layout as a kernel with CONFIG_SMP and CONFIG_STACKPROTECTOR could have. */
enum {
	TASKS = 0x80,
	MM = 0xb0,
	ACTIVE = 0xb8,
	PID = 0xe8,
	PARENT = 0xf8,
	CHILDREN = 0x108,
	SIBLING = 0x118,
	LEADER = 0x128,
	COMM = 0x180,
	SIZE = 0x400,
	PGD = 0x48,
};

struct made {
	const char *name;
	uint32_t pid;
	unsigned parent; /* its index */
	bool mm;
};

static const struct made tasks[] = {
        {"swapper/0", 0, 0, false},   {"init", 1, 0, true},         {"kthreadd", 2, 0, false},
        {"kworker/0:0", 7, 2, false}, {"ksoftirqd/0", 9, 2, false}, {"sh \"x\"", 40, 1, true},
        {"gone", 41, 1, false},
};
#define N ((unsigned)(sizeof tasks / sizeof *tasks))
#define SYMBOLS                                                                                                  \
	"ffff888000200000 D init_task\nffff888000209000 D init_mm\nffff888000001000 T a\nffff888000001000 T b\n" \
	"ffff888000001000 T c\nffff888000001000 T d\nffff888000001000 T e\nffff888000001000 T f\n"

static uint64_t task_at(unsigned i)
{
	return FAKE_VA + i * SIZE;
}

static uint64_t pa_of(uint64_t va)
{
	return va - FAKE_VA + FAKE_PA;
}

static void set(struct ptk_linux *lx, uint64_t va, uint64_t v)
{
	fake_put(lx->mem, pa_of(va), v);
}

static void set32(struct ptk_linux *lx, uint64_t va, uint32_t v)
{
	uint8_t b[4];
	store32(b, v, false);
	ptk_mem_write(lx->mem, pa_of(va), b, 4, NULL);
}

/* The children of a task, through their sibling members. */
static void link_children(struct ptk_linux *lx, unsigned parent)
{
	uint64_t head = task_at(parent) + CHILDREN, last = head;
	for (unsigned i = 0; i < N; i++)
		if (i && tasks[i].parent == parent) {
			uint64_t node = task_at(i) + SIBLING;
			set(lx, last, node);
			set(lx, node + 8, last);
			last = node;
		}
	set(lx, last, head);
	set(lx, head + 8, last);
}

static void make_task(struct ptk_linux *lx, unsigned i)
{
	uint64_t t = task_at(i), mm = FAKE_VA + 0x8000 + i * 0x100, parent = task_at(tasks[i].parent);
	char comm[16] = "";
	memcpy(comm, tasks[i].name, strlen(tasks[i].name));
	set(lx, t + TASKS, task_at((i + 1) % N) + TASKS);
	set(lx, t + TASKS + 8, task_at((i + N - 1) % N) + TASKS);
	set32(lx, t + PID, tasks[i].pid);
	set32(lx, t + PID + 4, tasks[i].pid);
	set(lx, t + PID + 8, 0xdeadbeefcafe00 + i); /* stack_canary */
	set(lx, t + PARENT, parent);
	set(lx, t + PARENT + 8, parent);
	if (i == 0) {
		set(lx, t + SIBLING, t + SIBLING);
		set(lx, t + SIBLING + 8, t + SIBLING);
	}
	set(lx, t + LEADER, t);
	ptk_mem_write(lx->mem, pa_of(t + COMM), comm, 16, NULL);
	if (tasks[i].mm) {
		uint64_t root = 0x5000 + i * 0x1000;
		fake_tables(lx->mem, root, true);
		set(lx, t + MM, mm);
		set(lx, t + ACTIVE, mm);
		set(lx, mm + PGD, FAKE_ROOT_VA - FAKE_ROOT + root);
	}
}

static struct ptk_linux *make(void)
{
	struct ptk_linux *lx = fake_open(SYMBOLS);
	for (uint64_t at = 0; at < FAKE_SIZE; at += 8)
		fake_put(lx->mem, FAKE_PA + at, 0);
	for (unsigned i = 0; i < N; i++) {
		make_task(lx, i);
		link_children(lx, i);
	}
	set(lx, FAKE_VA + 0x9000 + PGD, FAKE_ROOT_VA); /* init_mm */
	return lx;
}

static struct lx_task_layout layout(struct ptk_linux *lx)
{
	struct lx_task_layout t = {0};
	const char *why = NULL;
	if (ptk_task_infer_(lx, &t, &why) != 1)
		bail("not inferred: %s", why ? why : "");
	return t;
}

static void inferred(void)
{
	struct ptk_linux *lx = make();
	struct lx_task_layout t = layout(lx);
	is_u64(t.init_task, task_at(0), "init_task");
	ok(t.tasks == TASKS && t.pid == PID && t.tgid == PID + 4 && t.parent == PARENT && t.children == CHILDREN &&
	           t.sibling == SIBLING && t.leader == LEADER && t.mm == MM && t.comm == COMM && t.pgd == PGD,
	   "where members lie");
	fake_close(lx);
}

/* What leaves room for doubt is not guessed. */
static void doubt(void)
{
	struct lx_task_layout t = {0};
	const char *why = NULL;
	struct ptk_linux *lx = make();
	for (unsigned i = 0; i < N; i++) { /* a second ring of the same tasks */
		set(lx, task_at(i) + 0x20, task_at((i + 1) % N) + 0x20);
		set(lx, task_at(i) + 0x28, task_at((i + N - 1) % N) + 0x20);
	}
	is_int(ptk_task_infer_(lx, &t, &why), 0, "two lists of tasks");
	has_str(why, "more than one", "says why");
	fake_close(lx);
	lx = make();
	set32(lx, task_at(3) + PID, 1);
	is_int(ptk_task_infer_(lx, &t, &why), 0, "two tasks with one pid");
	has_str(why, "pids", "says why");
	fake_close(lx);
	lx = make();
	set(lx, FAKE_VA + 0x8000 + 0x100 + PGD, FAKE_ROOT_VA + 0xd000);
	is_int(ptk_task_infer_(lx, &t, &why), 0, "an mm without tables");
	has_str(why, "tables", "says why");
	fake_close(lx);
	lx = make();
	ptk_mem_write(lx->mem, pa_of(task_at(0) + COMM), "someone", 8, NULL);
	is_int(ptk_task_infer_(lx, &t, &why), 0, "no task of that name");
	has_str(why, "swapper", "says why");
	ok(t.init_task == 0, "out-parameter untouched");
	fake_close(lx);
}

static void listed(void)
{
	struct ptk_linux *lx = make();
	struct lx_task_layout t = layout(lx);
	struct lx_task_list l;
	is_int(ptk_task_list_(lx, &t, &l), 0, "a list");
	ok(l.n == N && !l.damage, "of all tasks");
	for (unsigned i = 0; i < N && i < l.n; i++) {
		const struct ptk_process *p = &l.process[i];
		bool kthread = i == 0 || i == 2 || tasks[i].parent == 2;
		ok(p->pid == tasks[i].pid && strcmp(p->name, tasks[i].name) == 0 && p->task == task_at(i) &&
		           p->kthread == kthread && (p->mm != 0) == tasks[i].mm &&
		           p->root == (tasks[i].mm ? 0x5000 + i * 0x1000 : PTK_NO_PA),
		   "%s", tasks[i].name);
	}
	fake_close(lx);
}

/* The list is bent after the layout is known. Everything must still be there, once, with a word. */
static void bent(const char *what, unsigned node, uint64_t next, uint64_t prev, unsigned want)
{
	struct ptk_linux *lx = make();
	struct lx_task_layout t = layout(lx);
	struct lx_task_list l = {0};
	if (next)
		set(lx, task_at(node) + TASKS, next);
	if (prev)
		set(lx, task_at(node) + TASKS + 8, prev);
	is_int(ptk_task_list_(lx, &t, &l), 0, "%s: a list", what);
	unsigned twice = 0;
	for (size_t i = 0; i < l.n; i++)
		for (size_t j = 0; j < i; j++)
			twice += l.process[i].task == l.process[j].task;
	ok(l.n == want && l.damage && !twice, "%s: %zu tasks, %s", what, l.n, l.damage ? l.damage : "no damage");
	fake_close(lx);
}

/* Whatever stands in memory, there is an end. */
static void random_damage(void)
{
	uint64_t x = 88172645463325252u;
	unsigned listed = 0, inferred = 0;
	for (unsigned round = 0; round < 300; round++) {
		struct ptk_linux *lx = make();
		struct lx_task_layout t = layout(lx), again;
		struct lx_task_list l = {0};
		const char *why;
		for (unsigned i = 0; i < 1 + round % 7; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			uint64_t at = FAKE_PA + x % (N * SIZE) / 8 * 8;
			fake_put(lx->mem, at, round & 1 ? x : task_at(x >> 32 & 7) + (x >> 40 & 0x3f) * 8);
		}
		listed += ptk_task_list_(lx, &t, &l) == 0 && l.n <= N;
		inferred += ptk_task_infer_(lx, &again, &why) == 1;
		fake_close(lx);
	}
	ok(listed == 300, "300 damaged memories are listed to an end");
	printf("# %u of them still show a layout\n", inferred);
}

int main(void)
{
	inferred();
	doubt();
	listed();
	bent("a loop", 4, task_at(2) + TASKS, 0, N);
	bent("a task that is its own next", 3, task_at(3) + TASKS, 0, N);
	bent("next leads nowhere", 2, UINT64_C(0xffff888012345678), 0, N);
	bent("next is 0, prev is a loop", 1, 8, task_at(3) + TASKS, N);
	bent("next is no task", 5, FAKE_VA + 0x8008, 0, N);
	random_damage();
	return done();
}
