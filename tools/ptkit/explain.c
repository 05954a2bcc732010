// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit explain: what the columns of the kernel's own page-table text mean. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "verb.h"

struct options {
	bool json;
};

static const struct opt option_rows[] = {
	{"--json", 'j', OPT_FLAG, NULL, "one JSON document", offsetof(struct options, json), NULL},
	{0},
};

#define INPUT_MAX ((size_t)64 << 20)

/* ---- the columns that all architectures have ---- */

/* The levels by their numbers, as the kernel names them; what each spans with 4K pages on 64 bits. */
static const char *const level_words[] = {
	"the last level: entries map pages of the smallest size",
	"one above the last level: entries map large pages (2M with 4K pages on 64 bits)",
	"two above the last level: entries map very large pages (1G with 4K pages on 64 bits)",
	"below the top level where there are five",
	"the top level",
};

static const char *level_means(const struct ptk_text_line *l)
{
	if (l->kind == PTK_NONE)
		return "nothing is mapped: entries of this level are empty";
	/* The top one is called so whatever is folded, and with short descriptors has 1M sections. */
	if (strcmp(l->name, "PGD") == 0 || strcmp(l->name, "pgd") == 0)
		return l->domain ? "the top level: entries map sections of 1M"
		                 : "the top level: entries map memory by themselves";
	return level_words[l->level];
}

static const char *domain_means(const struct ptk_text_line *l)
{
	static const struct {
		const char *name, *means;
	} domains[] = {
		{"KERNEL", "domain 0: the kernel's own memory"},
		{"USER", "domain 1: memory of processes"},
		{"IO", "domain 2: devices"},
		{"VECTORS", "domain 3: exception vectors"},
	};
	for (size_t i = 0; i < sizeof domains / sizeof *domains; i++)
		if (strcmp(domains[i].name, l->domain) == 0)
			return domains[i].means;
	return "a domain that Linux has no name for";
}

/* One by one: range, size, address, level, domain, then the attributes. False past the last. */
static bool column_at(const struct ptk_text *t, const struct ptk_text_line *l, size_t i, struct ptk_text_column *out)
{
	if (l->name && i-- == 0) {
		*out = (struct ptk_text_column){l->name, "level", level_means(l)};
		return true;
	}
	if (l->domain && i-- == 0) {
		*out = (struct ptk_text_column){l->domain, "domain", domain_means(l)};
		return true;
	}
	return ptk_text_explain(t, l, i, out);
}

/* ---- text ---- */

static void heading(struct out *o, const struct paint *p, const struct ptk_text *t, const struct ptk_text_line *l)
{
	int digits = ptk_text_info(t)->va_width / 4;
	uint64_t end = l->last + 1;
	char size[24];
	ptk_render_size(l->size, size);
	if (digits == 8)
		end &= UINT32_MAX;
	out_format(o, "%s0x%0*" PRIx64 "-0x%0*" PRIx64 " %s", p->bold, digits, l->first, digits, end, size);
	if (l->name)
		out_format(o, " %s", l->name);
	if (l->domain)
		out_format(o, " %s", l->domain);
	for (size_t i = 0; i < l->nwords; i++) {
		out_text(o, " ");
		out_foreign(o, l->word[i]);
	}
	out_format(o, "%s  (%s", p->off, ptk_text_info(t)->arch);
	if (l->marker) {
		out_text(o, ", ");
		out_foreign(o, ptk_text_info(t)->marker[l->marker - 1].name);
	}
	out_text(o, ")\n");
}

static void column(struct out *o, const struct paint *p, const struct ptk_text_column *c, int wide)
{
	const char *dim = *c->word ? "" : p->dim;
	out_format(o, "  %s", dim);
	out_foreign(o, c->word);
	out_pad(o, strlen(c->word), (size_t)wide + 1);
	out_format(o, " %-14s  %s%s\n", c->title, c->means, *c->word ? "" : p->off);
}

static const char *allowed(const char *rights, char buf[32])
{
	char *p = buf;
	static const char *const word[] = {"read", "write", "execute"};
	*p = 0;
	for (int i = 0; i < 3; i++)
		if (rights[i] != '-')
			p += sprintf(p, "%s%s", p == buf ? "" : ", ", word[i]);
	return *buf ? buf : "do nothing";
}

static void summary(struct out *o, const struct paint *p, const struct ptk_text_line *l)
{
	char rights[8], kernel[32], user[32];
	if (l->kind != PTK_LEAF) {
		out_format(o, "  %sIn short: %s.%s\n", p->cyan,
		           l->kind == PTK_NONE ? "nothing is mapped here" : "any access faults", p->off);
		return;
	}
	ptk_render_rights(&l->attr, rights);
	out_format(o, "  %sIn short: the kernel may %s; user code may %s", p->cyan, allowed(rights, kernel),
	           allowed(rights + 4, user));
	if (l->attr.mem != PTK_MEM_UNKNOWN)
		out_format(o, "; memory type %s", ptk_memtype_name((enum ptk_memtype)l->attr.mem));
	out_format(o, ".%s\n", p->off);
}

