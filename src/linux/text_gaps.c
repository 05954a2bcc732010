// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * "... 12 entries skipped ... ": x86 shows the first lines of some regions and counts the others (note_page() in
 * arch/x86/mm/dump_pagetables.c, max_lines).
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/grow.h"
#include "linux/text.h"

static bool starts(const char *p, const char *end, const char *with)
{
	size_t n = strlen(with);
	return (size_t)(end - p) >= n && memcmp(p, with, n) == 0;
}

bool ptk_text_gap_(struct text_gaps *g, const char *p, const char *end, uint32_t number, size_t n, const char **why)
{
	uint64_t count = 0;
	p = p < end ? memmem(p, (size_t)(end - p), "... ", 4) : NULL;
	if (!p)
		return false;
	for (p += 4; p < end && *p >= '0' && *p <= '9' && count < UINT32_MAX; p++)
		count = count * 10 + (unsigned)(*p - '0');
	if (!starts(p, end, " entries skipped ...") && !starts(p, end, " entry skipped ..."))
		return false;
	struct ptk_text_gap *more = grow_(g->gap, g->n, &g->room, 4, sizeof *more);
	if (!more) {
		*why = "out of memory";
		return true;
	}
	g->gap = more;
	g->gap[g->n++] = (struct ptk_text_gap){.skipped = count, .number = number, .line = (uint32_t)n};
	return true;
}

void ptk_text_place_gaps_(struct text_gaps *g, struct ptk_text_info *info)
{
	size_t kept = 0;
	for (size_t i = 0; i < g->n; i++) {
		struct ptk_text_gap gap = g->gap[i];
		uint64_t top = low_bits(info->va_width);
		uint64_t before = gap.line ? info->line[gap.line - 1].last : top; /* + 1 is 0 */
		uint64_t after = gap.line < info->nlines ? info->line[gap.line].first : 0; /* - 1 is the top */
		gap.first = (before + 1) & top;
		gap.last = (after - 1) & top;
		info->skipped += gap.skipped;
		bool some = (gap.line == 0 || before < top) && (gap.line == info->nlines || after > 0);
		if (some && gap.first <= gap.last)
			g->gap[kept++] = gap;
	}
	g->n = kept;
	info->gap = g->gap;
	info->ngaps = kept;
}
