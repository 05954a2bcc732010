// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A boot of i386 on machines made by hand, rule by rule: arch/x86/kernel/head_32.S, head32.c, mm/init_32.c,
 * mm/cpu_entry_area.c. Where the top of the address space has what is compared with what real kernels printed.
 */
#include "base/bits.h"
#include "linux/boot/x86/i386.h"

#include "lab.h"

#define MiB UINT64_C(0x100000)
#define GiB UINT64_C(0x40000000)
#define LOW UINT64_C(0xc0000000)
#define TEXT UINT64_C(0xc1000000)
#define PHYS UINT64_C(0x1000000)

/* Intel SDM volume 3, table 4-20: P 0, R/W 1, PWT 3, PCD 4, A 5, D 6, PS 7, G 8, XD 63. */
#define RW UINT64_C(0x8000000000000163)
#define RO UINT64_C(0x8000000000000121)
#define RW_LARGE UINT64_C(0x80000000000001e3)
#define UNCACHED UINT64_C(0x800000000000017b)

static const struct kv image[] = {
        {"_text", 0},
        {"_etext", 0x3fd000},
        {"__start_rodata", 0x400000},
        {"__end_rodata", 0x4fe800},
        {"__entry_text_start", 0x110570},
        {"__entry_text_end", 0x111800},
        {"initial_pg_pmd", 0x60d000},
        {"initial_pg_fixmap", 0x60f000},
        {"swapper_pg_dir", 0x610000}, /* two pages */
        {"bm_pte", 0x612000},
        {"initial_page_table", 0x614000},
        {"__per_cpu_start", 0x700000},
        {"cpu_debug_store", 0x700000},
        {"cpu_tss_rw", 0x701000},
        {"gdt_page", 0x706000},
        {"doublefault_stack", 0x707000},
        {"entry_stack_storage", 0x708000},
        {"__per_cpu_end", 0x711678},
        {"__init_begin", 0x800000},
        {"__init_end", 0x900000},
        {"__smp_locks", 0x900000},
        {"__smp_locks_end", 0x904000},
        {"idt_table", 0x980000},
        {"__brk_base", 0xa00000},
        {"_end", 0xa30000},
};

static struct lab lab(const char *regime, unsigned minor, uint64_t phys)
{
	struct lab l = lab_new("x86", regime, minor);
	symbols(&l, image, sizeof image / sizeof *image, TEXT);
	boot_machine_value_(l.m, "phys_addr", phys, "test");
	return l;
}

static void pc(struct lab *l, uint64_t top)
{
	bank(l, 0x1000, 0x9f000, 0);
	bank(l, MiB, top - MiB, 0);
}

/* A PC with memory up to here, and the hole below 1M. */
static struct lab board(const char *regime, unsigned minor, uint64_t top)
{
	struct lab l = lab(regime, minor, PHYS);
	pc(&l, top);
	return l;
}

/* The entry for va at a level, whatever it is. */
static uint64_t entry_at(const struct ptk_space *s, uint64_t va, int level)
{
	struct ptk_path p;
	if (ptk_walk(s, va, &p, NULL) < 0)
		return UINT64_MAX;
	for (size_t i = 0; i < p.nsteps; i++)
		if (p.step[i].entry.level == level)
			return p.step[i].entry.raw;
	return UINT64_MAX;
}

static void is_entry(const struct lab *l, uint64_t va, int level, uint64_t raw, const char *what)
{
	uint64_t e = l->b ? entry_at(ptk_boot_space(l->b), va, level) : UINT64_MAX;
	if (!ok(e == raw, "%s", what))
		printf("#  got 0x%016" PRIx64 "\n# want 0x%016" PRIx64 "\n", e, raw);
}

/* ---- lowmem ---- */

