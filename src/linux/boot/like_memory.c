// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Memory as the kernel knows it: its memblock, where that outlives the boot, and its tree of resources. Both are found by
 * their symbols, or else by their shape: a kernel without KALLSYMS_ALL does not name its data.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "linux/boot/boot.h"
#include "linux/image.h"

/* ---- by shape ---- */

/* Linkers keep short strings as the tails of longer ones: "memory" has many. */
#define STRINGS_MAX 4096

/* A word of the image that points to a string; 0 ends the hunt: found, -PTK_E_NOTFOUND goes on. */
typedef int hunt_fn(void *arg, uint64_t va);

struct hunt {
	const char *text;
	uint64_t string[STRINGS_MAX]; /* where it stands in the image */
	size_t n;
	unsigned word;
	bool big;
	hunt_fn *fn;
	void *arg;
};

static int find_strings(void *arg, const uint8_t *p, size_t len, uint64_t va)
{
	struct hunt *h = arg;
	size_t size = strlen(h->text) + 1;
	for (size_t at = 0; h->n < STRINGS_MAX && at + size <= len;) {
		const uint8_t *hit = memmem(p + at, len - at, h->text, size);
		if (!hit)
			return 0;
		h->string[h->n++] = va + (uint64_t)(hit - p);
		at = (size_t)(hit - p) + 1;
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static int find_words(void *arg, const uint8_t *p, size_t len, uint64_t va)
{
	struct hunt *h = arg;
	uint64_t low = h->string[0], high = h->string[h->n - 1];
	for (size_t at = (size_t)(0 - va) % h->word; at + h->word <= len; at += h->word) {
		uint64_t v = h->word == 8 ? load64(p + at, h->big) : load32(p + at, h->big);
		if (v < low || v > high)
			continue;
		int rc = bsearch(&v, h->string, h->n, sizeof v, by_value) ? h->fn(h->arg, va + at) : PTK_E_NOTFOUND;
		if (rc != PTK_E_NOTFOUND)
			return rc < 0 ? rc : 1;
	}
	return 0;
}

/* Call fn for each word of the kernel image that points to this string. */
static int hunt(struct ptk_linux *lx, const char *text, hunt_fn *fn, void *arg)
{
	struct hunt *h = calloc(1, sizeof *h);
	struct lx_image *im = malloc(sizeof *im);
	struct lx_view view;
	int rc = im && h ? ptk_view_(lx, &view) : PTK_E_NOMEM;
	if (rc >= 0)
		rc = ptk_image_find_(&view, im);
	if (h)
		*h = (struct hunt){.text = text, .word = lx->info.regime.va_width / 8u, .fn = fn, .arg = arg,
			.big = ptk_mem_info(lx->mem)->big_endian};
	if (rc >= 0)
		rc = ptk_image_each_(&view, im, false, find_strings, h);
	if (rc >= 0 && h->n)
		rc = ptk_image_each_(&view, im, false, find_words, h);
	free(im);
	free(h);
	return rc == 1 ? 0 : rc < 0 ? rc : PTK_E_NOTFOUND;
}

/* ---- memblock ---- */

/*
 * struct memblock (include/linux/memblock.h), the same since 5.x: bottom_up, current_limit, then two struct memblock_type:
 * cnt, max, total_size, regions, name. Where phys_addr_t has 64 bits and long has 32 (LPAE), fields of it are aligned to 8.
 */
struct shape {
	unsigned word, phys; /* bytes of long and of phys_addr_t */
};

static const struct shape shapes[] = {{4, 4}, {4, 8}, {8, 8}};

struct type {
	uint64_t count, max, total, regions, name;
};

#define REGIONS_MAX 65536u

static uint64_t type_size(struct shape s)
{
	uint64_t size = 2 * s.word + s.phys + 2 * s.word;
	return (size + s.phys - 1) & ~(uint64_t)(s.phys - 1);
}

static int read_type(struct ptk_linux *lx, struct shape s, uint64_t va, struct type *t)
{
	int rc = boot_read_number_(lx, va, s.word, &t->count);
	if (rc == 0)
		rc = boot_read_number_(lx, va + s.word, s.word, &t->max);
	if (rc == 0)
		rc = boot_read_number_(lx, va + 2 * s.word, s.phys, &t->total);
	if (rc == 0)
		rc = boot_read_number_(lx, va + 2 * s.word + s.phys, s.word, &t->regions);
	if (rc == 0)
		rc = boot_read_number_(lx, va + 3 * s.word + s.phys, s.word, &t->name);
	return rc;
}

static bool type_is(struct ptk_linux *lx, const struct type *t, const char *name)
{
	return t->count && t->count <= t->max && t->max <= REGIONS_MAX && boot_string_is_(lx, t->name, name);
}

/* struct memblock_region has a node number behind its flags with CONFIG_NUMA: the stride is what makes the total right. */
static bool stride_fits(struct ptk_linux *lx, struct shape s, const struct type *t, unsigned stride)
{
	uint64_t total = 0, after = 0;
	for (uint64_t i = 0; i < t->count; i++) {
		uint64_t base, size, va = t->regions + i * stride;
		if (boot_read_number_(lx, va, s.phys, &base) < 0 || boot_read_number_(lx, va + s.phys, s.phys, &size) < 0)
			return false;
		if ((i && base < after) || !add_ok(base, size, &after) || !add_ok(total, size, &total))
			return false;
	}
	return total == t->total;
}

static unsigned find_stride(struct ptk_linux *lx, struct shape s, const struct type *t)
{
	const unsigned step = s.phys;
	for (unsigned stride = 2 * s.phys + step; stride <= 2 * s.phys + 4 * step; stride += step)
		if (stride_fits(lx, s, t, stride))
			return stride;
	return 0;
}

static int take_regions(struct ptk_machine *m, struct ptk_linux *lx, struct shape s, const struct type *t, bool memory)
{
	unsigned stride = find_stride(lx, s, t);
	if (!stride)
		return PTK_E_NOTFOUND;
	for (uint64_t i = 0; i < t->count; i++) {
		uint64_t base, size, flags, va = t->regions + i * stride;
		int rc = boot_read_number_(lx, va, s.phys, &base);
		if (rc == 0)
			rc = boot_read_number_(lx, va + s.phys, s.phys, &size);
		if (rc == 0)
			rc = boot_read_number_(lx, va + 2 * s.phys, 4, &flags);
		if (rc == 0 && size && memory)
			rc = boot_machine_bank_(m, base, base + size - 1,
			                        (flags & MEMBLOCK_NOMAP ? PTK_BANK_NOMAP : 0u) |
			                                (flags & MEMBLOCK_HOTPLUG ? PTK_BANK_HOTPLUG : 0u));
		else if (rc == 0 && size)
			rc = boot_machine_reserve_(m, base, base + size - 1, NULL);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int take_memblock(struct ptk_machine *m, struct ptk_linux *lx, uint64_t va, struct shape s)
{
	struct type memory, reserved;
	uint64_t at = va + (s.phys > 4 ? 16 : 8), bottom_up;
	if (boot_read_number_(lx, va, 1, &bottom_up) < 0 || bottom_up > 1 || read_type(lx, s, at, &memory) < 0 ||
	    read_type(lx, s, at + type_size(s), &reserved) < 0)
		return PTK_E_NOTFOUND;
	if (!type_is(lx, &memory, "memory") || !type_is(lx, &reserved, "reserved"))
		return PTK_E_NOTFOUND;
	int rc = take_regions(m, lx, s, &memory, true);
	return rc < 0 ? rc : take_regions(m, lx, s, &reserved, false);
}

struct memblock_hunt {
	struct ptk_machine *m;
	struct ptk_linux *lx;
};

/* A memblock of any of the shapes at va? */
static int take_any(struct ptk_machine *m, struct ptk_linux *lx, uint64_t va)
{
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		int rc = PTK_E_NOTFOUND;
		if ((shapes[i].word == 8) == (lx->info.regime.va_width == 64))
			rc = take_memblock(m, lx, va, shapes[i]);
		if (rc != PTK_E_NOTFOUND)
			return rc;
		m->info.nbanks = m->info.nreserved = 0;
	}
	return PTK_E_NOTFOUND;
}

/* The word at va may be the name of a memblock's type "memory". */
static int try_memblock(void *arg, uint64_t va)
{
	const struct memblock_hunt *h = arg;
	int rc = PTK_E_NOTFOUND;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes && rc == PTK_E_NOTFOUND; i++) {
		struct shape s = shapes[i];
		if ((s.word == 8) == (h->lx->info.regime.va_width == 64))
			rc = take_any(h->m, h->lx, va - (s.phys > 4 ? 16 : 8) - (3 * s.word + s.phys));
	}
	return rc;
}

/* A snapshot has of the image no more than some pages. */
static bool has_image(struct ptk_linux *lx)
{
	uint64_t size = lx->layout.image_last - lx->layout.image_first;
	uint8_t byte;
	for (unsigned i = 1; i < 8 && size; i++)
		if (boot_read_va_(lx, lx->layout.image_first + size / 8 * i, &byte, 1) == 0)
			return true;
	return size == 0;
}

int boot_like_memblock_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err)
{
	struct memblock_hunt h = {m, lx};
	uint64_t va;
	bool named = ptk_linux_symbol(lx, "memblock", &va) == 0;
	int rc = named ? take_any(m, lx, va) : hunt(lx, "memory", try_memblock, &h);
	if (rc >= 0 || rc == PTK_E_NOMEM)
		return rc;
	rc = PTK_E_NOTFOUND; /* whatever kept the image from being looked through */
	if (named)
		return ptk_err_set_(err, rc, "there is no sound struct memblock at 0x%llx: this kernel frees it after boot",
		                    (unsigned long long)va);
	if (!has_image(lx))
		return ptk_err_set_(err, rc, "the kernel's image is not in the picture, as snapshots leave it out, and neither is the "
		                             "note of the boot that snapshots have now: what the boot went by is told by a whole "
		                             "picture, or by a machine file (--write-machine)");
	return ptk_err_set_(err, rc, "no symbol memblock is known and nothing in the kernel image looks like one, so neither "
	                             "are the banks of memory; --symbols may help");
}

/* ---- iomem_resource ---- */

/* struct resource (include/linux/ioport.h): start, end, name, flags, desc, parent, sibling, child. */
struct resource {
	uint64_t start, end, name, sibling, child;
};

#define RESOURCES_MAX 65536u

static int read_resource(struct ptk_linux *lx, unsigned phys, uint64_t va, struct resource *r)
{
	unsigned word = lx->info.regime.va_width / 8u;
	int rc = boot_read_number_(lx, va, phys, &r->start);
	if (rc == 0)
		rc = boot_read_number_(lx, va + phys, phys, &r->end);
	if (rc == 0)
		rc = boot_read_number_(lx, va + 2 * phys, word, &r->name);
	if (rc == 0)
		rc = boot_read_number_(lx, va + 2 * phys + 4 * word, word, &r->sibling);
	if (rc == 0)
		rc = boot_read_number_(lx, va + 2 * phys + 5 * word, word, &r->child);
	return rc;
}

/* Told of each resource of the tree below one, depth first. 0, or what ends it. */
typedef int resource_fn(void *arg, uint64_t va, const struct resource *r);

#define DEPTH_MAX 16

struct listing {
	struct ptk_linux *lx;
	unsigned phys; /* bytes of resource_size_t */
	unsigned left; /* resources that may still come: a picture's list may loop */
	resource_fn *fn;
	void *arg;
};

static int each_resource(struct listing *l, uint64_t va, unsigned depth)
{
	struct resource r;
	for (int rc; va; va = r.sibling) {
		if (!l->left-- || depth == DEPTH_MAX)
			return PTK_E_LIMIT;
		rc = read_resource(l->lx, l->phys, va, &r);
		if (rc == 0 && r.start > r.end)
			rc = PTK_E_NOTFOUND;
		if (rc == 0)
			rc = l->fn(l->arg, va, &r);
		if (rc == 0 && r.child)
			rc = each_resource(l, r.child, depth + 1);
		if (rc)
			return rc;
	}
	return 0;
}

/* iomem_resource itself: from 0 on, named "PCI mem". */
struct root {
	struct ptk_linux *lx;
	unsigned phys;
	uint64_t va;
};

static int try_root(void *arg, uint64_t va)
{
	struct root *root = arg;
	struct resource r;
	uint64_t top = low_bits(root->lx->info.regime.va_width);
	for (unsigned phys = root->lx->info.regime.va_width / 8u; phys <= 8; phys += 4) {
		uint64_t at = va - 2 * phys;
		if (read_resource(root->lx, phys, at, &r) < 0 || r.start || !r.child || r.end == 0 || (r.end & 0xffff) != 0xffff)
			continue;
		if (!boot_string_is_(root->lx, r.name, "PCI mem") || (phys == 4 && r.end != top))
			continue;
		root->phys = phys;
		root->va = at;
		return 0;
	}
	return PTK_E_NOTFOUND;
}

static int find_root(struct root *root)
{
	uint64_t va;
	unsigned word = root->lx->info.regime.va_width / 8u;
	if (ptk_linux_symbol(root->lx, "iomem_resource", &va) < 0)
		return hunt(root->lx, "PCI mem", try_root, root);
	int rc = try_root(root, va + 2 * word);
	return rc < 0 && word == 4 ? try_root(root, va + 16) : rc;
}

struct wanted {
	struct ptk_linux *lx;
	const char *name;
	struct ptk_machine *m; /* take every one as a bank, or as reserved; NULL: stop at the first */
	bool reserved;
	uint64_t first, last;
};

static int want(void *arg, uint64_t va, const struct resource *r)
{
	struct wanted *w = arg;
	(void)va;
	if (!boot_string_is_(w->lx, r->name, w->name))
		return 0;
	if (w->m)
		return w->reserved ? boot_machine_reserve_(w->m, r->start, r->end, NULL)
		                   : boot_machine_bank_(w->m, r->start, r->end, 0);
	w->first = r->start;
	w->last = r->end;
	return 1;
}

static int look_through(struct wanted *w)
{
	struct root root = {.lx = w->lx};
	struct resource r;
	int rc = find_root(&root);
	if (rc == 0)
		rc = read_resource(w->lx, root.phys, root.va, &r);
	struct listing all = {.lx = w->lx, .phys = root.phys, .left = RESOURCES_MAX, .fn = want, .arg = w};
	return rc < 0 ? rc : each_resource(&all, r.child, 0);
}

int boot_like_resource_(struct ptk_linux *lx, const char *name, uint64_t *first, uint64_t *last)
{
	struct wanted w = {.lx = lx, .name = name};
	int rc = look_through(&w);
	if (rc != 1)
		return rc < 0 ? rc : PTK_E_NOTFOUND;
	*first = w.first;
	*last = w.last;
	return 0;
}

int boot_like_iomem_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err)
{
	struct wanted w = {.lx = lx, .m = m, .name = "System RAM"};
	int rc = look_through(&w);
	if (rc == PTK_E_NOMEM || (rc >= 0 && m->info.nbanks))
		return rc < 0 ? rc : 0;
	m->info.nbanks = 0;
	return ptk_err_set_(err, PTK_E_NOTFOUND, "the kernel's tree of resources (iomem_resource) is not found in the picture, so "
	                                         "neither are the banks of memory");
}

void boot_like_iomem_reserved_(struct ptk_machine *m, struct ptk_linux *lx)
{
	struct wanted w = {.lx = lx, .m = m, .name = "Reserved", .reserved = true};
	if (look_through(&w) == PTK_E_NOMEM)
		m->failed = PTK_E_NOMEM;
}
