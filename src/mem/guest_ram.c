// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The monitor tells at which of QEMU's own addresses a guest's RAM is ("gpa2hva"), and /proc/PID/maps what is there: that
 * finds every kind of file, whatever it is called and even if it has no name any more. Where that process is not known or
 * closed to us, a backend's mem-path will do. Whatever was found is compared with what the monitor reads there.
 */
#include "mem/guest_ram.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "mem/machine.h"
#include "mem/mtree.h"

#define MAX_SPANS 1024
#define MAX_RUNS ((size_t)1 << 20)
#define ESSENTIAL BIT(20) /* less than this is the ROM of some device: a picture without it is one */
#define SAMPLES 4
#define SAMPLE 32u
#define TRIES 64

/* Bytes of a file that were written; all others are holes. Touching a hole of a mapping would fill it. */
struct run {
	uint64_t first, last;
};

struct file {
	int fd;
	uint64_t size;
	const uint8_t *map; /* NULL: only to be read */
	struct run *run;
	size_t nruns;
	bool complete; /* what is in no run is a hole */
};

/* A stretch of RAM: in a file, or in QEMU's memory. */
struct span {
	struct ptk_mtree_ram ram;
	uint64_t host; /* QEMU's address; 0: not known */
	size_t file;   /* index + 1, or 0 */
	uint64_t at;   /* in the file */
	bool usable;
};

struct ptk_guest_ram {
	struct span span[MAX_SPANS];
	size_t n;
	struct file file[MAX_SPANS];
	size_t nfiles;
	pid_t pid;
	char why[256]; /* what was in the way */
};

static uint64_t length(const struct span *s)
{
	return s->ram.last - s->ram.first + 1;
}

/* ---- files ---- */

/* Of the kernel's interface (linux/magic.h); a libc need not come with the kernel's headers. */
#define HUGETLBFS 0x958458f6

static bool is_huge(int fd)
{
	struct statfs fs;
	return fstatfs(fd, &fs) == 0 && (uint32_t)fs.f_type == HUGETLBFS;
}

/* Where it was written. A list that ends early only makes reading slower. */
static void find_runs(struct file *f)
{
	size_t room = 0;
	for (off_t at = 0; (uint64_t)at < f->size && f->nruns < MAX_RUNS;) {
		off_t from = lseek(f->fd, at, SEEK_DATA), to = from < 0 ? -1 : lseek(f->fd, from, SEEK_HOLE);
		f->complete = from < 0 && errno == ENXIO;
		if (to <= from)
			return;
		if (f->nruns == room) {
			size_t more = room ? 2 * room : 256;
			struct run *list = realloc(f->run, more * sizeof *list);
			if (!list)
				return;
			f->run = list;
			room = more;
		}
		f->run[f->nruns++] = (struct run){(uint64_t)from, (uint64_t)to - 1};
		at = to;
		f->complete = (uint64_t)at >= f->size;
	}
}

/* Take over an open file. Its index + 1, or 0. Huge pages are read: a hole of theirs that is touched may kill us. */
static size_t add_file(struct ptk_guest_ram *g, int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 || (uint64_t)st.st_size > SIZE_MAX ||
	    g->nfiles == MAX_SPANS) {
		close(fd);
		return 0;
	}
	struct file *f = &g->file[g->nfiles++];
	*f = (struct file){.fd = fd, .size = (uint64_t)st.st_size};
	if (is_huge(fd))
		return g->nfiles;
	void *p = mmap(NULL, (size_t)f->size, PROT_READ, MAP_SHARED, fd, 0);
	f->map = p == MAP_FAILED ? NULL : p;
	if (f->map)
		find_runs(f);
	return g->nfiles;
}

