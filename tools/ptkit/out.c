// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int write_all(struct out *o, const char *text, size_t len)
{
	while (len && !o->failed) {
		ssize_t n = write(STDOUT_FILENO, text, len);
		if (n < 0 && errno != EINTR)
			o->failed = errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return o->failed ? PTK_E_IO : 0;
}

int out_flush(struct out *o)
{
	int rc = write_all(o, o->buf, o->len);
	o->len = 0;
	return rc;
}

int out_write(void *out, const char *text, size_t len)
{
	struct out *o = out;
	if (len > sizeof o->buf - o->len) {
		if (out_flush(o) < 0)
			return PTK_E_IO;
		if (len > sizeof o->buf)
			return write_all(o, text, len);
	}
	memcpy(o->buf + o->len, text, len);
	o->len += len;
	return o->failed ? PTK_E_IO : 0;
}

void out_text(struct out *o, const char *text)
{
	out_write(o, text, strlen(text));
}

void out_format(struct out *o, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n > 0)
		out_write(o, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* Bytes that a terminal would act on; what is above ASCII is left alone (file names, UTF-8). */
static char harmless(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f ? '?' : c;
}

void out_foreign(struct out *o, const char *text)
{
	for (; *text; text++)
		out_write(o, &(char){harmless(*text)}, 1);
}

void out_pad(struct out *o, size_t at, size_t column)
{
	do
		out_write(o, " ", 1);
	while (++at < column);
}

bool out_is_stream(const char *path)
{
	return path && strncmp(path, "/dev/", 5) == 0;
}

static unsigned colour_when;

void out_colour_when(unsigned when)
{
	colour_when = when;
}

bool out_colour(void)
{
	if (colour_when > 1)
		return colour_when == 2;
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	return isatty(STDOUT_FILENO) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

const struct paint *out_paint(void)
{
	static const struct paint colours = {
		.bold = "\033[1m",
		.dim = "\033[2m",
		.red = "\033[1;31m",
		.green = "\033[32m",
		.yellow = "\033[33m",
		.cyan = "\033[36m",
		.off = "\033[0m",
	};
	static const struct paint plain = {"", "", "", "", "", "", ""};
	return out_colour() ? &colours : &plain;
}

static void say(const char *fmt, va_list ap)
{
	char text[1024];
	progress_clear();
	int n = vsnprintf(text, sizeof text, fmt, ap);
	for (int i = 0; i < n && text[i]; i++)
		text[i] = harmless(text[i]);
	fprintf(stderr, "ptkit: %s\n", text);
}

int fail(int code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return code;
}

void note(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

int fail_err(int rc, const struct ptk_err *err)
{
	bool callers = rc == PTK_E_INVAL || rc == PTK_E_RANGE || rc == PTK_E_CONFLICT || rc == PTK_E_UNKNOWN;
	return fail(callers ? EXIT_USAGE : EXIT_SOURCE, "%s", err->msg[0] ? err->msg : ptk_strerror(rc));
}

/* ---- progress ---- */

static struct {
	bool shown;
	int64_t started, last; /* ms */
} bar;

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whether it is time for a line: half a second after the first call, then ten times a second. */
static bool bar_due(void)
{
	int64_t now = now_ms();
	if (!bar.started)
		bar.started = now;
	if (now - bar.started < 500 || now - bar.last < 100 || !isatty(STDERR_FILENO))
		return false;
	bar.last = now;
	return bar.shown = true;
}

void progress(void *arg, const char *what, uint64_t done, uint64_t total)
{
	(void)arg;
	if (!bar_due())
		return;
	if (total)
		fprintf(stderr, "\r\033[K%s: %" PRIu64 "%%", what, (uint64_t)((double)done * 100 / (double)total));
	else
		fprintf(stderr, "\r\033[K%s: %" PRIu64 " MiB", what, done >> 20);
}

void progress_bytes(void *arg, uint64_t done)
{
	progress(arg, "tables read", done, 0);
}

void progress_clear(void)
{
	if (bar.shown)
		fputs("\r\033[K", stderr);
	bar.shown = false;
}
