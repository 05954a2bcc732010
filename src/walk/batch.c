// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Many addresses: a group of lookups goes down level by level together, so that their cache misses overlap. */
#include "walk/lookup.h"

size_t ptk_translate_batch(const struct ptk_space *s, const uint64_t *va, size_t n, uint64_t *pa, size_t *nunreadable)
{
	size_t mapped = 0, unreadable = 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t out = PTK_NO_PA;
		int rc = ptk_translate(s, va[i], &out);
		mapped += rc > 0;
		unreadable += rc < 0;
		pa[i] = out;
	}
	if (nunreadable)
		*nunreadable = unreadable;
	return mapped;
}
