// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The linear map: arch/x86/mm/init.c and init_64.c. */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/x86/x86.h"

/* ---- split_mem_range() ---- */

static unsigned add(struct x86_piece *out, unsigned n, uint64_t first, uint64_t end, unsigned sizes)
{
	if (first >= end)
		return n;
	out[n] = (struct x86_piece){first, end, sizes};
	return n + 1;
}

/* Before the page allocator runs, a piece may use a larger leaf if all of what that would map is memory. */
static void upgrade(struct x86_piece *p, unsigned sizes, const struct memblock *mb)
{
	for (unsigned level = 1; level <= 2; level++) {
		uint64_t unit = level == 1 ? X86_PMD : 512 * X86_PMD;
		uint64_t first = round_down(p->first, unit), end = round_up(p->end, unit);
		if (sizes & 1u << level && !(p->sizes & 1u << level) && memblock_is_region_memory_(mb, first, end - first))
			p->sizes |= 1u << level;
	}
}

/* Neighbours that may use the same leaves are one. */
static unsigned merge(struct x86_piece *p, unsigned n)
{
	unsigned kept = 0;
	for (unsigned i = 1; i < n; i++)
		if (p[i].first == p[kept].end && p[i].sizes == p[kept].sizes)
			p[kept].end = p[i].end;
		else
			p[++kept] = p[i];
	return n ? kept + 1 : 0;
}

/* Up to 2M by pages, up to 1G by 2M, by 1G, and the same at the end. */
unsigned x86_split_range_(struct x86_piece out[X86_PIECES_MAX], uint64_t first, uint64_t end, unsigned sizes,
                          const struct memblock *mb)
{
	const uint64_t pud = 512 * X86_PMD;
	uint64_t at = round_down(first, 4096), to;
	unsigned n = 0;
	end = round_down(end, 4096);
	to = round_up(at, X86_PMD) < end ? round_up(at, X86_PMD) : end;
	n = add(out, n, at, to, 0);
	at = to > at ? to : at;
	to = round_up(at, pud) < round_down(end, X86_PMD) ? round_up(at, pud) : round_down(end, X86_PMD);
	n = add(out, n, round_up(at, X86_PMD), to, sizes & 1u << 1);
	at = round_up(at, X86_PMD) < to ? to : at;
	to = round_down(end, pud);
	n = add(out, n, round_up(at, pud), to, sizes & (1u << 1 | 1u << 2));
	at = round_up(at, pud) < to ? to : at;
	to = round_down(end, X86_PMD);
	n = add(out, n, round_up(at, X86_PMD), to, sizes & 1u << 1);
	at = round_up(at, X86_PMD) < to ? to : at;
	n = add(out, n, at, end, 0);
	for (unsigned i = 0; i < n; i++)
		upgrade(&out[i], sizes, mb);
	return merge(out, n);
}

/* The same on i386: no 1G, and the first 2M (4M) by pages in any case, as small fixed MTRRs are there. */
unsigned x86_split_range_32_(struct x86_piece out[X86_PIECES_MAX], uint64_t first, uint64_t end, unsigned sizes, uint64_t pmd,
                             uint64_t max_low, const struct memblock *mb)
{
	uint64_t at = round_down(first, 4096), to;
	unsigned n = 0;
	end = round_down(end, 4096);
	to = at ? round_up(at, pmd) : pmd;
	to = to < end ? to : end;
	n = add(out, n, at, to, 0);
	at = to > at ? to : at;
	to = round_down(end, pmd);
	n = add(out, n, round_up(at, pmd), to, sizes & 1u << 1);
	at = round_up(at, pmd) < to ? to : at;
	n = add(out, n, at, end, 0);
	for (unsigned i = 0; i < n; i++) {
		uint64_t from = round_down(out[i].first, pmd);
		to = round_up(out[i].end, pmd);
		if (sizes & 1u << 1 && to <= max_low && memblock_is_region_memory_(mb, from, to - from))
			out[i].sizes |= 1u << 1;
	}
	return merge(out, n);
}

/* ---- alloc_low_pages() ---- */

