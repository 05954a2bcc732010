/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file build.h
 * Making and changing page tables: plan, then apply.
 *
 * An edit says what a range of virtual addresses shall be: mapped, unmapped, given other
 * rights, split into smaller units, collapsed into larger ones. ptk_plan_new() takes a list
 * of edits and only reads: the plan it makes knows every conflict, the exact number of tables,
 * every entry that will be written, and, for tables in use, the order of writes and TLB
 * invalidations that the architecture asks for. ptk_plan_apply() then allocates all tables
 * at once and writes; if anything fails on the way, it puts everything back.
 *
 *     ptk_mem_new_image(base, base + size - 1, &mem);
 *     ptk_alloc_new_bump(base, base + size - 1, 0, &alloc);
 *     ptk_build_root(mem, &regime, alloc, &space, &err);
 *     struct ptk_edit e = {.op = PTK_EDIT_MAP, .first = va, .last = va + size - 1, .pa = pa, .attr = attr};
 *     ptk_build_edit(&space, NULL, alloc, &e, 1, &err);
 *
 * Ranges are inclusive. Nothing is rounded unless ::PTK_EDIT_ROUND says so.
 */
#ifndef PTKIT_BUILD_H
#define PTKIT_BUILD_H

#include <ptkit/walk.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- where tables come from ---- */

/** Gives out physical memory for tables. One owner, one thread at a time. */
struct ptk_alloc;

/** Callbacks of a caller's own allocator. */
struct ptk_alloc_ops {
	/** Find @p size bytes (a power of two) aligned to @p align. 0 and *pa, or a negative ::ptk_error. */
	int (*alloc)(void *arg, uint64_t size, uint64_t align, uint64_t *pa);
	/** Take back what was no longer needed: from alloc, or from tables that existed before. May be NULL. */
	void (*free)(void *arg, uint64_t pa, uint64_t size);
};

/** How a region is used. */
enum ptk_alloc_flag {
	PTK_ALLOC_TOP_DOWN = 1u << 0, /**< from the end of the region down, as memblock does by default */
};

/** What an allocator has done so far. */
struct ptk_alloc_stats {
	uint64_t tables; /**< given out and not taken back */
	uint64_t bytes;  /**< their size */
	uint64_t peak;   /**< the highest that the sum has been */
};

/**
 * Bump allocation from a region, freed pieces first.
 *
 * @param first,last  physical region, inclusive
 * @param flags       ::ptk_alloc_flag
 * @return 0; ::PTK_E_INVAL (empty region); ::PTK_E_NOMEM
 */
PTK_API int ptk_alloc_new_bump(uint64_t first, uint64_t last, uint32_t flags, struct ptk_alloc **out);

/**
 * A fixed pool: the given pieces and no others.
 *
 * @param pa    physical addresses, copied; given out in this order
 * @param n     how many
 * @param size  bytes of each, a power of two; a smaller table takes a whole piece
 * @return 0; ::PTK_E_INVAL (size no power of two, a piece not aligned to it); ::PTK_E_NOMEM
 */
PTK_API int ptk_alloc_new_pool(const uint64_t *pa, size_t n, uint64_t size, struct ptk_alloc **out);

/** The caller's own callbacks. @return 0; ::PTK_E_INVAL (no alloc callback); ::PTK_E_NOMEM */
PTK_API int ptk_alloc_new(const struct ptk_alloc_ops *ops, void *arg, struct ptk_alloc **out);

/** NULL is allowed. Tables that were given out stay where they are. */
PTK_API void ptk_alloc_free(struct ptk_alloc *a);

/** What was given out so far. */
PTK_API void ptk_alloc_stats(const struct ptk_alloc *a, struct ptk_alloc_stats *out);

/* ---- what to do ---- */

/** What an edit does to its range. */
enum ptk_edit_op {
	PTK_EDIT_MAP,      /**< map to physical memory from @ref ptk_edit::pa on */
	PTK_EDIT_UNMAP,    /**< leave nothing; tables that become empty are given back */
	PTK_EDIT_MARK,     /**< make not present, holding @ref ptk_edit::mark */
	PTK_EDIT_PROTECT,  /**< change attributes of what is mapped; holes stay holes */
	PTK_EDIT_SPLIT,    /**< leave no unit larger than @ref ptk_edit::max_unit */
	PTK_EDIT_COLLAPSE, /**< make tables that one leaf can replace that leaf, form contiguous runs, drop empty tables */
};

