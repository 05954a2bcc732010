// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/boot/arm/types.h"

#include <string.h>

#include "base/bits.h"

/* The words of two formats for one thing (include/asm/pgtable-{2,3}level{,-hwdef}.h). */
struct words {
	uint64_t sect, table, bit4, xn, ap_write, ap_read, apx, s, af, nonshared_dev;
	uint64_t buffered, wb, wbwa;
	uint64_t present, young, dirty, rdonly, user, pte_xn, shared, pte_af;
};

static const struct words short_words = {
	.sect = 2, .table = 1, .bit4 = BIT(4), .xn = BIT(4), .ap_write = BIT(10), .ap_read = BIT(11), .apx = BIT(15),
	.s = BIT(16), .buffered = BIT(2), .wb = BIT(3) | BIT(2), .wbwa = BIT(12) | BIT(3) | BIT(2),
	.present = BIT(0), .young = BIT(1), .dirty = BIT(6), .rdonly = BIT(7), .user = BIT(8), .pte_xn = BIT(9),
	.shared = BIT(10),
};

static const struct words long_words = {
	.sect = 1, .table = 3, .xn = BIT(54), .s = GENMASK(9, 8), .af = BIT(10),
	.buffered = 1 << 2, .wb = 3 << 2, .wbwa = 7 << 2,
	.present = 3, .young = BIT(10), .dirty = BIT(55), .rdonly = BIT(58), .user = BIT(6), .pte_xn = BIT(54),
	.shared = GENMASK(9, 8), .pte_af = BIT(10),
};

#define SHORT_TEX(n) ((uint64_t)(n) << 12)
#define PROTECTION BIT(9) /* ECC, short descriptors */
#define LONG_AP2 BIT(7)
#define LONG_SECT_RDONLY BIT(58)

/* L_PTE_MT_*: the four bits from bit 2 on; LPAE has three. */
#define MT(n) ((uint64_t)(n) << 2)
#define MT_BUFFERABLE MT(1)
#define MT_WRITEBACK MT(3)
#define MT_WRITEALLOC MT(7)
#define MT_DEV_SHARED MT(4)
#define MT_VECTORS MT(15)

static const char *const names[ARM_TYPES] = {
	"MT_DEVICE",       "MT_DEVICE_NONSHARED", "MT_DEVICE_CACHED",        "MT_DEVICE_WC",
	"MT_UNCACHED",     "MT_CACHECLEAN",       "MT_MINICLEAN",            "MT_LOW_VECTORS",
	"MT_HIGH_VECTORS", "MT_MEMORY_RWX",       "MT_MEMORY_RW",            "MT_MEMORY_RO",
	"MT_ROM",          "MT_MEMORY_RWX_NONCACHED", "MT_MEMORY_RW_DTCM",   "MT_MEMORY_RWX_ITCM",
	"MT_MEMORY_RW_SO", "MT_MEMORY_DMA_READY",
};

const char *arm_type_name_(size_t i)
{
	return i < ARM_TYPES ? names[i] : NULL;
}

enum arm_type arm_type_find_(const char *name)
{
	for (unsigned i = 0; i < ARM_TYPES; i++)
		if (strcmp(names[i], name) == 0)
			return (enum arm_type)i;
	return ARM_TYPES;
}

