// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Tables as files: what is common to all formats. */
#include "build/emit.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "base/grow.h"
#include "base/near.h"

#define X(name) extern const struct emitter ptk_emit_##name##_;
#include "build/emit-list.h"
#undef X

static const struct emitter *const emitters[] = {
#define X(name) &ptk_emit_##name##_,
#include "build/emit-list.h"
#undef X
};
#define NEMITTERS (sizeof emitters / sizeof *emitters)

/* A flat image is for loaders; tables farther apart than this want an ELF file. */
#define FLAT_MAX (UINT64_C(1) << 30)
/* Half a page of 32-bit arm. */
#define SHADOW_BYTES 2048u

const char *ptk_emit_name(size_t i)
{
	return i < NEMITTERS ? emitters[i]->name : NULL;
}

const char *ptk_emit_about(size_t i)
{
	return i < NEMITTERS ? emitters[i]->about : NULL;
}

/* ---- the tables of a space ---- */

struct tables {
	const struct ptk_space *space;
	struct emit_table *list;
	size_t n, room;
	size_t nshadows; /* of them, Linux's own entries */
	uint64_t bad; /* an entry whose table could not be read */
	bool unreadable;
};

static int add_table(struct tables *t, uint64_t pa, int level, uint64_t va)
{
	struct emit_table *list = grow_(t->list, t->n, &t->room, 64, sizeof *list);
	if (!list)
		return PTK_E_NOMEM;
	t->list = list;
	t->list[t->n++] = (struct emit_table){
		.pa = pa,
		.size = ptk_table_size(&t->space->regime, level),
		.va = va,
		.level = (uint8_t)level,
	};
	return PTK_GO;
}

static int visit(void *arg, const struct ptk_run *run)
{
	struct tables *t = arg;
	struct ptk_entry e;
	if (run->what == PTK_V_UNREADABLE) {
		t->unreadable = true;
		t->bad = run->table;
		return PTK_GO;
	}
	if (run->what != PTK_V_TABLE)
		return PTK_GO;
	ptk_entry_decode(&t->space->regime, run->level, run->raw, &e);
	return run->again ? PTK_SKIP : add_table(t, e.pa, run->level - 1, run->va);
}

static int by_pa(const void *a, const void *b)
{
	const struct emit_table *x = a, *y = b;
	if (x->pa != y->pa)
		return x->pa < y->pa ? -1 : 1;
	return x->level < y->level ? 1 : x->level > y->level ? -1 : 0;
}

/*
 * 32-bit arm Linux keeps its own entries in the same page as the hardware's, before them (asm/pgtable-2level.h). Nothing
 * points to them, but they belong to the tables.
 */
static int add_shadows(struct tables *t)
{
	static const unsigned char zero[SHADOW_BYTES];
	const struct ptk_regime *r = &t->space->regime;
	size_t n = t->n;
	if (strcmp(ptk_regime_arch(r), "arm") != 0 || r->entry_shift != 2)
		return 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char bytes[SHADOW_BYTES];
		uint64_t pa = t->list[i].pa, page = round_down(pa, 2 * SHADOW_BYTES);
		if (t->list[i].level || pa - page != SHADOW_BYTES || (i && t->list[i - 1].pa >= page) ||
		    ptk_mem_read(t->space->mem, page, bytes, sizeof bytes, NULL) < 0 || memcmp(bytes, zero, sizeof zero) == 0)
			continue;
		int rc = add_table(t, page, 0, t->list[i].va);
		if (rc < 0)
			return rc;
		t->list[t->n - 1].size = SHADOW_BYTES;
		t->nshadows++;
	}
	qsort(t->list, t->n, sizeof *t->list, by_pa);
	return 0;
}

