// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The walker: a loop over a stack of at most five tables, in address order.
 *
 * What keeps it bounded: a table at a level is read once, and remembered. One that was told as a single run is
 * told again from memory; a subtree of equal entries likewise. All other tables that are reached again are walked
 * again, as long as the budget for that lasts; it shrinks if the tree leads back into itself again and again.
 */
#include "arch/arch.h"
#include "base/bits.h"
#include "base/err.h"
#include "walk/scan.h"
#include "walk/space.h"
#include "walk/tables.h"

/* Bytes of tables between two calls of progress(). */
#define PROGRESS_STEP (UINT64_C(1) << 20)
#define AGAIN_DEFAULT (UINT64_C(1) << 20)
/* What entering a table again costs, in runs told: those that are paid with it, which take about as long as the scan. */
#define AGAIN_COST 16
/*
 * A tree that comes again to tables of several levels leads back into itself, more than by one entry that maps all tables
 * once more, each a level lower. No kernel's does; memory at random does, and says little by it.
 */
#define AGAIN_LOOPING (UINT64_C(1) << 16)

struct frame {
	const uint8_t *data; /* entries, in host byte order */
	const uint8_t *have; /* which of them could be read; NULL: all */
	uint64_t base;       /* offset of entry 0 */
	uint64_t inherit;
	uint32_t i, end;     /* next entry, and the first beyond the window */
	uint32_t node;
	uint32_t paid;       /* runs that may still be told before they cost */
	bool whole;          /* no part is outside the window, missing or skipped by the visitor */
	bool again;          /* this table, or one above it, was entered before */
	struct ptk_run entry; /* the table entry that led here */
};

struct walker {
	const struct ptk_regime *r;
	const struct ptk_walk_opts *o;
	ptk_visit_fn *visit;
	void *arg;
	ptk_scan_fn *scan;
	struct va_window window;
	uint64_t again_left;  /* budget, in runs told within tables that are entered again */
	uint64_t again_looping; /* what is left of it at most, once the tree leads back into itself */
	uint64_t read, progressed;
	int top, level;       /* of the root; of the innermost table */
	enum ptk_kind empty[PTK_LEVELS_MAX]; /* what an all-zero entry is */
	struct ptk_walk_stats st;
	struct ptk_tables tables;
	struct frame frame[PTK_LEVELS_MAX];
};

static const uint8_t *entry_at(const struct walker *w, const struct frame *f, uint32_t i)
{
	return f->data + ((size_t)i << w->r->entry_shift);
}

static uint64_t load(const struct walker *w, const struct frame *f, uint32_t i)
{
	return load_entry(entry_at(w, f, i), w->r->entry_shift);
}

/* Tell the visitor. 0, PTK_SKIP, PTK_STOP or an error. */
static int tell(struct walker *w, const struct ptk_run *run)
{
	struct frame *f = &w->frame[w->level];
	if (f->again && f->paid)
		f->paid--;
	else if (f->again && w->again_left)
		w->again_left--;
	return w->visit(w->arg, run);
}

/* What an entry is: the caller's view if there is one, the hardware's otherwise, quickly where it is an ordinary one. */
static enum ptk_kind kind_of(const struct walker *w, int level, uint64_t raw)
{
	const struct ptk_level *lv = &w->r->level[level];
	if (raw == 0)
		return w->empty[level];
	if (w->o->classify) {
		enum ptk_kind kind = w->o->classify(w->r, level, raw);
		return kind == PTK_TABLE && !lv->table_form.pa_mask ? PTK_RESERVED : kind;
	}
	if (form_match(&lv->table_form, raw))
		return PTK_TABLE;
	if (form_match(&lv->leaf_form, raw))
		return PTK_LEAF;
	return w->r->arch->kind(w->r, level, raw);
}

/* ---- how far a run goes ---- */

static uint32_t scan(const struct walker *w, const struct frame *f, uint32_t i, uint32_t n, uint64_t raw,
                     uint64_t step, uint64_t keep)
{
	/* Most runs are very long or one entry: see to the latter without a call. */
	if (n > 1 && ((load(w, f, i + 1) ^ (raw + step)) & keep) != 0)
		return 1;
	return (uint32_t)w->scan(entry_at(w, f, i), n, raw, step, keep);
}

/*
 * Leaves whose addresses follow on. The address must not carry into the bits above it, nor into a gap in it (an
 * encryption bit); bits of the address that are kept elsewhere (LPA, LPA2, PSE-36) are compared like attributes,
 * so a run ends where they change.
 */
