// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * From MMU registers to spaces: what hardware would walk. It is in this layer and not in linux since a machine without any
 * kernel has the same registers.
 */
#include <inttypes.h>
#include <ptkit/walk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "base/err.h"
#include "walk/registers.h"

/* The text of a note, the suffix of the bank that counts, and what came of it. */
struct regs {
	const char *text;
	size_t size;
	const char *bank; /* "" or "_S" */
	struct ptk_mem *mem;
	struct ptk_space *out;
	int n;
	struct ptk_err *err;
};

static bool get(const struct regs *g, const char *name, const char *bank, uint64_t *value)
{
	char want[40], digits[24], *stop;
	size_t len = (size_t)snprintf(want, sizeof want, "%s%s=", name, bank), size = g->size;
	for (const char *p = g->text; size;) {
		const char *end = memchr(p, '\n', size);
		size_t line = end ? (size_t)(end - p) : size;
		if (line > len && line - len < sizeof digits && strncasecmp(p, want, len) == 0) {
			memcpy(digits, p + len, line - len);
			digits[line - len] = 0;
			*value = strtoull(digits, &stop, 16);
			return !*stop;
		}
		p += end ? line + 1 : line;
		size -= end ? line + 1 : line;
	}
	return false;
}

/* 0 for what is not there. */
static uint64_t reg(const struct regs *g, const char *name)
{
	uint64_t v;
	return get(g, name, g->bank, &v) ? v : 0;
}

/* Add what a root translates; the window is what regime and registers leave of [first, last]. */
static int add(struct regs *g, const char *text, uint64_t root, uint64_t first, uint64_t last)
{
	struct ptk_regime r;
	struct ptk_space s;
	int rc = ptk_regime_parse(text, &r, g->err);
	if (rc == 0)
		rc = ptk_space_init(&s, g->mem, &r, root & ~low_bits(r.root_align), g->err);
	if (rc < 0)
		return ptk_err_add_(g->err, rc, "the CPU's registers");
	s.first = s.first > first ? s.first : first;
	s.last = s.last < last ? s.last : last;
	g->out[g->n++] = s;
	return 0;
}

static int off(struct regs *g, const char *why)
{
	return ptk_err_set_(g->err, PTK_E_NOTFOUND, "the CPU translates no addresses: %s", why);
}

/* ---- arm64: TCR_EL1, TTBRn_EL1 (DDI 0487, D19.2) ---- */

/* One half: its fields of TCR_EL1 start at T, its granule has a code of its own. */
static int half64(struct regs *g, bool high, uint64_t tcr, uint64_t sctlr)
{
	static const char *const granules[2][4] = {{"4k", "64k", "16k", NULL}, {NULL, "16k", "4k", "64k"}};
	static const unsigned sizes[] = {32, 36, 40, 42, 44, 48, 52, 52};
	unsigned t = high ? 16 : 0, tsz = (unsigned)field_get(tcr, t + 5, t), ips = (unsigned)field_get(tcr, 34, 32);
	const char *granule = granules[high][field_get(tcr, t + 15, t + 14)];
	uint64_t ttbr = reg(g, high ? "TTBR1_EL1" : "TTBR0_EL1"), root = ttbr & GENMASK(47, 1);
	if ((tcr & BIT(t + 7)) || !granule)
		return 0;
	bool is_64k = strcmp(granule, "64k") == 0, ds = !is_64k && (tcr & BIT(59)), lpa = is_64k && ips >= 6;
	char text[256];
	int n = snprintf(text, sizeof text, "arm64-%s-%u,%s,memattr=0x%" PRIx64, granule, 64 - tsz, high ? "high" : "low",
	                 reg(g, "MAIR_EL1"));
	n += snprintf(text + n, sizeof text - (size_t)n, "%s%s", is_64k ? lpa ? ",lpa" : ",nolpa" : ds ? ",ds" : ",nods",
	              sctlr & BIT(19) ? ",wxn" : "");
	if (sizes[ips] < 48)
		n += snprintf(text + n, sizeof text - (size_t)n, ",pa=%u", sizes[ips]);
	snprintf(text + n, sizeof text - (size_t)n, "%s%s%s%s%s", tcr & BIT(high ? 38 : 37) ? ",tbi" : "",
	         tcr & BIT(39) ? ",ha" : "", tcr & BIT(40) ? ",hd" : "", tcr & BIT(high ? 42 : 41) ? ",hpd" : "",
	         tcr & BIT(high ? 56 : 55) ? ",e0pd" : "");
	if (ds || lpa) /* the address's top four bits are in 5:2 */
		root = (ttbr & GENMASK(47, 6)) | field_get(ttbr, 5, 2) << 48;
	return add(g, text, root, 0, UINT64_MAX);
}

