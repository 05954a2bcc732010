// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/lines.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

static bool make_room(struct lines *t, size_t more)
{
	if (t->failed || t->room - t->len > more)
		return !t->failed;
	size_t room = (t->room + more + 1) * 2;
	char *p = realloc(t->p, room);
	t->failed = !p;
	if (p) {
		t->p = p;
		t->room = room;
	}
	return p;
}

void ptk_lines_put_(struct lines *t, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0 && make_room(t, (size_t)n))
		t->len += (size_t)vsnprintf(t->p + t->len, t->room - t->len, fmt, again);
	va_end(again);
	va_end(ap);
}

static bool is_clean(char c)
{
	return (unsigned char)c >= ' ' && c != 127;
}

void ptk_lines_rest_(struct lines *t, const char *s)
{
	size_t at = t->len;
	ptk_lines_put_(t, " %s", s);
	for (; at < t->len; at++)
		if (!is_clean(t->p[at]))
			t->p[at] = '?';
	ptk_lines_put_(t, "\n");
}

int ptk_lines_write_(void *lines, const char *text, size_t len)
{
	struct lines *t = lines;
	if (!make_room(t, len))
		return PTK_E_NOMEM;
	memcpy(t->p + t->len, text, len);
	t->len += len;
	t->p[t->len] = 0;
	return 0;
}

/* ---- reading ---- */

bool ptk_lines_take_(const char **s, uint64_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *end;
		if ((*s)[0] != '0' || (*s)[1] != 'x' || !isxdigit((unsigned char)(*s)[2]))
			return false;
		out[i] = strtoull(*s + 2, &end, 16);
		if (*end != ' ')
			return false;
		*s = end + 1;
	}
	return true;
}

bool ptk_lines_clean_(const char *line)
{
	while (*line && is_clean(*line))
		line++;
	return !*line;
}
