// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Sections of memory, where their struct pages come from, and how they are mapped: mm/sparse.c, mm/sparse-vmemmap.c. */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/sparse.h"

#define SECTIONS_MAX UINT64_C(0x100000) /* 128 TiB: more is no machine, and would not end */

struct want {
	uint64_t size, align, min, max;
	bool exact; /* of no other node */
};

/* memblock_alloc_internal(): from the node, else from any; then without the lower limit. 0 when there is no room at all. */
static uint64_t alloc_nid(struct sparse *s, const struct want *w, uint32_t nid)
{
	struct memblock *mb = &s->b->memblock;
	uint64_t pa;
	for (unsigned i = 0; i < (w->min ? 2u : 1u); i++) {
		uint64_t min = i ? 0 : w->min;
		if (memblock_alloc_range_in_(mb, w->size, w->align, min, w->max, nid, &pa) == 0 ||
		    (!w->exact && memblock_alloc_range_(mb, w->size, w->align, min, w->max, &pa) == 0))
			return pa;
	}
	return 0;
}

static uint32_t nid_of(const struct sparse *s)
{
	return s->node ? s->node - 1 : MEMBLOCK_NO_NODE;
}

/* memblock_alloc_node() of the node under way. */
static uint64_t alloc(struct sparse *s, uint64_t size, uint64_t align, uint64_t min)
{
	return alloc_nid(s, &(struct want){size, align, min, 0, false}, nid_of(s));
}

static void tell_alloc(struct sparse *s, const char *function, uint64_t pa, uint64_t size, const char *what)
{
	struct ptk_boot_step step = BOOT_STEP(1, function);
	step.pa = pa;
	if (pa)
		boot_step_(s->b, &step, "%" PRIu64 " bytes: %s", size, what);
}

/* ---- which sections there are ---- */

