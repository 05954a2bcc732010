// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * How Linux on 32-bit arm sets up its tables: setup_arch() and paging_init() in their order (arch/arm/kernel/setup.c,
 * arch/arm/mm/mmu.c, mm/init.c), the same from 6.1 to 7.3.
 */
#include "linux/boot/arm/arm.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"

static const struct ptk_machine_key keys[] = {
	{"page_offset", "virtual address of the start of lowmem: CONFIG_PAGE_OFFSET", true},
	{"phys_offset", "physical address that page_offset maps: PHYS_OFFSET", true},
	{"dtb", "physical address of the device tree, 0: none", false},
	{"dtb_size", "its bytes", false},
	{"cpu_arch", "6 or 7; default 7", false},
	{"smp", "is_smp(): memory is shared and write-allocate; default 1", false},
	{"highmem", "CONFIG_HIGHMEM; default 0", false},
	{"cache_aliasing", "the data cache is VIPT and aliases, which rules high memory out; default 0", false},
	{"vmalloc", "bytes for vmalloc: the parameter vmalloc=; default 240M", false},
	{"cma", "bytes that dma_contiguous_reserve() takes; default 0", false},
	{"kuser", "CONFIG_KUSER_HELPERS: the vector page can be read by users; default 1", false},
	{"high_vectors", "the vectors are at 0xffff0000; default 1", false},
	{"earlycon", "physical address of the early console's page, 0: none", false},
	{"io_36", "CONFIG_IO_36: domain 0 is that of I/O; default 0", false},
	{"ecc", "the parameter ecc=on; default 0", false},
	{"pci", "pci_reserve_io() reserves room; default 0", false},
	{"strict_rwx", "CONFIG_STRICT_KERNEL_RWX; default 1", false},
	{"rodata", "the parameter rodata=; default 1", false},
	{"static_vm", "bytes of struct static_vm; default 40, LPAE 48", false},
};

static const char *const symbols[] = {
	"_text",        "_stext",     "_etext",        "__start_rodata",    "__start_rodata_section_aligned",
	"__init_begin", "__init_end", "_sdata",        "_end",              "swapper_pg_dir",
	"bm_pte",       "__turn_mmu_on", "__turn_mmu_on_end", NULL,
};

static bool is_long(const struct ptk_machine *m)
{
	return m->info.regime.entry_shift == 3;
}

static uint64_t table_bytes(const struct ptk_machine *m)
{
	return is_long(m) ? 0x5000 : 0x4000;
}

/* ---- is it possible? ---- */

/* The linker script's order; those that are not known are left out. */
static int check_segments(const struct ptk_machine *m, struct ptk_err *err)
{
	static const char *const order[] = {"_text", "_stext", "__start_rodata", "__init_begin", "__init_end", "_end"};
	static const char *const inside[] = {"_etext", "_sdata", "__turn_mmu_on", "__turn_mmu_on_end", "bm_pte",
	                                     "__start_rodata_section_aligned"};
	const char *before = order[0];
	for (size_t i = 1; i < sizeof order / sizeof *order; i++) {
		uint64_t va = boot_symbol_(m, order[i]);
		if (va && va < boot_symbol_(m, before))
			return ptk_err_set_(err, PTK_E_CONFLICT, "the symbol %s, 0x%" PRIx64 ", lies below %s, 0x%" PRIx64, order[i], va,
			                    before, boot_symbol_(m, before));
		before = va ? order[i] : before;
	}
	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
		uint64_t va = boot_symbol_(m, inside[i]);
		if (va && (va < boot_symbol_(m, "_text") || va > boot_symbol_(m, "_end")))
			return ptk_err_set_(err, PTK_E_CONFLICT, "the symbol %s, 0x%" PRIx64 ", lies outside the kernel", inside[i], va);
	}
	return 0;
}

static int check_image(const struct ptk_machine *m, struct ptk_err *err)
{
	uint64_t page_offset = boot_value_(m, "page_offset", 0), phys_offset = boot_value_(m, "phys_offset", 0);
	uint64_t text = boot_symbol_(m, "_text"), end = boot_symbol_(m, "_end");
	if (text < page_offset + table_bytes(m) || end <= text)
		return ptk_err_set_(err, PTK_E_CONFLICT,
		                    "the kernel, 0x%08" PRIx64 "-0x%08" PRIx64 ", leaves no room for its first tables between "
		                    "page_offset 0x%08" PRIx64 " and _text",
		                    text, end, page_offset);
	uint64_t first = text - table_bytes(m) - page_offset + phys_offset, last = end - 1 - page_offset + phys_offset;
	const struct ptk_bank *bank = boot_bank_(m, first);
	if (!bank || last > bank->last || bank->flags & PTK_BANK_NOMAP)
		return ptk_err_set_(err, PTK_E_CONFLICT,
		                    "the kernel with its first tables, 0x%08" PRIx64 "-0x%08" PRIx64 ", does not lie in one bank "
		                    "of memory",
		                    first, last);
	uint64_t dtb = boot_value_(m, "dtb", 0), size = boot_value_(m, "dtb_size", 0);
	if (dtb && size && dtb <= last && dtb + size > first)
		return ptk_err_set_(err, PTK_E_CONFLICT, "the device tree at 0x%08" PRIx64 " overlaps the kernel, 0x%08" PRIx64
		                                         "-0x%08" PRIx64, dtb, first, last);
	uint64_t section = is_long(m) ? ARM_PMD : ARM_PMD / 2;
	if (dtb && size > 2 * section - (dtb & (section - 1)))
		return ptk_err_set_(err, PTK_E_CONFLICT,
		                    "the device tree at 0x%08" PRIx64 " reaches past the two sections that the kernel maps for it",
		                    dtb);
	return 0;
}

