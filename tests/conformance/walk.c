// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Every regime: random small trees, with shared, missing, torn and self-mapping tables, groups and
 * every kind of entry. The walk of one address, translation, batch, ranges, the visitor's runs and reverse
 * lookup all agree with a plain list of what the entries say.
 */
#include <unistd.h>

#include "tree.h"

#define BATCH 512

struct verdict {
	const char *broken;
	uint64_t where, got, want;
};

static void fail(struct verdict *v, const char *broken, uint64_t where, uint64_t got, uint64_t want)
{
	if (!v->broken)
		*v = (struct verdict){broken, where, got, want};
}

static bool same_attr(const struct ptk_attr *a, const struct ptk_attr *b)
{
	return a->flags == b->flags && a->mem == b->mem && a->memidx == b->memidx && a->share == b->share &&
	       a->key == b->key && a->sw == b->sw;
}

/* The piece that holds an address, or NULL: nothing there. */
static const struct piece *piece_at(const struct tree *t, uint64_t va)
{
	size_t lo = 0, hi = t->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (t->piece[mid].last < va)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->n && t->piece[lo].first <= va ? &t->piece[lo] : NULL;
}

/* ---- single addresses ---- */

/* Half of them at the ends of pieces and one beyond, the rest in the middle or anywhere. */
static uint64_t some_address(const struct tree *t)
{
	const struct piece *p = &t->piece[below(t->n)];
	switch (below(8)) {
	case 0: return p->first;
	case 1: return p->last;
	case 2: return p->first - 1;
	case 3: return p->last + 1;
	case 4: return rnd();
	case 5: return tree_va(t, rnd() & ((UINT64_C(1) << t->r.va_bits) - 1));
	default: return p->first + below(p->last - p->first + 1);
	}
}

static int outcome_wanted(const struct tree *t, uint64_t va, const struct piece *p)
{
	if (!ptk_va_valid(&t->r, va))
		return PTK_OUTSIDE;
	if (!p)
		return PTK_UNMAPPED;
	if (p->unreadable)
		return PTK_UNREADABLE;
	return p->kind == PTK_LEAF ? PTK_MAPPED : p->kind == PTK_NOT_PRESENT ? PTK_ABSENT : PTK_FAULT;
}

static void check_walk(struct verdict *v, const struct tree *t, uint64_t va, const struct piece *p)
{
	struct ptk_path path;
	struct ptk_err err = {0};
	int want = outcome_wanted(t, va, p), got = ptk_walk(&t->space, va, &path, &err);
	if (got != want || path.outcome != want)
		fail(v, "walk: the outcome", va, (uint64_t)got, (uint64_t)want);
	if (want == PTK_UNREADABLE && (err.code != PTK_E_NODATA || path.error != PTK_E_NODATA || !err.msg[0]))
		fail(v, "walk: the reason why a table could not be read", va, (uint64_t)path.error, 0);
	if (p && want != PTK_OUTSIDE && path.nsteps != p->steps)
		fail(v, "walk: the number of steps", va, path.nsteps, p->steps);
	if (path.nsteps && path.step[0].table != t->space.root)
		fail(v, "walk: the first table", va, path.step[0].table, t->space.root);
	if (want != PTK_MAPPED)
		return;
	if (path.pa != p->pa + (va - p->first))
		fail(v, "walk: the physical address", va, path.pa, p->pa + (va - p->first));
	if (!same_attr(&path.attr, &p->attr))
		fail(v, "walk: the effective attributes", va, path.attr.flags, p->attr.flags);
	if (path.step[path.nsteps - 1].entry.raw != p->raw)
		fail(v, "walk: the last entry", va, path.step[path.nsteps - 1].entry.raw, p->raw);
}

