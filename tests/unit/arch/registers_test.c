// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Registers against those read from running kernels, and against the manuals' field tables. */
#include <ptkit/regime.h>

#include "tap.h"

static struct ptk_register reg[PTK_REGISTERS_MAX];
static size_t nregs;

static void make(const char *text, uint64_t root)
{
	struct ptk_regime r;
	struct ptk_err err;
	if (ptk_regime_parse(text, &r, &err))
		bail("%s: %s", text, err.msg);
	nregs = ptk_regime_registers(&r, root, reg, PTK_REGISTERS_MAX);
}

static uint64_t value(const char *name)
{
	for (size_t i = 0; i < nregs; i++)
		if (strcmp(reg[i].name, name) == 0)
			return reg[i].value;
	return UINT64_C(0xdeadbeefdeadbeef);
}

int main(void)
{
	/* arm64, what Linux 6.12 had in TCR_EL1 under QEMU (4K/48, 4K/52 with LPA2, 64K/52), field by field. */
	make("arm64-4k-48,high", 0x40531000);
	uint64_t linux_tcr = UINT64_C(0x400035b5503510), tcr = value("TCR_EL1");
	is_u64(tcr >> 16 & 63, linux_tcr >> 16 & 63, "T1SZ");
	is_u64(tcr >> 30 & 3, linux_tcr >> 30 & 3, "TG1");
	is_u64(tcr >> 24 & 63, linux_tcr >> 24 & 63, "walks through TTBR1 are cacheable and shareable");
	is_u64(value("TTBR1_EL1"), 0x40531000, "TTBR1");
	is_u64(tcr >> 7 & 1, 1, "the low half is off");
	make("arm64-4k-52,high", 0x40531000);
	linux_tcr = UINT64_C(0x8400036b54c350c);
	tcr = value("TCR_EL1");
	is_u64(tcr >> 16 & 63, linux_tcr >> 16 & 63, "T1SZ with 52 bits");
	is_u64(tcr >> 59 & 1, linux_tcr >> 59 & 1, "DS");
	is_u64(tcr >> 32 & 7, linux_tcr >> 32 & 7, "IPS: 52 bits");
	make("arm64-64k-52", UINT64_C(0x000f000040600000));
	linux_tcr = UINT64_C(0x400036f54c750c);
	tcr = value("TCR_EL1");
	is_u64(tcr & 63, linux_tcr & 63, "T0SZ");
	is_u64(tcr >> 14 & 3, linux_tcr >> 14 & 3, "TG0: 64K");
	is_u64(tcr >> 23 & 1, 1, "the high half is off");
	is_u64(value("TTBR0_EL1"), UINT64_C(0x40600000) | 15 << 2, "root bits 51:48 sit in 5:2");
	make("arm64-16k-47", 0x40000000);
	is_u64(value("TCR_EL1") >> 14 & 3, 2, "TG0: 16K");
	make("arm64-s2-4k-40", 0x40000000);
	is_u64(value("VTCR_EL2") & 63, 24, "stage 2: T0SZ");
	is_u64(value("VTCR_EL2") >> 6 & 3, 1, "stage 2: start at level 1 with concatenated tables");

	make("arm-short", 0x40004000);
	is_u64(value("TTBR0"), 0x4000406a, "as an SMP kernel's TTBR: root and cacheable walks");
	is_u64(value("PRRR"), 0xff0a81a8, "Linux's PRRR");
	is_u64(value("NMRR"), 0x40e040e0, "Linux's NMRR");
	is_u64(value("SCTLR") >> 28 & 1, 1, "TEX remap");
	make("arm-short,n=1", 0x40004000);
	is_u64(value("TTBCR"), 0x21, "N and PD1");
	make("arm-lpae,t1sz=2", 0x40007000);
	uint64_t linux_ttbcr = 0xb5023500;
	is_u64(value("TTBCR") >> 16 & 7, linux_ttbcr >> 16 & 7, "T1SZ");
	is_u64(value("TTBCR") >> 24 & 63, linux_ttbcr >> 24 & 63, "walks");
	is_u64(value("TTBCR") >> 31, 1, "EAE");
	is_u64(value("MAIR0"), 0xeeaa4400, "Linux's MAIR0");

	make("x86-64", 0x1000);
	is_u64(value("CR3"), 0x1000, "CR3");
	is_u64(value("CR4") & 0x1020, 0x20, "PAE without LA57");
	is_u64(value("IA32_EFER"), 0x900, "LME, NXE");
	is_u64(value("CR0"), 0x80010001, "PG, WP, PE");
	make("x86-64-la57,smep,smap,pke", 0x1000);
	is_u64(value("CR4") & 0x701020, 0x701020, "LA57, SMEP, SMAP, PKE");
	make("x86-pae", 0x105020);
	is_u64(value("CR3"), 0x105020, "PAE root to 32 bytes");
	is_u64(value("IA32_EFER") & 0x100, 0, "no long mode");
	make("x86-32", 0x1000);
	is_u64(value("CR4") & 0x30, 0x10, "PSE, no PAE");
	is_u64(value("IA32_EFER"), UINT64_C(0xdeadbeefdeadbeef), "no EFER");

	/* satp of running kernels, less their ASID. */
	make("riscv-sv57", UINT64_C(0x81170000));
	is_u64(value("satp"), UINT64_C(0xa000000000081170), "Sv57");
	make("riscv-sv39", UINT64_C(0x81170000));
	is_u64(value("satp"), UINT64_C(0x8000000000081170), "Sv39");
	make("riscv-sv32", UINT64_C(0x81170000));
	is_u64(value("satp"), 0x80081170, "Sv32");
	for (size_t i = 0; ptk_regime_name(i); i++) {
		make(ptk_regime_name(i), 0x10000000);
		bool fine = nregs > 0;
		for (size_t k = 0; k < nregs; k++)
			fine &= (reg[k].value & ~reg[k].mask) == 0 && reg[k].means && reg[k].name;
		ok(fine, "%s: values stay inside their masks", ptk_regime_name(i));
	}
	return done();
}
