/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A set of what segments have in common, each told by a small number. */
#ifndef WALK_KINDS_H
#define WALK_KINDS_H

#include <ptkit/entry.h>

/* Attributes and page size of a segment. */
struct seg_kind {
	struct ptk_attr attr;
	uint64_t page; /* one page that repeats: its size; else 0 */
	uint8_t level;
};

struct kinds {
	struct seg_kind *kind;
	uint32_t *slot; /* hash table of numbers plus one; a power of two, at least half of it free */
	uint32_t n, nslots;
	uint32_t last; /* most ask for the same again */
};

void ptk_kinds_free_(struct kinds *ks);

/* The number of a kind, which is added if it is new; negative: no memory. */
int64_t ptk_kinds_index_(struct kinds *ks, const struct seg_kind *kind);

#endif