static int collect(struct tables *t, struct ptk_err *err)
{
	int top = t->space->regime.nlevels - 1;
	int rc = add_table(t, t->space->root, top, t->space->first);
	if (rc == PTK_GO)
		rc = ptk_walk_space(t->space, &(struct ptk_walk_opts){0}, visit, t, NULL, err);
	if (rc < 0)
		return rc;
	if (t->unreadable)
		return ptk_err_set_(err, PTK_E_NODATA, "a table that the one at %#" PRIx64 " points to is not in memory", t->bad);
	qsort(t->list, t->n, sizeof *t->list, by_pa);
	size_t n = 1; /* a table reached at several levels counts once */
	for (size_t i = 1; i < t->n; i++)
		if (t->list[i].pa != t->list[n - 1].pa)
			t->list[n++] = t->list[i];
	t->n = n;
	return add_shadows(t);
}

int ptk_emit_extent(const struct ptk_space *s, uint64_t *first, uint64_t *last, uint64_t *tables, struct ptk_err *err)
{
	struct tables t = {.space = s};
	int rc = collect(&t, err);
	if (rc == 0) {
		*first = t.list[0].pa;
		*last = t.list[t.n - 1].pa + t.list[t.n - 1].size - 1;
		if (tables)
			*tables = t.n - t.nshadows;
	}
	free(t.list);
	return rc;
}

/* ---- text ---- */

void ptk_emit_story_(FILE *f, const struct emit *e, const char *prefix)
{
	char regime[256];
	ptk_regime_format(&e->space->regime, regime, sizeof regime);
	fprintf(f, "%sPage tables: %s, %zu tables, root at %#" PRIx64 ".\n", prefix, regime, e->ntables - e->nshadows, e->space->root);
	fprintf(f, "%sThey point to each other: load them at physical address %#" PRIx64 ".\n%s\n", prefix, e->first, prefix);
	fprintf(f, "%sTo turn them on:\n", prefix);
	for (size_t i = 0; i < e->nregs; i++)
		fprintf(f, "%s  %-10s %#018" PRIx64 "  (bits %#018" PRIx64 ") %s\n", prefix, e->reg[i].name, e->reg[i].value,
		        e->reg[i].mask, e->reg[i].means);
	if (e->opts->nedits)
		fprintf(f, "%s\n%sWhat maps what:\n", prefix, prefix);
	for (size_t i = 0; i < e->opts->nedits; i++) {
		const struct ptk_edit *d = &e->opts->edit[i];
		/* A name comes from a file: it must not end the comment. */
		fprintf(f, "%s  %#" PRIx64 "-%#" PRIx64 " -> %#" PRIx64 "  ", prefix, d->first, d->last, d->pa);
		for (const char *p = d->name ? d->name : ""; *p; p++)
			fputc(isalnum((unsigned char)*p) || strchr(" _-.,@+()", *p) ? *p : '?', f);
		fputc('\n', f);
	}
}

static int read_words(const struct emit *e, uint64_t pa, uint64_t size, uint64_t *word, struct ptk_err *err)
{
	bool big = ptk_mem_info(e->space->mem)->big_endian;
	unsigned shift = e->space->regime.entry_shift;
	unsigned char *raw = malloc(size);
	int rc = raw ? ptk_mem_read(e->space->mem, pa, raw, size, err) : PTK_E_NOMEM;
	for (uint64_t i = 0; rc == 0 && i < size >> shift; i++)
		word[i] = shift == 3 ? load64(raw + 8 * i, big) : load32(raw + 4 * i, big);
	free(raw);
	return rc;
}

static int put_gap(FILE *f, const struct emit *e, const struct emit_sink *sink, uint64_t from, uint64_t to)
{
	static const uint64_t zero[512];
	unsigned shift = e->space->regime.entry_shift;
	while (from < to) {
		uint64_t n = (to - from) >> shift;
		n = n < 512 ? n : 512;
		sink->words(f, e, from, zero, n);
		from += n << shift;
	}
	return 0;
}

