/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * What a source of memory provides. One file each, ending in one `const struct ptk_mem_format
 * ptk_mem_<name>`, and one word in the list in meson.build.
 *
 * A source either hands over pieces of mapped files (ptk_mem_add_(), then ptk_mem_seal_()), which
 * are then read without any call into it, or it sets its own callbacks in mem->ops.
 */
#ifndef MEM_MEM_H
#define MEM_MEM_H

#include <ptkit/mem.h>

/* The bytes of a file: mapped, or unpacked into this process's memory. */
struct ptk_blob {
	const uint8_t *data; /* NULL: see flat */
	uint64_t size;
	size_t mapped;        /* what munmap() gets; 0: nothing to unmap */
	struct ptk_mem *flat; /* a flattened file: its pieces, at the offsets where they belong */
	bool cut;             /* the file that this was made of ended early: there was more once */
	char name[96];        /* for sentences: the end of its path */
};

struct ptk_mem_format {
	const char *name;   /* "elf" */
	const char *scheme; /* opened by `scheme:...`; NULL: found by looking only */
	const char *as;     /* how it is named: "raw:FILE@PA"; NULL: "FILE" */
	const char *what;   /* one line about it; NULL: it is not listed */
	/* Whether these bytes are of this format, sound or broken: looks at magic numbers only. */
	bool (*probe)(const struct ptk_blob *file);
	/* Open what probe knew: n files that belong together, 1 unless they are a set. The mem has taken them over. */
	int (*open)(struct ptk_mem *mem, struct ptk_blob *const *file, size_t n, const struct ptk_mem_opts *opts,
	            struct ptk_err *err);
	bool set; /* open takes more than one file */
	bool bare; /* the scheme alone will do, without a colon, where no file has that name */
	/* Whether this path, which is there, is one that the scheme is for: no ordinary file. Optional. */
	bool (*owns)(const char *path);
	/* Open what follows the scheme and its colon. */
	int (*open_uri)(struct ptk_mem *mem, const char *rest, const struct ptk_mem_opts *opts, struct ptk_err *err);
};

/* A piece of physical memory that lies in this process's memory. */
struct ptk_piece {
	uint64_t first, last;
	const uint8_t *data;
};

struct ptk_mem {
	struct ptk_piece *piece; /* sorted and disjoint once sealed */
	size_t npieces, hit;     /* hit: the piece that served the last read */
	struct ptk_mem_ops ops;  /* when there are no pieces */
	void *arg;
	/* Bytes at pa that can be written in place, *len of them (in: wanted); NULL: use ops.write. Optional. */
	void *(*writable)(void *arg, uint64_t pa, size_t *len);
	/* How many bytes from pa on are known to be zeros that were never written: a search may pass over them. Optional. */
	uint64_t (*empty)(void *arg, uint64_t pa);
	/* Bring info's extents up to date: for mems that grow by being written. Optional. */
	int (*refresh)(struct ptk_mem *mem);
	/* See ptk_mem_release(). Optional. */
	void (*release)(void *arg);
	/* See ptk_mem_fetch_(); what is asked for is within info.extent if mem is bounded. Optional. */
	int (*fetch)(void *arg, const struct ptk_extent *e, size_t n);
	bool bounded; /* ops are called for addresses within info.extent only */
	struct ptk_mem_info info;
	struct ptk_extent *extent;
	struct ptk_note *note;
	size_t note_room;
	struct ptk_blob **blob;
	size_t nblobs;
	char warning[256];
};

/*
 * A pointer to *len bytes at pa (in: wanted, out: to be had there, at least 1) that may be written, and that
 * reads see at once; good until the next write elsewhere. NULL: ptk_mem_write() is the way.
 */
void *ptk_mem_writable_(struct ptk_mem *mem, uint64_t pa, size_t *len);

/*
 * All of this is going to be read, perhaps after ptk_mem_release(): a source that answers slowly gets it in few questions
 * and keeps it. e is in order and disjoint; what the source does not have is left out. 0; PTK_E_LIMIT, PTK_E_NOMEM: it
 * cannot keep that much; PTK_E_IO.
 */
