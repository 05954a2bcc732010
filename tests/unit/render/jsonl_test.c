// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "collect.h"

int main(void)
{
	struct text t, doc;
	struct ptk_range range[] = {leaf(0x1000, 0x2000, 0x5000, RW, 0), absent(0x10000, 0x1000, NULL)};
	is_str(render(&t, "jsonl", &(struct ptk_render_opts){.title = "t"}, NULL, 0), "", "no ranges, no text");
	char *first = t.buf, *second;
	render(&t, "jsonl", NULL, range, 2);
	render(&doc, "json", NULL, range, 2);
	second = strchr(first, '\n');
	ok(second && t.len && t.buf[t.len - 1] == '\n', "lines");
	*second++ = 0;
	t.buf[t.len - 1] = 0;
	ok(!strchr(second, '\n'), "one a range");
	ok(strstr(doc.buf, first) && strstr(doc.buf, second), "the same objects as in the document");
	return done();
}
