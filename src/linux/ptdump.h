/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * The kernel's own dump of its page tables, in three parts:
 *
 *   ptdump_note.c    the state machine that notes are fed to and that writes the text
 *   ptdump.c         the walk that makes the notes, for one table of one kernel
 *   ptdump_<arch>.c  profiles: what differs between architectures and kernel versions, as data
 *
 * The text is the trace of the kernel's calls of note_page(), not a function of what is mapped, so
 * the same calls have to be made, or what comes to the same: one call here stands for a run of equal notes.
 */
#ifndef LINUX_PTDUMP_H
#define LINUX_PTDUMP_H

#include "linux/linux.h"

#define PTD_VERSION(major, minor, patch) ((uint64_t)(major) << 32 | (uint64_t)(minor) << 16 | (patch))

/* The level of the note that ends a dump. Other levels count from the leaf, as everywhere. */
#define PTD_FLUSH (-1)
/* Domain of an entry where there are none. */
#define PTD_NO_DOMAIN (-1)

struct ptd;

/* What the kernel's note_page() is told. */
struct ptd_note {
	uint64_t va;
	uint64_t prot;    /* the bits of the value that are compared */
	uint64_t eff;     /* x86: rights with what the parents take away, compared but not printed */
	uint64_t pa;      /* riscv: physical address of the first page */
	const char *name; /* of the level: "PMD" */
	int8_t level;     /* told apart, even where two have one name */
	int8_t domain;    /* arm */
};

/* One printed attribute: set if the value's bits under mask equal val, else clear; NULL prints nothing. */
struct ptd_bit {
	uint64_t mask, val;
	const char *set, *clear;
};

struct ptd_bits {
	const struct ptd_bit *bit;
	size_t n;
};

enum ptd_rule {
	PTD_HOLES = 1u << 0,        /* ranges whose compared bits are all 0 are printed too */
	PTD_FROM_FIRST = 1u << 1,   /* the first line starts where the first note was, else at 0 */
	PTD_MARKER_AGAIN = 1u << 2, /* after a break, or without one, the next marker is tested once more */
	PTD_MARKER_ALL = 1u << 3,   /* a break prints all the markers that were passed, else one */
	PTD_BYTES = 1u << 4,        /* sizes start at bytes, else at K */
	PTD_PA = 1u << 5,           /* lines have the physical address */
	PTD_EFFECTIVE = 1u << 6,    /* effective rights are compared */
	PTD_PLAIN = 1u << 7,        /* lines have no level name and no domain */
	PTD_SHADOW = 1u << 8,       /* the kernel does not walk KASAN's early shadow tables */
	PTD_FLUSH_AT_END = 1u << 9, /* the last note is at the end of the range, else at 0 */
	PTD_BASE_CONFIG = 1u << 10, /* arm64: starts where the configured address size does, not the actual one */
	PTD_NAPOT = 1u << 11,       /* riscv: the size bit of NAPOT pages is not part of their address */
	PTD_NO_EFI = 1u << 12,      /* there is no file for efi_mm */
	PTD_NAME_LAST = 1u << 13,   /* the level's name follows the columns */
	PTD_CURRENT = 1u << 14,     /* there are files for the current process */
};

/* Part of the address space, inclusive. */
struct ptd_range {
	uint64_t first, last;
};

/* What is walked for a table, and with which markers. */
struct ptd_plan {
	struct ptd_range range[2];
	size_t nranges;
	uint64_t base;            /* a note for an empty entry here comes first, if not 0 */
	uint64_t end;             /* the address of the last note */
	const struct ptk_marker *marker;
	size_t nmarkers;
	struct ptk_marker own[2]; /* room for markers that the picture does not hold */
};

