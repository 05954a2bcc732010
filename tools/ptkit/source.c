// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "source.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

const char *table_name(void *arg, size_t i)
{
	static const char *const names[] = {
		[PTK_TABLE_KERNEL] = "kernel",
		[PTK_TABLE_CURRENT_KERNEL] = "current_kernel",
		[PTK_TABLE_CURRENT_USER] = "current_user",
		[PTK_TABLE_EFI] = "efi",
	};
	(void)arg;
	return i < sizeof names / sizeof *names ? names[i] : NULL;
}

const char *regime_name(void *arg, size_t i)
{
	(void)arg;
	return ptk_regime_name(i);
}

/* The machine that is stopped while it is looked at, or NULL: whoever ends us shall not leave it so. */
static struct ptk_mem *volatile live;

static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

/* Opening and closing are not cut short: what comes meanwhile is delivered after. */
static void hold_signals(sigset_t *before)
{
	sigset_t held;
	sigemptyset(&held);
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		sigaddset(&held, endings[i]);
	sigprocmask(SIG_BLOCK, &held, before);
}

/* Nothing else that is opened stands still for it; a file may be a pipe, of which nobody knows when it ends. */
static bool is_guest(const char *source)
{
	return strncmp(source, "qmp:", 4) == 0 || strncmp(source, "qemu-gdb:", 9) == 0;
}

/* While a picture is made there is nothing to undo: whoever is tired of waiting may end us. */
static sigset_t unheld;

static void opening(void *arg, const char *what, uint64_t done, uint64_t total)
{
	sigset_t held;
	sigprocmask(SIG_SETMASK, &unheld, &held);
	sigprocmask(SIG_SETMASK, &held, NULL);
	progress(arg, what, done, total);
}

static void let_go(int sig)
{
	if (live)
		ptk_mem_release(live);
	raise(sig); /* with its default action again: it ends us */
}

