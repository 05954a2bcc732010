// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * riscv entries: the layouts of the privileged specification's figures, its translation
 * algorithm as a model of the rights, and entries that real kernels wrote.
 */
#include "entry_map.h"

#define BIT(n) (UINT64_C(1) << (n))
#define V BIT(0)
#define R BIT(1)
#define W BIT(2)
#define X BIT(3)
#define U BIT(4)
#define G BIT(5)
#define A BIT(6)
#define D BIT(7)
#define N BIT(63)
#define CUSTOM(n) ((uint64_t)(n) << 61)

/* ---- layouts ---- */

/* a page number; m its bits below a superpage's size; r reserved; b PBMT; w RSW; n the N bit; D to V. */
static const struct layout layouts[] = {
	{"riscv-sv39", "n b2 r7 a44 w2 D A G U X W R V", 0, V | R | W},
	{"riscv-sv39", "n b2 r7 a35 r9 w2 D A G U X W R V", 1, V | R | W},
	{"riscv-sv39", "n b2 r7 a26 r18 w2 D A G U X W R V", 2, V | R | W},
	{"riscv-sv48", "n b2 r7 a17 r27 w2 D A G U X W R V", 3, V | R | W},
	{"riscv-sv57", "n b2 r7 a8 r36 w2 D A G U X W R V", 4, V | R | W},
	{"riscv-sv57,nosvnapot,nosvpbmt", "r10 a44 w2 D A G U X W R V", 0, V | R | W},
	{"riscv-sv57,nosvpbmt,pa=40", "n r9 r16 a28 w2 D A G U X W R V", 0, V | R | W},
	{"riscv-sv39", "r10 a44 w2 r2 G r X w R V", 1, V},
	{"riscv-sv57", "r10 a44 w2 r2 G r X w R V", 4, V},
	{"riscv-sv57,pa=40", "r10 r16 a28 w2 r2 G r X w R V", 4, V},
	{"riscv-sv32", "a22 w2 D A G U X W R V", 0, V | R | W},
	{"riscv-sv32", "a12 r10 w2 D A G U X W R V", 1, V | R | W},
	{"riscv-sv32,pa=32", "r2 a10 r10 w2 D A G U X W R V", 1, V | R | W},
	{"riscv-sv32", "a22 w2 r2 G r X w R V", 1, V},
};

static bool page_as_expected(const struct ptk_entry *base, const struct ptk_entry *e, char letter, int bit)
{
	uint32_t lost = base->attr.flags & ~e->attr.flags, got = e->attr.flags & ~base->attr.flags;
	switch (letter) {
	case 'R': return e->kind == PTK_RESERVED && e->bad == W; /* what is left is W without R */
	case 'W': return lost == PTK_A_KW && !got;
	case 'X': return got == PTK_A_KX && !lost;
	case 'U': return got == (PTK_A_UR | PTK_A_UW) && !lost;
	case 'G': return got == PTK_A_GLOBAL && !lost;
	case 'A': return got == PTK_A_ACCESSED && !lost;
	case 'D': return got == PTK_A_DIRTY && !lost;
	case 'b': return e->attr.memidx == 1 << (bit - 61) && e->attr.mem == (bit == 61 ? PTK_MEM_NC : PTK_MEM_IO);
	case 'w': return e->attr.sw == 1 << (bit - 8) && !got && !lost;
	case 'a': return e->pa == BIT(bit + 2) && !got && !lost;
	}
	return false;
}

static bool table_as_expected(const struct ptk_entry *e, char letter, int bit)
{
	switch (letter) {
	case 'R':
	case 'X': return e->kind == PTK_LEAF;
	case 'G': return e->inherit == PTK_A_GLOBAL;
	case 'w': return bit == 2 ? e->kind == PTK_RESERVED : e->attr.sw == 1 << (bit - 8);
	case 'a': return e->pa == BIT(bit + 2) && e->kind == PTK_TABLE && !e->inherit;
	}
	return false;
}

static bool as_expected(const struct ptk_entry *base, const struct ptk_entry *e, char letter, int bit)
{
	switch (letter) {
	case 'V': return e->kind == PTK_NOT_PRESENT || (base->raw == V && e->kind == PTK_NONE);
	case 'n': return e->kind == PTK_RESERVED && e->bad & N; /* ppn[3:0] is 0; or a superpage */
	case 'r': return e->kind == PTK_RESERVED && e->bad == BIT(bit) && e->why;
	}
	return base->kind == PTK_LEAF ? page_as_expected(base, e, letter, bit) : table_as_expected(e, letter, bit);
}

/* ---- the translation algorithm ---- */

