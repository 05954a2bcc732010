// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Whether the text that was given comes back from the tables that were made. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "linux/like.h"
#include "linux/lines.h"

struct printed {
	struct lines text;
	size_t most;
};

static int append(void *arg, const char *s, size_t n)
{
	struct printed *t = arg;
	return t->text.len + n > t->most ? PTK_E_LIMIT : ptk_lines_write_(&t->text, s, n);
}

static bool same_name(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_line(const struct ptk_text_line *a, const struct ptk_text_line *b)
{
	bool same = a->first == b->first && a->last == b->last && a->pa == b->pa && a->marker == b->marker &&
	            same_name(a->name, b->name) && same_name(a->domain, b->domain) && a->nwords == b->nwords;
	for (unsigned i = 0; same && i < a->nwords; i++)
		same = strcmp(a->word[i], b->word[i]) == 0;
	return same;
}

static int compare(const struct ptk_like *k, const struct ptk_text_info *got, struct ptk_err *err)
{
	const struct ptk_text_info *want = k->ti;
	size_t i = 0;
	while (i < want->nlines && i < got->nlines && same_line(&want->line[i], &got->line[i]))
		i++;
	if (i < want->nlines && i < got->nlines)
		return ptk_like_refuse_(k, i, err,
		                        "Linux %s prints no table like this; nearest to it are %llu bytes at 0x%llx%s",
		                        k->release, (unsigned long long)got->line[i].size, (unsigned long long)got->line[i].first,
		                        got->line[i].marker != want->line[i].marker ? ", under another marker" : "");
	if (i < want->nlines)
		return ptk_like_refuse_(k, i, err, "Linux %s prints nothing of it", k->release);
	if (i < got->nlines)
		return ptk_like_refuse_(k, i - 1, err, "Linux %s prints more after it, from 0x%llx on", k->release,
		                        (unsigned long long)got->line[i].first);
	for (i = 0; i < want->ngaps; i++)
		if (i >= got->ngaps || want->gap[i].line != got->gap[i].line)
			return ptk_err_set_(err, PTK_E_NOTSUP, "line %u: Linux %s leaves nothing out there",
			                    want->gap[i].number, k->release);
	for (i = 0; i < want->nmarkers && i < got->nmarkers; i++)
		if (strcmp(want->marker[i].name, got->marker[i].name) != 0 || want->marker[i].line != got->marker[i].line)
			break;
	if (i < want->nmarkers || i < got->nmarkers)
		return ptk_err_set_(err, PTK_E_NOTSUP, "line %u: Linux %s prints no markers like these",
		                    want->marker[i < want->nmarkers ? i : want->nmarkers - 1].number, k->release);
	return 0;
}

int ptk_like_check_(struct ptk_like *k, struct ptk_err *err)
{
	/* Twice what was given, and a little: more of it would be another text anyway. */
	struct printed t = {.most = (k->ti->nlines + k->ti->nmarkers) * 400 + 4096};
	struct ptk_linux *lx = NULL;
	struct ptk_text *got = NULL;
	int rc = ptk_linux_new(k->mem, &k->info.about, &lx, err);
	if (rc == 0)
		rc = ptk_linux_ptdump(lx, PTK_TABLE_KERNEL, &(struct ptk_ptdump_opts){0}, append, &t, NULL, err);
	if (rc == 0)
		rc = ptk_text_parse(t.text.p, t.text.len, &got, err);
	if (rc == 0)
		rc = compare(k, ptk_text_info(got), err);
	else if (rc == PTK_E_LIMIT || rc == PTK_E_BADFMT)
		rc = ptk_err_set_(err, PTK_E_NOTSUP, "Linux %s prints another text of such tables", k->release);
	ptk_text_free(got);
	ptk_linux_close(lx);
	free(t.text.p);
	return rc;
}
