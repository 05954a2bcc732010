// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * System.map and vmlinux have link-time addresses, kallsyms those of the running kernel: swapper_pg_dir tells how far
 * the file's are off, or where it is left out (a kallsyms without data), what else is known. A vmlinux says by its build
 * ID or its banner which kernel it is of. Of another file the distances decide, which two builds of one version may share.
 */
#include "linux/given.h"

#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/image.h"
#include "linux/kallsyms.h"
#include "linux/symbols.h"
#include "linux/vmcoreinfo.h"

#define VERSION "Linux version "

/* An address of the kernel that a file of symbols has too: how far they are off, or false if there is none. */
static bool find_shift(struct ptk_linux *lx, uint64_t *shift)
{
	static const char *const names[] = {"_stext", "init_uts_ns", "start_kernel", "schedule", "panic"};
	uint64_t va, here;
	if (ptk_symbols_pgd_(lx->symtab, &va)) {
		*shift = lx->pgd_va - va;
		return true;
	}
	const struct lx_symtab *own = ptk_kallsyms_(lx);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (ptk_symbols_find_(lx->symtab, names[i], &va) &&
		    ((lx->vmcoreinfo && ptk_vmcoreinfo_symbol_(lx->vmcoreinfo, names[i], &here)) ||
		     (own && ptk_symbols_find_(own, names[i], &here)))) {
			*shift = here - va;
			return true;
		}
	*shift = 0;
	return lx->arch == LX_ARM; /* no KASLR */
}

/* Are the two one kernel's? */
enum sameness {
	NO_WORD,
	SAME,
	OTHER,
};

/*
 * BUILD-ID of VMCOREINFO (since 5.9) is of 20 bytes: what a shorter one leaves is 0, as is all of it if the kernel could
 * not tell (init_vmlinux_build_id()).
 */
static enum sameness by_build_id(const struct ptk_linux *lx, const char *file, char *text, size_t room)
{
	const char *here;
	size_t len, n = strlen(file);
	if (!n || !lx->vmcoreinfo || !ptk_vmcoreinfo_get_(lx->vmcoreinfo, NULL, "BUILD-ID", &here, &len) || len < n ||
	    len >= room || strspn(here, "0123456789abcdef") != len || strspn(here, "0") >= len)
		return NO_WORD;
	memcpy(text, here, len);
	text[len] = 0;
	return memcmp(here, file, n) == 0 && strspn(here + n, "0") >= len - n ? SAME : OTHER;
}

/* The release in a banner. */
static int release_length(const char *banner)
{
	return *banner ? (int)strcspn(banner + strlen(VERSION), " ") : 0;
}

/* Where the picture has a banner, init_uts_ns or VMCOREINFO: its release. */
static enum sameness by_release(const struct ptk_linux *lx, const char *banner)
{
	const char *here = lx->info.release;
	size_t n = (size_t)release_length(banner);
	if (!n || strcmp(here, "?") == 0)
		return NO_WORD;
	return strlen(here) == n && memcmp(banner + strlen(VERSION), here, n) == 0 ? NO_WORD : OTHER;
}

/* By what stands at the same distances. */
static bool by_distance(struct ptk_linux *lx)
{
	const char *banner = ptk_symbols_banner_(lx->symtab);
	struct lx_view view;
	uint64_t va, here;
	char text[512];
	bool same = true;
	if (lx->vmcoreinfo && ptk_vmcoreinfo_symbol_(lx->vmcoreinfo, "_stext", &here) && ptk_lx_symbol_(lx, "_stext", &va))
		same = va == here;
	if (!*banner)
		banner = VERSION;
	if (ptk_lx_symbol_(lx, "linux_banner", &va) && ptk_view_(lx, &view) == 0 &&
	    ptk_image_read_(&view, va, text, sizeof text) == 0)
		same = same && strncmp(text, banner, strlen(banner)) == 0;
	return same;
}

static int refuse(const struct ptk_linux *lx, const char *path, const char *id, const char *here, struct ptk_err *err)
{
	const char *banner = ptk_symbols_banner_(lx->symtab), *release = banner + (*banner ? strlen(VERSION) : 0);
	const int n = release_length(banner);
	if (by_release(lx, banner) == OTHER)
		return ptk_err_set_(err, PTK_E_CONFLICT,
		                    "symbols %s are of another kernel than the one in the picture: of Linux %.*s, not of %s", path,
		                    n, release, lx->info.release);
	if (*here)
		return ptk_err_set_(err, PTK_E_CONFLICT,
		                    "symbols %s are of another kernel than the one in the picture: of build %s, not of %s", path, id,
		                    here);
	return ptk_err_set_(err, PTK_E_CONFLICT, "symbols %s are of another kernel than the one in the picture", path);
}

int ptk_given_symbols_(struct ptk_linux *lx, const struct ptk_linux_opts *opts, struct ptk_err *err)
{
	char here[LX_BUILD_ID] = "";
	if (!lx->symtab)
		return 0;
	lx->symbols_path = ptk_lx_printf_(&lx->arena, "%s", opts->symbols);
	if (!lx->symbols_path)
		return PTK_E_NOMEM;
	const char *id = ptk_symbols_build_id_(lx->symtab);
	enum sameness same = by_build_id(lx, id, here, sizeof here);
	if (same == NO_WORD)
		same = by_release(lx, ptk_symbols_banner_(lx->symtab));
	if (same == OTHER)
		return refuse(lx, opts->symbols, id, here, err);
	if (!find_shift(lx, &lx->symbol_shift))
		return ptk_err_set_(err, PTK_E_BADFMT,
		                    "symbols %s: neither swapper_pg_dir nor _stext or another that the picture knows is "
		                    "among them",
		                    opts->symbols);
	if (!is_aligned(lx->symbol_shift, 4096) || (same != SAME && !by_distance(lx)))
		return refuse(lx, opts->symbols, id, "", err);
	return 0;
}

bool ptk_lx_symbol_(const struct ptk_linux *lx, const char *name, uint64_t *va)
{
	if (!lx->symtab || !ptk_symbols_find_(lx->symtab, name, va))
		return false;
	*va += lx->symbol_shift;
	return true;
}
