// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The mistakes that page-table builders are known to have made, one test each, and what the test
 * suites of others hold their builders to. Raw values are worked out from the manuals.
 */
#include "base/endian.h"
#include "world.h"

#define K UINT64_C(1024)
#define M (K * K)
#define G (K * M)

static uint64_t word(const struct world *w, uint64_t pa)
{
	uint64_t v = 0;
	ptk_mem_read(w->mem, pa, &v, 8, NULL);
	return v;
}

static void must(struct world *w, struct ptk_edit e, const char *what)
{
	ok(world_edit(w, NULL, &e, 1) == 0, "%s: %s", what, w->err.msg);
}

static struct ptk_plan *plan(struct world *w, const struct ptk_build_opts *opts, struct ptk_edit e)
{
	struct ptk_plan *p;
	if (ptk_plan_new(&w->space, opts, &e, 1, &p, &w->err) < 0)
		bail("plan: %s", w->err.msg);
	return p;
}

static uint64_t conflicts(struct world *w, const struct ptk_build_opts *opts, struct ptk_edit e)
{
	struct ptk_plan *p = plan(w, opts, e);
	uint64_t n = ptk_plan_info(p)->conflicts;
	ptk_plan_free(p);
	return n;
}

static void block_with_misaligned_pa(void)
{
	struct world w;
	world_open(&w, "x86-64");
	must(&w, edit_map(2 * M, 2 * M, 2 * M + 4 * K, attr_rw(&w.space.regime)), "2M to an address 4K off");
	is_int(world_level(&w, 2 * M), 0, "block with misaligned pa: pages");
	world_close(&w);
	world_open(&w, "arm64-4k-48");
	must(&w, edit_map(G, G, 512 * M, attr_rw(&w.space.regime)), "1G to an address 512M off");
	is_int(world_level(&w, G), 1, "block with misaligned pa: 2M blocks, not 1G");
	world_close(&w);
}

static void block_where_there_is_none(void)
{
	struct world w;
	world_open(&w, "arm64-4k-48");
	must(&w, edit_map(0, 512 * G, 0, attr_rw(&w.space.regime)), "512G");
	is_int(world_level(&w, 0), 2, "block where there is none: level 0 of the manual never");
	world_close(&w);
	world_open(&w, "x86-64,no1g");
	must(&w, edit_map(0, 2 * G, 0, attr_rw(&w.space.regime)), "2G without 1G pages");
	is_int(world_level(&w, G), 1, "block where there is none: 2M pages");
	world_close(&w);
}

static void tlb_operand_shifted_by_page_size(void)
{
	struct ptk_regime r;
	ptk_regime_parse("arm64-64k-48", &r, NULL);
	is_u64(ptk_tlb_operand(&r, UINT64_C(0xffff123456780000), 7), UINT64_C(0x00070ff123456780),
	       "tlb operand shifted by page size: 12 with 64K pages too");
	ptk_regime_parse("arm-short", &r, NULL);
	is_u64(ptk_tlb_operand(&r, 0x12345678, 9), 0x12345009, "tlb operand: VA[31:12] and ASID");
	ptk_regime_parse("x86-64", &r, NULL);
	is_u64(ptk_tlb_operand(&r, 0x12345678, 9), 0x12345678, "tlb operand: INVLPG takes the address");
}

static void split_with_base_page_stride(void)
{
	struct world w;
	world_open(&w, "riscv-sv48");
	must(&w, edit_map(0, G, 4 * G, attr_rw(&w.space.regime)), "1G");
	struct ptk_edit e = edit_range(PTK_EDIT_SPLIT, 0, G);
	e.max_unit = 2 * M;
	must(&w, e, "split to 2M");
	is_int(world_level(&w, 5 * M), 1, "split with base page stride: 2M leaves");
	is_u64(world_pa(&w, 3 * 2 * M), 4 * G + 3 * 2 * M, "the fourth of them lies 6M further");
	is_u64(world_pa(&w, G - 1), 5 * G - 1, "the last byte too");
	world_close(&w);
}

