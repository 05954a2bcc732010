// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Pictures of real machines against what these machines said themselves: the regime and the root by the
 * CPU's registers; every page of a process's pagemap, QEMU's list of all x86 leaves, QEMU's merged list of a riscv
 * space. Linux's own idea of its tables is not asked here.
 */
#include "captures.h"

#define LINE 256

/* ---- the registers ---- */

struct regs {
	struct {
		char name[40];
		uint64_t value;
	} reg[64];
	size_t n;
};

static void read_regs(const char *capture, struct regs *out)
{
	out->n = 0;
	FILE *f = capture_open(capture, "mmu-registers.txt");
	while (f && out->n < 64 && fscanf(f, "%39s %" SCNx64, out->reg[out->n].name, &out->reg[out->n].value) == 2)
		out->n++;
	if (f)
		fclose(f);
}

static bool reg(const struct regs *r, const char *name, uint64_t *value)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->reg[i].name, name) == 0) {
			*value = r->reg[i].value;
			return true;
		}
	return false;
}

/* The same register by the names that QEMU gives it: the secure copy is the one in use where there is one. */
static bool arm_reg(const struct regs *r, const char *name, uint64_t *value)
{
	static const char *const suffix[] = {"_EL1_S", "_S", "", "_EL1"};
	char text[64];
	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++) {
		snprintf(text, sizeof text, "%s%s", name, suffix[i]);
		if (reg(r, text, value))
			return true;
	}
	return false;
}

static uint64_t bits(uint64_t v, unsigned hi, unsigned lo)
{
	return v >> lo & ((UINT64_C(2) << (hi - lo)) - 1);
}

/* SDM 4.1.1: the mode by CR4 and EFER. */
static bool x86(const struct regs *r, char *text, size_t size, uint64_t *root)
{
	uint64_t cr3, cr4, efer;
	if (!reg(r, "cr3", &cr3) || !reg(r, "cr4", &cr4) || !reg(r, "efer", &efer))
		return false;
	bool lma = bits(efer, 10, 10), pae = bits(cr4, 5, 5), la57 = bits(cr4, 12, 12);
	snprintf(text, size, "%s", lma ? (la57 ? "x86-64-la57" : "x86-64") : pae ? "x86-pae" : "x86-32");
	*root = cr3 & (lma || !pae ? 0xffffffffff000 : 0xffffffe0);
	return true;
}

/* Figure "Supervisor address translation and protection register satp when SXLEN=64". */
static bool riscv(const struct regs *r, char *text, size_t size, uint64_t *root)
{
	uint64_t satp;
	if (!reg(r, "satp", &satp))
		return false;
	snprintf(text, size, "riscv-sv%u,svadu,sum", 39 + 9 * ((unsigned)bits(satp, 63, 60) - 8));
	*root = bits(satp, 43, 0) << 12;
	return true;
}

/* DDI 0487, TCR_EL1 and TTBR0_EL1. */
static bool arm64(const struct regs *r, char *text, size_t size, uint64_t *root)
{
	static const char *const granule[] = {"4k", "64k", "16k", "?"};
	uint64_t tcr, ttbr;
	if (!reg(r, "TCR_EL1", &tcr) || !reg(r, "TTBR0_EL1", &ttbr))
		return false;
	snprintf(text, size, "arm64-%s-%u", granule[bits(tcr, 15, 14)], 64 - (unsigned)bits(tcr, 5, 0));
	*root = ttbr & 0xffffffffffc0;
	if (bits(tcr, 34, 32) == 6) /* IPS: 52 bits, of which the top four sit in 5:2 */
		*root |= bits(ttbr, 5, 2) << 48;
	return true;
}

/* DDI 0406, TTBCR with and without EAE. */
static bool arm(const struct regs *r, char *text, size_t size, uint64_t *root)
{
	uint64_t ttbcr, ttbr;
	if (!arm_reg(r, "TTBCR", &ttbcr) || !arm_reg(r, "TTBR0", &ttbr))
		return false;
	bool eae = bits(ttbcr, 31, 31);
	snprintf(text, size, "%s", eae ? "arm-lpae" : "arm-short");
	*root = ttbr & (eae ? 0xffffffffe0 : 0xffffc000);
	return true;
}

/* ---- the pagemap ---- */

