// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What was taken before the tables were, told from a picture: memory above the lowest table was not free when that was
 * taken, for memblock gives from the top. What is reserved there and is no table was reserved before.
 */
#include <stdlib.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "base/endian.h"
#include "base/grow.h"
#include "linux/boot/boot.h"
#include "linux/boot/devtree.h"

#define RESERVED_MAX 1024 /* of a device tree */

void boot_taken_start_(struct boot_taken *t, struct ptk_machine *m)
{
	size_t n = m->info.nreserved;
	*t = (struct boot_taken){.m = m, .floor = UINT64_MAX, .reserved = calloc(n + 1, sizeof *t->reserved)};
	if (!t->reserved)
		m->failed = PTK_E_NOMEM;
	t->nreserved = t->reserved ? n : 0;
	for (size_t i = 0; i < t->nreserved; i++)
		t->reserved[i] = m->info.reserved[i];
	boot_machine_forget_reserved_(m);
}

void boot_taken_end_(struct boot_taken *t)
{
	free(t->reserved);
	free(t->table);
}

bool boot_taken_has_(const struct boot_taken *t, uint64_t first, uint64_t last)
{
	for (size_t i = 0; i < t->nreserved; i++)
		if (first >= t->reserved[i].first && first <= t->reserved[i].last)
			return last <= t->reserved[i].last;
	return false;
}

/* ---- the device tree ---- */

struct devtree {
	struct ptk_machine *m;
	bool nomap;
};

static int fact(void *arg, enum fdt_fact what, uint64_t first, uint64_t size, const char *name)
{
	struct devtree *d = arg;
	if (what == FDT_BANK || (what == FDT_NOMAP && !d->nomap) || !size || first + (size - 1) < first)
		return 0;
	if (d->m->info.nreserved > RESERVED_MAX)
		return PTK_E_LIMIT;
	if (what == FDT_INITRD)
		name = "initrd";
	return boot_machine_reserve_(d->m, first, first + (size - 1), name ? name : "the device tree's own list");
}

static void told(struct ptk_machine *m, struct ptk_linux *lx, uint64_t va, uint32_t size, bool nomap)
{
	CLEANUP_FREE uint8_t *blob = malloc(size);
	if (!blob)
		m->failed = PTK_E_NOMEM;
	else if (boot_read_va_(lx, va, blob, size) == 0)
		fdt_facts_(blob, size, fact, &(struct devtree){m, nomap}, NULL);
}

void boot_taken_devtree_(struct ptk_machine *m, struct ptk_linux *lx, uint64_t va, uint32_t most, bool nomap)
{
	struct ptk_space s;
	uint64_t pa, named;
	uint8_t head[40];
	if (boot_read_symbol_(lx, "initial_boot_params", lx->info.regime.va_width / 8u, &named) == 0)
		va = named;
	if (!va || boot_read_va_(lx, va, head, sizeof head) < 0)
		return;
	uint32_t size = fdt_total_(head, sizeof head);
	if (!size || size > most || boot_kernel_space_(lx, &s) < 0 || ptk_translate(&s, va, &pa) != 1)
		return;
	boot_machine_value_(m, "dtb", pa, "where the kernel maps it for initial_boot_params");
	boot_machine_value_(m, "dtb_size", size, "its header");
	boot_machine_reserve_(m, pa, pa + size - 1, "device tree");
	told(m, lx, va, size, nomap);
}

/* ---- tables ---- */

/* Reserved by name, as the initrd is: memory that may be freed after boot, and hold a table of any time then. */
static bool is_named(const struct boot_taken *t, uint64_t pa)
{
	for (size_t i = 0; i < t->m->info.nreserved; i++)
		if (pa >= t->m->info.reserved[i].first && pa <= t->m->info.reserved[i].last)
			return true;
	return false;
}

static int add_page(struct boot_taken *t, uint64_t pa)
{
	uint64_t *more = grow_(t->table, t->ntables, &t->room, 256, sizeof *more);
	if (!more)
		return t->m->failed = PTK_E_NOMEM;
	t->table = more;
	t->table[t->ntables++] = pa;
	return 0;
}

