// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * x86 entries: the layouts of the Intel SDM's figures, a model of its access rules (4.6.1),
 * and entries that real kernels wrote.
 */
#include "entry_map.h"

#define BIT(n) (UINT64_C(1) << (n))
#define P BIT(0)
#define RW BIT(1)
#define US BIT(2)
#define PS BIT(7)
#define NX BIT(63)
#define KRW (PTK_A_KR | PTK_A_KW)
#define USER (PTK_A_UR | PTK_A_UW | PTK_A_UX)

/* ---- layouts ---- */

/*
 * i ignored; r reserved; a address; h PA[39:32]; k key; X execute disable; G, D, A; T PAT; S page size;
 * C PCD; W PWT; U, R, P. MAXPHYADDR is 40 but where it says otherwise.
 */
static const struct layout layouts[] = {
	/* Figure 4-11, tables 4-14 to 4-19; the fifth level is like the fourth. */
	{"x86-64,pa=40,pke", "X k4 i7 r12 a28 i3 G T D A C W U R P", 0, P | US},
	{"x86-64,pa=40,pke", "X k4 i7 r12 a19 r8 T i3 G S D A C W U R P", 1, P | US | PS},
	{"x86-64,pa=40,pke", "X k4 i7 r12 a10 r17 T i3 G S D A C W U R P", 2, P | US | PS},
	{"x86-64,pa=40", "X i11 r12 a28 i3 G T D A C W U R P", 0, P | US},
	{"x86-64,pa=52", "X i11 a40 i3 G T D A C W U R P", 0, P | US},
	{"x86-64,pa=40,pke", "X i11 r12 a28 i4 S i A C W U R P", 1, P | US | RW},
	{"x86-64,pa=40,pke", "X i11 r12 a28 i4 S i A C W U R P", 2, P | US | RW},
	{"x86-64,pa=40,no1g", "X i11 r12 a28 i4 r i A C W U R P", 2, P | US | RW},
	{"x86-64,pa=40,pke", "X i11 r12 a28 i4 r i A C W U R P", 3, P | US | RW},
	{"x86-64-la57,pa=40", "X i11 r12 a28 i4 r i A C W U R P", 4, P | US | RW},
	{"x86-64-la57,pa=40,nonx", "r i11 r12 a28 i4 r i A C W U R P", 4, P | US | RW},
	{"x86-64,pa=40,nonx", "r i11 r12 a28 i3 G T D A C W U R P", 0, P | US},
	{"x86-64,pa=40,enc=0x800000000000", "X i11 r4 E r7 a28 i3 G T D A C W U R P", 0, P | US},
	{"x86-64,pa=40,enc=0x800000000000", "X i11 r4 E r7 a28 i4 S i A C W U R P", 1, P | US | RW},
	/* Figure 4-7, tables 4-8 to 4-11. */
	{"x86-pae,pa=40", "X r23 a28 i3 G T D A C W U R P", 0, P | US},
	{"x86-pae,pa=40", "X r23 a19 r8 T i3 G S D A C W U R P", 1, P | US | PS},
	{"x86-pae,pa=40", "X r23 a28 i4 S i A C W U R P", 1, P | US | RW},
	{"x86-pae,pa=40", "r24 a28 i3 r3 i C W r2 P", 2, P}, /* bit 5 is reserved, but QEMU sets it */
	{"x86-pae,pa=40,nonx", "r24 a28 i3 G T D A C W U R P", 0, P | US},
	{"x86-pae,pa=52", "X r11 a40 i3 G T D A C W U R P", 0, P | US},
	/* Figure 4-4, tables 4-4 to 4-6. */
	{"x86-32", "a20 i3 G T D A C W U R P", 0, P | US},
	{"x86-32", "a20 i4 S i A C W U R P", 1, P | US | RW},
	{"x86-32", "a10 r h8 T i3 G S D A C W U R P", 1, P | US | PS},
	{"x86-32,pa=36", "a10 r5 h4 T i3 G S D A C W U R P", 1, P | US | PS},
	{"x86-32,nopse36", "a10 r9 T i3 G S D A C W U R P", 1, P | US | PS},
	{"x86-32,nopse", "a20 i6 A C W U R P", 1, P | US | RW},
};

