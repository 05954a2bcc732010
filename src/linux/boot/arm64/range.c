// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * arch/arm64/kernel/pi/map_range.c and map_kernel.c (6.9 and later): the C code that maps the kernel before it is
 * relocated. Tables are taken one after the other from static pages, upwards.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/arm64/arm64.h"

#define MIB UINT64_C(0x100000)
#define MAX_FDT_SIZE (2 * MIB)

struct range {
	struct ptk_boot *b;
	struct arm64 *a;
	struct arm64_bump *bump;
	struct arm64_prot prot;
	bool may_use_cont;
	/* what was done, for the trace */
	uint64_t pages, contiguous, blocks, tables;
};

static uint64_t take_table(struct range *r, unsigned level, uint64_t at, uint64_t va)
{
	if (!r->bump || r->bump->next + r->a->page > r->bump->end) {
		boot_fail_(r->b, PTK_E_CONFLICT, "the kernel has no room for a %s table at 0x%" PRIx64 "%s%s",
		           arm64_level_name(r->a, level), va, r->bump ? " in " : "", r->bump ? r->bump->name : "");
		return 0;
	}
	uint64_t pa = r->bump->next;
	r->bump->next += r->a->page;
	r->tables++;
	boot_set_(r->b, at, arm64_phys_to_entry(r->a, pa) | 3 | TABLE_UXN);
	struct ptk_boot_step s = BOOT_STEP(2, "map_range");
	s.table = pa;
	s.from = r->bump->name;
	s.first = round_down(va, arm64_size(r->a, level + 1));
	s.last = s.first + (arm64_size(r->a, level + 1) - 1);
	boot_step_(r->b, &s, "the next page of %s becomes a %s table", r->bump->name, arm64_level_name(r->a, level));
	return pa;
}

static void range(struct range *r, unsigned level, uint64_t table, uint64_t start, uint64_t end, uint64_t pa);

static void finer(struct range *r, unsigned level, uint64_t at, uint64_t start, uint64_t next, uint64_t pa)
{
	uint64_t e = boot_get_(r->b, at), below = arm64_entry_to_phys(r->a, e);
	if (e == 0)
		below = take_table(r, level - 1, at, start);
	if (!r->b->failed)
		range(r, level - 1, below, start, next, pa);
}

/* Contiguous from where start and pa are aligned, up to the last whole group. */
static uint64_t leaf_bits(const struct range *r, unsigned level, uint64_t start, uint64_t end, uint64_t pa,
                          uint64_t now)
{
	uint64_t mask = level == 0 ? arm64_cont_size(r->a, 0) - 1 : UINT64_MAX;
	if (((start | pa) & mask) == 0 && r->may_use_cont)
		now |= PTE_CONT;
	return (end & ~mask) <= start ? now & ~PTE_CONT : now;
}

/* map_range(): ends are exclusive here, as there */
static void range(struct range *r, unsigned level, uint64_t table, uint64_t start, uint64_t end, uint64_t pa)
{
	uint64_t mask = arm64_size(r->a, level) - 1, page = r->a->page - 1;
	uint64_t bits = r->prot.bits & ~UINT64_C(3);
	if (bits)
		bits |= level > 0 ? PTE_VALID : PTE_VALID | PTE_TABLE;
	start &= ~page;
	pa &= ~page;
	while (start < end && !r->b->failed) {
		uint64_t next = arm64_next(start, (end + page) & ~page, mask + 1);
		uint64_t at = arm64_slot(r->a, level, table, start);
		if (level > 0 && (start | next | pa) & mask) {
			finer(r, level, at, start, next, pa);
		} else {
			bits = leaf_bits(r, level, start, end, pa, bits);
			boot_set_(r->b, at, arm64_phys_to_entry(r->a, pa) | bits);
			r->pages += level == 0;
			r->blocks += level > 0;
			r->contiguous += (bits & PTE_CONT) != 0;
		}
		pa += next - start;
		start = next;
	}
}

void arm64_map_range_(struct ptk_boot *b, const struct arm64_root *root, struct arm64_bump *bump, uint64_t start,
                      uint64_t end, uint64_t pa, struct arm64_prot prot, bool may_use_cont)
{
	struct range r = {.b = b, .a = arm64_of(b), .bump = bump, .prot = prot, .may_use_cont = may_use_cont};
	struct ptk_boot_step s = BOOT_STEP(1, "map_range");
	if (b->failed || start >= end)
		return;
	s.type = prot.name;
	s.first = start;
	s.last = end - 1;
	s.pa = pa;
	boot_step_(b, &s, "in %s%s", root->name, may_use_cont ? ", whole aligned groups of pages contiguous" : "");
	/* An address of the upper half keeps only what the root translates: map_segment() masks it. */
	range(&r, root->levels - 1, root->pa, start, end, pa);
	s = BOOT_STEP(2, "map_range");
	s.type = prot.name;
	s.first = start;
	s.last = end - 1;
	boot_step_(b, &s,
	           "%" PRIu64 " blocks, %" PRIu64 " pages (%" PRIu64 " of them contiguous), %" PRIu64 " new tables",
	           r.blocks, r.pages, r.contiguous, r.tables);
}

