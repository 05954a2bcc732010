// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "twin.h"

#include <stdio.h>
#include <string.h>

#define TWIN_OFFSET 2048

bool twin_find(const struct ptk_space *s, const struct ptk_step *st, struct twin *out)
{
	unsigned char b[4];
	if (strcmp(s->regime.name, "arm-short") != 0 || st->entry.level != 0 || !(st->entry_pa & TWIN_OFFSET))
		return false;
	out->pa = st->entry_pa - TWIN_OFFSET;
	if (ptk_mem_read(s->mem, out->pa, b, sizeof b, NULL) < 0)
		return false;
	out->raw = ptk_mem_info(s->mem)->big_endian ? (uint32_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3]
	                                            : (uint32_t)b[3] << 24 | b[2] << 16 | b[1] << 8 | b[0];
	return true;
}

/* L_PTE_*; bits 5:2 select the memory type, L_PTE_MT_*. */
static const struct {
	uint32_t mask, value;
	const char *name;
} bits[] = {
	{1 << 0, 1 << 0, "PRESENT"},
	{1 << 1, 1 << 1, "YOUNG"},
	{1 << 6, 1 << 6, "DIRTY"},
	{1 << 7, 1 << 7, "RDONLY"},
	{1 << 8, 1 << 8, "USER"},
	{1 << 9, 1 << 9, "XN"},
	{1 << 10, 1 << 10, "SHARED"},
	{1 << 11, 1 << 11, "NONE"},
	{15 << 2 | 1, 0 << 2 | 1, "MT_UNCACHED"},
	{15 << 2 | 1, 1 << 2 | 1, "MT_BUFFERABLE"},
	{15 << 2 | 1, 2 << 2 | 1, "MT_WRITETHROUGH"},
	{15 << 2 | 1, 3 << 2 | 1, "MT_WRITEBACK"},
	{15 << 2 | 1, 4 << 2 | 1, "MT_DEV_SHARED"},
	{15 << 2 | 1, 6 << 2 | 1, "MT_MINICACHE"},
	{15 << 2 | 1, 7 << 2 | 1, "MT_WRITEALLOC"},
	{15 << 2 | 1, 9 << 2 | 1, "MT_DEV_WC"},
	{15 << 2 | 1, 11 << 2 | 1, "MT_DEV_CACHED"},
	{15 << 2 | 1, 12 << 2 | 1, "MT_DEV_NONSHARED"},
	{15 << 2 | 1, 15 << 2 | 1, "MT_VECTORS"},
};

void twin_bits(const struct twin *t, char *buf, size_t size)
{
	size_t n = 0;
	buf[0] = 0;
	/* an entry that is not present holds a swap entry or nothing: its other bits are not these */
	for (size_t i = 0; (t->raw & 1) && i < sizeof bits / sizeof *bits && n < size; i++)
		if ((t->raw & bits[i].mask) == bits[i].value)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? " " : "", bits[i].name);
	if (!n)
		snprintf(buf, size, t->raw ? "not present: a swap entry, or the like" : "empty");
}
