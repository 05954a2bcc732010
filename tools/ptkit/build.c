// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit build: page tables from a specification. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "verb.h"

#define FILE_MAX ((size_t)16 << 20)
#define SHOWN_CONFLICTS 20

struct options {
	const char *output, *dtb, *like, *version, *regime, *symbol;
	unsigned emit, policy;
	struct addr at, pa;
	const char *size;
	bool plan;
};

static const char *emit_name(void *arg, size_t i)
{
	(void)arg;
	return ptk_emit_name(i);
}

static const char *policy_name(void *arg, size_t i)
{
	(void)arg;
	return ptk_policy_name(i, NULL);
}

static const struct opt option_rows[] = {
	{"--output", 'o', OPT_OUTPUT, "FILE", "where to write the tables (-: standard output)", offsetof(struct options, output), NULL},
	{"--emit", 'e', OPT_CHOICE, "FORMAT", "in which form", offsetof(struct options, emit), emit_name},
	{"--plan", 'n', OPT_FLAG, NULL, "print counts, bytes and the tree; write nothing", offsetof(struct options, plan), NULL},
	{"--dtb", 0, OPT_TEXT, "FILE", "map the memory and the devices of this device tree too", offsetof(struct options, dtb),
	 NULL},
	{"--like", 0, OPT_TEXT, "TEXT", "make tables of which the kernel would print this text (a copy of kernel_page_tables)",
	 offsetof(struct options, like), NULL},
	{"--kernel-version", 0, OPT_TEXT, "V", "with --like: the version that printed it, instead of the newest that prints like this",
	 offsetof(struct options, version), NULL},
	{"--pa", 0, OPT_ADDR, "PA", "with --like: where the mapped memory begins, if the text does not say (0)",
	 offsetof(struct options, pa), NULL},
	{"--regime", 0, OPT_TEXT, "NAME", "where the specification names none: a name that ptkit regimes lists",
	 offsetof(struct options, regime), NULL},
	{"--at", 0, OPT_ADDR, "PA", "where tables go, instead of where the specification says", offsetof(struct options, at), NULL},
	{"--size", 0, OPT_TEXT, "N", "with --at: how much room there is (16M; default 1G)", offsetof(struct options, size), NULL},
	{"--policy", 0, OPT_CHOICE, "NAME", "who chooses block sizes, instead of the specification's", offsetof(struct options, policy),
	 policy_name},
	{"--symbol", 0, OPT_TEXT, "NAME", "c, asm: what to call the array (page_tables)", offsetof(struct options, symbol), NULL},
	{0},
};

/* Everything that one build holds on to. */
struct build {
	const struct options *o;
	struct ptk_like *like;
	const char *source; /* for sentences */
	struct ptk_spec *spec;
	struct ptk_mem *mem;
	struct ptk_alloc *alloc;
	struct ptk_plan *plan;
	struct ptk_space space;
	struct ptk_build_opts opts;
	uint64_t first, last; /* room for tables */
};

static void release(struct build *b)
{
	ptk_plan_free(b->plan);
	ptk_alloc_free(b->alloc);
	ptk_mem_close(b->mem);
	ptk_spec_free(b->spec);
	ptk_like_free(b->like);
}

/* ---- input ---- */

/* "board.yaml: line 3, column 7: ..." */
static int spec_fault(const char *path, int rc, const struct ptk_err *err)
{
	return fail(EXIT_SOURCE, "%s: %s", path, err->msg[0] ? err->msg : ptk_strerror(rc));
}

static int read_spec(struct build *b, const char *path)
{
	char *text;
	size_t size;
	struct ptk_err err = {0};
	int rc = file_read(path, FILE_MAX, &text, &size);
	if (rc)
		return rc;
	rc = ptk_spec_parse(text, size, b->o->regime, &b->spec, &err);
	free(text);
	return rc < 0 ? spec_fault(path, rc, &err) : 0;
}

