// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What is read ahead must be all that a walk reads: against a mem that answers nothing else. */
#include "mem/mem.h"
#include "world.h"

#define MAX 65536

struct slow {
	struct world *w;
	struct ptk_extent ahead[MAX];
	size_t n, fetches, refused;
	int code; /* what fetching ends with */
	bool open; /* everything can be read */
};

static int fetch(void *arg, const struct ptk_extent *e, size_t n)
{
	struct slow *s = arg;
	s->fetches++;
	for (size_t i = 0; i < n; i++) {
		if (s->n == MAX)
			bail("too many tables");
		if (i && e[i].first <= e[i - 1].last)
			s->refused++; /* out of order */
		s->ahead[s->n++] = e[i];
	}
	return s->code;
}

static int read_ahead_only(void *arg, uint64_t pa, void *buf, size_t len)
{
	struct slow *s = arg;
	bool here = s->open;
	for (size_t i = 0; i < s->n && !here; i++)
		here = s->ahead[i].first <= pa && pa + len - 1 <= s->ahead[i].last;
	s->refused += !here;
	return here ? ptk_mem_read(s->w->mem, pa, buf, len, NULL) : PTK_E_IO;
}

static int ignore(void *arg, const struct ptk_run *run)
{
	(void)arg;
	(void)run;
	return PTK_GO;
}

static struct ptk_mem *slow_mem(struct slow *s)
{
	const struct ptk_mem_info *mi = ptk_mem_info(s->w->mem);
	struct ptk_mem *mem = ptk_mem_alloc_("slow");
	if (!mem || ptk_mem_set_extents_(mem, mi->extent, mi->nextents) < 0)
		bail("no memory");
	mem->ops.read = read_ahead_only;
	mem->fetch = fetch;
	mem->arg = s;
	mem->bounded = true;
	return mem;
}

static void one(const char *regime, uint64_t seed)
{
	static struct slow s;
	struct world w;
	struct ptk_walk_stats want, got;
	const struct ptk_walk_opts opts = {.max_again = 64};
	world_open(&w, regime, seed);
	world_random(&w);
	s = (struct slow){.w = &w};
	struct ptk_space there = w.s;
	there.mem = slow_mem(&s);
	struct ptk_err err = {0};
	is_int(ptk_space_fetch(&there, &err), 1, "%s, %" PRIu64 ": fetched %s", regime, seed, err.msg);
	ok(s.fetches > 0 && s.refused == 0, "in order, asking for nothing else: %zu times", s.fetches);
	int rc = ptk_walk_space(&w.s, &opts, ignore, NULL, &want, NULL), there_rc = ptk_walk_space(&there, &opts, ignore, NULL, &got, NULL);
	ok(rc == 0 && there_rc == 0 && want.tables == got.tables && want.unreadable == got.unreadable && want.again == got.again,
	   "a walk then needs nothing more: %" PRIu64 " tables", got.tables);
	ok(s.refused == 0, "and asks for nothing more");
	ptk_mem_close(there.mem);
	world_close(&w);
}

int main(void)
{
	static const char *const names[] = {"x86-64", "x86-64-la57", "x86-pae", "x86-32", "arm-short", "arm-lpae", "arm64-4k-48,high",
	                                    "arm64-16k-47,high", "arm64-64k-52,high", "riscv-sv32", "riscv-sv39", "riscv-sv57"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (uint64_t seed = 1; seed <= 2; seed++)
			one(names[i], seed);
	struct world w;
	struct slow s = {.code = PTK_E_LIMIT};
	struct ptk_err err = {0};
	world_open(&w, "x86-64", 3);
	s.w = &w;
	is_int(ptk_space_fetch(&w.s, NULL), 0, "a mem that keeps nothing");
	struct ptk_space there = w.s;
	there.mem = slow_mem(&s);
	is_int(ptk_space_fetch(&there, &err), PTK_E_LIMIT, "one that cannot keep it all");
	has_str(err.msg, "ahead", "says so");
	ptk_mem_close(there.mem);
	world_close(&w);
	return done();
}
