/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * How arm64 Linux sets its tables up, from inside: 5.10 to 7.3 (arch/arm64/mm/mmu.c and fixmap.c, kernel/head.S,
 * kernel/pi/map_kernel.c and map_range.c).
 *
 * Levels count from the leaf, as everywhere here: 0 is the PTE level, 1 PMD, 2 PUD, 3 P4D. The kernel calls its root
 * PGD wherever it is; a level that is folded away is not there at all.
 */
#ifndef LINUX_BOOT_ARM64_H
#define LINUX_BOOT_ARM64_H

#include "linux/boot/boot.h"

/* Descriptor bits: Arm ARM DDI 0487, D8.3; the software ones: asm/pgtable-prot.h. */
#define PTE_VALID (UINT64_C(1) << 0)
#define PTE_TABLE (UINT64_C(1) << 1) /* and of a page */
#define PTE_INDEX_TAGGED (UINT64_C(1) << 2)
#define PTE_INDEX_MASK (UINT64_C(7) << 2)
#define PTE_RDONLY (UINT64_C(1) << 7)
#define PTE_SHARED (UINT64_C(3) << 8)
#define PTE_AF (UINT64_C(1) << 10)
#define PTE_NG (UINT64_C(1) << 11)
#define PTE_GP (UINT64_C(1) << 50)
#define PTE_WRITE (UINT64_C(1) << 51) /* DBM */
#define PTE_CONT (UINT64_C(1) << 52)
#define PTE_PXN (UINT64_C(1) << 53)
#define PTE_UXN (UINT64_C(1) << 54)
#define PTE_DIRTY (UINT64_C(1) << 55)
#define TABLE_AF (UINT64_C(1) << 10) /* FEAT_HAFT; without it ignored */
#define TABLE_PXN (UINT64_C(1) << 59)
#define TABLE_UXN (UINT64_C(1) << 60)

/* Flags of __create_pgd_mapping(). */
#define NO_BLOCK_MAPPINGS 1u
#define NO_CONT_MAPPINGS 2u
#define NO_EXEC_MAPPINGS 4u

/* A protection, by the kernel's name. */
struct arm64_prot {
	const char *name;
	uint64_t bits; /* of a page */
};

/* Where __create_pgd_mapping() takes tables from. */
enum arm64_source {
	ARM64_NONE,  /* no table may be missing: update_mapping_prot(), create_mapping_noalloc() */
	ARM64_EARLY, /* early_pgtable_alloc(): memblock */
};

struct arm64 {
	const struct ptk_regime *r; /* of the kernel's half, as the CPU runs it */
	unsigned page_shift, levels, va_config, va_min, va_bits;
	uint64_t page;        /* PAGE_SIZE */
	bool head_text;       /* up to 5.10: .head.text is mapped, as text */
	bool asm_idmap;       /* before 6.0: head.S maps the identity map that stays; the trampoline's data lies below it */
	uint64_t uxn_table;   /* TABLE_UXN, which entries have that lead to a table of the kernel's; before 5.13 none */
	unsigned section_bits; /* SECTION_SIZE_BITS */
	bool pi;              /* 6.9: C code maps the kernel before relocation, vmemmap at the top of the space */
	bool wide_fixmap;     /* 6.4: the fixmap has all the PTE tables it may need */
	bool text_first;      /* the mapping starts at _text, not _stext */
	bool alias_first;     /* 7.2: the image's linear alias is mapped before memory; that of its data becomes read-only */
	bool alias_invalid;   /* 7.3: it becomes invalid */
	uint64_t table;       /* bits of table entries but map_range()'s: since 6.13 with TABLE_AF */
	bool lpa2;            /* TCR_EL1.DS: bits 9:8 are an address */
	uint64_t voffset;     /* kimage_voffset */
	int64_t memstart;     /* memstart_addr: may lie below 0 with a 52-bit space on 48-bit hardware */
	uint64_t page_offset; /* PAGE_OFFSET */
	uint64_t page_end;
	uint64_t vmemmap_start; /* VMEMMAP_START */
	unsigned rodata;        /* 0 off, 1 on, 2 full */
	bool ng;                /* arm64_use_ng_mappings, while the kernel is mapped */
	bool bti, kpti, page_granular;
	uint64_t fix_top, fix_start, fdt_va, slots_va; /* slots_va: FIX_PTE; the other windows lie below it */
	uint64_t root;                                 /* of init_mm: physical address of its first entry */
	const char *root_name;
	struct arm64_prot kernel, ro, rox, exec, tagged, vmemmap;
	uint64_t ntables; /* taken from memblock so far */
};

static inline struct arm64 *arm64_of(const struct ptk_boot *b)
{
	return b->arch;
}

/* Enough for 1 TiB in 4K pages. It bounds what a hostile picture can ask for. */
#define ARM64_TABLES_MAX (UINT64_C(1) << 19)

/* ---- geometry ---- */

static inline unsigned arm64_shift(const struct arm64 *a, unsigned level)
{
	return a->page_shift + level * (a->page_shift - 3);
}

static inline uint64_t arm64_size(const struct arm64 *a, unsigned level)
{
	return UINT64_C(1) << arm64_shift(a, level);
}