/* How a range of kernel versions prints one architecture. */
struct ptd_profile {
	uint64_t since; /* PTD_VERSION() of the first of them */
	uint32_t rules; /* ::ptd_rule */
	/* The kernel's own tests: none and leaf make notes, not present makes none. */
	enum ptk_kind (*classify)(const struct ptk_regime *r, int level, uint64_t raw);
	/* Bits of upper entries that classify() goes by, beyond those that are compared. */
	uint64_t tested;
	/* Attributes as a table, for a level: read by the parser of such text too. */
	const struct ptd_bits *(*bits)(const struct ptk_regime *r, int level);
	/* Bits that are compared; NULL: those of the table. */
	uint64_t (*compared)(const struct ptk_regime *r, int level);
	/* Prints the attributes. NULL: from the table. */
	void (*columns)(struct ptd *d, const struct ptd_note *n);
	/* Names of the levels, of leaves and of empty entries. */
	void (*names)(const struct ptk_regime *r, const char *leaf[PTK_LEVELS_MAX], const char *hole[PTK_LEVELS_MAX]);
	/* Ranges and markers of a table. On entry: everything the regime has, the picture's markers, 0 as end. */
	void (*plan)(const struct ptk_linux *lx, const struct ptd_profile *p, const struct ptk_regime *r,
	             enum ptk_linux_table which, struct ptd_plan *plan);
	/* A walk of the kernel's own for the regimes it returns true for, or NULL. */
	bool (*walks)(const struct ptk_regime *r);
	int (*walk)(struct ptd *d, const struct ptk_space *s, struct ptk_walk_stats *st, struct ptk_err *err);
};

/* Profiles of an architecture, oldest first. One file each, and one word in the list in meson.build. */
struct ptd_arch {
	enum lx_arch arch;
	const struct ptd_profile *profile;
	size_t nprofiles;
};

/* The profile for a version, or NULL. Version 0 is the newest, one older than all gets the oldest. */
const struct ptd_profile *ptk_ptd_profile_(enum lx_arch arch, uint64_t version);

/* ---- the state machine ---- */

#define PTD_BUFFER 16384
#define PTD_COLUMNS 8

/* The attributes of a value as they were printed: neighbouring lines mostly alternate between a few. */
struct ptd_columns {
	uint64_t prot;
	int8_t level;
	uint8_t len; /* 0: unused */
	char text[118];
};

struct ptd {
	const struct ptd_profile *p;
	const struct ptk_regime *r;
	const struct ptk_marker *marker; /* those that follow the one printed last */
	size_t nmarkers;
	uint64_t from, to;               /* only lines that touch this */
	ptk_write_fn *write;
	void *arg;
	/* what follows is the machine's own */
	struct ptd_note cur;             /* the range under way: its first note */
	bool started;
	uint32_t max_lines;              /* of the marker printed last */
	uint64_t lines;                  /* since then */
	const struct ptk_marker *group;  /* markers that head the next line, as far as they are not printed */
	size_t ngroup;
	bool headed;                     /* a line followed them: the next marker starts anew */
	bool shown;                      /* the marker printed last is in the text */
	bool past;                       /* a range began after the window: nothing more will be printed */
	int rc;                          /* the first failure of write, sticky */
	struct ptd_columns columns[PTD_COLUMNS];
	size_t len;
	char buf[PTD_BUFFER];
};

/* Make a machine. The caller sets p, r, marker, nmarkers, from, to, write, arg. */
void ptk_ptd_init_(struct ptd *d);

/* Feed one note. */
void ptk_ptd_note_(struct ptd *d, const struct ptd_note *n);

/*
 * Of `count` equal notes, `span` apart, the first of which is at va and was fed: the index of the next
 * one that would do anything, or count. It is the one that reaches the next marker.
 */
uint64_t ptk_ptd_next_(const struct ptd *d, uint64_t va, uint64_t count, uint64_t span, uint64_t after);

/* Write what is buffered. Returns 0, or what write returned. */
int ptk_ptd_finish_(struct ptd *d);

/* For columns(). */
void ptk_ptd_puts_(struct ptd *d, const char *s);

#endif
