/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Who chooses block sizes and table bits. One file each, ending in one `const struct ptk_policy
 * ptk_policy_<name>`, and one word in the list in meson.build. Pure.
 */
#ifndef BUILD_POLICY_H
#define BUILD_POLICY_H

#include <ptkit/build.h>

/* What a policy decided, for one edit. */
struct ptk_rules {
	uint32_t leaf;   /* bit l: leaves may be put at level l, where the regime has them */
	uint32_t cont;   /* bit l: contiguous runs, large pages, NAPOT at level l */
	bool keep_tables; /* a table that is there is used, never replaced by a leaf */
	bool keep_empty;  /* a table that became empty stays */
	bool keep_parents; /* table entries that are there stay as they are, whatever they take away */
	uint32_t accessed; /* bit l: new table entries of level l are born accessed (x86) */
	bool paired;     /* tables of level 0 come in pairs, with software's own entries in the same page */
	bool whole_pairs; /* leaves above level 0 only where both of a pair are whole */
	uint64_t inherit[PTK_LEVELS_MAX]; /* what a new table entry of a level takes away */
	uint64_t extra[PTK_LEVELS_MAX];   /* other bits of a new table entry of a level */
};

struct ptk_policy {
	const char *name, *what;
	const char *arch; /* the only architecture it is for; NULL: any */
	/* rules holds what plain would say; alter it. NULL: plain. */
	void (*rules)(const struct ptk_regime *r, const struct ptk_edit *e, struct ptk_rules *rules);
	/* Paired tables: software's entry beside a hardware entry of level 0. */
	uint64_t (*shadow)(const struct ptk_regime *r, uint64_t raw);
};

const struct ptk_policy *ptk_policy_find_(const char *name);
/* The rules for an edit; e NULL: what holds whatever the edit. */
void ptk_policy_rules_(const struct ptk_policy *p, const struct ptk_regime *r, const struct ptk_edit *e,
                       struct ptk_rules *out);

#endif
