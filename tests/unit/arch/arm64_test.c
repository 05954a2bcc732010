// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "arm_law.h"

#define RIGHTS(f) ((f)&PTK_A_RIGHTS)
#define KR PTK_A_KR
#define KW PTK_A_KW
#define KX PTK_A_KX
#define UR PTK_A_UR
#define UW PTK_A_UW
#define UX PTK_A_UX

/* Start level and index widths: Arm ARM DDI 0487 tables D8-14 to D8-23 (resolving VA bits by granule). */
static void geometry(void)
{
	static const struct {
		const char *name;
		uint8_t nlevels, root_bits, root_align;
		int8_t start;
	} rows[] = {
	        {"arm64-4k-25", 2, 4, 7, 2},
	        {"arm64-4k-30", 2, 9, 12, 2},
	        {"arm64-4k-31", 3, 1, 4, 1},
	        {"arm64-4k-36", 3, 6, 9, 1},
	        {"arm64-4k-39", 3, 9, 12, 1},
	        {"arm64-4k-40", 4, 1, 4, 0},
	        {"arm64-4k-48", 4, 9, 12, 0},
	        {"arm64-4k-52", 5, 4, 7, -1},
	        {"arm64-4k-49", 5, 1, 6, -1},
	        {"arm64-4k-20", 1, 8, 11, 3},
	        {"arm64-16k-36", 2, 11, 14, 2},
	        {"arm64-16k-47", 3, 11, 14, 1},
	        {"arm64-16k-48", 4, 1, 4, 0},
	        {"arm64-16k-52", 4, 5, 8, 0},
	        {"arm64-16k-37", 3, 1, 4, 1},
	        {"arm64-64k-42", 2, 13, 16, 2},
	        {"arm64-64k-48", 3, 6, 9, 1},
	        {"arm64-64k-52", 3, 10, 13, 1},
	        {"arm64-64k-29", 1, 13, 16, 3},
	        /* stage 2: up to 16 concatenated root tables, D8.2.2 */
	        {"arm64-s2-4k-40", 3, 10, 13, 1},
	        {"arm64-s2-4k-43", 3, 13, 16, 1},
	        {"arm64-s2-4k-44", 4, 5, 8, 0},
	        {"arm64-s2-4k-48", 4, 9, 12, 0},
	        {"arm64-s2-64k-48", 3, 6, 9, 1},
	        {"arm64-s2-16k-40", 2, 15, 18, 2},
	        {"arm64-s2-4k-25", 2, 4, 7, 2},
	        {"arm64-s2-64k-46", 2, 17, 20, 2},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_regime r = regime(rows[i].name);
		const struct ptk_level *root = &r.level[r.nlevels - 1];
		unsigned sum = r.page_shift;
		for (int k = 0; k < r.nlevels; k++)
			sum += r.level[k].bits;
		ok(r.nlevels == rows[i].nlevels && root->bits == rows[i].root_bits && root->manual == rows[i].start &&
		           r.root_align == rows[i].root_align && sum == r.va_bits,
		   "%s: %d levels from level %d, root of 2^%d entries aligned to 2^%d", rows[i].name, r.nlevels,
		   root->manual, root->bits, r.root_align);
	}
}

/* D8.3.1: a block at level 1 and 2 (4K), 2 (16K and 64K), one level up with LPA2 or LPA. */
static void blocks(void)
{
	static const struct {
		const char *name, *leaf; /* one letter a level from the leaf up */
	} rows[] = {
	        {"arm64-4k-48", "yyyn"},       {"arm64-4k-48,ds", "yyyy"},  {"arm64-4k-52", "yyyyn"},
	        {"arm64-16k-47", "yyn"},       {"arm64-16k-47,ds", "yyy"},  {"arm64-16k-52", "yyyn"},
	        {"arm64-64k-48", "yyn"},       {"arm64-64k-48,lpa", "yyy"}, {"arm64-64k-52", "yyy"},
	        {"arm64-64k-52,nolpa", "yyn"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_regime r = regime(rows[i].name);
		char got[8] = {0};
		for (int k = 0; k < r.nlevels; k++)
			got[k] = ptk_entry_kind(&r, k, k ? 1 : 3) == PTK_LEAF ? 'y' : 'n';
		is_str(got, rows[i].leaf, "%s: levels that map memory", rows[i].name);
	}
}

/* Entries of real kernels: Linux 6.12, 4K pages, 48 bits. */
static void linux_values(void)
{
	static const struct {
		const char *what;
		uint64_t raw, pa;
		int level;
		uint32_t rights;
		uint8_t mem, share;
	} rows[] = {
	        {"PAGE_KERNEL", 0x00e8000040567703, 0x40567000, 0, KR | KW, PTK_MEM_WB, PTK_SHARE_INNER},
	        {"PAGE_KERNEL tagged", 0x00e8000040000f07, 0x40000000, 0, KR | KW, PTK_MEM_WB, PTK_SHARE_INNER},
	        {"PAGE_KERNEL_RO", 0x00e0000040567783, 0x40567000, 0, KR, PTK_MEM_WB, PTK_SHARE_INNER},
	        {"PAGE_KERNEL_ROX", 0x00c0000040567783, 0x40567000, 0, KR | KX, PTK_MEM_WB, PTK_SHARE_INNER},
	        {"PAGE_KERNEL_EXEC", 0x00c8000040567703, 0x40567000, 0, KR | KW | KX, PTK_MEM_WB, PTK_SHARE_INNER},
	        {"PROT_SECT_NORMAL", 0x0068000045600701, 0x45600000, 1, KR | KW, PTK_MEM_WB, PTK_SHARE_INNER},
	        {"kernel alias block", 0x00e0000040200f81, 0x40200000, 1, KR, PTK_MEM_WB, PTK_SHARE_INNER},
	        {"ioremap", 0x0068000009000713, 0x09000000, 0, KR | KW, PTK_MEM_DEV_nGnRE, PTK_SHARE_INNER},
	        {"PCI ECAM", 0x006800003f00070f, 0x3f000000, 0, KR | KW, PTK_MEM_DEV_nGnRnE, PTK_SHARE_INNER},
	};
	struct ptk_regime r = regime("arm64-4k-48");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_entry e = decode(&r, rows[i].level, rows[i].raw);
		ok(e.kind == PTK_LEAF && e.pa == rows[i].pa && e.attr.mem == rows[i].mem &&
		           e.attr.share == rows[i].share && RIGHTS(e.attr.flags) == rows[i].rights &&
		           e.attr.flags & PTK_A_ACCESSED && !e.bad,
		   "%s 0x%" PRIx64 " decodes", rows[i].what, rows[i].raw);
	}
	struct ptk_entry t = decode(&r, 3, 0x1800000045fff003);
	ok(t.kind == PTK_TABLE && t.pa == 0x45fff000 && t.inherit == (UX | KX),
	   "the linear map's table is PXN and UXN");
	t = decode(&r, 3, 0x10000000406b3003);
	ok(t.kind == PTK_TABLE && t.pa == 0x406b3000 && t.inherit == UX, "the kernel image's table is UXN");
}

