// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Opening a picture of Linux. */
#include "linux/linux.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ptkit/process.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/about.h"
#include "linux/boot/note.h"
#include "linux/find.h"
#include "linux/given.h"
#include "linux/kallsyms.h"
#include "linux/layout.h"
#include "linux/markers.h"
#include "linux/proc/types.h"
#include "linux/symbols.h"
#include "linux/tables.h"

int ptk_lx_fact_(struct ptk_linux *lx, const char *key, const char *value, const char *how)
{
	if (!value || !how)
		return PTK_E_NOMEM;
	if (lx->info.nfacts == LX_FACTS_MAX)
		return PTK_E_LIMIT;
	lx->fact[lx->info.nfacts++] = (struct ptk_fact){key, value, how};
	return 0;
}

/* Everything that the chosen kernel settles. */
static int adopt(struct ptk_linux *lx, const struct lx_kern *k)
{
	lx->arch = k->arch;
	lx->layout = k->layout;
	lx->pgd_va = k->pgd_va;
	lx->pgd_pa = k->pgd_pa;
	lx->info.regime = k->regime;
	lx->info.arch = ptk_regime_arch(&k->regime);
	lx->table[PTK_TABLE_KERNEL] = (struct lx_table){.known = true, .root = k->root, .regime = k->regime};
	if (k->has_info) {
		struct lx_vmcoreinfo *vi = ptk_lx_alloc_(&lx->arena, sizeof *vi);
		if (!vi)
			return PTK_E_NOMEM;
		*vi = k->vi;
		lx->vmcoreinfo = vi;
	}
	return 0;
}

static int set_version(struct ptk_linux *lx, const struct ptk_linux_opts *opts, const struct lx_kern *k,
                       struct ptk_err *err)
{
	struct ptk_linux_info *info = &lx->info;
	info->release = k->release ? k->release : "?";
	const char *version = opts->version ? opts->version : k->release;
	if (!version)
		return 0;
	if (!ptk_release_parse_(version, strlen(version), &info->major, &info->minor, &info->patch)) {
		if (opts->version)
			return ptk_err_set_(err, PTK_E_INVAL, "'%s' is not a kernel version such as 6.1 or 6.12.117",
			                    version);
		info->major = info->minor = info->patch = 0;
	}
	return 0;
}

static int set_markers(struct ptk_linux *lx, const struct ptk_linux_opts *opts)
{
	struct lx_image im;
	struct lx_view view;
	struct lx_markers *m = ptk_lx_alloc_(&lx->arena, sizeof *m);
	if (!m)
		return PTK_E_NOMEM;
	int rc = ptk_view_(lx, &view);
	if (rc >= 0)
		rc = ptk_image_find_(&view, &im);
	if (rc >= 0 && !opts->no_markers_in_ram)
		rc = ptk_markers_find_(lx, &view, &im, m);
	if (rc < 0)
		return rc;
	if (im.n) {
		lx->layout.image_first = im.part[0].first;
		lx->layout.image_last = im.part[im.n - 1].last;
	}
	if (m->n == 0) {
		ptk_markers_compute_(lx, m);
		lx->info.markers_computed = true;
	}
	lx->info.marker = m->marker;
	lx->info.nmarkers = m->n;
	lx->markers_pa = lx->info.markers_computed ? LX_NOWHERE : m->array_pa;
	return ptk_lx_regions_(lx);
}

