// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* CR3 as the SDM's tables 4-3, 4-7, 4-12 and AMD's SME lay it out. */
#include "linux/linux.h"

#include "tap.h"

static uint64_t root(const char *text, uint64_t cr3)
{
	struct ptk_regime r;
	if (ptk_regime_parse(text, &r, NULL) < 0)
		bail("%s", text);
	return lx_cr3_root(&r, cr3);
}

int main(void)
{
	is_u64(root("x86-64", 0x920000), 0x920000, "a plain root");
	is_u64(root("x86-64", 0x921806), 0x921000, "PCID");
	is_u64(root("x86-64", 0x6000000000921806), 0x921000, "LAM_U57 and LAM_U48");
	is_u64(root("x86-64-la57,enc=0x800000000000", 0x800000921000), 0x921000, "SME's encryption bit");
	is_u64(root("x86-64", 0xffffffffff000), 0xffffffffff000, "the highest root");
	is_u64(root("x86-pae", 0x33aa038), 0x33aa020, "PAE: 32 bytes, PCD and PWT below");
	is_u64(root("x86-32", 0x33aa018), 0x33aa000, "32-bit paging");
	return done();
}
