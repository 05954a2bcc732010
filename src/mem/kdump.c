// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * kdump-compressed dumps: makedumpfile's default and QEMU's dump-guest-memory -z, -l, -s. The format
 * is diskdump's (makedumpfile's diskdump_mod.h, IMPLEMENTATION): a header block, a sub-header, two
 * bitmaps over page frames (is RAM; is in the dump), then for each frame in the dump, in order, a
 * descriptor {offset, size, flags, page flags}, then the pages.
 *
 * The header comes in the layout and byte order of the machine that was dumped, and does not say
 * which: the one in which its numbers agree with each other is taken.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "mem/cache.h"
#include "mem/mem.h"
#include "mem/unpage.h"

#define UTSNAME_MACHINE (12 + 4 * 65) /* in the header: signature, version, then six strings of 65 bytes */
#define DESC_SIZE 24
#define RANK_BITS 512
#define MAX_EXTENTS ((size_t)1 << 24)
#define STATUS_INCOMPLETE 0x8u

/* How pages may be packed: flag bits of the header's status word and of descriptors. */
enum packing { PACK_zlib, PACK_lzo, PACK_snappy, PACK_zstd, NPACKINGS };
static const struct {
	const char *name;
	uint32_t flag;
} packings[NPACKINGS] = {
	[PACK_zlib] = {"zlib", 0x1},
	[PACK_lzo] = {"lzo", 0x2},
	[PACK_snappy] = {"snappy", 0x4},
	[PACK_zstd] = {"zstd", 0x20},
};
#define PACKED_FLAGS 0x27u

/* NULL: not in this build. */
static const struct ptk_unpage *const unpages[NPACKINGS] = {
#define X(name) [PACK_##name] = &ptk_unpage_##name##_,
#include "mem/unpage-list.h"
#undef X
};

struct header {
	bool wide, big;
	bool padded; /* 32 bits, but 64-bit fields are aligned to 8: arm, but not i386 or QEMU */
	bool sub;    /* the sub-header is kdump's: diskdump's is of another kind */
	uint32_t version, status;
	uint64_t block, sub_blocks, bitmap_blocks;
	uint64_t frames; /* one more than the highest frame number */
};

/* A file of the set: all have all of the bitmaps, but only the pages of [start, end). */
struct part {
	const struct ptk_blob *file;
	struct header h;
	const uint8_t *bits; /* which frames are in the dump */
	uint64_t *rank;      /* how many before each RANK_BITS of them */
	uint64_t start, end;
	uint64_t skipped; /* frames in the dump before start: their descriptors are elsewhere */
	uint64_t descs;   /* file offset of the descriptors */
};

struct kdump {
	struct part *part; /* by start */
	size_t nparts;
	uint64_t block, base; /* address = base + frame * block */
	struct ptk_cache *cache;
	void *state[NPACKINGS];
};

struct desc {
	uint64_t offset;
	uint32_t size, flags;
};

static bool kdump_probe(const struct ptk_blob *file)
{
	char magic[8];
	return ptk_blob_read_(file, 0, magic, sizeof magic) &&
	       (memcmp(magic, "KDUMP   ", 8) == 0 || memcmp(magic, "DISKDUMP", 8) == 0);
}

/* --- the header */

/* Sub-header fields that we use; each pair of offsets is {64 bit, 32 bit packed, 32 bit padded}. */
enum sub { SUB_PHYS_BASE, SUB_SPLIT, SUB_START, SUB_END, SUB_INFO, SUB_INFO_SIZE, SUB_NOTE, SUB_NOTE_SIZE,
           SUB_START64, SUB_END64, SUB_MAX64 };
static const struct {
	uint8_t at[3], size[2]; /* size: in 64 and 32 bits */
	uint8_t since;          /* header version */
} sub_fields[] = {
	[SUB_PHYS_BASE] = {{0, 0, 0}, {8, 4}, 0},
	[SUB_SPLIT] = {{12, 8, 8}, {4, 4}, 2},
	[SUB_START] = {{16, 12, 12}, {8, 4}, 2},
	[SUB_END] = {{24, 16, 16}, {8, 4}, 2},
	[SUB_INFO] = {{32, 20, 24}, {8, 8}, 3},
	[SUB_INFO_SIZE] = {{40, 28, 32}, {8, 4}, 3},
	[SUB_NOTE] = {{48, 32, 40}, {8, 8}, 4},
	[SUB_NOTE_SIZE] = {{56, 40, 48}, {8, 4}, 4},
	[SUB_START64] = {{80, 56, 72}, {8, 8}, 6},
	[SUB_END64] = {{88, 64, 80}, {8, 8}, 6},
	[SUB_MAX64] = {{96, 72, 88}, {8, 8}, 6},
};

