// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit dump: the page tables as text, the kernel's own or one of the formats of range lists. */
#include <inttypes.h>

#include "absent.h"

struct options {
	struct linux_opts lx;
	struct table_opts table;
	struct window_opts window;
	unsigned format;
	bool json;
};

/* The kernel's text is the first format; those of the library follow. */
static const char *format_name(void *arg, size_t i)
{
	(void)arg;
	return i == 0 ? "kernel" : ptk_render_name(i - 1);
}

static const struct opt option_rows[] = {
	{"--format", 'f', OPT_CHOICE, "NAME", "how to say it", offsetof(struct options, format), format_name},
	{"--json", 'j', OPT_FLAG, NULL, "the same as --format json", offsetof(struct options, json), NULL},
	WINDOW_OPTIONS(struct options, window),
	TABLE_OPTIONS(struct options, table),
	LINUX_OPTIONS(struct options, lx),
	{0},
};

/* What one dump amounts to. */
struct dump {
	struct picture pic;
	struct out *out;
	struct ptk_render *render;
	struct ptk_walk_stats stats;
	uint64_t from, to; /* both 0: everything */
	uint64_t leaves;
};

static void add_stats(struct ptk_walk_stats *sum, const struct ptk_walk_stats *s)
{
	sum->tables += s->tables;
	sum->again += s->again;
	sum->refused += s->refused;
	sum->unreadable += s->unreadable;
	sum->self += s->self;
}

/* The part of the window that lies in a space; false if none does. */
static bool clip(const struct dump *d, const struct ptk_space *s, uint64_t *from, uint64_t *to)
{
	bool all = !d->from && !d->to;
	*from = all || d->from < s->first ? s->first : d->from;
	*to = all || d->to > s->last ? s->last : d->to;
	return *from <= *to;
}

static bool clips_any(const struct dump *d)
{
	uint64_t from, to;
	for (int i = 0; i < d->pic.nspaces; i++)
		if (clip(d, &d->pic.space[i], &from, &to))
			return true;
	return false;
}

/* A process's range is told mapping by mapping. */
static int render(struct dump *d, struct ptk_range r)
{
	const uint64_t last = r.last;
	int rc = 0;
	for (bool more = true; more && rc >= 0;) {
		const struct ptk_vma *vma = picture_vma(&d->pic, r.first);
		r.last = vma && vma->last < last ? vma->last : last;
		more = r.last < last;
		rc = ptk_render_range(d->render, &r);
		if (r.pa != PTK_NO_PA && !r.repeat)
			r.pa += r.last + 1 - r.first;
		r.first = r.last + 1;
	}
	return rc;
}

static int on_range(void *arg, const struct ptk_range *range)
{
	struct dump *d = arg;
	d->leaves += range->kind == PTK_LEAF && !range->unreadable;
	return render(d, *range);
}

static int list_spaces(struct dump *d, struct ptk_err *err)
{
	struct absent absent;
	int rc = 0;
	absent_begin(&absent, &d->pic);
	for (int i = 0; i < d->pic.nspaces && rc >= 0; i++) {
		struct ptk_range_opts opts = {.absent = absent_why, .absent_arg = &absent};
		struct ptk_walk_stats stats = {0};
		if (!clip(d, &d->pic.space[i], &opts.from, &opts.to))
			continue;
		rc = ptk_ranges(&d->pic.space[i], &opts, on_range, d, &stats, err);
		add_stats(&d->stats, &stats);
	}
	return rc;
}

/* A line of a text is a range; what is not mapped is left out, as everywhere. */
static int list_text(struct dump *d)
{
	const struct ptk_text_info *ti = ptk_text_info(d->pic.text);
	bool all = !d->from && !d->to;
	int rc = 0;
	for (size_t i = 0; i < ti->nlines && rc >= 0; i++) {
		const struct ptk_text_line *l = &ti->line[i];
		if (l->kind == PTK_NONE || (!all && (l->last < d->from || l->first > d->to)))
			continue;
		rc = on_range(d, &(struct ptk_range){
			.first = l->first,
			.last = l->last,
			.pa = l->kind == PTK_LEAF ? l->pa : PTK_NO_PA,
			.attr = l->attr,
			.kind = l->kind,
			.level = l->level < 0 ? PTK_LEVEL_UNKNOWN : (uint8_t)l->level,
		});
	}
	return rc;
}

static int dump_ranges(struct dump *d, const char *format, struct ptk_err *err)
{
	char title[512];
	picture_title(&d->pic, title, sizeof title);
	struct ptk_render_opts opts = {.colour = out_colour(), .title = title};
	if (d->pic.lx || d->pic.text) {
		opts.region = picture_region;
		opts.region_arg = &d->pic;
	}
	int rc = ptk_render_begin(format, &d->pic.space[0].regime, &opts, out_write, d->out, &d->render, err);
	if (rc < 0)
		return rc;
	rc = d->pic.text ? list_text(d) : list_spaces(d, err);
	int end = ptk_render_end(d->render);
	return rc < 0 ? rc : end;
}

static int dump_kernel(struct dump *d, const char *version, struct ptk_err *err)
{
	struct ptk_ptdump_opts opts = {.version = version,
	                               .process = d->pic.process,
	                               .from = d->from,
	                               .to = d->to,
	                               .progress = progress_bytes};
	return ptk_linux_ptdump(d->pic.lx, d->pic.table, &opts, out_write, d->out, &d->stats, err);
}

