// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Stage 1 long descriptors. Expected values: Arm ARM DDI 0487 D8.3 to D8.6, and entries of real Linux kernels. */
#include "arch/arm_long.h"
#include "arm_law.h"

#define KR PTK_A_KR
#define KW PTK_A_KW
#define KX PTK_A_KX
#define UR PTK_A_UR
#define UW PTK_A_UW
#define UX PTK_A_UX
#define AF (1u << 10)
#define PAGE (AF | 3)

static uint32_t effective(const char *text, uint64_t table, uint64_t page)
{
	struct ptk_regime r = regime(text);
	struct ptk_entry t = decode(&r, 1, table | 3), e = decode(&r, 0, page);
	struct ptk_attr a;
	if (t.kind != PTK_TABLE || e.kind != PTK_LEAF)
		bail("no table, or no page");
	ptk_entry_effective(&r, t.inherit, &e, &a);
	return a.flags;
}

static uint32_t rights(const char *text, uint64_t table, uint64_t page)
{
	return effective(text, table, page) & PTK_A_RIGHTS;
}

/* D8.4.1.2: AP[2:1], UXN, PXN of a page to what EL1 and EL0 may do. */
static void permissions64(void)
{
	static const struct {
		uint8_t ap;
		uint32_t data;
	} aps[4] = {{0, KR | KW}, {1, KR | KW | UR | UW}, {2, KR}, {3, KR | UR}};
	for (int i = 0; i < 16; i++) {
		uint64_t ap = i & 3, pxn = i >> 2 & 1, uxn = i >> 3 & 1;
		uint32_t want = aps[ap].data;
		if (!uxn)
			want |= UX; /* even where user code may not read: execute-only */
		if (!pxn && ap != 1)
			want |= KX; /* never what user code may write */
		uint64_t page = PAGE | ap << 6 | pxn << 53 | uxn << 54;
		is_u64(rights("arm64-4k-48", 0, page), want, "AP[2:1] = %d%d, PXN %d, UXN %d", i >> 1 & 1, i & 1,
		       (int)pxn, (int)uxn);
	}
}

/* D8.4.1.3: APTable, UXNTable, PXNTable take away, and cannot give. */
static void hierarchy(void)
{
	const uint64_t rw = PAGE | 1 << 6, all = KR | KW | UR | UW | UX;
	is_u64(rights("arm64-4k-48", 0, rw), all, "a user's read-write page");
	is_u64(rights("arm64-4k-48", LD_APTABLE0, rw), KR | KW | KX | UX,
	       "APTable 01: user access gone, so the kernel may execute");
	is_u64(rights("arm64-4k-48", LD_APTABLE1, rw), KR | UR | KX | UX, "APTable 10: writing gone");
	is_u64(rights("arm64-4k-48", LD_APTABLE0 | LD_APTABLE1, rw), KR | KX | UX, "APTable 11: both");
	is_u64(rights("arm64-4k-48", LD_XNTABLE, rw), all & ~UX, "UXNTable");
	is_u64(rights("arm64-4k-48", LD_PXNTABLE | LD_APTABLE1, rw), KR | UR | UX, "PXNTable");
	is_u64(rights("arm64-4k-48,hpd", GENMASK(62, 59), rw), all, "HPD: nothing of it");
	ok(effective("arm64-4k-48,hpd", LD_NSTABLE, rw) & PTK_A_NS, "NSTable works with HPD too");
	is_u64(rights("arm-lpae", LD_XNTABLE, PAGE | 1 << 6), KR | KW | UR | UW,
	       "LPAE: XNTable is for kernel and user");
	is_u64(rights("arm-lpae", LD_PXNTABLE, PAGE | 1 << 6), all, "LPAE: PXNTable for the kernel");
}

