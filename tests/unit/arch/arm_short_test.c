// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Expected values: DDI 0406C B3.5.1, B3.7, B3.8, and entries that Linux on real boards has. */
#include "arm_law.h"

#define KR PTK_A_KR
#define KW PTK_A_KW
#define KX PTK_A_KX
#define UR PTK_A_UR
#define UW PTK_A_UW
#define UX PTK_A_UX
#define DATA (KR | KW | UR | UW)

static uint32_t rights(const struct ptk_attr *a)
{
	return a->flags & PTK_A_RIGHTS;
}

static struct ptk_attr effective(const struct ptk_regime *r, uint64_t inherit, int level, uint64_t raw)
{
	struct ptk_entry e = decode(r, level, raw);
	struct ptk_attr a;
	ptk_entry_effective(r, inherit, &e, &a);
	return a;
}

static void geometry(void)
{
	struct ptk_regime r = regime("arm-short");
	ok(r.nlevels == 2 && ptk_table_size(&r, 0) == 1024 && ptk_table_size(&r, 1) == 16384 && r.root_align == 14,
	   "tables of 1K below one of 16K");
	for (unsigned n = 0; n < 8; n++) {
		char text[32];
		snprintf(text, sizeof text, "arm-short,n=%u", n);
		r = regime(text);
		ok(r.va_bits == 32 - n && r.root_align == 14 - n && r.level[1].bits == 12 - n, "TTBCR.N = %u", n);
	}
	struct ptk_err err = {0};
	is_int(ptk_regime_parse("arm-short,n=8", &r, &err), PTK_E_INVAL, "TTBCR.N = 8");
	is_int(ptk_regime_parse("arm-short,n=1,high", &r, &err), PTK_E_INVAL, "TTBR1 with a smaller root");
	is_int(ptk_regime_parse("arm-short,t0sz=1", &r, &err), PTK_E_INVAL, "LPAE's parameter");
	is_int(ptk_regime_parse("arm-short,pa=48", &r, &err), PTK_E_INVAL, "too wide an address");
}

static void linux_values(void)
{
	static const struct {
		const char *what;
		int level;
		uint32_t raw;
		uint64_t pa;
		uint32_t rights;
		uint8_t mem, share, domain;
	} rows[] = {
	        {"lowmem section", 1, 0x4001141e, 0x40000000, KR | KW, PTK_MEM_WB, PTK_SHARE_INNER, 0},
	        {"device section", 1, 0x09011452, 0x09000000, KR | KW, PTK_MEM_DEV_nGnRE, PTK_SHARE_INNER, 2},
	        {"head.S section", 1, 0x40111c0e, 0x40100000, DATA | KX | UX, PTK_MEM_WB, PTK_SHARE_INNER, 0},
	        {"kernel page", 0, 0x4123445f, 0x41234000, KR | KW, PTK_MEM_WB, PTK_SHARE_INNER, 0},
	        {"read-only kernel page", 0, 0x4123465f, 0x41234000, KR, PTK_MEM_WB, PTK_SHARE_INNER, 0},
	        {"user text page", 0, 0x41234e7e, 0x41234000, KR | UR | KX | UX, PTK_MEM_WB, PTK_SHARE_INNER, 0},
	};
	struct ptk_regime r = regime("arm-short");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_entry e = decode(&r, rows[i].level, rows[i].raw);
		ok(e.kind == PTK_LEAF && e.pa == rows[i].pa && rights(&e.attr) == rows[i].rights &&
		           e.attr.mem == rows[i].mem && e.attr.share == rows[i].share && e.attr.key == rows[i].domain &&
		           !e.bad,
		   "%s 0x%08x decodes", rows[i].what, rows[i].raw);
	}
	struct ptk_entry t = decode(&r, 1, 0x40967c01);
	ok(t.kind == PTK_TABLE && t.pa == 0x40967c00, "a table at any kilobyte, as the second of Linux's pair is");
}

