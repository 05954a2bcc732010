// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Long descriptors: geometry, kinds, decode and encode. Arm ARM DDI 0487 D8.3 and G5.5. */
#include "arch/arm_long.h"

#include "base/err.h"

/* Low bits 1:0 as a type: 3 is a table, or a page at the leaf level; 1 is a block. */
static uint64_t leaf_type(int level)
{
	return level == 0 ? LD_VALID | LD_TYPE : LD_VALID;
}

/* Bits 9:8 hold PA[51:50] instead of SH. */
static bool has_ds(const struct ptk_regime *r)
{
	return r->flags & PTK_RF_DS && r->page_shift != 16;
}

/* Bits 15:12 hold PA[51:48]. */
static bool has_lpa(const struct ptk_regime *r)
{
	return r->flags & PTK_RF_LPA && r->page_shift == 16;
}

/* Where an entry keeps the address bits that did not move, from bit `lo` on. */
static uint64_t addr_low(const struct ptk_regime *r, unsigned lo)
{
	return GENMASK(has_ds(r) ? 49 : 47, lo);
}

static uint64_t addr_high(const struct ptk_regime *r)
{
	if (has_ds(r))
		return GENMASK(9, 8);
	return has_lpa(r) ? GENMASK(15, 12) : 0;
}

static unsigned high_shift(const struct ptk_regime *r)
{
	return has_ds(r) ? 50 - 8 : has_lpa(r) ? 48 - 12 : 0;
}

/* First bit of the output address at this level: blocks keep less of it. */
static unsigned addr_first(const struct ptk_regime *r, int level, bool table)
{
	return table ? r->page_shift : r->level[level].shift;
}

/* The address an entry holds, however wide. */
static uint64_t addr_get(const struct ptk_regime *r, unsigned first, uint64_t raw)
{
	return (raw & addr_low(r, first)) | (raw & addr_high(r)) << high_shift(r);
}

static uint64_t addr_put(const struct ptk_regime *r, unsigned first, uint64_t pa)
{
	return (pa & addr_low(r, first)) | (pa >> high_shift(r) & addr_high(r));
}

uint64_t ptk_arm_long_res0_(const struct ptk_regime *r, int level, bool table)
{
	uint64_t res0 = GENMASK(addr_first(r, level, table) - 1, 12) & ~addr_high(r);
	if (!table && level > 0 && ld_is_a64(r))
		res0 &= ~LD_NT;
	if (!has_ds(r))
		res0 |= GENMASK(49, 48);
	if (!ld_is_a64(r))
		res0 |= GENMASK(51, 50);
	return res0;
}

/* Arm ARM D8.3.1: which levels may hold blocks. (AArch64.BlockDescSupported) */
static bool leaf_allowed(const struct ptk_regime *r, int level)
{
	if (level <= 1)
		return true;
	switch (r->page_shift) {
	case 12: return level == 2 || (level == 3 && has_ds(r));
	case 14: return level == 2 && has_ds(r);
	default: return level == 2 && has_lpa(r);
	}
}

/* Arm ARM D8.7.1, table of contiguous runs; none where the bit is RES0. */
static uint8_t cont_bits(const struct ptk_regime *r, int level)
{
	switch (r->page_shift) {
	case 12: return level <= 2 ? 4 : 0;
	case 14: return level == 0 ? 7 : level == 1 ? 5 : 0;
	default: return level <= 1 || r->va_bits > 48 ? 5 : 0;
	}
}

static struct ptk_form make_form(const struct ptk_regime *r, int level, bool table)
{
	unsigned first = addr_first(r, level, table);
	/* An address wider than the output size faults, so such an entry must not pass the quick test. */
	uint64_t fits = low_bits(r->pa_bits);
	uint64_t low = addr_low(r, first), high = addr_high(r);
	struct ptk_form f = {
	        .mask = LD_VALID | LD_TYPE | ptk_arm_long_res0_(r, level, table),
	        .value = table ? LD_VALID | LD_TYPE : leaf_type(level),
	        .pa_mask = low & fits,
	        .hi_mask = high & (fits >> high_shift(r)),
	        .hi_shift = (uint8_t)high_shift(r),
	};
	f.mask |= (low & ~f.pa_mask) | (high & ~f.hi_mask);
	return f;
}

