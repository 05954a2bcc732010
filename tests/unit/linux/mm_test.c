// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Linux's address spaces over hardware tables: arm's pairs, attaching, running out of room, folding. */
#include <ptkit/linux/mm.h>
#include <stdlib.h>

#include "captures.h"
#include "linux/mm.h"

static struct ptk_mem *mem;

static struct ptk_mm *make(const char *name, struct ptk_mm_opts opts)
{
	struct ptk_regime r;
	struct ptk_mm *mm = NULL;
	struct ptk_err err;
	if (ptk_regime_parse(name, &r, &err))
		bail("%s", err.msg);
	ptk_mem_close(mem);
	if (ptk_mem_new_image(0, 0xffffffff, &mem))
		bail("no memory");
	if (!opts.last) {
		opts.first = 0x100000;
		opts.last = 0x1fffff;
	}
	if (ptk_mm_new(mem, &r, &opts, &mm, &err))
		bail("%s: %s", name, err.msg);
	return mm;
}

/* Values worked out by hand from mm/proc-v7-2level.S and mm/proc-macros.S. */
static void arm_pairs(void)
{
	struct ptk_mm *mm = make("arm-short", (struct ptk_mm_opts){0});
	uint64_t *pgd = ptk_mm_root_entry(mm, 0xc0200000);
	uint64_t *pte = ptk_mm_alloc(mm, PTK_LX_PTE);
	uint64_t pa = ptk_mm_table_pa(mm, pte);
	ptk_mm_set(mm, pgd, ptk_mm_table_value(mm, PTK_LX_PMD, pa));
	is_u64(*pgd, ((pa + 2048) | 0x11) | ((pa + 3072) | 0x11) << 32, "an upper value is two hardware tables, 1 KB apart");
	is_u64(ptk_mm_table_pa(mm, pgd) + 8 * (0xc0200000 >> 21), ptk_mm_root(mm) + 4 * (0xc0200000 >> 20), "2 MB a pair");

	static const struct {
		uint64_t linux_value, hw;
		bool user;
		const char *what;
	} v7[] = {
		{0x65f, 0x45f & ~0u, false, "kernel page, shared, write-allocate"},
		{0x6df, 0x65f, false, "read-only kernel page"},
		{0x61f, 0x65f, false, "clean page: the hardware must fault on the first write"},
		{0x45f, 0x45e, false, "executable"},
		{0x65d, 0, false, "not young: the hardware must fault"},
		{0xe5f, 0, false, "PROT_NONE"},
		{0x75f, 0xc7f, true, "user page: AP[1], nG"},
		{0x7df, 0xe7f, true, "read-only user page"},
		{0x653, 0x413, false, "device: memory type 4 keeps C and B clear but for TEX[0]"},
	};
	for (size_t i = 0; i < sizeof v7 / sizeof *v7; i++) {
		uint64_t hw = v7[i].hw;
		if (i == sizeof v7 / sizeof *v7 - 1)
			hw = 0x453; /* L_PTE_MT_DEV_SHARED is 0100: bit 4 selects TEX[0] */
		ptk_mm_set_at(mm, v7[i].user ? 0x8000 : 0xc0200000, pte, v7[i].linux_value);
		is_u64(*pte, v7[i].linux_value, "v7, %s: Linux's copy", v7[i].what);
		is_u64(ptk_mm_hw(mm, pte), hw, "v7, %s: the hardware's", v7[i].what);
	}
	ptk_mm_free(mm);

	mm = make("arm-short", (struct ptk_mm_opts){.v6 = true});
	pte = ptk_mm_alloc(mm, PTK_LX_PTE);
	ptk_mm_set_at(mm, 0x8000, pte, 0x1df);
	is_u64(ptk_mm_hw(mm, pte), 0x86e, "v6: user read-only is APX 0, AP 10; write-allocate is TEX 1, C, B");
	ptk_mm_set_at(mm, 0xc0000000, pte, 0x5f);
	is_u64(ptk_mm_hw(mm, pte), 0x5e, "v6: kernel page");
	ptk_mm_free(mm);

	mm = make("arm-short,pxn", (struct ptk_mm_opts){.user = true});
	is_u64(ptk_mm_table_value(mm, PTK_LX_PMD, 0x4000) & 0xffffffff, 0x4800 | 0x35, "user tables: domain 1 and PXN");
	ptk_mm_free(mm);
}

