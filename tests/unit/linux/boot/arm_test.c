// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A boot of 32-bit arm on machines made by hand, rule by rule (arch/arm/mm/mmu.c, kernel/head.S). Expected values are
 * worked out from the alignment of each range and the fields of the descriptors, and written down as numbers.
 */
#include <ptkit/ptkit.h>

#include "base/bits.h"
#include "linux/boot/boot.h"

#include "lib/tap.h"

#define M UINT64_C(0x100000)
#define RAM UINT64_C(0x60000000)
#define LOW UINT64_C(0xc0000000)

/* Sections of ARMv7 SMP: write-allocate, shared. RW without and with execution, read-only with and without. */
#define RW UINT64_C(0x1141e)
#define RX UINT64_C(0x1940e)
#define RO UINT64_C(0x1941e)

struct lab {
	struct ptk_machine *m;
	struct ptk_boot *b;
	struct ptk_err err;
	int rc;
	unsigned steps;
	char order[2000];
};

static void symbol(struct lab *l, const char *name, uint64_t va)
{
	if (boot_machine_symbol_(l->m, name, va) < 0)
		bail("no memory");
}

static void value(struct lab *l, const char *key, uint64_t v)
{
	if (boot_machine_value_(l->m, key, v, "test") < 0)
		bail("no memory");
}

static void bank(struct lab *l, uint64_t at, uint64_t size, uint32_t flags)
{
	if (boot_machine_bank_(l->m, at, at + size - 1, flags) < 0)
		bail("no memory");
}

/* A kernel whose segments start at multiples of 2M: text 4M, constants 2M, init 2M, data 3M and a half. */
static void start(struct lab *l, const char *regime)
{
	memset(l, 0, sizeof *l);
	l->m = boot_machine_new_();
	if (!l->m || ptk_regime_parse(regime, &l->m->info.regime, &l->err) < 0)
		bail("%s", l->err.msg);
	l->m->arch = boot_arch_("arm");
	l->m->info.major = 6;
	l->m->info.minor = 12;
	value(l, "page_offset", LOW);
	value(l, "phys_offset", RAM);
	symbol(l, "_text", LOW + 0x8000);
	symbol(l, "_stext", LOW + 2 * M);
	symbol(l, "__turn_mmu_on", LOW + 2 * M);
	symbol(l, "__turn_mmu_on_end", LOW + 2 * M + 0x20);
	symbol(l, "__start_rodata", LOW + 6 * M - 0x3000);
	symbol(l, "__init_begin", LOW + 8 * M);
	symbol(l, "bm_pte", LOW + 9 * M);
	symbol(l, "__init_end", LOW + 10 * M);
	symbol(l, "_sdata", LOW + 10 * M);
	symbol(l, "_end", LOW + 13 * M + M / 2);
}

static int step(void *arg, const struct ptk_boot_step *s)
{
	struct lab *l = arg;
	l->steps++;
	if (s->depth == 0 && strlen(l->order) + strlen(s->function) + 2 < sizeof l->order)
		strcat(strcat(l->order, s->function), " ");
	return 0;
}

static void run(struct lab *l, enum ptk_boot_stage stage)
{
	struct ptk_boot_opts opts = {.stage = stage, .trace = step, .arg = l};
	l->rc = boot_machine_finish_(l->m, &l->err);
	if (l->rc == 0)
		l->rc = ptk_boot_run(l->m, &opts, &l->b, &l->err);
}

static void stop(struct lab *l)
{
	ptk_boot_free(l->b);
	ptk_machine_free(l->m);
}

/* The entry that decides about an address; its level in *level. 0: nothing there. */
static uint64_t entry(const struct lab *l, uint64_t va, int *level)
{
	struct ptk_path p;
	*level = -1;
	if (!l->b)
		return 0;
	ptk_walk(ptk_boot_space(l->b), va, &p, NULL);
	if (p.nsteps == 0)
		return 0;
	*level = p.step[p.nsteps - 1].entry.level;
	return p.step[p.nsteps - 1].entry.raw;
}

