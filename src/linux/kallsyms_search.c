// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Finding kallsyms by structure. The index of tokens has the rarest look: 256 numbers of 16 bits, the first 0, each
 * larger than the one before. From there on the rest is found backwards, and each part confirms the other: before the
 * index the strings it indexes, before those the markers, before those names that lie where the markers say, before
 * those their number.
 *
 * Between the parts lie zeros, up to an alignment: of a word today, and until 4.20, when the directive .align was used
 * (whose meaning the machine chooses), of up to 256 bytes.
 */
#include "linux/kallsyms.h"

#include "base/bits.h"
#include "base/endian.h"

#define PAD 256
#define LONGEST 512 /* name, compressed */
#define FEWEST 512  /* symbols: two markers' worth */

/* Take n of the steps that are left; false when there are none. */
static bool spend(uint64_t *steps, uint64_t n)
{
	*steps -= *steps < n ? *steps : n;
	return *steps > 0;
}

static uint64_t get(const struct lx_stretch *s, size_t at, unsigned size)
{
	return size == 8 ? load64(s->p + at, s->big) : load32(s->p + at, s->big);
}

static bool is_index(const struct lx_stretch *s, size_t at)
{
	uint16_t before = 0;
	if (load16(s->p + at, s->big) != 0)
		return false;
	for (unsigned i = 1; i < 256; i++) {
		uint16_t v = load16(s->p + at + 2 * i, s->big);
		if (v <= before)
			return false;
		before = v;
	}
	return true;
}

/* Do the tokens start at `at`: a zero before each but the first, and none within? */
static bool are_tokens(const struct lx_stretch *s, size_t at, size_t index)
{
	for (unsigned i = 0; i < 256; i++) {
		size_t p = at + load16(s->p + index + 2 * i, s->big);
		size_t end = i < 255 ? at + load16(s->p + index + 2 * (i + 1), s->big) - 1 : 0;
		if (i < 255 && s->p[end] != 0)
			return false;
		for (; i < 255 ? p < end : s->p[p] != 0; p++)
			if (s->p[p] < ' ' || s->p[p] > '~' || p >= index)
				return false;
	}
	return true;
}

/* The last string and the padding lie between the last number and the index itself. */
static bool find_tokens(const struct lx_stretch *s, uint64_t *steps, size_t index, size_t *out)
{
	size_t last = load16(s->p + index + 510, s->big);
	for (size_t gap = 1; gap < 2 * PAD && last + gap <= index; gap++) {
		size_t at = index - last - gap;
		if (!is_aligned(s->va + at, 4))
			continue;
		if (are_tokens(s, at, index)) {
			*out = at;
			return true;
		}
		if (!spend(steps, (last + 256) / 16))
			break;
	}
	return false;
}

/* 256 names from `at` on end at the second marker? */
static bool names_fit(const struct lx_stretch *s, size_t at, size_t end)
{
	for (unsigned i = 0; i < 256; i++) {
		if (at + 1 >= end)
			return false;
		size_t len = s->p[at];
		len = len & 0x80 ? ((len & 0x7f) | (size_t)s->p[at + 1] << 7) + 2 : len + 1;
		if (len < 2 || len > end - at)
			return false;
		at += len;
	}
	return at == end;
}

struct markers {
	size_t at;
	unsigned size;
	uint64_t count; /* as far as they may be markers: what follows may look like some more */
};

static bool are_markers(const struct lx_stretch *s, size_t at, unsigned size, size_t end, struct markers *out)
{
	uint64_t before = 0, n = 1;
	for (size_t p = at + size; p + size <= end; p += size, n++) {
		uint64_t v = get(s, p, size);
		if (v <= before || v - before < 512 || v - before > 256 * LONGEST)
			break;
		before = v;
	}
	*out = (struct markers){at, size, n};
	return n >= FEWEST / 256;
}

/* How far before `at` the number is that precedes the names: 32 bits, or a word until 4.20, and zeros behind it. */
static size_t number_before(const struct lx_stretch *s, size_t at)
{
	size_t back = 4;
	while (back < PAD && back + 4 <= at && load32(s->p + at - back, s->big) == 0)
		back += 4;
	return back;
}

