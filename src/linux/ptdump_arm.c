// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * arm: arch/arm/mm/dump.c, which walks by itself, with the bits of asm/pgtable-2level.h and -3level.h.
 *
 * With short descriptors the kernel does not print the hardware's last-level tables but its own: first-level entries go
 * by pairs, which span 2M; the page that the first of a pair points into starts with 512 entries of Linux, 2048 bytes
 * before the hardware's (head comment of asm/pgtable-2level.h).
 */
#include <stdlib.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "base/endian.h"
#include "base/err.h"
#include "linux/ptdump.h"

#define FLAG(n, set, clear) {BIT(n), BIT(n), set, clear}
#define NBITS(list) {list, sizeof list / sizeof *list}

/* ---- attributes ---- */

#define MT(n, text) {GENMASK(5, 2), (uint64_t)(n) << 2, text, NULL}

static const struct ptd_bit short_pte[] = {
	FLAG(8, "USR", "   "), FLAG(7, "ro", "RW"), FLAG(9, "NX", "x "), FLAG(10, "SHD", "   "),
	MT(0, "SO/UNCACHED"), MT(1, "MEM/BUFFERABLE/WC"), MT(2, "MEM/CACHED/WT"), MT(3, "MEM/CACHED/WBRA"),
	MT(6, "MEM/MINICACHE"), MT(7, "MEM/CACHED/WBWA"), MT(4, "DEV/SHARED"), MT(12, "DEV/NONSHARED"),
	MT(9, "DEV/WC"), MT(11, "DEV/CACHED"),
};

#undef MT
#define MT(n, text) {GENMASK(4, 2), (uint64_t)(n) << 2, text, NULL}

/* Two types have the index of another: both texts are printed. */
static const struct ptd_bit lpae_pte[] = {
	FLAG(6, "USR", "   "), FLAG(58, "ro", "RW"), FLAG(54, "NX", "x "), {GENMASK(9, 8), GENMASK(9, 8), "SHD", "   "},
	MT(0, "SO/UNCACHED"), MT(1, "MEM/BUFFERABLE/WC"), MT(2, "MEM/CACHED/WT"), MT(3, "MEM/CACHED/WBRA"),
	MT(7, "MEM/CACHED/WBWA"), MT(4, "DEV/SHARED"), MT(1, "DEV/WC"), MT(3, "DEV/CACHED"),
};

#define AP_WRITE BIT(10)
#define AP_READ BIT(11)
#define APX BIT(15)
#define AP(value, text) {APX | AP_READ | AP_WRITE, value, text, NULL}

/* ARMv6 and later. */
static const struct ptd_bit short_section[] = {
	AP(APX | AP_WRITE, "    ro"), AP(AP_WRITE, "    RW"), AP(AP_READ, "USR ro"), AP(AP_READ | AP_WRITE, "USR RW"),
	FLAG(4, "NX", "x "), FLAG(16, "SHD", "   "),
};

static const struct ptd_bit lpae_section[] = {
	FLAG(6, "USR", NULL), {BIT(58) | BIT(7), BIT(58) | BIT(7), "ro", "RW"}, FLAG(54, "NX", "x "),
	{GENMASK(9, 8), GENMASK(9, 8), "SHD", "   "},
};

static bool is_short(const struct ptk_regime *r)
{
	return r->entry_shift == 2;
}

static const struct ptd_bits *bits(const struct ptk_regime *r, int level)
{
	static const struct ptd_bits list[2][3] = {
		{NBITS(lpae_pte), NBITS(lpae_section), {NULL, 0}},
		{NBITS(short_pte), NBITS(short_section), {NULL, 0}},
	};
	return &list[is_short(r)][level];
}

static void names(const struct ptk_regime *r, const char *leaf[PTK_LEVELS_MAX], const char *hole[PTK_LEVELS_MAX])
{
	for (int i = 0; i < r->nlevels; i++)
		leaf[i] = hole[i] = i == 0 ? "PTE" : i == 1 && !is_short(r) ? "PMD" : "PGD";
}

/* ---- LPAE: as the others, but a pmd that is not present makes a note too ---- */

static enum ptk_kind classify(const struct ptk_regime *r, int level, uint64_t raw)
{
	if (raw == 0)
		return PTK_NONE;
	if (level == 2)
		return PTK_TABLE;
	bool table = level == 1 && raw & BIT(0) && field_get(raw, 1, 0) != 1;
	return table ? PTK_TABLE : PTK_LEAF;
}

/* ---- short descriptors ---- */

#define PAIRS 2048
#define PTES 512
#define SECTION UINT32_C(2)

struct pairs {
	struct ptd *d;
	struct ptk_mem *mem;
	struct ptk_walk_stats *st;
	bool big;
	uint32_t first[2 * PAIRS]; /* the first-level table */
	uint32_t pte[PTES];
};

