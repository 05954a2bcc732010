/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Text of lines, as ptkit's own notes have it: written to memory that grows, and taken apart. */
#ifndef LINUX_LINES_H
#define LINUX_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ptkit/error.h>

/* Zero it; free p. */
struct lines {
	char *p;
	size_t len, room;
	bool failed; /* out of memory: nothing more is added */
};

void ptk_lines_put_(struct lines *t, const char *fmt, ...) PTK_PRINTF(2, 3);
/* The rest of a line: a blank, words from anywhere, and its end. Control characters become '?'. */
void ptk_lines_rest_(struct lines *t, const char *s);
/* For functions that write by a ptk_write_fn: 0 or -PTK_E_NOMEM. */
int ptk_lines_write_(void *lines, const char *text, size_t len);

/* n numbers "0x1f", a blank behind each; *s is what follows then. */
bool ptk_lines_take_(const char **s, uint64_t *out, size_t n);
/* Without control characters. */
bool ptk_lines_clean_(const char *line);

#endif
