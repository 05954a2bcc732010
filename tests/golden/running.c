// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Captures as the running machines that they were: memory without notes, beside it the registers of the stopped CPU. What
 * these lead to must be what looking through all of memory says, and it must not take reading all of memory.
 */
#include "captures.h"
#include "growing.h"
#include "mem/mem.h"

#define MOST (UINT64_C(48) << 20) /* bytes that may be read: an image, and some tables */

struct machine {
	struct ptk_mem *dump;
	uint64_t read;
	bool hide; /* its VMCOREINFO */
	uint8_t *seen; /* a bit a page */
	uint64_t pages;
};

/* A page counts when it is read first: a live source keeps it. */
static int read_machine(void *arg, uint64_t pa, void *buf, size_t len)
{
	struct machine *m = arg;
	int rc = ptk_mem_read(m->dump, pa, buf, len, NULL);
	for (uint64_t page = pa / 4096; page <= (pa + len - 1) / 4096 && page < m->pages; page++) {
		m->read += m->seen[page / 8] >> page % 8 & 1 ? 0 : 4096;
		m->seen[page / 8] |= (uint8_t)(1u << page % 8);
	}
	if (m->hide && rc == 0)
		for (uint8_t *p = buf, *end = p + len, *hit; (hit = memmem(p, (size_t)(end - p), "OSRELEASE=", 10)); p = hit)
			memset(hit, 0, 10);
	return rc;
}

static struct ptk_mem *machine_of(struct machine *m, const char *registers)
{
	const struct ptk_mem_info *di = ptk_mem_info(m->dump);
	struct ptk_mem *mem = ptk_mem_alloc_("machine");
	m->pages = di->extent[di->nextents - 1].last / 4096 + 1;
	m->seen = calloc(m->pages / 8 + 1, 1);
	if (!mem || !m->seen || ptk_mem_set_extents_(mem, di->extent, di->nextents) < 0 ||
	    ptk_mem_note_(mem, PTK_NOTE_OWNER, 5, PTK_NOTE_REGISTERS, registers, strlen(registers)) < 0)
		bail("no memory");
	mem->ops.read = read_machine;
	mem->arg = m;
	mem->bounded = true;
	mem->info.live = true;
	mem->info.machine = di->machine;
	mem->info.big_endian = di->big_endian;
	mem->info.read_size = 65536;
	return mem;
}

/* The capture's list of "NAME VALUE" lines as a note has it, with one value changed. */
static bool registers_of(const char *name, const char *change, uint64_t to, char *out, size_t room)
{
	char line[256], reg[64];
	uint64_t value;
	size_t n = 0;
	bool changed = !change;
	FILE *f = capture_open(name, "mmu-registers.txt");
	out[0] = 0;
	while (f && fgets(line, sizeof line, f) && n + 100 < room)
		if (sscanf(line, "%63s %" SCNx64, reg, &value) == 2) {
			bool here = change && strcmp(reg, change) == 0;
			changed |= here;
			n += (size_t)snprintf(out + n, room - n, "%s=0x%" PRIx64 "\n", reg, here ? to : value);
		}
	if (f)
		fclose(f);
	return n && changed;
}

static bool same_text(struct ptk_linux *a, struct ptk_linux *b)
{
	struct text t[2] = {0};
	const struct ptk_ptdump_opts opts = {0};
	bool same = ptk_linux_ptdump(a, PTK_TABLE_KERNEL, &opts, append, &t[0], NULL, NULL) == 0 &&
	            ptk_linux_ptdump(b, PTK_TABLE_KERNEL, &opts, append, &t[1], NULL, NULL) == 0 && t[0].n == t[1].n &&
	            t[0].n && memcmp(t[0].p, t[1].p, t[0].n) == 0;
	free(t[0].p);
	free(t[1].p);
	return same;
}

static bool same_space(struct ptk_linux *a, struct ptk_linux *b, enum ptk_linux_table which)
{
	struct ptk_space s[2][2];
	int n = ptk_linux_spaces(a, which, s[0], NULL);
	return n > 0 && ptk_linux_spaces(b, which, s[1], NULL) == n && s[0][0].root == s[1][0].root &&
	       strcmp(s[0][0].regime.name, s[1][0].regime.name) == 0;
}

