// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "walk/scan.h"

static size_t run8(const void *p, size_t n, uint64_t first, uint64_t step, uint64_t keep)
{
	const char *at = p;
	size_t i = 0;
	while (i < n && ((load_entry(at + i * 8, 3) ^ first) & keep) == 0) {
		first += step;
		i++;
	}
	return i;
}

static size_t run4(const void *p, size_t n, uint64_t first, uint64_t step, uint64_t keep)
{
	const char *at = p;
	uint32_t want = (uint32_t)first, mask = (uint32_t)keep;
	size_t i = 0;
	while (i < n && (((uint32_t)load_entry(at + i * 4, 2) ^ want) & mask) == 0) {
		want += (uint32_t)step;
		i++;
	}
	return i;
}

const struct ptk_scan ptk_scan_plain_ = {"plain", run8, run4};
