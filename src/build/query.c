// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What a range holds, in sum. */
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "build/plan.h"

struct sum {
	const struct ptk_regime *r;
	struct ptk_build_query q;
	uint64_t next, next_pa; /* where a linear mapping would go on */
	bool any;
};

static bool alike(const struct ptk_attr *a, const struct ptk_attr *b)
{
	return a->flags == b->flags && a->mem == b->mem && a->memidx == b->memidx && a->share == b->share &&
	       a->key == b->key && a->sw == b->sw;
}

static int add(void *arg, const struct ptk_range *range)
{
	struct sum *s = arg;
	uint64_t pages = ((range->last - range->first) >> s->r->page_shift) + 1;
	if (range->kind != PTK_LEAF) {
		s->q.absent += pages;
		return PTK_GO;
	}
	if (s->q.whole && range->first != s->next) {
		s->q.whole = false;
		s->q.hole = s->next;
	}
	if (!s->any) {
		s->q.pa = range->pa;
		s->q.attr = range->attr;
		s->any = true;
	} else {
		s->q.uniform &= alike(&s->q.attr, &range->attr);
		s->q.linear &= range->pa == s->next_pa;
	}
	s->q.linear &= !range->repeat;
	s->q.pages += pages;
	s->q.leaves[range->level] += pages;
	s->next = range->last + 1;
	s->next_pa = range->pa + (range->last - range->first) + 1;
	return PTK_GO;
}

int ptk_build_query(const struct ptk_space *s, uint64_t first, uint64_t last, struct ptk_build_query *out,
                    struct ptk_err *err)
{
	if (last < first || first < s->first || last > s->last)
		return ptk_err_set_(err, PTK_E_RANGE, "[0x%llx, 0x%llx] is not translated here", (unsigned long long)first,
		                    (unsigned long long)last);
	struct sum sum = {.r = &s->regime, .next = first, .q = {.whole = true, .uniform = true, .linear = true,
	                  .pa = PTK_NO_PA}};
	struct ptk_range_opts opts = {.from = first, .to = last};
	int rc = ptk_ranges(s, &opts, add, &sum, NULL, err);
	if (rc < 0)
		return rc;
	/* The end was reached if the next address is the one after last, which may be 0. */
	if (sum.q.whole && (!sum.any || sum.next != last + 1)) {
		sum.q.whole = false;
		sum.q.hole = sum.next;
	}
	sum.q.linear &= sum.q.whole;
	*out = sum.q;
	return 0;
}

uint64_t ptk_tlb_operand(const struct ptk_regime *r, uint64_t va, uint16_t asid)
{
	const char *arch = ptk_regime_arch(r);
	/* DDI 0487 C5.5, TLBI VAE1IS: VA[55:12] in bits 43:0 for every granule, ASID in 63:48. */
	if (strcmp(arch, "arm64") == 0)
		return field_get(va, 55, 12) | (uint64_t)asid << 48;
	/* DDI 0406 B4.1.135, TLBIMVAIS: VA[31:12] in place, ASID in 7:0. */
	if (strcmp(arch, "arm") == 0)
		return (va & GENMASK(31, 12)) | (asid & 0xff);
	return va;
}
