// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What an i386 boot went by, as a picture of its kernel tells: what lies at the top, and what a stock kernel does not name. */
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/boot/x86/i386.h"

struct facts {
	struct ptk_machine *m;
	struct ptk_linux *lx;
	struct ptk_space space;
};

/* What the kernel's table maps va to, or 0. */
static uint64_t mapped(const struct facts *f, uint64_t va)
{
	uint64_t pa;
	return ptk_translate(&f->space, va, &pa) == 1 ? pa : 0;
}

/* ---- symbols that a kernel without KALLSYMS_ALL does not name ---- */

/* setup_arch() lists the image's parts among the resources. vmlinux.lds.S: the brk area starts on the page after bss. */
static void image_symbols(struct facts *f)
{
	uint64_t first, last, base = X86_PAGE_OFFSET_32;
	if (boot_like_resource_(f->lx, "Kernel rodata", &first, &last) == 0) {
		boot_machine_symbol_if_new_(f->m, "__start_rodata", base + first);
		boot_machine_symbol_if_new_(f->m, "__end_rodata", base + last + 1);
	}
	if (boot_like_resource_(f->lx, "Kernel bss", &first, &last) < 0)
		return;
	/* Between init memory and bss there are only the locations of lock prefixes. */
	boot_machine_symbol_if_new_(f->m, "__init_end", base + round_down(first, 4096));
	uint64_t brk = round_up(base + last + 1, 4096);
	boot_machine_symbol_if_new_(f->m, "__brk_base", brk);
	/* Slack, dmi_alloc, early_pgt_alloc, and the tables of all of lowmem. */
	boot_machine_symbol_if_new_(f->m, "_end",
	                            brk + (64 + 64 + 24) * UINT64_C(1024) + x86_early_tables(f->lx->info.regime.nlevels) * 4096);
}

/* PAE's initial_page_table: a page of data whose first and last of four entries are initial_pg_pmd. */
static uint64_t find_initial(const struct facts *f, uint64_t pmd)
{
	uint64_t first, last;
	if (boot_like_resource_(f->lx, "Kernel data", &first, &last) < 0 || last - first > 64 * X86_MIB)
		return 0;
	for (uint64_t pa = round_up(first, 4096); pa < last; pa += 4096) {
		uint8_t raw[4096];
		uint64_t e[4];
		bool more = false;
		if (ptk_mem_read(f->lx->mem, pa, raw, sizeof raw, NULL) < 0)
			continue;
		memcpy(e, raw, sizeof e);
		for (size_t i = sizeof e; i < sizeof raw; i++)
			more |= raw[i] != 0;
		if (!more && !e[1] && !e[2] && (e[0] & X86_ADDRESS) == pmd && (e[3] & X86_ADDRESS) == pmd && e[0] & e[3] & X86_P)
			return X86_PAGE_OFFSET_32 + pa;
	}
	return 0;
}

/* head_32.S has its tables in bss in a fixed order; with page table isolation each is aligned to two pages. */
static void table_symbols(struct facts *f)
{
	uint64_t swapper = f->lx->pgd_va, base = X86_PAGE_OFFSET_32;
	boot_machine_symbol_if_new_(f->m, "swapper_pg_dir", swapper);
	if (f->lx->info.regime.nlevels == 2) {
		boot_machine_symbol_if_new_(f->m, "initial_pg_fixmap", swapper - 4096);
		boot_machine_symbol_if_new_(f->m, "initial_page_table", swapper - UINT64_C(2) * 4096);
		return;
	}
	uint8_t raw[8];
	uint64_t pmd = 0;
	if (ptk_mem_read(f->lx->mem, f->lx->pgd_pa + 3 * 8, raw, 8, NULL) < 0)
		return;
	for (unsigned i = 8; i--;)
		pmd = pmd << 8 | raw[i];
	pmd &= X86_ADDRESS;
	if (pmd >= f->lx->pgd_pa || f->lx->pgd_pa - pmd > UINT64_C(4) * 4096)
		return;
	boot_machine_symbol_if_new_(f->m, "initial_pg_pmd", base + pmd);
	boot_machine_symbol_if_new_(f->m, "initial_pg_fixmap", base + pmd + round_down((f->lx->pgd_pa - pmd) / 2, 4096));
	if (!boot_symbol_(f->m, "initial_page_table"))
		boot_machine_symbol_if_new_(f->m, "initial_page_table", find_initial(f, pmd));
}

