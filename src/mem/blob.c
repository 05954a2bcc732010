// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Files as bytes in this process: mapped where that is possible, read whole where it is not. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "mem/area.h"
#include "mem/mem.h"
#include "mem/unpack.h"

void ptk_blob_close_(struct ptk_blob *blob)
{
	ptk_mem_close(blob->flat);
	if (blob->mapped)
		munmap((void *)(uintptr_t)blob->data, blob->mapped);
	memset(blob, 0, sizeof *blob);
}

const uint8_t *ptk_blob_span_(const struct ptk_blob *b, uint64_t at, uint64_t *len)
{
	if (!b->flat) {
		if (at >= b->size)
			return NULL;
		*len = b->size - at;
		return b->data + at;
	}
	const struct ptk_piece *p = ptk_mem_piece_(b->flat, at);
	if (!p)
		return NULL;
	*len = p->last - at + 1;
	return p->data + (at - p->first);
}

bool ptk_blob_read_(const struct ptk_blob *b, uint64_t at, void *buf, size_t size)
{
	uint64_t len;
	if (at > b->size || size > b->size - at)
		return false;
	for (uint8_t *to = buf; size;) {
		const uint8_t *p = ptk_blob_span_(b, at, &len);
		if (!p)
			return false;
		size_t n = len < size ? (size_t)len : size;
		memcpy(to, p, n);
		to += n;
		at += n;
		size -= n;
	}
	return true;
}

const uint8_t *ptk_blob_pin_(struct ptk_mem *mem, const struct ptk_blob *b, uint64_t at, uint64_t size)
{
	uint64_t len;
	const uint8_t *p = at <= b->size && size <= b->size - at ? ptk_blob_span_(b, at, &len) : NULL;
	if (!p || len >= size)
		return p;
	void *copy = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (copy == MAP_FAILED)
		return NULL;
	const struct ptk_blob kept = {.data = copy, .size = size, .mapped = (size_t)size};
	if (!ptk_mem_own_(mem, &kept))
		return NULL;
	return ptk_blob_read_(b, at, copy, (size_t)size) ? copy : NULL;
}

int ptk_mem_add_file_(struct ptk_mem *mem, uint64_t pa, const struct ptk_blob *b, uint64_t at, uint64_t size,
                      uint64_t *lost)
{
	while (size) {
		uint64_t len;
		const uint8_t *p = ptk_blob_span_(b, at, &len);
		if (!p) {
			*lost += size;
			return 0;
		}
		len = len < size ? len : size;
		int r = ptk_mem_add_(mem, pa, p, len);
		if (r < 0)
			return r;
		pa += len;
		at += len;
		size -= len;
	}
	return 0;
}

static int sys_code(int sys)
{
	return sys == EACCES || sys == EPERM ? PTK_E_PERM : sys == ENOMEM ? PTK_E_NOMEM : PTK_E_IO;
}

/* The size a mapping takes is fixed here: what is cut off later by others is not looked for. */
static int map_file(int fd, uint64_t size, const char *path, struct ptk_blob *out, struct ptk_err *err)
{
	if (size > SIZE_MAX)
		return ptk_err_set_(err, PTK_E_LIMIT, "%s is larger than this process can map", path);
	void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return ptk_err_sys_(err, sys_code(errno), errno, "cannot map %s", path);
	out->data = p;
	out->size = size;
	out->mapped = (size_t)size;
	return 0;
}

static int read_all(int fd, struct area *a, int *sys)
{
	for (;;) {
		size_t room;
		uint8_t *to = ptk_area_room_(a, &room);
		ssize_t n = read(fd, to, room);
		*sys = n < 0 ? errno : 0;
		if (*sys == EINTR)
			continue;
		if (n <= 0)
			return *sys ? sys_code(*sys) : 0;
		int r = ptk_area_put_(a, (size_t)n);
		if (r < 0)
			return r;
	}
}

/* A pipe or the like: keep it all, but for pages of zeros. */
static int slurp(int fd, const char *path, uint64_t limit, struct ptk_blob *out, struct ptk_err *err)
{
	CLEANUP_FREE struct area *a = calloc(1, sizeof *a);
	int sys = 0, r = PTK_E_NOMEM;
	if (a) {
		a->limit = limit;
		r = read_all(fd, a, &sys);
		if (r < 0)
			ptk_area_free_(a);
		else
			r = ptk_area_take_(a, out);
	}
	if (sys)
		return ptk_err_sys_(err, r, sys, "cannot read %s", path);
	return r < 0 ? ptk_err_set_(err, r, "cannot hold %s in memory: %s", path, ptk_strerror(r)) : 0;
}

static void set_name(struct ptk_blob *b, const char *path)
{
	size_t n = strlen(path);
	if (n < sizeof b->name)
		memcpy(b->name, path, n + 1);
	else
		snprintf(b->name, sizeof b->name, "...%s", path + n - (sizeof b->name - 4));
}

static int open_raw(const char *path, uint64_t limit, struct ptk_blob *out, struct ptk_err *err)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st))
		return ptk_err_sys_(err, sys_code(errno), errno, "cannot open %s", path);
	if (S_ISDIR(st.st_mode))
		return ptk_err_set_(err, PTK_E_BADFMT, "%s is a folder, not a picture of memory", path);
	if (!S_ISREG(st.st_mode))
		return slurp(fd, path, limit, out, err);
	if (st.st_size == 0)
		return ptk_err_set_(err, PTK_E_TRUNC, "%s is empty", path);
	return map_file(fd, (uint64_t)st.st_size, path, out, err);
}

int ptk_blob_open_(const char *path, const struct ptk_mem_opts *opts, struct ptk_blob *out, struct ptk_err *err)
{
	struct ptk_blob file = {0};
	uint64_t limit = ptk_unpack_limit_(opts);
	int r = open_raw(path, limit, &file, err);
	if (r < 0)
		return r;
	set_name(&file, path);
	if (file.size == 0) {
		ptk_blob_close_(&file);
		return ptk_err_set_(err, PTK_E_TRUNC, "%s is empty", path);
	}
	r = ptk_unpack_(&file, opts, out, err);
	if (r < 0 || r == PTK_UNPACK_DONE) {
		ptk_blob_close_(&file);
		return r < 0 ? r : 0;
	}
	*out = file;
	return 0;
}