/* From the image's brk area at first, then from memblock, in what is mapped already. */
uint64_t x86_low_pages_(struct ptk_boot *b, unsigned n, const char **from)
{
	struct x86 *x = x86_of(b);
	uint64_t pa = 0, size = UINT64_C(4096) * n;
	*from = "brk";
	if (x->brk_usable && x->brk_next + size <= x->brk_end) {
		pa = x->brk_next;
		x->brk_next += size;
	} else if (x->min_mapped < x->max_mapped &&
	           memblock_alloc_range_(&b->memblock, size, 4096, x->min_mapped, x->max_mapped, &pa) == 0) {
		*from = "memblock";
	} else if (x->brk_usable) { /* extend_brk(): the area is larger than the buffer */
		pa = x->brk_end;
		x->brk_next = x->brk_end += size;
	} else {
		boot_fail_(b, PTK_E_CONFLICT, "there is no free memory for page tables in what is mapped");
	}
	boot_zero_(b, pa, size);
	return pa;
}

/* ---- kernel_physical_mapping_init() ---- */

struct map {
	uint64_t prot;
	unsigned sizes;
};

static uint64_t linear(const struct x86 *x, uint64_t pa)
{
	return x->page_offset + pa;
}

static uint64_t new_table(struct ptk_boot *b, unsigned level, uint64_t at, uint64_t va)
{
	static const char *const name[] = {"PTE", "PMD", "PUD", "P4D"};
	const struct x86 *x = x86_of(b);
	struct ptk_boot_step s = BOOT_STEP(2, "alloc_low_pages");
	s.table = x86_low_pages_(b, 1, &s.from);
	s.first = round_down(va, x86_size(x, level));
	s.last = s.first + (x86_size(x, level) - 1);
	boot_step_(b, &s, "a %s table", name[level - 1]);
	/* A PDPTE has no rights: Intel SDM volume 3, table 4-8. */
	boot_set_(b, at, s.table | (x->levels == 3 && level == 2 ? X86_P : X86_TABLE));
	return s.table;
}

/* phys_pte_init() to phys_p4d_init(): what is mapped stays, but a leaf of a size that may not be is split. */
static void map_level(struct ptk_boot *b, unsigned level, uint64_t table, uint64_t pa, uint64_t end, struct map m)
{
	const struct x86 *x = x86_of(b);
	for (uint64_t next; pa < end && !b->failed; pa = next) {
		uint64_t va = linear(x, pa), size = x86_size(x, level);
		uint64_t at = x86_slot_(x, level, table, va), e = boot_get_(b, at);
		struct map below = m;
		next = pa + (round_down(va, size) + size - va);
		if (level == 0) {
			if (!e)
				boot_set_(b, at, round_down(pa, 4096) | m.prot);
			continue;
		}
		if (e && !(e & X86_PS)) {
			map_level(b, level - 1, e & X86_ADDRESS, pa, next < end ? next : end, m);
			continue;
		}
		if (level <= 2 && m.sizes & 1u << level) {
			if (!e)
				boot_set_(b, at, round_down(pa, size) | m.prot | X86_PS);
			continue;
		}
		if (e)
			below.prot = e & ~(X86_ADDRESS | X86_PS);
		map_level(b, level - 1, new_table(b, level, at, va), pa, next < end ? next : end, below);
	}
}

/* is_x86_32_kernel_text() */
static uint64_t prot_32(const struct x86 *x, uint64_t va, uint64_t last)
{
	bool text = (va >= x->text && va <= x->text_last) || (last >= x->text && last <= x->text_last);
	return text ? x->kernel & ~X86_NX : x->kernel;
}

/* i386's kernel_physical_mapping_init(): what startup_32 mapped is mapped anew, in the unit and with the rights of now. */
static void map_level_32(struct ptk_boot *b, unsigned level, uint64_t table, uint64_t pa, uint64_t end, unsigned sizes)
{
	const struct x86 *x = x86_of(b);
	for (uint64_t next; pa < end && !b->failed; pa = next) {
		uint64_t va = linear(x, pa), size = x86_size(x, level), at = x86_slot_(x, level, table, va);
		next = pa + (round_down(va, size) + size - va);
		if (level == 0 || (level == 1 && sizes & 1u << 1)) {
			uint64_t whole = round_down(pa, size);
			boot_set_(b, at, whole | prot_32(x, va, linear(x, whole) + (size - 1)) | (level ? X86_PS : 0));
			continue;
		}
		uint64_t e = boot_get_(b, at);
		map_level_32(b, level - 1, e & X86_P ? e & X86_ADDRESS : new_table(b, level, at, va), pa, next < end ? next : end,
		             sizes);
	}
}

