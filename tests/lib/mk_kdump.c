// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "lib/mk.h"

#include <stdlib.h>
#include <string.h>

/* The packings that this build of the tests has. */
static unsigned can(void)
{
	unsigned mask = 0;
	uint8_t page[4096] = {0}, out[4096];
	static const enum mk_page all[] = {MK_ZLIB, MK_LZO, MK_SNAPPY, MK_ZSTD};
	for (unsigned i = 0; i < 4; i++)
		if (mk_pack_page(all[i], page, sizeof page, out, sizeof out))
			mask |= all[i];
	return mask;
}

/* The next packing after the last one, in turn. */
static enum mk_page next_packing(unsigned mask, unsigned *turn)
{
	static const enum mk_page all[] = {MK_ZLIB, MK_LZO, MK_SNAPPY, MK_ZSTD};
	for (unsigned i = 0; mask && i < 4; i++) {
		enum mk_page p = all[(*turn + i) % 4];
		if (mask & p) {
			*turn += i + 1;
			return p;
		}
	}
	return MK_PLAIN;
}

static void pad_to(struct mk_buf *b, size_t at)
{
	if (b->n < at)
		mk_zero(b, at - b->n);
}

/* C types of the dumped machine. */
static void word(struct mk_buf *b, const struct mk_kdump *how, uint64_t v)
{
	mk_int(b, v, how->wide ? 8 : 4, how->big);
}

static void wide_word(struct mk_buf *b, const struct mk_kdump *how, size_t from, uint64_t v)
{
	if (how->padded)
		mk_zero(b, (8 - (b->n - from) % 8) % 8);
	mk_int(b, v, 8, how->big);
}

static void header(struct mk_buf *b, const struct mk_kdump *how, uint64_t frames, size_t sub_blocks,
                   size_t bitmap_blocks)
{
	mk_bytes(b, how->diskdump ? "DISKDUMP" : "KDUMP   ", 8);
	mk_int(b, how->version, 4, how->big);
	for (unsigned i = 0; i < 6; i++) {
		size_t at = b->n;
		if (i == 4)
			mk_bytes(b, how->machine, strlen(how->machine));
		pad_to(b, at + 65);
	}
	pad_to(b, how->wide ? 424 : 412);
	mk_int(b, how->packings & 0x27, 4, how->big);
	mk_int(b, how->block, 4, how->big);
	mk_int(b, sub_blocks, 4, how->big);
	mk_int(b, bitmap_blocks, 4, how->big);
	mk_int(b, frames > UINT32_MAX ? UINT32_MAX : frames, 4, how->big);
	mk_zero(b, 12);
	mk_int(b, 0, 4, how->big);
	mk_int(b, 1, 4, how->big);
}

static void note(struct mk_buf *b, const struct mk_kdump *how, const char *name, uint32_t type, size_t size,
                 const char *text)
{
	size_t len = strlen(name) + 1;
	mk_int(b, len, 4, how->big);
	mk_int(b, size, 4, how->big);
	mk_int(b, type, 4, how->big);
	mk_bytes(b, name, len);
	mk_zero(b, -len & 3);
	if (text)
		mk_bytes(b, text, size);
	else
		mk_zero(b, size);
	mk_zero(b, -size & 3);
}

