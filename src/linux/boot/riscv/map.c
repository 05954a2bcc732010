// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * create_pgd_mapping() and what it calls (arch/riscv/mm/init.c), and __set_memory() (pageattr.c). A mapping is one leaf
 * of a size that the caller chose; an entry that is there already is never overwritten.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/riscv/riscv.h"

#define KERNEL UINT64_C(0xe7) /* V R W G A D */

const struct riscv_prot riscv_kernel_ = {"PAGE_KERNEL", KERNEL};
const struct riscv_prot riscv_kernel_exec_ = {"PAGE_KERNEL_EXEC", KERNEL | RV_X};
const struct riscv_prot riscv_kernel_read_ = {"PAGE_KERNEL_READ", KERNEL & ~RV_W};
const struct riscv_prot riscv_kernel_read_exec_ = {"PAGE_KERNEL_READ_EXEC", (KERNEL & ~RV_W) | RV_X};

static const char *const names[] = {"pte", "pmd", "pud", "p4d", "pgd"};

const char *riscv_level_name_(const struct riscv *v, unsigned level)
{
	return level + 1 >= v->levels ? "pgd" : names[level];
}

uint64_t riscv_slot_(const struct riscv *v, unsigned level, uint64_t table, uint64_t va)
{
	uint64_t index = (va >> v->r->level[level].shift) & low_bits(v->r->level[level].bits);
	return table + (index << v->r->entry_shift);
}

/* ---- tables ---- */

static uint64_t take(struct ptk_boot *b, unsigned level, enum riscv_source source, const char **from)
{
	static const char *const early[] = {NULL, "early_pmd", "early_pud", "early_p4d"};
	*from = "memblock";
	if (source == RISCV_FIXMAP)
		return boot_alloc_(b, 4096, 4096);
	if (level == 0 || level > 3) {
		boot_fail_(b, PTK_E_CONFLICT, "the kernel stops with a BUG: its early tables have no room for pages");
		return 0;
	}
	*from = early[level];
	uint64_t pa = riscv_image_pa(b, early[level]);
	boot_zero_(b, pa, 4096);
	return pa;
}

static void tell_table(struct ptk_boot *b, unsigned level, uint64_t va, uint64_t pa, const char *from)
{
	const struct riscv *v = riscv_of(b);
	static const char *const functions[] = {"create_pmd_mapping", "create_pud_mapping", "create_p4d_mapping"};
	struct ptk_boot_step s = BOOT_STEP(2, level + 2 >= v->levels ? "create_pgd_mapping" : functions[level < 3 ? level : 2]);
	s.first = round_down(va, riscv_size(v, level + 1));
	s.last = s.first + (riscv_size(v, level + 1) - 1);
	s.table = pa;
	s.from = from;
	boot_step_(b, &s, "a %s table", riscv_level_name_(v, level));
}

/* The table that the entry at `at`, of level + 1, leads to. */
static uint64_t table_below(struct ptk_boot *b, unsigned level, uint64_t at, uint64_t va, enum riscv_source source)
{
	uint64_t e = boot_get_(b, at);
	const char *from;
	if (e & RV_LEAF) {
		boot_fail_(b, PTK_E_CONFLICT, "a table is needed at 0x%" PRIx64 " where the leaf 0x%" PRIx64 " is: the "
		                              "kernel would write into what that maps", va, e);
		return 0;
	}
	if (e)
		return riscv_entry_pa(e);
	uint64_t pa = take(b, level, source, &from);
	if (b->failed)
		return 0;
	boot_set_(b, at, riscv_entry(pa, RV_V));
	tell_table(b, level, va, pa, from);
	return pa;
}

void riscv_map_(struct ptk_boot *b, uint64_t root, uint64_t va, uint64_t pa, unsigned level, const struct riscv_prot *prot,
                enum riscv_source source)
{
	const struct riscv *v = riscv_of(b);
	uint64_t table = root;
	for (unsigned l = v->levels - 1; l > level && !b->failed; l--)
		table = table_below(b, l - 1, riscv_slot_(v, l, table, va), va, source);
	uint64_t at = riscv_slot_(v, level, table, va);
	if (!b->failed && !boot_get_(b, at))
		boot_set_(b, at, riscv_entry(pa, prot->bits));
}

/* Tables of the image are linked top down: those above are there. level: of the table. */
void riscv_link_(struct ptk_boot *b, uint64_t root, uint64_t va, const char *table, unsigned level)
{
	const struct riscv *v = riscv_of(b);
	uint64_t at = root, pa = riscv_image_pa(b, table);
	for (unsigned l = v->levels - 1; l > level + 1 && !b->failed; l--)
		at = riscv_entry_pa(boot_get_(b, riscv_slot_(v, l, at, va)));
	at = riscv_slot_(v, level + 1, at, va);
	if (!b->failed && !boot_get_(b, at)) {
		boot_set_(b, at, riscv_entry(pa, RV_V));
		tell_table(b, level, va, pa, table);
	}
}

