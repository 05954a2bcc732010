// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* paging_init(): from the temporary tables to the final ones (arch/arm/mm/mmu.c), in the kernel's order. */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "linux/boot/arm/arm.h"

static void prepare_page_table(struct arm *a)
{
	const struct memblock *mb = &a->b->memblock;
	const uint64_t end = mb->memory.region[0].base + mb->memory.region[0].size;
	struct ptk_boot_step s = BOOT_STEP(0, "prepare_page_table");
	unsigned user = arm_pmds_clear_(a, 0, a->page_offset);
	uint64_t after = arm_va(a, end < a->lowmem_limit ? end : a->lowmem_limit);
	unsigned above = arm_pmds_clear_(a, after, arm_vmalloc_start(a));
	boot_step_(a->b, &s,
	           "clears what lies below 0x%08" PRIx64 " (of it 2M x %u held something: the identity map), and from the end of "
	           "the first bank, 0x%08" PRIx64 ", to where vmalloc starts, 0x%08" PRIx64 " (2M x %u); the kernel's own sections "
	           "stay until they are written over",
	           a->page_offset, user, after, arm_vmalloc_start(a), above);
}

static void map_lowmem_part(struct arm *a, uint64_t start, uint64_t end)
{
	arm_create_mapping_(a, &(struct arm_map){"map_lowmem", arm_va(a, start), start, end - start, MT_MEMORY_RW});
}

/* One bank, of which the kernel's part is left out. False: the loop over the banks ends. */
static bool map_bank(struct arm *a, uint64_t start, uint64_t end)
{
	const uint64_t ks = a->kernel_start, ke = a->kernel_end;
	if (start > ks && end < ke)
		return false;
	if (ks >= start && ks <= end) {
		if (start < ks && end > ke) {
			map_lowmem_part(a, start, ks);
			map_lowmem_part(a, ke, end);
			return false;
		}
		if (ks == start)
			start = ke;
		if (ke == end)
			end = ks;
	} else if (ks < start && ke > start && ke < end) {
		start = ke;
	} else if (ks > start && ks < end && ke > end) {
		end = ks;
	}
	/* A bank that is no larger than the kernel's sections has nothing left. */
	if (start < end)
		map_lowmem_part(a, start, end);
	return true;
}

static void map_lowmem(struct arm *a)
{
	const struct memblock *mb = &a->b->memblock;
	boot_step_(a->b, &BOOT_STEP(0, "map_lowmem"),
	           "each bank up to the end of lowmem, without the kernel's own sections, 0x%08" PRIx64 "-0x%08" PRIx64,
	           a->kernel_start, a->kernel_end - 1);
	for (size_t i = 0; i < mb->memory.n && !a->b->failed; i++) {
		const struct memblock_region *r = &mb->memory.region[i];
		uint64_t end = r->base + r->size;
		if (r->flags & MEMBLOCK_NOMAP)
			continue;
		end = end < a->lowmem_limit ? end : a->lowmem_limit;
		if (r->base >= end || !map_bank(a, r->base, end))
			break;
	}
	a->b->memblock.current_limit = a->lowmem_limit;
}

static void map_kernel(struct arm *a)
{
	uint64_t init_end = arm_pa(a, boot_symbol_(a->b->machine, "__init_end"));
	uint64_t exec_end = (init_end + a->section - 1) & ~(a->section - 1), start = a->kernel_start;
	boot_step_(a->b, &BOOT_STEP(0, "map_kernel"),
	           "up to __init_end, rounded up to a section, executable; the rest not; the final rights come later");
	arm_create_mapping_(a, &(struct arm_map){"map_kernel", arm_va(a, start), start, exec_end - start, MT_MEMORY_RWX});
	if (exec_end < a->kernel_end)
		arm_create_mapping_(a, &(struct arm_map){"map_kernel", arm_va(a, exec_end), exec_end, a->kernel_end - exec_end,
			MT_MEMORY_RW});
	boot_region_(a->b, "kernel image", "map_kernel", arm_va(a, start), arm_va(a, a->kernel_end) - 1);
}

/* iotable_init() takes its struct static_vm from the memblock before it maps anything. */
static void take_static_vm(struct arm *a, size_t n)
{
	uint64_t size = boot_value_(a->b->machine, "static_vm", a->cpu.lpae ? 48 : 40), pa;
	if (a->b->failed || !n)
		return;
	if (memblock_alloc_range_(&a->b->memblock, n * size, a->cpu.lpae ? 8 : 4, 0, 0, &pa) < 0)
		boot_fail_(a->b, PTK_E_CONFLICT, "there is no free memory for %zu struct static_vm", n);
}

