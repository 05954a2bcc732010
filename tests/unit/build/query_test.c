// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a range holds in sum, and operands of TLB instructions. */
#include "unit/build/world.h"

#define K UINT64_C(1024)
#define M (K * K)

static struct ptk_build_query ask(struct world *w, uint64_t first, uint64_t size)
{
	struct ptk_build_query q = {0};
	is_int(ptk_build_query(&w->space, first, first + size - 1, &q, &w->err), 0, "asked about 0x%llx", (unsigned long long)first);
	return q;
}

static void sums(void)
{
	struct world w;
	world_open(&w, "x86-64");
	const struct ptk_attr rw = attr_rw(&w.space.regime);
	struct ptk_attr ro = rw;
	ro.flags &= ~(uint32_t)(PTK_A_KW | PTK_A_DIRTY);
	struct ptk_edit e[] = {edit_map(0x400000, 2 * M, 0x800000, rw), edit_map(0x600000, 8 * K, 0xa00000, rw),
	                       edit_map(0x602000, 4 * K, 0xa02000, ro), edit_map(0x604000, 4 * K, 0x1000, rw),
	                       {.op = PTK_EDIT_MARK, .first = 0x606000, .last = 0x607fff, .mark = 0x200}};
	is_int(world_edit(&w, NULL, e, 5), 0, "tables: %s", w.err.msg);

	struct ptk_build_query q = ask(&w, 0x400000, 2 * M + 8 * K);
	ok(q.whole && q.uniform && q.linear, "a block and two pages behind it: whole, alike, linear");
	is_u64(q.pages, 514, "514 pages");
	is_u64(q.leaves[1], 512, "of them in a block");
	is_u64(q.leaves[0], 2, "and as pages");
	is_u64(q.pa, 0x800000, "where it starts");
	is_int(q.attr.flags & PTK_A_RIGHTS, PTK_A_KR | PTK_A_KW, "its rights");

	q = ask(&w, 0x401000, 4 * K);
	ok(q.whole && q.pages == 1 && q.pa == 0x801000, "a page inside the block");
	q = ask(&w, 0x600000, 12 * K);
	ok(q.whole && q.linear && !q.uniform, "another right in it: not alike");
	q = ask(&w, 0x602000, 12 * K);
	ok(!q.whole && !q.linear && q.hole == 0x603000, "a hole in the middle");
	is_u64(q.pages, 2, "around it two pages");
	q = ask(&w, 0x604000, 8 * K);
	ok(!q.whole && q.hole == 0x605000 && q.pages == 1, "a hole at the end");
	q = ask(&w, 0x3ff000, 8 * K);
	ok(!q.whole && q.hole == 0x3ff000 && q.pa == 0x800000, "a hole at the start");
	q = ask(&w, 0x606000, 8 * K);
	ok(!q.whole && q.absent == 2 && q.pages == 0 && q.pa == PTK_NO_PA, "not present is not mapped");
	q = ask(&w, 0x10000000, 4 * K);
	ok(!q.whole && q.pages == 0 && q.hole == 0x10000000 && !q.linear, "nothing at all");

	struct ptk_edit far = edit_map(0x608000, 4 * K, 0xa02000, rw), next = edit_map(0x609000, 4 * K, 0xa02000, rw);
	is_int(world_edit(&w, NULL, (struct ptk_edit[]){far, next}, 2), 0, "one page twice");
	q = ask(&w, 0x608000, 8 * K);
	ok(q.whole && q.uniform && !q.linear, "is whole, but not linear");

	struct ptk_build_query kept = q;
	is_int(ptk_build_query(&w.space, 0x2000, 0x1fff, &q, &w.err), PTK_E_RANGE, "an empty range");
	ok(memcmp(&q, &kept, sizeof q) == 0, "the result is untouched");
	world_close(&w);
}

/* The last address there is: the next one is 0. */
static void to_the_end(void)
{
	struct world w;
	struct ptk_build_query q;
	world_open(&w, "arm64-4k-48,high");
	struct ptk_edit e = edit_map(-UINT64_C(0x2000), 0x2000, 0x4000, attr_rw(&w.space.regime));
	is_int(world_edit(&w, NULL, &e, 1), 0, "the last two pages");
	is_int(ptk_build_query(&w.space, -UINT64_C(0x2000), UINT64_MAX, &q, &w.err), 0, "asked to the end");
	ok(q.whole && q.linear && q.pages == 2, "they are whole");
	is_int(ptk_build_query(&w.space, 0x1000, 0x1fff, &q, &w.err), PTK_E_RANGE, "the other half is not translated");
	world_close(&w);
}

/* DDI 0487 C5.5 (TLBI VAE1IS), DDI 0406 B4.1.135 (TLBIMVAIS). */
static void operands(void)
{
	static const struct {
		const char *regime;
		uint64_t va;
		uint16_t asid;
		uint64_t want;
	} rows[] = {
		{"arm64-4k-48,high", UINT64_C(0xffff800012345678), 0x1234, UINT64_C(0x12340ff800012345)},
		{"arm64-64k-48", UINT64_C(0x0000123456789abc), 0, UINT64_C(0x123456789)},
		{"arm-short", 0xc0123456, 0x1ab, 0xc01230ab},
		{"x86-64", UINT64_C(0xffffffff81000123), 7, UINT64_C(0xffffffff81000123)},
		{"riscv-sv39", 0x12345678, 7, 0x12345678},
	};
	struct ptk_regime r;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (ptk_regime_parse(rows[i].regime, &r, NULL) < 0)
			bail("%s", rows[i].regime);
		is_u64(ptk_tlb_operand(&r, rows[i].va, rows[i].asid), rows[i].want, "%s: operand", rows[i].regime);
	}
}

int main(void)
{
	sums();
	to_the_end();
	operands();
	return done();
}
