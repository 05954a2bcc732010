// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Init of a guest that leaves every kind of entry that is not present in its own page tables, says what its pagemap makes of
 * each ("LABEL VA ENTRY" lines between @@BEGIN and @@END), and waits to be imaged. pagemap's bit 62 with the swap type in bits
 * 4:0 and the offset above (Documentation/admin-guide/mm/pagemap.rst) is the kernel's own reading of the same entries.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UFFDIO_POISON
#define _UFFDIO_POISON 0x08
struct uffdio_poison {
	struct uffdio_range range;
	uint64_t mode;
	int64_t updated;
};
#define UFFDIO_POISON _IOWR(UFFDIO, _UFFDIO_POISON, struct uffdio_poison)
#endif
#ifndef UFFD_FEATURE_POISON
#define UFFD_FEATURE_POISON (1 << 14)
#endif
#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM (1 << 12)
#endif

#define PAGES 16

static size_t page;

static void say(const char *what, long rc)
{
	printf("%s: %s\n", what, rc < 0 ? strerror(errno) : "done");
}

static void load_modules(void)
{
	DIR *d = opendir("/mod");
	for (struct dirent *e; d && (e = readdir(d));) {
		char path[300];
		snprintf(path, sizeof path, "/mod/%s", e->d_name);
		int fd = e->d_name[0] == '.' ? -1 : open(path, O_RDONLY);
		if (fd >= 0)
			say(path, syscall(SYS_finit_module, fd, "rd_nr=1 rd_size=65536", 0));
	}
}

/* A header that mkswap would write: mm/swapfile.c, read_swap_header(); union swap_header. */
static void add_swap(void)
{
	int fd = open("/dev/ram0", O_RDWR);
	char *head = calloc(1, page);
	if (fd < 0 || !head)
		return say("/dev/ram0", -1);
	((uint32_t *)(head + 1024))[0] = 1;
	((uint32_t *)(head + 1024))[1] = (uint32_t)((64u << 20) / page - 1);
	memcpy(head + page - 10, "SWAPSPACE2", 10);
	say("write swap header", pwrite(fd, head, page, 0));
	fsync(fd);
	close(fd);
	say("swapon", swapon("/dev/ram0", 0));
}

static char *map(int flags, int c)
{
	char *p = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (p == MAP_FAILED)
		say("mmap", -1);
	for (size_t i = 0; c && p != MAP_FAILED && i < PAGES; i++)
		memset(p + i * page, c + (int)i, page);
	return p;
}

static int uffd(uint64_t features, void *p, uint64_t mode)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_api api = {.api = UFFD_API, .features = features};
	struct uffdio_register reg = {.range = {(uintptr_t)p, PAGES * page}, .mode = mode};
	say("userfaultfd", fd);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &reg) < 0) {
		say("userfaultfd register", -1);
		return -1;
	}
	return fd;
}

static void protect(int fd, char *p)
{
	struct uffdio_writeprotect wp = {.range = {(uintptr_t)p, PAGES * page}, .mode = UFFDIO_WRITEPROTECT_MODE_WP};
	say("UFFDIO_WRITEPROTECT", fd < 0 ? -1 : ioctl(fd, UFFDIO_WRITEPROTECT, &wp));
}

static void poison(int fd, char *p)
{
	struct uffdio_poison po = {.range = {(uintptr_t)p, 4 * page}};
	say("UFFDIO_POISON", fd < 0 ? -1 : ioctl(fd, UFFDIO_POISON, &po));
}

static void tell(const char *label, const char *p)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	for (size_t i = 0; i < PAGES; i++) {
		uint64_t entry = 0;
		if (pread(fd, &entry, 8, (off_t)(((uintptr_t)p / page + i) * 8)) == 8)
			printf("%s %llx %016llx\n", label, (unsigned long long)(uintptr_t)(p + i * page), (unsigned long long)entry);
	}
	close(fd);
}

/* The page that was poisoned is ours: the signal says so, and is no reason to end. */
static void on_bus_error(int sig)
{
	(void)sig;
}

int main(void)
{
	signal(SIGBUS, on_bus_error);
	page = (size_t)sysconf(_SC_PAGESIZE);
	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, "");
	mount("devtmpfs", "/dev", "devtmpfs", 0, "");
	load_modules();
	add_swap();
	char *present = map(MAP_PRIVATE | MAP_ANONYMOUS, 'a'), *swapped = map(MAP_PRIVATE | MAP_ANONYMOUS, 'b');
	char *shared = map(MAP_PRIVATE | MAP_ANONYMOUS, 'c'), *none = map(MAP_PRIVATE | MAP_ANONYMOUS, 'd');
	char *none_swapped = map(MAP_PRIVATE | MAP_ANONYMOUS, 'e'), *bad = map(MAP_PRIVATE | MAP_ANONYMOUS, 'f');
	char *wp_anon = map(MAP_PRIVATE | MAP_ANONYMOUS, 'g'), *wp_shmem = map(MAP_SHARED | MAP_ANONYMOUS, 0);
	char *poisoned = map(MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (fork() == 0) /* its pages are no longer exclusive to one process */
		for (;;)
			pause();
	memset(swapped, 'B', PAGES * page); /* exclusive again */
	say("pageout", madvise(swapped, PAGES * page, MADV_PAGEOUT));
	say("pageout, of two processes", madvise(shared, PAGES * page, MADV_PAGEOUT));
	say("mprotect", mprotect(none, PAGES * page, PROT_NONE));
	memset(none_swapped, 'E', PAGES * page);
	say("pageout", madvise(none_swapped, PAGES * page, MADV_PAGEOUT));
	say("mprotect", mprotect(none_swapped, PAGES * page, PROT_NONE));
	memset(bad, 'F', PAGES * page);
	say("hwpoison", madvise(bad, 4 * page, MADV_HWPOISON));
	memset(wp_anon, 'G', PAGES * page);
	protect(uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP, wp_anon, UFFDIO_REGISTER_MODE_WP), wp_anon);
	say("pageout", madvise(wp_anon, PAGES * page, MADV_PAGEOUT));
	protect(uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM, wp_shmem, UFFDIO_REGISTER_MODE_WP), wp_shmem);
	poison(uffd(UFFD_FEATURE_POISON, poisoned, UFFDIO_REGISTER_MODE_MISSING), poisoned);
	printf("\n@@BEGIN absent\n");
	tell("present", present);
	tell("swap", swapped);
	tell("swap-shared", shared);
	tell("prot-none", none);
	tell("swap-prot-none", none_swapped);
	tell("hwpoison", bad);
	tell("swap-uffd-wp", wp_anon);
	tell("uffd-wp", wp_shmem);
	tell("poison-marker", poisoned);
	printf("@@END absent\n@@READY\n");
	fflush(stdout);
	for (;;)
		pause();
}
