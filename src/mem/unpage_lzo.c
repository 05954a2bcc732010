// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * LZO1X, after the description of its byte stream in Linux's Documentation/staging/lzo.rst. Own code:
 * liblzo2 is under the GPL alone, and many distributions' dumps are of this kind.
 */
#include <stdbool.h>
#include <string.h>

#include <ptkit/error.h>

#include "base/endian.h"
#include "mem/unpage.h"

/* What an instruction below 16 means depends on how many literals the one before it copied: 0 to 3, or a run. */
#define AFTER_RUN 4

struct lzo {
	const uint8_t *in, *end;
	uint8_t *out, *at, *limit;
	unsigned state;
	bool ended;
};

static bool literals(struct lzo *s, size_t n)
{
	if (n > (size_t)(s->end - s->in) || n > (size_t)(s->limit - s->at))
		return false;
	memcpy(s->at, s->in, n);
	s->in += n;
	s->at += n;
	return true;
}

/* Repeat n bytes from distance back, then copy the 0 to 3 literals that the instruction's low bits ask for. */
static bool match(struct lzo *s, size_t distance, size_t n, unsigned then)
{
	if (distance > (size_t)(s->at - s->out) || n > (size_t)(s->limit - s->at))
		return false;
	const uint8_t *from = s->at - distance;
	if (distance >= n) {
		memcpy(s->at, from, n);
	} else if (distance == 1) {
		memset(s->at, *from, n);
	} else {
		for (size_t i = 0; i < n; i++)
			s->at[i] = from[i];
	}
	s->at += n;
	s->state = then & 3;
	return literals(s, then & 3);
}

/* A length whose field is 0 goes on in the bytes behind: 255 for each zero, then the last one. */
static bool length(struct lzo *s, unsigned field, unsigned max, size_t *n)
{
	*n = field;
	if (field)
		return true;
	for (*n = max; s->in < s->end; *n += 255) {
		uint8_t b = *s->in++;
		*n += b;
		if (b)
			return true;
	}
	return false;
}

/* 0000DDSS: a run of literals, or a short match, as the instruction before has it. */
static bool low(struct lzo *s, unsigned op)
{
	size_t n;
	if (s->state == 0) {
		if (!length(s, op, 15, &n))
			return false;
		s->state = AFTER_RUN;
		return literals(s, n + 3);
	}
	if (s->in == s->end)
		return false;
	size_t distance = (size_t)*s->in++ << 2 | op >> 2;
	return s->state == AFTER_RUN ? match(s, distance + 2049, 3, op) : match(s, distance + 1, 2, op);
}

/* 0001HLLL and 001LLLLL: a length, then 14 bits of distance and the literals' 2 in two bytes. */
static bool far(struct lzo *s, unsigned op)
{
	bool very = op < 32;
	size_t n;
	if (!(very ? length(s, op & 7, 7, &n) : length(s, op & 31, 31, &n)) || s->end - s->in < 2)
		return false;
	unsigned word = load16(s->in, false);
	size_t distance = word >> 2;
	s->in += 2;
	if (!very)
		return match(s, distance + 1, n + 2, word);
	distance += (size_t)(op & 8) << 11;
	/* The end of the stream is the match that would be at just 16384. */
	s->ended = distance == 0;
	return s->ended ? n == 1 : match(s, distance + 16384, n + 2, word);
}

/* 01LDDDSS and 1LLDDDSS: within 2 KiB. */
static bool near(struct lzo *s, unsigned op)
{
	if (s->in == s->end)
		return false;
	size_t distance = ((size_t)*s->in++ << 3 | (op >> 2 & 7)) + 1;
	return match(s, distance, op < 128 ? 3 + (op >> 5 & 1) : 5 + (op >> 5 & 3), op);
}

/* The first byte may be a run of literals of its own. */
static bool start(struct lzo *s)
{
	if (s->in == s->end)
		return false;
	unsigned b = *s->in;
	if (b < 18)
		return true;
	s->in++;
	s->state = b < 22 ? b - 17 : AFTER_RUN;
	return literals(s, b - 17);
}

static int unlzo(void *state, const uint8_t *in, size_t n, uint8_t *out, size_t len)
{
	struct lzo s = {.in = in, .end = in + n, .out = out, .at = out, .limit = out + len};
	if (!start(&s))
		return PTK_E_BADFMT;
	while (!s.ended) {
		if (s.in == s.end)
			return PTK_E_BADFMT;
		unsigned op = *s.in++;
		if (!(op < 16 ? low(&s, op) : op < 64 ? far(&s, op) : near(&s, op)))
			return PTK_E_BADFMT;
	}
	return s.at == s.limit && s.in == s.end ? 0 : PTK_E_BADFMT;
}

const struct ptk_unpage ptk_unpage_lzo_ = {.run = unlzo};
