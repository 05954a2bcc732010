// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* An index of pages by their physical addresses: pieces in order, disjoint among those of the same rights. */
#include "linux/boot/areas.h"

#include <stdlib.h>

#include "base/grow.h"

int boot_areas_add_(struct boot_areas *a, const struct ptk_range *r, uint64_t rights)
{
	struct boot_piece *more = grow_(a->piece, a->n, &a->room, 64, sizeof *more);
	if (!more)
		return PTK_E_NOMEM;
	a->piece = more;
	a->piece[a->n++] = (struct boot_piece){r->pa, r->repeat ? r->pa : r->pa + (r->last - r->first), rights};
	return 0;
}

static int by_rights(const void *x, const void *y)
{
	const struct boot_piece *a = x, *b = y;
	if (a->rights != b->rights)
		return a->rights < b->rights ? -1 : 1;
	return a->first < b->first ? -1 : a->first > b->first;
}

void boot_areas_done_(struct boot_areas *a, int rc)
{
	struct boot_piece *p = a->piece;
	size_t n = 0;
	a->n = rc < 0 ? 0 : a->n;
	if (a->n)
		qsort(p, a->n, sizeof *p, by_rights);
	for (size_t i = 0; i < a->n; i++)
		if (n && p[i].rights == p[n - 1].rights && p[i].first <= p[n - 1].last + 1)
			p[n - 1].last = p[i].last > p[n - 1].last ? p[i].last : p[n - 1].last;
		else
			p[n++] = p[i];
	a->n = n;
	a->known = true;
}

bool boot_areas_have_(const struct boot_areas *a, uint64_t pa, uint64_t rights)
{
	const struct boot_piece *p = a->piece;
	size_t low = 0, high = a->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (p[mid].rights < rights || (p[mid].rights == rights && p[mid].last < pa))
			low = mid + 1;
		else
			high = mid;
	}
	return low < a->n && p[low].rights == rights && p[low].first <= pa;
}

void boot_areas_free_(struct boot_areas *a)
{
	free(a->piece);
	*a = (struct boot_areas){0};
}
