// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A guest under QEMU through its gdb stub: qemu-gdb:HOST:PORT, qemu-gdb::PORT, qemu-gdb:/path/of/socket.
 *
 * QEMU stops the guest when a debugger connects (gdbstub: gdb_chr_event()), and lets it run when told to detach, not when
 * the connection is closed. So a guest that was stopped is left by closing, one that ran by "D".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "base/endian.h"
#include "base/err.h"
#include "mem/dial.h"
#include "mem/gdb_remote.h"
#include "mem/mem.h"
#include "mem/mtree.h"
#include "mem/store.h"

#define TIMEOUT_MS 5000
#define OPENING 4 /* all of opening takes at most so many timeouts */
#define BLOCK 4096u
#define KEPT_MAX ((size_t)256 << 20) /* what was read is kept up to here: the tables of 128 GiB mapped page by page */
#define MAX_EXTENTS 4096
#define CPUS_MAX 64   /* more say nothing new of how addresses are translated */
#define NOTE_MAX 2048
#define THREAD_MAX 24 /* bytes of a thread's name: "p01.01" */

struct qemu {
	struct ptk_gdb gdb;
	struct ptk_store *store;
	bool resume; /* it ran, and shall again */
	unsigned cpus; /* whose registers were read: a note each */
	char note[CPUS_MAX][NOTE_MAX];
};

/* The registers that say how addresses are translated; QEMU names those of AArch32's secure world NAME_S. */
static const char *const wanted[] = {
	"TTBR0_EL1", "TTBR1_EL1", "TCR_EL1", "MAIR_EL1", "SCTLR", "SCTLR_EL1", "CONTEXTIDR_EL1", "ID_AA64MMFR0_EL1",
	"ID_AA64MMFR1_EL1", "ID_AA64MMFR2_EL1", "ID_AA64MMFR3_EL1", "TTBR0", "TTBR1", "TTBCR", "DACR", "PRRR", "NMRR", "MAIR0",
	"MAIR1", "ID_MMFR0", "ID_MMFR3", "pc", "cpsr", "rip", "eip", "cr0", "cr2", "cr3", "cr4", "efer", "satp", "mstatus", "priv",
};

static bool is_wanted(const char *name)
{
	size_t n = strlen(name);
	if (n > 2 && strcmp(name + n - 2, "_S") == 0)
		n -= 2;
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (strlen(wanted[i]) == n && strncasecmp(wanted[i], name, n) == 0)
			return true;
	return false;
}

/* ---- registers ---- */

/* 1 with its value; 0: the stub does not have it after all. */
static int read_register(struct qemu *q, const struct ptk_gdb_reg *reg, uint64_t *value, struct ptk_err *err)
{
	char question[24];
	uint8_t bytes[8] = {0};
	snprintf(question, sizeof question, "p%" PRIx32, reg->number);
	int r = ptk_gdb_ask_(&q->gdb, question, err);
	if (r < 0)
		return r;
	size_t n = q->gdb.len / 2;
	if (n == 0 || n > sizeof bytes || q->gdb.len % 2 || !ptk_gdb_unhex_(q->gdb.reply, n, bytes))
		return 0;
	*value = load64(bytes, false); /* the byte order of all of QEMU's targets that are known here */
	return 1;
}

struct machine_registers {
	uint64_t efer, sctlr;
};

static void remember(struct machine_registers *m, const char *name, uint64_t v)
{
	if (strcasecmp(name, "efer") == 0)
		m->efer |= v;
	else if (strncasecmp(name, "SCTLR", 5) == 0 && v)
		m->sctlr |= v;
}

