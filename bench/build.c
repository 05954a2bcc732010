// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Building: filling page tables against a plain loop that stores as many bytes, scattered single pages, and planning.
 * bench_build [GiB]: how much to map, 256 by default.
 */
#include "bench.h"

#define BASE UINT64_C(0x100000000)

struct job {
	struct ptk_regime r;
	struct ptk_attr attr;
	uint64_t size, bytes; /* mapped; of tables */
	struct ptk_err err;
};

struct place {
	struct ptk_mem *mem;
	struct ptk_alloc *alloc;
	struct ptk_space space;
};

static void open_place(struct job *j, struct place *p)
{
	if (ptk_mem_new_image(BASE, BASE + (UINT64_C(1) << 36) - 1, &p->mem) < 0 ||
	    ptk_alloc_new_bump(BASE, BASE + (UINT64_C(1) << 36) - 1, 0, &p->alloc) < 0 ||
	    ptk_build_root(p->mem, &j->r, p->alloc, &p->space, &j->err) < 0)
		fail("root", &j->err);
}

static void close_place(struct place *p)
{
	ptk_alloc_free(p->alloc);
	ptk_mem_close(p->mem);
}

static void find_attr(struct job *j)
{
	static const uint8_t mems[] = {PTK_MEM_WB, PTK_MEM_PMA}, shares[] = {PTK_SHARE_INNER, PTK_SHARE_NONE};
	static const uint32_t more[] = {PTK_A_ACCESSED | PTK_A_DIRTY | PTK_A_GLOBAL, PTK_A_ACCESSED | PTK_A_GLOBAL, PTK_A_ACCESSED};
	static const uint32_t rights[] = {PTK_A_KR | PTK_A_KW, PTK_A_KR | PTK_A_KW | PTK_A_UR | PTK_A_UW};
	for (int i = 0; i < 24; i++) {
		struct ptk_entry e = {.kind = PTK_LEAF};
		uint64_t raw;
		e.attr = (struct ptk_attr){.flags = rights[i / 12] | more[i % 3], .mem = mems[i / 3 & 1],
		                           .share = shares[i / 6 & 1], .memidx = PTK_MEMIDX_AUTO};
		if (ptk_entry_encode(&j->r, &e, &raw, NULL) == 0) {
			j->attr = e.attr;
			return;
		}
	}
	fail(j->r.name, NULL);
}

/* Map everything in smallest pages; returns seconds for plan and apply. */
static double fill_ptkit(struct job *j)
{
	struct place p;
	struct ptk_plan *plan;
	open_place(j, &p);
	struct ptk_edit e = {.op = PTK_EDIT_MAP, .first = p.space.first, .last = p.space.first + (j->size - 1),
	                     .attr = j->attr, .max_unit = ptk_level_size(&j->r, 0)};
	double start = now();
	if (ptk_plan_new(&p.space, NULL, &e, 1, &plan, &j->err) < 0 || ptk_plan_apply(plan, p.alloc, &j->err) < 0)
		fail(j->r.name, &j->err);
	double took = now() - start;
	j->bytes = ptk_plan_info(plan)->bytes_new;
	ptk_plan_free(plan);
	close_place(&p);
	return took;
}

