// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The inverse of printing attributes: from words to a value that prints them. */
#include <string.h>

#include "base/bits.h"
#include "linux/like.h"
#include "linux/text.h"

#define COLUMNS_MAX 32

/* What the words ask of one column. */
enum want {
	WANT_EITHER, /* it prints nothing, whatever the bits */
	WANT_SET,
	WANT_CLEAR,
};

static bool is_blank(const char *s)
{
	return !s || !s[strspn(s, " ")];
}

/* A column that none of the words came from. False: it would have printed one. */
static bool want_silence(const struct ptd_bit *b, enum want *want)
{
	bool set = is_blank(b->set), clear = is_blank(b->clear);
	*want = set && clear ? WANT_EITHER : set ? WANT_SET : WANT_CLEAR;
	return set || clear;
}

/* The columns in the order in which they print. */
static bool assign(const struct ptd_bits *bits, const char *const *word, unsigned n, enum want want[COLUMNS_MAX])
{
	size_t at = 0;
	for (unsigned w = 0, used; w < n; w += used) {
		size_t found = at;
		bool set;
		used = ptk_text_next_column_(bits, &found, word + w, n - w, &set);
		if (!used)
			return false;
		for (; at < found; at++)
			if (!want_silence(&bits->bit[at], &want[at]))
				return false;
		want[at++] = set ? WANT_SET : WANT_CLEAR;
	}
	for (; at < bits->n; at++)
		if (!want_silence(&bits->bit[at], &want[at]))
			return false;
	return true;
}

static bool is_met(const struct ptd_bit *b, enum want want, uint64_t value)
{
	return want == WANT_EITHER || ((value & b->mask) == b->val) == (want == WANT_SET);
}

static bool all_met(const struct ptd_bits *bits, const enum want *want, uint64_t value)
{
	for (size_t i = 0; i < bits->n; i++)
		if (!is_met(&bits->bit[i], want[i], value))
			return false;
	return true;
}

/*
 * Try the other values of a column's bits until all columns are as they should be: one that must not have its value may share
 * bits with others that want or do not want theirs.
 */
static bool try_values(const struct ptd_bits *bits, const enum want *want, uint64_t mask, uint64_t *value)
{
	uint64_t rest = *value & ~mask, v = 0;
	do {
		if (all_met(bits, want, rest | v)) {
			*value = rest | v;
			return true;
		}
		v = (v - mask) & mask; /* the next subset of the mask's bits */
	} while (v);
	return false;
}

bool ptk_like_bits_(const struct ptd_bits *bits, const char *const *word, unsigned n, uint64_t start, uint64_t *value)
{
	enum want want[COLUMNS_MAX] = {WANT_EITHER};
	uint64_t v = start;
	if (bits->n > COLUMNS_MAX || !assign(bits, word, n, want))
		return false;
	for (size_t i = 0; i < bits->n; i++)
		if (want[i] == WANT_SET)
			v = (v & ~bits->bit[i].mask) | bits->bit[i].val;
	for (size_t i = 0; i < bits->n; i++) {
		uint64_t mask = bits->bit[i].mask;
		if (want[i] == WANT_CLEAR && mask && !(mask & (mask - 1)) && !is_met(&bits->bit[i], want[i], v))
			v ^= mask;
	}
	bool met = all_met(bits, want, v);
	for (size_t i = 0; i < bits->n && !met; i++)
		if (!is_met(&bits->bit[i], want[i], v))
			met = try_values(bits, want, bits->bit[i].mask, &v);
	*value = v;
	return met;
}
