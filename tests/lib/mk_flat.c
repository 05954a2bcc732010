// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "lib/mk.h"

static void record(struct mk_buf *out, const struct mk_buf *in, size_t at, size_t n, bool junk)
{
	mk_int(out, at, 8, true);
	mk_int(out, n, 8, true);
	if (junk)
		mk_zero(out, n);
	else
		mk_bytes(out, in->p + at, n);
}

/* Every other record first, over junk that the second round writes right. */
void mk_flat(struct mk_buf *out, const struct mk_buf *in, uint64_t seed)
{
	mk_bytes(out, "makedumpfile\0\0\0", 16);
	mk_int(out, 1, 8, true);
	mk_int(out, 1, 8, true);
	mk_zero(out, 4096 - out->n);
	for (unsigned round = 0; round < 2; round++) {
		uint64_t state = seed;
		for (size_t at = 0, i = 0; at < in->n; i++) {
			size_t n = 1 + mk_random(&state) % (i % 7 ? 5000 : 100000);
			n = n < in->n - at ? n : in->n - at;
			if (round == 1 || i % 3 == 0)
				record(out, in, at, n, round == 0);
			at += n;
		}
	}
	mk_int(out, UINT64_MAX, 8, true);
	mk_int(out, UINT64_MAX, 8, true);
}
