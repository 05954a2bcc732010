/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * The kernel's half of a process's tables on 32-bit arm. There is no second root for it: TTBCR could split the addresses
 * at 2G, 1G or less from the bottom (ARM DDI 0406, B3.5.4: N), while user space has up to 3G. So each first-level table
 * carries a copy of the kernel's entries: pgd_alloc() makes it (arch/arm/mm/pgd.c), a fault in the vmalloc area fetches
 * what came later (do_translation_fault(), arch/arm/mm/fault.c), and so does a switch to the process when the count of
 * changed sections differs (check_vmalloc_seq(), mm/ioremap.c).
 */
#ifndef LINUX_BOOT_ARM_PROCESS_H
#define LINUX_BOOT_ARM_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

enum arm_entry {
	ARM_OWN,    /* below the kernel's part: the process's own */
	ARM_COPIED, /* as in swapper_pg_dir */
	ARM_LAZY,   /* empty, and to be fetched from swapper_pg_dir by the first fault */
	ARM_STRAY,  /* no rule makes it so */
};

struct arm_split {
	bool lpae;
	uint64_t page_offset;
	uint64_t vmalloc_start;
};

/*
 * What an entry of a process's is to the same entry of swapper_pg_dir. Short descriptors: of the first level. LPAE: of the
 * second; the four first-level entries are arm_process_root_()'s.
 */
enum arm_entry arm_process_entry_(const struct arm_split *s, uint64_t va, uint64_t init, uint64_t own);

/* LPAE: first-level entries from PAGE_OFFSET on are swapper_pg_dir's, so that their tables are shared and nothing is lazy. */
enum arm_entry arm_process_root_(const struct arm_split *s, unsigned i, uint64_t init, uint64_t own);

#endif
