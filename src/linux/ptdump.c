// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Makes the notes: what mm/ptdump.c and mm/pagewalk.c (arm: arch/arm/mm/dump.c) call for the tables of one space.
 * The notes, in address order, are one for each empty upper entry, each huge page, and each entry of each last-level
 * table. An upper entry that is none of these and not present makes no note, so the range before it grows over it.
 *
 * A table that cannot be read makes the note of an empty entry: nothing is known to be mapped there, and what comes
 * before must not seem to reach over it.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/bits.h"
#include "base/cleanup.h"
#include "base/endian.h"
#include "base/err.h"
#include <ptkit/process.h>

#include "linux/ptdump.h"

/* Whether a table is one of KASAN's early shadow, and the value of the last-level entries it leads to. */
struct early {
	uint64_t pa, value;
	bool known, is;
};

/* The walk in progress. */
struct dump {
	struct ptd *d;
	const struct ptd_profile *p;
	const struct ptk_regime *r;
	const struct ptk_space *space;
	struct ptd_range range;               /* being walked */
	struct ptd_range shadow;
	uint64_t mask[PTK_LEVELS_MAX];        /* bits compared, by level */
	const char *leaf_name[PTK_LEVELS_MAX], *hole_name[PTK_LEVELS_MAX];
	uint64_t above[PTK_LEVELS_MAX];       /* x86: effective rights of what led to this level's table */
	uint64_t last_eff;                    /* x86: of the last-level entry seen last */
	uint64_t table_raw;                   /* the table entry seen last, and its level */
	int table_level;
	struct early early[PTK_LEVELS_MAX];   /* the tables of this level seen last in KASAN's shadow */
	uint64_t *scratch;                    /* room for a table */
};

#define ARCH(name) extern const struct ptd_arch ptk_ptd_arch_##name;
#define X(name) ARCH(name)
#include "linux/ptdump-list.h"
#undef X

const struct ptd_profile *ptk_ptd_profile_(enum lx_arch arch, uint64_t version)
{
	static const struct ptd_arch *const list[] = {
#define X(name) &ptk_ptd_arch_##name,
#include "linux/ptdump-list.h"
#undef X
	};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		if (list[i]->arch != arch)
			continue;
		size_t n = list[i]->nprofiles;
		while (version && n > 1 && list[i]->profile[n - 1].since > version)
			n--;
		return &list[i]->profile[n - 1];
	}
	return NULL;
}

/* ---- effective rights, x86 ---- */

#define X86_RW BIT(1)
#define X86_USER BIT(2)
#define X86_NX BIT(63)

/* effective_prot() of arch/x86/mm/dump_pagetables.c. The top level's own flags beyond these are never compared. */
static uint64_t effective(const struct dump *w, int level, uint64_t raw)
{
	uint64_t up = w->above[level];
	uint64_t nx = w->mask[level] & X86_NX;
	return (up & raw & (X86_RW | X86_USER)) | ((up | raw) & nx);
}

static uint64_t table_pa(const struct dump *w, int level, uint64_t raw)
{
	return form_pa(&w->r->level[level].table_form, raw);
}

/* ---- feeding the machine ---- */

/* Physical address in an entry of riscv: pte_pfn(). */
static uint64_t riscv_pa(const struct dump *w, uint64_t raw)
{
	uint64_t pfn = field_get(raw, w->r->entry_shift == 2 ? 31 : 53, 10);
	if (w->p->rules & PTD_NAPOT && w->r->flags & PTK_RF_SVNAPOT && raw & BIT(63))
		pfn &= pfn - 1;
	return (pfn << 12) & ptk_va_max(w->r);
}

/* A run that the walker tells of a whole subtree of equal entries goes round its table many times. */
static int entry_at(const struct dump *w, uint64_t table, int level, uint64_t index, uint64_t *raw)
{
	unsigned char bytes[8];
	size_t size = (size_t)1 << w->r->entry_shift;
	bool big = ptk_mem_info(w->space->mem)->big_endian;
	index &= low_bits(w->r->level[level].bits);
	int rc = ptk_mem_read(w->space->mem, table + index * size, bytes, size, NULL);
	if (rc >= 0)
		*raw = size == 4 ? load32(bytes, big) : load64(bytes, big);
	return rc;
}