/* The registers of the CPU that is chosen, as the text of its note. How long that is. */
static int read_registers(struct qemu *q, const struct ptk_gdb_target *t, struct machine_registers *m, char *note,
                          struct ptk_err *err)
{
	size_t n = 0;
	for (size_t i = 0; i < t->nregs; i++) {
		uint64_t v;
		if (!is_wanted(t->reg[i].name) || t->reg[i].bits > 64)
			continue;
		int r = read_register(q, &t->reg[i], &v, err);
		if (r < 0)
			return r;
		size_t room = NOTE_MAX - n;
		int len = r ? snprintf(note + n, room, "%s=0x%" PRIx64 "\n", t->reg[i].name, v) : 0;
		if (len < 0 || (size_t)len >= room)
			break; /* hundreds of registers of the same few names: a lie */
		n += (size_t)len;
		if (r)
			remember(m, t->reg[i].name, v);
	}
	return (int)n;
}

/*
 * The stub does not show IDTR; the monitor does, of the first CPU: "IDT=     fffffe0000000000 00000fff". How long the note
 * is then.
 */
static int add_idt(struct qemu *q, char *note, int n, struct ptk_err *err)
{
	CLEANUP_FREE char *text = NULL;
	uint64_t base;
	int r = ptk_gdb_monitor_(&q->gdb, "info registers", &text, err);
	if (r < 0)
		return r == PTK_E_NOTSUP ? n : r;
	const char *line = strstr(text, "\nIDT=");
	if (!line || sscanf(line + 5, " %16" SCNx64, &base) != 1)
		return n;
	int len = snprintf(note + n, (size_t)(NOTE_MAX - n), "idt=0x%" PRIx64 "\n", base);
	return len > 0 && n + len < NOTE_MAX ? n + len : n;
}

/* ---- CPUs: the stub's threads ---- */

struct threads {
	unsigned n;
	char name[CPUS_MAX][THREAD_MAX];
};

/* The names in "m01,02". */
static void add_threads(struct threads *t, const char *p)
{
	while (*p && t->n < CPUS_MAX) {
		size_t len = strcspn(p, ",");
		if (len == 0 || len >= THREAD_MAX || strspn(p, "0123456789abcdefABCDEFp.") != len)
			return;
		memcpy(t->name[t->n], p, len);
		t->name[t->n++][len] = 0;
		p += len + (p[len] == ',');
	}
}

/* A stub that has no list of threads shows one CPU. */
static int list_threads(struct qemu *q, struct threads *t, struct ptk_err *err)
{
	int r = ptk_gdb_ask_(&q->gdb, "qfThreadInfo", err);
	for (unsigned i = 0; r >= 0 && i < CPUS_MAX && q->gdb.reply[0] == 'm'; i++) {
		add_threads(t, q->gdb.reply + 1);
		r = ptk_gdb_ask_(&q->gdb, "qsThreadInfo", err);
	}
	return r < 0 ? r : 0;
}

/* Registers are asked of this CPU from now on. 1; 0: it cannot be. */
static int choose_thread(struct qemu *q, const char *name, struct ptk_err *err)
{
	char question[THREAD_MAX + 4];
	snprintf(question, sizeof question, "Hg%s", name);
	int r = ptk_gdb_ask_(&q->gdb, question, err);
	return r < 0 ? r : strcmp(q->gdb.reply, "OK") == 0;
}

static int add_note(struct ptk_mem *mem, struct qemu *q, const struct ptk_gdb_target *t, struct machine_registers *m,
                    struct ptk_err *err)
{
	char *note = q->note[q->cpus];
	int n = read_registers(q, t, m, note, err);
	if (n > 0 && q->cpus == 0 && strncmp(t->arch, "i386", 4) == 0)
		n = add_idt(q, note, n, err);
	if (n <= 0)
		return n;
	q->cpus++;
	return ptk_mem_note_(mem, PTK_NOTE_OWNER, strlen(PTK_NOTE_OWNER), PTK_NOTE_REGISTERS, note, (size_t)n);
}

