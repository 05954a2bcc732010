// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What changes on arm after the tables were set up, by name. */
#include <string.h>

#include "base/bits.h"
#include "linux/boot/arm/arm.h"

/* The bits of a page by which the DMA functions and the plain mapping differ: its memory type and whether it is shared. */
static uint64_t type_bits(bool lpae)
{
	return lpae ? GENMASK(4, 2) | GENMASK(9, 8) : GENMASK(3, 2) | GENMASK(8, 6) | BIT(10);
}

static const char *in_dma_memory(const struct arm *a, const struct boot_case *c)
{
	if (c->twin || c->our_level != 0 || c->their_level != 0 || ((c->ours ^ c->theirs) & ~type_bits(a->cpu.lpae)))
		return NULL;
	if (!boot_fact_holds_(c->evidence, ARM_CMA_TAKEN, arm_pa(a, c->va)))
		return NULL;
	return "__dma_remap: pages that a device was given (dma_alloc_coherent or the pool for atomic use; the area's bitmap "
	       "has them as taken) are mapped uncached";
}

/* Windows map what lowmem does not: a page of high memory, by PAGE_KERNEL, which is lowmem's own form of a page. */
static bool is_window(const struct arm *a, const struct boot_case *c)
{
	struct ptk_entry e;
	uint64_t hw;
	if (c->twin || c->ours || c->their_level != 0)
		return false;
	ptk_entry_decode(&a->b->machine->info.regime, 0, c->theirs, &e);
	if (e.kind != PTK_LEAF || e.pa < a->lowmem_limit || !memblock_is_memory_(&a->b->memblock, e.pa))
		return false;
	a->entries.ops->stored(&a->entries, e.pa | a->type[MT_MEMORY_RW].pte, false, &hw);
	return c->theirs == hw;
}

/* A kernel that stopped (or was stopped) before it gave its sections their final rights. */
static bool is_early(const struct arm *a, const struct boot_case *c)
{
	uint64_t end = arm_va(a, (arm_pa(a, boot_symbol_(a->b->machine, "__init_end")) + a->section - 1) & ~(a->section - 1));
	const struct boot_fact *freed = boot_fact_(c->evidence, ARM_INIT_FREED);
	enum arm_type type = c->va < end ? MT_MEMORY_RWX : MT_MEMORY_RW;
	return c->our_level == 1 && c->their_level == 1 && c->theirs == (arm_pa(a, c->va) | a->type[type].sect) && freed &&
	       !freed->first;
}

const char *arm_explain_(const struct ptk_boot *b, const struct boot_case *c)
{
	if (strcmp(c->region->name, "DMA memory") == 0)
		return in_dma_memory(b->arch, c);
	if (strcmp(c->region->name, "kernel image") == 0 && is_early(b->arch, c))
		return "free_initmem and mark_rodata_ro have not run: the section is as map_kernel left it, and init memory was not "
		       "freed when the picture was taken";
	if (strcmp(c->region->name, "kmap") == 0 && is_window(b->arch, c))
		return "kmap_high: a page of high memory that was or is in use through kmap()";
	if (strcmp(c->region->name, "fixmap") == 0 && is_window(b->arch, c))
		return "__kmap_local_pfn_prot: a page of high memory that a CPU is using";
	return NULL;
}

/* include/asm/pgtable-2level.h: in each page of tables Linux's half comes first. */
uint64_t arm_twin_(const struct ptk_boot *b, int level, uint64_t entry_pa)
{
	return level == 0 && b->machine->info.regime.entry_shift == 2 && entry_pa & 2048 ? entry_pa - 2048 : PTK_NO_PA;
}
