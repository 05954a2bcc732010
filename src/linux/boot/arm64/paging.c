// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * paging_init() of arch/arm64/mm/mmu.c: the final mapping of the kernel (before 6.9; later it is made by the early C
 * code), the linear map, the identity map.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/bits.h"
#include "linux/boot/arm64/arm64.h"

/* ---- map_kernel(), until 6.8 ---- */

static void map_kernel_segment(struct ptk_boot *b, const struct arm64_root *root, const char *first, const char *last,
                               struct arm64_prot prot, unsigned flags)
{
	uint64_t start = boot_image_va_(b, first), end = boot_image_va_(b, last);
	struct ptk_boot_step s = BOOT_STEP(1, "map_kernel_segment");
	if (end < start)
		boot_fail_(b, PTK_E_CONFLICT, "the symbol %s lies below %s", last, first);
	if (b->failed)
		return;
	s.type = prot.name;
	s.first = start;
	s.last = end - 1;
	s.pa = start - arm64_of(b)->voffset;
	boot_step_(b, &s, "[%s, %s)", first, last);
	arm64_create_pgd_mapping_(b, root, s.pa, start, end - start, prot, ARM64_EARLY, flags);
}

/* The fixmap's tables go on: by the root's entry, or by the PUD entry where the kernel has taken the root's (16K). */
static void keep_fixmap(struct ptk_boot *b, const struct arm64_root *to)
{
	const struct arm64 *a = arm64_of(b);
	unsigned top = a->levels - 1;
	uint64_t at = arm64_slot(a, top, to->pa, a->fix_start), old = boot_get_(b, at);
	struct ptk_boot_step s = BOOT_STEP(1, "map_kernel");
	s.first = round_down(a->fix_start, arm64_size(a, old ? 2 : top));
	s.last = s.first + (arm64_size(a, old ? 2 : top) - 1);
	if (!old) {
		boot_step_(b, &s, "the root's entry of the fixmap is copied from %s: set_pgd", a->root_name);
		boot_set_(b, at, boot_get_(b, arm64_slot(a, top, a->root, a->fix_start)));
		return;
	}
	if (a->levels != 4 || a->page_shift != 14) {
		boot_fail_(b, PTK_E_CONFLICT,
		           "the kernel stops with a BUG: its mapping and the fixmap share the root's "
		           "entry 0x%" PRIx64,
		           old);
		return;
	}
	boot_step_(b, &s, "the kernel and the fixmap share the root's entry: the PUD entry gets bm_pmd (pud_populate)");
	boot_set_(b, arm64_slot(a, 2, arm64_entry_to_phys(a, old), a->fix_start),
	          arm64_phys_to_entry(a, arm64_image_pa(b, "bm_pmd")) | 3 | a->uxn_table);
}

static void map_kernel(struct ptk_boot *b, const struct arm64_root *root)
{
	const struct arm64 *a = arm64_of(b);
	struct arm64_prot text = a->rodata ? a->rox : a->exec;
	struct ptk_boot_step s = BOOT_STEP(0, "map_kernel");
	text.bits |= a->bti ? PTE_GP : 0;
	boot_step_(b, &s,
	           "the image, by segments with rights of their own; contiguous but for rodata, whose rights change");
	map_kernel_segment(b, root, a->head_text ? "_text" : "_stext", "_etext", text, 0);
	map_kernel_segment(b, root, "__start_rodata", "__inittext_begin", a->kernel, NO_CONT_MAPPINGS);
	map_kernel_segment(b, root, "__inittext_begin", "__inittext_end", text, 0);
	map_kernel_segment(b, root, "__initdata_begin", "__initdata_end", a->kernel, 0);
	map_kernel_segment(b, root, "_data", "_end", a->kernel, 0);
	keep_fixmap(b, root);
}

/* ---- map_mem() ---- */

/* What a mark leaves unaligned is widened to pages by the descent; from 6.12 on it is narrowed before, but for 7.2. */
static void map_bank(struct ptk_boot *b, const struct arm64_root *root, uint64_t start, uint64_t end, unsigned flags)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t mask = a->page - 1;
	struct ptk_boot_step s = BOOT_STEP(1, "__map_memblock");
	if (a->pi && (!a->alias_first || a->alias_invalid)) {
		start = (start + mask) & ~mask;
		end &= ~mask;
	}
	if (start >= end)
		return;
	s.type = a->tagged.name;
	s.first = arm64_linear_va(a, start);
	s.last = s.first + (end - start) - 1;
	s.pa = start;
	boot_step_(b, &s, "memory 0x%" PRIx64 "-0x%" PRIx64, start, end - 1);
	arm64_create_pgd_mapping_(b, root, start, s.first, end - start, a->tagged, ARM64_EARLY, flags);
}

