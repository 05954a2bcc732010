// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * An arm64 boot on machines made by hand, rule by rule. What is expected is worked out from the alignment of each range
 * by the rules of arch/arm64/mm/mmu.c, and written down as numbers.
 */
#include <ptkit/ptkit.h>

#include "base/bits.h"
#include "linux/boot/arm64/arm64.h"

#include "lab.h"

#define MiB UINT64_C(0x100000)
#define GiB UINT64_C(0x40000000)
#define TEXT UINT64_C(0xffff800080000000)

/* A kernel of 6 MiB, whose segments are aligned to 64K as the linker script has them. */
static const struct kv image[] = {
        {"_text", 0},
        {"_stext", 0x10000},
        {"__idmap_text_start", 0x20000},
        {"__idmap_text_end", 0x20800},
        {"__entry_tramp_text_start", 0x30000},
        {"__entry_tramp_text_end", 0x31000},
        {"_etext", 0x260000},
        {"__start_rodata", 0x260000},
        {"idmap_pg_dir", 0x2a0000},
        {"swapper_pg_dir", 0x2b0000},
        {"tramp_pg_dir", 0x2c0000},
        {"idmap_ptes", 0x2d0000},
        {"kpti_ptes", 0x300000},
        {"__inittext_begin", 0x380000},
        {"__init_begin", 0x380000},
        {"__inittext_end", 0x3a0000},
        {"__initdata_begin", 0x3a0000},
        {"init_idmap_pg_dir", 0x3b0000},
        {"init_idmap_pg_end", 0x430000},
        {"__initdata_end", 0x440000},
        {"__init_end", 0x440000},
        {"_data", 0x440000},
        {"bm_pud", 0x500000},
        {"bm_pmd", 0x510000},
        {"bm_pte", 0x520000},
        {"init_pg_dir", 0x540000},
        {"init_pg_end", 0x5c0000},
        {"_end", 0x600000},
};

/* No banks yet. text: where the image is linked to run. */
static struct lab lab(const char *regime, unsigned minor, uint64_t text, uint64_t pa)
{
	struct lab l = lab_new("arm64", regime, minor);
	l.pa = pa;
	symbols(&l, image, sizeof image / sizeof *image, text);
	boot_machine_value_(l.m, "kimage_voffset", text - pa, "test");
	boot_machine_reserve_(l.m, pa, pa + 0x5fffff, "kernel");
	return l;
}

/* 6.12 with 4K pages and 48 bits, 2 MiB above the start of its memory. */
static struct lab board(uint64_t size)
{
	struct lab l = lab("arm64-4k-48,high", 12, TEXT, 0x40200000);
	bank(&l, 0x40000000, size, 0);
	return l;
}

/* PAGE_KERNEL tagged and _RO, as pages and blocks (asm/pgtable-prot.h), without the address. */
#define RW_PAGE UINT64_C(0x00e8000000000707)
#define RW_BLOCK UINT64_C(0x00e8000000000705)
#define RO_PAGE UINT64_C(0x00e0000000000783)
#define RO_BLOCK UINT64_C(0x00e0000000000781)
#define CONT (UINT64_C(1) << 52)
#define LINEAR(pa) (UINT64_C(0xffff000000000000) + (pa)-0x40000000)

/* ---- the linear map ---- */

static void test_units_4k(void)
{
	struct lab l = board(3 * GiB);
	set(&l, "rodata", 1);
	boot(&l);
	is_leaf(&l, LINEAR(0x80000000), 2, RW_BLOCK | 0x80000000, "4K: a block of 1G where nothing is in the way");
	is_leaf(&l, LINEAR(0x42000000), 1, RW_BLOCK | CONT | 0x42000000, "2M blocks, 16 of them contiguous");
	is_leaf(&l, LINEAR(0x7fe00000), 1, RW_BLOCK | CONT | 0x7fe00000, "up to the last of 1G");
	is_leaf(&l, LINEAR(0x40000000), 1, RW_BLOCK | 0x40000000, "below the kernel a block: its group is not whole");
	is_leaf(&l, LINEAR(0x40600000), 1, RW_BLOCK | 0x40600000, "nor is it above the kernel");
	is_leaf(&l, LINEAR(0x40580000), 0, RW_PAGE | CONT | 0x40580000,
	        "pages from the init segment on, 16 of them contiguous");
	is_leaf(&l, LINEAR(0x40200000), 1, RO_BLOCK | 0x40200000, "the alias of text: a block, read-only, of index 0");
	is_leaf(&l, LINEAR(0x4057f000), 0, RO_PAGE | 0x4057f000, "the rest of it: pages, never contiguous");
	end(&l);
}