static void guard(struct ptk_mem *mem)
{
	struct sigaction act = {.sa_handler = let_go, .sa_flags = (int)SA_RESETHAND}, old;
	live = mem;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (sigaction(endings[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(endings[i], &act, NULL);
}

/* More than any kernel prints. */
#define TEXT_MAX (UINT64_C(256) << 20)

static bool is_small_file(const char *source)
{
	struct stat st;
	return stat(source, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= TEXT_MAX;
}

/* What no reader of memory knows may be what a kernel printed. */
static bool open_text(struct picture *p, const char *source)
{
	char *text = NULL;
	size_t size = 0;
	if (file_read(source, TEXT_MAX, &text, &size))
		return false;
	/* What a kernel prints has no zeros: a dump that nobody can read may well hold such lines, but is no text. */
	int rc = memchr(text, 0, size) ? PTK_E_BADFMT : ptk_text_parse(text, size, &p->text, NULL);
	free(text);
	if (rc < 0)
		return false;
	const struct ptk_text_info *ti = ptk_text_info(p->text);
	for (size_t i = 0; i < ti->nbad && p->takes_text; i++)
		note("%s: line %" PRIu32 ": %s", source, ti->bad[i].number, ti->bad[i].why);
	return ptk_text_regime(p->text, &p->space[0].regime, NULL) >= 0;
}

/* This machine: where there is no /proc/kcore, /dev/mem may be. Why neither can be had is the first's reason. */
static int open_any(struct picture *p, const char *source, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	struct ptk_err other;
	int rc = ptk_mem_open(source, opts, &p->mem, err);
	if (source != source_default() || rc >= 0)
		return rc;
	if (rc == PTK_E_NOTFOUND && ptk_mem_open("devmem", opts, &p->mem, &other) == 0) {
		p->source = "devmem";
		return 0;
	}
	char why[400];
	snprintf(why, sizeof why, "%.399s", err->msg);
	snprintf(err->msg, sizeof err->msg, "without a SOURCE this is about %s: %s",
	         strcmp(source, "kcore") != 0 ? "the one that PTKIT_PICTURE names" : "this machine", why);
	return rc;
}

/* The memory of a picture, with whatever ends us held off for as long as that would leave a guest stopped. */
static int open_held(struct picture *p, const char *source, struct ptk_err *err)
{
	struct ptk_mem_opts opts = {.progress = opening};
	sigset_t before;
	hold_signals(&before);
	unheld = before;
	if (!is_guest(source))
		sigprocmask(SIG_SETMASK, &before, NULL);
	int rc = open_any(p, source, &opts, err);
	if (rc == 0 && ptk_mem_info(p->mem)->live)
		guard(p->mem);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}

/* A pipe can be read once only: whether it is for a reader of memory or of text is settled before. */
static int open_pipe_or_mem(struct picture *p, const char *source, bool *text, struct ptk_err *err)
{
	int pipe;
	*text = file_pipe_text(source, &pipe);
	int rc = *text ? PTK_E_BADFMT : open_held(p, source, err);
	if (*text) {
		snprintf(err->msg, sizeof err->msg, "%s is neither a picture of memory nor a page-table text", source);
		*text = open_text(p, source);
	} else if (rc == PTK_E_BADFMT && is_small_file(source)) {
		*text = open_text(p, source);
	}
	if (pipe >= 0)
		close(pipe);
	return rc;
}

int picture_open_mem(struct picture *p, const char *source)
{
	struct ptk_err err = {0};
	bool text;
	if (strcmp(source, "-") == 0)
		source = "/dev/stdin";
	p->source = source;
	int rc = open_pipe_or_mem(p, source, &text, &err);
	if (text)
		return p->takes_text ? 0
		                     : fail(EXIT_SOURCE, "%s: a page-table text; it holds no memory, so only %s",
		                            source, "dump, info and explain can use it");
	if (rc < 0)
		return fail_err(rc, &err);
	const char *warning = ptk_mem_info(p->mem)->warning;
	if (warning && strncmp(warning, source, strlen(source)) == 0)
		note("%s", warning);
	else if (warning)
		note("%s: %s", source, warning);
	return 0;
}

#define KALLSYMS "/proc/kallsyms"

/* This machine's symbols, if this is its memory and it shows them: with kptr_restrict all are zeros. */
static const char *own_symbols(const struct picture *p)
{
	static const char *const own[] = {"kcore", "kcore:", "/proc/kcore", "devmem", "devmem:", "/dev/mem"};
	char line[256];
	uint64_t va = 0;
	bool here = false;
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		here |= strcmp(p->source, own[i]) == 0;
	FILE *f = here ? fopen(KALLSYMS, "re") : NULL;
	/* x86 begins with addresses of per-CPU variables, the first of which is 0. */
	for (int i = 0; f && i < 64 && !va && fgets(line, sizeof line, f); i++)
		va = strtoull(line, NULL, 16);
	if (f)
		fclose(f);
	return va ? KALLSYMS : NULL;
}

static int open_linux_with(struct picture *p, const struct linux_opts *l, const char *symbols, const char *version,
                           struct ptk_err *err)
{
	struct ptk_linux_opts opts = {
		.symbols = symbols, .version = version, .kernel = l->kernel, .find_all = l->find_all,
		.only_running = l->or_registers, .progress = progress};
	ptk_linux_close(p->lx);
	p->lx = NULL;
	return ptk_linux_open(p->mem, &opts, &p->lx, err);
}

/* Symbols that nobody asked for are no reason to fail. */
static int open_linux(struct picture *p, const struct linux_opts *l, const char *version, struct ptk_err *err)
{
	const char *own = l->symbols ? NULL : own_symbols(p);
	int rc = own ? open_linux_with(p, l, own, version, err) : 0;
	return own && rc >= 0 ? rc : open_linux_with(p, l, l->symbols, version, err);
}

/* "6.12", "6.12.117-rc1": two numbers, then anything. */
static bool is_version(const char *text)
{
	size_t major = strspn(text, "0123456789");
	return major && text[major] == '.' && text[major + 1] >= '0' && text[major + 1] <= '9';
}

/* What the CPU of a live machine walks, whatever runs there. */
static bool open_registers(struct picture *p)
{
	int n = ptk_space_registers(p->mem, p->space, NULL);
	p->nspaces = n > 0 ? n : 0;
	return n > 0;
}

/* What the file says of its machine is not believed then, and that is worth a word. */
static void tell_mislabelled(const struct picture *p)
{
	const struct ptk_linux_info *li = ptk_linux_info(p->lx);
	for (size_t i = 0; i < li->nfacts; i++)
		if (strcmp(li->fact[i].key, "machine") == 0)
			note("%s: the kernel is of %s (%s)", p->source, li->fact[i].value, li->fact[i].how);
}

int picture_open_linux(struct picture *p, const struct linux_opts *l)
{
	struct ptk_err err = {0};
	if (l->version && !is_version(l->version))
		return fail(EXIT_USAGE, "'%s' is not a kernel version such as 6.1 or 6.12.117", l->version);
	int rc = open_linux(p, l, l->for_text ? NULL : l->version, &err);
	if (rc >= 0 && l->for_text && l->version && !ptk_linux_info(p->lx)->major)
		rc = open_linux(p, l, l->version, &err);
	if (rc == PTK_E_NOTFOUND && l->or_registers && open_registers(p)) {
		note("%s: no Linux kernel found: these are the tables that the CPU's registers name", p->source);
		return 0;
	}
	if (rc == PTK_E_NOTFOUND)
		return fail(EXIT_SOURCE, "%s: %s (--root PA --regime NAME walks a table without it)", p->source,
		            err.msg[0] ? err.msg : "no Linux kernel found");
	if (rc < 0)
		return fail_err(rc, &err);
	tell_mislabelled(p);
	return 0;
}

int picture_open_built(struct picture *p)
{
	struct ptk_err err = {0};
	/* Built as a kernel's: Linux is what they are. */
	if (ptk_mem_note(ptk_mem_info(p->mem), PTK_NOTE_OWNER, PTK_NOTE_LINUX, 0))
		return 0;
	int rc = ptk_space_find(&p->space[0], p->mem, &err);
	if (rc < 0 && rc != PTK_E_NOTFOUND)
		return fail_err(rc, &err);
	p->nspaces = rc == 0;
	return 0;
}

int picture_use(struct picture *p, enum ptk_linux_table table)
{
	struct ptk_err err = {0};
	int rc = ptk_linux_spaces(p->lx, table, p->space, &err);
	if (rc < 0)
		return fail(EXIT_SOURCE, "%s: %s", p->source, err.msg[0] ? err.msg : ptk_strerror(rc));
	p->nspaces = rc;
	p->table = table;
	return 0;
}

/* With PTI user code walks another table: then that is the process's own half, and the kernel's gives the rest. */
static void user_copy(struct picture *p)
{
	struct ptk_space user;
	if (p->nspaces != 1 || ptk_linux_process_user(p->lx, p->process, &user, NULL) < 0 ||
	    user.root == p->space[0].root)
		return;
	p->space[1] = p->space[0];
	p->space[1].first = user.last + 1;
	p->space[0] = user;
	p->nspaces = 2;
}

int picture_use_process(struct picture *p, uint32_t pid)
{
	struct ptk_err err = {0};
	const struct ptk_process *process = NULL;
	int rc = ptk_linux_process(p->lx, pid, &process, &err);
	if (rc >= 0)
		rc = ptk_linux_process_spaces(p->lx, process, p->space, &err);
	if (rc < 0)
		return fail(EXIT_SOURCE, "%s: %s", p->source, err.msg[0] ? err.msg : ptk_strerror(rc));
	p->nspaces = rc;
	p->process = process;
	user_copy(p);
	snprintf(p->named, sizeof p->named, "process %" PRIu32 " (%s)", process->pid, process->name);
	if (ptk_linux_vmas(p->lx, process, &p->vma, &p->nvmas, &err) < 0)
		p->nvmas = 0;
	return 0;
}

const char *picture_table(const struct picture *p)
{
	return p->process ? p->named : p->lx ? table_name(NULL, p->table) : NULL;
}

/* A root names something: a table without a single valid entry is no root. */
static int check_root(struct picture *p, const struct ptk_regime *r, uint64_t root)
{
	struct ptk_err err = {0};
	int top = r->nlevels - 1;
	unsigned valid = 0, n = 1u << r->level[top].bits, size = 1u << r->entry_shift;
	bool big = ptk_mem_info(p->mem)->big_endian;
	for (unsigned i = 0; i < n; i++) {
		unsigned char b[8] = {0};
		uint64_t raw = 0;
		int rc = ptk_mem_read(p->mem, root + (uint64_t)i * size, b, size, &err);
		if (rc < 0)
			return fail(EXIT_SOURCE, "%s: cannot read the root table at 0x%" PRIx64 ": %s", p->source, root,
			            err.msg[0] ? err.msg : ptk_strerror(rc));
		for (unsigned k = 0; k < size; k++)
			raw |= (uint64_t)b[big ? size - 1 - k : k] << 8 * k;
		enum ptk_kind kind = ptk_entry_kind(r, top, raw);
		valid += kind == PTK_TABLE || kind == PTK_LEAF;
	}
	if (!valid)
		return fail(EXIT_SOURCE,
		            "%s: 0x%" PRIx64 " is not a root of %s: none of its %u entries is a table or a page",
		            p->source, root, r->name, n);
	return 0;
}

static int open_bare(struct picture *p, const struct table_opts *t)
{
	struct ptk_regime r;
	struct ptk_err err = {0};
	int rc = ptk_regime_parse(t->regime, &r, &err);
	if (rc >= 0)
		rc = ptk_space_init(&p->space[0], p->mem, &r, t->root.value, &err);
	if (rc < 0)
		return fail_err(rc, &err);
	p->nspaces = 1;
	return check_root(p, &r, t->root.value);
}

static int check_options(const struct linux_opts *l, const struct table_opts *t)
{
	if (t->root.given && !t->regime)
		return fail(EXIT_USAGE,
		            "--root needs --regime NAME, which says how it translates (ptkit regimes lists them)");
	if (t->regime && !t->root.given)
		return fail(EXIT_USAGE, "--regime needs --root PA, the table to walk");
	if (t->pid && t->table)
		return fail(EXIT_USAGE, "--pid and --table exclude each other");
	if (!t->root.given)
		return 0;
	const char *other = t->table     ? "--table"
	                    : t->pid     ? "--pid"
	                    : l->kernel  ? "--kernel"
	                    : l->symbols ? "--symbols"
	                    : l->version ? "--kernel-version"
	                                 : NULL;
	if (other)
		return fail(EXIT_USAGE, "--root walks a table with no regard to Linux: %s has no meaning beside it",
		            other);
	return 0;
}

int picture_open(struct picture *p, const char *source, const struct linux_opts *l, const struct table_opts *t)
{
	int rc = check_options(l, t);
	if (!rc)
		rc = picture_open_mem(p, source);
	if (rc)
		return rc;
	if (p->text)
		return t->root.given || t->table || t->pid || l->kernel || l->symbols || l->version
		               ? fail(EXIT_USAGE, "%s: a page-table text is of one table and one kernel: %s", source,
		                      "there is nothing to choose")
		               : 0;
	if (t->root.given)
		return open_bare(p, t);
	rc = picture_open_built(p);
	if (rc || p->nspaces)
		return rc;
	struct linux_opts any = *l;
	any.or_registers = !t->table && !t->pid;
	rc = picture_open_linux(p, &any);
	if (!rc && t->pid)
		return picture_use_process(p, t->pid);
	return rc || !p->lx ? rc : picture_use(p, t->table ? (enum ptk_linux_table)(t->table - 1) : PTK_TABLE_KERNEL);
}

bool picture_fetch(struct picture *p)
{
	bool all = p->mem && ptk_mem_info(p->mem)->live;
	for (int i = 0; i < p->nspaces && all; i++)
		all = ptk_space_fetch(&p->space[i], NULL) > 0;
	return all;
}

void picture_close(struct picture *p)
{
	sigset_t before;
	ptk_linux_close(p->lx);
	hold_signals(&before);
	live = NULL;
	ptk_mem_close(p->mem);
	sigprocmask(SIG_SETMASK, &before, NULL);
	ptk_text_free(p->text);
	p->text = NULL;
	p->lx = NULL;
	p->mem = NULL;
}

void picture_title(const struct picture *p, char *buf, size_t size)
{
	const char *slash = strrchr(p->source, '/');
	int n = snprintf(buf, size, "%s: ", slash && slash[1] ? slash + 1 : p->source);
	if (n < 0 || (size_t)n >= size)
		return;
	if (p->lx)
		n += snprintf(buf + n, size - (size_t)n, "Linux %s, %s%s, ", ptk_linux_info(p->lx)->release,
		              p->process ? "" : "table ",
		              picture_table(p));
	if (p->text)
		n += snprintf(buf + n, size - (size_t)n, "page-table text of %s, most likely %s",
		              ptk_text_info(p->text)->arch, p->space[0].regime.name);
	for (int i = 0; i < p->nspaces && (size_t)n < size; i++)
		n += snprintf(buf + n, size - (size_t)n, "%s%s, root 0x%" PRIx64, i ? " and " : "",
		              p->space[i].regime.name, p->space[i].root);
}

const struct ptk_space *picture_space(const struct picture *p, uint64_t va)
{
	for (int i = 0; i < p->nspaces; i++) {
		const struct ptk_space *s = &p->space[i];
		if (va >= s->first && va <= s->last && ptk_va_valid(&s->regime, va))
			return s;
	}
	return NULL;
}

const struct ptk_vma *vma_at(const struct ptk_vma *vma, size_t n, uint64_t va)
{
	size_t lo = 0, hi = n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (vma[mid].last < va)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && vma[lo].first <= va ? &vma[lo] : NULL;
}

const struct ptk_vma *picture_vma(const struct picture *p, uint64_t va)
{
	return vma_at(p->vma, p->nvmas, va);
}

/* Kernels name both ends of a region; the first end, less its last word, is the region's name. */
const char *picture_region(void *picture, uint64_t va)
{
	struct picture *p = picture;
	const struct ptk_vma *vma = picture_vma(p, va);
	if (vma)
		return *vma->name ? vma->name : "anonymous";
	const char *name = p->lx     ? ptk_linux_region(p->lx, va)
	                   : p->text ? ptk_text_region(p->text, va)
	                             : NULL;
	size_t len = name ? strlen(name) : 0;
	if (len < 7 || len >= sizeof p->region || strcmp(name + len - 6, " start") != 0)
		return name;
	memcpy(p->region, name, len - 6);
	p->region[len - 6] = 0;
	return p->region;
}

/* "start_kernel+1c" */
static int symbol_address(struct picture *p, const char *text, uint64_t *va)
{
	char name[128];
	uint64_t plus = 0;
	size_t len = strcspn(text, "+");
	if (len >= sizeof name || (text[len] && !parse_hex(text + len + 1, &plus)))
		return fail(EXIT_USAGE, "'%s' is neither a hexadecimal address of at most 64 bits nor a symbol", text);
	memcpy(name, text, len);
	name[len] = 0;
	if (!p->lx)
		return fail(EXIT_USAGE, "'%s' is not a hexadecimal address, and without Linux there are no symbols",
		            text);
	uint64_t base;
	int rc = ptk_linux_symbol(p->lx, name, &base);
	if (rc < 0)
		return fail(EXIT_USAGE, "'%s' is not a hexadecimal address, and no symbol that %s", text,
		            "the picture tells of or --symbols names");
	*va = base + plus;
	return 0;
}

int picture_address(struct picture *p, const char *text, uint64_t *va)
{
	return parse_hex(text, va) ? 0 : symbol_address(p, text, va);
}

/* An end of the window must lie in a space, or the answer would be silently empty. */
static int window_end(struct picture *p, const char *name, const char *text, uint64_t *va)
{
	int rc = picture_address(p, text, va);
	if (rc)
		return rc;
	const struct ptk_regime *r = &p->space[0].regime;
	if (*va > ptk_va_max(r))
		return fail(EXIT_USAGE, "%s 0x%" PRIx64 ": %s has %u-bit addresses", name, *va, r->name, r->va_width);
	return 0;
}

int picture_window(struct picture *p, const struct window_opts *w, uint64_t *from, uint64_t *to)
{
	uint64_t page = (UINT64_C(1) << p->space[0].regime.page_shift) - 1;
	uint64_t first = 0, last = UINT64_MAX;
	int rc = w->from ? window_end(p, "--from", w->from, &first) : 0;
	if (!rc && w->to)
		rc = window_end(p, "--to", w->to, &last);
	if (rc)
		return rc;
	first &= ~page;
	last |= page;
	if (first > last)
		return fail(EXIT_USAGE, "--from 0x%" PRIx64 " lies above --to 0x%" PRIx64, first, last);
	*from = w->from || w->to ? first : 0;
	*to = w->from || w->to ? last : 0;
	return 0;
}

int parts(const struct ptk_walk_stats *stats)
{
	if (stats->unreadable && stats->refused)
		return fail(EXIT_PARTS,
		            "%" PRIu64 " tables could not be read, and %" PRIu64
		            " were refused: the tree loops or multiplies",
		            stats->unreadable, stats->refused);
	if (stats->unreadable)
		return fail(EXIT_PARTS, "%" PRIu64 " table%s could not be read: not in the picture", stats->unreadable,
		            stats->unreadable == 1 ? "" : "s");
	if (stats->refused)
		return fail(EXIT_PARTS, "%" PRIu64 " table%s refused: the tree loops or multiplies beyond the budget",
		            stats->refused, stats->refused == 1 ? " was" : "s were");
	return EXIT_DONE;
}

static bool is_same(const char *path, const struct stat *file)
{
	struct stat st;
	return stat(path, &st) == 0 && st.st_dev == file->st_dev && st.st_ino == file->st_ino;
}

bool source_has_file(const char *source, const char *file)
{
	struct stat st;
	if (!source || !file || stat(file, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	bool found = is_same(source, &st);
	/* SCHEME:FILE@ADDRESS,FILE@ADDRESS */
	const char *colon = strchr(source, ':');
	char *list = strdup(colon ? colon + 1 : source), *rest = list;
	for (char *path; !found && (path = strsep(&rest, ","));) {
		found = is_same(path, &st);
		char *at = strrchr(path, '@');
		if (at)
			*at = 0;
		found |= at && is_same(path, &st);
	}
	free(list);
	return found;
}
