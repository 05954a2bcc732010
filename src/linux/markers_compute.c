// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Markers by the layout rules, for kernels that keep no array of them. What VMCOREINFO or the tables tell comes first;
 * where the kernel's configuration decides and neither tells, what distributions set.
 */
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "linux/find.h"
#include "linux/layout.h"
#include "linux/markers.h"

#define MiB (UINT64_C(1) << 20)
#define GiB (UINT64_C(1) << 30)

static void add(struct lx_markers *m, uint64_t va, const char *name)
{
	if (m->n < LX_MARKERS_MAX)
		m->marker[m->n++] = (struct ptk_marker){.va = va, .name = name};
}

static uint64_t number_or(const struct ptk_linux *lx, const char *name, uint64_t otherwise)
{
	uint64_t v;
	return lx_info_number(lx, name, &v) ? v : otherwise;
}

/* ---- arm64: asm/memory.h, asm/pgtable.h, asm/fixmap.h ---- */

/*
 * Slots of the permanent fixmap; slot n is the n-th page below the top. The trampoline that user space sees under KPTI
 * has the last one and is always mapped, so the lowest mapped page tells; otherwise count the enum as configured with
 * KPTI, RELOCATABLE and GHES.
 */
static uint64_t fixmap_pages(struct ptk_linux *lx, uint64_t top, bool wide_fdt)
{
	unsigned shift = lx->layout.page_shift;
	struct lx_first f;
	if (ptk_first_mapping_(lx, top - 6 * MiB, top - 1, &f))
		return ((top - f.va) >> shift) + 1;
	uint64_t fdt = wide_fdt ? (4 * MiB >> shift) : (2 * MiB >> shift) + 2;
	return 1 + fdt + 2 + 4 + 4;
}

struct arm64_layout {
	uint64_t page_end, bpf, modules, modules_end, vmalloc_end, vmemmap, vmemmap_end, linear_page;
	uint64_t fix_start, fix_top, pci_start;
};

/* PUD_SIZE where the PUD is not folded away, what an entry of the root maps where it is. */
static uint64_t arm64_pud_size(const struct lx_layout *y)
{
	unsigned index = y->page_shift - 3, levels = (y->va_bits_config - y->page_shift + index - 1) / index;
	return BIT(y->page_shift + (levels > 3 ? 2 : levels - 1) * index);
}

/* Up to 5.16 BPF programs had 128M before the modules; later they are anywhere in vmalloc's area. */
static void modules_arm64(const struct ptk_linux *lx, struct arm64_layout *l)
{
	uint64_t bpf = lx_version_ge(lx, 5, 17) ? 0 : 128 * MiB;
	l->modules = number_or(lx, "MODULES_VADDR", l->page_end + bpf);
	l->modules_end = number_or(lx, "MODULES_END", l->modules + (lx_version_ge(lx, 6, 5) ? 2 * GiB : 128 * MiB));
	l->bpf = bpf ? l->page_end : l->modules;
}

/*
 * Since 6.9 vmemmap ends 1G below the top, PCI I/O and the fixmap lie above it; before, all lay below it. Up to 5.10
 * vmemmap ended 2M below the top; since then it starts where the projection of the linear map does.
 */
