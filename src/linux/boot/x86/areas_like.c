// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What a picture tells of the areas beside the linear map: bases and sizes, CPUs, switches; and of memory that was
 * reserved before struct pages were taken.
 */
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "linux/boot/x86/x86.h"
#include "linux/vmcoreinfo.h"

struct facts {
	struct ptk_machine *m;
	struct ptk_linux *lx;
};

/* FIXADDR_START, below 0xffffffffff7ff000. */
static void fixmap(struct facts *f)
{
	const struct ptk_linux_info *info = &f->lx->info;
	const uint64_t top = UINT64_C(0xffffffffff7ff000);
	for (size_t i = 0; i < info->nmarkers && !info->markers_computed; i++) {
		uint64_t slots = (top - info->marker[i].va) >> 12;
		if (strcmp(info->marker[i].name, "Fixmap Area") == 0 && slots && slots <= 2048)
			boot_machine_value_(f->m, "fixmap_slots", slots,
			                    "FIXADDR_START among the markers of its page-table text");
	}
}

static void variable(struct facts *f, const char *key, const char *symbol)
{
	uint64_t v;
	if (boot_read_symbol_(f->lx, symbol, 8, &v) == 0)
		boot_machine_value_(f->m, key, v, symbol);
}

/* ---- sizes ---- */

static bool told_size(const struct facts *f, const char *type, uint64_t *size)
{
	return f->lx->vmcoreinfo && ptk_vmcoreinfo_decimal_(f->lx->vmcoreinfo, "SIZE", type, size);
}

static void sizes(struct facts *f)
{
	uint64_t size;
	if (told_size(f, "page", &size))
		boot_machine_value_(f->m, "struct_page", size, "SIZE(page) of VMCOREINFO");
	if (told_size(f, "mem_section", &size))
		boot_machine_value_(f->m, "mem_section", size, "SIZE(mem_section) of VMCOREINFO");
}

/* ---- what was reserved: Documentation/arch/x86/boot.rst, zero-page.rst ---- */

static bool boot_param(const struct facts *f, unsigned at, unsigned width, uint64_t *v)
{
	uint64_t va;
	return ptk_linux_symbol(f->lx, "boot_params", &va) == 0 && boot_read_number_(f->lx, va + at, width, v) == 0;
}

static void reserve(struct facts *f, uint64_t first, uint64_t size, const char *name)
{
	if (size && first + (size - 1) >= first && boot_bank_(f->m, first))
		boot_machine_reserve_(f->m, first, first + (size - 1), name);
}

static void initrd(struct facts *f)
{
	uint64_t low, high, size, size_high;
	if (boot_param(f, 0x218, 4, &low) && boot_param(f, 0x21c, 4, &size) && boot_param(f, 0x0c0, 4, &high) &&
	    boot_param(f, 0x0c4, 4, &size_high) && (size | size_high << 32) < BIT(52))
		reserve(f, low | high << 32, ((size | size_high << 32) + 4095) & ~UINT64_C(4095), "initrd");
}

/* struct setup_data: next, type, len, data. */
#define SETUP_DATA_MAX 64

static void setup_data(struct facts *f)
{
	uint64_t at, next, len;
	if (!boot_param(f, 0x250, 8, &at))
		return;
	for (unsigned i = 0; at && i < SETUP_DATA_MAX; i++, at = next) {
		uint64_t va = f->lx->layout.page_offset + at;
		if (boot_read_number_(f->lx, va, 8, &next) < 0 || boot_read_number_(f->lx, va + 12, 4, &len) < 0)
			return;
		reserve(f, at, 16 + len, "setup_data");
	}
}

/*
 * efi_memblock_x86_reserve_range(): the map of memory as the firmware gave it, which stays; efi_reserve_boot_services(): what
 * it used itself (EFI_BOOT_SERVICES_CODE, _DATA) is left alone until runtime services are mapped.
 */
#define EFI_DESCRIPTORS_MAX 8192

static void efi(struct facts *f)
{
	uint64_t low, high, size, step;
	uint8_t d[32];
	if (!boot_param(f, 0x1d0, 4, &low) || !boot_param(f, 0x1dc, 4, &high) || !boot_param(f, 0x1d4, 4, &size) ||
	    !boot_param(f, 0x1c8, 4, &step) || step < 40 || size / step > EFI_DESCRIPTORS_MAX || !(low | high))
		return;
	uint64_t map = low | high << 32;
	reserve(f, map, size, "EFI's memory map");
	for (uint64_t at = 0; at + step <= size && !f->m->failed; at += step) {
		if (ptk_mem_read(f->lx->mem, map + at, d, sizeof d, NULL) < 0)
			return;
		uint64_t first = load64(d + 8, false), pages = load64(d + 24, false);
		uint32_t type = load32(d, false);
		if ((type == 3 || type == 4) && pages < BIT(40))
			reserve(f, first, pages << 12, "EFI boot services");
	}
}