/* What changes in a page's attributes when its bit is turned over. */
static void page_expect(char letter, int bit, struct ptk_entry *want)
{
	struct ptk_attr *a = &want->attr;
	switch (letter) {
	case 'X': a->flags &= ~(uint32_t)(PTK_A_KX | PTK_A_UX); break;
	case 'G': a->flags |= PTK_A_GLOBAL; break;
	case 'D': a->flags |= PTK_A_DIRTY; break;
	case 'A': a->flags |= PTK_A_ACCESSED; break;
	case 'E': a->flags |= PTK_A_ENC; break;
	case 'U': a->flags &= ~(uint32_t)USER; break;
	case 'R': a->flags |= PTK_A_KW | PTK_A_UW; break;
	case 'T': a->memidx = 4; break;
	case 'C': a->memidx = 2, a->mem = PTK_MEM_UC_MINUS; break;
	case 'W': a->memidx = 1, a->mem = PTK_MEM_WT; break;
	case 'k': a->key = (uint8_t)(1 << (bit - 59)); break;
	case 'a': want->pa = BIT(bit); break;
	case 'h': want->pa = BIT(bit - 13 + 32); break;
	}
}

static void table_expect(char letter, int bit, struct ptk_entry *want)
{
	switch (letter) {
	case 'X': want->inherit = PTK_A_KX | PTK_A_UX; break;
	case 'A': want->attr.flags |= PTK_A_ACCESSED; break;
	case 'E': want->attr.flags |= PTK_A_ENC; break;
	case 'U': want->inherit = USER; break;
	case 'R': want->inherit = PTK_A_KW | PTK_A_UW; break;
	case 'C': want->attr.memidx = 2, want->attr.mem = PTK_MEM_UC_MINUS; break;
	case 'W': want->attr.memidx = 1, want->attr.mem = PTK_MEM_WT; break;
	case 'a': want->pa = BIT(bit); break;
	}
}

static bool as_expected(const struct ptk_entry *base, const struct ptk_entry *got, char letter, int bit)
{
	struct ptk_entry want = *base;
	switch (letter) {
	case 'r': return got->kind == PTK_RESERVED && got->bad == BIT(bit) && got->why;
	case 'P': return base->raw == P ? got->kind == PTK_NONE : got->kind == PTK_NOT_PRESENT && got->why;
	case 'S': return got->kind == (base->kind == PTK_LEAF ? PTK_TABLE : PTK_LEAF);
	}
	if (base->kind == PTK_LEAF)
		page_expect(letter, bit, &want);
	else
		table_expect(letter, bit, &want);
	bool kept = letter != 'i' || got->attr.sw != want.attr.sw || got->extra != want.extra;
	bool lost = letter != 'i' && (got->attr.sw != want.attr.sw || got->extra != want.extra);
	return got->kind == want.kind && got->pa == want.pa && got->inherit == want.inherit &&
	       got->attr.flags == want.attr.flags && got->attr.key == want.attr.key &&
	       got->attr.memidx == want.attr.memidx && got->attr.mem == want.attr.mem && !got->bad && kept && !lost;
}

/* ---- rights ---- */

struct cpu {
	bool wp, smep, smap;
};

/* SDM 4.6.1, sentence by sentence, for entries whose bits are ANDed along the path. */
static uint32_t manual_rights(struct cpu c, bool user, bool write, bool nx)
{
	uint32_t f = 0;
	if (!(user && c.smap)) /* data reads and writes by the kernel; EFLAGS.AC is 0 */
		f |= PTK_A_KR | (write || !c.wp ? PTK_A_KW : 0);
	if (!nx && !(user && c.smep))
		f |= PTK_A_KX;
	if (user)
		f |= PTK_A_UR | (write ? PTK_A_UW : 0) | (nx ? 0 : PTK_A_UX);
	return f;
}

