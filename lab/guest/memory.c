// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
// User memory of every kind, so that the user half of init's tables has something to say.
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define M (1u << 20)

static long page;

static char *map(size_t n, int prot, int flags, int fd)
{
	char *p = mmap(NULL, n, prot, flags, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

// Every set of rights, a page that may not be touched, and a hole, in one mapping.
static void rights(void)
{
	char *p = map(16 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (!p)
		return;
	memset(p, 0x41, 16 * page);
	mprotect(p + 2 * page, page, PROT_READ);
	mprotect(p + 4 * page, page, PROT_NONE);
	mprotect(p + 6 * page, page, PROT_READ | PROT_EXEC);
	mprotect(p + 8 * page, page, PROT_READ | PROT_WRITE | PROT_EXEC);
	mprotect(p + 10 * page, page, PROT_EXEC);
	munmap(p + 12 * page, page);
}

// Pages that were only read are the zero page; the first touch of a private file's page is not a copy.
static void untouched(void)
{
	volatile char *p = map(8 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	int fd = open("/init", O_RDONLY | O_CLOEXEC);

	for (int i = 0; p && i < 8; i += 2)
		(void)p[i * page];
	p = map(4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	if (p) {
		(void)p[0];
		p[page] = 1;
	}
	close(fd);
}

static void shared(void)
{
	int fd = memfd_create("lab", MFD_CLOEXEC);
	char *p;

	if (fd >= 0 && !ftruncate(fd, 8 * page)) {
		p = map(8 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
		if (p)
			memset(p, 0x53, 4 * page);
	}
	close(fd);
	p = map(4 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	if (p)
		memset(p, 0x54, 2 * page);
}

// Huge pages: transparent ones, one of them with a single page made read-only, and one of hugetlbfs.
static void huge(void)
{
	char *p = map(8 * M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	int fd = open("/proc/sys/vm/nr_hugepages", O_WRONLY | O_CLOEXEC);

	if (p) {
		madvise(p, 8 * M, MADV_HUGEPAGE);
		memset(p, 0x42, 6 * M);
		mprotect(p + 5 * M, page, PROT_READ);
	}
	if (fd >= 0) {
		if (write(fd, "1", 1) == 1) {
			p = map(2 * M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
			if (p)
				*p = 1;
		}
		close(fd);
	}
}

// A page of a device: /proc/cmdline's lab.device=ADDRESS says where one is.
static void device(void)
{
	static char words[4096];
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	char *at;
	ssize_t n = fd < 0 ? -1 : read(fd, words, sizeof(words) - 1);
	volatile char *p;

	close(fd);
	words[n < 0 ? 0 : n] = 0;
	at = strstr(words, "lab.device=");
	fd = open("/dev/mem", O_RDONLY | O_SYNC | O_CLOEXEC);
	if (at && fd >= 0) {
		p = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)strtoull(at + 11, NULL, 0));
		if (p == MAP_FAILED)
			fprintf(stderr, "lab: the device's page: %s\n", strerror(errno));
	}
	close(fd);
}

void map_memory(void)
{
	page = sysconf(_SC_PAGESIZE);
	rights();
	untouched();
	shared();
	huge();
	device();
}

// The numbers of a line of /proc/PID/maps.
static int read_range(FILE *f, unsigned long *first, unsigned long *end)
{
	int n = fscanf(f, "%lx-%lx", first, end);
	int c;

	do
		c = getc(f);
	while (c != '\n' && c != EOF);
	return n == 2;
}

int pagemap_text(const char *pid, char *out, size_t size)
{
	static char path[2][64];
	unsigned long first, end;
	uint64_t entry;
	size_t n = 0;
	FILE *maps;
	int fd;

	page = sysconf(_SC_PAGESIZE);
	snprintf(path[0], sizeof(path[0]), "/proc/%s/maps", pid);
	snprintf(path[1], sizeof(path[1]), "/proc/%s/pagemap", pid);
	maps = fopen(path[0], "re");
	fd = open(path[1], O_RDONLY | O_CLOEXEC);
	while (maps && fd >= 0 && read_range(maps, &first, &end))
		for (unsigned long va = first; va < end && va >= first; va += page) {
			if (pread(fd, &entry, 8, (off_t)(va / page * 8)) != 8)
				break;
			if (!(entry >> 62) || n + 40 > size)
				continue;
			n += snprintf(out + n, size - n, "%lx %016llx\n", va, (unsigned long long)entry);
		}
	if (maps)
		fclose(maps);
	if (!maps || fd < 0)
		return -ENOENT;
	close(fd);
	return (int)n;
}

// Work that needs no kernel: with memory written all the time, and a table of its own. The first round has faults, for which
// the kernel may map pages in its own half; READY is told after it.
void spin(int ready)
{
	volatile unsigned *p = (unsigned *)map(4 * M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	for (unsigned i = 0; p && i < M; i++)
		p[i] = i;
	if (write(ready, "1", 1) != 1)
		_exit(1);
	for (unsigned i = 0;; i++)
		if (p)
			p[i % M] = i;
}
