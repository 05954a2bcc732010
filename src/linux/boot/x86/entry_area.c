// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What CPUs need on their way into the kernel, at addresses that user code's tables have too: arch/x86/mm/cpu_entry_area.c.
 * A page for the interrupt table comes first, then a slot of the same size for each CPU; each page of it is another
 * mapping of memory of the CPU's own (asm/cpu_entry_area.h).
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/x86/x86.h"

static uint64_t take(struct ptk_boot *b)
{
	return boot_alloc_(b, 4096, 4096);
}

static const char *const fill[] = {"fill_pte", "fill_pmd", "fill_pud", "fill_p4d"};
static const struct x86_tables tables = {fill, "memblock", X86_TABLE, take};

struct x86_entry_layout x86_entry_layout_(uint64_t tss_pages, uint64_t stack_pages)
{
	struct x86_entry_layout l = {.tss_pages = tss_pages, .stack_pages = stack_pages};
	l.tss = 2;
	l.stacks = l.tss + l.tss_pages;
	l.store = l.stacks + X86_STACKS * (1 + l.stack_pages) + 1;
	l.buffers = l.store + 1;
	l.pages = l.buffers + X86_BUFFERS;
	return l;
}

struct area {
	struct ptk_boot *b;
	uint64_t va; /* of the CPU's slot */
	size_t cpu;
};

/* cea_map_percpu_pages() */
static void map(const struct area *a, uint64_t page, uint64_t n, uint64_t pa, uint64_t prot)
{
	for (uint64_t i = 0; i < n && !a->b->failed; i++) {
		uint64_t at = x86_entry_for_(a->b, x86_of(a->b)->root, 0, a->va + (page + i) * 4096, &tables);
		if (at)
			boot_set_(a->b, at, (pa + i * 4096) | prot);
	}
}

/* The same with n pages of a per-CPU variable, from one of them on. */
static void map_percpu(const struct area *a, uint64_t page, uint64_t n, const char *symbol, uint64_t from, uint64_t prot)
{
	for (uint64_t i = 0; i < n && !a->b->failed; i++)
		map(a, page + i, 1, x86_percpu_pa_(a->b, a->cpu, symbol, from + i), prot);
}

/* Guard pages are left out between stacks, which follow each other in memory. */
static void map_stacks(const struct area *a, const struct x86_entry_layout *l)
{
	const struct x86 *x = x86_of(a->b);
	unsigned n = boot_value_(a->b->machine, "vc_stacks", 0) ? X86_STACKS : X86_STACKS - 2;
	for (unsigned i = 0; i < n; i++)
		map_percpu(a, l->stacks + i * (1 + l->stack_pages) + 1, l->stack_pages, "exception_stacks", i * l->stack_pages,
		           x->kernel | X86_G);
}

/*
 * percpu_setup_debug_store(): tables for the buffers too, with entries that say PROT_NONE (G without P); the address of
 * what is not present is inverted (asm/pgtable-invert.h).
 */
static void map_debug_store(const struct area *a, const struct x86_entry_layout *l)
{
	const struct x86 *x = x86_of(a->b);
	if (!boot_value_(a->b->machine, "debug_store", 0))
		return;
	map_percpu(a, l->store, 1, "cpu_debug_store", 0, x->kernel | X86_G);
	for (unsigned i = 0; i < X86_BUFFERS; i++)
		map(a, l->buffers + i, 1, 0, X86_ADDRESS | X86_G | X86_A);
}

static void setup_area(struct ptk_boot *b, size_t cpu, const struct x86_entry_layout *l)
{
	const struct x86 *x = x86_of(b);
	struct area a = {b, X86_ENTRY_AREA + 4096 + x->cpu[cpu].slot * l->pages * 4096, cpu};
	struct ptk_boot_step s = BOOT_STEP(1, "setup_cpu_entry_area");
	s.first = a.va;
	s.last = a.va + (l->pages * 4096 - 1);
	s.pa = x->cpu[cpu].percpu < X86_KERNEL_HALF ? x->cpu[cpu].percpu : PTK_NO_PA;
	boot_step_(b, &s, "CPU %zu: segments, TSS, both read-only; entry stack, exception stacks between guard pages%s", cpu,
	           boot_value_(b->machine, "debug_store", 0) ? "; the debug store, whose buffers are not there yet" : "");
	map_percpu(&a, 0, 1, "gdt_page", 0, x->read_only);
	map_percpu(&a, 1, 1, "entry_stack_storage", 0, x->kernel | X86_G);
	map_percpu(&a, l->tss, l->tss_pages, "cpu_tss_rw", 0, x->read_only);
	map_stacks(&a, l);
	map_debug_store(&a, l);
}

bool x86_has_entry_area_(const struct ptk_machine *m)
{
	return boot_symbol_(m, "gdt_page") && boot_symbol_(m, "cpu_tss_rw") && boot_symbol_(m, "exception_stacks") &&
	       boot_symbol_(m, "entry_stack_storage");
}

void x86_entry_areas_(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	struct x86_entry_layout l = x86_entry_layout_(boot_value_(b->machine, "tss_pages", 5),
	                                              boot_value_(b->machine, "estack_pages", 2));
	uint64_t slots = (X86_P4D - 4096) / (l.pages * 4096);
	if (!x86_has_entry_area_(b->machine)) {
		boot_step_(b, &BOOT_STEP(0, "setup_cpu_entry_areas"), "left out: where a CPU has its own is not known, for symbols "
		                                                       "are missing");
		return;
	}
	boot_step_(b, &BOOT_STEP(0, "setup_cpu_entry_areas"),
	           "a page for the interrupt table, then slots of %" PRIu64 "K%s; its tables are memblock's, which gave to many "
	           "since sparse_init(): where they lie is a guess", l.pages * 4,
	           boot_since_(b->machine, 6, 2) ? ", drawn by lot with CONFIG_RANDOMIZE_MEMORY" : "");
	for (size_t i = 0; i < x->ncpus && !b->failed; i++) {
		if (x->cpu[i].slot >= slots)
			boot_fail_(b, PTK_E_CONFLICT, "CPU %zu cannot have slot %" PRIu64 " of the CPU entry area, which has %" PRIu64, i,
			           x->cpu[i].slot, slots);
		setup_area(b, i, &l);
	}
	boot_region_(b, "CPU entry area", "setup_cpu_entry_areas", X86_ENTRY_AREA, X86_ENTRY_AREA + X86_P4D - 1);
}

void x86_map_idt_(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	struct ptk_boot_step s = BOOT_STEP(1, "idt_map_in_cea");
	if (!x86_has_entry_area_(b->machine) || !boot_symbol_(b->machine, "idt_table"))
		return;
	s.first = X86_ENTRY_AREA;
	s.last = s.first + 4095;
	s.pa = x86_image_pa(b, "idt_table");
	s.type = "PAGE_KERNEL_RO";
	boot_step_(b, &s, "the CPU reads it here: SIDT tells user code no address of the image");
	map(&(struct area){b, X86_ENTRY_AREA, 0}, 0, 1, s.pa, x->read_only);
}
