// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a picture of an arm kernel tells of what happened after boot, besides its tables. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "linux/boot/arm/arm.h"
#include "linux/image.h"

/* ---- memory for devices: which of its pages are given away ---- */

/* struct cma (mm/cma.h): base_pfn, count, bitmap, order_per_bit. */
struct cma {
	uint64_t first, last;
	uint64_t bitmap; /* its virtual address, 0: not found */
	unsigned order;
};

/* Does the one at va describe this area? */
static bool is_cma(struct ptk_linux *lx, uint64_t va, struct cma *cma)
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
	struct cma *cma;
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

static void look_for_cma(struct ptk_linux *lx, struct cma *cma)
{
	struct hunt h = {lx, cma, ptk_mem_info(lx->mem)->big_endian};
	struct lx_image *im;
	struct lx_view view;
	uint64_t area;
	if (boot_read_symbol_(lx, "dma_contiguous_default_area", 4, &area) == 0 && is_cma(lx, area, cma))
		return;
	im = calloc(1, sizeof *im);
	if (im && ptk_view_(lx, &view) >= 0 && ptk_image_find_(&view, im) >= 0)
		ptk_image_each_(&view, im, false, find_cma, &h);
	free(im);
}

/* Neighbours become one range. */
static int taken(struct boot_evidence *e, uint64_t first, uint64_t size)
{
	struct boot_fact *f = e->n ? &e->fact[e->n - 1] : NULL;
	if (!f || strcmp(f->name, ARM_CMA_TAKEN) != 0 || f->last + 1 != first)
		return boot_evidence_add_(e, ARM_CMA_TAKEN, first, first + size - 1);
	f->last += size;
	return 0;
}

static int look_at_bitmap(struct boot_evidence *e, struct ptk_linux *lx, const struct cma *cma)
{
	uint64_t size = UINT64_C(4096) << cma->order, word = 0;
	int rc = 0;
	for (uint64_t bit = 0, pa = cma->first; pa <= cma->last && rc == 0; bit++, pa += size) {
		if (bit % 32 == 0 && boot_read_number_(lx, cma->bitmap + bit / 8, 4, &word) < 0)
			word = 0;
		if (word >> bit % 32 & 1)
			rc = taken(e, pa, size);
	}
	return rc;
}

/* ---- init memory ---- */

/* free_initmem() fills it with an undefined instruction before it gives it away. 1, 0, or -1: cannot be told. */
static int init_was_freed(const struct ptk_machine *m, struct ptk_linux *lx)
{
	uint64_t state, word, end = boot_symbol_(m, "__init_end");
	int freed = -1;
	if (boot_read_symbol_(lx, "system_state", 4, &state) == 0)
		return state >= 2; /* SYSTEM_FREEING_INITMEM */
	for (uint64_t va = boot_symbol_(m, "__init_begin"); va < end && freed != 1; va += 4096)
		if (boot_read_number_(lx, va, 4, &word) == 0)
			freed = word == 0xe7fddef0;
	return freed;
}

int arm_evidence_(struct boot_evidence *e, struct ptk_linux *lx, const struct ptk_boot *b)
{
	int freed = init_was_freed(b->machine, lx), rc = 0;
	for (size_t i = 0; i < b->nregions && rc == 0; i++) {
		const struct ptk_boot_region *r = &b->region[i];
		struct cma cma = {.first = arm_pa(b->arch, r->first), .last = arm_pa(b->arch, r->last)};
		if (strcmp(r->name, "DMA memory") != 0)
			continue;
		look_for_cma(lx, &cma);
		if (cma.bitmap)
			rc = look_at_bitmap(e, lx, &cma);
	}
	return rc < 0 || freed < 0 ? rc : boot_evidence_add_(e, ARM_INIT_FREED, (uint64_t)freed, (uint64_t)freed);
}