enum access { LOAD, STORE, FETCH };

struct cpu {
	bool sum, mxr, svadu;
};

/* Steps 3 to 8 of "Virtual Address Translation Process" for a leaf at the last level: no fault? */
static bool manual_allows(struct cpu c, uint64_t pte, bool user, enum access access)
{
	if (!(pte & V) || (!(pte & R) && pte & W))
		return false;
	if (!(pte & R) && !(pte & X)) /* a pointer, and no level below */
		return false;
	if (user && !(pte & U))
		return false;
	if (!user && pte & U && (access == FETCH || !c.sum))
		return false;
	if (access == LOAD && !(pte & R) && !(c.mxr && pte & X))
		return false;
	if ((access == STORE && !(pte & W)) || (access == FETCH && !(pte & X)))
		return false;
	if (c.svadu)
		return true;
	return pte & A && (access != STORE || pte & D);
}

static uint32_t manual_rights(struct cpu c, uint64_t pte)
{
	static const uint32_t flag[2][3] = {{PTK_A_KR, PTK_A_KW, PTK_A_KX}, {PTK_A_UR, PTK_A_UW, PTK_A_UX}};
	uint32_t f = 0;
	for (int user = 0; user < 2; user++)
		for (enum access a = LOAD; a <= FETCH; a++)
			f |= manual_allows(c, pte, user, a) ? flag[user][a] : 0;
	return f;
}

static void rights_of(const char *name, struct cpu c)
{
	char text[64];
	snprintf(text, sizeof text, "%s%s%s%s", name, c.sum ? ",sum" : "", c.mxr ? ",mxr" : "",
	         c.svadu ? ",svadu" : "");
	struct ptk_regime r = regime(text);
	unsigned wrong = 0;
	for (uint64_t raw = 0; raw < 256; raw++) {
		struct ptk_entry e;
		struct ptk_attr got = {0};
		ptk_entry_decode(&r, 0, raw, &e);
		if (e.kind == PTK_LEAF)
			ptk_entry_effective(&r, 0, &e, &got);
		wrong += (got.flags & PTK_A_RIGHTS) != manual_rights(c, raw);
	}
	is_int(wrong, 0, "%s: rights of all 256 combinations of bits", text);
}

static void rights(void)
{
	for (unsigned n = 0; n < 8; n++) {
		struct cpu c = {.sum = n & 1, .mxr = n & 2, .svadu = n & 4};
		rights_of("riscv-sv32", c);
		rights_of("riscv-sv57", c);
	}
	struct ptk_regime r = regime("riscv-sv39");
	struct ptk_entry e;
	struct ptk_attr a;
	ptk_entry_decode(&r, 0, V | R | A, &e);
	ptk_entry_effective(&r, PTK_A_GLOBAL, &e, &a);
	is_u64(a.flags, PTK_A_KR | PTK_A_ACCESSED | PTK_A_GLOBAL, "G of a pointer makes all below global");
}

/* ---- Svnapot, Svpbmt ---- */

static void napot(void)
{
	const uint64_t leaf = N | V | R | A | 0x20000000 | 8 << 10;
	struct ptk_entry e;
	for (uint64_t low = 0; low < 16; low++) {
		e = decode("riscv-sv39", 0, (leaf & ~(UINT64_C(15) << 10)) | low << 10);
		is_int(e.kind, low == 8 ? PTK_LEAF : PTK_RESERVED, "N with ppn[3:0] = %d", (int)low);
	}
	e = decode("riscv-sv39", 0, leaf);
	is_u64(e.span, 0x10000, "64K");
	is_u64(e.attr.flags & PTK_A_CONT, PTK_A_CONT, "part of a group");
	/* vpn[3:0] takes the place of ppn[3:0]: the same entry sixteen times. */
	for (uint64_t page = 0; page < 16; page++) {
		uint64_t va = 0x3f00120000 + page * 0x1000 + 0x123;
		uint64_t vpn = va >> 12 & 15, want = (0x80000000 >> 12 | vpn) << 12 | 0x123;
		is_u64(e.pa + (va & (e.span - 1)), want, "page %d of the group", (int)page);
	}
	has_str(decode("riscv-sv39", 1, N | V | R).why, "last level", "no groups of superpages");
	has_str(decode("riscv-sv39", 0, CUSTOM(3) | V | R).why, "PBMT", "PBMT 3");
	has_str(decode("riscv-sv39,nosvnapot", 0, leaf).why, "Svnapot", "N without the extension");
	has_str(decode("riscv-sv39,nosvpbmt", 0, CUSTOM(1) | V | R).why, "Svpbmt", "PBMT without the extension");
	has_str(decode("riscv-sv39", 1, CUSTOM(1) | V).why, "pointer", "PBMT in a pointer");
	has_str(decode("riscv-sv39", 0, V | R | BIT(54)).why, "60:54", "reserved bits");
	has_str(decode("riscv-sv39,pa=40", 0, V | R | BIT(53)).why, "wider", "a page number too wide");
	has_str(decode("riscv-sv32,pa=32", 0, V | R | BIT(31)).why, "wider", "a page number too wide, Sv32");
	has_str(decode("riscv-sv39", 0, V).why, "last level", "a pointer at the last level");
	has_str(decode("riscv-sv39", 1, V | R | BIT(10)).why, "misaligned", "a misaligned superpage");
	has_str(decode("riscv-sv39", 0, V | W).why, "readable", "W without R");
	has_str(decode("riscv-sv39", 0, V | W | X).why, "readable", "W and X without R");
	is_int(decode("riscv-sv39", 0, V | X).kind, PTK_LEAF, "execute-only is a page");
	is_int(decode("riscv-sv39", 0, V | R).kind, PTK_LEAF, "so is one that was never accessed");
}

