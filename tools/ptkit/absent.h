/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* What Linux keeps in the entries of a process that are not present. */
#ifndef PTKIT_ABSENT_H
#define PTKIT_ABSENT_H

#include <ptkit/linux/absent.h>

#include "json.h"
#include "source.h"

struct absent {
	const struct picture *pic;
	struct ptk_absent_rules rules;
};

/* Learn what kernel it is; a picture without Linux has no answers. */
void absent_begin(struct absent *ab, const struct picture *p);

/* What the last entry on a path says that ends there, or, on 32-bit arm, Linux's own beside it. False: nothing is known. */
bool absent_path(const struct absent *ab, const struct ptk_space *s, const struct ptk_path *path, struct ptk_absent *out);

/* For ptk_range_opts::absent; the argument is a struct absent. */
const char *absent_why(void *arg, uint64_t va, int level, uint64_t raw);

void absent_json(struct json *j, const char *key, const struct ptk_absent *a);

#endif