static void dma_contiguous_remap(struct arm *a, uint64_t start, uint64_t size)
{
	uint64_t end = start + size < a->lowmem_limit ? start + size : a->lowmem_limit;
	if (start >= end)
		return;
	unsigned n = arm_pmds_clear_(a, arm_va(a, start), arm_va(a, end));
	struct ptk_boot_step s = BOOT_STEP(0, "dma_contiguous_remap");
	s.first = arm_va(a, start);
	s.last = arm_va(a, end) - 1;
	s.pa = start;
	boot_step_(a->b, &s, "memory that devices may ask for is cleared (2M x %u) and mapped again in pages, so that each "
	           "can change its type", n);
	take_static_vm(a, 1);
	arm_create_mapping_(a, &(struct arm_map){"dma_contiguous_remap", s.first, start, end - start, MT_MEMORY_DMA_READY});
	boot_region_(a->b, "DMA memory", "dma_contiguous_remap", s.first, s.last);
	boot_region_changes_(a->b);
}

/* The areas that were reserved for devices: those that a picture tells, or the default one by the rule. */
static void remap_dma(struct arm *a, uint64_t cma)
{
	const struct ptk_machine_info *info = &a->b->machine->info;
	if (cma)
		dma_contiguous_remap(a, cma, boot_value_(a->b->machine, "cma", 0));
	for (size_t i = 0; i < info->niomaps; i++)
		if (strcmp(info->iomap[i].type, "MT_MEMORY_DMA_READY") == 0)
			dma_contiguous_remap(a, info->iomap[i].pa, info->iomap[i].size);
}

static void early_fixmap_shutdown(struct arm *a)
{
	uint64_t earlycon = boot_value_(a->b->machine, "earlycon", 0), va = ARM_FIXADDR_TOP;
	arm_pmd_clear_(a, va);
	boot_step_(a->b, &BOOT_STEP(0, "early_fixmap_shutdown"),
	           "the table in the image (bm_pte) leaves the fixmap's last 2M%s",
	           earlycon ? "; the early console's page gets a table of its own" : "; nothing permanent was in it");
	if (earlycon)
		arm_create_mapping_(a, &(struct arm_map){"early_fixmap_shutdown", va, earlycon, 4096, MT_DEVICE});
}

static void map_vectors(struct arm *a)
{
	const struct ptk_machine *m = a->b->machine;
	bool kuser = boot_value_(m, "kuser", 1), high = boot_value_(m, "high_vectors", 1);
	arm_create_mapping_(a, &(struct arm_map){"devicemaps_init", ARM_VECTORS, a->vectors, 4096,
		kuser ? MT_HIGH_VECTORS : MT_LOW_VECTORS});
	if (!high) {
		arm_create_mapping_(a, &(struct arm_map){"devicemaps_init", 0, a->vectors, 8192, MT_LOW_VECTORS});
		boot_region_(a->b, "low vectors", "devicemaps_init", 0, 8191);
	}
	arm_create_mapping_(a, &(struct arm_map){"devicemaps_init", ARM_VECTORS + 4096, a->vectors + 4096, 4096,
		MT_LOW_VECTORS});
	boot_region_(a->b, "vectors", "devicemaps_init", ARM_VECTORS, ARM_VECTORS + 8191);
}

static bool is_io(const struct ptk_iomap *io)
{
	return strcmp(io->type, "MT_MEMORY_DMA_READY") != 0 && strcmp(io->type, "MT_MEMORY_RW_DTCM") != 0 &&
	       strcmp(io->type, "MT_MEMORY_RWX_ITCM") != 0;
}

/* The board's own mappings, in one call of iotable_init(); fill_pmd_gaps() and pci_reserve_io() only take notes. */
static void map_io(struct arm *a)
{
	const struct ptk_machine_info *info = &a->b->machine->info;
	size_t n = 0, gaps = 0;
	for (size_t i = 0; i < info->niomaps; i++)
		n += is_io(&info->iomap[i]);
	if (n)
		boot_step_(a->b, &BOOT_STEP(0, "iotable_init"), "%zu device mapping%s that the board asks for", n, n == 1 ? "" : "s");
	take_static_vm(a, n);
	for (size_t i = 0; i < info->niomaps; i++) {
		const struct ptk_iomap *io = &info->iomap[i];
		if (!is_io(io))
			continue;
		arm_create_mapping_(a, &(struct arm_map){"iotable_init", io->va, io->pa, io->size, arm_type_find_(io->type)});
		boot_region_(a->b, "board's devices", "iotable_init", io->va, io->va + io->size - 1);
		gaps += !a->cpu.lpae && ((io->va & (ARM_PMD - 1)) == a->section);
		gaps += !a->cpu.lpae && (((io->va + io->size) & (ARM_PMD - 1)) == a->section);
	}
	if (gaps)
		boot_step_(a->b, &BOOT_STEP(0, "fill_pmd_gaps"),
		           "%zu unused halves of 2M steps are kept from vmalloc; no entry changes", gaps);
	for (size_t i = 0; i < gaps + (boot_value_(a->b->machine, "pci", 0) != 0); i++)
		take_static_vm(a, 1);
}

