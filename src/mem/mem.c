// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The handle: reading, mapping and writing whatever the source is. */
#include "mem/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"

struct ptk_mem *ptk_mem_alloc_(const char *format)
{
	struct ptk_mem *mem = calloc(1, sizeof *mem);
	if (mem) {
		mem->info.format = format;
		mem->info.read_size = 4096;
	}
	return mem;
}

void ptk_mem_close(struct ptk_mem *mem)
{
	if (!mem)
		return;
	if (mem->ops.close)
		mem->ops.close(mem->arg);
	for (size_t i = 0; i < mem->nblobs; i++) {
		ptk_blob_close_(mem->blob[i]);
		free(mem->blob[i]);
	}
	for (size_t i = 0; mem->note && i < mem->info.nnotes; i++)
		free((char *)(uintptr_t)mem->note[i].name);
	free(mem->blob);
	free(mem->note);
	free(mem->extent);
	free(mem->piece);
	free(mem);
}

void ptk_mem_release(struct ptk_mem *mem)
{
	if (mem->release)
		mem->release(mem->arg);
}

/* The first extent that does not end before pa. */
static size_t extent_from(const struct ptk_mem *mem, uint64_t pa)
{
	size_t lo = 0, hi = mem->info.nextents;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (mem->extent[mid].last < pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

#define CLIPPED 64 /* extents handed to a source at once */

int ptk_mem_fetch_(struct ptk_mem *mem, const struct ptk_extent *e, size_t n)
{
	struct ptk_extent part[CLIPPED];
	size_t k = 0;
	int rc = 0;
	if (!mem->fetch)
		return 0;
	if (!mem->bounded)
		return mem->fetch(mem->arg, e, n);
	for (size_t i = 0; i < n && rc >= 0; i++)
		for (size_t x = extent_from(mem, e[i].first); x < mem->info.nextents && mem->extent[x].first <= e[i].last; x++) {
			const struct ptk_extent *have = &mem->extent[x];
			if (k == CLIPPED) {
				rc = mem->fetch(mem->arg, part, k);
				k = 0;
			}
			part[k].first = e[i].first > have->first ? e[i].first : have->first;
			part[k++].last = e[i].last < have->last ? e[i].last : have->last;
		}
	return rc >= 0 && k ? mem->fetch(mem->arg, part, k) : rc;
}

const struct ptk_mem_info *ptk_mem_info(const struct ptk_mem *mem)
{
	/* Extents of a mem that grows are made when asked for: writing stays cheap. */
	struct ptk_mem *m = (struct ptk_mem *)(uintptr_t)mem;
	if (m->refresh)
		m->refresh(m);
	return &mem->info;
}

void ptk_mem_warn_(struct ptk_mem *mem, const char *fmt, ...)
{
	if (mem->info.warning)
		return;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(mem->warning, sizeof mem->warning, fmt, ap);
	va_end(ap);
	mem->info.warning = mem->warning;
}

bool ptk_mem_within_(const struct ptk_mem *mem, uint64_t pa, uint64_t len)
{
	size_t lo = 0, hi = mem->info.nextents;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct ptk_extent *e = &mem->extent[mid];
		if (pa < e->first)
			hi = mid;
		else if (pa > e->last)
			lo = mid + 1;
		else
			return len - 1 <= e->last - pa;
	}
	return false;
}

static bool piece_holds(const struct ptk_piece *p, uint64_t pa)
{
	return pa - p->first <= p->last - p->first;
}

const struct ptk_piece *ptk_mem_piece_(struct ptk_mem *mem, uint64_t pa)
{
	if (mem->npieces && piece_holds(&mem->piece[mem->hit], pa))
		return &mem->piece[mem->hit];
	size_t lo = 0, hi = mem->npieces;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (pa > mem->piece[mid].last)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == mem->npieces || !piece_holds(&mem->piece[lo], pa))
		return NULL;
	mem->hit = lo;
	return &mem->piece[lo];
}

/* Copy from as many pieces as it takes; on failure *pa is the address that is missing. */
static int read_pieces(struct ptk_mem *mem, uint64_t *pa, uint8_t *buf, size_t len)
{
	for (;;) {
		const struct ptk_piece *p = ptk_mem_piece_(mem, *pa);
		if (!p)
			return PTK_E_NODATA;
		uint64_t rest = p->last - *pa;
		size_t n = rest < len - 1 ? (size_t)rest + 1 : len;
		memcpy(buf, p->data + (*pa - p->first), n);
		if (n == len)
			return 0;
		buf += n;
		len -= n;
		*pa += n;
	}
}

