// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What x86-64 maps beside the linear map and the image, on machines made by hand. Where things are and which bits they
 * have is worked out from arch/x86/mm/init_64.c, cpu_entry_area.c, pti.c, kernel/espfix_64.c, mm/sparse.c, mm/percpu.c and
 * asm/cpu_entry_area.h, and written down as numbers.
 */
#include "linux/symbols.h"

#include "x86_lab.h"

#define RO UINT64_C(0x8000000000000121)     /* PAGE_KERNEL_RO of 6.6 and later */
#define TABLE UINT64_C(0x67)                /* _PAGE_TABLE */
#define KERNEL_TABLE UINT64_C(0x63)         /* _KERNPG_TABLE */
#define ATTRIBUTES UINT64_C(0xfff0000000000fff)
#define VMEMMAP4 UINT64_C(0xffffea0000000000)
#define VMEMMAP5 UINT64_C(0xffd4000000000000)
#define CEA UINT64_C(0xfffffe0000000000)
#define PERCPU UINT64_C(0x7a00000)

static const struct kv percpu[] = {
        {"cpu_debug_store", 0x1000}, {"cpu_tss_rw", 0x6000}, {"gdt_page", 0xb000}, {"exception_stacks", 0xc000},
        {"entry_stack_storage", 0x14000}, {"__per_cpu_end", 0x20418},
};

static struct lab smp(const char *regime, unsigned minor)
{
	struct lab l = board(regime, minor, 0x7fdf000);
	for (size_t i = 0; i < sizeof percpu / sizeof *percpu; i++)
		boot_machine_symbol_(l.m, percpu[i].key, percpu[i].value);
	return l;
}

static const struct ptk_boot_region *region(const struct lab *l, const char *name)
{
	size_t n = 0;
	const struct ptk_boot_region *r = l->b ? ptk_boot_regions(l->b, &n) : NULL;
	for (size_t i = 0; i < n; i++)
		if (strcmp(r[i].name, name) == 0)
			return &r[i];
	return NULL;
}

/* ---- vmemmap ---- */

static void test_vmemmap(void)
{
	struct lab l = smp("x86-64", 12);
	boot(&l);
	is_leaf(&l, VMEMMAP4, 1, 0x7c00000 | RW_LARGE, "struct pages of 128M: one leaf, in the highest 2M that are free and aligned");
	is_hole(&l, VMEMMAP4 + 2 * MiB, "and no more");
	is_entry(ptk_boot_space(l.b), VMEMMAP4, 3, 0x7fd8000 | TABLE,
	         "its PUD table lies below 16K of roots, a root, and what usage maps leave of a page");
	is_entry(ptk_boot_space(l.b), VMEMMAP4, 2, 0x7fd7000 | TABLE, "its PMD table below that");
	end(&l);

	l = smp("x86-64", 12);
	set(&l, "pti", 1);
	boot_to(&l, PTK_BOOT_PAGING_INIT);
	is_leaf(&l, VMEMMAP4, 1, 0x7c00000 | UINT64_C(0x80000000000000e3), "at paging_init it is there; with PTI not global");
	end(&l);

	l = smp("x86-64-la57", 12);
	set(&l, "vmemmap", UINT64_C(0xffb8348f80000000));
	boot_machine_reserve_(l.m, 0x7f76000, 0x7fcffff, "initrd");
	boot(&l);
	is_leaf(&l, UINT64_C(0xffb8348f80000000), 1, 0x7c00000 | RW_LARGE, "where KASLR puts it");
	is_entry(ptk_boot_space(l.b), UINT64_C(0xffb8348f80000000), 4, 0x7fdc000 | TABLE,
	         "with 52 bits of memory 1M of roots goes below the initrd, and tables stay above it");
	end(&l);
}

