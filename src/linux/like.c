// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * From a text to tables. Each version's rules are tried, newest first, until one makes tables whose own text is the one that
 * was given: printing is what defines what a line means, so the proof is to print.
 */
#include "linux/like.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "build/alloc.h"
#include "linux/find.h"

#define MiB (UINT64_C(1) << 20)

int ptk_like_refuse_(const struct ptk_like *like, size_t i, struct ptk_err *err, const char *fmt, ...)
{
	char text[200];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return ptk_err_set_(err, PTK_E_NOTSUP, "line %u: %s", like->ti->line[i].number, text);
}

static int too_many(const struct ptk_like *k, size_t i, struct ptk_err *err)
{
	return ptk_err_set_(err, PTK_E_LIMIT, "line %u: more than %llu tables", k->ti->line[i].number,
	                    (unsigned long long)k->max_tables);
}

int ptk_like_table_(struct ptk_like *like, size_t i, uint64_t size, uint64_t *pa, struct ptk_err *err)
{
	if (like->tables >= like->max_tables)
		return too_many(like, i, err);
	int rc = ptk_alloc_take_(like->alloc, size, size, pa);
	if (rc < 0)
		return ptk_err_set_(err, PTK_E_RANGE, "line %u: no room for another table", like->ti->line[i].number);
	like->tables++;
	like->bytes += size;
	return 0;
}

/* ---- what each line asks for ---- */

static bool is_pairs(const struct ptk_like *k)
{
	return k->p->walk && k->p->walks(&k->r);
}

static bool is_level(const char *const name[PTK_LEVELS_MAX], int level, const struct ptk_text_line *x)
{
	return !x->name || (name[level] && strcmp(name[level], x->name) == 0);
}

static uint64_t column_mask(const struct ptd_bits *b)
{
	uint64_t mask = 0;
	for (size_t i = 0; i < b->n; i++)
		mask |= b->bit[i].mask;
	return mask;
}

/* Whether entries of a level print the line's words. */
static bool takes_words(const struct ptk_like *k, const struct ptk_text_line *x, int level, struct like_line *l)
{
	const struct ptd_bits *b = k->p->bits(&k->r, level);
	uint64_t start = k->r.level[level].leaf_form.value;
	l->leaf = true;
	l->mask = column_mask(b);
	/* x86: what is printed is present. Linux's own entries of arm are not the hardware's. */
	if (k->arch == LX_X86)
		l->mask |= BIT(0);
	if (is_pairs(k))
		start = 0;
	if (!ptk_like_bits_(b, x->word, x->nwords, start & l->mask, &l->value))
		return false;
	l->value |= k->arch == LX_X86 ? BIT(0) : 0;
	return true;
}

static bool is_aligned_line(const struct ptk_like *k, const struct ptk_text_line *x, int level)
{
	uint64_t size = ptk_level_size(&k->r, level);
	return is_aligned(x->first, size) && is_aligned(x->last + 1, size);
}

/* The level, the bits: the lowest level whose name, size and columns agree, but sections before pages. */
static bool find_level(const struct ptk_like *k, const struct ptk_text_line *x, struct like_line *l)
{
	const char *leaf[PTK_LEVELS_MAX] = {0}, *hole[PTK_LEVELS_MAX] = {0};
	k->p->names(&k->r, leaf, hole);
	for (int level = k->r.nlevels - 1; level >= 0; level--) {
		l->level = (int8_t)level;
		l->leaf = false;
		if (x->nwords == 0 && x->name && is_level(hole, level, x))
			return true;
		if (x->nwords && is_level(leaf, level, x) && k->r.level[level].leaf && is_aligned_line(k, x, level) &&
		    takes_words(k, x, level, l))
			return true;
	}
	return false;
}

/*
 * x86 compares more than it prints: A, D, software's bits. Lines that look the same and are not one must differ in these. With
 * nothing printed at all, one is empty and the other not present.
 */
static void tell_apart(const struct ptk_like *k, size_t i, struct like_line *l)
{
	const struct ptk_text_line *x = &k->ti->line[i];
	if (i == 0 || x[-1].last + 1 != x->first || x[-1].marker != x->marker)
		return;
	const struct like_line *before = &k->line[i - 1];
	bool blank = !x->nwords && !x[-1].nwords;
	if (l->level != before->level || (!blank && (l->leaf != before->leaf || l->value != before->value)))
		return;
	l->other = !before->other;
	if (blank && l->other && k->arch == LX_X86) {
		l->leaf = true;
		l->value = l->level ? BIT(7) : 0; /* large, so that the walk does not pass over it */
	}
}

