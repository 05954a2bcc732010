/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * The kernel's text read back, in these parts:
 *
 *   text.c          lines, markers, addresses, sizes, levels
 *   text_columns.c  attribute words to bits, by the tables that print them, and bits to attributes
 *   text_gaps.c     what the kernel counted instead of showing it
 *   text_words.c    what the words mean, in sentences
 */
#ifndef LINUX_TEXT_H
#define LINUX_TEXT_H

#include <ptkit/text.h>

#include "linux/linux.h"

/* Architectures as bits, for tables. */
enum text_arch {
	TEXT_ARM = 1,
	TEXT_ARM64 = 2,
	TEXT_RISCV = 4,
	TEXT_X86 = 8,
};

/* The attributes of a line. Many lines share them. */
struct text_columns {
	uint32_t key_len;
	int8_t level;
	uint8_t nwords, nunknown, kind;
	bool said_level;
	enum text_arch arch;
	const char *name, *domain;
	struct ptk_attr attr;
	const char *word[PTK_TEXT_WORDS_MAX];
	char key[]; /* the words as they stood, each with its end */
};

/* Fill in attr, kind and nunknown by the words. NULL, or why they cannot be. */
const char *ptk_text_columns_(struct text_columns *c, unsigned va_width);

struct text_gaps {
	struct ptk_text_gap *gap;
	size_t n, room;
};

/* A line, number, that has n ranges before it. False: it tells of nothing left out. *why is set if there is no memory. */
bool ptk_text_gap_(struct text_gaps *g, const char *p, const char *end, uint32_t number, size_t n, const char **why);

/* Once all lines are read: where each gap lies, in info's lines. Those that hold no address go. */
void ptk_text_place_gaps_(struct text_gaps *g, struct ptk_text_info *info);

struct ptd_bits;

/*
 * The first column from *at on that prints the words as they start. Returns how many of them it prints, 0 if none does; *set
 * is whether it does so for bits that are set.
 */
unsigned ptk_text_next_column_(const struct ptd_bits *bits, size_t *at, const char *const *word, unsigned n, bool *set);

#endif
