/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file linux.h
 * Linux in a picture of memory: its roots, version, layout, markers, and the text that
 * its own debugfs files would print.
 */
#ifndef PTKIT_LINUX_H
#define PTKIT_LINUX_H

#include <ptkit/walk.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ptk_linux;
struct ptk_process;

/** What to go by. Zero it, then set what is known. */
struct ptk_linux_opts {
	const char *symbols;  /**< path of a System.map, a kallsyms text or a vmlinux, or NULL */
	const char *version;  /**< kernel version to assume ("6.1", "6.12.117"), or NULL: as found */
	unsigned kernel;      /**< which of several kernels in the picture, from 1; 0: the running one */
	/**
	 * Look through all of memory even if a note says where the kernel is: for other kernels beside it (a crash kernel),
	 * and for its banner. Implied by @ref kernel. Of a live machine whose registers are known this is the banner alone.
	 */
	bool find_all;
	/** Live machines whose registers are known: if those do not lead to a kernel, do not read all of memory for one. */
	bool only_running;
	bool no_markers_in_ram; /**< compute the markers, do not look for the kernel's own array */
	void (*progress)(void *arg, const char *what, uint64_t done, uint64_t total); /**< optional */
	void *progress_arg;   /**< passed to @ref progress */
};

/** Which table to look at. */
enum ptk_linux_table {
	PTK_TABLE_KERNEL,         /**< init_mm: swapper_pg_dir */
	PTK_TABLE_CURRENT_KERNEL, /**< the process loaded on the CPU, kernel's view of it */
	PTK_TABLE_CURRENT_USER,   /**< the same, its user half: PTI's second root on x86, TTBR0 on arm64 */
	PTK_TABLE_EFI,            /**< efi_mm */
};

/** One thing that was found, and how. */
struct ptk_fact {
	const char *key;   /**< "root", "version", "va_bits", "markers", ... */
	const char *value; /**< as text */
	const char *how;   /**< "VMCOREINFO note", "scan of RAM", "--symbols", ... */
};

/** A named boundary in the kernel's virtual address space. */
struct ptk_marker {
	uint64_t va;        /**< where it starts */
	const char *name;   /**< as the kernel spells it */
	uint32_t max_lines; /**< x86: lines shown before the rest is counted; 0: all */
};

/** One kernel found in the picture. */
struct ptk_kernel {
	const char *release; /**< "6.12.117", or "?" */
	const char *banner;  /**< "Linux version ...", or NULL */
	uint64_t root;       /**< physical address of its swapper_pg_dir */
	bool valid;          /**< its root translates its own image */
	bool running;        /**< the one chosen by default */
};

/** A Linux kernel in a picture. All pointers are borrowed until ptk_linux_close(). */
struct ptk_linux_info {
	const char *arch;               /**< as ptk_regime_arch() */
	struct ptk_regime regime;       /**< of the kernel's own half */
	unsigned major;                 /**< of the release used for profiles */
	unsigned minor;                 /**< second number of it */
	unsigned patch;                 /**< third number of it */
	const char *release;            /**< "6.12.117-foo", or "?" */
	const struct ptk_kernel *kernel; /**< all kernels in the picture */
	size_t nkernels;                /**< how many */
	const struct ptk_fact *fact;    /**< what was found, and how */
	size_t nfacts;                  /**< how many */
	const struct ptk_marker *marker; /**< in the order of the kernel's own table */
	size_t nmarkers;                /**< how many */
	bool markers_computed;          /**< from the layout, not from the kernel's own array */
};

/**
 * Find Linux in a memory. Where ptkit's own note says what it is (ptk_linux_note()), that is what counts. A kernel whose
 * VMCOREINFO has keys that only one architecture writes is of that one, whatever machine the file names; a fact "machine" says so.
 *
 * @param mem   borrowed: must outlive the result
 * @param opts  may be NULL
 * @param out   close with ptk_linux_close()
 * @return 0; ::PTK_E_NOTFOUND (the sentence says what was looked for and where); ::PTK_E_INVAL (bad option);
 *         ::PTK_E_IO, ::PTK_E_BADFMT (symbols file); ::PTK_E_NOMEM
 */
