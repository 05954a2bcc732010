// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A riscv boot on machines made by hand, rule by rule. What is expected is worked out from the alignment of each range
 * by the rules of arch/riscv/mm/init.c and pageattr.c, and written down as numbers.
 */
#include <ptkit/ptkit.h>

#include "base/bits.h"
#include "linux/boot/boot.h"

#include "lab.h"

#define MiB UINT64_C(0x100000)
#define GiB UINT64_C(0x40000000)
#define KERNEL UINT64_C(0xffffffff80000000)

/* asm/pgtable.h: V R W X G A D are bits 0 1 2 3 5 6 7. */
#define RW 0xe7u
#define RO 0xe3u
#define RX 0xebu
#define RWX 0xefu
#define LEAF(pa, prot) ((pa) >> 12 << 10 | (prot))

/* A kernel of 10 MiB whose segments are aligned to 2M, as the linker script has them. */
static const struct kv image[] = {
        {"_start", 0},
        {"__init_begin", 0x200000},
        {"__init_data_begin", 0x400000},
        {"early_pud", 0x402000},
        {"early_p4d", 0x403000},
        {"early_pmd", 0x404000},
        {"early_pg_dir", 0x405000},
        {"__init_end", 0x418c30},
        {"__start_rodata", 0x600000},
        {"_data", 0x800000},
        {"fixmap_pud", 0x900000},
        {"trampoline_pud", 0x901000},
        {"fixmap_p4d", 0x902000},
        {"trampoline_p4d", 0x903000},
        {"fixmap_pmd", 0x904000},
        {"trampoline_pmd", 0x905000},
        {"fixmap_pte", 0x906000},
        {"trampoline_pg_dir", 0x907000},
        {"swapper_pg_dir", 0x908000},
        {"_end", 0x9ff000},
};

static struct lab lab(const char *regime, unsigned minor, uint64_t phys)
{
	struct lab l = lab_new("riscv", regime, minor);
	symbols(&l, image, sizeof image / sizeof *image, l.m->info.regime.va_width == 64 ? KERNEL : UINT64_C(0xc0000000));
	boot_machine_value_(l.m, "phys_addr", phys, "test");
	return l;
}

/* QEMU's: memory from 0x80000000 on, the firmware in its first 2 MiB, then the kernel. */
static struct lab board(const char *regime, unsigned minor, uint64_t size)
{
	struct lab l = lab(regime, minor, 0x80200000);
	bank(&l, 0x80000000, size, 0);
	return l;
}

static struct lab lab72(uint64_t phys)
{
	struct lab l = lab("riscv-sv39", 2, phys);
	l.m->info.major = 7;
	return l;
}

/* ---- the linear map: best_map_size() ---- */

#define SV39 UINT64_C(0xffffffd600000000)
#define SV48 UINT64_C(0xffffaf8000000000)
#define SV57 UINT64_C(0xff60000000000000)

static void test_units(void)
{
	struct lab l = board("riscv-sv39", 12, 4 * GiB);
	boot(&l);
	is_leaf(&l, SV39, 1, LEAF(0x80000000u, RW), "Sv39: 2M, though 1G would fit: its third level is the root");
	is_leaf(&l, SV39 + GiB, 1, LEAF(0xc0000000u, RW), "Sv39: 2M all the way");
	end(&l);

	l = board("riscv-sv48", 12, 3 * GiB + 2 * MiB + 0x3000);
	boot(&l);
	is_leaf(&l, SV48, 1, LEAF(0x80000000u, RW), "Sv48: the gigabyte with the kernel in it is 2M");
	is_leaf(&l, SV48 + GiB, 2, LEAF(0xc0000000u, RW), "Sv48: a whole gigabyte is one leaf");
	is_leaf(&l, SV48 + 3 * GiB, 1, LEAF(0x140000000u, RW), "a bank that ends inside a gigabyte: 2M");
	is_leaf(&l, SV48 + 3 * GiB + 2 * MiB, 0, LEAF(0x140200000u, RW), "and inside 2M: pages");
	is_leaf(&l, SV48 + 3 * GiB + 2 * MiB + 0x2000, 0, LEAF(0x140202000u, RW), "to the last");
	is_hole(&l, SV48 + 3 * GiB + 2 * MiB + 0x3000, "and no further");
	end(&l);
}

