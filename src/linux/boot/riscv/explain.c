// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a running riscv kernel changes in the regions that its boot has made, each with the evidence for it. */
#include <string.h>

#include "base/bits.h"
#include "linux/boot/riscv/riscv.h"
#include "linux/boot/sparse.h"

/* ---- the linear map ---- */

struct search {
	struct boot_areas *areas;
	const struct ptk_boot_region *linear; /* it and the image are not looked at */
	uint64_t image_first, image_last;
};

static uint64_t rights_of(const struct ptk_attr *a)
{
	return (a->flags & PTK_A_KR ? RV_R : 0) | (a->flags & PTK_A_KW ? RV_W : 0) | (a->flags & PTK_A_KX ? RV_X : 0);
}

static int see(void *arg, const struct ptk_range *r)
{
	const struct search *s = arg;
	if ((r->first >= s->linear->first && r->first <= s->linear->last) ||
	    (r->first >= s->image_first && r->first <= s->image_last) || r->pa == PTK_NO_PA)
		return 0;
	return boot_areas_add_(s->areas, r, rights_of(&r->attr));
}

/* Whether an area of modules or vmalloc() maps the page with just these rights. */
static bool area_has(const struct ptk_boot *b, const struct boot_case *c, uint64_t pa, uint64_t rights)
{
	struct search s = {.areas = c->areas, .linear = c->region};
	struct ptk_range_opts o = {.only_leaves = true};
	s.image_first = boot_symbol_(b->machine, "_start");
	s.image_last = boot_symbol_(b->machine, "_end");
	if (!c->areas->known)
		boot_areas_done_(c->areas, ptk_ranges(c->theirs_in, &o, see, &s, NULL, NULL));
	return boot_areas_have_(c->areas, pa, rights);
}

/* Not a guard page: those are never mapped. */
static bool in_kfence_pool(const struct ptk_boot *b, const struct boot_case *c, uint64_t pa)
{
	uint64_t pool = riscv_pool_(b);
	return pool && pa - pool >= 8192 && pa - pool < boot_value_(b->machine, "kfence_pool_size", 0) &&
	       !((pa - pool) & 4096) && boot_fact_(c->evidence, "kfence_init");
}

static const char *linear(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct riscv *v = riscv_of(b);
	uint64_t size = c->our_level > 0 ? riscv_size(v, (unsigned)c->our_level) : 4096;
	uint64_t pa = riscv_entry_pa(c->ours) + (c->va & (size - 1)), change = (c->ours ^ c->theirs) & low_bits(10);
	bool table = !(c->theirs & RV_LEAF);
	if (change == RV_V && c->our_level == 0 && c->their_level == 0 && in_kfence_pool(b, c, pa))
		return c->theirs & RV_V ? "kfence_guarded_alloc: the page of an object that is in use"
		                        : "kfence_guarded_free: the page of an object that was freed";
	if (!(c->ours & RV_LEAF) || !(c->theirs & RV_V))
		return NULL;
	if (c->their_level >= 0 && c->their_level <= c->our_level && table && c->our_level > 0)
		return "split_linear_mapping: rights of some page in this leaf were changed, so a table took its place";
	if (table || riscv_entry_pa(c->theirs) != pa)
		return NULL;
	if (!(change & ~RV_LEAF) && area_has(b, c, pa, c->theirs & RV_LEAF))
		return "set_memory_ro, set_memory_rox: an area of modules or vmalloc() has this page with these rights, and they go "
		       "to its linear alias too";
	return NULL;
}

/* ---- the fixmap, struct pages ---- */

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

/*
 * With CONFIG_NUMA a node's own structures are taken from memblock before, and their sizes are the configuration's: all
 * after them is elsewhere, with the attributes that it must have.
 */
static const char *vmemmap(const struct ptk_boot *b, const struct boot_case *c)
{
	uint64_t bits = c->theirs & low_bits(10);
	if (c->ours & RV_LEAF && c->our_level == PMD && c->their_level == PMD && bits == RV_V)
		return sparse_hugetlb_(c, 12, SPARSE_TABLE);
	if (c->ours & RV_LEAF && c->our_level <= (int)PMD && c->their_level == 0 &&
	    memblock_is_map_memory_(&b->memblock, riscv_entry_pa(c->theirs)) && (bits | RV_W) == riscv_kernel_.bits) {
		const char *why = sparse_hugetlb_(c, 12, bits & RV_W ? SPARSE_WRITABLE : SPARSE_READ_ONLY);
		if (why)
			return why;
	}
	if (c->table || c->our_level != c->their_level || !(c->ours & RV_LEAF) || ((c->ours ^ c->theirs) & low_bits(10)) ||
	    !memblock_is_map_memory_(&b->memblock, riscv_entry_pa(c->theirs)) || !boot_fact_(c->evidence, "node_data"))
		return NULL;
	return "arch_numa_init: memory for a node's structures is taken first, so these struct pages are in another place";
}

const struct boot_witness riscv_witness_[] = {{"kfence_init", 0, 0}, {"node_data", 0, 0}, SPARSE_WITNESSES, {NULL, 0, 0}};

const char *riscv_explain_(const struct ptk_boot *b, const struct boot_case *c)
{
	if (strcmp(c->region->name, "linear map") == 0)
		return linear(b, c);
	if (strcmp(c->region->name, "vmemmap") == 0)
		return vmemmap(b, c);
	return strcmp(c->region->name, "fixmap") == 0 ? fixmap(b, c) : NULL;
}
