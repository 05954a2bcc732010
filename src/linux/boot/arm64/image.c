// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Where the parts of the image are in a kernel without KALLSYMS_ALL, which names its text alone: by the kernel's tree
 * of resources, by the order of arch/arm64/kernel/vmlinux.lds.S, and by the tables themselves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "linux/boot/arm64/arm64.h"
#include "linux/boot/devtree.h"
#include "linux/layout.h"

#define MIB UINT64_C(0x100000)
#define SEGMENT_ALIGN UINT64_C(0x10000)
#define FIXMAP_MOST (16 * MIB)

/* ---- shared with like.c ---- */

unsigned arm64_va_min_(const struct ptk_linux *lx)
{
	unsigned config = lx->layout.va_bits_config;
	return config <= 48 ? config : lx->layout.page_shift == 14 && lx_version_ge(lx, 6, 9) ? 47 : 48;
}

uint64_t arm64_fix_top_(const struct ptk_linux *lx)
{
	if (lx_version_ge(lx, 6, 9))
		return 0 - 8 * MIB;
	bool since_5_11 = lx_version_ge(lx, 5, 11);
	return arm64_old_vmemmap(since_5_11, lx->layout.va_bits_config, arm64_va_min_(lx), lx->layout.page_shift) -
	       (since_5_11 ? 32 : 20) * MIB;
}

bool arm64_idmap_of_(const struct ptk_machine *m, const struct ptk_linux *lx, struct ptk_space *s)
{
	char text[64];
	struct ptk_regime r;
	unsigned shift = lx->layout.page_shift, bits = lx->layout.va_bits;
	uint64_t dir = boot_symbol_(m, "idmap_pg_dir");
	snprintf(text, sizeof text, "arm64-%s-%u",
	         shift == 12   ? "4k"
	         : shift == 14 ? "16k"
	                       : "64k",
	         lx_version_ge(lx, 6, 9) || bits > 48 ? 48 : bits);
	return dir && ptk_regime_parse(text, &r, NULL) >= 0 &&
	       ptk_space_init(s, lx->mem, &r, dir - (lx->pgd_va - lx->pgd_pa), NULL) == 0;
}

bool arm64_trampoline_of_(const struct ptk_machine *m, const struct ptk_linux *lx, struct ptk_space *s, uint64_t *va)
{
	struct ptk_path path;
	uint64_t dir = boot_symbol_(m, "tramp_pg_dir"), swapper = boot_symbol_(m, "swapper_pg_dir");
	uint64_t root = lx->table[PTK_TABLE_KERNEL].root, top = arm64_fix_top_(lx);
	if (!dir || !swapper || ptk_space_init(s, lx->mem, &lx->info.regime, root + (dir - swapper), NULL) < 0)
		return false;
	for (*va = top - 8 * MIB; *va < top; *va += UINT64_C(1) << lx->layout.page_shift)
		if (ptk_walk(s, *va, &path, NULL) == PTK_MAPPED)
			return true;
	return false;
}

/* ---- the device tree ---- */

/* FIX_FDT: the first slots of enum fixed_addresses. Where a block is 2M, and before 6.4, the tree lies anywhere in the
 * first. */
uint64_t arm64_devtree_va_(struct ptk_linux *lx)
{
	bool wide = lx_version_ge(lx, 6, 4);
	size_t page = (size_t)1 << lx->layout.page_shift, unit = wide || page != 4096 ? page : (size_t)(2 * MIB);
	uint64_t va = arm64_fix_top_(lx) - (wide ? 2 * MIB + 2 * page : 4 * MIB);
	CLEANUP_FREE uint8_t *raw = malloc(unit);
	if (!raw || boot_read_va_(lx, va, raw, unit) < 0)
		return 0;
	for (size_t at = 0; at + 40 <= unit; at += 8)
		if (fdt_total_(raw + at, 40))
			return va + at;
	return 0;
}

/* ---- what is known, and what is not ---- */

struct image {
	struct ptk_machine *m;
	struct ptk_linux *lx;
	struct ptk_space s;
	uint64_t voffset, page;
	unsigned levels;
	bool pi;
};

static uint64_t symbol(const struct image *im, const char *name)
{
	uint64_t va = boot_symbol_(im->m, name);
	return va || ptk_linux_symbol(im->lx, name, &va) == 0 ? va : 0;
}

/* ---- segments ---- */

/*
 * request_standard_resources(): code is _text or (stable kernels before 6.12) _stext to __init_begin, data _sdata to
 * _end, and _sdata is where init memory ends.
 */
