// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Which source a name means: the registry of formats. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/near.h"
#include "mem/mem.h"

#define X(name) extern const struct ptk_mem_format ptk_mem_##name;
#include "mem/mem-list.h"
#undef X

static const struct ptk_mem_format *const formats[] = {
#define X(name) &ptk_mem_##name,
#include "mem/mem-list.h"
#undef X
};
/* makedumpfile --split makes as many files as it is given names for: some, not thousands. */
#define MAX_SET 256
#define SET_SCHEME "split"
#define NFORMATS (sizeof formats / sizeof formats[0])

static const struct ptk_mem_format *by_scheme(const char *scheme, size_t len)
{
	for (size_t i = 0; i < NFORMATS; i++) {
		const char *s = formats[i]->scheme;
		if (s && strlen(s) == len && memcmp(s, scheme, len) == 0)
			return formats[i];
	}
	return NULL;
}

/* A path that only one source can read, or a scheme without its colon. */
static const struct ptk_mem_format *by_name(const char *source, bool exists)
{
	const struct ptk_mem_format *f = exists ? NULL : by_scheme(source, strlen(source));
	for (size_t i = 0; i < NFORMATS && exists; i++)
		if (formats[i]->owns && formats[i]->owns(source))
			return formats[i];
	return f && f->bare ? f : NULL;
}

static const char *next_scheme(size_t i)
{
	for (size_t k = 0; k < NFORMATS; k++)
		if (formats[k]->scheme && i-- == 0)
			return formats[k]->scheme;
	return i == 0 ? SET_SCHEME : NULL;
}

const char *ptk_mem_source_name(size_t i, const char **as, const char **what)
{
	static const struct ptk_mem_format set = {
		.name = SET_SCHEME, .as = SET_SCHEME ":FILE,FILE...", .what = "one dump in several files, as makedumpfile --split makes"};
	const struct ptk_mem_format *f = NULL;
	for (size_t k = 0; k < NFORMATS && !f; k++)
		if (formats[k]->what && i-- == 0)
			f = formats[k];
	if (!f && i == 0)
		f = &set;
	if (!f)
		return NULL;
	if (as)
		*as = f->as ? f->as : "FILE";
	if (what)
		*what = f->what;
	return f->name;
}

/* The length of a scheme with its colon behind it, or 0. */
static size_t scheme_len(const char *source)
{
	size_t n = 0;
	while (islower((unsigned char)source[n]) || isdigit((unsigned char)source[n]) || (n && source[n] == '-'))
		n++;
	return source[n] == ':' ? n : 0;
}

