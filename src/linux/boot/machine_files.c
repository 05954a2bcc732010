// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "linux/boot/devtree.h"
#include "linux/boot/read.h"
#include "linux/symbols.h"

/* What a device tree says of memory, as memblock takes it: banks merge where they touch, and no-map parts are cut out. */
struct tree {
	struct ptk_machine *m;
	struct memblock mb;
};

static int fact(void *arg, enum fdt_fact what, uint64_t first, uint64_t size, const char *name)
{
	struct tree *t = arg;
	switch (what) {
	case FDT_BANK: return memblock_add_(&t->mb, first, size, 0);
	case FDT_RESERVED: return boot_machine_reserve_(t->m, first, first + (size - 1), name ? name : "device tree");
	case FDT_INITRD:
		return boot_machine_reserve_(t->m, first & ~UINT64_C(4095), (first + (size - 1)) | 4095, "initrd");
	case FDT_NOMAP: return 0;
	}
	return 0;
}

/* Once all banks are there, wherever in the tree they stand. */
static int no_map(void *arg, enum fdt_fact what, uint64_t first, uint64_t size, const char *name)
{
	struct tree *t = arg;
	return what == FDT_NOMAP ? memblock_mark_(&t->mb, first, size, MEMBLOCK_NOMAP, 0) : 0;
}

static int read_tree(struct ptk_machine *m, const void *dtb, size_t size, struct ptk_err *err)
{
	struct tree t = {.m = m};
	bool asked = m->info.nbanks != 0; /* the machine file's own banks go before */
	memblock_init_(&t.mb);
	int rc = fdt_facts_(dtb, size, fact, &t, NULL);
	if (rc == 0)
		rc = fdt_facts_(dtb, size, no_map, &t, NULL);
	for (size_t i = 0; i < t.mb.memory.n && rc == 0 && !asked; i++) {
		const struct memblock_region *r = &t.mb.memory.region[i];
		rc = boot_machine_bank_(m, r->base, r->base + (r->size - 1), r->flags & MEMBLOCK_NOMAP ? PTK_BANK_NOMAP : 0u);
	}
	memblock_free_all_(&t.mb);
	if (rc == PTK_E_BADFMT)
		return ptk_err_set_(err, rc, "not a sound device tree blob");
	if (rc == 0 && !boot_has_(m, "dtb_size"))
		rc = boot_machine_value_(m, "dtb_size", fdt_total_(dtb, size), "its header");
	return rc < 0 ? ptk_err_set_(err, rc, "no memory for a device tree") : 0;
}

static int read_symbols(struct ptk_machine *m, const char *path, struct ptk_err *err)
{
	struct lx_symtab *st;
	int rc = ptk_symbols_open_(path, &st, err);
	if (rc < 0)
		return rc;
	for (const char *const *name = m->arch->symbol; name && *name && rc == 0; name++) {
		uint64_t va;
		char other[64];
		snprintf(other, sizeof other, "__pi_%s", *name);
		if (!boot_symbol_(m, *name) && (ptk_symbols_find_(st, *name, &va) || ptk_symbols_find_(st, other, &va)))
			rc = boot_machine_symbol_(m, *name, va);
	}
	ptk_symbols_close_(st);
	return rc < 0 ? ptk_err_set_(err, rc, "no memory for symbols") : 0;
}

int boot_read_files_(struct ptk_machine *m, const struct ptk_machine_files *files, struct ptk_err *err)
{
	int rc = files->dtb ? read_tree(m, files->dtb, files->dtb_size, err) : 0;
	return rc == 0 && files->kernel ? read_symbols(m, files->kernel, err) : rc;
}
