// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Kernels, their roots and markers, in memories made by hand. */
#include "base/endian.h"

#include "fake.h"

#define X86_KEYS "NUMBER(phys_base)=-427819008\nNUMBER(pgtable_l5_enabled)=0\nKERNELOFFSET=1d800000\n"
#define ARM64_KEYS(voffset)                                                                   \
	"NUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=" voffset "\nNUMBER(TCR_EL1_T1SZ)=0x10\n" \
	"NUMBER(PHYS_OFFSET)=0x40000000\n"

static struct fake x86_kernel(struct ptk_mem *mem, const char *keys)
{
	/* phys_base = pa - (va - __START_KERNEL_map) */
	struct fake f = {.mem = mem, .pa = 0x5000000, .va = 0xffffffff9e800000, .release = "6.12.7", .keys = keys};
	fake_x86(&f);
	return f;
}

static struct fake arm64_kernel(struct ptk_mem *mem, uint64_t pa, uint64_t va, const char *release, const char *keys)
{
	struct fake f = {.mem = mem, .pa = pa, .va = va, .release = release, .keys = keys};
	fake_arm64(&f);
	return f;
}

static struct ptk_linux *open_ok(struct ptk_mem *mem, const struct ptk_linux_opts *opts, const char *what)
{
	struct ptk_linux *lx = NULL;
	struct ptk_err err = {0};
	if (!is_int(ptk_linux_open(mem, opts, &lx, &err), 0, "%s: opens", what))
		bail("%s", err.msg);
	return lx;
}

static int open_fails(struct ptk_mem *mem, const struct ptk_linux_opts *opts, struct ptk_err *err)
{
	struct ptk_linux *lx = NULL;
	int rc = ptk_linux_open(mem, opts, &lx, err);
	ok(!lx, "out-parameter untouched");
	ptk_linux_close(lx);
	return rc;
}

static uint64_t root_of(struct ptk_linux *lx, enum ptk_linux_table which)
{
	struct ptk_space s[2];
	return ptk_linux_spaces(lx, which, s, NULL) == 1 ? s[0].root : 0;
}

static const struct ptk_marker x86_markers[] = {
        {0, "User Space", 0},
        {0x8000000000000000, "Kernel Space", 0},
        {0xffff888000000000, "Low Kernel Mapping", 0},
        {0xffffc90000000000, "vmalloc() Area", 0},
        {0xffffff0000000000, "ESPfix Area", 16},
        {0xffffffff80000000, "High Kernel Mapping", 0},
        {0xffffffffc0000000, "Modules", 0},
        {0xffffffffff000000, "End Modules", 0},
};

static void x86_by_info(void)
{
	struct ptk_mem *mem = fake_ram();
	struct fake f = x86_kernel(mem, X86_KEYS);
	fake_markers(&f, x86_markers, 8, true);
	struct ptk_linux *lx = open_ok(mem, NULL, "x86");
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	is_u64(root_of(lx, PTK_TABLE_KERNEL), f.pa + FAKE_PGD, "phys_base is signed decimal");
	is_str(info->regime.name, "x86-64", "four levels");
	ok(info->major == 6 && info->minor == 12 && info->patch == 7, "version");
	has_str(fake_how(lx, "root"), "phys_base", "how the root was found");
	is_str(fake_fact(lx, "page_offset"), "0xffff888000000000", "the direct map");
	is_str(fake_fact(lx, "kaslr"), "0x1d800000", "KASLR");
	bool same = info->nmarkers == 8 && !info->markers_computed;
	for (size_t i = 0; same && i < 8; i++)
		same = info->marker[i].va == x86_markers[i].va &&
		       strcmp(info->marker[i].name, x86_markers[i].name) == 0 &&
		       info->marker[i].max_lines == x86_markers[i].max_lines;
	ok(same, "the kernel's own markers");
	is_str(ptk_linux_region(lx, 0x1000), "User Space", "region of a user address");
	is_str(ptk_linux_region(lx, 0xffffc90000001000), "vmalloc() Area", "region");
	is_str(ptk_linux_region(lx, 0xffffffffff000000), NULL, "what an end marker starts is no region");
	uint64_t va = 0;
	ok(ptk_linux_symbol(lx, "_stext", &va) == 0 && va == f.va + FAKE_STEXT, "a symbol of VMCOREINFO's");
	is_int(ptk_linux_symbol(lx, "nothing", &va), PTK_E_NOTFOUND, "no symbol");
	struct ptk_space s[2];
	struct ptk_err err;
	is_int(ptk_linux_spaces(lx, PTK_TABLE_CURRENT_KERNEL, s, &err), PTK_E_NOTFOUND, "no CPU note");
	has_str(err.msg, "CR3", "says so");
	is_int(ptk_linux_spaces(lx, (enum ptk_linux_table)9, s, &err), PTK_E_INVAL, "no such table");
	ptk_linux_close(lx);
	ptk_mem_close(mem);
}

