// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * An x86 boot on machines made by hand, rule by rule. What is expected is worked out from the alignment of each range by
 * the rules of arch/x86/mm/init.c, init_64.c and pat/set_memory.c, and written down as numbers.
 */
#include "x86_lab.h"

/* ---- split_mem_range() ---- */

struct split {
	const char *what;
	uint64_t first, end;
	unsigned sizes;
	uint64_t mem_first, mem_end; /* memory; none if both are 0 */
	struct x86_piece want[X86_PIECES_MAX];
	unsigned n;
};

#define M2 2u
#define G1 4u

static const struct split splits[] = {
        {"pages, 2M, 1G, 2M, pages", 0x1000, 3 * GiB + 2 * MiB + 0x3000, M2 | G1, 0, 0,
         {{0x1000, 2 * MiB, 0}, {2 * MiB, GiB, M2}, {GiB, 3 * GiB, M2 | G1}, {3 * GiB, 3 * GiB + 2 * MiB, M2},
          {3 * GiB + 2 * MiB, 3 * GiB + 2 * MiB + 0x3000, 0}}, 5},
        {"without 1G three pieces", 0x1000, 3 * GiB + 2 * MiB + 0x3000, M2, 0, 0,
         {{0x1000, 2 * MiB, 0}, {2 * MiB, 3 * GiB + 2 * MiB, M2}, {3 * GiB + 2 * MiB, 3 * GiB + 2 * MiB + 0x3000, 0}}, 3},
        {"without PSE one", 0x1000, 3 * GiB + 2 * MiB + 0x3000, 0, 0, 0, {{0x1000, 3 * GiB + 2 * MiB + 0x3000, 0}}, 1},
        {"aligned: no head, no tail", 0, 2 * MiB, M2 | G1, 0, 0, {{0, 2 * MiB, M2}}, 1},
        {"a page inside 2M", 2 * MiB + 0x1000, 2 * MiB + 0x2000, M2 | G1, 0, 0, {{2 * MiB + 0x1000, 2 * MiB + 0x2000, 0}}, 1},
        {"a head that reaches no boundary past the next", 2 * MiB - 0x1000, 2 * MiB + 0x1000, M2, 0, 0,
         {{2 * MiB - 0x1000, 2 * MiB + 0x1000, 0}}, 1},
        {"a gigabyte that is not aligned is 2M", GiB / 2, GiB + GiB / 2, M2 | G1, 0, 0, {{GiB / 2, GiB + GiB / 2, M2}}, 1},
        {"a head is upgraded where all of its 2M is memory", MiB, 4 * MiB, M2, 0, 4 * MiB, {{MiB, 4 * MiB, M2}}, 1},
        {"but not where a page of it is not", MiB, 4 * MiB, M2, 0x1000, 4 * MiB,
         {{MiB, 2 * MiB, 0}, {2 * MiB, 4 * MiB, M2}}, 2},
        {"a tail is upgraded", 4 * MiB, 7 * MiB, M2, 0, 8 * MiB, {{4 * MiB, 7 * MiB, M2}}, 1},
        {"2M are upgraded to 1G", GiB / 2, GiB, M2 | G1, 0, GiB, {{GiB / 2, GiB, M2 | G1}}, 1},
        {"but not at the end of memory", GiB / 2, GiB - 2 * MiB, M2 | G1, 0, GiB - 2 * MiB, {{GiB / 2, GiB - 2 * MiB, M2}}, 1},
        {"nothing is upgraded to what the CPU has not", MiB, 4 * MiB, 0, 0, 4 * MiB, {{MiB, 4 * MiB, 0}}, 1},
};

static const struct split splits_32[] = {
        {"i386: the first 4M are pages though aligned", 0, 12 * MiB, M2, 4 * MiB, 12 * MiB,
         {{0, 4 * MiB, 0}, {4 * MiB, 12 * MiB, M2}}, 2},
        {"i386: unless memory makes them large", 0, 12 * MiB, M2, 0, 12 * MiB, {{0, 12 * MiB, M2}}, 1},
        {"i386: head and tail", 5 * MiB, 13 * MiB, M2, 0, 0,
         {{5 * MiB, 8 * MiB, 0}, {8 * MiB, 12 * MiB, M2}, {12 * MiB, 13 * MiB, 0}}, 3},
        {"i386: a tail is upgraded", 8 * MiB, 13 * MiB, M2, 0, 16 * MiB, {{8 * MiB, 13 * MiB, M2}}, 1},
        {"i386: but not past lowmem", 64 * MiB, 126 * MiB, M2, 0, 256 * MiB,
         {{64 * MiB, 124 * MiB, M2}, {124 * MiB, 126 * MiB, 0}}, 2},
};

