// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Computed markers against the kernels' own, on the snapshots of examples/. Two boundaries of x86 depend on the
 * configuration and leave no trace in the tables: whether there is an LDT remap, and how many slots the fixmap has.
 */
#include <dirent.h>

#include <ptkit/ptkit.h>

#include "tap.h"

static bool by_configuration(const char *name)
{
	return strcmp(name, "LDT remap") == 0 || strcmp(name, "Fixmap Area") == 0 || strcmp(name, "Fixmap area") == 0;
}

static const struct ptk_marker *find(const struct ptk_linux_info *info, const char *name)
{
	for (size_t i = 0; i < info->nmarkers; i++)
		if (strcmp(info->marker[i].name, name) == 0)
			return &info->marker[i];
	return NULL;
}

/* Every marker of one is in the other, where it says. */
static size_t differences(const struct ptk_linux_info *a, const struct ptk_linux_info *b)
{
	size_t n = 0;
	for (size_t i = 0; i < a->nmarkers; i++) {
		const struct ptk_marker *m = &a->marker[i], *o = find(b, m->name);
		if (o ? o->va == m->va && o->max_lines == m->max_lines : by_configuration(m->name))
			continue;
		if (o && by_configuration(m->name))
			continue;
		printf("# %s: 0x%" PRIx64 ", other 0x%" PRIx64 "\n", m->name, m->va, o ? o->va : 0);
		n++;
	}
	return n;
}

static void compare(const char *path, const char *name)
{
	struct ptk_linux_opts opts = {.no_markers_in_ram = true};
	struct ptk_linux *own, *computed;
	struct ptk_err err = {0};
	struct ptk_mem *mem;
	int rc = ptk_mem_open(path, NULL, &mem, &err);
	if (rc == PTK_E_NOTSUP) {
		skip("%s: this build cannot unpack it", name);
		return;
	}
	if (rc < 0)
		bail("%s", err.msg);
	if (ptk_linux_open(mem, NULL, &own, &err) < 0 || ptk_linux_open(mem, &opts, &computed, &err) < 0)
		bail("%s: %s", name, err.msg);
	const struct ptk_linux_info *a = ptk_linux_info(own), *b = ptk_linux_info(computed);
	ok(b->markers_computed && b->nmarkers > 6, "%s: %zu computed", name, b->nmarkers);
	if (a->markers_computed)
		skip("%s keeps no markers of its own", name);
	else
		is_u64(differences(a, b) + differences(b, a), 0, "%s: they are the kernel's own", name);
	ptk_linux_close(own);
	ptk_linux_close(computed);
	ptk_mem_close(mem);
}

int main(void)
{
	const char *source = getenv("PTKIT_SOURCE");
	char folder[512], path[1024];
	snprintf(folder, sizeof folder, "%s/examples", source ? source : ".");
	DIR *d = opendir(folder);
	unsigned n = 0;
	for (struct dirent *e; d && (e = readdir(d));) {
		if (!strstr(e->d_name, ".core"))
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		compare(path, e->d_name);
		n++;
	}
	if (d)
		closedir(d);
	if (n == 0)
		skip("no examples beside the sources");
	return done();
}