/* What is often taken for a dump, but is none that can be read in place: what it is, and what to do instead. */
static const char *other_picture(const struct ptk_blob *file)
{
	static const struct {
		const char *magic, *what;
	} known[] = {
		{"LibvirtQemudSave", "a saved guest of libvirt (virsh save, or virsh dump without --memory-only), a stream of devices and "
		                     "pages that only QEMU can load; virsh dump --memory-only makes a picture of memory"},
		{"QEVM", "a saved guest of QEMU (migrate, savevm), a stream of devices and pages that only QEMU can load; "
		         "dump-guest-memory makes a picture of memory"},
		{"QFI\xfb", "a qcow2 disk image, whose snapshots only QEMU can load; dump-guest-memory makes a picture of memory"},
		{"PAGEDU64", "a crash dump of Windows, whose page tables are not read"},
		{"PAGEDUMP", "a crash dump of Windows, whose page tables are not read"},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (file->data && file->size >= strlen(known[i].magic) &&
		    memcmp(file->data, known[i].magic, strlen(known[i].magic)) == 0)
			return known[i].what;
	return NULL;
}

int ptk_mem_look_(struct ptk_mem *mem, struct ptk_blob *const *file, size_t n, const struct ptk_mem_opts *opts,
                  struct ptk_err *err)
{
	for (size_t i = 0; i < NFORMATS; i++) {
		const struct ptk_mem_format *f = formats[i];
		if (!f->probe || !f->probe(file[0]))
			continue;
		if (n > 1 && !f->set)
			return ptk_err_set_(err, PTK_E_INVAL, "%s is %s, which does not come in several files",
			                    file[0]->name, f->name);
		mem->info.format = f->name;
		for (size_t k = 0; k < n; k++)
			if (file[k]->cut)
				ptk_mem_warn_(mem, "%s is truncated", file[k]->name);
		return f->open(mem, file, n, opts, err);
	}
	const char *other = other_picture(file[0]);
	if (other)
		return ptk_err_set_(err, PTK_E_BADFMT, "%s is %s", file[0]->name, other);
	return ptk_err_set_(err, PTK_E_BADFMT,
	                    "%s is not a picture of memory in any known format; for flat RAM say raw:%s@ADDRESS",
	                    file[0]->name, file[0]->name);
}

static int adopt(struct ptk_mem *mem, const char *path, const struct ptk_mem_opts *opts, struct ptk_blob **out,
                 struct ptk_err *err)
{
	struct ptk_blob file;
	int r = ptk_blob_open_(path, opts, &file, err);
	return r < 0 ? r : ptk_blob_adopt_(mem, &file, out, err);
}

static int open_file(struct ptk_mem *mem, const char *path, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	struct ptk_blob *file;
	int r = adopt(mem, path, opts, &file, err);
	return r < 0 ? r : ptk_mem_look_(mem, &file, 1, opts, err);
}

/* split:A,B,C or just A,B,C: the files of one dump, in any order. */
static int open_set(struct ptk_mem *mem, const char *names, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	struct ptk_blob *file[MAX_SET];
	CLEANUP_FREE char *list = strdup(names);
	size_t n = 0;
	if (!list)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open %s", names);
	for (char *next = list; next;) {
		const char *path = strsep(&next, ",");
		if (n == MAX_SET)
			return ptk_err_set_(err, PTK_E_LIMIT, "more than %u files in one set", MAX_SET);
		if (!*path)
			return ptk_err_set_(err, PTK_E_INVAL, "a file name is missing in \"%s\"", names);
		int r = adopt(mem, path, opts, &file[n++], err);
		if (r < 0)
			return r;
	}
	return ptk_mem_look_(mem, file, n, opts, err);
}

static int open_any(struct ptk_mem *mem, const char *source, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	size_t n = scheme_len(source);
	const struct ptk_mem_format *f = n ? by_scheme(source, n) : NULL;
	if (f) {
		mem->info.format = f->name;
		return f->open_uri(mem, source + n + 1, opts, err);
	}
	bool exists = access(source, F_OK) == 0;
	f = by_name(source, exists);
	if (f) {
		mem->info.format = f->name;
		return f->open_uri(mem, exists ? source : "", opts, err);
	}
	if (n == strlen(SET_SCHEME) && !exists && memcmp(source, SET_SCHEME, n) == 0)
		return open_set(mem, source + n + 1, opts, err);
	if (n && !exists) {
		char word[64], near[128];
		snprintf(word, sizeof word, "%.*s", (int)(n < 63 ? n : 63), source);
		ptk_near_(word, next_scheme, near, sizeof near);
		return ptk_err_set_(err, PTK_E_INVAL, "\"%s:\" is not a kind of source%s", word, near);
	}
	if (!exists && strchr(source, ','))
		return open_set(mem, source, opts, err);
	return open_file(mem, source, opts, err);
}

int ptk_mem_open(const char *source, const struct ptk_mem_opts *opts, struct ptk_mem **out, struct ptk_err *err)
{
	struct ptk_mem *mem = ptk_mem_alloc_("");
	if (!mem)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open %s", source);
	int r = open_any(mem, source, opts, err);
	if (r < 0) {
		ptk_mem_close(mem);
		return r;
	}
	*out = mem;
	return 0;
}
