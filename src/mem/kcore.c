// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The machine this runs on, through /proc/kcore: an ELF core whose segments are the kernel's mappings, at offsets that
 * follow their virtual addresses (fs/proc/kcore.c). It cannot be mapped, and most of its bytes are nowhere: it is read
 * where it says memory is, by p_paddr, which RAM and the kernel's image have since 4.15. vmalloc and its like have -1.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/err.h"
#include "mem/elf_head.h"
#include "mem/machine.h"
#include "mem/mem.h"

#define PATH "/proc/kcore"
#define HEAD_STEP ((uint64_t)64 << 10)
#define HEAD_MAX ((uint64_t)16 << 20) /* headers and notes: one segment a range of RAM takes some KiB */

struct segment {
	uint64_t first, last; /* physical */
	uint64_t offset;      /* in the file */
};

struct kcore {
	int fd;
	struct segment *seg; /* sorted, disjoint */
	size_t n;
};

/* ---- headers ---- */

/* Have the file's first `want` bytes in head. Those that are not there leave it shorter. */
static int grow_head(struct kcore *k, struct ptk_blob *head, uint64_t want, struct ptk_err *err)
{
	uint8_t *p = (uint8_t *)(uintptr_t)head->data;
	if (want > HEAD_MAX)
		return ptk_err_set_(err, PTK_E_LIMIT, "%s: its headers and notes would take %llu bytes", head->name,
		                    (unsigned long long)want);
	while (head->size < want) {
		ssize_t n = pread(k->fd, p + head->size, (size_t)(want - head->size), (off_t)head->size);
		if (n <= 0)
			break;
		head->size += (uint64_t)n;
	}
	return 0;
}

static int read_head(struct kcore *k, struct ptk_blob *head, struct ptk_elf *e, struct ptk_err *err)
{
	uint64_t end;
	int r = grow_head(k, head, HEAD_STEP, err);
	if (r == 0 && head->size == 0)
		return ptk_err_set_(err, PTK_E_PERM, "%s is empty: a container hides the machine's", head->name);
	if (r == 0 && (head->size < SELFMAG || memcmp(head->data, ELFMAG, SELFMAG) != 0))
		return ptk_err_set_(err, PTK_E_BADFMT, "%s is not an ELF core", head->name);
	if (r == 0)
		r = ptk_elf_header_(e, err);
	if (r == 0 && mul_ok(e->phnum, e->stride, &end) && add_ok(end, e->phoff, &end))
		r = grow_head(k, head, end, err);
	if (r == 0)
		r = ptk_elf_table_(e, err);
	for (uint64_t i = 0; r == 0 && i < e->phnum; i++) {
		struct ptk_phdr ph = ptk_elf_phdr_(e, i);
		if (ph.type == PT_NOTE && add_ok(ph.offset, ph.filesz, &end))
			r = grow_head(k, head, end, err);
	}
	return r;
}

