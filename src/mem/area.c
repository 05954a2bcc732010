// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/area.h"

#include <string.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)

uint8_t *ptk_area_room_(struct area *a, size_t *room)
{
	*room = AREA_CHUNK - a->pending;
	return a->chunk + a->pending;
}

static int grow(struct area *a, size_t need)
{
	size_t room = a->room ? a->room : (size_t)1 << 24;
	while (room < need) {
		if (room > SIZE_MAX / 2)
			return PTK_E_NOMEM;
		room *= 2;
	}
	if (room == a->room)
		return 0;
	void *p;
	if (a->room)
		p = mremap(a->data, a->room, room, MREMAP_MAYMOVE);
	else
		p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return PTK_E_NOMEM;
	a->data = p;
	a->room = room;
	return 0;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	/* Equal to itself one byte on, and zero at the start: all zero. memcmp is vector code. */
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* Move the chunk into the area. It starts at a multiple of the chunk's size, so pages fall on pages. */
static int flush(struct area *a)
{
	if (a->pending > a->limit || a->size > a->limit - a->pending)
		return PTK_E_LIMIT;
	int r = grow(a, a->size + a->pending);
	if (r < 0)
		return r;
	for (size_t at = 0; at < a->pending; at += PAGE) {
		size_t n = a->pending - at < PAGE ? a->pending - at : PAGE;
		if (!is_zero(a->chunk + at, n))
			memcpy(a->data + a->size + at, a->chunk + at, n);
	}
	a->size += a->pending;
	a->pending = 0;
	return 0;
}

int ptk_area_put_(struct area *a, size_t n)
{
	a->pending += n;
	return a->pending == AREA_CHUNK ? flush(a) : 0;
}

int ptk_area_take_(struct area *a, struct ptk_blob *out)
{
	int r = a->pending ? flush(a) : 0;
	if (r < 0) {
		ptk_area_free_(a);
		return r;
	}
	*out = (struct ptk_blob){.data = a->data, .size = a->size, .mapped = a->room};
	return 0;
}

void ptk_area_free_(struct area *a)
{
	if (a->room)
		munmap(a->data, a->room);
	a->data = NULL;
	a->room = 0;
}
