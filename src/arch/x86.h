/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* What the files of the x86 architecture share. Section numbers are those of the Intel SDM, volume 3A. */
#ifndef ARCH_X86_H
#define ARCH_X86_H

#include "arch/arch.h"
#include "base/bits.h"

enum x86_variant { X86_32, X86_PAE, X86_64, X86_LA57 };

#define X86_P BIT(0)
#define X86_RW BIT(1)
#define X86_US BIT(2)
#define X86_PWT BIT(3)
#define X86_PCD BIT(4)
#define X86_A BIT(5)
#define X86_D BIT(6)
#define X86_PS BIT(7)         /* tables and large pages */
#define X86_PAT BIT(7)        /* 4K pages */
#define X86_G BIT(8)          /* pages */
#define X86_PAT_LARGE BIT(12) /* large pages */
#define X86_NX BIT(63)

/* PSE-36: bits 20:13 of a 4M page's entry hold PA[39:32] (table 4-4). */
#define X86_PSE36_SHIFT (32 - 13)

/* The 64-bit modes ignore bits 62:52 that mean nothing to them; in PAE the same bits are reserved. */
static inline bool x86_is_long(const struct ptk_regime *r)
{
	return r->variant >= X86_64;
}

/*
 * Reserved low bits of PAE's root entries (table 4-8). Bit 5 is reserved there too, and no CPU writes it; but QEMU's
 * TCG sets it as an accessed flag when it walks, as at the other levels, and walks on: pictures of its guests have it
 * set.
 */
#define X86_PDPTE_RESERVED (GENMASK(2, 1) | GENMASK(8, 6))

/* The root entries of PAE have a layout of their own (table 4-8). */
static inline bool x86_is_pdpte(const struct ptk_regime *r, int level)
{
	return r->variant == X86_PAE && level == 2;
}

/* Whether a present entry of this level maps a page rather than points to a table, by its own PS bit. */
static inline bool x86_is_page(const struct ptk_regime *r, int level, uint64_t raw)
{
	return level == 0 || (r->level[level].leaf && raw & X86_PS);
}

/* Protection keys are for user pages only (4.6.2); elsewhere bits 62:59 are ignored. */
static inline bool x86_has_key(const struct ptk_regime *r, int level, uint64_t raw)
{
	return r->flags & PTK_RF_PKE && x86_is_page(r, level, raw) && raw & X86_US;
}

/* What an entry with these wrong bits breaks, as a sentence. */
const char *ptk_x86_reserved_(const struct ptk_regime *r, int level, uint64_t bad);

/* What Linux keeps in an entry that is not present; the page in *pa where one is told, else untouched. */
const char *ptk_x86_absent_(const struct ptk_regime *r, int level, uint64_t raw, uint64_t *pa);

size_t ptk_x86_fields_(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_field *out, size_t max);

size_t ptk_x86_registers_(const struct ptk_regime *r, uint64_t root, struct ptk_register *out);

#endif
