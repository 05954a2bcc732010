// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Corners of planning that random edits rarely reach. Values of entries are from the manuals. */
#include "world.h"

#define K UINT64_C(1024)
#define M (K * K)
#define G (K * M)

static void must(struct world *w, struct ptk_edit e, const char *what)
{
	ok(world_edit(w, NULL, &e, 1) == 0, "%s: %s", what, w->err.msg);
}

static struct ptk_plan *plan(struct world *w, enum ptk_overlap overlap, const struct ptk_edit *e, size_t n)
{
	struct ptk_build_opts opts = {.overlap = overlap};
	struct ptk_plan *p;
	if (ptk_plan_new(&w->space, &opts, e, n, &p, &w->err) < 0)
		bail("plan: %s", w->err.msg);
	return p;
}

static int conflict_kind(struct world *w, const struct ptk_edit *e, size_t n)
{
	struct ptk_plan *p = plan(w, PTK_OVERLAP_REPLACE, e, n);
	size_t found;
	const struct ptk_conflict *c = ptk_plan_conflicts(p, &found);
	int kind = found ? (int)c[0].kind : -1;
	ptk_plan_free(p);
	return kind;
}

/* Two edits that together empty a block: no table is made for what is gone in the end. */
static void split_and_emptied(void)
{
	struct world w;
	world_open(&w, "x86-64");
	must(&w, edit_map(0, 2 * M, 0, attr_rw(&w.space.regime)), "a block");
	struct ptk_edit e[] = {edit_range(PTK_EDIT_UNMAP, 0, M), edit_range(PTK_EDIT_UNMAP, M, M)};
	struct ptk_plan *p = plan(&w, PTK_OVERLAP_ERROR, e, 2);
	is_u64(ptk_plan_info(p)->tables_new, 0, "split and emptied: no table");
	is_u64(ptk_plan_info(p)->tables_freed, 2, "both tables above go");
	is_u64(ptk_plan_info(p)->entries, 1, "one entry, in the root");
	is_int(ptk_plan_apply(p, w.alloc, &w.err), 0, "applied");
	is_u64(world_tables(&w), 1, "the root is left");
	ptk_plan_free(p);
	world_close(&w);
}

/* Address bits that live elsewhere in the entry: a run must not carry into what lies between. */
static void carry(const char *name, uint64_t unit, uint64_t boundary)
{
	struct world w;
	world_open(&w, name);
	must(&w, edit_map(0, 4 * unit, boundary - 2 * unit, attr_rw(&w.space.regime)), name);
	is_u64(world_pa(&w, 2 * unit - 1), boundary - 1, "%s: below the boundary", name);
	is_u64(world_pa(&w, 2 * unit), boundary, "%s: at it", name);
	is_u64(world_pa(&w, 4 * unit - 1), boundary + 2 * unit - 1, "%s: above", name);
	world_close(&w);
}

static void block_over_table(void)
{
	struct world w;
	world_open(&w, "arm64-4k-48");
	struct ptk_attr rw = attr_rw(&w.space.regime);
	must(&w, edit_map(4 * K, 8 * K, 0x7000, rw), "pages");
	uint64_t tables = world_tables(&w);
	struct ptk_edit e = edit_map(0, 2 * M, 2 * M, rw);
	struct ptk_build_opts replace = {.overlap = PTK_OVERLAP_REPLACE};
	is_int(world_edit(&w, &replace, &e, 1), 0, "a block over them: %s", w.err.msg);
	is_int(world_level(&w, 0), 1, "block over table: it is a block");
	is_u64(world_tables(&w), tables - 1, "the table went back");
	world_close(&w);
}

static void alter(struct world *w, uint64_t va, int level, uint64_t set, uint64_t clear)
{
	struct ptk_path path;
	ptk_walk(&w->space, va, &path, NULL);
	for (unsigned i = 0; i < path.nsteps; i++) {
		uint64_t raw = (path.step[i].entry.raw & ~clear) | set;
		if (path.step[i].entry.level == level)
			ptk_mem_write(w->mem, path.step[i].entry_pa, &raw, 8, NULL);
	}
}

/* SDM vol 3, 4.6: R/W (bit 1) of a table entry takes writing from all below it. */
static void collapse_under_read_only_table(void)
{
	struct world w;
	struct ptk_path path;
	world_open(&w, "x86-64");
	struct ptk_edit e = edit_map(0, 2 * M, 0, attr_rw(&w.space.regime));
	e.max_unit = 4 * K;
	must(&w, e, "pages that may be written");
	alter(&w, 0, 1, 0, BIT(1));
	must(&w, edit_range(PTK_EDIT_COLLAPSE, 0, 2 * M), "collapse under a read-only table");
	ptk_walk(&w.space, 0, &path, NULL);
	is_int(world_level(&w, 0), 1, "one page of 2M");
	is_u64(path.attr.flags & (PTK_A_KR | PTK_A_KW), PTK_A_KR, "still read-only");
	world_close(&w);
}

