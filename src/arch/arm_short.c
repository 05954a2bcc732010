// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Short descriptors: tables, sections, supersections, large and small pages. DDI 0406C B3.5. */
#include "arch/arm_short.h"

#include "base/err.h"

#define SD_B BIT(2)
#define SD_C BIT(3)

/* First level, the root. */
#define L1_TABLE 1u
#define L1_SECTION 2u
#define L1_PXN BIT(0) /* section */
#define L1_XN BIT(4)
#define L1_S BIT(16)
#define L1_NG BIT(17)
#define L1_SUPER BIT(18)
#define L1_NS BIT(19)
#define L1_TABLE_PXN BIT(2)
#define L1_TABLE_NS BIT(3)
#define L1_TABLE_SBZ BIT(4)
#define L1_IMP BIT(9) /* implementation defined, ECC once */

/* Second level. */
#define L2_LARGE 1u
#define L2_SMALL BIT(1)
#define L2_SMALL_XN BIT(0)
#define L2_LARGE_XN BIT(15)
#define L2_LARGE_SBZ GENMASK(8, 6)
#define L2_S BIT(10)
#define L2_NG BIT(11)

#define SUPER_SIZE BIT(24)
#define LARGE_SIZE BIT(16)

/* The four leaves differ in where they keep the same things. */
enum shape {
	SECTION,
	SUPERSECTION,
	LARGE,
	SMALL,
};

struct place {
	uint64_t fixed;       /* type bits of the shape */
	uint64_t xn, s, ng;   /* one bit each */
	uint8_t ap, ap2, tex; /* lowest bit of AP[1:0], AP[2], TEX */
};

static const struct place places[] = {
        [SECTION] = {L1_SECTION, L1_XN, L1_S, L1_NG, 10, 15, 12},
        [SUPERSECTION] = {L1_SECTION | L1_SUPER, L1_XN, L1_S, L1_NG, 10, 15, 12},
        [LARGE] = {L2_LARGE, L2_LARGE_XN, L2_S, L2_NG, 4, 9, 12},
        [SMALL] = {L2_SMALL, L2_SMALL_XN, L2_S, L2_NG, 4, 9, 6},
};

static enum shape shape_of(int level, uint64_t raw)
{
	if (level == 1)
		return raw & L1_SUPER ? SUPERSECTION : SECTION;
	return raw & L2_SMALL ? SMALL : LARGE;
}

static bool is_section(enum shape s)
{
	return s == SECTION || s == SUPERSECTION;
}

static uint64_t span_of(enum shape s)
{
	static const uint64_t spans[] = {
	        [SECTION] = BIT(20), [SUPERSECTION] = SUPER_SIZE, [LARGE] = LARGE_SIZE, [SMALL] = BIT(12)};
	return spans[s];
}

/* Supersections alone reach above 32 bits: PA[35:32] in 23:20, PA[39:36] in 8:5. */
static uint64_t leaf_pa(enum shape s, uint64_t raw)
{
	uint64_t pa = raw & GENMASK(31, 0) & ~(span_of(s) - 1);
	if (s == SUPERSECTION)
		pa |= field_get(raw, 23, 20) << 32 | field_get(raw, 8, 5) << 36;
	return pa;
}

static uint64_t leaf_pa_bits(enum shape s, uint64_t pa)
{
	uint64_t b = pa & GENMASK(31, 0);
	if (s == SUPERSECTION)
		b |= field_get(pa, 35, 32) << 20 | field_get(pa, 39, 36) << 5;
	return b;
}

/* Bits of an L1 table entry that should be zero. */
static uint64_t table_sbz(const struct ptk_regime *r)
{
	return L1_TABLE_SBZ | (r->flags & PTK_RF_PXN ? 0 : L1_TABLE_PXN);
}

