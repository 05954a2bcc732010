// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Maple trees (include/linux/maple_tree.h): nodes of 256 bytes; a pointer to a node has bit 1 set in the root, and the
 * node's type in bits 6:3. Slot i holds what lies between pivot i - 1 and pivot i; a pivot of 0 behind the first, or
 * beyond the last, means the upper end of the node's own range.
 */
#include "base/bits.h"
#include "linux/proc/vma.h"

#define NODE 256
#define HEIGHT 16            /* a tree of as many levels has more than any process */
#define NODES_MAX (1u << 18) /* that are looked at */

enum maple_type {
	MAPLE_DENSE,
	MAPLE_LEAF,
	MAPLE_RANGE,
	MAPLE_ARANGE,
};

struct walk {
	struct lx_kmem *k;
	const struct lx_maple_layout *l;
	lx_entry_fn *fn;
	void *arg;
	unsigned nodes;
	bool damaged;
};

bool ptk_maple_layout_(struct ptk_linux *lx, struct lx_maple_layout *out)
{
	const unsigned w = lx->info.regime.va_width / 8u;
	struct lx_member root, pivot, slot, gap_pivot, gap_slot;
	if (!ptk_types_member_(lx, "mm_struct", "mm_mt.ma_root", &root) ||
	    !ptk_types_member_(lx, "maple_range_64", "pivot", &pivot) ||
	    !ptk_types_member_(lx, "maple_range_64", "slot", &slot) ||
	    !ptk_types_member_(lx, "maple_arange_64", "pivot", &gap_pivot) ||
	    !ptk_types_member_(lx, "maple_arange_64", "slot", &gap_slot))
		return false;
	*out = (struct lx_maple_layout){root.offset,      pivot.offset,    slot.offset,      slot.size / w,
	                                gap_pivot.offset, gap_slot.offset, gap_slot.size / w};
	return slot.size && gap_slot.size && slot.offset + (uint64_t)slot.size <= NODE &&
	       gap_slot.offset + (uint64_t)gap_slot.size <= NODE && pivot.offset + slot.size - w <= NODE &&
	       gap_pivot.offset + gap_slot.size - w <= NODE;
}

static int node(struct walk *w, uint64_t at, uint64_t min, uint64_t max, unsigned height);

static int slot(struct walk *w, uint64_t entry, bool leaf, uint64_t min, uint64_t max, unsigned height)
{
	if (!entry)
		return 0;
	return leaf ? w->fn(w->arg, entry) : node(w, entry, min, max, height + 1);
}

static int node(struct walk *w, uint64_t at, uint64_t min, uint64_t max, unsigned height)
{
	const struct lx_maple_layout *l = w->l;
	const unsigned type = at >> 3 & 15, word = w->k->word;
	const bool gaps = type == MAPLE_ARANGE;
	const unsigned slots = gaps ? l->gap_slots : l->slots, pivots = gaps ? l->gap_pivot : l->pivot;
	uint8_t p[NODE];
	w->damaged |= type == MAPLE_DENSE || type > MAPLE_ARANGE || height > HEIGHT || w->nodes == NODES_MAX ||
	              !ptk_kmem_read_(w->k, at & ~(uint64_t)(NODE - 1), p, NODE);
	if (w->damaged)
		return 0;
	w->nodes++;
	for (unsigned i = 0; i < slots; i++) {
		uint64_t pivot = i + 1 < slots ? lx_word(w->k, p + pivots + i * word) : max;
		pivot = pivot ? pivot : max;
		if (pivot < min || pivot > max) {
			w->damaged = true;
			return 0;
		}
		int rc = slot(w, lx_word(w->k, p + (gaps ? l->gap_slot : l->slot) + i * word), type == MAPLE_LEAF, min,
		              pivot, height);
		if (rc || w->damaged || pivot == max)
			return rc;
		min = pivot + 1;
	}
	return 0;
}

int ptk_maple_each_(struct lx_kmem *k, const struct lx_maple_layout *l, uint64_t mm, lx_entry_fn *fn, void *arg)
{
	struct walk w = {.k = k, .l = l, .fn = fn, .arg = arg};
	uint64_t root;
	int rc = 0;
	if (!ptk_kmem_word_(k, mm + l->root, &root))
		return 1;
	if ((root & 3) == 2 && root > 4096)
		rc = node(&w, root, 0, k->word == 8 ? UINT64_MAX : UINT32_MAX, 0);
	else if (root)
		rc = fn(arg, root);
	return rc ? rc : w.damaged;
}