static void check_addresses(struct verdict *v, const struct tree *t)
{
	uint64_t va[BATCH], got[BATCH];
	size_t mapped = 0, unreadable = 0, told = 0;
	for (size_t i = 0; i < BATCH; i++) {
		va[i] = some_address(t) & ptk_va_max(&t->r);
		const struct piece *p = piece_at(t, ptk_va_canonical(&t->r, va[i]));
		struct piece moved;
		if (p && ptk_va_canonical(&t->r, va[i]) != va[i]) { /* a tagged address */
			moved = *p;
			moved.first += va[i] - ptk_va_canonical(&t->r, va[i]);
			p = &moved;
		}
		check_walk(v, t, va[i], p);
		uint64_t pa = 7, want = PTK_NO_PA;
		int outcome = outcome_wanted(t, va[i], p), rc = ptk_translate(&t->space, va[i], &pa);
		if (outcome == PTK_MAPPED)
			want = p->pa + (va[i] - p->first);
		mapped += outcome == PTK_MAPPED;
		unreadable += outcome == PTK_UNREADABLE;
		if (outcome == PTK_MAPPED ? rc != 1 || pa != want : outcome == PTK_UNREADABLE ? rc >= 0 : rc != 0)
			fail(v, "translate", va[i], pa, want);
		if (outcome != PTK_MAPPED && pa != 7)
			fail(v, "translate touched its result", va[i], pa, 7);
		got[i] = want;
	}
	uint64_t pa[BATCH];
	size_t n = ptk_translate_batch(&t->space, va, BATCH, pa, &told);
	if (n != mapped || told != unreadable)
		fail(v, "batch: how many", n, mapped, unreadable);
	for (size_t i = 0; i < BATCH; i++)
		if (pa[i] != got[i])
			fail(v, "batch", va[i], pa[i], got[i]);
}

/* ---- ranges ---- */

struct listing {
	struct verdict *v;
	const struct tree *t;
	struct ptk_range_opts o;
	uint64_t from, to;
	size_t at; /* next piece */
	struct ptk_range before;
	bool any;
};

/* The next piece as far as it is in the window and of interest, with the options' eyes. */
static bool next_piece(struct listing *l, struct piece *out)
{
	for (; l->at < l->t->n; l->at++) {
		struct piece p = l->t->piece[l->at];
		if (p.last < l->from || p.first > l->to || (l->o.only_leaves && p.kind != PTK_LEAF && !p.unreadable))
			continue;
		if (p.first < l->from) {
			p.pa += p.kind == PTK_LEAF ? l->from - p.first : 0;
			p.first = l->from;
		}
		p.last = p.last > l->to ? l->to : p.last;
		p.attr.flags &= ~l->o.ignore_flags;
		p.attr.sw = l->o.ignore_sw ? 0 : p.attr.sw;
		*out = p;
		return true;
	}
	return false;
}

