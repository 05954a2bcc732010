/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Entry layouts as the manuals draw them: one letter a bit from the highest down, with a count
 * where a letter repeats ("X k4 i7 r12 a28"). Letters mean what the test that reads them says.
 */
#ifndef TESTS_ENTRY_MAP_H
#define TESTS_ENTRY_MAP_H

#include <string.h>

#include <ptkit/entry.h>

#include "tap.h"

/* The letter of each bit; returns the number of bits. */
static inline int map_read(const char *text, char letter[64])
{
	char reversed[64];
	int n = 0;
	while (*text) {
		char c = *text++;
		if (c == ' ')
			continue;
		long count = *text >= '0' && *text <= '9' ? strtol(text, (char **)(uintptr_t)&text, 10) : 1;
		while (count-- > 0 && n < 64)
			reversed[n++] = c;
	}
	for (int i = 0; i < n; i++)
		letter[i] = reversed[n - 1 - i];
	return n;
}

static inline struct ptk_regime regime(const char *text)
{
	struct ptk_regime r;
	struct ptk_err err = {0};
	if (ptk_regime_parse(text, &r, &err) < 0)
		bail("%s: %s", text, err.msg);
	return r;
}

static inline struct ptk_entry decode(const char *text, int level, uint64_t raw)
{
	struct ptk_regime r = regime(text);
	struct ptk_entry e;
	ptk_entry_decode(&r, level, raw, &e);
	return e;
}

/* An entry that is drawn so, and the raw value that its bits are changed in one by one. */
struct layout {
	const char *regime, *map;
	int level;
	uint64_t base;
};

/* Whether the entry with one bit changed is what the letter of that bit says, against the entry without. */
typedef bool bit_fn(const struct ptk_entry *base, const struct ptk_entry *got, char letter, int bit);

static inline void every_bit(const struct layout *layout, size_t n, bit_fn *as_expected)
{
	for (const struct layout *l = layout; l < layout + n; l++) {
		struct ptk_regime r = regime(l->regime);
		struct ptk_entry base = decode(l->regime, l->level, l->base), got;
		char letter[64];
		int width = map_read(l->map, letter), wrong = -1;
		is_int(width, 8 << r.entry_shift, "%s level %d: %s", l->regime, l->level, l->map);
		for (int bit = 0; bit < width; bit++) {
			ptk_entry_decode(&r, l->level, l->base ^ (UINT64_C(1) << bit), &got);
			if (!as_expected(&base, &got, letter[bit], bit))
				wrong = bit;
		}
		is_int(wrong, -1, "each of its bits is what the manual says");
	}
}

#endif
