// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * x86: 32-bit paging, PAE, 4-level and 5-level paging (Intel SDM volume 3A, chapter 4 of
 * the editions up to 2023, chapter 5 since).
 *
 * The forms of a level hold every reserved bit in their masks, so an entry is of a form's
 * kind exactly if the form matches; all else with P set is reserved.
 */
#include <string.h>

#include "arch/x86.h"
#include "base/err.h"

/* IA32_PAT after reset: WB, WT, UC-, UC, twice (11.12.4). Linux writes 0x0407050600070106. */
#define PAT_RESET UINT64_C(0x0007040600070406)

#define COMMON_FLAGS (PTK_RF_WP | PTK_RF_SMEP | PTK_RF_SMAP | PTK_RF_PGE)

static const char *const names[] = {"x86-32", "x86-pae", "x86-64", "x86-64-la57", NULL};

static const struct variant {
	uint8_t va_bits, nlevels, entry_shift, root_align, pa_max;
	uint8_t bits[PTK_LEVELS_MAX];
	uint32_t known, preset; /* flags */
} variants[] = {
	[X86_32] = {32, 2, 2, 12, 40, {10, 10}, COMMON_FLAGS | PTK_RF_PSE | PTK_RF_PSE36,
	            PTK_RF_WP | PTK_RF_PGE | PTK_RF_PSE | PTK_RF_PSE36},
	[X86_PAE] = {32, 3, 3, 5, 52, {9, 9, 2}, COMMON_FLAGS | PTK_RF_NX, PTK_RF_WP | PTK_RF_PGE | PTK_RF_NX},
	[X86_64] = {48, 4, 3, 12, 52, {9, 9, 9, 9}, COMMON_FLAGS | PTK_RF_NX | PTK_RF_PKE | PTK_RF_1G,
	            PTK_RF_WP | PTK_RF_PGE | PTK_RF_NX | PTK_RF_1G},
	[X86_LA57] = {57, 5, 3, 12, 52, {9, 9, 9, 9, 9}, COMMON_FLAGS | PTK_RF_NX | PTK_RF_PKE | PTK_RF_1G,
	              PTK_RF_WP | PTK_RF_PGE | PTK_RF_NX | PTK_RF_1G},
};

/* ---- geometry ---- */

static void setup_levels(struct ptk_regime *r, const struct variant *v)
{
	static const char level_names[PTK_LEVELS_MAX][8] = {"PTE", "PDE", "PDPTE", "PML4E", "PML5E"};
	unsigned shift = 12;
	for (int i = 0; i < v->nlevels; i++) {
		r->level[i].shift = (uint8_t)shift;
		r->level[i].bits = v->bits[i];
		r->level[i].manual = (int8_t)(i + 1);
		memcpy(r->level[i].name, level_names[i], sizeof level_names[i]);
		shift += v->bits[i];
	}
}

static int setup(const char *name, struct ptk_regime *r, struct ptk_err *err)
{
	int i = 0;
	while (names[i] && strcmp(name, names[i]) != 0)
		i++;
	if (!names[i])
		return PTK_E_UNKNOWN;
	const struct variant *v = &variants[i];
	strcpy(r->name, name);
	r->variant = (uint8_t)i;
	r->nlevels = v->nlevels;
	r->va_bits = v->va_bits;
	r->va_width = i >= X86_64 ? 64 : 32;
	r->pa_bits = v->pa_max;
	r->page_shift = 12;
	r->entry_shift = v->entry_shift;
	r->root_align = v->root_align;
	r->va_form = i >= X86_64 ? PTK_VA_SIGN : PTK_VA_LOW;
	r->flags = v->preset;
	r->memattr = PAT_RESET;
	setup_levels(r, v);
	return 0;
}

/* Bits of an address in an entry of any level. */
static uint64_t address_bits(const struct ptk_regime *r)
{
	unsigned width = r->variant == X86_32 ? 32 : r->pa_bits;
	return low_bits(width) & ~low_bits(12) & ~r->enc_mask;
}

