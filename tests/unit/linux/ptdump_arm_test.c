// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* arm tables made by hand, and what arch/arm/mm/dump.c says of them. */
#include "ptdump_lab.h"

/* First-level entries of the short format, as asm/pgtable-2level-hwdef.h has them. */
#define TABLE 1
#define SECTION 2
#define DOMAIN(n) ((n) << 5)
#define AP_WRITE BIT(10)
#define AP_READ BIT(11)
#define APX BIT(15)
#define SECT_XN BIT(4)
#define SECT_S BIT(16)
/* Linux's last-level entries: present, young, dirty. */
#define L_PTE 0x43
#define L_MT(n) ((n) << 2)
#define L_RDONLY BIT(7)
#define L_USER BIT(8)
#define L_XN BIT(9)
#define L_SHARED BIT(10)
/* Where the hardware's tables are in the page that Linux's share with them. */
#define HW 2048

static struct lab lab;

/* What empty entries pass on the way from the kernel's mapping to the last pair, at 0xffe00000. */
#define REST "---[ vmalloc() Area ]---\n---[ vmalloc() End ]---\n---[ Fixmap Area ]---\n"

static const struct ptk_marker markers[] = {
	{0xbf000000, "Modules", 0},
	{0xc0000000, "Kernel Mapping", 0},
	{0xf0800000, "vmalloc() Area", 0},
	{0xff000000, "vmalloc() End", 0},
	{0xffc00000, "Fixmap Area", 0},
	{0xffff0000, "Vectors", 0},
	{0xffff2000, "Vectors End", 0},
};

static void open_short(unsigned tables)
{
	lab_open(&lab, LX_ARM, "arm-short", tables);
	lab_markers(&lab, markers, COUNT(markers));
}

/* Point the pair of entries that translates va at table t. */
static void table(unsigned t, uint32_t va, uint32_t flags)
{
	lab_put(&lab, TABLE_AT(0), va >> 21 << 1, (TABLE_AT(t) + HW) | TABLE | flags);
	lab_put(&lab, TABLE_AT(0), va >> 21 << 1 | 1, (TABLE_AT(t) + HW + 1024) | TABLE | flags);
}

static void pages(unsigned t, uint32_t va, unsigned n, uint64_t flags)
{
	lab_fill(&lab, TABLE_AT(t), va >> 12 & 511, n, 0x60000000 | L_PTE | flags, 0x1000);
}

static void section(uint32_t va, unsigned megabytes, uint64_t flags)
{
	lab_fill(&lab, TABLE_AT(0), va >> 20, megabytes, 0x60000000 | SECTION | flags, 0x100000);
}

static void pages_and_sections(void)
{
	open_short(3);
	table(1, 0xbf000000, 0);
	pages(1, 0xbf000000, 2, L_MT(7) | L_SHARED | L_RDONLY);
	pages(1, 0xbf002000, 3, L_MT(7) | L_SHARED | L_XN);
	/* What the hardware is told is not what is printed. */
	lab_fill(&lab, TABLE_AT(1) + HW, 0, 512, 0x60000002, 0x1000);
	section(0xc0000000, 3, AP_WRITE | SECT_XN | SECT_S);
	section(0xc0300000, 3, AP_WRITE | APX | SECT_S);
	table(2, 0xffe00000, DOMAIN(3));
	pages(2, 0xffff0000, 1, L_MT(7) | L_USER | L_RDONLY);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       "---[ Modules ]---\n"
	       "0xbf000000-0xbf002000           8K PTE KERNEL      ro x  SHD MEM/CACHED/WBWA\n"
	       "0xbf002000-0xbf005000          12K PTE KERNEL      RW NX SHD MEM/CACHED/WBWA\n"
	       "---[ Kernel Mapping ]---\n"
	       "0xc0000000-0xc0300000           3M PGD KERNEL      RW NX SHD\n"
	       "0xc0300000-0xc0600000           3M PGD KERNEL      ro x  SHD\n"
	       "---[ vmalloc() Area ]---\n"
	       "---[ vmalloc() End ]---\n"
	       "---[ Fixmap Area ]---\n"
	       "---[ Vectors ]---\n"
	       "0xffff0000-0xffff1000           4K PTE VECTORS USR ro x      MEM/CACHED/WBWA\n"
	       "---[ Vectors End ]---\n",
	       "pages, sections, vectors");
	is_u64(lab.st.tables, 3, "three tables");
	lab_close(&lab);
}

/* A note for the second 1M of a pair only if it is a section: "section, then nothing" is 2M. */
static void half_a_pair(void)
{
	open_short(1);
	section(0xc0000000, 1, AP_WRITE);
	section(0xc0500000, 1, AP_WRITE);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       "---[ Modules ]---\n---[ Kernel Mapping ]---\n"
	       "0xc0000000-0xc0200000           2M PGD KERNEL      RW x     \n"
	       "0xc0500000-0xc0600000           1M PGD KERNEL      RW x     \n" REST,
	       "a section in the first half, and one in the second");
	lab_close(&lab);
}