static int read_dtb(struct build *b, const char *path)
{
	char *blob;
	size_t size;
	struct ptk_err err = {0};
	int rc = file_read(path, FILE_MAX, &blob, &size);
	if (rc)
		return rc;
	rc = ptk_spec_add_dtb(b->spec, blob, size, b->o->regime, &b->spec, &err);
	free(blob);
	return rc < 0 ? spec_fault(path, rc, &err) : 0;
}

static int find_room(struct build *b)
{
	const struct ptk_spec_info *s = ptk_spec_info(b->spec);
	b->first = s->tables_first;
	b->last = s->tables_last;
	if (b->o->at.given) {
		uint64_t size = UINT64_C(1) << 30;
		int rc = b->o->size ? parse_size("--size", b->o->size, &size) : 0;
		if (rc)
			return rc;
		b->first = b->o->at.value;
		b->last = b->first + size - 1 < b->first ? UINT64_MAX : b->first + size - 1;
	}
	if (!b->last)
		return fail(EXIT_USAGE, "%s does not say where tables go; give --at PA, or tables: {at: ..., size: ...}", b->source);
	return 0;
}

/* ---- planning ---- */

static int prepare(struct build *b)
{
	const struct ptk_spec_info *s = ptk_spec_info(b->spec);
	struct ptk_err err = {0};
	b->opts = s->opts;
	if (b->o->policy)
		b->opts.policy = ptk_policy_name(b->o->policy - 1, NULL);
	int rc = ptk_mem_new_image(b->first, b->last, &b->mem);
	if (rc == 0)
		rc = ptk_alloc_new_bump(b->first, b->last, s->alloc_flags, &b->alloc);
	if (rc == 0)
		rc = ptk_build_root(b->mem, &s->regime, b->alloc, &b->space, &err);
	if (rc == 0)
		rc = ptk_plan_new(&b->space, &b->opts, s->edit, s->nedits, &b->plan, &err);
	return rc < 0 ? spec_fault(b->source, rc, &err) : 0;
}

static int say_conflicts(const struct build *b)
{
	const struct ptk_spec_info *s = ptk_spec_info(b->spec);
	size_t n, shown;
	const struct ptk_conflict *c = ptk_plan_conflicts(b->plan, &n);
	for (shown = 0; shown < n && shown < SHOWN_CONFLICTS; shown++) {
		char text[400];
		ptk_conflict_text(b->plan, &c[shown], text, sizeof text);
		uint32_t line = c[shown].edit < s->nedits ? s->line[c[shown].edit] : 0;
		if (line)
			note("%s: line %u: %s", b->source, line, text);
		else
			note("%s: %s", b->source, text);
	}
	uint64_t all = ptk_plan_info(b->plan)->conflicts;
	if (all > shown)
		note("and %" PRIu64 " more", all - shown);
	return EXIT_FINDINGS;
}

static int apply(struct build *b)
{
	struct ptk_err err = {0};
	if (ptk_plan_info(b->plan)->conflicts)
		return say_conflicts(b);
	int rc = ptk_plan_apply(b->plan, b->alloc, &err);
	return rc < 0 ? spec_fault(b->source, rc, &err) : 0;
}

/* ---- telling ---- */

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void tell_counts(struct out *out, const struct build *b)
{
	const struct ptk_plan_info *p = ptk_plan_info(b->plan);
	const struct ptk_regime *r = &b->space.regime;
	struct ptk_alloc_stats st;
	char regime[256], size[24];
	ptk_alloc_stats(b->alloc, &st);
	ptk_regime_format(r, regime, sizeof regime);
	ptk_render_size(st.bytes, size);
	out_format(out, "%s: %" PRIu64 " table%s, %s, root at %#" PRIx64 "\n", regime, st.tables, plural(st.tables), size,
	           b->space.root);
	for (int l = r->nlevels - 1; l >= 0; l--) {
		if (!p->leaves[l] && !p->tables[l] && l != r->nlevels - 1)
			continue;
		ptk_render_size(ptk_level_size(r, l), size);
		uint64_t tables = p->tables[l] + (l == r->nlevels - 1);
		out_format(out, "  level %d (%s)  %" PRIu64 " table%s", l, r->level[l].name, tables, plural(tables));
		if (p->leaves[l])
			out_format(out, ", %" PRIu64 " lea%s of %s", p->leaves[l], p->leaves[l] == 1 ? "f" : "ves", size);
		if (p->cont[l])
			out_format(out, ", %" PRIu64 " of them in contiguous runs", p->cont[l]);
		out_text(out, "\n");
	}
}

