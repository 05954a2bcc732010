// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a running i386 kernel changes in its windows, each with the evidence for it. */
#include <string.h>

#include "base/bits.h"
#include "linux/boot/x86/i386.h"

/* A leaf of a page where boot left none. */
static bool came(const struct boot_case *c)
{
	return !c->ours && c->their_level == 0 && c->theirs & X86_P;
}

/* High memory: no address of the linear map leads to it. */
static bool is_high(const struct ptk_boot *b, uint64_t pa)
{
	return pa >= x86_of(b)->max_low && memblock_is_memory_(&b->memblock, pa);
}

static const char *kmap(const struct ptk_boot *b, const struct boot_case *c)
{
	return came(c) && is_high(b, c->theirs & X86_ADDRESS) ? "kmap_high: a window on a page of high memory" : NULL;
}

/* The last slot but for what distributions add: PCI's configuration space, by a window that moves with each access. */
static const char *fixmap(const struct ptk_boot *b, const struct boot_case *c)
{
	struct x86_top t = x86_top_(b->machine);
	uint64_t slot = (t.fixaddr_top - c->va) >> 12, pa = c->theirs & X86_ADDRESS;
	uint64_t first_cpu = X86_FIX_KMAP_BEGIN, behind = first_cpu + (uint64_t)t.kmaps * t.cpus;
	const struct boot_fact *last = boot_fact_(c->evidence, "mmcfg_last_accessed_device");
	if (!came(c) || c->va > t.fixaddr_top)
		return NULL;
	if (c->theirs & X86_PCD && slot >= behind && slot < t.permanent && !memblock_is_memory_(&b->memblock, pa) &&
	    (!last || last->first == pa))
		return "pci_exp_set_dev_base: FIX_PCIE_MCFG, the window on PCI's configuration space, is where the last access put it";
	if (!(c->theirs & X86_PCD) && slot >= first_cpu && slot < behind && is_high(b, pa))
		return "__kmap_local_pfn_prot: a window of a CPU on a page of high memory";
	return NULL;
}

/* A buffer that perf has allocated, where boot left PAGE_NONE: PAGE_KERNEL, global. */
static const char *entry_area(const struct ptk_boot *b, const struct boot_case *c)
{
	struct x86_top t = x86_top_(b->machine);
	if (!boot_value_(b->machine, "debug_store", 0) || c->va < t.entry_area + 4096 || c->va >= t.entry_area_end ||
	    ((c->va - t.entry_area) / 4096 - 1) % X86_PCPU_PAGES < X86_PCPU_BUFFERS || c->our_level != 0 || c->their_level != 0)
		return NULL;
	return (c->theirs & ~X86_ADDRESS) == (x86_of(b)->kernel | X86_G) && memblock_is_memory_(&b->memblock, c->theirs & X86_ADDRESS)
	               ? "ds_update_cea: a buffer of the debug store, which perf has allocated"
	               : NULL;
}

const char *x86_explain_32_(const struct ptk_boot *b, const struct boot_case *c)
{
	const char *name = c->region->name;
	return strcmp(name, "kmap") == 0 ? kmap(b, c) : strcmp(name, "fixmap") == 0 ? fixmap(b, c) : entry_area(b, c);
}
