/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Symbols from a file beside the picture: System.map, a kallsyms text, or a vmlinux. */
#ifndef LINUX_SYMBOLS_H
#define LINUX_SYMBOLS_H

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
size_t ptk_symbols_count_(const struct lx_symtab *st);
/* Symbol i, in the order of the source. */
const char *ptk_symbols_at_(const struct lx_symtab *st, size_t i, uint64_t *va);

#endif
