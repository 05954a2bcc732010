// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Tables as scripts/kallsyms.c of each era writes them: what a real image has is one or two of these layouts, and
 * tests/conformance/linux.c has those.
 */
#include "linux/kallsyms.h"

#include <ptkit/error.h>

#include "base/endian.h"
#include "tap.h"

#define COUNT 1000u
#define ROOM (256u << 10)
#define VA UINT64_C(0xffffffff81000000)
#define VA32 UINT64_C(0xc0008000)

/* One era: what it wrote, and how. */
struct layout {
	const char *name;
	unsigned word, align;  /* of labels; 0: a word */
	unsigned number, mark; /* bytes of num_syms, of a marker; 0: a word */
	bool behind, seqs, long_names;
	enum lx_kallsyms_mode mode;
};

static const struct layout layouts[] = {
        {"6.12, x86_64 SMP", 8, 0, 4, 4, true, true, true, KALLSYMS_PERCPU},
        {"6.12, arm64", 8, 0, 4, 4, true, true, true, KALLSYMS_UNSIGNED},
        {"6.12, arm", 4, 0, 4, 4, true, true, true, KALLSYMS_UNSIGNED},
        {"6.6 without base", 8, 0, 4, 4, true, true, true, KALLSYMS_WORDS},
        {"relative to place", 8, 0, 4, 4, true, true, true, KALLSYMS_PLACE},
        {"plain 32 bits", 4, 0, 4, 4, true, true, true, KALLSYMS_PLAIN},
        {"6.2, x86_64", 8, 0, 4, 4, false, true, true, KALLSYMS_PERCPU},
        {"6.1, arm64", 8, 0, 4, 4, false, false, true, KALLSYMS_UNSIGNED},
        {"5.10, arm", 4, 0, 4, 4, false, false, false, KALLSYMS_UNSIGNED},
        {"5.10 without base", 8, 0, 4, 4, false, false, false, KALLSYMS_WORDS},
        {"4.19, x86_64", 8, 8, 0, 0, false, false, false, KALLSYMS_PERCPU},
        {"4.19, arm64", 8, 256, 0, 0, false, false, false, KALLSYMS_UNSIGNED},
        {"4.19, arm", 4, 16, 0, 0, false, false, false, KALLSYMS_UNSIGNED},
        {"4.4, arm64", 8, 256, 0, 0, false, false, false, KALLSYMS_WORDS},
        {"4.4, arm", 4, 16, 0, 0, false, false, false, KALLSYMS_WORDS},
};
#define NLAYOUTS (sizeof layouts / sizeof *layouts)

struct image {
	uint8_t *p;
	size_t n;
	const struct layout *l;
	uint64_t va;
	struct lx_kallsyms want;
};

static void name_of(unsigned i, bool long_names, char out[300])
{
	/* the longest takes a length of two bytes */
	snprintf(out, 300, "%csymbol_%u%s", i % 3 ? 't' : 'D', i, i % 7 ? "" : "_init");
	if (long_names && i == 300) {
		size_t n = strlen(out);
		memset(out + n, 'x', 200);
		out[n + 200] = 0;
	}
}

static uint64_t va_of(const struct image *im, unsigned i)
{
	if (im->l->mode == KALLSYMS_PERCPU && i < 20)
		return (uint64_t)i * 64;
	return im->va + 0x1000 + i * 48;
}

static void put(struct image *im, uint64_t v, unsigned size)
{
	if (size == 8)
		store64(im->p + im->n, v, false);
	else if (size == 4)
		store32(im->p + im->n, (uint32_t)v, false);
	else if (size == 2)
		store16(im->p + im->n, (uint16_t)v, false);
	else
		im->p[im->n] = (uint8_t)v;
	im->n += size;
}

static size_t label(struct image *im)
{
	size_t align = im->l->align ? im->l->align : im->l->word;
	while (im->n % align)
		im->p[im->n++] = 0;
	return im->n;
}

/* Two tokens are worth two characters or more; the others stand for themselves. */
static const char *token(unsigned c, char buf[2])
{
	buf[0] = (char)c;
	buf[1] = 0;
	return c == 1 ? "symbol_" : c == 2 ? "_init" : c > 32 && c < 127 ? buf : "";
}

static void put_name(struct image *im, const char *name)
{
	uint8_t code[300];
	size_t n = 0;
	for (const char *p = name; *p;) {
		if (strncmp(p, "symbol_", 7) == 0) {
			code[n++] = 1;
			p += 7;
		} else if (strncmp(p, "_init", 5) == 0) {
			code[n++] = 2;
			p += 5;
		} else {
			code[n++] = (uint8_t)*p++;
		}
	}
	if (n > 0x7f)
		put(im, (n & 0x7f) | 0x80, 1);
	put(im, n > 0x7f ? n >> 7 : n, 1);
	memcpy(im->p + im->n, code, n);
	im->n += n;
}

