// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "linux/image.h"
#include "walk/registers.h"

#define MM_STRUCT_MAX 512 /* pgd is among the first members */

/*
 * The first page of the CPU entry area, which PTI shows to user space too: CPU_ENTRY_AREA_RO_IDT, asm/cpu_entry_area.h
 * and asm/pgtable_64_types.h. On i386 it moves; the CPU's IDT register points into it.
 */
static bool shared_page(const struct ptk_linux *lx, uint64_t *va)
{
	if (lx->info.regime.va_width == 64) {
		*va = UINT64_C(0xfffffe0000000000);
		return true;
	}
	*va = lx->cpu.idt;
	return lx->cpu.has_cr && lx->cpu.idt;
}

/*
 * With PTI, the page after a root is the root for user space (kernel_to_user_pgdp(), asm/pgtable.h). It maps what
 * entering the kernel takes, the IDT among it, and not the kernel's data.
 */
static bool has_user_half(const struct ptk_linux *lx, uint64_t root)
{
	const struct ptk_regime *r = &lx->info.regime;
	struct ptk_space kernel, user;
	uint64_t idt, a, b;
	bool possible = r->va_width == 64 || lx->layout.pae; /* PTI needs 64-bit entries */
	return possible && !(root & 0x1000) && shared_page(lx, &idt) &&
	       ptk_space_init(&kernel, lx->mem, r, root, NULL) == 0 &&
	       ptk_space_init(&user, lx->mem, r, root + 0x1000, NULL) == 0 && ptk_translate(&kernel, idt, &a) == 1 &&
	       ptk_translate(&user, idt, &b) == 1 && a == b && ptk_translate(&user, lx->pgd_va, &a) == 0;
}

static bool maps_image(const struct ptk_linux *lx, uint64_t root)
{
	struct ptk_space s;
	uint64_t pa;
	return ptk_space_init(&s, lx->mem, &lx->info.regime, root, NULL) == 0 &&
	       ptk_translate(&s, lx->pgd_va, &pa) == 1 && pa == lx->pgd_pa;
}

/* From CR3, whose bit 12 selects PTI's user table (asm/tlbflush.h). */
static void current_x86(struct ptk_linux *lx)
{
	struct lx_table *kernel = &lx->table[PTK_TABLE_CURRENT_KERNEL], *user = &lx->table[PTK_TABLE_CURRENT_USER];
	lx->layout.pti = has_user_half(lx, lx->table[PTK_TABLE_KERNEL].root);
	if (!lx->cpu.has_cr) {
		kernel->why = user->why = "the picture has no note of QEMU's with the CPU's CR3";
		return;
	}
	uint64_t root = lx_cr3_root(&lx->info.regime, lx->cpu.cr3);
	if (!maps_image(lx, root) && lx->layout.pti)
		root &= ~UINT64_C(0x1000);
	if (!maps_image(lx, root)) {
		kernel->why = user->why = "the CPU's CR3 is not a table of this kernel";
		return;
	}
	*kernel = (struct lx_table){.known = true, .root = root, .regime = lx->info.regime, .how = "CR3 of QEMU's CPU note"};
	if (lx->cpu.live)
		kernel->how = "CR3";
	*user = *kernel;
	if (has_user_half(lx, root)) {
		lx->layout.pti = true;
		user->root += 0x1000;
	}
}

/*
 * arm64: TTBR0_EL1 is for the process, TTBR1_EL1 the kernel's for all. A CPU that runs none has a table without entries,
 * the page before swapper_pg_dir (arm64/kernel/vmlinux.lds.S).
 */
static bool current_arm64(struct ptk_linux *lx, const struct ptk_space *s)
{
	struct lx_table *kernel = &lx->table[PTK_TABLE_CURRENT_KERNEL], *user = &lx->table[PTK_TABLE_CURRENT_USER];
	if (s->regime.va_form != PTK_VA_LOW || s->root == lx->pgd_pa - BIT(lx->layout.page_shift)) {
		kernel->why = user->why = "no CPU runs a process";
		return false;
	}
	*user = (struct lx_table){.known = true, .root = s->root, .regime = s->regime, .how = "TTBR0_EL1"};
	*kernel = *user;
	kernel->with_kernel = true;
	return true;
}

/*
 * One table for both, which Linux keeps whole even where hardware takes the kernel's half from another (arm's TTBR1). It may
 * be the kernel's own: then another CPU is more likely to run a process.
 */
static bool current_one(struct ptk_linux *lx, const struct ptk_space *s)
{
	struct lx_table *kernel = &lx->table[PTK_TABLE_CURRENT_KERNEL], *user = &lx->table[PTK_TABLE_CURRENT_USER];
	struct ptk_space whole;
	if (ptk_space_init(&whole, lx->mem, &lx->info.regime, s->root, NULL) < 0) {
		if (!kernel->known)
			kernel->why = user->why = "the register that points to it makes no sense for this kernel";
		return false;
	}
	*kernel = (struct lx_table){.known = true, .root = s->root, .regime = lx->info.regime,
	                            .how = lx->arch == LX_ARM ? "TTBR0" : "satp"};
	*user = *kernel;
	return s->root != lx->table[PTK_TABLE_KERNEL].root;
}

