// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit ps: the processes of a picture, and what their tables hold. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "source.h"

struct options {
	struct linux_opts lx;
	unsigned format;
	bool json;
	bool user; /* no threads of the kernel */
};

enum format {
	AS_TABLE,
	AS_JSON,
	AS_JSONL,
	AS_CSV,
};

static const char *format_name(void *arg, size_t i)
{
	static const char *const names[] = {
		[AS_TABLE] = "table", [AS_JSON] = "json", [AS_JSONL] = "jsonl", [AS_CSV] = "csv"};
	(void)arg;
	return i < sizeof names / sizeof *names ? names[i] : NULL;
}

static const struct opt option_rows[] = {
	{"--format", 'f', OPT_CHOICE, "NAME", "how to say it", offsetof(struct options, format), format_name},
	{"--json", 'j', OPT_FLAG, NULL, "the same as --format json", offsetof(struct options, json), NULL},
	{"--user", 'u', OPT_FLAG, NULL, "leave the kernel's own threads out", offsetof(struct options, user), NULL},
	LINUX_OPTIONS(struct options, lx),
	{0},
};

/* What the user half of a process's tables amounts to. */
struct usage {
	const struct ptk_regime *r;
	uint64_t table[PTK_LEVELS_MAX]; /* bytes of tables, by level */
	uint64_t tables;                /* all of them, without the root */
	uint64_t resident, huge;        /* bytes that are mapped; those in leaves above the lowest level */
	bool parts;                     /* some of it could not be read */
};

struct ps {
	struct picture pic;
	struct out *out;
	enum format format;
	struct json json;
	int va_digits, pa_digits;
	bool parts;
};

/* ---- counting ---- */

static int count(void *arg, const struct ptk_run *run)
{
	struct usage *u = arg;
	uint64_t bytes = run->count * ptk_level_size(u->r, run->level);
	if (run->what == PTK_V_TABLE && run->level > 0 && !run->again) {
		u->table[run->level - 1] += ptk_table_size(u->r, run->level - 1);
		u->tables += ptk_table_size(u->r, run->level - 1);
	}
	if (run->what == PTK_V_ENTRIES && run->kind == PTK_LEAF) {
		u->resident += bytes;
		u->huge += run->level > 0 ? bytes : 0;
	}
	return PTK_GO;
}

/* A pair of short-descriptor tables and Linux's copies of their entries share a page; the tables are what is counted. */
static void measure(struct ps *ps, const struct ptk_process *p, struct usage *u)
{
	struct ptk_space s;
	struct ptk_walk_opts opts = {0};
	struct ptk_walk_stats stats = {0};
	struct ptk_err err = {0};
	if (ptk_linux_process_user(ps->pic.lx, p, &s, &err) < 0) {
		note("%s", err.msg);
		u->parts = true;
		return;
	}
	u->r = &s.regime;
	opts.to = s.last;
	if (ptk_walk_space(&s, &opts, count, u, &stats, &err) < 0) {
		note("process %" PRIu32 ": %s", p->pid, err.msg);
		u->parts = true;
	}
	u->parts |= stats.unreadable || stats.refused;
	u->r = NULL;
}

static const char *state(const struct ptk_process *p)
{
	return p->kthread ? "kernel" : p->mm ? "user" : "ended";
}

/* ---- for eyes ---- */

static void kib(struct out *o, uint64_t bytes)
{
	if (bytes < 1024)
		out_format(o, "%10" PRIu64, bytes);
	else
		out_format(o, "%9" PRIu64 "K", bytes / 1024);
}

static void table_head(const struct ps *ps)
{
	const struct paint *p = out_paint();
	out_format(ps->out, "%s%7s  %-15s  %4s  %-6s  %-*s  %-*s  %10s %10s %10s%s\n", p->dim, "pid", "name", "thr",
	           "is", ps->va_digits + 2, "mm", ps->pa_digits + 2, "root", "tables", "resident", "huge", p->off);
}