/* A marker whose name does not read, a missing end: the array is not believed. */
static void broken_markers(void)
{
	static const char noise[] = "\001\002";
	for (int i = 0; i < 3; i++) {
		struct ptk_mem *mem = fake_ram();
		struct fake f = x86_kernel(mem, X86_KEYS);
		uint64_t bad = i == 1 ? 0x4141414141414141 : 7;
		fake_markers(&f, x86_markers, 8, true);
		if (i == 0)
			fake_write(&f, f.pa + FAKE_NAMES + strlen("User Space") + 1 + strlen("Kernel Space") + 1, noise,
			           2);
		else
			fake_write(&f, f.pa + FAKE_MARKERS + 8 * 24 + (i == 1 ? 8 : 0), &bad, 8);
		struct ptk_linux *lx = open_ok(mem, NULL, "broken markers");
		ok(ptk_linux_info(lx)->markers_computed && ptk_linux_info(lx)->nmarkers > 8, "computed instead");
		has_str(fake_how(lx, "markers"), "computed", "and info says so");
		ptk_linux_close(lx);
		ptk_mem_close(mem);
	}
}

static void x86_otherwise(void)
{
	struct ptk_mem *mem = fake_ram();
	struct fake f = x86_kernel(mem, "NUMBER(phys_base)=4096\nNUMBER(pgtable_l5_enabled)=0\n");
	struct ptk_linux *lx = open_ok(mem, NULL, "a wrong phys_base");
	is_u64(root_of(lx, PTK_TABLE_KERNEL), f.pa + FAKE_PGD, "found by search");
	ptk_linux_close(lx);
	ptk_mem_close(mem);

	mem = fake_ram();
	f = x86_kernel(mem, NULL);
	lx = open_ok(mem, NULL, "no VMCOREINFO");
	is_u64(root_of(lx, PTK_TABLE_KERNEL), f.pa + FAKE_PGD, "found by its looks");
	is_str(ptk_linux_info(lx)->release, "6.12.7", "the release is the banner's");
	is_str(fake_fact(lx, "banner"), "Linux version 6.12.7 (who@where) (gcc) #1 SMP now", "the banner");
	ptk_linux_close(lx);
	struct ptk_linux_opts opts = {.version = "6.1"};
	lx = open_ok(mem, &opts, "a version asked for");
	ok(ptk_linux_info(lx)->minor == 1 && ptk_linux_info(lx)->major == 6, "is taken");
	ptk_linux_close(lx);
	opts.version = "new";
	struct ptk_err err;
	is_int(open_fails(mem, &opts, &err), PTK_E_INVAL, "not a version");
	ptk_mem_close(mem);
}

