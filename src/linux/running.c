// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The kernel that runs on the CPUs of a live machine. Reading all of its memory would take long, and it may be stopped
 * meanwhile. The CPU's root maps the kernel's image, mostly next to a process; where the image's variables are, there is
 * vmcoreinfo_data, which says the rest, or failing that swapper_pg_dir and init_mm, which points to it.
 */
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "linux/find.h"
#include "linux/image.h"
#include "linux/root.h"
#include "walk/registers.h"

#define POINTERS_MAX 1024 /* words that might be vmcoreinfo_data, and were looked at */
#define NEAR 4            /* vmcoreinfo_size is not more words away */
#define TEXT_MIN 0x40000  /* no kernel's text is smaller; single pages of the direct map may be constant too */
#define VARIABLES (UINT64_C(6) << 20) /* of a kernel for 32 bits, whose tables do not show where they end */

/* A table that may translate the kernel's image, and where to look for that. */
struct lead {
	struct ptk_space space;
	const struct lx_rules *rules;
	uint64_t first, last; /* window of the image */
	bool is_root;         /* if it leads to a kernel, it is that kernel's swapper_pg_dir, which is in the image */
	bool constant;        /* the image is a part of the direct map: it starts where the kernel may not write */
	uint64_t pgd_pa;      /* is_root: swapper_pg_dir; the root may lie inside of it */
};

/* ---- where the image is ---- */

struct anchor {
	const struct lead *lead;
	uint64_t va, pa;
	bool found;
};

/* An address of the image: that of the root itself, or of the first page of the window that may be its text. */
static int find_anchor(void *arg, const struct ptk_range *r)
{
	struct anchor *a = arg;
	if (r->kind != PTK_LEAF)
		return 0;
	if (a->lead->constant && (r->attr.flags & (PTK_A_KW | PTK_A_UR) || r->last - r->first < TEXT_MIN))
		return 0;
	if (a->lead->is_root && (a->lead->pgd_pa < r->pa || a->lead->pgd_pa - r->pa > r->last - r->first))
		return 0;
	uint64_t off = a->lead->is_root ? a->lead->pgd_pa - r->pa : 0;
	a->va = r->first + off;
	a->pa = r->pa + off;
	a->found = true;
	return PTK_STOP;
}

/* The instruction that a CPU is at is most likely in the image, and that saves a walk of all that vmalloc ever mapped. */
static bool anchor_by_pc(const struct ptk_linux *lx, struct anchor *a)
{
	const struct lead *l = a->lead;
	uint64_t pa, at;
	if (!l->is_root || !lx->cpu.has_pc || lx->cpu.pc < l->first || lx->cpu.pc > l->last ||
	    ptk_translate(&l->space, lx->cpu.pc, &pa) != 1)
		return false;
	a->va = lx->cpu.pc - pa + l->pgd_pa;
	a->pa = l->pgd_pa;
	a->found = ptk_translate(&l->space, a->va, &at) == 1 && at == l->pgd_pa;
	return a->found;
}

/*
 * An image in the direct map: its text and constants, which end where the first thing that is no part of them is, then its
 * variables.
 */
static void limit_image(struct lx_view *v, const struct lx_image *im)
{
	size_t i = 0;
	while (i < im->n && (im->part[i].write || im->part[i].last - im->part[i].first < TEXT_MIN))
		i++;
	if (i == im->n)
		return;
	v->low = im->part[i].first;
	while (i + 1 < im->n && !im->part[i + 1].write && im->part[i + 1].first == im->part[i].last + 1)
		i++;
	if (v->high - im->part[i].last > VARIABLES)
		v->high = im->part[i].last + VARIABLES;
}

static int image_of(const struct ptk_linux *lx, const struct lead *l, struct lx_view *v, struct lx_image *im)
{
	struct anchor a = {.lead = l};
	struct ptk_range_opts opts = {
		.from = l->first > l->space.first ? l->first : l->space.first,
		.to = l->last < l->space.last ? l->last : l->space.last,
		.join_levels = true,
		.only_leaves = true,
		.max_again = 4096,
	};
	if (!anchor_by_pc(lx, &a)) {
		int rc = ptk_ranges(&l->space, &opts, find_anchor, &a, NULL, NULL);
		if (rc < 0 || !a.found)
			return rc == PTK_E_NOMEM ? rc : 0;
	}
	*v = (struct lx_view){.space = l->space, .pgd_va = a.va, .pgd_pa = a.pa};
	ptk_view_limit_(v, NULL, NULL);
	if (!l->is_root)
		v->low = a.va;
	int rc = ptk_image_find_(v, im);
	if (rc >= 0 && v->space.regime.va_width == 32) {
		limit_image(v, im);
		rc = ptk_image_find_(v, im);
	}
	return rc < 0 ? rc == PTK_E_NOMEM ? rc : 0 : im->n > 0;
}

/* ---- vmcoreinfo_data ---- */