static void table_row(const struct ps *ps, const struct ptk_process *p, const struct usage *u)
{
	const struct paint *paint = out_paint();
	char threads[12] = "?";
	if (p->threads)
		snprintf(threads, sizeof threads, "%" PRIu32, p->threads);
	out_format(ps->out, "%s%7" PRIu32 "  ", p->kthread ? paint->dim : "", p->pid);
	out_foreign(ps->out, p->name);
	out_pad(ps->out, strlen(p->name), 17);
	out_format(ps->out, "%4s  %-6s", threads, state(p));
	if (p->mm)
		out_format(ps->out, "  0x%0*" PRIx64, ps->va_digits, p->mm);
	if (p->mm && p->root != PTK_NO_PA)
		out_format(ps->out, "  0x%0*" PRIx64 "  ", ps->pa_digits, p->root);
	if (p->mm && p->root != PTK_NO_PA && !p->kthread) {
		kib(ps->out, u->tables);
		out_text(ps->out, " ");
		kib(ps->out, u->resident);
		out_text(ps->out, " ");
		kib(ps->out, u->huge);
		out_text(ps->out, u->parts ? "  parts unreadable" : "");
	}
	out_format(ps->out, "%s\n", p->kthread ? paint->off : "");
}

/* ---- for programs ---- */

static void json_row(struct ps *ps, const struct ptk_process *p, const struct usage *u)
{
	const struct ptk_regime *r = &ptk_linux_info(ps->pic.lx)->regime;
	struct json *j = &ps->json;
	json_begin(j, NULL, '{');
	json_number(j, "pid", p->pid);
	json_text(j, "name", p->name);
	json_text(j, "is", state(p));
	if (p->threads)
		json_number(j, "threads", p->threads);
	json_hex(j, "task", p->task);
	if (p->mm)
		json_hex(j, "mm", p->mm);
	if (p->root != PTK_NO_PA)
		json_hex(j, "root", p->root);
	if (p->root != PTK_NO_PA && !p->kthread) {
		json_number(j, "tables", (int64_t)u->tables);
		json_begin(j, "tables_by_level", '{');
		for (int l = r->nlevels - 2; l >= 0; l--)
			json_number(j, ptk_level_linux(r, l), (int64_t)u->table[l]);
		json_end(j, '{');
		json_number(j, "resident", (int64_t)u->resident);
		json_number(j, "huge", (int64_t)u->huge);
		json_bool(j, "whole", !u->parts);
	}
	json_end(j, '{');
}

/* Names hold anything printable. */
static void csv_name(struct out *o, const char *name)
{
	out_text(o, "\"");
	for (; *name; name++)
		out_format(o, *name == '"' ? "\"\"" : "%c", *name);
	out_text(o, "\"");
}

static void csv_head(const struct ps *ps)
{
	const struct ptk_regime *r = &ptk_linux_info(ps->pic.lx)->regime;
	out_text(ps->out, "pid,name,is,threads,task,mm,root,tables,");
	for (int l = r->nlevels - 2; l >= 0; l--)
		out_format(ps->out, "tables_%s,", ptk_level_linux(r, l));
	out_text(ps->out, "resident,huge,whole\n");
}

static void csv_row(const struct ps *ps, const struct ptk_process *p, const struct usage *u)
{
	const struct ptk_regime *r = &ptk_linux_info(ps->pic.lx)->regime;
	bool walked = p->root != PTK_NO_PA && !p->kthread;
	out_format(ps->out, "%" PRIu32 ",", p->pid);
	csv_name(ps->out, p->name);
	out_format(ps->out, ",%s,", state(p));
	if (p->threads)
		out_format(ps->out, "%" PRIu32, p->threads);
	out_format(ps->out, ",0x%" PRIx64 ",", p->task);
	if (p->mm)
		out_format(ps->out, "0x%" PRIx64, p->mm);
	out_text(ps->out, ",");
	if (p->root != PTK_NO_PA)
		out_format(ps->out, "0x%" PRIx64, p->root);
	for (int l = r->nlevels - 1; l >= 0; l--) {
		out_text(ps->out, ",");
		if (walked)
			out_format(ps->out, "%" PRIu64, l == r->nlevels - 1 ? u->tables : u->table[l]);
	}
	if (walked)
		out_format(ps->out, ",%" PRIu64 ",%" PRIu64 ",%s\n", u->resident, u->huge, u->parts ? "no" : "yes");
	else
		out_text(ps->out, ",,,\n");
}

