/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* From a SOURCE and the options that say how to read it, to the spaces to look at. */
#ifndef PTKIT_SOURCE_H
#define PTKIT_SOURCE_H

#include "verb.h"

/* Which kernel, for verbs that need Linux. */
struct linux_opts {
	unsigned kernel;
	const char *symbols;
	const char *version;
	bool find_all; /* list every kernel, not just the first that a note names */
	bool for_text; /* the version chooses how text is printed; the picture's own, if it tells one, how it is read */
	bool or_registers; /* no kernel: the tables that the registers of a live CPU name will do */
};

/* Which tables. */
struct table_opts {
	unsigned table; /* choice of table_name() */
	unsigned pid;   /* 0: none */
	struct addr root;
	const char *regime;
};

/* Which addresses. */
struct window_opts {
	const char *from, *to;
};

/* "kernel", "current_kernel", "current_user", "efi": in the order of enum ptk_linux_table. */
const char *table_name(void *arg, size_t i);

const char *regime_name(void *arg, size_t i);

/* Rows for a verb's option table; `type` is its options struct, `m` one of the structs above in it. */
#define LINUX_OPTIONS(type, m) \
	{"--kernel", 0, OPT_COUNT, "N", "which of several kernels in the picture, as ptkit info numbers them", \
	 offsetof(type, m.kernel), NULL}, \
	{"--symbols", 0, OPT_TEXT, "FILE", "a System.map, a copy of /proc/kallsyms, or a vmlinux, to go by", \
	 offsetof(type, m.symbols), NULL}, \
	{"--kernel-version", 0, OPT_TEXT, "V", \
	 "the kernel version to assume (6.1, 6.12.3), instead of the one found", offsetof(type, m.version), NULL}

#define TABLE_OPTIONS(type, m) \
	{"--table", 't', OPT_CHOICE, "NAME", "which of Linux's tables", offsetof(type, m.table), table_name}, \
	{"--pid", 0, OPT_COUNT, "N", "the tables of this process, as ptkit ps lists them", offsetof(type, m.pid), NULL}, \
	{"--root", 0, OPT_ADDR, "PA", \
	 "walk the table at this physical address, with no regard to Linux; needs --regime", \
	 offsetof(type, m.root), NULL}, \
	{"--regime", 0, OPT_TEXT, "NAME", \
	 "how the table at --root translates: a name that ptkit regimes lists", offsetof(type, m.regime), regime_name}

#define WINDOW_OPTIONS(type, m) \
	{"--from", 0, OPT_TEXT, "VA", "start at this address (or symbol), rounded down to a page", \
	 offsetof(type, m.from), NULL}, \
	{"--to", 0, OPT_TEXT, "VA", "end with the page that holds this address (or symbol)", \
	 offsetof(type, m.to), NULL}

/* An opened source. Zero it, open it, close it whatever open said. */
struct picture {
	const char *source;
	struct ptk_mem *mem;
	struct ptk_linux *lx; /* NULL: a bare walk */
	bool takes_text;       /* set before opening: the kernel's own text will do too */
	struct ptk_text *text; /* it was that: there is no memory, and space[0] has only a regime, a likely one */
	struct ptk_space space[2];
	int nspaces;
	enum ptk_linux_table table;
	const struct ptk_process *process; /* --pid: whose tables these are; or NULL */
	const struct ptk_vma *vma;         /* its mappings, where they are known */
	size_t nvmas;
	char named[48];                    /* "process 1 (init)" */
	char region[64]; /* what picture_region() returned last */
};

/* The functions below return 0, or the exit code of what they said on standard error. */
int picture_open_mem(struct picture *p, const char *source);
int picture_open_linux(struct picture *p, const struct linux_opts *l);
/* Tables that ptkit built say by themselves how to read them: nspaces is 1 then, else 0. */
int picture_open_built(struct picture *p);
/* Fill the spaces of one of Linux's tables. */
int picture_use(struct picture *p, enum ptk_linux_table table);
/* The same for a process. */
int picture_use_process(struct picture *p, uint32_t pid);
/* What the table in use is called: "kernel", "process 1 (init)"; NULL in a bare walk. */
const char *picture_table(const struct picture *p);
/* All of it: memory, then --root, what the tables say of themselves, or Linux and its table. */
int picture_open(struct picture *p, const char *source, const struct linux_opts *l, const struct table_opts *t);
void picture_close(struct picture *p);

/*
 * Whether this file is the source, or one of the files that it names: what is being read must not be cut short by what is
 * written. Either may be NULL.
 */
bool source_has_file(const char *source, const char *file);

/*
 * Read all the tables ahead, if this is a machine that stands still while it is looked at. True: it may be let go by
 * ptk_mem_release() before there is any output, so that it does not wait for whoever reads that, or types our input.
 */
bool picture_fetch(struct picture *p);

/* "vmcore: Linux 6.12.117, table kernel, arm64-4k-48, root 0x40531000" */
void picture_title(const struct picture *p, char *buf, size_t size);
/* The space that translates va, or NULL. */
const struct ptk_space *picture_space(const struct picture *p, uint64_t va);
/* That of n mappings, in order of their addresses, which holds an address, or NULL. */
const struct ptk_vma *vma_at(const struct ptk_vma *vma, size_t n, uint64_t va);
/* The mapping of the process in use that holds an address, or NULL. */
const struct ptk_vma *picture_vma(const struct picture *p, uint64_t va);
/* For ptk_render_opts::region: a process's mapping, or a region of the kernel; NULL where there is no Linux. Good until the next call. */
const char *picture_region(void *picture, uint64_t va);

/* A hexadecimal address, or a symbol with an optional +offset. */
int picture_address(struct picture *p, const char *text, uint64_t *va);
/* Both 0 when neither was given. */
int picture_window(struct picture *p, const struct window_opts *w, uint64_t *from, uint64_t *to);

/* The exit code of a walk that reached its end: EXIT_PARTS, with the sentence, if parts are missing. */
int parts(const struct ptk_walk_stats *stats);

#endif