static void put_addresses(struct image *im)
{
	uint64_t base = im->want.base = im->va + 0x1000;
	im->want.addresses = label(im);
	for (unsigned i = 0; i < COUNT; i++) {
		uint64_t va = va_of(im, i);
		switch (im->l->mode) {
		case KALLSYMS_WORDS: put(im, va, im->l->word); break;
		case KALLSYMS_UNSIGNED: put(im, va - base, 4); break;
		case KALLSYMS_PERCPU: put(im, i < 20 ? va : base - va - 1, 4); break;
		case KALLSYMS_PLACE: put(im, va - (im->va + im->n), 4); break;
		case KALLSYMS_PLAIN: put(im, va, 4); break;
		}
	}
	if (im->l->mode == KALLSYMS_UNSIGNED || im->l->mode == KALLSYMS_PERCPU) {
		label(im);
		put(im, base, im->l->word);
	} else {
		im->want.base = 0;
	}
}

static void put_names(struct image *im)
{
	char name[300];
	uint32_t mark[COUNT / 256 + 1];
	im->want.number = label(im);
	put(im, COUNT, im->l->number ? im->l->number : im->l->word);
	im->want.names = label(im);
	for (unsigned i = 0; i < COUNT; i++) {
		if (i % 256 == 0)
			mark[i / 256] = (uint32_t)(im->n - im->want.names);
		name_of(i, im->l->long_names, name);
		put_name(im, name);
	}
	label(im);
	for (unsigned i = 0; i < (COUNT + 255) / 256; i++)
		put(im, mark[i], im->l->mark ? im->l->mark : im->l->word);
}

static void put_seqs(struct image *im)
{
	label(im);
	for (unsigned i = 0; i < COUNT; i++) {
		unsigned seq = (i * 389) % COUNT;
		put(im, 0, 1);
		put(im, seq >> 8, 1);
		put(im, seq & 255, 1);
	}
}

static void put_tokens(struct image *im)
{
	char buf[2];
	size_t start[256];
	im->want.tokens = label(im);
	for (unsigned c = 0; c < 256; c++) {
		const char *t = token(c, buf);
		start[c] = im->n - im->want.tokens;
		memcpy(im->p + im->n, t, strlen(t) + 1);
		im->n += strlen(t) + 1;
	}
	im->want.index = label(im);
	for (unsigned c = 0; c < 256; c++)
		put(im, start[c], 2);
}

static void make(struct image *im, const struct layout *l)
{
	*im = (struct image){.p = calloc(1, ROOM), .l = l, .va = l->word == 8 ? VA : VA32};
	if (!im->p)
		bail("no memory");
	for (im->n = 0; im->n < 4096;) /* something that is none of it */
		put(im, im->n * 2654435761u, 4);
	im->want.n = COUNT;
	im->want.mode = l->mode;
	if (!l->behind)
		put_addresses(im);
	put_names(im);
	if (l->seqs && !l->behind)
		put_seqs(im);
	put_tokens(im);
	if (l->behind)
		put_addresses(im);
	if (l->seqs && l->behind)
		put_seqs(im);
}

struct seen {
	const struct image *im;
	unsigned n, wrong;
};

static int see(void *arg, char type, const char *name, size_t len, uint64_t va)
{
	struct seen *s = arg;
	char want[300];
	name_of(s->n, s->im->l->long_names, want);
	if (type != want[0] || len != strlen(want + 1) || memcmp(name, want + 1, len) != 0 || va != va_of(s->im, s->n))
		s->wrong++;
	s->n++;
	return 0;
}

static struct lx_stretch stretch(const struct image *im, size_t len)
{
	return (struct lx_stretch){.p = im->p, .len = len, .va = im->va, .word = (uint8_t)im->l->word};
}

static void era(const struct layout *l)
{
	struct image im;
	make(&im, l);
	struct lx_stretch s = stretch(&im, im.n);
	struct seen seen = {.im = &im};
	is_int(ptk_kallsyms_each_(&s, &im.want, see, &seen), 0, "%s: read where it is", l->name);
	ok(seen.n == COUNT && !seen.wrong, "%s: names, types, addresses", l->name);
	struct lx_kallsyms_search st = {.steps = 1 << 24};
	struct lx_kallsyms found = {0}, k;
	bool is = ptk_kallsyms_search_(&s, &st, &found);
	ok(is && found.n == COUNT && found.names == im.want.names && found.tokens == im.want.tokens &&
	           found.index == im.want.index && found.number == im.want.number,
	   "%s: found by search", l->name);
	unsigned right = 0, sorted = 0;
	for (unsigned i = 0; is && ptk_kallsyms_guess_(&s, &found, i, &k); i++) {
		if (!ptk_kallsyms_sorted_(&s, &k))
			continue;
		sorted++;
		right += k.mode == im.want.mode && k.addresses == im.want.addresses &&
		         (im.want.base == 0 || k.base == im.want.base);
	}
	ok(right >= 1, "%s: the right guess at the addresses is among those that are sorted", l->name);
	ok(sorted <= 6, "%s: few others are (%u)", l->name, sorted);
	ok(!is || !ptk_kallsyms_search_(&s, &st, &found), "%s: once", l->name);
	free(im.p);
}

