// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * riscv: Sv32, Sv39, Sv48, Sv57 with Svnapot and Svpbmt (RISC-V privileged specification,
 * chapters "Supervisor-Level ISA" and the extensions that follow it).
 */
#include <string.h>

#include "arch/arch.h"
#include "base/bits.h"
#include "base/err.h"

enum { SV32, SV39, SV48, SV57 };

#define V BIT(0)
#define R BIT(1)
#define W BIT(2)
#define X BIT(3)
#define U BIT(4)
#define G BIT(5)
#define A BIT(6)
#define D BIT(7)
#define RSW GENMASK(9, 8)
#define RESERVED GENMASK(60, 54)
#define PBMT GENMASK(62, 61)
#define N BIT(63)

#define PPN_LO 10
/* A page number at bit 10 is an address whose bits above the page offset are shifted down by 2. */
#define PA_SHIFT (12 - PPN_LO)
/* The one NAPOT size there is: 64K, told by ppn[3:0] = 1000. */
#define NAPOT_BITS 4
#define NAPOT_PPN GENMASK(PPN_LO + NAPOT_BITS - 1, PPN_LO)
#define NAPOT_64K BIT(PPN_LO + NAPOT_BITS - 1)

static const char *const names[] = {"riscv-sv32", "riscv-sv39", "riscv-sv48", "riscv-sv57", NULL};

/* ---- geometry ---- */

static int setup(const char *name, struct ptk_regime *r, struct ptk_err *err)
{
	static const uint8_t va_bits[] = {32, 39, 48, 57}, nlevels[] = {2, 3, 4, 5};
	int i = 0;
	while (names[i] && strcmp(name, names[i]) != 0)
		i++;
	if (!names[i])
		return PTK_E_UNKNOWN;
	strcpy(r->name, name);
	r->variant = (uint8_t)i;
	r->nlevels = nlevels[i];
	r->va_bits = va_bits[i];
	r->va_width = i == SV32 ? 32 : 64;
	r->pa_bits = i == SV32 ? 34 : 56;
	r->page_shift = 12;
	r->entry_shift = i == SV32 ? 2 : 3;
	r->root_align = 12;
	r->va_form = i == SV32 ? PTK_VA_LOW : PTK_VA_SIGN;
	r->flags = i == SV32 ? 0 : PTK_RF_SVNAPOT | PTK_RF_SVPBMT;
	return 0;
}

/* Where the page number of this regime sits in an entry, as far as physical addresses reach. */
static uint64_t ppn_bits(const struct ptk_regime *r)
{
	return low_bits(r->pa_bits - PA_SHIFT) & ~low_bits(PPN_LO);
}

/* Bits that are reserved in any valid entry. */
static uint64_t always_reserved(const struct ptk_regime *r)
{
	uint64_t wide = r->variant == SV32 ? low_bits(32) : low_bits(54);
	uint64_t bits = wide & ~low_bits(r->pa_bits - PA_SHIFT);
	if (r->variant == SV32)
		return bits;
	bits |= RESERVED;
	if (!(r->flags & PTK_RF_SVPBMT))
		bits |= PBMT;
	if (!(r->flags & PTK_RF_SVNAPOT))
		bits |= N;
	return bits;
}

/* Bits of the page number below the size of a page at this level: set in a misaligned superpage. */
static uint64_t misaligned(const struct ptk_regime *r, int level)
{
	return low_bits(r->level[level].shift - PA_SHIFT) & ~low_bits(PPN_LO);
}

/* Bits that are reserved in a pointer to a table, beyond those reserved everywhere. */
static uint64_t pointer_reserved(const struct ptk_regime *r)
{
	return D | A | U | (r->variant == SV32 ? 0 : PBMT | N);
}