/* ---- any ---- */

static void begin(struct ps *ps)
{
	const struct ptk_regime *r = &ptk_linux_info(ps->pic.lx)->regime;
	ps->va_digits = r->va_width / 4;
	ps->pa_digits = r->va_width == 64 ? 12 : (r->pa_bits + 3) / 4;
	ps->json = (struct json){.out = ps->out, .flat = ps->format == AS_JSONL};
	switch (ps->format) {
	case AS_TABLE: table_head(ps); break;
	case AS_JSON: json_begin(&ps->json, NULL, '['); break;
	case AS_JSONL: break;
	case AS_CSV: csv_head(ps); break;
	}
}

static void row(struct ps *ps, const struct ptk_process *p)
{
	struct usage u = {0};
	if (!p->kthread && p->mm)
		measure(ps, p, &u);
	ps->parts |= u.parts;
	switch (ps->format) {
	case AS_TABLE: table_row(ps, p, &u); break;
	case AS_JSON:
	case AS_JSONL: json_row(ps, p, &u); break;
	case AS_CSV: csv_row(ps, p, &u); break;
	}
}

static int list(struct ps *ps, const struct options *o)
{
	const struct ptk_process *p;
	struct ptk_err err = {0};
	size_t n;
	int rc = ptk_linux_processes(ps->pic.lx, &p, &n, &err);
	if (rc < 0)
		return fail(EXIT_SOURCE, "%s: %s", ps->pic.source, err.msg);
	begin(ps);
	for (size_t i = 0; i < n && !ps->out->failed; i++) {
		progress(NULL, "processes", i, n);
		if (!o->user || !p[i].kthread)
			row(ps, &p[i]);
	}
	if (ps->format == AS_JSON)
		json_end(&ps->json, '[');
	progress_clear();
	if (ps->out->failed)
		return EXIT_SOURCE;
	if (rc > 0)
		return fail(EXIT_PARTS, "%s: %s", ps->pic.source, err.msg);
	return ps->parts ? fail(EXIT_PARTS, "parts of the tables could not be read") : EXIT_DONE;
}

static int run(struct call *c)
{
	const struct options *o = c->opts;
	struct ps ps = {.out = c->out, .format = o->json ? AS_JSON : o->format ? (enum format)(o->format - 1) : AS_TABLE};
	if (o->json && o->format)
		return fail(EXIT_USAGE, "--json and --format exclude each other");
	int rc = picture_open_mem(&ps.pic, c->arg[0]);
	if (!rc)
		rc = picture_open_linux(&ps.pic, &o->lx);
	if (!rc)
		rc = list(&ps, o);
	picture_close(&ps.pic);
	return rc;
}

static const struct example examples[] = {
	{"ptkit ps vmcore", "every process and every thread of the kernel"},
	{"ptkit ps vmcore --user --json | jq '.[] | {pid, name, resident}'", "what each process has in memory"},
	{0},
};

const struct verb verb_ps = {
	.name = "ps",
	.summary = "every process: its tables, and how much they map",
	.operands = "[SOURCE]",
	.min_args = 1,
	.max_args = 1,
	.missing = "a SOURCE",
	.any_machine = true,
	.about = "A row for each process, with the number of its threads, and for each thread of the kernel: pid, name, the "
	         "address of its mm, the physical address of its root table; the bytes of the tables below the root that "
	         "translate its own half of the addresses; the bytes that are mapped there, and how many of them by entries "
	         "above the lowest level (huge). Threads of the kernel use whatever tables are loaded. One that has ended "
	         "has none any more.\n"
	         "\n"
	         "Where the kernel keeps these things is learnt from its own types (BTF, or the DWARF of a vmlinux given as "
	         "--symbols), or else from the tasks themselves, if exactly one layout fits them; ptkit info says which. "
	         "The number of threads takes types.\n"
	         "\n"
	         "In JSON and CSV sizes are numbers of bytes. If the kernel's list of tasks is damaged, what was found is "
	         "listed, and the exit status is 4.",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.colours = true,
	.run = run,
};
