// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The mappings of a process, and what each is called: show_map_vma() of fs/proc/task_mmu.c. */
#include "base/grow.h"
#include "linux/proc/vma.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <ptkit/process.h>

#define VMA_SIZE_MAX 1024u
#define VMAS_MAX (1u << 20) /* sysctl vm.max_map_count is 65530 */
#define PATH 4096

struct layout {
	unsigned mmap;                                               /* mm_struct, until 6.0 */
	unsigned start_brk, brk, start_stack;                        /* mm_struct */
	unsigned start, end, flags, pgoff, file, next, ops, private; /* vm_area_struct */
	unsigned ops_name, special_name;                             /* vm_operations_struct, vm_special_mapping */
	unsigned anon_name, anon_text; /* vm_area_struct, anon_vma_name; 0: not this kernel */
};

#define AT(m) offsetof(struct layout, m)

static const struct lx_want wanted[] = {
        {"mm_struct", "start_brk", AT(start_brk), 1, true},
        {"mm_struct", "brk", AT(brk), 1, true},
        {"mm_struct", "start_stack", AT(start_stack), 1, true},
        {"vm_area_struct", "vm_start", AT(start), 1, true},
        {"vm_area_struct", "vm_end", AT(end), 1, true},
        {"vm_area_struct", "vm_flags", AT(flags), 0, true},
        {"vm_area_struct", "vm_pgoff", AT(pgoff), 1, true},
        {"vm_area_struct", "vm_file", AT(file), 1, true},
        {"vm_area_struct", "vm_ops", AT(ops), 1, true},
        {"vm_area_struct", "vm_private_data", AT(private), 1, true},
        {"vm_operations_struct", "name", AT(ops_name), 1, true},
        {"vm_special_mapping", "name", AT(special_name), 1, true},
        {"vm_area_struct", "anon_name", AT(anon_name), 1, false},
};

/* Asked for only where a mapping has one: what is not there is looked for in all of a vmlinux. */
static const struct lx_want named[] = {
        {"anon_vma_name", "name", AT(anon_text), 0, false},
};

static const struct lx_want listed[] = {
        {"mm_struct", "mmap", AT(mmap), 1, true},
        {"vm_area_struct", "vm_next", AT(next), 1, true},
};

struct gather {
	struct ptk_linux *lx;
	struct lx_kmem k;
	struct layout l;
	struct lx_path_layout path;
	struct lx_maple_layout maple;
	bool is_maple;
	uint64_t brk, start_brk, stack;
	struct ptk_vma *vma;
	size_t n, room;
	bool damaged;
};

/* ---- names ---- */

static const char *text(struct gather *g, uint64_t va, const char *before, const char *after)
{
	char s[128];
	size_t n = ptk_kmem_some_(&g->k, va, s, sizeof s - 1);
	s[n] = 0;
	for (n = 0; s[n]; n++)
		if (s[n] < ' ' || s[n] > '~')
			s[n] = '?';
	return ptk_lx_printf_(&g->lx->arena, "%s%s%s", before, s, after);
}

/*
 * Mappings that the kernel makes itself have operations with a name() that says what their vm_special_mapping is
 * called, always in brackets.
 */
static const char *special(struct gather *g, const uint8_t *vma)
{
	uint64_t ops = lx_word(&g->k, vma + g->l.ops), private = lx_word(&g->k, vma + g->l.private), name, va;
	char bracket;
	if (!ops || !private || !ptk_kmem_word_(&g->k, ops + g->l.ops_name, &name) || !name ||
	    !ptk_kmem_word_(&g->k, private + g->l.special_name, &va) || !ptk_kmem_read_(&g->k, va, &bracket, 1) ||
	    bracket != '[')
		return NULL;
	return text(g, va, "", "");
}

static const char *file_name(struct gather *g, uint64_t file, struct ptk_vma *out)
{
	char path[PATH];
	if (!ptk_path_(&g->k, &g->path, file, path, sizeof path, &out->ino))
		return "?";
	return ptk_lx_printf_(&g->lx->arena, "%s", path);
}

static const char *name_of(struct gather *g, const uint8_t *p, struct ptk_vma *out)
{
	uint64_t file = lx_word(&g->k, p + g->l.file), anon, end = out->last + 1;
	const char *name;
	if (file) {
		out->offset = lx_word(&g->k, p + g->l.pgoff) << g->lx->info.regime.page_shift;
		return file_name(g, file, out);
	}
	name = special(g, p);
	if (name)
		return name;
	if (out->first <= g->brk && end >= g->start_brk)
		return "[heap]";
	if (out->first <= g->stack && end >= g->stack)
		return "[stack]";
	anon = g->l.anon_name && g->l.anon_text ? lx_word(&g->k, p + g->l.anon_name) : 0;
	return anon ? text(g, anon + g->l.anon_text, "[anon:", "]") : "";
}

