// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Tables on the way to one entry: fill_p4d() to fill_pte() of arch/x86/mm/init_64.c, and the many that do the same. */
#include "base/bits.h"
#include "linux/boot/x86/x86.h"

uint64_t x86_take_page_(struct ptk_boot *b)
{
	return boot_alloc_late_(b, 4096);
}

const char *const x86_table_name_[] = {"PTE", "PMD", "PUD", "P4D"};

static uint64_t new_table(struct ptk_boot *b, unsigned level, uint64_t at, uint64_t va, const struct x86_tables *t)
{
	struct ptk_boot_step s = BOOT_STEP(2, t->function ? t->function[level - 1] : NULL);
	s.table = t->take ? t->take(b) : 0;
	if (!s.table)
		return 0;
	s.from = t->from;
	s.first = round_down(va, x86_size(x86_of(b), level));
	s.last = s.first + (x86_size(x86_of(b), level) - 1);
	if (t->function)
		boot_step_(b, &s, "a %s table", x86_table_name_[level - 1]);
	/* Of PAE's root only P is kept: native_make_pgd(), PGD_ALLOWED_BITS. */
	boot_set_(b, at, s.table | (x86_of(b)->levels == 3 && level == 2 ? X86_P : t->bits));
	return s.table;
}

uint64_t x86_entry_for_(struct ptk_boot *b, uint64_t root, unsigned level, uint64_t va, const struct x86_tables *t)
{
	const struct x86 *x = x86_of(b);
	uint64_t table = root;
	for (unsigned l = x->levels - 1; l > level; l--) {
		uint64_t at = x86_slot_(x, l, table, va), e = boot_get_(b, at);
		if (e & X86_P && l < 3 && e & X86_PS)
			return 0;
		table = e & X86_P ? e & X86_ADDRESS : new_table(b, l, at, va, t);
		if (!table || b->failed)
			return 0;
	}
	return x86_slot_(x, level, table, va);
}