static int read_line(struct ptk_like *k, size_t i, struct ptk_err *err)
{
	const struct ptk_text_line *x = &k->ti->line[i];
	struct like_line *l = &k->line[i];
	*l = (struct like_line){.pa = PTK_NO_PA};
	if (i && (x->first <= x[-1].last))
		return ptk_like_refuse_(k, i, err, "0x%llx lies below the end of the line before", (unsigned long long)x->first);
	if (!find_level(k, x, l))
		return ptk_like_refuse_(k, i, err, "Linux %s prints no such entries of %s", k->release, k->r.name);
	tell_apart(k, i, l);
	const struct ptk_space *s = &k->info.space;
	bool inside = x->first >= s->first && x->last <= s->last && ptk_va_valid(&k->r, x->first) &&
	              ptk_va_valid(&k->r, x->last) && (k->r.va_width == 32 || x->first >> 63 == x->last >> 63);
	if (x->nwords && !inside)
		return ptk_like_refuse_(k, i, err, "%s does not translate these addresses", k->r.name);
	/* Before any is made: a line may be as long as all addresses are. Of an empty one, that may be the gap between the halves. */
	const struct ptk_level *v = &k->r.level[l->level];
	k->least_tables += inside && l->level < k->r.nlevels - 1 ? (x->last - x->first) >> (v->shift + v->bits) : 0;
	return k->least_tables > k->max_tables ? too_many(k, i, err) : 0;
}

/* ---- physical memory ---- */

/* Entries of a contiguous run must share an aligned stretch of memory, as they do of addresses. */
static uint64_t alignment(const struct ptk_like *k, const struct like_line *l)
{
	const struct ptk_level *v = &k->r.level[l->level];
	unsigned run = 0;
	if (k->arch == LX_ARM64 && l->value & BIT(52))
		run = v->cont_bits;
	return BIT(v->shift + run);
}

static int place_line(struct ptk_like *k, size_t i, uint64_t *next, struct ptk_err *err)
{
	const struct ptk_text_line *x = &k->ti->line[i];
	struct like_line *l = &k->line[i];
	uint64_t align = alignment(k, l), last;
	if (!x->nwords)
		return 0;
	if (k->p->rules & PTD_PA && x->pa == PTK_NO_PA)
		return ptk_like_refuse_(k, i, err, "no physical address");
	l->pa = k->p->rules & PTD_PA ? x->pa : *next + ((x->first - *next) & (align - 1));
	if (!add_ok(l->pa, x->last - x->first, &last) || last > low_bits(k->r.pa_bits) || l->pa < *next * !(k->p->rules & PTD_PA))
		return ptk_err_set_(err, PTK_E_RANGE, "line %u: no room in the %u bits of physical addresses",
		                    x->number, k->r.pa_bits);
	if (!is_aligned(l->pa, ptk_level_size(&k->r, l->level)))
		return ptk_like_refuse_(k, i, err, "the physical address 0x%llx is not a multiple of the entries' size",
		                        (unsigned long long)l->pa);
	*next = last + 1 > *next ? last + 1 : *next;
	k->info.mapped += x->last - x->first + 1;
	return 0;
}

