// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The kernel's list of tasks, which may be damaged or made to mislead: whatever is followed is a task first, and none
 * is taken twice. Where the list breaks, what its other end and the tasks' children lead to is taken as well.
 */
#include "linux/proc/tasks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/cleanup.h"

#define TASKS_MAX (1u << 20)            /* more than any machine has had */
#define PF_KTHREAD UINT32_C(0x00200000) /* include/linux/sched.h */

/* The tasks that were found, and a table to find them again. */
struct found {
	struct ptk_linux *lx;
	struct lx_kmem k;
	const struct lx_task_layout *t;
	struct ptk_process *p;
	size_t n, room;
	uint32_t *seen; /* index + 1, or 0 */
	size_t buckets; /* a power of two */
	uint8_t *buf;
	const char *damage;
};

/* ---- one task ---- */

int ptk_task_space_(struct ptk_linux *lx, uint64_t root, struct ptk_space *out, struct ptk_err *err)
{
	struct ptk_regime r = lx->info.regime;
	if (lx->arch == LX_ARM64) { /* TTBR0 */
		char text[96];
		snprintf(text, sizeof text, "%s,low,memattr=0x%" PRIx64, r.name, r.memattr);
		int rc = ptk_regime_parse(text, &r, err);
		if (rc < 0)
			return rc;
	}
	return ptk_space_init(out, lx->mem, &r, root, err);
}

/* All entries of TTBR0's table are tables, which are in the picture, and there are some. */
static bool is_arm64_root(const struct ptk_space *s)
{
	const struct ptk_regime *r = &s->regime;
	int top = r->nlevels - 1;
	size_t size = ptk_table_size(r, top);
	bool big = ptk_mem_info(s->mem)->big_endian, any = false;
	CLEANUP_FREE uint8_t *p = malloc(size);
	if (!p || ptk_mem_read(s->mem, s->root, p, size, NULL) < 0)
		return false;
	for (size_t at = 0; at < size; at += 8) {
		struct ptk_entry e;
		uint8_t byte;
		uint64_t raw = load64(p + at, big);
		if (!raw)
			continue;
		ptk_entry_decode(r, top, raw, &e);
		if (e.kind != PTK_TABLE || ptk_mem_read(s->mem, e.pa, &byte, 1, NULL) < 0)
			return false;
		any = true;
	}
	return any;
}

bool ptk_task_root_(struct ptk_linux *lx, uint64_t root)
{
	struct ptk_space s;
	uint64_t pa;
	if (ptk_task_space_(lx, root, &s, NULL) < 0)
		return false;
	if (lx->arch == LX_ARM64)
		return is_arm64_root(&s);
	return root != lx->table[PTK_TABLE_KERNEL].root && ptk_translate(&s, lx->pgd_va, &pa) == 1 && pa == lx->pgd_pa;
}

bool ptk_task_read_(struct lx_kmem *k, const struct lx_task_layout *t, uint64_t task, uint8_t *buf)
{
	return is_aligned(task, k->word) && ptk_kmem_read_(k, task, buf, t->size) &&
	       lx_word(k, buf + t->leader) == task;
}

static void set_name(struct ptk_process *p, const uint8_t *comm)
{
	for (size_t i = 0; i + 1 < sizeof p->name && comm[i]; i++)
		p->name[i] = comm[i] >= ' ' && comm[i] <= '~' ? (char)comm[i] : '?';
}

/* Threads of the kernel are children of kthreadd, which has pid 2, but for itself and the first task. */
static bool is_kthread(struct found *f, const struct ptk_process *p)
{
	const struct lx_task_layout *t = f->t;
	uint32_t parent;
	if (t->flags)
		return load32(f->buf + t->flags, f->k.big) & PF_KTHREAD;
	return p->pid == 0 || p->pid == 2 ||
	       (ptk_kmem_u32_(&f->k, lx_word(&f->k, f->buf + t->parent) + t->pid, &parent) && parent == 2);
}

/* From what was read of it. */
static struct ptk_process describe(struct found *f, uint64_t task)
{
	const struct lx_task_layout *t = f->t;
	struct ptk_process p = {
	        .pid = load32(f->buf + t->pid, f->k.big),
	        .task = task,
	        .mm = lx_word(&f->k, f->buf + t->mm),
	        .root = PTK_NO_PA,
	};
	uint64_t pgd, pa;
	set_name(&p, f->buf + t->comm);
	p.kthread = is_kthread(f, &p);
	if (p.mm && ptk_kmem_word_(&f->k, p.mm + t->pgd, &pgd) && ptk_kmem_pa_(&f->k, pgd, &pa))
		p.root = pa;
	if (t->nr_threads)
		ptk_kmem_u32_(&f->k, lx_word(&f->k, f->buf + t->signal) + t->nr_threads, &p.threads);
	return p;
}