/* The table as it stands in the source, before the CPU is looked at. */
static void plain(const struct words *w, const struct arm_cpu *cpu, struct arm_mem_type t[ARM_TYPES])
{
	const unsigned kernel = cpu->io_36 ? 2 : 0, io = cpu->io_36 ? 0 : 2, vectors = 3;
	const uint64_t page = w->present | w->young | w->dirty, dev = page | w->pte_xn;
	const uint64_t sect_dev = w->sect | w->ap_write;
	const bool lpae = cpu->lpae;
	t[MT_DEVICE] = (struct arm_mem_type){dev | MT_DEV_SHARED | w->shared, w->table, sect_dev | w->s, io};
	t[MT_DEVICE_NONSHARED] = (struct arm_mem_type){dev | (lpae ? MT(4) : MT(12)), w->table, sect_dev, io};
	t[MT_DEVICE_CACHED] = (struct arm_mem_type){dev | (lpae ? MT(3) : MT(11)), w->table, sect_dev | w->wb, io};
	t[MT_DEVICE_WC] = (struct arm_mem_type){dev | (lpae ? MT(1) : MT(9)), w->table, sect_dev, io};
	t[MT_UNCACHED] = (struct arm_mem_type){dev, w->table, w->sect | w->xn, io};
	t[MT_CACHECLEAN] = (struct arm_mem_type){0, 0, w->sect | w->xn, kernel};
	if (!lpae)
		t[MT_MINICLEAN] = (struct arm_mem_type){0, 0, w->sect | w->xn | SHORT_TEX(1) | BIT(3), kernel};
	t[MT_LOW_VECTORS] = (struct arm_mem_type){page | w->rdonly, w->table, 0, vectors};
	t[MT_HIGH_VECTORS] = (struct arm_mem_type){page | w->rdonly | w->user, w->table, 0, vectors};
	t[MT_MEMORY_RWX] = (struct arm_mem_type){page, w->table, sect_dev, kernel};
	t[MT_MEMORY_RW] = (struct arm_mem_type){page | w->pte_xn, w->table, sect_dev, kernel};
	t[MT_MEMORY_RO] = (struct arm_mem_type){page | w->pte_xn | w->rdonly, w->table,
		w->sect | (lpae ? LONG_SECT_RDONLY | LONG_AP2 : 0), kernel};
	t[MT_ROM] = (struct arm_mem_type){0, 0, w->sect, kernel};
	t[MT_MEMORY_RWX_NONCACHED] = (struct arm_mem_type){page | MT_BUFFERABLE, w->table, sect_dev, kernel};
	t[MT_MEMORY_RW_DTCM] = (struct arm_mem_type){page | w->pte_xn, w->table, w->sect | w->xn, kernel};
	t[MT_MEMORY_RWX_ITCM] = (struct arm_mem_type){page, w->table, 0, kernel};
	t[MT_MEMORY_RW_SO] = (struct arm_mem_type){page | w->pte_xn, w->table, sect_dev | w->s | w->xn, kernel};
	t[MT_MEMORY_DMA_READY] = (struct arm_mem_type){page | w->pte_xn, w->table, 0, kernel};
}

static void devices(const struct words *w, const struct arm_cpu *cpu, struct arm_mem_type t[ARM_TYPES])
{
	/* Execute-never keeps speculative fetches away from devices, ARMv6 and up. */
	static const enum arm_type xn[] = {MT_DEVICE,    MT_DEVICE_NONSHARED, MT_DEVICE_CACHED,
	                                   MT_DEVICE_WC, MT_MEMORY_RW,        MT_MEMORY_RO};
	for (size_t i = 0; i < sizeof xn / sizeof *xn; i++)
		t[xn[i]].sect |= w->xn;
	if (cpu->arch >= 7 && cpu->tre) {
		t[MT_DEVICE].sect |= cpu->lpae ? 0 : SHORT_TEX(1);
		t[MT_DEVICE_NONSHARED].sect |= cpu->lpae ? 0 : SHORT_TEX(1);
		t[MT_DEVICE_WC].sect |= BIT(2);
		t[MT_MEMORY_RWX_NONCACHED].sect |= w->buffered;
		return;
	}
	t[MT_DEVICE].sect |= w->buffered;
	t[MT_DEVICE_NONSHARED].sect |= cpu->lpae ? 0 : SHORT_TEX(2);
	t[MT_DEVICE_WC].sect |= cpu->lpae ? 0 : SHORT_TEX(1);
	t[MT_MEMORY_RWX_NONCACHED].sect |= cpu->lpae ? 0 : SHORT_TEX(1);
}