static uint32_t run_contiguous(const struct walker *w, const struct frame *f, uint32_t n, uint64_t raw, uint64_t step,
                               uint64_t keep)
{
	const struct ptk_form *form = &w->r->level[w->level].leaf_form;
	const uint64_t grows = form->pa_mask & ~(form->pa_mask + step);
	uint64_t room = (grows - (raw & grows)) / step + 1;
	return scan(w, f, f->i, room < n ? (uint32_t)room : n, raw, step, keep);
}

/*
 * Entries of no ordinary form: their kind may hang on any bit, so that those which only differ in ignored bits
 * are asked for their kind too.
 */
static uint32_t run_odd(const struct walker *w, const struct frame *f, uint32_t n, uint64_t raw, enum ptk_kind kind,
                        uint64_t keep)
{
	uint32_t count = scan(w, f, f->i, n, raw, 0, UINT64_MAX);
	while (count < n) {
		uint64_t next = load(w, f, f->i + count);
		if (((next ^ raw) & keep) != 0 || kind_of(w, w->level, next) != kind)
			break;
		count += scan(w, f, f->i + count, n - count, next, 0, UINT64_MAX);
	}
	return count;
}

/* A leaf that spans more than its level's size (NAPOT, large page, supersection) is followed to the end of its group. */
static uint32_t run_group(const struct walker *w, const struct frame *f, uint32_t n, uint64_t raw)
{
	struct ptk_entry e;
	ptk_entry_decode(w->r, w->level, raw, &e);
	unsigned shift = w->r->level[w->level].shift;
	if (e.kind == PTK_LEAF && e.span >> shift > 1) {
		uint32_t group = (uint32_t)(e.span >> shift), left = group - (f->i & (group - 1));
		n = left < n ? left : n;
	}
	return scan(w, f, f->i, n, raw, 0, UINT64_MAX);
}

static uint32_t run_length(const struct walker *w, const struct frame *f, uint32_t n, uint64_t raw, enum ptk_kind kind,
                           uint64_t *step)
{
	const struct ptk_level *lv = &w->r->level[w->level];
	const bool ordinary = kind == PTK_LEAF && form_match(&lv->leaf_form, raw);
	uint64_t keep = ~w->o->ignore[w->level];
	*step = 0;
	if (raw == 0)
		return scan(w, f, f->i, n, 0, 0, UINT64_MAX);
	if (kind == PTK_LEAF && w->o->join == PTK_JOIN_CONTIGUOUS) {
		if (!ordinary)
			return run_group(w, f, n, raw);
		uint64_t grow = form_step(&lv->leaf_form, lv->shift);
		uint32_t count = grow ? run_contiguous(w, f, n, raw, grow, keep | lv->leaf_form.mask) : 1;
		if (count > 1) {
			*step = grow;
			return count;
		}
		return scan(w, f, f->i, n, raw, 0, UINT64_MAX);
	}
	/* A caller's classify() goes by bits that are not ignored; but it may tell zero from all else. */
	if (w->o->classify && (raw & keep) != 0)
		return scan(w, f, f->i, n, raw, 0, keep);
	if (!w->o->classify && ordinary)
		return scan(w, f, f->i, n, raw, 0, keep | lv->leaf_form.mask);
	return run_odd(w, f, n, raw, kind, keep);
}

/* ---- tables ---- */

/* Limit a table that starts at offset base to the window. Whether all of it is inside. */
static bool clip(const struct walker *w, int level, uint64_t base, uint32_t *first, uint32_t *end)
{
	const struct ptk_level *lv = &w->r->level[level];
	uint32_t n = UINT32_C(1) << lv->bits;
	uint64_t last = base + ((uint64_t)(n - 1) << lv->shift | low_bits(lv->shift));
	*first = w->window.from > base ? (uint32_t)((w->window.from - base) >> lv->shift) : 0;
	*end = w->window.to < last ? (uint32_t)((w->window.to - base) >> lv->shift) + 1 : n;
	return *first == 0 && *end == n;
}

static void progress(struct walker *w, int level)
{
	w->read += ptk_table_size(w->r, level);
	if (w->o->progress && w->read - w->progressed >= PROGRESS_STEP) {
		w->progressed = w->read;
		w->o->progress(w->o->progress_arg, w->read);
	}
}

/* Enter a table whose bytes are there. */
static void enter(struct walker *w, int level, uint32_t number, const uint8_t *data, bool again)
{
	const struct ptk_node *node = &w->tables.node[number];
	struct frame *f = &w->frame[level];
	f->data = data;
	f->have = node->partial ? data + ptk_table_size(w->r, level) : NULL;
	f->node = number;
	f->paid = AGAIN_COST;
	f->again = again;
	f->whole = clip(w, level, f->base, &f->i, &f->end) && !node->partial;
	w->level = level;
}