static void explain_text(struct out *o, const struct ptk_text *t, const struct ptk_text_line *l)
{
	const struct paint *p = out_paint();
	struct ptk_text_column c;
	int wide = 12;
	char means[160], size[24];
	for (size_t i = 0; column_at(t, l, i, &c); i++)
		wide = (int)strlen(c.word) > wide ? (int)strlen(c.word) : wide;
	heading(o, p, t, l);
	snprintf(means, sizeof means, "from 0x%" PRIx64 " to 0x%" PRIx64 ", the last byte; the text names the one after it",
	         l->first, l->last);
	column(o, p, &(struct ptk_text_column){"0x...-0x...", "addresses", means}, wide);
	ptk_render_size(l->size, size);
	snprintf(means, sizeof means, "%" PRIu64 " bytes", l->size);
	column(o, p, &(struct ptk_text_column){size, "size", means}, wide);
	if (l->pa != PTK_NO_PA) {
		snprintf(means, sizeof means, "0x%" PRIx64 ", of the first page; those after it may lie elsewhere", l->pa);
		column(o, p, &(struct ptk_text_column){"0x...", "physical", means}, wide);
	}
	for (size_t i = 0; column_at(t, l, i, &c); i++)
		column(o, p, &c, wide);
	summary(o, p, l);
}

/* ---- JSON ---- */

static void explain_json(struct json *j, const struct ptk_text *t, const struct ptk_text_line *l)
{
	struct ptk_text_column c;
	char rights[8];
	json_begin(j, NULL, '{');
	json_number(j, "line", l->number);
	json_text(j, "marker", l->marker ? ptk_text_info(t)->marker[l->marker - 1].name : NULL);
	json_hex(j, "first", l->first);
	json_hex(j, "last", l->last);
	json_number(j, "size", (int64_t)l->size);
	if (l->pa != PTK_NO_PA)
		json_hex(j, "pa", l->pa);
	json_text(j, "level", l->name);
	json_text(j, "kind", ptk_kind_name((enum ptk_kind)l->kind));
	if (l->kind == PTK_LEAF) {
		ptk_render_rights(&l->attr, rights);
		json_text(j, "user", rights + 4);
		rights[3] = 0;
		json_text(j, "kernel", rights);
		json_text(j, "memory",
		          l->attr.mem == PTK_MEM_UNKNOWN ? NULL : ptk_memtype_name((enum ptk_memtype)l->attr.mem));
	}
	json_begin(j, "columns", '[');
	for (size_t i = 0; column_at(t, l, i, &c); i++) {
		json_begin(j, NULL, '{');
		json_text(j, "word", c.word);
		json_text(j, "column", c.title);
		json_text(j, "means", c.means);
		json_end(j, '{');
	}
	json_end(j, '[');
	json_end(j, '{');
}

/* ---- the verb ---- */

/* Operands to lines: what looks like the start of a line starts one, so that a line need not be quoted. */
static char *join(const struct call *c)
{
	size_t size = 1, n = 0;
	for (int i = 0; i < c->nargs; i++)
		size += strlen(c->arg[i]) + 1;
	char *text = malloc(size);
	for (int i = 0; text && i < c->nargs; i++) {
		bool starts = strstr(c->arg[i], "-0x") || strstr(c->arg[i], "---[");
		if (i)
			text[n++] = starts ? '\n' : ' ';
		memcpy(text + n, c->arg[i], strlen(c->arg[i]));
		n += strlen(c->arg[i]);
	}
	if (text)
		text[n] = 0;
	return text;
}

static int explain(struct call *c, const struct ptk_text *t)
{
	const struct options *o = c->opts;
	const struct ptk_text_info *ti = ptk_text_info(t);
	struct json j = {.out = c->out};
	if (o->json) {
		json_begin(&j, NULL, '{');
		json_text(&j, "arch", ti->arch);
		json_begin(&j, "lines", '[');
	}
	for (size_t i = 0; i < ti->nlines && !c->out->failed; i++) {
		if (o->json)
			explain_json(&j, t, &ti->line[i]);
		else
			explain_text(c->out, t, &ti->line[i]);
		if (!o->json && i + 1 < ti->nlines)
			out_text(c->out, "\n");
	}
	if (o->json) {
		json_end(&j, '[');
		json_end(&j, '{');
	}
	for (size_t i = 0; i < ti->nbad; i++)
		note("line %" PRIu32 ": %s", ti->bad[i].number, ti->bad[i].why);
	return ti->total_bad ? EXIT_PARTS : EXIT_DONE;
}

static int run(struct call *c)
{
	char *text = NULL;
	size_t size = 0;
	struct ptk_text *t = NULL;
	struct ptk_err err = {0};
	int rc = 0;
	if (c->nargs) {
		text = join(c);
		size = text ? strlen(text) : 0;
	} else {
		rc = file_read("-", INPUT_MAX, &text, &size);
	}
	if (!rc) {
		rc = text ? ptk_text_parse(text, size, &t, &err) : PTK_E_NOMEM;
		rc = rc < 0 ? fail_err(rc, &err) : explain(c, t);
	}
	ptk_text_free(t);
	free(text);
	return rc;
}

static const struct example examples[] = {
	{"ptkit explain '0xc0100000-0xc0700000 6M ro x SHD'", "one line, from a bug report"},
	{"ptkit dump vmcore | head | ptkit explain", "the first lines of a dump"},
	{"ptkit explain --json < kernel_page_tables | jq '.lines[0].columns'", "for programs"},
	{0},
};

const struct verb verb_explain = {
	.name = "explain",
	.summary = "what the columns of the kernel's page-table text mean",
	.operands = "[LINE...]",
	.min_args = 0,
	.max_args = -1,
	.about = "Says in words what each column of a line of kernel_page_tables or page_tables/* means, and what the "
	         "line comes to. Lines may be of any architecture and kernel version, with what a log puts before them; "
	         "they come as operands or, without any, on standard input. A column left blank is told of where that "
	         "says something.\n"
	         "\n"
	         "Lines that cannot be read are named on standard error, and the exit status is 4.",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.colours = true,
	.run = run,
};