/* QEMU's note: the process's table, and PTI's half of it. */
static void x86_cpu(void)
{
	uint8_t d[440] = {0};
	struct ptk_note note = {.name = "QEMU", .data = d, .size = sizeof d};
	store32(d, 1, false);
	store64(d + 392, 0x80050033, false);
	store64(d + 416, 0x5301003, false); /* PCID 3, and the user half selected */
	store64(d + 424, 0x3006b0, false);
	for (int pti = 1; pti >= 0; pti--) {
		struct ptk_mem *mem = fake_ram();
		struct fake f = x86_kernel(mem, X86_KEYS);
		uint64_t entry = fake_table(&f), pd = fake_table(&f), pt = fake_table(&f), user, kernel = 0x5300000;
		static const char zero[8192];
		fake_write(&f, kernel, zero, sizeof zero);
		fake_put(&f, entry, 0, pd | 0x63);
		fake_put(&f, pd, 0, pt | 0x63);
		fake_put(&f, pt, 0, 0x8000000001234161);
		/* The CPU entry area at fffffe0000000000 is entry 508. */
		for (unsigned i = 0; i < 2; i++)
			fake_put(&f, i ? kernel : f.pa + FAKE_PGD, 508, entry | 0x63);
		ptk_mem_read(mem, f.pa + FAKE_PGD + 511 * 8, &user, 8, NULL);
		fake_put(&f, kernel, 511, user);
		if (pti) {
			fake_put(&f, kernel + 4096, 508, entry | 0x63);
			fake_put(&f, f.pa + FAKE_PGD + 4096, 508, entry | 0x63);
		} else {
			store64(d + 416, kernel | 0x18, false);
		}
		struct ptk_mem *core = fake_core(mem, 62, &note, 1);
		struct ptk_linux *lx = open_ok(core, NULL, pti ? "PTI" : "no PTI");
		is_u64(root_of(lx, PTK_TABLE_CURRENT_KERNEL), kernel, "the kernel's view");
		is_u64(root_of(lx, PTK_TABLE_CURRENT_USER), kernel + (pti ? 4096 : 0), "user space's");
		is_str(fake_fact(lx, "pti"), pti ? "on" : "off", "info says so");
		ok(ptk_linux_info(lx)->regime.flags & PTK_RF_SMEP && ptk_linux_info(lx)->regime.flags & PTK_RF_SMAP,
		   "CR4 became flags");
		ptk_linux_close(lx);
		ptk_mem_close(core);
		ptk_mem_close(mem);
	}
}

static void others(void)
{
	struct ptk_mem *mem = fake_ram();
	struct fake f = arm64_kernel(mem, 0x40200000, 0xffffb510c8400000, "6.1.9", ARM64_KEYS("0xffffb51088200000"));
	struct ptk_linux *lx = open_ok(mem, NULL, "arm64");
	is_u64(root_of(lx, PTK_TABLE_KERNEL), f.pa + FAKE_PGD, "kimage_voffset");
	is_str(ptk_linux_info(lx)->regime.name, "arm64-4k-48", "T1SZ");
	ok(ptk_linux_info(lx)->regime.va_form == PTK_VA_HIGH, "the upper half");
	ptk_linux_close(lx);
	ptk_mem_close(mem);

	static const char *const keys[] = {
	        "NUMBER(VA_BITS)=39\nNUMBER(va_kernel_pa_offset)=0xfffffffeffe00000\nNUMBER(phys_ram_base)="
	        "2147483648\n",
	        "NUMBER(VA_BITS)=39\nNUMBER(KERNEL_LINK_ADDR)=0xffffffff80000000\nNUMBER(phys_ram_base)=2149580800\n",
	        "",
	        NULL,
	};
	for (int i = 0; i < 4; i++) {
		mem = fake_ram();
		f = (struct fake){
		        .mem = mem, .pa = 0x80200000, .va = 0xffffffff80000000, .release = "6.12.1", .keys = keys[i]};
		fake_riscv(&f);
		lx = open_ok(mem, NULL,
		             i == 0   ? "riscv 6.5"
		             : i == 1 ? "riscv 6.2"
		             : i == 2 ? "riscv 6.1"
		                      : "riscv, no text");
		is_u64(root_of(lx, PTK_TABLE_KERNEL), f.pa + FAKE_PGD, "root");
		is_str(ptk_linux_info(lx)->regime.name, "riscv-sv39", "mode");
		is_str(fake_fact(lx, "page_offset"), "0xffffffd600000000", "Sv39's direct map since 6.8");
		ptk_linux_close(lx);
		ptk_mem_close(mem);
	}
}