static int load(struct pairs *w, uint64_t pa, uint32_t *out, size_t n, struct ptk_err *err)
{
	int rc = ptk_mem_read(w->mem, pa, out, n * sizeof *out, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		out[i] = load32(&out[i], w->big);
	return rc;
}

static int domain_of(uint32_t entry)
{
	return (int)field_get(entry, 8, 5);
}

/* Domains without a name are not told apart: get_domain_name() returns one string for all of them. */
static int8_t domain_name(uint32_t entry)
{
	int domain = domain_of(entry);
	return (int8_t)(domain < 4 ? domain : 4);
}

static void feed(struct ptd *d, struct ptd_note *n, uint64_t count, uint64_t span)
{
	uint64_t va = n->va;
	ptk_ptd_note_(d, n);
	for (uint64_t i = 0; (i = ptk_ptd_next_(d, va, count, span, i)) < count;) {
		n->va = va + i * span;
		ptk_ptd_note_(d, n);
	}
}

static uint64_t mask_of(const struct ptd_bits *b)
{
	uint64_t mask = 0;
	for (size_t i = 0; i < b->n; i++)
		mask |= b->bit[i].mask;
	return mask;
}

static void note_section(struct pairs *w, uint64_t va, uint32_t entry, uint64_t count)
{
	struct ptd_note n = {
		.va = va,
		.prot = entry & mask_of(bits(w->d->r, 1)),
		.name = "PGD",
		.level = 1,
		.domain = domain_name(entry),
	};
	feed(w->d, &n, count, UINT64_C(2) << 20);
}

static void note_ptes(struct pairs *w, uint64_t va, uint32_t entry)
{
	uint64_t mask = mask_of(bits(w->d->r, 0));
	for (size_t i = 0, n; i < PTES; i += n) {
		for (n = 1; i + n < PTES && !((w->pte[i + n] ^ w->pte[i]) & mask);)
			n++;
		struct ptd_note note = {
			.va = va + i * 4096,
			.prot = w->pte[i] & mask,
			.name = "PTE",
			.domain = domain_name(entry),
		};
		feed(w->d, &note, n, 4096);
	}
}

/* One pair, or a run of empty ones. Returns how many. */
static size_t note_pairs(struct pairs *w, size_t i)
{
	const uint32_t *e = &w->first[2 * i];
	const uint64_t va = (uint64_t)i << 21;
	size_t n = 1;
	if (e[0] && !(e[0] & SECTION)) {
		if (load(w, e[0] & ~UINT32_C(4095), w->pte, PTES, NULL) >= 0) {
			w->st->tables++;
			note_ptes(w, va, e[0]);
		} else {
			w->st->unreadable++;
			note_section(w, va, e[0] & (uint32_t)GENMASK(8, 5), 1);
		}
	} else {
		while (!e[0] && !e[1] && i + n < PAIRS && !e[2 * n] && !e[2 * n + 1])
			n++;
		note_section(w, va, e[0], n);
	}
	/* The second of a pair counts only if it is a section, whatever the first was. */
	if (e[1] & SECTION)
		note_section(w, va + (UINT64_C(1) << 20), e[1], 1);
	return n;
}

static int walk(struct ptd *d, const struct ptk_space *s, struct ptk_walk_stats *st, struct ptk_err *err)
{
	CLEANUP_FREE struct pairs *w = malloc(sizeof *w);
	if (!w)
		return PTK_E_NOMEM;
	w->d = d;
	w->mem = s->mem;
	w->st = st;
	w->big = ptk_mem_info(s->mem)->big_endian;
	size_t n = (size_t)1 << s->regime.level[1].bits;
	if (n != sizeof w->first / sizeof *w->first)
		return ptk_err_set_(err, PTK_E_NOTSUP, "Linux has no first-level tables of %zu entries", n);
	int rc = load(w, s->root, w->first, n, err);
	if (rc < 0)
		return rc;
	st->tables++;
	for (size_t i = 0; i < PAIRS && !d->rc && !d->past;)
		i += note_pairs(w, i);
	return d->rc;
}

/* ---- files ---- */

static void plan(const struct ptk_linux *lx, const struct ptd_profile *p, const struct ptk_regime *r,
                 enum ptk_linux_table which, struct ptd_plan *plan)
{
	if (which != PTK_TABLE_EFI)
		return;
	plan->own[0] = (struct ptk_marker){.va = 0, .name = "UEFI runtime start"};
	plan->own[1] = (struct ptk_marker){.va = BIT(30), .name = "UEFI runtime end"};
	plan->marker = plan->own;
	plan->nmarkers = 2;
}

static const struct ptd_profile profiles[] = {
	{
		/* Neither level name nor domain. Which 4.x release brought them is not known here; 4.4 is a guess. */
		.since = PTD_VERSION(3, 14, 0),
		.rules = PTD_PLAIN | PTD_NO_EFI,
		.classify = classify,
		.tested = GENMASK(1, 0),
		.bits = bits,
		.names = names,
		.plan = plan,
		.walks = is_short,
		.walk = walk,
	}, {
		.since = PTD_VERSION(4, 4, 0),
		.rules = PTD_NO_EFI,
		.classify = classify,
		.tested = GENMASK(1, 0),
		.bits = bits,
		.names = names,
		.plan = plan,
		.walks = is_short,
		.walk = walk,
	}, {
		/* Somewhere after 6.1, EFI got a file here too. */
		.since = PTD_VERSION(6, 2, 0),
		.rules = 0,
		.classify = classify,
		.tested = GENMASK(1, 0),
		.bits = bits,
		.names = names,
		.plan = plan,
		.walks = is_short,
		.walk = walk,
	},
};

const struct ptd_arch ptk_ptd_arch_arm = {LX_ARM, profiles, sizeof profiles / sizeof *profiles};
