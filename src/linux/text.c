// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The lines of the kernel's text: what each is, and its addresses, size and level. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/text.h"

#define TEXT_MAX ((size_t)256 << 20)
#define BAD_MAX 64
/* Longest line looked at; the kernel's have 150 characters at most. */
#define LINE_MAX_ 4096
#define CACHE 64

struct ptk_text {
	struct ptk_text_info info;
	struct ptk_text_line *line;
	struct ptk_text_marker *marker;
	struct ptk_text_bad bad[BAD_MAX];
	size_t room, marker_room;
	enum text_arch arch;
	struct text_gaps gaps;
	struct lx_arena arena;
	const struct text_columns *cache[CACHE]; /* those seen last, by hash */
};

/* Part of the text that is still to be read. */
struct span {
	const char *p, *end;
};

/* ---- pieces of a line ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_space(struct span *s)
{
	while (s->p < s->end && is_space(*s->p))
		s->p++;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 0x and 8 or 16 digits. Returns how many, 0 if it is something else. */
static unsigned take_address(struct span *s, uint64_t *out)
{
	const char *p = s->p;
	unsigned n = 0;
	uint64_t v = 0;
	if (s->end - p < 10 || p[0] != '0' || p[1] != 'x')
		return 0;
	for (p += 2; p < s->end && n <= 16 && hex_digit(*p) >= 0; p++, n++)
		v = v << 4 | (unsigned)hex_digit(*p);
	if (n != 8 && n != 16)
		return 0;
	s->p = p;
	*out = v;
	return n;
}

/* "16324P". */
static bool take_size(struct span *s, uint64_t *out)
{
	static const char unit[] = "BKMGTPE";
	uint64_t v = 0;
	const char *p = s->p;
	for (; p < s->end && *p >= '0' && *p <= '9'; p++) {
		if (v > UINT64_MAX / 10 - 1)
			return false;
		v = v * 10 + (unsigned)(*p - '0');
	}
	const char *u = p > s->p && p < s->end && *p ? strchr(unit, *p) : NULL;
	if (!u || (p + 1 < s->end && !is_space(p[1])))
		return false;
	unsigned shift = 10 * (unsigned)(u - unit);
	if (v > UINT64_MAX >> shift)
		return false;
	*out = v << shift;
	s->p = p + 1;
	return true;
}

/* ---- lines of ranges ---- */

/* Where "0x...-0x" begins: logs put times and hosts before it. */
static const char *find_range(const char *p, const char *end)
{
	for (; end - p >= 22; p++) {
		p = memchr(p, '0', (size_t)(end - p - 21));
		if (!p)
			return NULL;
		unsigned n = 0;
		if (p[1] != 'x')
			continue;
		while (p + 2 + n < end && n < 16 && hex_digit(p[2 + n]) >= 0)
			n++;
		if ((n == 8 || n == 16) && end - p >= 2 * (ptrdiff_t)n + 5 && memcmp(p + 2 + n, "-0x", 3) == 0)
			return p;
	}
	return NULL;
}

/* Levels, as they are named upper-case (all but x86) and lower-case (x86). */
static const char *level_name(const char *word, size_t len, bool lower, int8_t *level)
{
	static const char *const name[2][5] = {
		{"PTE", "PMD", "PUD", "P4D", "PGD"},
		{"pte", "pmd", "pud", "p4d", "pgd"},
	};
	for (int8_t i = 0; len == 3 && i < 5; i++) {
		if (memcmp(word, name[lower][i], 3) == 0) {
			*level = i;
			return name[lower][i];
		}
	}
	return NULL;
}

/* arch/arm/include/asm/domain.h, by their numbers. */
static const char *domain_name(const char *word, uint8_t *number)
{
	static const char *const name[] = {"KERNEL", "USER", "IO", "VECTORS", "unknown"};
	for (uint8_t i = 0; i < sizeof name / sizeof *name; i++) {
		if (strcmp(word, name[i]) == 0) {
			*number = i < 4 ? i : 0;
			return name[i];
		}
	}
	return NULL;
}

