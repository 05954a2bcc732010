// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A kernel without types still shows how its tasks are laid out. The first, init_task, is static, is called "swapper"
 * or "swapper/0", and is its own parent and leader (init/init_task.c). Its members have kept their order since 2.6.24
 * (include/linux/sched.h):
 *
 *   tasks  ...  mm  active_mm  ...  pid  tgid  [stack_canary]  real_parent  parent  children  sibling  group_leader
 *   ...  comm
 *
 * Each step is taken only if exactly one place fits all tasks that are looked at; else there is no layout.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "linux/image.h"
#include "linux/kallsyms.h"
#include "linux/proc/tasks.h"

#define SAMPLE 64            /* tasks that are looked at */
#define PGD_MAX 1024         /* mm_struct.pgd is not farther than this */
#define PID_LIMIT (1u << 22) /* PID_MAX_LIMIT */

struct sample {
	uint64_t task;
	uint8_t *p; /* layout.size bytes */
};

struct infer {
	struct ptk_linux *lx;
	struct lx_kmem k;
	struct lx_task_layout t;
	struct sample s[SAMPLE];
	size_t n;
	const char *why;
};

/* ---- init_task ---- */

static bool is_swapper(const uint8_t *p)
{
	static const char up[16] = "swapper", smp[16] = "swapper/0"; /* comm is filled up with zeros */
	return memcmp(p, up, 16) == 0 || memcmp(p, smp, 16) == 0;
}

/*
 * real_parent, parent, children, sibling, group_leader of a task that is alone: w[0] = w[1] = w[6] are the task itself,
 * and sibling is an empty list. p is what lies at va, and comm follows somewhere.
 */
static bool is_family(const struct lx_kmem *k, const uint8_t *p, uint64_t va, uint64_t comm, uint64_t *task)
{
	unsigned w = k->word;
	uint64_t self = lx_word(k, p), sibling = va + 4 * w;
	if (self > va || comm - self > LX_TASK_MAX - 16 || !is_aligned(self, w))
		return false;
	*task = self;
	return lx_word(k, p + w) == self && lx_word(k, p + 6 * w) == self && lx_word(k, p + 4 * w) == sibling &&
	       lx_word(k, p + 5 * w) == sibling && lx_word(k, p + 2 * w) != va + 2 * w;
}

/* comm is at p + at, which is at va + at: is there a family before it? */
static bool try_comm(struct infer *in, const uint8_t *p, size_t at, uint64_t va, uint64_t want)
{
	unsigned w = in->k.word;
	size_t first = at > LX_TASK_MAX ? at - LX_TASK_MAX : 0;
	uint64_t task;
	for (size_t r = at - at % w; r >= first + 8 * w; r -= w) {
		size_t f = r - 8 * w;
		if (!is_family(&in->k, p + f, va + f, va + at, &task) || (want && task != want))
			continue;
		in->t.init_task = task;
		in->t.comm = (unsigned)(va + at - task);
		in->t.parent = (unsigned)(va + f - task);
		in->t.children = in->t.parent + 2 * w;
		in->t.sibling = in->t.parent + 4 * w;
		in->t.leader = in->t.parent + 6 * w;
		in->t.size = in->t.comm + 16;
		return true;
	}
	return false;
}

/* By its symbol, where kallsyms has data. */
static bool init_by_symbol(struct infer *in)
{
	uint64_t va;
	CLEANUP_FREE uint8_t *p = malloc(LX_TASK_MAX);
	if (!p || ptk_linux_symbol(in->lx, "init_task", &va) < 0)
		return false;
	size_t n = ptk_kmem_some_(&in->k, va, p, LX_TASK_MAX);
	for (size_t at = 0; at + 16 <= n; at += 4)
		if (is_swapper(p + at) && try_comm(in, p, at, va, va))
			return true;
	return false;
}

