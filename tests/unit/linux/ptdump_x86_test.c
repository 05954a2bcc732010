// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* x86 tables made by hand, and what dump_pagetables.c says of them. */
#include "ptdump_lab.h"

#define P 0x001
#define RW 0x002
#define US 0x004
#define A 0x020
#define D 0x040
#define PSE 0x080
#define G 0x100
#define TABLE (P | RW | US | A | D)
#define KERNEL (P | RW | A | D | G)
#define NX BIT(63)

static const struct ptk_marker markers64[] = {
	{0, "User Space", 0},
	{0x8000000000000000, "Kernel Space", 0},
	{0xffff888000000000, "Low Kernel Mapping", 0},
	{0xffffffff80000000, "High Kernel Mapping", 0},
};

static struct lab lab;

static void open64(unsigned tables)
{
	lab_open(&lab, LX_X86, "x86-64", tables);
	lab_markers(&lab, markers64, COUNT(markers64));
}

#define LOW_HALF "---[ User Space ]---\n"
#define KERNEL_SPACE "---[ Kernel Space ]---\n"
#define HOLE "                               "

/* Table 1 below entry 511, table 2 below its entry 510: -2G; tables 3 and 4 span 2M each. */
static void high_kernel(uint64_t pmd0, uint64_t pmd1)
{
	lab_put(&lab, TABLE_AT(0), 511, TABLE_AT(1) | TABLE);
	lab_put(&lab, TABLE_AT(1), 510, TABLE_AT(2) | TABLE);
	lab_put(&lab, TABLE_AT(2), 0, pmd0);
	lab_put(&lab, TABLE_AT(2), 1, pmd1);
}

#define ABOVE_HIGH_KERNEL \
	"0xffffffff80400000-0xffffffffc0000000        1020M" HOLE "pmd\n" \
	"0xffffffffc0000000-0x0000000000000000           1G" HOLE "pud\n"
#define BELOW_HIGH_KERNEL \
	LOW_HALF "0x0000000000000000-0xffff880000000000    16777096T" HOLE "pgd\n" \
	KERNEL_SPACE "0xffff880000000000-0xffff888000000000         512G" HOLE "pgd\n" \
	"---[ Low Kernel Mapping ]---\n" \
	"0xffff888000000000-0xffffff8000000000         119T" HOLE "pgd\n" \
	"0xffffff8000000000-0xffffffff80000000         510G" HOLE "pud\n" \
	"---[ High Kernel Mapping ]---\n"

/* Equal entries below a writable and a read-only table: two lines that look the same (effective_prot()). */
static void effective_rights(void)
{
	open64(5);
	high_kernel(TABLE_AT(3) | TABLE, TABLE_AT(4) | (TABLE & ~RW));
	lab_fill(&lab, TABLE_AT(3), 0, 512, 0x1000000 | KERNEL, 0x1000);
	lab_fill(&lab, TABLE_AT(4), 0, 512, 0x1200000 | KERNEL, 0x1000);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       BELOW_HIGH_KERNEL
	       "0xffffffff80000000-0xffffffff80200000           2M     RW                 GLB x  pte\n"
	       "0xffffffff80200000-0xffffffff80400000           2M     RW                 GLB x  pte\n" ABOVE_HIGH_KERNEL,
	       "a parent that is read-only starts a line");

	lab_put(&lab, TABLE_AT(2), 1, TABLE_AT(4) | TABLE | NX);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       BELOW_HIGH_KERNEL
	       "0xffffffff80000000-0xffffffff80200000           2M     RW                 GLB x  pte\n"
	       "0xffffffff80200000-0xffffffff80400000           2M     RW                 GLB x  pte\n" ABOVE_HIGH_KERNEL,
	       "so does one that is NX");

	lab_put(&lab, TABLE_AT(2), 1, TABLE_AT(4) | TABLE);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       BELOW_HIGH_KERNEL "0xffffffff80000000-0xffffffff80400000           4M     RW                 GLB x  pte\n"
	       ABOVE_HIGH_KERNEL,
	       "equal parents do not");
	lab_put(&lab, TABLE_AT(2), 1, TABLE_AT(4) | (TABLE & ~(A | US)));
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       BELOW_HIGH_KERNEL "0xffffffff80000000-0xffffffff80400000           4M     RW                 GLB x  pte\n"
	       ABOVE_HIGH_KERNEL,
	       "a parent's accessed bit does not, nor its user bit where the pages have none");
	lab_close(&lab);
}

