// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The headers of an ELF core (gABI), every size and offset checked against the file. */
#include "mem/elf_head.h"

#include <elf.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"

/* A header field that has different places in the two classes. */
#define FIELD(e, base, type, field)                                                                                   \
	((e)->wide ? get(e, (base) + offsetof(Elf64_##type, field), sizeof(((Elf64_##type *)0)->field))               \
	           : get(e, (base) + offsetof(Elf32_##type, field), sizeof(((Elf32_##type *)0)->field)))

static uint64_t get(const struct ptk_elf *e, const uint8_t *p, size_t size)
{
	return size == 8 ? load64(p, e->big) : size == 4 ? load32(p, e->big) : load16(p, e->big);
}

/* gABI: with PN_XNUM the number of program headers is in sh_info of section header 0. */
static int extended_number(struct ptk_elf *e, uint64_t shoff, struct ptk_err *err)
{
	uint8_t sh[sizeof(Elf64_Shdr)];
	if (shoff == 0 || !ptk_blob_read_(e->file, shoff, sh, e->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
		return ptk_err_set_(err, PTK_E_BADFMT,
		                    "%s: more than 65534 program headers, but no section header to count them",
		                    e->file->name);
	e->phnum = FIELD(e, sh, Shdr, sh_info);
	return 0;
}

static int read_ident(struct ptk_elf *e, uint8_t h[static sizeof(Elf64_Ehdr)], struct ptk_err *err)
{
	const char *name = e->file->name;
	if (!ptk_blob_read_(e->file, 0, h, EI_NIDENT))
		return ptk_err_set_(err, PTK_E_TRUNC, "%s ends inside its ELF header", name);
	if (h[EI_CLASS] != ELFCLASS32 && h[EI_CLASS] != ELFCLASS64)
		return ptk_err_set_(err, PTK_E_BADFMT, "%s: ELF class %u is neither 32 nor 64 bit", name, h[EI_CLASS]);
	if (h[EI_DATA] != ELFDATA2LSB && h[EI_DATA] != ELFDATA2MSB)
		return ptk_err_set_(err, PTK_E_BADFMT, "%s: ELF data encoding %u is not a byte order", name,
		                    h[EI_DATA]);
	e->wide = h[EI_CLASS] == ELFCLASS64;
	e->big = h[EI_DATA] == ELFDATA2MSB;
	if (!ptk_blob_read_(e->file, 0, h, e->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr)))
		return ptk_err_set_(err, PTK_E_TRUNC, "%s ends inside its ELF header", name);
	return 0;
}

int ptk_elf_header_(struct ptk_elf *e, struct ptk_err *err)
{
	uint8_t h[sizeof(Elf64_Ehdr)];
	int r = read_ident(e, h, err);
	if (r < 0)
		return r;
	if (FIELD(e, h, Ehdr, e_type) != ET_CORE)
		return ptk_err_set_(err, PTK_E_BADFMT, "%s is an ELF file, but not a core: its type is %u",
		                    e->file->name, (unsigned)FIELD(e, h, Ehdr, e_type));
	e->phoff = FIELD(e, h, Ehdr, e_phoff);
	e->phnum = FIELD(e, h, Ehdr, e_phnum);
	e->stride = FIELD(e, h, Ehdr, e_phentsize);
	e->machine = (uint16_t)FIELD(e, h, Ehdr, e_machine);
	e->shoff = FIELD(e, h, Ehdr, e_shoff);
	e->shnum = FIELD(e, h, Ehdr, e_shnum);
	return e->phnum == PN_XNUM ? extended_number(e, e->shoff, err) : 0;
}

int ptk_elf_table_(const struct ptk_elf *e, struct ptk_err *err)
{
	uint64_t size;
	if (e->phnum == 0)
		return ptk_err_set_(err, PTK_E_BADFMT, "%s: an ELF core without program headers", e->file->name);
	if (e->stride < (e->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		return ptk_err_set_(err, PTK_E_BADFMT, "%s: program headers of %u bytes are too small", e->file->name,
		                    (unsigned)e->stride);
	if (!mul_ok(e->phnum, e->stride, &size) || e->phoff > e->file->size || size > e->file->size - e->phoff)
		return ptk_err_set_(err, PTK_E_TRUNC, "%s ends inside its %llu program headers", e->file->name,
		                    (unsigned long long)e->phnum);
	return 0;
}

/* The table is in the file: a part of it that is not can only be a gap in a flattened one. */
struct ptk_phdr ptk_elf_phdr_(const struct ptk_elf *e, uint64_t i)
{
	uint8_t p[sizeof(Elf64_Phdr)];
	if (!ptk_blob_read_(e->file, e->phoff + i * e->stride, p, e->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		return (struct ptk_phdr){.type = PT_NULL};
	struct ptk_phdr ph = {
		.type = (uint32_t)FIELD(e, p, Phdr, p_type),
		.offset = FIELD(e, p, Phdr, p_offset),
		.paddr = FIELD(e, p, Phdr, p_paddr),
		.filesz = FIELD(e, p, Phdr, p_filesz),
		.memsz = FIELD(e, p, Phdr, p_memsz),
		.align = FIELD(e, p, Phdr, p_align),
	};
	return ph;
}

uint64_t ptk_elf_strings_end_(const struct ptk_elf *e)
{
	uint8_t sh[sizeof(Elf64_Shdr)];
	uint64_t size = e->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr), end;
	if (e->shnum != 2 || e->shoff > e->file->size || !ptk_blob_read_(e->file, e->shoff + size, sh, size) ||
	    FIELD(e, sh, Shdr, sh_type) != SHT_STRTAB)
		return 0;
	return add_ok(FIELD(e, sh, Shdr, sh_offset), FIELD(e, sh, Shdr, sh_size), &end) ? end : 0;
}

bool ptk_elf_note_(const struct ptk_elf *e, uint64_t at, uint64_t *name, uint64_t *desc)
{
	uint8_t h[12];
	if (!ptk_blob_read_(e->file, at, h, sizeof h))
		return false;
	*name = load32(h, e->big);
	*desc = load32(h + 4, e->big);
	return true;
}
