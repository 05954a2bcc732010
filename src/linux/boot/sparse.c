// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Sections of memory, where their struct pages come from, and how they are mapped: mm/sparse.c, mm/sparse-vmemmap.c. */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/sparse.h"

#define SECTIONS_MAX UINT64_C(0x100000) /* 128 TiB: more is no machine, and would not end */

/* memblock_alloc() above a lower limit, that is given up when there is no room there; 0 when there is none at all. */
static uint64_t alloc(struct sparse *s, uint64_t size, uint64_t align, uint64_t min)
{
	uint64_t pa;
	if (memblock_alloc_range_(&s->b->memblock, size, align, min, 0, &pa) < 0 &&
	    memblock_alloc_range_(&s->b->memblock, size, align, 0, 0, &pa) < 0)
		return 0;
	return pa;
}

static void tell_alloc(struct sparse *s, const char *function, uint64_t pa, uint64_t size, const char *what)
{
	struct ptk_boot_step step = BOOT_STEP(1, function);
	step.pa = pa;
	if (pa)
		boot_step_(s->b, &step, "%" PRIu64 " bytes: %s", size, what);
}

/* ---- which sections there are ---- */

uint64_t sparse_next_section_(const struct sparse *s, uint64_t nr)
{
	const struct memblock_type *t = &s->b->memblock.memory;
	uint64_t page = BIT(s->page_shift);
	for (size_t i = 0; i < t->n; i++) {
		uint64_t first = (t->region[i].base + page - 1) & ~(page - 1);
		uint64_t end = (t->region[i].base + t->region[i].size) & ~(page - 1);
		if (first >= end || (end - 1) >> s->section_bits < nr)
			continue;
		return first >> s->section_bits > nr ? first >> s->section_bits : nr;
	}
	return SPARSE_NONE;
}

/* memblocks_present(): the array of roots, and a root for each group of sections. Returns how many sections. */
static uint64_t memblocks_present(struct sparse *s)
{
	uint64_t per_root = BIT(s->page_shift) / s->mem_section, last_root = UINT64_MAX, n = 0;
	uint64_t roots = (BIT(s->phys_bits - s->section_bits) + per_root - 1) / per_root;
	tell_alloc(s, "memblocks_present", alloc(s, roots * 8, 64, 0), roots * 8, "mem_section, an array of roots");
	for (uint64_t nr = sparse_next_section_(s, 0); nr != SPARSE_NONE && n < SECTIONS_MAX;
	     nr = sparse_next_section_(s, nr + 1), n++) {
		if (nr / per_root == last_root)
			continue;
		last_root = nr / per_root;
		tell_alloc(s, "sparse_index_init", alloc(s, BIT(s->page_shift), 64, 0), BIT(s->page_shift),
		           "sections of one root");
	}
	return n;
}

/* struct mem_section_usage: an rcu_head (6.1.77, 6.8), a bit for each 2M, 4 bits for each pageblock. */
static uint64_t usage_size(const struct sparse *s)
{
	uint64_t subsections = BIT(s->section_bits - 21), blocks = BIT(s->section_bits - s->page_shift - s->pageblock);
	return 16 + (subsections + 63) / 64 * 8 + (4 * blocks + 63) / 64 * 8;
}

static void usage_maps(struct sparse *s, uint64_t sections)
{
	uint64_t size = usage_size(s) * sections, goal = round_down(s->pgdat, BIT(s->section_bits)), pa;
	if (!s->pgdat ||
	    memblock_alloc_range_(&s->b->memblock, size, 64, goal, goal + BIT(s->section_bits), &pa) < 0)
		pa = alloc(s, size, 64, 0);
	tell_alloc(s, "sparse_init_nid", pa, size, "usage maps");
}

/* ---- memory for struct pages ---- */

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

/* vmemmap_alloc_block_buf(): size bytes for struct pages, aligned to their size; 0 when there is no room. */
static uint64_t alloc_block(struct sparse *s, uint64_t size)
{
	uint64_t pa = buffer_alloc(s, size);
	return pa ? pa : alloc(s, size, size, s->low);
}

/* 7.2 has no such piece any more: each block is taken when it is mapped. */
static void buffer_init(struct sparse *s, uint64_t sections)
{
	if (boot_since_(s->b->machine, 7, 2))
		return;
	s->map_size = BIT(s->section_bits - s->page_shift) * s->struct_page;
	s->map_size = (s->map_size + s->block - 1) & ~(s->block - 1);
	s->buf = alloc(s, s->map_size * sections, s->map_size, s->low);
	s->buf_end = s->buf + s->map_size * sections;
	if (s->buf)
		tell_alloc(s, "sparse_buffer_init", s->buf, s->map_size * sections, "for all struct pages, in one piece");
	else
		boot_step_(s->b, &BOOT_STEP(1, "sparse_buffer_init"),
		           "no room for all struct pages in one piece of %" PRIu64 "M: block by block then",
		           s->map_size * sections >> 20);
}

void sparse_unflatten_(struct sparse *s)
{
	uint64_t nodes = boot_value_(s->b->machine, "dt_nodes", 0);
	boot_step_(s->b, &BOOT_STEP(0, "unflatten_device_tree"), "%" PRIu64 " bytes of nodes and properties from memblock", nodes);
	if (nodes)
		alloc(s, nodes, 8, 0);
}

