// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * __create_pgd_mapping() of arch/arm64/mm/mmu.c: the descent that all mappings of init_mm but the first are made by.
 * At each level the range is cut at the next boundary; what is left decides the unit.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/arm64/arm64.h"

struct job {
	struct ptk_boot *b;
	struct arm64 *a;
	const struct arm64_root *root;
	enum arm64_source source;
	unsigned flags;
	const char *type;
};

/* A range at one level: [va, end) from pa, with this protection. */
struct piece {
	uint64_t va, end, pa, prot;
};

/* 6.12 added the software bits and the check of the address; 6.1 asks for an old or new value of 0. */
bool arm64_change_is_safe_(const struct arm64 *a, uint64_t old, uint64_t new)
{
	uint64_t mask = PTE_PXN | PTE_RDONLY | PTE_WRITE | PTE_NG;
	bool fresh = a->pi ? !(old & PTE_VALID) || !(new &PTE_VALID) : old == 0 || new == 0;
	if (fresh)
		return true;
	if (a->pi)
		mask |= BIT(63) | GENMASK(58, 55);
	if (a->pi && arm64_entry_to_phys(a, old) != arm64_entry_to_phys(a, new))
		return false;
	/* 7.2: contiguous ones change as a whole */
	if (((old | new) & PTE_CONT && !a->alias_first) || old & ~new &PTE_NG)
		return false;
	/* MT_NORMAL is index 0, MT_NORMAL_TAGGED 1 */
	if ((old & PTE_INDEX_MASK) <= PTE_INDEX_TAGGED && (new &PTE_INDEX_MASK) <= PTE_INDEX_TAGGED)
		mask |= PTE_INDEX_MASK;
	return ((old ^ new) & ~mask) == 0;
}

static void set_entry(const struct job *j, unsigned level, uint64_t at, uint64_t va, uint64_t new)
{
	uint64_t old = boot_get_(j->b, at);
	if (!arm64_change_is_safe_(j->a, old, new)) {
		boot_fail_(j->b, PTK_E_CONFLICT,
		           "the kernel stops with a BUG at 0x%" PRIx64 ": its %s entry 0x%" PRIx64
		           " may not become 0x%" PRIx64 " while it is live",
		           va, arm64_level_name(j->a, level), old, new);
		return;
	}
	boot_set_(j->b, at, new);
}

/* pte_range_has_valid_noncont() (7.2): what is there already and is not contiguous stays so. Tables count as well. */
static bool has_single(const struct job *j, unsigned level, uint64_t table, uint64_t va)
{
	uint64_t n = arm64_cont_size(j->a, level) >> arm64_shift(j->a, level), at = arm64_slot(j->a, level, table, va);
	for (uint64_t i = 0; i < n && j->a->alias_first; i++)
		if ((boot_get_(j->b, at + i * 8) & (PTE_VALID | PTE_CONT)) == PTE_VALID)
			return true;
	return false;
}

/* The range of one group: contiguous if the flags allow it and nothing of the group is missing. */
static uint64_t group_prot(const struct job *j, unsigned level, uint64_t table, const struct piece *p, uint64_t next)
{
	uint64_t mask = arm64_cont_size(j->a, level) - 1;
	bool whole = ((p->va | next | p->pa) & mask) == 0 && !(j->flags & NO_CONT_MAPPINGS);
	return whole && !has_single(j, level, table, p->va) ? p->prot | PTE_CONT : p->prot;
}

static void tell_pages(const struct job *j, const struct piece *p, uint64_t contiguous, uint64_t why_not_block)
{
	struct ptk_boot_step s = BOOT_STEP(2, "init_pte");
	const char *why = why_not_block & NO_BLOCK_MAPPINGS ? "blocks are not allowed (NO_BLOCK_MAPPINGS)"
	                                                    : "it is less than a block, or not aligned to one";
	s.type = j->type;
	s.first = p->va;
	s.last = p->end - 1;
	s.pa = p->pa;
	uint64_t n = (p->end - p->va) >> j->a->page_shift;
	if (contiguous)
		boot_step_(j->b, &s, "%" PRIu64 " pages, since %s; %" PRIu64 " of them contiguous in groups of %s", n,
		           why, contiguous >> j->a->page_shift, arm64_size_text(arm64_cont_size(j->a, 0)).text);
	else
		boot_step_(j->b, &s, "%" PRIu64 " page%s, since %s; %s", n, n == 1 ? "" : "s", why,
		           j->flags & NO_CONT_MAPPINGS ? "not contiguous (NO_CONT_MAPPINGS)"
		                                       : "no group of them is whole and aligned");
}