void ptk_arm_short_levels_(struct ptk_regime *r)
{
	r->nlevels = 2;
	/* With TTBCR.N the TTBR0 root shrinks, and its alignment with it. */
	r->root_align = (uint8_t)(r->va_bits - 20 + 2);
	r->level[0] = (struct ptk_level){
	        .shift = 12,
	        .bits = 8,
	        .cont_bits = 4,
	        .manual = 2,
	        .leaf = true,
	        .name = "L2",
	        .leaf_form = {.mask = L2_SMALL, .value = L2_SMALL, .pa_mask = GENMASK(31, 12)},
	};
	r->level[1] = (struct ptk_level){
	        .shift = 20,
	        .bits = (uint8_t)(r->va_bits - 20),
	        .cont_bits = 4,
	        .manual = 1,
	        .leaf = true,
	        .table = true,
	        .name = "L1",
	        .leaf_form =
	                {
	                        .mask = L1_SUPER | L1_SECTION | (r->flags & PTK_RF_PXN ? 0 : L1_PXN),
	                        .value = L1_SECTION,
	                        .pa_mask = GENMASK(31, 20),
	                },
	        .table_form = {.mask = 3 | table_sbz(r), .value = L1_TABLE, .pa_mask = GENMASK(31, 10)},
	};
}

static const char *fault(const struct ptk_regime *r, int level, uint64_t raw)
{
	if (level == 1 && (raw & 3) == 3 && !(r->flags & PTK_RF_PXN))
		return "bits 1:0 are 11, which is reserved where PXN does not exist";
	if (level == 1 && (raw & 2) && leaf_pa(shape_of(1, raw), raw) & ~low_bits(r->pa_bits))
		return "the address is wider than the output address size";
	return NULL;
}

enum ptk_kind ptk_arm_short_kind_(const struct ptk_regime *r, int level, uint64_t raw)
{
	raw &= GENMASK(31, 0);
	if (!(raw & 3))
		return raw ? PTK_NOT_PRESENT : PTK_NONE;
	if (fault(r, level, raw))
		return PTK_RESERVED;
	return level == 1 && (raw & 3) == L1_TABLE ? PTK_TABLE : PTK_LEAF;
}

/* TEX:C:B without remap, DDI 0406C table B3-10. */
static enum ptk_memtype plain_type(unsigned texcb)
{
	static const uint8_t low[] = {
	        PTK_MEM_DEV_nGnRnE, PTK_MEM_DEV_nGnRE, PTK_MEM_WT, PTK_MEM_WB,        PTK_MEM_NC,
	        PTK_MEM_UNKNOWN,    PTK_MEM_UNKNOWN,   PTK_MEM_WB, PTK_MEM_DEV_nGnRE, /* not shareable */
	};
	/* 1BB AA: outer and inner policy: not cached, WB allocating, WT, WB */
	static const uint8_t policy[] = {PTK_MEM_NC, PTK_MEM_WB, PTK_MEM_WT, PTK_MEM_WB};
	if (texcb < 16)
		return texcb < sizeof low ? (enum ptk_memtype)low[texcb] : PTK_MEM_UNKNOWN;
	uint8_t outer = policy[texcb >> 2 & 3], inner = policy[texcb & 3];
	return outer == inner ? (enum ptk_memtype)outer : PTK_MEM_MIXED;
}

/* TEX[0]:C:B with remap: PRRR is the low half of memattr, NMRR the high one. DDI 0406C B3.8.3. */
static enum ptk_memtype remapped_type(uint64_t memattr, unsigned n)
{
	static const uint8_t policy[] = {PTK_MEM_NC, PTK_MEM_WB, PTK_MEM_WT, PTK_MEM_WB};
	uint64_t prrr = memattr & GENMASK(31, 0), nmrr = memattr >> 32;
	if (n == 6)
		return PTK_MEM_UNKNOWN; /* implementation defined, whatever PRRR says */
	switch (prrr >> (2 * n) & 3) {
	case 0: return PTK_MEM_DEV_nGnRnE;
	case 1: return PTK_MEM_DEV_nGnRE;
	case 2: break;
	default: return PTK_MEM_UNKNOWN;
	}
	uint8_t inner = policy[nmrr >> (2 * n) & 3], outer = policy[nmrr >> (2 * n + 16) & 3];
	return outer == inner ? (enum ptk_memtype)outer : PTK_MEM_MIXED;
}

