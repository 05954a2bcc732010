// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Names and windows; arm_short_test.c and arm_long_test.c have the entries. */
#include "arm_law.h"

/* DDI 0406C B3.6.6: T0SZ and T1SZ 0 and 1 start at level 1, larger ones at level 2. */
static void windows(void)
{
	for (unsigned tsz = 0; tsz < 8; tsz++)
		for (int high = 0; high < 2; high++) {
			char text[32];
			snprintf(text, sizeof text, "arm-lpae,t%dsz=%u", high, tsz);
			struct ptk_regime r = regime(text);
			const struct ptk_level *root = &r.level[r.nlevels - 1];
			int align = (int)(tsz < 2 ? 5 - tsz : 14 - tsz);
			ok(root->manual == (tsz < 2 ? 1 : 2) && r.root_align == align && root->bits + 3 == align,
			   "%s: starts at level %d, root of 2^%d entries", text, root->manual, root->bits);
			uint64_t low = high ? 0x100000000 - (0x100000000 >> tsz) : 0;
			uint64_t top = high ? 0xffffffff : (0x100000000 >> tsz) - 1;
			ok(ptk_va_valid(&r, low) && ptk_va_valid(&r, top) && !ptk_va_valid(&r, low - 1) &&
			           !ptk_va_valid(&r, top + 1),
			   "%s: from 0x%" PRIx64 " to 0x%" PRIx64, text, low, top);
		}
}

static void refused(void)
{
	static const char *const words[] = {"arm-lpae,t0sz=8", "arm-lpae,n=1", "arm-lpae,pa=48", "arm-lpae,ds",
	                                    "arm-lpae,pa=31"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct ptk_regime r;
		struct ptk_err err = {0};
		is_int(ptk_regime_parse(words[i], &r, &err), PTK_E_INVAL, "%s is refused", words[i]);
		ok(err.msg[0], "and why: %s", err.msg);
	}
}

int main(void)
{
	static const char *const names[] = {
	        "arm-lpae", "arm-lpae,t1sz=2", "arm-lpae,hpd", "arm-lpae,pa=36", "arm-lpae,wxn,uwxn,pan",
	};
	windows();
	refused();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		laws_hold(names[i], 300);
	return done();
}