static void segments(struct image *im)
{
	uint64_t first, last, stext = boot_symbol_(im->m, "_stext");
	if (boot_like_resource_(im->lx, "Kernel code", &first, &last) == 0) {
		boot_machine_symbol_if_new_(im->m, "_text", first + im->voffset < stext ? first + im->voffset : 0);
		boot_machine_symbol_if_new_(im->m, "__init_begin", last + 1 + im->voffset);
	}
	if (boot_like_resource_(im->lx, "Kernel data", &first, &last) == 0) {
		boot_machine_symbol_if_new_(im->m, "_data", first + im->voffset);
		boot_machine_symbol_if_new_(im->m, "_end", last + 1 + im->voffset);
	}
	/* .head.text, with the Image header, is less than the alignment of .text; stable 6.1 gives its memory away */
	boot_machine_symbol_if_new_(im->m, "_text", stext ? stext - SEGMENT_ALIGN : 0);
	boot_machine_symbol_if_new_(im->m, "__start_rodata", boot_symbol_(im->m, "_etext"));
	boot_machine_symbol_if_new_(im->m, "__init_end", boot_symbol_(im->m, "_data"));
	boot_machine_symbol_if_new_(im->m, "__initdata_end", boot_symbol_(im->m, "_data"));
	boot_machine_symbol_if_new_(im->m, "__inittext_begin", boot_symbol_(im->m, "__init_begin"));
}

/* ---- init memory ---- */

/* Whether there is a table of pages under the PMD entry for va, which free_initmem() has emptied. */
static bool has_pages(const struct image *im, uint64_t va)
{
	struct ptk_path path;
	ptk_walk(&im->s, va, &path, NULL);
	return path.nsteps == im->levels;
}

/*
 * Init text ends behind _einittext: .exit.text and the alternatives follow, unnamed. All of it has been unmapped, but
 * where a PMD entry lies within one segment there has been a block, and where the segment ends inside of it, pages,
 * whose table stays. That tells enough: which tables there were.
 */
static uint64_t end_of_init_text(const struct image *im, uint64_t first, uint64_t last, uint64_t end)
{
	uint64_t size = im->page << (im->s.regime.page_shift - 3u);
	for (; end > first && end < last; end = round_down(end, size) + size) {
		uint64_t block = round_down(end, size);
		if (block < first || block + size > last)
			break;
		bool pages = has_pages(im, block);
		if (pages || end == block)
			return pages && end == block ? end + SEGMENT_ALIGN : end;
	}
	return end > first && end < last ? end : first + SEGMENT_ALIGN;
}

static void init_memory(struct image *im)
{
	uint64_t first = boot_symbol_(im->m, "__init_begin"), last = boot_symbol_(im->m, "__init_end");
	uint64_t end = round_down(symbol(im, "_einittext") + SEGMENT_ALIGN - 1, SEGMENT_ALIGN);
	if (!first || last <= first + SEGMENT_ALIGN)
		return;
	boot_machine_symbol_if_new_(im->m, "__inittext_end", end_of_init_text(im, first, last, end));
	boot_machine_symbol_if_new_(im->m, "__initdata_begin", boot_symbol_(im->m, "__inittext_end"));
}

/* ---- static tables ---- */

/* The table of a level through which an address is translated, as the image's address of it; 0: none in the image. */
static uint64_t table_of(const struct image *im, const struct ptk_space *s, uint64_t va, unsigned level)
{
	struct ptk_path path;
	ptk_walk(s, va, &path, NULL);
	if (path.nsteps + level < im->levels || level >= im->levels)
		return 0;
	uint64_t table = path.step[im->levels - 1 - level].table + im->voffset;
	return table >= boot_symbol_(im->m, "_text") && table < boot_symbol_(im->m, "_end") ? table : 0;
}

/*
 * Roots lie in this order: the identity map's, the trampoline's with UNMAP_KERNEL_AT_EL0, the empty one, init_mm's. Before
 * 6.0 all of the identity map's tables are there (IDMAP_DIR_SIZE): as many as 48 bits need, with 4K pages for blocks.
 */
static void roots(struct image *im)
{
	uint64_t swapper = im->lx->pgd_va, shift = im->s.regime.page_shift;
	uint64_t idmap = lx_version_ge(im->lx, 6, 0) ? 1 : (48 - 4) / (shift - 3) - (shift == 12);
	bool trampoline = symbol(im, "map_entry_trampoline") != 0;
	boot_machine_symbol_if_new_(im->m, "swapper_pg_dir", swapper);
	boot_machine_symbol_if_new_(im->m, "tramp_pg_dir", trampoline ? swapper - 2 * im->page : 0);
	boot_machine_symbol_if_new_(im->m, "idmap_pg_dir", swapper - ((trampoline ? 2 : 1) + idmap) * im->page);
}

/*
 * The last thing of the image. Since 6.9 the kernel's own tables are its pages, taken from the second on. Before, it is
 * free after paging_init, and how large it is at most is INIT_DIR_SIZE: a page, and for each level one more table than
 * the image has entries there.
 */