static void test_unaligned_bank(void)
{
	struct lab l = lab("riscv-sv57", 12, 0x80600000);
	bank(&l, 0x80001000, 64 * MiB, 0);
	boot(&l);
	is_hole(&l, SV57, "a bank that starts a page after 2M: the first page is a hole");
	is_leaf(&l, SV57 + 0x1000, 0, LEAF(0x80001000u, RW), "then pages");
	is_leaf(&l, SV57 + 2 * MiB, 1, LEAF(0x80200000u, RW), "to the first 2M: phys_ram_base is rounded down, so both agree");
	end(&l);

	l = board("riscv-sv57", 1, 64 * MiB);
	boot(&l);
	is_leaf(&l, SV57, 1, LEAF(0x80200000u, RO), "before 6.4 PAGE_OFFSET stands for the kernel's start");
	is_hole(&l, SV57 - 2 * MiB, "and memory below is not mapped");
	end(&l);

	l = lab("riscv-sv57", 1, 0x80200000);
	bank(&l, 0x80200000, 64 * MiB + 0x1000, 0);
	boot(&l);
	is_leaf(&l, SV57 + 32 * MiB, 0, LEAF(0x82200000u, RW), "before 6.4 one odd page makes pages of the whole bank");
	end(&l);
}

static void test_holes(void)
{
	struct lab l = lab("riscv-sv48", 12, 0x80200000);
	bank(&l, 0x80000000, 2 * MiB, PTK_BANK_NOMAP);
	bank(&l, 0x80200000, 62 * MiB, 0);
	bank(&l, 0x100000000, 2 * MiB, 0);
	boot(&l);
	is_hole(&l, SV48, "a no-map region is a hole");
	is_leaf(&l, SV48 + 2 * MiB, 1, LEAF(0x80200000u, RO), "the kernel's text behind it: an alias that cannot be written");
	is_leaf(&l, SV48 + 0x80000000, 1, LEAF(0x100000000u, RW), "a second bank");
	is_hole(&l, SV48 + GiB, "nothing between them");
	end(&l);
}

/* ---- the kernel, and what becomes of it ---- */

static void test_kernel(void)
{
	struct lab l = board("riscv-sv39", 12, 96 * MiB);
	boot_to(&l, PTK_BOOT_HEAD);
	is_leaf(&l, KERNEL, 1, LEAF(0x80200000u, RWX), "at first all of it can be written and executed");
	is_leaf(&l, KERNEL + 8 * MiB, 1, LEAF(0x80a00000u, RWX), "to its last 2M");
	is_hole(&l, SV39, "there is no linear map yet");
	end(&l);

	l = board("riscv-sv39", 12, 96 * MiB);
	boot_to(&l, PTK_BOOT_PAGING_INIT);
	is_leaf(&l, KERNEL + 2 * MiB, 1, LEAF(0x80400000u, RX), "init text");
	is_leaf(&l, KERNEL + 4 * MiB, 1, LEAF(0x80600000u, RW), "init data");
	is_leaf(&l, KERNEL + 6 * MiB, 1, LEAF(0x80800000u, RW), "rodata can be written until it is marked");
	is_leaf(&l, SV39 + 4 * MiB, 1, LEAF(0x80400000u, RO), "the alias of init text cannot be written");
	end(&l);

	l = board("riscv-sv39", 12, 96 * MiB);
	boot(&l);
	is_leaf(&l, KERNEL, 1, LEAF(0x80200000u, RX), "text");
	is_leaf(&l, KERNEL + 2 * MiB, 1, LEAF(0x80400000u, RO), "freed init text is not executed any more");
	is_leaf(&l, KERNEL + 6 * MiB, 1, LEAF(0x80800000u, RO), "rodata");
	is_leaf(&l, KERNEL + 8 * MiB, 1, LEAF(0x80a00000u, RW), "data");
	is_leaf(&l, SV39 + 4 * MiB, 1, LEAF(0x80400000u, RW), "the alias of freed init text is memory like any");
	is_leaf(&l, SV39 + 6 * MiB, 0, LEAF(0x80600000u, RW), "init data ends inside 2M: its alias was split");
	is_leaf(&l, SV39 + 8 * MiB, 1, LEAF(0x80800000u, RO), "the alias of rodata");
	end(&l);

	l = board("riscv-sv39", 12, 96 * MiB);
	set(&l, "strict_rwx", 0);
	boot(&l);
	is_leaf(&l, KERNEL + 6 * MiB, 1, LEAF(0x80800000u, RWX), "without STRICT_KERNEL_RWX nothing is protected");
	is_leaf(&l, SV39 + 2 * MiB, 1, LEAF(0x80200000u, RW), "nor its alias");
	end(&l);
}