static void test_pae(void)
{
	struct lab l = board("x86-pae", 12, 128 * MiB);
	boot(&l);
	is_leaf(&l, LOW, 0, RW, "PAE: the first 2M are pages");
	is_leaf(&l, LOW + 2 * MiB, 1, 2 * MiB | RW_LARGE, "then 2M");
	is_leaf(&l, TEXT, 1, PHYS | 0x1a1, "text can be executed, not written");
	is_leaf(&l, TEXT + 0x3fd000, 0, (PHYS + 0x3fd000) | RO, "after text nothing can be executed");
	is_leaf(&l, TEXT + 0x4fd000, 0, (PHYS + 0x4fd000) | RO, "rodata's last whole page");
	is_leaf(&l, TEXT + 0x4fe000, 0, (PHYS + 0x4fe000) | RW, "of the part of a page that follows nothing is told");
	is_leaf(&l, TEXT + 0x600000, 1, (PHYS + 0x600000) | RW_LARGE, "data");
	is_leaf(&l, TEXT + 0x980000, 0, (PHYS + 0x980000) | RO, "the interrupt table");
	is_hole(&l, LOW + 128 * MiB, "nothing past memory");
	end(&l);
}

/* What is executable is what was mapped so: text to __init_end, by whole leaves. */
static void test_rodata_off(void)
{
	struct lab l = board("x86-pae", 12, 128 * MiB);
	set(&l, "rodata", 0);
	boot(&l);
	is_leaf(&l, TEXT, 1, PHYS | 0x1e3, "rodata=off: text can be written");
	is_leaf(&l, TEXT + 0x3fd000, 1, (PHYS + 0x200000) | 0x1e3, "its end is not split from its leaf");
	is_leaf(&l, TEXT + 0x4fd000, 1, (PHYS + 0x400000) | 0x1e3, "rodata can be written and executed");
	is_leaf(&l, TEXT + 0x600000, 1, (PHYS + 0x600000) | 0x1e3, "data below init memory can be executed");
	is_leaf(&l, TEXT + 0x800000, 0, (PHYS + 0x800000) | RW, "init memory cannot");
	is_leaf(&l, TEXT + 0x903000, 0, (PHYS + 0x903000) | RW, "nor can the list of lock prefixes");
	is_leaf(&l, TEXT + 0x904000, 0, (PHYS + 0x904000) | 0x163, "what shares their leaf can");
	is_leaf(&l, TEXT + 0x980000, 0, (PHYS + 0x980000) | 0x121, "the interrupt table is read-only");
	is_leaf(&l, TEXT + 0xa00000, 1, (PHYS + 0xa00000) | RW_LARGE, "data behind was never executable");
	end(&l);
	l = board("x86-32", 12, 128 * MiB);
	set(&l, "rodata", 0);
	boot(&l);
	is_leaf(&l, TEXT + 0x400000, 1, (PHYS + 0x400000) | 0x1e3, "two levels: a leaf of 4M stays whole");
	end(&l);
}

static void test_two_levels(void)
{
	struct lab l = board("x86-32", 12, 128 * MiB);
	set(&l, "max_low", 62 * MiB);
	boot(&l);
	is_leaf(&l, LOW + 4 * MiB - 4096, 0, (4 * MiB - 4096) | 0x163, "two levels: the first 4M are pages, and nothing forbids "
	                                                              "execution");
	is_leaf(&l, LOW + 4 * MiB, 1, 4 * MiB | 0x1e3, "then 4M");
	is_leaf(&l, TEXT, 1, PHYS | 0x1a1, "4M of text");
	is_leaf(&l, TEXT + 0x400000, 0, (PHYS + 0x400000) | 0x121, "rodata: a leaf that was split");
	is_leaf(&l, LOW + 60 * MiB, 0, 60 * MiB | 0x163, "lowmem ends inside 4M: pages");
	is_hole(&l, LOW + 62 * MiB, "and what is above is not mapped");
	end(&l);
}

/* The kernel with 8 CPUs printed "885MB LOWMEM available", up to 0x375fe000: 128M and two pages below kmap's window. */
static void test_highmem(void)
{
	struct lab l = board("x86-pae", 12, 2 * GiB);
	boot(&l);
	is_leaf(&l, LOW + 0x375fd000, 0, 0x375fd000 | RW, "of 2G lowmem is as much as vmalloc() leaves");
	is_hole(&l, LOW + 0x375fe000, "and the rest is high memory");
	end(&l);
	l = board("x86-pae", 12, 2 * GiB);
	set(&l, "highmem", 0);
	boot(&l);
	is_leaf(&l, LOW + 0x377fd000, 0, 0x377fd000 | RW, "without kmap's window 2M more");
	is_hole(&l, LOW + 0x377fe000, "and no more");
	end(&l);
}

/* ---- the first tables ---- */