static void devicemaps_init(struct arm *a)
{
	boot_step_(a->b, &BOOT_STEP(0, "devicemaps_init"), NULL);
	a->vectors = boot_alloc_(a->b, 8192, 8192);
	struct ptk_boot_step s = BOOT_STEP(1, "early_trap_init");
	s.pa = a->vectors;
	boot_step_(a->b, &s, "two pages for the vectors and their stubs");
	unsigned n = arm_pmds_clear_(a, arm_vmalloc_start(a), round_down(ARM_FIXADDR_TOP, ARM_PMD));
	boot_step_(a->b, &BOOT_STEP(1, "pmd_clear"), "from where vmalloc starts, 0x%08" PRIx64 ", to the fixmap's last 2M; 2M x %u "
	           "held something: head.S's map of the device tree", arm_vmalloc_start(a), n);
	uint64_t pa = round_down(a->dtb, a->section), size = 2 * a->section;
	if (a->dtb)
		arm_create_mapping_(a, &(struct arm_map){"devicemaps_init", ARM_FDT_BASE, pa, size, MT_MEMORY_RO});
	boot_region_(a->b, "device tree", "devicemaps_init", ARM_FDT_BASE, ARM_FDT_BASE + size - 1);
	map_vectors(a);
	map_io(a);
}

static void kmap_init(struct arm *a)
{
	uint64_t prot = arm_kernel_table_(&a->cpu), pkmap = a->page_offset - ARM_PMD;
	boot_step_(a->b, &BOOT_STEP(0, "kmap_init"), boot_value_(a->b->machine, "highmem", 0)
	           ? "tables for kmap() of high memory and for the fixmap, empty so far"
	           : "a table for the fixmap, empty so far");
	if (boot_value_(a->b->machine, "highmem", 0)) {
		arm_pte_table_(a, pkmap, prot);
		boot_region_(a->b, "kmap", "kmap_init", pkmap, a->page_offset - 1);
		boot_region_changes_(a->b);
	}
	arm_pte_table_(a, ARM_FIXADDR_START, prot);
	boot_region_(a->b, "fixmap", "kmap_init", ARM_FIXADDR_START, ARM_FIXADDR_END - 1);
}

static void tcm_init(struct arm *a)
{
	const struct ptk_machine_info *info = &a->b->machine->info;
	for (size_t i = 0; i < info->niomaps; i++) {
		const struct ptk_iomap *io = &info->iomap[i];
		if (is_io(io) || strcmp(io->type, "MT_MEMORY_DMA_READY") == 0)
			continue;
		boot_step_(a->b, &BOOT_STEP(0, "tcm_init"), "tightly coupled memory");
		take_static_vm(a, 1);
		arm_create_mapping_(a, &(struct arm_map){"tcm_init", io->va, io->pa, io->size, arm_type_find_(io->type)});
		boot_region_(a->b, "tightly coupled memory", "tcm_init", io->va, io->va + io->size - 1);
	}
}

/* Lowmem is what no other region of it has: the parts between. */
static void name_lowmem(struct arm *a)
{
	uint64_t at = a->page_offset, end = arm_high_memory(a);
	for (size_t i = 0; i < a->b->nregions; i++) {
		struct ptk_boot_region r = a->b->region[i];
		if (r.last < at || r.first >= end)
			continue;
		if (r.first > at) {
			boot_region_(a->b, "lowmem", "map_lowmem", at, r.first - 1);
			i++;
		}
		at = r.last + 1;
	}
	if (at < end)
		boot_region_(a->b, "lowmem", "map_lowmem", at, end - 1);
}

void arm_paging_init_(struct arm *a, uint64_t cma)
{
	prepare_page_table(a);
	map_lowmem(a);
	map_kernel(a);
	remap_dma(a, cma);
	early_fixmap_shutdown(a);
	devicemaps_init(a);
	kmap_init(a);
	tcm_init(a);
	name_lowmem(a);
}
