// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Processes as a note in a core: lines "key=value", whose numbers are hexadecimal.
 *
 *     kernel=0x40531000                                          root of the kernel whose processes they are
 *     damage=the list of tasks cannot be read after 12 of them   if it was so
 *     process=0x1 0x1 0x0 0xffff0000c0123000 0xffff0000c1a40000 0x41b2c000 init
 *                                                                pid, threads, kthread, task, mm, root, name
 *     mappings=0xffff0000c1a40000                                of an mm, and after a blank what is wrong with them
 *     mapping=0x400000 0x4fffff 0x875 0x0 0x17 /bin/init         first, last, flags, offset, ino, name
 *
 * Keys that are not known are left alone: a later ptkit may write more.
 */
#include "linux/proc/told.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux/lines.h"
#include "linux/proc/vma.h"

/* ---- writing ---- */

static void put_process(struct lines *t, const struct ptk_process *p)
{
	ptk_lines_put_(t, "process=0x%" PRIx32 " 0x%" PRIx32 " 0x%x 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64, p->pid,
	               p->threads, p->kthread, p->task, p->mm, p->root);
	ptk_lines_rest_(t, p->name);
}

static void put_mappings(struct lines *t, struct ptk_linux *lx, const struct ptk_process *p)
{
	const struct ptk_vma *v;
	struct ptk_err err = {0};
	size_t n;
	int rc = ptk_linux_vmas(lx, p, &v, &n, &err);
	if (rc < 0)
		return;
	ptk_lines_put_(t, "mappings=0x%" PRIx64, p->mm);
	ptk_lines_rest_(t, rc > 0 ? err.msg : "");
	for (size_t i = 0; i < n; i++) {
		ptk_lines_put_(t, "mapping=0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64, v[i].first, v[i].last,
		               v[i].flags, v[i].offset, v[i].ino);
		ptk_lines_rest_(t, v[i].name);
	}
}

char *ptk_procs_note_(struct ptk_linux *lx, const struct ptk_process *kept, size_t n, size_t *len)
{
	const struct ptk_process *all;
	const char *damage;
	struct lines t = {0};
	size_t nall;
	if (ptk_process_list_(lx, &all, &nall, &damage) < 0)
		return NULL;
	ptk_lines_put_(&t, "kernel=0x%" PRIx64 "\n", lx->table[PTK_TABLE_KERNEL].root);
	if (damage)
		ptk_lines_put_(&t, "damage=%s\n", damage);
	for (size_t i = 0; i < nall; i++)
		put_process(&t, &all[i]);
	for (size_t i = 0; i < n; i++)
		put_mappings(&t, lx, &kept[i]);
	if (t.failed) {
		free(t.p);
		return NULL;
	}
	*len = t.len;
	return t.p;
}

/* ---- reading ---- */

struct reader {
	struct ptk_linux *lx;
	struct lx_task_list list;
	struct ptk_vma *vma;        /* all of them, those of an mm together */
	size_t nvmas;
	struct lx_vma_list *vmas;   /* of the mm whose lines these are */
	bool ours;                  /* the note is of the kernel that was chosen */
};

static bool read_process(struct reader *rd, const char *value)
{
	struct ptk_process *p = &rd->list.process[rd->list.n];
	uint64_t v[6];
	if (!ptk_lines_take_(&value, v, 6) || v[0] > UINT32_MAX || v[1] > UINT32_MAX || strlen(value) >= sizeof p->name)
		return false;
	*p = (struct ptk_process){.pid = (uint32_t)v[0], .threads = (uint32_t)v[1], .kthread = v[2] != 0, .task = v[3], .mm = v[4],
	                          .root = v[5]};
	memcpy(p->name, value, strlen(value) + 1);
	rd->list.n++;
	return true;
}

