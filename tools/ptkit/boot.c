// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit boot: the page tables that Linux itself would build, and how they compare with those of a picture. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_json.h"
#include "file.h"
#include "source.h"

struct options {
	const char *like, *compare, *output, *write_machine;
	const char *machine, *dtb, *kernel;
	const char *symbols, *version;
	unsigned stage, format;
	bool trace, json;
};

static const char *stage_name(void *arg, size_t i)
{
	static const char *const names[] = {"head", "early", "paging_init", "final"};
	(void)arg;
	return i < 4 ? names[i] : NULL;
}

enum format {
	AS_TABLE,
	AS_JSON,
	AS_JSONL,
};

static const char *format_name(void *arg, size_t i)
{
	static const char *const names[] = {[AS_TABLE] = "table", [AS_JSON] = "json", [AS_JSONL] = "jsonl"};
	(void)arg;
	return i < sizeof names / sizeof *names ? names[i] : NULL;
}

static const struct opt option_rows[] = {
	{"--like", 0, OPT_TEXT, "SOURCE", "take the facts of the machine from a picture of its kernel, or from a snapshot of one",
	 offsetof(struct options, like), NULL},
	{"--machine", 0, OPT_TEXT, "FILE", "take them from a machine file (YAML)", offsetof(struct options, machine), NULL},
	{"--dtb", 0, OPT_TEXT, "FILE", "with --machine: banks and reservations from a device tree",
	 offsetof(struct options, dtb), NULL},
	{"--kernel", 0, OPT_TEXT, "FILE", "with --machine: symbols from a System.map or a vmlinux",
	 offsetof(struct options, kernel), NULL},
	{"--compare", 0, OPT_TEXT, "SOURCE", "hold the tables against those of a picture, region by region",
	 offsetof(struct options, compare), NULL},
	{"--trace", 0, OPT_FLAG, NULL, "tell each step: function, range, type, unit and why, tables taken",
	 offsetof(struct options, trace), NULL},
	{"--stage", 0, OPT_CHOICE, "NAME", "stop after this stage of the boot", offsetof(struct options, stage), stage_name},
	{"--output", 'o', OPT_OUTPUT, "FILE", "write the tables as an ELF core, which every other command reads (-: standard output)",
	 offsetof(struct options, output), NULL},
	{"--write-machine", 0, OPT_TEXT, "FILE", "write the facts as a machine file (-: standard output)",
	 offsetof(struct options, write_machine), NULL},
	{"--format", 'f', OPT_CHOICE, "NAME", "how to say it", offsetof(struct options, format), format_name},
	{"--json", 'j', OPT_FLAG, NULL, "the same as --format json", offsetof(struct options, json), NULL},
	{"--symbols", 0, OPT_TEXT, "FILE", "a System.map, a copy of /proc/kallsyms, or a vmlinux, to go by in pictures",
	 offsetof(struct options, symbols), NULL},
	{"--kernel-version", 0, OPT_TEXT, "V", "the kernel version to assume (6.1, 6.12.3), instead of the one found or named",
	 offsetof(struct options, version), NULL},
	{0},
};

struct boot {
	const struct options *o;
	struct out *out;
	enum format format;
	struct json json;
	struct picture like, other;
	struct ptk_machine *machine;
	struct ptk_boot *boot;
	struct ptk_boot_sum *sum;
	int digits; /* of an address */
};

/* Lists of a document; lines are none. */
static void list(struct boot *b, const char *of)
{
	if (b->format)
		boot_json_list(&b->json, of);
}

static void list_end(struct boot *b)
{
	if (b->format)
		boot_json_list_end(&b->json);
}

/* ---- the trace ---- */

static void range_of(struct boot *b, const struct ptk_boot_step *s)
{
	if (s->first || s->last)
		out_format(b->out, "  0x%0*" PRIx64 "-0x%0*" PRIx64, b->digits, s->first, b->digits, s->last);
	if (s->pa != PTK_NO_PA)
		out_format(b->out, "%s0x%0*" PRIx64, s->first || s->last ? " -> " : "  physical ", b->digits, s->pa);
	if (s->type)
		out_format(b->out, "  %s", s->type);
	if (s->table != PTK_NO_PA)
		out_format(b->out, "  table 0x%0*" PRIx64 "%s%s", b->digits, s->table, s->from ? " from " : "", s->from ? s->from : "");
}

