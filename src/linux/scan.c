// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * One pass over RAM for what kernels leave at the start of a page: VMCOREINFO text and boot Image headers.
 * It looks at one cache line a page, so it costs a fraction of reading the file.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/cleanup.h"
#include "base/endian.h"
#include "linux/find.h"
#include "mem/mem.h"

#define PAGE 4096u
#define HEAD 64u /* bytes of a page that are looked at */
#define BLOCK (256u << 10)
#define KEPT (UINT64_C(64) << 20) /* more than a kernel's image: no source should keep it */
#define TOO_MUCH BIT(45) /* an extent this large is a source that does not know what it holds */

/*
 * The kernel fills a page of its own with the text, and copies it into a note for /proc/vmcore that has pages of
 * its own too: twelve bytes of ELF note header, the name padded to twelve, then the text (kernel/vmcore_info.c,
 * before 6.9 kernel/crash_core.c).
 */
static bool is_vmcoreinfo(const uint8_t *p, uint32_t off)
{
	return memcmp(p + off, "OSRELEASE=", 10) == 0 && p[off + 10] >= '0' && p[off + 10] <= '9';
}

bool ptk_lx_scan_page_(const uint8_t *page, uint64_t pa, struct lx_hit *hit)
{
	*hit = (struct lx_hit){.pa = pa};
	if (is_vmcoreinfo(page, 0) || (memcmp(page + 12, "VMCOREINFO\0", 12) == 0 && is_vmcoreinfo(page, 24))) {
		hit->sig = LX_SIG_VMCOREINFO;
		hit->off = page[0] == 'O' ? 0 : 24;
		return true;
	}
	/* Both headers are little-endian whatever the kernel is. */
	if (memcmp(page + 0x38, "ARM\x64", 4) == 0)
		hit->sig = LX_SIG_IMAGE_ARM64;
	else if (memcmp(page + 0x30, "RISCV\0\0\0RSC\x05", 12) == 0)
		hit->sig = LX_SIG_IMAGE_RISCV;
	else
		return false;
	hit->size = load64(page + 0x10, false);
	hit->flags = load64(page + 0x18, false);
	return true;
}

static void note(struct lx_hits *hits, const struct lx_hit *hit)
{
	if (hits->n < LX_HITS_MAX)
		hits->hit[hits->n++] = *hit;
	else
		hits->dropped++;
}

static void scan_block(const uint8_t *p, uint64_t pa, size_t len, struct lx_hits *hits)
{
	struct lx_hit hit;
	for (size_t off = 0; off + HEAD <= len; off += PAGE)
		if (ptk_lx_scan_page_(p + off, pa + off, &hit))
			note(hits, &hit);
}

struct scan {
	struct lx_hits *hits;
	const struct ptk_linux_opts *opts;
	uint64_t done;
	bool live;
};

static int scan_heads(void *arg, const uint8_t *p, size_t len, uint64_t pa)
{
	static const char live[] = "the registers lead to no kernel: looking through all memory";
	struct scan *s = arg;
	scan_block(p, pa, len, s->hits);
	s->done += len;
	if (s->opts->progress)
		s->opts->progress(s->opts->progress_arg, s->live ? live : "looking for kernels", s->done, s->hits->bytes);
	return 0;
}

size_t ptk_block_size_(struct ptk_mem *mem, size_t most)
{
	const struct ptk_mem_info *mi = ptk_mem_info(mem);
	return mi->live && mi->read_size >= PAGE && mi->read_size < most ? round_down(mi->read_size, PAGE) : most;
}

/* Page by page, for blocks with holes. */
static int each_page(struct ptk_mem *mem, uint64_t pa, size_t len, uint8_t *buf, lx_block_fn *fn, void *arg)
{
	int rc = 0;
	for (size_t off = 0, n; off < len && rc == 0; off += n) {
		n = len - off < PAGE ? len - off : PAGE;
		if (ptk_mem_read(mem, pa + off, buf, n, NULL) == 0)
			rc = fn(arg, buf, n, pa + off);
	}
	return rc;
}

/* The pages of one extent. */
static int each_block(struct ptk_mem *mem, uint64_t pa, uint64_t last, uint8_t **buf, lx_block_fn *fn, void *arg)
{
	size_t block = last - pa < KEPT ? ptk_block_size_(mem, BLOCK) : BLOCK;
	int rc = 0;
	for (uint64_t len; rc == 0; pa += len) {
		uint64_t skip = round_down(ptk_mem_empty_(mem, pa), PAGE);
		if (skip > last - pa)
			break;
		pa += skip;
		len = last - pa < block - 1 ? last - pa + 1 : block;
		const uint8_t *p = ptk_mem_map(mem, pa, len);
		if (!p && !*buf && !(*buf = malloc(BLOCK)))
			return PTK_E_NOMEM;
		if (!p && ptk_mem_read(mem, pa, *buf, len, NULL) == 0)
			p = *buf;
		rc = p ? fn(arg, p, len, pa) : each_page(mem, pa, len, *buf, fn, arg);
		if (last - pa < len)
			break;
	}
	return rc;
}

int ptk_memory_each_(struct ptk_mem *mem, uint64_t first, uint64_t last, lx_block_fn *fn, void *arg)
{
	const struct ptk_mem_info *mi = ptk_mem_info(mem);
	CLEANUP_FREE uint8_t *buf = NULL;
	int rc = 0;
	for (size_t i = 0; i < mi->nextents && rc == 0; i++) {
		uint64_t from = mi->extent[i].first > first ? mi->extent[i].first : first;
		uint64_t to = mi->extent[i].last < last ? mi->extent[i].last : last;
		if (to >= from && to - from >= TOO_MUCH)
			continue;
		if (add_ok(from, PAGE - 1, &from) && round_down(from, PAGE) <= to)
			rc = each_block(mem, round_down(from, PAGE), to, &buf, fn, arg);
	}
	return rc;
}

int ptk_lx_scan_(struct ptk_mem *mem, const struct ptk_linux_opts *opts, struct lx_hits *hits)
{
	const struct ptk_mem_info *mi = ptk_mem_info(mem);
	struct scan s = {.hits = hits, .opts = opts, .live = mi->live};
	for (size_t i = 0; i < mi->nextents; i++)
		if (mi->extent[i].last - mi->extent[i].first < TOO_MUCH)
			hits->bytes += mi->extent[i].last - mi->extent[i].first + 1;
	return ptk_memory_each_(mem, 0, UINT64_MAX, scan_heads, &s);
}
