// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "found.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WHERE_COLUMNS 22
#define MEMORY_COLUMNS 14

const char *found_format_name(void *arg, size_t i)
{
	static const char *const names[] = {
		[FOUND_TABLE] = "table", [FOUND_JSON] = "json", [FOUND_JSONL] = "jsonl", [FOUND_CSV] = "csv"};
	(void)arg;
	return i < sizeof names / sizeof *names ? names[i] : NULL;
}

/* The leaf's own size. */
static uint64_t page_size(const struct found_row *row)
{
	return ptk_level_size(row->regime, row->at->level);
}

static uint64_t size_of(const struct ptk_stretch *at)
{
	return at->last - at->pa + 1;
}

/* Properties beside the rights, by name. */
static const char *flag_word(const struct ptk_attr *attr, unsigned bit)
{
	const uint32_t flag = UINT32_C(1) << bit;
	return attr->flags & ~(uint32_t)PTK_A_RIGHTS & flag ? ptk_render_flag(flag) : NULL;
}

/* ---- for eyes ---- */

static void table_head(const struct found_out *o)
{
	char both[32] = "virtual";
	out_format(o->out, "%s%-*s  %-*s  ", o->paint->dim, (int)(o->ranges ? 2 * o->pa_digits + 5 : o->pa_digits + 2),
	           "physical", (int)(o->ranges ? 2 * o->va_digits + 5 : o->va_digits + 2), both);
	out_format(o->out, "%5s  krn usr  %-*s  %-*s  region%s\n", "page", MEMORY_COLUMNS, "memory", WHERE_COLUMNS,
	           "where", o->paint->off);
}

/* "0x1000", or "0x1000-0x1fff" where ranges are asked for. */
static void span_text(const struct found_out *o, uint64_t first, uint64_t last, unsigned digits)
{
	out_format(o->out, "0x%0*" PRIx64, (int)digits, first);
	if (o->ranges)
		out_format(o->out, "-0x%0*" PRIx64, (int)digits, last);
	out_text(o->out, "  ");
}

static void where_text(const struct found_row *row, char *buf, size_t size)
{
	if (row->pid >= 0)
		snprintf(buf, size, "%" PRId64 " %s", row->pid, row->name ? row->name : "?");
	else if (row->name)
		snprintf(buf, size, "%s", row->name);
	else if (strcmp(row->where, "root") == 0)
		snprintf(buf, size, "root 0x%" PRIx64, row->root);
	else
		snprintf(buf, size, "%s", row->where);
}

static void table_row(const struct found_out *o, const struct found_row *row)
{
	const struct ptk_stretch *at = row->at;
	if (!at) {
		span_text(o, row->asked.first, row->asked.last, o->pa_digits);
		out_format(o->out, "%sno virtual address maps it%s\n", o->paint->red, o->paint->off);
		return;
	}
	char page[24], rights[8], where[96];
	ptk_render_size(page_size(row), page);
	ptk_render_rights(&at->attr, rights);
	where_text(row, where, sizeof where);
	span_text(o, at->pa, at->last, o->pa_digits);
	span_text(o, at->va, at->va + (at->last - at->pa), o->va_digits);
	out_format(o->out, "%5s  %s%s%s  %-*s  ", page, at->attr.flags & PTK_A_UR ? o->paint->yellow : "", rights,
	           o->paint->off, MEMORY_COLUMNS, ptk_memtype_name((enum ptk_memtype)at->attr.mem));
	out_foreign(o->out, where);
	if (row->region) {
		out_pad(o->out, strlen(where), WHERE_COLUMNS + 2);
		out_foreign(o->out, row->region);
	}
	if (at->times > 1)
		out_format(o->out, "%s  and %" PRIu64 " more, up to 0x%0*" PRIx64 "%s", o->paint->dim, at->times - 1,
		           (int)o->va_digits, at->va + (at->times - 1) * at->every, o->paint->off);
	out_text(o->out, "\n");
}

/* ---- JSON ---- */

static void json_attr(struct json *j, const struct ptk_attr *attr)
{
	char rights[8];
	const char *word;
	ptk_render_rights(attr, rights);
	rights[3] = 0;
	json_text(j, "kernel", rights);
	json_text(j, "user", rights + 4);
	json_text(j, "memory", ptk_memtype_name((enum ptk_memtype)attr->mem));
	json_begin(j, "flags", '[');
	for (unsigned bit = 0; bit < 32; bit++)
		if ((word = flag_word(attr, bit)))
			json_text(j, NULL, word);
	json_end(j, '[');
	json_number(j, "key", attr->key);
}

