/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * A growing area of anonymous memory that is filled in order. Pages of zeros are not touched, so
 * that they cost nothing: most of a picture of RAM is zeros.
 */
#ifndef MEM_AREA_H
#define MEM_AREA_H

#include "mem/mem.h"

/* Stays in the second-level cache between the decompressor and the copy. */
#define AREA_CHUNK ((size_t)128 << 10)

struct area {
	uint64_t limit; /* most bytes it may hold */
	uint8_t *data;
	size_t size, room;
	size_t pending; /* bytes in the chunk */
	uint8_t chunk[AREA_CHUNK];
};

/* Where to put the next bytes, and how many fit, at least 1. */
uint8_t *ptk_area_room_(struct area *a, size_t *room);
/* n bytes were put there. PTK_E_LIMIT, PTK_E_NOMEM. */
int ptk_area_put_(struct area *a, size_t n);
/* End: hand the memory over as a blob. */
int ptk_area_take_(struct area *a, struct ptk_blob *out);
void ptk_area_free_(struct area *a);

#endif