/* The first section from nr on that has memory, or SPARSE_NONE; and the node of its first memory: memory_present(). */
static uint64_t next_section(const struct sparse *s, uint64_t nr, uint32_t *nid)
{
	const struct memblock_type *t = &s->b->memblock.memory;
	uint64_t page = BIT(s->page_shift);
	for (size_t i = 0; i < t->n; i++) {
		*nid = t->region[i].nid;
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
	uint32_t nid;
	tell_alloc(s, "memblocks_present", alloc(s, roots * 8, 64, 0), roots * 8, "mem_section, an array of roots");
	for (uint64_t nr = next_section(s, 0, &nid); nr != SPARSE_NONE && n < SECTIONS_MAX;
	     nr = next_section(s, nr + 1, &nid), n++) {
		if (nr / per_root == last_root)
			continue;
		last_root = nr / per_root;
		uint64_t pa = alloc_nid(s, &(struct want){BIT(s->page_shift), 64, 0, 0, false}, nid);
		tell_alloc(s, "sparse_index_init", pa, BIT(s->page_shift), "sections of one root");
	}
	return n;
}

/* struct mem_section_usage: an rcu_head (6.1.77, 6.8), a bit for each 2M, 4 bits for each pageblock. */
static uint64_t usage_size(const struct sparse *s)
{
	uint64_t subsections = BIT(s->section_bits - 21), blocks = BIT(s->section_bits - s->page_shift - s->pageblock);
	return 16 + (subsections + 63) / 64 * 8 + (4 * blocks + 63) / 64 * 8;
}

/* sparse_early_usemaps_alloc_pgdat_section(): from the node that the start of that section is in. */
static uint64_t beside_pgdat(struct sparse *s, uint64_t size)
{
	const struct ptk_machine_info *info = &s->b->machine->info;
	uint64_t pgdat = s->node ? info->node[s->node - 1].data : s->pgdat, goal = round_down(pgdat, BIT(s->section_bits));
	uint32_t nid = memblock_node_of_(&s->b->memblock, goal);
	struct want w = {size, 64, goal, goal + BIT(s->section_bits), false};
	uint64_t pa = s->hotremove && pgdat ? alloc_nid(s, &w, nid) : 0;
	return pa ? pa : alloc(s, size, 64, 0);
}

static void usage_maps(struct sparse *s, uint64_t sections)
{
	uint64_t size = usage_size(s) * sections, pa = beside_pgdat(s, size);
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
	s->buf = alloc_nid(s, &(struct want){s->map_size * sections, s->map_size, s->low, 0, true}, nid_of(s));
	s->buf_end = s->buf + s->map_size * sections;
	if (s->buf)
		tell_alloc(s, "sparse_buffer_init", s->buf, s->map_size * sections,
		           s->node ? "for all struct pages of a node, in one piece" : "for all struct pages, in one piece");
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
	const struct ptk_machine_info *info = &s->b->machine->info;
	for (size_t i = 0; i < info->nnodes; i++)
		if (memblock_set_node_(&s->b->memblock, info->node[i].first, info->node[i].last - info->node[i].first + 1,
		                       (uint32_t)i) < 0)
			boot_fail_(s->b, PTK_E_NOMEM, "no memory for a boot");
	if (s->mem_section < 8 || s->mem_section > BIT(s->page_shift)) {
		boot_fail_(s->b, PTK_E_CONFLICT, "no kernel has a struct mem_section of %u bytes", s->mem_section);
		return;
	}
	if (memblocks_present(s) == SECTIONS_MAX)
		boot_fail_(s->b, PTK_E_LIMIT, "this machine has more than %" PRIu64 " sections of memory", SECTIONS_MAX);
}

/* sparse_buffer_fini() */
static void give_back(struct sparse *s)
{
	if (s->buf && s->buf < s->buf_end)
		memblock_unreserve_(&s->b->memblock, s->buf, s->buf_end - s->buf);
	s->buf = s->buf_end = 0;
	s->in_node = false;
}

/* sparse_init_nid(): for all sections from nr on up to another node's. */
static void init_nid(struct sparse *s, uint64_t nr, uint32_t nid)
{
	uint64_t sections = 0;
	uint32_t of = nid;
	s->in_node = true;
	s->node = nid == MEMBLOCK_NO_NODE ? 0 : nid + 1;
	for (; nr != SPARSE_NONE && of == nid && sections < SECTIONS_MAX; nr = next_section(s, nr + 1, &of))
		sections++;
	usage_maps(s, sections);
	buffer_init(s, sections);
}

uint64_t sparse_section_(struct sparse *s)
{
	uint32_t nid = MEMBLOCK_NO_NODE;
	uint64_t nr = next_section(s, s->next, &nid);
	if (s->in_node && (nr == SPARSE_NONE || nid != nid_of(s)))
		give_back(s);
	if (nr != SPARSE_NONE && !s->in_node)
		init_nid(s, nr, nid);
	s->next = nr + 1;
	return nr;
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
	for (uint64_t nr = sparse_section_(s); nr != SPARSE_NONE && !s->b->failed; nr = sparse_section_(s)) {
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

/* ---- struct pages that were given back ---- */

static bool optimizes(const struct boot_case *c)
{
	return boot_fact_(c->evidence, "hugetlb_vmemmap_optimize_folio") || boot_fact_(c->evidence, "hugetlb_vmemmap_optimize");
}

/* vmemmap_remap_pte() maps seven pages or more to one. */
static bool shared(const struct boot_case *c, unsigned page_shift)
{
	uint64_t pa, before, after;
	if (ptk_translate(c->theirs_in, c->va, &pa) != 1)
		return false;
	return (ptk_translate(c->theirs_in, c->va - BIT(page_shift), &before) == 1 && before == pa) ||
	       (ptk_translate(c->theirs_in, c->va + BIT(page_shift), &after) == 1 && after == pa);
}

const char *sparse_hugetlb_(const struct boot_case *c, unsigned page_shift, enum sparse_instead instead)
{
	if (instead != SPARSE_TABLE && shared(c, page_shift))
		return "vmemmap_remap_pte: struct pages of a huge page's tail are all alike, so one page stands for them";
	if (instead == SPARSE_READ_ONLY || !optimizes(c))
		return NULL;
	return instead == SPARSE_TABLE ? "vmemmap_split_pmd: HugeTLB maps these struct pages one by one, to give some of them back"
	                               : "vmemmap_remap_pte, vmemmap_restore_pte: a huge page's struct pages that HugeTLB had "
	                                 "moved, or given back and taken again";
}