static int put_tables(FILE *f, const struct emit *e, const struct emit_sink *sink, struct ptk_err *err)
{
	unsigned shift = e->space->regime.entry_shift;
	uint64_t at = e->first;
	for (size_t i = 0; i < e->ntables; i++) {
		const struct emit_table *t = &e->table[i];
		/* Tables of hostile trees may overlap; the image is one all the same. */
		uint64_t end = t->pa + t->size, skip = at > t->pa ? at - t->pa : 0;
		if (end <= at)
			continue;
		put_gap(f, e, sink, at, t->pa);
		uint64_t *word = malloc((t->size >> shift) * sizeof *word);
		int rc = word ? read_words(e, t->pa, t->size, word, err) : PTK_E_NOMEM;
		if (rc == 0) {
			if (sink->table)
				sink->table(f, e, t);
			sink->words(f, e, t->pa + skip, word + (skip >> shift), (t->size - skip) >> shift);
		}
		free(word);
		if (rc < 0)
			return rc;
		at = end;
	}
	return 0;
}

int ptk_emit_text_(const struct emit *e, void (*begin)(FILE *f, const struct emit *e), const struct emit_sink *sink,
                   void (*end)(FILE *f, const struct emit *e), struct ptk_err *err)
{
	FILE *f = fopen(e->path, "wb");
	if (!f)
		return ptk_err_sys_(err, PTK_E_IO, errno, "cannot create %s", e->path);
	if (begin)
		begin(f, e);
	int rc = put_tables(f, e, sink, err);
	if (end && rc == 0)
		end(f, e);
	bool bad = ferror(f);
	if ((fclose(f) != 0 || bad) && rc == 0)
		rc = ptk_err_sys_(err, PTK_E_IO, errno, "cannot write %s", e->path);
	return rc;
}

/* ---- the call ---- */

static int check_symbol(const char *s, struct ptk_err *err)
{
	bool fine = isalpha((unsigned char)*s) || *s == '_';
	for (const char *p = s; fine && *p; p++)
		fine = isalnum((unsigned char)*p) || *p == '_';
	return fine ? 0 : ptk_err_set_(err, PTK_E_INVAL, "'%.60s' cannot name an array: letters, digits and _ only", s);
}

int ptk_emit(const struct ptk_space *s, const char *format, const struct ptk_emit_opts *opts, const char *path,
             struct ptk_err *err)
{
	static const struct ptk_emit_opts none;
	struct tables t = {.space = s};
	struct emit e = {.space = s, .opts = opts ? opts : &none, .path = path};
	const struct emitter *em = NULL;
	for (size_t i = 0; i < NEMITTERS; i++)
		if (strcmp(emitters[i]->name, format) == 0)
			em = emitters[i];
	if (!em) {
		char near[128];
		ptk_near_(format, ptk_emit_name, near, sizeof near);
		return ptk_err_set_(err, PTK_E_UNKNOWN, "unknown format '%s'%s", format, near);
	}
	e.symbol = e.opts->symbol ? e.opts->symbol : "page_tables";
	int rc = check_symbol(e.symbol, err);
	if (rc == 0)
		rc = collect(&t, err);
	if (rc == 0) {
		e.table = t.list;
		e.ntables = t.n;
		e.nshadows = t.nshadows;
		e.first = t.list[0].pa;
		e.last = t.list[t.n - 1].pa + t.list[t.n - 1].size - 1;
		e.nregs = ptk_regime_registers(&s->regime, s->root, e.reg, PTK_REGISTERS_MAX);
		if (em->flat && e.last - e.first >= FLAT_MAX)
			rc = ptk_err_set_(err, PTK_E_LIMIT,
			                  "the tables lie between %#" PRIx64 " and %#" PRIx64 ", too far apart for one image; use elf",
			                  e.first, e.last);
	}
	if (rc == 0)
		rc = em->emit(&e, err);
	free(t.list);
	return rc < 0 ? ptk_err_add_(err, rc, "writing %s", path) : 0;
}