/* ---- the table ---- */

static size_t slot(const struct found *f, uint64_t task)
{
	size_t b = (task >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (f->buckets - 1);
	while (f->seen[b] && f->p[f->seen[b] - 1].task != task)
		b = (b + 1) & (f->buckets - 1);
	return b;
}

static bool grow(struct found *f)
{
	size_t room = f->room ? f->room * 2 : 256;
	struct ptk_process *p = realloc(f->p, room * sizeof *p);
	if (!p)
		return false;
	f->p = p;
	f->room = room;
	free(f->seen);
	f->buckets = room * 2;
	f->seen = calloc(f->buckets, sizeof *f->seen);
	for (size_t i = 0; f->seen && i < f->n; i++)
		f->seen[slot(f, f->p[i].task)] = (uint32_t)i + 1;
	return f->seen;
}

/* 1: added; 0: known already, or no task (then *why); or an error. */
static int add(struct found *f, uint64_t task, const char **why)
{
	*why = "comes back to a task that it had already";
	if (f->n == f->room && !grow(f))
		return PTK_E_NOMEM;
	size_t b = slot(f, task);
	if (f->seen[b])
		return 0;
	*why = "leads to what is no task, or cannot be read";
	if (!ptk_task_read_(&f->k, f->t, task, f->buf))
		return 0;
	*why = "has no end";
	if (f->n == TASKS_MAX)
		return 0;
	f->p[f->n++] = describe(f, task);
	f->seen[b] = (uint32_t)f->n;
	return 1;
}

/* ---- following ---- */

/* From the first task on by next (way 0) or prev (1). 1: came round to it; 0: broke off, *why says how; or an error. */
static int follow(struct found *f, unsigned way, const char **why)
{
	const struct lx_task_layout *t = f->t;
	uint64_t head = t->init_task + t->tasks, node = head;
	for (;;) {
		if (!ptk_kmem_word_(&f->k, node + way * f->k.word, &node)) {
			*why = "cannot be read";
			return 0;
		}
		if (node == head)
			return 1;
		int rc = add(f, node - t->tasks, why);
		if (rc <= 0)
			return rc;
	}
}

/* The children of a task: a list through their sibling members. */
static int children(struct found *f, uint64_t task)
{
	const struct lx_task_layout *t = f->t;
	uint64_t head = task + t->children, node = head;
	const char *why;
	for (int rc = 1; rc > 0;) {
		if (!ptk_kmem_word_(&f->k, node, &node) || node == head)
			break;
		rc = add(f, node - t->sibling, &why);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void reverse(struct ptk_process *p, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct ptk_process swap = p[i];
		p[i] = p[n - 1 - i];
		p[n - 1 - i] = swap;
	}
}

static int find_all(struct found *f)
{
	const char *why = NULL, *back;
	int rc = add(f, f->t->init_task, &why);
	if (rc > 0)
		rc = follow(f, 0, &why);
	if (rc)
		return rc < 0 ? rc : 0;
	f->damage = ptk_lx_printf_(&f->lx->arena, "the list of tasks %s after %zu of them", why, f->n);
	size_t forward = f->n;
	rc = follow(f, 1, &back);
	size_t backward = f->n - forward;
	for (size_t i = 0; i < f->n && rc >= 0; i++)
		rc = children(f, f->p[i].task);
	reverse(f->p + forward, backward); /* last, since the table of those seen goes by places */
	return rc < 0 ? rc : 0;
}

int ptk_task_list_(struct ptk_linux *lx, const struct lx_task_layout *t, struct lx_task_list *out)
{
	struct found f = {.lx = lx, .t = t};
	int rc = ptk_kmem_init_(lx, &f.k);
	if (rc >= 0 && !(f.buf = malloc(t->size)))
		rc = PTK_E_NOMEM;
	if (rc >= 0)
		rc = find_all(&f);
	if (rc >= 0) {
		struct ptk_process *p = ptk_lx_alloc_(&lx->arena, (f.n + 1) * sizeof *p);
		if (p)
			memcpy(p, f.p, f.n * sizeof *p);
		*out = (struct lx_task_list){p, f.n, f.damage};
		rc = p ? 0 : PTK_E_NOMEM;
	}
	free(f.p);
	free(f.seen);
	free(f.buf);
	return rc;
}
