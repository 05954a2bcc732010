// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* x86 entries in words: fields by their names in the Intel SDM, reasons, what Linux keeps in absent ones. */
#include "arch/x86.h"

const char *ptk_x86_reserved_(const struct ptk_regime *r, int level, uint64_t bad)
{
	if (x86_is_pdpte(r, level) && bad & (X86_PDPTE_RESERVED | X86_NX))
		return "reserved bits of a PAE PDPTE are set";
	if (r->variant == X86_32)
		return "bits 21:13 of a 4M page hold more than the physical address has room for";
	if (bad & X86_NX)
		return "the execute-disable bit is set while EFER.NXE is clear";
	if (bad & X86_PS && level > 0)
		return "PS is set, but this level cannot map a page";
	if (bad & GENMASK(62, 52))
		return "bits 62:52 are set, which PAE reserves";
	if (bad & ~low_bits(r->level[level].shift))
		return "address bits above the physical address width are set";
	return "address bits below the size of the large page are set";
}

/*
 * Linux's entries that are not present (arch/x86/include/asm/pgtable_64.h, pgtable-2level.h,
 * pgtable-3level.h, pgtable-invert.h). Since 4.18 all but the two-level kernel keep page numbers
 * and swap offsets inverted, so that a speculative load through them reaches no memory (L1TF):
 * the highest address bits are then ones.
 */
static uint64_t kept_page(const struct ptk_regime *r, int level, uint64_t raw)
{
	unsigned width = r->variant == X86_32 ? 32 : x86_is_long(r) ? 52 : 44; /* a PAE kernel uses 44 bits */
	uint64_t mask = low_bits(width) & ~low_bits(r->level[level].shift) & ~r->enc_mask;
	bool inverted = r->variant != X86_32 && raw & mask & ~low_bits(width - 2);
	return (inverted ? ~raw : raw) & mask;
}

/*
 * Swap entries have bits 7:4 and 8 clear and their type in bits 63:59, the inverted offset
 * below; a swapped-out page of the two-level kernel has its type in bits 5:1 and nothing inverted.
 */
static const char *swapped(const struct ptk_regime *r, uint64_t raw)
{
	if (r->variant != X86_32 && !(raw & BIT(58)))
		return "not present: all other bits are software's";
	uint64_t type = r->variant == X86_32 ? field_get(raw, 5, 1) : field_get(raw, 63, 59);
	/* The 32 types end in a marker, before it device memory, migration and poison, as configured (linux/swap.h). */
	if (type == 31)
		return "in Linux's encoding a marker left in place of a page";
	if (type >= 23)
		return "in Linux's encoding a page that is migrating, in device memory or poisoned, or one of the last "
		       "swap areas";
	return "in Linux's encoding a page in swap";
}

const char *ptk_x86_absent_(const struct ptk_regime *r, int level, uint64_t raw, uint64_t *pa)
{
	if (!r->level[level].leaf)
		return "not present: all other bits are software's";
	/* Bit 8 is G in a present entry and marks PROT_NONE in another. */
	if (raw & X86_G) {
		*pa = kept_page(r, level, raw);
		return "in Linux's encoding a page without access: PROT_NONE or a NUMA hint";
	}
	if (r->variant != X86_32 && raw & GENMASK(7, 4)) {
		*pa = kept_page(r, level, raw);
		return "in Linux's encoding a mapping whose present bit was cleared";
	}
	return swapped(r, raw);
}

/* ---- fields ---- */

/* Bits 51:lo, in stretches of address, reserved, and the encryption bit. */
static void address(struct field_list *l, const struct ptk_form *f, unsigned lo)
{
	unsigned hi = l->r->variant == X86_32 ? 31 : 51;
	while (hi >= lo && hi < 64) {
		bool enc = l->r->enc_mask >> hi & 1, pa = f->pa_mask >> hi & 1, pse36 = f->hi_mask >> hi & 1;
		unsigned end = hi;
		while (end > lo && !enc && (f->pa_mask >> (end - 1) & 1) == pa &&
		       (f->hi_mask >> (end - 1) & 1) == pse36 && !(l->r->enc_mask >> (end - 1) & 1))
			end--;
		if (enc)
			field_add_bit(l, "C", hi, "encrypted", "not encrypted");
		else if (pse36)
			field_add(l, "Address[39:32]", hi, end, NULL);
		else
			field_add(l, pa ? "Address" : "Reserved", hi, end, NULL);
		hi = end - 1;
	}
}

