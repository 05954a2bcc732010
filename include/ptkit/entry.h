/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file entry.h
 * One descriptor of a page table: decoded, explained, encoded. Pure functions.
 */
#ifndef PTKIT_ENTRY_H
#define PTKIT_ENTRY_H

#include <ptkit/regime.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What an entry is to the hardware. */
enum ptk_kind {
	PTK_NONE,        /**< all zero: nothing here */
	PTK_TABLE,       /**< points to a table of the level below */
	PTK_LEAF,        /**< maps memory */
	PTK_NOT_PRESENT, /**< the hardware faults on it, software keeps something in it */
	PTK_RESERVED,    /**< the valid bit is set, but a rule of the architecture is broken: it faults */
};

/** Rights and properties. User means unprivileged (EL0, CPL 3, U-mode). */
enum ptk_attr_flag {
	PTK_A_KR = 1u << 0, /**< the kernel may read */
	PTK_A_KW = 1u << 1, /**< the kernel may write */
	PTK_A_KX = 1u << 2, /**< the kernel may execute */
	PTK_A_UR = 1u << 3, /**< user code may read */
	PTK_A_UW = 1u << 4, /**< user code may write */
	PTK_A_UX = 1u << 5, /**< user code may execute */
	PTK_A_GLOBAL = 1u << 6,   /**< not tied to an address space (nG clear, G set) */
	PTK_A_ACCESSED = 1u << 7, /**< accessed flag */
	PTK_A_DIRTY = 1u << 8,    /**< dirty flag (hardware's, where there is one) */
	PTK_A_CONT = 1u << 9,     /**< part of a contiguous run, large page, supersection or NAPOT group */
	PTK_A_NS = 1u << 10,      /**< output address is in non-secure memory (arm) */
	PTK_A_GUARDED = 1u << 11, /**< GP: branch targets are checked (arm64) */
	PTK_A_DBM = 1u << 12,     /**< DBM: hardware may make it writable (arm64) */
	PTK_A_ENC = 1u << 13,     /**< encrypted (x86 with an encryption bit) */

	PTK_A_RIGHTS = 0x3f, /**< the six rights */
};

/** Memory types, in words that all architectures share. */
enum ptk_memtype {
	PTK_MEM_UNKNOWN,    /**< reserved encoding, or the index's meaning is not known */
	PTK_MEM_WB,         /**< normal, write-back */
	PTK_MEM_WB_TAGGED,  /**< normal, write-back, allocation tags (arm64 MTE) */
	PTK_MEM_WT,         /**< normal, write-through */
	PTK_MEM_WP,         /**< write-protected caching (x86) */
	PTK_MEM_NC,         /**< normal, not cached; x86: write combining */
	PTK_MEM_UC_MINUS,   /**< uncached unless an MTRR says WC (x86) */
	PTK_MEM_UC,         /**< uncached (x86) */
	PTK_MEM_DEV_nGnRnE, /**< device, strongly ordered */
	PTK_MEM_DEV_nGnRE,  /**< device */
	PTK_MEM_DEV_nGRE,
	PTK_MEM_DEV_GRE,
	PTK_MEM_IO,         /**< PBMT IO (riscv) */
	PTK_MEM_MIXED,      /**< normal, inner and outer policies differ */
	PTK_MEM_PMA,        /**< as the platform's attributes say (riscv without PBMT) */
	PTK_MEM_COUNT_,
};

/** Shareability (arm, arm64); the others use "none". */
enum ptk_share {
	PTK_SHARE_NONE,
	PTK_SHARE_RESERVED,
	PTK_SHARE_OUTER,
	PTK_SHARE_INNER,
};

/** For ptk_attr::memidx when encoding: find an index that has the type ptk_attr::mem. */
#define PTK_MEMIDX_AUTO 0xff

/** Attributes in the words that all architectures share. */
struct ptk_attr {
	uint32_t flags; /**< ::ptk_attr_flag */
	uint8_t mem;    /**< ::ptk_memtype */
	uint8_t memidx; /**< the raw selector: AttrIndx, PAT:PCD:PWT, TEX:C:B, PBMT, MemAttr */
	uint8_t share;  /**< ::ptk_share */
	uint8_t key;    /**< x86: protection key; arm-short: domain; else 0 */
	uint16_t sw;    /**< software bits, packed from the lowest up */
};

