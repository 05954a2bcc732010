// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * QEMU's cores of arm64 machines with SVE. The size of a CPU's notes depends on how long its vectors are at that
 * moment, and QEMU announces as many bytes as if all were like the first (cpu_get_note_size() of
 * target/arm/arch_dump.c). It then writes one thing after the other, so that all that follows the notes lies later than
 * the headers say, or earlier.
 */
#include <elf.h>

#include "base/bits.h"
#include "mem/elf_head.h"

struct announced {
	struct ptk_phdr note;
	uint64_t memory; /* where the first segment begins */
	uint64_t end;    /* of all that is in the file */
};

static bool announced(const struct ptk_elf *e, struct announced *a)
{
	uint64_t end;
	bool noted = false;
	*a = (struct announced){.memory = UINT64_MAX, .end = ptk_elf_strings_end_(e)};
	for (uint64_t i = 0; i < e->phnum; i++) {
		struct ptk_phdr ph = ptk_elf_phdr_(e, i);
		if (!add_ok(ph.offset, ph.filesz, &end))
			return false;
		if (ph.type == PT_NOTE && noted)
			return false;
		if (ph.type == PT_NOTE) {
			noted = true;
			a->note = ph;
		} else if (ph.type == PT_LOAD) {
			a->memory = ph.offset < a->memory ? ph.offset : a->memory;
		}
		a->end = end > a->end ? end : a->end;
	}
	return noted && a->memory == a->note.offset + a->note.filesz;
}

/* Whether notes that follow each other from the first on end at a place. */
static bool notes_end_at(const struct ptk_elf *e, const struct ptk_phdr *note, uint64_t end)
{
	uint64_t at = note->offset, align = note->align == 8 ? 8 : 4, name, desc;
	while (at < end && ptk_elf_note_(e, at, &name, &desc))
		at += ((12 + name + align - 1) & ~(align - 1)) + ((desc + align - 1) & ~(align - 1));
	return at == end;
}

int64_t ptk_elf_slip_(const struct ptk_elf *e)
{
	struct announced a;
	if (!announced(e, &a) || a.end == e->file->size)
		return 0;
	uint64_t slip = e->file->size - a.end, end = a.memory + slip;
	/* a file that is cut short, or has something behind it, has notes that end where they should */
	if (end < a.note.offset || end > e->file->size || notes_end_at(e, &a.note, a.memory) ||
	    !notes_end_at(e, &a.note, end))
		return 0;
	return (int64_t)slip;
}
