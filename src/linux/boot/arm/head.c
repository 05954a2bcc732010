// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The tables that head.S (__create_page_tables) sets up before the MMU is on: sections alone, in swapper_pg_dir itself,
 * below the kernel.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/arm/arm.h"

/* Entries of sections are one array of this many bytes each. */
static uint64_t section_entry(const struct arm *a, uint64_t va)
{
	return a->pmds + va / a->section * (a->cpu.lpae ? 8 : 4);
}

static void head_step(struct arm *a, const char *what, uint64_t va, uint64_t pa, uint64_t sections)
{
	struct ptk_boot_step s = BOOT_STEP(1, "__create_page_tables");
	s.type = "mm_mmuflags";
	s.first = va;
	s.last = va + (sections * a->section - 1);
	s.pa = pa;
	boot_step_(a->b, &s, "%s: %" PRIu64 " section%s", what, sections, sections == 1 ? "" : "s");
}

static void clear_tables(struct arm *a)
{
	uint64_t size = a->cpu.lpae ? 0x5000 : 0x4000;
	struct ptk_boot_step s = BOOT_STEP(1, "__create_page_tables");
	s.table = a->pgd;
	s.from = "below the kernel image";
	boot_zero_(a->b, a->pgd, size);
	if (a->cpu.lpae) {
		for (unsigned i = 0; i < 4; i++)
			boot_set_(a->b, a->pgd + 8 * i, (a->pgd + 0x1000 * (i + 1)) | 3 | BIT(55));
		boot_step_(a->b, &s, "swapper_pg_dir is cleared: a page with four entries for 1G each, which point to the four "
		                     "pages of section entries after it");
		return;
	}
	boot_step_(a->b, &s, "swapper_pg_dir is cleared: 4096 entries for 1M each, 16K right below the kernel");
}

void arm_head_(struct arm *a)
{
	const struct ptk_machine *m = a->b->machine;
	const uint64_t flags = arm_mm_mmuflags_(&a->cpu), mask = ~(a->section - 1);
	uint64_t on = arm_pa(a, boot_symbol_(m, "__turn_mmu_on")), on_end = arm_pa(a, boot_symbol_(m, "__turn_mmu_on_end"));
	uint64_t end = boot_symbol_(m, "_end"), va, n = 0;
	boot_step_(a->b, &BOOT_STEP(0, "__create_page_tables"), NULL);
	clear_tables(a);
	if (boot_symbol_(m, "__turn_mmu_on") && boot_symbol_(m, "__turn_mmu_on_end")) {
		for (uint64_t pa = on & mask; pa <= (on_end & mask) && !a->b->failed; pa += a->section, n++)
			boot_set_(a->b, section_entry(a, pa), pa | flags);
		head_step(a, "the identity map of the code that turns the MMU on", on & mask, on & mask, n);
	}
	a->kernel_start = a->phys_offset;
	for (va = a->page_offset, n = 0; va <= ((end - 1) & mask) && !a->b->failed; va += a->section, n++)
		boot_set_(a->b, section_entry(a, va), arm_pa(a, va) | flags);
	a->kernel_end = arm_pa(a, va);
	head_step(a, "the kernel, from the start of memory to _end", a->page_offset, a->phys_offset, n);
	if (a->dtb) {
		for (unsigned i = 0; i < 2; i++)
			boot_set_(a->b, section_entry(a, ARM_FDT_BASE + i * a->section), ((a->dtb & mask) + i * a->section) | flags);
		head_step(a, "the device tree, which may cross the end of a section", ARM_FDT_BASE, a->dtb & mask, 2);
	}
}