/* The table that a large unit's entry leads to, by the path to an address in it; 0 if there is none. */
static uint64_t table_of(const struct ptk_space *s, uint64_t va)
{
	struct ptk_path p;
	if (ptk_walk(s, va, &p, NULL) < 0)
		return 0;
	for (size_t i = 0; i < p.nsteps; i++)
		if (p.step[i].entry.level == 1 && p.step[i].entry.kind == PTK_TABLE)
			return p.step[i].entry.pa;
	return 0;
}

static void mapped_symbols(struct facts *f)
{
	struct x86_top t = x86_top_(f->m);
	uint64_t bm = table_of(&f->space, x86_fix_to_virt(&t, t.btmap_begin)), idt = mapped(f, t.entry_area);
	boot_machine_symbol_if_new_(f->m, "bm_pte", bm ? X86_PAGE_OFFSET_32 + bm : 0);
	boot_machine_symbol_if_new_(f->m, "idt_table", idt ? X86_PAGE_OFFSET_32 + idt : 0);
}

/*
 * Where early_alloc_pgt_buf() left the end of what it took, if _brk_end does not tell: six pages past the lowest table in
 * the brk area that is none of startup_32's, which follow each other from its start.
 */
static void brk_end(struct facts *f)
{
	uint64_t base = boot_symbol_(f->m, "__brk_base"), end = boot_symbol_(f->m, "_end"), lowest = UINT64_MAX;
	unsigned shift = f->lx->info.regime.level[1].shift;
	uint64_t limit = end - X86_PAGE_OFFSET_32 + x86_early_tables(f->lx->info.regime.nlevels) * 4096;
	uint64_t after = base + (round_up(limit, UINT64_C(1) << shift) >> shift) * 4096;
	if (!base || !end || boot_has_(f->m, "brk_end"))
		return;
	for (uint64_t va = X86_PAGE_OFFSET_32; va <= UINT32_MAX; va += UINT64_C(1) << shift) {
		uint64_t table = table_of(&f->space, va);
		table += table ? X86_PAGE_OFFSET_32 : 0;
		if (table >= after && table < end && table < lowest)
			lowest = table;
	}
	if (lowest != UINT64_MAX)
		boot_machine_value_(f->m, "brk_end", lowest + UINT64_C(6) * 4096,
		                    "where the lowest table in the brk area is, but for the first ones");
}

/* ---- the top ---- */

static uint64_t marker(const struct ptk_linux *lx, const char *name)
{
	for (size_t i = 0; i < lx->info.nmarkers; i++)
		if (strcmp(lx->info.marker[i].name, name) == 0)
			return lx->info.marker[i].va;
	return 0;
}

static void top(struct facts *f)
{
	uint64_t v, fixaddr = UINT64_C(0xfffff000), start = marker(f->lx, "Fixmap area"), entry = marker(f->lx, "CPU entry area");
	if (boot_read_symbol_(f->lx, "__FIXADDR_TOP", 4, &v) == 0) {
		fixaddr = v;
		boot_machine_value_(f->m, "fixaddr_top", v, "__FIXADDR_TOP");
	}
	if (!f->lx->info.markers_computed && start < fixaddr && (fixaddr - start) >> 12 <= X86_SLOTS_MAX)
		boot_machine_value_(f->m, "fixmap_slots", (fixaddr - start) >> 12,
		                    "FIXADDR_START among the markers of its page-table text");
	if (entry)
		boot_machine_value_(f->m, "cpu_entry_area", entry, "the markers of its page-table text");
	boot_machine_value_(f->m, "highmem", marker(f->lx, "Persistent kmap() Area") != 0,
	                    "the markers of its page-table text");
	/* VMALLOC_START: high_memory and VMALLOC_OFFSET. */
	v = marker(f->lx, "vmalloc() Area");
	if (!boot_has_(f->m, "max_low") && !f->lx->info.markers_computed && v > X86_PAGE_OFFSET_32 + 8 * X86_MIB)
		boot_machine_value_(f->m, "max_low", v - 8 * X86_MIB - X86_PAGE_OFFSET_32, "where vmalloc()'s area starts");
}

