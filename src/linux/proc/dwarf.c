// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * libdw checks that what it reads lies within its section, but dwarf_peel_type() and dwarf_aggregate_size() follow
 * types for as long as the file has them follow each other, so that this resolves and measures types itself.
 */
#include "linux/proc/dwarf.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (UINT64_C(4) << 30) /* of sections as they are, and as they are unpacked */
#define SECTIONS_MAX 4096            /* a vmlinux has some 80 */
#define DIES_MAX (1u << 27)          /* looked at for one file: a distribution's vmlinux has less than half of it */
#define MEMBERS_MAX (1u << 20)       /* looked at for one question */
#define DEPTH 16                     /* of structures within structures, and of names for names */
#define DIMENSIONS 8                 /* of an array */
#define KNOWN 64                     /* structures that are remembered */
#define NAME 64

/* A name that was looked for. */
struct known {
	char name[NAME];
	Dwarf_Die die;
	bool is; /* or there is none */
};

struct lx_dwarf {
	Elf *elf;
	Dwarf *dw;
	unsigned word;
	uint32_t dies; /* that may still be looked at */
	struct known known[KNOWN];
	unsigned n;
};

/* ---- opening ---- */

/* type: of compression (System V ABI, "Section Compression"), 0: none. */
static uint64_t unpacked(Elf_Scn *scn, const GElf_Shdr *h, unsigned *type)
{
	GElf_Chdr c;
	*type = 0;
	if (!(h->sh_flags & SHF_COMPRESSED))
		return h->sh_type == SHT_NOBITS ? 0 : h->sh_size;
	if (!gelf_getchdr(scn, &c))
		return UINT64_MAX;
	*type = c.ch_type;
	return c.ch_size;
}

/* That is not for libdw, or NULL. */
static const char *way_of_keeping(const char *section)
{
	if (strncmp(section, ".zdebug", 7) == 0)
		return "the symbols given have DWARF packed in .zdebug sections; objcopy --decompress-debug-sections unpacks it";
	if (strcmp(section, ".gnu_debugaltlink") == 0)
		return "the symbols given have a part of their DWARF in another file (.gnu_debugaltlink)";
	return NULL;
}

/*
 * What libdw would unpack is bounded before it does. .zdebug_* does not say how large it is in a header that libelf
 * reads, and .gnu_debugaltlink is the name of another file.
 */
static int look_over(Elf *elf, const char **why)
{
	size_t names, n;
	uint64_t sum = 0;
	unsigned type;
	bool info = false;
	if (elf_getshdrstrndx(elf, &names) != 0 || elf_getshdrnum(elf, &n) != 0)
		return PTK_E_BADFMT;
	if (n > SECTIONS_MAX)
		return PTK_E_LIMIT;
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
		GElf_Shdr h;
		const char *name = gelf_getshdr(scn, &h) ? elf_strptr(elf, names, h.sh_name) : NULL;
		if (!name)
			continue;
		const char *kept = way_of_keeping(name);
		if (kept) {
			*why = kept;
			return PTK_E_NOTSUP;
		}
		info |= strcmp(name, ".debug_info") == 0;
		uint64_t size = unpacked(scn, &h, &type);
		if (type > ELFCOMPRESS_ZLIB)
			*why = "the symbols given have DWARF compressed otherwise than with zlib, which libdw does not unpack; "
			       "objcopy --decompress-debug-sections may";
		if (size > FILE_MAX - sum)
			return PTK_E_LIMIT;
		sum += size;
	}
	return info ? 0 : PTK_E_NOTFOUND;
}

/* An object file or module is not linked: its references from section to section are still to be filled in. */
static int is_wanted(Elf *elf, unsigned word, bool big, const char **why)
{
	GElf_Ehdr h;
	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &h))
		return PTK_E_BADFMT;
	if (h.e_ident[EI_CLASS] != (word == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    h.e_ident[EI_DATA] != (big ? ELFDATA2MSB : ELFDATA2LSB) || h.e_type == ET_REL) {
		*why = "the symbols given are for another kind of machine";
		return PTK_E_NOTSUP;
	}
	return look_over(elf, why);
}

int ptk_dwarf_open_(int fd, unsigned word, bool big, struct lx_dwarf **out, const char **why)
{
	struct lx_dwarf *d = calloc(1, sizeof *d);
	*why = "the symbols given have DWARF that cannot be read";
	if (!d)
		return PTK_E_NOMEM;
	elf_version(EV_CURRENT);
	d->word = word;
	d->dies = DIES_MAX;
	d->elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	int rc = d->elf ? is_wanted(d->elf, word, big, why) : PTK_E_BADFMT;
	if (rc == 0) {
		d->dw = dwarf_begin_elf(d->elf, DWARF_C_READ, NULL);
		rc = d->dw ? 0 : PTK_E_BADFMT;
	}
	if (rc < 0)
		ptk_dwarf_close_(d);
	else
		*out = d;
	return rc;
}