static bool is_printable(const struct span *s)
{
	for (const char *p = s->p; p < s->end; p++)
		if (!is_space(*p) && ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f))
			return false;
	return true;
}

/* The rest of a line as words: a copy in which each ends with a zero. NULL in *out: too many, or no memory. */
static struct text_columns *split(struct ptk_text *t, struct span s)
{
	size_t len = (size_t)(s.end - s.p), used = 0;
	struct text_columns *c = calloc(1, sizeof *c + len + 1);
	if (!c)
		return NULL;
	for (skip_space(&s); s.p < s.end; skip_space(&s)) {
		const char *start = s.p;
		while (s.p < s.end && !is_space(*s.p))
			s.p++;
		if (c->nwords < PTK_TEXT_WORDS_MAX)
			c->word[c->nwords] = c->key + used;
		if (c->nwords <= PTK_TEXT_WORDS_MAX)
			c->nwords++;
		memcpy(c->key + used, start, (size_t)(s.p - start));
		used += (size_t)(s.p - start) + 1;
	}
	c->key_len = (uint32_t)used;
	return c;
}

static void drop_word(struct text_columns *c, unsigned i)
{
	c->nwords--;
	memmove(c->word + i, c->word + i + 1, (c->nwords - i) * sizeof *c->word);
}

/* Level and domain leave the words; which of the architectures it is follows from where the level stands. */
static void take_names(struct text_columns *c, unsigned width, bool pa)
{
	unsigned last = c->nwords ? c->nwords - 1u : 0;
	c->level = -1;
	c->arch = pa ? TEXT_RISCV : width == 64 ? TEXT_ARM64 : TEXT_ARM;
	if (!c->nwords)
		return;
	c->name = level_name(c->word[0], strlen(c->word[0]), false, &c->level);
	if (c->name) {
		drop_word(c, 0);
	} else if (!pa && (c->name = level_name(c->word[last], strlen(c->word[last]), true, &c->level))) {
		c->arch = TEXT_X86;
		drop_word(c, last);
	}
	if (c->arch == TEXT_ARM && c->nwords && (c->domain = domain_name(c->word[0], &c->attr.key)))
		drop_word(c, 0);
}

static unsigned hash(const struct text_columns *c, unsigned salt)
{
	uint32_t h = 2166136261u + salt;
	for (uint32_t i = 0; i < c->key_len; i++)
		h = (h ^ (unsigned char)c->key[i]) * 16777619u;
	return (h ^ h >> 16) % CACHE;
}

/* Neighbouring lines alternate between a few sets of attributes: those seen last are shared. */
static const char *columns_of(struct ptk_text *t, struct span s, unsigned width, bool pa,
                              const struct text_columns **out)
{
	struct text_columns *c = split(t, s);
	const char *why = NULL;
	if (!c)
		return "out of memory";
	unsigned h = hash(c, width + pa);
	const struct text_columns *old = t->cache[h];
	bool too_many = c->nwords > PTK_TEXT_WORDS_MAX;
	if (!too_many)
		take_names(c, width, pa);
	if (old && old->key_len == c->key_len && memcmp(old->key, c->key, c->key_len) == 0 && old->arch == c->arch) {
		*out = old;
	} else if (too_many) {
		why = "more words than any kernel prints";
	} else {
		why = ptk_text_columns_(c, width);
		struct text_columns *kept = why ? NULL : ptk_lx_alloc_(&t->arena, sizeof *c + c->key_len);
		if (kept) {
			memcpy(kept, c, sizeof *c + c->key_len);
			for (unsigned i = 0; i < c->nwords; i++)
				kept->word[i] = kept->key + (c->word[i] - c->key);
			*out = t->cache[h] = kept;
		} else if (!why) {
			why = "out of memory";
		}
	}
	free(c);
	return why;
}