static int count(void *arg, char type, const char *name, size_t len, uint64_t va)
{
	*(size_t *)arg += (size_t)(type != 0) + len + (va != 0) + (name[0] != 0);
	return 0;
}

/* Whatever is in there: nothing beyond the stretch is read, and there is an end. */
static size_t read_all(const struct lx_stretch *s)
{
	struct lx_kallsyms_search st = {.steps = 1 << 20};
	struct lx_kallsyms found, k;
	size_t sum = 0;
	for (unsigned n = 0; n < 4 && ptk_kallsyms_search_(s, &st, &found); n++)
		for (unsigned i = 0; ptk_kallsyms_guess_(s, &found, i, &k); i++)
			if (ptk_kallsyms_sorted_(s, &k))
				ptk_kallsyms_each_(s, &k, count, &sum);
	return sum;
}

static void damaged(const struct layout *l)
{
	struct image im;
	make(&im, l);
	size_t reads = 0;
	for (size_t len = 0; len < im.n; len += len < im.want.index ? 1021 : 67) {
		uint8_t *exact = malloc(len ? len : 1);
		memcpy(exact, im.p, len);
		struct lx_stretch s = stretch(&im, len);
		s.p = exact;
		reads += read_all(&s) > 0;
		free(exact);
	}
	printf("# %s: %zu cut versions still read\n", l->name, reads);
	for (unsigned i = 0; i < 400; i++) {
		struct lx_kallsyms k = im.want;
		size_t at = (size_t)i * 7919 % im.n, sum = 0;
		uint8_t was = im.p[at];
		im.p[at] = i & 1 ? 0xff : 0;
		struct lx_stretch s = stretch(&im, im.n);
		if (i % 8 == 0)
			read_all(&s);
		ptk_kallsyms_each_(&s, &k, count, &sum);
		im.p[at] = was;
	}
	ok(true, "%s: cut and damaged", l->name);
	/* Where the tables are comes from the picture too. */
	static const size_t bad[] = {SIZE_MAX, SIZE_MAX - 600, ROOM};
	struct lx_stretch s = stretch(&im, im.n);
	size_t sum = 0;
	unsigned refused = 0;
	for (unsigned i = 0; i < 3; i++) {
		struct lx_kallsyms a = im.want, b = im.want, c = im.want, d = im.want, e = im.want;
		a.names = b.tokens = c.index = d.addresses = bad[i];
		e.n = i == 0 ? 0 : i == 1 ? UINT32_MAX : COUNT * 20;
		const struct lx_kallsyms *all[] = {&a, &b, &c, &d, &e};
		for (unsigned j = 0; j < 5; j++)
			refused += ptk_kallsyms_each_(&s, all[j], count, &sum) == PTK_E_BADFMT;
	}
	is_u64(refused, 15, "%s: places and numbers beyond the stretch are refused", l->name);
	free(im.p);
}

/* Much that looks like the beginning of something takes no more than the steps allowed. */
static void bounded(void)
{
	size_t len = 8 << 20;
	uint8_t *p = calloc(1, len);
	for (size_t at = 0; at + 2048 <= len; at += 2048) {
		for (unsigned i = 0; i < 256; i++)
			store16(p + at + 1024 + 2 * i, (uint16_t)i, false);
		store32(p + at + 512, 0, false);
		store32(p + at + 516, 600, false);
		store32(p + at + 520, 1300, false);
	}
	struct lx_stretch s = {.p = p, .len = len, .va = VA, .word = 8};
	struct lx_kallsyms_search st = {.steps = 1 << 22};
	struct lx_kallsyms found;
	unsigned n = 0;
	while (ptk_kallsyms_search_(&s, &st, &found))
		n++;
	ok(n == 0, "tables of nothing are none");
	free(p);
}

int main(void)
{
	for (size_t i = 0; i < NLAYOUTS; i++)
		era(&layouts[i]);
	damaged(&layouts[0]);
	damaged(&layouts[11]);
	bounded();
	return done();
}