PTK_API int ptk_linux_open(struct ptk_mem *mem, const struct ptk_linux_opts *opts, struct ptk_linux **out,
                           struct ptk_err *err);

/** Close. NULL is allowed. */
PTK_API void ptk_linux_close(struct ptk_linux *lx);

/* ---- tables that were built ---- */

/** How many tables of enum ptk_linux_table there are. */
#define PTK_LINUX_TABLES 4

/**
 * What a kernel is, by its tables alone: for tables that were built, where there is no kernel to find. Zero it, then set what
 * is known. The pointers are borrowed for the call.
 */
struct ptk_linux_about {
	const char *release;   /**< "6.12.117": chooses how text is printed; NULL: the newest that is known */
	/** By enum ptk_linux_table: its root and regime, NULL where there is none. The kernel's must be there. */
	const struct ptk_space *table[PTK_LINUX_TABLES];
	const struct ptk_marker *marker; /**< in the order of the kernel's table; a name may be empty */
	size_t nmarkers;       /**< how many, at most 64; 0: none, or, with a page_offset, as its layout rules have them */
	uint64_t page_offset;  /**< where the linear map starts, 0: not known */
	uint64_t phys_offset;  /**< the physical address that it maps there */
	uint64_t image_first;  /**< first address of the kernel's image ... */
	uint64_t image_last;   /**< ... and its last; both 0: not known */
	unsigned va_bits;      /**< arm64: CONFIG_ARM64_VA_BITS, 0: as the regime has it */
};

/** Type of a note of owner "PTKIT" (#PTK_NOTE_OWNER) that says what a kernel is: see ptk_linux_note(). */
#define PTK_NOTE_LINUX 0x50544b03

/**
 * The contents of such a note. A core with it is a picture of Linux: ptk_linux_open() goes by it and looks no further, so that
 * `ptkit dump` prints the kernel's text of tables that were built, with a kernel's markers and by a version's rules.
 *
 *     int len = ptk_linux_note(&about, NULL, 0, err);           // then malloc(len + 1) and call again
 *     struct ptk_note note = {PTK_NOTE_OWNER, PTK_NOTE_LINUX, text, len};
 *     ptk_emit(space, "elf", &(struct ptk_emit_opts){.note = &note, .nnotes = 1}, path, err);
 *
 * ptk_emit() writes what one root reaches. With several tables, give all that they take to ptk_mem_write_core().
 *
 * @param out   receives text lines, terminated, cut to @p size; may be NULL if @p size is 0
 * @return length of the whole text, as snprintf() does; ::PTK_E_INVAL (no table of the kernel, a regime of no architecture
 *         that Linux has tables for, a version or a marker's name that makes no sense); ::PTK_E_LIMIT (too many markers)
 */
PTK_API int ptk_linux_note(const struct ptk_linux_about *about, char *out, size_t size, struct ptk_err *err);

/**
 * The same as ptk_linux_open() of a core with that note, without the core.
 *
 * @param mem   holds the tables; borrowed: must outlive the result
 * @param out   close with ptk_linux_close()
 * @return 0; as ptk_linux_note(); ::PTK_E_NOMEM
 */
PTK_API int ptk_linux_new(struct ptk_mem *mem, const struct ptk_linux_about *about, struct ptk_linux **out,
                          struct ptk_err *err);

/** What was found. Borrowed until ptk_linux_close(). */
PTK_API const struct ptk_linux_info *ptk_linux_info(const struct ptk_linux *lx);

/**
 * The space (or spaces: a kernel half and a user half have a root each on arm64) of a table.
 *
 * @param out  room for 2 spaces, in address order
 * @return number of spaces, 1 or 2; ::PTK_E_NOTFOUND (no such table in this picture, and why)
 */
PTK_API int ptk_linux_spaces(struct ptk_linux *lx, enum ptk_linux_table which, struct ptk_space out[2],
                             struct ptk_err *err);

