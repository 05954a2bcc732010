// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
// Requests and answers on a console that the kernel may print on at any moment.
//
// A request is a line "NUMBER WORD...". Answers are lines "@CRC TEXT" where CRC is the CRC-32 of TEXT in eight hex digits;
// TEXT is "NUMBER data OFFSET BASE64", "NUMBER ok ..." or "NUMBER no ERRNO WORDS". A line that something else got into
// has a wrong CRC and is asked for again, by whoever asks.
#include "lab.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE 768

uint32_t wire_crc(const void *data, size_t n)
{
	static const uint32_t nibble[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
					    0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
					    0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
	const unsigned char *p = data;
	uint32_t crc = ~0u;

	while (n--) {
		crc ^= *p++;
		crc = crc >> 4 ^ nibble[crc & 15];
		crc = crc >> 4 ^ nibble[crc & 15];
	}
	return ~crc;
}

static void put(const char *text, size_t n)
{
	ssize_t w;

	while (n && (w = write(1, text, n)) > 0) {
		text += w;
		n -= w;
	}
}

static void line(const char *text, size_t n)
{
	static char out[2 * PIECE + 64];
	int head = snprintf(out, sizeof(out), "\n@%08x ", wire_crc(text, n));

	memcpy(out + head, text, n);
	out[head + n] = '\n';
	put(out, head + n + 1);
}

void wire_ok(unsigned id, const char *format, ...)
{
	static char text[PIECE];
	int n = snprintf(text, sizeof(text), "%u ok ", id);
	va_list ap;

	va_start(ap, format);
	n += vsnprintf(text + n, sizeof(text) - n, format, ap);
	va_end(ap);
	line(text, n);
}

void wire_fail(unsigned id, int error)
{
	static char text[PIECE];

	line(text, snprintf(text, sizeof(text), "%u no %d %s", id, error, strerror(error)));
}

static size_t base64(char *out, const unsigned char *p, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *start = out;
	uint32_t v;

	for (; n; n -= n < 3 ? n : 3, p += 3) {
		v = (uint32_t)p[0] << 16 | (n > 1 ? p[1] << 8 : 0) | (n > 2 ? p[2] : 0);
		*out++ = digit[v >> 18];
		*out++ = digit[v >> 12 & 63];
		*out++ = n > 1 ? digit[v >> 6 & 63] : '=';
		*out++ = n > 2 ? digit[v & 63] : '=';
	}
	return out - start;
}

void wire_data(unsigned id, const char *data, size_t at, size_t n)
{
	static char text[2 * PIECE + 32];
	size_t end = at + n, piece;
	int head;

	for (; at < end; at += piece) {
		piece = end - at < PIECE ? end - at : PIECE;
		head = snprintf(text, sizeof(text), "%u data %zu ", id, at);
		line(text, head + base64(text + head, (const unsigned char *)data + at, piece));
	}
	wire_ok(id, "%zu", n);
}

void wire_greet(void)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};

	do
		wire_ok(0, "ready");
	while (poll(&in, 1, 3000) == 0);
}

static size_t get_line(char *text, size_t size)
{
	size_t n = 0;
	char c;

	for (;;) {
		if (read(0, &c, 1) != 1) {
			usleep(10000);
			continue;
		}
		if (c == '\n' || c == '\r')
			break;
		if (n + 1 < size)
			text[n++] = c;
	}
	text[n] = 0;
	return n;
}

unsigned wire_request(char *word[MAX_WORDS])
{
	static char text[1024];
	char *rest, *save = NULL;
	unsigned id;
	int n;

	for (;;) {
		if (!get_line(text, sizeof(text)))
			continue;
		id = (unsigned)strtoul(text, &rest, 10);
		n = 0;
		for (char *w = strtok_r(rest, " ", &save); w && n < MAX_WORDS - 1; w = strtok_r(NULL, " ", &save))
			word[n++] = w;
		word[n] = NULL;
		if (n)
			return id;
	}
}
