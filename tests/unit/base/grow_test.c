// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Arrays that grow: what was in them stays, and a failure changes nothing. */
#include "base/grow.h"

#include "lib/tap.h"

int main(void)
{
	uint32_t *v = NULL;
	size_t n, room = 0, wrong = 0, moves = 0;
	for (n = 0; n < 1000; n++) {
		size_t before = room;
		uint32_t *more = grow_(v, n, &room, 16, sizeof *more);
		if (!more)
			bail("no memory");
		wrong += room <= n || (before > n && more != v);
		moves += room != before;
		v = more;
		v[n] = (uint32_t)n * 3;
	}
	for (size_t i = 0; i < n; i++)
		wrong += v[i] != i * 3;
	ok(wrong == 0, "there is room for each element, and all of them stay");
	is_u64(room, 1024, "room doubles from the first on");
	is_u64(moves, 7, "and is asked for seldom");
	size_t huge = SIZE_MAX / 4;
	ok(!grow_(v, huge, &huge, 16, sizeof *v) && huge == SIZE_MAX / 4, "more bytes than there can be are refused");
	ok(v[999] == 2997, "and the array is as it was");
	free(v);
	return done();
}
