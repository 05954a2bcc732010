// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "boot_json.h"

#include <stdio.h>

const char *boot_verdict(enum ptk_boot_verdict v)
{
	switch (v) {
	case PTK_BOOT_EQUAL: return "equal";
	case PTK_BOOT_NAMED: return "named";
	case PTK_BOOT_DIFFERENT: return "different";
	case PTK_BOOT_ONLY_OURS: return "only ours";
	case PTK_BOOT_ONLY_THEIRS: return "only theirs";
	}
	return "?";
}

static void row(struct json *j, const char *kind)
{
	json_begin(j, NULL, '{');
	json_text(j, "kind", kind);
}

/* ---- the document; rows of their own need none ---- */

void boot_json_list(struct json *j, const char *of)
{
	if (!j->flat)
		json_begin(j, of, '[');
}

void boot_json_list_end(struct json *j)
{
	if (!j->flat)
		json_end(j, '[');
}

void boot_json_end(struct json *j)
{
	if (!j->flat)
		json_end(j, '{');
}

void boot_json_machine(struct json *j, const struct ptk_machine_info *m)
{
	char version[32];
	snprintf(version, sizeof version, "%u.%u", m->major, m->minor);
	if (j->flat)
		row(j, "machine");
	else
		json_begin(j, NULL, '{');
	json_text(j, "regime", m->regime.name);
	json_text(j, "kernel", version);
	json_text(j, "doubt", m->doubt);
	if (j->flat)
		json_end(j, '{');
}

/* ---- rows ---- */

void boot_json_step(struct json *j, const struct ptk_boot_step *s)
{
	row(j, "step");
	json_number(j, "depth", s->depth);
	json_text(j, "function", s->function);
	if (s->what)
		json_text(j, "what", s->what);
	if (s->type)
		json_text(j, "type", s->type);
	if (s->first || s->last) {
		json_hex(j, "first", s->first);
		json_hex(j, "last", s->last);
	}
	if (s->pa != PTK_NO_PA)
		json_hex(j, "pa", s->pa);
	if (s->table != PTK_NO_PA)
		json_hex(j, "table", s->table);
	if (s->from)
		json_text(j, "from", s->from);
	json_end(j, '{');
}

static void entry(struct json *j, const char *whose, const struct ptk_regime *r, unsigned level, uint64_t raw)
{
	if (!raw) {
		json_text(j, whose, NULL);
		return;
	}
	json_begin(j, whose, '{');
	json_number(j, "level", level);
	json_text(j, "entry", r->level[level].name);
	json_hex(j, "raw", raw);
	json_end(j, '{');
}

void boot_json_diff(struct json *j, const struct ptk_regime *r, const struct ptk_boot_diff *d)
{
	row(j, "difference");
	json_text(j, "verdict", boot_verdict(d->verdict));
	json_text(j, "region", d->region->name);
	json_hex(j, "first", d->first);
	json_hex(j, "last", d->last);
	json_number(j, "count", (int64_t)d->count);
	entry(j, "ours", r, d->level, d->ours);
	entry(j, "theirs", r, d->their_level, d->theirs);
	json_bool(j, "linux", d->twin);
	json_text(j, "why", d->why);
	json_end(j, '{');
}

static void counts(struct json *j, const struct ptk_boot_sum *s)
{
	json_number(j, "entries", (int64_t)s->entries);
	json_number(j, "equal", (int64_t)s->equal);
	json_number(j, "named", (int64_t)s->named);
	json_number(j, "different", (int64_t)s->different);
	json_number(j, "only_ours", (int64_t)s->only_ours);
	json_number(j, "only_theirs", (int64_t)s->only_theirs);
	json_number(j, "split", (int64_t)s->split);
	json_number(j, "tables", (int64_t)s->tables);
	json_number(j, "tables_placed", (int64_t)s->tables_placed);
	json_number(j, "tables_late", (int64_t)s->tables_late);
}

void boot_json_region(struct json *j, const struct ptk_boot_region *r, const struct ptk_boot_sum *sum)
{
	row(j, "region");
	json_text(j, "region", r->name);
	json_text(j, "function", r->function);
	json_hex(j, "first", r->first);
	json_hex(j, "last", r->last);
	json_bool(j, "changes", r->changes);
	json_bool(j, "user", r->user);
	if (sum)
		counts(j, sum);
	json_end(j, '{');
}

void boot_json_sum(struct json *j, const char *of, const struct ptk_boot_sum *sum)
{
	if (j->flat) {
		row(j, "sum");
		json_text(j, "of", of);
	} else {
		json_begin(j, of, '{');
	}
	counts(j, sum);
	json_end(j, '{');
}