#define COLUMNS 110

/* A sentence in lines of its own, indented. */
static void sentence(struct boot *b, int indent, const char *text)
{
	size_t at = 0;
	out_text(b->out, "\n");
	while (*text) {
		size_t len = strcspn(text, " ");
		if (at == 0 || at + 1 + len > COLUMNS) {
			out_format(b->out, "%s%*s", at ? "\n" : "", indent, "");
			at = (size_t)indent;
		} else {
			out_text(b->out, " ");
			at++;
		}
		out_write(b->out, text, len);
		at += len;
		text += len + strspn(text + len, " ");
	}
}

static int on_step(void *arg, const struct ptk_boot_step *s)
{
	struct boot *b = arg;
	const struct paint *p = out_paint();
	if (b->format) {
		boot_json_step(&b->json, s);
		return b->out->failed ? PTK_E_IO : 0;
	}
	out_format(b->out, "%*s%s%s%s", 2 * (int)s->depth, "", s->depth ? "" : p->bold, s->function, s->depth ? "" : p->off);
	range_of(b, s);
	if (s->what) {
		out_text(b->out, p->dim);
		sentence(b, 2 * (int)s->depth + 4, s->what);
		out_text(b->out, p->off);
	}
	out_text(b->out, "\n");
	return b->out->failed ? PTK_E_IO : 0;
}

/* ---- the comparison ---- */

static size_t fields_of(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_field *out)
{
	return raw ? ptk_entry_fields(r, level, raw, out, PTK_FIELDS_MAX) : 0;
}

static const struct ptk_field *field_named(const struct ptk_field *f, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(f[i].name, name) == 0)
			return &f[i];
	return NULL;
}

/*
 * The fields of one value that the other has not, or has with another value; or all of them, but zeros that mean nothing.
 */
static void differing(struct boot *b, const struct ptk_field *f, size_t n, const struct ptk_field *g, size_t m, bool all)
{
	for (size_t i = 0; i < n; i++) {
		const struct ptk_field *other = field_named(g, m, f[i].name);
		if (all ? !f[i].value && !f[i].means : other && other->value == f[i].value)
			continue;
		out_format(b->out, "  %s=%" PRIu64 "%s%s%s", f[i].name, f[i].value, f[i].means ? " (" : "",
		           f[i].means ? f[i].means : "", f[i].means ? ")" : "");
	}
}

static void both_values(struct boot *b, const struct ptk_boot_diff *d)
{
	const struct ptk_regime *r = &ptk_boot_space(b->boot)->regime;
	struct ptk_field f[PTK_FIELDS_MAX], g[PTK_FIELDS_MAX];
	size_t n = fields_of(r, d->level, d->ours, f), m = fields_of(r, d->their_level, d->theirs, g);
	int width = 2 << r->entry_shift;
	bool all = !d->ours || !d->theirs || d->level != d->their_level;
	out_format(b->out, "      ours   %s 0x%0*" PRIx64, r->level[d->level].name, width, d->ours);
	differing(b, f, n, g, m, all);
	out_format(b->out, "\n      theirs %s 0x%0*" PRIx64, r->level[d->their_level].name, width, d->theirs);
	differing(b, g, m, f, n, all);
	out_text(b->out, "\n");
}

static int on_diff(void *arg, const struct ptk_boot_diff *d)
{
	struct boot *b = arg;
	const struct paint *p = out_paint();
	bool bad = d->verdict != PTK_BOOT_NAMED;
	if (b->format) {
		boot_json_diff(&b->json, &ptk_boot_space(b->boot)->regime, d);
		return b->out->failed ? PTK_E_IO : 0;
	}
	out_format(b->out, "    %s%s%s  0x%0*" PRIx64 "-0x%0*" PRIx64 "  %" PRIu64 " entr%s", bad ? p->red : p->yellow,
	           boot_verdict(d->verdict), p->off, b->digits, d->first, b->digits, d->last, d->count, d->count == 1 ? "y" : "ies");
	if (d->why)
		out_format(b->out, ": %s", d->why);
	out_format(b->out, "  (%s%s)\n", d->region->name, d->twin ? ", Linux's own entries" : "");
	both_values(b, d);
	return b->out->failed ? PTK_E_IO : 0;
}

