/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * BTF: a kernel's own description of its types (Documentation/bpf/btf.rst). It comes out of the picture, so that every
 * offset in it is hostile; libbpf takes a BTF that it reads to be well-formed (1.1, of Debian 12, checks no type), so
 * that this reads it instead, and libbpf is what tests compare with.
 */
#ifndef PROC_BTF_H
#define PROC_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ptkit/error.h>

struct lx_btf;

/* Where a member lies in a structure, in bytes. */
struct lx_member {
	uint32_t offset, size; /* size 0: not known */
};

/* Bytes that a BTF at p takes, by its header; 0 if there is none. */
size_t ptk_btf_size_(const uint8_t *p, size_t len, bool big);

/* Borrows p. word: bytes of a pointer. PTK_E_BADFMT, PTK_E_NOMEM. */
int ptk_btf_open_(const uint8_t *p, size_t len, unsigned word, bool big, struct lx_btf **out);
void ptk_btf_close_(struct lx_btf *b);

/*
 * A member of a struct or union by name, through structures that have no name; "a.b" for a member's member. False if
 * there is none, or it is a bit field.
 */
bool ptk_btf_member_(const struct lx_btf *b, const char *type, const char *path, struct lx_member *out);

#endif
