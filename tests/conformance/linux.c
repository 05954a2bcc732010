// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What is read out of pictures of real machines, against what these machines said: the kernel's symbols against its
 * /proc/kallsyms.
 */
#include <dirent.h>

#include <ptkit/process.h>

#include "linux/kallsyms.h"
#include "linux/linux.h"
#include "linux/symbols.h"
#include "tap.h"

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

static void check_symbols(struct ptk_linux *lx, const char *folder, const char *name)
{
	char command[1200];
	snprintf(command, sizeof command, "gzip -dc '%s/proc_kallsyms.txt.gz'", folder);
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

/* ---- the folders ---- */

static void check_machine(const char *folder, const char *name)
{
	char path[1100];
	struct ptk_mem *mem;
	struct ptk_linux *lx;
	struct ptk_err err = {0};
	snprintf(path, sizeof path, "%s/vmcore.zst", folder);
	int rc = ptk_mem_open(path, NULL, &mem, &err);
	if (rc == PTK_E_NOTSUP) {
		skip("%s: %s", name, err.msg);
		return;
	}
	if (rc < 0 || ptk_linux_open(mem, NULL, &lx, &err) < 0)
		bail("%s: %s", name, err.msg);
	check_symbols(lx, folder, name);
	ptk_linux_close(lx);
	ptk_mem_close(mem);
}

int main(int argc, char **argv)
{
	const char *from = getenv("PTKIT_CAPTURES"), *source = getenv("PTKIT_SOURCE");
	char top[512], folder[800], probe[900];
	snprintf(top, sizeof top, "%s%s", from ? from : source ? source : ".", from ? "" : "/../shared/captures");
	DIR *d = opendir(top);
	int n = 0;
	for (const struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] == '.' || (argc > 1 && strcmp(argv[1], e->d_name) != 0))
			continue;
		snprintf(folder, sizeof folder, "%s/%s", top, e->d_name);
		snprintf(probe, sizeof probe, "%s/proc_kallsyms.txt.gz", folder);
		FILE *f = fopen(probe, "r");
		if (!f)
			continue;
		fclose(f);
		check_machine(folder, e->d_name);
		n++;
	}
	if (d)
		closedir(d);
	if (!n)
		skip("no captures at %s", top);
	return done();
}
