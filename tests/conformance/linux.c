// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What is read out of pictures of real machines, against what these machines said: the kernel's symbols against its
 * /proc/kallsyms, the tables of process 1 against its pagemap, its mappings against its maps.
 */
#include "linux/kallsyms.h"
#include "linux/linux.h"
#include "linux/proc/tasks.h"
#include "linux/proc/types.h"
#include "linux/symbols.h"
#include "captures.h"

#define LINE 1400

/* ---- symbols ---- */

/* "ADDRESS TYPE NAME", without a module behind it. A console's own lines are in between. */
static bool read_symbol(const char *line, uint64_t *va, char name[LINE])
{
	char type, rest[LINE] = "";
	int n = sscanf(line, "%" SCNx64 " %c %1399s %1399s", va, &type, name, rest);
	return n == 3 && (line[8] == ' ' || line[16] == ' ');
}

/* Every line is a symbol of ours, in our order, and none of ours is left out, but for lines that the console broke. */
static void compare_symbols(const struct lx_symtab *st, FILE *f, const char *name, const char *how)
{
	char line[LINE], theirs[LINE];
	uint64_t va, our;
	size_t lines = 0, wrong = 0, n = ptk_symbols_count_(st), at = 0;
	while (fgets(line, sizeof line, f)) {
		if (!read_symbol(line, &va, theirs))
			continue;
		lines++;
		size_t i = at;
		while (i < n && i < at + 4 && (strcmp(ptk_symbols_at_(st, i, &our), theirs) != 0 || our != va))
			i++;
		if (i < n && i < at + 4)
			at = i + 1;
		else if (!wrong++)
			printf("# not found: %s", line);
	}
	ok(lines > 10000 && wrong <= 2 && n - lines + wrong <= 4 && at == n,
	   "%s: %zu symbols are those of /proc/kallsyms (%s)", name, n, how);
	if (at != n || wrong)
		printf("# %zu lines, %zu symbols, %zu lines not found, %zu symbols reached\n", lines, n, wrong, at);
}

static void check_symbols(struct ptk_linux *lx, const char *name)
{
	char path[4400], command[4500];
	capture_path(path, sizeof path, name, "proc_kallsyms.txt.gz");
	snprintf(command, sizeof command, "gzip -dc '%s'", path);
	for (int by_notes = 1; by_notes >= 0; by_notes--) {
		struct lx_symtab *st = NULL;
		const char *how = "nothing";
		FILE *f = popen(command, "r");
		if (ok(ptk_kallsyms_look_(lx, by_notes, &st, &how) == 1 && f, "%s: has kallsyms", name))
			compare_symbols(st, f, name, how);
		if (f)
			pclose(f);
		ptk_symbols_close_(st);
	}
}

/* A file of symbols without data has no swapper_pg_dir; moved as a whole, it is good for names all the same. */
static void check_symbol_file(struct ptk_mem *mem, struct ptk_linux *lx, const char *name)
{
	char path[] = "/tmp/ptkit-symbols-XXXXXX", line[4500];
	const struct ptk_linux_opts opts = {.symbols = path};
	const struct lx_symtab *own = ptk_kallsyms_(lx);
	struct ptk_linux *with = NULL;
	struct ptk_err err = {0};
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	uint64_t va = 0, here = 1, moved = strcmp(ptk_linux_info(lx)->arch, "arm") == 0 ? 0 : 0x200000;
	for (size_t i = 0; f && own && i < ptk_symbols_count_(own); i++) {
		const char *text = ptk_symbols_at_(own, i, &va);
		if (strcmp(text, "swapper_pg_dir") != 0 && strncmp(text, "init_", 5) != 0 && va > 0x80000000)
			fprintf(f, "%0*" PRIx64 " T %s\n", va >> 32 ? 16 : 8, va - moved, text);
	}
	if (f)
		fclose(f);
	snprintf(line, sizeof line, "%s: symbols without swapper_pg_dir", name);
	if (ok(f && ptk_linux_open(mem, &opts, &with, &err) == 0, "%s are taken", line))
		ok(ptk_lx_symbol_(with, "schedule", &va) && ptk_linux_symbol(lx, "schedule", &here) == 0 && va == here,
		   "%s, and moved to where the kernel runs", line);
	else
		printf("# %s\n", err.msg);
	ptk_linux_close(with);
	unlink(path);
}

