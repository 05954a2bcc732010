/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file mem.h
 * Physical memory, wherever it lives.
 *
 * A mem is read by physical address. "Not in the picture" (::PTK_E_NODATA) and "could
 * not be read" (::PTK_E_IO and its kin) are different answers.
 */
#ifndef PTKIT_MEM_H
#define PTKIT_MEM_H

#include <ptkit/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ptk_mem;

/** An inclusive range of physical addresses that a mem holds. */
struct ptk_extent {
	uint64_t first; /**< first byte */
	uint64_t last;  /**< last byte */
};

/** A note that came with the memory (ELF PT_NOTE, kdump's own); borrowed from its mem. */
struct ptk_note {
	const char *name; /**< terminated */
	uint32_t type;    /**< meaning depends on the name */
	const void *data; /**< @ref size bytes */
	size_t size;      /**< of the data */
};

/** Owner of ptkit's own notes. */
#define PTK_NOTE_OWNER "PTKIT"

/**
 * Type of a note of owner "PTKIT" (#PTK_NOTE_OWNER): MMU registers of a CPU of a live source, one note each in their
 * order, as text lines "NAME=0x..." with the names that the source gives them ("TTBR1_EL1", "cr3", "satp"; QEMU's secure banks end in "_S").
 */
#define PTK_NOTE_REGISTERS 0x50544b02

/** What a source says of itself besides its bytes. */
struct ptk_mem_info {
	const char *format;      /**< "elf", "raw", "kdump", ... */
	uint16_t machine;        /**< ELF e_machine, or 0 if the source does not say */
	bool big_endian;         /**< byte order of the machine's data */
	bool live;               /**< changes under the reader */
	uint32_t read_size;      /**< bytes that one read best asks for: a page for files, more for slow links */
	const struct ptk_note *note; /**< in the order of the file */
	size_t nnotes;           /**< how many */
	const struct ptk_extent *extent; /**< sorted, disjoint, merged; NULL: cannot be listed, reads tell */
	size_t nextents;         /**< how many */
	const char *warning;     /**< one sentence about damage that was survived (truncation, overlap), or NULL */
};

/**
 * Callbacks of a caller's own source. @ref read is required.
 */
struct ptk_mem_ops {
	/** Read exactly @p len bytes at @p pa. 0, or a negative ::ptk_error. */
	int (*read)(void *arg, uint64_t pa, void *buf, size_t len);
	/**
	 * Optional: a pointer to the bytes at @p pa, good while the mem lives, and in @p *len (in: wanted,
	 * out: available there, at least 1). NULL: use read.
	 */
	const void *(*map)(void *arg, uint64_t pa, size_t *len);
	/** Optional: write exactly @p len bytes. */
	int (*write)(void *arg, uint64_t pa, const void *buf, size_t len);
	/** Optional: called once by ptk_mem_close(). */
	void (*close)(void *arg);
};

/** How to open a source. Zero it, then set what is needed. */
struct ptk_mem_opts {
	uint64_t max_unpacked; /**< most bytes a compressed file may unpack to; 0: 64 GiB or half of this machine's memory, whichever is less */
	/** Optional: told how far a long operation is. The process may end here: nothing needs to be undone then. */
	void (*progress)(void *arg, const char *what, uint64_t done, uint64_t total);
	void *progress_arg; /**< passed to @ref progress */
	uint32_t timeout_ms; /**< live sources: the longest wait for an answer; 0: 5000 */
};

