// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A file that reads like /proc/kcore: sparse, its segments at offsets that follow virtual addresses, of which some have no
 * physical one. In memory, since few file systems take files of 128 TiB.
 */
#include "lib/mk.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD 0x2000u

static const struct {
	uint64_t direct, image, vmalloc, mask;
} map64 = {UINT64_C(0xffff888000000000), UINT64_C(0xffffffff81000000), UINT64_C(0xffffc90000000000), UINT64_C(0xffffffffffff)},
  map32 = {0xc0000000, 0xf0000000, 0xf8000000, 0x3fffffff};

static void phdr(struct mk_buf *b, const struct mk_kcore *how, uint32_t type, uint64_t off, uint64_t va, uint64_t pa, uint64_t size)
{
	const size_t w = how->wide ? 8 : 4;
	const uint64_t field[] = {off, va, pa, size, size};
	mk_int(b, type, 4, false);
	if (how->wide)
		mk_int(b, 7, 4, false);
	for (size_t i = 0; i < 5; i++)
		mk_int(b, field[i], w, false);
	if (!how->wide)
		mk_int(b, 7, 4, false);
	mk_int(b, type == 1 ? 4096 : 0, w, false);
}

static void ehdr(struct mk_buf *b, const struct mk_kcore *how, size_t phnum)
{
	const uint8_t ident[16] = {0x7f, 'E', 'L', 'F', how->wide ? 2 : 1, 1, 1};
	const size_t w = how->wide ? 8 : 4;
	mk_bytes(b, ident, sizeof ident);
	mk_int(b, 4, 2, false);
	mk_int(b, how->machine, 2, false);
	mk_int(b, 1, 4, false);
	mk_int(b, 0, w, false);
	mk_int(b, how->wide ? 64 : 52, w, false);
	mk_int(b, 0, w, false);
	mk_int(b, 0, 4, false);
	mk_int(b, how->wide ? 64 : 52, 2, false);
	mk_int(b, how->wide ? 56 : 32, 2, false);
	mk_int(b, phnum, 2, false);
	mk_zero(b, 6);
}

static void notes(struct mk_buf *b)
{
	static const char text[] = "OSRELEASE=6.1\nPAGESIZE=4096\n";
	mk_int(b, 11, 4, false);
	mk_int(b, sizeof text - 1, 4, false);
	mk_int(b, 0, 4, false);
	mk_bytes(b, "VMCOREINFO\0", 12);
	mk_bytes(b, text, sizeof text - 1);
	mk_zero(b, -b->n & 3);
}

/* Sparse bytes at an offset; false: no room. */
static bool put(int fd, const void *p, size_t n, uint64_t off)
{
	return pwrite(fd, p, n, (off_t)off) == (ssize_t)n;
}

static char *fd_path(int fd)
{
	char *path = malloc(40);
	if (path)
		snprintf(path, 40, "/proc/self/fd/%d", fd);
	return path;
}

char *mk_kcore(const struct mk_ram *ram, const struct mk_kcore *how)
{
	const uint64_t none = how->old ? 0 : how->wide ? UINT64_MAX : UINT32_MAX;
	const uint64_t direct = how->wide ? map64.direct : map32.direct, mask = how->wide ? map64.mask : map32.mask;
	const uint64_t vmalloc = how->wide ? map64.vmalloc : map32.vmalloc, image = how->wide ? map64.image : map32.image;
	struct mk_buf b = {0}, n = {0};
	int fd = memfd_create("kcore", MFD_CLOEXEC);
	size_t phnum = ram->n + 3;
	uint64_t off = (how->wide ? 64 + 56 * phnum : 52 + 32 * phnum);
	bool good = fd >= 0;
	notes(&n);
	ehdr(&b, how, phnum);
	phdr(&b, how, 4, off, 0, 0, n.n);
	/* As the kernel lists them: its image first, vmalloc, then RAM. */
	const struct mk_region *r0 = &ram->region[0];
	phdr(&b, how, 1, (image & mask) + HEAD, image, how->old ? 0 : r0->pa, r0->size);
	good = good && put(fd, r0->data, r0->size, (image & mask) + HEAD);
	phdr(&b, how, 1, (vmalloc & mask) + HEAD, vmalloc, none, 0x4000000);
	good = good && put(fd, "junk", 4, (vmalloc & mask) + HEAD);
	for (size_t i = 0; i < ram->n; i++) {
		const struct mk_region *r = &ram->region[i];
		uint64_t at = ((direct + r->pa) & mask) + HEAD;
		phdr(&b, how, 1, at, direct + r->pa, how->old ? 0 : r->pa, r->size);
		good = good && put(fd, r->data, r->size, at);
	}
	mk_bytes(&b, n.p, n.n);
	good = good && b.n <= HEAD && put(fd, b.p, b.n, 0);
	mk_free(&b);
	mk_free(&n);
	return good ? fd_path(fd) : NULL;
}

char *mk_devmem(const struct mk_ram *ram, struct mk_buf *iomem)
{
	int fd = memfd_create("mem", MFD_CLOEXEC);
	bool good = fd >= 0;
	char line[100];
	mk_bytes(iomem, "00000000-00000fff : Reserved\n", 29);
	for (size_t i = 0; i < ram->n; i++) {
		const struct mk_region *r = &ram->region[i];
		int n = snprintf(line, sizeof line, "%08llx-%08llx : System RAM\n", (unsigned long long)r->pa,
		                 (unsigned long long)(r->pa + r->size - 1));
		mk_bytes(iomem, line, (size_t)n);
		n = snprintf(line, sizeof line, "  %08llx-%08llx : Kernel code\n", (unsigned long long)r->pa, (unsigned long long)r->pa + 15);
		mk_bytes(iomem, line, (size_t)n);
		good = good && put(fd, r->data, r->size, r->pa);
	}
	return good ? fd_path(fd) : NULL;
}
