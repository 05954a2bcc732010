/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file process.h
 * The processes of a Linux in a picture of memory: their tables, and what is mapped in them.
 */
#ifndef PTKIT_PROCESS_H
#define PTKIT_PROCESS_H

#include <ptkit/linux.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A process, or a thread of the kernel. One that is neither @ref kthread nor has an @ref mm has ended, and its parent
 * has not asked for its status yet.
 */
struct ptk_process {
	uint32_t pid;     /**< of its thread group, which is what user space calls pid; 0: the idle task that booted */
	uint32_t threads; /**< threads of the group; 0: not known */
	uint64_t task;    /**< virtual address of the leader's task_struct */
	uint64_t mm;      /**< virtual address of its mm_struct; 0: it has none. Processes may share one (vfork) */
	uint64_t root;    /**< physical address of its mm's pgd; ::PTK_NO_PA: none, or not to be read */
	bool kthread;     /**< a thread of the kernel (one may have borrowed an mm) */
	char name[16];    /**< task_struct.comm, terminated; bytes that are no printable ASCII are '?' */
};

/**
 * Type of a note of owner "PTKIT" (#PTK_NOTE_OWNER) that lists a kernel's processes, as text: ptk_linux_snapshot_with()
 * writes it. In a core that has one, ptk_linux_processes() and ptk_linux_vmas() go by it.
 */
#define PTK_NOTE_PROCESSES 0x50544b04

/**
 * Every process, in the order of the kernel's own list, its first task (pid 0) first. Read once: later calls give the
 * same list.
 *
 * Where members lie in the kernel's structures is told by types (BTF in the picture; BTF or DWARF of --symbols), or
 * else inferred from the structures themselves where that leaves no doubt.
 *
 * @param list  borrowed until ptk_linux_close()
 * @param n     how many
 * @return 0; 1: the kernel's list is damaged or could not be followed to its end, these are the ones that were found,
 *         and @p err says what is wrong; ::PTK_E_NOTFOUND (the sentence says what is lacking); ::PTK_E_NOMEM
 */
PTK_API int ptk_linux_processes(struct ptk_linux *lx, const struct ptk_process **list, size_t *n, struct ptk_err *err);

/**
 * The process with a pid.
 *
 * @return 0; ::PTK_E_NOTFOUND (no such process); as ptk_linux_processes()
 */
PTK_API int ptk_linux_process(struct ptk_linux *lx, uint32_t pid, const struct ptk_process **out, struct ptk_err *err);

/**
 * What a process's tables translate, kernel half included: one space, or on arm64, where each half has a root, two: the
 * process's own, then the kernel's.
 *
 * @return number of spaces, 1 or 2; ::PTK_E_NOTFOUND (it has no tables of its own)
 */
PTK_API int ptk_linux_process_spaces(struct ptk_linux *lx, const struct ptk_process *p, struct ptk_space out[2],
                                     struct ptk_err *err);

/**
 * The part of them that is the process's own: from address 0 to the highest that user space may map. Which half of the
 * table that is does not depend on what it holds. With x86's PTI it is the table that user code walks; what
 * ptk_linux_process_spaces() gives is the kernel's, which may not execute what is user's.
 *
 * @return 0; as ptk_linux_process_spaces()
 */
PTK_API int ptk_linux_process_user(struct ptk_linux *lx, const struct ptk_process *p, struct ptk_space *out,
                                   struct ptk_err *err);

/** What a mapping allows: the VM_ flags of the kernel that have kept their values since 2.0. */
enum ptk_vma_flag {
	PTK_VMA_READ = 1u << 0,   /**< VM_READ */
	PTK_VMA_WRITE = 1u << 1,  /**< VM_WRITE */
	PTK_VMA_EXEC = 1u << 2,   /**< VM_EXEC */
	PTK_VMA_SHARED = 1u << 3, /**< VM_SHARED: writes reach the file; not kept where it was opened for reading only */
	PTK_VMA_MAYSHARE = 1u << 7, /**< VM_MAYSHARE: mapped with MAP_SHARED, which /proc/PID/maps shows as 's' */
};

/** A vm_area_struct: one mapping of a process, a line of its /proc/PID/maps. */
struct ptk_vma {
	uint64_t first;   /**< first address */
	uint64_t last;    /**< last address */
	uint64_t flags;   /**< vm_flags, whole: ::ptk_vma_flag, and bits whose meaning depends on the version */
	uint64_t offset;  /**< in the file, in bytes */
	uint64_t ino;     /**< inode number of the file; 0: no file */
	const char *name; /**< path of the file, "[heap]", "[stack]", "[vdso]" ...; "": anonymous */
};

/**
 * The mappings of a process, in address order.
 *
 * @param list  borrowed until ptk_linux_close()
 * @param n     how many
 * @return 0; 1: the kernel's tree or list of them is damaged, these are the ones that were found, and @p err says what
 *         is wrong; ::PTK_E_NOTFOUND (it has no mm; or the types that this takes are not known); ::PTK_E_NOMEM
 */
PTK_API int ptk_linux_vmas(struct ptk_linux *lx, const struct ptk_process *p, const struct ptk_vma **list, size_t *n,
                           struct ptk_err *err);

/**
 * ptk_linux_snapshot(), and the tables of some processes as well: of these, every answer stays the same, their mappings
 * included. The core lists all processes (#PTK_NOTE_PROCESSES); the tables of those that are not asked for cannot be
 * read in it.
 *
 * @param path  created or truncated
 * @param p     from the list of ptk_linux_processes(); threads of the kernel have no tables of their own, and add none
 * @param n     how many; 0: none, and no list
 * @return as ptk_linux_snapshot(); as ptk_linux_processes()
 */
PTK_API int ptk_linux_snapshot_with(struct ptk_linux *lx, const char *path, const struct ptk_process *p, size_t n,
                                    struct ptk_err *err);

#ifdef __cplusplus
}
#endif
#endif
