// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a riscv boot went by, as a picture of the kernel that came out of it tells. */
#include <stdlib.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/boot/devtree.h"
#include "linux/boot/riscv.h"

#define MIB UINT64_C(0x100000)

struct facts {
	struct ptk_machine *m;
	struct ptk_linux *lx;
	uint64_t voffset;         /* virtual minus physical address of the image */
	uint64_t image, image_end; /* physical */
	uint64_t floor;           /* lowest table in memory that memblock had reserved */
	uint64_t *table;
	size_t ntables, room;
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

/* What PAGE_OFFSET stands for, if that is mapped: memory may start with a part that is not. */
static void linear_base(struct facts *f)
{
	struct ptk_space s;
	uint64_t pa;
	value(f, "page_offset", f->lx->layout.page_offset, f->lx->layout.page_offset_how);
	if (ptk_space_init(&s, f->lx->mem, &f->lx->info.regime, f->lx->table[PTK_TABLE_KERNEL].root, NULL) == 0 &&
	    ptk_translate(&s, f->lx->layout.page_offset, &pa) == 1)
		value(f, "phys_offset", pa, "where the linear map starts");
}

static void switches(struct facts *f)
{
	uint64_t v;
	value(f, "strict_rwx", ptk_linux_symbol(f->lx, "mark_rodata_ro", &v) == 0, "whether there is mark_rodata_ro");
	if (boot_read_symbol_(f->lx, "_debug_pagealloc_enabled_early", 1, &v) == 0 && v)
		value(f, "page_granular", 1, "_debug_pagealloc_enabled_early");
	if (boot_read_symbol_(f->lx, "__kfence_pool", f->lx->info.regime.va_width / 8u, &v) == 0 && v)
		value(f, "kfence_pool_size", (255 + 1) * 2 * 4096, "__kfence_pool, and 255 objects by default");
}

/* ---- the device tree ---- */

static int fact(void *arg, enum fdt_fact what, uint64_t first, uint64_t size, const char *name)
{
	struct facts *f = arg;
	if (size && what != FDT_BANK && first + (size - 1) >= first)
		reserve(f, first, first + (size - 1), what == FDT_INITRD ? "initrd" : name);
	return f->rc;
}

static void device_tree(struct facts *f)
{
	struct ptk_space s;
	uint64_t va, pa;
	uint8_t head[40], *blob;
	if (boot_read_symbol_(f->lx, "initial_boot_params", f->lx->info.regime.va_width / 8u, &va) < 0 || !va ||
	    boot_read_va_(f->lx, va, head, sizeof head) < 0)
		return;
	uint32_t size = fdt_total_(head, sizeof head);
	if (!size || size > 4 * MIB ||
	    ptk_space_init(&s, f->lx->mem, &f->lx->info.regime, f->lx->table[PTK_TABLE_KERNEL].root, NULL) < 0 ||
	    ptk_translate(&s, va, &pa) != 1)
		return;
	value(f, "dtb", pa, "initial_boot_params, where the fixmap maps it");
	value(f, "dtb_size", size, "its header");
	reserve(f, pa, pa + size - 1, "device tree");
	blob = malloc(size);
	if (!blob)
		f->rc = PTK_E_NOMEM;
	else if (boot_read_va_(f->lx, va, blob, size) == 0 && fdt_facts_(blob, size, fact, f, NULL) == PTK_E_NOMEM)
		f->rc = PTK_E_NOMEM;
	free(blob);
}

/* ---- what was taken before setup_vm_final() ---- */

static void add_table(struct facts *f, uint64_t pa)
{
	if (f->ntables == f->room) {
		size_t room = f->room ? 2 * f->room : 256;
		uint64_t *more = realloc(f->table, room * sizeof *more);
		if (!more) {
			f->rc = PTK_E_NOMEM;
			return;
		}
		f->table = more;
		f->room = room;
	}
	f->table[f->ntables++] = pa;
}

static int visit(void *arg, const struct ptk_run *run)
{
	struct facts *f = arg;
	struct ptk_entry e;
	if (run->what != PTK_V_TABLE)
		return PTK_GO;
	ptk_entry_decode(&f->lx->info.regime, run->level, run->raw, &e);
	if (e.pa < f->image || e.pa >= f->image_end)
		add_table(f, e.pa);
	return f->rc;
}

static bool is_table(const struct facts *f, uint64_t pa)
{
	for (size_t i = 0; i < f->ntables; i++)
		if (f->table[i] == pa)
			return true;
	return false;
}

/* Tables of the linear map and of the kernel. Those that came later, by splitting, are none that memblock gave. */
static void find_tables(struct facts *f, const struct ptk_bank *taken, size_t n)
{
	struct ptk_space s;
	struct ptk_walk_opts o = {.from = f->lx->layout.page_offset, .to = UINT64_MAX};
	o.to = f->lx->info.regime.va_width == 64 ? UINT64_MAX : UINT32_MAX;
	f->floor = UINT64_MAX;
	if (ptk_space_init(&s, f->lx->mem, &f->lx->info.regime, f->lx->table[PTK_TABLE_KERNEL].root, NULL) < 0)
		return;
	ptk_walk_space(&s, &o, visit, f, NULL, NULL);
	for (size_t t = 0; t < f->ntables; t++)
		for (size_t i = 0; i < n; i++)
			if (f->table[t] >= taken[i].first && f->table[t] <= taken[i].last && f->table[t] < f->floor)
				f->floor = f->table[t];
}

/* Memblock gives from the top: what is reserved above the lowest table and is no table was reserved before. */
static void memory(struct facts *f)
{
	size_t n = f->m->info.nreserved;
	struct ptk_bank *taken = calloc(n + 1, sizeof *taken);
	if (!taken) {
		f->rc = PTK_E_NOMEM;
		return;
	}
	for (size_t i = 0; i < n; i++)
		taken[i] = f->m->info.reserved[i];
	boot_machine_forget_reserved_(f->m);
	device_tree(f);
	find_tables(f, taken, n);
	for (size_t i = 0; i < n && f->floor != UINT64_MAX; i++)
		for (uint64_t at = round_down(taken[i].first, 4096); at <= taken[i].last && f->rc == 0; at += 4096)
			if (at > f->floor && !is_table(f, at))
				reserve(f, at, at + 4095, "taken before setup_vm_final");
	free(taken);
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
	value(&f, "phys_addr", f.image, "_start, and where swapper_pg_dir is");
	linear_base(&f);
	switches(&f);
	if (f.rc == 0 && !m->info.nreserved)
		f.rc = boot_like_iomem_reserved_(m, lx);
	memory(&f);
	free(f.table);
	return f.rc < 0 ? ptk_err_set_(err, f.rc, "no memory for the facts of a machine") : 0;
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
static bool area_has(const struct boot_case *c, uint64_t pa, uint64_t bits)
{
	uint64_t start = 0, end = 0;
	struct seen s = {.pa = pa, .bits = bits, .skip_first = c->region->first, .skip_last = c->region->last};
	ptk_linux_symbol(c->lx, "_start", &start);
	ptk_linux_symbol(c->lx, "_end", &end);
	s.image_first = start;
	s.image_last = end;
	struct ptk_range_opts o = {.only_leaves = true};
	return ptk_ranges(c->theirs_in, &o, see, &s, NULL, NULL) >= 0 && s.found;
}

static const char *linear(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct riscv *v = riscv_of(b);
	uint64_t size = c->our_level > 0 ? riscv_size(v, (unsigned)c->our_level) : 4096;
	uint64_t pa = riscv_entry_pa(c->ours) + (c->va & (size - 1)), change = (c->ours ^ c->theirs) & low_bits(10);
	bool table = !(c->theirs & RV_LEAF);
	if (!(c->ours & RV_LEAF) || !(c->theirs & RV_V))
		return NULL;
	if (c->their_level >= 0 && c->their_level <= c->our_level && table && c->our_level > 0)
		return "split_linear_mapping: rights of some page in this leaf were changed, so a table took its place";
	if (table || riscv_entry_pa(c->theirs) != pa)
		return NULL;
	if (!(change & ~RV_LEAF) && area_has(c, pa, c->theirs & RV_LEAF))
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

const char *riscv_explain_(const struct ptk_boot *b, const struct boot_case *c)
{
	if (c->region->name[0] == 'l')
		return linear(b, c);
	return c->region->name[0] == 'f' ? fixmap(b, c) : NULL;
}
