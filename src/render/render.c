// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The handle, the registry, and the words that formats share. */
#include "render/render.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/near.h"

#define X(name) extern const struct ptk_format ptk_format_##name;
#include "render/format-list.h"
#undef X

static const struct ptk_format *const formats[] = {
#define X(name) &ptk_format_##name,
#include "render/format-list.h"
#undef X
};
#define NFORMATS (sizeof formats / sizeof *formats)

const struct ptk_flag_word ptk_flag_words_[] = {
	{PTK_A_KR, 0, "kernel read"},    {PTK_A_KW, 0, "kernel write"},     {PTK_A_KX, 0, "kernel execute"},
	{PTK_A_UR, 0, "user read"},      {PTK_A_UW, 0, "user write"},       {PTK_A_UX, 0, "user execute"},
	{PTK_A_GLOBAL, 'G', "global"},   {PTK_A_ACCESSED, 'A', "accessed"}, {PTK_A_DIRTY, 'D', "dirty"},
	{PTK_A_CONT, 'C', "contiguous"}, {PTK_A_NS, 'N', "non-secure"},     {PTK_A_GUARDED, 'B', "guarded"},
	{PTK_A_DBM, 'M', "DBM"},         {PTK_A_ENC, 'E', "encrypted"},
};
const size_t ptk_nflag_words_ = sizeof ptk_flag_words_ / sizeof *ptk_flag_words_;

const char *ptk_render_name(size_t i)
{
	return i < NFORMATS ? formats[i]->name : NULL;
}

const char *ptk_render_about(size_t i)
{
	return i < NFORMATS ? formats[i]->about : NULL;
}

int ptk_render_begin(const char *format, const struct ptk_regime *r, const struct ptk_render_opts *opts,
	             int (*write)(void *arg, const char *text, size_t len), void *arg, struct ptk_render **out,
	             struct ptk_err *err)
{
	size_t i = 0;
	while (i < NFORMATS && strcmp(formats[i]->name, format) != 0)
		i++;
	if (i == NFORMATS) {
		char near[128];
		ptk_near_(format, ptk_render_name, near, sizeof near);
		return ptk_err_set_(err, PTK_E_UNKNOWN, "unknown format '%s'%s", format, near);
	}
	struct ptk_render *rd = calloc(1, sizeof *rd);
	if (!rd)
		return ptk_err_set_(err, PTK_E_NOMEM, "out of memory");
	rd->format = formats[i];
	rd->regime = *r;
	if (opts)
		rd->opts = *opts;
	rd->write = write;
	rd->arg = arg;
	int rc = rd->format->begin(rd, rd->opts.title);
	if (rc >= 0)
		rc = ptk_render_flush_(rd);
	if (rc < 0) {
		free(rd);
		return ptk_err_set_(err, rc, "cannot write the text");
	}
	*out = rd;
	return 0;
}

static void count(struct ptk_render *rd, const struct ptk_range *range)
{
	const uint32_t wx = PTK_A_KW | PTK_A_KX;
	struct ptk_totals *t = &rd->totals;
	t->ranges++;
	if (range->kind != PTK_LEAF || range->unreadable)
		return;
	t->bytes[ptk_render_has_level_(rd, range) ? range->level : PTK_LEVELS_MAX] += range->last - range->first + 1;
	t->flags |= range->attr.flags;
	t->repeat |= range->repeat;
	t->keys |= range->attr.key != 0;
	if ((range->attr.flags & wx) == wx)
		t->wx += range->last - range->first + 1;
}

int ptk_render_range(struct ptk_render *rd, const struct ptk_range *range)
{
	int rc = rd->format->range(rd, range);
	count(rd, range);
	return rc < 0 ? rc : ptk_render_flush_(rd);
}

int ptk_render_end(struct ptk_render *rd)
{
	if (!rd)
		return 0;
	int rc = rd->format->end(rd);
	if (rc >= 0)
		rc = ptk_render_flush_(rd);
	free(rd);
	return rc;
}

/* ---- the line ---- */

int ptk_render_flush_(struct ptk_render *rd)
{
	int rc = rd->len ? rd->write(rd->arg, rd->line, rd->len) : 0;
	rd->len = 0;
	return rc < 0 ? rc : 0;
}

