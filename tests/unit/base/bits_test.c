// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "base/bits.h"

#include "base/endian.h"
#include "tap.h"

int main(void)
{
	is_u64(GENMASK(63, 0), UINT64_MAX, "all");
	is_u64(GENMASK(0, 0), 1, "lowest");
	is_u64(GENMASK(63, 63), BIT(63), "highest");
	is_u64(GENMASK(47, 12), UINT64_C(0xfffffffff000), "middle");
	is_u64(low_bits(0), 0, "no bits");
	is_u64(low_bits(64), UINT64_MAX, "64 bits");
	is_u64(field_get(UINT64_C(0xabcd0000), 31, 16), 0xabcd, "get");
	is_u64(field_get(UINT64_MAX, 63, 0), UINT64_MAX, "get all");
	is_u64(field_put(0x1ff, 11, 4), 0xff0, "put drops what does not fit");
	uint64_t v;
	ok(add_ok(UINT64_MAX, 0, &v) && v == UINT64_MAX, "sum fits");
	ok(!add_ok(UINT64_MAX, 1, &v), "sum does not fit");
	ok(!mul_ok(UINT64_MAX, 2, &v), "product does not fit");
	ok(is_aligned(0x2000, 0x1000) && !is_aligned(0x2001, 0x1000), "alignment");
	static const unsigned char b[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	is_u64(load64(b, true), UINT64_C(0x0102030405060708), "big-endian load");
	is_u64(load32(b + 1, false), 0x05040302, "unaligned little-endian load");
	is_u64(load16(b, true), 0x0102, "16 bits");
	unsigned char out[8];
	store64(out, UINT64_C(0x0102030405060708), true);
	ok(memcmp(out, b, 8) == 0, "store is the inverse");
	return done();
}