static void test_units_full(void)
{
	struct lab l = board(128 * MiB);
	boot(&l);
	is_leaf(&l, LINEAR(0x42000000), 0, RW_PAGE | 0x42000000, "rodata=full, the default: pages, not contiguous");
	is_leaf(&l, LINEAR(0x40200000), 1, RO_BLOCK | 0x40200000, "but for the alias of text, which may be a block");
	is_hole(&l, LINEAR(0x48000000), "nothing past the end of memory");
	end(&l);
	l = board(128 * MiB);
	set(&l, "rodata", 1);
	set(&l, "page_granular", 1);
	boot(&l);
	is_leaf(&l, LINEAR(0x42000000), 0, RW_PAGE | 0x42000000, "debug_pagealloc: pages, whatever rodata is");
	end(&l);
}

/* Later stable kernels have PTE_DIRTY in all of the kernel's entries, others in none. */
static void test_clean(void)
{
	struct lab l = lab("arm64-4k-48,high", 16, TEXT, 0x40200000);
	int level;
	bank(&l, 0x40000000, 128 * MiB, 0);
	set(&l, "dirty", 0);
	boot(&l);
	is_leaf(&l, LINEAR(0x42000000), 0, 0x0068000042000707, "not dirty: the linear map");
	is_leaf(&l, LINEAR(0x40200000), 1, 0x0060000040200781, "not dirty: the alias of text");
	is_leaf(&l, TEXT + 0x10000, 0, 0x0050000040210783, "not dirty: text");
	is_leaf(&l, TEXT + 0x440000, 0, 0x0078000040640703, "not dirty: data");
	is_u64(raw_at(&l, UINT64_C(0xfffffdffc0000000), &level) & ~UINT64_C(0xfffffff000), 0x0068000000000701,
	       "and struct pages never were");
	end(&l);
}

static struct lab lab7(unsigned minor, uint64_t size, uint64_t bss_stop)
{
	struct lab l = lab("arm64-4k-48,high", minor, TEXT, 0x40200000);
	l.m->info.major = 7;
	boot_machine_symbol_(l.m, "__bss_stop", TEXT + bss_stop);
	bank(&l, 0x40000000, size, 0);
	return l;
}

/* 7.2: the image's alias comes first, with the units of all memory; __init_end to __bss_stop is read-only, too. */
static void test_units_72(void)
{
	struct lab l = lab7(2, 128 * MiB, 0x5f8000);
	boot(&l);
	is_leaf(&l, LINEAR(0x42000000), 0, RW_PAGE | 0x42000000, "7.2, rodata=full: pages");
	is_leaf(&l, LINEAR(0x40200000), 0, RO_PAGE | 0x40200000, "7.2: the alias of text, too");
	is_leaf(&l, LINEAR(0x4057f000), 0, RO_PAGE | 0x4057f000, "7.2: read-only up to the init segment");
	is_leaf(&l, LINEAR(0x40580000), 0, RW_PAGE | 0x40580000, "7.2: which is memory like any");
	is_leaf(&l, LINEAR(0x4063f000), 0, RW_PAGE | 0x4063f000, "7.2: to its last page");
	is_leaf(&l, LINEAR(0x40640000), 0, RO_PAGE | 0x40640000, "7.2: the alias of data is read-only");
	is_leaf(&l, LINEAR(0x407f7000), 0, RO_PAGE | 0x407f7000, "7.2: to the end of bss");
	is_leaf(&l, LINEAR(0x407f8000), 0, RW_PAGE | 0x407f8000, "7.2: not what is behind");
	struct ptk_path p = {0};
	ptk_walk(ptk_boot_space(l.b), LINEAR(0x40200000), &p, NULL);
	is_u64(p.step[0].entry.raw & 0x1800000000000fff, UINT64_C(0x1800000000000403), "7.2: tables are marked accessed");
	int level;
	is_u64(raw_at(&l, UINT64_C(0xfffffdffc0000000), &level) & ~UINT64_C(0xfffffff000),
	       UINT64_C(0x00e8000000000701), "7.2: struct pages are PAGE_KERNEL");
	/* from the top of 128M: tables of PUDs, PMDs, then the one that maps _text, not the one that maps the lowest memory */
	is_u64(p.step[2].entry.raw & 0xfffffff000, 0x47ffd000, "7.2: the image's PTE table is the third one taken");
	end(&l);

	l = lab7(2, 128 * MiB, 0x5f8000);
	set(&l, "rodata", 1);
	boot(&l);
	is_leaf(&l, LINEAR(0x40200000), 1, RO_BLOCK | 0x40200000, "7.2, rodata=on: text by a block");
	is_leaf(&l, LINEAR(0x40570000), 0, RO_PAGE | CONT | 0x40570000, "7.2: the rest by pages, contiguous though it changes");
	is_leaf(&l, LINEAR(0x42000000), 1, RW_BLOCK | CONT | 0x42000000, "7.2: groups of blocks above");
	end(&l);

	l = board(128 * MiB);
	boot_machine_symbol_(l.m, "__bss_stop", TEXT + 0x5f8000);
	boot(&l);
	is_leaf(&l, LINEAR(0x40640000), 0, RW_PAGE | 0x40640000, "6.12: the alias of data can be written");
	end(&l);
}

