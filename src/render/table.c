// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* A table for eyes: aligned, coloured where wanted, with a summary. Columns come from the regime, so rows stream. */
#include "render/render.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SIZE_COLUMNS 8
#define PAGE_COLUMNS 5
#define MEMORY_COLUMNS 14
#define FLAG_COLUMNS 8
#define REPEAT_LETTER '='

struct colours {
	const char *bold, *dim, *red, *green, *yellow, *cyan, *off;
};

static const struct colours *colours(const struct ptk_render *rd)
{
	static const struct colours ansi = {"\033[1m",  "\033[2m",  "\033[1;31m", "\033[32m",
	                                    "\033[33m", "\033[36m", "\033[0m"};
	static const struct colours plain = {"", "", "", "", "", "", ""};
	return rd->opts.colour ? &ansi : &plain;
}

static int va_digits(const struct ptk_render *rd)
{
	return rd->regime.va_width / 4;
}

static int pa_digits(const struct ptk_render *rd)
{
	return (rd->regime.pa_bits + 3) / 4;
}

static int begin(struct ptk_render *rd, const char *title)
{
	const struct colours *c = colours(rd);
	int rc = 0;
	if (title) {
		rc = ptk_render_add_(rd, "%s", c->bold);
		if (rc >= 0)
			rc = ptk_render_add_foreign_(rd, title);
		if (rc >= 0)
			rc = ptk_render_add_(rd, "%s\n", c->off);
	}
	return rc < 0 ? rc
	              : ptk_render_add_(rd, "%s%-*s %*s %*s  %-*s  %-7s  %-*s  %-*s%s%s\n", c->dim,
	                                2 * va_digits(rd) + 5, "virtual", SIZE_COLUMNS, "size", PAGE_COLUMNS, "page",
	                                pa_digits(rd) + 2, "physical", "krn usr", MEMORY_COLUMNS, "memory",
	                                rd->opts.region ? FLAG_COLUMNS : 0, "flags", rd->opts.region ? "  region" : "",
	                                c->off);
}

static void range_size(const struct ptk_range *range, char out[24])
{
	uint64_t n = range->last - range->first + 1;
	if (n)
		ptk_render_size(n, out);
	else
		strcpy(out, "16E"); /* all 64 bits */
}

static void page_size(const struct ptk_render *rd, const struct ptk_range *range, char out[24])
{
	if (!ptk_render_has_level_(rd, range)) {
		strcpy(out, "-");
		return;
	}
	ptk_render_size(ptk_render_run_(rd, range), out);
}

/* A number beside the flags: x86's protection key, arm's domain. */
static bool has_domains(const struct ptk_render *rd)
{
	return strcmp(ptk_regime_arch(&rd->regime), "x86") != 0;
}

static void flag_letters(const struct ptk_render *rd, const struct ptk_range *range, char *out, size_t size)
{
	const struct ptk_attr *attr = &range->attr;
	size_t n = 0;
	for (size_t i = 0; i < ptk_nflag_words_ && n + 1 < size; i++)
		if (ptk_flag_words_[i].letter && attr->flags & ptk_flag_words_[i].flag)
			out[n++] = ptk_flag_words_[i].letter;
	if (range->repeat && n + 1 < size)
		out[n++] = REPEAT_LETTER;
	if (attr->key)
		snprintf(out + n, size - n, "%c%u", has_domains(rd) ? 'd' : 'k', attr->key);
	else
		out[n] = 0;
}

/* What stands out: memory that is both written and executed, code, and what user code reaches. */
static const char *rights_colour(const struct colours *c, uint32_t flags)
{
	const uint32_t wx = PTK_A_KW | PTK_A_KX;
	if ((flags & wx) == wx)
		return c->red;
	if (flags & (PTK_A_UR | PTK_A_UW | PTK_A_UX))
		return c->yellow;
	return flags & PTK_A_KX ? c->green : "";
}

static bool is_device(unsigned mem)
{
	return mem == PTK_MEM_UC || mem == PTK_MEM_UC_MINUS || mem == PTK_MEM_IO ||
	       (mem >= PTK_MEM_DEV_nGnRnE && mem <= PTK_MEM_DEV_GRE);
}

/* Padded to the next column if something follows. */
static int add_leaf(struct ptk_render *rd, const struct ptk_range *range, bool more)
{
	const struct colours *c = colours(rd);
	char rights[8], page[24], flags[24], pa[72] = "-";
	ptk_render_rights(&range->attr, rights);
	page_size(rd, range, page);
	flag_letters(rd, range, flags, sizeof flags);
	if (range->pa != PTK_NO_PA)
		snprintf(pa, sizeof pa, "0x%0*" PRIx64, pa_digits(rd), range->pa);
	return ptk_render_add_(rd, "%*s  %-*s  %s%s%s  %s%-*s%s  %-*s", PAGE_COLUMNS, page, pa_digits(rd) + 2, pa,
	                       rights_colour(c, range->attr.flags), rights, c->off,
	                       is_device(range->attr.mem) ? c->cyan : "", MEMORY_COLUMNS,
	                       ptk_memtype_name((enum ptk_memtype)range->attr.mem),
	                       is_device(range->attr.mem) ? c->off : "", more ? FLAG_COLUMNS : 0, flags);
}

