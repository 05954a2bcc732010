// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The state machine alone, fed by hand. Expected text follows from the kernel's note_page() functions. */
#include "ptdump_lab.h"

#define HOLE 0

static const char *name_of(int level)
{
	static const char *const name[] = {"PTE", "PMD", "PUD", "P4D", "PGD"};
	return level < 0 ? "?" : name[level];
}

struct machine {
	struct lab lab;
	struct ptd d;
};

static void start(struct machine *m, enum lx_arch arch, const char *regime, const struct ptk_marker *marker, size_t n)
{
	memset(m, 0, sizeof *m);
	if (ptk_regime_parse(regime, &m->lab.lx.info.regime, NULL) < 0)
		bail("no regime %s", regime);
	m->d.p = ptk_ptd_profile_(arch, PTD_VERSION(6, 12, 117));
	m->d.r = &m->lab.lx.info.regime;
	m->d.marker = marker;
	m->d.nmarkers = n;
	m->d.to = UINT64_MAX;
	m->d.write = lab_write;
	m->d.arg = &m->lab;
	ptk_ptd_init_(&m->d);
}

static void note(struct machine *m, uint64_t va, int level, uint64_t prot)
{
	struct ptd_note n = {
		.va = va,
		.prot = prot,
		.level = (int8_t)level,
		.name = name_of(level),
		.domain = PTD_NO_DOMAIN,
	};
	ptk_ptd_note_(&m->d, &n);
}

static const char *finish(struct machine *m)
{
	note(m, 0, PTD_FLUSH, HOLE);
	is_int(ptk_ptd_finish_(&m->d), 0, "written");
	return m->lab.text;
}

#define A64_PAGE 0x707 /* valid, table, AttrIndx 1, SH 3, AF */

static void arm64_markers(void)
{
	struct machine m;
	const struct ptk_marker two[] = {{0xffff000000000000, "one", 0}, {0xffff000000002000, "two", 0},
	                                 {0xffff000000002000, "three", 0}};
	start(&m, LX_ARM64, "arm64-4k-48,high", two, 3);
	note(&m, 0xffff000000000000, 0, A64_PAGE);
	note(&m, 0xffff000000001000, 0, A64_PAGE);
	note(&m, 0xffff000000002000, 0, A64_PAGE);
	is_str(finish(&m),
	       "---[ one ]---\n"
	       "0xffff000000000000-0xffff000000002000           8K PTE       RW x  SHD AF                   MEM/NORMAL-TAGGED\n"
	       "---[ two ]---\n"
	       "---[ three ]---\n"
	       "0xffff000000002000-0x0000000000000000   274877906936K PTE       RW x  SHD AF                   MEM/NORMAL-TAGGED\n",
	       "arm64: two equal markers are printed at one note");

	const struct ptk_marker three[] = {{0xffff000000000000, "one", 0}, {0xffff000000001000, "two", 0},
	                                   {0xffff000000001000, "three", 0}, {0xffff000000001000, "four", 0}};
	start(&m, LX_ARM64, "arm64-4k-48,high", three, 4);
	note(&m, 0xffff000000000000, 0, HOLE);
	note(&m, 0xffff000000001000, 0, HOLE);
	note(&m, 0xffff000000002000, 0, HOLE);
	note(&m, 0xffff000000003000, 0, HOLE);
	is_str(finish(&m),
	       "---[ one ]---\n"
	       "0xffff000000000000-0xffff000000001000           4K PTE\n"
	       "---[ two ]---\n"
	       "---[ three ]---\n"
	       "0xffff000000001000-0xffff000000002000           4K PTE\n"
	       "---[ four ]---\n"
	       "0xffff000000002000-0x0000000000000000   274877906936K PTE\n",
	       "arm64: the third of equal markers waits for the next note");

	/* The first note may have reached a marker too: mm/ptdump.c's first note is followed by the second test. */
	start(&m, LX_ARM64, "arm64-4k-48,high", two, 3);
	note(&m, 0xffff000000002000, 2, HOLE);
	is_str(finish(&m),
	       "---[ one ]---\n"
	       "---[ two ]---\n"
	       "0xffff000000002000-0x0000000000000000   274877906936K PUD\n",
	       "arm64: the first note tests one marker");
}