static void test_head(void)
{
	struct lab l = board("x86-32", 12, 128 * MiB);
	boot_to(&l, PTK_BOOT_HEAD);
	is_u64(ptk_boot_space(l.b)->root, PHYS + 0x614000, "paging is turned on with initial_page_table");
	is_leaf(&l, TEXT, 0, PHYS | 0x63, "two levels: all is pages, and not global");
	is_leaf(&l, PHYS, 0, PHYS | 0x63, "at its physical address too");
	is_entry(&l, TEXT, 1, (PHYS + 0xa04000) | 0x63, "the fifth table of the brk area");
	/* 256 tables of room past _end at 0x1a30000, rounded up to a whole table. */
	is_leaf(&l, LOW + 28 * MiB - 4096, 0, (28 * MiB - 4096) | 0x63, "up to the table that holds _end and the tables to come");
	is_hole(&l, LOW + 28 * MiB, "and no further");
	is_entry(&l, 0xfffff000, 1, (PHYS + 0x60f000) | 0x63, "the last 4M get initial_pg_fixmap");
	end(&l);

	l = board("x86-pae", 1, 128 * MiB);
	boot_to(&l, PTK_BOOT_HEAD);
	is_entry(&l, LOW, 2, (PHYS + 0x60d000) | 1, "PAE: initial_pg_pmd serves the kernel's half");
	is_entry(&l, 0, 2, (PHYS + 0x60d000) | 1, "and the lowest gigabyte");
	is_entry(&l, 0xffe00000, 1, (PHYS + 0x60f000) | 0x63, "the last 2M get initial_pg_fixmap");
	/* 516 tables past _end: 0x1a30000 + 0x204000 is in the 15th 2M. */
	is_leaf(&l, LOW + 30 * MiB - 4096, 0, (30 * MiB - 4096) | 0x63, "30M are mapped");
	is_hole(&l, LOW + 30 * MiB, "and no more");
	end(&l);
}

/* 6.12 maps it behind what it maps of memory, for a while. */
static void test_initrd(void)
{
	for (int stage = 0; stage < 2; stage++) {
		struct lab l = lab("x86-32", stage ? 12 : 1, PHYS);
		pc(&l, 128 * MiB);
		boot_machine_reserve_(l.m, 0x6123000, 0x6522fff, "initrd");
		boot_to(&l, PTK_BOOT_HEAD);
		if (stage) {
			is_leaf(&l, LOW + 28 * MiB, 0, 0x6123063, "6.12: the initial RAM disk from its first byte on");
			is_leaf(&l, 28 * MiB, 0, 0x6123063, "at low addresses too");
			is_leaf(&l, LOW + 32 * MiB - 4096, 0, 0x6522063, "4M of it");
		}
		is_hole(&l, LOW + (stage ? 32 : 28) * MiB, stage ? "and nothing behind" : "6.1 does not map the RAM disk");
		end(&l);
	}
	struct lab l = board("x86-pae", 12, 128 * MiB);
	boot_machine_reserve_(l.m, 0x6123000, 0x6522fff, "initrd");
	boot_to(&l, PTK_BOOT_EARLY);
	is_leaf(&l, LOW + 30 * MiB - 4096, 0, (30 * MiB - 4096) | 0x63, "before start_kernel() it is gone");
	is_hole(&l, LOW + 30 * MiB, "all of it");
	end(&l);
}

static void test_early(void)
{
	struct lab l = board("x86-pae", 12, 128 * MiB);
	boot_to(&l, PTK_BOOT_EARLY);
	is_u64(ptk_boot_space(l.b)->root, PHYS + 0x610000, "then swapper_pg_dir takes its place");
	is_entry(&l, LOW, 2, (PHYS + 0x60d000) | 1, "PAE: with the same table");
	is_hole(&l, PHYS, "but not for low addresses");
	/* 197 permanent slots: those of early_ioremap() are 512 to 1023, from 0xffdff000 down. */
	is_entry(&l, 0xffc00000, 1, (PHYS + 0x612000) | 0x67, "PAE: early_ioremap() has bm_pte in the second to last 2M");
	is_entry(&l, 0xffe00000, 1, (PHYS + 0x60f000) | 0x63, "and the last 2M keep their table");
	end(&l);

	l = board("x86-32", 12, 128 * MiB);
	boot_to(&l, PTK_BOOT_EARLY);
	/* 197 to 708 are in one table of 1024. */
	is_entry(&l, 0xffc00000, 1, (PHYS + 0x612000) | 0x67, "two levels: bm_pte takes the place of initial_pg_fixmap");
	end(&l);
}

