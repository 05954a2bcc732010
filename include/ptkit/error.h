/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file error.h
 * What can go wrong, and how it is said.
 *
 * Public functions return a value >= 0 on success and a negative ::ptk_error
 * code on failure. Those that take a `struct ptk_err *` also leave there, if it
 * is not NULL, a sentence that names what was being done, the address and the
 * level. Out-parameters are untouched on failure.
 */
#ifndef PTKIT_ERROR_H
#define PTKIT_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @def PTK_API
 * Marks what the shared library exports.
 * @def PTK_PRINTF
 * Lets the compiler check a format string: its position, and that of the first argument. */
#if defined(__GNUC__)
#define PTK_API __attribute__((visibility("default")))
#define PTK_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define PTK_API
#define PTK_PRINTF(fmt, first)
#endif

/** Error codes, grouped by whose fault it is. Numbers never change meaning. */
enum ptk_error {
	/* the caller's */
	PTK_E_INVAL = -1,    /**< an argument makes no sense */
	PTK_E_RANGE = -2,    /**< an address or size is outside what the regime or memory has */
	PTK_E_CONFLICT = -3, /**< two things asked for exclude each other */
	PTK_E_NOTSUP = -4,   /**< the architecture, the format or this build cannot do it */
	PTK_E_UNKNOWN = -5,  /**< a name that no registry has */
	/* the data's */
	PTK_E_BADFMT = -10,   /**< not in the format it claims to be in */
	PTK_E_TRUNC = -11,    /**< ends before its own headers say it does */
	PTK_E_LOOP = -12,     /**< tables loop or multiply beyond the work budget */
	PTK_E_NODATA = -13,   /**< the picture does not hold this physical memory */
	PTK_E_NOTFOUND = -14, /**< what was looked for is not in the picture */
	/* the source's */
	PTK_E_IO = -20,      /**< the source failed to read or write */
	PTK_E_PERM = -21,    /**< the source may not be read */
	PTK_E_TIMEOUT = -22, /**< a live source did not answer in time */
	/* the machine's */
	PTK_E_NOMEM = -30, /**< out of memory */
	PTK_E_LIMIT = -31, /**< a bound set against hostile input was reached */
	/* ptkit's own */
	PTK_E_BUG = -40, /**< an invariant of the library does not hold */
};

/** Detail of a failure. The caller's memory; filled by the library, never allocated. */
struct ptk_err {
	int code;      /**< one of ::ptk_error, 0 if nothing was recorded */
	int sys;       /**< errno of the failing system call, or 0 */
	int level;     /**< page-table level it happened at, or -1 */
	bool has_addr; /**< whether @ref addr says something */
	uint64_t addr; /**< the address it happened at (physical unless the sentence says otherwise) */
	char msg[512]; /**< one sentence without a full stop; may be cut, always terminated */
};

/**
 * A few words for a code, for when no sentence was recorded.
 *
 * @param code  a negative ::ptk_error
 * @return a static string, never NULL
 */
PTK_API const char *ptk_strerror(int code);

/**
 * What somebody may have meant by a name that is not known: the end of a sentence such as
 * "; did you mean dump?", or the empty string if nothing is near.
 *
 * @param word  what was given
 * @param next  gives candidate @p i, NULL past the last
 * @param arg   passed to @p next
 * @param out   the text, cut to @p size bytes, always terminated
 * @param size  at least 1
 */
PTK_API void ptk_near(const char *word, const char *(*next)(void *arg, size_t i), void *arg, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
