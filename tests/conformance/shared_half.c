// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * How a process comes by the kernel's half on x86 and riscv, on real kernels. pgd_ctor() (arch/x86/mm/pgtable.c) and
 * sync_kernel_mappings() (asm/pgalloc.h of riscv) copy swapper_pg_dir's entries of that half once, so they are those of
 * swapper_pg_dir for good. With PTI the second root, a page further on, has the same user half, which the first marks as
 * not executable (pti_set_user_pgtbl()), and of the kernel only what entry code needs, at the same addresses. With PAE
 * that root's entries have no rights, and the kernel is below one of them: with PTI each process has copies of the table
 * it leads to, in both roots (pgd_prepopulate_pmd(), pgd_prepopulate_user_pmd()), where its LDT is its own.
 */
#include <ptkit/process.h>

#include "captures.h"

#define NX (UINT64_C(1) << 63)
#define SEEN (UINT64_C(1) << 5 | UINT64_C(1) << 6) /* accessed, dirty: the CPU's to set */

/* Entries of a root: 1024 at most. */
static size_t read_root(const struct ptk_linux *lx, struct ptk_mem *mem, uint64_t root, uint64_t entry[1024])
{
	const struct ptk_regime *r = &ptk_linux_info(lx)->regime;
	uint8_t raw[8192];
	size_t n = (size_t)1 << r->level[r->nlevels - 1].bits, width = (size_t)1 << r->entry_shift;
	if (n * width > sizeof raw || ptk_mem_read(mem, root, raw, n * width, NULL) < 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		entry[i] = 0;
		memcpy(&entry[i], raw + i * width, width);
	}
	return n;
}

/* The first entry of the kernel's half: 0xc0000000 on i386, else the middle. */
static size_t kernel_half(const struct ptk_linux *lx, size_t n)
{
	return ptk_linux_info(lx)->regime.va_width == 32 ? n / 4 * 3 : n / 2;
}

static void test_copy(struct ptk_linux *lx, struct ptk_mem *mem, const char *name, const struct ptk_process *p)
{
	uint64_t ours[1024], swapper[1024];
	struct ptk_space k[2];
	size_t wrong = 0, same = 0;
	if (ptk_linux_spaces(lx, PTK_TABLE_KERNEL, k, NULL) < 0)
		bail("%s: no kernel table", name);
	size_t n = read_root(lx, mem, p->root, ours);
	if (read_root(lx, mem, k[0].root, swapper) != n || !n) {
		ok(false, "%s, %s: its root can be read", name, p->name);
		return;
	}
	for (size_t i = kernel_half(lx, n); i < n; i++) {
		wrong += ((ours[i] ^ swapper[i]) & ~SEEN) != 0;
		same += swapper[i] != 0;
	}
	ok(!wrong && same, "%s, %s: the %zu entries of the kernel's half are swapper_pg_dir's", name, p->name, same);
}

/* ---- PTI ---- */

struct shown {
	struct ptk_space kernel;
	uint64_t ranges, other;
};

static int see(void *arg, const struct ptk_range *r)
{
	struct shown *s = arg;
	uint64_t pa;
	s->ranges++;
	s->other += ptk_translate(&s->kernel, r->first, &pa) != 1 || pa != r->pa;
	return 0;
}

/* Entries of the tables that the last entry of two roots leads to, with PAE. */
static size_t copied(struct ptk_linux *lx, struct ptk_mem *mem, uint64_t ours, uint64_t swapper, size_t *wrong)
{
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	uint64_t root[2][4], e[2][512], ldt = 0;
	size_t same = 0;
	*wrong = 1;
	if (ptk_mem_read(mem, ours, root[0], sizeof root[0], NULL) < 0 || ptk_mem_read(mem, swapper, root[1], sizeof root[1], NULL) < 0)
		return 0;
	for (int i = 0; i < 2; i++)
		if (ptk_mem_read(mem, root[i][3] & UINT64_C(0xffffffffff000), e[i], sizeof e[i], NULL) < 0)
			return 0;
	for (size_t i = 0; i < info->nmarkers; i++)
		if (strcmp(info->marker[i].name, "LDT remap") == 0)
			ldt = info->marker[i].va >> 21 & 511;
	*wrong = root[0][3] == root[1][3];
	for (size_t i = 0; i < 512; i++) {
		*wrong += i != ldt && ((e[0][i] ^ e[1][i]) & ~SEEN) != 0;
		same += e[0][i] != 0;
	}
	return same;
}

