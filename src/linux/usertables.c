// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Tables of processes, found by how they look: but on arm64, the root of a process repeats what swapper_pg_dir says of the
 * kernel's half (x86: pgd_ctor(); riscv: sync_kernel_mappings(); arm: pgd_alloc()), so that a page with the entry that maps
 * the kernel's image in the right place, and nothing that contradicts, is one. What is synchronised lazily may be missing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "base/grow.h"
#include "linux/find.h"
#include "linux/layout.h"

#define TABLES_MAX 32768 /* processes in a picture; more is no picture of a machine */
#define ROOT_MAX 16384   /* bytes of the largest root: arm, short descriptors */
#define USER_RIGHTS (PTK_A_UR | PTK_A_UW | PTK_A_UX)
#define TASK_GAP (UINT32_C(16) << 20)  /* arm: TASK_SIZE is so far below PAGE_OFFSET (asm/memory.h) */
#define RISCV_GAP (UINT32_C(24) << 20) /* Sv32: TASK_SIZE is FIXADDR_START, below PCI I/O (asm/pgtable.h) */

struct search {
	struct ptk_linux *lx;
	struct ptk_regime r;
	uint8_t kernel[ROOT_MAX]; /* swapper_pg_dir's root */
	unsigned size;            /* of a root in bytes */
	unsigned image;           /* the entry that maps the kernel's image, which no process lacks */
	unsigned user;            /* entries below this one are the process's own */
	uint64_t user_last;       /* the last address of user space */
	uint64_t ignore;          /* bits that may differ: the CPU sets them */
	struct ptk_space *found;
	size_t n, room;
};

static uint64_t entry(const struct search *s, const uint8_t *table, unsigned i)
{
	const bool big = ptk_mem_info(s->lx->mem)->big_endian;
	const uint64_t raw = s->r.entry_shift == 3 ? load64(table + i * 8ul, big) : load32(table + i * 4ul, big);
	return raw & ~s->ignore;
}

bool ptk_user_last_(const struct ptk_linux *lx, uint64_t *last)
{
	const struct ptk_regime *r = &lx->info.regime;
	const uint64_t offset = lx->layout.page_offset;
	if (r->va_width == 64)
		*last = (UINT64_C(1) << (r->va_bits - (r->va_form == PTK_VA_SIGN))) - 1;
	else if (lx->arch == LX_RISCV)
		*last = ptk_riscv_vmemmap_(lx) - RISCV_GAP - 1;
	else if (offset > TASK_GAP && offset <= UINT32_MAX)
		*last = offset - 1 - (lx->arch == LX_ARM ? TASK_GAP : 0);
	else
		return false;
	return true;
}

bool ptk_linux_is_user(const struct ptk_linux *lx, uint64_t va)
{
	uint64_t last;
	return ptk_user_last_(lx, &last) && va <= last;
}

/* ---- one candidate ---- */

/* The kernel's half: as swapper_pg_dir has it, or not there yet. */
static bool kernel_half(const struct search *s, const uint8_t *table)
{
	for (unsigned i = s->user; i < s->size >> s->r.entry_shift; i++) {
		const uint64_t raw = entry(s, table, i);
		if (raw && raw != entry(s, s->kernel, i))
			return false;
	}
	return true;
}

/* The process's half: tables that are in the picture, at least one. */
static bool user_half(const struct search *s, const uint8_t *table)
{
	const int top = s->r.nlevels - 1;
	unsigned tables = 0;
	for (unsigned i = 0; i < s->user; i++) {
		const uint64_t raw = entry(s, table, i);
		struct ptk_entry e;
		uint8_t byte;
		if (!raw)
			continue;
		ptk_entry_decode(&s->r, top, raw, &e);
		if (e.kind != PTK_TABLE || ptk_mem_read(s->lx->mem, e.pa, &byte, 1, NULL) < 0)
			return false;
		tables++;
	}
	return tables;
}

static int first_leaf(void *arg, const struct ptk_range *range)
{
	*(bool *)arg = range->unreadable || range->attr.flags & USER_RIGHTS;
	return PTK_STOP;
}

/* What a process maps there is for users; what processors start with (trampoline_pgd on x86) maps memory for none. */
static bool for_users(const struct ptk_space *s)
{
	const struct ptk_range_opts opts = {.from = s->first, .to = s->last, .only_leaves = true, .max_again = 4096};
	bool users = true;
	return ptk_ranges(s, &opts, first_leaf, &users, NULL, NULL) == 0 && users;
}

