/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Processes that are told of, not found: the note of a snapshot, which holds no task of the kernel. */
#ifndef PROC_TOLD_H
#define PROC_TOLD_H

#include "linux/proc/tasks.h"

/*
 * The text of the note: all processes there are, and the mappings of the n at `kept`, which are some of these. free() it.
 * NULL: out of memory.
 */
char *ptk_procs_note_(struct ptk_linux *lx, const struct ptk_process *kept, size_t n, size_t *len);

/*
 * What a note of the memory says of this kernel's processes; their mappings are put where ptk_linux_vmas() looks. 1; 0: there
 * is none; PTK_E_NOTFOUND: it makes no sense, *why says where; PTK_E_NOMEM.
 */
int ptk_procs_told_(struct ptk_linux *lx, struct lx_task_list *out, const char **why);

#endif
