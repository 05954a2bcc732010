// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Which kernels are in the picture, and which of them runs. */
#include "linux/find.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "linux/symbols.h"

static bool same_text(const struct lx_vmcoreinfo *a, const struct lx_vmcoreinfo *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static const char *copy_text(struct lx_arena *a, const char *text, size_t len)
{
	char *s = ptk_lx_alloc_(a, len + 1);
	if (s)
		memcpy(s, text, len);
	return s;
}

static bool pgd_symbol(const struct lx_vmcoreinfo *vi, uint64_t *va)
{
	static const char *const names[] = {"swapper_pg_dir", "init_top_pgt", "init_level4_pgt"};
	for (size_t i = 0; i < 3; i++)
		if (ptk_vmcoreinfo_symbol_(vi, names[i], va))
			return true;
	return false;
}

/* A kernel by its VMCOREINFO. The note and the copies in RAM are one kernel. */
int ptk_find_add_(struct ptk_linux *lx, struct lx_found *f, const void *data, size_t len, uint64_t pa)
{
	struct lx_vmcoreinfo vi;
	const char *value;
	size_t n;
	if (!ptk_vmcoreinfo_parse_(data, len, &vi))
		return 0;
	for (size_t i = 0; i < f->n; i++)
		if (same_text(&f->kern[i].vi, &vi)) {
			if (f->kern[i].info_pa == LX_NOWHERE)
				f->kern[i].info_pa = pa;
			return 0;
		}
	if (f->n == LX_KERNELS_MAX)
		return 0;
	struct lx_kern *k = &f->kern[f->n];
	*k = (struct lx_kern){.has_info = true, .vi = vi, .info_pa = pa, .how = "VMCOREINFO note"};
	k->has_distance = f->has_distance;
	k->distance = f->distance;
	k->vi.text = copy_text(&lx->arena, vi.text, vi.len);
	if (pa != LX_NOWHERE)
		k->how = ptk_lx_printf_(&lx->arena, "VMCOREINFO text in memory at 0x%" PRIx64, pa);
	if (ptk_vmcoreinfo_get_(&vi, NULL, "OSRELEASE", &value, &n))
		k->release = copy_text(&lx->arena, value, n);
	if (!k->vi.text || !k->how || !k->release)
		return PTK_E_NOMEM;
	f->n++;
	if (!pgd_symbol(&k->vi, &k->pgd_va))
		k->why = "its VMCOREINFO has no SYMBOL(swapper_pg_dir)";
	return 0;
}

static int infos_of_notes(struct ptk_linux *lx, struct lx_found *f)
{
	const struct ptk_mem_info *mi = ptk_mem_info(lx->mem);
	int rc = 0;
	for (size_t i = 0; i < mi->nnotes && rc >= 0; i++)
		if (strcmp(mi->note[i].name, "VMCOREINFO") == 0)
			rc = ptk_find_add_(lx, f, mi->note[i].data, mi->note[i].size, LX_NOWHERE);
	return rc;
}

/* The text fills up to a page of the kernel's, which may be larger than what the picture holds there. */
int ptk_find_add_page_(struct ptk_linux *lx, struct lx_found *f, uint64_t pa)
{
	CLEANUP_FREE char *buf = malloc(LX_VMCOREINFO_MAX);
	if (!buf)
		return PTK_E_NOMEM;
	size_t len = LX_VMCOREINFO_MAX;
	while (len > 64 && ptk_mem_read(lx->mem, pa, buf, len, NULL) < 0)
		len = len > 4096 ? len / 2 : 4096 - (size_t)(pa & 4095) < len ? 4096 - (size_t)(pa & 4095) : len / 2;
	return len > 64 ? ptk_find_add_(lx, f, buf, len, pa) : 0;
}

static int infos_of_memory(struct ptk_linux *lx, const struct ptk_linux_opts *opts, struct lx_found *f)
{
	int rc = ptk_lx_scan_(lx->mem, opts, &f->hits);
	f->scanned = true;
	for (size_t i = 0; i < f->hits.n && rc >= 0; i++)
		if (f->hits.hit[i].sig == LX_SIG_VMCOREINFO)
			rc = ptk_find_add_page_(lx, f, f->hits.hit[i].pa + f->hits.hit[i].off);
	return rc;
}

/* A kernel that only the symbols speak of: its image lies where they say, or not at all. */
static int add_symbols(struct ptk_linux *lx, struct lx_found *f)
{
	struct lx_kern *k = &f->kern[f->n];
	uint64_t va;
	if (!lx->symtab || f->n == LX_KERNELS_MAX)
		return 0;
	if (!ptk_symbols_pgd_(lx->symtab, &va))
		return 0;
	*k = (struct lx_kern){.info_pa = LX_NOWHERE, .how = "--symbols", .pgd_va = va};
	if (ptk_root_(lx, k) <= 0)
		return 0;
	f->n++;
	return ptk_banner_(lx, k);
}

/* Kernels whose roots are one table are one kernel. */
void ptk_find_resolve_(struct ptk_linux *lx, struct lx_found *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct lx_kern *k = &f->kern[i];
		if (!k->valid && k->pgd_va)
			ptk_root_(lx, k);
		for (size_t j = 0; j < i && k->valid; j++)
			if (f->kern[j].valid && f->kern[j].root == k->root) {
				memmove(k, k + 1, (f->n - i - 1) * sizeof *k);
				f->n--;
				i--;
				break;
			}
	}
}

