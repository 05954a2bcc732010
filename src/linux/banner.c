// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* linux_banner in a kernel's image: "Linux version 6.12.117 (who@where) (compiler) #1 SMP date\n" (init/version.c). */
#include <string.h>

#include "base/endian.h"
#include "linux/find.h"
#include "linux/image.h"

#define BANNER "Linux version "
#define BANNER_MAX 512

struct search {
	const char *release; /* to agree with, or NULL */
	char text[BANNER_MAX];
	uint64_t va;
	bool found;
};

/* UTS_VERSION begins with the build's number. */
static bool has_build_number(const char *p, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++)
		if (p[i] == '#' && p[i + 1] >= '0' && p[i + 1] <= '9')
			return true;
	return false;
}

/*
 * A string that ends in a newline. Since 6.1 there is a weak one without build number beside the final one; there are
 * copies in the log, but the log is in the data, which comes after the constants.
 */
static bool is_banner(struct search *s, const char *p, size_t len)
{
	unsigned major, minor, patch;
	size_t head = sizeof BANNER - 1, n = 0;
	while (n < len && n < sizeof s->text && p[n] >= ' ' && p[n] <= '~')
		n++;
	if (n + 1 >= len || n == sizeof s->text || p[n] != '\n' || p[n + 1] != 0 || !has_build_number(p, n))
		return false;
	if (!ptk_release_parse_(p + head, n - head, &major, &minor, &patch))
		return false;
	size_t r = s->release ? strlen(s->release) : 0;
	if (r && (n - head <= r || memcmp(p + head, s->release, r) != 0 || p[head + r] != ' '))
		return false;
	memcpy(s->text, p, n);
	s->text[n] = 0;
	return true;
}

static int search_piece(void *arg, const uint8_t *piece, size_t len, uint64_t va)
{
	struct search *s = arg;
	const char *p = (const char *)piece, *end = p + len, *hit;
	for (; (hit = memmem(p, (size_t)(end - p), BANNER, sizeof BANNER - 1)); p = hit + 1)
		if (is_banner(s, hit, (size_t)(end - hit))) {
			s->va = va + (uint64_t)(hit - (const char *)piece);
			s->found = true;
			return 1;
		}
	return 0;
}

/* View of a kernel under examination. */
static int view_of(struct ptk_linux *lx, const struct lx_kern *k, struct lx_view *v, struct lx_image *im)
{
	*v = (struct lx_view){.pgd_va = k->pgd_va, .pgd_pa = k->pgd_pa};
	int rc = ptk_space_init(&v->space, lx->mem, &k->regime, k->root, NULL);
	if (rc < 0)
		return rc;
	ptk_view_limit_(v, k->has_info ? &k->vi : NULL, &k->layout);
	return ptk_image_find_(v, im);
}

int ptk_banner_(struct ptk_linux *lx, struct lx_kern *k)
{
	struct search s = {.release = k->release};
	struct lx_view v;
	struct lx_image im;
	int rc = view_of(lx, k, &v, &im);
	if (rc >= 0 && ptk_mem_info(lx->mem)->live) /* it mostly is where it belongs, and text need not be read */
		rc = ptk_image_each_(&v, &im, LX_PARTS_CONSTANTS, search_piece, &s);
	if (rc == 0)
		rc = ptk_image_each_(&v, &im, LX_PARTS_ALL, search_piece, &s);
	if (rc < 0 || !s.found)
		return rc == PTK_E_NOMEM ? rc : 0;
	const char *release = s.text + sizeof BANNER - 1;
	k->banner_pa = s.va - v.pgd_va + v.pgd_pa;
	k->banner = ptk_lx_printf_(&lx->arena, "%s", s.text);
	if (!k->release)
		k->release = ptk_lx_printf_(&lx->arena, "%.*s", (int)strcspn(release, " "), release);
	return k->banner && k->release ? 1 : PTK_E_NOMEM;
}

/* ---- init_mm ---- */

struct mm_search {
	uint64_t pgd_va, va;
	unsigned word;
	bool big;
};

/*
 * mm/init-mm.c: .pgd = swapper_pg_dir, .mm_users = 2, which nothing changes, among the next few members of struct
 * mm_struct.
 */
static int search_mm(void *arg, const uint8_t *p, size_t len, uint64_t va)
{
	struct mm_search *s = arg;
	for (size_t i = 0; i + s->word + 32 <= len; i += s->word) {
		if ((s->word == 8 ? load64(p + i, s->big) : load32(p + i, s->big)) != s->pgd_va)
			continue;
		for (size_t k = 0; k < 32; k += 4)
			if (load32(p + i + s->word + k, s->big) == 2) {
				s->va = va + i;
				return 1;
			}
	}
	return 0;
}

int ptk_init_mm_(struct ptk_linux *lx, struct lx_kern *k)
{
	struct mm_search s = {
	        .pgd_va = k->pgd_va,
	        .word = k->regime.va_width / 8u,
	        .big = ptk_mem_info(lx->mem)->big_endian,
	};
	struct lx_view v;
	struct lx_image im;
	int rc = view_of(lx, k, &v, &im);
	if (rc >= 0 && ptk_mem_info(lx->mem)->live)
		rc = ptk_image_each_(&v, &im, LX_PARTS_WRITABLE, search_mm, &s);
	if (rc == 0)
		rc = ptk_image_each_(&v, &im, LX_PARTS_ALL, search_mm, &s);
	if (rc > 0)
		k->init_mm_pa = s.va - v.pgd_va + v.pgd_pa;
	return rc < 0 && rc != PTK_E_NOMEM ? 0 : rc;
}
