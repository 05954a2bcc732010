// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Registers in notes: QEMU's target/i386/arch_dump.c, struct elf_prstatus of each machine. */
#include "base/endian.h"
#include "linux/find.h"

#include "tap.h"

static struct lx_cpu parse(uint16_t machine, const char *name, uint32_t type, const void *data, size_t size)
{
	struct ptk_note note = {.name = name, .type = type, .data = data, .size = size};
	struct ptk_mem_info mi = {.machine = machine, .note = &note, .nnotes = 1};
	struct lx_cpu cpu;
	ptk_cpunote_(&mi, &cpu);
	return cpu;
}

int main(void)
{
	uint8_t d[440] = {0};
	store32(d, 1, false);
	store32(d + 4, 440, false);
	store64(d + 136, 0xffffffff81000123, false);
	store64(d + 384, 0xfffffe0000000000, false);
	store64(d + 392, 0x80050033, false);
	store64(d + 416, 0x920000, false);
	store64(d + 424, 0x3516b0, false);
	struct lx_cpu c = parse(62, "QEMU", 0, d, sizeof d);
	ok(c.has_cr && c.cr0 == 0x80050033 && c.cr3 == 0x920000 && c.cr4 == 0x3516b0, "control registers");
	ok(c.idt == 0xfffffe0000000000 && c.has_pc && c.pc == 0xffffffff81000123, "IDT and RIP");
	ok(!parse(62, "QEMU", 0, d, 400).has_cr, "a short note");
	ok(!parse(62, "QEMU", 1, d, sizeof d).has_cr, "another type");
	ok(!parse(62, "qemu", 0, d, sizeof d).has_cr, "another owner");
	store64(d + 392, 0x33, false);
	ok(!parse(62, "QEMU", 0, d, sizeof d).has_cr, "a CPU that does not page");
	store64(d + 392, 0x80050033, false);
	store32(d, 2, false);
	ok(!parse(62, "QEMU", 0, d, sizeof d).has_cr, "another version");

	uint8_t s[392] = {0};
	store64(s + 368, 0xffff800080001000, false);
	ok(parse(183, "CORE", 1, s, 392).pc == 0xffff800080001000, "arm64: pc after x0..x30 and sp");
	store64(s + 112, 0xffffffff80001000, false);
	ok(parse(243, "CORE", 1, s, 376).pc == 0xffffffff80001000, "riscv: pc comes first");
	store32(s + 132, 0xc0111222, false);
	ok(parse(40, "CORE", 1, s, 148).pc == 0xc0111222, "arm: r15");
	ok(!parse(40, "CORE", 1, s, 100).has_pc, "a short PRSTATUS");
	ok(!parse(0, "CORE", 1, s, 392).has_pc, "an unknown machine");
	return done();
}
