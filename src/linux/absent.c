// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What Linux keeps in entries that are not present: layouts by version, then the meaning of the swap type. */
#include <ptkit/linux/absent.h>

#include <string.h>

#include "base/bits.h"

#define NO_BIT 255
#define AREA_TYPES 32 /* 1 << MAX_SWAPFILES_SHIFT: include/linux/swap.h */
#define VERSION(major, minor) ((major) << 8 | (minor))

/* How an architecture lays swap entries out since a version, until the next row of the same form. */
struct layout {
	const char *arch;
	uint8_t entry_shift; /* of the regime */
	bool wide;           /* 64-bit registers */
	uint16_t since;
	uint8_t type_shift, type_bits, offset_shift, offset_bits;
	bool inverted;     /* the offset is stored inverted, so that its address has no memory (L1TF) */
	uint8_t no_access; /* set in an entry that is not valid: PROT_NONE */
	uint8_t exclusive, soft_dirty, uffd_wp;
};

/*
 * arch/{x86,arm64,arm,riscv}/include/asm/pgtable*.h of 6.1 and 6.12, __swp_entry() and _PAGE_SWP_* or PTE_SWP_*, are what
 * these rows were read from. Rows before 6.1, and which version between the two changed a layout, follow the kernel's change
 * log: x86 keeps soft-dirty in bit 1 since 4.14, inverts offsets since 4.18 (L1TF), has userfaultfd's bit since 5.7; pages of
 * one process only are marked since 5.19, on all architectures since 6.3; arm64 made room for userfaultfd's bit in 6.10. What
 * is not listed is not known.
 */
static const struct layout layouts[] = {
	/* arch, entry, 64; since; type, offset; inverted; no access, exclusive, soft-dirty, uffd-wp */
	{"x86", 2, false, VERSION(4, 0), 1, 5, 9, 23, false, 8, NO_BIT, NO_BIT, NO_BIT},
	{"x86", 2, false, VERSION(6, 3), 1, 5, 9, 23, false, 8, 7, NO_BIT, NO_BIT},
	{"x86", 3, false, VERSION(4, 0), 32, 5, 37, 27, false, 8, NO_BIT, NO_BIT, NO_BIT},
	{"x86", 3, false, VERSION(4, 18), 59, 5, 9, 50, true, 8, NO_BIT, NO_BIT, NO_BIT},
	{"x86", 3, false, VERSION(6, 3), 59, 5, 9, 50, true, 8, 7, NO_BIT, NO_BIT},
	{"x86", 3, true, VERSION(4, 8), 9, 5, 14, 50, false, 8, NO_BIT, 7, NO_BIT},
	{"x86", 3, true, VERSION(4, 14), 9, 5, 14, 50, false, 8, NO_BIT, 1, NO_BIT},
	{"x86", 3, true, VERSION(4, 18), 59, 5, 9, 50, true, 8, NO_BIT, 1, NO_BIT},
	{"x86", 3, true, VERSION(5, 7), 59, 5, 9, 50, true, 8, NO_BIT, 1, 2},
	{"x86", 3, true, VERSION(5, 19), 59, 5, 9, 50, true, 8, 3, 1, 2},
	{"arm64", 3, true, VERSION(4, 0), 2, 6, 8, 50, false, 58, NO_BIT, NO_BIT, NO_BIT},
	{"arm64", 3, true, VERSION(5, 19), 3, 5, 8, 50, false, 58, 2, NO_BIT, NO_BIT},
	{"arm64", 3, true, VERSION(6, 10), 6, 5, 12, 50, false, 11, 2, NO_BIT, 3},
	{"arm", 2, false, VERSION(6, 1), 2, 5, 7, 25, false, 11, NO_BIT, NO_BIT, NO_BIT},
	{"arm", 2, false, VERSION(6, 3), 2, 5, 8, 24, false, 11, 7, NO_BIT, NO_BIT},
	{"arm", 3, false, VERSION(6, 1), 2, 5, 7, 25, false, 57, NO_BIT, NO_BIT, NO_BIT},
	{"arm", 3, false, VERSION(6, 3), 2, 5, 8, 24, false, 57, 7, NO_BIT, NO_BIT},
	{"riscv", 2, false, VERSION(5, 14), 6, 5, 11, 21, false, 5, NO_BIT, NO_BIT, NO_BIT},
	{"riscv", 2, false, VERSION(6, 3), 7, 5, 12, 20, false, 5, 6, NO_BIT, NO_BIT},
	{"riscv", 3, true, VERSION(5, 14), 6, 5, 11, 53, false, 5, NO_BIT, NO_BIT, NO_BIT},
	{"riscv", 3, true, VERSION(6, 3), 7, 5, 12, 52, false, 5, 6, NO_BIT, NO_BIT},
};

