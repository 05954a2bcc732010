/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Scope guards. */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free_(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close_(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* free() at the end of the scope. */
#define CLEANUP_FREE __attribute__((cleanup(cleanup_free_)))
/* close() at the end of the scope, unless negative. */
#define CLEANUP_CLOSE __attribute__((cleanup(cleanup_close_)))

#endif
