// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Running a boot: the memory it writes, the tables it takes, the steps it tells. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "linux/boot/boot.h"
#include "linux/find.h"

/* More page tables than this stand for a picture that is not sound, not for a machine. */
#define TABLES_MAX (UINT64_C(1) << 30)

/* ---- failure ---- */

void boot_fail_(struct ptk_boot *b, int code, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	if (b->failed)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	b->failed = ptk_err_set_(b->err, code, "%s", text);
}

uint64_t boot_image_va_(struct ptk_boot *b, const char *name)
{
	uint64_t va = boot_symbol_(b->machine, name);
	if (!va)
		boot_fail_(b, PTK_E_NOTFOUND, "the symbol %s is needed and not known", name);
	return va;
}

bool boot_goes_on_(const struct ptk_boot *b, enum ptk_boot_stage done)
{
	static const int order[] = {[PTK_BOOT_HEAD] = 1, [PTK_BOOT_EARLY] = 2, [PTK_BOOT_PAGING_INIT] = 3, [PTK_BOOT_FINAL] = 4};
	return !b->failed && order[done] < order[b->opts.stage];
}

/* ---- memory ---- */

uint64_t boot_get_(struct ptk_boot *b, uint64_t pa)
{
	unsigned width = 1u << b->machine->info.regime.entry_shift;
	uint8_t raw[8] = {0};
	struct ptk_err err = {0};
	if (b->failed)
		return 0;
	int rc = ptk_mem_read(b->mem, pa, raw, width, &err);
	if (rc < 0)
		boot_fail_(b, rc, "an entry at 0x%" PRIx64 " is read where no table is", pa);
	return width == 8 ? load64(raw, false) : load32(raw, false);
}

void boot_set_(struct ptk_boot *b, uint64_t pa, uint64_t raw)
{
	unsigned width = 1u << b->machine->info.regime.entry_shift;
	uint8_t out[8];
	if (b->failed)
		return;
	for (unsigned i = 0; i < width; i++)
		out[i] = (uint8_t)(raw >> 8 * i);
	int rc = ptk_mem_write(b->mem, pa, out, width, NULL);
	if (rc < 0)
		boot_fail_(b, rc, "an entry at 0x%" PRIx64 " cannot be written: it is not in memory", pa);
}

void boot_zero_(struct ptk_boot *b, uint64_t pa, uint64_t size)
{
	static const uint8_t zeros[4096];
	for (uint64_t n; size && !b->failed; pa += n, size -= n) {
		n = size < sizeof zeros ? size : sizeof zeros;
		int rc = ptk_mem_write(b->mem, pa, zeros, n, NULL);
		if (rc < 0)
			boot_fail_(b, rc, "a table at 0x%" PRIx64 " cannot be written: it is not in memory", pa);
	}
}

uint64_t boot_table_(struct ptk_boot *b, uint64_t pa, uint64_t size)
{
	if (b->failed)
		return 0;
	b->taken += size;
	if (b->taken > TABLES_MAX)
		boot_fail_(b, PTK_E_LIMIT, "this machine's memory takes more than %" PRIu64 "M of page tables", TABLES_MAX >> 20);
	else if (!pa)
		boot_fail_(b, PTK_E_CONFLICT, "there is no free memory for %" PRIu64 " bytes of page tables", size);
	else
		boot_zero_(b, pa, size);
	return b->failed ? 0 : pa;
}

uint64_t boot_alloc_(struct ptk_boot *b, uint64_t size, uint64_t align)
{
	uint64_t pa = 0;
	if (b->failed)
		return 0;
	int rc = memblock_alloc_range_(&b->memblock, size, align, 0, 0, &pa);
	if (rc < 0 && rc != PTK_E_RANGE)
		boot_fail_(b, rc, "no memory for a boot");
	return boot_table_(b, pa, size);
}