int ptk_mem_fetch_(struct ptk_mem *mem, const struct ptk_extent *e, size_t n);

/* How many bytes from pa on need not be looked at by who searches for something: they are zeros. */
uint64_t ptk_mem_empty_(const struct ptk_mem *mem, uint64_t pa);

/* A mem with nothing in it, or NULL. */
struct ptk_mem *ptk_mem_alloc_(const char *format);

/* Take over a blob: the mem unmaps it. NULL: no memory, and it is unmapped at once. */
struct ptk_blob *ptk_mem_own_(struct ptk_mem *mem, const struct ptk_blob *blob);

/* Add size bytes at pa; no overflow, size not 0. Where pieces overlap, the first added wins. */
int ptk_mem_add_(struct ptk_mem *mem, uint64_t pa, const uint8_t *data, uint64_t size);

/*
 * Sort the pieces, settle overlaps, fill in info.extent. *overlap is how many bytes were claimed more than
 * once with different sources: two segments that show the same bytes of a file agree.
 */
int ptk_mem_seal_(struct ptk_mem *mem, uint64_t *overlap);

/* Set info.extent from a list that is in order, merging neighbours; at most n. */
int ptk_mem_set_extents_(struct ptk_mem *mem, const struct ptk_extent *extent, size_t n);

/* Whether [pa, pa + len) lies within info.extent; len not 0, no overflow. */
bool ptk_mem_within_(const struct ptk_mem *mem, uint64_t pa, uint64_t len);

/* Remember damage that was survived. The first sentence stays; later ones are counted out. */
void ptk_mem_warn_(struct ptk_mem *mem, const char *fmt, ...) PTK_PRINTF(2, 3);

/*
 * Take in the ELF notes in size bytes; align is 4 or 8. name and descriptor are checked; damage
 * ends the list and is warned of.
 */
int ptk_mem_notes_(struct ptk_mem *mem, const uint8_t *data, uint64_t size, unsigned align, bool big);

/* Add one note; its name is copied, its data borrowed. */
int ptk_mem_note_(struct ptk_mem *mem, const char *name, size_t name_len, uint32_t type, const void *data, size_t size);

/*
 * Map a file, or read it whole if it cannot be mapped (a pipe); unpack it if it is packed.
 * One that is empty is PTK_E_TRUNC.
 */
int ptk_blob_open_(const char *path, const struct ptk_mem_opts *opts, struct ptk_blob *out, struct ptk_err *err);
void ptk_blob_close_(struct ptk_blob *blob);

/* The piece that holds pa, or NULL. */
const struct ptk_piece *ptk_mem_piece_(struct ptk_mem *mem, uint64_t pa);

/* Find the format of files, which the mem has taken over, and open them. */
int ptk_mem_look_(struct ptk_mem *mem, struct ptk_blob *const *file, size_t n, const struct ptk_mem_opts *opts,
                  struct ptk_err *err);

/* Take over an opened file as the next of mem's blobs, undoing what wraps it (flattening). The blob to read from. */
int ptk_blob_adopt_(struct ptk_mem *mem, const struct ptk_blob *file, struct ptk_blob **out, struct ptk_err *err);

/* The bytes at an offset, and how many follow each other there, at least 1; NULL: none. */
const uint8_t *ptk_blob_span_(const struct ptk_blob *b, uint64_t at, uint64_t *len);

/* Copy bytes [at, at + size); false if they are not all there. */
bool ptk_blob_read_(const struct ptk_blob *b, uint64_t at, void *buf, size_t size);

/* The same as a pointer that lives as long as the mem, copied only if they lie scattered. NULL: not all there. */
const uint8_t *ptk_blob_pin_(struct ptk_mem *mem, const struct ptk_blob *b, uint64_t at, uint64_t size);

/* Add to mem, at pa, the bytes [at, at + size) of a file, less what it does not have: *lost grows by that. */
int ptk_mem_add_file_(struct ptk_mem *mem, uint64_t pa, const struct ptk_blob *b, uint64_t at, uint64_t size,
                      uint64_t *lost);

#endif
