// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What an arm64 boot went by, as a picture of the kernel that came out of it tells. */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/boot/arm64.h"
#include "linux/layout.h"

#define MIB UINT64_C(0x100000)

struct facts {
	struct ptk_machine *m;
	struct ptk_linux *lx;
	uint64_t voffset, memstart, page_offset;
	unsigned page_shift;
	bool pi;
	struct boot_taken taken; /* tables: of the linear map, the image (before 6.9) and the identity map */
	int rc;
};

static void value(struct facts *f, const char *key, uint64_t v, const char *how)
{
	if (f->rc == 0)
		f->rc = boot_machine_value_(f->m, key, v, how);
}

static void reserve(struct facts *f, uint64_t first, uint64_t last, const char *name)
{
	if (f->rc == 0)
		f->rc = boot_machine_reserve_(f->m, first, last, name);
}

/* A variable that is a bool or a byte of one; false when there is none. */
static bool byte_of(struct facts *f, const char *name, uint64_t *v)
{
	return boot_read_symbol_(f->lx, name, 1, v) == 0;
}

static uint64_t image_pa(const struct facts *f, const char *name)
{
	return boot_symbol_(f->m, name) - f->voffset;
}

/* ---- switches ---- */

static void rodata(struct facts *f)
{
	uint64_t enabled = 1, full = 0;
	if (byte_of(f, "rodata_full", &full) || byte_of(f, "rodata_enabled", &enabled)) {
		byte_of(f, "rodata_enabled", &enabled);
		value(f, "rodata", full ? 2 : enabled ? 1 : 0, "rodata_enabled, rodata_full");
	}
}

static void granularity(struct facts *f)
{
	uint64_t v, early, pool;
	if (byte_of(f, "_debug_pagealloc_enabled_early", &v) && v)
		value(f, "page_granular", 1, "_debug_pagealloc_enabled_early");
	if (!byte_of(f, "kfence_early_init", &early) || boot_read_symbol_(f->lx, "__kfence_pool", 8, &pool) < 0)
		return;
	if (!early)
		value(f, "page_granular", 1, "kfence_early_init: KFENCE may be set up late");
	else if (pool)
		value(f, "kfence_pool_size", (255 + 1) * 2 * (UINT64_C(1) << f->page_shift),
		      "kfence_early_init, and 255 objects by default");
}

/* VA_BITS_MIN of asm/memory.h */
static unsigned va_min(const struct facts *f)
{
	unsigned config = f->lx->layout.va_bits_config;
	return config <= 48 ? config : f->page_shift == 14 && f->pi ? 47 : 48;
}

/* Whether the image was moved: KIMAGE_VADDR is MODULES_END. */
static bool is_moved(const struct facts *f)
{
	uint64_t modules = lx_version_ge(f->lx, 6, 5) ? 2048 * MIB : 128 * MIB;
	return boot_symbol_(f->m, "_text") - (modules - BIT(va_min(f) - 1)) >= 2 * MIB;
}

/* The only thing that user space's copy of the kernel's table maps is the trampoline. */
static bool trampoline(struct facts *f, uint64_t *va)
{
	struct ptk_space s;
	struct ptk_path path;
	uint64_t dir = boot_symbol_(f->m, "tramp_pg_dir"), root = f->lx->table[PTK_TABLE_KERNEL].root;
	uint64_t swapper = image_pa(f, "swapper_pg_dir");
	if (!dir || ptk_space_init(&s, f->lx->mem, &f->lx->info.regime, dir - f->voffset + (root - swapper), NULL) < 0)
		return false;
	/* in the last 8M of the fixmap, whatever is configured */
	uint64_t top = f->pi ? 0 - 8 * MIB : 0 - BIT(f->lx->layout.va_bits_config - f->page_shift + 6) - 32 * MIB;
	for (*va = top - 8 * MIB; *va < top; *va += UINT64_C(1) << f->page_shift)
		if (ptk_walk(&s, *va, &path, NULL) == PTK_MAPPED)
			return true;
	return false;
}

static void rights(struct facts *f)
{
	uint64_t ng = 0, va;
	struct ptk_space s;
	struct ptk_path path;
	byte_of(f, "arm64_use_ng_mappings", &ng);
	value(f, "ng", ng && is_moved(f),
	      ng && is_moved(f) ? "arm64_use_ng_mappings, and KASLR" : "arm64_use_ng_mappings");
	bool tramp = trampoline(f, &va);
	if (tramp)
		value(f, "trampoline", va, "tramp_pg_dir maps it");
	value(f, "kpti", f->pi ? tramp : ng != 0, f->pi ? "tramp_pg_dir" : "arm64_use_ng_mappings");
	if (boot_kernel_space_(f->lx, &s) == 0 &&
	    ptk_walk(&s, boot_symbol_(f->m, "_stext"), &path, NULL) == PTK_MAPPED)
		value(f, "bti", (path.step[path.nsteps - 1].entry.raw & PTE_GP) != 0, "GP of the first page of text");
}

