// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What an arm64 boot went by, as a picture of the kernel that came out of it tells. */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/boot/arm64/arm64.h"
#include "linux/layout.h"
#include "linux/vmcoreinfo.h"

#define MIB UINT64_C(0x100000)

struct facts {
	struct ptk_machine *m;
	struct ptk_linux *lx;
	uint64_t voffset, memstart, page_offset;
	uint64_t pool, pool_size; /* KFENCE's, if it was taken before the tables: physical */
	unsigned page_shift;
	bool pi;
	struct boot_taken taken; /* tables: of the linear map, the image (before 6.9) and the identity map */
};

/* A variable that is a bool or a byte of one; false when there is none. */
static bool byte_of(struct facts *f, const char *name, uint64_t *v)
{
	return boot_read_symbol_(f->lx, name, 1, v) == 0;
}

static uint64_t image_pa(const struct facts *f, const char *name)
{
	return boot_symbol_(f->m, name) - f->voffset;
}

/* The entry that maps the first page of text. */
static bool first_of_text(const struct facts *f, uint64_t *raw)
{
	struct ptk_space s;
	struct ptk_path path;
	if (boot_kernel_space_(f->lx, &s) < 0 || ptk_walk(&s, boot_symbol_(f->m, "_stext"), &path, NULL) != PTK_MAPPED)
		return false;
	*raw = path.step[path.nsteps - 1].entry.raw;
	return true;
}

/* ---- switches ---- */

struct blocks {
	const struct facts *f;
	bool found;
};

static int see_leaf(void *arg, const struct ptk_run *run)
{
	struct blocks *b = arg;
	uint64_t pa = run->va - b->f->page_offset + b->f->memstart;
	if (run->what != PTK_V_ENTRIES || run->kind != PTK_LEAF ||
	    (pa >= image_pa(b->f, "_text") && pa < image_pa(b->f, "_end")))
		return PTK_GO;
	b->found = run->level || run->raw & PTE_CONT;
	return b->found ? PTK_STOP : PTK_GO;
}

/* Whether the linear map, but for the image's alias, has leaves larger than a page, or groups of pages. */
static bool has_blocks(const struct facts *f)
{
	struct ptk_space s;
	struct blocks b = {.f = f};
	struct ptk_walk_opts o = {.from = f->page_offset, .to = 0 - BIT(arm64_va_min_(f->lx) - 1) - 1};
	if (boot_kernel_space_(f->lx, &s) == 0)
		ptk_walk_space(&s, &o, see_leaf, &b, NULL, NULL);
	return b.found;
}

/* A kernel without KALLSYMS_ALL does not name these; what they made of the tables tells them. */
static void rodata(struct facts *f)
{
	uint64_t enabled = 1, full = 0, text;
	if (byte_of(f, "rodata_full", &full) || byte_of(f, "rodata_enabled", &enabled)) {
		byte_of(f, "rodata_enabled", &enabled);
		boot_machine_value_(f->m, "rodata", full ? 2 : enabled ? 1 : 0, "rodata_enabled, rodata_full");
	} else if (first_of_text(f, &text)) {
		bool granular = !has_blocks(f);
		boot_machine_value_(f->m, "page_granular", granular, "the picture's linear map");
		boot_machine_value_(f->m, "rodata", !(text & PTE_RDONLY) ? 0 : granular ? 2 : 1,
		                    "how the picture's text and linear map are mapped");
	}
}

static void granularity(struct facts *f)
{
	uint64_t v, early, pool;
	if (byte_of(f, "_debug_pagealloc_enabled_early", &v) && v)
		boot_machine_value_(f->m, "page_granular", 1, "_debug_pagealloc_enabled_early");
	if (!byte_of(f, "kfence_early_init", &early) || boot_read_symbol_(f->lx, "__kfence_pool", 8, &pool) < 0)
		return;
	if (!early)
		boot_machine_value_(f->m, "page_granular", 1, "kfence_early_init: KFENCE may be set up late");
	if (!early || !pool)
		return;
	f->pool = pool - f->page_offset + f->memstart;
	f->pool_size = (255 + 1) * 2 * (UINT64_C(1) << f->page_shift);
	boot_machine_value_(f->m, "kfence_pool_size", f->pool_size, "kfence_early_init, and 255 objects by default");
}

/*
 * Whether KASLR counts as on: KIMAGE_VADDR is MODULES_END, up to 5.16 with 128M for BPF before the modules. Before 6.3 any
 * offset of the image counts, so also the few pages by which EFI puts it past a multiple of 2M.
 */
static bool is_moved(const struct facts *f)
{
	uint64_t modules = boot_since_(f->m, 6, 5) ? 2048 * MIB : boot_since_(f->m, 5, 17) ? 128 * MIB : 256 * MIB;
	uint64_t offset = boot_symbol_(f->m, "_text") - (modules - BIT(arm64_va_min_(f->lx) - 1));
	return offset >= (boot_since_(f->m, 6, 3) ? 2 * MIB : 1);
}

