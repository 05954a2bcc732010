// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit walk: one address, level by level, with everything that the entries on its path say. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "absent.h"
#include "twin.h"

#define WIDTH 110
#define FIELD_WIDTH 13

struct options {
	struct linux_opts lx;
	struct table_opts table;
	bool brief, json;
};

static const struct opt option_rows[] = {
	{"--brief", 'b', OPT_FLAG, NULL, "one line a level, without the fields", offsetof(struct options, brief), NULL},
	{"--json", 'j', OPT_FLAG, NULL, "one JSON document", offsetof(struct options, json), NULL},
	TABLE_OPTIONS(struct options, table),
	LINUX_OPTIONS(struct options, lx),
	{0},
};

/* One address looked up: where, and what came of it. */
struct look {
	const char *table; /* of Linux's tables; NULL in a bare walk */
	bool of_process;   /* and that is a process's */
	const char *region;
	struct ptk_space space;
	struct ptk_path path;
	struct ptk_err err;
	bool explained; /* what Linux keeps in the last entry */
	struct ptk_absent absent;
};

struct shown {
	struct out *out;
	const struct paint *paint;
	struct json json;
	struct absent absent;
	bool brief, as_json;
};

/* ---- words ---- */

static const char *outcome_name(unsigned outcome)
{
	static const char *const names[] = {
		[PTK_MAPPED] = "mapped", [PTK_UNMAPPED] = "unmapped", [PTK_ABSENT] = "absent",
		[PTK_FAULT] = "fault",   [PTK_OUTSIDE] = "outside",   [PTK_UNREADABLE] = "unreadable",
	};
	return outcome < sizeof names / sizeof *names ? names[outcome] : "unknown";
}

/* "kernel write, user read": the flags of a mask, in words; an empty text for none. */
static void flag_list(uint32_t flags, char *buf, size_t size)
{
	size_t n = 0;
	buf[0] = 0;
	for (unsigned bit = 0; bit < 32; bit++) {
		const char *word = flags >> bit & 1 ? ptk_render_flag(UINT32_C(1) << bit) : NULL;
		if (word && n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? ", " : "", word);
	}
}

/* What an inherit value does to everything below: rights that go, and what is forced on. */
static void inherit_text(uint64_t inherit, char *buf, size_t size)
{
	uint32_t flags = ptk_inherit_flags(inherit);
	uint32_t forced = flags & ~(uint32_t)PTK_A_RIGHTS;
	flag_list(flags & PTK_A_RIGHTS, buf, size);
	size_t n = strlen(buf);
	if (forced && n < size)
		n += (size_t)snprintf(buf + n, size - n, "%sforces ", n ? "; " : "");
	if (forced && n < size)
		flag_list(forced, buf + n, size - n);
}

static const struct ptk_step *last_step(const struct ptk_path *path)
{
	return path->nsteps ? &path->step[path->nsteps - 1] : NULL;
}

/* What stands at a level: "PTE (pte)". */
static void level_name(const struct ptk_regime *r, int level, char *buf, size_t size)
{
	snprintf(buf, size, "%s (%s)", r->level[level].name, ptk_level_linux(r, level));
}

/* ---- text ---- */

/* Where an entry leads, in a few words. */
static void leads_to(const struct shown *s, const struct ptk_entry *e, char *buf, size_t size)
{
	const struct paint *p = s->paint;
	char span[24];
	ptk_render_size(e->span, span);
	switch ((enum ptk_kind)e->kind) {
	case PTK_TABLE: snprintf(buf, size, "table at 0x%" PRIx64, e->pa); break;
	case PTK_LEAF: snprintf(buf, size, "%s%s page at 0x%" PRIx64 "%s", p->green, span, e->pa, p->off); break;
	case PTK_NONE: snprintf(buf, size, "%sempty%s", p->red, p->off); break;
	case PTK_NOT_PRESENT: snprintf(buf, size, "%snot present%s", p->red, p->off); break;
	case PTK_RESERVED: snprintf(buf, size, "%sfaults%s", p->red, p->off); break;
	}
}

/* "47:12" or "63" */
static int bits_text(const struct ptk_field *f, char *buf, size_t size)
{
	return f->hi == f->lo ? snprintf(buf, size, "%u", f->lo) : snprintf(buf, size, "%u:%u", f->hi, f->lo);
}

static bool says_nothing(const struct ptk_field *f)
{
	return !f->value && !f->means;
}

