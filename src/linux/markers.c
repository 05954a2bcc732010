// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The kernel's own address_markers[] in its data. Its entries are {start, name} (x86: and max_lines), ended by
 * a NULL name: arch/{arm/mm/dump,arm64/mm/ptdump,riscv/mm/ptdump,x86/mm/dump_pagetables}.c. One of the starts is
 * known beforehand; that word is looked for, and what is around it must read as the array.
 */
#include "linux/markers.h"

#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "linux/find.h"

static const char *const names[] = {
        /* x86-64 */
        "User Space",
        "Kernel Space",
        "LDT remap",
        "Low Kernel Mapping",
        "vmalloc() Area",
        "Vmemmap",
        "KASAN shadow",
        "KASAN shadow end",
        "CPU entry Area",
        "ESPfix Area",
        "EFI Runtime Services",
        "High Kernel Mapping",
        "Modules",
        "End Modules",
        "Fixmap Area",
        /* i386 */
        "Kernel Mapping",
        "vmalloc() End",
        "Persistent kmap() Area",
        "CPU entry area",
        "Fixmap area",
        /* arm64, riscv */
        "Linear Mapping start",
        "Linear Mapping end",
        "Kasan shadow start",
        "Kasan shadow end",
        "Modules start",
        "Modules end",
        "vmalloc() area",
        "vmalloc() end",
        "vmemmap start",
        "vmemmap end",
        "PCI I/O start",
        "PCI I/O end",
        "Fixmap start",
        "Fixmap end",
        "BPF start",
        "BPF end",
        "Linear mapping",
        "Modules/BPF mapping",
        "Kernel mapping",
        /* arm */
        "FDT Area",
        "Vectors",
        "Vectors End",
};

