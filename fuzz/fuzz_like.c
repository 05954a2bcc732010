// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A hostile picture of a kernel: its machine is taken from it, booted, and held against it. The first byte picks one of
 * some small machines, whose tables are those of a boot and in whose image a memblock, a tree of resources, a device tree
 * and variables are planted; the second says which of their symbols are known. Then come records that write over this: a
 * page (2 bytes, among those that are there), an offset in it (2 bytes), a length (1 byte), and that many bytes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "boards.h"
#include "linux/boot/boot.h"
#include "linux/symbols.h"
#include "mem/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                                                    \
	do {                                                                                                          \
		if (!(cond))                                                                                          \
			abort();                                                                                      \
	} while (0)

/* ---- the machine as it was ---- */

struct made {
	struct ptk_machine *m;
	struct ptk_boot *boot;
};

static void set_symbols(struct ptk_machine *m, const char *map)
{
	char name[64];
	uint64_t va;
	for (int used; sscanf(map, "%" SCNx64 " %*c %63s%n", &va, name, &used) == 2; map += used)
		MUST(boot_machine_symbol_(m, name, va) == 0);
}

static void set_values(struct ptk_machine *m, const char *values)
{
	char key[64];
	uint64_t v;
	for (int used; sscanf(values, "%63s 0x%" SCNx64 "%n", key, &v, &used) == 2; values += used)
		MUST(boot_machine_value_(m, key, v, "the harness") == 0);
}

static const struct made *make(const struct board *bd)
{
	static struct made all[NBOARDS];
	struct made *made = &all[bd - boards];
	struct ptk_err err = {0};
	if (made->boot)
		return made;
	struct ptk_machine *m = made->m = boot_machine_new_();
	MUST(m && ptk_regime_parse(bd->regime, &m->info.regime, &err) == 0);
	m->info.major = bd->major;
	m->info.minor = bd->minor;
	m->arch = boot_arch_(ptk_regime_arch(&m->info.regime));
	if (bd->low)
		boot_machine_bank_(m, 0, bd->low - 1, 0);
	boot_machine_bank_(m, bd->ram, bd->ram + bd->size - 1, 0);
	set_symbols(m, bd->symbols);
	set_values(m, bd->values);
	if (boot_machine_finish_(m, &err) < 0 || ptk_boot_run(m, NULL, &made->boot, &err) < 0) {
		fprintf(stderr, "%s: %s\n", bd->regime, err.msg);
		abort();
	}
	return made;
}

/* ---- what is planted ---- */

struct plant {
	const struct board *bd;
	struct ptk_mem *mem;
	unsigned word, phys; /* bytes of long and of phys_addr_t */
	uint64_t at;
};

static void put(struct plant *p, unsigned width, uint64_t v)
{
	uint8_t raw[8];
	store64(raw, v, false);
	ptk_mem_write(p->mem, p->bd->data_pa + p->at, raw, width, NULL);
	p->at += width;
}

static uint64_t put_text(struct plant *p, uint64_t at, const char *text)
{
	ptk_mem_write(p->mem, p->bd->data_pa + at, text, strlen(text) + 1, NULL);
	return p->bd->data + at;
}

#define MEMORY 0x100u
#define RESERVED 0x180u
#define NAMES 0x200u
#define RESOURCES 0x300u
#define STATIC_VM 0x600u
#define VARIABLES 0x800u
#define DEVICE_TREE 0x1000u

static bool is_arm(const struct board *bd)
{
	return bd->page_offset == 0xc0000000 && !bd->low;
}

/* On arm it is reserved memory of its own, else a page of the planted ones. */
static uint64_t tree_pa(const struct board *bd)
{
	return is_arm(bd) ? bd->ram + 0x900000 : bd->data_pa + DEVICE_TREE;
}

static void put_type(struct plant *p, uint64_t regions, uint64_t count, uint64_t total, uint64_t name)
{
	put(p, p->word, count);
	put(p, p->word, 128);
	put(p, p->phys, total);
	put(p, p->word, p->bd->data + regions);
	put(p, p->word, name);
	p->at = (p->at + p->phys - 1) & ~(uint64_t)(p->phys - 1);
}

static void put_region(struct plant *p, uint64_t base, uint64_t size)
{
	put(p, p->phys, base);
	put(p, p->phys, size);
	put(p, p->phys, 0);
}

