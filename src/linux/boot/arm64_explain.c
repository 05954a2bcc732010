// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a running arm64 kernel changes in the regions that its boot has made, each with the evidence for it. */
#include <string.h>

#include "base/bits.h"
#include "linux/boot/arm64.h"

/* ---- set_memory_ro() and its like on the linear alias: change_memory_common() of mm/pageattr.c ---- */

/* One area of modules or vmalloc() at a time: a run of mappings without a hole, as a guard page ends each. */
struct areas {
	uint64_t pa;                    /* of the page looked for */
	uint64_t skip_first, skip_last; /* the image */
	uint64_t next;                  /* address after the area so far */
	bool holds, read_only;          /* the area maps the page; part of it is read-only */
};

static int see_mapping(void *arg, const struct ptk_range *r)
{
	struct areas *a = arg;
	if (r->first >= a->skip_first && r->first <= a->skip_last)
		return 0;
	if (r->first != a->next && a->holds && a->read_only)
		return PTK_STOP;
	if (r->first != a->next)
		a->holds = a->read_only = false;
	a->next = r->last + 1;
	a->holds |= r->pa != PTK_NO_PA && a->pa >= r->pa && a->pa - r->pa <= r->last - r->first;
	a->read_only |= !(r->attr.flags & PTK_A_KW);
	return 0;
}

/* The change of rights of a part of an area goes to the linear aliases of all its pages (rodata=full). */
static bool in_read_only_area(const struct ptk_boot *b, const struct boot_case *c, uint64_t pa)
{
	const struct arm64 *a = arm64_of(b);
	struct areas w = {.pa = pa,
	                  .skip_first = boot_symbol_(b->machine, "_text"),
	                  .skip_last = boot_symbol_(b->machine, "_end") - 1};
	struct ptk_range_opts o = {.from = a->page_end, .to = a->vmemmap_start - 1, .only_leaves = true};
	return ptk_ranges(c->theirs_in, &o, see_mapping, &w, NULL, NULL) >= 0 && w.holds && w.read_only;
}

static bool in_kfence_pool(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t pool;
	return boot_read_symbol_(c->lx, "__kfence_pool", 8, &pool) == 0 && pool && c->va >= pool &&
	       c->va - pool < boot_value_(b->machine, "kfence_pool_size", 512 * a->page);
}

static bool in_crash_kernel(const struct ptk_boot *b, const struct boot_case *c, uint64_t pa)
{
	uint64_t va, start, end;
	(void)b;
	return ptk_linux_symbol(c->lx, "crashk_res", &va) == 0 && boot_read_number_(c->lx, va, 8, &start) == 0 &&
	       boot_read_number_(c->lx, va + 8, 8, &end) == 0 && end && pa >= start && pa <= end;
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
	if (!(c->theirs & PTE_VALID) && in_crash_kernel(b, c, pa))
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

const char *arm64_explain_(const struct ptk_boot *b, const struct boot_case *c)
{
	if (strcmp(c->region->name, "linear map") == 0)
		return linear(b, c);
	if (strcmp(c->region->name, "fixmap") == 0)
		return fixmap(b, c);
	return NULL;
}
