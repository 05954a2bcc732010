// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/qmp_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "mem/dial.h"

#define MAX_LINE ((size_t)8 << 20) /* the memory map of a machine with every device is some 100 KiB */
#define MAX_QUESTION 1024
#define MAX_EVENTS 10000 /* between a command and its answer */
#define FAREWELL_MS 2000

static int64_t deadline(const struct ptk_qmp *q)
{
	int64_t end = ptk_dial_now_() + q->timeout_ms;
	return q->until && q->until < end ? q->until : end;
}

static int broken(struct ptk_qmp *q, struct ptk_err *err, int code, const char *what)
{
	q->broken = true;
	return ptk_err_set_(err, code, "QEMU's monitor %s", what);
}

static int late(struct ptk_qmp *q, struct ptk_err *err)
{
	q->broken = true;
	return ptk_err_set_(err, PTK_E_TIMEOUT,
	                    "QEMU's monitor did not answer in %d ms (it serves one client at a time: is libvirt or another connected?)",
	                    q->timeout_ms);
}

/* ---- bytes ---- */

/* The file goes with the first byte. */
static ssize_t send_some(int fd, const char *p, size_t n, int file)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec part = {(void *)(uintptr_t)p, n};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
	if (file >= 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof control.bytes;
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &file, sizeof file);
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int send_all(struct ptk_qmp *q, const char *p, size_t n, int file, int64_t end, struct ptk_err *err)
{
	while (n) {
		ssize_t r = send_some(q->fd, p, n, file);
		if (r > 0) {
			p += r;
			n -= (size_t)r;
			file = -1;
		} else if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			if (!ptk_dial_wait_(q->fd, POLLOUT, end))
				return late(q, err);
		} else if (r == 0 || errno != EINTR) {
			q->broken = true;
			return ptk_err_sys_(err, PTK_E_IO, errno, "cannot write to QEMU's monitor");
		}
	}
	return 0;
}

static int more_room(struct ptk_qmp *q, struct ptk_err *err)
{
	size_t room = q->room ? 2 * q->room : 16384;
	if (q->filled < q->room)
		return 0;
	if (room > MAX_LINE)
		return broken(q, err, PTK_E_LIMIT, "sends a line without end");
	char *more = realloc(q->buf, room);
	if (!more)
		return ptk_err_set_(err, PTK_E_NOMEM, "no memory for what QEMU's monitor says");
	q->buf = more;
	q->room = room;
	return 0;
}

static int receive(struct ptk_qmp *q, int64_t end, struct ptk_err *err)
{
	int r = more_room(q, err);
	while (r == 0) {
		ssize_t n = recv(q->fd, q->buf + q->filled, q->room - q->filled, MSG_DONTWAIT);
		if (n > 0) {
			q->filled += (size_t)n;
			return ptk_dial_now_() > end ? late(q, err) : 0; /* bytes that never make a line are late too */
		}
		if (n == 0)
			return broken(q, err, PTK_E_IO, "closed the connection");
		if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (!ptk_dial_wait_(q->fd, POLLIN, end))
				return late(q, err);
		} else if (errno != EINTR) {
			q->broken = true;
			return ptk_err_sys_(err, PTK_E_IO, errno, "cannot read from QEMU's monitor");
		}
	}
	return r;
}

/* The next line, parsed. Empty ones are let pass. */
static int next_line(struct ptk_qmp *q, int64_t end, struct ptk_err *err)
{
	size_t looked = 0;
	if (q->line < q->filled)
		memmove(q->buf, q->buf + q->line, q->filled - q->line);
	q->filled -= q->line;
	q->line = 0;
	for (;;) {
		char *nl = looked < q->filled ? memchr(q->buf + looked, '\n', q->filled - looked) : NULL;
		if (nl) {
			q->line = (size_t)(nl - q->buf) + 1;
			break;
		}
		looked = q->filled;
		int r = receive(q, end, err);
		if (r < 0)
			return r;
	}
	int r = ptk_json_parse_(&q->reply, q->buf, q->line);
	if (r == PTK_E_NOMEM)
		return ptk_err_set_(err, r, "no memory for what QEMU's monitor says");
	return r < 0 ? broken(q, err, r, r == PTK_E_LIMIT ? "sends an answer that is too deep" : "does not speak QMP") : 0;
}

/* ---- commands ---- */

