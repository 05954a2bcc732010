// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* riscv tables made by hand, and what ptdump.c says of them. */
#include "ptdump_lab.h"

#define V 1
#define RWX(n) ((uint64_t)(n) << 1)
#define R RWX(1)
#define W RWX(2)
#define X RWX(4)
#define U BIT(4)
#define G BIT(5)
#define A BIT(6)
#define D BIT(7)
#define PTE(pa) ((uint64_t)(pa) >> 12 << 10)
#define KERNEL (V | R | W | G | A | D)

static struct lab lab;

static const struct ptk_marker markers39[] = {
	{0xffffffc6fea00000, "Fixmap start", 0},
	{0xffffffc6ff000000, "Fixmap end", 0},
	{0xffffffd800000000, "Linear mapping", 0},
};

/* Table 2 below entry 0 of table 1, which is the first of the kernel's half. */
static void open39(void)
{
	lab_open(&lab, LX_RISCV, "riscv-sv39", 3);
	lab_markers(&lab, markers39, COUNT(markers39));
	lab_put(&lab, TABLE_AT(0), 256, PTE(TABLE_AT(1)) | V);
	lab_put(&lab, TABLE_AT(1), 0, PTE(TABLE_AT(2)) | V);
}

#define FIRST "---[ Fixmap start ]---\n"
#define PASSED "---[ Fixmap end ]---\n---[ Linear mapping ]---\n"

static void columns(void)
{
	static const struct {
		uint64_t value;
		const char *now, *old;
	} page[] = {
		{KERNEL, ".   ..     ..   D A G . . W R V", "    D A G . . W R V"},
		{V | R, ".   ..     ..   . . . . . . R V", "    . . . . . . R V"},
		{V | R | W | X | A | D, ".   ..     ..   D A . . X W R V", "    D A . . X W R V"},
		{V | R | U, ".   ..     ..   . . . U . . R V", "    . . . U . . R V"},
		{V | R | BIT(8), ".   ..   RSW(1) . . . . . . R V", "RSW . . . . . . R V"},
		{V | R | BIT(9), ".   ..   RSW(2) . . . . . . R V", "    . . . . . . R V"},
		{V | R | BIT(8) | BIT(9), ".   ..   RSW(3) . . . . . . R V", "RSW . . . . . . R V"},
		{V | R | BIT(61), ". MT(NC)   ..   . . . . . . R V", "    . . . . . . R V"},
		{V | R | BIT(62), ". MT(IO)   ..   . . . . . . R V", "    . . . . . . R V"},
		{V | R | BIT(61) | BIT(62), ". MT(?" "?)   ..   . . . . . . R V", "    . . . . . . R V"},
		{R | G, ".   ..     ..   . . G . . . R .", "    . . G . . . R ."}, /* PROT_NONE */
	};
	open39();
	for (size_t i = 0; i < COUNT(page); i++) {
		char want[300];
		lab_fill(&lab, TABLE_AT(2), 0, 512, PTE(0x80200000) | page[i].value, PTE(0x1000));
		snprintf(want, sizeof want, FIRST "0xffffffc000000000-0xffffffc000200000    0x0000000080200000         2M PTE %s\n" PASSED,
		         page[i].now);
		is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"), want, "columns of 0x%" PRIx64, page[i].value);
		snprintf(want, sizeof want, FIRST "0xffffffc000000000-0xffffffc000200000    0x0000000080200000         2M PTE %s\n" PASSED,
		         page[i].old);
		is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.1"), want, "in 6.1");
	}
	lab_close(&lab);
}

