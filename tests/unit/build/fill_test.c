// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Vector fills equal plain ones: every length, offset, group, entry size and byte order. */
#include "build/fill.h"

#include "tap.h"

#define ROOM 1200

static bool same(size_t n, unsigned shift, bool big, unsigned group, uint64_t k, size_t offset)
{
	static uint8_t a[ROOM], b[ROOM];
	uint64_t raw = UINT64_C(0xfedcba9876543210), step = UINT64_C(0x100001000);
	memset(a, 0x5a, sizeof a);
	memset(b, 0x5a, sizeof b);
	ptk_fill_(a + offset, n, shift, big, raw, step, group, k);
	ptk_fill_plain_(b + offset, n, shift, big, raw, step, group, k);
	return memcmp(a, b, sizeof a) == 0;
}

int main(void)
{
	static const uint64_t starts[] = {0, 1, 7, 15, 16, 500};
	static const unsigned groups[] = {0, 4, 5};
	for (unsigned shift = 2; shift <= 3; shift++)
		for (int big = 0; big < 2; big++) {
			bool good = true;
			for (size_t n = 0; n <= 130; n++)
				for (size_t g = 0; g < 3; g++)
					for (size_t s = 0; s < sizeof starts / sizeof *starts; s++)
						for (size_t offset = 0; offset < 24; offset += 4)
							good &= same(n, shift, big, groups[g], starts[s], offset);
			ok(good, "%u-byte entries, %s endian", 1u << shift, big ? "big" : "little");
		}
	uint8_t le[16], be[16];
	static const uint8_t want[16] = {3, 0x10, 0, 0, 0, 0, 0, 0, 3, 0x20, 0, 0, 0, 0, 0, 0};
	ptk_fill_(le, 2, 3, false, 0x1003, 0x1000, 0, 0);
	ok(memcmp(le, want, 16) == 0, "little endian bytes");
	ptk_fill_(be, 2, 3, true, 0x1003, 0x1000, 0, 0);
	ok(be[7] == 3 && be[6] == 0x10 && be[15] == 3 && be[14] == 0x20, "big endian bytes");
	return done();
}
