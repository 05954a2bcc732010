// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "collect.h"

static unsigned commas(const char *line)
{
	unsigned n = 0;
	bool quoted = false;
	for (; *line && *line != '\n'; line++) {
		quoted ^= *line == '"';
		n += *line == ',' && !quoted;
	}
	return n;
}

int main(void)
{
	struct text t;
	struct ptk_range range[] = {
		leaf(0x1000, 0x2000, 0x5000, RW | PTK_A_GLOBAL | PTK_A_DIRTY, 0),
		absent(0x10000, 0x1000, "a swap entry, perhaps"),
		unreadable(0x200000, 0x200000),
	};
	struct ptk_render_opts opts = {.region = region, .region_arg = (char[]){"a \"b\", c\x1b"}};
	const char *text = render(&t, "csv", &opts, range, 3);
	has_str(text, "\n0x1000,0x2fff,8192,leaf,0,PTE,4096,4096,0x5000,,rw-,---,write-back,0,global dirty,none,0,0,,\n",
		"a leaf");
	has_str(text, "\n0x10000,0x10fff,4096,not present,,,,,,,,,,,,,,,\"a \"\"b\"\", c?\",\"a swap entry, perhaps\"\n",
		"quotes and commas are quoted, control characters gone");
	unsigned want = commas(text), lines = 0;
	for (const char *p = text; *p; p = strchr(p, '\n') + 1, lines++)
		is_int(commas(p), want, "line %u has as many fields as the first", lines);
	is_int(lines, 4, "names and three ranges");
	range[0].repeat = true;
	range[0].attr.memidx = 3;
	has_str(render(&t, "csv", NULL, range, 1), ",0x5000,true,rw-,---,write-back,3,global dirty,none,",
		"a repeated page, and the raw selector of its memory type");
	return done();
}
