/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * The plan from inside.
 *
 * Planning is one pass in address order over disjoint pieces of the edits, with a cursor: a stack
 * of open tables, root first. What an open table will hold is what memory holds, changed by what
 * was recorded so far; as the pass only goes up, everything left of the cursor is settled.
 *
 * Inside, a virtual address is its offset in what the root translates: 0 .. 2^va_bits - 1.
 */
#ifndef BUILD_PLAN_H
#define BUILD_PLAN_H

#include <ptkit/build.h>

#include "build/live.h"
#include "build/policy.h"
#include "build/set.h"

/* Entry k of a run holds raw + (k >> group) * step. */
struct run {
	uint64_t raw, step;
	uint8_t group;
};

static inline uint64_t run_at(const struct run *run, uint64_t k)
{
	return run->raw + (k >> run->group) * run->step;
}

enum rec_flag {
	REC_LINKS = 1u << 0, /* run.raw lacks the addresses of new tables, numbered from target on */
	REC_LEAF = 1u << 1,
	REC_CONT = 1u << 2,
	REC_BREAK = 1u << 3, /* tables in use: first make it invalid */
	REC_NT = 1u << 4,    /* one entry; the break writes run.step: the block, with nT set */
	REC_PURE = 1u << 5,  /* leaf becomes table, or the reverse, and translations stay the same */
};

/* Entries to write. */
struct rec {
	uint64_t table; /* physical, or number | PTK_TABLE_NEW */
	uint64_t count;
	struct run run;
	uint32_t index, target;
	uint32_t was; /* sum over what the entries held: a plan that went stale is refused */
	uint8_t level, flags;
};

struct table {
	uint64_t pa, va; /* va: what it translated */
	uint8_t level;
};

/* A virtual range to invalidate. */
struct tlb {
	uint64_t first, last;
	uint8_t level;
	bool tables;
};

struct recs {
	struct rec *at;
	size_t n, room;
};

struct tables {
	struct table *at;
	size_t n, room;
};

struct tlbs {
	struct tlb *at;
	size_t n, room;
};

/* A piece of an edit: pieces are disjoint and in order. */
struct piece {
	uint64_t first, last;
	uint32_t edit;
};

/* An open table. */
struct slot {
	uint64_t table;
	const uint8_t *data; /* what memory holds; NULL: a new table, zeros */
	uint8_t *copy;       /* room for it where the mem cannot be mapped */
	uint64_t va;
	uint64_t link;       /* existing: the entry that leads here, as it shall be */
	bool relink;         /* that differs from what memory holds */
	uint64_t inherit;    /* what all entries above take away */
	/*
	 * Entries [pend, pend_end) shall be other than memory says, but are not recorded yet: the
	 * halves of a leaf that is split, a contiguous run that is dissolved, rights pushed down.
	 */
	uint32_t pend, pend_end;
	bool split;          /* they are values of this run, counted from entry 0 */
	struct run run;
	uint32_t loose, loose_end; /* entries that lose their contiguous bit */
	uint64_t push;       /* rights that entries lose, as their parent no longer takes them */
	int64_t live;        /* entries that are not zero, while somebody counts */
	bool cleared;        /* something was taken away: it may be empty now */
	bool touched;        /* an edit wrote here, beyond what is pending */
	uint32_t mate;       /* paired tables: entry that already leads to ... */
	uint64_t mate_table; /* ... this new table; 0: none */
	bool linked;         /* new: its entry was recorded already */
	size_t fills, edits; /* how many records there were when it was opened */
	uint64_t ntables;
};

/* What a piece wants, worked out once. */
struct want {
	const struct ptk_edit *e;
	uint32_t edit;
	uint64_t first, last; /* of the piece */
	uint64_t pa;          /* of offset 0, modulo 2^64 */
	uint32_t leaf, cont;  /* levels at which address, size limit and policy allow leaves, and runs of them */
	enum ptk_overlap overlap;
	uint32_t rights;      /* that entries above must not take away */
	struct ptk_rules rules;
};

/* The value of a leaf at a level, for one set of attributes. */
struct mould {
	bool have, formed; /* formed: the level's ordinary form, the address can be put in */
	uint8_t group;
	uint64_t raw;      /* with address 0 */
	uint64_t step;
};

/* What a protect made of a leaf, its address aside: the next one is likely to be like it. */
struct alike {
	bool have;
	int level;
	uint32_t edit;
	uint64_t old, now;
};

