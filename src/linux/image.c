// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "linux/find.h"
#include "linux/vmcoreinfo.h"

#define NEAR (UINT64_C(64) << 20)   /* a gap wider than this ends the image: freed init sections are smaller */
#define REACH (UINT64_C(256) << 20) /* no part of an image is farther from swapper_pg_dir */
#define SMALL (UINT64_C(64) << 20)  /* nor, on 32-bit machines, this far */
#define SLACK (UINT64_C(1) << 20)   /* for what comes after the last symbol known */
#define BLOCK (256u << 10)
#define WHOLE_MAX (2 * REACH)

#define OVERLAP 1024u /* of pieces: longer than anything that is looked for */

struct search {
	const struct lx_view *view;
	struct lx_image *im;
};

static int add_range(void *arg, const struct ptk_range *r)
{
	struct search *s = arg;
	struct lx_image *im = s->im;
	uint64_t pgd_va = s->view->pgd_va;
	if (r->kind != PTK_LEAF || r->pa - r->first != s->view->pgd_pa - pgd_va)
		return 0;
	bool exec = r->attr.flags & PTK_A_KX, write = r->attr.flags & PTK_A_KW;
	struct lx_part *last = im->n ? &im->part[im->n - 1] : NULL;
	if (last && r->first - last->last > NEAR) {
		if (last->last >= pgd_va)
			return PTK_STOP;
		im->n = 0;
		last = NULL;
	}
	if (last && last->last + 1 == r->first && last->exec == exec && last->write == write)
		last->last = r->last;
	else if (im->n < LX_PARTS_MAX)
		im->part[im->n++] = (struct lx_part){r->first, r->last, r->pa, exec, write};
	return 0;
}

int ptk_view_(const struct ptk_linux *lx, struct lx_view *out)
{
	*out = (struct lx_view){.pgd_va = lx->pgd_va, .pgd_pa = lx->pgd_pa};
	int rc = ptk_space_init(&out->space, lx->mem, &lx->info.regime, lx->table[PTK_TABLE_KERNEL].root, NULL);
	if (rc >= 0)
		ptk_view_limit_(out, lx->vmcoreinfo, &lx->layout);
	return rc;
}

/*
 * Where the image is a part of the direct map (32-bit arm and x86), the tables do not show its ends: it lies between
 * _stext or swapper_pg_dir, and the highest symbol of the uninitialised data that VMCOREINFO names, or not far from its
 * start.
 */
void ptk_view_limit_(struct lx_view *v, const struct lx_vmcoreinfo *vi, const struct lx_layout *layout)
{
	static const char *const data[] = {"init_uts_ns", "node_online_map", "mem_map", "contig_page_data",
	                                   "prb",         "clear_seq"};
	uint64_t va = v->pgd_va, top = v->space.last, sym, end = va;
	v->low = va - v->space.first > REACH ? va - REACH : v->space.first;
	v->high = top - va > REACH ? va + REACH : top;
	if (layout && layout->view_last) {
		v->low = layout->view_first;
		v->high = layout->view_last;
		return;
	}
	if (v->space.regime.va_width == 64)
		return;
	if (layout && layout->page_offset && layout->page_offset <= va && v->low < layout->page_offset)
		v->low = layout->page_offset;
	v->high = top - va > SMALL ? va + SMALL : top;
	if (!vi || !ptk_vmcoreinfo_symbol_(vi, "_stext", &sym) || sym < v->low)
		return;
	v->low = sym < va ? sym : va;
	for (size_t i = 0; i < sizeof data / sizeof *data; i++)
		if (ptk_vmcoreinfo_symbol_(vi, data[i], &sym) && sym > end && sym <= v->high)
			end = sym;
	end |= 4095;
	if (v->high - end > SLACK)
		v->high = end + SLACK;
}

int ptk_image_find_(const struct lx_view *v, struct lx_image *out)
{
	struct search find = {v, out};
	struct ptk_range_opts opts = {
	        .from = v->low,
	        .to = v->high,
	        .join_levels = true,
	        .only_leaves = true,
	        .max_again = 4096,
	};
	out->n = 0;
	int rc = ptk_ranges(&v->space, &opts, add_range, &find, NULL, NULL);
	out->has_data = false;
	for (size_t i = 0; i < out->n; i++)
		out->has_data |= !out->part[i].exec;
	return rc < 0 ? rc : 0;
}

