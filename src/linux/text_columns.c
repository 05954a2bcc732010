// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Attribute words to attributes. The tables that print the words, of all versions, are tried in turn, and the one that
 * explains most of them gives the bits of the entry as far as they were printed. The architecture's own decoder says
 * what these bits grant; memory types go by their words, since their indices change between versions.
 */
#include <string.h>

#include "base/bits.h"
#include "linux/ptdump.h"
#include "linux/text.h"

#define ARCH(name) extern const struct ptd_arch ptk_ptd_arch_##name;
#define X(name) ARCH(name)
#include "linux/ptdump-list.h"
#undef X

/* ---- words to bits ---- */

/* What a table makes of the words. */
struct match {
	const char *regime;
	int level;
	uint64_t value;
	unsigned unknown, missing;
};

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " ");
}

static bool is_blank(const char *s)
{
	return !s || !*skip_blanks(s);
}

/* Whether the words from the first on are these, blanks aside. Returns how many. */
static unsigned same_words(const char *s, const char *const *word, unsigned n)
{
	unsigned used = 0;
	for (s = skip_blanks(s); *s; s = skip_blanks(s)) {
		size_t len = strcspn(s, " ");
		if (used == n || strlen(word[used]) != len || memcmp(word[used], s, len) != 0)
			return 0;
		used++;
		s += len;
	}
	return used;
}

/* Columns between the last word and this one: one of two words was due, or its absence says something. */
static void pass_over(struct match *m, const struct ptd_bit *b)
{
	if (!is_blank(b->set) && !is_blank(b->clear))
		m->missing++;
	if (b->set && is_blank(b->set) && !is_blank(b->clear))
		m->value |= b->val;
}

/* The next column that prints a word, from `at` on. Returns how many words it took, 0 if none does. */
unsigned ptk_text_next_column_(const struct ptd_bits *bits, size_t *at, const char *const *word, unsigned n, bool *set)
{
	for (size_t i = *at; i < bits->n; i++) {
		const struct ptd_bit *b = &bits->bit[i];
		unsigned used = is_blank(b->set) ? 0 : same_words(b->set, word, n);
		*set = used > 0;
		if (!used && !is_blank(b->clear))
			used = same_words(b->clear, word, n);
		if (used) {
			*at = i;
			return used;
		}
	}
	return 0;
}

static void match_bits(const struct ptd_bits *bits, const struct text_columns *c, struct match *m)
{
	size_t at = 0;
	for (unsigned w = 0, used; w < c->nwords; w += used) {
		size_t found = at;
		bool set;
		used = ptk_text_next_column_(bits, &found, c->word + w, c->nwords - w, &set);
		if (!used) {
			m->unknown++;
			used = 1;
			continue;
		}
		for (; at < found; at++)
			pass_over(m, &bits->bit[at]);
		m->value |= set ? bits->bit[found].val : 0;
		at = found + 1;
	}
	for (; at < bits->n; at++)
		pass_over(m, &bits->bit[at]);
}

static bool better(const struct match *a, const struct match *b)
{
	if (a->missing != b->missing)
		return a->missing < b->missing;
	return a->unknown < b->unknown;
}

/* All versions of one regime's table for a level. */
static void try_regime(const struct text_columns *c, const struct ptd_arch *arch, const char *name, int level,
                       struct match *best)
{
	struct ptk_regime r;
	if (ptk_regime_parse(name, &r, NULL) < 0)
		return;
	for (size_t i = arch->nprofiles; i-- > 0;) {
		struct match m = {.regime = name, .level = level};
		match_bits(arch->profile[i].bits(&r, level), c, &m);
		if (!best->regime || better(&m, best))
			*best = m;
	}
}

static bool has_memory_type(const struct text_columns *c)
{
	for (unsigned i = 0; i < c->nwords; i++)
		if (strchr(c->word[i], '/'))
			return true;
	return false;
}

