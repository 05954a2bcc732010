// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What changes after paging_init in the regions that stay as they are from then on: arch/arm64/mm/mmu.c, init.c, in the
 * order in which kernel_init() gets there.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/arm64/arm64.h"

static struct arm64_root swapper(const struct arm64 *a)
{
	return (struct arm64_root){a->root, a->levels, a->root_name};
}

/* update_mapping_prot(): other rights for what is mapped; never a table, and before 7.2 never a contiguous group. */
static void update_prot(struct ptk_boot *b, uint64_t pa, uint64_t va, uint64_t size, struct arm64_prot prot)
{
	const struct arm64 *a = arm64_of(b);
	struct arm64_root root = swapper(a);
	arm64_create_pgd_mapping_(b, &root, pa, va, size, prot, ARM64_NONE, a->alias_first ? 0 : NO_CONT_MAPPINGS);
}

static void mark_linear_text_alias_ro(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t start = arm64_image_pa(b, a->text_first ? "_text" : "_stext"), end = arm64_image_pa(b, "__init_begin");
	struct ptk_boot_step s = BOOT_STEP(0, "mark_linear_text_alias_ro");
	if (b->failed)
		return;
	boot_step_(b, &s, "code has been patched: its linear alias becomes read-only");
	update_prot(b, start, arm64_linear_va(a, start), end - start, a->ro);
}

/* ---- kpti_install_ng_mappings() ---- */

/*
 * Without KASLR the kernel is mapped global, and made non-global when the CPU turns out to need KPTI: all valid
 * entries, those of tables included (idmap_kpti_install_ng_mappings in mm/proc.S).
 */
static void make_ng(struct ptk_boot *b, unsigned level, uint64_t table)
{
	const struct arm64 *a = arm64_of(b);
	for (uint64_t at = table; at < table + a->page && !b->failed; at += 8) {
		uint64_t e = boot_get_(b, at);
		if (!(e & PTE_VALID) || e & PTE_NG)
			continue;
		boot_set_(b, at, e | PTE_NG);
		if (level > 0 && e & PTE_TABLE)
			make_ng(b, level - 1, arm64_entry_to_phys(a, e));
	}
}

static void kpti_install_ng_mappings(struct ptk_boot *b)
{
	struct arm64 *a = arm64_of(b);
	struct ptk_boot_step s = BOOT_STEP(0, "kpti_install_ng_mappings");
	if (!a->kpti || a->ng || b->failed)
		return;
	boot_step_(b, &s,
	           "this CPU needs KPTI and the kernel is mapped global: every entry becomes nG, by code in the "
	           "identity map");
	make_ng(b, a->levels - 1, a->root);
	struct arm64_prot *all[] = {&a->kernel, &a->ro, &a->rox, &a->exec, &a->tagged, &a->vmemmap};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		all[i]->bits |= PTE_NG;
}

/* ---- map_entry_trampoline() ---- */

static void set_fixmap(struct ptk_boot *b, uint64_t va, uint64_t pa, struct arm64_prot prot, const char *what)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t at = arm64_slot(a, a->levels - 1, a->root, va);
	struct ptk_boot_step s = BOOT_STEP(1, "__set_fixmap");
	for (unsigned l = a->levels - 1; l > 0 && !b->failed; l--)
		at = arm64_slot(a, l - 1, arm64_entry_to_phys(a, boot_get_(b, at)), va);
	boot_set_(b, at, arm64_phys_to_entry(a, pa) | prot.bits);
	s.type = prot.name;
	s.first = va;
	s.last = va + a->page - 1;
	s.pa = pa;
	boot_step_(b, &s, "%s", what);
}

/*
 * What user space keeps of the kernel under KPTI: entry code, in tramp_pg_dir and at the same address in the kernel's
 * table. tramp_pg_dir's tables come from the page allocator (pgd_pgtable_alloc), which no model of memblock reaches.
 */
static void map_entry_trampoline(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t start = boot_symbol_(b->machine, "__entry_tramp_text_start"),
	         end = boot_symbol_(b->machine, "__entry_tramp_text_end"),
	         data = boot_symbol_(b->machine, "__entry_tramp_data_start");
	uint64_t va = boot_value_(b->machine, "trampoline", 0), at = 0;
	struct arm64_prot prot = a->rodata ? a->rox : a->exec, ro = a->ro;
	struct ptk_boot_step s = BOOT_STEP(0, "map_entry_trampoline");
	if (b->failed || !start || !end || !va || (a->pi && !a->kpti))
		return;
	boot_step_(b, &s,
	           "KPTI's entry code, global as user space sees it too: in tramp_pg_dir (tables by pgd_pgtable_alloc, "
	           "from the page allocator) and in the fixmap");
	prot.bits &= ~PTE_NG;
	for (; start + at < end; at += a->page)
		set_fixmap(b, va + at, start - a->voffset + at, prot, "entry code");
	if (!a->asm_idmap)
		set_fixmap(b, va + at, start - a->voffset + at, ro, "its data: where the vectors are");
	else if (data) /* FIX_ENTRY_TRAMP_DATA, with RANDOMIZE_BASE */
		set_fixmap(b, va - a->page, data - a->voffset, ro, "its data: where the vectors are");
}