/* initial_page_table serves further CPUs: it has what swapper_pg_dir has, from 0 on too. */
static void test_initial(void)
{
	struct lab l = board("x86-32", 12, 128 * MiB);
	boot(&l);
	const struct ptk_space *s = ptk_boot_idmap(l.b);
	if (ok(s && s->root == PHYS + 0x614000, "initial_page_table stays")) {
		is_u64(entry_at(s, 8 * MiB, 1), 8 * MiB | 0x1e3, "with low addresses as the linear map has them");
		is_u64(entry_at(s, 0xff800000, 1), entry_at(ptk_boot_space(l.b), 0xff800000, 1), "and with the CPU entry area's table");
	}
	end(&l);
}

/* ---- the top ---- */

struct top {
	const char *what, *regime;
	uint64_t slots, entry, ldt, pkmap, fixmap;
	unsigned btmap_end;
};

/* Addresses are markers of page-table texts that kernels of these configurations printed; slots follow from enum fixed_addresses. */
static const struct top tops[] = {
        {"6.12, PAE, 8 CPUs", "x86-pae", 197, 0xffa00000, 0xff800000, 0xff600000, 0xfff3a000, 512},
        {"6.12, two levels, 8 CPUs", "x86-32", 197, 0xff800000, 0xff400000, 0xff000000, 0xfff3a000, 197},
        {"Debian's 5.10, PAE, 32 CPUs", "x86-pae", 711, 0xff400000, 0xff200000, 0xff000000, 0xffd38000, 1024},
        {"Debian's 5.10, two levels", "x86-32", 711, 0xff400000, 0xff000000, 0xfec00000, 0xffd38000, 1024},
        {"Debian's 6.1, PAE, 32 CPUs", "x86-pae", 583, 0xff400000, 0xff200000, 0xff000000, 0xffdb8000, 1024},
};

static void test_tops(void)
{
	for (size_t i = 0; i < sizeof tops / sizeof *tops; i++) {
		struct lab l = lab(tops[i].regime, 12, PHYS);
		if (strstr(tops[i].what, "5.10"))
			l.m->info.major = 5, l.m->info.minor = 10;
		set(&l, "fixmap_slots", tops[i].slots);
		struct x86_top t = x86_top_(l.m);
		is_u64(t.entry_area, tops[i].entry, "%s: CPU entry area", tops[i].what);
		is_u64(t.ldt, tops[i].ldt, "%s: LDT", tops[i].what);
		is_u64(t.pkmap, tops[i].pkmap, "%s: kmap()", tops[i].what);
		is_u64(x86_fix_to_virt(&t, t.permanent), tops[i].fixmap, "%s: fixmap", tops[i].what);
		is_u64(t.btmap_end, tops[i].btmap_end, "%s: early_ioremap()", tops[i].what);
		end(&l);
	}
	struct lab l = lab("x86-pae", 12, PHYS);
	set(&l, "nr_cpus", 32);
	/* A hole, two consoles, APIC, 64 I/O APICs, 16 slots for each CPU, PCI's. */
	is_int(x86_top_(l.m).permanent, 4 + 64 + 512 + 1, "slots by CONFIG_NR_CPUS");
	l.m->info.major = 5;
	l.m->info.minor = 10;
	is_int(x86_top_(l.m).permanent, 4 + 64 + 640 + 1, "5.10: 20 for each CPU, KM_TYPE_NR");
	end(&l);
}

