// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Kernels made by hand in the memory of a live machine, which is known by a CPU's registers alone. Everything is read through
 * a source that counts, and that refuses what a scan would read.
 */
#include "mem/mem.h"

#include "fake.h"

enum { POINTER = FAKE_MARKERS + 0x8000, INIT_MM = FAKE_MARKERS + 0x9000 }; /* where the image keeps vmcoreinfo_data and init_mm */

struct machine {
	struct ptk_mem *ram;
	uint64_t bytes; /* read */
};

static int read_ram(void *arg, uint64_t pa, void *buf, size_t len)
{
	struct machine *m = arg;
	int rc = ptk_mem_read(m->ram, pa, buf, len, NULL);
	m->bytes += rc < 0 ? 0 : len;
	return rc;
}

/* 1 GiB of memory, of which the image and the first page have anything in them. */
static struct ptk_mem *live(struct machine *m, const struct fake *f, uint16_t machine, const char *const *regs)
{
	const struct ptk_extent all = {0, 0x3fffffff};
	struct ptk_mem *mem = ptk_mem_alloc_("live");
	*m = (struct machine){.ram = f->mem};
	if (!mem || ptk_mem_set_extents_(mem, &all, 1) < 0)
		bail("no memory");
	for (; *regs; regs++)
		if (ptk_mem_note_(mem, PTK_NOTE_OWNER, 5, PTK_NOTE_REGISTERS, *regs, strlen(*regs)) < 0)
			bail("no memory");
	mem->ops.read = read_ram;
	mem->arg = m;
	mem->bounded = true;
	mem->info.live = true;
	mem->info.machine = machine;
	mem->info.read_size = 65536;
	return mem;
}

/* vmcoreinfo_data and vmcoreinfo_size, and the page that they speak of, outside of the image. */
static void add_info(const struct fake *f, uint64_t direct)
{
	char text[4096] = "";
	ptk_mem_read(f->mem, f->pa + FAKE_INFO, text, sizeof text - 1, NULL);
	uint64_t words[4] = {0x1234, direct + 0x100000, strlen(text), 0};
	fake_write(f, 0x100000, text, sizeof text);
	fake_write(f, f->pa + POINTER, words, sizeof words);
	memset(text, 0, sizeof text);
	fake_write(f, f->pa + FAKE_INFO, text, sizeof text); /* in the image it is only in these tests */
}

static void finds(const char *what, const struct fake *f, uint16_t machine, const char *const *regs, bool info)
{
	struct machine m;
	struct ptk_mem *mem = live(&m, f, machine, regs);
	const struct ptk_linux_opts opts = {.only_running = true};
	struct ptk_linux *lx = NULL;
	struct ptk_space s[2];
	struct ptk_err err = {0};
	int rc = ptk_linux_open(mem, &opts, &lx, &err);
	if (ok(rc == 0, "%s: opened %s", what, err.msg)) {
		ok(ptk_linux_spaces(lx, PTK_TABLE_KERNEL, s, NULL) == 1 && s[0].root == f->pa + FAKE_PGD, "its root");
		is_str(ptk_linux_info(lx)->release, f->release, "its release");
		ok((strstr(fake_how(lx, "root"), "VMCOREINFO") != NULL) == info, "by %s", fake_how(lx, "root"));
		ok(m.bytes < 24 << 20, "reading little: %" PRIu64 " KiB", m.bytes >> 10);
	}
	ptk_linux_close(lx);
	ptk_mem_close(mem);
}

static void finds_none(const char *what, const struct fake *f, uint16_t machine, const char *const *regs, const char *says)
{
	struct machine m;
	struct ptk_mem *mem = live(&m, f, machine, regs);
	const struct ptk_linux_opts opts = {.only_running = true};
	struct ptk_linux *lx;
	struct ptk_err err = {0};
	is_int(ptk_linux_open(mem, &opts, &lx, &err), PTK_E_NOTFOUND, "%s", what);
	has_str(err.msg, says, "says so");
	ok(m.bytes < 24 << 20, "reading little: %" PRIu64 " KiB", m.bytes >> 10);
	ptk_mem_close(mem);
}

