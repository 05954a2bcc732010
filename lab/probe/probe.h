/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* What the probe is asked: this header at PROBE_ASK, a list of addresses behind it. See README.md. */
#ifndef PROBE_H
#define PROBE_H

#include <stdint.h>

#define PROBE_ASK 0x40200000ul
#define PROBE_MAGIC 0x65626f72706b7470ull /* "ptkprobe" */

#define PROBE_OUT 0x40080000ul /* where the arm probe's PL1 half writes */

/* What to try at an address: a bit each. */
enum {
	OP_KR = 1 << 0,  /* AT S1E1R, ATS1CPR */
	OP_KW = 1 << 1,  /* AT S1E1W, ATS1CPW */
	OP_UR = 1 << 2,  /* AT S1E0R, ATS1CUR */
	OP_UW = 1 << 3,  /* AT S1E0W, ATS1CUW */
	OP_KRP = 1 << 4, /* AT S1E1RP: as the kernel with PAN (arm64) */
	OP_KWP = 1 << 5, /* AT S1E1WP */
	OP_KX = 1 << 6,  /* enter the kernel's level there */
	OP_UX = 1 << 7,  /* enter user level there */
	OP_2KR = 1 << 8, /* AT S12E1R: both stages (arm64) */
	OP_2KW = 1 << 9, /* AT S12E1W */
	OP_2UR = 1 << 10,
	OP_2UW = 1 << 11,
};

struct probe_ask {
	uint64_t magic;
	uint64_t count; /* addresses in the list */
	uint64_t uart;  /* a PL011 */
	uint64_t ttbr0, ttbr1;
	uint64_t tcr;         /* TCR_EL1; arm: TTBCR */
	uint64_t mair;        /* MAIR_EL1; arm: NMRR:PRRR or MAIR1:MAIR0 */
	uint64_t sctlr;       /* with M; arm: TRE, AFE and so on too */
	uint64_t dacr;        /* arm */
	uint64_t pan;         /* 1: PSTATE.PAN is set for the *P operations */
	uint64_t vtcr, vttbr; /* stage 2, if vttbr is not 0 (arm64) */
	uint64_t vbar;        /* address of the EL1 vectors in the tables under test, for OP_KX and OP_UX */
	uint64_t vbar_pa;     /* where they lie: the probe fills 2 KiB there */
	uint64_t pl1;         /* arm: ask from PL1, through the tables themselves; see README.md */
	uint64_t reserved;
	struct {
		uint64_t va, ops;
	} list[];
};

#endif