static int read_failed(struct ptk_err *err, int r, uint64_t at, uint64_t pa, size_t len)
{
	if (r == PTK_E_NODATA)
		ptk_err_set_(err, r, "physical memory at 0x%llx is not in the picture", (unsigned long long)at);
	else
		ptk_err_set_(err, r, "cannot read %zu bytes at physical address 0x%llx: %s", len,
		             (unsigned long long)pa, ptk_strerror(r));
	ptk_err_at_(err, at, -1);
	return r;
}

int ptk_mem_read(struct ptk_mem *mem, uint64_t pa, void *buf, size_t len, struct ptk_err *err)
{
	uint64_t last, at = pa;
	int r;
	if (len == 0)
		return 0;
	if (!add_ok(pa, len - 1, &last))
		r = PTK_E_NODATA;
	else if (!mem->ops.read)
		r = read_pieces(mem, &at, buf, len);
	else if (mem->bounded && !ptk_mem_within_(mem, pa, len))
		r = PTK_E_NODATA;
	else
		r = mem->ops.read(mem->arg, pa, buf, len);
	return r < 0 ? read_failed(err, r, at, pa, len) : 0;
}

const void *ptk_mem_map(struct ptk_mem *mem, uint64_t pa, size_t len)
{
	uint64_t last;
	if (len == 0 || !add_ok(pa, len - 1, &last))
		return NULL;
	if (!mem->ops.read) {
		const struct ptk_piece *p = ptk_mem_piece_(mem, pa);
		return p && last <= p->last ? p->data + (pa - p->first) : NULL;
	}
	if (!mem->ops.map || (mem->bounded && !ptk_mem_within_(mem, pa, len)))
		return NULL;
	size_t n = len;
	const void *p = mem->ops.map(mem->arg, pa, &n);
	return n >= len ? p : NULL;
}

uint64_t ptk_mem_empty_(const struct ptk_mem *mem, uint64_t pa)
{
	return mem->empty ? mem->empty(mem->arg, pa) : 0;
}

void *ptk_mem_writable_(struct ptk_mem *mem, uint64_t pa, size_t *len)
{
	return mem->writable && *len ? mem->writable(mem->arg, pa, len) : NULL;
}

int ptk_mem_write(struct ptk_mem *mem, uint64_t pa, const void *buf, size_t len, struct ptk_err *err)
{
	uint64_t last;
	if (!mem->ops.write)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s memory is read-only", mem->info.format);
	if (len == 0)
		return 0;
	int r;
	if (!add_ok(pa, len - 1, &last) || (mem->bounded && !ptk_mem_within_(mem, pa, len)))
		r = PTK_E_RANGE;
	else
		r = mem->ops.write(mem->arg, pa, buf, len);
	if (r < 0) {
		ptk_err_set_(err, r, "cannot write %zu bytes at physical address 0x%llx: %s", len,
		             (unsigned long long)pa, ptk_strerror(r));
		ptk_err_at_(err, pa, -1);
	}
	return r < 0 ? r : 0;
}

static bool in_order(const struct ptk_extent *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (e[i].last < e[i].first || (i && e[i].first <= e[i - 1].last))
			return false;
	return true;
}

int ptk_mem_set_extents_(struct ptk_mem *mem, const struct ptk_extent *extent, size_t n)
{
	struct ptk_extent *copy = malloc((n ? n : 1) * sizeof *copy);
	if (!copy)
		return PTK_E_NOMEM;
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		if (k && extent[i].first - 1 == copy[k - 1].last)
			copy[k - 1].last = extent[i].last;
		else
			copy[k++] = extent[i];
	}
	free(mem->extent);
	mem->info.extent = mem->extent = copy;
	mem->info.nextents = k;
	return 0;
}

int ptk_mem_new(const struct ptk_mem_ops *ops, void *arg, const struct ptk_extent *extent, size_t nextents,
                struct ptk_mem **out)
{
	if (!ops || !ops->read || (extent && !in_order(extent, nextents)))
		return PTK_E_INVAL;
	struct ptk_mem *mem = ptk_mem_alloc_("callbacks");
	if (!mem)
		return PTK_E_NOMEM;
	if (extent && ptk_mem_set_extents_(mem, extent, nextents) < 0) {
		ptk_mem_close(mem);
		return PTK_E_NOMEM;
	}
	mem->bounded = extent != NULL;
	mem->ops = *ops;
	mem->arg = arg;
	*out = mem;
	return 0;
}