static void is_section(const struct lab *l, uint64_t va, uint64_t want, const char *what)
{
	int level;
	uint64_t raw = entry(l, va, &level);
	is_u64(raw, want, "%s: 0x%" PRIx64, what, va);
	if (want)
		is_int(level, 1, "%s: in a section", what);
}

static void is_page(const struct lab *l, uint64_t va, uint64_t want, const char *what)
{
	int level;
	uint64_t raw = entry(l, va, &level);
	is_u64(raw, want, "%s: 0x%" PRIx64, what, va);
	is_int(level, 0, "%s: in a page", what);
}

static uint64_t word(const struct lab *l, uint64_t pa)
{
	uint8_t b[4] = {0};
	ptk_mem_read(l->b->mem, pa, b, 4, NULL);
	return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24;
}

#define SHORT "arm-short,tre,memattr=0x40e040e0ff0a81a8"

static void plain(void)
{
	struct lab l;
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	value(&l, "dtb", RAM + 128 * M + 0x1000);
	run(&l, PTK_BOOT_FINAL);
	is_int(l.rc, 0, "256M, short descriptors (%s)", l.err.msg);
	is_section(&l, LOW, RAM | RW, "below the text: not executable in the end");
	is_section(&l, LOW + 2 * M, (RAM + 2 * M) | RX, "text");
	is_section(&l, LOW + 5 * M, (RAM + 5 * M) | RX, "constants that share the text's last section");
	is_section(&l, LOW + 6 * M, (RAM + 6 * M) | RO, "constants");
	is_section(&l, LOW + 8 * M, (RAM + 8 * M) | RW, "init memory");
	is_section(&l, LOW + 13 * M, (RAM + 13 * M) | RW, "the last section of the kernel, half of it");
	is_section(&l, LOW + 14 * M, (RAM + 14 * M) | RW, "lowmem after the kernel");
	is_section(&l, LOW + 255 * M, (RAM + 255 * M) | RW, "lowmem's last");
	is_section(&l, LOW + 256 * M, 0, "past lowmem");
	is_section(&l, 0xff800000, (RAM + 128 * M) | RO, "the device tree's section");
	is_section(&l, 0xff900000, (RAM + 129 * M) | RO, "and the next");
	is_section(&l, RAM + 2 * M, 0, "the identity map is gone");
	/* Vectors: two pages from the top of memory, aligned to their size; then one table for each of two steps of 2M. */
	is_page(&l, 0xffff0000, (RAM + 256 * M - 0x2000) | 0x67e, "vectors, for users to read");
	is_page(&l, 0xffff1000, (RAM + 256 * M - 0x1000) | 0x65e, "their stubs");
	uint64_t table = RAM + 256 * M - 0x3000, fix = table - 0x1000, pgd = RAM + 0x4000;
	is_u64(word(&l, pgd + 0xfff * 4), (table + 0xc00) | 0x61, "the table of the odd megabyte, of the vectors' domain");
	is_u64(word(&l, pgd + 0xffe * 4), (table + 0x800) | 0x61, "of the even one: both entries of a pair point to one page");
	is_u64(word(&l, table + 0x1f0 * 4), (RAM + 256 * M - 0x2000) | 0x5df, "Linux's own entry stands in the first half");
	is_u64(word(&l, pgd + 0xffc * 4), (fix + 0x800) | 0x11, "the fixmap's table comes next");
	is_str(l.order,
	       "__create_page_tables early_fixmap_init arm_memblock_init adjust_lowmem_bounds prepare_page_table map_lowmem map_kernel "
	       "early_fixmap_shutdown devicemaps_init kmap_init fix_kernmem_perms mark_rodata_ro ",
	       "the order");
	stop(&l);
}