/* SDM vol 3, tables 4-18 and 4-20: PAT is bit 12 of a 2M page, bit 7 of a 4K page. */
static void split_loses_attributes(void)
{
	struct world w;
	world_open(&w, "x86-64,memattr=0x0407050600070106");
	uint64_t leaf = 0x40200000 | BIT(12) | BIT(9) | BIT(58) | 0x80 | 0x63, out;
	struct ptk_entry e;
	ptk_entry_decode(&w.space.regime, 1, leaf, &e);
	must(&w, edit_map(2 * M, 2 * M, 0x40200000, e.attr), "2M with PAT and software bits");
	is_u64(world_raw(&w, 2 * M, 1), leaf, "as the manual has it");
	must(&w, edit_range(PTK_EDIT_UNMAP, 3 * M, 4 * K), "a hole in the middle");
	out = world_raw(&w, 2 * M + 4 * K, 0);
	is_u64(out, 0x40201000 | BIT(7) | BIT(9) | BIT(58) | 0x63, "split loses attributes: PAT moved to bit 7, the rest kept");
	world_close(&w);
}

static uint64_t sum_of(const struct world *w)
{
	const struct ptk_mem_info *info = ptk_mem_info(w->mem);
	uint64_t sum = 0;
	for (size_t i = 0; i < info->nextents; i++)
		for (uint64_t pa = info->extent[i].first; pa < info->extent[i].last; pa += 8)
			sum = (sum ^ word(w, pa)) * UINT64_C(0x9e3779b97f4a7c15) + pa;
	return sum;
}

static void pool_exhausted_half_way(void)
{
	struct world w;
	world_open(&w, "x86-64");
	struct ptk_attr rw = attr_rw(&w.space.regime);
	must(&w, edit_map(0, 4 * K, 0, rw), "one page");
	uint64_t before = sum_of(&w), pool[] = {WORLD_BASE + M, WORLD_BASE + M + 4 * K, WORLD_BASE + M + 8 * K};
	struct ptk_alloc *a;
	struct ptk_alloc_stats s;
	ptk_alloc_new_pool(pool, 3, 4096, &a);
	struct ptk_edit e = edit_map(4 * K, 8 * M, 0, rw);
	e.max_unit = 4 * K;
	is_int(ptk_build_edit(&w.space, NULL, a, &e, 1, &w.err), PTK_E_NOMEM, "pool exhausted half way: refused");
	has_str(w.err.msg, "only 3 of 4 tables", "how many were wanted");
	is_u64(sum_of(&w), before, "no byte changed");
	ptk_alloc_stats(a, &s);
	is_u64(s.tables, 0, "all tables returned");
	ptk_alloc_free(a);
	world_close(&w);
}

struct mapper {
	struct world *w;
	struct ptk_attr attr;
	bool busy;
	uint64_t next;
};

/* An allocator that maps what it gives out, through the tables that are being edited. */
static int map_then_give(void *arg, uint64_t size, uint64_t align, uint64_t *pa)
{
	struct mapper *m = arg;
	(void)align;
	*pa = m->next;
	m->next += size;
	if (!m->busy) {
		m->busy = true;
		struct ptk_edit e = edit_map(*pa, 4 * K, *pa, m->attr);
		if (world_edit(m->w, NULL, &e, 1) < 0)
			return PTK_E_NOMEM;
	}
	return 0;
}

