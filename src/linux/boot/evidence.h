/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * What a picture has, besides its tables, that shows what the kernel did after boot: the names of some symbols, the values of
 * some variables, which memory is given away. Explaining rests on nothing else, so that a snapshot can take it along.
 */
#ifndef LINUX_BOOT_EVIDENCE_H
#define LINUX_BOOT_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ptk_boot;
struct ptk_linux;
struct ptk_machine;

/* A number (first), or a range; of one name there may be many ranges. */
struct boot_fact {
	char name[32];
	uint64_t first, last;
};

/* Zero it; free fact. In the order of names, and of addresses. */
struct boot_evidence {
	struct boot_fact *fact;
	size_t n, room;
};

/* A symbol that is asked for. Lists of them end with a name that is NULL. */
struct boot_witness {
	const char *name;
	uint8_t width; /* bytes of each number there; 0: not the variable, but its address is the fact */
	uint8_t count; /* numbers in a row: 1, or 2, a range */
};

/* All that there is in a picture, of a machine and what its boot built (or NULL). 0 or -PTK_E_NOMEM. */
int boot_evidence_take_(struct boot_evidence *e, struct ptk_linux *lx, const struct ptk_machine *m, const struct ptk_boot *b);
/* 0 or -PTK_E_NOMEM. A longer name is cut. */
int boot_evidence_add_(struct boot_evidence *e, const char *name, uint64_t first, uint64_t last);
/* Once all are there. */
void boot_evidence_sort_(struct boot_evidence *e);
/* The first fact of this name, or NULL. */
const struct boot_fact *boot_fact_(const struct boot_evidence *e, const char *name);
/* Whether one of the ranges of this name holds v. */
bool boot_fact_holds_(const struct boot_evidence *e, const char *name, uint64_t v);

#endif
