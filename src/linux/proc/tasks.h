/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Processes:
 *
 *   layout.c   where members lie, by types
 *   infer.c    where members lie, by the structures themselves
 *   tasks.c    the kernel's list of tasks, followed
 *   told.c     a note that has them
 *   process.c  the public face
 */
#ifndef PROC_TASKS_H
#define PROC_TASKS_H

#include <ptkit/process.h>

#include "linux/proc/kmem.h"

#define LX_TASK_MAX 32768u /* bytes of a task_struct that can hold what is looked for */

/* Where members lie: offsets in bytes. */
struct lx_task_layout {
	uint64_t init_task; /* its address */
	unsigned tasks, pid, tgid, parent, children, sibling, leader, mm,
	        comm;                       /* in task_struct; parent is real_parent */
	unsigned pgd;                       /* in mm_struct */
	unsigned flags, signal, nr_threads; /* in task_struct, task_struct, signal_struct; 0: not known */
	unsigned size;                      /* bytes of a task that hold all of the above */
	const char *how;
};

/*
 * Where members lie, learnt from init_task and the tasks that can be reached from it. 1: it is certain; 0: it is
 * not, and *why says what is lacking; or an error.
 */
int ptk_task_infer_(struct ptk_linux *lx, struct lx_task_layout *out, const char **why);

/* The same by the kernel's types if these are told, else by ptk_task_infer_(). */
int ptk_task_layout_(struct ptk_linux *lx, struct lx_task_layout *out, const char **why);

/* Address of init_task. */
bool ptk_task_init_(struct ptk_linux *lx, uint64_t *task);

/* Could this be a task of the list? Read into buf, t->size bytes. */
bool ptk_task_read_(struct lx_kmem *k, const struct lx_task_layout *t, uint64_t task, uint8_t *buf);

/* What was found. Its arrays belong to the arena. */
struct lx_task_list {
	struct ptk_process *process;
	size_t n;
	const char *damage; /* NULL, or what is wrong with the list, a clause */
};

int ptk_task_list_(struct ptk_linux *lx, const struct lx_task_layout *t, struct lx_task_list *out);

/* ptk_linux_processes() for this layer: 0, or why there are none; *damage as in struct lx_task_list. */
int ptk_process_list_(struct ptk_linux *lx, const struct ptk_process **list, size_t *n, const char **damage);

/* The space of a process's own addresses, whole. */
int ptk_task_space_(struct ptk_linux *lx, uint64_t root, struct ptk_space *out, struct ptk_err *err);

/* Does the table at `root` belong to a process of this kernel, as far as a look at it can tell? */
bool ptk_task_root_(struct ptk_linux *lx, uint64_t root);

#endif
