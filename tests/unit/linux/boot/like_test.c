// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What a picture tells of its machine, rule by rule. The picture is the tables of a boot made by hand, with a struct
 * memblock and what a rule looks at planted beside them. Expected is what the kernel did, by the sources that are named.
 */
#include <string.h>

#include "base/endian.h"
#include "linux/boot/boot.h"
#include "linux/symbols.h"
#include "linux/vmcoreinfo.h"
#include "mem/mem.h"

#include "x86_lab.h"

struct picture {
	struct lab made; /* the boot whose tables it has */
	unsigned word;   /* bytes of long, and here of phys_addr_t */
	uint64_t root_va, root_pa;
	uint64_t data, data_pa; /* a page of the image for the memblock */
	const struct lx_vmcoreinfo *info; /* its VMCOREINFO, or NULL */
	const struct kv *named; /* further symbols, by where they are in that page */
	struct ptk_mem *mem;
	struct ptk_linux *lx;
	struct ptk_machine *told;
	struct ptk_err err;
};

static void put(struct picture *p, uint64_t pa, unsigned width, uint64_t v)
{
	uint8_t raw[8];
	store64(raw, v, false);
	if (ptk_mem_write(p->mem, pa, raw, width, NULL) < 0)
		bail("cannot write to the picture at 0x%" PRIx64, pa);
}

static void put_words(struct picture *p, uint64_t pa, const uint64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(p, pa + i * p->word, p->word, v[i]);
}

/* Memory from ram on for size bytes: the tables, and nothing else yet. */
static void start(struct picture *p, uint64_t ram, uint64_t size)
{
	static uint8_t page[4096];
	if (p->made.rc < 0)
		bail("%s", p->made.err.msg);
	const struct ptk_mem_info *mi = ptk_mem_info(p->made.b->mem);
	if (ptk_mem_new_image(ram, ram + size - 1, &p->mem) < 0)
		bail("no memory");
	p->mem->info.machine = ptk_regime_machine(&p->made.m->info.regime);
	for (size_t i = 0; i < mi->nextents; i++)
		for (uint64_t pa = mi->extent[i].first; pa < mi->extent[i].last; pa += sizeof page)
			if (ptk_mem_read(p->made.b->mem, pa, page, sizeof page, NULL) == 0)
				ptk_mem_write(p->mem, pa, page, sizeof page, NULL);
}

/* What is reserved besides, if its size is not 0; and whether that is KFENCE's pool. */
static struct {
	uint64_t at, size;
	bool pool;
} besides;

/* struct memblock (include/linux/memblock.h) of one bank and one reservation, or two. */
static void plant_memblock(struct picture *p, uint64_t ram, uint64_t size, uint64_t reserved, uint64_t reserved_size)
{
	const uint64_t block[] = {
		0, UINT32_MAX,
		1, 128, size, p->data + 0x100, p->data + 0x200,
		besides.size ? 2 : 1, 128, reserved_size + besides.size, p->data + 0x180, p->data + 0x210,
	};
	put_words(p, p->data_pa, block, sizeof block / sizeof *block);
	put_words(p, p->data_pa + 0x100, (const uint64_t[]){ram, size, 0}, 3);
	put_words(p, p->data_pa + 0x180, (const uint64_t[]){reserved, reserved_size, 0, besides.at, besides.size, 0}, 6);
	ptk_mem_write(p->mem, p->data_pa + 0x200, "memory", 7, NULL);
	ptk_mem_write(p->mem, p->data_pa + 0x210, "reserved", 9, NULL);
}

