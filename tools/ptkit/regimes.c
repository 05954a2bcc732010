// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit regimes: the ways to translate addresses, and the geometry of one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "verb.h"

struct options {
	bool json;
};

static const struct opt option_rows[] = {
	{"--json", 'j', OPT_FLAG, NULL, "one JSON document", offsetof(struct options, json), NULL},
	{0},
};

static const char *size_text(uint64_t bytes, char buf[24])
{
	ptk_render_size(bytes, buf);
	return buf;
}

/* 64-bit modes count their VA space in bits that a size in bytes cannot hold. */
static uint64_t low_half_last(const struct ptk_regime *r, unsigned bits)
{
	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/* The inclusive ranges that one root translates; returns how many. */
static int windows(const struct ptk_regime *r, uint64_t out[2][2])
{
	uint64_t max = ptk_va_max(r);
	switch (r->va_form) {
	case PTK_VA_LOW:
		out[0][0] = 0;
		out[0][1] = low_half_last(r, r->va_bits);
		return 1;
	case PTK_VA_HIGH:
		out[0][0] = max - low_half_last(r, r->va_bits);
		out[0][1] = max;
		return 1;
	case PTK_VA_SIGN:
		out[0][0] = 0;
		out[0][1] = low_half_last(r, r->va_bits - 1u);
		out[1][0] = max - out[0][1];
		out[1][1] = max;
		return 2;
	}
	return 0;
}

/* ---- the list ---- */

/* Leaf sizes, largest first: "4K 2M 1G". Returns the length. */
static int leaf_sizes(const struct ptk_regime *r, char *buf, size_t size)
{
	size_t n = 0;
	char one[24];
	buf[0] = 0;
	for (int l = 0; l < r->nlevels; l++) {
		if (r->level[l].leaf && n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? " " : "",
			                      size_text(ptk_level_size(r, l), one));
		if (r->level[l].cont_bits && n < size)
			n += (size_t)snprintf(buf + n, size - n, " %s*",
			                      size_text(ptk_level_size(r, l) << r->level[l].cont_bits, one));
	}
	return (int)n;
}

/* How the VA is cut: "9+9+9+9+12". */
static void split(const struct ptk_regime *r, char *buf, size_t size)
{
	size_t n = 0;
	for (int l = r->nlevels - 1; l >= 0 && n < size; l--)
		n += (size_t)snprintf(buf + n, size - n, "%u+", r->level[l].bits);
	if (n < size)
		snprintf(buf + n, size - n, "%u", r->page_shift);
}

static void list_row(struct out *o, const struct paint *p, const struct ptk_regime *r)
{
	char cut[64], sizes[128];
	split(r, cut, sizeof cut);
	leaf_sizes(r, sizes, sizeof sizes);
	out_format(o, "%s%-16s%s %-6s %6u  %7u  %8u  %-16s %s\n", p->bold, r->name, p->off, ptk_regime_arch(r),
	           r->nlevels, r->va_bits, r->pa_bits, cut, sizes);
}

static void list_json(struct json *j, const struct ptk_regime *r)
{
	json_begin(j, NULL, '{');
	json_text(j, "name", r->name);
	json_text(j, "arch", ptk_regime_arch(r));
	json_number(j, "levels", r->nlevels);
	json_number(j, "va_bits", r->va_bits);
	json_number(j, "pa_bits", r->pa_bits);
	json_number(j, "page_size", INT64_C(1) << r->page_shift);
	json_end(j, '{');
}

static int list(struct call *c, bool as_json)
{
	struct json j = {.out = c->out};
	const struct paint *p = out_paint();
	const char *name;
	if (as_json)
		json_begin(&j, NULL, '[');
	else
		out_format(c->out, "%s%-16s %-6s %6s  %7s  %8s  %-16s %s%s\n", p->dim, "name", "arch", "levels",
		           "VA bits", "PA bits", "index+offset", "pages (* contiguous runs)", p->off);
	for (size_t i = 0; (name = ptk_regime_name(i)); i++) {
		struct ptk_regime r;
		struct ptk_err err = {0};
		int rc = ptk_regime_parse(name, &r, &err);
		if (rc < 0)
			return fail_err(rc, &err);
		if (as_json)
			list_json(&j, &r);
		else
			list_row(c->out, p, &r);
	}
	if (as_json)
		json_end(&j, '[');
	return EXIT_DONE;
}

/* ---- Linux's view ---- */

/* One of Linux's five levels in this regime. */
struct linux_level {
	const char *name; /* "pud" */
	unsigned shift;
	uint64_t entries;
	bool folded; /* it exists only in name: one entry, the shift of the pgd */
};

static const char *const linux_names[] = {"pte", "pmd", "pud", "p4d", "pgd"};

static int find_linux(const struct ptk_regime *r, const char *name)
{
	for (int l = 0; l < r->nlevels; l++)
		if (strcmp(ptk_level_linux(r, l), name) == 0)
			return l;
	return -1;
}

/*
 * Linux on arm's short descriptors pairs two 1M entries and puts two hardware tables of 256 entries
 * into one page beside its own 2 x 256 (arch/arm/include/asm/pgtable-2level.h): 2048 entries of 2M
 * over 512 of 4K.
 */
static bool paired(const struct ptk_regime *r)
{
	return strcmp(r->name, "arm-short") == 0;
}

static void linux_view(const struct ptk_regime *r, struct linux_level out[5])
{
	int top = r->nlevels - 1;
	for (int i = 0; i < 5; i++) {
		int l = find_linux(r, linux_names[i]);
		int from = l >= 0 ? l : top;
		out[i] = (struct linux_level){linux_names[i], r->level[from].shift, UINT64_C(1) << r->level[from].bits,
		                              l < 0};
		if (paired(r) && from == top) {
			out[i].shift++;
			out[i].entries /= 2;
		} else if (paired(r)) {
			out[i].entries *= 2;
		}
		if (l < 0)
			out[i].entries = 1;
	}
}

/* PAGE_SHIFT and PTRS_PER_PTE, PMD_..., PGDIR_SHIFT and PTRS_PER_PGD. */
static const char *macro(const struct linux_level *l)
{
	static const char *const names[][2] = {
		{"pte", "PAGE"}, {"pmd", "PMD"}, {"pud", "PUD"}, {"p4d", "P4D"}, {"pgd", "PGDIR"}};
	for (size_t i = 0; i < 5; i++)
		if (strcmp(names[i][0], l->name) == 0)
			return names[i][1];
	return l->name;
}

static uint64_t mask_of(const struct ptk_regime *r, unsigned shift)
{
	return ptk_va_max(r) & ~((UINT64_C(1) << shift) - 1);
}

static void linux_text(struct out *o, const struct paint *p, const struct ptk_regime *r)
{
	struct linux_level ll[5];
	char size[24], upper[4];
	int w = r->va_width / 4;
	linux_view(r, ll);
	out_format(o, "\n%sLinux%s%s\n", p->bold, p->off,
	           paired(r) ? " (pairs of 1M entries, over pages that hold two hardware tables and their Linux twins)"
	                     : "");
	out_format(o, "%s%-7s %6s  %8s  %-*s  %s%s\n", p->dim, "", "_SHIFT", "_SIZE", w + 2, "_MASK", "PTRS_PER_",
	           p->off);
	for (int i = 4; i >= 0; i--) {
		for (int k = 0; k < 4; k++)
			upper[k] = (char)(ll[i].name[k] - (ll[i].name[k] >= 'a' ? 32 : 0) * (ll[i].name[k] != 0));
		out_format(o, "%-7s %6u  %8s  0x%0*" PRIx64 "  %s %" PRIu64 "%s\n", macro(&ll[i]), ll[i].shift,
		           size_text(UINT64_C(1) << ll[i].shift, size), w, mask_of(r, ll[i].shift), upper,
		           ll[i].entries, ll[i].folded ? "  (folded into the pgd)" : "");
	}
}

static void linux_json(struct json *j, const struct ptk_regime *r)
{
	struct linux_level ll[5];
	linux_view(r, ll);
	json_begin(j, "linux", '[');
	for (int i = 4; i >= 0; i--) {
		json_begin(j, NULL, '{');
		json_text(j, "name", ll[i].name);
		json_text(j, "macro", macro(&ll[i]));
		json_number(j, "shift", ll[i].shift);
		json_number(j, "size", INT64_C(1) << ll[i].shift);
		json_hex(j, "mask", mask_of(r, ll[i].shift));
		json_number(j, "entries", (int64_t)ll[i].entries);
		json_bool(j, "folded", ll[i].folded);
		json_end(j, '{');
	}
	json_end(j, '[');
}

/* ---- one regime ---- */

static void level_text(struct out *o, const struct ptk_regime *r, int l)
{
	const struct ptk_level *lv = &r->level[l];
	char bits[16], size[24], table[24], run[24];
	snprintf(bits, sizeof bits, "%u:%u", lv->shift + lv->bits - 1, lv->shift);
	const char *holds = lv->leaf && lv->table ? "table or page" : lv->leaf ? "page" : "table";
	out_format(o, "%5d  %-7s %-4s %-7s %5u  %8s  %7u  %6s  %-13s  %-9s 0x%0*" PRIx64 "\n", l, lv->name,
	           ptk_level_linux(r, l), bits, lv->shift, size_text(ptk_level_size(r, l), size), 1u << lv->bits,
	           size_text(ptk_table_size(r, l), table), holds,
	           lv->cont_bits ? size_text(ptk_level_size(r, l) << lv->cont_bits, run) : "-", r->va_width / 4,
	           mask_of(r, lv->shift));
}

static void one_text(struct out *o, const struct ptk_regime *r)
{
	const struct paint *p = out_paint();
	uint64_t win[2][2];
	char page[24];
	int n = windows(r, win), w = r->va_width / 4;
	out_format(
		o,
		"%s%s%s: %s, %u levels, %u-bit virtual and %u-bit physical addresses, %s pages, entries of %u bytes\n",
		p->bold, r->name, p->off, ptk_regime_arch(r), r->nlevels, r->va_bits, r->pa_bits,
		size_text(UINT64_C(1) << r->page_shift, page), 1u << r->entry_shift);
	out_text(o, "translates ");
	for (int i = 0; i < n; i++)
		out_format(o, "%s0x%0*" PRIx64 "-0x%0*" PRIx64, i ? " and " : "", w, win[i][0], w, win[i][1]);
	if (r->va_form == PTK_VA_LOW && r->va_width == 64)
		out_format(o, " (with ,high 0x%0*" PRIx64 "-0x%0*" PRIx64 ")", w, ptk_va_max(r) - win[0][1], w,
		           ptk_va_max(r));
	out_format(o, "; the root is aligned to %s\n\n", size_text(UINT64_C(1) << r->root_align, page));
	out_format(o, "%s%5s  %-7s %-4s %-7s %5s  %8s  %7s  %6s  %-13s  %-9s %s%s\n", p->dim, "level", "manual", "",
	           "VA bits", "shift", "spans", "entries", "table", "an entry is a", "run", "mask", p->off);
	for (int l = r->nlevels - 1; l >= 0; l--)
		level_text(o, r, l);
	linux_text(o, p, r);
}

static void level_json(struct json *j, const struct ptk_regime *r, int l)
{
	const struct ptk_level *lv = &r->level[l];
	json_begin(j, NULL, '{');
	json_number(j, "level", l);
	json_text(j, "manual", lv->name);
	json_number(j, "manual_level", lv->manual);
	json_text(j, "linux", ptk_level_linux(r, l));
	json_number(j, "shift", lv->shift);
	json_number(j, "bits", lv->bits);
	json_number(j, "size", (int64_t)ptk_level_size(r, l));
	json_hex(j, "mask", mask_of(r, lv->shift));
	json_number(j, "entries", INT64_C(1) << lv->bits);
	json_number(j, "table_bytes", (int64_t)ptk_table_size(r, l));
	json_bool(j, "leaf", lv->leaf);
	json_bool(j, "table", lv->table);
	json_number(j, "run_size", lv->cont_bits ? (int64_t)(ptk_level_size(r, l) << lv->cont_bits) : 0);
	json_end(j, '{');
}

static void one_json(struct out *o, const struct ptk_regime *r)
{
	struct json j = {.out = o};
	uint64_t win[2][2];
	int n = windows(r, win);
	json_begin(&j, NULL, '{');
	json_text(&j, "name", r->name);
	json_text(&j, "arch", ptk_regime_arch(r));
	json_number(&j, "va_bits", r->va_bits);
	json_number(&j, "va_width", r->va_width);
	json_number(&j, "pa_bits", r->pa_bits);
	json_number(&j, "page_size", INT64_C(1) << r->page_shift);
	json_number(&j, "entry_bytes", INT64_C(1) << r->entry_shift);
	json_number(&j, "root_align", INT64_C(1) << r->root_align);
	json_begin(&j, "translates", '[');
	for (int i = 0; i < n; i++) {
		json_begin(&j, NULL, '{');
		json_hex(&j, "first", win[i][0]);
		json_hex(&j, "last", win[i][1]);
		json_end(&j, '{');
	}
	json_end(&j, '[');
	json_begin(&j, "levels", '[');
	for (int l = r->nlevels - 1; l >= 0; l--)
		level_json(&j, r, l);
	json_end(&j, '[');
	linux_json(&j, r);
	json_end(&j, '{');
}

static int run(struct call *c)
{
	const struct options *o = c->opts;
	struct ptk_regime r;
	struct ptk_err err = {0};
	if (!c->nargs)
		return list(c, o->json);
	int rc = ptk_regime_parse(c->arg[0], &r, &err);
	if (rc < 0)
		return fail_err(rc, &err);
	if (o->json)
		one_json(c->out, &r);
	else
		one_text(c->out, &r);
	return EXIT_DONE;
}

static const struct example examples[] = {
	{"ptkit regimes", "all of them"},
	{"ptkit regimes x86-64", "levels, shifts, sizes and masks of x86's 4-level mode, and what Linux calls them"},
	{"ptkit regimes arm64-16k-47,high", "any VA size that the granule allows; the half that TTBR1 covers"},
	{0},
};

const struct verb verb_regimes = {
	.name = "regimes",
	.summary = "the ways to translate addresses that ptkit knows; the geometry of one",
	.operands = "[NAME]",
	.max_args = 1,
	.about = "Without a NAME: the list. With one: its geometry, level by level (shift, size, mask, entries a "
	         "table, what an entry may be, the size of a contiguous run), and the names and constants that Linux "
	         "has for them (PGDIR_SHIFT, PTRS_PER_PMD and their kin, with the levels that are folded away).\n"
	         "\n"
	         "A NAME may carry parameters: ,pa=N (physical address bits), ,low or ,high (which half a TTBR "
	         "covers), and switches of the CPU such as ,wxn or ,nonx. The same names go with --regime elsewhere.",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.colours = true,
	.run = run,
};
