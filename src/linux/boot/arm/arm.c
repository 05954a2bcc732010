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
	if (text < page_offset + arm_table_bytes(m) || end <= text)
		return ptk_err_set_(err, PTK_E_CONFLICT,
		                    "the kernel, 0x%08" PRIx64 "-0x%08" PRIx64 ", leaves no room for its first tables between "
		                    "page_offset 0x%08" PRIx64 " and _text",
		                    text, end, page_offset);
	uint64_t first = text - arm_table_bytes(m) - page_offset + phys_offset, last = end - 1 - page_offset + phys_offset;
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
	uint64_t section = arm_is_long(m) ? ARM_PMD : ARM_PMD / 2;
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
	if (!arm_is_long(m) && last->last > UINT32_MAX)
		return ptk_err_set_(err, PTK_E_RANGE,
		                    "the bank 0x%" PRIx64 "-0x%" PRIx64 " lies past the 32 bits of physical address that "
		                    "short descriptors give to memory",
		                    last->first, last->last);
	int rc = check_segments(m, err);
	return rc < 0 ? rc : check_image(m, err);
}

/* ---- the run ---- */

static void set_up(struct arm *a)
{
	const struct ptk_machine *m = a->b->machine;
	a->cpu = (struct arm_cpu){
		.lpae = arm_is_long(m),
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
	a->pgd = arm_pa(a, boot_symbol_(m, "_text") - arm_table_bytes(m));
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
	arm_adjust_lowmem_bounds_(a, false);
	arm_memblock_init_(a);
	if (cma && !(cma = arm_reserve_cma_(a, cma)))
		boot_fail_(b, PTK_E_CONFLICT, "there is no room for %" PRIu64 " bytes of memory for devices (cma)",
		           boot_value_(b->machine, "cma", 0));
	arm_adjust_lowmem_bounds_(a, true);
	if (a->kernel_end > a->lowmem_limit)
		boot_fail_(b, PTK_E_CONFLICT, "the kernel's last section ends at 0x%08" PRIx64 ", past the end of lowmem, 0x%08" PRIx64,
		           a->kernel_end, a->lowmem_limit);
	arm_paging_init_(a, cma);
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