/* All flags are compared: entries that print alike are separate lines when A, D, a software bit or a key differ. */
static void flags_compared(void)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} quiet[] = {{A, "accessed"}, {D, "dirty"}, {BIT(9), "software"}, {BIT(52), "bit 52"}, {BIT(59), "key"}};
	for (size_t i = 0; i < COUNT(quiet); i++) {
		open64(5);
		high_kernel(TABLE_AT(3) | TABLE, TABLE_AT(4) | TABLE);
		lab_fill(&lab, TABLE_AT(3), 0, 512, P | RW, 0x1000);
		lab_fill(&lab, TABLE_AT(4), 0, 512, P | RW | quiet[i].bit, 0x1000);
		is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
		       BELOW_HIGH_KERNEL
		       "0xffffffff80000000-0xffffffff80200000           2M     RW                     x  pte\n"
		       "0xffffffff80200000-0xffffffff80400000           2M     RW                     x  pte\n" ABOVE_HIGH_KERNEL,
		       "%s bits are compared, not printed", quiet[i].name);
		lab_close(&lab);
	}
}

static void columns(void)
{
	static const struct {
		uint64_t flags;
		const char *text;
	} page[] = {
		{P, "    ro                     x  "},
		{P | RW, "    RW                     x  "},
		{P | US, "USR ro                     x  "},
		{P | BIT(3), "    ro PWT                 x  "},
		{P | BIT(4), "    ro     PCD             x  "},
		{P | BIT(7), "    ro             PAT     x  "},
		{P | G, "    ro                 GLB x  "},
		{P | NX, "    ro                     NX "},
		{P | RW | US | BIT(3) | BIT(4) | BIT(7) | G | NX, "USR RW PWT PCD     PAT GLB NX "},
		{G | RW, "                              "}, /* PROT_NONE */
	};
	for (size_t i = 0; i < COUNT(page); i++) {
		char want[2048];
		open64(5);
		high_kernel(TABLE_AT(3) | TABLE, 0);
		lab_fill(&lab, TABLE_AT(3), 0, 512, page[i].flags | 0x5000, 0);
		snprintf(want, sizeof want,
		         BELOW_HIGH_KERNEL "0xffffffff80000000-0xffffffff80200000           2M %spte\n"
		         "0xffffffff80200000-0xffffffffc0000000        1022M" HOLE "pmd\n"
		         "0xffffffffc0000000-0x0000000000000000           1G" HOLE "pud\n", page[i].text);
		is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"), want, "columns of flags 0x%" PRIx64, page[i].flags);
		lab_close(&lab);
	}
}

