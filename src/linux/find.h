/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Finding kernels and their roots: what the files that look for them share. */
#ifndef LINUX_FIND_H
#define LINUX_FIND_H

#include <ptkit/linux.h>

#include "linux/linux.h"
#include "linux/vmcoreinfo.h"

/* e_machine of ELF. */
enum lx_machine {
	LX_EM_NONE = 0,
	LX_EM_386 = 3,
	LX_EM_ARM = 40,
	LX_EM_X86_64 = 62,
	LX_EM_AARCH64 = 183,
	LX_EM_RISCV = 243,
};

/* A kernel under examination. */
struct lx_kern {
	bool has_info;
	struct lx_vmcoreinfo vi;
	uint64_t info_pa; /* where the text lies in RAM, or LX_NOWHERE */
	const char *how;  /* where the clue was found: "VMCOREINFO note" */
	enum lx_arch arch;
	struct ptk_regime regime;
	uint64_t root;           /* as the regime takes it */
	uint64_t pgd_va, pgd_pa; /* swapper_pg_dir itself */
	const char *root_how;    /* rule that gave the root */
	const char *regime_how;  /* rule that gave the regime, or NULL: as how */
	struct lx_layout layout;
	const char *release; /* or NULL */
	const char *banner;  /* or NULL */
	uint64_t banner_pa;
	uint64_t init_mm_pa; /* of init_mm.pgd, if it was looked for and found; or 0 */
	bool has_distance; /* how far its image's virtual addresses are from its physical ones is known */
	uint64_t distance;
	bool valid, running;
	const char *why; /* not valid: what failed */
};

/* What a page's first bytes may show. */
enum lx_sig {
	LX_SIG_VMCOREINFO,  /* text at off */
	LX_SIG_IMAGE_ARM64, /* boot Image header: Documentation/arch/arm64/booting.rst */
	LX_SIG_IMAGE_RISCV, /* Documentation/arch/riscv/boot-image-header.rst */
};

struct lx_hit {
	enum lx_sig sig;
	uint32_t off;   /* of the text in its page */
	uint64_t pa;    /* of the page */
	uint64_t size;  /* Image: bytes it takes in memory, 0 if it does not say */
	uint64_t flags; /* Image: as in the header */
};

#define LX_HITS_MAX 64

struct lx_hits {
	struct lx_hit hit[LX_HITS_MAX];
	size_t n;
	size_t dropped; /* more than there is room for */
	uint64_t bytes; /* of RAM looked at */
};

/* scan.c */
bool ptk_lx_scan_page_(const uint8_t *page, uint64_t pa, struct lx_hit *hit);
int ptk_lx_scan_(struct ptk_mem *mem, const struct ptk_linux_opts *opts, struct lx_hits *hits);

/* How much to read at once: what suits a live source, which keeps such reads, or as much as the caller likes. */
size_t ptk_block_size_(struct ptk_mem *mem, size_t most);

/*
 * Call fn for every block of whole pages (at most a part of the last one) that memory has between two addresses.
 * A result other than 0 ends it. Unreadable pages are left out.
 */
typedef int lx_block_fn(void *arg, const uint8_t *p, size_t len, uint64_t pa);
int ptk_memory_each_(struct ptk_mem *mem, uint64_t first, uint64_t last, lx_block_fn *fn, void *arg);

/* cpunote.c */
void ptk_cpunote_(const struct ptk_mem_info *mi, struct lx_cpu *cpu);

/* version.c: numbers at the start of "6.12.117-foo" or after "Linux version ". */
bool ptk_release_parse_(const char *text, size_t len, unsigned *major, unsigned *minor, unsigned *patch);

#define LX_KERNELS_MAX 16

struct lx_found {
	struct lx_kern kern[LX_KERNELS_MAX];
	size_t n;
	struct lx_hits hits;
	bool scanned;
	/* While the kernel that runs is looked for: see struct lx_kern. */
	bool has_distance;
	uint64_t distance;
};

/* find.c: the kernels of the picture. Returns the index of the one to look at. */
int ptk_find_kernels_(struct ptk_linux *lx, const struct ptk_linux_opts *opts, struct lx_found *f, struct ptk_err *err);

/* Add a kernel by its VMCOREINFO in len bytes at pa, or LX_NOWHERE; and find the roots of those that were added. */
int ptk_find_add_(struct ptk_linux *lx, struct lx_found *f, const void *data, size_t len, uint64_t pa);
int ptk_find_add_page_(struct ptk_linux *lx, struct lx_found *f, uint64_t pa);
void ptk_find_resolve_(struct ptk_linux *lx, struct lx_found *f);

/*
 * running.c: the kernel that runs on a live machine's CPUs, by their registers, reading no more than its image's variables.
 * Adds it if it is found; an error, or 0.
 */
int ptk_find_running_(struct ptk_linux *lx, struct lx_found *f);

/* root*.c: find the root of the kernel that k's clues speak of. Fills k and says whether it is valid. */
int ptk_root_(struct ptk_linux *lx, struct lx_kern *k);
/* The same without a clue: look for tables that map themselves as a kernel's. 1 found, 0 not, negative: an error. */
int ptk_root_by_sight_(struct ptk_linux *lx, const struct lx_hits *hits, struct lx_kern *k);
/* "arm64, but the file says x86", or NULL: the source does not contradict. */
const char *ptk_root_mislabelled_(struct ptk_linux *lx, const struct lx_kern *k);

/* banner.c: the banner in the image of a kernel whose root is known: 1, 0, or an error. Sets k's banner and release. */
int ptk_banner_(struct ptk_linux *lx, struct lx_kern *k);
/* init_mm in its data, which owns its table: 1, 0, or an error. Sets init_mm_pa. */
int ptk_init_mm_(struct ptk_linux *lx, struct lx_kern *k);

/* usertables.c: the last address that user space may map in a table it shares with the kernel. */
bool ptk_user_last_(const struct ptk_linux *lx, uint64_t *last);

#endif
