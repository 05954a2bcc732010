/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file emit.h
 * Tables as files: a raw image, an ELF core, a C array, GNU assembly.
 *
 * What is written is every table that a space's root reaches, at the physical addresses where they lie, with the
 * registers that turn them on. The same tables give the same bytes in every format.
 */
#ifndef PTKIT_EMIT_H
#define PTKIT_EMIT_H

#include <ptkit/build.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What goes with the tables. Zero it, then set what is needed; NULL stands for all zeros. */
struct ptk_emit_opts {
	const char *symbol;           /**< C and assembly: the array's name; NULL: "page_tables" */
	const struct ptk_edit *edit;  /**< C and assembly: listed in a comment, by name */
	size_t nedits;                /**< how many */
	const struct ptk_note *note;  /**< elf: more notes, beside the one that says regime and root */
	size_t nnotes;                /**< how many */
};

/**
 * The formats, in the order in which they are listed.
 *
 * @return static name ("bin", "elf", "c", "asm"), or NULL past the last
 */
PTK_API const char *ptk_emit_name(size_t i);

/** One sentence about a format, or NULL past the last. Static. */
PTK_API const char *ptk_emit_about(size_t i);

/**
 * Write the tables of a space to a file.
 *
 * - bin: bytes from the lowest table to the highest, zeros between them; load it at the lowest table's address
 * - elf: a core that ptkit and other tools read; ptkit's own note in it says regime and root
 * - c: an array of entries and constants for the registers
 * - asm: GNU assembly of the same
 *
 * @param s       the tables
 * @param format  a name of ptk_emit_name()
 * @param opts    may be NULL
 * @param path    created or truncated
 * @return 0; ::PTK_E_UNKNOWN (no such format: the sentence names near ones); ::PTK_E_LIMIT (bin, c, asm: tables lie too far
 *         apart for one image, more than 1 GiB); ::PTK_E_INVAL (symbol is no C identifier); ::PTK_E_IO; ::PTK_E_NOMEM;
 *         ::PTK_E_NODATA (a table that an entry points to is not there)
 */
PTK_API int ptk_emit(const struct ptk_space *s, const char *format, const struct ptk_emit_opts *opts, const char *path,
                     struct ptk_err *err);

/**
 * Lowest and highest physical address of the tables of a space, the highest inclusive.
 *
 * @param tables  may be NULL: how many tables there are
 * @return 0; as ptk_walk_space()
 */
PTK_API int ptk_emit_extent(const struct ptk_space *s, uint64_t *first, uint64_t *last, uint64_t *tables,
                            struct ptk_err *err);

#ifdef __cplusplus
}
#endif
#endif