/* A large page's PAT is bit 12, which is not among the bits that are looked at. Its PROT_NONE form keeps PSE. */
static void large_pages(void)
{
	open64(5);
	high_kernel(P | RW | PSE | BIT(12), PSE | G);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       BELOW_HIGH_KERNEL
	       "0xffffffff80000000-0xffffffff80200000           2M     RW         PSE         x  pmd\n"
	       "0xffffffff80200000-0xffffffff80400000           2M                               pmd\n" ABOVE_HIGH_KERNEL,
	       "PAT of a large page is never printed; one that is not present is a line of its own");

	/* One and the same bit is PSE above the last level and PAT at it. */
	high_kernel(P | RW | PSE, TABLE_AT(3) | TABLE);
	lab_fill(&lab, TABLE_AT(3), 0, 512, 0x5000 | P | RW | PSE, 0);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       BELOW_HIGH_KERNEL
	       "0xffffffff80000000-0xffffffff80200000           2M     RW         PSE         x  pmd\n"
	       "0xffffffff80200000-0xffffffff80400000           2M     RW             PAT     x  pte\n" ABOVE_HIGH_KERNEL,
	       "bit 7 of both kinds");

	/* What is left is neither none, nor leaf, nor present: a swap entry. No note, the range before grows. */
	high_kernel(P | RW | PSE, BIT(20) | BIT(2));
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       BELOW_HIGH_KERNEL
	       "0xffffffff80000000-0xffffffff80400000           4M     RW         PSE         x  pmd\n" ABOVE_HIGH_KERNEL,
	       "a swapped large page makes no note");

	/* pmd_none() forgives A and D. */
	high_kernel(P | RW | PSE, A | D);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       BELOW_HIGH_KERNEL
	       "0xffffffff80000000-0xffffffff80200000           2M     RW         PSE         x  pmd\n"
	       "0xffffffff80200000-0xffffffffc0000000        1022M" HOLE "pmd\n"
	       "0xffffffffc0000000-0x0000000000000000           1G" HOLE "pud\n",
	       "stray accessed and dirty bits are nothing");
	lab_close(&lab);
}

/* pud_leaf() asked for PSE and P, later for PSE alone. */
static void pud_test(void)
{
	open64(2);
	lab_put(&lab, TABLE_AT(0), 511, TABLE_AT(1) | TABLE);
	lab_put(&lab, TABLE_AT(1), 510, 0x40000000 | P | RW | PSE);
	lab_put(&lab, TABLE_AT(1), 511, 0x40000000 | RW | PSE);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.1"),
	       BELOW_HIGH_KERNEL "0xffffffff80000000-0x0000000000000000           2G     RW         PSE         x  pud\n",
	       "6.1: a 1G page that is not present makes no note");
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       BELOW_HIGH_KERNEL "0xffffffff80000000-0xffffffffc0000000           1G     RW         PSE         x  pud\n"
	       "0xffffffffc0000000-0x0000000000000000           1G                               pud\n",
	       "6.12: it is a leaf");
	lab_close(&lab);
}

/* Sixteen entries from the middle of the top level on belong to a hypervisor: not walked. */
static void guard_hole(void)
{
	open64(3);
	lab_fill(&lab, TABLE_AT(0), 256, 16, TABLE_AT(1) | TABLE, 0);
	lab_put(&lab, TABLE_AT(1), 0, 0x40000000 | KERNEL | PSE);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       LOW_HALF "0x0000000000000000-0xffff880000000000    16777096T" HOLE "pgd\n" KERNEL_SPACE
	       "0xffff880000000000-0xffff888000000000         512G" HOLE "pgd\n"
	       "---[ Low Kernel Mapping ]---\n"
	       "0xffff888000000000-0x0000000000000000      122368G" HOLE "pgd\n",
	       "what a hypervisor has in the guard hole is not printed");
	lab_put(&lab, TABLE_AT(0), 255, TABLE_AT(1) | TABLE);
	lab_put(&lab, TABLE_AT(0), 272, TABLE_AT(1) | TABLE);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	        "0x00007f8000000000-0x00007f8040000000           1G     RW         PSE     GLB x  pud\n"
	        "0x00007f8040000000-0xffff880000000000 ", "the last entry before it is");
	has_str(lab.text, KERNEL_SPACE "0xffff880000000000-0xffff880040000000           1G     RW         PSE     GLB x  pud\n",
	        "and the first after it");
	lab_close(&lab);
}

