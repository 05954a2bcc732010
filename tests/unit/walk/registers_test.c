// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Registers as stopped machines had them; what they mean was read off them by hand with the manuals, and the captures say
 * which mode each kernel runs in.
 */
#include <ptkit/walk.h>

#include "lib/tap.h"
#include "mem/mem.h"

static struct ptk_mem *with(const char *text)
{
	struct ptk_mem *m = ptk_mem_alloc_("test");
	if (!m || ptk_mem_note_(m, "PTKIT", 5, PTK_NOTE_REGISTERS, text, strlen(text)) < 0)
		bail("no memory");
	return m;
}

struct want {
	const char *capture, *text;
	struct {
		const char *regime; /* NULL: no such space */
		uint64_t root, first, last;
	} s[2];
	uint32_t set, clear; /* flags of the last */
};

#define H48 UINT64_C(0xffff000000000000)
static const struct want wants[] = {
	{"arm64-4k48-6.12", "TTBR0_EL1=0x40a0b000\nTTBR1_EL1=0x2000040531000\nTCR_EL1=0x400035b5503510\nMAIR_EL1=0x40044ffff\nSCTLR=0x200000034f4591d\n",
	 {{"arm64-4k-48", 0x40a0b000, 0, ~H48}, {"arm64-4k-48", 0x40531000, H48, UINT64_MAX}}, 0, PTK_RF_DS | PTK_RF_WXN},
	{"arm64-4k52-6.12", "TTBR0_EL1=0x40989000\nTTBR1_EL1=0x2000040531000\nTCR_EL1=0x8400036b54c350c\nMAIR_EL1=0x40044ffff\nSCTLR=0x200000034f4591d\n",
	 {{"arm64-4k-52", 0x40989000, 0, 0xfffffffffffff}, {"arm64-4k-52", 0x40531000, 0xfff0000000000000, UINT64_MAX}}, PTK_RF_DS, 0},
	{"arm64-64k52-6.12", "TTBR0_EL1=0x40b40000\nTTBR1_EL1=0x2000040600000\nTCR_EL1=0x400036f54c750c\nMAIR_EL1=0x40044ffff\n",
	 {{"arm64-64k-52", 0x40b40000, 0, 0xfffffffffffff}, {"arm64-64k-52", 0x40600000, 0xfff0000000000000, UINT64_MAX}}, PTK_RF_LPA, PTK_RF_DS},
	{"arm-2l-6.12", "MAIR0=0xff0a81a8\nMAIR1=0x40e040e0\nDACR=0x55\nTTBR0=0x4096806a\nTTBR1=0x4000406a\nTTBCR=0x0\nSCTLR=0x10c5387d\nID_MMFR0=0x10201105\n",
	 {{"arm-short", 0x40968000, 0, UINT32_MAX}}, PTK_RF_TRE | PTK_RF_PXN, PTK_RF_AFE},
	{"arm-lpae-6.12", "MAIR0=0xeeaa4400\nMAIR1=0xff000004\nTTBR0=0x1000040d0c940\nTTBR1=0x40007000\nTTBCR=0xb5023500\nSCTLR=0x30c5387d\n",
	 {{"arm-lpae", 0x40d0c940, 0, 0xbfffffff}, {"arm-lpae", 0x40007000, 0xc0000000, UINT32_MAX}}, 0, PTK_RF_WXN},
	{"arm-vexpress-6.12", "TTBR0_EL1=0x0\nTTBCR=0x0\nSCTLR=0xc50078\nSCTLR_S=0x10c5387d\nDACR_S=0x51\nTTBR0_EL1_S=0x614f4059\nTTBCR_S=0x0\nID_MMFR0_S=0x100103\n",
	 {{"arm-short", 0x614f4000, 0, UINT32_MAX}}, PTK_RF_TRE, PTK_RF_PXN},
	{"x86_64-6.12", "rip=0xffffffff9ea761f3\ncr0=0x80050033\ncr3=0x920000\ncr4=0x3516b0\nefer=0xd01\n",
	 {{"x86-64-la57", 0x920000, 0, UINT64_MAX}}, PTK_RF_NX | PTK_RF_SMEP | PTK_RF_SMAP | PTK_RF_WP, PTK_RF_PKE},
	{"x86_64-6.12-4lvl-pti", "cr0=0x80050033\ncr3=0x8d2000\ncr4=0x3506b0\nefer=0xd01\n", {{"x86-64", 0x8d2000, 0, UINT64_MAX}}, PTK_RF_NX, 0},
	{"i386-2l-6.12", "cr0=0x80050033\ncr3=0x31e000\ncr4=0x350690\nefer=0x0\n", {{"x86-32", 0x31e000, 0, UINT32_MAX}}, PTK_RF_PSE, 0},
	{"i386-pae-6.12", "cr0=0x80050033\ncr3=0x105020\ncr4=0x3506b0\nefer=0x800\n", {{"x86-pae", 0x105020, 0, UINT32_MAX}}, PTK_RF_NX, 0},
	{"debian-cloud-amd64-6.1", "cr0=0x80050033\ncr3=0x2970000\ncr4=0x751eb0\nefer=0xd01\n", {{"x86-64-la57", 0x2970000, 0, UINT64_MAX}}, PTK_RF_PKE, 0},
	{"riscv64-6.12", "satp=0xa000100000081170\nmstatus=0xa000000a0\n", {{"riscv-sv57", 0x81170000, 0, UINT64_MAX}}, 0, PTK_RF_SUM},
	{"riscv64-6.12-sv39", "satp=0x8000100000081170\nmstatus=0xa000c00a0\n", {{"riscv-sv39", 0x81170000, 0, UINT64_MAX}}, PTK_RF_SUM | PTK_RF_MXR, 0},
	/* By the manuals alone. */
	{"rv32", "satp=0x80481170\n", {{"riscv-sv32", 0x81170000, 0, UINT32_MAX}}, 0, 0},
	{"TTBCR.N = 1", "TTBR0=0x40002000\nTTBR1=0x40004000\nTTBCR=0x1\nSCTLR=0x1\n",
	 {{"arm-short", 0x40002000, 0, 0x7fffffff}, {"arm-short", 0x40004000, 0x80000000, UINT32_MAX}}, 0, PTK_RF_TRE},
	{"EPD0, no TG1", "TTBR1_EL1=0x40531000\nTCR_EL1=0x500100099\n", {{NULL, 0, 0, 0}}, 0, 0}, /* TG1 is a reserved value */
	{"EPD0 and a half", "TTBR1_EL1=0x40531000\nTCR_EL1=0x580190099\n", {{"arm64-4k-39", 0x40531000, 0xffffff8000000000, UINT64_MAX}}, 0, 0},
};