/* setup_header: ramdisk_image, ramdisk_size (Documentation/arch/x86/boot.rst). early_reserve_initrd() takes whole pages. */
static void initrd(struct facts *f)
{
	uint64_t at, first, size;
	if (ptk_linux_symbol(f->lx, "boot_params", &at) < 0 || boot_read_number_(f->lx, at + 0x218, 4, &first) < 0 ||
	    boot_read_number_(f->lx, at + 0x21c, 4, &size) < 0 || !first || !size)
		return;
	uint64_t last = round_up(first + size, 4096) - 1;
	if (boot_bank_(f->m, first) && boot_bank_(f->m, first) == boot_bank_(f->m, last))
		boot_machine_reserve_(f->m, first, last, "initrd");
}

/* ---- interrupt controllers ---- */

/* struct ioapic, of 44 bytes, has mp_config.apicaddr at 12: arch/x86/kernel/apic/io_apic.c. */
static void apics(struct facts *f)
{
	struct x86_top t = x86_top_(f->m);
	uint64_t v, n = 0, at, pa;
	if (boot_read_symbol_(f->lx, "mp_lapic_addr", 4, &v) == 0)
		boot_machine_value_(f->m, "lapic", v, "mp_lapic_addr");
	else
		boot_machine_value_(f->m, "lapic", mapped(f, x86_fix_to_virt(&t, X86_FIX_APIC_BASE)),
		                    "its slot of the fixmap");
	if (boot_read_symbol_(f->lx, "nr_ioapics", 4, &n) < 0 || ptk_linux_symbol(f->lx, "ioapics", &at) < 0) {
		boot_machine_value_(f->m, "ioapic", mapped(f, x86_fix_to_virt(&t, X86_FIX_IO_APIC_BASE_0)),
		                    "its slot of the fixmap");
		return;
	}
	if (!n)
		boot_machine_value_(f->m, "ioapic", 0, "nr_ioapics");
	for (unsigned i = 0; i < n && i < 64 && !f->m->failed; i++) {
		if (boot_read_number_(f->lx, at + 44 * i + 12, 4, &pa) < 0)
			return;
		if (i == 0)
			boot_machine_value_(f->m, "ioapic", pa, "ioapics[0].mp_config.apicaddr");
		else
			boot_machine_iomap_(f->m, x86_fix_to_virt(&t, X86_FIX_IO_APIC_BASE_0 + i), pa, 4096,
			                    "FIX_IO_APIC_BASE");
	}
}

/* ---- per-CPU memory ---- */

/* Where the variables of CPU n are; false where that is not known, or not in the linear map. */
static bool percpu_of(const struct facts *f, unsigned n, uint64_t *pa)
{
	uint64_t at, offset, start = boot_symbol_(f->m, "__per_cpu_start");
	if (!start || !boot_symbol_(f->m, "gdt_page") || ptk_linux_symbol(f->lx, "__per_cpu_offset", &at) < 0 ||
	    boot_read_number_(f->lx, at + UINT64_C(4) * n, 4, &offset) < 0)
		return false;
	uint64_t va = (start + offset) & UINT32_MAX;
	*pa = va - X86_PAGE_OFFSET_32;
	return va >= X86_PAGE_OFFSET_32 && mapped(f, va) == *pa;
}

static bool list_cpus(struct facts *f, unsigned cpus)
{
	uint64_t pa;
	for (unsigned i = 0; i < cpus; i++)
		if (!percpu_of(f, i, &pa))
			return false;
	for (unsigned i = 0; i < cpus; i++)
		if (percpu_of(f, i, &pa))
			boot_machine_cpu_(f->m, pa, i);
	return true;
}

/* No rule tells which pages they are: the CPU entry area does. */
static void list_pages(struct facts *f, const struct x86_top *t, unsigned cpus)
{
	for (uint64_t i = 0; i < (uint64_t)cpus * X86_PCPU_PAGES; i++) {
		uint64_t va = t->entry_area + 4096 * (i + 1), pa = mapped(f, va);
		if (pa)
			boot_machine_iomap_(f->m, va, pa, 4096, "PAGE_KERNEL");
	}
}