/* With five levels, a pgd or p4d with any flags but a table's is cleared as bad: a hole. */
static void bad_upper_entries(void)
{
	static const struct ptk_marker one[] = {{0, "User Space", 0}};
	lab_open(&lab, LX_X86, "x86-64-la57", 3);
	lab_markers(&lab, one, 1);
	lab_put(&lab, TABLE_AT(0), 0, TABLE_AT(1) | TABLE);
	lab_put(&lab, TABLE_AT(0), 1, TABLE_AT(1) | TABLE | PSE);
	lab_put(&lab, TABLE_AT(0), 2, TABLE_AT(1) | (TABLE & ~A));
	lab_put(&lab, TABLE_AT(0), 3, TABLE_AT(1) | TABLE | NX);
	lab_put(&lab, TABLE_AT(1), 0, TABLE_AT(2) | P | RW);
	lab_put(&lab, TABLE_AT(1), 1, TABLE_AT(2) | P | RW | BIT(9));
	lab_put(&lab, TABLE_AT(2), 0, P | PSE);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       LOW_HALF
	       "0x0000000000000000-0x0000000040000000           1G     ro         PSE         x  pud\n"
	       "0x0000000040000000-0x0000008000000000         511G" HOLE "pud\n"
	       "0x0000008000000000-0x0001000000000000      261632G" HOLE "p4d\n"
	       "0x0001000000000000-0x0003000000000000         512T" HOLE "pgd\n"
	       "0x0003000000000000-0x0003000040000000           1G     ro         PSE         x  pud\n"
	       "0x0003000040000000-0x0003008000000000         511G" HOLE "pud\n"
	       "0x0003008000000000-0x0004000000000000      261632G" HOLE "p4d\n"
	       "0x0004000000000000-0x0000000000000000       16383P" HOLE "pgd\n",
	       "bad entries are holes; NX in a copy for user space is not bad");
	lab_close(&lab);
}

/* The memory encryption bit is not part of the page number, so it is compared. */
static void encryption_bit(void)
{
	open64(5);
	if (ptk_regime_parse("x86-64,enc=0x800000000000", &lab.lx.info.regime, NULL) < 0)
		bail("no regime");
	lab.lx.table[PTK_TABLE_KERNEL].regime = lab.lx.info.regime;
	uint64_t enc = BIT(47);
	lab_put(&lab, TABLE_AT(0), 511, TABLE_AT(1) | TABLE | enc);
	lab_put(&lab, TABLE_AT(1), 510, TABLE_AT(2) | TABLE | enc);
	lab_put(&lab, TABLE_AT(2), 0, P | RW | PSE | enc);
	lab_put(&lab, TABLE_AT(2), 1, P | RW | PSE);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       BELOW_HIGH_KERNEL
	       "0xffffffff80000000-0xffffffff80200000           2M     RW         PSE         x  pmd\n"
	       "0xffffffff80200000-0xffffffff80400000           2M     RW         PSE         x  pmd\n" ABOVE_HIGH_KERNEL,
	       "encrypted and shared pages are two lines");
	lab_close(&lab);
}

static const struct ptk_marker markers32[] = {{0, "User Space", 0}, {0xc0000000, "Kernel Mapping", 0}};

static void two_levels(void)
{
	lab_open(&lab, LX_X86, "x86-32", 3);
	lab_markers(&lab, markers32, COUNT(markers32));
	lab_put(&lab, TABLE_AT(0), 768, TABLE_AT(1) | TABLE);
	lab_put(&lab, TABLE_AT(0), 769, 0x400000 | P | RW | PSE | A | D);
	lab_put(&lab, TABLE_AT(0), 1023, TABLE_AT(2) | TABLE);
	lab_fill(&lab, TABLE_AT(1), 0, 1024, P | RW | A | D, 0x1000);
	lab_fill(&lab, TABLE_AT(2), 1023, 1, P | A, 0);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       LOW_HALF "0x00000000-0xc0000000           3G" HOLE "pgd\n"
	       "---[ Kernel Mapping ]---\n"
	       "0xc0000000-0xc0400000           4M     RW                     x  pte\n"
	       "0xc0400000-0xc0800000           4M     RW         PSE         x  pmd\n"
	       "0xc0800000-0xffc00000        1012M" HOLE "pgd\n"
	       "0xffc00000-0xfffff000        4092K" HOLE "pte\n"
	       "0xfffff000-0x00000000           4K     ro                     x  pte\n",
	       "i386 with two levels; the end of the space is 0");
	lab_close(&lab);
}