static int read_lines(struct ptk_like *k, uint64_t pa, uint64_t *end, struct ptk_err *err)
{
	*end = k->p->rules & PTD_PA ? 0 : pa;
	k->info.mapped = k->least_tables = 0;
	for (size_t i = 0; i < k->ti->nlines; i++) {
		int rc = read_line(k, i, err);
		if (rc == 0)
			rc = place_line(k, i, end, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- markers ---- */

/* How many lines a region has before the rest is counted; 0: all were shown. */
static uint32_t lines_shown(const struct ptk_like *k, uint32_t marker)
{
	const struct ptk_text_info *ti = k->ti;
	for (size_t g = 0; g < ti->ngaps; g++) {
		size_t end = ti->gap[g].line, i = end;
		while (i > 0 && ti->line[i - 1].marker == marker)
			i--;
		if (i < end)
			return (uint32_t)(end - i);
	}
	return 0;
}

/*
 * A marker is printed with the first note at or after its address. The last of those before a line is taken to be where the
 * line starts; those before it, where the line before ends. The first of all is printed with the first note, wherever it is.
 */
static int set_markers(struct ptk_like *k, struct ptk_err *err)
{
	const struct ptk_text_info *ti = k->ti;
	size_t n = 0;
	if (ti->nmarkers >= LX_ABOUT_MARKERS_MAX)
		return ptk_err_set_(err, PTK_E_LIMIT, "%zu markers; no kernel has more than %d", ti->nmarkers, LX_ABOUT_MARKERS_MAX);
	if (ti->nmarkers && ti->marker[0].line > 0)
		k->marker[n++] = (struct ptk_marker){ti->line[0].first, "", lines_shown(k, 0)};
	for (size_t i = 0; i < ti->nmarkers; i++) {
		size_t at = ti->marker[i].line;
		bool last = at < ti->nlines && (i + 1 == ti->nmarkers || ti->marker[i + 1].line != at);
		bool edge = k->p->rules & PTD_HOLES && at < ti->nlines;
		uint64_t va = last || edge || at == 0 ? ti->line[at].first : ti->line[at - 1].last + 1;
		const char *name = ptk_lx_printf_(&k->names, "%s", ti->marker[i].name);
		if (!name)
			return PTK_E_NOMEM;
		k->marker[n++] = (struct ptk_marker){va, name, lines_shown(k, (uint32_t)i + 1)};
	}
	k->info.about.marker = k->marker;
	k->info.about.nmarkers = n;
	return 0;
}

/* ---- one version ---- */

static void drop(struct ptk_like *k)
{
	ptk_alloc_free(k->alloc);
	ptk_mem_close(k->mem);
	k->alloc = NULL;
	k->mem = NULL;
	k->tables = k->bytes = 0;
}

static int make_room(struct ptk_like *k, const struct ptk_like_opts *o, uint64_t end, struct ptk_err *err)
{
	uint64_t first = o->tables_first, last = o->tables_last, top = low_bits(k->r.pa_bits);
	if (k->arch == LX_ARM && k->r.entry_shift == 2)
		top = UINT32_MAX; /* tables lie in the first 4G */
	if (!first && !last) {
		first = (end + 2 * MiB - 1) & ~(2 * MiB - 1);
		last = top;
	}
	if (first > last || last > top || (first < end && !o->tables_last))
		return ptk_err_set_(err, PTK_E_RANGE, "no room for tables behind the memory that is mapped: say where they go");
	int rc = ptk_mem_new_image(first, last, &k->mem);
	if (rc == 0)
		rc = ptk_alloc_new_bump(first, last, 0, &k->alloc);
	if (rc == 0)
		rc = ptk_build_root(k->mem, &k->r, k->alloc, &k->info.space, err);
	k->tables = 1;
	k->bytes = ptk_table_size(&k->r, k->r.nlevels - 1);
	return rc;
}

static int try_profile(struct ptk_like *k, const struct ptk_like_opts *o, struct ptk_err *err)
{
	uint64_t end;
	drop(k);
	int rc = read_lines(k, o->pa, &end, err);
	if (rc == 0)
		rc = make_room(k, o, end, err);
	if (rc == 0)
		rc = set_markers(k, err);
	if (rc == 0)
		rc = is_pairs(k) ? ptk_like_pairs_(k, err) : ptk_like_tree_(k, err);
	k->info.about.release = k->release;
	k->info.about.table[PTK_TABLE_KERNEL] = &k->info.space;
	k->info.tables = k->tables;
	k->info.bytes = k->bytes;
	return rc < 0 ? rc : ptk_like_check_(k, err);
}

static void name_version(struct ptk_like *k, uint64_t v)
{
	unsigned patch = (unsigned)(v & 0xffff);
	int n = snprintf(k->release, sizeof k->release, "%u.%u", (unsigned)(v >> 32), (unsigned)(v >> 16 & 0xffff));
	if (patch && n > 0)
		snprintf(k->release + n, sizeof k->release - (size_t)n, ".%u", patch);
}

static int try_version(struct ptk_like *k, const struct ptk_like_opts *o, struct ptk_err *err)
{
	unsigned major, minor, patch;
	if (!ptk_release_parse_(o->version, strlen(o->version), &major, &minor, &patch) || strlen(o->version) >= sizeof k->release)
		return ptk_err_set_(err, PTK_E_INVAL, "'%.60s' is not a kernel version such as 6.1 or 6.12.117", o->version);
	snprintf(k->release, sizeof k->release, "%s", o->version);
	k->p = ptk_ptd_profile_(k->arch, PTD_VERSION(major, minor, patch));
	return try_profile(k, o, err);
}

/* From the newest on; if none will do, the newest one's reason counts. */
static int try_versions(struct ptk_like *k, const struct ptk_like_opts *o, struct ptk_err *err)
{
	const struct ptd_profile *newest = ptk_ptd_profile_(k->arch, 0), *oldest = ptk_ptd_profile_(k->arch, 1);
	struct ptk_err first = {0}, other = {0};
	int rc = PTK_E_BUG;
	for (const struct ptd_profile *p = newest; p >= oldest; p--) {
		k->p = p;
		name_version(k, p->since);
		int got = try_profile(k, o, p == newest ? &first : &other);
		if (got == 0)
			return 0;
		rc = p == newest ? got : rc;
		if (got != PTK_E_NOTSUP)
			break;
	}
	if (err)
		*err = first;
	return rc;
}

/* ---- the regime ---- */

static bool has_word(const struct ptk_text_info *ti, const char *start)
{
	for (size_t i = 0; i < ti->nlines; i++)
		for (unsigned w = 0; w < ti->line[i].nwords; w++)
			if (strncmp(ti->line[i].word[w], start, strlen(start)) == 0)
				return true;
	return false;
}

/* The likeliest, with what the text shows besides: which half, and riscv's extensions. */
static int set_regime(struct ptk_like *k, const struct ptk_text *t, const char *asked, struct ptk_err *err)
{
	char name[80];
	struct ptk_space whole;
	const struct ptk_text_info *ti = k->ti;
	int rc = asked ? ptk_regime_parse(asked, &k->r, err) : ptk_text_regime(t, &k->r, err);
	if (rc == 0 && !asked) {
		bool high = strcmp(ti->arch, "arm64") == 0 && ti->line[ti->nlines - 1].first >> 63;
		bool wide = strcmp(ti->arch, "riscv") == 0 && ti->va_width == 64;
		snprintf(name, sizeof name, "%s%s%s%s", k->r.name, high ? ",high" : "", wide && has_word(ti, "N") ? ",svnapot" : "",
		         wide && has_word(ti, "MT(") ? ",svpbmt" : "");
		rc = ptk_regime_parse(name, &k->r, err);
	}
	if (rc == 0 && strcmp(ptk_regime_arch(&k->r), ti->arch) != 0)
		rc = ptk_err_set_(err, PTK_E_INVAL, "the text is of %s, and %s is not", ti->arch, k->r.name);
	if (rc == 0)
		rc = ptk_space_init(&whole, NULL, &k->r, 0, err);
	if (rc == 0)
		k->info.space = whole;
	return rc;
}

static int make(struct ptk_like *k, const struct ptk_text *t, const struct ptk_like_opts *o, struct ptk_err *err)
{
	static const char *const arches[] = {[LX_ARM] = "arm", [LX_ARM64] = "arm64", [LX_X86] = "x86", [LX_RISCV] = "riscv"};
	int rc = set_regime(k, t, o->regime, err);
	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < sizeof arches / sizeof *arches; i++)
		if (strcmp(arches[i], k->ti->arch) == 0)
			k->arch = (enum lx_arch)i;
	if (k->ti->ngaps && k->arch != LX_X86)
		return ptk_err_set_(err, PTK_E_NOTSUP, "line %u: only x86 kernels leave entries out", k->ti->gap[0].number);
	k->line = calloc(k->ti->nlines, sizeof *k->line);
	if (!k->line)
		return PTK_E_NOMEM;
	return o->version ? try_version(k, o, err) : try_versions(k, o, err);
}

int ptk_like_new(const struct ptk_text *t, const struct ptk_like_opts *opts, struct ptk_like **out, struct ptk_err *err)
{
	static const struct ptk_like_opts none;
	struct ptk_like *k = calloc(1, sizeof *k);
	int rc = PTK_E_NOMEM;
	if (k) {
		k->ti = ptk_text_info(t);
		k->max_tables = opts && opts->max_tables ? opts->max_tables : LIKE_TABLES_MAX;
		rc = make(k, t, opts ? opts : &none, err);
		k->ti = NULL;
	}
	if (rc < 0) {
		ptk_like_free(k);
		return rc == PTK_E_NOMEM ? ptk_err_set_(err, rc, "no memory to make tables like those of a text") : rc;
	}
	*out = k;
	return 0;
}

void ptk_like_free(struct ptk_like *k)
{
	if (!k)
		return;
	drop(k);
	ptk_lx_free_(&k->names);
	free(k->line);
	free(k);
}

const struct ptk_like_info *ptk_like_info(const struct ptk_like *k)
{
	return &k->info;
}