static int add_other(struct ptk_render *rd, const struct ptk_range *range, bool more)
{
	const struct colours *c = colours(rd);
	char page[24] = "-";
	if (range->level < rd->regime.nlevels)
		ptk_render_size(ptk_level_size(&rd->regime, range->level), page);
	const char *kind = ptk_render_kind_(range), *why = range->unreadable || !range->why ? "" : range->why;
	if (strncmp(why, kind, strlen(kind)) == 0)
		kind = "";
	/* as wide as physical, rights, memory and flags together, so that the region stays in its column */
	int width = pa_digits(rd) + 2 + 2 + 7 + 2 + MEMORY_COLUMNS + 2 + FLAG_COLUMNS;
	char text[256];
	snprintf(text, sizeof text, "%s%s%s", kind, *kind && *why ? ": " : "", why);
	return ptk_render_add_(rd, "%*s  %s%-*s%s", PAGE_COLUMNS, page,
	                       range->unreadable || range->kind == PTK_RESERVED ? c->red : c->dim, more ? width : 0,
	                       text, c->off);
}

static int range(struct ptk_render *rd, const struct ptk_range *range)
{
	const struct colours *c = colours(rd);
	char size[24];
	int w = va_digits(rd);
	const char *region = ptk_render_region_(rd, range);
	range_size(range, size);
	int rc = ptk_render_add_(rd, "0x%0*" PRIx64 "-0x%0*" PRIx64 " %*s ", w, range->first, w, range->last,
	                         SIZE_COLUMNS, size);
	if (rc >= 0 && range->kind == PTK_LEAF && !range->unreadable)
		rc = add_leaf(rd, range, region);
	else if (rc >= 0)
		rc = add_other(rd, range, region);
	if (rc >= 0 && region) {
		rc = ptk_render_add_(rd, "  %s", c->dim);
		if (rc >= 0)
			rc = ptk_render_add_foreign_(rd, region);
		if (rc >= 0)
			rc = ptk_render_add_(rd, "%s", c->off);
	}
	return rc < 0 ? rc : ptk_render_add_(rd, "\n");
}

/* For reading: "9.4M", "511M"; a digit after the point only where it says something. */
static void rough(uint64_t bytes, char out[24])
{
	static const char units[] = "KMGTPE";
	uint64_t tenths = bytes / 1024 * 10 + bytes % 1024 * 10 / 1024;
	int u = 0;
	while (tenths >= 10240 && u < 5) {
		tenths /= 1024;
		u++;
	}
	if (tenths < 100 && tenths % 10)
		snprintf(out, 24, "%" PRIu64 ".%" PRIu64 "%c", tenths / 10, tenths % 10, units[u]);
	else
		snprintf(out, 24, "%" PRIu64 "%c", tenths / 10, units[u]);
}

static int add_sums(struct ptk_render *rd)
{
	const struct ptk_totals *t = &rd->totals;
	char size[24], page[24];
	uint64_t all = 0;
	for (int l = 0; l <= PTK_LEVELS_MAX; l++)
		all += t->bytes[l];
	rough(all, size);
	int rc = ptk_render_add_(rd, "%" PRIu64 " range%s, %s mapped", t->ranges, t->ranges == 1 ? "" : "s", size);
	const char *sep = ": ";
	for (int l = 0; l < rd->regime.nlevels && rc >= 0; l++) {
		if (!t->bytes[l])
			continue;
		rough(t->bytes[l], size);
		ptk_render_size(ptk_level_size(&rd->regime, l), page);
		rc = ptk_render_add_(rd, "%s%s in %s pages", sep, size, page);
		sep = ", ";
	}
	return rc < 0 ? rc : ptk_render_add_(rd, "\n");
}

static int add_legend(struct ptk_render *rd)
{
	const struct colours *c = colours(rd);
	int rc = 0;
	bool some = false;
	for (size_t i = 0; i < ptk_nflag_words_ && rc >= 0; i++) {
		if (!ptk_flag_words_[i].letter || !(rd->totals.flags & ptk_flag_words_[i].flag))
			continue;
		rc = ptk_render_add_(rd, "%s%c %s", some ? ", " : c->dim, ptk_flag_words_[i].letter,
		                     ptk_flag_words_[i].word);
		some = true;
	}
	if (rd->totals.repeat && rc >= 0) {
		rc = ptk_render_add_(rd, "%s%c each page is the same one", some ? ", " : c->dim, REPEAT_LETTER);
		some = true;
	}
	if (rc >= 0 && rd->totals.keys)
		rc = ptk_render_add_(rd, "%s%s", some ? ", " : c->dim,
		                     has_domains(rd) ? "dN domain N" : "kN protection key N");
	return rc < 0 || !(some || rd->totals.keys) ? rc : ptk_render_add_(rd, "%s\n", c->off);
}

static int end(struct ptk_render *rd)
{
	const struct colours *c = colours(rd);
	int rc = ptk_render_add_(rd, "\n");
	if (rc >= 0)
		rc = add_sums(rd);
	if (rc >= 0 && rd->totals.wx) {
		char size[24];
		rough(rd->totals.wx, size);
		rc = ptk_render_add_(rd, "%sthe kernel may both write and execute %s%s\n", c->red, size, c->off);
	}
	return rc < 0 ? rc : add_legend(rd);
}

const struct ptk_format ptk_format_table = {
	.name = "table",
	.about = "aligned columns for reading, coloured on a terminal",
	.begin = begin,
	.range = range,
	.end = end,
};
