// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What follows from a regime's data alone, for every architecture. */
#include <string.h>

#include "arch/arch.h"
#include "base/bits.h"
#include "base/err.h"

/* The bits of an address above the translated ones, within the register's width. */
static uint64_t upper_bits(const struct ptk_regime *r)
{
	return ptk_va_max(r) & ~low_bits(r->va_bits);
}

static bool upper_set(const struct ptk_regime *r, uint64_t va)
{
	return r->va_form == PTK_VA_HIGH || (r->va_form == PTK_VA_SIGN && va >> (r->va_bits - 1) & 1);
}

uint64_t ptk_va_canonical(const struct ptk_regime *r, uint64_t va)
{
	uint64_t low = va & low_bits(r->va_bits);
	return upper_set(r, va) ? low | upper_bits(r) : low;
}

bool ptk_va_valid(const struct ptk_regime *r, uint64_t va)
{
	if (va > ptk_va_max(r))
		return false;
	uint64_t differ = va ^ ptk_va_canonical(r, va);
	if (r->flags & PTK_RF_TBI & r->arch->flags)
		differ &= low_bits(56);
	return differ == 0;
}

const char *ptk_level_linux(const struct ptk_regime *r, int level)
{
	static const char *const names[] = {"pte", "pmd", "pud", "p4d", "pgd"};
	return level == r->nlevels - 1 ? "pgd" : names[level];
}

enum ptk_kind ptk_entry_kind(const struct ptk_regime *r, int level, uint64_t raw)
{
	return r->arch->kind(r, level, raw);
}

void ptk_entry_decode(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out)
{
	*out = (struct ptk_entry){
		.raw = raw,
		.span = ptk_level_size(r, level),
		.kind = (uint8_t)r->arch->kind(r, level, raw),
		.level = (uint8_t)level,
	};
	r->arch->decode(r, level, raw, out);
}

int ptk_arch_encode_unmapped_(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw,
                              struct ptk_err *err)
{
	bool empty = in->kind == PTK_NONE && !in->extra;
	bool kept = in->kind == PTK_NOT_PRESENT && r->arch->kind(r, in->level, in->extra) == PTK_NOT_PRESENT;
	if (!empty && !kept)
		return ptk_err_set_(err, PTK_E_INVAL, "%s: cannot make a %s entry of 0x%llx", r->name,
		                    ptk_kind_name((enum ptk_kind)in->kind), (unsigned long long)in->extra);
	*raw = in->extra;
	return 0;
}

int ptk_entry_encode(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err)
{
	if (in->level >= r->nlevels)
		return ptk_err_set_(err, PTK_E_INVAL, "%s has no level %u", r->name, in->level);
	return r->arch->encode(r, in, raw, err);
}

void ptk_entry_effective(const struct ptk_regime *r, uint64_t inherit, const struct ptk_entry *leaf,
                         struct ptk_attr *out)
{
	const uint32_t forced = PTK_A_NS | PTK_A_GLOBAL;
	struct ptk_attr attr = leaf->attr;
	attr.flags &= ~(ptk_inherit_flags(inherit) & ~forced);
	attr.flags |= ptk_inherit_flags(inherit) & forced;
	if (INHERIT_HAS_KEY(inherit))
		attr.key = INHERIT_GET_KEY(inherit);
	r->arch->effective(r, inherit, leaf, &attr);
	*out = attr;
}

size_t ptk_entry_fields(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_field *out, size_t max)
{
	size_t n = r->arch->fields(r, level, raw, out, max);
	return n < max ? n : max;
}

size_t ptk_regime_registers(const struct ptk_regime *r, uint64_t root, struct ptk_register *out, size_t max)
{
	struct ptk_register all[PTK_REGISTERS_MAX];
	size_t n = r->arch->registers(r, root, all);
	if (n > max)
		n = max;
	memcpy(out, all, n * sizeof *out);
	return n;
}

const char *ptk_memtype_name(enum ptk_memtype t)
{
	static const char *const names[PTK_MEM_COUNT_] = {
		[PTK_MEM_UNKNOWN] = "unknown",
		[PTK_MEM_WB] = "write-back",
		[PTK_MEM_WB_TAGGED] = "write-back tagged",
		[PTK_MEM_WT] = "write-through",
		[PTK_MEM_WP] = "write-protected",
		[PTK_MEM_NC] = "non-cacheable",
		[PTK_MEM_UC_MINUS] = "uncached-minus",
		[PTK_MEM_UC] = "uncached",
		[PTK_MEM_DEV_nGnRnE] = "device nGnRnE",
		[PTK_MEM_DEV_nGnRE] = "device nGnRE",
		[PTK_MEM_DEV_nGRE] = "device nGRE",
		[PTK_MEM_DEV_GRE] = "device GRE",
		[PTK_MEM_IO] = "I/O",
		[PTK_MEM_MIXED] = "mixed",
		[PTK_MEM_PMA] = "platform",
	};
	return (unsigned)t < PTK_MEM_COUNT_ ? names[t] : "unknown";
}

const char *ptk_kind_name(enum ptk_kind k)
{
	static const char *const names[] = {"none", "table", "leaf", "not present", "reserved"};
	return (unsigned)k < sizeof names / sizeof *names ? names[k] : "unknown";
}
