// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What every format must do, for every regime. */
#include "../unit/render/collect.h"

/* A range of every kind, at every level that has leaves, with every flag. */
static size_t all_ranges(const struct ptk_regime *r, struct ptk_range *out)
{
	size_t n = 0;
	uint64_t va = 0x20000;
	for (int l = 0; l < r->nlevels; l++)
		for (uint32_t flag = 1; r->level[l].leaf && flag < 1u << 14; flag <<= 1) {
			out[n] = leaf(va, 0x1000, va, flag, l);
			out[n].attr.mem = (uint8_t)(n % PTK_MEM_COUNT_);
			out[n].attr.share = (uint8_t)(n % 4);
			out[n].attr.key = (uint8_t)(n % 3);
			out[n].repeat = n % 5 == 0;
			va = out[n++].last + 1;
		}
	out[n++] = absent(va, 0x1000, "a reason, \"quoted\"");
	out[n++] = absent(va + 0x1000, 0x1000, NULL);
	out[n] = absent(va + 0x2000, 0x1000, "a rule");
	out[n++].kind = PTK_RESERVED;
	out[n++] = unreadable(va + 0x3000, 0x1000);
	return n;
}

static int render_all(struct text *t, const char *format, const struct ptk_regime *r, const struct ptk_range *range,
	              size_t n)
{
	struct ptk_render_opts opts = {
		.title = "a title\x1b[31m\n", .region = region, .region_arg = (char[]){"\x07, \"\n"}};
	struct ptk_render *rd = NULL;
	int rc = ptk_render_begin(format, r, &opts, collect, t, &rd, NULL);
	for (size_t k = 0; rc >= 0 && k < n; k++)
		rc = ptk_render_range(rd, &range[k]);
	int end = ptk_render_end(rd);
	return rc < 0 ? rc : end;
}

/* Nothing of what a picture holds may act on a terminal or end a line early. */
static bool is_plain(const struct text *t)
{
	for (size_t i = 0; i < t->len; i++)
		if (((unsigned char)t->buf[i] < 0x20 && t->buf[i] != '\n') || t->buf[i] == 0x7f)
			return false;
	return strlen(t->buf) == t->len && !strstr(t->buf, "(null)");
}

static void check(const char *format, const char *regime)
{
	static struct ptk_range range[PTK_LEVELS_MAX * 14 + 4];
	static struct text t, again;
	struct ptk_regime r;
	if (ptk_regime_parse(regime, &r, NULL) < 0)
		bail("%s is not a regime", regime);
	size_t n = all_ranges(&r, range), heard = 0;
	t = (struct text){0};
	again = (struct text){0};
	is_int(render_all(&t, format, &r, range, n), 0, "%s, %s: ranges of every kind", format, regime);
	ok(t.len > n * 30 && is_plain(&t), "%s, %s: plain text", format, regime);
	render_all(&again, format, &r, range, n);
	ok(again.len == t.len && strcmp(again.buf, t.buf) == 0, "%s, %s: the same twice", format, regime);
	for (size_t at = 1; at <= t.calls; at++) {
		again = (struct text){.fail_at = at};
		heard += render_all(&again, format, &r, range, n) == PTK_E_IO;
	}
	is_u64(heard, t.calls, "%s, %s: each write that fails is heard", format, regime);
}

int main(void)
{
	const char *format, *regime;
	for (size_t i = 0; (format = ptk_render_name(i)); i++) {
		ok(ptk_render_about(i) && *ptk_render_about(i), "%s: a sentence about it", format);
		for (size_t k = 0; (regime = ptk_regime_name(k)); k++)
			check(format, regime);
	}
	return done();
}
