// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * One random sparse RAM, written in each form there is: every source must give the same bytes and
 * the same holes, at every alignment and across every edge of a region.
 */
#include <ptkit/mem.h>

#include "lib/mk.h"
#include "lib/tap.h"

typedef bool pack_fn(struct mk_buf *out, const struct mk_buf *in);

/* What a form needs while it is open. */
struct made {
	struct ptk_mem *mem, *base;
	const char *why; /* it cannot be made here */
};

static struct ptk_mem *opened(const char *source)
{
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	if (ptk_mem_open(source, NULL, &m, &err) < 0)
		printf("# %s: %s\n", source, err.msg);
	return m;
}

static void save_packed(struct made *made, const struct mk_buf *b, pack_fn *pack, const char *prefix)
{
	struct mk_buf packed = {0};
	char source[300];
	if (pack && !pack(&packed, b)) {
		made->why = "this build lacks the compressor";
		return;
	}
	snprintf(source, sizeof source, "%s%s", prefix, mk_save(pack ? &packed : b, "ram"));
	made->mem = opened(source);
	mk_free(&packed);
}

static void elf(struct made *made, const struct mk_ram *ram, struct mk_elf how, pack_fn *pack)
{
	struct mk_buf b = {0};
	mk_elf(&b, ram, &how, NULL);
	save_packed(made, &b, pack, "");
	mk_free(&b);
}

static void elf32le(struct made *made, const struct mk_ram *ram)
{
	elf(made, ram, (struct mk_elf){.machine = 40}, NULL);
}

static void elf32be(struct made *made, const struct mk_ram *ram)
{
	elf(made, ram, (struct mk_elf){.machine = 40, .big = true, .backwards = true}, NULL);
}

static void elf64le(struct made *made, const struct mk_ram *ram)
{
	elf(made, ram, (struct mk_elf){.machine = 183, .wide = true, .memsz_more = 64}, NULL);
}

static void elf64be(struct made *made, const struct mk_ram *ram)
{
	elf(made, ram, (struct mk_elf){.machine = 183, .wide = true, .big = true}, NULL);
}

static void elf64xnum(struct made *made, const struct mk_ram *ram)
{
	elf(made, ram, (struct mk_elf){.machine = 3, .wide = true, .extended = true, .backwards = true}, NULL);
}

static void elf_zstd(struct made *made, const struct mk_ram *ram)
{
	elf(made, ram, (struct mk_elf){.machine = 62, .wide = true}, mk_pack_zstd);
}

static void elf_gzip(struct made *made, const struct mk_ram *ram)
{
	elf(made, ram, (struct mk_elf){.machine = 62, .wide = true}, mk_pack_gzip);
}

static void elf_xz(struct made *made, const struct mk_ram *ram)
{
	elf(made, ram, (struct mk_elf){.machine = 62, .wide = true}, mk_pack_xz);
}

/* raw:FILE@PA,FILE@PA..., the last first, each other file packed. */
static void raw_of(struct made *made, const struct mk_ram *ram, pack_fn *pack)
{
	char uri[4096] = "raw:";
	for (size_t i = ram->n; i-- > 0;) {
		const struct mk_region *r = &ram->region[i];
		struct mk_buf b = {0}, packed = {0};
		char name[32];
		mk_bytes(&b, r->data, r->size);
		bool wrap = pack && i % 2;
		if (wrap && !pack(&packed, &b))
			made->why = "this build lacks the compressor";
		snprintf(name, sizeof name, "raw%zu", i);
		size_t n = strlen(uri);
		snprintf(uri + n, sizeof uri - n, "%s@0x%" PRIx64 "%s", mk_save(wrap ? &packed : &b, name), r->pa,
		         i ? "," : "");
		mk_free(&b);
		mk_free(&packed);
	}
	if (!made->why)
		made->mem = opened(uri);
}

static void raw(struct made *made, const struct mk_ram *ram)
{
	raw_of(made, ram, NULL);
}

static void raw_zstd(struct made *made, const struct mk_ram *ram)
{
	raw_of(made, ram, mk_pack_zstd);
}

static void raw_gzip(struct made *made, const struct mk_ram *ram)
{
	raw_of(made, ram, mk_pack_gzip);
}

static void raw_xz(struct made *made, const struct mk_ram *ram)
{
	raw_of(made, ram, mk_pack_xz);
}

