/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The tables that ptkit find looks in, and the index of what they map. */
#ifndef PTKIT_VIEWS_H
#define PTKIT_VIEWS_H

#include "source.h"

/* One table, or the part of it that is told under one name. */
struct view {
	const char *where; /* "kernel", "process", "efi", "root" */
	const char *name;  /* of the process, or of Linux's table; or NULL */
	int64_t pid;       /* -1: not known, or none */
	uint32_t number;   /* in the index: processes that share a table have one number */
	bool beside;       /* what the kernel maps at the same place is the kernel's, not its own */
	struct ptk_space space;
	const struct ptk_process *process; /* or NULL */
	const struct ptk_vma *vma;         /* its mappings, once they were looked for */
	size_t nvmas;
	bool looked;
};

struct views {
	struct ptk_reverse *index;
	struct ptk_linux *lx;
	struct view *view; /* sorted by number */
	size_t n, room;
	uint32_t numbers;
	struct ptk_space kernel[2];
	int nkernel;
	struct ptk_walk_stats stats;
};

/*
 * Index what maps some of the addresses asked for: the spaces of the picture, or, if everything, those of the kernel and of
 * every process too. Zero it before; close it whatever this said. 0, or the exit code of what it said.
 */
int views_open(struct views *vs, struct picture *p, bool everything, const struct ptk_extent *ask, size_t n);
void views_close(struct views *vs);

/* All views that have a number in the index. */
const struct view *views_first(const struct views *vs, uint32_t number);
const struct view *views_next(const struct views *vs, const struct view *v);

/* Is this stretch of the view's table just what the kernel has there too? */
bool views_shared(const struct views *vs, const struct view *v, const struct ptk_stretch *st);

/* What maps an address: the process's mapping, or the kernel's region; NULL: not known. Good until the next call. */
const char *views_region(struct views *vs, struct picture *p, const struct view *v, uint64_t va);

#endif
