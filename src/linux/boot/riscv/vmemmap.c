// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The array of struct page: vmemmap_populate() of arch/riscv/mm/init.c. Its tables and pages come
 * from memblock after what unflatten_device_tree() and the sections' own arrays took.
 */
#include "base/bits.h"
#include "linux/boot/riscv/riscv.h"
#include "linux/boot/sparse.h"

#define SECTION_BITS 27
#define FOLIO_MAX (UINT64_C(16) << 30) /* MAX_FOLIO_ORDER: what hugetlb is expected to make at most, on 64 bits */

/*
 * vmemmap_start_pfn: what VMEMMAP_START is for. It is the section that memory starts in; since 7.2, where hugetlb gives
 * struct pages back (HUGETLB_PAGE_OPTIMIZE_VMEMMAP) and their size is a power of two, that of the largest folio,
 * MAX_FOLIO_VMEMMAP_ALIGN, so that struct pages of each folio are aligned to their own size.
 */
static uint64_t vmemmap_first(struct ptk_boot *b, uint64_t struct_page)
{
	bool folios = boot_since_(b->machine, 7, 2) && boot_value_(b->machine, "hvo", 0) && !(struct_page & (struct_page - 1));
	uint64_t align = folios ? FOLIO_MAX : BIT(SECTION_BITS);
	return boot_value_(b->machine, "vmemmap_start_pfn", round_down(memblock_start_of_dram_(&b->memblock), align) >> 12);
}

static uint64_t table_entry(const struct ptk_boot *b, uint64_t table)
{
	return riscv_entry(table, RV_V);
}

static uint64_t leaf(const struct ptk_boot *b, unsigned level, uint64_t pa)
{
	return riscv_entry(pa, riscv_kernel_.bits);
}

static const char *const names[] = {"pte", "pmd", "pud", "p4d"};
static const struct sparse_arch arch = {table_entry, leaf, names};

static struct sparse sparse_of(struct ptk_boot *b)
{
	const struct riscv *v = riscv_of(b);
	uint64_t pgdat = boot_symbol_(b->machine, "contig_page_data"), size = boot_value_(b->machine, "struct_page", 64);
	bool huge = boot_value_(b->machine, "vmemmap_huge", boot_since_(b->machine, 6, 7));
	return (struct sparse){
		.b = b,
		.arch = &arch,
		.page_shift = 12,
		.section_bits = SECTION_BITS,
		.phys_bits = 56,
		.pageblock = 9,
		.struct_page = (unsigned)size,
		.mem_section = (unsigned)boot_value_(b->machine, "mem_section", 16),
		.block = riscv_size(v, PMD),
		.low = v->phys_offset,
		.hotremove = boot_value_(b->machine, "hotremove", 0),
		.pgdat = pgdat ? pgdat - v->start + v->phys : 0,
		.origin = v->vmemmap - vmemmap_first(b, size) * size,
		.huge = huge,
		.type = riscv_kernel_.name,
		.why = huge ? "2M leaves, whatever a section's take: two sections may share one" : "always pages, before 6.7",
	};
}

void riscv_vmemmap_region_(struct ptk_boot *b, uint64_t first, uint64_t last)
{
	struct sparse s = sparse_of(b);
	boot_region_(b, "vmemmap", "vmemmap_populate", sparse_page_(&s, round_down(first, BIT(SECTION_BITS))),
	             sparse_page_(&s, (last | low_bits(SECTION_BITS)) + 1) - 1);
}

void riscv_vmemmap_(struct ptk_boot *b)
{
	if (b->failed || !boot_value_(b->machine, "vmemmap", 0))
		return;
	struct sparse s = sparse_of(b);
	sparse_unflatten_(&s);
	boot_step_(b, &BOOT_STEP(0, "sparse_init"), "the array of struct page, %u bytes each, in sections of 128M", s.struct_page);
	sparse_begin_(&s);
	sparse_populate_all_(&s);
}
