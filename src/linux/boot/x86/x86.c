// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* A boot of x86 Linux: what it goes by, and of x86-64 its order. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/boot/x86/x86.h"

/* ---- what a boot goes by ---- */

static const struct ptk_machine_key keys[] = {
        {"phys_addr", "physical address of the kernel's first byte (_text)", true},
        {"page_offset", "where the linear map starts: page_offset_base", false},
        {"pse", "leaves of 2M may be used (the default)", false},
        {"gbpages", "leaves of 1G may be used", false},
        {"nx", "entries can forbid execution (the default)", false},
        {"rodata", "the parameter rodata= (default 1)", false},
        {"smp_locks", "the list of lock prefixes is kept, as CPUs may be added to a single one; default 0", false},
        {"pti", "the kernel hides from user space (page table isolation), so its entries are not global", false},
        {"max_low", "i386: where lowmem ends (max_low_pfn, in bytes); by default with memory, or 128M below vmalloc()'s end", false},
        {"nr_cpus", "i386: for how many CPUs the kernel was made (CONFIG_NR_CPUS); default 8", false},
        {"cpus", "how many CPUs there may be, where none are listed; default 1", false},
        {"fixaddr_top", "i386: where the fixmap ends (__FIXADDR_TOP); default 0xfffff000", false},
        {"fixmap_slots", "slots of the fixmap (__end_of_permanent_fixed_addresses); default 131, i386: 69, and 16 for each of "
                         "nr_cpus", false},
        {"cpu_entry_area", "i386: CPU_ENTRY_AREA_BASE; by default as nr_cpus and fixmap_slots have it", false},
        {"highmem", "i386: there is a window for kmap() (CONFIG_HIGHMEM; the default)", false},
        {"lapic", "i386: physical address of the local APIC, 0 if there is none; default 0xfee00000", false},
        {"ioapic", "i386: physical address of the first I/O APIC, 0 if there is none; default 0xfec00000", false},
        {"debug_store", "the CPU is Intel's, whose debug store is in the CPU entry area", false},
        {"brk_end", "_brk_end, where what the kernel took of its brk area ends; by default at _end", false},
        {"real_mode", "physical address of the trampoline that starts further CPUs (real_mode_header)", false},
        {"real_mode_text", "where its text starts", false},
        {"real_mode_ro_end", "where what is read-only of it ends", false},
        {"vmemmap", "where the array of struct page starts: vmemmap_base", false},
        {"struct_page", "bytes of struct page; default 64", false},
        {"hotremove", "CONFIG_MEMORY_HOTREMOVE", false},
        {"mem_section", "bytes of struct mem_section; default 16, with CONFIG_PAGE_EXTENSION 32", false},
        {"vmalloc", "where vmalloc() has its area: vmalloc_base", false},
        {"tss_pages", "pages of a CPU's TSS; default 5, without CONFIG_X86_IOPL_IOPERM 1", false},
        {"estack_pages", "pages of an exception stack; default 2, with KASAN more", false},
        {"vc_stacks", "the stacks for #VC are mapped: a guest with SEV-ES", false},
        {"vsyscall", "the vsyscall page is mapped: vsyscall=emulate", false},
        {"espfix", "CONFIG_X86_ESPFIX64, and no FRED", false},
        {"espfix_page", "which of 2048 places its stacks have: page_random", false},
        {"espfix_stack", "physical address of the page of stacks", false},
        {"pti_pmd", "i386: user code shares the table of pages that the entry's text is in; not since a fix of 2024", false},
        {"pti_global", "pti=auto and no PCID, so that user code's table has the kernel's text", false},
};