static int gather_facts(struct ptk_linux *lx, const struct ptk_linux_opts *opts, const struct lx_kern *k)
{
	struct lx_arena *a = &lx->arena;
	const struct ptk_linux_info *info = &lx->info;
	int rc = 0;
	if (opts->version)
		rc |= ptk_lx_fact_(lx, "version", opts->version, "as asked for");
	if (k->release)
		rc |= ptk_lx_fact_(lx, opts->version ? "release" : "version", k->release, k->how);
	if (k->banner)
		rc |= ptk_lx_fact_(lx, "banner", k->banner, "scan of the kernel image");
	const char *mislabelled = ptk_root_mislabelled_(lx, k);
	if (mislabelled)
		rc |= ptk_lx_fact_(lx, "machine", mislabelled, k->how);
	rc |= ptk_lx_fact_(lx, "regime", info->regime.name, k->regime_how ? k->regime_how : k->how);
	rc |= ptk_lx_fact_(lx, "root", ptk_lx_printf_(a, "0x%" PRIx64, lx->table[PTK_TABLE_KERNEL].root),
	                   ptk_lx_printf_(a, "%s (%s)", k->root_how, k->how));
	if (lx->layout.va_bits_config != lx->layout.va_bits)
		rc |= ptk_lx_fact_(lx, "va_bits", ptk_lx_printf_(a, "%u", lx->layout.va_bits),
		                   ptk_lx_printf_(a, "a kernel built for %u falls back", lx->layout.va_bits_config));
	if (lx->layout.image_last)
		rc |= ptk_lx_fact_(
		        lx, "image",
		        ptk_lx_printf_(a, "0x%" PRIx64 "-0x%" PRIx64, lx->layout.image_first, lx->layout.image_last),
		        "mapped by the root next to swapper_pg_dir");
	rc |= ptk_layout_facts_(lx);
	if (lx->cpu.has_cr)
		rc |= ptk_lx_fact_(lx, "cr3", ptk_lx_printf_(a, "0x%" PRIx64, lx->cpu.cr3),
		                   lx->cpu.live ? "registers of the CPU" : "QEMU's CPU note");
	rc |= ptk_tables_facts_(lx);
	if (lx->symtab)
		rc |= ptk_lx_fact_(lx, "symbols", ptk_lx_printf_(a, "%zu", ptk_symbols_count_(lx->symtab)),
		                   ptk_lx_printf_(a, "%s, moved by 0x%" PRIx64, opts->symbols, lx->symbol_shift));
	rc |= ptk_lx_fact_(lx, "markers", ptk_lx_printf_(a, "%zu", info->nmarkers),
	                   info->markers_computed
	                           ? ptk_lx_printf_(a, "computed by the layout rules of %s %u.%u", info->arch,
	                                            info->major, info->minor)
	                           : ptk_lx_printf_(a, "the kernel's own array at 0x%" PRIx64, lx->markers_pa));
	rc |= boot_note_fact_(lx);
	return rc < 0 ? PTK_E_NOMEM : 0;
}

static int list_kernels(struct ptk_linux *lx, const struct lx_found *f)
{
	struct ptk_kernel *k = ptk_lx_alloc_(&lx->arena, sizeof *k * (f->n + 1));
	if (!k)
		return PTK_E_NOMEM;
	for (size_t i = 0; i < f->n; i++)
		k[i] = (struct ptk_kernel){
		        .release = f->kern[i].release ? f->kern[i].release : "?",
		        .banner = f->kern[i].banner,
		        .root = f->kern[i].root,
		        .valid = f->kern[i].valid,
		        .running = f->kern[i].running,
		};
	lx->info.kernel = k;
	lx->info.nkernels = f->n;
	return 0;
}

static int open_in(struct ptk_linux *lx, const struct ptk_linux_opts *opts, struct ptk_err *err)
{
	struct lx_found *f = ptk_lx_alloc_(&lx->arena, sizeof *f);
	if (!f)
		return PTK_E_NOMEM;
	ptk_cpunote_(ptk_mem_info(lx->mem), &lx->cpu);
	int rc = opts->symbols ? ptk_symbols_open_(opts->symbols, &lx->symtab, err) : 0;
	if (rc >= 0)
		rc = ptk_find_kernels_(lx, opts, f, err);
	if (rc < 0)
		return rc;
	const struct lx_kern *k = &f->kern[rc];
	rc = adopt(lx, k);
	if (rc >= 0)
		rc = set_version(lx, opts, k, err);
	if (rc >= 0)
		rc = ptk_given_symbols_(lx, opts, err);
	if (rc >= 0)
		rc = ptk_layout_(lx);
	if (rc >= 0)
		rc = ptk_tables_(lx);
	if (rc >= 0)
		rc = set_markers(lx, opts);
	if (rc >= 0)
		rc = gather_facts(lx, opts, k);
	return rc < 0 ? rc : list_kernels(lx, f);
}

/* A note that says it all. Symbols are those of the addresses that it has. */
static int open_told(struct ptk_linux *lx, const struct lx_about *a, const struct ptk_linux_opts *opts, struct ptk_err *err)
{
	if (opts->kernel > 1)
		return ptk_err_set_(err, PTK_E_INVAL, "there is no kernel %u in the picture: a note tells of one", opts->kernel);
	int rc = opts->symbols ? ptk_symbols_open_(opts->symbols, &lx->symtab, err) : 0;
	return rc < 0 ? rc : ptk_told_(lx, &a->about, opts->version, "ptkit's note", err);
}