static void allocator_edits_the_same_tables(void)
{
	struct world w;
	world_open(&w, "x86-64");
	struct mapper m = {&w, attr_rw(&w.space.regime), false, WORLD_BASE + 16 * M};
	struct ptk_alloc *a;
	ptk_alloc_new(&(struct ptk_alloc_ops){.alloc = map_then_give}, &m, &a);
	struct ptk_edit e = edit_map(4 * M, 4 * K, 0x1000, m.attr);
	is_int(ptk_build_edit(&w.space, NULL, a, &e, 1, &w.err), PTK_E_CONFLICT, "allocator edits the same tables: noticed");
	has_str(w.err.msg, "changed since the plan", "and said");
	is_u64(world_pa(&w, WORLD_BASE + 16 * M), WORLD_BASE + 16 * M, "its own mapping survives");
	is_int(ptk_build_edit(&w.space, NULL, a, &e, 1, &w.err), 0, "a plan made anew works");
	is_u64(world_pa(&w, 4 * M), 0x1000, "mapped");
	ptk_alloc_free(a);
	world_close(&w);
}

static uint32_t effective(const struct world *w, uint64_t va)
{
	struct ptk_path path;
	ptk_walk(&w->space, va, &path, NULL);
	return path.outcome == PTK_MAPPED ? path.attr.flags & PTK_A_RIGHTS : 0;
}

static void user_missing_on_parents(void)
{
	struct world w;
	struct ptk_path path;
	world_open(&w, "x86-64");
	const struct ptk_regime *r = &w.space.regime;
	must(&w, edit_map(0, 4 * K, 0, attr_rw(r)), "a kernel page");
	struct ptk_attr user = attr_of(r, PTK_A_KR | PTK_A_KW | PTK_A_UR | PTK_A_UW);
	must(&w, edit_map(0x5000, 4 * K, 0x5000, user), "a user page");
	/* Take U/S (bit 2) away in every table entry on the way, as a kernel's own tables have it. */
	ptk_walk(&w.space, 0, &path, NULL);
	for (unsigned i = 0; i + 1 < path.nsteps; i++) {
		uint64_t raw = path.step[i].entry.raw & ~BIT(2);
		ptk_mem_write(w.mem, path.step[i].entry_pa, &raw, 8, NULL);
	}
	is_u64(effective(&w, 0x5000), PTK_A_KR | PTK_A_KW, "the kernel alone may use both");
	must(&w, edit_map(4 * K, 4 * K, 0x1000, user), "map for user code beside them");
	is_u64(effective(&w, 4 * K), PTK_A_KR | PTK_A_KW | PTK_A_UR | PTK_A_UW, "user missing on parents: user code may");
	is_u64(effective(&w, 0), PTK_A_KR | PTK_A_KW, "the kernel page stays the kernel's");
	is_u64(effective(&w, 0x5000), PTK_A_KR | PTK_A_KW, "and what the parents had locked stays locked");
	world_close(&w);
}

static void last_page_wraps(const char *name)
{
	struct world w;
	world_open(&w, name);
	const struct ptk_regime *r = &w.space.regime;
	struct ptk_attr rw = attr_rw(r);
	uint64_t page = ptk_level_size(r, 0), top = w.space.last;
	must(&w, edit_map(top - (page - 1), page, page, rw), "the last page");
	is_u64(world_pa(&w, top), 2 * page - 1, "%s: last page wraps: its last byte", name);
	must(&w, edit_range(PTK_EDIT_UNMAP, top - (page - 1), page), "unmap it");
	is_u64(world_tables(&w), 1, "%s: no table stays", name);
	struct ptk_edit e = edit_map(top - (page - 1), page, page, rw);
	e.last = page - 1;
	is_int(world_edit(&w, NULL, &e, 1), PTK_E_INVAL, "%s: past the end: %s", name, w.err.msg);
	e = edit_map(0, page, low_bits(r->pa_bits) - (page - 1), rw);
	e.last += page;
	e.last |= page - 1;
	is_int(world_edit(&w, NULL, &e, 1), PTK_E_RANGE, "%s: physical end: %s", name, w.err.msg);
	world_close(&w);
}

