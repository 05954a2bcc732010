// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/mem.h>

#include "lib/mk.h"
#include "lib/tap.h"

static struct mk_ram ram;

static uint64_t load(const struct mk_buf *b, size_t at)
{
	uint64_t v = 0;
	for (unsigned i = 8; i-- > 0;)
		v = v << 8 | b->p[at + i];
	return v;
}

static struct ptk_mem *open_ok(const char *path)
{
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	if (!ok(ptk_mem_open(path, NULL, &m, &err) == 0, "opens"))
		bail("%s", err.msg);
	return m;
}

static void notes(const struct ptk_mem *m)
{
	const struct ptk_mem_info *i = ptk_mem_info(m);
	if (!is_int((int64_t)i->nnotes, 3, "three notes"))
		return;
	is_str(i->note[0].name, "CORE", "the first's name");
	is_int(i->note[0].type, 1, "its type");
	ok(i->note[0].size == 7 && memcmp(i->note[0].data, "status.", 7) == 0, "its bytes");
	is_str(i->note[1].name, "VMCOREINFO", "the second's name");
	ok(i->note[1].size == 15 && memcmp(i->note[1].data, "OSRELEASE=6.12\n", 15) == 0, "its bytes");
	is_str(i->note[2].name, "", "one without a name");
	is_int(i->note[2].type, 7, "its type");
}

/* Both classes and byte orders, both ways to count headers, both paddings of notes. */
static void forms(void)
{
	for (unsigned f = 0; f < 32; f++) {
		struct mk_elf how = {.wide = f & 1, .big = f & 2, .machine = f & 4 ? 3 : 40, .extended = f & 8,
		                     .note_align = f & 16 ? 8 : 4};
		struct mk_buf b = {0};
		uint8_t got[64], want[64];
		mk_elf(&b, &ram, &how, NULL);
		struct ptk_mem *m = open_ok(mk_save(&b, "core"));
		const struct ptk_mem_info *i = ptk_mem_info(m);
		is_str(i->format, "elf", "form %u: the format", f);
		is_int(i->machine, how.machine, "the machine");
		is_int(i->big_endian, how.big, "the byte order");
		ok(!i->warning, "nothing to warn of");
		notes(m);
		is_int((int64_t)i->nextents, 2, "neighbours are merged");
		is_int(ptk_mem_read(m, 0x2fe0, got, 64, NULL), 0, "a read across segments");
		ok(mk_ram_read(&ram, 0x2fe0, want, 64) && memcmp(got, want, 64) == 0, "gives the bytes of both");
		ptk_mem_close(m);
		mk_free(&b);
	}
}


struct damage {
	const char *what;
	size_t at, size;
	uint64_t value;
	int code;
	const char *says; /* in the error, or in the warning if code is 0; NULL: nothing */
};

/* One field of a sound core changed at a time. */
static void damage_one(const struct mk_elf *how, const struct damage *d)
{
	struct mk_buf b = {0};
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	mk_elf(&b, &ram, how, NULL);
	mk_poke(&b, d->at, d->value, d->size, how->big);
	is_int(ptk_mem_open(mk_save(&b, "bad"), NULL, &m, &err), d->code, "%s", d->what);
	const char *said = m ? ptk_mem_info(m)->warning : err.msg;
	if (d->says)
		has_str(said, d->says, "%s: the sentence", d->what);
	else
		is_str(said, NULL, "%s: no warning", d->what);
	ok((d->code == 0) == (m != NULL), "%s: a handle only on success", d->what);
	ptk_mem_close(m);
	mk_free(&b);
}

