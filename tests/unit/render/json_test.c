// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "collect.h"

int main(void)
{
	struct text t;
	struct ptk_render_opts opts = {
		.title = "a \"title\"\\", .region = region, .region_arg = (char[]){"tab\tquote\"\xe9"}};
	is_str(render(&t, "json", NULL, NULL, 0), "{\n  \"regime\": \"x86-64\",\n  \"ranges\": []\n}\n", "no ranges");
	has_str(render(&t, "json", &opts, NULL, 0), "\"title\": \"a \\\"title\\\"\\\\\"", "a title, escaped");

	struct ptk_range range[] = {
		leaf(0x1000, 0x2000, 0x5000, RW | PTK_A_GLOBAL | PTK_A_DIRTY, 0),
		absent(0x10000, 0x1000, "swap"),
		unreadable(0x200000, 0x200000),
		leaf(0, 0, 0, RW, 3),
	};
	const char *text = render(&t, "json", &opts, range, 3);
	has_str(text,
		"{\"first\": \"0x1000\", \"last\": \"0x2fff\", \"size\": 8192, \"kind\": \"leaf\", \"level\": 0, "
		"\"entry\": \"PTE\", "
		"\"page\": 4096, \"run\": 4096, \"pa\": \"0x5000\", \"kernel\": \"rw-\", \"user\": \"---\", "
		"\"memory\": \"write-back\", \"flags\": [\"global\", \"dirty\"], \"share\": \"none\", \"index\": 0, "
		"\"key\": 0, "
		"\"software\": 0, \"region\": null},\n",
		"a leaf, without a region");
	has_str(text,
		"{\"first\": \"0x10000\", \"last\": \"0x10fff\", \"size\": 4096, \"kind\": \"not present\", \"why\": "
		"\"swap\", "
		"\"region\": \"tab\\u0009quote\\\"\\u00e9\"},\n",
		"not present; foreign text is escaped, and valid whatever its bytes");
	has_str(text, "\"kind\": \"unreadable\", \"why\": null, \"region\": \"tab", "unreadable");
	has_str(text, "}\n  ]\n}\n", "the end");
	has_str(render(&t, "json", NULL, &range[3], 1),
		"\"last\": \"0xffffffffffffffff\", \"size\": 18446744073709551616,", "all 64 bits");
	range[0].repeat = true;
	has_str(render(&t, "json", NULL, range, 1), "\"memory\": \"write-back\", \"repeat\": true, \"flags\"",
		"a repeated page");
	ok(!strstr(t.buf, "region"), "without a region function there is no such member");
	return done();
}