/* DDI 0406C B3.5: 256 entries of 4 bytes in a second-level table, 1K each; a section is told by its type bits. */
static void second_level_of_short_descriptors(void)
{
	struct world w;
	struct ptk_alloc_stats before, after;
	world_open(&w, "arm-short");
	struct ptk_attr rw = attr_rw(&w.space.regime);
	ptk_alloc_stats(w.alloc, &before);
	struct ptk_edit e = edit_map(M, M, 0x80000000, rw);
	e.max_unit = 4 * K;
	must(&w, e, "a megabyte in pages");
	ptk_alloc_stats(w.alloc, &after);
	is_u64(after.bytes - before.bytes, 1024, "second level of short descriptors: one table of 1K");
	is_u64(world_raw(&w, M, 1) & 3, 1, "a pointer to a table");
	is_u64(world_raw(&w, M, 0) & 2, 2, "small pages");
	is_u64(world_pa(&w, 2 * M - 1), 0x800fffff, "its last byte");
	e = edit_map(0x1000000, 16 * M, 0x1000, rw);
	e.pa = 0x1000000;
	must(&w, e, "16M to an address below 16M pages' size");
	is_u64(world_raw(&w, 0x1000000, 1) & (BIT(18) | 3), BIT(18) | 2, "a supersection, at a small address");
	world_close(&w);
}

static void fill_arithmetic_of_short_descriptors(void)
{
	struct world w;
	world_open(&w, "arm-short");
	must(&w, edit_map(0x00ffd000, 3 * M, 0x40001000, attr_rw(&w.space.regime)), "3M across tables");
	bool right = true;
	for (uint64_t off = 0; off < 3 * M; off += 4 * K)
		right &= world_pa(&w, 0x00ffd000 + off) == 0x40001000 + off;
	ok(right, "fill arithmetic of short descriptors: every page");
	is_u64(world_pa(&w, 0x00ffc000), PTK_NO_PA, "none before");
	is_u64(world_pa(&w, 0x00ffd000 + 3 * M), PTK_NO_PA, "none after");
	world_close(&w);
}

static void zero_entry_counted_as_huge(void)
{
	struct world w;
	world_open(&w, "riscv-sv39");
	struct ptk_edit e = edit_range(PTK_EDIT_PROTECT, 0, G);
	e.mask.flags = PTK_A_KW;
	struct ptk_plan *p = plan(&w, NULL, e);
	is_u64(ptk_plan_info(p)->entries, 0, "zero entry counted as huge: protecting nothing writes nothing");
	ptk_plan_free(p);
	e.flags = PTK_EDIT_STRICT;
	is_u64(conflicts(&w, NULL, e), 1, "and is a hole to a strict edit");
	p = plan(&w, NULL, edit_range(PTK_EDIT_SPLIT, 0, G));
	is_u64(ptk_plan_info(p)->tables_new, 0, "splitting nothing makes no table");
	ptk_plan_free(p);
	world_close(&w);
}

static void barrier_missing(void)
{
	struct world w;
	world_open(&w, "arm64-4k-48");
	struct ptk_build_opts opts = {.live = PTK_LIVE_BREAK};
	struct ptk_plan *p = plan(&w, &opts, edit_map(0, 4 * K, 0, attr_rw(&w.space.regime)));
	struct ptk_plan_step s;
	char order[16] = "";
	for (uint64_t i = 0; ptk_plan_step(p, i, &s); i++)
		strcat(order, &"F\0B\0W\0|\0T\0X"[s.act * 2]);
	is_str(order, "FFF|W|", "barrier missing: tables, barrier, the entry that leads there, barrier");
	ptk_plan_free(p);
	world_close(&w);
}

static void rounded_in_silence(void)
{
	struct world w;
	world_open(&w, "arm64-4k-48");
	struct ptk_edit e = edit_map(0x1000, 0x1000, 0x2000, attr_rw(&w.space.regime));
	e.last++;
	is_int(world_edit(&w, NULL, &e, 1), PTK_E_INVAL, "rounded in silence: size: %s", w.err.msg);
	e = edit_map(0x1001, 0x1000, 0x2000, e.attr);
	is_int(world_edit(&w, NULL, &e, 1), PTK_E_INVAL, "address: %s", w.err.msg);
	e = edit_map(0x1000, 0x1000, 0x2001, e.attr);
	is_int(world_edit(&w, NULL, &e, 1), PTK_E_INVAL, "physical address: %s", w.err.msg);
	e = edit_map(0, 1, 0, e.attr);
	e.flags = PTK_EDIT_ROUND;
	must(&w, e, "one byte at 0, on request");
	is_u64(world_pa(&w, 0xfff), 0xfff, "is one page");
	is_u64(world_pa(&w, 0x1000), PTK_NO_PA, "and no more");
	world_close(&w);
}

