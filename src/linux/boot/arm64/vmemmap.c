// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The array of struct page: vmemmap_populate() of arch/arm64/mm/mmu.c. Its tables and pages come from
 * memblock after what unflatten_device_tree() and the sections' own arrays took.
 */
#include "base/bits.h"
#include "linux/boot/arm64/arm64.h"
#include "linux/boot/sparse.h"

/* __pa(MAX_DMA_ADDRESS): where the linear map starts. */
static uint64_t low_limit(const struct arm64 *a)
{
	return a->memstart < 0 ? UINT64_MAX : (uint64_t)a->memstart;
}

static uint64_t table_entry(const struct ptk_boot *b, uint64_t table)
{
	const struct arm64 *a = arm64_of(b);
	return arm64_phys_to_entry(a, table) | a->table | a->uxn_table;
}

static uint64_t leaf(const struct ptk_boot *b, unsigned level, uint64_t pa)
{
	const struct arm64 *a = arm64_of(b);
	return arm64_phys_to_entry(a, pa) | (level ? a->vmemmap.bits & ~PTE_TABLE : a->kernel.bits);
}

static const char *const names[] = {"pte", "pmd", "pud", "p4d"};
static const struct sparse_arch arch = {table_entry, leaf, names};

/* pageblock_order: with huge pages as large as a block, at most. */
static unsigned pageblock_order(const struct arm64 *a)
{
	return a->page_shift == 12 ? 9 : a->page_shift == 14 ? 11 : 13;
}

static struct sparse sparse_of(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t pgdat = boot_symbol_(b->machine, "contig_page_data");
	bool huge = a->page_shift == 12; /* where the struct pages of a section fill blocks */
	struct sparse s = {
		.b = b,
		.arch = &arch,
		.page_shift = a->page_shift,
		.section_bits = a->section_bits,
		.phys_bits = (unsigned)boot_value_(b->machine, "max_physmem_bits", 0),
		.pageblock = pageblock_order(a),
		.struct_page = 64,
		.mem_section = (unsigned)boot_value_(b->machine, "mem_section", 16),
		.block = arm64_size(a, 1),
		.low = low_limit(a),
		.hotremove = boot_value_(b->machine, "hotremove", 0),
		.pgdat = pgdat ? pgdat - a->voffset : 0,
		.origin = a->vmemmap_start - (uint64_t)(a->memstart / (int64_t)a->page) * 64,
		.huge = huge,
		.type = huge ? a->vmemmap.name : a->kernel.name,
		.why = huge ? "a section's fill blocks of 2M" : "pages, as a section's do not fill a block",
	};
	if (s.phys_bits <= s.section_bits || s.phys_bits >= 64)
		s.phys_bits = a->r->pa_bits > 48 ? 52 : 48;
	return s;
}

void arm64_vmemmap_(struct ptk_boot *b)
{
	if (b->failed)
		return;
	struct sparse s = sparse_of(b);
	sparse_unflatten_(&s);
	boot_step_(b, &BOOT_STEP(0, "sparse_init"), "the array of struct page, in sections of %s",
	           arm64_size_text(BIT(s.section_bits)).text);
	sparse_begin_(&s);
	sparse_populate_all_(&s);
}
