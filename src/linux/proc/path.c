// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The path of an open file, as d_path() would say it: from its dentry up, over mount points, to the root of all. */
#include <stddef.h>
#include <string.h>

#include "linux/proc/vma.h"

#define STEPS 512 /* directories and mounts on the way */
#define NAME 256  /* NAME_MAX and its end */

#define AT(m) offsetof(struct lx_path_layout, m)

static const struct lx_want wanted[] = {
        {"file", "f_path.dentry", AT(file_dentry), 1, true},
        {"file", "f_path.mnt", AT(file_mnt), 1, true},
        {"dentry", "d_name.name", AT(name), 1, true},
        {"dentry", "d_parent", AT(parent), 1, true},
        {"dentry", "d_inode", AT(inode), 1, true},
        {"dentry", "d_hash.pprev", AT(pprev), 1, true},
        {"inode", "i_ino", AT(ino), 0, true},
        {"vfsmount", "mnt_root", AT(mnt_root), 1, true},
        {"mount", "mnt", AT(mnt), 0, true},
        {"mount", "mnt_parent", AT(mnt_parent), 1, true},
        {"mount", "mnt_mountpoint", AT(mnt_mountpoint), 1, true},
};

bool ptk_path_layout_(struct ptk_linux *lx, struct lx_path_layout *out)
{
	return ptk_types_fill_(lx, wanted, sizeof wanted / sizeof *wanted, out);
}

/* Put "/name" before what stands at *at. Bytes that a terminal would take for a command become '?'. */
static bool prepend(struct lx_kmem *k, const struct lx_path_layout *l, uint64_t dentry, char *buf, size_t *at)
{
	char name[NAME];
	uint64_t va;
	if (!ptk_kmem_word_(k, dentry + l->name, &va))
		return false;
	size_t n = strnlen(name, ptk_kmem_some_(k, va, name, sizeof name));
	if (n == sizeof name || n + 1 > *at)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 127)
			name[i] = '?';
	*at -= n;
	memcpy(buf + *at, name, n);
	buf[--*at] = '/';
	return true;
}

/* Upwards; false if it does not come to an end. */
static bool climb(struct lx_kmem *k, const struct lx_path_layout *l, uint64_t dentry, uint64_t vfs, char *buf,
                  size_t *at)
{
	for (unsigned i = 0; i < STEPS; i++) {
		uint64_t mount = vfs - l->mnt, root, parent;
		if (!ptk_kmem_word_(k, vfs + l->mnt_root, &root) || !ptk_kmem_word_(k, dentry + l->parent, &parent))
			return false;
		if (dentry == root) {
			if (!ptk_kmem_word_(k, mount + l->mnt_parent, &parent))
				return false;
			if (parent == mount)
				return true;
			if (!ptk_kmem_word_(k, mount + l->mnt_mountpoint, &dentry))
				return false;
			vfs = parent + l->mnt;
			continue;
		}
		if (!prepend(k, l, dentry, buf, at))
			return false;
		if (parent == dentry) /* of no directory: memfd, anon_inode */
			return true;
		dentry = parent;
	}
	return false;
}

bool ptk_path_(struct lx_kmem *k, const struct lx_path_layout *l, uint64_t file, char *buf, size_t size, uint64_t *ino)
{
	static const char deleted[] = " (deleted)";
	uint64_t dentry, vfs, inode, hashed, parent;
	size_t at = size - 1;
	*ino = 0;
	if (!ptk_kmem_word_(k, file + l->file_dentry, &dentry) || !ptk_kmem_word_(k, file + l->file_mnt, &vfs))
		return false;
	if (ptk_kmem_word_(k, dentry + l->inode, &inode) && inode)
		ptk_kmem_word_(k, inode + l->ino, ino);
	buf[at] = 0;
	if (ptk_kmem_word_(k, dentry + l->pprev, &hashed) && !hashed &&
	    ptk_kmem_word_(k, dentry + l->parent, &parent)) {
		at -= sizeof deleted - 1;
		memcpy(buf + at, deleted, sizeof deleted - 1);
	}
	if (!climb(k, l, dentry, vfs, buf, &at))
		return false;
	if (!buf[at])
		buf[--at] = '/';
	memmove(buf, buf + at, size - at);
	return true;
}
