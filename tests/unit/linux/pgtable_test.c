// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The laws that Documentation/mm/arch_pgtable_helpers.rst states and mm/debug_vm_pgtable.c checks in a kernel, for every
 * regime: 38 of them, named after what they are about.
 */
static struct ptk_mm *mm;
#define PTKIT_MM mm
#include <ptkit/linux/pgtable.h>
#include <ptkit/walk.h>

#include "tap.h"

static const struct ptk_regime *regime;
static const char *regime_name;
static unsigned broken;

/* One line a law and regime; the detail names the assertion that failed. */
#define must(cond)                                                                                        \
	do {                                                                                              \
		if (!(cond)) {                                                                            \
			printf("# %s: %s:%d: %s\n", regime_name, __func__, __LINE__, #cond);              \
			broken++;                                                                         \
		}                                                                                         \
	} while (0)

/* Protections to try: every kind of user and kernel page. */
static const enum ptk_lx_prot prots[] = {
	PTK_LX_PAGE_READONLY, PTK_LX_PAGE_READONLY_EXEC, PTK_LX_PAGE_SHARED, PTK_LX_PAGE_SHARED_EXEC,
	PTK_LX_PAGE_KERNEL, PTK_LX_PAGE_KERNEL_RO, PTK_LX_PAGE_KERNEL_EXEC, PTK_LX_PAGE_KERNEL_ROX,
};
#define NPROTS (sizeof prots / sizeof *prots)

static pgprot_t prot(size_t i)
{
	return __pgprot(ptk_mm_prot(mm, prots[i]));
}

/* A frame that every regime can map at every level. */
#define FRAME 0x3c000000ul
static unsigned long pfn(void)
{
	return FRAME >> PAGE_SHIFT;
}

/* arm short descriptors have neither sections for Linux's helpers nor accessed bits above the pte. */
static bool huge(enum ptk_lx_level level)
{
	return ptk_mm_can_huge(mm, level);
}

#define BASIC(NAME)                                                                                       \
	static void NAME##_basic(NAME##_t e)                                                              \
	{                                                                                                 \
		must(NAME##_same(e, e));                                                                  \
		must(NAME##_young(NAME##_mkyoung(NAME##_mkold(e))));                                      \
		must(!NAME##_young(NAME##_mkold(NAME##_mkyoung(e))));                                     \
		must(NAME##_dirty(NAME##_mkdirty(NAME##_mkclean(e))));                                    \
		must(!NAME##_dirty(NAME##_mkclean(NAME##_mkdirty(e))));                                   \
		must(NAME##_write(NAME##_mkwrite(NAME##_wrprotect(e))));                                  \
		must(!NAME##_write(NAME##_wrprotect(NAME##_mkwrite(e))));                                 \
		/* write permission and dirtiness do not bring each other */                             \
		must(!NAME##_dirty(NAME##_wrprotect(NAME##_mkclean(e))));                                 \
		must(NAME##_dirty(NAME##_wrprotect(NAME##_mkdirty(e))));                                  \
		must(NAME##_dirty(NAME##_mkwrite(NAME##_wrprotect(NAME##_mkdirty(e)))));                  \
		must(NAME##_pfn(NAME##_mkdirty(NAME##_mkyoung(NAME##_mkwrite(e)))) == NAME##_pfn(e));     \
	}
BASIC(pte)
BASIC(pmd)
BASIC(pud)

static void law_pte_basic(void)
{
	for (size_t i = 0; i < NPROTS; i++) {
		pte_t e = pfn_pte(pfn(), prot(i));
		pte_basic(e);
		must(pte_present(e) && !pte_none(e) && pte_leaf(e));
		must(pte_pfn(e) == pfn());
	}
}

static void law_pmd_basic(void)
{
	for (size_t i = 0; i < NPROTS && huge(PTK_LX_PMD); i++) {
		pmd_t e = pmd_mkhuge(pfn_pmd(pfn(), prot(i)));
		pmd_basic(e);
		must(pmd_bad(e)); /* a leaf is bad to who wants a table */
	}
}

static void law_pud_basic(void)
{
	for (size_t i = 0; i < NPROTS && huge(PTK_LX_PUD); i++)
		pud_basic(pud_mkhuge(pfn_pud(pfn(), prot(i))));
}

static void law_pmd_leaf(void)
{
	for (size_t i = 0; i < NPROTS && huge(PTK_LX_PMD); i++) {
		pmd_t e = pmd_mkhuge(pfn_pmd(pfn(), prot(i)));
		must(pmd_leaf(e) && pmd_trans_huge(e) && pmd_present(e));
		must(pmd_leaf(pmd_wrprotect(e)) && pmd_leaf(pmd_mkold(e)));
		must(pmd_pfn(e) == pfn());
	}
}

static void law_pud_leaf(void)
{
	for (size_t i = 0; i < NPROTS && huge(PTK_LX_PUD); i++) {
		pud_t e = pud_mkhuge(pfn_pud(pfn(), prot(i)));
		must(pud_leaf(e) && pud_leaf(pud_wrprotect(e)) && pud_leaf(pud_mkold(e)));
		must(pud_pfn(e) == pfn());
	}
}

static void law_exec(void)
{
	if (!ptk_mm_has(mm, PTK_LX_MKNEXEC))
		return;
	for (size_t i = 0; i < NPROTS; i++) {
		pte_t e = pfn_pte(pfn(), prot(i));
		must(pte_exec(pte_mkexec(pte_mknexec(e))) && !pte_exec(pte_mknexec(pte_mkexec(e))));
	}
}

static void law_pte_modify(void)
{
	for (size_t i = 0; i < NPROTS; i++)
		for (size_t k = 0; k < NPROTS; k++) {
			pte_t e = pte_mkdirty(pte_mkyoung(pte_mkspecial(pfn_pte(pfn(), prot(i)))));
			pte_t m = pte_modify(e, prot(k));
			must(pte_pfn(m) == pfn() && pte_dirty(m) && pte_young(m));
			must(pte_write(m) == pte_write(pfn_pte(pfn(), prot(k))));
			must(pte_user(m) == pte_user(pfn_pte(pfn(), prot(k))));
			must(pte_special(m) == pte_special(e));
		}
}

static void law_special(void)
{
	pte_t e = pfn_pte(pfn(), prot(0));
	if (ptk_mm_has(mm, PTK_LX_MKSPECIAL)) {
		must(!pte_special(e));
		must(pte_special(pte_mkspecial(e)));
	} else {
		must(pte_same(pte_mkspecial(e), e));
	}
}

static void law_devmap(void)
{
	pte_t e = pfn_pte(pfn(), prot(0));
	if (ptk_mm_has(mm, PTK_LX_MKDEVMAP))
		must(!pte_devmap(e) && pte_devmap(pte_mkdevmap(e)));
}

static void law_soft_dirty(void)
{
	pte_t e = pfn_pte(pfn(), prot(0));
	if (!ptk_mm_has(mm, PTK_LX_MKSOFT_DIRTY))
		return;
	must(pte_soft_dirty(pte_mksoft_dirty(e)));
	must(!pte_soft_dirty(pte_clear_soft_dirty(pte_mksoft_dirty(e))));
}

static void law_protnone(void)
{
	pte_t e = pfn_pte(pfn(), PAGE_NONE);
	must(pte_protnone(e));
	must(pte_present(e));
	must(!pte_none(e));
	must(pte_pfn(e) == pfn());
	/* the hardware must not get through */
	struct ptk_entry hw;
	if (regime->entry_shift == 3 || strcmp(ptk_regime_arch(regime), "arm") != 0) {
		ptk_entry_decode(regime, 0, pte_val(e), &hw);
		must(hw.kind == PTK_NOT_PRESENT || strcmp(ptk_regime_arch(regime), "arm") == 0);
	}
	for (size_t i = 0; i < NPROTS; i++)
		must(!pte_protnone(pfn_pte(pfn(), prot(i))));
}

static void law_mkinvalid(void)
{
	bool stays = strcmp(ptk_regime_arch(regime), "arm") != 0;
	for (size_t i = 0; i < NPROTS && huge(PTK_LX_PMD); i++) {
		pmd_t e = pmd_mkinvalid(pmd_mkhuge(pfn_pmd(pfn(), prot(i))));
		must(!pmd_valid(e));
		must(pmd_pfn(e) == pfn());
		must(!stays || (pmd_present(e) && pmd_leaf(e) && pmd_trans_huge(e)));
	}
}

static void law_cont(void)
{
	if (!ptk_mm_has(mm, PTK_LX_MKCONT))
		return;
	pte_t e = pfn_pte(pfn(), prot(4));
	must(!pte_cont(e) && pte_cont(pte_mkcont(e)) && !pte_cont(pte_mknoncont(pte_mkcont(e))));
}

static void law_swap(void)
{
	unsigned bits = ptk_mm_swap_offset_bits(mm);
	for (unsigned type = 0; type < 32; type++)
		for (unsigned b = 0; b < bits && b < 50; b++) {
			unsigned long offset = 1ul << b;
			pte_t e = __swp_entry_to_pte(__swp_entry(type, offset));
			must(!pte_present(e));
			must(__swp_type(__pte_to_swp_entry(e)) == type);
			must(__swp_offset(__pte_to_swp_entry(e)) == offset);
		}
}

static void law_swap_exclusive(void)
{
	pte_t e = __swp_entry_to_pte(__swp_entry(5, 0x1234));
	must(!pte_swp_exclusive(e));
	pte_t x = pte_swp_mkexclusive(e);
	must(pte_swp_exclusive(x) && !pte_present(x));
	must(!pte_swp_soft_dirty(x));
	must(__swp_type(__pte_to_swp_entry(x)) == 5 && __swp_offset(__pte_to_swp_entry(x)) == 0x1234);
	must(pte_same(pte_swp_clear_exclusive(x), e));
}

static void law_swap_soft_dirty(void)
{
	if (!ptk_mm_has(mm, PTK_LX_SWP_MKSOFT_DIRTY))
		return;
	pte_t e = __swp_entry_to_pte(__swp_entry(5, 0x1234));
	must(pte_swp_soft_dirty(pte_swp_mksoft_dirty(e)));
	must(pte_same(pte_swp_clear_soft_dirty(pte_swp_mksoft_dirty(e)), e));
}

/* ---- tables ---- */

static void law_geometry(void)
{
	unsigned total = PAGE_SHIFT;
	for (int l = PTK_LX_PTE; l <= PTK_LX_PGD; l++) {
		unsigned ptrs = ptk_mm_ptrs(mm, (enum ptk_lx_level)l);
		must(ptrs && (ptrs & (ptrs - 1)) == 0);
		must(ptk_mm_folded(mm, (enum ptk_lx_level)l) == (ptrs == 1 && l != PTK_LX_PGD));
		if (l)
			must(ptk_mm_shift(mm, (enum ptk_lx_level)l) >= ptk_mm_shift(mm, (enum ptk_lx_level)(l - 1)));
		total += (unsigned)__builtin_ctz(ptrs);
	}
	must(total == regime->va_bits);
	must(PGDIR_SIZE == 1ul << PGDIR_SHIFT && PMD_MASK == ~(PMD_SIZE - 1));
}

static void law_clear_and_populate(void)
{
	unsigned long addr = (unsigned long)ptk_va_canonical(regime, 0x34567000);
	size_t before = ptk_mm_tables(mm);
	pgd_t *pgdp = pgd_offset(mm, addr);
	p4d_t *p4dp = p4d_alloc(mm, pgdp, addr);
	pud_t *pudp = pud_alloc(mm, p4dp, addr);
	pmd_t *pmdp = pmd_alloc(mm, pudp, addr);
	pte_t *ptep = pte_alloc_kernel_mm(mm, pmdp, addr);
	if (!ptep) {
		must(ptep != NULL);
		return;
	}
	must(!pgd_none(*pgdp) && !pgd_bad(*pgdp) && pgd_present(*pgdp));
	must(!p4d_none(*p4dp) && !p4d_bad(*p4dp) && p4d_present(*p4dp));
	must(!pud_none(*pudp) && !pud_bad(*pudp) && pud_present(*pudp) && !pud_leaf(*pudp));
	must(!pmd_none(*pmdp) && !pmd_bad(*pmdp) && pmd_present(*pmdp) && !pmd_leaf(*pmdp));
	must(pte_none(*ptep));
	must(ptep == pte_offset_kernel(pmd_offset(pud_offset(p4d_offset(pgd_offset(mm, addr), addr), addr), addr), addr));

	set_pte_at(mm, addr, ptep, pfn_pte(pfn(), PAGE_KERNEL));
	must(pte_pfn(*ptep) == pfn());
	ptep_set_wrprotect(mm, addr, ptep);
	must(!pte_write(*ptep));
	must(ptep_test_and_clear_young(mm, addr, ptep) && !pte_young(*ptep));
	must(pte_pfn(ptep_get_and_clear(mm, addr, ptep)) == pfn() && pte_none(*ptep));

	pte_t *table = ptep - pte_index(addr);
	pmd_clear(pmdp);
	must(pmd_none(*pmdp));
	pte_free_kernel(mm, table);
	if (!ptk_mm_folded(mm, PTK_LX_PMD)) {
		pmd_t *t = pmdp - pmd_index(addr);
		pud_clear(pudp);
		must(pud_none(*pudp));
		pmd_free(mm, t);
	}
	if (!ptk_mm_folded(mm, PTK_LX_PUD)) {
		pud_t *t = pudp - pud_index(addr);
		p4d_clear(p4dp);
		must(p4d_none(*p4dp));
		pud_free(mm, t);
	}
	if (!ptk_mm_folded(mm, PTK_LX_P4D)) {
		p4d_t *t = p4dp - p4d_index(addr);
		pgd_clear(pgdp);
		must(pgd_none(*pgdp));
		p4d_free(mm, t);
	}
	must(ptk_mm_tables(mm) == before);
	must(ptk_mm_error(mm) == 0);
}

static void law_huge(void)
{
	unsigned long addr = (unsigned long)ptk_va_canonical(regime, 0x40000000);
	if (!huge(PTK_LX_PMD))
		return;
	pud_t *pudp = pud_alloc(mm, p4d_alloc(mm, pgd_offset(mm, addr), addr), addr);
	if (huge(PTK_LX_PUD)) {
		must(pud_set_huge(pudp, FRAME & ~(PUD_SIZE - 1), PAGE_KERNEL));
		must(pud_leaf(*pudp) && pud_clear_huge(pudp) && pud_none(*pudp));
		must(!pud_clear_huge(pudp));
	}
	pmd_t *pmdp = pmd_alloc(mm, pudp, addr);
	must(pmd_set_huge(pmdp, FRAME & ~(PMD_SIZE - 1), PAGE_KERNEL));
	must(pmd_leaf(*pmdp) && __pmd_to_phys(*pmdp) == (FRAME & ~(PMD_SIZE - 1)));
	must(pmd_clear_huge(pmdp) && pmd_none(*pmdp) && !pmd_clear_huge(pmdp));
	must(!pmd_set_huge(pmdp, 0, PAGE_KERNEL) || pmd_clear_huge(pmdp));
}

/* What the helpers built is what the hardware walks. */
static void law_hardware_agrees(struct ptk_mem *mem, bool user_tables)
{
	struct ptk_space space;
	struct ptk_path path;
	struct ptk_err err;
	must(ptk_space_init(&space, mem, regime, ptk_mm_root(mm), &err) == 0);
	for (unsigned i = 0; i < 40; i++) {
		unsigned long addr = (unsigned long)ptk_va_canonical(regime, (0x10000000ul + i * 0x1357000ul) & PAGE_MASK);
		/* pmd_populate_kernel() gives tables that user code cannot pass on x86: user pages in user tables only */
		size_t which = user_tables ? i % NPROTS : 4 + i % 4;
		pgprot_t p = prot(which);
		pmd_t *pmdp = pmd_alloc(mm, pud_alloc(mm, p4d_alloc(mm, pgd_offset(mm, addr), addr), addr), addr);
		pte_t *ptep = pte_alloc_kernel_mm(mm, pmdp, addr);
		must(ptep != NULL);
		if (!ptep)
			return;
		set_pte_at(mm, addr, ptep, pte_mkdirty(pfn_pte(pfn() + i, p)));
		ptk_walk(&space, addr, &path, &err);
		must(path.outcome == PTK_MAPPED && path.pa == (pfn() + i) << PAGE_SHIFT);
		bool user = which < 4, write = pte_write(*ptep);
		must(((path.attr.flags & PTK_A_UR) != 0) == user);
		must(((path.attr.flags & PTK_A_UW) != 0) == (user && write));
		must(user || ((path.attr.flags & PTK_A_KW) != 0) == write);
	}
	must(ptk_mm_error(mm) == 0);
}

static const struct {
	const char *name;
	void (*run)(void);
} laws[] = {
	{"pte basics", law_pte_basic},
	{"pmd basics", law_pmd_basic},
	{"pud basics", law_pud_basic},
	{"pmd leaves", law_pmd_leaf},
	{"pud leaves", law_pud_leaf},
	{"executable", law_exec},
	{"modify", law_pte_modify},
	{"special", law_special},
	{"devmap", law_devmap},
	{"soft dirty", law_soft_dirty},
	{"PROT_NONE", law_protnone},
	{"mkinvalid", law_mkinvalid},
	{"contiguous", law_cont},
	{"swap", law_swap},
	{"swap exclusive", law_swap_exclusive},
	{"swap soft dirty", law_swap_soft_dirty},
	{"geometry and folding", law_geometry},
	{"clear and populate, every level", law_clear_and_populate},
	{"huge", law_huge},
};

static void run_regime(const char *name, bool user, unsigned version)
{
	struct ptk_regime r;
	struct ptk_mem *mem;
	struct ptk_err err;
	if (ptk_regime_parse(name, &r, &err) || ptk_mem_new_image(0, 0xffffffff, &mem))
		bail("%s: %s", name, err.msg);
	if (r.flags & PTK_RF_STAGE2 && strncmp(name, "arm64", 5) == 0) {
		struct ptk_mm *none = NULL;
		is_int(ptk_mm_new(mem, &r, &(struct ptk_mm_opts){.last = 0xffffff}, &none, &err), PTK_E_NOTSUP,
		       "%s is refused", name);
		ptk_mem_close(mem);
		return;
	}
	struct ptk_mm_opts opts = {.first = 0x100000, .last = 0x7fffff, .user = user, .version = version};
	if (ptk_mm_new(mem, &r, &opts, &mm, &err))
		bail("%s: %s", name, err.msg);
	regime = &r;
	regime_name = name;
	for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
		broken = 0;
		laws[i].run();
		ok(broken == 0, "%s, %s, %u.%u: %s", name, user ? "user" : "kernel", version >> 8, version & 255, laws[i].name);
	}
	broken = 0;
	law_hardware_agrees(mem, user);
	ok(broken == 0, "%s: the hardware walks what the helpers built", name);
	ptk_mm_free(mm);
	mm = NULL;
	ptk_mem_close(mem);
}

int main(void)
{
	for (size_t i = 0; ptk_regime_name(i); i++) {
		run_regime(ptk_regime_name(i), false, 0x60c);
		run_regime(ptk_regime_name(i), true, 0x60c);
		run_regime(ptk_regime_name(i), true, 0x601);
	}
	ptk_mm_free(NULL);
	return done();
}
