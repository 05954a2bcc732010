// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A boot of arm64 Linux 5.10 on a machine made by hand: what its arch/arm64/mm/mmu.c, kernel/head.S, asm/memory.h and
 * asm/fixmap.h do otherwise than those of 6.1. What is expected is worked out by hand from these.
 */
#include <ptkit/ptkit.h>

#include "lab.h"

#define MiB UINT64_C(0x100000)
#define TEXT UINT64_C(0xffff800010000000) /* behind 128M for BPF and 128M for modules */
#define LINEAR(pa) (UINT64_C(0xffff000000000000) + (pa)-0x40000000)
#define FIXADDR_TOP UINT64_C(0xfffffdfffea00000)
#define VMEMMAP UINT64_C(0xfffffdffffe00000)

static const struct kv image[] = {
	{"_text", 0}, {"_stext", 0x10000}, {"__idmap_text_start", 0x20000}, {"__idmap_text_end", 0x20800},
	{"__entry_tramp_text_start", 0x30000}, {"__entry_tramp_text_end", 0x31000}, {"_etext", 0x260000},
	{"__start_rodata", 0x260000}, {"__entry_tramp_data_start", 0x270000}, {"idmap_pg_dir", 0x29d000},
	{"tramp_pg_dir", 0x2a0000}, {"swapper_pg_dir", 0x2a2000}, {"__inittext_begin", 0x380000}, {"__init_begin", 0x380000},
	{"__inittext_end", 0x3a0000}, {"__initdata_begin", 0x3a0000}, {"__initdata_end", 0x440000}, {"__init_end", 0x440000},
	{"_data", 0x440000}, {"bm_pud", 0x500000}, {"bm_pmd", 0x510000}, {"bm_pte", 0x520000}, {"init_pg_dir", 0x540000},
	{"init_pg_end", 0x5c0000}, {"_end", 0x600000},
};

static struct lab lab(unsigned minor)
{
	struct lab l = lab_new("arm64", "arm64-4k-48,high", minor);
	l.m->info.major = 5;
	l.pa = 0x40200000;
	symbols(&l, image, sizeof image / sizeof *image, TEXT);
	boot_machine_value_(l.m, "kimage_voffset", TEXT - l.pa, "test");
	boot_machine_reserve_(l.m, l.pa, l.pa + 0x5fffff, "kernel");
	bank(&l, 0x40000000, 128 * MiB, 0);
	return l;
}

static void is_table(const struct lab *l, uint64_t va, uint64_t raw, const char *what)
{
	struct ptk_path p = {0};
	ptk_walk(ptk_boot_space(l->b), va, &p, NULL);
	is_u64(p.nsteps ? p.step[0].entry.raw : 0, raw, "%s", what);
}

static void test_image(void)
{
	struct lab l = lab(10);
	boot(&l);
	ok(!l.m->info.doubt, "5.10 is a version whose boot is known");
	is_leaf(&l, TEXT, 1, 0x0040000040200781, "text is mapped from _text on, so by a block; nothing is dirty");
	is_leaf(&l, TEXT + 0x200000, 0, 0x0050000040400783, "then by pages, contiguous");
	is_leaf(&l, TEXT + 0x260000, 0, 0x0060000040460783, "rodata, not contiguous as its rights change");
	is_hole(&l, TEXT + 0x380000, "init segments are gone");
	is_leaf(&l, TEXT + 0x440000, 0, 0x0078000040640703, "data, contiguous");
	is_table(&l, TEXT, 0x47fff003, "the image's tables come first, and forbid nothing");
	end(&l);
}

static void test_linear(void)
{
	struct lab l = lab(10);
	boot(&l);
	is_leaf(&l, LINEAR(0x42000000), 0, 0x0068000042000707, "the linear map, rodata=full: pages");
	is_leaf(&l, LINEAR(0x40200000), 1, 0x0060000040200781, "the alias starts with _text");
	is_leaf(&l, LINEAR(0x4057f000), 0, 0x006000004057f783, "and ends where init memory begins");
	is_table(&l, LINEAR(0x42000000), 0x47ffb003, "its tables forbid no execution: no NO_EXEC_MAPPINGS");
	end(&l);
}

/* SECTION_SIZE_BITS is 30: struct pages of 1G are 16M, though memory ends before. */
static void test_vmemmap(void)
{
	struct lab l = lab(10);
	int level;
	boot(&l);
	is_u64(raw_at(&l, VMEMMAP, &level) & ~UINT64_C(0xfffffe00000), 0x0060000000000701, "vmemmap ends 2M below the top");
	is_int(level, 1, "and has blocks");
	ok(raw_at(&l, VMEMMAP + 14 * MiB, &level) && level == 1, "for a section of 1G");
	is_hole(&l, VMEMMAP + 16 * MiB, "and no more");
	is_u64((raw_at(&l, VMEMMAP, &level) & 0xffffff000) % (16 * MiB), 0, "in a piece that is aligned to its size");
	end(&l);
}

static void test_fixmap(void)
{
	struct lab l = lab(10);
	set(&l, "dtb", 0x44000ff8);
	set(&l, "dtb_size", 0x1009);
	set(&l, "trampoline", FIXADDR_TOP - 1029 * 4096);
	boot(&l);
	is_leaf(&l, FIXADDR_TOP - 4 * MiB, 1, 0x0060000044000781, "the device tree, 4M below the fixmap's end");
	is_leaf(&l, FIXADDR_TOP - 1029 * 4096, 0, 0x0040000040230783, "the trampoline");
	is_leaf(&l, FIXADDR_TOP - 1030 * 4096, 0, 0x0060000040470783, "its data, a page below that: FIX_ENTRY_TRAMP_DATA");
	is_hole(&l, FIXADDR_TOP - 1028 * 4096, "and not behind it");
	end(&l);
}

/* head.S makes the identity map that stays, in three pages of the image: by blocks, writable. */
static void test_idmap(void)
{
	struct lab l = lab(10);
	struct ptk_path p = {0};
	boot_to(&l, PTK_BOOT_PAGING_INIT);
	const struct ptk_space *s = l.b ? ptk_boot_idmap(l.b) : NULL;
	ok(s && ptk_walk(s, 0x40220000, &p, NULL) == PTK_MAPPED && p.pa == 0x40220000, "the identity map: code where it is");
	is_u64(p.nsteps == 3 ? p.step[2].entry.raw : 0, 0x40200701, "by a block of 2M, without execute-never or read-only");
	is_u64(p.step[1].table, 0x4049e000, "in pages that follow idmap_pg_dir");
	is_u64(p.step[2].table, 0x4049f000, "each other");
	ok(s && ptk_walk(s, 0x40400000, &p, NULL) == PTK_UNMAPPED, "and nothing else");
	end(&l);
}

static void test_between(void)
{
	struct lab l = lab(13);
	boot(&l);
	is_hole(&l, TEXT, "5.11 no longer maps what lies before _stext, so the first 2M need a table");
	is_table(&l, LINEAR(0x42000000), UINT64_C(0x1800000047ffa003), "5.13 forbids execution by tables");
	end(&l);
}

int main(void)
{
	test_image();
	test_linear();
	test_vmemmap();
	test_fixmap();
	test_idmap();
	test_between();
	return done();
}
