// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "views.h"

#include <stdlib.h>
#include <string.h>

void views_close(struct views *vs)
{
	ptk_reverse_free(vs->index);
	free(vs->view);
}

/* ---- making ---- */

static int out_of_memory(void)
{
	return fail(EXIT_SOURCE, "out of memory");
}

static int put(struct views *vs, const struct view *v)
{
	if (vs->n == vs->room) {
		size_t room = vs->room ? vs->room * 2 : 16;
		struct view *view = realloc(vs->view, room * sizeof *view);
		if (!view)
			return out_of_memory();
		vs->view = view;
		vs->room = room;
	}
	vs->view[vs->n++] = *v;
	return 0;
}

/* Another name for what was indexed last. */
static int put_again(struct views *vs, struct view v)
{
	v.number = vs->numbers - 1;
	return put(vs, &v);
}

static int put_new(struct views *vs, struct view v, uint64_t from, uint64_t to)
{
	struct ptk_err err = {0};
	struct ptk_walk_stats stats = {0};
	int rc = ptk_reverse_add_window(vs->index, &v.space, from, to, &stats, &err);
	if (rc < 0)
		return fail_err(rc, &err);
	vs->stats.unreadable += stats.unreadable;
	vs->stats.refused += stats.refused;
	v.number = vs->numbers++;
	return put(vs, &v);
}

/* ---- processes ---- */

/* A process in the order of the list, behind the first that has the same table. */
struct seat {
	const struct ptk_process *p;
	size_t leader, at;
};