/**
 * Open a source: a path, whose format is found by looking, or a URI.
 *
 * A path leads to one of these, also compressed with zstd, gzip or xz, also through a pipe:
 *
 * - an ELF core: kexec's, QEMU's dump-guest-memory with and without -p, makedumpfile -E. Memory beyond
 *   a segment's p_filesz was left out of the dump, and is not zero.
 * - a kdump-compressed or diskdump file: pages packed with zlib, LZO, snappy or zstd
 * - either of these flattened: makedumpfile -F, QEMU's dump-guest-memory -z
 * - LiME, and AVML's packed form of it
 *
 * A URI says how:
 *
 * - `raw:FILE@PA[,FILE@PA...]`: flat RAM, each file at a physical address (hexadecimal, 0x optional;
 *   default 0)
 * - `split:A,B,...` or just `A,B,...`: the files of one dump that makedumpfile --split cut, in any
 *   order; a part that is missing is warned of
 *
 * - `qemu-gdb:[HOST]:PORT`, `qemu-gdb:/path/of/socket`: a guest under QEMU, through its gdb stub
 *   (`-gdb`, `-s`, or `gdbserver` in its monitor). The guest is stopped while the mem is open. ptk_mem_close() lets it
 *   run if it ran before, ptk_mem_release() earlier; a process that dies without either leaves it stopped. The MMU registers
 *   of its CPUs come as notes (#PTK_NOTE_REGISTERS). What was read is remembered: a mem sees one moment.
 *
 * - `qmp:/path/of/socket`, `qmp:[HOST]:PORT`: a guest under QEMU, through its monitor (`-qmp`). RAM in a shared file
 *   (memory-backend-file or -memfd with share=on) is mapped: full speed. Else it is read from QEMU's memory, if this user
 *   may; the guest is stopped until ptk_mem_close() or ptk_mem_release(), and left as it was found. Else QEMU dumps it into an unnamed file
 *   in $TMPDIR or /var/tmp, for which it stops the guest itself; that is then the picture of a moment, not live. Of the MMU's
 *   registers QEMU's monitor tells those of x86 and satp of RISC-V, on arm none: `qemu-gdb` does.
 * - `kcore`, `kcore:PATH`: the machine this runs on, through /proc/kcore (also by that path). It runs on: what is read
 *   twice may differ. Memory that the kernel does not map all the time (highmem on 32 bits) is not there.
 * - `devmem`, `devmem:MEM,IOMEM[,VMCOREINFO]`: the same through /dev/mem, as far as /proc/iomem calls it System RAM,
 *   for kernels that have no kcore (32-bit arm)
 *
 *   ::PTK_E_NOTFOUND: the kernel has no such file; ::PTK_E_PERM: it is not for this user, the kernel is locked down, or
 *   built to give no RAM there. Only root (CAP_SYS_RAWIO) can open these.
 *
 * A file that stands behind a mem is mapped: it must not be shortened while the mem is open.
 *
 * @param source  path or URI
 * @param opts    may be NULL
 * @param out     a handle; close it with ptk_mem_close()
 * @param err     detail, may be NULL
 * @return 0; ::PTK_E_IO, ::PTK_E_PERM (cannot be opened); ::PTK_E_BADFMT (not a format known here);
 *         ::PTK_E_TRUNC; ::PTK_E_NOTSUP (this build lacks the decompressor); ::PTK_E_LIMIT; ::PTK_E_NOMEM;
 *         ::PTK_E_TIMEOUT (a live source does not answer);
 *         ::PTK_E_INVAL (malformed URI, or files that do not make a set); ::PTK_E_CONFLICT (files of different
 *         dumps, or the same part twice)
 */
PTK_API int ptk_mem_open(const char *source, const struct ptk_mem_opts *opts, struct ptk_mem **out,
                         struct ptk_err *err);

/**
 * Memory through the caller's own callbacks.
 *
 * @param ops      copied
 * @param arg      passed to every callback
 * @param extent   what it holds, or NULL for "everything; reads tell"
 * @param nextents number of @p extent
 * @return 0; ::PTK_E_NOMEM; ::PTK_E_INVAL (no read callback, extents out of order)
 */
PTK_API int ptk_mem_new(const struct ptk_mem_ops *ops, void *arg, const struct ptk_extent *extent, size_t nextents,
                        struct ptk_mem **out);

/**
 * The kinds of source that ptk_mem_open() knows, in the order in which files are looked at.
 *
 * @param i     from 0 on
 * @param as    may be NULL; set to how it is named: "raw:FILE@PA", "FILE"
 * @param what  may be NULL; set to one line about it
 * @return a static name, as in ptk_mem_info::format, or NULL past the last one
 */