/* Elf64_Ehdr is 64 bytes; Elf64_Phdr 56: the note's is at 64, the first segment's at 120. */
static void damaged64(void)
{
	static const struct damage list[] = {
		{"class 0", 4, 1, 0, PTK_E_BADFMT, "class 0"},
		{"class 3", 4, 1, 3, PTK_E_BADFMT, "class 3"},
		{"byte order 0", 5, 1, 0, PTK_E_BADFMT, "byte order"},
		{"byte order 3", 5, 1, 3, PTK_E_BADFMT, "byte order"},
		{"an executable", 16, 2, 2, PTK_E_BADFMT, "not a core"},
		{"no program headers", 56, 2, 0, PTK_E_BADFMT, "without program headers"},
		{"too many program headers", 56, 2, 0xfffe, PTK_E_TRUNC, "65534 program headers"},
		{"PN_XNUM without a section header", 56, 2, 0xffff, PTK_E_BADFMT, "no section header"},
		{"headers too small", 54, 2, 55, PTK_E_BADFMT, "55 bytes"},
		{"headers of no size", 54, 2, 0, PTK_E_BADFMT, "0 bytes"},
		{"header table beyond the file", 32, 8, 0x100000, PTK_E_TRUNC, "program headers"},
		{"header table that wraps", 32, 8, UINT64_MAX - 7, PTK_E_TRUNC, "program headers"},
		{"segment beyond the file", 128, 8, 0x1000000, 0, "1 of its 3 segments lack 8192 bytes"},
		{"segment offset near 2^64", 128, 8, UINT64_MAX, 0, "lack 8192 bytes"},
		{"memory of 2^64 - 1 bytes", 160, 8, UINT64_MAX, 0, NULL},
		{"more bytes than memory", 152, 8, UINT64_MAX, 0, NULL},
		{"fewer bytes than memory", 152, 8, 0x10, 0, NULL},
		{"segment at an address that wraps", 144, 8, UINT64_MAX - 0xfff, 0,
	         "beyond the end of the address space"},
		{"segments overlap", 144, 8, 0x80000800, 0, "overlap in 8192 bytes"},
		{"notes beyond the file", 72, 8, 0x1000000, 0, "ends inside its notes"},
		{"note name too long", 288, 4, 0xffffffff, 0, "longer than the segment"},
		{"note too long", 292, 4, 0xfffffff0, 0, "longer than the segment"},
	};
	struct mk_elf how = {.wide = true, .machine = 183};
	struct mk_elf_map map;
	struct mk_buf b = {0};
	mk_elf(&b, &ram, &how, &map);
	mk_free(&b);
	is_int((int64_t)map.note, 288, "the notes are where the list above says");
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		damage_one(&how, &list[i]);
	how.extended = true;
	/* sh_info of the section header behind 4 program headers of 56 bytes */
	const struct damage x = {
	        "2^32 - 1 program headers", 64 + 4 * 56 + 44, 4, UINT32_MAX, PTK_E_TRUNC, "4294967295"};
	damage_one(&how, &x);
	const struct damage none = {"PN_XNUM, and then none", 64 + 4 * 56 + 44, 4, 0, PTK_E_BADFMT, "without"};
	damage_one(&how, &none);
}

/* Elf32_Ehdr is 52 bytes; Elf32_Phdr 32: p_paddr at 12. */
static void damaged32(void)
{
	static const struct damage list[] = {
		{"32 bit: address beyond 4 GiB", 52 + 32 + 12, 4, 0xfffff000, 0, "end of the address space"},
		{"32 bit: headers too small", 42, 2, 31, PTK_E_BADFMT, "31 bytes"},
		{"32 bit: as 64 bit", 4, 1, 2, PTK_E_BADFMT, ""},
	};
	for (unsigned big = 0; big < 2; big++)
		for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
			damage_one(&(struct mk_elf){.machine = 40, .big = big}, &list[i]);
}

static void gone(const struct mk_buf *whole, size_t keep, int code)
{
	struct mk_buf b = *whole;
	struct ptk_mem *m = NULL;
	b.n = keep;
	is_int(ptk_mem_open(mk_save(&b, "cut"), NULL, &m, NULL), code, "cut to %zu bytes", keep);
	ptk_mem_close(m);
}

/* Cut at every border: in the headers it is an error, in the memory what is left is readable. */
static void truncated(void)
{
	struct mk_buf b = {0};
	struct mk_elf_map map;
	struct ptk_mem *m;
	uint8_t got[16], want[16];
	mk_elf(&b, &ram, &(struct mk_elf){.wide = true, .machine = 62}, &map);
	gone(&b, 0, PTK_E_TRUNC);
	gone(&b, 3, PTK_E_BADFMT);
	gone(&b, 15, PTK_E_TRUNC);
	gone(&b, 63, PTK_E_TRUNC);
	gone(&b, map.phdr, PTK_E_TRUNC);
	gone(&b, map.note - 1, PTK_E_TRUNC);
	gone(&b, map.note, PTK_E_TRUNC);
	struct mk_buf cut = b;
	cut.n = b.n - 0x3000 - 0x800; /* the last segment, and half a page of the one before */
	m = open_ok(mk_save(&cut, "cut"));
	has_str(ptk_mem_info(m)->warning, "2 of its 3 segments lack 14336 bytes", "a cut in the memory is warned of");
	is_int(ptk_mem_read(m, 0x3ff0, got, 16, NULL), 0, "what is before the cut");
	ok(mk_ram_read(&ram, 0x3ff0, want, 16) && memcmp(got, want, 16) == 0, "is as it was");
	is_int(ptk_mem_read(m, 0x3ff1, got, 16, NULL), PTK_E_NODATA, "what is behind it is not there");
	is_int(ptk_mem_read(m, 0x80000000, got, 16, NULL), PTK_E_NODATA, "nor is the last segment");
	ptk_mem_close(m);
	mk_free(&b);
}