static bool has_tre(const struct ptk_regime *r)
{
	return r->flags & PTK_RF_TRE;
}

static enum ptk_memtype mem_type(const struct ptk_regime *r, unsigned idx)
{
	return has_tre(r) ? remapped_type(r->memattr, idx) : plain_type(idx);
}

/* What S means for this memory: without remap normal memory alone has the choice. */
static uint8_t share_of(const struct ptk_regime *r, unsigned idx, bool s)
{
	if (!has_tre(r)) {
		if (idx <= 1) /* strongly ordered, shareable device */
			return PTK_SHARE_OUTER;
		return s && idx != 8 ? PTK_SHARE_OUTER : PTK_SHARE_NONE;
	}
	unsigned type = (unsigned)(r->memattr >> (2 * idx)) & 3;
	if (type == 0)
		return PTK_SHARE_OUTER;
	/* DS0, DS1, NS0, NS1 are PRRR bits 16 to 19; NOSn is bit 24+n. */
	unsigned bit = (type == 1 ? 16u : 18u) + s;
	if (!(r->memattr & BIT(bit)))
		return PTK_SHARE_NONE;
	return r->memattr & BIT(24 + idx) ? PTK_SHARE_INNER : PTK_SHARE_OUTER;
}

/* AP[2:0] to rights, DDI 0406C tables B3-8 and B3-9. */
static uint32_t ap_flags(const struct ptk_regime *r, unsigned ap)
{
	static const uint32_t plain[8] = {
	        0,
	        PTK_A_KR | PTK_A_KW,
	        PTK_A_KR | PTK_A_KW | PTK_A_UR,
	        PTK_A_KR | PTK_A_KW | PTK_A_UR | PTK_A_UW,
	        0, /* reserved */
	        PTK_A_KR,
	        PTK_A_KR | PTK_A_UR, /* deprecated spelling of 111 */
	        PTK_A_KR | PTK_A_UR,
	};
	if (!(r->flags & PTK_RF_AFE))
		return plain[ap] | PTK_A_ACCESSED; /* nothing can make it fault as not accessed */
	/* AP[0] is the access flag: the other two work as if it were set. */
	return plain[ap | 1] | (ap & 1 ? PTK_A_ACCESSED : 0);
}

static unsigned ap_get(const struct place *p, uint64_t raw)
{
	return (unsigned)(raw >> p->ap & 3) | (unsigned)(raw >> p->ap2 & 1) << 2;
}

static uint64_t ap_put(const struct place *p, unsigned ap)
{
	return (uint64_t)(ap & 3) << p->ap | (uint64_t)(ap >> 2) << p->ap2;
}

static uint32_t leaf_flags(const struct ptk_regime *r, enum shape s, uint64_t raw)
{
	const struct place *p = &places[s];
	uint32_t f = ap_flags(r, ap_get(p, raw));
	if (!(raw & p->xn))
		f |= PTK_A_UX | (is_section(s) && raw & L1_PXN ? 0 : PTK_A_KX);
	f |= raw & p->ng ? 0 : PTK_A_GLOBAL;
	f |= s == SUPERSECTION || s == LARGE ? PTK_A_CONT : 0;
	f |= is_section(s) && raw & L1_NS ? PTK_A_NS : 0;
	return f;
}

static unsigned mem_index(const struct ptk_regime *r, const struct place *p, uint64_t raw)
{
	unsigned tex = (unsigned)(raw >> p->tex) & 7, cb = (unsigned)(raw >> 2) & 3;
	return (has_tre(r) ? tex & 1 : tex) << 2 | cb;
}

