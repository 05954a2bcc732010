// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * ptkit's own notes: what a kernel is, then, behind a zero byte, its processes. Any text ends in a picture that can be
 * used, or in a sentence; what was understood of processes is the same when it is written and read again.
 */
#include <stdlib.h>
#include <string.h>

#include "linux/linux.h"
#include "linux/proc/told.h"
#include "mem/mem.h"
#include "ptkit/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BASE UINT64_C(0x40000000)
#define SIZE UINT64_C(0x400000)
#define MUST(cond)                                                                                                    \
	do {                                                                                                          \
		if (!(cond))                                                                                          \
			abort();                                                                                      \
	} while (0)

static struct ptk_linux *open_with(struct ptk_mem *mem, const uint8_t *about, size_t nabout, const char *procs, size_t nprocs)
{
	struct ptk_linux *lx = NULL;
	struct ptk_err err = {0};
	if (ptk_mem_note_(mem, PTK_NOTE_OWNER, strlen(PTK_NOTE_OWNER), PTK_NOTE_LINUX, about, nabout) < 0 ||
	    (procs && ptk_mem_note_(mem, PTK_NOTE_OWNER, strlen(PTK_NOTE_OWNER), PTK_NOTE_PROCESSES, procs, nprocs) < 0))
		return NULL;
	int rc = ptk_linux_open(mem, NULL, &lx, &err);
	MUST((rc < 0) == !lx && (rc == 0 || err.msg[0]));
	return lx;
}

static size_t use(struct ptk_linux *lx)
{
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	struct ptk_space s[2];
	size_t sum = strlen(info->release) + strlen(info->arch);
	for (size_t i = 0; i < info->nfacts; i++)
		sum += strlen(info->fact[i].key) + strlen(info->fact[i].value) + strlen(info->fact[i].how);
	for (size_t i = 0; i < info->nmarkers; i++)
		sum += strlen(info->marker[i].name) + (ptk_linux_region(lx, info->marker[i].va) != NULL);
	for (int t = PTK_TABLE_KERNEL; t <= PTK_TABLE_EFI; t++) {
		struct ptk_err err = {0};
		int n = ptk_linux_spaces(lx, (enum ptk_linux_table)t, s, &err);
		MUST(n > 0 || err.msg[0]);
	}
	return sum;
}

/* All mappings of all processes that have some. */
static size_t use_processes(struct ptk_linux *lx, const struct ptk_process *p, size_t n)
{
	size_t sum = 0;
	for (size_t i = 0; i < n; i++) {
		const struct ptk_vma *v;
		struct ptk_err err = {0};
		size_t nv = 0;
		int rc = ptk_linux_vmas(lx, &p[i], &v, &nv, &err);
		MUST(rc == 0 || err.msg[0]);
		for (size_t k = 0; rc >= 0 && k < nv; k++) {
			MUST(v[k].first <= v[k].last && (k == 0 || v[k].first > v[k - 1].last));
			sum += strlen(v[k].name);
		}
	}
	return sum;
}

static void there_and_back(struct ptk_linux *lx, const uint8_t *about, size_t nabout, size_t n)
{
	struct ptk_mem *mem;
	const struct ptk_process *q;
	size_t len, again_len, m = 0;
	const struct ptk_process *p;
	MUST(ptk_linux_processes(lx, &p, &n, NULL) >= 0);
	char *text = ptk_procs_note_(lx, p, n, &len);
	if (!text || ptk_mem_new_image(BASE, BASE + SIZE - 1, &mem) < 0) {
		free(text);
		return;
	}
	struct ptk_linux *back = open_with(mem, about, nabout, text, len);
	if (back) {
		MUST(ptk_linux_processes(back, &q, &m, NULL) >= 0 && m == n);
		char *again = ptk_procs_note_(back, q, m, &again_len);
		MUST(!again || (again_len == len && memcmp(again, text, len) == 0));
		free(again);
	}
	ptk_linux_close(back);
	ptk_mem_close(mem);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
	size_t nabout = zero ? (size_t)(zero - data) : size;
	const char *procs = zero ? (const char *)zero + 1 : NULL;
	const struct ptk_process *p;
	struct ptk_err err = {0};
	struct ptk_mem *mem;
	size_t n = 0;
	if (ptk_mem_new_image(BASE, BASE + SIZE - 1, &mem) < 0)
		return 0;
	struct ptk_linux *lx = open_with(mem, data, nabout, procs, zero ? size - nabout - 1 : 0);
	if (lx) {
		int rc = ptk_linux_processes(lx, &p, &n, &err);
		MUST(use(lx) && (rc == 0 || err.msg[0]));
		if (rc >= 0) {
			use_processes(lx, p, n);
			there_and_back(lx, data, nabout, n);
		}
	}
	ptk_linux_close(lx);
	ptk_mem_close(mem);
	return 0;
}