/* Privileged spec, 4.3.1: G in a pointer makes all below it global. */
static void global_table(void)
{
	struct world w;
	world_open(&w, "riscv-sv39");
	struct ptk_attr attr = attr_rw(&w.space.regime);
	must(&w, edit_map(0, 4 * K, 0, attr), "a page");
	alter(&w, 0, 1, BIT(5), 0);
	attr.flags &= ~(uint32_t)PTK_A_GLOBAL;
	struct ptk_edit e = edit_map(4 * K, 4 * K, 0x1000, attr);
	is_int(conflict_kind(&w, &e, 1), PTK_CONFLICT_PARENT, "global table: a local page cannot be below it");
	e.attr.flags |= PTK_A_GLOBAL;
	is_int(conflict_kind(&w, &e, 1), -1, "a global one can");
	world_close(&w);
}

static void shared_tables(void)
{
	struct world w;
	world_open(&w, "x86-64");
	struct ptk_attr rw = attr_rw(&w.space.regime);
	must(&w, edit_map(0, 4 * K, 0, rw), "a page");
	uint64_t first = world_raw(&w, 0, 3);
	ptk_mem_write(w.mem, w.space.root + 8, &first, 8, NULL);
	struct ptk_edit e = edit_range(PTK_EDIT_PROTECT, 0, 1024 * G);
	e.mask.flags = PTK_A_KW;
	is_int(conflict_kind(&w, &e, 1), PTK_CONFLICT_SHARED, "shared tables: one table at two places");
	uint64_t self = w.space.root | 3;
	ptk_mem_write(w.mem, w.space.root, &self, 8, NULL);
	e = edit_map(4 * K, 4 * K, 0, rw);
	is_int(conflict_kind(&w, &e, 1), PTK_CONFLICT_SHARED, "a root that maps itself");
	world_close(&w);
}

static void across_the_hole(void)
{
	struct world w;
	world_open(&w, "x86-64");
	struct ptk_edit e = edit_range(PTK_EDIT_UNMAP, UINT64_C(0x00007ffffffff000), 4 * K);
	e.last = UINT64_C(0xffff800000000fff);
	is_int(world_edit(&w, NULL, &e, 1), PTK_E_RANGE, "across the hole of canonical addresses: %s", w.err.msg);
	world_close(&w);
}

static void nothing_to_do(void)
{
	struct world w;
	world_open(&w, "arm64-4k-48");
	struct ptk_attr rw = attr_rw(&w.space.regime);
	must(&w, edit_map(0, 2 * M, 0, rw), "a block");
	struct ptk_edit e = edit_range(PTK_EDIT_PROTECT, 4 * K, 4 * K);
	e.attr = rw;
	e.mask.flags = PTK_A_RIGHTS;
	struct ptk_plan *p = plan(&w, PTK_OVERLAP_ERROR, &e, 1);
	is_u64(ptk_plan_info(p)->entries + ptk_plan_info(p)->tables_new, 0, "rights that are there need no split");
	ptk_plan_free(p);
	p = plan(&w, PTK_OVERLAP_ERROR, NULL, 0);
	is_int(ptk_plan_apply(p, w.alloc, &w.err), 0, "a plan of nothing can be applied");
	ptk_plan_free(p);
	world_close(&w);
}

static void edits_that_overlap(void)
{
	struct world w;
	world_open(&w, "x86-64");
	struct ptk_attr rw = attr_rw(&w.space.regime);
	struct ptk_edit e[] = {edit_map(0, 64 * K, 16 * M, rw), edit_map(32 * K, 64 * K, 32 * M, rw),
	                       edit_map(40 * K, 8 * K, 48 * M, rw)};
	struct ptk_build_opts opts = {.overlap = PTK_OVERLAP_KEEP};
	is_int(world_edit(&w, &opts, e, 3), 0, "edits that overlap, the first wins: %s", w.err.msg);
	is_u64(world_pa(&w, 40 * K), 16 * M + 40 * K, "the first");
	is_u64(world_pa(&w, 64 * K), 32 * M + 32 * K, "behind it the second");
	opts.overlap = PTK_OVERLAP_REPLACE;
	is_int(world_edit(&w, &opts, e, 3), 0, "the last wins: %s", w.err.msg);
	is_u64(world_pa(&w, 0), 16 * M, "the first where it is alone");
	is_u64(world_pa(&w, 36 * K), 32 * M + 4 * K, "the second over it");
	is_u64(world_pa(&w, 40 * K), 48 * M, "the third over both");
	is_u64(world_pa(&w, 48 * K), 32 * M + 16 * K, "the second behind it");
	opts.overlap = PTK_OVERLAP_NESTED;
	is_int(world_edit(&w, &opts, e, 2), PTK_E_CONFLICT, "nested, but neither is inside: %s", w.err.msg);
	world_close(&w);
}