static void test_pae_copies(struct ptk_linux *lx, struct ptk_mem *mem, const char *name, const struct ptk_process *p)
{
	struct ptk_space k[2];
	size_t wrong[2], n[2];
	if (ptk_linux_spaces(lx, PTK_TABLE_KERNEL, k, NULL) < 0)
		bail("%s: no kernel table", name);
	for (int i = 0; i < 2; i++)
		n[i] = copied(lx, mem, p->root + (uint64_t)i * 4096, k[0].root + (uint64_t)i * 4096, &wrong[i]);
	ok(n[0] && !wrong[0], "%s, %s: a copy of swapper_pg_dir's %zu entries for the kernel", name, p->name, n[0]);
	ok(n[1] && !wrong[1], "%s, %s: and of the %zu that user space sees", name, p->name, n[1]);
}

static void test_pti(struct ptk_linux *lx, struct ptk_mem *mem, const char *name, const struct ptk_process *p)
{
	uint64_t kernel[1024], user[1024];
	struct shown s = {.ranges = 0};
	struct ptk_space u;
	size_t wrong = 0, used = 0, n = read_root(lx, mem, p->root, kernel), half = kernel_half(lx, n);
	const struct ptk_regime *r = &ptk_linux_info(lx)->regime;
	if (!n || read_root(lx, mem, p->root + 4096, user) != n || ptk_space_init(&s.kernel, mem, r, p->root, NULL) < 0 ||
	    ptk_space_init(&u, mem, r, p->root + 4096, NULL) < 0) {
		ok(false, "%s, %s: both roots can be read", name, p->name);
		return;
	}
	uint64_t nx = r->nlevels == 3 ? 0 : NX;
	for (size_t i = 0; i < half; i++) {
		wrong += ((kernel[i] ^ user[i]) & ~(nx | SEEN)) != 0 || user[i] & NX || (kernel[i] && (kernel[i] & NX) != nx);
		used += user[i] != 0;
	}
	ok(!wrong && used, "%s, %s: both roots have the same user half%s", name, p->name, nx ? ", not executable in the kernel's" : "");
	struct ptk_range_opts o = {.from = UINT64_MAX << (r->va_bits - 1), .to = UINT64_MAX, .only_leaves = true};
	if (r->va_width == 32)
		o = (struct ptk_range_opts){.from = 0xc0000000, .to = UINT32_MAX, .only_leaves = true};
	int rc = ptk_ranges(&u, &o, see, &s, NULL, NULL);
	ok(rc >= 0 && s.ranges && !s.other,
	   "%s, %s: what user code keeps of the kernel (%llu ranges) is where the kernel has it", name, p->name,
	   (unsigned long long)s.ranges);
}

static bool has_pti(const struct ptk_linux *lx)
{
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	for (size_t i = 0; i < info->nfacts; i++)
		if (strcmp(info->fact[i].key, "pti") == 0)
			return strcmp(info->fact[i].value, "on") == 0;
	return false;
}

static void processes(struct ptk_linux *lx, struct ptk_mem *mem, const char *name)
{
	const struct ptk_process *list;
	struct ptk_err err = {0};
	size_t n;
	if (ptk_linux_processes(lx, &list, &n, &err) < 0) {
		ok(false, "%s: %s", name, err.msg);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (list[i].kthread || !list[i].mm)
			continue;
		bool pti = has_pti(lx), pae = ptk_linux_info(lx)->regime.nlevels == 3 && ptk_linux_info(lx)->regime.va_width == 32;
		if (pti && pae)
			test_pae_copies(lx, mem, name, &list[i]);
		else
			test_copy(lx, mem, name, &list[i]);
		if (pti)
			test_pti(lx, mem, name, &list[i]);
	}
}

static void capture(const char *name)
{
	struct ptk_linux *lx;
	struct ptk_mem *mem = capture_linux(name, &lx);
	if (!mem)
		return;
	const char *arch = ptk_linux_info(lx)->arch;
	if (strcmp(arch, "x86") == 0 || strcmp(arch, "riscv") == 0)
		processes(lx, mem, name);
	ptk_linux_close(lx);
	ptk_mem_close(mem);
}

int main(int argc, char **argv)
{
	(void)argc;
	captures_each(argv + 1, "pagemap.txt", capture);
	return done();
}