static int add_notes(struct ptk_mem *mem, const struct ptk_elf *e)
{
	for (uint64_t i = 0; i < e->phnum; i++) {
		struct ptk_phdr ph = ptk_elf_phdr_(e, i);
		if (ph.type != PT_NOTE || ph.offset >= e->file->size)
			continue;
		uint64_t rest = e->file->size - ph.offset;
		int r = ptk_mem_notes_(mem, e->file->data + ph.offset, ph.filesz < rest ? ph.filesz : rest, 4, e->big);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- where memory is ---- */

/* Kernels before 4.15 say physical address 0 of everything. */
static int list_segments(struct kcore *k, const struct ptk_elf *e, struct ptk_err *err)
{
	uint64_t loads = 0, at_zero = 0, last;
	k->seg = calloc((size_t)e->phnum, sizeof *k->seg);
	if (!k->seg)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot hold the headers of %s", e->file->name);
	for (uint64_t i = 0; i < e->phnum; i++) {
		struct ptk_phdr ph = ptk_elf_phdr_(e, i);
		if (ph.type != PT_LOAD || ph.filesz == 0 || ph.paddr == (e->wide ? UINT64_MAX : UINT32_MAX))
			continue;
		if (!add_ok(ph.paddr, ph.filesz - 1, &last) || ph.offset > INT64_MAX - ph.filesz)
			continue;
		loads++;
		at_zero += ph.paddr == 0;
		k->seg[k->n++] = (struct segment){ph.paddr, last, ph.offset};
	}
	if (loads > 1 && at_zero == loads)
		return ptk_err_set_(err, PTK_E_NOTSUP, "%s: this kernel does not tell physical addresses there (kernels do since 4.15)",
		                    e->file->name);
	return loads ? 0 : ptk_err_set_(err, PTK_E_BADFMT, "%s: no segment has a physical address", e->file->name);
}

static int by_first(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* The image is in RAM too, and either segment shows the same bytes: who begins first has them. */
static void settle(struct kcore *k)
{
	size_t n = 0;
	qsort(k->seg, k->n, sizeof *k->seg, by_first);
	for (size_t i = 0; i < k->n; i++) {
		struct segment s = k->seg[i];
		if (n && s.last <= k->seg[n - 1].last)
			continue;
		if (n && s.first <= k->seg[n - 1].last) {
			s.offset += k->seg[n - 1].last + 1 - s.first;
			s.first = k->seg[n - 1].last + 1;
		}
		k->seg[n++] = s;
	}
	k->n = n;
}

static int set_extents(struct ptk_mem *mem, const struct kcore *k)
{
	struct ptk_extent *e = calloc(k->n, sizeof *e);
	if (!e)
		return PTK_E_NOMEM;
	for (size_t i = 0; i < k->n; i++)
		e[i] = (struct ptk_extent){k->seg[i].first, k->seg[i].last};
	int r = ptk_mem_set_extents_(mem, e, k->n);
	mem->bounded = true;
	free(e);
	return r;
}

/* ---- reading ---- */

static const struct segment *holding(const struct kcore *k, uint64_t pa)
{
	size_t lo = 0, hi = k->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (pa > k->seg[mid].last)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < k->n && pa >= k->seg[lo].first ? &k->seg[lo] : NULL;
}

static int kcore_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	const struct kcore *k = arg;
	for (uint8_t *to = buf; len;) {
		const struct segment *s = holding(k, pa);
		if (!s)
			return PTK_E_NODATA;
		size_t n = s->last - pa < len - 1 ? (size_t)(s->last - pa) + 1 : len;
		int r = ptk_machine_read_(k->fd, s->offset + (pa - s->first), to, n);
		if (r < 0)
			return r;
		to += n;
		pa += n;
		len -= n;
	}
	return 0;
}

static void kcore_close(void *arg)
{
	struct kcore *k = arg;
	if (k->fd >= 0)
		close(k->fd);
	free(k->seg);
	free(k);
}

/* ---- opening ---- */

static int attach(struct ptk_mem *mem, struct kcore *k, const char *path, struct ptk_err *err)
{
	struct ptk_blob head = {.mapped = (size_t)HEAD_MAX};
	void *p = mmap(NULL, head.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot hold the headers of %s", path);
	head.data = p;
	snprintf(head.name, sizeof head.name, "%s", path);
	struct ptk_blob *kept = ptk_mem_own_(mem, &head);
	if (!kept)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot hold the headers of %s", path);
	struct ptk_elf e = {.file = kept};
	int r = ptk_machine_open_(path, "CONFIG_PROC_KCORE (which 32-bit arm never has)", &k->fd, err);
	if (r == 0)
		r = read_head(k, kept, &e, err);
	if (r == 0)
		r = list_segments(k, &e, err);
	if (r < 0)
		return r;
	settle(k);
	mem->info.machine = e.machine;
	mem->info.big_endian = e.big;
	r = add_notes(mem, &e);
	if (r == 0)
		r = set_extents(mem, k);
	return r < 0 ? ptk_err_set_(err, r, "cannot hold the headers of %s", path) : 0;
}

static int kcore_open_uri(struct ptk_mem *mem, const char *rest, const struct ptk_mem_opts *opts, struct ptk_err *err)
{
	struct kcore *k = calloc(1, sizeof *k);
	if (!k)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open kcore:%s", rest);
	k->fd = -1;
	mem->ops = (struct ptk_mem_ops){.read = kcore_read, .close = kcore_close};
	mem->arg = k;
	mem->info.live = true;
	mem->info.read_size = (uint32_t)HEAD_STEP;
	return attach(mem, k, *rest ? rest : PATH, err);
}

/* Of the kernel's interface (linux/magic.h); a libc need not come with the kernel's headers. */
#define PROCFS 0x9fa0

/* The path of any process's /proc leads here: the file itself has a size, and cannot be mapped. */
static bool kcore_owns(const char *path)
{
	struct statfs fs;
	const char *slash = strrchr(path, '/');
	return slash && strcmp(slash, "/kcore") == 0 && statfs(path, &fs) == 0 && fs.f_type == PROCFS;
}

const struct ptk_mem_format ptk_mem_kcore = {
	.name = "kcore",
	.as = "kcore",
	.what = "this machine, by /proc/kcore",
	.scheme = "kcore",
	.bare = true,
	.owns = kcore_owns,
	.open_uri = kcore_open_uri,
};