/* Does the table that a CPU uses map this kernel's image where this kernel is? PTI's user table does not. */
static bool cpu_uses(struct ptk_linux *lx, const struct lx_kern *k)
{
	struct ptk_space s;
	uint64_t pa;
	for (int user = 0; user < 2; user++) {
		uint64_t root = lx_cr3_root(&k->regime, lx->cpu.cr3) & ~(uint64_t)(user ? 0x1000 : 0);
		if (ptk_space_init(&s, lx->mem, &k->regime, root, NULL) == 0 &&
		    ptk_translate(&s, k->pgd_va, &pa) == 1 && pa == k->pgd_pa)
			return true;
	}
	return false;
}

static bool maps_pc(struct ptk_linux *lx, const struct lx_kern *k)
{
	struct ptk_space s;
	uint64_t pa;
	return ptk_space_init(&s, lx->mem, &k->regime, k->root, NULL) == 0 && ptk_translate(&s, lx->cpu.pc, &pa) == 1;
}

/*
 * The kernel that runs: the one whose image the CPU's own table maps (x86 with QEMU's note); else the only one that
 * maps the address at which the first CPU was stopped; else the one that the note is from; else the first that is
 * valid, in order of the addresses where they were found.
 */
static size_t choose(struct ptk_linux *lx, const struct lx_found *f)
{
	size_t first = SIZE_MAX, hits = 0, hit = 0;
	for (size_t i = 0; i < f->n; i++) {
		const struct lx_kern *k = &f->kern[i];
		if (!k->valid)
			continue;
		if (first == SIZE_MAX)
			first = i;
		if (lx->cpu.has_cr && k->arch == LX_X86 && cpu_uses(lx, k))
			return i;
		if (lx->cpu.has_pc && maps_pc(lx, k)) {
			hits++;
			hit = i;
		}
	}
	return hits == 1 ? hit : first;
}

static int nothing(struct ptk_linux *lx, const struct lx_found *f, struct ptk_err *err)
{
	uint64_t mib = f->hits.bytes >> 20;
	if (f->n)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "no kernel whose root can be trusted: %s %s (%s), but %s",
		                    f->n > 1 ? "first of several," : "there is",
		                    f->kern[0].release ? f->kern[0].release : "one", f->kern[0].how,
		                    f->kern[0].why ? f->kern[0].why : "its root is not known");
	if (!f->scanned)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "no Linux kernel found where the CPU's registers lead");
	return ptk_err_set_(err, PTK_E_NOTFOUND,
	                    "no Linux kernel found: no VMCOREINFO note, and in %" PRIu64
	                    " MiB of memory no VMCOREINFO text, and no table that maps itself as a kernel's would",
	                    mib);
}

/* Whether to read all of memory for what kernels leave there. A live machine may stand still meanwhile. */
static bool must_scan(const struct ptk_linux *lx, const struct ptk_linux_opts *opts, const struct lx_found *f)
{
	bool found = f->n && f->kern[0].valid;
	if (lx->cpu.live)
		return opts->kernel || (!found && !opts->only_running);
	return !found || opts->find_all || opts->kernel;
}

int ptk_find_kernels_(struct ptk_linux *lx, const struct ptk_linux_opts *opts, struct lx_found *f, struct ptk_err *err)
{
	int rc = infos_of_notes(lx, f);
	if (rc >= 0)
		ptk_find_resolve_(lx, f);
	if (rc >= 0 && lx->cpu.live && !(f->n && f->kern[0].valid))
		rc = ptk_find_running_(lx, f);
	if (rc >= 0 && must_scan(lx, opts, f)) {
		rc = infos_of_memory(lx, opts, f);
		ptk_find_resolve_(lx, f);
	}
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < f->n && opts->find_all; i++)
		if (f->kern[i].valid && (rc = ptk_banner_(lx, &f->kern[i])) < 0)
			return rc;
	size_t run = choose(lx, f);
	if (run == SIZE_MAX) {
		rc = add_symbols(lx, f);
		if (rc < 0)
			return rc;
		run = choose(lx, f);
	}
	if (run == SIZE_MAX && f->scanned && f->n < LX_KERNELS_MAX) {
		rc = ptk_root_by_sight_(lx, &f->hits, &f->kern[f->n]);
		if (rc < 0)
			return rc;
		f->n += (size_t)rc;
		run = choose(lx, f);
	}
	if (run == SIZE_MAX)
		return nothing(lx, f, err);
	f->kern[run].running = true;
	if (!opts->kernel)
		return (int)run;
	if (opts->kernel > f->n)
		return ptk_err_set_(err, PTK_E_INVAL, "there is no kernel %u in the picture: %zu found", opts->kernel,
		                    f->n);
	if (!f->kern[opts->kernel - 1].valid)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "kernel %u has no root that can be trusted: %s", opts->kernel,
		                    f->kern[opts->kernel - 1].why);
	return (int)opts->kernel - 1;
}