static void shapes(void)
{
	struct ptk_regime r = regime("arm-short");
	struct ptk_entry e = decode(&r, 1, 0x12a41de2 | 1 << 18);
	ok(e.kind == PTK_LEAF && e.pa == 0xfa12000000 && e.span == 16 << 20 && e.attr.flags & PTK_A_CONT && !e.attr.key,
	   "supersection: PA[35:32] in bits 23:20, PA[39:36] in bits 8:5, no domain");
	e = decode(&r, 0, 0x12345ffd & ~2u);
	ok(e.kind == PTK_LEAF && e.pa == 0x12340000 && e.span == 65536,
	   "large page: 64K, the lower address bits are not address");
	e = decode(&r, 0, 0x12348011);
	ok(!(rights(&e.attr) & (KX | UX)), "large page: XN is bit 15");
	e = decode(&r, 0, 0x12340000 | 1 << 6 | 1);
	is_u64(e.bad, 1 << 6, "large page: bits 8:6 should be zero");
	is_int(decode(&r, 0, 0x12345003).kind, PTK_LEAF, "small page with XN");
	is_int(decode(&r, 1, 0x12300003).kind, PTK_LEAF, "section with PXN");
	r = regime("arm-short,nopxn");
	is_int(decode(&r, 1, 0x12300003).kind, PTK_RESERVED, "without PXN bits 1:0 = 11 are reserved");
	r = regime("arm-short,pa=32");
	e = decode(&r, 1, 0x12a40002);
	ok(e.kind == PTK_RESERVED && e.bad == 0xa00000, "32 bits: a supersection cannot reach further");
	is_int(decode(&r, 1, 0x12340002 & ~0xf00000u).kind, PTK_LEAF, "32 bits: a supersection below 4G");
	is_int(decode(&r, 0, 0x1230).kind, PTK_NOT_PRESENT, "valid bits clear");
	is_int(decode(&r, 1, 0).kind, PTK_NONE, "zero");
}

/* B3.7.1: AP[2:0] as bits 15 and 11:10 of a section; * is reserved. */
static void permissions(void)
{
	static const uint32_t plain[8] = {0, KR | KW, KR | KW | UR, DATA, 0, KR, KR | UR, KR | UR};
	static const uint32_t simple[4] = {KR | KW, DATA, KR, KR | UR}; /* AP[2:1], with the access flag */
	struct ptk_regime r = regime("arm-short"), afe = regime("arm-short,afe");
	for (uint64_t ap = 0; ap < 8; ap++) {
		uint64_t raw = 0x40000002 | (ap & 3) << 10 | (ap >> 2) << 15;
		struct ptk_entry e = decode(&r, 1, raw);
		ok(rights(&e.attr) == (plain[ap] | KX | UX) && (e.bad != 0) == (ap == 4), "AP = %d", (int)ap);
		struct ptk_attr a = effective(&r, 0, 1, raw);
		is_u64(rights(&a), plain[ap] | (plain[ap] & KR ? KX : 0) | (plain[ap] & UR ? UX : 0),
		       "AP = %d: what may not be read may not be executed", (int)ap);
		e = decode(&afe, 1, raw);
		ok(rights(&e.attr) == (simple[ap >> 1] | KX | UX) && !(e.attr.flags & PTK_A_ACCESSED) == !(ap & 1),
		   "AP = %d with AFE", (int)ap);
		a = effective(&afe, 0, 1, raw);
		is_u64(rights(&a) != 0, ap & 1, "AP = %d with AFE: nothing without the access flag", (int)ap);
	}
	struct ptk_attr a = effective(&r, 0, 1, 0x40000c12);
	is_u64(rights(&a), DATA, "section: XN is bit 4");
	a = effective(&r, 0, 1, 0x40000c03);
	is_u64(rights(&a), DATA | UX, "section: PXN is bit 0");
	a = effective(&r, decode(&r, 1, 0x50000005).inherit, 0, 0x40000032);
	is_u64(rights(&a), DATA | UX, "a table's PXN takes the kernel's execution");
	a = effective(&r, decode(&r, 1, 0x50000009).inherit, 0, 0x40000032);
	ok(a.flags & PTK_A_NS, "a table's NS is its pages'");
	r = regime("arm-short,wxn");
	a = effective(&r, 0, 1, 0x40000802);
	is_u64(rights(&a), KR | KW | UR | UX, "WXN: what the kernel writes it does not execute");
	r = regime("arm-short,uwxn");
	a = effective(&r, 0, 1, 0x40000c02);
	is_u64(rights(&a), DATA | UX, "UWXN: what user code writes the kernel does not execute");
}