struct info_search {
	struct ptk_linux *lx;
	struct lx_found *f;
	const struct lx_view *view;
	const struct lx_image *im;
	unsigned word, looked;
	uint64_t last; /* the pointer that was looked at last */
	bool big;
};

static uint64_t load_word(const struct info_search *s, const uint8_t *p)
{
	return s->word == 8 ? load64(p, s->big) : load32(p, s->big);
}

/* vmcoreinfo_size: bytes of the text, which fits in a page. */
static bool is_size(const struct info_search *s, const uint8_t *p)
{
	uint64_t v = load_word(s, p);
	return v > 64 && v <= LX_VMCOREINFO_MAX;
}

static bool size_is_near(const struct info_search *s, const uint8_t *p, size_t len, size_t at)
{
	for (size_t k = 1; k <= NEAR; k++) {
		size_t far = k * s->word;
		if ((at >= far && is_size(s, p + at - far)) || (at + far + s->word <= len && is_size(s, p + at + far)))
			return true;
	}
	return false;
}

/* Does a word point to the page that the kernel fills with its VMCOREINFO? (kernel/vmcore_info.c) */
static int follow(struct info_search *s, uint64_t va)
{
	uint64_t pa;
	char head[16];
	if (va == s->last)
		return 0;
	s->last = va;
	if (ptk_translate(&s->view->space, va, &pa) != 1)
		return 0;
	if (s->looked++ == POINTERS_MAX)
		return PTK_STOP;
	if (ptk_mem_read(s->lx->mem, pa, head, sizeof head, NULL) < 0 || memcmp(head, "OSRELEASE=", 10) != 0)
		return 0;
	size_t n = s->f->n;
	int rc = ptk_find_add_page_(s->lx, s->f, pa);
	return rc < 0 ? rc : s->f->n > n ? PTK_STOP : 0;
}

