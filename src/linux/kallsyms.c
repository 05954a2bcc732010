// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Reading kallsyms once it is known where its tables are. */
#include "linux/kallsyms.h"

#include <string.h>

#include <ptkit/error.h>

#include "base/endian.h"

struct tokens {
	const char *text[256];
	uint8_t len[256];
};

/* Every token ends within the table, which ends where the index begins or later. */
static bool read_tokens(const struct lx_stretch *s, const struct lx_kallsyms *k, struct tokens *out)
{
	if (k->tokens > k->index || k->index > s->len || s->len - k->index < 512)
		return false;
	size_t room = k->index - k->tokens;
	for (unsigned i = 0; i < 256; i++) {
		size_t at = load16(s->p + k->index + 2 * i, s->big);
		if (at >= room)
			return false;
		out->text[i] = (const char *)s->p + k->tokens + at;
		size_t len = strnlen(out->text[i], room - at);
		if (len == room - at || len > UINT8_MAX)
			return false;
		out->len[i] = (uint8_t)len;
	}
	return true;
}

static unsigned address_size(const struct lx_stretch *s, const struct lx_kallsyms *k)
{
	return k->mode == KALLSYMS_WORDS ? s->word : 4;
}

static bool has_addresses(const struct lx_stretch *s, const struct lx_kallsyms *k)
{
	return k->n && k->n <= KALLSYMS_MAX && k->addresses <= s->len &&
	       (s->len - k->addresses) / address_size(s, k) >= k->n;
}

static uint64_t address(const struct lx_stretch *s, const struct lx_kallsyms *k, uint32_t i)
{
	size_t at = k->addresses + (size_t)i * address_size(s, k);
	uint64_t v = 0;
	if (k->mode == KALLSYMS_WORDS && s->word == 8)
		return load64(s->p + at, s->big);
	uint32_t raw = load32(s->p + at, s->big);
	switch (k->mode) {
	case KALLSYMS_WORDS:
	case KALLSYMS_PLAIN: v = raw; break;
	case KALLSYMS_UNSIGNED: v = k->base + raw; break;
	case KALLSYMS_PERCPU: v = raw & 0x80000000 ? k->base - 1 - (uint64_t)(int64_t)(int32_t)raw : raw; break;
	case KALLSYMS_PLACE: v = s->va + at + (uint64_t)(int64_t)(int32_t)raw; break;
	}
	return s->word == 8 ? v : (uint32_t)v;
}

bool ptk_kallsyms_sorted_(const struct lx_stretch *s, const struct lx_kallsyms *k)
{
	if (!has_addresses(s, k))
		return false;
	uint64_t before = 0;
	for (uint32_t i = 0; i < k->n; i++) {
		uint64_t va = address(s, k, i);
		if (va < before)
			return false;
		before = va;
	}
	return true;
}

/* The next name, expanded; its length, or 0 if it cannot be one. The first character is the type. */
static size_t expand(const struct lx_stretch *s, const struct tokens *t, size_t end, size_t *at, char *out)
{
	size_t p = *at, n = 0;
	if (p >= end)
		return 0;
	size_t len = s->p[p++];
	if (len & 0x80) {
		if (p >= end)
			return 0;
		len = (len & 0x7f) | (size_t)s->p[p++] << 7;
	}
	if (len == 0 || len > end - p)
		return 0;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = s->p[p + i];
		if (t->len[c] > KALLSYMS_NAME_MAX - n)
			return 0;
		memcpy(out + n, t->text[c], t->len[c]);
		n += t->len[c];
	}
	*at = p + len;
	return n;
}

int ptk_kallsyms_each_(const struct lx_stretch *s, const struct lx_kallsyms *k, lx_kallsyms_fn *fn, void *arg)
{
	char name[KALLSYMS_NAME_MAX];
	struct tokens t;
	if (!has_addresses(s, k) || k->names > k->tokens || !read_tokens(s, k, &t))
		return PTK_E_BADFMT;
	size_t at = k->names;
	for (uint32_t i = 0; i < k->n; i++) {
		size_t n = expand(s, &t, k->tokens, &at, name);
		if (n < 2)
			return PTK_E_BADFMT;
		int rc = fn(arg, name[0], name + 1, n - 1, address(s, k, i));
		if (rc < 0)
			return rc;
	}
	return 0;
}