static void arm_lpae(void)
{
	struct ptk_mm *mm = make("arm-lpae", (struct ptk_mm_opts){0});
	uint64_t *pte = ptk_mm_alloc(mm, PTK_LX_PTE);
	ptk_mm_set_at(mm, 0xc0000000, pte, UINT64_C(0x00c000000000071f));
	is_u64(ptk_mm_hw(mm, pte), UINT64_C(0x00c000000000071f), "a dirty writable page is stored as it is");
	ptk_mm_set_at(mm, 0xc0000000, pte, UINT64_C(0x04c000000000071f));
	is_u64(ptk_mm_hw(mm, pte), UINT64_C(0x04c000000000079f), "read-only sets AP[2]");
	ptk_mm_set_at(mm, 0xc0000000, pte, UINT64_C(0x004000000000071f));
	is_u64(ptk_mm_hw(mm, pte), UINT64_C(0x004000000000079f), "clean sets AP[2]");
	ptk_mm_set_at(mm, 0x8000, pte, UINT64_C(0x00c000000000075f));
	is_u64(ptk_mm_hw(mm, pte), UINT64_C(0x00c0000000000f5f), "user pages get nG");
	ptk_mm_set_at(mm, 0x8000, pte, UINT64_C(0x02c000000000071f));
	is_u64(ptk_mm_hw(mm, pte) & 1, 0, "PROT_NONE is invalid to the hardware");
	ptk_mm_free(mm);
}

/* Constants read in real kernels' tables. */
static void protections(void)
{
	struct ptk_mm *mm = make("arm64-4k-48", (struct ptk_mm_opts){0});
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_KERNEL), UINT64_C(0x00E8000000000703), "arm64 PAGE_KERNEL");
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_KERNEL_RO), UINT64_C(0x00E0000000000783), "arm64 PAGE_KERNEL_RO");
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_KERNEL_ROX), UINT64_C(0x00C0000000000783), "arm64 PAGE_KERNEL_ROX");
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_KERNEL_EXEC), UINT64_C(0x00C8000000000703), "arm64 PAGE_KERNEL_EXEC");
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_DEVICE), UINT64_C(0x0068000000000713), "arm64 ioremap");
	is_u64(ptk_mm_table_value(mm, PTK_LX_PGD, 0x1000), UINT64_C(0x1000000000001003), "arm64 kernel table: UXNTable");
	ptk_mm_free(mm);
	mm = make("x86-64", (struct ptk_mm_opts){0});
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_KERNEL), UINT64_C(0x8000000000000163), "x86 PAGE_KERNEL");
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_KERNEL_RO), UINT64_C(0x8000000000000121), "x86 PAGE_KERNEL_RO, 6.12: no D");
	is_u64(ptk_mm_table_value(mm, PTK_LX_PUD, 0x2000), 0x2067, "x86 table");
	ptk_mm_free(mm);
	mm = make("x86-64", (struct ptk_mm_opts){.version = 0x601});
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_KERNEL_RO), UINT64_C(0x8000000000000161), "x86 PAGE_KERNEL_RO, 6.1: D");
	ptk_mm_free(mm);
	mm = make("riscv-sv39", (struct ptk_mm_opts){0});
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_KERNEL), 0xe7, "riscv PAGE_KERNEL");
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_KERNEL_EXEC), 0xef, "riscv PAGE_KERNEL_EXEC");
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_KERNEL_ROX), 0xeb, "riscv PAGE_KERNEL_READ_EXEC");
	is_u64(ptk_mm_pfn_value(mm, PTK_LX_PTE, 0x80200, 0xef), 0x200800ef, "riscv frame number at bit 10");
	ptk_mm_free(mm);
	mm = make("arm-short", (struct ptk_mm_opts){0});
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_KERNEL), 0x65f, "arm PAGE_KERNEL on SMP");
	ptk_mm_free(mm);
	mm = make("arm-lpae", (struct ptk_mm_opts){0});
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_KERNEL), UINT64_C(0x00c000000000071f), "arm LPAE PAGE_KERNEL");
	is_u64(ptk_mm_prot(mm, PTK_LX_PAGE_DEVICE), UINT64_C(0x00c0000000000713), "arm LPAE device");
	ptk_mm_free(mm);
}