static void name_level(struct ptk_level *l)
{
	static const char digits[] = "0123";
	char *p = l->name;
	*p++ = 'L';
	if (l->manual < 0)
		*p++ = '-';
	*p++ = digits[l->manual < 0 ? -l->manual : l->manual];
	*p = 0;
}

void ptk_arm_long_levels_(struct ptk_regime *r)
{
	unsigned stride = r->page_shift - 3u;
	unsigned spare = ld_is_s2(r) ? 4 : 0; /* 16 tables side by side replace a root with 16 entries */
	unsigned resolve = r->va_bits - r->page_shift;

	unsigned below = resolve <= spare ? 1 : (resolve - spare + stride - 1) / stride;
	if (spare && stride == 9 && below < 2)
		below = 2; /* with 4K pages stage 2 starts at level 2 at the latest */
	r->nlevels = (uint8_t)below;
	for (int i = 0; i < r->nlevels; i++) {
		struct ptk_level *l = &r->level[i];
		*l = (struct ptk_level){
		        .shift = (uint8_t)(r->page_shift + (unsigned)i * stride),
		        .bits = (uint8_t)stride,
		        .manual = (int8_t)(3 - i),
		        .leaf = leaf_allowed(r, i),
		        .table = i > 0,
		};
		if (i == r->nlevels - 1)
			l->bits = (uint8_t)(r->va_bits - l->shift);
		name_level(l);
		if (l->leaf && cont_bits(r, i) <= l->bits)
			l->cont_bits = cont_bits(r, i);
		if (l->leaf)
			l->leaf_form = make_form(r, i, false);
		if (l->table)
			l->table_form = make_form(r, i, true);
	}
	/* TTBR bits 5:2 hold PA[51:48], so a root below 64 bytes loses its low address bits there. */
	unsigned align = r->level[r->nlevels - 1].bits + 3u;
	r->root_align = (uint8_t)(r->pa_bits > 48 && align < 6 ? 6 : align);
}

static bool is_table(int level, uint64_t raw)
{
	return level > 0 && (raw & LD_TYPE);
}

/* The entry's own words for why a valid entry faults, NULL if it does not. */
static const char *fault(const struct ptk_regime *r, int level, uint64_t raw)
{
	bool table = is_table(level, raw);
	if (level == 0 && !(raw & LD_TYPE))
		return "bits 1:0 are 01, which is reserved at level 3";
	if (!table && !r->level[level].leaf)
		return "a block, which this level cannot hold";
	if (addr_get(r, addr_first(r, level, table), raw) & ~low_bits(r->pa_bits))
		return "the address is wider than the output address size";
	return NULL;
}

enum ptk_kind ptk_arm_long_kind_(const struct ptk_regime *r, int level, uint64_t raw)
{
	if (!(raw & LD_VALID))
		return raw ? PTK_NOT_PRESENT : PTK_NONE;
	if (fault(r, level, raw))
		return PTK_RESERVED;
	return is_table(level, raw) ? PTK_TABLE : PTK_LEAF;
}

enum ptk_memtype ptk_arm_mair_type_(uint8_t attr)
{
	static const uint8_t device[4] = {PTK_MEM_DEV_nGnRnE, PTK_MEM_DEV_nGnRE, PTK_MEM_DEV_nGRE, PTK_MEM_DEV_GRE};
	/* 00RW transient WT, 0100 NC, 01RW transient WB, 10RW WT, 11RW WB */
	static const uint8_t policy[4] = {PTK_MEM_WT, PTK_MEM_WB, PTK_MEM_WT, PTK_MEM_WB};
	unsigned outer = attr >> 4, inner = attr & 15;