static const char *const symbols[] = {
        "_text", "_etext", "__start_rodata", "__end_rodata", "__end_rodata_hpage_align", "_sdata", "__init_begin",
        "__init_end", "__brk_base", "_end", "idt_table", "__entry_text_start", "__entry_text_end", "init_top_pgt",
        "swapper_pg_dir", "level4_kernel_pgt", "level3_kernel_pgt", "level2_kernel_pgt", "level2_fixmap_pgt",
        "level1_fixmap_pgt", "initial_pg_pmd", "initial_pg_fixmap", "initial_page_table", "bm_pte", "gdt_page",
        "entry_stack_storage", "doublefault_stack", "cpu_tss_rw", "cpu_debug_store", "exception_stacks", "__per_cpu_start",
        "__per_cpu_end", "__start_bss_decrypted_unused", "__end_bss_decrypted", "__end_rodata_aligned", "__vsyscall_page",
        "espfix_pud_page", "__smp_locks", "__smp_locks_end", NULL};

uint64_t x86_image_pa(struct ptk_boot *b, const char *name)
{
	return boot_image_va_(b, name) - x86_of(b)->image_delta;
}

/* ---- impossible machines ---- */

static int check_real_mode(const struct ptk_machine *m, struct ptk_err *err)
{
	uint64_t real = boot_value_(m, "real_mode", 0), real_text = boot_value_(m, "real_mode_text", 0);
	uint64_t real_end = boot_value_(m, "real_mode_ro_end", 0);
	if (real && (real & 4095 || real_text & 4095 || real_text < real || real_end <= real_text || real_end > X86_ISA_END))
		return ptk_err_set_(err, PTK_E_CONFLICT, "the trampoline for further CPUs cannot be at 0x%" PRIx64 "-0x%" PRIx64
		                                         " with its text at 0x%" PRIx64, real, real_end, real_text);
	return 0;
}

struct limit {
	const char *key;
	uint64_t otherwise, least, most;
};

static int check_areas(const struct ptk_machine *m, struct ptk_err *err)
{
	static const struct limit limits[] = {{"struct_page", 64, 32, 96}, {"mem_section", 16, 8, 4096}, {"tss_pages", 5, 1, 16},
	                                      {"estack_pages", 2, 1, 64}, {"cpus", 1, 1, X86_CPUS_MAX}, {"fixmap_slots", 131, 1, 2048}};
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		const struct limit *l = &limits[i];
		uint64_t v = boot_value_(m, l->key, l->otherwise);
		if (v < l->least || v > l->most)
			return ptk_err_set_(err, PTK_E_CONFLICT, "no x86 kernel has %s %" PRIu64 ": %" PRIu64 " to %" PRIu64, l->key, v,
			                    l->least, l->most);
	}
	if (m->info.ncpus > X86_CPUS_MAX)
		return ptk_err_set_(err, PTK_E_CONFLICT, "no x86 kernel has more than %d CPUs", X86_CPUS_MAX);
	for (size_t i = 0; i < m->info.ncpus; i++) {
		uint64_t area = m->info.cpu[i].percpu;
		if (area & 4095 || (m->info.regime.nlevels > 3 && area >= X86_KERNEL_HALF ? !m->info.niomaps : !boot_bank_(m, area)))
			return ptk_err_set_(err, PTK_E_CONFLICT, "CPU %zu cannot have its area at 0x%" PRIx64 ": not a page of memory",
			                    i, area);
	}
	for (size_t i = 0; i < m->info.niomaps && m->info.regime.nlevels > 3; i++) {
		const struct ptk_iomap *io = &m->info.iomap[i];
		if (io->size != 4096 || (io->va | io->pa) & 4095 || io->va < X86_KERNEL_HALF || io->va >= X86_ENTRY_AREA ||
		    !boot_bank_(m, io->pa))
			return ptk_err_set_(err, PTK_E_CONFLICT, "no page of a CPU's area can be at 0x%" PRIx64 ", mapped to 0x%" PRIx64,
			                    io->va, io->pa);
	}
	for (size_t i = 0; i < 2; i++) {
		uint64_t va = boot_value_(m, i ? "vmalloc" : "vmemmap", 0);
		if (va && (va & (X86_PMD - 1) || va < low_bits(8) << 56 || va >= X86_ENTRY_AREA))
			return ptk_err_set_(err, PTK_E_CONFLICT, "%s cannot start at 0x%" PRIx64, i ? "the vmalloc area" : "vmemmap", va);
	}
	return 0;
}