/* 0 where the version has no such field or the file ends before it. */
static uint64_t sub_get(const struct ptk_blob *file, const struct header *h, enum sub field)
{
	uint8_t p[8];
	unsigned layout = h->wide ? 0 : h->padded ? 2 : 1, size = sub_fields[field].size[!h->wide];
	if (!h->sub || h->version < sub_fields[field].since ||
	    !ptk_blob_read_(file, h->block + sub_fields[field].at[layout], p, size))
		return 0;
	return size == 8 ? load64(p, h->big) : load32(p, h->big);
}

/* A part of the file that the sub-header points at: whether it can be. */
static bool pointer_ok(const struct ptk_blob *file, const struct header *h, enum sub at, enum sub size)
{
	uint64_t a = sub_get(file, h, at), n = sub_get(file, h, size);
	return (a == 0 && n == 0) || (a >= h->block && a <= file->size && n && n <= file->size - a);
}

static bool padding_fits(const struct ptk_blob *file, const struct header *h, uint32_t max32)
{
	uint64_t max = sub_get(file, h, SUB_MAX64);
	return pointer_ok(file, h, SUB_INFO, SUB_INFO_SIZE) && pointer_ok(file, h, SUB_NOTE, SUB_NOTE_SIZE) &&
	       (h->version < 6 || (max < UINT32_MAX ? max : UINT32_MAX) == max32);
}

static uint64_t bitmap_need(const struct header *h)
{
	uint64_t bytes = h->frames / 8 + (h->frames % 8 != 0);
	return bytes / h->block + (bytes % h->block != 0);
}

/* Read the header in one layout; whether its numbers agree. strict: also in what only newer writers hold to. */
static bool try_layout(const struct ptk_blob *file, bool wide, bool big, bool strict, struct header *h)
{
	uint8_t p[28];
	*h = (struct header){.wide = wide, .big = big};
	if (!ptk_blob_read_(file, 0, p, 12))
		return false;
	h->sub = p[0] == 'K';
	h->version = load32(p + 8, big);
	if (!ptk_blob_read_(file, wide ? 424 : 412, p, sizeof p))
		return false;
	h->status = load32(p, big);
	h->block = load32(p + 4, big);
	h->sub_blocks = load32(p + 8, big);
	h->bitmap_blocks = load32(p + 12, big);
	uint32_t max = load32(p + 16, big);
	if (h->version > 64 || h->block < 4096 || h->block > 1 << 20 || (h->block & (h->block - 1)) || max == 0)
		return false;
	if (!wide && !padding_fits(file, h, max)) {
		h->padded = true;
		h->padded = padding_fits(file, h, max);
	}
	uint64_t max64 = sub_get(file, h, SUB_MAX64);
	h->frames = (max64 < UINT32_MAX ? max64 : UINT32_MAX) == max ? max64 : max;
	uint64_t need = bitmap_need(h);
	if (h->frames > (UINT64_MAX >> 1) / h->block)
		return false;
	return strict ? h->bitmap_blocks == 2 * need : h->bitmap_blocks >= need;
}

static int read_header(const struct ptk_blob *file, struct header *h, struct ptk_err *err)
{
	for (unsigned i = 0; i < 8; i++)
		if (try_layout(file, !(i & 1), i & 2, i < 4, h))
			return 0;
	if (file->size < 4096)
		return ptk_err_set_(err, PTK_E_TRUNC, "%s ends inside its header", file->name);
	return ptk_err_set_(err, PTK_E_BADFMT, "%s: the numbers in its kdump header do not agree in any layout",
	                    file->name);
}

/* --- the bitmap */

static bool bit_at(const struct part *p, uint64_t frame)
{
	return p->bits[frame / 8] >> (frame % 8) & 1;
}