static void test_tables(void)
{
	struct lab l = board("x86-pae", 12, 128 * MiB);
	boot_to(&l, PTK_BOOT_PAGING_INIT);
	/* The buffer follows startup_32's 15 tables: one for the last 2M of memory is not needed, as those are whole. */
	is_entry(&l, 0xffa00000, 1, (PHYS + 0xa0f000) | 0x67, "a table for the slot of FIX_WP_TEST, the first of the brk buffer");
	is_entry(&l, 0xff600000, 1, (PHYS + 0xa10000) | 0x67, "then kmap()'s");
	is_entry(&l, 0xff800000, 1, 0, "nothing for the LDT");
	end(&l);

	l = board("x86-pae", 12, 128 * MiB);
	set(&l, "highmem", 0);
	boot_to(&l, PTK_BOOT_PAGING_INIT);
	is_entry(&l, 0xff600000, 1, 0, "without high memory no table for kmap()");
	end(&l);

	/* kmap_local's slots 68 to 579 are in the last two 2M; what is at first used there is copied. */
	l = board("x86-pae", 12, 128 * MiB);
	set(&l, "nr_cpus", 32);
	boot_to(&l, PTK_BOOT_PAGING_INIT);
	is_entry(&l, 0xffc00000, 1, (PHYS + 0xa0f000) | 0x67, "32 CPUs: kmap_local's tables are the first two taken");
	is_entry(&l, 0xffe00000, 1, (PHYS + 0xa10000) | 0x67, "and follow each other");
	/* 1024 to 1535 are early_ioremap()'s: 0xffa00000. FIX_WP_TEST is 1536. */
	is_entry(&l, 0xffa00000, 1, (PHYS + 0x612000) | 0x67, "early_ioremap() keeps bm_pte");
	is_entry(&l, 0xff800000, 1, (PHYS + 0xa11000) | 0x67, "the lowest table comes next");
	end(&l);
}

static void test_slots(void)
{
	struct lab l = board("x86-pae", 12, 128 * MiB);
	boot_machine_iomap_(l.m, 0xffffa000, 0xfec01000, 4096, "FIX_IO_APIC_BASE");
	boot(&l);
	is_leaf(&l, 0xffffc000, 0, 0xfee00000 | UNCACHED, "the local APIC, uncached");
	is_leaf(&l, 0xffffb000, 0, 0xfec00000 | UNCACHED, "the first I/O APIC");
	is_leaf(&l, 0xffffa000, 0, 0xfec01000 | UNCACHED, "the second");
	is_hole(&l, 0xffff9000, "no third");
	is_hole(&l, 0xfffff000, "slot 0 is a hole");
	end(&l);
	l = board("x86-32", 12, 128 * MiB);
	set(&l, "lapic", 0);
	set(&l, "ioapic", 0);
	boot(&l);
	is_hole(&l, 0xffffc000, "a machine without a local APIC");
	is_hole(&l, 0xffffb000, "and without another");
	end(&l);
}

/* ---- the CPU entry area ---- */

static void test_entry_area(void)
{
	struct lab l = board("x86-pae", 12, 128 * MiB);
	boot_machine_cpu_(l.m, 0x7000000, 0);
	boot_machine_cpu_(l.m, 0x7019000, 1);
	boot(&l);
	is_leaf(&l, 0xffa00000, 0, (PHYS + 0x980000) | RO, "the IDT, read-only");
	is_leaf(&l, 0xffa01000, 0, 0x7006000 | RW, "the GDT, writable");
	is_hole(&l, 0xffa02000, "a guard page");
	is_leaf(&l, 0xffa03000, 0, 0x7008000 | RW, "the entry stack");
	is_hole(&l, 0xffa04000, "a guard page");
	is_leaf(&l, 0xffa05000, 0, 0x7007000 | RW, "the stack of the double fault");
	is_leaf(&l, 0xffa06000, 0, 0x7001000 | RW, "the TSS");
	is_leaf(&l, 0xffa0a000, 0, 0x7005000 | RW, "of five pages");
	is_hole(&l, 0xffa0b000, "no debug store");
	/* 43 pages: 10, a debug store, 32 of buffers. */
	is_leaf(&l, 0xffa2c000, 0, 0x701f000 | RW, "the second CPU's GDT");
	is_hole(&l, 0xffa57000, "no third CPU");
	end(&l);

	l = board("x86-32", 1, 128 * MiB);
	boot_machine_cpu_(l.m, 0x7000000, 0);
	boot_machine_iomap_(l.m, 0xff803000, 0x5555000, 4096, "PAGE_KERNEL");
	boot(&l);
	is_leaf(&l, 0xff800000, 0, (PHYS + 0x980000) | 0x161, "6.1: what is read-only is dirty");
	is_leaf(&l, 0xff803000, 0, 0x5555000 | 0x163, "a page that the machine lists");
	end(&l);
}