static void test_switches(void)
{
	struct lab l = board("riscv-sv48", 12, 96 * MiB);
	set(&l, "page_granular", 1);
	boot(&l);
	is_leaf(&l, SV48, 0, LEAF(0x80000000u, RW), "debug_pagealloc: pages");
	is_leaf(&l, KERNEL, 1, LEAF(0x80200000u, RX), "but not the kernel itself");
	end(&l);

	l = board("riscv-sv48", 12, 96 * MiB);
	set(&l, "kfence_pool_size", 2 * MiB);
	boot(&l);
	is_leaf(&l, SV48 + 94 * MiB + 0x2000, 0, LEAF(0x85e02000u, RW), "KFENCE's pool, at the top of memory, is pages");
	is_leaf(&l, SV48 + 92 * MiB, 1, LEAF(0x85c00000u, RW), "and nothing else");
	is_hole(&l, SV48 + 94 * MiB, "its first page is a guard");
	is_hole(&l, SV48 + 94 * MiB + 0x1000, "its second too");
	is_hole(&l, SV48 + 94 * MiB + 0x3000, "and each second one from there");
	is_hole(&l, SV48 + 96 * MiB - 0x1000, "to the last");
	is_leaf(&l, SV48 + 96 * MiB - 0x2000, 0, LEAF(0x85ffe000u, RW), "the last object");
	end(&l);

	l = board("riscv-sv48", 12, 96 * MiB);
	set(&l, "kfence_pool_size", 2 * MiB);
	set(&l, "kfence", 0);
	boot(&l);
	is_leaf(&l, SV48 + 94 * MiB, 0, LEAF(0x85e00000u, RW), "KFENCE off: there is a pool all the same, without guards");
	end(&l);

	l = board("riscv-sv48", 1, 96 * MiB);
	set(&l, "kfence_pool_size", 2 * MiB);
	set(&l, "kfence_pool", 0x85d00000);
	boot(&l);
	is_leaf(&l, SV48 + 90 * MiB, 0, LEAF(0x85c00000u, RW), "before 6.4 the pool's leaves are split when KFENCE starts");
	is_hole(&l, SV48 + 91 * MiB, "a guard page at its start, inside 2M");
	is_leaf(&l, SV48 + 93 * MiB, 0, LEAF(0x85f00000u, RW), "the leaf that it ends in too");
	end(&l);

	l = board("riscv-sv39", 12, 96 * MiB);
	set(&l, "rodata", 0);
	boot(&l);
	is_leaf(&l, KERNEL + 6 * MiB, 1, LEAF(0x80800000u, RW), "rodata=off: it stays writable");
	is_leaf(&l, KERNEL + 2 * MiB, 1, LEAF(0x80400000u, RO), "init text is freed all the same");
	end(&l);
}

/* ---- the array of struct page ---- */

/* asm/pgtable.h: VMALLOC_START less STRUCT_PAGE_MAX_SHIFT bits for each page of half the space. */
static uint64_t vmemmap(uint64_t page_offset, unsigned bits, unsigned shift)
{
	return page_offset - BIT(bits - 3) - BIT(bits - 13 + shift);
}

