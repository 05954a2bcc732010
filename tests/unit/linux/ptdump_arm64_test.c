// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* arm64 tables made by hand, and what ptdump.c says of them. */
#include "ptdump_lab.h"

#define TABLE 3
#define PAGE 0x403       /* valid, page, AttrIndx 0, AF */
#define BLOCK 0x401
#define SH GENMASK(9, 8)
#define RDONLY BIT(7)
#define USER BIT(6)
#define NG BIT(11)
#define PXN BIT(53)
#define UXN BIT(54)
#define KERNEL_PAGE (PAGE | SH | NG | PXN | UXN)

static struct lab lab;

#define START "---[ Linear Mapping start ]---\n"

static void open_regime(const char *regime, const struct ptk_marker *m, size_t n, unsigned tables)
{
	lab_open(&lab, LX_ARM64, regime, tables);
	lab_markers(&lab, m, n);
}

/* ---- two levels ---- */

static void two_levels(void)
{
	static const struct ptk_marker m64[] = {{0xfffffc0000000000, "Linear Mapping start", 0},
	                                        {0xfffffe0000000000, "Linear Mapping end", 0}};
	open_regime("arm64-64k-42,high", m64, 2, 2);
	lab_put(&lab, TABLE_AT(0), 0, TABLE_AT(1) | TABLE);
	lab_put(&lab, TABLE_AT(0), 1, UINT64_C(0x60000000) | BLOCK | SH | NG | PXN | UXN);
	lab_fill(&lab, TABLE_AT(1), 0, 4096, UINT64_C(0x40000000) | KERNEL_PAGE, 0x10000);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117"),
	       START
	       "0xfffffc0000000000-0xfffffc0010000000         256M PTE       RW NX SHD AF NG         UXN    MEM/NORMAL\n"
	       "0xfffffc0010000000-0xfffffc0020000000         256M PTE\n"
	       "0xfffffc0020000000-0xfffffc0040000000         512M PMD       RW NX SHD AF NG     BLK UXN    MEM/NORMAL\n"
	       "0xfffffc0040000000-0xfffffe0000000000        2047G PGD\n"
	       "---[ Linear Mapping end ]---\n"
	       "0xfffffe0000000000-0x0000000000000000           2T PGD\n",
	       "64K, 42 bits: a block is a PMD, a hole of the same table PGD");
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.1"),
	        "0xfffffc0020000000-0xfffffc0040000000         512M PGD       RW NX SHD AF NG     BLK UXN    MEM/NORMAL\n",
	        "6.1: the block is a PGD too");
	lab_close(&lab);

	static const struct ptk_marker m16[] = {{0xfffffff000000000, "Linear Mapping start", 0}};
	open_regime("arm64-16k-36,high", m16, 1, 2);
	lab_put(&lab, TABLE_AT(0), 0, TABLE_AT(1) | TABLE);
	lab_put(&lab, TABLE_AT(0), 1, UINT64_C(0x42000000) | BLOCK | RDONLY);
	lab_fill(&lab, TABLE_AT(1), 0, 2048, UINT64_C(0x40000000) | PAGE, 0x4000);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117"),
	       START
	       "0xfffffff000000000-0xfffffff002000000          32M PTE       RW x      AF                   MEM/NORMAL\n"
	       "0xfffffff002000000-0xfffffff004000000          32M PMD       ro x      AF        BLK        MEM/NORMAL\n"
	       "0xfffffff004000000-0x0000000000000000       65472M PGD\n",
	       "16K, 36 bits");
	lab_close(&lab);
}

/* ---- names of levels ---- */