static int read_mappings(struct reader *rd, const char *value)
{
	struct lx_vma_list *l;
	uint64_t mm;
	if (!ptk_lines_take_(&value, &mm, 1))
		return 0;
	l = ptk_lx_alloc_(&rd->lx->arena, sizeof *l);
	if (!l)
		return PTK_E_NOMEM;
	*l = (struct lx_vma_list){.next = rd->vmas, .mm = mm, .vma = rd->vma + rd->nvmas, .why = *value ? value : NULL};
	rd->vmas = l;
	return 1;
}

/* In the order of addresses, as they are looked up. */
static bool read_mapping(struct reader *rd, const char *value)
{
	struct lx_vma_list *l = rd->vmas;
	uint64_t v[5];
	if (!l || !ptk_lines_take_(&value, v, 5) || v[0] > v[1] || (l->n && v[0] <= l->vma[l->n - 1].last))
		return false;
	rd->vma[rd->nvmas++] = (struct ptk_vma){v[0], v[1], v[2], v[3], v[4], value};
	l->n++;
	return true;
}

static bool read_kernel(struct reader *rd, const char *value)
{
	char *end;
	if (!isxdigit((unsigned char)*value))
		return false;
	rd->ours = strtoull(value, &end, 16) == rd->lx->table[PTK_TABLE_KERNEL].root;
	return !*end;
}

/* 1; 0: it makes no sense; or an error. */
static int read_line(struct reader *rd, const char *line)
{
	const char *value = strchr(line, '=');
	size_t n = value ? (size_t)(value - line) : 0;
	if (!ptk_lines_clean_(line))
		return 0;
	if (n == 6 && memcmp(line, "kernel", n) == 0)
		return read_kernel(rd, value + 1);
	if (n == 6 && memcmp(line, "damage", n) == 0)
		return rd->list.damage = value + 1, 1;
	if (n == 7 && memcmp(line, "process", n) == 0)
		return read_process(rd, value + 1);
	if (n == 8 && memcmp(line, "mappings", n) == 0)
		return read_mappings(rd, value + 1);
	if (n == 7 && memcmp(line, "mapping", n) == 0)
		return read_mapping(rd, value + 1);
	return 1;
}

/* Room for as many as the text can hold. */
static bool make_lists(struct reader *rd, const char *text)
{
	size_t processes = 1, mappings = 1;
	for (const char *s = text; s; s = strchr(s, '\n')) {
		s += *s == '\n';
		processes += strncmp(s, "process=", 8) == 0;
		mappings += strncmp(s, "mapping=", 8) == 0;
	}
	rd->list.process = ptk_lx_alloc_(&rd->lx->arena, processes * sizeof *rd->list.process);
	rd->vma = ptk_lx_alloc_(&rd->lx->arena, mappings * sizeof *rd->vma);
	return rd->list.process && rd->vma;
}

/* 1, 0: nothing of this kernel; or an error. */
static int read_lines(struct reader *rd, char *text, const char **why)
{
	int rc = make_lists(rd, text) ? 1 : PTK_E_NOMEM;
	for (char *line = text, *next; rc > 0 && line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		rc = read_line(rd, line);
		if (rc == 0) {
			*why = ptk_lx_printf_(&rd->lx->arena, "ptkit's note of them makes no sense at '%.60s'", line);
			rc = PTK_E_NOTFOUND;
		}
	}
	return rc > 0 ? rd->ours : rc;
}

int ptk_procs_told_(struct ptk_linux *lx, struct lx_task_list *out, const char **why)
{
	const struct ptk_note *note = ptk_mem_note(ptk_mem_info(lx->mem), PTK_NOTE_OWNER, PTK_NOTE_PROCESSES, 0);
	struct reader rd = {.lx = lx};
	char *text = note ? ptk_lx_alloc_(&lx->arena, note->size + 1) : NULL;
	if (!text)
		return note ? PTK_E_NOMEM : 0;
	if (note->size)
		memcpy(text, note->data, note->size);
	int rc = read_lines(&rd, text, why);
	if (rc <= 0)
		return rc;
	*out = rd.list;
	lx->vmas = rd.vmas;
	return 1;
}