static void rights(struct facts *f)
{
	uint64_t ng = 0, text = 0, va;
	struct ptk_space s;
	bool mapped = first_of_text(f, &text);
	const char *how = "arm64_use_ng_mappings";
	if (!byte_of(f, "arm64_use_ng_mappings", &ng) && mapped) {
		ng = (text & PTE_NG) != 0;
		how = "nG of the first page of text";
	}
	boot_machine_value_(f->m, "ng", ng && is_moved(f), ng && is_moved(f) ? "nG mappings, and KASLR" : how);
	bool tramp = arm64_trampoline_of_(f->m, f->lx, &s, &va);
	if (tramp)
		boot_machine_value_(f->m, "trampoline", va, "tramp_pg_dir maps it");
	boot_machine_value_(f->m, "kpti", f->pi ? tramp : ng != 0, f->pi ? "tramp_pg_dir" : how);
	if (mapped) {
		boot_machine_value_(f->m, "dirty", (text & PTE_DIRTY) != 0, "bit 55 of the first page of text");
		boot_machine_value_(f->m, "bti", (text & PTE_GP) != 0, "GP of the first page of text");
	}
}

/* ---- what was taken before paging_init, and after ---- */

static void tables_in(struct facts *f, uint64_t from, uint64_t to)
{
	struct ptk_space s;
	if (boot_kernel_space_(f->lx, &s) == 0)
		boot_taken_tables_(&f->taken, &s, from, to);
}

/* Before 6.9 the identity map's tables are memblock's too, and the last that paging_init takes. */
static void idmap_tables(struct facts *f)
{
	struct ptk_space s;
	if (!f->pi && arm64_idmap_of_(f->m, f->lx, &s))
		boot_taken_tables_(&f->taken, &s, s.first, s.last);
}

static void after_tables(struct facts *f)
{
	uint64_t v = boot_taken_nodes_(&f->taken, f->lx, f->page_offset, f->memstart);
	if (v)
		boot_machine_value_(f->m, "dt_nodes", v, "the unflattened tree, below the last table of paging_init");
	if (f->lx->vmcoreinfo && ptk_vmcoreinfo_decimal_(f->lx->vmcoreinfo, "SIZE", "mem_section", &v))
		boot_machine_value_(f->m, "mem_section", v, "VMCOREINFO, SIZE(mem_section)");
	if (lx_info_number(f->lx, "MAX_PHYSMEM_BITS", &v))
		boot_machine_value_(f->m, "max_physmem_bits", v, "VMCOREINFO");
	if (boot_has_symbol_(f->lx, "offline_pages"))
		boot_machine_value_(f->m, "hotremove", 1, "the symbol offline_pages");
}

static void memory(struct facts *f)
{
	uint64_t text = image_pa(f, "_text"), last = image_pa(f, "_end") - 1;
	boot_taken_start_(&f->taken, f->m);
	f->taken.image_first = text;
	f->taken.image_last = last;
	bool text_first = boot_taken_has_(&f->taken, text, text);
	boot_machine_value_(f->m, "text_first", text_first, "whether memblock has _text reserved");
	boot_machine_reserve_(f->m, text_first ? text : image_pa(f, "_stext"), last, "kernel");
	/* MAX_FDT_SIZE; no-map memory is in the memblock */
	boot_taken_devtree_(f->m, f->lx, arm64_devtree_va_(f->lx), 2 * MIB, false);
	tables_in(f, f->page_offset, 0 - BIT(arm64_va_min_(f->lx) - 1) - 1);
	if (!f->pi)
		tables_in(f, boot_symbol_(f->m, "_stext"), boot_symbol_(f->m, "_end") - 1);
	idmap_tables(f);
	boot_taken_besides_(&f->taken, f->pool, f->pool_size, UINT64_C(1) << f->page_shift);
	boot_taken_reserve_(&f->taken, UINT64_C(1) << f->page_shift, "taken before paging_init");
	boot_like_nodes_(f->m, f->lx, 64); /* SMP_CACHE_BYTES */
	after_tables(f);
}

int arm64_like_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err)
{
	struct facts f = {.m = m, .lx = lx, .page_shift = lx->layout.page_shift, .pi = boot_since_(m, 6, 9)};
	f.voffset = lx->pgd_va - lx->pgd_pa;
	f.memstart = lx->layout.phys_offset;
	f.page_offset = 0 - BIT(lx->layout.va_bits_config);
	arm64_image_(m, lx);
	if (!boot_symbol_(m, "_text") || !boot_symbol_(m, "_end") || !lx->pgd_va)
		return ptk_err_set_(err, PTK_E_NOTFOUND,
		                    "the symbols _text, _end and swapper_pg_dir are not known; --symbols may "
		                    "help");
	boot_machine_value_(m, "kimage_voffset", f.voffset, "swapper_pg_dir, and where it is");
	boot_machine_value_(m, "va_bits_config", lx->layout.va_bits_config, "VMCOREINFO, VA_BITS, or the root");
	bool named = boot_read_symbol_(lx, "memstart_addr", 8, &f.memstart) == 0;
	if (named || f.memstart)
		boot_machine_value_(m, "phys_offset", f.memstart, named ? "memstart_addr" : "VMCOREINFO, PHYS_OFFSET");
	for (size_t i = 0; i < lx->info.nmarkers; i++)
		if (!lx->info.markers_computed && strcmp(lx->info.marker[i].name, "Fixmap start") == 0)
			boot_machine_value_(m, "fixmap_start", lx->info.marker[i].va, "the kernel's own markers");
	rodata(&f);
	granularity(&f);
	rights(&f);
	memory(&f);
	boot_taken_end_(&f.taken);
	return 0;
}