static int check(const struct ptk_machine *m, struct ptk_err *err)
{
	uint64_t page_offset = boot_value_(m, "page_offset", 0), phys_offset = boot_value_(m, "phys_offset", 0);
	uint64_t arch = boot_value_(m, "cpu_arch", 7);
	for (size_t i = 0; keys[i].required; i++)
		if (!boot_has_(m, keys[i].key))
			return ptk_err_set_(err, PTK_E_NOTFOUND, "the machine lacks %s: %s", keys[i].key, keys[i].what);
	static const char *const need[] = {"_text", "_stext", "__init_begin", "__init_end", "_end"};
	for (size_t i = 0; i < sizeof need / sizeof *need; i++)
		if (!boot_symbol_(m, need[i]))
			return ptk_err_set_(err, PTK_E_NOTFOUND, "the symbol %s is not known", need[i]);
	if (arch != 6 && arch != 7)
		return ptk_err_set_(err, PTK_E_NOTSUP, "how ARMv%" PRIu64 " CPUs are set up is not known here", arch);
	if (page_offset < 0x40000000 || page_offset >= ARM_VMALLOC_END || !is_aligned(page_offset, UINT64_C(16) << 20))
		return ptk_err_set_(err, PTK_E_CONFLICT, "page_offset 0x%" PRIx64 " is not a start of lowmem", page_offset);
	if (!is_aligned(phys_offset, ARM_PMD))
		return ptk_err_set_(err, PTK_E_CONFLICT, "phys_offset 0x%" PRIx64 " is not a multiple of 2M", phys_offset);
	const struct ptk_bank *last = &m->info.bank[m->info.nbanks - 1];
	if (!is_long(m) && last->last > UINT32_MAX)
		return ptk_err_set_(err, PTK_E_RANGE,
		                    "the bank 0x%" PRIx64 "-0x%" PRIx64 " lies past the 32 bits of physical address that "
		                    "short descriptors give to memory",
		                    last->first, last->last);
	int rc = check_segments(m, err);
	return rc < 0 ? rc : check_image(m, err);
}

/* ---- before the tables: lowmem and reservations ---- */

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

/* adjust_lowmem_bounds(): where lowmem ends, and below what tables may be taken before all of it is mapped. */
static void adjust_lowmem_bounds(struct arm *a, bool tell)
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

/* dma_contiguous_reserve() and cma_declare_contiguous_nid(): the highest 4M-aligned room, in high memory if there is any. */
static uint64_t reserve_cma(struct arm *a, uint64_t size)
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

/* arm_memblock_init(): reservations that a picture has told by name already are there. */
static void reserve(struct arm *a)
{
	const struct ptk_machine *m = a->b->machine;
	struct memblock *mb = &a->b->memblock;
	uint64_t stext = boot_symbol_(m, "_stext"), end = boot_symbol_(m, "_end"), dtb = boot_value_(m, "dtb_size", 0);
	int rc = memblock_reserve_(mb, arm_pa(a, stext), end - stext);
	if (rc == 0)
		rc = memblock_reserve_(mb, a->pgd, table_bytes(m));
	if (rc == 0 && a->dtb && dtb)
		rc = memblock_reserve_(mb, a->dtb, dtb);
	if (rc < 0)
		boot_fail_(a->b, rc, "no memory");
	boot_step_(a->b, &BOOT_STEP(0, "arm_memblock_init"),
	           "what must not be given away is reserved: the kernel from _stext to _end, 0x%08" PRIx64 "-0x%08" PRIx64
	           ", its tables, 0x%08" PRIx64 "-0x%08" PRIx64 "%s", arm_pa(a, stext), arm_pa(a, end - 1), a->pgd,
	           a->pgd + table_bytes(m) - 1, a->dtb ? ", the device tree" : "");
	for (size_t i = 0; i < m->info.nreserved; i++)
		boot_step_(a->b, &BOOT_STEP(1, "memblock_reserve"), "%s, 0x%08" PRIx64 "-0x%08" PRIx64,
		           m->info.reserved[i].name ? m->info.reserved[i].name : "reserved", m->info.reserved[i].first,
		           m->info.reserved[i].last);
}