/** Wishes of an edit. */
enum ptk_edit_flag {
	PTK_EDIT_NO_BLOCK = 1u << 0, /**< map: smallest leaves only (contiguous runs of them are fine) */
	PTK_EDIT_NO_CONT = 1u << 1,  /**< map, collapse: no contiguous runs, large pages, supersections, NAPOT */
	PTK_EDIT_NO_EXEC = 1u << 2,  /**< map: a policy may take execution away in new table entries too */
	PTK_EDIT_ROUND = 1u << 3,    /**< round the range outward to whole pages (with pa to match) */
	PTK_EDIT_STRICT = 1u << 4,   /**< unmap, protect: a hole in the range is a conflict */
};

/** Which attributes a ::PTK_EDIT_PROTECT changes. All others, and unknown bits, survive. */
struct ptk_attr_mask {
	uint32_t flags; /**< these ::ptk_attr_flag bits are taken from the edit */
	uint16_t sw;    /**< these software bits are */
	bool mem;       /**< the memory type is (and its selector, see ::PTK_MEMIDX_AUTO) */
	bool share;     /**< shareability is */
	bool key;       /**< protection key or domain is */
};

/** One edit. Zero it, then set what is needed. */
struct ptk_edit {
	enum ptk_edit_op op;   /**< what to do */
	uint32_t flags;        /**< ::ptk_edit_flag */
	uint64_t first;        /**< first virtual address, start of a page */
	uint64_t last;         /**< last virtual address, end of a page */
	uint64_t pa;           /**< map: where the first address lands */
	struct ptk_attr attr;  /**< map: all attributes; protect: those that the mask names */
	struct ptk_attr_mask mask; /**< protect */
	uint64_t raw_mask;     /**< protect: after that, these bits of the leaf are set to those of ... */
	uint64_t raw_value;    /**< ... this. Neither address nor kind may change by it. Map: bits to add */
	uint64_t mark;         /**< mark: the value; hardware must see it as not present */
	uint64_t max_unit;     /**< largest unit to leave or make, in bytes: page, contiguous run, block; 0: any (split: pages) */
	const char *name;      /**< for sentences about it, or NULL; borrowed by the plan */
};

/** What happens where an edit meets something that is already there, or two edits meet. */
enum ptk_overlap {
	PTK_OVERLAP_ERROR,   /**< it is a conflict: nothing will be done */
	PTK_OVERLAP_KEEP,    /**< what came first stays: the table's contents, the earlier edit */
	PTK_OVERLAP_REPLACE, /**< what came last wins */
	PTK_OVERLAP_NESTED,  /**< if one lies inside the other, the inner one wins; else it is a conflict */
};

/** Whether the tables are in use while they are edited. */
enum ptk_live {
	PTK_LIVE_NO,       /**< nobody walks them: no order is kept */
	PTK_LIVE_BREAK,    /**< in use: the architecture's rules are kept, entries may be invalid for a moment */
	PTK_LIVE_NO_BREAK, /**< in use: an edit that needs a moment of invalidity is a conflict */
};

/** How to plan. Zero it, then set what is needed; NULL stands for all zeros. */
struct ptk_build_opts {
	enum ptk_overlap overlap; /**< where things meet */
	enum ptk_live live;       /**< are the tables in use? */
	uint8_t bbm;             /**< arm64: FEAT_BBM level (ID_AA64MMFR2_EL1.BBM), 0..2 */
	const char *policy;      /**< who chooses block sizes and table bits; NULL: "plain" */
	size_t max_conflicts;    /**< stop looking after so many; 0: 64 */
	uint64_t max_tables;     /**< refuse plans that need more; 0: 16 Mi */
};

/**
 * The policies by name, in the order in which they are listed.
 *
 * @param i     from 0 on
 * @param what  may be NULL; set to one line about it
 * @return a static name, or NULL past the last one
 */
PTK_API const char *ptk_policy_name(size_t i, const char **what);

/* ---- the plan ---- */

/** Reads tables, writes nothing, allocates nothing but its own memory. Borrows the space's mem and the edits' names. */
struct ptk_plan;

/** Why an edit cannot be done. */
enum ptk_conflict_kind {
	PTK_CONFLICT_MAPPED,  /**< something is mapped there */
	PTK_CONFLICT_EDITS,   /**< two edits overlap */
	PTK_CONFLICT_HOLE,    /**< nothing is mapped there (::PTK_EDIT_STRICT) */
	PTK_CONFLICT_BROKEN,  /**< a reserved entry or a not-present one cannot be split */
	PTK_CONFLICT_SHARED,  /**< one table serves two parts of the range */
	PTK_CONFLICT_PARENT,  /**< the table above cannot be made to allow it (domain, security state) */
	PTK_CONFLICT_RIGHTS,  /**< the regime cannot express the outcome */
	PTK_CONFLICT_BREAK,   /**< the entry would have to be invalid for a moment (::PTK_LIVE_NO_BREAK) */
};