/* By the registers of the first CPU that runs a process. */
static void current(struct ptk_linux *lx)
{
	unsigned cpus = ptk_registers_cpus_(ptk_mem_info(lx->mem));
	bool done = lx->arch == LX_X86;
	if (done)
		current_x86(lx);
	for (unsigned i = 0; i < cpus && !done; i++) {
		struct ptk_space s[2];
		if (ptk_registers_spaces_(lx->mem, i, s, NULL) <= 0 || strcmp(ptk_regime_arch(&s[0].regime), lx->info.arch) != 0)
			continue;
		done = lx->arch == LX_ARM64 ? current_arm64(lx, &s[0]) : current_one(lx, &s[0]);
	}
}

/*
 * efi_mm.pgd. Where pgd lies in an mm_struct is where init_mm, which is static too, holds swapper_pg_dir; the table is
 * memory of the direct map. On arm64 it is for TTBR0.
 */
/* Without symbols given, looked for when it is asked for: those in the image take a while to read. */
static void table_efi(struct ptk_linux *lx)
{
	struct lx_table *t = &lx->table[PTK_TABLE_EFI];
	unsigned word = lx->info.regime.va_width / 8u;
	bool big = ptk_mem_info(lx->mem)->big_endian;
	uint8_t init[MM_STRUCT_MAX], efi[MM_STRUCT_MAX];
	uint64_t init_mm, efi_mm, pgd = 0;
	struct lx_view v;
	t->why = "no symbol efi_mm is known: a System.map, a vmlinux, or the kallsyms of a kernel with KALLSYMS_ALL is needed";
	if (ptk_linux_symbol(lx, "init_mm", &init_mm) < 0 || ptk_linux_symbol(lx, "efi_mm", &efi_mm) < 0)
		return;
	t->why = "efi_mm cannot be read";
	if (ptk_view_(lx, &v) < 0 || ptk_image_read_(&v, init_mm, init, sizeof init) < 0 ||
	    ptk_image_read_(&v, efi_mm, efi, sizeof efi) < 0)
		return;
	t->why = "efi_mm has no table: the kernel was not booted by EFI";
	for (size_t off = 0; off < sizeof init; off += word)
		if ((word == 8 ? load64(init + off, big) : load32(init + off, big)) == lx->pgd_va) {
			pgd = word == 8 ? load64(efi + off, big) : load32(efi + off, big);
			break;
		}
	if (pgd == 0 || ptk_translate(&v.space, pgd, &t->root) != 1)
		return;
	t->regime = lx->info.regime;
	if (lx->arch == LX_ARM64) {
		char text[96];
		snprintf(text, sizeof text, "%s,low,memattr=0x%" PRIx64, t->regime.name, t->regime.memattr);
		if (ptk_regime_parse(text, &t->regime, NULL) < 0)
			return;
	}
	t->known = true;
}

int ptk_tables_(struct ptk_linux *lx)
{
	static const char no_register[] = "no note in the picture carries the register that points to it";
	current(lx);
	for (int i = PTK_TABLE_CURRENT_KERNEL; i <= PTK_TABLE_CURRENT_USER; i++)
		if (!lx->table[i].known && !lx->table[i].why)
			lx->table[i].why = no_register;
	if (lx->symtab)
		table_efi(lx);
	return 0;
}

int ptk_tables_facts_(struct ptk_linux *lx)
{
	static const char *const keys[LX_TABLES] = {"root", "root current_kernel", "root current_user", "root efi"};
	int rc = 0;
	for (int i = 1; i < LX_TABLES; i++)
		if (lx->table[i].known)
			rc |= ptk_lx_fact_(lx, keys[i], ptk_lx_printf_(&lx->arena, "0x%" PRIx64, lx->table[i].root),
			                   i == PTK_TABLE_EFI ? "efi_mm" : lx->table[i].how);
	if (lx->arch == LX_X86)
		rc |= ptk_lx_fact_(lx, "pti", lx->layout.pti ? "on" : "off", "the page after the root");
	return rc;
}

int ptk_linux_spaces(struct ptk_linux *lx, enum ptk_linux_table which, struct ptk_space out[2], struct ptk_err *err)
{
	static const char *const names[LX_TABLES] = {"kernel", "current_kernel", "current_user", "efi"};
	if ((unsigned)which >= LX_TABLES)
		return ptk_err_set_(err, PTK_E_INVAL, "there is no table number %d", (int)which);
	const struct lx_table *t = &lx->table[which];
	if (which == PTK_TABLE_EFI && !t->why && !t->known)
		table_efi(lx);
	if (!t->known)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "no table '%s' in this picture: %s", names[which], t->why);
	struct ptk_space s[2];
	const struct lx_table *kernel = &lx->table[PTK_TABLE_KERNEL];
	int rc = ptk_space_init(&s[0], lx->mem, &t->regime, t->root, err);
	if (rc >= 0 && t->with_kernel)
		rc = ptk_space_init(&s[1], lx->mem, &kernel->regime, kernel->root, err);
	if (rc < 0)
		return rc;
	out[0] = s[0];
	if (t->with_kernel)
		out[1] = s[1];
	return t->with_kernel ? 2 : 1;
}