static void riscv_markers(void)
{
	struct machine m;
	const struct ptk_marker list[] = {{0x1000, "one", 0}, {0x2000, "two", 0}, {0x2000, "three", 0}, {0x3000, "four", 0}};
	start(&m, LX_RISCV, "riscv-sv39", list, 4);
	note(&m, 0, 0, 0xcf);
	note(&m, 0x1000, 0, HOLE);
	note(&m, 0x5000, 0, 0xcf);
	is_str(finish(&m),
	       "---[ one ]---\n"
	       "0x0000000000000000-0x0000000000001000    0x0000000000000000         4K PTE .   ..     ..   D A . . X W R V\n"
	       "---[ two ]---\n"
	       "---[ three ]---\n"
	       "---[ four ]---\n"
	       "0x0000000000005000-0x0000000000000000    0x0000000000000000 18014398509481964K PTE .   ..     ..   D A . . X W R V\n",
	       "riscv: holes are not printed, all markers passed are");
}

static void x86_markers(void)
{
	struct machine m;
	const struct ptk_marker list[] = {{0, "one", 0}, {0x3000, "two", 0}, {0x3000, "three", 0}, {0x3000, "four", 0}};
	start(&m, LX_X86, "x86-32", list, 4);
	note(&m, 0x1000, 0, 0x63);
	note(&m, 0x2000, 0, 0x63);
	note(&m, 0x3000, 0, 0x63);
	note(&m, 0x4000, 0, 0x63);
	note(&m, 0x5000, 0, 0x63);
	note(&m, 0x6000, 0, 0x63);
	is_str(finish(&m),
	       "---[ one ]---\n"
	       "0x00000000-0x00003000          12K     RW                     x  PTE\n"
	       "---[ two ]---\n"
	       "0x00003000-0x00004000           4K     RW                     x  PTE\n"
	       "---[ three ]---\n"
	       "0x00004000-0x00005000           4K     RW                     x  PTE\n"
	       "---[ four ]---\n"
	       "0x00005000-0x00000000     4194284K     RW                     x  PTE\n",
	       "x86: one marker a note, and the first line starts at 0");
}

static void x86_max_lines(void)
{
	struct machine m;
	for (unsigned pages = 2; pages <= 5; pages++) {
		char want[1024] = "---[ one ]---\n---[ ESPfix Area ]---\n";
		const struct ptk_marker list[] = {{0, "one", 0}, {0x1000, "ESPfix Area", 2}, {0x10000, "end", 0}};
		start(&m, LX_X86, "x86-32", list, 3);
		note(&m, 0, 0, HOLE);
		for (unsigned i = 0; i < pages; i++)
			note(&m, 0x1000 + i * 0x1000, 0, i % 2 ? 0x61 : 0x63);
		note(&m, 0x10000, 0, 0x63);
		finish(&m);
		strcpy(want, "---[ one ]---\n0x00000000-0x00001000           4K                               PTE\n"
		             "---[ ESPfix Area ]---\n0x00001000-0x00002000           4K     RW                     x  PTE\n");
		strcat(want, pages == 2 ? "0x00002000-0x00010000          56K     ro                     x  PTE\n"
		                        : "0x00002000-0x00003000           4K     ro                     x  PTE\n");
		strcat(want, pages == 3 ? "... 1 entry skipped ... \n" : pages == 4 ? "... 2 entries skipped ... \n" :
		             pages == 5 ? "... 3 entries skipped ... \n" : "");
		strcat(want, "---[ end ]---\n0x00010000-0x00000000     4194240K     RW                     x  PTE\n");
		is_str(m.lab.text, want, "x86: %u lines below a marker that shows two", pages);
	}
}