static void rules_arm64(struct ptk_linux *lx, struct arm64_layout *l, bool since_6_9)
{
	const struct lx_layout *y = &lx->layout;
	bool since_5_11 = lx_version_ge(lx, 5, 11);
	unsigned min = y->va_bits_config <= 48 ? y->va_bits_config : y->page_shift == 14 && since_6_9 ? 47 : 48;
	uint64_t base = 0 - BIT(y->va_bits_config), page_size = 64;
	if (lx->vmcoreinfo)
		ptk_vmcoreinfo_decimal_(lx->vmcoreinfo, "SIZE", "page", &page_size);
	l->page_end = 0 - BIT(min - 1);
	modules_arm64(lx, l);
	uint64_t pages = (l->page_end - base) >> y->page_shift;
	if (since_6_9) {
		l->vmemmap_end = number_or(lx, "VMEMMAP_END", 0 - GiB);
		l->vmemmap = number_or(lx, "VMEMMAP_START", l->vmemmap_end - pages * page_size);
		l->pci_start = l->vmemmap_end + 8 * MiB;
		l->fix_top = 0 - 8 * MiB;
	} else {
		uint64_t start = since_5_11 ? 0 - BIT(y->va_bits_config - y->page_shift + 6) : 0 - pages * 64 - 2 * MiB;
		l->vmemmap = number_or(lx, "VMEMMAP_START", start);
		l->vmemmap_end = number_or(lx, "VMEMMAP_END", l->vmemmap + pages * 64);
		l->pci_start = l->vmemmap - (since_5_11 ? 24 * MiB : 18 * MiB);
		l->fix_top = l->vmemmap - (since_5_11 ? 32 * MiB : 20 * MiB);
	}
	/* The array holds the struct page of where the linear map really starts. */
	l->linear_page = l->vmemmap + ((0 - BIT(y->va_bits) - base) >> y->page_shift) * page_size;
	l->vmalloc_end = since_6_9    ? l->linear_page - 8 * MiB
	                 : since_5_11 ? l->vmemmap - 256 * MiB
	                              : 0 - arm64_pud_size(y) - pages * 64 - 64 * 1024;
	uint64_t fix = fixmap_pages(lx, l->fix_top, !since_6_9);
	if (lx_version_ge(lx, 6,
	                  4)) /* all of the fixmap since then: 7 early slots of 256K and a page, and the tables' */
		fix += 7 * ((256 * 1024 >> y->page_shift) + 1) + (since_6_9 ? 5 : 4);
	l->fix_start = l->fix_top - (fix << y->page_shift);
}

static void compute_arm64(struct ptk_linux *lx, struct lx_markers *m)
{
	struct arm64_layout l;
	bool since_6_9 = lx_version_ge(lx, 6, 9);
	rules_arm64(lx, &l, since_6_9);
	add(m, 0 - BIT(lx->layout.va_bits_config), "Linear Mapping start");
	add(m, l.page_end, "Linear Mapping end");
	if (l.bpf != l.modules) {
		add(m, l.bpf, "BPF start");
		add(m, l.modules, "BPF end");
	}
	add(m, l.modules, "Modules start");
	add(m, l.modules_end, "Modules end");
	add(m, number_or(lx, "VMALLOC_START", l.modules_end), "vmalloc() area");
	add(m, number_or(lx, "VMALLOC_END", l.vmalloc_end), "vmalloc() end");
	if (since_6_9) {
		add(m, l.linear_page, "vmemmap start");
		add(m, l.vmemmap_end, "vmemmap end");
		add(m, l.pci_start, "PCI I/O start");
		add(m, l.pci_start + 16 * MiB, "PCI I/O end");
	}
	add(m, l.fix_start, "Fixmap start");
	add(m, l.fix_top, "Fixmap end");
	if (!since_6_9) {
		add(m, l.pci_start, "PCI I/O start");
		add(m, l.pci_start + 16 * MiB, "PCI I/O end");
		add(m, l.vmemmap, "vmemmap start");
		add(m, l.vmemmap_end, "vmemmap end");
	}
}

/* ---- riscv: asm/pgtable.h ---- */

/* PFN_ALIGN(_end) - 2G; the Image header at _start says how long the image is. */
static uint64_t riscv_modules(struct ptk_linux *lx, uint64_t start)
{
	uint8_t head[64];
	uint64_t end = lx->layout.image_last + 1;
	if (ptk_mem_read(lx->mem, start - lx->pgd_va + lx->pgd_pa, head, sizeof head, NULL) == 0 &&
	    memcmp(head + 0x38, "RSC\x05", 4) == 0)
		end = start + load64(head + 0x10, false);
	return round_down(end + 4095, 4096) - 2 * GiB;
}

