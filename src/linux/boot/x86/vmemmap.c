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
	struct sparse s;
	uint64_t first, next; /* sections populated since the last step that told of them */
};

/* __pa(MAX_DMA_ADDRESS): ZONE_DMA is left alone. */
#define DMA_END (16 * X86_MIB)
#define SECTION_BITS 27

static uint64_t table_entry(const struct ptk_boot *b, uint64_t table)
{
	return table | X86_TABLE;
}

static uint64_t leaf(const struct ptk_boot *b, unsigned level, uint64_t pa)
{
	return pa | x86_of(b)->kernel | (level ? X86_PS : 0);
}

static const struct sparse_arch arch = {table_entry, leaf, x86_table_name_};

static struct sparse sparse_of(struct ptk_boot *b)
{
	const struct ptk_machine *m = b->machine;
	bool la57 = x86_of(b)->levels == 5;
	return (struct sparse){
		.b = b,
		.arch = &arch,
		.page_shift = 12,
		.section_bits = SECTION_BITS,
		.phys_bits = la57 ? 52 : 46,
		.pageblock = 9,
		.struct_page = (unsigned)boot_value_(m, "struct_page", 64),
		.mem_section = (unsigned)boot_value_(m, "mem_section", 16),
		.block = X86_PMD,
		.low = DMA_END,
		.hotremove = boot_value_(m, "hotremove", 0),
		.origin = boot_value_(m, "vmemmap", la57 ? UINT64_C(0xffd4000000000000) : UINT64_C(0xffffea0000000000)),
		.huge = x86_of(b)->sizes & 1u << 1,
	};
}

/* Sections that follow each other are one step. */
static void tell(struct populate *p)
{
	struct ptk_boot_step s = BOOT_STEP(1, "vmemmap_populate");
	if (p->first == p->next)
		return;
	s.first = sparse_page_(&p->s, p->first << SECTION_BITS);
	s.last = sparse_page_(&p->s, p->next << SECTION_BITS) - 1;
	s.type = p->s.pages ? "PAGE_KERNEL" : "PAGE_KERNEL_LARGE";
	bool one = p->next - p->first == 1;
	boot_step_(p->s.b, &s, "struct pages of section%s %" PRIu64 "%s%.0" PRIu64 ": leaves of 2M: %" PRIu64 ", pages: %" PRIu64 "; %s",
	           one ? "" : "s", p->first, one ? "" : " to ", one ? 0 : p->next - 1, p->s.blocks, p->s.pages,
	           p->s.huge ? "the CPU has PSE" : "the CPU has no PSE");
	p->s.blocks = p->s.pages = 0;
}

static void populate_section(struct populate *p, uint64_t nr)
{
	if (nr != p->next) {
		tell(p);
		p->first = nr;
	}
	p->next = nr + 1;
	sparse_populate_(&p->s, nr);
}

void x86_vmemmap_(struct ptk_boot *b)
{
	struct populate p = {.s = sparse_of(b)};
	if (b->failed)
		return;
	boot_step_(b, &BOOT_STEP(0, "sparse_init"), "the array of struct page, %u bytes each, in sections of 128M",
	           p.s.struct_page);
	sparse_begin_(&p.s);
	for (uint64_t nr = sparse_section_(&p.s); nr != SPARSE_NONE && !b->failed; nr = sparse_section_(&p.s))
		populate_section(&p, nr);
	tell(&p);
	boot_region_(b, "vmemmap", "vmemmap_populate", p.s.origin, round_up(sparse_page_(&p.s, p.next << SECTION_BITS), X86_PMD) - 1);
}