/* Bits that must be clear in any present entry (4.4.2, 4.5.4): above MAXPHYADDR, and NX without EFER.NXE. */
static uint64_t always_reserved(const struct ptk_regime *r)
{
	if (r->variant == X86_32)
		return 0;
	uint64_t bits = low_bits(52) & ~low_bits(r->pa_bits);
	if (r->variant == X86_PAE)
		bits |= GENMASK(62, 52);
	if (!(r->flags & PTK_RF_NX))
		bits |= X86_NX;
	return bits & ~r->enc_mask;
}

static void derive_table(const struct ptk_regime *r, int i, struct ptk_level *l)
{
	uint64_t must_clear = always_reserved(r);
	if (x86_is_pdpte(r, i))
		must_clear |= X86_PDPTE_RESERVED | X86_NX;
	else if (r->variant != X86_32 || r->flags & PTK_RF_PSE) /* else PS is ignored (4.3) */
		must_clear |= X86_PS;
	l->table = i > 0;
	if (l->table)
		l->table_form =
		        (struct ptk_form){.mask = X86_P | must_clear, .value = X86_P, .pa_mask = address_bits(r)};
}

static bool page_allowed(const struct ptk_regime *r, int i)
{
	switch (i) {
	case 0: return true;
	case 1: return r->variant != X86_32 || r->flags & PTK_RF_PSE;
	case 2: return x86_is_long(r) && r->flags & PTK_RF_1G;
	default: return false;
	}
}

static void derive_page(const struct ptk_regime *r, int i, struct ptk_level *l)
{
	l->leaf = page_allowed(r, i);
	if (!l->leaf)
		return;
	struct ptk_form *f = &l->leaf_form;
	f->mask = f->value = i ? X86_P | X86_PS : X86_P;
	f->mask |= always_reserved(r);
	f->pa_mask = address_bits(r) & ~low_bits(l->shift);
	if (i == 0)
		return;
	/* Bit 12 is PAT; the rest of the address below the page's size is reserved, or PSE-36's (table 4-4). */
	uint64_t low = low_bits(l->shift) & ~low_bits(13) & ~r->enc_mask;
	if (r->variant == X86_32 && r->pa_bits > 32) {
		f->hi_mask = low_bits(r->pa_bits - X86_PSE36_SHIFT) & ~low_bits(13);
		f->hi_shift = X86_PSE36_SHIFT;
	}
	f->mask |= low & ~f->hi_mask;
}

static int check(const struct ptk_regime *r, struct ptk_err *err)
{
	const struct variant *v = &variants[r->variant];
	if (r->pa_bits < 32 || r->pa_bits > v->pa_max)
		return ptk_err_set_(err, PTK_E_INVAL, "%s has 32 to %u physical address bits, not %u", r->name,
		                    v->pa_max, r->pa_bits);
	if (r->flags & ~v->known)
		return ptk_err_set_(err, PTK_E_INVAL, "%s has no '%s'", r->name,
		                    ptk_regime_flag_name_(r->flags & ~v->known));
	if (r->dacr)
		return ptk_err_set_(err, PTK_E_INVAL, "%s has no domains, dacr means nothing to it", r->name);
	if (r->va_form != (x86_is_long(r) ? PTK_VA_SIGN : PTK_VA_LOW))
		return ptk_err_set_(err, PTK_E_INVAL, "%s does not split its addresses in halves", r->name);
	bool one_bit = r->enc_mask && !(r->enc_mask & (r->enc_mask - 1));
	if (r->enc_mask && (!one_bit || r->enc_mask & ~GENMASK(51, 32) || r->variant == X86_32))
		return ptk_err_set_(err, PTK_E_INVAL,
		                    "%s cannot have the encryption bit 0x%llx: it is one of bits 51 to 32%s", r->name,
		                    (unsigned long long)r->enc_mask, r->variant == X86_32 ? ", in 64-bit entries" : "");
	return 0;
}

static int finish(struct ptk_regime *r, struct ptk_err *err)
{
	if (r->variant == X86_32 && (r->flags & (PTK_RF_PSE | PTK_RF_PSE36)) != (PTK_RF_PSE | PTK_RF_PSE36))
		r->pa_bits = 32; /* only 4M pages reach further */
	int rc = check(r, err);
	if (rc < 0)
		return rc;
	for (int i = 0; i < r->nlevels; i++) {
		struct ptk_level *l = &r->level[i];
		l->table_form = l->leaf_form = (struct ptk_form){0};
		derive_table(r, i, l);
		derive_page(r, i, l);
	}
	return 0;
}