static void domains(void)
{
	struct ptk_regime r = regime("arm-short,dacr=0xe4"); /* domain 0 none, 1 client, 2 reserved, 3 manager */
	static const uint32_t want[4] = {0, KR | KX, 0, PTK_A_RIGHTS};
	for (uint64_t d = 0; d < 4; d++) {
		struct ptk_attr a = effective(&r, 0, 1, 0x40008402 | d << 5);
		is_u64(rights(&a), want[d], "section of domain %d", (int)d);
		uint64_t inherit = decode(&r, 1, 0x50000001 | d << 5).inherit;
		a = effective(&r, inherit, 0, 0x40000212);
		ok(rights(&a) == want[d] && a.key == d, "page below a table of domain %d", (int)d);
	}
}

static void memory(void)
{
	/* B3.8.2, without remap: TEX C B */
	static const uint8_t plain[32] = {
	        [0] = PTK_MEM_DEV_nGnRnE, [1] = PTK_MEM_DEV_nGnRE, [2] = PTK_MEM_WT,        [3] = PTK_MEM_WB,
	        [4] = PTK_MEM_NC,         [7] = PTK_MEM_WB,        [8] = PTK_MEM_DEV_nGnRE, [16] = PTK_MEM_NC,
	        [17] = PTK_MEM_MIXED,     [18] = PTK_MEM_MIXED,    [19] = PTK_MEM_MIXED,    [20] = PTK_MEM_MIXED,
	        [21] = PTK_MEM_WB,        [22] = PTK_MEM_MIXED,    [23] = PTK_MEM_WB,       [24] = PTK_MEM_MIXED,
	        [25] = PTK_MEM_MIXED,     [26] = PTK_MEM_WT,       [27] = PTK_MEM_MIXED,    [28] = PTK_MEM_MIXED,
	        [29] = PTK_MEM_WB,        [30] = PTK_MEM_MIXED,    [31] = PTK_MEM_WB,
	};
	/* Linux's PRRR 0xff0a81a8 and NMRR 0x40e040e0, as its comment lists them: proc-v7-2level.S */
	static const uint8_t linux_types[8] = {
	        PTK_MEM_DEV_nGnRnE, PTK_MEM_NC,         PTK_MEM_WT,      PTK_MEM_WB,
	        PTK_MEM_DEV_nGnRE,  PTK_MEM_DEV_nGnRnE, PTK_MEM_UNKNOWN, PTK_MEM_WB,
	};
	struct ptk_regime r = regime("arm-short,notre");
	for (uint64_t i = 0; i < 32; i++) {
		struct ptk_entry e = decode(&r, 0, 0x2 | (i & 3) << 2 | (i >> 2) << 6);
		ok(e.attr.mem == plain[i] && e.attr.memidx == i && !e.attr.sw, "TEX:C:B = %d: %s", (int)i,
		   ptk_memtype_name(e.attr.mem));
	}
	is_int(decode(&r, 0, 0x402).attr.share, PTK_SHARE_OUTER, "strongly ordered memory is shared without S too");
	is_int(decode(&r, 0, 0x00e).attr.share, PTK_SHARE_NONE, "normal memory is not");
	is_int(decode(&r, 0, 0x40e).attr.share, PTK_SHARE_OUTER, "S makes it so");
	r = regime("arm-short");
	for (uint64_t i = 0; i < 32; i++) {
		struct ptk_entry e = decode(&r, 0, 0x2 | (i & 3) << 2 | (i >> 2) << 6);
		ok(e.attr.mem == linux_types[i & 7] && e.attr.memidx == (i & 7) && e.attr.sw == i >> 3,
		   "remapped TEX:C:B = %d: TEX[0]:C:B selects, TEX[2:1] is software's", (int)i);
	}
	r = regime("arm-short,memattr=0x00080008000c0008"); /* index 1 normal, IR1 = OR1 = 10; NS0 and NS1, no NOS */
	struct ptk_entry e = decode(&r, 0, 0x006);
	ok(e.attr.mem == PTK_MEM_WT && e.attr.share == PTK_SHARE_OUTER,
	   "NS0 shares memory without S, NOS clear: outer");
}

