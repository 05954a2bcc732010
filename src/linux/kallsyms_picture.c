// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The kallsyms of the kernel in the picture: by VMCOREINFO's word (since 6.0), or by search of the image's data. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/endian.h"
#include "linux/image.h"
#include "linux/kallsyms.h"
#include "linux/symbols.h"
#include "linux/vmcoreinfo.h"

#define STEPS (UINT64_C(1) << 28) /* a few times those that the largest image takes */
#define FINDS 64                  /* tables that look right and are not this kernel's */

static struct lx_stretch stretch(const struct lx_view *v, uint64_t va, const struct lx_bytes *b)
{
	return (struct lx_stretch){
	        .p = b->p,
	        .len = b->len,
	        .va = va,
	        .word = v->space.regime.va_width / 8,
	        .big = ptk_mem_info(v->space.mem)->big_endian,
	};
}

/* ---- are they this kernel's? ---- */

struct judge {
	struct ptk_linux *lx;
	const struct lx_view *view;
	const struct lx_image *im;
};

static bool in_image(const struct lx_image *im, uint64_t va)
{
	for (size_t i = 0; i < im->n; i++)
		if (va >= im->part[i].first && va <= im->part[i].last)
			return true;
	return false;
}

/* What else is known of the kernel's addresses must be so in its kallsyms, and something must be. */
static bool agrees(const struct judge *j, const struct lx_symtab *st)
{
	const struct lx_vmcoreinfo *vi = j->lx->vmcoreinfo;
	uint64_t va, here;
	unsigned same = 0, other = 0;
	if (ptk_symbols_pgd_(st, &va))
		*(va == j->lx->pgd_va ? &same : &other) += 1;
	static const char *const names[] = {"_stext", "init_uts_ns", "node_online_map"};
	for (size_t i = 0; vi && i < sizeof names / sizeof *names; i++)
		if (ptk_vmcoreinfo_symbol_(vi, names[i], &here) && ptk_symbols_find_(st, names[i], &va))
			*(va == here ? &same : &other) += 1;
	if (!vi && ptk_symbols_find_(st, "_stext", &va))
		*(in_image(j->im, va) ? &same : &other) += 1;
	return same && !other;
}

static int add(void *arg, char type, const char *name, size_t len, uint64_t va)
{
	(void)type;
	return ptk_symbols_add_(arg, name, len, va);
}

/* 1: these are the symbols, out; 0: they are not. */
static int load(const struct judge *j, const struct lx_stretch *s, const struct lx_kallsyms *k, struct lx_symtab **out)
{
	if (!ptk_kallsyms_sorted_(s, k))
		return 0;
	struct lx_symtab *st = ptk_symbols_new_();
	int rc = st ? ptk_kallsyms_each_(s, k, add, st) : PTK_E_NOMEM;
	if (rc >= 0)
		rc = ptk_symbols_index_(st);
	if (rc >= 0 && agrees(j, st)) {
		*out = st;
		return 1;
	}
	ptk_symbols_close_(st);
	return rc == PTK_E_NOMEM ? rc : 0;
}

/* ---- by VMCOREINFO: vmcoreinfo_init() of kernel/crash_core.c ---- */

struct keys {
	uint64_t num, names, tokens, index, addresses, base;
	bool words;
};

static bool read_keys(const struct lx_vmcoreinfo *vi, struct keys *k)
{
	*k = (struct keys){0};
	if (!vi || !ptk_vmcoreinfo_symbol_(vi, "kallsyms_names", &k->names) ||
	    !ptk_vmcoreinfo_symbol_(vi, "kallsyms_num_syms", &k->num) ||
	    !ptk_vmcoreinfo_symbol_(vi, "kallsyms_token_table", &k->tokens) ||
	    !ptk_vmcoreinfo_symbol_(vi, "kallsyms_token_index", &k->index))
		return false;
	ptk_vmcoreinfo_symbol_(vi, "kallsyms_relative_base", &k->base);
	k->words = ptk_vmcoreinfo_symbol_(vi, "kallsyms_addresses", &k->addresses);
	return k->words || ptk_vmcoreinfo_symbol_(vi, "kallsyms_offsets", &k->addresses);
}

static bool number(const struct lx_view *v, uint64_t va, unsigned size, uint64_t *out)
{
	uint8_t b[8];
	bool big = ptk_mem_info(v->space.mem)->big_endian;
	if (ptk_image_read_(v, va, b, size) < 0)
		return false;
	*out = size == 8 ? load64(b, big) : load32(b, big);
	return true;
}

