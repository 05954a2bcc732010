// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "render/render.h"

#include "collect.h"

static void rights(void)
{
	char text[8];
	for (unsigned bits = 0; bits < 64; bits++) {
		struct ptk_attr a = {.flags = bits};
		ptk_render_rights(&a, text);
		bool good = strlen(text) == 7 && text[3] == ' ';
		for (unsigned i = 0; i < 6; i++)
			good = good && text[i + (i > 2)] == (bits >> i & 1 ? "rwxrwx"[i] : '-');
		if (!good)
			ok(false, "rights 0x%x: \"%s\"", bits, text);
	}
	struct ptk_attr a = {.flags = RW | PTK_A_UX | PTK_A_GLOBAL};
	ptk_render_rights(&a, text);
	is_str(text, "rw- --x", "rights, kernel first; all 64 in their places");
}

static void sizes(void)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{0, "0B"},
		{1, "1B"},
		{1023, "1023B"},
		{1024, "1K"},
		{4096, "4K"},
		{1280 << 10, "1280K"},
		{1 << 21, "2M"},
		{UINT64_C(130560) << 30, "130560G"},
		{UINT64_C(1) << 40, "1T"},
		{UINT64_C(16324) << 50, "16324P"},
		{UINT64_C(1) << 60, "1E"},
		{UINT64_C(15) << 60, "15E"},
		{UINT64_MAX, "18446744073709551615B"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[24];
		ptk_render_size(rows[i].bytes, text);
		is_str(text, rows[i].text, "size 0x%" PRIx64, rows[i].bytes);
	}
}

static void registry(void)
{
	struct text t = {0};
	struct ptk_regime r = x86();
	struct ptk_render *rd = NULL;
	struct ptk_err err = {0};
	ok(!ptk_render_name(1000) && !ptk_render_about(1000), "past the last");
	is_int(ptk_render_begin("jsno", &r, NULL, collect, &t, &rd, &err), PTK_E_UNKNOWN, "an unknown format");
	has_str(err.msg, "did you mean json", "with the near ones");
	ok(!rd, "and the handle is untouched");
	is_int(ptk_render_end(NULL), 0, "ending nothing");
}

/* Lines longer than the handle's buffer arrive whole. */
static void long_text(void)
{
	static char name[5000];
	struct text t;
	memset(name, 'n', sizeof name - 1);
	struct ptk_render_opts opts = {.region = region, .region_arg = name};
	struct ptk_range range = leaf(0x10000, 0x1000, 0, RW, 0);
	const char *text = strchr(render(&t, "csv", &opts, &range, 1), 'n');
	ok(text && strstr(text, name), "a region name of 5000 letters");
}

static void flags(void)
{
	is_str(ptk_render_flag(PTK_A_GLOBAL), "global", "a flag's name");
	is_str(ptk_render_flag(PTK_A_UW), "user write", "a right's name");
	ok(!ptk_render_flag(0) && !ptk_render_flag(PTK_A_UW | PTK_A_UR) && !ptk_render_flag(1u << 31),
	   "no flag, no name");
	uint32_t seen = 0;
	for (unsigned bit = 0; bit < 14; bit++)
		seen |= ptk_render_flag(1u << bit) ? 1u << bit : 0;
	is_u64(seen, 0x3fff, "every flag of the interface has a name");
}

int main(void)
{
	rights();
	sizes();
	flags();
	registry();
	long_text();
	return done();
}
