/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file walk.h
 * Spaces, the walker, translation, merged ranges, reverse lookup.
 */
#ifndef PTKIT_WALK_H
#define PTKIT_WALK_H

#include <ptkit/entry.h>
#include <ptkit/mem.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A VA window translated by one root in one memory. A value; borrows its mem. */
struct ptk_space {
	struct ptk_mem *mem;      /**< borrowed */
	struct ptk_regime regime; /**< how it is translated */
	uint64_t root;            /**< physical address of the root table */
	uint64_t first;           /**< first address of the window */
	uint64_t last;            /**< its last; a VA form with two halves leaves the middle unmapped */
};

/**
 * Make a space that covers everything the regime translates.
 *
 * @return 0; ::PTK_E_INVAL (the root is not aligned as the regime wants, or too wide)
 */
PTK_API int ptk_space_init(struct ptk_space *s, struct ptk_mem *mem, const struct ptk_regime *r, uint64_t root,
                           struct ptk_err *err);

/**
 * The space that a core says it holds, by ptkit's own note (owner "PTKIT", see ptk_space_note()): what ptk_emit() wrote.
 *
 * @return 0; ::PTK_E_NOTFOUND (no such note); ::PTK_E_BADFMT (the note makes no sense); as ptk_space_init()
 */
PTK_API int ptk_space_find(struct ptk_space *s, struct ptk_mem *mem, struct ptk_err *err);

/**
 * Read all tables of a space ahead, level by level, so that walking it asks a slow source nothing more, and works after
 * ptk_mem_release(). A table that cannot be read is left for the walk to tell.
 *
 * @return 1; 0: this mem keeps nothing, and answers at once; ::PTK_E_LIMIT (more than can be kept), ::PTK_E_IO, ::PTK_E_NOMEM: a walk has to ask
 */
PTK_API int ptk_space_fetch(const struct ptk_space *s, struct ptk_err *err);

/**
 * The spaces that the CPU's own registers name, by the notes of a live source (#PTK_NOTE_REGISTERS): whatever runs there,
 * on the first CPU whose MMU is on, these are what its hardware walks. Where addresses have two halves, the lower comes first.
 *
 * @param out  1 or 2 of them, as many as the result says
 * @return number of spaces; ::PTK_E_NOTFOUND (no such note, or the MMU is off); ::PTK_E_UNKNOWN, ::PTK_E_INVAL (registers that
 *         make no sense)
 */
PTK_API int ptk_space_registers(struct ptk_mem *mem, struct ptk_space out[2], struct ptk_err *err);

/** Type of the note that describes a space: text lines "regime=..." and "root=0x...". */
#define PTK_NOTE_SPACE 0x50544b01

/**
 * The contents of such a note for a space.
 *
 * @param out  receives the text, terminated, cut to @p size; 320 is enough for any
 * @return length of the whole text, as snprintf() does
 */
PTK_API int ptk_space_note(const struct ptk_space *s, char *out, size_t size);

/* ---- one address ---- */

/** How the translation of one address ended. */
enum ptk_outcome {
	PTK_MAPPED,          /**< there is a physical address */
	PTK_UNMAPPED,        /**< an entry on the way is empty */
	PTK_ABSENT,          /**< an entry on the way is not present but holds something */
	PTK_FAULT,           /**< an entry on the way breaks a rule of the architecture */
	PTK_OUTSIDE,         /**< the regime or the window does not translate this address */
	PTK_UNREADABLE,      /**< a table on the way could not be read */
};

/** One entry on the path of an address. */
struct ptk_step {
	uint64_t table;    /**< physical address of the table */
	uint64_t entry_pa; /**< physical address of the entry */
	uint64_t inherit;  /**< what the entries above take away */
	uint32_t index;    /**< of the entry in its table */
	struct ptk_entry entry; /**< decoded */
};

/** The whole translation of one address. */
struct ptk_path {
	uint64_t va;      /**< as asked */
	uint64_t pa;      /**< mapped: where it lands */
	struct ptk_attr attr; /**< mapped: effective attributes */
	uint8_t outcome;  /**< ::ptk_outcome */
	uint8_t nsteps;   /**< entries that were read, root first */
	int error;        /**< unreadable: the ::ptk_error */
	struct ptk_step step[PTK_LEVELS_MAX]; /**< root first */
};