static void init_pg_dir(struct image *im)
{
	uint64_t text = boot_symbol_(im->m, "_text"), end = boot_symbol_(im->m, "_end"), pages = 1;
	unsigned shift = im->s.regime.page_shift;
	uint64_t low = low_bits(im->lx->layout.va_bits_config);
	if (!text || !end)
		return;
	for (unsigned level = im->levels - 1; level > (shift == 12 ? 1u : 0u); level--) {
		unsigned entry = shift + level * (shift - 3);
		pages += (((end - 1) & low) >> entry) - ((text & low) >> entry) + 2;
	}
	uint64_t first = im->levels > 1 ? table_of(im, &im->s, boot_symbol_(im->m, "_stext"), im->levels - 2) : 0;
	boot_machine_symbol_if_new_(im->m, "init_pg_dir", im->pi ? (first ? first - im->page : 0) : end - pages * im->page);
	boot_machine_symbol_if_new_(im->m, "init_pg_end", end);
}

/* bm_pte's first table has the lowest addresses. */
static void fixmap(struct image *im)
{
	uint64_t top = arm64_fix_top_(im->lx), step = im->page << (im->s.regime.page_shift - 3u), pte = 0;
	for (uint64_t va = top - 1; va >= top - FIXMAP_MOST; va -= step) {
		uint64_t table = table_of(im, &im->s, va, 0);
		pte = table ? table : pte;
	}
	boot_machine_symbol_if_new_(im->m, "bm_pte", pte);
	boot_machine_symbol_if_new_(im->m, "bm_pmd", im->levels > 2 ? table_of(im, &im->s, top - 1, 1) : 0);
	boot_machine_symbol_if_new_(im->m, "bm_pud", im->levels > 3 ? table_of(im, &im->s, top - 1, 2) : 0);
}

/* ---- code with mappings of its own ---- */

struct pages {
	uint64_t first, last; /* physical */
	bool found;
};

/* The identity map has executable text, and with KPTI a writable word. */
static int see_text(void *arg, const struct ptk_range *r)
{
	struct pages *p = arg;
	if (r->pa == PTK_NO_PA || !(r->attr.flags & PTK_A_KX))
		return 0;
	p->first = p->found ? p->first : r->pa;
	p->last = r->pa + (r->last - r->first);
	p->found = true;
	return 0;
}

/* Since 6.3 its text is read-only data, which has no names. */
static void identity_map(struct image *im)
{
	struct pages p = {0};
	struct ptk_space s;
	struct ptk_range_opts o = {.only_leaves = true};
	if (!arm64_idmap_of_(im->m, im->lx, &s) || ptk_ranges(&s, &o, see_text, &p, NULL, NULL) < 0 || !p.found)
		return;
	boot_machine_symbol_if_new_(im->m, "__idmap_text_start", p.first + im->voffset);
	boot_machine_symbol_if_new_(im->m, "__idmap_text_end", p.last + 1 + im->voffset);
	struct ptk_path path;
	ptk_walk(&s, p.first, &path, NULL);
	if (im->pi && path.nsteps > 1)
		boot_machine_symbol_if_new_(im->m, "idmap_ptes", path.step[1].table + im->voffset);
}

/* What tramp_pg_dir maps, at va and behind it, is entry code. */
static void trampoline(struct image *im)
{
	uint64_t va, pa, first, end;
	struct ptk_space s;
	if (!arm64_trampoline_of_(im->m, im->lx, &s, &va) || ptk_translate(&s, va, &first) != 1)
		return;
	for (end = first; ptk_translate(&s, va, &pa) == 1 && pa == end && end - first < MIB; va += im->page)
		end += im->page;
	boot_machine_symbol_if_new_(im->m, "__entry_tramp_text_start", first + im->voffset);
	boot_machine_symbol_if_new_(im->m, "__entry_tramp_text_end", end + im->voffset);
	/* FIX_ENTRY_TRAMP_DATA, a page below TRAMP_VALIAS */
	if (!lx_version_ge(im->lx, 6, 0) && arm64_trampoline_of_(im->m, im->lx, &s, &va) &&
	    ptk_translate(&im->s, va - im->page, &pa) == 1)
		boot_machine_symbol_if_new_(im->m, "__entry_tramp_data_start", pa + im->voffset);
}

void arm64_image_(struct ptk_machine *m, struct ptk_linux *lx)
{
	struct image im = {.m = m, .lx = lx, .voffset = lx->pgd_va - lx->pgd_pa, .pi = lx_version_ge(lx, 6, 9)};
	bool named = boot_symbol_(m, "_end") && boot_symbol_(m, "bm_pte") && boot_symbol_(m, "idmap_pg_dir");
	if (named || !lx->pgd_va || boot_kernel_space_(lx, &im.s) < 0)
		return;
	im.page = UINT64_C(1) << im.s.regime.page_shift;
	im.levels = im.s.regime.nlevels;
	segments(&im);
	init_memory(&im);
	if (!boot_symbol_(m, "_text") || !boot_symbol_(m, "_end"))
		return;
	roots(&im);
	init_pg_dir(&im);
	fixmap(&im);
	identity_map(&im);
	trampoline(&im);
}
