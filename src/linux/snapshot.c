// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A core with only what the answers about page tables rest on: the tables of every kernel and space that is known, and
 * the pages that led to them. What is found in it again must be what was found in the original. Processes are an exception:
 * their tasks are scattered over all of memory, so what these say is put into a note (proc/told.c); and so is what the
 * kernel's boot went by (boot/note.c).
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "base/grow.h"
#include "linux/boot/note.h"
#include "linux/find.h"
#include "linux/image.h"
#include "linux/linux.h"
#include "linux/proc/told.h"

#define PAGE 4096u

struct pages {
	struct ptk_extent *ext;
	size_t n, room;
};

/* Whole pages: arm keeps Linux's entries in the half page before a hardware table. */
static int keep(struct pages *p, uint64_t pa, uint64_t len)
{
	uint64_t first = round_down(pa, PAGE), last;
	if (len == 0 || !add_ok(pa, len - 1, &last))
		return 0;
	last |= PAGE - 1;
	if (p->n && p->ext[p->n - 1].first <= first && p->ext[p->n - 1].last >= last)
		return 0;
	struct ptk_extent *ext = grow_(p->ext, p->n, &p->room, 256, sizeof *ext);
	if (!ext)
		return PTK_E_NOMEM;
	p->ext = ext;
	p->ext[p->n++] = (struct ptk_extent){first, last};
	return 0;
}

