// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a running i386 kernel changes in its windows, each with the evidence for it. */
#include "base/bits.h"
#include "linux/boot/x86_32.h"

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
	uint64_t slot = (t.fixaddr_top - c->va) >> 12, pa = c->theirs & X86_ADDRESS, last;
	uint64_t first_cpu = X86_FIX_KMAP_BEGIN, behind = first_cpu + (uint64_t)X86_KM_MAX_IDX * t.cpus;
	if (!came(c) || c->va > t.fixaddr_top)
		return NULL;
	if (c->theirs & X86_PCD && slot >= behind && slot < t.permanent && !memblock_is_memory_(&b->memblock, pa) &&
	    (boot_read_symbol_(c->lx, "mmcfg_last_accessed_device", 4, &last) < 0 || last == pa))
		return "pci_exp_set_dev_base: FIX_PCIE_MCFG, the window on PCI's configuration space, is where the last access put it";
	if (!(c->theirs & X86_PCD) && slot >= first_cpu && slot < behind && is_high(b, pa))
		return "__kmap_local_pfn_prot: a window of a CPU on a page of high memory";
	return NULL;
}

const char *x86_explain_32_(const struct ptk_boot *b, const struct boot_case *c)
{
	switch (c->region->name[0]) {
	case 'k': return kmap(b, c);
	case 'f': return fixmap(b, c);
	default: return NULL;
	}
}
