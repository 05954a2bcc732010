// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* All tables of a space, level by level: for sources that would rather be asked a few large questions than many small ones. */
#include <stdlib.h>

#include <ptkit/walk.h>

#include "arch/arch.h"
#include "base/bits.h"
#include "base/cleanup.h"
#include "base/endian.h"
#include "base/err.h"
#include "mem/mem.h"

/* Tables of one level that are kept track of: hostile ones multiply. */
#define TABLES_MAX ((size_t)1 << 20)

struct list {
	uint64_t *pa;
	size_t n, room;
};

struct fetch {
	const struct ptk_space *s;
	const struct ptk_regime *r;
	struct list at, below; /* tables of this level, and those that they point to */
	uint8_t *scratch;      /* a table that is not to be had as a whole */
	uint64_t last;         /* the pointer added last: neighbours are often equal */
	bool big;
};

static int by_address(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static void sort(struct list *l)
{
	size_t n = 0;
	if (l->n)
		qsort(l->pa, l->n, sizeof *l->pa, by_address);
	for (size_t i = 0; i < l->n; i++)
		if (n == 0 || l->pa[n - 1] != l->pa[i])
			l->pa[n++] = l->pa[i];
	l->n = n;
}

static int grow(struct list *l)
{
	size_t room = l->room ? 2 * l->room : 1024;
	uint64_t *more = room <= TABLES_MAX ? realloc(l->pa, room * sizeof *more) : NULL;
	if (!more)
		return room > TABLES_MAX ? PTK_E_LIMIT : PTK_E_NOMEM;
	l->pa = more;
	l->room = room;
	return 0;
}

static int add(struct list *l, uint64_t pa)
{
	if (l->n == l->room) {
		sort(l);
		int rc = l->n >= l->room / 2 ? grow(l) : 0;
		if (rc < 0)
			return rc;
	}
	l->pa[l->n++] = pa;
	return 0;
}

/* Read the tables of this level, neighbours in one piece. */
static int read_level(struct fetch *f, uint64_t size)
{
	CLEANUP_FREE struct ptk_extent *e = malloc((f->at.n + 1) * sizeof *e);
	size_t n = 0;
	if (!e)
		return PTK_E_NOMEM;
	for (size_t i = 0; i < f->at.n; i++) {
		uint64_t first = f->at.pa[i], last;
		if (!add_ok(first, size - 1, &last))
			continue;
		if (n && first <= e[n - 1].last + 1)
			e[n - 1].last = last;
		else
			e[n++] = (struct ptk_extent){first, last};
	}
	return ptk_mem_fetch_(f->s->mem, e, n);
}

static int add_tables(struct fetch *f, int level, const uint8_t *table)
{
	const struct ptk_level *lv = &f->r->level[level];
	int rc = 0;
	for (uint32_t i = 0; i < UINT32_C(1) << lv->bits && rc == 0; i++) {
		uint64_t raw = f->r->entry_shift == 3 ? load64(table + i * 8, f->big) : load32(table + i * 4, f->big);
		struct ptk_entry e;
		if (raw == 0 || !lv->table_form.pa_mask)
			continue;
		if (!form_match(&lv->table_form, raw) && f->r->arch->kind(f->r, level, raw) != PTK_TABLE)
			continue;
		ptk_entry_decode(f->r, level, raw, &e);
		if (e.kind == PTK_TABLE && e.pa != f->last)
			rc = add(&f->below, f->last = e.pa);
	}
	return rc;
}

static int fetch_level(struct fetch *f, int level)
{
	uint64_t size = ptk_table_size(f->r, level);
	sort(&f->at);
	int rc = read_level(f, size);
	f->below.n = 0;
	f->last = UINT64_MAX;
	for (size_t i = 0; i < f->at.n && rc >= 0 && level > 0; i++) {
		const uint8_t *table = ptk_mem_map(f->s->mem, f->at.pa[i], size);
		if (!table && ptk_mem_read(f->s->mem, f->at.pa[i], f->scratch, size, NULL) == 0)
			table = f->scratch;
		if (table)
			rc = add_tables(f, level, table);
	}
	struct list done = f->at;
	f->at = f->below;
	f->below = done;
	return rc;
}

static uint64_t largest_table(const struct ptk_regime *r)
{
	uint64_t most = 0;
	for (int level = 0; level < r->nlevels; level++)
		if (ptk_table_size(r, level) > most)
			most = ptk_table_size(r, level);
	return most;
}

int ptk_space_fetch(const struct ptk_space *s, struct ptk_err *err)
{
	struct fetch f = {.s = s, .r = &s->regime, .big = ptk_mem_info(s->mem)->big_endian};
	if (!s->mem->fetch)
		return 0;
	f.scratch = malloc(largest_table(f.r));
	int rc = f.scratch ? add(&f.at, s->root) : PTK_E_NOMEM;
	for (int level = f.r->nlevels - 1; level >= 0 && rc >= 0; level--)
		rc = fetch_level(&f, level);
	free(f.at.pa);
	free(f.below.pa);
	free(f.scratch);
	return rc < 0 ? ptk_err_set_(err, rc, "cannot read all tables at 0x%llx ahead: %s", (unsigned long long)s->root,
	                             ptk_strerror(rc))
	              : 1;
}