/* max_low is i386's, where lowmem ends; 0 is x86-64. */
static void check_split(const struct split *s, uint64_t max_low)
{
	struct x86_piece have[X86_PIECES_MAX];
	struct memblock mb;
	memblock_init_(&mb);
	if (s->mem_end)
		memblock_add_(&mb, s->mem_first, s->mem_end - s->mem_first, 0);
	unsigned n = max_low ? x86_split_range_32_(have, s->first, s->end, s->sizes, 4 * MiB, max_low, &mb)
	                     : x86_split_range_(have, s->first, s->end, s->sizes, &mb);
	bool same = n == s->n;
	for (unsigned p = 0; p < n && same; p++)
		same = have[p].first == s->want[p].first && have[p].end == s->want[p].end && have[p].sizes == s->want[p].sizes;
	if (!ok(same, "%s", s->what))
		for (unsigned p = 0; p < n; p++)
			printf("# 0x%" PRIx64 "-0x%" PRIx64 " %u\n", have[p].first, have[p].end, have[p].sizes);
	memblock_free_all_(&mb);
}

static void test_split(void)
{
	for (size_t i = 0; i < sizeof splits / sizeof *splits; i++)
		check_split(&splits[i], 0);
	for (size_t i = 0; i < sizeof splits_32 / sizeof *splits_32; i++)
		check_split(&splits_32[i], 126 * MiB);
}

/* ---- the linear map ---- */

static void test_pc(void)
{
	struct lab l = board("x86-64", 12, 128 * MiB - 132 * 1024);
	boot(&l);
	is_leaf(&l, L4, 0, RW, "the page at 0 is no memory, and is mapped: the ISA range is");
	is_leaf(&l, L4 + 0xa0000, 0, 0xa0000 | RW, "so is the hole");
	is_leaf(&l, L4 + MiB, 0, MiB | RW, "from 1M to 2M pages, as the 2M are not all memory");
	is_leaf(&l, L4 + 2 * MiB, 1, 2 * MiB | RW_LARGE, "then 2M");
	is_leaf(&l, L4 + 126 * MiB, 0, 126 * MiB | RW, "the last 2M have a hole: pages");
	is_leaf(&l, L4 + 128 * MiB - 133 * 1024, 0, (128 * MiB - 136 * 1024) | RW, "to the last");
	is_hole(&l, L4 + 128 * MiB - 132 * 1024, "and no further");
	end(&l);

	l = board("x86-64-la57", 12, 128 * MiB);
	set(&l, "pse", 0);
	set(&l, "nx", 0);
	set(&l, "pti", 1);
	boot(&l);
	is_leaf(&l, L5 + 64 * MiB, 0, 64 * MiB | 0x63, "without PSE pages; without NX no XD; with PTI no G");
	end(&l);
}

static void test_gigabytes(void)
{
	struct lab l = board("x86-64", 12, 3 * GiB);
	memory(&l, 4 * GiB, 6 * GiB + 3 * MiB);
	set(&l, "gbpages", 1);
	boot(&l);
	is_leaf(&l, L4 + 512 * MiB, 1, 512 * MiB | RW_LARGE, "the first gigabyte has a hole: 2M");
	is_leaf(&l, L4 + 2 * GiB, 2, 2 * GiB | RW_LARGE, "the next are 1G");
	is_hole(&l, L4 + 3 * GiB, "nothing below 4G");
	is_leaf(&l, L4 + 5 * GiB, 2, 5 * GiB | RW_LARGE, "1G above 4G");
	is_leaf(&l, L4 + 6 * GiB, 1, 6 * GiB | RW_LARGE, "a tail of 2M");
	is_leaf(&l, L4 + 6 * GiB + 3 * MiB - 4096, 0, (6 * GiB + 3 * MiB - 4096) | RW, "and of pages");
	is_hole(&l, L4 + 6 * GiB + 3 * MiB, "that ends with memory");
	end(&l);
}