static void high_bits(struct field_list *l, int level, bool pdpte)
{
	if (pdpte) {
		field_add(l, "Reserved", 63, 52, NULL);
		return;
	}
	if (l->r->flags & PTK_RF_NX)
		field_add_bit(l, "XD", 63, "not executable", "executable");
	else
		field_add(l, "Reserved", 63, 63, NULL);
	if (l->r->variant == X86_PAE)
		field_add(l, "Reserved", 62, 52, NULL);
	else if (x86_has_key(l->r, level, l->raw))
		field_add(l, "PK", 62, 59, "protection key");
	else
		field_add(l, "Ignored", 62, 59, NULL);
	if (x86_is_long(l->r))
		field_add(l, "Ignored", 58, 52, NULL);
}

static void cache_bits(struct field_list *l)
{
	field_add_bit(l, "PCD", 4, "cache disable", NULL);
	field_add_bit(l, "PWT", 3, "write-through", NULL);
}

static void low_pdpte(struct field_list *l)
{
	field_add(l, "Ignored", 11, 9, NULL);
	field_add(l, "Reserved", 8, 6, NULL);
	field_add_bit(l, "Reserved", 5, "accessed, by an emulator", NULL);
	cache_bits(l);
	field_add(l, "Reserved", 2, 1, NULL);
	field_add_bit(l, "P", 0, "present", "not present");
}

static void low_bits_of(struct field_list *l, int level, bool page)
{
	field_add(l, "Ignored", 11, 9, NULL);
	if (page)
		field_add_bit(l, "G", 8, "global", NULL);
	else
		field_add(l, "Ignored", 8, 8, NULL);
	if (level == 0)
		field_add_bit(l, "PAT", 7, "selects the upper half of IA32_PAT", NULL);
	else if (!(l->r->level[level].table_form.mask & X86_PS))
		field_add(l, "Ignored", 7, 7, NULL);
	else
		field_add_bit(l, l->r->level[level].leaf ? "PS" : "Reserved", 7, l->r->level[level].leaf ? "page" : NULL,
		     l->r->level[level].leaf ? "table" : NULL);
	if (page)
		field_add_bit(l, "D", 6, "dirty", "clean");
	else
		field_add(l, "Ignored", 6, 6, NULL);
	field_add_bit(l, "A", 5, "accessed", "not accessed");
	cache_bits(l);
	field_add_bit(l, "U/S", 2, "user", "supervisor");
	field_add_bit(l, "R/W", 1, "writable", "read-only");
	field_add_bit(l, "P", 0, "present", "not present");
}

size_t ptk_x86_fields_(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_field *out, size_t max)
{
	struct field_list l = {.r = r, .raw = raw, .out = out, .max = max};
	unsigned width = 8u << r->entry_shift;
	bool page = x86_is_page(r, level, raw), pdpte = x86_is_pdpte(r, level);
	if (!(raw & X86_P)) {
		field_add(&l, "Ignored", width - 1, 1, NULL);
		field_add(&l, "P", 0, 0, "not present");
		return l.n;
	}
	if (width == 64)
		high_bits(&l, level, pdpte);
	if (page && level > 0) {
		address(&l, &r->level[level].leaf_form, 13);
		field_add_bit(&l, "PAT", 12, "selects the upper half of IA32_PAT", NULL);
	} else {
		address(&l, page ? &r->level[level].leaf_form : &r->level[level].table_form, 12);
	}
	if (pdpte)
		low_pdpte(&l);
	else
		low_bits_of(&l, level, page);
	return l.n;
}