static void sizes(void)
{
	static const struct {
		uint64_t size;
		const char *arm64, *x86;
	} row[] = {
		{0x1000, "        4K", "        4K"},
		{0x140000, "     1280K", "     1280K"},
		{0x200000, "        2M", "        2M"},
		{0x8000000000, "      512G", "      512G"},
		{0x7f8000000000, "   130560G", "   130560G"},
		{0x8000000000000000, "        8E", "        8E"},
		{0xff10000000000000, "    16324P", "    16324P"},
		{1, "        0E", "        1B"},
		{0, "        0E", "        0E"},
		{1536, "        1K", "     1536B"},
	};
	for (size_t i = 0; i < COUNT(row); i++) {
		static struct machine m;
		char want[64];
		const struct ptk_marker start_marker[] = {{0, "m", 0}};
		start(&m, LX_ARM64, "arm64-4k-48,high", start_marker, 1);
		note(&m, 0, 0, HOLE);
		note(&m, row[i].size, 1, HOLE);
		finish(&m);
		snprintf(want, sizeof want, "   %s PTE\n", row[i].arm64);
		has_str(m.lab.text, want, "arm64 size of 0x%" PRIx64, row[i].size);
		start(&m, LX_X86, "x86-64", start_marker, 1);
		note(&m, 0, 0, HOLE);
		note(&m, row[i].size, 1, HOLE);
		finish(&m);
		snprintf(want, sizeof want, "   %s        ", row[i].x86);
		has_str(m.lab.text, want, "x86 size of 0x%" PRIx64, row[i].size);
	}
}

/* ---- runs ---- */

static uint64_t seed = 1;

static uint64_t chance(uint64_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (seed >> 33) % n;
}

/* A run of notes told at once must leave the same text as the notes told one by one. */
static void runs_law(enum lx_arch arch, const char *regime)
{
	static struct machine one, run;
	unsigned differ = 0;
	for (int round = 0; round < 300; round++) {
		struct ptk_marker list[6] = {{.name = "first"}};
		size_t n = 1 + chance(6);
		for (size_t i = 1; i < n; i++)
			list[i] = (struct ptk_marker){list[i - 1].va + chance(3) * 0x800 * chance(20), "next", (uint32_t)chance(3)};
		start(&one, arch, regime, list, n);
		start(&run, arch, regime, list, n);
		for (uint64_t va = 0; va < 0x100000;) {
			uint64_t span = chance(2) ? 0x1000 : 0x4000, count = 1 + chance(40), prot = chance(3) * 2 + 1;
			int level = span == 0x4000;
			prot = prot == 5 ? 0 : prot;
			for (uint64_t i = 0; i < count; i++)
				note(&one, va + i * span, level, prot);
			note(&run, va, level, prot);
			for (uint64_t i = 0; (i = ptk_ptd_next_(&run.d, va, count, span, i)) < count;)
				note(&run, va + i * span, level, prot);
			va += count * span;
		}
		note(&one, 0, PTD_FLUSH, 0);
		note(&run, 0, PTD_FLUSH, 0);
		ptk_ptd_finish_(&one.d);
		ptk_ptd_finish_(&run.d);
		differ += strcmp(one.lab.text, run.lab.text) != 0;
	}
	is_u64(differ, 0, "%s: runs say the same as single notes", regime);
}

/* ---- window ---- */