uint64_t boot_alloc_late_(struct ptk_boot *b, uint64_t size)
{
	uint64_t pa = boot_alloc_(b, size, size);
	if (pa && memblock_reserve_(&b->late, pa, size) < 0)
		boot_fail_(b, PTK_E_NOMEM, "no memory for a boot");
	return b->failed ? 0 : pa;
}

/* ---- steps and regions ---- */

void boot_step_(struct ptk_boot *b, const struct ptk_boot_step *step, const char *fmt, ...)
{
	char text[512];
	struct ptk_boot_step s = *step;
	va_list ap;
	if (b->failed || !b->opts.trace)
		return;
	if (fmt) {
		va_start(ap, fmt);
		vsnprintf(text, sizeof text, fmt, ap);
		va_end(ap);
		s.what = text;
	}
	int rc = b->opts.trace(b->opts.arg, &s);
	if (rc < 0)
		b->failed = rc;
}

static bool before(const struct ptk_boot_region *x, const struct ptk_boot_region *y)
{
	return x->user != y->user ? y->user : x->first < y->first;
}

/* The regions before `at` are in order. */
static void put_in_order(struct ptk_boot *b, size_t at)
{
	struct ptk_boot_region r = b->region[at];
	for (; at && before(&r, &b->region[at - 1]); at--)
		b->region[at] = b->region[at - 1];
	b->region[at] = r;
	b->last_region = at;
}

void boot_region_(struct ptk_boot *b, const char *name, const char *function, uint64_t first, uint64_t last)
{
	if (b->failed)
		return;
	if (b->nregions == b->region_room) {
		size_t room = b->region_room ? 2 * b->region_room : 16;
		struct ptk_boot_region *more = realloc(b->region, room * sizeof *more);
		if (!more) {
			boot_fail_(b, PTK_E_NOMEM, "no memory for a list of regions");
			return;
		}
		b->region = more;
		b->region_room = room;
	}
	b->region[b->nregions++] = (struct ptk_boot_region){.first = first, .last = last, .name = name, .function = function};
	put_in_order(b, b->nregions - 1);
}

void boot_region_changes_(struct ptk_boot *b)
{
	if (!b->failed && b->nregions)
		b->region[b->last_region].changes = true;
}

void boot_region_down_to_(struct ptk_boot *b, unsigned level)
{
	if (!b->failed && b->nregions)
		b->region[b->last_region].lowest = (uint8_t)level;
}

void boot_region_user_(struct ptk_boot *b)
{
	if (b->failed || !b->nregions)
		return;
	struct ptk_boot_region r = b->region[b->last_region];
	r.user = true;
	memmove(&b->region[b->last_region], &b->region[b->last_region + 1], (b->nregions - b->last_region - 1) * sizeof r);
	b->region[b->nregions - 1] = r;
	put_in_order(b, b->nregions - 1);
}

/* ---- the run ---- */

/* The banks as memblock_add() would have made them, and the reservations. */
static int set_memblock(struct ptk_boot *b)
{
	const struct ptk_machine_info *info = &b->machine->info;
	int rc = 0;
	memblock_init_(&b->memblock);
	memblock_init_(&b->late);
	for (size_t i = 0; i < info->nbanks && rc == 0; i++) {
		const struct ptk_bank *k = &info->bank[i];
		rc = memblock_add_(&b->memblock, k->first, k->last - k->first + 1,
		                   (k->flags & PTK_BANK_NOMAP ? (uint32_t)MEMBLOCK_NOMAP : 0u) |
		                           (k->flags & PTK_BANK_HOTPLUG ? (uint32_t)MEMBLOCK_HOTPLUG : 0u));
	}
	for (size_t i = 0; i < info->nreserved && rc == 0; i++)
		rc = memblock_reserve_(&b->memblock, info->reserved[i].first,
		                       info->reserved[i].last - info->reserved[i].first + 1);
	return rc;
}

