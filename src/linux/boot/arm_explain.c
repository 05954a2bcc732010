// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What changes on arm after the tables were set up, by name. */
#include <string.h>

#include "base/bits.h"
#include "linux/boot/arm.h"

/* The bits of a page by which the DMA functions and the plain mapping differ: its memory type and whether it is shared. */
static uint64_t type_bits(bool lpae)
{
	return lpae ? GENMASK(4, 2) | GENMASK(9, 8) : GENMASK(3, 2) | GENMASK(8, 6) | BIT(10);
}

/* struct cma: base_pfn, count, bitmap, order_per_bit. Is this page given to somebody? */
static bool is_allocated(struct ptk_linux *lx, uint64_t pa)
{
	uint64_t area, base, count, bitmap, order, word;
	if (boot_read_symbol_(lx, "dma_contiguous_default_area", 4, &area) < 0 || boot_read_number_(lx, area, 4, &base) < 0 ||
	    boot_read_number_(lx, area + 4, 4, &count) < 0 || boot_read_number_(lx, area + 8, 4, &bitmap) < 0 ||
	    boot_read_number_(lx, area + 12, 4, &order) < 0 || order > 16)
		return false;
	uint64_t pfn = pa >> 12, bit = (pfn - base) >> order;
	if (pfn < base || pfn - base >= count)
		return false;
	return boot_read_number_(lx, bitmap + bit / 32 * 4, 4, &word) == 0 && (word >> bit % 32 & 1);
}

static const char *in_dma_memory(const struct arm *a, const struct boot_case *c)
{
	if (c->twin || c->our_level != 0 || c->their_level != 0 || ((c->ours ^ c->theirs) & ~type_bits(a->cpu.lpae)))
		return NULL;
	if (!is_allocated(c->lx, arm_pa(a, c->va)))
		return NULL;
	return "__dma_remap: pages that a device was given (dma_alloc_coherent or the pool for atomic use; the area's bitmap "
	       "has them as taken) are mapped uncached";
}

const char *arm_explain_(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct arm *a = b->arch;
	if (strcmp(c->region->name, "DMA memory") == 0)
		return in_dma_memory(a, c);
	return NULL;
}

/* include/asm/pgtable-2level.h: in each page of tables Linux's half comes first. */
uint64_t arm_twin_(const struct ptk_boot *b, int level, uint64_t entry_pa)
{
	return level == 0 && b->machine->info.regime.entry_shift == 2 && entry_pa & 2048 ? entry_pa - 2048 : PTK_NO_PA;
}