/* ---- paging_init ---- */

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

static void paging_init(struct arm *a, uint64_t cma)
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

/* ---- the run ---- */

static void set_up(struct arm *a)
{
	const struct ptk_machine *m = a->b->machine;
	a->cpu = (struct arm_cpu){
		.lpae = is_long(m),
		.arch = (unsigned)boot_value_(m, "cpu_arch", 7),
		.tre = boot_value_(m, "cpu_arch", 7) >= 7,
		.smp = boot_value_(m, "smp", 1),
		.io_36 = boot_value_(m, "io_36", 0),
		.ecc = boot_value_(m, "ecc", 0),
	};
	arm_types_build_(&a->cpu, a->type);
	a->section = a->cpu.lpae ? ARM_PMD : ARM_PMD / 2;
	a->page_offset = boot_value_(m, "page_offset", 0);
	a->phys_offset = boot_value_(m, "phys_offset", 0);
	a->dtb = boot_value_(m, "dtb", 0);
	a->pgd = arm_pa(a, boot_symbol_(m, "_text") - table_bytes(m));
	a->pmds = a->pgd + (a->cpu.lpae ? 0x1000 : 0);
	a->entries = (struct ptk_mm){.regime = m->info.regime, .ops = &ptk_pgops_arm_, .pair = !a->cpu.lpae, .v6 = a->cpu.arch == 6};
	ptk_space_init(&a->b->space, a->b->mem, &m->info.regime, a->pgd, NULL);
}

static void early_fixmap_init(struct arm *a)
{
	struct ptk_boot_step s = BOOT_STEP(0, "early_fixmap_init");
	uint64_t bm_pte = boot_symbol_(a->b->machine, "bm_pte");
	if (!bm_pte) {
		boot_step_(a->b, &s, "the fixmap's last 2M get a table in the image, bm_pte, whose address is not known");
		return;
	}
	s.first = round_down(ARM_FIXADDR_TOP, ARM_PMD);
	s.last = s.first + ARM_PMD - 1;
	s.table = arm_pa(a, bm_pte);
	s.from = "bm_pte";
	boot_zero_(a->b, s.table, 4096);
	arm_pmd_populate_(a, ARM_FIXADDR_TOP, s.table, arm_kernel_table_(&a->cpu));
	boot_step_(a->b, &s, "a table in the image, for consoles and early_ioremap() before memory can be taken");
}

static int run(struct ptk_boot *b)
{
	struct arm *a = calloc(1, sizeof *a);
	uint64_t cma = boot_value_(b->machine, "cma", 0);
	if (!a)
		return ptk_err_set_(b->err, PTK_E_NOMEM, "no memory for a boot");
	b->arch = a;
	a->b = b;
	set_up(a);
	/* early_init_dt_add_memory_arch(): memory below the kernel's start of memory is not used. */
	if (a->phys_offset && memblock_remove_(&b->memblock, 0, a->phys_offset) < 0)
		boot_fail_(b, PTK_E_NOMEM, "no memory");
	arm_head_(a);
	if (!boot_goes_on_(b, PTK_BOOT_HEAD))
		return b->failed;
	early_fixmap_init(a);
	if (!boot_goes_on_(b, PTK_BOOT_EARLY))
		return b->failed;
	adjust_lowmem_bounds(a, false);
	reserve(a);
	if (cma && !(cma = reserve_cma(a, cma)))
		boot_fail_(b, PTK_E_CONFLICT, "there is no room for %" PRIu64 " bytes of memory for devices (cma)",
		           boot_value_(b->machine, "cma", 0));
	adjust_lowmem_bounds(a, true);
	if (a->kernel_end > a->lowmem_limit)
		boot_fail_(b, PTK_E_CONFLICT, "the kernel's last section ends at 0x%08" PRIx64 ", past the end of lowmem, 0x%08" PRIx64,
		           a->kernel_end, a->lowmem_limit);
	paging_init(a, cma);
	if (boot_goes_on_(b, PTK_BOOT_PAGING_INIT))
		arm_final_(a);
	return b->failed;
}

const struct boot_arch boot_arch_arm_ = {
	.name = "arm",
	.first = {5, 10},
	.last = {7, 3},
	.key = keys,
	.nkeys = sizeof keys / sizeof *keys,
	.symbol = symbols,
	.like = arm_like_,
	.check = check,
	.run = run,
	.evidence = arm_evidence_,
	.explain = arm_explain_,
	.twin = arm_twin_,
};