static void reserved(struct facts *f)
{
	uint64_t first, last;
	efi(f);
	initrd(f);
	setup_data(f);
	/* Before 6.12 alloc_node_data() takes whole pages, then cache lines. */
	boot_like_nodes_(f->m, f->lx, boot_since_(f->m, 6, 12) ? 64 : 4096);
	if (boot_like_resource_(f->lx, "Crash kernel", &first, &last) == 0)
		reserve(f, first, last - first + 1, "crash kernel");
}

/* ---- CPUs ---- */

static bool possible(const struct facts *f, size_t cpu)
{
	uint64_t va, word;
	if (ptk_linux_symbol(f->lx, "__cpu_possible_mask", &va) < 0)
		return cpu == 0;
	return boot_read_number_(f->lx, va + cpu / 64 * 8, 8, &word) == 0 && word >> cpu % 64 & 1;
}

/* _cea_offset, of each CPU, since 6.2; before it a CPU's number. */
static uint64_t slot_of(const struct facts *f, uint64_t offset, size_t cpu)
{
	uint64_t at, slot;
	if (ptk_linux_symbol(f->lx, "_cea_offset", &at) == 0 && boot_read_number_(f->lx, offset + at, 8, &slot) == 0)
		return slot;
	return cpu;
}

#define AREA_PAGES_MAX 4096
#define IOMAPS_MAX 65536

/*
 * pcpu_page_first_chunk() (percpu_alloc=page) has areas in the vmalloc area, of pages that memblock gave one by one: they are
 * listed. False where that is not what is there.
 */
static bool list_pages(struct facts *f, uint64_t area)
{
	uint64_t pages, pa;
	struct ptk_space s;
	if (area & 4095 || boot_read_symbol_(f->lx, "pcpu_unit_pages", 4, &pages) < 0 || !pages || pages > AREA_PAGES_MAX ||
	    f->m->info.niomaps + pages > IOMAPS_MAX || boot_kernel_space_(f->lx, &s) < 0)
		return false;
	for (uint64_t i = 0; i < pages; i++)
		if (ptk_translate(&s, area + i * 4096, &pa) != 1 || !boot_bank_(f->m, pa))
			return false;
	for (uint64_t i = 0; i < pages; i++)
		if (ptk_translate(&s, area + i * 4096, &pa) == 1)
			boot_machine_iomap_(f->m, area + i * 4096, pa, 4096, "PAGE_KERNEL");
	return true;
}

static void cpus(struct facts *f)
{
	uint64_t table, offset, n = 1, base = f->lx->layout.page_offset, start = boot_symbol_(f->m, "__per_cpu_start");
	if (ptk_linux_symbol(f->lx, "__per_cpu_offset", &table) < 0 || boot_read_symbol_(f->lx, "nr_cpu_ids", 4, &n) < 0)
		return;
	for (size_t cpu = 0; cpu < n && cpu < X86_CPUS_MAX && !f->m->failed; cpu++) {
		if (!possible(f, cpu) || boot_read_number_(f->lx, table + 8 * cpu, 8, &offset) < 0)
			continue;
		uint64_t area = offset + start;
		/* The embedding allocator's: in the linear map. */
		if (area >= base && boot_bank_(f->m, area - base))
			boot_machine_cpu_(f->m, area - base, slot_of(f, offset, cpu));
		else if (list_pages(f, area))
			boot_machine_cpu_(f->m, area, slot_of(f, offset, cpu));
	}
}

/* ---- the CPU entry area ---- */

static bool is_mapped(const struct ptk_space *s, uint64_t va)
{
	uint64_t pa;
	return ptk_translate(s, va, &pa) == 1;
}

static uint64_t count_mapped(const struct ptk_space *s, uint64_t va, uint64_t most)
{
	uint64_t n = 0;
	while (n < most && is_mapped(s, va + n * 4096))
		n++;
	return n;
}