static int unreadable(struct walker *w, const struct ptk_run *entry, int error)
{
	struct ptk_run run = *entry;
	run.what = PTK_V_UNREADABLE;
	run.error = error;
	return tell(w, &run);
}

static bool on_path(const struct walker *w, uint64_t pa)
{
	for (int level = w->level; level <= w->top; level++)
		if (w->tables.node[w->frame[level].node].pa == pa)
			return true;
	return false;
}

/* Where a table entry points and what it takes away. A caller's idea of a table may differ from the hardware's. */
static uint64_t table_of(const struct walker *w, uint64_t raw, uint64_t *inherit)
{
	const struct ptk_form *form = &w->r->level[w->level].table_form;
	struct ptk_entry e;
	ptk_entry_decode(w->r, w->level, raw, &e);
	if (e.kind == PTK_TABLE) {
		*inherit |= e.inherit;
		return e.pa;
	}
	return form_pa(form, raw);
}

/* Tell again, from memory, what a table was told as. */
static int tell_folded(struct walker *w, const struct ptk_run *entry, uint32_t number, uint64_t inherit)
{
	struct ptk_node *node = &w->tables.node[number];
	struct ptk_run run = {.va = entry->va, .inherit = inherit, .what = PTK_V_ENTRIES};
	if (node->fold >= FOLD_DEEP) {
		const struct ptk_fold *fold = &w->tables.fold[node->fold - FOLD_DEEP];
		run.raw = fold->raw;
		run.table = fold->table;
		run.inherit |= fold->inherit;
		run.count = fold->count;
		run.level = fold->level;
		run.kind = fold->kind;
	} else {
		const uint8_t *data = ptk_tables_data_(&w->tables, node);
		if (!data)
			return node->error ? unreadable(w, entry, node->error) : PTK_E_NOMEM;
		run.raw = load_entry(data, w->r->entry_shift);
		run.table = node->pa;
		run.count = UINT32_C(1) << w->r->level[node->level].bits;
		run.level = node->level;
		run.kind = (uint8_t)kind_of(w, node->level, run.raw);
		if (node->fold == FOLD_STEP)
			run.step = form_step(&w->r->level[node->level].leaf_form, w->r->level[node->level].shift);
	}
	if (run.kind == PTK_NONE && !(w->o->flags & PTK_WALK_HOLES))
		return 0;
	return tell(w, &run);
}

static int table_end(struct walker *w, const struct ptk_run *entry)
{
	if (!(w->o->flags & PTK_WALK_TABLE_END))
		return 0;
	struct ptk_run run = *entry;
	run.what = PTK_V_TABLE_END;
	return tell(w, &run);
}

/* A fold covers the whole table, so the window must too. */
static bool foldable(const struct walker *w, uint32_t number, uint64_t base)
{
	uint32_t first, end;
	const struct ptk_node *node = &w->tables.node[number];
	return node->fold != FOLD_NOT && clip(w, node->level, base, &first, &end);
}

static int refuse(struct walker *w, const struct ptk_run *entry)
{
	struct ptk_run run = *entry;
	run.what = PTK_V_REFUSED;
	w->st.refused++;
	return tell(w, &run);
}

static bool has_levels(const struct walker *w, const struct ptk_node *node)
{
	for (int level = 0; level <= w->top; level++)
		if (level != node->level && ptk_tables_find_(&w->tables, node->pa, level) != NO_NODE)
			return true;
	return false;
}

/* Whether the budget lasts for a table that was entered before. */
static bool may_again(struct walker *w, const struct ptk_node *node)
{
	if (w->again_left > w->again_looping && has_levels(w, node))
		w->again_left = w->again_looping;
	if (w->again_left < AGAIN_COST)
		return false;
	w->again_left -= AGAIN_COST;
	return true;
}

/* Go down through an entry whose table was found or read. */
static int descend(struct walker *w, const struct ptk_run *entry, uint32_t number, uint64_t inherit)
{
	struct frame *f = &w->frame[w->level], *below = f - 1;
	const uint64_t base = f->base + ((uint64_t)entry->index << w->r->level[w->level].shift);
	if (entry->again && foldable(w, number, base)) {
		int rc = tell_folded(w, entry, number, inherit);
		return rc < 0 || rc == PTK_STOP ? rc : table_end(w, entry);
	}
	struct ptk_node *node = &w->tables.node[number];
	const uint8_t *data = ptk_tables_data_(&w->tables, node);
	if (!data)
		return node->error ? unreadable(w, entry, node->error) : PTK_E_NOMEM;
	if (entry->again && !may_again(w, node))
		return refuse(w, entry);
	below->entry = *entry;
	below->base = base;
	below->inherit = inherit;
	enter(w, w->level - 1, number, data, f->again || entry->again);
	return 0;
}

