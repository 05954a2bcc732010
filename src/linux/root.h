/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Rules for roots: one file an architecture, one judge. */
#ifndef LINUX_ROOT_H
#define LINUX_ROOT_H

#include "linux/find.h"

/*
 * Is there a swapper_pg_dir at pgd_pa, under this regime, that translates the kernel's own image: k->pgd_va to
 * pgd_pa, _stext and init_uts_ns where they must be? Then k becomes valid. root may differ from pgd_pa where
 * the hardware starts inside of it.
 */
bool ptk_root_try_(struct ptk_linux *lx, struct lx_kern *k, const char *regime, uint64_t root, uint64_t pgd_pa);

/* The same for every pgd_pa in memory that lies as far into a block of @step bytes as pgd_va does. */
bool ptk_root_search_(struct ptk_linux *lx, struct lx_kern *k, const char *regime, uint64_t step);

/* Number out of the kernel's VMCOREINFO; false if it has none. */
bool lx_number(const struct lx_kern *k, const char *name, uint64_t *value);

/* The same, without a test: a root that something else vouches for. */
void ptk_root_accept_(struct lx_kern *k, const struct ptk_regime *r, uint64_t root, uint64_t pgd_pa);

/*
 * How a root looks when nothing says where it is: a page that could be a top-level table and that maps itself in the
 * window where the kernel's image lies. swapper_pg_dir is part of the image on every architecture.
 */
struct lx_sight {
	const char *regime;
	uint64_t first, last;    /* the window */
	unsigned step, rest;     /* swapper_pg_dir modulo step is rest */
	unsigned size;           /* bytes of it that plausible() looks at */
	unsigned skip;           /* from there to the root */
	unsigned va_bits_config; /* see struct lx_layout; 0: as the regime */
	/* Cheap test of the bytes; rejects nearly all pages. */
	bool (*plausible)(const uint8_t *table, bool big);
	/* The last word: swapper_pg_dir at pa is mapped at va. Fills k's layout. NULL: yes. */
	bool (*accept)(const struct ptk_space *s, struct lx_kern *k, uint64_t va, uint64_t pa);
};

/*
 * An architecture's rules. by_info: k has a swapper_pg_dir address (pgd_va), from VMCOREINFO or symbols; leaves k->why
 * when it finds nothing.
 */
struct lx_rules {
	enum lx_arch arch;
	bool (*by_info)(struct ptk_linux *lx, struct lx_kern *k);
	const struct lx_sight *sight;
	size_t nsights;
	/* A sight's regime with what else is known of the machine. NULL: just that. */
	const char *(*regime_text)(char *buf, size_t size, const struct ptk_linux *lx, const struct lx_kern *k,
	                           const char *regime);
};

extern const struct lx_rules ptk_rules_x86_, ptk_rules_arm64_, ptk_rules_arm_, ptk_rules_riscv_;

/* Look for a root among the pages first..last by an architecture's sights. 1 found, 0 not, negative: an error. */
int ptk_root_sight_(struct ptk_linux *lx, const struct lx_rules *rules, struct lx_kern *k, uint64_t first,
                    uint64_t last);

#endif