static int arm64(struct regs *g, uint64_t tcr)
{
	uint64_t sctlr = 1;
	if (!get(g, "SCTLR_EL1", "", &sctlr))
		get(g, "SCTLR", "", &sctlr);
	if (!(sctlr & 1))
		return off(g, "SCTLR_EL1.M is clear");
	int rc = half64(g, false, tcr, sctlr);
	return rc < 0 ? rc : half64(g, true, tcr, sctlr);
}

/* ---- arm: TTBCR, TTBRn (DDI 0406C, B3.5.4 and B3.6.4) ---- */

static uint64_t ttbr(const struct regs *g, unsigned i)
{
	uint64_t v;
	char name[16];
	snprintf(name, sizeof name, "TTBR%u", i);
	if (get(g, name, g->bank, &v))
		return v;
	snprintf(name, sizeof name, "TTBR%u_EL1", i);
	return reg(g, name);
}

/* QEMU has PRRR and NMRR in MAIR0 and MAIR1, which share their encoding. */
static uint64_t attributes(const struct regs *g)
{
	uint64_t lo = reg(g, "MAIR0"), hi = reg(g, "MAIR1");
	get(g, "PRRR", g->bank, &lo);
	get(g, "NMRR", g->bank, &hi);
	return (hi & UINT32_MAX) << 32 | (lo & UINT32_MAX);
}

static int short_tables(struct regs *g, uint64_t ttbcr, uint64_t sctlr)
{
	char rest[160], text[200];
	unsigned n = (unsigned)(ttbcr & 7);
	uint64_t split = BIT(32 - n);
	int rc = 0;
	snprintf(rest, sizeof rest, "memattr=0x%" PRIx64 ",dacr=0x%" PRIx64 "%s%s%s%s%s", attributes(g), reg(g, "DACR") & UINT32_MAX,
	         sctlr & BIT(28) ? ",tre" : ",notre", sctlr & BIT(29) ? ",afe" : ",noafe", sctlr & BIT(19) ? ",wxn" : "",
	         sctlr & BIT(20) ? ",uwxn" : "", (reg(g, "ID_MMFR0") & 15) >= 4 ? ",pxn" : ",nopxn");
	snprintf(text, sizeof text, "arm-short,n=%u,%s", n, rest);
	if (!(ttbcr & BIT(4)))
		rc = add(g, text, ttbr(g, 0) & UINT32_MAX, 0, split - 1);
	snprintf(text, sizeof text, "arm-short,%s", rest);
	if (rc == 0 && n && !(ttbcr & BIT(5)))
		rc = add(g, text, ttbr(g, 1) & UINT32_MAX, split, UINT32_MAX);
	return rc;
}

static int long_tables(struct regs *g, uint64_t ttbcr, uint64_t sctlr)
{
	char rest[160], text[200];
	unsigned t0 = (unsigned)(ttbcr & 7), t1 = (unsigned)field_get(ttbcr, 18, 16);
	uint64_t low = t0 ? BIT(32 - t0) : BIT(32) - (t1 ? BIT(32 - t1) : 0), high = t1 ? BIT(32) - BIT(32 - t1) : low;
	int rc = 0;
	snprintf(rest, sizeof rest, "memattr=0x%" PRIx64 "%s%s", attributes(g), sctlr & BIT(19) ? ",wxn" : "",
	         sctlr & BIT(20) ? ",uwxn" : "");
	snprintf(text, sizeof text, "arm-lpae,t0sz=%u,%s", t0, rest);
	if (!(ttbcr & BIT(7)))
		rc = add(g, text, ttbr(g, 0) & GENMASK(39, 0), 0, low - 1);
	snprintf(text, sizeof text, "arm-lpae,t1sz=%u,%s", t1, rest);
	if (rc == 0 && (t0 || t1) && !(ttbcr & BIT(23)))
		rc = add(g, text, ttbr(g, 1) & GENMASK(39, 0), high, UINT32_MAX);
	return rc;
}

/* A CPU in secure state has its registers in the other bank: the one whose MMU is on. */
static void choose_bank(struct regs *g)
{
	uint64_t plain = 0, secure = 0;
	bool has_plain = get(g, "SCTLR", "", &plain), has_secure = get(g, "SCTLR", "_S", &secure);
	g->bank = has_secure && !(plain & 1) && ((secure & 1) || !has_plain) ? "_S" : "";
}

static int arm(struct regs *g)
{
	uint64_t on = 1;
	choose_bank(g);
	if (get(g, "SCTLR", g->bank, &on) && !(on & 1))
		return off(g, "SCTLR.M is clear");
	uint64_t ttbcr = reg(g, "TTBCR"), sctlr = reg(g, "SCTLR");
	return ttbcr & BIT(31) ? long_tables(g, ttbcr, sctlr) : short_tables(g, ttbcr, sctlr);
}

/* ---- x86: CR0, CR3, CR4, EFER (SDM vol. 3, 4.1.1) ---- */