static void level_names(void)
{
	static const struct {
		const char *regime;
		const char *top, *second;
		uint64_t first;
	} row[] = {
		{"arm64-4k-39,high", "PGD", "PMD", 0xffffff8000000000},
		{"arm64-4k-48,high", "PGD", "PUD", 0xffff000000000000},
		{"arm64-4k-52,high,ds", "PGD", "P4D", 0xfff0000000000000},
		{"arm64-16k-47,high", "PGD", "PMD", 0xffff800000000000},
		{"arm64-16k-52,high,ds", "PGD", "PUD", 0xfff0000000000000},
		{"arm64-64k-48,high", "PGD", "PMD", 0xffff000000000000},
		{"arm64-64k-52,high,lpa", "PGD", "PMD", 0xfff0000000000000},
	};
	for (size_t i = 0; i < COUNT(row); i++) {
		char want[400];
		struct ptk_marker m = {row[i].first, "Linear Mapping start", 0};
		open_regime(row[i].regime, &m, 1, 2);
		const struct ptk_regime *r = &lab.lx.info.regime;
		uint64_t next = row[i].first + ptk_level_size(r, r->nlevels - 1);
		lab_put(&lab, TABLE_AT(0), 0, TABLE_AT(1) | TABLE);
		const char *text = lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117");
		snprintf(want, sizeof want, "-0x%016" PRIx64 "   ", next);
		const char *at = strstr(text, want);
		ok(at && strncmp(at + strlen(want) + 11, row[i].second, 3) == 0, "%s: second level is %s", row[i].regime,
		   row[i].second);
		at = strstr(text, "-0x0000000000000000   ");
		ok(at && strncmp(at + 22 + 11, row[i].top, 3) == 0, "%s: top level is %s", row[i].regime, row[i].top);
		lab_close(&lab);
	}
	/* A 1G block in the upper one of three levels: the pud is folded. */
	static const struct ptk_marker m = {0xffffff8000000000, "Linear Mapping start", 0};
	open_regime("arm64-4k-39,high", &m, 1, 1);
	lab_put(&lab, TABLE_AT(0), 0, UINT64_C(0x40000000) | BLOCK);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117"), "         1G PGD       RW x      AF        BLK        MEM/NORMAL\n",
	        "a 1G block of 39 bits is a PGD");
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.1"), "         1G PGD       RW x      AF        BLK        MEM/NORMAL\n",
	        "in 6.1 too");
	lab_close(&lab);
}

/* ---- attributes ---- */

static const struct ptk_marker markers48[] = {{0xffff000000000000, "Linear Mapping start", 0}};

/* The one page table that 48-bit tests use: table 3, below entry 0 of all levels. */
static void open48(void)
{
	open_regime("arm64-4k-48,high", markers48, 1, 4);
	for (unsigned i = 0; i < 3; i++)
		lab_put(&lab, TABLE_AT(i), 0, TABLE_AT(i + 1) | TABLE);
}

static const char *attributes(uint64_t value, const char *version)
{
	static char line[200];
	lab_fill(&lab, TABLE_AT(3), 0, 512, value, 0);
	const char *text = strchr(lab_dump(&lab, PTK_TABLE_KERNEL, version), '\n') + 1;
	const char *name = strstr(text, "2M PTE");
	snprintf(line, sizeof line, "%.*s", name ? (int)strcspn(name + 6, "\n") : 0, name ? name + 6 : "");
	return line;
}