static bool same_why(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void check_piece(struct listing *l, const struct ptk_range *range, const struct piece *p)
{
	uint64_t size = ptk_level_size(&l->t->r, range->level), offset = p->first - range->first;
	uint64_t pa = range->pa + (range->repeat ? offset % size : offset);
	if (p->kind != range->kind || p->unreadable != range->unreadable)
		fail(l->v, "ranges: the kind", p->first, range->kind, p->kind);
	if (p->kind == PTK_LEAF && pa != p->pa)
		fail(l->v, "ranges: the physical address", p->first, pa, p->pa);
	if (p->kind != PTK_LEAF && range->pa != PTK_NO_PA)
		fail(l->v, "ranges: an address where nothing is mapped", p->first, range->pa, PTK_NO_PA);
	if (!same_attr(&p->attr, &range->attr))
		fail(l->v, "ranges: the attributes", p->first, range->attr.flags, p->attr.flags);
	if (!l->o.join_levels && p->level != range->level)
		fail(l->v, "ranges: the level", p->first, range->level, p->level);
	if (!p->unreadable && !same_why(p->why, range->why))
		fail(l->v, "ranges: the reason", p->first, 0, 0);
}

/* Ranges are as long as they can be. */
static bool could_join(const struct listing *l, const struct ptk_range *a, const struct ptk_range *b)
{
	if (a->last + 1 != b->first || a->kind != b->kind || a->unreadable != b->unreadable || a->repeat || b->repeat)
		return false;
	if ((!l->o.join_levels && a->level != b->level) || !same_attr(&a->attr, &b->attr) || !same_why(a->why, b->why))
		return false;
	return a->kind != PTK_LEAF || a->pa + (a->last - a->first) + 1 == b->pa;
}

static int check_range(void *arg, const struct ptk_range *range)
{
	struct listing *l = arg;
	uint64_t at = range->first;
	struct piece p;
	if (range->last < range->first || (l->any && range->first <= l->before.last))
		fail(l->v, "ranges: out of order", range->first, range->last, l->before.last);
	if (l->any && could_join(l, &l->before, range))
		fail(l->v, "ranges: two that are one", range->first, l->before.first, range->last);
	while (next_piece(l, &p)) {
		if (p.first != at || p.last > range->last) {
			fail(l->v, "ranges: where one begins or ends", range->first, at, p.first);
			return PTK_STOP;
		}
		check_piece(l, range, &p);
		l->at++;
		at = p.last + 1;
		if (p.last == range->last)
			break;
	}
	if (at != range->last + 1)
		fail(l->v, "ranges: one that nothing is behind", range->first, at, range->last);
	l->before = *range;
	l->any = true;
	return l->v->broken ? PTK_STOP : PTK_GO;
}

static void check_ranges(struct verdict *v, const struct tree *t, const struct ptk_range_opts *o)
{
	struct listing l = {.v = v, .t = t, .o = *o, .from = o->from, .to = o->to};
	struct ptk_err err;
	struct piece p;
	if (!o->from && !o->to)
		l.from = t->space.first, l.to = t->space.last;
	int rc = ptk_ranges(&t->space, o, check_range, &l, NULL, &err);
	if (rc < 0)
		fail(v, "ranges: refused", l.from, l.to, (uint64_t)rc);
	if (!v->broken && next_piece(&l, &p))
		fail(v, "ranges: one that is missing", p.first, p.last, 0);
}

static void check_listings(struct verdict *v, const struct tree *t)
{
	struct ptk_range_opts o = {0};
	check_ranges(v, t, &o);
	o.join_levels = o.ignore_sw = o.only_leaves = true;
	o.ignore_flags = PTK_A_ACCESSED | PTK_A_DIRTY | PTK_A_CONT;
	check_ranges(v, t, &o);
	for (int i = 0; i < 12; i++) {
		o = (struct ptk_range_opts){.from = some_address(t), .to = some_address(t), .only_leaves = i & 1};
		if (o.from > o.to || o.from < t->space.first || o.to > t->space.last || (!o.from && !o.to))
			continue;
		check_ranges(v, t, &o);
	}
}

/* ---- the visitor's runs ---- */

struct runs {
	struct verdict *v;
	const struct tree *t;
	size_t at;
	uint64_t next; /* offset that the next run starts at */
	bool done;
};

static int check_run(void *arg, const struct ptk_run *run)
{
	struct runs *c = arg;
	const struct ptk_regime *r = &c->t->r;
	uint64_t size = ptk_level_size(r, run->level), low = (UINT64_C(1) << r->va_bits) - 1;
	bool missing = run->what == PTK_V_UNREADABLE;
	if (run->what == PTK_V_TABLE)
		return PTK_GO;
	if ((run->va & low) != c->next || run->va != tree_va(c->t, run->va & low))
		fail(c->v, "runs: a gap or an overlap", run->va, c->next, run->count);
	for (uint64_t i = 0; i < run->count; i++) {
		uint64_t va = run->va + i * size, raw = run->raw + i * run->step;
		const struct piece *p = c->at < c->t->n ? &c->t->piece[c->at] : NULL;
		bool empty = run->kind == PTK_NONE && !missing;
		if (empty && p && p->first <= va + (size - 1))
			fail(c->v, "runs: a hole where something is", va, p->first, p->last);
		if (empty)
			continue;
		if (!p || p->first != va || p->level != run->level || p->unreadable != missing)
			fail(c->v, "runs: something where there is a hole, or else", va, run->kind, p ? p->kind : 0);
		else if (!missing && (p->raw != raw || p->kind != run->kind))
			fail(c->v, "runs: the entry", va, raw, p->raw);
		c->at++;
	}
	c->next = (c->next + run->count * size) & low;
	c->done = c->next == 0;
	return c->v->broken ? PTK_STOP : PTK_GO;
}

static void check_runs(struct verdict *v, const struct tree *t)
{
	for (int join = PTK_JOIN_CONTIGUOUS; join <= PTK_JOIN_EQUAL; join++) {
		struct ptk_walk_opts o = {.flags = PTK_WALK_HOLES, .join = (enum ptk_join)join};
		struct runs c = {.v = v, .t = t};
		struct ptk_walk_stats st;
		if (ptk_walk_space(&t->space, &o, check_run, &c, &st, NULL) < 0)
			fail(v, "runs: refused", 0, 0, 0);
		if (!v->broken && (!c.done || c.at != t->n))
			fail(v, "runs: not all of it", c.next, c.at, t->n);
	}
}

/* ---- reverse ---- */

static void check_reverse(struct verdict *v, const struct tree *t)
{
	struct ptk_reverse *rv;
	struct ptk_alias alias[64];
	if (ptk_reverse_new(&rv) < 0 || ptk_reverse_add(rv, &t->space, NULL) < 0)
		bail("no memory");
	for (int i = 0; i < 24; i++) {
		const struct piece *p = &t->piece[below(t->n)];
		uint64_t pa = p->kind == PTK_LEAF && i & 7 ? p->pa + below(p->last - p->first + 1) : rnd() >> below(40);
		int64_t n = ptk_reverse_find(rv, pa, alias, 64), k = 0;
		for (size_t j = 0; j < t->n; j++) {
			p = &t->piece[j];
			if (p->kind != PTK_LEAF || pa < p->pa || pa - p->pa > p->last - p->first)
				continue;
			if (k < 64 && k < n &&
			    (alias[k].va != p->first + (pa - p->pa) || !same_attr(&alias[k].attr, &p->attr)))
				fail(v, "reverse: an alias", pa, alias[k].va, p->first + (pa - p->pa));
			k++;
		}
		if (n != k)
			fail(v, "reverse: how many", pa, (uint64_t)n, (uint64_t)k);
	}
	ptk_reverse_free(rv);
}

/* ---- all regimes ---- */

static void tell(const struct verdict *v, const char *text, const char *what)
{
	if (!ok(!v->broken, "%s: %s", text, what))
		printf("# %s at 0x%" PRIx64 ": 0x%" PRIx64 ", 0x%" PRIx64 "\n", v->broken, v->where, v->got, v->want);
}

static void check_all(struct verdict v[4], const struct tree *t)
{
	check_addresses(&v[0], t);
	check_listings(&v[1], t);
	check_runs(&v[2], t);
	check_reverse(&v[3], t);
}

/* The same tables in a file, which is mapped: other ways through the code than the image's. */
static void check_in_file(struct verdict v[4], struct tree *t)
{
	const struct ptk_mem_info *info = ptk_mem_info(t->mem);
	char path[64] = "/tmp/ptkit-walk-XXXXXX";
	struct ptk_mem *file;
	struct ptk_err err = {0};
	int fd = mkstemp(path);
	if (fd < 0)
		bail("no temporary file");
	close(fd);
	int rc = ptk_mem_write_core(t->mem, path, 62, info->extent, info->nextents, NULL, 0, &err);
	if (rc >= 0)
		rc = ptk_mem_open(path, NULL, &file, &err);
	unlink(path);
	if (rc < 0)
		bail("%s", err.msg);
	t->space.mem = file;
	check_all(v, t);
	t->space.mem = t->mem;
	ptk_mem_close(file);
}

static void trees_of(const char *text, int count)
{
	struct ptk_regime r;
	struct verdict v[4] = {0};
	size_t pieces = 0, leaves = 0;
	if (ptk_regime_parse(text, &r, NULL) < 0)
		bail("%s", text);
	tree_seed = 1;
	for (int i = 0; i < count; i++) {
		struct tree t;
		tree_make(&t, &r, i & 1);
		check_all(v, &t);
		if (i % 4 < 2)
			check_in_file(v, &t);
		pieces += t.n;
		for (size_t k = 0; k < t.n; k++)
			leaves += t.piece[k].kind == PTK_LEAF;
		tree_free(&t);
	}
	ok(leaves && pieces > leaves, "%s: %zu leaves among %zu entries", text, leaves, pieces);
	tell(&v[0], text, "single addresses");
	tell(&v[1], text, "ranges");
	tell(&v[2], text, "runs");
	tell(&v[3], text, "reverse lookup");
}

int main(void)
{
	static const char *const more[] = {
		"x86-64,enc=0x800000000000", "x86-64-la57,pa=46,enc=0x800000000000,nonx",
		"x86-64,nowp,smep,smap,pke", "x86-32,nopse", "x86-32,pa=36", "riscv-sv39,nosvnapot",
		"riscv-sv48,sum,mxr,svadu",
	};
	size_t n = 0;
	for (const char *name; (name = ptk_regime_name(n)); n++) {
		struct ptk_regime r;
		char high[64];
		trees_of(name, 20);
		snprintf(high, sizeof high, "%s,high", name);
		if (ptk_regime_parse(high, &r, NULL) == 0)
			trees_of(high, 5);
		snprintf(high, sizeof high, "%s,tbi", name);
		if (ptk_regime_parse(high, &r, NULL) == 0)
			trees_of(high, 5);
	}
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		trees_of(more[i], 20);
	return done();
}