static void switches(void)
{
	const uint64_t rw = PAGE | 1 << 6, kernel = PAGE, ro = PAGE | 3 << 6, exec_only = PAGE | 2 << 6;
	is_u64(rights("arm64-4k-48,wxn", 0, rw), KR | KW | UR | UW, "WXN: a writable user page");
	is_u64(rights("arm64-4k-48,wxn", 0, kernel), KR | KW | UX,
	       "WXN: a writable kernel page that user code may execute");
	is_u64(rights("arm64-4k-48,wxn", 0, ro), KR | UR | KX | UX, "WXN: a read-only page");
	is_u64(rights("arm64-4k-48,pan", 0, ro), UR | KX | UX, "PAN: the kernel may not read a user's page");
	is_u64(rights("arm64-4k-48,pan", 0, exec_only), KR | KX | UX, "PAN: but an execute-only one");
	is_u64(rights("arm64-4k-48,pan,epan", 0, exec_only), KX | UX, "EPAN: that neither");
	is_u64(rights("arm64-4k-48,pan,epan", 0, exec_only | LD_XN), KR | KX, "EPAN: a kernel page stays");
	is_u64(rights("arm64-4k-48,e0pd", 0, rw), KR | KW, "E0PD: user code may do nothing");
	is_u64(rights("arm64-4k-48", 0, 3), 0, "no access flag: nothing");
	is_u64(rights("arm64-4k-48,ha", 0, 3), KR | KW | KX | UX, "HA: hardware sets it");
	is_u64(rights("arm64-4k-48", 0, ro | LD_DBM), KR | UR | KX | UX, "DBM without HD means nothing");
	is_u64(rights("arm64-4k-48,hd", 0, ro | LD_DBM), KR | KW | UR | UW | UX, "HD: DBM grants the write");
	is_u64(rights("arm64-4k-48,hd", LD_APTABLE1, ro | LD_DBM), KR | UR | KX | UX, "HD: unless a table takes it");
	ok(effective("arm64-4k-48,hd", 0, rw | LD_DBM) & PTK_A_DIRTY, "HD: writable with DBM is dirty");
	ok(!(effective("arm64-4k-48,hd", 0, ro | LD_DBM) & PTK_A_DIRTY), "HD: read-only with DBM is clean");
	is_u64(rights("arm-lpae", 0, PAGE), KR | KW | KX, "LPAE: executing needs reading");
	is_u64(rights("arm-lpae", 0, rw | LD_XN), KR | KW | UR | UW, "LPAE: XN is for both");
	is_u64(rights("arm-lpae", 0, rw), KR | KW | UR | UW | KX | UX,
	       "LPAE: the kernel may execute what user code writes");
	is_u64(rights("arm-lpae,uwxn", 0, rw), KR | KW | UR | UW | UX, "LPAE: unless UWXN");
	is_u64(rights("arm-lpae,wxn", 0, rw), KR | KW | UR | UW, "LPAE: WXN");
	is_u64(rights("arm-lpae,pan", 0, rw), UR | UW | KX | UX, "LPAE: PAN");
}