static void compute_riscv(struct ptk_linux *lx, struct lx_markers *m)
{
	const struct lx_layout *l = &lx->layout;
	bool wide = lx->info.regime.va_width == 64;
	uint64_t pmd = wide ? 2 * MiB : 4 * MiB, start = l->image_first;
	uint64_t vmalloc = number_or(lx, "VMALLOC_START", l->page_offset - BIT(l->va_bits - 3));
	uint64_t vmemmap = ptk_riscv_vmemmap_(lx), pci = vmemmap - 16 * MiB;
	struct lx_first f;
	add(m, pci - pmd - (wide ? pmd + 2 * MiB : pmd), "Fixmap start");
	add(m, pci, "Fixmap end");
	add(m, pci, "PCI I/O start");
	add(m, vmemmap, "PCI I/O end");
	if (ptk_first_mapping_(lx, vmemmap, vmalloc - 1, &f)) { /* kernels with SPARSEMEM_VMEMMAP */
		add(m, vmemmap, "vmemmap start");
		add(m, number_or(lx, "VMEMMAP_END", vmalloc), "vmemmap end");
	}
	add(m, vmalloc, "vmalloc() area");
	add(m, number_or(lx, "VMALLOC_END", l->page_offset), "vmalloc() end");
	add(m, l->page_offset, "Linear mapping");
	if (wide) {
		add(m, number_or(lx, "MODULES_VADDR", riscv_modules(lx, start)), "Modules/BPF mapping");
		add(m, start, "Kernel mapping");
	}
}

/* ---- arm: asm/memory.h, asm/pgtable.h, asm/fixmap.h ---- */

static void compute_arm(struct ptk_linux *lx, struct lx_markers *m)
{
	uint64_t base = lx->layout.page_offset;
	add(m, base - 16 * MiB, "Modules");
	add(m, base, "Kernel Mapping");
	add(m, round_down(ptk_direct_end_(lx) + 8 * MiB, 8 * MiB), "vmalloc() Area");
	add(m, 0xff800000, "FDT Area");
	add(m, 0xffc80000, "Fixmap Area");
	add(m, 0xffff0000, "Vectors");
	add(m, 0xffff2000, "Vectors End");
}

/* ---- x86: asm/pgtable_64_types.h, asm/pgtable_32_areas.h, asm/fixmap.h ---- */

/* vmalloc_base and vmemmap_base are randomised in steps of a PUD; what is mapped first above tells them. */
static void bases_64(struct ptk_linux *lx, uint64_t *vmalloc, uint64_t *vmemmap)
{
	bool la57 = lx->layout.va_bits == 57;
	uint64_t size = la57 ? UINT64_C(12800) << 40 : UINT64_C(32) << 40, last = UINT64_C(0xfffffdffffffffff);
	struct lx_first f;
	*vmalloc = la57 ? UINT64_C(0xffa0000000000000) : UINT64_C(0xffffc90000000000);
	*vmemmap = la57 ? UINT64_C(0xffd4000000000000) : UINT64_C(0xffffea0000000000);
	if (!lx_info_number(lx, "VMALLOC_START", vmalloc) && ptk_first_mapping_(lx, ptk_direct_end_(lx), last, &f))
		*vmalloc = round_down(f.va, GiB);
	if (!(lx->vmcoreinfo && ptk_vmcoreinfo_symbol_(lx->vmcoreinfo, "vmemmap", vmemmap)) &&
	    ptk_first_mapping_(lx, *vmalloc + size, last, &f))
		*vmemmap = round_down(f.va, GiB);
}

/*
 * The fixmap's slots end with 128 IO-APICs and, in distributions' kernels, a paravirt page and two of GHES'. The first
 * IO-APIC is always at 0xfec00000. Without one: the vsyscall page takes the first 511 slots, then come two early
 * consoles and the APIC.
 */