static void add(struct ptk_boot_sum *to, const struct ptk_boot_sum *s)
{
	to->entries += s->entries;
	to->equal += s->equal;
	to->named += s->named;
	to->different += s->different;
	to->only_ours += s->only_ours;
	to->only_theirs += s->only_theirs;
	to->split += s->split;
	to->tables += s->tables;
	to->tables_placed += s->tables_placed;
	to->tables_late += s->tables_late;
}

static void part(struct boot *b, uint64_t n, const char *what)
{
	if (n)
		out_format(b->out, ", %" PRIu64 " %s", n, what);
}

static void sum_line(struct boot *b, const struct ptk_boot_sum *s)
{
	out_format(b->out, "%" PRIu64 " entr%s, %" PRIu64 " equal", s->entries, s->entries == 1 ? "y" : "ies", s->equal);
	part(b, s->named, "named");
	part(b, s->different, "different");
	part(b, s->only_ours, "only ours");
	part(b, s->only_theirs, "only theirs");
	if (s->tables)
		out_format(b->out, "; tables at the same address: %" PRIu64 " of %" PRIu64, s->tables_placed, s->tables);
	if (s->tables_late)
		out_format(b->out, "; %" PRIu64 " of the page allocator's", s->tables_late);
	out_text(b->out, "\n");
}

static void share(struct boot *b, const char *what, const struct ptk_boot_sum *s)
{
	if (!s->entries)
		return;
	out_format(b->out, "%s: ", what);
	sum_line(b, s);
	out_format(b->out, "%*s%.2f %% equal, %.2f %% named\n", (int)strlen(what) + 2, "",
	           100.0 * (double)s->equal / (double)s->entries, 100.0 * (double)s->named / (double)s->entries);
}

static void region_line(struct boot *b, const struct ptk_boot_region *r, const struct ptk_boot_sum *sum)
{
	out_format(b->out, "0x%0*" PRIx64 "-0x%0*" PRIx64 "  %-16s ", b->digits, r->first, b->digits, r->last, r->name);
	if (!sum) {
		out_format(b->out, "%s\n", r->function);
		return;
	}
	out_format(b->out, "%-22s ", r->function);
	sum_line(b, sum);
}

/* The regions, with their sums if something was compared. */
static void list_regions(struct boot *b)
{
	size_t n;
	const struct ptk_boot_region *r = ptk_boot_regions(b->boot, &n);
	list(b, "regions");
	for (size_t i = 0; i < n; i++) {
		const struct ptk_boot_sum *sum = b->sum ? &b->sum[i] : NULL;
		if (b->format)
			boot_json_region(&b->json, &r[i], sum);
		else
			region_line(b, &r[i], sum);
	}
	list_end(b);
}

static int summary(struct boot *b)
{
	struct ptk_boot_sum all = {0}, moving = {0};
	size_t n;
	const struct ptk_boot_region *r = ptk_boot_regions(b->boot, &n);
	for (size_t i = 0; i < n; i++)
		add(r[i].changes ? &moving : &all, &b->sum[i]);
	if (b->format) {
		boot_json_sum(&b->json, "changing", &moving);
		boot_json_sum(&b->json, "static", &all);
	} else {
		share(b, "regions that change by design", &moving);
		share(b, "static regions", &all);
	}
	add(&all, &moving);
	return all.different || all.only_ours || all.only_theirs ? EXIT_FINDINGS : EXIT_DONE;
}

