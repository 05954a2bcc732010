/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Standard output, buffered; words on standard error; exit codes. */
#ifndef PTKIT_OUT_H
#define PTKIT_OUT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ptkit/error.h>

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FINDINGS = 1,
	EXIT_USAGE = 2,
	EXIT_SOURCE = 3,
	EXIT_PARTS = 4,
};

struct out {
	int failed; /* errno of the first write that failed; EPIPE: the reader has gone, which is no error */
	size_t len;
	char buf[64 * 1024];
};

/* Append; a ptk_write_fn. After a failure everything is dropped and PTK_E_IO returned. */
int out_write(void *out, const char *text, size_t len);
int out_flush(struct out *o);
void out_text(struct out *o, const char *text);
void out_format(struct out *o, const char *fmt, ...) PTK_PRINTF(2, 3);
/* Text from a foreign source: control characters do not reach the terminal. */
void out_foreign(struct out *o, const char *text);
/* Spaces up to a column, given where the line is now; at least one. */
void out_pad(struct out *o, size_t at, size_t column);

/* Where "-" as a file to write leads. */
#define OUT_STREAM "/dev/stdout"
/* Whether a file to write (or NULL) is a stream or device, beside which nothing is told on standard output. */
bool out_is_stream(const char *path);

/* Colours, or empty strings where they are not wanted. */
struct paint {
	const char *bold, *dim, *red, *green, *yellow, *cyan, *off;
};
/* Always, never, or when standard output is a terminal that wants them (NO_COLOR, TERM=dumb). */
bool out_colour(void);
/* 0 or 1: it depends; 2: always; 3: never. */
void out_colour_when(unsigned when);
const struct paint *out_paint(void);

/* "ptkit: sentence" on one line of standard error. Returns code. */
int fail(int code, const char *fmt, ...) PTK_PRINTF(2, 3);
/* The same for a library call that failed with rc; the exit code follows from whose fault it was. */
int fail_err(int rc, const struct ptk_err *err);
/* "ptkit: sentence" that does not end anything. */
void note(const char *fmt, ...) PTK_PRINTF(1, 2);

/* Long work: a line on standard error when it is a terminal, from half a second on. */
void progress(void *arg, const char *what, uint64_t done, uint64_t total);
void progress_bytes(void *arg, uint64_t done);
void progress_clear(void);

#endif