static void image(struct made *made, const struct mk_ram *ram)
{
	ptk_mem_new_image(0, UINT64_MAX, &made->mem);
	for (size_t i = 0; i < ram->n; i++)
		ptk_mem_write(made->mem, ram->region[i].pa, ram->region[i].data, ram->region[i].size, NULL);
}

/* Half the pages in the base; the others, and scribbles that are then put right, on top. */
static void overlay(struct made *made, const struct mk_ram *ram)
{
	static const uint8_t junk[4096] = {1, 2, 3};
	ptk_mem_new_image(0, UINT64_MAX, &made->base);
	ptk_mem_new_overlay(made->base, &made->mem);
	for (size_t i = 0; i < ram->n; i++) {
		const struct mk_region *r = &ram->region[i];
		for (size_t at = 0; at < r->size; at += 4096) {
			size_t n = r->size - at < 4096 ? r->size - at : 4096;
			bool below = at / 4096 % 3;
			ptk_mem_write(below ? made->base : made->mem, r->pa + at, r->data + at, n, NULL);
		}
		/* Every other page of the base: overwrite a part, then restore that part. */
		for (size_t at = 4096; at + 4096 <= r->size; at += 8192) {
			ptk_mem_write(made->mem, r->pa + at + 100, junk, 1000, NULL);
			ptk_mem_write(made->mem, r->pa + at + 100, r->data + at + 100, 1000, NULL);
		}
	}
}

static int ram_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	return mk_ram_read(arg, pa, buf, len) ? 0 : PTK_E_NODATA;
}

/* As stingy as is allowed: never across a multiple of 256. */
static const void *ram_map(void *arg, uint64_t pa, size_t *len)
{
	const struct mk_ram *ram = arg;
	for (size_t i = 0; i < ram->n; i++) {
		const struct mk_region *r = &ram->region[i];
		if (pa < r->pa || pa - r->pa >= r->size)
			continue;
		uint64_t rest = r->size - (pa - r->pa), chunk = 256 - pa % 256;
		rest = rest < chunk ? rest : chunk;
		*len = rest < *len ? (size_t)rest : *len;
		return r->data + (pa - r->pa);
	}
	return NULL;
}

static void *ram_arg(const struct mk_ram *ram)
{
	return (void *)(uintptr_t)ram;
}

static void callbacks(struct made *made, const struct mk_ram *ram)
{
	struct ptk_extent e[16];
	for (size_t i = 0; i < ram->n; i++)
		e[i] = (struct ptk_extent){ram->region[i].pa, ram->region[i].pa + (ram->region[i].size - 1)};
	ptk_mem_new(&(struct ptk_mem_ops){.read = ram_read}, ram_arg(ram), e, ram->n, &made->mem);
}

static void callbacks_map(struct made *made, const struct mk_ram *ram)
{
	struct ptk_extent e[16];
	for (size_t i = 0; i < ram->n; i++)
		e[i] = (struct ptk_extent){ram->region[i].pa, ram->region[i].pa + (ram->region[i].size - 1)};
	ptk_mem_new(&(struct ptk_mem_ops){.read = ram_read, .map = ram_map}, ram_arg(ram), e, ram->n, &made->mem);
}

static void callbacks_unbounded(struct made *made, const struct mk_ram *ram)
{
	ptk_mem_new(&(struct ptk_mem_ops){.read = ram_read}, ram_arg(ram), NULL, 0, &made->mem);
}

/* Our own cores, of memory that answers by callback and of memory in files. */
static void rewritten(struct made *made, const struct mk_ram *ram, uint16_t machine)
{
	struct made from = {0};
	struct ptk_err err = {0};
	static const struct ptk_extent all = {0, UINT64_MAX};
	callbacks(&from, ram);
	const char *path = mk_path("core");
	if (ptk_mem_write_core(from.mem, path, machine, &all, 1, NULL, 0, &err) < 0)
		printf("# %s\n", err.msg);
	else
		made->mem = opened(path);
	ptk_mem_close(from.mem);
}

static void core32(struct made *made, const struct mk_ram *ram)
{
	rewritten(made, ram, 40);
}

static void core64(struct made *made, const struct mk_ram *ram)
{
	rewritten(made, ram, 183);
}

static void kdump(struct made *made, const struct mk_ram *ram, struct mk_kdump how, bool flat)
{
	struct mk_buf b = {0}, f = {0};
	if (!how.block)
		how.block = 4096;
	if (!mk_kdump(&b, ram, &how, NULL))
		made->why = "this build lacks the compressor";
	if (flat)
		mk_flat(&f, &b, 1);
	if (!made->why)
		made->mem = opened(mk_save(flat ? &f : &b, "kdump"));
	mk_free(&b);
	mk_free(&f);
}