/* Fail at once, not after hours, where a picture claims memory that needs too many tables. */
static void expect_tables(struct ptk_boot *b)
{
	const struct memblock_type *t = &b->memblock.memory;
	struct arm64 *a = arm64_of(b);
	uint64_t sum = 0, before = a->ntables;
	for (size_t i = 0; i < t->n; i++)
		sum += t->region[i].flags & MEMBLOCK_NOMAP ? 0 : t->region[i].size >> arm64_shift(a, 1);
	if (a->page_granular)
		arm64_may_take(b, sum);
	a->ntables = before;
}

static void map_banks(struct ptk_boot *b, const struct arm64_root *root, unsigned flags)
{
	const struct memblock_type *t = &b->memblock.memory;
	expect_tables(b);
	for (size_t i = 0; i < t->n && !b->failed; i++) {
		const struct memblock_region *r = &t->region[i];
		struct ptk_boot_step s = BOOT_STEP(1, "for_each_mem_range");
		if (r->flags & MEMBLOCK_NOMAP)
			boot_step_(b, &s, "0x%" PRIx64 "-0x%" PRIx64 " is left out: MEMBLOCK_NOMAP", r->base,
			           r->base + r->size - 1);
		else
			map_bank(b, root, r->base, r->base + r->size, flags);
	}
}

/* KFENCE's pool is taken before all tables, so that it lies above them, and mapped last, by pages. */
static uint64_t take_kfence_pool(struct ptk_boot *b)
{
	uint64_t size = boot_value_(b->machine, "kfence_pool_size", 0), pa = 0;
	struct ptk_boot_step s = BOOT_STEP(1, "arm64_kfence_alloc_pool");
	if (!size || memblock_alloc_range_(&b->memblock, size, arm64_of(b)->page, 0, 0, &pa) < 0)
		return 0;
	memblock_mark_(&b->memblock, pa, size, MEMBLOCK_NOMAP, 0);
	s.pa = pa;
	boot_step_(b, &s, "%" PRIu64 " bytes for KFENCE, marked no-map for now", size);
	return pa;
}

static void map_kfence_pool(struct ptk_boot *b, const struct arm64_root *root, uint64_t pa)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t size = boot_value_(b->machine, "kfence_pool_size", 0);
	struct ptk_boot_step s = BOOT_STEP(1, "arm64_kfence_map_pool");
	if (!pa)
		return;
	boot_step_(b, &s, "the pool by pages, as single ones of it are made invalid");
	arm64_create_pgd_mapping_(b, root, pa, arm64_linear_va(a, pa), size, a->tagged, ARM64_EARLY,
	                          NO_BLOCK_MAPPINGS | NO_CONT_MAPPINGS);
	memblock_mark_(&b->memblock, pa, size, 0, MEMBLOCK_NOMAP);
}

static void map_alias(struct ptk_boot *b, const struct arm64_root *root, const char *first, const char *last,
                      unsigned flags)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t start = boot_symbol_(b->machine, first), end = boot_symbol_(b->machine, last);
	struct ptk_boot_step s = BOOT_STEP(1, "__map_memblock");
	if (!start || end <= start || b->failed)
		return;
	start -= a->voffset;
	s.type = a->tagged.name;
	s.first = arm64_linear_va(a, start);
	s.last = s.first + (end - a->voffset - start) - 1;
	s.pa = start;
	boot_step_(b, &s, "the linear alias of [%s, %s), which becomes read-only later", first, last);
	arm64_create_pgd_mapping_(b, root, start, s.first, s.last - s.first + 1, a->tagged, ARM64_EARLY, flags);
}

