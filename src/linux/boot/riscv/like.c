// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a riscv boot went by, as a picture of the kernel that came out of it tells. */
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/boot/riscv/riscv.h"
#include "linux/vmcoreinfo.h"

#define MIB UINT64_C(0x100000)
#define KFENCE_POOL UINT64_C(0x200000) /* (CONFIG_KFENCE_NUM_OBJECTS + 1) * 2 pages */

struct facts {
	struct ptk_machine *m;
	struct ptk_linux *lx;
	uint64_t voffset;          /* virtual minus physical address of the image */
	uint64_t image, image_end; /* physical */
	uint64_t base;             /* what PAGE_OFFSET stands for, or PTK_NO_PA */
};

/* What PAGE_OFFSET stands for, if that is mapped: memory may start with a part that is not. */
static void linear_base(struct facts *f)
{
	struct ptk_space s;
	boot_machine_value_(f->m, "page_offset", f->lx->layout.page_offset, f->lx->layout.page_offset_how);
	if (boot_kernel_space_(f->lx, &s) < 0 || ptk_translate(&s, f->lx->layout.page_offset, &f->base) != 1)
		f->base = PTK_NO_PA;
	else
		boot_machine_value_(f->m, "phys_offset", f->base, "where the linear map starts");
}

static void switches(struct facts *f)
{
	uint64_t v;
	boot_machine_value_(f->m, "strict_rwx", boot_has_symbol_(f->lx, "mark_rodata_ro"), "whether there is mark_rodata_ro");
	if (boot_read_symbol_(f->lx, "_debug_pagealloc_enabled_early", 1, &v) == 0 && v)
		boot_machine_value_(f->m, "page_granular", 1, "_debug_pagealloc_enabled_early");
	if (boot_read_symbol_(f->lx, "rodata_enabled", 1, &v) == 0)
		boot_machine_value_(f->m, "rodata", v != 0, "rodata_enabled");
}

/* Its physical address; 0: there is none. */
static uint64_t kfence(struct facts *f)
{
	unsigned word = f->lx->info.regime.va_width / 8u;
	uint64_t pool, on, pa;
	if (f->base == PTK_NO_PA || boot_read_symbol_(f->lx, "__kfence_pool", word, &pool) < 0 || !pool)
		return 0;
	pa = pool - f->lx->layout.page_offset + f->base;
	boot_machine_value_(f->m, "kfence_pool_size", KFENCE_POOL, "__kfence_pool, and 255 objects by default");
	boot_machine_value_(f->m, "kfence_pool", pa, "__kfence_pool");
	if (boot_read_symbol_(f->lx, "kfence_sample_interval", word, &on) == 0)
		boot_machine_value_(f->m, "kfence", on != 0, "kfence_sample_interval");
	return pa;
}

static void vmemmap_of(struct facts *f)
{
	uint64_t first;
	boot_machine_value_(f->m, "hotremove", boot_has_symbol_(f->lx, "offline_pages"), "whether there is offline_pages");
	boot_machine_value_(f->m, "hvo", boot_has_symbol_(f->lx, "hugetlb_vmemmap_optimize_folio"),
	                    "whether there is hugetlb_vmemmap_optimize_folio");
	if (boot_read_symbol_(f->lx, "vmemmap_start_pfn", 8, &first) == 0)
		boot_machine_value_(f->m, "vmemmap_start_pfn", first, "the symbol of that name");
}

/* What the kernel was configured with is told by the functions that it has. */
static void configuration(struct facts *f)
{
	uint64_t size;
	bool vmemmap = boot_has_symbol_(f->lx, "vmemmap_populate");
	boot_machine_value_(f->m, "vmemmap", vmemmap, "whether there is vmemmap_populate");
	if (f->lx->vmcoreinfo && ptk_vmcoreinfo_decimal_(f->lx->vmcoreinfo, "SIZE", "page", &size))
		boot_machine_value_(f->m, "struct_page", size, "VMCOREINFO, SIZE(page)");
	if (f->lx->vmcoreinfo && ptk_vmcoreinfo_decimal_(f->lx->vmcoreinfo, "SIZE", "mem_section", &size))
		boot_machine_value_(f->m, "mem_section", size, "VMCOREINFO, SIZE(mem_section)");
	if (vmemmap)
		vmemmap_of(f);
	boot_machine_value_(f->m, "hotplug", boot_has_symbol_(f->lx, "add_memory_resource"), "whether there is add_memory_resource");
	boot_machine_value_(f->m, "modules", boot_has_symbol_(f->lx, "__symbol_get"), "whether there is __symbol_get");
}

/* What was taken before setup_vm_final(), by the tables of the linear map and of the kernel; and right after them. */
static void memory(struct facts *f)
{
	struct ptk_space s;
	struct boot_taken t;
	uint64_t pool = kfence(f), nodes = 0;
	boot_taken_start_(&t, f->m);
	t.image_first = f->image;
	t.image_last = f->image_end - 1;
	boot_taken_devtree_(f->m, f->lx, 0, 4 * MIB, true); /* two PMDs of the fixmap */
	if (boot_kernel_space_(f->lx, &s) == 0)
		boot_taken_tables_(&t, &s, f->lx->layout.page_offset, s.last);
	if (pool && lx_version_ge(f->lx, 6, 4)) {
		boot_taken_besides_(&t, pool, KFENCE_POOL, 4096);
		t.early_end = pool + KFENCE_POOL;
		t.early_size = KFENCE_POOL;
	}
	boot_taken_reserve_(&t, 4096, "taken before setup_vm_final");
	boot_like_nodes_(f->m, f->lx, 64);
	if (f->base != PTK_NO_PA)
		nodes = boot_taken_nodes_(&t, f->lx, f->lx->layout.page_offset, f->base);
	if (nodes)
		boot_machine_value_(f->m, "dt_nodes", nodes, "of_root, below the last table of setup_vm_final");
	boot_taken_end_(&t);
}

int riscv_like_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err)
{
	struct facts f = {.m = m, .lx = lx, .voffset = lx->pgd_va - lx->pgd_pa};
	uint64_t start = boot_symbol_(m, "_start"), end = boot_symbol_(m, "_end");
	if (!start || !end || !lx->pgd_va)
		return ptk_err_set_(err, PTK_E_NOTFOUND,
		                    "the symbols _start, _end and swapper_pg_dir are not known; --symbols may help");
	f.image = start - f.voffset;
	f.image_end = end - f.voffset;
	boot_machine_value_(m, "phys_addr", f.image, "_start, and where swapper_pg_dir is");
	linear_base(&f);
	switches(&f);
	configuration(&f);
	if (!m->info.nreserved)
		boot_like_iomem_reserved_(m, lx);
	memory(&f);
	return 0;
}
