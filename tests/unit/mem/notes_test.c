// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/mem.h"

#include "lib/mk.h"
#include "lib/tap.h"

static void add(struct mk_buf *b, uint32_t namesz, uint32_t descsz, const char *name, const char *desc)
{
	mk_int(b, namesz, 4, false);
	mk_int(b, descsz, 4, false);
	mk_int(b, 5, 4, false);
	mk_bytes(b, name, strlen(name));
	mk_zero(b, -b->n & 3);
	mk_bytes(b, desc, strlen(desc));
	mk_zero(b, -b->n & 3);
}

static struct ptk_mem *parse(const struct mk_buf *b, size_t size)
{
	struct ptk_mem *m = ptk_mem_alloc_("test");
	is_int(ptk_mem_notes_(m, b->p, size, 4, false), 0, "%zu bytes of notes", size);
	return m;
}

/* By owner and type: the nth in the order of the file. */
static void lookups(void)
{
	static const struct ptk_note notes[] = {
		{"PTKIT", 2, "a", 1}, {"CORE", 1, "b", 1}, {"PTKIT", 1, "c", 1}, {"PTKIT", 2, "d", 1}, {"PTKI", 2, "e", 1},
	};
	const struct ptk_mem_info info = {.note = notes, .nnotes = sizeof notes / sizeof *notes};
	ok(ptk_mem_note(&info, PTK_NOTE_OWNER, 2, 0) == &notes[0], "the first of its type");
	ok(ptk_mem_note(&info, PTK_NOTE_OWNER, 2, 1) == &notes[3], "the second, past others");
	ok(!ptk_mem_note(&info, PTK_NOTE_OWNER, 2, 2), "there is no third");
	ok(ptk_mem_note(&info, PTK_NOTE_OWNER, 1, 0) == &notes[2], "of another type");
	ok(ptk_mem_note(&info, "CORE", 1, 0) == &notes[1], "of another owner");
	ok(ptk_mem_note(&info, "PTKI", 2, 0) == &notes[4], "names are whole");
	ok(!ptk_mem_note(&info, "QEMU", 0, 0), "of none");
	ok(!ptk_mem_note(&(struct ptk_mem_info){.format = "raw"}, "QEMU", 0, 0), "where there are no notes at all");
}

int main(void)
{
	struct mk_buf b = {0};
	struct ptk_mem *m;
	add(&b, 4, 4, "name", "desc"); /* no NUL in the name */
	add(&b, 3, 5, "a\0", "vwxyz");
	size_t two = b.n;
	add(&b, 1000, 4, "bad", "");
	m = parse(&b, two);
	is_int((int64_t)m->info.nnotes, 2, "two notes");
	is_str(m->note[0].name, "name", "a name without its NUL is terminated");
	is_str(m->note[1].name, "a", "one with NULs ends at the first");
	ok(m->note[1].size == 5 && memcmp(m->note[1].data, "vwxyz", 5) == 0, "a descriptor of odd length");
	ok(!m->info.warning, "nothing to warn of");
	ptk_mem_close(m);
	lookups();
	m = parse(&b, two - 3);
	is_int((int64_t)m->info.nnotes, 2, "the last padding may be missing");
	ptk_mem_close(m);
	m = parse(&b, two - 4);
	is_int((int64_t)m->info.nnotes, 1, "a descriptor may not");
	ok(m->info.warning != NULL, "which is warned of");
	ptk_mem_close(m);
	m = parse(&b, b.n);
	is_int((int64_t)m->info.nnotes, 2, "a damaged note ends the list");
	has_str(m->info.warning, "note 2", "the warning counts from 0");
	ptk_mem_close(m);
	m = parse(&b, 11);
	is_int((int64_t)m->info.nnotes, 0, "less than a note's header is none");
	ptk_mem_close(m);
	mk_free(&b);
	/* As many empty notes as fit: bounded. */
	mk_zero(&b, 12 * 70000);
	m = parse(&b, b.n);
	is_int((int64_t)m->info.nnotes, 65536, "no more than 65536");
	has_str(m->info.warning, "more than 65536", "and a word about it");
	ptk_mem_close(m);
	mk_free(&b);
	return done();
}