/* ---- decode ---- */

static enum ptk_kind kind(const struct ptk_regime *r, int level, uint64_t raw)
{
	const struct ptk_level *l = &r->level[level];
	if (!(raw & X86_P))
		return raw ? PTK_NOT_PRESENT : PTK_NONE;
	if (form_match(&l->leaf_form, raw))
		return PTK_LEAF;
	return form_match(&l->table_form, raw) ? PTK_TABLE : PTK_RESERVED;
}

/* Types that a byte of IA32_PAT may hold (table 11-10). */
static uint8_t pat_type(const struct ptk_regime *r, unsigned index)
{
	static const uint8_t types[8] = {PTK_MEM_UC,      PTK_MEM_NC, PTK_MEM_UNKNOWN, PTK_MEM_UNKNOWN,
	                                 PTK_MEM_WT, PTK_MEM_WP, PTK_MEM_WB,      PTK_MEM_UC_MINUS};
	uint64_t pat = r->memattr >> (index * 8) & 0xff;
	return pat < 8 ? types[pat] : PTK_MEM_UNKNOWN;
}

static uint64_t pat_bit(int level)
{
	return level ? X86_PAT_LARGE : X86_PAT;
}

/* What tables and pages have alike: cacheability, software bits, encryption. */
static void decode_common(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out)
{
	struct ptk_attr *a = &out->attr;
	unsigned index = (unsigned)field_get(raw, 4, 3);
	if (out->kind == PTK_LEAF && raw & pat_bit(level))
		index |= 4;
	a->memidx = (uint8_t)index;
	a->mem = pat_type(r, index);
	a->sw = (uint16_t)field_get(raw, 11, 9);
	if (x86_is_long(r))
		a->sw |= (uint16_t)(field_get(raw, 58, 52) << 3);
	if (x86_has_key(r, level, raw))
		a->key = (uint8_t)field_get(raw, 62, 59);
	else if (x86_is_long(r))
		a->sw |= (uint16_t)(field_get(raw, 62, 59) << 10);
	if (raw & r->enc_mask)
		a->flags |= PTK_A_ENC;
}

/* Ignored bits of a table entry that the walk of a decoded one must not lose. */
static uint64_t table_extra(const struct ptk_regime *r, int level, uint64_t inherit)
{
	if (x86_is_pdpte(r, level))
		return X86_A;
	uint64_t extra = X86_D | X86_G;
	if (!(r->level[level].table_form.mask & X86_PS))
		extra |= X86_PS;
	/* With CR0.WP clear, R/W says nothing where user code is locked out anyway. */
	if (!(r->flags & PTK_RF_WP) && inherit & PTK_A_UR)
		extra |= X86_RW;
	return extra;
}

static void decode_table(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out)
{
	out->pa = form_pa(&r->level[level].table_form, raw);
	if (!x86_is_pdpte(r, level)) {
		if (!(raw & X86_US))
			out->inherit |= PTK_A_UR | PTK_A_UW | PTK_A_UX;
		if (!(raw & X86_RW))
			out->inherit |= PTK_A_UW | (r->flags & PTK_RF_WP ? PTK_A_KW : 0);
		if (raw & X86_NX)
			out->inherit |= PTK_A_KX | PTK_A_UX;
		if (raw & X86_A)
			out->attr.flags |= PTK_A_ACCESSED;
	}
	out->extra = raw & table_extra(r, level, out->inherit);
}

/* With CR0.WP clear the kernel writes whatever R/W says (4.6.1): in its own pages the bit says nothing. */
static uint64_t page_extra(const struct ptk_regime *r, bool user)
{
	return user || r->flags & PTK_RF_WP ? 0 : X86_RW;
}

