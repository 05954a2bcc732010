// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Boots from snapshots of real kernels: the machine, the tables that come out, and what is told of each difference are what
 * they are with all of the memory. And the note that makes it so is a small part of the snapshot.
 */
#include <sys/stat.h>

#include "captures.h"
#include "growing.h"

/* A picture, its boot, and what differs from it. */
struct view {
	struct ptk_mem *mem;
	struct ptk_linux *lx;
	struct ptk_machine *m;
	struct ptk_boot *b;
	struct text machine, tables, differences;
	unsigned nameless;
};

static int differs(void *arg, const struct ptk_boot_diff *d)
{
	struct view *v = arg;
	char line[600];
	int len = snprintf(line, sizeof line, "%d %s 0x%" PRIx64 "-0x%" PRIx64 " %" PRIu64 " 0x%" PRIx64 " 0x%" PRIx64 " %s\n", d->verdict,
	                   d->region->name, d->first, d->last, d->count, d->ours, d->theirs, d->why ? d->why : "");
	v->nameless += d->verdict != PTK_BOOT_NAMED;
	return append(&v->differences, line, (size_t)len);
}

static void compare(struct view *v, const char *name)
{
	struct ptk_err err = {0};
	size_t n;
	ptk_boot_regions(v->b, &n);
	struct ptk_boot_sum *sum = calloc(n + 1, sizeof *sum);
	is_int(ptk_boot_compare(v->b, v->lx, differs, v, sum, &err), 0, "%s: compared (%s)", name, err.msg);
	append(&v->differences, (const char *)sum, n * sizeof *sum);
	free(sum);
}

static void save(struct view *v, const char *name)
{
	char path[] = "/tmp/ptkit-boot-snapshot-XXXXXX";
	struct ptk_err err = {0};
	close(mkstemp(path));
	is_int(ptk_boot_save(v->b, path, &err), 0, "%s: the built tables are written (%s)", name, err.msg);
	text_of(&v->tables, fopen(path, "rb"));
	unlink(path);
}

/* False where this build cannot. */
static bool look(struct view *v, const char *name)
{
	struct ptk_err err = {0};
	int rc = ptk_machine_like(v->lx, &v->m, &err);
	if (rc == PTK_E_NOTSUP)
		skip("%s: %s", name, err.msg);
	if (rc == PTK_E_NOTSUP || !ok(rc == 0, "%s: a machine (%s)", name, err.msg) ||
	    !ok(ptk_boot_run(v->m, NULL, &v->b, &err) == 0, "%s: a boot (%s)", name, err.msg))
		return false;
	ptk_machine_write(v->m, append, &v->machine);
	save(v, name);
	compare(v, name);
	return true;
}

static void put_away(struct view *v)
{
	free(v->machine.p);
	free(v->tables.p);
	free(v->differences.p);
	ptk_boot_free(v->b);
	ptk_machine_free(v->m);
	ptk_linux_close(v->lx);
	ptk_mem_close(v->mem);
}

static bool same(const struct text *a, const struct text *b)
{
	return a->n && a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

static void check(const char *name, struct view *whole, struct view *snap, const char *path)
{
	struct stat st;
	if (!look(whole, name) || !look(snap, name))
		return;
	ok(same(&whole->machine, &snap->machine), "%s: the same machine, and where each value comes from", name);
	ok(same(&whole->tables, &snap->tables), "%s: the same tables, byte for byte", name);
	ok(same(&whole->differences, &snap->differences), "%s: the same differences and sums", name);
	is_int(snap->nameless, 0, "%s: each difference has a name", name);
	const struct ptk_note *note = ptk_mem_note(ptk_mem_info(snap->mem), PTK_NOTE_OWNER, PTK_NOTE_BOOT, 0);
	ok(note && stat(path, &st) == 0 && note->size * 20 < (size_t)st.st_size, "%s: the note is less than a twentieth of it", name);
}

static void each(const char *name)
{
	char path[] = "/tmp/ptkit-snapshot-XXXXXX";
	struct view whole = {0}, snap = {0};
	struct ptk_err err = {0};
	whole.mem = capture_linux(name, &whole.lx);
	if (!whole.mem)
		return;
	close(mkstemp(path));
	if (is_int(ptk_linux_snapshot(whole.lx, path, &err), 0, "%s: a snapshot (%s)", name, err.msg) &&
	    is_int(ptk_mem_open(path, NULL, &snap.mem, &err), 0, "%s: it opens (%s)", name, err.msg) &&
	    is_int(ptk_linux_open(snap.mem, NULL, &snap.lx, &err), 0, "%s: as Linux (%s)", name, err.msg))
		check(name, &whole, &snap, path);
	put_away(&whole);
	put_away(&snap);
	unlink(path);
}

int main(int argc, char **argv)
{
	captures_each(argc > 1 ? argv + 1 : NULL, "capture.json", each);
	return done();
}
