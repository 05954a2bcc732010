// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* A boot of arm64 Linux: what it goes by, and its order. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/boot/arm64/arm64.h"

#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)

/* ---- geometry ---- */

uint64_t arm64_cont_size(const struct arm64 *a, unsigned level)
{
	unsigned order = a->page_shift == 12 ? 4 : a->page_shift == 16 ? 5 : level == 0 ? 7 : 5;
	return arm64_size(a, level) << order;
}

uint64_t arm64_slot(const struct arm64 *a, unsigned level, uint64_t table, uint64_t va)
{
	if (va >> 63) /* the upper half's root has entries for VA_BITS only */
		va &= low_bits(a->va_config);
	return table + ((va >> arm64_shift(a, level)) & low_bits(a->page_shift - 3)) * 8;
}

uint64_t arm64_next(uint64_t va, uint64_t end, uint64_t size)
{
	uint64_t next = (va + size) & ~(size - 1);
	return next - 1 < end - 1 ? next : end;
}

/* 64K: PA[51:48] in bits 15:12. LPA2: PA[51:50] in bits 9:8. Arm ARM DDI 0487, D8.3.1. */
uint64_t arm64_phys_to_entry(const struct arm64 *a, uint64_t pa)
{
	if (a->page_shift == 16)
		return (pa & GENMASK(47, 16)) | field_put(pa >> 48, 15, 12);
	if (a->lpa2)
		return (pa & GENMASK(49, 12)) | field_put(pa >> 50, 9, 8);
	return pa & GENMASK(47, 12);
}

uint64_t arm64_entry_to_phys(const struct arm64 *a, uint64_t raw)
{
	uint64_t low = raw & GENMASK(47, 0) & ~low_bits(a->page_shift);
	if (a->page_shift == 16)
		return low | field_get(raw, 15, 12) << 48;
	return a->lpa2 ? low | (raw & GENMASK(49, 48)) | field_get(raw, 9, 8) << 50 : low;
}

const char *arm64_level_name(const struct arm64 *a, unsigned level)
{
	static const char *const names[] = {"pte", "pmd", "pud", "p4d"};
	return level >= a->levels - 1 || level > 3 ? "pgd" : names[level];
}

struct arm64_text arm64_size_text(uint64_t size)
{
	struct arm64_text t;
	unsigned unit = size >= GIB ? 30 : size >= MIB ? 20 : 10;
	snprintf(t.text, sizeof t.text, "%" PRIu64 "%c", size >> unit, unit == 30 ? 'G' : unit == 20 ? 'M' : 'K');
	return t;
}

uint64_t arm64_linear_va(const struct arm64 *a, uint64_t pa)
{
	return (pa - (uint64_t)a->memstart) | a->page_offset;
}

uint64_t arm64_vmemmap_va(const struct arm64 *a, uint64_t pa)
{
	return a->vmemmap_start + (((pa - (uint64_t)a->memstart) >> a->page_shift) << 6);
}

uint64_t arm64_image_pa(struct ptk_boot *b, const char *name)
{
	return boot_image_va_(b, name) - arm64_of(b)->voffset;
}

bool arm64_may_take(struct ptk_boot *b, uint64_t n)
{
	struct arm64 *a = arm64_of(b);
	if (n > ARM64_TABLES_MAX - a->ntables)
		boot_fail_(b, PTK_E_LIMIT, "this machine needs more than %" PRIu64 " tables", ARM64_TABLES_MAX);
	else
		a->ntables += n;
	return !b->failed;
}

/* ---- what a boot goes by ---- */