static int search_info(void *arg, const uint8_t *p, size_t len, uint64_t va)
{
	struct info_search *s = arg;
	const struct lx_part *first = &s->im->part[0], *last = &s->im->part[s->im->n - 1];
	uint64_t lowest = s->word == 8 ? BIT(63) : BIT(30);
	for (size_t i = 0; i + s->word <= len; i += s->word) {
		uint64_t v = load_word(s, p + i);
		if ((v & 4095) || v < lowest || (v >= first->first && v <= last->last && s->word == 8))
			continue;
		int rc = size_is_near(s, p, len, i) ? follow(s, v) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- one lead ---- */

static bool has_valid(const struct lx_found *f)
{
	return f->n && f->kern[f->n - 1].valid;
}

/* By the looks of the table: the lead's own, or one among the variables of the image. */
static int by_sight(struct ptk_linux *lx, struct lx_found *f, const struct lead *l, const struct lx_view *v,
                    const struct lx_image *im)
{
	struct lx_kern *k = &f->kern[f->n];
	int rc = 0;
	if (f->n == LX_KERNELS_MAX)
		return 0;
	for (size_t i = 0; i < (l->is_root ? 1 : im->n) && rc == 0; i++) {
		const struct lx_part *part = &im->part[i];
		*k = (struct lx_kern){.arch = l->rules->arch, .info_pa = LX_NOWHERE, .how = "the CPU's registers"};
		k->layout.view_first = v->low;
		k->layout.view_last = v->high;
		if (l->is_root)
			rc = ptk_root_sight_(lx, l->rules, k, l->pgd_pa, l->pgd_pa + 4095);
		else if (part->write)
			rc = ptk_root_sight_(lx, l->rules, k, part->pa, part->pa + (part->last - part->first));
	}
	f->n += rc > 0;
	return rc < 0 ? rc : 0;
}

static int try_lead(struct ptk_linux *lx, struct lx_found *f, const struct lead *l)
{
	struct lx_view v;
	struct lx_image im;
	int rc = image_of(lx, l, &v, &im);
	if (rc <= 0)
		return rc;
	struct info_search s = {
		.lx = lx, .f = f, .view = &v, .im = &im, .word = l->space.regime.va_width / 8u, .big = ptk_mem_info(lx->mem)->big_endian,
	};
	/* On arm VMCOREINFO says nothing that the table does not, and whether there is one takes all variables to know. */
	if (l->is_root && s.word == 4) {
		rc = by_sight(lx, f, l, &v, &im);
		if (rc < 0 || has_valid(f))
			return rc;
	}
	f->has_distance = true;
	f->distance = v.pgd_va - v.pgd_pa;
	rc = ptk_image_each_(&v, &im, LX_PARTS_WRITABLE, search_info, &s);
	ptk_find_resolve_(lx, f);
	f->has_distance = false;
	return rc < 0 ? rc : has_valid(f) ? 0 : by_sight(lx, f, l, &v, &im);
}

/* ---- the leads of a CPU, by architecture ---- */

/*
 * TTBR1_EL1 is swapper_pg_dir, but while a process runs under KPTI: then it is tramp_pg_dir, and swapper_pg_dir two pages
 * after it, or one in kernels that have no reserved_pg_dir between them (TRAMP_SWAPPER_OFFSET, arm64/kernel/vmlinux.lds.S).
 */
static int leads_arm64(struct ptk_linux *lx, struct lx_found *f, const struct ptk_space *s)
{
	static const unsigned pages[] = {0, 2, 1};
	struct lead l = {.space = *s, .rules = &ptk_rules_arm64_, .first = ~low_bits(s->regime.va_bits - 1u), .last = UINT64_MAX,
	                 .is_root = true};
	int rc = 0;
	for (size_t i = 0; i < 3 && rc == 0 && !has_valid(f); i++) {
		l.space.root = s->root + ((uint64_t)pages[i] << s->regime.page_shift);
		l.pgd_pa = round_down(l.space.root, BIT(s->regime.page_shift));
		rc = try_lead(lx, f, &l);
	}
	return rc;
}

/* CR3 is a process's table; bit 12 of it selects PTI's user half, which maps little of the kernel. */
static int leads_x86(struct ptk_linux *lx, struct lx_found *f, const struct ptk_space *s)
{
	bool wide = s->regime.va_width == 64;
	struct lead l = {.space = *s, .rules = &ptk_rules_x86_, .constant = !wide};
	l.first = wide ? UINT64_C(0xffffffff80000000) : 0x40000000;
	l.last = wide ? UINT64_C(0xffffffffbfffffff) : UINT32_MAX;
	int rc = try_lead(lx, f, &l);
	if (rc == 0 && !has_valid(f) && s->root & BIT(12)) {
		l.space.root = s->root & ~BIT(12);
		rc = try_lead(lx, f, &l);
	}
	return rc;
}

static int leads_riscv(struct ptk_linux *lx, struct lx_found *f, const struct ptk_space *s)
{
	bool wide = s->regime.va_width == 64;
	struct lead l = {.space = *s, .rules = &ptk_rules_riscv_, .constant = !wide};
	l.first = wide ? UINT64_C(0xffffffff80000000) : 0xc0000000;
	l.last = wide ? UINT64_MAX : UINT32_MAX;
	return try_lead(lx, f, &l);
}

/*
 * TTBR1 is swapper_pg_dir, whether TTBCR makes hardware use it or not (arm/mm/proc-v7-[23]level.S). With long descriptors
 * it skips what lies below PAGE_OFFSET: entries of the first level, or that level and three tables (TTBR1_OFFSET).
 */
static int leads_arm(struct ptk_linux *lx, struct lx_found *f, unsigned cpu, const struct ptk_space *s)
{
	static const unsigned skips[] = {0x4000, 16, 0};
	bool lpae = s->regime.entry_shift == 3;
	uint64_t ttbr1;
	struct lead l = {.rules = &ptk_rules_arm_, .first = 0x40000000, .last = UINT32_MAX, .is_root = true};
	struct ptk_regime r;
	const struct ptk_mem_info *mi = ptk_mem_info(lx->mem);
	if (!ptk_registers_get_(mi, cpu, "TTBR1", &ttbr1) && !ptk_registers_get_(mi, cpu, "TTBR1_EL1", &ttbr1))
		return 0;
	int rc = ptk_regime_parse(lpae ? "arm-lpae" : "arm-short,tre", &r, NULL);
	for (size_t i = lpae ? 0 : 2; i < 3 && rc == 0 && !has_valid(f); i++) {
		l.pgd_pa = (lpae ? ttbr1 & GENMASK(39, 4) : ttbr1 & GENMASK(31, 14)) - skips[i];
		if (ptk_space_init(&l.space, lx->mem, &r, l.pgd_pa, NULL) == 0)
			rc = try_lead(lx, f, &l);
	}
	return rc;
}

static int leads_of(struct ptk_linux *lx, struct lx_found *f, unsigned cpu)
{
	struct ptk_space s[2];
	int n = ptk_registers_spaces_(lx->mem, cpu, s, NULL);
	if (n <= 0)
		return 0;
	const char *arch = ptk_regime_arch(&s[0].regime);
	if (strcmp(arch, "arm64") == 0)
		return s[n - 1].regime.va_form == PTK_VA_HIGH ? leads_arm64(lx, f, &s[n - 1]) : 0;
	if (strcmp(arch, "x86") == 0)
		return leads_x86(lx, f, &s[0]);
	if (strcmp(arch, "riscv") == 0)
		return leads_riscv(lx, f, &s[0]);
	return leads_arm(lx, f, cpu, &s[0]);
}

int ptk_find_running_(struct ptk_linux *lx, struct lx_found *f)
{
	unsigned cpus = ptk_registers_cpus_(ptk_mem_info(lx->mem));
	int rc = 0;
	for (unsigned i = 0; i < cpus && rc >= 0 && !has_valid(f); i++)
		rc = leads_of(lx, f, i);
	return rc < 0 ? rc : 0;
}
