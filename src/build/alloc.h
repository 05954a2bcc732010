/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Taking tables from an allocator, and giving them back. */
#ifndef BUILD_ALLOC_H
#define BUILD_ALLOC_H

#include <ptkit/build.h>

int ptk_alloc_take_(struct ptk_alloc *a, uint64_t size, uint64_t align, uint64_t *pa);
/* Pieces that never came from here are none of its business: they are ignored. */
void ptk_alloc_give_(struct ptk_alloc *a, uint64_t pa, uint64_t size);

#endif
