// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Any bytes as a stretch of a kernel's image in which kallsyms is looked for. The first byte says word size and order.
 */
#include "linux/kallsyms.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
	uint32_t n;
	size_t bytes;
};

static int take(void *arg, char type, const char *name, size_t len, uint64_t va)
{
	struct sum *s = arg;
	s->n++;
	for (size_t i = 0; i < len; i++)
		s->bytes += name[i] != 0;
	s->bytes += (size_t)(type != 0) + (va != 0);
	return 0;
}

static void read_all(const struct lx_stretch *s, const struct lx_kallsyms *k)
{
	struct sum sum = {0};
	if (ptk_kallsyms_sorted_(s, k) && ptk_kallsyms_each_(s, k, take, &sum) == 0 && sum.n != k->n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 32)
		return 0;
	struct lx_stretch s = {
	        .p = data + 32, .len = size - 32, .va = 0xc0000000, .word = data[0] & 1 ? 8 : 4, .big = data[0] & 2};
	struct lx_kallsyms_search st = {.steps = 1 << 20};
	struct lx_kallsyms found, k;
	for (unsigned n = 0; n < 8 && ptk_kallsyms_search_(&s, &st, &found); n++)
		for (unsigned i = 0; ptk_kallsyms_guess_(&s, &found, i, &k); i++)
			read_all(&s, &k);
	/* And tables where the input says that they are, as a note would. */
	uint32_t at[5];
	memcpy(at, data + 1, sizeof at);
	k = (struct lx_kallsyms){.n = at[0],
	                         .names = at[1],
	                         .tokens = at[2],
	                         .index = at[3],
	                         .addresses = at[4],
	                         .mode = (enum lx_kallsyms_mode)(data[21] % 5)};
	read_all(&s, &k);
	return 0;
}
