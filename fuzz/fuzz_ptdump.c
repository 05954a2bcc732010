// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The kernel's text of trees out of bytes, against a naive twin: a recursion that reads entry by entry and feeds
 * the state machine one note at a time, as the kernel does. The first byte picks a regime, the second a version and what
 * is printed; then come instructions of twelve bytes that fill eight tables and set markers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/bits.h"
#include "linux/ptdump.h"

#define SLOTS 8
#define SLOT UINT64_C(65536)
#define BASE UINT64_C(0x100000)
#define INSTRUCTION 12
#define MARKERS 6
/* Trees that multiply beyond this are left to the walker's own fuzzing. */
#define NOTES 60000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	const char *regime;
	enum lx_arch arch;
} kernels[] = {
	{"x86-64", LX_X86},           {"x86-64-la57", LX_X86},       {"x86-pae", LX_X86},     {"x86-32", LX_X86},
	{"arm64-4k-39,high", LX_ARM64}, {"arm64-16k-36,high", LX_ARM64}, {"arm64-4k-48,high", LX_ARM64},
	{"arm64-64k-42,high", LX_ARM64}, {"riscv-sv39", LX_RISCV},   {"riscv-sv32", LX_RISCV}, {"riscv-sv48", LX_RISCV},
	{"arm-lpae", LX_ARM},
};
static const char *const versions[] = {"5.10", "6.1", "6.4", "6.9", "6.12.117", "6.14", "3.18", "6.16"};

struct text {
	uint64_t hash, bytes;
};

/* The twin. */
struct naive {
	struct ptd d;
	struct ptk_space s;
	uint64_t mask[PTK_LEVELS_MAX];
	const char *leaf[PTK_LEVELS_MAX], *hole[PTK_LEVELS_MAX];
	unsigned notes;
	bool tell;
	uint64_t first, last; /* of the range */
};

static int add(void *arg, const char *s, size_t n)
{
	struct text *t = arg;
	t->bytes += n;
	for (size_t i = 0; i < n; i++)
		t->hash = (t->hash ^ (unsigned char)s[i]) * UINT64_C(0x100000001b3);
	return 0;
}

static void check(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* ---- building ---- */

static void put(struct ptk_mem *mem, const struct ptk_regime *r, uint64_t at, uint64_t raw)
{
	uint8_t b[8];
	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)(raw >> 8 * i);
	check(ptk_mem_write(mem, at, b, (size_t)1 << r->entry_shift, NULL) == 0, "cannot write");
}

static uint64_t entry(const struct ptk_form *f, uint64_t pa, uint64_t attr)
{
	return f->value | (pa >> f->pa_shift & f->pa_mask) | (attr & ~(f->mask | f->pa_mask | f->hi_mask));
}

/* slot, operation and level, first entry, count, value; or a marker. */
static void instruction(struct ptk_mem *mem, const struct ptk_regime *r, const uint8_t *in, struct ptk_marker *marker,
                        size_t *nmarkers)
{
	const uint64_t slot = in[0] % SLOTS;
	const int level = in[1] / 8 % r->nlevels;
	const uint32_t max = (uint32_t)(SLOT >> r->entry_shift), first = (in[2] | (uint32_t)in[3] << 8) % max;
	uint32_t count = 1u << in[4] % 12;
	const struct ptk_level *lv = &r->level[level];
	uint64_t value = 0;
	for (int i = 0; i < 7; i++)
		value |= (uint64_t)in[5 + i] << 8 * i;
	if (in[1] % 8 == 7) {
		/* Sv32 starts at its first marker. */
		size_t i = in[3] & 0x80 ? 0 : *nmarkers;
		if (i < MARKERS) {
			*nmarkers += i > 0;
			marker[i] = (struct ptk_marker){
				.va = ptk_va_canonical(r, value << (in[4] & 15)) & ~UINT64_C(0xfff),
				.name = "marker",
				.max_lines = in[2] & 3,
			};
		}
		return;
	}
	for (uint32_t i = first; i < max && count--; i++) {
		uint64_t raw = 0;
		switch (in[1] % 8) {
		case 0: raw = value; break;
		case 1: raw = value << 8 | in[5]; break;
		case 2: raw = entry(&lv->leaf_form, value + ((uint64_t)(i - first) << lv->shift), value << 8); break;
		case 3: raw = entry(&lv->leaf_form, value, value << 8); break;
		/* Attributes of tables as Linux has them: x86's five levels take no others. */
		case 4: raw = entry(&lv->table_form, BASE + value % SLOTS * SLOT, value >> 8) | (in[6] & 1 ? 0x63 : 0); break;
		case 5: raw = entry(&lv->table_form, BASE + (value + i) % SLOTS * SLOT, 0x67); break;
		default: break;
		}
		put(mem, r, BASE + slot * SLOT + ((uint64_t)i << r->entry_shift), raw);
	}
}