static void tell_registers(struct out *out, const struct build *b)
{
	struct ptk_register reg[PTK_REGISTERS_MAX];
	size_t n = ptk_regime_registers(&b->space.regime, b->space.root, reg, PTK_REGISTERS_MAX);
	for (size_t i = 0; i < n; i++)
		out_format(out, "  %-10s %#018" PRIx64 "  %s\n", reg[i].name, reg[i].value, reg[i].means);
}

struct tree {
	struct out *out;
	const struct ptk_space *space;
};

static int tree_line(void *arg, const struct ptk_run *run)
{
	struct tree *t = arg;
	const struct ptk_regime *r = &t->space->regime;
	struct ptk_entry e;
	char size[24], rights[8];
	int indent = 2 * (r->nlevels - run->level);
	ptk_entry_decode(r, run->level, run->raw, &e);
	if (run->what == PTK_V_TABLE) {
		out_format(t->out, "%*s[%u] %#" PRIx64 "  table at %#" PRIx64 "%s\n", indent, "", run->index, run->va, e.pa,
		           run->again ? " (again)" : "");
		return run->again ? PTK_SKIP : PTK_GO;
	}
	if (run->what != PTK_V_ENTRIES || run->kind != PTK_LEAF)
		return PTK_GO;
	struct ptk_attr attr;
	ptk_entry_effective(r, run->inherit, &e, &attr);
	ptk_render_size(ptk_level_size(r, run->level), size);
	ptk_render_rights(&attr, rights);
	if (run->count == 1)
		out_format(t->out, "%*s[%u]", indent, "", run->index);
	else
		out_format(t->out, "%*s[%u..%u]", indent, "", run->index, run->index + run->count - 1);
	out_format(t->out, " %#" PRIx64 " -> %#" PRIx64 "  %u x %s  %s  %s%s\n", run->va, e.pa, run->count, size, rights,
	           ptk_memtype_name((enum ptk_memtype)attr.mem), attr.flags & PTK_A_CONT ? "  contiguous" : "");
	return PTK_GO;
}

static int tell_tree(struct out *out, const struct build *b)
{
	struct tree t = {out, &b->space};
	struct ptk_err err = {0};
	out_format(out, "root at %#" PRIx64 "\n", b->space.root);
	int rc = ptk_walk_space(&b->space, &(struct ptk_walk_opts){0}, tree_line, &t, NULL, &err);
	return rc < 0 ? fail_err(rc, &err) : EXIT_DONE;
}

/* ---- like a text ---- */

#define TEXT_MAX ((size_t)256 << 20)

/* Lines that cannot be read are said and left out, as everywhere. */
static int read_text(const char *path, struct ptk_text **out)
{
	char *text;
	size_t size;
	struct ptk_err err = {0};
	int rc = file_read(path, TEXT_MAX, &text, &size);
	if (rc)
		return rc;
	rc = ptk_text_parse(text, size, out, &err);
	free(text);
	if (rc < 0)
		return spec_fault(path, rc, &err);
	const struct ptk_text_info *ti = ptk_text_info(*out);
	for (size_t i = 0; i < ti->nbad; i++)
		note("%s: line %" PRIu32 ": %s", path, ti->bad[i].number, ti->bad[i].why);
	return 0;
}

/* What the text does not tell is not built. */
static void tell_gaps(const char *path, const struct ptk_text_info *ti)
{
	for (size_t i = 0; i < ti->ngaps; i++) {
		const struct ptk_text_gap *g = &ti->gap[i];
		note("%s: line %" PRIu32 ": the text does not tell what is at %#" PRIx64 "-%#" PRIx64 " (%" PRIu64
		     " range%s, counted only): nothing is mapped there", path, g->number, g->first, g->last, g->skipped,
		     plural(g->skipped));
	}
}

