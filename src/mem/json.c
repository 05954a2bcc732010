// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/json.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 64
#define MAX_NODES (UINT32_C(1) << 18)

struct parser {
	struct ptk_json *j;
	const char *p, *end;
	uint32_t open[MAX_DEPTH]; /* the containers that are not closed yet */
	size_t depth;
};

static void blanks(struct parser *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool next_is(struct parser *s, char c)
{
	blanks(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* A node whose text begins here and is len bytes long. */
static int add(struct parser *s, enum ptk_json_kind kind, const char *at, size_t len)
{
	struct ptk_json *j = s->j;
	if (j->n == j->room) {
		if (j->n == MAX_NODES)
			return PTK_E_LIMIT;
		uint32_t room = j->room ? 2 * j->room : 64;
		struct ptk_json_node *more = realloc(j->node, room * sizeof *more);
		if (!more)
			return PTK_E_NOMEM;
		j->node = more;
		j->room = room;
	}
	j->node[j->n] = (struct ptk_json_node){kind, (uint32_t)(at - j->text), (uint32_t)len, j->n + 1};
	j->n++;
	return 0;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hexadecimal digits, or -1. */
static int unit(const char *p, const char *end)
{
	int v = 0;
	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		if (digit(p[i]) < 0)
			return -1;
		v = v << 4 | digit(p[i]);
	}
	return v;
}

/* How long an escape is, or 0 if it is none. */
static size_t escape(const char *p, const char *end)
{
	if (end - p < 2)
		return 0;
	if (p[1] == 'u')
		return unit(p + 2, end) < 0 ? 0 : 6;
	return p[1] && strchr("\"\\/bfnrt", p[1]) ? 2 : 0;
}

static int string(struct parser *s)
{
	const char *from = s->p;
	while (s->p < s->end && *s->p != '"') {
		size_t n = *s->p == '\\' ? escape(s->p, s->end) : (unsigned char)*s->p >= ' ';
		if (n == 0)
			return PTK_E_BADFMT;
		s->p += n;
	}
	if (s->p == s->end)
		return PTK_E_BADFMT;
	return add(s, PTK_JSON_STRING, from, (size_t)(s->p++ - from));
}

static bool digits(struct parser *s)
{
	const char *from = s->p;
	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from;
}

static int number(struct parser *s)
{
	const char *from = s->p;
	s->p += *s->p == '-';
	const char *first = s->p;
	bool good = digits(s) && (*first != '0' || s->p - first == 1);
	if (good && s->p < s->end && *s->p == '.') {
		s->p++;
		good = digits(s);
	}
	if (good && s->p < s->end && (*s->p | 0x20) == 'e') {
		s->p++;
		s->p += s->p < s->end && (*s->p == '+' || *s->p == '-');
		good = digits(s);
	}
	return good ? add(s, PTK_JSON_NUMBER, from, (size_t)(s->p - from)) : PTK_E_BADFMT;
}

static int word(struct parser *s)
{
	static const struct {
		const char *text;
		enum ptk_json_kind kind;
	} words[] = {{"true", PTK_JSON_BOOL}, {"false", PTK_JSON_BOOL}, {"null", PTK_JSON_NULL}};
	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(words[i].text);
		if ((size_t)(s->end - s->p) >= n && memcmp(s->p, words[i].text, n) == 0) {
			s->p += n;
			return add(s, words[i].kind, s->p - n, n);
		}
	}
	return PTK_E_BADFMT;
}

/* "name": */
static int name(struct parser *s)
{
	int r = next_is(s, '"') ? string(s) : PTK_E_BADFMT;
	return r == 0 && !next_is(s, ':') ? PTK_E_BADFMT : r;
}

/* A value, or the start of one that holds others. */
static int value(struct parser *s)
{
	blanks(s);
	if (s->p == s->end)
		return PTK_E_BADFMT;
	bool object = *s->p == '{';
	if (!object && *s->p != '[')
		return *s->p == '"' ? (s->p++, string(s)) : *s->p == '-' || (*s->p >= '0' && *s->p <= '9') ? number(s) : word(s);
	if (s->depth == MAX_DEPTH)
		return PTK_E_LIMIT;
	s->open[s->depth++] = s->j->n;
	s->p++;
	int r = add(s, object ? PTK_JSON_OBJECT : PTK_JSON_ARRAY, s->p - 1, 1);
	if (r < 0)
		return r;
	/* An empty one is closed where a value has ended; else its first value is next. */
	blanks(s);
	if (s->p < s->end && *s->p == (object ? '}' : ']'))
		return 0;
	r = object ? name(s) : 0;
	return r < 0 ? r : 1;
}

/* After a value: close what ends here. 1: another value follows; 0: the document has ended. */
static int close_or_go_on(struct parser *s)
{
	while (s->depth) {
		struct ptk_json_node *in = &s->j->node[s->open[s->depth - 1]];
		bool object = in->kind == PTK_JSON_OBJECT;
		if (next_is(s, ',')) {
			int r = object ? name(s) : 0;
			return r < 0 ? r : 1;
		}
		if (!next_is(s, object ? '}' : ']'))
			return PTK_E_BADFMT;
		in->next = s->j->n;
		in->len = (uint32_t)(s->p - s->j->text) - in->at;
		s->depth--;
	}
	return 0;
}

int ptk_json_parse_(struct ptk_json *j, const char *text, size_t len)
{
	struct parser s = {.j = j, .p = text, .end = text + len};
	int r = len > INT32_MAX ? PTK_E_LIMIT : 1;
	j->text = text;
	j->n = 0;
	while (r == 1) {
		r = value(&s);
		if (r == 0)
			r = close_or_go_on(&s);
	}
	blanks(&s);
	if (r == 0 && s.p != s.end)
		r = PTK_E_BADFMT;
	if (r < 0)
		j->n = 0;
	return r;
}

void ptk_json_free_(struct ptk_json *j)
{
	free(j->node);
	*j = (struct ptk_json){0};
}

/* ---- looking things up ---- */

static bool is(const struct ptk_json *j, uint32_t at, enum ptk_json_kind kind)
{
	return at < j->n && j->node[at].kind == kind;
}

uint32_t ptk_json_get_(const struct ptk_json *j, uint32_t object, const char *want)
{
	size_t len = strlen(want);
	if (!is(j, object, PTK_JSON_OBJECT))
		return 0;
	/* Names that need escapes are not asked for. */
	for (uint32_t i = object + 1; i < j->node[object].next; i = j->node[i + 1].next)
		if (j->node[i].len == len && memcmp(j->text + j->node[i].at, want, len) == 0)
			return i + 1;
	return 0;
}

uint32_t ptk_json_first_(const struct ptk_json *j, uint32_t array)
{
	return is(j, array, PTK_JSON_ARRAY) && j->node[array].next > array + 1 ? array + 1 : 0;
}

uint32_t ptk_json_after_(const struct ptk_json *j, uint32_t array, uint32_t at)
{
	return j->node[at].next < j->node[array].next ? j->node[at].next : 0;
}

bool ptk_json_u64_(const struct ptk_json *j, uint32_t at, uint64_t *out)
{
	uint64_t v = 0;
	if (!is(j, at, PTK_JSON_NUMBER))
		return false;
	for (uint32_t i = 0; i < j->node[at].len; i++) {
		char c = j->text[j->node[at].at + i];
		if (c < '0' || c > '9' || __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(c - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

bool ptk_json_true_(const struct ptk_json *j, uint32_t at)
{
	return is(j, at, PTK_JSON_BOOL) && j->node[at].len == 4;
}

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 63));
		*to++ = (char)(0x80 | (c & 63));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 63));
		*to++ = (char)(0x80 | (c >> 6 & 63));
		*to++ = (char)(0x80 | (c & 63));
	}
	return to;
}

