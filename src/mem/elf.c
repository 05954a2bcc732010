// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * ELF cores: kexec's, QEMU's dump-guest-memory, makedumpfile -E, our own. Physical addresses are in
 * p_paddr. Every size and offset is checked against the file; what lies outside it is not there.
 */
#include <elf.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "mem/elf_head.h"
#include "mem/mem.h"

struct elf {
	struct ptk_mem *mem;
	struct ptk_elf head;
	uint64_t segments;                     /* that should have memory in the file */
	uint64_t loads, at_zero;               /* those that do, and those of them at 0 */
	uint64_t cut, lost, wrapped;           /* segments cut short, the bytes they lack; those out of range */
	int64_t slip;                          /* see elf_slip.c */
};

static bool elf_probe(const struct ptk_blob *file)
{
	char magic[SELFMAG];
	return ptk_blob_read_(file, 0, magic, SELFMAG) && memcmp(magic, ELFMAG, SELFMAG) == 0;
}

/* How much of a segment's bytes the file holds. */
static uint64_t present(const struct elf *e, const struct ptk_phdr *ph)
{
	uint64_t rest = ph->offset < e->head.file->size ? e->head.file->size - ph->offset : 0;
	return ph->filesz < rest ? ph->filesz : rest;
}

/*
 * Memory beyond p_filesz is not in the dump. A program's loader would clear it, but in a core it is
 * what was left out: makedumpfile -E ends a segment early where it excluded pages of whatever
 * content, and Linux's own cores give mappings that were not dumped a p_filesz of 0.
 */
static int add_load(struct elf *e, const struct ptk_phdr *ph)
{
	/* More bytes than memory makes no sense: p_memsz counts, where there is one. */
	uint64_t claim = ph->memsz && ph->memsz < ph->filesz ? ph->memsz : ph->filesz;
	uint64_t size = present(e, ph), last;
	size = size < claim ? size : claim;
	/* fs/proc/kcore.c gives memory that has no one physical address -1 there. */
	if (claim == 0 || ph->paddr == (e->head.wide ? UINT64_MAX : UINT32_MAX))
		return 0;
	e->segments++;
	if (size == 0) {
		e->cut++;
		e->lost += claim;
		return 0;
	}
	if (!add_ok(ph->paddr, size - 1, &last) || (!e->head.wide && last > UINT32_MAX)) {
		e->wrapped++;
		return 0;
	}
	e->loads++;
	e->at_zero += ph->paddr == 0;
	uint64_t lost = claim - size;
	int r = ptk_mem_add_file_(e->mem, ph->paddr, e->head.file, ph->offset, size, &lost);
	e->cut += lost != 0;
	e->lost += lost;
	return r;
}

static int add_notes(struct elf *e, const struct ptk_phdr *ph)
{
	uint64_t size = present(e, ph);
	if (size < ph->filesz)
		ptk_mem_warn_(e->mem, "the file ends inside its notes");
	const uint8_t *p = size ? ptk_blob_pin_(e->mem, e->head.file, ph->offset, size) : NULL;
	return p ? ptk_mem_notes_(e->mem, p, size, ph->align == 8 ? 8 : 4, e->head.big) : 0;
}

static int add_segments(struct elf *e, struct ptk_err *err)
{
	for (uint64_t i = 0; i < e->head.phnum; i++) {
		struct ptk_phdr ph = ptk_elf_phdr_(&e->head, i);
		*(ph.type == PT_NOTE ? &ph.filesz : &ph.offset) += (uint64_t)e->slip;
		int r = ph.type == PT_LOAD ? add_load(e, &ph) : ph.type == PT_NOTE ? add_notes(e, &ph) : 0;
		if (r < 0)
			return ptk_err_set_(err, r, "cannot read the program headers of %s", e->head.file->name);
	}
	if (e->loads > 1 && e->at_zero == e->loads)
		return ptk_err_set_(err, PTK_E_BADFMT,
		                    "%s is the core of a process: its %llu segments have no physical addresses",
		                    e->head.file->name, (unsigned long long)e->loads);
	if (e->loads == 0 && e->cut)
		return ptk_err_set_(err, PTK_E_TRUNC, "%s ends before the first of its segments", e->head.file->name);
	if (e->loads == 0)
		return ptk_err_set_(err, PTK_E_BADFMT, "%s is an ELF core without physical memory in it",
		                    e->head.file->name);
	return 0;
}

/* What was survived, the worst first. */
static void warn(struct elf *e, uint64_t overlap)
{
	if (e->slip)
		ptk_mem_warn_(e->mem, "its notes take %llu bytes %s than announced, as QEMU's do where the SVE registers of CPUs "
		                      "differ in length: memory is taken from that much %s on",
		              e->slip > 0 ? (unsigned long long)e->slip : 0 - (unsigned long long)e->slip,
		              e->slip > 0 ? "more" : "less", e->slip > 0 ? "later" : "earlier");
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
	struct elf e = {.mem = mem, .head.file = file[0]};
	uint64_t overlap;
	int r = ptk_elf_header_(&e.head, err);
	if (r == 0)
		r = ptk_elf_table_(&e.head, err);
	if (r < 0)
		return r;
	mem->info.machine = e.head.machine;
	mem->info.big_endian = e.head.big;
	e.slip = ptk_elf_slip_(&e.head);
	r = add_segments(&e, err);
	if (r < 0)
		return r;
	r = ptk_mem_seal_(mem, &overlap);
	if (r < 0)
		return ptk_err_set_(err, r, "cannot sort the segments of %s", e.head.file->name);
	warn(&e, overlap);
	return 0;
}

const struct ptk_mem_format ptk_mem_elf = {
	.name = "elf",
	.what = "an ELF core: a vmcore, QEMU's dump-guest-memory, what ptkit writes",
	.probe = elf_probe,
	.open = elf_open,
};
