// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The facts of a machine, as a picture of its running kernel has them. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "linux/boot/boot.h"

/* ---- reading ---- */

int boot_read_va_(struct ptk_linux *lx, uint64_t va, void *buf, size_t len)
{
	struct ptk_space s;
	int rc = ptk_space_init(&s, lx->mem, &lx->info.regime, lx->table[PTK_TABLE_KERNEL].root, NULL);
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

bool boot_string_is_(struct ptk_linux *lx, uint64_t va, const char *text)
{
	char have[64];
	size_t len = strlen(text) + 1;
	return len <= sizeof have && boot_read_va_(lx, va, have, len) == 0 && memcmp(have, text, len) == 0;
}

/* ---- memblock ---- */

/*
 * struct memblock (include/linux/memblock.h), the same since 5.x: bottom_up, current_limit, then two struct memblock_type:
 * cnt, max, total_size, regions, name. Where phys_addr_t has 64 bits and long has 32 (LPAE), fields of it are aligned to 8.
 */
struct shape {
	unsigned word, phys; /* bytes of long and of phys_addr_t */
};

struct type {
	uint64_t count, max, total, regions, name;
};

#define REGIONS_MAX 65536u

static uint64_t type_size(struct shape s)
{
	uint64_t size = 2 * s.word + s.phys + 2 * s.word;
	return (size + s.phys - 1) & ~(uint64_t)(s.phys - 1);
}

static int read_type(struct ptk_linux *lx, struct shape s, uint64_t va, struct type *t)
{
	int rc = boot_read_number_(lx, va, s.word, &t->count);
	if (rc == 0)
		rc = boot_read_number_(lx, va + s.word, s.word, &t->max);
	if (rc == 0)
		rc = boot_read_number_(lx, va + 2 * s.word, s.phys, &t->total);
	if (rc == 0)
		rc = boot_read_number_(lx, va + 2 * s.word + s.phys, s.word, &t->regions);
	if (rc == 0)
		rc = boot_read_number_(lx, va + 3 * s.word + s.phys, s.word, &t->name);
	return rc;
}

static bool type_is(struct ptk_linux *lx, const struct type *t, const char *name)
{
	return t->count && t->count <= t->max && t->max <= REGIONS_MAX && boot_string_is_(lx, t->name, name);
}

/* struct memblock_region has a node number behind its flags with CONFIG_NUMA: the stride is what makes the total right. */
static bool stride_fits(struct ptk_linux *lx, struct shape s, const struct type *t, unsigned stride)
{
	uint64_t total = 0, after = 0;
	for (uint64_t i = 0; i < t->count; i++) {
		uint64_t base, size, va = t->regions + i * stride;
		if (boot_read_number_(lx, va, s.phys, &base) < 0 || boot_read_number_(lx, va + s.phys, s.phys, &size) < 0)
			return false;
		if ((i && base < after) || !add_ok(base, size, &after) || !add_ok(total, size, &total))
			return false;
	}
	return total == t->total;
}

static unsigned find_stride(struct ptk_linux *lx, struct shape s, const struct type *t)
{
	const unsigned step = s.phys;
	for (unsigned stride = 2 * s.phys + step; stride <= 2 * s.phys + 4 * step; stride += step)
		if (stride_fits(lx, s, t, stride))
			return stride;
	return 0;
}

static int take_regions(struct ptk_machine *m, struct ptk_linux *lx, struct shape s, const struct type *t, bool memory)
{
	unsigned stride = find_stride(lx, s, t);
	if (!stride)
		return PTK_E_NOTFOUND;
	for (uint64_t i = 0; i < t->count; i++) {
		uint64_t base, size, flags, va = t->regions + i * stride;
		int rc = boot_read_number_(lx, va, s.phys, &base);
		if (rc == 0)
			rc = boot_read_number_(lx, va + s.phys, s.phys, &size);
		if (rc == 0)
			rc = boot_read_number_(lx, va + 2 * s.phys, 4, &flags);
		if (rc == 0 && size && memory)
			rc = boot_machine_bank_(m, base, base + size - 1,
			                        (flags & MEMBLOCK_NOMAP ? PTK_BANK_NOMAP : 0u) |
			                                (flags & MEMBLOCK_HOTPLUG ? PTK_BANK_HOTPLUG : 0u));
		else if (rc == 0 && size)
			rc = boot_machine_reserve_(m, base, base + size - 1, NULL);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int take_memblock(struct ptk_machine *m, struct ptk_linux *lx, uint64_t va, struct shape s)
{
	struct type memory, reserved;
	uint64_t at = va + (s.phys > 4 ? 16 : 8), bottom_up;
	if (boot_read_number_(lx, va, 1, &bottom_up) < 0 || bottom_up > 1 || read_type(lx, s, at, &memory) < 0 ||
	    read_type(lx, s, at + type_size(s), &reserved) < 0)
		return PTK_E_NOTFOUND;
	if (!type_is(lx, &memory, "memory") || !type_is(lx, &reserved, "reserved"))
		return PTK_E_NOTFOUND;
	int rc = take_regions(m, lx, s, &memory, true);
	return rc < 0 ? rc : take_regions(m, lx, s, &reserved, false);
}

int boot_like_memblock_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err)
{
	static const struct shape shapes[] = {{4, 4}, {4, 8}, {8, 8}};
	uint64_t va;
	if (ptk_linux_symbol(lx, "memblock", &va) < 0)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "the symbol memblock is not known, so neither are the banks of memory; "
		                                         "--symbols may help");
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		if ((shapes[i].word == 8) != (lx->info.regime.va_width == 64))
			continue;
		int rc = take_memblock(m, lx, va, shapes[i]);
		if (rc != PTK_E_NOTFOUND)
			return rc;
	}
	m->info.nbanks = m->info.nreserved = 0;
	return ptk_err_set_(err, PTK_E_NOTFOUND, "there is no sound struct memblock at 0x%llx: this kernel frees it after boot",
	                    (unsigned long long)va);
}