static uint64_t path_bits(unsigned n)
{
	return P | (n & 1 ? RW : 0) | (n & 2 ? US : 0) | (n & 4 ? NX : 0);
}

static void rights_of(const char *text, struct cpu c)
{
	struct ptk_regime r = regime(text);
	unsigned wrong = 0;
	for (unsigned n = 0; n < 512; n++) {
		uint64_t raw[3] = {path_bits(n & 7), path_bits(n >> 3 & 7), path_bits(n >> 6)};
		uint64_t inherit = 0, all = raw[0] & raw[1] & raw[2], any = raw[0] | raw[1] | raw[2];
		struct ptk_entry e;
		struct ptk_attr got;
		for (int level = 2; level > 0; level--) {
			ptk_entry_decode(&r, level, raw[level] | 0x1000, &e);
			inherit |= e.inherit;
		}
		ptk_entry_decode(&r, 0, raw[0], &e);
		ptk_entry_effective(&r, inherit, &e, &got);
		wrong += (got.flags & PTK_A_RIGHTS) != manual_rights(c, all & US, all & RW, any & NX);
	}
	is_int(wrong, 0, "%s: rights along every path of three entries", text);
}

static void rights(void)
{
	for (unsigned n = 0; n < 8; n++) {
		char text[64];
		struct cpu c = {.wp = n & 1, .smep = n & 2, .smap = n & 4};
		snprintf(text, sizeof text, "x86-64,%swp,%ssmep,%ssmap", c.wp ? "" : "no", c.smep ? "" : "no",
		         c.smap ? "" : "no");
		rights_of(text, c);
	}
	struct ptk_regime pae = regime("x86-pae"), off = regime("x86-64,nopge"), keys = regime("x86-64,pke");
	struct ptk_entry e;
	struct ptk_attr a;
	ptk_entry_decode(&pae, 2, 0x1001, &e);
	is_u64(e.inherit, 0, "a PAE PDPTE takes nothing away");
	ptk_entry_decode(&off, 0, P | BIT(8), &e);
	ptk_entry_effective(&off, 0, &e, &a);
	is_u64(a.flags & PTK_A_GLOBAL, 0, "without CR4.PGE nothing is global");
	ptk_entry_decode(&keys, 0, P | US | 5ull << 59, &e);
	ptk_entry_effective(&keys, 0, &e, &a);
	is_int(a.key, 5, "a user page has its key");
	ptk_entry_effective(&keys, USER, &e, &a);
	is_int(a.key, 0, "a page under a supervisor table has none");
	ptk_entry_decode(&keys, 0, P | 5ull << 59, &e);
	is_int(e.attr.key, 0, "a supervisor page has none");
	is_int(e.attr.sw, 5 << 10, "the bits are software's there");
}

/* ---- memory types ---- */

static void memory_types(void)
{
	/* After reset (table 11-12), and as Linux's boot log prints its own: WB WC UC- UC WB WP UC- WT. */
	static const uint8_t reset[] = {PTK_MEM_WB, PTK_MEM_WT, PTK_MEM_UC_MINUS, PTK_MEM_UC,
	                                PTK_MEM_WB, PTK_MEM_WT, PTK_MEM_UC_MINUS, PTK_MEM_UC};
	static const uint8_t linux_pat[] = {PTK_MEM_WB, PTK_MEM_NC, PTK_MEM_UC_MINUS, PTK_MEM_UC,
	                                    PTK_MEM_WB, PTK_MEM_WP, PTK_MEM_UC_MINUS, PTK_MEM_WT};
	for (unsigned i = 0; i < 8; i++) {
		uint64_t low = P | (i & 3) << 3, small = low | (i & 4) << 5, large = low | PS | (i & 4) << 10;
		is_int(decode("x86-64", 0, small).attr.mem, reset[i], "after reset, 4K, PAT:PCD:PWT %u", i);
		is_int(decode("x86-64,memattr=0x0407050600070106", 0, small).attr.mem, linux_pat[i], "Linux's, 4K, %u",
		       i);
		is_int(decode("x86-64,memattr=0x0407050600070106", 1, large).attr.mem, linux_pat[i], "Linux's, 2M, %u",
		       i);
		is_int(decode("x86-64,memattr=0x0407050600070106", 2, large).attr.mem, linux_pat[i], "Linux's, 1G, %u",
		       i);
		is_int(decode("x86-32,memattr=0x0407050600070106", 1, large).attr.memidx, i,
		       "the index of a 4M page, %u", i);
	}
	is_int(decode("x86-64,memattr=0x0207050600070103", 0, P).attr.mem, PTK_MEM_UNKNOWN, "type 3 is reserved");
	is_u64(decode("x86-64", 1, P | PS | BIT(12) | 0x200000).pa, 0x200000,
	       "PAT is no part of a large page's address");
}

