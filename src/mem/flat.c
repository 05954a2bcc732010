// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The flattened format of makedumpfile -F and QEMU's dump-guest-memory -z: another file as the
 * sequence of its writes. A header of 4096 bytes {"makedumpfile", type 1, version 1}, then for each
 * write {offset, size}, 64 bits each and big-endian like the header, and the bytes; last {-1, -1}.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "base/grow.h"
#include "mem/mem.h"

#define HEADER 4096
static const char magic[16] = "makedumpfile";

/* A write: size bytes at data[from] belong at offset. */
struct record {
	uint64_t offset, from, size;
};

struct list {
	struct record *at;
	size_t n, room;
};

static bool push(struct list *l, struct record r)
{
	struct record *more = grow_(l->at, l->n, &l->room, 256, sizeof *more);
	if (!more)
		return false;
	l->at = more;
	l->at[l->n++] = r;
	return true;
}

/* Read the records. A file that ends without the last one is cut; what came before it counts. */
static int read_records(const struct ptk_blob *file, struct list *l, bool *cut, struct ptk_err *err)
{
	for (uint64_t at = HEADER;;) {
		*cut = file->size < at || file->size - at < 16;
		if (*cut)
			return 0;
		uint64_t offset = load64(file->data + at, true), size = load64(file->data + at + 8, true), end;
		if (offset == UINT64_MAX && size == UINT64_MAX)
			return 0;
		at += 16;
		if (size == 0 || offset > INT64_MAX || size > INT64_MAX || !add_ok(offset, size - 1, &end))
			return ptk_err_set_(err, PTK_E_BADFMT, "%s: record %zu of the flattened file makes no sense",
			                    file->name, l->n);
		*cut = size > file->size - at;
		if (*cut)
			size = file->size - at;
		if (size && !push(l, (struct record){offset, at, size}))
			return ptk_err_set_(err, PTK_E_NOMEM, "cannot open %s", file->name);
		if (*cut)
			return 0;
		at += size;
	}
}

/* A later write covers an earlier one: pieces are added last to first, since the first added wins. */
static int rearrange(struct ptk_mem *flat, const struct ptk_blob *file, const struct list *l)
{
	uint64_t overlap;
	for (size_t i = l->n; i-- > 0;) {
		int r = ptk_mem_add_(flat, l->at[i].offset, file->data + l->at[i].from, l->at[i].size);
		if (r < 0)
			return r;
	}
	return ptk_mem_seal_(flat, &overlap);
}

static int unflatten(struct ptk_mem *flat, const struct ptk_blob *file, struct ptk_blob *out, struct ptk_err *err)
{
	struct list l = {0};
	int r = PTK_E_TRUNC;
	if (file->size < HEADER)
		ptk_err_set_(err, r, "%s ends inside the header of a flattened file", file->name);
	else if (load64(file->data + 16, true) != 1 || load64(file->data + 24, true) != 1)
		r = ptk_err_set_(err, PTK_E_BADFMT, "%s: a flattened file of a type or version not known here",
		                 file->name);
	else
		r = read_records(file, &l, &out->cut, err);
	if (r == 0 && l.n == 0)
		r = ptk_err_set_(err, PTK_E_TRUNC, "%s: a flattened file with nothing in it", file->name);
	if (r == 0 && (r = rearrange(flat, file, &l)) < 0)
		ptk_err_set_(err, r, "cannot open %s", file->name);
	free(l.at);
	if (r == 0)
		out->size = flat->extent[flat->info.nextents - 1].last + 1;
	return r;
}

static bool is_flat(const struct ptk_blob *file)
{
	return file->size >= sizeof magic && memcmp(file->data, magic, sizeof magic) == 0;
}

int ptk_blob_adopt_(struct ptk_mem *mem, const struct ptk_blob *file, struct ptk_blob **out, struct ptk_err *err)
{
	struct ptk_blob *own = ptk_mem_own_(mem, file);
	struct ptk_blob made = {0};
	if (own && !is_flat(own)) {
		*out = own;
		return 0;
	}
	if (own)
		made.flat = ptk_mem_alloc_("flattened");
	if (!made.flat)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open %s", file->name);
	memcpy(made.name, file->name, sizeof made.name);
	int r = unflatten(made.flat, own, &made, err);
	if (r < 0) {
		ptk_blob_close_(&made);
		return r;
	}
	made.cut |= own->cut;
	*out = ptk_mem_own_(mem, &made);
	return *out ? 0 : ptk_err_set_(err, PTK_E_NOMEM, "cannot open %s", file->name);
}