static void init_ptes(const struct job *j, uint64_t table, struct piece p)
{
	const struct piece all = p;
	uint64_t contiguous = 0;
	while (p.va != p.end && !j->b->failed) {
		uint64_t next = arm64_next(p.va, p.end, arm64_cont_size(j->a, 0));
		uint64_t prot = group_prot(j, 0, table, &p, next);
		contiguous += prot & ~p.prot & PTE_CONT ? next - p.va : 0;
		for (; p.va != next; p.va += j->a->page, p.pa += j->a->page)
			set_entry(j, 0, arm64_slot(j->a, 0, table, p.va), p.va, arm64_phys_to_entry(j->a, p.pa) | prot);
	}
	tell_pages(j, &all, contiguous, j->flags);
}

/* ---- tables ---- */

/* alloc_init_p4d() fills a P4D table, and so on: the function that takes a table of this level. */
static const char *taker(const struct job *j, unsigned level)
{
	static const char *const names[] = {"alloc_init_cont_pte", "alloc_init_cont_pmd", "alloc_init_pud",
	                                    "alloc_init_p4d"};
	(void)j;
	return names[level < 4 ? level : 3];
}

static void tell_table(const struct job *j, unsigned level, uint64_t va, uint64_t pa, uint64_t entry, bool fresh)
{
	struct ptk_boot_step s = BOOT_STEP(2, taker(j, level));
	uint64_t window;
	const char *slot = arm64_window_(j->a, level, &window), *name = arm64_level_name(j->a, level);
	const char *above = arm64_level_name(j->a, level + 1);
	s.first = round_down(va, arm64_size(j->a, level + 1));
	s.last = s.first + (arm64_size(j->a, level + 1) - 1);
	if (!fresh) {
		boot_step_(j->b, &s,
		           "its %s table 0x%" PRIx64 " is there: %s_set_fixmap_offset (%s, 0x%" PRIx64
		           "), %s_clear_fixmap at the end; the %s entry 0x%" PRIx64 " stays as it is",
		           name, pa, name, slot, window, name, above, entry);
		return;
	}
	s.table = pa;
	s.from = "memblock";
	boot_step_(j->b, &s,
	           "early_pgtable_alloc%s; __%s_populate 0x%" PRIx64 "%s; %s_set_fixmap (%s, 0x%" PRIx64
	           ")%s, %s_clear_fixmap at the end",
	           j->a->pi ? "" : " (cleared through FIX_PTE)", above, entry,
	           j->flags & NO_EXEC_MAPPINGS ? " (PXNTable: nothing below it is executed)" : "", name, slot, window,
	           j->a->pi ? " to clear it" : "", name);
}

/* The table that the entry at `at` (of level + 1) leads to; 0 after a failure. */
static uint64_t table_below(const struct job *j, unsigned level, uint64_t at, uint64_t va)
{
	uint64_t e = boot_get_(j->b, at);
	bool fresh = e == 0;
	if (e != 0 && (e & 3) != 3) {
		boot_fail_(j->b, PTK_E_CONFLICT,
		           "the kernel stops with a BUG at 0x%" PRIx64 ": a table is needed where the block 0x%" PRIx64
		           " is",
		           va, e);
		return 0;
	}
	if (fresh && j->source == ARM64_NONE) {
		boot_fail_(j->b, PTK_E_CONFLICT,
		           "the kernel stops with a BUG at 0x%" PRIx64 ": %s may not take a table, and there is none",
		           va, taker(j, level));
		return 0;
	}
	if (fresh && arm64_may_take(j->b, 1)) {
		uint64_t pa = boot_alloc_(j->b, j->a->page, j->a->page);
		e = arm64_phys_to_entry(j->a, pa) | j->a->table | j->a->uxn_table | (j->flags & NO_EXEC_MAPPINGS ? TABLE_PXN : 0);
		boot_set_(j->b, at, e);
	}
	uint64_t pa = arm64_entry_to_phys(j->a, e);
	tell_table(j, level, va, pa, e, fresh);
	return j->b->failed ? 0 : pa;
}

/* ---- levels above the PTEs ---- */

/* 1G blocks only with 4K pages (pud_sect_supported()); none above. */
static bool block_fits(const struct job *j, unsigned level, const struct piece *p, uint64_t next, uint64_t old)
{
	if (j->a->alias_first && (old & 3) == 3) /* 7.2: a table stays */
		return false;
	if (level > 2 || (level == 2 && j->a->page_shift != 12) || j->flags & NO_BLOCK_MAPPINGS)
		return false;
	return ((p->va | next | p->pa) & (arm64_size(j->a, level) - 1)) == 0;
}

