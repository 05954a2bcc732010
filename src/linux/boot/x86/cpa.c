// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Rights of ranges change: arch/x86/mm/pat/set_memory.c. */
#include "base/bits.h"
#include "linux/boot/x86/x86.h"

uint64_t x86_slot_(const struct x86 *x, unsigned level, uint64_t table, uint64_t va)
{
	return table + ((va >> x->r->level[level].shift & low_bits(x->r->level[level].bits)) << x->r->entry_shift);
}

/* __split_large_page(): leaves of the next size with the same attributes; the entry is _KERNPG_TABLE. */
static uint64_t split(struct ptk_boot *b, unsigned level, uint64_t at, uint64_t va)
{
	const struct x86 *x = x86_of(b);
	uint64_t e = boot_get_(b, at), table = x86_take_page_(b), size = x86_size(x, level - 1);
	struct ptk_boot_step s = BOOT_STEP(2, "__split_large_page");
	if (level == 1)
		e &= ~X86_PS;
	for (uint64_t i = 0; i < BIT(x->r->level[level - 1].bits) && !b->failed; i++)
		boot_set_(b, table + (i << x->r->entry_shift), e + i * size);
	boot_set_(b, at, table | X86_KERNEL_TABLE);
	s.first = round_down(va, x86_size(x, level));
	s.last = s.first + (x86_size(x, level) - 1);
	s.table = table;
	s.from = X86_FROM_PAGES;
	boot_step_(b, &s, "a part of the leaf changes: a table takes its place");
	return table;
}

/* [va, last]. A leaf that need not change is not split: try_preserve_large_page(). */
static void change(struct ptk_boot *b, unsigned level, uint64_t table, uint64_t va, uint64_t last, const struct x86_change *c)
{
	const struct x86 *x = x86_of(b);
	for (uint64_t size = x86_size(x, level), end; !b->failed; va = end + 1) {
		uint64_t at = x86_slot_(x, level, table, va), e = boot_get_(b, at), first = round_down(va, size);
		uint64_t changed = (e & ~c->clear) | c->set;
		end = first + (size - 1) < last ? first + (size - 1) : last;
		bool leaf = level == 0 || (level < 3 && e & X86_PS), whole = va == first && end == first + (size - 1);
		if (!(e & X86_P))
			changed = e;
		else if (!(changed & X86_P)) /* G of an entry that is not present would say PROT_NONE */
			changed &= ~X86_G;
		if (!leaf && e & X86_P)
			change(b, level - 1, e & X86_ADDRESS, va, end, c);
		else if (leaf && changed != e && !whole)
			change(b, level - 1, split(b, level, at, va), va, end, c);
		else if (leaf && changed != e)
			/* An entry that is not present has its address inverted, against L1TF: asm/pgtable-invert.h. */
			boot_set_(b, at, changed & X86_P ? changed : changed ^ X86_ADDRESS);
		if (end == last)
			return;
	}
}

void x86_change_(struct ptk_boot *b, const char *function, uint64_t va, uint64_t end, struct x86_change c)
{
	const struct x86 *x = x86_of(b);
	struct ptk_boot_step s = BOOT_STEP(1, function);
	/* Pages are counted by (end - va) >> PAGE_SHIFT: no part of one is changed. */
	va = round_down(va, 4096);
	if (b->failed || end < va || end - va < 4096)
		return;
	uint64_t last = va + round_down(end - va, 4096) - 1;
	s.first = va;
	s.last = last;
	boot_step_(b, &s, NULL);
	change(b, x->levels - 1, x->root, va, last, &c);
	/* cpa_process_alias(); the linear map is never executable, whatever is asked for */
	if (c.alias && va >= X86_IMAGE_MAP)
		change(b, x->levels - 1, x->root, x->page_offset + (va - x->image_delta), x->page_offset + (last - x->image_delta), &c);
}
