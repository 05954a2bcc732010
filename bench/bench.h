/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * What benchmarks share: a clock, randomness, a picture of memory to build tables in, and interleaved timing.
 * Figures are ratios of times taken in turns in one process: they travel between machines, times do not.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <ptkit/ptkit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static inline double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline uint64_t rnd(uint64_t *seed)
{
	/* splitmix64 */
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

_Noreturn static inline void fail(const char *what, const struct ptk_err *err)
{
	fprintf(stderr, "%s: %s\n", what, err && err->code ? err->msg : "failed");
	exit(1);
}

static inline void shuffle(uint64_t *a, size_t n, uint64_t seed)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = (size_t)(rnd(&seed) % i);
		uint64_t t = a[i - 1];
		a[i - 1] = a[k];
		a[k] = t;
	}
}

/*
 * Times a set of functions in turns and keeps the best time of each: what the machine can do
 * when nothing else disturbs it, and the same moments for all.
 */
struct contest {
	const char *name;
	void (*run)(void *arg);
	void *arg;
	double best;
};

static inline void contest(struct contest *c, size_t n, int rounds)
{
	for (int k = 0; k < rounds; k++)
		for (size_t i = 0; i < n; i++) {
			double start = now();
			c[i].run(c[i].arg);
			double took = now() - start;
			if (k == 0 || took < c[i].best)
				c[i].best = took;
		}
}

/* ---- a picture to build tables in ---- */

/* Anonymous memory with a file descriptor: ptkit opens it as a raw picture and maps the very same pages. */
struct picture {
	uint8_t *bytes;
	uint64_t first, size, used; /* tables are handed out upwards from first */
	int fd;
	struct ptk_mem *mem;
	struct ptk_space s;
};

static inline void picture_open(struct picture *p, const char *regime, uint64_t first, uint64_t size)
{
	struct ptk_err err = {0};
	struct ptk_regime r;
	char uri[64];
	*p = (struct picture){.first = first, .size = size, .fd = memfd_create("picture", 0)};
	if (p->fd < 0 || ftruncate(p->fd, (off_t)size))
		fail("memfd", NULL);
	p->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	if (p->bytes == MAP_FAILED)
		fail("mmap", NULL);
	snprintf(uri, sizeof uri, "raw:/proc/self/fd/%d@0x%llx", p->fd, (unsigned long long)first);
	if (ptk_mem_open(uri, NULL, &p->mem, &err) < 0)
		fail(uri, &err);
	if (ptk_regime_parse(regime, &r, &err) < 0)
		fail(regime, &err);
	p->used = ptk_table_size(&r, r.nlevels - 1);
	if (ptk_space_init(&p->s, p->mem, &r, first, &err) < 0)
		fail("space", &err);
}

static inline void picture_close(struct picture *p)
{
	ptk_mem_close(p->mem);
	munmap(p->bytes, p->size);
	close(p->fd);
}

static inline uint64_t *picture_at(const struct picture *p, uint64_t pa)
{
	return (uint64_t *)(void *)(p->bytes + (pa - p->first));
}

/* The entry of a level that translates va; missing tables are made, with ptkit's own encoder. */
static inline uint64_t *picture_entry(struct picture *p, uint64_t va, int level)
{
	const struct ptk_regime *r = &p->s.regime;
	uint64_t table = p->s.root;
	for (int at = r->nlevels - 1; at > level; at--) {
		uint64_t *slot = picture_at(p, table) + ptk_level_index(r, at, va);
		struct ptk_entry e;
		if (!*slot) {
			e = (struct ptk_entry){.kind = PTK_TABLE, .level = (uint8_t)at, .pa = p->first + p->used};
			p->used += ptk_table_size(r, at - 1);
			if (p->used > p->size || ptk_entry_encode(r, &e, slot, NULL) < 0)
				fail("table", NULL);
		}
		ptk_entry_decode(r, at, *slot, &e);
		table = e.pa;
	}
	return picture_at(p, table) + ptk_level_index(r, level, va);
}

/* The value of an ordinary kernel data page at physical address 0: with 1 << 12 times the frame added it maps that. */
static inline uint64_t page_value(const struct ptk_regime *r)
{
	struct ptk_entry e = {
		.kind = PTK_LEAF,
		.attr = {.flags = PTK_A_KR | PTK_A_KW | PTK_A_ACCESSED | PTK_A_GLOBAL,
		         .mem = PTK_MEM_WB,
		         .memidx = PTK_MEMIDX_AUTO,
		         .share = PTK_SHARE_INNER},
	};
	struct ptk_err err = {0};
	uint64_t raw;
	if (strcmp(ptk_regime_arch(r), "x86") == 0) {
		e.attr.share = PTK_SHARE_NONE;
		e.attr.flags |= PTK_A_DIRTY;
	}
	if (ptk_entry_encode(r, &e, &raw, &err) < 0)
		fail("page", &err);
	return raw;
}

#endif
