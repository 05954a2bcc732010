/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* What the files of this layer share: the inside of a struct ptk_linux. */
#ifndef LINUX_LINUX_H
#define LINUX_LINUX_H

#include <ptkit/linux.h>

struct lx_proc;
struct lx_symtab;
struct lx_types;
struct lx_vma_list;
struct lx_vmcoreinfo;

enum lx_arch {
	LX_ARM,
	LX_ARM64,
	LX_X86,
	LX_RISCV,
};

#define LX_TABLES PTK_LINUX_TABLES
#define LX_FACTS_MAX 48
#define LX_NOWHERE UINT64_MAX /* "no address" */

/* Strings and arrays that live as long as the ptk_linux. */
struct lx_arena {
	struct lx_chunk *chunk;
};

/* One of the tables of enum ptk_linux_table. */
struct lx_table {
	bool known;
	uint64_t root;            /* physical, as the regime wants it */
	struct ptk_regime regime; /* of this root; differs from the kernel's for TTBR0 */
	bool with_kernel;         /* the kernel's own table translates another half */
	const char *how;          /* where the root was found */
	const char *why;          /* not known: the reason, a clause for "no such table: %s" */
};

/* What the notes say of the CPUs. */
struct lx_cpu {
	bool live;   /* from the registers of a live source */
	bool has_cr; /* x86: those, or QEMU's own note, of a CPU that pages */
	uint64_t cr0, cr3, cr4, idt;
	bool has_pc;
	uint64_t pc; /* of the first CPU */
};

/* Where the kernel put things. 0 where it is not known; addresses are virtual unless they say otherwise. */
struct lx_layout {
	unsigned va_bits_config; /* arm64: CONFIG_ARM64_VA_BITS; else as va_bits */
	unsigned va_bits;        /* in use: vabits_actual, Sv39 -> 39, x86 48 or 57, 32 */
	unsigned page_shift;
	uint64_t page_offset; /* start of the direct map as the kernel defines PAGE_OFFSET */
	const char *page_offset_how;
	uint64_t phys_offset;             /* physical address that page_offset maps */
	uint64_t image_first, image_last; /* the image's VA range as far as it is known, inclusive */
	uint64_t view_first, view_last;   /* the image does not reach beyond; 0: not known that way */
	bool pae;                         /* x86: PAE, arm: LPAE */
	bool pti;                         /* x86: the CPU's notes or the root say that PTI is on */
};

struct ptk_linux {
	struct ptk_mem *mem;
	struct ptk_linux_info info; /* info.regime, info.major, info.marker ... */
	enum lx_arch arch;
	bool told;                  /* by struct ptk_linux_about: there may be no image of a kernel in the memory */
	struct lx_layout layout;
	struct lx_table table[LX_TABLES]; /* table[PTK_TABLE_KERNEL].known is always true */
	uint64_t pgd_va, pgd_pa;          /* swapper_pg_dir itself; the root may lie inside of it */
	struct lx_cpu cpu;
	struct lx_symtab *symtab;               /* from --symbols, or NULL; closed with the ptk_linux */
	uint64_t symbol_shift;                  /* to add to its addresses: KASLR */
	struct lx_symtab *kallsyms;             /* of the picture itself: see kallsyms.h */
	bool kallsyms_looked;
	struct lx_proc *proc;                   /* of proc/process.c, once asked for */
	struct lx_vma_list *vmas;               /* of proc/vma.c, as far as asked for */
	struct lx_types *types;                 /* of proc/types.c, once asked for */
	const char *symbols_path;               /* as given, or NULL */
	const struct lx_vmcoreinfo *vmcoreinfo; /* or NULL */
	struct lx_arena arena;
	const char **region; /* by marker: the region's name, NULL where one ends */
	uint64_t markers_pa; /* the kernel's own array of markers, or LX_NOWHERE */
	struct ptk_fact fact[LX_FACTS_MAX];
};

/* An empty handle. NULL: out of memory. */
struct ptk_linux *ptk_lx_make_(struct ptk_mem *mem);

/* The regions' names, from the markers. */
int ptk_lx_regions_(struct ptk_linux *lx);

/* Address of a symbol from the file given, moved to where the kernel runs. */
bool ptk_lx_symbol_(const struct ptk_linux *lx, const char *name, uint64_t *va);

/* One more line for `info`. */
int ptk_lx_fact_(struct ptk_linux *lx, const char *key, const char *value, const char *how);

/* Memory that ptk_linux_close() frees; zeroed. NULL: out of memory. */
void *ptk_lx_alloc_(struct lx_arena *a, size_t size);
void ptk_lx_free_(struct lx_arena *a);
/* printf into the arena. NULL: out of memory. */
const char *ptk_lx_printf_(struct lx_arena *a, const char *fmt, ...) PTK_PRINTF(2, 3);

/*
 * The root that CR3 names: bits 11:0 (PAE: 4:0) are PCID or cache control, 62:61 belong to LAM, and with SME the
 * encryption bit is in it as in every entry.
 */
static inline uint64_t lx_cr3_root(const struct ptk_regime *r, uint64_t cr3)
{
	const uint64_t top = r->va_width == 64 ? UINT64_C(1) << 52 : UINT64_C(1) << 32;
	return cr3 & (top - (UINT64_C(1) << r->root_align)) & ~r->enc_mask;
}

/* Version of the kernel at least major.minor? */
static inline bool lx_version_ge(const struct ptk_linux *lx, unsigned major, unsigned minor)
{
	return lx->info.major > major || (lx->info.major == major && lx->info.minor >= minor);
}

#endif
