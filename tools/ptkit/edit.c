// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit edit: change the tables of a picture, in a copy, and say in which order a running system may see it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "source.h"

#define SHOWN_CONFLICTS 20
#define SHOWN_STEPS 200

struct options {
	struct linux_opts lx;
	struct table_opts t;
	const char *output, *rights, *memory, *max_unit;
	unsigned share, overlap, policy, bbm;
	struct addr at;
	bool live, no_break, strict, tables_only;
};

static const char *word(const char *const *words, size_t n, size_t i)
{
	return i < n ? words[i] : NULL;
}

#define WORDS(words, i) word(words, sizeof(words) / sizeof *(words), i)

static const char *share_name(void *arg, size_t i)
{
	static const char *const words[] = {"none", "outer", "inner"};
	(void)arg;
	return WORDS(words, i);
}

static const char *overlap_name(void *arg, size_t i)
{
	static const char *const words[] = {"error", "keep", "replace", "nested"};
	(void)arg;
	return WORDS(words, i);
}

static const char *memory_name(void *arg, size_t i)
{
	(void)arg;
	return i < PTK_MEM_COUNT_ ? ptk_memtype_name((enum ptk_memtype)i) : NULL;
}

static const char *policy_name(void *arg, size_t i)
{
	(void)arg;
	return ptk_policy_name(i, NULL);
}

static const struct opt option_rows[] = {
	{"--output", 'o', OPT_OUTPUT, "FILE",
	 "write the picture as it is then: an ELF core, with all memory and notes of the source (-: standard output)",
	 offsetof(struct options, output), NULL},
	{"--tables-only", 0, OPT_FLAG, NULL, "with -o: write nothing but the tables that were edited",
	 offsetof(struct options, tables_only), NULL},
	{"--rights", 'r', OPT_TEXT, "RWX", "map, protect: the kernel's rights, and user code's behind a comma: rw-,r--",
	 offsetof(struct options, rights), NULL},
	{"--memory", 'm', OPT_TEXT, "TYPE", "map, protect: the memory type (write-back, device nGnRE, ...)",
	 offsetof(struct options, memory), memory_name},
	{"--share", 0, OPT_CHOICE, "WORD", "map, protect: shareability", offsetof(struct options, share), share_name},
	{"--max-unit", 0, OPT_TEXT, "N", "map: largest page or block to use; split: largest to leave (4K, 2M)",
	 offsetof(struct options, max_unit), NULL},
	{"--overlap", 0, OPT_CHOICE, "WORD", "map: what to do with what is mapped there already (error)",
	 offsetof(struct options, overlap), overlap_name},
	{"--strict", 0, OPT_FLAG, NULL, "unmap, protect: a hole in the range is a conflict", offsetof(struct options, strict), NULL},
	{"--policy", 0, OPT_CHOICE, "NAME", "who chooses block sizes and table bits (plain; linux-arm for 32-bit arm's Linux)",
	 offsetof(struct options, policy), policy_name},
	{"--live", 'l', OPT_FLAG, NULL, "list the steps in the order that tables in use need: breaks, barriers, TLB ranges",
	 offsetof(struct options, live), NULL},
	{"--no-break", 0, OPT_FLAG, NULL, "with --live: refuse what needs an entry to be invalid for a moment",
	 offsetof(struct options, no_break), NULL},
	{"--bbm", 0, OPT_COUNT, "N", "with --live: the CPU's FEAT_BBM level, 1 or 2 (arm64)", offsetof(struct options, bbm), NULL},
	{"--at", 0, OPT_ADDR, "PA", "where new tables go (behind the last byte of the picture)", offsetof(struct options, at), NULL},
	TABLE_OPTIONS(struct options, t),
	LINUX_OPTIONS(struct options, lx),
	{0},
};

struct work {
	const struct options *o;
	struct picture pic;
	struct ptk_mem *copy;
	struct ptk_alloc *alloc;
	struct ptk_plan *plan;
	struct ptk_space space;
	struct ptk_edit edit;
	struct ptk_build_opts opts;
};

/* ---- what was asked for ---- */