static int check(const struct ptk_machine *m, struct ptk_err *err)
{
	uint64_t text = boot_symbol_(m, "_text"), end = boot_symbol_(m, "_end"), phys = boot_value_(m, "phys_addr", 0);
	if (!text || !end)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "where the kernel's image is is not known: the symbols _text and _end are "
		                                         "needed");
	int rc = check_real_mode(m, err);
	if (rc == 0)
		rc = check_areas(m, err);
	if (rc < 0)
		return rc;
	if (m->info.regime.nlevels < 4)
		return x86_check_32_(m, err);
	if (text >= end || text < X86_IMAGE_MAP)
		return ptk_err_set_(err, PTK_E_CONFLICT, "no kernel can be at 0x%" PRIx64 "-0x%" PRIx64, text, end);
	if ((phys | text) & (X86_PMD - 1))
		return ptk_err_set_(err, PTK_E_CONFLICT, "the kernel at 0x%" PRIx64 " (virtual 0x%" PRIx64 ") is not aligned to 2M: it "
		                                         "would not start", phys, text);
	const struct ptk_bank *bank = boot_bank_(m, phys);
	if (!bank || boot_bank_(m, phys + (end - text) - 1) != bank)
		return ptk_err_set_(err, PTK_E_CONFLICT, "the kernel at 0x%" PRIx64 "-0x%" PRIx64 " is not in one bank of memory", phys,
		                    phys + (end - text) - 1);
	if (boot_value_(m, "page_offset", 0) & (512 * X86_PMD - 1))
		return ptk_err_set_(err, PTK_E_CONFLICT, "the linear map cannot start at 0x%" PRIx64 ", which is not aligned to 1G",
		                    boot_value_(m, "page_offset", 0));
	return 0;
}

static int prepare(struct ptk_boot *b)
{
	const struct ptk_machine *m = b->machine;
	uint64_t text = boot_symbol_(m, "_text"), phys = boot_value_(m, "phys_addr", 0);
	size_t ncpus = m->info.ncpus ? m->info.ncpus : (size_t)boot_value_(m, "cpus", 1);
	struct x86 *x = calloc(1, sizeof *x + ncpus * sizeof *x->cpu);
	if (!x)
		return ptk_err_set_(b->err, PTK_E_NOMEM, "no memory for a boot");
	b->arch = x;
	x->r = &m->info.regime;
	x->levels = x->r->nlevels;
	x->page_offset = boot_value_(m, "page_offset", x->levels == 5   ? UINT64_C(0xff11000000000000)
	                                               : x->levels == 4 ? UINT64_C(0xffff888000000000)
	                                                                : UINT64_C(0xc0000000));
	x->image_delta = text - phys;
	x->sizes = boot_value_(m, "pse", 1) ? 1u << 1 | (boot_value_(m, "gbpages", 0) ? 1u << 2 : 0) : 0;
	x->kernel = X86_P | X86_RW | X86_A | X86_D | (boot_value_(m, "pti", 0) ? 0 : X86_G) |
	            (x->levels > 2 && boot_value_(m, "nx", 1) ? X86_NX : 0);
	x->dirty = boot_since_(m, 6, 6) ? X86_D : 0;
	x->read_only = (x->kernel & ~(X86_RW | x->dirty)) | X86_G;
	x->ncpus = ncpus;
	x->brk_usable = true;
	b->memblock.first = 4096;
	b->page_offset = x->page_offset;
	if (memblock_reserve_(&b->memblock, phys, boot_symbol_(m, "_end") - text) < 0)
		return ptk_err_set_(b->err, PTK_E_NOMEM, "no memory for a boot");
	return 0;
}

/* ---- head_64.S, head64.c ---- */

static void link_table(struct ptk_boot *b, const char *in, unsigned index, const char *to, uint64_t bits)
{
	boot_set_(b, x86_image_pa(b, in) + 8 * index, x86_image_pa(b, to) | bits);
}