static void derive(struct ptk_regime *r, int i, unsigned shift, unsigned bits)
{
	struct ptk_level *l = &r->level[i];
	uint64_t bad = always_reserved(r);
	*l = (struct ptk_level){
		.shift = (uint8_t)shift,
		.bits = (uint8_t)bits,
		.cont_bits = i == 0 && r->flags & PTK_RF_SVNAPOT ? NAPOT_BITS : 0,
		.manual = (int8_t)i,
		.leaf = true,
		.table = i > 0,
		.name = {'L', (char)('0' + i)},
	};
	/* Ordinary leaves are readable. Execute-only, NAPOT and I/O pages (PBMT 2) go the slow way. */
	bad |= r->variant == SV32 ? 0 : N | BIT(62);
	l->leaf_form = (struct ptk_form){.mask = V | R | bad | misaligned(r, i), .value = V | R,
	                                 .pa_mask = ppn_bits(r) & ~misaligned(r, i), .pa_shift = PA_SHIFT};
	if (i > 0)
		l->table_form = (struct ptk_form){.mask = V | R | W | X | bad | pointer_reserved(r), .value = V,
		                                  .pa_mask = ppn_bits(r), .pa_shift = PA_SHIFT};
}

static int finish(struct ptk_regime *r, struct ptk_err *err)
{
	unsigned widest = r->variant == SV32 ? 34 : 56;
	if (r->pa_bits < 32 || r->pa_bits > widest)
		return ptk_err_set_(err, PTK_E_INVAL, "%s has 32 to %u physical address bits, not %u", r->name, widest,
		                    r->pa_bits);
	if (r->variant == SV32 && r->flags & (PTK_RF_SVNAPOT | PTK_RF_SVPBMT))
		return ptk_err_set_(err, PTK_E_INVAL, "%s has no Svnapot and no Svpbmt, its entries are too small",
		                    r->name);
	if (r->va_form != (r->variant == SV32 ? PTK_VA_LOW : PTK_VA_SIGN))
		return ptk_err_set_(err, PTK_E_INVAL, "%s does not split its addresses in halves", r->name);
	if (r->dacr || r->memattr || r->enc_mask)
		return ptk_err_set_(err, PTK_E_INVAL, "%s has none of dacr, memattr, enc", r->name);
	unsigned bits = r->variant == SV32 ? 10 : 9;
	for (int i = 0; i < r->nlevels; i++)
		derive(r, i, 12 + (unsigned)i * bits, bits);
	return 0;
}

/* ---- decode ---- */

static bool is_page(uint64_t raw)
{
	return raw & (R | W | X);
}

static bool is_napot(const struct ptk_regime *r, uint64_t raw)
{
	return r->flags & PTK_RF_SVNAPOT && raw & N;
}

static const char *reserved_word(uint64_t bad)
{
	if (bad & RESERVED)
		return "bits 60:54 are reserved";
	if (bad & N)
		return "N is set without Svnapot";
	if (bad & PBMT)
		return "PBMT is set without Svpbmt";
	return "the page number is wider than a physical address";
}

/* The rules a valid entry breaks, first as the specification tests them: the bits, and a sentence. */
static uint64_t broken(const struct ptk_regime *r, int level, uint64_t raw, const char **why)
{
	uint64_t bad = raw & always_reserved(r);
	if (bad) {
		*why = reserved_word(bad);
		return bad;
	}
	if (!is_page(raw)) {
		*why = "a pointer to a table at the last level";
		if (level == 0)
			return R | W | X;
		*why = "D, A, U, PBMT or N is set in a pointer to a table";
		return raw & pointer_reserved(r);
	}
	*why = "writable without being readable";
	if ((raw & (R | W)) == W)
		return W;
	*why = "PBMT is 3";
	if (r->flags & PTK_RF_SVPBMT && (raw & PBMT) == PBMT)
		return PBMT;
	*why = "N is set above the last level";
	if (is_napot(r, raw) && level > 0)
		return N;
	*why = "N is set, but ppn[3:0] is not 1000 (64K)";
	if (is_napot(r, raw) && (raw & NAPOT_PPN) != NAPOT_64K)
		return N | NAPOT_PPN;
	*why = "a misaligned superpage";
	return raw & misaligned(r, level);
}