/* ---- the twin ---- */

static void note(struct naive *w, uint64_t va, int level, uint64_t raw, uint64_t eff, bool hole)
{
	struct ptd_note n = {
		.va = va < w->first ? w->first : va,
		.level = (int8_t)level,
		.name = hole ? w->hole[level] : w->leaf[level],
		.domain = PTD_NO_DOMAIN,
	};
	w->notes++;
	if (hole)
		raw = 0;
	n.prot = raw & w->mask[level];
	if (w->d.p->rules & PTD_EFFECTIVE && raw)
		n.eff = eff;
	if (w->d.p->rules & PTD_PA) {
		uint64_t pfn = raw << (w->s.regime.entry_shift == 3 ? 10 : 32) >> (w->s.regime.entry_shift == 3 ? 20 : 42);
		if (w->d.p->rules & PTD_NAPOT && raw >> 63)
			pfn &= pfn - 1;
		n.pa = pfn << 12 & ptk_va_max(&w->s.regime);
	}
	if (w->tell)
		ptk_ptd_note_(&w->d, &n);
}

static uint64_t table_of(const struct ptk_regime *r, int level, uint64_t raw)
{
	struct ptk_entry e;
	ptk_entry_decode(r, level, raw, &e);
	return e.kind == PTK_TABLE ? e.pa : form_pa(&r->level[level].table_form, raw);
}

/* effective_prot(): bits 1 and 2 need the parents' too, bit 63 is inherited. */
static uint64_t combine(uint64_t up, uint64_t raw, bool nx)
{
	return (up & raw & 6) | (nx ? (up | raw) & BIT(63) : 0);
}

static bool naive_walk(struct naive *w, int level, uint64_t table, uint64_t base, uint64_t up)
{
	const struct ptk_regime *r = &w->s.regime;
	const uint32_t n = 1u << r->level[level].bits;
	uint8_t bytes[8];
	for (uint32_t i = 0; i < n; i++) {
		const uint64_t va = ptk_va_canonical(r, base + ((uint64_t)i << r->level[level].shift));
		const uint64_t last = va + ptk_level_size(r, level) - 1;
		uint64_t raw = 0;
		if (last < w->first || va > w->last)
			continue;
		if (w->notes > NOTES ||
		    ptk_mem_read(w->s.mem, table + ((uint64_t)i << r->entry_shift), bytes, (size_t)1 << r->entry_shift, NULL) < 0)
			return false;
		for (int k = (1 << r->entry_shift) - 1; k >= 0; k--)
			raw = raw << 8 | bytes[k];
		const uint64_t eff = combine(up, raw, r->entry_shift == 3);
		switch (w->d.p->classify(r, level, raw)) {
		case PTK_NONE: note(w, va, level, 0, 0, true); break;
		case PTK_TABLE:
			w->notes++;
			if (!naive_walk(w, level - 1, table_of(r, level, raw), va, eff))
				return false;
			break;
		case PTK_LEAF: note(w, va, level, raw, eff, false); break;
		case PTK_NOT_PRESENT:
		case PTK_RESERVED:
		default: break;
		}
	}
	return true;
}

