/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* QEMU's monitor text: where a guest's RAM is ("info mtree -f"), and what its CPU's registers hold ("info registers"). */
#ifndef MEM_MTREE_H
#define MEM_MTREE_H

#include <ptkit/error.h>

/* A stretch of RAM or ROM in the guest's physical addresses. */
struct ptk_mtree_ram {
	uint64_t first, last;
	uint64_t offset; /* in the block of RAM that it shows */
	char name[64];   /* of that block: "pc.ram", or a backend's id */
};

/* The RAM of address space "memory", in order; at most max. Text that makes no sense is left out. */
size_t ptk_mtree_(const char *text, struct ptk_mtree_ram *out, size_t max);

/*
 * The registers that say how addresses are translated, as a note's text (PTK_NOTE_REGISTERS), its length. QEMU prints CR0
 * to CR4 and EFER of x86 and satp of RISC-V; of arm none of the MMU's, and then there is nothing to note: 0.
 */
size_t ptk_mtree_registers_(const char *text, char *out, size_t room);

#endif