static const struct layout *layout_of(const struct ptk_regime *r, unsigned version)
{
	const struct layout *found = NULL;
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		const struct layout *l = &layouts[i];
		if (strcmp(l->arch, ptk_regime_arch(r)) == 0 && l->entry_shift == r->entry_shift &&
		    l->wide == (r->va_width == 64) && l->since <= version)
			found = l;
	}
	return found;
}

/* The inverted layout was brought to older kernels too; its offsets have the highest bit set, which theirs never have. */
static const struct layout *layout_of_entry(const struct ptk_regime *r, unsigned version, uint64_t raw)
{
	const struct layout *l = layout_of(r, version);
	const struct layout *mended = layout_of(r, VERSION(4, 18));
	return l && l->since < VERSION(4, 18) && mended && mended->inverted && raw & BIT(58) ? mended : l;
}

/* ---- types ---- */

/* A configuration that is complete. */
struct config {
	bool migration, memory_failure, device_private, pte_marker;
};

/*
 * The kinds of types beyond the swap areas, lowest first, and what each remembers: include/linux/swap.h, SWP_*. Returns how
 * many there are.
 */
static unsigned special_types(unsigned v, const struct config *c, uint8_t kind[], uint8_t flags[])
{
	unsigned n = 0;
#define ADD(k, f) (kind[n] = (k), flags[n] = (f), n++)
	if (c->memory_failure)
		ADD(PTK_ABSENT_POISON, 0);
	if (c->migration) {
		ADD(PTK_ABSENT_MIGRATION, 0);
		if (v >= VERSION(5, 19))
			ADD(PTK_ABSENT_MIGRATION, PTK_ABSENT_F_ANON_EXCL);
		ADD(PTK_ABSENT_MIGRATION, PTK_ABSENT_F_WRITE);
	}
	if (c->device_private && v >= VERSION(4, 14)) {
		ADD(PTK_ABSENT_DEVICE, PTK_ABSENT_F_WRITE);
		ADD(PTK_ABSENT_DEVICE, 0);
		if (v >= VERSION(5, 14))
			ADD(PTK_ABSENT_EXCLUSIVE, v < VERSION(6, 15) ? PTK_ABSENT_F_WRITE : 0);
		if (v >= VERSION(5, 14) && v < VERSION(6, 15))
			ADD(PTK_ABSENT_EXCLUSIVE, 0);
	}
	if (v >= VERSION(6, 2) || (v >= VERSION(5, 19) && c->pte_marker))
		ADD(PTK_ABSENT_MARKER, 0);
	if (v >= VERSION(5, 19) && v < VERSION(6, 2))
		ADD(PTK_ABSENT_SWAP_ERROR, 0);
#undef ADD
	return n;
}

static bool consistent(uint8_t known, bool value)
{
	return known == PTK_CONFIG_UNKNOWN || (known == PTK_CONFIG_YES) == value;
}

