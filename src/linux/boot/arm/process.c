// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/boot/arm/process.h"

#define VMALLOC_END UINT64_C(0xff800000)
#define MODULES (UINT64_C(16) << 20)

/* Where entries come after a process has been made: modules and kmap() below PAGE_OFFSET, and the vmalloc area. */
static bool comes_later(const struct arm_split *s, uint64_t va)
{
	return va < s->page_offset || (va >= s->vmalloc_start && va < VMALLOC_END);
}

enum arm_entry arm_process_entry_(const struct arm_split *s, uint64_t va, uint64_t init, uint64_t own)
{
	if (va < s->page_offset - MODULES)
		return ARM_OWN;
	if (own == init)
		return ARM_COPIED;
	return !own && comes_later(s, va) ? ARM_LAZY : ARM_STRAY;
}

enum arm_entry arm_process_root_(const struct arm_split *s, unsigned i, uint64_t init, uint64_t own)
{
	if (i < s->page_offset >> 30)
		return ARM_OWN; /* the one before PAGE_OFFSET has modules too, in a table of the process's own */
	return own == init ? ARM_COPIED : ARM_STRAY;
}