static int x86(struct regs *g, uint64_t cr0)
{
	uint64_t cr3 = reg(g, "cr3"), cr4 = reg(g, "cr4"), efer = reg(g, "efer");
	char text[128];
	if (!(cr0 & BIT(31)))
		return off(g, "CR0.PG is clear");
	bool wide = efer & BIT(10), pae = !wide && (cr4 & BIT(5));
	const char *name = wide ? cr4 & BIT(12) ? "x86-64-la57" : "x86-64" : pae ? "x86-pae" : "x86-32";
	snprintf(text, sizeof text, "%s%s%s%s%s%s%s%s", name, (wide || pae) && !(efer & BIT(11)) ? ",nonx" : "",
	         !wide && !pae && !(cr4 & BIT(4)) ? ",nopse" : "", cr0 & BIT(16) ? "" : ",nowp", cr4 & BIT(7) ? "" : ",nopge",
	         cr4 & BIT(20) ? ",smep" : "", cr4 & BIT(21) ? ",smap" : "", wide && (cr4 & BIT(22)) ? ",pke" : "");
	return add(g, text, cr3 & (wide ? GENMASK(51, 0) : GENMASK(31, 0)), 0, UINT64_MAX);
}

/* ---- riscv: satp (privileged spec, "Supervisor Address Translation and Protection Register") ---- */

static int riscv(struct regs *g, uint64_t satp)
{
	unsigned mode = (unsigned)field_get(satp, 63, 60);
	uint64_t mstatus = reg(g, "mstatus"), ppn = field_get(satp, 43, 0);
	char text[64];
	/* On RV64 a value with no mode is all zeros, so one below 2^32 with bit 31 is RV32's. */
	unsigned bits = mode >= 8 && mode <= 10 ? 39 + 9 * (mode - 8) : !(satp >> 32) && (satp & BIT(31)) ? 32 : 0;
	if (!bits)
		return off(g, "satp.MODE is Bare, or not known");
	if (bits == 32)
		ppn = field_get(satp, 21, 0);
	snprintf(text, sizeof text, "riscv-sv%u%s%s", bits, mstatus & BIT(18) ? ",sum" : "", mstatus & BIT(19) ? ",mxr" : "");
	return add(g, text, ppn << 12, 0, UINT64_MAX);
}

/* ---- notes ---- */

/* The note of a CPU, from 0. */
static bool note_of(const struct ptk_mem_info *mi, unsigned cpu, struct regs *g)
{
	const struct ptk_note *n = ptk_mem_note(mi, PTK_NOTE_OWNER, PTK_NOTE_REGISTERS, cpu);
	if (n)
		*g = (struct regs){.text = n->data, .size = n->size, .bank = ""};
	return n;
}

unsigned ptk_registers_cpus_(const struct ptk_mem_info *mi)
{
	struct regs g;
	unsigned n = 0;
	while (note_of(mi, n, &g))
		n++;
	return n;
}

bool ptk_registers_get_(const struct ptk_mem_info *mi, unsigned cpu, const char *name, uint64_t *value)
{
	struct regs g;
	if (!note_of(mi, cpu, &g))
		return false;
	choose_bank(&g);
	return get(&g, name, g.bank, value);
}

int ptk_registers_spaces_(struct ptk_mem *mem, unsigned cpu, struct ptk_space out[2], struct ptk_err *err)
{
	struct ptk_space found[2];
	struct regs g;
	uint64_t v;
	if (!note_of(ptk_mem_info(mem), cpu, &g))
		return ptk_err_set_(err, PTK_E_NOTFOUND, "the picture has no note of the CPU's registers");
	g.mem = mem;
	g.out = found;
	g.err = err;
	int rc;
	if (get(&g, "TCR_EL1", "", &v))
		rc = arm64(&g, v);
	else if (get(&g, "cr0", "", &v))
		rc = x86(&g, v);
	else if (get(&g, "satp", "", &v))
		rc = riscv(&g, v);
	else if (get(&g, "TTBCR", "", &v) || get(&g, "TTBCR", "_S", &v))
		rc = arm(&g);
	else
		rc = ptk_err_set_(err, PTK_E_NOTFOUND, "the note of the CPU's registers has none that translate addresses");
	if (rc == 0 && g.n == 0)
		rc = off(&g, "both halves are disabled");
	if (rc < 0)
		return rc;
	memcpy(out, found, (size_t)g.n * sizeof *out);
	return g.n;
}

int ptk_space_registers(struct ptk_mem *mem, struct ptk_space out[2], struct ptk_err *err)
{
	int rc = ptk_registers_spaces_(mem, 0, out, err);
	for (unsigned cpu = 1, n = ptk_registers_cpus_(ptk_mem_info(mem)); rc < 0 && cpu < n; cpu++) {
		int other = ptk_registers_spaces_(mem, cpu, out, NULL);
		if (other >= 0)
			rc = other;
	}
	return rc;
}