static int prepare(struct ptk_boot *b)
{
	const struct ptk_machine_info *info = &b->machine->info;
	int rc = set_memblock(b);
	if (rc == 0)
		rc = ptk_mem_new_image(info->bank[0].first, info->bank[info->nbanks - 1].last, &b->mem);
	if (rc < 0)
		return ptk_err_set_(b->err, rc, "no memory for a boot");
	b->space = (struct ptk_space){.mem = b->mem, .regime = info->regime};
	return 0;
}

int ptk_boot_run(const struct ptk_machine *m, const struct ptk_boot_opts *opts, struct ptk_boot **out, struct ptk_err *err)
{
	struct ptk_boot *b = calloc(1, sizeof *b);
	if (!b)
		return ptk_err_set_(err, PTK_E_NOMEM, "no memory for a boot");
	b->machine = m;
	b->err = err;
	if (opts)
		b->opts = *opts;
	int rc = prepare(b);
	if (rc == 0)
		rc = m->arch->run(b);
	if (rc == 0)
		rc = b->failed;
	b->err = NULL;
	if (rc < 0) {
		ptk_boot_free(b);
		return rc;
	}
	*out = b;
	return 0;
}

void ptk_boot_free(struct ptk_boot *b)
{
	if (!b)
		return;
	memblock_free_all_(&b->memblock);
	memblock_free_all_(&b->late);
	ptk_mem_close(b->mem);
	free(b->region);
	free(b->arch);
	free(b);
}

const struct ptk_space *ptk_boot_space(const struct ptk_boot *b)
{
	return &b->space;
}

const struct ptk_space *ptk_boot_idmap(const struct ptk_boot *b)
{
	return b->has_idmap ? &b->idmap : NULL;
}

const struct ptk_space *ptk_boot_user(const struct ptk_boot *b)
{
	return b->has_user ? &b->user : NULL;
}

const struct ptk_boot_region *ptk_boot_regions(const struct ptk_boot *b, size_t *n)
{
	*n = b->nregions;
	return b->region;
}

/* ---- as a picture ---- */

static int write_core(const struct ptk_boot *b, const struct ptk_linux_about *about, const char *path, struct ptk_err *err)
{
	const struct ptk_mem_info *mi = ptk_mem_info(b->mem);
	int len = ptk_linux_note(about, NULL, 0, err);
	char space[320], *text = len < 0 ? NULL : malloc((size_t)len + 1);
	if (!text)
		return len < 0 ? len : ptk_err_set_(err, PTK_E_NOMEM, "no memory for a note");
	ptk_linux_note(about, text, (size_t)len + 1, NULL);
	size_t space_len = (size_t)ptk_space_note(&b->space, space, sizeof space);
	struct ptk_note notes[] = {
		{.name = PTK_NOTE_OWNER, .type = PTK_NOTE_SPACE, .data = space, .size = space_len},
		{.name = PTK_NOTE_OWNER, .type = PTK_NOTE_LINUX, .data = text, .size = (size_t)len},
	};
	int rc = ptk_mem_write_core(b->mem, path, ptk_regime_machine(&b->space.regime), mi->extent, mi->nextents, notes, 2, err);
	free(text);
	return rc;
}

int ptk_boot_save(const struct ptk_boot *b, const char *path, struct ptk_err *err)
{
	const struct ptk_machine *m = b->machine;
	char release[32];
	uint64_t end = boot_symbol_(m, "_end");
	struct ptk_linux_about about = {
		.release = release,
		.table[PTK_TABLE_KERNEL] = &b->space,
		.table[PTK_TABLE_CURRENT_USER] = ptk_boot_user(b),
		.page_offset = b->page_offset ? b->page_offset : boot_value_(m, "page_offset", 0),
		.phys_offset = b->page_offset ? b->phys_offset : boot_value_(m, "phys_offset", 0),
		.image_first = end ? boot_symbol_(m, "_text") : 0,
		.image_last = end ? end - 1 : 0,
		.va_bits = (unsigned)boot_value_(m, "va_bits_config", 0),
	};
	snprintf(release, sizeof release, "%u.%u", m->info.major, m->info.minor);
	return write_core(b, &about, path, err);
}