static int parse_op(const char *text, enum ptk_edit_op *out)
{
	static const struct {
		const char *name;
		enum ptk_edit_op op;
	} ops[] = {{"map", PTK_EDIT_MAP}, {"unmap", PTK_EDIT_UNMAP}, {"protect", PTK_EDIT_PROTECT},
	           {"split", PTK_EDIT_SPLIT}, {"collapse", PTK_EDIT_COLLAPSE}};
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (strcmp(text, ops[i].name) == 0)
			return *out = ops[i].op, 0;
	return fail(EXIT_USAGE, "edit: '%s' is none of map, unmap, protect, split, collapse", text);
}

static bool three(const char *p, unsigned shift, uint32_t *flags)
{
	for (unsigned i = 0; i < 3; i++) {
		if (p[i] != '-' && p[i] != "rwx"[i])
			return false;
		*flags |= p[i] == '-' ? 0 : 1u << (i + shift);
	}
	return true;
}

/* "rw-" or "rw-,r--", as specifications have it: PTK_A_KR and its kin are in this order. */
static int parse_rights(const char *text, uint32_t *flags)
{
	size_t len = strlen(text);
	const char *user = len == 6 ? text + 3 : len == 7 && strchr(" /,", text[3]) ? text + 4 : NULL;
	if ((len == 3 || user) && three(text, 0, flags) && (!user || three(user, 3, flags)))
		return 0;
	return fail(EXIT_USAGE, "--rights: '%s' is not like rw- or rw-,r--", text);
}

static int parse_memory(const char *text, uint8_t *out)
{
	for (unsigned i = 1; i < PTK_MEM_COUNT_; i++)
		if (strcmp(ptk_memtype_name((enum ptk_memtype)i), text) == 0)
			return *out = (uint8_t)i, 0;
	return fail(EXIT_USAGE, "--memory: no memory type '%s'; write-back, non-cacheable, device nGnRE, ...", text);
}

/* Map without --share or --memory: what the regime has. */
static void complete_attr(const struct ptk_regime *r, const struct options *o, struct ptk_attr *attr)
{
	static const uint8_t shares[] = {PTK_SHARE_INNER, PTK_SHARE_OUTER, PTK_SHARE_NONE};
	static const uint8_t mems[] = {PTK_MEM_WB, PTK_MEM_PMA};
	for (size_t m = 0; m < sizeof mems; m++)
		for (size_t s = 0; s < sizeof shares; s++)
			for (unsigned k = 0; k < 8; k++) {
				struct ptk_entry e = {.kind = PTK_LEAF, .attr = *attr};
				uint64_t raw;
				e.attr.mem = o->memory ? attr->mem : mems[m];
				e.attr.share = o->share ? attr->share : shares[s];
				bool user = attr->flags & (PTK_A_UR | PTK_A_UW | PTK_A_UX);
				e.attr.flags |= (k & 1 ? 0 : PTK_A_ACCESSED) | ((k & 2) || user ? 0 : PTK_A_GLOBAL);
				e.attr.flags |= k & 4 || !(attr->flags & (PTK_A_KW | PTK_A_UW)) ? 0 : PTK_A_DIRTY;
				if (ptk_entry_encode(r, &e, &raw, NULL) < 0)
					continue;
				*attr = e.attr;
				return;
			}
}

/* LPAE: Linux's own bits lie in hardware's entry (asm/pgtable-3level.h), of pages and of sections alike. */
#define LPAE_DIRTY (1u << 0)  /* 55; software's bits begin there */
#define LPAE_RDONLY (1u << 3) /* 58 */

/* Linux goes by its own bits, from which set_pte_ext() makes AP[2]: they must say what the rights say. */
static void follow_linux(struct work *w)
{
	struct ptk_edit *e = &w->edit;
	if (!w->pic.lx || strcmp(w->space.regime.name, "arm-lpae") != 0)
		return;
	if (e->attr.flags & (PTK_A_KW | PTK_A_UW)) {
		e->attr.sw |= LPAE_DIRTY;
		e->mask.sw = LPAE_DIRTY | LPAE_RDONLY;
	} else {
		e->attr.sw |= LPAE_RDONLY;
		e->mask.sw = LPAE_RDONLY;
	}
}

