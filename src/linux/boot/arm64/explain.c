// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a running arm64 kernel changes in the regions that its boot has made, each with the evidence for it. */
#include <string.h>

#include "base/bits.h"
#include "linux/boot/arm64/arm64.h"

/* ---- set_memory_ro() and its like on the linear alias: change_memory_common() of mm/pageattr.c ---- */

/*
 * An area is a run of mappings without a hole, as a guard page ends each. Wanted are those that are read-only in part:
 * the change of rights of a part goes to the linear aliases of all the area's pages (rodata=full).
 */
struct search {
	struct boot_areas *areas;
	uint64_t skip_first, skip_last; /* the image */
	uint64_t next;                  /* address after the area so far */
	bool read_only;                 /* part of it is */
	size_t kept;                    /* pieces of areas that are done and read-only in part */
};

static void end_area(struct search *s)
{
	s->kept = s->areas->n = s->read_only ? s->areas->n : s->kept;
	s->read_only = false;
}

static int see_mapping(void *arg, const struct ptk_range *r)
{
	struct search *s = arg;
	if (r->pa == PTK_NO_PA || (r->first >= s->skip_first && r->first <= s->skip_last))
		return 0;
	if (r->first != s->next)
		end_area(s);
	s->next = r->last + 1;
	s->read_only |= !(r->attr.flags & PTK_A_KW);
	return boot_areas_add_(s->areas, r, 0);
}

static void find_areas(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct arm64 *a = arm64_of(b);
	struct search s = {
		.areas = c->areas,
		.skip_first = boot_symbol_(b->machine, "_text"),
		.skip_last = boot_symbol_(b->machine, "_end") - 1,
	};
	struct ptk_range_opts o = {.from = a->page_end, .to = a->vmemmap_start - 1, .only_leaves = true};
	int rc = ptk_ranges(c->theirs_in, &o, see_mapping, &s, NULL, NULL);
	end_area(&s);
	boot_areas_done_(c->areas, rc);
}

static bool in_read_only_area(const struct ptk_boot *b, const struct boot_case *c, uint64_t pa)
{
	if (!c->areas->known)
		find_areas(b, c);
	return boot_areas_have_(c->areas, pa, 0);
}

static bool in_kfence_pool(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct arm64 *a = arm64_of(b);
	const struct boot_fact *pool = boot_fact_(c->evidence, "__kfence_pool");
	return pool && pool->first && c->va >= pool->first &&
	       c->va - pool->first < boot_value_(b->machine, "kfence_pool_size", 512 * a->page);
}

/* struct resource begins with start and end, both 0 where nothing is reserved. */
static bool in_crash_kernel(const struct boot_case *c, uint64_t pa)
{
	const struct boot_fact *crash = boot_fact_(c->evidence, "crashk_res");
	return crash && crash->last && pa >= crash->first && pa <= crash->last;
}

static const char *linear(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t change = c->ours ^ c->theirs, pa = arm64_entry_to_phys(a, c->ours);
	if (c->table || c->our_level != 0 || c->their_level != 0)
		return NULL;
	if ((change & ~(PTE_RDONLY | PTE_WRITE)) == 0 && c->theirs & PTE_RDONLY && in_read_only_area(b, c, pa))
		return "set_memory_ro: an area of modules or vmalloc() holds this page and is read-only in part, so "
		       "the linear "
		       "aliases of all its pages are (rodata=full)";
	if (!(c->theirs & PTE_VALID) && in_kfence_pool(b, c))
		return "kfence_protect_page: a guard page of KFENCE's pool, or a free object";
	if (!(c->theirs & PTE_VALID) && in_crash_kernel(c, pa))
		return "arch_kexec_protect_crashkres: memory of the loaded crash kernel";
	return NULL;
}

/* ---- slots of the fixmap that are used after boot ---- */

static const char *fixmap(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t console = a->fdt_va - a->page;
	/* FIX_EARLYCON_MEM_BASE: Device memory, and no memory of the machine */
	if (c->va == console && c->ours == 0 && c->their_level == 0 && (c->theirs & PTE_INDEX_MASK) >> 2 >= 3 &&
	    !memblock_is_memory_(&b->memblock, arm64_entry_to_phys(a, c->theirs)))
		return "early_serial_setup: earlycon keeps its device in FIX_EARLYCON_MEM_BASE";
	return NULL;
}

/* ---- memory of struct pages ---- */

/*
 * With CONFIG_NUMA a node's own structures are taken from memblock before, and their sizes are the configuration's: all
 * after them is elsewhere, with the attributes that it must have.
 */
static const char *vmemmap(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t pa = arm64_entry_to_phys(a, c->theirs);
	uint64_t ours = c->ours & ~arm64_phys_to_entry(a, UINT64_MAX),
	         theirs = c->theirs & ~arm64_phys_to_entry(a, UINT64_MAX);
	if (c->table || c->our_level != c->their_level || c->our_level < 0 || ours != theirs)
		return NULL;
	/* without NUMA, contig_page_data is in VMCOREINFO */
	bool numa = boot_fact_(c->evidence, "node_data") ||
	            (c->lx->vmcoreinfo && !boot_fact_(c->evidence, "contig_page_data"));
	if (!memblock_is_map_memory_(&b->memblock, pa) || !numa)
		return NULL;
	return "arch_numa_init: memory for a node's structures is taken first, so these struct pages are in another "
	       "place";
}

const struct boot_witness arm64_witness_[] = {
        {"__kfence_pool", 8, 1}, {"crashk_res", 8, 2}, {"node_data", 0, 0}, {"contig_page_data", 0, 0}, {NULL, 0, 0},
};

const char *arm64_explain_(const struct ptk_boot *b, const struct boot_case *c)
{
	if (strcmp(c->region->name, "linear map") == 0)
		return linear(b, c);
	if (strcmp(c->region->name, "fixmap") == 0)
		return fixmap(b, c);
	if (strcmp(c->region->name, "vmemmap") == 0)
		return vmemmap(b, c);
	return NULL;
}
