// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* x86 entries: expected values from the Intel SDM's tables and from entries that real kernels wrote. */
#include <ptkit/entry.h>

#include "tap.h"

#define NX (UINT64_C(1) << 63)
#define KRW (PTK_A_KR | PTK_A_KW)
#define ALL_USER (PTK_A_UR | PTK_A_UW | PTK_A_UX)

static struct ptk_regime regime(const char *text)
{
	struct ptk_regime r;
	struct ptk_err err = {0};
	if (ptk_regime_parse(text, &r, &err) < 0)
		bail("%s: %s", text, err.msg);
	return r;
}

static struct ptk_entry decode(const char *text, int level, uint64_t raw)
{
	struct ptk_regime r = regime(text);
	struct ptk_entry e;
	ptk_entry_decode(&r, level, raw, &e);
	return e;
}

static void linux_entries(void)
{
	/* PAGE_KERNEL, the same read-only, and the entries of page-table pages, as Linux 6.12 writes them. */
	struct ptk_entry e = decode("x86-64", 0, 0x8000000000000163 | 0x1234000);
	is_int(e.kind, PTK_LEAF, "PAGE_KERNEL maps");
	is_u64(e.pa, 0x1234000, "its page");
	is_u64(e.attr.flags, KRW | PTK_A_GLOBAL | PTK_A_ACCESSED | PTK_A_DIRTY, "its rights");
	e = decode("x86-64", 0, 0x8000000000000121);
	is_u64(e.attr.flags, PTK_A_KR | PTK_A_GLOBAL | PTK_A_ACCESSED, "PAGE_KERNEL_RO");
	e = decode("x86-64", 1, 0x80000000000001e3 | 0x200000);
	is_int(e.kind, PTK_LEAF, "a 2M page");
	is_u64(e.pa, 0x200000, "its address");
	e = decode("x86-64", 1, 0x5600067);
	is_int(e.kind, PTK_TABLE, "0x67 is a table");
	is_u64(e.inherit, 0, "that takes nothing away");
	e = decode("x86-64", 1, 0x5600063);
	is_u64(e.inherit, ALL_USER, "0x63 locks user code out");
}

int main(void)
{
	linux_entries();
	return done();
}