static void test_debug_store(void)
{
	struct lab l = board("x86-pae", 12, 128 * MiB);
	boot_machine_cpu_(l.m, 0x7000000, 0);
	set(&l, "debug_store", 1);
	boot(&l);
	is_leaf(&l, 0xffa0b000, 0, 0x7000000 | RW, "Intel: the debug store");
	/* PAGE_NONE: accessed, and bit 8, which says PROT_NONE in an entry that is not present. */
	is_entry(&l, 0xffa0c000, 0, UINT64_C(0x000ffffffffff120), "PAE: no buffers yet, with the address inverted");
	is_entry(&l, 0xffa2b000, 0, UINT64_C(0x000ffffffffff120), "to the last");
	end(&l);
	l = board("x86-32", 12, 128 * MiB);
	boot_machine_cpu_(l.m, 0x7000000, 0);
	set(&l, "debug_store", 1);
	boot(&l);
	is_entry(&l, 0xff80c000, 0, 0x120, "two levels: not inverted");
	end(&l);
}

/* ---- page table isolation ---- */

static void test_pti(bool all_text)
{
	struct lab l = board("x86-pae", 12, 128 * MiB);
	set(&l, "pti", 1);
	set(&l, "pti_global", all_text);
	boot_machine_cpu_(l.m, 0x7000000, 0);
	boot(&l);
	struct ptk_space user = *ptk_boot_user(l.b);
	is_u64(user.root, ptk_boot_space(l.b)->root + 4096, "the second root");
	is_leaf(&l, LOW + 2 * MiB, 1, (2 * MiB | RW_LARGE) & ~UINT64_C(0x100), "the linear map is not global");
	is_leaf(&l, TEXT + 0x200000, 0, (PHYS + 0x200000) | (all_text ? 0x121 : 0x21),
	        all_text ? "pti=auto: all of text is" : "pti=on: nor is text");
	is_entry(&l, 0xffa00000, 1, entry_at(&user, 0xffa00000, 1), "the CPU entry area's tables are shared");
	ok(entry_at(&user, 0xffa00000, 1) & 0x100, "by entries that are marked global");
	is_leaf(&l, 0xffa01000, 0, 0x7006000 | RW, "as its pages are");
	is_u64(entry_at(&user, 0xffa00000, 2) & 0xfff, 1, "a PDPTE has no rights");
	is_leaf(&l, TEXT, 1, PHYS | 0x1a1, "a large leaf with text of the entry is global");
	is_u64(entry_at(&user, TEXT, 1), PHYS | 0x1a1, "and user space has all of it, read-only");
	is_u64(entry_at(&user, TEXT + 0x200000, 1) & 0xfff, all_text ? 0x63 : 0, "other text only where it is no secret");
	is_u64(entry_at(&user, TEXT + 0x600000, 1), 0, "never data");
	is_u64(entry_at(&user, LOW, 1), 0, "nothing of the linear map");
	end(&l);
}

/* Text of the entry beside data, so that its large leaf is split. */
static struct lab entry_beside_data(void)
{
	struct lab l = board("x86-pae", 1, 128 * MiB);
	set(&l, "pti", 1);
	l.m->info.nsymbols = 0;
	for (size_t i = 0; i < sizeof image / sizeof *image; i++)
		boot_machine_symbol_(l.m, image[i].key, TEXT + image[i].value + (strncmp(image[i].key, "__entry", 7) ? 0 : 0x2e8000));
	return l;
}

/* Then pages are cloned. */
static void test_pti_pages(void)
{
	struct lab l = entry_beside_data();
	boot(&l);
	struct ptk_space user = *ptk_boot_user(l.b);
	is_u64(user.root, ptk_boot_space(l.b)->root + 4096, "the second root");
	/* 6.1: what is read-only stays dirty. */
	is_leaf(&l, TEXT + 0x3f8000, 0, (PHYS + 0x3f8000) | 0x161, "a page of it is global");
	is_leaf(&l, TEXT + 0x3fd000, 0, (PHYS + 0x3fd000) | UINT64_C(0x8000000000000161), "what was split from its leaf stays so");
	is_u64(entry_at(&user, TEXT + 0x3f8000, 0), (PHYS + 0x3f8000) | 0x161, "user space has the first page");
	is_u64(entry_at(&user, TEXT + 0x3f9000, 0), (PHYS + 0x3f9000) | 0x161, "and the second, of which it is a part");
	is_u64(entry_at(&user, TEXT + 0x3f7000, 0), 0, "not the one before");
	is_u64(entry_at(&user, TEXT + 0x3fa000, 0), 0, "nor the one after");
	is_u64(entry_at(&user, TEXT + 0x3f8000, 1) & 0xfff, 0x63, "in a table of its own");
	end(&l);
}