static int add_table(struct boot_taken *t, uint64_t pa)
{
	/* a table that came later, by splitting, is none that memblock gave */
	if (pa < t->floor && boot_taken_has_(t, pa, pa) && !is_named(t, pa))
		t->floor = pa;
	return add_page(t, pa);
}

struct look {
	struct boot_taken *t;
	const struct ptk_regime *r;
};

static int visit(void *arg, const struct ptk_run *run)
{
	struct look *l = arg;
	struct ptk_entry e;
	if (run->what != PTK_V_TABLE)
		return PTK_GO;
	ptk_entry_decode(l->r, run->level, run->raw, &e);
	/* tables in the image are none of memblock's */
	return e.pa >= l->t->image_first && e.pa <= l->t->image_last ? PTK_GO : add_table(l->t, e.pa);
}

void boot_taken_tables_(struct boot_taken *t, const struct ptk_space *s, uint64_t from, uint64_t to)
{
	struct look l = {t, &s->regime};
	struct ptk_walk_opts o = {.from = from, .to = to};
	if (from <= to)
		ptk_walk_space(s, &o, visit, &l, NULL, NULL);
}

void boot_taken_besides_(struct boot_taken *t, uint64_t first, uint64_t size, uint64_t page)
{
	for (uint64_t at = 0; at < size && !t->m->failed; at += page)
		add_page(t, first + at);
}

/* ---- the unflattened device tree ---- */

/*
 * unflatten_dt_nodes(): all nodes and properties in one piece of memory, the root first. struct device_node begins with name,
 * phandle, full_name. The latter is the string right behind the structure, name the value of a property made for it in
 * the same piece; both are empty for the root alone.
 */
#define NODES_MOST (UINT64_C(16) << 20)
#define NODE_MOST 512u

static bool is_root(const uint8_t *piece, size_t at, size_t len, uint64_t va, bool big)
{
	uint64_t name = load64(piece + at, big) - va, full_name = load64(piece + at + 16, big) - va;
	return full_name > at + 64 && full_name <= at + NODE_MOST && full_name < len && piece[full_name] == 0 &&
	       name > full_name && name < len && piece[name] == 0;
}

/* In reserved memory that ends where the tables begin. */
static bool find_root(struct ptk_linux *lx, const struct ptk_bank *r, uint64_t end, uint64_t to_va, uint64_t *va)
{
	bool big = ptk_mem_info(lx->mem)->big_endian;
	uint64_t size = end - r->first < NODES_MOST ? end - r->first : NODES_MOST;
	size -= (0 - (end - size)) & 7; /* nodes lie at multiples of 8 */
	CLEANUP_FREE uint8_t *piece = size >= 2 * NODE_MOST && size <= NODES_MOST ? malloc((size_t)size) : NULL;
	uint64_t first = end - size;
	if (!piece || ptk_mem_read(lx->mem, first, piece, (size_t)size, NULL) < 0)
		return false;
	for (size_t behind = ((size_t)(size - NODE_MOST) & ~(size_t)7) + 8; behind; behind -= 8)
		if (is_root(piece, behind - 8, (size_t)size, first + to_va, big)) {
			*va = first + behind - 8 + to_va;
			return true;
		}
	return false;
}

/* Where the root is, by its symbol or by what it looks like. */
static bool root_of(const struct boot_taken *t, struct ptk_linux *lx, uint64_t to_va, uint64_t *va)
{
	unsigned word = lx->info.regime.va_width / 8u;
	const struct ptk_bank *r = t->reserved, *end = r + t->nreserved;
	if (boot_read_symbol_(lx, "of_root", word, va) == 0)
		return true;
	/* its size is a multiple of 4, its place of 8 */
	while (r < end && (t->floor - 8 < r->first || t->floor - 8 > r->last))
		r++;
	return r < end && word == 8 && find_root(lx, r, t->floor, to_va, va);
}