/* D17.2.97, MAIR_EL1.Attr<n>. */
static void memory(void)
{
	static const struct {
		uint8_t attr, type;
	} rows[] = {
	        {0x00, PTK_MEM_DEV_nGnRnE}, {0x04, PTK_MEM_DEV_nGnRE},  {0x08, PTK_MEM_DEV_nGRE},
	        {0x0c, PTK_MEM_DEV_GRE},    {0x01, PTK_MEM_DEV_nGnRnE}, {0x0d, PTK_MEM_DEV_GRE},
	        {0x02, PTK_MEM_UNKNOWN},    {0x40, PTK_MEM_NC},         {0x44, PTK_MEM_NC},
	        {0xa0, PTK_MEM_WT},         {0xf0, PTK_MEM_WB_TAGGED},  {0xff, PTK_MEM_WB},
	        {0xbb, PTK_MEM_WT},         {0x77, PTK_MEM_WB},         {0x33, PTK_MEM_WT},
	        {0xee, PTK_MEM_WB},         {0xaa, PTK_MEM_WT},         {0x4f, PTK_MEM_MIXED},
	        {0xf4, PTK_MEM_MIXED},      {0xbf, PTK_MEM_MIXED},      {0xe0, PTK_MEM_UNKNOWN},
	        {0x10, PTK_MEM_UNKNOWN},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_str(ptk_memtype_name(ptk_arm_mair_type_(rows[i].attr)), ptk_memtype_name(rows[i].type),
		       "MAIR 0x%02x", rows[i].attr);
}

/* Where each address bit goes, one at a time: D8.3.1. */
static void address_bits(void)
{
	static const struct {
		const char *name;
		unsigned first, in_place, last;
		uint8_t moved_to; /* of the first bit that moved */
	} rows[] = {
	        {"arm64-4k-48", 12, 47, 47, 0}, {"arm64-16k-48", 14, 47, 47, 0}, {"arm64-64k-48", 16, 47, 47, 0},
	        {"arm64-4k-52", 12, 49, 51, 8}, {"arm64-16k-52", 14, 49, 51, 8}, {"arm64-64k-52", 16, 47, 51, 12},
	        {"arm-lpae", 12, 39, 39, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_regime r = regime(rows[i].name);
		bool right = true;
		for (unsigned bit = rows[i].first; bit <= rows[i].last; bit++) {
			unsigned at = bit <= rows[i].in_place ? bit : rows[i].moved_to + bit - rows[i].in_place - 1;
			right &= decode(&r, 0, PAGE | BIT(at)).pa == BIT(bit);
			right &= decode(&r, 1, 3 | BIT(at)).pa == BIT(bit);
		}
		ok(right, "%s: address bits %u to %u", rows[i].name, rows[i].first, rows[i].last);
	}
	struct ptk_regime r = regime("arm64-4k-48,pa=40");
	struct ptk_entry e = decode(&r, 0, PAGE | BIT(40));
	ok(e.kind == PTK_RESERVED && e.bad == BIT(40), "an address wider than the output size faults");
	is_int(decode(&r, 1, 3 | BIT(47)).kind, PTK_RESERVED, "a table's too");
	r = regime("arm64-4k-48");
	e = decode(&r, 0, PAGE | BIT(48));
	ok(e.kind == PTK_LEAF && e.pa == 0 && e.bad == BIT(48), "bit 48 is RES0 without LPA2: ignored, but shown");
	e = decode(&r, 1, 0x40200000 | AF | BIT(13) | BIT(16) | 1);
	ok(e.kind == PTK_LEAF && e.pa == 0x40200000 && e.bad == BIT(13), "a block's low bits are RES0, but nT");
	is_int(decode(&r, 0, 0x40200001).kind, PTK_RESERVED, "bits 01 at level 3");
	r = regime("arm64-64k-48,lpa,pa=48");
	is_int(decode(&r, 0, PAGE | BIT(12)).kind, PTK_RESERVED, "PA[48] where the output size is 48 bits");
}

/* What an LPAE kernel has in its tables. */
static void lpae_values(void)
{
	static const struct {
		const char *what;
		int level;
		uint64_t raw, pa;
		uint32_t rights;
		uint8_t mem;
		uint16_t sw;
	} rows[] = {
	        {"lowmem section", 1, 0x004000004020071d, 0x40200000, KR | KW, PTK_MEM_WB, 0},
	        {"text section", 1, 0x040000004020079d, 0x40200000, KR | KX, PTK_MEM_WB, 8},
	        {"read-write page", 0, 0x00c000004020171f, 0x40201000, KR | KW, PTK_MEM_WB, 1},
	        {"device page", 0, 0x00c0000009000713, 0x09000000, KR | KW, PTK_MEM_DEV_nGnRE, 1},
	        {"write-combining page", 0, 0x00c0000009000707, 0x09000000, KR | KW, PTK_MEM_NC, 1},
	        {"strongly ordered page", 0, 0x00c000003f000403, 0x3f000000, KR | KW, PTK_MEM_DEV_nGnRnE, 1},
	        {"vector page", 0, 0x04800000402017df, 0x40201000, KR | UR | KX | UX, PTK_MEM_WB, 9},
	};
	struct ptk_regime r = regime("arm-lpae");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_entry e = decode(&r, rows[i].level, rows[i].raw);
		struct ptk_attr a;
		ptk_entry_effective(&r, 0, &e, &a);
		ok(e.kind == PTK_LEAF && e.pa == rows[i].pa && (a.flags & PTK_A_RIGHTS) == rows[i].rights &&
		           a.mem == rows[i].mem && a.sw == rows[i].sw && !e.bad,
		   "%s 0x%" PRIx64 " decodes", rows[i].what, rows[i].raw);
	}
	struct ptk_entry t = decode(&r, 2, 0x0080000040004003);
	ok(t.kind == PTK_TABLE && t.pa == 0x40004000 && t.extra == BIT(55) && !t.inherit,
	   "swapper's mark in a root entry is kept");
}

static void not_present(void)
{
	struct ptk_regime r = regime("arm64-4k-48"), lpae = regime("arm-lpae");
	struct ptk_entry e = decode(&r, 0, 0x0460000041234f82);
	ok(e.kind == PTK_NOT_PRESENT && e.pa == 0x41234000, "a PROT_NONE page of Linux 6.1 keeps its address");
	has_str(e.why, "PROT_NONE", "and is named");
	e = decode(&r, 0, 0x0060000041234f82);
	ok(e.pa == 0x41234000 && strstr(e.why, "PROT_NONE"), "one of 6.12");
	e = decode(&r, 0, 0x0000000000005040);
	ok(e.kind == PTK_NOT_PRESENT && !e.pa, "a swap entry has no address");
	has_str(e.why, "swap", "and is named");
	e = decode(&r, 0, 0x00e8000040567702);
	has_str(e.why, "valid bit cleared", "an invalidated kernel page is named");
	e = decode(&lpae, 0, 0x0260000041234fde & ~1ull);
	has_str(e.why, "PROT_NONE", "LPAE: PROT_NONE by bit 57");
}

static void encoding(void)
{
	struct ptk_regime r = regime("arm64-4k-48");
	struct ptk_entry e = decode(&r, 0, 0x00e8000040567703);
	uint64_t raw = 0;
	struct ptk_err err;
	e.attr.memidx = PTK_MEMIDX_AUTO;
	e.attr.mem = PTK_MEM_DEV_nGnRE;
	is_int(ptk_entry_encode(&r, &e, &raw, &err), 0, "device memory by name");
	is_u64(raw, 0x00e8000040567713, "is index 4 of Linux's MAIR");
	e.attr.mem = PTK_MEM_WT;
	is_int(ptk_entry_encode(&r, &e, &raw, &err), PTK_E_NOTSUP, "a type no index has");
	e.attr.memidx = 0;
	e.attr.flags |= UR;
	is_int(ptk_entry_encode(&r, &e, &raw, &err), PTK_E_NOTSUP, "kernel writes, user only reads");
	e.attr.flags = KW;
	is_int(ptk_entry_encode(&r, &e, &raw, &err), PTK_E_NOTSUP, "what the kernel may not read");
	e.attr.flags = KR;
	e.pa = 0x40567800;
	is_int(ptk_entry_encode(&r, &e, &raw, &err), PTK_E_INVAL, "a misaligned address");
	e.level = 3;
	e.pa = 0;
	is_int(ptk_entry_encode(&r, &e, &raw, &err), PTK_E_INVAL, "a block at level 0");
	e = decode(&r, 3, 0x1800000045fff003);
	e.inherit = KW;
	is_int(ptk_entry_encode(&r, &e, &raw, &err), PTK_E_NOTSUP, "APTable cannot take the kernel's writing alone");
	e.inherit = KW | UW;
	is_int(ptk_entry_encode(&r, &e, &raw, &err), 0, "but all writing");
	is_u64(raw, 0x4000000045fff003, "with APTable 10");
}

static void field_names(void)
{
	static const struct {
		const char *regime;
		int level;
		uint64_t raw;
		const char *names;
	} rows[] = {
	        {"arm64-4k-48", 0, 0x3,
	         "Ignored PBHA Software UXN PXN Contiguous DBM GP RES0 OutputAddress nG AF SH AP NS AttrIndx Type "
	         "Valid"},
	        {"arm64-4k-52", 1, 0x1,
	         "Ignored PBHA Software UXN PXN Contiguous DBM GP OutputAddress RES0 nT RES0 nG AF Address[51:50] AP "
	         "NS AttrIndx Type Valid"},
	        {"arm64-64k-52", 0, 0x3,
	         "Ignored PBHA Software UXN PXN Contiguous DBM GP RES0 OutputAddress Address[51:48] nG AF SH AP NS "
	         "AttrIndx Type Valid"},
	        {"arm64-4k-48", 1, 0x3,
	         "NSTable APTable UXNTable PXNTable Ignored RES0 TableAddress Ignored Type Valid"},
	        {"arm-lpae", 1, 0x3,
	         "NSTable APTable XNTable PXNTable Ignored RES0 RES0 TableAddress Ignored Type Valid"},
	        {"arm-lpae", 0, 0x3,
	         "Ignored PBHA Software XN PXN Contiguous RES0 RES0 OutputAddress nG AF SH AP NS AttrIndx Type Valid"},
	        {"arm64-4k-48", 0, 0x2, "Ignored Valid"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_regime r = regime(rows[i].regime);
		struct ptk_field f[PTK_FIELDS_MAX];
		char got[256] = "";
		size_t n = ptk_entry_fields(&r, rows[i].level, rows[i].raw, f, PTK_FIELDS_MAX);
		for (size_t k = 0; k < n; k++)
			snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", k ? " " : "", f[k].name);
		is_str(got, rows[i].names, "%s: fields of 0x%" PRIx64, rows[i].regime, rows[i].raw);
	}
}

/* D8.7.1: 16 entries with 4K pages; 128 pages and 32 blocks with 16K; 32 with 64K. */
static void runs(void)
{
	static const struct {
		const char *name;
		uint8_t bits[5];
	} rows[] = {
	        {"arm64-4k-48", {4, 4, 4, 0}},
	        {"arm64-16k-47", {7, 5, 0}},
	        {"arm64-64k-48", {5, 5, 0}},
	        {"arm-lpae", {4, 4, 0}},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_regime r = regime(rows[i].name);
		bool right = true;
		for (int k = 0; k < r.nlevels; k++)
			right &= r.level[k].cont_bits == rows[i].bits[k];
		ok(right, "%s: contiguous runs", rows[i].name);
	}
}

int main(void)
{
	permissions64();
	hierarchy();
	switches();
	memory();
	address_bits();
	lpae_values();
	not_present();
	encoding();
	field_names();
	runs();
	return done();
}
