/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A text that grows, and is always terminated. */
#ifndef TESTS_GROWING_H
#define TESTS_GROWING_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ptkit/error.h>

struct text {
	char *p;
	size_t n, room;
};

/* For whatever wants a function to write to. */
static inline int append(void *arg, const char *s, size_t n)
{
	struct text *t = arg;
	if (t->n + n >= t->room) {
		size_t room = 2 * (t->n + n) + 1;
		char *p = realloc(t->p, room);
		if (!p)
			return PTK_E_NOMEM;
		t->p = p;
		t->room = room;
	}
	memcpy(t->p + t->n, s, n);
	t->n += n;
	t->p[t->n] = 0;
	return 0;
}

/*
 * All of a file, which is closed; false if it is NULL. Captures cut files at the end marker that follows on the console,
 * and the last newline with it: it is put back.
 */
static inline bool text_of(struct text *t, FILE *f)
{
	char buf[4096];
	size_t n;
	*t = (struct text){0};
	if (!f)
		return false;
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		append(t, buf, n);
	fclose(f);
	if (t->n && t->p[t->n - 1] != '\n')
		append(t, "\n", 1);
	return true;
}

#endif
