// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Every operation, with a failure at every step: the allocator's n-th table, the n-th write to memory, the
 * n-th malloc. All translations must be as before and every table back where it came from.
 * malloc, calloc and realloc are wrapped by the linker.
 */
#include "world.h"

#define M (UINT64_C(1) << 20)
#define ROOM (32 * M)

static int64_t until_malloc = -1, until_table = -1, until_write = -1;

/* Count down to a failure; -1: never. */
static bool fails(int64_t *until)
{
	return *until >= 0 && (*until)-- == 0;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	return fails(&until_malloc) ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails(&until_malloc) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails(&until_malloc) ? NULL : __real_realloc(p, n);
}

struct ram {
	uint8_t *byte;
	uint64_t next, out; /* tables given out */
};

static int ram_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	const struct ram *ram = arg;
	if (pa < WORLD_BASE || pa - WORLD_BASE > ROOM - len)
		return PTK_E_NODATA;
	memcpy(buf, ram->byte + (pa - WORLD_BASE), len);
	return 0;
}

static int ram_write(void *arg, uint64_t pa, const void *buf, size_t len)
{
	const struct ram *ram = arg;
	if (pa < WORLD_BASE || pa - WORLD_BASE > ROOM - len)
		return PTK_E_RANGE;
	if (fails(&until_write)) {
		memcpy(ram->byte + (pa - WORLD_BASE), buf, len / 2); /* half of it arrives */
		return PTK_E_IO;
	}
	memcpy(ram->byte + (pa - WORLD_BASE), buf, len);
	return 0;
}

static int ram_alloc(void *arg, uint64_t size, uint64_t align, uint64_t *pa)
{
	struct ram *ram = arg;
	if (fails(&until_table))
		return PTK_E_NOMEM;
	ram->next = (ram->next + align - 1) / align * align;
	*pa = ram->next;
	ram->next += size;
	ram->out++;
	return 0;
}

static void ram_free(void *arg, uint64_t pa, uint64_t size)
{
	struct ram *ram = arg;
	(void)pa;
	(void)size;
	ram->out--;
}

struct stage {
	struct ram ram;
	struct ptk_mem *mem;
	struct ptk_alloc *alloc;
	struct ptk_space space;
	struct ptk_attr rw, ro;
};

static void must(struct stage *s, struct ptk_edit e)
{
	struct ptk_err err = {0};
	if (ptk_build_edit(&s->space, NULL, s->alloc, &e, 1, &err) < 0)
		bail("%s", err.msg);
}

/* A space with a bit of everything: blocks, contiguous pages, single pages. */
static void set(struct stage *s, const char *regime)
{
	struct ptk_regime r;
	ptk_regime_parse(regime, &r, NULL);
	*s = (struct stage){.ram = {.byte = calloc(1, ROOM), .next = WORLD_BASE}};
	ptk_mem_new(&(struct ptk_mem_ops){.read = ram_read, .write = ram_write}, &s->ram, NULL, 0, &s->mem);
	ptk_alloc_new(&(struct ptk_alloc_ops){.alloc = ram_alloc, .free = ram_free}, &s->ram, &s->alloc);
	ptk_build_root(s->mem, &r, s->alloc, &s->space, NULL);
	s->rw = attr_rw(&r);
	if (!attr_make(&r, PTK_A_KR, &s->ro) && !attr_make(&r, PTK_A_KR | PTK_A_KX, &s->ro))
		bail("%s: no read-only", regime);
	uint64_t block = ptk_level_size(&r, 1), page = ptk_level_size(&r, 0);
	must(s, edit_map(0, 2 * block, 0, s->rw));
	must(s, edit_map(2 * block, 64 * page, 0, s->rw));
	must(s, edit_map(3 * block, 3 * page, 7 * page, s->rw));
}

static void strike(struct stage *s)
{
	ptk_alloc_free(s->alloc);
	ptk_mem_close(s->mem);
	free(s->ram.byte);
}

static int sum(void *arg, const struct ptk_range *r)
{
	uint64_t *at = arg, part[] = {r->first, r->last, r->pa, r->attr.flags, r->attr.mem, r->kind, r->level};
	for (size_t i = 0; i < sizeof part / sizeof *part; i++)
		*at = (*at ^ part[i]) * UINT64_C(0x9e3779b97f4a7c15) + 1;
	return PTK_GO;
}

static uint64_t translations(const struct stage *s)
{
	uint64_t at = 1;
	struct ptk_range_opts opts = {0};
	if (ptk_ranges(&s->space, &opts, sum, &at, NULL, NULL) < 0)
		bail("cannot list");
	return at;
}

static struct ptk_edit operation(const struct stage *s, int op)
{
	const struct ptk_regime *r = &s->space.regime;
	uint64_t block = ptk_level_size(r, 1), page = ptk_level_size(r, 0);
	struct ptk_edit e;
	switch (op) {
	case 0: return edit_map(3 * block + 3 * page, 3 * block, 5 * page, s->rw);
	case 1: return edit_range(PTK_EDIT_UNMAP, block + page, block + page);
	case 2:
		e = edit_range(PTK_EDIT_PROTECT, page, 2 * block);
		e.attr = s->ro;
		e.mask.flags = PTK_A_KW;
		return e;
	case 3: return edit_range(PTK_EDIT_SPLIT, 0, 2 * block);
	case 4:
		e = edit_range(PTK_EDIT_MARK, page, 2 * block);
		e.mark = 0xbad0;
		return e;
	default: return edit_range(PTK_EDIT_COLLAPSE, 0, 4 * block);
	}
}

/* Let step n of one kind fail, n from 0 on, until nothing fails any more. */
static void every_step(const char *regime, int op, const char *what, int64_t *until)
{
	bool same = true, returned = true, code = true;
	int64_t n = 0;
	for (;; n++) {
		struct stage s;
		set(&s, regime);
		if (op == 5) /* something to collapse */
			must(&s, edit_range(PTK_EDIT_SPLIT, 0, 2 * ptk_level_size(&s.space.regime, 1)));
		uint64_t before = translations(&s), out = s.ram.out;
		struct ptk_edit e = operation(&s, op);
		struct ptk_build_opts opts = {.overlap = PTK_OVERLAP_REPLACE};
		*until = n;
		int rc = ptk_build_edit(&s.space, &opts, s.alloc, &e, 1, NULL);
		bool hit = *until < 0;
		*until = -1;
		if (hit && rc < 0) {
			same &= translations(&s) == before;
			returned &= s.ram.out == out;
		}
		code &= !hit || rc < 0 || until == &until_malloc; /* the bump allocator's notes may fail in silence */
		strike(&s);
		if (!hit) {
			code &= rc == 0;
			break;
		}
	}
	ok(same && returned && code, "%s: operation %d, each of %d steps of %s fails: %s%s%s", regime, op, (int)n, what,
	   same ? "nothing changed" : "CHANGED", returned ? "" : ", TABLES LOST", code ? "" : ", WRONG CODE");
}

int main(void)
{
	static const char *const regimes[] = {"arm-short", "arm64-4k-48", "x86-64", "riscv-sv39"};
	for (size_t i = 0; i < sizeof regimes / sizeof *regimes; i++)
		for (int op = 0; op < 6; op++) {
			every_step(regimes[i], op, "allocation", &until_table);
			every_step(regimes[i], op, "writing", &until_write);
			every_step(regimes[i], op, "malloc", &until_malloc);
		}
	return done();
}
