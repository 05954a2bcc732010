// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Address spaces in Linux's terms: tables, their shadows, folding. */
#include "linux/mm.h"

#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"

#define HW_HALF 2048 /* arm short descriptors: the hardware's ptes follow Linux's (PTE_HWTABLE_OFF) */

/* One table and its shadow. Aligned to mm->align, so that masking an entry's address finds it. */
struct mm_table {
	uint64_t pa;
	uint32_t count;       /* entries in Linux's terms */
	uint8_t level;        /* enum ptk_lx_level */
	uint64_t entry[];     /* Linux's values */
};

static const struct ptk_pgops *const all_ops[] = {&ptk_pgops_x86_, &ptk_pgops_arm64_, &ptk_pgops_arm_,
	&ptk_pgops_riscv_};

static void fail(struct ptk_mm *mm, int rc)
{
	if (rc < 0 && !mm->error)
		mm->error = rc;
}

/* ---- geometry ---- */

/* The regime's level behind one of Linux's; folded levels stand for the top. */
static unsigned hw_level(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	unsigned top = mm->regime.nlevels - 1;
	if (mm->pair)
		return level == PTK_LX_PTE ? 0 : 1;
	return level < top ? (unsigned)level : top;
}

bool ptk_mm_folded(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	/* With n levels, pte .. the (n-1)th are real and the pgd is the root: what is between is folded. */
	return level != PTK_LX_PGD && (unsigned)level >= mm->levels - 1;
}

unsigned ptk_mm_shift(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	if (mm->pair)
		return level == PTK_LX_PTE ? 12 : 21;
	return mm->regime.level[hw_level(mm, level)].shift;
}

unsigned ptk_mm_ptrs(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	if (ptk_mm_folded(mm, level))
		return 1;
	if (mm->pair)
		return level == PTK_LX_PTE ? 512 : 2048;
	return 1u << mm->regime.level[hw_level(mm, level)].bits;
}

unsigned ptk_mm_index(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t addr)
{
	return (unsigned)(addr >> ptk_mm_shift(mm, level)) & (ptk_mm_ptrs(mm, level) - 1);
}

const struct ptk_regime *ptk_mm_regime(const struct ptk_mm *mm)
{
	return &mm->regime;
}

uint64_t ptk_mm_root(const struct ptk_mm *mm)
{
	return mm->root->pa;
}

size_t ptk_mm_tables(const struct ptk_mm *mm)
{
	return mm->ntables;
}

int ptk_mm_error(const struct ptk_mm *mm)
{
	return mm->error;
}

/* ---- tables by physical address ---- */

