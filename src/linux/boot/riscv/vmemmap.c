// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The array of struct page: vmemmap_populate() of arch/riscv/mm/init.c, and mm/sparse-vmemmap.c. Its tables and pages come
 * from memblock after what unflatten_device_tree() and the sections' own arrays took.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/riscv/riscv.h"
#include "linux/boot/sparse.h"

#define SECTION_BITS 27
#define FOLIO_MAX (UINT64_C(16) << 30) /* MAX_FOLIO_ORDER: what hugetlb is expected to make at most, on 64 bits */

struct populate {
	struct ptk_boot *b;
	const struct riscv *v;
	struct sparse s;
	uint64_t origin;                /* address of the struct page of physical address 0, whether there is one or not */
	unsigned level;                 /* of leaves: PMD or 0 */
	uint64_t blocks, pages, tables; /* of one section */
};

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

static struct populate populate_of(struct ptk_boot *b)
{
	const struct riscv *v = riscv_of(b);
	uint64_t pgdat = boot_symbol_(b->machine, "contig_page_data"), size = boot_value_(b->machine, "struct_page", 64);
	uint64_t first = vmemmap_first(b, size);
	return (struct populate){
	        .b = b,
	        .v = v,
	        .s = {
	                .b = b,
	                .page_shift = 12,
	                .section_bits = SECTION_BITS,
	                .phys_bits = 56,
	                .pageblock = 9,
	                .struct_page = (unsigned)size,
	                .mem_section = 16, /* without CONFIG_PAGE_EXTENSION */
	                .block = riscv_size(v, PMD),
	                .low = v->phys_offset,
	                .pgdat = pgdat && boot_value_(b->machine, "hotremove", 0) ? pgdat - v->start + v->phys : 0,
	        },
	        .origin = v->vmemmap - first * size,
	        .level = boot_value_(b->machine, "vmemmap_huge", boot_since_(b->machine, 6, 7)) ? PMD : 0,
	};
}

/* pfn_to_page() */
static uint64_t page_of(const struct populate *p, uint64_t pa)
{
	return p->origin + (pa >> 12) * p->s.struct_page;
}

void riscv_vmemmap_region_(struct ptk_boot *b, uint64_t first, uint64_t last)
{
	struct populate p = populate_of(b);
	boot_region_(b, "vmemmap", "vmemmap_populate", page_of(&p, round_down(first, BIT(SECTION_BITS))),
	             page_of(&p, (last | low_bits(SECTION_BITS)) + 1) - 1);
}

/* ---- mm/sparse-vmemmap.c ---- */

/* vmemmap_pgd_populate() to vmemmap_pmd_populate(): the table below the entry at `at`. */
static uint64_t table_below(struct populate *p, unsigned level, uint64_t at, uint64_t va)
{
	static const char *const functions[] = {"vmemmap_pmd_populate", "vmemmap_pud_populate", "vmemmap_p4d_populate",
	                                        "vmemmap_pgd_populate"};
	uint64_t e = boot_get_(p->b, at), size = riscv_size(p->v, level + 1);
	if (e || p->b->failed)
		return riscv_entry_pa(e);
	e = boot_table_(p->b, sparse_alloc_(&p->s, 4096, 4096, p->s.low), 4096);
	boot_set_(p->b, at, riscv_entry(e, RV_V));
	p->tables++;
	struct ptk_boot_step step = BOOT_STEP(2, functions[level < 4 ? level : 3]);
	step.first = round_down(va, size);
	step.last = step.first + (size - 1);
	step.table = e;
	step.from = "memblock";
	boot_step_(p->b, &step, "a %s table", riscv_level_name_(p->v, level));
	return e;
}

/* The entry for va at a level, taking tables on the way. */
static uint64_t entry_for(struct populate *p, unsigned level, uint64_t va)
{
	uint64_t table = p->b->space.root;
	for (unsigned l = p->v->levels - 1; l > level && !p->b->failed; l--)
		table = table_below(p, l - 1, riscv_slot_(p->v, l, table, va), va);
	return riscv_slot_(p->v, level, table, va);
}

/* A leaf that two sections share is there when the second one comes. False: there is no memory for it. */
static bool populate_one(struct populate *p, unsigned level, uint64_t va)
{
	uint64_t at = entry_for(p, level, va), pa;
	if (p->b->failed || boot_get_(p->b, at))
		return true;
	pa = sparse_block_(&p->s, riscv_size(p->v, level));
	if (!pa)
		return false;
	boot_set_(p->b, at, riscv_entry(pa, riscv_kernel_.bits));
	*(level ? &p->blocks : &p->pages) += 1;
	return true;
}

/* vmemmap_populate_basepages(): [va, last] */
static void basepages(struct populate *p, uint64_t va, uint64_t last)
{
	for (; !p->b->failed && va <= last; va += 4096)
		if (!populate_one(p, 0, va))
			boot_fail_(p->b, PTK_E_CONFLICT, "there is no free memory for the array of struct page");
}

/* vmemmap_populate_hugepages(): where there is no memory for a leaf, pages. */
static void hugepages(struct populate *p, uint64_t va, uint64_t last)
{
	uint64_t size = riscv_size(p->v, PMD), end;
	for (; !p->b->failed && va <= last; va = end + 1) {
		end = va | (size - 1);
		uint64_t at = entry_for(p, PMD, va), e = boot_get_(p->b, at);
		if ((e && !(e & RV_LEAF)) || !populate_one(p, PMD, va))
			basepages(p, va, end < last ? end : last);
	}
}

static void populate_section(struct populate *p, uint64_t nr)
{
	struct ptk_boot_step step = BOOT_STEP(1, "vmemmap_populate");
	p->blocks = p->pages = p->tables = 0;
	step.first = page_of(p, nr << SECTION_BITS);
	step.last = page_of(p, (nr + 1) << SECTION_BITS) - 1;
	step.type = riscv_kernel_.name;
	(p->level ? hugepages : basepages)(p, step.first, step.last);
	boot_step_(p->b, &step,
	           "struct pages of section %" PRIu64 ": %" PRIu64 " blocks, %" PRIu64 " pages, %" PRIu64 " new tables; %s", nr,
	           p->blocks, p->pages, p->tables,
	           p->level ? "2M leaves, whatever a section's take: two sections may share one" : "always pages, before 6.7");
}

void riscv_vmemmap_(struct ptk_boot *b)
{
	if (b->failed || !boot_value_(b->machine, "vmemmap", 0))
		return;
	struct populate p = populate_of(b);
	sparse_unflatten_(&p.s);
	boot_step_(b, &BOOT_STEP(0, "sparse_init"), "the array of struct page, %u bytes each, in sections of 128M", p.s.struct_page);
	sparse_begin_(&p.s);
	for (uint64_t nr = sparse_next_section_(&p.s, 0); nr != SPARSE_NONE && !b->failed; nr = sparse_next_section_(&p.s, nr + 1))
		populate_section(&p, nr);
	sparse_end_(&p.s);
}
