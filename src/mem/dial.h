/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Connecting to another program, and waiting for it: every wait ends. */
#ifndef MEM_DIAL_H
#define MEM_DIAL_H

#include <ptkit/error.h>

/* Milliseconds of a clock that only goes forward. */
int64_t ptk_dial_now_(void);

/* Wait until a moment for an event of poll(); false: too late. Fit for a signal handler. */
bool ptk_dial_wait_(int fd, short events, int64_t end);

/*
 * Connect to "HOST:PORT", ":PORT" (this machine), "[V6]:PORT" or "/path/of/socket"; whom is for the sentence. *fd does
 * not block.
 */
int ptk_dial_(const char *where, const char *whom, int64_t end, int *fd, struct ptk_err *err);

#endif
