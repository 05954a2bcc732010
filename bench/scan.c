// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Scanning: 64 GiB mapped by 4K pages (128 MiB of tables) listed as ranges, against a plain loop that sums
 * the same bytes. The limit is memory bandwidth.
 */
#include "bench.h"

#define PAGES (UINT64_C(64) << 30 >> 12)
#define ROUNDS 9
#define TARGET 0.5

struct job {
	struct picture p;
	uint64_t ranges;
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

static int count(void *arg, const struct ptk_range *range)
{
	(void)range;
	++*(uint64_t *)arg;
	return 0;
}

static void ranges(void *arg)
{
	struct job *job = arg;
	const struct ptk_range_opts o = {0};
	job->ranges = 0;
	if (ptk_ranges(&job->p.s, &o, count, &job->ranges, NULL, NULL) < 0)
		fail("ranges", NULL);
}

/* One space: physical addresses as one stretch, or every page somewhere else (then each is a range to report). */
static void space(const char *regime, uint64_t va, bool scattered)
{
	struct job job = {0};
	picture_open(&job.p, regime, UINT64_C(0x100000000), UINT64_C(136) << 20);
	const uint64_t page = page_value(&job.p.s.regime);
	for (uint64_t i = 0; i < PAGES; i++) {
		/* An odd multiplier permutes the frames. */
		uint64_t frame = scattered ? (i * 0x9e3779b1) % PAGES : i;
		*picture_entry(&job.p, va + (i << 12), 0) = page + (frame << 12);
	}
	struct contest c[] = {{"sum", sum, &job, 0}, {"ranges", ranges, &job, 0}};
	contest(c, 2, scattered ? 3 : ROUNDS);
	const double mib = (double)job.p.used / (1 << 20), ratio = c[0].best / c[1].best;
	printf("%-12s %-10s %8llu ranges  %7.1f MiB  sum %7.2f ms %6.2f GB/s  ranges %7.2f ms %6.2f GB/s", regime,
	       scattered ? "scattered" : "contiguous", (unsigned long long)job.ranges, mib, c[0].best * 1e3,
	       mib / 1024 / c[0].best * 1.073741824, c[1].best * 1e3, mib / 1024 / c[1].best * 1.073741824);
	if (scattered)
		printf("  %.2f of the sum, %.1f ns a range\n", ratio, c[1].best / (double)job.ranges * 1e9);
	else
		printf("  %.2f of the sum (target %.2f)%s\n", ratio, TARGET, ratio < TARGET ? "  MISSED" : "");
	if (job.sum == 1)
		puts("(the sum is used)");
	picture_close(&job.p);
}

int main(void)
{
	puts("listing the ranges of 64 GiB mapped by 4K pages, against a loop that sums the tables");
	space("arm64-4k-48", UINT64_C(0xffff000000000000), false);
	space("x86-64", UINT64_C(0xffff888000000000), false);
	puts("the same with every page a range of its own: bound by reporting 16 Mi ranges, not by scanning");
	space("arm64-4k-48", UINT64_C(0xffff000000000000), true);
	space("x86-64", UINT64_C(0xffff888000000000), true);
	return 0;
}
