// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The machine this runs on, through /dev/mem, for kernels without /proc/kcore: devmem:, or devmem:MEM,IOMEM[,VMCOREINFO]
 * with other files in the place of the system's. Only what /proc/iomem calls System RAM is read: registers of devices may
 * change by being read.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "base/endian.h"
#include "base/err.h"
#include "mem/machine.h"
#include "mem/mem.h"

#define MAX_EXTENTS 4096
#define NOTE_MAX ((uint64_t)64 << 10) /* the kernel's own is a page */

struct devmem {
	int fd;
	uint8_t *note;
};

/* ---- the map of memory ---- */

/* "  40000000-7fffffff : System RAM". Indented lines are parts of those above them. */
static bool ram_line(const char *line, struct ptk_extent *e, bool *hidden)
{
	char name[32];
	if (sscanf(line, " %16" SCNx64 "-%16" SCNx64 " : %31[^\n]", &e->first, &e->last, name) != 3 || e->last < e->first)
		return false;
	if (strcmp(name, "System RAM") != 0 && strcmp(name, "System RAM (kmem)") != 0)
		return false;
	*hidden |= e->last == 0;
	return e->last != 0;
}

static int list_ram(struct ptk_mem *mem, const char *path, struct ptk_err *err)
{
	CLEANUP_FREE struct ptk_extent *list = calloc(MAX_EXTENTS, sizeof *list);
	FILE *f = fopen(path, "re");
	char line[256];
	size_t n = 0;
	bool hidden = false;
	if (!f)
		return ptk_err_sys_(err, PTK_E_PERM, errno, "cannot read where this machine's RAM is, %s", path);
	while (list && n < MAX_EXTENTS && fgets(line, sizeof line, f))
		if (ram_line(line, &list[n], &hidden) && (n == 0 || list[n].first > list[n - 1].last))
			n++;
	fclose(f);
	if (!list)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot list this machine's RAM");
	if (n == 0)
		return ptk_err_set_(err, hidden ? PTK_E_PERM : PTK_E_NOTFOUND,
		                    hidden ? "%s shows no addresses: only root sees them" : "%s speaks of no System RAM", path);
	mem->bounded = true;
	int r = ptk_mem_set_extents_(mem, list, n);
	return r < 0 ? ptk_err_set_(err, r, "cannot list this machine's RAM") : 0;
}

/* ---- reading ---- */

/* 32-bit kernels do not read what they have not mapped themselves (highmem), but let it be mapped. */
static int read_mapped(int fd, uint64_t pa, uint8_t *to, size_t len)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), from = round_down(pa, page);
	size_t size = (size_t)(pa - from) + len;
	const uint8_t *p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)from);
	if (p == MAP_FAILED)
		return errno == EPERM ? PTK_E_PERM : PTK_E_IO;
	memcpy(to, p + (pa - from), len);
	munmap((void *)(uintptr_t)p, size);
	return 0;
}

static int devmem_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	const struct devmem *d = arg;
	int r = ptk_machine_read_(d->fd, pa, buf, len);
	return r == PTK_E_IO ? read_mapped(d->fd, pa, buf, len) : r;
}

static void devmem_close(void *arg)
{
	struct devmem *d = arg;
	if (d->fd >= 0)
		close(d->fd);
	free(d->note);
	free(d);
}

/*
 * Where reading RAM is forbidden, it is so beyond the first MiB: that much x86 lets pass, as zeros
 * (arch/x86/mm/init.c, devmem_is_allowed()).
 */
static int probe(const struct ptk_mem *mem, struct devmem *d, const char *path, struct ptk_err *err)
{
	uint8_t byte;
	const struct ptk_extent *e = &mem->extent[mem->info.nextents - 1];
	uint64_t pa = e->first > BIT(20) || e->last <= BIT(20) ? e->first : BIT(20);
	int r = devmem_read(d, pa, &byte, 1);
	if (r == PTK_E_PERM)
		return ptk_err_set_(err, r, "%s: this kernel gives no RAM there (CONFIG_STRICT_DEVMEM)", path);
	return r < 0 ? ptk_err_set_(err, r, "%s: cannot read RAM at 0x%" PRIx64, path, pa) : 0;
}

/* ---- what else the machine says of itself ---- */

static uint16_t machine(void)
{
	static const struct {
		const char *name;
		uint16_t machine;
	} known[] = {{"x86_64", 62}, {"i386", 3}, {"i486", 3}, {"i586", 3}, {"i686", 3}, {"aarch64", 183}, {"arm", 40}, {"riscv", 243}};
	struct utsname u;
	if (uname(&u) < 0)
		return 0;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strncmp(u.machine, known[i].name, strlen(known[i].name)) == 0)
			return known[i].machine;
	return 0;
}

static uint64_t round_up4(uint32_t n)
{
	return ((uint64_t)n + 3) & ~UINT64_C(3);
}

/* "PA SIZE" of the note that the kernel keeps ready for a crash (kernel/ksysfs.c). Without it, memory is searched. */
static int add_vmcoreinfo(struct ptk_mem *mem, struct devmem *d, const char *path)
{
	char text[64];
	uint64_t pa, size;
	const bool big = mem->info.big_endian;
	if (!ptk_machine_text_(path, text, sizeof text) || sscanf(text, "%" SCNx64 " %" SCNx64, &pa, &size) != 2)
		return 0;
	if (size < 12 || size > NOTE_MAX || !ptk_mem_within_(mem, pa, size))
		return 0;
	d->note = malloc((size_t)size);
	if (!d->note)
		return PTK_E_NOMEM;
	if (devmem_read(d, pa, d->note, (size_t)size) < 0)
		return 0;
	/* One note, then zeros to the end of the page. */
	uint64_t used = 12 + round_up4(load32(d->note, big)) + round_up4(load32(d->note + 4, big));
	return ptk_mem_notes_(mem, d->note, used < size ? used : size, 4, big);
}

static int attach(struct ptk_mem *mem, struct devmem *d, char *list, struct ptk_err *err)
{
	const char *path[3] = {"/dev/mem", "/proc/iomem", "/sys/kernel/vmcoreinfo"};
	for (size_t i = 0; i < 3 && list && *list; i++)
		path[i] = strsep(&list, ",");
	int r = ptk_machine_open_(path[0], "CONFIG_DEVMEM", &d->fd, err);
	if (r == 0)
		r = list_ram(mem, path[1], err);
	if (r == 0)
		r = probe(mem, d, path[0], err);
	if (r < 0)
		return r;
	mem->info.machine = machine();
	mem->info.big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	r = add_vmcoreinfo(mem, d, path[2]);
	return r < 0 ? ptk_err_set_(err, r, "no memory for the notes of %s", path[0]) : 0;
}

static int devmem_open_uri(struct ptk_mem *mem, const char *rest, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	struct devmem *d = calloc(1, sizeof *d);
	CLEANUP_FREE char *list = strdup(rest);
	if (!d || !list) {
		free(d);
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open devmem:%s", rest);
	}
	d->fd = -1;
	mem->ops = (struct ptk_mem_ops){.read = devmem_read, .close = devmem_close};
	mem->arg = d;
	mem->info.live = true;
	return attach(mem, d, list, err);
}

/* Character device 1:1, by whatever name. */
static bool devmem_owns(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 1);
}

const struct ptk_mem_format ptk_mem_devmem = {
	.name = "devmem",
	.as = "devmem",
	.what = "this machine, by /dev/mem",
	.scheme = "devmem",
	.bare = true,
	.owns = devmem_owns,
	.open_uri = devmem_open_uri,
};
