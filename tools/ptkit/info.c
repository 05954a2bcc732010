// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit info: what was found in a picture, and how. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "source.h"

struct options {
	struct linux_opts lx;
	struct table_opts table;
	bool json;
};

static const struct opt option_rows[] = {
	{"--json", 'j', OPT_FLAG, NULL, "one JSON document", offsetof(struct options, json), NULL},
	{"--root", 0, OPT_ADDR, "PA", "a table to describe, with no regard to Linux; needs --regime",
	 offsetof(struct options, table.root), NULL},
	{"--regime", 0, OPT_TEXT, "NAME", "how the table at --root translates: a name that ptkit regimes lists",
	 offsetof(struct options, table.regime), regime_name},
	LINUX_OPTIONS(struct options, lx),
	{0},
};

#define TEXT_EXTENTS 8

static uint64_t total(const struct ptk_mem_info *m)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < m->nextents; i++)
		sum += m->extent[i].last - m->extent[i].first + 1;
	return sum;
}

/* e_machine, by the names of the ELF specification (EM_386 = 3, ...). */
static const char *machine_name(uint16_t machine)
{
	switch (machine) {
	case 3: return "386";
	case 40: return "ARM";
	case 62: return "x86-64";
	case 183: return "AArch64";
	case 243: return "RISC-V";
	default: return NULL;
	}
}

/* ---- text ---- */

static void heading(struct out *o, const struct paint *p, const char *text)
{
	out_format(o, "\n%s%s%s\n", p->bold, text, p->off);
}

static void memory_text(struct out *o, const struct paint *p, const struct picture *pic)
{
	const struct ptk_mem_info *m = ptk_mem_info(pic->mem);
	char size[24];
	out_format(o, "%s%s%s: %s", p->bold, pic->source, p->off, m->format);
	if (machine_name(m->machine))
		out_format(o, ", %s", machine_name(m->machine));
	else if (m->machine)
		out_format(o, ", ELF machine %u", m->machine);
	out_format(o, ", %s-endian, %zu note%s\n", m->big_endian ? "big" : "little", m->nnotes,
	           m->nnotes == 1 ? "" : "s");
	uint64_t sum = total(m), mib = UINT64_C(1) << 20;
	ptk_render_size(sum >= 16 * mib ? sum & ~(mib - 1) : sum, size);
	out_format(o, "%s of memory in %zu extent%s\n", size, m->nextents, m->nextents == 1 ? "" : "s");
	for (size_t i = 0; i < m->nextents && i < TEXT_EXTENTS; i++) {
		ptk_render_size(m->extent[i].last - m->extent[i].first + 1, size);
		out_format(o, "  0x%012" PRIx64 "-0x%012" PRIx64 " %8s\n", m->extent[i].first, m->extent[i].last, size);
	}
	if (m->nextents > TEXT_EXTENTS)
		out_format(o, "  and %zu more\n", m->nextents - TEXT_EXTENTS);
}

static void facts_text(struct out *o, const struct paint *p, const struct ptk_linux_info *li)
{
	size_t wide = 0, key = 0;
	for (size_t i = 0; i < li->nfacts; i++) {
		size_t n = strlen(li->fact[i].value), k = strlen(li->fact[i].key);
		if (n > wide && n <= 48)
			wide = n;
		if (k > key)
			key = k;
	}
	heading(o, p, "Found, and how");
	for (size_t i = 0; i < li->nfacts; i++) {
		const struct ptk_fact *f = &li->fact[i];
		out_format(o, "  %-*s  ", (int)key, f->key);
		/* a banner is long, and stands with its kernel */
		const char *value = strcmp(f->key, "banner") == 0 ? "as above" : f->value;
		out_foreign(o, value);
		out_pad(o, strlen(value), wide + 2);
		out_text(o, p->dim);
		out_foreign(o, f->how);
		out_format(o, "%s\n", p->off);
	}
}

