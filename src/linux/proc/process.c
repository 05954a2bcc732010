// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The public face of processes. */
#include <ptkit/process.h>

#include <inttypes.h>

#include "base/err.h"
#include "linux/linux.h"

int ptk_linux_processes(struct ptk_linux *lx, const struct ptk_process **list, size_t *n, struct ptk_err *err)
{
	return ptk_err_set_(err, PTK_E_NOTFOUND,
	                    "processes cannot be listed: the types of the kernel's structures are needed");
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
	return ptk_err_set_(err, PTK_E_NOTFOUND, "process %" PRIu32 " has no tables of its own", p->pid);
}

int ptk_linux_process_user(struct ptk_linux *lx, const struct ptk_process *p, struct ptk_space *out,
                           struct ptk_err *err)
{
	return ptk_err_set_(err, PTK_E_NOTFOUND, "process %" PRIu32 " has no tables of its own", p->pid);
}

int ptk_linux_vmas(struct ptk_linux *lx, const struct ptk_process *p, const struct ptk_vma **list, size_t *n,
                   struct ptk_err *err)
{
	return ptk_err_set_(err, PTK_E_NOTFOUND,
	                    "the mappings of process %" PRIu32
	                    " cannot be listed: the types of the kernel's structures are needed",
	                    p->pid);
}
