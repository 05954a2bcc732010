// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Tables as a C array of entries, with constants for the registers. */
#include <ctype.h>
#include <inttypes.h>

#include "build/emit.h"

static uint64_t count(const struct emit *e)
{
	return (e->last - e->first + 1) >> e->space->regime.entry_shift;
}

static void upper(FILE *f, const char *s)
{
	for (; *s; s++)
		fputc(isalnum((unsigned char)*s) ? toupper((unsigned char)*s) : '_', f);
}

static void constant(FILE *f, const struct emit *e, const char *name, const char *suffix, uint64_t v)
{
	fputs("#define ", f);
	upper(f, e->symbol);
	fputc('_', f);
	upper(f, name);
	fprintf(f, "%s UINT64_C(%#" PRIx64 ")\n", suffix, v);
}

static void begin(FILE *f, const struct emit *e)
{
	fputs("/*\n", f);
	ptk_emit_story_(f, e, " * ");
	fputs(" */\n#include <stdint.h>\n\n", f);
	constant(f, e, "base", "", e->first);
	constant(f, e, "root", "", e->space->root);
	constant(f, e, "size", "", e->last - e->first + 1);
	for (size_t i = 0; i < e->nregs; i++) {
		constant(f, e, e->reg[i].name, "", e->reg[i].value);
		constant(f, e, e->reg[i].name, "_MASK", e->reg[i].mask);
	}
	fprintf(f, "\nconst uint%u_t %s[%" PRIu64 "] __attribute__((aligned(%llu))) = {\n", 8u << e->space->regime.entry_shift,
	        e->symbol, count(e), 1ull << e->space->regime.page_shift);
}

static void table(FILE *f, const struct emit *e, const struct emit_table *t)
{
	fprintf(f, "\t/* %#" PRIx64 ": %s table, %s%#" PRIx64 " on */\n", t->pa, e->space->regime.level[t->level].name,
	        t->pa == e->space->root ? "the root, " : "", t->va);
}

static void words(FILE *f, const struct emit *e, uint64_t pa, const uint64_t *word, size_t n)
{
	unsigned shift = e->space->regime.entry_shift;
	uint64_t at = (pa - e->first) >> shift;
	for (size_t i = 0; i < n; i++)
		if (word[i] || at + i == 0) /* an array of zeros still needs an initialiser */
			fprintf(f, "\t[%" PRIu64 "] = UINT%u_C(%#0*" PRIx64 "),\n", at + i, 8u << shift, (2 << shift) + 2, word[i]);
}

static void end(FILE *f, const struct emit *e)
{
	(void)e;
	fputs("};\n", f);
}

static int emit(const struct emit *e, struct ptk_err *err)
{
	static const struct emit_sink sink = {.table = table, .words = words};
	return ptk_emit_text_(e, begin, &sink, end, err);
}

const struct emitter ptk_emit_c_ = {
	.name = "c",
	.about = "a C array of entries, and constants for the registers",
	.flat = true,
	.emit = emit,
};