static int visit_table(struct walker *w, struct ptk_run *run)
{
	uint64_t inherit = run->inherit;
	const uint64_t pa = table_of(w, run->raw, &inherit);
	uint32_t number = ptk_tables_find_(&w->tables, pa, w->level - 1);
	run->what = PTK_V_TABLE;
	run->again = number != NO_NODE;
	w->st.again += run->again;
	w->st.self += on_path(w, pa);
	int rc = tell(w, run);
	if (rc == PTK_SKIP)
		w->frame[w->level].whole = false;
	if (rc < 0 || rc == PTK_STOP || rc == PTK_SKIP)
		return rc;
	if (number == NO_NODE) {
		int64_t n = ptk_tables_read_(&w->tables, pa, w->level - 1);
		if (n == PTK_E_LIMIT)
			return refuse(w, run);
		if (n < 0)
			return (int)n;
		number = (uint32_t)n;
		const struct ptk_node *node = &w->tables.node[number];
		w->st.tables += !node->error;
		w->st.unreadable += node->error || node->partial;
		progress(w, w->level - 1);
	}
	return descend(w, run, number, inherit);
}

/*
 * Whether a table that has just been told whole is one table entry all over, whose subtree is one entry all over:
 * kasan's early shadow is like that, 16 TiB of it in three tables.
 */
static int fold_deep(struct walker *w, const struct frame *f, struct ptk_node *node)
{
	const uint32_t n = UINT32_C(1) << w->r->level[w->level].bits;
	const uint64_t raw = load(w, f, 0);
	if (scan(w, f, 0, n, raw, 0, UINT64_MAX) != n || kind_of(w, w->level, raw) != PTK_TABLE)
		return 0;
	uint64_t inherit = 0;
	uint32_t below = ptk_tables_find_(&w->tables, table_of(w, raw, &inherit), w->level - 1);
	if (below == NO_NODE)
		return 0;
	const struct ptk_node *child = &w->tables.node[below];
	struct ptk_fold fold;
	if (child->fold >= FOLD_DEEP) {
		fold = w->tables.fold[child->fold - FOLD_DEEP];
	} else if (child->fold == FOLD_EQUAL && child->data) {
		const uint64_t leaf = load_entry(child->data, w->r->entry_shift);
		fold = (struct ptk_fold){
			.raw = leaf,
			.table = child->pa,
			.count = UINT32_C(1) << w->r->level[w->level - 1].bits,
			.level = (uint8_t)(w->level - 1),
			.kind = (uint8_t)kind_of(w, w->level - 1, leaf),
		};
	} else {
		return 0;
	}
	if (fold.count > UINT32_MAX / n)
		return 0;
	fold.count *= n;
	fold.inherit |= inherit;
	int64_t state = ptk_tables_fold_(&w->tables, &fold);
	if (state >= 0)
		node->fold = (uint32_t)state;
	return state < 0 ? (int)state : 0;
}

/* The table is done: back to the one above. */
static int leave(struct walker *w)
{
	struct frame *f = &w->frame[w->level];
	struct ptk_node *node = &w->tables.node[f->node];
	if (f->whole && w->level > 0 && node->fold == FOLD_NOT && !f->entry.again) {
		int rc = fold_deep(w, f, node);
		if (rc < 0)
			return rc;
	}
	if (w->level == w->top)
		return PTK_STOP;
	w->level++;
	return table_end(w, &f->entry);
}

/* ---- entries ---- */

static bool have(const struct frame *f, uint32_t i)
{
	return f->have[i / 8] >> i % 8 & 1;
}

/* End of the stretch from the next entry on that a run may cover: of equal readability, on one side of the middle. */
static uint32_t stretch(const struct walker *w, const struct frame *f)
{
	uint32_t end = f->end;
	if (w->level == w->top && w->r->va_form == PTK_VA_SIGN) {
		uint32_t half = UINT32_C(1) << (w->r->level[w->top].bits - 1);
		end = f->i < half && end > half ? half : end;
	}
	if (f->have) {
		uint32_t i = f->i + 1;
		while (i < end && have(f, i) == have(f, f->i))
			i++;
		end = i;
	}
	return end;
}