static bool init_in_part(struct infer *in, uint64_t first, uint64_t len)
{
	const size_t step = 1 << 20, back = LX_TASK_MAX;
	CLEANUP_FREE uint8_t *p = malloc(step + back);
	for (uint64_t off = 0; p && off < len; off += step) {
		uint64_t from = off > back ? off - back : 0;
		size_t want = len - from < step + (off - from) ? (size_t)(len - from) : step + (size_t)(off - from);
		size_t n = ptk_kmem_some_(&in->k, first + from, p, want);
		for (size_t at = 0; at + 16 <= n; at += 4)
			if (p[at] == 's' && is_swapper(p + at) && try_comm(in, p, at, first + from, 0))
				return true;
	}
	return false;
}

/* By its name, in the data of the image. */
static bool init_by_name(struct infer *in)
{
	struct lx_view v;
	struct lx_image im;
	if (ptk_view_(in->lx, &v) < 0 || ptk_image_find_(&v, &im) < 0)
		return false;
	for (size_t i = 0; i < im.n; i++)
		if (lx_may_be_data(&im, &im.part[i]) &&
		    init_in_part(in, im.part[i].first, im.part[i].last - im.part[i].first + 1))
			return true;
	return false;
}

bool ptk_task_init_(struct ptk_linux *lx, uint64_t *task)
{
	CLEANUP_FREE struct infer *in = calloc(1, sizeof *in);
	if (ptk_linux_symbol(lx, "init_task", task) == 0)
		return true;
	if (!in || ptk_kmem_init_(lx, &in->k) < 0)
		return false;
	in->lx = lx;
	if (!init_by_name(in))
		return false;
	*task = in->t.init_task;
	return true;
}

/* ---- the list ---- */

static bool is_name(const uint8_t *p)
{
	size_t n = strnlen((const char *)p, 16);
	for (size_t i = 0; i < n; i++)
		if (p[i] < ' ' || p[i] > '~')
			return false;
	return n > 0 && n < 16;
}

/* A leader, and called something. */
static bool is_leader(struct infer *in, uint64_t task, uint8_t *p)
{
	return is_aligned(task, in->k.word) && ptk_kmem_read_(&in->k, task, p, in->t.size) &&
	       lx_word(&in->k, p + in->t.leader) == task && is_name(p + in->t.comm);
}

/* Is there at `at` a list_head in a ring of leaders? The number of those that were read, all without a flaw. */
static size_t ring(struct infer *in, unsigned at)
{
	unsigned w = in->k.word;
	uint64_t head = in->t.init_task + at, prev = head, node = lx_word(&in->k, in->s[0].p + at);
	size_t n = 1;
	for (; node != head && n < SAMPLE; n++) {
		struct sample *s = &in->s[n];
		s->task = node - at;
		if (node < at || !is_leader(in, s->task, s->p) || lx_word(&in->k, s->p + at + w) != prev)
			return 0;
		prev = node;
		node = lx_word(&in->k, s->p + at);
	}
	return n;
}

static bool find_tasks(struct infer *in)
{
	unsigned w = in->k.word, found = 0;
	for (unsigned at = 0; at + 2 * w <= in->t.parent; at += w) {
		if (ring(in, at) < 2)
			continue;
		in->t.tasks = at;
		found++;
	}
	in->why = found ? "more than one of init_task's lists could be that of all tasks"
	                : "none of init_task's lists is one of tasks";
	if (found != 1)
		return false;
	in->n = ring(in, in->t.tasks);
	return true;
}

/* ---- pid ---- */

static uint32_t half(const struct infer *in, const struct sample *s, unsigned at)
{
	return load32(s->p + at, in->k.big);
}

/* pid and tgid of leaders are equal; those of init_task are 0, and no two are the same. */
static bool are_pids(const struct infer *in, unsigned at)
{
	bool one = false;
	for (size_t i = 0; i < in->n; i++) {
		uint32_t pid = half(in, &in->s[i], at);
		if (pid != half(in, &in->s[i], at + 4) || pid >= PID_LIMIT || (pid == 0) != (i == 0))
			return false;
		for (size_t j = 0; j < i; j++)
			if (half(in, &in->s[j], at) == pid)
				return false;
		one |= pid == 1;
	}
	return one;
}