static void freed_tables_lost(void)
{
	struct world w;
	world_open(&w, "riscv-sv48");
	uint64_t pool[3], root = w.space.root;
	struct ptk_alloc *a;
	for (int i = 0; i < 3; i++)
		pool[i] = WORLD_BASE + M + (uint64_t)i * 4 * K;
	ptk_alloc_new_pool(pool, 3, 4096, &a);
	bool good = true;
	for (uint64_t i = 0; i < 100; i++) {
		struct ptk_edit map = edit_map(i << 39 & low_bits(47), 4 * K, i << 12, attr_rw(&w.space.regime));
		struct ptk_edit unmap = edit_range(PTK_EDIT_UNMAP, map.first, 4 * K);
		good &= ptk_build_edit(&w.space, NULL, a, &map, 1, NULL) == 0;
		good &= ptk_build_edit(&w.space, NULL, a, &unmap, 1, NULL) == 0;
	}
	ok(good, "freed tables lost: a hundred rounds from a pool of three");
	is_u64(word(&w, root), 0, "the root is empty");
	ptk_alloc_free(a);
	world_close(&w);
}

static void accepted_without_effect(void)
{
	struct world w;
	world_open(&w, "x86-pae");
	struct ptk_plan *p = plan(&w, NULL, edit_map(0xc0000000, 2 * M, 0, attr_rw(&w.space.regime)));
	is_int(ptk_plan_apply(p, w.alloc, &w.err), 0, "accepted without effect: applied");
	is_u64(world_pa(&w, 0xc0000000), 0, "and there it is");
	is_int(ptk_plan_apply(p, w.alloc, &w.err), PTK_E_INVAL, "a second time it is refused: %s", w.err.msg);
	ptk_plan_free(p);
	world_close(&w);
}

/* ---- what others' suites assert ---- */

/* aarch64-paging: the bytes of one page's tables at 0x10000. */
static void target_bytes(void)
{
	struct world w = {0};
	struct ptk_regime r;
	ptk_regime_parse("arm64-4k-39", &r, NULL);
	ptk_mem_new_image(0x10000, 0x1ffff, &w.mem);
	ptk_alloc_new_bump(0x10000, 0x1ffff, 0, &w.alloc);
	ptk_build_root(w.mem, &r, w.alloc, &w.space, &w.err);
	struct ptk_attr attr = {.flags = PTK_A_KR | PTK_A_KW | PTK_A_KX | PTK_A_GLOBAL, .memidx = 0, .share = PTK_SHARE_INNER};
	must(&w, edit_map(0, 4 * K, 0x42000, attr), "one page");
	is_u64(word(&w, 0x10000), 0x11003, "target bytes: root");
	is_u64(word(&w, 0x11000), 0x12003, "second table");
	is_u64(word(&w, 0x12000), UINT64_C(0x0040000000042303), "leaf");
	uint64_t rest = 0;
	for (uint64_t pa = 0x10000; pa < 0x13000; pa += 8)
		rest |= pa % 0x1000 ? word(&w, pa) : 0;
	is_u64(rest, 0, "all else is zero");
	is_u64(world_tables(&w), 3, "three tables");
	world_close(&w);
}