static void leaf_attr(const struct ptk_regime *r, enum shape s, uint64_t raw, struct ptk_attr *out)
{
	const struct place *p = &places[s];
	out->flags = leaf_flags(r, s, raw);
	out->memidx = (uint8_t)mem_index(r, p, raw);
	out->mem = (uint8_t)mem_type(r, out->memidx);
	out->share = share_of(r, out->memidx, raw & p->s);
	if (has_tre(r))
		out->sw = (uint16_t)(raw >> (p->tex + 1) & 3); /* TEX[2:1] is the system's */
	if (s == SECTION)
		out->key = (uint8_t)field_get(raw, 8, 5);
}

/* Bits of no meaning, and those that tell apart two spellings of the same attributes. */
static uint64_t leaf_extra(const struct ptk_regime *r, enum shape s, uint64_t raw)
{
	const struct place *p = &places[s];
	unsigned ap = ap_get(p, raw), idx = mem_index(r, p, raw);
	uint64_t mask = is_section(s) ? L1_IMP : s == LARGE ? L2_LARGE_SBZ : 0;
	uint64_t extra = raw & mask;
	if (is_section(s) && raw & p->xn)
		extra |= raw & L1_PXN;
	if (share_of(r, idx, false) == share_of(r, idx, true))
		extra |= raw & p->s;
	if (!(r->flags & PTK_RF_AFE) && ap == 4) /* reserved, like 000 */
		extra |= ap_put(p, 4);
	if (!(r->flags & PTK_RF_AFE) && ap == 6) /* deprecated, like 111 */
		extra |= ap_put(p, 2);
	return extra;
}

/* Bits that should be zero, or a reserved value of AP. */
static uint64_t leaf_bad(const struct ptk_regime *r, enum shape s, uint64_t raw)
{
	uint64_t bad = s == LARGE ? raw & L2_LARGE_SBZ : 0;
	if (!(r->flags & PTK_RF_AFE) && ap_get(&places[s], raw) == 4)
		bad |= ap_put(&places[s], 4);
	return bad;
}

static void decode_table(const struct ptk_regime *r, uint64_t raw, struct ptk_entry *out)
{
	uint64_t carried = GENMASK(31, 10) | GENMASK(8, 5) | L1_TABLE_NS | 3;
	out->pa = raw & GENMASK(31, 10);
	out->inherit = INHERIT_KEY((uint32_t)field_get(raw, 8, 5));
	if (raw & L1_TABLE_NS)
		out->inherit |= PTK_A_NS;
	if (r->flags & PTK_RF_PXN) {
		carried |= L1_TABLE_PXN;
		out->inherit |= raw & L1_TABLE_PXN ? PTK_A_KX : 0;
	}
	out->extra = raw & ~carried;
	out->bad = raw & table_sbz(r);
}

static const char software[] = "not present: holds what software keeps there";

void ptk_arm_short_decode_(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out)
{
	enum shape s = shape_of(level, raw);
	raw &= GENMASK(31, 0);
	switch ((enum ptk_kind)out->kind) {
	case PTK_TABLE: decode_table(r, raw, out); break;
	case PTK_LEAF:
		out->pa = leaf_pa(s, raw);
		out->span = span_of(s);
		leaf_attr(r, s, raw, &out->attr);
		out->extra = leaf_extra(r, s, raw);
		out->bad = leaf_bad(r, s, raw);
		break;
	case PTK_RESERVED:
		out->why = fault(r, level, raw);
		out->extra = raw;
		out->bad = (raw & 3) == 3 && !(r->flags & PTK_RF_PXN)
		                   ? 3
		                   : raw & leaf_pa_bits(SUPERSECTION, ~low_bits(r->pa_bits) & GENMASK(39, 32));
		break;
	case PTK_NOT_PRESENT:
		out->why = software;
		out->extra = raw;
		break;
	case PTK_NONE: break;
	}
}