static void test_vmemmap(void)
{
	const uint64_t at = vmemmap(SV48, 48, 6);
	int level;
	struct lab l = board("riscv-sv48", 12, 300 * MiB);
	set(&l, "vmemmap", 1);
	boot(&l);
	/* From 0x92c00000 down: tables, 16M for 2^21 roots, 4K of sections, 3 * 56 bytes of usage maps; 3 * 2M below, aligned. */
	is_leaf(&l, at, 1, LEAF(0x91400000u, RW), "64 bytes: 2M for a section, in one piece below the roots");
	is_leaf(&l, at + 4 * MiB, 1, LEAF(0x91800000u, RW), "a third section, though only part of it is memory");
	is_hole(&l, at + 6 * MiB, "and no more");
	end(&l);

	l = board("riscv-sv48", 12, 300 * MiB);
	set(&l, "vmemmap", 1);
	set(&l, "mem_section", 32);
	boot(&l);
	is_leaf(&l, at, 1, LEAF(0x90400000u, RW), "CONFIG_PAGE_EXTENSION: twice as many roots");
	end(&l);
	l = lab("riscv-sv48", 12, 0x80200000);
	bank(&l, 0x80000000, 300 * MiB, 0);
	set(&l, "vmemmap", 1);
	set(&l, "mem_section", 0);
	boot(&l);
	ok(l.rc == PTK_E_CONFLICT, "a struct of no bytes (%s)", l.err.msg);
	end(&l);

	l = lab("riscv-sv48", 12, 0x80200000);
	bank(&l, 0x80000000, 300 * MiB, 0);
	set(&l, "vmemmap", 1);
	set(&l, "struct_page", 56);
	boot(&l);
	uint64_t first = raw_at(&l, at, &level);
	ok(level == 1 && first == LEAF(0x91400000u, RW), "56 bytes: the first section has 7/8 of a leaf");
	is_leaf(&l, at + 2 * MiB, 1, LEAF(0x91600000u, RW), "the second what is left of it, and the next leaf");
	is_leaf(&l, at + 4 * MiB, 1, LEAF(0x91800000u, RW), "the third ends in a third one");
	end(&l);

	l = board("riscv-sv48", 1, 300 * MiB);
	set(&l, "vmemmap", 1);
	set(&l, "struct_page", 56);
	boot(&l);
	is_leaf(&l, at, 0, LEAF(0x91400000u, RW), "before 6.7 pages");
	is_leaf(&l, at + 3 * 1792 * 1024 - 4096, 0, LEAF(0x91400000u + 3 * 1792 * 1024 - 4096, RW), "one after the other");
	is_hole(&l, at + 3 * 1792 * 1024, "448 for a section");
	end(&l);

	l = board("riscv-sv39", 12, 96 * MiB);
	set(&l, "vmemmap", 1);
	set(&l, "struct_page", 72);
	boot(&l);
	raw_at(&l, vmemmap(SV39, 39, 7), &level);
	is_int(level, 1, "more than 64 bytes: room for 128, so that vmemmap and all below it lie lower");
	is_hole(&l, vmemmap(SV39, 39, 6), "not where it would lie else");
	end(&l);

	l = lab("riscv-sv39", 12, 0x84200000);
	bank(&l, 0x84000000, 96 * MiB, 0);
	set(&l, "vmemmap", 1);
	boot(&l);
	raw_at(&l, vmemmap(SV39, 39, 6) + 64 * (64 * MiB / 4096), &level);
	is_int(level, 1, "memory that starts inside a section: vmemmap's base stands for the section's start");
	end(&l);

	l = board("riscv-sv39", 12, 96 * MiB);
	boot(&l);
	is_hole(&l, vmemmap(SV39, 39, 6), "FLATMEM: nothing");
	end(&l);
}

/* Which page VMEMMAP_START is for, if struct pages are of this size: the level of what is mapped `skip` bytes above it. */
static int vmemmap_at(struct lab l, uint64_t phys, uint64_t skip)
{
	int level;
	bank(&l, phys, 96 * MiB, 0);
	set(&l, "vmemmap", 1);
	boot(&l);
	raw_at(&l, vmemmap(SV39, 39, 6) + skip, &level);
	end(&l);
	return level;
}

/* include/linux/mmzone.h, MAX_FOLIO_VMEMMAP_ALIGN: 16G are 2^22 pages of 64 bytes, so 2G of them are 32M. */
static void test_vmemmap_folios(void)
{
	struct lab l = lab("riscv-sv39", 12, 0x80200000);
	set(&l, "hvo", 1);
	is_int(vmemmap_at(l, 0x80000000, 0), 1, "6.12: vmemmap starts with memory's section, whatever hugetlb gives back");

	l = lab72(0x80200000);
	is_int(vmemmap_at(l, 0x80000000, 0), 1, "7.2: too, where hugetlb gives no struct pages back");

	l = lab72(0x80200000);
	set(&l, "hvo", 1);
	is_int(vmemmap_at(l, 0x80000000, 32 * MiB), 1, "7.2: memory at 2G, its struct pages 32M above the start");
	l = lab72(0x80200000);
	set(&l, "hvo", 1);
	is_int(vmemmap_at(l, 0x80000000, 0), -1, "7.2: nothing at the start");

	l = lab72(0x480200000);
	set(&l, "hvo", 1);
	is_int(vmemmap_at(l, 0x480000000, 32 * MiB), 1, "7.2: memory at 18G, 2G above a multiple of 16G");

	l = lab72(0x80200000);
	set(&l, "hvo", 1);
	set(&l, "struct_page", 56);
	is_int(vmemmap_at(l, 0x80000000, 0), 1, "7.2: 56 bytes are no power of two, so there is no such thing");

	l = lab72(0x80200000);
	set(&l, "hvo", 1);
	set(&l, "vmemmap_start_pfn", 0x40000);
	is_int(vmemmap_at(l, 0x80000000, 16 * MiB), 1, "a page that is told prevails");

	l = lab72(0x80200000);
	set(&l, "vmemmap_start_pfn", 0x80001);
	bank(&l, 0x80000000, 96 * MiB, 0);
	is_int(boot_machine_finish_(l.m, &l.err), PTK_E_CONFLICT, "one above memory is refused");
	end(&l);
}

