/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * A boot from inside.
 *
 * An architecture is a folder with a file of its name, one word in this folder's meson.build, and one struct boot_arch
 * named boot_arch_<word>_. Its run() plays the kernel's functions in their order: it takes tables from the memblock or
 * from the image's static areas, writes raw entries with boot_set_(), tells each step, and names the regions it made.
 */
#ifndef LINUX_BOOT_BOOT_H
#define LINUX_BOOT_BOOT_H

#include <ptkit/boot.h>

#include "linux/boot/areas.h"
#include "linux/boot/evidence.h"
#include "linux/boot/memblock.h"
#include "linux/linux.h"

/* The machine while it is being made, and after. */
struct ptk_machine {
	struct ptk_machine_info info;
	const struct boot_arch *arch;
	struct lx_arena arena; /* all strings and arrays of info */
	int failed;            /* PTK_E_NOMEM once there was no room for a fact */
	size_t bank_room, reserved_room, iomap_room, cpu_room, node_room, symbol_room, value_room;
};

struct ptk_boot {
	const struct ptk_machine *machine;
	struct ptk_mem *mem;                /* sparse image of what the boot wrote, and nothing else */
	struct ptk_space space, idmap, user; /* as the public functions give them; run() sets them */
	bool has_idmap, has_user;
	uint64_t page_offset, phys_offset;  /* of the linear map, where run() works them out; else 0, and the machine's values count */
	struct memblock memblock;           /* as it stands at this step; banks and reservations of the machine at first */
	struct memblock late;               /* reserved: tables that the page allocator gave */
	uint64_t taken;                     /* bytes that boot_alloc_() gave away */
	struct ptk_boot_opts opts;
	struct ptk_boot_region *region;
	size_t nregions, region_room, last_region;
	struct ptk_err *err;                /* of the ptk_boot_run() under way */
	int failed;                         /* the first failure: later calls do nothing, run() may look once a function */
	void *arch;                         /* the architecture's own state, freed with free() */
};

/* What a difference may be explained by. */
struct boot_case {
	const struct ptk_boot_region *region;
	uint64_t va;                        /* first address of the entry */
	int our_level, their_level;         /* of the entries that are held against each other: -1 where there is nothing */
	uint64_t ours, theirs;              /* raw; 0 where there is nothing */
	uint64_t our_pa, their_pa;          /* physical address of the entry itself, or PTK_NO_PA */
	bool twin;                          /* of the entries Linux keeps beside the hardware's, which are equal */
	bool table;                         /* the two are one table entry: only its attribute bits differ */
	struct ptk_linux *lx;               /* the picture */
	const struct ptk_space *theirs_in;  /* its space: all tables are there */
	const struct boot_evidence *evidence; /* and what else it tells; no more of its memory is to be read */
	struct boot_areas *areas;           /* of its areas, for explain() to fill when it asks first */
};

struct boot_version {
	unsigned major, minor;
};

struct boot_arch {
	const char *name;                   /* as ptk_regime_arch() */
	struct boot_version first, last;    /* kernels whose sources, or pictures, these rules were held against */
	const struct ptk_machine_key *key;
	size_t nkeys;
	/*
	 * Which symbols it wants (NULL-terminated); those that a picture lacks are left out. With "__pi_" before its name one
	 * counts as well: what only arm64's early C code uses is known by that alone in later kernels (vmlinux.lds.S).
	 */
	const char *const *symbol;
	/*
	 * Fill the machine's values (and iomaps) from a picture: banks and symbols are there already, and as
	 * reservations all of the picture's memblock (none where the kernel threw it away). What was reserved before the
	 * tables were built is for this function to tell: boot_machine_forget_reserved_(), then boot_machine_reserve_().
	 */
	int (*like)(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err);
	/* Refuse an impossible machine in one sentence. Banks and reservations are in order and disjoint already. */
	int (*check)(const struct ptk_machine *m, struct ptk_err *err);
	int (*run)(struct ptk_boot *b);
	/*
	 * The name of the function that makes this difference after boot, and what it does; or NULL. Told by a rule with
	 * evidence from the picture, never by the difference alone. Evidence is what the tables show, and what is listed
	 * in `witness` or added by evidence(), which is optional: 0 or -PTK_E_NOMEM.
	 */
	const struct boot_witness *witness;
	int (*evidence)(struct boot_evidence *e, struct ptk_linux *lx, const struct ptk_boot *b);
	const char *(*explain)(const struct ptk_boot *b, const struct boot_case *c);
	/* Optional: where Linux keeps its own entry beside the hardware's at entry_pa, or PTK_NO_PA. */
	uint64_t (*twin)(const struct ptk_boot *b, int level, uint64_t entry_pa);
};

/* ---- machine.c: facts ---- */