/* ---- the identity map that turns the MMU on ---- */

/* IDMAP_VA_BITS is 48 with every granule. */
static struct arm64_root idmap_root(struct ptk_boot *b, const char *name)
{
	const struct arm64 *a = arm64_of(b);
	return (struct arm64_root){arm64_image_pa(b, name), (48 - 4) / (a->page_shift - 3), name};
}

static void create_init_idmap(struct ptk_boot *b, const char *pg_dir, const char *end, uint64_t clear)
{
	const struct arm64 *a = arm64_of(b);
	struct arm64_root root = idmap_root(b, pg_dir);
	struct arm64_bump bump = {root.pa + a->page, arm64_image_pa(b, end), pg_dir};
	uint64_t text = arm64_image_pa(b, "_stext"), data = arm64_image_pa(b, "__initdata_begin");
	struct arm64_prot rox = a->rox, rw = a->kernel;
	struct ptk_boot_step s = BOOT_STEP(0, "create_init_idmap");
	/* TCR_EL1.DS is not set yet, so these have shareability bits; with LPA2 they must go. */
	rox.bits = (rox.bits | PTE_SHARED) & ~clear;
	rw.bits = (rw.bits | PTE_SHARED) & ~clear;
	boot_step_(b, &s, "%s: the image where it is, so that the MMU can be turned on under it", pg_dir);
	boot_zero_(b, root.pa, bump.end - root.pa);
	arm64_map_range_(b, &root, &bump, text, data, text, rox, false);
	arm64_map_range_(b, &root, &bump, data, arm64_image_pa(b, "_end"), data, rw, false);
}

/* A static variable of a function: compilers number them. */
static uint64_t static_ptes(const struct ptk_machine *m)
{
	static const char *const names[] = {"__pi_ptes", "__pi_ptes.0", "__pi_ptes.1"};
	uint64_t va = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names && !va; i++)
		va = boot_symbol_(m, names[i]);
	return va;
}

/* Up to MAX_FDT_SIZE, but not into the image. The tables are a static array of map_kernel.c. */
static void map_fdt(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	uint64_t fdt = boot_value_(b->machine, "dtb", 0), end = fdt + MAX_FDT_SIZE, text = arm64_image_pa(b, "_text");
	uint64_t ptes = static_ptes(b->machine);
	struct arm64_root root = idmap_root(b, "init_idmap_pg_dir");
	struct arm64_prot prot = a->kernel;
	struct ptk_boot_step s = BOOT_STEP(0, "map_fdt");
	if (!fdt)
		return;
	boot_step_(b, &s, "the device tree into the identity map, to read the command line");
	if (!ptes) {
		s = BOOT_STEP(1, "map_fdt");
		boot_step_(b, &s, "left out: where its tables are (ptes, __initdata) is not known");
		return;
	}
	struct arm64_bump bump = {ptes - a->voffset, ptes - a->voffset + 5 * a->page, "ptes (__initdata)"};
	boot_zero_(b, bump.next, bump.end - bump.next);
	prot.bits |= PTE_SHARED;
	arm64_map_range_(b, &root, &bump, fdt, text > fdt && text < end ? text : end, fdt, prot, false);
}

static void remap_idmap_for_lpa2(struct ptk_boot *b)
{
	const struct arm64 *a = arm64_of(b);
	struct ptk_boot_step s = BOOT_STEP(0, "remap_idmap_for_lpa2");
	if (!a->lpa2)
		return;
	boot_step_(b, &s,
	           "descriptors without shareability bits, which TCR_EL1.DS makes an address: from a copy in "
	           "init_pg_dir, then in init_idmap_pg_dir again");
	create_init_idmap(b, "init_pg_dir", "init_pg_end", PTE_SHARED);
	create_init_idmap(b, "init_idmap_pg_dir", "init_idmap_pg_end", PTE_SHARED);
	uint64_t init = arm64_image_pa(b, "init_pg_dir"), end = arm64_image_pa(b, "init_pg_end");
	boot_zero_(b, init, end - init);
}

/* ---- the kernel ---- */

static void map_segment(struct ptk_boot *b, const struct arm64_root *root, struct arm64_bump *bump, const char *first,
                        const char *last, struct arm64_prot prot, bool may_use_cont)
{
	uint64_t start = boot_image_va_(b, first), end = boot_image_va_(b, last);
	struct ptk_boot_step s = BOOT_STEP(1, "map_segment");
	if (end < start)
		boot_fail_(b, PTK_E_CONFLICT, "the symbol %s lies below %s", last, first);
	if (b->failed)
		return;
	s.type = prot.name;
	boot_step_(b, &s, "[%s, %s)", first, last);
	arm64_map_range_(b, root, bump, start, end, start - arm64_of(b)->voffset, prot, may_use_cont);
}