static void kdump_plain(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.wide = true, .version = 6, .machine = "x86_64"}, false);
}

static void kdump_zlib(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.wide = true, .version = 6, .machine = "x86_64", .packings = MK_ZLIB},
	      false);
}

static void kdump_lzo(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.wide = true, .version = 6, .machine = "x86_64", .packings = MK_LZO}, false);
}

static void kdump_snappy(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.wide = true, .version = 6, .machine = "x86_64", .packings = MK_SNAPPY},
	      false);
}

static void kdump_zstd(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.wide = true, .version = 6, .machine = "x86_64", .packings = MK_ZSTD},
	      false);
}

static void kdump_mixed_flat(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.wide = true, .version = 6, .machine = "Unknown", .packings = 0x27}, true);
}

static void kdump32(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.version = 6, .machine = "i686", .packings = MK_ZLIB}, false);
}

static void kdump32_padded(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.version = 6, .padded = true, .machine = "armv7l", .packings = MK_ZLIB},
	      false);
}

static void kdump_big(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.wide = true, .big = true, .version = 5, .machine = "s390x"}, false);
}

static void kdump_flat(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.wide = true, .version = 4, .machine = "aarch64"}, true);
}

static void kdump_v1(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.wide = true, .version = 1, .machine = "x86_64", .packings = MK_ZLIB},
	      false);
}

static void diskdump(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.diskdump = true, .version = 2, .machine = "i686"}, false);
}

static void kdump_64k(struct made *made, const struct mk_ram *ram)
{
	kdump(made, ram, (struct mk_kdump){.wide = true, .version = 6, .machine = "Unknown", .block = 65536,
	                                   .packings = MK_ZLIB}, true);
}

/* Three files, given in another order. */
static void kdump_split(struct made *made, const struct mk_ram *ram)
{
	char source[1000] = "";
	static const uint64_t border[] = {0, 0x101, 0x142, 0x100000};
	for (unsigned i = 3; i-- > 0;) {
		struct mk_buf b = {0};
		struct mk_kdump how = {.wide = true, .version = i % 2 ? 6 : 5, .machine = "x86_64", .block = 4096,
		                       .packings = MK_ZLIB, .split = true, .start = border[i], .end = border[i + 1]};
		char name[16];
		if (!mk_kdump(&b, ram, &how, NULL))
			made->why = "this build lacks the compressor";
		snprintf(name, sizeof name, "split%u", i);
		size_t n = strlen(source);
		snprintf(source + n, sizeof source - n, "%s%s", n ? "," : i % 2 ? "split:" : "", mk_save(&b, name));
		mk_free(&b);
	}
	if (!made->why)
		made->mem = opened(source);
}

static void flat_elf(struct made *made, const struct mk_ram *ram)
{
	struct mk_buf b = {0}, f = {0};
	mk_elf(&b, ram, &(struct mk_elf){.wide = true, .machine = 62}, NULL);
	mk_flat(&f, &b, 2);
	save_packed(made, &f, NULL, "");
	mk_free(&b);
	mk_free(&f);
}

static void flat_elf_gzip(struct made *made, const struct mk_ram *ram)
{
	struct mk_buf b = {0}, f = {0};
	mk_elf(&b, ram, &(struct mk_elf){.machine = 40, .big = true}, NULL);
	mk_flat(&f, &b, 3);
	save_packed(made, &f, mk_pack_gzip, "");
	mk_free(&b);
	mk_free(&f);
}

static void kcore(struct made *made, const struct mk_ram *ram)
{
	char source[100];
	char *path = mk_kcore(ram, &(struct mk_kcore){.wide = true, .machine = 62});
	snprintf(source, sizeof source, "kcore:%s", path ? path : "");
	made->why = path ? NULL : "no files of 128 TiB here";
	if (path)
		made->mem = opened(source);
	free(path);
}

static void devmem(struct made *made, const struct mk_ram *ram)
{
	char source[400];
	struct mk_buf iomem = {0};
	char *path = mk_devmem(ram, &iomem);
	snprintf(source, sizeof source, "devmem:%s,%s,/nonexistent", path ? path : "", mk_save(&iomem, "iomem"));
	made->why = path ? NULL : "no sparse files here";
	if (path)
		made->mem = opened(source);
	free(path);
	mk_free(&iomem);
}