static void shared(const struct words *w, struct arm_mem_type t[ARM_TYPES])
{
	static const enum arm_type both[] = {MT_DEVICE_WC, MT_DEVICE_CACHED, MT_MEMORY_RWX,
	                                     MT_MEMORY_RW, MT_MEMORY_RO,     MT_MEMORY_RWX_NONCACHED};
	for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
		t[both[i]].sect |= w->s;
		t[both[i]].pte |= w->shared;
	}
	t[MT_MEMORY_DMA_READY].pte |= w->shared;
}

void arm_types_build_(const struct arm_cpu *cpu, struct arm_mem_type t[ARM_TYPES])
{
	const struct words *w = cpu->lpae ? &long_words : &short_words;
	/* The policy is the one that head.S mapped with: write-allocate on SMP, else write-back. */
	const uint64_t sect = cpu->smp ? w->wbwa : w->wb, ecc = cpu->ecc && !cpu->lpae ? PROTECTION : 0;
	const uint64_t kern = (cpu->smp ? MT_WRITEALLOC | w->shared : MT_WRITEBACK) | w->pte_af;
	const uint64_t vecs = kern | (cpu->arch == 6 && !cpu->lpae ? MT_VECTORS : 0);
	memset(t, 0, ARM_TYPES * sizeof *t);
	plain(w, cpu, t);
	devices(w, cpu, t);
	if (!cpu->lpae) {
		static const enum arm_type ro[] = {MT_ROM, MT_MINICLEAN, MT_CACHECLEAN, MT_MEMORY_RO};
		for (size_t i = 0; i < sizeof ro / sizeof *ro; i++)
			t[ro[i]].sect |= w->apx | w->ap_write;
	}
	if (cpu->smp)
		shared(w, t);
	for (unsigned i = 0; i < ARM_TYPES; i++) {
		t[i].pte |= w->pte_af;
		if (t[i].sect)
			t[i].sect |= w->af;
	}
	t[MT_LOW_VECTORS].pte |= vecs;
	t[MT_HIGH_VECTORS].pte |= vecs;
	t[MT_LOW_VECTORS].l1 |= ecc;
	t[MT_HIGH_VECTORS].l1 |= ecc;
	static const enum arm_type memory[] = {MT_MEMORY_RWX, MT_MEMORY_RW, MT_MEMORY_RO};
	for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) {
		t[memory[i]].sect |= ecc | sect;
		t[memory[i]].pte |= kern;
	}
	t[MT_MEMORY_DMA_READY].pte |= kern;
	t[MT_MEMORY_RWX_NONCACHED].sect |= ecc;
	t[MT_ROM].sect |= sect;
	t[MT_CACHECLEAN].sect |= w->wb;
	for (unsigned i = 0; i < ARM_TYPES && !cpu->lpae; i++) {
		if (t[i].l1)
			t[i].l1 |= (uint64_t)t[i].domain << 5;
		if (t[i].sect)
			t[i].sect |= (uint64_t)t[i].domain << 5;
	}
}

uint64_t arm_mm_mmuflags_(const struct arm_cpu *cpu)
{
	const struct words *w = cpu->lpae ? &long_words : &short_words;
	return w->sect | w->ap_write | w->ap_read | w->af | (cpu->smp ? w->wbwa | w->s : w->wb);
}

uint64_t arm_kernel_table_(const struct arm_cpu *cpu)
{
	const struct words *w = cpu->lpae ? &long_words : &short_words;
	return w->table | w->bit4 | (cpu->io_36 && !cpu->lpae ? 2u << 5 : 0);
}

struct arm_section_bits arm_section_bits_(bool lpae)
{
	if (lpae)
		return (struct arm_section_bits){.xn = BIT(54), .ro = LONG_SECT_RDONLY | LONG_AP2};
	return (struct arm_section_bits){.xn = BIT(4), .ro = BIT(15) | BIT(10)};
}