/* A part that cannot be mapped whole: in blocks, or where even those are not whole, page by page. */
static int each_block(struct ptk_mem *mem, const struct lx_part *part, uint8_t *buf, lx_piece_fn *fn, void *arg)
{
	uint64_t size = part->last - part->first + 1, block = ptk_block_size_(mem, BLOCK);
	for (uint64_t off = 0, len; off < size; off += len) {
		len = size - off < block ? size - off : block;
		const uint8_t *p = ptk_mem_map(mem, part->pa + off, len);
		if (!p && ptk_mem_read(mem, part->pa + off, buf, len, NULL) < 0) {
			len = len < 4096 ? len : 4096;
			if (ptk_mem_read(mem, part->pa + off, buf, len, NULL) < 0)
				continue;
		}
		int rc = fn(arg, p ? p : buf, len, part->first + off);
		if (rc)
			return rc;
		if (len > 4096 && off + len < size)
			len -= OVERLAP;
	}
	return 0;
}

static bool is_wanted(const struct lx_image *im, const struct lx_part *part, enum lx_parts which)
{
	switch (which) {
	case LX_PARTS_DATA: return lx_may_be_data(im, part);
	case LX_PARTS_WRITABLE: return part->write;
	case LX_PARTS_CONSTANTS: return !part->write && !part->exec;
	case LX_PARTS_ALL: break;
	}
	return true;
}

int ptk_image_each_(const struct lx_view *v, const struct lx_image *im, enum lx_parts which, lx_piece_fn *fn, void *arg)
{
	CLEANUP_FREE uint8_t *buf = NULL;
	for (size_t i = 0; i < im->n; i++) {
		const struct lx_part *part = &im->part[i];
		if (!is_wanted(im, part, which))
			continue;
		size_t len = part->last - part->first + 1;
		const uint8_t *p = ptk_mem_map(v->space.mem, part->pa, len);
		if (!p && !buf && !(buf = malloc(BLOCK)))
			return PTK_E_NOMEM;
		int rc = p ? fn(arg, p, len, part->first) : each_block(v->space.mem, part, buf, fn, arg);
		if (rc)
			return rc;
	}
	return 0;
}

static void read_pages(const struct lx_view *v, uint64_t pa, uint8_t *p, uint64_t len)
{
	for (uint64_t at = 0, part; at < len; at += part) {
		part = 4096 - ((pa + at) & 4095);
		part = part < len - at ? part : len - at;
		ptk_mem_read(v->space.mem, pa + at, p + at, part, NULL);
	}
}

int ptk_image_bytes_(const struct lx_view *v, uint64_t va, uint64_t len, bool holes, struct lx_bytes *out)
{
	uint64_t pa = va - v->pgd_va + v->pgd_pa;
	if (len == 0 || len > WHOLE_MAX)
		return PTK_E_LIMIT;
	*out = (struct lx_bytes){.p = ptk_mem_map(v->space.mem, pa, len), .len = len};
	if (out->p)
		return 0;
	uint8_t *p = out->copy = calloc(1, len);
	if (!p)
		return PTK_E_NOMEM;
	out->p = p;
	for (uint64_t off = 0, n; off < len; off += n) {
		n = len - off < BLOCK ? len - off : BLOCK;
		int rc = ptk_mem_read(v->space.mem, pa + off, p + off, n, NULL);
		if (rc < 0 && !holes) {
			ptk_image_bytes_free_(out);
			return rc;
		}
		if (rc < 0)
			read_pages(v, pa + off, p + off, n);
	}
	return 0;
}

void ptk_image_bytes_free_(struct lx_bytes *b)
{
	free(b->copy);
	*b = (struct lx_bytes){0};
}

int ptk_image_read_(const struct lx_view *v, uint64_t va, void *buf, size_t len)
{
	return ptk_mem_read(v->space.mem, va - v->pgd_va + v->pgd_pa, buf, len, NULL);
}

bool ptk_image_string_(const struct lx_view *v, uint64_t va, char *buf, size_t size)
{
	/* The string may be the last thing before a page that the picture lacks. */
	size_t n = 0;
	while (n < size) {
		size_t part = 4096 - (size_t)((va + n) & 4095);
		if (part > size - n)
			part = size - n;
		if (ptk_image_read_(v, va + n, buf + n, part) < 0)
			return false;
		for (size_t end = n + part; n < end; n++) {
			if (buf[n] == 0)
				return n > 0;
			if (buf[n] < ' ' || buf[n] > '~')
				return false;
		}
	}
	return false;
}
