// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* i386's windows: the fixmap and kmap's. arch/x86/mm/init_32.c, pgtable_32.c, ioremap.c, kernel/apic/. */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/x86/i386.h"

static const struct x86_tables none = {NULL, NULL, 0, NULL};

/* The entry at a level for va, for which there is a table. */
static uint64_t slot(struct ptk_boot *b, unsigned level, uint64_t va)
{
	uint64_t at = x86_entry_for_(b, x86_of(b)->root, level, va, &none);
	if (!at)
		boot_fail_(b, PTK_E_CONFLICT, "there is no table for 0x%" PRIx64, va);
	return at;
}

static struct ptk_boot_step table_step(const struct x86 *x, const char *function, uint64_t va, uint64_t table, const char *from)
{
	struct ptk_boot_step s = BOOT_STEP(2, function);
	s.first = round_down(va, x86_size(x, 1));
	s.last = s.first + (x86_size(x, 1) - 1);
	s.table = table;
	s.from = from;
	return s;
}

void x86_early_ioremap_init_(struct ptk_boot *b)
{
	struct x86_top t = x86_top_(b->machine);
	uint64_t va = x86_fix_to_virt(&t, t.btmap_begin), bm = x86_image_pa(b, "bm_pte");
	struct ptk_boot_step s = table_step(x86_of(b), "early_ioremap_init", va, bm, "bm_pte");
	s.depth = 0;
	boot_step_(b, &s, "slots %u to %u, for early_ioremap(), get a table of the image", t.btmap_end, t.btmap_begin);
	boot_zero_(b, bm, 4096);
	boot_set_(b, slot(b, 1, va), bm | X86_TABLE);
}

/* one_page_table_init() */
static uint64_t table_for(struct ptk_boot *b, uint64_t va)
{
	uint64_t at = slot(b, 1, va), e = boot_get_(b, at);
	const char *from;
	if (e & X86_P)
		return e & X86_ADDRESS;
	uint64_t table = x86_low_pages_(b, 1, &from);
	struct ptk_boot_step s = table_step(x86_of(b), "alloc_low_pages", va, table, from);
	boot_step_(b, &s, "a PTE table");
	boot_set_(b, at, table | X86_TABLE);
	return table;
}

void x86_populate_pte_(struct ptk_boot *b, uint64_t va)
{
	table_for(b, va);
}

void x86_set_pte_vaddr_(struct ptk_boot *b, uint64_t va, uint64_t raw)
{
	boot_set_(b, slot(b, 0, va), raw);
}

/* ---- page_table_range_init() ---- */

/* Tables of the slots of kmap_local: they must follow each other where there is more than one. */
struct kmaps {
	uint64_t first, last; /* units that a table maps, by number */
	bool many;
};

static struct kmaps kmaps_of(const struct ptk_boot *b, const struct x86_top *t)
{
	unsigned shift = x86_of(b)->r->level[1].shift;
	struct kmaps k = {x86_fix_to_virt(t, X86_FIX_KMAP_BEGIN + t->kmaps * t->cpus - 1) >> shift,
	                  x86_fix_to_virt(t, X86_FIX_KMAP_BEGIN) >> shift, false};
	k.many = k.first != k.last && boot_value_(b->machine, "highmem", 1);
	return k;
}

/* page_table_kmap_check(): what is there moves into the next of the pages taken for it. */
static void move_table(struct ptk_boot *b, uint64_t va, uint64_t old, uint64_t table)
{
	const struct x86 *x = x86_of(b);
	struct ptk_boot_step s = table_step(x, "page_table_kmap_check", va, table, "what was taken for kmap_local");
	boot_step_(b, &s, "its tables must follow each other: the one at 0x%" PRIx64 " is copied", old);
	for (uint64_t i = 0; i < x86_size(x, 1) >> 12; i++)
		boot_set_(b, table + (i << x->r->entry_shift), boot_get_(b, old + (i << x->r->entry_shift)));
	boot_set_(b, slot(b, 1, va), table | X86_TABLE);
}

