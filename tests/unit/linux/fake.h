/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Kernels made by hand: a few pages of tables, written entry by entry after the manuals, a VMCOREINFO text, a banner,
 * an init_uts_ns and an array of markers, at physical and virtual addresses of the test's choice.
 */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#include <ptkit/ptkit.h>
#include <unistd.h>

#include "tap.h"

/* Offsets in an image of 4M. */
enum {
	FAKE_STEXT = 0x10000,
	FAKE_BANNER = 0x100000,
	FAKE_NAMES = 0x101000,
	FAKE_MARKERS = 0x200000,
	FAKE_UTS = 0x201000,
	FAKE_INFO = 0x202000,
	FAKE_PGD = 0x204000,
	FAKE_TABLES = 0x210000, /* the lower levels */
	FAKE_SIZE = 0x400000,
};

struct fake {
	struct ptk_mem *mem;
	uint64_t pa, va; /* of the image */
	const char *release;
	const char *keys; /* more lines of VMCOREINFO, NULL: no VMCOREINFO at all */
	unsigned tables;  /* lower tables handed out */
};

static inline struct ptk_mem *fake_ram(void)
{
	struct ptk_mem *mem;
	if (ptk_mem_new_image(0, UINT64_C(0xffffffffff), &mem) < 0)
		bail("no memory");
	return mem;
}

static inline void fake_write(const struct fake *f, uint64_t pa, const void *p, size_t n)
{
	if (ptk_mem_write(f->mem, pa, p, n, NULL) < 0)
		bail("cannot write at 0x%" PRIx64, pa);
}

static inline void fake_put(const struct fake *f, uint64_t table, unsigned index, uint64_t entry)
{
	fake_write(f, table + index * 8, &entry, 8);
}

/* A zeroed page for a lower table. */
static inline uint64_t fake_table(struct fake *f)
{
	static const char zero[4096];
	uint64_t pa = f->pa + FAKE_TABLES + f->tables++ * 4096;
	fake_write(f, pa, zero, sizeof zero);
	return pa;
}

/* What every kernel has in its image besides tables. */
static inline void fake_data(const struct fake *f)
{
	static const char zero[16384];
	char text[4096], uts[65 * 6] = "Linux";
	fake_write(f, f->pa + FAKE_PGD, zero, sizeof zero);
	fake_write(f, f->pa + FAKE_STEXT, zero, 4096);
	int n = snprintf(text, sizeof text, "Linux version %s (who@where) (gcc) #1 SMP now\n", f->release);
	fake_write(f, f->pa + FAKE_BANNER, text, (size_t)n + 1);
	strcpy(uts + 130, f->release);
	fake_write(f, f->pa + FAKE_UTS, uts, sizeof uts);
	if (!f->keys)
		return;
	n = snprintf(text, sizeof text,
	             "OSRELEASE=%s\nPAGESIZE=4096\nSYMBOL(init_uts_ns)=%" PRIx64 "\nOFFSET(uts_namespace.name)=0\n"
	             "SYMBOL(swapper_pg_dir)=%" PRIx64 "\nSYMBOL(_stext)=%" PRIx64 "\n%s",
	             f->release, f->va + FAKE_UTS, f->va + FAKE_PGD, f->va + FAKE_STEXT, f->keys);
	fake_write(f, f->pa + FAKE_INFO, text, (size_t)n + 1);
}

/* An array of markers with 8-byte words: pairs, or with x86's third word. The names lie in the image too. */
static inline void fake_markers(const struct fake *f, const struct ptk_marker *m, size_t n, bool x86)
{
	uint64_t at = f->pa + FAKE_MARKERS, name = FAKE_NAMES, zero = 0, end = UINT64_MAX;
	for (size_t i = 0; i < n; i++) {
		uint64_t row[3] = {m[i].va, f->va + name, m[i].max_lines};
		fake_write(f, f->pa + name, m[i].name, strlen(m[i].name) + 1);
		name += strlen(m[i].name) + 1;
		fake_write(f, at, row, x86 ? 24 : 16);
		at += x86 ? 24 : 16;
	}
	fake_write(f, at, &end, 8);
	fake_write(f, at + 8, &zero, 8);
	fake_write(f, at + 16, &zero, 8);
}

