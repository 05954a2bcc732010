// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The rights that a running kernel has: fix_kernmem_perms() and mark_rodata_ro() of arch/arm/mm/init.c. */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/arm/arm.h"

/* set_section_perms(): whole sections only, or not at all. */
static void section_perms(struct arm *a, const char *function, const char *name, uint64_t start, uint64_t end, uint64_t set)
{
	struct ptk_boot_step s = BOOT_STEP(1, function);
	s.first = start;
	s.last = end - 1;
	if (!is_aligned(start, a->section) || !is_aligned(end, a->section)) {
		boot_step_(a->b, &s, "%s: not done, for the kernel's segment does not start and end at multiples of a section", name);
		return;
	}
	if (start >= end)
		return;
	boot_step_(a->b, &s, "%s: %" PRIu64 " section%s", name, (end - start) / a->section,
	           end - start == a->section ? "" : "s");
	for (uint64_t va = start; va < end; va += a->section) {
		uint64_t at = arm_pmd_(a, va) + (!a->cpu.lpae && (va & a->section) ? 4 : 0);
		boot_set_(a->b, at, boot_get_(a->b, at) | set);
	}
}

void arm_final_(struct arm *a)
{
	const struct ptk_machine *m = a->b->machine;
	const struct arm_section_bits bits = arm_section_bits_(a->cpu.lpae);
	uint64_t stext = boot_symbol_(m, "_stext"), init = boot_symbol_(m, "__init_begin"), sdata = boot_symbol_(m, "_sdata");
	uint64_t rodata = boot_symbol_(m, "__start_rodata_section_aligned");
	if (!boot_value_(m, "strict_rwx", 1))
		return;
	if (!rodata) /* vmlinux.lds.S: the first section at or after __start_rodata, which is the page after _etext */
		rodata = boot_symbol_(m, "__start_rodata") ? boot_symbol_(m, "__start_rodata") : boot_symbol_(m, "_etext");
	rodata = (rodata + a->section - 1) & ~(a->section - 1);
	boot_step_(a->b, &BOOT_STEP(0, "fix_kernmem_perms"),
	           "when init memory is freed, all but text loses the right to execute; freed pages stay mapped as lowmem");
	section_perms(a, "set_section_perms", "pre-text NX", a->page_offset, stext, bits.xn);
	section_perms(a, "set_section_perms", "init NX", init, sdata ? sdata : boot_symbol_(m, "__init_end"), bits.xn);
	if (rodata)
		section_perms(a, "set_section_perms", "rodata NX", rodata, init, bits.xn);
	if (!boot_value_(m, "rodata", 1))
		return;
	boot_step_(a->b, &BOOT_STEP(0, "mark_rodata_ro"), "text and constants become read-only");
	section_perms(a, "set_section_perms", "text/rodata RO", stext, init, bits.ro);
}
