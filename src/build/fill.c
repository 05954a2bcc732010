// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "build/fill.h"

#include "base/endian.h"

void ptk_fill_plain_(void *to, size_t n, unsigned shift, bool big, uint64_t raw, uint64_t step, unsigned group,
                     uint64_t k)
{
	uint8_t *at = to;
	for (size_t i = 0; i < n; i++, k++) {
		uint64_t v = raw + (k >> group) * step;
		if (shift == 2)
			store32(at + i * 4, (uint32_t)v, big);
		else
			store64(at + i * 8, v, big);
	}
}

/* Vectors of the compiler's: two or one instruction each on every target that has them, scalars elsewhere. */
typedef uint64_t v64 __attribute__((vector_size(32), aligned(8)));
typedef uint32_t v32 __attribute__((vector_size(32), aligned(4)));

static void run64(uint64_t *to, size_t n, uint64_t raw, uint64_t step)
{
	v64 *at = (v64 *)to;
	v64 a = {raw, raw + step, raw + 2 * step, raw + 3 * step};
	v64 four = {4 * step, 4 * step, 4 * step, 4 * step};
	v64 b = a + four, eight = four + four;
	size_t i = 0;
	for (; i + 8 <= n; i += 8, at += 2) {
		at[0] = a;
		at[1] = b;
		a += eight;
		b += eight;
	}
	for (; i < n; i++)
		to[i] = raw + i * step;
}

static void run32(uint32_t *to, size_t n, uint32_t raw, uint32_t step)
{
	v32 *at = (v32 *)to;
	v32 a, eight;
	for (unsigned j = 0; j < 8; j++) {
		a[j] = raw + j * step;
		eight[j] = 8 * step;
	}
	size_t i = 0;
	for (; i + 8 <= n; i += 8) {
		*at++ = a;
		a += eight;
	}
	for (; i < n; i++)
		to[i] = raw + (uint32_t)i * step;
}

static bool host_is_big(void)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

void ptk_fill_(void *to, size_t n, unsigned shift, bool big, uint64_t raw, uint64_t step, unsigned group, uint64_t k)
{
	if (big != host_is_big() || (uintptr_t)to & ((1u << shift) - 1)) {
		ptk_fill_plain_(to, n, shift, big, raw, step, group, k);
		return;
	}
	uint8_t *at = to;
	while (n) {
		/* A group is a run whose entries do not move. */
		size_t left = group ? ((size_t)1 << group) - (k & (((size_t)1 << group) - 1)) : n;
		size_t m = left < n ? left : n;
		uint64_t first = raw + (k >> group) * step, add = group ? 0 : step;
		if (shift == 2)
			run32((uint32_t *)(void *)at, m, (uint32_t)first, (uint32_t)add);
		else
			run64((uint64_t *)(void *)at, m, first, add);
		at += m << shift;
		n -= m;
		k += m;
	}
}
