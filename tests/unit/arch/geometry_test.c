// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Geometry against PGDIR_SHIFT and PTRS_PER_PGD of the kernel's asm/pgtable*.h and the manuals' address rules. */
#include "entry_map.h"

static const struct {
	const char *regime;
	uint8_t pgdir_shift;
	uint16_t ptrs_per_pgd;
	const char *levels; /* Linux's names from the root down, folded ones left out */
} trees[] = {
	{"arm-short", 20, 4096, "pgd pte"}, /* the hardware's; Linux pairs them: 21, 2048 */
	{"arm-lpae", 30, 4, "pgd pmd pte"},
	{"arm64-4k-39", 30, 512, "pgd pmd pte"},
	{"arm64-4k-48", 39, 512, "pgd pud pmd pte"},
	{"arm64-4k-52", 48, 16, "pgd p4d pud pmd pte"},
	{"arm64-16k-36", 25, 2048, "pgd pte"},
	{"arm64-16k-47", 36, 2048, "pgd pmd pte"},
	{"arm64-16k-48", 47, 2, "pgd pud pmd pte"},
	{"arm64-64k-42", 29, 8192, "pgd pte"},
	{"arm64-64k-48", 42, 64, "pgd pmd pte"},
	{"arm64-64k-52", 42, 1024, "pgd pmd pte"},
	{"x86-32", 22, 1024, "pgd pte"},
	{"x86-pae", 30, 4, "pgd pmd pte"},
	{"x86-64", 39, 512, "pgd pud pmd pte"},
	{"x86-64-la57", 48, 512, "pgd p4d pud pmd pte"},
	{"riscv-sv32", 22, 1024, "pgd pte"},
	{"riscv-sv39", 30, 512, "pgd pmd pte"},
	{"riscv-sv48", 39, 512, "pgd pud pmd pte"},
	{"riscv-sv57", 48, 512, "pgd p4d pud pmd pte"},
};

static void levels(void)
{
	for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
		struct ptk_regime r = regime(trees[i].regime);
		char names[64] = "";
		for (int level = r.nlevels - 1; level >= 0; level--) {
			strcat(names, names[0] ? " " : "");
			strcat(names, ptk_level_linux(&r, level));
		}
		is_int(r.level[r.nlevels - 1].shift, trees[i].pgdir_shift, "%s: PGDIR_SHIFT", r.name);
		is_int(1 << r.level[r.nlevels - 1].bits, trees[i].ptrs_per_pgd, "%s: PTRS_PER_PGD", r.name);
		is_str(names, trees[i].levels, "%s: its levels", r.name);
	}
}

/* First and last address of the lower and the upper half, where there are two; else all there is. */
static const struct {
	const char *regime;
	uint64_t low_last, high_first, high_last;
} ends[] = {
	{"x86-64", 0x00007fffffffffff, 0xffff800000000000, UINT64_MAX}, /* SDM volume 1, 3.3.7.1 */
	{"x86-64-la57", 0x00ffffffffffffff, 0xff00000000000000, UINT64_MAX},
	{"riscv-sv39", 0x0000003fffffffff, 0xffffffc000000000, UINT64_MAX},
	{"riscv-sv48", 0x00007fffffffffff, 0xffff800000000000, UINT64_MAX},
	{"riscv-sv57", 0x00ffffffffffffff, 0xff00000000000000, UINT64_MAX},
	{"x86-32", 0xffffffff, 0, 0},
	{"x86-pae", 0xffffffff, 0, 0},
	{"riscv-sv32", 0xffffffff, 0, 0},
	{"arm64-4k-48", 0x0000ffffffffffff, 0, 0},
	{"arm64-4k-39", 0x0000007fffffffff, 0, 0},
	{"arm64-4k-48,high", 0, 0xffff000000000000, UINT64_MAX},
	{"arm64-64k-52,high", 0, 0xfff0000000000000, UINT64_MAX},
};

static void addresses(void)
{
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct ptk_regime r = regime(ends[i].regime);
		uint64_t low = ends[i].low_last, high = ends[i].high_first;
		ok(ptk_va_valid(&r, 0) == (low != 0), "%s: address 0", ends[i].regime);
		if (low) {
			ok(ptk_va_valid(&r, low), "%s: the last of the lower half", ends[i].regime);
			ok(!ptk_va_valid(&r, low + 1), "%s: what comes after it", ends[i].regime);
		}
		if (high) {
			ok(ptk_va_valid(&r, high), "%s: the first of the upper half", ends[i].regime);
			ok(!ptk_va_valid(&r, high - 1), "%s: what comes before it", ends[i].regime);
			ok(ptk_va_valid(&r, ends[i].high_last), "%s: the last of all", ends[i].regime);
			is_u64(ptk_va_canonical(&r, high & ((UINT64_C(1) << r.va_bits) - 1)), high,
			       "%s: an offset made canonical", ends[i].regime);
		}
	}
	struct ptk_regime tagged = regime("arm64-4k-48,tbi"), plain = regime("arm64-4k-48,notbi");
	ok(ptk_va_valid(&tagged, 0x5a00123456789abc), "TBI: the top byte is a tag");
	is_u64(ptk_va_canonical(&tagged, 0x5a00123456789abc), 0x0000123456789abc, "which is stripped");
	ok(!ptk_va_valid(&tagged, 0x5a10123456789abc), "but no more than that byte");
	ok(!ptk_va_valid(&plain, 0x5a00123456789abc), "without TBI it is not");
}

static void words(void)
{
	for (enum ptk_memtype i = PTK_MEM_UNKNOWN; i < PTK_MEM_COUNT_; i++)
		ok(ptk_memtype_name(i) && ptk_memtype_name(i)[0], "memory type %d has a name", (int)i);
	is_str(ptk_memtype_name(PTK_MEM_WB), "write-back", "write-back");
	is_str(ptk_memtype_name(PTK_MEM_COUNT_), "unknown", "no type");
	is_str(ptk_kind_name(PTK_TABLE), "table", "a kind");
	is_str(ptk_kind_name((enum ptk_kind)99), "unknown", "no kind");
}

static void effective(void)
{
	/* What parents take away, what they force on, and a key that they bring (arm's domains). */
	struct ptk_regime r = regime("riscv-sv39,svadu");
	struct ptk_entry e;
	struct ptk_attr a;
	ptk_entry_decode(&r, 0, 0xcf, &e);
	ptk_entry_effective(&r, PTK_A_KW | PTK_A_GLOBAL, &e, &a);
	is_u64(a.flags, PTK_A_KR | PTK_A_KX | PTK_A_ACCESSED | PTK_A_DIRTY | PTK_A_GLOBAL, "less W, global");
	ptk_entry_effective(&r, 0, &e, &a);
	is_u64(a.flags, e.attr.flags, "nothing above: its own");
}

int main(void)
{
	levels();
	addresses();
	words();
	effective();
	return done();
}