static void columns(void)
{
	static const struct {
		uint64_t value;
		const char *text;
	} page[] = {
		{PAGE, "       RW x      AF                   MEM/NORMAL"},
		{PAGE & ~1, " F     RW x      AF                   MEM/NORMAL"},
		{PAGE | USER, "   USR RW x      AF                   MEM/NORMAL"},
		{PAGE | RDONLY, "       ro x      AF                   MEM/NORMAL"},
		{PAGE | PXN, "       RW NX     AF                   MEM/NORMAL"},
		{PAGE | SH, "       RW x  SHD AF                   MEM/NORMAL"},
		{PAGE | BIT(9), "       RW x      AF                   MEM/NORMAL"},
		{PAGE & ~0x400, "       RW x                           MEM/NORMAL"},
		{PAGE | NG, "       RW x      AF NG                MEM/NORMAL"},
		{PAGE | BIT(52), "       RW x      AF    CON            MEM/NORMAL"},
		{PAGE | UXN, "       RW x      AF            UXN    MEM/NORMAL"},
		{PAGE | BIT(50), "       RW x      AF                GP MEM/NORMAL"},
		{PAGE | 1 << 2, "       RW x      AF                   MEM/NORMAL-TAGGED"},
		{PAGE | 2 << 2, "       RW x      AF                   MEM/NORMAL-NC"},
		{PAGE | 3 << 2, "       RW x      AF                   DEVICE/nGnRnE"},
		{PAGE | 4 << 2, "       RW x      AF                   DEVICE/nGnRE"},
		{PAGE | 5 << 2, "       RW x      AF                  "},
		{PAGE | 7 << 2, "       RW x      AF                  "},
		{PAGE & ~2, "       RW x      AF        BLK        MEM/NORMAL"},
		{BIT(51) | BIT(55), ""}, /* a swap entry without any of the printed bits */
		{BIT(5) | BIT(1), " F     RW x                           MEM/NORMAL"},
	};
	open48();
	for (size_t i = 0; i < COUNT(page); i++)
		is_str(attributes(page[i].value, "6.12.117"), page[i].text, "columns of 0x%" PRIx64, page[i].value);
	lab_close(&lab);
}

/* Bits that are not printed are not compared either. */
static void quiet_bits(void)
{
	static const uint64_t bit[] = {BIT(5), BIT(51), BIT(55), BIT(58), BIT(59), BIT(63), BIT(47), BIT(12)};
	open48();
	for (size_t i = 0; i < COUNT(bit); i++) {
		lab_fill(&lab, TABLE_AT(3), 0, 256, KERNEL_PAGE, 0x1000);
		lab_fill(&lab, TABLE_AT(3), 256, 256, KERNEL_PAGE | bit[i], 0x1000);
		has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117"), "         2M PTE       RW NX SHD AF NG         UXN    MEM/NORMAL\n",
		        "bit 0x%" PRIx64 " starts no line", bit[i]);
	}
	lab_close(&lab);
}

static void by_version(void)
{
	open48();
	is_str(attributes(PAGE | 6 << 2, "5.10"), "       RW x      AF                   DEVICE/GRE", "5.10 has DEVICE/GRE");
	is_str(attributes(PAGE | 4 << 2, "5.10"), "       RW x      AF                   DEVICE/nGnRnE", "at 6, and nGnRnE at 4");
	is_str(attributes(PAGE | 6 << 2, "5.15"), "       RW x      AF                  ", "5.15 no longer");
	is_str(attributes(PAGE | 4 << 2, "5.9"), "       RW x      AF                   MEM/NORMAL", "before 5.10 normal memory is 4");
	/* An entry that is not valid: its bit 1 says table until a block is asked for by its whole type. */
	is_str(attributes(0x800 | USER, "6.12.117"), " F USR RW x         NG     BLK        MEM/NORMAL", "6.12: not a table is BLK");
	is_str(attributes(0x800 | USER, "6.14"), " F USR RW x         NG                MEM/NORMAL", "6.14: BLK is a block");
	lab_put(&lab, TABLE_AT(2), 0, UINT64_C(0x40000000) | BLOCK);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.14"), "         2M PMD       RW x      AF        BLK        MEM/NORMAL\n",
	        "6.14: a block is one");
	lab_close(&lab);
}

/* ---- what makes a note ---- */