/* Addresses and size. */
static const char *read_range(struct span *s, struct ptk_text_line *line, unsigned *width, bool *pa)
{
	uint64_t end;
	unsigned digits = take_address(s, &line->first);
	s->p++; /* the dash that find_range() saw */
	if (take_address(s, &end) != digits)
		return "two addresses of different widths";
	*width = 4 * digits;
	line->last = (end - 1) & (digits == 8 ? UINT32_MAX : UINT64_MAX);
	if (line->last < line->first)
		return "a range that ends before it starts";
	skip_space(s);
	line->pa = PTK_NO_PA;
	*pa = take_address(s, &line->pa) == digits;
	skip_space(s);
	if (!take_size(s, &line->size))
		return "no size after the range";
	if (line->size != line->last - line->first + 1)
		return "a size that is not that of the range";
	return NULL;
}

static int grow(void **array, size_t *room, size_t n, size_t size)
{
	if (n < *room)
		return 0;
	size_t more = *room ? *room * 2 : 64;
	void *p = reallocarray(*array, more, size);
	if (!p)
		return PTK_E_NOMEM;
	*array = p;
	*room = more;
	return 0;
}

static const char *add_line(struct ptk_text *t, struct span s, uint32_t number)
{
	struct ptk_text_line line = {.number = number, .marker = (uint32_t)t->info.nmarkers};
	const struct text_columns *c = NULL;
	unsigned width = 0;
	bool pa = false;
	if (!is_printable(&s))
		return "bytes that are not text";
	const char *why = read_range(&s, &line, &width, &pa);
	if (!why)
		why = columns_of(t, s, width, pa, &c);
	if (why)
		return why;
	if (t->info.nlines && (c->arch != t->arch || width != t->info.va_width))
		return "a line of another architecture than those before";
	t->arch = c->arch;
	t->info.va_width = (uint8_t)width;
	line.name = c->name;
	line.domain = c->domain;
	line.word = c->word;
	line.attr = c->attr;
	line.nwords = c->nwords;
	line.nunknown = c->nunknown;
	line.kind = c->kind;
	line.level = c->level;
	if (grow((void **)&t->line, &t->room, t->info.nlines, sizeof line) < 0)
		return "out of memory";
	t->line[t->info.nlines++] = line;
	return NULL;
}

/* ---- other lines ---- */

static const char *find(const char *p, const char *end, const char *what)
{
	return p < end ? memmem(p, (size_t)(end - p), what, strlen(what)) : NULL;
}

/* ---[ name ]---, but not "---[ end trace ]---" nor "---------[ cut here ]---" of a log. */
static bool add_marker(struct ptk_text *t, struct span s, uint32_t number, const char **why)
{
	const char *start = find(s.p, s.end, "---[ ");
	const char *stop = start ? find(start + 5, s.end, " ]---") : NULL;
	if (!stop || (start > s.p && start[-1] == '-'))
		return false;
	start += 5;
	struct span name = {start, stop};
	if (find(start, stop, "end trace") == start || stop - start > 100 || !is_printable(&name))
		return false;
	const char *copy = ptk_lx_printf_(&t->arena, "%.*s", (int)(stop - start), start);
	if (!copy || grow((void **)&t->marker, &t->marker_room, t->info.nmarkers, sizeof *t->marker) < 0) {
		*why = "out of memory";
		return true;
	}
	t->marker[t->info.nmarkers++] = (struct ptk_text_marker){copy, number, (uint32_t)t->info.nlines};
	return true;
}

static void add_bad(struct ptk_text *t, uint32_t number, const char *why)
{
	if (t->info.nbad < BAD_MAX)
		t->bad[t->info.nbad++] = (struct ptk_text_bad){number, why};
	t->info.total_bad++;
}