/* D8.9.2: with TBI the top byte is not looked at, bits 55 to the VA size still are. */
static void tags(void)
{
	struct ptk_regime low = regime("arm64-4k-48,tbi"), high = regime("arm64-4k-48,tbi,high"),
	                  none = regime("arm64-4k-48");
	ok(ptk_va_valid(&low, 0x5a00123456789000) && !ptk_va_valid(&none, 0x5a00123456789000),
	   "a tag in the lower half");
	ok(ptk_va_valid(&high, 0x5affffff80001000) && !ptk_va_valid(&high, 0xff00ffff80001000),
	   "a tag in the upper half");
	ok(!ptk_va_valid(&low, 0x0001000000000000) && !ptk_va_valid(&low, 0x0080000000000000),
	   "bits 48 and 55 are no tag");
	is_u64(ptk_va_canonical(&low, 0x5a00123456789000), 0x0000123456789000, "the tag is stripped");
	is_u64(ptk_va_canonical(&high, 0x5affffff80001000), 0xffffffff80001000, "upwards in the upper half");
}

static void names_and_parameters(void)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
	        {"arm64-4k-53", PTK_E_INVAL},       {"arm64-4k-15", PTK_E_INVAL},
	        {"arm64-64k-16", PTK_E_INVAL},      {"arm64-8k-48", PTK_E_UNKNOWN},
	        {"arm64-4k-048", PTK_E_UNKNOWN},    {"arm64-4k-", PTK_E_UNKNOWN},
	        {"arm64-4k", PTK_E_UNKNOWN},        {"arm64-s2", PTK_E_UNKNOWN},
	        {"arm64-4k-52,nods", PTK_E_INVAL},  {"arm64-4k-48,lpa", PTK_E_INVAL},
	        {"arm64-64k-52,ds", PTK_E_INVAL},   {"arm64-4k-48,pa=53", PTK_E_INVAL},
	        {"arm64-4k-48,pa=31", PTK_E_INVAL}, {"arm64-4k-48,t0sz=16", PTK_E_INVAL},
	        {"arm64-4k-48,afe", PTK_E_INVAL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_regime r;
		struct ptk_err err = {0};
		is_int(ptk_regime_parse(rows[i].text, &r, &err), rows[i].rc, "%s: %s", rows[i].text, err.msg);
	}
	struct ptk_regime r = regime("arm64-4k-52");
	ok(r.pa_bits == 52 && r.flags & PTK_RF_DS, "52 bits of VA with 4K pages are LPA2");
	r = regime("arm64-64k-52");
	ok(r.pa_bits == 52 && r.flags & PTK_RF_LPA, "with 64K pages they come with LPA");
	r = regime("arm64-64k-48");
	ok(r.pa_bits == 48 && !(r.flags & PTK_RF_LPA), "48 bits have neither");
	r = regime("arm64-16k-47,pa=52");
	ok(r.flags & PTK_RF_DS, "a 52-bit output address implies the layout that has it");
}

int main(void)
{
	static const char *const extra[] = {
	        "arm64-4k-36",           "arm64-4k-48,ds",         "arm64-4k-48,pa=40",
	        "arm64-16k-47,ds,pa=50", "arm64-64k-48,lpa,pa=48", "arm64-64k-48,pa=52",
	        "arm64-4k-39,hpd",       "arm64-4k-52,pa=48",      "arm64-s2-4k-52",
	        "arm64-s2-64k-52",
	};
	geometry();
	blocks();
	linux_values();
	tags();
	names_and_parameters();
	for (size_t i = 0; ptk_regime_name(i); i++)
		if (strncmp(ptk_regime_name(i), "arm64", 5) == 0)
			laws_hold(ptk_regime_name(i), 200);
	for (size_t i = 0; i < sizeof extra / sizeof *extra; i++)
		laws_hold(extra[i], 200);
	return done();
}