	if (outer == 0) /* 0000dd0x, x being XS cleared (FEAT_XS); 0000dd1x is unpredictable */
		return attr & 2 ? PTK_MEM_UNKNOWN : (enum ptk_memtype)device[attr >> 2];
	if (attr == 0x40) /* NC with XS cleared */
		return PTK_MEM_NC;
	if (attr == 0xa0) /* write-through with XS cleared */
		return PTK_MEM_WT;
	if (attr == 0xf0) /* FEAT_MTE2 */
		return PTK_MEM_WB_TAGGED;
	if (inner == 0)
		return PTK_MEM_UNKNOWN;
	uint8_t o = outer == 4 ? PTK_MEM_NC : policy[outer >> 2];
	uint8_t i = inner == 4 ? PTK_MEM_NC : policy[inner >> 2];
	return o == i ? (enum ptk_memtype)o : PTK_MEM_MIXED;
}

static uint32_t flag_if(bool cond, uint32_t flags)
{
	return cond ? flags : 0;
}

/* What a table entry takes away: Arm ARM D8.4.3, hierarchical permissions. */
static uint64_t table_inherit(const struct ptk_regime *r, uint64_t raw)
{
	if (ld_is_s2(r))
		return 0;
	uint32_t f = flag_if(raw & LD_NSTABLE, PTK_A_NS);
	if (r->flags & PTK_RF_HPD)
		return f;
	f |= flag_if(raw & LD_APTABLE0, PTK_A_UR | PTK_A_UW) | flag_if(raw & LD_APTABLE1, PTK_A_KW | PTK_A_UW);
	f |= flag_if(raw & LD_PXNTABLE, PTK_A_KX);
	/* In VMSAv8-32 XN is for both. */
	f |= flag_if(raw & LD_XNTABLE, ld_is_a64(r) ? PTK_A_UX : PTK_A_UX | PTK_A_KX);
	return f;
}

/* The bits that stand for an inherit value: the inverse. */
static int inherit_bits(const struct ptk_regime *r, uint64_t inherit, uint64_t *bits, struct ptk_err *err)
{
	uint64_t b = 0;
	if (inherit & PTK_A_NS)
		b |= LD_NSTABLE;
	if (inherit & PTK_A_UR)
		b |= LD_APTABLE0;
	if (inherit & PTK_A_KW)
		b |= LD_APTABLE1;
	if (inherit & PTK_A_UX)
		b |= LD_XNTABLE;
	if (inherit & PTK_A_KX && (ld_is_a64(r) || !(inherit & PTK_A_UX)))
		b |= LD_PXNTABLE;
	if (table_inherit(r, b) != inherit)
		return ptk_err_set_(err, PTK_E_NOTSUP, "a table entry of %s cannot take away just these rights",
		                    r->name);
	*bits = b;
	return 0;
}

static uint32_t leaf_flags(const struct ptk_regime *r, uint64_t raw)
{
	uint32_t f = PTK_A_KR;
	f |= flag_if(!(raw & LD_AP2), PTK_A_KW);
	f |= flag_if(raw & LD_AP1, PTK_A_UR | flag_if(!(raw & LD_AP2), PTK_A_UW));
	f |= flag_if(!(raw & LD_XN), PTK_A_UX);
	f |= flag_if(!(raw & LD_PXN) && (ld_is_a64(r) || !(raw & LD_XN)), PTK_A_KX);
	f |= flag_if(!(raw & LD_NG), PTK_A_GLOBAL);
	f |= flag_if(raw & LD_AF, PTK_A_ACCESSED);
	f |= flag_if(raw & LD_CONT, PTK_A_CONT);
	f |= flag_if(raw & LD_NS, PTK_A_NS);
	if (ld_is_a64(r))
		f |= flag_if(raw & LD_GP, PTK_A_GUARDED) | flag_if(raw & LD_DBM, PTK_A_DBM);
	return f;
}

