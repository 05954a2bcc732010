// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Who maps a page: 256 processes of 2048 scattered pages each. All of the cost is in walking them once: a thousand questions
 * shall cost about what one does. The index of everything, for questions that come later, is a second row: what an address
 * takes then, and what a range takes in memory.
 */
#include "bench.h"

#include <malloc.h>

#define SPACES 256
#define PAGES 2048
#define QUESTIONS 1000
#define ROUNDS 7
#define MANY_TARGET 1.3
#define BYTES_TARGET 64.0

static struct job {
	struct picture p;
	struct ptk_space space[SPACES];
	struct ptk_extent ask[QUESTIONS];
	size_t n;
	uint64_t found;
} job;

static int count(void *arg, const struct ptk_stretch *st)
{
	struct job *j = arg;
	j->found += st->times;
	return 0;
}

static void fill(struct job *j)
{
	uint64_t seed = 1;
	picture_open(&j->p, "x86-64", 1 << 20, UINT64_C(160) << 20);
	const uint64_t page = page_value(&j->p.s.regime);
	for (int s = 0; s < SPACES; s++) {
		struct ptk_err err = {0};
		if (s) { /* a root of its own */
			const uint64_t root = j->p.first + j->p.used;
			j->p.used += 4096;
			if (ptk_space_init(&j->p.s, j->p.mem, &j->p.s.regime, root, &err) < 0)
				fail("root", &err);
		}
		j->space[s] = j->p.s;
		for (int i = 0; i < PAGES; i++)
			*picture_entry(&j->p, (rnd(&seed) & 0xffff) << 12, 0) = page + ((rnd(&seed) & 0xfffff) << 12);
	}
	for (int i = 0; i < QUESTIONS; i++)
		j->ask[i].first = j->ask[i].last = (rnd(&seed) & 0xfffff) << 12;
}

static struct ptk_reverse *index_of(struct job *j, bool only)
{
	struct ptk_reverse *rv;
	struct ptk_err err = {0};
	if (ptk_reverse_new(&rv) < 0 || (only && ptk_reverse_only(rv, j->ask, j->n) < 0))
		fail("index", NULL);
	for (int s = 0; s < SPACES; s++)
		if (ptk_reverse_add(rv, &j->space[s], &err) < 0)
			fail("add", &err);
	return rv;
}

static void answer(struct job *j, struct ptk_reverse *rv)
{
	j->found = 0;
	for (size_t i = 0; i < j->n; i++)
		if (ptk_reverse_each(rv, j->ask[i].first, j->ask[i].last, count, j) < 0)
			fail("each", NULL);
}

static void ask(struct job *j, size_t n)
{
	j->n = n;
	struct ptk_reverse *rv = index_of(j, true);
	answer(j, rv);
	ptk_reverse_free(rv);
}

static void ask_one(void *arg)
{
	ask(arg, 1);
}

static void ask_many(void *arg)
{
	ask(arg, QUESTIONS);
}

static void everything(void)
{
	const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
	double start = now();
	struct ptk_reverse *rv = index_of(&job, false);
	job.n = 1;
	answer(&job, rv); /* sorts */
	const double built = now() - start;
	const double bytes = (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before) / (SPACES * PAGES);
	job.n = QUESTIONS;
	start = now();
	answer(&job, rv);
	printf("  index of everything                %7.1f ms, then %.2f us an address\n", built * 1e3,
	       (now() - start) / QUESTIONS * 1e6);
	printf("    memory                           %7.1f bytes a mapped page (target %.0f)%s\n", bytes, BYTES_TARGET,
	       bytes > BYTES_TARGET ? "  MISSED" : "");
	ptk_reverse_free(rv);
}

int main(void)
{
	struct contest c[] = {{"one", ask_one, &job, 0}, {"many", ask_many, &job, 0}};
	fill(&job);
	printf("%d processes of %d pages, %.1f MiB of tables\n", SPACES, PAGES, (double)job.p.used / (1 << 20));
	contest(c, 2, ROUNDS);
	const double ratio = c[1].best / c[0].best;
	printf("  one address                        %7.1f ms\n", c[0].best * 1e3);
	printf("  %d addresses                     %7.1f ms   %.2f of one (target %.1f)%s\n", QUESTIONS, c[1].best * 1e3, ratio,
	       MANY_TARGET, ratio > MANY_TARGET ? "  MISSED" : "");
	everything();
	picture_close(&job.p);
	return 0;
}
