// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "arm_law.h"

int main(void)
{
	static const char *const names[] = {
	        "arm-short",       "arm-short,nopxn", "arm-short,notre", "arm-short,afe",   "arm-short,afe,nopxn,notre",
	        "arm-short,pa=32", "arm-short,n=3",   "arm-lpae",        "arm-lpae,t1sz=2", "arm-lpae,hpd",
	        "arm-lpae,pa=36",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		laws_hold(names[i], 400);
	return done();
}
