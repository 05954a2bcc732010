// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Random page tables for one regime, the question to put to the probe, and what ptkit expects:
 *
 *     leaves REGIME COUNT SEED FOLDER
 *
 * writes FOLDER/image (for IMAGE_PA), FOLDER/vectors (VECTORS_PA), FOLDER/code (CODE_PA), FOLDER/ask
 * and FOLDER/want. A line of want is an address, each operation with the physical address or "fault",
 * the memory attribute, and the entries on the way.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ptkit/entry.h>

#define IMAGE_PA 0x60000000u
#define IMAGE_MAX (256u << 20)
#define VECTORS_PA 0x47000000u
#define VBAR_OFFSET 0x10000u
#define CODE_PA 0x50000000u

enum mode {
	A64,
	A64_S2,
	SHORT,
	LPAE,
};

struct job {
	struct ptk_regime r, pan; /* the same with PAN, for the operations that obey it */
	enum mode mode;
	uint8_t *image;
	uint64_t used;
	uint64_t root;
	bool exec; /* the other half is free for vectors */
	bool pl1;  /* ask from PL1, which tells of domains; it needs the upper half for the probe itself */
	FILE *ask, *want;
};

/* What a walk met. */
struct path {
	uint64_t raw[PTK_LEVELS_MAX];
	uint64_t inherit;
	struct ptk_entry leaf;
	int n;
};

static uint64_t seed;

