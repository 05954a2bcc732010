// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Device trees written by hand, byte by byte as the Devicetree Specification has them (chapter 5). */
#include "linux/boot/devtree.h"

#include <ptkit/error.h>

#include "lib/tap.h"

static uint8_t blob[4096];
static uint32_t at, strings_at;
static char strings[512];
static uint32_t nstrings;

static void be32(uint32_t v)
{
	for (int i = 3; i >= 0; i--)
		blob[at++] = (uint8_t)(v >> 8 * i);
}

static void put32(uint32_t where, uint32_t v)
{
	uint32_t here = at;
	at = where;
	be32(v);
	at = here;
}

static void node(const char *name)
{
	be32(1);
	memcpy(blob + at, name, strlen(name) + 1);
	at += (uint32_t)(strlen(name) + 4) & ~3u;
}

static void end(void)
{
	be32(2);
}

static uint32_t string(const char *s)
{
	uint32_t off = nstrings;
	memcpy(strings + off, s, strlen(s) + 1);
	nstrings += (uint32_t)strlen(s) + 1;
	return off;
}

static void prop(const char *name, const void *v, uint32_t len)
{
	be32(3);
	be32(len);
	be32(string(name));
	if (len)
		memcpy(blob + at, v, len);
	at += (len + 3) & ~3u;
}

static void cells(const char *name, unsigned n, const uint32_t *v)
{
	uint8_t raw[64];
	for (unsigned i = 0; i < n; i++)
		for (int b = 0; b < 4; b++)
			raw[4 * i + (unsigned)b] = (uint8_t)(v[i] >> 8 * (3 - b));
	prop(name, raw, 4 * n);
}
#define CELLS(name, ...) cells(name, sizeof(uint32_t[]){__VA_ARGS__} / 4, (const uint32_t[]){__VA_ARGS__})

/* Header, one reservation, then the tree. */
static void start(void)
{
	memset(blob, 0, sizeof blob);
	at = 40;
	nstrings = 0;
	be32(0), be32(0x61000000), be32(0), be32(0x2000);
	be32(0), be32(0), be32(0), be32(0);
	node("");
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 1);
}

static uint32_t finish(void)
{
	end();
	be32(9);
	strings_at = at;
	memcpy(blob + at, strings, nstrings);
	at += nstrings;
	uint32_t total = at;
	put32(0, 0xd00dfeed);
	put32(4, total);
	put32(8, 72);
	put32(12, strings_at);
	put32(16, 40);
	put32(20, 17);
	put32(24, 16);
	return total;
}

struct seen {
	enum fdt_fact what;
	uint64_t first, size;
};
static struct seen seen[16];
static unsigned nseen;

static int note(void *arg, enum fdt_fact what, uint64_t first, uint64_t size, const char *name)
{
	(void)arg, (void)name;
	if (nseen < 16)
		seen[nseen] = (struct seen){what, first, size};
	nseen++;
	return 0;
}

static void is_fact(unsigned i, enum fdt_fact what, uint64_t first, uint64_t size, const char *name)
{
	ok(i < nseen && seen[i].what == what && seen[i].first == first && seen[i].size == size, "%s", name);
}

static void board(void)
{
	start();
	node("chosen");
	prop("bootargs", "console=ttyAMA0 vmalloc=512M", 29);
	CELLS("linux,initrd-start", 0x68000000);
	CELLS("linux,initrd-end", 0x68041000);
	end();
	node("memory@60000000");
	prop("device_type", "memory", 7);
	CELLS("reg", 0x60000000, 0x40000000, 0xb0000000, 0x10000000);
	end();
	node("memory@f0000000");
	prop("device_type", "memory", 7);
	prop("status", "disabled", 9);
	CELLS("reg", 0xf0000000, 0x1000);
	end();
	node("reserved-memory");
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 1);
	prop("ranges", NULL, 0);
	node("vram@4c000000");
	prop("no-map", NULL, 0);
	CELLS("reg", 0x4c000000, 0x800000);
	end();
	node("fw");
	CELLS("reg", 0x70000000, 0x1000);
	end();
	node("pool"); /* finds its place by itself */
	CELLS("size", 0x1000000);
	end();
	end();
	uint32_t total = finish();
	const char *line = NULL;
	nseen = 0;
	is_int(fdt_facts_(blob, total, note, NULL, &line), 0, "a board's tree");
	is_fact(0, FDT_RESERVED, 0x61000000, 0x2000, "the reservation block comes first");
	is_fact(1, FDT_BANK, 0x60000000, 0x40000000, "a bank");
	is_fact(2, FDT_BANK, 0xb0000000, 0x10000000, "the second of one node");
	is_fact(3, FDT_NOMAP, 0x4c000000, 0x800000, "no-map");
	is_fact(4, FDT_RESERVED, 0x70000000, 0x1000, "reserved");
	is_fact(5, FDT_INITRD, 0x68000000, 0x41000, "the initrd");
	is_int(nseen, 6, "nothing else: not the disabled bank, not the pool without a place");
	is_str(line, "console=ttyAMA0 vmalloc=512M", "the command line");
	/* Cut anywhere, it is refused or says less; it never runs off its end (the sanitizers look). */
	unsigned refused = 0;
	for (uint32_t n = 0; n < total; n++) {
		uint8_t *cut = malloc(n + 1);
		memcpy(cut, blob, n);
		refused += fdt_facts_(cut, n, note, NULL, NULL) == PTK_E_BADFMT;
		free(cut);
	}
	is_int(refused, total, "a tree that is cut is refused");
	for (uint32_t i = 0; i < total; i++) {
		uint8_t was = blob[i];
		uint8_t *copy = malloc(total);
		blob[i] ^= 0xff;
		memcpy(copy, blob, total);
		fdt_facts_(copy, total, note, NULL, &line);
		free(copy);
		blob[i] = was;
	}
	ok(true, "any one byte wrong is survived");
}

static void wide(void)
{
	start();
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	node("memory");
	prop("device_type", "memory", 7);
	CELLS("reg", 1, 0x80000000, 0, 0x1000, 0xffffffff, 0xfffff000, 0, 0x2000);
	end();
	uint32_t total = finish();
	nseen = 0;
	is_int(fdt_facts_(blob, total, note, NULL, NULL), 0, "two cells each");
	is_fact(1, FDT_BANK, 0x180000000, 0x1000, "past 4G");
	is_int(nseen, 2, "a bank that goes past 64 bits is nobody's");
}

int main(void)
{
	board();
	wide();
	is_int(fdt_total_("not a tree", 10), 0, "something else");
	return done();
}