static void plant_memblock(struct plant *p)
{
	const struct board *bd = p->bd;
	uint64_t memory = put_text(p, NAMES, "memory"), reserved = put_text(p, NAMES + 0x10, "reserved");
	p->at = 0;
	put(p, p->phys, 0);
	put(p, p->phys, UINT32_MAX);
	put_type(p, MEMORY, bd->low ? 2 : 1, bd->size + bd->low, memory);
	put_type(p, RESERVED, 1, is_arm(bd) ? 0x10000 : 0x1000000, reserved);
	p->at = MEMORY;
	if (bd->low)
		put_region(p, 0, bd->low);
	put_region(p, bd->ram, bd->size);
	p->at = RESERVED;
	put_region(p, is_arm(bd) ? tree_pa(bd) : bd->data_pa & ~UINT64_C(0xffffff), is_arm(bd) ? 0x10000 : 0x1000000);
}

/* struct resource: start, end, name, flags, desc, parent, sibling, child. */
static uint64_t put_resource(struct plant *p, unsigned i, uint64_t first, uint64_t last, uint64_t name, bool more, bool child)
{
	uint64_t at = RESOURCES + 0x40 * i, va = p->bd->data + at;
	p->at = at;
	put(p, p->phys, first);
	put(p, p->phys, last);
	put(p, p->word, name);
	for (int k = 0; k < 3; k++)
		put(p, p->word, 0);
	put(p, p->word, more ? va + 0x40 : 0);
	put(p, p->word, child ? va + 0x40 : 0);
	return va;
}

static uint64_t plant_resources(struct plant *p)
{
	const struct board *bd = p->bd;
	uint64_t root = put_text(p, NAMES + 0x20, "PCI mem"), ram = put_text(p, NAMES + 0x30, "System RAM");
	uint64_t code = put_text(p, NAMES + 0x40, "Kernel code"), kept = put_text(p, NAMES + 0x50, "Reserved");
	uint64_t va = put_resource(p, 0, 0, p->phys == 4 ? UINT32_MAX : UINT64_MAX, root, false, true);
	put_resource(p, 1, 0, bd->low ? bd->low - 1 : 0xfff, bd->low ? ram : kept, true, false);
	put_resource(p, 2, bd->ram, bd->ram + bd->size - 1, ram, true, false);
	put_resource(p, 3, bd->ram + bd->size, bd->ram + bd->size + 0xfff, kept, true, true);
	put_resource(p, 4, bd->data_pa - 0x100000, bd->data_pa, code, false, false);
	return va;
}

static uint64_t variable(const struct board *bd, const char *name)
{
	for (size_t i = 0; i < NVARIABLES; i++)
		if (strcmp(variables[i], name) == 0)
			return VARIABLES + 16 * i;
	abort();
}

static void set(struct plant *p, const char *name, unsigned width, uint64_t v)
{
	p->at = variable(p->bd, name);
	put(p, width, v);
}

/* A list head, then a struct static_vm of arm: vm_struct's next, addr, size, flags, pages, nr_pages, phys_addr, caller, list. */
static void plant_static_vm(struct plant *p)
{
	uint64_t list = p->bd->data + STATIC_VM + (p->phys == 8 ? 40 : 32), head = p->bd->data + variable(p->bd, "static_vmlist");
	set(p, "static_vmlist", 4, list);
	p->at = STATIC_VM;
	for (int k = 0; k < 8; k++)
		put(p, 4, k == 1 ? 0xf8000000 : k == 2 ? 0x1000 : k == 3 ? 0x40000001 : k == 6 ? 0x1c000000 : 0);
	p->at = list - p->bd->data;
	put(p, 4, head);
}

static void plant_variables(struct plant *p)
{
	const struct board *bd = p->bd;
	set(p, "__cpu_architecture", 4, 9);
	set(p, "smp_on_up", 4, 1);
	set(p, "rodata_enabled", 1, 1);
	set(p, "initial_boot_params", p->word, is_arm(bd) ? 0xff900000 : bd->data + DEVICE_TREE);
	set(p, "memstart_addr", 8, bd->phys_offset);
	set(p, "page_size_mask", 4, 1u << 2);
	set(p, "max_low_pfn", 4, (bd->ram + bd->size) >> 12);
	set(p, "_brk_end", p->word, bd->data + 0x110000);
	set(p, "real_mode_header", p->word, bd->page_offset + 0x9b000);
	set(p, "system_state", 4, 3);
	set(p, "__FIXADDR_TOP", p->word, 0xfffff000);
	set(p, "nr_cpu_ids", 4, 2);
	set(p, "mp_lapic_addr", p->word, 0xfee00000);
	set(p, "nr_ioapics", 4, 2);
	set(p, "__per_cpu_offset", p->word, 0x1000000);
	if (is_arm(bd))
		plant_static_vm(p);
}

