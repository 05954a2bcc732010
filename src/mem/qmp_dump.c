// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * dump-guest-memory into a file of ours without a name: over a local socket QEMU gets it handed ("getfd"), so that there is
 * nothing to remove whatever ends us. A QEMU at the other end of a network is told the name of one, which goes as soon as
 * QEMU has opened it: that works if it is this machine after all.
 */
#include "mem/qmp_dump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "mem/dial.h"

#define STEP_MS 20
#define STALL 12 /* so many timeouts without progress are the end */

/* A file in $TMPDIR, or in /var/tmp, which is meant for large ones. It has a name only if `path` wants it. */
static int temporary(char *path, size_t size, bool named, struct ptk_err *err)
{
	const char *dir = getenv("TMPDIR");
	if (!dir || !*dir)
		dir = "/var/tmp";
	int fd = named ? -1 : open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	int n = snprintf(path, size, "%s/ptkit-XXXXXX", dir);
	if (n > 0 && (size_t)n < size && !strpbrk(path, "\"\\"))
		fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return ptk_err_sys_(err, PTK_E_IO, errno,
		                    "cannot make a temporary file for the guest's memory in %s (TMPDIR says where)", dir);
	if (!named)
		unlink(path);
	return fd;
}

/* QEMU opens the file before it answers. */
static int start(struct ptk_qmp *q, int file, const char *path, struct ptk_err *err)
{
	char arguments[4200];
	int r = q->local ? ptk_qmp_ask_with_(q, "getfd", "{\"fdname\":\"ptkit\"}", file, err) : 0;
	if (r < 0)
		return r;
	const char *kind = q->local ? "fd:ptkit" : "file:";
	snprintf(arguments, sizeof arguments, "{\"paging\":false,\"protocol\":\"%s%s\",\"detach\":true}", kind, q->local ? "" : path);
	return ptk_qmp_ask_(q, "dump-guest-memory", arguments, err);
}

/* 1: done; 0: not yet. */
static int look(struct ptk_qmp *q, uint64_t *done, uint64_t *total, struct ptk_err *err)
{
	char status[24];
	int r = ptk_qmp_ask_(q, "query-dump", NULL, err);
	if (r < 0)
		return r;
	ptk_json_copy_(&q->reply, ptk_json_get_(&q->reply, q->value, "status"), status, sizeof status);
	ptk_json_u64_(&q->reply, ptk_json_get_(&q->reply, q->value, "completed"), done);
	ptk_json_u64_(&q->reply, ptk_json_get_(&q->reply, q->value, "total"), total);
	if (strcmp(status, "active") == 0)
		return 0;
	return strcmp(status, "completed") == 0 ? 1 : ptk_err_set_(err, PTK_E_IO, "QEMU's dump of the guest failed (is the disk full?)");
}

static int finish(struct ptk_qmp *q, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	uint64_t done = 0, total = 0, before = 0;
	int64_t stalled = ptk_dial_now_() + (int64_t)STALL * q->timeout_ms;
	for (;;) {
		int r = look(q, &done, &total, err);
		if (r != 0)
			return r < 0 ? r : 0;
		int64_t now = ptk_dial_now_();
		if (done > before)
			stalled = now + (int64_t)STALL * q->timeout_ms;
		before = done;
		if (now > stalled)
			return ptk_err_set_(err, PTK_E_TIMEOUT, "QEMU's dump of the guest does not get on");
		if (opts && opts->progress && total)
			opts->progress(opts->progress_arg, "QEMU dumps the guest", done < total ? done : total, total);
		poll(NULL, 0, STEP_MS);
	}
}

static int adopt(struct ptk_mem *mem, int file, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	struct ptk_blob blob, *kept;
	struct stat st;
	char path[40];
	if (fstat(file, &st) == 0 && st.st_size == 0)
		return ptk_err_set_(err, PTK_E_NOTSUP,
		                    "QEMU's dump of the guest did not come here: it runs on another machine (qemu-gdb: reads from afar)");
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	int r = ptk_blob_open_(path, opts, &blob, err);
	if (r < 0)
		return r;
	snprintf(blob.name, sizeof blob.name, "QEMU's dump");
	r = ptk_blob_adopt_(mem, &blob, &kept, err);
	return r < 0 ? r : ptk_mem_look_(mem, &kept, 1, opts, err);
}

int ptk_qmp_dump_(struct ptk_mem *mem, struct ptk_qmp *q, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	char path[4000] = "";
	CLEANUP_CLOSE int file = temporary(path, sizeof path, !q->local, err);
	if (file < 0)
		return file;
	int r = start(q, file, path, err);
	if (!q->local)
		unlink(path);
	if (r == 0)
		r = finish(q, opts, err);
	return r < 0 ? r : adopt(mem, file, opts, err);
}
