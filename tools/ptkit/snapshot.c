// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit snapshot: the tables of a picture, and nothing else of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source.h"

struct options {
	struct linux_opts lx;
	const char *output;
	unsigned pid;
	bool processes;
};

static const struct opt option_rows[] = {
	{"--output", 'o', OPT_OUTPUT, "FILE",
	 "the file to write (-: standard output); one that is there is replaced once the new one is whole",
	 offsetof(struct options, output), NULL},
	{"--pid", 0, OPT_COUNT, "N", "the tables of this process too, as ptkit ps lists them", offsetof(struct options, pid), NULL},
	{"--processes", 0, OPT_FLAG, NULL, "the tables of every process too", offsetof(struct options, processes), NULL},
	LINUX_OPTIONS(struct options, lx),
	{0},
};

/* Devices and pipes are written to directly. */
static bool is_special(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/*
 * Write beside the target and rename: a failure leaves what was there, and FILE may even be SOURCE, which is mapped
 * while it is read.
 */
static int write_snapshot(struct ptk_linux *lx, const char *path, const struct ptk_process *p, size_t n)
{
	char part[4096];
	struct ptk_err err = {0};
	bool direct = is_special(path);
	int len = snprintf(part, sizeof part, direct ? "%s" : "%s.part", path);
	if (len < 0 || (size_t)len >= sizeof part)
		return fail(EXIT_USAGE, "--output: the name is too long");
	int rc = ptk_linux_snapshot_with(lx, part, p, n, &err);
	if (rc >= 0 && !direct && rename(part, path) != 0)
		rc = fail(EXIT_SOURCE, "cannot rename %s to %s: %s", part, path, strerror(errno));
	else if (rc < 0)
		rc = fail_err(rc, &err);
	if (rc && !direct)
		unlink(part);
	return rc;
}

/* Those whose tables are wanted. */
static int choose(const struct picture *pic, const struct options *o, const struct ptk_process **p, size_t *n)
{
	struct ptk_err err = {0};
	int rc = 0;
	*p = NULL;
	*n = o->pid != 0;
	if (o->pid)
		rc = ptk_linux_process(pic->lx, o->pid, p, &err);
	else if (o->processes)
		rc = ptk_linux_processes(pic->lx, p, n, &err);
	if (rc < 0)
		return fail(EXIT_SOURCE, "%s: %s", pic->source, err.msg);
	if (o->pid && (*p)->root == PTK_NO_PA) {
		struct ptk_space s[2];
		ptk_linux_process_spaces(pic->lx, *p, s, &err);
		return fail(EXIT_SOURCE, "%s: %s", pic->source, err.msg);
	}
	if (rc > 0)
		note("%s: %s", pic->source, err.msg);
	return 0;
}

static int run(struct call *c)
{
	const struct options *o = c->opts;
	struct picture p = {0};
	const struct ptk_process *process = NULL;
	size_t n = 0;
	if (!o->output)
		return fail(EXIT_USAGE, "snapshot needs -o FILE, the file to write");
	if (o->pid && o->processes)
		return fail(EXIT_USAGE, "--pid and --processes exclude each other");
	int rc = picture_open_mem(&p, c->arg[0]);
	if (!rc)
		rc = picture_open_linux(&p, &o->lx);
	if (!rc)
		rc = choose(&p, o, &process, &n);
	if (!rc)
		rc = write_snapshot(p.lx, o->output, process, n);
	picture_close(&p);
	return rc;
}

static const struct example examples[] = {
	{"ptkit snapshot vmcore -o tables.core", "a few hundred KiB that answer every question about the tables"},
	{"ptkit snapshot vmcore --pid 1 -o init.core", "those of process 1 as well: dump and walk --pid 1 work on it"},
	{"ptkit snapshot vmcore -o tables.core && zstd tables.core", "small enough to mail; ptkit reads the .zst too"},
	{0},
};

const struct verb verb_snapshot = {
	.name = "snapshot",
	.summary = "an ELF core that holds just the tables, and what is needed to read them",
	.operands = "[SOURCE]",
	.min_args = 1,
	.max_args = 1,
	.missing = "a SOURCE",
	.any_machine = true,
	.about = "The snapshot answers every question about the page tables as the whole picture does. Of the rest of "
	         "memory it holds only the few pages of the kernel that tell its version and its markers. It is an "
	         "ordinary ELF core, which other tools can read too. What the kernel's boot went by, and what shows what was "
	         "changed since, is in a note of a few KB, so that ptkit boot works on it.\n"
	         "\n"
	         "Of processes there is nothing in it, unless --pid asks for one, or --processes for all: then it has their "
	         "tables and lists of their mappings, and --pid says of them what it does on SOURCE. What ptkit ps lists "
	         "of all processes is in it too, but for sizes of tables that are not. What the processes have in memory is "
	         "not in it.",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.run = run,
};
