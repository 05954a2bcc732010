// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The fields of a short descriptor by their names in Arm ARM DDI 0406C B3.5.1, highest bit first. */
#include "arch/arm_short.h"

static void add_sbz(struct field_list *l, unsigned hi, unsigned lo)
{
	field_add(l, "SBZ", hi, lo, field_get(l->raw, hi, lo) ? "should be zero" : NULL);
}

static void add_domain(struct field_list *l)
{
	static const char *const roles[] = {"no access", "client", "reserved", "manager"};
	field_add(l, "Domain", 8, 5, roles[l->r->dacr >> (2 * field_get(l->raw, 8, 5)) & 3]);
}

static const char *memory(const struct field_list *l, int level)
{
	struct ptk_entry e;
	ptk_entry_decode(l->r, level, l->raw, &e);
	return ptk_memtype_name((enum ptk_memtype)e.attr.mem);
}

/* AP[2:0] as a whole, said at its upper bit's field. */
static const char *rights(const struct field_list *l, unsigned ap2, unsigned ap)
{
	static const char *const plain[] = {
	        "no access", "kernel read-write", "kernel read-write, user read-only", "kernel and user read-write",
	        "reserved",  "kernel read-only",  "kernel and user read-only",         "kernel and user read-only",
	};
	unsigned v = (unsigned)(l->raw >> ap & 3) | (unsigned)(l->raw >> ap2 & 1) << 2;
	return plain[l->r->flags & PTK_RF_AFE ? v | 1 : v];
}

static void add_ap(struct field_list *l, unsigned ap, unsigned ap2)
{
	if (!(l->r->flags & PTK_RF_AFE)) {
		field_add(l, "AP[1:0]", ap + 1, ap, rights(l, ap2, ap));
		return;
	}
	field_add(l, "AP[1]", ap + 1, ap + 1, rights(l, ap2, ap));
	field_add_bit(l, "AF", ap, "accessed", "not accessed yet");
}

static void table(struct field_list *l)
{
	field_add(l, "TableAddress", 31, 10, NULL);
	field_add(l, "IMP", 9, 9, NULL);
	add_domain(l);
	add_sbz(l, 4, 4);
	field_add_bit(l, "NS", 3, "pages below are in non-secure memory", NULL);
	if (l->r->flags & PTK_RF_PXN)
		field_add_bit(l, "PXN", 2, "no kernel execution below", NULL);
	else
		add_sbz(l, 2, 2);
	field_add(l, "Type", 1, 0, "table");
}

static void section(struct field_list *l)
{
	bool super = l->raw >> 18 & 1;
	if (super) {
		field_add(l, "Address[31:24]", 31, 24, NULL);
		field_add(l, "Address[35:32]", 23, 20, NULL);
	} else {
		field_add(l, "Address[31:20]", 31, 20, NULL);
	}
	field_add_bit(l, "NS", 19, "non-secure", NULL);
	field_add(l, "Super", 18, 18, super ? "supersection, one of 16 equal entries" : "section");
	field_add_bit(l, "nG", 17, "of one address space", "global");
	field_add_bit(l, "S", 16, "shareable", NULL);
	field_add(l, "AP[2]", 15, 15, rights(l, 15, 10));
	field_add(l, "TEX", 14, 12, memory(l, 1));
	add_ap(l, 10, 15);
	field_add(l, "IMP", 9, 9, NULL);
	if (super)
		field_add(l, "Address[39:36]", 8, 5, NULL);
	else
		add_domain(l);
	field_add_bit(l, "XN", 4, "no execution", "execution allowed");
	field_add(l, "C", 3, 3, NULL);
	field_add(l, "B", 2, 2, NULL);
	field_add(l, "Type", 1, 1, "section");
	field_add_bit(l, "PXN", 0, "no kernel execution", NULL);
}

static void large_page(struct field_list *l)
{
	field_add(l, "Address[31:16]", 31, 16, NULL);
	field_add_bit(l, "XN", 15, "no execution", "execution allowed");
	field_add(l, "TEX", 14, 12, memory(l, 0));
	field_add_bit(l, "nG", 11, "of one address space", "global");
	field_add_bit(l, "S", 10, "shareable", NULL);
	field_add(l, "AP[2]", 9, 9, rights(l, 9, 4));
	add_sbz(l, 8, 6);
	add_ap(l, 4, 9);
	field_add(l, "C", 3, 3, NULL);
	field_add(l, "B", 2, 2, NULL);
	field_add(l, "Type", 1, 0, "large page, one of 16 equal entries");
}

static void small_page(struct field_list *l)
{
	field_add(l, "Address[31:12]", 31, 12, NULL);
	field_add_bit(l, "nG", 11, "of one address space", "global");
	field_add_bit(l, "S", 10, "shareable", NULL);
	field_add(l, "AP[2]", 9, 9, rights(l, 9, 4));
	field_add(l, "TEX", 8, 6, memory(l, 0));
	add_ap(l, 4, 9);
	field_add(l, "C", 3, 3, NULL);
	field_add(l, "B", 2, 2, NULL);
	field_add(l, "Type", 1, 1, "small page");
	field_add_bit(l, "XN", 0, "no execution", "execution allowed");
}

size_t ptk_arm_short_fields_(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_field *out, size_t max)
{
	struct field_list l = {.r = r, .raw = raw & GENMASK(31, 0), .out = out, .max = max};
	if (!(raw & 3)) {
		field_add(&l, "Ignored", 31, 2, NULL);
		field_add(&l, "Type", 1, 0, "not valid: the other bits are for software");
	} else if (level == 1 && (raw & 3) == 1) {
		table(&l);
	} else if (level == 1 && (raw & 3) == 3 && !(r->flags & PTK_RF_PXN)) {
		field_add(&l, "Reserved", 31, 2, NULL);
		field_add(&l, "Type", 1, 0, "reserved");
	} else if (level == 1) {
		section(&l);
	} else if (raw & 2) {
		small_page(&l);
	} else {
		large_page(&l);
	}
	return l.n;
}