static int encode_ap(const struct ptk_regime *r, enum shape s, const struct ptk_entry *in, uint64_t *bits,
                     struct ptk_err *err)
{
	const uint32_t mask = PTK_A_KR | PTK_A_KW | PTK_A_UR | PTK_A_UW | PTK_A_ACCESSED;
	const struct place *p = &places[s];
	/* Where two values mean the same, `extra` says which; the sound one comes first otherwise. */
	static const uint8_t order[] = {0, 1, 2, 3, 5, 7, 4, 6};
	int found = -1;
	for (size_t i = 0; i < sizeof order; i++) {
		unsigned ap = order[i];
		if (ap_flags(r, ap) != (in->attr.flags & mask))
			continue;
		uint64_t spelling = leaf_extra(r, s, ap_put(p, ap) | places[s].fixed) & ap_put(p, 7);
		if (found < 0 || (spelling && (in->extra & ap_put(p, 7)) == spelling))
			found = (int)ap;
	}
	if (found < 0)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s cannot express these rights", r->name);
	*bits = ap_put(p, (unsigned)found);
	return 0;
}

static int encode_mem(const struct ptk_regime *r, enum shape s, const struct ptk_entry *in, uint64_t *bits,
                      struct ptk_err *err)
{
	const struct ptk_attr *a = &in->attr;
	const struct place *p = &places[s];
	unsigned count = has_tre(r) ? 8 : 32, idx = a->memidx;
	if (idx == PTK_MEMIDX_AUTO)
		for (idx = 0; idx < count; idx++)
			if (mem_type(r, idx) == (enum ptk_memtype)a->mem &&
			    (share_of(r, idx, false) == a->share || share_of(r, idx, true) == a->share))
				break;
	if (idx >= count)
		return ptk_err_set_(err, PTK_E_NOTSUP, "no memory type of %s is %s with this shareability", r->name,
		                    ptk_memtype_name((enum ptk_memtype)a->mem));
	bool shareable = share_of(r, idx, false) != a->share;
	if (share_of(r, idx, shareable) != a->share)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s cannot give this memory type this shareability", r->name);
	if (a->sw > (has_tre(r) ? 3 : 0))
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s has no room for these software bits", r->name);
	*bits = (uint64_t)(idx >> 2) << p->tex | (uint64_t)(idx & 3) << 2 | (shareable ? p->s : 0);
	if (has_tre(r))
		*bits |= (uint64_t)a->sw << (p->tex + 1);
	return 0;
}

/* Rights to execute, and the flags of one bit. */
static uint64_t encode_flags(enum shape s, uint32_t flags)
{
	const struct place *p = &places[s];
	uint64_t b = p->fixed;
	if (!(flags & PTK_A_UX))
		b |= p->xn;
	else if (!(flags & PTK_A_KX) && is_section(s))
		b |= L1_PXN;
	if (!(flags & PTK_A_GLOBAL))
		b |= p->ng;
	if (flags & PTK_A_NS && is_section(s))
		b |= L1_NS;
	return b;
}

static int encode_leaf(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err)
{
	bool large = in->attr.flags & PTK_A_CONT;
	enum shape s = in->level == 1 ? large ? SUPERSECTION : SECTION : large ? LARGE : SMALL;
	uint64_t ap = 0, mem = 0, bits = encode_flags(s, in->attr.flags);
	uint64_t reach = s == SUPERSECTION ? low_bits(r->pa_bits) : GENMASK(31, 0);

	if (in->pa & (span_of(s) - 1) || in->pa & ~reach)
		return ptk_err_set_(err, PTK_E_INVAL, "0x%llx is misaligned or too wide for this entry",
		                    (unsigned long long)in->pa);
	int rc = encode_ap(r, s, in, &ap, err);
	if (rc < 0 || (rc = encode_mem(r, s, in, &mem, err)) < 0)
		return rc;
	bits |= ap | mem | leaf_pa_bits(s, in->pa);
	if (is_section(s) && bits & L1_PXN && !(r->flags & PTK_RF_PXN))
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s has no PXN: kernel and user execute alike", r->name);
	if (leaf_flags(r, s, bits) != in->attr.flags)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s cannot express these rights or flags", r->name);
	/* A page's domain is that of the table's entry, a supersection has domain 0. */
	if (s == SECTION) {
		if (in->attr.key > 15)
			return ptk_err_set_(err, PTK_E_NOTSUP, "there are 16 domains, not %u", in->attr.key + 1u);
		bits |= (uint64_t)in->attr.key << 5;
	}
	*raw = bits | (in->extra & leaf_extra(r, s, bits | in->extra) & ~ap_put(&places[s], 7));
	return 0;
}