/* Whether the first CPU's slot looks as a layout has it: what is mapped, and the guard pages. */
static bool fits(const struct ptk_space *s, const struct x86_entry_layout *l, uint64_t slot)
{
	uint64_t va = X86_ENTRY_AREA + 4096 + slot * l->pages * 4096;
	return slot < X86_P4D / (l->pages * 4096) && count_mapped(s, va, 64) == l->stacks &&
	       count_mapped(s, va + (l->stacks + 1) * 4096, 64) == l->stack_pages;
}

/* Pages of a TSS without CONFIG_X86_IOPL_IOPERM are fewer, of a stack with KASAN more. */
static void entry_area(struct facts *f)
{
	static const uint64_t sizes_of[][2] = {{5, 2}, {1, 2}, {5, 4}, {1, 4}, {5, 8}, {1, 8}};
	struct ptk_space s;
	if (!f->m->info.ncpus || boot_kernel_space_(f->lx, &s) < 0)
		return;
	uint64_t slot = f->m->info.cpu[0].slot;
	for (size_t i = 0; i < sizeof sizes_of / sizeof *sizes_of; i++) {
		struct x86_entry_layout l = x86_entry_layout_(sizes_of[i][0], sizes_of[i][1]);
		if (!fits(&s, &l, slot))
			continue;
		uint64_t vc_page = slot * l.pages + l.stacks + (X86_STACKS - 2) * (1 + l.stack_pages) + 1;
		uint64_t vc = X86_ENTRY_AREA + 4096 + vc_page * 4096;
		boot_machine_value_(f->m, "tss_pages", l.tss_pages,
		                    "the first CPU's entry area, up to its first guard page");
		boot_machine_value_(f->m, "estack_pages", l.stack_pages,
		                    "the first CPU's entry area, between two guard pages");
		boot_machine_value_(f->m, "vc_stacks", is_mapped(&s, vc), "whether the first CPU's entry area has them");
		return;
	}
}

/* x86_vendor_id of boot_cpu_data: where in it is for the compiler and the version to say. */
static void vendor(struct facts *f)
{
	char data[256];
	uint64_t va;
	if (ptk_linux_symbol(f->lx, "boot_cpu_data", &va) < 0 || boot_read_va_(f->lx, va, data, sizeof data) < 0)
		return;
	boot_machine_value_(f->m, "debug_store", memmem(data, sizeof data, "GenuineIntel", 12) != NULL && boot_symbol_(f->m,
	                    "cpu_debug_store"), "boot_cpu_data.x86_vendor_id");
}

/* ---- espfix64, vsyscall, PTI ---- */

static void espfix(struct facts *f)
{
	uint64_t page, number, pages, base = f->lx->layout.page_offset;
	if (!boot_symbol_(f->m, "espfix_pud_page") || ptk_linux_symbol(f->lx, "espfix_pages", &pages) < 0 ||
	    boot_read_number_(f->lx, pages, 8, &page) < 0 || boot_read_symbol_(f->lx, "page_random", 4, &number) < 0)
		return;
	/* With FRED there is none. */
	boot_machine_value_(f->m, "espfix", page >= base, "espfix_pages");
	if (page < base)
		return;
	boot_machine_value_(f->m, "espfix_page", number, "page_random");
	boot_machine_value_(f->m, "espfix_stack", page - base, "espfix_pages[0]");
}

#define CR4_PCIDE BIT(17)

/* Enum vsyscall_mode starts with EMULATE, enum pti_mode with PTI_AUTO. */
static void switches(struct facts *f)
{
	uint64_t mode;
	if (boot_read_symbol_(f->lx, "vsyscall_mode", 4, &mode) == 0)
		boot_machine_value_(f->m, "vsyscall", mode == 0, "vsyscall_mode");
	if (f->lx->layout.pti && boot_read_symbol_(f->lx, "pti_mode", 4, &mode) == 0)
		boot_machine_value_(f->m, "pti_global", mode == 0 && f->lx->cpu.has_cr && !(f->lx->cpu.cr4 & CR4_PCIDE),
		                    "pti_mode and CR4.PCIDE");
}

void x86_areas_like_(struct ptk_machine *m, struct ptk_linux *lx)
{
	struct facts f = {.m = m, .lx = lx};
	variable(&f, "vmemmap", "vmemmap_base");
	variable(&f, "vmalloc", "vmalloc_base");
	sizes(&f);
	fixmap(&f);
	boot_machine_value_(m, "hotremove", ptk_linux_symbol(lx, "offline_pages", &(uint64_t){0}) == 0, "whether there is offline_pages");
	reserved(&f);
	cpus(&f);
	entry_area(&f);
	vendor(&f);
	espfix(&f);
	switches(&f);
}