struct ptk_machine *boot_machine_new_(void);
/*
 * Adding a fact: 0 or -PTK_E_NOMEM, which is noted in the machine: later calls do nothing but say so again, and
 * boot_machine_finish_() does; so one who adds many need not look at each. Strings are copied.
 */
int boot_machine_value_(struct ptk_machine *m, const char *key, uint64_t value, const char *how);
int boot_machine_bank_(struct ptk_machine *m, uint64_t first, uint64_t last, uint32_t flags);
int boot_machine_reserve_(struct ptk_machine *m, uint64_t first, uint64_t last, const char *name);
void boot_machine_forget_reserved_(struct ptk_machine *m);
int boot_machine_iomap_(struct ptk_machine *m, uint64_t va, uint64_t pa, uint64_t size, const char *type);
int boot_machine_cpu_(struct ptk_machine *m, uint64_t percpu, uint64_t slot);
int boot_machine_node_(struct ptk_machine *m, uint64_t first, uint64_t last, uint64_t data);
int boot_machine_symbol_(struct ptk_machine *m, const char *name, uint64_t va);
/* The same, if it is not known yet; va 0: nor here. */
int boot_machine_symbol_if_new_(struct ptk_machine *m, const char *name, uint64_t va);
/* Once the architecture and the version are set: doubt that a version outside of those known is booted rightly. */
int boot_machine_version_(struct ptk_machine *m);
/* Sort, and refuse what no machine can be: overlaps, banks past the regime's addresses; then the architecture's check. */
int boot_machine_finish_(struct ptk_machine *m, struct ptk_err *err);
const struct boot_arch *boot_arch_(const char *name);

/* The value of a key (or the default). */
uint64_t boot_value_(const struct ptk_machine *m, const char *key, uint64_t otherwise);
bool boot_has_(const struct ptk_machine *m, const char *key);
/* Whether its kernel is of this version or later. */
bool boot_since_(const struct ptk_machine *m, unsigned major, unsigned minor);
/* The address of a symbol, or 0. */
uint64_t boot_symbol_(const struct ptk_machine *m, const char *name);
/*
 * Whether all symbols that the architecture wants, as far as they are known, lie in [first, end], which is the kernel: of
 * one that does not a boot would map all that is in between. 0 or -PTK_E_CONFLICT.
 */
int boot_symbols_inside_(const struct ptk_machine *m, uint64_t first, uint64_t end, struct ptk_err *err);
/* The bank that holds an address, or NULL. */
const struct ptk_bank *boot_bank_(const struct ptk_machine *m, uint64_t pa);

/* ---- like.c: reading a picture ---- */

/* The space of the picture's own kernel table. 0 or a negative error. */
int boot_kernel_space_(const struct ptk_linux *lx, struct ptk_space *s);
/* Read memory of the kernel by its virtual address, through its own tables. 0 or a negative error. */
int boot_read_va_(struct ptk_linux *lx, uint64_t va, void *buf, size_t len);
/* A number in the picture's byte order; width 1, 2, 4 or 8. */
int boot_read_number_(struct ptk_linux *lx, uint64_t va, unsigned width, uint64_t *out);
/* Read a variable of the kernel by its symbol. 0, or -PTK_E_NOTFOUND. */
int boot_read_symbol_(struct ptk_linux *lx, const char *name, unsigned width, uint64_t *out);
/* Whether the kernel has a symbol of this name. */
bool boot_has_symbol_(struct ptk_linux *lx, const char *name);
/* The string at va equals text? */
bool boot_string_is_(struct ptk_linux *lx, uint64_t va, const char *text);

/* ---- like_memory.c: by symbols, or by shape where there are none ---- */

/* Banks and reservations of the picture's memblock: -PTK_E_NOTFOUND where there is none. */
int boot_like_memblock_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err);
/* Banks from iomem_resource, "System RAM": where the memblock is gone after boot (x86). */
int boot_like_iomem_(struct ptk_machine *m, struct ptk_linux *lx, struct ptk_err *err);
/* Reservations from what is "Reserved" there: riscv lists its memblock's, after boot. None is no failure. */
void boot_like_iomem_reserved_(struct ptk_machine *m, struct ptk_linux *lx);
/* The range of a resource by its name, "Kernel code": the first of the tree, depth first. */
int boot_like_resource_(struct ptk_linux *lx, const char *name, uint64_t *first, uint64_t *last);

/* ---- like_nodes.c ---- */

/*
 * With CONFIG_NUMA: nodes, and as reservations what was taken for each before struct pages were: its pglist_data, by units
 * of this size, and the distances between them.
 */
void boot_like_nodes_(struct ptk_machine *m, struct ptk_linux *lx, uint64_t unit);

/* ---- like_taken.c: what was taken before the tables were ---- */

