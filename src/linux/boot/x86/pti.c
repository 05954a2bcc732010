// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Page table isolation: the second root, a page after swapper_pg_dir, has of the kernel what a CPU needs before it has
 * loaded the first (arch/x86/mm/pti.c). New processes copy both roots. Their own half is shared, with NX in the kernel's
 * root (__pti_set_user_pgtbl()); init_mm has no such half. An LDT (map_ldt_struct()) is each process's own, too.
 */
#include "base/bits.h"
#include "linux/boot/x86/x86.h"

#define VSYSCALL UINT64_C(0xffffffffff600000) /* VSYSCALL_ADDR */

static const char *const walk[] = {"pti_user_pagetable_walk_pte", "pti_user_pagetable_walk_pmd", "pti_user_pagetable_walk_pmd",
                                   "pti_user_pagetable_walk_p4d"};
static const struct x86_tables user = {walk, X86_FROM_PAGES, X86_KERNEL_TABLE, x86_take_page_};
static const struct x86_tables none = {NULL, NULL, 0, NULL};

static void step(struct ptk_boot *b, unsigned depth, const char *function, uint64_t first, uint64_t last, const char *what)
{
	struct ptk_boot_step s = BOOT_STEP(depth, function);
	s.first = first;
	s.last = last;
	boot_step_(b, &s, "%s", what);
}

/* The kernel's entry at this level, for both. */
static void clone(struct ptk_boot *b, unsigned level, uint64_t va)
{
	uint64_t from = x86_entry_for_(b, x86_of(b)->root, level, va, &none);
	uint64_t to = from ? x86_entry_for_(b, b->user.root, level, va, &user) : 0;
	if (to)
		boot_set_(b, to, boot_get_(b, from));
}

static void clone_tss(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	for (size_t i = 0; i < x->ncpus && !b->failed; i++) {
		uint64_t pa = x86_percpu_pa_(b, i, "cpu_tss_rw", 0), va = x86_percpu_va_(b, i, "cpu_tss_rw");
		uint64_t at = x86_entry_for_(b, b->user.root, 0, va, &user);
		if (at)
			boot_set_(b, at, pa | x->kernel);
		step(b, 2, "pti_clone_user_shared", va, va + 4095, "a TSS in its CPU's area: SYSCALL's entry keeps a register there");
	}
}

/* pti_clone_pgtable() by PMDs: large leaf or table, shared as it is, global in both roots. */
static void clone_image(struct ptk_boot *b, const char *function, uint64_t first, uint64_t end, const char *what)
{
	const struct x86 *x = x86_of(b);
	step(b, 1, function, first, end - 1, what);
	for (uint64_t va = first; va < end && !b->failed; va = round_down(va, X86_PMD) + X86_PMD) {
		uint64_t at = x86_entry_for_(b, x->root, 1, va, &none), e = at ? boot_get_(b, at) : 0;
		if (!(e & X86_P))
			continue;
		boot_set_(b, at, e | X86_G);
		clone(b, 1, va);
	}
}

static void clone_entry_text(struct ptk_boot *b, const char *what)
{
	clone_image(b, "pti_clone_entry_text", boot_image_va_(b, "__entry_text_start"), boot_image_va_(b, "__entry_text_end"), what);
}

/* The tables above the page have US in this root only if it is there: set_vsyscall_pgtable_user_bits(). */
static void clone_vsyscall(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	if (!boot_value_(b->machine, "vsyscall", 0))
		return;
	step(b, 1, "pti_setup_vsyscall", VSYSCALL, VSYSCALL + 4095, "and the tables on the way to it are for users");
	clone(b, 0, VSYSCALL);
	for (unsigned level = 1; level < x->levels; level++) {
		uint64_t at = x86_entry_for_(b, b->user.root, level, VSYSCALL, &user);
		if (at)
			boot_set_(b, at, boot_get_(b, at) | X86_US);
	}
}

static void start_root(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	struct ptk_boot_step s = BOOT_STEP(0, "pti_init");
	b->user = b->space;
	b->user.root = x->root + 4096;
	b->has_user = true;
	s.table = b->user.root;
	s.from = "the image, a page after the kernel's root";
	boot_step_(b, &s, "a root for user code, with what it cannot do without of the kernel");
	boot_zero_(b, b->user.root, 4096);
}

void x86_pti_init_(struct ptk_boot *b)
{
	uint64_t text = boot_image_va_(b, "_text"), end = round_up(boot_image_va_(b, "_end"), X86_PMD);
	if (!boot_value_(b->machine, "pti", 0) || b->failed)
		return;
	start_root(b);
	if (x86_has_entry_area_(b->machine)) {
		step(b, 1, "pti_clone_user_shared", X86_ENTRY_AREA, X86_ENTRY_AREA + X86_P4D - 1, "the CPU entry area: the same tables");
		clone(b, 3, X86_ENTRY_AREA);
		clone_tss(b);
	}
	x86_change_(b, "pti_set_kernel_image_nonglobal", text, end, (struct x86_change){0, X86_G, true});
	clone_entry_text(b, "the text of the entry is global, as both roots have it");
	if (boot_value_(b->machine, "espfix", 0)) {
		step(b, 1, "pti_setup_espfix64", X86_ESPFIX, X86_ESPFIX + X86_P4D - 1, "the same tables");
		clone(b, 3, X86_ESPFIX);
	}
	clone_vsyscall(b);
}

void x86_pti_finalize_(struct ptk_boot *b)
{
	uint64_t text = boot_image_va_(b, "_text"), etext = round_up(boot_image_va_(b, "_etext"), 4096);
	uint64_t rodata = boot_symbol_(b->machine, "__end_rodata_aligned"), low = boot_value_(b->machine, "pti_global", 0);
	const struct x86 *x = x86_of(b);
	if (!boot_value_(b->machine, "pti", 0) || b->failed)
		return;
	boot_step_(b, &BOOT_STEP(0, "pti_finalize"), "what was cloned before the final rights is cloned again");
	clone_entry_text(b, "with its final rights, or the table that took a leaf's place");
	if (low) {
		clone_image(b, "pti_clone_kernel_text", text, rodata ? rodata : round_up(boot_image_va_(b, "__end_rodata"), X86_PMD),
		            "pti=auto and no PCID: text and read-only data stay in the TLB, for they are no secret");
		x86_change_(b, "set_memory_global", text, etext, (struct x86_change){X86_G, 0, true});
	}
	boot_region_(b, "user half (PTI)", "pti_init", x->levels == 5 ? UINT64_C(0xff00000000000000) : UINT64_C(0xffff800000000000),
	             UINT64_MAX);
	boot_region_user_(b);
}