/* 64 bits from a multiple of 64 on, those past the last frame cleared. The lowest bit is the first frame. */
static uint64_t word_at(const struct part *p, uint64_t frame)
{
	uint64_t left = p->h.frames - frame, w = 0;
	if (left >= 64)
		return load64(p->bits + frame / 8, false);
	for (uint64_t i = 0; i < left; i += 8)
		w |= (uint64_t)p->bits[(frame + i) / 8] << i;
	return w & low_bits((unsigned)left);
}

static bool make_rank(struct part *p)
{
	uint64_t n = p->h.frames / RANK_BITS + 1, sum = 0;
	p->rank = malloc((size_t)n * sizeof *p->rank);
	if (!p->rank)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		p->rank[i] = sum;
		for (uint64_t f = i * RANK_BITS; f < (i + 1) * RANK_BITS && f < p->h.frames; f += 64)
			sum += (unsigned)__builtin_popcountll(word_at(p, f));
	}
	return true;
}

/* How many frames before this one are in the dump. */
static uint64_t rank_of(const struct part *p, uint64_t frame)
{
	uint64_t sum = p->rank[frame / RANK_BITS], f = round_down(frame, RANK_BITS);
	for (; frame - f >= 64; f += 64)
		sum += (unsigned)__builtin_popcountll(word_at(p, f));
	if (frame > f)
		sum += (unsigned)__builtin_popcountll(word_at(p, f) & low_bits((unsigned)(frame - f)));
	return sum;
}

/* The first frame from f on, below end, whose bit is v; end: none. */
static uint64_t next_bit(const struct part *p, uint64_t f, uint64_t end, bool v)
{
	while (f < end) {
		uint64_t w = word_at(p, round_down(f, 64));
		w = (v ? w : ~w) >> (f % 64);
		if (w) {
			f += (unsigned)__builtin_ctzll(w);
			return f < end ? f : end;
		}
		f = round_down(f, 64) + 64;
	}
	return end;
}

/* --- pages */

static const struct part *part_of(const struct kdump *k, uint64_t frame)
{
	for (size_t i = 0; i < k->nparts; i++)
		if (frame >= k->part[i].start && frame < k->part[i].end)
			return &k->part[i];
	return NULL;
}

/* The descriptor of a frame that is in the dump. */
static int get_desc(const struct kdump *k, uint64_t frame, const struct part **part, struct desc *d)
{
	uint8_t p[DESC_SIZE];
	*part = part_of(k, frame);
	if (!*part || !bit_at(*part, frame))
		return PTK_E_NODATA;
	bool big = (*part)->h.big;
	uint64_t number = rank_of(*part, frame) - (*part)->skipped;
	if (!ptk_blob_read_((*part)->file, (*part)->descs + number * DESC_SIZE, p, sizeof p))
		return PTK_E_TRUNC;
	*d = (struct desc){load64(p, big), load32(p + 8, big), load32(p + 12, big)};
	/* makedumpfile leaves descriptors empty when the disk filled up. */
	if (d->offset == 0)
		return PTK_E_NODATA;
	if (d->size == 0 || d->size > k->block || (!(d->flags & PACKED_FLAGS) && d->size != k->block))
		return PTK_E_BADFMT;
	return 0;
}

/* A page that is stored as it is and in one piece. */
static const uint8_t *direct(const struct kdump *k, const struct part *p, const struct desc *d)
{
	uint64_t len;
	const uint8_t *at = d->flags & PACKED_FLAGS ? NULL : ptk_blob_span_(p->file, d->offset, &len);
	return at && len >= k->block ? at : NULL;
}

static int unpage(struct kdump *k, const struct desc *d, const uint8_t *in, uint8_t *out)
{
	for (unsigned i = 0; i < NPACKINGS; i++) {
		if (!(d->flags & packings[i].flag))
			continue;
		const struct ptk_unpage *u = unpages[i];
		if (!u)
			return PTK_E_NOTSUP;
		if (u->open && !k->state[i] && !(k->state[i] = u->open()))
			return PTK_E_NOMEM;
		return u->run(k->state[i], in, d->size, out, (size_t)k->block);
	}
	memcpy(out, in, (size_t)k->block);
	return 0;
}

