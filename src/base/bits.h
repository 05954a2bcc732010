/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Bit fields and checked arithmetic. */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stdbool.h>
#include <stdint.h>

/* Bit n. */
#define BIT(n) (UINT64_C(1) << (n))

/* Bits hi..lo, both included: GENMASK(63, 0) is all ones. */
#define GENMASK(hi, lo) ((UINT64_MAX >> (63 - (hi))) & (UINT64_MAX << (lo)))

/* The n lowest bits; n may be 0..64. */
static inline uint64_t low_bits(unsigned n)
{
	return n >= 64 ? UINT64_MAX : BIT(n) - 1;
}

/* Bits hi..lo of v, moved down to bit 0. */
static inline uint64_t field_get(uint64_t v, unsigned hi, unsigned lo)
{
	return (v >> lo) & low_bits(hi - lo + 1);
}

/* x moved up to bits hi..lo; bits that do not fit are dropped. */
static inline uint64_t field_put(uint64_t x, unsigned hi, unsigned lo)
{
	return (x & low_bits(hi - lo + 1)) << lo;
}

static inline bool is_aligned(uint64_t v, uint64_t power_of_two)
{
	return (v & (power_of_two - 1)) == 0;
}

static inline uint64_t round_down(uint64_t v, uint64_t power_of_two)
{
	return v & ~(power_of_two - 1);
}

/* 0 where that is past the last address. */
static inline uint64_t round_up(uint64_t v, uint64_t power_of_two)
{
	return (v + power_of_two - 1) & ~(power_of_two - 1);
}

/* a + b in *out; false if it does not fit. */
static inline bool add_ok(uint64_t a, uint64_t b, uint64_t *out)
{
	return !__builtin_add_overflow(a, b, out);
}

static inline bool mul_ok(uint64_t a, uint64_t b, uint64_t *out)
{
	return !__builtin_mul_overflow(a, b, out);
}

#endif
