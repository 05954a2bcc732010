/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Mappings:
 *
 *   vma.c    those of an mm, and what each is called
 *   maple.c  the tree that holds them since 6.1
 *   path.c   names of files
 */
#ifndef PROC_VMA_H
#define PROC_VMA_H

#include "linux/proc/kmem.h"
#include "linux/proc/types.h"

/* Where members lie that lead from a file to its path: 0 is no offset of any but the first few. */
struct lx_path_layout {
	unsigned file_dentry, file_mnt;           /* struct file */
	unsigned name, parent, inode, pprev;      /* struct dentry; pprev is 0 for one that is deleted */
	unsigned ino;                             /* struct inode */
	unsigned mnt_root;                        /* struct vfsmount */
	unsigned mnt, mnt_parent, mnt_mountpoint; /* struct mount, which holds a vfsmount */
};

bool ptk_path_layout_(struct ptk_linux *lx, struct lx_path_layout *out);
/* The path of a struct file as /proc/PID/maps says it, and its inode's number. False if it cannot be read. */
bool ptk_path_(struct lx_kmem *k, const struct lx_path_layout *l, uint64_t file, char *buf, size_t size, uint64_t *ino);

struct lx_maple_layout {
	unsigned root;                           /* mm_struct.mm_mt.ma_root */
	unsigned pivot, slot, slots;             /* of leaves and inner nodes; pivots are one less than slots */
	unsigned gap_pivot, gap_slot, gap_slots; /* of nodes that keep gaps */
};

bool ptk_maple_layout_(struct ptk_linux *lx, struct lx_maple_layout *out);
/*
 * Call fn for every entry in the tree in order. 0; 1: something was left out, or fn said 1; or its negative result.
 */
typedef int lx_entry_fn(void *arg, uint64_t entry);
int ptk_maple_each_(struct lx_kmem *k, const struct lx_maple_layout *l, uint64_t mm, lx_entry_fn *fn, void *arg);

/* For ptk_linux_vmas(). */
struct lx_vma_list {
	struct lx_vma_list *next;
	uint64_t mm;
	struct ptk_vma *vma;
	size_t n;
	int rc;          /* negative: there is no list */
	const char *why; /* then, why; else NULL, or what is wrong with it */
};

/* Fill vma, n and why. PTK_E_NOTFOUND if the types that this takes are lacking. */
int ptk_vma_list_(struct ptk_linux *lx, uint64_t mm, struct lx_vma_list *out);

#endif