static int attributes(struct work *w)
{
	static const uint8_t shares[] = {PTK_SHARE_NONE, PTK_SHARE_OUTER, PTK_SHARE_INNER};
	const struct options *o = w->o;
	struct ptk_edit *e = &w->edit;
	int rc = o->rights ? parse_rights(o->rights, &e->attr.flags) : 0;
	if (!rc && o->memory)
		rc = parse_memory(o->memory, &e->attr.mem);
	if (rc)
		return rc;
	e->attr.memidx = PTK_MEMIDX_AUTO;
	e->attr.share = o->share ? shares[o->share - 1] : PTK_SHARE_NONE;
	if (e->op == PTK_EDIT_MAP && !o->rights)
		e->attr.flags = PTK_A_KR | PTK_A_KW;
	if (e->op == PTK_EDIT_MAP) {
		complete_attr(&w->space.regime, o, &e->attr);
		follow_linux(w);
	}
	if (e->op != PTK_EDIT_PROTECT)
		return 0;
	if (!o->rights && !o->memory && !o->share)
		return fail(EXIT_USAGE, "edit protect changes nothing without --rights, --memory or --share");
	e->mask = (struct ptk_attr_mask){.flags = o->rights ? PTK_A_RIGHTS : 0, .mem = o->memory, .share = o->share};
	if (o->rights)
		follow_linux(w);
	return 0;
}

static int describe(struct call *c, struct work *w)
{
	const struct options *o = w->o;
	struct ptk_edit *e = &w->edit;
	uint64_t size;
	int rc = parse_op(c->arg[1], &e->op);
	if (!rc && (c->nargs == 5) != (e->op == PTK_EDIT_MAP))
		rc = fail(EXIT_USAGE, e->op == PTK_EDIT_MAP ? "edit map needs VA SIZE PA" : "edit %s takes VA SIZE, no PA", c->arg[1]);
	if (!rc)
		rc = picture_address(&w->pic, c->arg[2], &e->first);
	if (!rc)
		rc = parse_size("SIZE", c->arg[3], &size);
	if (!rc && o->max_unit)
		rc = parse_size("--max-unit", o->max_unit, &e->max_unit);
	if (!rc && c->nargs == 5 && !parse_hex(c->arg[4], &e->pa))
		rc = fail(EXIT_USAGE, "'%s' is not a hexadecimal physical address", c->arg[4]);
	if (rc)
		return rc;
	e->last = e->first + (size - 1);
	e->flags = o->strict ? PTK_EDIT_STRICT : 0;
	const struct ptk_space *s = picture_space(&w->pic, e->first);
	if (!s)
		return fail(EXIT_SOURCE, "0x%" PRIx64 " is not translated by these tables", e->first);
	w->space = *s;
	return attributes(w);
}

/* ---- doing it ---- */

/* The copy that is edited, and where its new tables go. */
static int prepare(struct work *w)
{
	const struct ptk_mem_info *info = ptk_mem_info(w->pic.mem);
	uint64_t room = UINT64_C(1) << 30, first = w->o->at.value, align = UINT64_C(1) << 21;
	if (!w->o->at.given) {
		if (!info->extent || !info->nextents)
			return fail(EXIT_USAGE, "this picture does not say what memory it holds: give --at PA for new tables");
		first = (info->extent[info->nextents - 1].last + align) & ~(align - 1);
	}
	int rc = ptk_mem_new_overlay(w->pic.mem, &w->copy);
	if (rc >= 0)
		rc = ptk_alloc_new_bump(first, first + room - 1 < first ? UINT64_MAX : first + room - 1, 0, &w->alloc);
	w->space.mem = w->copy;
	return rc < 0 ? fail_err(rc, NULL) : 0;
}

static int say_conflicts(const struct work *w)
{
	size_t n;
	const struct ptk_conflict *c = ptk_plan_conflicts(w->plan, &n);
	for (size_t i = 0; i < n && i < SHOWN_CONFLICTS; i++) {
		char text[400];
		ptk_conflict_text(w->plan, &c[i], text, sizeof text);
		note("%s", text);
	}
	return EXIT_FINDINGS;
}

