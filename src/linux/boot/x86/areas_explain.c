// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a running kernel changes in vmemmap, the CPU entry area, espfix64 and user code's root, with the evidence. */
#include <string.h>

#include "base/bits.h"
#include "linux/boot/sparse.h"
#include "linux/boot/x86/x86.h"

static const char *hugetlb(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct x86 *x = x86_of(b);
	uint64_t bits = c->theirs & ~X86_ADDRESS;
	if (!(c->ours & X86_P))
		return NULL;
	if (c->our_level == 1 && c->ours & X86_PS && c->their_level == 1 && bits == X86_TABLE)
		return sparse_hugetlb_(c, 12, SPARSE_TABLE);
	if (c->their_level != 0 || !memblock_is_memory_(&b->memblock, c->theirs & X86_ADDRESS))
		return NULL;
	return bits == x->kernel                           ? sparse_hugetlb_(c, 12, SPARSE_WRITABLE)
	       : bits == (x->kernel & ~(X86_RW | x->dirty)) ? sparse_hugetlb_(c, 12, SPARSE_READ_ONLY)
	                                                   : NULL;
}

/*
 * x86 throws its memblock away: what firmware, ACPI or a command line had reserved is not known. A block elsewhere has
 * the same rights, and is memory.
 */
static const char *vmemmap(const struct ptk_boot *b, const struct boot_case *c)
{
	uint64_t pa = c->theirs & X86_ADDRESS, size = c->our_level == 1 ? X86_PMD : 4096;
	if (c->our_level != c->their_level || c->our_level < 0 || c->our_level > 1 || (c->ours ^ c->theirs) & ~X86_ADDRESS ||
	    !(c->ours & X86_P) || (c->our_level == 1 && !(c->ours & X86_PS)))
		return NULL;
	return memblock_is_region_memory_(&b->memblock, pa & ~(size - 1), size)
	               ? "sparse_buffer_init: memblock's room for struct pages was elsewhere; what had been reserved before is not "
	                 "known after boot"
	               : NULL;
}

/* A buffer's page of a slot: what perf has allocated is mapped as PAGE_KERNEL, global. */
static const char *entry_area(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct x86 *x = x86_of(b);
	struct x86_entry_layout l = x86_entry_layout_(boot_value_(b->machine, "tss_pages", 5),
	                                              boot_value_(b->machine, "estack_pages", 2));
	uint64_t page = c->va - X86_ENTRY_AREA < 4096 ? 0 : ((c->va - X86_ENTRY_AREA) / 4096 - 1) % l.pages;
	if (!boot_value_(b->machine, "debug_store", 0) || page < l.buffers || c->our_level != 0 || c->their_level != 0)
		return NULL;
	return (c->theirs & ~X86_ADDRESS) == (x->kernel | X86_G) && memblock_is_memory_(&b->memblock, c->theirs & X86_ADDRESS)
	               ? "ds_update_cea: a buffer of the debug store, which perf has allocated"
	               : NULL;
}

/* A page of stacks serves 64 CPUs; only where the first is is a fact of the machine. */
static const char *espfix(const struct ptk_boot *b, const struct boot_case *c)
{
	const struct x86 *x = x86_of(b);
	bool leaf = c->their_level == 0 && (c->theirs & ~X86_ADDRESS) == x->read_only;
	bool table = c->their_level > 0 && (c->theirs & ~X86_ADDRESS) == ((X86_KERNEL_TABLE & ~X86_RW) | (x->kernel & X86_NX));
	return !c->ours && (leaf || table) && x->ncpus > 64 ? "init_espfix_ap: a page of stacks for 64 more CPUs" : NULL;
}

const char *x86_areas_explain_(const struct ptk_boot *b, const struct boot_case *c)
{
	bool user = c->region->user;
	const char *why = NULL;
	if (strcmp(c->region->name, "vmemmap") == 0)
		return (why = hugetlb(b, c)) ? why : vmemmap(b, c);
	if (strcmp(c->region->name, "CPU entry area") == 0 || (user && c->va - X86_ENTRY_AREA < X86_P4D))
		return entry_area(b, c);
	if (strcmp(c->region->name, "espfix64") == 0 || (user && c->va - X86_ESPFIX < X86_P4D))
		return espfix(b, c);
	return NULL;
}
