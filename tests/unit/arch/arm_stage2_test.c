// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Stage 2 leaves. Expected values: Arm ARM DDI 0487 D8.4.4 (S2AP, XN), D8.5.5 (MemAttr), KVM's entries. */
#include "arm_law.h"

#define K(f) ((f) & (PTK_A_KR | PTK_A_KW | PTK_A_KX))

static void access_rights(void)
{
	static const uint32_t ap[4] = {
	        0,
	        PTK_A_KR | PTK_A_UR,
	        PTK_A_KW | PTK_A_UW,
	        PTK_A_KR | PTK_A_UR | PTK_A_KW | PTK_A_UW,
	};
	static const uint32_t xn[4] = {PTK_A_KX | PTK_A_UX, PTK_A_UX, 0, PTK_A_KX};
	struct ptk_regime r = regime("arm64-s2-4k-40");
	for (uint64_t i = 0; i < 16; i++) {
		uint64_t raw = 0x40000000 | 1 << 10 | (i & 3) << 6 | (i >> 2) << 53 | 3;
		struct ptk_entry e = decode(&r, 0, raw);
		struct ptk_attr a;
		ptk_entry_effective(&r, 0, &e, &a);
		is_u64(a.flags & PTK_A_RIGHTS, ap[i & 3] | xn[i >> 2], "S2AP = %d, XN[1:0] = %d", (int)(i & 3),
		       (int)(i >> 2));
		e = decode(&r, 0, raw & ~BIT(10));
		ptk_entry_effective(&r, 0, &e, &a);
		is_u64(a.flags & PTK_A_RIGHTS, 0, "and nothing without the access flag");
	}
	r = regime("arm64-s2-4k-40,hd");
	struct ptk_entry e = decode(&r, 0, 0x40000000 | 1 << 10 | 1 << 6 | BIT(51) | 3);
	struct ptk_attr a;
	ptk_entry_effective(&r, 0, &e, &a);
	is_u64(K(a.flags), PTK_A_KR | PTK_A_KW | PTK_A_KX, "HD: DBM grants the write");
	ok(!(a.flags & PTK_A_DIRTY) && !(e.attr.flags & PTK_A_KW), "and the entry itself is still clean");
}

static void memory(void)
{
	static const uint8_t types[16] = {
	        PTK_MEM_DEV_nGnRnE, PTK_MEM_DEV_nGnRE, PTK_MEM_DEV_nGRE, PTK_MEM_DEV_GRE,
	        PTK_MEM_UNKNOWN,    PTK_MEM_NC,        PTK_MEM_MIXED,    PTK_MEM_MIXED,
	        PTK_MEM_UNKNOWN,    PTK_MEM_MIXED,     PTK_MEM_WT,       PTK_MEM_MIXED,
	        PTK_MEM_UNKNOWN,    PTK_MEM_MIXED,     PTK_MEM_MIXED,    PTK_MEM_WB,
	};
	struct ptk_regime r = regime("arm64-s2-4k-40");
	for (uint64_t i = 0; i < 16; i++)
		is_str(ptk_memtype_name(decode(&r, 0, i << 2 | 3).attr.mem), ptk_memtype_name(types[i]), "MemAttr = %d",
		       (int)i);
}

static void values(void)
{
	struct ptk_regime r = regime("arm64-s2-4k-40");
	/* KVM's stage 2: normal memory 0xf << 2, inner shareable, AF, read and write */
	struct ptk_entry e = decode(&r, 0, 0x00000000400007ff);
	ok(e.kind == PTK_LEAF && e.pa == 0x40000000 && e.attr.mem == PTK_MEM_WB && e.attr.share == PTK_SHARE_INNER,
	   "KVM's guest memory");
	e = decode(&r, 2, 0xf800000040001003);
	ok(e.kind == PTK_TABLE && e.pa == 0x40001000 && !e.inherit, "stage 2 tables take nothing away");
	ok(r.level[2].bits == 10 && r.root_align == 13, "40 bits: two tables side by side");
	struct ptk_err err = {0};
	is_int(ptk_regime_parse("arm64-s2-4k-40,high", &r, &err), PTK_E_INVAL, "stage 2 has no upper half");
	is_int(ptk_regime_parse("arm64-s2-4k-24", &r, &err), PTK_E_INVAL, "nor so few bits");
}

int main(void)
{
	static const char *const names[] = {"arm64-s2-4k-40", "arm64-s2-16k-47", "arm64-s2-64k-52", "arm64-s2-4k-52"};
	access_rights();
	memory();
	values();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		laws_hold(names[i], 200);
	return done();
}