/* ---- Linux ---- */

static void linux_entries(void)
{
	const uint32_t common = PTK_A_GLOBAL | PTK_A_ACCESSED | PTK_A_KR;
	struct ptk_entry e = decode("riscv-sv57", 1, 0x200000e7 | 0x80000);
	is_int(e.kind, PTK_LEAF, "0xe7 at level 1 is a 2M page");
	is_u64(e.pa, 0x80200000, "its address");
	is_u64(e.attr.flags, common | PTK_A_KW | PTK_A_DIRTY, "data: 0xe7");
	e = decode("riscv-sv39", 0, 0xeb);
	is_u64(e.attr.flags, common | PTK_A_KX | PTK_A_DIRTY, "text: 0xeb");
	e = decode("riscv-sv39", 0, 0xef);
	is_u64(e.attr.flags, common | PTK_A_KW | PTK_A_KX | PTK_A_DIRTY, "early text: 0xef");
	e = decode("riscv-sv48", 3, 0x20000000 | 1);
	is_int(e.kind, PTK_TABLE, "V alone is a pointer");
	is_u64(e.pa, 0x80000000, "its table");
	e = decode("riscv-sv39", 0, 0x20000062);
	is_int(e.kind, PTK_NOT_PRESENT, "PROT_NONE: bit 5 without V");
	has_str(e.why, "PROT_NONE", "is said");
	is_u64(e.pa, 0x80000000, "its page");
	has_str(decode("riscv-sv39", 0, 0x123 << 12 | 3 << 7).why, "swap", "a swapped page");
}

/* ---- encoding ---- */

static int encode(const char *text, struct ptk_entry e, uint64_t *raw)
{
	struct ptk_regime r = regime(text);
	struct ptk_err err = {0};
	int rc = ptk_entry_encode(&r, &e, raw, &err);
	if (rc < 0)
		printf("# %s\n", err.msg);
	return rc;
}

static void encoding(void)
{
	const uint32_t state = PTK_A_GLOBAL | PTK_A_ACCESSED | PTK_A_DIRTY;
	struct ptk_entry e = {.kind = PTK_LEAF, .level = 1, .pa = 0x80200000,
	                      .attr = {.flags = PTK_A_KR | PTK_A_KW | state, .mem = PTK_MEM_PMA,
	                               .memidx = PTK_MEMIDX_AUTO}};
	uint64_t raw = 0;
	encode("riscv-sv57", e, &raw);
	is_u64(raw, 0x200800e7, "kernel data, 2M");
	e.attr.flags = PTK_A_KR | PTK_A_KX | state;
	encode("riscv-sv32", e, &raw);
	is_int(encode("riscv-sv32", e, &raw), PTK_E_INVAL, "0x80200000 is no address for 4M");
	e.level = 0;
	encode("riscv-sv32", e, &raw);
	is_u64(raw, 0x200800eb, "kernel text, Sv32");
	e.attr.flags |= PTK_A_CONT;
	encode("riscv-sv39", e, &raw);
	is_u64(raw, 0x80000000200820eb, "a 64K group");
	e.pa += 0x1000;
	is_int(encode("riscv-sv39", e, &raw), PTK_E_INVAL, "a group must be aligned to its size");
	e.pa -= 0x1000;
	is_int(encode("riscv-sv39,nosvnapot", e, &raw), PTK_E_INVAL, "no groups without Svnapot");
	e.attr.flags = PTK_A_KR | PTK_A_KW | state;
	e.attr.mem = PTK_MEM_IO;
	encode("riscv-sv39", e, &raw);
	is_u64(raw, 0x40000000200800e7, "I/O memory");
	is_int(encode("riscv-sv39,nosvpbmt", e, &raw), PTK_E_NOTSUP, "no types without Svpbmt");
	e.attr.mem = PTK_MEM_WB;
	is_int(encode("riscv-sv39", e, &raw), PTK_E_NOTSUP, "write-back cannot be asked for");
	e.attr = (struct ptk_attr){.flags = PTK_A_KW};
	is_int(encode("riscv-sv39", e, &raw), PTK_E_NOTSUP, "no writing without reading");
	e.attr.flags = PTK_A_KR | PTK_A_KX | PTK_A_UR | PTK_A_UX;
	is_int(encode("riscv-sv39", e, &raw), PTK_E_NOTSUP, "the kernel executes no user pages");
	e.attr.flags = PTK_A_KR | PTK_A_UR | PTK_A_UX;
	encode("riscv-sv39", e, &raw);
	is_u64(raw, 0x2008001b, "a user page");
	e = (struct ptk_entry){.kind = PTK_TABLE, .level = 2, .pa = 0x80001000};
	encode("riscv-sv39", e, &raw);
	is_u64(raw, 0x20000401, "a pointer as Linux writes it");
}