static int by_first(const void *a, const void *b)
{
	const struct ptk_extent *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

static void merge(struct pages *p)
{
	size_t n = 0;
	if (p->n)
		qsort(p->ext, p->n, sizeof *p->ext, by_first);
	for (size_t i = 0; i < p->n; i++) {
		if (n && (p->ext[i].first <= p->ext[n - 1].last || p->ext[i].first - 1 == p->ext[n - 1].last)) {
			if (p->ext[i].last > p->ext[n - 1].last)
				p->ext[n - 1].last = p->ext[i].last;
		} else {
			p->ext[n++] = p->ext[i];
		}
	}
	p->n = n;
}

/* ---- tables ---- */

struct walk {
	const struct ptk_regime *regime;
	struct pages *pages;
};

static int keep_table(void *arg, const struct ptk_run *run)
{
	const struct walk *w = arg;
	struct ptk_entry e;
	if (run->what != PTK_V_TABLE || run->level == 0)
		return PTK_GO;
	if (run->again)
		return PTK_SKIP;
	ptk_entry_decode(w->regime, run->level, run->raw, &e);
	int rc = keep(w->pages, e.pa, ptk_table_size(w->regime, run->level - 1));
	return rc < 0 ? rc : PTK_GO;
}

static int keep_space(struct ptk_mem *mem, const struct ptk_regime *r, uint64_t root, struct pages *p,
                      struct ptk_err *err)
{
	struct ptk_space s;
	struct walk w = {r, p};
	struct ptk_walk_opts opts = {.join = PTK_JOIN_EQUAL};
	int rc = ptk_space_init(&s, mem, r, root, err);
	if (rc >= 0)
		rc = keep(p, root, ptk_table_size(r, r->nlevels - 1));
	if (rc >= 0)
		ptk_space_fetch(&s, NULL);
	for (int i = 0; i < PTK_LEVELS_MAX; i++)
		opts.ignore[i] = UINT64_MAX; /* leaves are of no interest */
	return rc < 0 ? rc : ptk_walk_space(&s, &opts, keep_table, &w, NULL, err);
}

/* ---- what led to them ---- */

/* Clues of one kernel: VMCOREINFO text, release, banner. Its tables if they are any good. */
static int keep_kernel(struct ptk_linux *lx, const struct lx_kern *k, struct pages *p, struct ptk_err *err)
{
	struct ptk_space s;
	uint64_t va, off, pa;
	int rc = 0;
	if (k->info_pa != LX_NOWHERE)
		rc = keep(p, k->info_pa, k->vi.len + 1);
	if (rc >= 0 && k->banner)
		rc = keep(p, k->banner_pa, strlen(k->banner) + 2);
	if (rc >= 0 && k->init_mm_pa)
		rc = keep(p, k->init_mm_pa, 64);
	if (rc < 0 || !k->valid)
		return rc;
	rc = keep_space(lx->mem, &k->regime, k->root, p, err);
	/* All of swapper_pg_dir where the root is inside of it, and the page after it, where PTI's user half is. */
	if (rc >= 0)
		rc = keep(p, k->pgd_pa, (UINT64_C(1) << k->regime.page_shift) + (k->arch == LX_X86 ? PAGE : 0));
	if (rc >= 0 && k->has_info && ptk_vmcoreinfo_symbol_(&k->vi, "init_uts_ns", &va) &&
	    ptk_vmcoreinfo_decimal_(&k->vi, "OFFSET", "uts_namespace.name", &off) &&
	    ptk_space_init(&s, lx->mem, &k->regime, k->root, NULL) == 0 && ptk_translate(&s, va + off, &pa) == 1)
		rc = keep(p, pa, 65 * 6);
	return rc;
}

static int keep_kernels(struct ptk_linux *lx, struct pages *p, struct ptk_err *err)
{
	static const struct ptk_linux_opts all = {.find_all = true};
	struct lx_found *f = ptk_lx_alloc_(&lx->arena, sizeof *f);
	if (!f)
		return PTK_E_NOMEM;
	int rc = ptk_find_kernels_(lx, &all, f, err);
	for (size_t i = 0; i < f->hits.n && rc >= 0; i++)
		rc = keep(p, f->hits.hit[i].pa, PAGE);
	for (size_t i = 0; i < f->n && rc >= 0; i++)
		rc = keep_kernel(lx, &f->kern[i], p, err);
	return rc;
}

/* A symbol's object, if the symbols given have it. */
static int keep_symbol(const struct ptk_linux *lx, const struct lx_view *v, const char *name, struct pages *p)
{
	uint64_t va;
	return ptk_lx_symbol_(lx, name, &va) ? keep(p, va - v->pgd_va + v->pgd_pa, PAGE) : 0;
}

/* The array of markers, the strings it points to, and what else is read through the image. */
static int keep_image(struct ptk_linux *lx, struct pages *p)
{
	struct lx_view v;
	unsigned word = lx->info.regime.va_width / 8u, step = word * (lx->arch == LX_X86 ? 3 : 2);
	bool big = ptk_mem_info(lx->mem)->big_endian;
	uint8_t raw[8];
	if (ptk_view_(lx, &v) < 0)
		return 0;
	int rc = keep(p, lx->layout.image_first - v.pgd_va + v.pgd_pa, PAGE); /* an Image header, on riscv */
	if (rc >= 0)
		rc = keep_symbol(lx, &v, "linux_banner", p);
	if (rc >= 0)
		rc = keep_symbol(lx, &v, "init_mm", p);
	if (rc >= 0)
		rc = keep_symbol(lx, &v, "efi_mm", p);
	if (lx->markers_pa == LX_NOWHERE)
		return rc;
	if (rc >= 0)
		rc = keep(p, lx->markers_pa - step, (lx->info.nmarkers + 2) * step);
	for (size_t i = 0; i < lx->info.nmarkers && rc >= 0; i++) {
		if (ptk_mem_read(lx->mem, lx->markers_pa + i * step + word, raw, word, NULL) < 0)
			continue;
		uint64_t name = word == 8 ? load64(raw, big) : load32(raw, big);
		rc = keep(p, name - v.pgd_va + v.pgd_pa, 64);
	}
	return rc;
}

/* ---- processes ---- */

/* What the kernel walks of one, and what user code does where PTI makes that another table. */
static int keep_process(struct ptk_linux *lx, const struct ptk_process *p, struct pages *pages, struct ptk_err *err)
{
	struct ptk_space s[2], user;
	if (p->root == PTK_NO_PA || p->kthread)
		return 0;
	int rc = ptk_linux_process_spaces(lx, p, s, err);
	if (rc >= 0)
		rc = keep_space(lx->mem, &s[0].regime, s[0].root, pages, err);
	if (rc >= 0 && lx->layout.pti && ptk_linux_process_user(lx, p, &user, NULL) == 0)
		rc = keep_space(lx->mem, &user.regime, user.root, pages, err);
	return rc;
}

static int gather(struct ptk_linux *lx, struct pages *p, struct ptk_err *err)
{
	int rc = lx->told ? 0 : keep_kernels(lx, p, err); /* what is told is in a note, and notes are kept */
	for (int i = 0; i < LX_TABLES && rc >= 0; i++)
		if (lx->table[i].known)
			rc = keep_space(lx->mem, &lx->table[i].regime, lx->table[i].root, p, err);
	if (rc >= 0 && lx->layout.pti)
		rc = keep_space(lx->mem, &lx->info.regime, lx->table[PTK_TABLE_KERNEL].root + PAGE, p, err);
	if (rc >= 0 && !lx->told)
		rc = keep_image(lx, p);
	return rc;
}

/* A note of ptkit's own. */
struct text {
	char *p;
	size_t len;
};

/* The notes of the original, but for a list of processes, in whose place comes that of those that are kept. */
static int write_core(struct ptk_linux *lx, const char *path, const struct pages *p, const struct text *list,
                      const struct text *boot, struct ptk_err *err)
{
	const struct ptk_mem_info *mi = ptk_mem_info(lx->mem);
	uint16_t machine = mi->machine ? mi->machine : ptk_regime_machine(&lx->info.regime);
	struct ptk_note *note = malloc((mi->nnotes + 2) * sizeof *note);
	size_t n = 0;
	if (!note)
		return PTK_E_NOMEM;
	for (size_t i = 0; i < mi->nnotes; i++)
		if (strcmp(mi->note[i].name, PTK_NOTE_OWNER) != 0 || mi->note[i].type != PTK_NOTE_PROCESSES)
			note[n++] = mi->note[i];
	if (boot->p)
		note[n++] = (struct ptk_note){PTK_NOTE_OWNER, PTK_NOTE_BOOT, boot->p, boot->len};
	if (list->p)
		note[n++] = (struct ptk_note){PTK_NOTE_OWNER, PTK_NOTE_PROCESSES, list->p, list->len};
	int rc = ptk_mem_write_core(lx->mem, path, machine, p->ext, p->n, note, n, err);
	free(note);
	return rc;
}

int ptk_linux_snapshot_with(struct ptk_linux *lx, const char *path, const struct ptk_process *p, size_t n,
                            struct ptk_err *err)
{
	struct pages pages = {0};
	struct text list = {0}, boot = {0};
	int rc = gather(lx, &pages, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = keep_process(lx, &p[i], &pages, err);
	merge(&pages);
	if (rc >= 0 && n && !(list.p = ptk_procs_note_(lx, p, n, &list.len)))
		rc = PTK_E_NOMEM;
	if (rc >= 0 && !lx->told && !ptk_mem_note(ptk_mem_info(lx->mem), PTK_NOTE_OWNER, PTK_NOTE_BOOT, 0))
		rc = boot_note_(lx, &boot.p, &boot.len);
	if (rc >= 0)
		rc = write_core(lx, path, &pages, &list, &boot, err);
	if (rc == PTK_E_NOMEM)
		ptk_err_set_(err, rc, "no memory to gather what a snapshot of the tables needs");
	free(list.p);
	free(boot.p);
	free(pages.ext);
	return rc < 0 ? rc : 0;
}

int ptk_linux_snapshot(struct ptk_linux *lx, const char *path, struct ptk_err *err)
{
	return ptk_linux_snapshot_with(lx, path, NULL, 0, err);
}