/* ---- the unit ---- */

/*
 * Since 6.4 the largest that both addresses are aligned to; Sv39 has no PUD and Sv48 no P4D level below the root, and
 * the root never has leaves. Before, 2M if the whole bank is made of such.
 */
unsigned riscv_best_level_(const struct ptk_boot *b, uint64_t pa, uint64_t va, uint64_t size)
{
	const struct riscv *v = riscv_of(b);
	if (!v->wide)
		return 0;
	if (!v->large)
		return ((pa | size) & (riscv_size(v, PMD) - 1)) == 0 ? PMD : 0;
	if (boot_value_(b->machine, "page_granular", 0))
		return 0;
	for (unsigned level = v->levels - 2; level > 0; level--)
		if (((pa | va) & (riscv_size(v, level) - 1)) == 0 && size >= riscv_size(v, level))
			return level;
	return 0;
}

/* ---- __set_memory() ---- */

/* A table with the same rights in place of a leaf. */
static uint64_t split(struct ptk_boot *b, const char *function, unsigned level, uint64_t at, uint64_t va)
{
	const struct riscv *v = riscv_of(b);
	uint64_t e = boot_get_(b, at), pa = boot_alloc_late_(b, 4096), size = riscv_size(v, level - 1);
	uint64_t bits = e & low_bits(10);
	for (uint64_t i = 0; i < BIT(v->r->level[level - 1].bits) && !b->failed; i++)
		boot_set_(b, pa + (i << v->r->entry_shift), riscv_entry(riscv_entry_pa(e) + i * size, bits));
	boot_set_(b, at, riscv_entry(pa, RV_V));
	struct ptk_boot_step s = BOOT_STEP(2, function);
	s.first = round_down(va, riscv_size(v, level));
	s.last = s.first + (riscv_size(v, level) - 1);
	s.table = pa;
	s.from = "the page allocator (its place is made up)";
	boot_step_(b, &s, "a leaf is cut by the range: a %s table with the same rights takes its place",
	           riscv_level_name_(v, level - 1));
	return pa;
}

/* [va, end] */
static void change(struct ptk_boot *b, unsigned level, uint64_t table, uint64_t va, uint64_t last, const struct riscv_change *c)
{
	const struct riscv *v = riscv_of(b);
	for (uint64_t size = riscv_size(v, level), end; !b->failed; va = end + 1) {
		uint64_t at = riscv_slot_(v, level, table, va), e = boot_get_(b, at), first = round_down(va, size);
		end = first + (size - 1) < last ? first + (size - 1) : last;
		bool whole = va == first && end == first + (size - 1);
		if (e & RV_LEAF && level > 0 && !whole && c->split)
			change(b, level - 1, split(b, c->split, level, at, va), va, end, c);
		else if (e & RV_LEAF)
			boot_set_(b, at, (e & ~c->clear) | c->set);
		else if (e & RV_V && level > 0)
			change(b, level - 1, riscv_entry_pa(e), va, end, c);
		if (end == last)
			return;
	}
}

void riscv_change_(struct ptk_boot *b, uint64_t va, uint64_t last, const struct riscv_change *c)
{
	change(b, riscv_of(b)->levels - 1, b->space.root, va, last, c);
}

/* Rights of the kernel's own mapping change in its linear alias too; only the linear map is ever split. */
void riscv_set_memory_(struct ptk_boot *b, const char *function, uint64_t va, uint64_t end, uint64_t set, uint64_t clear)
{
	const struct riscv *v = riscv_of(b);
	uint64_t last = round_up(end, 4096) - 1;
	struct ptk_boot_step s = BOOT_STEP(1, function);
	struct riscv_change c = {set, clear, "split_linear_mapping"};
	if (b->failed || end <= va)
		return;
	s.first = va;
	s.last = last;
	boot_step_(b, &s, "%s",
	           clear & RV_W ? "not writable any more"
	           : set & RV_W ? "writable, and not executable"
	                        : "not executable any more");
	if (v->wide && va >= v->start)
		riscv_change_(b, riscv_linear_va(v, va - v->start + v->phys), riscv_linear_va(v, last - v->start + v->phys), &c);
	if (!v->wide || va >= v->start)
		c.split = NULL;
	riscv_change_(b, va, last, &c);
}
