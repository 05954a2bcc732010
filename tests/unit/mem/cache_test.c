// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/cache.h"

#include <ptkit/error.h>

#include "lib/mk.h"
#include "lib/tap.h"

#define BLOCK ((size_t)1 << 18)
#define SLOTS 16 /* 4 MiB of such blocks */

static unsigned fills;
static uint64_t broken = UINT64_MAX;

static int fill(void *arg, uint64_t number, uint8_t *out)
{
	fills++;
	memset(out, (int)(number * 7 + 1), BLOCK);
	return number == broken ? PTK_E_BADFMT : 0;
}

/* Whether a block had to be filled; counts a wrong one as a failure of the test. */
static bool filled(struct ptk_cache *c, uint64_t number)
{
	unsigned before = fills;
	int code = 0;
	const uint8_t *p = ptk_cache_get_(c, number, fill, NULL, &code);
	if (!p || p[0] != (uint8_t)(number * 7 + 1) || p[BLOCK - 1] != p[0])
		ok(false, "block %u", (unsigned)number);
	return fills != before;
}

static void eviction(struct ptk_cache *c)
{
	unsigned n = 0;
	for (uint64_t i = 0; i < SLOTS; i++)
		n += filled(c, i);
	is_int(n, SLOTS, "as many blocks as there is room for");
	for (uint64_t i = 0; i < SLOTS; i++)
		n += filled(c, i);
	is_int(n, SLOTS, "are kept");
	ok(!filled(c, 0), "the first is used again");
	ok(filled(c, 100), "one more takes the place of the least recently used");
	ok(!filled(c, 0), "which is not the first");
	ok(filled(c, 1), "but the second");
}

static void failures(struct ptk_cache *c)
{
	int code = 0;
	broken = 1000;
	ok(!ptk_cache_get_(c, broken, fill, NULL, &code), "what cannot be filled is not given");
	is_int(code, PTK_E_BADFMT, "but its code is");
	unsigned before = fills;
	ok(!ptk_cache_get_(c, broken, fill, NULL, &code), "nor the second time");
	is_int(fills, before + 1, "when it is tried again");
	broken = UINT64_MAX;
	ok(filled(c, 1000), "once it can, it is filled");
	ok(!filled(c, 1000), "and kept");
}

/* Against a list of the last SLOTS different numbers. */
static void model(struct ptk_cache *c)
{
	uint64_t recent[SLOTS], seed = 3;
	unsigned bad = 0;
	for (unsigned i = 0; i < SLOTS; i++) {
		filled(c, 5000 + i);
		recent[SLOTS - 1 - i] = 5000 + i;
	}
	for (unsigned i = 0; i < 3000; i++) {
		uint64_t number = 5000 + mk_random(&seed) % 24;
		unsigned at = 0;
		while (at < SLOTS && recent[at] != number)
			at++;
		bad += filled(c, number) != (at == SLOTS);
		memmove(recent + 1, recent, (at == SLOTS ? SLOTS - 1 : at) * sizeof *recent);
		recent[0] = number;
	}
	is_int(bad, 0, "3000 uses keep just the most recent ones");
}

int main(void)
{
	struct ptk_cache *c = ptk_cache_new_(BLOCK);
	eviction(c);
	failures(c);
	model(c);
	ptk_cache_free_(c);
	ptk_cache_free_(NULL);
	return done();
}
