// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * ptkit's own notes: what a kernel is, then, behind a zero byte, its processes, and behind another its boot. Any text ends
 * in a picture that can be used, or in a sentence; what was understood of processes, and of the machine that was booted, is the
 * same when it is written and read again.
 */
#include <stdlib.h>
#include <string.h>

#include "linux/boot/note.h"
#include "linux/lines.h"
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

struct part {
	const char *p; /* or NULL */
	size_t size;
};

struct parts {
	struct part about, procs, boot;
};

static int add_note(struct ptk_mem *mem, uint32_t type, struct part text)
{
	return text.p ? ptk_mem_note_(mem, PTK_NOTE_OWNER, strlen(PTK_NOTE_OWNER), type, text.p, text.size) : 0;
}

static struct ptk_linux *open_with(struct ptk_mem *mem, const struct parts *t)
{
	struct ptk_linux *lx = NULL;
	struct ptk_err err = {0};
	if (add_note(mem, PTK_NOTE_LINUX, t->about) < 0 || add_note(mem, PTK_NOTE_PROCESSES, t->procs) < 0 ||
	    add_note(mem, PTK_NOTE_BOOT, t->boot) < 0)
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

static void there_and_back(struct ptk_linux *lx, const struct parts *t, size_t n)
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
	struct ptk_linux *back = open_with(mem, &(struct parts){.about = t->about, .procs = {text, len}});
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

/* ---- the boot ---- */

/* As a machine file it is what it was, but for where its values come from. */
static void machine_and_back(const struct ptk_machine *m)
{
	struct lines text = {0};
	struct ptk_machine *back;
	const struct ptk_machine_info *a = ptk_machine_info(m), *b;
	bool again = ptk_machine_write(m, ptk_lines_write_, &text) == 0 &&
	             ptk_machine_read(text.p, text.len, "again", NULL, &back, NULL) == 0;
	free(text.p);
	if (!again)
		return;
	b = ptk_machine_info(back);
	MUST(a->nbanks == b->nbanks && a->nreserved == b->nreserved && a->nvalues == b->nvalues && a->nsymbols == b->nsymbols);
	for (size_t i = 0; i < a->nvalues; i++)
		MUST(strcmp(a->value[i].key, b->value[i].key) == 0 && a->value[i].value == b->value[i].value);
	ptk_machine_free(back);
}

static int step(void *arg, const struct ptk_boot_step *s)
{
	unsigned *left = arg;
	return s->function && (*left)-- ? 0 : PTK_E_LIMIT;
}

static void compare(struct ptk_boot *b, struct ptk_linux *lx)
{
	struct ptk_err err = {0};
	size_t n;
	ptk_boot_regions(b, &n);
	struct ptk_boot_sum *sum = calloc(n + 1, sizeof *sum);
	if (sum)
		MUST(ptk_boot_compare(b, lx, NULL, NULL, sum, &err) >= 0 || err.msg[0]);
	free(sum);
}

static void use_boot(struct ptk_linux *lx)
{
	struct ptk_machine *m;
	struct ptk_boot *b;
	struct ptk_err err = {0};
	struct boot_evidence e = {0};
	unsigned steps = 4096;
	MUST(boot_note_evidence_(lx, &e, &err) >= 0 || (err.msg[0] && !e.n));
	for (size_t i = 0; i < e.n; i++)
		MUST(boot_fact_(&e, e.fact[i].name) && boot_fact_holds_(&e, e.fact[i].name, e.fact[i].first));
	free(e.fact);
	if (ptk_machine_like(lx, &m, &err) < 0) {
		MUST(err.msg[0]);
		return;
	}
	machine_and_back(m);
	if (ptk_boot_run(m, &(struct ptk_boot_opts){.trace = step, .arg = &steps}, &b, &err) == 0) {
		compare(b, lx);
		ptk_boot_free(b);
	}
	ptk_machine_free(m);
}

/* What stands before the next zero byte. */
static struct part next(const uint8_t **data, size_t *size)
{
	const uint8_t *p = *data, *zero = p && *size ? memchr(p, 0, *size) : NULL;
	struct part t = {(const char *)p, zero ? (size_t)(zero - p) : *size};
	*data = zero ? zero + 1 : NULL;
	*size = zero ? *size - t.size - 1 : 0;
	return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parts t = {.about = next(&data, &size)};
	const struct ptk_process *p;
	struct ptk_err err = {0};
	struct ptk_mem *mem;
	size_t n = 0;
	t.procs = next(&data, &size);
	t.boot = next(&data, &size);
	if (!t.about.p)
		t.about.p = "";
	if (ptk_mem_new_image(BASE, BASE + SIZE - 1, &mem) < 0)
		return 0;
	struct ptk_linux *lx = open_with(mem, &t);
	if (lx) {
		int rc = ptk_linux_processes(lx, &p, &n, &err);
		MUST(use(lx) && (rc == 0 || err.msg[0]));
		if (rc >= 0) {
			use_processes(lx, p, n);
			there_and_back(lx, &t, n);
		}
		if (t.boot.p)
			use_boot(lx);
	}
	ptk_linux_close(lx);
	ptk_mem_close(mem);
	return 0;
}
