/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The kernel image as the tables map it: which parts of physical memory hold its text and data. */
#ifndef LINUX_IMAGE_H
#define LINUX_IMAGE_H

#include "linux/linux.h"

#define LX_PARTS_MAX 128

/* What it takes to see a kernel's image. */
struct lx_view {
	struct ptk_space space;
	uint64_t pgd_va, pgd_pa; /* swapper_pg_dir: part of the image */
	uint64_t low, high;      /* the image does not reach beyond */
};

/* Set a view's limits. vi: what is known of the kernel, or NULL; layout: likewise. */
struct lx_vmcoreinfo;
void ptk_view_limit_(struct lx_view *v, const struct lx_vmcoreinfo *vi, const struct lx_layout *layout);

/* A stretch of the image; pa = va - first + pa. */
struct lx_part {
	uint64_t first, last, pa;
	bool exec; /* the kernel may execute it: text */
	bool write; /* it may write it */
};

struct lx_image {
	struct lx_part part[LX_PARTS_MAX];
	size_t n;
	bool has_data; /* some part is not executable, so what is executable and read-only holds no data */
};

/*
 * Without a protection of rodata (rodata=off) all may be executable but what was freed, and where sections of 1M are mapped data may
 * share one with text: such text is writable.
 */
static inline bool lx_may_be_data(const struct lx_image *im, const struct lx_part *part)
{
	return !im->has_data || !part->exec || part->write;
}

/* View of the chosen kernel. */
int ptk_view_(const struct ptk_linux *lx, struct lx_view *out);

/* Parts around swapper_pg_dir that lie at the same distance from their physical memory as it does. */
int ptk_image_find_(const struct lx_view *v, struct lx_image *out);

/* Which parts, as far as the tables tell them apart. */
enum lx_parts {
	LX_PARTS_ALL,
	LX_PARTS_DATA,      /* what is not text */
	LX_PARTS_WRITABLE,  /* variables */
	LX_PARTS_CONSTANTS, /* neither text nor variables */
};

/*
 * Call fn for every piece of these parts of the image in address order: p[0..len) are the bytes at va. Pieces overlap a
 * little where they are not whole parts. A result other than 0 ends it. Unreadable pages are left out.
 */
typedef int lx_piece_fn(void *arg, const uint8_t *p, size_t len, uint64_t va);
int ptk_image_each_(const struct lx_view *v, const struct lx_image *im, enum lx_parts which, lx_piece_fn *fn, void *arg);

/* Bytes of the image: mapped, or a copy. */
struct lx_bytes {
	const uint8_t *p;
	size_t len;
	void *copy;
};

/*
 * len bytes at va in one piece. holes: what cannot be read becomes zero; else that is an error. PTK_E_LIMIT: more than any
 * image has.
 */
int ptk_image_bytes_(const struct lx_view *v, uint64_t va, uint64_t len, bool holes, struct lx_bytes *out);
void ptk_image_bytes_free_(struct lx_bytes *b);

/* Read memory of the kernel image by virtual address. */
int ptk_image_read_(const struct lx_view *v, uint64_t va, void *buf, size_t len);
/* A string of the image, printable and shorter than size. */
bool ptk_image_string_(const struct lx_view *v, uint64_t va, char *buf, size_t size);

#endif
