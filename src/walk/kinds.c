// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "walk/kinds.h"

#include <stdlib.h>

void ptk_kinds_free_(struct kinds *ks)
{
	free(ks->kind);
	free(ks->slot);
	*ks = (struct kinds){0};
}

static bool same(const struct seg_kind *a, const struct seg_kind *b)
{
	return a->attr.flags == b->attr.flags && a->attr.mem == b->attr.mem && a->attr.memidx == b->attr.memidx &&
	       a->attr.share == b->attr.share && a->attr.key == b->attr.key && a->attr.sw == b->attr.sw &&
	       a->level == b->level && a->page == b->page;
}

static uint32_t hash(const struct seg_kind *k)
{
	uint64_t h = k->attr.flags | (uint64_t)k->attr.sw << 32 | (uint64_t)k->attr.mem << 48 | (uint64_t)k->level << 56;
	h ^= (uint64_t)k->attr.memidx << 20 | (uint64_t)k->attr.share << 28 | (uint64_t)k->attr.key << 40;
	h ^= k->page << 7;
	return (uint32_t)(h * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* Where a kind is, or the free slot where it belongs. */
static uint32_t *find(const struct kinds *ks, const struct seg_kind *kind)
{
	uint32_t at = hash(kind) & (ks->nslots - 1);
	while (ks->slot[at] && !same(&ks->kind[ks->slot[at] - 1], kind))
		at = (at + 1) & (ks->nslots - 1);
	return &ks->slot[at];
}

/* Twice the room, and everything in its new place. */
static bool grow(struct kinds *ks)
{
	if (ks->nslots >= UINT32_C(1) << 30)
		return false;
	const uint32_t nslots = ks->nslots ? ks->nslots * 2 : 64;
	struct seg_kind *kind = realloc(ks->kind, nslots / 2 * sizeof *kind);
	if (!kind)
		return false;
	ks->kind = kind;
	uint32_t *slot = calloc(nslots, sizeof *slot);
	if (!slot)
		return false;
	free(ks->slot);
	ks->slot = slot;
	ks->nslots = nslots;
	for (uint32_t i = 0; i < ks->n; i++)
		*find(ks, &ks->kind[i]) = i + 1;
	return true;
}

int64_t ptk_kinds_index_(struct kinds *ks, const struct seg_kind *kind)
{
	if (ks->n && same(&ks->kind[ks->last], kind))
		return ks->last;
	if (ks->n >= ks->nslots / 2 && !grow(ks))
		return PTK_E_NOMEM;
	uint32_t *slot = find(ks, kind);
	if (!*slot) {
		ks->kind[ks->n++] = *kind;
		*slot = ks->n;
	}
	ks->last = *slot - 1;
	return ks->last;
}
