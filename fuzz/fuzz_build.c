// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Edits of trees out of bytes. The first byte picks a regime; the next two kilobytes, or what there is, are scattered over
 * eight tables as entries, many of which point to one another; the rest is edits of sixteen bytes each. Plans must
 * count their own steps, refuse or apply, and what was mapped must be found where it was put.
 */
#include <ptkit/ptkit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 8
#define SLOT UINT64_C(65536)
#define BASE UINT64_C(0x100000)
#define NEW UINT64_C(0x10000000) /* each edit's tables come from a region of its own: nothing stale is used again */
#define NEW_SIZE UINT64_C(0x400000)
#define TREE 1024
#define EDIT 16
#define EDITS 12

static void check(bool good, const char *what, uint64_t at)
{
	if (good)
		return;
	fprintf(stderr, "%s at 0x%llx\n", what, (unsigned long long)at);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Eight bytes an entry: slot, index, what, five bytes of value. */
static void plant(struct ptk_mem *mem, const struct ptk_regime *r, const uint8_t *in)
{
	uint64_t value = 0, slot = in[0] % SLOTS, per = SLOT >> r->entry_shift;
	uint64_t index = (in[1] | (uint64_t)(in[2] & 0x3f) << 8) % per;
	memcpy(&value, in + 3, 5);
	int level = in[2] >> 6;
	const struct ptk_level *l = &r->level[level < r->nlevels ? level : 0];
	const struct ptk_form *f = in[7] & 1 && l->table ? &l->table_form : &l->leaf_form;
	uint64_t to = in[7] & 1 ? BASE + in[3] % SLOTS * SLOT : value << 12;
	if (in[7] & 2)
		value = f->value | (to >> f->pa_shift & f->pa_mask);
	ptk_mem_write(mem, BASE + slot * SLOT + (index << r->entry_shift), &value, (size_t)1 << r->entry_shift, NULL);
}

static void edit_from(const struct ptk_regime *r, const struct ptk_space *s, const uint8_t *in, struct ptk_edit *e,
                      struct ptk_build_opts *o)
{
	int level = in[0] % r->nlevels;
	uint64_t page = ptk_level_size(r, 0), unit = ptk_level_size(r, level), pick = in[1] | (uint64_t)in[2] << 8;
	memset(e, 0, sizeof *e);
	memset(o, 0, sizeof *o);
	e->op = (enum ptk_edit_op)(in[3] % 6);
	e->first = s->first + pick * unit + (in[4] & 0xf0 ? 0 : (in[4] & 0xfu) * page);
	e->last = e->first + (in[5] % 8 + 1u) * (in[6] & 1 ? unit : page) - 1;
	e->pa = (uint64_t)in[7] << 21 | (uint64_t)(in[8] & 3) << 12;
	e->flags = in[9] & 0x1f;
	e->max_unit = in[10] & 1 ? unit : 0;
	e->mark = in[11];
	e->attr = (struct ptk_attr){.flags = (in[12] | (uint32_t)in[13] << 8) & 0x1ff, .mem = in[14] & 1 ? PTK_MEM_WB : PTK_MEM_PMA,
	                            .memidx = PTK_MEMIDX_AUTO, .share = PTK_SHARE_INNER};
	e->mask.flags = in[15] & 0x3f;
	o->overlap = (enum ptk_overlap)(in[14] >> 2 & 3);
	o->live = (enum ptk_live)((in[14] >> 4) % 3);
	o->bbm = in[13] >> 6;
	o->max_tables = 512;
}

static void edit(struct ptk_space *s, const uint8_t *in, unsigned number)
{
	struct ptk_edit e;
	struct ptk_build_opts o;
	struct ptk_plan *p;
	struct ptk_alloc *alloc;
	struct ptk_plan_step step;
	char text[256];
	size_t n;
	edit_from(&s->regime, s, in, &e, &o);
	if (ptk_plan_new(s, &o, &e, 1, &p, NULL) < 0)
		return;
	const struct ptk_plan_info *info = ptk_plan_info(p);
	uint64_t steps = 0;
	while (ptk_plan_step(p, steps, &step))
		steps++;
	check(steps == info->steps, "steps", steps);
	const struct ptk_conflict *c = ptk_plan_conflicts(p, &n);
	check((n > 0) == (info->conflicts > 0), "conflicts", n);
	for (size_t i = 0; i < n; i++)
		check(ptk_conflict_text(p, &c[i], text, sizeof text) > 0, "a conflict without words", i);
	if (ptk_alloc_new_bump(NEW + number * NEW_SIZE * 16, NEW + number * NEW_SIZE * 16 + NEW_SIZE * 16 - 1, 0, &alloc) < 0)
		abort();
	int rc = ptk_plan_apply(p, alloc, NULL);
	check(!n || rc == PTK_E_CONFLICT, "conflicts were ignored", e.first);
	/* Where the root is no larger than other tables, none can lie within another. */
	bool apart = ptk_table_size(&s->regime, s->regime.nlevels - 1) == ptk_table_size(&s->regime, 0);
	bool maps = e.op == PTK_EDIT_MAP && o.overlap == PTK_OVERLAP_REPLACE && !(e.flags & PTK_EDIT_ROUND);
	uint64_t pa;
	if (rc == 0 && maps && apart) {
		check(ptk_translate(s, e.first, &pa) == 1 && pa == e.pa, "not mapped", e.first);
		check(ptk_translate(s, e.last, &pa) == 1 && pa == e.pa + (e.last - e.first), "not mapped", e.last);
	}
	if (rc == 0 && e.op == PTK_EDIT_UNMAP && apart)
		check(ptk_translate(s, e.first, &pa) <= 0 && ptk_translate(s, e.last, &pa) <= 0, "still mapped", e.first);
	ptk_plan_free(p);
	ptk_alloc_free(alloc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ptk_regime r;
	struct ptk_space s;
	struct ptk_mem *mem;
	size_t names = 0;
	if (size < 2)
		return 0;
	while (ptk_regime_name(names))
		names++;
	if (ptk_regime_parse(ptk_regime_name(data[0] % names), &r, NULL) < 0 || ptk_mem_new_image(0, UINT32_MAX, &mem) < 0)
		return 0;
	static const uint8_t zeros[SLOT];
	for (uint64_t i = 0; i < SLOTS; i++)
		ptk_mem_write(mem, BASE + i * SLOT, zeros, SLOT, NULL);
	data++;
	size--;
	for (size_t at = 0; at < TREE && size > EDIT + 8; at += 8, data += 8, size -= 8)
		plant(mem, &r, data);
	if (ptk_space_init(&s, mem, &r, BASE, NULL) == 0)
		for (unsigned i = 0; i < EDITS && size >= EDIT; i++, data += EDIT, size -= EDIT)
			edit(&s, data, i);
	ptk_mem_close(mem);
	return 0;
}