void ptk_dwarf_close_(struct lx_dwarf *d)
{
	if (!d)
		return;
	if (d->dw)
		dwarf_end(d->dw);
	if (d->elf)
		elf_end(d->elf);
	free(d);
}

bool ptk_dwarf_built_(void)
{
	return true;
}

/* ---- structures by name ---- */

static bool is_struct(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);
	return tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

/* Only what stands by itself at the top: in C, all that is not inside a function. */
static bool in_unit(struct lx_dwarf *d, Dwarf_Die *unit, const char *name, Dwarf_Die *out)
{
	Dwarf_Die die;
	for (int rc = dwarf_child(unit, &die); rc == 0 && d->dies; rc = dwarf_siblingof(&die, &die)) {
		d->dies--;
		const char *is = is_struct(&die) ? dwarf_diename(&die) : NULL;
		if (is && strcmp(is, name) == 0 && !dwarf_hasattr(&die, DW_AT_declaration)) {
			*out = die;
			return true;
		}
	}
	return false;
}

/*
 * Structures that few units define: what the kernel keeps to one part of it is known to a few files. The one whose own
 * they are is looked at first, for of hundreds of megabytes that lie before it not a page need be read then.
 */
static const struct {
	const char *name, *file;
} home[] = {
        {"maple_range_64", "lib/maple_tree.c"},
        {"maple_arange_64", "lib/maple_tree.c"},
        {"mount", "fs/namespace.c"},
};

static const char *home_of(const char *name)
{
	for (size_t i = 0; i < sizeof home / sizeof *home; i++)
		if (strcmp(home[i].name, name) == 0)
			return home[i].file;
	return NULL;
}

/* A unit is called as the compiler was called for it: "lib/maple_tree.c", or with folders before that. */
static bool is_called(Dwarf_Die *unit, const char *file)
{
	const char *is = dwarf_diename(unit);
	size_t n = is ? strlen(is) : 0, m = strlen(file);
	return n >= m && strcmp(is + n - m, file) == 0 && (n == m || is[n - m - 1] == '/');
}

/* In units of a file, or in all if it is NULL. */
static bool search_in(struct lx_dwarf *d, const char *file, const char *name, Dwarf_Die *out)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;
	uint8_t type;
	/* NULL for the unit that a skeleton stands for: its file is not to be opened. */
	while (d->dies && dwarf_get_units(d->dw, cu, &cu, NULL, &type, &unit, NULL) == 0) {
		d->dies--;
		if ((type == DW_UT_compile || type == DW_UT_partial || type == DW_UT_type) &&
		    (!file || is_called(&unit, file)) && in_unit(d, &unit, name, out))
			return true;
	}
	return false;
}

static bool search(struct lx_dwarf *d, const char *name, Dwarf_Die *out)
{
	const char *file = home_of(name);
	return (file && search_in(d, file, name, out)) || search_in(d, NULL, name, out);
}

static struct known *look_up(struct lx_dwarf *d, const char *name)
{
	for (unsigned i = 0; i < d->n; i++)
		if (strcmp(d->known[i].name, name) == 0)
			return &d->known[i];
	if (d->n == KNOWN || strlen(name) >= NAME)
		return NULL;
	struct known *k = &d->known[d->n++];
	memcpy(k->name, name, strlen(name) + 1);
	k->is = search(d, name, &k->die);
	return k;
}

/* ---- types ---- */

static bool refers(Dwarf_Die *die, unsigned name, Dwarf_Die *out)
{
	Dwarf_Attribute a;
	Dwarf_Die type;
	if (!dwarf_attr(die, name, &a) || !dwarf_formref_die(&a, &type))
		return false;
	*out = type;
	return true;
}

static bool type_of(Dwarf_Die *die, Dwarf_Die *out)
{
	return refers(die, DW_AT_type, out);
}

static bool number(Dwarf_Die *die, unsigned name, uint64_t *v)
{
	Dwarf_Attribute a;
	Dwarf_Word w;
	if (!dwarf_attr(die, name, &a) || dwarf_formudata(&a, &w) != 0)
		return false;
	*v = w;
	return true;
}

