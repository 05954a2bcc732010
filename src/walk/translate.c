// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* One address. */
#include "base/endian.h"
#include "base/err.h"
#include "walk/lookup.h"

static int read_entry(const struct ptk_space *s, uint64_t pa, uint64_t *raw, struct ptk_err *err)
{
	const bool big = ptk_mem_info(s->mem)->big_endian;
	uint8_t buf[8];
	int rc = ptk_mem_read(s->mem, pa, buf, (size_t)1 << s->regime.entry_shift, err);
	if (rc >= 0)
		*raw = s->regime.entry_shift == 3 ? load64(buf, big) : load32(buf, big);
	return rc;
}

static int unreadable(const struct ptk_space *s, int level, struct ptk_path *out, int rc, struct ptk_err *err)
{
	const uint64_t table = out->nsteps ? out->step[out->nsteps - 1].entry.pa : s->root;
	out->outcome = PTK_UNREADABLE;
	out->error = rc;
	ptk_err_add_(err, rc, "translating 0x%llx: %s table at 0x%llx", (unsigned long long)out->va,
	             s->regime.level[level].name, (unsigned long long)table);
	ptk_err_at_(err, table, level);
	return PTK_UNREADABLE;
}

/* The outcome that a kind of entry ends a translation with. */
static enum ptk_outcome outcome_of(uint8_t kind)
{
	switch ((enum ptk_kind)kind) {
	case PTK_LEAF: return PTK_MAPPED;
	case PTK_NONE: return PTK_UNMAPPED;
	case PTK_NOT_PRESENT: return PTK_ABSENT;
	case PTK_RESERVED:
	case PTK_TABLE: break; /* a table where none can be */
	}
	return PTK_FAULT;
}

int ptk_walk(const struct ptk_space *s, uint64_t va, struct ptk_path *out, struct ptk_err *err)
{
	const struct ptk_regime *r = &s->regime;
	const struct va_window shape = va_shape(r);
	uint64_t offset, table = s->root, inherit = 0;
	*out = (struct ptk_path){.va = va, .pa = PTK_NO_PA, .outcome = PTK_OUTSIDE};
	if (!va_offset(s, &shape, va, &offset))
		return PTK_OUTSIDE;
	for (int level = r->nlevels - 1;; level--) {
		struct ptk_step *step = &out->step[out->nsteps];
		const uint32_t index = ptk_level_index(r, level, offset);
		const uint64_t entry_pa = table + ((uint64_t)index << r->entry_shift);
		uint64_t raw;
		int rc = read_entry(s, entry_pa, &raw, err);
		if (rc < 0)
			return unreadable(s, level, out, rc, err);
		*step = (struct ptk_step){.table = table, .entry_pa = entry_pa, .inherit = inherit, .index = index};
		ptk_entry_decode(r, level, raw, &step->entry);
		out->nsteps++;
		if (step->entry.kind != PTK_TABLE || level == 0) {
			out->outcome = (uint8_t)outcome_of(step->entry.kind);
			break;
		}
		table = step->entry.pa;
		inherit |= step->entry.inherit;
	}
	if (out->outcome == PTK_MAPPED) {
		const struct ptk_entry *leaf = &out->step[out->nsteps - 1].entry;
		out->pa = leaf->pa + (offset & (leaf->span - 1));
		ptk_entry_effective(r, inherit, leaf, &out->attr);
	}
	return out->outcome;
}

/* With a constant for entry_shift, so that each width has a loop of its own. */
__attribute__((always_inline)) static inline int translate(const struct ptk_space *s, uint64_t offset,
                                                           unsigned entry_shift, uint64_t *pa)
{
	const struct ptk_regime *r = &s->regime;
	const bool swap = mem_swapped(s->mem);
	uint64_t at = s->root;
	for (int level = r->nlevels - 1; level >= 0; level--) {
		uint64_t raw;
		int rc = mem_entry(s->mem, at + ((uint64_t)ptk_level_index(r, level, offset) << entry_shift), entry_shift,
		                   swap, &raw);
		if (rc < 0)
			return rc;
		rc = lookup(r, level, raw, offset, &at);
		if (rc == LOOKUP_MAPPED)
			*pa = at;
		if (rc != LOOKUP_TABLE)
			return rc;
	}
	return LOOKUP_NONE;
}

int ptk_translate(const struct ptk_space *s, uint64_t va, uint64_t *pa)
{
	const struct va_window shape = va_shape(&s->regime);
	uint64_t offset;
	if (!va_offset(s, &shape, va, &offset))
		return LOOKUP_NONE;
	return s->regime.entry_shift == 3 ? translate(s, offset, 3, pa) : translate(s, offset, 2, pa);
}

int ptk_lookup_odd_(const struct ptk_regime *r, int level, uint64_t raw, uint64_t offset, uint64_t *pa)
{
	struct ptk_entry e;
	if (raw == 0)
		return LOOKUP_NONE;
	ptk_entry_decode(r, level, raw, &e);
	if (e.kind == PTK_LEAF) {
		*pa = e.pa + (offset & (e.span - 1));
		return LOOKUP_MAPPED;
	}
	if (e.kind == PTK_TABLE && level > 0) {
		*pa = e.pa;
		return LOOKUP_TABLE;
	}
	return LOOKUP_NONE;
}
