// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The CPU entry area of i386: arch/x86/mm/cpu_entry_area.c, asm/cpu_entry_area.h. */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/x86/i386.h"

/* Members of struct cpu_entry_area, by pages; between them guard pages. */
static const struct member {
	unsigned at, pages;
	const char *symbol; /* the per-CPU variable that backs it */
	const char *function;
} members[] = {
        {0, 1, "gdt_page", "setup_cpu_entry_area"},
        {2, 1, "entry_stack_storage", "setup_cpu_entry_area"},
        {5, 5, "cpu_tss_rw", "setup_cpu_entry_area"},
        {4, 1, "doublefault_stack", "percpu_setup_exception_stacks"},
        {10, 1, "cpu_debug_store", "percpu_setup_debug_store"},
};

#define BUFFERS X86_PCPU_BUFFERS
#define DEBUG_STORE 10u

/* cea_set_pte(): global even with page table isolation, as user space has these entries too. */
static void cea_set_pte(struct ptk_boot *b, uint64_t va, uint64_t pa, uint64_t prot)
{
	x86_set_pte_vaddr_(b, va, round_down(pa, 4096) | prot | (prot & X86_P ? X86_G : 0));
}

/* ---- per-CPU memory ---- */

/* pcpu_build_alloc_info(): the kernel's own variables and PERCPU_DYNAMIC_RESERVE, up to a page, one CPU behind the other. */
static void lay_out(struct ptk_boot *b)
{
	struct x86 *x = x86_of(b);
	uint64_t first = boot_symbol_(b->machine, "__per_cpu_start"), end = boot_symbol_(b->machine, "__per_cpu_end");
	uint64_t unit = round_up(end - first + UINT64_C(28) * 1024, 4096), at = boot_alloc_(b, x->ncpus * unit, 4096);
	for (size_t i = 0; i < x->ncpus; i++)
		x->cpu[i] = (struct ptk_machine_cpu){at + i * unit, i};
}

/* setup_per_cpu_areas(): as the machine has it, else by the rule, where the symbols are known. */
static void percpu(struct ptk_boot *b)
{
	struct x86 *x = x86_of(b);
	const struct ptk_machine_info *info = &b->machine->info;
	struct ptk_boot_step s = BOOT_STEP(0, "setup_per_cpu_areas");
	for (size_t i = 0; i < x->ncpus; i++)
		x->cpu[i] = info->ncpus ? info->cpu[i] : (struct ptk_machine_cpu){0, i};
	if (!info->ncpus && boot_symbol_(b->machine, "__per_cpu_end"))
		lay_out(b);
	s.pa = x->cpu[0].percpu ? x->cpu[0].percpu : PTK_NO_PA;
	boot_step_(b, &s, "memory for the variables of %zu CPUs%s", x->ncpus,
	           info->ncpus ? ", where it is known to be" : !x->cpu[0].percpu ? ": where is not known" : "");
}

/* per_cpu_ptr_to_phys() of a page of a variable, or what the machine lists for this address; PTK_NO_PA: neither. */
static uint64_t page_of(const struct ptk_boot *b, uint64_t va, const char *symbol, uint64_t offset, uint64_t area)
{
	const struct ptk_machine_info *info = &b->machine->info;
	uint64_t at = boot_symbol_(b->machine, symbol);
	for (size_t i = 0; i < info->niomaps; i++)
		if (info->iomap[i].va == va)
			return info->iomap[i].pa;
	if (!at || !area)
		return PTK_NO_PA;
	return area + (at - boot_symbol_(b->machine, "__per_cpu_start")) + offset;
}

/* ---- setup_cpu_entry_area() ---- */

static void map_member(struct ptk_boot *b, const struct member *m, uint64_t cea, uint64_t area)
{
	const struct x86 *x = x86_of(b);
	struct ptk_boot_step s = BOOT_STEP(2, m->function);
	uint64_t va = cea + (uint64_t)m->at * 4096;
	s.type = "PAGE_KERNEL";
	s.first = va;
	s.last = va + (uint64_t)m->pages * 4096 - 1;
	s.pa = page_of(b, va, m->symbol, 0, area);
	if (s.pa == PTK_NO_PA)
		return;
	boot_step_(b, &s, "%s", m->symbol);
	for (uint64_t i = 0; i < m->pages; i++) {
		uint64_t pa = page_of(b, va + i * 4096, m->symbol, i * 4096, area);
		if (pa != PTK_NO_PA)
			cea_set_pte(b, va + i * 4096, pa, x->kernel);
	}
}

/* Buffers that come later get entries that are not present: PAGE_NONE, of address 0, which PAE inverts (against L1TF). */
static void no_buffers(struct ptk_boot *b, uint64_t cea)
{
	struct ptk_boot_step s = BOOT_STEP(2, "percpu_setup_debug_store");
	uint64_t none = X86_A | X86_G | (x86_of(b)->levels == 3 ? X86_ADDRESS : 0);
	s.type = "PAGE_NONE";
	s.first = cea + BUFFERS * 4096;
	s.last = cea + X86_PCPU_PAGES * 4096 - 1;
	boot_step_(b, &s, "cpu_debug_buffers: not there yet");
	for (uint64_t va = s.first; va < s.last; va += 4096)
		x86_set_pte_vaddr_(b, va, none);
}

static void setup_cpu_entry_area(struct ptk_boot *b, uint64_t cpu, uint64_t cea, uint64_t area)
{
	bool store = boot_value_(b->machine, "debug_store", 0);
	struct ptk_boot_step s = BOOT_STEP(1, "setup_cpu_entry_area");
	s.first = cea;
	s.last = cea + X86_PCPU_PAGES * 4096 - 1;
	boot_step_(b, &s, "CPU %" PRIu64 ": the GDT, the stack of its entry code, the TSS and the stack of the double fault, with "
	                  "guard pages between; all writable, as a task gate writes to GDT and TSS", cpu);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (members[i].at != DEBUG_STORE || store)
			map_member(b, &members[i], cea, area);
	if (store)
		no_buffers(b, cea);
}

void x86_entry_areas_32_(struct ptk_boot *b)
{
	struct x86_top t = x86_top_(b->machine);
	const struct x86 *x = x86_of(b);
	percpu(b);
	struct ptk_boot_step s = BOOT_STEP(0, "setup_cpu_entry_areas");
	s.first = t.entry_area;
	s.last = t.entry_area_end - 1;
	boot_step_(b, &s, "tables for the areas of %u CPUs, after a page for the IDT", t.cpus);
	for (uint64_t va = t.entry_area; va < t.entry_area_end; va += x86_size(x, 1))
		x86_populate_pte_(b, va);
	for (size_t i = 0; i < x->ncpus && !b->failed; i++)
		setup_cpu_entry_area(b, x->cpu[i].slot, t.entry_area + 4096 + x->cpu[i].slot * X86_PCPU_PAGES * 4096, x->cpu[i].percpu);
	x86_sync_initial_(b, "the last change that it must have");
}

void x86_idt_in_cea_(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	struct x86_top t = x86_top_(b->machine);
	struct ptk_boot_step s = BOOT_STEP(1, "idt_map_in_cea");
	s.type = "PAGE_KERNEL_RO";
	s.first = t.entry_area;
	s.last = t.entry_area + 4095;
	s.pa = x86_image_pa(b, "idt_table");
	boot_step_(b, &s, "the IDT where the CPU reads it: read-only");
	cea_set_pte(b, t.entry_area, s.pa, x->kernel & ~(X86_RW | x->dirty));
}
