// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Judging roots, and which architecture's rules to go by. */
#include "linux/root.h"

#include <inttypes.h>
#include <string.h>

#include "base/bits.h"

bool lx_number(const struct lx_kern *k, const char *name, uint64_t *value)
{
	return k->has_info && ptk_vmcoreinfo_number_(&k->vi, name, value);
}

static bool lands_on(const struct ptk_space *s, uint64_t va, uint64_t want)
{
	uint64_t pa;
	return ptk_translate(s, va, &pa) == 1 && pa == want;
}

/*
 * init_uts_ns.name begins with sysname "Linux", nodename and release, 65 bytes each: it must agree with OSRELEASE.
 * That tells a stale VMCOREINFO page from the kernel that took its place. A picture without that page is trusted.
 */
static bool uts_agrees(struct ptk_linux *lx, const struct ptk_space *s, const struct lx_kern *k)
{
	uint64_t va, off, pa;
	char uts[65 * 3];
	if (!k->has_info || !ptk_vmcoreinfo_symbol_(&k->vi, "init_uts_ns", &va) ||
	    !ptk_vmcoreinfo_decimal_(&k->vi, "OFFSET", "uts_namespace.name", &off))
		return true;
	if (ptk_translate(s, va + off, &pa) != 1)
		return false;
	if (ptk_mem_read(lx->mem, pa, uts, sizeof uts, NULL) < 0)
		return true;
	size_t n = k->release ? strlen(k->release) : 0;
	return memcmp(uts, "Linux", 6) == 0 && n < 65 && memcmp(uts + 130, k->release, n) == 0 && uts[130 + n] == 0;
}

void ptk_root_accept_(struct lx_kern *k, const struct ptk_regime *r, uint64_t root, uint64_t pgd_pa)
{
	k->regime = *r;
	k->root = root;
	k->pgd_pa = pgd_pa;
	k->layout.page_shift = r->page_shift;
	k->layout.va_bits = r->va_bits;
	if (!k->layout.va_bits_config)
		k->layout.va_bits_config = r->va_bits;
	k->valid = true;
}

static bool judge(struct ptk_linux *lx, struct lx_kern *k, const struct ptk_regime *r, uint64_t root, uint64_t pgd_pa)
{
	struct ptk_space s;
	uint64_t stext;
	if (ptk_space_init(&s, lx->mem, r, root, NULL) < 0 || !lands_on(&s, k->pgd_va, pgd_pa))
		return false;
	if (k->has_info && ptk_vmcoreinfo_symbol_(&k->vi, "_stext", &stext) &&
	    !lands_on(&s, stext, pgd_pa - (k->pgd_va - stext)))
		return false;
	if (!uts_agrees(lx, &s, k)) {
		k->why = "init_uts_ns does not hold the release that VMCOREINFO names";
		return false;
	}
	ptk_root_accept_(k, r, root, pgd_pa);
	return true;
}

bool ptk_root_try_(struct ptk_linux *lx, struct lx_kern *k, const char *regime, uint64_t root, uint64_t pgd_pa)
{
	struct ptk_regime r;
	if (ptk_regime_parse(regime, &r, NULL) < 0)
		return false;
	if (judge(lx, k, &r, root, pgd_pa))
		return true;
	uint8_t byte;
	bool there = ptk_mem_read(lx->mem, pgd_pa, &byte, 1, NULL) >= 0;
	if (!k->why)
		k->why = ptk_lx_printf_(&lx->arena, "swapper_pg_dir at 0x%" PRIx64 " %s", pgd_pa,
		                        there ? "does not map its own image" : "is not in the picture");
	return false;
}

bool ptk_root_search_(struct ptk_linux *lx, struct lx_kern *k, const char *regime, uint64_t step)
{
	const struct ptk_mem_info *mi = ptk_mem_info(lx->mem);
	struct ptk_regime r;
	if (ptk_regime_parse(regime, &r, NULL) < 0)
		return false;
	if (k->has_distance)
		return judge(lx, k, &r, k->pgd_va - k->distance, k->pgd_va - k->distance);
	uint64_t rest = k->pgd_va & (step - 1);
	for (size_t i = 0; i < mi->nextents; i++) {
		uint64_t first = mi->extent[i].first, last = mi->extent[i].last;
		uint64_t pa = round_down(first, step) + rest;
		if (pa < first && !add_ok(pa, step, &pa))
			continue;
		for (; pa <= last; pa += step) {
			if (judge(lx, k, &r, pa, pa))
				return true;
			if (last - pa < step)
				break;
		}
	}
	return false;
}

static const struct lx_rules *const all_rules[] = {&ptk_rules_x86_, &ptk_rules_arm64_, &ptk_rules_riscv_,
                                                   &ptk_rules_arm_};
#define NRULES (sizeof all_rules / sizeof *all_rules)

