// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* setup_vm(), paging_init() and what follows it, in the kernel's order: arch/riscv/mm/init.c. */
#include <inttypes.h>
#include <stdio.h>

#include "base/bits.h"
#include "linux/boot/riscv/riscv.h"

/* ---- setup_vm(): called by head.S, the MMU is off ---- */

static void tell_map(struct ptk_boot *b, const char *function, const char *type, uint64_t va, uint64_t pa, uint64_t size,
                     const char *what)
{
	struct ptk_boot_step s = BOOT_STEP(1, function);
	s.type = type;
	s.first = va;
	s.last = va + (size - 1);
	s.pa = pa;
	boot_step_(b, &s, "%s", what);
}

/* The space that a walker sees from now on. */
static void use_root(struct ptk_boot *b, uint64_t root)
{
	if (!b->failed)
		b->failed = ptk_space_init(&b->space, b->mem, &b->machine->info.regime, root, b->err);
}

/* The chain of the image's own tables below a root, from the highest level that there is down to `lowest`. */
static void link_chain(struct ptk_boot *b, uint64_t root, uint64_t va, const char *const name[4], unsigned lowest)
{
	for (unsigned l = riscv_of(b)->levels - 1; l-- > lowest && !b->failed;) {
		boot_zero_(b, riscv_image_pa(b, name[l]), 4096);
		riscv_link_(b, root, va, name[l], l);
	}
}

/* set_satp_mode(): each mode is tried, until the hardware takes it. What it wrote into the early tables is cleared again. */
static void set_satp_mode(struct ptk_boot *b)
{
	const struct riscv *v = riscv_of(b);
	if (v->wide)
		boot_step_(b, &BOOT_STEP(0, "set_satp_mode"),
		           "with an identity map of itself in the early tables it writes satp and reads it back, from Sv57 down: "
		           "this machine takes %u levels", v->levels);
}

static void create_kernel_page_table(struct ptk_boot *b, uint64_t root, bool early);

static void create_fdt_early_page_table(struct ptk_boot *b, uint64_t root)
{
	const struct riscv *v = riscv_of(b);
	uint64_t dtb = boot_value_(b->machine, "dtb", 0), unit = riscv_size(v, PMD), pa = round_down(dtb, unit);
	uint64_t va = v->fix_top - (v->wide ? 2 * unit : unit);
	if (b->failed || !dtb)
		return;
	tell_map(b, "create_fdt_early_page_table", riscv_kernel_.name, va, pa, v->fix_top - va,
	         "the device tree, which may straddle two such units: they stay in the fixmap for good");
	for (; va < v->fix_top; va += unit, pa += unit)
		riscv_map_(b, root, va, pa, PMD, &riscv_kernel_, RISCV_EARLY);
}

void riscv_setup_vm_(struct ptk_boot *b)
{
	static const char *const fixmap[] = {"fixmap_pte", "fixmap_pmd", "fixmap_pud", "fixmap_p4d"};
	static const char *const trampoline[] = {NULL, "trampoline_pmd", "trampoline_pud", "trampoline_p4d"};
	const struct riscv *v = riscv_of(b);
	uint64_t early = riscv_image_pa(b, "early_pg_dir"), tramp = riscv_image_pa(b, "trampoline_pg_dir");
	boot_step_(b, &BOOT_STEP(0, "setup_vm"), "arch/riscv/mm/init.c, called by head.S with the MMU off");
	set_satp_mode(b);
	boot_zero_(b, early, 4096);
	boot_zero_(b, tramp, 4096);
	link_chain(b, early, v->fix_start, fixmap, 0);
	boot_step_(b, &BOOT_STEP(0, "setup_vm"),
	           "trampoline_pg_dir maps the first %s of the kernel: the MMU is turned on with it, traps at the next "
	           "instruction into the virtual address of that, and takes early_pg_dir from there",
	           v->wide ? "2M" : "4M");
	link_chain(b, tramp, v->start, trampoline, PMD);
	riscv_map_(b, tramp, v->start, v->phys, PMD, &riscv_kernel_exec_, RISCV_EARLY);
	create_kernel_page_table(b, early, true);
	create_fdt_early_page_table(b, early);
	use_root(b, early);
}

/* ---- setup_vm_final() ---- */

/* pgprot_from_va(): text and init text can be executed, and not be written, not even through the linear map. */
static const struct riscv_prot *prot_of(const struct ptk_boot *b, uint64_t va)
{
	const struct riscv *v = riscv_of(b);
	uint64_t text = boot_symbol_(b->machine, "__init_data_begin") - v->start;
	if (!v->strict)
		return v->wide && va < v->start ? &riscv_kernel_ : &riscv_kernel_exec_;
	if (va >= v->start && va - v->start < text)
		return &riscv_kernel_read_exec_;
	uint64_t alias = riscv_linear_va(v, v->phys);
	return v->wide && va >= alias && va - alias < text ? &riscv_kernel_read_ : &riscv_kernel_;
}

