/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A memory, an allocator and a root to build in. */
#ifndef TESTS_BUILD_WORLD_H
#define TESTS_BUILD_WORLD_H

#include <ptkit/ptkit.h>

#include "base/bits.h"
#include "tap.h"

#define WORLD_BASE UINT64_C(0x10000000)
#define WORLD_SIZE UINT64_C(0x40000000)

struct world {
	struct ptk_mem *mem;
	struct ptk_alloc *alloc;
	struct ptk_space space;
	struct ptk_err err;
};

static inline void world_open(struct world *w, const char *regime)
{
	struct ptk_regime r;
	*w = (struct world){0};
	if (ptk_regime_parse(regime, &r, &w->err) < 0)
		bail("%s: %s", regime, w->err.msg);
	if (ptk_mem_new_image(WORLD_BASE, WORLD_BASE + WORLD_SIZE - 1, &w->mem) < 0 ||
	    ptk_alloc_new_bump(WORLD_BASE, WORLD_BASE + WORLD_SIZE - 1, 0, &w->alloc) < 0)
		bail("no memory");
	if (ptk_build_root(w->mem, &r, w->alloc, &w->space, &w->err) < 0)
		bail("%s: root: %s", regime, w->err.msg);
}

static inline void world_close(struct world *w)
{
	ptk_alloc_free(w->alloc);
	ptk_mem_close(w->mem);
}

/* Attributes of ordinary kernel memory: rights as given, whatever else the regime needs. */
static inline bool attr_make(const struct ptk_regime *r, uint32_t rights, struct ptk_attr *out)
{
	static const uint8_t mems[] = {PTK_MEM_WB, PTK_MEM_PMA};
	static const uint8_t shares[] = {PTK_SHARE_INNER, PTK_SHARE_NONE, PTK_SHARE_OUTER};
	static const uint32_t more[] = {PTK_A_ACCESSED | PTK_A_DIRTY | PTK_A_GLOBAL, PTK_A_ACCESSED | PTK_A_GLOBAL,
	                                PTK_A_GLOBAL, PTK_A_ACCESSED};
	for (size_t m = 0; m < sizeof mems; m++)
		for (size_t s = 0; s < sizeof shares; s++)
			for (size_t k = 0; k < sizeof more / sizeof *more; k++) {
				struct ptk_entry e = {.kind = PTK_LEAF};
				uint64_t raw;
				e.attr = (struct ptk_attr){.flags = rights | more[k], .mem = mems[m], .memidx = PTK_MEMIDX_AUTO,
				                           .share = shares[s]};
				if (ptk_entry_encode(r, &e, &raw, NULL) < 0)
					continue;
				*out = e.attr;
				return true;
			}
	return false;
}

static inline struct ptk_attr attr_of(const struct ptk_regime *r, uint32_t rights)
{
	struct ptk_attr attr;
	if (!attr_make(r, rights, &attr))
		bail("%s cannot express rights 0x%x", r->name, rights);
	return attr;
}

/* Kernel read and write, no execution where the regime can say so. */
static inline struct ptk_attr attr_rw(const struct ptk_regime *r)
{
	static const uint32_t rights[] = {PTK_A_KR | PTK_A_KW, PTK_A_KR | PTK_A_KW | PTK_A_KX,
	                                  PTK_A_KR | PTK_A_KW | PTK_A_UR | PTK_A_UW};
	struct ptk_attr attr;
	for (size_t i = 0; i < sizeof rights / sizeof *rights; i++)
		if (attr_make(r, rights[i], &attr))
			return attr;
	bail("%s cannot express rw", r->name);
}

static inline struct ptk_edit edit_map(uint64_t va, uint64_t size, uint64_t pa, struct ptk_attr attr)
{
	return (struct ptk_edit){.op = PTK_EDIT_MAP, .first = va, .last = va + (size - 1), .pa = pa, .attr = attr};
}

static inline struct ptk_edit edit_range(enum ptk_edit_op op, uint64_t va, uint64_t size)
{
	return (struct ptk_edit){.op = op, .first = va, .last = va + (size - 1)};
}

static inline int world_edit(struct world *w, const struct ptk_build_opts *opts, const struct ptk_edit *e, size_t n)
{
	w->err = (struct ptk_err){0};
	return ptk_build_edit(&w->space, opts, w->alloc, e, n, &w->err);
}

static inline uint64_t world_tables(const struct world *w)
{
	struct ptk_alloc_stats s;
	ptk_alloc_stats(w->alloc, &s);
	return s.tables;
}

/* Where an address lands, or PTK_NO_PA. */
static inline uint64_t world_pa(const struct world *w, uint64_t va)
{
	uint64_t pa;
	return ptk_translate(&w->space, va, &pa) == 1 ? pa : PTK_NO_PA;
}

/* Raw value of the entry of a level that translates va; 0 if the walk does not get there. */
static inline uint64_t world_raw(const struct world *w, uint64_t va, int level)
{
	struct ptk_path path;
	ptk_walk(&w->space, va, &path, NULL);
	for (unsigned i = 0; i < path.nsteps; i++)
		if (path.step[i].entry.level == level)
			return path.step[i].entry.raw;
	return 0;
}

/* Level of the leaf that maps va, or -1. */
static inline int world_level(const struct world *w, uint64_t va)
{
	struct ptk_path path;
	ptk_walk(&w->space, va, &path, NULL);
	return path.outcome == PTK_MAPPED ? path.step[path.nsteps - 1].entry.level : -1;
}

static inline bool world_cont(const struct world *w, uint64_t va)
{
	struct ptk_path path;
	ptk_walk(&w->space, va, &path, NULL);
	return path.outcome == PTK_MAPPED && path.step[path.nsteps - 1].entry.attr.flags & PTK_A_CONT;
}

#endif