static void table_text(const struct work *w, const struct ptk_plan_step *s, char *buf, size_t size)
{
	uint64_t pa = s->table & PTK_TABLE_NEW ? ptk_plan_table(w->plan, s->table & ~PTK_TABLE_NEW) : s->table;
	snprintf(buf, size, "%s %#" PRIx64, s->table & PTK_TABLE_NEW ? "new table" : "table", pa);
}

static void entries_step(struct out *out, const struct work *w, const char *verb, const struct ptk_plan_step *s)
{
	char table[48];
	table_text(w, s, table, sizeof table);
	out_format(out, "  %-9s %s, %s %u", verb, table, w->space.regime.level[s->level].name, s->index);
	if (s->count > 1)
		out_format(out, "..%" PRIu64, s->index + s->count - 1);
	if (s->links)
		out_format(out, " = %#" PRIx64 " | new table %#" PRIx64, s->raw, ptk_plan_table(w->plan, s->target));
	else
		out_format(out, " = %#" PRIx64, s->raw);
	if (s->step && !s->links)
		out_format(out, ", each %#" PRIx64 " more", s->step);
	if (s->group)
		out_format(out, ", %u at a time", 1u << s->group);
	out_text(out, "\n");
}

static void tell_step(struct out *out, const struct work *w, const struct ptk_plan_step *s)
{
	switch ((enum ptk_plan_act)s->act) {
	case PTK_ACT_FILL: entries_step(out, w, "fill", s); break;
	case PTK_ACT_BREAK: entries_step(out, w, "break", s); break;
	case PTK_ACT_WRITE: entries_step(out, w, "write", s); break;
	case PTK_ACT_BARRIER: out_text(out, "  barrier\n"); break;
	case PTK_ACT_TLB:
		out_format(out, "  %-9s [%#" PRIx64 ", %#" PRIx64 "]%s\n", "tlb", s->first, s->last,
		           s->tables ? ", cached table entries too" : "");
		break;
	case PTK_ACT_FREE: out_format(out, "  %-9s table %#" PRIx64 "\n", "free", s->table); break;
	}
}

static void tell(struct out *out, const struct work *w)
{
	const struct ptk_plan_info *info = ptk_plan_info(w->plan);
	struct ptk_plan_step s;
	uint64_t i;
	out_format(out, "%" PRIu64 " entries written, %" PRIu64 " of them in tables that were there; %" PRIu64
	           " tables new, %" PRIu64 " given back; %" PRIu64 " breaks\n", info->entries, info->changed, info->tables_new,
	           info->tables_freed, info->breaks);
	for (i = 0; i < SHOWN_STEPS && ptk_plan_step(w->plan, i, &s); i++)
		tell_step(out, w, &s);
	if (info->steps > i)
		out_format(out, "  and %" PRIu64 " more steps\n", info->steps - i);
}

/*
 * Everything that the source has, changed: what is found in it by looking is found again. Tables that were named by their root
 * alone get a note that names it.
 */
static int write_picture(const struct work *w, struct ptk_err *err)
{
	const struct ptk_mem_info *info = ptk_mem_info(w->copy);
	uint16_t machine = info->machine ? info->machine : ptk_regime_machine(&w->space.regime);
	char text[320];
	bool bare = w->o->t.root.given;
	struct ptk_note *note = malloc((info->nnotes + 1) * sizeof *note);
	if (!note)
		return PTK_E_NOMEM;
	note[0] = (struct ptk_note){.name = PTK_NOTE_OWNER, .type = PTK_NOTE_SPACE, .data = text};
	note[0].size = (size_t)ptk_space_note(&w->space, text, sizeof text);
	for (size_t i = 0; i < info->nnotes; i++)
		note[i + bare] = info->note[i];
	int rc = ptk_mem_write_core(w->copy, w->o->output, machine, info->extent, info->nextents, note, info->nnotes + bare, err);
	free(note);
	return rc;
}

static int write_out(const struct work *w, struct ptk_err *err)
{
	if (w->o->tables_only)
		return ptk_emit(&w->space, "elf", NULL, w->o->output, err);
	return write_picture(w, err);
}