/* Each version added to the end of the one before. */
static void sub_header(struct mk_buf *b, const struct mk_kdump *how, uint64_t frames)
{
	static const char info[] = "OSRELEASE=6.12\n";
	struct mk_buf notes = {0};
	size_t from = b->n, data = from + 256;
	uint64_t end = how->split ? how->end : frames, start = how->split ? how->start : 0;
	if (how->prstatus)
		note(&notes, how, "CORE", 1, how->prstatus, NULL);
	if (!how->no_note)
		note(&notes, how, "VMCOREINFO", 0, sizeof info - 1, info);
	word(b, how, how->base ? how->base : how->phys_base);
	if (how->version >= 1)
		mk_int(b, 31, 4, how->big);
	if (how->version >= 2) {
		mk_int(b, how->split, 4, how->big);
		word(b, how, how->version >= 6 ? 0xdead : start); /* obsolete since 6: not to be looked at */
		word(b, how, how->version >= 6 ? 0xdead : end);
	}
	if (how->version >= 3) {
		wide_word(b, how, from, data);
		word(b, how, sizeof info - 1);
	}
	if (how->version >= 4) {
		wide_word(b, how, from, notes.n ? data + 32 : 0);
		word(b, how, notes.n);
	}
	if (how->version >= 5) {
		wide_word(b, how, from, 0);
		word(b, how, 0);
	}
	if (how->version >= 6) {
		wide_word(b, how, from, start);
		wide_word(b, how, from, end);
		wide_word(b, how, from, frames);
	}
	pad_to(b, data);
	mk_bytes(b, info, sizeof info - 1);
	pad_to(b, data + 32);
	mk_bytes(b, notes.p, notes.n);
	mk_free(&notes);
}

static void set_bits(struct mk_buf *b, size_t at, const struct mk_ram *ram, const struct mk_kdump *how)
{
	for (size_t i = 0; i < ram->n; i++)
		for (size_t k = 0; k < ram->region[i].size / how->block; k++) {
			uint64_t f = (ram->region[i].pa - how->base) / how->block + k;
			b->p[at + f / 8] |= (uint8_t)(1 << f % 8);
		}
}

/* One page and its descriptor; two pages of the same bytes share them, as makedumpfile's zero pages do. */
static void page(struct mk_buf *b, size_t desc, const uint8_t *p, const struct mk_kdump *how, unsigned mask,
                 unsigned *turn)
{
	uint8_t *out = malloc(how->block);
	enum mk_page packing = next_packing(mask, turn);
	size_t n = mk_pack_page(packing, p, how->block, out, how->block - 1);
	mk_poke(b, desc, b->n, 8, how->big);
	mk_poke(b, desc + 8, n ? n : how->block, 4, how->big);
	mk_poke(b, desc + 12, n ? packing : 0, 4, how->big);
	mk_bytes(b, n ? out : p, n ? n : how->block);
	free(out);
}

bool mk_kdump(struct mk_buf *b, const struct mk_ram *ram, const struct mk_kdump *how, struct mk_kdump_map *map)
{
	const struct mk_region *last = &ram->region[ram->n - 1];
	uint64_t frames = (last->pa + last->size - how->base) / how->block, first = 0, count = 0;
	size_t bitmap = (frames / 8 + how->block) / how->block, maps = how->diskdump ? 1 : 2;
	unsigned turn = 0;
	if (how->packings & ~can())
		return false;
	/* A bitmap is rounded up to whole blocks, but has none that is all padding. */
	bitmap = ((frames + 7) / 8 + how->block - 1) / how->block;
	header(b, how, frames, 1, maps * bitmap);
	pad_to(b, how->block);
	sub_header(b, how, frames);
	pad_to(b, 2 * how->block);
	size_t bits = b->n, descs = bits + maps * bitmap * how->block;
	pad_to(b, descs);
	for (size_t i = 0; i < maps; i++)
		set_bits(b, bits + i * bitmap * how->block, ram, how);
	for (unsigned fill = 0; fill < 2; fill++) {
		first = 0;
		for (size_t i = 0; i < ram->n; i++)
			for (size_t k = 0; k < ram->region[i].size / how->block; k++) {
				uint64_t f = (ram->region[i].pa - how->base) / how->block + k;
				if (how->split && (f < how->start || f >= how->end))
					continue;
				if (fill)
					page(b, descs + first * 24, ram->region[i].data + k * how->block, how,
					     how->packings, &turn);
				first++;
			}
		if (!fill)
			mk_zero(b, first * 24);
		count = first;
	}
	if (map)
		*map = (struct mk_kdump_map){how->wide ? 424 : 412, how->block, bits + (maps - 1) * bitmap * how->block,
		                             descs};
	return count || how->split;
}