/* Blocks that follow each other in one table and group, told at once. */
static void tell_blocks(const struct job *j, unsigned level, const struct piece *run)
{
	struct ptk_boot_step s = BOOT_STEP(2, level == 2 ? "pud_set_huge" : "pmd_set_huge");
	uint64_t n = (run->end - run->va) >> arm64_shift(j->a, level);
	if (!n)
		return;
	s.type = j->type;
	s.first = run->va;
	s.last = run->end - 1;
	s.pa = run->pa;
	boot_step_(j->b, &s, "%" PRIu64 " block%s of %s, as start, end and physical address are aligned to one%s", n,
	           n == 1 ? "" : "s", arm64_size_text(arm64_size(j->a, level)).text,
	           run->prot & PTE_CONT ? "; the whole group is: contiguous" : "");
}

static void fill(const struct job *j, unsigned level, uint64_t table, struct piece p);

static void fill_entries(const struct job *j, unsigned level, uint64_t table, struct piece p)
{
	struct piece run = {p.va, p.va, p.pa, p.prot};
	while (p.va != p.end && !j->b->failed) {
		uint64_t next = arm64_next(p.va, p.end, arm64_size(j->a, level));
		uint64_t at = arm64_slot(j->a, level, table, p.va);
		if (block_fits(j, level, &p, next, boot_get_(j->b, at))) {
			set_entry(j, level, at, p.va, (arm64_phys_to_entry(j->a, p.pa) | p.prot) & ~PTE_TABLE);
			run.end = next;
		} else {
			tell_blocks(j, level, &run);
			uint64_t below = table_below(j, level - 1, at, p.va);
			if (below)
				fill(j, level - 1, below, (struct piece){p.va, next, p.pa, p.prot});
			run = (struct piece){next, next, p.pa + (next - p.va), p.prot};
		}
		p.pa += next - p.va;
		p.va = next;
	}
	tell_blocks(j, level, &run);
}

/* A PMD group that is contiguous passes the bit down to pages, too, where blocks are not allowed. */
static void fill_groups(const struct job *j, uint64_t table, struct piece p)
{
	while (p.va != p.end && !j->b->failed) {
		uint64_t next = arm64_next(p.va, p.end, arm64_cont_size(j->a, 1));
		fill_entries(j, 1, table, (struct piece){p.va, next, p.pa, group_prot(j, 1, table, &p, next)});
		p.pa += next - p.va;
		p.va = next;
	}
}

static void fill(const struct job *j, unsigned level, uint64_t table, struct piece p)
{
	if (level == 0)
		init_ptes(j, table, p);
	else if (level == 1)
		fill_groups(j, table, p);
	else
		fill_entries(j, level, table, p);
}

static const char *flag_text(unsigned flags)
{
	static const char *const names[] = {
	        "no flags",
	        "NO_BLOCK_MAPPINGS",
	        "NO_CONT_MAPPINGS",
	        "NO_BLOCK_MAPPINGS | NO_CONT_MAPPINGS",
	        "NO_EXEC_MAPPINGS",
	        "NO_EXEC_MAPPINGS | NO_BLOCK_MAPPINGS",
	        "NO_EXEC_MAPPINGS | NO_CONT_MAPPINGS",
	        "NO_EXEC_MAPPINGS | NO_BLOCK_MAPPINGS | NO_CONT_MAPPINGS",
	};
	return names[flags & 7];
}

void arm64_create_pgd_mapping_(struct ptk_boot *b, const struct arm64_root *root, uint64_t pa, uint64_t va,
                               uint64_t size, struct arm64_prot prot, enum arm64_source source, unsigned flags)
{
	struct arm64 *a = arm64_of(b);
	struct job j = {.b = b, .a = a, .root = root, .source = source, .flags = flags, .type = prot.name};
	struct ptk_boot_step s = BOOT_STEP(1, "__create_pgd_mapping");
	uint64_t mask = a->page - 1;
	if (b->failed || ((pa ^ va) & mask)) /* WARN_ON and return, in the kernel */
		return;
	struct piece p = {va & ~mask, (va + size + mask) & ~mask, pa & ~mask, prot.bits};
	s.type = prot.name;
	s.first = p.va;
	s.last = p.end - 1;
	s.pa = p.pa;
	boot_step_(b, &s, "in %s, with %s; %s", root->name, flag_text(flags),
	           source == ARM64_EARLY ? "tables by early_pgtable_alloc" : "no table may be missing");
	if (p.va != p.end)
		fill(&j, root->levels - 1, root->pa, p);
}