/* ---- Linux ---- */

static void linux_entries(void)
{
	struct ptk_entry e = decode("x86-64", 0, 0x8000000000000163 | 0x1234000);
	is_u64(e.pa, 0x1234000, "PAGE_KERNEL: its page");
	is_u64(e.attr.flags, KRW | PTK_A_GLOBAL | PTK_A_ACCESSED | PTK_A_DIRTY, "its rights");
	e = decode("x86-64", 0, 0x8000000000000121);
	is_u64(e.attr.flags, PTK_A_KR | PTK_A_GLOBAL | PTK_A_ACCESSED, "PAGE_KERNEL_RO");
	e = decode("x86-64", 1, 0x80000000000001e3 | 0x200000);
	is_int(e.kind, PTK_LEAF, "PAGE_KERNEL_LARGE");
	is_u64(e.pa, 0x200000, "its address");
	is_u64(e.span, 0x200000, "its size");
	is_u64(decode("x86-64", 1, 0x5600067).inherit, 0, "the table 0x67 takes nothing away");
	is_u64(decode("x86-64", 1, 0x5600063).inherit, USER, "the table 0x63 locks user code out");
	is_u64(decode("x86-64", 3, 0x8000000005600067).inherit, PTK_A_KX | PTK_A_UX,
	       "PTI's kernel table keeps user space NX");
	is_int(decode("x86-pae", 2, 0x33aa001).kind, PTK_TABLE, "a PAE root entry as Linux writes it");
	is_int(decode("x86-pae", 2, 0x33aa021).kind, PTK_TABLE, "and as QEMU leaves it");
	is_int(decode("x86-pae", 2, 0x33aa067).kind, PTK_RESERVED, "and as it may not be");
}

static void linux_absent(void)
{
	/* PAGE_NONE is 0x120; its page number is inverted (arch/x86/include/asm/pgtable-invert.h). */
	struct ptk_entry e = decode("x86-64", 0, 0x000ffffffedcb120);
	is_int(e.kind, PTK_NOT_PRESENT, "PROT_NONE");
	has_str(e.why, "PROT_NONE", "is said");
	is_u64(e.pa, 0x1234000, "its page");
	is_u64(e.attr.flags & PTK_A_RIGHTS, 0, "grants nothing");
	is_u64(decode("x86-64", 0, 0x1234120).pa, 0x1234000, "before 4.18 the number was not inverted");
	is_u64(decode("x86-64", 1, 0x000fffffff9ff1a0).pa, 0x600000, "PROT_NONE of 2M");
	is_u64(decode("x86-64,enc=0x800000000000", 0, 0x000ffffffedcb120).pa, 0x1234000,
	       "the encryption bit is not in it");
	is_u64(decode("x86-pae", 0, 0x00000ffffedcb120).pa, 0x1234000, "PAE: 44 bits are inverted");
	is_u64(decode("x86-32", 0, 0x1234120).pa, 0x1234000, "two levels: nothing is inverted");

	/* Type in bits 63:59, inverted offset from bit 9; two levels: type from bit 1, offset from bit 9. */
	const uint64_t ones = (BIT(50) - 1);
	has_str(decode("x86-64", 0, 3ull << 59 | (~0x1000ull & ones) << 9).why, "in swap", "a swapped page");
	has_str(decode("x86-pae", 0, 1ull << 59 | (~0x77ull & ones) << 9).why, "in swap", "a swapped page, PAE");
	has_str(decode("x86-32", 0, 0x77 << 9 | 2 << 1).why, "in swap", "a swapped page, two levels");
	has_str(decode("x86-64", 0, 29ull << 59 | (~0x1234ull & ones) << 9).why, "migrating", "a migrating page");
	has_str(decode("x86-32", 0, 0x77 << 9 | 29 << 1).why, "migrating", "a migrating page, two levels");
	has_str(decode("x86-64", 0, 31ull << 59 | (~0ull & ones) << 9).why, "marker", "a marker");
	e = decode("x86-64", 0, 0x800ffffffedcb062);
	has_str(e.why, "present bit was cleared", "set_memory_np");
	is_u64(e.pa, 0x1234000, "its page");
	has_str(decode("x86-64", 0, 0x2).why, "software's", "what is not Linux's is not called so");
	has_str(decode("x86-64", 3, 0x000ffffffedcb120).why, "software's", "nor what cannot be a page");
}