static int forget(void *arg, const char *text, size_t len)
{
	(void)arg;
	(void)text;
	(void)len;
	return 0;
}

/* Linux and hardware may not agree on what is a table: printing once to nobody reads what the real printing will. */
static void let_go(struct dump *d, bool kernel, const char *version)
{
	const struct ptk_ptdump_opts opts = {.version = version, .process = d->pic.process};
	if (!picture_fetch(&d->pic))
		return;
	if (kernel)
		ptk_linux_ptdump(d->pic.lx, d->pic.table, &opts, forget, NULL, NULL, NULL);
	ptk_mem_release(d->pic.mem);
}

/* What is asked of a process is its own, unless a window says otherwise. */
static int own_half(struct dump *d)
{
	struct ptk_space user;
	struct ptk_err err = {0};
	int rc = ptk_linux_process_user(d->pic.lx, d->pic.process, &user, &err);
	if (rc < 0)
		return fail_err(rc, &err);
	d->from = user.first;
	d->to = user.last;
	return 0;
}

static int dump(struct dump *d, const struct options *o)
{
	unsigned format = o->format ? o->format - 1 : o->json ? 2 : d->pic.lx ? 0 : 1;
	struct ptk_err err = {0};
	int rc;
	if (format == 0 && d->pic.text)
		return fail(EXIT_USAGE, "%s: this is the kernel's text already", d->pic.source);
	if (format == 0 && !d->pic.lx)
		return fail(EXIT_USAGE, "--format kernel is the text of a Linux kernel; --root knows of none");
	rc = picture_window(&d->pic, &o->window, &d->from, &d->to);
	if (!rc && d->pic.process && !d->from && !d->to)
		rc = own_half(d);
	if (rc)
		return rc;
	if (!d->pic.text && !clips_any(d))
		return fail(EXIT_USAGE, "0x%" PRIx64 "-0x%" PRIx64 " lies outside what %s at this root translates",
		            d->from, d->to, d->pic.space[0].regime.name);
	let_go(d, format == 0, o->lx.version);
	rc = format == 0 ? dump_kernel(d, o->lx.version, &err) : dump_ranges(d, format_name(NULL, format), &err);
	if (d->out->failed)
		return EXIT_SOURCE;
	if (rc < 0)
		return fail_err(rc, &err);
	if (d->pic.text)
		return ptk_text_info(d->pic.text)->total_bad ? EXIT_PARTS : EXIT_DONE;
	if (!d->pic.lx && !d->leaves && d->stats.unreadable && !d->from && !d->to)
		return fail(EXIT_SOURCE,
		            "%s: 0x%" PRIx64 " is not a root of %s: no table that it points to is in the picture",
		            d->pic.source, d->pic.space[0].root, d->pic.space[0].regime.name);
	return parts(&d->stats);
}

static int run(struct call *c)
{
	struct options *o = c->opts;
	struct dump d = {.out = c->out, .pic.takes_text = true};
	o->lx.for_text = true;
	int rc = o->json && o->format ? fail(EXIT_USAGE, "--json and --format exclude each other")
	                              : picture_open(&d.pic, c->arg[0], &o->lx, &o->table);
	if (!rc)
		rc = dump(&d, o);
	picture_close(&d.pic);
	return rc;
}

static const struct example examples[] = {
	{"ptkit dump vmcore", "what the kernel's own debugfs file would say, byte for byte"},
	{"ptkit dump vmcore --format table --color always | less -R",
	 "with physical addresses, effective rights and memory types"},
	{"ptkit dump vmcore --table current_user --format table", "what the process on the CPU may reach"},
	{"ptkit dump vmcore --pid 1 --format table", "what init maps, and what each range belongs to"},
	{"ptkit dump vmcore --from ffff800080000000 --to ffff8000800fffff", "one stretch of addresses"},
	{"ptkit dump raw:ram.bin@40000000 --root 40531000 --regime arm64-4k-48,high", "any tables in any memory"},
	{"ptkit dump vmcore --format jsonl | jq -r 'select(.kernel == \"rwx\") | .first'",
	 "what is writable and executable"},
	{0},
};

const struct verb verb_dump = {
	.name = "dump",
	.summary = "the page tables as text, exactly as the kernel itself prints them",
	.operands = "[SOURCE]",
	.min_args = 1,
	.max_args = 1,
	.missing = "a SOURCE",
	.any_machine = true,
	.about = "For a picture of Linux the default is the text of the kernel's own file, kernel_page_tables or "
	         "page_tables/*, as this kernel's version writes it. The other formats list ranges: each is equal in "
	         "effective rights and attributes and contiguous in physical memory. Effective means what hardware "
	         "grants, with all that the levels above take away.\n"
	         "\n"
	         "Ranges name their first and last byte, both inclusive. In JSON and CSV addresses are hexadecimal "
	         "text, sizes are numbers of bytes. A bare walk (--root) defaults to --format table.\n"
	         "\n"
	         "Of a process (--pid) the own half is listed, up to the end of user space; --from and --to reach further. "
	         "Where the kernel's types are known (BTF, or the DWARF of --symbols), each range carries the file or area "
	         "that is mapped there.\n"
	         "\n"
	         "SOURCE may also be the kernel's own text: a copy of kernel_page_tables or page_tables/*, or a log that "
	         "holds such lines. What the text does not say, as most physical addresses, is left blank or null.",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.colours = true,
	.run = run,
};
