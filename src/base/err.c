// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Sentences quote what foreign files say, and go to terminals. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			*text = '?';
}

static void start(struct ptk_err *err, int code, const char *fmt, va_list ap)
{
	memset(err, 0, sizeof *err);
	err->code = code;
	err->level = -1;
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	clean(err->msg);
}

int ptk_err_set_(struct ptk_err *err, int code, const char *fmt, ...)
{
	if (err) {
		va_list ap;
		va_start(ap, fmt);
		start(err, code, fmt, ap);
		va_end(ap);
	}
	return code;
}

int ptk_err_sys_(struct ptk_err *err, int code, int sys, const char *fmt, ...)
{
	if (err) {
		va_list ap;
		va_start(ap, fmt);
		start(err, code, fmt, ap);
		va_end(ap);
		err->sys = sys;
		size_t n = strlen(err->msg);
		snprintf(err->msg + n, sizeof err->msg - n, ": %s", strerror(sys));
	}
	return code;
}

int ptk_err_add_(struct ptk_err *err, int code, const char *fmt, ...)
{
	if (err) {
		char tail[sizeof err->msg];
		memcpy(tail, err->msg, sizeof tail);
		if (err->code == 0) {
			err->code = code;
			err->level = -1;
		}
		if (!tail[0])
			snprintf(tail, sizeof tail, "%s", ptk_strerror(code));
		va_list ap;
		va_start(ap, fmt);
		int n = vsnprintf(err->msg, sizeof err->msg, fmt, ap);
		va_end(ap);
		if (n >= 0 && (size_t)n < sizeof err->msg - 2)
			snprintf(err->msg + n, sizeof err->msg - (size_t)n, ": %.*s", (int)(sizeof err->msg - (size_t)n - 3), tail);
		clean(err->msg);
	}
	return code;
}

void ptk_err_at_(struct ptk_err *err, uint64_t addr, int level)
{
	if (err) {
		err->addr = addr;
		err->has_addr = true;
		err->level = level;
	}
}

const char *ptk_strerror(int code)
{
	switch ((enum ptk_error)code) {
	case PTK_E_INVAL: return "invalid argument";
	case PTK_E_RANGE: return "out of range";
	case PTK_E_CONFLICT: return "conflict";
	case PTK_E_NOTSUP: return "not supported";
	case PTK_E_UNKNOWN: return "unknown name";
	case PTK_E_BADFMT: return "malformed data";
	case PTK_E_TRUNC: return "truncated";
	case PTK_E_LOOP: return "tables loop or multiply";
	case PTK_E_NODATA: return "not in the picture";
	case PTK_E_NOTFOUND: return "not found";
	case PTK_E_IO: return "input/output error";
	case PTK_E_PERM: return "permission denied";
	case PTK_E_TIMEOUT: return "timed out";
	case PTK_E_NOMEM: return "out of memory";
	case PTK_E_LIMIT: return "limit reached";
	case PTK_E_BUG: return "internal error";
	}
	return code >= 0 ? "success" : "unknown error";
}
