// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Where each CPU has its own memory: setup_per_cpu_areas() (arch/x86/kernel/setup_percpu.c) with pcpu_embed_first_chunk()
 * (mm/percpu.c), for CPUs that are all equally near.
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

void x86_percpu_(struct ptk_boot *b)
{
	struct x86 *x = x86_of(b);
	const struct ptk_machine_info *info = &b->machine->info;
	if (info->ncpus) {
		for (size_t i = 0; i < x->ncpus; i++) {
			x->cpu[i] = info->cpu[i];
			if (memblock_reserve_(&b->memblock, x->cpu[i].percpu, area_size(b)) < 0)
				boot_fail_(b, PTK_E_NOMEM, "no memory for a boot");
		}
	} else {
		lay_out(b);
	}
	struct ptk_boot_step s = BOOT_STEP(0, "setup_per_cpu_areas");
	s.pa = x->ncpus ? x->cpu[0].percpu : PTK_NO_PA;
	boot_step_(b, &s, "possible CPUs: %zu; their areas are %s", x->ncpus,
	           info->ncpus ? "where they are known to be" : "taken from memblock by multiples of 2M");
}

uint64_t x86_percpu_pa_(const struct ptk_boot *b, size_t cpu, const char *symbol)
{
	const struct x86 *x = x86_of(b);
	/* Such symbols count from 0, but since 6.15 from where the image has the first copy. */
	uint64_t offset = boot_symbol_(b->machine, symbol) - boot_symbol_(b->machine, "__per_cpu_start");
	return (x->cpu[cpu].percpu + offset) & X86_ADDRESS;
}
