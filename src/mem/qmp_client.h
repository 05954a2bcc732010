/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * A client of QEMU's machine protocol (docs/interop/qmp-spec): one command at a time, answers by their id, events in between
 * let pass. Everything the other side says is hostile, every wait ends.
 */
#ifndef MEM_QMP_CLIENT_H
#define MEM_QMP_CLIENT_H

#include <ptkit/error.h>
#include <sys/types.h>

#include "mem/json.h"

struct ptk_qmp {
	int fd;         /* -1: not connected */
	int timeout_ms; /* for one command and its answer */
	int64_t until;  /* no wait goes beyond this moment; 0: none set */
	bool broken;    /* the connection can no longer be trusted */
	bool local;     /* a local socket: files can be handed over */
	pid_t peer;     /* who listens there, or 0 */
	unsigned id;
	char *buf;      /* what was received; the last answer is its first `line` bytes */
	size_t line, filled, room;
	struct ptk_json reply;
	uint32_t value; /* node of what the last command returned */
	char why[256];  /* PTK_E_NOTSUP: what QEMU said */
};

/* Connect and agree on capabilities. */
int ptk_qmp_open_(struct ptk_qmp *q, const char *where, struct ptk_err *err);
void ptk_qmp_close_(struct ptk_qmp *q);

/*
 * A command and its arguments (a JSON object, or NULL). PTK_E_NOTSUP: QEMU refuses, the connection is sound. No other
 * failure can be recovered from: q->broken.
 */
int ptk_qmp_ask_(struct ptk_qmp *q, const char *command, const char *arguments, struct ptk_err *err);

/* The same with an open file that goes along. */
int ptk_qmp_ask_with_(struct ptk_qmp *q, const char *command, const char *arguments, int file, struct ptk_err *err);

/* A command of the human monitor, of plain characters; *text is what it says, terminated, to free(). */
int ptk_qmp_monitor_(struct ptk_qmp *q, const char *line, char **text, struct ptk_err *err);

/* Let the guest run, whatever state the connection is in; gives up soon. Fit for a signal handler. */
void ptk_qmp_resume_(struct ptk_qmp *q);

#endif