/**
 * Translate one address with every entry on the path.
 *
 * @param out  filled whole, whatever the outcome
 * @return the ::ptk_outcome, never negative; @p err gets the sentence when it is ::PTK_UNREADABLE
 */
PTK_API int ptk_walk(const struct ptk_space *s, uint64_t va, struct ptk_path *out, struct ptk_err *err);

/** What ptk_translate_batch() writes for an address that has no physical one. */
#define PTK_NO_PA UINT64_MAX

/**
 * Translate one address.
 *
 * @param pa  set if the result is 1
 * @return 1 mapped; 0 not mapped (any reason but the next); negative: a table could not be read
 */
PTK_API int ptk_translate(const struct ptk_space *s, uint64_t va, uint64_t *pa);

/**
 * Translate many addresses; their lookups are interleaved so that cache misses overlap.
 *
 * @param va  @p n addresses, any order
 * @param pa  @p n results: the address, or ::PTK_NO_PA
 * @param nunreadable  may be NULL: how many failed because a table could not be read
 * @return number of addresses that are mapped
 */
PTK_API size_t ptk_translate_batch(const struct ptk_space *s, const uint64_t *va, size_t n, uint64_t *pa,
                                   size_t *nunreadable);

/* ---- the walker ---- */

/** What a visitor is told about. */
enum ptk_visit {
	PTK_V_ENTRIES,    /**< entries that are not tables: ptk_run::kind says which */
	PTK_V_TABLE,      /**< one table entry, before its table is entered */
	PTK_V_TABLE_END,  /**< the same entry, after; only with ::PTK_WALK_TABLE_END */
	/**
	 * One table entry whose table could not be read (its kind is ::PTK_TABLE); or entries that could not be
	 * read themselves (::PTK_NONE): of the root, or of a table that is only partly in the picture.
	 */
	PTK_V_UNREADABLE,
	PTK_V_REFUSED,    /**< one table entry that is not entered: the work budget is spent (tree loops or multiplies) */
};

/** A run of neighbouring entries of one table. */
struct ptk_run {
	uint64_t va;       /**< canonical address of the first byte (clipped to the walk's window only by whole entries) */
	uint64_t table;    /**< physical address of the table that holds them */
	uint64_t raw;      /**< value of the first entry */
	uint64_t step;     /**< each further entry's value is the one before plus this (modulo ignored bits) */
	uint64_t inherit;  /**< what the entries above take away */
	uint32_t index;    /**< of the first entry in its table */
	uint32_t count;    /**< number of entries, at least 1; more than a table has for a whole subtree that is told again */
	uint8_t what;      /**< ::ptk_visit */
	uint8_t kind;      /**< ::ptk_kind of all of them */
	uint8_t level;     /**< of the table that holds them */
	bool again;        /**< table: it was reached before at this level */
	int error;         /**< unreadable: the ::ptk_error */
};

/** What a visitor may answer besides a negative error, which ends the walk with it. */
enum ptk_answer {
	PTK_GO = 0,   /**< go on */
	PTK_SKIP = 1, /**< a table: do not enter it */
	PTK_STOP = 2, /**< end the walk, successfully */
};

/** Told about each run; answers with ::ptk_answer, or a negative ::ptk_error. */
typedef int ptk_visit_fn(void *arg, const struct ptk_run *run);

/** How neighbouring leaves become one run. */
enum ptk_join {
	PTK_JOIN_CONTIGUOUS, /**< equal bits outside @ref ptk_walk_opts::ignore, physical addresses that follow on */
	PTK_JOIN_EQUAL,      /**< equal bits outside @ref ptk_walk_opts::ignore (address bits usually ignored) */
};

/** What else a walk reports. */
enum ptk_walk_flag {
	PTK_WALK_HOLES = 1u << 0,     /**< also report empty entries */
	PTK_WALK_TABLE_END = 1u << 1, /**< also report tables after their contents */
};