static void head(void)
{
	struct lab l;
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	value(&l, "dtb", RAM + 64 * M + 0xff000);
	value(&l, "smp", 0);
	run(&l, PTK_BOOT_HEAD);
	is_int(l.rc, 0, "head.S alone, one CPU");
	is_u64(ptk_boot_space(l.b)->root, RAM + 0x4000, "16K below the kernel");
	is_section(&l, RAM + 2 * M, (RAM + 2 * M) | 0xc0e, "identity map of the section of __turn_mmu_on");
	is_section(&l, RAM + 3 * M, 0, "and no further");
	is_section(&l, LOW, RAM | 0xc0e, "the kernel from the start of memory");
	is_section(&l, LOW + 13 * M, (RAM + 13 * M) | 0xc0e, "to the section of its last byte");
	is_section(&l, LOW + 14 * M, 0, "and no further");
	is_section(&l, 0xff800000, (RAM + 64 * M) | 0xc0e, "the device tree");
	is_section(&l, 0xff900000, (RAM + 65 * M) | 0xc0e, "two sections for it");
	stop(&l);
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	run(&l, PTK_BOOT_EARLY);
	is_u64(word(&l, RAM + 0x4000 + 0xffe * 4), (RAM + 9 * M + 0x800) | 0x11, "early: bm_pte in the fixmap's last 2M");
	is_section(&l, 0xff800000, 0, "without a device tree nothing is mapped for it");
	is_section(&l, LOW, RAM | 0x11c0e, "several CPUs: write-allocate and shared");
	stop(&l);
}

static void odd(void)
{
	struct lab l;
	start(&l, SHORT);
	bank(&l, RAM, 255 * M, 0);
	run(&l, PTK_BOOT_FINAL);
	is_section(&l, LOW + 254 * M, (RAM + 254 * M) | RW, "a bank that ends at an odd megabyte: the first of the pair");
	is_u64(word(&l, RAM + 0x4000 + ((LOW + 255 * M) >> 20) * 4), 0, "the second is empty");
	is_page(&l, 0xffff0000, (RAM + 255 * M - 0x2000) | 0x67e, "once all is mapped, memory is taken from the very end");
	stop(&l);

	start(&l, SHORT);
	bank(&l, RAM, 255 * M + 0x5000, 0);
	run(&l, PTK_BOOT_FINAL);
	is_section(&l, LOW + 253 * M, (RAM + 253 * M) | RW, "a bank that ends inside a section: sections up to its step of 2M");
	is_page(&l, LOW + 254 * M, (RAM + 254 * M) | 0x45f, "that step is paged whole, although its first megabyte would fit");
	is_page(&l, LOW + 255 * M + 0x4000, (RAM + 255 * M + 0x4000) | 0x45f, "up to the last page");
	is_page(&l, LOW + 255 * M + 0x5000, 0, "and no further");
	is_u64(word(&l, RAM + 0x4000 + ((LOW + 254 * M) >> 20) * 4), (RAM + 254 * M - 0x1000 + 0x800) | 1,
	       "its table is taken below the last whole 2M, which is mapped already");
	stop(&l);
}

static void places(void)
{
	struct lab l;
	start(&l, SHORT);
	bank(&l, RAM - 16 * M, 272 * M, 0);
	run(&l, PTK_BOOT_FINAL);
	is_int(l.rc, 0, "a bank that starts below the kernel's start of memory");
	is_section(&l, LOW, RAM | RW, "what lies below is not used");
	is_section(&l, LOW - M, 0, "nor mapped");
	stop(&l);

	start(&l, SHORT);
	bank(&l, RAM + 0x1000, 256 * M - 0x1000, 0);
	run(&l, PTK_BOOT_FINAL);
	is_int(l.rc, 0, "a first bank that does not start at 2M");
	is_section(&l, LOW, RAM | RW, "the kernel's sections cover its head all the same");
	is_section(&l, LOW + 14 * M, (RAM + 14 * M) | RW, "the rest is lowmem");
	stop(&l);

	start(&l, SHORT);
	bank(&l, RAM, 64 * M, 0);
	bank(&l, RAM + 64 * M, M, PTK_BANK_NOMAP);
	bank(&l, RAM + 65 * M, 63 * M, 0);
	bank(&l, RAM + 160 * M, 32 * M, 0);
	run(&l, PTK_BOOT_FINAL);
	is_section(&l, LOW + 63 * M, (RAM + 63 * M) | RW, "before memory that must not be mapped");
	is_section(&l, LOW + 64 * M, 0, "no-map");
	is_section(&l, LOW + 65 * M, (RAM + 65 * M) | RW, "after it: the odd half of the pair alone");
	is_section(&l, LOW + 128 * M, 0, "between two banks");
	is_section(&l, LOW + 191 * M, (RAM + 191 * M) | RW, "the second bank");
	is_section(&l, LOW + 192 * M, 0, "after it");
	stop(&l);
}