static void decode_page(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out)
{
	uint32_t flags = PTK_A_KR;
	if (raw & X86_RW)
		flags |= PTK_A_KW;
	if (!(raw & X86_NX))
		flags |= PTK_A_KX;
	if (raw & X86_US) /* UR, UW, UX lie three bits above KR, KW, KX */
		flags |= flags << 3;
	if (!(r->flags & PTK_RF_WP))
		flags |= PTK_A_KW;
	out->extra = raw & page_extra(r, raw & X86_US);
	if (raw & X86_G)
		flags |= PTK_A_GLOBAL;
	if (raw & X86_A)
		flags |= PTK_A_ACCESSED;
	if (raw & X86_D)
		flags |= PTK_A_DIRTY;
	out->attr.flags |= flags;
	out->pa = form_pa(&r->level[level].leaf_form, raw);
}

static void decode(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out)
{
	const struct ptk_level *l = &r->level[level];
	if (out->kind == PTK_TABLE || out->kind == PTK_LEAF)
		decode_common(r, level, raw, out);
	if (out->kind == PTK_TABLE) {
		decode_table(r, level, raw, out);
	} else if (out->kind == PTK_LEAF) {
		decode_page(r, level, raw, out);
	} else if (out->kind == PTK_NOT_PRESENT) {
		out->why = ptk_x86_absent_(r, level, raw, &out->pa);
		out->extra = raw;
	} else if (out->kind == PTK_RESERVED) {
		const struct ptk_form *f = x86_is_page(r, level, raw) ? &l->leaf_form : &l->table_form;
		out->bad = (raw ^ f->value) & f->mask;
		out->why = ptk_x86_reserved_(r, level, out->bad);
	}
}

/* ---- encode ---- */

/* An address in the places that a form has for it. */
static int put_pa(const struct ptk_regime *r, const struct ptk_form *f, uint64_t pa, uint64_t *raw, struct ptk_err *err)
{
	uint64_t low = pa & f->pa_mask, high = f->hi_mask ? pa >> f->hi_shift & f->hi_mask : 0;
	if ((low | high << f->hi_shift) != pa)
		return ptk_err_set_(err, PTK_E_INVAL,
		                    "%s cannot hold the address 0x%llx here: misaligned, or wider than %u bits",
		                    r->name, (unsigned long long)pa, r->pa_bits);
	*raw |= low | high;
	return 0;
}

static int put_memtype(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err)
{
	unsigned n = in->kind == PTK_LEAF ? 8 : 4, index = in->attr.memidx;
	if (index == PTK_MEMIDX_AUTO)
		for (index = 0; index < n && pat_type(r, index) != in->attr.mem; index++)
			;
	if (index >= n)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s: no PAT entry for the memory type %s (index %u)", r->name,
		                    ptk_memtype_name(in->attr.mem), in->attr.memidx);
	*raw |= field_put(index, 4, 3);
	if (index & 4)
		*raw |= pat_bit(in->level);
	return 0;
}

/* Software bits and key; raw has P, PS and U/S already. */
static int put_ignored(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err)
{
	bool key = x86_has_key(r, in->level, *raw);
	unsigned width = !x86_is_long(r) ? 3 : key ? 10 : 14;
	if (in->attr.sw >> width)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s has room for %u software bits here, 0x%x does not fit",
		                    r->name, width, in->attr.sw);
	if (in->attr.key > (key ? 15 : 0))
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s: no protection key %u here; %s", r->name, in->attr.key,
		                    key ? "keys go from 0 to 15" : "only user pages with CR4.PKE have one");
	*raw |= field_put(in->attr.sw, 11, 9);
	if (x86_is_long(r))
		*raw |= field_put(in->attr.sw >> 3, 58, 52) | field_put(in->attr.sw >> 10, 62, 59);
	*raw |= key ? field_put(in->attr.key, 62, 59) : 0;
	return 0;
}

/* Rights and inherit values as bits: the caller compares what comes back from decoding. */
static uint64_t page_bits(const struct ptk_regime *r, uint32_t flags)
{
	uint64_t raw = 0;
	raw |= flags & (r->flags & PTK_RF_WP ? PTK_A_KW : PTK_A_UW) ? X86_RW : 0;
	raw |= flags & PTK_A_UR ? X86_US : 0;
	raw |= flags & PTK_A_KX ? 0 : X86_NX;
	raw |= flags & PTK_A_GLOBAL ? X86_G : 0;
	raw |= flags & PTK_A_ACCESSED ? X86_A : 0;
	raw |= flags & PTK_A_DIRTY ? X86_D : 0;
	return raw;
}