/* [first, end), which is aligned to what a table maps. */
static void page_table_range_init(struct ptk_boot *b, const struct x86_top *t, uint64_t first, uint64_t end)
{
	const struct x86 *x = x86_of(b);
	struct kmaps k = kmaps_of(b, t);
	unsigned shift = x->r->level[1].shift, n = 0;
	uint64_t pool = 0;
	const char *from;
	for (uint64_t u = first >> shift; k.many && u < end >> shift; u++)
		n += u >= k.first && u <= k.last;
	if (n)
		pool = x86_low_pages_(b, n, &from);
	for (uint64_t va = first; va < end && !b->failed; va += x86_size(x, 1)) {
		uint64_t table = table_for(b, va);
		if (!n || va >> shift < k.first || va >> shift > k.last)
			continue;
		move_table(b, va, table, pool);
		pool += 4096;
	}
}

void x86_fixmap_tables_(struct ptk_boot *b)
{
	struct x86_top t = x86_top_(b->machine);
	uint64_t pmd = x86_size(x86_of(b), 1), first = round_down(x86_fix_to_virt(&t, t.slots - 1), pmd);
	struct ptk_boot_step s = BOOT_STEP(1, "early_ioremap_page_table_range_init");
	s.first = first;
	s.last = round_up(t.fixaddr_top, pmd) - 1;
	boot_step_(b, &s, "tables for all %u slots of the fixmap, where there is none yet; %u are permanent", t.slots, t.permanent);
	page_table_range_init(b, &t, first, s.last + 1);
}

void x86_permanent_kmaps_init_(struct ptk_boot *b)
{
	struct x86_top t = x86_top_(b->machine);
	if (!boot_value_(b->machine, "highmem", 1))
		return;
	struct ptk_boot_step s = BOOT_STEP(1, "permanent_kmaps_init");
	s.first = t.pkmap;
	s.last = t.pkmap_end - 1;
	boot_step_(b, &s, "pkmap_page_table, a window for kmap() of high memory");
	page_table_range_init(b, &t, t.pkmap, t.pkmap_end);
}

/* ---- what boot leaves in slots ---- */

/* set_fixmap_nocache(): PAGE_KERNEL_IO_NOCACHE. PCD and PWT: Intel SDM volume 3, table 12-11: uncached. */
static void set_fixmap(struct ptk_boot *b, const char *function, uint64_t va, uint64_t pa, const char *what)
{
	struct ptk_boot_step s = BOOT_STEP(1, function);
	s.type = "PAGE_KERNEL_IO_NOCACHE";
	s.first = va;
	s.last = va + 4095;
	s.pa = pa;
	boot_step_(b, &s, "%s", what);
	x86_set_pte_vaddr_(b, va, round_down(pa, 4096) | x86_of(b)->kernel | X86_PWT | X86_PCD);
}

void x86_apic_mappings_(struct ptk_boot *b)
{
	const struct ptk_machine_info *info = &b->machine->info;
	struct x86_top t = x86_top_(b->machine);
	uint64_t lapic = boot_value_(b->machine, "lapic", UINT64_C(0xfee00000));
	uint64_t ioapic = boot_value_(b->machine, "ioapic", UINT64_C(0xfec00000));
	boot_step_(b, &BOOT_STEP(0, "init_apic_mappings"), "registers of interrupt controllers, in slots of the fixmap");
	if (lapic)
		set_fixmap(b, "register_lapic_address", x86_fix_to_virt(&t, X86_FIX_APIC_BASE), lapic, "FIX_APIC_BASE");
	if (ioapic)
		set_fixmap(b, "io_apic_init_mappings", x86_fix_to_virt(&t, X86_FIX_IO_APIC_BASE_0), ioapic, "FIX_IO_APIC_BASE_0");
	for (size_t i = 0; i < info->niomaps; i++)
		if (info->iomap[i].va >= t.entry_area_end)
			set_fixmap(b, "io_apic_init_mappings", info->iomap[i].va, info->iomap[i].pa, info->iomap[i].type);
}