/* level2_kernel_pgt: of the whole window, what the image covers. */
static void map_image(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	uint64_t at = x86_image_pa(b, "level2_kernel_pgt"), text = boot_image_va_(b, "_text");
	uint64_t end = round_up(boot_value_(b->machine, "brk_end", boot_symbol_(b->machine, "_end")), X86_PMD);
	uint64_t bits = X86_P | X86_RW | X86_A | X86_D | X86_PS | X86_G;
	struct ptk_boot_step s = BOOT_STEP(1, "cleanup_highmap");
	s.type = "__PAGE_KERNEL_LARGE_EXEC";
	s.first = text;
	s.last = end - 1;
	s.pa = text - x->image_delta;
	boot_step_(b, &s, "level2_kernel_pgt, by 2M, writable and executable: what is before _text and after _brk_end is cleared");
	for (uint64_t va = text; va < end && !b->failed; va += X86_PMD)
		boot_set_(b, x86_slot_(x, 1, at, va), (va - x->image_delta) | bits);
}

/*
 * early_alloc_pgt_buf(): 3 or 4 tables (CONFIG_X86_5LEVEL), twice, or 4 times with CONFIG_RANDOMIZE_MEMORY; the last of
 * what the brk area gives before it is closed.
 */
static void page_table_buffer(struct ptk_boot *b)
{
	static const unsigned pages[] = {16, 12, 8, 6};
	struct x86 *x = x86_of(b);
	uint64_t base = round_up(x86_image_pa(b, "__brk_base"), 4096), size = UINT64_C(16) * 4096;
	uint64_t end = round_down(boot_value_(b->machine, "brk_end", 0) - x->image_delta, 4096);
	x->brk_next = base;
	for (size_t i = 0; i < sizeof pages / sizeof *pages && boot_has_(b->machine, "brk_end"); i++) {
		if (end < base || end - base < UINT64_C(4096) * pages[i])
			continue;
		size = UINT64_C(4096) * pages[i];
		x->brk_next = end - size;
		break;
	}
	x->brk_end = x->brk_next + size;
}

static void startup(struct ptk_boot *b)
{
	static const char *const table[] = {"level3_kernel_pgt", "level2_kernel_pgt", "level2_fixmap_pgt", "level1_fixmap_pgt"};
	struct x86 *x = x86_of(b);
	const char *root = boot_symbol_(b->machine, "init_top_pgt") ? "init_top_pgt" : "swapper_pg_dir";
	boot_step_(b, &BOOT_STEP(0, "startup_64"), "head_64.S: the tables of the image, moved to where it was loaded");
	x->root = x86_image_pa(b, root);
	boot_zero_(b, x->root, 4096);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		boot_zero_(b, x86_image_pa(b, table[i]), 4096);
	if (x->levels == 5) {
		boot_zero_(b, x86_image_pa(b, "level4_kernel_pgt"), 4096);
		link_table(b, root, 511, "level4_kernel_pgt", X86_TABLE);
		link_table(b, "level4_kernel_pgt", 511, "level3_kernel_pgt", X86_TABLE);
	} else {
		link_table(b, root, 511, "level3_kernel_pgt", X86_TABLE);
	}
	link_table(b, "level3_kernel_pgt", 510, "level2_kernel_pgt", X86_KERNEL_TABLE);
	link_table(b, "level3_kernel_pgt", 511, "level2_fixmap_pgt", X86_TABLE);
	map_image(b);
	if (!b->failed)
		b->failed = ptk_space_init(&b->space, b->mem, x->r, x->root, b->err);
	page_table_buffer(b);
}

/* FIXMAP_PMD_NUM tables of slots are linked, which follow each other; above them four entries stay empty. */
#define FIXMAP_FIRST 506u

/* Slots count from the top. Those of early_ioremap() are the first 512 behind the permanent ones that share a table. */
static unsigned ioremap_table(const struct ptk_boot *b)
{
	uint64_t slots = boot_value_(b->machine, "fixmap_slots", 131);
	return FIXMAP_FIRST + 1 - (unsigned)((slots + 511) / 512);
}

