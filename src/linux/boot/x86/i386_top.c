// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What i386 keeps at the top of its address space, and where: asm/fixmap.h, asm/pgtable_32_areas.h. */
#include <inttypes.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/boot/x86/i386.h"

#define BTMAPS 512u /* TOTAL_FIX_BTMAPS */

/*
 * Behind the kmap slots of all CPUs there may be one of PCI's configuration space and some more, fewer than a CPU has:
 * the number of slots tells for how many CPUs the kernel was made.
 */
static unsigned cpus(const struct ptk_machine *m, unsigned kmaps)
{
	uint64_t slots = boot_value_(m, "fixmap_slots", 0);
	unsigned by_slots = slots > X86_FIX_KMAP_BEGIN ? (unsigned)(slots - X86_FIX_KMAP_BEGIN) / kmaps : 0;
	return (unsigned)boot_value_(m, "nr_cpus", by_slots ? by_slots : 8);
}

struct x86_top x86_top_(const struct ptk_machine *m)
{
	const struct ptk_regime *r = &m->info.regime;
	unsigned n = 1u << r->level[0].bits;
	uint64_t pmd = UINT64_C(1) << r->level[1].shift;
	const unsigned kmaps = boot_since_(m, 5, 11) ? 16 : 20; /* kmap_local's, kmap_atomic()'s (asm-generic/kmap_types.h) */
	struct x86_top t = {.fixaddr_top = boot_value_(m, "fixaddr_top", UINT64_C(0xfffff000)), .cpus = cpus(m, kmaps), .kmaps = kmaps};
	t.permanent = (unsigned)boot_value_(m, "fixmap_slots", X86_FIX_KMAP_BEGIN + kmaps * (uint64_t)t.cpus + 1);
	/* The windows of early_ioremap() are in one table. */
	bool crosses = ((t.permanent ^ (t.permanent + BTMAPS - 1)) & ~(n - 1)) != 0;
	t.btmap_end = crosses ? t.permanent + BTMAPS - (t.permanent & (BTMAPS - 1)) : t.permanent;
	t.btmap_begin = t.btmap_end + BTMAPS - 1;
	t.slots = t.btmap_begin + 2; /* FIX_WP_TEST */
	uint64_t pages = UINT64_C(1) + (uint64_t)X86_PCPU_PAGES * t.cpus;
	uint64_t below = t.fixaddr_top - ((uint64_t)t.slots << 12) - (pages << 12);
	t.entry_area = boot_value_(m, "cpu_entry_area", round_down(below, pmd));
	t.entry_area_end = t.entry_area + (pages << 12);
	t.ldt = round_down(t.entry_area - 4096, pmd);
	t.pkmap = round_down(t.ldt - 4096, pmd);
	t.pkmap_end = t.pkmap + ((uint64_t)n << 12); /* LAST_PKMAP: a table of them */
	return t;
}

/* find_low_pfn_range(): all of memory, or MAXMEM, which leaves __VMALLOC_RESERVE below VMALLOC_END. */
uint64_t x86_max_low_(const struct ptk_machine *m)
{
	struct x86_top t = x86_top_(m);
	uint64_t end = round_down(m->info.bank[m->info.nbanks - 1].last + 1, 4096);
	uint64_t maxmem = (boot_value_(m, "highmem", 1) ? t.pkmap : t.ldt) - UINT64_C(2) * 4096 - X86_PAGE_OFFSET_32 - 128 * X86_MIB;
	return boot_value_(m, "max_low", end < maxmem ? end : maxmem);
}

int x86_check_top_(const struct ptk_machine *m, struct ptk_err *err)
{
	uint64_t nr = boot_value_(m, "nr_cpus", 8), slots = boot_value_(m, "fixmap_slots", 100), possible = boot_value_(m, "cpus", 1);
	if (nr < 1 || nr > 64)
		return ptk_err_set_(err, PTK_E_CONFLICT, "no i386 kernel is made for %" PRIu64 " CPUs, but for 1 to 64", nr);
	if (slots < X86_FIX_KMAP_BEGIN || slots > X86_SLOTS_MAX)
		return ptk_err_set_(err, PTK_E_CONFLICT, "no i386 kernel has %" PRIu64 " slots in its fixmap", slots);
	struct x86_top t = x86_top_(m);
	uint64_t pmd = UINT64_C(1) << m->info.regime.level[1].shift;
	for (size_t i = 0; i < m->info.ncpus; i++)
		possible = m->info.cpu[i].slot < t.cpus ? possible : m->info.cpu[i].slot + 1;
	if (possible < 1 || possible > t.cpus)
		return ptk_err_set_(err, PTK_E_CONFLICT, "a kernel made for %u CPUs cannot have %" PRIu64, t.cpus, possible);
	if ((t.fixaddr_top + 4096) & (pmd - 1) || t.fixaddr_top > UINT64_C(0xfffff000) || t.fixaddr_top < UINT64_C(0xf0000000))
		return ptk_err_set_(err, PTK_E_CONFLICT, "the fixmap cannot end at 0x%" PRIx64 ": the page after is aligned to what a "
		                                         "table of pages maps", t.fixaddr_top);
	if (t.entry_area & (pmd - 1) || t.entry_area < UINT64_C(0xe0000000) ||
	    t.entry_area_end > x86_fix_to_virt(&t, t.slots))
		return ptk_err_set_(err, PTK_E_CONFLICT, "the CPU entry area cannot be at 0x%" PRIx64 ": for %u CPUs it would reach into "
		                                         "the fixmap", t.entry_area, t.cpus);
	for (size_t i = 0; i < m->info.niomaps; i++) {
		const struct ptk_iomap *io = &m->info.iomap[i];
		bool fixmap = io->va >= x86_fix_to_virt(&t, t.slots - 1) && io->va <= t.fixaddr_top;
		if ((!fixmap && (io->va < t.entry_area || io->va >= t.entry_area_end)) || io->va & 4095 || io->size != 4096)
			return ptk_err_set_(err, PTK_E_CONFLICT, "0x%" PRIx64 " is no page of the fixmap or of the CPU entry area", io->va);
	}
	return 0;
}