static uint64_t last_raw(const struct lab *l, uint64_t va, unsigned steps)
{
	struct ptk_path p = {0};
	ptk_walk(ptk_boot_space(l->b), va, &p, NULL);
	return p.nsteps == steps ? p.step[steps - 1].entry.raw : 0;
}

/* 7.3: mark_rodata_ro() makes the alias of data invalid, by whole pages: PTE_PRESENT_INVALID, bit 11, takes bit 0's place. */
static void test_units_73(void)
{
	struct lab l = lab7(3, 128 * MiB - 0x800, 0x5f87d0);
	boot(&l);
	is_u64(last_raw(&l, LINEAR(0x40640000), 4), (RW_PAGE | 0x40640000 | 0x800) & ~UINT64_C(1), "7.3: the alias of data is not valid");
	is_u64(last_raw(&l, LINEAR(0x407f7000), 4), (RW_PAGE | 0x407f7000 | 0x800) & ~UINT64_C(1), "7.3: to the last page that is all bss");
	is_leaf(&l, LINEAR(0x407f8000), 0, RW_PAGE | 0x407f8000, "7.3: the page where bss ends can be written");
	is_leaf(&l, LINEAR(0x4063f000), 0, RW_PAGE | 0x4063f000, "7.3: so can what was init memory");
	is_hole(&l, LINEAR(0x47fff000), "7.3: a page that is half memory is not mapped at a bank's end");
	end(&l);
	l = lab7(3, 128 * MiB, 0x5f8000);
	set(&l, "rodata", 0);
	boot(&l);
	is_leaf(&l, LINEAR(0x40640000), 0, RW_PAGE | CONT | 0x40640000, "7.3, rodata=off: mark_rodata_ro() does not run");
	end(&l);
	l = lab7(2, 128 * MiB - 0x800, 0x5f8000);
	boot(&l);
	is_leaf(&l, LINEAR(0x47fff000), 0, RW_PAGE | 0x47fff000, "7.2: it is mapped");
	end(&l);
}

static void test_units_16k(void)
{
	struct lab l = lab("arm64-16k-48,high", 12, UINT64_C(0xffff800080000000), 0x40200000);
	bank(&l, 0x40000000, 3 * GiB, 0);
	set(&l, "rodata", 1);
	boot(&l);
	is_leaf(&l, LINEAR(0x80000000), 1, RW_BLOCK | CONT | 0x80000000, "16K: blocks of 32M, 32 of them contiguous");
	is_leaf(&l, LINEAR(0x42000000), 1, RW_BLOCK | 0x42000000, "not where the kernel cuts the group");
	is_leaf(&l, LINEAR(0x40600000), 0, RW_PAGE | CONT | 0x40600000,
	        "pages around the kernel, 128 of them contiguous");
	is_leaf(&l, LINEAR(0x40580000), 0, RW_PAGE | 0x40580000, "not in the group that the kernel's end cuts");
	is_leaf(&l, LINEAR(0x40000000), 0, RW_PAGE | CONT | 0x40000000, "the 2M below the kernel are one whole group");
	is_leaf(&l, LINEAR(0x40200000), 0, RO_PAGE | 0x40200000, "the alias: pages");
	end(&l);
}

static void test_units_64k(void)
{
	struct lab l = lab("arm64-64k-48,high", 12, UINT64_C(0xffff800080000000), 0x40200000);
	bank(&l, 0x40000000, 2 * GiB, 0);
	set(&l, "rodata", 1);
	boot(&l);
	is_leaf(&l, LINEAR(0x60000000), 1, RW_BLOCK | 0x60000000,
	        "64K: blocks of 512M; a group of 16G is never whole here");
	is_leaf(&l, LINEAR(0x40600000), 0, RW_PAGE | CONT | 0x40600000,
	        "pages in the kernel's 512M, 32 of them contiguous");
	is_leaf(&l, LINEAR(0x40580000), 0, RW_PAGE | 0x40580000, "not in the 2M that the kernel's end cuts");
	end(&l);
	l = lab("arm64-64k-42,high", 12, UINT64_C(0xfffffe0080000000), 0x40200000);
	bank(&l, 0x40000000, 2 * GiB, 0);
	set(&l, "rodata", 1);
	boot(&l);
	is_leaf(&l, UINT64_C(0xfffffc0020000000), 1, RW_BLOCK | 0x60000000,
	        "with 42 bits the root itself has the blocks");
	end(&l);
}

