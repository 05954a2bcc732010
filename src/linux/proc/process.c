// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The public face of processes. */
#include <inttypes.h>

#include "base/err.h"
#include "linux/find.h"
#include "linux/proc/tasks.h"
#include "linux/proc/told.h"
#include "linux/proc/vma.h"

/* What is known of the processes, once it was asked for. */
struct lx_proc {
	int rc; /* 0, 1 (a damaged list), or why there is none */
	const char *why;
	struct lx_task_layout layout;
	struct lx_task_list list;
};

static int find(struct ptk_linux *lx, struct lx_proc *p)
{
	int rc = ptk_procs_told_(lx, &p->list, &p->why);
	if (rc > 0)
		p->layout.how = "ptkit's note";
	if (rc == 0) {
		rc = ptk_task_layout_(lx, &p->layout, &p->why);
		if (rc == 0)
			return PTK_E_NOTFOUND;
		if (rc > 0)
			rc = ptk_task_list_(lx, &p->layout, &p->list);
	}
	if (rc < 0)
		return rc;
	p->why = p->list.damage;
	ptk_lx_fact_(lx, "processes", ptk_lx_printf_(&lx->arena, "%zu", p->list.n), p->layout.how);
	return p->list.damage ? 1 : 0;
}

static const struct lx_proc *processes(struct ptk_linux *lx)
{
	if (!lx->proc) {
		struct lx_proc *p = ptk_lx_alloc_(&lx->arena, sizeof *p);
		if (!p)
			return NULL;
		p->rc = find(lx, p);
		lx->proc = p;
	}
	return lx->proc;
}

int ptk_process_list_(struct ptk_linux *lx, const struct ptk_process **list, size_t *n, const char **damage)
{
	const struct lx_proc *p = processes(lx);
	if (!p || p->rc < 0)
		return p ? p->rc : PTK_E_NOMEM;
	*list = p->list.process;
	*n = p->list.n;
	*damage = p->list.damage;
	return 0;
}

int ptk_linux_processes(struct ptk_linux *lx, const struct ptk_process **list, size_t *n, struct ptk_err *err)
{
	const struct lx_proc *p = processes(lx);
	if (!p || p->rc == PTK_E_NOMEM)
		return ptk_err_set_(err, PTK_E_NOMEM, "no memory to list processes");
	if (p->rc < 0)
		return ptk_err_set_(err, p->rc, "processes cannot be listed: %s", p->why ? p->why : "no kernel table");
	*list = p->list.process;
	*n = p->list.n;
	return p->rc ? (ptk_err_set_(err, 0, "%s; %zu processes were found", p->why, p->list.n), 1) : 0;
}

int ptk_linux_process(struct ptk_linux *lx, uint32_t pid, const struct ptk_process **out, struct ptk_err *err)
{
	const struct ptk_process *list;
	size_t n;
	int rc = ptk_linux_processes(lx, &list, &n, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (list[i].pid == pid) {
			*out = &list[i];
			return 0;
		}
	return ptk_err_set_(err, PTK_E_NOTFOUND, "there is no process %" PRIu32 " in this picture: %zu were found", pid,
	                    n);
}

int ptk_linux_process_spaces(struct ptk_linux *lx, const struct ptk_process *p, struct ptk_space out[2],
                             struct ptk_err *err)
{
	struct ptk_space own, kernel[2];
	if (p->root == PTK_NO_PA && p->mm)
		return ptk_err_set_(err, PTK_E_NOTFOUND,
		                    "the mm of process %" PRIu32 " (%s) at 0x%" PRIx64 " does not lead to its tables",
		                    p->pid, p->name, p->mm);
	if (p->root == PTK_NO_PA)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "process %" PRIu32 " (%s) has no tables of its own: %s",
		                    p->pid, p->name, p->kthread ? "it is a thread of the kernel" : "it has ended");
	int rc = ptk_task_space_(lx, p->root, &own, err);
	if (rc < 0)
		return ptk_err_add_(err, rc, "process %" PRIu32 " (%s)", p->pid, p->name);
	if (lx->arch == LX_ARM64 && (rc = ptk_linux_spaces(lx, PTK_TABLE_KERNEL, kernel, err)) < 0)
		return rc;
	out[0] = own;
	if (lx->arch != LX_ARM64)
		return 1;
	out[1] = kernel[0];
	return 2;
}

int ptk_linux_process_user(struct ptk_linux *lx, const struct ptk_process *p, struct ptk_space *out,
                           struct ptk_err *err)
{
	struct ptk_space s[2];
	uint64_t last;
	int rc = ptk_linux_process_spaces(lx, p, s, err);
	if (rc < 0)
		return rc;
	if (rc == 1 && !ptk_user_last_(lx, &last))
		return ptk_err_set_(err, PTK_E_NOTFOUND, "it is not known where user space ends");
	if (rc == 1 && lx->layout.pti) {
		/* The kernel's copy of this half forbids execution: what user code walks is the table behind it (asm/pgtable.h). */
		const uint64_t root = s[0].root + (UINT64_C(1) << s[0].regime.page_shift);
		rc = ptk_space_init(&s[0], lx->mem, &s[0].regime, root, err);
		if (rc < 0)
			return rc;
		s[0].last = last;
	} else if (rc == 1) {
		s[0].last = last;
	}
	*out = s[0];
	return 0;
}

/* Those of an mm, found once. */
static struct lx_vma_list *mappings(struct ptk_linux *lx, uint64_t mm)
{
	for (struct lx_vma_list *l = lx->vmas; l; l = l->next)
		if (l->mm == mm)
			return l;
	struct lx_vma_list *l = ptk_lx_alloc_(&lx->arena, sizeof *l);
	if (!l)
		return NULL;
	l->rc = ptk_vma_list_(lx, mm, l);
	l->mm = mm;
	l->next = lx->vmas;
	return lx->vmas = l;
}

int ptk_linux_vmas(struct ptk_linux *lx, const struct ptk_process *p, const struct ptk_vma **list, size_t *n,
                   struct ptk_err *err)
{
	struct lx_vma_list *l = mappings(lx, p->mm);
	if (p->mm == 0)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "process %" PRIu32 " (%s) has no mappings", p->pid, p->name);
	if (!l)
		return ptk_err_set_(err, PTK_E_NOMEM, "no memory to list mappings");
	if (l->rc < 0)
		return ptk_err_set_(err, l->rc, "the mappings of process %" PRIu32 " (%s) cannot be listed: %s", p->pid,
		                    p->name, l->why ? l->why : ptk_strerror(l->rc));
	*list = l->vma;
	*n = l->n;
	return l->why ? (ptk_err_set_(err, 0, "%s", l->why), 1) : 0;
}