/* All that a type may mean under the configurations that are possible. */
static void mean(const struct ptk_absent_rules *rules, unsigned v, struct ptk_absent *out)
{
	uint32_t common = UINT32_MAX;
	for (unsigned i = 0; i < 16; i++) {
		const struct config c = {i & 1, i & 2, i & 4, i & 8};
		uint8_t kind[16], flags[16];
		if (!consistent(rules->migration, c.migration) || !consistent(rules->memory_failure, c.memory_failure) ||
		    !consistent(rules->device_private, c.device_private) || !consistent(rules->pte_marker, c.pte_marker))
			continue;
		const unsigned n = special_types(v, &c, kind, flags), first = AREA_TYPES - n;
		const bool area = out->type < first || out->type >= AREA_TYPES;
		out->maybe |= UINT32_C(1) << (area ? (unsigned)PTK_ABSENT_SWAP : kind[out->type - first]);
		common &= area ? 0 : flags[out->type - first];
	}
	out->flags |= common;
}

/* ---- the page that is spoken of ---- */

/* Bits of a frame number, SWP_PFN_BITS: MAX_PHYSMEM_BITS of asm/sparsemem.h; 0: no bits are kept beside it. */
static unsigned pfn_bits(const struct ptk_regime *r)
{
	if (strcmp(ptk_regime_arch(r), "x86") == 0)
		return (r->va_width == 32 ? r->entry_shift == 2 ? 32 : 36 : r->nlevels == 5 ? 52 : 46) - 12u;
	if (strcmp(ptk_regime_arch(r), "riscv") == 0)
		return (r->va_width == 32 ? 32 : 56) - 12u;
	/* an offset on arm has no room for more */
	return r->va_width == 32 ? 0 : r->pa_bits - (unsigned)r->page_shift;
}

static void speak_of_page(const struct ptk_regime *r, unsigned v, struct ptk_absent *out)
{
	const uint32_t pages = 1u << PTK_ABSENT_MIGRATION | 1u << PTK_ABSENT_POISON | 1u << PTK_ABSENT_DEVICE |
	                       1u << PTK_ABSENT_EXCLUSIVE;
	const unsigned width = v >= VERSION(6, 1) ? pfn_bits(r) : 0;
	if (!(out->maybe & pages) || out->maybe & ~pages)
		return;
	const uint64_t pfn = width ? out->offset & low_bits(width) : out->offset;
	if (pfn <= UINT64_MAX >> r->page_shift)
		out->pa = pfn << r->page_shift;
	if (width && out->maybe == 1u << PTK_ABSENT_MIGRATION) /* SWP_MIG_YOUNG, SWP_MIG_DIRTY: include/linux/swapops.h */
		out->flags |= (out->offset >> width & 1 ? (uint32_t)PTK_ABSENT_F_YOUNG : 0) |
		              (out->offset >> width & 2 ? (uint32_t)PTK_ABSENT_F_DIRTY : 0);
}

/* ---- entries ---- */

static bool set(uint64_t raw, uint8_t bit)
{
	return bit != NO_BIT && raw >> bit & 1;
}

/* pte_present() and its like are true though the hardware does not see a page. */
static bool keeps_page(const struct ptk_regime *r, const struct layout *l, int level, uint64_t raw, unsigned *kind)
{
	*kind = PTK_ABSENT_NO_ACCESS;
	if (strcmp(l->arch, "arm") == 0) /* L_PTE_PRESENT without L_PTE_VALID (3level), or with L_PTE_NONE (2level) */
		return raw & (l->entry_shift == 2 ? 1 : 2) ? (*kind = set(raw, l->no_access) ? *kind : PTK_ABSENT_INVALID, true) : false;
	if (set(raw, l->no_access))
		return true;
	*kind = PTK_ABSENT_INVALID;
	if (strcmp(l->arch, "x86") == 0) /* _PAGE_PSE: pmd_present(), while a huge page is split */
		return level > 0 && raw & BIT(7);
	if (strcmp(l->arch, "riscv") == 0) /* _PAGE_LEAF: pmd_present() */
		return raw & 0xe;
	return level > 0 && l->no_access == 58 && raw & BIT(59); /* PMD_PRESENT_INVALID */
}

