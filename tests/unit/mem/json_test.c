// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* RFC 8259 by its own grammar: what is a document, what is none, and what is in it. */
#include "mem/json.h"

#include <stdlib.h>

#include "lib/tap.h"

static struct ptk_json j;

static int parse(const char *text)
{
	/* In memory of just that size: what lies behind is found by the sanitizer. */
	size_t n = strlen(text);
	char *copy = malloc(n ? n : 1);
	memcpy(copy, text, n);
	int r = ptk_json_parse_(&j, copy, n);
	free(copy);
	return r;
}

static void good(void)
{
	static const char *const texts[] = {
		"0", "-0", "12", "-1.5e+7", "1E9", "0.0", "true", "false", "null", "\"\"", "[]", "{}", " [ ] ", "\t{\r\n}", "[[],{},[{}]]",
		"[1,2,3]", "{\"a\":{\"b\":[null]}}", "\"\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "[\"\x7f\xff\"]", "{\"\":0}",
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		is_int(parse(texts[i]), 0, "document %zu", i);
}

static void bad(void)
{
	static const char *const texts[] = {
		"", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{1:2}", "{\"a\" 1}",
		"01", "-", "-a", "1.", ".5", "1e", "1e+", "+1", "0x10", "tru", "nul", "True", "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"",
		"\"\\u12g4\"", "\"\n\"", "\"\x01\"", "1 2", "[] []", "[}", "{]", "{\"a\":1]", "nan", "'a'", "\\", "[\"\\", "{\"a\\",
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		is_int(parse(texts[i]), PTK_E_BADFMT, "no document: %zu", i);
		is_int(j.n, 0, "and nothing in it");
	}
}

static void limits(void)
{
	static char deep[200001], many[1200001];
	memset(deep, '[', sizeof deep - 1);
	is_int(parse(deep), PTK_E_LIMIT, "100000 deep");
	memset(deep + 64, ']', 64);
	deep[128] = 0;
	is_int(parse(deep), 0, "64 deep");
	many[0] = '[';
	for (size_t i = 1; i + 2 < sizeof many; i += 2)
		memcpy(many + i, "0,", 2);
	memcpy(many + sizeof many - 3, "0]", 3);
	is_int(parse(many), PTK_E_LIMIT, "600000 values");
	is_int(parse("[1]"), 0, "and it can be used again");
}

static void values(void)
{
	static const char text[] = "{\"a\": [10, {\"x\": \"in\"}, [], true], \"b\\n\": 1, \"s\": \"\\u00e9 \\ud83d\\ude00 \\ud83d \\u0000.\\n\", "
				   "\"n\": 18446744073709551615, \"m\": 18446744073709551616, \"neg\": -1, \"f\": 1.0, \"a\": 2}";
	uint64_t v = 7;
	is_int(ptk_json_parse_(&j, text, strlen(text)), 0, "an object");
	uint32_t a = ptk_json_get_(&j, 0, "a"), e = ptk_json_first_(&j, a);
	ok(ptk_json_u64_(&j, e, &v) && v == 10, "the first of an array; the first of two names counts");
	e = ptk_json_after_(&j, a, e);
	char *s = ptk_json_string_(&j, ptk_json_get_(&j, e, "x"));
	is_str(s, "in", "an object in it");
	free(s);
	e = ptk_json_after_(&j, a, e);
	is_int(ptk_json_first_(&j, e), 0, "an empty array has no first");
	e = ptk_json_after_(&j, a, e);
	ok(ptk_json_true_(&j, e) && ptk_json_after_(&j, a, e) == 0, "the last of an array");
	s = ptk_json_string_(&j, ptk_json_get_(&j, 0, "s"));
	is_str(s, "\xc3\xa9 \xf0\x9f\x98\x80 \xef\xbf\xbd \xef\xbf\xbd.\n", "escapes; half a pair and NUL are no characters");
	free(s);
	char few[3];
	ptk_json_copy_(&j, ptk_json_get_(&j, 0, "s"), few, sizeof few);
	is_str(few, "\xc3\xa9", "cut to a buffer");
	ptk_json_copy_(&j, ptk_json_get_(&j, 0, "nothing"), few, sizeof few);
	is_str(few, "", "what is not there is empty");
	ok(ptk_json_u64_(&j, ptk_json_get_(&j, 0, "n"), &v) && v == UINT64_MAX, "2^64 - 1");
	ok(!ptk_json_u64_(&j, ptk_json_get_(&j, 0, "m"), &v) && !ptk_json_u64_(&j, ptk_json_get_(&j, 0, "neg"), &v) &&
	           !ptk_json_u64_(&j, ptk_json_get_(&j, 0, "f"), &v) && !ptk_json_u64_(&j, a, &v) && v == UINT64_MAX,
	   "2^64, -1, 1.0 and an array are no such numbers");
	ok(!ptk_json_get_(&j, a, "a") && !ptk_json_get_(&j, 0, "b") && !ptk_json_string_(&j, a) && !ptk_json_true_(&j, a) &&
	           !ptk_json_first_(&j, 0),
	   "other kinds have nothing");
}

int main(void)
{
	good();
	bad();
	limits();
	values();
	ptk_json_free_(&j);
	return done();
}