static int find_ioapic(void *arg, const struct ptk_range *r)
{
	if (r->pa != 0xfec00000)
		return 0;
	*(uint64_t *)arg = r->first;
	return PTK_STOP;
}

static uint64_t fixmap_start_64(struct ptk_linux *lx)
{
	uint64_t top = UINT64_C(0xffffffffff7ff000), ioapic = top - (511 + 3) * 4096;
	ptk_each_mapping_(lx, UINT64_C(0xffffffffff400000), top - 1, find_ioapic, &ioapic);
	return ioapic - (128 - 1 + 3 + 1) * 4096;
}

static void compute_x86_64(struct ptk_linux *lx, struct lx_markers *m)
{
	uint64_t vmalloc, vmemmap, image = UINT64_C(0xffffffff80000000), espfix = UINT64_C(0xffffff0000000000);
	bool la57 = lx->layout.va_bits == 57;
	struct lx_first f;
	bases_64(lx, &vmalloc, &vmemmap);
	add(m, 0, "User Space");
	add(m, BIT(63), "Kernel Space");
	add(m, la57 ? UINT64_C(0xff10000000000000) : UINT64_C(0xffff880000000000), "LDT remap");
	add(m, lx->layout.page_offset, "Low Kernel Mapping");
	add(m, vmalloc, "vmalloc() Area");
	add(m, vmemmap, "Vmemmap");
	add(m, UINT64_C(0xfffffe0000000000), "CPU entry Area");
	if (ptk_first_mapping_(lx, espfix, espfix + BIT(39) - 1,
	                       &f)) { /* kernels with X86_16BIT map their stacks early */
		add(m, espfix, "ESPfix Area");
		m->marker[m->n - 1].max_lines = 16;
	}
	add(m, UINT64_C(0xffffffef00000000), "EFI Runtime Services");
	add(m, image, "High Kernel Mapping");
	add(m, image + number_or(lx, "KERNEL_IMAGE_SIZE", GiB), "Modules");
	add(m, UINT64_C(0xffffffffff000000), "End Modules");
	add(m, fixmap_start_64(lx), "Fixmap Area");
}

static void compute_i386(struct ptk_linux *lx, struct lx_markers *m)
{
	uint64_t pmd = lx->layout.pae ? 2 * MiB : 4 * MiB, entry = 0xffa00000;
	/* The IDT is the first page of the CPU entry area. */
	if (lx->cpu.has_cr && lx->cpu.idt >= 0xfe000000 && is_aligned(lx->cpu.idt, pmd))
		entry = lx->cpu.idt;
	uint64_t ldt = round_down(entry - 4096, pmd), pkmap = round_down(ldt - 4096, pmd);
	add(m, 0, "User Space");
	add(m, lx->layout.page_offset, "Kernel Mapping");
	add(m, number_or(lx, "VMALLOC_START", ptk_direct_end_(lx) + 8 * MiB), "vmalloc() Area");
	add(m, pkmap - 2 * 4096, "vmalloc() End");
	add(m, pkmap, "Persistent kmap() Area");
	add(m, ldt, "LDT remap");
	add(m, entry, "CPU entry area");
	/* A hole, two early consoles, APIC, 64 IO-APICs, 16 kmap slots for each of 8 CPUs, MCFG. */
	add(m, 0xfffff000 - (1 + 2 + 1 + 64 + 16 * 8 + 1) * 4096u, "Fixmap area");
}

void ptk_markers_compute_(struct ptk_linux *lx, struct lx_markers *out)
{
	out->n = 0;
	out->array_pa = LX_NOWHERE;
	switch (lx->arch) {
	case LX_ARM: compute_arm(lx, out); break;
	case LX_ARM64: compute_arm64(lx, out); break;
	case LX_RISCV: compute_riscv(lx, out); break;
	case LX_X86:
		if (lx->info.regime.va_width == 64)
			compute_x86_64(lx, out);
		else
			compute_i386(lx, out);
		break;
	}
}
