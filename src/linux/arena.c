// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Strings and arrays that live as long as a ptk_linux. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "linux/linux.h"

struct lx_chunk {
	struct lx_chunk *next;
	max_align_t data[];
};

void *ptk_lx_alloc_(struct lx_arena *a, size_t size)
{
	struct lx_chunk *c = calloc(1, sizeof *c + size);
	if (!c)
		return NULL;
	c->next = a->chunk;
	a->chunk = c;
	return c->data;
}

const char *ptk_lx_printf_(struct lx_arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *s = n < 0 ? NULL : ptk_lx_alloc_(a, (size_t)n + 1);
	if (!s)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

void ptk_lx_free_(struct lx_arena *a)
{
	while (a->chunk) {
		struct lx_chunk *c = a->chunk;
		a->chunk = c->next;
		free(c);
	}
}