/* What a line says to the command with our id: 1 it is no answer to that; 0, or why QEMU refuses. */
static int judge(struct ptk_qmp *q, const char *command, struct ptk_err *err)
{
	const struct ptk_json *j = &q->reply;
	uint64_t id;
	uint32_t error = ptk_json_get_(j, 0, "error");
	bool ours = ptk_json_u64_(j, ptk_json_get_(j, 0, "id"), &id) && id == q->id;
	q->value = ptk_json_get_(j, 0, "return");
	if (q->value && ours)
		return 0;
	/* A command that could not even be parsed is answered without an id. */
	if (!error || (!ours && ptk_json_get_(j, 0, "id")))
		return 1;
	ptk_json_copy_(j, ptk_json_get_(j, error, "desc"), q->why, sizeof q->why);
	return ptk_err_set_(err, PTK_E_NOTSUP, "QEMU refuses %s: %s", command, q->why);
}

static int await(struct ptk_qmp *q, const char *command, int64_t end, struct ptk_err *err)
{
	for (unsigned i = 0; i < MAX_EVENTS; i++) {
		int r = next_line(q, end, err);
		if (r == 0)
			r = judge(q, command, err);
		if (r <= 0)
			return r;
	}
	return broken(q, err, PTK_E_LIMIT, "sends everything but an answer");
}

int ptk_qmp_ask_with_(struct ptk_qmp *q, const char *command, const char *arguments, int file, struct ptk_err *err)
{
	char text[MAX_QUESTION];
	int64_t end = deadline(q);
	if (q->broken)
		return ptk_err_set_(err, PTK_E_IO, "the connection to QEMU's monitor was lost");
	int n = snprintf(text, sizeof text, "{\"execute\":\"%s\",\"id\":%u%s%s}\n", command, ++q->id, arguments ? ",\"arguments\":" : "",
	                 arguments ? arguments : "");
	if (n < 0 || (size_t)n >= sizeof text)
		return ptk_err_set_(err, PTK_E_LIMIT, "a command to QEMU's monitor is too long");
	int r = send_all(q, text, (size_t)n, file, end, err);
	return r < 0 ? r : await(q, command, end, err);
}

int ptk_qmp_ask_(struct ptk_qmp *q, const char *command, const char *arguments, struct ptk_err *err)
{
	return ptk_qmp_ask_with_(q, command, arguments, -1, err);
}

int ptk_qmp_monitor_(struct ptk_qmp *q, const char *line, char **text, struct ptk_err *err)
{
	char arguments[MAX_QUESTION - 128];
	snprintf(arguments, sizeof arguments, "{\"command-line\":\"%s\"}", line);
	int r = ptk_qmp_ask_(q, "human-monitor-command", arguments, err);
	if (r < 0)
		return r;
	char *said = ptk_json_string_(&q->reply, q->value);
	if (!said)
		return ptk_err_set_(err, PTK_E_BADFMT, "QEMU's monitor says no text to \"%s\"", line);
	*text = said;
	return 0;
}

/* ---- coming and going ---- */

static void look_at_peer(struct ptk_qmp *q, const char *where)
{
	struct ucred who;
	socklen_t n = sizeof who;
	q->local = strchr(where, '/') != NULL;
	if (q->local && getsockopt(q->fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0)
		q->peer = who.pid;
}

int ptk_qmp_open_(struct ptk_qmp *q, const char *where, struct ptk_err *err)
{
	int64_t end = deadline(q);
	q->fd = -1;
	int r = ptk_dial_(where, "QEMU's monitor", end, &q->fd, err);
	if (r < 0)
		return r;
	look_at_peer(q, where);
	r = next_line(q, end, err);
	if (r == 0 && !ptk_json_get_(&q->reply, 0, "QMP"))
		return broken(q, err, PTK_E_BADFMT, "does not speak QMP (is that the socket of -qmp?)");
	return r < 0 ? r : ptk_qmp_ask_(q, "qmp_capabilities", NULL, err);
}

void ptk_qmp_resume_(struct ptk_qmp *q)
{
	/* QEMU forgets commands of a connection that is closed before their turn: wait for the answer. */
	static const char cont[] = "\n{\"execute\":\"cont\",\"id\":\"ptkit leaves\"}\n", leaves[] = "ptkit leaves";
	int64_t end = ptk_dial_now_() + FAREWELL_MS;
	size_t matched = 0;
	char part[512];
	if (q->fd < 0 || send_all(q, cont, sizeof cont - 1, -1, end, NULL) < 0)
		return;
	while (ptk_dial_now_() < end) {
		ssize_t n = recv(q->fd, part, sizeof part, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
			return;
		if (n < 0 && !ptk_dial_wait_(q->fd, POLLIN, end))
			return;
		for (ssize_t i = 0; i < n; i++) {
			matched = part[i] == leaves[matched] ? matched + 1 : part[i] == leaves[0];
			if (matched == sizeof leaves - 1)
				return;
		}
	}
}

void ptk_qmp_close_(struct ptk_qmp *q)
{
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
	ptk_json_free_(&q->reply);
	free(q->buf);
	q->buf = NULL;
}