static void read_line(struct ptk_text *t, struct span s, uint32_t number)
{
	const char *why = NULL;
	skip_space(&s);
	while (s.end > s.p && is_space(s.end[-1]))
		s.end--;
	if (s.p == s.end)
		return;
	if (s.end - s.p > LINE_MAX_) {
		add_bad(t, number, "a line longer than any kernel prints");
		return;
	}
	const char *range = find_range(s.p, s.end);
	if (range)
		why = add_line(t, (struct span){range, s.end}, number);
	else if (!add_marker(t, s, number, &why) && !ptk_text_gap_(&t->gaps, s.p, s.end, number, t->info.nlines, &why))
		why = "not a line of a page-table text";
	if (why)
		add_bad(t, number, why);
}

/* ---- the whole ---- */

/*
 * The top level is called PGD whatever is folded: its number is one more than that of the highest other name. With
 * short descriptors, which domains betray, it is the one above the last.
 */
static void number_top(struct ptk_text *t)
{
	int8_t top = 1;
	for (size_t i = 0; i < t->info.nlines; i++)
		if (t->line[i].level >= top && t->line[i].level < 4)
			top = (int8_t)(t->line[i].level + 1);
	for (size_t i = 0; i < t->info.nlines; i++)
		if (t->line[i].level == 4)
			t->line[i].level = top;
}

static const char *arch_name(enum text_arch arch)
{
	switch (arch) {
	case TEXT_ARM: return "arm";
	case TEXT_ARM64: return "arm64";
	case TEXT_RISCV: return "riscv";
	case TEXT_X86: return "x86";
	}
	return "?";
}

static bool ran_out(const struct ptk_text *t)
{
	for (size_t i = 0; i < t->info.nbad; i++)
		if (strcmp(t->bad[i].why, "out of memory") == 0)
			return true;
	return false;
}

int ptk_text_parse(const char *text, size_t size, struct ptk_text **out, struct ptk_err *err)
{
	if (size > TEXT_MAX)
		return ptk_err_set_(err, PTK_E_LIMIT, "a text of more than %zu MiB", TEXT_MAX >> 20);
	struct ptk_text *t = calloc(1, sizeof *t);
	if (!t)
		return ptk_err_set_(err, PTK_E_NOMEM, "out of memory");
	uint32_t number = 0;
	for (const char *p = text, *end = size ? text + size : text, *nl; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl ? nl : end;
		read_line(t, (struct span){p, nl}, ++number);
	}
	int rc = ran_out(t) ? PTK_E_NOMEM : t->info.nlines ? 0 : PTK_E_BADFMT;
	if (rc < 0) {
		if (rc == PTK_E_BADFMT && t->info.nbad)
			ptk_err_set_(err, rc, "no line of a page-table text; line %u: %s",
			             t->bad[0].number, t->bad[0].why);
		else
			ptk_err_set_(err, rc, rc == PTK_E_NOMEM ? "out of memory" : "no line of a page-table text");
		ptk_text_free(t);
		return rc;
	}
	number_top(t);
	t->info.arch = arch_name(t->arch);
	t->info.line = t->line;
	t->info.marker = t->marker;
	t->info.bad = t->bad;
	ptk_text_place_gaps_(&t->gaps, &t->info);
	*out = t;
	return 0;
}

void ptk_text_free(struct ptk_text *t)
{
	if (!t)
		return;
	ptk_lx_free_(&t->arena);
	free(t->line);
	free(t->marker);
	free(t->gaps.gap);
	free(t);
}

const struct ptk_text_info *ptk_text_info(const struct ptk_text *t)
{
	return &t->info;
}

const char *ptk_text_region(const struct ptk_text *t, uint64_t va)
{
	/* Texts are in address order, unless somebody pasted pieces: then what is found may be none. */
	size_t low = 0, high = t->info.nlines;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (t->line[mid].last < va)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == t->info.nlines || t->line[low].first > va || !t->line[low].marker)
		return NULL;
	return t->marker[t->line[low].marker - 1].name;
}