/* ---- processes ---- */

/* What every Linux has: the first task, init (its tables are its own), kthreadd, and children of that one. */
static const struct ptk_process *check_list(struct ptk_linux *lx, const char *name)
{
	const struct ptk_process *list, *one = NULL;
	struct ptk_err err = {0};
	size_t n = 0, kthreads = 0, users = 0;
	bool idle = false, kthreadd = false, worker = false;
	if (!ok(ptk_linux_processes(lx, &list, &n, &err) == 0, "%s: its processes are listed", name)) {
		printf("# %s\n", err.msg);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		const struct ptk_process *p = &list[i];
		kthreads += p->kthread;
		users += !p->kthread && p->mm && p->root != PTK_NO_PA;
		idle |= i == 0 && p->pid == 0 && strncmp(p->name, "swapper", 7) == 0 && p->kthread;
		kthreadd |= p->pid == 2 && strcmp(p->name, "kthreadd") == 0 && p->kthread;
		worker |= p->pid > 2 && strncmp(p->name, "kworker/", 8) == 0 && p->kthread && !p->mm;
		if (p->pid == 1)
			one = p;
	}
	ok(idle && kthreadd && worker, "%s: swapper, kthreadd and its workers are among %zu", name, n);
	ok(one && strcmp(one->name, "init") == 0 && !one->kthread && users == 1 && kthreads == n - 1,
	   "%s: init is the one process of user space, the others are the kernel's", name);
	return one;
}

static void check_pagemap(const struct ptk_space *s, const char *name)
{
	uint64_t va, entry, pages = 0, wrong = 0;
	FILE *f = capture_open(name, "pagemap.txt");
	while (f && fscanf(f, "%" SCNx64 " %" SCNx64, &va, &entry) == 2) {
		uint64_t pa = 0, pfn = entry & ((UINT64_C(1) << 55) - 1);
		bool present = entry >> 63, mapped = ptk_translate(s, va, &pa) == 1;
		pages++;
		wrong += mapped != present || (present && pa != pfn << s->regime.page_shift);
	}
	if (f)
		fclose(f);
	/* One page of each is stale: the buffer that the map was read into, unmapped since. */
	ok(pages > 20 && wrong <= 1, "%s: all but %" PRIu64 " of %" PRIu64 " pages of process 1 are where it said",
	   name, wrong, pages);
}

static void check_processes(struct ptk_linux *lx, const char *name)
{
	const struct ptk_process *one = check_list(lx, name), *same;
	struct ptk_space s[2], user;
	struct ptk_err err = {0};
	uint64_t stext, pa;
	if (!one)
		return;
	ok(ptk_linux_process(lx, 1, &same, &err) == 0 && same == one, "%s: process 1 by its pid", name);
	is_int(ptk_linux_process(lx, 77777, &same, &err), PTK_E_NOTFOUND, "%s: no process 77777", name);
	int n = ptk_linux_process_spaces(lx, one, s, &err);
	bool halves = strcmp(ptk_linux_info(lx)->arch, "arm64") == 0;
	is_int(n, halves ? 2 : 1, "%s: as many spaces as it has roots", name);
	if (n < 1)
		return;
	check_pagemap(&s[0], name);
	ok(ptk_linux_symbol(lx, "_stext", &stext) == 0 && ptk_translate(&s[n - 1], stext, &pa) == 1,
	   "%s: they map the kernel too", name);
	ok(ptk_linux_process_user(lx, one, &user, &err) == 0 && user.first == 0 &&
	           user.root == s[0].root + (lx->layout.pti ? 4096 : 0) && user.last < stext,
	   "%s: its own half", name);
}

/* ---- the folders ---- */

/* ---- types ---- */

