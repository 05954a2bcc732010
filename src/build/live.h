/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* What an architecture asks of edits to tables in use. Rules are data; the judgement is pure. */
#ifndef BUILD_LIVE_H
#define BUILD_LIVE_H

#include <ptkit/entry.h>

/* How an entry that hardware may hold in a TLB differs from what replaces it. */
enum live_change {
	LIVE_PA = 1u << 0,     /* output address */
	LIVE_MEM = 1u << 1,    /* memory type */
	LIVE_SHARE = 1u << 2,  /* shareability */
	LIVE_GLOBAL = 1u << 3, /* it becomes global */
	LIVE_CONT = 1u << 4,   /* contiguous bit */
	LIVE_SIZE = 1u << 5,   /* leaf becomes table, or the reverse, and translations stay the same */
	LIVE_RESIZE = 1u << 6, /* leaf becomes table, or the reverse, and translations change too */
	LIVE_TABLE = 1u << 7,  /* another table */
	LIVE_RIGHTS = 1u << 8, /* anything else */
	LIVE_GONE = 1u << 9,   /* it becomes invalid */
	LIVE_NEW = 1u << 10,   /* it was invalid */
};

enum live_need {
	LIVE_NOTHING,  /* write it: hardware cannot hold anything that contradicts */
	LIVE_AFTER,    /* write it, then invalidate */
	LIVE_BREAK,    /* make it invalid, invalidate, write it */
	LIVE_BREAK_NT, /* the same, with nT for invalid (FEAT_BBM level 1) */
};

struct live_rules {
	const char *arch;
	uint32_t must_break; /* changes that need a break */
	uint32_t bbm1, bbm2; /* of those, what FEAT_BBM level 1 allows with nT, and level 2 without */
	uint32_t after;      /* changes that need an invalidation after the write */
};

/* NULL: no rules are known for the architecture. */
const struct live_rules *ptk_live_rules_(const struct ptk_regime *r);
/* pure: a change of size changes nothing else */
uint32_t ptk_live_changes_(const struct ptk_regime *r, int level, uint64_t old, uint64_t now, bool pure);
enum live_need ptk_live_need_(const struct live_rules *rules, uint8_t bbm, uint32_t changes);
/* What stands in for invalid while nT does. */
uint64_t ptk_live_nt_(const struct ptk_regime *r, int level, uint64_t old, uint64_t now);

#endif