/* A process's table: a copy of the kernel's upper half, at another place. */
static void copy_half(const struct fake *f, uint64_t to)
{
	uint8_t table[4096];
	if (ptk_mem_read(f->mem, f->pa + FAKE_PGD, table, sizeof table, NULL) < 0)
		bail("no table");
	memset(table, 0, 2048);
	fake_write(f, to, table, sizeof table);
}

static struct fake new_fake(uint64_t pa, uint64_t va, const char *keys)
{
	static const char zeros[4096];
	struct fake f = {.mem = fake_ram(), .pa = pa, .va = va, .release = "6.12.117", .keys = keys};
	fake_write(&f, 0, zeros, sizeof zeros);
	return f;
}

/* init_mm in the image's variables: pgd, and mm_users, which is 2. */
static void add_init_mm(const struct fake *f)
{
	uint64_t words[3] = {f->va + FAKE_PGD, 2, 1};
	fake_write(f, f->pa + INIT_MM, words, sizeof words);
}

#define X86_DIRECT UINT64_C(0xffff888000000000)

static void x86(void)
{
	static const char *const process[] = {"rip=0x401000\ncr0=0x80050033\ncr3=0x30000\ncr4=0x6b0\nefer=0xd01\n", NULL};
	static const char *const pti[] = {"rip=0x401000\ncr0=0x80050033\ncr3=0x31000\ncr4=0x6b0\nefer=0xd01\n", NULL};
	static const char *const second[] = {"cr0=0x60000010\ncr3=0x0\ncr4=0x0\nefer=0x0\n",
	                                     "rip=0x401000\ncr0=0x80050033\ncr3=0x30000\ncr4=0x6b0\nefer=0xd01\n", NULL};
	static const char *const nowhere[] = {"cr0=0x80050033\ncr3=0x50000\ncr4=0x6b0\nefer=0xd01\n", NULL};
	struct fake f = new_fake(0x2000000, 0xffffffff82000000, "NUMBER(phys_base)=16777216\nNUMBER(pgtable_l5_enabled)=0\n");
	f.va = 0xffffffff81000000;
	fake_x86(&f);
	copy_half(&f, 0x30000);
	add_init_mm(&f);
	add_info(&f, X86_DIRECT);
	finds("x86, in a process", &f, 62, process, true);
	finds("x86, under PTI", &f, 62, pti, true);
	finds("x86, the first CPU not started", &f, 62, second, true);
	finds_none("x86, a table of nothing", &f, 62, nowhere, "registers lead");
	uint64_t none = 0;
	fake_write(&f, f.pa + POINTER + 8, &none, 8);
	finds("x86, no VMCOREINFO", &f, 62, process, false);
	fake_write(&f, f.pa + INIT_MM, &none, 8);
	finds("x86, no init_mm either", &f, 62, process, false);
	ptk_mem_close(f.mem);
}

static void riscv(void)
{
	static const char *const process[] = {"pc=0x10000\nsatp=0x8000000000000030\nmstatus=0xa00000020\n", NULL};
	static const char *const bare[] = {"pc=0x10000\nsatp=0x0\nmstatus=0xa00000020\n", NULL};
	struct fake f = new_fake(0x2000000, 0xffffffff80000000, "NUMBER(VA_BITS)=39\nNUMBER(va_kernel_pa_offset)=0xffffffff7e000000\n");
	fake_riscv(&f);
	/* PAGE_OFFSET of Sv39: physical 0 to 1G. */
	fake_put(&f, f.pa + FAKE_PGD, 0x158, 0xe7);
	copy_half(&f, 0x30000);
	add_init_mm(&f);
	add_info(&f, 0xffffffd600000000);
	finds("riscv, in a process", &f, 243, process, true);
	finds_none("riscv, in its firmware", &f, 243, bare, "registers lead");
	ptk_mem_close(f.mem);
}

