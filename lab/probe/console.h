/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Text out of a PL011, and off. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "probe.h"

static volatile uint32_t *uart;

static void put_char(char c)
{
	while (uart[0x18 / 4] & 1 << 5) /* FR.TXFF */
		;
	uart[0] = (uint8_t)c;
}

static void put_text(const char *s)
{
	while (*s)
		put_char(*s++);
}

static void put_hex(uint64_t v)
{
	int shift = 60;
	put_text("0x");
	while (shift > 0 && !(v >> shift & 15))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put_char("0123456789abcdef"[v >> shift & 15]);
}

static void put_result(const char *name, uint64_t v)
{
	put_char(' ');
	put_text(name);
	put_char('=');
	put_hex(v);
}

#endif
