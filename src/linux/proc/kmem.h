/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The kernel's memory by the addresses that its own pointers have. */
#ifndef PROC_KMEM_H
#define PROC_KMEM_H

#include "base/endian.h"
#include "linux/linux.h"

struct lx_kmem {
	struct ptk_space s; /* the kernel's own table */
	uint64_t tag;       /* set in all addresses of the kernel: arm64's tags replace these bits */
	unsigned word;      /* bytes of a pointer */
	bool big;
	bool has; /* the page that was translated last */
	uint64_t page_va, page_pa;
};

int ptk_kmem_init_(const struct ptk_linux *lx, struct lx_kmem *k);
/* Physical address; false if the kernel maps nothing there, or it is no address of the kernel. */
bool ptk_kmem_pa_(struct lx_kmem *k, uint64_t va, uint64_t *pa);
/* All of it, or false. */
bool ptk_kmem_read_(struct lx_kmem *k, uint64_t va, void *buf, size_t len);
/* As much as is there before a page that is not: the number of bytes. */
size_t ptk_kmem_some_(struct lx_kmem *k, uint64_t va, void *buf, size_t len);
bool ptk_kmem_word_(struct lx_kmem *k, uint64_t va, uint64_t *v);
bool ptk_kmem_u32_(struct lx_kmem *k, uint64_t va, uint32_t *v);

/* A pointer among bytes that were read. */
static inline uint64_t lx_word(const struct lx_kmem *k, const uint8_t *p)
{
	return k->word == 8 ? load64(p, k->big) : load32(p, k->big);
}

#endif