static void window(void)
{
	static struct machine m;
	const struct ptk_marker list[] = {{0, "one", 0}, {0x2000, "two", 0}, {0x2000, "three", 0}, {0x6000, "four", 0},
	                                  {0x8000, "five", 0}};
	start(&m, LX_ARM64, "arm64-4k-48", list, 5);
	m.d.from = 0x3000;
	m.d.to = 0x5fff;
	for (unsigned i = 0; i < 12; i++)
		note(&m, i * 0x1000, 0, i / 2 % 2 ? A64_PAGE : HOLE);
	ok(m.d.past, "the machine knows that nothing more will come");
	is_str(finish(&m),
	       "---[ two ]---\n"
	       "---[ three ]---\n"
	       "0x0000000000002000-0x0000000000004000           8K PTE       RW x  SHD AF                   MEM/NORMAL-TAGGED\n"
	       "0x0000000000004000-0x0000000000006000           8K PTE\n",
	       "lines that touch the window, whole, with the markers above them");

	start(&m, LX_ARM64, "arm64-4k-48", list, 5);
	m.d.from = 0x4000;
	m.d.to = 0x4000;
	for (unsigned i = 0; i < 12; i++)
		note(&m, i * 0x1000, 0, i / 2 % 2 ? A64_PAGE : HOLE);
	is_str(finish(&m),
	       "---[ two ]---\n"
	       "---[ three ]---\n"
	       "0x0000000000004000-0x0000000000006000           8K PTE\n",
	       "the markers that head a part of it come first, whether the line below them is wanted or not");

	const struct ptk_marker limited[] = {{0, "one", 1}, {0x4000, "two", 0}};
	start(&m, LX_X86, "x86-32", limited, 2);
	m.d.from = 0x4000;
	m.d.to = 0xffffffff;
	for (unsigned i = 0; i < 6; i++)
		note(&m, i * 0x1000, 0, i % 2 ? 0x61 : 0x63);
	is_str(finish(&m),
	       "---[ two ]---\n"
	       "0x00004000-0x00005000           4K     RW                     x  PTE\n"
	       "0x00005000-0x00000000     4194284K     ro                     x  PTE\n",
	       "lines skipped below a marker that is outside the window are not counted");

	const struct ptk_marker after[] = {{0, "one", 0}, {0x2000, "two", 1}, {0x6000, "three", 0}};
	start(&m, LX_X86, "x86-32", after, 3);
	m.d.from = 0;
	m.d.to = 0xfff;
	for (unsigned i = 0; i < 8; i++)
		note(&m, i * 0x1000, 0, i % 2 ? 0x61 : 0x63);
	is_str(finish(&m), "---[ one ]---\n0x00000000-0x00001000           4K     RW                     x  PTE\n",
	       "on neither side");
}

/* ---- writing ---- */

static int refuse(void *arg, const char *s, size_t n)
{
	++*(int *)arg;
	return PTK_E_IO;
}

static void failing_write(void)
{
	static struct machine m;
	int calls = 0;
	const struct ptk_marker list[] = {{0, "one", 0}};
	start(&m, LX_ARM64, "arm64-4k-48", list, 1);
	m.d.write = refuse;
	m.d.arg = &calls;
	for (uint64_t i = 0; i < 10000; i++)
		note(&m, i * 0x1000, 0, i % 2 ? A64_PAGE : HOLE);
	is_int(ptk_ptd_finish_(&m.d), PTK_E_IO, "what write says comes back");
	is_int(calls, 1, "after a failure nothing more is written");
}

static int count_bytes(void *arg, const char *s, size_t n)
{
	*(size_t *)arg += n;
	return 0;
}

static void long_text(void)
{
	static struct machine m;
	size_t bytes = 0;
	const struct ptk_marker list[] = {{0, "one", 0}};
	start(&m, LX_ARM64, "arm64-4k-48", list, 1);
	m.d.write = count_bytes;
	m.d.arg = &bytes;
	for (uint64_t i = 0; i <= 2000; i++)
		note(&m, i * 0x1000, (int)(i % 2), HOLE);
	ptk_ptd_finish_(&m.d);
	is_u64(bytes, 14 + 2000 * 55, "text longer than the buffer arrives whole");
}

int main(void)
{
	arm64_markers();
	riscv_markers();
	x86_markers();
	x86_max_lines();
	sizes();
	runs_law(LX_ARM64, "arm64-4k-48,high");
	runs_law(LX_RISCV, "riscv-sv39");
	runs_law(LX_X86, "x86-64");
	runs_law(LX_ARM, "arm-lpae");
	window();
	failing_write();
	long_text();
	return done();
}