static int entries(struct walker *w, struct frame *f, struct ptk_run *run, uint32_t n)
{
	run->count = run_length(w, f, n, run->raw, run->kind, &run->step);
	f->i += run->count;
	if (run->count == UINT32_C(1) << w->r->level[w->level].bits)
		w->tables.node[f->node].fold = run->step ? FOLD_STEP : FOLD_EQUAL;
	if (run->kind == PTK_NONE && !(w->o->flags & PTK_WALK_HOLES))
		return 0;
	return tell(w, run);
}

/* One run, or one table entry. */
static int advance(struct walker *w)
{
	struct frame *f = &w->frame[w->level];
	struct ptk_run run = {
		.va = va_at(&w->window, f->base + ((uint64_t)f->i << w->r->level[w->level].shift)),
		.table = w->tables.node[f->node].pa,
		.inherit = f->inherit,
		.index = f->i,
		.count = 1,
		.what = PTK_V_ENTRIES,
		.level = (uint8_t)w->level,
	};
	const uint32_t n = stretch(w, f) - f->i;
	if (f->have && !have(f, f->i)) {
		run.count = n;
		f->i += n;
		return unreadable(w, &run, PTK_E_NODATA);
	}
	run.raw = load(w, f, f->i);
	run.kind = (uint8_t)kind_of(w, w->level, run.raw);
	if (run.kind == PTK_TABLE) {
		f->i++;
		return visit_table(w, &run);
	}
	return entries(w, f, &run, n);
}

static int enter_root(struct walker *w, const struct ptk_space *s)
{
	int64_t n = ptk_tables_read_(&w->tables, s->root, w->top);
	if (n < 0)
		return (int)n;
	struct ptk_node *node = &w->tables.node[n];
	const uint8_t *data = ptk_tables_data_(&w->tables, node);
	struct frame *f = &w->frame[w->top];
	f->entry.table = s->root;
	w->st.tables += !node->error;
	w->st.unreadable += node->error || node->partial;
	if (!data && !node->error)
		return PTK_E_NOMEM;
	progress(w, w->top);
	enter(w, w->top, (uint32_t)n, data, false);
	if (data)
		return 0;
	/* The root's entries in the window, in their halves. */
	int rc = 0;
	while (f->i < f->end && rc >= 0 && rc != PTK_STOP) {
		struct ptk_run run = {
			.va = va_at(&w->window, (uint64_t)f->i << w->r->level[w->top].shift),
			.table = s->root,
			.index = f->i,
			.count = stretch(w, f) - f->i,
			.level = (uint8_t)w->top,
		};
		f->i += run.count;
		rc = unreadable(w, &run, node->error);
	}
	return rc < 0 ? rc : PTK_STOP;
}

static int walk(struct walker *w, const struct ptk_space *s)
{
	int rc = enter_root(w, s);
	while (rc >= 0 && rc != PTK_STOP) {
		const struct frame *f = &w->frame[w->level];
		rc = f->i < f->end ? advance(w) : leave(w);
	}
	return rc < 0 ? rc : 0;
}

int ptk_walk_space(const struct ptk_space *s, const struct ptk_walk_opts *opts, ptk_visit_fn *visit, void *arg,
                   struct ptk_walk_stats *stats, struct ptk_err *err)
{
	struct walker w = {
		.r = &s->regime,
		.o = opts,
		.visit = visit,
		.arg = arg,
		.scan = s->regime.entry_shift == 3 ? ptk_scan_(0)->run8 : ptk_scan_(0)->run4,
		.top = s->regime.nlevels - 1,
		.level = s->regime.nlevels - 1,
	};
	bool empty;
	int rc = ptk_va_window_(s, opts->from, opts->to, &w.window, &empty, err);
	if (rc < 0)
		return rc;
	uint64_t again = opts->max_again ? opts->max_again : AGAIN_DEFAULT;
	if (!mul_ok(again, AGAIN_COST, &w.again_left))
		w.again_left = UINT64_MAX;
	w.again_looping = opts->max_again ? UINT64_MAX : AGAIN_LOOPING * AGAIN_COST;
	for (int level = 0; level <= w.top; level++)
		w.empty[level] = opts->classify ? opts->classify(w.r, level, 0) : PTK_NONE;
	ptk_tables_init_(&w.tables, s);
	rc = empty ? 0 : walk(&w, s);
	ptk_tables_fini_(&w.tables);
	if (rc == PTK_E_NOMEM)
		ptk_err_set_(err, rc, "no memory to walk the tables at 0x%llx", (unsigned long long)s->root);
	if (rc == 0 && stats)
		*stats = w.st;
	return rc;
}
