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

/* What is above is no physical address: of 64 bits, the half of a root that is the kernel's, 5 levels. */
#define X86_KERNEL_HALF (UINT64_C(0xff) << 56)

/* asm/pgtable_64_types.h: 512G each, whatever the number of levels. */
#define X86_P4D (UINT64_C(1) << 39)
#define X86_ENTRY_AREA (UINT64_C(0) - 4 * X86_P4D) /* CPU_ENTRY_AREA_BASE */
#define X86_ESPFIX (UINT64_C(0) - 2 * X86_P4D)     /* ESPFIX_BASE_ADDR */

#define X86_FIXMAP_VA UINT64_C(0xffffffffff400000) /* what the first table of its slots maps */

struct x86 {
	const struct ptk_regime *r;
	unsigned levels;
	uint64_t page_offset;
	uint64_t max_low;           /* i386: where lowmem ends */
	uint64_t text, text_last;   /* i386: what must be executable at first, up to __init_end */
	uint64_t initial;           /* i386: initial_page_table */
	uint64_t disk, disk_end;    /* i386: where the initial RAM disk is mapped at first, from PAGE_OFFSET */
	uint64_t image_delta;       /* virtual minus physical address of the image */
	unsigned sizes;             /* page_size_mask: bit n, leaves of level n */
	uint64_t kernel;            /* PAGE_KERNEL, as the machine has it */
	uint64_t dirty;             /* D, where taking the right to write takes it too (since 6.6) */
	uint64_t read_only;         /* PAGE_KERNEL_RO, as cea_set_pte() maps it: global even with PTI */
	uint64_t root;
	/* alloc_low_pages() */
	uint64_t brk_next, brk_end; /* pgt_buf_end, pgt_buf_top */
	bool brk_usable;            /* can_use_brk_pgt */
	uint64_t min_mapped, max_mapped;
	/* Possible CPUs. */
	size_t ncpus;
	struct ptk_machine_cpu cpu[];
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

/* ---- map.c ---- */

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

/* ---- cpa.c ---- */

/* change_page_attr_set_clr() on [va, end) and, with alias, on what the linear map has for the same memory. */
struct x86_change {
	uint64_t set, clear;
	bool alias;
};
void x86_change_(struct ptk_boot *b, const char *function, uint64_t va, uint64_t end, struct x86_change c);
/* Where an entry for va lies in a table of a level. */
uint64_t x86_slot_(const struct x86 *x, unsigned level, uint64_t table, uint64_t va);

/* ---- fill.c ---- */

/* How tables are taken on the way to an entry. */
struct x86_tables {
	const char *const *function; /* that take a PTE, PMD, PUD, P4D table; NULL: they are not told one by one */
	const char *from;     /* where, as a step tells it */
	uint64_t bits;        /* of the entries that lead to them */
	uint64_t (*take)(struct ptk_boot *b); /* zeroed; NULL: no table may be missing */
};

extern const char *const x86_table_name_[]; /* by level */

/* get_zeroed_page() and its like, with X86_TABLE or X86_KERNEL_TABLE. */
#define X86_FROM_PAGES "the page allocator"
uint64_t x86_take_page_(struct ptk_boot *b);
/* Physical address of the entry for va at a level below this root, 0 when a table is missing or there was a failure. */
uint64_t x86_entry_for_(struct ptk_boot *b, uint64_t root, unsigned level, uint64_t va, const struct x86_tables *t);

/* ---- the regions of x86-64 beside the linear map and the image, each with its region ---- */

void x86_vmemmap_(struct ptk_boot *b);           /* vmemmap.c: paging_init() */
void x86_entry_areas_(struct ptk_boot *b);       /* entry_area.c: setup_cpu_entry_areas() */
void x86_map_idt_(struct ptk_boot *b);           /* the same: idt_map_in_cea() */
void x86_preallocate_vmalloc_(struct ptk_boot *b); /* shared.c */
void x86_espfix_(struct ptk_boot *b);            /* the same: init_espfix_bsp() */
void x86_pti_init_(struct ptk_boot *b);          /* pti.c */
void x86_pti_finalize_(struct ptk_boot *b);

/* ---- percpu.c ---- */

#define X86_CPUS_MAX 8192 /* CONFIG_NR_CPUS is no larger */

/* The distance between the areas of two CPUs that take size bytes each. */
uint64_t x86_percpu_unit_(uint64_t size, uint64_t cpus);
/* setup_per_cpu_areas(): x86.cpu from then on. */
void x86_percpu_(struct ptk_boot *b);
/* Physical address of a page of a per-CPU variable, from its first on; and where the kernel itself has that first. */
uint64_t x86_percpu_pa_(struct ptk_boot *b, size_t cpu, const char *symbol, uint64_t page);
uint64_t x86_percpu_va_(struct ptk_boot *b, size_t cpu, const char *symbol);

/* ---- entry_area.c ---- */

/* struct cpu_entry_area, in pages. Before each stack is a guard page, and one after the last. */
struct x86_entry_layout {
	uint64_t tss_pages, stack_pages;
	uint64_t tss, stacks, store, buffers; /* where they start */
	uint64_t pages;
};

#define X86_STACKS 6   /* DF, NMI, DB, MCE, VC, VC2 */
#define X86_BUFFERS 32 /* BTS_BUFFER_SIZE and PEBS_BUFFER_SIZE */

struct x86_entry_layout x86_entry_layout_(uint64_t tss_pages, uint64_t stack_pages);
/* Whether the symbols are known that tell what a CPU has there. */
bool x86_has_entry_area_(const struct ptk_machine *m);

/* ---- i386.c: i386 ---- */

int x86_check_32_(const struct ptk_machine *m, struct ptk_err *err);
int x86_run_32_(struct ptk_boot *b);

/* ---- final.c ---- */

void x86_final_(struct ptk_boot *b); /* of x86-64 */
/* What i386 has of it, too: */
void x86_real_mode_(struct ptk_boot *b);
/* free_init_pages() and, with gone, what PTI adds: a part of the image is given back. */
void x86_free_image_(struct ptk_boot *b, uint64_t va, uint64_t end, bool gone);
void x86_free_smp_locks_(struct ptk_boot *b);
/* mark_readonly(): whether mark_rodata_ro() is called. */
bool x86_rodata_(struct ptk_boot *b);

int x86_like_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err);
/* areas_like.c: what it tells of the regions beside the linear map and the image, and of early reservations. */
void x86_areas_like_(struct ptk_machine *m, struct ptk_linux *lx);
extern const struct boot_witness x86_witness_[];
const char *x86_explain_(const struct ptk_boot *b, const struct boot_case *c);
/* areas_explain.c: regions beside the linear map and the image. */
const char *x86_areas_explain_(const struct ptk_boot *b, const struct boot_case *c);

#endif
