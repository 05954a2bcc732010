/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file text.h
 * The kernel's own dump of its page tables, read back: kernel_page_tables and page_tables/ of any architecture and
 * version, whole or in pieces, from a file, a log or a bug report.
 */
#ifndef PTKIT_TEXT_H
#define PTKIT_TEXT_H

#include <ptkit/walk.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A text that was read. Holds copies: the text itself may go. */
struct ptk_text;

/** Most words of attributes that a line may have. */
#define PTK_TEXT_WORDS_MAX 20

/** One line that names a range. */
struct ptk_text_line {
	uint64_t first;          /**< first address */
	uint64_t last;           /**< last address, inclusive (the text gives the one after it) */
	uint64_t size;           /**< as the text says, in bytes; it agrees with the range */
	uint64_t pa;             /**< riscv: of the first address; else ::PTK_NO_PA */
	const char *name;        /**< of the level, as written: "PMD", "pte"; NULL: not said */
	const char *domain;      /**< arm: "KERNEL", "IO", ...; NULL: not said */
	const char *const *word; /**< attributes in the order of the line */
	struct ptk_attr attr;    /**< the same in the words that all architectures share, as far as the text tells */
	uint32_t number;         /**< of the line in the text, from 1 */
	uint32_t marker;         /**< how many markers came before it: 0 for none, else its own is marker[this - 1] */
	uint8_t nwords;          /**< how many */
	uint8_t nunknown;        /**< how many of them no known kernel prints */
	uint8_t kind;            /**< ::ptk_kind: ::PTK_LEAF, or ::PTK_NONE, ::PTK_NOT_PRESENT, ::PTK_RESERVED */
	int8_t level;            /**< 0 for the smallest page, or -1: not said */
};

/** A line that names a region: `---[ name ]---`. */
struct ptk_text_marker {
	const char *name; /**< as written */
	uint32_t number;  /**< of the line in the text, from 1 */
	uint32_t line;    /**< index of the first range after it */
};

/** A line that could not be read. */
struct ptk_text_bad {
	uint32_t number; /**< of the line in the text, from 1 */
	const char *why; /**< static sentence */
};

/** Addresses of which a text says nothing: x86 counts what comes after the first lines of some regions ("... 12 entries skipped ..."). */
struct ptk_text_gap {
	uint64_t first;   /**< behind the range before; 0 if there is none */
	uint64_t last;    /**< inclusive: before the range after; the highest address if there is none */
	uint64_t skipped; /**< how many ranges the kernel counted there */
	uint32_t number;  /**< of the line in the text, from 1 */
	uint32_t line;    /**< index of the first range after it */
};

/** All of a text. Borrowed until ptk_text_free(). */
struct ptk_text_info {
	const char *arch;                     /**< "arm", "arm64", "riscv", "x86" */
	uint8_t va_width;                     /**< 32 or 64 */
	const struct ptk_text_line *line;     /**< in the order of the text */
	size_t nlines;                        /**< how many */
	const struct ptk_text_marker *marker; /**< in the order of the text */
	size_t nmarkers;                      /**< how many */
	const struct ptk_text_bad *bad;       /**< the first of those that could not be read */
	size_t nbad;                          /**< how many of these are listed, at most 64 */
	size_t total_bad;                     /**< how many there are */
	uint64_t skipped;                     /**< ranges that the kernel itself left out ("... N entries skipped ...") */
	const struct ptk_text_gap *gap;       /**< where, in the order of the text; none where no address lies between */
	size_t ngaps;                         /**< how many of these */
};

/**
 * Read a text.
 *
 * Lines may have what a log puts before them, a carriage return at the end, and runs of blanks folded into one. The
 * architecture is recognised by the columns. Lines that cannot be read are listed and left out; empty ones are no
 * matter.
 *
 * @param text  any bytes, @p size of them
 * @param out   free with ptk_text_free()
 * @return 0; ::PTK_E_BADFMT (not one line of such a text); ::PTK_E_LIMIT (larger than 256 MiB); ::PTK_E_NOMEM
 */
PTK_API int ptk_text_parse(const char *text, size_t size, struct ptk_text **out, struct ptk_err *err);

/** Free. NULL is allowed. */
PTK_API void ptk_text_free(struct ptk_text *t);

/** What was read. */
PTK_API const struct ptk_text_info *ptk_text_info(const struct ptk_text *t);

/**
 * The name of the region that an address lies in: of the last marker before the line that holds it.
 *
 * @return borrowed until ptk_text_free(), or NULL
 */
PTK_API const char *ptk_text_region(const struct ptk_text *t, uint64_t va);

/**
 * The regime that such a text most likely comes from, by its addresses, the sizes they are multiples of and the levels
 * it names. A text does not say all of it: a short one, or one in which all is large, may mislead.
 *
 * @return 0; ::PTK_E_BUG
 */
PTK_API int ptk_text_regime(const struct ptk_text *t, struct ptk_regime *out, struct ptk_err *err);

/** What one column of a line says. */
struct ptk_text_column {
	const char *word;  /**< as written; empty: the column is blank, which says something too */
	const char *title; /**< what the column is about: "write"; static */
	const char *means; /**< one sentence; static */
};

/**
 * What the columns of a line mean, in their order, blank ones too where that says something.
 *
 * @param i    from 0 on
 * @param out  filled if the result is true
 * @return false past the last one
 */
PTK_API bool ptk_text_explain(const struct ptk_text *t, const struct ptk_text_line *line, size_t i,
                              struct ptk_text_column *out);

#ifdef __cplusplus
}
#endif
#endif
