/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A kernel made by hand: tables entry by entry, markers, a version; and the text it prints. */
#ifndef TESTS_PTDUMP_LAB_H
#define TESTS_PTDUMP_LAB_H

#include <ptkit/ptkit.h>

#include "base/bits.h"
#include "linux/ptdump.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
/* Where tables go: whole 64K apart, so that they are aligned for any granule. */
#define TABLE_AT(n) (UINT64_C(0x100000) + (uint64_t)(n) * 0x10000)

struct lab {
	struct ptk_mem *mem;
	struct ptk_linux lx;
	struct ptk_walk_stats st;
	struct ptk_err err;
	int rc;
	size_t n;
	char text[1 << 16];
};

static inline int lab_write(void *arg, const char *s, size_t n)
{
	struct lab *lab = arg;
	if (lab->n + n >= sizeof lab->text)
		bail("text too long");
	memcpy(lab->text + lab->n, s, n);
	lab->n += n;
	lab->text[lab->n] = 0;
	return 0;
}

/* The root is TABLE_AT(0). It and the tables up to `tables` exist and are empty. */
static inline void lab_open(struct lab *lab, enum lx_arch arch, const char *regime, unsigned tables)
{
	static const char *const names[] = {[LX_ARM] = "arm", [LX_ARM64] = "arm64", [LX_X86] = "x86", [LX_RISCV] = "riscv"};
	static const char zero[0x10000];
	memset(lab, 0, sizeof *lab);
	lab->lx.arch = arch;
	lab->lx.info.arch = names[arch];
	if (ptk_regime_parse(regime, &lab->lx.info.regime, &lab->err) < 0)
		bail("%s", lab->err.msg);
	if (ptk_mem_new_image(0, low_bits(lab->lx.info.regime.pa_bits), &lab->mem) < 0)
		bail("no memory");
	for (unsigned i = 0; i < tables; i++)
		if (ptk_mem_write(lab->mem, TABLE_AT(i), zero, sizeof zero, NULL) < 0)
			bail("no memory");
	lab->lx.mem = lab->mem;
	for (int i = 0; i < LX_TABLES; i++)
		lab->lx.table[i] = (struct lx_table){.known = true, .root = TABLE_AT(0), .regime = lab->lx.info.regime};
	lab->lx.layout.va_bits = lab->lx.layout.va_bits_config = lab->lx.info.regime.va_bits;
	lab->lx.layout.page_shift = lab->lx.info.regime.page_shift;
}

static inline void lab_close(struct lab *lab)
{
	ptk_mem_close(lab->mem);
}

/* Write `n` entries from index `i` of a table on, each larger than the one before by `step`. */
static inline void lab_fill(struct lab *lab, uint64_t table, unsigned i, unsigned n, uint64_t value, uint64_t step)
{
	unsigned shift = lab->lx.info.regime.entry_shift;
	for (; n--; i++, value += step)
		if (ptk_mem_write(lab->mem, table + ((uint64_t)i << shift), &value, (size_t)1 << shift, NULL) < 0)
			bail("cannot write entry %u of table 0x%" PRIx64, i, table);
}

static inline void lab_put(struct lab *lab, uint64_t table, unsigned i, uint64_t value)
{
	lab_fill(lab, table, i, 1, value, 0);
}

static inline void lab_markers(struct lab *lab, const struct ptk_marker *m, size_t n)
{
	lab->lx.info.marker = m;
	lab->lx.info.nmarkers = n;
}

/* What the kernel would print. */
static inline const char *lab_dump_opts(struct lab *lab, enum ptk_linux_table which, const struct ptk_ptdump_opts *opts)
{
	lab->n = 0;
	lab->text[0] = 0;
	memset(&lab->err, 0, sizeof lab->err);
	memset(&lab->st, 0, sizeof lab->st);
	lab->rc = ptk_linux_ptdump(&lab->lx, which, opts, lab_write, lab, &lab->st, &lab->err);
	return lab->rc < 0 ? lab->err.msg : lab->text;
}

static inline const char *lab_dump(struct lab *lab, enum ptk_linux_table which, const char *version)
{
	return lab_dump_opts(lab, which, &(struct ptk_ptdump_opts){.version = version});
}

#endif
