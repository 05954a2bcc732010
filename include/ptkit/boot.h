/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file boot.h
 * The page tables that Linux itself builds at boot: from what is known of a machine, step by step as
 * the kernel does it, and held against what a real kernel built.
 *
 *     ptk_machine_like(lx, &m, &err);               (or ptk_machine_read() from a file)
 *     ptk_boot_run(m, &opts, &b, &err);             (the trace tells each step)
 *     ptk_boot_compare(b, lx, report, arg, &sum, &err);
 */
#ifndef PTKIT_BOOT_H
#define PTKIT_BOOT_H

#include <ptkit/linux.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the machine ---- */

/** What Linux knows of a machine when it builds its tables. Holds copies of all it was made from. */
struct ptk_machine;

/** What a range of physical memory is. */
enum ptk_bank_flag {
	PTK_BANK_NOMAP = 1u << 0,   /**< memory that the linear map leaves out: MEMBLOCK_NOMAP */
	PTK_BANK_HOTPLUG = 1u << 1, /**< MEMBLOCK_HOTPLUG */
};

/** A range of physical memory: a bank, or a reservation in one. */
struct ptk_bank {
	uint64_t first;   /**< first address */
	uint64_t last;    /**< last address */
	const char *name; /**< who reserved it ("kernel", "initrd", "FDT"), or NULL */
	uint32_t flags;   /**< ::ptk_bank_flag */
};

/** A device mapping that a board asks for by itself: arm's struct map_desc. */
struct ptk_iomap {
	uint64_t va;      /**< where */
	uint64_t pa;      /**< what */
	uint64_t size;    /**< bytes */
	const char *type; /**< "MT_DEVICE", ... */
};

/** A CPU that the machine may have, booted or not: what is its own, where the kernel maps that (x86). */
struct ptk_machine_cpu {
	uint64_t percpu; /**< physical address of its per-CPU area */
	uint64_t slot;   /**< which slot of the CPU entry area is its own: its number, unless they are drawn by lot */
};

/** A NUMA node: memory that is equally near. */
struct ptk_machine_node {
	uint64_t first; /**< first address of what it spans */
	uint64_t last;  /**< last address */
	uint64_t data;  /**< physical address of its struct pglist_data, NODE_DATA() */
};

/** A value by name: a switch, an address, a size. Each architecture lists those that it goes by: ptk_machine_key(). */
struct ptk_machine_value {
	const char *key; /**< "rodata", "phys_offset", "dtb", ... */
	uint64_t value;  /**< the value; of a switch 0 or 1 */
	const char *how; /**< where it comes from: "memstart_addr", "machine file, line 3", "default" */
};

/** A symbol of the kernel image. */
struct ptk_machine_symbol {
	const char *name; /**< "_text", "__init_begin", ... */
	uint64_t va;      /**< virtual address */
};

/** All that is known. Borrowed until ptk_machine_free(). */
struct ptk_machine_info {
	struct ptk_regime regime;                /**< of the kernel's half */
	unsigned major;                          /**< kernel version; where none is known, the newest whose rules are */
	unsigned minor;                          /**< second number of it */
	/**
	 * A sentence if that is not a version whose boot code these rules were held against: it is booted by those of the
	 * nearest one then, and ptk_boot_compare() shows what that is worth. Else NULL.
	 */
	const char *doubt;
	const struct ptk_bank *bank;             /**< memory, in address order */
	size_t nbanks;                           /**< how many */
	const struct ptk_bank *reserved;         /**< what was reserved before the tables were built, in address order */
	size_t nreserved;                        /**< how many */
	const struct ptk_iomap *iomap;           /**< in the order in which the board gives them */
	size_t niomaps;                          /**< how many */
	const struct ptk_machine_cpu *cpu;       /**< possible CPUs in the order of their numbers; none: as the kernel would lay them out */
	size_t ncpus;                            /**< how many */
	const struct ptk_machine_node *node;     /**< NUMA nodes, in address order; none: memory is one node's */
	size_t nnodes;                           /**< how many */
	const struct ptk_machine_symbol *symbol; /**< in no order */
	size_t nsymbols;                         /**< how many */
	const struct ptk_machine_value *value;   /**< in the order of ptk_machine_key() */
	size_t nvalues;                          /**< how many */
};

/** A key that an architecture goes by. */
struct ptk_machine_key {
	const char *key;  /**< its name */
	const char *what; /**< one line about it */
	bool required;    /**< a machine file must give it; else there is a default */
};

/**
 * The keys of an architecture, in the order in which they are listed.
 *
 * @param arch  as ptk_regime_arch()
 * @param i     from 0 on
 * @return false past the last one
 */
PTK_API bool ptk_machine_key(const char *arch, size_t i, struct ptk_machine_key *out);

