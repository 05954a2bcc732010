/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file like.h
 * Page tables from the kernel's own text of them, so that dumping them gives that text back.
 *
 * A text says which addresses are mapped, by entries of which level, with which attributes. It mostly does not say to which
 * physical memory: only riscv's does. Elsewhere each line gets the memory after that of the line before, from a base on,
 * moved up as far as the size of its entries (or of a contiguous run of them) asks for.
 *
 * What comes out is held against the text, line by line, before it counts as made. Where a text has gaps (see ::ptk_text_gap)
 * nothing is mapped: all else comes back, and another count.
 */
#ifndef PTKIT_LIKE_H
#define PTKIT_LIKE_H

#include <ptkit/linux.h>
#include <ptkit/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How to make them. Zero it, then set what is known; NULL stands for all zeros. */
struct ptk_like_opts {
	const char *version;   /**< the kernel version that printed the text ("6.1"); NULL: the newest that prints like this */
	const char *regime;    /**< name and parameters; NULL: the likeliest, as ptk_text_regime() has it */
	uint64_t pa;           /**< where the memory that is mapped begins; of no use where the text tells */
	uint64_t tables_first; /**< where tables may lie ... */
	uint64_t tables_last;  /**< ... inclusive; both 0: from the next 2 MiB behind the memory that is mapped on */
	uint64_t max_tables;   /**< refuse texts that take more; 0: 256 Ki, which map 512 GiB in pages of 4 KiB */
};

/** Tables that were made. */
struct ptk_like;

/** What they are. Borrowed until ptk_like_free(). */
struct ptk_like_info {
	struct ptk_space space;         /**< root, regime, and the memory that holds them */
	struct ptk_linux_about about;   /**< for ptk_linux_note() or ptk_linux_new() */
	uint64_t tables;                /**< how many, arm's pairs of second-level tables as one */
	uint64_t bytes;                 /**< of them */
	uint64_t mapped;                /**< bytes of virtual addresses that are mapped */
};

/**
 * Make tables like those that a text is of.
 *
 * @param t    may be freed after
 * @param out  free with ptk_like_free()
 * @return 0; ::PTK_E_NOTSUP (no tables print like this: the sentence names the line); ::PTK_E_INVAL (a version that is none);
 *         ::PTK_E_UNKNOWN (a regime); ::PTK_E_RANGE (no room in physical memory); ::PTK_E_LIMIT (more tables than allowed);
 *         ::PTK_E_NOMEM
 */
PTK_API int ptk_like_new(const struct ptk_text *t, const struct ptk_like_opts *opts, struct ptk_like **out,
                         struct ptk_err *err);

/** Free. NULL is allowed. */
PTK_API void ptk_like_free(struct ptk_like *like);

/** What they are. */
PTK_API const struct ptk_like_info *ptk_like_info(const struct ptk_like *like);

#ifdef __cplusplus
}
#endif
#endif
