// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/layout.h"

#include <inttypes.h>

#include "base/bits.h"
#include "linux/vmcoreinfo.h"

bool lx_info_number(const struct ptk_linux *lx, const char *name, uint64_t *value)
{
	return lx->vmcoreinfo && ptk_vmcoreinfo_number_(lx->vmcoreinfo, name, value);
}

/* The lowest leaf at or above a boundary of the direct map says what it maps. */
struct first {
	uint64_t va, pa;
	bool found;
};

static int take_first(void *arg, const struct ptk_range *r)
{
	struct first *f = arg;
	*f = (struct first){ r->first, r->pa, true };
	return PTK_STOP;
}

static bool first_mapping(struct ptk_linux *lx, uint64_t from, uint64_t to, struct first *out)
{
	struct ptk_space s;
	struct ptk_range_opts opts = { .from = from, .to = to, .only_leaves = true, .max_again = 64 };
	out->found = false;
	return ptk_space_init(&s, lx->mem, &lx->info.regime, lx->table[PTK_TABLE_KERNEL].root, NULL) == 0 &&
	       ptk_ranges(&s, &opts, take_first, out, NULL, NULL) == 0 && out->found;
}

/* arch/riscv/include/asm/page.h: by mode; Sv39's moved in 6.8 to make room for KASAN. */
static void layout_riscv(struct ptk_linux *lx)
{
	struct lx_layout *l = &lx->layout;
	uint64_t offset;
	if (lx_info_number(lx, "PAGE_OFFSET", &offset)) {
		l->page_offset = offset;
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
	if (lx_info_number(lx, "phys_ram_base", &offset))
		l->phys_offset = offset;
}

static void layout_arm64(struct ptk_linux *lx)
{
	struct lx_layout *l = &lx->layout;
	l->page_offset = 0 - BIT(l->va_bits_config);
	lx_info_number(lx, "PHYS_OFFSET", &l->phys_offset);
}

/* The direct map lies at a fixed address or, with KASLR, where the first mapping of the upper half is. */
static void layout_x86_64(struct ptk_linux *lx)
{
	struct lx_layout *l = &lx->layout;
	bool la57 = l->va_bits == 57;
	uint64_t lowest = la57 ? UINT64_C(0xff11000000000000) : UINT64_C(0xffff888000000000);
	struct first f;
	/* randomize in 1G steps upward from there (kaslr.c); what is mapped first is physical 0 or the page after it */
	if (first_mapping(lx, lowest, UINT64_C(0xffffffff7fffffff), &f))
		l->page_offset = round_down(f.va - f.pa, BIT(30));
	else
		l->page_offset = lowest;
}

int ptk_layout_(struct ptk_linux *lx)
{
	switch (lx->arch) {
	case LX_RISCV:
		layout_riscv(lx);
		break;
	case LX_ARM64:
		layout_arm64(lx);
		break;
	case LX_X86:
		if (lx->info.regime.va_width == 64)
			layout_x86_64(lx);
		break;
	case LX_ARM:
		break;
	}
	return 0;
}

int ptk_layout_facts_(struct ptk_linux *lx)
{
	const struct lx_layout *l = &lx->layout;
	struct lx_arena *a = &lx->arena;
	uint64_t kaslr;
	int rc = ptk_lx_fact_(lx, "page_offset", ptk_lx_printf_(a, "0x%" PRIx64, l->page_offset), "layout rules");
	if (l->phys_offset)
		rc |= ptk_lx_fact_(lx, "phys_offset", ptk_lx_printf_(a, "0x%" PRIx64, l->phys_offset), "layout rules");
	if (lx->vmcoreinfo && ptk_vmcoreinfo_kerneloffset_(lx->vmcoreinfo, &kaslr))
		rc |= ptk_lx_fact_(lx, "kaslr", ptk_lx_printf_(a, "0x%" PRIx64, kaslr), "VMCOREINFO, KERNELOFFSET");
	return rc;
}
