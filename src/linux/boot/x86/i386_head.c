// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The first tables of i386: arch/x86/kernel/head_32.S and head32.c, until setup_arch() leaves them. */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "linux/boot/x86/i386.h"

/* 2-level: 256 entries of 4M; PAE: the last of four. KERNEL_PGD_BOUNDARY, KERNEL_PGD_PTRS. */
static unsigned boundary(const struct x86 *x)
{
	return (unsigned)(X86_PAGE_OFFSET_32 >> x->r->level[x->levels - 1].shift);
}

static unsigned kernel_entries(const struct x86 *x)
{
	return (1u << x->r->level[x->levels - 1].bits) - boundary(x);
}

/* clone_pgd_range() */
static void clone(struct ptk_boot *b, uint64_t to, unsigned to_index, uint64_t from, unsigned n)
{
	const struct x86 *x = x86_of(b);
	for (unsigned i = 0; i < n && !b->failed; i++)
		boot_set_(b, to + ((uint64_t)(to_index + i) << x->r->entry_shift),
		          boot_get_(b, from + ((uint64_t)(boundary(x) + i) << x->r->entry_shift)));
}

/* init_map(): entries for the same memory from 0 and from PAGE_OFFSET on. With PAE one table of large units serves both. */
static void link_both(struct ptk_boot *b, uint64_t pmd, uint64_t pa, uint64_t e)
{
	const struct x86 *x = x86_of(b);
	boot_set_(b, x86_slot_(x, 1, pmd, pa), e);
	if (x->levels == 2)
		boot_set_(b, x86_slot_(x, 1, pmd, X86_PAGE_OFFSET_32 + pa), e);
}

/* Where init_map() is: the next unit to map, and the next table. */
struct early {
	uint64_t pmd, va, next;
};

/* [pa, end), whole tables of it. */
static void init_map(struct ptk_boot *b, struct early *m, uint64_t pa, uint64_t end, const char *what)
{
	const struct x86 *x = x86_of(b);
	uint64_t size = x86_size(x, 1);
	struct ptk_boot_step s = BOOT_STEP(1, "init_map");
	s.first = X86_PAGE_OFFSET_32 + m->va;
	s.last = s.first + (round_up(end - pa, size) - 1);
	s.pa = pa;
	s.type = "PTE_IDENT_ATTR";
	s.table = m->next;
	s.from = "brk";
	boot_step_(b, &s, "%s", what);
	for (; pa < end && m->va < UINT32_MAX - X86_PAGE_OFFSET_32 && !b->failed; m->next += 4096, m->va += size) {
		boot_zero_(b, m->next, 4096);
		link_both(b, m->pmd, m->va, m->next | X86_KERNEL_TABLE);
		for (uint64_t at = 0; at < size; at += 4096, pa += 4096)
			boot_set_(b, x86_slot_(x, 0, m->next, at), pa | X86_KERNEL_TABLE);
	}
}

static const struct ptk_bank *initrd(const struct ptk_boot *b)
{
	const struct ptk_machine_info *info = &b->machine->info;
	for (size_t i = 0; i < info->nreserved && boot_since_(b->machine, 6, 7); i++)
		if (info->reserved[i].name && strcmp(info->reserved[i].name, "initrd") == 0)
			return &info->reserved[i];
	return NULL;
}

/*
 * mk_early_pgtbl_32(): up to _end and room for the tables of all of lowmem. The tables follow each other. Returns
 * _brk_end, which does not count those of the initial RAM disk.
 */
static uint64_t map_low(struct ptk_boot *b, uint64_t pmd)
{
	struct x86 *x = x86_of(b);
	uint64_t end = x86_image_pa(b, "_end") + x86_early_tables(x->levels) * 4096;
	const struct ptk_bank *disk = initrd(b);
	struct early m = {pmd, 0, round_up(x86_image_pa(b, "__brk_base"), 4096)};
	init_map(b, &m, 0, end, "by pages, writable and executable, not global; the same from address 0 on");
	uint64_t brk_end = m.next;
	x->disk = m.va;
	if (disk)
		init_map(b, &m, round_up(disk->first, 4096), disk->last + 1,
		         "the initial RAM disk, behind: there may be microcode for the CPU in it");
	x->disk_end = m.va;
	return brk_end;
}