static int open_any(struct ptk_linux *lx, const struct ptk_linux_opts *opts, struct ptk_err *err)
{
	struct lx_about *a = NULL;
	int rc = ptk_about_find_(lx->mem, &a, err);
	if (rc > 0)
		rc = open_told(lx, a, opts, err);
	else if (rc == 0)
		rc = open_in(lx, opts, err);
	free(a);
	return rc;
}

struct ptk_linux *ptk_lx_make_(struct ptk_mem *mem)
{
	struct ptk_linux *lx = calloc(1, sizeof *lx);
	if (lx) {
		lx->mem = mem;
		lx->info.fact = lx->fact;
		lx->markers_pa = LX_NOWHERE;
	}
	return lx;
}

int ptk_linux_open(struct ptk_mem *mem, const struct ptk_linux_opts *opts, struct ptk_linux **out, struct ptk_err *err)
{
	static const struct ptk_linux_opts none;
	struct ptk_linux *lx = ptk_lx_make_(mem);
	if (!lx)
		return ptk_err_set_(err, PTK_E_NOMEM, "no memory to look for a kernel");
	if (err)
		err->msg[0] = 0;
	int rc = open_any(lx, opts ? opts : &none, err);
	if (rc < 0) {
		ptk_linux_close(lx);
		return rc == PTK_E_NOMEM ? ptk_err_set_(err, rc, "no memory to look for a kernel") : rc;
	}
	*out = lx;
	return 0;
}

void ptk_linux_close(struct ptk_linux *lx)
{
	if (!lx)
		return;
	ptk_symbols_close_(lx->symtab);
	ptk_symbols_close_(lx->kallsyms);
	ptk_types_close_(lx->types);
	ptk_lx_free_(&lx->arena);
	free(lx);
}

const struct ptk_linux_info *ptk_linux_info(const struct ptk_linux *lx)
{
	return &lx->info;
}

int ptk_linux_symbol(struct ptk_linux *lx, const char *name, uint64_t *va)
{
	if (lx->vmcoreinfo && ptk_vmcoreinfo_symbol_(lx->vmcoreinfo, name, va))
		return 0;
	if (ptk_lx_symbol_(lx, name, va))
		return 0;
	const struct lx_symtab *own = *name ? ptk_kallsyms_(lx) : NULL;
	return own && ptk_symbols_find_(own, name, va) ? 0 : PTK_E_NOTFOUND;
}

void ptk_linux_look(struct ptk_linux *lx)
{
	const struct ptk_process *list;
	size_t n;
	ptk_kallsyms_(lx);
	ptk_linux_processes(lx, &list, &n, NULL);
}

/* Names that close a region instead of opening one. */
static bool is_end(const char *name)
{
	size_t n = strlen(name);
	return (n > 4 && (strcmp(name + n - 4, " end") == 0 || strcmp(name + n - 4, " End") == 0)) ||
	       strcmp(name, "End Modules") == 0;
}

int ptk_lx_regions_(struct ptk_linux *lx)
{
	const struct ptk_linux_info *info = &lx->info;
	lx->region = ptk_lx_alloc_(&lx->arena, (info->nmarkers + 1) * sizeof *lx->region);
	for (size_t i = 0; lx->region && i < info->nmarkers; i++) {
		const char *name = info->marker[i].name;
		size_t n = strlen(name);
		if (is_end(name) || !n)
			continue;
		n -= n > 6 && strcmp(name + n - 6, " start") == 0 ? 6 : 0;
		lx->region[i] = ptk_lx_printf_(&lx->arena, "%.*s", (int)n, name);
		if (!lx->region[i])
			return PTK_E_NOMEM;
	}
	return lx->region ? 0 : PTK_E_NOMEM;
}

const char *ptk_linux_region(const struct ptk_linux *lx, uint64_t va)
{
	const struct ptk_marker *best = NULL, *marker = lx->info.marker;
	for (size_t i = 0; i < lx->info.nmarkers; i++) {
		const struct ptk_marker *m = &marker[i];
		if (m->va <= va && (!best || m->va > best->va || (m->va == best->va && lx->region[i])))
			best = m;
	}
	return best ? lx->region[best - marker] : NULL;
}