static void not_present(void)
{
	open48();
	lab_fill(&lab, TABLE_AT(3), 0, 512, UINT64_C(0x40000000) | PAGE, 0x1000);
	/* A swap entry in a pmd: software bits only. */
	lab_put(&lab, TABLE_AT(2), 1, BIT(20));
	lab_put(&lab, TABLE_AT(2), 2, UINT64_C(0x40200000) | (BLOCK & ~1) | NG | UXN);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117"),
	        "0xffff000000000000-0xffff000000400000           4M PTE       RW x      AF                   MEM/NORMAL\n"
	        "0xffff000000400000-0xffff000000600000           2M PMD F     RW x      AF NG     BLK UXN    MEM/NORMAL\n",
	        "the range before a swap entry grows over it; an inaccessible block is a leaf");
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.1"),
	        "0xffff000000000000-0xffff000000600000           6M PTE       RW x      AF                   MEM/NORMAL\n",
	        "6.1 tells inaccessible entries by other bits");
	lab_put(&lab, TABLE_AT(2), 2, UINT64_C(0x40200000) | (BLOCK & ~1) | BIT(58));
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.1"),
	        "0xffff000000400000-0xffff000000600000           2M PMD F     RW x      AF        BLK        MEM/NORMAL\n", "by bit 58");
	lab_put(&lab, TABLE_AT(2), 2, UINT64_C(0x40200000) | (BLOCK & ~1) | BIT(59));
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.1"),
	        "0xffff000000400000-0xffff000000600000           2M PMD F     RW x      AF        BLK        MEM/NORMAL\n",
	        "or bit 59");
	/* Of two entries that differ in such a bit alone, one makes a note. */
	lab_put(&lab, TABLE_AT(2), 1, UINT64_C(0x40200000) | (BLOCK & ~1));
	lab_put(&lab, TABLE_AT(2), 2, UINT64_C(0x40200000) | (BLOCK & ~1) | BIT(59));
	lab_put(&lab, TABLE_AT(1), 1, UINT64_C(0x40200000) | (BLOCK & ~1) | BIT(59)); /* only a pmd is told so */
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.1"),
	        "0xffff000000000000-0xffff000000400000           4M PTE       RW x      AF                   MEM/NORMAL\n"
	        "0xffff000000400000-0xffff000000600000           2M PMD F     RW x      AF        BLK        MEM/NORMAL\n"
	        "0xffff000000600000-0xffff000080000000        2042M PMD\n",
	        "the bits that are tested tell runs apart");
	/* Upper levels that are not tables are cleared as bad. */
	lab_put(&lab, TABLE_AT(0), 1, UINT64_C(0x8000000000) | BLOCK);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117"), "0xffff008000000000-0x0000000000000000      261632G PGD\n",
	        "a 512G block is bad, so a hole");
	lab_close(&lab);
}

/* With 64K pages whatever is present in a pud is a table: pud_table() says so. */
static void no_pud_blocks(void)
{
	static const struct ptk_marker m = {0xffff000000000000, "Linear Mapping start", 0};
	open_regime("arm64-64k-48,high", &m, 1, 2);
	lab_put(&lab, TABLE_AT(0), 0, TABLE_AT(1) | BLOCK);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117"),
	       START
	       "0xffff000000000000-0xffff040000000000           4T PMD\n"
	       "0xffff040000000000-0x0000000000000000         252T PGD\n",
	       "a 4T block is walked");
	lab_close(&lab);
}

/* Writable and executable: two lines, told apart by the x. */
static void writable_and_executable(void)
{
	open48();
	lab_fill(&lab, TABLE_AT(3), 0, 512, UINT64_C(0x40000000) | KERNEL_PAGE, 0x1000);
	lab_fill(&lab, TABLE_AT(3), 7, 2, UINT64_C(0x40007000) | (KERNEL_PAGE & ~PXN), 0x1000);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117"),
	        "0xffff000000000000-0xffff000000007000          28K PTE       RW NX SHD AF NG         UXN    MEM/NORMAL\n"
	        "0xffff000000007000-0xffff000000009000           8K PTE       RW x  SHD AF NG         UXN    MEM/NORMAL\n"
	        "0xffff000000009000-0xffff000000200000        2012K PTE       RW NX SHD AF NG         UXN    MEM/NORMAL\n",
	        "writable and executable pages");
	lab_close(&lab);
}

/* ---- wide physical addresses ---- */