static void field_text(struct out *o, const struct ptk_field *f)
{
	char bits[16], value[24];
	bits_text(f, bits, sizeof bits);
	snprintf(value, sizeof value, f->value > 9 ? "0x%" PRIx64 : "%" PRIu64, f->value);
	out_format(o, "  %7s  %-*s %12s%s%s\n", bits, FIELD_WIDTH, f->name, value, f->means ? "  " : "",
	           f->means ? f->means : "");
}

/* Fields that are zero and mean nothing then share lines. */
static void zeros_text(const struct shown *s, const struct ptk_field *field, size_t n)
{
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		char text[64], bits[16];
		if (!says_nothing(&field[i]))
			continue;
		bits_text(&field[i], bits, sizeof bits);
		size_t len = (size_t)snprintf(text, sizeof text, "%s %s", field[i].name, bits);
		if (at + len > WIDTH) {
			out_text(s->out, ",\n           ");
			at = 11;
		} else {
			out_format(s->out, "%s", at ? ", " : s->paint->dim);
			out_text(s->out, at ? "" : "     zero  ");
			at += at ? 2 : 11;
		}
		out_text(s->out, text);
		at += len;
	}
	if (at)
		out_format(s->out, "%s\n", s->paint->off);
}

static void fields_text(const struct shown *s, const struct ptk_regime *r, const struct ptk_entry *e)
{
	struct ptk_field field[PTK_FIELDS_MAX];
	size_t n = ptk_entry_fields(r, e->level, e->raw, field, PTK_FIELDS_MAX);
	if (n > PTK_FIELDS_MAX)
		n = PTK_FIELDS_MAX;
	for (size_t i = 0; i < n; i++)
		if (!says_nothing(&field[i]))
			field_text(s->out, &field[i]);
	zeros_text(s, field, n);
}

static void twin_text(const struct shown *s, const struct look *l, const struct ptk_step *st)
{
	struct twin twin;
	char names[128];
	if (!l->table || !twin_find(&l->space, st, &twin))
		return;
	twin_bits(&twin, names, sizeof names);
	out_format(s->out, "  Linux's own entry at 0x%" PRIx64 ": 0x%08" PRIx32 "  %s\n", twin.pa, twin.raw, names);
}

static void step_text(const struct shown *s, const struct look *l, int i)
{
	const struct ptk_regime *r = &l->space.regime;
	const struct ptk_step *st = &l->path.step[i];
	const struct ptk_level *lv = &r->level[st->entry.level];
	const struct paint *p = s->paint;
	char name[32], to[96], takes[192], bits[16];
	level_name(r, st->entry.level, name, sizeof name);
	leads_to(s, &st->entry, to, sizeof to);
	snprintf(bits, sizeof bits, "%u:%u", lv->shift + lv->bits - 1u, lv->shift);
	out_format(s->out, "%s%-11s%s  VA %5s = %-4" PRIu32 "  entry at 0x%0*" PRIx64 ":  %s0x%0*" PRIx64 "%s  %s\n",
	           p->bold, name, p->off, bits, st->index, (r->pa_bits + 3) / 4, st->entry_pa, p->bold,
	           2 << r->entry_shift, st->entry.raw, p->off, to);
	if (!s->brief)
		fields_text(s, r, &st->entry);
	twin_text(s, l, st);
	inherit_text(st->entry.inherit, takes, sizeof takes);
	if (st->entry.kind == PTK_TABLE && *takes)
		out_format(s->out, "%s  takes away from all below: %s%s\n", p->yellow, takes, p->off);
}

/* Rights, memory type, properties. */
static void attr_text(const struct ptk_attr *a, char *buf, size_t size)
{
	char rights[8], flags[128];
	ptk_render_rights(a, rights);
	flag_list(a->flags & ~(uint32_t)PTK_A_RIGHTS, flags, sizeof flags);
	snprintf(buf, size, "kernel %.3s, user %s; %s%s%s", rights, rights + 4,
	         ptk_memtype_name((enum ptk_memtype)a->mem), *flags ? "; " : "", flags);
}

static void mapped_text(const struct shown *s, const struct look *l)
{
	const struct ptk_step *st = last_step(&l->path);
	const struct paint *p = s->paint;
	char text[320], own[8], lost[192], span[24];
	ptk_render_size(st->entry.span, span);
	out_format(s->out, "%s=> 0x%" PRIx64 "%s  byte 0x%" PRIx64 " of a %s page\n", p->green, l->path.pa, p->off,
	           l->path.pa - st->entry.pa, span);
	attr_text(&l->path.attr, text, sizeof text);
	out_format(s->out, "   granted: %s\n", text);
	uint32_t gone = st->entry.attr.flags & ~l->path.attr.flags & PTK_A_RIGHTS;
	flag_list(gone, lost, sizeof lost);
	if (!gone)
		return;
	ptk_render_rights(&st->entry.attr, own);
	out_format(s->out, "   %sthe entry alone says %s; the levels above or the rules of the CPU take away %s%s\n",
	           p->yellow, own, lost, p->off);
}