static bool same_file(int fd, dev_t dev, ino_t ino)
{
	struct stat st;
	return fstat(fd, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

static size_t known_file(const struct ptk_guest_ram *g, dev_t dev, ino_t ino)
{
	for (size_t i = 0; i < g->nfiles; i++)
		if (same_file(g->file[i].fd, dev, ino))
			return i + 1;
	return 0;
}

/* Never wait for a device or a pipe that somebody named. */
static int open_plain(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* One of the files that QEMU has open. */
static size_t open_of_process(struct ptk_guest_ram *g, dev_t dev, ino_t ino)
{
	char path[300];
	size_t found = known_file(g, dev, ino);
	snprintf(path, sizeof path, "/proc/%d/fd", g->pid);
	DIR *d = found ? NULL : opendir(path);
	for (struct dirent *e; d && !found && (e = readdir(d));) {
		struct stat st;
		snprintf(path, sizeof path, "/proc/%d/fd/%s", g->pid, e->d_name);
		if (stat(path, &st) < 0 || st.st_dev != dev || st.st_ino != ino || !S_ISREG(st.st_mode))
			continue;
		int fd = open_plain(path);
		if (fd >= 0 && same_file(fd, dev, ino))
			found = add_file(g, fd);
		else if (fd >= 0)
			close(fd);
	}
	if (d)
		closedir(d);
	return found;
}

/* ---- by the process ---- */

struct mapping {
	uint64_t first, end, offset;
	dev_t dev;
	ino_t ino;
	bool shared;
};

/* "7f53e0000000-7f53e8000000 rw-s 00000000 00:01 3079 /memfd:memory-backend-memfd (deleted)" */
static bool map_line(const char *line, struct mapping *m)
{
	unsigned major, minor;
	uint64_t ino;
	char rights[8];
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %x:%x %" SCNu64, &m->first, &m->end, rights, &m->offset,
	           &major, &minor, &ino) != 7)
		return false;
	m->dev = makedev(major, minor);
	m->ino = (ino_t)ino;
	m->shared = rights[3] == 's' && ino;
	return m->end > m->first;
}

/* Part of a span lies in this mapping. A span whose parts are of different kinds is read from the process. */
static void match(struct ptk_guest_ram *g, struct span *s, const struct mapping *m)
{
	uint64_t end = s->host + length(s);
	if (!s->host || m->first >= end || m->end <= s->host)
		return;
	bool starts = m->first <= s->host;
	uint64_t at = starts ? m->offset + (s->host - m->first) : m->offset - (m->first - s->host);
	size_t file = m->shared ? open_of_process(g, m->dev, m->ino) : 0;
	if (starts) {
		s->file = file;
		s->at = at;
	} else if (s->file != file || s->at != at) {
		s->file = 0;
	}
	if (s->file && (s->at > g->file[s->file - 1].size || length(s) > g->file[s->file - 1].size - s->at))
		s->file = 0;
}

static bool look_at_maps(struct ptk_guest_ram *g)
{
	char line[5000], path[40];
	snprintf(path, sizeof path, "/proc/%d/maps", g->pid);
	FILE *f = fopen(path, "re");
	if (!f) {
		snprintf(g->why, sizeof g->why, "%s: %s", path, strerror(errno));
		return false;
	}
	struct mapping m;
	while (fgets(line, sizeof line, f))
		for (size_t i = 0; map_line(line, &m) && i < g->n; i++)
			match(g, &g->span[i], &m);
	fclose(f);
	return true;
}

/* "Host virtual address for 0x40000000 (mach-virt.ram) is 0x7f53e0000000" */
static int ask_hosts(struct ptk_qmp *q, struct ptk_guest_ram *g, struct ptk_err *err)
{
	for (size_t i = 0; i < g->n; i++) {
		CLEANUP_FREE char *text = NULL;
		char line[64];
		snprintf(line, sizeof line, "gpa2hva 0x%" PRIx64, g->span[i].ram.first);
		int r = ptk_qmp_monitor_(q, line, &text, err);
		if (r < 0)
			return r;
		const char *is = strstr(text, " is 0x");
		g->span[i].host = is ? strtoull(is + 4, NULL, 16) : 0;
		if (g->span[i].host > UINT64_MAX - length(&g->span[i]))
			g->span[i].host = 0;
	}
	return 0;
}

static int read_process(const struct ptk_guest_ram *g, uint64_t host, void *buf, size_t len)
{
	uint8_t *to = buf;
	while (len) {
		struct iovec here = {to, len}, there = {(void *)(uintptr_t)host, len};
		ssize_t n = host > UINTPTR_MAX - len ? -1 : process_vm_readv(g->pid, &here, 1, &there, 1, 0);
		if (n <= 0)
			return n < 0 && errno == EPERM ? PTK_E_PERM : PTK_E_IO;
		to += n;
		host += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int by_process(struct ptk_qmp *q, struct ptk_guest_ram *g, struct ptk_err *err)
{
	g->pid = q->peer;
	if (g->pid <= 0) {
		snprintf(g->why, sizeof g->why, "which process has it is not known");
		return 0;
	}
	int r = ask_hosts(q, g, err);
	if (r < 0)
		return r;
	if (!look_at_maps(g))
		return 0;
	for (size_t i = 0; i < g->n; i++) {
		struct span *s = &g->span[i];
		uint8_t byte;
		int got = s->file ? 0 : s->host ? read_process(g, s->host, &byte, 1) : PTK_E_NODATA;
		s->usable = got == 0;
		if (got == PTK_E_PERM)
			snprintf(g->why, sizeof g->why, "the memory of process %d may not be read", g->pid);
	}
	return 0;
}

/* ---- by name ---- */

static int property(struct ptk_qmp *q, const char *id, const char *name, struct ptk_err *err)
{
	char arguments[200];
	/* A name that needs escapes is nobody's id. */
	if (strpbrk(id, "\"\\"))
		return PTK_E_NOTSUP;
	snprintf(arguments, sizeof arguments, "{\"path\":\"/objects/%s\",\"property\":\"%s\"}", id, name);
	return ptk_qmp_ask_(q, "qom-get", arguments, err);
}

/* The file of a backend with this id; 0 it has none or shares none, *offset is where its memory begins there. */
static int backend_file(struct ptk_qmp *q, struct ptk_guest_ram *g, const char *id, size_t *file, uint64_t *offset,
                        struct ptk_err *err)
{
	char path[4096];
	int r = property(q, id, "share", err);
	if (r < 0 || !ptk_json_true_(&q->reply, q->value))
		return r;
	r = property(q, id, "mem-path", err);
	if (r < 0)
		return r;
	ptk_json_copy_(&q->reply, q->value, path, sizeof path);
	r = property(q, id, "offset", err); /* since 8.1 */
	if (r < 0 && r != PTK_E_NOTSUP)
		return r;
	*offset = 0;
	if (r == 0)
		ptk_json_u64_(&q->reply, q->value, offset);
	struct stat st;
	int fd = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? open_plain(path) : -1;
	*file = fd < 0 ? 0 : add_file(g, fd);
	return 0;
}

/* Spans of one backend follow each other or not: each name is asked for once. */
static int by_name(struct ptk_qmp *q, struct ptk_guest_ram *g, struct ptk_err *err)
{
	for (size_t i = 0; i < g->n; i++) {
		struct span *s = &g->span[i];
		size_t file = 0, k = 0;
		uint64_t offset = 0;
		while (k < i && strcmp(g->span[k].ram.name, s->ram.name) != 0)
			k++;
		if (k < i) {
			file = g->span[k].file;
			offset = g->span[k].at - g->span[k].ram.offset;
		} else {
			int r = backend_file(q, g, s->ram.name, &file, &offset, err);
			if (r < 0 && r != PTK_E_NOTSUP)
				return r;
		}
		uint64_t end;
		s->file = file;
		s->usable = file && add_ok(s->ram.offset, offset, &s->at) && add_ok(s->at, length(s), &end) &&
		            end <= g->file[file - 1].size;
	}
	return 0;
}

/* ---- is it the guest's? ---- */

static int span_read(const struct ptk_guest_ram *g, const struct span *s, uint64_t pa, void *buf, size_t len);

/* What the monitor reads: "0000000040000000: 0x00 0x01 ...", eight a line. */
static int monitor_bytes(struct ptk_qmp *q, uint64_t pa, uint8_t out[static SAMPLE], struct ptk_err *err)
{
	CLEANUP_FREE char *text = NULL;
	char line[64];
	snprintf(line, sizeof line, "xp /%uxb 0x%" PRIx64, SAMPLE, pa);
	int r = ptk_qmp_monitor_(q, line, &text, err);
	if (r < 0)
		return r;
	size_t n = 0;
	for (const char *p = text; n < SAMPLE && (p = strstr(p, " 0x")); p += 3)
		out[n++] = (uint8_t)strtoul(p + 1, NULL, 16);
	return n == SAMPLE ? 0 : PTK_E_NOTSUP;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* 1: equal; 0: not; or an error. Where both are zeros nothing is proved: *proofs counts the others. */
static int compare(struct ptk_qmp *q, const struct ptk_guest_ram *g, const struct span *s, uint64_t pa,
                   unsigned *proofs, struct ptk_err *err)
{
	uint8_t here[SAMPLE], there[SAMPLE];
	if (span_read(g, s, pa, here, SAMPLE) < 0 || all_zero(here, SAMPLE))
		return 1;
	int r = monitor_bytes(q, pa, there, err);
	++*proofs;
	return r < 0 ? r : memcmp(here, there, SAMPLE) == 0;
}

/* A few places with something in them, which only the guest's own memory would have there. */
static int verify(struct ptk_qmp *q, struct ptk_guest_ram *g, struct ptk_err *err)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct span *s = &g->span[i];
		unsigned proofs = 0;
		for (uint64_t k = 0; k < TRIES && s->usable && length(s) >= ESSENTIAL && proofs < SAMPLES; k++) {
			/* In the order of a bit reversal: spread widely from the first on. */
			uint64_t spread = (k & 1) << 5 | (k & 2) << 3 | (k & 4) << 1 | (k & 8) >> 1 | (k & 16) >> 3 | (k & 32) >> 5;
			uint64_t pa = s->ram.first + round_down(length(s) / TRIES * spread, 4096);
			int r = compare(q, g, s, pa, &proofs, err);
			if (r < 0 && r != PTK_E_NOTSUP)
				return r;
			if (r != 1) {
				snprintf(g->why, sizeof g->why, "what seems to be its RAM is not what the monitor reads there");
				g->span[i].usable = false;
			}
		}
	}
	return 0;
}

/* Whether there is a way to all that matters. What remains is dropped. */
static bool settle(struct ptk_guest_ram *g)
{
	size_t n = 0;
	for (size_t i = 0; i < g->n; i++)
		if (!g->span[i].usable && length(&g->span[i]) >= ESSENTIAL)
			return false;
	for (size_t i = 0; i < g->n; i++)
		if (g->span[i].usable)
			g->span[n++] = g->span[i];
	g->n = n;
	return n != 0;
}

/* ---- opening ---- */

static int list_ram(struct ptk_qmp *q, struct ptk_guest_ram *g, struct ptk_err *err)
{
	CLEANUP_FREE char *text = NULL;
	CLEANUP_FREE struct ptk_mtree_ram *list = calloc(MAX_SPANS, sizeof *list);
	int r = list ? ptk_qmp_monitor_(q, "info mtree -f", &text, err)
	             : ptk_err_set_(err, PTK_E_NOMEM, "no memory for the guest's map");
	if (r < 0)
		return r;
	g->n = ptk_mtree_(text, list, MAX_SPANS);
	for (size_t i = 0; i < g->n; i++)
		g->span[i].ram = list[i];
	return g->n ? 0 : ptk_err_set_(err, PTK_E_NOTSUP, "QEMU's monitor does not say where the guest's RAM is");
}

static int try_all(struct ptk_qmp *q, struct ptk_guest_ram *g, struct ptk_err *err)
{
	int r = list_ram(q, g, err);
	if (r == 0)
		r = by_process(q, g, err);
	if (r == 0)
		r = verify(q, g, err);
	if (r < 0 || settle(g))
		return r;
	r = by_name(q, g, err);
	if (r == 0)
		r = verify(q, g, err);
	if (r < 0 || settle(g))
		return r;
	return ptk_err_set_(err, PTK_E_NOTSUP, "the guest's RAM cannot be shared: %s", g->why[0] ? g->why : "it is in no shared file");
}

int ptk_guest_ram_open_(struct ptk_qmp *q, struct ptk_guest_ram **out, struct ptk_err *err)
{
	struct ptk_guest_ram *g = calloc(1, sizeof *g);
	if (!g)
		return ptk_err_set_(err, PTK_E_NOMEM, "no memory for the guest's map");
	int r = try_all(q, g, err);
	if (r < 0)
		ptk_guest_ram_close_(g);
	else
		*out = g;
	return r;
}

void ptk_guest_ram_close_(struct ptk_guest_ram *g)
{
	for (size_t i = 0; g && i < g->nfiles; i++) {
		if (g->file[i].map)
			munmap((void *)(uintptr_t)g->file[i].map, (size_t)g->file[i].size);
		close(g->file[i].fd);
		free(g->file[i].run);
	}
	free(g);
}

int ptk_guest_ram_extents_(const struct ptk_guest_ram *g, struct ptk_mem *mem)
{
	CLEANUP_FREE struct ptk_extent *e = calloc(g->n, sizeof *e);
	if (!e)
		return PTK_E_NOMEM;
	for (size_t i = 0; i < g->n; i++)
		e[i] = (struct ptk_extent){g->span[i].ram.first, g->span[i].ram.last};
	mem->bounded = true;
	return ptk_mem_set_extents_(mem, e, g->n);
}

bool ptk_guest_ram_shared_(const struct ptk_guest_ram *g)
{
	const struct span *most = &g->span[0];
	for (size_t i = 1; i < g->n; i++)
		if (length(&g->span[i]) > length(most))
			most = &g->span[i];
	return most->file != 0;
}

/* ---- reading ---- */

static const struct span *holding(const struct ptk_guest_ram *g, uint64_t pa)
{
	size_t lo = 0, hi = g->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (pa > g->span[mid].ram.last)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < g->n && pa >= g->span[lo].ram.first ? &g->span[lo] : NULL;
}

/* The first run that does not end before an offset; nruns: there is none. */
static size_t run_from(const struct file *f, uint64_t at)
{
	size_t lo = 0, hi = f->nruns;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (at > f->run[mid].last)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Bytes of a file that lie in its mapping and in no hole, *len of them (in: wanted); NULL: none. */
static const uint8_t *mapped(const struct file *f, uint64_t at, size_t *len)
{
	size_t i = f->map ? run_from(f, at) : f->nruns;
	if (i == f->nruns || at < f->run[i].first)
		return NULL;
	if (f->run[i].last - at < *len - 1)
		*len = (size_t)(f->run[i].last - at) + 1;
	return f->map + at;
}

static int span_read(const struct ptk_guest_ram *g, const struct span *s, uint64_t pa, void *buf, size_t len)
{
	uint64_t into = pa - s->ram.first;
	if (!s->file)
		return read_process(g, s->host + into, buf, len);
	const struct file *f = &g->file[s->file - 1];
	size_t n = len;
	const uint8_t *p = mapped(f, s->at + into, &n);
	if (!p || n < len)
		return ptk_machine_read_(f->fd, s->at + into, buf, len);
	memcpy(buf, p, len);
	return 0;
}

int ptk_guest_ram_read_(struct ptk_guest_ram *g, uint64_t pa, void *buf, size_t len)
{
	for (uint8_t *to = buf; len;) {
		const struct span *s = holding(g, pa);
		if (!s)
			return PTK_E_NODATA;
		size_t n = s->ram.last - pa < len - 1 ? (size_t)(s->ram.last - pa) + 1 : len;
		int r = span_read(g, s, pa, to, n);
		if (r < 0)
			return r;
		to += n;
		pa += n;
		len -= n;
	}
	return 0;
}

const void *ptk_guest_ram_map_(struct ptk_guest_ram *g, uint64_t pa, size_t *len)
{
	const struct span *s = holding(g, pa);
	if (!s || !s->file)
		return NULL;
	if (s->ram.last - pa < *len - 1)
		*len = (size_t)(s->ram.last - pa) + 1;
	return mapped(&g->file[s->file - 1], s->at + (pa - s->ram.first), len);
}

uint64_t ptk_guest_ram_empty_(const struct ptk_guest_ram *g, uint64_t pa)
{
	const struct span *s = holding(g, pa);
	if (!s || !s->file || !g->file[s->file - 1].complete)
		return 0;
	const struct file *f = &g->file[s->file - 1];
	uint64_t at = s->at + (pa - s->ram.first), rest = s->ram.last - pa + 1;
	size_t i = run_from(f, at);
	if (i == f->nruns)
		return rest;
	uint64_t gap = at < f->run[i].first ? f->run[i].first - at : 0;
	return gap < rest ? gap : rest;
}
