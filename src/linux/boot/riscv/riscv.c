// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* A boot of riscv Linux: what it goes by, and its order. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/boot/riscv/riscv.h"

#define MIB UINT64_C(0x100000)

/* ---- what a boot goes by ---- */

static const struct ptk_machine_key keys[] = {
        {"phys_addr", "physical address of the kernel's first byte (_start)", true},
        {"page_offset", "PAGE_OFFSET, where the linear map starts", false},
        {"phys_offset", "physical address that PAGE_OFFSET stands for: phys_ram_base; before 6.4 the kernel's", false},
        {"strict_rwx", "CONFIG_STRICT_KERNEL_RWX (the default)", false},
        {"page_granular", "the linear map is made of pages (debug_pagealloc)", false},
        {"rodata", "the parameter rodata= (default 1)", false},
        {"kfence_pool_size", "bytes of KFENCE's pool, if there is one", false},
        {"kfence_pool", "its physical address; since 6.4 memblock gives it before the tables", false},
        {"kfence", "whether KFENCE is on (the default): then its guard pages are not mapped", false},
        {"vmemmap", "CONFIG_SPARSEMEM_VMEMMAP: struct pages have a region of their own", false},
        {"struct_page", "bytes of struct page (default 64)", false},
        {"vmemmap_huge", "that region is made of 2M leaves (since 6.7)", false},
        {"vmemmap_start_pfn", "the page that its first struct page is for; without it, by the rule of the version", false},
        {"hvo", "CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP: since 7.2 that page is a multiple of 16G", false},
        {"dt_nodes", "bytes that unflatten_device_tree() takes", false},
        {"hotremove", "CONFIG_MEMORY_HOTREMOVE", false},
        {"mem_section", "bytes of struct mem_section; default 16, with CONFIG_PAGE_EXTENSION 32", false},
        {"hotplug", "CONFIG_MEMORY_HOTPLUG", false},
        {"modules", "CONFIG_MODULES (the default)", false},
        {"dtb", "physical address of the device tree", false},
        {"dtb_size", "its size", false},
};

static const char *const symbols[] = {
        "_start",       "__init_begin",   "__init_data_begin", "__init_end",     "__start_rodata", "_data",
        "_end",         "swapper_pg_dir", "early_pg_dir",      "early_pmd",      "early_pud",      "early_p4d",
        "fixmap_pte",   "fixmap_pmd",     "fixmap_pud",        "fixmap_p4d",     "trampoline_pg_dir",
        "trampoline_pmd", "trampoline_pud", "trampoline_p4d",  "contig_page_data", NULL};

uint64_t riscv_image_pa(struct ptk_boot *b, const char *name)
{
	const struct riscv *v = riscv_of(b);
	return boot_image_va_(b, name) - v->start + v->phys;
}

uint64_t riscv_linear_va(const struct riscv *v, uint64_t pa)
{
	return pa - v->phys_offset + v->page_offset;
}

/* ---- impossible machines ---- */

static int check(const struct ptk_machine *m, struct ptk_err *err)
{
	uint64_t start = boot_symbol_(m, "_start"), end = boot_symbol_(m, "_end"), phys = boot_value_(m, "phys_addr", 0);
	uint64_t dtb = boot_value_(m, "dtb", 0), unit = BIT(m->info.regime.level[1].shift);
	uint64_t page = boot_value_(m, "struct_page", 64), page_nr = boot_value_(m, "vmemmap_start_pfn", 0);
	if (!start || !end)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "where the kernel's image is is not known: the symbols _start and _end "
		                                         "are needed");
	if (start >= end)
		return ptk_err_set_(err, PTK_E_CONFLICT, "the kernel ends (0x%" PRIx64 ") before it starts (0x%" PRIx64 ")", end,
		                    start);
	const struct ptk_bank *bank = boot_bank_(m, phys);
	if (!bank || boot_bank_(m, phys + (end - start) - 1) != bank)
		return ptk_err_set_(err, PTK_E_CONFLICT, "the kernel at 0x%" PRIx64 "-0x%" PRIx64 " is not in one bank of memory",
		                    phys, phys + (end - start) - 1);
	if ((phys | start) & (unit - 1))
		return ptk_err_set_(err, PTK_E_CONFLICT, "the kernel at 0x%" PRIx64 " is not aligned to %" PRIu64
		                                         "M: the kernel stops with a BUG", phys, unit / MIB);
	if (page_nr > bank->first >> 12)
		return ptk_err_set_(err, PTK_E_CONFLICT, "vmemmap_start_pfn is 0x%" PRIx64 ": the kernel's memory lies below it", page_nr);
	if (page < 32 || page > 4096)
		return ptk_err_set_(err, PTK_E_CONFLICT, "a struct page of %" PRIu64 " bytes: it has 32 at least and a page at most",
		                    page);
	/* With the parameter mem= it may lie past the end of memory. */
	if (dtb >> m->info.regime.pa_bits)
		return ptk_err_set_(err, PTK_E_CONFLICT, "the device tree at 0x%" PRIx64 " is past the regime's physical addresses",
		                    dtb);
	return 0;
}

/* ---- layout: asm/page.h, asm/pgtable.h ---- */

static uint64_t default_page_offset(const struct ptk_boot *b)
{
	switch (b->machine->info.regime.nlevels) {
	case 5: return UINT64_C(0xff60000000000000);
	case 4: return UINT64_C(0xffffaf8000000000);
	case 3: return boot_since_(b->machine, 6, 8) ? UINT64_C(0xffffffd600000000) : UINT64_C(0xffffffd800000000);
	default: return UINT64_C(0xc0000000);
	}
}