static int compare(struct boot *b)
{
	struct ptk_err err = {0};
	size_t n;
	ptk_boot_regions(b->boot, &n);
	b->sum = calloc(n + 1, sizeof *b->sum);
	if (!b->sum)
		return fail(EXIT_SOURCE, "out of memory");
	list(b, "differences");
	int rc = ptk_boot_compare(b->boot, b->other.lx, on_diff, b, b->sum, &err);
	list_end(b);
	if (b->out->failed)
		return EXIT_SOURCE;
	if (rc < 0)
		return fail_err(rc, &err);
	list_regions(b);
	return summary(b);
}

/* ---- the run ---- */

static int open_picture(struct boot *b, struct picture *p, const char *source)
{
	struct linux_opts lx = {.symbols = b->o->symbols, .version = b->o->version};
	int rc = picture_open_mem(p, source);
	return rc ? rc : picture_open_linux(p, &lx);
}

static int boot(struct boot *b)
{
	static const enum ptk_boot_stage stages[] = {PTK_BOOT_FINAL, PTK_BOOT_HEAD, PTK_BOOT_EARLY, PTK_BOOT_PAGING_INIT,
	                                             PTK_BOOT_FINAL};
	struct ptk_boot_opts opts = {.stage = stages[b->o->stage], .arg = b};
	struct ptk_err err = {0};
	b->digits = ptk_machine_info(b->machine)->regime.va_width / 4;
	if (b->o->trace) {
		opts.trace = on_step;
		list(b, "steps");
	}
	int rc = ptk_boot_run(b->machine, &opts, &b->boot, &err);
	if (b->o->trace)
		list_end(b);
	if (b->out->failed)
		return EXIT_SOURCE;
	return rc < 0 ? fail_err(rc, &err) : 0;
}

static int to_file(void *arg, const char *text, size_t len)
{
	return fwrite(text, 1, len, arg) == len ? 0 : PTK_E_IO;
}

static int write_machine(struct boot *b, const char *path)
{
	if (strcmp(path, "-") == 0)
		return ptk_machine_write(b->machine, out_write, b->out) < 0 ? EXIT_SOURCE : 0;
	FILE *f = fopen(path, "w");
	if (!f)
		return fail(EXIT_SOURCE, "cannot create %s: %s", path, strerror(errno));
	int rc = ptk_machine_write(b->machine, to_file, f);
	if (fclose(f) != 0 || rc < 0)
		return fail(EXIT_SOURCE, "cannot write %s", path);
	return 0;
}

static int results(struct boot *b)
{
	const struct options *o = b->o;
	struct ptk_err err = {0};
	if (o->output) {
		int rc = ptk_boot_save(b->boot, o->output, &err);
		if (rc < 0)
			return fail_err(rc, &err);
	}
	size_t n;
	ptk_boot_regions(b->boot, &n);
	if (o->compare && !n)
		return fail(EXIT_USAGE, "--compare: no region is complete at this stage of the boot");
	if (!o->compare) {
		if (b->format || (!o->trace && !o->output && !o->write_machine))
			list_regions(b);
		return EXIT_DONE;
	}
	int rc = open_picture(b, &b->other, o->compare);
	return rc ? rc : compare(b);
}

#define FILE_MAX ((size_t)16 << 20)

static int machine_from_files(struct boot *b)
{
	struct ptk_machine_files files = {.kernel = b->o->kernel, .version = b->o->version};
	struct ptk_err err = {0};
	char *text = NULL, *dtb = NULL;
	size_t size;
	int rc = file_read(b->o->machine, FILE_MAX, &text, &size);
	if (!rc && b->o->dtb)
		rc = file_read(b->o->dtb, FILE_MAX, &dtb, &files.dtb_size);
	files.dtb = dtb;
	if (!rc) {
		rc = ptk_machine_read(text, size, b->o->machine, &files, &b->machine, &err);
		rc = rc < 0 ? fail_err(rc, &err) : 0;
	}
	free(text);
	free(dtb);
	return rc;
}

static int machine_from_picture(struct boot *b)
{
	struct ptk_err err = {0};
	int rc = open_picture(b, &b->like, b->o->like);
	if (rc)
		return rc;
	rc = ptk_machine_like(b->like.lx, &b->machine, &err);
	return rc < 0 ? fail_err(rc, &err) : 0;
}

