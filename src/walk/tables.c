// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "walk/tables.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/endian.h"

/* A picture's unit: what is missing is mostly missing by pages. */
#define CHUNK UINT64_C(4096)
/* Copies of tables kept so that none is read twice; beyond it, memory matters more. */
#define COPIES_MAX (UINT64_C(256) << 20)
/* 64 GiB of 4K tables map 32 TiB page by page: more than any machine has. Bounds time and memory on hostile input. */
#define TABLES_MAX (UINT32_C(1) << 24)

void ptk_tables_init_(struct ptk_tables *t, const struct ptk_space *s)
{
	const bool host_big = __BYTE_ORDER == __BIG_ENDIAN;
	*t = (struct ptk_tables){
		.mem = s->mem,
		.r = &s->regime,
		.swap = ptk_mem_info(s->mem)->big_endian != host_big,
	};
}

void ptk_tables_fini_(struct ptk_tables *t)
{
	for (uint32_t i = 0; i < t->ncopies; i++)
		free(t->copy[i]);
	for (int i = 0; i < PTK_LEVELS_MAX; i++)
		free(t->scratch[i]);
	free(t->copy);
	free(t->fold);
	free(t->slot);
	free(t->node);
}

/* The array, with room for one more element of size bytes after the n it has; NULL: no memory, and it is as before. */
static void *grow(void *array, uint32_t n, uint32_t *room, size_t size)
{
	if (n < *room)
		return array;
	uint32_t more = *room ? *room * 2 : 64;
	void *now = realloc(array, more * size);
	if (now)
		*room = more;
	return now;
}