struct ptk_plan {
	struct ptk_space space;
	struct ptk_regime r;
	struct ptk_build_opts opts;
	const struct ptk_policy *policy;
	struct ptk_rules rules;
	const struct live_rules *live; /* NULL: tables are not in use */
	struct ptk_edit *edit;
	size_t nedits;
	struct piece *piece;
	size_t npieces;
	bool big, counting; /* counting: something may become empty */
	/* the cursor */
	struct slot slot[PTK_LEVELS_MAX];
	int top; /* level of the innermost open table, nlevels: none */
	uint32_t current; /* edit at work */
	struct mould mould[PTK_LEVELS_MAX][2]; /* for this op, these attributes and bits: */
	enum ptk_edit_op mould_op;
	struct ptk_attr mould_attr;
	uint64_t mould_bits;
	struct alike alike;
	/* what came out */
	struct recs fill, change;
	struct tables freed;
	struct tlbs before, after; /* before: between break and make */
	struct ptk_set seen, gone; /* tables that were opened (value: va | level), tables that are freed */
	struct ptk_set hollow;     /* tables that hold nothing: address | level */
	uint64_t ntables;
	uint8_t *level_of;         /* of each new table */
	size_t level_room;
	struct ptk_conflict *conflict;
	size_t nconflicts;
	struct ptk_plan_info info;
	struct ptk_err *err;
	size_t *brk; /* numbers of changes that need a break */
	size_t nbrk;
	/* after apply */
	uint64_t *pa; /* of each new unit */
	bool applied;
};

/* ---- geometry ---- */

static inline uint64_t plan_size(const struct ptk_plan *p, int level)
{
	return UINT64_C(1) << p->r.level[level].shift;
}

static inline uint32_t plan_entries(const struct ptk_plan *p, int level)
{
	return UINT32_C(1) << p->r.level[level].bits;
}

static inline uint64_t plan_va(const struct ptk_plan *p, uint64_t offset)
{
	return ptk_va_canonical(&p->r, offset);
}

static inline uint64_t entry_va(const struct ptk_plan *p, int level, uint32_t i)
{
	return p->slot[level].va + ((uint64_t)i << p->r.level[level].shift);
}

static inline uint64_t plan_bytes(const struct ptk_plan *p, int level, uint64_t count)
{
	return count << p->r.level[level].shift;
}

/* ---- rec.c: what comes out ---- */

/* Number of the first of n new tables of a level. */
int ptk_plan_tables_(struct ptk_plan *p, int level, uint64_t n, uint64_t *first);
/* Write into a new table (or, for count beyond its end, the ones numbered next). */
int ptk_plan_fill_(struct ptk_plan *p, const struct rec *rec);
int ptk_plan_change_(struct ptk_plan *p, const struct rec *rec);
int ptk_plan_freed_(struct ptk_plan *p, uint64_t pa, int level, uint64_t va);
int ptk_plan_tlb_(struct tlbs *list, const struct tlb *t);
/* PTK_E_CONFLICT once enough were found: planning ends, successfully. */
int ptk_plan_conflict_(struct ptk_plan *p, const struct ptk_conflict *c);
void ptk_plan_total_(struct ptk_plan *p);

/* ---- leaf.c: values of entries ---- */

/* Record n leaves from an index of a table on; new tables may be many, in which case n goes past the table's end. */
int ptk_plan_leaves_(struct ptk_plan *p, const struct want *w, int level, uint64_t table, uint32_t index, uint64_t n,
                     uint64_t va, int (*record)(struct ptk_plan *p, const struct rec *rec));
/* The value that a whole leaf at va would get. */
int ptk_plan_leaf_(struct ptk_plan *p, const struct want *w, int level, bool cont, uint64_t va, uint64_t *raw);
int ptk_plan_encode_(const struct ptk_regime *r, int level, const struct ptk_attr *attr, uint64_t extra, bool cont,
                     uint64_t pa, uint64_t *raw, struct ptk_err *err);
/* Entry of a contiguous group, as it must be once the group is dissolved; index counts in its table. */
uint64_t ptk_plan_loosen_(const struct ptk_plan *p, int level, uint32_t index, uint64_t raw);
/* What the entries of a table that replaces a leaf (or a not-present entry) hold. */
int ptk_plan_split_run_(const struct ptk_plan *p, int level, uint64_t raw, struct run *run, struct ptk_attr *attr);
/* An entry that takes over rights that its parent took away. */
int ptk_plan_push_(const struct ptk_plan *p, int level, uint64_t inherit, uint64_t raw, uint64_t *out);
/* A leaf with the attributes that an edit changes. */
int ptk_plan_protect_(struct ptk_plan *p, const struct ptk_edit *e, int level, uint64_t raw, uint64_t *out);
/* A table entry without its address, for tables that hold leaves of these attributes. */
int ptk_plan_table_raw_(struct ptk_plan *p, int level, const struct ptk_attr *attr, const struct ptk_rules *rules,
                        uint64_t *raw);
