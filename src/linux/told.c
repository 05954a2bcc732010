// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* A kernel that is told of: the same handle as of one that was found, but nothing is looked for. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/about.h"
#include "linux/find.h"
#include "linux/markers.h"

static void set_tables(struct ptk_linux *lx, const struct ptk_linux_about *a)
{
	for (int i = 0; i < LX_TABLES; i++) {
		const struct ptk_space *s = a->table[i];
		lx->table[i] = s ? (struct lx_table){.known = true, .root = s->root, .regime = s->regime}
		                 : (struct lx_table){.why = "what is told of this kernel has none"};
	}
}

static void set_layout(struct ptk_linux *lx, const struct ptk_linux_about *a)
{
	const struct ptk_regime *r = &lx->info.regime;
	lx->layout = (struct lx_layout){
		.va_bits = r->va_bits,
		.va_bits_config = a->va_bits ? a->va_bits : r->va_bits,
		.page_shift = r->page_shift,
		.page_offset = a->page_offset,
		.page_offset_how = "as told",
		.phys_offset = a->phys_offset,
		.image_first = a->image_first,
		.image_last = a->image_last,
		.pae = r->va_width == 32 && r->entry_shift == 3,
	};
}

static int set_release(struct ptk_linux *lx, const struct ptk_linux_about *a, const char *version, struct ptk_err *err)
{
	struct ptk_linux_info *info = &lx->info;
	info->release = ptk_lx_printf_(&lx->arena, "%s", a->release ? a->release : "?");
	if (!info->release)
		return PTK_E_NOMEM;
	version = version ? version : a->release;
	if (version && !ptk_release_parse_(version, strlen(version), &info->major, &info->minor, &info->patch))
		return ptk_err_set_(err, PTK_E_INVAL, "'%s' is not a kernel version such as 6.1 or 6.12.117", version);
	return 0;
}

static int set_markers(struct ptk_linux *lx, const struct ptk_linux_about *a)
{
	struct lx_markers *computed;
	struct ptk_marker *m = ptk_lx_alloc_(&lx->arena, (a->nmarkers + 1) * sizeof *m);
	if (!m)
		return PTK_E_NOMEM;
	lx->info.marker = m;
	lx->info.nmarkers = a->nmarkers;
	for (size_t i = 0; i < a->nmarkers; i++) {
		m[i] = a->marker[i];
		m[i].name = ptk_lx_printf_(&lx->arena, "%s", a->marker[i].name);
		if (!m[i].name)
			return PTK_E_NOMEM;
	}
	if (a->nmarkers || !a->page_offset)
		return 0;
	computed = ptk_lx_alloc_(&lx->arena, sizeof *computed);
	if (!computed)
		return PTK_E_NOMEM;
	ptk_markers_compute_(lx, computed);
	lx->info.marker = computed->marker;
	lx->info.nmarkers = computed->n;
	lx->info.markers_computed = true;
	return 0;
}

static int set_facts(struct ptk_linux *lx, const char *version, const char *how)
{
	static const char *const keys[LX_TABLES] = {"root", "root current_kernel", "root current_user", "root efi"};
	struct lx_arena *a = &lx->arena;
	const struct lx_layout *l = &lx->layout;
	int rc = version ? ptk_lx_fact_(lx, "version", version, "as asked for") : 0;
	rc |= ptk_lx_fact_(lx, version ? "release" : "version", lx->info.release, how);
	rc |= ptk_lx_fact_(lx, "regime", lx->info.regime.name, how);
	for (int i = 0; i < LX_TABLES; i++)
		if (lx->table[i].known)
			rc |= ptk_lx_fact_(lx, keys[i], ptk_lx_printf_(a, "0x%" PRIx64, lx->table[i].root), how);
	if (l->va_bits_config != l->va_bits)
		rc |= ptk_lx_fact_(lx, "va_bits", ptk_lx_printf_(a, "%u", l->va_bits),
		                   ptk_lx_printf_(a, "a kernel built for %u falls back", l->va_bits_config));
	if (l->image_last)
		rc |= ptk_lx_fact_(lx, "image",
		                   ptk_lx_printf_(a, "0x%" PRIx64 "-0x%" PRIx64, l->image_first, l->image_last), how);
	if (l->page_offset)
		rc |= ptk_lx_fact_(lx, "page_offset", ptk_lx_printf_(a, "0x%" PRIx64, l->page_offset), how);
	if (l->phys_offset)
		rc |= ptk_lx_fact_(lx, "phys_offset", ptk_lx_printf_(a, "0x%" PRIx64, l->phys_offset), how);
	rc |= ptk_lx_fact_(lx, "markers", ptk_lx_printf_(a, "%zu", lx->info.nmarkers),
	                   lx->info.markers_computed ? "computed by the layout rules" : how);
	return rc < 0 ? PTK_E_NOMEM : 0;
}

static int set_kernel(struct ptk_linux *lx)
{
	struct ptk_kernel *k = ptk_lx_alloc_(&lx->arena, sizeof *k);
	if (!k)
		return PTK_E_NOMEM;
	*k = (struct ptk_kernel){
		.release = lx->info.release,
		.root = lx->table[PTK_TABLE_KERNEL].root,
		.valid = true,
		.running = true,
	};
	lx->info.kernel = k;
	lx->info.nkernels = 1;
	return 0;
}

int ptk_told_(struct ptk_linux *lx, const struct ptk_linux_about *a, const char *version, const char *how,
              struct ptk_err *err)
{
	lx->told = true;
	lx->info.regime = a->table[PTK_TABLE_KERNEL]->regime;
	lx->info.arch = ptk_regime_arch(&lx->info.regime);
	int rc = ptk_about_check_(a, &lx->arch, err);
	if (rc == 0)
		rc = set_release(lx, a, version, err);
	if (rc < 0)
		return rc;
	set_tables(lx, a);
	set_layout(lx, a);
	rc = set_markers(lx, a);
	if (rc == 0)
		rc = ptk_lx_regions_(lx);
	if (rc == 0)
		rc = set_facts(lx, version, how);
	return rc < 0 ? rc : set_kernel(lx);
}

int ptk_linux_new(struct ptk_mem *mem, const struct ptk_linux_about *about, struct ptk_linux **out, struct ptk_err *err)
{
	enum lx_arch arch;
	int rc = ptk_about_check_(about, &arch, err);
	struct ptk_linux *lx = rc < 0 ? NULL : ptk_lx_make_(mem);
	if (rc == 0)
		rc = lx ? ptk_told_(lx, about, NULL, "as told", err) : PTK_E_NOMEM;
	if (rc < 0) {
		ptk_linux_close(lx);
		return rc == PTK_E_NOMEM ? ptk_err_set_(err, rc, "no memory for what is told of a kernel") : rc;
	}
	*out = lx;
	return 0;
}
