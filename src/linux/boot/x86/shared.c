// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What is put into the root early so that all processes have it: the tables right below the root of the vmalloc area
 * (preallocate_vmalloc_pages(), arch/x86/mm/init_64.c), and the stacks of espfix64 (arch/x86/kernel/espfix_64.c).
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/x86/x86.h"

static const struct x86_tables pages = {NULL, X86_FROM_PAGES, X86_TABLE, x86_take_page_};

/* VMALLOC_SIZE_TB */
static uint64_t vmalloc_size(const struct x86 *x)
{
	return (x->levels == 5 ? UINT64_C(12800) : UINT64_C(32)) << 40;
}

void x86_preallocate_vmalloc_(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	unsigned top = x->levels - 1;
	uint64_t first = boot_value_(b->machine, "vmalloc", x->levels == 5 ? UINT64_C(0xffa0000000000000)
	                                                                    : UINT64_C(0xffffc90000000000));
	uint64_t size = x86_size(x, top), room = X86_ENTRY_AREA - first, n = 0;
	uint64_t last = first + ((room < vmalloc_size(x) ? room : vmalloc_size(x)) - 1);
	struct ptk_boot_step s = BOOT_STEP(0, "preallocate_vmalloc_pages");
	for (uint64_t va = first; va <= last && !b->failed; va = round_down(va, size) + size, n++)
		x86_entry_for_(b, x->root, top - 1, va, &pages);
	s.first = first;
	s.last = last;
	boot_step_(b, &s, "%" PRIu64 " entries of the root get their %s tables now: a process copies the root once, and finds below "
	                  "these what vmalloc() maps later", n, x->levels == 5 ? "P4D" : "PUD");
	boot_region_(b, "vmalloc tables", "preallocate_vmalloc_pages", first, last);
	boot_region_down_to_(b, top);
}

/* ---- espfix64 ---- */

/* A stack's address has its page number's low 4 bits as they are, the others above 2^16 clones: espfix_base_addr(). */
#define PAGE_RANDOM 2047u
#define PTE_STRIDE 16u
#define PUD_CLONES 4u

static void link_espfix(struct ptk_boot *b, uint64_t pud, uint64_t va)
{
	const struct x86 *x = x86_of(b);
	uint64_t nx = x->kernel & X86_NX, prot = (X86_KERNEL_TABLE & ~X86_RW) | nx;
	uint64_t pmd = x86_take_page_(b), pte = x86_take_page_(b);
	uint64_t stack = boot_value_(b->machine, "espfix_stack", 0) & X86_ADDRESS;
	for (unsigned i = 0; i < PUD_CLONES; i++)
		boot_set_(b, x86_slot_(x, 2, pud, va) + 8 * i, pmd | prot);
	for (unsigned i = 0; i < 512; i++)
		boot_set_(b, pmd + 8 * i, pte | prot);
	for (unsigned i = 0; i < 512 / PTE_STRIDE; i++)
		boot_set_(b, x86_slot_(x, 0, pte, va) + UINT64_C(8) * PTE_STRIDE * i, stack | x->read_only);
}

void x86_espfix_(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	uint64_t number = boot_value_(b->machine, "espfix_page", 0) & PAGE_RANDOM;
	uint64_t va = X86_ESPFIX + ((number & 15) << 12) + ((number >> 4) << 32);
	struct ptk_boot_step s = BOOT_STEP(0, "init_espfix_bsp");
	if (!boot_value_(b->machine, "espfix", 0))
		return;
	uint64_t pud = x86_image_pa(b, "espfix_pud_page");
	boot_zero_(b, pud, 4096);
	uint64_t at = x86_entry_for_(b, x->root, 3, X86_ESPFIX, &pages);
	if (at)
		boot_set_(b, at, pud | X86_TABLE);
	s.first = va;
	s.last = va + 0xfff;
	s.table = pud;
	s.from = "espfix_pud_page";
	boot_step_(b, &s, "a read-only page of stacks, 65536 times at 64K's distance, for returns to 16-bit segments; one PMD and one "
	                  "PTE table are linked over and over");
	link_espfix(b, pud, va);
	boot_region_(b, "espfix64", "init_espfix_ap", X86_ESPFIX, X86_ESPFIX + X86_P4D - 1);
}
