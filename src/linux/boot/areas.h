/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Physical pages that areas of modules, BPF and vmalloc() hold. What the rights of an area do to the linear alias of its
 * pages is asked for each entry of the linear map that differs, so they are found once for a picture.
 */
#ifndef LINUX_BOOT_AREAS_H
#define LINUX_BOOT_AREAS_H

#include <ptkit/walk.h>

struct boot_piece {
	uint64_t first, last; /* physical */
	uint64_t rights;      /* what an architecture wants to ask by */
};

/* Zeroes: empty, and nobody has looked yet. */
struct boot_areas {
	bool known;
	struct boot_piece *piece;
	size_t n, room;
};

/* Add what a range of mappings holds. 0 or -PTK_E_NOMEM. */
int boot_areas_add_(struct boot_areas *a, const struct ptk_range *r, uint64_t rights);
/* All was added; rc: how that went. A failure leaves no pieces. */
void boot_areas_done_(struct boot_areas *a, int rc);
/* Whether the page at pa is in one with these rights. */
bool boot_areas_have_(const struct boot_areas *a, uint64_t pa, uint64_t rights);
void boot_areas_free_(struct boot_areas *a);

#endif
