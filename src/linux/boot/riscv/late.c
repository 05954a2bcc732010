// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What follows misc_mem_init(), in the kernel's order: pgtable_cache_init() (arch/riscv/mm/init.c), kfence_init()
 * (mm/kfence/core.c, asm/kfence.h), free_initmem() and mark_rodata_ro().
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/riscv/riscv.h"

/* ---- pgtable_cache_init(), since 6.5 ---- */

/* KASAN_SHADOW_START: where the space for the linear map ends, whether there is a shadow or not. */
uint64_t riscv_linear_end_(const struct riscv *v)
{
	uint64_t end = 0 - BIT(32);
	return round_down(end - BIT(v->r->va_bits - 4), riscv_size(v, v->levels - 1));
}

/* MODULES_VADDR and MODULES_END */
void riscv_modules_(struct ptk_boot *b, uint64_t *first, uint64_t *end)
{
	*first = round_up(boot_image_va_(b, "_end"), 4096) - BIT(31);
	*end = round_up(riscv_of(b)->start, 4096);
}

static void preallocate(struct ptk_boot *b, uint64_t start, uint64_t end, const char *area)
{
	const struct riscv *v = riscv_of(b);
	uint64_t size = riscv_size(v, v->levels - 1), taken = 0, all = 0;
	struct ptk_boot_step s = BOOT_STEP(1, "preallocate_pgd_pages_range");
	for (uint64_t va = start; va < end && va >= start && !b->failed; va = round_up(va + 1, size), all++) {
		uint64_t at = riscv_slot_(v, v->levels - 1, b->space.root, va);
		if (boot_get_(b, at))
			continue;
		boot_set_(b, at, riscv_entry(boot_alloc_late_(b, 4096), RV_V));
		taken++;
	}
	s.first = start;
	s.last = end - 1;
	boot_step_(b, &s, "%s: %" PRIu64 " of %" PRIu64 " entries of the root get an empty table of the page allocator's", area, taken,
	           all);
}

void riscv_cache_init_(struct ptk_boot *b)
{
	const struct riscv *v = riscv_of(b);
	uint64_t first, end;
	if (b->failed || !v->prealloc)
		return;
	boot_step_(b, &BOOT_STEP(0, "pgtable_cache_init"),
	           "every process's root has a copy of the kernel's entries: those that may be needed are there before the "
	           "first copy is made");
	preallocate(b, v->page_offset - BIT(v->r->va_bits - 3), v->page_offset, "vmalloc");
	riscv_modules_(b, &first, &end);
	if (boot_value_(b->machine, "modules", 1))
		preallocate(b, first, end, "bpf/modules");
	if (!v->hotplug)
		return;
	preallocate(b, v->vmemmap, v->page_offset - BIT(v->r->va_bits - 3), "vmemmap, for memory that is added later");
	preallocate(b, v->page_offset, riscv_linear_end_(v), "direct map, for memory that is added later");
}

/* ---- kfence_init_pool() ---- */

uint64_t riscv_pool_(const struct ptk_boot *b)
{
	return riscv_of(b)->pool ? riscv_of(b)->pool : boot_value_(b->machine, "kfence_pool", 0);
}

/* The first page, and every second one from the next on. */
void riscv_kfence_(struct ptk_boot *b)
{
	const struct riscv *v = riscv_of(b);
	uint64_t size = boot_value_(b->machine, "kfence_pool_size", 0), pool = riscv_pool_(b), va = riscv_linear_va(v, pool);
	struct ptk_boot_step s = BOOT_STEP(0, "kfence_init_pool");
	if (b->failed || !pool || !size || !boot_value_(b->machine, "kfence", 1))
		return;
	s.first = va;
	s.last = va + (size - 1);
	boot_step_(b, &s, "the first page and every second one are guards: kfence_protect_page() takes V from their entries");
	struct riscv_change c = {.clear = RV_V, .split = "split_pmd_page"};
	for (uint64_t at = 0; at < size && !b->failed; at += at ? 8192 : 4096)
		riscv_change_(b, va + at, va + at + 4095, &c);
}

/* ---- kernel_init() ---- */

void riscv_final_(struct ptk_boot *b)
{
	const struct riscv *v = riscv_of(b);
	uint64_t init = boot_image_va_(b, "__init_begin"), init_end = boot_image_va_(b, "__init_end");
	uint64_t rodata = boot_image_va_(b, "__start_rodata"), data = boot_image_va_(b, "_data");
	if (b->failed || !v->strict)
		return;
	uint64_t linear = v->wide ? riscv_linear_va(v, init - v->start + v->phys) : init;
	boot_step_(b, &BOOT_STEP(0, "free_initmem"), "init memory becomes data");
	riscv_set_memory_(b, "set_memory_rw_nx", linear, linear + (init_end - init), RV_R | RV_W, RV_X);
	if (v->wide)
		riscv_set_memory_(b, "set_memory_nx", init, init_end, 0, RV_X);
	if (!boot_value_(b->machine, "rodata", 1)) {
		boot_step_(b, &BOOT_STEP(0, "mark_readonly"), "rodata=off: rodata stays writable");
		return;
	}
	boot_step_(b, &BOOT_STEP(0, "mark_rodata_ro"), "[__start_rodata, _data)");
	riscv_set_memory_(b, "set_memory_ro", rodata, data, RV_R, RV_W);
}
