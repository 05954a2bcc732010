/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Blocks of memory that were read and stay: for sources where reading again costs more, or would say something else. */
#ifndef MEM_STORE_H
#define MEM_STORE_H

#include <stddef.h>
#include <stdint.h>

struct ptk_store;

/* A store of blocks of this size, at most so many of them. NULL: out of memory. */
struct ptk_store *ptk_store_new_(size_t block, size_t most);
void ptk_store_free_(struct ptk_store *s);

/* The block of this number, or NULL: it is not here. Good as long as the store is. */
const uint8_t *ptk_store_get_(const struct ptk_store *s, uint64_t number);

/* Room for n more blocks, one after the other, to be filled and then given numbers; NULL: none. Good until the next call. */
uint8_t *ptk_store_room_(struct ptk_store *s, size_t n);

/* Most blocks that ptk_store_room_() gives at once. */
size_t ptk_store_batch_(const struct ptk_store *s);

/* Keep block i of the room last given under a number that the store does not have. */
int ptk_store_keep_(struct ptk_store *s, size_t i, uint64_t number);

#endif
