// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Writing an ELF core: headers, notes, then the memory, each segment at an offset that fits its address. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "base/endian.h"
#include "base/err.h"
#include "mem/mem.h"

#define PAGE UINT64_C(4096)
#define CHUNK ((size_t)1 << 20)

struct core {
	struct ptk_mem *mem;
	const char *path;
	int fd;
	bool stream;  /* a pipe: no way back, nor ahead */
	uint64_t end; /* what was written ends here */
	bool big, wide;
	uint16_t machine;
	struct ptk_extent *run; /* what can be read, in order */
	size_t nruns, room;
	const struct ptk_note *note;
	size_t nnotes;
	uint64_t phnum, note_off, note_size, data_off;
	uint8_t *buf; /* CHUNK bytes */
	struct ptk_err *err;
};

static int no_memory(struct core *c)
{
	return ptk_err_set_(c->err, PTK_E_NOMEM, "cannot write %s", c->path);
}

static int add_run(struct core *c, uint64_t first, uint64_t last)
{
	if (c->nruns && first && c->run[c->nruns - 1].last == first - 1) {
		c->run[c->nruns - 1].last = last;
		return 0;
	}
	if (c->nruns == c->room) {
		size_t room = c->room ? 2 * c->room : 64;
		struct ptk_extent *more = realloc(c->run, room * sizeof *more);
		if (!more)
			return no_memory(c);
		c->run = more;
		c->room = room;
	}
	c->run[c->nruns++] = (struct ptk_extent){first, last};
	return 0;
}

/* Add the pages of [first, last] that can be read. */
static int probe(struct core *c, uint64_t first, uint64_t last)
{
	/* Pieces of files are there. */
	if (!c->mem->ops.read)
		return add_run(c, first, last);
	for (uint64_t at = first;;) {
		uint64_t end = at | (PAGE - 1);
		if (end > last)
			end = last;
		size_t n = (size_t)(end - at) + 1;
		bool there = ptk_mem_map(c->mem, at, n) || ptk_mem_read(c->mem, at, c->buf, n, NULL) == 0;
		int r = there ? add_run(c, at, end) : 0;
		if (r < 0 || end == last)
			return r;
		at = end + 1;
	}
}

