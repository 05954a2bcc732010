// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Flat RAM: raw:FILE@PA[,FILE@PA...]. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "mem/mem.h"

/* Split FILE@PA in place; PA is hexadecimal, 0x optional. A name may hold '@': the last one counts, and only before a number. */
static int split(char *item, uint64_t *pa, struct ptk_err *err)
{
	char *at = strrchr(item, '@'), *end;
	*pa = 0;
	if (!at)
		return 0;
	errno = 0;
	unsigned long long v = strtoull(at + 1, &end, 16);
	if (!isxdigit((unsigned char)at[1]) || *end || errno || at == item)
		return ptk_err_set_(err, PTK_E_INVAL, "raw: \"%s\" is not FILE or FILE@ADDRESS (hexadecimal)", item);
	*pa = v;
	*at = 0;
	return 0;
}

static int add_file(struct ptk_mem *mem, char *item, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	uint64_t pa, last;
	struct ptk_blob file;
	int r = split(item, &pa, err);
	if (r < 0)
		return r;
	if (!*item)
		return ptk_err_set_(err, PTK_E_INVAL, "raw: a file name is missing");
	r = ptk_blob_open_(item, opts, &file, err);
	if (r < 0)
		return r;
	if (!ptk_mem_own_(mem, &file))
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open %s", item);
	if (!add_ok(pa, file.size - 1, &last))
		return ptk_err_set_(err, PTK_E_INVAL, "raw: %s at 0x%llx reaches beyond 2^64", item,
		                    (unsigned long long)pa);
	if (file.cut)
		ptk_mem_warn_(mem, "the compressed file %s is truncated", file.name);
	r = ptk_mem_add_(mem, pa, file.data, file.size);
	return r < 0 ? ptk_err_set_(err, r, "cannot open %s", item) : 0;
}

static int raw_open_uri(struct ptk_mem *mem, const char *rest, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	CLEANUP_FREE char *list = strdup(rest);
	if (!list)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open raw:%s", rest);
	uint64_t overlap;
	int r;
	for (char *next = list; next;) {
		char *item = strsep(&next, ",");
		r = add_file(mem, item, opts, err);
		if (r < 0)
			return r;
	}
	r = ptk_mem_seal_(mem, &overlap);
	if (r < 0)
		return ptk_err_set_(err, r, "cannot open raw:%s", rest);
	if (overlap)
		ptk_mem_warn_(mem, "files overlap in %llu bytes: the first of them counts",
		              (unsigned long long)overlap);
	return 0;
}

const struct ptk_mem_format ptk_mem_raw = {
	.name = "raw",
	.as = "raw:FILE@PA[,FILE@PA...]",
	.what = "plain RAM that starts at a physical address",
	.scheme = "raw",
	.open_uri = raw_open_uri,
};