static double fill_loop(const struct job *j)
{
	size_t n = j->bytes / 8;
	uint64_t *to = mmap(NULL, j->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (to == MAP_FAILED)
		fail("mmap", NULL);
	double start = now();
	for (size_t i = 0; i < n; i++)
		to[i] = 0x703 + i * 4096;
	__asm__ volatile("" : : "r"(to) : "memory");
	double took = now() - start;
	munmap(to, j->bytes);
	return took;
}

static void filling(const char *name, uint64_t size)
{
	struct job j = {0};
	if (ptk_regime_parse(name, &j.r, &j.err) < 0)
		fail(name, &j.err);
	if (j.r.entry_shift != 3)
		return;
	uint64_t half = j.r.va_form == PTK_VA_SIGN ? UINT64_C(1) << (j.r.va_bits - 1) : UINT64_C(1) << j.r.va_bits;
	j.size = size < half ? size : half;
	find_attr(&j);
	double best[2] = {1e9, 1e9};
	for (int i = 0; i < 3; i++) {
		double a = fill_ptkit(&j), b = fill_loop(&j);
		best[0] = a < best[0] ? a : best[0];
		best[1] = b < best[1] ? b : best[1];
	}
	printf("%-18s %4llu GiB in pages  %7.1f MiB of tables  ptkit %6.2f GB/s  loop %6.2f GB/s  ratio %.2f\n", name,
	       (unsigned long long)(j.size >> 30), (double)j.bytes / 1048576, (double)j.bytes / best[0] / 1e9,
	       (double)j.bytes / best[1] / 1e9, best[1] / best[0]);
}

#define SCATTERED 1000000

static struct ptk_edit *scatter(struct job *j, const struct place *p, uint64_t window)
{
	struct ptk_edit *e = calloc(SCATTERED, sizeof *e);
	uint64_t seed = 7, *page = calloc(window, sizeof *page);
	if (!e || !page)
		fail("memory", NULL);
	for (uint64_t i = 0; i < window; i++)
		page[i] = i;
	shuffle(page, window, seed);
	for (size_t i = 0; i < SCATTERED; i++) {
		uint64_t va = p->space.first + page[i] * 4096;
		e[i] = (struct ptk_edit){.op = PTK_EDIT_MAP, .first = va, .last = va + 4095, .pa = rnd(&seed) << 12 & 0xfffffff000,
		                         .attr = j->attr};
	}
	free(page);
	return e;
}

static void scattered(const char *name)
{
	struct job j = {0};
	struct place p;
	if (ptk_regime_parse(name, &j.r, &j.err) < 0)
		fail(name, &j.err);
	find_attr(&j);
	open_place(&j, &p);
	struct ptk_edit *e = scatter(&j, &p, 4 * SCATTERED);
	double start = now();
	if (ptk_build_edit(&p.space, NULL, p.alloc, e, SCATTERED, &j.err) < 0)
		fail(name, &j.err);
	double list = now() - start;
	close_place(&p);
	open_place(&j, &p);
	start = now();
	for (size_t i = 0; i < SCATTERED; i++)
		if (ptk_build_edit(&p.space, NULL, p.alloc, &e[i], 1, &j.err) < 0)
			fail(name, &j.err);
	double single = now() - start;
	printf("%-18s a million scattered pages  %6.0f ns each in one plan  %6.0f ns each in a plan of its own\n", name,
	       list / SCATTERED * 1e9, single / SCATTERED * 1e9);
	close_place(&p);
	free(e);
}

static void planning(const char *name)
{
	struct job j = {0};
	struct place p;
	struct ptk_plan *plan;
	if (ptk_regime_parse(name, &j.r, &j.err) < 0)
		fail(name, &j.err);
	find_attr(&j);
	open_place(&j, &p);
	struct ptk_edit e = {.op = PTK_EDIT_MAP, .first = p.space.first, .last = p.space.first + (UINT64_C(1) << 40) - 1,
	                     .attr = j.attr};
	double best = 1e9;
	for (int i = 0; i < 100; i++) {
		double start = now();
		if (ptk_plan_new(&p.space, NULL, &e, 1, &plan, &j.err) < 0)
			fail(name, &j.err);
		double took = now() - start;
		best = took < best ? took : best;
		if (i < 99)
			ptk_plan_free(plan);
	}
	printf("%-18s planning 1 TiB in blocks: %.1f us, %llu steps\n", name, best * 1e6,
	       (unsigned long long)ptk_plan_info(plan)->steps);
	ptk_plan_free(plan);
	close_place(&p);
}

int main(int argc, char **argv)
{
	uint64_t size = (argc > 1 ? strtoull(argv[1], NULL, 0) : 256) << 30;
	for (size_t i = 0; ptk_regime_name(i); i++)
		filling(ptk_regime_name(i), size);
	scattered("x86-64");
	scattered("arm64-4k-48");
	planning("x86-64");
	planning("arm64-4k-48");
	planning("riscv-sv48");
	return 0;
}