static bool find_pid(struct infer *in)
{
	unsigned w = in->k.word;
	for (unsigned canary = 0; canary <= w; canary += w) {
		in->t.pid = in->t.parent - 8 - canary;
		in->t.tgid = in->t.pid + 4;
		if (in->t.parent >= 8 + canary && are_pids(in, in->t.pid))
			return true;
	}
	in->why = "what lies before real_parent are no pids";
	return false;
}

/* ---- mm ---- */

/*
 * mm is 0 for the first task and kthreadd, and set for others: then active_mm, which follows, is the same. A thread of
 * the kernel may have borrowed one.
 */
static bool are_mms(const struct infer *in, unsigned at)
{
	unsigned set = 0;
	for (size_t i = 0; i < in->n; i++) {
		uint64_t mm = lx_word(&in->k, in->s[i].p + at), active = lx_word(&in->k, in->s[i].p + at + in->k.word);
		uint32_t pid = half(in, &in->s[i], in->t.pid);
		if (mm && (pid == 0 || pid == 2 || mm != active || !is_aligned(mm, in->k.word)))
			return false;
		set += mm != 0;
	}
	return set;
}

/* Is it pgd that lies at `at` in every mm? */
static bool are_pgds(struct infer *in, unsigned mm_at, unsigned at)
{
	unsigned seen = 0;
	for (size_t i = 0; i < in->n; i++) {
		uint64_t mm = lx_word(&in->k, in->s[i].p + mm_at), pgd, root;
		if (!mm)
			continue;
		if (!ptk_kmem_word_(&in->k, mm + at, &pgd) || !ptk_kmem_pa_(&in->k, pgd, &root) ||
		    !ptk_task_root_(in->lx, root))
			return false;
		seen++;
	}
	return seen;
}

/* Where pgd is in init_mm, if that is known; else where all of them have it. */
static bool find_pgd(struct infer *in, unsigned mm_at, unsigned *out)
{
	uint64_t init_mm, pgd;
	unsigned found = 0;
	bool known = ptk_linux_symbol(in->lx, "init_mm", &init_mm) == 0;
	for (unsigned at = 0; at < PGD_MAX; at += in->k.word) {
		if (known && (!ptk_kmem_word_(&in->k, init_mm + at, &pgd) || pgd != in->lx->pgd_va))
			continue;
		if (!are_pgds(in, mm_at, at))
			continue;
		*out = at;
		found++;
	}
	return found == 1;
}

static bool find_mm(struct infer *in)
{
	unsigned w = in->k.word, found = 0, pgd = 0;
	for (unsigned at = in->t.tasks + 2 * w; at + 2 * w <= in->t.pid; at += w) {
		if (!are_mms(in, at) || !find_pgd(in, at, &pgd))
			continue;
		in->t.mm = at;
		in->t.pgd = pgd;
		found++;
	}
	in->why = found ? "more than one member of the tasks could be mm"
	                : "no member of the tasks leads to tables of this kernel's processes";
	return found == 1;
}

/* ---- all of it ---- */

static int infer(struct infer *in, uint8_t *room)
{
	in->why = "neither a symbol nor the name \"swapper\" leads to init_task";
	if (!init_by_symbol(in) && !init_by_name(in))
		return 0;
	for (size_t i = 0; i < SAMPLE; i++)
		in->s[i].p = room + i * LX_TASK_MAX;
	in->s[0].task = in->t.init_task;
	in->why = "init_task cannot be read";
	if (!is_leader(in, in->t.init_task, in->s[0].p))
		return 0;
	return find_tasks(in) && find_pid(in) && find_mm(in);
}

int ptk_task_infer_(struct ptk_linux *lx, struct lx_task_layout *out, const char **why)
{
	CLEANUP_FREE struct infer *in = calloc(1, sizeof *in);
	CLEANUP_FREE uint8_t *room = malloc((size_t)SAMPLE * LX_TASK_MAX);
	if (!in || !room)
		return PTK_E_NOMEM;
	in->lx = lx;
	int rc = ptk_kmem_init_(lx, &in->k);
	if (rc >= 0)
		rc = infer(in, room);
	if (rc > 0) {
		*out = in->t;
		out->how = "inferred from init_task and the tasks that follow it";
	}
	*why = in->why;
	return rc;
}