static bool is_there(const struct ptk_regime *r, int level, uint64_t raw)
{
	const bool twin = r->entry_shift == 2 && strcmp(ptk_regime_arch(r), "arm") == 0;
	if (raw == 0)
		return true;
	/* Linux's own entry of arm: present, and not without access */
	return twin ? (raw & 1) && !(raw & BIT(11)) : ptk_entry_kind(r, level, raw) != PTK_NOT_PRESENT;
}

static uint64_t page_kept(const struct ptk_regime *r, int level, uint64_t raw)
{
	struct ptk_entry e;
	if (r->entry_shift == 2 && strcmp(ptk_regime_arch(r), "arm") == 0)
		return raw & ~UINT64_C(0xfff);
	ptk_entry_decode(r, level, raw, &e);
	return e.pa;
}

int ptk_absent_entry(const struct ptk_absent_rules *rules, const struct ptk_regime *r, int level, uint64_t raw,
                     struct ptk_absent *out)
{
	const unsigned v = VERSION(rules->major, rules->minor > 255 ? 255 : rules->minor);
	struct ptk_absent a = {.pa = PTK_NO_PA};
	unsigned kind;
	if (level < 0 || level >= r->nlevels || is_there(r, level, raw))
		return PTK_E_NOTFOUND;
	const struct layout *l = layout_of_entry(r, v, raw);
	if (!l)
		return PTK_E_NOTSUP;
	if (keeps_page(r, l, level, raw, &kind)) {
		a.maybe = 1u << kind;
		a.pa = page_kept(r, level, raw);
		*out = a;
		return 0;
	}
	const uint64_t field = raw >> l->offset_shift & low_bits(l->offset_bits);
	a.has_type = true;
	a.type = (uint8_t)(raw >> l->type_shift & low_bits(l->type_bits));
	a.offset = l->inverted ? ~field & low_bits(l->offset_bits) : field;
	a.flags = (set(raw, l->exclusive) ? (uint32_t)PTK_ABSENT_F_ANON_EXCL : 0) |
	          (set(raw, l->soft_dirty) ? (uint32_t)PTK_ABSENT_F_SOFT_DIRTY : 0) |
	          (set(raw, l->uffd_wp) ? (uint32_t)PTK_ABSENT_F_UFFD_WP : 0);
	mean(rules, v, &a);
	speak_of_page(r, v, &a);
	*out = a;
	return 0;
}

/* ---- the kernel in a picture ---- */

static uint8_t config(struct ptk_linux *lx, const char *symbol, const char *anchor)
{
	uint64_t va;
	if (ptk_linux_symbol(lx, symbol, &va) == 0)
		return PTK_CONFIG_YES;
	return ptk_linux_symbol(lx, anchor, &va) == 0 ? PTK_CONFIG_NO : PTK_CONFIG_UNKNOWN;
}

void ptk_linux_absent_rules(struct ptk_linux *lx, struct ptk_absent_rules *out)
{
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	/* a function that every kernel with processes has (mm/memory.c) tells a whole table of symbols */
	static const char anchor[] = "handle_mm_fault";
	*out = (struct ptk_absent_rules){.major = info->major, .minor = info->minor};
	out->migration = config(lx, "migration_entry_wait", anchor); /* mm/migrate.c */
	out->memory_failure = config(lx, "memory_failure", anchor);  /* mm/memory-failure.c */
	if (VERSION(info->major, info->minor) >= VERSION(5, 14))     /* mm/rmap.c */
		out->device_private = config(lx, "make_device_exclusive_range", anchor);
	if (out->device_private == PTK_CONFIG_NO && VERSION(info->major, info->minor) >= VERSION(6, 15))
		out->device_private = config(lx, "make_device_exclusive", anchor);
	/* mm/Kconfig and arch/x86/Kconfig of 6.1: what selects it needs userfaultfd, and depends on x86-64 */
	const bool x86_64 = strcmp(info->arch, "x86") == 0 && info->regime.va_width == 64;
	if (!x86_64 || config(lx, "mwriteprotect_range", anchor) == PTK_CONFIG_NO)
		out->pte_marker = PTK_CONFIG_NO;
}