static void check_pagemap(const struct ptk_space *s, const char *name)
{
	uint64_t va, entry, pages = 0, wrong = 0, first = 0;
	FILE *f = capture_open(name, "pagemap.txt");
	while (f && fscanf(f, "%" SCNx64 " %" SCNx64, &va, &entry) == 2) {
		uint64_t pa = 0, pfn = bits(entry, 54, 0);
		bool present = entry >> 63, mapped = ptk_translate(s, va + 123, &pa) == 1;
		pages++;
		if (mapped == present && (!present || pa == (pfn << s->regime.page_shift) + 123))
			continue;
		if (!wrong++)
			first = va;
	}
	if (f)
		fclose(f);
	/* One page of each is stale: the buffer that the map was read into, unmapped since. */
	if (!ok(pages > 20 && wrong <= 1, "%s: all but one of %" PRIu64 " pages of a process are where it said", name,
	        pages))
		printf("# %" PRIu64 " are not, the first at 0x%" PRIx64 "\n", wrong, first);
}

/* ---- QEMU's lists ---- */

struct list {
	const struct ptk_space *s;
	FILE *f;
	uint64_t lines, wrong;
	char line[LINE], theirs[LINE], ours[LINE];
};

static FILE *unpacked(const char *name, const char *file)
{
	char path[4400], command[4500];
	capture_path(path, sizeof path, name, file);
	snprintf(command, sizeof command, "gzip -dc '%s' 2>/dev/null", path);
	return popen(command, "r");
}

/* The next line without what ends it; empty at the end of the list. */
static void next_line(struct list *l)
{
	l->line[0] = 0;
	if (fgets(l->line, sizeof l->line, l->f))
		l->line[strcspn(l->line, "\r\n")] = 0;
}

static void compare(struct list *l)
{
	l->lines++;
	if (strcmp(l->theirs, l->ours) != 0 && !l->wrong++)
		printf("# got  %s\n# want %s\n", l->ours, l->theirs);
	l->theirs[0] = 0;
}

static void finish(struct list *l, const char *name, const char *what)
{
	if (!l->line[0])
		next_line(l);
	pclose(l->f);
	ok(l->lines > 50 && !l->wrong && !l->line[0], "%s: %" PRIu64 " lines equal QEMU's %s", name, l->lines, what);
}

/* print_pte() of QEMU's target/i386/monitor.c; in PAE it leaves the execute-disable bit in the address. */
static int tlb_run(void *arg, const struct ptk_run *run)
{
	struct list *l = arg;
	const struct ptk_regime *r = &l->s->regime;
	for (uint32_t i = 0; i < run->count && run->what == PTK_V_ENTRIES && run->kind == PTK_LEAF; i++) {
		struct ptk_entry e;
		ptk_entry_decode(r, run->level, run->raw + i * run->step, &e);
		uint32_t f = e.attr.flags;
		uint64_t pa =
		        e.pa | (r->va_width == 32 && r->entry_shift == 3 && !(f & PTK_A_KX) ? UINT64_C(1) << 63 : 0);
		snprintf(l->ours, sizeof l->ours, "%016" PRIx64 ": %016" PRIx64 " %c%c%c%c%c%c%c%c%c",
		         run->va + i * ptk_level_size(r, run->level), pa, f & PTK_A_KX ? '-' : 'X',
		         f & PTK_A_GLOBAL ? 'G' : '-', run->level ? 'P' : '-', f & PTK_A_DIRTY ? 'D' : '-',
		         f & PTK_A_ACCESSED ? 'A' : '-', e.attr.memidx & 2 ? 'C' : '-', e.attr.memidx & 1 ? 'T' : '-',
		         f & PTK_A_UR ? 'U' : '-', f & PTK_A_KW ? 'W' : '-');
		next_line(l);
		memcpy(l->theirs, l->line, sizeof l->theirs);
		l->line[0] = 0;
		compare(l);
	}
	return PTK_GO;
}

static void check_tlb(const struct ptk_space *s, const char *name)
{
	struct list l = {.s = s, .f = unpacked(name, "monitor-info-tlb.txt.gz")};
	const struct ptk_walk_opts o = {0};
	if (!l.f || ptk_walk_space(s, &o, tlb_run, &l, NULL, NULL) < 0)
		bail("%s: cannot be walked", name);
	finish(&l, name, "info tlb");
}

