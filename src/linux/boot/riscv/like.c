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

static bool has_symbol(struct facts *f, const char *name)
{
	uint64_t v;
	return ptk_linux_symbol(f->lx, name, &v) == 0;
}

static void switches(struct facts *f)
{
	uint64_t v;
	boot_machine_value_(f->m, "strict_rwx", has_symbol(f, "mark_rodata_ro"), "whether there is mark_rodata_ro");
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
	boot_machine_value_(f->m, "hotremove", has_symbol(f, "offline_pages"), "whether there is offline_pages");
	boot_machine_value_(f->m, "hvo", has_symbol(f, "hugetlb_vmemmap_optimize_folio"),
	                    "whether there is hugetlb_vmemmap_optimize_folio");
	if (boot_read_symbol_(f->lx, "vmemmap_start_pfn", 8, &first) == 0)
		boot_machine_value_(f->m, "vmemmap_start_pfn", first, "the symbol of that name");
}

/* What the kernel was configured with is told by the functions that it has. */
static void configuration(struct facts *f)
{
	uint64_t size;
	bool vmemmap = has_symbol(f, "vmemmap_populate");
	boot_machine_value_(f->m, "vmemmap", vmemmap, "whether there is vmemmap_populate");
	if (f->lx->vmcoreinfo && ptk_vmcoreinfo_decimal_(f->lx->vmcoreinfo, "SIZE", "page", &size))
		boot_machine_value_(f->m, "struct_page", size, "VMCOREINFO, SIZE(page)");
	if (vmemmap)
		vmemmap_of(f);
	boot_machine_value_(f->m, "hotplug", has_symbol(f, "add_memory_resource"), "whether there is add_memory_resource");
	boot_machine_value_(f->m, "modules", has_symbol(f, "__symbol_get"), "whether there is __symbol_get");
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

/* ---- what changes after boot ---- */

struct seen {
	uint64_t pa;                 /* of the page looked for */
	uint64_t bits;               /* the rights that its linear alias has */
	uint64_t skip_first;         /* the linear map and the image are not looked at */
	uint64_t skip_last, image_first, image_last;
	bool found;
};

static uint64_t rights_of(const struct ptk_attr *a)
{
	return (a->flags & PTK_A_KR ? RV_R : 0) | (a->flags & PTK_A_KW ? RV_W : 0) | (a->flags & PTK_A_KX ? RV_X : 0);
}

static int see(void *arg, const struct ptk_range *r)
{
	struct seen *s = arg;
	if ((r->first >= s->skip_first && r->first <= s->skip_last) ||
	    (r->first >= s->image_first && r->first <= s->image_last))
		return 0;
	s->found = r->pa != PTK_NO_PA && s->pa >= r->pa && s->pa - r->pa <= r->last - r->first &&
	           rights_of(&r->attr) == s->bits;
	return s->found ? PTK_STOP : 0;
}

/* Whether an area of modules or vmalloc() maps the page with just these rights. */
static bool area_has(const struct ptk_boot *b, const struct boot_case *c, uint64_t pa, uint64_t bits)
{
	struct seen s = {.pa = pa, .bits = bits, .skip_first = c->region->first, .skip_last = c->region->last};
	s.image_first = boot_symbol_(b->machine, "_start");
	s.image_last = boot_symbol_(b->machine, "_end");
	struct ptk_range_opts o = {.only_leaves = true};
	return ptk_ranges(c->theirs_in, &o, see, &s, NULL, NULL) >= 0 && s.found;
}

/* Not a guard page: those are never mapped. */
static bool in_kfence_pool(const struct ptk_boot *b, const struct boot_case *c, uint64_t pa)
{
	uint64_t pool = riscv_pool_(b);
	return pool && pa - pool >= 8192 && pa - pool < boot_value_(b->machine, "kfence_pool_size", 0) &&
	       !((pa - pool) & 4096) && boot_fact_(c->evidence, "kfence_init");
}

static const char *linear(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct riscv *v = riscv_of(b);
	uint64_t size = c->our_level > 0 ? riscv_size(v, (unsigned)c->our_level) : 4096;
	uint64_t pa = riscv_entry_pa(c->ours) + (c->va & (size - 1)), change = (c->ours ^ c->theirs) & low_bits(10);
	bool table = !(c->theirs & RV_LEAF);
	if (change == RV_V && c->our_level == 0 && c->their_level == 0 && in_kfence_pool(b, c, pa))
		return c->theirs & RV_V ? "kfence_guarded_alloc: the page of an object that is in use"
		                        : "kfence_guarded_free: the page of an object that was freed";
	if (!(c->ours & RV_LEAF) || !(c->theirs & RV_V))
		return NULL;
	if (c->their_level >= 0 && c->their_level <= c->our_level && table && c->our_level > 0)
		return "split_linear_mapping: rights of some page in this leaf were changed, so a table took its place";
	if (table || riscv_entry_pa(c->theirs) != pa)
		return NULL;
	if (!(change & ~RV_LEAF) && area_has(b, c, pa, c->theirs & RV_LEAF))
		return "set_memory_ro, set_memory_rox: an area of modules or vmalloc() has this page with these rights, and they go "
		       "to its linear alias too";
	return NULL;
}

/* FIX_EARLYCON_MEM_BASE, the eighth slot below the device tree's: a page that is no memory. */
static const char *fixmap(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct riscv *v = riscv_of(b);
	uint64_t fdt = v->fix_top - (v->wide ? 2 : 1) * riscv_size(v, PMD);
	if (c->va < fdt && c->va >= fdt - 8 * 4096 && !c->ours && c->their_level == 0 && c->theirs & RV_LEAF &&
	    !memblock_is_memory_(&b->memblock, riscv_entry_pa(c->theirs)))
		return "early_serial_setup: earlycon keeps its device in FIX_EARLYCON_MEM_BASE";
	return NULL;
}

/*
 * With CONFIG_NUMA a node's own structures are taken from memblock before, and their sizes are the configuration's: all
 * after them is elsewhere, with the attributes that it must have.
 */
static const char *vmemmap(const struct ptk_boot *b, const struct boot_case *c)
{
	if (c->table || c->our_level != c->their_level || !(c->ours & RV_LEAF) || ((c->ours ^ c->theirs) & low_bits(10)) ||
	    !memblock_is_map_memory_(&b->memblock, riscv_entry_pa(c->theirs)) || !boot_fact_(c->evidence, "node_data"))
		return NULL;
	return "arch_numa_init: memory for a node's structures is taken first, so these struct pages are in another place";
}

const struct boot_witness riscv_witness_[] = {{"kfence_init", 0, 0}, {"node_data", 0, 0}, {NULL, 0, 0}};

const char *riscv_explain_(const struct ptk_boot *b, const struct boot_case *c)
{
	if (strcmp(c->region->name, "linear map") == 0)
		return linear(b, c);
	if (strcmp(c->region->name, "vmemmap") == 0)
		return vmemmap(b, c);
	return strcmp(c->region->name, "fixmap") == 0 ? fixmap(b, c) : NULL;
}