static void attach_and_room(void)
{
	struct ptk_mm *mm = make("x86-64", (struct ptk_mm_opts){.first = 0x1000, .last = 0x4fff});
	uint64_t *pud = ptk_mm_alloc(mm, PTK_LX_PUD), *pmd = ptk_mm_alloc(mm, PTK_LX_PMD), *pte = ptk_mm_alloc(mm, PTK_LX_PTE);
	ok(pud && pmd && pte, "three tables fit beside the root");
	ok(!ptk_mm_alloc(mm, PTK_LX_PTE), "a fourth does not");
	is_int(ptk_mm_error(mm), PTK_E_LIMIT, "and the mm says so");
	ok(!ptk_mm_alloc(mm, PTK_LX_P4D), "a folded level has no tables");
	ptk_mm_release(mm, pte);
	pte = ptk_mm_alloc(mm, PTK_LX_PTE);
	ok(pte != NULL, "a freed table can be had again");
	ptk_mm_set(mm, pte, 0x5063);
	ptk_mm_set(mm, pmd, ptk_mm_table_value(mm, PTK_LX_PMD, ptk_mm_table_pa(mm, pte)));
	ptk_mm_set(mm, pud, ptk_mm_table_value(mm, PTK_LX_PUD, ptk_mm_table_pa(mm, pmd)));
	ptk_mm_set(mm, ptk_mm_root_entry(mm, 0), ptk_mm_table_value(mm, PTK_LX_PGD, ptk_mm_table_pa(mm, pud)));
	uint64_t root = ptk_mm_root(mm);
	struct ptk_regime r = *ptk_mm_regime(mm);
	ptk_mm_free(mm);

	struct ptk_err err;
	struct ptk_mm_opts opts = {.first = 0x8000, .last = 0x8fff, .attach = true, .root = root};
	if (ptk_mm_new(mem, &r, &opts, &mm, &err))
		bail("%s", err.msg);
	uint64_t *p4d = ptk_mm_entry(mm, PTK_LX_P4D, ptk_mm_root_entry(mm, 0), 0);
	ok(p4d == ptk_mm_root_entry(mm, 0), "a folded level is the entry above it");
	uint64_t *e = ptk_mm_entry(mm, PTK_LX_PMD, ptk_mm_entry(mm, PTK_LX_PUD, p4d, 0), 0);
	is_u64(*ptk_mm_entry(mm, PTK_LX_PTE, e, 0), 0x5063, "what was built can be attached to");
	ptk_mm_set(mm, e, 0xff000000 | 0x67);
	ok(!ptk_mm_entry(mm, PTK_LX_PTE, e, 0), "a table outside the picture gives no entry");
	is_int(ptk_mm_error(mm), PTK_E_NODATA, "and the reason is kept");
	ptk_mm_free(mm);

	opts.root = 0x1008;
	is_int(ptk_mm_new(mem, &r, &opts, &mm, &err), PTK_E_INVAL, "a misaligned root is refused");
	has_str(err.msg, "0x1008", "with its address");
	opts = (struct ptk_mm_opts){.first = 0x1000, .last = 0x17ff};
	is_int(ptk_mm_new(mem, &r, &opts, &mm, &err), PTK_E_INVAL, "no room for a root");
	opts = (struct ptk_mm_opts){.first = 2, .last = 1};
	is_int(ptk_mm_new(mem, &r, &opts, &mm, &err), PTK_E_INVAL, "a range that ends before it starts");
}

/* What a real kernel wrote below one root: each pair of ptes obeys the rule by which we write them. */
static void check_root(struct ptk_mm *mm, struct ptk_mem *core, uint64_t root, unsigned long *pairs, unsigned long *wrong)
{
	for (unsigned i = 0; i < 2048; i++) {
		uint32_t l1[2], page[1024];
		if (ptk_mem_read(core, root + 8 * i, l1, 8, NULL) || (l1[0] & 3) != 1 || l1[1] != l1[0] + 1024 ||
		    ptk_mem_read(core, l1[0] & 0xfffff000, page, 4096, NULL))
			continue;
		bool user = (l1[0] >> 5 & 15) == 1; /* the domain of process tables */
		for (unsigned k = 0; k < 512; k++) {
			uint64_t hw;
			if (!(page[k] & 1)) /* not present: swap, or nothing */
				continue;
			mm->ops->stored(mm, page[k], user, &hw);
			++*pairs;
			if (hw != page[512 + k] && (*wrong)++ < 3)
				printf("# linux %08x hardware %08x, made %08llx\n", page[k], page[512 + k],
				       (unsigned long long)hw);
		}
	}
}

/* The current process's root from the registers saved with a capture: it holds the kernel's entries too. */
static uint64_t ttbr0(const char *name)
{
	char line[256];
	uint64_t value = 0;
	FILE *f = capture_open(name, "mmu-registers.txt");
	while (f && fgets(line, sizeof line, f)) {
		char reg[64];
		unsigned long long v;
		if (sscanf(line, "%63s %llx", reg, &v) == 2 && strncmp(reg, "TTBR0", 5) == 0 && v)
			value = v & ~UINT64_C(0x3fff);
	}
	if (f)
		fclose(f);
	return value;
}

static void check_pairs(const char *name)
{
	struct ptk_mem *core = capture_mem(name);
	if (!core)
		return;
	struct ptk_mm *mm = make("arm-short", (struct ptk_mm_opts){0});
	unsigned long pairs = 0, wrong = 0;
	check_root(mm, core, ttbr0(name), &pairs, &wrong);
	ok(pairs > 100 && !wrong, "%s: %lu ptes as its kernel wrote them", name, pairs);
	ptk_mm_free(mm);
	ptk_mem_close(core);
}

/* Kernels with short descriptors. */
static void real_pairs(void)
{
	captures_each((char *[]){"arm-2l-6.12", "arm-vexpress-6.12", "debian-armmp-6.1", NULL}, "mmu-registers.txt", check_pairs);
}

int main(void)
{
	arm_pairs();
	arm_lpae();
	protections();
	attach_and_room();
	real_pairs();
	ptk_mem_close(mem);
	return done();
}
