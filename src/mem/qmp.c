// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A guest under QEMU through its monitor (-qmp): qmp:/path/of/socket, qmp:HOST:PORT. Its RAM is read where QEMU has it
 * (guest_ram.c), the guest stopped until the mem is released or closed; where that cannot be, from a dump that QEMU makes
 * (qmp_dump.c), and the guest goes on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "mem/dial.h"
#include "mem/guest_ram.h"
#include "mem/mem.h"
#include "mem/mtree.h"
#include "mem/qmp_client.h"
#include "mem/qmp_dump.h"
#include "mem/store.h"

#define TIMEOUT_MS 5000
#define BLOCK 4096u
#define KEPT_MAX ((size_t)256 << 20) /* tables of a space, kept so that the guest need not wait for their reader */
#define OPENING 4 /* all of opening, but for a dump, takes at most so many timeouts */

struct source {
	struct ptk_qmp qmp;
	struct ptk_guest_ram *ram; /* NULL: a dump was made */
	struct ptk_store *store;   /* what is read from the first fetch on stays; NULL: there was none */
	bool resume;               /* it ran, and shall again */
	bool released;
	char note[1024];
};

/* ---- the guest's state ---- */

static int stop(struct source *s, struct ptk_err *err)
{
	struct ptk_qmp *q = &s->qmp;
	int r = ptk_qmp_ask_(q, "query-status", NULL, err);
	if (r < 0)
		return r;
	uint32_t running = ptk_json_get_(&q->reply, q->value, "running");
	if (!running)
		return ptk_err_set_(err, PTK_E_BADFMT, "QEMU's monitor does not say whether the guest runs");
	s->resume = ptk_json_true_(&q->reply, running);
	return s->resume ? ptk_qmp_ask_(q, "stop", NULL, err) : 0;
}

static int go_on(struct source *s, struct ptk_err *err)
{
	int r = s->resume ? ptk_qmp_ask_(&s->qmp, "cont", NULL, err) : 0;
	if (r == 0)
		s->resume = false;
	return r;
}

/* ---- what it is ---- */

/* e_machine. A CPU that could do 64 bits does 32 where EFER.LMA (bit 10) is clear, or the registers are those of AArch32. */
static uint16_t machine(const char *arch, const char *note, const char *registers)
{
	const char *efer = strstr(note, "efer=");
	if (strcmp(arch, "x86_64") == 0)
		return efer && (strtoull(efer + 5, NULL, 16) & BIT(10)) ? 62 : 3;
	if (strcmp(arch, "i386") == 0)
		return 3;
	if (strcmp(arch, "aarch64") == 0)
		return strstr(registers, "R15=") ? 40 : 183;
	if (strcmp(arch, "arm") == 0)
		return 40;
	return strncmp(arch, "riscv", 5) == 0 ? 243 : 0;
}

/* The registers of one moment with the memory of a later one would mislead. */
static int describe(struct ptk_mem *mem, struct source *s, bool note, struct ptk_err *err)
{
	struct ptk_qmp *q = &s->qmp;
	char arch[24], *text;
	int r = ptk_qmp_ask_(q, "query-target", NULL, err);
	if (r < 0)
		return r;
	ptk_json_copy_(&q->reply, ptk_json_get_(&q->reply, q->value, "arch"), arch, sizeof arch);
	r = ptk_qmp_monitor_(q, "info registers", &text, err);
	if (r < 0)
		return r;
	size_t n = ptk_mtree_registers_(text, s->note, sizeof s->note);
	if (!mem->info.machine)
		mem->info.machine = machine(arch, s->note, text);
	free(text);
	return n && note ? ptk_mem_note_(mem, PTK_NOTE_OWNER, strlen(PTK_NOTE_OWNER), PTK_NOTE_REGISTERS, s->note, n) : 0;
}

/* ---- the mem ---- */

/* Have a block stay. PTK_E_LIMIT: no room for it; else why it cannot be had whole. */
static int keep(struct source *s, uint64_t block, const uint8_t **out)
{
	*out = ptk_store_get_(s->store, block);
	if (*out)
		return 0;
	uint8_t *room = s->released ? NULL : ptk_store_room_(s->store, 1);
	int r = s->released ? PTK_E_IO : room ? ptk_guest_ram_read_(s->ram, block * BLOCK, room, BLOCK) : PTK_E_LIMIT;
	if (r == 0)
		r = ptk_store_keep_(s->store, 0, block);
	if (r == 0)
		*out = room;
	return r;
}

static int source_fetch(void *arg, const struct ptk_extent *e, size_t n)
{
	struct source *s = arg;
	if (!s->store)
		s->store = ptk_store_new_(BLOCK, KEPT_MAX / BLOCK);
	if (!s->store)
		return PTK_E_NOMEM;
	const uint8_t *block;
	for (size_t i = 0; i < n; i++)
		for (uint64_t b = e[i].first / BLOCK; b <= e[i].last / BLOCK; b++) {
			int r = keep(s, b, &block);
			if (r == PTK_E_LIMIT || r == PTK_E_NOMEM)
				return r;
		}
	return 0;
}