PTK_API const char *ptk_mem_source_name(size_t i, const char **as, const char **what);

/**
 * Writable, sparse, zero-filled memory of the caller's process: for building tables and for tests.
 * Pages come into being when written; reading one that was never written is ::PTK_E_NODATA.
 *
 * @param first,last  the physical range it may hold, inclusive
 */
PTK_API int ptk_mem_new_image(uint64_t first, uint64_t last, struct ptk_mem **out);

/**
 * A copy-on-write layer: reads come from @p base where nothing was written, writes stay here.
 * Writing part of a page of 4 KiB copies it from the base; what the base lacks of it becomes zero.
 *
 * @param base  borrowed: must outlive the overlay
 */
PTK_API int ptk_mem_new_overlay(struct ptk_mem *base, struct ptk_mem **out);

/**
 * Leave a live machine as it was found, at once: a guest that ran runs again. After this what was read before can be read
 * again (see ptk_space_fetch()), and no more than that. Of other mems nothing changes. A signal handler may call this,
 * also amid another call on this mem, if it then ends the process.
 */
PTK_API void ptk_mem_release(struct ptk_mem *mem);

/** Close a handle. NULL is allowed. */
PTK_API void ptk_mem_close(struct ptk_mem *mem);

/** What the source says of itself. Borrowed until ptk_mem_close(). */
PTK_API const struct ptk_mem_info *ptk_mem_info(const struct ptk_mem *mem);

/**
 * A note by its name and type, where there may be several: the @p nth of them in the order of the file, from 0.
 *
 * @param name  the owner, as in struct ptk_note: "VMCOREINFO", #PTK_NOTE_OWNER
 * @return borrowed from the mem, or NULL
 */
PTK_API const struct ptk_note *ptk_mem_note(const struct ptk_mem_info *info, const char *name, uint32_t type, unsigned nth);

/**
 * Read exactly @p len bytes.
 *
 * @return 0; ::PTK_E_NODATA (some of it is not in the picture: no RAM, or left out of the dump); ::PTK_E_TRUNC,
 *         ::PTK_E_BADFMT (a page that should be there was lost with the end of the file, or is damaged);
 *         ::PTK_E_IO; ::PTK_E_NOTSUP (packed in a way this build cannot undo)
 */
PTK_API int ptk_mem_read(struct ptk_mem *mem, uint64_t pa, void *buf, size_t len, struct ptk_err *err);

/**
 * A pointer to @p len bytes at @p pa without copying, or NULL if the source cannot do that here.
 * Good until ptk_mem_close() or, in a writable mem, as long as nothing is written.
 */
PTK_API const void *ptk_mem_map(struct ptk_mem *mem, uint64_t pa, size_t len);

/**
 * Write exactly @p len bytes.
 *
 * @return 0; ::PTK_E_NOTSUP (read-only); ::PTK_E_RANGE; ::PTK_E_NOMEM
 */
PTK_API int ptk_mem_write(struct ptk_mem *mem, uint64_t pa, const void *buf, size_t len, struct ptk_err *err);

/**
 * Write an ELF core that holds the given physical ranges of @p mem and the given notes.
 * Ranges may come in any order and overlap. Parts that cannot be read become holes. The core is of
 * 32 bits if the machine is and all addresses fit; a range's virtual address is its physical one.
 *
 * @param path     created or truncated
 * @param machine  e_machine; decides the ELF class and byte order with the mem's own
 * @return 0; ::PTK_E_IO; ::PTK_E_NOMEM; ::PTK_E_INVAL (a note without a name or too long for ELF)
 */
PTK_API int ptk_mem_write_core(struct ptk_mem *mem, const char *path, uint16_t machine,
                               const struct ptk_extent *extent, size_t nextents, const struct ptk_note *note,
                               size_t nnotes, struct ptk_err *err);

#ifdef __cplusplus
}
#endif
#endif
