// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Entries that are not present: each made by hand as __swp_entry() and PAGE_NONE of that architecture and version make it
 * (arch/.../include/asm/pgtable*.h), and every swap type under configurations (include/linux/swap.h).
 */
#include <ptkit/linux/absent.h>

#include "tap.h"

#define ALL {PTK_CONFIG_YES, PTK_CONFIG_YES, PTK_CONFIG_YES, PTK_CONFIG_YES}

static struct ptk_regime regime(const char *name)
{
	struct ptk_regime r;
	if (ptk_regime_parse(name, &r, NULL) < 0)
		bail("no regime %s", name);
	return r;
}

static int explain(const char *name, unsigned major, unsigned minor, int level, uint64_t raw, struct ptk_absent *a)
{
	const struct ptk_regime r = regime(name);
	const struct ptk_absent_rules rules = {.major = major, .minor = minor};
	return ptk_absent_entry(&rules, &r, level, raw, a);
}

#define BITN(n) (UINT64_C(1) << (n))

/* Type 3, offset 0x1234, in every layout. */
static void swap_entries(void)
{
	static const struct {
		const char *regime;
		unsigned major, minor;
		uint64_t raw;
		uint32_t flags;
	} rows[] = {
		{"x86-64", 6, 12, UINT64_C(3) << 59 | (~UINT64_C(0x1234) << 14 >> 5), 0},
		{"x86-64", 6, 1, UINT64_C(3) << 59 | (~UINT64_C(0x1234) << 14 >> 5) | 8, PTK_ABSENT_F_ANON_EXCL},
		{"x86-64-la57", 5, 19, UINT64_C(3) << 59 | (~UINT64_C(0x1234) << 14 >> 5) | 8 | 4 | 2,
		 PTK_ABSENT_F_ANON_EXCL | PTK_ABSENT_F_UFFD_WP | PTK_ABSENT_F_SOFT_DIRTY},
		{"x86-64", 4, 19, UINT64_C(3) << 59 | (~UINT64_C(0x1234) << 14 >> 5) | 2, PTK_ABSENT_F_SOFT_DIRTY},
		{"x86-64", 4, 14, UINT64_C(3) << 9 | UINT64_C(0x1234) << 14, 0},
		{"x86-64", 4, 14, UINT64_C(3) << 59 | (~UINT64_C(0x1234) << 14 >> 5), 0}, /* 4.14.63 and later */
		{"x86-pae", 6, 12, UINT64_C(3) << 59 | (~UINT64_C(0x1234) << 14 >> 5) | 0x80, PTK_ABSENT_F_ANON_EXCL},
		{"x86-pae", 4, 4, (UINT64_C(3) | UINT64_C(0x1234) << 5) << 32, 0},
		{"x86-32", 6, 1, 3 << 1 | 0x1234 << 9, 0},
		{"x86-32", 6, 12, 3 << 1 | 0x1234 << 9 | 0x80, PTK_ABSENT_F_ANON_EXCL},
		{"arm64-4k-48", 5, 10, 3 << 2 | 0x1234 << 8, 0},
		{"arm64-4k-48", 6, 1, 3 << 3 | 0x1234 << 8 | 4, PTK_ABSENT_F_ANON_EXCL},
		{"arm64-64k-52", 6, 12, 3 << 6 | UINT64_C(0x1234) << 12 | 4 | 8, PTK_ABSENT_F_ANON_EXCL | PTK_ABSENT_F_UFFD_WP},
		{"arm-short", 6, 1, 3 << 2 | 0x1234 << 7, 0},
		{"arm-short", 6, 12, 3 << 2 | 0x1234 << 8 | 0x80, PTK_ABSENT_F_ANON_EXCL},
		{"arm-lpae", 6, 12, 3 << 2 | 0x1234 << 8, 0},
		{"riscv-sv39", 6, 1, 3 << 6 | 0x1234 << 11, 0},
		{"riscv-sv57", 6, 12, 3 << 7 | UINT64_C(0x1234) << 12 | 0x40, PTK_ABSENT_F_ANON_EXCL},
		{"riscv-sv32", 6, 12, 3 << 7 | UINT64_C(0x1234) << 12, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_absent a = {0};
		int rc = explain(rows[i].regime, rows[i].major, rows[i].minor, 0, rows[i].raw, &a);
		ok(rc == 0 && ptk_absent_kind(&a) == PTK_ABSENT_SWAP && a.has_type && a.type == 3 && a.offset == 0x1234 &&
		           a.flags == rows[i].flags && a.pa == PTK_NO_PA,
		   "%s %u.%u: a page in swap (rc %d, type %u, offset 0x%" PRIx64 ", flags 0x%x)", rows[i].regime, rows[i].major,
		   rows[i].minor, rc, a.type, a.offset, a.flags);
	}
}

/* PAGE_NONE of a page at 0x12345000, by the bits that pgtable*.h gives it; and huge pages whose valid bit is cleared. */
static void pages(void)
{
	static const struct {
		const char *regime;
		unsigned major, minor;
		int level;
		uint64_t raw, pa;
		int kind;
	} rows[] = {
		{"x86-64", 6, 12, 0, (~UINT64_C(0x12345000) & UINT64_C(0xffffffffff000)) | BITN(8) | BITN(5), 0x12345000, PTK_ABSENT_NO_ACCESS},
		{"x86-32", 6, 12, 0, 0x12345000 | BITN(8) | BITN(5), 0x12345000, PTK_ABSENT_NO_ACCESS},
		{"x86-64", 6, 12, 1, (~UINT64_C(0x12200000) & UINT64_C(0xfffffffe00000)) | BITN(7) | BITN(6) | BITN(5), 0x12200000,
		 PTK_ABSENT_INVALID},
		{"arm64-4k-48", 6, 1, 0, 0x12345000 | BITN(58) | BITN(54) | BITN(53) | BITN(11) | BITN(10) | BITN(7), 0x12345000,
		 PTK_ABSENT_NO_ACCESS},
		{"arm64-4k-48", 6, 12, 0, 0x12345000 | BITN(54) | BITN(53) | BITN(11) | BITN(10) | BITN(7), 0x12345000, PTK_ABSENT_NO_ACCESS},
		{"arm-short", 6, 12, 0, 0x12345000 | BITN(11) | BITN(9) | BITN(7) | BITN(1) | BITN(0), 0x12345000, PTK_ABSENT_NO_ACCESS},
		{"arm-lpae", 6, 12, 0, 0x12345000 | BITN(57) | BITN(54) | BITN(10) | BITN(1), 0x12345000, PTK_ABSENT_NO_ACCESS},
		{"riscv-sv39", 6, 12, 0, UINT64_C(0x12345) << 10 | BITN(5) | BITN(1), 0x12345000, PTK_ABSENT_NO_ACCESS},
		{"riscv-sv39", 6, 12, 1, UINT64_C(0x12200) << 10 | BITN(7) | BITN(4) | BITN(2) | BITN(1), 0x12200000, PTK_ABSENT_INVALID},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_absent a = {0};
		int rc = explain(rows[i].regime, rows[i].major, rows[i].minor, rows[i].level, rows[i].raw, &a);
		ok(rc == 0 && ptk_absent_kind(&a) == rows[i].kind && a.pa == rows[i].pa && !a.has_type,
		   "%s %u.%u, level %d: %s of a page (rc %d, maybe 0x%x, pa 0x%" PRIx64 ")", rows[i].regime, rows[i].major, rows[i].minor,
		   rows[i].level, ptk_absent_name((unsigned)rows[i].kind), rc, a.maybe, a.pa);
	}
}

/* Type by type, 31 down; S swap, m M migration (read, write), x migration of an exclusive page, P poison, d D device, e E exclusive. */
static void types(void)
{
	static const struct {
		unsigned major, minor;
		uint8_t config[4]; /* migration, memory failure, device, marker */
		const char *top;   /* types 31, 30, ...; those below are areas */
	} rows[] = {
		{6, 12, ALL, "keEdDMxmPS"},
		{6, 15, ALL, "kedDMxmPSS"},
		{6, 1, ALL, "rkeEdDMxmP"},
		{5, 19, {PTK_CONFIG_YES, PTK_CONFIG_NO, PTK_CONFIG_NO, PTK_CONFIG_NO}, "rMxmSS"},
		{5, 18, ALL, "eEdDMmPS"},
		{5, 10, ALL, "dDMmPS"},
		{4, 10, ALL, "MmPS"},
		{6, 12, {PTK_CONFIG_NO, PTK_CONFIG_NO, PTK_CONFIG_NO, PTK_CONFIG_NO}, "kSSS"},
		{6, 12, {PTK_CONFIG_NO, PTK_CONFIG_YES, PTK_CONFIG_NO, PTK_CONFIG_NO}, "kPSS"},
		{5, 10, {PTK_CONFIG_NO, PTK_CONFIG_NO, PTK_CONFIG_NO, PTK_CONFIG_NO}, "SSSS"},
	};
	static const char letters[] = "SmMxPdDeEkr";
	static const struct {
		int kind;
		uint32_t flags;
	} meaning[] = {
		{PTK_ABSENT_SWAP, 0}, {PTK_ABSENT_MIGRATION, 0}, {PTK_ABSENT_MIGRATION, PTK_ABSENT_F_WRITE},
		{PTK_ABSENT_MIGRATION, PTK_ABSENT_F_ANON_EXCL}, {PTK_ABSENT_POISON, 0}, {PTK_ABSENT_DEVICE, 0},
		{PTK_ABSENT_DEVICE, PTK_ABSENT_F_WRITE}, {PTK_ABSENT_EXCLUSIVE, 0}, {PTK_ABSENT_EXCLUSIVE, PTK_ABSENT_F_WRITE},
		{PTK_ABSENT_MARKER, 0}, {PTK_ABSENT_SWAP_ERROR, 0},
	};
	const struct ptk_regime r = regime("x86-64");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ptk_absent_rules rules = {rows[i].major, rows[i].minor, rows[i].config[0], rows[i].config[1],
		                                       rows[i].config[2], rows[i].config[3]};
		unsigned wrong = 0;
		for (unsigned k = 0; k < 32; k++) {
			const char letter = k < strlen(rows[i].top) ? rows[i].top[k] : 'S';
			const size_t m = (size_t)(strchr(letters, letter) - letters);
			const uint64_t raw = (uint64_t)(31 - k) << 59 | (~UINT64_C(0x55) << 14 >> 5);
			struct ptk_absent a;
			wrong += ptk_absent_entry(&rules, &r, 0, raw, &a) < 0 || ptk_absent_kind(&a) != meaning[m].kind ||
			         a.flags != meaning[m].flags || a.type != 31 - k;
		}
		is_int(wrong, 0, "%u.%u: the types from 31 down are %s", rows[i].major, rows[i].minor, rows[i].top);
	}
}