static void leaf_attr(const struct ptk_regime *r, uint64_t raw, struct ptk_attr *out)
{
	out->sw = (uint16_t)field_get(raw, 58, 55);
	if (ld_is_a64(r))
		out->sw |= (uint16_t)(raw >> 63 << 4); /* bit 63 is ignored by hardware too */
	if (!has_ds(r))
		out->share = (uint8_t)field_get(raw, 9, 8); /* the values of ptk_share are SH's */
	if (ld_is_s2(r)) {
		ptk_arm_s2_attr_(r, raw, out);
		return;
	}
	out->flags = leaf_flags(r, raw);
	out->memidx = (uint8_t)field_get(raw, 4, 2);
	out->mem = (uint8_t)ptk_arm_mair_type_((uint8_t)(r->memattr >> (8 * out->memidx)));
}

/* Bits of a leaf that no attribute stands for. */
static uint64_t leaf_extra(const struct ptk_regime *r, int level, uint64_t raw)
{
	uint64_t mask = ptk_arm_long_res0_(r, level, false) | GENMASK(62, 59); /* PBHA */
	if (level > 0 && ld_is_a64(r))
		mask |= LD_NT;
	if (!ld_is_a64(r)) {
		mask |= BIT(63);
		if (raw & LD_XN) /* then PXN says nothing new */
			mask |= LD_PXN;
	}
	return (raw & mask) | (ld_is_s2(r) ? ptk_arm_s2_extra_(r, raw) : 0);
}

static uint64_t table_extra(const struct ptk_regime *r, uint64_t raw)
{
	uint64_t gone = LD_VALID | LD_TYPE | addr_low(r, r->page_shift) | addr_high(r);
	uint64_t carried = 0;
	inherit_bits(r, table_inherit(r, raw), &carried, NULL);
	return raw & ~(gone | carried);
}

/* What Linux keeps in entries that the hardware skips, by the bits it keeps (arch/arm64/include/asm/pgtable.h). */
static const char *not_present(const struct ptk_regime *r, uint64_t raw, bool *has_addr)
{
	const uint64_t none64 = LD_PXN | LD_XN | LD_NG | LD_AF; /* of PAGE_NONE, whatever bit says PROT_NONE */
	*has_addr = true;
	if (ld_is_a64(r) && !ld_is_s2(r) && (raw & none64) == none64)
		return "not present: a page without access rights (Linux's PROT_NONE)";
	if (!ld_is_a64(r) && (raw & LD_TYPE) && raw & BIT(57))
		return "not present: a page without access rights (Linux's PROT_NONE)";
	if (raw & LD_TYPE)
		return "not present: a mapping with its valid bit cleared";
	*has_addr = false;
	return "not present: holds what software keeps there (Linux: swap or migration)";
}

void ptk_arm_long_decode_(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out)
{
	bool table = is_table(level, raw), has_addr;
	switch ((enum ptk_kind)out->kind) {
	case PTK_TABLE:
		out->pa = addr_get(r, r->page_shift, raw);
		out->inherit = table_inherit(r, raw);
		out->extra = table_extra(r, raw);
		out->bad = raw & ptk_arm_long_res0_(r, level, true);
		break;
	case PTK_LEAF:
		out->pa = addr_get(r, r->level[level].shift, raw);
		leaf_attr(r, raw, &out->attr);
		out->extra = leaf_extra(r, level, raw);
		out->bad = raw & ptk_arm_long_res0_(r, level, false);
		break;
	case PTK_RESERVED:
		out->why = fault(r, level, raw);
		out->extra = raw;
		out->bad = raw & (LD_VALID | LD_TYPE);
		if (table || (r->level[level].leaf && (raw & 3) == leaf_type(level)))
			out->bad = addr_put(r, 12, ~low_bits(r->pa_bits)) & raw;
		break;
	case PTK_NOT_PRESENT:
		out->why = not_present(r, raw, &has_addr);
		out->extra = raw;
		if (has_addr)
			out->pa = addr_get(r, r->level[level].shift, raw) & low_bits(r->pa_bits);
		break;
	case PTK_NONE: break;
	}
}

