// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/mem.h>

#include "lib/mk.h"
#include "lib/tap.h"

static struct mk_buf plain;
static struct mk_ram ram;

struct progress {
	uint64_t calls, done, total;
	bool backwards;
};

static void note_progress(void *arg, const char *what, uint64_t did, uint64_t total)
{
	struct progress *p = arg;
	p->backwards |= did < p->done;
	p->calls++;
	p->done = did;
	p->total = total;
}

/* Open these bytes; the code, and the mem if that went well. */
static int open_as(const struct mk_buf *b, size_t n, const struct ptk_mem_opts *opts, struct ptk_mem **m,
                   struct ptk_err *err)
{
	struct mk_buf part = *b;
	part.n = n;
	*m = NULL;
	return ptk_mem_open(mk_save(&part, "packed"), opts, m, err);
}

static void limits(const char *name, const struct mk_buf *b)
{
	struct ptk_mem *m;
	struct ptk_err err = {0};
	struct progress p = {0};
	struct ptk_mem_opts opts = {.max_unpacked = plain.n - 1, .progress = note_progress, .progress_arg = &p};
	is_int(open_as(b, b->n, &opts, &m, &err), PTK_E_LIMIT, "%s: one byte more than the limit", name);
	has_str(err.msg, "the limit", "%s: in words", name);
	opts.max_unpacked++;
	p = (struct progress){0};
	is_int(open_as(b, b->n, &opts, &m, &err), 0, "%s: just the limit", name);
	ok(p.calls > 1 && p.total == b->n && !p.backwards, "%s: progress is told", name);
	ptk_mem_close(m);
}

/* Cut short, what came out is good; damaged, it is refused; followed by something else, that is left. */
static void damage(const char *name, const struct mk_buf *b)
{
	struct ptk_mem *m;
	struct ptk_err err = {0};
	uint8_t got[64], want[64];
	is_int(open_as(b, b->n / 2, NULL, &m, &err), 0, "%s: half of it opens", name);
	has_str(m ? ptk_mem_info(m)->warning : "", "truncated", "%s: with a warning", name);
	is_int(m ? ptk_mem_read(m, 0x1000, got, 64, NULL) : -1, 0, "%s: and its start is there", name);
	ok(mk_ram_read(&ram, 0x1000, want, 64) && memcmp(got, want, 64) == 0, "%s: unharmed", name);
	ptk_mem_close(m);
	is_int(open_as(b, b->n - 1, NULL, &m, NULL), 0, "%s: without its last byte", name);
	ok(m && ptk_mem_info(m)->warning, "%s: a warning for that too", name);
	ptk_mem_close(m);
	is_int(open_as(b, 8, NULL, &m, &err), PTK_E_TRUNC, "%s: nothing but a header", name);
	struct mk_buf bad = {0};
	mk_bytes(&bad, b->p, b->n);
	memset(bad.p + b->n / 2, 0xff, 200);
	is_int(open_as(&bad, bad.n, NULL, &m, &err), PTK_E_BADFMT, "%s: damaged in the middle", name);
	has_str(err.msg, "damaged", "%s: in words", name);
	mk_free(&bad);
}

/* Two in a row are one file, as the tools have it. */
static void joined(const char *name, bool (*pack)(struct mk_buf *, const struct mk_buf *))
{
	struct mk_buf a = plain, z = plain, b = {0};
	struct ptk_mem *m;
	uint8_t got[64], want[64];
	a.n = 0x21001;
	z.p += a.n;
	z.n -= a.n;
	pack(&b, &a);
	pack(&b, &z);
	is_int(open_as(&b, b.n, NULL, &m, NULL), 0, "%s: two streams in a row", name);
	ok(m && !ptk_mem_info(m)->warning, "%s: nothing is missing", name);
	is_int(m ? ptk_mem_read(m, 0x100fc0, got, 64, NULL) : -1, 0, "%s: the end is there", name);
	ok(mk_ram_read(&ram, 0x100fc0, want, 64) && memcmp(got, want, 64) == 0, "%s: and right", name);
	ptk_mem_close(m);
	mk_free(&b);
}

/* Nothing is left of a frame that ends just where a chunk does. */
static void sizes(const char *name, bool (*pack)(struct mk_buf *, const struct mk_buf *))
{
	unsigned bad = 0;
	for (size_t n = (128 << 10) - 2; n <= (128 << 10) + 2; n++)
		for (size_t k = 1; k <= 2; k++) {
			struct mk_buf a = plain, b = {0};
			struct ptk_mem *m = NULL;
			char uri[300];
			a.n = n * k;
			pack(&b, &a);
			snprintf(uri, sizeof uri, "raw:%s", mk_save(&b, "size"));
			bad += ptk_mem_open(uri, NULL, &m, NULL) != 0 || ptk_mem_info(m)->warning ||
			       ptk_mem_info(m)->extent[0].last != a.n - 1 ||
			       memcmp(ptk_mem_map(m, 0, a.n), a.p, a.n) != 0;
			ptk_mem_close(m);
			mk_free(&b);
		}
	is_int(bad, 0, "%s: sizes around a chunk", name);
}

static void try(const char *name, bool (*pack)(struct mk_buf *, const struct mk_buf *), const char *magic, size_t n)
{
	struct mk_buf b = {0};
	if (!pack(&b, &plain)) {
		struct ptk_mem *m;
		struct ptk_err err = {0};
		mk_bytes(&b, magic, n);
		is_int(open_as(&b, n, NULL, &m, &err), PTK_E_NOTSUP, "%s is not built in", name);
		has_str(err.msg, name, "and the sentence names it");
	} else {
		limits(name, &b);
		damage(name, &b);
		joined(name, pack);
		sizes(name, pack);
	}
	mk_free(&b);
}

int main(void)
{
	mk_ram_add(&ram, 0x1000, 0x100000, 1);
	mk_elf(&plain, &ram, &(struct mk_elf){.wide = true, .machine = 62}, NULL);
	try("zstd", mk_pack_zstd, "\x28\xb5\x2f\xfd", 4);
	try("gzip", mk_pack_gzip, "\x1f\x8b\x08", 3);
	try("xz", mk_pack_xz, "\xfd" "7zXZ\0", 6);
	mk_ram_free(&ram);
	mk_free(&plain);
	mk_cleanup();
	return done();
}
