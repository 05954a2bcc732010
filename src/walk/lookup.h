/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The steps of looking up one address, inlined into both translations: one by one and batch. */
#ifndef WALK_LOOKUP_H
#define WALK_LOOKUP_H

#include "arch/arch.h"
#include "base/endian.h"
#include "mem/mem.h"
#include "walk/scan.h"
#include "walk/space.h"

/* What an entry means for a lookup. The first two are ptk_translate()'s results. */
enum {
	LOOKUP_NONE = 0,
	LOOKUP_MAPPED = 1,
	LOOKUP_TABLE = 2,
};

/* The offset of an address within what the tables translate; false: it is outside. */
static inline bool va_offset(const struct ptk_space *s, const struct va_window *shape, uint64_t va, uint64_t *offset)
{
	const struct ptk_regime *r = &s->regime;
	const uint64_t low = va & low_bits(r->va_bits), canonical = va_at(shape, low);
	*offset = low;
	/* An address that is not canonical may still have a tag that the regime ignores. */
	return canonical >= s->first && canonical <= s->last && (va == canonical || ptk_va_valid(r, va));
}

/* Whether entries are in the other byte order than the host's. */
static inline bool mem_swapped(const struct ptk_mem *mem)
{
	return mem->info.big_endian != (__BYTE_ORDER == __BIG_ENDIAN);
}

/* Put an entry in host byte order. */
static inline uint64_t to_host(uint64_t raw, unsigned entry_shift)
{
	return entry_shift == 3 ? __builtin_bswap64(raw) : __builtin_bswap32((uint32_t)raw);
}

/* The bytes at a physical address if they are in this piece of memory, NULL otherwise. */
static inline const uint8_t *piece_at(const struct ptk_piece *piece, uint64_t pa, size_t size)
{
	const uint64_t at = pa - piece->first, last = piece->last - piece->first;
	return at <= last && last - at >= size - 1 ? piece->data + at : NULL;
}

/* The same in any memory: the piece that served last is tried without a call. */
static inline const uint8_t *mem_at(struct ptk_mem *mem, uint64_t pa, size_t size)
{
	const uint8_t *p = mem->npieces ? piece_at(&mem->piece[mem->hit], pa, size) : NULL;
	return p ? p : ptk_mem_map(mem, pa, size);
}

/* Load the entry at a physical address, in host byte order. */
static inline int mem_entry(struct ptk_mem *mem, uint64_t pa, unsigned entry_shift, bool swap, uint64_t *raw)
{
	const size_t size = (size_t)1 << entry_shift;
	const uint8_t *p = mem_at(mem, pa, size);
	uint8_t buf[8];
	if (!p) {
		int rc = ptk_mem_read(mem, pa, buf, size, NULL);
		if (rc < 0)
			return rc;
		p = buf;
	}
	*raw = load_entry(p, entry_shift);
	if (swap)
		*raw = to_host(*raw, entry_shift);
	return 0;
}

/* An entry that neither form of its level knows: by the full decoder. Its address, as lookup(). */
int ptk_lookup_odd_(const struct ptk_regime *r, int level, uint64_t raw, uint64_t offset, uint64_t *pa);

/* What an entry says of an offset: LOOKUP_*, and in *pa the next table or the address it lands at. */
static inline int lookup(const struct ptk_regime *r, int level, uint64_t raw, uint64_t offset, uint64_t *pa)
{
	const struct ptk_level *lv = &r->level[level];
	if (form_match(&lv->table_form, raw)) {
		*pa = form_pa(&lv->table_form, raw);
		return LOOKUP_TABLE;
	}
	if (form_match(&lv->leaf_form, raw)) {
		*pa = form_pa(&lv->leaf_form, raw) + (offset & low_bits(lv->shift));
		return LOOKUP_MAPPED;
	}
	return ptk_lookup_odd_(r, level, raw, offset, pa);
}

#endif
