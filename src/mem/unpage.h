/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Decompressors of single pages. One file each, listed in meson.build where its library is there. */
#ifndef MEM_UNPAGE_H
#define MEM_UNPAGE_H

#include <stddef.h>
#include <stdint.h>

struct ptk_unpage {
	/* State kept from page to page; open NULL: none is needed. */
	void *(*open)(void);
	/* Unpack n bytes into just len; 0 or PTK_E_BADFMT. */
	int (*run)(void *state, const uint8_t *in, size_t n, uint8_t *out, size_t len);
	void (*close)(void *state);
};

/* The length that snappy data says it unpacks to; false: it says none that is possible. */
int ptk_snappy_length_(const uint8_t *in, size_t n, uint32_t *len);

extern const struct ptk_unpage ptk_unpage_snappy_, ptk_unpage_lzo_, ptk_unpage_zlib_, ptk_unpage_zstd_;

#endif