static void create_kernel_page_table(struct ptk_boot *b, uint64_t root, bool early)
{
	const struct riscv *v = riscv_of(b);
	uint64_t unit = riscv_size(v, PMD), at = 0;
	while (at < v->size && !b->failed) {
		const struct riscv_prot *prot = early ? &riscv_kernel_exec_ : prot_of(b, v->start + at);
		uint64_t first = at;
		for (; at < v->size && (early || prot_of(b, v->start + at) == prot); at += unit)
			riscv_map_(b, root, v->start + at, v->phys + at, PMD, prot, early ? RISCV_EARLY : RISCV_FIXMAP);
		tell_map(b, "create_kernel_page_table", prot->name, v->start + first, v->phys + first, at - first,
		         early ? "all of the kernel, writable and executable" : "by the size that segments are aligned to");
	}
}

/* [pa, end) by the largest leaves, or by pages. Before 6.4 one size serves the whole bank. */
static void create_linear_mapping_range(struct ptk_boot *b, uint64_t root, uint64_t pa, uint64_t end, bool pages)
{
	static const char *const unit[] = {"pages", "2M", "1G", "512G"};
	const struct riscv *v = riscv_of(b);
	unsigned fixed = pages ? 0 : riscv_best_level_(b, pa, riscv_linear_va(v, pa), end - pa);
	while (pa < end && !b->failed) {
		uint64_t va = riscv_linear_va(v, pa), first = pa;
		unsigned level = pages || !v->large ? fixed : riscv_best_level_(b, pa, va, end - pa);
		const struct riscv_prot *prot = prot_of(b, va);
		do {
			riscv_map_(b, root, va, pa, level, prot, RISCV_FIXMAP);
			pa += riscv_size(v, level);
			va += riscv_size(v, level);
		} while (pa < end && !b->failed && prot_of(b, va) == prot &&
		         (pages || !v->large || riscv_best_level_(b, pa, va, end - pa) == level));
		char what[96];
		snprintf(what, sizeof what, "by %s: %s", unit[level < 4 ? level : 3],
		         pages            ? "KFENCE changes single ones"
		         : level          ? "the largest leaf that both addresses are aligned to and that fits"
		                          : "less than 2M, or not aligned to it");
		tell_map(b, "create_linear_mapping_range", prot->name, riscv_linear_va(v, first), first, pa - first, what);
	}
}

struct apart {
	uint64_t pa, size;
};

static void set_apart(struct ptk_boot *b, const struct apart *a, bool apart)
{
	if (!b->failed && a->size && memblock_mark_(&b->memblock, a->pa, a->size, apart ? MEMBLOCK_NOMAP : 0u,
	                                            apart ? 0u : MEMBLOCK_NOMAP) < 0)
		boot_fail_(b, PTK_E_NOMEM, "no memory for a boot");
}

static void map_banks(struct ptk_boot *b, uint64_t root)
{
	const struct riscv *v = riscv_of(b);
	/* Mapping only changes no region of memory: the array stays as it is. */
	for (size_t i = 0; i < b->memblock.memory.n && !b->failed; i++) {
		const struct memblock_region *r = &b->memblock.memory.region[i];
		uint64_t start = r->base, end = r->base + r->size;
		if (r->flags & MEMBLOCK_NOMAP)
			continue;
		if (start <= v->phys_offset && v->phys_offset < end)
			start = v->phys_offset;
		create_linear_mapping_range(b, root, start, end, false);
	}
}

/*
 * Text and rodata are mapped after the banks, so that no leaf larger than they are holds them; KFENCE's pool too, by
 * pages. Marking them unmapped meanwhile keeps them out of the banks.
 */
static void create_linear_mapping_page_table(struct ptk_boot *b, uint64_t root)
{
	struct riscv *v = riscv_of(b);
	struct apart text = {0}, rodata = {0}, pool = {0};
	if (v->large && v->strict) {
		text.pa = v->phys;
		text.size = boot_image_va_(b, "__init_data_begin") - v->start;
		rodata.pa = riscv_image_pa(b, "__start_rodata");
		rodata.size = boot_image_va_(b, "_data") - boot_image_va_(b, "__start_rodata");
	}
	pool.size = v->large ? boot_value_(b->machine, "kfence_pool_size", 0) : 0;
	if (pool.size)
		v->pool = pool.pa = boot_alloc_(b, pool.size, 4096);
	struct apart *all[] = {&text, &rodata, &pool};
	for (size_t i = 0; i < 3; i++)
		set_apart(b, all[i], true);
	map_banks(b, root);
	for (size_t i = 0; i < 3; i++)
		if (all[i]->size)
			create_linear_mapping_range(b, root, all[i]->pa, all[i]->pa + all[i]->size, all[i] == &pool);
	for (size_t i = 0; i < 3; i++)
		set_apart(b, all[i], false);
}