static void test_cut_groups(void)
{
	struct lab l = board(0x1fff000);
	bank(&l, 0x42000000, 0x200000, 0);
	bank(&l, 0x42201000, 0x3ff000, 0);
	set(&l, "rodata", 1);
	boot(&l);
	is_leaf(&l, LINEAR(0x41fef000), 0, RW_PAGE | CONT | 0x41fef000,
	        "the last whole group of 16 pages is contiguous");
	is_leaf(&l, LINEAR(0x41ff0000), 0, RW_PAGE | 0x41ff0000, "a group that the bank's end cuts is not");
	is_hole(&l, LINEAR(0x41fff000), "nothing in the page behind it");
	is_leaf(&l, LINEAR(0x42000000), 1, RW_BLOCK | 0x42000000, "a bank of one block");
	is_leaf(&l, LINEAR(0x42201000), 0, RW_PAGE | 0x42201000, "a bank that starts in a group");
	is_leaf(&l, LINEAR(0x42210000), 0, RW_PAGE | CONT | 0x42210000, "has contiguous pages from the next group on");
	is_leaf(&l, LINEAR(0x42400000), 1, RW_BLOCK | 0x42400000, "and a block from the next 2M on");
	end(&l);
}

static void test_unaligned(unsigned minor)
{
	struct lab l = lab("arm64-4k-48,high", minor, minor < 9 ? UINT64_C(0xffff800008000000) : TEXT, 0x40200000);
	bank(&l, 0x40000000, 64 * MiB - 0x800, 0);
	bank(&l, 0x45000400, 16 * MiB, 0);
	boot(&l);
	if (minor < 9) {
		is_leaf(&l, LINEAR(0x43fff000), 0, RW_PAGE | 0x43fff000,
		        "6.1: a bank's last page is mapped if half of it is memory");
		is_leaf(&l, LINEAR(0x45000000), 0, RW_PAGE | 0x45000000, "6.1: so is the first");
	} else {
		is_hole(&l, LINEAR(0x43fff000), "6.12: a page that is half memory is not mapped at a bank's end");
		is_hole(&l, LINEAR(0x45000000), "6.12: nor at its start");
	}
	is_leaf(&l, LINEAR(0x45001000), 0, RW_PAGE | 0x45001000, "the next page is");
	end(&l);
}

static void test_nomap(void)
{
	struct lab l = board(64 * MiB);
	bank(&l, 0x44000000, MiB, PTK_BANK_NOMAP);
	bank(&l, 0x44100000, 63 * MiB, 0);
	set(&l, "rodata", 1);
	boot(&l);
	is_hole(&l, LINEAR(0x44000000), "no-map memory is not in the linear map");
	is_hole(&l, LINEAR(0x440ff000), "to its last page");
	is_leaf(&l, LINEAR(0x44100000), 0, RW_PAGE | CONT | 0x44100000, "what is left of its 2M is pages");
	is_leaf(&l, LINEAR(0x44200000), 1, RW_BLOCK | 0x44200000, "then blocks, of a group that is not whole");
	is_leaf(&l, LINEAR(0x46000000), 1, RW_BLOCK | CONT | 0x46000000, "then whole groups");
	is_leaf(&l, LINEAR(0x43e00000), 1, RW_BLOCK | CONT | 0x43e00000, "the group below it is whole");
	end(&l);
}

static void test_kernel_inside(void)
{
	struct lab l = lab("arm64-4k-48,high", 12, TEXT, 0x48200000);
	bank(&l, 0x40000000, 256 * MiB, 0);
	set(&l, "rodata", 1);
	boot(&l);
	is_leaf(&l, LINEAR(0x40000000), 1, RW_BLOCK | CONT | 0x40000000,
	        "the kernel not at the bank's start: groups below it");
	is_leaf(&l, LINEAR(0x46000000), 1, RW_BLOCK | CONT | 0x46000000, "up to the one before its own");
	is_leaf(&l, LINEAR(0x48000000), 1, RW_BLOCK | 0x48000000, "a block in its own");
	is_leaf(&l, LINEAR(0x48200000), 1, RO_BLOCK | 0x48200000, "its alias");
	end(&l);
}

static void test_tables(void)
{
	struct lab l = lab("arm64-4k-48,high", 12, TEXT, 0x40200000);
	struct ptk_path p;
	bank(&l, 0x40000000, 128 * MiB, 0);
	boot_machine_reserve_(l.m, 0x47ffd000, 0x47ffdfff, "firmware");
	boot(&l);
	ptk_walk(ptk_boot_space(l.b), LINEAR(0x40000000), &p, NULL);
	is_u64(p.step[1].table, 0x47fff000, "tables come from the end of memory: the PUD table first");
	is_u64(p.step[2].table, 0x47ffe000, "then the PMD table");
	is_u64(p.step[3].table, 0x47ffc000, "then a PTE table, below what is reserved");
	is_u64(p.step[0].entry.raw, UINT64_C(0x1800000047fff003),
	       "entries for them forbid execution below: UXNTable, PXNTable");
	ptk_walk(ptk_boot_space(l.b), LINEAR(0x40400000), &p, NULL);
	is_u64(p.step[3].table, 0x47ffb000, "the bank's rest is mapped before the alias: its first table is the next");
	ptk_walk(ptk_boot_space(l.b), TEXT, &p, NULL);
	is_u64(p.step[1].table, 0x40741000, "the image's tables: the page behind init_pg_dir first");
	is_u64(p.step[0].entry.raw, UINT64_C(0x1000000040741003), "whose entries allow the kernel to execute");
	is_u64(p.step[0].table, 0x404b0000, "in a root that is swapper_pg_dir");
	end(&l);
}

