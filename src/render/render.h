/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * What a format provides. One file each, ending in one `const struct ptk_format ptk_format_<name>`,
 * and its word in the list in meson.build.
 */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

#include <ptkit/render.h>

struct ptk_format {
	const char *name, *about;
	int (*begin)(struct ptk_render *rd, const char *title);
	int (*range)(struct ptk_render *rd, const struct ptk_range *range);
	int (*end)(struct ptk_render *rd);
};

/* A count of what was rendered, for formats that end with a summary. */
struct ptk_totals {
	uint64_t ranges;
	uint64_t bytes[PTK_LEVELS_MAX + 1]; /* mapped, by level of the leaves; the last: level not known */
	uint64_t wx;                    /* bytes that the kernel may both write and execute */
	uint32_t flags;                 /* every flag that some range has */
	bool repeat;                    /* some range is one page over and over */
	bool keys;                      /* some range has a protection key or domain */
};

struct ptk_render {
	const struct ptk_format *format;
	struct ptk_regime regime;
	struct ptk_render_opts opts;
	int (*write)(void *arg, const char *text, size_t len);
	void *arg;
	struct ptk_totals totals;
	size_t len; /* of line */
	char line[2048];
};

/* Words for the flags of ptk_attr; rights have no letter. */
struct ptk_flag_word {
	uint32_t flag;
	char letter;
	const char *word; /* "global" */
};
extern const struct ptk_flag_word ptk_flag_words_[];
extern const size_t ptk_nflag_words_;
/* Those of the words that are set and no right, each after a separator but the first. */
int ptk_render_flags_(struct ptk_render *rd, uint32_t flags, const char *quote, const char *sep);

/* Append to the line; what does not fit is written out first. 0, or what write returned. */
int ptk_render_add_(struct ptk_render *rd, const char *fmt, ...) PTK_PRINTF(2, 3);
/* Append foreign text; control characters become '?'. */
int ptk_render_add_foreign_(struct ptk_render *rd, const char *text);
/* Append a quoted JSON string; bytes above ASCII are taken for Latin-1, so that the result is valid. */
int ptk_render_add_json_(struct ptk_render *rd, const char *text);
int ptk_render_flush_(struct ptk_render *rd);

/* One range as a JSON object on one line, without a newline. */
int ptk_render_object_(struct ptk_render *rd, const struct ptk_range *range);

/* Whether the level of a range is known. */
static inline bool ptk_render_has_level_(const struct ptk_render *rd, const struct ptk_range *range)
{
	return range->level < rd->regime.nlevels;
}

/* Bytes of one of its pages, or, where they are parts of contiguous runs, large pages or NAPOT groups, of the whole of one. */
static inline uint64_t ptk_render_run_(const struct ptk_render *rd, const struct ptk_range *range)
{
	unsigned more = range->attr.flags & PTK_A_CONT ? rd->regime.level[range->level].cont_bits : 0;
	return ptk_level_size(&rd->regime, range->level) << more;
}

/* "leaf", "not present", "reserved", "unreadable". */
const char *ptk_render_kind_(const struct ptk_range *range);
/* "none", "outer", "inner", "reserved". */
const char *ptk_render_share_(unsigned share);
/* Region of a range's first address, or NULL. */
const char *ptk_render_region_(const struct ptk_render *rd, const struct ptk_range *range);
/* Bytes of a range in decimal; the whole 64-bit space has one more than fits a number. */
void ptk_render_bytes_(const struct ptk_range *range, char out[24]);

#endif
