/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The MMU registers of CPUs, out of the notes of a live source. */
#ifndef WALK_REGISTERS_H
#define WALK_REGISTERS_H

#include <ptkit/walk.h>

/* How many CPUs have a note. */
unsigned ptk_registers_cpus_(const struct ptk_mem_info *mi);

/* A register of a CPU, on arm of the bank whose MMU is on; false if its note has none of that name. */
bool ptk_registers_get_(const struct ptk_mem_info *mi, unsigned cpu, const char *name, uint64_t *value);

/* ptk_space_registers() of one CPU. */
int ptk_registers_spaces_(struct ptk_mem *mem, unsigned cpu, struct ptk_space out[2], struct ptk_err *err);

#endif