/* ---- the image ---- */

static void test_image_pi(void)
{
	struct lab l = board(128 * MiB);
	boot(&l);
	is_leaf(&l, TEXT, 0, UINT64_C(0x00e0000040200783), "6.12: [_text, _stext) read-only, no execution");
	is_leaf(&l, TEXT + 0x10000, 0, UINT64_C(0x00d0000040210783), "text executable, read-only, contiguous");
	is_leaf(&l, TEXT + 0x200000, 0, UINT64_C(0x00d0000040400783), "pages to its end, as it ends in a block");
	is_leaf(&l, TEXT + 0x260000, 0, UINT64_C(0x00e0000040460783), "rodata read-only, not contiguous");
	is_hole(&l, TEXT + 0x380000, "init segments are gone");
	is_hole(&l, TEXT + 0x43f000, "to their end");
	is_leaf(&l, TEXT + 0x440000, 0, UINT64_C(0x00f8000040640703), "data writable, contiguous");
	end(&l);
	l = board(128 * MiB);
	set(&l, "rodata", 0);
	set(&l, "bti", 1);
	set(&l, "text_first", 0);
	boot(&l);
	is_hole(&l, TEXT, "6.12 before it maps from _text on: nothing below _stext");
	is_leaf(&l, TEXT + 0x10000, 0, UINT64_C(0x00dc000040210703), "rodata=off: text writable; guarded with BTI");
	is_leaf(&l, TEXT + 0x260000, 0, UINT64_C(0x00e8000040460703), "and rodata is writable");
	end(&l);
}

static void test_image_old(void)
{
	const uint64_t text = UINT64_C(0xffff800008000000);
	struct lab l = lab("arm64-4k-48,high", 1, text, 0x40200000);
	struct ptk_path p;
	bank(&l, 0x40000000, 128 * MiB, 0);
	boot(&l);
	is_hole(&l, text, "6.1: nothing below _stext");
	is_leaf(&l, text + 0x10000, 0, UINT64_C(0x00d0000040210783), "text, contiguous");
	is_leaf(&l, text + 0x260000, 0, UINT64_C(0x00e0000040460783), "rodata, not contiguous as its rights change");
	is_leaf(&l, text + 0x440000, 0, UINT64_C(0x00f8000040640703), "data, contiguous");
	is_leaf(&l, LINEAR(0x40200000), 0, RW_PAGE | 0x40200000,
	        "the linear map has the page below _stext as any other");
	is_leaf(&l, LINEAR(0x40210000), 0, RO_PAGE | 0x40210000, "the alias starts there");
	ptk_walk(ptk_boot_space(l.b), text + 0x10000, &p, NULL);
	is_u64(p.step[1].table, 0x47fff000, "the image's tables are memblock's, and the first");
	end(&l);
}

/*
 * Before 6.12 (some stable kernels: later ones) the mapping starts at _stext; what lies before it and is not mapped,
 * vmalloc() may give away: without KASLR its area begins with the image.
 */
static void test_image_region(void)
{
	for (uint64_t text_first = 0; text_first < 2; text_first++) {
		struct lab l = lab("arm64-4k-48,high", 1, UINT64_C(0xffff800008000000), 0x40200000);
		uint64_t first = 0, last = 0;
		size_t n = 0;
		bank(&l, 0x40000000, 128 * MiB, 0);
		set(&l, "text_first", text_first);
		boot(&l);
		const struct ptk_boot_region *r = l.b ? ptk_boot_regions(l.b, &n) : NULL;
		for (size_t i = 0; i < n; i++)
			if (strcmp(r[i].name, "kernel image") == 0) {
				first = r[i].first;
				last = r[i].last;
			}
		is_u64(first, UINT64_C(0xffff800008000000) + (text_first ? 0 : 0x10000),
		       "the image's region starts with %s", text_first ? "_text, where that is mapped" : "_stext, else");
		is_u64(last, UINT64_C(0xffff8000085fffff), "and ends with the image");
		end(&l);
	}
}