/* What the entry of a table must bring for leaves of these attributes in it (short descriptors). */
uint64_t ptk_plan_inherit_(const struct ptk_plan *p, int level, const struct ptk_attr *attr);
/* Whether the table's entry says some attributes of the leaves at this level. */
bool ptk_plan_by_table_(const struct ptk_regime *r, int level);
/* Reduce want's levels to those that can say what the edit wants and reach its memory. */
int ptk_plan_levels_(struct ptk_plan *p, struct want *w);
/* Put an address into a table entry made by the former. */
uint64_t ptk_plan_link_(const struct ptk_regime *r, int level, uint64_t raw, uint64_t pa);

/* ---- cursor.c: open tables ---- */

int ptk_plan_open_(struct ptk_plan *p);
/* Close tables until the innermost covers va. */
int ptk_plan_seek_(struct ptk_plan *p, uint64_t va);
int ptk_plan_close_(struct ptk_plan *p);
/* What entry i of the innermost table holds at this point of the plan. */
uint64_t ptk_plan_entry_(const struct ptk_plan *p, uint32_t i);
/* How many entries from i on, at most max, are zero. */
uint32_t ptk_plan_zeros_(const struct ptk_plan *p, uint32_t i, uint32_t max);
/* Open the table that entry i leads to. 1: it cannot be edited, a conflict says why; skip it. */
int ptk_plan_enter_(struct ptk_plan *p, const struct want *w, uint32_t i, uint64_t raw);
/* Open a new, empty table at entry i. */
int ptk_plan_enter_new_(struct ptk_plan *p, const struct want *w, uint32_t i);
/* Open a new table at entry i that holds what the leaf raw mapped. 1: that cannot be, a conflict says why. */
int ptk_plan_enter_split_(struct ptk_plan *p, const struct want *w, uint32_t i, uint64_t raw);
/* Open the second of a pair of new tables, whose entry is recorded already. */
int ptk_plan_enter_mate_(struct ptk_plan *p);
/* Dissolve the contiguous group around entry i. 1: it cannot be, a conflict says why. */
int ptk_plan_dissolve_(struct ptk_plan *p, const struct want *w, uint32_t i);
/* Whether entry i is in a contiguous group that reaches beyond the piece. */
bool ptk_plan_cuts_group_(const struct ptk_plan *p, const struct want *w, uint32_t i, uint64_t raw);
/* A table's bytes, which are buf's if the mem cannot be mapped. */
int ptk_plan_read_(struct ptk_plan *p, uint64_t pa, int level, uint8_t *buf, const uint8_t **data);
uint64_t ptk_plan_load_(const struct ptk_plan *p, const uint8_t *data, uint32_t i);
/* Give back all tables below an entry (itself a table entry of this level). */
int ptk_plan_drop_(struct ptk_plan *p, int level, uint64_t raw, uint64_t va);
/* Whether no entry below a table entry holds anything. 0, 1, or an error. */
int ptk_plan_hollow_(struct ptk_plan *p, int level, uint64_t raw);

/* How many of n entries of an open table, from first on, hold something. */
int64_t ptk_plan_count_(const struct ptk_plan *p, const struct slot *s, uint32_t first, uint64_t n);

/* ---- put.c: recording ---- */

/* Record a change to the innermost table. */
int ptk_plan_put_(struct ptk_plan *p, const struct rec *rec);
int ptk_plan_put_one_(struct ptk_plan *p, uint32_t i, uint64_t raw, uint8_t flags);
/* Record what is pending before entry end. */
int ptk_plan_flush_(struct ptk_plan *p, uint32_t end);
/* The sum over n entries of a table's bytes, from the one numbered at on, which are entries index .. of the table. */
uint32_t ptk_plan_was_(const struct ptk_plan *p, const uint8_t *data, uint32_t at, uint32_t index, uint64_t n);

/* ---- one file an operation: do what begins at va, say in *end where the next begins (less one) ---- */

int ptk_plan_map_(struct ptk_plan *p, const struct want *w, uint64_t va, uint64_t *end);
int ptk_plan_unmap_(struct ptk_plan *p, const struct want *w, uint64_t va, uint64_t *end);
int ptk_plan_protect_at_(struct ptk_plan *p, const struct want *w, uint64_t va, uint64_t *end);
int ptk_plan_split_(struct ptk_plan *p, const struct want *w, uint64_t va, uint64_t *end);
int ptk_plan_collapse_(struct ptk_plan *p, const struct want *w, uint64_t va, uint64_t *end);
/* A hole in what a strict edit wants whole. */
int ptk_plan_hole_(struct ptk_plan *p, const struct want *w, uint64_t first, uint64_t last);
/* What these return when they opened a table instead, to go on there. */
#define PLAN_ENTERED 1

/* ---- segment.c: edits become pieces ---- */

int ptk_plan_pieces_(struct ptk_plan *p);

/* ---- edit.c: the pass ---- */

int ptk_plan_edits_(struct ptk_plan *p);

#endif