static void kernels_text(struct out *o, const struct paint *p, const struct ptk_linux_info *li)
{
	heading(o, p, li->nkernels == 1 ? "Kernel" : "Kernels (--kernel N picks one)");
	for (size_t i = 0; i < li->nkernels; i++) {
		const struct ptk_kernel *k = &li->kernel[i];
		out_format(o, "  %c%2zu  ", k->running ? '*' : ' ', i + 1);
		out_foreign(o, k->release);
		out_format(o, "  root 0x%" PRIx64 "%s%s\n", k->root, k->running ? ", running" : "",
		           k->valid ? "" : ", its root does not translate its own image");
		if (k->banner) {
			out_format(o, "       %s", p->dim);
			out_foreign(o, k->banner);
			out_format(o, "%s\n", p->off);
		}
	}
}

static void spaces_text(struct out *o, const struct ptk_space *s, int n)
{
	for (int i = 0; i < n; i++)
		out_format(o, "%*s%-14s 0x%0*" PRIx64 "-0x%0*" PRIx64 "  root 0x%" PRIx64 "\n", i ? 18 : 0, "",
		           s[i].regime.name, s[i].regime.va_width / 4, s[i].first, s[i].regime.va_width / 4, s[i].last,
		           s[i].root);
}

static void tables_text(struct out *o, const struct paint *p, struct ptk_linux *lx)
{
	const char *name;
	heading(o, p, "Tables");
	for (size_t i = 0; (name = table_name(NULL, i)); i++) {
		struct ptk_space s[2];
		struct ptk_err err = {0};
		int n = ptk_linux_spaces(lx, (enum ptk_linux_table)i, s, &err);
		out_format(o, "  %-15s ", name);
		if (n >= 0) {
			spaces_text(o, s, n);
			continue;
		}
		out_text(o, p->dim);
		out_foreign(o, err.msg[0] ? err.msg : ptk_strerror(n));
		out_format(o, "%s\n", p->off);
	}
}

static void markers_text(struct out *o, const struct paint *p, const struct ptk_linux_info *li)
{
	heading(o, p, li->markers_computed ? "Markers (computed from the layout)" : "Markers (the kernel's own array)");
	for (size_t i = 0; i < li->nmarkers; i++) {
		out_format(o, "  0x%0*" PRIx64 "  ", li->regime.va_width / 4, li->marker[i].va);
		out_foreign(o, li->marker[i].name);
		if (li->marker[i].max_lines)
			out_format(o, " %s(at most %u lines)%s", p->dim, li->marker[i].max_lines, p->off);
		out_text(o, "\n");
	}
}

static void linux_text(struct out *o, const struct paint *p, struct ptk_linux *lx)
{
	const struct ptk_linux_info *li = ptk_linux_info(lx);
	kernels_text(o, p, li);
	facts_text(o, p, li);
	tables_text(o, p, lx);
	markers_text(o, p, li);
}

/* ---- JSON ---- */

static void memory_json(struct json *j, const struct picture *pic)
{
	const struct ptk_mem_info *m = ptk_mem_info(pic->mem);
	json_begin(j, "memory", '{');
	json_text(j, "format", m->format);
	json_number(j, "machine", m->machine);
	json_bool(j, "big_endian", m->big_endian);
	json_number(j, "notes", (int64_t)m->nnotes);
	json_number(j, "bytes", (int64_t)total(m));
	json_text(j, "warning", m->warning);
	json_begin(j, "extents", '[');
	for (size_t i = 0; i < m->nextents; i++) {
		json_begin(j, NULL, '{');
		json_hex(j, "first", m->extent[i].first);
		json_hex(j, "last", m->extent[i].last);
		json_end(j, '{');
	}
	json_end(j, '[');
	json_end(j, '{');
}

static void spaces_json(struct json *j, const char *key, const struct ptk_space *s, int n)
{
	json_begin(j, key, '[');
	for (int i = 0; i < n; i++) {
		json_begin(j, NULL, '{');
		json_text(j, "regime", s[i].regime.name);
		json_hex(j, "root", s[i].root);
		json_hex(j, "first", s[i].first);
		json_hex(j, "last", s[i].last);
		json_end(j, '{');
	}
	json_end(j, '[');
}

