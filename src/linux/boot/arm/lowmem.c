// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Before the tables: where lowmem ends, and what must not be given away (arch/arm/mm/mmu.c, mm/init.c). */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/arm/arm.h"

/* The first megabytes of memory must be whole 2M steps: what comes before is not mapped. */
static void align_first_bank(struct arm *a)
{
	struct memblock *mb = &a->b->memblock;
	for (size_t i = 0; i < mb->memory.n; i++) {
		const struct memblock_region *r = &mb->memory.region[i];
		if (r->flags & MEMBLOCK_NOMAP)
			continue;
		uint64_t up = (r->base + ARM_PMD - 1) & ~(ARM_PMD - 1);
		if (up != r->base && memblock_mark_(mb, r->base, up - r->base, MEMBLOCK_NOMAP, 0) < 0)
			boot_fail_(a->b, PTK_E_NOMEM, "no memory");
		return;
	}
}

void arm_adjust_lowmem_bounds_(struct arm *a, bool tell)
{
	const struct ptk_machine *m = a->b->machine;
	struct memblock *mb = &a->b->memblock;
	uint64_t vmalloc = boot_value_(m, "vmalloc", UINT64_C(240) << 20), lowmem = 0, limit = 0;
	uint64_t vmalloc_limit = ARM_VMALLOC_END - vmalloc - ARM_VMALLOC_OFFSET - a->page_offset + a->phys_offset;
	align_first_bank(a);
	for (size_t i = 0; i < mb->memory.n; i++) {
		const struct memblock_region *r = &mb->memory.region[i];
		uint64_t end = r->base + r->size;
		if (r->flags & MEMBLOCK_NOMAP || r->base >= vmalloc_limit)
			continue;
		if (end > lowmem)
			lowmem = end < vmalloc_limit ? end : vmalloc_limit;
		if (!limit && !is_aligned(r->base, ARM_PMD))
			limit = r->base;
		else if (!limit && !is_aligned(end, ARM_PMD))
			limit = lowmem;
	}
	a->lowmem_limit = lowmem;
	limit = round_down(limit ? limit : lowmem, ARM_PMD);
	uint64_t end = memblock_end_of_dram_(mb);
	bool high = boot_value_(m, "highmem", 0) && !boot_value_(m, "cache_aliasing", 0);
	if (!high && end > lowmem && memblock_remove_(mb, limit, end - limit) < 0)
		boot_fail_(a->b, PTK_E_NOMEM, "no memory");
	mb->current_limit = limit;
	if (!tell)
		return;
	struct ptk_boot_step s = BOOT_STEP(0, "adjust_lowmem_bounds");
	s.first = a->page_offset;
	s.last = arm_high_memory(a) - 1;
	s.pa = a->phys_offset;
	boot_step_(a->b, &s, "lowmem ends at 0x%08" PRIx64 ": %s%s; tables are taken below 0x%08" PRIx64, lowmem,
	           lowmem == vmalloc_limit ? "the room for vmalloc comes first" : "there memory ends",
	           !high && end > lowmem ? ", and memory above is left unused for want of CONFIG_HIGHMEM" : "", limit);
}

uint64_t arm_reserve_cma_(struct arm *a, uint64_t size)
{
	struct memblock *mb = &a->b->memblock;
	uint64_t pa = 0, end = memblock_end_of_dram_(mb), align = UINT64_C(4) << 20;
	int rc = PTK_E_RANGE;
	if (end > a->lowmem_limit)
		rc = memblock_alloc_range_(mb, size, align, a->lowmem_limit, end, &pa);
	if (rc == PTK_E_RANGE)
		rc = memblock_alloc_range_(mb, size, align, 0, a->lowmem_limit, &pa);
	if (rc < 0)
		return 0;
	boot_step_(a->b, &BOOT_STEP(1, "dma_contiguous_reserve"),
	           "memory for devices, 0x%08" PRIx64 "-0x%08" PRIx64 ": the highest room at a multiple of 4M%s", pa, pa + size - 1,
	           pa >= a->lowmem_limit ? ", in high memory" : "");
	return pa;
}

void arm_memblock_init_(struct arm *a)
{
	const struct ptk_machine *m = a->b->machine;
	struct memblock *mb = &a->b->memblock;
	uint64_t stext = boot_symbol_(m, "_stext"), end = boot_symbol_(m, "_end"), dtb = boot_value_(m, "dtb_size", 0);
	int rc = memblock_reserve_(mb, arm_pa(a, stext), end - stext);
	if (rc == 0)
		rc = memblock_reserve_(mb, a->pgd, arm_table_bytes(m));
	if (rc == 0 && a->dtb && dtb)
		rc = memblock_reserve_(mb, a->dtb, dtb);
	if (rc < 0)
		boot_fail_(a->b, rc, "no memory");
	boot_step_(a->b, &BOOT_STEP(0, "arm_memblock_init"),
	           "what must not be given away is reserved: the kernel from _stext to _end, 0x%08" PRIx64 "-0x%08" PRIx64
	           ", its tables, 0x%08" PRIx64 "-0x%08" PRIx64 "%s", arm_pa(a, stext), arm_pa(a, end - 1), a->pgd,
	           a->pgd + arm_table_bytes(m) - 1, a->dtb ? ", the device tree" : "");
	for (size_t i = 0; i < m->info.nreserved; i++)
		boot_step_(a->b, &BOOT_STEP(1, "memblock_reserve"), "%s, 0x%08" PRIx64 "-0x%08" PRIx64,
		           m->info.reserved[i].name ? m->info.reserved[i].name : "reserved", m->info.reserved[i].first,
		           m->info.reserved[i].last);
}
