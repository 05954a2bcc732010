// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* arm's create_mapping(): arch/arm/mm/mmu.c, for short descriptors and LPAE. */
#include <inttypes.h>

#include "base/bits.h"
#include "linux/boot/arm/arm.h"

/* What one mapping did so far with one unit, for the trace. */
struct stretch {
	uint64_t first, pa, bytes, chunk;
	bool sections;
	uint64_t table; /* taken for it, or PTK_NO_PA */
};

struct mapping {
	struct arm *a;
	const struct arm_map *md;
	const struct arm_mem_type *type;
	struct stretch s;
};

uint64_t arm_pmd_(const struct arm *a, uint64_t va)
{
	return a->pmds + (va >> 21) * 8;
}

void arm_pmd_clear_(struct arm *a, uint64_t va)
{
	uint64_t at = arm_pmd_(a, va);
	boot_set_(a->b, at, 0);
	if (!a->cpu.lpae)
		boot_set_(a->b, at + 4, 0);
}

unsigned arm_pmds_clear_(struct arm *a, uint64_t va, uint64_t end)
{
	unsigned n = 0;
	for (; va < end && !a->b->failed; va += ARM_PMD) {
		uint64_t at = arm_pmd_(a, va);
		n += boot_get_(a->b, at) || (!a->cpu.lpae && boot_get_(a->b, at + 4));
		arm_pmd_clear_(a, va);
	}
	return n;
}

/* The page of a table starts with Linux's entries; the hardware's two tables are in its second half. */
void arm_pmd_populate_(struct arm *a, uint64_t va, uint64_t table, uint64_t prot)
{
	uint64_t at = arm_pmd_(a, va);
	if (a->cpu.lpae) {
		boot_set_(a->b, at, table | prot);
		return;
	}
	boot_set_(a->b, at, (table + 2048) | prot);
	boot_set_(a->b, at + 4, (table + 2048 + 1024) | prot);
}

uint64_t arm_pte_table_(struct arm *a, uint64_t va, uint64_t prot)
{
	uint64_t pmd = boot_get_(a->b, arm_pmd_(a, va));
	if (!pmd) {
		uint64_t table = boot_alloc_(a->b, 4096, 4096);
		arm_pmd_populate_(a, va, table, prot);
		struct ptk_boot_step s = BOOT_STEP(2, "early_pte_alloc");
		s.first = round_down(va, ARM_PMD);
		s.last = s.first + ARM_PMD - 1;
		s.table = table;
		s.from = "memblock";
		/* The first time at length. */
		boot_step_(a->b, &s, a->cpu.lpae ? "512 entries" : a->tables ? "one more such page"
		           : "a page: 512 entries of Linux's own, then the hardware's two tables of 256, one for each "
		             "entry of the pair");
		a->tables++;
		return table;
	}
	/* BUG_ON(pmd_bad()) */
	if (a->cpu.lpae ? !(pmd & 2) : pmd & 2)
		boot_fail_(a->b, PTK_E_CONFLICT,
		           "0x%08" PRIx64 " would need a table of pages where a section is already: the kernel stops there",
		           va);
	return pmd & (a->cpu.lpae ? GENMASK(39, 12) : GENMASK(31, 12));
}

static void told(struct mapping *m)
{
	const struct arm *a = m->a;
	struct stretch *t = &m->s;
	struct ptk_boot_step s = BOOT_STEP(2, t->sections ? "__map_init_section" : "alloc_init_pte");
	if (!t->bytes)
		return;
	s.first = t->first;
	s.last = t->first + (t->bytes - 1);
	s.pa = t->pa;
	uint64_t mega = a->section >> 20;
	if (t->sections)
		boot_step_(a->b, &s, "%" PRIu64 " section%s of %" PRIu64 "M: both ends and the physical address are multiples of it",
		           t->bytes / a->section, t->bytes == a->section ? "" : "s", mega);
	else if (!m->type->sect)
		boot_step_(a->b, &s, "%" PRIu64 " page%s: this type is never mapped in sections", t->bytes / 4096,
		           t->bytes == 4096 ? "" : "s");
	else
		boot_step_(a->b, &s,
		           "%" PRIu64 " page%s: 0x%08" PRIx64 ", 0x%08" PRIx64 " or the physical address is not a multiple of "
		           "%" PRIu64 "M, so what lies in this step of 2M is paged whole",
		           t->bytes / 4096, t->bytes == 4096 ? "" : "s", t->first, t->first + t->bytes, mega);
	t->bytes = 0;
}

/* Sections join; pages of different steps do not, for each may have another reason. */
static void note(struct mapping *m, bool sections, uint64_t va, uint64_t pa, uint64_t bytes)
{
	struct stretch *t = &m->s;
	bool joins = t->bytes && t->sections == sections && t->first + t->bytes == va && t->pa + t->bytes == pa &&
	             (sections || !m->type->sect);
	if (!joins) {
		told(m);
		*t = (struct stretch){.first = va, .pa = pa, .sections = sections};
	}
	t->bytes += bytes;
}