/* A table in the first half and a section in the second: all of the table is noted, then the section, which goes back. */
static void table_and_section(void)
{
	open_short(2);
	table(1, 0xc0000000, 0);
	pages(1, 0xc0000000, 4, L_MT(7));
	section(0xc0100000, 1, AP_WRITE);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       "---[ Modules ]---\n---[ Kernel Mapping ]---\n"
	       "0xc0000000-0xc0004000          16K PTE KERNEL      RW x      MEM/CACHED/WBWA\n"
	       "0xc0100000-0xc0200000           1M PGD KERNEL      RW x     \n" REST,
	       "a pair of a table and a section");
	pages(1, 0xc01ff000, 1, L_MT(7));
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	        "0xc01ff000-0xc0100000     4193284K PTE KERNEL      RW x      MEM/CACHED/WBWA\n",
	        "whose pages reach beyond it: the line ends before it starts");
	lab_close(&lab);
}

static void domains(void)
{
	open_short(1);
	section(0xc0000000, 2, AP_WRITE | DOMAIN(0));
	section(0xc0200000, 2, AP_WRITE | DOMAIN(1));
	section(0xc0400000, 2, AP_WRITE | DOMAIN(2));
	section(0xc0600000, 2, AP_WRITE | DOMAIN(3));
	section(0xc0800000, 1, AP_WRITE | DOMAIN(4));
	section(0xc0900000, 1, AP_WRITE | DOMAIN(15));
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       "---[ Modules ]---\n---[ Kernel Mapping ]---\n"
	       "0xc0000000-0xc0200000           2M PGD KERNEL      RW x     \n"
	       "0xc0200000-0xc0400000           2M PGD USER        RW x     \n"
	       "0xc0400000-0xc0600000           2M PGD IO          RW x     \n"
	       "0xc0600000-0xc0800000           2M PGD VECTORS     RW x     \n"
	       "0xc0800000-0xc0a00000           2M PGD unknown     RW x     \n" REST,
	       "a domain starts a line, those without a name are one");
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "3.18"), "0xc0800000-0xc0a00000           2M     RW x     \n",
	        "so it does in kernels that do not print it");
	lab_close(&lab);
}

static void section_rights(void)
{
	static const struct {
		uint64_t ap;
		const char *text;
	} row[] = {
		{AP_WRITE, "     RW x     "},
		{APX | AP_WRITE, "     ro x     "},
		{AP_READ, " USR ro x     "},
		{AP_READ | AP_WRITE, " USR RW x     "},
		{APX | AP_READ, " x     "}, /* no text of its own */
		{AP_WRITE | SECT_XN, "     RW NX    "},
		{AP_WRITE | SECT_S, "     RW x  SHD"},
		{AP_WRITE | 1, "     RW x     "}, /* PXN is bit 0: a section all the same */
	};
	for (size_t i = 0; i < COUNT(row); i++) {
		char want[100];
		open_short(1);
		section(0xc0000000, 4, row[i].ap);
		snprintf(want, sizeof want, "0xc0000000-0xc0400000           4M PGD KERNEL %s\n", row[i].text);
		has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"), want, "section 0x%" PRIx64, row[i].ap);
		lab_close(&lab);
	}
}

static void memory_types(void)
{
	static const char *const name[16] = {"SO/UNCACHED", "MEM/BUFFERABLE/WC", "MEM/CACHED/WT", "MEM/CACHED/WBRA",
	                                     "DEV/SHARED", NULL, "MEM/MINICACHE", "MEM/CACHED/WBWA", NULL, "DEV/WC", NULL,
	                                     "DEV/CACHED", "DEV/NONSHARED", NULL, NULL, NULL};
	open_short(2);
	table(1, 0xc0000000, 0);
	for (unsigned i = 0; i < 16; i++) {
		char want[100];
		pages(1, 0xc0000000, 512, L_MT(i) | L_XN);
		snprintf(want, sizeof want, "0xc0000000-0xc0200000           2M PTE KERNEL      RW NX    %s%s\n", name[i] ? " " : "",
		         name[i] ? name[i] : "");
		has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"), want, "type %u", i);
	}
	lab_close(&lab);
}