/* Reserved bits and page numbers start no line; the address is that of the first page. */
static void first_address(void)
{
	open39();
	lab_fill(&lab, TABLE_AT(2), 0, 8, PTE(0x80200000) | KERNEL, PTE(0x1000));
	lab_fill(&lab, TABLE_AT(2), 8, 8, PTE(0x90000000) | KERNEL | BIT(54), PTE(0x1000));
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       FIRST "0xffffffc000000000-0xffffffc000010000    0x0000000080200000        64K PTE .   ..     ..   D A G . . W R V\n" PASSED,
	       "addresses that do not follow on start no line");
	lab_close(&lab);

	/* A marker in the middle does, and the new line has its own page's address. */
	static const struct ptk_marker m[] = {{0, "one", 0}, {0xffffffc000005000, "two", 0}, {0xffffffc000007000, "three", 0}};
	open39();
	lab_markers(&lab, m, 3);
	lab_fill(&lab, TABLE_AT(2), 0, 8, PTE(0x80200000) | KERNEL, PTE(0x3000));
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       "---[ one ]---\n"
	       "0xffffffc000000000-0xffffffc000005000    0x0000000080200000        20K PTE .   ..     ..   D A G . . W R V\n"
	       "---[ two ]---\n"
	       "0xffffffc000005000-0xffffffc000007000    0x000000008020f000         8K PTE .   ..     ..   D A G . . W R V\n"
	       "---[ three ]---\n"
	       "0xffffffc000007000-0xffffffc000008000    0x0000000080215000         4K PTE .   ..     ..   D A G . . W R V\n",
	       "a line that a marker starts has the address of its first page");
	lab_close(&lab);

	/* The same in a subtree of equal entries, which the walker tells at once when it meets it again. */
	static const struct ptk_marker far[] = {{0, "one", 0}, {0xffffffc040258000, "two", 0}};
	open39();
	lab_markers(&lab, far, 2);
	lab_put(&lab, TABLE_AT(0), 257, PTE(TABLE_AT(1)) | V);
	lab_fill(&lab, TABLE_AT(1), 0, 512, PTE(TABLE_AT(2)) | V, 0);
	lab_fill(&lab, TABLE_AT(2), 0, 512, PTE(0x80200000) | KERNEL, 0);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       "---[ one ]---\n"
	       "0xffffffc000000000-0xffffffc040258000    0x0000000080200000   1050976K PTE .   ..     ..   D A G . . W R V\n"
	       "---[ two ]---\n"
	       "0xffffffc040258000-0xffffffc080000000    0x0000000080200000   1046176K PTE .   ..     ..   D A G . . W R V\n",
	       "one page all over");
	lab_close(&lab);
}

static void napot(void)
{
	open39();
	lab_fill(&lab, TABLE_AT(2), 0, 16, PTE(0x80208000) | BIT(63) | KERNEL, 0);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	        "    0x0000000080200000        64K PTE N   ..     ..   D A G . . W R V\n",
	        "the size bit is not part of the address");
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.4"), "    0x0000000080200000        64K PTE     D", "nor in 6.4");
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.1"), "    0x0000000080208000        64K PTE     D", "in 6.1 it is");
	lab_close(&lab);
}

/* ---- what makes a note ---- */

static void not_present(void)
{
	open39();
	lab_fill(&lab, TABLE_AT(2), 0, 512, PTE(0x80200000) | KERNEL, PTE(0x1000));
	lab_put(&lab, TABLE_AT(1), 1, PTE(0x123000)); /* a swap entry */
	lab_put(&lab, TABLE_AT(1), 2, PTE(0x80400000) | R | W | G); /* PROT_NONE */
	lab_put(&lab, TABLE_AT(1), 3, PTE(0x80600000) | KERNEL);
	lab_put(&lab, TABLE_AT(0), 257, PTE(0x40000000) | R | W); /* 1G, not present: no note */
	lab_put(&lab, TABLE_AT(0), 258, PTE(0x40000000) | KERNEL | X);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       FIRST
	       "0xffffffc000000000-0xffffffc000400000    0x0000000080200000         4M PTE .   ..     ..   D A G . . W R V\n"
	       "0xffffffc000400000-0xffffffc000600000    0x0000000080400000         2M PMD .   ..     ..   . . G . . W R .\n"
	       "0xffffffc000600000-0xffffffc000800000    0x0000000080600000         2M PMD .   ..     ..   D A G . . W R V\n"
	       "0xffffffc080000000-0xffffffc0c0000000    0x0000000040000000         1G PGD .   ..     ..   D A G . X W R V\n" PASSED,
	       "inaccessible pages are leaves, swapped ones are nothing; the top leaf is a PGD");
	lab_close(&lab);
}

/* The lower half is not the kernel's; markers that were passed come before the line that passed them. */
static void half(void)
{
	open39();
	lab_put(&lab, TABLE_AT(0), 0, PTE(0x40000000) | KERNEL);
	lab_put(&lab, TABLE_AT(0), 400, PTE(0x80000000) | KERNEL);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       FIRST PASSED
	       "0xffffffe400000000-0xffffffe440000000    0x0000000080000000         1G PGD .   ..     ..   D A G . . W R V\n",
	       "the kernel's half");
	is_str(lab_dump(&lab, PTK_TABLE_CURRENT_KERNEL, "6.12"),
	       "---[ User Space ]---\n"
	       "0x0000000000000000-0x0000000040000000    0x0000000040000000         1G PGD .   ..     ..   D A G . . W R V\n"
	       FIRST PASSED
	       "0xffffffe400000000-0xffffffe440000000    0x0000000080000000         1G PGD .   ..     ..   D A G . . W R V\n",
	       "a process, for which the kernel has no file, by the same rules");
	lab_close(&lab);
}