static void kernels_json(struct json *j, const struct ptk_linux_info *li)
{
	json_begin(j, "kernels", '[');
	for (size_t i = 0; i < li->nkernels; i++) {
		const struct ptk_kernel *k = &li->kernel[i];
		json_begin(j, NULL, '{');
		json_text(j, "release", k->release);
		json_text(j, "banner", k->banner);
		json_hex(j, "root", k->root);
		json_bool(j, "valid", k->valid);
		json_bool(j, "running", k->running);
		json_end(j, '{');
	}
	json_end(j, '[');
}

static void facts_json(struct json *j, const struct ptk_linux_info *li)
{
	json_begin(j, "facts", '[');
	for (size_t i = 0; i < li->nfacts; i++) {
		json_begin(j, NULL, '{');
		json_text(j, "key", li->fact[i].key);
		json_text(j, "value", li->fact[i].value);
		json_text(j, "how", li->fact[i].how);
		json_end(j, '{');
	}
	json_end(j, '[');
}

static void linux_json(struct json *j, struct ptk_linux *lx)
{
	const struct ptk_linux_info *li = ptk_linux_info(lx);
	const char *name;
	json_begin(j, "linux", '{');
	json_text(j, "arch", li->arch);
	json_text(j, "release", li->release);
	json_text(j, "regime", li->regime.name);
	kernels_json(j, li);
	facts_json(j, li);
	json_begin(j, "tables", '{');
	for (size_t i = 0; (name = table_name(NULL, i)); i++) {
		struct ptk_space s[2];
		int n = ptk_linux_spaces(lx, (enum ptk_linux_table)i, s, NULL);
		if (n >= 0)
			spaces_json(j, name, s, n);
	}
	json_end(j, '{');
	json_bool(j, "markers_computed", li->markers_computed);
	json_begin(j, "markers", '[');
	for (size_t i = 0; i < li->nmarkers; i++) {
		json_begin(j, NULL, '{');
		json_hex(j, "va", li->marker[i].va);
		json_text(j, "name", li->marker[i].name);
		json_number(j, "max_lines", li->marker[i].max_lines);
		json_end(j, '{');
	}
	json_end(j, '[');
	json_end(j, '{');
}

/* ---- the kernel's text ---- */

static void text_text(struct out *o, const struct paint *p, const struct picture *pic)
{
	const struct ptk_text_info *ti = ptk_text_info(pic->text);
	size_t mapped = 0;
	for (size_t i = 0; i < ti->nlines; i++)
		mapped += ti->line[i].kind == PTK_LEAF;
	out_format(o, "%s%s%s: page-table text of %s, most likely %s\n", p->bold, pic->source, p->off, ti->arch,
	           pic->space[0].regime.name);
	out_format(o, "%zu lines, %zu of them mapped; %zu markers; %" PRIu64 " skipped by the kernel; %zu not read\n",
	           ti->nlines, mapped, ti->nmarkers, ti->skipped, ti->total_bad);
	if (ti->nmarkers)
		heading(o, p, "Markers (as they stand in the text)");
	for (size_t i = 0; i < ti->nmarkers; i++) {
		size_t end = i + 1 < ti->nmarkers ? ti->marker[i + 1].line : ti->nlines;
		out_text(o, "  ");
		out_foreign(o, ti->marker[i].name);
		out_pad(o, strlen(ti->marker[i].name) + 2, 28);
		out_format(o, "%zu line%s", end - ti->marker[i].line, end - ti->marker[i].line == 1 ? "" : "s");
		if (end > ti->marker[i].line)
			out_format(o, ", from 0x%0*" PRIx64, ti->va_width / 4, ti->line[ti->marker[i].line].first);
		out_text(o, "\n");
	}
}