/* Why there is no physical address: the exact reason, and how far it reaches. */
static void unmapped_text(const struct shown *s, const struct look *l)
{
	const struct ptk_regime *r = &l->space.regime;
	const struct ptk_step *st = last_step(&l->path);
	const struct paint *p = s->paint;
	out_format(s->out, "%s=> ", p->red);
	if (l->path.outcome == PTK_UNREADABLE) {
		out_format(s->out, "unknown:%s ", p->off);
		out_foreign(s->out, l->err.msg[0] ? l->err.msg : ptk_strerror(l->path.error));
		out_text(s->out, "\n");
		return;
	}
	char name[32], span[24];
	uint64_t first = l->path.va & ~(st->entry.span - 1);
	level_name(r, st->entry.level, name, sizeof name);
	ptk_render_size(st->entry.span, span);
	if (l->path.outcome == PTK_UNMAPPED)
		out_format(s->out, "not mapped:%s the %s is empty", p->off, name);
	else if (l->path.outcome == PTK_ABSENT)
		out_format(s->out, "not mapped:%s the %s is not present%s%s", p->off, name,
		           st->entry.why && !l->explained ? ": " : "",
		           st->entry.why && !l->explained ? st->entry.why : "");
	else
		out_format(s->out, "faults:%s the %s breaks a rule: %s", p->off, name,
		           st->entry.why ? st->entry.why : "?");
	if (l->path.outcome == PTK_FAULT && st->entry.bad)
		out_format(s->out, " (bits 0x%" PRIx64 ")", st->entry.bad);
	if (l->explained) {
		char text[320];
		ptk_absent_text(&l->absent, text, sizeof text);
		out_format(s->out, "\n   Linux keeps there: %s%s%s", p->yellow, text, p->off);
	}
	out_format(s->out, "\n   so for all of 0x%0*" PRIx64 "-0x%0*" PRIx64 " (%s)\n", r->va_width / 4, first,
	           r->va_width / 4, first + st->entry.span - 1, span);
}

static void look_text(const struct shown *s, const struct look *l)
{
	const struct paint *p = s->paint;
	const struct ptk_regime *r = &l->space.regime;
	out_format(s->out, "%s0x%0*" PRIx64 "%s  ", p->bold, r->va_width / 4, l->path.va, p->off);
	if (l->region) {
		out_foreign(s->out, l->region);
		out_text(s->out, ", ");
	}
	if (l->table)
		out_format(s->out, "%s%s, ", l->of_process ? "" : "table ", l->table);
	out_format(s->out, "%s, root 0x%" PRIx64 "\n", r->name, l->space.root);
	for (int i = 0; i < l->path.nsteps; i++)
		step_text(s, l, i);
	if (l->path.outcome == PTK_MAPPED)
		mapped_text(s, l);
	else
		unmapped_text(s, l);
}

/* ---- JSON ---- */

static void flags_json(struct json *j, const char *key, uint32_t flags)
{
	json_begin(j, key, '[');
	for (unsigned bit = 0; bit < 32; bit++) {
		const char *word = flags >> bit & 1 ? ptk_render_flag(UINT32_C(1) << bit) : NULL;
		if (word)
			json_text(j, NULL, word);
	}
	json_end(j, '[');
}

static void attr_json(struct json *j, const char *key, const struct ptk_attr *a)
{
	char rights[8];
	ptk_render_rights(a, rights);
	rights[3] = 0;
	json_begin(j, key, '{');
	json_text(j, "kernel", rights);
	json_text(j, "user", rights + 4);
	json_text(j, "memory", ptk_memtype_name((enum ptk_memtype)a->mem));
	flags_json(j, "flags", a->flags & ~(uint32_t)PTK_A_RIGHTS);
	json_number(j, "key", a->key);
	json_number(j, "software", a->sw);
	json_end(j, '{');
}