static uint64_t table_bits(const struct ptk_regime *r, const struct ptk_entry *in)
{
	uint64_t raw = in->attr.flags & PTK_A_ACCESSED ? X86_A : 0;
	if (x86_is_pdpte(r, in->level))
		return raw;
	bool user = !(in->inherit & PTK_A_UR);
	raw |= user ? X86_US : 0;
	raw |= in->inherit & PTK_A_KX ? X86_NX : 0;
	if (r->flags & PTK_RF_WP)
		raw |= in->inherit & PTK_A_KW ? 0 : X86_RW;
	else if (user)
		raw |= in->inherit & PTK_A_UW ? 0 : X86_RW;
	return raw;
}

static int encode_mapped(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *out, struct ptk_err *err)
{
	const struct ptk_level *l = &r->level[in->level];
	const struct ptk_form *f = in->kind == PTK_LEAF ? &l->leaf_form : &l->table_form;
	uint64_t raw = f->value;
	if (!f->pa_mask)
		return ptk_err_set_(err, PTK_E_INVAL, "%s: a %s cannot be a %s", r->name, l->name,
		                    ptk_kind_name(in->kind));
	bool table = in->kind == PTK_TABLE;
	uint64_t extra = table ? table_extra(r, in->level, in->inherit) : page_extra(r, in->attr.flags & PTK_A_UR);
	if (in->extra & ~extra)
		return ptk_err_set_(err, PTK_E_INVAL, "%s: a %s has no spare bits 0x%llx", r->name, l->name,
		                    (unsigned long long)in->extra);
	raw |= in->extra | (table ? table_bits(r, in) : page_bits(r, in->attr.flags));
	raw |= in->attr.flags & PTK_A_ENC ? r->enc_mask : 0;
	int rc = put_pa(r, f, in->pa, &raw, err);
	if (rc >= 0)
		rc = put_memtype(r, in, &raw, err);
	if (rc >= 0)
		rc = put_ignored(r, in, &raw, err);
	if (rc < 0)
		return rc;
	/* What the bits cannot say shows as a difference in what they mean. */
	struct ptk_entry back;
	ptk_entry_decode(r, in->level, raw, &back);
	bool wide = r->entry_shift == 2 && raw >> 32; /* no NX in entries of 32 bits */
	if (wide || back.kind != in->kind || back.attr.flags != in->attr.flags || back.inherit != in->inherit ||
	    in->attr.share)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s: a %s cannot express these rights and properties", r->name,
		                    l->name);
	*out = raw;
	return 0;
}

static int encode(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err)
{
	if (in->kind == PTK_TABLE || in->kind == PTK_LEAF)
		return encode_mapped(r, in, raw, err);
	return ptk_arch_encode_unmapped_(r, in, raw, err);
}

/* ---- effective rights (4.6) ---- */

static void effective(const struct ptk_regime *r, uint64_t inherit, const struct ptk_entry *leaf, struct ptk_attr *out)
{
	/* A page is a user page only if U/S is set in every entry on the way. */
	bool user = out->flags & PTK_A_UR;
	if (!(r->flags & PTK_RF_WP))
		out->flags |= PTK_A_KW;
	if (user && r->flags & PTK_RF_SMEP)
		out->flags &= ~(uint32_t)PTK_A_KX;
	if (user && r->flags & PTK_RF_SMAP)
		out->flags &= ~(uint32_t)(PTK_A_KR | PTK_A_KW);
	if (!user)
		out->key = 0;
	if (!(r->flags & PTK_RF_PGE))
		out->flags &= ~(uint32_t)PTK_A_GLOBAL;
}

const struct ptk_arch ptk_arch_x86 = {
	.name = "x86",
	.names = names,
	.flags = COMMON_FLAGS | PTK_RF_PSE | PTK_RF_PSE36 | PTK_RF_NX | PTK_RF_PKE | PTK_RF_1G,
	.setup = setup,
	.finish = finish,
	.kind = kind,
	.decode = decode,
	.encode = encode,
	.effective = effective,
	.fields = ptk_x86_fields_,
	.registers = ptk_x86_registers_,
};
