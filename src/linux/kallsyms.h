/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * The kernel's own table of its symbols, which scripts/kallsyms.c lays out:
 *
 *   num_syms      how many
 *   names         for each a length (since 6.1 ULEB128 of at most two bytes) and as many bytes, each a token; the first
 *                 character is the symbol's type
 *   markers       where every 256th name starts
 *   token_table   256 strings
 *   token_index   where each starts: 256 words of 16 bits
 *   addresses     a word for each, or
 *   offsets, relative_base   32 bits for each (since 4.6)
 *
 * The last ones precede num_syms until 6.4 and follow token_index since. Here are the pure parts: what they read is a
 * stretch of the image, hostile like all of it.
 */
#ifndef LINUX_KALLSYMS_H
#define LINUX_KALLSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KALLSYMS_NAME_MAX 1024           /* KSYM_NAME_LEN is 512 */
#define KALLSYMS_MAX (UINT32_C(4) << 20) /* more symbols than any kernel has */

/* Bytes of the image, at va. */
struct lx_stretch {
	const uint8_t *p;
	size_t len;
	uint64_t va;
	uint8_t word; /* bytes of an unsigned long */
	bool big;
};

/* How the addresses are kept. */
enum lx_kallsyms_mode {
	KALLSYMS_WORDS,    /* as they are */
	KALLSYMS_UNSIGNED, /* 32 bits to be added to the base */
	KALLSYMS_PERCPU,   /* as they are if not negative, which per-CPU symbols are not; else base - 1 - offset */
	KALLSYMS_PLACE,    /* relative to the place that holds the offset: no base */
	KALLSYMS_PLAIN,    /* 32 bits as they are, on 32-bit machines: no base */
};

/* Where the parts are, as offsets in a stretch. */
struct lx_kallsyms {
	uint32_t n;
	size_t number, names, tokens, index, addresses;
	uint64_t base;
	enum lx_kallsyms_mode mode;
};

/* A search under way: zero it and set steps, the work it may take. */
struct lx_kallsyms_search {
	size_t at;
	uint64_t steps;
};

/*
 * Find the next set of tables in a stretch by what they must look like. The addresses are not settled then: see
 * ptk_kallsyms_guess_().
 */
bool ptk_kallsyms_search_(const struct lx_stretch *s, struct lx_kallsyms_search *st, struct lx_kallsyms *out);

/*
 * The i-th guess at where the addresses are and how they are kept, for tables found by search. False when there are no
 * more; a guess that cannot be right leaves n = 0.
 */
bool ptk_kallsyms_guess_(const struct lx_stretch *s, const struct lx_kallsyms *found, unsigned i,
                         struct lx_kallsyms *out);

/* Are the addresses sorted, as they are written? Of different ways to read them few stand this test. */
bool ptk_kallsyms_sorted_(const struct lx_stretch *s, const struct lx_kallsyms *k);

/* Called for each symbol in order; name is not terminated. 0, or a negative error that ends it. */
typedef int lx_kallsyms_fn(void *arg, char type, const char *name, size_t len, uint64_t va);

/* All symbols. PTK_E_BADFMT if there is something that cannot be; or what fn returned. */
int ptk_kallsyms_each_(const struct lx_stretch *s, const struct lx_kallsyms *k, lx_kallsyms_fn *fn, void *arg);

struct ptk_linux;
struct lx_symtab;

/* The symbols of the picture's own kallsyms, read when first asked for; NULL if there are none that can be trusted. */
const struct lx_symtab *ptk_kallsyms_(struct ptk_linux *lx);

/* Read them: 1 found, 0 not, or an error. VMCOREINFO's word is only taken if by_notes. */
int ptk_kallsyms_look_(struct ptk_linux *lx, bool by_notes, struct lx_symtab **out, const char **how);

#endif