static int make_like(struct build *b, const struct ptk_text *t)
{
	const struct options *o = b->o;
	struct ptk_like_opts opts = {.version = o->version, .regime = o->regime, .pa = o->pa.value};
	struct ptk_err err = {0};
	if (o->at.given) {
		uint64_t size = UINT64_C(1) << 30;
		int rc = o->size ? parse_size("--size", o->size, &size) : 0;
		if (rc)
			return rc;
		opts.tables_first = o->at.value;
		opts.tables_last = o->at.value + size - 1 < o->at.value ? UINT64_MAX : o->at.value + size - 1;
	}
	int rc = ptk_like_new(t, &opts, &b->like, &err);
	return rc < 0 ? spec_fault(b->source, rc, &err) : 0;
}

/* The note that makes a core of it a picture of Linux. */
static int write_like(const struct build *b)
{
	const struct ptk_like_info *li = ptk_like_info(b->like);
	const char *format = b->o->emit ? ptk_emit_name(b->o->emit - 1) : "elf";
	struct ptk_err err = {0};
	int len = ptk_linux_note(&li->about, NULL, 0, &err);
	char *text = len < 0 ? NULL : malloc((size_t)len + 1);
	int rc = len < 0 ? len : text ? 0 : PTK_E_NOMEM;
	if (rc == 0) {
		ptk_linux_note(&li->about, text, (size_t)len + 1, NULL);
		struct ptk_note linux_note = {PTK_NOTE_OWNER, PTK_NOTE_LINUX, text, (size_t)len};
		struct ptk_emit_opts opts = {.symbol = b->o->symbol, .note = &linux_note, .nnotes = 1};
		rc = ptk_emit(&li->space, format, &opts, b->o->output, &err);
	}
	free(text);
	return rc < 0 ? fail_err(rc, &err) : 0;
}

static void tell_like(struct out *out, const struct build *b)
{
	const struct ptk_like_info *li = ptk_like_info(b->like);
	char regime[256], size[24], mapped[24];
	ptk_regime_format(&li->space.regime, regime, sizeof regime);
	ptk_render_size(li->bytes, size);
	ptk_render_size(li->mapped, mapped);
	out_format(out, "%s: %" PRIu64 " table%s, %s, root at %#" PRIx64 "; %s mapped; prints like Linux %s\n", regime, li->tables,
	           plural(li->tables), size, li->space.root, mapped, li->about.release);
}

static int build_like(struct call *c, struct build *b)
{
	struct ptk_text *t = NULL;
	int rc = read_text(b->source, &t);
	if (!rc)
		rc = make_like(b, t);
	bool parts = !rc && (ptk_text_info(t)->total_bad || ptk_text_info(t)->ngaps);
	if (!rc)
		tell_gaps(b->source, ptk_text_info(t));
	ptk_text_free(t);
	if (rc)
		return rc;
	b->space = ptk_like_info(b->like)->space;
	if (!b->o->plan)
		rc = write_like(b);
	if (rc || out_is_stream(b->o->output))
		return rc ? rc : parts ? EXIT_PARTS : EXIT_DONE;
	tell_like(c->out, b);
	tell_registers(c->out, b);
	if (b->o->plan)
		rc = tell_tree(c->out, b);
	return rc ? rc : parts ? EXIT_PARTS : EXIT_DONE;
}

/* ---- the verb ---- */

