// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * NUMA nodes of a picture, by node_data and what VMCOREINFO tells of struct pglist_data. Struct pages of a section lie in
 * memory of its own node; what alloc_node_data() (mm/numa.c; setup_node_data() of drivers/base/arch_numa.c) and
 * numa_alloc_distance() took before them is no more free then.
 */
#include <stdio.h>

#include "base/bits.h"
#include "linux/boot/boot.h"
#include "linux/vmcoreinfo.h"

#define NODES_MAX 1024         /* CONFIG_NODES_SHIFT is 10 at most */
#define NODE_MOST (1u << 24)   /* a struct pglist_data has some 100K: more is none */

struct nodes {
	struct ptk_machine *m;
	struct ptk_linux *lx;
	struct ptk_space space;
	uint64_t size, start, spanned; /* of struct pglist_data, and where in it these are */
	unsigned word;
};

static bool told(const struct nodes *n, const char *kind, const char *name, uint64_t *v)
{
	return n->lx->vmcoreinfo && ptk_vmcoreinfo_decimal_(n->lx->vmcoreinfo, kind, name, v);
}

static bool read_word(const struct nodes *n, uint64_t va, uint64_t *v)
{
	return boot_read_number_(n->lx, va, n->word, v) == 0;
}

static void reserve(const struct nodes *n, uint64_t pa, uint64_t size, const char *name)
{
	if (size && size <= NODE_MOST && boot_bank_(n->m, pa) && boot_bank_(n->m, pa + size - 1))
		boot_machine_reserve_(n->m, pa, pa + size - 1, name);
}

static void one(const struct nodes *n, unsigned nid, uint64_t va, uint64_t unit)
{
	uint64_t pa, first, pages;
	char name[32];
	if (ptk_translate(&n->space, va, &pa) != 1 || !read_word(n, va + n->start, &first) ||
	    !read_word(n, va + n->spanned, &pages) || !pages || first >= BIT(44) || pages >= BIT(44))
		return;
	unsigned shift = n->lx->layout.page_shift;
	snprintf(name, sizeof name, "node %u", nid);
	reserve(n, pa, n->size < NODE_MOST ? round_up(n->size, unit) : 0, name);
	boot_machine_node_(n->m, first << shift, ((first + pages) << shift) - 1, pa);
}

static void distances(const struct nodes *n)
{
	uint64_t va, pa, count;
	if (boot_read_symbol_(n->lx, "numa_distance", n->word, &va) < 0 || ptk_translate(&n->space, va, &pa) != 1 ||
	    boot_read_symbol_(n->lx, "numa_distance_cnt", 4, &count) < 0 || !count || count > NODES_MAX)
		return;
	reserve(n, pa, count * count, "node distances");
}

/* Nodes that take turns span each other: whose memory is whose is not known then. */
static bool take_turns(const struct ptk_machine_info *info)
{
	for (size_t i = 1; i < info->nnodes; i++)
		for (size_t k = 0; k < i; k++)
			if (info->node[i].first <= info->node[k].last && info->node[k].first <= info->node[i].last)
				return true;
	return false;
}

void boot_like_nodes_(struct ptk_machine *m, struct ptk_linux *lx, uint64_t unit)
{
	struct nodes n = {.m = m, .lx = lx, .word = lx->info.regime.va_width == 32 ? 4 : 8};
	uint64_t table, count, va;
	bool named = ptk_linux_symbol(lx, "node_data", &table) == 0 ||
	             (lx->vmcoreinfo && ptk_vmcoreinfo_symbol_(lx->vmcoreinfo, "node_data", &table));
	/* MAX_NUMNODES; x86 alone tells it. */
	bool counted = boot_read_symbol_(lx, "nr_node_ids", 4, &count) == 0 || told(&n, "LENGTH", "node_data", &count);
	if (!named || !counted ||
	    !told(&n, "SIZE", "pglist_data", &n.size) || !told(&n, "OFFSET", "pglist_data.node_start_pfn", &n.start) ||
	    !told(&n, "OFFSET", "pglist_data.node_spanned_pages", &n.spanned) || boot_kernel_space_(lx, &n.space) < 0)
		return;
	for (unsigned i = 0; i < count && i < NODES_MAX; i++)
		if (read_word(&n, table + i * n.word, &va) && va)
			one(&n, i, va, unit);
	distances(&n);
	if (take_turns(&m->info))
		m->info.nnodes = 0;
}