/* A kernel of 3.x: what a vexpress once printed, its columns as they were. */
static void old_lines(void)
{
	open_short(5);
	table(1, 0xbfe00000, 0);
	pages(1, 0xbfe01000, 29, L_MT(7) | L_SHARED | L_XN);
	section(0xc0000000, 1, AP_WRITE | SECT_XN | SECT_S);
	section(0xc0100000, 6, AP_WRITE | APX | SECT_S);
	section(0xc0700000, 2, AP_WRITE | APX | SECT_XN | SECT_S);
	section(0xc0900000, 759, AP_WRITE | SECT_XN | SECT_S);
	table(2, 0xf0800000, 0);
	pages(2, 0xf0800000, 1, L_MT(4) | L_SHARED | L_XN);
	pages(2, 0xf0802000, 1, L_MT(4) | L_SHARED | L_XN);
	pages(2, 0xf081c000, 64, L_MT(1) | L_SHARED | L_XN);
	pages(2, 0xf088d000, 11, L_MT(7) | L_SHARED | L_XN);
	table(3, 0xffe00000, 0);
	pages(3, 0xffecd000, 2, L_MT(7) | L_SHARED | L_XN);
	pages(3, 0xffff0000, 1, L_MT(7) | L_SHARED | L_USER | L_RDONLY);
	pages(3, 0xffff1000, 1, L_MT(7) | L_SHARED | L_RDONLY);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "3.18"),
	       "---[ Modules ]---\n"
	       "0xbfe01000-0xbfe1e000         116K     RW NX SHD MEM/CACHED/WBWA\n"
	       "---[ Kernel Mapping ]---\n"
	       "0xc0000000-0xc0100000           1M     RW NX SHD\n"
	       "0xc0100000-0xc0700000           6M     ro x  SHD\n"
	       "0xc0700000-0xc0900000           2M     ro NX SHD\n"
	       "0xc0900000-0xf0000000         759M     RW NX SHD\n"
	       "---[ vmalloc() Area ]---\n"
	       "0xf0800000-0xf0801000           4K     RW NX SHD DEV/SHARED\n"
	       "0xf0802000-0xf0803000           4K     RW NX SHD DEV/SHARED\n"
	       "0xf081c000-0xf085c000         256K     RW NX SHD MEM/BUFFERABLE/WC\n"
	       "0xf088d000-0xf0898000          44K     RW NX SHD MEM/CACHED/WBWA\n"
	       "---[ vmalloc() End ]---\n"
	       "---[ Fixmap Area ]---\n"
	       "0xffecd000-0xffecf000           8K     RW NX SHD MEM/CACHED/WBWA\n"
	       "---[ Vectors ]---\n"
	       "0xffff0000-0xffff1000           4K USR ro x  SHD MEM/CACHED/WBWA\n"
	       "0xffff1000-0xffff2000           4K     ro x  SHD MEM/CACHED/WBWA\n"
	       "---[ Vectors End ]---\n",
	       "3.18: neither level nor domain");
	lab_close(&lab);
}

/* ---- LPAE ---- */

#define L3_PTE 0x403
#define L3_XN BIT(54)
#define L3_RDONLY BIT(58)
#define L3_SHARED GENMASK(9, 8)

static const struct ptk_marker markers_lpae[] = {{0xbf000000, "Modules", 0}, {0xc0000000, "Kernel Mapping", 0}};

static void open_lpae(void)
{
	lab_open(&lab, LX_ARM, "arm-lpae", 3);
	lab_markers(&lab, markers_lpae, 2);
	lab_put(&lab, TABLE_AT(0), 3, TABLE_AT(1) | 3);
	lab_put(&lab, TABLE_AT(1), 0, TABLE_AT(2) | 3);
}

static void lpae(void)
{
	static const char *const types[8] = {" SO/UNCACHED", " MEM/BUFFERABLE/WC DEV/WC", " MEM/CACHED/WT",
	                                     " MEM/CACHED/WBRA DEV/CACHED", " DEV/SHARED", "", "", " MEM/CACHED/WBWA"};
	open_lpae();
	for (unsigned i = 0; i < 8; i++) {
		char want[200];
		lab_fill(&lab, TABLE_AT(2), 0, 512, 0x40000000 | L3_PTE | L3_XN | L_MT(i), 0x1000);
		snprintf(want, sizeof want,
		         "---[ Modules ]---\n---[ Kernel Mapping ]---\n0xc0000000-0xc0200000           2M PTE     RW NX    %s\n", types[i]);
		is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"), want, "LPAE type %u", i);
	}
	lab_fill(&lab, TABLE_AT(2), 0, 512, 0x40000000 | L3_PTE | L3_SHARED | BIT(6) | L3_RDONLY | L_MT(7), 0x1000);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"), "2M PTE USR ro x  SHD MEM/CACHED/WBWA\n", "user, read-only, shared");
	lab_close(&lab);
}

