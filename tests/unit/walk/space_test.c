// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "walk/space.h"

#include "unit/walk/world.h"

/* The window of a regime, as its manual gives it. */
static void whole(const char *regime, uint64_t first, uint64_t last)
{
	struct world w;
	world_open(&w, regime, 1);
	is_u64(w.s.first, first, "%s: first address", regime);
	is_u64(w.s.last, last, "%s: last address", regime);
	world_close(&w);
}

static void refused(void)
{
	struct ptk_regime r;
	struct ptk_space s = {.root = 4711};
	struct ptk_err err = {0};
	if (ptk_regime_parse("x86-64,pa=40", &r, &err) < 0)
		bail("%s", err.msg);
	is_int(ptk_space_init(&s, NULL, &r, 0x1008, &err), PTK_E_INVAL, "a root in the middle of a page");
	has_str(err.msg, "0x1008 is not aligned to 4096", "says what is wanted");
	is_int(ptk_space_init(&s, NULL, &r, UINT64_C(1) << 40, &err), PTK_E_INVAL, "a root beyond the address width");
	has_str(err.msg, "40 physical address bits", "says how many bits there are");
	is_u64(s.root, 4711, "the space is untouched");
	is_int(ptk_space_init(&s, NULL, &r, (UINT64_C(1) << 40) - 4096, &err), 0, "the last page will do");
	if (ptk_regime_parse("x86-pae", &r, &err) < 0)
		bail("%s", err.msg);
	is_int(ptk_space_init(&s, NULL, &r, 0x1020, &err), 0, "PAE: CR3 goes down to 32 bytes");
	is_int(ptk_space_init(&s, NULL, &r, 0x1010, &err), PTK_E_INVAL, "and no further");
}

/* Windows of a space with two halves of 2^47. */
static void windows(void)
{
	static const struct {
		uint64_t from, to, off_from, off_to;
		bool empty;
	} rows[] = {
		{0, 0, 0, 0xffffffffffff, false},
		{0, UINT64_MAX, 0, 0xffffffffffff, false},
		{0x1000, 0x1fff, 0x1000, 0x1fff, false},
		{0x1000, UINT64_C(0x800000000000), 0x1000, 0x7fffffffffff, false},
		{UINT64_C(0x800000000000), UINT64_MAX, UINT64_C(0x800000000000), 0xffffffffffff, false},
		{UINT64_C(0x900000000000), UINT64_MAX, UINT64_C(0x800000000000), 0xffffffffffff, false},
		{UINT64_C(0xffff800000000000), UINT64_C(0xffff800000000fff), UINT64_C(0x800000000000), UINT64_C(0x800000000fff), false},
		{UINT64_C(0x800000000000), UINT64_C(0xffff7fffffffffff), 0, 0, true},
		{0, 1, 0, 1, false},
	};
	struct world w;
	world_open(&w, "x86-64", 1);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct va_window got;
		bool empty;
		is_int(ptk_va_window_(&w.s, rows[i].from, rows[i].to, &got, &empty, NULL), 0, "window %zu", i);
		ok(empty == rows[i].empty, "window %zu: %s", i, rows[i].empty ? "empty" : "not empty");
		if (!empty)
			ok(got.from == rows[i].off_from && got.to == rows[i].off_to, "window %zu: its offsets", i);
		is_u64(va_at(&got, 0x1000), 0x1000, "an offset in the lower half is its address");
		is_u64(va_at(&got, UINT64_C(0x800000001000)), UINT64_C(0xffff800000001000), "one in the upper half is not");
	}
	struct va_window got;
	bool empty;
	is_int(ptk_va_window_(&w.s, 2, 1, &got, &empty, NULL), PTK_E_RANGE, "a window backwards");
	world_close(&w);
}

int main(void)
{
	whole("x86-32", 0, 0xffffffff);
	whole("x86-64", 0, UINT64_MAX);
	whole("riscv-sv32", 0, 0xffffffff);
	whole("riscv-sv39", 0, UINT64_MAX);
	whole("arm64-4k-48,high", UINT64_C(0xffff000000000000), UINT64_MAX);
	whole("arm64-4k-48,low", 0, UINT64_C(0xffffffffffff));
	whole("arm64-64k-52,high", UINT64_C(0xfff0000000000000), UINT64_MAX);
	refused();
	windows();
	return done();
}
