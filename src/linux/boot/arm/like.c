// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The facts of an arm machine, from a picture of its running kernel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "base/endian.h"
#include "base/err.h"
#include "linux/boot/arm/arm.h"
#include "linux/boot/devtree.h"
#include "linux/layout.h"

#define DTB_MAX (UINT32_C(4) << 20)
#define PROBES_MAX (1u << 20)

struct like {
	struct ptk_machine *m;
	struct ptk_linux *lx;
	bool lpae;
	uint64_t page_offset, phys_offset;
	unsigned probes;           /* left, for what is looked for by its shape */
	struct ptk_bank *reserved; /* the picture's, all of them */
	size_t nreserved;
};

/* ---- the image's segments ---- */

/*
 * A kernel without KALLSYMS_ALL names its text alone. request_standard_resources() tells the rest: code is _text to
 * __init_begin, data _sdata to _end; and __init_end is where _sdata is (vmlinux.lds.S).
 */
static void segments(struct like *k)
{
	uint64_t first, last, off = k->page_offset - k->phys_offset;
	if (boot_like_resource_(k->lx, "Kernel code", &first, &last) == 0) {
		boot_machine_symbol_if_new_(k->m, "_text", first + off);
		boot_machine_symbol_if_new_(k->m, "__init_begin", last + 1 + off);
	}
	if (boot_like_resource_(k->lx, "Kernel data", &first, &last) == 0) {
		boot_machine_symbol_if_new_(k->m, "_sdata", first + off);
		boot_machine_symbol_if_new_(k->m, "__init_end", first + off);
		boot_machine_symbol_if_new_(k->m, "_end", last + 1 + off);
	}
}

/* ---- the CPU ---- */

/* MT_MEMORY_RW's section bits as the kernel computed them: struct mem_type is pte, its stage-2 twin, l1, sect, domain. */
static bool first_section(struct like *k, uint64_t *raw)
{
	struct ptk_space s;
	struct ptk_path path;
	if (boot_kernel_space_(k->lx, &s) < 0)
		return false;
	ptk_walk(&s, k->page_offset, &path, NULL);
	if (path.outcome != PTK_MAPPED || path.nsteps == 0)
		return false;
	*raw = path.step[path.nsteps - 1].entry.raw;
	return path.step[path.nsteps - 1].entry.level == 1;
}

static void cpu(struct like *k)
{
	uint64_t v, arch = 0;
	/* enum of asm/cputype.h's CPU_ARCH_*: 8 is ARMv6, 9 ARMv7 */
	if (boot_read_symbol_(k->lx, "__cpu_architecture", 4, &arch) == 0 && arch >= 8 && arch <= 9)
		boot_machine_value_(k->m, "cpu_arch", arch - 2, "__cpu_architecture");
	else
		boot_machine_value_(k->m, "cpu_arch", 7, "default");
	if (boot_read_symbol_(k->lx, "smp_on_up", 4, &v) == 0)
		boot_machine_value_(k->m, "smp", v != 0, "smp_on_up");
	else if (first_section(k, &v))
		boot_machine_value_(k->m, "smp", field_get(v, k->lpae ? 9 : 16, k->lpae ? 8 : 16) != 0,
		                    "the S bit of the picture's first section of lowmem, as head.S set it");
	else
		boot_machine_value_(k->m, "smp", 1, "default");
}

/* ---- the configuration, by what the image contains ---- */

static void switches(struct like *k)
{
	static const struct {
		const char *key, *symbol;
	} by_symbol[] = {
		{"highmem", "kmap_high"},
		{"kuser", "__kuser_helper_start"},
		{"pci", "pci_reserve_io"},
		{"strict_rwx", "mark_rodata_ro"},
	};
	uint64_t v;
	for (size_t i = 0; i < sizeof by_symbol / sizeof *by_symbol; i++) {
		bool is = boot_has_symbol_(k->lx, by_symbol[i].symbol);
		char how[64];
		snprintf(how, sizeof how, "%s %s", is ? "there is" : "there is no", by_symbol[i].symbol);
		boot_machine_value_(k->m, by_symbol[i].key, is, how);
	}
	if (boot_read_symbol_(k->lx, "rodata_enabled", 1, &v) == 0)
		boot_machine_value_(k->m, "rodata", v != 0, "rodata_enabled");
}

