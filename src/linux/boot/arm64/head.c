// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * arch/arm64/kernel/head.S before 6.9: create_idmap and create_kernel_mapping (before 6.0 __create_page_tables), written in
 * assembly. Every level that
 * needs n tables gets n pages in a row; with 4K pages the last level is blocks of 2M, else pages.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/arm64/arm64.h"

#define MIB UINT64_C(0x100000)
#define MAX_FDT_SIZE (2 * MIB)

/* What map_memory is asked for: [va, end) from pa with these bits in its last entries. */
struct memory {
	uint64_t va, end, pa, bits;
	uint64_t high; /* bits of the addresses that no index has */
};

/* The level that head.S maps with: SWAPPER_BLOCK_SHIFT. */
static unsigned block_level(const struct arm64 *a)
{
	return a->page_shift == 12 ? 1 : 0;
}

/* SWAPPER_RW_MMUFLAGS, SWAPPER_RX_MMUFLAGS: neither DBM, nor dirty, nor execute-never. */
static uint64_t swapper_flags(const struct arm64 *a, bool writable)
{
	uint64_t type = block_level(a) ? PTE_VALID : PTE_VALID | PTE_TABLE;
	return type | PTE_AF | PTE_SHARED | (writable ? 0 : PTE_RDONLY);
}

/* populate_entries: entries from va to last in tables that follow each other, each pointing inc further. */
static void populate(struct ptk_boot *b, unsigned level, uint64_t table, const struct memory *m, uint64_t to,
                     uint64_t bits, uint64_t inc)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t first = m->va >> arm64_shift(a, level), last = (m->end - 1) >> arm64_shift(a, level);
	uint64_t per_table = a->page / 8, base = first / per_table * per_table;
	for (uint64_t i = first; i <= last && !b->failed; i++, to += inc)
		boot_set_(b, table + (i - base) * 8, arm64_phys_to_entry(a, to) | bits);
}

/* map_memory: returns where the last level's first table is. */
static uint64_t map_memory(struct ptk_boot *b, const struct arm64_root *root, const struct memory *m)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t table = root->pa, next = table + a->page;
	struct ptk_boot_step s = BOOT_STEP(1, "map_memory");
	unsigned level = root->levels - 1;
	s.first = m->va | m->high;
	s.last = (m->end - 1) | m->high;
	s.pa = m->pa;
	boot_step_(b, &s, "in %s, by %s", root->name, block_level(a) ? "blocks of 2M" : "pages");
	for (; level > block_level(a); level--) {
		uint64_t n = ((m->end - 1) >> arm64_shift(a, level)) - (m->va >> arm64_shift(a, level)) + 1;
		populate(b, level, table, m, next, 3, a->page);
		s = BOOT_STEP(2, "populate_entries");
		s.table = next;
		s.from = root->name;
		boot_step_(b, &s, "%" PRIu64 " page%s in a row for %s tables", n, n == 1 ? "" : "s",
		           arm64_level_name(a, level - 1));
		table = next;
		next += n * a->page;
	}
	populate(b, level, table, m, round_down(m->pa, arm64_size(a, level)), m->bits, arm64_size(a, level));
	return table;
}

/* remap_region: other bits, or another address, for a part of what map_memory mapped. */
static void remap_region(struct ptk_boot *b, uint64_t table, uint64_t mapped, const struct memory *m)
{
	const struct arm64 *a = arm64_of(b);
	unsigned level = block_level(a), shift = arm64_shift(a, level);
	uint64_t per_table = a->page / 8, base = (mapped >> shift) / per_table * per_table, to = m->pa;
	struct ptk_boot_step s = BOOT_STEP(1, "remap_region");
	s.first = m->va;
	s.last = m->end - 1;
	s.pa = m->pa;
	boot_step_(b, &s, "writable");
	for (uint64_t i = m->va >> shift; i <= (m->end - 1) >> shift && !b->failed; i++, to += arm64_size(a, level))
		boot_set_(b, table + (i - base) * 8, arm64_phys_to_entry(a, to) | m->bits);
}

