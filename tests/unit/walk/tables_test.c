// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What the walker remembers of tables: found again by address and level, read once, in pieces where it must be. */
#include "walk/tables.h"

#include "unit/walk/world.h"

static uint64_t reads;

static int read_counted(void *arg, uint64_t pa, void *buf, size_t len)
{
	reads++;
	return ptk_mem_read(arg, pa, buf, len, NULL);
}

static void remembered(void)
{
	struct world w;
	struct ptk_tables t;
	world_open(&w, "x86-64", 1);
	uint64_t pa[3000];
	size_t bad = 0;
	for (size_t i = 0; i < 3000; i++)
		pa[i] = new_table(&w, 0);
	ptk_tables_init_(&t, &w.s);
	for (int level = 0; level < 2; level++)
		for (size_t i = 0; i < 3000; i++) {
			bad += ptk_tables_find_(&t, pa[i], level) != NO_NODE;
			int64_t n = ptk_tables_read_(&t, pa[i], level);
			bad += n < 0 || ptk_tables_find_(&t, pa[i], level) != (uint32_t)n;
		}
	is_u64(bad, 0, "3000 tables at two levels are found, and not before");
	for (int level = 0; level < 2; level++)
		for (size_t i = 0; i < 3000; i++) {
			uint32_t n = ptk_tables_find_(&t, pa[i], level);
			bad += n == NO_NODE || t.node[n].pa != pa[i] || t.node[n].level != level || !t.node[n].data;
		}
	is_u64(bad, 0, "each is what it was read as");
	for (int level = 2; level < 5; level++)
		for (size_t i = 0; i < 3000; i++)
			bad += ptk_tables_find_(&t, pa[i], level) != NO_NODE;
	is_u64(bad, 0, "none is found at another level");
	ptk_tables_fini_(&t);
	world_close(&w);
}

/* Through callbacks, with extents that end in the middle of pages. */
static void in_pieces(void)
{
	static const struct ptk_extent extent[] = {{0, 0x40002013}, {0x40002024, 0x40002fff}, {0x40008000, 0x4000ffff}};
	struct world w;
	struct ptk_tables t;
	struct ptk_mem *mem;
	const struct ptk_mem_ops ops = {.read = read_counted};
	world_open(&w, "arm64-64k-48", 1);
	for (uint32_t i = 0; i < 8192; i++)
		put(&w, 0x40000000, i, 0x1000 + i);
	if (ptk_mem_new(&ops, w.mem, extent, 3, &mem) < 0)
		bail("no mem");
	w.s.mem = mem;
	ptk_tables_init_(&t, &w.s);
	int64_t n = ptk_tables_read_(&t, 0x40000000, 0);
	if (n < 0)
		bail("cannot read");
	ok(t.node[n].data && t.node[n].partial, "a table with holes is there in part");
	const uint8_t *data = t.node[n].data, *have = data + 65536;
	size_t bad = 0;
	for (uint32_t i = 0; i < 8192; i++) {
		const uint64_t first = 0x40000000 + i * 8, last = first + 7;
		const bool want = last <= 0x40002013 || (first >= 0x40002024 && last <= 0x40002fff) || first >= 0x40008000;
		bad += (have[i / 8] >> i % 8 & 1) != want;
		uint64_t raw;
		memcpy(&raw, data + i * 8, 8);
		bad += want && raw != 0x1000 + i;
	}
	is_u64(bad, 0, "just the entries that are wholly in the picture");
	n = ptk_tables_read_(&t, 0x50000000, 0);
	ok(n >= 0 && !t.node[n].data && t.node[n].error == PTK_E_NODATA, "one that is not there has the reason");
	reads = 0;
	ok(!ptk_tables_data_(&t, &t.node[n]) && reads == 0, "and is not tried again");
	ptk_tables_fini_(&t);
	ptk_mem_close(mem);
	world_close(&w);
}

/* Copies are kept up to a limit; beyond it tables are read again, into one buffer a level. */
static void too_many_copies(void)
{
	struct world w;
	struct ptk_tables t;
	struct ptk_mem *mem;
	const struct ptk_mem_ops ops = {.read = read_counted};
	world_open(&w, "x86-64", 1);
	uint64_t a = new_table(&w, 0), b = new_table(&w, 0), c = new_table(&w, 0);
	put(&w, a, 5, 1);
	put(&w, b, 5, 2);
	put(&w, c, 5, 3);
	if (ptk_mem_new(&ops, w.mem, NULL, 0, &mem) < 0)
		bail("no mem");
	w.s.mem = mem;
	ptk_tables_init_(&t, &w.s);
	int64_t na = ptk_tables_read_(&t, a, 0);
	reads = 0;
	const uint8_t *data = ptk_tables_data_(&t, &t.node[na]);
	ok(data && data[40] == 1 && reads == 0, "a copy is kept");
	t.copied = UINT64_MAX / 2;
	int64_t nb = ptk_tables_read_(&t, b, 0), nc = ptk_tables_read_(&t, c, 0);
	reads = 0;
	data = ptk_tables_data_(&t, &t.node[nb]);
	ok(data && data[40] == 2 && reads == 1, "beyond the limit, it is read when it is needed");
	data = ptk_tables_data_(&t, &t.node[nc]);
	ok(data && data[40] == 3 && reads == 2, "each time");
	data = ptk_tables_data_(&t, &t.node[na]);
	ok(data && data[40] == 1 && reads == 2, "the copy is still there");
	ptk_tables_fini_(&t);
	ptk_mem_close(mem);
	world_close(&w);
}

int main(void)
{
	remembered();
	in_pieces();
	too_many_copies();
	return done();
}