static void init_memory_mapping(struct ptk_boot *b, uint64_t first, uint64_t end)
{
	static const char *const unit[] = {"pages", "large pages", "1G", "1G, or 2M"};
	struct x86 *x = x86_of(b);
	struct x86_piece piece[X86_PIECES_MAX];
	bool narrow = x->levels < 4;
	unsigned n = narrow ? x86_split_range_32_(piece, first, end, x->sizes, x86_size(x, 1), x->max_low, &b->memblock)
	                    : x86_split_range_(piece, first, end, x->sizes, &b->memblock);
	for (unsigned i = 0; i < n && !b->failed; i++) {
		struct ptk_boot_step s = BOOT_STEP(1, "init_memory_mapping");
		s.type = "PAGE_KERNEL";
		s.first = linear(x, piece[i].first);
		s.last = linear(x, piece[i].end - 1);
		s.pa = piece[i].first;
		boot_step_(b, &s, "by %s", unit[piece[i].sizes >> 1 & 3]);
		if (narrow)
			map_level_32(b, x->levels - 1, x->root, piece[i].first, piece[i].end, piece[i].sizes);
		else
			map_level(b, x->levels - 1, x->root, piece[i].first, piece[i].end,
			          (struct map){x->kernel, piece[i].sizes});
	}
	x->max_mapped = end > x->max_mapped ? end : x->max_mapped;
}

/* The memory in [first, end). Tables for what holds the brk buffer itself come from elsewhere. Returns how much. */
static uint64_t init_range_memory_mapping(struct ptk_boot *b, uint64_t first, uint64_t end)
{
	struct x86 *x = x86_of(b);
	uint64_t mapped = 0;
	for (size_t i = 0; i < b->memblock.memory.n && !b->failed; i++) {
		const struct memblock_region *r = &b->memblock.memory.region[i];
		uint64_t from = round_up(r->base, 4096), to = round_down(r->base + r->size, 4096);
		from = from < first ? first : from;
		to = to > end ? end : to;
		if (from >= to)
			continue;
		x->brk_usable = (from > x->brk_next ? from : x->brk_next) >= (to < x->brk_end ? to : x->brk_end);
		init_memory_mapping(b, from, to);
		mapped += to - from;
		x->brk_usable = true;
	}
	return mapped;
}

/* A free 2M at the top comes first, so that there is room for the tables of the rest; then downwards, in growing steps. */
static void memory_map_top_down(struct ptk_boot *b, uint64_t first, uint64_t end)
{
	struct x86 *x = x86_of(b);
	uint64_t pmd = x86_size(x, 1), step = pmd, mapped = 0, at, top;
	if (memblock_alloc_range_(&b->memblock, pmd, pmd, first, end, &at) == 0) {
		top = at + pmd;
		if (memblock_unreserve_(&b->memblock, at, pmd) < 0)
			boot_fail_(b, PTK_E_NOMEM, "no memory for a boot");
	} else {
		top = round_down(end, pmd) > first ? round_down(end, pmd) : first;
	}
	x->max_mapped = 0;
	x->min_mapped = top;
	for (uint64_t last = top; last > first && !b->failed; last = x->min_mapped) {
		uint64_t from = last > step ? round_down(last - 1, step) : first;
		from = from < first ? first : from;
		mapped += init_range_memory_mapping(b, from, last);
		x->min_mapped = from;
		if (mapped >= step && step < BIT(55))
			step <<= x->r->level[1].shift - 12 - 1;
	}
	if (top < end)
		init_range_memory_mapping(b, top, end);
}

void x86_init_mem_mapping_(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	uint64_t end = x->levels < 4 ? x->max_low : round_down(memblock_end_of_dram_(&b->memblock), 4096);
	boot_step_(b, &BOOT_STEP(0, "probe_page_size_mask"), "leaves of %s; entries of the kernel are %sglobal",
	           x->sizes & 4      ? "1G, 2M and 4K"
	           : !(x->sizes & 2) ? "4K"
	           : x->levels == 2  ? "4M and 4K"
	                             : "2M and 4K", x->kernel & X86_G ? "" : "not ");
	boot_step_(b, &BOOT_STEP(0, "init_mem_mapping"),
	           "the first megabyte, whatever it holds; then memory from 0x%" PRIx64 " downwards", end);
	init_memory_mapping(b, 0, X86_ISA_END);
	memory_map_top_down(b, X86_ISA_END, end);
}