static int encode_table(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err)
{
	uint64_t known = PTK_A_NS | (r->flags & PTK_RF_PXN ? PTK_A_KX : 0);
	uint64_t key = INHERIT_HAS_KEY(in->inherit) ? INHERIT_GET_KEY(in->inherit) : 0;
	uint64_t free = L1_IMP | table_sbz(r);
	if (in->pa & low_bits(10) || in->pa >> 32)
		return ptk_err_set_(err, PTK_E_INVAL, "0x%llx is not where a second-level table can be",
		                    (unsigned long long)in->pa);
	if (ptk_inherit_flags(in->inherit) & ~known || key > 15)
		return ptk_err_set_(err, PTK_E_NOTSUP, "a table entry of %s cannot take away just these rights",
		                    r->name);
	*raw = L1_TABLE | in->pa | key << 5 | (in->extra & free);
	if (in->inherit & PTK_A_NS)
		*raw |= L1_TABLE_NS;
	if (in->inherit & PTK_A_KX)
		*raw |= L1_TABLE_PXN;
	return 0;
}

int ptk_arm_short_encode_(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err)
{
	if (in->kind == PTK_LEAF)
		return encode_leaf(r, in, raw, err);
	if (in->kind == PTK_TABLE) {
		if (in->level == 0)
			return ptk_err_set_(err, PTK_E_INVAL, "level 2 of %s cannot hold a table", r->name);
		return encode_table(r, in, raw, err);
	}
	if (in->extra >> 32)
		return ptk_err_set_(err, PTK_E_INVAL, "%s has entries of 32 bits", r->name);
	return ptk_arch_encode_unmapped_(r, in, raw, err);
}

/* AArch32.CheckPermission: what may not be read may not be executed. */
static uint32_t client_rights(const struct ptk_regime *r, uint32_t f)
{
	if (!(f & PTK_A_UR))
		f &= ~PTK_A_UX;
	if (!(f & PTK_A_KR))
		f &= ~PTK_A_KX;
	if (r->flags & PTK_RF_WXN)
		f &= ~((f & PTK_A_KW ? PTK_A_KX : 0) | (f & PTK_A_UW ? PTK_A_UX : 0));
	if (r->flags & PTK_RF_UWXN && f & PTK_A_UW)
		f &= ~PTK_A_KX;
	if (r->flags & PTK_RF_PAN && f & PTK_A_UR)
		f &= ~(PTK_A_KR | PTK_A_KW);
	return f;
}

void ptk_arm_short_effective_(const struct ptk_regime *r, uint64_t inherit, const struct ptk_entry *leaf,
                              struct ptk_attr *out)
{
	(void)inherit, (void)leaf;
	switch (r->dacr >> (2 * (out->key & 15)) & 3) {
	case 1: /* client */ out->flags = client_rights(r, out->flags); break;
	case 3: /* manager: permissions and XN are not checked */ out->flags |= PTK_A_RIGHTS; break;
	default: /* no access; 10 is reserved */ out->flags &= ~(uint32_t)PTK_A_RIGHTS;
	}
	/* The access flag is looked at before the domain. */
	if (!(out->flags & PTK_A_ACCESSED))
		out->flags &= ~(uint32_t)PTK_A_RIGHTS;
}
