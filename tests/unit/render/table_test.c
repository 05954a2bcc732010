// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "collect.h"

static void plain(void)
{
	struct text t;
	struct ptk_range range[] = {
		leaf(0x1000, 0x2000, 0x5000, RW | PTK_A_GLOBAL, 0),
		leaf(UINT64_C(0xffff800000000000), 0x200000, 0x200000, RWX | PTK_A_UR | PTK_A_ACCESSED, 1),
		absent(UINT64_C(0xffff900000000000), 0x1000, "swap"),
		absent(UINT64_C(0xffff900000001000), 0x1000, "not present: all of it"),
		unreadable(UINT64_C(0xffffa00000000000), 0x200000),
	};
	struct ptk_render_opts opts = {.title = "picture", .region = region, .region_arg = (char[]){"vmalloc\x1b"}};
	is_str(render(&t, "table", &opts, range, 5),
	       "picture\n"
	       "virtual                                   size  page  physical     krn usr  memory          flags     "
	       "region\n"
	       "0x0000000000001000-0x0000000000002fff       8K    4K  0x000005000  rw- ---  write-back      G\n"
	       "0xffff800000000000-0xffff8000001fffff       2M    2M  0x000200000  rwx r--  write-back      A         "
	       "vmalloc?\n"
	       "0xffff900000000000-0xffff900000000fff       4K    4K  not present: swap                               "
	       "vmalloc?\n"
	       "0xffff900000001000-0xffff900000001fff       4K    4K  not present: all of it                          "
	       "vmalloc?\n"
	       "0xffffa00000000000-0xffffa000001fffff       2M    2M  unreadable                                      "
	       "vmalloc?\n"
	       "\n"
	       "5 ranges, 2M mapped: 8K in 4K pages, 2M in 2M pages\n"
	       "the kernel may both write and execute 2M\n"
	       "G global, A accessed\n",
	       "the whole of it");
	is_str(render(&t, "table", NULL, NULL, 0),
	       "virtual                                   size  page  physical     krn usr  memory          flags\n"
	       "\n"
	       "0 ranges, 0K mapped\n",
	       "nothing");
}

static void colours(void)
{
	struct text t;
	struct ptk_render_opts opts = {.colour = true};
	struct ptk_range range[] = {leaf(0, 0x1000, 0, RWX, 0), leaf(0x1000, 0x1000, 0, PTK_A_KR | PTK_A_KX, 0),
	                            leaf(0x2000, 0x1000, 0, RW | PTK_A_UR, 0), leaf(0x3000, 0x1000, 0, RW, 0)};
	range[3].attr.mem = PTK_MEM_UC;
	has_str(render(&t, "table", &opts, range, 4), "\033[1;31mrwx ---\033[0m", "written and executed: red");
	has_str(t.buf, "\033[32mr-x ---", "code: green");
	has_str(t.buf, "\033[33mrw- r--", "reached by user code: yellow");
	has_str(t.buf, "\033[36muncached", "devices: cyan");
}

/* A contiguous run is one page to the TLB: arm64's 16 x 4K, riscv's NAPOT, arm's large pages. */
static void runs(void)
{
	struct text t = {0};
	struct ptk_regime r;
	struct ptk_render *rd;
	struct ptk_range range = leaf(0, 0x40000, 0, RW | PTK_A_CONT, 0);
	if (ptk_regime_parse("arm64-4k-48", &r, NULL) < 0 ||
	    ptk_render_begin("table", &r, NULL, collect, &t, &rd, NULL) < 0)
		bail("cannot begin");
	ptk_render_range(rd, &range);
	range = leaf(0x40000, UINT64_C(5) << 40, 0, RW, 3);
	ptk_render_range(rd, &range);
	ptk_render_end(rd);
	has_str(t.buf, " 256K   64K  ", "its size stands in the page column");
	has_str(t.buf, "2 ranges, 5T mapped: 256K in 4K pages, 5T in 512G pages", "sums");
}

static void keys(void)
{
	struct text t;
	struct ptk_range range = leaf(0, 0x1800, 0, RW | PTK_A_UR | PTK_A_GLOBAL | PTK_A_DIRTY, 0);
	range.attr.key = 12;
	has_str(render(&t, "table", NULL, &range, 1), " GDk12\n", "a protection key");
	has_str(t.buf, "\nG global, D dirty, kN protection key N\n", "and what it means");
	has_str(t.buf, "1 range, 6K mapped", "one range");
	range.last = 0x17ffff;
	has_str(render(&t, "table", NULL, &range, 1), "1.5M mapped", "a digit after the point where it says something");
}

/* One page over and over, as read faults map the zero page: the physical address is not the start of a stretch. */
static void repeats(void)
{
	struct text t;
	struct ptk_range range = leaf(0x1000, 0x4000, 0x5000, PTK_A_KR | PTK_A_UR | PTK_A_ACCESSED, 0);
	range.repeat = true;
	has_str(render(&t, "table", NULL, &range, 1), " A=\n", "a repeated page is marked");
	has_str(t.buf, "\nA accessed, = each page is the same one\n", "and the mark explained");
	range.repeat = false;
	ok(!strstr(render(&t, "table", NULL, &range, 1), "="), "no mark and no word where there is none");
}

int main(void)
{
	plain();
	colours();
	runs();
	keys();
	repeats();
	return done();
}
