// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The facts of a machine, as a picture of its running kernel has them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "linux/boot/note.h"

/* ---- reading ---- */

int boot_kernel_space_(const struct ptk_linux *lx, struct ptk_space *s)
{
	return ptk_space_init(s, lx->mem, &lx->info.regime, lx->table[PTK_TABLE_KERNEL].root, NULL);
}

int boot_read_va_(struct ptk_linux *lx, uint64_t va, void *buf, size_t len)
{
	struct ptk_space s;
	int rc = boot_kernel_space_(lx, &s);
	for (uint8_t *to = buf; len && rc >= 0;) {
		size_t part = 4096 - (size_t)(va & 4095);
		uint64_t pa;
		part = part < len ? part : len;
		rc = ptk_translate(&s, va, &pa);
		rc = rc == 0 ? PTK_E_NODATA : rc < 0 ? rc : ptk_mem_read(lx->mem, pa, to, part, NULL);
		va += part;
		to += part;
		len -= part;
	}
	return rc;
}

int boot_read_number_(struct ptk_linux *lx, uint64_t va, unsigned width, uint64_t *out)
{
	uint8_t raw[8];
	bool big = ptk_mem_info(lx->mem)->big_endian;
	int rc = boot_read_va_(lx, va, raw, width);
	if (rc < 0)
		return rc;
	uint64_t v = 0;
	for (unsigned i = 0; i < width; i++)
		v = v << 8 | raw[big ? i : width - 1 - i];
	*out = v;
	return 0;
}

int boot_read_symbol_(struct ptk_linux *lx, const char *name, unsigned width, uint64_t *out)
{
	uint64_t va;
	if (ptk_linux_symbol(lx, name, &va) < 0 || boot_read_number_(lx, va, width, out) < 0)
		return PTK_E_NOTFOUND;
	return 0;
}

bool boot_has_symbol_(struct ptk_linux *lx, const char *name)
{
	uint64_t va;
	return ptk_linux_symbol(lx, name, &va) == 0;
}

bool boot_string_is_(struct ptk_linux *lx, uint64_t va, const char *text)
{
	char have[64];
	size_t len = strlen(text) + 1;
	return len <= sizeof have && boot_read_va_(lx, va, have, len) == 0 && memcmp(have, text, len) == 0;
}

/* ---- all of it ---- */

static int take_symbols(struct ptk_machine *m, struct ptk_linux *lx)
{
	int rc = 0;
	for (const char *const *name = m->arch->symbol; name && *name && rc == 0; name++) {
		uint64_t va;
		char other[64];
		snprintf(other, sizeof other, "__pi_%s", *name);
		if (ptk_linux_symbol(lx, *name, &va) == 0 || ptk_linux_symbol(lx, other, &va) == 0)
			rc = boot_machine_symbol_(m, *name, va);
	}
	return rc;
}

/* By the version that is booted: the picture's, or where that is not known, the one that is taken for it. */
static int arch_facts(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err)
{
	const unsigned major = lx->info.major, minor = lx->info.minor;
	lx->info.major = m->info.major;
	lx->info.minor = m->info.minor;
	int rc = m->arch->like(m, lx, err);
	lx->info.major = major;
	lx->info.minor = minor;
	return rc;
}

static int take_facts(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err)
{
	const struct ptk_linux_info *li = ptk_linux_info(lx);
	struct ptk_err first = {0};
	m->info.regime = li->regime;
	m->info.major = li->major;
	m->info.minor = li->minor;
	m->arch = boot_arch_(li->arch);
	if (!m->arch)
		return ptk_err_set_(err, PTK_E_NOTSUP, "how %s sets up its page tables at boot is not known here", li->arch);
	int rc = boot_machine_version_(m);
	if (rc == 0)
		rc = take_symbols(m, lx);
	if (rc == 0)
		rc = boot_like_memblock_(m, lx, &first);
	if (rc == PTK_E_NOTFOUND && boot_like_iomem_(m, lx, err) == 0)
		rc = 0;
	else if (rc == PTK_E_NOTFOUND && err)
		*err = first;
	if (rc == 0)
		rc = arch_facts(m, lx, err);
	return rc < 0 ? rc : boot_machine_finish_(m, err);
}

int ptk_machine_like(struct ptk_linux *lx, struct ptk_machine **out, struct ptk_err *err)
{
	struct ptk_machine *m;
	int rc = boot_note_machine_(lx, out, err);
	if (rc)
		return rc < 0 ? rc : 0;
	m = boot_machine_new_();
	rc = m ? take_facts(m, lx, err) : PTK_E_NOMEM;
	if (rc == PTK_E_NOMEM)
		ptk_err_set_(err, rc, "no memory for the facts of a machine");
	if (rc < 0) {
		ptk_machine_free(m);
		return rc;
	}
	*out = m;
	return 0;
}