static void test_ng(void)
{
	struct lab l = lab("arm64-4k-48,high", 12, TEXT + 0x40000000, 0x40200000);
	struct ptk_path p;
	bank(&l, 0x40000000, 128 * MiB, 0);
	set(&l, "ng", 1);
	boot(&l);
	is_leaf(&l, TEXT + 0x40010000, 0, UINT64_C(0x00d0000040210f83), "KASLR and KPTI: not global from the start");
	ptk_walk(ptk_boot_space(l.b), LINEAR(0x42000000), &p, NULL);
	is_u64(p.step[0].entry.raw & 0xfff, 3, "which is nothing that tables have");
	end(&l);
	l = board(128 * MiB);
	set(&l, "kpti", 1);
	boot(&l);
	is_leaf(&l, TEXT + 0x10000, 0, UINT64_C(0x00d0000040210f83), "without KASLR made so later");
	ptk_walk(ptk_boot_space(l.b), LINEAR(0x42000000), &p, NULL);
	is_u64(p.step[0].entry.raw & 0xfff, 0x803, "with the bit in entries for tables too");
	is_leaf(&l, LINEAR(0x40210000), 1, RO_BLOCK | 0x800 | 0x40200000,
	        "and what is marked read-only after that keeps it");
	end(&l);
}

/* ---- fixmap, vmemmap, KFENCE ---- */

static void test_fdt(void)
{
	struct lab l = board(128 * MiB);
	set(&l, "dtb", 0x44000ff8);
	set(&l, "dtb_size", 0x1009);
	boot_to(&l, PTK_BOOT_EARLY);
	is_leaf(&l, UINT64_C(0xffffffffff5fe000), 0, RO_PAGE | 0x44000000, "6.12: the device tree in pages");
	is_leaf(&l, UINT64_C(0xffffffffff600000), 0, RO_PAGE | 0x44002000,
	        "as many as its size and where it starts need");
	is_hole(&l, UINT64_C(0xffffffffff601000), "and no more");
	is_hole(&l, LINEAR(0x40000000), "the linear map is not there yet");
	end(&l);
	l = lab("arm64-4k-48,high", 1, UINT64_C(0xffff800008000000), 0x40200000);
	bank(&l, 0x40000000, 128 * MiB, 0);
	set(&l, "dtb", 0x441ffff8);
	set(&l, "dtb_size", 0x1009);
	boot(&l);
	is_leaf(&l, UINT64_C(0xfffffbfffdc00000), 1, RO_BLOCK | 0x44000000, "6.1: in blocks of 2M");
	is_leaf(&l, UINT64_C(0xfffffbfffde00000), 1, RO_BLOCK | 0x44200000,
	        "two, where it crosses from one to the next");
	end(&l);
}

/* 16K pages and 48 bits: the root has two entries, so the kernel and the fixmap share one. */
static void test_shared_root(unsigned minor, uint64_t text, uint64_t fdt)
{
	struct lab l = lab("arm64-16k-48,high", minor, text, 0x40200000);
	struct ptk_path p;
	bank(&l, 0x40000000, 128 * MiB, 0);
	set(&l, "dtb", 0x44000000);
	set(&l, "dtb_size", 0x4000);
	boot(&l);
	is_leaf(&l, fdt, 0, RO_PAGE | 0x44000000, "16K: the device tree, in a table below the kernel's own PUD table");
	ptk_walk(ptk_boot_space(l.b), fdt, &p, NULL);
	is_u64(p.step[1].entry.raw, minor < 9 ? UINT64_C(0x1000000040710003) : 0x40710003,
	       "whose entry for it is bm_pmd: by pud_populate in 6.1, with UXNTable");
	end(&l);
}

static void test_linear_size(void)
{
	/* 39 bits: the linear map holds 256G. */
	struct lab l = lab("arm64-4k-39,high", 12, UINT64_C(0xffffffc080000000), 0x40200000);
	bank(&l, 0x40000000, 256 * GiB, 0);
	bank(&l, UINT64_C(0x8000000000), GiB, 0);
	set(&l, "rodata", 1);
	boot(&l);
	is_leaf(&l, UINT64_C(0xffffffbfc0000000), 2, RW_BLOCK | UINT64_C(0x4000000000),
	        "the last 1G that the linear map holds");
	is_u64(l.b ? memblock_end_of_dram_(&l.b->memblock) : 0, UINT64_C(0x4040000000),
	       "memory past it is left unused");
	end(&l);
	l = lab("arm64-4k-39,high", 12, UINT64_C(0xffffffc080000000), UINT64_C(0x413f800000));
	bank(&l, 0x40000000, GiB, 0);
	bank(&l, UINT64_C(0x4100000000), GiB, 0);
	set(&l, "rodata", 1);
	boot(&l);
	is_u64(l.b ? memblock_start_of_dram_(&l.b->memblock) : 0, UINT64_C(0x4100000000),
	       "a kernel far up: memory that is 256G below it is left unused");
	is_u64(l.b ? memblock_end_of_dram_(&l.b->memblock) : 0, UINT64_C(0x413fe00000),
	       "and so is all above the kernel");
	is_leaf(&l, UINT64_C(0xffffffbfc0000000), 1, RW_BLOCK | CONT | UINT64_C(0x4100000000),
	        "the linear map starts at 5G");
	end(&l);
	l = lab("arm64-64k-48,high", 12, UINT64_C(0xffff800080000000), 0x40200000);
	bank(&l, 0x40000000, GiB, 0);
	set(&l, "va_bits_config", 52);
	boot(&l);
	is_leaf(&l, LINEAR(0x42000000), 0, RW_PAGE | 0x42000000,
	        "64K for 52 bits on 48-bit hardware: the linear map where 48 bits have it");
	is_u64(l.b ? ptk_boot_space(l.b)->root : 0, 0x404b0000 + 960 * 8, "by the last 64 entries of the root");
	end(&l);
}

