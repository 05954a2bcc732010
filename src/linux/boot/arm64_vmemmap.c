// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The array of struct page: sparse_init() (mm/sparse.c) and vmemmap_populate() (mm/sparse-vmemmap.c,
 * arch/arm64/mm/mmu.c). Its tables and pages come from memblock after what unflatten_device_tree() and the sections'
 * own arrays took.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/arm64.h"

#define STRUCT_PAGE 64
#define SECTIONS_MAX UINT64_C(0x100000) /* 128 TiB: more is no machine, and would not end */
#define MEM_SECTION 16                  /* sizeof(struct mem_section) without CONFIG_PAGE_EXTENSION */

struct sparse {
	struct ptk_boot *b;
	struct arm64 *a;
	unsigned section_bits; /* SECTION_SIZE_BITS of asm/sparsemem.h */
	uint64_t map_size;     /* section_map_size() */
	uint64_t buf, buf_end; /* sparsemap_buf */
	uint64_t blocks, pages, tables;
};

/* memblock_alloc() with a lower limit that is given up when there is no room above it. */
static uint64_t alloc(struct ptk_boot *b, uint64_t size, uint64_t align, uint64_t min)
{
	uint64_t pa;
	if (memblock_alloc_range_(&b->memblock, size, align, min, 0, &pa) < 0 &&
	    memblock_alloc_range_(&b->memblock, size, align, 0, 0, &pa) < 0)
		return 0;
	return pa;
}

/* __pa(MAX_DMA_ADDRESS): where the linear map starts. */
static uint64_t low_limit(const struct arm64 *a)
{
	return a->memstart < 0 ? UINT64_MAX : (uint64_t)a->memstart;
}

static void tell_alloc(struct ptk_boot *b, const char *function, uint64_t pa, uint64_t size, const char *what)
{
	struct ptk_boot_step s = BOOT_STEP(1, function);
	s.pa = pa;
	if (pa)
		boot_step_(b, &s, "%" PRIu64 " bytes: %s", size, what);
}

/* ---- which sections there are ---- */

static uint64_t next_section(const struct sparse *s, uint64_t nr)
{
	const struct memblock_type *t = &s->b->memblock.memory;
	for (size_t i = 0; i < t->n; i++) {
		uint64_t page = s->a->page, first = (t->region[i].base + page - 1) & ~(page - 1);
		uint64_t end = (t->region[i].base + t->region[i].size) & ~(page - 1);
		if (first >= end || (end - 1) >> s->section_bits < nr)
			continue;
		return first >> s->section_bits > nr ? first >> s->section_bits : nr;
	}
	return UINT64_MAX;
}

/* memblocks_present(): the array of roots, and a root for each group of sections. Returns how many sections. */
static uint64_t memblocks_present(struct sparse *s)
{
	uint64_t per_root = s->a->page / MEM_SECTION, last_root = UINT64_MAX, n = 0;
	uint64_t roots = (BIT(s->a->r->pa_bits > 48 ? 52 : 48) >> s->section_bits) / per_root;
	uint64_t pa_bits = boot_value_(s->b->machine, "max_physmem_bits", 0);
	if (pa_bits > s->section_bits && pa_bits < 64)
		roots = (BIT(pa_bits - s->section_bits) + per_root - 1) / per_root;
	tell_alloc(s->b, "memblocks_present", alloc(s->b, roots * 8, 64, 0), roots * 8,
	           "mem_section, an array of roots");
	for (uint64_t nr = next_section(s, 0); nr != UINT64_MAX && n < SECTIONS_MAX;
	     nr = next_section(s, nr + 1), n++) {
		if (nr / per_root == last_root)
			continue;
		last_root = nr / per_root;
		tell_alloc(s->b, "sparse_index_init", alloc(s->b, s->a->page, 64, 0), s->a->page,
		           "sections of one root");
	}
	return n;
}

/* struct mem_section_usage: an rcu_head (6.1.77, 6.8), a bit for each 2M, 4 bits for each pageblock. */
static uint64_t usage_size(const struct sparse *s)
{
	unsigned pageblock = s->a->page_shift == 12 ? 9 : s->a->page_shift == 14 ? 11 : 13;
	uint64_t subsections = BIT(s->section_bits - 21), blocks = BIT(s->section_bits - s->a->page_shift - pageblock);
	return 16 + (subsections + 63) / 64 * 8 + (4 * blocks + 63) / 64 * 8;
}

/* With CONFIG_MEMORY_HOTREMOVE they go into the section that the pgdat (in the kernel's image) is in. */
static void usage_maps(struct sparse *s, uint64_t sections)
{
	uint64_t size = usage_size(s) * sections, pgdat = boot_symbol_(s->b->machine, "contig_page_data"), pa;
	uint64_t goal = round_down(pgdat - s->a->voffset, BIT(s->section_bits));
	if (!boot_value_(s->b->machine, "hotremove", 0) || !pgdat ||
	    memblock_alloc_range_(&s->b->memblock, size, 64, goal, goal + BIT(s->section_bits), &pa) < 0)
		pa = alloc(s->b, size, 64, 0);
	tell_alloc(s->b, "sparse_init_nid", pa, size, "usage maps");
}

/* ---- memory for it ---- */