/* Tables are aligned, so the low bits say nothing: multiply, and take the high ones. */
static uint32_t hash(uint64_t pa, int level)
{
	return (uint32_t)(((pa + (unsigned)level) * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

uint32_t ptk_tables_find_(const struct ptk_tables *t, uint64_t pa, int level)
{
	if (!t->slot)
		return NO_NODE;
	for (uint32_t h = hash(pa, level) & t->mask; t->slot[h]; h = (h + 1) & t->mask) {
		const struct ptk_node *node = &t->node[t->slot[h] - 1];
		if (node->pa == pa && node->level == level)
			return t->slot[h] - 1;
	}
	return NO_NODE;
}

static void place(struct ptk_tables *t, uint32_t n)
{
	uint32_t h = hash(t->node[n].pa, t->node[n].level) & t->mask;
	while (t->slot[h])
		h = (h + 1) & t->mask;
	t->slot[h] = n + 1;
}

/* Keep the slots at most half full. */
static bool rehash(struct ptk_tables *t)
{
	if (t->slot && t->nnodes < (t->mask + 1) / 2)
		return true;
	uint32_t n = t->slot ? (t->mask + 1) * 2 : 256;
	uint32_t *slot = calloc(n, sizeof *slot);
	if (!slot)
		return false;
	free(t->slot);
	t->slot = slot;
	t->mask = n - 1;
	for (uint32_t i = 0; i < t->nnodes; i++)
		place(t, i);
	return true;
}

static void to_host(uint8_t *data, size_t size, unsigned shift)
{
	const bool host_big = __BYTE_ORDER == __BIG_ENDIAN;
	for (size_t i = 0; i < size; i += (size_t)1 << shift) {
		if (shift == 3)
			store64(data + i, load64(data + i, !host_big), host_big);
		else
			store32(data + i, load32(data + i, !host_big), host_big);
	}
}

/* Read [from, to) of the table at pa and note which entries came. */
static bool read_part(struct ptk_tables *t, uint64_t pa, uint8_t *data, uint8_t *have, uint64_t from, uint64_t to)
{
	const unsigned shift = t->r->entry_shift;
	if (from >= to || ptk_mem_read(t->mem, pa + from, data + from, to - from, NULL) < 0)
		return false;
	for (uint64_t i = from >> shift; i < to >> shift; i++)
		have[i / 8] |= (uint8_t)(1u << i % 8);
	return true;
}

/* The first extent that does not end before pa. */
static size_t extent_from(const struct ptk_mem_info *info, uint64_t pa)
{
	size_t lo = 0, hi = info->nextents;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (info->extent[mid].last < pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* A chunk that cannot be read whole: what the picture's extents have of it, by whole entries. */
static bool read_extents(struct ptk_tables *t, uint64_t pa, uint8_t *data, uint8_t *have, uint64_t from, uint64_t to)
{
	const struct ptk_mem_info *info = ptk_mem_info(t->mem);
	const uint64_t entry = UINT64_C(1) << t->r->entry_shift;
	bool some = false;
	for (size_t i = extent_from(info, pa + from); i < info->nextents; i++) {
		const struct ptk_extent *e = &info->extent[i];
		if (e->first > pa + to - 1)
			break;
		uint64_t first = e->first > pa + from ? round_down(e->first - pa + entry - 1, entry) : from;
		uint64_t end = e->last < pa + to - 1 ? round_down(e->last - pa + 1, entry) : to;
		if (first == from && end == to)
			break; /* the extents say it is all there, the read says no */
		some |= read_part(t, pa, data, have, first, end);
	}
	return some;
}

/* Lose nothing that could be read: the table piece by piece. Whether anything came. */
static bool read_pieces(struct ptk_tables *t, uint64_t pa, uint8_t *data, uint8_t *have, uint64_t size)
{
	bool some = false;
	for (uint64_t from = 0, to; from < size; from = to) {
		to = from + CHUNK - (pa + from) % CHUNK;
		if (to > size)
			to = size;
		some |= (to - from < size && read_part(t, pa, data, have, from, to)) ||
		        read_extents(t, pa, data, have, from, to);
	}
	return some;
}

/* Copy a table: 1 whole, 2 partly (with its bits after it), or why nothing of it came. */
static int copy_table(struct ptk_tables *t, uint64_t pa, uint64_t size, uint8_t *data)
{
	const unsigned shift = t->r->entry_shift;
	uint8_t *have = data + size;
	memset(data, 0, size + (size >> shift) / 8 + 1);
	int rc = ptk_mem_read(t->mem, pa, data, size, NULL);
	if (rc < 0 && !read_pieces(t, pa, data, have, size))
		return rc;
	if (t->swap)
		to_host(data, size, shift);
	return rc < 0 ? 2 : 1;
}

static uint8_t *new_copy(struct ptk_tables *t, uint64_t size)
{
	void **copy = grow(t->copy, t->ncopies, &t->copy_room, sizeof *t->copy);
	if (!copy)
		return NULL;
	t->copy = copy;
	uint8_t *data = malloc(size);
	if (data) {
		t->copy[t->ncopies++] = data;
		t->copied += size;
	}
	return data;
}

/* Give up the copy that was made last. */
static void drop_copy(struct ptk_tables *t, uint64_t size)
{
	free(t->copy[--t->ncopies]);
	t->copied -= size;
}

static int read_node(struct ptk_tables *t, struct ptk_node *node)
{
	uint64_t size = ptk_table_size(t->r, node->level), room = size + (size >> t->r->entry_shift) / 8 + 1;
	if (!t->swap && (node->data = ptk_mem_map(t->mem, node->pa, size)))
		return 0;
	if (t->copied + room > COPIES_MAX) {
		ptk_tables_data_(t, node);
		return 0;
	}
	uint8_t *data = new_copy(t, room);
	if (!data)
		return PTK_E_NOMEM;
	int rc = copy_table(t, node->pa, size, data);
	if (rc < 0) {
		drop_copy(t, room);
		node->error = (int16_t)rc;
	} else {
		node->data = data;
		node->partial = rc == 2;
	}
	return 0;
}

int64_t ptk_tables_read_(struct ptk_tables *t, uint64_t pa, int level)
{
	if (t->nnodes >= TABLES_MAX)
		return PTK_E_LIMIT;
	struct ptk_node *node = grow(t->node, t->nnodes, &t->room, sizeof *t->node);
	if (!node)
		return PTK_E_NOMEM;
	t->node = node;
	if (!rehash(t))
		return PTK_E_NOMEM;
	uint32_t n = t->nnodes;
	t->node[n] = (struct ptk_node){.pa = pa, .level = (uint8_t)level};
	int rc = read_node(t, &t->node[n]);
	if (rc < 0)
		return rc;
	t->nnodes++;
	place(t, n);
	return n;
}

const uint8_t *ptk_tables_data_(struct ptk_tables *t, struct ptk_node *node)
{
	if (node->data || node->error)
		return node->data;
	uint64_t size = ptk_table_size(t->r, node->level);
	uint8_t **scratch = &t->scratch[node->level];
	if (!*scratch && !(*scratch = malloc(size + (size >> t->r->entry_shift) / 8 + 1)))
		return NULL;
	int rc = copy_table(t, node->pa, size, *scratch);
	if (rc < 0) {
		node->error = (int16_t)rc;
		return NULL;
	}
	node->partial = rc == 2;
	return *scratch;
}

int64_t ptk_tables_fold_(struct ptk_tables *t, const struct ptk_fold *fold)
{
	struct ptk_fold *more = grow(t->fold, t->nfolds, &t->fold_room, sizeof *t->fold);
	if (!more)
		return PTK_E_NOMEM;
	t->fold = more;
	t->fold[t->nfolds] = *fold;
	return (int64_t)t->nfolds++ + FOLD_DEEP;
}
