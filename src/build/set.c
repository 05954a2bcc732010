// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "build/set.h"

#include <ptkit/error.h>
#include <stdlib.h>

static size_t place(const struct ptk_set *s, uint64_t key)
{
	/* Fibonacci hashing; the low bits of table addresses say nothing, the product's high half does. */
	size_t i = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (s->room - 1);
	while (s->at[i].key && s->at[i].key != key)
		i = (i + 1) & (s->room - 1);
	return i;
}

static int grow(struct ptk_set *s)
{
	struct ptk_set bigger = {.room = s->room ? 2 * s->room : 64, .used = s->used};
	bigger.at = calloc(bigger.room, sizeof *bigger.at);
	if (!bigger.at)
		return PTK_E_NOMEM;
	for (size_t i = 0; i < s->room; i++)
		if (s->at[i].key)
			bigger.at[place(&bigger, s->at[i].key)] = s->at[i];
	free(s->at);
	*s = bigger;
	return 0;
}

int ptk_set_add_(struct ptk_set *s, uint64_t key, uint64_t *value)
{
	if (s->used * 4 >= s->room * 3) {
		int rc = grow(s);
		if (rc < 0)
			return rc;
	}
	size_t i = place(s, key + 1);
	if (s->at[i].key) {
		*value = s->at[i].value;
		return 0;
	}
	s->at[i].key = key + 1;
	s->at[i].value = *value;
	s->used++;
	return 1;
}

bool ptk_set_has_(const struct ptk_set *s, uint64_t key)
{
	return s->room && s->at[place(s, key + 1)].key;
}

void ptk_set_free_(struct ptk_set *s)
{
	free(s->at);
	*s = (struct ptk_set){0};
}
