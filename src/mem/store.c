// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "base/grow.h"
#include "mem/store.h"

#include <stdbool.h>
#include <stdlib.h>

#include <ptkit/error.h>

#define SLAB ((size_t)1 << 20) /* blocks are allocated so many bytes at a time, and never move */

struct entry {
	uint64_t number;
	const uint8_t *data; /* NULL: free */
};

struct ptk_store {
	size_t block, most;     /* bytes of a block; blocks */
	uint8_t **slab;
	size_t nslabs, slab_room;
	size_t given, room;     /* blocks of the last slab that were handed out; where the last room starts */
	struct entry *entry;    /* open addressing, at most half full */
	size_t used, mask;
};

struct ptk_store *ptk_store_new_(size_t block, size_t most)
{
	struct ptk_store *s = calloc(1, sizeof *s);
	if (s) {
		s->block = block;
		s->most = most;
		s->given = ptk_store_batch_(s);
	}
	return s;
}

void ptk_store_free_(struct ptk_store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nslabs; i++)
		free(s->slab[i]);
	free(s->slab);
	free(s->entry);
	free(s);
}

size_t ptk_store_batch_(const struct ptk_store *s)
{
	return SLAB / s->block;
}

/* The slot of a number, or the free one where it belongs. */
static struct entry *slot_of(const struct ptk_store *s, uint64_t number)
{
	size_t h = (size_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 20) & s->mask;
	while (s->entry[h].data && s->entry[h].number != number)
		h = (h + 1) & s->mask;
	return &s->entry[h];
}

const uint8_t *ptk_store_get_(const struct ptk_store *s, uint64_t number)
{
	return s->entry ? slot_of(s, number)->data : NULL;
}

static bool new_slab(struct ptk_store *s)
{
	uint8_t **slab = grow_(s->slab, s->nslabs, &s->slab_room, 16, sizeof *slab);
	if (!slab)
		return false;
	s->slab = slab;
	uint8_t *p = malloc(SLAB);
	if (!p)
		return false;
	s->slab[s->nslabs++] = p;
	s->given = 0;
	return true;
}

uint8_t *ptk_store_room_(struct ptk_store *s, size_t n)
{
	size_t batch = ptk_store_batch_(s);
	if (n > batch || (s->given + n > batch && (s->nslabs * batch >= s->most || !new_slab(s))))
		return NULL;
	s->room = s->given;
	s->given += n;
	return s->slab[s->nslabs - 1] + s->room * s->block;
}

static int grow(struct ptk_store *s)
{
	size_t slots = s->entry ? 2 * (s->mask + 1) : 1024, old = s->entry ? s->mask + 1 : 0;
	struct entry *before = s->entry, *more = calloc(slots, sizeof *more);
	if (!more)
		return PTK_E_NOMEM;
	s->entry = more;
	s->mask = slots - 1;
	for (size_t i = 0; i < old; i++)
		if (before[i].data)
			*slot_of(s, before[i].number) = before[i];
	free(before);
	return 0;
}

int ptk_store_keep_(struct ptk_store *s, size_t i, uint64_t number)
{
	if (!s->entry || s->used >= (s->mask + 1) / 2) {
		int rc = grow(s);
		if (rc < 0)
			return rc;
	}
	*slot_of(s, number) = (struct entry){number, s->slab[s->nslabs - 1] + (s->room + i) * s->block};
	s->used++;
	return 0;
}
