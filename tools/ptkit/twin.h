/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * 32-bit arm with short descriptors: the page that holds hardware's entries holds Linux's own of the same addresses too,
 * 2048 bytes before them (arch/arm/include/asm/pgtable-2level.h).
 */
#ifndef PTKIT_TWIN_H
#define PTKIT_TWIN_H

#include <ptkit/ptkit.h>

struct twin {
	uint64_t pa;
	uint32_t raw;
};

/* The twin of an entry in a Linux space; false where there is none. */
bool twin_find(const struct ptk_space *s, const struct ptk_step *st, struct twin *out);
/* Its bits by Linux's names: "PRESENT YOUNG DIRTY MT_WRITEALLOC". */
void twin_bits(const struct twin *t, char *buf, size_t size);

#endif
