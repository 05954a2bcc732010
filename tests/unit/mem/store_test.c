// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/store.h"

#include <ptkit/error.h>

#include "lib/tap.h"

#define MANY 5000

int main(void)
{
	struct ptk_store *s = ptk_store_new_(4096, MANY);
	if (!s)
		bail("no memory");
	ok(!ptk_store_get_(s, 0), "empty");
	static const uint8_t *where[MANY + 512];
	size_t kept = 0, batch = 0;
	for (uint8_t *room; kept < MANY + 300; kept += batch) {
		batch = 1 + kept % 7;
		if (!(room = ptk_store_room_(s, batch)))
			break;
		for (size_t i = 0; i < batch; i++) {
			memset(room + i * 4096, (int)((kept + i) % 251), 4096);
			if (i % 5 == 4) /* could not be filled */
				continue;
			if (ptk_store_keep_(s, i, (kept + i) * 0x10001) < 0)
				bail("no memory");
			where[kept + i] = room + i * 4096;
		}
	}
	ok(kept > MANY * 9 / 10 && kept <= MANY + ptk_store_batch_(s), "takes about as many as it was made for: %zu", kept);
	size_t right = 0, found = 0, lost = 0;
	for (size_t i = 0; i < kept; i++) {
		const uint8_t *p = ptk_store_get_(s, i * 0x10001);
		found += p != NULL;
		right += p && p == where[i] && p[0] == i % 251 && p[4095] == i % 251;
		lost += !where[i] == !!p;
	}
	ok(found == right && lost == 0, "each block where it was put, none that was not kept");
	ok(!ptk_store_get_(s, 1) && !ptk_store_get_(s, UINT64_MAX), "and no others");
	ok(!ptk_store_room_(s, ptk_store_batch_(s) + 1), "no more at once than a batch");
	for (size_t i = 0; i < 2 * MANY; i++)
		if (!ptk_store_room_(s, 1))
			break;
	ok(!ptk_store_room_(s, 1), "full");
	ptk_store_free_(s);
	ptk_store_free_(NULL);
	return done();
}