static void limits(void)
{
	struct lab l;
	start(&l, SHORT);
	bank(&l, RAM, 1024 * M, 0);
	value(&l, "highmem", 1);
	run(&l, PTK_BOOT_FINAL);
	/* 0xff800000 - 240M - 8M is 0xf0000000 */
	is_section(&l, 0xeff00000, (RAM + 767 * M) | RW, "1G of memory: lowmem ends where the room for vmalloc starts");
	is_section(&l, 0xf0000000, 0, "the rest is high memory");
	is_u64(word(&l, RAM + 0x4000 + ((LOW - 2 * M) >> 20) * 4) & 0x7ff, 0x011, "kmap's table lies below lowmem");
	stop(&l);

	start(&l, SHORT);
	bank(&l, RAM, 1024 * M, 0);
	value(&l, "vmalloc", 512 * M);
	run(&l, PTK_BOOT_FINAL);
	is_section(&l, 0xdef00000, (RAM + 495 * M) | RW, "vmalloc=512M: lowmem is 272M less");
	is_section(&l, 0xdf000000, 0, "and no further");
	is_page(&l, 0xffff0000, (RAM + 496 * M - 0x2000) | 0x67e, "tables and vectors come from lowmem");
	stop(&l);

	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	value(&l, "cma", 16 * M);
	run(&l, PTK_BOOT_FINAL);
	is_page(&l, LOW + 240 * M, (RAM + 240 * M) | 0x45f, "memory for devices: 16M from the top, in pages");
	is_page(&l, LOW + 256 * M - 0x1000, (RAM + 256 * M - 0x1000) | 0x45f, "to its end");
	is_section(&l, LOW + 239 * M, (RAM + 239 * M) | RW, "sections below");
	/* A struct static_vm of 40 bytes first, which costs the page. */
	is_u64(word(&l, RAM + 0x4000 + ((LOW + 240 * M) >> 20) * 4), (RAM + 240 * M - 0x2000 + 0x800) | 1, "its first table");
	stop(&l);
}

static void devices(void)
{
	struct lab l;
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	value(&l, "kuser", 0);
	boot_machine_iomap_(l.m, 0xf8100000, 0x10100000, M, "MT_DEVICE");
	boot_machine_iomap_(l.m, 0xf8200000, 0x10200000, 0x2000, "MT_DEVICE");
	boot_machine_iomap_(l.m, 0xf9000000, UINT64_C(0x3f0000000), 16 * M, "MT_DEVICE");
	run(&l, PTK_BOOT_FINAL);
	is_int(l.rc, 0, "devices (%s)", l.err.msg);
	is_section(&l, 0xf8100000, 0x10111452, "a device at an odd megabyte: the second entry of the pair");
	is_section(&l, 0xf8000000, 0, "the first stays empty");
	is_page(&l, 0xf8201000, 0x10201453, "a device of two pages: TEX 1");
	is_section(&l, 0xf9000000, 0, "no supersection but in domain 0");
	is_page(&l, 0xffff0000, (RAM + 256 * M - 0x2000) | 0x65e, "no kuser helpers: users may not read the vectors");
	stop(&l);

	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	value(&l, "io_36", 1);
	boot_machine_iomap_(l.m, 0xf9000000, UINT64_C(0x3f0000000), 16 * M, "MT_DEVICE");
	boot_machine_iomap_(l.m, 0xfa100000, UINT64_C(0x3f0000000), 16 * M, "MT_DEVICE");
	run(&l, PTK_BOOT_FINAL);
	/* bits 35:32 of the address in bits 23:20, bit 18 set */
	is_section(&l, 0xf9000000, 0xf0351412 | BIT(16), "CONFIG_IO_36: a supersection of 16M");
	is_section(&l, 0xf9f00000, 0xf0351412 | BIT(16), "sixteen equal entries");
	is_section(&l, 0xfa100000, 0, "not where the address is no multiple of 16M");
	stop(&l);
}