/* The character of an escape at *p, which moves behind it. Halves of pairs that stand alone are no characters. */
static uint32_t unescape(const char **p, const char *end)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *e = *p + 2;
	if ((*p)[1] != 'u') {
		*p = e;
		return (uint8_t)to[strchr(from, e[-1]) - from];
	}
	uint32_t c = (uint32_t)unit(e, end);
	*p = e += 4;
	if (c >= 0xd800 && c < 0xdc00 && end - e >= 6 && e[0] == '\\' && e[1] == 'u') {
		uint32_t low = (uint32_t)unit(e + 2, end);
		if (low >= 0xdc00 && low < 0xe000) {
			*p = e + 6;
			return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	return c == 0 || (c >= 0xd800 && c < 0xe000) ? 0xfffd : c;
}

char *ptk_json_string_(const struct ptk_json *j, uint32_t at)
{
	if (!is(j, at, PTK_JSON_STRING))
		return NULL;
	const char *p = j->text + j->node[at].at, *end = p + j->node[at].len;
	/* No escape is shorter than its character. */
	char *out = malloc((size_t)(end - p) + 1), *to = out;
	while (out && p < end) {
		if (*p != '\\')
			*to++ = *p++;
		else
			to = put_utf8(to, unescape(&p, end));
	}
	if (out)
		*to = 0;
	return out;
}

void ptk_json_copy_(const struct ptk_json *j, uint32_t at, char *buf, size_t size)
{
	char *s = ptk_json_string_(j, at);
	size_t n = s ? strlen(s) : 0;
	n = n < size ? n : size - 1;
	if (s)
		memcpy(buf, s, n);
	buf[n] = 0;
	free(s);
}