static void wide_addresses(void)
{
	static const struct ptk_marker m = {0xfff0000000000000, "Linear Mapping start", 0};
	/* 64K: PA[51:48] in bits 15:12 of the entry, also of a table's */
	open_regime("arm64-64k-52,high,lpa", &m, 1, 2);
	uint64_t far = UINT64_C(0x5000000000000) + TABLE_AT(2);
	for (unsigned i = 0; i < 8192; i++)
		if (ptk_mem_write(lab.mem, far + 8 * i, &(uint64_t){0}, 8, NULL) < 0)
			bail("cannot write");
	lab_put(&lab, TABLE_AT(0), 0, TABLE_AT(1) | TABLE);
	lab_put(&lab, TABLE_AT(1), 0, TABLE_AT(2) | 5 << 12 | TABLE);
	lab_fill(&lab, far, 0, 4096, UINT64_C(0x40000000) | KERNEL_PAGE, 0x10000);
	lab_fill(&lab, far, 4096, 4096, UINT64_C(0x40000000) | 3 << 12 | KERNEL_PAGE, 0x10000);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117"),
	        START "0xfff0000000000000-0xfff0000020000000         512M PTE       RW NX SHD AF NG         UXN    MEM/NORMAL\n",
	        "64K: addresses above 2^48 are followed, and start no line");
	lab_close(&lab);

	/* LPA2: PA[51:50] take the place of SH, which is compared and printed all the same */
	open_regime("arm64-4k-52,high,ds", &m, 1, 5);
	for (unsigned i = 0; i < 4; i++)
		lab_put(&lab, TABLE_AT(i), 0, TABLE_AT(i + 1) | TABLE);
	lab_fill(&lab, TABLE_AT(4), 0, 128, UINT64_C(0x40000000) | PAGE, 0x1000);
	lab_fill(&lab, TABLE_AT(4), 128, 128, UINT64_C(0x40000000) | PAGE | BIT(49), 0x1000);
	lab_fill(&lab, TABLE_AT(4), 256, 128, UINT64_C(0x40000000) | PAGE | BIT(8), 0x1000);
	lab_fill(&lab, TABLE_AT(4), 384, 128, UINT64_C(0x40000000) | PAGE | BIT(8) | BIT(9), 0x1000);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117"),
	        START
	        "0xfff0000000000000-0xfff0000000100000           1M PTE       RW x      AF                   MEM/NORMAL\n"
	        "0xfff0000000100000-0xfff0000000180000         512K PTE       RW x      AF                   MEM/NORMAL\n"
	        "0xfff0000000180000-0xfff0000000200000         512K PTE       RW x  SHD AF                   MEM/NORMAL\n",
	        "LPA2: addresses above 2^50 look like shareability");
	lab_close(&lab);
}

/* ---- files ---- */

static void efi(void)
{
	open_regime("arm64-4k-48,low", markers48, 1, 4);
	lab.lx.info.regime.va_form = PTK_VA_LOW;
	for (unsigned i = 0; i < 3; i++)
		lab_put(&lab, TABLE_AT(i), 0, TABLE_AT(i + 1) | TABLE);
	lab_fill(&lab, TABLE_AT(3), 16, 16, UINT64_C(0x40000000) | KERNEL_PAGE, 0x1000);
	static const char body[] =
		"---[ UEFI runtime start ]---\n"
		"0x0000000000000000-0x0000000000010000          64K PTE\n"
		"0x0000000000010000-0x0000000000020000          64K PTE       RW NX SHD AF NG         UXN    MEM/NORMAL\n"
		"0x0000000000020000-0x0000000000200000        1920K PTE\n"
		"0x0000000000200000-0x0000000040000000        1022M PMD\n"
		"0x0000000040000000-0x0000008000000000         511G PUD\n";
	char want[1000];
	snprintf(want, sizeof want, "%s0x0000008000000000-0x0001000000000000      261632G PGD\n---[ UEFI runtime end ]---\n", body);
	is_str(lab_dump(&lab, PTK_TABLE_EFI, "6.12.117"), want, "efi: 6.12.110 and later end at the end");
	snprintf(want, sizeof want, "%s0x0000008000000000-0x0000000000000000   17179868672G PGD\n", body);
	is_str(lab_dump(&lab, PTK_TABLE_EFI, "6.12.100"), want, "before, at 0");
	is_str(lab_dump(&lab, PTK_TABLE_EFI, "6.1"), want, "as in 6.1");
	lab_close(&lab);
}

