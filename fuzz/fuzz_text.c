// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The kernel's text read back: any bytes end in lines that make sense, and in tables like them, or in a sentence. */
#include <ptkit/like.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const struct ptk_text *t, const struct ptk_text_line *l)
{
	struct ptk_text_column c;
	size_t n = 0;
	if (l->last < l->first || l->size != l->last - l->first + 1)
		abort();
	if (l->kind != PTK_LEAF && l->attr.flags)
		abort();
	while (ptk_text_explain(t, l, n, &c)) {
		if (!c.word || !c.title[0] || !c.means[0])
			abort();
		n++;
	}
	if (n < l->nwords)
		abort();
	(void)ptk_text_region(t, l->first);
}

/* Tables like it, or a sentence. That they print it again is checked before they count as made. */
static void make_like(const struct ptk_text *t)
{
	struct ptk_like_opts opts = {.max_tables = 64};
	struct ptk_like *like = NULL;
	struct ptk_err err = {0};
	int rc = ptk_like_new(t, &opts, &like, &err);
	if (rc < 0 ? !err.msg[0] || like != NULL : !ptk_like_info(like)->tables)
		abort();
	ptk_like_free(like);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ptk_text *t = NULL;
	struct ptk_err err = {0};
	struct ptk_regime r;
	int rc = ptk_text_parse((const char *)data, size, &t, &err);
	if (rc < 0) {
		if (!err.msg[0] || t)
			abort();
		return 0;
	}
	const struct ptk_text_info *ti = ptk_text_info(t);
	for (size_t i = 0; i < ti->nlines; i++)
		check_line(t, &ti->line[i]);
	for (size_t i = 0; i < ti->nmarkers; i++)
		if (!ti->marker[i].name || ti->marker[i].line > ti->nlines)
			abort();
	if (ptk_text_regime(t, &r, &err) < 0)
		abort();
	make_like(t);
	ptk_text_free(t);
	return 0;
}