static int by_root(const void *pa, const void *pb)
{
	const struct seat *a = pa, *b = pb;
	if (a->p->root != b->p->root)
		return a->p->root < b->p->root ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static int by_leader(const void *pa, const void *pb)
{
	const struct seat *a = pa, *b = pb;
	if (a->leader != b->leader)
		return a->leader < b->leader ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/* Those with tables of their own, neighbours where they share one. */
static size_t seat_all(struct seat *seat, const struct ptk_process *list, size_t n)
{
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (list[i].mm && list[i].root != PTK_NO_PA && !list[i].kthread)
			seat[k++] = (struct seat){.p = &list[i], .at = i};
	qsort(seat, k, sizeof *seat, by_root);
	for (size_t i = 0; i < k; i++)
		seat[i].leader = i && seat[i].p->root == seat[i - 1].p->root ? seat[i - 1].leader : seat[i].at;
	qsort(seat, k, sizeof *seat, by_leader);
	return k;
}

static int put_process(struct views *vs, const struct ptk_process *p, bool again)
{
	struct view v = {.where = "process", .name = p->name, .pid = p->pid, .process = p};
	struct ptk_err err = {0};
	if (ptk_linux_process_user(vs->lx, p, &v.space, &err) < 0) {
		note("process %lu (%s): %s", (unsigned long)p->pid, p->name, err.msg);
		vs->stats.unreadable++;
		return 0;
	}
	return again ? put_again(vs, v) : put_new(vs, v, v.space.first, v.space.last);
}

static int put_list(struct views *vs, const struct ptk_process *list, size_t n)
{
	struct seat *seat = calloc(n + 1, sizeof *seat);
	if (!seat)
		return out_of_memory();
	const size_t k = seat_all(seat, list, n);
	const struct ptk_process *last = NULL;
	int rc = 0;
	for (size_t i = 0; i < k && !rc; i++) {
		const size_t before = vs->n;
		progress(NULL, "processes", i, k);
		rc = put_process(vs, seat[i].p, last && last->root == seat[i].p->root);
		if (vs->n > before)
			last = seat[i].p;
	}
	free(seat);
	return rc;
}

/* Without a list of processes: the tables that look like one's. */
static int put_tables(struct views *vs, const char *why)
{
	const struct ptk_space *table;
	struct ptk_err err = {0};
	size_t n = 0;
	int rc = ptk_linux_user_tables(vs->lx, &table, &n, &err);
	if (rc < 0) {
		note("only the kernel's own table is looked at: %s; %s", why, err.msg);
		return rc == PTK_E_NOTFOUND ? 0 : fail_err(rc, &err);
	}
	note("processes have no names here, only roots: %s", why);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = put_new(vs, (struct view){.where = "root", .pid = -1, .space = table[i]}, table[i].first, table[i].last);
	return rc;
}

static int put_processes(struct views *vs)
{
	const struct ptk_process *list;
	struct ptk_err err = {0};
	size_t n;
	int rc = ptk_linux_processes(vs->lx, &list, &n, &err);
	if (rc < 0)
		return put_tables(vs, err.msg);
	if (rc > 0) {
		note("not all processes were found: %s", err.msg);
		vs->stats.unreadable++;
	}
	return put_list(vs, list, n);
}

/* ---- all ---- */

/* What the picture was opened for. */
static int put_picture(struct views *vs, const struct picture *p)
{
	const bool kernel = p->lx && !p->process && p->table == PTK_TABLE_KERNEL;
	int rc = 0;
	for (int i = 0; i < p->nspaces && !rc; i++) {
		const struct view v = {
			.where = kernel ? "kernel" : p->lx ? "table" : "root",
			.name = p->lx && !kernel ? picture_table(p) : NULL,
			.pid = -1,
			.space = p->space[i],
		};
		rc = put_new(vs, v, 0, 0);
	}
	return rc;
}

static int put_efi(struct views *vs)
{
	struct ptk_space efi[2];
	int n = ptk_linux_spaces(vs->lx, PTK_TABLE_EFI, efi, NULL), rc = 0;
	for (int i = 0; i < n && !rc; i++)
		rc = put_new(vs, (struct view){.where = "efi", .pid = -1, .space = efi[i], .beside = true}, 0, 0);
	return rc;
}

int views_open(struct views *vs, struct picture *p, bool everything, const struct ptk_extent *ask, size_t n)
{
	int rc = ptk_reverse_new(&vs->index);
	if (rc == 0)
		rc = ptk_reverse_only(vs->index, ask, n);
	if (rc < 0)
		return out_of_memory();
	vs->lx = p->lx;
	rc = put_picture(vs, p);
	if (rc || !everything)
		return rc;
	vs->nkernel = p->nspaces;
	memcpy(vs->kernel, p->space, sizeof vs->kernel);
	rc = put_efi(vs);
	return rc ? rc : put_processes(vs);
}

/* ---- asking ---- */

const struct view *views_first(const struct views *vs, uint32_t number)
{
	size_t lo = 0, hi = vs->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (vs->view[mid].number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < vs->n && vs->view[lo].number == number ? &vs->view[lo] : NULL;
}

const struct view *views_next(const struct views *vs, const struct view *v)
{
	const struct view *next = v + 1;
	return next < vs->view + vs->n && next->number == v->number ? next : NULL;
}

static bool kernel_has(const struct views *vs, uint64_t va, uint64_t pa)
{
	uint64_t is;
	for (int i = 0; i < vs->nkernel; i++)
		if (va >= vs->kernel[i].first && va <= vs->kernel[i].last)
			return ptk_translate(&vs->kernel[i], va, &is) == 1 && is == pa;
	return false;
}

bool views_shared(const struct views *vs, const struct view *v, const struct ptk_stretch *st)
{
	return v->beside && kernel_has(vs, st->va, st->pa) && kernel_has(vs, st->va + (st->last - st->pa), st->last);
}

const char *views_region(struct views *vs, struct picture *p, const struct view *v, uint64_t va)
{
	if (!v->process)
		return strcmp(v->where, "root") == 0 ? NULL : picture_region(p, va);
	struct view *own = &vs->view[v - vs->view];
	if (!own->looked) {
		own->looked = true;
		if (ptk_linux_vmas(vs->lx, v->process, &own->vma, &own->nvmas, NULL) < 0)
			own->nvmas = 0;
	}
	const struct ptk_vma *vma = vma_at(own->vma, own->nvmas, va);
	return !vma ? NULL : *vma->name ? vma->name : "anonymous";
}
