/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Real kernels: a folder a guest, with its memory (vmcore, vmcore.zst) and what it said of itself. They lie beside the
 * checkout, or where PTKIT_CAPTURES says; a test skips, aloud, without them.
 */
#ifndef TESTS_CAPTURES_H
#define TESTS_CAPTURES_H

#include <dirent.h>
#include <unistd.h>

#include <ptkit/ptkit.h>

#include "tap.h"

/* The folder that holds them, whether it exists or not. */
static inline const char *captures_top(void)
{
	static char beside[4000];
	const char *env = getenv("PTKIT_CAPTURES"), *source = getenv("PTKIT_SOURCE");
	if (env)
		return env;
	snprintf(beside, sizeof beside, "%s/../shared/captures", source ? source : ".");
	return beside;
}

/* Path of a file of a capture. */
static inline void capture_path(char *buf, size_t size, const char *name, const char *file)
{
	snprintf(buf, size, "%s/%s/%s", captures_top(), name, file);
}

static inline bool capture_has(const char *name, const char *file)
{
	char path[4400];
	capture_path(path, sizeof path, name, file);
	return access(path, R_OK) == 0;
}

/* A text of a capture, or NULL; fclose() it. */
static inline FILE *capture_open(const char *name, const char *file)
{
	char path[4400];
	capture_path(path, sizeof path, name, file);
	return fopen(path, "r");
}

/* Its memory; NULL: skipped (this build cannot unpack it), or failed. */
static inline struct ptk_mem *capture_mem(const char *name)
{
	char path[4400];
	struct ptk_mem *mem;
	struct ptk_err err = {0};
	capture_path(path, sizeof path, name, capture_has(name, "vmcore") ? "vmcore" : "vmcore.zst");
	int rc = ptk_mem_open(path, NULL, &mem, &err);
	if (rc >= 0)
		return mem;
	if (rc == PTK_E_NOTSUP)
		skip("%s: %s", name, err.msg);
	else
		ok(false, "%s: %s", name, err.msg);
	return NULL;
}

/* Its memory and the Linux in it, both to be closed; NULL as above, and where no Linux is found, which is a failure. */
static inline struct ptk_mem *capture_linux(const char *name, struct ptk_linux **lx)
{
	struct ptk_err err = {0};
	struct ptk_mem *mem = capture_mem(name);
	if (!mem || ptk_linux_open(mem, NULL, lx, &err) == 0)
		return mem;
	ok(false, "%s: %s", name, err.msg);
	ptk_mem_close(mem);
	return NULL;
}

static inline int capture_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/*
 * Call fn for each capture that has a file, by name; says so if there is none. only: for a test whose arguments name
 * captures (argv), else NULL.
 */
static inline void captures_each(char **only, const char *file, void (*fn)(const char *name))
{
	struct dirent **list = NULL;
	int n = scandir(captures_top(), &list, NULL, capture_order), told = 0;
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;
		bool wanted = !only || !only[0];
		for (char **p = only; !wanted && p && *p; p++)
			wanted = strcmp(*p, name) == 0;
		if (wanted && name[0] != '.' && capture_has(name, file)) {
			fn(name);
			told++;
		}
		free(list[i]);
	}
	free(list);
	if (!told)
		skip("no captures with a %s at %s", file, captures_top());
}

#endif
