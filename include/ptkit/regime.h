/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file regime.h
 * How an address is translated: architecture, variant and parameters, as a value.
 *
 * A regime holds the whole geometry as data: levels, shifts, index widths, which
 * levels may hold leaves, how an address sits in an entry. It is filled by
 * ptk_regime_parse() and never changes after; it may be copied and shared freely.
 *
 * Levels count from the leaf: level 0 holds the smallest pages. Ranges are
 * inclusive. The manual's own level numbers are for display (ptk_level::manual).
 */
#ifndef PTKIT_REGIME_H
#define PTKIT_REGIME_H

#include <ptkit/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The most levels any regime has (x86-64-la57, riscv-sv57, arm64 4K with 52-bit VA). */
#define PTK_LEVELS_MAX 5

struct ptk_arch;

/** How the translated bits become an address of the full register width. */
enum ptk_va_form {
	PTK_VA_LOW,  /**< bits above va_bits are zero: 32-bit modes, TTBR0 */
	PTK_VA_HIGH, /**< bits above va_bits are ones: TTBR1 */
	PTK_VA_SIGN, /**< bits above va_bits repeat the top bit: x86-64, riscv */
};

/**
 * The quick test for one kind of entry at one level, and where its address sits.
 *
 * An entry is of this kind if `(raw & mask) == value`. Its address is then
 * `(raw & pa_mask) << pa_shift | (raw & hi_mask) << hi_shift`. An entry that passes
 * neither form of its level needs ptk_entry_decode(): it is none, not present,
 * reserved, or a leaf of an unusual shape (supersection, large page, NAPOT).
 */
struct ptk_form {
	uint64_t mask;     /**< bits that tell the kind */
	uint64_t value;    /**< what they must be */
	uint64_t pa_mask;  /**< the address bits that move together; 0: this kind cannot occur here */
	uint64_t hi_mask;  /**< address bits that were moved elsewhere (LPA, LPA2, PSE-36), or 0 */
	uint8_t pa_shift;  /**< left shift for the bits of pa_mask */
	uint8_t hi_shift;  /**< left shift for the bits of hi_mask */
};

/** One level of tables. */
struct ptk_level {
	uint8_t shift;     /**< log2 of the bytes of VA that one entry spans */
	uint8_t bits;      /**< log2 of the number of entries in a table */
	uint8_t cont_bits; /**< log2 of the entries in a contiguous run, 0: no such runs here */
	int8_t manual;     /**< the level's number in the architecture's manual */
	bool leaf;         /**< the architecture allows a leaf here */
	bool table;        /**< the architecture allows a pointer to a table here */
	char name[8];      /**< what the manual calls an entry here: "PML4E", "L1", "PTE" */
	struct ptk_form table_form; /**< ordinary pointer to a table */
	struct ptk_form leaf_form;  /**< ordinary leaf */
};

/**
 * Switches of a regime, as system registers or the CPU's features set them.
 * A bit that an architecture does not know is ignored by it.
 */