static void lime(struct made *made, const struct mk_ram *ram)
{
	struct mk_buf b = {0};
	mk_lime(&b, ram);
	save_packed(made, &b, NULL, "");
	mk_free(&b);
}

static void lime_xz(struct made *made, const struct mk_ram *ram)
{
	struct mk_buf b = {0};
	mk_lime(&b, ram);
	save_packed(made, &b, mk_pack_xz, "");
	mk_free(&b);
}

static void avml(struct made *made, const struct mk_ram *ram)
{
	struct mk_buf b = {0};
	mk_avml(&b, ram);
	save_packed(made, &b, NULL, "");
	mk_free(&b);
}

static const struct form {
	const char *name;
	void (*make)(struct made *made, const struct mk_ram *ram);
	bool paged;    /* holds whole pages only */
	bool narrow;   /* addresses of 32 bits only */
	bool nolist;   /* cannot list what it holds */
	bool bitmap;   /* has a bit for each page up to the highest: not for high memory */
	bool large;    /* pages of 64 KiB */
} forms[] = {
	{"elf32le", elf32le, .narrow = true},
	{"elf32be", elf32be, .narrow = true},
	{"elf64le", elf64le},
	{"elf64be", elf64be},
	{"elf64 PN_XNUM", elf64xnum},
	{"elf zstd", elf_zstd},
	{"elf gzip", elf_gzip},
	{"elf xz", elf_xz},
	{"raw", raw},
	{"raw zstd", raw_zstd},
	{"raw gzip", raw_gzip},
	{"raw xz", raw_xz},
	{"image", image, .paged = true},
	{"overlay", overlay, .paged = true},
	{"callbacks", callbacks},
	{"callbacks with map", callbacks_map},
	{"callbacks without extents", callbacks_unbounded, .nolist = true},
	{"kdump plain", kdump_plain, .paged = true, .bitmap = true},
	{"kdump zlib", kdump_zlib, .paged = true, .bitmap = true},
	{"kdump lzo", kdump_lzo, .paged = true, .bitmap = true},
	{"kdump snappy", kdump_snappy, .paged = true, .bitmap = true},
	{"kdump zstd", kdump_zstd, .paged = true, .bitmap = true},
	{"kdump of all packings, flattened", kdump_mixed_flat, .paged = true, .bitmap = true},
	{"kdump i386", kdump32, .paged = true, .bitmap = true},
	{"kdump arm", kdump32_padded, .paged = true, .bitmap = true},
	{"kdump big-endian", kdump_big, .paged = true, .bitmap = true},
	{"kdump flattened", kdump_flat, .paged = true, .bitmap = true},
	{"kdump version 1", kdump_v1, .paged = true, .bitmap = true},
	{"diskdump", diskdump, .paged = true, .bitmap = true},
	{"kdump split", kdump_split, .paged = true, .bitmap = true},
	{"kdump of 64 KiB pages, flattened", kdump_64k, .paged = true, .bitmap = true, .large = true},
	{"elf flattened", flat_elf},
	{"elf flattened gzip", flat_elf_gzip, .narrow = true},
	{"kcore", kcore},
	{"devmem", devmem},
	{"lime", lime},
	{"lime xz", lime_xz},
	{"avml", avml},
	{"core written, arm", core32},
	{"core written, arm64", core64},
};

/* One read, by copy and by map. */
static bool agrees(struct ptk_mem *m, const struct mk_ram *ram, uint64_t pa, size_t len)
{
	static uint8_t got[70000], want[70000];
	bool there = mk_ram_read(ram, pa, want, len);
	int r = ptk_mem_read(m, pa, got, len, NULL);
	const void *p = ptk_mem_map(m, pa, len);
	if (r != (there ? 0 : PTK_E_NODATA) || (p && !there))
		return false;
	return !there || (memcmp(got, want, len) == 0 && (!p || memcmp(p, want, len) == 0));
}

static unsigned check_edges(struct ptk_mem *m, const struct mk_ram *ram)
{
	unsigned bad = 0;
	for (size_t i = 0; i < 2 * ram->n; i++) {
		const struct mk_region *r = &ram->region[i / 2];
		uint64_t edge = r->pa + (i % 2 ? r->size : 0);
		for (unsigned before = 0; before <= 17; before++)
			for (size_t len = 1; len <= 35; len++)
				bad += !agrees(m, ram, edge - before, len);
	}
	return bad;
}