static const struct ptk_machine_key keys[] = {
        {"kimage_voffset", "distance from the image's physical addresses to its virtual ones", true},
        {"va_bits_config", "CONFIG_ARM64_VA_BITS; the regime says what the hardware has", false},
        {"phys_offset", "physical address that the linear map's base stands for (PHYS_OFFSET)", false},
        {"rodata", "0 off, 1 on, 2 full (the default)", false},
        {"ng", "arm64_use_ng_mappings when the kernel is mapped: KASLR on a CPU that may need KPTI", false},
        {"kpti", "user space keeps only a trampoline of the kernel", false},
        {"dirty", "the kernel's entries are marked dirty (PAGE_KERNEL has PTE_DIRTY); not before 6.1", false},
        {"bti", "text is guarded (BTI in the kernel)", false},
        {"page_granular", "single pages of the linear map may be made invalid (debug_pagealloc, late KFENCE)", false},
        {"kfence_pool_size", "bytes of KFENCE's pool, if it is set up early", false},
        {"text_first", "the image is mapped from _text on, not from _stext", false},
        {"dtb", "physical address of the device tree", false},
        {"dtb_size", "its size", false},
        {"dt_nodes", "bytes that unflatten_device_tree() takes", false},
        {"max_physmem_bits", "MAX_PHYSMEM_BITS", false},
        {"hotremove", "CONFIG_MEMORY_HOTREMOVE", false},
        {"mem_section", "bytes of struct mem_section; default 16, with CONFIG_PAGE_EXTENSION 32", false},
        {"fixmap_start", "where the fixmap begins", false},
        {"trampoline", "where the fixmap has KPTI's trampoline (TRAMP_VALIAS)", false},
};

static const char *const symbols[] = {"_text",
                                      "_stext",
                                      "_etext",
                                      "__start_rodata",
                                      "__inittext_begin",
                                      "__inittext_end",
                                      "__initdata_begin",
                                      "__initdata_end",
                                      "__init_begin",
                                      "__init_end",
                                      "__bss_stop",
                                      "_data",
                                      "_end",
                                      "init_pg_dir",
                                      "init_pg_end",
                                      "init_idmap_pg_dir",
                                      "init_idmap_pg_end",
                                      "swapper_pg_dir",
                                      "idmap_pg_dir",
                                      "tramp_pg_dir",
                                      "bm_pte",
                                      "bm_pmd",
                                      "bm_pud",
                                      "idmap_ptes",
                                      "kpti_ptes",
                                      "__pi_ptes",
                                      "__pi_ptes.0",
                                      "__pi_ptes.1",
                                      "__idmap_text_start",
                                      "__idmap_text_end",
                                      "__idmap_kpti_flag",
                                      "__entry_tramp_text_start",
                                      "__entry_tramp_text_end",
                                      "__entry_tramp_data_start",
                                      "contig_page_data",
                                      NULL};

/* ---- impossible machines ---- */

static int check_image(const struct ptk_machine *m, struct ptk_err *err)
{
	uint64_t voffset = boot_value_(m, "kimage_voffset", 0), text = boot_symbol_(m, "_text"),
	         end = boot_symbol_(m, "_end");
	uint64_t page = UINT64_C(1) << m->info.regime.page_shift;
	if (!text || !end)
		return ptk_err_set_(err, PTK_E_NOTFOUND,
		                    "where the kernel's image is is not known: the symbols _text and _end "
		                    "are needed");
	if (text >= end)
		return ptk_err_set_(err, PTK_E_CONFLICT,
		                    "the kernel ends (0x%" PRIx64 ") before it starts (0x%" PRIx64 ")", end, text);
	const struct ptk_bank *bank = boot_bank_(m, text - voffset);
	if (!bank || boot_bank_(m, end - 1 - voffset) != bank)
		return ptk_err_set_(err, PTK_E_CONFLICT,
		                    "the kernel at 0x%" PRIx64 "-0x%" PRIx64 " is not in one bank of memory",
		                    text - voffset, end - 1 - voffset);
	if (text & (page - 1) || voffset & (page - 1))
		return ptk_err_set_(err, PTK_E_CONFLICT, "the kernel at 0x%" PRIx64 " is not aligned to a page of %s",
		                    text - voffset, arm64_size_text(page).text);
	return boot_symbols_inside_(m, text, end, err);
}

static int check(const struct ptk_machine *m, struct ptk_err *err)
{
	uint64_t dtb = boot_value_(m, "dtb", 0), size = boot_value_(m, "dtb_size", 0);
	uint64_t bits = boot_value_(m, "va_bits_config", m->info.regime.va_bits);
	if (bits < 36 || bits > 52) /* arch/arm64/Kconfig, ARM64_VA_BITS */
		return ptk_err_set_(err, PTK_E_CONFLICT, "no arm64 kernel has virtual addresses of %" PRIu64 " bits", bits);
	if (dtb & 7)
		return ptk_err_set_(err, PTK_E_CONFLICT, "the device tree at 0x%" PRIx64 " is not aligned to 8 bytes",
		                    dtb);
	if (size > 2 * MIB)
		return ptk_err_set_(err, PTK_E_CONFLICT,
		                    "a device tree of %" PRIu64 " bytes is larger than the 2M that the kernel "
		                    "maps",
		                    size);
	/* With the parameter mem= it may lie past the end of memory. */
	if (dtb >> m->info.regime.pa_bits)
		return ptk_err_set_(err, PTK_E_CONFLICT, "the device tree at 0x%" PRIx64 " is past the regime's physical addresses",
		                    dtb);
	return check_image(m, err);
}