static void json_row(struct json *j, const struct found_row *row)
{
	const struct ptk_stretch *at = row->at;
	json_begin(j, NULL, '{');
	json_hex(j, "asked", row->asked.first);
	if (row->asked.last != row->asked.first)
		json_hex(j, "asked_last", row->asked.last);
	json_bool(j, "mapped", at);
	if (at) {
		json_hex(j, "pa", at->pa);
		json_hex(j, "va", at->va);
		json_number(j, "size", (int64_t)size_of(at));
		json_number(j, "times", (int64_t)at->times);
		if (at->times > 1)
			json_number(j, "every", (int64_t)at->every);
		json_number(j, "level", at->level);
		json_text(j, "entry", row->regime->level[at->level].name);
		json_number(j, "page", (int64_t)page_size(row));
		json_attr(j, &at->attr);
		json_text(j, "where", row->where);
		if (row->pid >= 0)
			json_number(j, "pid", row->pid);
		json_text(j, "name", row->name);
		json_hex(j, "root", row->root);
		json_text(j, "region", row->region);
	}
	json_end(j, '{');
}

/* ---- CSV ---- */

static void csv_text(struct out *o, const char *text)
{
	bool quoted = text && strpbrk(text, ",\"\r\n");
	out_text(o, quoted ? "\"" : "");
	for (; text && *text; text++) {
		char one[2] = {*text, 0};
		if (*text == '"')
			out_text(o, "\"\"");
		else
			out_foreign(o, one);
	}
	out_text(o, quoted ? "\"" : "");
}

static void csv_attr(struct out *o, const struct ptk_attr *attr)
{
	char rights[8];
	const char *word, *space = "";
	ptk_render_rights(attr, rights);
	out_format(o, "%.3s,%.3s,%s,", rights, rights + 4, ptk_memtype_name((enum ptk_memtype)attr->mem));
	for (unsigned bit = 0; bit < 32; bit++)
		if ((word = flag_word(attr, bit))) {
			out_format(o, "%s%s", space, word);
			space = " ";
		}
}

static void csv_row(struct out *o, const struct found_row *row)
{
	const struct ptk_stretch *at = row->at;
	out_format(o, "0x%" PRIx64 ",0x%" PRIx64 ",", row->asked.first, row->asked.last);
	if (!at) {
		out_text(o, ",,,,,,,,,,,,,,,\n");
		return;
	}
	out_format(o, "0x%" PRIx64 ",0x%" PRIx64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%u,%s,%" PRIu64 ",", at->pa,
	           at->va, size_of(at), at->times, at->every, at->level, row->regime->level[at->level].name,
	           page_size(row));
	csv_attr(o, &at->attr);
	out_format(o, ",%s,", row->where);
	if (row->pid >= 0)
		out_format(o, "%" PRId64, row->pid);
	out_text(o, ",");
	csv_text(o, row->name);
	out_text(o, ",");
	csv_text(o, row->region);
	out_text(o, "\n");
}

/* ---- any ---- */

void found_begin(struct found_out *o)
{
	o->paint = out_paint();
	o->json = (struct json){.out = o->out, .flat = o->format == FOUND_JSONL};
	switch (o->format) {
	case FOUND_TABLE: table_head(o); break;
	case FOUND_JSON: json_begin(&o->json, NULL, '['); break;
	case FOUND_JSONL: break;
	case FOUND_CSV:
		out_text(o->out, "asked,asked_last,pa,va,size,times,every,level,entry,page,kernel,user,memory,flags,where,"
		                 "pid,name,region\n");
		break;
	}
}

int found_row(struct found_out *o, const struct found_row *row)
{
	switch (o->format) {
	case FOUND_TABLE: table_row(o, row); break;
	case FOUND_JSON:
	case FOUND_JSONL: json_row(&o->json, row); break;
	case FOUND_CSV: csv_row(o->out, row); break;
	}
	return o->out->failed ? PTK_E_IO : 0;
}

void found_end(struct found_out *o)
{
	if (o->format == FOUND_JSON)
		json_end(&o->json, '[');
}