static int check_output(const struct work *w)
{
	const struct options *o = w->o;
	if (o->tables_only && !o->output)
		return fail(EXIT_USAGE, "--tables-only goes with -o FILE");
	if (source_has_file(w->pic.source, o->output))
		return fail(EXIT_USAGE, "-o %s: that is the source; it stays as it is", o->output);
	if (o->output && !o->tables_only && !ptk_mem_info(w->pic.mem)->extent)
		return fail(EXIT_USAGE, "this picture does not say what memory it holds: with -o give --tables-only");
	return 0;
}

/* 32-bit arm Linux reads entries of its own beside the hardware's: they must follow. */
static const char *default_policy(const struct work *w)
{
	const struct ptk_regime *r = &w->space.regime;
	bool pairs = w->pic.lx && strcmp(ptk_regime_arch(r), "arm") == 0 && r->entry_shift == 2;
	return pairs ? "linux-arm" : NULL;
}

static int edit(struct call *c, struct work *w)
{
	const struct options *o = w->o;
	struct ptk_err err = {0};
	w->opts.overlap = o->overlap ? (enum ptk_overlap)(o->overlap - 1) : PTK_OVERLAP_ERROR;
	w->opts.live = o->no_break ? PTK_LIVE_NO_BREAK : o->live ? PTK_LIVE_BREAK : PTK_LIVE_NO;
	w->opts.bbm = (uint8_t)o->bbm;
	w->opts.policy = o->policy ? ptk_policy_name(o->policy - 1, NULL) : default_policy(w);
	int rc = ptk_plan_new(&w->space, &w->opts, &w->edit, 1, &w->plan, &err);
	if (rc < 0)
		return fail_err(rc, &err);
	if (ptk_plan_info(w->plan)->conflicts)
		return say_conflicts(w);
	rc = ptk_plan_apply(w->plan, w->alloc, &err);
	if (rc >= 0 && o->output)
		rc = write_out(w, &err);
	if (rc < 0)
		return fail_err(rc, &err);
	if (!out_is_stream(o->output))
		tell(c->out, w);
	return EXIT_DONE;
}

static int run(struct call *c)
{
	struct work w = {.o = c->opts};
	int rc = w.o->bbm > 2 ? fail(EXIT_USAGE, "--bbm: FEAT_BBM has levels 1 and 2") : 0;
	if (!rc)
		rc = picture_open(&w.pic, c->arg[0], &w.o->lx, &w.o->t);
	if (!rc)
		rc = check_output(&w);
	if (!rc)
		rc = describe(c, &w);
	if (!rc)
		rc = prepare(&w);
	if (!rc)
		rc = edit(c, &w);
	ptk_plan_free(w.plan);
	ptk_alloc_free(w.alloc);
	ptk_mem_close(w.copy);
	picture_close(&w.pic);
	return rc;
}

static const struct example examples[] = {
	{"ptkit edit vmcore split ffff800080000000 2M --live", "what a running kernel would have to do"},
	{"ptkit edit vmcore map ffff800090000000 64K 40000000 --rights rw- -o new.core", "the whole dump, with that"},
	{"ptkit edit tables.core protect ffffffff80400000 12K --rights r--", "counts and steps alone"},
	{0},
};

const struct verb verb_edit = {
	.name = "edit",
	.summary = "map, unmap, protect, split or collapse a range in a copy of the tables",
	.operands = "SOURCE OP VA SIZE [PA]",
	.min_args = 4,
	.max_args = 5,
	.missing = "SOURCE OP VA SIZE",
	.about = "OP is map (which takes the PA too), unmap, protect, split or collapse. The SOURCE itself is never changed: what "
		 "is edited is a copy, and -o writes it: all of the source's memory and notes, so that every other command finds in it "
		 "what it finds in the source. Every step is printed; with --live they come in the order, with "
		 "the barriers and TLB invalidations, that the architecture asks for when the tables are in use.\n"
		 "\n"
		 "Conflicts are quoted and nothing is written (exit 1).",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.run = run,
};