static bool naive_dump(struct naive *w, const struct ptd_plan *plan)
{
	const int top = w->s.regime.nlevels - 1;
	for (size_t i = 0; i < plan->nranges; i++) {
		w->first = plan->range[i].first;
		w->last = plan->range[i].last < ptk_va_max(&w->s.regime) ? plan->range[i].last : ptk_va_max(&w->s.regime);
		if (!naive_walk(w, top, w->s.root, 0, 6))
			return false;
	}
	return true;
}

static bool naive(struct ptk_linux *lx, const struct ptd_profile *p, struct text *out)
{
	static struct naive w;
	const struct ptk_regime *r = &lx->info.regime;
	struct ptd_plan plan = {
		.range = {{0, UINT64_MAX}},
		.nranges = 1,
		.marker = lx->info.marker,
		.nmarkers = lx->info.nmarkers,
	};
	memset(&w, 0, sizeof w);
	p->plan(lx, p, r, PTK_TABLE_KERNEL, &plan);
	p->names(r, w.leaf, w.hole);
	for (int level = 0; level < r->nlevels; level++) {
		const struct ptd_bits *b = p->compared ? NULL : p->bits(r, level);
		w.mask[level] = b ? 0 : p->compared(r, level);
		for (size_t i = 0; b && i < b->n; i++)
			w.mask[level] |= b->bit[i].mask;
	}
	check(ptk_space_init(&w.s, lx->mem, r, BASE, NULL) == 0, "no space");
	w.d.p = p;
	w.d.r = &w.s.regime;
	w.d.marker = plan.marker;
	w.d.nmarkers = plan.nmarkers;
	w.d.to = UINT64_MAX;
	w.d.write = add;
	w.d.arg = out;
	ptk_ptd_init_(&w.d);
	/* First see whether it ends. */
	if (!naive_dump(&w, &plan))
		return false;
	w.tell = true;
	w.notes = 0;
	naive_dump(&w, &plan);
	struct ptd_note end = {.va = plan.end, .level = PTD_FLUSH, .domain = PTD_NO_DOMAIN};
	ptk_ptd_note_(&w.d, &end);
	return ptk_ptd_finish_(&w.d) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const unsigned k = data[0] % (sizeof kernels / sizeof *kernels);
	struct ptk_marker marker[MARKERS] = {{.name = "first"}};
	struct ptk_linux lx = {.arch = kernels[k].arch, .info = {.arch = "any", .marker = marker, .nmarkers = 1}};
	check(ptk_regime_parse(kernels[k].regime, &lx.info.regime, NULL) == 0, "no regime");
	const struct ptk_regime *r = &lx.info.regime;
	check(ptk_mem_new_image(0, low_bits(r->pa_bits), &lx.mem) == 0, "no memory");
	for (uint64_t at = 0; at < SLOTS * SLOT; at += 4096)
		check(ptk_mem_write(lx.mem, BASE + at, (char[4096]){0}, 4096, NULL) == 0, "cannot write");
	for (size_t at = 2, n = 0; at + INSTRUCTION <= size && n < 64; at += INSTRUCTION, n++)
		instruction(lx.mem, r, data + at, marker, &lx.info.nmarkers);
	lx.table[PTK_TABLE_KERNEL] = (struct lx_table){.known = true, .root = BASE, .regime = *r};
	lx.layout.va_bits = lx.layout.va_bits_config = r->va_bits;
	const char *version = versions[data[1] % 8];
	const struct ptk_ptdump_opts o = {.version = version};
	struct text got = {0}, want = {0};
	const struct ptd_profile *p = ptk_ptd_profile_(lx.arch, PTD_VERSION(strtoul(version, NULL, 10),
	                                               strtoul(strchr(version, '.') + 1, NULL, 10),
	                                               strstr(version, "117") ? 117 : 0));
	if (naive(&lx, p, &want)) {
		struct ptk_walk_stats st;
		check(ptk_linux_ptdump(&lx, PTK_TABLE_KERNEL, &o, add, &got, &st, NULL) == 0, "no text");
		check(st.refused || (got.hash == want.hash && got.bytes == want.bytes), "the texts differ");
	}
	ptk_mem_close(lx.mem);
	return 0;
}