/* 7.2: KFENCE's pool first, by pages; then the image's alias, whose rights change later; then all memory around them. */
static void map_mem_in_order(struct ptk_boot *b, const struct arm64_root *root, unsigned flags)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t size = boot_value_(b->machine, "kfence_pool_size", 0), pool = size ? boot_alloc_(b, size, a->page) : 0;
	struct ptk_boot_step s = BOOT_STEP(1, "arm64_kfence_map_pool");
	if (pool) {
		s.pa = pool;
		boot_step_(b, &s, "%" PRIu64 " bytes by pages, as single ones of it are made invalid", size);
		arm64_create_pgd_mapping_(b, root, pool, arm64_linear_va(a, pool), size, a->tagged, ARM64_EARLY,
		                          NO_BLOCK_MAPPINGS | NO_CONT_MAPPINGS | NO_EXEC_MAPPINGS);
	}
	map_alias(b, root, "_text", "__init_begin", flags);
	map_alias(b, root, "__init_end", "__bss_stop", flags);
	map_banks(b, root, flags);
}

static void map_mem(struct ptk_boot *b, const struct arm64_root *root)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t start = arm64_image_pa(b, a->text_first ? "_text" : "_stext"), end = arm64_image_pa(b, "__init_begin");
	unsigned flags = (a->uxn_table ? NO_EXEC_MAPPINGS : 0) | (a->page_granular ? NO_BLOCK_MAPPINGS | NO_CONT_MAPPINGS : 0);
	struct ptk_boot_step s = BOOT_STEP(0, "map_mem");
	if (b->failed)
		return;
	boot_step_(b, &s, "all of memory at PAGE_OFFSET; %s",
	           a->page_granular ? "by pages, as can_set_direct_map() (rodata=full, debug_pagealloc or late KFENCE)"
	                            : "by the largest units, as can_set_direct_map() is false");
	if (a->alias_first) {
		map_mem_in_order(b, root, flags);
		return;
	}
	uint64_t pool = take_kfence_pool(b);
	memblock_mark_(&b->memblock, start, end - start, MEMBLOCK_NOMAP, 0);
	s = BOOT_STEP(1, "memblock_mark_nomap");
	boot_step_(b, &s, "[%s, __init_begin), 0x%" PRIx64 "-0x%" PRIx64 ", to be left out of the banks",
	           a->text_first ? "_text" : "_stext", start, end - 1);
	map_banks(b, root, flags);
	s = BOOT_STEP(1, "__map_memblock");
	s.type = a->kernel.name;
	s.first = arm64_linear_va(a, start);
	s.last = s.first + (end - start) - 1;
	s.pa = start;
	boot_step_(b, &s,
	           "the linear alias of text and rodata; blocks are allowed, contiguous groups are not, as it becomes "
	           "read-only later");
	arm64_create_pgd_mapping_(b, root, start, s.first, end - start, a->kernel, ARM64_EARLY, NO_CONT_MAPPINGS);
	memblock_mark_(&b->memblock, start, end - start, 0, MEMBLOCK_NOMAP);
	map_kfence_pool(b, root, pool);
}

/* ---- create_idmap() ---- */

static void set_idmap(struct ptk_boot *b, uint64_t pa, unsigned levels)
{
	char text[64];
	const struct arm64 *a = arm64_of(b);
	unsigned bits = a->page_shift + levels * (a->page_shift - 3);
	struct ptk_regime r;
	bits = bits < 48 ? bits : 48;
	snprintf(text, sizeof text, "arm64-%s-%u",
	         a->page_shift == 12   ? "4k"
	         : a->page_shift == 14 ? "16k"
	                               : "64k",
	         bits);
	if (b->failed || ptk_regime_parse(text, &r, NULL) < 0)
		return;
	r.memattr = a->r->memattr;
	b->has_idmap = ptk_space_init(&b->idmap, b->mem, &r, pa, NULL) == 0;
}

static void create_idmap_pi(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	struct arm64_root root = {arm64_image_pa(b, "idmap_pg_dir"), (48 - 4) / (a->page_shift - 3), "idmap_pg_dir"};
	uint64_t start = arm64_image_pa(b, "__idmap_text_start"), end = arm64_image_pa(b, "__idmap_text_end");
	uint64_t ptes = arm64_image_pa(b, "idmap_ptes"), room = (root.levels - 1) * a->page;
	struct arm64_bump bump = {ptes, ptes + room, "idmap_ptes"};
	if (b->failed)
		return;
	boot_zero_(b, root.pa, a->page);
	boot_zero_(b, ptes, room);
	arm64_map_range_(b, &root, &bump, start, end, start, a->rox, false);
	uint64_t flag = boot_symbol_(b->machine, "__idmap_kpti_flag"), kpti = boot_symbol_(b->machine, "kpti_ptes");
	if (!a->ng && flag && kpti) { /* CONFIG_UNMAP_KERNEL_AT_EL0: entries may have to become nG later */
		bump = (struct arm64_bump){kpti - a->voffset, kpti - a->voffset + room, "kpti_ptes"};
		boot_zero_(b, bump.next, room);
		arm64_map_range_(b, &root, &bump, flag - a->voffset, flag - a->voffset + 4, flag - a->voffset,
		                 a->kernel, false);
	}
	set_idmap(b, root.pa, root.levels);
}