static int add_notes(struct ptk_mem *mem, struct qemu *q, const struct ptk_gdb_target *t, struct machine_registers *m,
                     struct ptk_err *err)
{
	CLEANUP_FREE struct threads *list = calloc(1, sizeof *list);
	int r = list ? list_threads(q, list, err) : PTK_E_NOMEM;
	for (unsigned i = 0; r >= 0 && i < list->n; i++) {
		r = choose_thread(q, list->name[i], err);
		if (r > 0)
			r = add_note(mem, q, t, m, err);
	}
	return r < 0 || q->cpus ? r : add_note(mem, q, t, m, err);
}

/* e_machine. QEMU's x86_64 describes 64-bit registers whatever mode the CPU is in: EFER.LMA (bit 10) tells. */
static uint16_t machine(const struct ptk_gdb_target *t, const struct machine_registers *m)
{
	if (strncmp(t->arch, "i386:x86-64", 11) == 0)
		return m->efer & BIT(10) ? 62 : 3;
	if (strncmp(t->arch, "i386", 4) == 0)
		return 3;
	if (strncmp(t->arch, "aarch64", 7) == 0)
		return 183;
	if (strncmp(t->arch, "arm", 3) == 0)
		return 40;
	return strncmp(t->arch, "riscv", 5) == 0 ? 243 : 0;
}

static int describe(struct ptk_mem *mem, struct qemu *q, struct ptk_err *err)
{
	struct ptk_gdb_target t;
	struct machine_registers m = {0};
	struct ptk_err why = {0};
	int r = ptk_gdb_target_(&q->gdb, &t, &why);
	if (r == PTK_E_NOTFOUND) {
		ptk_mem_warn_(mem, "%s", why.msg);
		return 0;
	}
	if (r < 0)
		return ptk_err_set_(err, r, "%s", why.msg);
	r = add_notes(mem, q, &t, &m, err);
	if (r >= 0) {
		mem->info.machine = machine(&t, &m);
		/* SCTLR.EE: the byte order of table walks. */
		mem->info.big_endian = (mem->info.machine == 40 || mem->info.machine == 183) && (m.sctlr & BIT(25));
	}
	ptk_gdb_target_free_(&t);
	return r;
}

/* ---- where its memory is ---- */

/* QEMU's stub passes commands on to its monitor. A stub that does not leaves the extents unknown: reads tell. */
static int find_ram(struct ptk_mem *mem, struct qemu *q, struct ptk_err *err)
{
	CLEANUP_FREE char *text = NULL;
	CLEANUP_FREE struct ptk_mtree_ram *ram = calloc(MAX_EXTENTS, sizeof *ram);
	CLEANUP_FREE struct ptk_extent *list = calloc(MAX_EXTENTS, sizeof *list);
	if (!ram || !list)
		return ptk_err_set_(err, PTK_E_NOMEM, "no memory for the guest's memory map");
	int r = ptk_gdb_monitor_(&q->gdb, "info mtree -f", &text, err);
	if (r < 0)
		return r == PTK_E_NOTSUP ? 0 : r;
	size_t n = ptk_mtree_(text, ram, MAX_EXTENTS);
	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		list[i] = (struct ptk_extent){ram[i].first, ram[i].last};
	mem->bounded = true;
	return ptk_mem_set_extents_(mem, list, n);
}

/* ---- did it run? ---- */

/* From 8.1 on the stub does not report the stop that its client's coming caused. */
static bool tells_stop(const char *version)
{
	unsigned major, minor;
	while (*version && (*version < '0' || *version > '9'))
		version++;
	return sscanf(version, "%u.%u", &major, &minor) == 2 && (major < 8 || (major == 8 && minor < 1));
}

/*
 * Connecting stops a guest that runs, and the stub then says so unasked; nothing is said of one that was stopped. Where
 * that is not to be had, the monitor's status may still say why it was stopped: "paused (prelaunch)".
 */