static int fill(void *arg, uint64_t frame, uint8_t *out)
{
	struct kdump *k = arg;
	const struct part *p;
	struct desc d;
	uint64_t len;
	int r = get_desc(k, frame, &p, &d);
	if (r < 0)
		return r;
	const uint8_t *in = ptk_blob_span_(p->file, d.offset, &len);
	if (in && len >= d.size)
		return unpage(k, &d, in, out);
	uint8_t *copy = malloc(d.size);
	if (!copy)
		return PTK_E_NOMEM;
	r = ptk_blob_read_(p->file, d.offset, copy, d.size) ? unpage(k, &d, copy, out) : PTK_E_TRUNC;
	free(copy);
	return r;
}

static int kdump_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	struct kdump *k = arg;
	if (pa < k->base)
		return PTK_E_NODATA;
	uint64_t at = pa - k->base;
	for (uint8_t *to = buf; len;) {
		const struct part *part;
		struct desc d;
		uint64_t frame = at / k->block, skip = at % k->block;
		size_t n = len < k->block - skip ? len : (size_t)(k->block - skip);
		int r = get_desc(k, frame, &part, &d);
		if (r < 0)
			return r;
		const uint8_t *page = direct(k, part, &d);
		if (!page && !(page = ptk_cache_get_(k->cache, frame, fill, k, &r)))
			return r;
		memcpy(to, page + skip, n);
		to += n;
		at += n;
		len -= n;
	}
	return 0;
}

/* Pages that are not packed, as long as they follow each other in the file. */
static const void *kdump_map(void *arg, uint64_t pa, size_t *len)
{
	struct kdump *k = arg;
	const struct part *part;
	struct desc d;
	if (pa < k->base)
		return NULL;
	uint64_t frame = (pa - k->base) / k->block, skip = (pa - k->base) % k->block;
	const uint8_t *first = get_desc(k, frame, &part, &d) < 0 ? NULL : direct(k, part, &d);
	if (!first)
		return NULL;
	uint64_t have = k->block;
	while (have - skip < *len && get_desc(k, ++frame, &part, &d) == 0 && direct(k, part, &d) == first + have)
		have += k->block;
	*len = have - skip < *len ? (size_t)(have - skip) : *len;
	return first + skip;
}

static void kdump_close(void *arg)
{
	struct kdump *k = arg;
	for (size_t i = 0; i < k->nparts; i++)
		free(k->part[i].rank);
	for (unsigned i = 0; i < NPACKINGS; i++)
		if (k->state[i])
			unpages[i]->close(k->state[i]);
	ptk_cache_free_(k->cache);
	free(k->part);
	free(k);
}

/* --- opening */

static int open_part(struct ptk_mem *mem, struct part *p, struct ptk_err *err)
{
	struct header *h = &p->h;
	int r = read_header(p->file, h, err);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < NPACKINGS; i++)
		if (h->status & packings[i].flag && !unpages[i])
			return ptk_err_set_(err, PTK_E_NOTSUP,
			                    "%s is compressed with %s, which this build of ptkit cannot read",
			                    p->file->name, packings[i].name);
	uint64_t need = bitmap_need(h), blocks = 1 + h->sub_blocks;
	/* The oldest diskdumps have but one bitmap. */
	uint64_t second = h->bitmap_blocks >= 2 * need ? h->bitmap_blocks / 2 : 0;
	p->bits = ptk_blob_pin_(mem, p->file, (blocks + second) * h->block, h->frames / 8 + (h->frames % 8 != 0));
	if (!p->bits)
		return ptk_err_set_(err, PTK_E_TRUNC, "%s ends inside its page bitmaps", p->file->name);
	p->descs = (blocks + h->bitmap_blocks) * h->block;
	p->end = h->frames;
	if (sub_get(p->file, h, SUB_SPLIT)) {
		bool v6 = h->version >= 6;
		p->start = sub_get(p->file, h, v6 ? SUB_START64 : SUB_START);
		p->end = sub_get(p->file, h, v6 ? SUB_END64 : SUB_END);
		if (p->start > p->end || p->end > h->frames)
			return ptk_err_set_(
			        err, PTK_E_BADFMT,
			        "%s: its share of a split dump, page frames %llu to %llu of %llu, makes no sense",
			        p->file->name, (unsigned long long)p->start, (unsigned long long)p->end,
			        (unsigned long long)h->frames);
	}
	if (!make_rank(p))
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open %s", p->file->name);
	p->skipped = rank_of(p, p->start);
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* Several files must be of one dump, and each have a share of its own. */
static int check_set(const struct kdump *k, struct ptk_mem *mem, struct ptk_err *err)
{
	uint64_t next = 0;
	for (size_t i = 0; i < k->nparts; i++) {
		const struct part *p = &k->part[i];
		if (p->h.block != k->part[0].h.block || p->h.frames != k->part[0].h.frames ||
		    p->h.big != k->part[0].h.big)
			return ptk_err_set_(err, PTK_E_CONFLICT, "%s and %s are not of the same dump",
			                    k->part[0].file->name, p->file->name);
		if (p->start < next)
			return ptk_err_set_(err, PTK_E_CONFLICT, "%s and %s have the same part of the dump",
			                    k->part[i - 1].file->name, p->file->name);
		if (p->start > next)
			ptk_mem_warn_(mem, "the dump was split and the file with page frames %llu to %llu is missing",
			              (unsigned long long)next, (unsigned long long)p->start - 1);
		next = p->end;
	}
	if (next < k->part[0].h.frames && next_bit(&k->part[0], next, k->part[0].h.frames, true) < k->part[0].h.frames)
		ptk_mem_warn_(mem, "the dump was split and the file with page frames from %llu on is missing",
		              (unsigned long long)next);
	return 0;
}

