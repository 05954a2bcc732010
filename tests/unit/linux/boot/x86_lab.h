/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A PC made by hand that boots x86-64. */
#ifndef UNIT_BOOT_X86_LAB_H
#define UNIT_BOOT_X86_LAB_H

#include "base/bits.h"
#include "linux/boot/x86/x86.h"

#include "lab.h"

#define MiB UINT64_C(0x100000)
#define GiB UINT64_C(0x40000000)
#define TEXT UINT64_C(0xffffffff81000000)
#define PHYS UINT64_C(0x1000000)
#define L4 UINT64_C(0xffff888000000000)
#define L5 UINT64_C(0xff11000000000000)

/* Intel SDM volume 3, table 4-20: P 0, R/W 1, U/S 2, A 5, D 6, PS 7, G 8, XD 63. */
#define RW UINT64_C(0x8000000000000163)
#define RW_LARGE UINT64_C(0x80000000000001e3)

static const struct kv image[] = {
        {"_text", 0},
        {"__entry_text_start", 0x210000},
        {"__entry_text_end", 0x212000},
        {"_etext", 0x3fd000},
        {"__start_rodata", 0x400000},
        {"__end_rodata", 0x4fe800},
        {"__end_rodata_hpage_align", 0x600000},
        {"__end_rodata_aligned", 0x600000},
        {"_sdata", 0x600000},
        {"__vsyscall_page", 0x601000},
        {"init_top_pgt", 0x610000},
        {"swapper_pg_dir", 0x610000},
        {"level4_kernel_pgt", 0x612000},
        {"level3_kernel_pgt", 0x613000},
        {"level2_kernel_pgt", 0x614000},
        {"level2_fixmap_pgt", 0x615000},
        {"level1_fixmap_pgt", 0x616000},
        {"espfix_pud_page", 0x618000},
        {"__init_begin", 0x800000},
        {"__init_end", 0x900000},
        {"__smp_locks", 0x900000},
        {"__smp_locks_end", 0x904000},
        {"idt_table", 0x980000},
        {"__brk_base", 0xa00000},
        {"_end", 0xa30000},
};

static inline struct lab lab(const char *regime, unsigned minor, uint64_t phys)
{
	struct lab l = lab_new("x86", regime, minor);
	symbols(&l, image, sizeof image / sizeof *image, TEXT);
	boot_machine_value_(l.m, "phys_addr", phys, "test");
	return l;
}

static inline void memory(struct lab *l, uint64_t first, uint64_t end)
{
	bank(l, first, end - first, 0);
}

static inline void pc(struct lab *l, uint64_t top)
{
	memory(l, 0x1000, 0xa0000);
	memory(l, MiB, top);
}

/* A PC with memory up to here, and the hole below 1M. */
static inline struct lab board(const char *regime, unsigned minor, uint64_t top)
{
	struct lab l = lab(regime, minor, PHYS);
	pc(&l, top);
	return l;
}

/* The entry on the way to va at a level, whatever it is; PTK_NO_PA where there is none. */
static inline uint64_t entry_at(const struct ptk_space *s, uint64_t va, int level)
{
	struct ptk_path p;
	if (!s || ptk_walk(s, va, &p, NULL) < 0)
		return PTK_NO_PA;
	for (size_t i = 0; i < p.nsteps; i++)
		if (p.step[i].entry.level == level)
			return p.step[i].entry.raw;
	return PTK_NO_PA;
}

static inline void is_entry(const struct ptk_space *s, uint64_t va, int level, uint64_t raw, const char *what)
{
	uint64_t have = entry_at(s, va, level);
	if (!ok(have == raw, "%s", what))
		printf("#  got 0x%016" PRIx64 "\n# want 0x%016" PRIx64 "\n", have, raw);
}

#endif
