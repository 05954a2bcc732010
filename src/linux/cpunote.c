// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Registers from the notes of a core or a live source. */
#include <string.h>

#include "base/endian.h"
#include "linux/find.h"
#include "walk/registers.h"

#define NT_PRSTATUS 1

/*
 * QEMU's own note (target/i386/arch_dump.c, struct QEMUCPUState, version 1): u32 version and size, rax .. r15, rip,
 * rflags, ten segment records of 24 bytes of which the last is the IDT's (base at +16), cr0 .. cr4.
 */
enum {
	QEMU_SIZE = 432,
	QEMU_RIP = 136,
	QEMU_IDT_BASE = 384,
	QEMU_CR = 392,
};

static bool qemu_note(const struct ptk_note *n, struct lx_cpu *cpu)
{
	const uint8_t *d = n->data;
	if (strcmp(n->name, "QEMU") != 0 || n->type != 0 || n->size < QEMU_SIZE || load32(d, false) != 1)
		return false;
	cpu->cr0 = load64(d + QEMU_CR, false);
	cpu->cr3 = load64(d + QEMU_CR + 24, false);
	cpu->cr4 = load64(d + QEMU_CR + 32, false);
	cpu->idt = load64(d + QEMU_IDT_BASE, false);
	cpu->pc = load64(d + QEMU_RIP, false);
	cpu->has_pc = true;
	return cpu->cr0 >> 31 & 1; /* CR0.PG: a CPU that pages */
}

/* struct elf_prstatus: the registers start at 112, or at 72 where longs are 32 bits. */
static bool prstatus_pc(const struct ptk_mem_info *mi, const struct ptk_note *n, uint64_t *pc)
{
	const uint8_t *d = n->data;
	if (strcmp(n->name, "CORE") != 0 || n->type != NT_PRSTATUS)
		return false;
	if (mi->machine == LX_EM_AARCH64 && n->size >= 112 + 33 * 8)
		*pc = load64(d + 112 + 32 * 8, mi->big_endian);
	else if (mi->machine == LX_EM_RISCV && n->size >= 112 + 32 * 8)
		*pc = load64(d + 112, mi->big_endian);
	else if (mi->machine == LX_EM_ARM && n->size >= 72 + 16 * 4)
		*pc = load32(d + 72 + 15 * 4, mi->big_endian);
	else
		return false;
	return true;
}

/* The registers of a live source: of its first CPU that pages. */
static void live_registers(const struct ptk_mem_info *mi, struct lx_cpu *cpu)
{
	static const char *const pc[] = {"rip", "eip", "pc"};
	unsigned n = ptk_registers_cpus_(mi), i = 0;
	while (i < n && ptk_registers_get_(mi, i, "cr0", &cpu->cr0) && !(cpu->cr0 >> 31 & 1))
		i++;
	if (i == n)
		return;
	cpu->live = true;
	cpu->has_cr = ptk_registers_get_(mi, i, "cr3", &cpu->cr3);
	ptk_registers_get_(mi, i, "cr4", &cpu->cr4);
	ptk_registers_get_(mi, i, "idt", &cpu->idt);
	for (size_t k = 0; k < sizeof pc / sizeof *pc && !cpu->has_pc; k++)
		cpu->has_pc = ptk_registers_get_(mi, i, pc[k], &cpu->pc);
}

void ptk_cpunote_(const struct ptk_mem_info *mi, struct lx_cpu *cpu)
{
	memset(cpu, 0, sizeof *cpu);
	live_registers(mi, cpu);
	for (size_t i = 0; i < mi->nnotes; i++) {
		if (!cpu->has_cr)
			cpu->has_cr = qemu_note(&mi->note[i], cpu);
		if (!cpu->has_pc)
			cpu->has_pc = prstatus_pc(mi, &mi->note[i], &cpu->pc);
	}
}
