// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Translating: scattered 4K pages in order and in random order, one by one and by the batch call, against
 * libkdumpfile: its page-table walk alone (libaddrxlat, with a callback that only hands out pointers into the same
 * picture), and its usual entrance, a dump opened by kdump_open_fd() and addrxlat_fulladdr_conv().
 * Then a tree well past the last-level cache, where a lookup is bound by memory latency and a batch by how many misses
 * are in flight.
 */
#include "bench.h"

#ifdef HAVE_KDUMPFILE
#include <libkdumpfile/addrxlat.h>
#include <libkdumpfile/kdumpfile.h>
#endif

#define PAGES 16384
#define LOOKUPS 16384
#define ROUNDS 41
#define ONE_TARGET 0.5
#define BATCH_TARGET 0.25
#define BIG_TARGET 3.0

struct job {
	struct picture p;
	const uint64_t *va;
	size_t n;
	uint64_t check; /* sum of the results: all must agree */
	uint64_t *pa;
#ifdef HAVE_KDUMPFILE
	addrxlat_ctx_t *ctx;
	addrxlat_meth_t meth;
	addrxlat_sys_t *sys;
	addrxlat_ctx_t *dump_ctx;
	kdump_ctx_t *dump;
#endif
};

static void one_by_one(void *arg)
{
	struct job *job = arg;
	job->check = 0;
	for (size_t i = 0; i < job->n; i++) {
		uint64_t pa = 0;
		ptk_translate(&job->p.s, job->va[i], &pa);
		job->check += pa;
	}
}

static void batch(void *arg)
{
	struct job *job = arg;
	job->check = 0;
	ptk_translate_batch(&job->p.s, job->va, job->n, job->pa, NULL);
	for (size_t i = 0; i < job->n; i++)
		job->check += job->pa[i];
}

#ifdef HAVE_KDUMPFILE
static addrxlat_status get_page(const addrxlat_cb_t *cb, addrxlat_buffer_t *buf)
{
	const struct picture *p = cb->priv;
	const uint64_t page = buf->addr.addr & ~UINT64_C(4095);
	if (page - p->first >= p->used)
		return ADDRXLAT_ERR_NODATA;
	buf->addr.addr = page;
	buf->ptr = picture_at(p, page);
	buf->size = 4096;
	buf->byte_order = ADDRXLAT_LITTLE_ENDIAN;
	return ADDRXLAT_OK;
}

static unsigned long caps(const addrxlat_cb_t *cb)
{
	(void)cb;
	return ADDRXLAT_CAPS(ADDRXLAT_MACHPHYSADDR);
}

static void walk_open(struct job *job)
{
	job->ctx = addrxlat_ctx_new();
	addrxlat_cb_t *cb = job->ctx ? addrxlat_ctx_add_cb(job->ctx) : NULL;
	if (!cb)
		fail("addrxlat", NULL);
	cb->priv = &job->p;
	cb->get_page = get_page;
	cb->read_caps = caps;
	job->meth = (addrxlat_meth_t){
		.kind = ADDRXLAT_PGT,
		.target_as = ADDRXLAT_MACHPHYSADDR,
		.param.pgt = {
			.root = {.addr = job->p.s.root, .as = ADDRXLAT_MACHPHYSADDR},
			.pf = {
				.pte_format = ADDRXLAT_PTE_X86_64,
				.nfields = (unsigned short)(job->p.s.regime.nlevels + 1),
				.fieldsz = {12, 9, 9, 9, 9, 9},
			},
		},
	};
}

static void peer_walk(void *arg)
{
	struct job *job = arg;
	addrxlat_step_t step = {.ctx = job->ctx, .meth = &job->meth};
	job->check = 0;
	for (size_t i = 0; i < job->n; i++) {
		step.base.addr = job->va[i];
		if (addrxlat_walk(&step) == ADDRXLAT_OK)
			job->check += step.base.addr;
	}
}

