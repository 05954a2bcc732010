// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* AVX2: 16 or 32 entries a turn. A block that differs anywhere is left to the plain twin to find where. */
#include <immintrin.h>

#include "walk/scan.h"

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i load(const char *at, size_t vector)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)(at + vector * sizeof(__m256i)));
}

/* Whether four vectors at `at` differ, under keep, from want, want + step, ... */
#define BLOCK_DIFFERS(at, want, add)                                                                                   \
	({                                                                                                             \
		__m256i diff_ = _mm256_xor_si256(load(at, 0), want);                                                   \
		want = add(want, vstep);                                                                               \
		diff_ = _mm256_or_si256(diff_, _mm256_xor_si256(load(at, 1), want));                                   \
		want = add(want, vstep);                                                                               \
		diff_ = _mm256_or_si256(diff_, _mm256_xor_si256(load(at, 2), want));                                   \
		want = add(want, vstep);                                                                               \
		diff_ = _mm256_or_si256(diff_, _mm256_xor_si256(load(at, 3), want));                                   \
		want = add(want, vstep);                                                                               \
		!_mm256_testz_si256(diff_, vkeep);                                                                     \
	})

AVX2 static size_t run8(const void *p, size_t n, uint64_t first, uint64_t step, uint64_t keep)
{
	const char *at = p;
	const __m256i vkeep = _mm256_set1_epi64x((long long)keep), vstep = _mm256_set1_epi64x((long long)(step * 4));
	__m256i want = _mm256_set_epi64x((long long)(first + step * 3), (long long)(first + step * 2),
	                                 (long long)(first + step), (long long)first);
	size_t i = 0;
	for (; i + 16 <= n; i += 16)
		if (BLOCK_DIFFERS(at + i * 8, want, _mm256_add_epi64))
			break;
	return i + ptk_scan_plain_.run8(at + i * 8, n - i, first + i * step, step, keep);
}

AVX2 static size_t run4(const void *p, size_t n, uint64_t first, uint64_t step, uint64_t keep)
{
	const char *at = p;
	const uint32_t f = (uint32_t)first, s = (uint32_t)step;
	const __m256i vkeep = _mm256_set1_epi32((int)(uint32_t)keep), vstep = _mm256_set1_epi32((int)(s * 8));
	__m256i want = _mm256_set_epi32((int)(f + s * 7), (int)(f + s * 6), (int)(f + s * 5), (int)(f + s * 4),
	                                (int)(f + s * 3), (int)(f + s * 2), (int)(f + s), (int)f);
	size_t i = 0;
	for (; i + 32 <= n; i += 32)
		if (BLOCK_DIFFERS(at + i * 4, want, _mm256_add_epi32))
			break;
	return i + ptk_scan_plain_.run4(at + i * 4, n - i, first + i * step, step, keep);
}

static const struct ptk_scan avx2 = {"avx2", run8, run4};

const struct ptk_scan *ptk_scan_(size_t i)
{
	if (__builtin_cpu_supports("avx2")) {
		if (i == 0)
			return &avx2;
		i--;
	}
	return i == 0 ? &ptk_scan_plain_ : NULL;
}