static void found(struct ptk_linux *want, struct ptk_linux *got, const struct machine *m, const char *name, const char *how)
{
	const struct ptk_linux_info *w = ptk_linux_info(want), *g = ptk_linux_info(got);
	ok(same_space(want, got, PTK_TABLE_KERNEL), "%s, %s: the kernel's root", name, how);
	is_str(g->release, w->release, "release");
	ok(g->markers_computed == w->markers_computed && same_text(want, got), "the same text");
	ok(m->read < MOST, "for %" PRIu64 " KiB read", m->read >> 10);
	if (ptk_linux_spaces(want, PTK_TABLE_CURRENT_KERNEL, (struct ptk_space[2]){0}, NULL) > 0)
		ok(same_space(want, got, PTK_TABLE_CURRENT_KERNEL) && same_space(want, got, PTK_TABLE_CURRENT_USER),
		   "and the same of the process on the CPU");
}

static void run(struct ptk_mem *dump, struct ptk_linux *lx, const char *name, const char *registers, bool hide, const char *how)
{
	const struct ptk_linux_opts opts = {.only_running = true};
	struct machine m = {.dump = dump, .hide = hide};
	struct ptk_mem *mem = machine_of(&m, registers);
	struct ptk_linux *live = NULL;
	struct ptk_err err = {0};
	int rc = ptk_linux_open(mem, &opts, &live, &err);
	if (!ok(rc == 0, "%s, %s: opened", name, how))
		printf("# %s\n", err.msg);
	else
		found(lx, live, &m, name, how);
	ptk_linux_close(live);
	ptk_mem_close(mem);
	free(m.seen);
}

/* As it would be if the CPU had been stopped in user space under PTI or KPTI, which then load another root. */
static void in_user_space(struct ptk_mem *dump, struct ptk_linux *lx, const char *name)
{
	const struct ptk_linux_info *li = ptk_linux_info(lx);
	struct ptk_space s[2];
	char regs[8192];
	if (strcmp(li->arch, "arm64") == 0 && ptk_linux_spaces(lx, PTK_TABLE_KERNEL, s, NULL) == 1 &&
	    registers_of(name, "TTBR1_EL1", s[0].root - (UINT64_C(2) << li->regime.page_shift), regs, sizeof regs))
		run(dump, lx, name, regs, false, "tramp_pg_dir");
	if (ptk_linux_spaces(lx, PTK_TABLE_CURRENT_KERNEL, s, NULL) < 1)
		return;
	uint64_t root = s[0].root;
	if (ptk_linux_spaces(lx, PTK_TABLE_CURRENT_USER, s, NULL) == 1 && s[0].root == root + 4096 &&
	    registers_of(name, "cr3", s[0].root, regs, sizeof regs))
		run(dump, lx, name, regs, false, "PTI's user table");
}

static void as_running(struct ptk_mem *dump, struct ptk_linux *lx, const char *name)
{
	char regs[8192];
	if (!ok(registers_of(name, NULL, 0, regs, sizeof regs), "%s: registers", name))
		return;
	run(dump, lx, name, regs, false, "by registers");
	run(dump, lx, name, regs, true, "by registers, without VMCOREINFO");
	in_user_space(dump, lx, name);
}

static void capture(const char *name)
{
	struct ptk_mem *dump = capture_mem(name);
	struct ptk_linux *lx;
	struct ptk_err err = {0};
	if (!dump)
		return;
	if (ok(ptk_linux_open(dump, NULL, &lx, &err) == 0, "%s: %s", name, err.msg)) {
		as_running(dump, lx, name);
		ptk_linux_close(lx);
	}
	ptk_mem_close(dump);
}

/* Arguments: names of captures to look at, all by default. */
int main(int argc, char **argv)
{
	(void)argc;
	captures_each(argv + 1, "mmu-registers.txt", capture);
	return done();
}