static kdump_status set(kdump_ctx_t *ctx, const char *key, kdump_attr_type_t type, kdump_attr_value_t val)
{
	const kdump_attr_t attr = {.type = type, .val = val};
	return kdump_set_attr(ctx, key, &attr);
}

/* The picture as an ELF core that libkdumpfile opens; the root is given, as nothing in the picture tells it. */
static void dump_open(struct job *job)
{
	const struct ptk_extent all = {job->p.first, job->p.first + job->p.size - 1};
	char path[] = "/tmp/ptkit-bench-XXXXXX";
	struct ptk_err err = {0};
	int fd = mkstemp(path);
	if (fd < 0 || ptk_mem_write_core(job->p.mem, path, 62, &all, 1, NULL, 0, &err) < 0)
		fail(path, &err);
	job->dump = kdump_new();
	int again = memfd_create("core", 0); /* kdump keeps its file: let it be one that goes with the process */
	char copy[160];
	snprintf(copy, sizeof copy, "cat %s > /proc/%d/fd/%d", path, (int)getpid(), again);
	if (system(copy) != 0 || !job->dump || kdump_open_fd(job->dump, again) != KDUMP_OK)
		fail("kdump_open_fd", NULL);
	unlink(path);
	close(fd);
	set(job->dump, "addrxlat.force.rootpgt.as", KDUMP_NUMBER, (kdump_attr_value_t){.number = ADDRXLAT_MACHPHYSADDR});
	set(job->dump, "addrxlat.force.rootpgt.addr", KDUMP_ADDRESS, (kdump_attr_value_t){.address = job->p.s.root});
	set(job->dump, "addrxlat.force.virt_bits", KDUMP_NUMBER, (kdump_attr_value_t){.number = job->p.s.regime.va_bits});
	if (set(job->dump, "addrxlat.ostype", KDUMP_STRING, (kdump_attr_value_t){.string = "linux"}) != KDUMP_OK ||
	    kdump_get_addrxlat(job->dump, &job->dump_ctx, &job->sys) != KDUMP_OK) {
		printf("(libkdumpfile: %s)\n", kdump_get_err(job->dump));
		job->sys = NULL;
	}
}

static void peer_dump(void *arg)
{
	struct job *job = arg;
	job->check = 0;
	for (size_t i = 0; i < job->n; i++) {
		addrxlat_fulladdr_t addr = {.addr = job->va[i], .as = ADDRXLAT_KVADDR};
		if (addrxlat_fulladdr_conv(&addr, ADDRXLAT_KPHYSADDR, job->dump_ctx, job->sys) == ADDRXLAT_OK)
			job->check += addr.addr;
	}
}

static void peers_open(struct job *job)
{
	walk_open(job);
	dump_open(job);
}

static void peers_close(struct job *job)
{
	if (job->sys) {
		addrxlat_sys_decref(job->sys);
		addrxlat_ctx_decref(job->dump_ctx);
	}
	kdump_free(job->dump);
	addrxlat_ctx_decref(job->ctx);
}
#endif

/* Pages spread over 64 GiB of kernel addresses, each mapped somewhere. */
static void fill(struct job *job, uint64_t base, size_t pages, uint64_t spread, uint64_t *va)
{
	const uint64_t page = page_value(&job->p.s.regime);
	uint64_t seed = 1;
	for (size_t i = 0; i < pages; i++) {
		va[i] = base + ((i * spread + rnd(&seed) % spread) << 12);
		*picture_entry(&job->p, va[i], 0) = page + ((rnd(&seed) & 0xfffff) << 12);
		va[i] += rnd(&seed) & 0xfff;
	}
}

static void row(const char *name, const struct job *job, double seconds, double against, double target, bool at_most)
{
	const double ratio = seconds / against;
	printf("    %-34s %7.1f ns", name, seconds / (double)job->n * 1e9);
	if (against > 0 && at_most)
		printf("   %.3f of it (target %.2f)%s", ratio, target, ratio > target ? "  MISSED" : "");
	else if (against > 0)
		printf("   %.1f times as fast (target %.1f)%s", 1 / ratio, target, 1 / ratio < target ? "  MISSED" : "");
	puts("");
}