/* ---- layout ---- */

static void set_layout(struct ptk_boot *b, struct arm64 *a)
{
	const struct ptk_machine *m = b->machine;
	a->va_min = a->va_config <= 48 ? a->va_config : a->page_shift == 14 && a->pi ? 47 : 48;
	a->page_offset = 0 - BIT(a->va_config);
	a->page_end = 0 - BIT(a->va_min - 1);
	a->voffset = boot_value_(m, "kimage_voffset", 0);
	if (a->pi)
		a->vmemmap_start = 0 - GIB - (((a->page_end - a->page_offset) >> a->page_shift) << 6);
	else
		a->vmemmap_start = arm64_old_vmemmap(!a->head_text, a->va_config, a->va_min, a->page_shift);
	a->fix_top = a->pi ? 0 - 8 * MIB : a->vmemmap_start - (a->head_text ? 20 : 32) * MIB;
}

/*
 * enum fixed_addresses of asm/fixmap.h, slot n being the n-th page below the top: a hole, the device tree's window, the
 * console's and the patching slot, GHES's (with APEI), the trampoline's four, seven early slots, the tables'. Before 6.0
 * the last of the trampoline's is that of its data, and an early slot has 256K, without the page that was added later.
 */
static void set_fixmap(struct ptk_boot *b, struct arm64 *a)
{
	uint64_t fdt = a->wide_fixmap ? (2 * MIB >> a->page_shift) + 2 : 4 * MIB >> a->page_shift,
	         permanent = fdt + 2 + 4, data = a->asm_idmap;
	uint64_t early = 7 * ((256 * 1024 >> a->page_shift) + !data), tables = a->pi ? 5 : 4;
	uint64_t trampoline = boot_value_(b->machine, "trampoline", a->fix_top - (permanent - data) * a->page);
	permanent = ((a->fix_top - trampoline) >> a->page_shift) + data;
	a->fdt_va = a->fix_top - fdt * a->page;
	a->slots_va = a->fix_top - (permanent + 1 + early) * a->page;
	uint64_t start = a->wide_fixmap ? a->slots_va - tables * a->page : a->fix_top - (permanent + 1) * a->page;
	a->fix_start = boot_value_(b->machine, "fixmap_start", start);
}

/*
 * asm/pgtable-prot.h, as of 5.10.223, 6.1.192, 6.12.117 and 7.2.13; struct pages by vmemmap_set_pmd(), for all in 7.2. PTE_DIRTY came
 * to stable kernels, too, so that the version does not tell whether a kernel has it.
 */
static void set_prots(struct arm64 *a, bool dirty)
{
	uint64_t normal =
	        PTE_VALID | PTE_TABLE | PTE_AF | (a->lpa2 ? 0 : PTE_SHARED) | (a->ng ? PTE_NG : 0) | PTE_PXN | PTE_UXN;
	uint64_t rw = normal | PTE_WRITE | (dirty ? PTE_DIRTY : 0), ro = normal | PTE_RDONLY | (dirty ? PTE_DIRTY : 0);
	a->kernel = (struct arm64_prot){"PAGE_KERNEL", rw};
	a->tagged = (struct arm64_prot){"pgprot_tagged(PAGE_KERNEL)", rw | PTE_INDEX_TAGGED};
	a->ro = (struct arm64_prot){"PAGE_KERNEL_RO", ro};
	a->rox = (struct arm64_prot){"PAGE_KERNEL_ROX", ro & ~PTE_PXN};
	a->exec = (struct arm64_prot){"PAGE_KERNEL_EXEC", rw & ~PTE_PXN};
	a->vmemmap = a->alias_first ? a->kernel : (struct arm64_prot){"PROT_SECT_NORMAL", normal | (a->pi ? PTE_WRITE : 0)};
}

