/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A space's window in terms of what its tables translate: offsets 0 .. 2^va_bits - 1. */
#ifndef WALK_SPACE_H
#define WALK_SPACE_H

#include <ptkit/walk.h>

#include "base/bits.h"

/*
 * The translated bits of an address are its offset. Canonical addresses and offsets are in the same order,
 * so a walk by offset is one by address; only what is reported has the upper bits.
 */
struct va_window {
	uint64_t from, to; /* offsets, inclusive */
	uint64_t upper;    /* the bits above the translated ones */
	uint64_t sign;     /* they are set if this bit of the offset is; 0: always (PTK_VA_HIGH) or never */
};

/* The address of an offset. */
static inline uint64_t va_at(const struct va_window *w, uint64_t offset)
{
	return !w->sign || offset & w->sign ? offset | w->upper : offset;
}

/* The bits above the translated ones, and when they are set; from and to are the caller's business. */
static inline struct va_window va_shape(const struct ptk_regime *r)
{
	return (struct va_window){
		.upper = r->va_form == PTK_VA_LOW ? 0 : ptk_va_max(r) & ~low_bits(r->va_bits),
		.sign = r->va_form == PTK_VA_SIGN ? BIT(r->va_bits - 1) : 0,
	};
}

/*
 * The window [from, to] of a space; both 0: all of it. *empty is set if it holds no address that is
 * translated. PTK_E_RANGE if it is not within the space's own, or backwards.
 */
int ptk_va_window_(const struct ptk_space *s, uint64_t from, uint64_t to, struct va_window *out, bool *empty,
                   struct ptk_err *err);

#endif