/* zap_early_initrd_mapping() */
static void unmap_disk(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	struct ptk_boot_step s = BOOT_STEP(0, "i386_start_kernel");
	s.first = X86_PAGE_OFFSET_32 + x->disk;
	s.last = X86_PAGE_OFFSET_32 + x->disk_end - 1;
	if (x->disk == x->disk_end)
		return;
	boot_step_(b, &s, "the initial RAM disk goes again");
	uint64_t pmd = x->levels == 3 ? x86_image_pa(b, "initial_pg_pmd") : x->initial;
	for (uint64_t va = x->disk; va < x->disk_end; va += x86_size(x, 1))
		link_both(b, pmd, va, 0);
}

void x86_startup_32_(struct ptk_boot *b)
{
	struct x86 *x = x86_of(b);
	bool pae = x->levels == 3;
	uint64_t fixmap = x86_image_pa(b, "initial_pg_fixmap"), pmd = pae ? x86_image_pa(b, "initial_pg_pmd") : 0;
	x->initial = x86_image_pa(b, "initial_page_table");
	boot_step_(b, &BOOT_STEP(0, "startup_32"), "head_32.S: %s, the table with which paging is turned on",
	           pae ? "initial_page_table, whose entries 0 and 3 are both initial_pg_pmd" : "initial_page_table");
	boot_zero_(b, x->initial, 4096);
	boot_zero_(b, fixmap, 4096);
	if (pae) {
		boot_zero_(b, pmd, 4096);
		boot_set_(b, x86_slot_(x, 2, x->initial, 0), pmd | X86_P);
		boot_set_(b, x86_slot_(x, 2, x->initial, X86_PAGE_OFFSET_32), pmd | X86_P);
	}
	boot_step_(b, &BOOT_STEP(0, "mk_early_pgtbl_32"), "head32.c: up to _end, and as far as the tables of lowmem may reach behind");
	uint64_t next = map_low(b, pae ? pmd : x->initial);
	struct ptk_boot_step s = BOOT_STEP(0, "startup_32");
	s.first = UINT32_MAX - (x86_size(x, 1) - 1);
	s.last = UINT32_MAX;
	s.table = fixmap;
	s.from = "initial_pg_fixmap";
	boot_step_(b, &s, "an empty table for the last slots of the fixmap");
	boot_set_(b, x86_slot_(x, 1, pae ? pmd : x->initial, s.first), fixmap | X86_KERNEL_TABLE);
	/* early_alloc_pgt_buf(): twice as many tables as levels below the root, of three. Where it ended is _brk_end. */
	uint64_t brk_end = boot_value_(b->machine, "brk_end", 0);
	x->brk_end = brk_end ? brk_end - x->image_delta : next + UINT64_C(6) * 4096;
	x->brk_next = x->brk_end - UINT64_C(6) * 4096;
	if (x->brk_next < next)
		boot_fail_(b, PTK_E_CONFLICT, "the key brk_end, 0x%" PRIx64 ", leaves no room for the first tables", brk_end);
	x->root = x->initial;
	if (!b->failed)
		b->failed = ptk_space_init(&b->space, b->mem, x->r, x->root, b->err);
}

void x86_switch_to_swapper_(struct ptk_boot *b)
{
	struct x86 *x = x86_of(b);
	uint64_t swapper = x86_image_pa(b, "swapper_pg_dir");
	unmap_disk(b);
	boot_step_(b, &BOOT_STEP(0, "setup_arch"), "swapper_pg_dir gets initial_page_table's entries from %u on, without those for "
	                                           "the low addresses, and is loaded into CR3", boundary(x));
	boot_zero_(b, swapper, 4096);
	clone(b, swapper, boundary(x), x->initial, kernel_entries(x));
	x->root = swapper;
	if (!b->failed)
		b->failed = ptk_space_init(&b->space, b->mem, x->r, x->root, b->err);
}

/* initial_page_table goes on to serve: for starting further CPUs, for waking up, and for EFI's calls. */
void x86_sync_initial_(struct ptk_boot *b, const char *why)
{
	const struct x86 *x = x86_of(b);
	unsigned low = kernel_entries(x) < boundary(x) ? kernel_entries(x) : boundary(x);
	boot_step_(b, &BOOT_STEP(1, "sync_initial_page_table"), "initial_page_table gets swapper_pg_dir's entries from %u on, from 0 "
	                                                        "on too: %s", boundary(x), why);
	clone(b, x->initial, boundary(x), x->root, kernel_entries(x));
	clone(b, x->initial, 0, x->root, low);
	if (!b->failed) {
		b->failed = ptk_space_init(&b->idmap, b->mem, x->r, x->initial, b->err);
		b->has_idmap = !b->failed;
	}
}