/* Runs of frames that are in the dump. Too many to list: the mem says nothing of its extents. */
static int list_extents(const struct kdump *k, struct ptk_mem *mem)
{
	struct ptk_extent *e = NULL;
	size_t n = 0, room = 0;
	for (size_t i = 0; i < k->nparts; i++) {
		const struct part *p = &k->part[i];
		for (uint64_t f = next_bit(p, p->start, p->end, true); f < p->end;) {
			uint64_t end = next_bit(p, f, p->end, false);
			if (n == room) {
				room = room ? 2 * room : 64;
				struct ptk_extent *more = room <= MAX_EXTENTS ? realloc(e, room * sizeof *e) : NULL;
				if (!more) {
					free(e);
					return room <= MAX_EXTENTS ? PTK_E_NOMEM : 0;
				}
				e = more;
			}
			e[n++] = (struct ptk_extent){k->base + f * k->block, k->base + (end * k->block - 1)};
			f = next_bit(p, end, p->end, true);
		}
	}
	int r = ptk_mem_set_extents_(mem, e, n);
	free(e);
	return r;
}

/* The notes, and VMCOREINFO as one of them whether or not it came as a note. */
static int take_notes(struct ptk_mem *mem, const struct part *p)
{
	const struct header *h = &p->h;
	uint64_t n = sub_get(p->file, h, SUB_NOTE_SIZE);
	const uint8_t *at = n ? ptk_blob_pin_(mem, p->file, sub_get(p->file, h, SUB_NOTE), n) : NULL;
	int r = at ? ptk_mem_notes_(mem, at, n, 4, h->big) : 0;
	if (n && !at)
		ptk_mem_warn_(mem, "the notes are not all in the file");
	for (size_t i = 0; i < mem->info.nnotes; i++)
		if (strcmp(mem->note[i].name, "VMCOREINFO") == 0)
			return r;
	n = sub_get(p->file, h, SUB_INFO_SIZE);
	at = n ? ptk_blob_pin_(mem, p->file, sub_get(p->file, h, SUB_INFO), n) : NULL;
	return r == 0 && at ? ptk_mem_note_(mem, "VMCOREINFO", 10, 0, at, (size_t)n) : r;
}

/* Sizes of struct elf_prstatus: QEMU writes "Unknown" for most machines' names, but knows its notes. */
static const struct {
	const char *name;
	uint16_t machine;
	uint16_t prstatus;
} machines[] = {
	{"x86_64", EM_X86_64, 336}, {"aarch64", EM_AARCH64, 392}, {"riscv64", EM_RISCV, 376}, {"arm", EM_ARM, 148},
	{"i386", EM_386, 144},      {"i486", EM_386, 144},        {"i586", EM_386, 144},      {"i686", EM_386, 144},
	{"ppc64", EM_PPC64, 0},     {"s390x", EM_S390, 0},        {"riscv32", EM_RISCV, 0},
};
#define NMACHINES (sizeof machines / sizeof machines[0])

