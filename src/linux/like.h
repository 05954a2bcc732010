/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Tables like those that a text is of, in these parts:
 *
 *   like.c        which regime and version, physical addresses, markers
 *   like_bits.c   the words of a line to the bits of its entries
 *   like_tree.c   the tables, entry by entry
 *   like_pairs.c  the same for arm's short descriptors, which Linux keeps by pairs
 *   like_check.c  whether the text comes back
 */
#ifndef LINUX_LIKE_H
#define LINUX_LIKE_H

#include <ptkit/build.h>
#include <ptkit/like.h>

#include "linux/about.h"
#include "linux/ptdump.h"

#define LIKE_TABLES_MAX (UINT64_C(1) << 18) /* unless the caller says otherwise */

/* One line as entries. */
struct like_line {
	uint64_t pa;    /* of the first address, or PTK_NO_PA */
	uint64_t value; /* of the bits that the columns show */
	uint64_t mask;  /* which bits these are */
	int8_t level;
	bool leaf;      /* else entries that are empty */
	bool other;     /* x86: must differ from the line before in what is not shown */
};

struct ptk_like {
	struct ptk_like_info info;
	const struct ptk_text_info *ti;  /* while it is made */
	const struct ptd_profile *p;     /* that is tried */
	struct ptk_regime r;
	enum lx_arch arch;
	struct ptk_mem *mem;
	struct ptk_alloc *alloc;
	struct like_line *line;          /* one for each of the text */
	struct ptk_marker marker[LX_ABOUT_MARKERS_MAX];
	uint64_t tables, bytes;
	uint64_t max_tables, least_tables; /* least: what the lines read so far take at least */
	char release[24];
	struct lx_arena names;
};

/*
 * The value whose columns are these words, with other bits of the columns as in `start`. False: there is none. That it
 * prints just so is sure, but for blanks.
 */
bool ptk_like_bits_(const struct ptd_bits *bits, const char *const *word, unsigned n, uint64_t start, uint64_t *value);

/* Write the entries of all lines. like->line is complete; the root is there. */
int ptk_like_tree_(struct ptk_like *like, struct ptk_err *err);
int ptk_like_pairs_(struct ptk_like *like, struct ptk_err *err);

/* 0 if what was made prints as the text, but for how much x86 counts instead of showing it. */
int ptk_like_check_(struct ptk_like *like, struct ptk_err *err);

/* "line 12: ..." */
int ptk_like_refuse_(const struct ptk_like *like, size_t i, struct ptk_err *err, const char *fmt, ...) PTK_PRINTF(4, 5);

/* Room for a table. */
int ptk_like_table_(struct ptk_like *like, size_t i, uint64_t size, uint64_t *pa, struct ptk_err *err);

#endif