/* A device tree (Devicetree Specification 5): one reservation, one bank, the initrd's place. */
static void plant_device_tree(struct plant *p)
{
	static const uint32_t words[] = {
		0xd00dfeed, 0x100, 0x48, 0xd0, 0x28, 17, 16, 0, 0x20, 0x88, /* the header; strings are at 0xd0 */
		0, 0x43000000, 0, 0x1000, 0, 0, 0, 0,                       /* reservations */
		1, 0, 1, 0x6d656d6f, 0x72794034, 0,                         /* "memory@4" */
		3, 7, 0, 0x6d656d6f, 0x72790000, 3, 16, 12, 0, 0x40000000, 0, 0x2000000, 2,
		1, 0x63686f73, 0x656e0000, 3, 4, 16, 0x41000000, 2, 2, 9,    /* "chosen" */
	};
	uint8_t raw[0x100] = {0};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		for (unsigned k = 0; k < 4; k++)
			raw[4 * i + k] = (uint8_t)(words[i] >> (24 - 8 * k));
	memcpy(raw + 0xd0, "device_type\0reg\0linux,initrd-start", 35);
	ptk_mem_write(p->mem, tree_pa(p->bd), raw, sizeof raw, NULL);
}

/* ---- the picture ---- */

static struct ptk_mem *copy_tables(const struct board *bd)
{
	const struct ptk_mem *from = make(bd)->boot->mem;
	const struct ptk_mem_info *mi = ptk_mem_info(from);
	static uint8_t page[4096];
	struct ptk_mem *to;
	if (ptk_mem_new_image(bd->low ? 0 : bd->ram, bd->ram + bd->size - 1, &to) < 0)
		return NULL;
	to->info.machine = ptk_regime_machine(&make(bd)->m->info.regime);
	for (size_t i = 0; i < mi->nextents; i++)
		for (uint64_t pa = mi->extent[i].first; pa < mi->extent[i].last; pa += sizeof page)
			if (ptk_mem_read(make(bd)->boot->mem, pa, page, sizeof page, NULL) == 0)
				ptk_mem_write(to, pa, page, sizeof page, NULL);
	return to;
}

static uint64_t find_page(struct ptk_mem *mem, const struct board *bd, uint64_t i)
{
	const struct ptk_mem_info *mi = ptk_mem_info(mem);
	uint64_t n = 0;
	if (i < 64)
		return i & 1 ? tree_pa(bd) : bd->data_pa;
	for (size_t k = 0; k < mi->nextents; k++)
		n += (mi->extent[k].last - mi->extent[k].first + 1) >> 12;
	i = n ? i % n : 0;
	for (size_t k = 0; k < mi->nextents; k++) {
		uint64_t has = (mi->extent[k].last - mi->extent[k].first + 1) >> 12;
		if (i < has)
			return mi->extent[k].first + i * 4096;
		i -= has;
	}
	return bd->data_pa;
}

static void mutate(struct ptk_mem *mem, const struct board *bd, const uint8_t *p, size_t n)
{
	while (n > 5) {
		size_t len = p[4] < n - 5 ? p[4] : n - 5;
		uint64_t pa = find_page(mem, bd, (uint64_t)p[0] | (uint64_t)p[1] << 8);
		ptk_mem_write(mem, pa + ((p[2] | (unsigned)p[3] << 8) & 4095), p + 5, len, NULL);
		p += 5 + len;
		n -= 5 + len;
	}
}