static uint16_t machine_of(const struct ptk_mem *mem, const char *name)
{
	for (size_t i = 0; i < NMACHINES; i++)
		if (strncmp(name, machines[i].name, strlen(machines[i].name)) == 0)
			return machines[i].machine;
	for (size_t k = 0; k < mem->info.nnotes; k++)
		for (size_t i = 0; i < NMACHINES; i++)
			if (machines[i].prstatus && mem->note[k].type == NT_PRSTATUS &&
			    mem->note[k].size == machines[i].prstatus && strcmp(mem->note[k].name, "CORE") == 0)
				return machines[i].machine;
	return 0;
}

/*
 * makedumpfile and crash count frames on 32-bit arm from the start of RAM ("PFN 0 means first page in
 * kernel direct-mapped view"), QEMU from 0. Memory below the start of RAM tells the two apart.
 */
static uint64_t base_of(const struct part *p, const char *machine)
{
	uint64_t base = sub_get(p->file, &p->h, SUB_PHYS_BASE);
	if (p->h.wide || strncmp(machine, "arm", 3) != 0 || !is_aligned(base, p->h.block))
		return 0;
	return next_bit(p, 0, p->h.frames, true) < base / p->h.block ? base : 0;
}

static void warn(struct ptk_mem *mem, const struct kdump *k)
{
	for (size_t i = 0; i < k->nparts; i++) {
		const struct part *p = &k->part[i];
		struct desc d;
		uint8_t last;
		uint64_t f = p->end;
		while (f > p->start && !bit_at(p, f - 1))
			f--;
		if (p->h.status & STATUS_INCOMPLETE)
			ptk_mem_warn_(mem, "%s is incomplete: the disk was full when it was written", p->file->name);
		if (f > p->start) {
			int r = get_desc(k, f - 1, &p, &d);
			if (r == PTK_E_TRUNC || (r == 0 && !ptk_blob_read_(p->file, d.offset + d.size - 1, &last, 1)))
				ptk_mem_warn_(mem, "%s is truncated", p->file->name);
		}
	}
}

static int open_all(struct kdump *k, struct ptk_mem *mem, struct ptk_blob *const *file, size_t n, struct ptk_err *err)
{
	char machine[66] = "";
	for (size_t i = 0; i < n; i++) {
		k->part[i].file = file[i];
		k->nparts++;
		if (!kdump_probe(file[i]))
			return ptk_err_set_(err, PTK_E_BADFMT, "%s is not a kdump file", file[i]->name);
		int r = open_part(mem, &k->part[i], err);
		if (r < 0)
			return r;
	}
	qsort(k->part, k->nparts, sizeof *k->part, by_start);
	const struct part *first = &k->part[0];
	int r = check_set(k, mem, err);
	if (r < 0)
		return r;
	ptk_blob_read_(first->file, UTSNAME_MACHINE, machine, 65);
	k->block = first->h.block;
	k->base = base_of(first, machine);
	k->cache = ptk_cache_new_((size_t)k->block);
	if (!k->cache || take_notes(mem, first) < 0 || list_extents(k, mem) < 0)
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open %s", first->file->name);
	mem->info.machine = machine_of(mem, machine);
	mem->info.big_endian = first->h.big;
	mem->info.read_size = (uint32_t)k->block;
	warn(mem, k);
	return 0;
}

static int kdump_open(struct ptk_mem *mem, struct ptk_blob *const *file, size_t n, const struct ptk_mem_opts *opts,
                      struct ptk_err *err)
{
	struct kdump *k = calloc(1, sizeof *k);
	if (k)
		k->part = calloc(n, sizeof *k->part);
	if (!k || !k->part) {
		free(k);
		return ptk_err_set_(err, PTK_E_NOMEM, "cannot open %s", file[0]->name);
	}
	mem->arg = k;
	mem->ops = (struct ptk_mem_ops){.read = kdump_read, .map = kdump_map, .close = kdump_close};
	return open_all(k, mem, file, n, err);
}

const struct ptk_mem_format ptk_mem_kdump = {
	.name = "kdump",
	.what = "a kdump-compressed dump of makedumpfile, QEMU or the kernel, also flattened",
	.probe = kdump_probe,
	.open = kdump_open,
	.set = true,
};