static void map_sections(struct mapping *m, uint64_t va, uint64_t end, uint64_t pa)
{
	struct arm *a = m->a;
	uint64_t at = arm_pmd_(a, va);
	if (!a->cpu.lpae && va & a->section)
		at += 4; /* the odd megabyte is the second of the pair */
	for (; va < end; va += a->section, pa += a->section, at += a->cpu.lpae ? 8 : 4)
		boot_set_(a->b, at, pa | m->type->sect);
}

static void map_pages(struct mapping *m, uint64_t va, uint64_t end, uint64_t pa)
{
	struct arm *a = m->a;
	uint64_t table = arm_pte_table_(a, va, m->type->l1), hw;
	for (; va < end && !a->b->failed; va += 4096, pa += 4096) {
		uint64_t i = (va >> 12) & 511;
		uint64_t soft = a->entries.ops->stored(&a->entries, pa | m->type->pte, false, &hw);
		if (a->cpu.lpae) {
			boot_set_(a->b, table + 8 * i, soft);
		} else {
			boot_set_(a->b, table + 4 * i, soft);
			boot_set_(a->b, table + 2048 + 4 * i, hw);
		}
	}
}

/* Physical addresses past 32 bits in short descriptors: supersections of 16M, sixteen equal entries each. */
static void map_36bit(struct mapping *m)
{
	struct arm *a = m->a;
	const struct arm_map *md = m->md;
	struct ptk_boot_step s = BOOT_STEP(2, "create_36bit_mapping");
	uint64_t size = (md->size + 4095) & ~UINT64_C(4095), super = UINT64_C(16) << 20;
	s.first = md->va;
	s.last = md->va + (size - 1);
	s.pa = md->pa;
	if (m->type->domain) {
		boot_step_(a->b, &s, "not mapped: supersections are of domain 0, and the type is of domain %u", m->type->domain);
		return;
	}
	if ((md->va | size | md->pa) & (super - 1)) {
		boot_step_(a->b, &s, "not mapped: the addresses or the size are not multiples of 16M");
		return;
	}
	boot_step_(a->b, &s, "%" PRIu64 " supersections of 16M: bits 35:32 of the address in bits 23:20 of the entry", size / super);
	uint64_t pa = (md->pa & GENMASK(31, 0)) | field_get(md->pa, 35, 32) << 20, at = arm_pmd_(a, md->va);
	for (uint64_t n = size / super; n; n--, pa += super)
		for (int i = 0; i < 16; i++, at += 4)
			boot_set_(a->b, at, pa | m->type->sect | BIT(18));
}

static void map_steps(struct mapping *m, uint64_t va, uint64_t end, uint64_t pa)
{
	struct arm *a = m->a;
	const uint64_t mask = a->section - 1;
	while (va < end && !a->b->failed) {
		uint64_t next = round_down(va, ARM_PMD) + ARM_PMD;
		next = next < end ? next : end;
		bool sections = m->type->sect && ((va | next | pa) & mask) == 0;
		note(m, sections, va, pa, next - va);
		if (sections)
			map_sections(m, va, next, pa);
		else
			map_pages(m, va, next, pa);
		pa += next - va;
		va = next;
	}
	told(m);
}

void arm_create_mapping_(struct arm *a, const struct arm_map *md)
{
	struct mapping m = {.a = a, .md = md, .type = &a->type[md->type]};
	uint64_t va = round_down(md->va, 4096), pa = round_down(md->pa, 4096);
	uint64_t size = (md->size + (md->va & 4095) + 4095) & ~UINT64_C(4095);
	struct ptk_boot_step s = BOOT_STEP(1, "create_mapping");
	if (a->b->failed || !size)
		return;
	s.type = arm_type_name_(md->type);
	s.first = va;
	s.last = va + (size - 1);
	s.pa = pa;
	if (md->va != ARM_VECTORS && md->va < a->page_offset - (UINT64_C(16) << 20) && md->type != MT_LOW_VECTORS) {
		boot_step_(a->b, &s, "not mapped: the address is a user's");
		return;
	}
	if (size > UINT64_C(0x100000000) - va) {
		boot_fail_(a->b, PTK_E_CONFLICT, "%s maps 0x%08" PRIx64 " and 0x%" PRIx64 " bytes: past the last address",
		           md->function, va, size);
		return;
	}
	boot_step_(a->b, &s, NULL);
	if (!a->cpu.lpae && md->pa >> 32)
		map_36bit(&m);
	else if (!m.type->l1 && ((va | pa | size) & (a->section - 1)))
		boot_step_(a->b, &BOOT_STEP(2, "__create_mapping"),
		           "not mapped: this type has no pages, and the range is not of whole sections");
	else
		map_steps(&m, va, va + size, pa);
}