static int add(struct search *s, const struct ptk_regime *r, uint64_t root)
{
	struct ptk_space space;
	if ((s->n && s->found[0].root == root) || ptk_space_init(&space, s->lx->mem, r, root, NULL) < 0)
		return 0;
	if (r->va_form == s->lx->info.regime.va_form) /* one root for both halves: not so arm64's TTBR0 */
		space.last = s->user_last;
	if (!for_users(&space))
		return 0;
	if (s->n == TABLES_MAX)
		return PTK_STOP;
	struct ptk_space *more = grow_(s->found, s->n, &s->room, 16, sizeof *more);
	if (!more)
		return PTK_E_NOMEM;
	s->found = more;
	s->found[s->n++] = space;
	return 0;
}

/* With PTI what user code walks is the table behind it: the same half, but the kernel's copy forbids execution. */
static bool user_copy(const struct search *s, const uint8_t *table, uint64_t pa)
{
	uint8_t copy[ROOT_MAX];
	if (!(pa >> s->r.page_shift & 1) || ptk_mem_read(s->lx->mem, pa, copy, s->size, NULL) < 0)
		return false;
	for (unsigned i = 0; i < s->user; i++)
		if ((entry(s, table, i) ^ entry(s, copy, i)) & ~BIT(63))
			return false;
	return true;
}

static int try(struct search *s, uint64_t pa)
{
	uint8_t table[ROOT_MAX];
	if (pa == s->lx->table[PTK_TABLE_KERNEL].root || ptk_mem_read(s->lx->mem, pa, table, s->size, NULL) < 0 ||
	    !kernel_half(s, table) || !user_half(s, table))
		return 0;
	if (!s->lx->layout.pti)
		return add(s, &s->r, pa);
	pa += UINT64_C(1) << s->r.page_shift;
	return user_copy(s, table, pa) ? add(s, &s->r, pa) : 0;
}

/* ---- all of memory ---- */

static int look(void *arg, const uint8_t *p, size_t len, uint64_t pa)
{
	struct search *s = arg;
	const uint64_t want = entry(s, s->kernel, s->image), align = UINT64_C(1) << s->r.root_align;
	const uint64_t at = (uint64_t)s->image << s->r.entry_shift;
	const unsigned bytes = 1u << s->r.entry_shift;
	int rc = 0;
	/* the first place in the block where the image's entry of an aligned table can be */
	uint64_t off = at >= pa ? (at - pa) % align : (align - (pa - at) % align) % align;
	for (; off + bytes <= len && rc == 0; off += align)
		if (entry(s, p + off, 0) == want && pa + off >= at)
			rc = try(s, pa + off - at);
	return rc;
}

static bool prepare(struct search *s)
{
	const struct ptk_linux *lx = s->lx;
	const int top = s->r.nlevels - 1;
	s->size = (unsigned)ptk_table_size(&s->r, top);
	s->image = ptk_level_index(&s->r, top, lx->pgd_va);
	s->user = ptk_level_index(&s->r, top, s->user_last) + 1;
	s->ignore = lx->arch == LX_X86 ? BIT(5) : 0; /* the accessed flag */
	return s->size <= ROOT_MAX && s->user <= s->image && lx->table[PTK_TABLE_KERNEL].known &&
	       ptk_mem_read(lx->mem, lx->table[PTK_TABLE_KERNEL].root, s->kernel, s->size, NULL) == 0 &&
	       entry(s, s->kernel, s->image);
}

static int search(struct search *s)
{
	const struct lx_table *cpu = &s->lx->table[PTK_TABLE_CURRENT_USER];
	int rc = cpu->known ? add(s, &cpu->regime, cpu->root) : 0;
	if (rc == 0 && s->lx->arch != LX_ARM64 && prepare(s))
		rc = ptk_memory_each_(s->lx->mem, 0, UINT64_MAX, look, s);
	return rc < 0 ? rc : 0;
}

int ptk_linux_user_tables(struct ptk_linux *lx, const struct ptk_space **list, size_t *n, struct ptk_err *err)
{
	struct search *s = calloc(1, sizeof *s);
	struct ptk_space *all = NULL;
	int rc = 0;
	if (!s)
		return PTK_E_NOMEM;
	s->lx = lx;
	s->r = lx->info.regime;
	if (!ptk_user_last_(lx, &s->user_last))
		rc = ptk_err_set_(err, PTK_E_NOTFOUND, "it is not known where user space ends");
	if (rc == 0)
		rc = search(s);
	if (rc == 0 && !s->n)
		rc = ptk_err_set_(err, PTK_E_NOTFOUND, lx->arch == LX_ARM64
		                          ? "on arm64 nothing tells the table of a process from other memory"
		                          : "no table in memory has the kernel's half beside one of a process");
	if (rc == 0 && !(all = ptk_lx_alloc_(&lx->arena, s->n * sizeof *all)))
		rc = PTK_E_NOMEM;
	if (rc == 0) {
		memcpy(all, s->found, s->n * sizeof *all);
		*list = all;
		*n = s->n;
	}
	free(s->found);
	free(s);
	return rc;
}