static int leaf_bits(const struct ptk_regime *r, const struct ptk_attr *a, uint64_t *bits, struct ptk_err *err)
{
	uint64_t b = LD_XN | LD_PXN | LD_AP2 | LD_NG;
	uint8_t idx = a->memidx;

	if (idx == PTK_MEMIDX_AUTO)
		for (idx = 0; idx < 8; idx++)
			if (ptk_arm_mair_type_((uint8_t)(r->memattr >> (8 * idx))) == a->mem)
				break;
	if (idx > 7)
		return ptk_err_set_(err, PTK_E_NOTSUP, "no attribute of MAIR is %s memory",
		                    ptk_memtype_name((enum ptk_memtype)a->mem));
	if (a->flags & PTK_A_KW)
		b &= ~LD_AP2;
	if (a->flags & PTK_A_UR)
		b |= LD_AP1;
	if (a->flags & PTK_A_UX)
		b &= ~LD_XN;
	if (a->flags & PTK_A_KX || (!ld_is_a64(r) && !(a->flags & PTK_A_UX)))
		b &= ~LD_PXN;
	if (a->flags & PTK_A_GLOBAL)
		b &= ~LD_NG;
	b |= (a->flags & PTK_A_ACCESSED ? LD_AF : 0) | (a->flags & PTK_A_CONT ? LD_CONT : 0);
	b |= (a->flags & PTK_A_NS ? LD_NS : 0);
	if (ld_is_a64(r))
		b |= (a->flags & PTK_A_GUARDED ? LD_GP : 0) | (a->flags & PTK_A_DBM ? LD_DBM : 0);
	if (leaf_flags(r, b) != a->flags)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s cannot express these rights or flags", r->name);
	*bits = b | field_put(idx, 4, 2);
	return 0;
}

static int attr_bits(const struct ptk_regime *r, const struct ptk_attr *a, uint64_t *bits, struct ptk_err *err)
{
	uint64_t b = 0;
	int rc = ld_is_s2(r) ? ptk_arm_s2_bits_(r, a, &b, err) : leaf_bits(r, a, &b, err);
	if (rc < 0)
		return rc;
	/* With LPA2 a register gives one shareability to all: there is none in an entry. */
	uint8_t share_max = has_ds(r) ? PTK_SHARE_NONE : PTK_SHARE_INNER;
	if (a->sw >> (ld_is_a64(r) ? 5 : 4) || a->key || a->share > share_max)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s has no room for these software bits, key or shareability",
		                    r->name);
	b |= field_put(a->sw, 58, 55) | (uint64_t)(a->sw >> 4 & 1) << 63;
	b |= field_put(a->share, 9, 8);
	*bits = b;
	return 0;
}

static int encode_address(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *bits, struct ptk_err *err)
{
	unsigned first = addr_first(r, in->level, in->kind == PTK_TABLE);
	if (in->pa & low_bits(first))
		return ptk_err_set_(err, PTK_E_INVAL, "0x%llx is not aligned to 2^%u bytes", (unsigned long long)in->pa,
		                    first);
	if (in->pa & ~low_bits(r->pa_bits))
		return ptk_err_set_(err, PTK_E_INVAL, "0x%llx does not fit in %u bits", (unsigned long long)in->pa,
		                    r->pa_bits);
	*bits = addr_put(r, first, in->pa);
	return 0;
}