static void several(void)
{
	struct ptk_mem *mem = fake_ram();
	struct fake a = arm64_kernel(mem, 0x40200000, 0xffffb510c8400000, "6.12.1", ARM64_KEYS("0xffffb51088200000"));
	struct fake b = arm64_kernel(mem, 0x60200000, 0xffffa00010400000, "6.1.2", ARM64_KEYS("0xffff9fffb0200000"));
	/* What a third one left: its text, but other tables since. */
	struct fake c = arm64_kernel(mem, 0x70200000, 0xffffc00010400000, "5.10.3", ARM64_KEYS("0xffffbfffa0200000"));
	uint64_t zero = 0;
	fake_write(&c, c.pa + FAKE_PGD + (c.va >> 39 & 511) * 8, &zero, 8);

	uint8_t status[392] = {0};
	struct ptk_note note = {.name = "CORE", .type = 1, .data = status, .size = sizeof status};
	store64(status + 368, b.va + 0x12344, false);
	struct ptk_mem *core = fake_core(mem, 183, &note, 1);
	struct ptk_linux *lx = open_ok(core, NULL, "several kernels");
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	is_u64(info->nkernels, 3, "three are listed");
	ok(info->nkernels == 3 && info->kernel[0].valid && info->kernel[1].valid && !info->kernel[2].valid,
	   "two are sound");
	ok(info->nkernels == 3 && !info->kernel[0].running && info->kernel[1].running,
	   "the one that holds the pc runs");
	is_str(info->release, "6.1.2", "and is chosen");
	char path[] = "/tmp/ptkit-snap-XXXXXX";
	struct ptk_err err = {0};
	close(mkstemp(path));
	is_int(ptk_linux_snapshot(lx, path, &err), 0, "snapshot %s", err.msg);
	ptk_linux_close(lx);

	struct ptk_linux_opts opts = {.kernel = 1};
	lx = open_ok(core, &opts, "kernel 1");
	is_u64(root_of(lx, PTK_TABLE_KERNEL), a.pa + FAKE_PGD, "the other's root");
	is_str(ptk_linux_info(lx)->kernel[0].banner, NULL, "banners only if all is looked for");
	ptk_linux_close(lx);
	opts.kernel = 3;
	is_int(open_fails(core, &opts, &err), PTK_E_NOTFOUND, "a kernel without a root");
	has_str(err.msg, "kernel 3", "says which");
	opts.kernel = 4;
	is_int(open_fails(core, &opts, &err), PTK_E_INVAL, "no fourth kernel");

	/* The snapshot answers the same. */
	struct ptk_mem *snap = NULL;
	struct ptk_linux *again;
	opts = (struct ptk_linux_opts){.find_all = true};
	is_int(ptk_mem_open(path, NULL, &snap, &err), 0, "snapshot opens");
	unlink(path);
	lx = open_ok(core, &opts, "the original, all of it");
	again = open_ok(snap, &opts, "its snapshot");
	const struct ptk_linux_info *x = ptk_linux_info(lx), *y = ptk_linux_info(again);
	/* and says last whether its note tells of the boot */
	bool same = x->nfacts + 1 == y->nfacts && x->nkernels == y->nkernels;
	for (size_t i = 0; same && i < x->nfacts; i++)
		same = strcmp(x->fact[i].key, y->fact[i].key) == 0 && strcmp(x->fact[i].value, y->fact[i].value) == 0 &&
		       strcmp(x->fact[i].how, y->fact[i].how) == 0;
	for (size_t i = 0; same && i < x->nkernels; i++)
		same = x->kernel[i].root == y->kernel[i].root && x->kernel[i].valid == y->kernel[i].valid &&
		       x->kernel[i].running == y->kernel[i].running;
	ok(same, "facts and kernels are the same");
	is_str(y->fact[y->nfacts - 1].key, "boot", "a fact more");
	is_str(y->fact[y->nfacts - 1].value, "not known", "there is nothing to boot like");
	ok(x->kernel[0].banner && strstr(x->kernel[0].banner, "6.12.1"), "with a banner");
	ptk_linux_close(lx);
	ptk_linux_close(again);
	ptk_mem_close(snap);
	ptk_mem_close(core);
	ptk_mem_close(mem);
}

