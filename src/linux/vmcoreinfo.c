// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/vmcoreinfo.h"

#include <string.h>

#include "base/bits.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool ptk_vmcoreinfo_parse_(const void *data, size_t len, struct lx_vmcoreinfo *out)
{
	static const char first[] = "OSRELEASE=";
	const char *text = data;
	if (len > LX_VMCOREINFO_MAX)
		len = LX_VMCOREINFO_MAX;
	if (len <= sizeof first || memcmp(text, first, sizeof first - 1) != 0 || !is_digit(text[sizeof first - 1]))
		return false;
	size_t end = 0, n;
	for (n = 0; n < len && (text[n] == '\n' || (text[n] >= ' ' && text[n] <= '~')); n++)
		if (text[n] == '\n')
			end = n + 1;
	if (end == 0)
		return false;
	*out = (struct lx_vmcoreinfo){.text = text, .len = end};
	return true;
}

/* Does the line start with KIND(NAME)= or NAME=? Returns the length of that, or 0. */
static size_t key_length(const char *line, size_t len, const char *kind, const char *name)
{
	size_t n = 0, k = kind ? strlen(kind) : 0, m = strlen(name);
	if (kind) {
		if (len <= k || memcmp(line, kind, k) != 0 || line[k] != '(')
			return 0;
		n = k + 1;
	}
	if (len - n <= m || memcmp(line + n, name, m) != 0)
		return 0;
	n += m;
	if (kind && line[n++] != ')')
		return 0;
	return n < len && line[n] == '=' ? n + 1 : 0;
}

bool ptk_vmcoreinfo_get_(const struct lx_vmcoreinfo *vi, const char *kind, const char *name, const char **value,
                         size_t *len)
{
	const char *line = vi->text, *end = vi->text + vi->len;
	while (line < end) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));
		if (!nl)
			return false;
		size_t n = key_length(line, (size_t)(nl - line), kind, name);
		if (n) {
			*value = line + n;
			*len = (size_t)(nl - line) - n;
			return true;
		}
		line = nl + 1;
	}
	return false;
}

static int digit_value(char c, unsigned base)
{
	int v = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
	return v >= 0 && (unsigned)v < base ? v : -1;
}

/* All of s is one number that fits 64 bits. */
static bool to_number(const char *s, size_t len, unsigned base, uint64_t *out)
{
	uint64_t v = 0;
	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		int d = digit_value(s[i], base);
		if (d < 0 || !mul_ok(v, base, &v) || !add_ok(v, (uint64_t)d, &v))
			return false;
	}
	*out = v;
	return true;
}

bool ptk_vmcoreinfo_symbol_(const struct lx_vmcoreinfo *vi, const char *name, uint64_t *va)
{
	const char *s;
	size_t len;
	return ptk_vmcoreinfo_get_(vi, "SYMBOL", name, &s, &len) && to_number(s, len, 16, va);
}

bool ptk_vmcoreinfo_number_(const struct lx_vmcoreinfo *vi, const char *name, uint64_t *value)
{
	const char *s;
	size_t len;
	if (!ptk_vmcoreinfo_get_(vi, "NUMBER", name, &s, &len))
		return false;
	if (len > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		return to_number(s + 2, len - 2, 16, value);
	bool minus = len > 0 && s[0] == '-';
	uint64_t v;
	if (!to_number(s + minus, len - minus, 10, &v) || (minus && v > BIT(63)))
		return false;
	*value = minus ? 0 - v : v;
	return true;
}

bool ptk_vmcoreinfo_decimal_(const struct lx_vmcoreinfo *vi, const char *kind, const char *name, uint64_t *value)
{
	const char *s;
	size_t len;
	return ptk_vmcoreinfo_get_(vi, kind, name, &s, &len) && to_number(s, len, 10, value);
}

bool ptk_vmcoreinfo_kerneloffset_(const struct lx_vmcoreinfo *vi, uint64_t *value)
{
	const char *s;
	size_t len;
	return ptk_vmcoreinfo_get_(vi, NULL, "KERNELOFFSET", &s, &len) && to_number(s, len, 16, value);
}

bool ptk_vmcoreinfo_config_(const struct lx_vmcoreinfo *vi, const char *name)
{
	const char *s;
	size_t len;
	return ptk_vmcoreinfo_get_(vi, NULL, name, &s, &len) && len == 1 && s[0] == 'y';
}