/*
 * CONFIG_RELOCATABLE: all of it writable first, for relocations; then text is taken down and put back with its rights,
 * and only then contiguous, as a live entry may not become that.
 */
static void second_pass(struct ptk_boot *b, const struct arm64_root *root, struct arm64_prot text)
{
	struct ptk_boot_step s = BOOT_STEP(0, "relocate_kernel");
	boot_step_(b, &s, "the image is writable: relocations are applied");
	s = BOOT_STEP(0, "unmap_segment");
	boot_step_(b, &s, "text is unmapped before it becomes contiguous; its entries keep the address");
	map_segment(b, root, NULL, "_stext", "_etext", (struct arm64_prot){"__pgprot(0)", 0}, false);
	s = BOOT_STEP(0, "map_kernel");
	boot_step_(b, &s, "second pass: executable segments with their final rights; no new tables");
	map_segment(b, root, NULL, "_stext", "_etext", text, true);
	map_segment(b, root, NULL, "__inittext_begin", "__inittext_end", text, false);
}

static void copy_root(struct ptk_boot *b, const struct arm64_root *root)
{
	struct arm64 *a = arm64_of(b);
	uint64_t swapper = arm64_image_pa(b, "swapper_pg_dir");
	struct ptk_boot_step s = BOOT_STEP(0, "map_kernel");
	s.pa = swapper;
	boot_step_(b, &s,
	           "the root is copied from init_pg_dir to swapper_pg_dir; tables below stay in init_pg_dir's pages; "
	           "TTBR1_EL1 is pointed at the copy");
	boot_zero_(b, swapper, a->page);
	for (uint64_t i = 0; i < a->page && !b->failed; i += 8) {
		uint64_t e = boot_get_(b, root->pa + i);
		if (e)
			boot_set_(b, swapper + i, e);
	}
}

static void map_kernel(struct ptk_boot *b)
{
	struct arm64 *a = arm64_of(b);
	uint64_t init = arm64_image_pa(b, "init_pg_dir");
	struct arm64_bump bump = {init + a->page, arm64_image_pa(b, "init_pg_end"), "init_pg_dir"};
	/* map_segment() takes the root's first entry for the first address of the configured space */
	struct arm64_root root = {init, a->levels, "init_pg_dir"};
	struct arm64_prot text = a->rodata ? a->rox : a->exec;
	struct ptk_boot_step s = BOOT_STEP(0, "map_kernel");
	if (b->failed)
		return;
	text.bits |= a->bti ? PTE_GP : 0;
	boot_step_(b, &s, "first pass: all segments writable, to be relocated");
	boot_zero_(b, init, bump.end - init);
	if (a->text_first)
		map_segment(b, &root, &bump, "_text", "_stext", a->kernel, false);
	map_segment(b, &root, &bump, "_stext", "_etext", a->kernel, false);
	map_segment(b, &root, &bump, "__start_rodata", "__inittext_begin", a->kernel, false);
	map_segment(b, &root, &bump, "__inittext_begin", "__inittext_end", a->kernel, false);
	map_segment(b, &root, &bump, "__initdata_begin", "__initdata_end", a->kernel, false);
	map_segment(b, &root, &bump, "_data", "_end", a->kernel, true);
	second_pass(b, &root, text);
	copy_root(b, &root);
}

/* The tables of the first identity map lie in init memory: nothing that is left tells where. */
bool arm64_has_init_idmap_(struct ptk_boot *b, const char *function)
{
	struct ptk_boot_step s = BOOT_STEP(1, function);
	bool has = boot_symbol_(b->machine, "init_idmap_pg_dir") != 0;
	if (!has)
		boot_step_(b, &s, "left out: where its tables are (init_idmap_pg_dir, in init memory) is not known");
	return has;
}

void arm64_head_pi_(struct ptk_boot *b)
{
	struct ptk_boot_step s = BOOT_STEP(0, "primary_entry");
	boot_step_(b, &s, "arch/arm64/kernel/head.S: the MMU is off, or on with the loader's tables");
	bool has = arm64_has_init_idmap_(b, "create_init_idmap");
	if (has)
		create_init_idmap(b, "init_idmap_pg_dir", "init_idmap_pg_end", 0);
	s = BOOT_STEP(0, "__primary_switch");
	boot_step_(b, &s,
	           "the MMU is on with init_idmap_pg_dir in TTBR0_EL1 and reserved_pg_dir, which is empty, in "
	           "TTBR1_EL1; early_map_kernel runs at its physical address");
	if (has) {
		map_fdt(b);
		remap_idmap_for_lpa2(b);
	}
	map_kernel(b);
}