static void stale(void)
{
	struct ptk_mem *mem = fake_ram();
	struct fake f = arm64_kernel(mem, 0x40200000, 0xffffb510c8400000, "6.12.1", ARM64_KEYS("0xffffb51088200000"));
	char other[65] = "6.12.2";
	struct ptk_err err = {0};
	fake_write(&f, f.pa + FAKE_UTS + 130, other, sizeof other);
	fake_write(&f, f.pa + FAKE_BANNER, other, sizeof other);
	/* Its tables are sound, so they are found by sight; its text is not believed. */
	struct ptk_linux *lx = open_ok(mem, NULL, "another release in init_uts_ns");
	is_str(ptk_linux_info(lx)->release, "?", "the text's release is not believed");
	ptk_linux_close(lx);
	uint64_t zero = 0;
	fake_write(&f, f.pa + FAKE_PGD + (f.va >> 39 & 511) * 8, &zero, 8);
	is_int(open_fails(mem, NULL, &err), PTK_E_NOTFOUND, "no table either");
	has_str(err.msg, "6.12.1", "the sentence names what was there");
	ptk_mem_close(mem);
}

static void nothing(void)
{
	struct ptk_mem *mem = fake_ram();
	struct ptk_err err = {0};
	char page[4096];
	memset(page, 0x5a, sizeof page);
	for (uint64_t pa = 0; pa < 2u << 20; pa += 4096)
		ptk_mem_write(mem, pa, page, sizeof page, NULL);
	is_int(open_fails(mem, NULL, &err), PTK_E_NOTFOUND, "no kernel");
	has_str(err.msg, "in 2 MiB", "says where it looked");
	has_str(err.msg, "VMCOREINFO", "and what for");
	ptk_mem_close(mem);
	ptk_linux_close(NULL);
}

/* A truncated picture may lack the root that its VMCOREINFO names. */
static void cut_off(void)
{
	struct ptk_mem *mem = fake_ram();
	struct ptk_err err = {0};
	struct fake f = x86_kernel(mem, "NUMBER(phys_base)=4294967296\nNUMBER(pgtable_l5_enabled)=0\nKERNELOFFSET=1d800000\n");
	uint64_t zero = 0;
	fake_write(&f, f.pa + FAKE_PGD + (f.va >> 39 & 511) * 8, &zero, 8); /* nor is there another that would do */
	is_int(open_fails(mem, NULL, &err), PTK_E_NOTFOUND, "no root");
	has_str(err.msg, "is not in the picture", "says what is missing");
	ptk_mem_close(mem);
}

/* A file that names another machine than its kernel's VMCOREINFO shows, or none. */
static void mislabelled(void)
{
	static const uint16_t machines[] = {62, 3, 40, 243, 0, 183};
	for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
		struct ptk_mem *ram = fake_ram();
		struct fake f = arm64_kernel(ram, 0x40200000, 0xffffb510c8400000, "6.1.9", ARM64_KEYS("0xffffb51088200000"));
		struct ptk_mem *core = fake_core(ram, machines[i], NULL, 0);
		struct ptk_linux *lx = open_ok(core, NULL, "a core of a machine");
		is_str(ptk_linux_info(lx)->regime.name, "arm64-4k-48", "the kernel knows better");
		is_u64(root_of(lx, PTK_TABLE_KERNEL), f.pa + FAKE_PGD, "its root");
		if (machines[i] == 0 || machines[i] == 183)
			ok(!fake_fact(lx, "machine"), "nothing to say");
		else
			is_str(fake_fact(lx, "machine"), machines[i] == 62 ? "arm64, but the file says x86" :
			       machines[i] == 3 ? "arm64, but the file says x86" : machines[i] == 40 ? "arm64, but the file says arm" :
			       "arm64, but the file says riscv", "and it is said");
		ptk_linux_close(lx);
		ptk_mem_close(core);
		ptk_mem_close(ram);
	}
}

