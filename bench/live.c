// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A full dump of a running guest's kernel, from connecting to letting it go. PTKIT_BENCH_GUEST names it, for instance
 * qmp:/tmp/guest.qmp of
 *   qemu-system-aarch64 -M virt,memory-backend=ram -cpu cortex-a72 -m 4G -object memory-backend-memfd,id=ram,size=4G,share=on
 *     -qmp unix:/tmp/guest.qmp,server=on,wait=off -kernel Image -append rodata=full ...
 */
#include "bench.h"

#define ROUNDS 15
#define TARGET_MS 50.0

struct took {
	double open, find, print, close;
};

static double total(const struct took *t)
{
	return t->open + t->find + t->print + t->close;
}

static int keep(void *arg, const char *text, size_t len)
{
	(void)text;
	*(size_t *)arg += len;
	return 0;
}

static void dump(const char *source, struct took *t, size_t *bytes, struct ptk_walk_stats *stats)
{
	struct ptk_err err = {0};
	struct ptk_mem *mem;
	struct ptk_linux *lx;
	const struct ptk_ptdump_opts opts = {0};
	double at[5] = {now()};
	*bytes = 0;
	if (ptk_mem_open(source, NULL, &mem, &err) < 0)
		fail(source, &err);
	at[1] = now();
	if (ptk_linux_open(mem, NULL, &lx, &err) < 0)
		fail("no Linux", &err);
	at[2] = now();
	if (ptk_linux_ptdump(lx, PTK_TABLE_KERNEL, &opts, keep, bytes, stats, &err) < 0)
		fail("ptdump", &err);
	at[3] = now();
	ptk_linux_close(lx);
	ptk_mem_close(mem);
	at[4] = now();
	*t = (struct took){at[1] - at[0], at[2] - at[1], at[3] - at[2], at[4] - at[3]};
}

int main(void)
{
	const char *source = getenv("PTKIT_BENCH_GUEST");
	struct took best = {0}, t;
	struct ptk_walk_stats stats = {0};
	size_t bytes = 0;
	if (!source) {
		puts("left out: PTKIT_BENCH_GUEST names no guest (such as qmp:/tmp/guest.qmp; bench/live.c says how to start one)");
		return 0;
	}
	for (int i = 0; i < ROUNDS; i++) {
		dump(source, &t, &bytes, &stats);
		if (i == 0 || total(&t) < total(&best))
			best = t;
	}
	printf("a kernel's whole text, %zu bytes from %llu tables: %.1f ms (target %.0f)%s\n", bytes, (unsigned long long)stats.tables,
	       total(&best) * 1e3, TARGET_MS, total(&best) * 1e3 < TARGET_MS ? "" : "  MISSED");
	printf("connecting, stopping, mapping %.2f ms, finding the kernel %.2f ms, walking and printing %.2f ms, letting go %.2f ms\n",
	       best.open * 1e3, best.find * 1e3, best.print * 1e3, best.close * 1e3);
	return 0;
}
