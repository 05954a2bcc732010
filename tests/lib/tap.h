/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The Test Anything Protocol in a page: ok(), is_u64(), is_str(), is_err(), skip(), bail(), done(). */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned tap_run, tap_failed;

__attribute__((format(printf, 2, 0))) static inline bool tap_line(bool pass, const char *fmt, va_list ap)
{
	printf("%sok %u - ", pass ? "" : "not ", ++tap_run);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	tap_failed += !pass;
	return pass;
}

__attribute__((format(printf, 2, 3))) static inline bool ok(bool pass, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	tap_line(pass, fmt, ap);
	va_end(ap);
	return pass;
}

__attribute__((format(printf, 3, 4))) static inline bool is_u64(uint64_t got, uint64_t want, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	tap_line(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		printf("#  got 0x%" PRIx64 "\n# want 0x%" PRIx64 "\n", got, want);
	return got == want;
}

__attribute__((format(printf, 3, 4))) static inline bool is_int(int64_t got, int64_t want, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	tap_line(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		printf("#  got %" PRId64 "\n# want %" PRId64 "\n", got, want);
	return got == want;
}

__attribute__((format(printf, 3, 4))) static inline bool is_str(const char *got, const char *want, const char *fmt, ...)
{
	bool same = got == want || (got && want && strcmp(got, want) == 0);
	va_list ap;
	va_start(ap, fmt);
	tap_line(same, fmt, ap);
	va_end(ap);
	if (!same)
		printf("#  got \"%s\"\n# want \"%s\"\n", got ? got : "(null)", want ? want : "(null)");
	return same;
}

/* The sentence contains these words. */
__attribute__((format(printf, 3, 4))) static inline bool has_str(const char *text, const char *part, const char *fmt, ...)
{
	bool has = text && strstr(text, part);
	va_list ap;
	va_start(ap, fmt);
	tap_line(has, fmt, ap);
	va_end(ap);
	if (!has)
		printf("#  in \"%s\"\n# not \"%s\"\n", text ? text : "(null)", part);
	return has;
}

__attribute__((format(printf, 1, 2))) static inline void skip(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	printf("ok %u # SKIP ", ++tap_run);
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
}

__attribute__((format(printf, 1, 2), noreturn)) static inline void bail(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	printf("Bail out! ");
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
	exit(1);
}

/* Last line of main(): prints the plan. */
static inline int done(void)
{
	printf("1..%u\n", tap_run);
	return tap_failed != 0;
}

#endif
