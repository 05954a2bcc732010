/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Arrays that grow. */
#ifndef BASE_GROW_H
#define BASE_GROW_H

#include <stdint.h>
#include <stdlib.h>

/*
 * Room for one more behind the n elements at p: p as it is, or moved, with room for twice as many (at first, for first)
 * and *room saying so. NULL: no memory, and nothing has changed.
 */
static inline void *grow_(void *p, size_t n, size_t *room, size_t first, size_t each)
{
	size_t more = *room ? 2 * *room : first;
	if (n < *room)
		return p;
	void *q = more <= SIZE_MAX / each ? realloc(p, more * each) : NULL;
	if (q)
		*room = more;
	return q;
}

#endif