/* Feed a run of equal notes; of all but the first only those that reach a marker do anything. */
static void feed(struct dump *w, struct ptd_note *n, const struct ptk_run *run, uint64_t span)
{
	uint64_t va = n->va, count = run->count;
	/* A window that starts inside an entry: the first note is at the window's start. */
	if (va < w->range.first)
		n->va = w->range.first;
	ptk_ptd_note_(w->d, n);
	for (uint64_t i = 0; (i = ptk_ptd_next_(w->d, va, count, span, i)) < count;) {
		uint64_t raw;
		n->va = va + i * span;
		if (w->p->rules & PTD_PA && n->prot && entry_at(w, run->table, run->level, run->index + i, &raw) >= 0)
			n->pa = riscv_pa(w, raw);
		ptk_ptd_note_(w->d, n);
	}
}

/*
 * The walker tells a subtree that it knows to be one entry all over as one run, without the tables between. Their
 * rights count too; each of them is one entry all over.
 */
static void catch_up(struct dump *w, int level)
{
	uint64_t raw = w->table_raw;
	for (int at = w->table_level - 1; at > level; at--) {
		if (entry_at(w, table_pa(w, at + 1, raw), at, 0, &raw) < 0)
			return;
		w->above[at - 1] = effective(w, at, raw);
	}
}

static void note_hole(struct dump *w, const struct ptk_run *run)
{
	struct ptd_note n = {
		.va = run->va,
		.name = w->hole_name[run->level],
		.level = (int8_t)run->level,
		.domain = PTD_NO_DOMAIN,
	};
	feed(w, &n, run, ptk_level_size(w->r, run->level));
}

static void note_leaf(struct dump *w, const struct ptk_run *run)
{
	struct ptd_note n = {
		.va = run->va,
		.prot = run->raw & w->mask[run->level],
		.name = w->leaf_name[run->level],
		.level = (int8_t)run->level,
		.domain = PTD_NO_DOMAIN,
	};
	if (w->p->rules & PTD_EFFECTIVE)
		n.eff = effective(w, run->level, run->raw);
	if (w->p->rules & PTD_PA)
		n.pa = riscv_pa(w, run->raw);
	feed(w, &n, run, ptk_level_size(w->r, run->level));
}

/* ---- KASAN ---- */

static int read_table(const struct dump *w, int level, uint64_t pa)
{
	return ptk_mem_read(w->space->mem, pa, w->scratch, ptk_table_size(w->r, level), NULL);
}

static uint64_t scratch_entry(const struct dump *w, size_t i)
{
	bool big = ptk_mem_info(w->space->mem)->big_endian;
	const unsigned char *p = (const unsigned char *)w->scratch;
	return w->r->entry_shift == 2 ? load32(p + i * 4, big) : load64(p + i * 8, big);
}

/* All entries are one value, and it is not 0. */
static bool is_uniform(const struct dump *w, int level, uint64_t *value)
{
	size_t size = ptk_table_size(w->r, level);
	size_t entry = (size_t)1 << w->r->entry_shift;
	*value = scratch_entry(w, 0);
	return *value && memcmp(w->scratch, (const char *)w->scratch + entry, size - entry) == 0;
}

/*
 * Whether a table is one of kasan_early_shadow_{p4d,pud,pmd,pte}: all of its entries lead to the one zero page.
 * mm/ptdump.c knows them by address; in the shadow no other table is like that.
 */
static bool is_early_shadow(struct dump *w, int level, uint64_t pa, uint64_t *value)
{
	struct early *e = &w->early[level];
	if (!e->known || e->pa != pa) {
		uint64_t raw;
		*e = (struct early){.pa = pa, .known = true};
		if (read_table(w, level, pa) >= 0 && is_uniform(w, level, &raw)) {
			e->value = raw;
			e->is = level == 0 || (w->p->classify(w->r, level, raw) == PTK_TABLE &&
			                       is_early_shadow(w, level - 1, table_pa(w, level, raw), &e->value));
		}
	}
	*value = e->value;
	return e->is;
}

