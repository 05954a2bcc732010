// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Where members of tasks lie, by the kernel's types. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "linux/proc/tasks.h"
#include "linux/proc/types.h"

#define AT(m) offsetof(struct lx_task_layout, m)

static const struct lx_want wanted[] = {
        {"task_struct", "tasks", AT(tasks), 0, true},
        {"task_struct", "pid", AT(pid), 4, true},
        {"task_struct", "tgid", AT(tgid), 4, true},
        {"task_struct", "real_parent", AT(parent), 1, true},
        {"task_struct", "children", AT(children), 0, true},
        {"task_struct", "sibling", AT(sibling), 0, true},
        {"task_struct", "group_leader", AT(leader), 1, true},
        {"task_struct", "mm", AT(mm), 1, true},
        {"task_struct", "comm", AT(comm), 16, true},
        {"mm_struct", "pgd", AT(pgd), 1, true},
        {"task_struct", "flags", AT(flags), 4, false},
        {"task_struct", "signal", AT(signal), 1, false},
        {"signal_struct", "nr_threads", AT(nr_threads), 4, false},
};

/* Bytes of a task that hold all of it. */
static bool set_size(struct lx_task_layout *t, unsigned word)
{
	const unsigned at[] = {t->tasks + word, t->pid, t->tgid,     t->parent, t->children, t->sibling,
	                       t->leader,       t->mm,  t->comm + 8, t->flags,  t->signal};
	t->size = 0;
	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		if (at[i] + 8 > t->size)
			t->size = at[i] + 8;
	return t->size <= LX_TASK_MAX;
}

/* The types are this kernel's: the first task is what it must be. */
static bool fits(struct ptk_linux *lx, const struct lx_task_layout *t)
{
	CLEANUP_FREE uint8_t *p = malloc(t->size);
	struct lx_kmem k;
	return p && ptk_kmem_init_(lx, &k) >= 0 && ptk_task_read_(&k, t, t->init_task, p) &&
	       lx_word(&k, p + t->parent) == t->init_task && load32(p + t->pid, k.big) == 0 &&
	       memcmp(p + t->comm, "swapper", 7) == 0;
}

int ptk_task_layout_(struct ptk_linux *lx, struct lx_task_layout *out, const char **why)
{
	struct lx_task_layout t = {0};
	const char *how = ptk_types_(lx);
	if (how && ptk_types_fill_(lx, wanted, sizeof wanted / sizeof *wanted, &t) &&
	    set_size(&t, lx->info.regime.va_width / 8u) && ptk_task_init_(lx, &t.init_task) && fits(lx, &t)) {
		t.how = how;
		*out = t;
		return 1;
	}
	return ptk_task_infer_(lx, out, why);
}
