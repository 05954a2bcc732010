// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* A boot of i386 Linux, with two levels or PAE: arch/x86/kernel/head32.c, mm/init_32.c. */
#include <inttypes.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/boot/x86/i386.h"

#define PAGE_OFFSET X86_PAGE_OFFSET_32

int x86_check_32_(const struct ptk_machine *m, struct ptk_err *err)
{
	uint64_t text = boot_symbol_(m, "_text"), end = boot_symbol_(m, "_end"), phys = boot_value_(m, "phys_addr", 0);
	const struct ptk_bank *bank = boot_bank_(m, phys);
	if (boot_value_(m, "page_offset", PAGE_OFFSET) != PAGE_OFFSET)
		return ptk_err_set_(err, PTK_E_NOTSUP, "how i386 Linux sets up its page tables is known here only with the kernel "
		                                       "from 0xc0000000 on");
	if (boot_value_(m, "pti", 0) && m->info.regime.nlevels < 3)
		return ptk_err_set_(err, PTK_E_CONFLICT, "i386 Linux has page table isolation with PAE alone");
	if (text < PAGE_OFFSET || end > UINT32_MAX || text >= end || text - PAGE_OFFSET != phys)
		return ptk_err_set_(err, PTK_E_CONFLICT, "no i386 kernel can be at 0x%" PRIx64 "-0x%" PRIx64 " (physical 0x%" PRIx64
		                                         "): it lies in the linear map", text, end, phys);
	if (!bank || boot_bank_(m, phys + (end - text) - 1) != bank)
		return ptk_err_set_(err, PTK_E_CONFLICT, "the kernel at 0x%" PRIx64 "-0x%" PRIx64 " is not in one bank of memory", phys,
		                    phys + (end - text) - 1);
	int rc = x86_check_top_(m, err);
	if (rc < 0)
		return rc;
	uint64_t low = x86_max_low_(m);
	if (low > UINT64_C(0x38000000) || low < phys + (end - text) || low & 4095)
		return ptk_err_set_(err, PTK_E_CONFLICT, "lowmem cannot end at 0x%" PRIx64, low);
	return 0;
}

/* native_pagetable_init(): what the early tables map past lowmem goes. */
static void clear_past_lowmem(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	for (uint64_t va = x->page_offset + x->max_low; va <= UINT32_MAX && !b->failed; va += 4096) {
		uint64_t table = x->root, e = 0;
		for (unsigned level = x->levels - 1; level > 0; level--) {
			e = boot_get_(b, x86_slot_(x, level, table, va));
			if (!(e & X86_P) || (level == 1 && e & X86_PS))
				return;
			table = e & X86_ADDRESS;
		}
		if (!(boot_get_(b, x86_slot_(x, 0, table, va)) & X86_P))
			return;
		boot_set_(b, x86_slot_(x, 0, table, va), 0);
	}
}

static void pagetable_init(struct ptk_boot *b)
{
	boot_step_(b, &BOOT_STEP(0, "native_pagetable_init"), "what startup_32 mapped past lowmem goes; then paging_init()");
	clear_past_lowmem(b);
	x86_permanent_kmaps_init_(b);
	x86_sync_initial_(b, "further CPUs start on it");
}

static void mark_rodata_ro(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	struct x86_change ro = {0, X86_RW | x->dirty, false}, nx = {x->kernel & X86_NX, 0, false};
	uint64_t text = boot_image_va_(b, "_text"), etext = round_up(boot_image_va_(b, "_etext"), 4096);
	uint64_t init_end = boot_image_va_(b, "__init_end");
	if (!x86_rodata_(b))
		return;
	boot_step_(b, &BOOT_STEP(0, "mark_rodata_ro"), "text and read-only data are not writable; only text can be executed");
	x86_change_(b, "set_pages_ro", text, round_down(boot_image_va_(b, "__end_rodata"), 4096), ro);
	x86_change_(b, "mark_nxdata_nx", etext, round_down(init_end + x86_size(x, 1), x86_size(x, 1)), nx);
}

static void final(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	uint64_t idt = boot_symbol_(b->machine, "idt_table");
	x86_apic_mappings_(b);
	x86_entry_areas_32_(b);
	x86_pti_init_32_(b);
	boot_step_(b, &BOOT_STEP(0, "idt_setup_apic_and_irq_gates"), "the table of interrupts is read-only");
	if (idt) {
		x86_idt_in_cea_(b);
		x86_change_(b, "set_memory_ro", idt, idt + 4096, (struct x86_change){0, X86_RW | x->dirty, false});
	}
	x86_free_smp_locks_(b);
	x86_real_mode_(b);
	boot_step_(b, &BOOT_STEP(0, "free_initmem"), "init memory becomes data");
	x86_free_image_(b, boot_image_va_(b, "__init_begin"), boot_image_va_(b, "__init_end"), false);
	mark_rodata_ro(b);
	x86_pti_finalize_32_(b);
}

static void name_regions(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	struct x86_top t = x86_top_(b->machine);
	enum ptk_boot_stage stage = b->opts.stage;
	boot_region_(b, "linear map", "init_mem_mapping", x->page_offset, x->page_offset + (x->max_low - 1));
	if (stage == PTK_BOOT_FINAL || stage == PTK_BOOT_PAGING_INIT) {
		boot_region_(b, "kmap", "permanent_kmaps_init", t.pkmap, t.pkmap_end - 1);
		boot_region_changes_(b);
	}
	if (stage == PTK_BOOT_FINAL)
		boot_region_(b, "CPU entry area", "setup_cpu_entry_areas", t.entry_area, t.entry_area_end - 1);
	boot_region_(b, "fixmap", "page_table_range_init", t.entry_area_end, UINT32_MAX);
	if (b->has_user) {
		boot_region_(b, "user half (PTI)", "pti_init", x->page_offset, UINT32_MAX);
		boot_region_user_(b);
	}
}

int x86_run_32_(struct ptk_boot *b)
{
	struct x86 *x = x86_of(b);
	x->max_low = x86_max_low_(b->machine);
	x->text = boot_image_va_(b, "_text");
	x->text_last = boot_image_va_(b, "__init_end");
	x86_startup_32_(b);
	if (boot_goes_on_(b, PTK_BOOT_HEAD)) {
		x86_switch_to_swapper_(b);
		x86_early_ioremap_init_(b);
	}
	if (boot_goes_on_(b, PTK_BOOT_EARLY)) {
		x86_init_mem_mapping_(b);
		b->memblock.current_limit = x->max_low; /* memblock_set_current_limit(get_max_mapped()) */
		x86_fixmap_tables_(b);
		pagetable_init(b);
	}
	if (boot_goes_on_(b, PTK_BOOT_PAGING_INIT))
		final(b);
	name_regions(b);
	return b->failed;
}
