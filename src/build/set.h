/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A set of numbers with a value each. */
#ifndef BUILD_SET_H
#define BUILD_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ptk_set {
	struct { uint64_t key, value; } *at; /* open addressing; key 0 is a free place, so keys are stored plus one */
	size_t room, used;
};

/* 1: it is new. 0: it was there, *value becomes what was stored then. PTK_E_NOMEM. */
int ptk_set_add_(struct ptk_set *s, uint64_t key, uint64_t *value);
bool ptk_set_has_(const struct ptk_set *s, uint64_t key);
void ptk_set_free_(struct ptk_set *s);

#endif
