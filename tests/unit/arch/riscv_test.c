// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* riscv entries: expected values from the privileged specification and from entries that real kernels wrote. */
#include <ptkit/entry.h>

#include "tap.h"

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
	const uint32_t common = PTK_A_GLOBAL | PTK_A_ACCESSED | PTK_A_KR;
	struct ptk_entry e = decode("riscv-sv57", 1, 0x200000e7 | 0x80000);
	is_int(e.kind, PTK_LEAF, "0xe7 at level 1 is a 2M page");
	is_u64(e.pa, 0x80200000, "its address");
	is_u64(e.attr.flags, common | PTK_A_KW | PTK_A_DIRTY, "data: 0xe7");
	e = decode("riscv-sv39", 0, 0xeb);
	is_u64(e.attr.flags, common | PTK_A_KX | PTK_A_DIRTY, "text: 0xeb");
	e = decode("riscv-sv39", 0, 0xef);
	is_u64(e.attr.flags, common | PTK_A_KW | PTK_A_KX | PTK_A_DIRTY, "early text: 0xef");
	e = decode("riscv-sv48", 3, 0x20000000 | 1);
	is_int(e.kind, PTK_TABLE, "V alone is a pointer");
	is_u64(e.pa, 0x80000000, "its table");
}

int main(void)
{
	linux_entries();
	return done();
}
