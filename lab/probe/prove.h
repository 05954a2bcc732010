/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * What prove asks of a probe that tries addresses by loads, stores and fetches (x86, riscv), and how
 * the answers are printed: "+WORD" if it worked (the word read; of a fetch: 0), "-CODE" if it faulted.
 * The includer defines put_char().
 */
#ifndef PROVE_H
#define PROVE_H

#include <stdint.h>

enum {
	TRY_KR = 1 << 0,
	TRY_KW = 1 << 1,
	TRY_KX = 1 << 2,
	TRY_UR = 1 << 3,
	TRY_UW = 1 << 4,
	TRY_UX = 1 << 5,
};

struct prove_ask {
	uint64_t magic;  /* PROVE_MAGIC */
	uint64_t count;  /* addresses in the list */
	uint64_t reg[6]; /* x86: PAT, CR4, CR3, EFER, CR0; riscv: menvcfg, sstatus, satp */
	struct {
		uint64_t va, ops;
	} list[];
};

#define PROVE_MAGIC 0x65766f72706b7470ull /* "ptkprove" */

/* What came of one try. */
struct outcome {
	uint32_t ok;
	uint32_t value; /* the word read, or the fault's code */
};

static void put_char(char c);

static void put_text(const char *s)
{
	while (*s)
		put_char(*s++);
}

static void put_hex(uint64_t v)
{
	int shift = 60;
	while (shift > 0 && !(v >> shift & 15))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put_char("0123456789abcdef"[v >> shift & 15]);
}

static void put_outcome(const char *name, struct outcome o)
{
	put_char(' ');
	put_text(name);
	put_text(o.ok ? "=+" : "=-");
	put_hex(o.value);
}

#endif