static enum ptk_kind kind(const struct ptk_regime *r, int level, uint64_t raw)
{
	const char *why;
	if (!(raw & V))
		return raw ? PTK_NOT_PRESENT : PTK_NONE;
	if (broken(r, level, raw, &why))
		return PTK_RESERVED;
	return is_page(raw) ? PTK_LEAF : PTK_TABLE;
}

static uint8_t memtype(unsigned pbmt)
{
	return pbmt == 0 ? PTK_MEM_PMA : pbmt == 1 ? PTK_MEM_NC : pbmt == 2 ? PTK_MEM_IO : PTK_MEM_UNKNOWN;
}

/*
 * The entry's own rights. U is exclusive: the kernel never executes a user page, and reads and
 * writes one only with SUM, which is for effective() to say.
 */
static uint32_t page_flags(uint64_t raw)
{
	uint32_t flags = 0;
	if (raw & R)
		flags |= PTK_A_KR | (raw & U ? PTK_A_UR : 0);
	if (raw & W)
		flags |= PTK_A_KW | (raw & U ? PTK_A_UW : 0);
	if (raw & X)
		flags |= raw & U ? PTK_A_UX : PTK_A_KX;
	if (raw & G)
		flags |= PTK_A_GLOBAL;
	if (raw & A)
		flags |= PTK_A_ACCESSED;
	if (raw & D)
		flags |= PTK_A_DIRTY;
	return flags;
}

static void decode_page(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out)
{
	out->pa = form_pa(&r->level[level].leaf_form, raw);
	out->attr.flags = page_flags(raw);
	out->attr.sw = (uint16_t)field_get(raw, 9, 8);
	out->attr.memidx = r->variant == SV32 ? 0 : (uint8_t)field_get(raw, 62, 61);
	out->attr.mem = memtype(out->attr.memidx);
	if (is_napot(r, raw)) {
		out->attr.flags |= PTK_A_CONT;
		out->span = ptk_level_size(r, level) << NAPOT_BITS;
		out->pa = round_down(out->pa, out->span);
	}
}

/* What Linux keeps in an entry without V (arch/riscv/include/asm/pgtable.h); bit 5 marks PROT_NONE. */
static const char *absent(const struct ptk_regime *r, int level, uint64_t raw, uint64_t *pa)
{
	if (raw & (G | R | W | X))
		*pa = (raw & ppn_bits(r) & ~misaligned(r, level)) << PA_SHIFT;
	if (raw & G)
		return "in Linux's encoding a page without access: PROT_NONE or a NUMA hint";
	if (raw & (R | W | X))
		return "in Linux's encoding a mapping whose valid bit was cleared";
	return "in Linux's encoding a page in swap, migrating, or a marker";
}

static void decode(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out)
{
	if (out->kind == PTK_LEAF) {
		decode_page(r, level, raw, out);
	} else if (out->kind == PTK_TABLE) {
		out->pa = form_pa(&r->level[level].table_form, raw);
		out->attr.sw = (uint16_t)field_get(raw, 9, 8);
		out->inherit = raw & G ? PTK_A_GLOBAL : 0;
	} else if (out->kind == PTK_RESERVED) {
		out->bad = broken(r, level, raw, &out->why);
	} else if (out->kind == PTK_NOT_PRESENT) {
		out->why = absent(r, level, raw, &out->pa);
		out->extra = raw;
	}
}

/* ---- encode ---- */

static int put_pa(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err)
{
	bool cont = in->kind == PTK_LEAF && in->attr.flags & PTK_A_CONT;
	unsigned shift = in->kind == PTK_LEAF ? r->level[in->level].shift : 12;
	if (cont)
		shift += NAPOT_BITS;
	if (in->pa & low_bits(shift))
		return ptk_err_set_(err, PTK_E_INVAL, "%s: 0x%llx is not aligned to %u bits", r->name,
		                    (unsigned long long)in->pa, shift);
	if (in->pa & ~low_bits(r->pa_bits))
		return ptk_err_set_(err, PTK_E_INVAL, "%s: 0x%llx is wider than %u bits", r->name,
		                    (unsigned long long)in->pa, r->pa_bits);
	*raw |= in->pa >> PA_SHIFT;
	if (cont)
		*raw |= N | NAPOT_64K;
	return 0;
}

