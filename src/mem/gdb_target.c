// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Target descriptions ("Debugging with GDB", appendix "Target Descriptions"): as much XML as they are written in. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/grow.h"
#include "mem/gdb_remote.h"

#define MAX_ANNEXES 64
#define MAX_REGS 8192
#define MAX_DEPTH 4

/* A start tag: its name, and the attributes behind it. */
struct tag {
	const char *name, *attrs, *end;
	size_t name_len;
};

static bool starts(const char *p, const char *end, const char *with)
{
	size_t n = strlen(with);
	return (size_t)(end - p) >= n && memcmp(p, with, n) == 0;
}

static const char *after(const char *p, const char *end, const char *what)
{
	const char *at = memmem(p, (size_t)(end - p), what, strlen(what));
	return at ? at + strlen(what) : end;
}

/* The next start tag from p on; NULL: none. Comments, declarations and end tags are stepped over. */
static const char *next_tag(const char *p, const char *end, struct tag *tag)
{
	while ((p = memchr(p, '<', (size_t)(end - p)))) {
		if (starts(p, end, "<!--")) {
			p = after(p + 4, end, "-->");
			continue;
		}
		const char *close = memchr(p, '>', (size_t)(end - p));
		if (!close)
			return NULL;
		if (p[1] == '!' || p[1] == '?' || p[1] == '/') {
			p = close + 1;
			continue;
		}
		tag->name = ++p;
		while (p < close && !isspace((unsigned char)*p) && *p != '/')
			p++;
		tag->name_len = (size_t)(p - tag->name);
		tag->attrs = p;
		tag->end = close;
		return close + 1;
	}
	return NULL;
}

static bool is_tag(const struct tag *t, const char *name)
{
	return t->name_len == strlen(name) && memcmp(t->name, name, t->name_len) == 0;
}

/* Copy the value of an attribute; false if there is none, or no room for it. */
static bool attribute(const struct tag *t, const char *name, char *out, size_t room)
{
	size_t n = strlen(name);
	for (const char *p = t->attrs; p < t->end;) {
		while (p < t->end && isspace((unsigned char)*p))
			p++;
		const char *key = p;
		while (p < t->end && *p != '=')
			p++;
		size_t key_len = (size_t)(p - key);
		while (key_len && isspace((unsigned char)key[key_len - 1]))
			key_len--;
		do
			p++;
		while (p < t->end && isspace((unsigned char)*p));
		if (p >= t->end || (*p != '"' && *p != '\''))
			return false;
		const char *value = p + 1, *close = memchr(value, *p, (size_t)(t->end - value));
		if (!close)
			return false;
		if (key_len == n && memcmp(key, name, n) == 0) {
			size_t len = (size_t)(close - value);
			if (len >= room)
				return false;
			memcpy(out, value, len);
			out[len] = 0;
			return true;
		}
		p = close + 1;
	}
	return false;
}

static bool number(const struct tag *t, const char *name, uint32_t *out)
{
	char text[16], *end;
	if (!attribute(t, name, text, sizeof text) || !isdigit((unsigned char)*text))
		return false;
	unsigned long v = strtoul(text, &end, 0);
	if (*end || v > UINT32_MAX / 2)
		return false;
	*out = (uint32_t)v;
	return true;
}

/* "The register number ... defaults to one greater than that of the previous register". */
static int add_reg(struct ptk_gdb_target *t, const struct tag *tag)
{
	struct ptk_gdb_reg reg = {.number = t->next};
	number(tag, "regnum", &reg.number);
	t->next = reg.number + 1;
	if (!number(tag, "bitsize", &reg.bits) || !attribute(tag, "name", reg.name, sizeof reg.name))
		return 0;
	if (t->nregs == MAX_REGS)
		return PTK_E_LIMIT;
	struct ptk_gdb_reg *more = grow_(t->reg, t->nregs, &t->room, 64, sizeof *more);
	if (!more)
		return PTK_E_NOMEM;
	t->reg = more;
	t->reg[t->nregs++] = reg;
	return 0;
}

static void set_arch(struct ptk_gdb_target *t, const char *p, const char *end)
{
	size_t n = 0;
	while (p < end && isspace((unsigned char)*p))
		p++;
	while (p + n < end && p[n] != '<' && !isspace((unsigned char)p[n]))
		n++;
	if (*t->arch || n >= sizeof t->arch)
		return;
	memcpy(t->arch, p, n);
	t->arch[n] = 0;
}

int ptk_gdb_xml_(const char *text, size_t len, struct ptk_gdb_target *t, ptk_gdb_include_fn *fn, void *arg)
{
	const char *end = text + len;
	struct tag tag;
	char href[128];
	int r = 0;
	for (const char *p = text; r >= 0 && p < end && (p = next_tag(p, end, &tag));) {
		if (is_tag(&tag, "reg"))
			r = add_reg(t, &tag);
		else if (is_tag(&tag, "architecture"))
			set_arch(t, p, end);
		else if (is_tag(&tag, "xi:include") && attribute(&tag, "href", href, sizeof href))
			r = fn(arg, href);
	}
	return r;
}

struct reader {
	struct ptk_gdb *gdb;
	struct ptk_gdb_target *target;
	struct ptk_err *err;
	unsigned depth;
};

/* What goes into a packet's name field as it is. */
static bool plain(const char *annex)
{
	for (const char *p = annex; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
			return false;
	return *annex;
}

static int include(void *arg, const char *annex)
{
	struct reader *r = arg;
	char *text;
	size_t len;
	if (r->depth == MAX_DEPTH || r->target->annexes == MAX_ANNEXES || !plain(annex))
		return ptk_err_set_(r->err, PTK_E_LIMIT, "the gdb stub's description of its registers includes too much");
	r->target->annexes++;
	int rc = ptk_gdb_annex_(r->gdb, annex, &text, &len, r->err);
	if (rc < 0)
		return rc;
	r->depth++;
	rc = ptk_gdb_xml_(text, len, r->target, include, r);
	r->depth--;
	free(text);
	return rc;
}

int ptk_gdb_target_(struct ptk_gdb *g, struct ptk_gdb_target *out, struct ptk_err *err)
{
	struct ptk_gdb_target t = {0};
	struct reader r = {.gdb = g, .target = &t, .err = err};
	int rc = include(&r, "target.xml");
	if (rc == PTK_E_LIMIT || rc == PTK_E_NOMEM)
		ptk_err_set_(err, rc, "the gdb stub's description of its registers is too large");
	if (rc < 0) {
		ptk_gdb_target_free_(&t);
		return rc;
	}
	*out = t;
	return 0;
}

void ptk_gdb_target_free_(struct ptk_gdb_target *t)
{
	free(t->reg);
	t->reg = NULL;
	t->nregs = t->room = 0;
}
