// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The fields of a long descriptor by their names in Arm ARM DDI 0487 D8.3, highest bit first. */
#include "arch/arm_long.h"

/* A field whose every value has a meaning. */
static void add_pick(struct field_list *l, const char *name, unsigned hi, unsigned lo, const char *const *means)
{
	field_add(l, name, hi, lo, means[field_get(l->raw, hi, lo)]);
}

static const char *res0_means(struct field_list *l, unsigned hi, unsigned lo)
{
	return field_get(l->raw, hi, lo) ? "should be zero" : NULL;
}

static void add_res0(struct field_list *l, unsigned hi, unsigned lo)
{
	if (hi >= lo)
		field_add(l, "RES0", hi, lo, res0_means(l, hi, lo));
}

static bool ds(const struct field_list *l)
{
	return l->r->flags & PTK_RF_DS && l->r->page_shift != 16;
}

static bool lpa(const struct field_list *l)
{
	return l->r->flags & PTK_RF_LPA && l->r->page_shift == 16;
}

/* Bits 49:12: the address, and what is below it. */
static void address(struct field_list *l, unsigned first, const char *name, bool block)
{
	unsigned top = ds(l) ? 49 : 47;
	if (top < 49)
		add_res0(l, 49, 48);
	field_add(l, name, top, first, NULL);
	if (block && ld_is_a64(l->r)) {
		add_res0(l, first - 1, 17);
		field_add_bit(l, "nT", 16, "block may not be cached in a TLB", NULL);
		first = 16;
	}
	if (lpa(l)) {
		add_res0(l, first - 1, 16);
		field_add(l, "Address[51:48]", 15, 12, NULL);
	} else {
		add_res0(l, first - 1, 12);
	}
}

static void type(struct field_list *l, const char *means)
{
	field_add(l, "Type", 1, 1, means);
	field_add_bit(l, "Valid", 0, "valid", "not valid: the other bits are for software");
}

static void table_fields(struct field_list *l)
{
	static const char *const ap[] = {"no effect", "no user access below", "no writes below",
	                                 "no user access and no writes below"};
	bool ignored = ld_is_s2(l->r) || l->r->flags & PTK_RF_HPD;
	if (ld_is_s2(l->r))
		field_add(l, "RES0", 63, 63, NULL);
	else
		field_add_bit(l, "NSTable", 63, "tables below are in non-secure memory", NULL);
	if (ignored) {
		field_add(l, "Ignored", 62, 59, NULL);
	} else {
		add_pick(l, "APTable", 62, 61, ap);
		if (ld_is_a64(l->r))
			field_add_bit(l, "UXNTable", 60, "no user execution below", NULL);
		else
			field_add_bit(l, "XNTable", 60, "no execution below", NULL);
		field_add_bit(l, "PXNTable", 59, "no kernel execution below", NULL);
	}
	if (ld_is_a64(l->r)) {
		field_add(l, "Ignored", 58, 50, NULL);
	} else {
		field_add(l, "Ignored", 58, 52, NULL);
		add_res0(l, 51, 50);
	}
	address(l, l->r->page_shift, "TableAddress", false);
	if (ds(l)) {
		field_add(l, "Ignored", 11, 10, NULL);
		field_add(l, "Address[51:50]", 9, 8, NULL);
		field_add(l, "Ignored", 7, 2, NULL);
	} else {
		field_add(l, "Ignored", 11, 2, NULL);
	}
	type(l, "table");
}

static void leaf_upper(struct field_list *l)
{
	static const char *const xn[] = {"kernel and user may execute", "only user code may execute", "no execution",
	                                 "only the kernel may execute"};
	field_add(l, "Ignored", 63, 63, NULL);
	field_add(l, "PBHA", 62, 59, NULL);
	field_add(l, "Software", 58, 55, NULL);
	if (ld_is_s2(l->r)) {
		add_pick(l, "XN", 54, 53, xn);
	} else {
		if (ld_is_a64(l->r))
			field_add_bit(l, "UXN", 54, "no user execution", "user may execute");
		else
			field_add_bit(l, "XN", 54, "no execution", "execution allowed");
		field_add_bit(l, "PXN", 53, "no kernel execution", "kernel may execute");
	}
	field_add_bit(l, "Contiguous", 52, "part of a contiguous run", NULL);
	if (!ld_is_a64(l->r)) {
		add_res0(l, 51, 50);
		return;
	}
	field_add_bit(l, "DBM", 51, "hardware may make it writable", NULL);
	if (ld_is_s2(l->r))
		add_res0(l, 50, 50);
	else
		field_add_bit(l, "GP", 50, "branch targets are checked", NULL);
}

static const char *memory(const struct field_list *l)
{
	struct ptk_attr attr = {0};
	if (ld_is_s2(l->r))
		ptk_arm_s2_attr_(l->r, l->raw, &attr);
	else
		attr.mem = (uint8_t)ptk_arm_mair_type_((uint8_t)(l->r->memattr >> (8 * field_get(l->raw, 4, 2))));
	return ptk_memtype_name((enum ptk_memtype)attr.mem);
}

static void leaf_lower(struct field_list *l)
{
	static const char *const sh[] = {"non-shareable", "reserved", "outer shareable", "inner shareable"};
	static const char *const ap[] = {"kernel read-write", "kernel and user read-write", "kernel read-only",
	                                 "kernel and user read-only"};
	static const char *const s2ap[] = {"no access", "read-only", "write-only", "read-write"};
	if (ld_is_s2(l->r))
		field_add_bit(l, "FnXS", 11, NULL, NULL);
	else
		field_add_bit(l, "nG", 11, "of one address space", "global");
	field_add_bit(l, "AF", 10, "accessed", "not accessed yet");
	if (ds(l))
		field_add(l, "Address[51:50]", 9, 8, NULL);
	else
		add_pick(l, "SH", 9, 8, sh);
	if (ld_is_s2(l->r)) {
		add_pick(l, "S2AP", 7, 6, s2ap);
		field_add(l, "MemAttr", 5, 2, memory(l));
		return;
	}
	add_pick(l, "AP", 7, 6, ap);
	field_add_bit(l, "NS", 5, "non-secure", NULL);
	field_add(l, "AttrIndx", 4, 2, memory(l));
}

size_t ptk_arm_long_fields_(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_field *out, size_t max)
{
	struct field_list l = {.r = r, .raw = raw, .out = out, .max = max};
	bool upper = raw & LD_TYPE;
	if (!(raw & LD_VALID)) {
		field_add(&l, "Ignored", 63, 1, NULL);
		field_add_bit(&l, "Valid", 0, NULL, "not valid: the other bits are for software");
	} else if (level > 0 && upper) {
		table_fields(&l);
	} else if (level > 0 ? r->level[level].leaf : upper) {
		leaf_upper(&l);
		address(&l, r->level[level].shift, "OutputAddress", level > 0);
		leaf_lower(&l);
		type(&l, level > 0 ? "block" : "page");
	} else {
		field_add(&l, "Reserved", 63, 2, NULL);
		type(&l, level > 0 ? "block, which this level cannot hold" : "reserved at this level");
	}
	return l.n;
}