static void lpae_sections(void)
{
	static const struct {
		uint64_t value;
		const char *text;
	} row[] = {
		{0x401 | L3_XN | L3_SHARED, " RW NX SHD"},
		{0x401 | L3_XN | L3_SHARED | BIT(6), " USR RW NX SHD"},
		{0x401 | BIT(58) | BIT(7), " ro x     "},
		{0x401 | BIT(58), " RW x     "},
		{0x401 | BIT(7), " RW x     "},
		{0x400 | BIT(57) | L3_XN, " RW NX    "}, /* PROT_NONE: not present, noted all the same */
	};
	for (size_t i = 0; i < COUNT(row); i++) {
		char want[200];
		open_lpae();
		lab_fill(&lab, TABLE_AT(1), 0, 2, 0x40000000 | row[i].value, 0x200000);
		snprintf(want, sizeof want,
		         "---[ Modules ]---\n---[ Kernel Mapping ]---\n0xc0000000-0xc0400000           4M PMD%s\n", row[i].text);
		is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"), want, "LPAE section 0x%" PRIx64, row[i].value);
		lab_close(&lab);
	}
	/* A table with a section's bits is a table. */
	open_lpae();
	lab_put(&lab, TABLE_AT(1), 0, 0x40000401 | BIT(6));
	lab_put(&lab, TABLE_AT(1), 1, TABLE_AT(2) | 3 | BIT(6));
	lab_fill(&lab, TABLE_AT(2), 0, 512, 0x40000000 | L3_PTE | L_MT(7), 0x1000);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       "---[ Modules ]---\n---[ Kernel Mapping ]---\n"
	       "0xc0000000-0xc0200000           2M PMD USR RW x     \n"
	       "0xc0200000-0xc0400000           2M PTE     RW x      MEM/CACHED/WBWA\n",
	       "bits that are tested tell runs apart");
	lab_close(&lab);
	/* Nothing of what is compared is set: that counts as a hole. */
	open_lpae();
	lab_fill(&lab, TABLE_AT(1), 0, 2, 0x40000401, 0x200000);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"), "---[ Modules ]---\n---[ Kernel Mapping ]---\n",
	       "a section of the most open kind is not printed");
	lab_close(&lab);
}

static void writable_and_executable(void)
{
	open_lpae();
	lab_fill(&lab, TABLE_AT(2), 0, 512, 0x40000000 | L3_PTE | L3_XN | L_MT(7), 0x1000);
	lab_fill(&lab, TABLE_AT(2), 4, 1, 0x40004000 | L3_PTE | L_MT(7), 0);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	        "0xc0000000-0xc0004000          16K PTE     RW NX     MEM/CACHED/WBWA\n"
	        "0xc0004000-0xc0005000           4K PTE     RW x      MEM/CACHED/WBWA\n"
	        "0xc0005000-0xc0200000        2028K PTE     RW NX     MEM/CACHED/WBWA\n",
	        "writable and executable pages");
	lab_close(&lab);
}

/* ---- files ---- */

static void efi(void)
{
	open_short(2);
	table(1, 0x3fe00000, 0);
	pages(1, 0x3fffe000, 2, L_MT(7));
	table(1, 0x40000000, 0);
	is_str(lab_dump(&lab, PTK_TABLE_EFI, "6.12"),
	       "---[ UEFI runtime start ]---\n"
	       "0x3fffe000-0x40000000           8K PTE KERNEL      RW x      MEM/CACHED/WBWA\n"
	       "---[ UEFI runtime end ]---\n"
	       "0x401fe000-0x40200000           8K PTE KERNEL      RW x      MEM/CACHED/WBWA\n",
	       "efi");
	has_str(lab_dump(&lab, PTK_TABLE_EFI, "6.1"), "no file", "6.1 has no such file");
	is_int(lab.rc, PTK_E_NOTFOUND, "which is not found");
	lab_close(&lab);
}

static void unreadable(void)
{
	open_short(2);
	table(1, 0xbf000000, 0);
	pages(1, 0xbf000000, 512, L_MT(7));
	table(9, 0xbf200000, 0);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       "---[ Modules ]---\n"
	       "0xbf000000-0xbf200000           2M PTE KERNEL      RW x      MEM/CACHED/WBWA\n"
	       "---[ Kernel Mapping ]---\n" REST,
	       "the range before a table that cannot be read ends there");
	is_u64(lab.st.unreadable, 1, "and it is counted");
	lab.lx.table[PTK_TABLE_KERNEL].root = TABLE_AT(20);
	lab_dump(&lab, PTK_TABLE_KERNEL, "6.12");
	is_int(lab.rc, PTK_E_NODATA, "a root that cannot be read is an error");
	lab_close(&lab);
}

int main(void)
{
	pages_and_sections();
	half_a_pair();
	table_and_section();
	domains();
	section_rights();
	memory_types();
	old_lines();
	lpae();
	lpae_sections();
	writable_and_executable();
	efi();
	unreadable();
	return done();
}