static void across_a_table(void)
{
	struct world w;
	world_open(&w, "arm64-4k-48");
	must(&w, edit_map(1023 * 4 * K, 3 * 4 * K, 0x1000, attr_rw(&w.space.regime)), "pages 1023 to 1025");
	is_u64(world_pa(&w, 1022 * 4 * K), PTK_NO_PA, "across a table: none before");
	is_u64(world_pa(&w, 1023 * 4 * K), 0x1000, "left side");
	is_u64(world_pa(&w, 1024 * 4 * K), 0x2000, "right side");
	is_u64(world_pa(&w, 1025 * 4 * K), 0x3000, "its end");
	is_u64(world_pa(&w, 1026 * 4 * K), PTK_NO_PA, "none after");
	world_close(&w);
}

static void invalid_block_keeps_bits(void)
{
	struct world w;
	world_open(&w, "arm64-4k-48");
	struct ptk_edit e = edit_range(PTK_EDIT_MARK, 0, 2 * M);
	e.mark = BIT(55) | BIT(56);
	must(&w, e, "mark a block");
	is_u64(world_raw(&w, 0, 1), BIT(55) | BIT(56), "as one entry");
	struct ptk_edit map = edit_map(4 * K, 4 * K, 0x1000, attr_rw(&w.space.regime));
	is_u64(conflicts(&w, NULL, map), 1, "what is marked is occupied");
	struct ptk_build_opts replace = {.overlap = PTK_OVERLAP_REPLACE};
	ok(world_edit(&w, &replace, &map, 1) == 0, "map a page in it: %s", w.err.msg);
	is_u64(world_raw(&w, 0, 0), BIT(55) | BIT(56), "splitting an invalid block keeps its software bits");
	is_u64(world_raw(&w, 2 * M - 1, 0), BIT(55) | BIT(56), "to its end");
	is_u64(world_pa(&w, 4 * K), 0x1000, "the page is mapped");
	world_close(&w);
}

static void live_rules(void)
{
	struct world w;
	world_open(&w, "arm64-4k-48");
	const struct ptk_regime *r = &w.space.regime;
	struct ptk_attr rw = attr_rw(r), ro = attr_of(r, PTK_A_KR);
	struct ptk_build_opts live = {.live = PTK_LIVE_NO_BREAK, .overlap = PTK_OVERLAP_REPLACE};
	must(&w, edit_map(0, 2 * M, 0x40000000, rw), "a block");
	must(&w, edit_map(2 * M, 8 * K, 0x1000, rw), "pages");
	struct ptk_edit e = edit_range(PTK_EDIT_PROTECT, 2 * M, 4 * K);
	e.attr = ro;
	e.mask.flags = PTK_A_KW;
	is_u64(conflicts(&w, &live, e), 0, "live: permissions of a page may change");
	is_u64(conflicts(&w, &live, edit_map(64 * K, 64 * K, 0x40010000, rw)), 0, "mapping part of a block as it is needs no split");
	struct ptk_plan *p = plan(&w, &live, edit_map(64 * K, 64 * K, 0x40010000, rw));
	is_u64(ptk_plan_info(p)->entries, 0, "and writes nothing");
	ptk_plan_free(p);
	is_u64(conflicts(&w, &live, edit_map(64 * K, 64 * K, 0x40010000, ro)), 1, "splitting is refused");
	is_u64(conflicts(&w, &live, edit_map(2 * M, 4 * K, 0x5000, rw)), 1, "moving is refused");
	struct ptk_attr device = rw;
	device.mem = PTK_MEM_DEV_nGnRE;
	is_u64(conflicts(&w, &live, edit_map(2 * M, 4 * K, 0x1000, device)), 1, "another memory type is refused");
	is_u64(conflicts(&w, &live, edit_range(PTK_EDIT_UNMAP, 0, 2 * M)), 0, "unmapping a whole block is not");
	is_u64(conflicts(&w, &live, edit_range(PTK_EDIT_UNMAP, 0, 4 * K)), 1, "unmapping a part of it is");
	struct ptk_attr local = rw;
	local.flags &= ~(uint32_t)PTK_A_GLOBAL;
	is_u64(conflicts(&w, &live, edit_map(2 * M, 4 * K, 0x1000, local)), 0, "nG may be set");
	struct ptk_edit ng = edit_map(2 * M, 4 * K, 0x1000, local);
	world_edit(&w, &live, &ng, 1);
	is_u64(conflicts(&w, &live, edit_map(2 * M, 4 * K, 0x1000, rw)), 1, "but not cleared");
	live.bbm = 2;
	is_u64(conflicts(&w, &live, edit_range(PTK_EDIT_SPLIT, 0, 2 * M)), 0, "FEAT_BBM level 2: a block may be split");
	world_close(&w);
}