static void fixmap(struct ptk_boot *b)
{
	uint64_t pa = x86_image_pa(b, "level1_fixmap_pgt"), at = x86_image_pa(b, "level2_fixmap_pgt");
	struct ptk_boot_step s = BOOT_STEP(0, "early_ioremap_init");
	boot_step_(b, &BOOT_STEP(0, "startup_64"), "level2_fixmap_pgt links the two tables of level1_fixmap_pgt");
	boot_zero_(b, pa, UINT64_C(2) * 4096);
	for (unsigned i = 0; i < 2; i++)
		boot_set_(b, at + 8 * (FIXMAP_FIRST + i), (pa + UINT64_C(4096) * i) | X86_TABLE);
	if (!boot_symbol_(b->machine, "bm_pte"))
		return;
	s.table = x86_image_pa(b, "bm_pte");
	s.from = "bm_pte";
	s.first = X86_FIXMAP_VA - (FIXMAP_FIRST - ioremap_table(b)) * X86_PMD;
	s.last = s.first + (X86_PMD - 1);
	boot_step_(b, &s, "a table for early_ioremap(), behind the slots that stay");
	boot_zero_(b, s.table, 4096);
	boot_set_(b, at + 8 * ioremap_table(b), s.table | X86_TABLE);
}

/* setup_arch() gives away nothing of the first megabyte, but what the trampoline takes. */
static void reserve_real_mode(struct ptk_boot *b)
{
	boot_step_(b, &BOOT_STEP(0, "reserve_real_mode"), "nothing else is taken of the first megabyte");
	if (memblock_reserve_(&b->memblock, 0, X86_MIB) < 0)
		boot_fail_(b, PTK_E_NOMEM, "no memory for a boot");
}

static void name_regions(struct ptk_boot *b)
{
	const struct x86 *x = x86_of(b);
	uint64_t end = round_down(memblock_end_of_dram_(&b->memblock), 4096);
	bool early = b->opts.stage == PTK_BOOT_HEAD || b->opts.stage == PTK_BOOT_EARLY;
	if (!early)
		boot_region_(b, "linear map", "init_mem_mapping", x->page_offset,
		             x->page_offset + ((end > X86_ISA_END ? end : X86_ISA_END) - 1));
	bool as_mapped = early || !boot_value_(b->machine, "rodata", 1);
	boot_region_(b, "kernel image", as_mapped ? "cleanup_highmap" : "mark_rodata_ro", X86_IMAGE_MAP,
	             X86_IMAGE_MAP + 512 * X86_PMD - 1);
	if (b->opts.stage != PTK_BOOT_HEAD)
		boot_region_(b, "fixmap", "startup_64", X86_FIXMAP_VA - (FIXMAP_FIRST - ioremap_table(b)) * X86_PMD,
		             X86_FIXMAP_VA + 2 * X86_PMD - 1);
}

static int run(struct ptk_boot *b)
{
	int rc = prepare(b);
	if (rc < 0)
		return rc;
	if (x86_of(b)->levels < 4)
		return x86_run_32_(b);
	startup(b);
	if (boot_goes_on_(b, PTK_BOOT_HEAD))
		fixmap(b);
	if (boot_goes_on_(b, PTK_BOOT_EARLY)) {
		x86_init_mem_mapping_(b);
		reserve_real_mode(b);
		x86_vmemmap_(b);
	}
	if (boot_goes_on_(b, PTK_BOOT_PAGING_INIT))
		x86_final_(b);
	if (!b->failed)
		name_regions(b);
	return b->failed;
}

const struct boot_arch boot_arch_x86_ = {
        .name = "x86",
        .first = {5, 10},
        .last = {7, 3},
        .key = keys,
        .nkeys = sizeof keys / sizeof *keys,
        .symbol = symbols,
        .like = x86_like_,
        .check = check,
        .run = run,
        .witness = x86_witness_,
        .explain = x86_explain_,
};