/* The names end at the markers, and where each 256th starts must be what these say. */
static bool find_names(const struct lx_stretch *s, uint64_t *steps, const struct markers *m, struct lx_kallsyms *k)
{
	uint64_t second = get(s, m->at + m->size, m->size);
	uint64_t reach = get(s, m->at + (size_t)(m->count - 1) * m->size, m->size) + 256 * LONGEST + PAD;
	if (second > m->at)
		return false;
	size_t first = reach < m->at - 8 ? m->at - (size_t)reach : 8;
	for (size_t at = round_down(m->at - (size_t)second, 4); at >= first && spend(steps, 1); at -= 4) {
		if (s->p[at] == 0) /* no name is empty */
			continue;
		size_t back = number_before(s, at);
		uint64_t n = load32(s->p + at - back, s->big), blocks = (n + 255) / 256;
		if (n < FEWEST || blocks > m->count || blocks < 2)
			continue;
		uint64_t last = get(s, m->at + (size_t)(blocks - 1) * m->size, m->size);
		if (last >= m->at - at || m->at - at - last >= 256 * LONGEST + PAD)
			continue;
		spend(steps, 256);
		if (names_fit(s, at, at + (size_t)second)) {
			k->n = (uint32_t)n;
			k->number = at - back;
			k->names = at;
			return true;
		}
	}
	return false;
}

static bool find_markers(const struct lx_stretch *s, uint64_t *steps, struct lx_kallsyms *k)
{
	/* 3 bytes a symbol may lie between: kallsyms_seqs_of_names, in 6.2 and 6.3 */
	size_t reach = 3 * (size_t)KALLSYMS_MAX, first = k->tokens > reach ? k->tokens - reach : 0;
	struct markers m;
	for (size_t at = round_down(k->tokens, 4); at >= first + 4 && spend(steps, 1);) {
		at -= 4;
		if (load32(s->p + at, s->big) != 0)
			continue;
		for (unsigned size = 4; size <= s->word; size += 4)
			if (are_markers(s, at, size, k->tokens, &m) && find_names(s, steps, &m, k))
				return true;
	}
	return false;
}

bool ptk_kallsyms_search_(const struct lx_stretch *s, struct lx_kallsyms_search *st, struct lx_kallsyms *out)
{
	while (st->at + 512 <= s->len && spend(&st->steps, 1)) {
		struct lx_kallsyms k = {.index = st->at};
		bool found = is_index(s, k.index) && find_tokens(s, &st->steps, k.index, &k.tokens) &&
		             find_markers(s, &st->steps, &k);
		st->at += found ? 512 : 4;
		if (!found)
			continue;
		*out = k;
		return true;
	}
	return false;
}

/* ---- the addresses ---- */

struct guess {
	enum lx_kallsyms_mode mode;
	bool behind;    /* the index: since 6.4; else before the number */
	unsigned align; /* 0: a word */
};

static const struct guess guesses[] = {
        {KALLSYMS_UNSIGNED, true, 0}, {KALLSYMS_PERCPU, true, 0},      {KALLSYMS_WORDS, true, 0},
        {KALLSYMS_PLACE, true, 0},    {KALLSYMS_PLAIN, true, 0},       {KALLSYMS_UNSIGNED, false, 0},
        {KALLSYMS_PERCPU, false, 0},  {KALLSYMS_WORDS, false, 0},      {KALLSYMS_UNSIGNED, false, 16},
        {KALLSYMS_WORDS, false, 16},  {KALLSYMS_UNSIGNED, false, 256}, {KALLSYMS_PERCPU, false, 256},
        {KALLSYMS_WORDS, false, 256},
};

static bool is_based(enum lx_kallsyms_mode mode)
{
	return mode == KALLSYMS_UNSIGNED || mode == KALLSYMS_PERCPU;
}

/* Where the addresses are and, if they have one, their base. Labels are aligned, each by itself. */
static bool place(const struct lx_stretch *s, const struct guess *g, struct lx_kallsyms *k, size_t *base)
{
	size_t align = g->align ? g->align : s->word;
	size_t size = round_up((size_t)k->n * (g->mode == KALLSYMS_WORDS ? s->word : 4), align);
	if (g->behind) {
		k->addresses = round_up(k->index + 512, align);
		*base = k->addresses + size;
		return true;
	}
	size_t end = k->number;
	if (is_based(g->mode)) {
		size_t room = round_up(s->word, align);
		if (end < room)
			return false;
		*base = end -= room;
	}
	if (end < size)
		return false;
	k->addresses = end - size;
	return true;
}

bool ptk_kallsyms_guess_(const struct lx_stretch *s, const struct lx_kallsyms *found, unsigned i,
                         struct lx_kallsyms *out)
{
	if (i >= sizeof guesses / sizeof *guesses)
		return false;
	const struct guess *g = &guesses[i];
	size_t base = 0;
	*out = *found;
	out->mode = g->mode;
	bool possible = place(s, g, out, &base) && (g->mode != KALLSYMS_PLAIN || s->word == 4);
	if (possible && is_based(g->mode)) {
		possible = base + s->word <= s->len;
		if (possible)
			out->base = get(s, base, s->word);
	}
	if (!possible)
		out->n = 0;
	return true;
}
