// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What changes on arm after the tables were set up, by name. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "linux/boot/arm/arm.h"
#include "linux/image.h"

/* The bits of a page by which the DMA functions and the plain mapping differ: its memory type and whether it is shared. */
static uint64_t type_bits(bool lpae)
{
	return lpae ? GENMASK(4, 2) | GENMASK(9, 8) : GENMASK(3, 2) | GENMASK(8, 6) | BIT(10);
}

/* struct cma (mm/cma.h): base_pfn, count, bitmap, order_per_bit. Does the one at va describe this area? */
static bool is_cma(struct ptk_linux *lx, uint64_t va, struct arm_cma *cma)
{
	uint64_t base, count, bitmap, order, word;
	if (boot_read_number_(lx, va, 4, &base) < 0 || boot_read_number_(lx, va + 4, 4, &count) < 0 ||
	    boot_read_number_(lx, va + 8, 4, &bitmap) < 0 || boot_read_number_(lx, va + 12, 4, &order) < 0)
		return false;
	if (base != cma->first >> 12 || count != (cma->last - cma->first + 1) >> 12 || order > 16 ||
	    boot_read_number_(lx, bitmap, 4, &word) < 0)
		return false;
	cma->bitmap = bitmap;
	cma->order = (unsigned)order;
	return true;
}

struct hunt {
	struct ptk_linux *lx;
	struct arm_cma *cma;
	bool big;
};

/* Kernels that do not name their data: the two numbers in a row, and what must follow them. */
static int find_cma(void *arg, const uint8_t *p, size_t len, uint64_t va)
{
	const struct hunt *h = arg;
	uint32_t base = (uint32_t)(h->cma->first >> 12), count = (uint32_t)((h->cma->last - h->cma->first + 1) >> 12);
	for (size_t at = (size_t)(0 - va) % 4; at + 16 <= len; at += 4)
		if (load32(p + at, h->big) == base && load32(p + at + 4, h->big) == count && is_cma(h->lx, va + at, h->cma))
			return 1;
	return 0;
}

static void look_for_cma(struct ptk_linux *lx, const struct ptk_boot_region *r, const struct arm *a, struct arm_cma *cma)
{
	struct hunt h = {lx, cma, ptk_mem_info(lx->mem)->big_endian};
	struct lx_image *im;
	struct lx_view view;
	uint64_t area;
	*cma = (struct arm_cma){.known = true, .first = arm_pa(a, r->first), .last = arm_pa(a, r->last)};
	if (boot_read_symbol_(lx, "dma_contiguous_default_area", 4, &area) == 0 && is_cma(lx, area, cma))
		return;
	im = calloc(1, sizeof *im);
	if (im && ptk_view_(lx, &view) >= 0 && ptk_image_find_(&view, im) >= 0)
		ptk_image_each_(&view, im, false, find_cma, &h);
	free(im);
}

/* Is this page given to somebody? */
static bool is_allocated(struct ptk_linux *lx, const struct arm_cma *cma, uint64_t pa)
{
	uint64_t bit = (pa - cma->first) >> 12 >> cma->order, word;
	return cma->bitmap && boot_read_number_(lx, cma->bitmap + bit / 32 * 4, 4, &word) == 0 && (word >> bit % 32 & 1);
}

static const char *in_dma_memory(struct arm *a, const struct boot_case *c)
{
	if (c->twin || c->our_level != 0 || c->their_level != 0 || ((c->ours ^ c->theirs) & ~type_bits(a->cpu.lpae)))
		return NULL;
	if (!a->cma.known || arm_pa(a, c->region->first) != a->cma.first)
		look_for_cma(c->lx, c->region, a, &a->cma);
	if (!is_allocated(c->lx, &a->cma, arm_pa(a, c->va)))
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

/* free_initmem() fills init memory with an undefined instruction before it gives it away. */
static bool init_was_freed(const struct arm *a, struct ptk_linux *lx)
{
	const struct ptk_machine *m = a->b->machine;
	uint64_t state, word, end = boot_symbol_(m, "__init_end");
	if (boot_read_symbol_(lx, "system_state", 4, &state) == 0)
		return state >= 2; /* SYSTEM_FREEING_INITMEM */
	for (uint64_t va = boot_symbol_(m, "__init_begin"); va < end; va += 4096)
		if (boot_read_number_(lx, va, 4, &word) == 0 && word == 0xe7fddef0)
			return true;
	return false;
}

/* A kernel that stopped (or was stopped) before it gave its sections their final rights. */
static bool is_early(const struct arm *a, const struct boot_case *c)
{
	uint64_t end = arm_va(a, (arm_pa(a, boot_symbol_(a->b->machine, "__init_end")) + a->section - 1) & ~(a->section - 1));
	enum arm_type type = c->va < end ? MT_MEMORY_RWX : MT_MEMORY_RW;
	return c->our_level == 1 && c->their_level == 1 && c->theirs == (arm_pa(a, c->va) | a->type[type].sect) &&
	       !init_was_freed(a, c->lx);
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