/* pti_clone_entry_text() as of 5.10.223, PTI_CLONE_PMD on i386 too: what took the leaf's place is shared. */
static void test_pti_table(void)
{
	struct lab l = entry_beside_data();
	set(&l, "pti_pmd", 1);
	boot(&l);
	struct ptk_space user = *ptk_boot_user(l.b);
	uint64_t table = entry_at(&user, TEXT + 0x3f8000, 1);
	is_u64(table & 0xfff, 0x163, "a table, whose entry is marked global");
	is_entry(&l, TEXT + 0x3f8000, 1, table, "and is the kernel's own");
	is_u64(entry_at(&user, TEXT + 0x3f7000, 0), (PHYS + 0x3f7000) | 0x161, "so user space has all that is in it");
	end(&l);
}

/* 0x11678 bytes of variables and 28K, up to a page: 0x19000. Memory below 128M is free: the highest is taken. */
static void test_percpu(void)
{
	struct lab l = board("x86-pae", 12, 128 * MiB);
	set(&l, "cpus", 2);
	boot(&l);
	is_leaf(&l, 0xffa01000, 0, (128 * MiB - 0x32000 + 0x6000) | RW, "variables of the CPUs where memblock's model puts them");
	is_leaf(&l, 0xffa2c000, 0, (128 * MiB - 0x19000 + 0x6000) | RW, "one behind the other");
	end(&l);
}

/* ---- impossible machines ---- */

static void refused(struct lab *l, int code, const char *what)
{
	boot(l);
	is_int(l->rc, code, "%s", what);
	end(l);
}

static struct lab refusal(const char *key, uint64_t value)
{
	struct lab l = board("x86-pae", 12, 128 * MiB);
	set(&l, key, value);
	return l;
}

static void test_refused(void)
{
	struct lab l = refusal("max_low", 0x38001000);
	refused(&l, PTK_E_CONFLICT, "more lowmem than there are addresses");
	l = refusal("page_offset", 0x80000000);
	refused(&l, PTK_E_NOTSUP, "another split");
	l = lab("x86-32", 12, PHYS + 4 * MiB);
	pc(&l, 128 * MiB);
	refused(&l, PTK_E_CONFLICT, "a kernel that is not where the linear map has it");
	l = refusal("nr_cpus", 0);
	refused(&l, PTK_E_CONFLICT, "a kernel for no CPU");
	l = refusal("cpus", 9);
	refused(&l, PTK_E_CONFLICT, "more CPUs than the kernel was made for");
	l = refusal("nr_cpus", 4);
	boot_machine_cpu_(l.m, 0x7000000, 4);
	refused(&l, PTK_E_CONFLICT, "a CPU whose slot there is not");
	l = refusal("fixaddr_top", 0xffffe000);
	refused(&l, PTK_E_CONFLICT, "a fixmap whose end is not aligned");
	l = refusal("cpu_entry_area", 0xffe00000);
	refused(&l, PTK_E_CONFLICT, "a CPU entry area in the fixmap");
	l = refusal("brk_end", TEXT + 0xa01000);
	refused(&l, PTK_E_CONFLICT, "a brk area without room for the first tables");
	l = board("x86-32", 12, 128 * MiB);
	set(&l, "pti", 1);
	refused(&l, PTK_E_CONFLICT, "page table isolation without PAE");
	l = refusal("highmem", 1);
	boot_machine_iomap_(l.m, 0xf0000000, 0xfec01000, 4096, "FIX_IO_APIC_BASE");
	refused(&l, PTK_E_CONFLICT, "a mapping outside of the windows");
}

int main(void)
{
	test_pae();
	test_rodata_off();
	test_two_levels();
	test_highmem();
	test_head();
	test_initrd();
	test_early();
	test_initial();
	test_tops();
	test_tables();
	test_slots();
	test_entry_area();
	test_debug_store();
	test_pti(false);
	test_pti(true);
	test_pti_pages();
	test_pti_table();
	test_percpu();
	test_refused();
	return done();
}