static void text_json(struct json *j, const struct picture *pic)
{
	const struct ptk_text_info *ti = ptk_text_info(pic->text);
	json_begin(j, NULL, '{');
	json_text(j, "source", pic->source);
	json_begin(j, "text", '{');
	json_text(j, "arch", ti->arch);
	json_text(j, "regime", pic->space[0].regime.name);
	json_number(j, "lines", (int64_t)ti->nlines);
	json_number(j, "skipped", (int64_t)ti->skipped);
	json_number(j, "bad", (int64_t)ti->total_bad);
	json_begin(j, "markers", '[');
	for (size_t i = 0; i < ti->nmarkers; i++) {
		json_begin(j, NULL, '{');
		json_text(j, "name", ti->marker[i].name);
		json_number(j, "line", ti->marker[i].number);
		json_end(j, '{');
	}
	json_end(j, '[');
	json_end(j, '{');
	json_end(j, '{');
}

static int describe_text(struct call *c, const struct picture *p, const struct options *o)
{
	struct json j = {.out = c->out};
	if (o->json)
		text_json(&j, p);
	else
		text_text(c->out, out_paint(), p);
	return ptk_text_info(p->text)->total_bad ? EXIT_PARTS : EXIT_DONE;
}

/* What is known of the memory is said even if there is no kernel in it. */
static int describe(struct call *c, struct picture *p, const struct options *o)
{
	struct linux_opts lx = o->lx;
	lx.find_all = true;
	lx.or_registers = true;
	int rc = p->nspaces ? 0 : picture_open_built(p);
	if (!rc && !p->nspaces)
		rc = picture_open_linux(p, &lx);
	if (p->lx)
		ptk_linux_look(p->lx);
	ptk_mem_release(p->mem); /* all is known that will be said */
	const struct paint *paint = out_paint();
	if (o->json) {
		struct json j = {.out = c->out};
		json_begin(&j, NULL, '{');
		json_text(&j, "source", p->source);
		memory_json(&j, p);
		if (p->lx)
			linux_json(&j, p->lx);
		else if (p->nspaces)
			spaces_json(&j, "spaces", p->space, p->nspaces);
		json_end(&j, '{');
		return rc;
	}
	memory_text(c->out, paint, p);
	if (p->lx) {
		linux_text(c->out, paint, p->lx);
	} else if (p->nspaces) {
		heading(c->out, paint, "Table");
		out_text(c->out, "  ");
		spaces_text(c->out, p->space, p->nspaces);
	}
	return rc;
}

static int run(struct call *c)
{
	const struct options *o = c->opts;
	struct picture p = {.takes_text = true};
	bool bare = o->table.root.given || o->table.regime;
	int rc = bare ? picture_open(&p, c->arg[0], &o->lx, &o->table) : picture_open_mem(&p, c->arg[0]);
	if (!rc)
		rc = p.text ? describe_text(c, &p, o) : describe(c, &p, o);
	picture_close(&p);
	return rc;
}

static const struct example examples[] = {
	{"ptkit info vmcore", "version, layout, roots, tables and markers, and where each was learnt from"},
	{"ptkit info vmcore --json | jq .linux.tables", "the same for programs"},
	{0},
};

const struct verb verb_info = {
	.name = "info",
	.summary = "what was found in a picture, and how",
	.operands = "[SOURCE]",
	.min_args = 1,
	.max_args = 1,
	.missing = "a SOURCE",
	.any_machine = true,
	.about =
		"The memory that the picture holds; the kernels in it, of which the running one is used unless "
		"--kernel picks another; every fact with the place it was learnt from; the tables and their roots; "
		"and the markers that name regions of the kernel's address space, with whether they are the kernel's "
		"own or computed.\n"
		"\n"
		"If there is no kernel, the memory is described all the same and the exit status is 3.\n"
		"\n"
		"SOURCE may also be the kernel's own text (see dump): its architecture, lines and markers are told.",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.colours = true,
	.run = run,
};