/* What is inferred without types must be what types say, where there are some. */
static void check_layout(struct ptk_linux *lx, const char *name)
{
	struct lx_task_layout t, i;
	const char *why = NULL, *how = ptk_types_(lx);
	if (!how) {
		printf("# %s: has no types\n", name);
		return;
	}
	if (!ok(ptk_task_layout_(lx, &t, &why) == 1 && t.how == how && ptk_task_infer_(lx, &i, &why) == 1,
	        "%s: a layout by types, and one without", name))
		return;
	ok(t.init_task == i.init_task && t.tasks == i.tasks && t.pid == i.pid && t.tgid == i.tgid &&
	           t.parent == i.parent && t.children == i.children && t.sibling == i.sibling && t.leader == i.leader &&
	           t.mm == i.mm && t.comm == i.comm && t.pgd == i.pgd,
	   "%s: what was inferred is what the types say (%s)", name, how);
	ok(t.flags && t.signal && t.nr_threads, "%s: and they say more", name);
}

/* A line of /proc/PID/maps. The gate areas of the kernel's half are no mappings of the process. */
static bool read_area(FILE *f, struct ptk_vma *out, char name[LINE])
{
	char line[LINE], perm[8];
	unsigned major, minor;
	uint64_t end;
	int at = 0;
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %x:%x %" SCNu64 " %n", &out->first, &end,
		           perm, &out->offset, &major, &minor, &out->ino, &at) < 7 ||
		    out->first >> 63)
			continue;
		out->last = end - 1;
		out->flags = (perm[0] == 'r' ? PTK_VMA_READ : 0u) | (perm[1] == 'w' ? PTK_VMA_WRITE : 0u) |
		             (perm[2] == 'x' ? PTK_VMA_EXEC : 0u) | (perm[3] == 's' ? PTK_VMA_SHARED : 0u);
		snprintf(name, LINE, "%s", line + at);
		name[strcspn(name, "\r\n")] = 0;
		return true;
	}
	return false;
}

/* The same line but for its ends: offsets are those of files alone. */
static bool same_kind(const struct ptk_vma *a, const struct ptk_vma *line, const char *name)
{
	return a->first >= line->first && a->last <= line->last && (a->flags & 15) == line->flags &&
	       a->offset == line->offset + (line->ino ? a->first - line->first : 0) && a->ino == line->ino &&
	       strcmp(a->name, name) == 0;
}

/* The buffer that the map was read into has been unmapped since: out of the middle of one line. */
static void compare_maps(FILE *f, const struct ptk_vma *list, size_t n, const char *name)
{
	struct ptk_vma line = {0};
	char text[LINE];
	size_t at = 0, lines = 0, cut = 0;
	for (; read_area(f, &line, text); lines++) {
		size_t first = at;
		while (at < n && same_kind(&list[at], &line, text))
			at++;
		bool whole = at == first + 1 && list[first].first == line.first && list[first].last == line.last;
		if (!whole) {
			printf("# %s0x%" PRIx64 "-0x%" PRIx64 " %s\n",
			       at > first ? "now in pieces: " : "not found: ", line.first, line.last, text);
			cut += at > first ? 1 : 2;
		}
	}
	ok(at == n && lines > 10 && cut <= 1, "%s: all %zu are those of its maps, in every column", name, n);
}

static void check_maps(struct ptk_linux *lx, const char *name)
{
	const struct ptk_process *one;
	const struct ptk_vma *list;
	struct ptk_err err = {0};
	size_t n;
	if (!ptk_types_(lx) || ptk_linux_process(lx, 1, &one, NULL) < 0)
		return;
	FILE *f = capture_open(name, "proc_self_maps.txt");
	if (ok(f && ptk_linux_vmas(lx, one, &list, &n, &err) == 0, "%s: mappings of process 1", name))
		compare_maps(f, list, n, name);
	else
		printf("# %s\n", err.msg);
	if (f)
		fclose(f);
}

static void check_machine(const char *name)
{
	struct ptk_linux *lx;
	struct ptk_err err = {0};
	struct ptk_mem *mem = capture_mem(name);
	if (!mem)
		return;
	if (!ok(ptk_linux_open(mem, NULL, &lx, &err) == 0, "%s: a Linux", name)) {
		printf("# %s\n", err.msg);
		ptk_mem_close(mem);
		return;
	}
	check_symbols(lx, name);
	check_symbol_file(mem, lx, name);
	check_processes(lx, name);
	check_layout(lx, name);
	check_maps(lx, name);
	ptk_linux_close(lx);
	ptk_mem_close(mem);
}

int main(int argc, char **argv)
{
	(void)argc;
	captures_each(argv + 1, "proc_kallsyms.txt.gz", check_machine);
	return done();
}
