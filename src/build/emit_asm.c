// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Tables as GNU assembly that every target's assembler takes, with symbols for the registers. */
#include <ctype.h>
#include <inttypes.h>

#include "build/emit.h"

#define PER_LINE 4

static void symbol(FILE *f, const struct emit *e, const char *name, uint64_t v)
{
	fprintf(f, "\t.set %s_", e->symbol);
	for (const char *p = name; *p; p++)
		fputc(isalnum((unsigned char)*p) ? tolower((unsigned char)*p) : '_', f);
	fprintf(f, ", %#" PRIx64 "\n", v);
}

static void begin(FILE *f, const struct emit *e)
{
	fputs("/*\n", f);
	ptk_emit_story_(f, e, " * ");
	fputs(" */\n", f);
	symbol(f, e, "base", e->first);
	symbol(f, e, "root", e->space->root);
	symbol(f, e, "size", e->last - e->first + 1);
	for (size_t i = 0; i < e->nregs; i++)
		symbol(f, e, e->reg[i].name, e->reg[i].value);
	fprintf(f, "\n\t.section .rodata.%s, \"a\"\n\t.balign %llu\n\t.globl %s\n%s:\n", e->symbol,
	        1ull << e->space->regime.page_shift, e->symbol, e->symbol);
}

static void table(FILE *f, const struct emit *e, const struct emit_table *t)
{
	fprintf(f, "\t/* %#" PRIx64 ": %s table, %s%#" PRIx64 " on */\n", t->pa, e->space->regime.level[t->level].name,
	        t->pa == e->space->root ? "the root, " : "", t->va);
}

static size_t zeros(const uint64_t *word, size_t n)
{
	size_t k = 0;
	while (k < n && !word[k])
		k++;
	return k;
}

static void words(FILE *f, const struct emit *e, uint64_t pa, const uint64_t *word, size_t n)
{
	unsigned shift = e->space->regime.entry_shift;
	(void)pa;
	for (size_t i = 0; i < n;) {
		size_t z = zeros(word + i, n - i);
		if (z > 1) {
			fprintf(f, "\t.space %zu\n", z << shift);
			i += z;
			continue;
		}
		fputs(shift == 3 ? "\t.quad " : "\t.long ", f);
		for (size_t k = 0; k < PER_LINE && i < n && (k == 0 || zeros(word + i, n - i) < 2); k++, i++)
			fprintf(f, "%s%#" PRIx64, k ? ", " : "", word[i]);
		fputc('\n', f);
	}
}

static int emit(const struct emit *e, struct ptk_err *err)
{
	static const struct emit_sink sink = {.table = table, .words = words};
	return ptk_emit_text_(e, begin, &sink, NULL, err);
}

const struct emitter ptk_emit_asm_ = {
	.name = "asm",
	.about = "GNU assembly, with symbols for the registers",
	.flat = true,
	.emit = emit,
};