static int usage(const struct options *o)
{
	if (!o->like == !o->machine)
		return fail(EXIT_USAGE, o->like ? "--like and --machine exclude each other"
		                                : "boot needs a machine: --like SOURCE or --machine FILE");
	if (o->json && o->format)
		return fail(EXIT_USAGE, "--json and --format exclude each other");
	if ((o->json || o->format > AS_TABLE + 1) && o->write_machine && strcmp(o->write_machine, "-") == 0)
		return fail(EXIT_USAGE, "--write-machine -: standard output is taken by --json or --format");
	if (o->output && strcmp(o->output, OUT_STREAM) == 0 && (o->trace || o->compare || o->json || o->format || o->write_machine))
		return fail(EXIT_USAGE, "-o -: standard output takes the tables alone");
	if (o->like && (o->dtb || o->kernel))
		return fail(EXIT_USAGE, "--dtb and --kernel go with --machine");
	if (source_has_file(o->like, o->output) || source_has_file(o->compare, o->output))
		return fail(EXIT_USAGE, "-o %s: that is a source; it stays as it is", o->output);
	return 0;
}

static int run(struct call *c)
{
	const struct options *o = c->opts;
	struct boot b = {.o = o, .out = c->out, .format = o->json ? AS_JSON : o->format ? (enum format)(o->format - 1) : AS_TABLE};
	int rc = usage(b.o);
	if (rc)
		return rc;
	rc = b.o->like ? machine_from_picture(&b) : machine_from_files(&b);
	if (!rc && ptk_machine_info(b.machine)->doubt)
		note("%s", ptk_machine_info(b.machine)->doubt);
	if (!rc && b.o->write_machine)
		rc = write_machine(&b, b.o->write_machine);
	b.json = (struct json){.out = b.out, .flat = b.format == AS_JSONL};
	if (!rc && b.format)
		boot_json_machine(&b.json, ptk_machine_info(b.machine));
	if (!rc)
		rc = boot(&b);
	if (!rc)
		rc = results(&b);
	if (b.json.depth)
		boot_json_end(&b.json);
	ptk_boot_free(b.boot);
	ptk_machine_free(b.machine);
	free(b.sum);
	picture_close(&b.like);
	picture_close(&b.other);
	return rc;
}

static const struct example examples[] = {
	{"ptkit boot --like vmcore --trace", "how this machine's kernel set its page tables up, step by step"},
	{"ptkit boot --like vmcore --compare vmcore", "what differs today from what the boot built, and who changed it"},
	{"ptkit boot --like vmcore --compare vmcore --format jsonl | jq 'select(.verdict == \"different\")'",
	 "differences without a name, for a program"},
	{"ptkit boot --machine board.yaml --dtb board.dtb --kernel System.map --trace", "what a board that does not exist yet would do"},
	{"ptkit boot --like vmcore --stage head -o head.core && ptkit walk head.core c0008000",
	 "the tables that were in use when the MMU came on"},
	{0},
};

const struct verb verb_boot = {
	.name = "boot",
	.summary = "the page tables that Linux itself would build, step by step",
	.operands = "",
	.min_args = 0,
	.max_args = 0,
	.about = "From what is known of a machine (banks of memory, reservations, the kernel's segments, its version and "
	         "switches) the tables are built as that kernel's boot code builds them: in its order, with its units, and at "
	         "the addresses where its allocator puts them.\n"
	         "\n"
	         "--compare lists what a picture has different, with both values and the fields in which they differ. What "
	         "changes after boot is told by name: the function that changes it. The exit code is 1 if a difference has no "
	         "name. A snapshot tells both as the picture does that it was made of (ptkit snapshot).\n"
	         "\n"
	         "Stages: head is what the assembly entry (or the earliest C code) sets up before the MMU is on; early adds "
	         "the early fixmap; paging_init ends where all memory is mapped; final sets the rights that a running kernel "
	         "has.",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.colours = true,
	.run = run,
};
