// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/gdb_remote.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "mem/dial.h"

#define MAX_TEXT ((size_t)4 << 20) /* of a description or a monitor's answer; a system with every device has some 100 KiB */
#define RETRIES 3
#define WINDOW 32 /* requests on their way: their answers fit the buffers of any socket, so neither side waits for the other */
#define FAREWELL_MS 1000

static int64_t deadline(const struct ptk_gdb *g)
{
	int64_t end = ptk_dial_now_() + g->timeout_ms;
	return g->until && g->until < end ? g->until : end;
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
			if (!ptk_dial_wait_(g->fd, POLLOUT, end))
				return late(g, err);
		} else if (r == 0 || errno != EINTR) {
			g->broken = true;
			return ptk_err_sys_(err, PTK_E_IO, errno, "cannot write to the gdb stub");
		}
	}
	return 0;
}

/* Wait until there is a byte that was not taken yet. */
static int fill(struct ptk_gdb *g, int64_t end, struct ptk_err *err)
{
	while (g->at == g->filled) {
		ssize_t r = recv(g->fd, g->in, sizeof g->in, MSG_DONTWAIT);
		if (r == 0)
			return broken(g, err, PTK_E_IO, "closed the connection");
		if (r > 0) {
			g->at = 0;
			g->filled = (size_t)r;
			if (ptk_dial_now_() > end) /* bytes that never make a packet are late too */
				return late(g, err);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (!ptk_dial_wait_(g->fd, POLLIN, end))
				return late(g, err);
		} else if (errno != EINTR) {
			g->broken = true;
			return ptk_err_sys_(err, PTK_E_IO, errno, "cannot read from the gdb stub");
		}
	}
	return 0;
}

static int next_byte(struct ptk_gdb *g, int64_t end, struct ptk_err *err)
{
	int r = fill(g, end, err);
	return r < 0 ? r : g->in[g->at++];
}

/* One more than the value of a digit; 0: not a digit. */
static const uint8_t digits[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static int digit(int c)
{
	return digits[c & 255] - 1;
}

/* Memory comes this way: nothing but two look-ups a byte, and one test at the end. */
bool ptk_gdb_unhex_(const char *text, size_t n, uint8_t *out)
{
	const uint8_t *p = (const uint8_t *)text;
	unsigned bad = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned hi = digits[p[2 * i]], lo = digits[p[2 * i + 1]];
		bad |= (hi - 1) | (lo - 1);
		out[i] = (uint8_t)((hi - 1) << 4 | (lo - 1));
	}
	return bad < 16;
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
	if (n <= room && !memchr(raw, '*', n) && !memchr(raw, '}', n)) {
		memcpy(out, raw, n);
		return (int)n;
	}
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

/* What is between $ and #, which is taken too, into raw. A $ amid it is the start of another: what came before was cut. */
static int until_end(struct ptk_gdb *g, size_t *n, int64_t end, struct ptk_err *err)
{
	for (*n = 0;;) {
		int r = fill(g, end, err);
		if (r < 0)
			return r;
		const uint8_t *p = g->in + g->at, *stop = memchr(p, '#', g->filled - g->at);
		size_t len = stop ? (size_t)(stop - p) : g->filled - g->at;
		const uint8_t *start = memrchr(p, '$', len);
		g->at += len + (stop != NULL);
		if (start) {
			*n = 0;
			len -= (size_t)(start + 1 - p);
			p = start + 1;
		}
		if (len > sizeof g->raw - *n)
			return broken(g, err, PTK_E_LIMIT, "sent a packet longer than any should be");
		memcpy(g->raw + *n, p, len);
		*n += len;
		if (stop)
			return 0;
	}
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
	if ((c = until_end(g, &n, end, err)) < 0)
		return c;
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

/* Where in a list of blocks one is: what to ask for next, or what the next answer is to. */
struct cursor {
	size_t block, at;
};

struct window {
	struct ptk_gdb_block *block;
	size_t n, chunk;
	struct cursor asked, got;
	unsigned waiting; /* answers that are on their way */
};

/* The next piece of the list, at most a chunk; 0: its end. */
static size_t step(const struct window *w, struct cursor *c)
{
	while (c->block < w->n && c->at == w->block[c->block].len) {
		c->block++;
		c->at = 0;
	}
	size_t left = c->block < w->n ? w->block[c->block].len - c->at : 0;
	return left < w->chunk ? left : w->chunk;
}

/*
 * Keep the other side busy: questions go out while half of the answers to earlier ones are still to come. An
 * acknowledgement of the answer goes out with its question: a stream brings what was sent, or breaks.
 */
static int request(struct ptk_gdb *g, struct window *w, int64_t end, struct ptk_err *err)
{
	char out[WINDOW * 48], question[40];
	size_t n = 0, part;
	if (w->waiting > WINDOW / 2)
		return 0;
	while (w->waiting < WINDOW && (part = step(w, &w->asked))) {
		snprintf(question, sizeof question, "m%" PRIx64 ",%zx", w->block[w->asked.block].addr + w->asked.at, part);
		n += (size_t)frame(question, out + n, sizeof out - n);
		if (!g->no_ack)
			out[n++] = '+';
		w->asked.at += part;
		w->waiting++;
	}
	return n ? send_all(g, out, n, end, err) : 0;
}

static int take(struct ptk_gdb *g, struct window *w, int64_t end, struct ptk_err *err)
{
	size_t part = step(w, &w->got);
	struct ptk_gdb_block *b = &w->block[w->got.block];
	int r;
	do {
		r = next_packet(g, false, end, err);
		if (r < 0)
			return r;
		if (r == BAD_SUM)
			return broken(g, err, PTK_E_IO, "sent memory whose checksum is wrong");
	} while (is_stop(g));
	if (g->len == 0 || g->reply[0] == 'E' || (g->len < 2 * part && g->len % 2 == 0)) /* fewer bytes: no more can be read */
		b->missing = true;
	else if (g->len != 2 * part || !ptk_gdb_unhex_(g->reply, part, b->buf + w->got.at))
		return broken(g, err, PTK_E_BADFMT, "sent something else than the memory it was asked for");
	w->got.at += part;
	w->waiting--;
	return 0;
}

int ptk_gdb_blocks_(struct ptk_gdb *g, struct ptk_gdb_block *block, size_t n, struct ptk_err *err)
{
	struct window w = {.block = block, .n = n, .chunk = g->packet_max / 2};
	if (g->broken)
		return ptk_err_set_(err, PTK_E_IO, "the connection to the gdb stub was lost");
	for (;;) {
		int64_t end = deadline(g);
		int r = request(g, &w, end, err);
		if (r < 0 || w.waiting == 0)
			return r;
		r = take(g, &w, end, err);
		if (r < 0)
			return r;
	}
}

int ptk_gdb_read_(struct ptk_gdb *g, uint64_t addr, uint8_t *buf, size_t len, struct ptk_err *err)
{
	struct ptk_gdb_block b = {.addr = addr, .buf = buf, .len = len};
	int r = ptk_gdb_blocks_(g, &b, 1, err);
	if (r < 0)
		return r;
	return b.missing ? ptk_err_set_(err, PTK_E_NODATA, "the gdb stub has no memory there") : 0;
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
	int64_t end = ptk_dial_now_() + FAREWELL_MS;
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

int ptk_gdb_connect_(struct ptk_gdb *g, const char *where, struct ptk_err *err)
{
	g->fd = -1;
	return ptk_dial_(where, "the gdb stub", deadline(g), &g->fd, err);
}
