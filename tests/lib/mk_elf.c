// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* An ELF core, field by field after the gABI's tables: no <elf.h>, so that its layout is told twice. */
#include "lib/mk.h"

#include <stddef.h>

static void word(struct mk_buf *b, const struct mk_elf *how, uint64_t v)
{
	mk_int(b, v, how->wide ? 8 : 4, how->big);
}

static void ehdr(struct mk_buf *b, const struct mk_elf *how, size_t phnum)
{
	const uint8_t ident[16] = {0x7f, 'E', 'L', 'F', how->wide ? 2 : 1, how->big ? 2 : 1, 1};
	size_t size = how->wide ? 64 : 52, ph = how->wide ? 56 : 32;
	mk_bytes(b, ident, sizeof ident);
	mk_int(b, 4, 2, how->big); /* ET_CORE */
	mk_int(b, how->machine, 2, how->big);
	mk_int(b, 1, 4, how->big);
	word(b, how, 0);
	word(b, how, size);
	word(b, how, how->extended ? size + phnum * ph : 0);
	mk_int(b, 0, 4, how->big);
	mk_int(b, size, 2, how->big);
	mk_int(b, ph, 2, how->big);
	mk_int(b, how->extended ? 0xffff : phnum, 2, how->big);
	mk_int(b, how->extended ? (how->wide ? 64 : 40) : 0, 2, how->big);
	mk_int(b, how->extended, 2, how->big);
	mk_int(b, 0, 2, how->big);
}

static void phdr(struct mk_buf *b, const struct mk_elf *how, const uint64_t v[static 6], uint32_t type)
{
	uint64_t off = v[0], va = v[1], pa = v[2], filesz = v[3], memsz = v[4], align = v[5];
	mk_int(b, type, 4, how->big);
	if (how->wide)
		mk_int(b, 7, 4, how->big);
	word(b, how, off);
	word(b, how, va);
	word(b, how, pa);
	word(b, how, filesz);
	word(b, how, memsz);
	if (!how->wide)
		mk_int(b, 7, 4, how->big);
	word(b, how, align);
}

static void shdr0(struct mk_buf *b, const struct mk_elf *how, size_t phnum)
{
	size_t at = b->n;
	mk_zero(b, how->wide ? 64 : 40);
	mk_poke(b, at + (how->wide ? 44 : 28), phnum, 4, how->big); /* sh_info */
}

/* Pad the note part that began at from. */
static void pad(struct mk_buf *b, size_t from, size_t align)
{
	mk_zero(b, (align - (b->n - from) % align) % align);
}

static void note(struct mk_buf *b, const struct mk_elf *how, const char *name, size_t name_len, uint32_t type,
                 const char *text, size_t len)
{
	size_t from = b->n, align = how->note_align == 8 ? 8 : 4;
	mk_int(b, name_len, 4, how->big);
	mk_int(b, len, 4, how->big);
	mk_int(b, type, 4, how->big);
	mk_bytes(b, name, name_len);
	pad(b, from, align);
	mk_bytes(b, text, len);
	pad(b, from, align);
}

void mk_elf(struct mk_buf *b, const struct mk_ram *ram, const struct mk_elf *how, struct mk_elf_map *map)
{
	size_t phnum = ram->n + 1;
	struct mk_buf notes = {0};
	note(&notes, how, "CORE", 5, 1, "status.", 7);
	note(&notes, how, "VMCOREINFO", 11, 0, "OSRELEASE=6.12\n", 15);
	note(&notes, how, "", 0, 7, "", 0);
	ehdr(b, how, phnum);
	if (map)
		*map = (struct mk_elf_map){b->n, how->wide ? 56 : 32, 0};
	size_t phdrs = b->n, ph = how->wide ? 56 : 32, sh = how->extended ? (how->wide ? 64 : 40) : 0;
	size_t off = phdrs + phnum * ph + sh;
	if (map)
		map->note = off;
	phdr(b, how, (uint64_t[]){off, 0, 0, notes.n, notes.n, how->note_align}, 4);
	off += notes.n;
	for (size_t i = 0; i < ram->n; i++) {
		const struct mk_region *r = &ram->region[how->backwards ? ram->n - 1 - i : i];
		phdr(b, how, (uint64_t[]){off, 0, r->pa, r->size, r->size + how->memsz_more, 0}, 1);
		off += r->size;
	}
	if (how->extended)
		shdr0(b, how, phnum);
	mk_bytes(b, notes.p, notes.n);
	mk_free(&notes);
	for (size_t i = 0; i < ram->n; i++) {
		const struct mk_region *r = &ram->region[how->backwards ? ram->n - 1 - i : i];
		mk_bytes(b, r->data, r->size);
	}
}
