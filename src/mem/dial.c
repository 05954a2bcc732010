// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"

int64_t ptk_dial_now_(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A signal that interrupts is not an answer: the deadline stays where it was. */
bool ptk_dial_wait_(int fd, short events, int64_t end)
{
	for (;;) {
		int64_t left = end - ptk_dial_now_();
		struct pollfd p = {.fd = fd, .events = events};
		int r = poll(&p, 1, left > 0 ? left < INT32_MAX ? (int)left : INT32_MAX : 0);
		if (r > 0)
			return true;
		if (r == 0 || (errno != EINTR && errno != EAGAIN))
			return false;
	}
}

/* 0, or the errno of why a connection did not come about. */
static int try_address(int fd, const struct sockaddr *a, socklen_t n, int64_t end)
{
	if (connect(fd, a, n) == 0)
		return 0;
	/* A local socket whose queue is full says EAGAIN: somebody else is being served, and others wait. */
	if (errno != EINPROGRESS && errno != EINTR)
		return errno;
	int failed = 0;
	socklen_t size = sizeof failed;
	if (!ptk_dial_wait_(fd, POLLOUT, end))
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) < 0 ? errno : failed;
}

static int connected(int got, int failed, const char *where, const char *whom, int *fd, struct ptk_err *err)
{
	if (failed) {
		if (got >= 0)
			close(got);
		return ptk_err_sys_(err, failed == ETIMEDOUT ? PTK_E_TIMEOUT : failed == EACCES ? PTK_E_PERM : PTK_E_IO, failed,
		                    "cannot connect to %s at %s", whom, where);
	}
	*fd = got;
	return 0;
}

static int dial_path(const char *path, const char *whom, int64_t end, int *fd, struct ptk_err *err)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof a.sun_path)
		return ptk_err_set_(err, PTK_E_INVAL, "the path of a socket has less than %zu bytes: %s", sizeof a.sun_path, path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	int got = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int failed = got < 0 ? errno : try_address(got, (struct sockaddr *)&a, sizeof a, end);
	return connected(got, failed, path, whom, fd, err);
}

static int dial_host(const char *host, const char *port, const char *where, const char *whom, int64_t end, int *fd,
                     struct ptk_err *err)
{
	const struct addrinfo want = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
	struct addrinfo *list;
	int r = getaddrinfo(*host ? host : "localhost", port, &want, &list);
	if (r != 0)
		return ptk_err_set_(err, PTK_E_IO, "cannot connect to %s at %s: %s", whom, where, gai_strerror(r));
	int got = -1, failed = ECONNREFUSED, one = 1;
	for (struct addrinfo *a = list; a && failed; a = a->ai_next) {
		if (got >= 0)
			close(got);
		got = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		failed = got < 0 ? errno : try_address(got, a->ai_addr, a->ai_addrlen, end);
	}
	freeaddrinfo(list);
	if (!failed)
		setsockopt(got, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return connected(got, failed, where, whom, fd, err);
}

int ptk_dial_(const char *where, const char *whom, int64_t end, int *fd, struct ptk_err *err)
{
	if (strchr(where, '/'))
		return dial_path(where, whom, end, fd, err);
	CLEANUP_FREE char *host = strdup(where);
	if (!host)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot connect to %s at %s", whom, where);
	char *colon = strrchr(host, ':'), *name = host;
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
	if (!digits || colon[1 + digits] || digits > 5 || strtoul(colon + 1, NULL, 10) > UINT16_MAX)
		return ptk_err_set_(err, PTK_E_INVAL, "\"%s\" is not HOST:PORT, :PORT or the /path of a socket", where);
	*colon = 0;
	if (colon > host && *name == '[' && colon[-1] == ']') {
		colon[-1] = 0;
		name++;
	}
	return dial_host(name, colon + 1, where, whom, end, fd, err);
}