static int add(struct ptk_render *rd, const char *text, size_t len)
{
	int rc = 0;
	while (len && rc >= 0) {
		size_t room = sizeof rd->line - rd->len, n = len < room ? len : room;
		memcpy(rd->line + rd->len, text, n);
		rd->len += n;
		text += n;
		len -= n;
		if (rd->len == sizeof rd->line)
			rc = ptk_render_flush_(rd);
	}
	return rc;
}

int ptk_render_add_(struct ptk_render *rd, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return n < 0 ? PTK_E_BUG : add(rd, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

int ptk_render_add_foreign_(struct ptk_render *rd, const char *text)
{
	int rc = 0;
	for (; *text && rc >= 0; text++)
		rc = add(rd, (unsigned char)*text < 0x20 || *text == 0x7f ? "?" : text, 1);
	return rc;
}

int ptk_render_add_json_(struct ptk_render *rd, const char *text)
{
	int rc = add(rd, "\"", 1);
	for (const unsigned char *p = (const unsigned char *)text; *p && rc >= 0; p++) {
		if (*p == '"' || *p == '\\')
			rc = ptk_render_add_(rd, "\\%c", *p);
		else if (*p < 0x20 || *p >= 0x7f)
			rc = ptk_render_add_(rd, "\\u%04x", *p);
		else
			rc = add(rd, (const char *)p, 1);
	}
	return rc < 0 ? rc : add(rd, "\"", 1);
}

/* ---- words ---- */

const char *ptk_render_kind_(const struct ptk_range *range)
{
	return range->unreadable ? "unreadable" : ptk_kind_name((enum ptk_kind)range->kind);
}

const char *ptk_render_share_(unsigned share)
{
	static const char *const words[] = {
		[PTK_SHARE_NONE] = "none",
		[PTK_SHARE_RESERVED] = "reserved",
		[PTK_SHARE_OUTER] = "outer",
		[PTK_SHARE_INNER] = "inner",
	};
	return share < sizeof words / sizeof *words ? words[share] : "reserved";
}

const char *ptk_render_region_(const struct ptk_render *rd, const struct ptk_range *range)
{
	return rd->opts.region ? rd->opts.region(rd->opts.region_arg, range->first) : NULL;
}

const char *ptk_render_flag(uint32_t flag)
{
	for (size_t i = 0; i < ptk_nflag_words_; i++)
		if (ptk_flag_words_[i].flag == flag)
			return ptk_flag_words_[i].word;
	return NULL;
}

int ptk_render_flags_(struct ptk_render *rd, uint32_t flags, const char *quote, const char *sep)
{
	int rc = 0;
	bool some = false;
	for (size_t i = 0; i < ptk_nflag_words_ && rc >= 0; i++) {
		const struct ptk_flag_word *w = &ptk_flag_words_[i];
		if (!w->letter || !(flags & w->flag))
			continue;
		rc = ptk_render_add_(rd, "%s%s%s%s", some ? sep : "", quote, w->word, quote);
		some = true;
	}
	return rc;
}

void ptk_render_bytes_(const struct ptk_range *range, char out[24])
{
	uint64_t n = range->last - range->first + 1;
	if (n)
		snprintf(out, 24, "%" PRIu64, n);
	else
		strcpy(out, "18446744073709551616");
}

void ptk_render_rights(const struct ptk_attr *attr, char out[8])
{
	static const char letters[] = "rwxrwx";
	static const uint32_t bits[] = {PTK_A_KR, PTK_A_KW, PTK_A_KX, PTK_A_UR, PTK_A_UW, PTK_A_UX};
	char *p = out;
	for (int i = 0; i < 6; i++) {
		if (i == 3)
			*p++ = ' ';
		*p++ = attr->flags & bits[i] ? letters[i] : '-';
	}
	*p = 0;
}

void ptk_render_size(uint64_t bytes, char out[24])
{
	static const char units[] = "BKMGTPE";
	int u = 0;
	while (u < 6 && bytes && bytes % 1024 == 0) {
		bytes /= 1024;
		u++;
	}
	snprintf(out, 24, "%" PRIu64 "%c", bytes, units[u]);
}