/* ---- iomem_resource ---- */

/* struct resource (include/linux/ioport.h): start, end, name, flags, desc, parent, sibling, child. */
struct resource {
	uint64_t start, end, name, sibling, child;
};

#define RESOURCES_MAX 65536u

static int read_resource(struct ptk_linux *lx, unsigned phys, uint64_t va, struct resource *r)
{
	unsigned word = lx->info.regime.va_width / 8u;
	int rc = boot_read_number_(lx, va, phys, &r->start);
	if (rc == 0)
		rc = boot_read_number_(lx, va + phys, phys, &r->end);
	if (rc == 0)
		rc = boot_read_number_(lx, va + 2 * phys, word, &r->name);
	if (rc == 0)
		rc = boot_read_number_(lx, va + 2 * phys + 4 * word, word, &r->sibling);
	if (rc == 0)
		rc = boot_read_number_(lx, va + 2 * phys + 5 * word, word, &r->child);
	return rc;
}

static int take_ram(struct ptk_machine *m, struct ptk_linux *lx, unsigned phys, uint64_t va)
{
	struct resource r = {0};
	uint64_t from = 0;
	for (unsigned n = 0; va; n++, va = r.sibling) {
		int rc = n < RESOURCES_MAX ? read_resource(lx, phys, va, &r) : PTK_E_LIMIT;
		if (rc < 0 || r.start > r.end || (n && r.start < from))
			return rc < 0 ? rc : PTK_E_NOTFOUND;
		from = r.start;
		if (!boot_string_is_(lx, r.name, "System RAM"))
			continue;
		rc = boot_machine_bank_(m, r.start, r.end, 0);
		if (rc < 0)
			return rc;
	}
	return m->info.nbanks ? 0 : PTK_E_NOTFOUND;
}

int boot_like_iomem_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err)
{
	struct resource root;
	uint64_t va;
	if (ptk_linux_symbol(lx, "iomem_resource", &va) < 0)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "the symbol iomem_resource is not known, so neither are the banks of "
		                                         "memory; --symbols may help");
	for (unsigned phys = lx->info.regime.va_width / 8u; phys <= 8; phys += 4) {
		if (read_resource(lx, phys, va, &root) < 0 || root.start || !boot_string_is_(lx, root.name, "PCI mem"))
			continue;
		int rc = take_ram(m, lx, phys, root.child);
		if (rc >= 0 || rc == PTK_E_NOMEM)
			return rc;
		m->info.nbanks = 0;
	}
	return ptk_err_set_(err, PTK_E_NOTFOUND, "there is no sound tree of resources at 0x%llx (iomem_resource)",
	                    (unsigned long long)va);
}

/* ---- all of it ---- */

static int take_symbols(struct ptk_machine *m, struct ptk_linux *lx)
{
	int rc = 0;
	for (const char *const *name = m->arch->symbol; name && *name && rc == 0; name++) {
		uint64_t va;
		if (ptk_linux_symbol(lx, *name, &va) == 0)
			rc = boot_machine_symbol_(m, *name, va);
	}
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
	int rc = take_symbols(m, lx);
	if (rc == 0)
		rc = boot_like_memblock_(m, lx, &first);
	if (rc == PTK_E_NOTFOUND && boot_like_iomem_(m, lx, err) == 0)
		rc = 0;
	else if (rc == PTK_E_NOTFOUND && err)
		*err = first;
	if (rc == 0)
		rc = m->arch->like(m, lx, err);
	return rc < 0 ? rc : boot_machine_finish_(m, err);
}

int ptk_machine_like(struct ptk_linux *lx, struct ptk_machine **out, struct ptk_err *err)
{
	struct ptk_machine *m = boot_machine_new_();
	int rc = m ? take_facts(m, lx, err) : PTK_E_NOMEM;
	if (rc == PTK_E_NOMEM)
		ptk_err_set_(err, rc, "no memory for the facts of a machine");
	if (rc < 0) {
		ptk_machine_free(m);
		return rc;
	}
	*out = m;
	return 0;
}