static void live_steps(void)
{
	struct world w;
	struct ptk_plan_step s;
	world_open(&w, "arm64-4k-48");
	struct ptk_attr rw = attr_rw(&w.space.regime);
	struct ptk_build_opts live = {.live = PTK_LIVE_BREAK};
	must(&w, edit_map(0, 4 * M, 0x40000000, rw), "two blocks");
	struct ptk_plan *p = plan(&w, &live, edit_range(PTK_EDIT_SPLIT, 0, 4 * M));
	char order[32] = "";
	uint64_t first = 1, last = 0;
	for (uint64_t i = 0; ptk_plan_step(p, i, &s); i++) {
		strcat(order, &"F\0B\0W\0|\0T\0X"[s.act * 2]);
		if (s.act == PTK_ACT_TLB) {
			first = s.first;
			last = s.last;
		}
	}
	is_str(order, "FF|BB|TWW|", "live steps: fill, barrier, break, barrier, invalidate, make, barrier");
	is_u64(first, 0, "one range");
	is_u64(last, 4 * M - 1, "over both blocks: merged");
	is_u64(ptk_plan_info(p)->breaks, 2, "two entries are invalid for a moment");
	ptk_plan_free(p);
	live.bbm = 1;
	p = plan(&w, &live, edit_range(PTK_EDIT_SPLIT, 0, 2 * M));
	for (uint64_t i = 0; ptk_plan_step(p, i, &s) && s.act != PTK_ACT_BREAK; i++)
		;
	is_u64(s.raw, world_raw(&w, 0, 1) | BIT(16), "FEAT_BBM level 1: the block with nT");
	ptk_plan_free(p);
	world_close(&w);
}

static void limits(void)
{
	struct world w;
	world_open(&w, "arm64-4k-48");
	struct ptk_attr rw = attr_rw(&w.space.regime);
	must(&w, edit_map(0, 8 * K, 0, rw), "two pages");
	struct ptk_edit e = edit_range(PTK_EDIT_UNMAP, 0, 12 * K);
	e.flags = PTK_EDIT_STRICT;
	is_int(world_edit(&w, NULL, &e, 1), PTK_E_CONFLICT, "limits: unmapping one page too many: %s", w.err.msg);
	is_u64(world_pa(&w, 0), 0, "nothing was unmapped");
	e = edit_map(UINT64_C(1) << 48, 4 * K, 0, rw);
	is_int(world_edit(&w, NULL, &e, 1), PTK_E_RANGE, "above the space: %s", w.err.msg);
	e = edit_map(4 * K, 4 * K, 0x9000, rw);
	e.name = "uart";
	is_int(world_edit(&w, NULL, &e, 1), PTK_E_CONFLICT, "overlap");
	is_str(w.err.msg, "mapping uart [0x1000, 0x1fff] to 0x9000 meets [0x0, 0x1fff], mapped to 0x0 by L3 entries: "
	       "both want [0x1000, 0x1fff]", "both ranges are quoted");
	struct ptk_edit two[2] = {edit_map(M, M, 0, rw), edit_map(M + 4 * K, M, M, rw)};
	is_int(world_edit(&w, NULL, two, 2), PTK_E_CONFLICT, "two edits overlap: %s", w.err.msg);
	struct ptk_build_opts nested = {.overlap = PTK_OVERLAP_NESTED};
	two[1] = edit_map(M + 64 * K, 64 * K, 0x80000000, rw);
	is_int(world_edit(&w, &nested, two, 2), 0, "nested: %s", w.err.msg);
	is_u64(world_pa(&w, M + 64 * K), 0x80000000, "the inner one wins");
	is_u64(world_pa(&w, M + 128 * K), 128 * K, "around it the outer one");
	e = edit_map(0, M, 0x50000000, rw);
	is_int(world_edit(&w, &nested, &e, 1), 0, "nested over what is there: %s", w.err.msg);
	is_u64(world_pa(&w, 4 * K), 4 * K, "what lies inside stays");
	is_u64(world_pa(&w, 8 * K), 0x50002000, "around it the new one");
	world_close(&w);
}

