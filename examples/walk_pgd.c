// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Kernel-style code in user space: map some pages with the kernel's helpers, then walk from pgd to pte and note each
 * entry, for the regime named on the command line (default arm64-4k-48).
 */
#include <ptkit/linux/pgtable.h>
#include <stdio.h>
#include <string.h>

static void note_page(unsigned long addr, int level, uint64_t val)
{
	static const char *const name[] = {"pgd", "p4d", "pud", "pmd", "pte"};
	if (val)
		printf("%#018lx %s %#018llx\n", addr, name[level], (unsigned long long)val);
}

static void walk_pte(pmd_t *pmdp, unsigned long start, unsigned long end)
{
	unsigned long addr = start;
	pte_t *ptep = pte_offset_kernel(pmdp, start);
	do {
		note_page(addr, 4, pte_val(READ_ONCE(*ptep)));
	} while (ptep++, addr += PAGE_SIZE, addr != end);
}

#define WALK(name, lower, level, descend, offset)                                    \
	static void walk_##name(lower##_t *upper, unsigned long start, unsigned long end) \
	{                                                                            \
		unsigned long next, addr = start;                                    \
		name##_t *p = offset(upper, start);                                  \
		do {                                                                 \
			name##_t e = READ_ONCE(*p);                                  \
			next = name##_addr_end(addr, end);                           \
			if (name##_none(e) || name##_leaf(e))                        \
				note_page(addr, level, name##_val(e));               \
			else if (!name##_bad(e))                                     \
				descend(p, addr, next);                              \
		} while (p++, addr = next, addr != end);                             \
	}

WALK(pmd, pud, 3, walk_pte, pmd_offset)
WALK(pud, p4d, 2, walk_pmd, pud_offset)
WALK(p4d, pgd, 1, walk_pud, p4d_offset)

static void walk_pgd(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	unsigned long next, addr = start;
	pgd_t *pgdp = pgd_offset(mm, start);
	do {
		pgd_t pgd = READ_ONCE(*pgdp);
		next = pgd_addr_end(addr, end);
		if (pgd_none(pgd))
			note_page(addr, 0, pgd_val(pgd));
		else
			walk_p4d(pgdp, addr, next);
	} while (pgdp++, addr = next, addr != end);
}

static int map_page(struct mm_struct *mm, unsigned long addr, phys_addr_t pa, pgprot_t prot)
{
	pud_t *pudp = pud_alloc(mm, p4d_alloc(mm, pgd_offset(mm, addr), addr), addr);
	pmd_t *pmdp = pudp ? pmd_alloc(mm, pudp, addr) : NULL;
	pte_t *ptep = pmdp ? pte_alloc_kernel_mm(mm, pmdp, addr) : NULL;
	if (!ptep)
		return -1;
	set_pte_at(mm, addr, ptep, pfn_pte(pa >> PAGE_SHIFT, prot));
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "arm64-4k-48";
	struct ptk_regime regime;
	struct ptk_mem *ram;
	struct ptk_err err = {.msg = ""};
	struct ptk_mm_opts room = {.first = 0x100000, .last = 0x2fffff};
	if (ptk_regime_parse(name, &regime, &err) || ptk_mem_new_image(0, 0xffffffff, &ram) ||
	    ptk_mm_new(ram, &regime, &room, &ptkit_current_mm, &err)) {
		fprintf(stderr, "walk_pgd: %s\n", err.msg);
		return 1;
	}
	unsigned long base = 0x20000000;
	for (unsigned i = 0; i < 3; i++)
		if (map_page(PTKIT_MM, base + i * PAGE_SIZE, 0x8000000 + i * PAGE_SIZE, i ? PAGE_KERNEL : PAGE_KERNEL_RO))
			return 1;
	walk_pgd(PTKIT_MM, base, base + PGDIR_SIZE);
	ptk_mm_free(PTKIT_MM);
	ptk_mem_close(ram);
	return 0;
}
