// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a running x86 kernel changes in the regions that its boot has made, each with the evidence for it. */
#include <string.h>

#include "base/bits.h"
#include "linux/boot/sparse.h"
#include "linux/boot/x86/i386.h"

/* ---- pages that areas of modules, BPF and vmalloc() map read-only ---- */

struct search {
	struct boot_areas *areas;
	uint64_t linear_first, linear_last;
};

static int see(void *arg, const struct ptk_range *r)
{
	const struct search *s = arg;
	bool linear = r->first >= s->linear_first && r->first <= s->linear_last;
	bool image = r->first >= X86_IMAGE_MAP && r->first < X86_IMAGE_MAP + 512 * X86_PMD;
	if (linear || image || r->pa == PTK_NO_PA || r->attr.flags & PTK_A_KW)
		return 0;
	return boot_areas_add_(s->areas, r, 0);
}

static void find_areas(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct x86 *x = x86_of(b);
	struct search s = {.areas = c->areas, .linear_first = x->page_offset};
	struct ptk_range_opts o = {.from = x->page_offset, .to = low_bits(x->r->va_width), .only_leaves = true};
	s.linear_last = x->page_offset + ((x->max_low ? x->max_low : memblock_end_of_dram_(&b->memblock)) - 1);
	boot_areas_done_(c->areas, ptk_ranges(c->theirs_in, &o, see, &s, NULL, NULL));
}

static bool read_only_elsewhere(const struct ptk_boot *b, const struct boot_case *c, uint64_t pa)
{
	if (!c->areas->known)
		find_areas(b, c);
	return boot_areas_have_(c->areas, pa, 0);
}

/* ---- the linear map ---- */

static bool is_leaf(int level, uint64_t raw)
{
	return level >= 0 && raw & X86_P && (level == 0 || raw & X86_PS);
}

static const char *rights(const struct ptk_boot *b, const struct boot_case *c, uint64_t pa, uint64_t lost)
{
	const struct x86 *x = x86_of(b);
	if (lost & X86_RW && !(lost & ~(X86_RW | X86_G | x->dirty)) && read_only_elsewhere(b, c, pa))
		return "set_memory_ro, set_memory_rox: an area of modules, BPF or vmalloc() has this page read-only, and its linear "
		       "alias follows (cpa_process_alias)";
	if (lost & X86_RW)
		return NULL;
	/* Only an entry that was not present in between loses G; D comes back with the next write. */
	if (lost & X86_G && !(lost & ~(X86_G | x->dirty)))
		return "set_direct_map_invalid_noflush, set_direct_map_default_noflush: the page was of an area with rights of its "
		       "own, which was freed; what was not present comes back without G";
	if (lost && lost == x->dirty)
		return "set_memory_ro, set_direct_map_invalid_noflush: taking the right to write takes D; the right came back, and D "
		       "comes with the next write";
	return NULL;
}

/* Their leaf maps the page that ours does there, with fewer rights: which, as rights are only ever taken. */
static bool lost_rights(const struct x86 *x, const struct boot_case *c, uint64_t *pa, uint64_t *lost)
{
	uint64_t ours = c->ours & ~(c->our_level > 0 ? X86_PS : 0), theirs = c->theirs & ~(c->their_level > 0 ? X86_PS : 0);
	if (!is_leaf(c->our_level, c->ours) || !is_leaf(c->their_level, c->theirs) || c->their_level > c->our_level)
		return false;
	*pa = (ours & X86_ADDRESS) + (c->va & (x86_size(x, (unsigned)c->our_level) - 1));
	*lost = (ours ^ theirs) & ~X86_ADDRESS;
	return (theirs & X86_ADDRESS) == *pa && !(theirs & *lost);
}

static const char *linear(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct x86 *x = x86_of(b);
	bool ours = is_leaf(c->our_level, c->ours);
	if (c->table && x->levels == 3 && c->our_level == 2 && (c->ours ^ c->theirs) == X86_A)
		return "the CPU (QEMU's): marks a PDPTE accessed, where the SDM has a reserved bit";
	/* Of a leaf of 1G a table's leaf may have been split in its turn. */
	bool table = c->their_level > 0 && c->their_level <= c->our_level && c->theirs & X86_P && !(c->theirs & X86_PS);
	if (ours && table)
		return (c->theirs & ~X86_ADDRESS) == X86_KERNEL_TABLE
		               ? "__split_large_page: rights of some page in this leaf were changed, so a table took its place"
		               : NULL;
	uint64_t pa, lost;
	return lost_rights(x, c, &pa, &lost) ? rights(b, c, pa, lost) : NULL;
}

/* ---- the fixmap ---- */

static const char *fixmap(const struct ptk_boot *b, const struct boot_case *c)
{
	uint64_t pa = c->theirs & X86_ADDRESS;
	const struct boot_fact *page = boot_fact_(c->evidence, "__vsyscall_page");
	if (c->ours || !is_leaf(c->their_level, c->theirs) || c->their_level != 0)
		return NULL;
	/* Intel SDM volume 3, 11.4.1; the I/O APICs' window is below it. */
	if (c->theirs & X86_PCD && pa >= 0xfec00000 && pa < 0xfef00000 && !memblock_is_memory_(&b->memblock, pa))
		return "register_lapic_address, io_apic_init_mappings: an APIC's registers, by set_fixmap_nocache()";
	if (page && page->first - x86_of(b)->image_delta == pa)
		return "map_vsyscall: VSYSCALL_PAGE";
	return NULL;
}

/* ---- the kernel's image ---- */

/* What the image has no more of its own, freed or past its end, has a second mapping here: cpa_process_alias(). */
static const char *image(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct x86 *x = x86_of(b);
	bool ours = is_leaf(c->our_level, c->ours);
	if (ours && c->our_level > 0 && c->their_level == c->our_level && c->theirs & X86_P && !(c->theirs & X86_PS))
		return (c->theirs & ~(X86_ADDRESS | X86_G)) == X86_KERNEL_TABLE
		               ? "__split_large_page: rights of some page in this leaf were changed, so a table took its place"
		               : NULL;
	uint64_t pa, lost;
	if (!lost_rights(x, c, &pa, &lost) || lost & ~(X86_RW | x->dirty) || !lost)
		return NULL;
	if (lost & X86_RW ? !read_only_elsewhere(b, c, pa) : lost != x->dirty)
		return NULL;
	return "set_memory_ro, set_memory_rox: an area of modules, BPF or vmalloc() has, or had, this page, which the image's leaf "
	       "holds too, and its alias here follows (cpa_process_alias)";
}

const struct boot_witness x86_witness_[] = {{"__vsyscall_page", 0, 0}, {"mmcfg_last_accessed_device", 4, 1},
                                             SPARSE_WITNESSES, {NULL, 0, 0}};

const char *x86_explain_(const struct ptk_boot *b, const struct boot_case *c)
{
	const char *name = c->region->name;
	if (strcmp(name, "linear map") == 0)
		return linear(b, c);
	if (x86_of(b)->levels < 4)
		return x86_explain_32_(b, c);
	return strcmp(name, "kernel image") == 0 ? image(b, c) : strcmp(name, "fixmap") == 0 ? fixmap(b, c) : x86_areas_explain_(b, c);
}