/* A linear map that KASLR moved is not aligned to what a table of the third level covers. */
static void test_moved(void)
{
	struct lab l = lab("x86-64-la57", 12, PHYS);
	uint64_t base = UINT64_C(0xff18dce480000000);
	pc(&l, 3 * GiB);
	memory(&l, 4 * GiB, 900 * GiB);
	set(&l, "page_offset", base);
	set(&l, "gbpages", 1);
	boot(&l);
	is_leaf(&l, base + 2 * MiB, 1, 2 * MiB | RW_LARGE, "the start of a moved linear map");
	is_leaf(&l, base + 899 * GiB, 2, 899 * GiB | RW_LARGE, "and its end, past two tables of 512G");
	is_hole(&l, base + 900 * GiB, "nothing behind");
	end(&l);
}

/* ---- the kernel image ---- */

static void test_image(void)
{
	struct lab l = board("x86-64", 12, 128 * MiB);
	boot(&l);
	is_hole(&l, TEXT - 2 * MiB, "nothing before _text");
	is_leaf(&l, TEXT, 1, PHYS | 0x1a1, "text: not writable, so not dirty, and executable");
	is_leaf(&l, TEXT + 0x3fc000, 0, (PHYS + 0x3fc000) | 0x121, "to its last page");
	is_leaf(&l, TEXT + 0x3fd000, 0, (PHYS + 0x3fd000) | UINT64_C(0x8000000000000123), "the gap after text is given back");
	is_leaf(&l, L4 + PHYS + 0x3fd000, 0, (PHYS + 0x3fd000) | RW, "and written through the linear map");
	is_leaf(&l, L4 + PHYS, 1, PHYS | UINT64_C(0x80000000000001a1), "text's alias is not writable");
	is_leaf(&l, TEXT + 0x4fe000, 0, (PHYS + 0x4fe000) | UINT64_C(0x8000000000000121), "rodata's last page, by its first byte");
	is_leaf(&l, TEXT + 0x4ff000, 0, (PHYS + 0x4ff000) | UINT64_C(0x8000000000000123), "the page after");
	is_leaf(&l, TEXT + 0x600000, 1, (PHYS + 0x600000) | RW_LARGE, "data: 2M");
	is_leaf(&l, TEXT + 0x97f000, 0, (PHYS + 0x97f000) | RW, "what shares its 2M with init is pages");
	is_leaf(&l, TEXT + 0x980000, 0, (PHYS + 0x980000) | UINT64_C(0x8000000000000121), "the interrupt table is read-only");
	is_leaf(&l, L4 + PHYS + 0x980000, 0, (PHYS + 0x980000) | UINT64_C(0x8000000000000121), "its alias too");
	is_leaf(&l, TEXT + 0xa00000, 1, (PHYS + 0xa00000) | RW_LARGE, "the 2M that holds _end");
	is_hole(&l, TEXT + 0xc00000, "and nothing after it");
	end(&l);

	l = board("x86-64", 1, 128 * MiB);
	boot(&l);
	is_leaf(&l, TEXT, 1, PHYS | 0x1e1, "before 6.6 what is read-only stays dirty");
	end(&l);

	l = board("x86-64", 12, 128 * MiB);
	boot_to(&l, PTK_BOOT_HEAD);
	is_leaf(&l, TEXT + 0x400000, 1, (PHYS + 0x400000) | 0x1e3, "at the head stage all can be written and executed");
	is_hole(&l, L4, "and there is no linear map");
	end(&l);
}

static void test_pti(void)
{
	struct lab l = board("x86-64", 12, 128 * MiB);
	set(&l, "pti", 1);
	boot(&l);
	is_leaf(&l, TEXT, 1, PHYS | 0xa1, "PTI: text is not global");
	is_leaf(&l, TEXT + 0x210000, 0, (PHYS + 0x210000) | 0x121, "but the entry's, which user space maps too");
	/* pte-invert: an absent entry has its address bits 12 to 51 inverted. */
	is_entry(ptk_boot_space(l.b), TEXT + 0x800000, 0, ((PHYS + 0x800000) ^ X86_ADDRESS) | UINT64_C(0x8000000000000062),
	        "init memory is gone from the image");
	is_leaf(&l, L4 + PHYS + 0x800000, 0, (PHYS + 0x800000) | UINT64_C(0x8000000000000063), "and stays in the linear map");
	end(&l);
}