/* A PDPTE has no R/W, so that nothing below is effectively writable: read-only parents make no difference. */
static void pae(void)
{
	lab_open(&lab, LX_X86, "x86-pae", 5);
	lab_markers(&lab, markers32, COUNT(markers32));
	lab_put(&lab, TABLE_AT(0), 3, TABLE_AT(1) | P);
	lab_put(&lab, TABLE_AT(1), 0, TABLE_AT(2) | TABLE);
	lab_put(&lab, TABLE_AT(1), 1, TABLE_AT(3) | (TABLE & ~RW));
	lab_put(&lab, TABLE_AT(1), 2, 0x600000 | P | RW | PSE | NX);
	/* pmd_none() looks at the low word */
	lab_put(&lab, TABLE_AT(1), 3, BIT(36) | NX);
	lab_fill(&lab, TABLE_AT(2), 0, 512, P | RW, 0x1000);
	lab_fill(&lab, TABLE_AT(3), 0, 512, BIT(35) | P | RW, 0x1000);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       LOW_HALF "0x00000000-0xc0000000           3G" HOLE "pgd\n"
	       "---[ Kernel Mapping ]---\n"
	       "0xc0000000-0xc0400000           4M     RW                     x  pte\n"
	       "0xc0400000-0xc0600000           2M     RW         PSE         NX pmd\n"
	       "0xc0600000-0x00000000        1018M" HOLE "pmd\n",
	       "PAE");
	lab_close(&lab);
}

/* ---- KASAN ---- */

static const struct ptk_marker kasan[] = {
	{0, "User Space", 0},
	{0x8000000000000000, "Kernel Space", 0},
	{0xffffec0000000000, "KASAN shadow", 0},
	{0xfffffc0000000000, "KASAN shadow end", 0},
};

/* Tables 1, 2, 3 are kasan_early_shadow_pud, pmd, pte; 9 is the zero page. */
static void early_shadow(uint64_t pte)
{
	lab_fill(&lab, TABLE_AT(1), 0, 512, TABLE_AT(2) | TABLE, 0);
	lab_fill(&lab, TABLE_AT(2), 0, 512, TABLE_AT(3) | TABLE, 0);
	lab_fill(&lab, TABLE_AT(3), 0, 512, TABLE_AT(9) | pte, 0);
	lab_fill(&lab, TABLE_AT(0), 0x1d8, 32, TABLE_AT(1) | TABLE, 0);
}