/* Without sparse_buffer_init() the first section's block is the highest. */
static void test_vmemmap_7_3(void)
{
	struct lab l = smp("x86-64", 3);
	l.m->info.major = 7;
	memory(&l, 0x8000000, 0x10000000);
	boot(&l);
	is_leaf(&l, VMEMMAP4, 1, 0xfc00000 | RW_LARGE, "7.3: a block for the first section, from the top");
	is_leaf(&l, VMEMMAP4 + 2 * MiB, 1, 0xfa00000 | RW_LARGE, "and below it one for the second");
	end(&l);
}

/* Symbols of per-CPU variables that count from where the image has them, as __per_cpu_start does. */
static void test_percpu_symbols(void)
{
	struct lab l = board("x86-64", 16, 0x7fdf000);
	boot_machine_symbol_(l.m, "__per_cpu_start", TEXT + 0x700000);
	for (size_t i = 0; i < sizeof percpu / sizeof *percpu; i++)
		boot_machine_symbol_(l.m, percpu[i].key, TEXT + 0x700000 + percpu[i].value);
	boot(&l);
	is_leaf(&l, CEA + 0x1000, 0, (PERCPU + 0xb000) | RO, "since 6.15: GDT, by its distance from __per_cpu_start");
	end(&l);
}

static void test_vmemmap_pages(void)
{
	struct lab l = smp("x86-64", 12);
	set(&l, "pse", 0);
	boot(&l);
	is_leaf(&l, VMEMMAP4, 0, 0x7a00000 | RW, "without PSE pages; the highest 2M have the linear map's tables");
	is_leaf(&l, VMEMMAP4 + 0x1ff000, 0, 0x7bff000 | RW, "from the same piece");
	is_hole(&l, VMEMMAP4 + 2 * MiB, "512 of them");
	end(&l);

	l = board("x86-64", 12, 30 * MiB);
	boot_machine_reserve_(l.m, MiB, 16 * MiB - 1, "low memory");
	boot_machine_reserve_(l.m, 28 * MiB, 28 * MiB + 4095, "a page");
	boot_to(&l, PTK_BOOT_PAGING_INIT);
	int level;
	uint64_t e = raw_at(&l, VMEMMAP4, &level);
	ok(level == 0 && (e & ATTRIBUTES) == RW, "where no 2M are free there are pages, though the CPU has PSE");
	end(&l);
}

static void test_sections(void)
{
	struct lab l = board("x86-64", 12, 129 * MiB);
	memory(&l, 4 * GiB, 4 * GiB + 4 * MiB);
	boot(&l);
	ok(entry_at(ptk_boot_space(l.b), VMEMMAP4 + 2 * MiB, 1) & X86_PS, "a megabyte of a section: all its struct pages");
	is_hole(&l, VMEMMAP4 + 4 * MiB, "none for a section without memory");
	ok(entry_at(ptk_boot_space(l.b), VMEMMAP4 + 64 * MiB, 1) & X86_PS, "those of 4G lie 64M on");
	is_hole(&l, VMEMMAP4 + 66 * MiB, "and are the last");
	const struct ptk_boot_region *r = region(&l, "vmemmap");
	ok(r && r->first == VMEMMAP4 && r->last == VMEMMAP4 + 66 * MiB - 1, "the region ends there");
	end(&l);
}

/* 80 bytes: 2.5M a section, and each takes 4M of the piece: what two sections share is mapped once. */
static void test_odd_struct_page(void)
{
	struct lab l = board("x86-64", 12, 256 * MiB);
	set(&l, "struct_page", 80);
	boot(&l);
	const struct ptk_space *s = ptk_boot_space(l.b);
	uint64_t first = entry_at(s, VMEMMAP4, 1) & X86_ADDRESS;
	ok(first && !(first & (4 * MiB - 1)), "struct pages of 80 bytes: the piece is aligned to 4M");
	is_entry(s, VMEMMAP4 + 2 * MiB, 1, (first + 2 * MiB) | RW_LARGE, "a block that two sections share");
	is_entry(s, VMEMMAP4 + 4 * MiB, 1, (first + 4 * MiB) | RW_LARGE, "the second's own follows");
	is_hole(&l, VMEMMAP4 + 6 * MiB, "5M, to a whole block");
	end(&l);
}