/**
 * The user halves of tables that belong to processes, for kernels whose processes cannot be listed (see
 * ptk_linux_processes()): that of the CPU, if it is known, and on all architectures but arm64 every page of memory that has
 * the kernel's half of swapper_pg_dir beside a half of its own. A table that was freed and not yet used again may be among
 * them; it maps nothing then.
 *
 * @param list  borrowed until ptk_linux_close(); in order of their addresses, the CPU's first
 * @param n     how many
 * @return 0; ::PTK_E_NOTFOUND (none, and why); ::PTK_E_NOMEM
 */
PTK_API int ptk_linux_user_tables(struct ptk_linux *lx, const struct ptk_space **list, size_t *n, struct ptk_err *err);

/**
 * Find now what is otherwise looked for when first asked for, since it takes some time: the kernel's own symbols. What was
 * found is added to the facts of ptk_linux_info().
 */
PTK_API void ptk_linux_look(struct ptk_linux *lx);

/**
 * Address of a symbol: from the symbols given, or the picture's VMCOREINFO, or the kernel's own kallsyms in the picture,
 * which is read when first needed. Symbols of modules are not among them.
 *
 * @return 0; ::PTK_E_NOTFOUND
 */
PTK_API int ptk_linux_symbol(struct ptk_linux *lx, const char *name, uint64_t *va);

/**
 * The region that an address lies in, by the markers: "vmalloc() area". Where the kernel names both ends of a region
 * ("Modules start", "Modules end"), that is the name without the end's ("Modules"), and behind it there is none.
 *
 * @return borrowed until ptk_linux_close(), or NULL
 */
PTK_API const char *ptk_linux_region(const struct ptk_linux *lx, uint64_t va);

/** Is this an address of user space, as far as the layout tells? What is not present there is told by linux/absent.h. */
PTK_API bool ptk_linux_is_user(const struct ptk_linux *lx, uint64_t va);

/* ---- the kernel's own text ---- */

/** Receives text. Return 0, or a negative ::ptk_error, which ends the dump with it. */
typedef int ptk_write_fn(void *arg, const char *text, size_t len);

/** How to print. Zero it, then set what is needed. */
struct ptk_ptdump_opts {
	const char *version;  /**< print as this kernel version would ("6.1", "6.12", "3.18"), or NULL: as found */
	/** Print the tables of this process instead of the table named, as page_tables/current_kernel would; or NULL. */
	const struct ptk_process *process;
	uint64_t from;        /**< with "to": only lines that touch this window, whole, and their markers; both 0: all */
	uint64_t to;          /**< last address of it */
	uint64_t max_again;   /**< see ::ptk_walk_opts */
	void (*progress)(void *arg, uint64_t done); /**< optional: bytes of tables read so far */
	void *progress_arg;   /**< passed to @ref progress */
};

/**
 * What the kernel's kernel_page_tables, efi_page_tables (arm, arm64, riscv) or page_tables/{kernel,current_kernel,
 * current_user,efi} (x86) would say, byte for byte.
 *
 * The text is the trace of a call sequence (mm/ptdump.c, arch/.../mm/{dump,ptdump,dump_pagetables}.c), reproduced
 * by a profile that the kernel version selects. Tables for which a kernel has no such file (a process, but on x86) are
 * printed by the same rules. A table that cannot be read counts in @p stats and looks like an empty entry.
 *
 * @param stats  may be NULL
 * @return 0; ::PTK_E_NOTFOUND (no such table); ::PTK_E_NOTSUP (no profile); what @p write returned; as ptk_walk_space()
 */
PTK_API int ptk_linux_ptdump(struct ptk_linux *lx, enum ptk_linux_table which, const struct ptk_ptdump_opts *opts,
                             ptk_write_fn *write, void *arg, struct ptk_walk_stats *stats, struct ptk_err *err);

/**
 * Write an ELF core that holds only the tables and what finding roots, version and markers needs,
 * so that every answer about the page tables stays the same. Other tools can read it too.
 *
 * @param path   created or truncated
 * @return 0; ::PTK_E_IO; as ptk_walk_space()
 */
PTK_API int ptk_linux_snapshot(struct ptk_linux *lx, const char *path, struct ptk_err *err);

#ifdef __cplusplus
}
#endif
#endif