static bool in_shadow(const struct dump *w, uint64_t va)
{
	return va >= w->shadow.first && va <= w->shadow.last;
}

/* One note at the last level for the whole of an early shadow table, with the value of an entry of its last level. */
static bool note_shadow(struct dump *w, const struct ptk_run *run)
{
	uint64_t value;
	if (!in_shadow(w, run->va) ||
	    !is_early_shadow(w, run->level - 1, table_pa(w, run->level, run->raw), &value))
		return false;
	struct ptd_note n = {
		.va = run->va < w->range.first ? w->range.first : run->va,
		.prot = value & w->mask[0],
		.name = w->leaf_name[0],
		.domain = PTD_NO_DOMAIN,
	};
	/* The kernel does not work out effective rights here: those of the last pte are still there. */
	if (w->p->rules & PTD_EFFECTIVE)
		n.eff = w->last_eff;
	if (w->p->rules & PTD_PA)
		n.pa = riscv_pa(w, value);
	ptk_ptd_note_(w->d, &n);
	return true;
}

/* ---- the walker's visitor ---- */

static int visit_entries(struct dump *w, const struct ptk_run *run)
{
	if (w->p->rules & PTD_EFFECTIVE)
		catch_up(w, run->level);
	if (run->kind == PTK_NONE)
		note_hole(w, run);
	else if (run->kind != PTK_NOT_PRESENT)
		note_leaf(w, run);
	if (run->level == 0 && w->p->rules & PTD_EFFECTIVE)
		w->last_eff = effective(w, 0, run->raw);
	return PTK_GO;
}

static int visit_table(struct dump *w, const struct ptk_run *run)
{
	if (note_shadow(w, run))
		return PTK_SKIP;
	if (w->p->rules & PTD_EFFECTIVE) {
		w->above[run->level - 1] = effective(w, run->level, run->raw);
		w->table_raw = run->raw;
		w->table_level = run->level;
	}
	return PTK_GO;
}

static int visit(void *arg, const struct ptk_run *run)
{
	struct dump *w = arg;
	int rc = PTK_GO;
	switch ((enum ptk_visit)run->what) {
	case PTK_V_ENTRIES:
		rc = visit_entries(w, run);
		break;
	case PTK_V_TABLE:
		rc = visit_table(w, run);
		break;
	case PTK_V_TABLE_END:
		break;
	case PTK_V_UNREADABLE:
	case PTK_V_REFUSED:
		note_hole(w, run);
		break;
	}
	if (w->d->rc)
		return w->d->rc;
	return w->d->past ? PTK_STOP : rc;
}

/* ---- one table of one kernel ---- */

static int prepare(struct dump *w)
{
	uint64_t most = 0;
	w->p->names(w->r, w->leaf_name, w->hole_name);
	for (int level = 0; level < w->r->nlevels; level++) {
		uint64_t size = ptk_table_size(w->r, level);
		most = size > most ? size : most;
		if (w->p->compared) {
			w->mask[level] = w->p->compared(w->r, level);
			continue;
		}
		const struct ptd_bits *b = w->p->bits(w->r, level);
		for (size_t i = 0; i < b->n; i++)
			w->mask[level] |= b->bit[i].mask;
	}
	w->scratch = malloc(most);
	return w->scratch ? 0 : PTK_E_NOMEM;
}

static void find_shadow(struct dump *w, const struct ptd_plan *plan)
{
	w->shadow = (struct ptd_range){1, 0};
	if (!(w->p->rules & PTD_SHADOW))
		return;
	for (size_t i = 0; i + 1 < plan->nmarkers; i++) {
		const char *name = plan->marker[i].name;
		if (strcmp(name, "Kasan shadow start") == 0 || strcmp(name, "KASAN shadow") == 0)
			w->shadow = (struct ptd_range){plan->marker[i].va, plan->marker[i + 1].va - 1};
	}
}

static void add_stats(struct ptk_walk_stats *to, const struct ptk_walk_stats *st)
{
	to->tables += st->tables;
	to->again += st->again;
	to->refused += st->refused;
	to->unreadable += st->unreadable;
	to->self += st->self;
}