/**
 * Take the facts from a picture: from its memory, or from a snapshot's note (#PTK_NOTE_BOOT).
 *
 * @param lx   borrowed during the call
 * @return 0; ::PTK_E_NOTFOUND (a fact is not in the picture: which, and where it was looked for); ::PTK_E_NOTSUP (an
 *         architecture whose boot is not known; a note, in a build without YAML); ::PTK_E_BADFMT, ::PTK_E_CONFLICT (a note that
 *         makes no sense); ::PTK_E_NOMEM
 */
PTK_API int ptk_machine_like(struct ptk_linux *lx, struct ptk_machine **out, struct ptk_err *err);

/**
 * Type of a note of owner "PTKIT" (#PTK_NOTE_OWNER) that tells of a kernel's boot, as text: ptk_linux_snapshot() writes it, as the
 * kernel's memory, which else tells that, is not in a snapshot. ptk_machine_like() takes the machine from it, and
 * ptk_boot_compare() what explains a difference.
 */
#define PTK_NOTE_BOOT 0x50544b05

/** Files beside a machine file. Zero it, then set what is there. */
struct ptk_machine_files {
	const void *dtb;    /**< device tree: banks, reservations, and its own size */
	size_t dtb_size;    /**< bytes */
	const char *kernel; /**< path of a vmlinux or System.map: symbols */
	const char *version; /**< kernel version to assume ("6.1", "6.12.117") instead of the machine file's */
};

/**
 * Read a machine file (YAML; docs/boot.md tells its keys).
 *
 * @param name   of the file, for messages
 * @param files  may be NULL
 * @return 0; ::PTK_E_BADFMT, ::PTK_E_INVAL, ::PTK_E_CONFLICT (with line and column: what makes no sense, banks that overlap, a
 *         kernel outside memory); ::PTK_E_RANGE (a bank past the regime's addresses); ::PTK_E_IO; ::PTK_E_NOTSUP; ::PTK_E_NOMEM
 */
PTK_API int ptk_machine_read(const char *text, size_t size, const char *name, const struct ptk_machine_files *files,
                             struct ptk_machine **out, struct ptk_err *err);

/** Write a machine as a machine file. @return 0; what @p write returned */
PTK_API int ptk_machine_write(const struct ptk_machine *m, ptk_write_fn *write, void *arg);

/** Free. NULL is allowed. */
PTK_API void ptk_machine_free(struct ptk_machine *m);

/** What is known. */
PTK_API const struct ptk_machine_info *ptk_machine_info(const struct ptk_machine *m);

/* ---- booting it ---- */

/** How far to go. */
enum ptk_boot_stage {
	PTK_BOOT_FINAL,       /**< all of it, with the passes that set the final rights */
	PTK_BOOT_HEAD,        /**< what the assembly entry (or x86's and riscv's early C) sets up before the MMU is on */
	PTK_BOOT_EARLY,       /**< and the early fixmap */
	PTK_BOOT_PAGING_INIT, /**< and paging_init (x86: init_mem_mapping; riscv: setup_vm_final) */
};

/** One step of a boot. Strings are borrowed during the call. */
struct ptk_boot_step {
	unsigned depth;       /**< 0: a function of the boot order; 1: a mapping in it; 2: what one mapping does */
	const char *function; /**< the kernel's: "map_lowmem" */
	const char *what;     /**< one sentence: what is done, the unit chosen, and why; NULL: only the function */
	const char *type;     /**< memory type or protection by the kernel's name: "MT_MEMORY_RW", "PAGE_KERNEL"; or NULL */
	uint64_t first;       /**< virtual range; both 0: none */
	uint64_t last;        /**< last address of it */
	uint64_t pa;          /**< where it starts in physical memory, or ::PTK_NO_PA */
	uint64_t table;       /**< a table that was taken, or ::PTK_NO_PA */
	const char *from;     /**< where the table came from: "memblock", "init_pg_dir", "bm_pte" */
};

/** Told each step in order. A negative result ends the boot with it. */
typedef int ptk_boot_trace_fn(void *arg, const struct ptk_boot_step *step);

/** How to boot. Zero it, then set what is needed; NULL stands for all zeros. */
struct ptk_boot_opts {
	enum ptk_boot_stage stage; /**< stop after it */
	ptk_boot_trace_fn *trace;  /**< may be NULL */
	void *arg;                 /**< passed to it */
};

/** Tables as Linux would have built them. */
struct ptk_boot;

/** A region that does not change after boot, but by functions that have names. */
struct ptk_boot_region {
	uint64_t first;       /**< first virtual address */
	uint64_t last;        /**< last one */
	const char *name;     /**< "linear map", "kernel image", "fixmap", "vectors" */
	const char *function; /**< that builds it: "map_lowmem" */
	bool changes;         /**< its entries come and go while the kernel runs, by design: not one of the static regions */
	uint8_t lowest;       /**< lowest level that the boot fills: what tables of this level lead to came later */
	bool user;            /**< it lies in the table that user code runs on, ptk_boot_user(), not in the kernel's */
};