/** One conflict. Neighbouring ones of the same sort are merged. */
struct ptk_conflict {
	enum ptk_conflict_kind kind; /**< why */
	uint32_t edit;        /**< number of the edit in the list */
	uint32_t other;       /**< edits: number of the other one */
	uint64_t first; /**< first address of what both want */
	uint64_t last;  /**< last address of it */
	uint64_t has_first; /**< first address of what is there or of the other edit */
	uint64_t has_last; /**< its last: the whole range of what is there (within its table) or of the other edit */
	uint64_t has_pa;      /**< mapped: where that range starts in physical memory; else ::PTK_NO_PA */
	uint8_t level;        /**< of the entry in the way */
};

/** What the plan amounts to. */
struct ptk_plan_info {
	uint64_t tables_new;   /**< tables that will be allocated: exactly */
	uint64_t bytes_new;    /**< their size */
	uint64_t tables_freed; /**< tables that will be given back */
	uint64_t bytes_freed;  /**< their size */
	uint64_t entries;      /**< entries that will be written, new tables included */
	uint64_t changed;      /**< of those, entries of tables that exist */
	uint64_t leaves[PTK_LEVELS_MAX]; /**< leaf entries written, by level */
	uint64_t cont[PTK_LEVELS_MAX];   /**< of those, members of contiguous runs, large pages, NAPOT */
	uint64_t tables[PTK_LEVELS_MAX]; /**< new tables, by level */
	uint64_t breaks;       /**< entries that are invalid for a moment */
	uint64_t conflicts;    /**< if not 0, the plan cannot be applied */
	uint64_t steps;        /**< see ptk_plan_step() */
};

/** What one step does. Steps are in the order in which tables in use must see them. */
enum ptk_plan_act {
	PTK_ACT_FILL,    /**< write entries of a new table, which nobody can reach yet */
	PTK_ACT_BREAK,   /**< make entries invalid (FEAT_BBM level 1: set nT) */
	PTK_ACT_WRITE,   /**< write entries of a table that exists */
	PTK_ACT_BARRIER, /**< order the writes above before what follows: DSB; nothing on x86; part of SFENCE.VMA */
	PTK_ACT_TLB,     /**< invalidate a range in all TLBs that may hold it, and wait for it */
	PTK_ACT_FREE,    /**< the table is no longer reachable nor cached: give it back */
};

/** A table by its number in the plan: it has no address before ptk_plan_apply(). */
#define PTK_TABLE_NEW (UINT64_C(1) << 63)

/** One step of a plan. */
struct ptk_plan_step {
	uint8_t act;          /**< ::ptk_plan_act */
	uint8_t level;        /**< of the table; TLB: lowest level of what is invalidated */
	uint8_t group;        /**< log2 of neighbouring entries that get the same value (large pages, NAPOT) */
	bool links;           /**< entries point to new tables, numbered from ptk_plan_step::target on */
	bool tables;          /**< TLB: cached table entries too, not only leaves */
	uint64_t table;       /**< physical address, or number | ::PTK_TABLE_NEW */
	uint64_t offset;      /**< of the table within what was allocated (0 but for paired tables) */
	uint32_t index;       /**< of the first entry */
	uint64_t count;       /**< entries; in new tables, a run may go on in the tables numbered next */
	uint64_t raw;         /**< value of the first; of links: the bits beside the address */
	uint64_t step;        /**< what each group of entries adds to the one before */
	uint64_t target;      /**< number of the first new table */
	uint64_t first;       /**< TLB, free: first virtual address that it covers */
	uint64_t last;        /**< the last */
};

/**
 * Plan a list of edits. Reads tables only.
 *
 * The edits are seen as one change: their order counts only where they overlap
 * (see ::ptk_overlap). A plan with conflicts is a result, not a failure.
 *
 * @param s     what to edit; its tables must not change before the plan is applied or freed
 * @param opts  may be NULL
 * @param edit  @p n edits, copied
 * @param out   free with ptk_plan_free()
 * @param err   detail, may be NULL
 * @return 0; ::PTK_E_INVAL (an edit makes no sense by itself: misaligned, last before first, ...);
 *         ::PTK_E_RANGE (an address that the regime does not have); ::PTK_E_NOTSUP (rights or a memory type that it
 *         cannot express); ::PTK_E_UNKNOWN (policy); ::PTK_E_NODATA, ::PTK_E_IO (a table could not be read);
 *         ::PTK_E_LIMIT (more tables than allowed); ::PTK_E_NOMEM
 */