static int source_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	struct source *s = arg;
	if (!s->store)
		return s->released ? PTK_E_IO : ptk_guest_ram_read_(s->ram, pa, buf, len);
	for (uint8_t *to = buf; len;) {
		size_t n = BLOCK - pa % BLOCK < len ? BLOCK - (size_t)(pa % BLOCK) : len;
		const uint8_t *b;
		if (keep(s, pa / BLOCK, &b) < 0)
			return s->released ? PTK_E_IO : ptk_guest_ram_read_(s->ram, pa, to, len);
		memcpy(to, b + pa % BLOCK, n);
		to += n;
		pa += n;
		len -= n;
	}
	return 0;
}

static const void *source_map(void *arg, uint64_t pa, size_t *len)
{
	struct source *s = arg;
	if (!s->store)
		return s->released ? NULL : ptk_guest_ram_map_(s->ram, pa, len);
	const uint8_t *b;
	keep(s, pa / BLOCK, &b);
	*len = BLOCK - (size_t)(pa % BLOCK);
	return b ? b + pa % BLOCK : NULL;
}

static uint64_t source_empty(void *arg, uint64_t pa)
{
	struct source *s = arg;
	return ptk_guest_ram_empty_(s->ram, pa);
}

/* Sends, waits and reads only: fit for a signal handler. */
static void source_release(void *arg)
{
	struct source *s = arg;
	if (s->resume)
		ptk_qmp_resume_(&s->qmp);
	s->resume = false;
	s->released = true;
	s->qmp.broken = true;
}

static void source_close(void *arg)
{
	struct source *s = arg;
	source_release(s);
	ptk_qmp_close_(&s->qmp);
	ptk_guest_ram_close_(s->ram);
	ptk_store_free_(s->store);
	free(s);
}

static int use_ram(struct ptk_mem *mem, struct source *s, struct ptk_err *err)
{
	mem->ops.read = source_read;
	mem->ops.map = source_map;
	mem->empty = source_empty;
	mem->fetch = source_fetch;
	mem->info.live = true;
	mem->info.format = ptk_guest_ram_shared_(s->ram) ? "qmp, shared RAM" : "qmp, QEMU's own memory";
	int r = ptk_guest_ram_extents_(s->ram, mem);
	return r < 0 ? ptk_err_set_(err, r, "no memory for the guest's map") : describe(mem, s, true, err);
}

/* Why there is no better way goes before why this one fails. */
static int use_dump(struct ptk_mem *mem, struct source *s, const struct ptk_mem_opts *opts, const char *why, struct ptk_err *err)
{
	bool still = !s->resume;
	int r = go_on(s, err);
	s->qmp.until = 0;
	if (r == 0)
		r = ptk_qmp_dump_(mem, &s->qmp, opts, err);
	if (r < 0)
		return why ? ptk_err_add_(err, r, "%s", why) : r;
	mem->info.format = "qmp, QEMU's dump";
	r = describe(mem, s, still, err);
	ptk_qmp_close_(&s->qmp);
	return r;
}

static int attach(struct ptk_mem *mem, struct source *s, const struct ptk_mem_opts *opts, const char *where, struct ptk_err *err)
{
	struct ptk_err why = {0};
	int r = ptk_qmp_open_(&s->qmp, where, err);
	if (r == 0)
		r = stop(s, err);
	if (r < 0)
		return r;
	r = ptk_guest_ram_open_(&s->qmp, &s->ram, &why);
	if (r == PTK_E_NOTSUP)
		return use_dump(mem, s, opts, why.msg, err);
	return r < 0 ? ptk_err_set_(err, r, "%s", why.msg) : use_ram(mem, s, err);
}

static int qmp_open_uri(struct ptk_mem *mem, const char *rest, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	struct source *s = calloc(1, sizeof *s);
	if (!s)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open qmp:%s", rest);
	s->qmp.fd = -1;
	s->qmp.timeout_ms = opts && opts->timeout_ms && opts->timeout_ms < INT32_MAX / 16 ? (int)opts->timeout_ms : TIMEOUT_MS;
	s->qmp.until = ptk_dial_now_() + OPENING * s->qmp.timeout_ms;
	mem->ops.close = source_close;
	mem->release = source_release;
	mem->arg = s;
	int r = attach(mem, s, opts, rest, err);
	s->qmp.until = 0;
	return r < 0 ? ptk_err_add_(err, r, "qmp:%s", rest) : 0;
}

const struct ptk_mem_format ptk_mem_qmp = {
	.name = "qmp",
	.scheme = "qmp",
	.as = "qmp:SOCKET",
	.what = "a running QEMU guest through its monitor; by far the fastest where its RAM is shared",
	.open_uri = qmp_open_uri,
};
