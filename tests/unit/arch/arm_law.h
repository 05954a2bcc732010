/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* What holds for every raw value of every regime, for the tests of arm and arm64. */
#ifndef TESTS_ARM_LAW_H
#define TESTS_ARM_LAW_H

#include "arch/arch.h"
#include "base/bits.h"
#include "entry_laws.h"
#include "tap.h"

static inline struct ptk_regime regime(const char *text)
{
	struct ptk_regime r;
	struct ptk_err err = {0};
	if (ptk_regime_parse(text, &r, &err) < 0)
		bail("%s: %s", text, err.msg);
	return r;
}

static inline struct ptk_entry decode(const struct ptk_regime *r, int level, uint64_t raw)
{
	struct ptk_entry e;
	ptk_entry_decode(r, level, raw, &e);
	return e;
}

/* A fixed sequence, so that a failure comes back. */
static inline uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Random entries of every level, biased to valid ones, and every single-bit change of them. */
static inline void laws_hold(const char *text, unsigned rounds)
{
	struct ptk_regime r = regime(text);
	uint64_t state = 0x9e3779b97f4a7c15, bits = low_bits(8u << r.entry_shift);
	for (int level = 0; level < r.nlevels; level++) {
		for (unsigned i = 0; i < rounds; i++) {
			uint64_t raw = next_random(&state) & bits;
			if (i & 1) /* sparse ones meet fewer reserved bits */
				raw &= next_random(&state) & next_random(&state);
			if (i & 2)
				raw |= 1;
			for (unsigned b = 0; b <= (8u << r.entry_shift); b++) {
				uint64_t v = raw ^ (b ? BIT(b - 1) : 0);
				struct ptk_entry e;
				const char *broken = entry_laws(&r, level, v, &e);
				if (broken) {
					ok(false, "%s level %d 0x%" PRIx64 ": %s", text, level, v, broken);
					return;
				}
			}
		}
	}
	ok(true, "%s: laws hold at every level", text);
}

#endif