/* ---- reasons ---- */

static void reasons(void)
{
	has_str(decode("x86-64,nonx", 0, P | NX).why, "EFER.NXE", "NX without NXE");
	has_str(decode("x86-64", 3, P | PS).why, "cannot map a page", "PS in a PML4E");
	has_str(decode("x86-64,no1g", 2, P | PS).why, "cannot map a page", "PS in a PDPTE without 1G pages");
	has_str(decode("x86-64,pa=40", 0, P | BIT(45)).why, "above the physical", "an address too wide");
	has_str(decode("x86-64,pa=40", 1, P | PS | BIT(45)).why, "above the physical", "of a large page");
	has_str(decode("x86-64", 1, P | PS | BIT(13)).why, "below the size", "a misaligned large page");
	has_str(decode("x86-64", 2, P | PS | BIT(21)).why, "below the size", "a misaligned 1G page");
	has_str(decode("x86-pae", 0, P | BIT(52)).why, "62:52", "PAE's reserved bits");
	has_str(decode("x86-pae", 2, P | US).why, "PDPTE", "those of its root entries");
	has_str(decode("x86-pae,pa=40", 2, P | BIT(45)).why, "above the physical", "their address");
	has_str(decode("x86-32", 1, P | PS | BIT(21)).why, "21:13", "bit 21 of a 4M page");
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
	const uint32_t kernel = KRW | PTK_A_GLOBAL | PTK_A_ACCESSED | PTK_A_DIRTY;
	struct ptk_entry page = {.kind = PTK_LEAF, .pa = 0x1234000, .attr.flags = kernel};
	struct ptk_entry table = {.kind = PTK_TABLE, .level = 1, .pa = 0x5600000, .extra = BIT(6),
	                          .attr.flags = PTK_A_ACCESSED};
	uint64_t raw = 0;
	encode("x86-64", page, &raw);
	is_u64(raw, 0x8000000001234163, "PAGE_KERNEL");
	encode("x86-64", table, &raw);
	is_u64(raw, 0x5600067, "the table 0x67");
	table.inherit = USER;
	encode("x86-64", table, &raw);
	is_u64(raw, 0x5600063, "the table 0x63");
	page.level = 1;
	is_int(encode("x86-64", page, &raw), PTK_E_INVAL, "a 2M page must be aligned");
	page.pa = 0x200000;
	encode("x86-64", page, &raw);
	is_u64(raw, 0x80000000002001e3, "PAGE_KERNEL_LARGE");
	is_int(encode("x86-64,nonx", page, &raw), PTK_E_NOTSUP, "no NX, no data page that does not execute");
	page.attr.flags |= PTK_A_KX;
	page.pa = 0x1240000000 | 0x400000;
	encode("x86-32", page, &raw);
	is_u64(raw, 0x404241e3, "PSE-36: PA[39:32] in bits 20:13");
	page.level = 0;
	is_int(encode("x86-32", page, &raw), PTK_E_INVAL, "a 4K page cannot reach as far");
	page.pa = BIT(40);
	is_int(encode("x86-64,pa=40", page, &raw), PTK_E_INVAL, "too wide an address");
	page.pa = 0x1000;
	page.attr.memidx = PTK_MEMIDX_AUTO;
	page.attr.mem = PTK_MEM_NC;
	is_int(encode("x86-64", page, &raw), PTK_E_NOTSUP, "no write combining in the PAT after reset");
	is_int(encode("x86-64,memattr=0x0407050600070106", page, &raw), 0, "but in Linux's");
	is_u64(raw & 0x98, 0x08, "at index 1");
	page.attr.mem = PTK_MEM_WT;
	encode("x86-64,memattr=0x0407050600070106", page, &raw);
	is_u64(raw & 0x98, 0x98, "write-through is index 7");
	page.level = 3;
	is_int(encode("x86-64", page, &raw), PTK_E_INVAL, "no 512G pages");
	page.level = 0;
	page.attr = (struct ptk_attr){.flags = PTK_A_KR | PTK_A_KX | PTK_A_UR | PTK_A_UX, .key = 5};
	is_int(encode("x86-64", page, &raw), PTK_E_NOTSUP, "keys need CR4.PKE");
	encode("x86-64,pke", page, &raw);
	is_u64(raw, 5ull << 59 | 0x1005, "a user page with a key");
}