/* Large pages have tables of their own where arm leaves out the memory type; a plain line may be either. */
static void try_levels(const struct text_columns *c, const struct ptd_arch *arch, const char *name, struct match *best)
{
	if (c->level >= 0) {
		try_regime(c, arch, name, c->level > 0, best);
		return;
	}
	bool page = c->arch != TEXT_ARM || has_memory_type(c);
	try_regime(c, arch, name, !page, best);
	try_regime(c, arch, name, page, best);
}

static void try_all(const struct text_columns *c, unsigned va_width, struct match *best)
{
	switch (c->arch) {
	case TEXT_ARM:
		/* Only short descriptors have domains. Lines without either may come from both. */
		if (c->domain || !c->name)
			try_levels(c, &ptk_ptd_arch_arm, "arm-short", best);
		if (!c->domain)
			try_levels(c, &ptk_ptd_arch_arm, "arm-lpae", best);
		break;
	case TEXT_ARM64:
		try_levels(c, &ptk_ptd_arch_arm64, "arm64-4k-48", best);
		break;
	case TEXT_RISCV:
		try_levels(c, &ptk_ptd_arch_riscv, va_width == 64 ? "riscv-sv48" : "riscv-sv32", best);
		break;
	case TEXT_X86:
		try_levels(c, &ptk_ptd_arch_x86, "x86-64", best);
		break;
	}
}

/* ---- memory types ---- */

static const struct {
	const char *word;
	enum ptk_memtype mem;
} memory[] = {
	{"SO/UNCACHED", PTK_MEM_DEV_nGnRnE},
	{"MEM/BUFFERABLE/WC", PTK_MEM_NC},
	{"MEM/CACHED/WT", PTK_MEM_WT},
	{"MEM/CACHED/WBRA", PTK_MEM_WB},
	{"MEM/CACHED/WBWA", PTK_MEM_WB},
	{"MEM/MINICACHE", PTK_MEM_WB},
	{"DEV/SHARED", PTK_MEM_DEV_nGnRE},
	{"DEV/NONSHARED", PTK_MEM_DEV_nGnRE},
	{"DEV/WC", PTK_MEM_NC},
	{"DEV/CACHED", PTK_MEM_WB},
	{"DEVICE/nGnRnE", PTK_MEM_DEV_nGnRnE},
	{"DEVICE/nGnRE", PTK_MEM_DEV_nGnRE},
	{"DEVICE/GRE", PTK_MEM_DEV_GRE},
	{"MEM/NORMAL-NC", PTK_MEM_NC},
	{"MEM/NORMAL", PTK_MEM_WB},
	{"MEM/NORMAL-TAGGED", PTK_MEM_WB_TAGGED},
};

/* The first that is named: arm with long descriptors has two names for some. */
static uint8_t memory_type(const struct text_columns *c)
{
	for (unsigned w = 0; w < c->nwords; w++)
		for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
			if (strcmp(c->word[w], memory[i].word) == 0)
				return (uint8_t)memory[i].mem;
	return PTK_MEM_UNKNOWN;
}

/* ---- bits to attributes ---- */

#define L_PTE_RDONLY BIT(7)
#define L_PTE_USER BIT(8)
#define L_PTE_XN BIT(9)
#define L_PTE_SHARED BIT(10)

/* Linux's own entries beside the short descriptors' (asm/pgtable-2level.h): what cpu_v7_set_pte_ext makes of them. */
static void from_linux_pte(uint64_t v, struct ptk_attr *a)
{
	a->flags = PTK_A_KR | (v & L_PTE_RDONLY ? 0 : PTK_A_KW) | (v & L_PTE_XN ? 0 : PTK_A_KX);
	if (v & L_PTE_USER)
		a->flags |= (a->flags & (PTK_A_KR | PTK_A_KW | PTK_A_KX)) << 3;
	a->share = v & L_PTE_SHARED ? PTK_SHARE_INNER : PTK_SHARE_NONE;
}

