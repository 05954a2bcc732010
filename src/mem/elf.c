// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * ELF cores: kexec's, QEMU's dump-guest-memory, makedumpfile -E, our own. Physical addresses are in
 * p_paddr. Every size and offset is checked against the file; what lies outside it is not there.
 */
#include <elf.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "mem/mem.h"

struct elf {
	struct ptk_mem *mem;
	const struct ptk_blob *file;
	bool big, wide;
	uint64_t phoff, phnum;
	uint64_t stride; /* e_phentsize */
	uint64_t segments;                     /* that should have memory in the file */
	uint64_t loads, at_zero;               /* those that do, and those of them at 0 */
	uint64_t cut, lost, wrapped;           /* segments cut short, the bytes they lack; those out of range */
};

struct phdr {
	uint32_t type;
	uint64_t offset, paddr, filesz, memsz, align;
};

static bool elf_probe(const struct ptk_blob *file)
{
	char magic[SELFMAG];
	return ptk_blob_read_(file, 0, magic, SELFMAG) && memcmp(magic, ELFMAG, SELFMAG) == 0;
}

/* A header field that has different places in the two classes. */
#define FIELD(e, base, type, field)                                                                                   \
	((e)->wide ? get(e, (base) + offsetof(Elf64_##type, field), sizeof(((Elf64_##type *)0)->field))               \
	           : get(e, (base) + offsetof(Elf32_##type, field), sizeof(((Elf32_##type *)0)->field)))

static uint64_t get(const struct elf *e, const uint8_t *p, size_t size)
{
	return size == 8 ? load64(p, e->big) : size == 4 ? load32(p, e->big) : load16(p, e->big);
}

/* gABI: with PN_XNUM the number of program headers is in sh_info of section header 0. */
static int extended_number(struct elf *e, uint64_t shoff, struct ptk_err *err)
{
	uint8_t sh[sizeof(Elf64_Shdr)];
	if (shoff == 0 || !ptk_blob_read_(e->file, shoff, sh, e->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
		return ptk_err_set_(err, PTK_E_BADFMT,
		                    "%s: more than 65534 program headers, but no section header to count them",
		                    e->file->name);
	e->phnum = FIELD(e, sh, Shdr, sh_info);
	return 0;
}

static int read_ident(struct elf *e, uint8_t h[static sizeof(Elf64_Ehdr)], struct ptk_err *err)
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

static int read_header(struct elf *e, struct ptk_err *err)
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
	e->mem->info.machine = (uint16_t)FIELD(e, h, Ehdr, e_machine);
	e->mem->info.big_endian = e->big;
	return e->phnum == PN_XNUM ? extended_number(e, FIELD(e, h, Ehdr, e_shoff), err) : 0;
}

static int check_table(const struct elf *e, struct ptk_err *err)
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
static struct phdr read_phdr(const struct elf *e, uint64_t i)
{
	uint8_t p[sizeof(Elf64_Phdr)];
	if (!ptk_blob_read_(e->file, e->phoff + i * e->stride, p, e->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		return (struct phdr){.type = PT_NULL};
	struct phdr ph = {
		.type = (uint32_t)FIELD(e, p, Phdr, p_type),
		.offset = FIELD(e, p, Phdr, p_offset),
		.paddr = FIELD(e, p, Phdr, p_paddr),
		.filesz = FIELD(e, p, Phdr, p_filesz),
		.memsz = FIELD(e, p, Phdr, p_memsz),
		.align = FIELD(e, p, Phdr, p_align),
	};
	return ph;
}

/* How much of a segment's bytes the file holds. */
static uint64_t present(const struct elf *e, const struct phdr *ph)
{
	uint64_t rest = ph->offset < e->file->size ? e->file->size - ph->offset : 0;
	return ph->filesz < rest ? ph->filesz : rest;
}

/*
 * Memory beyond p_filesz is not in the dump. A program's loader would clear it, but in a core it is
 * what was left out: makedumpfile -E ends a segment early where it excluded pages of whatever
 * content, and Linux's own cores give mappings that were not dumped a p_filesz of 0.
 */
static int add_load(struct elf *e, const struct phdr *ph)
{
	/* More bytes than memory makes no sense: p_memsz counts, where there is one. */
	uint64_t claim = ph->memsz && ph->memsz < ph->filesz ? ph->memsz : ph->filesz;
	uint64_t size = present(e, ph), last;
	size = size < claim ? size : claim;
	/* fs/proc/kcore.c gives memory that has no one physical address -1 there. */
	if (claim == 0 || ph->paddr == (e->wide ? UINT64_MAX : UINT32_MAX))
		return 0;
	e->segments++;
	if (size == 0) {
		e->cut++;
		e->lost += claim;
		return 0;
	}
	if (!add_ok(ph->paddr, size - 1, &last) || (!e->wide && last > UINT32_MAX)) {
		e->wrapped++;
		return 0;
	}
	e->loads++;
	e->at_zero += ph->paddr == 0;
	uint64_t lost = claim - size;
	int r = ptk_mem_add_file_(e->mem, ph->paddr, e->file, ph->offset, size, &lost);
	e->cut += lost != 0;
	e->lost += lost;
	return r;
}

static int add_notes(struct elf *e, const struct phdr *ph)
{
	uint64_t size = present(e, ph);
	if (size < ph->filesz)
		ptk_mem_warn_(e->mem, "the file ends inside its notes");
	const uint8_t *p = size ? ptk_blob_pin_(e->mem, e->file, ph->offset, size) : NULL;
	return p ? ptk_mem_notes_(e->mem, p, size, ph->align == 8 ? 8 : 4, e->big) : 0;
}

static int add_segments(struct elf *e, struct ptk_err *err)
{
	for (uint64_t i = 0; i < e->phnum; i++) {
		struct phdr ph = read_phdr(e, i);
		int r = ph.type == PT_LOAD ? add_load(e, &ph) : ph.type == PT_NOTE ? add_notes(e, &ph) : 0;
		if (r < 0)
			return ptk_err_set_(err, r, "cannot read the program headers of %s", e->file->name);
	}
	if (e->loads > 1 && e->at_zero == e->loads)
		return ptk_err_set_(err, PTK_E_BADFMT,
		                    "%s is the core of a process: its %llu segments have no physical addresses",
		                    e->file->name, (unsigned long long)e->loads);
	if (e->loads == 0 && e->cut)
		return ptk_err_set_(err, PTK_E_TRUNC, "%s ends before the first of its segments", e->file->name);
	if (e->loads == 0)
		return ptk_err_set_(err, PTK_E_BADFMT, "%s is an ELF core without physical memory in it",
		                    e->file->name);
	return 0;
}

/* What was survived, the worst first. */
static void warn(struct elf *e, uint64_t overlap)
{
	if (e->cut)
		ptk_mem_warn_(e->mem, "the file is truncated: %llu of its %llu segments lack %llu bytes",
		              (unsigned long long)e->cut, (unsigned long long)e->segments,
		              (unsigned long long)e->lost);
	if (e->wrapped)
		ptk_mem_warn_(e->mem, "%llu segments reach beyond the end of the address space and are left out",
		              (unsigned long long)e->wrapped);
	if (overlap)
		ptk_mem_warn_(e->mem, "segments overlap in %llu bytes: the first of them counts",
		              (unsigned long long)overlap);
}

static int elf_open(struct ptk_mem *mem, struct ptk_blob *const *file, size_t n, const struct ptk_mem_opts *opts,
                    struct ptk_err *err)
{
	struct elf e = {.mem = mem, .file = file[0]};
	uint64_t overlap;
	int r = read_header(&e, err);
	if (r == 0)
		r = check_table(&e, err);
	if (r == 0)
		r = add_segments(&e, err);
	if (r < 0)
		return r;
	r = ptk_mem_seal_(mem, &overlap);
	if (r < 0)
		return ptk_err_set_(err, r, "cannot sort the segments of %s", e.file->name);
	warn(&e, overlap);
	return 0;
}

const struct ptk_mem_format ptk_mem_elf = {
	.name = "elf",
	.probe = elf_probe,
	.open = elf_open,
};