static void test_vmemmap(void)
{
	struct lab l = board(192 * MiB);
	boot(&l);
	int level;
	uint64_t e = raw_at(&l, UINT64_C(0xfffffdffc0000000), &level);
	ok(level == 1 && (e & ~GENMASK(47, 21)) == UINT64_C(0x0068000000000701),
	   "4K: a block for the struct pages of 128M");
	e = raw_at(&l, UINT64_C(0xfffffdffc0200000), &level);
	ok(level == 1, "one for the next section, though half of it is no memory");
	is_hole(&l, UINT64_C(0xfffffdffc0400000), "and no more");
	end(&l);
	l = board(128 * MiB);
	for (uint64_t pa = 0x40100000; pa < 0x48000000; pa += 2 * MiB)
		boot_machine_reserve_(l.m, pa, pa + 4095, "test");
	boot(&l);
	e = raw_at(&l, UINT64_C(0xfffffdffc0000000), &level);
	ok(level == 0 && (e & ~GENMASK(47, 12)) == UINT64_C(0x00e8000000000703), "pages where no 2M are free");
	end(&l);
	l = lab("arm64-64k-48,high", 12, UINT64_C(0xffff800080000000), 0x40200000);
	bank(&l, 0x40000000, 192 * MiB, 0);
	boot(&l);
	e = raw_at(&l, UINT64_C(0xffffffdfc0000000), &level);
	ok(level == 0 && (e & ~GENMASK(47, 16)) == UINT64_C(0x00e8000000000703), "64K: pages, 8 for a section of 512M");
	is_hole(&l, UINT64_C(0xffffffdfc0080000), "and no more");
	end(&l);
}

static void test_kfence(void)
{
	struct lab l = lab("arm64-4k-48,high", 12, TEXT, 0x40200000);
	struct ptk_path p;
	bank(&l, 0x40000000, 128 * MiB, 0);
	set(&l, "rodata", 1);
	set(&l, "kfence_pool_size", 2 * MiB);
	boot(&l);
	is_leaf(&l, LINEAR(0x47e00000), 0, RW_PAGE | 0x47e00000, "KFENCE's pool is at the end of memory, and pages");
	is_leaf(&l, LINEAR(0x47c00000), 1, RW_BLOCK | 0x47c00000, "which cuts the group of blocks below it");
	ptk_walk(ptk_boot_space(l.b), LINEAR(0x40000000), &p, NULL);
	is_u64(p.step[1].table, 0x47dff000, "tables are below it");
	end(&l);
}

static void test_idmap(void)
{
	struct lab l = lab("arm64-4k-39,high", 12, UINT64_C(0xffffffc080000000), 0x40200000);
	struct ptk_path p;
	bank(&l, 0x40000000, 128 * MiB, 0);
	boot_to(&l, PTK_BOOT_PAGING_INIT);
	const struct ptk_space *s = l.b ? ptk_boot_idmap(l.b) : NULL;
	ok(s && ptk_walk(s, 0x40220000, &p, NULL) == PTK_MAPPED && p.pa == 0x40220000,
	   "the identity map: code where it is");
	ok(s && p.nsteps == 4, "by four levels, as it covers 48 bits though the kernel has 39");
	ok(s && ptk_walk(s, 0x40221000, &p, NULL) == PTK_UNMAPPED, "and nothing else");
	end(&l);
}

static void test_head(void)
{
	struct lab l = lab("arm64-4k-48,high", 1, UINT64_C(0xffff800008000000), 0x40200000);
	bank(&l, 0x40000000, 128 * MiB, 0);
	boot_to(&l, PTK_BOOT_HEAD);
	is_leaf(&l, UINT64_C(0xffff800008000000), 1, 0x40200701,
	        "6.1's head.S: the image by blocks, writable and executable");
	is_leaf(&l, UINT64_C(0xffff800008400000), 1, 0x40600701, "to its end");
	is_hole(&l, UINT64_C(0xffff800008600000), "and no more");
	end(&l);
}

/* ---- impossible machines ---- */

