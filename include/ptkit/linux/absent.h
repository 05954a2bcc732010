/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file absent.h
 * What Linux keeps in the entries of a process that are not present: a place in swap, a page on its way, a marker.
 *
 * The layout depends on the architecture and the kernel's version; which swap types mean something else than a swap area depends
 * on its configuration too (include/linux/swap.h). Where that is not known, an entry may have several meanings: they are told.
 */
#ifndef PTKIT_LINUX_ABSENT_H
#define PTKIT_LINUX_ABSENT_H

#include <ptkit/linux.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A switch of the kernel's configuration. */
enum ptk_config {
	PTK_CONFIG_UNKNOWN, /**< not known: both are considered */
	PTK_CONFIG_NO,      /**< not set */
	PTK_CONFIG_YES,     /**< set */
};

/** Which kernel wrote the entries. Zeroed, but for the version, it knows nothing of the configuration. */
struct ptk_absent_rules {
	unsigned major;         /**< of the version */
	unsigned minor;         /**< second number of it */
	uint8_t migration;      /**< ::ptk_config CONFIG_MIGRATION */
	uint8_t memory_failure; /**< ::ptk_config CONFIG_MEMORY_FAILURE */
	uint8_t device_private; /**< ::ptk_config CONFIG_DEVICE_PRIVATE */
	uint8_t pte_marker;     /**< ::ptk_config CONFIG_PTE_MARKER, of 5.19 to 6.1 */
};

/** What an entry that is not present holds. */
enum ptk_absent_kind {
	PTK_ABSENT_SWAP,       /**< a page in a swap area: type and offset */
	PTK_ABSENT_MIGRATION,  /**< a page that is being moved */
	PTK_ABSENT_NO_ACCESS,  /**< a page that is there: PROT_NONE, or a hint for NUMA balancing */
	PTK_ABSENT_INVALID,    /**< a mapping whose valid bit is cleared while it is changed (a huge page being split) */
	PTK_ABSENT_POISON,     /**< a page whose memory failed */
	PTK_ABSENT_DEVICE,     /**< a page in a device's own memory */
	PTK_ABSENT_EXCLUSIVE,  /**< a page that a device has for itself for a while */
	PTK_ABSENT_MARKER,     /**< no page; see ::ptk_absent_marker */
	PTK_ABSENT_SWAP_ERROR, /**< a page whose swap area could not be read (5.19 to 6.1; a marker since) */
	PTK_ABSENT_COUNT_,
};

/** Bits of a marker's offset: include/linux/swapops.h, PTE_MARKER_*. */
enum ptk_absent_marker {
	PTK_MARKER_UFFD_WP = 1u << 0, /**< userfaultfd: writes are reported */
	PTK_MARKER_POISON = 1u << 1,  /**< an access raises SIGBUS: swap that cannot be read (6.2), UFFDIO_POISON (6.6) */
	PTK_MARKER_GUARD = 1u << 2,   /**< an access raises SIGSEGV: MADV_GUARD_INSTALL (6.13) */
};

/** What else such an entry remembers. */
enum ptk_absent_flag {
	PTK_ABSENT_F_WRITE = 1u << 0,      /**< migration, device: it was writable */
	PTK_ABSENT_F_ANON_EXCL = 1u << 1,  /**< the anonymous page belongs to one process only */
	PTK_ABSENT_F_SOFT_DIRTY = 1u << 2, /**< it was written since soft-dirty bits were cleared */
	PTK_ABSENT_F_UFFD_WP = 1u << 3,    /**< userfaultfd: writes are reported */
	PTK_ABSENT_F_YOUNG = 1u << 4,      /**< migration: it had been accessed */
	PTK_ABSENT_F_DIRTY = 1u << 5,      /**< migration: it had been written */
};

/** One entry that is not present, explained. */
struct ptk_absent {
	uint32_t maybe;  /**< bit N: it may be the ::ptk_absent_kind N; one bit alone: it is */
	uint8_t type;    /**< swap type, as pagemap has it in bits 4:0; no meaning where there is none */
	bool has_type;   /**< it is encoded as a swap entry */
	uint32_t flags;  /**< ::ptk_absent_flag */
	uint64_t offset; /**< swap offset: pages into the area; markers: ::ptk_absent_marker */
	uint64_t pa;     /**< the page spoken of, if it speaks of one; or ::PTK_NO_PA */
};

/** The kind if there is but one, else -1. */
PTK_API int ptk_absent_kind(const struct ptk_absent *a);

/**
 * Explain an entry.
 *
 * @param r    regime of the table; of arm-short, whose hardware entry is then zero, @p raw is Linux's own beside it
 * @param raw  the entry
 * @return 0; ::PTK_E_NOTFOUND (it is present, empty, or a pointer to a table); ::PTK_E_NOTSUP (how this version lays entries
 *         out is not known)
 */
PTK_API int ptk_absent_entry(const struct ptk_absent_rules *rules, const struct ptk_regime *r, int level, uint64_t raw,
                             struct ptk_absent *out);

/**
 * What is known of the kernel in a picture: its version, and its configuration as far as symbols tell (the functions that a
 * switch brings are there, or are not in a table of symbols that has their like).
 */
PTK_API void ptk_linux_absent_rules(struct ptk_linux *lx, struct ptk_absent_rules *out);

/**
 * Say it in words: "in swap: area 0, page 0x200".
 *
 * @param out  receives the text, terminated, cut to @p size; 320 is enough for any
 * @return length of the whole text, as snprintf() does
 */
PTK_API int ptk_absent_text(const struct ptk_absent *a, char *out, size_t size);

/**
 * The same, short and static, without what differs from page to page: "in swap, area 0". Good for ptk_range_opts::absent.
 */
PTK_API const char *ptk_absent_why(const struct ptk_absent *a);

/** Name of a kind: "swap", "migration"; static; NULL past the last. */
PTK_API const char *ptk_absent_name(unsigned kind);

#ifdef __cplusplus
}
#endif
#endif