/* ---- regimes and fields ---- */

static void parameters(void)
{
	is_u64(regime("riscv-sv32").flags, 0, "Sv32 has no extensions");
	struct ptk_regime r = regime("riscv-sv32");
	struct ptk_err err = {0};
	is_int(r.pa_bits, 34, "Sv32 reaches 16G");
	is_u64(decode("riscv-sv32", 0, 0xffffffff).pa, 0x3fffff000, "its last page");
	is_int(regime("riscv-sv57").pa_bits, 56, "the others 64P");
	static const char *const wrong[] = {"riscv-sv32,svnapot",   "riscv-sv32,svpbmt",
	                                    "riscv-sv32,high",      "riscv-sv39,low",
	                                    "riscv-sv39,pa=57",     "riscv-sv32,pa=35",
	                                    "riscv-sv39,dacr=1",    "riscv-sv39,nx",
	                                    "riscv-sv39,memattr=1", "riscv-sv39,enc=0x800000000000"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		is_int(ptk_regime_parse(wrong[i], &r, &err), PTK_E_INVAL, "%s: %s", wrong[i], err.msg);
}

static void named_fields(void)
{
	static const char *const sv39[] = {"N", "PBMT", "Reserved", "PPN[2]", "PPN[1]", "PPN[0]", "RSW",
	                                   "D", "A", "G", "U", "X", "W", "R", "V"};
	struct ptk_regime r = regime("riscv-sv39");
	struct ptk_field f[PTK_FIELDS_MAX];
	size_t n = ptk_entry_fields(&r, 0, 0x40000000200ffcef, f, PTK_FIELDS_MAX);
	is_int((int64_t)n, sizeof sv39 / sizeof *sv39, "number of fields");
	for (size_t i = 0; i < n && i < sizeof sv39 / sizeof *sv39; i++)
		is_str(f[i].name, sv39[i], "field %zu", i);
	is_str(f[1].means, "I/O", "PBMT 2");
	is_int(f[3].lo, 28, "PPN[2] starts at bit 28");
	is_u64(f[5].value, 0x1ff, "PPN[0]");
	is_u64(f[4].value, 1, "PPN[1]");
	is_str(f[9].means, "global", "G is set");
	is_str(f[10].means, NULL, "U is clear");
	is_str(f[0].means, NULL, "no group");
	ptk_entry_fields(&r, 0, N | 0x20ef, f, PTK_FIELDS_MAX);
	has_str(f[0].means, "64K", "a group");
	r = regime("riscv-sv57");
	is_int((int64_t)ptk_entry_fields(&r, 0, 0xef, f, PTK_FIELDS_MAX), 17, "Sv57 has two more");
	is_str(f[3].name, "PPN[4]", "its highest");
	is_int(f[3].lo, 46, "its place");
	is_str(f[4].name, "PPN[3]", "the next");
	r = regime("riscv-sv32");
	is_int((int64_t)ptk_entry_fields(&r, 0, 0xef, f, PTK_FIELDS_MAX), 11, "Sv32");
	is_str(f[0].name, "PPN[1]", "starts with the page number");
	is_int(f[0].lo, 20, "at bit 20");
}

int main(void)
{
	every_bit(layouts, sizeof layouts / sizeof *layouts, as_expected);
	rights();
	napot();
	linux_entries();
	encoding();
	parameters();
	named_fields();
	return done();
}
