// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The sections of an ELF file (System V ABI, chapter 4) and its .symtab, with every offset checked. */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "linux/symbols.h"

#define SHT_SYMTAB 2
#define SHT_NOBITS 8
#define ET_CORE 4
#define NAME_LIMIT 4096

struct elf {
	const uint8_t *file;
	size_t len;
	bool wide, big;
};

struct section {
	uint32_t name, type, link;
	uint64_t addr, offset, size;
};

static uint64_t word(const struct elf *e, const uint8_t *p)
{
	return e->wide ? load64(p, e->big) : load32(p, e->big);
}

/* size bytes at offset, or NULL if the file does not have them. */
static const uint8_t *at(const struct elf *e, uint64_t offset, uint64_t size)
{
	return offset <= e->len && size <= e->len - offset ? e->file + offset : NULL;
}

static bool read_section(const struct elf *e, uint64_t table, unsigned entsize, uint32_t i, struct section *out)
{
	uint64_t off;
	const uint8_t *p = NULL;
	if (add_ok(table, (uint64_t)i * entsize, &off))
		p = at(e, off, e->wide ? 64 : 40);
	if (!p)
		return false;
	out->name = load32(p, e->big);
	out->type = load32(p + 4, e->big);
	out->addr = word(e, p + (e->wide ? 16 : 12));
	out->offset = word(e, p + (e->wide ? 24 : 16));
	out->size = word(e, p + (e->wide ? 32 : 20));
	out->link = load32(p + (e->wide ? 40 : 24), e->big);
	return true;
}

static int each_symbol(const struct elf *e, const uint8_t *sym, uint64_t n, const char *names, uint64_t names_len,
                       lx_symbol_fn *fn, void *arg)
{
	for (uint64_t i = 1; i < n; i++) {
		const uint8_t *s = sym + i * (e->wide ? 24 : 16);
		uint32_t name = load32(s, e->big);
		uint64_t value = word(e, s + (e->wide ? 8 : 4));
		uint16_t shndx = load16(s + (e->wide ? 6 : 14), e->big);
		if (shndx == 0 || name == 0 || name >= names_len)
			continue;
		uint64_t room = names_len - name < NAME_LIMIT ? names_len - name : NAME_LIMIT;
		size_t len = strnlen(names + name, room);
		if (len == 0 || len == room)
			continue;
		int rc = fn(arg, names + name, len, value);
		if (rc < 0)
			return rc;
	}
	return 0;
}

struct headers {
	uint64_t table;
	unsigned entsize;
	uint32_t n, names; /* sections; that of their names */
};

static bool read_headers(struct elf *e, struct headers *out)
{
	e->wide = e->file[4] == 2;
	e->big = e->file[5] == 2;
	const uint8_t *h = at(e, 0, e->wide ? 64 : 52);
	if (!h)
		return false;
	*out = (struct headers){word(e, h + (e->wide ? 40 : 32)), load16(h + (e->wide ? 58 : 46), e->big),
	                        load16(h + (e->wide ? 60 : 48), e->big), load16(h + (e->wide ? 62 : 50), e->big)};
	if (!out->table || out->entsize < (e->wide ? 64u : 40u))
		out->n = 0;
	return true;
}

static bool is_elf(const uint8_t *file, size_t len)
{
	return len >= 52 && memcmp(file, "\177ELF", 4) == 0 && (file[4] == 1 || file[4] == 2) &&
	       (file[5] == 1 || file[5] == 2);
}

bool ptk_symbols_elf_sections_(const uint8_t *file, size_t len, lx_section_fn *fn, void *arg)
{
	struct elf e = {.file = file, .len = len};
	struct section s, str;
	struct headers h;
	if (!is_elf(file, len) || !read_headers(&e, &h) || h.names >= h.n ||
	    !read_section(&e, h.table, h.entsize, h.names, &str))
		return false;
	const char *names = (const char *)at(&e, str.offset, str.size);
	for (uint32_t i = 0; names && i < h.n; i++) {
		if (!read_section(&e, h.table, h.entsize, i, &s) || s.name >= str.size ||
		    !memchr(names + s.name, 0, str.size - s.name))
			continue;
		struct lx_section out = {names + s.name, s.type, s.addr, NULL, s.size, e.big};
		if (s.type != SHT_NOBITS)
			out.data = at(&e, s.offset, s.size);
		if (out.data && fn(arg, &out))
			return true;
	}
	return false;
}

struct named {
	const char *name;
	struct lx_section is;
};

static bool is_named(void *arg, const struct lx_section *s)
{
	struct named *n = arg;
	n->is = *s;
	return strcmp(s->name, n->name) == 0;
}

bool ptk_symbols_elf_section_(const uint8_t *file, size_t len, const char *name, const uint8_t **p, size_t *size)
{
	struct named n = {.name = name};
	if (!ptk_symbols_elf_sections_(file, len, is_named, &n))
		return false;
	*p = n.is.data;
	*size = n.is.size;
	return true;
}

const char *ptk_symbols_elf_link_(const uint8_t *file, size_t len)
{
	const uint8_t *p;
	size_t size;
	if (!ptk_symbols_elf_section_(file, len, ".gnu_debuglink", &p, &size))
		return NULL;
	for (size_t i = 0; i < size; i++)
		if (!p[i])
			return i ? (const char *)p : NULL;
		else if (p[i] < ' ' || p[i] > '~')
			break;
	return NULL;
}

/* Why there are no symbols in an ELF file whose headers are sound. */
static int no_symbols(const struct elf *e, struct ptk_err *err)
{
	const char *link = ptk_symbols_elf_link_(e->file, e->len);
	return link ? ptk_err_set_(err, PTK_E_BADFMT, "a stripped vmlinux: by its .gnu_debuglink the symbols are in '%s'", link)
	            : ptk_err_set_(err, PTK_E_BADFMT, "an ELF file without a symbol table: a stripped vmlinux");
}

int ptk_symbols_elf_(const uint8_t *file, size_t len, lx_symbol_fn *fn, void *arg, struct ptk_err *err)
{
	struct elf e = {.file = file, .len = len};
	struct section s, str;
	struct headers h;
	if (!is_elf(file, len))
		return ptk_err_set_(err, PTK_E_BADFMT, "not an ELF file that can be read");
	if (!read_headers(&e, &h))
		return ptk_err_set_(err, PTK_E_BADFMT, "the ELF header is cut off");
	if (load16(file + 16, e.big) == ET_CORE)
		return ptk_err_set_(err, PTK_E_BADFMT, "a core, not a vmlinux");
	if (h.n && !at(&e, h.table, (uint64_t)h.n * h.entsize))
		return ptk_err_set_(err, PTK_E_BADFMT,
		                    "an ELF file that is cut off: of %zu bytes, and its section headers lie at 0x%" PRIx64, len,
		                    h.table);
	for (uint32_t i = 0; i < h.n; i++) {
		if (!read_section(&e, h.table, h.entsize, i, &s) || s.type != SHT_SYMTAB || s.link >= h.n ||
		    !read_section(&e, h.table, h.entsize, s.link, &str))
			continue;
		const uint8_t *sym = at(&e, s.offset, s.size), *names = at(&e, str.offset, str.size);
		if (!sym || !names)
			return ptk_err_set_(err, PTK_E_BADFMT, "the symbol table lies outside the file");
		return each_symbol(&e, sym, s.size / (e.wide ? 24 : 16), (const char *)names, str.size, fn, arg);
	}
	return no_symbols(&e, err);
}
