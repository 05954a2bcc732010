// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Who maps a page, on real kernels: a thousand frames at random, each alias found must be one of a plain list of all
 * ranges, and none missing; and every page that init's own pagemap speaks of is found at its address, in one table.
 */
#include <ptkit/process.h>

#include "captures.h"

#define FRAMES 1000
#define SPACES_MAX 64
#define ALIASES_MAX 4096

struct list {
	struct ptk_space space[SPACES_MAX];
	int64_t pid[SPACES_MAX]; /* -1: not known */
	uint32_t n, at;
	struct line {
		struct ptk_range range;
		uint32_t space;
	} *line;
	size_t nlines, room;
};

static struct ptk_alias found[ALIASES_MAX];
static uint64_t seed = 1;

static uint64_t rnd(void)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return z ^ z >> 31;
}

static int keep(void *arg, const struct ptk_range *range)
{
	struct list *l = arg;
	if (l->nlines == l->room) {
		l->room = l->room ? 2 * l->room : 1024;
		l->line = realloc(l->line, l->room * sizeof *l->line);
		if (!l->line)
			bail("no memory");
	}
	l->line[l->nlines++] = (struct line){*range, l->at};
	return 0;
}

/* Every table of the picture: the kernel's, and those of all processes, by their list or by how they look. */
static void list_spaces(struct ptk_linux *lx, struct list *l)
{
	const struct ptk_process *p;
	const struct ptk_space *table;
	size_t n;
	int k = ptk_linux_spaces(lx, PTK_TABLE_KERNEL, l->space, NULL);
	l->n = k > 0 ? (uint32_t)k : 0;
	if (ptk_linux_processes(lx, &p, &n, NULL) >= 0) {
		for (size_t i = 0; i < n && l->n < SPACES_MAX; i++) {
			l->pid[l->n] = p[i].pid;
			l->n += p[i].mm && !p[i].kthread && ptk_linux_process_user(lx, &p[i], &l->space[l->n], NULL) >= 0;
		}
	} else if (ptk_linux_user_tables(lx, &table, &n, NULL) == 0) {
		for (size_t i = 0; i < n && l->n < SPACES_MAX; i++) {
			l->pid[l->n] = -1;
			l->space[l->n++] = table[i];
		}
	}
}

/* The index over all of it, and the plain list. */
static struct ptk_reverse *index_all(struct list *l)
{
	struct ptk_reverse *rv;
	if (ptk_reverse_new(&rv) < 0)
		bail("no memory");
	for (l->at = 0; l->at < l->n; l->at++) {
		const struct ptk_space *s = &l->space[l->at];
		const struct ptk_range_opts opts = {.from = s->first, .to = s->last, .only_leaves = true};
		if (ptk_ranges(s, &opts, keep, l, NULL, NULL) < 0 ||
		    ptk_reverse_add_window(rv, s, s->first, s->last, NULL, NULL) < 0)
			bail("a space cannot be listed");
	}
	return rv;
}

static bool has(const struct ptk_range *range, const struct ptk_regime *r, uint64_t pa, uint64_t *va)
{
	const uint64_t size = range->repeat ? ptk_level_size(r, range->level) : range->last - range->first + 1;
	*va = range->first + (pa - range->pa);
	return range->kind == PTK_LEAF && !range->unreadable && pa - range->pa < size;
}

/* Ranges are in the order of spaces and addresses, as aliases are; a page that repeats has its aliases one after the other. */
static bool agrees(struct ptk_reverse *rv, const struct list *l, uint64_t pa)
{
	const int64_t n = ptk_reverse_find(rv, pa, found, ALIASES_MAX);
	int64_t k = 0;
	uint64_t va;
	for (size_t i = 0; i < l->nlines; i++) {
		const struct line *ln = &l->line[i];
		const struct ptk_regime *r = &l->space[ln->space].regime;
		if (!has(&ln->range, r, pa, &va))
			continue;
		const uint64_t times = ln->range.repeat ? (ln->range.last - ln->range.first + 1) / ptk_level_size(r, ln->range.level) : 1;
		if (k < ALIASES_MAX && (k >= n || found[k].va != va || found[k].space != ln->space ||
		                        found[k].level != ln->range.level || found[k].attr.flags != ln->range.attr.flags))
			return false;
		k += (int64_t)times;
	}
	return k == n;
}

static uint64_t some_frame(const struct ptk_mem_info *mi)
{
	const struct ptk_extent *e = &mi->extent[rnd() % mi->nextents];
	return e->first + rnd() % (e->last - e->first + 1);
}

static void frames(const char *name, struct ptk_mem *mem, struct ptk_reverse *rv, const struct list *l)
{
	unsigned wrong = 0, several = 0;
	for (int i = 0; i < FRAMES; i++) {
		/* half of them where some range is, which in a sparse picture is elsewhere than where memory is */
		const struct line *ln = &l->line[rnd() % l->nlines];
		const uint64_t pa = i % 2 ? some_frame(ptk_mem_info(mem)) : ln->range.pa + rnd() % (ln->range.last - ln->range.first + 1);
		wrong += !agrees(rv, l, pa);
		several += ptk_reverse_find(rv, pa, found, ALIASES_MAX) > 1;
	}
	is_int(wrong, 0, "%s: %d frames are mapped where a list of %zu ranges says, %u more than once", name, FRAMES, l->nlines,
	       several);
}

/* pagemap's entries: bit 63 present, bits 54:0 the frame (Documentation/admin-guide/mm/pagemap.rst). */
static void pagemap(const char *name, struct ptk_reverse *rv, const struct list *l)
{
	FILE *f = capture_open(name, "pagemap.txt");
	uint64_t va, entry;
	unsigned pages = 0, missing = 0;
	uint64_t owners = 0;
	while (f && fscanf(f, "%" SCNx64 " %" SCNx64, &va, &entry) == 2) {
		const uint64_t pa = (entry & ((UINT64_C(1) << 55) - 1)) << l->space[0].regime.page_shift;
		if (!(entry >> 63))
			continue;
		const int64_t n = ptk_reverse_find(rv, pa, found, ALIASES_MAX);
		uint64_t at = 0;
		for (int64_t i = 0; i < n && i < ALIASES_MAX; i++)
			if (found[i].va == va && found[i].space >= 1 && (l->pid[found[i].space] == 1 || l->pid[found[i].space] < 0))
				at |= UINT64_C(1) << found[i].space;
		owners = pages++ ? owners & at : at;
		missing += !at;
	}
	if (f)
		fclose(f);
	if (l->n < 2) {
		skip("%s: no process's table is found in this picture", name);
		return;
	}
	/* one table has them all, but for the page that the pagemap was read into */
	/* 64K pages are few */
	ok(pages > 40 && missing <= 1 && (missing || owners), "%s: the %u pages of init are found where its pagemap has them%s",
	   name, pages, l->pid[1] >= 0 ? ", under pid 1" : "");
}

static void capture(const char *name)
{
	struct ptk_linux *lx;
	struct ptk_mem *mem = capture_linux(name, &lx);
	struct list l = {.n = 0};
	if (!mem)
		return;
	list_spaces(lx, &l);
	struct ptk_reverse *rv = index_all(&l);
	frames(name, mem, rv, &l);
	pagemap(name, rv, &l);
	ptk_reverse_free(rv);
	free(l.line);
	ptk_linux_close(lx);
	ptk_mem_close(mem);
}

int main(int argc, char **argv)
{
	(void)argc;
	captures_each(argv + 1, "pagemap.txt", capture);
	return done();
}