/* ---- entries of the root that are filled in advance ---- */

static bool has_table(const struct lab *l, uint64_t va)
{
	struct ptk_path p = {0};
	ptk_walk(ptk_boot_space(l->b), va, &p, NULL);
	return p.nsteps > 1;
}

static void test_preallocation(void)
{
	struct lab l = board("riscv-sv39", 12, 96 * MiB);
	boot(&l);
	ok(has_table(&l, SV39 - 64 * GiB) && has_table(&l, SV39 - 1), "vmalloc's 64G have a table each");
	ok(!has_table(&l, SV39 - 64 * GiB - 1), "below it there is none");
	ok(has_table(&l, KERNEL - 1) && has_table(&l, KERNEL - 2 * GiB + 10 * MiB), "modules: 2G before the kernel's end");
	ok(!has_table(&l, KERNEL - 2 * GiB - 1) && !has_table(&l, SV39 + GiB), "nothing else");
	end(&l);

	l = board("riscv-sv39", 12, 96 * MiB);
	set(&l, "hotplug", 1);
	set(&l, "modules", 0);
	boot(&l);
	ok(has_table(&l, SV39 - 68 * GiB) && !has_table(&l, SV39 - 69 * GiB - 1), "hotplug: vmemmap's 4G too");
	ok(has_table(&l, UINT64_C(0xfffffff6ffffffff)) && !has_table(&l, UINT64_C(0xfffffff700000000)),
	   "and the linear map up to where KASAN's shadow would start");
	ok(!has_table(&l, KERNEL - 1), "without CONFIG_MODULES none for modules");
	end(&l);

	l = board("riscv-sv57", 12, 96 * MiB);
	set(&l, "hotplug", 1);
	boot(&l);
	ok(has_table(&l, SV57 - BIT(54)) && has_table(&l, UINT64_C(0xffdeffffffffffff)), "Sv57: by 256T");
	ok(!has_table(&l, UINT64_C(0xffdf000000000000)), "to the entry that the shadow starts in");
	end(&l);

	l = board("riscv-sv39", 10, 96 * MiB);
	set(&l, "hotplug", 1);
	boot(&l);
	ok(has_table(&l, SV39 - GiB) && !has_table(&l, SV39 + GiB), "before 6.11 not for hotplug");
	end(&l);

	l = board("riscv-sv39", 1, 96 * MiB);
	boot(&l);
	ok(!has_table(&l, UINT64_C(0xffffffd800000000) - GiB), "before 6.5 there was no such thing");
	end(&l);
}

/* ---- more memory than the space has room for ---- */

static void test_limits(void)
{
	struct lab l = board("riscv-sv39", 12, 127 * GiB);
	bank(&l, 0x4000000000, 2 * GiB, 0);
	boot(&l);
	is_leaf(&l, SV39 + 128 * GiB - 2 * MiB, -1, 0, "between the banks nothing");
	is_hole(&l, SV39 + 126 * GiB + 2 * GiB, "Sv39: what lies 128G past the start of memory is left out");
	is_leaf(&l, SV39 + 127 * GiB - 2 * MiB, 1, LEAF(UINT64_C(0x203fe00000), RW), "what lies before is not");
	end(&l);
}

/* ---- the fixmap ---- */

