// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/cleanup.h"

#define NEAR (UINT64_C(64) << 20)  /* a gap wider than this ends the image: freed init sections are smaller */
#define REACH (UINT64_C(256) << 20) /* no part of an image is farther from swapper_pg_dir */
#define BLOCK (256u << 10)

struct search {
	struct ptk_linux *lx;
	struct lx_image *im;
};

static int add_range(void *arg, const struct ptk_range *r)
{
	struct search *s = arg;
	struct lx_image *im = s->im;
	const struct ptk_linux *lx = s->lx;
	if (r->kind != PTK_LEAF || r->pa - r->first != lx->pgd_pa - lx->pgd_va)
		return 0;
	bool exec = r->attr.flags & PTK_A_KX;
	struct lx_part *last = im->n ? &im->part[im->n - 1] : NULL;
	if (last && r->first - last->last > NEAR) {
		if (last->last >= lx->pgd_va)
			return PTK_STOP;
		im->n = 0;
		last = NULL;
	}
	if (last && last->last + 1 == r->first && last->exec == exec)
		last->last = r->last;
	else if (im->n < LX_PARTS_MAX)
		im->part[im->n++] = (struct lx_part){ r->first, r->last, r->pa, exec };
	return 0;
}

int ptk_image_find_(struct ptk_linux *lx, struct lx_image *out)
{
	struct ptk_space s;
	struct search find = { lx, out };
	uint64_t top = ptk_va_max(&lx->info.regime), va = lx->pgd_va;
	struct ptk_range_opts opts = {
		.from = va > REACH ? va - REACH : 0,
		.to = top - va > REACH ? va + REACH : top,
		.join_levels = true,
		.only_leaves = true,
		.max_again = 4096,
	};
	out->n = 0;
	/* Where the image lies in the direct map, memory below it is not the image's. */
	if (lx->layout.page_offset && va >= lx->layout.page_offset && opts.from < lx->layout.page_offset)
		opts.from = lx->layout.page_offset;
	int rc = ptk_space_init(&s, lx->mem, &lx->info.regime, lx->table[PTK_TABLE_KERNEL].root, NULL);
	if (rc >= 0 && s.first > opts.from)
		opts.from = s.first;
	if (rc >= 0)
		rc = ptk_ranges(&s, &opts, add_range, &find, NULL, NULL);
	out->has_data = false;
	for (size_t i = 0; i < out->n; i++)
		out->has_data |= !out->part[i].exec;
	return rc < 0 ? rc : 0;
}

/* One part, in blocks that can be mapped or read whole, or page by page. */
static int each_block(struct ptk_linux *lx, const struct lx_part *part, uint8_t *buf, lx_piece_fn *fn, void *arg)
{
	uint64_t size = part->last - part->first + 1;
	for (uint64_t off = 0, len; off < size; off += len) {
		len = size - off < BLOCK ? size - off : BLOCK;
		const uint8_t *p = ptk_mem_map(lx->mem, part->pa + off, len);
		if (!p && ptk_mem_read(lx->mem, part->pa + off, buf, len, NULL) == 0)
			p = buf;
		if (!p) {
			len = len < 4096 ? len : 4096;
			if (ptk_mem_read(lx->mem, part->pa + off, buf, len, NULL) < 0)
				continue;
			p = buf;
		}
		int rc = fn(arg, p, len, part->first + off);
		if (rc)
			return rc;
	}
	return 0;
}

int ptk_image_each_(struct ptk_linux *lx, const struct lx_image *im, lx_piece_fn *fn, void *arg)
{
	CLEANUP_FREE uint8_t *buf = malloc(BLOCK);
	if (!buf)
		return PTK_E_NOMEM;
	for (size_t i = 0; i < im->n; i++) {
		if (im->has_data && im->part[i].exec)
			continue;
		int rc = each_block(lx, &im->part[i], buf, fn, arg);
		if (rc)
			return rc;
	}
	return 0;
}

int ptk_image_read_(struct ptk_linux *lx, uint64_t va, void *buf, size_t len)
{
	return ptk_mem_read(lx->mem, va - lx->pgd_va + lx->pgd_pa, buf, len, NULL);
}

bool ptk_image_string_(struct ptk_linux *lx, uint64_t va, char *buf, size_t size)
{
	/* The string may be the last thing before a page that the picture lacks. */
	size_t n = 0;
	while (n < size) {
		size_t part = 4096 - (size_t)((va + n) & 4095);
		if (part > size - n)
			part = size - n;
		if (ptk_image_read_(lx, va + n, buf + n, part) < 0)
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