static void fields_json(struct json *j, const struct ptk_regime *r, const struct ptk_entry *e)
{
	struct ptk_field field[PTK_FIELDS_MAX];
	size_t n = ptk_entry_fields(r, e->level, e->raw, field, PTK_FIELDS_MAX);
	json_begin(j, "fields", '[');
	for (size_t i = 0; i < n && i < PTK_FIELDS_MAX; i++) {
		json_begin(j, NULL, '{');
		json_text(j, "name", field[i].name);
		json_number(j, "high", field[i].hi);
		json_number(j, "low", field[i].lo);
		json_hex(j, "value", field[i].value);
		json_text(j, "means", field[i].means);
		json_end(j, '{');
	}
	json_end(j, '[');
}

static void twin_json(struct json *j, const struct look *l, const struct ptk_step *st)
{
	struct twin twin;
	char names[128];
	if (!l->table || !twin_find(&l->space, st, &twin))
		return;
	twin_bits(&twin, names, sizeof names);
	json_begin(j, "linux_entry", '{');
	json_hex(j, "entry", twin.pa);
	json_hex(j, "raw", twin.raw);
	json_text(j, "bits", names);
	json_end(j, '{');
}

static void step_json(struct json *j, const struct look *l, const struct ptk_step *st)
{
	const struct ptk_regime *r = &l->space.regime;
	const struct ptk_entry *e = &st->entry;
	json_begin(j, NULL, '{');
	json_number(j, "level", e->level);
	json_text(j, "manual", r->level[e->level].name);
	json_text(j, "linux", ptk_level_linux(r, e->level));
	json_hex(j, "table", st->table);
	json_number(j, "index", st->index);
	json_hex(j, "entry", st->entry_pa);
	json_hex(j, "raw", e->raw);
	json_text(j, "kind", ptk_kind_name((enum ptk_kind)e->kind));
	if (e->kind == PTK_TABLE || e->kind == PTK_LEAF)
		json_hex(j, "pa", e->pa);
	json_number(j, "span", (int64_t)e->span);
	json_text(j, "why", e->why);
	json_hex(j, "bad", e->bad);
	if (e->kind == PTK_LEAF)
		attr_json(j, "own", &e->attr);
	flags_json(j, "takes_away", ptk_inherit_flags(e->inherit));
	flags_json(j, "taken_above", ptk_inherit_flags(st->inherit));
	fields_json(j, r, e);
	twin_json(j, l, st);
	json_end(j, '{');
}

static void look_json(struct json *j, const struct look *l)
{
	json_begin(j, NULL, '{');
	json_hex(j, "va", l->path.va);
	json_text(j, "region", l->region);
	json_text(j, "table", l->table);
	json_text(j, "regime", l->space.regime.name);
	json_hex(j, "root", l->space.root);
	json_text(j, "outcome", outcome_name(l->path.outcome));
	if (l->path.outcome == PTK_MAPPED) {
		json_hex(j, "pa", l->path.pa);
		attr_json(j, "granted", &l->path.attr);
	} else if (l->path.outcome == PTK_UNREADABLE) {
		json_text(j, "why", l->err.msg[0] ? l->err.msg : ptk_strerror(l->path.error));
	}
	if (l->explained)
		absent_json(j, "absent", &l->absent);
	json_begin(j, "steps", '[');
	for (int i = 0; i < l->path.nsteps; i++)
		step_json(j, l, &l->path.step[i]);
	json_end(j, '[');
	json_end(j, '{');
}

/* ---- looking ---- */

/* Walk va in the tables of the picture; false if none of its spaces translates it. */
static bool look_in(const struct picture *p, uint64_t va, struct look *l)
{
	const struct ptk_space *s = picture_space(p, va);
	if (!s)
		return false;
	l->space = *s;
	l->table = picture_table(p);
	l->of_process = p->process;
	l->err.msg[0] = 0;
	ptk_walk(s, va, &l->path, &l->err);
	return l->path.outcome != PTK_OUTSIDE;
}

/*
 * What the kernel's own table does not map may be the process's on the CPU: unless a table was asked for, that one is
 * looked at too, and taken if it knows better.
 */
static bool look(struct picture *p, uint64_t va, bool choose, struct look *l, struct ptk_err *err)
{
	bool found = look_in(p, va, l);
	l->region = picture_region(p, va);
	if (!choose || !p->lx || (found && l->path.outcome != PTK_UNMAPPED))
		return found;
	struct picture other = *p;
	struct look second = {.region = l->region};
	int n = ptk_linux_spaces(p->lx, PTK_TABLE_CURRENT_KERNEL, other.space, err);
	if (n < 0)
		return found;
	other.nspaces = n;
	other.table = PTK_TABLE_CURRENT_KERNEL;
	if (look_in(&other, va, &second) && (!found || second.path.outcome != PTK_UNMAPPED)) {
		*l = second;
		found = true;
	}
	return found;
}