/* ---- what was taken before paging_init, and after ---- */

static void tables_in(struct facts *f, uint64_t from, uint64_t to)
{
	struct ptk_space s;
	if (f->rc == 0 && boot_kernel_space_(f->lx, &s) == 0)
		f->rc = boot_taken_tables_(&f->taken, &s, from, to);
}

/* Before 6.9 the identity map's tables are memblock's too, and the last that paging_init takes. */
static void idmap_tables(struct facts *f)
{
	char text[64];
	struct ptk_regime r;
	struct ptk_space s;
	unsigned bits = f->lx->layout.va_bits < 48 ? f->lx->layout.va_bits : 48;
	snprintf(text, sizeof text, "arm64-%s-%u",
	         f->page_shift == 12   ? "4k"
	         : f->page_shift == 14 ? "16k"
	                               : "64k",
	         bits);
	if (f->pi || f->rc < 0 || ptk_regime_parse(text, &r, NULL) < 0 ||
	    ptk_space_init(&s, f->lx->mem, &r, image_pa(f, "idmap_pg_dir"), NULL) < 0)
		return;
	f->rc = boot_taken_tables_(&f->taken, &s, s.first, s.last);
}

static void after_tables(struct facts *f)
{
	uint64_t v = boot_taken_nodes_(&f->taken, f->lx, f->page_offset, f->memstart);
	if (v)
		value(f, "dt_nodes", v, "of_root, below the last table of paging_init");
	if (lx_info_number(f->lx, "MAX_PHYSMEM_BITS", &v))
		value(f, "max_physmem_bits", v, "VMCOREINFO");
	if (ptk_linux_symbol(f->lx, "offline_pages", &v) == 0)
		value(f, "hotremove", 1, "the symbol offline_pages");
}

static void memory(struct facts *f)
{
	uint64_t text = image_pa(f, "_text"), last = image_pa(f, "_end") - 1;
	if (f->rc == 0)
		f->rc = boot_taken_start_(&f->taken, f->m);
	if (f->rc < 0)
		return;
	f->taken.image_first = text;
	f->taken.image_last = last;
	bool text_first = boot_taken_has_(&f->taken, text, text);
	value(f, "text_first", text_first, "whether memblock has _text reserved");
	reserve(f, text_first ? text : image_pa(f, "_stext"), last, "kernel");
	if (f->rc == 0)
		f->rc = boot_taken_devtree_(f->m, f->lx, 2 * MIB, false); /* MAX_FDT_SIZE; no-map memory is in the memblock */
	tables_in(f, f->page_offset, 0 - BIT(va_min(f) - 1) - 1);
	if (!f->pi)
		tables_in(f, boot_symbol_(f->m, "_stext"), boot_symbol_(f->m, "_end") - 1);
	idmap_tables(f);
	if (f->rc == 0)
		f->rc = boot_taken_reserve_(&f->taken, f->m, UINT64_C(1) << f->page_shift, "taken before paging_init");
	after_tables(f);
}

int arm64_like_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err)
{
	struct facts f = {.m = m, .lx = lx, .page_shift = lx->layout.page_shift, .pi = lx_version_ge(lx, 6, 9)};
	f.voffset = lx->pgd_va - lx->pgd_pa;
	f.memstart = lx->layout.phys_offset;
	f.page_offset = 0 - BIT(lx->layout.va_bits_config);
	if (!boot_symbol_(m, "_text") || !boot_symbol_(m, "_end") || !lx->pgd_va)
		return ptk_err_set_(err, PTK_E_NOTFOUND,
		                    "the symbols _text, _end and swapper_pg_dir are not known; --symbols may "
		                    "help");
	value(&f, "kimage_voffset", f.voffset, "swapper_pg_dir, and where it is");
	value(&f, "va_bits_config", lx->layout.va_bits_config, "VMCOREINFO, VA_BITS, or the root");
	if (boot_read_symbol_(lx, "memstart_addr", 8, &f.memstart) == 0)
		value(&f, "phys_offset", f.memstart, "memstart_addr");
	for (size_t i = 0; i < lx->info.nmarkers; i++)
		if (!lx->info.markers_computed && strcmp(lx->info.marker[i].name, "Fixmap start") == 0)
			value(&f, "fixmap_start", lx->info.marker[i].va, "the kernel's own markers");
	rodata(&f);
	granularity(&f);
	rights(&f);
	memory(&f);
	boot_taken_end_(&f.taken);
	return f.rc < 0 ? ptk_err_set_(err, f.rc, "no memory for the facts of a machine") : 0;
}
