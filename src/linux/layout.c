// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/layout.h"

#include <inttypes.h>

#include "base/bits.h"
#include "linux/vmcoreinfo.h"

bool lx_info_number(const struct ptk_linux *lx, const char *name, uint64_t *value)
{
	return lx->vmcoreinfo && ptk_vmcoreinfo_number_(lx->vmcoreinfo, name, value);
}

static int take_first(void *arg, const struct ptk_range *r)
{
	*(struct lx_first *)arg = (struct lx_first){r->first, r->pa, true};
	return PTK_STOP;
}

int ptk_each_mapping_(struct ptk_linux *lx, uint64_t from, uint64_t to, ptk_range_fn *fn, void *arg)
{
	struct ptk_space s;
	struct ptk_range_opts opts = {
	        .from = from, .to = to, .only_leaves = true, .join_levels = true, .max_again = 4096};
	int rc = ptk_space_init(&s, lx->mem, &lx->info.regime, lx->table[PTK_TABLE_KERNEL].root, NULL);
	return rc < 0 ? rc : ptk_ranges(&s, &opts, fn, arg, NULL, NULL);
}

bool ptk_first_mapping_(struct ptk_linux *lx, uint64_t from, uint64_t to, struct lx_first *out)
{
	out->found = false;
	return ptk_each_mapping_(lx, from, to, take_first, out) >= 0 && out->found;
}

struct direct {
	uint64_t distance, end;
};

/* The direct map has holes; the first mapping at another distance is not of it. */
static int take_direct(void *arg, const struct ptk_range *r)
{
	struct direct *d = arg;
	if (r->first - r->pa != d->distance)
		return PTK_STOP;
	d->end = r->last + 1;
	return 0;
}

uint64_t ptk_direct_end_(struct ptk_linux *lx)
{
	const struct lx_layout *l = &lx->layout;
	struct direct d = {l->page_offset - l->phys_offset, l->page_offset};
	uint64_t top = lx->info.regime.va_width == 64 ? UINT64_C(0xffffffff7fffffff) : 0xffffffff;
	ptk_each_mapping_(lx, l->page_offset, top, take_direct, &d);
	return d.end;
}

/* arch/riscv/include/asm/page.h: by mode; Sv39's moved in 6.8 to make room for KASAN. */
static void layout_riscv(struct ptk_linux *lx)
{
	struct lx_layout *l = &lx->layout;
	uint64_t offset;
	l->page_offset_how = "layout rules for the mode";
	if (lx_info_number(lx, "PAGE_OFFSET", &offset)) {
		l->page_offset = offset;
		l->page_offset_how = "VMCOREINFO, PAGE_OFFSET";
	} else if (l->va_bits == 57) {
		l->page_offset = UINT64_C(0xff60000000000000);
	} else if (l->va_bits == 48) {
		l->page_offset = UINT64_C(0xffffaf8000000000);
	} else if (l->va_bits == 39) {
		bool old = lx->info.major < 6 || (lx->info.major == 6 && lx->info.minor < 8);
		l->page_offset = old ? UINT64_C(0xffffffd800000000) : UINT64_C(0xffffffd600000000);
	} else {
		l->page_offset = UINT64_C(0xc0000000);
	}
	if (lx_info_number(lx, "phys_ram_base", &offset)) /* a signed long */
		l->phys_offset = offset & low_bits(lx->info.regime.va_width);
}

/* Room for a struct page of each page of half the space, a power of two of bytes each. */
uint64_t ptk_riscv_vmemmap_(const struct ptk_linux *lx)
{
	const struct lx_layout *l = &lx->layout;
	uint64_t start, size = 64;
	unsigned shift = 0;
	if (lx_info_number(lx, "VMEMMAP_START", &start))
		return start;
	if (lx->vmcoreinfo)
		ptk_vmcoreinfo_decimal_(lx->vmcoreinfo, "SIZE", "page", &size);
	while (shift < 12 && BIT(shift) < size)
		shift++;
	if (!lx_info_number(lx, "VMALLOC_START", &start))
		start = l->page_offset - BIT(l->va_bits - 3);
	return start - BIT(l->va_bits - 12 - 1 + shift);
}

static void layout_arm64(struct ptk_linux *lx)
{
	struct lx_layout *l = &lx->layout;
	l->page_offset = 0 - BIT(l->va_bits_config);
	l->page_offset_how = "-(1 << VA_BITS)";
	lx_info_number(lx, "PHYS_OFFSET", &l->phys_offset);
}

/* The direct map lies at a fixed address or, with KASLR, where the first mapping of the upper half is. */
static void layout_x86_64(struct ptk_linux *lx)
{
	struct lx_layout *l = &lx->layout;
	bool la57 = l->va_bits == 57;
	uint64_t lowest = la57 ? UINT64_C(0xff11000000000000) : UINT64_C(0xffff888000000000);
	struct lx_first f;
	/* randomize in 1G steps upward from there (kaslr.c); what is mapped first is physical 0 or the page after it */
	if (ptk_first_mapping_(lx, lowest, UINT64_C(0xffffffff7fffffff), &f))
		l->page_offset = round_down(f.va - f.pa, BIT(30));
	else
		l->page_offset = lowest;
	l->page_offset_how = f.found ? "where physical 0 is mapped first" : "layout rules without KASLR";
}

int ptk_layout_(struct ptk_linux *lx)
{
	switch (lx->arch) {
	case LX_RISCV: layout_riscv(lx); break;
	case LX_ARM64: layout_arm64(lx); break;
	case LX_X86:
		if (lx->info.regime.va_width == 64)
			layout_x86_64(lx);
		break;
	case LX_ARM: break;
	}
	return 0;
}

int ptk_layout_facts_(struct ptk_linux *lx)
{
	const struct lx_layout *l = &lx->layout;
	struct lx_arena *a = &lx->arena;
	uint64_t kaslr;
	int rc = ptk_lx_fact_(lx, "page_offset", ptk_lx_printf_(a, "0x%" PRIx64, l->page_offset),
	                      l->page_offset_how ? l->page_offset_how : "the root maps itself there");
	if (l->phys_offset)
		rc |= ptk_lx_fact_(lx, "phys_offset", ptk_lx_printf_(a, "0x%" PRIx64, l->phys_offset),
		                   lx->vmcoreinfo && lx->arch != LX_ARM ? "VMCOREINFO" : "the root maps itself there");
	if (lx->vmcoreinfo && ptk_vmcoreinfo_kerneloffset_(lx->vmcoreinfo, &kaslr))
		rc |= ptk_lx_fact_(lx, "kaslr", ptk_lx_printf_(a, "0x%" PRIx64, kaslr), "VMCOREINFO, KERNELOFFSET");
	return rc;
}
