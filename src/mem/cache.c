// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/cache.h"

#include <stdlib.h>
#include <sys/mman.h>

#define TOTAL ((size_t)4 << 20)
#define NONE UINT32_MAX

/* Slots are linked twice: by hash, and in the order of their use. */
struct slot {
	uint64_t number;
	uint32_t newer, older; /* in the ring of use; slot 0 .. slots-1, head is the newest */
	uint32_t next;         /* in the hash chain */
};

struct ptk_cache {
	size_t block, slots, used;
	uint32_t newest, oldest;
	uint8_t *data;
	struct slot *slot;
	uint32_t *bucket; /* as many as slots, a power of two */
};

struct ptk_cache *ptk_cache_new_(size_t block)
{
	struct ptk_cache *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	c->slots = 16;
	while (c->slots * block < TOTAL)
		c->slots *= 2;
	c->block = block;
	c->newest = c->oldest = NONE;
	c->slot = calloc(c->slots, sizeof *c->slot);
	c->bucket = malloc(c->slots * sizeof *c->bucket);
	/* Touched as it fills. */
	c->data = mmap(NULL, c->slots * block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!c->slot || !c->bucket || c->data == MAP_FAILED) {
		ptk_cache_free_(c);
		return NULL;
	}
	for (size_t i = 0; i < c->slots; i++)
		c->bucket[i] = NONE;
	return c;
}

void ptk_cache_free_(struct ptk_cache *c)
{
	if (!c)
		return;
	if (c->data && c->data != MAP_FAILED)
		munmap(c->data, c->slots * c->block);
	free(c->bucket);
	free(c->slot);
	free(c);
}

static uint32_t *bucket_of(const struct ptk_cache *c, uint64_t number)
{
	return &c->bucket[(number * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (c->slots - 1)];
}

static void unlink_use(struct ptk_cache *c, uint32_t i)
{
	struct slot *s = &c->slot[i];
	*(s->newer == NONE ? &c->newest : &c->slot[s->newer].older) = s->older;
	*(s->older == NONE ? &c->oldest : &c->slot[s->older].newer) = s->newer;
}

static void link_newest(struct ptk_cache *c, uint32_t i)
{
	c->slot[i].newer = NONE;
	c->slot[i].older = c->newest;
	*(c->newest == NONE ? &c->oldest : &c->slot[c->newest].newer) = i;
	c->newest = i;
}

static void link_oldest(struct ptk_cache *c, uint32_t i)
{
	c->slot[i].older = NONE;
	c->slot[i].newer = c->oldest;
	*(c->oldest == NONE ? &c->newest : &c->slot[c->oldest].older) = i;
	c->oldest = i;
}

static void unlink_hash(struct ptk_cache *c, uint32_t i)
{
	uint32_t *at = bucket_of(c, c->slot[i].number);
	while (*at != i)
		at = &c->slot[*at].next;
	*at = c->slot[i].next;
}

/* A slot that is in no list: a new one, or the one that was not used for longest. */
static uint32_t take_slot(struct ptk_cache *c)
{
	if (c->used < c->slots)
		return (uint32_t)c->used++;
	uint32_t i = c->oldest;
	unlink_use(c, i);
	unlink_hash(c, i);
	return i;
}

const uint8_t *ptk_cache_get_(struct ptk_cache *c, uint64_t number, ptk_cache_fill_fn *fill, void *arg, int *code)
{
	uint32_t *bucket = bucket_of(c, number), i = *bucket;
	while (i != NONE && c->slot[i].number != number)
		i = c->slot[i].next;
	if (i != NONE) {
		if (i != c->newest) {
			unlink_use(c, i);
			link_newest(c, i);
		}
		return c->data + i * c->block;
	}
	i = take_slot(c);
	*code = fill(arg, number, c->data + i * c->block);
	/* What could not be filled is the next to be reused, under a number that nothing has. */
	c->slot[i].number = *code < 0 ? UINT64_MAX : number;
	bucket = bucket_of(c, c->slot[i].number);
	c->slot[i].next = *bucket;
	*bucket = i;
	if (*code < 0) {
		link_oldest(c, i);
		return NULL;
	}
	link_newest(c, i);
	return c->data + i * c->block;
}