static void set_layout(struct ptk_boot *b, struct riscv *v)
{
	const struct ptk_machine *m = b->machine;
	uint64_t ram = memblock_start_of_dram_(&b->memblock), unit = riscv_size(v, PMD);
	unsigned bits = v->wide ? v->r->va_bits : 32;
	v->page_offset = boot_value_(m, "page_offset", default_page_offset(b));
	v->phys_offset = boot_value_(m, "phys_offset", v->wide && v->large ? round_down(ram, unit) : v->phys);
	/* A quarter of the space is the kernel's linear map, an eighth vmalloc(), then vmemmap, PCI I/O, and the fixmap. */
	uint64_t page = boot_value_(m, "struct_page", 64);
	unsigned shift = 0; /* STRUCT_PAGE_MAX_SHIFT */
	while (BIT(shift) < page)
		shift++;
	v->vmemmap = v->page_offset - BIT(bits - 3) - BIT(bits - 12 - 1 + shift);
	v->fix_top = v->vmemmap - 16 * MIB;
	v->fix_start = v->fix_top - (v->wide ? 3 : 2) * unit;
}

static int prepare(struct ptk_boot *b)
{
	const struct ptk_machine *m = b->machine;
	struct riscv *v = calloc(1, sizeof *v);
	if (!v)
		return ptk_err_set_(b->err, PTK_E_NOMEM, "no memory for a boot");
	b->arch = v;
	v->r = &m->info.regime;
	v->levels = v->r->nlevels;
	v->wide = v->r->va_width == 64;
	v->large = boot_since_(m, 6, 4);
	v->strict = boot_value_(m, "strict_rwx", 1);
	v->prealloc = v->wide && boot_since_(m, 6, 5);
	v->hotplug = v->wide && boot_since_(m, 6, 11) && boot_value_(m, "hotplug", 0);
	v->start = boot_symbol_(m, "_start");
	v->phys = boot_value_(m, "phys_addr", 0);
	v->size = boot_symbol_(m, "_end") - v->start;
	set_layout(b, v);
	b->memblock.first = 4096;
	return 0;
}

/* ---- the regions that stay ---- */

/* What misc_mem_init() and pgtable_cache_init() add: of the latter's areas only the root's entries. */
static void name_late_regions(struct ptk_boot *b, uint64_t first, uint64_t last)
{
	const struct riscv *v = riscv_of(b);
	uint64_t vmalloc = v->page_offset - BIT(v->r->va_bits - 3), modules, end;
	if (v->hotplug) {
		boot_region_(b, "vmemmap", "vmemmap_populate", v->vmemmap, vmalloc - 1);
	} else if (boot_value_(b->machine, "vmemmap", 0)) {
		riscv_vmemmap_region_(b, first, last);
	}
	if (!v->prealloc)
		return;
	boot_region_(b, "vmalloc", "pgtable_cache_init", vmalloc, v->page_offset - 1);
	boot_region_down_to_(b, v->levels - 1);
	riscv_modules_(b, &modules, &end);
	if (!boot_value_(b->machine, "modules", 1))
		return;
	boot_region_(b, "modules", "pgtable_cache_init", modules, end - 1);
	boot_region_down_to_(b, v->levels - 1);
}

static void name_regions(struct ptk_boot *b)
{
	const struct riscv *v = riscv_of(b);
	uint64_t first = memblock_start_of_dram_(&b->memblock), last = memblock_end_of_dram_(&b->memblock) - 1;
	uint64_t unit = riscv_size(v, PMD), linear = riscv_linear_va(v, last);
	bool early = b->opts.stage == PTK_BOOT_HEAD || b->opts.stage == PTK_BOOT_EARLY, late = b->opts.stage == PTK_BOOT_FINAL;
	boot_region_(b, "fixmap", "setup_vm", v->fix_start, v->fix_top - 1);
	if (!early)
		boot_region_(b, "linear map", v->large ? "create_linear_mapping_page_table" : "setup_vm_final",
		             riscv_linear_va(v, first < v->phys_offset ? v->phys_offset : first),
		             late && v->hotplug ? riscv_linear_end_(v) - 1 : linear);
	if (v->wide || early)
		boot_region_(b, "kernel image", "create_kernel_page_table", v->start, round_up(v->start + v->size, unit) - 1);
	if (late && v->wide)
		name_late_regions(b, first, last);
}

static int run(struct ptk_boot *b)
{
	int rc = prepare(b);
	if (rc < 0)
		return rc;
	riscv_setup_vm_(b);
	if (boot_goes_on_(b, PTK_BOOT_EARLY))
		riscv_paging_init_(b);
	if (boot_goes_on_(b, PTK_BOOT_PAGING_INIT)) {
		riscv_vmemmap_(b);
		riscv_cache_init_(b);
		riscv_kfence_(b);
		riscv_final_(b);
	}
	if (!b->failed)
		name_regions(b);
	return b->failed;
}

const struct boot_arch boot_arch_riscv_ = {
        .name = "riscv",
        .first = {6, 1},
        .last = {7, 2},
        .key = keys,
        .nkeys = sizeof keys / sizeof *keys,
        .symbol = symbols,
        .like = riscv_like_,
        .check = check,
        .run = run,
        .witness = riscv_witness_,
        .explain = riscv_explain_,
};
