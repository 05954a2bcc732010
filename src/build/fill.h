/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Storing runs of entries. */
#ifndef BUILD_FILL_H
#define BUILD_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* n entries from number k of a run on: raw + (k >> group) * step each. shift: log2 of an entry's bytes. */
void ptk_fill_(void *to, size_t n, unsigned shift, bool big, uint64_t raw, uint64_t step, unsigned group, uint64_t k);
/* The same in plain C, one entry after the other. */
void ptk_fill_plain_(void *to, size_t n, unsigned shift, bool big, uint64_t raw, uint64_t step, unsigned group,
                     uint64_t k);

#endif