/* QEMU's next range, with those that follow on from it: it starts a new line with each table of the last level. */
static void next_merged(struct list *l)
{
	struct stretch {
		uint64_t va, pa, size;
		char attr[16];
	} now = {0}, next;
	if (!l->line[0])
		next_line(l);
	if (sscanf(l->line, "%" SCNx64 " %" SCNx64 " %" SCNx64 " %15s", &now.va, &now.pa, &now.size, now.attr) != 4)
		return;
	for (next_line(l); sscanf(l->line, "%" SCNx64 " %" SCNx64 " %" SCNx64 " %15s", &next.va, &next.pa, &next.size,
	                          next.attr) == 4; next_line(l)) {
		if (next.va != now.va + now.size || next.pa != now.pa + now.size || strcmp(next.attr, now.attr) != 0)
			break;
		now.size += next.size;
	}
	snprintf(l->theirs, sizeof l->theirs, "%016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %s", now.va, now.pa,
	         now.size, now.attr);
}

/* walk_pte() of QEMU's target/riscv/monitor.c: runs of equal low bits, whatever the size of their pages. */
static void compare_mem(struct list *l, const struct ptk_range *range, uint64_t first, uint64_t last)
{
	uint32_t f = range->attr.flags;
	snprintf(l->ours, sizeof l->ours, "%016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %c%c%c%c%c%c%c", first,
	         range->pa, last - first + 1, f & (PTK_A_KR | PTK_A_UR) ? 'r' : '-',
	         f & (PTK_A_KW | PTK_A_UW) ? 'w' : '-', f & (PTK_A_KX | PTK_A_UX) ? 'x' : '-',
	         f & (PTK_A_UR | PTK_A_UW | PTK_A_UX) ? 'u' : '-', f & PTK_A_GLOBAL ? 'g' : '-',
	         f & PTK_A_ACCESSED ? 'a' : '-', f & PTK_A_DIRTY ? 'd' : '-');
	next_merged(l);
	compare(l);
}

static int mem_range(void *arg, const struct ptk_range *range)
{
	struct list *l = arg;
	uint64_t size = ptk_level_size(&l->s->regime, range->level);
	if (!range->repeat)
		compare_mem(l, range, range->first, range->last);
	for (uint64_t va = range->first; range->repeat && va <= range->last; va += size)
		compare_mem(l, range, va, va + size - 1);
	return PTK_GO;
}

static void check_mem(const struct ptk_space *s, const char *name)
{
	struct list l = {.s = s, .f = unpacked(name, "monitor-info-mem.txt.gz")};
	const struct ptk_range_opts o = {.join_levels = true, .only_leaves = true, .ignore_sw = true};
	if (!l.f)
		bail("%s: no gzip", name);
	next_line(&l); /* the head and the rule below it */
	next_line(&l);
	l.line[0] = 0;
	if (ptk_ranges(s, &o, mem_range, &l, NULL, NULL) < 0)
		bail("%s: cannot be walked", name);
	finish(&l, name, "info mem");
}

/* ---- the folders ---- */

static void check_machine(const char *name)
{
	char text[64] = "";
	uint64_t root = 0;
	struct regs regs;
	struct ptk_regime r;
	struct ptk_space s;
	struct ptk_err err = {0};
	read_regs(name, &regs);
	bool pc = x86(&regs, text, sizeof text, &root), rv = !pc && riscv(&regs, text, sizeof text, &root);
	if (!pc && !rv && !arm64(&regs, text, sizeof text, &root) && !arm(&regs, text, sizeof text, &root)) {
		ok(false, "%s: its registers say how it translates", name);
		return;
	}
	struct ptk_mem *mem = capture_mem(name);
	if (!mem)
		return;
	if (ptk_regime_parse(text, &r, &err) < 0 || ptk_space_init(&s, mem, &r, root, &err) < 0)
		bail("%s: %s", name, err.msg);
	printf("# %s: %s, root 0x%" PRIx64 "\n", name, text, root);
	check_pagemap(&s, name);
	if (pc)
		check_tlb(&s, name);
	if (rv)
		check_mem(&s, name);
	ptk_mem_close(mem);
}

int main(void)
{
	captures_each(NULL, "mmu-registers.txt", check_machine);
	return done();
}
