/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * The tables that a walk has met: where the bytes of each are, and what is known of it.
 * A table is the pair of its physical address and its level; each is read once.
 */
#ifndef WALK_TABLES_H
#define WALK_TABLES_H

#include <ptkit/walk.h>

/* What a table that was told before can be told as, without looking into it. */
enum ptk_fold_state {
	FOLD_NOT = 0,   /* it has to be walked */
	FOLD_EQUAL = 1, /* all its entries are equal, none is a table */
	FOLD_STEP = 2,  /* all its entries are one contiguous run of leaves */
	FOLD_DEEP = 3,  /* from here on up: index + FOLD_DEEP into ptk_tables::fold */
};

/* A whole subtree of equal entries. */
struct ptk_fold {
	uint64_t raw;     /* the entry */
	uint64_t table;   /* the table that holds it */
	uint64_t inherit; /* what the tables within the subtree take away */
	uint32_t count;   /* how often it occurs */
	uint8_t level, kind;
};

struct ptk_node {
	uint64_t pa;
	const uint8_t *data; /* its entries in host byte order; NULL: see error */
	uint32_t fold;       /* ::ptk_fold_state */
	int16_t error;       /* data NULL: why it cannot be read; 0: read it again each time */
	uint8_t level;
	bool partial;        /* a bit for each entry follows the entries: set where it could be read */
};

struct ptk_tables {
	struct ptk_mem *mem;
	const struct ptk_regime *r;
	bool swap;               /* the memory's byte order is not the host's */
	struct ptk_node *node;
	uint32_t nnodes, room;
	uint32_t *slot;          /* open addressing: node number + 1 */
	uint32_t mask;
	struct ptk_fold *fold;
	uint32_t nfolds, fold_room;
	void **copy;             /* tables that had to be copied */
	uint32_t ncopies, copy_room;
	uint64_t copied;         /* bytes in them */
	uint8_t *scratch[PTK_LEVELS_MAX]; /* a table of each level, once copies would take too much */
};

#define NO_NODE UINT32_MAX

void ptk_tables_init_(struct ptk_tables *t, const struct ptk_space *s);
void ptk_tables_fini_(struct ptk_tables *t);

/* The node of a table that was met before, or NO_NODE. */
uint32_t ptk_tables_find_(const struct ptk_tables *t, uint64_t pa, int level);

/*
 * Read a table that was not met before. Returns its node (whose data is NULL if nothing of it could be
 * read), or PTK_E_NOMEM, or PTK_E_LIMIT if there are too many tables to be true.
 */
int64_t ptk_tables_read_(struct ptk_tables *t, uint64_t pa, int level);

/* The bytes of a table that was read, or NULL: node->error says why, or 0 for lack of memory. */
const uint8_t *ptk_tables_data_(struct ptk_tables *t, struct ptk_node *node);

/* Remember a subtree of equal entries; what to put in ptk_node::fold, or PTK_E_NOMEM. */
int64_t ptk_tables_fold_(struct ptk_tables *t, const struct ptk_fold *fold);

#endif
