// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Trees out of bytes. The first byte picks a regime, the second the window and the budget; then come instructions of
 * twelve bytes that fill sixteen tables with garbage, leaves, and pointers to one another, so that sharing, loops and
 * multiplication are a byte away. What the walk, the ranges and the translations say must agree.
 */
#include <ptkit/walk.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 16
#define SLOT UINT64_C(65536)
#define BASE UINT64_C(0x100000)
#define INSTRUCTION 12

struct tree {
	struct ptk_space s;
	uint64_t next;    /* no address below it is reported any more */
	bool over;        /* the last address was reported */
	uint64_t mapped;  /* bytes in leaves */
	uint64_t listed;  /* the same, of the ranges */
	unsigned visits;
};

static void check(bool good, const char *what, uint64_t at)
{
	if (good)
		return;
	fprintf(stderr, "%s at 0x%llx\n", what, (unsigned long long)at);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- building ---- */

static void put(struct ptk_mem *mem, const struct ptk_regime *r, uint64_t at, uint64_t raw)
{
	uint8_t b[8];
	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)(raw >> 8 * i);
	check(ptk_mem_write(mem, at, b, (size_t)1 << r->entry_shift, NULL) == 0, "cannot write", at);
}

static uint64_t entry(const struct ptk_form *f, uint64_t pa, uint64_t attr)
{
	return f->value | (pa >> f->pa_shift & f->pa_mask) | (pa >> f->hi_shift & f->hi_mask) |
	       (attr & ~(f->mask | f->pa_mask | f->hi_mask));
}

/* slot, operation and level, first entry, count, value. */
static void instruction(struct ptk_mem *mem, const struct ptk_regime *r, const uint8_t *in)
{
	const uint64_t slot = in[0] % SLOTS;
	const int level = in[1] / 8 % r->nlevels;
	const uint32_t max = (uint32_t)(SLOT >> r->entry_shift), first = (in[2] | (uint32_t)in[3] << 8) % max;
	uint32_t count = 1u << in[4] % 14;
	const struct ptk_level *lv = &r->level[level];
	uint64_t value = 0;
	for (int i = 0; i < 7; i++)
		value |= (uint64_t)in[5 + i] << 8 * i;
	for (uint32_t i = first; i < max && count--; i++) {
		uint64_t raw = 0;
		switch (in[1] % 8) {
		case 0: raw = value; break;
		case 1: raw = value << 8 | in[5]; break;
		case 2: raw = entry(&lv->leaf_form, value + ((uint64_t)(i - first) << lv->shift), value << 8); break;
		case 3: raw = entry(&lv->leaf_form, value, value << 8); break;
		case 4: raw = entry(&lv->table_form, BASE + value % SLOTS * SLOT, value); break;
		case 5: raw = entry(&lv->table_form, BASE + (value + i) % SLOTS * SLOT, value); break;
		case 6: raw = entry(&lv->table_form, value << 12, 0); break;
		default: break;
		}
		put(mem, r, BASE + slot * SLOT + ((uint64_t)i << r->entry_shift), raw);
	}
}

/* Three of the slots are only there in part. */
static void make_slots(struct ptk_mem *mem)
{
	static const uint8_t zeros[SLOT];
	for (uint64_t i = 0; i < SLOTS; i++)
		check(ptk_mem_write(mem, BASE + i * SLOT, zeros, i < 13 ? SLOT : 4096, NULL) == 0, "cannot make", i);
}

/* ---- checking ---- */

/* Addresses come in order and once. */
static void in_order(struct tree *t, uint64_t first, uint64_t last)
{
	check(!t->over && first >= t->next && last >= first, "out of order", first);
	t->over = last == UINT64_MAX;
	t->next = last + 1;
}