static void test_fixmap(void)
{
	const uint64_t top = SV57 - BIT(54) - BIT(50) - 16 * MiB;
	struct lab l = board("riscv-sv57", 12, 96 * MiB);
	set(&l, "dtb", 0x85e01000);
	set(&l, "dtb_size", 0x1500);
	boot(&l);
	is_u64(top, UINT64_C(0xff1bffffff000000), "the fixmap ends where PCI I/O starts");
	is_leaf(&l, top - 4 * MiB, 1, LEAF(0x85e00000u, RW), "the device tree: the 2M it starts in");
	is_leaf(&l, top - 2 * MiB, 1, LEAF(0x86000000u, RW), "and the 2M after, even past memory's end");
	is_hole(&l, top - 4 * MiB - 0x1000, "slots are empty");
	end(&l);

	l = lab("riscv-sv57", 12, 0x80200000);
	bank(&l, 0x80000000, 96 * MiB, 0);
	set(&l, "dtb", 0x8be00000);
	set(&l, "dtb_size", 0x1500);
	boot(&l);
	is_leaf(&l, top - 4 * MiB, 1, LEAF(0x8be00000u, RW), "mem= may have cut off the memory that the device tree is in");
	end(&l);
}

/* ---- where tables land ---- */

static void test_tables(void)
{
	struct ptk_path p = {0};
	struct lab l = board("riscv-sv57", 12, 96 * MiB);
	boot_machine_reserve_(l.m, 0x85fff000, 0x85ffffff, "test");
	boot(&l);
	ptk_walk(ptk_boot_space(l.b), SV57, &p, NULL);
	is_u64(p.step[0].entry.pa, 0x85ffe000, "the first table: from the top, below what is reserved");
	is_u64(p.step[1].entry.pa, 0x85ffd000, "the second");
	ptk_walk(ptk_boot_space(l.b), KERNEL, &p, NULL);
	is_u64(p.step[0].entry.pa, 0x85ffb000, "the kernel's come after those of the linear map");
	end(&l);
}

/* ---- Sv32 ---- */

static void test_sv32(void)
{
	struct lab l = lab("riscv-sv32", 12, 0x80400000);
	bank(&l, 0x80000000, 128 * MiB, 0);
	set(&l, "dtb", 0x87e00000);
	boot_to(&l, PTK_BOOT_HEAD);
	is_leaf(&l, 0xc0000000, 1, LEAF(0x80400000u, RWX), "Sv32: 4M at first");
	end(&l);
	l = lab("riscv-sv32", 12, 0x80400000);
	bank(&l, 0x80000000, 128 * MiB, 0);
	set(&l, "dtb", 0x87e00000);
	boot(&l);
	is_leaf(&l, 0xc0000000, 0, LEAF(0x80400000u, RX), "then pages, as a leaf of the root cannot be split; the kernel is in "
	                                                  "the linear map");
	is_leaf(&l, 0xc0600000, 0, LEAF(0x80a00000u, RO), "rodata");
	is_leaf(&l, 0xc0800000, 0, LEAF(0x80c00000u, RW), "data");
	is_leaf(&l, 0x9cc00000, 1, LEAF(0x87c00000u, RW), "the device tree: an entry of the root, copied from early_pg_dir");
	end(&l);
}

/* ---- impossible machines ---- */

static void refuses(struct lab *l, const char *word, const char *what)
{
	boot(l);
	if (!ok(l->rc < 0 && strstr(l->err.msg, word), "%s", what))
		printf("# %d: %s\n", l->rc, l->err.msg);
	end(l);
}

static void test_impossible(void)
{
	struct lab l = lab("riscv-sv39", 12, 0x90000000);
	bank(&l, 0x80000000, 96 * MiB, 0);
	refuses(&l, "not in one bank", "a kernel outside memory");
	l = lab("riscv-sv39", 12, 0x80201000);
	bank(&l, 0x80000000, 96 * MiB, 0);
	refuses(&l, "aligned", "a kernel that is not aligned");
	l = lab("riscv-sv39", 12, 0x80200000);
	bank(&l, 0x80000000, 96 * MiB, 0);
	set(&l, "dtb", UINT64_C(1) << 56);
	refuses(&l, "device tree", "a device tree past what can be addressed");
	l = lab("riscv-sv39", 12, 0x80200000);
	bank(&l, 0x80200000, 10 * MiB, 0);
	refuses(&l, "no free memory", "no room for tables");
}

int main(void)
{
	test_units();
	test_unaligned_bank();
	test_holes();
	test_kernel();
	test_switches();
	test_vmemmap();
	test_vmemmap_folios();
	test_preallocation();
	test_limits();
	test_fixmap();
	test_tables();
	test_sv32();
	test_impossible();
	return done();
}