enum ptk_regime_flag {
	/* arm, arm64 */
	PTK_RF_AFE = 1u << 0,    /**< SCTLR.AFE: AP[0] is the access flag (short descriptors) */
	PTK_RF_TRE = 1u << 1,    /**< SCTLR.TRE: TEX remap by PRRR and NMRR (short descriptors) */
	PTK_RF_WXN = 1u << 2,    /**< SCTLR.WXN: writable means not executable */
	PTK_RF_UWXN = 1u << 3,   /**< SCTLR.UWXN: user-writable means not executable by the kernel (AArch32) */
	PTK_RF_PXN = 1u << 4,    /**< the PXN bit exists (short descriptors, ID_MMFR0.VMSA >= 4) */
	PTK_RF_HPD = 1u << 5,    /**< TCR.HPDn: table entries take nothing away */
	PTK_RF_TBI = 1u << 6,    /**< TCR.TBIn: the top byte of an address is a tag */
	PTK_RF_HA = 1u << 7,     /**< TCR.HA: hardware sets the access flag */
	PTK_RF_HD = 1u << 8,     /**< TCR.HD: DBM makes a read-only entry writable */
	PTK_RF_DS = 1u << 9,     /**< TCR.DS: LPA2 layout (4K and 16K granules) */
	PTK_RF_LPA = 1u << 10,   /**< 52-bit output addresses with the 64K granule */
	PTK_RF_STAGE2 = 1u << 11,/**< stage 2: S2AP, MemAttr, XN[1:0] */
	PTK_RF_E0PD = 1u << 12,  /**< TCR.E0PDn: user accesses to this half fault */
	PTK_RF_PAN = 1u << 13,   /**< PSTATE.PAN: the kernel may not touch user pages */
	PTK_RF_EPAN = 1u << 14,  /**< SCTLR.EPAN: PAN also covers execute-only user pages */
	/* x86 */
	PTK_RF_PSE = 1u << 16,   /**< CR4.PSE: 4M pages in the 32-bit mode */
	PTK_RF_PSE36 = 1u << 17, /**< 4M pages reach physical addresses above 4G */
	PTK_RF_NX = 1u << 18,    /**< EFER.NXE */
	PTK_RF_WP = 1u << 19,    /**< CR0.WP: the kernel obeys R/W too */
	PTK_RF_SMEP = 1u << 20,  /**< CR4.SMEP */
	PTK_RF_SMAP = 1u << 21,  /**< CR4.SMAP with EFLAGS.AC clear */
	PTK_RF_PKE = 1u << 22,   /**< CR4.PKE: bits 62:59 of user leaves are a protection key */
	PTK_RF_1G = 1u << 23,    /**< 1G pages exist (CPUID.80000001H:EDX[26]) */
	PTK_RF_PGE = 1u << 24,   /**< CR4.PGE: G is honoured */
	/* riscv */
	PTK_RF_SVNAPOT = 1u << 26,
	PTK_RF_SVPBMT = 1u << 27,
	PTK_RF_SVADU = 1u << 28, /**< hardware sets A and D; else a clear one faults */
	PTK_RF_SUM = 1u << 29,   /**< sstatus.SUM: the kernel may touch user pages */
	PTK_RF_MXR = 1u << 30,   /**< sstatus.MXR: executable pages are readable */
};

/** A way to translate addresses. A value: copy it, share it, compare its name. */
struct ptk_regime {
	const struct ptk_arch *arch; /**< who decodes its entries; static */
	char name[24];               /**< canonical name without parameters: "arm64-4k-48" */
	uint8_t variant;             /**< private to the architecture */
	uint8_t nlevels;             /**< number of levels; the root is level nlevels-1 */
	uint8_t va_bits;             /**< bits that one root translates */
	uint8_t va_width;            /**< width of an address register: 32 or 64 */
	uint8_t pa_bits;             /**< width of an output address */
	uint8_t page_shift;          /**< log2 of the smallest page */
	uint8_t entry_shift;         /**< log2 of the bytes of an entry: 2 or 3 */
	uint8_t root_align;          /**< log2 of the alignment that a root's address needs */
	enum ptk_va_form va_form;    /**< how addresses extend above va_bits */
	uint32_t flags;              /**< ::ptk_regime_flag */
	uint32_t dacr;               /**< DACR: two bits a domain (short descriptors) */
	uint64_t memattr;            /**< MAIR (arm64), MAIR1:MAIR0 (arm-lpae), NMRR:PRRR (arm-short), PAT (x86) */
	uint64_t enc_mask;           /**< x86: the memory-encryption bit, not part of an address; else 0 */
	struct ptk_level level[PTK_LEVELS_MAX]; /**< [0] is the leaf level */
};

/**
 * The regimes by their canonical names, in the order in which they are listed.
 *
 * @param i  from 0 on
 * @return a static name, or NULL past the last one
 */
PTK_API const char *ptk_regime_name(size_t i);