struct boot_taken {
	struct ptk_bank *reserved; /* at the end of boot */
	size_t nreserved;
	uint64_t image_first, image_last; /* physical; tables in it are none of memblock's */
	uint64_t *table;                  /* pages that are tables, or were taken together with them */
	size_t ntables, room;
	uint64_t floor;                   /* lowest table that memblock gave, or UINT64_MAX */
	/* Something of this size was taken before the tables, ending here: as much above it was no more free. Size 0: no. */
	uint64_t early_end, early_size;
	struct ptk_machine *m;            /* what is reserved in it by name was never memblock's to give */
};

/* Take the machine's reservations, which are those of the end of boot, out of it. No memory: the machine's failure. */
void boot_taken_start_(struct boot_taken *t, struct ptk_machine *m);
void boot_taken_end_(struct boot_taken *t);
/* Whether [first, last] is in one of them. */
bool boot_taken_has_(const struct boot_taken *t, uint64_t first, uint64_t last);
/*
 * Where the device tree is (unless it has more than most bytes), and what it reserves; nomap: no-map memory too. By
 * initial_boot_params; va, if not 0, is where it is where that has no name.
 */
void boot_taken_devtree_(struct ptk_machine *m, struct ptk_linux *lx, uint64_t va, uint32_t most, bool nomap);
/* Learn the tables that map [from, to]. */
void boot_taken_tables_(struct boot_taken *t, const struct ptk_space *s, uint64_t from, uint64_t to);
/* What else was taken together with the tables: it is none of what was taken before. */
void boot_taken_besides_(struct boot_taken *t, uint64_t first, uint64_t size, uint64_t page);
/*
 * Bytes that unflatten_device_tree() took below the lowest table, as the first that takes memory after the tables: up to
 * of_root, whose virtual address minus offset is its physical one. 0: not known, or with ACPI it did not run.
 */
uint64_t boot_taken_nodes_(const struct boot_taken *t, struct ptk_linux *lx, uint64_t page_offset, uint64_t phys_offset);
/* Reserve, under this name, what neither has a reservation yet nor is a table. */
void boot_taken_reserve_(struct boot_taken *t, uint64_t page, const char *name);

/* ---- boot.c: what every run() uses; after a failure these do nothing ---- */

/* Read and write an entry of a table by its physical address, in the regime's width (4 or 8 bytes). */
uint64_t boot_get_(struct ptk_boot *b, uint64_t pa);
void boot_set_(struct ptk_boot *b, uint64_t pa, uint64_t raw);
/* Make size bytes of zeros at pa. */
void boot_zero_(struct ptk_boot *b, uint64_t pa, uint64_t size);
/*
 * Take zeroed memory from the memblock as memblock_phys_alloc() does: below its current limit, or anywhere. 0 and a
 * failure noted when there is none.
 */
uint64_t boot_alloc_(struct ptk_boot *b, uint64_t size, uint64_t align);
/* Make a table of zeros of memory that was taken at pa; 0 is a failure, as there was none. */
uint64_t boot_table_(struct ptk_boot *b, uint64_t pa, uint64_t size);
/* A table of the page allocator's, once memblock has given all it has to that: where it lies is made up. */
uint64_t boot_alloc_late_(struct ptk_boot *b, uint64_t size);
void boot_fail_(struct ptk_boot *b, int code, const char *fmt, ...) PTK_PRINTF(3, 4);
/* The address of a symbol without which the boot fails. */
uint64_t boot_image_va_(struct ptk_boot *b, const char *name);
/*
 * Tell a step. fmt may be NULL; what it makes becomes step->what. Start from BOOT_STEP(depth, function) and set what is
 * needed besides.
 */
#define BOOT_STEP(d, f) ((struct ptk_boot_step){.depth = (d), .function = (f), .pa = PTK_NO_PA, .table = PTK_NO_PA})
void boot_step_(struct ptk_boot *b, const struct ptk_boot_step *step, const char *fmt, ...) PTK_PRINTF(3, 4);
/* Name a region that was built. Strings must be static or the machine's. */
void boot_region_(struct ptk_boot *b, const char *name, const char *function, uint64_t first, uint64_t last);
/* The region named last changes while the kernel runs, by design: what devices are given, windows that come and go. */
void boot_region_changes_(struct ptk_boot *b);
/* The region named last is the boot's down to this level only: what tables of it hold came later. */
void boot_region_down_to_(struct ptk_boot *b, unsigned level);
/* The region named last lies in b->user. */
void boot_region_user_(struct ptk_boot *b);
/* Whether to go on after a stage: false when the options say to stop there, or something failed. */
bool boot_goes_on_(const struct ptk_boot *b, enum ptk_boot_stage done);

#endif