static void arm64(void)
{
	char regs[3][256];
	static const char text[] = "pc=0x%llx\nTTBR0_EL1=0x40000\nTTBR1_EL1=0x%llx\nTCR_EL1=0x400035b5503510\nMAIR_EL1=0x40044ffff\nSCTLR=0x34f4591d\n";
	struct fake f = new_fake(0x2000000, 0xffff800080000000, "NUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=0xffff80007e000000\n");
	unsigned long long pgd = f.pa + FAKE_PGD;
	fake_arm64(&f);
	/* PAGE_OFFSET: physical 0 to 1G. */
	uint64_t l1 = fake_table(&f);
	fake_put(&f, f.pa + FAKE_PGD, 0, l1 | 3);
	fake_put(&f, l1, 0, 0x0060000000000701);
	add_info(&f, 0xffff000000000000);
	snprintf(regs[0], sizeof regs[0], text, 0xffff800080010100ULL, pgd);
	snprintf(regs[1], sizeof regs[1], text, 0x400100ULL, pgd | 0x2aULL << 48);
	snprintf(regs[2], sizeof regs[2], text, 0x400100ULL, pgd - 0x2000);
	finds("arm64, in the kernel", &f, 183, (const char *const[]){regs[0], NULL}, true);
	finds("arm64, in a process", &f, 183, (const char *const[]){regs[1], NULL}, true);
	finds("arm64, under KPTI", &f, 183, (const char *const[]){regs[2], NULL}, true);
	ptk_mem_close(f.mem);
}

/* The process is what the first CPU that runs one shows; two idle on reserved_pg_dir, the page before swapper_pg_dir. */
static void processes(void)
{
	static const char text[] = "TTBR0_EL1=0x%llx\nTTBR1_EL1=0x%llx\nTCR_EL1=0x400035b5503510\nMAIR_EL1=0x40044ffff\nSCTLR=0x34f4591d\n";
	char idle[256], busy[256];
	struct fake f = new_fake(0x2000000, 0xffff800080000000, "NUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=0xffff80007e000000\n");
	unsigned long long pgd = f.pa + FAKE_PGD;
	fake_arm64(&f);
	uint64_t l1 = fake_table(&f);
	fake_put(&f, f.pa + FAKE_PGD, 0, l1 | 3);
	fake_put(&f, l1, 0, 0x0060000000000701);
	add_info(&f, 0xffff000000000000);
	snprintf(idle, sizeof idle, text, pgd - 0x1000, pgd);
	snprintf(busy, sizeof busy, text, 0x7000040000ULL, pgd);
	for (int n = 0; n < 2; n++) {
		const char *const regs[] = {idle, n ? busy : idle, NULL};
		struct machine m;
		struct ptk_mem *mem = live(&m, &f, 183, regs);
		struct ptk_linux *lx = NULL;
		struct ptk_space s[2];
		struct ptk_err err = {0};
		if (ptk_linux_open(mem, NULL, &lx, &err) < 0)
			bail("%s", err.msg);
		is_int(ptk_linux_spaces(lx, PTK_TABLE_CURRENT_USER, s, &err), n ? 1 : PTK_E_NOTFOUND, "%s", n ? "a process" : "none");
		if (n) {
			is_u64(s[0].root, 0x7000040000, "TTBR0_EL1 of the second CPU");
			is_int(ptk_linux_spaces(lx, PTK_TABLE_CURRENT_KERNEL, s, NULL), 2, "with the kernel's half");
			ok(s[0].root == 0x7000040000 && s[1].root == pgd && s[0].last < s[1].first, "in their order");
		} else {
			has_str(err.msg, "no CPU runs a process", "says so");
		}
		ptk_linux_close(lx);
		ptk_mem_close(mem);
	}
	ptk_mem_close(f.mem);
}

int main(void)
{
	processes();
	x86();
	riscv();
	arm64();
	return done();
}