/* ---- the device tree ---- */

static int no_fact(void *arg, enum fdt_fact what, uint64_t first, uint64_t size, const char *name)
{
	return 0;
}

/* A whole, sound tree that lies in this reservation? */
static bool dtb_in(struct like *k, const struct ptk_bank *r, uint64_t pa)
{
	uint8_t head[40];
	uint32_t total;
	if (pa < r->first || r->last - r->first < sizeof head || pa > r->last - sizeof head ||
	    ptk_mem_read(k->lx->mem, pa, head, sizeof head, NULL) < 0)
		return false;
	total = fdt_total_(head, sizeof head);
	if (!total || total > DTB_MAX || total - 1 > r->last - pa)
		return false;
	CLEANUP_FREE uint8_t *blob = malloc(total);
	return blob && ptk_mem_read(k->lx->mem, pa, blob, total, NULL) == 0 && fdt_facts_(blob, total, no_fact, NULL, NULL) == 0;
}

/* Every step-th address of a reservation, the first of which is at; an initrd may lie right before the tree. */
static uint64_t dtb_at(struct like *k, const struct ptk_bank *r, uint64_t at, uint64_t step)
{
	for (; at <= r->last && k->probes; at += step, k->probes--)
		if (dtb_in(k, r, at))
			return at;
	return 0;
}

/*
 * __atags_pointer is gone with init memory. initial_boot_params, the same address in the kernel's map of the tree, still
 * tells its place in a section. The tree itself was reserved, and lies there still.
 */
static uint64_t find_dtb(struct like *k, const char **how)
{
	uint64_t va, pa, section = k->lpae ? ARM_PMD : ARM_PMD / 2;
	bool place = boot_read_symbol_(k->lx, "initial_boot_params", 4, &va) == 0 && va >= ARM_FDT_BASE;
	*how = place ? "initial_boot_params, and the reservation that has a device tree there"
	             : "the reservation that has a device tree at the start of a page";
	for (size_t i = 0; i < k->nreserved; i++) {
		const struct ptk_bank *r = &k->reserved[i];
		if (place)
			pa = dtb_at(k, r, round_down(r->first, section) + (va & (section - 1)), section);
		else if ((pa = dtb_in(k, r, r->first) ? r->first : 0) == 0)
			pa = dtb_at(k, r, round_down(r->first + 4095, 4096), 4096);
		if (pa)
			return pa;
	}
	return 0;
}

static int fact(void *arg, enum fdt_fact what, uint64_t first, uint64_t size, const char *name)
{
	struct like *k = arg;
	if (what == FDT_RESERVED)
		return boot_machine_reserve_(k->m, first, first + size - 1, name ? name : "device tree's reservation");
	if (what == FDT_INITRD) /* reserve_initrd_mem() takes whole pages */
		return boot_machine_reserve_(k->m, first & ~UINT64_C(4095), (first + size - 1) | 4095, "initrd");
	return 0; /* banks and no-map parts are in the memblock */
}

/* memparse() of a parameter's value. */
static bool parameter(const char *line, const char *name, uint64_t *out)
{
	size_t len = strlen(name);
	for (const char *p = line; (p = strstr(p, name)) != NULL; p += len) {
		char *end;
		if ((p != line && p[-1] != ' ') || p[len] != '=')
			continue;
		*out = strtoull(p + len + 1, &end, 0);
		static const char units[] = "KMG";
		const char *unit = *end ? strchr(units, *end & ~32) : NULL;
		if (unit)
			*out <<= 10 * (unit - units + 1);
		return end != p + len + 1;
	}
	return false;
}