static void rights(void)
{
	struct lab l;
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	run(&l, PTK_BOOT_PAGING_INIT);
	is_section(&l, LOW + 2 * M, (RAM + 2 * M) | 0x1140e, "after paging_init: text can be written");
	is_section(&l, LOW + 9 * M, (RAM + 9 * M) | 0x1140e, "up to __init_end all can be executed");
	is_section(&l, LOW + 10 * M, (RAM + 10 * M) | RW, "data not");
	stop(&l);
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	value(&l, "rodata", 0);
	run(&l, PTK_BOOT_FINAL);
	is_section(&l, LOW + 2 * M, (RAM + 2 * M) | 0x1140e, "rodata=off: text stays writable");
	is_section(&l, LOW + 6 * M, (RAM + 6 * M) | RW, "but constants cannot be executed");
	stop(&l);
}

static void lpae(void)
{
	struct lab l;
	start(&l, "arm-lpae,memattr=0xff000004eeaa4400");
	bank(&l, RAM, 255 * M, 0);
	value(&l, "dtb", RAM + 129 * M);
	run(&l, PTK_BOOT_FINAL);
	is_int(l.rc, 0, "LPAE (%s)", l.err.msg);
	is_u64(ptk_boot_space(l.b)->root, RAM + 0x3000, "20K below the kernel");
	is_u64(boot_get_(l.b, RAM + 0x3018), (RAM + 0x7000) | UINT64_C(0x0080000000000003), "the root's last entry");
	is_section(&l, LOW + 2 * M, (RAM + 2 * M) | UINT64_C(0x040000000000079d), "text");
	is_section(&l, LOW + 6 * M, (RAM + 6 * M) | UINT64_C(0x044000000000079d), "constants");
	is_section(&l, LOW + 10 * M, (RAM + 10 * M) | UINT64_C(0x004000000000071d), "data");
	is_section(&l, 0xff800000, (RAM + 128 * M) | UINT64_C(0x044000000000079d), "the device tree's sections have 2M");
	is_page(&l, LOW + 254 * M, (RAM + 254 * M) | UINT64_C(0x00c000000000071f), "an odd megabyte is paged: sections have 2M");
	is_page(&l, 0xffff0000, (RAM + 255 * M - 0x2000) | UINT64_C(0x04800000000007df), "vectors");
	stop(&l);
}

static void v6(void)
{
	struct lab l;
	start(&l, "arm-short");
	bank(&l, RAM, 255 * M + 0x5000, 0);
	value(&l, "cpu_arch", 6);
	value(&l, "smp", 0);
	run(&l, PTK_BOOT_FINAL);
	is_section(&l, LOW + 14 * M, (RAM + 14 * M) | 0x41e, "ARMv6: write-back, not shared");
	is_page(&l, LOW + 254 * M, (RAM + 254 * M) | 0x1f, "pages: C and B by the memory type, AP 01");
	/* armv6_mt_table: the vectors' own type is strongly ordered in the table; users may read */
	int level;
	is_u64(entry(&l, 0xffff0000, &level) & 0x230, 0x20, "vectors: no APX, AP 10");
	stop(&l);
}

static void refused(struct lab *l, int code, const char *words)
{
	run(l, PTK_BOOT_FINAL);
	is_int(l->rc, code, "refused: %s", words);
	has_str(l->err.msg, words, "in one sentence");
	stop(l);
}