/* x86-64, 4 levels (SDM 4.5): the image in 2M pages, and physical 0..1G at the direct map in one 1G page. */
static inline void fake_x86(struct fake *f)
{
	fake_data(f);
	uint64_t pgd = f->pa + FAKE_PGD, pdpt = fake_table(f), pd = fake_table(f), direct = fake_table(f);
	fake_put(f, pgd, 511, pdpt | 0x63);
	fake_put(f, pgd, 273, direct | 0x63);
	fake_put(f, direct, 0, 0x80000000000001e3);
	fake_put(f, pdpt, (unsigned)(f->va >> 30) & 511, pd | 0x63);
	for (unsigned i = 0; i < 2; i++)
		fake_put(f, pd, ((unsigned)(f->va >> 21) & 511) + i,
		         (f->pa + i * 0x200000) | (i ? 0x80000000000001e3 : 0x1e1));
}

/* arm64, 4K, 48 bits (DDI 0487 D8.3): the image in 2M blocks, text read-only, data never executed. */
static inline void fake_arm64(struct fake *f)
{
	fake_data(f);
	uint64_t pgd = f->pa + FAKE_PGD, l1 = fake_table(f), l2 = fake_table(f);
	fake_put(f, pgd, (unsigned)(f->va >> 39) & 511, l1 | 3);
	fake_put(f, l1, (unsigned)(f->va >> 30) & 511, l2 | 3);
	for (unsigned i = 0; i < 2; i++)
		fake_put(f, l2, ((unsigned)(f->va >> 21) & 511) + i,
		         (f->pa + i * 0x200000) | (i ? 0x0060000000000701 : 0x0040000000000781));
}

/* riscv Sv39 (privileged spec 10.4): the image in 2M pages. */
static inline void fake_riscv(struct fake *f)
{
	fake_data(f);
	uint64_t pgd = f->pa + FAKE_PGD, l1 = fake_table(f);
	fake_put(f, pgd, (unsigned)(f->va >> 30) & 511, (l1 >> 12) << 10 | 1);
	for (unsigned i = 0; i < 2; i++)
		fake_put(f, l1, ((unsigned)(f->va >> 21) & 511) + i,
		         ((f->pa + i * 0x200000) >> 12) << 10 | (i ? 0xe7 : 0xeb));
}

/* The image as a core of a machine with notes, opened. The file is removed at once; the mapping stays. */
static inline struct ptk_mem *fake_core(struct ptk_mem *mem, uint16_t machine, const struct ptk_note *note, size_t n)
{
	char path[] = "/tmp/ptkit-fake-XXXXXX";
	struct ptk_err err;
	struct ptk_mem *core;
	int fd = mkstemp(path);
	const struct ptk_mem_info *mi = ptk_mem_info(mem);
	if (fd < 0 || ptk_mem_write_core(mem, path, machine, mi->extent, mi->nextents, note, n, &err) < 0 ||
	    ptk_mem_open(path, NULL, &core, &err) < 0)
		bail("no core: %s", err.msg);
	close(fd);
	unlink(path);
	return core;
}

static inline const char *fake_fact(const struct ptk_linux *lx, const char *key)
{
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	for (size_t i = 0; i < info->nfacts; i++)
		if (strcmp(info->fact[i].key, key) == 0)
			return info->fact[i].value;
	return NULL;
}

static inline const char *fake_how(const struct ptk_linux *lx, const char *key)
{
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	for (size_t i = 0; i < info->nfacts; i++)
		if (strcmp(info->fact[i].key, key) == 0)
			return info->fact[i].how;
	return NULL;
}

#endif