/* sparse_init_nid(): struct pages of a section lie in its own node's memory. */
static void test_nodes(void)
{
	struct lab l = smp("x86-64", 12);
	memory(&l, 0x8000000, 0x10000000);
	boot_machine_node_(l.m, 0x8000000, 0xfffffff, 0);
	boot_machine_node_(l.m, 0, 0x7ffffff, 0);
	boot(&l);
	is_leaf(&l, VMEMMAP4, 1, 0x7c00000 | RW_LARGE, "two nodes: the first section's struct pages are in the first");
	is_leaf(&l, VMEMMAP4 + 2 * MiB, 1, 0xfc00000 | RW_LARGE, "the second's in the second");
	is_entry(ptk_boot_space(l.b), VMEMMAP4, 3, 0x7fdc000 | TABLE, "their tables are the first node's: below a root and a page of usage maps");
	end(&l);

	l = smp("x86-64", 12);
	memory(&l, 0x8000000, 0x10000000);
	boot_machine_node_(l.m, 0, 0x8ffffff, 0);
	boot_machine_node_(l.m, 0x9000000, 0xfffffff, 0);
	boot(&l);
	is_leaf(&l, VMEMMAP4, 1, 0x8a00000 | RW_LARGE, "a section that two nodes share is the first one's: a piece of 4M there");
	is_leaf(&l, VMEMMAP4 + 2 * MiB, 1, 0x8c00000 | RW_LARGE, "and so are both");
	end(&l);

	l = smp("x86-64", 12);
	boot_machine_node_(l.m, 0x3000000, 0x7ffffff, 0);
	boot_machine_node_(l.m, 0, 0x3ffffff, 0);
	boot_to(&l, PTK_BOOT_FINAL);
	ok(l.rc == PTK_E_CONFLICT, "nodes that overlap (%s)", l.err.msg);
	end(&l);
}

/* ---- what HugeTLB gives back ---- */

struct tally {
	uint64_t named, others;
};

static int count(void *arg, const struct ptk_boot_diff *d)
{
	struct tally *t = arg;
	*(d->verdict == PTK_BOOT_NAMED ? &t->named : &t->others) += d->count;
	return 0;
}

/* As vmemmap_split_pmd() and vmemmap_remap_pte() leave the first huge page's: 8 pages, of which one stands for seven. */
static void give_back(struct ptk_boot *b)
{
	const uint64_t table = 0x5000000, copy = 0x5001000, tail = 0x7c00000;
	uint64_t pmd = entry_at(ptk_boot_space(b), VMEMMAP4, 2) & X86_ADDRESS;
	boot_zero_(b, table, 4096);
	for (uint64_t i = 0; i < 512; i++)
		boot_set_(b, table + 8 * i, i == 0 ? copy | RW : i < 8 ? tail | RO : (tail + 4096 * i) | RW);
	boot_set_(b, pmd, table | TABLE);
}

