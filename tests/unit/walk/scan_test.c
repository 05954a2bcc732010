// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Every implementation finds the end of a run where the definition puts it: at each length, offset and bit. */
#include "walk/scan.h"

#include "lib/tap.h"

#define ENTRIES 96

static uint64_t seed = 42;

static uint64_t rnd(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return seed ^ seed >> 29;
}

static void store(uint8_t *at, unsigned shift, uint64_t v)
{
	if (shift == 3)
		memcpy(at, &v, 8);
	else
		memcpy(at, &(uint32_t){(uint32_t)v}, 4);
}

/* One differing bit at one place, in or out of the mask; the end is known by construction. */
static unsigned long one(const struct ptk_scan *impl, unsigned shift, uint8_t *buf, unsigned misalign)
{
	ptk_scan_fn *run = shift == 3 ? impl->run8 : impl->run4;
	const uint64_t width = shift == 3 ? UINT64_MAX : UINT32_MAX;
	unsigned long bad = 0;
	for (size_t n = 0; n <= ENTRIES; n++) {
		const uint64_t first = rnd() & width, step = rnd() & 1 ? 0 : UINT64_C(1) << rnd() % 30, keep = rnd() | rnd();
		const unsigned bit = (unsigned)(rnd() % (shift == 3 ? 64 : 32));
		const size_t end = rnd() % (ENTRIES + 1);
		for (size_t i = 0; i < ENTRIES; i++) {
			uint64_t v = first + i * step;
			if (i == end)
				v ^= UINT64_C(1) << bit;
			else
				v ^= rnd() & ~keep; /* what is not kept may be anything */
			store(buf + misalign + (i << shift), shift, v);
		}
		const bool seen = keep >> bit & 1 && end < n;
		bad += run(buf + misalign, n, first, step, keep) != (seen ? end : n);
	}
	return bad;
}

int main(void)
{
	const struct ptk_scan *impl;
	size_t i = 0;
	for (; (impl = ptk_scan_(i)); i++)
		for (unsigned shift = 2; shift <= 3; shift++) {
			unsigned long bad = 0;
			for (unsigned misalign = 0; misalign < 16; misalign++) {
				/* An exact allocation: the sanitizer sees a read beyond it. */
				uint8_t *buf = malloc(misalign + ((size_t)ENTRIES << shift));
				if (!buf)
					bail("no memory");
				for (int round = 0; round < 8; round++)
					bad += one(impl, shift, buf, misalign);
				free(buf);
			}
			is_u64(bad, 0, "%s, %u-byte entries", impl->name, 1u << shift);
		}
	ok(ptk_scan_(i - 1) == &ptk_scan_plain_, "the last one is the plain one");
	return done();
}