static void create_idmap_old(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	struct arm64_root root = {arm64_image_pa(b, "idmap_pg_dir"), a->levels, "idmap_pg_dir"};
	uint64_t start = arm64_image_pa(b, "__idmap_text_start"), end = arm64_image_pa(b, "__idmap_text_end");
	uint64_t dir = root.pa;
	if (b->failed)
		return;
	boot_zero_(b, dir, a->page);
	bool extra = arm64_idmap_levels_(b) > a->levels;
	if (extra) { /* one level more than the kernel's own */
		root.pa = boot_alloc_(b, a->page, a->page);
		boot_set_(b, dir + (start >> a->va_config) * 8, arm64_phys_to_entry(a, root.pa) | 3);
	}
	arm64_create_pgd_mapping_(b, &root, start, start, end - start, a->rox, ARM64_EARLY, 0);
	uint64_t flag = boot_symbol_(b->machine, "__idmap_kpti_flag");
	if (flag) {
		flag -= a->voffset;
		arm64_create_pgd_mapping_(b, &root, flag, flag, 4, a->kernel, ARM64_EARLY, 0);
	}
	set_idmap(b, dir, a->levels + extra);
}

/* ---- paging_init() ---- */

static void create_idmap(struct ptk_boot *b)
{
	struct ptk_boot_step s = BOOT_STEP(0, "create_idmap");
	if (arm64_of(b)->asm_idmap) {
		set_idmap(b, arm64_image_pa(b, "idmap_pg_dir"), arm64_idmap_levels_(b));
		return;
	}
	boot_step_(b, &s, "for TTBR0_EL1: the code that turns the MMU off and on, where it is in physical memory");
	if (arm64_of(b)->pi)
		create_idmap_pi(b);
	else
		create_idmap_old(b);
}

void arm64_use_root_(struct ptk_boot *b, const char *name)
{
	struct arm64 *a = arm64_of(b);
	uint64_t skip = 0;
	a->root = arm64_image_pa(b, name);
	a->root_name = name;
	/* A 64K kernel of 52 bits on 48-bit hardware: TTBR1_EL1 points at the end of the root. */
	if (a->page_shift == 16 && a->va_config == 52 && a->va_bits < 52)
		skip = (BIT(10) - BIT(a->va_bits - 42)) * 8;
	if (!b->failed && ptk_space_init(&b->space, b->mem, a->r, a->root + skip, NULL) < 0)
		boot_fail_(b, PTK_E_CONFLICT, "%s at 0x%" PRIx64 " is not aligned as a root must be", name, a->root);
}

void arm64_paging_init_(struct ptk_boot *b)
{
	struct arm64 *a = arm64_of(b);
	uint64_t swapper = arm64_image_pa(b, "swapper_pg_dir");
	struct arm64_root root = {swapper, a->levels, "swapper_pg_dir"};
	struct ptk_boot_step s = BOOT_STEP(0, "paging_init");
	if (b->failed)
		return;
	uint64_t window;
	const char *slot = arm64_window_(a, a->levels - 1, &window);
	if (a->pi) {
		boot_step_(b, &s, "map_mem, then create_idmap; the kernel itself is mapped already");
	} else {
		boot_step_(b, &s,
		           "pgd_set_fixmap shows swapper_pg_dir at 0x%" PRIx64 " (%s): map_kernel, map_mem, then "
		           "pgd_clear_fixmap",
		           window, slot);
		boot_zero_(b, swapper, a->page);
		map_kernel(b, &root);
	}
	map_mem(b, &root);
	if (!a->pi) {
		s = BOOT_STEP(0, "cpu_replace_ttbr1");
		s.pa = swapper;
		boot_step_(b, &s, "TTBR1_EL1 is pointed at swapper_pg_dir; init_pg_dir's pages are free again");
		uint64_t init = arm64_image_pa(b, "init_pg_dir");
		memblock_unreserve_(&b->memblock, init, arm64_image_pa(b, "init_pg_end") - init);
	}
	arm64_use_root_(b, "swapper_pg_dir");
	create_idmap(b);
}
