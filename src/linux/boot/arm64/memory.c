// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * arm64_memblock_init() of arch/arm64/mm/init.c: where the linear map puts memory, what of it does not fit, and what is
 * taken before tables are.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/arm64/arm64.h"

/* ARM64_MEMSTART_ALIGN: a PUD with 4K pages, a group of blocks with 16K, a block with 64K; at least a section. */
static uint64_t memstart_align(const struct arm64 *a)
{
	uint64_t size = a->page_shift == 12 ? BIT(30) : a->page_shift == 14 ? arm64_cont_size(a, 1) : BIT(29);
	return size > BIT(a->section_bits) ? size : BIT(a->section_bits);
}

/* Half of the space that the CPU has; with 52 bits configured, 48 of them end where those of 52 do. */
static uint64_t linear_size(const struct arm64 *a)
{
	return a->page_end - (0 - BIT(a->va_bits));
}

static void drop(struct ptk_boot *b, uint64_t from, uint64_t to, const char *why)
{
	struct ptk_boot_step s = BOOT_STEP(1, "memblock_remove");
	uint64_t first = memblock_start_of_dram_(&b->memblock), end = memblock_end_of_dram_(&b->memblock);
	if (from >= end || to <= first)
		return;
	memblock_remove_(&b->memblock, from, to - from);
	s.pa = from > first ? from : first;
	boot_step_(b, &s, "memory up to 0x%" PRIx64 " is left unused: %s", (to < end ? to : end) - 1, why);
}

/* The start of memory, or where the part of it starts that the linear map can hold. */
static uint64_t fit_linear_map(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t align = memstart_align(a), size = linear_size(a), last = arm64_image_pa(b, "_end");
	uint64_t start = round_down(memblock_start_of_dram_(&b->memblock), align);
	drop(b, start + size > last ? start + size : last, UINT64_MAX, "it lies past the linear map");
	uint64_t end = memblock_end_of_dram_(&b->memblock);
	if (start + size < end) {
		start = (end - size + align - 1) & ~(align - 1);
		drop(b, 0, start, "the kernel is so far up that the linear map starts above it");
	}
	return start;
}

static void reserve(struct ptk_boot *b, uint64_t pa, uint64_t size, const char *what)
{
	struct ptk_boot_step s = BOOT_STEP(1, "memblock_reserve");
	memblock_reserve_(&b->memblock, pa, size);
	s.pa = pa;
	boot_step_(b, &s, "%" PRIu64 " bytes: %s", size, what);
}

void arm64_memblock_init_(struct ptk_boot *b)
{
	struct arm64 *a = arm64_of(b);
	struct ptk_boot_step s = BOOT_STEP(0, "arm64_memblock_init");
	uint64_t text = arm64_image_pa(b, a->text_first ? "_text" : "_stext"), dtb = boot_value_(b->machine, "dtb", 0);
	if (b->failed)
		return;
	boot_step_(b, &s, "which memory there is for the linear map");
	drop(b, a->r->pa_bits < 64 ? BIT(a->r->pa_bits) : UINT64_MAX, UINT64_MAX, "it lies past PHYS_MASK");
	int64_t start = (int64_t)fit_linear_map(b);
	if (a->va_config == 52 && a->va_bits != 52)
		start -= (int64_t)(BIT(52) - BIT(a->va_bits));
	bool given = boot_has_(b->machine, "phys_offset");
	a->memstart = given ? (int64_t)boot_value_(b->machine, "phys_offset", 0) : start;
	b->page_offset = a->page_offset;
	b->phys_offset = (uint64_t)a->memstart;
	s = BOOT_STEP(1, "memstart_addr");
	boot_step_(b, &s, "0x%" PRIx64 " is what PAGE_OFFSET stands for%s%s", (uint64_t)a->memstart,
	           a->memstart != start ? ": moved down at random (KASLR)" : "",
	           a->va_config != a->va_bits ? ", below memory as the CPU has the end of the configured space only"
	                                      : "");
	reserve(b, text, arm64_image_pa(b, "_end") - text, "the kernel");
	if (dtb)
		reserve(b, dtb, boot_value_(b->machine, "dtb_size", 0), "the device tree");
	for (size_t i = 0; i < b->machine->info.nreserved; i++) {
		const struct ptk_bank *r = &b->machine->info.reserved[i];
		if (r->name && (r->first > text || r->last < text) && r->first != dtb)
			reserve(b, r->first, r->last - r->first + 1, r->name);
	}
}