static struct lx_symtab *known_symbols(const struct picture *p)
{
	const struct ptk_machine_info *mi = &p->made.m->info;
	struct lx_symtab *st;
	char text[4096];
	size_t n = (size_t)snprintf(text, sizeof text, "%" PRIx64 " d memblock\n", p->data);
	for (size_t i = 0; i < mi->nsymbols; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%" PRIx64 " d %s\n", mi->symbol[i].va, mi->symbol[i].name);
	for (const struct kv *s = p->named; s && s->key; s++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%" PRIx64 " d %s\n", p->data + s->value, s->key);
	return ptk_symbols_load_(text, n, &st, NULL) < 0 ? NULL : st;
}

static void look(struct picture *p, const char *release, uint64_t page_offset, uint64_t phys_offset)
{
	const struct ptk_linux_about about = {
		.release = release,
		.table[PTK_TABLE_KERNEL] = ptk_boot_space(p->made.b),
		.page_offset = page_offset,
		.phys_offset = phys_offset,
	};
	if (ptk_linux_new(p->mem, &about, &p->lx, &p->err) < 0)
		bail("%s", p->err.msg);
	p->lx->told = false;
	p->lx->pgd_va = p->root_va;
	p->lx->pgd_pa = p->root_pa;
	p->lx->kallsyms_looked = true;
	p->lx->symtab = known_symbols(p);
	p->lx->vmcoreinfo = p->info;
	if (!p->lx->symtab || ptk_machine_like(p->lx, &p->told, &p->err) < 0)
		bail("%s", p->err.msg);
}

static void put_away(struct picture *p)
{
	ptk_machine_free(p->told);
	ptk_linux_close(p->lx);
	ptk_mem_close(p->mem);
	end(&p->made);
}

static uint64_t told(const struct picture *p, const char *key)
{
	return boot_value_(p->told, key, 99);
}

/* ---- arm64 ---- */

#define RAM64 UINT64_C(0x40000000)
#define LINEAR64 UINT64_C(0xffff000000000000)
#define SIZE64 (128 * MiB - 0x1000) /* so that its last leaf is a page in any case */

static const struct kv image64[] = {
	{"_text", 0}, {"_stext", 0x10000}, {"__idmap_text_start", 0x20000}, {"__idmap_text_end", 0x20800},
	{"_etext", 0x260000}, {"__start_rodata", 0x260000}, {"idmap_pg_dir", 0x2a0000}, {"swapper_pg_dir", 0x2b0000},
	{"__inittext_begin", 0x380000}, {"__init_begin", 0x380000}, {"__inittext_end", 0x3a0000},
	{"__initdata_begin", 0x3a0000}, {"init_idmap_pg_dir", 0x3b0000}, {"init_idmap_pg_end", 0x430000},
	{"__initdata_end", 0x440000}, {"__init_end", 0x440000}, {"_data", 0x440000}, {"bm_pud", 0x500000},
	{"bm_pmd", 0x510000}, {"bm_pte", 0x520000}, {"init_pg_dir", 0x540000}, {"init_pg_end", 0x5c0000}, {"_end", 0x600000},
};

/* Linux 6.minor with 4K pages, whose image is offset bytes past where it was linked, and whose entries are not global. */
static void picture64(struct picture *p, unsigned minor, uint64_t offset, const struct kv *more)
{
	const uint64_t text = (minor < 5 ? UINT64_C(0xffff800008000000) : UINT64_C(0xffff800080000000)) + offset;
	const uint64_t pa = RAM64 + 2 * MiB + offset % (2 * MiB), data = 0x480000;
	char release[16];
	*p = (struct picture){.made.m = boot_machine_new_(), .word = 8, .data = text + data, .data_pa = pa + data,
		.root_va = text + 0x2b0000, .root_pa = pa + 0x2b0000};
	struct lab *l = &p->made;
	if (!l->m || ptk_regime_parse("arm64-4k-48,high", &l->m->info.regime, &l->err) < 0)
		bail("%s", l->err.msg);
	l->m->arch = boot_arch_("arm64");
	l->m->info.major = 6;
	l->m->info.minor = minor;
	for (size_t i = 0; i < sizeof image64 / sizeof *image64; i++)
		boot_machine_symbol_(l->m, image64[i].key, text + image64[i].value);
	set(l, "kimage_voffset", text - pa);
	set(l, "text_first", 0);
	for (; more->key; more++)
		set(l, more->key, more->value);
	bank(l, RAM64, SIZE64, 0);
	boot_machine_reserve_(l->m, pa, pa + 0x5fffff, "kernel");
	boot(l);
	start(p, RAM64, SIZE64);
	/* setup_machine_fdt() and arm64_memblock_init(): 6.1 keeps what is from _stext on */
	plant_memblock(p, RAM64, SIZE64, pa + 0x10000, 0x5f0000);
	static const struct kv kfence[] = {{"kfence_early_init", 0x300}, {"__kfence_pool", 0x308}, {NULL, 0}};
	p->named = besides.pool ? kfence : NULL;
	put(p, p->data_pa + 0x300, 1, 1);
	put(p, p->data_pa + 0x308, 8, LINEAR64 + besides.at - RAM64);
	snprintf(release, sizeof release, "6.%u.1", minor);
	look(p, release, LINEAR64, RAM64);
}

static const struct kv not_global[] = {{"ng", 1}, {"kpti", 1}, {NULL, 0}};

/*
 * kaslr_requires_kpti() (arch/arm64/include/asm/mmu.h until 6.2) asks whether kaslr_offset() is above 0. Since 6.3
 * kaslr_enabled() counts from MIN_KIMG_ALIGN, 2M, on.
 */
static void test_offset_is_kaslr(void)
{
	static const struct {
		unsigned minor;
		uint64_t offset, ng;
		const char *what;
	} c[] = {
		{1, 0x10000, 1, "6.1: 64K past where the image was linked count as KASLR: not global from the start"},
		{1, 0, 0, "6.1: no offset is none: made so later"},
		{1, 2 * MiB, 1, "6.1: 2M do as well"},
		{3, 0x10000, 0, "6.3: 64K do not"},
		{3, 2 * MiB - 0x10000, 0, "6.3: nor does the last offset below 2M"},
		{3, 2 * MiB, 1, "6.3: 2M do"},
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct picture p;
		picture64(&p, c[i].minor, c[i].offset, not_global);
		is_u64(told(&p, "ng"), c[i].ng, "%s", c[i].what);
		is_u64(told(&p, "kpti"), 1, "and user code has no more than a trampoline in any case");
		put_away(&p);
	}
}

/* Neither rodata_full nor rodata_enabled is known here: what they made of the linear map tells. */
static void test_blocks(void)
{
	static const struct kv on[] = {{"rodata", 1}, {NULL, 0}}, full[] = {{"rodata", 2}, {NULL, 0}};
	struct picture p;
	picture64(&p, 1, 0, on);
	is_u64(told(&p, "rodata"), 1, "blocks in the linear map: rodata=on");
	is_u64(told(&p, "page_granular"), 0, "which is not made of pages");
	put_away(&p);
	picture64(&p, 1, 0, full);
	is_u64(told(&p, "rodata"), 2, "pages alone: rodata=full");
	put_away(&p);
}

/* PAGE_KERNEL has PTE_DIRTY in 6.1.192 and 6.12.107, not in 6.16.12 (asm/pgtable-prot.h): the version does not tell. */
static void test_dirty(void)
{
	static const struct kv clean[] = {{"dirty", 0}, {NULL, 0}}, none[] = {{NULL, 0}};
	struct picture p;
	picture64(&p, 1, 0, clean);
	is_u64(told(&p, "dirty"), 0, "entries of the kernel that are not dirty");
	put_away(&p);
	picture64(&p, 1, 0, none);
	is_u64(told(&p, "dirty"), 1, "and such that are");
	put_away(&p);
}

/* ---- arm ---- */

#define RAM32 UINT64_C(0x60000000)
#define LOW32 UINT64_C(0xc0000000)
#define OFF32 (LOW32 - RAM32)

static const struct kv image32[] = {
	{"_text", 0x8000}, {"_stext", 0x100000}, {"__turn_mmu_on", 0x100000}, {"__turn_mmu_on_end", 0x100020},
	{"__start_rodata", 0x400000}, {"__init_begin", 0x500000}, {"bm_pte", 0x540000}, {"__init_end", 0x600000},
	{"_sdata", 0x600000}, {"_end", 0x800000},
};

/*
 * Linux with short descriptors and a static_vm at vm, in the only reservation: dma_contiguous_remap() takes one for the
 * area at cma, of 4M, right before the area is mapped; memblock gives from the end of what is free.
 */
static void picture32(struct picture *p, uint64_t size, uint64_t first, uint64_t last, uint64_t vm, uint64_t cma)
{
	*p = (struct picture){.made.m = boot_machine_new_(), .word = 4, .data = LOW32 + 0x700000, .data_pa = RAM32 + 0x700000,
		.root_va = LOW32 + 0x4000, .root_pa = RAM32 + 0x4000};
	struct lab *l = &p->made;
	if (!l->m || ptk_regime_parse("arm-short,tre,memattr=0x40e040e0ff0a81a8", &l->m->info.regime, &l->err) < 0)
		bail("%s", l->err.msg);
	l->m->arch = boot_arch_("arm");
	l->m->info.major = 6;
	l->m->info.minor = 12;
	for (size_t i = 0; i < sizeof image32 / sizeof *image32; i++)
		boot_machine_symbol_(l->m, image32[i].key, LOW32 + image32[i].value);
	set(l, "page_offset", LOW32);
	set(l, "phys_offset", RAM32);
	bank(l, RAM32, size, 0);
	boot(l);
	start(p, RAM32, size);
	plant_memblock(p, RAM32, size, first, last - first + 1);
	/* struct vm_struct: next, addr, size, flags (VM_IOREMAP, VM_ARM_STATIC_MAPPING, MT_MEMORY_DMA_READY << 20), ..., phys_addr */
	const uint64_t words[] = {0, cma + OFF32, 4 * MiB, 0x40000001 | 17 << 20, 0, 0, cma, 0};
	for (size_t i = 0; i < 8; i++)
		if (vm + 4 * i <= RAM32 + size - 4)
			put(p, vm + 4 * i, 4, words[i]);
	look(p, "6.12.1", LOW32, RAM32);
}

static void found(const struct picture *p, uint64_t cma, const char *what)
{
	const struct ptk_machine_info *mi = &p->told->info;
	bool is = mi->niomaps == 1 && mi->iomap[0].pa == cma && mi->iomap[0].va == cma + OFF32 && mi->iomap[0].size == 4 * MiB;
	if (!ok(is && strcmp(mi->iomap[0].type, "MT_MEMORY_DMA_READY") == 0, "%s", what))
		printf("# %zu mappings, the first of 0x%" PRIx64 "\n", mi->niomaps, mi->niomaps ? mi->iomap[0].pa : 0);
}

static void test_static_vm(void)
{
	const uint64_t top = RAM32 + 64 * MiB - 1, cma = RAM32 + 32 * MiB;
	struct picture p;
	picture32(&p, 64 * MiB, top - 0xfff, top, top - 0xeff, cma);
	found(&p, cma, "memory for devices: its static_vm in a page that is reserved");
	put_away(&p);
	picture32(&p, 64 * MiB, top - 0xfff, top, top + 1 - 40, cma);
	found(&p, cma, "the 40 bytes that end with memory");
	put_away(&p);
	picture32(&p, 64 * MiB, cma, top, top + 1 - 40, cma);
	found(&p, cma, "the far end of a reservation of 32M, that of the area itself");
	put_away(&p);
	picture32(&p, 64 * MiB, cma, top, cma + 4 * MiB - 40, cma);
	found(&p, cma, "its near end");
	put_away(&p);
	picture32(&p, 64 * MiB, cma, top, cma + 16 * MiB, cma);
	is_u64(p.told->info.niomaps, 0, "its middle is not looked through");
	put_away(&p);
}

/* ---- arm64: what was reserved before the tables, though it lies below them ---- */

static void test_besides(uint64_t at, uint64_t size, bool early, const char *what)
{
	struct picture p;
	bool found = false;
	besides.at = RAM64 + at;
	besides.size = size;
	picture64(&p, 3, 0, not_global);
	for (size_t i = 0; i < p.told->info.nreserved; i++)
		found |= p.told->info.reserved[i].first == besides.at && p.told->info.reserved[i].last == besides.at + size - 1;
	ok(found == early, "%s", what);
	besides.size = 0;
	put_away(&p);
}

/* arm64_kfence_alloc_pool() takes it before all tables, and a boot does so again. */
static void test_pool(void)
{
	static const struct kv pool[] = {{"kfence_pool_size", 2 * MiB}, {NULL, 0}};
	struct picture p;
	bool found = false;
	besides.at = RAM64 + SIZE64 - 2 * MiB;
	besides.size = 2 * MiB;
	besides.pool = true;
	picture64(&p, 3, 0, pool);
	is_u64(told(&p, "kfence_pool_size"), 2 * MiB, "KFENCE's pool of 255 objects, with 4K pages");
	for (size_t i = 0; i < p.told->info.nreserved; i++)
		found |= p.told->info.reserved[i].last >= besides.at;
	ok(!found, "it is none of what was reserved before");
	besides.size = 0;
	besides.pool = false;
	put_away(&p);
}

/* ---- x86 ---- */

#define ENABLED 0x300
#define ALTERNATIVES 0x310

/* Linux 6.12 on 64M, with rodata_enabled true in memory, and a list of what is to be patched. */
static void picture_x86(struct picture *p, uint64_t rodata, uint64_t next, const struct kv *named)
{
	*p = (struct picture){.made = lab("x86-64", 12, PHYS), .word = 8, .data = TEXT + 0x988000, .data_pa = PHYS + 0x988000,
		.root_va = TEXT + 0x610000, .root_pa = PHYS + 0x610000, .named = named};
	memory(&p->made, MiB, 64 * MiB);
	set(&p->made, "rodata", rodata);
	boot(&p->made);
	start(p, 0, 64 * MiB);
	plant_memblock(p, MiB, 63 * MiB, PHYS, 0xa30000);
	put(p, p->data_pa + ENABLED, 1, 1);
	put(p, p->data_pa + ALTERNATIVES, 8, p->data + next);
	look(p, "6.12.1", L4, 0);
}

/* ---- NUMA ---- */

#define NODES 0x400
#define NODE(n) (0x600u + 0x100u * (n))

/* alloc_node_data(): 200 bytes of each node in two words of node_data; the third is of a node without memory. */
static void test_nodes(uint64_t second, size_t nodes, const char *what)
{
	static const char text[] = "OSRELEASE=6.12.1\nLENGTH(node_data)=64\nSIZE(pglist_data)=200\n"
	                           "OFFSET(pglist_data.node_start_pfn)=8\nOFFSET(pglist_data.node_spanned_pages)=24\n";
	static const struct lx_vmcoreinfo vi = {text, sizeof text - 1};
	static const struct kv named[] = {{"node_data", NODES}, {NULL, 0}};
	struct picture p = {.made = lab("x86-64", 12, PHYS), .word = 8, .data = TEXT + 0x988000, .data_pa = PHYS + 0x988000,
		.root_va = TEXT + 0x610000, .root_pa = PHYS + 0x610000, .named = named, .info = &vi};
	memory(&p.made, MiB, 64 * MiB);
	boot(&p.made);
	start(&p, 0, 64 * MiB);
	plant_memblock(&p, MiB, 63 * MiB, PHYS, 0xa30000);
	for (unsigned i = 0; i < 3; i++) {
		put(&p, p.data_pa + NODES + 8 * i, 8, p.data + NODE(i));
		put(&p, p.data_pa + NODE(i) + 8, 8, i == 1 ? second >> 12 : 0);
		put(&p, p.data_pa + NODE(i) + 24, 8, i < 2 ? 32 * MiB >> 12 : 0);
	}
	look(&p, "6.12.1", L4, 0);
	const struct ptk_machine_info *mi = &p.told->info;
	is_u64(mi->nnodes, nodes, "%s", what);
	if (nodes == 2)
		ok(mi->node[1].first == second && mi->node[1].last == second + 32 * MiB - 1 && mi->node[1].data == p.data_pa + NODE(1),
		   "the second: what it spans, and where its structure is");
	bool reserved = false;
	for (size_t i = 0; i < mi->nreserved; i++)
		reserved |= mi->reserved[i].first == p.data_pa + NODE(1) && mi->reserved[i].last == p.data_pa + NODE(1) + 255;
	ok(reserved, "which was taken before struct pages were, by whole cache lines");
	put_away(&p);
}

static void test_rodata(void)
{
	static const struct kv enabled[] = {{"rodata_enabled", ENABLED}, {NULL, 0}};
	struct picture p;
	picture_x86(&p, 0, 0, NULL);
	is_u64(told(&p, "rodata"), 0, "x86, without a variable: text that can be written says rodata=off");
	put_away(&p);
	picture_x86(&p, 1, 0, NULL);
	is_u64(told(&p, "rodata"), 1, "text that cannot says it is on");
	put_away(&p);
	picture_x86(&p, 0, 0, enabled);
	is_u64(told(&p, "rodata"), 1, "but rodata_enabled prevails");
	put_away(&p);
}

/* alternatives_smp_module_add() lists the kernel only if num_possible_cpus() is above 1 and one CPU was there. */
static void test_smp_locks(void)
{
	static const struct kv list[] = {{"smp_alt_modules", ALTERNATIVES}, {NULL, 0}};
	struct picture p;
	picture_x86(&p, 1, ALTERNATIVES, list);
	is_u64(told(&p, "smp_locks"), 0, "a list that leads to itself is empty: the lock prefixes' is freed");
	put_away(&p);
	picture_x86(&p, 1, ALTERNATIVES + 64, list);
	is_u64(told(&p, "smp_locks"), 1, "one with a member: it is kept");
	put_away(&p);
}

int main(void)
{
	test_offset_is_kaslr();
	test_blocks();
	test_dirty();
	test_static_vm();
	test_nodes(32 * MiB, 2, "x86: two nodes with memory");
	test_nodes(16 * MiB, 0, "nodes that span each other: whose memory is whose is not known");
	test_besides(64 * MiB + 0x18, 0x400, true, "firmware's table: memblock_alloc() gives whole cache lines' starts");
	test_besides(64 * MiB + 0x40, 0x400, false, "what starts with a line may have been taken after the tables");
	test_besides(64 * MiB + 0x18, 0x20000, false, "and so may what is large");
	test_pool();
	test_rodata();
	test_smp_locks();
	return done();
}
