// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The kernel's text: 64 GiB mapped by 4K pages (128 MiB of tables) printed as the kernel would, against a plain loop
 * that sums the same bytes. The limit is memory bandwidth. Then every second page mapped otherwise: a line each, the
 * worst a table can ask for; there the limit is formatting.
 */
#include "bench.h"

#include "linux/ptdump.h"

#define PAGES (UINT64_C(64) << 30 >> 12)
#define ROUNDS 25
#define TARGET 0.5

struct job {
	struct picture p;
	struct ptk_linux lx;
	uint64_t bytes, lines;
	uint64_t sum;
};

static void sum(void *arg)
{
	struct job *job = arg;
	const uint64_t *at = picture_at(&job->p, job->p.first);
	uint64_t total = 0;
	for (size_t i = 0; i < job->p.used / 8; i++)
		total += at[i];
	job->sum += total;
}

static int count(void *arg, const char *text, size_t n)
{
	struct job *job = arg;
	job->bytes += n;
	for (const char *p = text, *end = text + n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		job->lines++;
	return 0;
}

static void text(void *arg)
{
	struct job *job = arg;
	struct ptk_err err = {0};
	const struct ptk_ptdump_opts o = {.version = "6.12"};
	job->bytes = job->lines = 0;
	if (ptk_linux_ptdump(&job->lx, PTK_TABLE_KERNEL, &o, count, job, NULL, &err) < 0)
		fail("ptdump", &err);
}

static void space(enum lx_arch arch, const char *regime, uint64_t va, bool striped)
{
	static const struct ptk_marker marker[] = {{0, "start", 0}};
	struct job job = {.lx = {.arch = arch}};
	picture_open(&job.p, regime, UINT64_C(0x100000000), UINT64_C(136) << 20);
	const uint64_t page = page_value(&job.p.s.regime), nx = UINT64_C(1) << (arch == LX_X86 ? 63 : 53);
	for (uint64_t i = 0; i < PAGES; i++)
		*picture_entry(&job.p, va + (i << 12), 0) = page + (i << 12) + (striped && i % 2 ? nx : 0);
	job.lx.mem = job.p.s.mem;
	job.lx.info = (struct ptk_linux_info){.regime = job.p.s.regime, .marker = marker, .nmarkers = 1};
	job.lx.table[PTK_TABLE_KERNEL] = (struct lx_table){.known = true, .root = job.p.s.root, .regime = job.p.s.regime};
	struct contest c[] = {{"sum", sum, &job, 0}, {"text", text, &job, 0}};
	contest(c, 2, striped ? 3 : ROUNDS);
	const double mib = (double)job.p.used / (1 << 20), ratio = c[0].best / c[1].best;
	printf("%-12s %-8s %8llu lines  %7.1f MiB  sum %7.2f ms %6.2f GB/s  text %7.2f ms", regime,
	       striped ? "striped" : "plain", (unsigned long long)job.lines, mib, c[0].best * 1e3,
	       mib / 1024 / c[0].best * 1.073741824, c[1].best * 1e3);
	if (striped)
		printf("  %.1f ns a line, %.2f GB/s of text\n", c[1].best / (double)job.lines * 1e9,
		       (double)job.bytes / c[1].best / 1e9);
	else
		printf("  %.2f of the sum (target %.2f)%s\n", ratio, TARGET, ratio < TARGET ? "  MISSED" : "");
	if (job.sum == 1)
		puts("(the sum is used)");
	picture_close(&job.p);
}

int main(void)
{
	puts("printing 64 GiB mapped by 4K pages as the kernel would, against a loop that sums the tables");
	space(LX_ARM64, "arm64-4k-48", UINT64_C(0xffff000000000000), false);
	space(LX_X86, "x86-64", UINT64_C(0xffff888000000000), false);
	puts("the same with a line a page: bound by formatting 16 Mi lines, not by scanning");
	space(LX_ARM64, "arm64-4k-48", UINT64_C(0xffff000000000000), true);
	space(LX_X86, "x86-64", UINT64_C(0xffff888000000000), true);
	return 0;
}