/* Read by each of the ways that the keys leave open. */
static int load_keys(const struct judge *j, const struct keys *keys, uint64_t n, uint64_t base, struct lx_symtab **out)
{
	static const enum lx_kallsyms_mode words[] = {KALLSYMS_WORDS}, based[] = {KALLSYMS_UNSIGNED, KALLSYMS_PERCPU},
	                                   free_[] = {KALLSYMS_PLACE, KALLSYMS_PLAIN};
	unsigned word = j->view->space.regime.va_width / 8;
	uint64_t low = keys->names < keys->addresses ? keys->names : keys->addresses;
	uint64_t last = keys->addresses + n * (keys->words ? word : 4), high = keys->index + 512;
	struct lx_bytes b;
	high = last > high ? last : high;
	if (keys->tokens < low || keys->index < keys->tokens || high < low)
		return 0;
	int rc = ptk_image_bytes_(j->view, low, high - low, false, &b);
	if (rc < 0)
		return rc == PTK_E_NOMEM ? rc : 0;
	const struct lx_stretch s = stretch(j->view, low, &b);
	struct lx_kallsyms k = {
	        .n = (uint32_t)n,
	        .names = keys->names - low,
	        .tokens = keys->tokens - low,
	        .index = keys->index - low,
	        .addresses = keys->addresses - low,
	        .base = base,
	};
	const enum lx_kallsyms_mode *mode = keys->words ? words : keys->base ? based : free_;
	for (unsigned i = 0; i < (keys->words ? 1u : 2u) && rc == 0; i++) {
		k.mode = mode[i];
		rc = load(j, &s, &k, out);
	}
	ptk_image_bytes_free_(&b);
	return rc;
}

static int by_note(const struct judge *j, struct lx_symtab **out, const char **how)
{
	struct keys k;
	uint64_t n, base = 0;
	if (!read_keys(j->lx->vmcoreinfo, &k) || !number(j->view, k.num, 4, &n) || n == 0 || n > KALLSYMS_MAX)
		return 0;
	if (k.base && !number(j->view, k.base, j->view->space.regime.va_width / 8u, &base))
		return 0;
	*how = "kallsyms in the image, where VMCOREINFO says";
	return load_keys(j, &k, n, base, out);
}

/* ---- by search ---- */

static int search_stretch(const struct judge *j, const struct lx_stretch *s, struct lx_symtab **out, uint64_t *va)
{
	struct lx_kallsyms_search st = {.steps = STEPS};
	struct lx_kallsyms found, k;
	int rc = 0;
	for (unsigned n = 0; n < FINDS && rc == 0 && ptk_kallsyms_search_(s, &st, &found); n++) {
		*va = s->va + found.names;
		for (unsigned i = 0; rc == 0 && ptk_kallsyms_guess_(s, &found, i, &k); i++)
			rc = load(j, s, &k, out);
	}
	return rc;
}

/*
 * Text is not left out, though the tables belong to read-only data: on 32-bit arm both lie in one section, and a
 * section of 1M may be mapped for both.
 */
static int by_search(const struct judge *j, struct lx_symtab **out, const char **how)
{
	const struct lx_part *part = j->im->part;
	uint64_t va = 0;
	int rc = 0;
	for (size_t i = 0, next; i < j->im->n && rc == 0; i = next) {
		struct lx_bytes b;
		for (next = i + 1; next < j->im->n && part[next - 1].last + 1 == part[next].first; next++)
			;
		rc = ptk_image_bytes_(j->view, part[i].first, part[next - 1].last - part[i].first + 1, true, &b);
		if (rc < 0)
			return rc == PTK_E_NOMEM ? rc : 0;
		const struct lx_stretch s = stretch(j->view, part[i].first, &b);
		rc = search_stretch(j, &s, out, &va);
		ptk_image_bytes_free_(&b);
	}
	if (rc > 0)
		*how = ptk_lx_printf_(&j->lx->arena, "search of the image: its kallsyms, names at 0x%" PRIx64, va);
	return rc;
}

int ptk_kallsyms_look_(struct ptk_linux *lx, bool by_notes, struct lx_symtab **out, const char **how)
{
	struct lx_view view;
	struct lx_image im;
	const struct judge j = {lx, &view, &im};
	int rc = ptk_view_(lx, &view);
	if (rc >= 0)
		rc = ptk_image_find_(&view, &im);
	if (rc >= 0)
		rc = by_notes ? by_note(&j, out, how) : 0;
	return rc ? rc : by_search(&j, out, how);
}

const struct lx_symtab *ptk_kallsyms_(struct ptk_linux *lx)
{
	const char *how = NULL;
	if (lx->kallsyms_looked)
		return lx->kallsyms;
	lx->kallsyms_looked = true;
	if (ptk_kallsyms_look_(lx, true, &lx->kallsyms, &how) > 0)
		ptk_lx_fact_(lx, "kallsyms", ptk_lx_printf_(&lx->arena, "%zu", ptk_symbols_count_(lx->kallsyms)), how);
	else
		ptk_lx_fact_(lx, "kallsyms", "none", "search of the image");
	return lx->kallsyms;
}