static void efi(void)
{
	open39();
	lab_put(&lab, TABLE_AT(0), 0, PTE(TABLE_AT(1)) | V);
	lab_fill(&lab, TABLE_AT(2), 1, 1, PTE(0x80200000) | KERNEL, 0);
	lab_put(&lab, TABLE_AT(0), 1, PTE(0x40000000) | KERNEL);
	lab_put(&lab, TABLE_AT(0), 2, PTE(0x80000000) | KERNEL);
	is_str(lab_dump(&lab, PTK_TABLE_EFI, "6.12"),
	       "---[ UEFI runtime start ]---\n"
	       "0x0000000000001000-0x0000000000002000    0x0000000080200000         4K PTE .   ..     ..   D A G . . W R V\n"
	       "---[ UEFI runtime end ]---\n"
	       "0x0000000040000000-0x0000000000000000    0x0000000040000000 17179869183G PGD .   ..     ..   D A G . . W R V\n",
	       "efi: 2G, ended at 0");
	lab_close(&lab);
}

/* ---- other modes ---- */

static void modes(void)
{
	static const struct {
		const char *regime, *second;
		uint64_t first;
	} row[] = {{"riscv-sv48", "PUD", 0xffff800000000000}, {"riscv-sv57", "P4D", 0xff00000000000000}};
	for (size_t i = 0; i < COUNT(row); i++) {
		static const struct ptk_marker m = {0xff1c000000000000, "Fixmap start", 0};
		char want[300];
		lab_open(&lab, LX_RISCV, row[i].regime, 4);
		lab_markers(&lab, &m, 1);
		for (int k = 0; k < (i ? 3 : 2); k++)
			lab_put(&lab, TABLE_AT(k), k ? 0 : 256, PTE(TABLE_AT(k + 1)) | V);
		lab_put(&lab, TABLE_AT(i ? 2 : 1), 5, PTE(0x80000000) | KERNEL);
		snprintf(want, sizeof want,
		         FIRST "0x%016" PRIx64 "-0x%016" PRIx64 "    0x0000000080000000         1G PUD .   ..     ..   D A G . . W R V\n",
		         row[i].first + (UINT64_C(5) << 30), row[i].first + (UINT64_C(6) << 30));
		is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"), want, "%s: a 1G page", row[i].regime);
		lab_close(&lab);
	}
}

static void sv32(void)
{
	static const struct ptk_marker m[] = {{0x9c800000, "Fixmap start", 0}, {0x9cc00000, "Fixmap end", 0}};
	lab_open(&lab, LX_RISCV, "riscv-sv32", 2);
	lab_markers(&lab, m, 2);
	lab_put(&lab, TABLE_AT(0), 0, PTE(0x80000000) | KERNEL); /* below the first marker */
	lab_put(&lab, TABLE_AT(0), 0x9c8 >> 2, PTE(TABLE_AT(1)) | V);
	lab_put(&lab, TABLE_AT(0), 0x9cc >> 2, PTE(0x80400000) | KERNEL);
	lab_fill(&lab, TABLE_AT(1), 3, 1, PTE(0x80100000) | KERNEL | BIT(9), 0);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       FIRST
	       "0x9c803000-0x9c804000    0x80100000         4K PTE RSW(2) D A G . . W R V\n"
	       "---[ Fixmap end ]---\n"
	       "0x9cc00000-0x9d000000    0x80400000         4M PGD   ..   D A G . . W R V\n",
	       "Sv32 starts at the fixmap, without N and MT");

	/* Its first note is at the start, wherever the entry that holds it starts. */
	static const struct ptk_marker middle[] = {{0x9cc01000, "Fixmap start", 0}};
	lab_markers(&lab, middle, 1);
	is_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	       FIRST "0x9cc01000-0x9d000000    0x80400000      4092K PGD   ..   D A G . . W R V\n",
	       "in the middle of a page: the line starts there, the address is the page's");
	lab_close(&lab);
}

int main(void)
{
	columns();
	first_address();
	napot();
	not_present();
	half();
	efi();
	modes();
	sv32();
	return done();
}
