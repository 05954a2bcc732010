/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A writer that keeps the text, and ranges to render. */
#ifndef TESTS_RENDER_COLLECT_H
#define TESTS_RENDER_COLLECT_H

#include <ptkit/render.h>

#include "tap.h"

struct text {
	size_t len, calls, fail_at; /* fail the call of this number, from 1; 0: never */
	char buf[128 * 1024];
};

static inline int collect(void *arg, const char *text, size_t len)
{
	struct text *t = arg;
	if (++t->calls == t->fail_at)
		return PTK_E_IO;
	if (len >= sizeof t->buf - t->len)
		bail("the collected text is too long");
	memcpy(t->buf + t->len, text, len);
	t->len += len;
	t->buf[t->len] = 0;
	return 0;
}

/* A regime of one's own: what formats read of it, so that these tests need no architecture but for its name. */
static inline struct ptk_regime x86(void)
{
	struct ptk_regime r;
	if (ptk_regime_parse("x86-64,pa=36", &r, NULL) < 0)
		bail("x86-64 is not a regime");
	return r;
}

static inline struct ptk_range leaf(uint64_t first, uint64_t size, uint64_t pa, uint32_t flags, int level)
{
	return (struct ptk_range){.first = first,
	                          .last = first + size - 1,
	                          .pa = pa,
	                          .kind = PTK_LEAF,
	                          .level = (uint8_t)level,
	                          .attr = {.flags = flags, .mem = PTK_MEM_WB}};
}

static inline struct ptk_range absent(uint64_t first, uint64_t size, const char *why)
{
	return (struct ptk_range){
		.first = first, .last = first + size - 1, .pa = UINT64_MAX, .kind = PTK_NOT_PRESENT, .why = why};
}

static inline struct ptk_range unreadable(uint64_t first, uint64_t size)
{
	return (struct ptk_range){.first = first,
	                          .last = first + size - 1,
	                          .pa = UINT64_MAX,
	                          .kind = PTK_LEAF,
	                          .level = 1,
	                          .unreadable = true};
}

/* The text of some ranges in a format. */
static inline const char *render(struct text *t, const char *format, const struct ptk_render_opts *opts,
	                         const struct ptk_range *range, size_t n)
{
	struct ptk_regime r = x86();
	struct ptk_render *rd;
	memset(t, 0, sizeof *t);
	if (ptk_render_begin(format, &r, opts, collect, t, &rd, NULL) < 0)
		bail("cannot begin %s", format);
	for (size_t i = 0; i < n; i++)
		ptk_render_range(rd, &range[i]);
	ptk_render_end(rd);
	return t->buf;
}

/* Region names with all that a format must not let through. */
static inline const char *region(void *arg, uint64_t va)
{
	return va < 0x10000 ? NULL : arg;
}

#define RW (PTK_A_KR | PTK_A_KW)
#define RWX (RW | PTK_A_KX)

#endif