/* ---- regimes and fields ---- */

static void parameters(void)
{
	struct ptk_regime r = regime("x86-32,nopse36");
	struct ptk_err err = {0};
	is_int(r.pa_bits, 32, "without PSE-36 addresses have 32 bits");
	r = regime("x86-pae");
	is_int(r.root_align, 5, "CR3 points at 32 bytes in PAE");
	is_int(regime("x86-32").root_align, 12, "and at a page elsewhere");
	is_int(regime("x86-64").root_align, 12, "4 levels");
	is_int(regime("x86-64-la57").root_align, 12, "5 levels");
	is_int(regime("x86-64-la57").va_bits, 57, "57 bits");
	is_u64(ptk_table_size(&r, 2), 32, "its root has four entries");
	static const char *const wrong[] = {"x86-64,pa=53",      "x86-64,pa=31",
	                                    "x86-32,pa=41",      "x86-32,nx",
	                                    "x86-pae,pke",       "x86-pae,1g",
	                                    "x86-64,pse",        "x86-64,enc=0x3000000000000",
	                                    "x86-64,enc=0x1000", "x86-32,enc=0x100000000",
	                                    "x86-32,high",       "x86-64,dacr=1"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		is_int(ptk_regime_parse(wrong[i], &r, &err), PTK_E_INVAL, "%s: %s", wrong[i], err.msg);
}

static void names_are(const char *text, int level, uint64_t raw, const char *const *want, size_t count)
{
	struct ptk_regime r = regime(text);
	struct ptk_field f[PTK_FIELDS_MAX];
	size_t n = ptk_entry_fields(&r, level, raw, f, PTK_FIELDS_MAX), same = 0;
	while (same < n && same < count && strcmp(f[same].name, want[same]) == 0)
		same++;
	ok(n == count && same == n, "%s level %d 0x%" PRIx64 ": the names of its fields", text, level, raw);
}

static void named_fields(void)
{
	static const char *const page_2m[] = {"XD", "Ignored", "Ignored", "Address", "Reserved", "PAT", "Ignored", "G",
	                                      "PS", "D", "A", "PCD", "PWT", "U/S", "R/W", "P"};
	static const char *const pointer[] = {"XD", "Ignored", "Ignored", "Address", "Ignored", "Ignored", "PS",
	                                      "Ignored", "A", "PCD", "PWT", "U/S", "R/W", "P"};
	static const char *const pdpte[] = {"Reserved", "Address", "Ignored", "Reserved", "Reserved",
	                                    "PCD", "PWT", "Reserved", "P"};
	static const char *const absent[] = {"Ignored", "P"};
	names_are("x86-64", 1, 0x80000000002001e3, page_2m, 16);
	names_are("x86-64", 1, 0x5600067, pointer, 14);
	names_are("x86-pae", 2, 0x5600001, pdpte, 9);
	names_are("x86-pae", 0, 0x5600120, absent, 2);
	static const char *const pte[] = {"XD", "PK", "Ignored", "Reserved", "C", "Reserved", "Address", "Ignored", "G",
	                                  "PAT", "D", "A", "PCD", "PWT", "U/S", "R/W", "P"};
	struct ptk_regime r = regime("x86-64,pke,pa=40,enc=0x800000000000");
	struct ptk_field f[PTK_FIELDS_MAX];
	size_t n = ptk_entry_fields(&r, 0, 0x8000800001234167, f, PTK_FIELDS_MAX);
	is_int((int64_t)n, sizeof pte / sizeof *pte, "number of fields of a PTE");
	for (size_t i = 0; i < n && i < sizeof pte / sizeof *pte; i++)
		is_str(f[i].name, pte[i], "field %zu", i);
	is_u64(f[6].value, 0x1234, "the page number");
	is_str(f[4].means, "encrypted", "the C bit");
	is_str(f[0].means, "not executable", "XD");
	is_str(f[15].means, "writable", "R/W");
	is_str(f[14].means, "user", "U/S");
	r = regime("x86-32");
	n = ptk_entry_fields(&r, 1, 0x4241e3, f, PTK_FIELDS_MAX);
	is_str(f[2].name, "Address[39:32]", "PSE-36's part of the address");
	is_u64(f[2].value, 0x12, "its value");
	is_int(f[2].lo, 13, "its place");
}

/* SDM vol. 3 4.6.1: with CR0.WP clear, supervisor code writes to any page; user code goes by R/W and U/S. */
static void without_wp(void)
{
	static const struct {
		uint32_t rights;
		uint64_t bits; /* R/W and U/S, or UINT64_MAX: there is no such page */
	} rows[] = {
		{PTK_A_KR | PTK_A_KW, 0},
		{PTK_A_KR | PTK_A_KW | PTK_A_UR, 4},
		{PTK_A_KR | PTK_A_KW | PTK_A_UR | PTK_A_UW, 6},
		{PTK_A_KR, UINT64_MAX},
		{PTK_A_KR | PTK_A_UR, UINT64_MAX},
		{PTK_A_KR | PTK_A_KW | PTK_A_UW, UINT64_MAX},
	};
	struct ptk_regime r = regime("x86-64,nowp");
	struct ptk_entry back;
	uint64_t raw;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_entry e = {.kind = PTK_LEAF, .pa = 0x1000};
		for (unsigned x = 0; x < 2; x++) {
			uint32_t exec = x ? PTK_A_KX | (rows[i].rights & PTK_A_UR ? PTK_A_UX : 0) : 0;
			e.attr.flags = rows[i].rights | exec;
			int rc = ptk_entry_encode(&r, &e, &raw, NULL);
			if (rows[i].bits == UINT64_MAX) {
				is_int(rc, PTK_E_NOTSUP, "nowp, rights %#x: no such page", e.attr.flags);
				continue;
			}
			is_int(rc, 0, "nowp, rights %#x", e.attr.flags);
			is_u64(raw, 0x1001 | rows[i].bits | (x ? 0 : UINT64_C(1) << 63), "its bits");
		}
	}
	/* R/W of the kernel's own pages says nothing, and is kept. */
	for (uint64_t rw = 0; rw < 4; rw += 2) {
		ptk_entry_decode(&r, 0, 0x1001 | rw, &back);
		is_int(back.attr.flags, PTK_A_KR | PTK_A_KW | PTK_A_KX, "nowp: the kernel writes, R/W %d", (int)rw);
		is_int(ptk_entry_encode(&r, &back, &raw, NULL), 0, "again");
		is_u64(raw, 0x1001 | rw, "R/W is kept");
	}
}

int main(void)
{
	without_wp();
	every_bit(layouts, sizeof layouts / sizeof *layouts, as_expected);
	rights();
	memory_types();
	linux_entries();
	linux_absent();
	reasons();
	encoding();
	parameters();
	named_fields();
	return done();
}