static int prepare(struct ptk_boot *b)
{
	const struct ptk_machine *m = b->machine;
	struct arm64 *a = calloc(1, sizeof *a);
	if (!a)
		return ptk_err_set_(b->err, PTK_E_NOMEM, "no memory for a boot");
	b->arch = a;
	a->r = &m->info.regime;
	a->page_shift = a->r->page_shift;
	a->page = BIT(a->page_shift);
	a->levels = a->r->nlevels;
	a->va_bits = a->r->va_bits;
	a->va_config = (unsigned)boot_value_(m, "va_bits_config", a->va_bits);
	a->lpa2 = a->r->flags & PTK_RF_DS;
	a->head_text = !boot_since_(m, 5, 11);
	a->uxn_table = boot_since_(m, 5, 13) ? TABLE_UXN : 0;
	a->asm_idmap = !boot_since_(m, 6, 0);
	a->pi = boot_since_(m, 6, 9);
	a->section_bits = !boot_since_(m, 5, 12) ? 30 : a->page_shift == 16 ? 29 : 27;
	a->wide_fixmap = boot_since_(m, 6, 4);
	a->alias_first = boot_since_(m, 7, 2);
	a->alias_invalid = boot_since_(m, 7, 3);
	a->table = PTE_VALID | PTE_TABLE | (boot_since_(m, 6, 13) ? TABLE_AF : 0);
	a->text_first = boot_value_(m, "text_first", a->head_text || boot_since_(m, 6, 12));
	a->rodata = (unsigned)boot_value_(m, "rodata", 2);
	a->ng = boot_value_(m, "ng", 0);
	a->kpti = boot_value_(m, "kpti", 0);
	a->bti = boot_value_(m, "bti", 0);
	a->page_granular = a->rodata == 2 || boot_value_(m, "page_granular", 0);
	set_layout(b, a);
	set_fixmap(b, a);
	set_prots(a, boot_value_(m, "dirty", boot_since_(m, 6, 1)));
	b->memblock.first = a->page;
	arm64_use_root_(b, a->pi ? "swapper_pg_dir" : "init_pg_dir");
	return b->failed;
}

/* ---- the regions that stay ---- */

static void name_regions(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t first = memblock_start_of_dram_(&b->memblock), last = memblock_end_of_dram_(&b->memblock) - 1;
	if (b->failed)
		return;
	/* what lies before _stext and is not mapped, vmalloc() may give away: without KASLR its area begins there */
	boot_region_(b, "kernel image", a->pi ? "pi/map_kernel" : "map_kernel",
	             boot_image_va_(b, a->text_first ? "_text" : "_stext"), boot_image_va_(b, "_end") - 1);
	boot_region_(b, "fixmap", "early_fixmap_init", a->fix_start, a->fix_top - 1);
	if (b->opts.stage == PTK_BOOT_HEAD || b->opts.stage == PTK_BOOT_EARLY)
		return;
	boot_region_(b, "linear map", "map_mem", arm64_linear_va(a, round_down(first, a->page)),
	             arm64_linear_va(a, last));
	if (b->opts.stage == PTK_BOOT_FINAL)
		boot_region_(b, "vmemmap", "vmemmap_populate", arm64_vmemmap_va(a, round_down(first, BIT(a->section_bits))),
		             arm64_vmemmap_va(a, last | low_bits(a->section_bits)) | 63);
}

static int run(struct ptk_boot *b)
{
	int rc = prepare(b);
	if (rc < 0)
		return rc;
	struct arm64 *a = arm64_of(b);
	if (a->pi)
		arm64_head_pi_(b);
	else
		arm64_head_asm_(b);
	if (boot_goes_on_(b, PTK_BOOT_HEAD))
		arm64_fixmap_(b);
	if (boot_goes_on_(b, PTK_BOOT_EARLY)) {
		arm64_memblock_init_(b);
		arm64_paging_init_(b);
	}
	if (boot_goes_on_(b, PTK_BOOT_PAGING_INIT)) {
		arm64_vmemmap_(b);
		arm64_final_(b);
	}
	name_regions(b);
	return b->failed;
}

const struct boot_arch boot_arch_arm64_ = {
        .name = "arm64",
        .first = {5, 10},
        .last = {7, 3},
        .key = keys,
        .nkeys = sizeof keys / sizeof *keys,
        .symbol = symbols,
        .like = arm64_like_,
        .check = check,
        .run = run,
        .witness = arm64_witness_,
        .explain = arm64_explain_,
};
