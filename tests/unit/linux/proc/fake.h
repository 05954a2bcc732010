/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * A machine with nothing but tables and a page or two of kernel memory: x86-64, all of it mapped at FAKE_VA in one
 * piece. Whoever uses it fills that memory with structures.
 */
#ifndef TESTS_PROC_FAKE_H
#define TESTS_PROC_FAKE_H

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "linux/linux.h"
#include "linux/symbols.h"

#define FAKE_PA UINT64_C(0x200000) /* the memory: one page of 2M at most */
#define FAKE_VA UINT64_C(0xffff888000200000)
#define FAKE_ROOT UINT64_C(0x1000)
#define FAKE_ROOT_VA UINT64_C(0xffff888000001000)
#define FAKE_SIZE 0x10000u

static inline void fake_put(struct ptk_mem *mem, uint64_t pa, uint64_t v)
{
	uint8_t b[8];
	store64(b, v, false);
	ptk_mem_write(mem, pa, b, 8, NULL);
}

/* Tables at `root` that map the direct map and, if user, a page of user space. */
static inline void fake_tables(struct ptk_mem *mem, uint64_t root, bool user)
{
	for (uint64_t at = 0; at < 4096; at += 8)
		fake_put(mem, root + at, 0);
	fake_put(mem, root + 8 * 273, 0x2000 | 0x63); /* 0xffff888000000000 */
	fake_put(mem, 0x2000, 0x3000 | 0x63);
	fake_put(mem, 0x3000, 0 | 0xe3);
	fake_put(mem, 0x3008, FAKE_PA | 0xe3);
	if (user)
		fake_put(mem, root, 0x4000 | 0x67);
}

/* symbols: a text in the form of System.map. Close with fake_close(). NULL: out of memory. */
static inline struct ptk_linux *fake_open(const char *symbols)
{
	struct ptk_linux *lx = calloc(1, sizeof *lx);
	if (!lx || ptk_mem_new_image(0, 2 * FAKE_PA - 1, &lx->mem) < 0 ||
	    ptk_regime_parse("x86-64", &lx->info.regime, NULL) < 0 ||
	    (*symbols && ptk_symbols_load_(symbols, strlen(symbols), &lx->symtab, NULL) < 0))
		abort();
	lx->arch = LX_X86;
	lx->info.fact = lx->fact;
	lx->table[PTK_TABLE_KERNEL] = (struct lx_table){.known = true, .root = FAKE_ROOT, .regime = lx->info.regime};
	lx->pgd_va = FAKE_ROOT_VA;
	lx->pgd_pa = FAKE_ROOT;
	lx->kallsyms_looked = true;
	fake_tables(lx->mem, FAKE_ROOT, false);
	return lx;
}

static inline void fake_close(struct ptk_linux *lx)
{
	struct ptk_mem *mem = lx->mem;
	ptk_linux_close(lx);
	ptk_mem_close(mem);
}

#endif
