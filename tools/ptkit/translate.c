// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit translate: many addresses, a line each, at the speed of the library's batch call. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "source.h"

#define BLOCK 4096

struct options {
	struct linux_opts lx;
	struct table_opts table;
};

static const struct opt option_rows[] = {
	TABLE_OPTIONS(struct options, table),
	LINUX_OPTIONS(struct options, lx),
	{0},
};

struct stream {
	struct picture pic;
	struct out *out;
	uint64_t unreadable;
	size_t line; /* the last one parsed, from 1 */
	size_t len;  /* bytes of in */
	size_t n;    /* addresses that wait */
	uint64_t va[BLOCK], pa[BLOCK];
	char in[256 * 1024];
};

/* ---- translating ---- */

/* The addresses of one space among those that wait; the others keep what they have. */
static void translate_part(struct stream *s, const struct ptk_space *space)
{
	static uint64_t va[BLOCK], pa[BLOCK];
	static uint32_t at[BLOCK];
	size_t n = 0, unreadable = 0;
	for (size_t i = 0; i < s->n; i++) {
		if (s->va[i] < space->first || s->va[i] > space->last)
			continue;
		va[n] = s->va[i];
		at[n++] = (uint32_t)i;
	}
	ptk_translate_batch(space, va, n, pa, &unreadable);
	for (size_t i = 0; i < n; i++)
		s->pa[at[i]] = pa[i];
	s->unreadable += unreadable;
}

static void translate(struct stream *s)
{
	size_t unreadable = 0;
	if (s->pic.nspaces == 1) {
		ptk_translate_batch(&s->pic.space[0], s->va, s->n, s->pa, &unreadable);
		s->unreadable += unreadable;
		return;
	}
	for (size_t i = 0; i < s->n; i++)
		s->pa[i] = PTK_NO_PA;
	for (int i = 0; i < s->pic.nspaces; i++)
		translate_part(s, &s->pic.space[i]);
}

/* "0x" and as many digits as it takes; returns the end. */
static char *put_hex(char *p, uint64_t v)
{
	int digits = v ? (67 - __builtin_clzll(v)) / 4 : 1;
	*p++ = '0';
	*p++ = 'x';
	for (int i = digits - 1; i >= 0; i--)
		*p++ = "0123456789abcdef"[v >> 4 * i & 15];
	return p;
}

/* Translate and print what waits. */
static int flush(struct stream *s)
{
	int rc = 0;
	translate(s);
	for (size_t i = 0; i < s->n && rc >= 0; i++) {
		char text[48], *p = put_hex(text, s->va[i]);
		*p++ = ' ';
		if (s->pa[i] == PTK_NO_PA)
			*p++ = '-';
		else
			p = put_hex(p, s->pa[i]);
		*p++ = '\n';
		rc = out_write(s->out, text, (size_t)(p - text));
	}
	s->n = 0;
	return rc;
}

/* ---- reading ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* One address alone on a line, 0x optional. */
static bool parse_line(const char *p, const char *end, uint64_t *out)
{
	while (p < end && blank(*p))
		p++;
	while (end > p && blank(end[-1]))
		end--;
	if (end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x')
		p += 2;
	if (p == end)
		return false;
	uint64_t v = 0;
	for (; p < end; p++) {
		int d = hex_digit(*p);
		if (d < 0 || v >> 60)
			return false;
		v = v << 4 | (uint64_t)d;
	}
	*out = v;
	return true;
}

static int malformed(struct stream *s, const char *p, const char *end)
{
	flush(s);
	out_flush(s->out);
	int n = end - p > 60 ? 60 : (int)(end - p);
	return fail(EXIT_USAGE, "line %zu of standard input is not a hexadecimal address of at most 64 bits: '%.*s'%s",
	            s->line, n, p, n < end - p ? "..." : "");
}

static int take_line(struct stream *s, const char *p, const char *end)
{
	s->line++;
	if (!parse_line(p, end, &s->va[s->n]))
		return malformed(s, p, end);
	if (++s->n == BLOCK && flush(s) < 0)
		return EXIT_SOURCE;
	return 0;
}

/* All lines that are there whole; the rest moves to the front. At the end of the input the rest is a line too. */
static int take_lines(struct stream *s, bool last)
{
	const char *p = s->in, *end = s->in + s->len, *nl;
	int rc = 0;
	while (!rc && (nl = memchr(p, '\n', (size_t)(end - p)))) {
		rc = take_line(s, p, nl);
		p = nl + 1;
	}
	bool rest = p < end && (last || p + sizeof s->in == end);
	if (!rc && rest) {
		rc = take_line(s, p, end);
		p = end;
	}
	s->len = (size_t)(end - p);
	memmove(s->in, p, s->len);
	return rc;
}

/* Answers go out after every read, so that the command also works as one end of a conversation. */
static int translate_all(struct stream *s)
{
	for (;;) {
		ssize_t got = read(STDIN_FILENO, s->in + s->len, sizeof s->in - s->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(EXIT_SOURCE, "cannot read standard input: %s", strerror(errno));
		s->len += (size_t)got;
		int rc = take_lines(s, got == 0);
		if (rc)
			return rc;
		if (flush(s) < 0 || out_flush(s->out) < 0)
			return EXIT_SOURCE;
		if (got == 0)
			break;
	}
	if (s->unreadable)
		return fail(EXIT_PARTS, "%" PRIu64 " address%s no answer: tables on the way could not be read",
		            s->unreadable, s->unreadable == 1 ? " has" : "es have");
	return EXIT_DONE;
}

static int run(struct call *c)
{
	static struct stream s;
	const struct options *o = c->opts;
	s.out = c->out;
	int rc = picture_open(&s.pic, c->arg[0], &o->lx, &o->table);
	if (!rc && picture_fetch(&s.pic))
		ptk_mem_release(s.pic.mem);
	if (!rc)
		rc = translate_all(&s);
	picture_close(&s.pic);
	return rc;
}

static const struct example examples[] = {
	{"echo ffffffff81000000 | ptkit translate vmcore", "where the kernel's first byte is"},
	{"ptkit translate vmcore --table current_user < addresses", "through the tables of the process on the CPU"},
	{0},
};

const struct verb verb_translate = {
	.name = "translate",
	.summary = "virtual addresses on standard input to physical ones on standard output",
	.operands = "[SOURCE]",
	.min_args = 1,
	.max_args = 1,
	.missing = "a SOURCE",
	.any_machine = true,
	.about =
		"Reads one hexadecimal address a line, with or without 0x, and answers each, in order, with \"VA "
		"PA\", or \"VA -\" where nothing is mapped (an address that the tables cannot even reach is such a "
		"one).\n"
		"\n"
		"A line that is not an address ends the work: the answers to the lines before it are printed, a "
		"sentence on standard error names the line, and the exit status is 2. Where a table on the way could "
		"not be read the answer is \"-\" too, and the exit status is 4.",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.run = run,
};