static bool is_name_for(int tag)
{
	return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
	       tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

/* Behind typedefs and qualifiers, and the signatures that stand for structures in type units (DWARF 5, 3.1.4). */
static bool resolve(Dwarf_Die *die)
{
	for (unsigned i = 0; i < DEPTH; i++) {
		bool name = is_name_for(dwarf_tag(die));
		if (!name && !dwarf_hasattr(die, DW_AT_signature))
			return true;
		if (!refers(die, name ? DW_AT_type : DW_AT_signature, die))
			return false;
	}
	return false;
}

/* Elements of an array, over all dimensions; 0 if one has no bound. */
static uint64_t elements(Dwarf_Die *array)
{
	Dwarf_Die die;
	uint64_t all = 1, n;
	unsigned left = DIMENSIONS;
	for (int rc = dwarf_child(array, &die); rc == 0 && left; rc = dwarf_siblingof(&die, &die), left--) {
		if (dwarf_tag(&die) != DW_TAG_subrange_type)
			continue;
		if (number(&die, DW_AT_upper_bound, &n))
			n++; /* -1, of an array of none: 0 */
		else if (!number(&die, DW_AT_count, &n))
			return 0;
		if (n > UINT32_MAX || all * n > UINT32_MAX)
			return 0;
		all *= n;
	}
	return left ? all : 0;
}

static uint32_t size_of(const struct lx_dwarf *d, Dwarf_Die type)
{
	uint64_t times = 1, size;
	for (unsigned i = 0; i < DEPTH && resolve(&type); i++) {
		if (dwarf_tag(&type) == DW_TAG_array_type) {
			times *= elements(&type);
			if (times > UINT32_MAX || !type_of(&type, &type))
				return 0;
			continue;
		}
		if (!number(&type, DW_AT_byte_size, &size))
			size = dwarf_tag(&type) == DW_TAG_pointer_type ? d->word : 0;
		return size <= UINT32_MAX && size * times <= UINT32_MAX ? (uint32_t)(size * times) : 0;
	}
	return 0;
}

/* ---- members ---- */

/*
 * A number, or, until DWARF 3, an expression that adds it. A union's members have none. False: a bit field, or an
 * expression of another kind.
 */
static bool offset_of(Dwarf_Die *member, uint64_t *off)
{
	Dwarf_Attribute a;
	Dwarf_Op *op;
	size_t n;
	if (dwarf_hasattr(member, DW_AT_bit_size) || dwarf_hasattr(member, DW_AT_data_bit_offset))
		return false;
	*off = 0;
	if (!dwarf_attr(member, DW_AT_data_member_location, &a) || number(member, DW_AT_data_member_location, off))
		return *off <= UINT32_MAX;
	if (dwarf_getlocation(&a, &op, &n) != 0 || n != 1 || op->atom != DW_OP_plus_uconst)
		return false;
	*off = op->number;
	return *off <= UINT32_MAX;
}

struct found {
	uint64_t offset;
	Dwarf_Die type;
};

/* A member called by the first len characters of name, here or in a member that has no name. */
static bool find_in(Dwarf_Die *s, const char *name, size_t len, unsigned depth, unsigned *steps, struct found *out)
{
	Dwarf_Die m;
	for (int rc = dwarf_child(s, &m); rc == 0 && *steps && depth < DEPTH; rc = dwarf_siblingof(&m, &m), --*steps) {
		uint64_t off;
		Dwarf_Die type;
		const char *is = dwarf_diename(&m);
		if (dwarf_tag(&m) != DW_TAG_member || (is && (strncmp(is, name, len) != 0 || is[len])) ||
		    !offset_of(&m, &off) || !type_of(&m, &type))
			continue;
		if (is) {
			*out = (struct found){off, type};
			return true;
		}
		if (resolve(&type) && is_struct(&type) && find_in(&type, name, len, depth + 1, steps, out)) {
			out->offset += off;
			return true;
		}
	}
	return false;
}

bool ptk_dwarf_member_(struct lx_dwarf *d, const char *type, const char *path, struct lx_member *out)
{
	unsigned steps = MEMBERS_MAX;
	uint64_t offset = 0;
	const struct known *k = look_up(d, type);
	if (!k || !k->is)
		return false;
	for (struct found f = {.type = k->die};; path++) {
		size_t len = strcspn(path, ".");
		Dwarf_Die s = f.type;
		if (!len || !resolve(&s) || !is_struct(&s) || !find_in(&s, path, len, 0, &steps, &f))
			return false;
		offset += f.offset;
		path += len;
		if (offset > UINT32_MAX)
			return false;
		if (*path == 0) {
			*out = (struct lx_member){(uint32_t)offset, size_of(d, f.type)};
			return true;
		}
	}
}
