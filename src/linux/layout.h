/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Where a kernel puts things in its address space. */
#ifndef LINUX_LAYOUT_H
#define LINUX_LAYOUT_H

#include "linux/linux.h"

/* Fill in page_offset and phys_offset, from VMCOREINFO or the architecture's rules and the tables. */
int ptk_layout_(struct ptk_linux *lx);
int ptk_layout_facts_(struct ptk_linux *lx);

/* Call fn for what the kernel's table maps in from..to, as ptk_ranges() does. */
int ptk_each_mapping_(struct ptk_linux *lx, uint64_t from, uint64_t to, ptk_range_fn *fn, void *arg);

/* The lowest address that the kernel's table maps in from..to. */
struct lx_first {
	uint64_t va, pa;
	bool found;
};
bool ptk_first_mapping_(struct ptk_linux *lx, uint64_t from, uint64_t to, struct lx_first *out);

/* The address after the direct map's last byte: what is mapped at page_offset's distance. arm: high_memory. */
uint64_t ptk_direct_end_(struct ptk_linux *lx);

/* riscv: VMEMMAP_START, told or by the rules of asm/pgtable.h. The fixmap and PCI I/O lie right below. */
uint64_t ptk_riscv_vmemmap_(const struct ptk_linux *lx);

/* Number from the chosen kernel's VMCOREINFO. */
bool lx_info_number(const struct ptk_linux *lx, const char *name, uint64_t *value);

#endif