/* All in one order of addresses. */
static void order(struct job *job, const char *name)
{
	enum { ONE, BATCH, WALK, DUMP };
	struct contest c[4] = {{"one by one", one_by_one, job, 0}, {"batch", batch, job, 0}};
	size_t n = 2;
	uint64_t check;
	printf("  %s\n", name);
	one_by_one(job);
	check = job->check;
	batch(job);
	if (job->check != check)
		fail("the batch disagrees", NULL);
#ifdef HAVE_KDUMPFILE
	peer_walk(job);
	if (job->check != check)
		fail("libaddrxlat disagrees", NULL);
	c[n++] = (struct contest){"libaddrxlat", peer_walk, job, 0};
	if (job->sys) {
		peer_dump(job);
		if (job->check != check)
			fail("libkdumpfile disagrees", NULL);
		c[n++] = (struct contest){"libkdumpfile", peer_dump, job, 0};
	}
#endif
	contest(c, n, ROUNDS);
	if (n > DUMP)
		row("libkdumpfile, addrxlat_fulladdr_conv", job, c[DUMP].best, 0, 0, true);
	if (n > WALK) {
		row("libaddrxlat, the walk alone", job, c[WALK].best, 0, 0, true);
		row("one by one, of the walk alone", job, c[ONE].best, c[WALK].best, ONE_TARGET, true);
		row("batch, of the walk alone", job, c[BATCH].best, c[WALK].best, BATCH_TARGET, true);
	} else {
		row("one by one", job, c[ONE].best, 0, 0, true);
		row("batch", job, c[BATCH].best, 0, 0, true);
	}
}

static void scattered(const char *regime, uint64_t base)
{
	static uint64_t va[PAGES], pa[PAGES];
	struct job job = {.va = va, .n = LOOKUPS, .pa = pa};
	picture_open(&job.p, regime, UINT64_C(0x1000000), UINT64_C(72) << 20);
	fill(&job, base, PAGES, 16, va);
	printf("%s: %d pages, one in 16, %.1f MiB of tables\n", regime, PAGES, (double)job.p.used / (1 << 20));
#ifdef HAVE_KDUMPFILE
	peers_open(&job);
#endif
	order(&job, "in order");
	shuffle(va, LOOKUPS, 2);
	order(&job, "in random order");
#ifdef HAVE_KDUMPFILE
	peers_close(&job);
#endif
	picture_close(&job.p);
}

/* A gigabyte of tables: each lookup misses in the page table, and mostly in the directory above it. */
static void big(const char *regime, uint64_t base)
{
	const size_t pages = 1 << 18;
	uint64_t *va = malloc(pages * sizeof *va), *pa = malloc(pages * sizeof *pa);
	if (!va || !pa)
		fail("malloc", NULL);
	struct job job = {.va = va, .n = pages, .pa = pa};
	picture_open(&job.p, regime, UINT64_C(0x1000000), UINT64_C(1100) << 20);
	fill(&job, base, pages, 512, va);
	shuffle(va, pages, 3);
	struct contest c[] = {{"one by one", one_by_one, &job, 0}, {"batch", batch, &job, 0}};
	contest(c, 2, 5);
	printf("%s: %zu pages in random order, %.1f MiB of tables\n", regime, pages, (double)job.p.used / (1 << 20));
	row("one by one", &job, c[0].best, 0, 0, true);
	row("batch, against one by one", &job, c[1].best, c[0].best, BIG_TARGET, false);
	picture_close(&job.p);
	free(va);
	free(pa);
}

int main(void)
{
	scattered("x86-64", UINT64_C(0xffff888000000000));
	scattered("x86-64-la57", UINT64_C(0xff11000000000000));
	big("x86-64", UINT64_C(0xffff888000000000));
	big("x86-64-la57", UINT64_C(0xff11000000000000));
	return 0;
}