/** One decoded entry. */
struct ptk_entry {
	uint64_t raw;     /**< the value, in host byte order */
	uint64_t pa;      /**< leaf: first byte mapped; table: the next table; not present: the page @ref why speaks of, or 0 */
	uint64_t span;    /**< bytes of VA it stands for; a NAPOT or large-page entry spans its whole group */
	uint64_t extra;   /**< bits that no other member carries; encoding puts them back */
	uint64_t bad;     /**< reserved bits that are set, or the bits that break a rule */
	uint64_t inherit; /**< table: what it takes away from everything below (see ptk_inherit_flags()) */
	struct ptk_attr attr; /**< leaf: its own attributes, parents not considered */
	uint8_t kind;     /**< ::ptk_kind */
	uint8_t level;    /**< 0 is the smallest page */
	const char *why;  /**< static sentence: why it is reserved, or what a not-present one holds; NULL otherwise */
};

/** One field of an entry by its name in the manual. */
struct ptk_field {
	const char *name;  /**< "PXN", "AttrIndx", "PFN"; static */
	const char *means; /**< what this value means, or NULL; static */
	uint64_t value;    /**< moved down to bit 0 */
	uint8_t lo;        /**< lowest bit */
	uint8_t hi;        /**< highest bit, inclusive */
};

/** Enough room for the fields of any entry. */
#define PTK_FIELDS_MAX 40

/** Kind alone; what ptk_entry_decode() would put in ptk_entry::kind. */
PTK_API enum ptk_kind ptk_entry_kind(const struct ptk_regime *r, int level, uint64_t raw);

/**
 * Decode an entry. Cannot fail: whatever the bits, the answer says what hardware makes of them.
 *
 * @param r      regime
 * @param level  0 .. r->nlevels-1
 * @param raw    the entry, in host byte order
 * @param out    filled whole
 */
PTK_API void ptk_entry_decode(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out);

/**
 * The inverse: build the raw value from kind, level, pa, attr, inherit (tables) and extra.
 * ptk_entry::raw, span, bad and why are not read.
 *
 * @param r    regime
 * @param in   what to build
 * @param raw  the value
 * @param err  detail, may be NULL
 * @return 0; ::PTK_E_INVAL (level cannot hold this kind, address misaligned or too wide);
 *         ::PTK_E_NOTSUP (rights or a memory type that the regime cannot express)
 */
PTK_API int ptk_entry_encode(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw,
                             struct ptk_err *err);

/**
 * What hardware grants through this leaf: its own attributes, less what the parents
 * take away, less what the regime's switches forbid (WXN, SMEP, domains, ...).
 *
 * @param inherit  the `inherit` members of all entries above, ORed; 0 at the root
 * @param leaf     a decoded leaf
 * @param out      effective attributes
 */
PTK_API void ptk_entry_effective(const struct ptk_regime *r, uint64_t inherit, const struct ptk_entry *leaf,
                                 struct ptk_attr *out);

/**
 * List the entry's fields, highest bit first.
 *
 * @param out  room for @p max fields; ::PTK_FIELDS_MAX is enough for any
 * @return number of fields written
 */
PTK_API size_t ptk_entry_fields(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_field *out,
                                size_t max);

/**
 * The rights that an inherit value takes away, as ::ptk_attr_flag bits; ::PTK_A_NS and
 * ::PTK_A_GLOBAL in it mean that the property is forced on.
 */
static inline uint32_t ptk_inherit_flags(uint64_t inherit)
{
	return (uint32_t)inherit;
}

/** Name of a memory type: "write-back", "device nGnRE". Static. */
PTK_API const char *ptk_memtype_name(enum ptk_memtype t);

/** Name of a kind: "none", "table", "leaf", "not present", "reserved". Static. */
PTK_API const char *ptk_kind_name(enum ptk_kind k);

#ifdef __cplusplus
}
#endif
#endif