static unsigned check_random(struct ptk_mem *m, const struct mk_ram *ram)
{
	unsigned bad = 0;
	uint64_t seed = 42;
	for (unsigned i = 0; i < 3000; i++) {
		const struct mk_region *r = &ram->region[mk_random(&seed) % ram->n];
		uint64_t pa = r->pa - 300 + mk_random(&seed) % (r->size + 600);
		size_t len = 1 + mk_random(&seed) % (i % 16 ? 64 : 65536);
		bad += !agrees(m, ram, pa, len);
	}
	return bad;
}

static unsigned check_whole(struct ptk_mem *m, const struct mk_ram *ram)
{
	unsigned bad = 0;
	for (size_t i = 0; i < ram->n; i++)
		for (uint64_t at = 0; at < ram->region[i].size; at += 4096)
			bad += !agrees(m, ram, ram->region[i].pa + at, 4096);
	return bad;
}

static bool same_extents(struct ptk_mem *m, const struct mk_ram *ram)
{
	const struct ptk_mem_info *info = ptk_mem_info(m);
	size_t n = 0;
	uint64_t last = 0;
	for (size_t i = 0; i < ram->n; i++) {
		const struct mk_region *r = &ram->region[i];
		bool joined = i && r->pa == last + 1;
		last = r->pa + (r->size - 1);
		n += !joined;
		if (n > info->nextents || (!joined && info->extent[n - 1].first != r->pa) ||
		    info->extent[n - 1].last < last)
			return false;
		if ((i + 1 == ram->n || ram->region[i + 1].pa != last + 1) && info->extent[n - 1].last != last)
			return false;
	}
	return n == info->nextents;
}

static void check(const struct form *f, const struct mk_ram *ram, const char *which)
{
	struct made made = {0};
	f->make(&made, ram);
	if (made.why)
		skip("%s: %s", f->name, made.why);
	else if (ok(made.mem != NULL, "%s of %s opens", f->name, which)) {
		is_int(check_whole(made.mem, ram), 0, "%s of %s: every page", f->name, which);
		is_int(check_edges(made.mem, ram), 0, "%s of %s: every edge at every alignment", f->name, which);
		is_int(check_random(made.mem, ram), 0, "%s of %s: reads of all sizes", f->name, which);
		ok(f->nolist ? !ptk_mem_info(made.mem)->extent : same_extents(made.mem, ram), "%s of %s: the extents",
		   f->name, which);
		ok(!ptk_mem_info(made.mem)->warning, "%s of %s: no warning", f->name, which);
	}
	ptk_mem_close(made.mem);
	ptk_mem_close(made.base);
}

int main(void)
{
	struct mk_ram paged = {0}, odd = {0}, high = {0}, large = {0};
	mk_ram_add(&large, 0x40000000, 0x30000, 14);
	mk_ram_add(&large, 0x40050000, 0x40000, 15);
	mk_ram_add(&paged, 0x1000, 0x9f000, 1);
	mk_ram_add(&paged, 0x100000, 0x40000, 2);
	mk_ram_add(&paged, 0x140000, 0x3000, 3); /* touches the one before */
	mk_ram_add(&paged, 0x1ff000, 0x42000, 4); /* crosses a 2 MiB border */
	mk_ram_add(&paged, 0xffff0000, 0x10000, 5); /* ends at 4 GiB */
	mk_ram_add(&odd, 0x7, 0x1234, 6);
	mk_ram_add(&odd, 0x2000, 1, 7);
	mk_ram_add(&odd, 0x2003, 0x3ffe, 8);
	mk_ram_add(&odd, 0x6001, 0x1001, 9); /* touches the one before */
	mk_ram_add(&odd, 0xfffffff1, 0xf, 10);
	mk_ram_add(&high, 0xfffff000, 0x3000, 11); /* crosses 4 GiB */
	mk_ram_add(&high, UINT64_C(0xffffff0000000), 0x2000, 12);
	mk_ram_add(&high, UINT64_C(0xfffffffffffff000), 0x1000, 13); /* ends at 2^64 */
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (!forms[i].large)
			check(&forms[i], &paged, "pages");
		if (forms[i].large || !forms[i].bitmap)
			check(&forms[i], &large, "large pages");
		if (!forms[i].paged)
			check(&forms[i], &odd, "odd bytes");
		if (!forms[i].narrow && !forms[i].bitmap)
			check(&forms[i], &high, "high memory");
	}
	mk_ram_free(&paged);
	mk_ram_free(&odd);
	mk_ram_free(&high);
	mk_ram_free(&large);
	mk_cleanup();
	return done();
}