/** How to walk. Zero it, then set what is needed. */
struct ptk_walk_opts {
	uint32_t flags;             /**< ::ptk_walk_flag */
	enum ptk_join join;         /**< how neighbouring leaves become one run */
	uint64_t ignore[PTK_LEVELS_MAX]; /**< by level: bits that may differ within a run */
	/**
	 * Optional: another reading of entries than the hardware's (an operating system's own
	 * tests). Must be a pure function, and must not go by bits of @ref ignore except to tell zero from
	 * all else. ::PTK_TABLE makes the walker descend.
	 */
	enum ptk_kind (*classify)(const struct ptk_regime *r, int level, uint64_t raw);
	uint64_t from;              /**< with "to": limit the walk to this window; both 0: all of the space */
	uint64_t to;                /**< last address of it */
	/**
	 * How many tables may be entered again before the rest is refused; 0: 1 Mi, and 64 Ki from
	 * where one that is entered again is a table of two levels, which in no kernel's tree happens. One
	 * in which more than 16 runs are told counts for several.
	 */
	uint64_t max_again;
	/** Optional: told how far a long walk is, in bytes of tables read. */
	void (*progress)(void *arg, uint64_t done);
	void *progress_arg;         /**< passed to @ref progress */
};

/** What a walk amounted to. */
struct ptk_walk_stats {
	uint64_t tables;     /**< distinct tables read */
	uint64_t again;      /**< times a table was reached again at the same level */
	uint64_t refused;    /**< table entries not entered because the budget was spent */
	uint64_t unreadable; /**< tables that could not be read */
	uint64_t self;       /**< tables reached through themselves (self-maps, loops) */
};

/**
 * Walk a space in address order.
 *
 * Each distinct table is read once for a given level. A table that was reached before is entered again (its mappings exist
 * at this address too) while @ref ptk_walk_opts::max_again lasts. A table that was told as one run costs one run, and so does
 * a subtree that is the same entry throughout (an early kasan shadow): its run's count exceeds one table.
 * Unreadable tables are reported to the visitor and the walk goes on.
 *
 * @param stats  may be NULL
 * @return 0; what the visitor returned if negative; ::PTK_E_NOMEM; ::PTK_E_RANGE (window outside the space).
 *         Unreadable or refused parts are not failures: see @p stats.
 */
PTK_API int ptk_walk_space(const struct ptk_space *s, const struct ptk_walk_opts *opts, ptk_visit_fn *visit, void *arg,
                           struct ptk_walk_stats *stats, struct ptk_err *err);

/* ---- ranges ---- */

/** For ptk_range::level: the source (a text) does not say. ptk_ranges() always knows. */
#define PTK_LEVEL_UNKNOWN 0xff

/** A stretch of VA, equal in effective attributes and contiguous in physical address. */
struct ptk_range {
	uint64_t first;       /**< first address */
	uint64_t last;        /**< last address */
	uint64_t pa;          /**< of the first address; ::PTK_NO_PA where kind is not ::PTK_LEAF, or not known */
	struct ptk_attr attr; /**< effective */
	uint8_t kind;         /**< ::PTK_LEAF, or ::PTK_NOT_PRESENT / ::PTK_RESERVED (grouped by kind and reason) */
	uint8_t level;        /**< of its leaves: their size is ptk_level_size(); or ::PTK_LEVEL_UNKNOWN */
	bool unreadable;      /**< the tables for it could not be read, or were refused: nothing is known, why says more */
	bool repeat;          /**< a leaf: every page of it maps the same physical page, which is at @ref pa (a zero page) */
	const char *why;      /**< not present, reserved: static sentence or NULL */
};

/** Told about each range; answers 0, ::PTK_STOP, or a negative ::ptk_error. */
typedef int ptk_range_fn(void *arg, const struct ptk_range *range);

/** How to list ranges. Zero it, then set what is needed. */
struct ptk_range_opts {
	uint64_t from;          /**< with "to": this window only, partial ranges are clipped; both 0: all of the space */
	uint64_t to;            /**< last address of it */
	uint32_t ignore_flags;  /**< ::ptk_attr_flag bits that do not separate ranges (say, ::PTK_A_ACCESSED) */
	bool ignore_sw;         /**< software bits do not separate ranges */
	bool join_levels;       /**< page size does not separate ranges */
	bool only_leaves;       /**< leave not-present and reserved entries out */
	uint64_t max_again;     /**< see ::ptk_walk_opts */
	/**
	 * Optional: what an operating system keeps in an entry that is not present, in place of ptk_range::why. Entries whose
	 * words are equal are one range. A static text, or NULL: as the architecture has it.
	 */
	const char *(*absent)(void *arg, uint64_t va, int level, uint64_t raw);
	void *absent_arg;       /**< passed to @ref absent */
};