static size_t home(const struct ptk_mm *mm, uint64_t pa)
{
	return (size_t)((pa >> 5) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (mm->nslots - 1);
}

static struct mm_table *lookup(const struct ptk_mm *mm, uint64_t pa)
{
	for (size_t i = home(mm, pa); mm->slot[i]; i = (i + 1) & (mm->nslots - 1))
		if (mm->slot[i]->pa == pa)
			return mm->slot[i];
	return NULL;
}

static int grow(struct ptk_mm *mm)
{
	size_t n = mm->nslots, old = n;
	struct mm_table **was = mm->slot;
	n = n ? 2 * n : 64;
	struct mm_table **slot = calloc(n, sizeof *slot);
	if (!slot)
		return PTK_E_NOMEM;
	mm->slot = slot;
	mm->nslots = n;
	for (size_t i = 0; i < old; i++)
		if (was[i]) {
			size_t k = home(mm, was[i]->pa);
			while (slot[k])
				k = (k + 1) & (n - 1);
			slot[k] = was[i];
		}
	free(was);
	return 0;
}

/* Take a table out of the hash; later members of its chain move up. */
static void forget(struct ptk_mm *mm, struct mm_table *t)
{
	size_t mask = mm->nslots - 1, i = home(mm, t->pa);
	while (mm->slot[i] != t)
		i = (i + 1) & mask;
	for (size_t k = (i + 1) & mask; mm->slot[k]; k = (k + 1) & mask) {
		size_t want = home(mm, mm->slot[k]->pa);
		if (((k - want) & mask) >= ((k - i) & mask)) {
			mm->slot[i] = mm->slot[k];
			i = k;
		}
	}
	mm->slot[i] = NULL;
	mm->nused--;
}

static struct mm_table *table_new(struct ptk_mm *mm, enum ptk_lx_level level, uint64_t pa)
{
	if (2 * (mm->nused + 1) > mm->nslots && grow(mm) < 0)
		return NULL;
	unsigned count = ptk_mm_ptrs(mm, level);
	size_t size = sizeof(struct mm_table) + count * sizeof(uint64_t);
	struct mm_table *t = aligned_alloc(mm->align, (size + mm->align - 1) & ~(mm->align - 1));
	if (!t)
		return NULL;
	memset(t, 0, size);
	t->pa = pa;
	t->count = count;
	t->level = (uint8_t)level;
	size_t i = home(mm, pa);
	while (mm->slot[i])
		i = (i + 1) & (mm->nslots - 1);
	mm->slot[i] = t;
	mm->nused++;
	return t;
}

static struct mm_table *table_of(const struct ptk_mm *mm, const uint64_t *slot)
{
	return (struct mm_table *)((uintptr_t)slot & ~(uintptr_t)(mm->align - 1));
}

static size_t table_bytes(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	if (mm->pair)
		return level == PTK_LX_PTE ? 4096 : 16384;
	return (size_t)ptk_table_size(&mm->regime, (int)hw_level(mm, level));
}

/* Read the table at pa into a shadow, unless there is one. */
static struct mm_table *load(struct ptk_mm *mm, enum ptk_lx_level level, uint64_t pa, struct ptk_err *err)
{
	struct mm_table *t = lookup(mm, pa);
	if (t) {
		if (t->count == ptk_mm_ptrs(mm, level))
			return t;
		fail(mm, ptk_err_set_(err, PTK_E_CONFLICT, "table %#llx is in use at levels of different shape",
		                      (unsigned long long)pa));
		return NULL;
	}
	size_t bytes = table_bytes(mm, level);
	unsigned char *raw = malloc(bytes);
	int rc = raw ? ptk_mem_read(mm->mem, pa, raw, bytes, err) : PTK_E_NOMEM;
	if (rc == 0 && !(t = table_new(mm, level, pa)))
		rc = PTK_E_NOMEM;
	for (unsigned i = 0; rc == 0 && i < t->count; i++) {
		if (mm->pair && level == PTK_LX_PTE)
			t->entry[i] = load32(raw + 4 * i, mm->big_endian);
		else if (mm->pair)
			t->entry[i] = load32(raw + 8 * i, mm->big_endian) |
			              (uint64_t)load32(raw + 8 * i + 4, mm->big_endian) << 32;
		else if (mm->regime.entry_shift == 2)
			t->entry[i] = load32(raw + 4 * i, mm->big_endian);
		else
			t->entry[i] = load64(raw + 8 * i, mm->big_endian);
	}
	free(raw);
	fail(mm, rc);
	return rc == 0 ? t : NULL;
}

/* ---- room for tables ---- */

static uint64_t unit(const struct ptk_mm *mm)
{
	return BIT(mm->regime.page_shift);
}

static bool take(struct ptk_mm *mm, size_t bytes, uint64_t align, uint64_t *pa)
{
	if (bytes <= unit(mm) && align <= unit(mm) && mm->nfreed) {
		*pa = mm->freed[--mm->nfreed];
		return true;
	}
	uint64_t size = bytes < unit(mm) ? unit(mm) : bytes, start, end;
	if (align < unit(mm))
		align = unit(mm);
	if (!add_ok(mm->next, align - 1, &start))
		return false;
	start = round_down(start, align);
	if (!add_ok(start, size - 1, &end) || end > mm->last)
		return false;
	mm->next = end + 1; /* wraps to 0 only at the very top; last then refuses */
	*pa = start;
	return true;
}

static struct mm_table *make_table(struct ptk_mm *mm, enum ptk_lx_level level, uint64_t align)
{
	static const unsigned char zero[4096];
	uint64_t pa;
	size_t bytes = table_bytes(mm, level);
	if (!take(mm, bytes, align, &pa)) {
		fail(mm, PTK_E_LIMIT);
		return NULL;
	}
	int rc = 0;
	for (size_t at = 0; at < bytes && rc == 0; at += sizeof zero)
		rc = ptk_mem_write(mm->mem, pa + at, zero, bytes - at < sizeof zero ? bytes - at : sizeof zero, NULL);
	struct mm_table *t = rc == 0 ? table_new(mm, level, pa) : NULL;
	if (!t) {
		fail(mm, rc ? rc : PTK_E_NOMEM);
		return NULL;
	}
	mm->ntables++;
	return t;
}

uint64_t *ptk_mm_alloc(struct ptk_mm *mm, enum ptk_lx_level level)
{
	if (ptk_mm_folded(mm, level) || level == PTK_LX_PGD)
		return NULL;
	struct mm_table *t = make_table(mm, level, unit(mm));
	return t ? t->entry : NULL;
}

void ptk_mm_release(struct ptk_mm *mm, uint64_t *table)
{
	if (!table)
		return;
	struct mm_table *t = table_of(mm, table);
	if (mm->nfreed == mm->freed_cap) {
		size_t cap = mm->freed_cap ? 2 * mm->freed_cap : 16;
		uint64_t *freed = realloc(mm->freed, cap * sizeof *freed);
		if (freed) {
			mm->freed = freed;
			mm->freed_cap = cap;
		}
	}
	if (mm->nfreed < mm->freed_cap)
		mm->freed[mm->nfreed++] = t->pa;
	if (mm->ntables)
		mm->ntables--;
	forget(mm, t);
	free(t);
}

uint64_t ptk_mm_table_pa(const struct ptk_mm *mm, const uint64_t *slot)
{
	return slot ? table_of(mm, slot)->pa : 0;
}

/* ---- making one ---- */

static int check_regime(const struct ptk_regime *r, struct ptk_err *err)
{
	if (r->flags & r->arch->flags & PTK_RF_STAGE2)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s: Linux's helpers are for stage 1", r->name);
	return 0;
}

static size_t shadow_align(const struct ptk_mm *mm)
{
	unsigned most = 0;
	for (int level = PTK_LX_PTE; level <= PTK_LX_PGD; level++) {
		unsigned n = ptk_mm_ptrs(mm, (enum ptk_lx_level)level);
		most = n > most ? n : most;
	}
	size_t need = sizeof(struct mm_table) + most * sizeof(uint64_t), align = 4096;
	while (align < need)
		align *= 2;
	return align;
}

static int set_up(struct ptk_mm *mm, const struct ptk_mm_opts *opts, struct ptk_err *err)
{
	uint64_t align = BIT(mm->regime.root_align);
	mm->align = shadow_align(mm);
	if (!opts->attach) {
		if (!(mm->root = make_table(mm, PTK_LX_PGD, align)))
			return ptk_err_set_(err, mm->error == PTK_E_LIMIT ? PTK_E_INVAL : mm->error,
			                    "no room for a root table of %zu bytes in %#llx-%#llx",
			                    table_bytes(mm, PTK_LX_PGD), (unsigned long long)opts->first,
			                    (unsigned long long)opts->last);
		return 0;
	}
	if (!is_aligned(opts->root, align))
		return ptk_err_set_(err, PTK_E_INVAL, "root %#llx is not aligned to %llu bytes, as %s wants",
		                    (unsigned long long)opts->root, (unsigned long long)align, mm->regime.name);
	if (grow(mm) < 0)
		return PTK_E_NOMEM;
	if (!(mm->root = load(mm, PTK_LX_PGD, opts->root, err)))
		return ptk_err_add_(err, mm->error, "reading the root table at %#llx", (unsigned long long)opts->root);
	return 0;
}

int ptk_mm_new(struct ptk_mem *mem, const struct ptk_regime *r, const struct ptk_mm_opts *opts, struct ptk_mm **out,
               struct ptk_err *err)
{
	int rc = check_regime(r, err);
	if (rc < 0)
		return rc;
	if (opts->first > opts->last)
		return ptk_err_set_(err, PTK_E_INVAL, "the range for tables ends before it starts");
	struct ptk_mm *mm = calloc(1, sizeof *mm);
	if (!mm)
		return ptk_err_set_(err, PTK_E_NOMEM, "out of memory");
	mm->regime = *r;
	mm->mem = mem;
	mm->big_endian = ptk_mem_info(mem)->big_endian;
	mm->next = opts->first;
	mm->last = opts->last;
	mm->user = opts->user;
	mm->v6 = opts->v6;
	mm->version = opts->version ? opts->version : LX_VERSION(6, 12);
	mm->task_size = opts->task_size ? opts->task_size : 0xbf000000;
	mm->levels = r->nlevels;
	for (size_t i = 0; i < sizeof all_ops / sizeof *all_ops; i++)
		if (strcmp(all_ops[i]->arch, ptk_regime_arch(r)) == 0)
			mm->ops = all_ops[i];
	mm->pair = strcmp(ptk_regime_arch(r), "arm") == 0 && r->entry_shift == 2;
	rc = mm->ops ? set_up(mm, opts, err)
	             : ptk_err_set_(err, PTK_E_NOTSUP, "%s: Linux's entries are not known for it", r->name);
	if (rc < 0) {
		ptk_mm_free(mm);
		return rc;
	}
	*out = mm;
	return 0;
}

void ptk_mm_free(struct ptk_mm *mm)
{
	if (!mm)
		return;
	for (size_t i = 0; i < mm->nslots; i++)
		free(mm->slot[i]);
	free(mm->slot);
	free(mm->freed);
	free(mm);
}

/* ---- entries in memory ---- */

uint64_t *ptk_mm_root_entry(struct ptk_mm *mm, uint64_t addr)
{
	return &mm->root->entry[ptk_mm_index(mm, PTK_LX_PGD, addr)];
}

uint64_t *ptk_mm_entry(struct ptk_mm *mm, enum ptk_lx_level level, const uint64_t *up, uint64_t addr)
{
	if (ptk_mm_folded(mm, level))
		return &table_of(mm, up)->entry[up - table_of(mm, up)->entry];
	enum ptk_lx_level above = (enum ptk_lx_level)(level + 1);
	struct mm_table *t = load(mm, level, ptk_mm_value_to_phys(mm, above, *up), NULL);
	return t ? &t->entry[ptk_mm_index(mm, level, addr)] : NULL;
}

static int put32(struct ptk_mm *mm, uint64_t pa, uint64_t v)
{
	unsigned char b[4];
	store32(b, (uint32_t)v, mm->big_endian);
	return ptk_mem_write(mm->mem, pa, b, sizeof b, NULL);
}

static int put64(struct ptk_mm *mm, uint64_t pa, uint64_t v)
{
	unsigned char b[8];
	store64(b, v, mm->big_endian);
	return ptk_mem_write(mm->mem, pa, b, sizeof b, NULL);
}

static void store(struct ptk_mm *mm, uint64_t *slot, uint64_t value, bool nG)
{
	struct mm_table *t = table_of(mm, slot);
	uint64_t i = (uint64_t)(slot - t->entry), hw = value;
	int rc;
	if (t->level == PTK_LX_PTE && mm->ops->stored)
		value = mm->ops->stored(mm, value, nG, &hw);
	*slot = value;
	if (mm->pair && t->level == PTK_LX_PTE) {
		rc = put32(mm, t->pa + 4 * i, value);
		if (rc == 0)
			rc = put32(mm, t->pa + HW_HALF + 4 * i, hw);
	} else if (mm->pair) {
		rc = put32(mm, t->pa + 8 * i, value);
		if (rc == 0)
			rc = put32(mm, t->pa + 8 * i + 4, value >> 32);
	} else if (mm->regime.entry_shift == 2) {
		rc = put32(mm, t->pa + 4 * i, value);
	} else {
		rc = put64(mm, t->pa + 8 * i, value);
	}
	fail(mm, rc);
}

void ptk_mm_set(struct ptk_mm *mm, uint64_t *slot, uint64_t value)
{
	store(mm, slot, value, false);
}

void ptk_mm_set_at(struct ptk_mm *mm, uint64_t addr, uint64_t *slot, uint64_t value)
{
	store(mm, slot, value, addr < mm->task_size);
}

uint64_t ptk_mm_hw(struct ptk_mm *mm, const uint64_t *slot)
{
	struct mm_table *t = table_of(mm, slot);
	unsigned char b[8];
	size_t size = mm->regime.entry_shift == 2 ? 4 : 8;
	uint64_t pa = t->pa + (uint64_t)(slot - t->entry) * (mm->pair && t->level != PTK_LX_PTE ? 8 : size);
	if (mm->pair && t->level == PTK_LX_PTE)
		pa += HW_HALF;
	int rc = ptk_mem_read(mm->mem, pa, b, size, NULL);
	fail(mm, rc);
	if (rc < 0)
		return 0;
	return size == 4 ? load32(b, mm->big_endian) : load64(b, mm->big_endian);
}

/* ---- values ---- */

bool ptk_mm_is(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_test test, uint64_t value)
{
	/* A folded level holds nothing of its own: its one entry is the one below it (pgtable-nop?d.h). */
	if (level > PTK_LX_PMD && ptk_mm_folded(mm, (enum ptk_lx_level)(level - 1))) {
		if (test == PTK_LX_NONE || test == PTK_LX_BAD || test == PTK_LX_LEAF)
			return false;
		if (test == PTK_LX_PRESENT || test == PTK_LX_VALID)
			return true;
	}
	return mm->ops->is(mm, level, test, value);
}

uint64_t ptk_mm_make(const struct ptk_mm *mm, enum ptk_lx_level level, enum ptk_lx_make make, uint64_t value)
{
	return mm->ops->make(mm, level, make, value);
}

bool ptk_mm_has(const struct ptk_mm *mm, enum ptk_lx_make make)
{
	return mm->ops->has(mm) >> make & 1;
}

uint64_t ptk_mm_prot(const struct ptk_mm *mm, enum ptk_lx_prot prot)
{
	return mm->ops->prot(mm, prot);
}

/* The form whose address bits serve a level: the leaf's at level 0, the table's above. */
static const struct ptk_form *form(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	const struct ptk_level *l = &mm->regime.level[hw_level(mm, level)];
	return level == PTK_LX_PTE || !l->table_form.pa_mask ? &l->leaf_form : &l->table_form;
}

static uint64_t address_bits(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	const struct ptk_form *f = form(mm, level);
	if (mm->pair)
		return GENMASK(31, 12); /* Linux's ptes, and the page of ptes behind an upper entry */
	return f->pa_mask | f->hi_mask;
}

uint64_t ptk_mm_phys_to_value(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t pa)
{
	const struct ptk_form *f = form(mm, level);
	if (mm->pair)
		return pa & GENMASK(31, 10);
	return (pa >> f->pa_shift & f->pa_mask) | (pa >> f->hi_shift & f->hi_mask);
}

uint64_t ptk_mm_value_to_phys(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t value)
{
	if (mm->ops->inverted && mm->ops->inverted(mm, value))
		value = ~value;
	return mm->pair ? value & GENMASK(31, 12) : form_pa(form(mm, level), value);
}

uint64_t ptk_mm_pfn(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t value)
{
	return ptk_mm_value_to_phys(mm, level, value) >> mm->regime.page_shift;
}

uint64_t ptk_mm_pfn_value(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t pfn, uint64_t prot)
{
	uint64_t v = ptk_mm_phys_to_value(mm, level, pfn << mm->regime.page_shift) | prot;
	if (mm->ops->inverted && mm->ops->inverted(mm, v))
		v ^= address_bits(mm, level);
	return v;
}

uint64_t ptk_mm_modify(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t value, uint64_t prot)
{
	uint64_t keep = mm->ops->keep(mm) & ~address_bits(mm, level), pfn = ptk_mm_pfn(mm, level, value);
	bool dirty = ptk_mm_is(mm, level, PTK_LX_DIRTY, value);
	uint64_t flags = (value & keep) | (prot & ~keep & ~address_bits(mm, level));
	/* The page size is not a right. */
	uint64_t v = ptk_mm_pfn_value(mm, level, pfn, flags);
	if (level != PTK_LX_PTE)
		v = ptk_mm_make(mm, level, PTK_LX_MKHUGE, v);
	/* Dirtiness that only a write permission expressed is not lost with it. */
	return dirty && !ptk_mm_is(mm, level, PTK_LX_DIRTY, v) ? ptk_mm_make(mm, level, PTK_LX_MKDIRTY, v) : v;
}

uint64_t ptk_mm_table_prot(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	return mm->ops->table_prot(mm, level);
}

uint64_t ptk_mm_table_value(const struct ptk_mm *mm, enum ptk_lx_level level, uint64_t table_pa)
{
	uint64_t prot = ptk_mm_table_prot(mm, level);
	if (mm->pair) {
		uint64_t first = ((table_pa + HW_HALF) & GENMASK(31, 10)) | prot;
		return first | (first + 1024) << 32;
	}
	return ptk_mm_phys_to_value(mm, level, table_pa) | prot;
}

bool ptk_mm_can_huge(const struct ptk_mm *mm, enum ptk_lx_level level)
{
	if (mm->pair || level == PTK_LX_PTE || level > PTK_LX_PUD || ptk_mm_folded(mm, level))
		return false;
	return mm->regime.level[hw_level(mm, level)].leaf;
}

uint64_t ptk_mm_swap_value(const struct ptk_mm *mm, unsigned type, uint64_t offset)
{
	struct ptk_swap_layout s;
	mm->ops->swap(mm, &s);
	if (s.inverted)
		offset = ~offset;
	return (type & low_bits(s.type_bits)) << s.type_lo | (offset & low_bits(s.offset_bits)) << s.offset_lo;
}

unsigned ptk_mm_swap_type(const struct ptk_mm *mm, uint64_t value)
{
	struct ptk_swap_layout s;
	mm->ops->swap(mm, &s);
	return (unsigned)(value >> s.type_lo & low_bits(s.type_bits));
}

uint64_t ptk_mm_swap_offset(const struct ptk_mm *mm, uint64_t value)
{
	struct ptk_swap_layout s;
	mm->ops->swap(mm, &s);
	return ((s.inverted ? ~value : value) >> s.offset_lo) & low_bits(s.offset_bits);
}

unsigned ptk_mm_swap_offset_bits(const struct ptk_mm *mm)
{
	struct ptk_swap_layout s;
	mm->ops->swap(mm, &s);
	return s.offset_bits;
}
