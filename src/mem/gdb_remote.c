// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/gdb_remote.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"

#define MAX_TEXT ((size_t)4 << 20) /* of a description or a monitor's answer; a system with every device has some 100 KiB */
#define RETRIES 3
#define WINDOW 32 /* requests on their way: their answers fit the buffers of any socket, so neither side waits for the other */
#define FAREWELL_MS 1000

int64_t ptk_gdb_now_(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t deadline(const struct ptk_gdb *g)
{
	int64_t end = ptk_gdb_now_() + g->timeout_ms;
	return g->until && g->until < end ? g->until : end;
}

/* 1 ready, 0 too late. A signal that interrupts is not an answer: the deadline stays where it was. */
static int wait_for(int fd, short events, int64_t end)
{
	for (;;) {
		int64_t left = end - ptk_gdb_now_();
		struct pollfd p = {.fd = fd, .events = events};
		int r = poll(&p, 1, left > 0 ? (int)left : 0);
		if (r > 0)
			return 1;
		if (r == 0 || (errno != EINTR && errno != EAGAIN))
			return 0;
	}
}

static int broken(struct ptk_gdb *g, struct ptk_err *err, int code, const char *what)
{
	g->broken = true;
	return ptk_err_set_(err, code, "the gdb stub %s", what);
}

static int late(struct ptk_gdb *g, struct ptk_err *err)
{
	g->broken = true;
	return ptk_err_set_(err, PTK_E_TIMEOUT,
	                    "the gdb stub did not answer in %d ms (it serves one debugger at a time: is another connected?)",
	                    g->timeout_ms);
}

static int send_all(struct ptk_gdb *g, const void *bytes, size_t n, int64_t end, struct ptk_err *err)
{
	const char *p = bytes;
	while (n) {
		ssize_t r = send(g->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (r > 0) {
			p += r;
			n -= (size_t)r;
		} else if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			if (!wait_for(g->fd, POLLOUT, end))
				return late(g, err);
		} else if (r == 0 || errno != EINTR) {
			g->broken = true;
			return ptk_err_sys_(err, PTK_E_IO, errno, "cannot write to the gdb stub");
		}
	}
	return 0;
}

static int next_byte(struct ptk_gdb *g, int64_t end, struct ptk_err *err)
{
	while (g->at == g->filled) {
		ssize_t r = recv(g->fd, g->in, sizeof g->in, MSG_DONTWAIT);
		if (r == 0)
			return broken(g, err, PTK_E_IO, "closed the connection");
		if (r > 0) {
			g->at = 0;
			g->filled = (size_t)r;
			if (ptk_gdb_now_() > end) /* bytes that never make a packet are late too */
				return late(g, err);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (!wait_for(g->fd, POLLIN, end))
				return late(g, err);
		} else if (errno != EINTR) {
			g->broken = true;
			return ptk_err_sys_(err, PTK_E_IO, errno, "cannot read from the gdb stub");
		}
	}
	return g->in[g->at++];
}

static int digit(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool ptk_gdb_unhex_(const char *digits, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i++) {
		int hi = digit((unsigned char)digits[2 * i]), lo = digit((unsigned char)digits[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

uint8_t ptk_gdb_sum_(const uint8_t *raw, size_t n)
{
	uint8_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + raw[i]);
	return sum;
}

/* "Overview": } escapes, the next byte is xored with 0x20; X*N is X and N - 29 more of it. */
int ptk_gdb_decode_(const uint8_t *raw, size_t n, char *out, size_t room)
{
	size_t len = 0;
	for (size_t i = 0; i < n; i++) {
		size_t more = 1;
		int c = raw[i];
		if (c == '}' || c == '*')
			if (++i == n)
				return PTK_E_BADFMT;
		if (c == '}') {
			c = raw[i] ^ 0x20;
		} else if (c == '*') {
			if (len == 0 || raw[i] < 29 + 3 || raw[i] > 126)
				return PTK_E_BADFMT;
			more = raw[i] - 29u;
			c = (unsigned char)out[len - 1];
		}
		if (more > room - len)
			return PTK_E_LIMIT;
		memset(out + len, c, more);
		len += more;
	}
	return (int)len;
}

enum { BAD_SUM = 0, GOOD = 1, NAK = 2 };

/* The next packet into reply. BAD_SUM; GOOD; NAK: the other side asks for a repetition, which only counts with asked set. */
static int next_packet(struct ptk_gdb *g, bool asked, int64_t end, struct ptk_err *err)
{
	size_t n = 0;
	int c, hi, lo;
	while ((c = next_byte(g, end, err)) != '$')
		if (c < 0 || (c == '-' && asked))
			return c < 0 ? c : NAK;
	while ((c = next_byte(g, end, err)) != '#') {
		if (c < 0)
			return c;
		if (n == sizeof g->raw)
			return broken(g, err, PTK_E_LIMIT, "sent a packet longer than any should be");
		if (c == '$')
			n = 0; /* the start of another: what came before was cut */
		else
			g->raw[n++] = (uint8_t)c;
	}
	if ((hi = next_byte(g, end, err)) < 0 || (lo = next_byte(g, end, err)) < 0)
		return PTK_E_IO;
	if (digit(hi) < 0 || digit(lo) < 0 || (digit(hi) << 4 | digit(lo)) != ptk_gdb_sum_(g->raw, n))
		return BAD_SUM;
	int len = ptk_gdb_decode_(g->raw, n, g->reply, sizeof g->reply - 1);
	if (len < 0)
		return broken(g, err, PTK_E_BADFMT, "sent a packet that cannot be decoded");
	g->len = (size_t)len;
	g->reply[g->len] = 0;
	return GOOD;
}

/* T05thread:01; or S05. */
static bool is_stop(const struct ptk_gdb *g)
{
	return g->len >= 3 && (g->reply[0] == 'T' || g->reply[0] == 'S') && digit(g->reply[1]) >= 0 && digit(g->reply[2]) >= 0;
}

static int frame(const char *question, char *out, size_t room)
{
	return snprintf(out, room, "$%s#%02x", question, ptk_gdb_sum_((const uint8_t *)question, strlen(question)));
}

/* Wait for an answer; a stop that nobody asked about is noted and is none. */
static int answer(struct ptk_gdb *g, const char *packet, size_t n, struct ptk_err *err)
{
	int64_t end = deadline(g);
	bool asked_stop = n > 1 && packet[1] == '?';
	for (int tries = 0; tries <= RETRIES;) {
		int r = next_packet(g, !g->no_ack, end, err);
		if (r < 0)
			return r;
		if (r == NAK || r == BAD_SUM)
			tries++;
		int s = 0;
		if (r == NAK)
			s = send_all(g, packet, n, end, err);
		else if (!g->no_ack)
			s = send_all(g, r == GOOD ? "+" : "-", 1, end, err);
		if (s < 0)
			return s;
		if (r == BAD_SUM && g->no_ack)
			break;
		if (r == GOOD && (asked_stop || !is_stop(g)))
			return 0;
		g->told_stop |= r == GOOD;
	}
	return broken(g, err, PTK_E_IO, "sends packets whose checksums are wrong, or takes none");
}

int ptk_gdb_ask_(struct ptk_gdb *g, const char *question, struct ptk_err *err)
{
	char packet[512];
	int n = frame(question, packet, sizeof packet);
	if (n < 0 || (size_t)n >= sizeof packet)
		return ptk_err_set_(err, PTK_E_LIMIT, "a question to the gdb stub is too long");
	if (g->broken)
		return ptk_err_set_(err, PTK_E_IO, "the connection to the gdb stub was lost");
	int r = send_all(g, packet, (size_t)n, deadline(g), err);
	return r < 0 ? r : answer(g, packet, (size_t)n, err);
}

/* The value of NAME= among the ;-separated words of a reply, or NULL. */
static const char *feature(const char *reply, const char *name)
{
	size_t n = strlen(name);
	for (const char *p = reply; p; p = strchr(p, ';'), p = p ? p + 1 : NULL)
		if (strncmp(p, name, n) == 0)
			return p + n;
	return NULL;
}

int ptk_gdb_hello_(struct ptk_gdb *g, struct ptk_err *err)
{
	/* Whatever the stub said of its own accord is acknowledged first. */
	int r = send_all(g, "+", 1, deadline(g), err);
	if (r == 0)
		r = ptk_gdb_ask_(g, "qSupported:xmlRegisters=i386", err);
	if (r < 0)
		return r;
	const char *size = feature(g->reply, "PacketSize=");
	unsigned long long v = size ? strtoull(size, NULL, 16) : 400;
	/* Room for the longest answer as well as for the longest question. */
	g->packet_max = v < 64 ? 64 : v > PTK_GDB_PACKET_MAX - 8 ? PTK_GDB_PACKET_MAX - 8 : (size_t)v;
	if (!feature(g->reply, "QStartNoAckMode+"))
		return 0;
	r = ptk_gdb_ask_(g, "QStartNoAckMode", err);
	g->no_ack = r == 0 && strcmp(g->reply, "OK") == 0;
	return r;
}

/* ---- memory ---- */

struct window {
	uint64_t addr;
	uint8_t *buf;
	size_t len, chunk, asked, got;
	bool missing;
};

/* An acknowledgement of the answer goes out with its question: a stream brings what was sent, or breaks. */
static int request(struct ptk_gdb *g, struct window *w, int64_t end, struct ptk_err *err)
{
	char out[WINDOW * 48], question[40];
	size_t n = 0;
	for (size_t i = 0; i < WINDOW && w->asked < w->len; i++) {
		size_t part = w->len - w->asked < w->chunk ? w->len - w->asked : w->chunk;
		snprintf(question, sizeof question, "m%" PRIx64 ",%zx", w->addr + w->asked, part);
		n += (size_t)frame(question, out + n, sizeof out - n);
		if (!g->no_ack)
			out[n++] = '+';
		w->asked += part;
	}
	return send_all(g, out, n, end, err);
}

static int take(struct ptk_gdb *g, struct window *w, size_t part, int64_t end, struct ptk_err *err)
{
	int r;
	do {
		r = next_packet(g, false, end, err);
		if (r < 0)
			return r;
		if (r == BAD_SUM)
			return broken(g, err, PTK_E_IO, "sent memory whose checksum is wrong");
	} while (is_stop(g));
	if (g->len == 0 || g->reply[0] == 'E' || (g->len < 2 * part && g->len % 2 == 0)) /* fewer bytes: no more can be read */
		w->missing = true;
	else if (g->len != 2 * part || !ptk_gdb_unhex_(g->reply, part, w->buf + w->got))
		return broken(g, err, PTK_E_BADFMT, "sent something else than the memory it was asked for");
	w->got += part;
	return 0;
}

int ptk_gdb_read_(struct ptk_gdb *g, uint64_t addr, uint8_t *buf, size_t len, struct ptk_err *err)
{
	struct window w = {.addr = addr, .buf = buf, .len = len, .chunk = g->packet_max / 2};
	if (g->broken)
		return ptk_err_set_(err, PTK_E_IO, "the connection to the gdb stub was lost");
	while (w.got < len) {
		int64_t end = deadline(g);
		int r = request(g, &w, end, err);
		while (r >= 0 && w.got < w.asked)
			r = take(g, &w, w.asked - w.got < w.chunk ? w.asked - w.got : w.chunk, end, err);
		if (r < 0)
			return r;
	}
	return w.missing ? ptk_err_set_(err, PTK_E_NODATA, "the gdb stub has no memory there") : 0;
}

/* ---- texts ---- */

struct text {
	char *p;
	size_t n;
};

static int append(struct ptk_gdb *g, struct text *t, const char *p, size_t n, struct ptk_err *err)
{
	if (n > MAX_TEXT - t->n)
		return broken(g, err, PTK_E_LIMIT, "sends a text without end");
	char *more = realloc(t->p, t->n + n + 1);
	if (!more)
		return ptk_err_set_(err, PTK_E_NOMEM, "no memory for the gdb stub's answer");
	memcpy(more + t->n, p, n);
	t->p = more;
	t->n += n;
	t->p[t->n] = 0;
	return 0;
}

static int read_annex(struct ptk_gdb *g, const char *annex, struct text *t, struct ptk_err *err)
{
	char question[256];
	for (;;) {
		snprintf(question, sizeof question, "qXfer:features:read:%s:%zx,%zx", annex, t->n, g->packet_max - 5);
		int r = ptk_gdb_ask_(g, question, err);
		if (r < 0)
			return r;
		if (g->len == 0 || g->reply[0] == 'E')
			return ptk_err_set_(err, PTK_E_NOTFOUND, "the gdb stub does not describe its registers (%s)", annex);
		if ((g->reply[0] != 'l' && g->reply[0] != 'm') || (g->reply[0] == 'm' && g->len == 1))
			return broken(g, err, PTK_E_BADFMT, "sent something else than the description it was asked for");
		r = append(g, t, g->reply + 1, g->len - 1, err);
		if (r < 0 || g->reply[0] == 'l')
			return r;
	}
}

int ptk_gdb_annex_(struct ptk_gdb *g, const char *annex, char **text, size_t *len, struct ptk_err *err)
{
	struct text t = {0};
	int r = read_annex(g, annex, &t, err);
	if (r < 0) {
		free(t.p);
		return r;
	}
	*text = t.p;
	*len = t.n;
	return 0;
}

static int read_monitor(struct ptk_gdb *g, const char *command, struct text *t, struct ptk_err *err)
{
	char question[256] = "qRcmd,";
	size_t n = 6;
	for (const char *p = command; *p && n + 3 < sizeof question; p++)
		n += (size_t)snprintf(question + n, sizeof question - n, "%02x", (unsigned char)*p);
	int r = ptk_gdb_ask_(g, question, err);
	/* What it prints comes in packets "O" and digits, then "OK". */
	while (r >= 0 && g->len > 1 && g->reply[0] == 'O' && g->reply[1] != 'K') {
		size_t bytes = (g->len - 1) / 2;
		if (!ptk_gdb_unhex_(g->reply + 1, bytes, g->raw))
			return broken(g, err, PTK_E_BADFMT, "sent a monitor's answer that is not text");
		r = append(g, t, (const char *)g->raw, bytes, err);
		if (r >= 0)
			r = answer(g, "", 0, err);
	}
	if (r >= 0 && strcmp(g->reply, "OK") != 0)
		return ptk_err_set_(err, PTK_E_NOTSUP, "the gdb stub has no monitor");
	return r < 0 ? r : append(g, t, "", 0, err);
}

int ptk_gdb_monitor_(struct ptk_gdb *g, const char *command, char **text, struct ptk_err *err)
{
	struct text t = {0};
	int r = read_monitor(g, command, &t, err);
	if (r < 0) {
		free(t.p);
		return r;
	}
	*text = t.p;
	return 0;
}

/* ---- coming and going ---- */

void ptk_gdb_detach_(struct ptk_gdb *g)
{
	static const char detach[] = "$D#44";
	int64_t end = ptk_gdb_now_() + FAREWELL_MS;
	if (g->fd < 0)
		return;
	g->until = end;
	if (send_all(g, detach, sizeof detach - 1, end, NULL) < 0)
		return;
	/* Read until the answer, or QEMU, which may be writing to us still, would see the end before the packet. */
	for (int i = 0; i < 4 * WINDOW; i++) {
		int r = next_packet(g, false, end, NULL);
		if (r < 0 || (r == GOOD && strcmp(g->reply, "OK") == 0))
			break;
	}
	send_all(g, "+", 1, end, NULL);
}

void ptk_gdb_close_(struct ptk_gdb *g)
{
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
}

/* Connect fd, which does not block. */
static int try_address(int fd, const struct sockaddr *a, socklen_t n, int64_t end)
{
	if (connect(fd, a, n) == 0)
		return 0;
	if (errno != EINPROGRESS && errno != EINTR)
		return errno;
	int failed = 0;
	socklen_t size = sizeof failed;
	if (!wait_for(fd, POLLOUT, end))
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) < 0 ? errno : failed;
}

static int connected(struct ptk_gdb *g, int fd, const char *where, int failed, struct ptk_err *err)
{
	if (failed) {
		if (fd >= 0)
			close(fd);
		return ptk_err_sys_(err, failed == ETIMEDOUT ? PTK_E_TIMEOUT : PTK_E_IO, failed, "cannot connect to the gdb stub at %s",
		                    where);
	}
	g->fd = fd;
	return 0;
}

static int connect_path(struct ptk_gdb *g, const char *path, struct ptk_err *err)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof a.sun_path)
		return ptk_err_set_(err, PTK_E_INVAL, "the path of a socket has less than %zu bytes: %s", sizeof a.sun_path, path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int failed = fd < 0 ? errno : try_address(fd, (struct sockaddr *)&a, sizeof a, deadline(g));
	return connected(g, fd, path, failed, err);
}

static int connect_host(struct ptk_gdb *g, const char *host, const char *port, const char *where, struct ptk_err *err)
{
	const struct addrinfo want = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
	struct addrinfo *list;
	int r = getaddrinfo(*host ? host : "localhost", port, &want, &list);
	if (r != 0)
		return ptk_err_set_(err, PTK_E_IO, "cannot connect to the gdb stub at %s: %s", where, gai_strerror(r));
	int fd = -1, failed = ECONNREFUSED, one = 1;
	int64_t end = deadline(g);
	for (struct addrinfo *a = list; a && failed; a = a->ai_next) {
		if (fd >= 0)
			close(fd);
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		failed = fd < 0 ? errno : try_address(fd, a->ai_addr, a->ai_addrlen, end);
	}
	freeaddrinfo(list);
	if (!failed)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return connected(g, fd, where, failed, err);
}

int ptk_gdb_connect_(struct ptk_gdb *g, const char *where, struct ptk_err *err)
{
	g->fd = -1;
	if (strchr(where, '/'))
		return connect_path(g, where, err);
	CLEANUP_FREE char *host = strdup(where);
	if (!host)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot connect to the gdb stub at %s", where);
	char *colon = strrchr(host, ':'), *name = host;
	if (!colon || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return ptk_err_set_(err, PTK_E_INVAL, "\"%s\" is not HOST:PORT, :PORT or the /path of a socket", where);
	*colon = 0;
	if (*name == '[' && colon[-1] == ']') {
		colon[-1] = 0;
		name++;
	}
	return connect_host(g, name, colon + 1, where, err);
}
