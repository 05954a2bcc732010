// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* First steps: map, unmap, protect in every regime. */
#include "world.h"

static void every_regime(const char *name)
{
	struct world w;
	world_open(&w, name);
	const struct ptk_regime *r = &w.space.regime;
	uint64_t page = ptk_level_size(r, 0), va = w.space.first;
	struct ptk_attr rw = attr_rw(r);
	for (int l = 0; l < r->nlevels; l++) {
		uint64_t size = ptk_level_size(r, l);
		if (!r->level[l].leaf)
			continue;
		struct ptk_edit map = edit_map(va, size, size < BIT(31) ? size : 0, rw);
		if (l == r->nlevels - 1 && r->level[l].bits == 0)
			map.last = map.first + page - 1;
		ok(world_edit(&w, NULL, &map, 1) == 0, "%s: map one unit of level %d: %s", name, l, w.err.msg);
		is_int(world_level(&w, va), map.last - map.first == size - 1 ? l : 0, "%s: its leaf", name);
		is_u64(world_pa(&w, va + page - 1), map.pa + page - 1, "%s: its first page", name);
		is_u64(world_pa(&w, map.last), map.pa + (map.last - map.first), "%s: its last byte", name);
		struct ptk_edit hole = edit_range(PTK_EDIT_UNMAP, va, page);
		ok(world_edit(&w, NULL, &hole, 1) == 0, "%s: punch a hole: %s", name, w.err.msg);
		is_u64(world_pa(&w, va), PTK_NO_PA, "%s: nothing there", name);
		if (map.last - map.first >= page)
			is_u64(world_pa(&w, va + page), map.pa + page, "%s: the next page", name);
		struct ptk_edit all = edit_range(PTK_EDIT_UNMAP, map.first, map.last - map.first + 1);
		ok(world_edit(&w, NULL, &all, 1) == 0, "%s: unmap all: %s", name, w.err.msg);
		is_u64(world_tables(&w), 1, "%s: only the root is left", name);
	}
	world_close(&w);
}

int main(void)
{
	for (size_t i = 0; ptk_regime_name(i); i++)
		every_regime(ptk_regime_name(i));
	return done();
}
