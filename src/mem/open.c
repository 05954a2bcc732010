// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Which source a name means: the registry of formats. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/near.h"
#include "mem/mem.h"

#define X(name) extern const struct ptk_mem_format ptk_mem_##name;
#include "mem-list.h"
#undef X

static const struct ptk_mem_format *const formats[] = {
#define X(name) &ptk_mem_##name,
#include "mem-list.h"
#undef X
};
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

static const char *next_scheme(size_t i)
{
	for (size_t k = 0; k < NFORMATS; k++)
		if (formats[k]->scheme && i-- == 0)
			return formats[k]->scheme;
	return NULL;
}

/* The length of a scheme with its colon behind it, or 0. */
static size_t scheme_len(const char *source)
{
	size_t n = 0;
	while (islower((unsigned char)source[n]) || isdigit((unsigned char)source[n]) || (n && source[n] == '-'))
		n++;
	return source[n] == ':' ? n : 0;
}

int ptk_mem_look_(struct ptk_mem *mem, const struct ptk_blob *file, const struct ptk_mem_opts *opts,
                  struct ptk_err *err)
{
	int r = ptk_mem_own_(mem, file);
	if (r < 0)
		return ptk_err_set_(err, r, "cannot open %s", file->name);
	for (size_t i = 0; i < NFORMATS; i++) {
		if (!formats[i]->probe || !formats[i]->probe(file))
			continue;
		mem->info.format = formats[i]->name;
		if (file->cut)
			ptk_mem_warn_(mem, "the compressed file is truncated");
		return formats[i]->open(mem, file, opts, err);
	}
	return ptk_err_set_(err, PTK_E_BADFMT,
	                    "%s is not a picture of memory in any known format; for flat RAM say raw:%s@ADDRESS",
	                    file->name, file->name);
}

static int open_file(struct ptk_mem *mem, const char *path, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	struct ptk_blob file;
	int r = ptk_blob_open_(path, opts, &file, err);
	return r < 0 ? r : ptk_mem_look_(mem, &file, opts, err);
}

static int open_any(struct ptk_mem *mem, const char *source, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	size_t n = scheme_len(source);
	const struct ptk_mem_format *f = n ? by_scheme(source, n) : NULL;
	if (f) {
		mem->info.format = f->name;
		return f->open_uri(mem, source + n + 1, opts, err);
	}
	if (n && access(source, F_OK) != 0) {
		char word[64], near[128];
		snprintf(word, sizeof word, "%.*s", (int)(n < 63 ? n : 63), source);
		ptk_near_(word, next_scheme, near, sizeof near);
		return ptk_err_set_(err, PTK_E_INVAL, "\"%s:\" is not a kind of source%s", word, near);
	}
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