static int on_run(void *arg, const struct ptk_run *run)
{
	struct tree *t = arg;
	const uint64_t bytes = (uint64_t)run->count << t->s.regime.level[run->level].shift;
	check(run->count > 0 && run->level < t->s.regime.nlevels, "an impossible run", run->va);
	if (run->what == PTK_V_TABLE || run->what == PTK_V_TABLE_END)
		return run->count != 1;
	in_order(t, run->va, run->va + (bytes - 1));
	if (run->what == PTK_V_ENTRIES && run->kind == PTK_LEAF)
		t->mapped += bytes;
	return PTK_GO;
}

static void translate_both(const struct tree *t, uint64_t va, int rc, uint64_t pa)
{
	uint64_t got = PTK_NO_PA, batch[2];
	const uint64_t twice[2] = {va, va};
	size_t lost;
	struct ptk_path path;
	const int found = ptk_translate(&t->s, va, &got);
	check(rc < 0 ? found < 0 : found == rc, "translate differs from ranges", va);
	check(got == pa, "translate says another address than ranges", va);
	ptk_translate_batch(&t->s, twice, 2, batch, &lost);
	check(batch[0] == pa && batch[1] == pa && lost == (rc < 0 ? 2 : 0), "the batch differs", va);
	check((ptk_walk(&t->s, va, &path, NULL) == PTK_MAPPED) == (rc > 0) && path.pa == pa, "the path differs", va);
}

static int on_range(void *arg, const struct ptk_range *range)
{
	struct tree *t = arg;
	const uint64_t length = range->last - range->first, page = ptk_level_size(&t->s.regime, range->level);
	in_order(t, range->first, range->last);
	if (range->kind == PTK_LEAF)
		t->listed += length + 1;
	if (t->visits++ > 300 || (range->unreadable && range->why[0] == 't'))
		return 0; /* refused: translating would still work */
	const int rc = range->unreadable ? -1 : range->kind == PTK_LEAF;
	translate_both(t, range->first, rc, range->pa);
	translate_both(t, range->last, rc, rc > 0 ? range->pa + (range->repeat ? length % page : length) : PTK_NO_PA);
	return 0;
}

static void run(struct tree *t, uint8_t how)
{
	struct ptk_walk_opts wo = {.max_again = 1u << how % 8, .join = how & 64 ? PTK_JOIN_EQUAL : PTK_JOIN_CONTIGUOUS};
	struct ptk_range_opts ro = {.max_again = wo.max_again};
	struct ptk_walk_stats walked, listed;
	if (how & 128)
		wo.flags = PTK_WALK_HOLES | PTK_WALK_TABLE_END;
	check(ptk_walk_space(&t->s, &wo, on_run, t, &walked, NULL) == 0, "the walk fails", 0);
	t->next = 0;
	t->over = false;
	check(ptk_ranges(&t->s, &ro, on_range, t, &listed, NULL) == 0, "the ranges fail", 0);
	/* How much of a tree that multiplies is told may differ with what counts as a run. */
	check(t->mapped == t->listed || walked.refused || listed.refused, "the walk and the ranges differ", t->mapped);
	t->next = 0;
	t->over = false;
	ro.from = t->s.first + (uint64_t)how * 4000;
	ro.to = t->s.first + ((t->s.last - t->s.first) >> how % 32);
	if (ro.from <= ro.to)
		check(ptk_ranges(&t->s, &ro, on_range, t, NULL, NULL) == 0, "the ranges of a window fail", ro.from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tree t = {.next = 0};
	struct ptk_regime r;
	struct ptk_mem *mem;
	size_t names = 0;
	while (ptk_regime_name(names))
		names++;
	if (size < 2 || size > 2 + 64 * INSTRUCTION || ptk_regime_parse(ptk_regime_name(data[0] % names), &r, NULL) < 0)
		return 0;
	if (ptk_mem_new_image(0, BASE + SLOTS * SLOT - 1, &mem) < 0)
		return 0;
	make_slots(mem);
	for (size_t at = 2; at + INSTRUCTION <= size; at += INSTRUCTION)
		instruction(mem, &r, data + at);
	check(ptk_space_init(&t.s, mem, &r, BASE, NULL) == 0, "no space", 0);
	run(&t, data[1]);
	ptk_mem_close(mem);
	return 0;
}