static int learn_state(struct ptk_mem *mem, struct qemu *q, struct ptk_err *err)
{
	CLEANUP_FREE char *status = NULL;
	CLEANUP_FREE char *version = NULL;
	q->resume = true;
	if (q->gdb.told_stop)
		return 0;
	int r = ptk_gdb_monitor_(&q->gdb, "info version", &version, err);
	if (r == 0 && tells_stop(version)) {
		q->resume = false;
		return 0;
	}
	if (r == 0)
		r = ptk_gdb_monitor_(&q->gdb, "info status", &status, err);
	if (r == 0 && strchr(status, '(')) {
		q->resume = false;
		return 0;
	}
	if (r < 0 && r != PTK_E_NOTSUP)
		return r;
	ptk_mem_warn_(mem, "this gdb stub does not say whether the guest ran; it will run when this is closed");
	return 0;
}

static int set_physical(struct qemu *q, struct ptk_err *err)
{
	int r = ptk_gdb_ask_(&q->gdb, "Qqemu.PhyMemMode:1", err);
	if (r < 0 || strcmp(q->gdb.reply, "OK") == 0)
		return r;
	return ptk_err_set_(err, PTK_E_NOTSUP,
	                    "this gdb stub gives no access to physical memory (Qqemu.PhyMemMode): QEMU's does since 4.1");
}

/* ---- reading ---- */

/* The most that one read asks for and keeps: more than that are scans. */
#define LARGE (16 * BLOCK)
#define AT_ONCE 64 /* blocks that one stream of questions is for */

/* Blocks that are not kept yet, on their way into the store. */
struct batch {
	struct qemu *q;
	size_t n;
	uint64_t number[AT_ONCE];
};

/* A block of which something is missing is not kept. */
static int read_batch(struct batch *b)
{
	struct ptk_gdb_block block[AT_ONCE] = {0};
	uint8_t *room = b->n ? ptk_store_room_(b->q->store, b->n) : NULL;
	if (!room)
		return b->n ? PTK_E_LIMIT : 0;
	for (size_t i = 0; i < b->n; i++)
		block[i] = (struct ptk_gdb_block){.addr = b->number[i] * BLOCK, .buf = room + i * BLOCK, .len = BLOCK};
	int r = ptk_gdb_blocks_(&b->q->gdb, block, b->n, NULL);
	for (size_t i = 0; i < b->n && r >= 0; i++)
		if (!block[i].missing)
			r = ptk_store_keep_(b->q->store, i, b->number[i]);
	b->n = 0;
	return r;
}

/* Get the blocks first to last, those that are there already left out. */
static int add_blocks(struct batch *b, uint64_t first, uint64_t last)
{
	int r = 0;
	for (uint64_t i = first; r >= 0; i++) {
		if (!ptk_store_get_(b->q->store, i))
			b->number[b->n++] = i;
		if (b->n == AT_ONCE)
			r = read_batch(b);
		if (i == last)
			break;
	}
	return r;
}

static int qemu_fetch(void *arg, const struct ptk_extent *e, size_t n)
{
	struct batch b = {.q = arg};
	int r = 0;
	for (size_t i = 0; i < n && r >= 0; i++) {
		/* Extents that share a block, in order: it is asked for once. */
		uint64_t first = e[i].first / BLOCK, last = e[i].last / BLOCK;
		first += b.n && b.number[b.n - 1] == first;
		r = first <= last ? add_blocks(&b, first, last) : 0;
	}
	return r < 0 ? r : read_batch(&b);
}

/* A part of one block. A block of which something is missing is read as asked for. */
static int read_part(struct qemu *q, uint64_t pa, uint8_t *buf, size_t len)
{
	const uint8_t *b = ptk_store_get_(q->store, pa / BLOCK);
	if (!b)
		return ptk_gdb_read_(&q->gdb, pa, buf, len, NULL);
	memcpy(buf, b + pa % BLOCK, len);
	return 0;
}