/* other: why there is no other table to look at, if there is none. */
static int outside(const struct picture *p, uint64_t va, const struct ptk_err *other)
{
	const struct ptk_space *s = &p->space[0];
	const struct ptk_regime *r = &s->regime;
	if (va > ptk_va_max(r))
		return fail(EXIT_USAGE, "0x%" PRIx64 " is no address of %s: it has %u bits at most", va, r->name,
		            r->va_width);
	if (r->va_form == PTK_VA_SIGN)
		return fail(EXIT_USAGE, "0x%" PRIx64 " is no address of %s: bits 63 to %u must be equal", va, r->name,
		            r->va_bits - 1);
	return fail(EXIT_USAGE,
	            "0x%" PRIx64 " lies outside what %s at this root translates, 0x%" PRIx64 "-0x%" PRIx64 "%s%s", va,
	            r->name, s->first, s->last, other->msg[0] ? "; " : "", other->msg);
}

static int walk_one(struct picture *p, const char *text, bool choose, struct shown *s)
{
	struct look l = {0};
	struct ptk_err other = {0};
	uint64_t va;
	int rc = picture_address(p, text, &va);
	if (rc)
		return rc;
	if (!look(p, va, choose, &l, &other))
		return outside(p, va, &other);
	l.explained = absent_path(&s->absent, &l.space, &l.path, &l.absent);
	if (s->as_json)
		look_json(&s->json, &l);
	else
		look_text(s, &l);
	return l.path.outcome == PTK_UNREADABLE ? EXIT_PARTS : EXIT_DONE;
}

static int walk_all(struct call *c, struct picture *p, const struct options *o)
{
	struct shown s = {
		.out = c->out, .paint = out_paint(), .json = {.out = c->out}, .brief = o->brief, .as_json = o->json};
	int worst = EXIT_DONE;
	absent_begin(&s.absent, p);
	if (s.as_json)
		json_begin(&s.json, NULL, '[');
	for (int i = 1; i < c->nargs; i++) {
		if (i > 1 && !s.as_json)
			out_text(c->out, "\n");
		out_flush(c->out); /* so that words on standard error stand in their place */
		int rc = walk_one(p, c->arg[i], !o->table.table && !o->table.pid, &s);
		/* a mistake in the command line weighs more than a hole in the picture */
		if (worst == EXIT_DONE || rc == EXIT_USAGE)
			worst = rc;
	}
	if (s.as_json)
		json_end(&s.json, '[');
	if (worst == EXIT_PARTS)
		return fail(worst, "a table on the way could not be read");
	return worst;
}

static int run(struct call *c)
{
	const struct options *o = c->opts;
	struct picture p = {0};
	int rc = picture_open(&p, c->arg[0], &o->lx, &o->table);
	if (!rc)
		rc = walk_all(c, &p, o);
	picture_close(&p);
	return rc;
}

static const struct example examples[] = {
	{"ptkit walk vmcore ffffffff81000000", "how the kernel's first byte is found"},
	{"ptkit walk vmcore --brief swapper_pg_dir init_mm+40",
	 "symbols, as far as the picture or --symbols tells them"},
	{"ptkit walk vmcore --table current_user 7ffe12345678", "an address of the process on the CPU"},
	{0},
};

const struct verb verb_walk = {
	.name = "walk",
	.summary = "one address, level by level: every entry and field, rights, the result",
	.operands = "[SOURCE] VA...",
	.min_args = 2,
	.max_args = -1,
	.missing = "a SOURCE and an address",
	.any_machine = true,
	.about = "For each level: what the manual and Linux call it, the index, the entry's address and raw value, "
	         "where it leads, every field by its name in the manual with what it means, and what it takes away "
	         "from the levels below. Then the physical address and what is granted, or why there is none and how "
	         "far that reaches. On 32-bit arm without LPAE Linux's own entry stands below the hardware's.\n"
	         "\n"
	         "A VA is hexadecimal, or a symbol with an optional +OFFSET. Without --table it is looked up in the "
	         "kernel's own table, and in that of the process on the CPU if the kernel's maps nothing there. An "
	         "address that is not mapped is an answer (exit status 0); one that the regime cannot translate is a "
	         "mistake (2).",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.colours = true,
	.run = run,
};