/* ---- the list ---- */

static unsigned vma_size(const struct layout *l)
{
	const unsigned at[] = {l->start, l->end, l->flags,   l->pgoff,    l->file,
	                       l->next,  l->ops, l->private, l->anon_name};
	unsigned size = 0;
	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		size = at[i] + 8 > size ? at[i] + 8 : size;
	return size;
}

/* They come in order and do not overlap, so that a list that loops comes to an end. */
static int add(void *arg, uint64_t va)
{
	struct gather *g = arg;
	const struct layout *l = &g->l;
	uint8_t p[VMA_SIZE_MAX];
	if (!ptk_kmem_read_(&g->k, va, p, vma_size(l))) {
		g->damaged = true;
		return 0;
	}
	uint64_t start = lx_word(&g->k, p + l->start), end = lx_word(&g->k, p + l->end);
	if (start >= end || (g->n && start <= g->vma[g->n - 1].last) || g->n == VMAS_MAX) {
		g->damaged = true;
		return g->is_maple && g->n < VMAS_MAX ? 0 : 1;
	}
	struct ptk_vma *vma = grow_(g->vma, g->n, &g->room, 64, sizeof *vma);
	if (!vma)
		return PTK_E_NOMEM;
	g->vma = vma;
	struct ptk_vma out = {.first = start, .last = end - 1, .flags = lx_word(&g->k, p + l->flags)};
	out.name = name_of(g, p, &out);
	if (!out.name)
		return PTK_E_NOMEM;
	g->vma[g->n++] = out;
	return 0;
}

/* Until 6.0: mm->mmap, and on by vm_next. */
static int each_listed(struct gather *g, uint64_t mm)
{
	uint64_t va;
	int rc = ptk_kmem_word_(&g->k, mm + g->l.mmap, &va) ? 0 : 1;
	g->damaged |= rc;
	while (rc == 0 && va) {
		rc = add(g, va);
		if (rc == 0 && !ptk_kmem_word_(&g->k, va + g->l.next, &va)) {
			g->damaged = true;
			break;
		}
		rc = rc == 0 && g->damaged ? 1 : rc;
	}
	return rc;
}

static bool know(struct gather *g)
{
	struct ptk_linux *lx = g->lx;
	g->is_maple = ptk_maple_layout_(lx, &g->maple);
	return ptk_types_fill_(lx, wanted, sizeof wanted / sizeof *wanted, &g->l) &&
	       (!g->l.anon_name || ptk_types_fill_(lx, named, 1, &g->l)) && ptk_path_layout_(lx, &g->path) &&
	       (g->is_maple || ptk_types_fill_(lx, listed, 2, &g->l)) && vma_size(&g->l) <= VMA_SIZE_MAX;
}

static int gather(struct gather *g, uint64_t mm)
{
	int rc;
	if (!ptk_kmem_word_(&g->k, mm + g->l.start_brk, &g->start_brk) ||
	    !ptk_kmem_word_(&g->k, mm + g->l.brk, &g->brk) || !ptk_kmem_word_(&g->k, mm + g->l.start_stack, &g->stack))
		g->damaged = true;
	if (g->is_maple) {
		rc = ptk_maple_each_(&g->k, &g->maple, mm, add, g);
		g->damaged |= rc > 0;
	} else {
		rc = each_listed(g, mm);
	}
	return rc < 0 ? rc : 0;
}

int ptk_vma_list_(struct ptk_linux *lx, uint64_t mm, struct lx_vma_list *out)
{
	struct gather g = {.lx = lx};
	int rc = ptk_kmem_init_(lx, &g.k);
	out->why = ptk_types_why_(lx);
	if (rc < 0 || !know(&g))
		return PTK_E_NOTFOUND;
	rc = gather(&g, mm);
	if (rc >= 0) {
		struct ptk_vma *vma = ptk_lx_alloc_(&lx->arena, (g.n + 1) * sizeof *vma);
		if (vma && g.n)
			memcpy(vma, g.vma, g.n * sizeof *vma);
		*out = (struct lx_vma_list){.vma = vma, .n = g.n};
		if (g.damaged)
			out->why = ptk_lx_printf_(&lx->arena,
			                          "the mappings of the mm at 0x%" PRIx64 " are damaged; %zu were found",
			                          mm, g.n);
		rc = vma && (!g.damaged || out->why) ? 0 : PTK_E_NOMEM;
	}
	free(g.vma);
	return rc;
}
