// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The array of struct page: vmemmap_populate() of arch/x86/mm/init_64.c, by vmemmap_populate_hugepages() or, without
 * PSE, _basepages() (mm/sparse-vmemmap.c). Parts of a block that no section uses are marked only for memory that is
 * plugged in later (vmemmap_use_new_sub_pmd()): that is what is in the block, not in the table.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/sparse.h"
#include "linux/boot/x86/x86.h"

struct populate {
	struct ptk_boot *b;
	struct sparse s;
	uint64_t base; /* VMEMMAP_START */
	/* Sections populated since the last step that told of them. */
	uint64_t first, next, blocks, pages;
};

/* __pa(MAX_DMA_ADDRESS): ZONE_DMA is left alone. */
#define DMA_END (16 * X86_MIB)

static uint64_t take(struct ptk_boot *b)
{
	uint64_t pa;
	if (memblock_alloc_range_(&b->memblock, 4096, 4096, DMA_END, 0, &pa) < 0)
		return boot_alloc_(b, 4096, 4096);
	return boot_table_(b, pa, 4096);
}

static const char *const populate[] = {"vmemmap_pmd_populate", "vmemmap_pud_populate", "vmemmap_p4d_populate",
                                       "vmemmap_pgd_populate"};
static const struct x86_tables tables = {populate, "memblock", X86_TABLE, take};

static struct sparse sparse_of(struct ptk_boot *b)
{
	const struct ptk_machine *m = b->machine;
	return (struct sparse){
		.b = b,
		.page_shift = 12,
		.section_bits = 27,
		.phys_bits = x86_of(b)->levels == 5 ? 52 : 46,
		.pageblock = 9,
		.struct_page = (unsigned)boot_value_(m, "struct_page", 64),
		.mem_section = (unsigned)boot_value_(m, "mem_section", 16),
		.block = X86_PMD,
		.low = DMA_END,
		.pgdat = boot_value_(m, "hotremove", 0) ? boot_value_(m, "pgdat", 0) : 0,
	};
}

/* Pages where there is no PSE, or no room for a block. */
static void populate_pages(struct populate *p, uint64_t va, uint64_t end)
{
	const struct x86 *x = x86_of(p->b);
	for (; va < end && !p->b->failed; va += 4096) {
		uint64_t at = x86_entry_for_(p->b, x->root, 0, va, &tables);
		if (!at || boot_get_(p->b, at))
			continue;
		uint64_t pa = sparse_block_(&p->s, 4096);
		if (!pa)
			boot_fail_(p->b, PTK_E_CONFLICT, "there is no free memory for the array of struct page");
		boot_set_(p->b, at, pa | x->kernel);
		p->pages++;
	}
}

static void populate_block(struct populate *p, uint64_t va, uint64_t end)
{
	const struct x86 *x = x86_of(p->b);
	uint64_t at = x86_entry_for_(p->b, x->root, 1, va, &tables), e = at ? boot_get_(p->b, at) : 0, pa = 0;
	if (!at || e & X86_PS)
		return;
	if (!e)
		pa = sparse_block_(&p->s, X86_PMD);
	if (!pa) {
		populate_pages(p, va, end);
		return;
	}
	boot_set_(p->b, at, pa | x->kernel | X86_PS);
	p->blocks++;
}

static uint64_t va_of(const struct populate *p, uint64_t section)
{
	return p->base + section * BIT(p->s.section_bits - 12) * p->s.struct_page;
}

/* Sections that follow each other are one step. */
static void tell(struct populate *p)
{
	struct ptk_boot_step s = BOOT_STEP(1, "vmemmap_populate");
	if (p->first == p->next)
		return;
	s.first = va_of(p, p->first);
	s.last = va_of(p, p->next) - 1;
	s.type = p->pages ? "PAGE_KERNEL" : "PAGE_KERNEL_LARGE";
	bool large = x86_of(p->b)->sizes & 1u << 1, one = p->next - p->first == 1;
	boot_step_(p->b, &s, "struct pages of section%s %" PRIu64 "%s%.0" PRIu64 ": leaves of 2M: %" PRIu64 ", pages: %" PRIu64 "; %s",
	           one ? "" : "s", p->first, one ? "" : " to ", one ? 0 : p->next - 1, p->blocks, p->pages,
	           large ? "the CPU has PSE" : "the CPU has no PSE");
}

static void populate_section(struct populate *p, uint64_t nr)
{
	uint64_t first = va_of(p, nr), end = va_of(p, nr + 1);
	bool large = x86_of(p->b)->sizes & 1u << 1;
	if (nr != p->next) {
		tell(p);
		p->first = nr;
		p->blocks = p->pages = 0;
	}
	p->next = nr + 1;
	if (!large)
		populate_pages(p, first, end);
	for (uint64_t va = first, next; large && va < end && !p->b->failed; va = next) {
		next = round_down(va, X86_PMD) + X86_PMD;
		next = next < end ? next : end;
		populate_block(p, va, next);
	}
}

void x86_vmemmap_(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	struct populate p = {.b = b, .s = sparse_of(b)};
	p.base = boot_value_(b->machine, "vmemmap", x->levels == 5 ? UINT64_C(0xffd4000000000000) : UINT64_C(0xffffea0000000000));
	if (b->failed)
		return;
	boot_step_(b, &BOOT_STEP(0, "sparse_init"), "the array of struct page, %u bytes each, in sections of 128M",
	           p.s.struct_page);
	sparse_begin_(&p.s);
	for (uint64_t nr = sparse_next_section_(&p.s, 0); nr != SPARSE_NONE && !b->failed; nr = sparse_next_section_(&p.s, nr + 1))
		populate_section(&p, nr);
	tell(&p);
	sparse_end_(&p.s);
	boot_region_(b, "vmemmap", "vmemmap_populate", p.base, round_up(va_of(&p, p.next), X86_PMD) - 1);
}
