/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The headers of an ELF core, for those that read one: a file, or a kernel that shows itself as one. */
#ifndef MEM_ELF_HEAD_H
#define MEM_ELF_HEAD_H

#include "mem/mem.h"

struct ptk_elf {
	const struct ptk_blob *file; /* set by the caller */
	bool big, wide;
	uint16_t machine;
	uint64_t phoff, phnum;
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

#endif
