// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/mem.h"

#include "lib/mk.h"
#include "lib/tap.h"

#define SPACE 300

/* Whether this is a new source for a byte: those it has, and their number. */
static bool new_source(const uint8_t *known[static 24], const uint8_t *p)
{
	unsigned i = 0;
	while (known[i] && known[i] != p)
		i++;
	bool is_new = !known[i];
	known[i] = p;
	return is_new && i > 0;
}

/* Random overlapping pieces against an array in which the first writer of a byte wins. */
static unsigned trial(uint64_t *seed)
{
	static uint8_t data[SPACE];
	const uint8_t *want[SPACE] = {0}, *known[SPACE][24] = {{0}};
	struct ptk_mem *m = ptk_mem_alloc_("test");
	uint64_t overlap, conflicts = 0;
	unsigned bad = 0, n = 1 + (unsigned)(mk_random(seed) % 24);
	for (unsigned i = 0; i < n; i++) {
		uint64_t pa = mk_random(seed) % (SPACE - 1), size = 1 + mk_random(seed) % (i % 3 ? 12 : SPACE - pa);
		size = size > SPACE - pa ? SPACE - pa : size;
		const uint8_t *from = data + (i % 4 ? mk_random(seed) % (SPACE - size + 1) : pa);
		ptk_mem_add_(m, pa, from, size);
		for (uint64_t k = 0; k < size; k++) {
			if (!want[pa + k])
				want[pa + k] = from + k;
			conflicts += new_source(known[pa + k], from + k);
		}
	}
	bad += ptk_mem_seal_(m, &overlap) != 0 || overlap != conflicts;
	for (uint64_t pa = 0; pa < SPACE; pa++)
		bad += ptk_mem_map(m, pa, 1) != want[pa];
	for (size_t i = 1; i < m->npieces; i++)
		bad += m->piece[i].first <= m->piece[i - 1].last;
	for (size_t i = 1; i < m->info.nextents; i++)
		bad += m->extent[i].first <= m->extent[i - 1].last + 1;
	ptk_mem_close(m);
	return bad;
}

/* Many pieces, all over one another, must not take quadratic time: a stack of nested ones. */
static void nested(void)
{
	static uint8_t data[1];
	struct ptk_mem *m = ptk_mem_alloc_("test");
	uint64_t overlap, n = 20000;
	for (uint64_t i = 0; i < n; i++)
		ptk_mem_add_(m, n - i, data, 2 * i + 1);
	is_int(ptk_mem_seal_(m, &overlap), 0, "nested pieces");
	is_int((int64_t)m->info.nextents, 1, "are one extent");
	is_u64(m->extent[0].first, 1, "from the outermost's first");
	is_u64(m->extent[0].last, 2 * n - 1, "to its last");
	ptk_mem_close(m);
}

static void borders(void)
{
	static uint8_t data[8192];
	struct ptk_mem *m = ptk_mem_alloc_("test");
	uint64_t overlap;
	ptk_mem_add_(m, UINT64_MAX - 4095, data + 4096, 4096);
	ptk_mem_add_(m, UINT64_MAX - 8191, data, 8192);
	is_int(ptk_mem_seal_(m, &overlap), 0, "pieces at the end of the space");
	is_u64(overlap, 0, "that show the same bytes do not contradict each other");
	is_int((int64_t)m->npieces, 1, "and join");
	ok(ptk_mem_map(m, UINT64_MAX - 8191, 8192) == data, "so that all of it maps");
	ok(!ptk_mem_map(m, UINT64_MAX - 8191, 8193), "but not beyond");
	ptk_mem_close(m);
	m = ptk_mem_alloc_("test");
	ptk_mem_add_(m, UINT64_MAX - 4095, data, 4096);
	ptk_mem_add_(m, UINT64_MAX - 8191, data, 8192);
	is_int(ptk_mem_seal_(m, &overlap), 0, "pieces at the end of the space");
	is_u64(overlap, 4096, "that show different bytes do");
	ptk_mem_close(m);
	m = ptk_mem_alloc_("test");
	is_int(ptk_mem_seal_(m, &overlap), 0, "no pieces at all");
	ok(!ptk_mem_map(m, 0, 1), "hold nothing");
	ptk_mem_close(m);
}

int main(void)
{
	uint64_t seed = 7;
	unsigned bad = 0;
	for (unsigned i = 0; i < 2000; i++)
		bad += trial(&seed);
	is_int(bad, 0, "2000 random sets of overlapping pieces");
	nested();
	borders();
	return done();
}