static void test_hugetlb(const char *symbol, uint64_t named, uint64_t others, const char *what)
{
	struct lab l = smp("x86-64", 12), other = smp("x86-64", 12);
	struct ptk_linux *lx;
	struct ptk_boot_sum sum[16];
	struct tally t = {0};
	char text[1024];
	size_t n = (size_t)snprintf(text, sizeof text, "%" PRIx64 " t %s\n", TEXT + 0x40, symbol);
	for (size_t i = 0; i < sizeof image / sizeof *image; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%" PRIx64 " T %s\n", TEXT + image[i].value, image[i].key);
	boot(&l);
	boot(&other);
	give_back(other.b);
	struct ptk_linux_about about = {.release = "6.12", .table[PTK_TABLE_KERNEL] = ptk_boot_space(other.b), .page_offset = L4};
	if (ptk_linux_new(other.b->mem, &about, &lx, &l.err) < 0 || ptk_symbols_load_(text, n, &lx->symtab, &l.err) < 0)
		bail("%s", l.err.msg);
	lx->kallsyms_looked = true;
	is_int(ptk_boot_compare(l.b, lx, count, &t, sum, &l.err), 0, "%s", what);
	is_u64(t.named, named, "so many differences have a name");
	is_u64(t.others, others, "and so many have none");
	ptk_linux_close(lx);
	end(&l);
	end(&other);
}

/* ---- per-CPU areas: what three real kernels have, and by hand ---- */

static void test_percpu(void)
{
	static const struct {
		uint64_t size, cpus, unit;
		const char *what;
	} rows[] = {
	        {0x2a000, 1, 2 * MiB, "one CPU has 2M"},
	        {0x2a000, 2, MiB, "two share them"},
	        {0x3e000, 3, 512 * 1024, "three leave a quarter of them"},
	        {0x2a000, 4, 512 * 1024, "four"},
	        {0x2a000, 5, MiB, "five: a half of 4M would be left, of 6M a sixth is"},
	        {0x2a000, 8, 256 * 1024, "eight"},
	        {0x2a000, 9, 512 * 1024, "nine take 6M, of which a quarter is left"},
	        {0x200000, 2, 2 * MiB, "2M each"},
	        {0x201000, 1, 4 * MiB, "a page more"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_u64(x86_percpu_unit_(rows[i].size, rows[i].cpus), rows[i].unit, "per-CPU areas: %s", rows[i].what);
}

#define AREAS UINT64_C(0xffffc90000000000)

/* percpu_alloc=page: two CPUs of 40 pages, which memblock gives from the top down. */
static struct lab paged(void)
{
	struct lab l = smp("x86-64", 12);
	for (uint64_t i = 0; i < 80; i++)
		boot_machine_iomap_(l.m, AREAS + i * 4096, 0x7bff000 - i * 4096, 4096, "PAGE_KERNEL");
	boot_machine_cpu_(l.m, AREAS, 0);
	boot_machine_cpu_(l.m, AREAS + 0x28000, 1);
	return l;
}

static void test_percpu_pages(void)
{
	struct lab l = paged();
	set(&l, "pti", 1);
	boot(&l);
	is_leaf(&l, AREAS, 0, 0x7bff000 | (RW & ~UINT64_C(0x100)), "percpu_alloc=page: the first page, mapped where vmalloc() maps");
	is_leaf(&l, AREAS + 0x4f000, 0, 0x7bb0000 | (RW & ~UINT64_C(0x100)), "the last of the second CPU");
	is_leaf(&l, CEA + 0x1000, 0, 0x7bf4000 | RO, "GDT: the twelfth page of the first area");
	is_leaf(&l, CEA + 0x4000, 0, 0x7bf8000 | RO, "a TSS's second page lies below its first");
	is_leaf(&l, CEA + 0x1000 + UINT64_C(59) * 4096, 0, 0x7bcc000 | RO, "the second CPU's GDT");
	is_entry(l.b ? ptk_boot_user(l.b) : NULL, AREAS + 0x6000, 0, 0x7bf9000 | (RW & ~UINT64_C(0x100)),
	         "PTI: user code's table has the TSS where the kernel's has it");
	const struct ptk_boot_region *r = region(&l, "per-CPU areas");
	ok(r && r->first == AREAS && r->last == AREAS + 0x4ffff, "they are a region");
	end(&l);

	l = paged();
	boot_machine_cpu_(l.m, AREAS + 0x50000, 2);
	boot_to(&l, PTK_BOOT_FINAL);
	ok(l.rc == PTK_E_CONFLICT, "a CPU without pages (%s)", l.err.msg);
	end(&l);
	l = paged();
	boot_machine_iomap_(l.m, AREAS + 0x50000, 0x60000000, 4096, "PAGE_KERNEL");
	boot_to(&l, PTK_BOOT_FINAL);
	ok(l.rc == PTK_E_CONFLICT, "a page that is no memory (%s)", l.err.msg);
	end(&l);
}

/* ---- the CPU entry area ---- */

static void test_entry_area(void)
{
	struct lab l = smp("x86-64", 12);
	boot(&l);
	is_leaf(&l, CEA, 0, (PHYS + 0x980000) | RO, "the interrupt table comes first, read-only");
	is_leaf(&l, CEA + 0x1000, 0, (PERCPU + 0xb000) | RO, "GDT; the area of one CPU is the 2M below struct pages");
	is_leaf(&l, CEA + 0x2000, 0, (PERCPU + 0x14000) | RW, "entry stack");
	is_leaf(&l, CEA + 0x3000, 0, (PERCPU + 0x6000) | RO, "TSS");
	is_leaf(&l, CEA + 0x7000, 0, (PERCPU + 0xa000) | RO, "its fifth page");
	is_hole(&l, CEA + 0x8000, "a guard page");
	is_leaf(&l, CEA + 0x9000, 0, (PERCPU + 0xc000) | RW, "#DF's stack");
	is_leaf(&l, CEA + 0xa000, 0, (PERCPU + 0xd000) | RW, "its second page");
	is_hole(&l, CEA + 0xb000, "a guard page");
	is_leaf(&l, CEA + 0xc000, 0, (PERCPU + 0xe000) | RW, "NMI's: in memory there is no guard page between");
	is_leaf(&l, CEA + 0x13000, 0, (PERCPU + 0x13000) | RW, "the last of #MC's");
	is_hole(&l, CEA + 0x15000, "none for #VC");
	is_hole(&l, CEA + 0x1b000, "no debug store on a CPU that is not Intel's");
	is_entry(ptk_boot_space(l.b), CEA, 1, (entry_at(ptk_boot_space(l.b), CEA, 1) & X86_ADDRESS) | TABLE, "tables for users");
	end(&l);

	l = smp("x86-64", 1);
	set(&l, "pti", 1);
	set(&l, "vc_stacks", 1);
	boot(&l);
	is_leaf(&l, CEA + 0x1000, 0, (PERCPU + 0xb000) | UINT64_C(0x8000000000000161),
	        "PTI: global all the same; before 6.6 what is read-only is dirty");
	is_leaf(&l, CEA + 0x15000, 0, (PERCPU + 0x14000) | RW, "SEV-ES: #VC's stack follows the others");
	end(&l);
}

static void test_debug_store(void)
{
	struct lab l = smp("x86-64-la57", 12);
	set(&l, "debug_store", 1);
	boot(&l);
	const struct ptk_space *s = ptk_boot_space(l.b);
	is_leaf(&l, CEA + 0x1b000, 0, (PERCPU + 0x1000) | RW, "Intel: the debug store");
	/* PAGE_NONE: A and G; not present, so that page 0 is inverted. */
	is_entry(s, CEA + 0x1c000, 0, UINT64_C(0x000ffffffffff120), "its buffers are not there");
	is_entry(s, CEA + 0x3b000, 0, UINT64_C(0x000ffffffffff120), "to the last of 32");
	is_entry(s, CEA + 0x3c000, 0, 0, "after which another CPU's slot would come");
	end(&l);
}

static void test_slots(void)
{
	struct lab l = smp("x86-64", 12);
	set(&l, "cpus", 3);
	boot(&l);
	uint64_t slot = UINT64_C(59) * 4096;
	is_leaf(&l, CEA + 0x1000 + 2 * slot, 0, (PERCPU + 0x10b000) | RO, "the third of 3 CPUs: 59 pages, 512K apart");
	is_hole(&l, CEA + 0x1000 + 3 * slot, "no fourth");
	end(&l);

	l = smp("x86-64", 12);
	boot_machine_cpu_(l.m, 0x6000000, 100);
	boot_machine_cpu_(l.m, 0x5000000, 3);
	boot(&l);
	is_hole(&l, CEA + 0x1000, "slots drawn by lot: nobody has the first");
	is_leaf(&l, CEA + 0x1000 + 100 * slot, 0, 0x600b000 | RO, "the first CPU's");
	is_leaf(&l, CEA + 0x1000 + 3 * slot, 0, 0x500b000 | RO, "the second's");
	end(&l);

	l = smp("x86-64", 12);
	set(&l, "tss_pages", 1);
	boot(&l);
	is_leaf(&l, CEA + 0x5000, 0, (PERCPU + 0xc000) | RW, "a TSS without I/O bitmaps is a page: stacks come earlier");
	end(&l);

	l = board("x86-64", 12, 128 * MiB);
	boot(&l);
	ok(!region(&l, "CPU entry area"), "without symbols of what is each CPU's own there is no such region");
	end(&l);
}

static void no_machine(const char *key, uint64_t value, const char *what)
{
	struct lab l = smp("x86-64", 12);
	set(&l, key, value);
	boot_to(&l, PTK_BOOT_FINAL);
	ok(l.rc == PTK_E_CONFLICT, "%s (%s)", what, l.err.msg);
	end(&l);
}

static void test_impossible(void)
{
	no_machine("cpus", 0, "no CPU");
	no_machine("cpus", 10000, "more CPUs than any kernel");
	no_machine("struct_page", 8, "a struct page of 8 bytes");
	no_machine("fixmap_slots", 100000, "a fixmap larger than its tables");
	no_machine("tss_pages", UINT64_MAX, "a TSS without end");
	no_machine("vmemmap", UINT64_C(0xffffea0000001000), "vmemmap off its blocks");
	no_machine("vmalloc", UINT64_C(0x1000000), "vmalloc() in user space");
	struct lab l = smp("x86-64", 12);
	boot_machine_cpu_(l.m, 0x6000000, UINT64_C(1) << 40);
	boot_to(&l, PTK_BOOT_FINAL);
	ok(l.rc == PTK_E_CONFLICT, "a slot past the area (%s)", l.err.msg);
	end(&l);
	l = smp("x86-64", 12);
	boot_machine_cpu_(l.m, 0x60000000, 0);
	boot_to(&l, PTK_BOOT_FINAL);
	ok(l.rc == PTK_E_CONFLICT, "a CPU's area outside memory (%s)", l.err.msg);
	end(&l);
}

/* ---- vmalloc ---- */

static unsigned count_top(const struct lab *l, int top, uint64_t first, uint64_t last)
{
	unsigned n = 0;
	for (uint64_t size = UINT64_C(1) << (top == 4 ? 48 : 39), va = first & ~(size - 1); va <= last; va += size)
		n += (entry_at(ptk_boot_space(l->b), va, top) & ATTRIBUTES) == TABLE;
	return n;
}

static void test_vmalloc(void)
{
	struct lab l = smp("x86-64", 12);
	boot(&l);
	is_u64(count_top(&l, 3, UINT64_C(0xffffc90000000000), UINT64_C(0xffffe8ffffffffff)), 64, "vmalloc(): 64 PUD tables of 512G");
	is_entry(ptk_boot_space(l.b), UINT64_C(0xffffc88000000000), 3, 0, "none before");
	is_entry(ptk_boot_space(l.b), UINT64_C(0xffffe90000000000), 3, 0, "none after");
	is_hole(&l, UINT64_C(0xffffc90000000000), "they are empty");
	const struct ptk_boot_region *r = region(&l, "vmalloc tables");
	ok(r && r->lowest == 3, "only the root's entries are the boot's");
	end(&l);

	l = smp("x86-64-la57", 12);
	set(&l, "vmalloc", UINT64_C(0xff59e7c240000000));
	boot(&l);
	is_u64(count_top(&l, 4, UINT64_C(0xff59e7c240000000), UINT64_C(0xff8be7c23fffffff)), 51,
	       "five levels: 12800T that start anywhere have 51 P4D tables of 256T");
	end(&l);
}

/* ---- espfix64 ---- */

static void test_espfix(void)
{
	struct lab l = smp("x86-64", 1);
	set(&l, "espfix", 1);
	set(&l, "espfix_page", 0x287);
	set(&l, "espfix_stack", 0x1056000);
	boot(&l);
	const struct ptk_space *s = ptk_boot_space(l.b);
	uint64_t va = UINT64_C(0xffffff2800007000), leaf = UINT64_C(0x8000000001056161);
	is_leaf(&l, va, 0, leaf, "espfix64: page 0x287 has its low 4 bits as they are, the others from bit 32 on");
	is_leaf(&l, va + 0x10000, 0, leaf, "again 64K on");
	is_hole(&l, va + 0x1000, "not next to it");
	is_leaf(&l, va + 2 * MiB, 0, leaf, "in each PMD entry");
	is_leaf(&l, va + 3 * GiB, 0, leaf, "in four PUD entries");
	is_hole(&l, va + 4 * GiB, "not in a fifth");
	is_entry(s, va, 3, (PHYS + 0x618000) | TABLE, "espfix_pud_page hangs off the root");
	is_u64(entry_at(s, va, 2) & ATTRIBUTES, UINT64_C(0x8000000000000061), "tables below cannot be written through, nor executed");
	is_u64(entry_at(s, va + 5 * 2 * MiB, 1), entry_at(s, va, 1), "the same PTE table every time");
	end(&l);
}

/* ---- PTI ---- */

static void is_user(const struct lab *l, uint64_t va, int level, uint64_t raw, const char *what)
{
	is_entry(l->b ? ptk_boot_user(l->b) : NULL, va, level, raw, what);
}

static void test_pti(const char *regime, uint64_t page_offset, uint64_t vmemmap)
{
	struct lab l = smp(regime, 12);
	set(&l, "pti", 1);
	boot(&l);
	const struct ptk_space *s = ptk_boot_space(l.b), *u = ptk_boot_user(l.b);
	uint64_t text = TEXT + 0x200000;
	ok(u && u->root == s->root + 4096, "%s: user code's root is the page after the kernel's", regime);
	is_u64(entry_at(u, CEA, 3), entry_at(s, CEA, 3), "it has the CPU entry area by the same tables");
	is_user(&l, CEA + 0x1000, 0, (PERCPU + 0xb000) | RO, "so the GDT");
	is_user(&l, page_offset + PERCPU + 0x6000, 0, (PERCPU + 0x6000) | UINT64_C(0x8000000000000063), "the TSS in the linear map, not global");
	is_user(&l, page_offset + PERCPU + 0x7000, 0, 0, "its first page alone");
	is_u64(entry_at(u, page_offset + PERCPU, 1) & ATTRIBUTES, KERNEL_TABLE, "by tables that are not for users");
	is_u64(entry_at(u, text, 1), entry_at(s, text, 1), "the text of the entry: the kernel's PMD entry");
	is_u64(entry_at(u, text, 1) & ATTRIBUTES, KERNEL_TABLE | X86_G, "a table, as rights differ in it by now: marked G all the same");
	is_user(&l, TEXT, 1, 0, "no other text");
	is_user(&l, page_offset, 1, 0, "of the linear map nothing else");
	is_user(&l, vmemmap, (int)s->regime.nlevels - 1, 0, "no struct pages");
	const struct ptk_boot_region *r = region(&l, "user half (PTI)");
	size_t n;
	ok(r && r->user && r == &ptk_boot_regions(l.b, &n)[n - 1], "its region is the last");
	end(&l);
}

static void test_pti_text(void)
{
	struct lab l = smp("x86-64", 12);
	set(&l, "pti", 1);
	set(&l, "pti_global", 1);
	set(&l, "vsyscall", 1);
	boot(&l);
	is_user(&l, TEXT, 1, PHYS | 0x1a1, "pti=auto without PCID: user code's root has all text, global");
	is_user(&l, TEXT + 0x400000, 0, (PHYS + 0x400000) | UINT64_C(0x8000000000000021), "and read-only data, by a table");
	is_user(&l, TEXT + 0x600000, 1, 0, "but no data");
	is_leaf(&l, L4 + PHYS, 1, PHYS | UINT64_C(0x80000000000001a1), "text's alias in the linear map is global with it");
	is_user(&l, UINT64_C(0xffffffffff600000), 0, (PHYS + 0x601000) | UINT64_C(0x8000000000000025), "vsyscall=emulate: a page for users");
	is_u64(entry_at(ptk_boot_user(l.b), UINT64_C(0xffffffffff600000), 3) & ATTRIBUTES, TABLE, "so are the tables above it");
	is_leaf(&l, UINT64_C(0xffffffffff600000), 0, (PHYS + 0x601000) | UINT64_C(0x8000000000000025), "the fixmap has it too");
	end(&l);

	l = smp("x86-64", 12);
	boot(&l);
	ok(!ptk_boot_user(l.b) && !region(&l, "user half (PTI)"), "without PTI there is no such root");
	end(&l);
}

/* ---- early_alloc_pgt_buf() ---- */

static void test_buffer(void)
{
	static const struct {
		uint64_t used, first;
		const char *what;
	} rows[] = {
	        {0x8000, 0, "8 pages of brk are all for tables"},
	        {0x11000, 0x1000, "of 17 the first was taken before"},
	        {0x6000, 0, "6: no five levels, no KASLR of memory"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct lab l = smp("x86-64", 12);
		set(&l, "brk_end", TEXT + 0xa00000 + rows[i].used);
		boot(&l);
		is_entry(ptk_boot_space(l.b), L4, 3, (PHYS + 0xa00000 + rows[i].first) | TABLE, rows[i].what);
		end(&l);
	}
}

/* ---- the fixmap's third table ---- */

static void test_ioremap(void)
{
	struct lab l = smp("x86-64", 12);
	boot_machine_symbol_(l.m, "bm_pte", TEXT + 0x981000);
	boot(&l);
	const struct ptk_space *s = ptk_boot_space(l.b);
	is_entry(s, UINT64_C(0xffffffffff600000), 1, (PHYS + 0x617000) | TABLE, "131 slots are in the fixmap's highest table");
	is_entry(s, UINT64_C(0xffffffffff400000), 1, (PHYS + 0x981000) | TABLE, "early_ioremap()'s table takes the next one's place");
	end(&l);

	l = smp("x86-64", 12);
	boot_machine_symbol_(l.m, "bm_pte", TEXT + 0x981000);
	set(&l, "fixmap_slots", 646);
	boot(&l);
	s = ptk_boot_space(l.b);
	is_entry(s, UINT64_C(0xffffffffff400000), 1, (PHYS + 0x616000) | TABLE, "646 slots are in two tables");
	is_entry(s, UINT64_C(0xffffffffff200000), 1, (PHYS + 0x981000) | TABLE, "early_ioremap()'s is a third");
	end(&l);
}

int main(void)
{
	test_ioremap();
	test_vmemmap();
	test_vmemmap_7_3();
	test_percpu_symbols();
	test_vmemmap_pages();
	test_sections();
	test_odd_struct_page();
	test_nodes();
	test_hugetlb("hugetlb_vmemmap_optimize_folio", 9, 0, "a kernel that gives struct pages back");
	test_hugetlb("another", 7, 2, "one that cannot: but seven pages are one, read-only");
	test_percpu();
	test_percpu_pages();
	test_entry_area();
	test_debug_store();
	test_slots();
	test_impossible();
	test_vmalloc();
	test_espfix();
	test_pti("x86-64", L4, VMEMMAP4);
	test_pti("x86-64-la57", L5, VMEMMAP5);
	test_pti_text();
	test_buffer();
	return done();
}
