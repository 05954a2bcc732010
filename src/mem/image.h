/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Sparse writable memory, 4 KiB pages in 2 MiB slabs: what images and overlays are made of. */
#ifndef MEM_IMAGE_H
#define MEM_IMAGE_H

#include <ptkit/mem.h>

#define IMAGE_PAGE UINT64_C(4096)
#define IMAGE_SLAB_SHIFT 21
#define IMAGE_SLAB (UINT64_C(1) << IMAGE_SLAB_SHIFT)

struct ptk_slab {
	uint64_t number;      /* address >> IMAGE_SLAB_SHIFT */
	uint8_t *data;        /* IMAGE_SLAB bytes; NULL: a free place in the hash */
	uint64_t present[IMAGE_SLAB / IMAGE_PAGE / 64];
};

struct ptk_image {
	struct ptk_slab *slab; /* open addressing */
	size_t room, used;     /* room is a power of two, or 0 */
	size_t hit;            /* the slab that served last */
	bool grown;            /* pages came since the extents were listed */
};

void ptk_image_free_(struct ptk_image *im);

/* How many bytes at pa, up to len, are all present (*here: true) or all absent (false). */
size_t ptk_image_run_(struct ptk_image *im, uint64_t pa, size_t len, bool *here);

/* The bytes at pa, whose page is present; good for up to the slab's end. */
uint8_t *ptk_image_at_(struct ptk_image *im, uint64_t pa);

/* Bring the page that holds pa into being, zero-filled, unless it is there. Its first byte, or NULL: no memory. */
uint8_t *ptk_image_page_(struct ptk_image *im, uint64_t pa);

/* Present pages as merged extents in order, malloc()ed. */
int ptk_image_extents_(const struct ptk_image *im, struct ptk_extent **out, size_t *n);

#endif
