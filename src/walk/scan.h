/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The one hot loop of a walk: how far do entries go on as the first one says? */
#ifndef WALK_SCAN_H
#define WALK_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Count the entries at p, of at most n, for which (entry[i] ^ (first + i * step)) & keep is 0,
 * up to the first that differs. Entries are in host byte order; p need not be aligned.
 * With step 0 these are equal entries; with first and step 0 and keep all ones, empty ones.
 */
typedef size_t ptk_scan_fn(const void *p, size_t n, uint64_t first, uint64_t step, uint64_t keep);

/* One implementation, for entries of 8 and of 4 bytes. */
struct ptk_scan {
	const char *name;
	ptk_scan_fn *run8, *run4;
};

/* Plain C, for any machine: what all others are tested against. */
extern const struct ptk_scan ptk_scan_plain_;

/* Implementation i of this build that this CPU can run, the best first; NULL past the last (the plain one). */
const struct ptk_scan *ptk_scan_(size_t i);

/* An entry of 1 << shift bytes, in host byte order. */
static inline uint64_t load_entry(const void *p, unsigned shift)
{
	if (shift == 3) {
		uint64_t v;
		memcpy(&v, p, sizeof v);
		return v;
	}
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

#endif