PTK_API int ptk_plan_new(const struct ptk_space *s, const struct ptk_build_opts *opts, const struct ptk_edit *edit,
                         size_t n, struct ptk_plan **out, struct ptk_err *err);
/** NULL is allowed. What was applied stays. */
PTK_API void ptk_plan_free(struct ptk_plan *p);

/** What it amounts to. Borrowed from the plan. */
PTK_API const struct ptk_plan_info *ptk_plan_info(const struct ptk_plan *p);

/** The conflicts that were recorded. Borrowed from the plan; @p n may be NULL. */
PTK_API const struct ptk_conflict *ptk_plan_conflicts(const struct ptk_plan *p, size_t *n);

/**
 * A conflict as a sentence that quotes both ranges.
 *
 * @return length of the whole sentence, as snprintf() does
 */
PTK_API int ptk_conflict_text(const struct ptk_plan *p, const struct ptk_conflict *c, char *buf, size_t size);

/** Step number @p i, from 0 on, below ptk_plan_info::steps. @return whether there is one */
PTK_API bool ptk_plan_step(const struct ptk_plan *p, uint64_t i, struct ptk_plan_step *out);

/** Physical address of a new table by its number, ::PTK_NO_PA before the plan is applied. */
PTK_API uint64_t ptk_plan_table(const struct ptk_plan *p, uint64_t number);

/**
 * Do it: allocate every table, write new tables, then the entries that lead to them, then give back what is no longer
 * used. On failure everything is put back and every table returned.
 *
 * A plan can be applied once.
 *
 * @return 0; ::PTK_E_CONFLICT (it has conflicts, the first is quoted; or the tables changed since it was made);
 *         ::PTK_E_NOMEM, ::PTK_E_RANGE (the allocator could not give all tables: @p err says how many);
 *         ::PTK_E_NOTSUP (the mem cannot be written); ::PTK_E_IO
 */
PTK_API int ptk_plan_apply(struct ptk_plan *p, struct ptk_alloc *alloc, struct ptk_err *err);

/* ---- in one go ---- */

/**
 * Allocate an empty root table and make a space of it.
 *
 * @return 0; what the allocator or the mem say
 */
PTK_API int ptk_build_root(struct ptk_mem *mem, const struct ptk_regime *r, struct ptk_alloc *alloc,
                           struct ptk_space *out, struct ptk_err *err);

/** Plan and apply. @return as ptk_plan_new() and ptk_plan_apply() */
PTK_API int ptk_build_edit(const struct ptk_space *s, const struct ptk_build_opts *opts, struct ptk_alloc *alloc,
                           const struct ptk_edit *edit, size_t n, struct ptk_err *err);

/** What a range of virtual addresses holds, in sum. */
struct ptk_build_query {
	uint64_t pages;       /**< mapped, in smallest pages */
	uint64_t leaves[PTK_LEVELS_MAX]; /**< mapped pages, by the level of their leaf, in smallest pages */
	uint64_t absent;      /**< not-present or reserved, in smallest pages */
	bool whole;           /**< all of it is mapped */
	bool uniform;         /**< what is mapped has the same effective attributes */
	bool linear;          /**< it is whole, and physical addresses follow on */
	uint64_t pa;          /**< of the first mapped address, or ::PTK_NO_PA */
	uint64_t hole;        /**< first address that is not mapped, if not whole */
	struct ptk_attr attr; /**< of the first mapped address */
};

/**
 * Sum up a range.
 *
 * @return 0; ::PTK_E_RANGE; what ptk_ranges() says
 */
PTK_API int ptk_build_query(const struct ptk_space *s, uint64_t first, uint64_t last, struct ptk_build_query *out,
                            struct ptk_err *err);

/**
 * The operand of the instruction that invalidates one address: arm64 TLBI VAE1IS (VA[55:12], whatever the granule, and
 * ASID), arm TLBIMVAIS (VA[31:12] and ASID), x86 INVLPG and riscv SFENCE.VMA (the address itself).
 */
PTK_API uint64_t ptk_tlb_operand(const struct ptk_regime *r, uint64_t va, uint16_t asid);

#ifdef __cplusplus
}
#endif
#endif