static void table_out_of_reach(const char *name, uint64_t where)
{
	struct world w;
	struct ptk_alloc *a;
	struct ptk_alloc_stats s;
	world_open(&w, name);
	ptk_alloc_new_bump(where, where + M - 1, 0, &a);
	struct ptk_edit e = edit_map(0, 4 * K, 0, attr_rw(&w.space.regime));
	is_int(ptk_build_edit(&w.space, NULL, a, &e, 1, &w.err), PTK_E_RANGE, "%s: table out of reach: %s", name, w.err.msg);
	ptk_alloc_stats(a, &s);
	is_u64(s.tables, 0, "%s: and given back", name);
	ptk_alloc_free(a);
	world_close(&w);
}

static void contiguous_groups(const char *name, int level)
{
	struct world w;
	world_open(&w, name);
	const struct ptk_regime *r = &w.space.regime;
	uint64_t unit = ptk_level_size(r, level), group = unit << r->level[level].cont_bits;
	must(&w, edit_map(group, 2 * group, 3 * group, attr_rw(r)), name);
	ok(world_cont(&w, group) && world_level(&w, group) == level, "%s: contiguous group of level %d", name, level);
	must(&w, edit_range(PTK_EDIT_UNMAP, group + unit, unit), "clear one of them");
	ok(!world_cont(&w, group), "%s: the rest of its group is no longer contiguous", name);
	ok(world_cont(&w, 2 * group), "%s: the next group still is", name);
	is_u64(world_pa(&w, group + 2 * unit), 3 * group + 2 * unit, "%s: and still mapped where it was", name);
	must(&w, edit_map(group + unit, unit, 3 * group + unit, attr_rw(r)), "fill the hole");
	struct ptk_edit e = edit_range(PTK_EDIT_COLLAPSE, group, group);
	must(&w, e, "collapse");
	ok(world_cont(&w, group), "%s: contiguous again", name);
	world_close(&w);
}

int main(void)
{
	block_with_misaligned_pa();
	block_where_there_is_none();
	tlb_operand_shifted_by_page_size();
	split_with_base_page_stride();
	split_loses_attributes();
	pool_exhausted_half_way();
	allocator_edits_the_same_tables();
	user_missing_on_parents();
	for (size_t i = 0; ptk_regime_name(i); i++)
		last_page_wraps(ptk_regime_name(i));
	second_level_of_short_descriptors();
	zero_entry_counted_as_huge();
	fill_arithmetic_of_short_descriptors();
	barrier_missing();
	rounded_in_silence();
	freed_tables_lost();
	accepted_without_effect();
	target_bytes();
	across_a_table();
	invalid_block_keeps_bits();
	live_rules();
	live_steps();
	limits();
	table_out_of_reach("arm-short", UINT64_C(0x100000000));
	table_out_of_reach("x86-32", UINT64_C(0x100000000));
	table_out_of_reach("arm64-4k-48,pa=40", UINT64_C(0x10000000000));
	contiguous_groups("arm64-4k-48", 0);
	contiguous_groups("arm64-4k-48", 1);
	contiguous_groups("arm-lpae", 0);
	contiguous_groups("arm-short", 0);
	contiguous_groups("arm-short", 1);
	contiguous_groups("riscv-sv39", 0);
	return done();
}