static void check(const struct want *w)
{
	struct ptk_space s[2] = {0};
	struct ptk_err err = {0};
	struct ptk_mem *m = with(w->text);
	int n = ptk_space_registers(m, s, &err), want = !w->s[0].regime ? PTK_E_NOTFOUND : w->s[1].regime ? 2 : 1;
	is_int(n, want, "%s: %s", w->capture, err.msg);
	for (int i = 0; i < n && n == want; i++) {
		is_str(s[i].regime.name, w->s[i].regime, "%s: regime %d", w->capture, i);
		is_u64(s[i].root, w->s[i].root, "root");
		is_u64(s[i].first, w->s[i].first, "first");
		is_u64(s[i].last, w->s[i].last, "last");
	}
	if (n > 0 && n == want)
		ok((s[n - 1].regime.flags & w->set) == w->set && !(s[n - 1].regime.flags & w->clear), "flags 0x%x", s[n - 1].regime.flags);
	ptk_mem_close(m);
}

static void refused(const char *text, int code, const char *says)
{
	struct ptk_space s[2];
	struct ptk_err err = {0};
	struct ptk_mem *m = with(text);
	is_int(ptk_space_registers(m, s, &err), code, "refused");
	has_str(err.msg, says, "says why");
	ptk_mem_close(m);
}

int main(void)
{
	for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
		check(&wants[i]);
	refused("cr0=0x60000010\n", PTK_E_NOTFOUND, "CR0.PG");
	refused("satp=0x0\n", PTK_E_NOTFOUND, "Bare");
	refused("TTBCR=0x0\nSCTLR=0xc50078\n", PTK_E_NOTFOUND, "SCTLR.M");
	refused("TCR_EL1=0x0\nSCTLR=0x30d00800\n", PTK_E_NOTFOUND, "SCTLR_EL1.M");
	refused("pc=0x0\n", PTK_E_NOTFOUND, "none that translate");
	refused("", PTK_E_NOTFOUND, "none that translate");
	struct ptk_mem *m = ptk_mem_alloc_("test");
	struct ptk_space s[2];
	is_int(ptk_space_registers(m, s, NULL), PTK_E_NOTFOUND, "no note at all");
	ptk_mem_close(m);
	return done();
}
