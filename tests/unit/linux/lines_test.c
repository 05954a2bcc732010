// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Lines of notes: written, and taken apart. */
#include "linux/lines.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void writing(void)
{
	struct lines t = {0};
	char big[1000];
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = 0;
	ptk_lines_put_(&t, "key=0x%x", 31);
	ptk_lines_rest_(&t, "a\nb\033c\177d \xc3\xa4");
	is_str(t.p, "key=0x1f a?b?c?d \xc3\xa4\n", "the rest of a line stays on it, and cannot steer a terminal");
	size_t n = t.len;
	ptk_lines_put_(&t, "%s", big);
	is_int(ptk_lines_write_(&t, "end", 2), 0, "as many bytes as are told");
	ok(t.len == n + 999 + 2 && strcmp(t.p + n + 999, "en") == 0 && !t.failed, "it grows");
	free(t.p);
}

static void reading(void)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {{"0x1f 0x0 name of it", true}, {"0xffffffffffffffff 0x2 ", true}, {"0x1f 0x0", false}, {"0x1f", false}, {"", false},
		{"1f 0x0 name", false}, {"0x 0x0 name", false}, {"0x-1 0x0 name", false}, {"0x1f  0x0 name", false}, {"0x1g 0x0 name", false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *s = rows[i].text;
		uint64_t v[2];
		is_int(ptk_lines_take_(&s, v, 2), rows[i].good, "two numbers: '%s'", rows[i].text);
	}
	const char *s = rows[0].text;
	uint64_t v[2] = {0, 9};
	ptk_lines_take_(&s, v, 2);
	ok(v[0] == 0x1f && v[1] == 0 && strcmp(s, "name of it") == 0, "their values, and what follows");
	ok(ptk_lines_clean_("") && ptk_lines_clean_("a b") && !ptk_lines_clean_("a\tb") && !ptk_lines_clean_("\177"), "control characters are seen");
}

int main(void)
{
	writing();
	reading();
	return done();
}