/* A 64K kernel built for 52 bits on a CPU with 48: 6.1 starts at the configured PAGE_OFFSET. */
static void configured_base(void)
{
	static const struct ptk_marker m[] = {{0xfff0000000000000, "Linear Mapping start", 0},
	                                      {0xffff800000000000, "Linear Mapping end", 0}};
	open_regime("arm64-64k-48,high", m, 2, 3);
	lab.lx.layout.va_bits_config = 52;
	lab_put(&lab, TABLE_AT(0), 0, TABLE_AT(1) | TABLE);
	lab_put(&lab, TABLE_AT(1), 0, UINT64_C(0x40000000) | BLOCK);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.1"),
	       START
	       "0xfff0000000000000-0xffff000000000000        3840T PGD\n"
	       "0xffff000000000000-0xffff000020000000         512M PMD       RW x      AF        BLK        MEM/NORMAL\n"
	       "0xffff000020000000-0xffff040000000000     4193792M PMD\n"
	       "0xffff040000000000-0xffff800000000000         124T PGD\n"
	       "---[ Linear Mapping end ]---\n"
	       "0xffff800000000000-0x0000000000000000         128T PGD\n",
	       "6.1 starts where 52 bits would");
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117"),
	        START "0xffff000000000000-0xffff000020000000         512M PMD       RW x      AF        BLK        MEM/NORMAL\n",
	        "6.12 where 48 bits do");
	lab_close(&lab);
}

static void kasan_shadow(void)
{
	static const struct ptk_marker m[] = {{0xffff000000000000, "Linear Mapping start", 0},
	                                      {0xffff600000000000, "Linear Mapping end", 0},
	                                      {0xffff600000000000, "Kasan shadow start", 0},
	                                      {0xffff800000000000, "Kasan shadow end", 0},
	                                      {0xffff800000000000, "Modules start", 0}};
	open_regime("arm64-4k-48,high", m, 5, 5);
	lab_fill(&lab, TABLE_AT(1), 0, 512, TABLE_AT(2) | TABLE, 0);
	lab_fill(&lab, TABLE_AT(2), 0, 512, TABLE_AT(3) | TABLE, 0);
	lab_fill(&lab, TABLE_AT(3), 0, 512, TABLE_AT(4) | KERNEL_PAGE | RDONLY, 0);
	lab_fill(&lab, TABLE_AT(0), 0xc0, 0x40, TABLE_AT(1) | TABLE, 0);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12.117"),
	       START
	       "0xffff000000000000-0xffff600000000000          96T PGD\n"
	       "---[ Linear Mapping end ]---\n"
	       "---[ Kasan shadow start ]---\n"
	       "0xffff600000000000-0xffff800000000000          32T PTE       ro NX SHD AF NG         UXN    MEM/NORMAL\n"
	       "---[ Kasan shadow end ]---\n"
	       "---[ Modules start ]---\n"
	       "0xffff800000000000-0x0000000000000000         128T PGD\n",
	       "early shadow is noted as pages");
	is_u64(lab.st.tables, 1, "without walking it");
	lab_close(&lab);
}

int main(void)
{
	two_levels();
	level_names();
	columns();
	quiet_bits();
	by_version();
	not_present();
	no_pud_blocks();
	writable_and_executable();
	wide_addresses();
	efi();
	configured_base();
	kasan_shadow();
	return done();
}
