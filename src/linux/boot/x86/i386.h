/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* What is i386's alone: arch/x86/kernel/head_32.S, head32.c, mm/init_32.c, and the top of its address space. */
#ifndef LINUX_BOOT_X86_I386_H
#define LINUX_BOOT_X86_I386_H

#include "linux/boot/x86/x86.h"

#define X86_PAGE_OFFSET_32 UINT64_C(0xc0000000)
#define X86_PCPU_PAGES 43                             /* of struct cpu_entry_area: asm/cpu_entry_area.h */
#define X86_PCPU_BUFFERS 11u                          /* in it, cpu_debug_buffers: up to the end */

#define X86_SLOTS_MAX 4096 /* more than CONFIG_NR_CPUS lets a fixmap have */

/* Slots of the fixmap are counted from FIXADDR_TOP downwards: asm/fixmap.h. */
enum {
	X86_FIX_APIC_BASE = 3,
	X86_FIX_IO_APIC_BASE_0,
	X86_FIX_KMAP_BEGIN = X86_FIX_IO_APIC_BASE_0 + 64,
};

/* What lies where at the top: asm/fixmap.h, pgtable_32_areas.h. */
struct x86_top {
	uint64_t fixaddr_top;
	unsigned cpus;                       /* CONFIG_NR_CPUS */
	unsigned kmaps;                      /* slots of a CPU: KM_MAX_IDX, before 5.11 KM_TYPE_NR */
	unsigned permanent;                  /* __end_of_permanent_fixed_addresses */
	unsigned btmap_end, btmap_begin;     /* FIX_BTMAP_END, FIX_BTMAP_BEGIN: the windows of early_ioremap() */
	unsigned slots;                      /* __end_of_fixed_addresses */
	uint64_t entry_area, entry_area_end; /* CPU_ENTRY_AREA_BASE; past the areas of all CPUs */
	uint64_t ldt, pkmap, pkmap_end;      /* LDT_BASE_ADDR, PKMAP_BASE */
};

/* Worked out from the machine's keys. */
struct x86_top x86_top_(const struct ptk_machine *m);
static inline uint64_t x86_fix_to_virt(const struct x86_top *t, unsigned slot)
{
	return t->fixaddr_top - ((uint64_t)slot << 12);
}
/* Where lowmem ends. */
uint64_t x86_max_low_(const struct ptk_machine *m);
/* Refuse keys of the top that fit no kernel. 0 or PTK_E_CONFLICT. */
int x86_check_top_(const struct ptk_machine *m, struct ptk_err *err);

/* ---- i386_head.c ---- */

/* PAGE_TABLE_SIZE(LOWMEM_PAGES): how many tables of pages all of lowmem may take; with PAE 4 more, of large units. */
static inline uint64_t x86_early_tables(unsigned levels)
{
	return levels == 3 ? 512 + 4 : 256;
}

/* startup_32: initial_page_table. */
void x86_startup_32_(struct ptk_boot *b);
/* setup_arch(): swapper_pg_dir takes its place. */
void x86_switch_to_swapper_(struct ptk_boot *b);
/* sync_initial_page_table(), as the function named calls it. */
void x86_sync_initial_(struct ptk_boot *b, const char *why);

/* ---- i386_fixmap.c ---- */

void x86_early_ioremap_init_(struct ptk_boot *b);
/* early_ioremap_page_table_range_init(), at the end of init_mem_mapping(). */
void x86_fixmap_tables_(struct ptk_boot *b);
void x86_permanent_kmaps_init_(struct ptk_boot *b);
/* init_apic_mappings(), io_apic_init_mappings(), and what else the machine lists there. */
void x86_apic_mappings_(struct ptk_boot *b);
/* populate_extra_pte(): a table of pages for va, if there is none. */
void x86_populate_pte_(struct ptk_boot *b, uint64_t va);
/* set_pte_vaddr() */
void x86_set_pte_vaddr_(struct ptk_boot *b, uint64_t va, uint64_t raw);

/* ---- i386_entry.c ---- */

/* setup_cpu_entry_areas() */
void x86_entry_areas_32_(struct ptk_boot *b);
/* idt_map_in_cea() */
void x86_idt_in_cea_(struct ptk_boot *b);

/* ---- i386_pti.c: nothing without page table isolation ---- */

void x86_pti_init_32_(struct ptk_boot *b);
void x86_pti_finalize_32_(struct ptk_boot *b);

/* ---- i386_like.c, i386_explain.c ---- */

/* The facts that only i386 goes by. */
void x86_like_32_(struct ptk_machine *m, struct ptk_linux *lx);
const char *x86_explain_32_(const struct ptk_boot *b, const struct boot_case *c);

#endif
