/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The inside of struct ptk_mm, and what an architecture knows of Linux's entries. */
#ifndef LINUX_MM_H
#define LINUX_MM_H

#include <ptkit/linux/mm.h>

/* Where a swap entry keeps its parts (arch/.../include/asm/pgtable*.h, __swp_type and __swp_offset). */
struct ptk_swap_layout {
	uint8_t type_lo, type_bits;
	uint8_t offset_lo, offset_bits;
	bool inverted; /* the offset is stored inverted, against L1TF (x86) */
};

/* Linux's own view of entries on one architecture. Pure functions of a value; mm gives regime and version. */
struct ptk_pgops {
	const char *arch;
	bool (*is)(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_test test, uint64_t v);
	uint64_t (*make)(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_make make, uint64_t v);
	uint32_t (*has)(const struct ptk_mm *mm); /* bit n: ptk_lx_make n exists */
	uint64_t (*prot)(const struct ptk_mm *mm, enum ptk_lx_prot prot);
	uint64_t (*table_prot)(const struct ptk_mm *mm, enum ptk_lx_level level);
	/* The bits that pte_modify() keeps besides the address. */
	uint64_t (*keep)(const struct ptk_mm *mm);
	void (*swap)(const struct ptk_mm *mm, struct ptk_swap_layout *out);
	/* Optional: what set_pte_ext() makes of a pte; *hw is the hardware's entry where that is a second one. */
	uint64_t (*stored)(const struct ptk_mm *mm, uint64_t v, bool nG, uint64_t *hw);
	/* Optional: whether the address bits of this value are stored inverted. */
	bool (*inverted)(const struct ptk_mm *mm, uint64_t v);
};

extern const struct ptk_pgops ptk_pgops_x86_, ptk_pgops_arm64_, ptk_pgops_arm_, ptk_pgops_riscv_;

struct mm_table;

struct ptk_mm {
	struct ptk_regime regime;
	const struct ptk_pgops *ops;
	struct ptk_mem *mem;
	struct mm_table *root;
	struct mm_table **slot; /* open addressing, by physical address */
	size_t nslots, nused, ntables;
	uint64_t *freed;        /* physical pages to use again */
	size_t nfreed, freed_cap;
	uint64_t next, last;    /* room for tables */
	uint64_t task_size;
	size_t align;           /* shadows are aligned to this, so that an entry finds its table */
	unsigned levels;        /* Linux's levels: 2 to 5 */
	unsigned version;
	bool pair;              /* arm short descriptors: Linux's and the hardware's entries side by side */
	bool user, v6, big_endian;
	int error;
};

/* Kernel releases, comparable. */
#define LX_VERSION(major, minor) ((unsigned)(major) << 8 | (unsigned)(minor))

#endif
