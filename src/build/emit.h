/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * What a format of emitted tables is. One file each, ending in one `const struct emitter ptk_emit_<name>_`, and one word in
 * the list in meson.build.
 */
#ifndef BUILD_EMIT_H
#define BUILD_EMIT_H

#include <ptkit/emit.h>
#include <stdio.h>

/* One table that the root reaches. */
struct emit_table {
	uint64_t pa, size;
	uint64_t va;     /* the lowest address it translates, of those it was reached by */
	uint8_t level;
};

/* All that an emitter needs. */
struct emit {
	const struct ptk_space *space;
	const struct ptk_emit_opts *opts;
	const struct emit_table *table; /* by physical address, each once */
	size_t ntables, nshadows;       /* shadows: of them, Linux's own entries beside arm's */
	uint64_t first, last;           /* physical, inclusive */
	const char *symbol;
	const char *path;
	struct ptk_register reg[PTK_REGISTERS_MAX];
	size_t nregs;
};

struct emitter {
	const char *name, *about;
	bool flat; /* one image: tables may not lie too far apart */
	int (*emit)(const struct emit *e, struct ptk_err *err);
};

/* Told about the image in order: a table that starts here (or NULL), then words until the next call. */
struct emit_sink {
	void (*table)(FILE *f, const struct emit *e, const struct emit_table *t);
	void (*words)(FILE *f, const struct emit *e, uint64_t pa, const uint64_t *word, size_t n);
};

/* Run a sink over the whole image, gaps as zeros, into the file at e->path between what begin and end write. */
int ptk_emit_text_(const struct emit *e, void (*begin)(FILE *f, const struct emit *e), const struct emit_sink *sink,
                   void (*end)(FILE *f, const struct emit *e), struct ptk_err *err);

/* The comment that C and assembly share: what this is, what maps what, which registers. Lines start with @prefix. */
void ptk_emit_story_(FILE *f, const struct emit *e, const char *prefix);

#endif
