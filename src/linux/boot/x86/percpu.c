// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Where each CPU has its own memory: setup_per_cpu_areas() (arch/x86/kernel/setup_percpu.c) with pcpu_embed_first_chunk()
 * (mm/percpu.c), for CPUs that are all equally near; with pcpu_page_first_chunk() (percpu_alloc=page) where a machine lists the
 * pages, which are memblock's, one by one, after it gave to many.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/x86/x86.h"

#define ATOM X86_PMD                          /* atom_size */
#define MODULES UINT64_C(0x2000)              /* PERCPU_MODULE_RESERVE */
#define DYNAMIC UINT64_C(0x7000)              /* PERCPU_DYNAMIC_RESERVE */
#define STATIC_DEFAULT UINT64_C(0x20000)      /* __per_cpu_end of a small kernel */

/* pcpu_build_alloc_info(): units share what is taken at once, if that wastes no more than a third. */
uint64_t x86_percpu_unit_(uint64_t size, uint64_t cpus)
{
	uint64_t all = round_up(size, ATOM), most = all / size, best = 1, least = UINT64_MAX;
	for (uint64_t n = most; n; n--) {
		uint64_t taken = (cpus + n - 1) / n;
		if (all % n || (all / n) & 4095 || taken * n - cpus > cpus / 3)
			continue;
		if (taken > least)
			break;
		least = taken;
		best = n;
	}
	return all / best;
}

static uint64_t area_size(const struct ptk_boot *b)
{
	uint64_t size = boot_symbol_(b->machine, "__per_cpu_end") - boot_symbol_(b->machine, "__per_cpu_start");
	return round_up((size && size < ATOM ? size : STATIC_DEFAULT) + MODULES + DYNAMIC, 4096);
}

/* pcpu_fc_alloc() for all; then what a unit does not need is given back, and the units that no CPU has. */
static uint64_t take(struct ptk_boot *b, uint64_t size, uint64_t unit)
{
	const struct x86 *x = x86_of(b);
	uint64_t each = round_up(size, ATOM), all = (x->ncpus * unit + each - 1) / each * each, at;
	if (memblock_alloc_range_(&b->memblock, all, ATOM, 16 * X86_MIB, 0, &at) < 0 &&
	    memblock_alloc_range_(&b->memblock, all, ATOM, 0, 0, &at) < 0) {
		boot_fail_(b, PTK_E_CONFLICT, "there is no free memory for the per-CPU areas (possible CPUs: %zu)", x->ncpus);
		return 0;
	}
	for (uint64_t i = 0; i < all / unit; i++) {
		uint64_t used = i < x->ncpus ? size : 0;
		if (memblock_unreserve_(&b->memblock, at + i * unit + used, unit - used) < 0)
			boot_fail_(b, PTK_E_NOMEM, "no memory for a boot");
	}
	return at;
}

static void lay_out(struct ptk_boot *b)
{
	struct x86 *x = x86_of(b);
	uint64_t size = area_size(b), unit = x86_percpu_unit_(size, x->ncpus), at = take(b, size, unit);
	for (size_t i = 0; i < x->ncpus; i++)
		x->cpu[i] = (struct ptk_machine_cpu){at + i * unit, i};
}

/* ---- percpu_alloc=page ---- */

static uint64_t take_table(struct ptk_boot *b)
{
	return boot_alloc_(b, 4096, 4096);
}

static const char *const fill[] = {"fill_pte", "fill_pmd", "fill_pud", "fill_p4d"};
static const struct x86_tables extra = {fill, "memblock", X86_TABLE, take_table};

/* pcpu_populate_pte(), __pcpu_map_pages() */
static void map_pages(struct ptk_boot *b)
{
	const struct ptk_machine_info *info = &b->machine->info;
	struct ptk_boot_step s = BOOT_STEP(1, "pcpu_page_first_chunk");
	s.first = UINT64_MAX;
	for (size_t i = 0; i < info->niomaps; i++)
		if (memblock_reserve_(&b->memblock, info->iomap[i].pa, 4096) < 0)
			boot_fail_(b, PTK_E_NOMEM, "no memory for a boot");
	for (size_t i = 0; i < info->niomaps && !b->failed; i++) {
		uint64_t va = info->iomap[i].va, at = x86_entry_for_(b, x86_of(b)->root, 0, va, &extra);
		if (at)
			boot_set_(b, at, info->iomap[i].pa | x86_of(b)->kernel);
		s.first = va < s.first ? va : s.first;
		s.last = va + 4095 > s.last ? va + 4095 : s.last;
	}
	if (!info->niomaps || b->failed)
		return;
	s.type = "PAGE_KERNEL";
	boot_step_(b, &s, "areas of single pages, which follow each other in the vmalloc area only");
	boot_region_(b, "per-CPU areas", "pcpu_page_first_chunk", s.first, s.last);
}

void x86_percpu_(struct ptk_boot *b)
{
	struct x86 *x = x86_of(b);
	const struct ptk_machine_info *info = &b->machine->info;
	for (size_t i = 0; i < info->ncpus; i++) {
		x->cpu[i] = info->cpu[i];
		if (x->cpu[i].percpu < X86_KERNEL_HALF && memblock_reserve_(&b->memblock, x->cpu[i].percpu, area_size(b)) < 0)
			boot_fail_(b, PTK_E_NOMEM, "no memory for a boot");
	}
	if (!info->ncpus)
		lay_out(b);
	struct ptk_boot_step s = BOOT_STEP(0, "setup_per_cpu_areas");
	s.pa = x->ncpus && x->cpu[0].percpu < X86_KERNEL_HALF ? x->cpu[0].percpu : PTK_NO_PA;
	boot_step_(b, &s, "possible CPUs: %zu; their areas are %s", x->ncpus,
	           info->ncpus ? "where they are known to be" : "taken from memblock by multiples of 2M");
	map_pages(b);
}

/* Such symbols count from 0, but since 6.15 from where the image has the first copy. */
static uint64_t area_at(const struct ptk_boot *b, size_t cpu, const char *symbol)
{
	return x86_of(b)->cpu[cpu].percpu + boot_symbol_(b->machine, symbol) - boot_symbol_(b->machine, "__per_cpu_start");
}

/* per_cpu_ptr_to_phys() */
uint64_t x86_percpu_pa_(struct ptk_boot *b, size_t cpu, const char *symbol, uint64_t page)
{
	uint64_t at = area_at(b, cpu, symbol) + page * 4096, pa;
	if (x86_of(b)->cpu[cpu].percpu < X86_KERNEL_HALF)
		return at & X86_ADDRESS;
	if (b->failed || ptk_translate(&b->space, at, &pa) != 1) {
		boot_fail_(b, PTK_E_CONFLICT, "CPU %zu's area at 0x%" PRIx64 " has no page for %s", cpu, x86_of(b)->cpu[cpu].percpu,
		           symbol);
		return 0;
	}
	return pa & X86_ADDRESS;
}

uint64_t x86_percpu_va_(struct ptk_boot *b, size_t cpu, const char *symbol)
{
	uint64_t at = area_at(b, cpu, symbol) & ~UINT64_C(4095);
	return x86_of(b)->cpu[cpu].percpu < X86_KERNEL_HALF ? x86_of(b)->page_offset + (at & X86_ADDRESS) : at;
}