static int put_memtype(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err)
{
	unsigned n = r->flags & PTK_RF_SVPBMT ? 3 : 1, index = in->attr.memidx;
	if (index == PTK_MEMIDX_AUTO)
		for (index = 0; index < n && memtype(index) != in->attr.mem; index++)
			;
	if (index >= n)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s: no PBMT value for the memory type %s (index %u)", r->name,
		                    ptk_memtype_name(in->attr.mem), in->attr.memidx);
	*raw |= field_put(index, 62, 61);
	return 0;
}

static uint64_t page_bits(uint32_t flags)
{
	uint64_t raw = 0;
	raw |= flags & PTK_A_KR ? R : 0;
	raw |= flags & PTK_A_KW ? W : 0;
	raw |= flags & (PTK_A_KX | PTK_A_UX) ? X : 0;
	raw |= flags & (PTK_A_UR | PTK_A_UW | PTK_A_UX) ? U : 0;
	raw |= flags & PTK_A_GLOBAL ? G : 0;
	raw |= flags & PTK_A_ACCESSED ? A : 0;
	raw |= flags & PTK_A_DIRTY ? D : 0;
	return raw;
}

static int encode_mapped(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *out, struct ptk_err *err)
{
	const struct ptk_level *l = &r->level[in->level];
	bool page = in->kind == PTK_LEAF;
	if ((page && in->attr.flags & PTK_A_CONT && !l->cont_bits) || (!page && !l->table))
		return ptk_err_set_(err, PTK_E_INVAL, "%s: an entry of level %u cannot be this kind of %s", r->name,
		                    in->level, ptk_kind_name(in->kind));
	if (in->extra)
		return ptk_err_set_(err, PTK_E_INVAL, "%s has no spare bits 0x%llx", r->name,
		                    (unsigned long long)in->extra);
	if (in->attr.sw > 3)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s has room for 2 software bits, 0x%x does not fit", r->name,
		                    in->attr.sw);
	uint64_t raw = V | field_put(in->attr.sw, 9, 8);
	raw |= page ? page_bits(in->attr.flags) : in->inherit & PTK_A_GLOBAL ? G : 0;
	int rc = put_pa(r, in, &raw, err);
	if (rc >= 0 && page)
		rc = put_memtype(r, in, &raw, err);
	if (rc < 0)
		return rc;
	/* What the bits cannot say shows as a difference in what they mean. */
	struct ptk_entry back;
	ptk_entry_decode(r, in->level, raw, &back);
	if (back.kind != in->kind || back.attr.flags != in->attr.flags || back.inherit != in->inherit ||
	    in->attr.share || in->attr.key)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s cannot express these rights and properties%s%s", r->name,
		                    back.why ? ": " : "", back.why ? back.why : "");
	*out = raw;
	return 0;
}

static int encode(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err)
{
	if (in->kind == PTK_TABLE || in->kind == PTK_LEAF)
		return encode_mapped(r, in, raw, err);
	return ptk_arch_encode_unmapped_(r, in, raw, err);
}

/* ---- effective rights ---- */

static void effective(const struct ptk_regime *r, uint64_t inherit, const struct ptk_entry *leaf, struct ptk_attr *out)
{
	bool user = leaf->attr.flags & (PTK_A_UR | PTK_A_UW | PTK_A_UX);
	uint32_t f = out->flags;
	if (r->flags & PTK_RF_MXR) {
		f |= f & PTK_A_UX ? PTK_A_UR | PTK_A_KR : 0;
		f |= f & PTK_A_KX ? PTK_A_KR : 0;
	}
	if (user && !(r->flags & PTK_RF_SUM))
		f &= ~(uint32_t)(PTK_A_KR | PTK_A_KW);
	/* Svade: a clear A faults on any access, a clear D on a write; Svadu: hardware sets them. */
	if (!(r->flags & PTK_RF_SVADU)) {
		if (!(f & PTK_A_ACCESSED))
			f &= ~(uint32_t)PTK_A_RIGHTS;
		if (!(f & PTK_A_DIRTY))
			f &= ~(uint32_t)(PTK_A_KW | PTK_A_UW);
	}
	out->flags = f;
}