/* What is remembered beside a frame since 6.1, above SWP_PFN_BITS; and what is not known. */
static void frames_and_doubt(void)
{
	const struct ptk_regime four = regime("x86-64"), five = regime("x86-64-la57");
	struct ptk_absent_rules rules = {6, 12, PTK_CONFIG_YES, PTK_CONFIG_YES, PTK_CONFIG_NO, PTK_CONFIG_YES};
	struct ptk_absent a;
	char text[320];
	uint64_t offset = 0x1234 | BITN(34) | BITN(35), raw = UINT64_C(30) << 59 | (~offset << 14 >> 5);
	is_int(ptk_absent_entry(&rules, &four, 0, raw, &a), 0, "a page that moves");
	is_u64(a.pa, 0x1234000, "its frame is 34 bits with four levels");
	is_int(a.flags, PTK_ABSENT_F_WRITE | PTK_ABSENT_F_YOUNG | PTK_ABSENT_F_DIRTY, "writable, accessed, written");
	offset = 0x1234 | BITN(40);
	ptk_absent_entry(&rules, &five, 0, UINT64_C(30) << 59 | (~offset << 14 >> 5), &a);
	ok(a.pa == 0x1234000 && a.flags == (PTK_ABSENT_F_WRITE | PTK_ABSENT_F_YOUNG), "40 with five");
	ptk_absent_text(&a, text, sizeof text);
	is_str(text, "being migrated; the page at 0x1234000; was writable; was accessed", "in words");
	const struct ptk_absent_rules blind = {.major = 6, .minor = 12};
	ptk_absent_entry(&blind, &four, 0, UINT64_C(27) << 59 | (~UINT64_C(5) << 14 >> 5), &a);
	is_int(ptk_absent_kind(&a), -1, "type 27 of an unknown configuration is not decided");
	is_int(a.maybe, 1 << PTK_ABSENT_SWAP | 1 << PTK_ABSENT_POISON | 1 << PTK_ABSENT_DEVICE,
	       "an area, poison, or a device's");
	ok(a.pa == PTK_NO_PA && a.offset == 5, "and speaks of no page");
	ptk_absent_text(&a, text, sizeof text);
	is_str(text, "swap type 27, offset 0x5: swap or poison or device, as the kernel is configured", "in words");
	ptk_absent_entry(&blind, &four, 0, UINT64_C(31) << 59 | (~UINT64_C(3) << 14 >> 5), &a);
	ptk_absent_text(&a, text, sizeof text);
	has_str(text, "a marker: writes are reported (userfaultfd), poisoned", "a marker in words");
	is_int(ptk_absent_text(&a, text, 9), (int)strlen("a marker: writes are reported (userfaultfd), poisoned, an access raises SIGBUS "
	                                                "(UFFDIO_POISON, or swap that could not be read)"), "cut, and its length");
	is_str(text, "a marker", "cut");
}

