// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Snappy, after its format description (google/snappy, format_description.txt): the unpacked length
 * as a varint, then literals and copies. Own code since the library is C++, and this is small.
 */
#include <stdbool.h>
#include <string.h>

#include <ptkit/error.h>

#include "base/endian.h"
#include "mem/unpage.h"

struct snappy {
	const uint8_t *in, *end;
	uint8_t *out, *at, *limit; /* out .. at is written; limit is where it must end */
};

/* A little-endian base-128 number of at most 32 bits. */
static bool varint(const uint8_t **in, const uint8_t *end, uint32_t *v)
{
	uint64_t sum = 0;
	for (unsigned shift = 0; shift < 35 && *in < end; shift += 7) {
		uint8_t b = *(*in)++;
		sum |= (uint64_t)(b & 0x7f) << shift;
		if (b & 0x80)
			continue;
		*v = (uint32_t)sum;
		return sum <= UINT32_MAX;
	}
	return false;
}

int ptk_snappy_length_(const uint8_t *in, size_t n, uint32_t *len)
{
	return varint(&in, in + n, len) ? 0 : PTK_E_BADFMT;
}

/* Tag bits 7..2 are the length less 1, or from 60 on how many bytes that follow hold it. */
static bool literal(struct snappy *s, unsigned tag)
{
	size_t len = tag >> 2;
	if (len >= 60) {
		size_t bytes = len - 59;
		if ((size_t)(s->end - s->in) < bytes)
			return false;
		len = 0;
		for (size_t i = 0; i < bytes; i++)
			len |= (size_t)s->in[i] << 8 * i;
		s->in += bytes;
	}
	if (len >= (size_t)(s->end - s->in) || len >= (size_t)(s->limit - s->at))
		return false;
	len++;
	memcpy(s->at, s->in, len);
	s->in += len;
	s->at += len;
	return true;
}

/* Repeat what was written offset bytes before; the two may overlap, which repeats a pattern. */
static bool copy(struct snappy *s, size_t offset, size_t len)
{
	if (offset == 0 || offset > (size_t)(s->at - s->out) || len > (size_t)(s->limit - s->at))
		return false;
	const uint8_t *from = s->at - offset;
	if (offset >= len) {
		memcpy(s->at, from, len);
	} else if (offset == 1) {
		memset(s->at, *from, len);
	} else {
		for (size_t i = 0; i < len; i++)
			s->at[i] = from[i];
	}
	s->at += len;
	return true;
}

static bool element(struct snappy *s)
{
	unsigned tag = *s->in++;
	size_t left = (size_t)(s->end - s->in);
	size_t offset, len = (tag >> 2) + 1;
	switch (tag & 3) {
	case 0: return literal(s, tag);
	case 1:
		if (left < 1)
			return false;
		offset = (size_t)(tag >> 5) << 8 | s->in[0];
		s->in += 1;
		return copy(s, offset, 4 + (tag >> 2 & 7));
	case 2:
		if (left < 2)
			return false;
		offset = load16(s->in, false);
		s->in += 2;
		return copy(s, offset, len);
	default:
		if (left < 4)
			return false;
		offset = load32(s->in, false);
		s->in += 4;
		return copy(s, offset, len);
	}
}

static int unsnap(void *state, const uint8_t *in, size_t n, uint8_t *out, size_t len)
{
	struct snappy s = {in, in + n, out, out, out + len};
	uint32_t says;
	if (!varint(&s.in, s.end, &says) || says != len)
		return PTK_E_BADFMT;
	while (s.in < s.end)
		if (!element(&s))
			return PTK_E_BADFMT;
	return s.at == s.limit ? 0 : PTK_E_BADFMT;
}

const struct ptk_unpage ptk_unpage_snappy_ = {.run = unsnap};