/**
 * Build the tables.
 *
 * @param m     borrowed until ptk_boot_free()
 * @param opts  may be NULL
 * @return 0; ::PTK_E_NOTSUP (architecture, stage); ::PTK_E_CONFLICT (an impossible machine, in one sentence);
 *         ::PTK_E_NOTFOUND (a symbol or value that is needed); ::PTK_E_NOMEM; what the trace returned
 */
PTK_API int ptk_boot_run(const struct ptk_machine *m, const struct ptk_boot_opts *opts, struct ptk_boot **out,
                         struct ptk_err *err);

/** Free. NULL is allowed. */
PTK_API void ptk_boot_free(struct ptk_boot *b);

/** The space of init_mm (swapper_pg_dir; at the head stage the table in use then). Borrowed until ptk_boot_free(). */
PTK_API const struct ptk_space *ptk_boot_space(const struct ptk_boot *b);

/** The space of the identity map, if the architecture has one at this stage, or NULL. */
PTK_API const struct ptk_space *ptk_boot_idmap(const struct ptk_boot *b);

/**
 * The space that user code has of the kernel where that is a table of its own (page table isolation on x86: the root a
 * page after swapper_pg_dir), or NULL.
 */
PTK_API const struct ptk_space *ptk_boot_user(const struct ptk_boot *b);

/** The regions that were built, in address order, those of ptk_boot_user() last. Borrowed until ptk_boot_free(). */
PTK_API const struct ptk_boot_region *ptk_boot_regions(const struct ptk_boot *b, size_t *n);

/**
 * Write the tables as a core that is a picture of Linux (ptk_linux_note()): whatever reads pictures reads it.
 *
 * @param path  created or truncated
 * @return 0; ::PTK_E_IO; ::PTK_E_NOMEM
 */
PTK_API int ptk_boot_save(const struct ptk_boot *b, const char *path, struct ptk_err *err);

/* ---- against the truth ---- */

/** How an entry of ours relates to the one in the picture. */
enum ptk_boot_verdict {
	PTK_BOOT_EQUAL,       /**< the same in every bit; of a table: in every bit but its address */
	PTK_BOOT_NAMED,       /**< changed after boot by a function that is named */
	PTK_BOOT_DIFFERENT,   /**< another value */
	PTK_BOOT_ONLY_OURS,   /**< the picture has nothing there */
	PTK_BOOT_ONLY_THEIRS, /**< we have nothing there */
};

/** A run of entries that relate the same way. */
struct ptk_boot_diff {
	enum ptk_boot_verdict verdict;        /**< how */
	const struct ptk_boot_region *region; /**< where */
	uint64_t first;                       /**< first virtual address */
	uint64_t last;                        /**< last one */
	uint64_t count;                       /**< entries */
	uint8_t level;                        /**< of ours, or theirs where we have none */
	uint64_t ours;                        /**< raw value of the first */
	uint64_t theirs;                      /**< the same in the picture */
	uint8_t their_level;                  /**< of theirs */
	bool twin;                            /**< arm, short descriptors: the values are Linux's own, beside the hardware's */
	const char *why;                      /**< named: the function that makes the difference, and what it does; else NULL */
};

/** Told of each run that is not equal, region by region. A negative result ends the comparison with it. */
typedef int ptk_boot_diff_fn(void *arg, const struct ptk_boot_diff *diff);

/** A region's sums. */
struct ptk_boot_sum {
	uint64_t entries;      /**< leaves and table entries that either side has */
	uint64_t equal;        /**< of those: ::PTK_BOOT_EQUAL */
	uint64_t named;        /**< ::PTK_BOOT_NAMED */
	uint64_t different;    /**< ::PTK_BOOT_DIFFERENT */
	uint64_t only_ours;    /**< ::PTK_BOOT_ONLY_OURS */
	uint64_t only_theirs;  /**< ::PTK_BOOT_ONLY_THEIRS */
	uint64_t split;        /**< besides: smaller leaves that amount to the other side's leaf above, whose split was counted */
	uint64_t tables;       /**< table entries on both sides whose tables memblock or the image gave */
	uint64_t tables_late;  /**< besides: those that the page allocator gave, wherever that was */
	uint64_t tables_placed; /**< of those: the table's address is the same too */
};

/**
 * Compare, entry by entry, in the regions that were built.
 *
 * @param fn   may be NULL
 * @param sum  one for each region of ptk_boot_regions(), in its order
 * @return 0; what @p fn returned; as ptk_walk_space()
 */
PTK_API int ptk_boot_compare(const struct ptk_boot *b, struct ptk_linux *lx, ptk_boot_diff_fn *fn, void *arg,
                             struct ptk_boot_sum *sum, struct ptk_err *err);

#ifdef __cplusplus
}
#endif
#endif