/* CONT_PTE_SIZE, CONT_PMD_SIZE: 16 entries of either with 4K; 128 and 32 with 16K; 32 with 64K. */
uint64_t arm64_cont_size(const struct arm64 *a, unsigned level);
/* Where an entry for va lies in a table of a level. */
uint64_t arm64_slot(const struct arm64 *a, unsigned level, uint64_t table, uint64_t va);
/* VMEMMAP_START before 6.9; up to 5.10 it counts from 2M below the top. */
static inline uint64_t arm64_old_vmemmap(bool since_5_11, unsigned va_config, unsigned va_min, unsigned page_shift)
{
	uint64_t linear = (UINT64_C(1) << va_config) - (UINT64_C(1) << (va_min - 1));
	return since_5_11 ? 0 - (UINT64_C(1) << (va_config - page_shift + 6)) : 0 - (linear >> (page_shift - 6)) - 0x200000;
}

/* The next boundary of size above va, but not past end: pXd_addr_end(). */
uint64_t arm64_next(uint64_t va, uint64_t end, uint64_t size);
/* Address field of an entry, and back. */
uint64_t arm64_phys_to_entry(const struct arm64 *a, uint64_t pa);
uint64_t arm64_entry_to_phys(const struct arm64 *a, uint64_t raw);
/* "pte", "pmd", "pud", "p4d", "pgd" for a table of this level. */
const char *arm64_level_name(const struct arm64 *a, unsigned level);
/* Physical address of a symbol of the image; notes a failure when there is no such symbol. */
uint64_t arm64_image_pa(struct ptk_boot *b, const char *name);
/* __phys_to_virt() */
uint64_t arm64_linear_va(const struct arm64 *a, uint64_t pa);
/* pfn_to_page() */
uint64_t arm64_vmemmap_va(const struct arm64 *a, uint64_t pa);

/* "4K", "2M", "1G": a size, in one of a few static strings' worth of room. */
struct arm64_text {
	char text[24];
};
struct arm64_text arm64_size_text(uint64_t size);

/* May n more tables be taken? Counts them; notes a failure past the limit. */
bool arm64_may_take(struct ptk_boot *b, uint64_t n);

/* ---- pgd.c ---- */

/* A root: where it is, how many levels it has, and what it is called. */
struct arm64_root {
	uint64_t pa;
	unsigned levels;
	const char *name;
};

void arm64_create_pgd_mapping_(struct ptk_boot *b, const struct arm64_root *root, uint64_t pa, uint64_t va,
                               uint64_t size, struct arm64_prot prot, enum arm64_source source, unsigned flags);
/* pgattr_change_is_safe() */
bool arm64_change_is_safe_(const struct arm64 *a, uint64_t old, uint64_t new);

/* ---- range.c: pi/map_range.c ---- */

struct arm64_bump {
	uint64_t next, end; /* physical addresses */
	const char *name;
};

/* prot.bits 0 clears entries but for their address, as unmapping does. bump may be NULL: no table may be missing. */
void arm64_map_range_(struct ptk_boot *b, const struct arm64_root *root, struct arm64_bump *bump, uint64_t start,
                      uint64_t end, uint64_t pa, struct arm64_prot prot, bool may_use_cont);

/* Whether the first identity map can be built; if not, says so as a step of this function. */
bool arm64_has_init_idmap_(struct ptk_boot *b, const char *function);

/* ---- the stages, in order ---- */

/* init_mm's root from now on, and the space that a walker sees: swapper_pg_dir, or init_pg_dir before it. */
void arm64_use_root_(struct ptk_boot *b, const char *name);

void arm64_head_pi_(struct ptk_boot *b);       /* range.c: 6.9 and later */
void arm64_head_asm_(struct ptk_boot *b);      /* head.c: before */
/* Levels of the identity map in the kernel's own way, before 6.9: one more where its text lies too far up. */
unsigned arm64_idmap_levels_(struct ptk_boot *b);
void arm64_fixmap_(struct ptk_boot *b);        /* fixmap.c: early_fixmap_init(), the FDT */
void arm64_memblock_init_(struct ptk_boot *b); /* memory.c */
void arm64_paging_init_(struct ptk_boot *b);   /* paging.c */
void arm64_vmemmap_(struct ptk_boot *b);       /* vmemmap.c */
void arm64_final_(struct ptk_boot *b);         /* final.c */

/* Tell that a window of the fixmap is put on a table, or which one a table has; level of the table. */
const char *arm64_window_(const struct arm64 *a, unsigned level, uint64_t *va);

int arm64_like_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err);

/* ---- image.c: of a picture ---- */

/* Symbols of the image that the picture's own do not tell, as far as they can be found. */
void arm64_image_(struct ptk_machine *m, struct ptk_linux *lx);
/* VA_BITS_MIN of asm/memory.h. */
unsigned arm64_va_min_(const struct ptk_linux *lx);
/* FIXADDR_TOP. */
uint64_t arm64_fix_top_(const struct ptk_linux *lx);
/* The identity map, by idmap_pg_dir. */
bool arm64_idmap_of_(const struct ptk_machine *m, const struct ptk_linux *lx, struct ptk_space *s);
/* What user space's copy of the kernel's table maps, which is nothing but the trampoline, somewhere in the fixmap. */
bool arm64_trampoline_of_(const struct ptk_machine *m, const struct ptk_linux *lx, struct ptk_space *s, uint64_t *va);
/* The device tree in the fixmap's window for it, or 0. */
uint64_t arm64_devtree_va_(struct ptk_linux *lx);

/* ---- explain.c ---- */

extern const struct boot_witness arm64_witness_[];
const char *arm64_explain_(const struct ptk_boot *b, const struct boot_case *c);

#endif