static bool is_kept(const struct qemu *q, uint64_t first, uint64_t last)
{
	while (first <= last && ptk_store_get_(q->store, first))
		first++;
	return first > last;
}

static int qemu_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	struct qemu *q = arg;
	uint8_t *out = buf;
	uint64_t first = pa / BLOCK, last = (pa + len - 1) / BLOCK;
	if (len > LARGE && !is_kept(q, first, last))
		return ptk_gdb_read_(&q->gdb, pa, buf, len, NULL);
	struct batch b = {.q = q};
	int r = add_blocks(&b, first, last);
	if (r >= 0)
		r = read_batch(&b);
	if (r < 0 && r != PTK_E_LIMIT && r != PTK_E_NOMEM)
		return r;
	for (r = 0; len && r >= 0;) {
		size_t n = BLOCK - pa % BLOCK < len ? BLOCK - (size_t)(pa % BLOCK) : len;
		r = read_part(q, pa, out, n);
		pa += n;
		out += n;
		len -= n;
	}
	return r;
}

static const void *qemu_map(void *arg, uint64_t pa, size_t *len)
{
	const struct qemu *q = arg;
	const uint8_t *b = ptk_store_get_(q->store, pa / BLOCK);
	*len = BLOCK - (size_t)(pa % BLOCK);
	return b ? b + pa % BLOCK : NULL;
}

/* Sends, waits and reads only: fit for a signal handler. */
static void qemu_release(void *arg)
{
	struct qemu *q = arg;
	if (q->resume)
		ptk_gdb_detach_(&q->gdb);
	q->resume = false;
	q->gdb.broken = true;
}

static void qemu_close(void *arg)
{
	struct qemu *q = arg;
	qemu_release(q);
	ptk_gdb_close_(&q->gdb);
	ptk_store_free_(q->store);
	free(q);
}

static int attach(struct ptk_mem *mem, struct qemu *q, struct ptk_err *err)
{
	/* An opening that fails early leaves a guest running, which most were. */
	q->resume = true;
	int r = ptk_gdb_hello_(&q->gdb, err);
	if (r >= 0)
		r = learn_state(mem, q, err);
	if (r >= 0)
		r = set_physical(q, err);
	if (r >= 0)
		r = find_ram(mem, q, err);
	if (r >= 0)
		r = describe(mem, q, err);
	return r;
}

static int qemu_open_uri(struct ptk_mem *mem, const char *rest, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	struct qemu *q = calloc(1, sizeof *q);
	if (!q || !(q->store = ptk_store_new_(BLOCK, KEPT_MAX / BLOCK))) {
		free(q);
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open qemu-gdb:%s", rest);
	}
	q->gdb.fd = -1;
	q->gdb.timeout_ms = opts && opts->timeout_ms && opts->timeout_ms < INT32_MAX / OPENING ? (int)opts->timeout_ms : TIMEOUT_MS;
	q->gdb.until = ptk_dial_now_() + OPENING * q->gdb.timeout_ms;
	mem->ops = (struct ptk_mem_ops){.read = qemu_read, .map = qemu_map, .close = qemu_close};
	mem->fetch = qemu_fetch;
	mem->release = qemu_release;
	mem->arg = q;
	mem->info.format = "qemu-gdb";
	mem->info.live = true;
	mem->info.read_size = (uint32_t)LARGE;
	int r = ptk_gdb_connect_(&q->gdb, rest, err);
	if (r >= 0)
		r = attach(mem, q, err);
	q->gdb.until = 0;
	return r < 0 ? ptk_err_add_(err, r, "qemu-gdb:%s", rest) : 0;
}

const struct ptk_mem_format ptk_mem_qemu_gdb = {
	.name = "qemu-gdb",
	.as = "qemu-gdb:HOST:PORT",
	.what = "a running QEMU guest through its gdb stub; a socket's path will do too",
	.scheme = "qemu-gdb",
	.open_uri = qemu_open_uri,
};
