// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * arm's short descriptors as Linux keeps them: first-level entries by pairs, and a page of second-level ones for each pair,
 * Linux's own 512 before the hardware's (head comment of arch/arm/include/asm/pgtable-2level.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "linux/like.h"
#include "linux/mm.h"

#define FIRSTS 4096
#define PTES 512
#define HARDWARE 2048 /* of the page: the hardware's entries follow Linux's */
#define TABLE 1u
#define SECTION 2u
/* Normal memory, write-back, write-allocate, as PRRR and NMRR have it under TEX remap: the text does not say. */
#define SECTION_MEMORY (BIT(12) | BIT(3) | BIT(2))
/* L_PTE_VALID, L_PTE_YOUNG, L_PTE_DIRTY */
#define LINUX_PTE (BIT(0) | BIT(1) | BIT(6))

struct pairs {
	struct ptk_like *like;
	uint32_t first[FIRSTS];
	uint32_t soft[PTES], hard[PTES];
	uint64_t page; /* the page under way, or PTK_NO_PA */
	struct ptk_err *err;
};

static int write_words(struct pairs *w, uint64_t pa, const uint32_t *word, size_t n)
{
	unsigned char bytes[PTES * 4];
	for (size_t at = 0, part; at < n; at += part) {
		part = n - at < PTES ? n - at : PTES;
		for (size_t i = 0; i < part; i++)
			store32(bytes + i * 4, word[at + i], false);
		int rc = ptk_mem_write(w->like->mem, pa + at * 4, bytes, part * 4, w->err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int close_page(struct pairs *w)
{
	int rc = 0;
	if (w->page != PTK_NO_PA)
		rc = write_words(w, w->page, w->soft, PTES);
	if (rc == 0 && w->page != PTK_NO_PA)
		rc = write_words(w, w->page + HARDWARE, w->hard, PTES);
	w->page = PTK_NO_PA;
	return rc;
}

/* The page of a pair; a new one if it has none. */
static int open_page(struct pairs *w, size_t at, uint64_t va, uint32_t domain)
{
	uint32_t *pair = &w->first[(va >> 21) * 2];
	uint32_t kind = TABLE | domain;
	if (pair[0] || pair[1]) {
		if (!(pair[0] & TABLE) || w->page == PTK_NO_PA)
			return ptk_like_refuse_(w->like, at, w->err, "sections and pages share 2M");
		if ((pair[0] & GENMASK(8, 5)) != domain)
			return ptk_like_refuse_(w->like, at, w->err, "two domains share 2M of pages");
		return 0;
	}
	int rc = close_page(w);
	if (rc == 0)
		rc = ptk_like_table_(w->like, at, 4096, &w->page, w->err);
	if (rc < 0)
		return rc;
	pair[0] = (uint32_t)(w->page + HARDWARE) | kind;
	pair[1] = (uint32_t)(w->page + HARDWARE + 1024) | kind;
	memset(w->soft, 0, sizeof w->soft);
	memset(w->hard, 0, sizeof w->hard);
	return 0;
}

static int put_page(struct pairs *w, size_t at, const struct like_line *l, uint64_t va, uint64_t pa, uint32_t domain)
{
	static const struct ptk_mm v7 = {.pair = true};
	uint64_t soft = l->value | LINUX_PTE | pa, hard;
	int rc = open_page(w, at, va, domain);
	if (rc < 0)
		return rc;
	ptk_pgops_arm_.stored(&v7, soft, false, &hard);
	w->soft[(va >> 12) % PTES] = (uint32_t)soft;
	w->hard[(va >> 12) % PTES] = (uint32_t)hard;
	return 0;
}

static int put_section(struct pairs *w, size_t at, const struct like_line *l, uint64_t va, uint64_t pa, uint32_t domain)
{
	if (w->first[va >> 20] || w->first[(va >> 20) & ~UINT64_C(1)] & TABLE)
		return ptk_like_refuse_(w->like, at, w->err, "sections and pages share 2M");
	w->first[va >> 20] = (uint32_t)(pa | SECTION | SECTION_MEMORY | domain | l->value);
	return 0;
}

/* arch/arm/include/asm/domain.h; those beyond the fourth have no name. */
static uint32_t domain_of(const struct ptk_text_line *x)
{
	static const char *const name[] = {"KERNEL", "USER", "IO", "VECTORS", "unknown"};
	for (uint32_t i = 0; x->domain && i < sizeof name / sizeof *name; i++)
		if (strcmp(x->domain, name[i]) == 0)
			return i << 5;
	return 0;
}

static int put_line(struct pairs *w, size_t at)
{
	const struct ptk_text_line *x = &w->like->ti->line[at];
	const struct like_line *l = &w->like->line[at];
	/* Without names, a domain can still tell neighbours apart that look the same. */
	uint32_t domain = x->domain ? domain_of(x) : l->other ? BIT(5) : 0;
	uint64_t size = ptk_level_size(&w->like->r, l->level);
	if ((l->pa + (x->last - x->first)) >> 32)
		return ptk_like_refuse_(w->like, at, w->err, "its entries cannot hold the address 0x%llx",
		                        (unsigned long long)(l->pa + (x->last - x->first)));
	for (uint64_t off = 0; off <= x->last - x->first; off += size) {
		int rc = l->level ? put_section(w, at, l, x->first + off, l->pa + off, domain)
		                  : put_page(w, at, l, x->first + off, l->pa + off, domain);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int ptk_like_pairs_(struct ptk_like *like, struct ptk_err *err)
{
	struct pairs *w = calloc(1, sizeof *w);
	int rc = w ? 0 : PTK_E_NOMEM;
	if (w) {
		w->like = like;
		w->err = err;
		w->page = PTK_NO_PA;
	}
	for (size_t i = 0; rc == 0 && i < like->ti->nlines; i++)
		rc = put_line(w, i);
	if (rc == 0)
		rc = close_page(w);
	if (rc == 0)
		rc = write_words(w, like->info.space.root, w->first, FIRSTS);
	free(w);
	return rc;
}