static void refusals(void)
{
	struct ptk_absent a = {.type = 77};
	is_int(explain("x86-64", 6, 12, 0, 0, &a), PTK_E_NOTFOUND, "an empty entry");
	is_int(explain("x86-64", 6, 12, 0, 0x1067, &a), PTK_E_NOTFOUND, "one that is present");
	is_int(explain("arm64-4k-48", 6, 12, 3, 0x1003, &a), PTK_E_NOTFOUND, "a table");
	is_int(explain("arm-short", 6, 12, 0, 0x12345003, &a), PTK_E_NOTFOUND, "Linux's own entry of a page");
	is_int(explain("x86-64", 6, 12, 9, 0x10, &a), PTK_E_NOTFOUND, "no such level");
	is_int(explain("riscv-sv39", 5, 4, 0, 0x1000, &a), PTK_E_NOTSUP, "a version whose layout is not known");
	is_int(explain("arm-short", 4, 19, 0, 0x1000, &a), PTK_E_NOTSUP, "another");
	is_int(a.type, 77, "the result is not touched");
	ok(!ptk_absent_name(PTK_ABSENT_COUNT_) && ptk_absent_name(0), "names end");
}

int main(void)
{
	swap_entries();
	pages();
	types();
	frames_and_doubt();
	refusals();
	return done();
}