static void create_idmap(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t block = arm64_size(a, block_level(a)), text = arm64_image_pa(b, "_text"),
	         end = arm64_image_pa(b, "_end");
	uint64_t init = arm64_image_pa(b, "init_pg_dir"), init_end = arm64_image_pa(b, "init_pg_end");
	uint64_t fdt = boot_value_(b->machine, "dtb", 0), at = round_down(end + block, block);
	struct ptk_boot_step s = BOOT_STEP(0, "create_idmap");
	boot_step_(b, &s,
	           "the image where it is, so that the MMU can be turned on under it; the device tree behind it");
	if (!arm64_has_init_idmap_(b, "create_idmap"))
		return;
	struct arm64_root root = {arm64_image_pa(b, "init_idmap_pg_dir"), a->levels, "init_idmap_pg_dir"};
	if (b->failed)
		return;
	if (a->va_bits < 48 && (end + MAX_FDT_SIZE + block - 1) >> a->va_bits)
		root.levels++; /* EXTRA_SHIFT */
	boot_zero_(b, root.pa, arm64_image_pa(b, "init_idmap_pg_end") - root.pa);
	uint64_t last =
	        map_memory(b, &root, &(struct memory){text, end + MAX_FDT_SIZE + block, text, swapper_flags(a, false)});
	remap_region(b, last, text, &(struct memory){init, init_end, round_down(init, block), swapper_flags(a, true)});
	if (fdt)
		remap_region(b, last, text,
		             &(struct memory){at, at + MAX_FDT_SIZE + block, round_down(fdt, block),
		                              swapper_flags(a, true)});
}

unsigned arm64_idmap_levels_(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t last = arm64_image_pa(b, a->asm_idmap ? "__idmap_text_end" : "_end");
	return a->levels + (a->va_config < 48 && last >> a->va_min);
}

/* Before 6.0: in pages of the image, as many as 48 bits need; it stays. */
static void map_idmap_text(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t start = arm64_image_pa(b, "__idmap_text_start"), end = arm64_image_pa(b, "__idmap_text_end");
	struct arm64_root root = {arm64_image_pa(b, "idmap_pg_dir"), arm64_idmap_levels_(b), "idmap_pg_dir"};
	struct ptk_boot_step s = BOOT_STEP(0, "__create_page_tables");
	boot_step_(b, &s,
	           "the identity map, for TTBR0_EL1: the code that turns the MMU off and on, where it is in physical memory");
	if (b->failed)
		return;
	boot_zero_(b, root.pa, ((48 - 4) / (a->page_shift - 3) - block_level(a)) * a->page);
	map_memory(b, &root, &(struct memory){start, end, start, swapper_flags(a, true)});
}

void arm64_head_asm_(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	struct ptk_boot_step s = BOOT_STEP(0, "primary_entry");
	boot_step_(b, &s, "arch/arm64/kernel/head.S: the MMU is off");
	if (a->asm_idmap)
		map_idmap_text(b);
	else
		create_idmap(b);
	uint64_t init = arm64_image_pa(b, "init_pg_dir"), end = arm64_image_pa(b, "init_pg_end");
	uint64_t low = low_bits(a->va_config), text = boot_image_va_(b, "_text") & low;
	struct arm64_root root = {init, a->levels, "init_pg_dir"};
	s = BOOT_STEP(0, a->asm_idmap ? "__create_page_tables" : "create_kernel_mapping");
	boot_step_(b, &s, "all of the image, writable and executable");
	boot_zero_(b, init, end - init);
	/* The addresses are those of the root's window: bits above it take no part in an index. */
	map_memory(b, &root,
	           &(struct memory){text, boot_image_va_(b, "_end") & low, arm64_image_pa(b, "_text"),
	                            swapper_flags(a, true), ~low});
}
