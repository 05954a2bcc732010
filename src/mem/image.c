// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Sparse writable memory of this process. */
#include "mem/image.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "mem/mem.h"

#define PAGES (IMAGE_SLAB / IMAGE_PAGE)

static size_t hash(uint64_t number, size_t room)
{
	/* Fibonacci hashing: the high bits of the product depend on all of the number. */
	return (size_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (room - 1);
}

/* The place of a slab: where it is, or where it would go. room is not 0. */
static size_t place(const struct ptk_image *im, uint64_t number)
{
	size_t i = hash(number, im->room);
	while (im->slab[i].data && im->slab[i].number != number)
		i = (i + 1) & (im->room - 1);
	return i;
}

static struct ptk_slab *find(struct ptk_image *im, uint64_t pa)
{
	if (!im->used)
		return NULL;
	uint64_t number = pa >> IMAGE_SLAB_SHIFT;
	struct ptk_slab *s = &im->slab[im->hit];
	if (s->data && s->number == number)
		return s;
	size_t i = place(im, number);
	if (!im->slab[i].data)
		return NULL;
	im->hit = i;
	return &im->slab[i];
}

static bool grow(struct ptk_image *im)
{
	struct ptk_image bigger = {.room = im->room ? 2 * im->room : 16, .used = im->used};
	bigger.slab = calloc(bigger.room, sizeof *bigger.slab);
	if (!bigger.slab)
		return false;
	for (size_t i = 0; i < im->room; i++)
		if (im->slab[i].data)
			bigger.slab[place(&bigger, im->slab[i].number)] = im->slab[i];
	free(im->slab);
	im->slab = bigger.slab;
	im->room = bigger.room;
	im->hit = 0;
	return true;
}

static struct ptk_slab *make(struct ptk_image *im, uint64_t pa)
{
	if (im->used * 4 >= im->room * 3 && !grow(im))
		return NULL;
	/* The kernel gives zero pages, and only those that are touched. */
	void *data = mmap(NULL, IMAGE_SLAB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (data == MAP_FAILED)
		return NULL;
	size_t i = place(im, pa >> IMAGE_SLAB_SHIFT);
	im->slab[i] = (struct ptk_slab){.number = pa >> IMAGE_SLAB_SHIFT, .data = data};
	im->used++;
	im->hit = i;
	return &im->slab[i];
}

void ptk_image_free_(struct ptk_image *im)
{
	for (size_t i = 0; i < im->room; i++)
		if (im->slab[i].data)
			munmap(im->slab[i].data, IMAGE_SLAB);
	free(im->slab);
}

static unsigned page_of(uint64_t pa)
{
	return (unsigned)(pa / IMAGE_PAGE % PAGES);
}

static bool has_page(const struct ptk_slab *s, unsigned page)
{
	return s->present[page / 64] >> (page % 64) & 1;
}

/* How many pages of a slab, from this one on, are there (or are not). */
static unsigned alike(const struct ptk_slab *s, unsigned page, bool here)
{
	unsigned at = page;
	if (!s)
		return here ? 0 : PAGES - page;
	while (at < PAGES) {
		uint64_t differ = (here ? ~s->present[at / 64] : s->present[at / 64]) >> (at % 64);
		if (differ)
			return at + (unsigned)__builtin_ctzll(differ) - page;
		at = (at | 63) + 1;
	}
	return PAGES - page;
}

size_t ptk_image_run_(struct ptk_image *im, uint64_t pa, size_t len, bool *here)
{
	const struct ptk_slab *s = find(im, pa);
	size_t done = 0;
	*here = s && has_page(s, page_of(pa));
	do {
		uint64_t at = pa + done, slab_end = round_down(at, IMAGE_SLAB) + IMAGE_SLAB;
		uint64_t end = round_down(at, IMAGE_PAGE) + alike(s, page_of(at), *here) * IMAGE_PAGE;
		if (len - done <= end - at)
			return len;
		done += end - at;
		if (end != slab_end)
			break;
		s = find(im, end);
	} while (true);
	return done;
}

uint8_t *ptk_image_at_(struct ptk_image *im, uint64_t pa)
{
	return find(im, pa)->data + pa % IMAGE_SLAB;
}

uint8_t *ptk_image_page_(struct ptk_image *im, uint64_t pa)
{
	struct ptk_slab *s = find(im, pa);
	if (!s && !(s = make(im, pa)))
		return NULL;
	unsigned page = page_of(pa);
	if (!has_page(s, page)) {
		s->present[page / 64] |= BIT(page % 64);
		im->grown = true;
	}
	return s->data + page * IMAGE_PAGE;
}

static int by_number(const void *a, const void *b)
{
	const struct ptk_slab *const *x = a, *const *y = b;
	return (*x)->number < (*y)->number ? -1 : (*x)->number > (*y)->number;
}

/* Append the runs of present pages of a slab; room for half of its pages is there. */
static size_t slab_extents(const struct ptk_slab *s, struct ptk_extent *out, size_t n)
{
	uint64_t base = s->number << IMAGE_SLAB_SHIFT;
	for (unsigned page = 0; page < PAGES; page++) {
		uint64_t pa = base + page * IMAGE_PAGE;
		if (!has_page(s, page))
			continue;
		if (n && out[n - 1].last + 1 == pa)
			out[n - 1].last += IMAGE_PAGE;
		else
			out[n++] = (struct ptk_extent){pa, pa + (IMAGE_PAGE - 1)};
	}
	return n;
}

int ptk_image_extents_(const struct ptk_image *im, struct ptk_extent **out, size_t *n)
{
	const struct ptk_slab **order = calloc(im->used + 1, sizeof *order);
	struct ptk_extent *e = NULL;
	size_t used = 0, k = 0, room = 0;
	int r = order ? 0 : PTK_E_NOMEM;
	for (size_t i = 0; order && i < im->room; i++)
		if (im->slab[i].data)
			order[used++] = &im->slab[i];
	if (order)
		qsort(order, used, sizeof *order, by_number);
	for (size_t i = 0; r == 0 && i < used; i++) {
		if (room - k < PAGES / 2) {
			room = 2 * room + PAGES;
			struct ptk_extent *more = realloc(e, room * sizeof *e);
			r = more ? 0 : PTK_E_NOMEM;
			e = more ? more : e;
		}
		if (r == 0)
			k = slab_extents(order[i], e, k);
	}
	free(order);
	if (r < 0) {
		free(e);
		return r;
	}
	*out = e;
	*n = k;
	return 0;
}

struct image {
	struct ptk_image im;
	uint64_t first, last;
};

static int image_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	struct image *g = arg;
	bool here;
	if (ptk_image_run_(&g->im, pa, len, &here) < len || !here)
		return PTK_E_NODATA;
	for (uint8_t *to = buf; len;) {
		size_t n = IMAGE_SLAB - pa % IMAGE_SLAB;
		n = n < len ? n : len;
		memcpy(to, ptk_image_at_(&g->im, pa), n);
		to += n;
		pa += n;
		len -= n;
	}
	return 0;
}

static const void *image_map(void *arg, uint64_t pa, size_t *len)
{
	struct image *g = arg;
	bool here;
	size_t room = IMAGE_SLAB - pa % IMAGE_SLAB;
	*len = ptk_image_run_(&g->im, pa, *len < room ? *len : room, &here);
	return here ? ptk_image_at_(&g->im, pa) : NULL;
}

static int image_write(void *arg, uint64_t pa, const void *buf, size_t len)
{
	struct image *g = arg;
	if (pa < g->first || pa > g->last || len - 1 > g->last - pa)
		return PTK_E_RANGE;
	for (const uint8_t *from = buf; len;) {
		size_t n = IMAGE_PAGE - pa % IMAGE_PAGE;
		n = n < len ? n : len;
		uint8_t *page = ptk_image_page_(&g->im, pa);
		if (!page)
			return PTK_E_NOMEM;
		memcpy(page + pa % IMAGE_PAGE, from, n);
		from += n;
		pa += n;
		len -= n;
	}
	return 0;
}

static void *image_writable(void *arg, uint64_t pa, size_t *len)
{
	struct image *g = arg;
	size_t room = IMAGE_SLAB - pa % IMAGE_SLAB, n = *len < room ? *len : room;
	if (pa < g->first || pa > g->last || n - 1 > g->last - pa)
		return NULL;
	for (uint64_t page = round_down(pa, IMAGE_PAGE); page < pa + n; page += IMAGE_PAGE)
		if (!ptk_image_page_(&g->im, page))
			return NULL;
	*len = n;
	return ptk_image_at_(&g->im, pa);
}

static void image_close(void *arg)
{
	struct image *g = arg;
	ptk_image_free_(&g->im);
	free(g);
}

static int image_refresh(struct ptk_mem *mem)
{
	struct image *g = mem->arg;
	struct ptk_extent *e;
	size_t n;
	if (!g->im.grown)
		return 0;
	int r = ptk_image_extents_(&g->im, &e, &n);
	if (r < 0)
		return r;
	r = ptk_mem_set_extents_(mem, e, n);
	g->im.grown = r < 0;
	free(e);
	return r;
}

int ptk_mem_new_image(uint64_t first, uint64_t last, struct ptk_mem **out)
{
	if (last < first)
		return PTK_E_INVAL;
	struct ptk_mem *mem = ptk_mem_alloc_("image");
	struct image *g = calloc(1, sizeof *g);
	/* An empty list is not the same as none. */
	if (!mem || !g || ptk_mem_set_extents_(mem, NULL, 0) < 0) {
		free(g);
		ptk_mem_close(mem);
		return PTK_E_NOMEM;
	}
	g->first = first;
	g->last = last;
	mem->arg = g;
	mem->refresh = image_refresh;
	mem->writable = image_writable;
	mem->ops = (struct ptk_mem_ops){
		.read = image_read, .map = image_map, .write = image_write, .close = image_close};
	*out = mem;
	return 0;
}
