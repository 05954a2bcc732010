// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit find: who maps these physical addresses. All questions are read first, then every table is walked once. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "found.h"
#include "views.h"

#define INPUT_MAX (UINT64_C(256) << 20)

struct options {
	struct linux_opts lx;
	struct table_opts table;
	unsigned format;
	bool json;
};

static const struct opt option_rows[] = {
	{"--format", 'f', OPT_CHOICE, "NAME", "how to say it", offsetof(struct options, format), found_format_name},
	{"--json", 'j', OPT_FLAG, NULL, "the same as --format json", offsetof(struct options, json), NULL},
	TABLE_OPTIONS(struct options, table),
	LINUX_OPTIONS(struct options, lx),
	{0},
};

struct find {
	struct picture pic;
	struct views views;
	struct found_out out;
	struct ptk_extent *ask;
	size_t n, room;
	struct ptk_extent asked; /* the question that is being answered */
	bool answered;
};

/* ---- questions ---- */

static int add(struct find *f, uint64_t first, uint64_t last)
{
	if (f->n == f->room) {
		size_t room = f->room ? f->room * 2 : 64;
		struct ptk_extent *ask = realloc(f->ask, room * sizeof *ask);
		if (!ask)
			return fail(EXIT_SOURCE, "out of memory");
		f->ask = ask;
		f->room = room;
	}
	f->ask[f->n++] = (struct ptk_extent){first, last};
	f->out.ranges |= first != last;
	return 0;
}

/* "PA", "PA-PA" (both inclusive) or "PA+SIZE". */
static int add_text(struct find *f, const char *text)
{
	char head[24];
	uint64_t first, last, size;
	size_t len = strcspn(text, "-+");
	if (len >= sizeof head)
		return fail(EXIT_USAGE, "'%.40s...' is no physical address, which has at most 64 bits", text);
	memcpy(head, text, len);
	head[len] = 0;
	if (!parse_hex(head, &first) || (text[len] == '-' && !parse_hex(text + len + 1, &last)))
		return fail(EXIT_USAGE, "'%s' is no physical address: PA, PA-PA or PA+SIZE, hexadecimal", text);
	if (text[len] == '+') {
		int rc = parse_size(text, text + len + 1, &size);
		if (rc)
			return rc;
		if (size - 1 > UINT64_MAX - first)
			return fail(EXIT_USAGE, "'%s' ends above the highest address", text);
		last = first + (size - 1);
	} else if (!text[len]) {
		last = first;
	}
	return first > last ? fail(EXIT_USAGE, "'%s' ends below its start", text) : add(f, first, last);
}

static int add_input(struct find *f)
{
	char *text, *save = NULL;
	size_t size;
	if (isatty(STDIN_FILENO))
		return fail(EXIT_USAGE, "a physical address is missing (or any number of them on standard input)");
	int rc = file_read("-", INPUT_MAX, &text, &size);
	if (rc)
		return rc;
	if (memchr(text, 0, size))
		rc = fail(EXIT_USAGE, "standard input is no text");
	for (char *word = strtok_r(text, " \t\r\n", &save); word && !rc; word = strtok_r(NULL, " \t\r\n", &save))
		rc = add_text(f, word);
	free(text);
	return rc;
}

/* ---- answers ---- */

static int answer(void *arg, const struct ptk_stretch *st)
{
	struct find *f = arg;
	int rc = 0;
	for (const struct view *v = views_first(&f->views, st->space); v && rc >= 0; v = views_next(&f->views, v)) {
		if (views_shared(&f->views, v, st))
			continue;
		const struct found_row row = {
			.asked = f->asked,
			.at = st,
			.regime = &v->space.regime,
			.where = v->where,
			.name = v->name,
			.pid = v->pid,
			.root = v->space.root,
			.region = views_region(&f->views, &f->pic, v, st->va),
		};
		f->answered = true;
		rc = found_row(&f->out, &row);
	}
	return rc;
}

static int answer_all(struct find *f)
{
	int rc = 0;
	f->out.va_digits = f->pic.space[0].regime.va_width / 4u;
	f->out.pa_digits = (f->pic.space[0].regime.pa_bits + 3u) / 4u;
	found_begin(&f->out);
	for (size_t i = 0; i < f->n && rc >= 0; i++) {
		f->asked = f->ask[i];
		f->answered = false;
		rc = ptk_reverse_each(f->views.index, f->asked.first, f->asked.last, answer, f);
		if (rc >= 0 && !f->answered)
			rc = found_row(&f->out, &(struct found_row){.asked = f->asked, .pid = -1});
	}
	if (rc >= 0)
		found_end(&f->out);
	if (f->out.out->failed)
		return EXIT_SOURCE;
	return rc < 0 ? fail_err(rc, &(struct ptk_err){0}) : 0;
}

static int find(struct find *f, struct call *c)
{
	const struct options *o = c->opts;
	int rc = 0;
	for (int i = 1; i < c->nargs && !rc; i++)
		rc = add_text(f, c->arg[i]);
	if (!rc && c->nargs == 1)
		rc = add_input(f);
	if (!rc)
		rc = picture_open(&f->pic, c->arg[0], &o->lx, &o->table);
	if (!rc)
		rc = views_open(&f->views, &f->pic, f->pic.lx && !o->table.table, f->ask, f->n);
	if (!rc)
		rc = answer_all(f);
	return rc ? rc : parts(&f->views.stats);
}

static int run(struct call *c)
{
	const struct options *o = c->opts;
	if (o->json && o->format)
		return fail(EXIT_USAGE, "--json and --format exclude each other");
	struct find f = {.out = {.out = c->out, .format = o->json ? FOUND_JSON : FOUND_TABLE}};
	if (o->format)
		f.out.format = (enum found_format)(o->format - 1);
	int rc = find(&f, c);
	views_close(&f.views);
	picture_close(&f.pic);
	free(f.ask);
	return rc;
}

static const struct example examples[] = {
	{"ptkit find vmcore 1c04a000", "every virtual address of that byte, in the kernel and in every process"},
	{"ptkit find vmcore 1c000000+2M --table kernel", "where the kernel maps any of two megabytes"},
	{"ptkit find vmcore --format jsonl < frames | jq 'select(.pid == 1)'", "which of these init has"},
	{0},
};

const struct verb verb_find = {
	.name = "find",
	.summary = "every virtual address of a physical page, in the kernel and in every process",
	.operands = "[SOURCE] [PA...]",
	.any_machine = true,
	.min_args = 1,
	.max_args = -1,
	.missing = "a SOURCE",
	.about = "Every virtual address that maps one of the physical addresses, with the rights and the memory type that "
	         "hardware grants, the size of the page, whose table it is, and the region or mapping that it lies in. PA is a "
	         "hexadecimal address, a range PA-PA (both inclusive) or PA+SIZE; without any, they are read from standard "
	         "input, separated by white space. All tables are walked once, however many addresses there are.\n"
	         "\n"
	         "Of a process, its own part of the table is looked at: what the kernel maps is told once, as \"kernel\", since "
	         "all share it. Processes are those that ptkit ps lists; in a kernel without types, tables that a process "
	         "must have (they repeat the kernel's half) are found by looking through memory, and named by their root. "
	         "--table looks at one table only, --root at any. A page that is mapped over and over, as one of "
	         "zeroes is, is one line.",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.colours = true,
	.run = run,
};
