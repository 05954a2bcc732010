// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Copy on write over another mem, a page at a time. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "mem/image.h"
#include "mem/mem.h"

struct overlay {
	struct ptk_image im;
	struct ptk_mem *base;
	const struct ptk_extent *seen; /* the base's extents when ours were listed */
	size_t nseen;
};

static int overlay_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	struct overlay *o = arg;
	for (uint8_t *to = buf; len;) {
		bool here;
		size_t n = ptk_image_run_(&o->im, pa, len, &here);
		if (here) {
			size_t room = IMAGE_SLAB - pa % IMAGE_SLAB;
			n = n < room ? n : room;
			memcpy(to, ptk_image_at_(&o->im, pa), n);
		} else {
			int r = ptk_mem_read(o->base, pa, to, n, NULL);
			if (r < 0)
				return r;
		}
		to += n;
		pa += n;
		len -= n;
	}
	return 0;
}

static const void *overlay_map(void *arg, uint64_t pa, size_t *len)
{
	struct overlay *o = arg;
	bool here;
	size_t room = IMAGE_SLAB - pa % IMAGE_SLAB;
	size_t n = ptk_image_run_(&o->im, pa, *len, &here);
	if (!here) {
		*len = n;
		return ptk_mem_map(o->base, pa, n);
	}
	*len = n < room ? n : room;
	return ptk_image_at_(&o->im, pa);
}

/*
 * Bring a page here as the base has it. Where the base has only some of it, the rest is zero; where
 * it has none, this is new memory, as in an image.
 */
static int copy_page(struct overlay *o, uint64_t pa, uint8_t **page)
{
	uint8_t copy[IMAGE_PAGE];
	uint64_t first = round_down(pa, IMAGE_PAGE);
	int r = ptk_mem_read(o->base, first, copy, sizeof copy, NULL);
	if (r == PTK_E_NODATA) {
		memset(copy, 0, sizeof copy);
		for (size_t i = 0; i < sizeof copy; i++)
			if (ptk_mem_read(o->base, first + i, &copy[i], 1, NULL) < 0)
				copy[i] = 0;
		r = 0;
	}
	if (r < 0)
		return r;
	*page = ptk_image_page_(&o->im, pa);
	if (!*page)
		return PTK_E_NOMEM;
	memcpy(*page, copy, sizeof copy);
	return 0;
}

static int overlay_write(void *arg, uint64_t pa, const void *buf, size_t len)
{
	struct overlay *o = arg;
	for (const uint8_t *from = buf; len;) {
		bool here;
		uint8_t *page;
		size_t n = IMAGE_PAGE - pa % IMAGE_PAGE;
		n = n < len ? n : len;
		ptk_image_run_(&o->im, pa, 1, &here);
		if (here || n == IMAGE_PAGE) {
			page = ptk_image_page_(&o->im, pa);
			if (!page)
				return PTK_E_NOMEM;
		} else {
			int r = copy_page(o, pa, &page);
			if (r < 0)
				return r;
		}
		memcpy(page + pa % IMAGE_PAGE, from, n);
		from += n;
		pa += n;
		len -= n;
	}
	return 0;
}

static void *overlay_writable(void *arg, uint64_t pa, size_t *len)
{
	struct overlay *o = arg;
	size_t room = IMAGE_SLAB - pa % IMAGE_SLAB, n = *len < room ? *len : room;
	for (uint64_t page = round_down(pa, IMAGE_PAGE); page < pa + n; page += IMAGE_PAGE) {
		bool here, whole = page >= pa && n - (page - pa) >= IMAGE_PAGE;
		uint8_t *at;
		ptk_image_run_(&o->im, page, 1, &here);
		if (!here && (whole ? !ptk_image_page_(&o->im, page) : copy_page(o, page, &at) < 0))
			return NULL;
	}
	*len = n;
	return ptk_image_at_(&o->im, pa);
}

static void overlay_close(void *arg)
{
	struct overlay *o = arg;
	ptk_image_free_(&o->im);
	free(o);
}

/* The union of two lists in order, into out, which has room for both. */
static size_t unite(const struct ptk_extent *a, size_t na, const struct ptk_extent *b, size_t nb,
                    struct ptk_extent *out)
{
	size_t n = 0;
	while (na || nb) {
		const struct ptk_extent *e = !nb || (na && a->first <= b->first) ? a : b;
		if (e == a)
			a++, na--;
		else
			b++, nb--;
		if (n && e->first <= out[n - 1].last)
			out[n - 1].last = e->last > out[n - 1].last ? e->last : out[n - 1].last;
		else
			out[n++] = *e;
	}
	return n;
}

static int overlay_refresh(struct ptk_mem *mem)
{
	struct overlay *o = mem->arg;
	const struct ptk_mem_info *base = ptk_mem_info(o->base);
	struct ptk_extent *own, *both;
	size_t n;
	bool same = base->extent == o->seen && base->nextents == o->nseen;
	/* A base that cannot tell what it holds: neither can this. */
	if (!base->extent || (same && !o->im.grown && mem->extent))
		return 0;
	int r = ptk_image_extents_(&o->im, &own, &n);
	if (r < 0)
		return r;
	both = malloc((n + base->nextents + 1) * sizeof *both);
	r = PTK_E_NOMEM;
	if (both)
		r = ptk_mem_set_extents_(mem, both, unite(base->extent, base->nextents, own, n, both));
	if (r == 0) {
		o->im.grown = false;
		o->seen = base->extent;
		o->nseen = base->nextents;
	}
	free(own);
	free(both);
	return r;
}

int ptk_mem_new_overlay(struct ptk_mem *base, struct ptk_mem **out)
{
	struct ptk_mem *mem = ptk_mem_alloc_("overlay");
	struct overlay *o = calloc(1, sizeof *o);
	if (!mem || !o) {
		free(o);
		ptk_mem_close(mem);
		return PTK_E_NOMEM;
	}
	const struct ptk_mem_info *of = ptk_mem_info(base);
	o->base = base;
	mem->info = *of;
	mem->info.format = "overlay";
	mem->info.extent = NULL;
	mem->info.nextents = 0;
	mem->arg = o;
	/* The notes and the warning stay the base's, which outlives this. */
	mem->refresh = overlay_refresh;
	mem->writable = overlay_writable;
	mem->ops = (struct ptk_mem_ops){
		.read = overlay_read, .map = overlay_map, .write = overlay_write, .close = overlay_close};
	*out = mem;
	return 0;
}