uint64_t boot_taken_nodes_(const struct boot_taken *t, struct ptk_linux *lx, uint64_t page_offset, uint64_t phys_offset)
{
	uint64_t root, pa, to_va = page_offset - phys_offset;
	if (t->floor == UINT64_MAX || t->floor < 8 || !root_of(t, lx, to_va, &root) || root < page_offset)
		return 0;
	pa = root - to_va;
	/* An array of reserved memory (6.12) and holes of alignment may lie between. */
	return pa < t->floor && t->floor - pa < NODES_MOST && boot_taken_has_(t, pa, pa) ? t->floor - pa : 0;
}

/* ---- what was reserved before ---- */

static int by_address(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;
	return *a < *b ? -1 : *a > *b;
}

/* Take the tables out of the reservations: those that follow each other at once. */
static int without_tables(struct boot_taken *t, struct memblock *mb, uint64_t page)
{
	int rc = 0;
	if (t->ntables)
		qsort(t->table, t->ntables, sizeof *t->table, by_address);
	for (size_t i = 0, n; i < t->ntables && rc == 0; i += n) {
		for (n = 1; i + n < t->ntables && t->table[i + n] - t->table[i + n - 1] <= page;)
			n++;
		rc = memblock_unreserve_(mb, t->table[i], t->table[i + n - 1] - t->table[i] + page);
	}
	return rc;
}

/*
 * Memory is given from the top down. So where something that came before the tables lies below them, what kept it from
 * lying higher had come before, too: CMA's area, which is aligned, and leaves room for tables above.
 */
static int keep_early(const struct boot_taken *t, struct memblock *mb)
{
	int rc = 0;
	for (size_t i = 0; i < t->nreserved && rc == 0 && t->early_size; i++) {
		uint64_t first = t->reserved[i].first, last = t->reserved[i].last;
		first = first < t->early_end ? t->early_end : first;
		last = last >= t->floor ? t->floor - 1 : last;
		if (first < last && last - first >= t->early_size - 1)
			rc = memblock_reserve_(mb, first, last - first + 1);
	}
	return rc;
}

#define CACHE_LINE 64u     /* SMP_CACHE_BYTES of arm64 and riscv */
#define ODD_MOST 0x10000u  /* larger: with something else beside it */
#define NEAR 4096u         /* nodes and the tables above may have a hole of alignment between them */

/*
 * memblock_alloc() gives whole cache lines' starts, but for the device tree's nodes, which lie right below the tables. What
 * starts elsewhere was reserved where it was, by firmware's word: EFI's table of memory attributes.
 */
static int keep_odd(const struct boot_taken *t, struct memblock *mb)
{
	int rc = 0;
	for (size_t i = 0; i < t->nreserved && rc == 0; i++) {
		uint64_t first = t->reserved[i].first, last = t->reserved[i].last;
		if (first % CACHE_LINE && last - first < ODD_MOST && last < t->floor && t->floor - last > NEAR)
			rc = memblock_reserve_(mb, first, last - first + 1);
	}
	return rc;
}

void boot_taken_reserve_(struct boot_taken *t, uint64_t page, const char *name)
{
	struct ptk_machine *m = t->m;
	struct memblock mb;
	size_t named = m->info.nreserved;
	int rc = 0;
	memblock_init_(&mb);
	for (size_t i = 0; i < t->nreserved && rc == 0; i++)
		rc = memblock_reserve_(&mb, t->reserved[i].first, t->reserved[i].last - t->reserved[i].first + 1);
	if (rc == 0)
		rc = memblock_unreserve_(&mb, 0, t->floor);
	if (rc == 0)
		rc = keep_early(t, &mb);
	if (rc == 0)
		rc = keep_odd(t, &mb);
	if (rc == 0)
		rc = without_tables(t, &mb, page);
	for (size_t i = 0; i < named && rc == 0; i++)
		rc = memblock_unreserve_(&mb, m->info.reserved[i].first,
		                         m->info.reserved[i].last - m->info.reserved[i].first + 1);
	for (size_t i = 0; i < mb.reserved.n && rc == 0; i++) {
		const struct memblock_region *r = &mb.reserved.region[i];
		rc = boot_machine_reserve_(m, r->base, r->base + (r->size - 1), name);
	}
	memblock_free_all_(&mb);
	m->failed = rc < 0 ? rc : m->failed;
}