static int walk_range(struct dump *w, const struct ptk_walk_opts *opts, struct ptk_walk_stats *st, struct ptk_err *err)
{
	struct ptk_walk_opts o = *opts;
	struct ptk_walk_stats part = {0};
	o.from = w->range.first > w->space->first ? w->range.first : w->space->first;
	o.to = w->range.last < w->space->last ? w->range.last : w->space->last;
	if (o.from > o.to)
		return 0;
	w->above[w->r->nlevels - 1] = X86_RW | X86_USER;
	w->table_level = 0;
	int rc = w->p->walk && w->p->walks(w->r) ? w->p->walk(w->d, w->space, &part, err) :
	                                           ptk_walk_space(w->space, &o, visit, w, &part, err);
	add_stats(st, &part);
	if (rc == 0 && part.tables == 0 && part.unreadable)
		return ptk_err_set_(err, PTK_E_NODATA, "the root table at 0x%llx cannot be read",
		                    (unsigned long long)w->space->root);
	return rc;
}

static int walk_space(struct dump *w, const struct ptd_plan *plan, const struct ptk_walk_opts *opts,
                      struct ptk_walk_stats *st, struct ptk_err *err)
{
	struct ptk_walk_opts o = *opts;
	CLEANUP_FREE uint64_t *scratch = NULL;
	w->r = w->d->r = &w->space->regime;
	memset(w->mask, 0, sizeof w->mask);
	memset(w->early, 0, sizeof w->early);
	int rc = prepare(w);
	scratch = w->scratch;
	for (int level = 0; level < w->r->nlevels; level++)
		o.ignore[level] = ~(w->mask[level] | (level ? w->p->tested : 0));
	for (size_t i = 0; i < plan->nranges && rc == 0 && !w->d->past; i++) {
		w->range = plan->range[i];
		rc = walk_range(w, &o, st, err);
	}
	return rc;
}

static int walk_all(struct ptd *d, const struct ptk_space *space, int nspaces, const struct ptd_plan *plan,
                    const struct ptk_ptdump_opts *opts, struct ptk_walk_stats *st, struct ptk_err *err)
{
	struct dump w = {.d = d, .p = d->p};
	const struct ptk_walk_opts o = {
		.flags = PTK_WALK_HOLES,
		.join = PTK_JOIN_EQUAL,
		.classify = d->p->classify,
		.max_again = opts->max_again,
		.progress = opts->progress,
		.progress_arg = opts->progress_arg,
	};
	struct ptd_note note = {.va = plan->base, .name = "PGD", .domain = PTD_NO_DOMAIN};
	find_shadow(&w, plan);
	note.level = (int8_t)(space[0].regime.nlevels - 1);
	if (plan->base)
		ptk_ptd_note_(d, &note);
	int rc = 0;
	for (int i = 0; i < nspaces && rc == 0 && !d->past; i++) {
		w.space = &space[i];
		rc = walk_space(&w, plan, &o, st, err);
	}
	if (rc < 0)
		return rc;
	note = (struct ptd_note){.va = plan->end, .level = PTD_FLUSH, .domain = PTD_NO_DOMAIN};
	ptk_ptd_note_(d, &note);
	return ptk_ptd_finish_(d);
}

/* "6.12.117-1-arm64": as far as it is numbers. */
static int parse_version(const char *text, uint64_t *version, struct ptk_err *err)
{
	uint64_t part[3] = {0};
	const char *p = text;
	for (int i = 0; i < 3; i++) {
		if (*p < '0' || *p > '9')
			break;
		char *end;
		part[i] = strtoull(p, &end, 10);
		p = end;
		if (*p != '.')
			break;
		p++;
	}
	if (*text < '0' || *text > '9' || part[0] > UINT16_MAX || part[1] > UINT16_MAX || part[2] > UINT16_MAX)
		return ptk_err_set_(err, PTK_E_INVAL, "'%s' is not a kernel version", text);
	*version = PTD_VERSION(part[0], part[1], part[2]);
	return 0;
}

