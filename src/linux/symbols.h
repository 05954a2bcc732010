/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Symbols from a file beside the picture: System.map, a kallsyms text, or a vmlinux. */
#ifndef LINUX_SYMBOLS_H
#define LINUX_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ptkit/error.h>

struct lx_symtab;

/* Called for each symbol of a file; name is not terminated. 0, or a negative error that ends it. */
typedef int lx_symbol_fn(void *arg, const char *name, size_t len, uint64_t va);

/*
 * Lines "ADDRESS TYPE NAME". Others are left out: a console's noise in a copied /proc/kallsyms, and the symbols of
 * modules, which have "[module]" after the name. Returns 0 or what fn returned.
 */
int ptk_symbols_text_(const char *text, size_t len, lx_symbol_fn *fn, void *arg);

/* The defined symbols of an ELF file's .symtab. PTK_E_BADFMT with a sentence if there is none that can be read. */
int ptk_symbols_elf_(const uint8_t *file, size_t len, lx_symbol_fn *fn, void *arg, struct ptk_err *err);

/* A section that the file has bytes of, all of them. */
struct lx_section {
	const char *name;
	uint32_t type;
	uint64_t addr; /* where it is linked to; 0: nowhere */
	const uint8_t *data;
	uint64_t size;
	bool big; /* byte order of the file */
};

/* Called for each; true: enough. */
typedef bool lx_section_fn(void *arg, const struct lx_section *s);

/* Was it enough? */
bool ptk_symbols_elf_sections_(const uint8_t *file, size_t len, lx_section_fn *fn, void *arg);

/* What .gnu_debuglink names: the file with what was stripped off this one. NULL: nothing. */
const char *ptk_symbols_elf_link_(const uint8_t *file, size_t len);

/* As hexadecimal text: the GNU build ID among an ELF file's notes, of at most LX_BUILD_ID / 2 bytes; "" if it has none. */
#define LX_BUILD_ID 128
void ptk_symbols_elf_build_id_(const uint8_t *file, size_t len, char out[LX_BUILD_ID + 1]);

/* The first line of the text that is linked to an address, "" if there is none. */
void ptk_symbols_elf_line_(const uint8_t *file, size_t len, uint64_t va, char *out, size_t room);

/* Contents of an ELF file's section by name; false if there is none, or it lies outside the file. */
bool ptk_symbols_elf_section_(const uint8_t *file, size_t len, const char *name, const uint8_t **p, size_t *size);

/* Read a file of any of the three kinds. PTK_E_IO, PTK_E_BADFMT, PTK_E_NOMEM. */
int ptk_symbols_open_(const char *path, struct lx_symtab **out, struct ptk_err *err);
/* The same from memory. */
int ptk_symbols_load_(const void *data, size_t len, struct lx_symtab **out, struct ptk_err *err);
/* One made by hand: add, then index, then find. PTK_E_NOMEM, PTK_E_LIMIT. */
struct lx_symtab *ptk_symbols_new_(void);
int ptk_symbols_add_(struct lx_symtab *st, const char *name, size_t len, uint64_t va);
int ptk_symbols_index_(struct lx_symtab *st);
void ptk_symbols_close_(struct lx_symtab *st);

/* Address of a symbol as the file has it: link-time in System.map and vmlinux. */
bool ptk_symbols_find_(const struct lx_symtab *st, const char *name, uint64_t *va);
/* That of init_mm's table, under any of the names it has had. */
bool ptk_symbols_pgd_(const struct lx_symtab *st, uint64_t *va);
/* What a vmlinux says of itself, "" if it does not: its build ID in hexadecimal, and its linux_banner without the newline. */
const char *ptk_symbols_build_id_(const struct lx_symtab *st);
const char *ptk_symbols_banner_(const struct lx_symtab *st);
size_t ptk_symbols_count_(const struct lx_symtab *st);
/* Symbol i, in the order of the source. */
const char *ptk_symbols_at_(const struct lx_symtab *st, size_t i, uint64_t *va);

#endif
