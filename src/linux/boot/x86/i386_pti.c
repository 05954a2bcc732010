// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Page table isolation on i386, which needs PAE: arch/x86/mm/pti.c. All of the kernel is below one entry of the root, so
 * what user space has of it is cloned further down: large units of the CPU entry area, pages of the entry's text.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/x86/i386.h"

static const char *const walk[] = {"pti_user_pagetable_walk_pte", "pti_user_pagetable_walk_pmd"};
static const struct x86_tables user = {walk, X86_FROM_PAGES, X86_KERNEL_TABLE, x86_take_page_};
static const struct x86_tables none = {NULL, NULL, 0, NULL};

/* Both copies become global. */
static void clone(struct ptk_boot *b, uint64_t from, uint64_t to)
{
	uint64_t e = boot_get_(b, from) | X86_G;
	if (!to)
		return;
	boot_set_(b, from, e);
	boot_set_(b, to, e);
}

/* A page: below a large leaf that was cloned before the kernel's was split, a table takes its place. */
static void clone_page(struct ptk_boot *b, uint64_t va, uint64_t pte)
{
	uint64_t at = x86_entry_for_(b, b->user.root, 1, va, &user);
	if (!at || !(boot_get_(b, pte) & X86_P))
		return;
	if (boot_get_(b, at) & X86_PS)
		boot_set_(b, at, 0);
	clone(b, pte, x86_entry_for_(b, b->user.root, 0, va, &user));
}

/* pti_clone_pgtable(): [va, end), by large units, or by pages where the kernel has them. */
static void clone_range(struct ptk_boot *b, const char *function, uint64_t va, uint64_t end, bool by_pages)
{
	const struct x86 *x = x86_of(b);
	struct ptk_boot_step s = BOOT_STEP(1, function);
	s.first = va;
	s.last = end - 1;
	boot_step_(b, &s, by_pages ? "what the kernel has there, by its unit; global in both tables"
	                           : "user space shares the kernel's tables of pages; their entries are global, in both tables");
	while (va < end && !b->failed) {
		uint64_t at = x86_entry_for_(b, x->root, 1, va, &none), e = at ? boot_get_(b, at) : 0, unit = x86_size(x, 1);
		if (e && by_pages && !(e & X86_PS)) {
			clone_page(b, va, x86_slot_(x, 0, e & X86_ADDRESS, va));
			unit = 4096;
		} else if (e) {
			clone(b, at, x86_entry_for_(b, b->user.root, 1, va, &user));
		}
		va = round_up(va + 1, unit);
	}
}

/* By large units as on x86-64 until a fix of 2024, which stable kernels have, too: the version alone does not tell. */
static void clone_entry_text(struct ptk_boot *b)
{
	uint64_t first = boot_image_va_(b, "__entry_text_start"), end = boot_image_va_(b, "__entry_text_end");
	bool units = boot_value_(b->machine, "pti_pmd", !boot_since_(b->machine, 6, 1));
	clone_range(b, "pti_clone_entry_text", first, end, !units);
}

void x86_pti_init_32_(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	struct x86_top t = x86_top_(b->machine);
	if (!boot_value_(b->machine, "pti", 0))
		return;
	struct ptk_boot_step s = BOOT_STEP(0, "pti_init");
	s.table = x->root + 4096;
	s.from = "swapper_pg_dir, whose second page it is";
	boot_step_(b, &s, "a root for user space, with what of the kernel it cannot do without");
	boot_zero_(b, s.table, 4096);
	b->user = b->space;
	b->user.root = s.table;
	b->has_user = true;
	/* CPU_ENTRY_AREA_PAGES: without the page of the IDT, which lies in a unit that is cloned in any case. */
	clone_range(b, "pti_clone_user_shared", t.entry_area, t.entry_area_end - 4096, false);
	x86_change_(b, "pti_set_kernel_image_nonglobal", boot_image_va_(b, "_text"), round_up(boot_image_va_(b, "_end"), x86_size(x, 1)),
	            (struct x86_change){0, X86_G, false});
	clone_entry_text(b);
}

void x86_pti_finalize_32_(struct ptk_boot *b)
{
	uint64_t text = boot_image_va_(b, "_text"), etext = round_up(boot_image_va_(b, "_etext"), 4096);
	if (!boot_value_(b->machine, "pti", 0))
		return;
	boot_step_(b, &BOOT_STEP(0, "pti_finalize"), "rights have changed since, and leaves were split: again");
	clone_entry_text(b);
	if (!boot_value_(b->machine, "pti_global", 0))
		return;
	clone_range(b, "pti_clone_kernel_text", text, round_up(boot_image_va_(b, "__end_rodata"), 4096), true);
	x86_change_(b, "set_memory_global", text, etext, (struct x86_change){X86_G, 0, false});
}
