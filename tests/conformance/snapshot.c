// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Snapshots with processes, on real kernels: each process, its mappings and the kernel's text of its tables are in the
 * snapshot what they are in the memory that it was taken of.
 */
#include <ptkit/process.h>

#include "captures.h"
#include "growing.h"

static bool same_process(const struct ptk_process *a, const struct ptk_process *b)
{
	return a->pid == b->pid && a->threads == b->threads && a->task == b->task && a->mm == b->mm && a->root == b->root &&
	       a->kthread == b->kthread && strcmp(a->name, b->name) == 0;
}

static bool same_mappings(struct ptk_linux *lx, const struct ptk_process *p, struct ptk_linux *of, const struct ptk_process *q)
{
	const struct ptk_vma *a, *b;
	size_t n = 0, m = 0;
	int rc = ptk_linux_vmas(lx, p, &a, &n, NULL);
	if (rc < 0)
		return ptk_linux_vmas(of, q, &b, &m, NULL) < 0;
	bool same = ptk_linux_vmas(of, q, &b, &m, NULL) == rc && n == m;
	for (size_t i = 0; i < n && same; i++)
		same = a[i].first == b[i].first && a[i].last == b[i].last && a[i].flags == b[i].flags &&
		       a[i].offset == b[i].offset && a[i].ino == b[i].ino && strcmp(a[i].name, b[i].name) == 0;
	return same;
}

static struct text print(struct ptk_linux *lx, const struct ptk_process *p)
{
	struct text t = {0};
	const struct ptk_ptdump_opts opts = {.process = p};
	struct ptk_walk_stats stats = {0};
	struct ptk_err err = {0};
	int rc = ptk_linux_ptdump(lx, PTK_TABLE_KERNEL, &opts, append, &t, &stats, &err);
	ok(rc == 0 && !stats.unreadable && !stats.refused && t.n, "process %u is printed: %s", p->pid, err.msg);
	return t;
}

static void compare(const char *name, struct ptk_linux *lx, struct ptk_linux *snap, const struct ptk_process *p, size_t n)
{
	const struct ptk_process *q;
	struct ptk_err err = {0};
	size_t m = 0, differ = 0;
	if (!is_int(ptk_linux_processes(snap, &q, &m, &err), 0, "%s: the snapshot lists processes: %s", name, err.msg) ||
	    !is_int((long)m, (long)n, "%s: as many", name))
		return;
	for (size_t i = 0; i < n; i++)
		differ += !same_process(&p[i], &q[i]) || !same_mappings(lx, &p[i], snap, &q[i]);
	is_int((long)differ, 0, "%s: each is the same, with its mappings", name);
	for (size_t i = 0; i < n; i++) {
		if (p[i].kthread || p[i].root == PTK_NO_PA)
			continue;
		struct text a = print(lx, &p[i]), b = print(snap, &q[i]);
		ok(a.n == b.n && a.n && memcmp(a.p, b.p, a.n) == 0, "%s: the text of process %u", name, p[i].pid);
		free(a.p);
		free(b.p);
	}
}

static void check(const char *name, struct ptk_mem *mem)
{
	char path[] = "/tmp/ptkit-snapshot-XXXXXX";
	struct ptk_linux *lx, *snap;
	struct ptk_mem *small;
	const struct ptk_process *p;
	struct ptk_err err = {0};
	size_t n;
	if (ptk_linux_open(mem, NULL, &lx, &err) < 0)
		bail("%s: %s", name, err.msg);
	if (ptk_linux_processes(lx, &p, &n, &err) != 0) {
		skip("%s: %s", name, err.msg);
		ptk_linux_close(lx);
		return;
	}
	close(mkstemp(path));
	if (is_int(ptk_linux_snapshot_with(lx, path, p, n, &err), 0, "%s: a snapshot of all: %s", name, err.msg) &&
	    is_int(ptk_mem_open(path, NULL, &small, &err), 0, "%s: it opens: %s", name, err.msg)) {
		if (is_int(ptk_linux_open(small, NULL, &snap, &err), 0, "%s: as Linux: %s", name, err.msg)) {
			compare(name, lx, snap, p, n);
			ptk_linux_close(snap);
		}
		ptk_mem_close(small);
	}
	unlink(path);
	ptk_linux_close(lx);
}

static void capture(const char *name)
{
	struct ptk_mem *mem = capture_mem(name);
	if (mem)
		check(name, mem);
	ptk_mem_close(mem);
}

int main(int argc, char **argv)
{
	(void)argc;
	captures_each(argv + 1, "pagemap.txt", capture);
	return done();
}
