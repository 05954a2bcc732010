// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The fixmap: asm/fixmap.h, early_fixmap_init() and fixmap_remap_fdt() (mm/fixmap.c, before 6.4 mm/mmu.c). Its tables
 * are pages of the image (bm_pud, bm_pmd, bm_pte), so that it works before any memory can be taken; its windows show
 * tables that have no other mapping yet.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/arm64/arm64.h"

#define MIB UINT64_C(0x100000)

/* FIX_PTE, FIX_PMD, FIX_PUD, FIX_P4D (6.9), FIX_PGD: the last slots, so the lowest addresses. */
const char *arm64_window_(const struct arm64 *a, unsigned level, uint64_t *va)
{
	static const char *const names[] = {"FIX_PTE", "FIX_PMD", "FIX_PUD", "FIX_P4D", "FIX_PGD"};
	unsigned slot = level == a->levels - 1 ? 4 : level;
	*va = a->slots_va - (slot == 4 && !a->pi ? 3 : slot) * a->page;
	return names[slot];
}

/* The entry for va at a level, by descent; the tables above it exist. */
static uint64_t entry_of(struct ptk_boot *b, unsigned level, uint64_t va)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t at = arm64_slot(a, a->levels - 1, a->root, va);
	for (unsigned l = a->levels - 1; l > level && !b->failed; l--)
		at = arm64_slot(a, l - 1, arm64_entry_to_phys(a, boot_get_(b, at)), va);
	return at;
}

/* Entries of static tables have no attributes but TABLE_AF: __pXd_populate(). */
static void populate(struct ptk_boot *b, unsigned level, uint64_t va, uint64_t table, const char *name)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t at = entry_of(b, level + 1, va), e = boot_get_(b, at);
	struct ptk_boot_step s = BOOT_STEP(1, "early_fixmap_init");
	s.first = round_down(va, arm64_size(a, level + 1));
	s.last = s.first + (arm64_size(a, level + 1) - 1);
	if (e && level != 0) {
		boot_step_(b, &s, "the %s table at 0x%" PRIx64 " serves the kernel's mapping too",
		           arm64_level_name(a, level), arm64_entry_to_phys(a, e));
		return;
	}
	s.table = table;
	s.from = name;
	boot_zero_(b, table, a->page);
	boot_set_(b, at, arm64_phys_to_entry(a, table) | a->table);
	boot_step_(b, &s, "%s becomes its %s table: __%s_populate", name, arm64_level_name(a, level),
	           arm64_level_name(a, level + 1));
}

static void early_fixmap_init(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t top = a->fix_top, first = a->fix_start, pmd = arm64_size(a, 1), pte = arm64_image_pa(b, "bm_pte");
	struct ptk_boot_step s = BOOT_STEP(0, "early_fixmap_init");
	s.first = first;
	s.last = top - 1;
	boot_step_(b, &s, "tables for addresses that are known when the kernel is compiled");
	/* with three levels the PUD is folded away, with two the PMD too */
	if (a->levels > 3)
		populate(b, 2, first, arm64_image_pa(b, "bm_pud"), "bm_pud");
	if (a->levels > 2)
		populate(b, 1, first, arm64_image_pa(b, "bm_pmd"), "bm_pmd");
	for (uint64_t va = first; va != top && !b->failed; va = arm64_next(va, top, pmd), pte += a->page) {
		populate(b, 0, va, pte, "bm_pte");
		if (!a->wide_fixmap) /* one table, for the part that the early slots are in */
			break;
	}
}

/* Pages since 6.4; before, blocks of 2M with 4K pages, and the window starts at a multiple of 2M. */
static void remap_fdt(struct ptk_boot *b, struct arm64_prot prot, const char *why)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t fdt = boot_value_(b->machine, "dtb", 0), size = boot_value_(b->machine, "dtb_size", 0);
	uint64_t unit = a->wide_fixmap || a->page_shift != 12 ? a->page : 2 * MIB, base = round_down(fdt, unit);
	struct arm64_root root = {a->root, a->levels, a->root_name};
	struct ptk_boot_step s = BOOT_STEP(0, "fixmap_remap_fdt");
	if (!fdt || b->failed)
		return;
	s.type = prot.name;
	s.first = a->fdt_va;
	s.pa = base;
	s.last = a->fdt_va + ((fdt - base + size + unit - 1) & ~(unit - 1)) - 1;
	boot_step_(b, &s, "%s", why);
	arm64_create_pgd_mapping_(b, &root, base, a->fdt_va, unit, prot, ARM64_NONE, NO_CONT_MAPPINGS);
	if (fdt - base + size > unit)
		arm64_create_pgd_mapping_(b, &root, base, a->fdt_va,
		                          a->wide_fixmap ? fdt - base + size : s.last + 1 - a->fdt_va, prot, ARM64_NONE,
		                          NO_CONT_MAPPINGS);
}

void arm64_fixmap_(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	struct ptk_boot_step s = BOOT_STEP(0, "setup_arch");
	boot_step_(b, &s, "start_kernel runs with %s; no memory can be taken yet", a->root_name);
	early_fixmap_init(b);
	remap_fdt(b, a->kernel, "writable, for fixes: first what holds the header, then as much as it says there is");
	s = BOOT_STEP(0, "early_init_dt_scan");
	boot_step_(b, &s, "memory nodes become memblock.memory, the device tree is reserved");
	remap_fdt(b, a->ro, "read-only from now on");
}
