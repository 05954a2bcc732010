/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * How x86 Linux sets its tables up, from inside: 6.1 to 6.12 (arch/x86/mm/init.c, init_64.c, init_32.c, pat/set_memory.c,
 * pti.c, kernel/head_64.S, head32.c).
 *
 * Levels count from the leaf: 0 is the PTE level, 1 PMD, 2 PUD, 3 P4D (of five levels) or the root.
 */
#ifndef LINUX_BOOT_X86_H
#define LINUX_BOOT_X86_H

#include "linux/boot/boot.h"

/* Entry bits: Intel SDM volume 3, tables 4-15 to 4-20. */
#define X86_P (UINT64_C(1) << 0)
#define X86_RW (UINT64_C(1) << 1)
#define X86_US (UINT64_C(1) << 2)
#define X86_PWT (UINT64_C(1) << 3)
#define X86_PCD (UINT64_C(1) << 4)
#define X86_A (UINT64_C(1) << 5)
#define X86_D (UINT64_C(1) << 6)
#define X86_PS (UINT64_C(1) << 7)
#define X86_G (UINT64_C(1) << 8)
#define X86_NX (UINT64_C(1) << 63)
#define X86_ADDRESS UINT64_C(0x000ffffffffff000)

/* asm/pgtable_types.h: _PAGE_TABLE and _KERNPG_TABLE. */
#define X86_TABLE (X86_P | X86_RW | X86_US | X86_A | X86_D)
#define X86_KERNEL_TABLE (X86_P | X86_RW | X86_A | X86_D)

#define X86_MIB UINT64_C(0x100000)
#define X86_ISA_END X86_MIB
#define X86_PMD (2 * X86_MIB)
#define X86_IMAGE_MAP UINT64_C(0xffffffff80000000) /* __START_KERNEL_map */

struct x86_run {
	uint64_t first, last;
};

struct x86 {
	const struct ptk_regime *r;
	unsigned levels;
	uint64_t page_offset;
	uint64_t max_low;           /* i386: where lowmem ends */
	uint64_t text, text_last;   /* i386: what must be executable at first, up to __init_end */
	uint64_t initial;           /* i386: initial_page_table */
	uint64_t image_delta;       /* virtual minus physical address of the image */
	unsigned sizes;             /* page_size_mask: bit n, leaves of level n */
	uint64_t kernel;            /* PAGE_KERNEL, as the machine has it */
	uint64_t dirty;             /* D, where taking the right to write takes it too (since 6.6) */
	uint64_t root;
	/* alloc_low_pages() */
	uint64_t brk_next, brk_end; /* pgt_buf_end, pgt_buf_top */
	bool brk_usable;            /* can_use_brk_pgt */
	uint64_t min_mapped, max_mapped;
	/* Of the picture last explained: physical pages that an area maps read-only, in order. */
	const struct ptk_linux *areas_of;
	struct x86_run *area;
	size_t nareas;
};

static inline struct x86 *x86_of(const struct ptk_boot *b)
{
	return b->arch;
}

static inline uint64_t x86_size(const struct x86 *x, unsigned level)
{
	return UINT64_C(1) << x->r->level[level].shift;
}

/* The address of a symbol of the image; a failure is noted when there is none. */
uint64_t x86_image_pa(struct ptk_boot *b, const char *name);

/* ---- x86_map.c ---- */

#define X86_PIECES_MAX 5

/* struct map_range: physical, [first, end). */
struct x86_piece {
	uint64_t first, end;
	unsigned sizes;
};

/* split_mem_range(), with what adjust_range_page_size_mask() makes of it. Returns how many. */
unsigned x86_split_range_(struct x86_piece out[X86_PIECES_MAX], uint64_t first, uint64_t end, unsigned sizes,
                          const struct memblock *mb);
unsigned x86_split_range_32_(struct x86_piece out[X86_PIECES_MAX], uint64_t first, uint64_t end, unsigned sizes, uint64_t pmd,
                             uint64_t max_low, const struct memblock *mb);
/* init_mem_mapping() */
void x86_init_mem_mapping_(struct ptk_boot *b);
/* alloc_low_pages(): n zeroed pages that follow each other, for tables; from: where they come from. */
uint64_t x86_low_pages_(struct ptk_boot *b, unsigned n, const char **from);

/* ---- x86_cpa.c ---- */

/* change_page_attr_set_clr() on [va, end) and, with alias, on what the linear map has for the same memory. */
struct x86_change {
	uint64_t set, clear;
	bool alias;
};
void x86_change_(struct ptk_boot *b, const char *function, uint64_t va, uint64_t end, struct x86_change c);
/* Where an entry for va lies in a table of a level. */
uint64_t x86_slot_(const struct x86 *x, unsigned level, uint64_t table, uint64_t va);

/* ---- x86_32.c: i386 ---- */

int x86_check_32_(const struct ptk_machine *m, struct ptk_err *err);
int x86_run_32_(struct ptk_boot *b);

/* ---- x86.c ---- */

void x86_real_mode_(struct ptk_boot *b);

int x86_like_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err);
const char *x86_explain_(const struct ptk_boot *b, const struct boot_case *c);

#endif