/*
 * LPAE's four second-level tables in a row, in memory of no named machine: read as one table of 16K they are blocks of 32M,
 * but not on multiples of 32M.
 */
static void lpae_unnamed(void)
{
	struct ptk_mem *mem = fake_ram();
	struct fake f = {.mem = mem, .pa = 0x40000000, .va = 0xc0000000};
	static const char zero[0x6000];
	fake_write(&f, 0x40003000, zero, sizeof zero);
	for (unsigned i = 0; i < 4; i++)
		fake_put(&f, 0x40003000, i, (0x40004000 + i * 0x1000) | 3);
	for (unsigned i = 0; i < 32; i++)
		fake_put(&f, 0x40007000, i, (0x40000000 + i * 0x200000ull) | 0x711);
	fake_put(&f, 0x40007000, 511, 0x40009003);
	struct ptk_linux *lx = open_ok(mem, NULL, "LPAE");
	is_str(ptk_linux_info(lx)->regime.name, "arm-lpae", "blocks are aligned");
	is_u64(root_of(lx, PTK_TABLE_KERNEL), 0x40003000, "its root");
	ptk_linux_close(lx);
	ptk_mem_close(mem);
}

/* A System.map has link-time addresses. */
static void symbols(void)
{
	struct ptk_mem *mem = fake_ram();
	struct fake f = x86_kernel(mem, NULL);
	char path[] = "/tmp/ptkit-map-XXXXXX", pgd[8];
	struct ptk_err err = {0};
	uint64_t va = 0, link = 0xffffffff81000000, mm[2] = {f.va + FAKE_PGD, 2},
	         efi[2] = {0xffff888005000000 + 0x300000, 2};
	FILE *map = fdopen(mkstemp(path), "w");
	if (!map)
		bail("no file");
	fprintf(map,
	        "%" PRIx64 " T _stext\n%" PRIx64 " D swapper_pg_dir\n%" PRIx64 " D linux_banner\n%" PRIx64
	        " D init_mm\n"
	        "%" PRIx64 " D efi_mm\n",
	        link + FAKE_STEXT, link + FAKE_PGD, link + FAKE_BANNER, link + 0x280000, link + 0x281000);
	for (int i = 0; i < 8; i++)
		fprintf(map, "%016x T more%d\n", i, i);
	fclose(map);
	static const char zero[8192];
	fake_write(&f, f.pa + 0x280000, zero, sizeof zero);
	fake_write(&f, f.pa + 0x280040, mm, sizeof mm);
	fake_write(&f, f.pa + 0x281040, efi, sizeof efi);
	fake_write(&f, f.pa + 0x300000, zero, 4096);
	(void)pgd;
	struct ptk_linux_opts opts = {.symbols = path};
	struct ptk_linux *lx = open_ok(mem, &opts, "symbols");
	ok(ptk_linux_symbol(lx, "_stext", &va) == 0 && va == f.va + FAKE_STEXT, "moved to where the kernel runs");
	is_u64(root_of(lx, PTK_TABLE_EFI), f.pa + 0x300000, "efi_mm.pgd lies where init_mm.pgd does");
	ptk_linux_close(lx);
	fake_write(&f, f.pa + FAKE_BANNER, "Minix", 5);
	is_int(open_fails(mem, &opts, &err), PTK_E_CONFLICT, "symbols of another kernel");
	has_str(err.msg, path, "names the file");
	unlink(path);
	is_int(open_fails(mem, &opts, &err), PTK_E_IO, "no such file");
	ptk_mem_close(mem);
}

int main(void)
{
	x86_by_info();
	broken_markers();
	x86_otherwise();
	x86_cpu();
	others();
	several();
	stale();
	nothing();
	cut_off();
	mislabelled();
	lpae_unnamed();
	symbols();
	return done();
}