/* set_debug_rodata() (init/main.c), where no variable tells. */
static void rodata(struct like *k, const char *line)
{
	const char *p = line ? strstr(line, "rodata=") : NULL;
	if (boot_has_(k->m, "rodata") || !p || (p != line && p[-1] != ' '))
		return;
	bool off = strncmp(p + 7, "off", 3) == 0 || p[7] == '0' || p[7] == 'n' || p[7] == 'N';
	boot_machine_value_(k->m, "rodata", !off, "command line, rodata=");
}

/* early_vmalloc(): at least 16M, at most what leaves 32M of lowmem. */
static void vmalloc_size(struct like *k, const char *line)
{
	uint64_t v, most = ARM_VMALLOC_END - (k->page_offset + (UINT64_C(32) << 20) + ARM_VMALLOC_OFFSET);
	if (!line || !parameter(line, "vmalloc", &v))
		return;
	v = v < UINT64_C(16) << 20 ? UINT64_C(16) << 20 : v > most ? most : v;
	boot_machine_value_(k->m, "vmalloc", v, "command line, vmalloc=");
}

static void device_tree(struct like *k)
{
	const char *how = NULL, *line = NULL;
	uint8_t head[40];
	uint64_t pa = find_dtb(k, &how);
	if (!pa || ptk_mem_read(k->lx->mem, pa, head, sizeof head, NULL) < 0) {
		boot_machine_value_(k->m, "dtb", 0, "none is in the picture");
		return;
	}
	uint32_t total = fdt_total_(head, sizeof head);
	CLEANUP_FREE uint8_t *blob = malloc(total);
	if (!blob) {
		k->m->failed = PTK_E_NOMEM;
		return;
	}
	boot_machine_value_(k->m, "dtb", pa, how);
	boot_machine_value_(k->m, "dtb_size", total, "its header");
	/* a kernel with an unsound one would not have booted: what stands there now is something else */
	if (ptk_mem_read(k->lx->mem, pa, blob, total, NULL) == 0)
		fdt_facts_(blob, total, fact, k, &line);
	rodata(k, line);
	vmalloc_size(k, line);
}

/* ---- static mappings ---- */

#define STATIC_MAPPING UINT32_C(0x40000000)
#define EMPTY_MAPPING UINT32_C(0x20000000)
#define VM_IOREMAP 1u
#define STATIC_MAX 256
#define SHAPE_MAX (UINT64_C(4) << 20) /* bytes at either end of a reservation that are looked through */

/* struct vm_struct (include/linux/vmalloc.h): next, addr, size, flags, pages, nr_pages, phys_addr, caller; then the list. */
static int read_static_vm(struct like *k, uint64_t va, uint64_t vm[4])
{
	int rc = boot_read_number_(k->lx, va + 4, 4, &vm[0]);
	if (rc == 0)
		rc = boot_read_number_(k->lx, va + 8, 4, &vm[1]);
	if (rc == 0)
		rc = boot_read_number_(k->lx, va + 12, 4, &vm[2]);
	if (rc == 0)
		rc = boot_read_number_(k->lx, va + 24, k->lpae ? 8 : 4, &vm[3]);
	return rc;
}

static bool is_static_vm(const uint64_t vm[4])
{
	uint64_t kind = vm[2] & (STATIC_MAPPING | EMPTY_MAPPING);
	return kind && kind != (STATIC_MAPPING | EMPTY_MAPPING) && vm[2] & VM_IOREMAP && is_aligned(vm[0], 4096) && vm[1] &&
	       is_aligned(vm[1], 4096) && vm[0] + vm[1] <= UINT64_C(0x100000000) && (vm[2] >> 20 & 0x1f) < ARM_TYPES;
}

static void take_static_vm(struct like *k, const uint64_t vm[4])
{
	const char *type = arm_type_name_(vm[2] >> 20 & 0x1f);
	if (!(vm[2] & STATIC_MAPPING))
		return; /* only kept free */
	boot_machine_iomap_(k->m, vm[0], vm[3], vm[1], type);
	if (strcmp(type, "MT_MEMORY_DMA_READY") == 0)
		boot_machine_reserve_(k->m, vm[3], vm[3] + vm[1] - 1, "CMA");
}

