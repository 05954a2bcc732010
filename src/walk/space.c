// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "walk/space.h"

#include "base/err.h"

int ptk_space_init(struct ptk_space *s, struct ptk_mem *mem, const struct ptk_regime *r, uint64_t root,
                   struct ptk_err *err)
{
	if (!is_aligned(root, BIT(r->root_align)))
		return ptk_err_set_(err, PTK_E_INVAL, "root 0x%llx is not aligned to %llu bytes, as %s wants",
		                    (unsigned long long)root, (unsigned long long)BIT(r->root_align), r->name);
	if (root & ~low_bits(r->pa_bits))
		return ptk_err_set_(err, PTK_E_INVAL, "root 0x%llx does not fit in the %u physical address bits of %s",
		                    (unsigned long long)root, r->pa_bits, r->name);
	const struct va_window w = va_shape(r);
	*s = (struct ptk_space){
		.mem = mem,
		.regime = *r,
		.root = root,
		.first = va_at(&w, 0),
		.last = va_at(&w, low_bits(r->va_bits)),
	};
	return 0;
}

int ptk_va_window_(const struct ptk_space *s, uint64_t from, uint64_t to, struct va_window *out, bool *empty,
                   struct ptk_err *err)
{
	const struct ptk_regime *r = &s->regime;
	if (from == 0 && to == 0) {
		from = s->first;
		to = s->last;
	}
	if (from > to || from < s->first || to > s->last)
		return ptk_err_set_(err, PTK_E_RANGE, "window 0x%llx to 0x%llx is not within 0x%llx to 0x%llx",
		                    (unsigned long long)from, (unsigned long long)to, (unsigned long long)s->first,
		                    (unsigned long long)s->last);
	struct va_window w = va_shape(r);
	const uint64_t lowest = va_at(&w, 0), highest = va_at(&w, low_bits(r->va_bits));
	from = from < lowest ? lowest : from;
	to = to > highest ? highest : to;
	if (w.sign) {
		/* An end in the middle that is not canonical moves to the half that the window has. */
		if (from > w.sign - 1 && from < va_at(&w, w.sign))
			from = va_at(&w, w.sign);
		if (to > w.sign - 1 && to < va_at(&w, w.sign))
			to = w.sign - 1;
	}
	*empty = from > to;
	w.from = from & low_bits(r->va_bits);
	w.to = to & low_bits(r->va_bits);
	*out = w;
	return 0;
}