static void impossible(void)
{
	struct lab l;
	start(&l, SHORT);
	refused(&l, PTK_E_CONFLICT, "no memory");
	start(&l, SHORT);
	bank(&l, 0x80000000, 256 * M, 0);
	refused(&l, PTK_E_CONFLICT, "does not lie in one bank");
	start(&l, SHORT);
	bank(&l, RAM, 8 * M, 0);
	refused(&l, PTK_E_CONFLICT, "does not lie in one bank");
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	bank(&l, RAM + 255 * M, 256 * M, 0);
	refused(&l, PTK_E_CONFLICT, "overlap");
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	bank(&l, UINT64_C(0x100000000), 256 * M, 0);
	refused(&l, PTK_E_RANGE, "32 bits");
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	bank(&l, UINT64_C(0x100000000000), 256 * M, 0);
	refused(&l, PTK_E_RANGE, "past the");
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	value(&l, "dtb", RAM + 10 * M);
	value(&l, "dtb_size", 0x4000);
	refused(&l, PTK_E_CONFLICT, "overlaps the kernel");
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	value(&l, "dtb", RAM + 65 * M - 0x1000);
	value(&l, "dtb_size", M + 0x2000);
	refused(&l, PTK_E_CONFLICT, "two sections");
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	value(&l, "phys_offset", RAM + M);
	refused(&l, PTK_E_CONFLICT, "multiple of 2M");
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	value(&l, "cpu_arch", 5);
	refused(&l, PTK_E_NOTSUP, "ARMv5");
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	value(&l, "cma", 512 * M);
	refused(&l, PTK_E_CONFLICT, "no room");
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	symbol(&l, "_etext", LOW + 64 * M);
	refused(&l, PTK_E_CONFLICT, "_etext, 0xc4000000, lies outside the kernel");
	/* Two mappings in one step of 2M, of which the second needs pages. */
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	boot_machine_iomap_(l.m, 0xf8000000, 0x10000000, M, "MT_DEVICE");
	boot_machine_iomap_(l.m, 0xf8100000, 0x10200000, 0x1000, "MT_DEVICE");
	refused(&l, PTK_E_CONFLICT, "where a section is already");
}

/* Against tables that differ in a known way. */
struct tally {
	unsigned runs;
	uint64_t entries;
};

static int count(void *arg, const struct ptk_boot_diff *d)
{
	struct tally *t = arg;
	t->runs++;
	t->entries += d->count;
	is_int(d->verdict, PTK_BOOT_DIFFERENT, "run %u is a difference", t->runs);
	return 0;
}

static void compare(void)
{
	struct lab l, other;
	struct ptk_linux *lx;
	struct ptk_boot_sum sum[16];
	struct tally t = {0};
	size_t n;
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	run(&l, PTK_BOOT_FINAL);
	start(&other, SHORT);
	bank(&other, RAM, 256 * M, 0);
	value(&other, "rodata", 0);
	run(&other, PTK_BOOT_FINAL);
	boot_set_(other.b, RAM + 9 * M, 0xe7fddef0); /* its init memory was freed */
	struct ptk_linux_about about = {.release = "6.12", .table[PTK_TABLE_KERNEL] = ptk_boot_space(other.b),
		.page_offset = LOW, .phys_offset = RAM};
	if (ptk_linux_new(other.b->mem, &about, &lx, &l.err) < 0)
		bail("%s", l.err.msg);
	is_int(ptk_boot_compare(other.b, lx, count, &t, sum, &l.err), 0, "tables against themselves");
	is_int(t.runs, 0, "no difference");
	is_int(ptk_boot_compare(l.b, lx, count, &t, sum, &l.err), 0, "against a boot with rodata=off");
	is_int(t.runs, 2, "two runs: text, and constants");
	is_u64(t.entries, 6, "of the six sections from _stext to __init_begin");
	const struct ptk_boot_region *r = ptk_boot_regions(l.b, &n);
	for (size_t i = 0; i < n; i++)
		is_u64(sum[i].different, strcmp(r[i].name, "kernel image") ? 0 : 6, "differences in %s", r[i].name);
	ptk_linux_close(lx);
	stop(&l);
	stop(&other);
}