static struct lx_symtab *symbols(const struct board *bd, uint8_t known)
{
	struct lx_symtab *st;
	char text[8192];
	size_t n = (size_t)snprintf(text, sizeof text, "%s", bd->symbols);
	if (known & 1)
		n += (size_t)snprintf(text + n, sizeof text - n, "%" PRIx64 " d memblock\n", bd->data);
	if (known & 2)
		n += (size_t)snprintf(text + n, sizeof text - n, "%" PRIx64 " d iomem_resource\n", bd->data + RESOURCES);
	for (size_t i = 0; i < NVARIABLES; i++)
		if (known >> (2 + i % 6) & 1)
			n += (size_t)snprintf(text + n, sizeof text - n, "%" PRIx64 " d %s\n", bd->data + VARIABLES + 16 * i, variables[i]);
	return ptk_symbols_load_(text, n, &st, NULL) < 0 ? NULL : st;
}

static struct ptk_linux *open_picture(struct ptk_mem *mem, const struct board *bd, uint8_t known)
{
	const struct ptk_linux_about about = {
		.release = bd->minor == 1 ? "6.1.192" : "6.12.117",
		.table[PTK_TABLE_KERNEL] = ptk_boot_space(make(bd)->boot),
		.page_offset = bd->page_offset,
		.phys_offset = bd->phys_offset,
	};
	struct ptk_linux *lx = NULL;
	if (ptk_linux_new(mem, &about, &lx, NULL) < 0)
		return NULL;
	lx->told = false;
	lx->pgd_va = bd->root;
	lx->pgd_pa = bd->root_pa;
	lx->kallsyms_looked = true; /* fuzz_kallsyms has that */
	lx->symtab = symbols(bd, known);
	return lx;
}

/* ---- use ---- */

static int step(void *arg, const struct ptk_boot_step *s)
{
	unsigned *left = arg;
	MUST(s->function);
	return (*left)-- ? 0 : PTK_E_LIMIT;
}

static int diff(void *arg, const struct ptk_boot_diff *d)
{
	uint64_t *told = arg;
	MUST(d->verdict != PTK_BOOT_EQUAL && d->first <= d->last && d->count && d->region && !d->why == (d->verdict != PTK_BOOT_NAMED));
	*told += d->count;
	return 0;
}

static void compare(struct ptk_boot *b, struct ptk_linux *lx)
{
	struct ptk_err err = {0};
	size_t n;
	uint64_t told = 0, differ = 0;
	ptk_boot_regions(b, &n);
	struct ptk_boot_sum *sum = calloc(n + 1, sizeof *sum);
	if (!sum)
		return;
	int rc = ptk_boot_compare(b, lx, diff, &told, sum, &err);
	MUST(rc == 0 || (rc < 0 && err.msg[0]));
	for (size_t i = 0; i < n && rc == 0; i++) {
		const struct ptk_boot_sum *s = &sum[i];
		MUST(s->entries == s->equal + s->named + s->different + s->only_ours + s->only_theirs && s->tables_placed <= s->tables);
		differ += s->entries - s->equal;
	}
	MUST(rc < 0 || told == differ);
	free(sum);
}

static void use(struct ptk_linux *lx)
{
	struct ptk_machine *m = NULL;
	struct ptk_boot *b = NULL;
	struct ptk_err err = {0};
	unsigned steps = 4096;
	struct ptk_boot_opts opts = {.trace = step, .arg = &steps};
	int rc = ptk_machine_like(lx, &m, &err);
	MUST((rc < 0) == !m && (rc == 0 || err.msg[0]));
	if (rc < 0)
		return;
	err.msg[0] = 0;
	rc = ptk_boot_run(m, &opts, &b, &err);
	MUST((rc < 0) == !b && (rc == 0 || rc == PTK_E_LIMIT || err.msg[0]));
	if (b)
		compare(b, lx);
	ptk_boot_free(b);
	ptk_machine_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const struct board *bd = &boards[data[0] % NBOARDS];
	struct plant p = {.bd = bd, .mem = copy_tables(bd)};
	if (!p.mem)
		return 0;
	const struct ptk_regime *r = &make(bd)->m->info.regime;
	p.word = r->va_width / 8u;
	p.phys = r->entry_shift == 3 ? 8 : 4;
	plant_memblock(&p);
	plant_resources(&p);
	plant_variables(&p);
	plant_device_tree(&p);
	mutate(p.mem, bd, data + 2, size - 2);
	struct ptk_linux *lx = open_picture(p.mem, bd, data[1]);
	if (lx && lx->symtab)
		use(lx);
	ptk_linux_close(lx);
	ptk_mem_close(p.mem);
	return 0;
}