bool ptk_marker_known_(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The entry that is looked for. */
struct signature {
	uint64_t value;
	const char *name;
};

struct search {
	struct ptk_linux *lx;
	const struct lx_view *view;
	struct signature sig[4];
	size_t nsigs;
	unsigned word, words; /* bytes of a word, words of an entry */
	bool big;
	struct lx_markers *out;
};

static uint64_t load_word(const uint8_t *p, unsigned word, bool big)
{
	return word == 8 ? load64(p, big) : load32(p, big);
}

/* Index of the first word of n that equals value, or n. Blocks of 16 keep the common case free of branches. */
static size_t find_word64(const uint8_t *p, size_t n, uint64_t value)
{
	size_t i = 0;
	for (; i + 16 <= n; i += 16) {
		uint64_t any = 0;
		for (size_t k = 0; k < 16; k++) {
			uint64_t v;
			memcpy(&v, p + (i + k) * 8, 8);
			any |= v == value;
		}
		if (any)
			break;
	}
	for (; i < n; i++) {
		uint64_t v;
		memcpy(&v, p + i * 8, 8);
		if (v == value)
			return i;
	}
	return n;
}

static size_t find_word32(const uint8_t *p, size_t n, uint32_t value)
{
	size_t i = 0;
	for (; i + 16 <= n; i += 16) {
		uint32_t any = 0;
		for (size_t k = 0; k < 16; k++) {
			uint32_t v;
			memcpy(&v, p + (i + k) * 4, 4);
			any |= v == value;
		}
		if (any)
			break;
	}
	for (; i < n; i++) {
		uint32_t v;
		memcpy(&v, p + i * 4, 4);
		if (v == value)
			return i;
	}
	return n;
}

/* The entry of the array at va: 1 with a name, 0 the end, -1 not an entry. */
static int read_entry(const struct search *s, uint64_t va, struct ptk_marker *m, char *name, size_t size)
{
	uint8_t raw[24];
	if (ptk_image_read_(s->view, va, raw, s->word * s->words) < 0)
		return -1;
	m->va = load_word(raw, s->word, s->big);
	uint64_t ptr = load_word(raw + s->word, s->word, s->big);
	uint64_t lines = s->words > 2 ? load_word(raw + 2 * s->word, s->word, s->big) : 0;
	if (lines > UINT32_MAX)
		return -1;
	m->max_lines = (uint32_t)lines;
	if (ptr == 0)
		return m->va == ptk_va_max(&s->lx->info.regime) ? 0 : -1;
	return ptk_image_string_(s->view, ptr, name, size) ? 1 : -1;
}

/* Does an array that holds sig at va read well from its first entry to its end? Then keep it. */
static int read_array(struct search *s, uint64_t va, const struct signature *sig)
{
	struct lx_markers *out = s->out;
	char name[48];
	struct ptk_marker m;
	uint64_t step = s->word * s->words;
	if (read_entry(s, va, &m, name, sizeof name) != 1 || strcmp(name, sig->name) != 0)
		return 0;
	for (unsigned i = 0; i < LX_MARKERS_MAX; i++) {
		if (read_entry(s, va - step, &m, name, sizeof name) != 1 || !ptk_marker_known_(name))
			break;
		va -= step;
	}
	out->array_pa = va - s->lx->pgd_va + s->lx->pgd_pa;
	for (out->n = 0; out->n < LX_MARKERS_MAX; out->n++, va += step) {
		int rc = read_entry(s, va, &m, name, sizeof name);
		if (rc == 0)
			return out->n > 3;
		if (rc < 0)
			return 0;
		m.name = ptk_lx_printf_(&s->lx->arena, "%s", name);
		if (!m.name)
			return PTK_E_NOMEM;
		out->marker[out->n] = m;
	}
	return 0;
}

static int search_piece(void *arg, const uint8_t *p, size_t len, uint64_t va)
{
	struct search *s = arg;
	size_t n = len / s->word;
	for (size_t k = 0; k < s->nsigs; k++) {
		uint8_t raw[8];
		uint64_t v64 = s->sig[k].value;
		uint32_t v32 = (uint32_t)v64;
		store64(raw, v64, s->big);
		memcpy(&v64, raw, 8);
		store32(raw, v32, s->big);
		memcpy(&v32, raw, 4);
		for (size_t i = 0; i < n; i++) {
			i += s->word == 8 ? find_word64(p + i * 8, n - i, v64) : find_word32(p + i * 4, n - i, v32);
			int rc = i < n ? read_array(s, va + i * s->word, &s->sig[k]) : 0;
			if (rc)
				return rc;
		}
	}
	return 0;
}

static void sign(struct search *s, uint64_t value, const char *name)
{
	if (s->nsigs < sizeof s->sig / sizeof *s->sig)
		s->sig[s->nsigs++] = (struct signature){value, name};
}

static void signatures(struct search *s)
{
	const struct lx_layout *l = &s->lx->layout;
	switch (s->lx->arch) {
	case LX_X86:
		s->words = 3;
		if (s->word == 8)
			sign(s, BIT(63), "Kernel Space");
		else
			sign(s, l->page_offset, "Kernel Mapping");
		break;
	case LX_ARM64: sign(s, 0 - BIT(l->va_bits_config), "Linear Mapping start"); break;
	case LX_RISCV:
	case LX_ARM: sign(s, l->page_offset, s->lx->arch == LX_ARM ? "Kernel Mapping" : "Linear mapping"); break;
	}
}

int ptk_markers_find_(struct ptk_linux *lx, const struct lx_view *v, const struct lx_image *im, struct lx_markers *out)
{
	struct search s = {
	        .lx = lx,
	        .view = v,
	        .word = lx->info.regime.va_width / 8u,
	        .words = 2,
	        .big = ptk_mem_info(lx->mem)->big_endian,
	        .out = out,
	};
	signatures(&s);
	out->n = 0;
	int rc = 0;
	if (ptk_mem_info(lx->mem)->live) /* most kernels have it there, and then the constants need not be read */
		rc = ptk_image_each_(v, im, LX_PARTS_WRITABLE, search_piece, &s);
	if (rc == 0)
		rc = ptk_image_each_(v, im, LX_PARTS_DATA, search_piece, &s);
	if (rc <= 0)
		out->n = 0;
	return rc;
}