/* Follow the list through one member; the head is not one. Its size is the first that makes all of them sound. */
static bool walk_static_vms(struct like *k, uint64_t from, uint64_t vm_size, bool take)
{
	uint64_t at = from, next, vm[4], after = 0;
	for (unsigned n = 0; n < STATIC_MAX; n++, at = next) {
		if (boot_read_number_(k->lx, at, 4, &next) < 0)
			return false;
		if (n && at == from)
			return true;
		if (n == 0)
			continue;
		if (read_static_vm(k, at - vm_size, vm) < 0 || !is_static_vm(vm) || vm[0] < after)
			return false;
		after = vm[0] + vm[1]; /* add_static_vm_early() keeps them in order */
		if (take)
			take_static_vm(k, vm);
	}
	return false;
}

static void by_list(struct like *k, uint64_t head)
{
	for (uint64_t size = k->lpae ? 40 : 32; size <= 48; size += k->lpae ? 8 : 4) {
		if (!walk_static_vms(k, head, size, false))
			continue;
		walk_static_vms(k, head, size, true);
		boot_machine_value_(k->m, "static_vm", size + 8, "static_vmlist");
		return;
	}
}

/* Without the symbol: memory that is mapped for devices has one, which was taken from the memblock right before. */
static void by_shape(struct like *k, const struct ptk_bank *r)
{
	uint64_t off = k->page_offset - k->phys_offset;
	const uint32_t want = VM_IOREMAP | STATIC_MAPPING | MT_MEMORY_DMA_READY << 20;
	size_t step = k->lpae ? 8 : 4;
	if (r->last - r->first > 4096)
		k->probes -= k->probes < 1024 ? k->probes : 1024;
	for (uint64_t pa = round_down(r->first + step - 1, step); pa < r->last && r->last - pa >= 32; pa += step) {
		const uint8_t *p = ptk_mem_map(k->lx->mem, pa + 12, 4);
		uint64_t vm[4];
		if (!p || load32(p, ptk_mem_info(k->lx->mem)->big_endian) != want || read_static_vm(k, pa + off, vm) < 0 ||
		    !is_static_vm(vm) || vm[0] != vm[3] + off)
			continue;
		take_static_vm(k, vm);
		return;
	}
}

static void static_vms(struct like *k)
{
	uint64_t head;
	size_t before = k->m->info.niomaps;
	if (ptk_linux_symbol(k->lx, "static_vmlist", &head) == 0) {
		by_list(k, head);
		return;
	}
	for (size_t i = k->nreserved; i-- > 0 && k->probes && k->m->info.niomaps == before; k->probes--) {
		struct ptk_bank r = k->reserved[i], low = r, high = r;
		/* of a long one both ends: the memory for devices may be above what is looked for, or below */
		bool both = r.last - r.first > 2 * SHAPE_MAX;
		if (both)
			low.last = r.first + SHAPE_MAX;
		high.first = r.last - SHAPE_MAX;
		by_shape(k, &low);
		if (both && k->m->info.niomaps == before)
			by_shape(k, &high);
	}
}

int arm_like_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err)
{
	struct like k = {
		.m = m,
		.lx = lx,
		.lpae = lx->layout.pae,
		.page_offset = lx->layout.page_offset,
		.phys_offset = lx->layout.phys_offset,
		.nreserved = m->info.nreserved,
		.probes = PROBES_MAX,
	};
	(void)err;
	k.reserved = ptk_lx_alloc_(&m->arena, (k.nreserved + 1) * sizeof *k.reserved);
	if (!k.reserved)
		return PTK_E_NOMEM;
	if (k.nreserved)
		memcpy(k.reserved, m->info.reserved, k.nreserved * sizeof *k.reserved);
	boot_machine_forget_reserved_(m);
	boot_machine_value_(m, "page_offset", k.page_offset, "the root maps itself there");
	boot_machine_value_(m, "phys_offset", k.phys_offset, "the root maps itself there");
	segments(&k);
	cpu(&k);
	switches(&k);
	device_tree(&k);
	static_vms(&k);
	return 0;
}
