/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Near names: what somebody may have meant. */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include <stddef.h>

/*
 * Write "; did you mean a, b or c?" into out, or the empty string if nothing is near.
 * next(i) gives candidate i, NULL past the last.
 */
void ptk_near_(const char *word, const char *(*next)(size_t i), char *out, size_t size);

#endif
