// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What an x86 boot went by, as a picture of the kernel that came out of it tells. */
#include "base/bits.h"
#include "base/err.h"
#include "linux/boot/x86/i386.h"

struct facts {
	struct ptk_machine *m;
	struct ptk_linux *lx;
	bool large, huge, nx; /* what the linear map has */
};

static int visit(void *arg, const struct ptk_run *run)
{
	struct facts *f = arg;
	if (run->what != PTK_V_ENTRIES || run->kind != PTK_LEAF)
		return PTK_GO;
	f->large |= run->level == 1;
	f->huge |= run->level == 2;
	f->nx |= f->lx->info.regime.nlevels > 2 && run->raw & X86_NX;
	return PTK_GO;
}

/* page_size_mask says which leaves are allowed, by PG_LEVEL_2M and PG_LEVEL_1G (2 and 3); else the linear map shows them. */
static void sizes(struct facts *f)
{
	struct ptk_space s;
	uint64_t mask, end = f->m->info.nbanks ? f->m->info.bank[f->m->info.nbanks - 1].last : 0;
	struct ptk_walk_opts o = {.from = f->lx->layout.page_offset, .to = f->lx->layout.page_offset + end};
	if (f->lx->info.regime.va_width == 32 && o.to > UINT32_MAX) /* high memory is not in it */
		o.to = UINT32_MAX;
	if (boot_kernel_space_(f->lx, &s) == 0)
		ptk_walk_space(&s, &o, visit, f, NULL, NULL);
	if (boot_read_symbol_(f->lx, "page_size_mask", 4, &mask) == 0) {
		boot_machine_value_(f->m, "pse", mask >> 2 & 1, "page_size_mask");
		boot_machine_value_(f->m, "gbpages", mask >> 3 & 1, "page_size_mask");
	} else {
		boot_machine_value_(f->m, "pse", f->large || f->huge, "whether the linear map has leaves of 2M");
		boot_machine_value_(f->m, "gbpages", f->huge, "whether the linear map has leaves of 1G");
	}
	boot_machine_value_(f->m, "nx", f->nx, "whether the linear map forbids execution");
}

/* A kernel without KALLSYMS_ALL does not name its variable; what mark_rodata_ro() makes of text tells then. */
static void rodata(struct facts *f, uint64_t text)
{
	struct ptk_space s;
	struct ptk_path p;
	uint64_t v;
	if (boot_read_symbol_(f->lx, "rodata_enabled", 1, &v) == 0)
		boot_machine_value_(f->m, "rodata", v != 0, "rodata_enabled");
	else if (boot_kernel_space_(f->lx, &s) == 0 && ptk_walk(&s, text, &p, NULL) == PTK_MAPPED)
		boot_machine_value_(f->m, "rodata", !(p.step[p.nsteps - 1].entry.raw & X86_RW),
		                    "whether the first page of text can be written");
}

/* Only where there may be more CPUs than the one that is there is the kernel listed among what is to be patched. */
static void smp_locks(struct facts *f)
{
	uint64_t va, next;
	if (ptk_linux_symbol(f->lx, "smp_alt_modules", &va) == 0 &&
	    boot_read_number_(f->lx, va, f->lx->info.regime.va_width / 8u, &next) == 0)
		boot_machine_value_(f->m, "smp_locks", next != va, "whether smp_alt_modules lists any");
}

/* struct real_mode_header (asm/realmode.h) starts with the physical addresses text_start and ro_end, 4 bytes each. */
static void real_mode(struct facts *f)
{
	uint64_t va, text, end, base = f->lx->layout.page_offset;
	if (boot_read_symbol_(f->lx, "real_mode_header", f->lx->info.regime.va_width / 8u, &va) < 0 || va < base ||
	    va - base >= X86_ISA_END ||
	    boot_read_number_(f->lx, va, 4, &text) < 0 || boot_read_number_(f->lx, va + 4, 4, &end) < 0)
		return;
	boot_machine_value_(f->m, "real_mode", va - base, "real_mode_header");
	boot_machine_value_(f->m, "real_mode_text", text, "real_mode_header->text_start");
	boot_machine_value_(f->m, "real_mode_ro_end", end, "real_mode_header->ro_end");
}

int x86_like_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err)
{
	struct facts f = {.m = m, .lx = lx};
	uint64_t text = boot_symbol_(m, "_text"), v;
	if (!text || !lx->pgd_va)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "the symbols _text and swapper_pg_dir are not known; --symbols may help");
	boot_machine_forget_reserved_(m);
	boot_machine_value_(m, "phys_addr", text - lx->pgd_va + lx->pgd_pa, "_text, and where swapper_pg_dir is");
	boot_machine_value_(m, "page_offset", lx->layout.page_offset,
	                    lx->layout.page_offset_how ? lx->layout.page_offset_how : "where the root maps itself");
	sizes(&f);
	rodata(&f, text);
	smp_locks(&f);
	boot_machine_value_(m, "pti", lx->layout.pti, "the CPU's notes, or the page after the root");
	if (lx->info.regime.va_width == 32 && boot_read_symbol_(lx, "max_low_pfn", 4, &v) == 0)
		boot_machine_value_(m, "max_low", v << 12, "max_low_pfn");
	if (boot_read_symbol_(lx, "_brk_end", lx->info.regime.va_width / 8u, &v) == 0 && v > text && v - text < 512 * X86_PMD)
		boot_machine_value_(m, "brk_end", v, "_brk_end");
	real_mode(&f);
	(lx->info.regime.va_width == 32 ? x86_like_32_ : x86_areas_like_)(m, lx);
	return 0;
}