void sparse_begin_(struct sparse *s)
{
	uint64_t sections = memblocks_present(s);
	if (sections == SECTIONS_MAX)
		boot_fail_(s->b, PTK_E_LIMIT, "this machine has more than %" PRIu64 " sections of memory", SECTIONS_MAX);
	usage_maps(s, sections);
	buffer_init(s, sections);
}

/* ---- how they are mapped: mm/sparse-vmemmap.c ---- */

uint64_t sparse_page_(const struct sparse *s, uint64_t pa)
{
	return s->origin + (pa >> s->page_shift) * s->struct_page;
}

static uint64_t new_table(struct sparse *s, unsigned level, uint64_t at, uint64_t va)
{
	static const char *const functions[] = {"vmemmap_pmd_populate", "vmemmap_pud_populate", "vmemmap_p4d_populate",
	                                        "vmemmap_pgd_populate"};
	uint64_t page = BIT(s->page_shift), size = ptk_level_size(&s->b->space.regime, (int)level + 1);
	struct ptk_boot_step step = BOOT_STEP(2, functions[level]);
	step.table = boot_table_(s->b, alloc(s, page, page, s->low), page);
	boot_set_(s->b, at, s->arch->table_entry(s->b, step.table));
	s->tables++;
	step.first = round_down(va, size);
	step.last = step.first + (size - 1);
	step.from = "memblock";
	boot_step_(s->b, &step, "a %s table", s->arch->name[level]);
	return step.table;
}

/* vmemmap_pgd_populate() to vmemmap_pmd_populate(): the entry for va at a level, taking tables on the way. */
static uint64_t entry_for(struct sparse *s, unsigned level, uint64_t va)
{
	const struct ptk_regime *r = &s->b->space.regime;
	uint64_t table = s->b->space.root;
	for (unsigned l = r->nlevels - 1u;; l--) {
		uint64_t at = table + ((uint64_t)ptk_level_index(r, (int)l, va) << r->entry_shift);
		struct ptk_entry e;
		if (l == level || s->b->failed)
			return at;
		ptk_entry_decode(r, (int)l, boot_get_(s->b, at), &e);
		table = e.kind == PTK_TABLE ? e.pa : new_table(s, l - 1, at, va);
	}
}

/* A leaf of a level, unless there is something already. False: there is no memory for it. */
static bool populate_one(struct sparse *s, unsigned level, uint64_t va)
{
	uint64_t at = entry_for(s, level, va), pa;
	if (s->b->failed || boot_get_(s->b, at))
		return true;
	pa = alloc_block(s, ptk_level_size(&s->b->space.regime, (int)level));
	if (!pa)
		return false;
	boot_set_(s->b, at, s->arch->leaf(s->b, level, pa));
	*(level ? &s->blocks : &s->pages) += 1;
	return true;
}

/* vmemmap_populate_basepages(): [va, last] */
static void basepages(struct sparse *s, uint64_t va, uint64_t last)
{
	for (; !s->b->failed && va <= last; va += BIT(s->page_shift))
		if (!populate_one(s, 0, va))
			boot_fail_(s->b, PTK_E_CONFLICT, "there is no free memory for the array of struct page");
}

static bool has_table(struct sparse *s, uint64_t at)
{
	struct ptk_entry e;
	ptk_entry_decode(&s->b->space.regime, 1, boot_get_(s->b, at), &e);
	return e.kind == PTK_TABLE;
}

/* vmemmap_populate_hugepages(): where there is no memory for a leaf, pages. */
static void hugepages(struct sparse *s, uint64_t va, uint64_t last)
{
	for (uint64_t end; !s->b->failed && va <= last; va = end + 1) {
		end = va | (s->block - 1);
		if (has_table(s, entry_for(s, 1, va)) || !populate_one(s, 1, va))
			basepages(s, va, end < last ? end : last);
	}
}

void sparse_populate_(struct sparse *s, uint64_t nr)
{
	(s->huge ? hugepages : basepages)(s, sparse_page_(s, nr << s->section_bits),
	                                  sparse_page_(s, (nr + 1) << s->section_bits) - 1);
}

void sparse_populate_all_(struct sparse *s)
{
	for (uint64_t nr = sparse_next_section_(s, 0); nr != SPARSE_NONE && !s->b->failed; nr = sparse_next_section_(s, nr + 1)) {
		struct ptk_boot_step step = BOOT_STEP(1, "vmemmap_populate");
		s->blocks = s->pages = s->tables = 0;
		sparse_populate_(s, nr);
		step.first = sparse_page_(s, nr << s->section_bits);
		step.last = sparse_page_(s, (nr + 1) << s->section_bits) - 1;
		step.type = s->type;
		boot_step_(s->b, &step,
		           "struct pages of section %" PRIu64 ": %" PRIu64 " blocks, %" PRIu64 " pages, %" PRIu64 " new tables; %s",
		           nr, s->blocks, s->pages, s->tables, s->why);
	}
}

void sparse_end_(struct sparse *s)
{
	if (s->buf && s->buf < s->buf_end)
		memblock_unreserve_(&s->b->memblock, s->buf, s->buf_end - s->buf);
}