static void encoding(void)
{
	struct ptk_regime r = regime("arm-short");
	struct ptk_entry e = decode(&r, 1, 0x4001141e);
	uint64_t raw = 0;
	e.attr.memidx = PTK_MEMIDX_AUTO;
	e.attr.mem = PTK_MEM_DEV_nGnRE;
	is_int(ptk_entry_encode(&r, &e, &raw, NULL), 0, "a section as device memory");
	is_u64(raw, 0x40011412, "is TEX[0] set, C and B clear");
	e.attr.flags |= PTK_A_CONT;
	e.attr.key = 0;
	e.pa = 0xfa12000000;
	is_int(ptk_entry_encode(&r, &e, &raw, NULL), 0, "a supersection");
	is_u64(raw, 0x12a415f2 | 1 << 18 | 1 << 16, "has its upper address in two places");
	e.pa = 0x12100000;
	is_int(ptk_entry_encode(&r, &e, &raw, NULL), PTK_E_INVAL, "a supersection misaligned");
	e.attr.flags &= ~(uint32_t)PTK_A_CONT;
	e.attr.flags |= KX;
	is_int(ptk_entry_encode(&r, &e, &raw, NULL), PTK_E_NOTSUP, "execution for the kernel alone");
	e.attr.flags &= ~(uint32_t)KX;
	e.attr.flags |= UW;
	is_int(ptk_entry_encode(&r, &e, &raw, NULL), PTK_E_NOTSUP, "writing without reading");
	e.level = 0;
	e.pa = 0x12100000;
	e.attr.flags = KR | KW | UX | PTK_A_ACCESSED;
	is_int(ptk_entry_encode(&r, &e, &raw, NULL), PTK_E_NOTSUP, "a page has no PXN of its own");
}

static void field_names(void)
{
	struct ptk_regime r = regime("arm-short");
	static const struct {
		int level;
		uint32_t raw;
		const char *names;
	} rows[] = {
	        {1, 0x50000001, "TableAddress IMP Domain SBZ NS PXN Type"},
	        {1, 0x50000002, "Address[31:20] NS Super nG S AP[2] TEX AP[1:0] IMP Domain XN C B Type PXN"},
	        {1, 0x50040002,
	         "Address[31:24] Address[35:32] NS Super nG S AP[2] TEX AP[1:0] IMP Address[39:36] XN C B Type PXN"},
	        {0, 0x50000002, "Address[31:12] nG S AP[2] TEX AP[1:0] C B Type XN"},
	        {0, 0x50000001, "Address[31:16] XN TEX nG S AP[2] SBZ AP[1:0] C B Type"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_field f[PTK_FIELDS_MAX];
		char got[256] = "";
		size_t n = ptk_entry_fields(&r, rows[i].level, rows[i].raw, f, PTK_FIELDS_MAX);
		for (size_t k = 0; k < n; k++)
			snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", k ? " " : "", f[k].name);
		is_str(got, rows[i].names, "fields of 0x%08x at level %d", rows[i].raw, 2 - rows[i].level);
	}
}

int main(void)
{
	static const char *const names[] = {
	        "arm-short",       "arm-short,nopxn", "arm-short,notre", "arm-short,afe", "arm-short,afe,nopxn,notre",
	        "arm-short,pa=32", "arm-short,n=3",
	};
	geometry();
	linux_values();
	shapes();
	permissions();
	domains();
	memory();
	encoding();
	field_names();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		laws_hold(names[i], 300);
	return done();
}
