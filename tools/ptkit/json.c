// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "json.h"

#include <inttypes.h>

static void quote(struct out *o, const char *text)
{
	out_text(o, "\"");
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		/* Foreign bytes need not be UTF-8: those above ASCII are taken for Latin-1. */
		if (*p == '"' || *p == '\\')
			out_format(o, "\\%c", *p);
		else if (*p < 0x20 || *p >= 0x7f)
			out_format(o, "\\u%04x", *p);
		else
			out_write(o, (const char *)p, 1);
	}
	out_text(o, "\"");
}

static void before(struct json *j, const char *key)
{
	if (j->inside)
		out_text(j->out, j->flat ? ", " : ",");
	if (j->depth && !j->flat)
		out_format(j->out, "\n%*s", (int)(2 * j->depth), "");
	j->inside = true;
	if (key) {
		quote(j->out, key);
		out_text(j->out, ": ");
	}
}

void json_begin(struct json *j, const char *key, char bracket)
{
	before(j, key);
	out_write(j->out, &bracket, 1);
	j->depth++;
	j->inside = false;
}

void json_end(struct json *j, char bracket)
{
	j->depth--;
	if (j->inside && !j->flat)
		out_format(j->out, "\n%*s", (int)(2 * j->depth), "");
	out_text(j->out, bracket == '{' ? "}" : "]");
	j->inside = true;
	if (!j->depth) {
		out_text(j->out, "\n");
		j->inside = !j->flat;
	}
}

void json_text(struct json *j, const char *key, const char *text)
{
	before(j, key);
	if (text)
		quote(j->out, text);
	else
		out_text(j->out, "null");
}

void json_hex(struct json *j, const char *key, uint64_t v)
{
	before(j, key);
	out_format(j->out, "\"0x%" PRIx64 "\"", v);
}

void json_number(struct json *j, const char *key, int64_t v)
{
	before(j, key);
	out_format(j->out, "%" PRId64, v);
}

void json_bool(struct json *j, const char *key, bool v)
{
	before(j, key);
	out_text(j->out, v ? "true" : "false");
}