/* Memory beyond p_filesz is not in the dump; a p_paddr of -1 is none; a process's core is refused. */
static void oddities(void)
{
	struct mk_buf b = {0};
	uint8_t got[16];
	struct mk_ram two = {0};
	struct ptk_err err = {0};
	struct ptk_mem *m = NULL;
	mk_ram_add(&two, 0x1000, 0x1000, 1);
	mk_ram_add(&two, 0x4000, 0x1000, 2);
	mk_elf(&b, &two, &(struct mk_elf){.wide = true, .memsz_more = 0x1000}, NULL);
	m = open_ok(mk_save(&b, "core"));
	is_int(ptk_mem_read(m, 0x2000, got, 1, NULL), PTK_E_NODATA, "beyond p_filesz is a hole");
	ok(!ptk_mem_info(m)->warning, "which is nothing to warn of");
	ptk_mem_close(m);
	mk_poke(&b, 64 + 56 + 32, UINT64_MAX, 8, false);
	mk_poke(&b, 64 + 56 + 40, UINT64_MAX, 8, false);
	m = open_ok(mk_save(&b, "core"));
	has_str(ptk_mem_info(m)->warning, "truncated", "a segment of 2^64 - 1 bytes is cut to the file");
	is_u64(ptk_mem_info(m)->extent[0].last, 0x1000 + 0x1fff, "and no further");
	ptk_mem_close(m);
	mk_poke(&b, 64 + 56 + 24, UINT64_MAX, 8, false);
	m = open_ok(mk_save(&b, "core"));
	is_int((int64_t)ptk_mem_info(m)->nextents, 1, "a segment at -1 has no physical address");
	ptk_mem_close(m);
	mk_poke(&b, 64 + 56 + 24, 0, 8, false);
	mk_poke(&b, 64 + 112 + 24, 0, 8, false);
	m = NULL;
	is_int(ptk_mem_open(mk_save(&b, "core"), NULL, &m, &err), PTK_E_BADFMT, "all segments at 0");
	has_str(err.msg, "core of a process", "are those of a process");
	mk_free(&b);
	mk_ram_free(&two);
}

/* QEMU's dump-guest-memory -p has a segment for each mapping: the same memory, several times. */
static void aliases(void)
{
	struct mk_buf b = {0};
	struct ptk_mem *m;
	uint8_t got[64], want[64];
	mk_elf(&b, &ram, &(struct mk_elf){.wide = true, .machine = 62}, NULL);
	/* The second segment: half of the first one, by another virtual address. */
	for (unsigned field = 8; field <= 40; field += 8)
		mk_poke(&b, 64 + 112 + field, load(&b, 64 + 56 + field), 8, false);
	mk_poke(&b, 64 + 112 + 16, UINT64_C(0xffff888000001000), 8, false);
	mk_poke(&b, 64 + 112 + 32, 0x1000, 8, false);
	m = open_ok(mk_save(&b, "core"));
	ok(!ptk_mem_info(m)->warning, "segments that show the same bytes do not contradict each other");
	is_int((int64_t)ptk_mem_info(m)->nextents, 2, "and count once");
	is_int(ptk_mem_read(m, 0x1fe0, got, 64, NULL), 0, "their memory");
	ok(mk_ram_read(&ram, 0x1fe0, want, 64) && memcmp(got, want, 64) == 0, "is right");
	ptk_mem_close(m);
	mk_free(&b);
}

/* A core of which the headers announce notes of other sizes than they have, and all that follows elsewhere. */
static void slipped(int by, size_t behind, const char *warning)
{
	struct mk_elf how = {.wide = true, .machine = 183};
	struct mk_elf_map map;
	struct mk_buf b = {0};
	uint8_t got[64], want[64];
	mk_elf(&b, &ram, &how, &map);
	mk_poke(&b, map.phdr + 32, load(&b, map.phdr + 32) - (uint64_t)(int64_t)by, 8, false);
	for (size_t i = 1; i <= ram.n; i++)
		mk_poke(&b, map.phdr + i * map.phentsize + 8,
		        load(&b, map.phdr + i * map.phentsize + 8) - (uint64_t)(int64_t)by, 8, false);
	mk_zero(&b, behind);
	struct ptk_mem *m = open_ok(mk_save(&b, "core"));
	const char *said = ptk_mem_info(m)->warning;
	ok(warning ? said && strstr(said, warning) : !said, "notes of %d bytes more than announced: %s", by, said ? said : "no warning");
	notes(m);
	is_int(ptk_mem_read(m, 0x80001000, got, 64, NULL), 0, "memory is there");
	ok(mk_ram_read(&ram, 0x80001000, want, 64) && memcmp(got, want, 64) == 0, "and it is the right one");
	ptk_mem_close(m);
	mk_free(&b);
}

int main(void)
{
	mk_ram_add(&ram, 0x1000, 0x2000, 1);
	mk_ram_add(&ram, 0x3000, 0x1800, 2);
	mk_ram_add(&ram, 0x80000000, 0x3000, 3);
	forms();
	damaged64();
	damaged32();
	truncated();
	oddities();
	aliases();
	slipped(0, 0, NULL);
	slipped(0, 12, NULL);
	slipped(8, 0, "8 bytes more than announced");
	slipped(60, 0, "60 bytes more than announced"); /* the last note is wholly beyond */
	slipped(-1632, 0, "1632 bytes less than announced");
	mk_ram_free(&ram);
	mk_cleanup();
	return done();
}