static int by_first(const void *a, const void *b)
{
	const struct ptk_extent *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* Add what the mem holds of [first, last], from its extent number *i on. */
static int clip(struct core *c, uint64_t first, uint64_t last, size_t *i)
{
	const struct ptk_mem_info *info = &c->mem->info;
	while (*i < info->nextents && info->extent[*i].last < first)
		++*i;
	for (size_t k = *i; k < info->nextents && info->extent[k].first <= last; k++) {
		const struct ptk_extent *e = &info->extent[k];
		int r = probe(c, e->first > first ? e->first : first, e->last < last ? e->last : last);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The ranges asked for, in order and without what they have twice, less what is not there. */
static int find_runs(struct core *c, const struct ptk_extent *extent, size_t n)
{
	CLEANUP_FREE struct ptk_extent *want = malloc((n + 1) * sizeof *want);
	if (!want)
		return no_memory(c);
	if (n)
		memcpy(want, extent, n * sizeof *want);
	qsort(want, n, sizeof *want, by_first);
	uint64_t next = 0;
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t first = want[i].first > next ? want[i].first : next, last = want[i].last;
		if (last < first)
			continue;
		int r = c->mem->info.extent ? clip(c, first, last, &at) : probe(c, first, last);
		if (r < 0 || last == UINT64_MAX)
			return r;
		next = last + 1;
	}
	return 0;
}

static uint64_t pad4(uint64_t n)
{
	return (n + 3) & ~UINT64_C(3);
}

/* The next offset from at on that is as far into a page as pa is. */
static uint64_t fit(uint64_t at, uint64_t pa)
{
	return at + ((pa - at) & (PAGE - 1));
}

static void lay_out(struct core *c)
{
	uint64_t eh = c->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	uint64_t ph = c->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	uint64_t sh = c->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	c->phnum = c->nruns + (c->nnotes != 0);
	c->note_off = eh + c->phnum * ph + (c->phnum >= PN_XNUM ? sh : 0);
	c->note_size = 0;
	for (size_t i = 0; i < c->nnotes; i++)
		c->note_size += 12 + pad4(strlen(c->note[i].name) + 1) + pad4(c->note[i].size);
	c->data_off = c->note_off + c->note_size;
}

static uint64_t file_end(const struct core *c)
{
	uint64_t at = c->data_off;
	for (size_t i = 0; i < c->nruns; i++)
		at = fit(at, c->run[i].first) + (c->run[i].last - c->run[i].first + 1);
	return at;
}

/* ELF32 for machines of 32 bits, as long as addresses (LPAE, PAE) and file offsets fit. */
static void choose_class(struct core *c)
{
	bool narrow = c->machine == EM_386 || c->machine == EM_ARM || c->machine == EM_PPC || c->machine == EM_MIPS;
	c->wide = !narrow || (c->nruns && c->run[c->nruns - 1].last > UINT32_MAX);
	lay_out(c);
	if (!c->wide && file_end(c) > UINT32_MAX) {
		c->wide = true;
		lay_out(c);
	}
}

static void put(const struct core *c, uint8_t *p, uint64_t v, size_t size)
{
	if (size == 8)
		store64(p, v, c->big);
	else if (size == 4)
		store32(p, (uint32_t)v, c->big);
	else
		store16(p, (uint16_t)v, c->big);
}

#define PUT(c, p, type, field, v)                                                                                     \
	((c)->wide ? put(c, (p) + offsetof(Elf64_##type, field), v, sizeof(((Elf64_##type *)0)->field))               \
	           : put(c, (p) + offsetof(Elf32_##type, field), v, sizeof(((Elf32_##type *)0)->field)))

static void put_ehdr(const struct core *c, uint8_t *p)
{
	uint64_t eh = c->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	uint64_t ph = c->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	memcpy(p, ELFMAG, SELFMAG);
	p[EI_CLASS] = c->wide ? ELFCLASS64 : ELFCLASS32;
	p[EI_DATA] = c->big ? ELFDATA2MSB : ELFDATA2LSB;
	p[EI_VERSION] = EV_CURRENT;
	PUT(c, p, Ehdr, e_type, ET_CORE);
	PUT(c, p, Ehdr, e_machine, c->machine);
	PUT(c, p, Ehdr, e_version, EV_CURRENT);
	PUT(c, p, Ehdr, e_phoff, eh);
	PUT(c, p, Ehdr, e_ehsize, eh);
	PUT(c, p, Ehdr, e_phentsize, ph);
	PUT(c, p, Ehdr, e_phnum, c->phnum < PN_XNUM ? c->phnum : PN_XNUM);
	if (c->phnum < PN_XNUM)
		return;
	PUT(c, p, Ehdr, e_shoff, eh + c->phnum * ph);
	PUT(c, p, Ehdr, e_shentsize, c->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
	PUT(c, p, Ehdr, e_shnum, 1);
	PUT(c, p + eh + c->phnum * ph, Shdr, sh_info, c->phnum);
}

/* QEMU's convention for memory without paging: the virtual address is the physical one. */
static void put_phdr(const struct core *c, uint8_t *p, uint32_t type, uint64_t off, uint64_t pa, uint64_t size)
{
	PUT(c, p, Phdr, p_type, type);
	PUT(c, p, Phdr, p_flags, type == PT_LOAD ? PF_R | PF_W | PF_X : 0);
	PUT(c, p, Phdr, p_offset, off);
	PUT(c, p, Phdr, p_vaddr, pa);
	PUT(c, p, Phdr, p_paddr, pa);
	PUT(c, p, Phdr, p_filesz, size);
	PUT(c, p, Phdr, p_memsz, size);
	PUT(c, p, Phdr, p_align, type == PT_LOAD ? PAGE : 4);
}

static void put_notes(const struct core *c, uint8_t *p)
{
	for (size_t i = 0; i < c->nnotes; i++) {
		const struct ptk_note *n = &c->note[i];
		size_t len = strlen(n->name) + 1;
		put(c, p, len, 4);
		put(c, p + 4, n->size, 4);
		put(c, p + 8, n->type, 4);
		memcpy(p + 12, n->name, len);
		p += 12 + pad4(len);
		if (n->size)
			memcpy(p, n->data, n->size);
		p += pad4(n->size);
	}
}

static int write_bytes(struct core *c, const uint8_t *p, size_t n, uint64_t off)
{
	while (n) {
		ssize_t done = c->stream ? write(c->fd, p, n) : pwrite(c->fd, p, n, (off_t)off);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return ptk_err_sys_(c->err, PTK_E_IO, done ? errno : ENOSPC, "cannot write %s", c->path);
		p += done;
		off += (uint64_t)done;
		n -= (size_t)done;
	}
	c->end = off;
	return 0;
}

/* What a file would have as a hole is zeros in a stream. All comes in order, each gap smaller than a page. */
static int write_at(struct core *c, const uint8_t *p, size_t n, uint64_t off)
{
	static const uint8_t zeros[PAGE];
	while (c->stream && c->end < off) {
		uint64_t gap = off - c->end;
		int r = write_bytes(c, zeros, gap < PAGE ? (size_t)gap : PAGE, c->end);
		if (r < 0)
			return r;
	}
	return write_bytes(c, p, n, off);
}

static int write_headers(struct core *c)
{
	CLEANUP_FREE uint8_t *head = calloc(1, (size_t)c->data_off);
	if (!head)
		return no_memory(c);
	uint64_t step = c->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr), at = c->data_off;
	uint8_t *p = head + (c->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
	put_ehdr(c, head);
	if (c->nnotes) {
		put_phdr(c, p, PT_NOTE, c->note_off, 0, c->note_size);
		p += step;
	}
	for (size_t i = 0; i < c->nruns; i++, p += step) {
		uint64_t size = c->run[i].last - c->run[i].first + 1;
		at = fit(at, c->run[i].first);
		put_phdr(c, p, PT_LOAD, at, c->run[i].first, size);
		at += size;
	}
	put_notes(c, head + c->note_off);
	return write_at(c, head, (size_t)c->data_off, 0);
}

static int write_run(struct core *c, const struct ptk_extent *run, uint64_t off)
{
	for (uint64_t at = run->first;;) {
		uint64_t rest = run->last - at;
		size_t n = rest < CHUNK ? (size_t)rest + 1 : CHUNK;
		const uint8_t *p = ptk_mem_map(c->mem, at, n);
		int r = p ? 0 : ptk_mem_read(c->mem, at, c->buf, n, c->err);
		if (r < 0)
			return ptk_err_add_(c->err, r, "writing %s", c->path);
		r = write_at(c, p ? p : c->buf, n, off);
		if (r < 0 || n > rest)
			return r;
		at += n;
		off += n;
	}
}

static int write_all(struct core *c)
{
	int r = write_headers(c);
	uint64_t at = c->data_off;
	for (size_t i = 0; r == 0 && i < c->nruns; i++) {
		at = fit(at, c->run[i].first);
		r = write_run(c, &c->run[i], at);
		at += c->run[i].last - c->run[i].first + 1;
	}
	return r;
}

static bool notes_ok(const struct ptk_note *note, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!note[i].name || note[i].size > INT32_MAX || strlen(note[i].name) > INT16_MAX)
			return false;
	return true;
}

int ptk_mem_write_core(struct ptk_mem *mem, const char *path, uint16_t machine, const struct ptk_extent *extent,
                       size_t nextents, const struct ptk_note *note, size_t nnotes, struct ptk_err *err)
{
	struct core c = {.mem = mem, .path = path, .machine = machine, .note = note, .nnotes = nnotes, .err = err};
	CLEANUP_FREE uint8_t *buf = malloc(CHUNK);
	if (!notes_ok(note, nnotes))
		return ptk_err_set_(err, PTK_E_INVAL, "a note for %s is not one that ELF can hold", path);
	c.buf = buf;
	c.big = ptk_mem_info(mem)->big_endian;
	int r = buf ? find_runs(&c, extent, nextents) : no_memory(&c);
	if (r == 0) {
		choose_class(&c);
		CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		c.fd = fd;
		c.stream = fd >= 0 && lseek(fd, 0, SEEK_CUR) < 0;
		r = fd < 0 ? ptk_err_sys_(err, PTK_E_IO, errno, "cannot create %s", path) : write_all(&c);
	}
	free(c.run);
	return r;
}
