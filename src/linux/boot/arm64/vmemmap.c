// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The array of struct page: vmemmap_populate() (mm/sparse-vmemmap.c, arch/arm64/mm/mmu.c). Its tables and pages come from
 * memblock after what unflatten_device_tree() and the sections' own arrays took.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/arm64/arm64.h"
#include "linux/boot/sparse.h"

struct populate {
	struct ptk_boot *b;
	struct arm64 *a;
	struct sparse s;
	uint64_t blocks, pages, tables; /* of one section */
};

/* __pa(MAX_DMA_ADDRESS): where the linear map starts. */
static uint64_t low_limit(const struct arm64 *a)
{
	return a->memstart < 0 ? UINT64_MAX : (uint64_t)a->memstart;
}

/* vmemmap_pgd_populate() to vmemmap_pmd_populate(): the table below the entry at `at`. */
static uint64_t table_below(struct populate *s, unsigned level, uint64_t at, uint64_t va)
{
	uint64_t e = boot_get_(s->b, at);
	if (e)
		return arm64_entry_to_phys(s->a, e);
	static const char *const functions[] = {"vmemmap_pmd_populate", "vmemmap_pud_populate", "vmemmap_p4d_populate",
	                                        "vmemmap_pgd_populate"};
	struct ptk_boot_step step = BOOT_STEP(2, functions[level < 4 ? level : 3]);
	if (!arm64_may_take(s->b, 1))
		return 0;
	uint64_t pa = sparse_alloc_(&s->s, s->a->page, s->a->page, s->s.low);
	if (!pa) {
		boot_fail_(s->b, PTK_E_CONFLICT, "there is no free memory for tables of the array of struct page");
		return 0;
	}
	boot_zero_(s->b, pa, s->a->page);
	boot_set_(s->b, at, arm64_phys_to_entry(s->a, pa) | s->a->table | TABLE_UXN);
	s->tables++;
	step.first = round_down(va, arm64_size(s->a, level + 1));
	step.last = step.first + (arm64_size(s->a, level + 1) - 1);
	step.table = pa;
	step.from = "memblock";
	boot_step_(s->b, &step, "a %s table", arm64_level_name(s->a, level));
	return pa;
}

/* ---- vmemmap_populate() ---- */

/* The entry for va at a level, taking tables on the way. */
static uint64_t entry_for(struct populate *s, unsigned level, uint64_t va)
{
	uint64_t table = s->a->root;
	for (unsigned l = s->a->levels - 1; l > level && !s->b->failed; l--)
		table = table_below(s, l - 1, arm64_slot(s->a, l, table, va), va);
	return arm64_slot(s->a, level, table, va);
}

static void populate_one(struct populate *s, unsigned level, uint64_t va)
{
	uint64_t at = entry_for(s, level, va);
	if (s->b->failed || boot_get_(s->b, at))
		return;
	uint64_t pa = sparse_block_(&s->s, arm64_size(s->a, level));
	if (!pa)
		boot_fail_(s->b, PTK_E_CONFLICT, "there is no free memory for the array of struct page");
	uint64_t bits = level ? s->a->vmemmap.bits & ~PTE_TABLE : s->a->kernel.bits;
	boot_set_(s->b, at, arm64_phys_to_entry(s->a, pa) | bits);
	*(level ? &s->blocks : &s->pages) += 1;
}

/* Blocks only with 4K pages, where the struct pages of a section fill one exactly. */
static void populate_section(struct populate *s, uint64_t nr)
{
	struct arm64 *a = s->a;
	uint64_t pages = BIT(s->s.section_bits - a->page_shift), start = arm64_vmemmap_va(a, nr << s->s.section_bits);
	unsigned level = a->page_shift == 12 ? 1 : 0;
	uint64_t end = start + pages * s->s.struct_page;
	struct ptk_boot_step step = BOOT_STEP(1, "vmemmap_populate");
	s->blocks = s->pages = s->tables = 0;
	for (uint64_t va = start; va < end && !s->b->failed; va = arm64_next(va, end, arm64_size(a, level)))
		populate_one(s, level, va);
	step.first = start;
	step.last = end - 1;
	step.type = level ? a->vmemmap.name : a->kernel.name;
	boot_step_(s->b, &step,
	           "struct pages of section %" PRIu64 ": %" PRIu64 " blocks, %" PRIu64 " pages, %" PRIu64
	           " new tables; %s",
	           nr, s->blocks, s->pages, s->tables,
	           level ? "a section's fill a block of 2M" : "pages, as a section's do not fill a block");
}

/* pageblock_order: with huge pages as large as a block, at most. */
static unsigned pageblock_order(const struct arm64 *a)
{
	return a->page_shift == 12 ? 9 : a->page_shift == 14 ? 11 : 13;
}

static struct sparse sparse_of(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t pgdat = boot_symbol_(b->machine, "contig_page_data");
	struct sparse s = {
		.b = b,
		.page_shift = a->page_shift,
		.section_bits = a->page_shift == 16 ? 29 : 27,
		.phys_bits = (unsigned)boot_value_(b->machine, "max_physmem_bits", 0),
		.pageblock = pageblock_order(a),
		.struct_page = 64,
		.mem_section = 16, /* without CONFIG_PAGE_EXTENSION */
		.block = arm64_size(a, 1),
		.low = low_limit(a),
		.pgdat = pgdat && boot_value_(b->machine, "hotremove", 0) ? pgdat - a->voffset : 0,
	};
	if (s.phys_bits <= s.section_bits || s.phys_bits >= 64)
		s.phys_bits = a->r->pa_bits > 48 ? 52 : 48;
	return s;
}

void arm64_vmemmap_(struct ptk_boot *b)
{
	struct populate s = {.b = b, .a = arm64_of(b), .s = sparse_of(b)};
	if (b->failed)
		return;
	sparse_unflatten_(&s.s);
	boot_step_(b, &BOOT_STEP(0, "sparse_init"), "the array of struct page, in sections of %s",
	           arm64_size_text(BIT(s.s.section_bits)).text);
	sparse_begin_(&s.s);
	for (uint64_t nr = sparse_next_section_(&s.s, 0); nr != SPARSE_NONE && !b->failed;
	     nr = sparse_next_section_(&s.s, nr + 1))
		populate_section(&s, nr);
	sparse_end_(&s.s);
}