/* What a source says of itself. False: nothing that Linux's rules here know. */
static bool machine_arch(const struct ptk_mem_info *mi, enum lx_arch *arch)
{
	switch (mi->machine) {
	case LX_EM_386:
	case LX_EM_X86_64: *arch = LX_X86; return true;
	case LX_EM_ARM: *arch = LX_ARM; return true;
	case LX_EM_AARCH64: *arch = LX_ARM64; return true;
	case LX_EM_RISCV: *arch = LX_RISCV; return true;
	default: return false;
	}
}

/* Keys of VMCOREINFO that only one architecture's arch_crash_save_vmcoreinfo() writes. */
static bool told_arch(const struct lx_kern *k, enum lx_arch *arch)
{
	uint64_t v;
	if (lx_number(k, "phys_base", &v) || (k->has_info && ptk_vmcoreinfo_config_(&k->vi, "CONFIG_X86_PAE")))
		*arch = LX_X86;
	else if (lx_number(k, "kimage_voffset", &v))
		*arch = LX_ARM64;
	else if (lx_number(k, "phys_ram_base", &v))
		*arch = LX_RISCV;
	else if (k->has_info && ptk_vmcoreinfo_config_(&k->vi, "CONFIG_ARM_LPAE"))
		*arch = LX_ARM;
	else
		return false;
	return true;
}

/*
 * Could the kernel be of this architecture? What only one writes into VMCOREINFO decides; else the source, if it names its
 * machine: whoever wrote the file may be wrong about that, or of another machine.
 */
static bool could_be(const struct ptk_mem_info *mi, const struct lx_kern *k, enum lx_arch arch)
{
	enum lx_arch is;
	if (told_arch(k, &is) || machine_arch(mi, &is))
		return arch == is;
	bool wide = k->pgd_va >> 32 != 0;
	return wide ? arch != LX_ARM : arch != LX_ARM64;
}

const char *ptk_root_mislabelled_(struct ptk_linux *lx, const struct lx_kern *k)
{
	static const char *const names[] = {[LX_ARM] = "arm", [LX_ARM64] = "arm64", [LX_X86] = "x86", [LX_RISCV] = "riscv"};
	enum lx_arch says;
	if (!machine_arch(ptk_mem_info(lx->mem), &says) || says == k->arch)
		return NULL;
	return ptk_lx_printf_(&lx->arena, "%s, but the file says %s", names[k->arch], names[says]);
}

int ptk_root_(struct ptk_linux *lx, struct lx_kern *k)
{
	const struct ptk_mem_info *mi = ptk_mem_info(lx->mem);
	for (size_t i = 0; i < NRULES && !k->valid; i++) {
		if (!could_be(mi, k, all_rules[i]->arch))
			continue;
		memset(&k->layout, 0, sizeof k->layout);
		k->arch = all_rules[i]->arch;
		all_rules[i]->by_info(lx, k);
	}
	if (!k->valid && !k->why)
		k->why = "no table in memory maps its own image";
	return k->valid;
}

/* An Image header says where an image of its architecture lies: look there first. */
static int sight_images(struct ptk_linux *lx, const struct lx_hits *hits, const struct lx_rules *rules,
                        struct lx_kern *k)
{
	enum lx_sig sig = rules->arch == LX_ARM64 ? LX_SIG_IMAGE_ARM64 : LX_SIG_IMAGE_RISCV;
	int rc = 0;
	if (rules->arch != LX_ARM64 && rules->arch != LX_RISCV)
		return 0;
	for (size_t i = 0; i < hits->n && rc == 0; i++) {
		const struct lx_hit *h = &hits->hit[i];
		uint64_t last;
		if (h->sig == sig && h->size && add_ok(h->pa, h->size - 1, &last))
			rc = ptk_root_sight_(lx, rules, k, h->pa, last);
		if (rc > 0)
			k->how = ptk_lx_printf_(&lx->arena, "boot Image header at 0x%" PRIx64, h->pa);
	}
	return rc;
}

int ptk_root_by_sight_(struct ptk_linux *lx, const struct lx_hits *hits, struct lx_kern *k)
{
	const struct ptk_mem_info *mi = ptk_mem_info(lx->mem);
	int rc = 0;
	for (int everywhere = 0; everywhere < 2 && rc == 0; everywhere++)
		for (size_t i = 0; i < NRULES && rc == 0; i++) {
			*k = (struct lx_kern){
			        .arch = all_rules[i]->arch, .info_pa = LX_NOWHERE, .how = "scan of memory"};
			enum lx_arch is;
			if (machine_arch(mi, &is) && is != k->arch)
				continue;
			rc = everywhere ? ptk_root_sight_(lx, all_rules[i], k, 0, UINT64_MAX)
			                : sight_images(lx, hits, all_rules[i], k);
		}
	return rc;
}
