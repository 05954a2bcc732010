/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Writers of memory pictures for tests. Written from the formats' documents, not from the readers:
 * they share no code with the library. A writer makes bytes; a test may damage them before saving.
 */
#ifndef TESTS_MK_H
#define TESTS_MK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mk_buf {
	uint8_t *p;
	size_t n, room;
};

void mk_bytes(struct mk_buf *b, const void *p, size_t n);
void mk_zero(struct mk_buf *b, size_t n);
/* An integer of 1 to 8 bytes, at the end or over what is there. */
void mk_int(struct mk_buf *b, uint64_t v, size_t size, bool big);
void mk_poke(struct mk_buf *b, size_t at, uint64_t v, size_t size, bool big);
void mk_free(struct mk_buf *b);

/* A file in a folder of its own that mk_cleanup() removes. The path lives until then. */
const char *mk_path(const char *name);
const char *mk_save(const struct mk_buf *b, const char *name);
void mk_cleanup(void);

/* Sparse RAM: regions in order, disjoint. */
struct mk_region {
	uint64_t pa;
	size_t size;
	uint8_t *data;
};

struct mk_ram {
	struct mk_region region[16];
	size_t n;
};

/* Random contents; about a third of the pages are zeros and some repeat, as in real RAM. */
void mk_ram_add(struct mk_ram *ram, uint64_t pa, size_t size, uint64_t seed);
void mk_ram_free(struct mk_ram *ram);
/* Whether all of it is there; copies it if so. */
bool mk_ram_read(const struct mk_ram *ram, uint64_t pa, void *buf, size_t len);
uint64_t mk_random(uint64_t *state);

/* An ELF core after the gABI. */
struct mk_elf {
	bool wide, big;
	uint16_t machine;
	bool extended;     /* number the program headers through section header 0 */
	bool backwards;    /* segments last to first */
	size_t memsz_more; /* p_memsz beyond p_filesz, each */
	unsigned note_align; /* 4 or 8; 0: 4 */
};

/* Where things came to lie, for tests that damage them. */
struct mk_elf_map {
	size_t phdr, phentsize, note;
};

void mk_elf(struct mk_buf *b, const struct mk_ram *ram, const struct mk_elf *how, struct mk_elf_map *map);

/* Whole-file compression by the libraries; false: not built in. */
bool mk_pack_zstd(struct mk_buf *out, const struct mk_buf *in);
bool mk_pack_gzip(struct mk_buf *out, const struct mk_buf *in);
bool mk_pack_xz(struct mk_buf *out, const struct mk_buf *in);

#endif
