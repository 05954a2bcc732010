// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What x86 does once memory is mapped: areas of CPUs, and in kernel_init() the rights that a running kernel has. */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/x86/x86.h"

/* The first slot of the second table. PAGE_KERNEL_VVAR: as PAGE_KERNEL_RO, for users. */
#define VSYSCALL_VA (X86_FIXMAP_VA + X86_PMD)

static void map_vsyscall(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	struct ptk_boot_step s = BOOT_STEP(0, "map_vsyscall");
	if (!boot_value_(b->machine, "vsyscall", 0))
		return;
	s.first = VSYSCALL_VA;
	s.last = s.first + 4095;
	s.pa = x86_image_pa(b, "__vsyscall_page");
	s.type = "PAGE_KERNEL_VVAR";
	boot_step_(b, &s, "a page of code for programs of old, at an address for ever");
	boot_set_(b, x86_image_pa(b, "level1_fixmap_pgt") + 4096, s.pa | (x->kernel & ~(X86_RW | x->dirty)) | X86_US);
}

/* ---- kernel_init() ---- */

/* free_init_pages(): memory of the image that is given back; with PTI its mapping in the image goes. */
void x86_free_image_(struct ptk_boot *b, uint64_t va, uint64_t end, bool gone)
{
	const struct x86 *x = x86_of(b);
	uint64_t nx = x->kernel & X86_NX;
	va = round_up(va, 4096);
	end = round_down(end, 4096);
	x86_change_(b, "set_memory_nx", va, end, (struct x86_change){nx, 0, false});
	x86_change_(b, "set_memory_rw", va, end, (struct x86_change){X86_RW, 0, true});
	/* Filled with a pattern through the linear map: the CPU sets D there, and there alone. */
	if (end > va && x->levels > 3)
		x86_change_(b, "free_reserved_area", va - x->image_delta + x->page_offset, end - x->image_delta + x->page_offset,
		            (struct x86_change){X86_D, 0, false});
	if (gone && boot_value_(b->machine, "pti", 0))
		x86_change_(b, "set_memory_np_noalias", va, end, (struct x86_change){0, X86_P, false});
}

/* alternative_instructions(): CPUs that are there from the start take no prefix away, and put none back. */
void x86_free_smp_locks_(struct ptk_boot *b)
{
	uint64_t va = boot_symbol_(b->machine, "__smp_locks"), end = boot_symbol_(b->machine, "__smp_locks_end");
	if (!va || end <= va || boot_value_(b->machine, "smp_locks", 0))
		return;
	boot_step_(b, &BOOT_STEP(0, "alternative_instructions"), "the list of lock prefixes becomes data");
	x86_free_image_(b, va, end, false);
}

/* set_real_mode_permissions(): the trampoline below 1M that starts further CPUs, in the linear map. */
void x86_real_mode_(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	uint64_t base = boot_value_(b->machine, "real_mode", 0), text = boot_value_(b->machine, "real_mode_text", 0);
	uint64_t end = round_up(boot_value_(b->machine, "real_mode_ro_end", 0), 4096);
	if (!base)
		return;
	boot_step_(b, &BOOT_STEP(0, "set_real_mode_permissions"), "the trampoline that starts further CPUs");
	x86_change_(b, "set_memory_ro", x->page_offset + base, x->page_offset + end,
	            (struct x86_change){0, X86_RW | x->dirty, false});
	x86_change_(b, "set_memory_x", x->page_offset + text, x->page_offset + end, (struct x86_change){0, X86_NX, false});
}

bool x86_rodata_(struct ptk_boot *b)
{
	bool on = boot_value_(b->machine, "rodata", 1) != 0;
	if (!on)
		boot_step_(b, &BOOT_STEP(0, "mark_readonly"), "rodata=off: the image keeps the rights that it was mapped with");
	return on;
}

static void mark_rodata_ro(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	uint64_t text = boot_image_va_(b, "_text"), etext = round_up(boot_image_va_(b, "_etext"), 4096);
	uint64_t rodata = round_up(boot_image_va_(b, "__end_rodata"), 4096);
	uint64_t all = round_up(boot_value_(b->machine, "brk_end", boot_symbol_(b->machine, "_end")), X86_PMD);
	uint64_t aligned = boot_symbol_(b->machine, "__end_rodata_hpage_align");
	if (!x86_rodata_(b))
		return;
	boot_step_(b, &BOOT_STEP(0, "mark_rodata_ro"), "text and read-only data are not writable; only text can be executed");
	x86_change_(b, "set_memory_ro", text, aligned ? aligned : round_up(rodata, X86_PMD),
	            (struct x86_change){0, X86_RW | x->dirty, true});
	x86_change_(b, "set_memory_nx", etext, all, (struct x86_change){x->kernel & X86_NX, 0, false});
	x86_free_image_(b, etext, boot_image_va_(b, "__start_rodata"), true);
	x86_free_image_(b, rodata, boot_image_va_(b, "_sdata"), true);
}

void x86_final_(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	uint64_t idt = boot_symbol_(b->machine, "idt_table");
	map_vsyscall(b);
	x86_percpu_(b);
	x86_entry_areas_(b);
	x86_preallocate_vmalloc_(b);
	x86_espfix_(b);
	x86_pti_init_(b);
	boot_step_(b, &BOOT_STEP(0, "idt_setup_apic_and_irq_gates"), "the table of interrupts is read-only");
	x86_map_idt_(b);
	if (idt)
		x86_change_(b, "set_memory_ro", idt, idt + 4096, (struct x86_change){0, X86_RW | x->dirty, true});
	x86_free_smp_locks_(b);
	x86_real_mode_(b);
	boot_step_(b, &BOOT_STEP(0, "free_initmem"), "init memory becomes data");
	uint64_t unused = boot_symbol_(b->machine, "__start_bss_decrypted_unused");
	uint64_t decrypted = boot_symbol_(b->machine, "__end_bss_decrypted");
	if (unused && decrypted > unused)
		x86_free_image_(b, unused, decrypted, false);
	x86_free_image_(b, boot_image_va_(b, "__init_begin"), boot_image_va_(b, "__init_end"), true);
	mark_rodata_ro(b);
	x86_pti_finalize_(b);
}