static void refused(struct lab l, int code, const char *words)
{
	boot_to(&l, PTK_BOOT_FINAL);
	is_int(l.rc, code, "refused: %s", words);
	has_str(l.err.msg, words, "in one sentence");
	end(&l);
}

static void test_impossible(void)
{
	struct lab l = lab("arm64-4k-48,high", 12, TEXT, 0x80200000);
	bank(&l, 0x40000000, 128 * MiB, 0);
	refused(l, PTK_E_CONFLICT, "is not in one bank of memory");
	l = lab("arm64-4k-48,high", 12, TEXT, 0x47c00000);
	bank(&l, 0x40000000, 128 * MiB, 0);
	refused(l, PTK_E_CONFLICT, "is not in one bank of memory");
	l = board(128 * MiB);
	bank(&l, 0x47000000, 128 * MiB, 0);
	refused(l, PTK_E_CONFLICT, "overlap");
	l = board(128 * MiB);
	bank(&l, UINT64_C(1) << 48, 128 * MiB, 0);
	refused(l, PTK_E_RANGE, "lies past the 48 bits");
	l = board(128 * MiB);
	set(&l, "dtb", 0x44000004);
	refused(l, PTK_E_CONFLICT, "is not aligned to 8 bytes");
	l = board(128 * MiB);
	set(&l, "dtb", 0x44000000);
	set(&l, "dtb_size", 2 * MiB + 1);
	refused(l, PTK_E_CONFLICT, "larger than the 2M");
	l = lab("arm64-64k-48,high", 12, UINT64_C(0xffff800080008000), 0x40208000);
	bank(&l, 0x40000000, 128 * MiB, 0);
	refused(l, PTK_E_CONFLICT, "is not aligned to a page of 64K");
	l = lab("arm64-4k-48,high", 12, TEXT, 0x40000000);
	bank(&l, 0x40000000, 0x601000, 0);
	refused(l, PTK_E_CONFLICT, "there is no free memory");
	l = board(UINT64_C(0x7fffc0000000));
	refused(l, PTK_E_LIMIT, "more than 524288 tables");
	l = board(128 * MiB);
	set(&l, "va_bits_config", 0);
	refused(l, PTK_E_CONFLICT, "no arm64 kernel has virtual addresses of 0 bits");
	l = board(128 * MiB);
	boot_machine_symbol_(l.m, "__idmap_kpti_flag", TEXT - 4096);
	refused(l, PTK_E_CONFLICT, "the symbol __idmap_kpti_flag, 0xffff80007ffff000, lies outside the kernel");
}

/* ---- pgattr_change_is_safe() ---- */

static void test_safe(void)
{
	struct arm64 new = {.page_shift = 12, .pi = true}, old = {.page_shift = 12};
	const uint64_t rw = RW_PAGE | 0x40000000, ro = RO_PAGE | 0x40000000;
	ok(arm64_change_is_safe_(&new, 0, rw) && arm64_change_is_safe_(&new, rw, 0), "an entry may come and go");
	ok(arm64_change_is_safe_(&new, rw, ro), "rights may change, and tagged or not");
	ok(!arm64_change_is_safe_(&new, rw, rw + 0x1000), "not the address");
	ok(!arm64_change_is_safe_(&new, rw | CONT, ro | CONT), "nothing of what is contiguous");
	ok(arm64_change_is_safe_(&new, rw, rw | PTE_NG) && !arm64_change_is_safe_(&new, rw | PTE_NG, rw),
	   "nG may be set, not cleared");
	ok(!arm64_change_is_safe_(&new, rw, rw ^ 0x10), "not the memory type");
	ok(arm64_change_is_safe_(&new, rw, rw ^ BIT(58)) && !arm64_change_is_safe_(&old, rw, rw ^ BIT(58)),
	   "software bits only in 6.12");
	ok(arm64_change_is_safe_(&new, rw & ~BIT(0), rw + 0x1000) &&
	           !arm64_change_is_safe_(&old, rw & ~BIT(0), rw + 0x1000),
	   "what is not valid may become anything, in 6.12");
}

int main(void)
{
	test_units_4k();
	test_units_full();
	test_clean();
	test_units_72();
	test_units_73();
	test_units_16k();
	test_units_64k();
	test_cut_groups();
	test_unaligned(1);
	test_unaligned(12);
	test_nomap();
	test_kernel_inside();
	test_tables();
	test_image_pi();
	test_image_old();
	test_image_region();
	test_ng();
	test_fdt();
	test_shared_root(1, UINT64_C(0xffff800008000000), UINT64_C(0xfffffefffdc00000));
	test_shared_root(12, UINT64_C(0xffff800080000000), UINT64_C(0xffffffffff5f8000));
	test_linear_size();
	test_vmemmap();
	test_kfence();
	test_idmap();
	test_head();
	test_impossible();
	test_safe();
	return done();
}
