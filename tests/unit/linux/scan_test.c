// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What the start of a page may show. */
#include "linux/find.h"

#include "tap.h"

static bool look(const void *p, size_t n, size_t at, struct lx_hit *hit)
{
	uint8_t page[64] = {0};
	memcpy(page + at, p, n);
	return ptk_lx_scan_page_(page, 0x5000, hit);
}

static void pages(void)
{
	struct lx_hit hit;
	ok(look("OSRELEASE=6", 11, 0, &hit) && hit.sig == LX_SIG_VMCOREINFO && hit.off == 0 && hit.pa == 0x5000,
	   "the text");
	ok(!look("OSRELEASE=%", 11, 0, &hit), "the format string");
	ok(!look("OSRELEASE=6", 11, 24, &hit), "text at 24 without a note's header");
	static const char note[] = "\x0b\0\0\0\x9d\x0c\0\0\0\0\0\0VMCOREINFO\0\0OSRELEASE=6";
	ok(look(note, sizeof note - 1, 0, &hit) && hit.off == 24, "the note's page");
	uint8_t arm64[64] = {
	        [0x11] = 0, [0x12] = 0x4c, [0x18] = 0xa, [0x38] = 'A', [0x39] = 'R', [0x3a] = 'M', [0x3b] = 0x64};
	ok(look(arm64, 64, 0, &hit) && hit.sig == LX_SIG_IMAGE_ARM64 && hit.size == 0x4c0000 && hit.flags == 0xa,
	   "an arm64 Image");
	uint8_t riscv[64] = {[0x12] = 0xac, [0x30] = 'R', 'I', 'S', 'C', 'V', 0, 0, 0, 'R', 'S', 'C', 5};
	ok(look(riscv, 64, 0, &hit) && hit.sig == LX_SIG_IMAGE_RISCV && hit.size == 0xac0000, "a riscv Image");
	riscv[0x3b] = 4;
	ok(!look(riscv, 64, 0, &hit), "another magic");
}

static void count_bytes(void *arg, const char *what, uint64_t done, uint64_t total)
{
	(void)what;
	uint64_t *last = arg;
	if (done < *last || done > total)
		bail("progress went back");
	*last = done;
}

/* Memory with holes: every page is looked at once, none outside. */
static void memory(void)
{
	struct ptk_mem *mem;
	struct lx_hits hits = {0};
	uint64_t last = 0;
	struct ptk_linux_opts opts = {.progress = count_bytes, .progress_arg = &last};
	char page[4096] = "OSRELEASE=6.1\n";
	if (ptk_mem_new_image(0, UINT64_C(1) << 40, &mem) < 0)
		bail("no memory");
	static const uint64_t at[] = {0, 0x1000, 0x41000, 0x80000000, UINT64_C(0xff00000000)};
	for (size_t i = 0; i < 5; i++)
		ptk_mem_write(mem, at[i], page, sizeof page, NULL);
	is_int(ptk_lx_scan_(mem, &opts, &hits), 0, "scanned");
	is_u64(hits.n, 5, "all found");
	bool same = hits.n == 5;
	for (size_t i = 0; i < 5 && same; i++)
		same = hits.hit[i].pa == at[i];
	ok(same, "in order");
	is_u64(hits.bytes, 5 * 4096, "five pages");
	is_u64(last, 5 * 4096, "progress reached the end");
	for (uint64_t pa = 0x100000; pa < 0x100000 + 100 * 4096; pa += 4096)
		ptk_mem_write(mem, pa, page, sizeof page, NULL);
	hits = (struct lx_hits){0};
	last = 0;
	ptk_lx_scan_(mem, &opts, &hits);
	ok(hits.n == LX_HITS_MAX && hits.dropped == 105 - LX_HITS_MAX, "more hits than there is room for");
	ptk_mem_close(mem);
}

static int never(void *arg, uint64_t pa, void *buf, size_t len)
{
	(void)pa, (void)buf, (void)len;
	++*(unsigned *)arg;
	return PTK_E_NODATA;
}

/* A source that does not know what it holds is not searched for ages. */
static void unbounded(void)
{
	struct ptk_mem *mem;
	struct lx_hits hits = {0};
	struct ptk_linux_opts opts = {0};
	struct ptk_mem_ops ops = {.read = never};
	unsigned reads = 0;
	ptk_mem_new(&ops, &reads, NULL, 0, &mem);
	is_int(ptk_lx_scan_(mem, &opts, &hits), 0, "no extents");
	ok(reads < 100000, "few reads: %u", reads);
	ptk_mem_close(mem);
}

int main(void)
{
	pages();
	memory();
	unbounded();
	return done();
}