static void cpus(struct facts *f)
{
	struct x86_top t = x86_top_(f->m);
	uint64_t n, vendor, cpu;
	if (boot_read_symbol_(f->lx, "nr_cpu_ids", 4, &n) == 0 && n && n <= t.cpus) {
		boot_machine_value_(f->m, "cpus", n, "nr_cpu_ids");
	} else {
		for (n = 0; n < t.cpus && mapped(f, t.entry_area + 4096 + n * X86_PCPU_PAGES * 4096); n++)
			;
		n = n ? n : 1;
		boot_machine_value_(f->m, "cpus", n, "the CPU entry area");
	}
	/* struct cpuinfo_x86, x86_vendor: second byte, since 6.10 the third; X86_VENDOR_INTEL is 0. */
	if (ptk_linux_symbol(f->lx, "boot_cpu_data", &cpu) == 0 && boot_symbol_(f->m, "cpu_debug_store") &&
	    boot_read_number_(f->lx, cpu + (boot_since_(f->m, 6, 10) ? 2 : 1), 1, &vendor) == 0)
		boot_machine_value_(f->m, "debug_store", vendor == 0, "boot_cpu_data.x86_vendor");
	else
		boot_machine_value_(f->m, "debug_store", mapped(f, t.entry_area + UINT64_C(11) * 4096) != 0,
		                    "the CPU entry area");
	if (!list_cpus(f, (unsigned)n))
		list_pages(f, &t, (unsigned)n);
}

/* ---- page table isolation ---- */

/* pti_clone_kernel_text(): not the text of the entry alone is global, but its first page too. */
static void pti(struct facts *f)
{
	struct ptk_path p;
	if (boot_value_(f->m, "pti", 0) && !boot_has_(f->m, "pti_global") &&
	    ptk_walk(&f->space, boot_symbol_(f->m, "_text"), &p, NULL) >= 0 && p.nsteps)
		boot_machine_value_(f->m, "pti_global", (p.step[p.nsteps - 1].entry.raw & X86_G) != 0,
		                    "the first page of text");
}

/* pti_clone_entry_text(): a table of pages is shared, or its pages are cloned; where a leaf is, both are the same. */
static void pti_unit(struct facts *f)
{
	struct ptk_space user = f->space;
	uint64_t text = boot_symbol_(f->m, "__entry_text_start"), kernel = table_of(&f->space, text);
	user.root += 4096;
	if (boot_value_(f->m, "pti", 0) && text && kernel)
		boot_machine_value_(f->m, "pti_pmd", table_of(&user, text) == kernel, "the table of the entry's text, in both roots");
}

/* ---- the trampoline ---- */

/* Where no symbol tells: the pages below 1M that are not writable; those that can be executed are its text. */
static void real_mode(struct facts *f)
{
	uint64_t first = 0, text = 0, end = 0;
	for (uint64_t pa = 0; pa < X86_ISA_END && !boot_has_(f->m, "real_mode"); pa += 4096) {
		struct ptk_path p;
		if (ptk_walk(&f->space, X86_PAGE_OFFSET_32 + pa, &p, NULL) < 0 || !p.nsteps)
			continue;
		uint64_t e = p.step[p.nsteps - 1].entry.raw;
		if (p.step[p.nsteps - 1].entry.kind != PTK_LEAF || e & X86_RW)
			continue;
		first = first ? first : pa;
		text = text || e & X86_NX ? text : pa;
		end = pa + 4096;
	}
	if (first && text && boot_value_(f->m, "nx", 1)) {
		boot_machine_value_(f->m, "real_mode", first, "what is read-only below 1M");
		boot_machine_value_(f->m, "real_mode_text", text, "what can be executed of it");
		boot_machine_value_(f->m, "real_mode_ro_end", end, "what is read-only below 1M");
	} else if (first) {
		boot_machine_value_(f->m, "real_mode", first, "what is read-only below 1M");
		boot_machine_value_(f->m, "real_mode_text", first, "what is read-only below 1M");
		boot_machine_value_(f->m, "real_mode_ro_end", end, "what is read-only below 1M");
	}
}

void x86_like_32_(struct ptk_machine *m, struct ptk_linux *lx)
{
	struct facts f = {.m = m, .lx = lx};
	if (boot_kernel_space_(lx, &f.space) < 0)
		return;
	top(&f);
	image_symbols(&f);
	table_symbols(&f);
	mapped_symbols(&f);
	brk_end(&f);
	initrd(&f);
	apics(&f);
	cpus(&f);
	pti(&f);
	pti_unit(&f);
	real_mode(&f);
}