/* ---- free_initmem(), mark_rodata_ro() ---- */

/* vunmap_range(): entries go, tables stay. */
static void vunmap(struct ptk_boot *b, unsigned level, uint64_t table, uint64_t va, uint64_t end)
{
	const struct arm64 *a = arm64_of(b);
	while (va < end && !b->failed) {
		uint64_t next = arm64_next(va, end, arm64_size(a, level)), at = arm64_slot(a, level, table, va);
		uint64_t e = boot_get_(b, at);
		if (level > 0 && (e & 3) == 3)
			vunmap(b, level - 1, arm64_entry_to_phys(a, e), va, next);
		else if (e)
			boot_set_(b, at, 0);
		va = next;
	}
}

static void free_initmem(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t start = boot_image_va_(b, "__init_begin"), end = boot_image_va_(b, "__init_end");
	struct ptk_boot_step s = BOOT_STEP(0, "free_initmem");
	if (b->failed)
		return;
	s.first = start;
	s.last = end - 1;
	boot_step_(b, &s, "init segments are taken down (vunmap_range) and their memory is free");
	vunmap(b, a->levels - 1, a->root, start, end);
}

/* set_memory_valid() of whole pages: PTE_PRESENT_INVALID, where nG is, takes the valid bit's place. */
static void make_invalid(struct ptk_boot *b, unsigned level, uint64_t table, uint64_t va, uint64_t end)
{
	const struct arm64 *a = arm64_of(b);
	while (va < end && !b->failed) {
		uint64_t next = arm64_next(va, end, arm64_size(a, level)), at = arm64_slot(a, level, table, va);
		uint64_t e = boot_get_(b, at);
		if (level > 0 && (e & 3) == 3)
			make_invalid(b, level - 1, arm64_entry_to_phys(a, e), va, next);
		else if (e & PTE_VALID && next - va == arm64_size(a, level))
			boot_set_(b, at, (e & ~PTE_VALID) | PTE_NG);
		va = next;
	}
}

/* The linear alias of data: read-only in 7.2; since 7.3 mark_linear_data_alias_valid(false). */
static void data_alias(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t data = boot_symbol_(b->machine, "__init_end"), bss = boot_symbol_(b->machine, "__bss_stop");
	struct ptk_boot_step s = BOOT_STEP(1, "mark_linear_data_alias_valid");
	if (b->failed || !a->alias_first || !data || bss <= data)
		return;
	s.pa = data - a->voffset;
	s.first = arm64_linear_va(a, s.pa);
	if (!a->alias_invalid) {
		update_prot(b, s.pa, s.first, bss - data, a->ro);
		return;
	}
	s.last = s.first + round_down(bss - data, a->page) - 1;
	boot_step_(b, &s, "the linear alias of data and bss, up to the last whole page, becomes invalid");
	make_invalid(b, a->levels - 1, a->root, s.first, s.last + 1);
}

static void mark_rodata_ro(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t rodata = boot_image_va_(b, "__start_rodata"), init = boot_image_va_(b, "__init_begin");
	uint64_t text = boot_image_va_(b, "_text"), stext = boot_image_va_(b, "_stext");
	struct ptk_boot_step s = BOOT_STEP(0, "mark_rodata_ro");
	if (b->failed || !a->rodata)
		return;
	boot_step_(b, &s, "[__start_rodata, __init_begin)%s becomes read-only",
	           a->text_first && !a->head_text ? " and [_text, _stext)" : "");
	update_prot(b, rodata - a->voffset, rodata, init - rodata, a->ro);
	if (a->text_first && !a->head_text)
		update_prot(b, text - a->voffset, text, stext - text, a->ro);
	data_alias(b);
}

void arm64_final_(struct ptk_boot *b)
{
	kpti_install_ng_mappings(b);
	mark_linear_text_alias_ro(b);
	map_entry_trampoline(b);
	free_initmem(b);
	mark_rodata_ro(b);
}