/**
 * List what is mapped, in address order, merged as far as attributes and addresses allow.
 *
 * @param fn  called once a range; a negative result ends the listing with it, ::PTK_STOP ends it
 * @return as ptk_walk_space()
 */
PTK_API int ptk_ranges(const struct ptk_space *s, const struct ptk_range_opts *opts, ptk_range_fn *fn, void *arg,
                       struct ptk_walk_stats *stats, struct ptk_err *err);

/* ---- physical to virtual ---- */

struct ptk_reverse;

/** One virtual address that maps a physical one. */
struct ptk_alias {
	uint64_t va;          /**< the virtual address of the byte asked for */
	struct ptk_attr attr; /**< effective */
	uint32_t space;       /**< which of the spaces added, from 0 */
	uint8_t level;        /**< of the leaf */
};

/** A virtual stretch that maps physical memory in order, once or many times over. */
struct ptk_stretch {
	uint64_t va;          /**< of its first byte */
	uint64_t pa;          /**< what that byte maps: the first asked for that this stretch has */
	uint64_t last;        /**< the last physical address asked for that it has */
	uint64_t times;       /**< 1; more: one page is mapped again and again, so often */
	uint64_t every;       /**< times above 1: from one to the next */
	struct ptk_attr attr; /**< effective */
	uint32_t space;       /**< which of the spaces added, from 0 */
	uint8_t level;        /**< of the leaves */
};

/** Told about each stretch; answers 0, ::PTK_STOP, or a negative ::ptk_error. */
typedef int ptk_stretch_fn(void *arg, const struct ptk_stretch *stretch);

/** An empty index. ptk_reverse_free() it. */
PTK_API int ptk_reverse_new(struct ptk_reverse **out);

/** Free an index. NULL is allowed. */
PTK_API void ptk_reverse_free(struct ptk_reverse *rv);

/**
 * Index only what maps some of these addresses, so that the index grows with the answers and not with what there is. Comes
 * before anything is added; questions about other addresses find nothing.
 *
 * @param wanted  copied; any order, may overlap
 * @return 0; ::PTK_E_NOMEM; ::PTK_E_INVAL (something was added before)
 */
PTK_API int ptk_reverse_only(struct ptk_reverse *rv, const struct ptk_extent *wanted, size_t n);

/**
 * Add all that a space maps. The number of the space is the count of spaces added before. About 40 bytes are kept for each
 * range (see ptk_ranges()); they are sorted when the first question comes.
 *
 * @return as ptk_ranges()
 */
PTK_API int ptk_reverse_add(struct ptk_reverse *rv, const struct ptk_space *s, struct ptk_err *err);

/**
 * The same for a part of a space.
 *
 * @param from   with "to": this window only; both 0: all of the space
 * @param to     last address of it
 * @param stats  may be NULL; tells whether parts could not be read
 */
PTK_API int ptk_reverse_add_window(struct ptk_reverse *rv, const struct ptk_space *s, uint64_t from, uint64_t to,
                                   struct ptk_walk_stats *stats, struct ptk_err *err);

/**
 * Every virtual address that maps @p pa.
 *
 * @param out  room for @p max aliases, sorted by space, then address
 * @return how many there are, which may be more than @p max; ::PTK_E_NOMEM
 */
PTK_API int64_t ptk_reverse_find(struct ptk_reverse *rv, uint64_t pa, struct ptk_alias *out, size_t max);

/**
 * Every stretch that maps some of first..last, sorted by space, then virtual address; each is cut to what was asked for.
 *
 * @return 0; ::PTK_E_NOMEM; what @p fn returned if negative
 */
PTK_API int ptk_reverse_each(struct ptk_reverse *rv, uint64_t first, uint64_t last, ptk_stretch_fn *fn, void *arg);

#ifdef __cplusplus
}
#endif
#endif
