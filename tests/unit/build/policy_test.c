// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Linux's choices, against values found in the tables of running kernels and in its sources. */
#include "world.h"

#define K UINT64_C(1024)
#define M (K * K)
#define G (K * M)

/* Map with the attributes of a raw leaf of level 0. */
static void map_raw(struct world *w, const char *policy, uint64_t va, uint64_t size, uint64_t pa, uint64_t leaf,
                    uint32_t flags)
{
	struct ptk_entry e;
	ptk_entry_decode(&w->space.regime, 0, leaf, &e);
	struct ptk_edit edit = edit_map(va, size, pa, e.attr);
	struct ptk_build_opts opts = {.policy = policy};
	edit.flags = flags;
	ok(world_edit(w, &opts, &edit, 1) == 0, "%s: map [0x%" PRIx64 "] %s", policy, va, w->err.msg);
}

/* 96 MiB guest, 6.12, 4K, 48 bits, nG on: PAGE_KERNEL tagged is 0xe8000000000f07. */
static void arm64_linear_map(const char *policy)
{
	struct world w;
	world_open(&w, "arm64-4k-48,high");
	uint64_t linear = UINT64_C(0xffff000000000000), leaf = UINT64_C(0x00e8000000000f07);
	map_raw(&w, policy, linear, 2 * M, 0x40000000, leaf, PTK_EDIT_NO_BLOCK | PTK_EDIT_NO_CONT | PTK_EDIT_NO_EXEC);
	map_raw(&w, policy, linear + 2 * M, 2 * M, 0x40200000, UINT64_C(0x00e8000000000f03), PTK_EDIT_NO_CONT);
	is_u64(world_raw(&w, linear, 0), UINT64_C(0x00e8000040000f07), "a page of the linear map");
	is_u64(world_raw(&w, linear, 1) >> 56 << 56 | (world_raw(&w, linear, 1) & 0xfff), UINT64_C(0x1800000000000003),
	       "its table: UXNTable, PXNTable");
	is_u64(world_raw(&w, linear + 2 * M, 1), UINT64_C(0x00e8000040200f01), "the kernel's alias is one block");
	map_raw(&w, policy, linear + 4 * M, 128 * K, 0x40400000, leaf, 0);
	ok(world_cont(&w, linear + 4 * M), "contiguous where nothing forbids it");
	is_u64(world_raw(&w, linear + 4 * M, 1) >> 56 << 56 | (world_raw(&w, linear + 4 * M, 1) & 0xfff),
	       UINT64_C(0x1000000000000003), "a table without NO_EXEC: UXNTable");
	map_raw(&w, policy, linear + G, G, 0x80000000, leaf, PTK_EDIT_NO_CONT);
	is_int(world_level(&w, linear + G), 2, "a gigabyte block with 4K pages");
	world_close(&w);
	world_open(&w, "arm64-16k-47,high");
	linear = w.space.first;
	map_raw(&w, policy, linear, 64 * G, 0, leaf, PTK_EDIT_NO_CONT);
	is_int(world_level(&w, linear), 1, "none with 16K pages");
	world_close(&w);
}

static void x86_direct_map(void)
{
	struct world w;
	world_open(&w, "x86-64");
	uint64_t va = UINT64_C(0xffff888000000000), leaf = UINT64_C(0x8000000000000163);
	map_raw(&w, "linux-x86", va, 4 * M, 0, leaf, 0);
	is_u64(world_raw(&w, va, 1), UINT64_C(0x80000000000001e3), "a 2M page of the direct map");
	is_u64(world_raw(&w, va, 2) & 0xfff, 0x67, "a table is _PAGE_TABLE");
	world_close(&w);
	world_open(&w, "x86-pae");
	map_raw(&w, "linux-x86", 0xc0000000, 4 * K, 0, leaf, 0);
	is_u64(world_raw(&w, 0xc0000000, 2) & 0xfff, 0x1, "PAE's root entries are present, no more");
	is_u64(world_raw(&w, 0xc0000000, 1) & 0xfff, 0x67, "below them 0x67");
	world_close(&w);
}