/**
 * Make a regime from its name and parameters.
 *
 * The text is a canonical name ("x86-64", "arm64-4k-48", "riscv-sv39") followed by
 * any number of ",KEY=VALUE" or ",FLAG" or ",noFLAG": `pa=N` (physical address bits),
 * `memattr=0x...`, `dacr=0x...`, `enc=0x...` (encryption bit), `low`, `high` (which half a
 * TTBR covers), and the flags by their lower-case names (`wxn`, `hpd`, `nx`, `pxn`, ...).
 * The window of a smaller root: `n=N` (TTBCR.N, arm-short), `t0sz=N` and `t1sz=N` (arm-lpae).
 * arm64 takes any VA size the granule allows: `arm64-16k-47`, `arm64-4k-36`. Stage 2 is
 * `arm64-s2-4k-40`.
 *
 * @param text  name and parameters
 * @param out   filled on success
 * @param err   detail, may be NULL
 * @return 0; ::PTK_E_UNKNOWN (no such name: the sentence names near ones);
 *         ::PTK_E_INVAL (a parameter that makes no sense for it, and why)
 */
PTK_API int ptk_regime_parse(const char *text, struct ptk_regime *out, struct ptk_err *err);

/**
 * A text from which ptk_regime_parse() makes the same regime: its name, and the parameters that are not the defaults.
 *
 * @param out   receives the text, terminated, cut to @p size
 * @param size  256 is enough for any
 * @return length of the whole text, as snprintf() does
 */
PTK_API int ptk_regime_format(const struct ptk_regime *r, char *out, size_t size);

/** The architecture's name: "arm", "arm64", "x86", "riscv". Static. */
PTK_API const char *ptk_regime_arch(const struct ptk_regime *r);

/** ELF's e_machine for its architecture: EM_ARM, EM_AARCH64, EM_RISCV, EM_386 or EM_X86_64 (by the width of addresses). */
PTK_API uint16_t ptk_regime_machine(const struct ptk_regime *r);

/** Bytes in a table of this level. */
static inline uint64_t ptk_table_size(const struct ptk_regime *r, int level)
{
	return UINT64_C(1) << (r->level[level].bits + r->entry_shift);
}

/** Bytes of VA that one entry of this level spans. */
static inline uint64_t ptk_level_size(const struct ptk_regime *r, int level)
{
	return UINT64_C(1) << r->level[level].shift;
}

/** Index of the entry that translates @p va in its table of this level. */
static inline uint32_t ptk_level_index(const struct ptk_regime *r, int level, uint64_t va)
{
	return (uint32_t)(va >> r->level[level].shift) & ((UINT32_C(1) << r->level[level].bits) - 1);
}

/** Highest address that the registers can hold. */
static inline uint64_t ptk_va_max(const struct ptk_regime *r)
{
	return r->va_width >= 64 ? UINT64_MAX : (UINT64_C(1) << r->va_width) - 1;
}

/**
 * The canonical address whose translated bits are those of @p va: tags are
 * stripped where the regime has them, upper bits are set as the form says.
 */
PTK_API uint64_t ptk_va_canonical(const struct ptk_regime *r, uint64_t va);

/** Whether the regime translates @p va at all (canonical, tag allowed, inside its half). */
PTK_API bool ptk_va_valid(const struct ptk_regime *r, uint64_t va);

/**
 * Linux's name for a level of this regime, with folding: the top level is "pgd",
 * the leaf "pte", what lies between is named from the leaf up (pmd, pud, p4d).
 *
 * @return static string "pte", "pmd", "pud", "p4d" or "pgd"
 */
PTK_API const char *ptk_level_linux(const struct ptk_regime *r, int level);

/** A system register as a regime wants it. */
struct ptk_register {
	const char *name;  /**< the manual's name; static */
	uint64_t value;    /**< what to write to the bits of @ref mask */
	uint64_t mask;     /**< the bits that matter to translation; the others are the caller's */
	const char *means; /**< one line about it; static */
};

/** Enough room for the registers of any regime. */
#define PTK_REGISTERS_MAX 8

/**
 * The registers that turn a regime on, with tables at @p root: TTBR, TCR, MAIR, SCTLR; CR3, CR4, EFER, PAT, CR0; satp.
 * Table walks are set up as cacheable and inner shareable. A regime for one half of the addresses leaves the other half
 * disabled.
 *
 * @param out  room for @p max registers, in the order in which they are best written
 * @return number of registers written
 */
PTK_API size_t ptk_regime_registers(const struct ptk_regime *r, uint64_t root, struct ptk_register *out, size_t max);

#ifdef __cplusplus
}
#endif
#endif