static void __attribute__((format(printf, 1, 2), noreturn)) die(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fputs("leaves: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

/* splitmix64 */
static uint64_t rnd(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static bool chance(unsigned one_in)
{
	return rnd() % one_in == 0;
}

static uint64_t width(const struct ptk_regime *r)
{
	return r->entry_shift == 3 ? UINT64_MAX : UINT32_MAX;
}

static uint64_t get(const struct job *j, uint64_t table, uint32_t index)
{
	uint64_t v = 0;
	memcpy(&v, j->image + (table - IMAGE_PA) + ((uint64_t)index << j->r.entry_shift), 1u << j->r.entry_shift);
	return v;
}

static void put(struct job *j, uint64_t table, uint32_t index, uint64_t v)
{
	memcpy(j->image + (table - IMAGE_PA) + ((uint64_t)index << j->r.entry_shift), &v, 1u << j->r.entry_shift);
}

static uint64_t new_table(struct job *j, int level)
{
	uint64_t size = ptk_table_size(&j->r, level), align = size < 64 ? 64 : size;
	j->used = (j->used + align - 1) & ~(align - 1);
	uint64_t pa = IMAGE_PA + j->used;
	j->used += align;
	if (j->used > IMAGE_MAX)
		die("too many tables");
	return pa;
}

/* An entry that points at a table, with other bits as they come. */
static uint64_t table_entry(const struct job *j, int level, uint64_t pa)
{
	const struct ptk_form *f = &j->r.level[level].table_form;
	struct ptk_entry e;
	uint64_t address = f->pa_mask | f->hi_mask, noise = rnd() & rnd();
	uint64_t raw = (noise & ~f->mask & ~address) | f->value | (pa & f->pa_mask);
	/* Bits that should be zero but are ignored. */
	uint64_t odd = (raw | (rnd() & rnd() & ~address)) & width(&j->r);
	ptk_entry_decode(&j->r, level, odd, &e);
	return chance(4) && e.kind == PTK_TABLE && e.pa == pa ? odd : raw;
}

/* Mark it accessed, and let it map the code page if asked, in its own way. */
static uint64_t adjust(const struct job *j, struct ptk_entry *e, bool code)
{
	uint64_t raw = e->raw;
	if (!chance(8))
		e->attr.flags |= PTK_A_ACCESSED;
	if (code)
		e->pa = CODE_PA & ~(e->span - 1);
	ptk_entry_encode(&j->r, e, &raw, NULL);
	return raw;
}

/*
 * An address that is too wide only by its moved bits (LPA, LPA2), or in a v7 CPU's long descriptor. QEMU 7.2
 * follows the rest of it; if it is that of a table, the walk ends in an external abort.
 */
static bool ignored_by_qemu(const struct job *j, const struct ptk_entry *e)
{
	bool moved = j->r.flags & (PTK_RF_DS | PTK_RF_LPA) && j->r.pa_bits <= 48;
	return (moved || j->mode == LPAE) && strstr(e->why, "wider");
}

static uint64_t leaf_entry(const struct job *j, int level, bool code)
{
	const struct ptk_form *f = &j->r.level[level].leaf_form;
	for (;;) {
		struct ptk_entry e;
		uint64_t raw = chance(2) ? rnd() : rnd() & rnd();
		if (!chance(4))
			raw = (raw & ~f->mask) | f->value;
		ptk_entry_decode(&j->r, level, raw & width(&j->r), &e);
		if (e.kind == PTK_LEAF)
			return adjust(j, &e, code);
		if (e.kind == PTK_RESERVED && !code && chance(4) && !ignored_by_qemu(j, &e))
			return e.raw;
	}
}

/* Go down at random, making what is missing; false if another address has been here. */
static bool make_path(struct job *j, uint64_t va, bool code)
{
	uint64_t table = j->root;
	for (int level = j->r.nlevels - 1;; level--) {
		uint32_t index = ptk_level_index(&j->r, level, va);
		uint64_t raw = get(j, table, index);
		struct ptk_entry e;
		ptk_entry_decode(&j->r, level, raw, &e);
		if (e.kind == PTK_NONE) {
			/* Rarely what cannot be; QEMU 7.2 aborts on a fault at level -1, so not there. */
			bool odd = !code && chance(50) && j->r.level[level].manual >= 0;
			bool leaf = level == 0 || (j->r.level[level].leaf && chance(3)) || odd;
			uint64_t next = leaf ? 0 : new_table(j, level - 1);
			put(j, table, index, leaf ? leaf_entry(j, level, code) : table_entry(j, level, next));
			if (leaf)
				return true;
			ptk_entry_decode(&j->r, level, get(j, table, index), &e);
		}
		if (e.kind != PTK_TABLE)
			return false;
		table = e.pa;
	}
}

static void walk(const struct job *j, uint64_t va, struct path *p)
{
	uint64_t table = j->root;
	*p = (struct path){0};
	for (int level = j->r.nlevels - 1;; level--) {
		struct ptk_entry e;
		p->raw[p->n++] = get(j, table, ptk_level_index(&j->r, level, va));
		ptk_entry_decode(&j->r, level, p->raw[p->n - 1], &e);
		if (e.kind != PTK_TABLE) {
			p->leaf = e;
			return;
		}
		p->inherit |= e.inherit;
		table = e.pa;
	}
}

static void expect(struct job *j, const char *op, bool granted, uint64_t pa)
{
	if (granted)
		fprintf(j->want, " %s=0x%llx", op, (unsigned long long)pa);
	else
		fprintf(j->want, " %s=fault", op);
}

static void expect_all(struct job *j, uint64_t va, const struct path *p, bool code)
{
	uint64_t pa = p->leaf.pa + (va & (p->leaf.span - 1));
	struct ptk_attr a = {0}, pan = {0};
	if (p->leaf.kind == PTK_LEAF) {
		ptk_entry_effective(&j->r, p->inherit, &p->leaf, &a);
		ptk_entry_effective(&j->pan, p->inherit, &p->leaf, &pan);
	}
	const char *stages = j->mode == A64_S2 ? "2kr 2kw 2ur 2uw"
	                     : j->mode == A64  ? "kr kw ur uw krp kwp"
	                                       : "kr kw ur uw";
	static const char *const ops[2][4] = {{"kr", "kw", "ur", "uw"}, {"2kr", "2kw", "2ur", "2uw"}};
	static const uint32_t right[4] = {PTK_A_KR, PTK_A_KW, PTK_A_UR, PTK_A_UW};
	fprintf(j->ask, "va 0x%llx %s%s\n", (unsigned long long)va, stages, code ? " kx ux" : "");
	fprintf(j->want, "0x%llx", (unsigned long long)va);
	for (int i = 0; i < 4; i++)
		expect(j, ops[j->mode == A64_S2][i], a.flags & right[i], pa);
	if (j->mode == A64) {
		expect(j, "krp", pan.flags & PTK_A_KR, pa);
		expect(j, "kwp", pan.flags & PTK_A_KW, pa);
	}
	if (code) {
		expect(j, "kx", a.flags & PTK_A_KX, pa);
		expect(j, "ux", a.flags & PTK_A_UX, pa);
	}
	if (j->mode == A64 || j->mode == LPAE)
		fprintf(j->want, " attr=0x%llx", (unsigned long long)(j->r.memattr >> (8 * (a.memidx & 7)) & 0xff));
	if (j->pl1)
		fprintf(j->want, " par=32");
	/* QEMU 7.2 takes blocks at any level but the last. */
	if (p->leaf.kind == PTK_RESERVED && strstr(p->leaf.why, "a block"))
		fprintf(j->want, " known=block");
	fprintf(j->want, " #");
	for (int i = 0; i < p->n; i++)
		fprintf(j->want, " %s:0x%llx", j->r.level[j->r.nlevels - 1 - i].name, (unsigned long long)p->raw[i]);
	fprintf(j->want, "\n");
}

static uint64_t tcr64(const struct ptk_regime *r)
{
	static const uint8_t ips_bits[] = {32, 36, 40, 42, 44, 48, 52};
	bool high = r->va_form == PTK_VA_HIGH;
	uint64_t tg0 = r->page_shift == 12 ? 0 : r->page_shift == 16 ? 1 : 2;
	uint64_t tg1 = r->page_shift == 12 ? 2 : r->page_shift == 16 ? 3 : 1;
	uint64_t tsz = 64u - r->va_bits, ips = 0, tcr;
	while (ips < 6 && ips_bits[ips] < r->pa_bits)
		ips++;
	if (high)
		tcr = tsz << 16 | tg1 << 30 | 1 << 7 | 25;
	else /* the upper half has 39 bits and 4K pages, for the vectors */
		tcr = tsz | tg0 << 14 | UINT64_C(25) << 16 | UINT64_C(2) << 30;
	tcr |= ips << 32;
	tcr |= r->flags & PTK_RF_TBI ? UINT64_C(1) << (high ? 38 : 37) : 0;
	tcr |= r->flags & PTK_RF_HA ? UINT64_C(1) << 39 : 0;
	tcr |= r->flags & PTK_RF_HD ? UINT64_C(1) << 40 : 0;
	tcr |= r->flags & PTK_RF_HPD ? UINT64_C(1) << (high ? 42 : 41) : 0;
	tcr |= r->flags & PTK_RF_E0PD ? UINT64_C(1) << (high ? 56 : 55) : 0;
	tcr |= r->flags & PTK_RF_DS ? UINT64_C(1) << 59 : 0;
	return tcr;
}

static uint64_t vtcr(const struct ptk_regime *r)
{
	int start = r->level[r->nlevels - 1].manual;
	uint64_t tg0 = r->page_shift == 12 ? 0 : r->page_shift == 16 ? 1 : 2;
	/* SL0 counts from level 2 with 4K pages, from 3 otherwise. */
	uint64_t sl0 = (uint64_t)((r->page_shift == 12 ? 2 : 3) - start);
	uint64_t v = (64u - r->va_bits) | sl0 << 6 | tg0 << 14 | UINT64_C(1) << 31 | (tcr64(r) >> 32 & 7) << 16;
	v |= r->flags & PTK_RF_HA ? 1 << 21 : 0;
	v |= r->flags & PTK_RF_HD ? 1 << 22 : 0;
	v |= r->flags & PTK_RF_DS ? UINT64_C(1) << 32 : 0;
	return v;
}

/* Stage 1 off: an address is an IPA. The vectors are where no stage 2 table reaches. */
static void ask_stage2(struct job *j)
{
	fprintf(j->ask, "vttbr 0x%llx\nvtcr 0x%llx\n", (unsigned long long)j->root, (unsigned long long)vtcr(&j->r));
	fprintf(j->ask, "sctlr 0x30d00800\nvbar 0xfffffffff800\n");
	j->exec = j->r.va_bits < 48;
}

/* Registers, and tables for the other half that map the vectors read-only for the kernel. */
static void ask_registers(struct job *j, uint8_t *vectors)
{
	const struct ptk_regime *r = &j->r;
	uint64_t vbar = 0, ttbr1 = VECTORS_PA, tcr, sctlr, entry;
	bool high = r->va_form == PTK_VA_HIGH;
	switch (j->mode) {
	case A64_S2: ask_stage2(j); return;
	case A64:
		tcr = tcr64(r);
		sctlr = 0x30d00801 | (r->flags & PTK_RF_WXN ? 1 << 19 : 0);
		j->exec = !high;
		vbar = UINT64_C(0xffffff8000000000) + VBAR_OFFSET;
		entry = (VECTORS_PA + 4096) | 3;
		memcpy(vectors, &entry, 8);
		entry = VECTORS_PA | 0x481; /* AF, read-only, no SH: with DS that would be address */
		memcpy(vectors + 4096, &entry, 8);
		break;
	case SHORT:
		tcr = 32u - r->va_bits;
		sctlr = 0x00c50079 | (r->flags & PTK_RF_TRE ? 1 << 28 : 0) | (r->flags & PTK_RF_AFE ? 1 << 29 : 0);
		j->exec = tcr != 0;
		vbar = 0xc0000000 + VBAR_OFFSET;
		entry = VECTORS_PA | 1 << 15 | 1 << 10 | 15 << 5 | 2; /* domain 15, a client always */
		memcpy(vectors + 0xc00 * 4, &entry, 4);
		if (!j->pl1)
			break;
		j->exec = false; /* the probe in the upper half: its code to execute, a place to write to */
		entry = 0x40100000 | 1 << 15 | 1 << 10 | 15 << 5 | 2;
		memcpy(vectors + 0x401 * 4, &entry, 4);
		entry = 0x40000000 | 1 << 10 | 15 << 5 | 1 << 4 | 2;
		memcpy(vectors + 0x400 * 4, &entry, 4);
		fprintf(j->ask, "pl1 1\n");
		break;
	case LPAE:
	default:
		tcr = UINT64_C(1) << 31;
		if (high)
			tcr |= (32u - r->va_bits) << 16 | 1;
		else if (r->va_bits < 32)
			tcr |= (32u - r->va_bits) | 1 << 16;
		sctlr = 0x20c50079;
		j->exec = !high && r->va_bits < 32;
		vbar = 0x80000000u + (VECTORS_PA & 0x3fffffff) + VBAR_OFFSET;
		entry = (VECTORS_PA & 0xc0000000) | 0x781;
		memcpy(vectors, &entry, 8);
	}
	if (j->mode != A64)
		sctlr |= (r->flags & PTK_RF_WXN ? 1 << 19 : 0) | (r->flags & PTK_RF_UWXN ? 1 << 20 : 0);
	fprintf(j->ask, "ttbr%d 0x%llx\nttbr%d 0x%llx\n", high, (unsigned long long)j->root, !high,
	        (unsigned long long)ttbr1);
	fprintf(j->ask, "tcr 0x%llx\nmair 0x%llx\n", (unsigned long long)tcr, (unsigned long long)r->memattr);
	fprintf(j->ask, "sctlr 0x%llx\ndacr 0x%x\n", (unsigned long long)sctlr, r->dacr);
	fprintf(j->ask, "pan %d\n", j->mode == A64);
	if (j->exec)
		fprintf(j->ask, "vbar 0x%llx\nvbar_pa 0x%x\n", (unsigned long long)vbar, VECTORS_PA + VBAR_OFFSET);
}

static FILE *create(const char *folder, const char *name)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "wb");
	if (!f)
		die("cannot write %s", path);
	return f;
}

static void save(const char *folder, const char *name, const void *data, size_t size)
{
	FILE *f = create(folder, name);
	if (fwrite(data, 1, size, f) != size || fclose(f) != 0)
		die("cannot write %s/%s", folder, name);
}

static void prepare(struct job *j, const char *text)
{
	struct ptk_err err = {0};
	char pan[300];
	if (ptk_regime_parse(text, &j->r, &err) < 0)
		die("%s", err.msg);
	snprintf(pan, sizeof pan, "%s,pan", text);
	if (ptk_regime_parse(pan, &j->pan, &err) < 0)
		die("%s", err.msg);
	j->mode = strcmp(ptk_regime_arch(&j->r), "arm64") == 0 ? A64 : j->r.entry_shift == 2 ? SHORT : LPAE;
	if (j->mode == A64 && j->r.flags & PTK_RF_STAGE2)
		j->mode = A64_S2;
	j->pl1 = j->mode == SHORT && j->r.dacr != 0x55555555;
	if (j->pl1 && j->r.va_bits > 30)
		die("%s: to ask about domains the probe needs the addresses from 1G on (n=2)", text);
	if (j->mode == SHORT) /* domain 15 is the vectors' */
		j->r.dacr = j->pan.dacr = (j->r.dacr & 0x3fffffff) | 0x40000000;
	j->image = calloc(1, IMAGE_MAX);
	if (!j->image)
		die("out of memory");
	j->root = new_table(j, j->r.nlevels - 1);
}

int main(int argc, char **argv)
{
	static uint8_t vectors[0x8000];
	static uint32_t code[4 << 20]; /* as much as a supersection */
	struct job j = {0};
	if (argc != 5)
		die("usage: leaves REGIME COUNT SEED FOLDER");
	seed = strtoull(argv[3], NULL, 0);
	prepare(&j, argv[1]);
	j.ask = create(argv[4], "ask");
	j.want = create(argv[4], "want");
	ask_registers(&j, vectors);
	long count = atol(argv[2]);
	for (long i = 0, tries = 0; i < count && tries < 100 * count; tries++) {
		struct path p;
		bool exec = j.exec && chance(2);
		uint64_t va = ptk_va_canonical(&j.r, rnd() & ~UINT64_C(3));
		if (!make_path(&j, va, exec))
			continue;
		walk(&j, va, &p);
		if (exec && j.mode != SHORT) /* where the leaf has the code; short descriptors reach no further */
			va = (va & ~(p.leaf.span - 1)) + (CODE_PA & (p.leaf.span - 1));
		expect_all(&j, va, &p, exec && p.leaf.kind == PTK_LEAF && p.leaf.pa == (CODE_PA & ~(p.leaf.span - 1)));
		i++;
	}
	for (size_t i = 0; i < sizeof code / sizeof *code; i++)
		code[i] = j.mode <= A64_S2 ? 0xd4000022 : 0xe1400071; /* hvc #1 */
	save(argv[4], "image", j.image, j.used);
	save(argv[4], "vectors", vectors, sizeof vectors);
	save(argv[4], "code", code, sizeof code);
	if (fclose(j.ask) != 0 || fclose(j.want) != 0)
		die("cannot write");
	free(j.image);
	return 0;
}