static int write_out(struct call *c, const struct build *b)
{
	const struct options *o = b->o;
	const struct ptk_spec_info *s = ptk_spec_info(b->spec);
	struct ptk_emit_opts opts = {.symbol = o->symbol, .edit = s->edit, .nedits = s->nedits};
	struct ptk_err err = {0};
	const char *format = o->emit ? ptk_emit_name(o->emit - 1) : "elf";
	int rc = ptk_emit(&b->space, format, &opts, o->output, &err);
	if (rc < 0)
		return fail_err(rc, &err);
	uint64_t first, last;
	if (ptk_emit_extent(&b->space, &first, &last, NULL, &err) < 0 || out_is_stream(o->output))
		return EXIT_DONE;
	tell_counts(c->out, b);
	out_format(c->out, "%s written to %s, for physical address %#" PRIx64 "; to turn it on:\n", format, o->output, first);
	tell_registers(c->out, b);
	return EXIT_DONE;
}

static int work(struct call *c, struct build *b)
{
	int rc = c->nargs ? read_spec(b, c->arg[0]) : 0;
	if (!rc && b->o->dtb)
		rc = read_dtb(b, b->o->dtb);
	if (!rc)
		rc = find_room(b);
	if (!rc)
		rc = prepare(b);
	if (!rc)
		rc = apply(b);
	if (rc)
		return rc;
	if (!b->o->plan)
		return write_out(c, b);
	tell_counts(c->out, b);
	tell_registers(c->out, b);
	return tell_tree(c->out, b);
}

static int run(struct call *c)
{
	const struct options *o = c->opts;
	struct build b = {.o = o, .source = c->nargs ? c->arg[0] : o->like ? o->like : o->dtb};
	if (!c->nargs && !o->dtb && !o->like)
		return fail(EXIT_USAGE, "build: neither a SPEC, nor --dtb, nor --like; see ptkit build --help");
	if (o->like && (c->nargs || o->dtb || o->policy))
		return fail(EXIT_USAGE, "build: a text says all there is to build; --like goes with neither SPEC, --dtb nor --policy");
	if (!o->like && (o->version || o->pa.given))
		return fail(EXIT_USAGE, "build: %s goes with --like", o->version ? "--kernel-version" : "--pa");
	if (!o->output && !o->plan)
		return fail(EXIT_USAGE, "build: where to? give -o FILE, or --plan to see what would be built");
	int rc = o->like ? build_like(c, &b) : work(c, &b);
	release(&b);
	return rc;
}

static const struct example examples[] = {
	{"ptkit build board.yaml -o tables.core", "an ELF core that every other command reads"},
	{"ptkit build board.yaml --plan", "how many tables, and what is in them"},
	{"ptkit build board.yaml --emit asm -o tables.S", "assembly, with the registers that turn them on"},
	{"ptkit build --dtb board.dtb --regime arm64-4k-39 --at 40000000 -o tables.bin --emit bin",
	 "memory and devices of a device tree, each at its own address"},
	{"ptkit build --like kernel_page_tables -o tables.core", "then ptkit dump tables.core prints that text"},
	{0},
};

const struct verb verb_build = {
	.name = "build",
	.summary = "make page tables from a specification, a device tree or a kernel's text",
	.operands = "[SPEC]",
	.max_args = 1,
	.about = "Builds the tables that a SPEC asks for, at the physical addresses where they will lie, and says which "
		 "registers turn them on.\n"
		 "\n"
		 "SPEC is YAML: regime (a name that ptkit regimes lists, with parameters), tables ({at: PA, size: N, direction: "
		 "up or down}), entries (a list; each has name, va, pa, size, rights such as rw-/r-- for kernel and user, "
		 "memory, share, flags, max-unit, key, software, raw), and optionally memory-types (what each index of MAIR or "
		 "PAT means), policy (who chooses block sizes) and overlap (error, keep, replace, nested).\n"
		 "\n"
		 "--like takes the text that a kernel prints of its page tables, of any architecture, and makes tables that print "
		 "as that text again: levels, attributes, regions, what is empty. Physical addresses are the text's own on riscv; "
		 "elsewhere each line gets the memory behind that of the line before, from --pa on. A line that no tables can "
		 "print is named, and nothing is written (exit 3). Where x86 shows a region's first lines and counts the others, "
		 "what is counted is not built, and the addresses are said (exit 4).\n"
		 "\n"
		 "Entries that overlap are quoted, with their lines, and nothing is written (exit 1).",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.run = run,
};
