/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Unpacked blocks of equal size, the least recently used of which make room for others. */
#ifndef MEM_CACHE_H
#define MEM_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct ptk_cache;

/* Fill a block's bytes; 0 or a negative code, which is not remembered. */
typedef int ptk_cache_fill_fn(void *arg, uint64_t number, uint8_t *out);

/* Room for about 4 MiB of blocks, at least 16. NULL: no memory. */
struct ptk_cache *ptk_cache_new_(size_t block);
void ptk_cache_free_(struct ptk_cache *c);

/* A block's bytes, good until the next call; NULL and *code if they cannot be had. */
const uint8_t *ptk_cache_get_(struct ptk_cache *c, uint64_t number, ptk_cache_fill_fn *fill, void *arg, int *code);

#endif
