// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Any regime text, then entries: the text up to the first newline is parsed as a regime; if its
 * first byte is not printable it picks a regime from the list instead. The rest is entries of nine
 * bytes, a level and a value. Every law of entries must hold for each.
 */
#include "../tests/lib/entry_laws.h"

#include <stdio.h>
#include <stdlib.h>

static void check(const struct ptk_regime *r, int level, uint64_t raw, uint64_t inherit)
{
	struct ptk_entry e;
	const char *broken = entry_laws(r, level, raw, &e);
	if (!broken && e.kind == PTK_LEAF)
		broken = law_effective(r, &e, inherit & PTK_A_RIGHTS);
	if (broken) {
		fprintf(stderr, "%s level %d 0x%llx: %s\n", r->name, level, (unsigned long long)raw, broken);
		abort();
	}
}

/* Length of the regime's text, its newline included; 0: no regime. */
static size_t regime(const uint8_t *data, size_t size, struct ptk_regime *r)
{
	char text[300] = "";
	struct ptk_err err;
	size_t n = 0;
	if (data[0] < ' ') {
		size_t count = 0;
		while (ptk_regime_name(count))
			count++;
		return ptk_regime_parse(ptk_regime_name(data[0] % count), r, &err) == 0;
	}
	while (n < size && data[n] != '\n' && n < sizeof text - 1) {
		text[n] = (char)data[n];
		n++;
	}
	if (n < size && data[n] == '\n')
		n++;
	return ptk_regime_parse(text, r, &err) == 0 ? n : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ptk_regime r;
	size_t at = size ? regime(data, size, &r) : 0;
	uint64_t raw, before = 0;
	if (!at)
		return 0;
	for (; at + 9 <= size; at += 9, before = raw) {
		memcpy(&raw, data + at + 1, sizeof raw);
		raw &= entry_width(&r);
		check(&r, data[at] % r.nlevels, raw, before);
		ptk_va_valid(&r, ptk_va_canonical(&r, raw));
	}
	return 0;
}
