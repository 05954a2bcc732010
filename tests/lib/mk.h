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

/* A kdump-compressed (or diskdump) file, after makedumpfile's IMPLEMENTATION and diskdump_mod.h. */
enum mk_page { MK_PLAIN = 0, MK_ZLIB = 1, MK_LZO = 2, MK_SNAPPY = 4, MK_ZSTD = 0x20 };

struct mk_kdump {
	bool wide, big;
	bool padded;         /* 32 bits, with 64-bit fields aligned to 8 */
	bool diskdump;       /* the older signature, and one bitmap only */
	unsigned version;    /* header version, 1 to 6 */
	unsigned block;      /* bytes a frame */
	unsigned packings;   /* enum mk_page bits, taken in turn; pages that do not shrink stay plain */
	const char *machine; /* utsname's */
	uint64_t base;       /* what frame 0 is; also the sub-header's phys_base if not 0 */
	uint64_t phys_base;  /* the sub-header's, if base is 0 */
	bool split;          /* only frames start <= f < end */
	uint64_t start, end;
	bool no_note;        /* VMCOREINFO by its own pointer only */
	unsigned prstatus;   /* size of an NT_PRSTATUS note, if not 0 */
};

struct mk_kdump_map {
	size_t status, sub, bitmap, descs; /* offsets of the status word, the sub-header, bitmap 2, descriptors */
};

/* false: a packing is not built in. RAM is in whole blocks. */
bool mk_kdump(struct mk_buf *b, const struct mk_ram *ram, const struct mk_kdump *how, struct mk_kdump_map *map);

/* The flattened form of a file, in records of random size and order; some bytes are written twice. */
void mk_flat(struct mk_buf *out, const struct mk_buf *in, uint64_t seed);

/* /proc/kcore: a path to free(), or NULL where such a file cannot be made. It is there until the process ends. */
struct mk_kcore {
	bool wide;
	uint16_t machine;
	bool old; /* as before 4.15: no physical addresses */
};

char *mk_kcore(const struct mk_ram *ram, const struct mk_kcore *how);
/* /dev/mem likewise, and its /proc/iomem. */
char *mk_devmem(const struct mk_ram *ram, struct mk_buf *iomem);

void mk_lime(struct mk_buf *b, const struct mk_ram *ram);
/* Blocks of at most 1 MiB, as AVML itself cuts them at 16 MiB; some chunks are stored, some packed. */
void mk_avml(struct mk_buf *b, const struct mk_ram *ram);

/* One page; 0: the packing is not built in, or it did not shrink. */
size_t mk_pack_page(enum mk_page how, const uint8_t *in, size_t n, uint8_t *out, size_t room);

/* Whole-file compression by the libraries; false: not built in. */
bool mk_pack_zstd(struct mk_buf *out, const struct mk_buf *in);
bool mk_pack_gzip(struct mk_buf *out, const struct mk_buf *in);
bool mk_pack_xz(struct mk_buf *out, const struct mk_buf *in);

#endif