static void dirty_memory(void)
{
	struct world w;
	world_open(&w, "riscv-sv39");
	uint8_t dirt[4096];
	memset(dirt, 0xff, sizeof dirt);
	for (uint64_t pa = WORLD_BASE + 4 * K; pa < WORLD_BASE + 64 * K; pa += 4 * K)
		ptk_mem_write(w.mem, pa, dirt, sizeof dirt, NULL);
	must(&w, edit_map(4 * K, 4 * K, 0, attr_rw(&w.space.regime)), "from dirty memory");
	is_u64(world_raw(&w, 0, 0), 0, "dirty memory: entries nobody asked for are zero");
	struct ptk_build_query q;
	ptk_build_query(&w.space, 0, G - 1, &q, NULL);
	is_u64(q.pages + q.absent, 1, "one page and nothing else");
	world_close(&w);
}

/* DDI 0406C B3.5.1: PXN of small pages is in the entry of their table. */
static void execution_by_table(void)
{
	struct world w;
	struct ptk_path path;
	world_open(&w, "arm-short");
	struct ptk_attr x = attr_of(&w.space.regime, PTK_A_KR | PTK_A_UR | PTK_A_UX | PTK_A_KX), ux = x;
	ux.flags &= ~(uint32_t)PTK_A_KX;
	must(&w, edit_map(0, 4 * K, 0, ux), "a page that user code alone executes");
	ptk_walk(&w.space, 0, &path, NULL);
	is_u64(path.attr.flags & (PTK_A_KX | PTK_A_UX), PTK_A_UX, "execution by table: it does");
	is_u64(world_raw(&w, 0, 1) & 7, 5, "PXN is in the table's entry");
	struct ptk_edit e = edit_map(4 * K, 4 * K, 0, x);
	is_int(conflict_kind(&w, &e, 1), PTK_CONFLICT_PARENT, "the kernel cannot execute a page beside it");
	e.attr.key = 3;
	e.attr.flags = ux.flags;
	is_int(conflict_kind(&w, &e, 1), PTK_CONFLICT_PARENT, "nor can one have another domain");
	world_close(&w);
}

/* DDI 0406C B3.5.1: sections reach 4G, supersections further. */
static void supersection_that_cannot_be_dissolved(void)
{
	struct world w;
	world_open(&w, "arm-short");
	must(&w, edit_map(0, 16 * M, BIT(32), attr_rw(&w.space.regime)), "a supersection above 4G");
	struct ptk_edit e = edit_range(PTK_EDIT_UNMAP, M, M);
	is_int(conflict_kind(&w, &e, 1), PTK_CONFLICT_BROKEN, "supersection that cannot be dissolved: unmapping a part");
	e = edit_range(PTK_EDIT_SPLIT, 0, 16 * M);
	is_int(conflict_kind(&w, &e, 1), PTK_CONFLICT_BROKEN, "splitting it");
	e = edit_map(M, M, 0, attr_rw(&w.space.regime));
	is_int(conflict_kind(&w, &e, 1), PTK_CONFLICT_BROKEN, "mapping over a part");
	e = edit_range(PTK_EDIT_UNMAP, 0, 16 * M);
	is_int(conflict_kind(&w, &e, 1), -1, "all of it may go");
	world_close(&w);
}

int main(void)
{
	supersection_that_cannot_be_dissolved();
	split_and_emptied();
	carry("arm64-64k-52", 64 * K, BIT(48));
	carry("arm64-4k-52", 4 * K, BIT(50));
	carry("arm64-4k-52", 2 * M, BIT(50));
	carry("x86-32", 4 * M, BIT(32));
	carry("arm-short", 16 * M, BIT(32));
	carry("riscv-sv39", 4 * K, BIT(55));
	block_over_table();
	collapse_under_read_only_table();
	global_table();
	shared_tables();
	across_the_hole();
	nothing_to_do();
	edits_that_overlap();
	dirty_memory();
	execution_by_table();
	return done();
}