static void drop(struct ptk_boot *b, uint64_t from, const char *function, const char *why)
{
	struct ptk_boot_step s = BOOT_STEP(1, function);
	uint64_t end = memblock_end_of_dram_(&b->memblock);
	if (b->failed || from >= end)
		return;
	if (memblock_remove_(&b->memblock, from, end - from) < 0)
		boot_fail_(b, PTK_E_NOMEM, "no memory for a boot");
	s.pa = from;
	boot_step_(b, &s, "memory up to 0x%" PRIx64 " is left unused: %s", end - 1, why);
}

/*
 * KERN_VIRT_SIZE, a quarter of the space, bounds how much memory there may be, less 4G for what lies at the end of the
 * space before 6.4; since then also how far from its start it may lie.
 */
static void limit_memory(struct ptk_boot *b)
{
	const struct riscv *v = riscv_of(b);
	uint64_t size = BIT((v->wide ? v->r->va_bits : 32) - 2), left = size - (v->wide && !v->large ? BIT(32) : 0);
	for (size_t i = 0; i < b->memblock.memory.n; i++) {
		const struct memblock_region *r = &b->memblock.memory.region[i];
		if (left <= r->size) {
			drop(b, r->base + left, "memblock_enforce_memory_limit", "there is more than the linear map has room for");
			break;
		}
		left -= r->size;
	}
	if (v->wide && v->large)
		drop(b, v->phys_offset + size, "memblock_cap_memory_range", "it lies past the linear map");
}

/* setup_bootmem(): what of it moves where tables land. */
static void setup_bootmem(struct ptk_boot *b)
{
	const struct riscv *v = riscv_of(b);
	uint64_t end = v->phys + v->size, dtb = boot_value_(b->machine, "dtb", 0), size = boot_value_(b->machine, "dtb_size", 0);
	if (v->wide && v->strict)
		end = round_up(end, riscv_size(v, PMD));
	boot_step_(b, &BOOT_STEP(0, "setup_bootmem"),
	           "the kernel is reserved up to 0x%" PRIx64 "%s; the linear map starts at 0x%" PRIx64 ", which stands for 0x%" PRIx64,
	           end, v->wide && v->strict ? ", a whole unit, as what shares its last one must not be written" : "",
	           v->page_offset, v->phys_offset);
	if (!b->failed && (memblock_reserve_(&b->memblock, v->phys, end - v->phys) < 0 ||
	                   (size && memblock_reserve_(&b->memblock, dtb, size) < 0)))
		boot_fail_(b, PTK_E_NOMEM, "no memory for a boot");
}

void riscv_paging_init_(struct ptk_boot *b)
{
	static const char *const fixmap[] = {"fixmap_pte", "fixmap_pmd", "fixmap_pud", "fixmap_p4d"};
	const struct riscv *v = riscv_of(b);
	uint64_t root = riscv_image_pa(b, "swapper_pg_dir");
	setup_bootmem(b);
	limit_memory(b);
	boot_step_(b, &BOOT_STEP(0, "setup_vm_final"),
	           "swapper_pg_dir is filled: tables come from memblock and are seen through FIX_PTE to FIX_P4D");
	boot_zero_(b, root, 4096);
	riscv_link_(b, root, v->fix_start, fixmap[v->levels - 2], v->levels - 2);
	if (!v->wide) { /* the device tree has an entry of the root to itself */
		uint64_t early = riscv_image_pa(b, "early_pg_dir"), va = v->fix_top - riscv_size(v, PMD);
		boot_set_(b, riscv_slot_(v, PMD, root, va), boot_get_(b, riscv_slot_(v, PMD, early, va)));
	}
	boot_step_(b, &BOOT_STEP(0, v->large ? "create_linear_mapping_page_table" : "setup_vm_final"), "the linear map");
	create_linear_mapping_page_table(b, root);
	if (v->wide) {
		boot_step_(b, &BOOT_STEP(0, "create_kernel_page_table"), "the kernel, outside the linear map");
		create_kernel_page_table(b, root, false);
	}
	boot_step_(b, &BOOT_STEP(0, "setup_vm_final"), "the fixmap's slots for tables are cleared; satp takes swapper_pg_dir");
	use_root(b, root);
}