/* ---- fields ---- */

/* PPN[i] of each level, as the specification splits the page number; the highest takes what is left. */
static void ppn_fields(struct field_list *l)
{
	static const char *const ppn[] = {"PPN[0]", "PPN[1]", "PPN[2]", "PPN[3]", "PPN[4]"};
	unsigned hi = l->r->variant == SV32 ? 31 : 53;
	for (int i = l->r->nlevels - 1; i >= 0; i--) {
		unsigned lo = PPN_LO + (unsigned)i * l->r->level[0].bits;
		field_add(l, ppn[i], hi, lo, NULL);
		hi = lo - 1;
	}
}

static size_t fields(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_field *out, size_t max)
{
	static const char *const pbmt[] = {"as the platform says", "non-cacheable", "I/O", "reserved"};
	static const struct {
		const char *name, *set, *clear;
	} bit[] = {
		{"V", "valid", "not valid"},       {"R", "readable", NULL}, {"W", "writable", NULL},
		{"X", "executable", NULL},         {"U", "user", NULL},     {"G", "global", NULL},
		{"A", "accessed", "not accessed"}, {"D", "dirty", "clean"},
	};
	struct field_list l = {.r = r, .raw = raw, .out = out, .max = max};
	if (!(raw & V)) {
		field_add(&l, "Ignored", (8u << r->entry_shift) - 1, 1, NULL);
		field_add(&l, "V", 0, 0, "not valid");
		return l.n;
	}
	if (r->variant != SV32) {
		field_add_bit(&l, "N", 63, "part of a 64K group", NULL);
		field_add(&l, "PBMT", 62, 61, pbmt[field_get(raw, 62, 61)]);
		field_add(&l, "Reserved", 60, 54, NULL);
	}
	ppn_fields(&l);
	field_add(&l, "RSW", 9, 8, NULL);
	for (unsigned i = 8; i-- > 0;)
		field_add_bit(&l, bit[i].name, i, bit[i].set, bit[i].clear);
	return l.n;
}

/* Supervisor registers: privileged specification, 4.1.11 (satp), 4.1.1 (sstatus), 3.1.18 (menvcfg). */
static size_t registers(const struct ptk_regime *r, uint64_t root, struct ptk_register *out)
{
	size_t n = 0;
	uint64_t status = (r->flags & PTK_RF_SUM ? BIT(18) : 0) | (r->flags & PTK_RF_MXR ? BIT(19) : 0);
	if (r->flags & (PTK_RF_SVPBMT | PTK_RF_SVADU))
		out[n++] = (struct ptk_register){
		        "menvcfg", (r->flags & PTK_RF_SVPBMT ? BIT(62) : 0) | (r->flags & PTK_RF_SVADU ? BIT(61) : 0),
		        BIT(62) | BIT(61), "PBMTE, ADUE: machine mode lets supervisor mode use Svpbmt, Svadu"};
	out[n++] = (struct ptk_register){"sstatus", status, BIT(18) | BIT(19), "SUM, MXR"};
	if (r->va_width == 32)
		out[n++] = (struct ptk_register){"satp", BIT(31) | root >> 12, low_bits(32),
		                                 "mode Sv32 and root table (ASID 0)"};
	else /* Sv39 is 8, Sv48 9, Sv57 10: the levels plus five */
		out[n++] = (struct ptk_register){"satp", field_put(r->nlevels + 5u, 63, 60) | root >> 12, UINT64_MAX,
			"mode and root table (ASID 0)"};
	return n;
}

const struct ptk_arch ptk_arch_riscv = {
	.name = "riscv",
	.names = names,
	.flags = PTK_RF_SVNAPOT | PTK_RF_SVPBMT | PTK_RF_SVADU | PTK_RF_SUM | PTK_RF_MXR,
	.setup = setup,
	.finish = finish,
	.kind = kind,
	.decode = decode,
	.encode = encode,
	.effective = effective,
	.fields = fields,
	.registers = registers,
};
