/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file spec.h
 * What to build, as a YAML file or as a device tree.
 *
 *     regime: arm64-4k-48             # name and parameters, as ptk_regime_parse() takes them
 *     tables: {at: 0x40300000, size: 1M, direction: up}
 *     policy: plain                   # who chooses block sizes
 *     overlap: error                  # error, keep, replace, nested
 *     memory-types: {0: write-back, 1: device nGnRE}
 *     entries:
 *       - name: ram
 *         va: 0xffff000040000000
 *         pa: 0x40000000              # left out: the same as va
 *         size: 512M
 *         rights: rw- ---             # kernel, user
 *         memory: write-back
 *         share: inner                # none, outer, inner
 *         flags: [no-cont]            # global, accessed, dirty, guarded, dbm, non-secure, encrypted, no-X to take one
 *                                     # away; no-block, no-cont, no-exec
 *         max-unit: 2M
 *         key: 0
 *         software: 0
 *         raw: 0                      # bits to add
 *
 * Numbers are decimal or 0x hexadecimal, with K, M, G or T behind them if they are sizes. An entry is accessed, dirty if
 * anyone may write, and global if user code may do nothing, unless its flags say otherwise.
 */
#ifndef PTKIT_SPEC_H
#define PTKIT_SPEC_H

#include <ptkit/build.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A specification that was read. */
struct ptk_spec;

/** What it says. All pointers are borrowed until ptk_spec_free(). */
struct ptk_spec_info {
	struct ptk_regime regime;  /**< how it will be translated */
	bool has_regime;           /**< a spec may leave it to the caller */
	uint64_t tables_first;     /**< where tables may lie ... */
	uint64_t tables_last;      /**< ... inclusive; both 0: not said */
	uint32_t alloc_flags;      /**< ::ptk_alloc_flag */
	struct ptk_build_opts opts; /**< policy and overlap */
	const struct ptk_edit *edit; /**< one a map entry, in the order of the file */
	const uint32_t *line;      /**< line of each edit in the file, from 1; 0: not from a file */
	size_t nedits;             /**< how many */
};

/**
 * Read a specification.
 *
 * @param text    YAML; needs no terminator
 * @param size    bytes; at most 16 MiB
 * @param regime  where the file names none: use this name and parameters; NULL: the file must name one
 * @param out     free it with ptk_spec_free()
 * @param err     "line 3, column 7: ..."; may be NULL
 * @return 0; ::PTK_E_BADFMT (not YAML, a key or value that makes no sense, and where); ::PTK_E_UNKNOWN (a name: near ones
 *         are given); ::PTK_E_LIMIT (too large); ::PTK_E_NOTSUP (built without libyaml); ::PTK_E_NOMEM
 */
PTK_API int ptk_spec_parse(const char *text, size_t size, const char *regime, struct ptk_spec **out,
                           struct ptk_err *err);

/**
 * Add what a flattened device tree describes: memory as normal write-back memory, the registers of devices and the windows
 * of PCI bridges as device memory, each mapped at its own address, kernel only. Ranges are translated through the buses'
 * "ranges"; what the specification maps already stays, reserved memory with "no-map" is left out, and where registers lie in
 * what is described as memory, they count. Addresses that the regime does not reach are left out.
 *
 * @param spec  from ptk_spec_parse(), or NULL: an empty one is made in @p out
 * @param dtb   the blob
 * @param size  bytes
 * @param regime  as for ptk_spec_parse()
 * @param out   the specification; @p spec itself if it was given
 * @return 0; ::PTK_E_BADFMT (no device tree, or a broken one); ::PTK_E_NOTFOUND (it describes no memory, and
 *         the specification maps nothing);
 *         ::PTK_E_NOTSUP (built without libfdt); ::PTK_E_NOMEM
 */
PTK_API int ptk_spec_add_dtb(struct ptk_spec *spec, const void *dtb, size_t size, const char *regime,
                             struct ptk_spec **out, struct ptk_err *err);

/** Free it. NULL is allowed. */
PTK_API void ptk_spec_free(struct ptk_spec *spec);

/** What it says. Borrowed until ptk_spec_free() or ptk_spec_add_dtb(). */
PTK_API const struct ptk_spec_info *ptk_spec_info(const struct ptk_spec *spec);

#ifdef __cplusplus
}
#endif
#endif