/* mark_readonly() (init/main.c) leaves mark_rodata_ro() out: the gaps beside rodata are not given back either. */
static void test_rodata_off(void)
{
	struct lab l = board("x86-64", 12, 128 * MiB);
	set(&l, "rodata", 0);
	boot(&l);
	is_leaf(&l, TEXT, 1, PHYS | 0x1e3, "rodata=off: text can be written");
	is_leaf(&l, TEXT + 0x3fd000, 1, (PHYS + 0x200000) | 0x1e3, "and stays one with the gap after it");
	is_leaf(&l, L4 + PHYS + 0x3fd000, 1, (PHYS + 0x200000) | RW_LARGE, "in the linear map too, where nothing is executable");
	is_leaf(&l, TEXT + 0x4fe000, 1, (PHYS + 0x400000) | 0x1e3, "rodata can be written and executed");
	is_leaf(&l, TEXT + 0x600000, 1, (PHYS + 0x600000) | 0x1e3, "data can be executed");
	is_leaf(&l, TEXT + 0x800000, 0, (PHYS + 0x800000) | RW, "but not init memory, which is freed all the same");
	is_leaf(&l, TEXT + 0x903000, 0, (PHYS + 0x903000) | RW, "nor the list of lock prefixes");
	is_leaf(&l, TEXT + 0x904000, 0, (PHYS + 0x904000) | 0x163, "what was split from its leaf can");
	is_leaf(&l, TEXT + 0x980000, 0, (PHYS + 0x980000) | 0x121, "the interrupt table is read-only");
	is_leaf(&l, TEXT + 0xa00000, 1, (PHYS + 0xa00000) | 0x1e3, "the 2M that holds _end can be executed to its last byte");
	end(&l);

	l = board("x86-64", 12, 128 * MiB);
	set(&l, "rodata", 0);
	set(&l, "smp_locks", 1);
	boot(&l);
	is_leaf(&l, TEXT + 0x900000, 0, (PHYS + 0x900000) | 0x163, "one CPU that others may join: the list is kept");
	end(&l);

	l = board("x86-64", 12, 128 * MiB);
	set(&l, "pti", 1);
	set(&l, "rodata", 0);
	boot(&l);
	is_leaf(&l, TEXT, 1, PHYS | 0xe3, "with PTI text is not global");
	is_leaf(&l, TEXT + 0x210000, 1, (PHYS + 0x200000) | 0x1e3, "but for the 2M that hold the entry's, still one leaf");
	is_entry(ptk_boot_user(l.b), TEXT + 0x210000, 1, (PHYS + 0x200000) | 0x1e3, "which user space has as they are");
	end(&l);
}

static void test_trampoline(void)
{
	struct lab l = board("x86-64", 12, 128 * MiB);
	set(&l, "real_mode", 0x99000);
	set(&l, "real_mode_text", 0x9a000);
	set(&l, "real_mode_ro_end", 0x9a800);
	boot(&l);
	is_leaf(&l, L4 + 0x98000, 0, 0x98000 | RW, "before the trampoline");
	is_leaf(&l, L4 + 0x99000, 0, 0x99000 | UINT64_C(0x8000000000000121), "its data is read-only");
	is_leaf(&l, L4 + 0x9a000, 0, 0x9a000 | 0x121, "its text can be executed");
	is_leaf(&l, L4 + 0x9b000, 0, 0x9b000 | RW, "after what is read-only");
	end(&l);
}

/* ---- impossible machines ---- */

static void refused(struct lab *l, int code, const char *what)
{
	boot(l);
	is_int(l->rc, code, "%s", what);
	end(l);
}

static void test_refused(void)
{
	struct lab l = lab("x86-64", 12, PHYS + MiB);
	pc(&l, 128 * MiB);
	refused(&l, PTK_E_CONFLICT, "a kernel that is not aligned");
	l = board("x86-64", 12, 20 * MiB);
	refused(&l, PTK_E_CONFLICT, "a kernel that ends outside memory");
	l = board("x86-64", 12, 128 * MiB);
	set(&l, "real_mode", 0x99000);
	set(&l, "real_mode_text", 0x98000);
	set(&l, "real_mode_ro_end", 0x9a800);
	refused(&l, PTK_E_CONFLICT, "a trampoline whose text is before it");
	l = board("x86-64", 12, 128 * MiB);
	set(&l, "page_offset", L4 + 2 * MiB);
	refused(&l, PTK_E_CONFLICT, "a linear map that is not aligned to 1G");
}

int main(void)
{
	test_split();
	test_pc();
	test_gigabytes();
	test_moved();
	test_image();
	test_pti();
	test_rodata_off();
	test_trampoline();
	test_refused();
	return done();
}
