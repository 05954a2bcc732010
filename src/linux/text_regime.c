// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Which regime a text most likely comes from. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "linux/text.h"

static bool has_level(const struct ptk_text_info *ti, const char *name)
{
	for (size_t i = 0; i < ti->nlines; i++)
		if (ti->line[i].name && strcmp(ti->line[i].name, name) == 0)
			return true;
	return false;
}

static bool has_word(const struct ptk_text_info *ti, const char *word)
{
	for (size_t i = 0; i < ti->nlines; i++)
		for (unsigned w = 0; w < ti->line[i].nwords; w++)
			if (strcmp(ti->line[i].word[w], word) == 0)
				return true;
	return false;
}

/* What all ends of ranges are multiples of. */
static unsigned alignment(const struct ptk_text_info *ti)
{
	uint64_t all = UINT64_C(1) << 16;
	for (size_t i = 0; i < ti->nlines; i++)
		all |= ti->line[i].first | (ti->line[i].last + 1);
	return (unsigned)__builtin_ctzll(all);
}

/* Bits of the upper half, by the lowest address in it; user space by its highest. */
static unsigned va_bits(const struct ptk_text_info *ti)
{
	uint64_t low = UINT64_MAX, top = 0;
	for (size_t i = 0; i < ti->nlines; i++) {
		uint64_t first = ti->line[i].first;
		if (first >> 63 && first < low)
			low = first;
		if (!(first >> 63) && ti->line[i].kind == PTK_LEAF && first > top)
			top = first;
	}
	if (low != UINT64_MAX)
		return 64 - (unsigned)__builtin_clzll(~low | 1);
	return top ? 64 - (unsigned)__builtin_clzll(top) : 48;
}

static void name_arm(const struct ptk_text_info *ti, char *out, size_t size)
{
	bool plain = true, domain = false;
	for (size_t i = 0; i < ti->nlines; i++) {
		plain &= !ti->line[i].name;
		domain |= ti->line[i].domain != NULL;
	}
	snprintf(out, size, "%s", domain || (plain && !has_word(ti, "DEV/WC")) ? "arm-short" : "arm-lpae");
}

static void name_arm64(const struct ptk_text_info *ti, char *out, size_t size)
{
	static const unsigned bits[3][5] = {{36, 39, 48, 52, 0}, {36, 47, 48, 52, 0}, {42, 48, 52, 0, 0}};
	unsigned align = alignment(ti), granule = align >= 16 ? 2 : align >= 14 ? 1 : 0, need = va_bits(ti), i = 0;
	while (bits[granule][i + 1] && bits[granule][i] < need)
		i++;
	snprintf(out, size, "arm64-%uk-%u", 4u << 2 * granule, bits[granule][i]);
}

static void name_riscv(const struct ptk_text_info *ti, char *out, size_t size)
{
	unsigned need = va_bits(ti);
	snprintf(out, size, "riscv-sv%u", ti->va_width == 32 ? 32 : need <= 39 ? 39 : need <= 48 ? 48 : 57);
}

/* An entry above pages maps 2M with PAE, else 4M: what NX tells as well, but not of a CPU that has none. */
static bool has_2m(const struct ptk_text_info *ti)
{
	const uint64_t odd = UINT64_C(1) << 21;
	for (size_t i = 0; i < ti->nlines; i++)
		if (ti->line[i].name && strcmp(ti->line[i].name, "pmd") == 0 && (ti->line[i].first | (ti->line[i].last + 1)) & odd)
			return true;
	return false;
}

static void name_x86(const struct ptk_text_info *ti, char *out, size_t size)
{
	bool la57 = has_level(ti, "p4d");
	for (size_t i = 0; i < ti->nlines; i++)
		la57 |= ti->line[i].first >> 63 && ti->line[i].first < UINT64_C(0xffff800000000000);
	if (ti->va_width == 64)
		snprintf(out, size, "%s", la57 ? "x86-64-la57" : "x86-64");
	else
		snprintf(out, size, "%s", has_word(ti, "NX") || has_2m(ti) ? "x86-pae" : "x86-32");
}

int ptk_text_regime(const struct ptk_text *t, struct ptk_regime *out, struct ptk_err *err)
{
	static const struct {
		const char *arch;
		void (*name)(const struct ptk_text_info *ti, char *out, size_t size);
	} list[] = {{"arm", name_arm}, {"arm64", name_arm64}, {"riscv", name_riscv}, {"x86", name_x86}};
	const struct ptk_text_info *ti = ptk_text_info(t);
	char name[32];
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		if (strcmp(list[i].arch, ti->arch) == 0) {
			list[i].name(ti, name, sizeof name);
			return ptk_regime_parse(name, out, err);
		}
	}
	return ptk_err_set_(err, PTK_E_BUG, "a text of no architecture");
}
