/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* What every fuzz target of a memory format does: open the bytes as a file, then use what came of it. */
#ifndef FUZZ_FUZZ_MEM_H
#define FUZZ_FUZZ_MEM_H

#include <stdlib.h>
#include <string.h>

#include "mem/mem.h"

/* An invariant of the library's, not of the input. */
#define MUST(cond)                                                                                                    \
	do {                                                                                                          \
		if (!(cond))                                                                                          \
			abort();                                                                                      \
	} while (0)

static inline void fuzz_read(struct ptk_mem *m, uint64_t pa, size_t len)
{
	static uint8_t copy[8192];
	struct ptk_err err = {0};
	int r = ptk_mem_read(m, pa, copy, len, &err);
	const void *p = ptk_mem_map(m, pa, len);
	MUST(r <= 0 && (r == 0 || err.msg[0]));
	MUST(!p || (r == 0 && memcmp(p, copy, len) == 0));
}

static inline void fuzz_use(struct ptk_mem *m)
{
	const struct ptk_mem_info *i = ptk_mem_info(m);
	size_t sum = 0;
	for (size_t k = 0; k < i->nnotes; k++) {
		sum += strlen(i->note[k].name);
		for (size_t b = 0; b < i->note[k].size && k < 64; b++)
			sum += ((const uint8_t *)i->note[k].data)[b];
	}
	MUST(i->extent && (sum || !sum));
	for (size_t k = 0; k < i->nextents; k++) {
		const struct ptk_extent *e = &i->extent[k];
		MUST(e->first <= e->last && (k == 0 || e->first > e[-1].last + 1));
		if (k >= 64)
			continue;
		fuzz_read(m, e->first, 8);
		fuzz_read(m, e->first - 8, 16);
		fuzz_read(m, e->last, 1);
		fuzz_read(m, e->last - 7, 16);
		fuzz_read(m, e->first + (e->last - e->first) / 2, 4096);
	}
	fuzz_read(m, 0, 8192);
	fuzz_read(m, UINT64_MAX, 1);
}

static inline void fuzz_file(const uint8_t *data, size_t size)
{
	const struct ptk_mem_opts opts = {.max_unpacked = 1 << 22};
	const struct ptk_blob file = {.data = data, .size = size, .name = "input"};
	struct ptk_err err = {0};
	struct ptk_mem *m = ptk_mem_alloc_("");
	if (!m)
		return;
	struct ptk_blob *own;
	int r = ptk_blob_adopt_(m, &file, &own, &err);
	if (r == 0)
		r = ptk_mem_look_(m, &own, 1, &opts, &err);
	MUST(r <= 0 && (r == 0 || (err.msg[0] && err.code == r)));
	if (r == 0)
		fuzz_use(m);
	ptk_mem_close(m);
}

#endif
