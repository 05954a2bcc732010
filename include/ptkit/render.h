/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file render.h
 * Range lists as text: one renderer a format.
 */
#ifndef PTKIT_RENDER_H
#define PTKIT_RENDER_H

#include <ptkit/walk.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ptk_render;

/** How to render. Zero it, then set what is needed. */
struct ptk_render_opts {
	bool colour;                  /**< ANSI colours (table) */
	const char *title;            /**< shown by formats that have a place for it, may be NULL */
	/** Optional: name of the region that holds an address, or NULL; used before the next call. */
	const char *(*region)(void *arg, uint64_t va);
	void *region_arg;             /**< passed to @ref region */
};

/**
 * The formats, in the order in which they are listed.
 *
 * @return static name ("table", "json", "jsonl", "csv"), or NULL past the last
 */
PTK_API const char *ptk_render_name(size_t i);

/** One sentence about a format, or NULL past the last. Static. */
PTK_API const char *ptk_render_about(size_t i);

/**
 * Start a document.
 *
 * @param format  a name of ptk_render_name()
 * @param r       the regime of the ranges; copied
 * @param write   receives the text in pieces; 0 or a negative ::ptk_error
 * @return 0; ::PTK_E_UNKNOWN (the sentence names near ones); ::PTK_E_NOMEM; what @p write returned
 */
PTK_API int ptk_render_begin(const char *format, const struct ptk_regime *r, const struct ptk_render_opts *opts,
                             int (*write)(void *arg, const char *text, size_t len), void *arg,
                             struct ptk_render **out, struct ptk_err *err);

/** Add a range; ranges come in address order. 0, or what write returned. */
PTK_API int ptk_render_range(struct ptk_render *rd, const struct ptk_range *range);

/** End the document and free the handle (NULL is allowed). 0, or what write returned. */
PTK_API int ptk_render_end(struct ptk_render *rd);

/**
 * Write effective rights in a fixed-width form: "rwx rwx", kernel first, then user.
 *
 * @param out  at least 8 bytes; terminated
 */
PTK_API void ptk_render_rights(const struct ptk_attr *attr, char out[8]);

/**
 * Name of a flag that ptk_attr::flags may have.
 *
 * @param flag  one of ::ptk_attr_flag
 * @return "kernel read" ... "user execute", "global", "accessed", ...; static; NULL for anything else
 */
PTK_API const char *ptk_render_flag(uint32_t flag);

/**
 * Write a size in the largest unit that divides it: "4K", "2M", "130560G".
 *
 * @param out  at least 24 bytes; terminated
 */
PTK_API void ptk_render_size(uint64_t bytes, char out[24]);

#ifdef __cplusplus
}
#endif
#endif