static uint64_t buffer_alloc(struct sparse *s, uint64_t size)
{
	uint64_t at = (s->buf + size - 1) & ~(size - 1);
	if (!s->buf || at + size > s->buf_end)
		return 0;
	if (at > s->buf)
		memblock_unreserve_(&s->b->memblock, s->buf, at - s->buf);
	s->buf = at + size;
	return at;
}

static uint64_t block_alloc(struct sparse *s, uint64_t size)
{
	uint64_t pa = buffer_alloc(s, size);
	if (!pa)
		pa = alloc(s->b, size, size, low_limit(s->a));
	if (!pa)
		boot_fail_(s->b, PTK_E_CONFLICT, "there is no free memory for the array of struct page");
	return pa;
}

/* vmemmap_pgd_populate() to vmemmap_pmd_populate(): the table below the entry at `at`. */
static uint64_t table_below(struct sparse *s, unsigned level, uint64_t at, uint64_t va)
{
	uint64_t e = boot_get_(s->b, at);
	if (e)
		return arm64_entry_to_phys(s->a, e);
	static const char *const functions[] = {"vmemmap_pmd_populate", "vmemmap_pud_populate", "vmemmap_p4d_populate",
	                                        "vmemmap_pgd_populate"};
	struct ptk_boot_step step = BOOT_STEP(2, functions[level < 4 ? level : 3]);
	if (!arm64_may_take(s->b, 1))
		return 0;
	uint64_t pa = alloc(s->b, s->a->page, s->a->page, low_limit(s->a));
	if (!pa) {
		boot_fail_(s->b, PTK_E_CONFLICT, "there is no free memory for tables of the array of struct page");
		return 0;
	}
	boot_zero_(s->b, pa, s->a->page);
	boot_set_(s->b, at, arm64_phys_to_entry(s->a, pa) | 3 | TABLE_UXN);
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
static uint64_t entry_for(struct sparse *s, unsigned level, uint64_t va)
{
	uint64_t table = s->a->root;
	for (unsigned l = s->a->levels - 1; l > level && !s->b->failed; l--)
		table = table_below(s, l - 1, arm64_slot(s->a, l, table, va), va);
	return arm64_slot(s->a, level, table, va);
}

static void populate_one(struct sparse *s, unsigned level, uint64_t va)
{
	uint64_t at = entry_for(s, level, va);
	if (s->b->failed || boot_get_(s->b, at))
		return;
	uint64_t pa = block_alloc(s, arm64_size(s->a, level));
	uint64_t bits = level ? s->a->vmemmap.bits & ~PTE_TABLE : s->a->kernel.bits;
	boot_set_(s->b, at, arm64_phys_to_entry(s->a, pa) | bits);
	*(level ? &s->blocks : &s->pages) += 1;
}

/* Blocks only with 4K pages, where the struct pages of a section fill one exactly. */
static void populate_section(struct sparse *s, uint64_t nr)
{
	struct arm64 *a = s->a;
	uint64_t pages = BIT(s->section_bits - a->page_shift), start = arm64_vmemmap_va(a, nr << s->section_bits);
	unsigned level = a->page_shift == 12 ? 1 : 0;
	uint64_t end = start + pages * STRUCT_PAGE;
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

static void buffer_init(struct sparse *s, uint64_t sections)
{
	s->map_size = BIT(s->section_bits - s->a->page_shift) * STRUCT_PAGE;
	s->map_size = (s->map_size + arm64_size(s->a, 1) - 1) & ~(arm64_size(s->a, 1) - 1);
	s->buf = alloc(s->b, s->map_size * sections, s->map_size, low_limit(s->a));
	s->buf_end = s->buf + s->map_size * sections;
	if (s->buf)
		tell_alloc(s->b, "sparse_buffer_init", s->buf, s->map_size * sections,
		           "for all struct pages, in one piece");
	else
		boot_step_(s->b, &BOOT_STEP(1, "sparse_buffer_init"),
		           "no room for all struct pages in one piece of %s: page by page then",
		           arm64_size_text(s->map_size * sections).text);
}

void arm64_vmemmap_(struct ptk_boot *b)
{
	struct arm64 *a = arm64_of(b);
	struct sparse s = {.b = b, .a = a, .section_bits = a->page_shift == 16 ? 29 : 27};
	uint64_t nodes = boot_value_(b->machine, "dt_nodes", 0);
	struct ptk_boot_step step = BOOT_STEP(0, "unflatten_device_tree");
	if (b->failed)
		return;
	boot_step_(b, &step, "%" PRIu64 " bytes of nodes and properties from memblock", nodes);
	if (nodes)
		alloc(b, nodes, 8, 0);
	step = BOOT_STEP(0, "sparse_init");
	boot_step_(b, &step, "the array of struct page, in sections of %s", arm64_size_text(BIT(s.section_bits)).text);
	uint64_t sections = memblocks_present(&s);
	if (sections == SECTIONS_MAX)
		boot_fail_(b, PTK_E_LIMIT, "this machine has more than %" PRIu64 " sections of memory", SECTIONS_MAX);
	usage_maps(&s, sections);
	buffer_init(&s, sections);
	for (uint64_t nr = next_section(&s, 0); nr != UINT64_MAX && !b->failed; nr = next_section(&s, nr + 1))
		populate_section(&s, nr);
	if (s.buf && s.buf < s.buf_end)
		memblock_unreserve_(&b->memblock, s.buf, s.buf_end - s.buf);
}