int ptk_arm_long_encode_(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err)
{
	const struct ptk_level *l = &r->level[in->level];
	uint64_t addr = 0, attr = 0, type = LD_VALID | LD_TYPE, allowed;
	bool table = in->kind == PTK_TABLE;
	int rc;

	if (!table && in->kind != PTK_LEAF)
		return ptk_arch_encode_unmapped_(r, in, raw, err);
	if (table ? !l->table : !l->leaf)
		return ptk_err_set_(err, PTK_E_INVAL, "level %d of %s cannot hold a %s", l->manual, r->name,
		                    ptk_kind_name((enum ptk_kind)in->kind));
	rc = encode_address(r, in, &addr, err);
	if (rc < 0)
		return rc;
	rc = table ? inherit_bits(r, in->inherit, &attr, err) : attr_bits(r, &in->attr, &attr, err);
	if (rc < 0)
		return rc;
	if (!table)
		type = leaf_type(in->level);
	/* Of `extra` only what the other members leave free. */
	allowed = table ? table_extra(r, in->extra | addr | type | attr) : leaf_extra(r, in->level, in->extra | attr);
	*raw = type | addr | attr | (in->extra & allowed);
	return 0;
}

/* VMSAv8-64, Arm ARM D8.4: AArch64.S1DirectBasePermissions and what follows it. */
static uint32_t rights64(const struct ptk_regime *r, uint32_t own, uint64_t inherit, uint32_t f)
{
	if (r->flags & PTK_RF_HD && own & PTK_A_DBM && !(own & PTK_A_KW))
		f |= (PTK_A_KW | flag_if(own & PTK_A_UR, PTK_A_UW)) & ~ptk_inherit_flags(inherit);
	if (r->flags & PTK_RF_HD && own & PTK_A_DBM && own & PTK_A_KW)
		f |= PTK_A_DIRTY;
	if (f & PTK_A_UW)
		f &= ~PTK_A_KX;
	if (r->flags & PTK_RF_WXN)
		f &= ~(flag_if(f & PTK_A_KW, PTK_A_KX) | flag_if(f & PTK_A_UW, PTK_A_UX));
	uint32_t user = PTK_A_UR | PTK_A_UW | flag_if(r->flags & PTK_RF_EPAN, PTK_A_UX);
	if (r->flags & PTK_RF_PAN && f & user)
		f &= ~(PTK_A_KR | PTK_A_KW);
	if (r->flags & PTK_RF_E0PD)
		f &= ~(PTK_A_UR | PTK_A_UW | PTK_A_UX);
	return f;
}

/* VMSAv8-32, Arm ARM G5.7: what may not be read may not be executed (AArch32.CheckPermission). */
static uint32_t rights32(const struct ptk_regime *r, uint32_t f)
{
	if (!(f & PTK_A_UR))
		f &= ~PTK_A_UX;
	if (!(f & PTK_A_KR))
		f &= ~PTK_A_KX;
	if (r->flags & PTK_RF_WXN)
		f &= ~(flag_if(f & PTK_A_KW, PTK_A_KX) | flag_if(f & PTK_A_UW, PTK_A_UX));
	if (r->flags & PTK_RF_UWXN && f & PTK_A_UW)
		f &= ~PTK_A_KX;
	if (r->flags & PTK_RF_PAN && f & PTK_A_UR)
		f &= ~(PTK_A_KR | PTK_A_KW);
	return f;
}

void ptk_arm_long_effective_(const struct ptk_regime *r, uint64_t inherit, const struct ptk_entry *leaf,
                             struct ptk_attr *out)
{
	if (ld_is_s2(r))
		ptk_arm_s2_effective_(r, &leaf->attr, out);
	else if (ld_is_a64(r))
		out->flags = rights64(r, leaf->attr.flags, inherit, out->flags);
	else
		out->flags = rights32(r, out->flags);
	/* Without hardware to set it, a clear access flag faults. VMSAv8-32 has no such hardware. */
	if (!(out->flags & PTK_A_ACCESSED) && !(ld_is_a64(r) && r->flags & PTK_RF_HA))
		out->flags &= ~(uint32_t)PTK_A_RIGHTS;
}