static int last_name(void *arg, const struct ptk_boot_diff *d)
{
	struct ptk_boot_diff *out = arg;
	*out = *d;
	return 0;
}

static int all_named(void *arg, const struct ptk_boot_diff *d)
{
	struct tally *t = arg;
	t->runs += d->verdict != PTK_BOOT_NAMED;
	t->entries += d->count;
	return 0;
}

/* A kernel that stopped before init memory was freed has its sections as map_kernel() left them: that has a name. */
static void early(void)
{
	struct lab l, other;
	struct ptk_linux *lx;
	struct ptk_boot_sum sum[16];
	struct tally t = {0};
	start(&l, SHORT);
	bank(&l, RAM, 256 * M, 0);
	run(&l, PTK_BOOT_FINAL);
	start(&other, SHORT);
	bank(&other, RAM, 256 * M, 0);
	run(&other, PTK_BOOT_PAGING_INIT);
	struct ptk_linux_about about = {.release = "6.12", .table[PTK_TABLE_KERNEL] = ptk_boot_space(other.b),
		.page_offset = LOW, .phys_offset = RAM};
	if (ptk_linux_new(other.b->mem, &about, &lx, &l.err) < 0)
		bail("%s", l.err.msg);
	is_int(ptk_boot_compare(l.b, lx, all_named, &t, sum, &l.err), 0, "a kernel that is still booting");
	is_int(t.runs, 0, "each difference has a name");
	is_u64(t.entries, 10, "all ten sections up to __init_end");
	boot_set_(other.b, RAM + 9 * M, 0xe7fddef0);
	t = (struct tally){0};
	ptk_boot_compare(l.b, lx, all_named, &t, sum, &l.err);
	ok(t.runs > 0, "once init memory has been freed, none has");
	ptk_linux_close(lx);
	stop(&l);
	stop(&other);
}

/* A page in kmap()'s window: of high memory it has a name, of lowmem or with other bits it has none. */
static void windows(void)
{
	static const struct {
		uint64_t raw;
		bool named;
	} cases[] = {{(RAM + 800 * M) | 0x45f, true}, {(RAM + 700 * M) | 0x45f, false}, {(RAM + 800 * M) | 0x45e, false},
	             {(RAM + 2000 * M) | 0x45f, false}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lab l, other;
		struct ptk_linux *lx;
		struct ptk_boot_sum sum[16];
		struct ptk_boot_diff d = {.count = 0};
		start(&l, SHORT);
		bank(&l, RAM, 1024 * M, 0);
		value(&l, "highmem", 1);
		run(&l, PTK_BOOT_FINAL);
		start(&other, SHORT);
		bank(&other, RAM, 1024 * M, 0);
		value(&other, "highmem", 1);
		run(&other, PTK_BOOT_FINAL);
		uint64_t table = word(&other, RAM + 0x4000 + ((LOW - 2 * M) >> 20) * 4) & ~UINT64_C(0x3ff);
		boot_set_(other.b, table + 0x10, cases[i].raw);
		struct ptk_linux_about about = {.release = "6.12", .table[PTK_TABLE_KERNEL] = ptk_boot_space(other.b),
			.page_offset = LOW, .phys_offset = RAM};
		if (ptk_linux_new(other.b->mem, &about, &lx, &l.err) < 0)
			bail("%s", l.err.msg);
		is_int(ptk_boot_compare(l.b, lx, last_name, &d, sum, &l.err), 0, "kmap's window with 0x%" PRIx64, cases[i].raw);
		is_u64(d.first, LOW - 2 * M + 0x4000, "its address");
		is_int(d.verdict, cases[i].named ? PTK_BOOT_NAMED : PTK_BOOT_ONLY_THEIRS, "named: %d", cases[i].named);
		ptk_linux_close(lx);
		stop(&l);
		stop(&other);
	}
}

int main(void)
{
	windows();
	early();
	plain();
	head();
	odd();
	places();
	limits();
	devices();
	rights();
	lpae();
	v6();
	impossible();
	compare();
	return done();
}