/* The bits that make the value a leaf of its level, which the text does not show. */
static uint64_t as_leaf(const struct text_columns *c, const struct match *m)
{
	uint64_t v = m->value;
	switch (c->arch) {
	case TEXT_ARM:
		if (strcmp(m->regime, "arm-short") == 0)
			return v | BIT(1);
		/* L_PTE_RDONLY is software's; the hardware's AP[2] follows it. */
		v &= ~GENMASK(4, 2);
		return v | (m->level == 0 ? 3 : 1) | (v & BIT(58) ? BIT(7) : 0);
	case TEXT_ARM64:
		return (v & ~(GENMASK(4, 2) | BIT(1))) | (m->level == 0 ? BIT(1) : 0);
	case TEXT_RISCV:
		return v & ~BIT(63);
	case TEXT_X86:
		return v | BIT(0);
	}
	return v;
}

/* What the text of an architecture tells at all. */
static uint32_t told(enum text_arch arch)
{
	switch (arch) {
	case TEXT_ARM:
		return PTK_A_RIGHTS;
	case TEXT_ARM64:
		return PTK_A_RIGHTS | PTK_A_GLOBAL | PTK_A_ACCESSED | PTK_A_CONT | PTK_A_GUARDED;
	case TEXT_RISCV:
		return PTK_A_RIGHTS | PTK_A_GLOBAL | PTK_A_ACCESSED | PTK_A_DIRTY | PTK_A_CONT;
	case TEXT_X86:
		return PTK_A_RIGHTS | PTK_A_GLOBAL;
	}
	return 0;
}

static void decode(struct text_columns *c, const struct match *m)
{
	struct ptk_regime r;
	struct ptk_entry e;
	/* napot: the address is not known here, so its size bits cannot be right */
	bool napot = c->arch == TEXT_RISCV && m->value & BIT(63);
	char name[48] = "riscv-sv48,svnapot,svpbmt";
	if (strcmp(m->regime, "riscv-sv48") != 0)
		memcpy(name, m->regime, strlen(m->regime) + 1);
	if (ptk_regime_parse(name, &r, NULL) < 0)
		return;
	ptk_entry_decode(&r, m->level, as_leaf(c, m), &e);
	c->kind = e.kind == PTK_TABLE ? PTK_RESERVED : e.kind;
	if (c->kind == PTK_LEAF)
		c->attr = e.attr;
	c->attr.flags &= told(c->arch);
	c->attr.flags |= napot ? PTK_A_CONT : 0;
	/* ARM DDI 0406, B3.7.2: what may not be read may not be executed; decoders tell XN alone. */
	if (c->arch == TEXT_ARM && !(c->attr.flags & PTK_A_UR))
		c->attr.flags &= ~(uint32_t)PTK_A_UX;
	c->attr.sw = 0;
}

const char *ptk_text_columns_(struct text_columns *c, unsigned va_width)
{
	struct match m = {0};
	uint8_t key = c->attr.key;
	c->kind = PTK_NONE;
	if (c->nwords == 0)
		return c->name ? NULL : "neither a level nor attributes";
	try_all(c, va_width, &m);
	if (!m.regime || m.missing)
		return "attributes that no kernel prints";
	c->nunknown = (uint8_t)m.unknown;
	if (c->level < 0 && c->arch == TEXT_ARM64)
		m.level = !(m.value & BIT(1));
	else if (c->level > 0)
		m.level = 1;
	if (c->arch == TEXT_ARM && m.level == 0 && strcmp(m.regime, "arm-short") == 0) {
		c->kind = PTK_LEAF;
		from_linux_pte(m.value, &c->attr);
	} else {
		decode(c, &m);
	}
	/* SHD is one bit with short descriptors, which PRRR makes inner shareable for what Linux maps as memory. */
	if (c->arch == TEXT_ARM && c->attr.share)
		c->attr.share = PTK_SHARE_INNER;
	if (c->kind != PTK_LEAF)
		memset(&c->attr, 0, sizeof c->attr);
	else if (c->arch == TEXT_ARM || c->arch == TEXT_ARM64) {
		c->attr.mem = memory_type(c);
		c->attr.memidx = 0;
		c->attr.key = key;
	}
	return NULL;
}