static void kasan_shadow(void)
{
	lab_open(&lab, LX_X86, "x86-64", 10);
	lab_markers(&lab, kasan, COUNT(kasan));
	early_shadow(P | A | D | NX);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       LOW_HALF "0x0000000000000000-0xffff880000000000    16777096T" HOLE "pgd\n" KERNEL_SPACE
	       "0xffff880000000000-0xffffec0000000000         100T" HOLE "pgd\n"
	       "---[ KASAN shadow ]---\n"
	       "0xffffec0000000000-0xfffffc0000000000          16T     ro                     NX pte\n"
	       "---[ KASAN shadow end ]---\n"
	       "0xfffffc0000000000-0x0000000000000000           4T" HOLE "pgd\n",
	       "16T of early shadow are one line");
	is_u64(lab.st.tables, 2, "whose tables are not walked (one walk of the root a half)");
	is_u64(lab.st.refused, 0, "nor counted against the budget");

	/* Real shadow in the middle: table 4, a pte table with pages of its own. */
	lab_fill(&lab, TABLE_AT(5), 0, 512, TABLE_AT(2) | TABLE, 0);
	lab_fill(&lab, TABLE_AT(6), 0, 512, TABLE_AT(3) | TABLE, 0);
	lab_fill(&lab, TABLE_AT(4), 0, 512, 0x800000 | P | RW | A | D | NX, 0x1000);
	lab_put(&lab, TABLE_AT(0), 0x1e0, TABLE_AT(5) | TABLE);
	lab_put(&lab, TABLE_AT(5), 1, TABLE_AT(6) | TABLE);
	lab_put(&lab, TABLE_AT(6), 1, TABLE_AT(4) | TABLE);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       LOW_HALF "0x0000000000000000-0xffff880000000000    16777096T" HOLE "pgd\n" KERNEL_SPACE
	       "0xffff880000000000-0xffffec0000000000         100T" HOLE "pgd\n"
	       "---[ KASAN shadow ]---\n"
	       "0xffffec0000000000-0xfffff00040200000     4195330M     ro                     NX pte\n"
	       "0xfffff00040200000-0xfffff00040400000           2M     RW                     NX pte\n"
	       "0xfffff00040400000-0xfffffc0000000000    12581884M     ro                     NX pte\n"
	       "---[ KASAN shadow end ]---\n"
	       "0xfffffc0000000000-0x0000000000000000           4T" HOLE "pgd\n",
	       "early shadow around real shadow");
	is_u64(lab.st.tables, 5, "of which only its own tables are walked");

	/* Effective rights are not worked out for early shadow: they are those of the last pte, and none before the first. */
	lab_fill(&lab, TABLE_AT(4), 0, 512, 0x800000 | P | A | D | NX, 0x1000);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	        "0xffffec0000000000-0xfffff00040200000     4195330M     ro                     NX pte\n"
	        "0xfffff00040200000-0xfffffc0000000000    12581886M     ro                     NX pte\n",
	        "equal ptes start a line, and early shadow after them does not");
	lab_close(&lab);

	/* Without the marker, nothing is taken for a shadow: the same line, from walking it all. */
	lab_open(&lab, LX_X86, "x86-64", 10);
	lab_markers(&lab, kasan, 2);
	early_shadow(P | A | D | NX);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	        "0xffffec0000000000-0xfffffc0000000000          16T     ro                     NX pte\n", "walked, it is the same");
	is_u64(lab.st.tables, 5, "with its three tables");
	lab_close(&lab);
}

/* The same early table below parents with different rights: each part that is walked has rights of its own. */
static void uniform_subtrees(void)
{
	open64(5);
	lab_put(&lab, TABLE_AT(0), 272, TABLE_AT(1) | TABLE);
	lab_put(&lab, TABLE_AT(0), 273, TABLE_AT(1) | (TABLE & ~RW));
	lab_put(&lab, TABLE_AT(0), 274, TABLE_AT(1) | TABLE);
	lab_fill(&lab, TABLE_AT(1), 0, 512, TABLE_AT(2) | TABLE, 0);
	lab_fill(&lab, TABLE_AT(2), 0, 512, TABLE_AT(3) | TABLE, 0);
	lab_fill(&lab, TABLE_AT(3), 0, 512, 0x5000 | P | RW, 0);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       LOW_HALF "0x0000000000000000-0xffff880000000000    16777096T" HOLE "pgd\n" KERNEL_SPACE
	       "0xffff880000000000-0xffff888000000000         512G     RW                     x  pte\n"
	       "---[ Low Kernel Mapping ]---\n"
	       "0xffff888000000000-0xffff890000000000         512G     RW                     x  pte\n"
	       "0xffff890000000000-0xffff898000000000         512G     RW                     x  pte\n"
	       "0xffff898000000000-0x0000000000000000      121344G" HOLE "pgd\n",
	       "subtrees of equal entries have the rights of what leads to them; no note reaches the last marker");
	lab_close(&lab);
}

int main(void)
{
	effective_rights();
	flags_compared();
	columns();
	large_pages();
	pud_test();
	guard_hole();
	bad_upper_entries();
	encryption_bit();
	two_levels();
	pae();
	kasan_shadow();
	uniform_subtrees();
	return done();
}