static void riscv_levels(const char *name, uint64_t size, int level)
{
	struct world w;
	world_open(&w, name);
	map_raw(&w, "linux-riscv", 0, size, 0, 0xe7, 0);
	is_int(world_level(&w, 0), level, "%s: level of the largest leaf", name);
	is_u64(world_raw(&w, 0, level) & 0x3ff, 0xe7, "%s: 0xe7", name);
	is_u64(world_raw(&w, 0, level + 1) & 0x3ff, level + 1 < w.space.regime.nlevels ? 1 : 0, "%s: a table is V alone", name);
	world_close(&w);
}

static uint32_t word32(const struct world *w, uint64_t pa)
{
	uint32_t v = 0;
	ptk_mem_read(w->mem, pa, &v, 4, NULL);
	return v;
}

/* MT_MEMORY_RW on v7 SMP: Linux 0x65f, hardware 0x45f; section 0x1141e. */
static void arm_pairs(void)
{
	struct world w;
	world_open(&w, "arm-short");
	uint64_t tables = world_tables(&w);
	map_raw(&w, "linux-arm", 0xc0000000, 8 * K, 0x80000000, 0x45f, 0);
	is_u64(world_tables(&w) - tables, 1, "a page holds a pair of tables");
	uint64_t l1 = world_raw(&w, 0xc0000000, 1), other = word32(&w, w.space.root + 0xc01 * 4);
	is_u64(l1 & 0xc00, 0x800, "hardware's tables lie in its second half");
	is_u64(other, l1 + 1024, "and the second megabyte's entry is there");
	is_u64(word32(&w, l1 & ~UINT64_C(0x3ff)), 0x8000045f, "hardware's entry");
	is_u64(word32(&w, (l1 & ~UINT64_C(0x3ff)) - 2048), 0x8000065f, "Linux's entry, 2048 bytes before");
	map_raw(&w, "linux-arm", 0xc0100000, 4 * K, 0x80000000, 0x65f, 0);
	is_u64(world_tables(&w) - tables, 1, "the other half needs no other page");
	is_u64(word32(&w, (other & ~UINT64_C(0x3ff)) - 2048), 0x800006df, "a read-only one");
	map_raw(&w, "linux-arm", 0xc0200000, 2 * M, 0x80200000, 0x45f, 0);
	is_u64(world_raw(&w, 0xc0200000, 1), 0x8021141e, "sections where both megabytes are whole");
	map_raw(&w, "linux-arm", 0xc0400000, M + 4 * K, 0x80400000, 0x45f, 0);
	is_int(world_level(&w, 0xc0400000), 0, "pages for both where one is not");
	struct ptk_edit e = edit_range(PTK_EDIT_UNMAP, 0xc0000000, 4 * K);
	struct ptk_build_opts opts = {.policy = "linux-arm"};
	ok(world_edit(&w, &opts, &e, 1) == 0, "unmap: %s", w.err.msg);
	is_u64(word32(&w, (l1 & ~UINT64_C(0x3ff)) - 2048), 0, "Linux's entry goes too");
	world_close(&w);
}

int main(void)
{
	arm64_linear_map("linux-arm64-6.1");
	arm64_linear_map("linux-arm64-6.12");
	x86_direct_map();
	riscv_levels("riscv-sv32", 4 * M, 0);
	riscv_levels("riscv-sv39", G, 1);
	riscv_levels("riscv-sv48", 2 * G, 2);
	riscv_levels("riscv-sv57", 512 * G, 3);
	arm_pairs();
	struct world w;
	world_open(&w, "x86-64");
	struct ptk_edit e = edit_map(0, 4 * K, 0, attr_rw(&w.space.regime));
	is_int(world_edit(&w, &(struct ptk_build_opts){.policy = "linux-arm"}, &e, 1), PTK_E_INVAL, "policy of another: %s", w.err.msg);
	is_int(world_edit(&w, &(struct ptk_build_opts){.policy = "nonsense"}, &e, 1), PTK_E_UNKNOWN, "unknown: %s", w.err.msg);
	world_close(&w);
	return done();
}