/* What is printed: the table's spaces, the rules, and what is walked with which markers. */
struct request {
	const struct ptd_profile *p;
	struct ptk_space space[2];
	int nspaces;
	struct ptd_plan plan;
	struct ptk_marker *markers; /* to free */
};

/* A process mostly has no file: it is printed by the same rules, and what lies below the kernel gets a marker. */
static int with_user_space(struct request *q)
{
	struct ptd_plan *plan = &q->plan;
	q->markers = malloc((plan->nmarkers + 1) * sizeof *q->markers);
	if (!q->markers)
		return PTK_E_NOMEM;
	q->markers[0] = (struct ptk_marker){.va = 0, .name = "User Space"};
	if (plan->nmarkers)
		memcpy(q->markers + 1, plan->marker, plan->nmarkers * sizeof *q->markers);
	plan->marker = q->markers;
	plan->nmarkers++;
	return 0;
}

/* The space that is printed: of a process its own. */
static int spaces(struct ptk_linux *lx, enum ptk_linux_table which, const struct ptk_process *process,
                  struct ptk_space out[2], struct ptk_err *err)
{
	if (!process)
		return ptk_linux_spaces(lx, which, out, err);
	int rc = ptk_linux_process_spaces(lx, process, out, err);
	return rc < 0 ? rc : 1;
}

static int look_up(struct ptk_linux *lx, enum ptk_linux_table which, const struct ptk_ptdump_opts *opts,
                   struct request *q, struct ptk_err *err)
{
	const char *version = opts->version;
	uint64_t v = PTD_VERSION(lx->info.major, lx->info.minor, lx->info.patch);
	int rc = version ? parse_version(version, &v, err) : 0;
	if (rc < 0)
		return rc;
	if (opts->process)
		which = PTK_TABLE_CURRENT_KERNEL;
	q->nspaces = spaces(lx, which, opts->process, q->space, err);
	if (q->nspaces < 0)
		return q->nspaces;
	q->p = ptk_ptd_profile_(lx->arch, v);
	if (!q->p)
		return ptk_err_set_(err, PTK_E_NOTSUP, "no kernel of %s prints its page tables", lx->info.arch);
	if (which == PTK_TABLE_EFI && q->p->rules & PTD_NO_EFI)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "this kernel has no file for the tables of EFI");
	q->plan = (struct ptd_plan){
		.range = {{0, UINT64_MAX}},
		.nranges = 1,
		.marker = lx->info.marker,
		.nmarkers = lx->info.nmarkers,
	};
	if (which == PTK_TABLE_KERNEL || which == PTK_TABLE_EFI || q->p->rules & PTD_CURRENT)
		q->p->plan(lx, q->p, &q->space[0].regime, which, &q->plan);
	else
		rc = with_user_space(q);
	return rc;
}

int ptk_linux_ptdump(struct ptk_linux *lx, enum ptk_linux_table which, const struct ptk_ptdump_opts *opts,
                     ptk_write_fn *write, void *arg, struct ptk_walk_stats *stats, struct ptk_err *err)
{
	struct ptk_walk_stats st = {0};
	struct request q = {0};
	if (opts->from > opts->to)
		return ptk_err_set_(err, PTK_E_RANGE, "a window from 0x%llx to 0x%llx is empty",
		                    (unsigned long long)opts->from, (unsigned long long)opts->to);
	CLEANUP_FREE struct ptd *d = malloc(sizeof *d);
	int rc = d ? look_up(lx, which, opts, &q, err) : PTK_E_NOMEM;
	if (rc == 0) {
		d->p = q.p;
		d->r = &q.space[0].regime;
		d->marker = q.plan.marker;
		d->nmarkers = q.plan.nmarkers;
		d->from = opts->from;
		d->to = opts->from || opts->to ? opts->to : UINT64_MAX;
		d->write = write;
		d->arg = arg;
		ptk_ptd_init_(d);
		rc = walk_all(d, q.space, q.nspaces, &q.plan, opts, &st, err);
	}
	free(q.markers);
	if (rc == PTK_E_NOMEM)
		ptk_err_set_(err, rc, "no memory to print page tables");
	if (rc == 0 && stats)
		*stats = st;
	return rc;
}
