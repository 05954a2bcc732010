/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The headers of an ELF core, for those that read one: a file, or a kernel that shows itself as one. */
#ifndef MEM_ELF_HEAD_H
#define MEM_ELF_HEAD_H

#include "mem/mem.h"

struct ptk_elf {
	const struct ptk_blob *file; /* set by the caller */
	bool big, wide;
	uint16_t machine;
	uint64_t phoff, phnum, shoff, shnum;
	uint64_t stride; /* e_phentsize */
};

struct ptk_phdr {
	uint32_t type;
	uint64_t offset, paddr, filesz, memsz, align;
};

/* Read the file's header: a core's, of either class and byte order. */
int ptk_elf_header_(struct ptk_elf *e, struct ptk_err *err);

/* Check that the program headers are all there. */
int ptk_elf_table_(const struct ptk_elf *e, struct ptk_err *err);

/* Program header i, less than phnum. */
struct ptk_phdr ptk_elf_phdr_(const struct ptk_elf *e, uint64_t i);

/* Where the section headers say that the names of sections end, if that is all that they tell of; or 0. */
uint64_t ptk_elf_strings_end_(const struct ptk_elf *e);

/* Sizes of name and descriptor of the note at an offset; false: it is not in the file. */
bool ptk_elf_note_(const struct ptk_elf *e, uint64_t at, uint64_t *name, uint64_t *desc);

/* elf_slip.c: how many bytes later than announced all that follows the notes lies; negative: earlier. */
int64_t ptk_elf_slip_(const struct ptk_elf *e);

#endif
