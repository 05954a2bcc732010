/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* What ptkit find found, one row a stretch of virtual addresses, in any of its formats. */
#ifndef PTKIT_FOUND_H
#define PTKIT_FOUND_H

#include <ptkit/ptkit.h>

#include "json.h"

enum found_format {
	FOUND_TABLE,
	FOUND_JSON,
	FOUND_JSONL,
	FOUND_CSV,
};

/* For OPT_CHOICE. */
const char *found_format_name(void *arg, size_t i);

/* One answer. */
struct found_row {
	struct ptk_extent asked;
	const struct ptk_stretch *at; /* NULL: nothing maps it */
	const struct ptk_regime *regime;
	const char *where;  /* "kernel", "process", "efi", "root" */
	const char *name;   /* of the process, or NULL */
	const char *region; /* or NULL */
	int64_t pid;        /* -1: none */
	uint64_t root;
};

struct found_out {
	struct out *out;
	enum found_format format;
	struct json json;
	const struct paint *paint;
	unsigned va_digits, pa_digits;
	bool ranges; /* some question is for more than one byte */
};

/* The formats and widths stand in o; the rest is set up. */
void found_begin(struct found_out *o);
int found_row(struct found_out *o, const struct found_row *row);
void found_end(struct found_out *o);

#endif
