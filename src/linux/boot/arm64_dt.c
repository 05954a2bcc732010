// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* A bounded reader of the few things in a device tree that memblock reserves for. */
#include <stdbool.h>
#include <string.h>

#include <ptkit/error.h>

#include "base/bits.h"
#include "base/endian.h"
#include "linux/boot/arm64_dt.h"

enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9, DEPTH_MAX = 64 };

struct dt {
	const uint8_t *blob;
	size_t size;
	size_t at, structs_end; /* of the structure block */
	size_t strings;
	boot_dt_fn *fn;
	void *arg;
	unsigned depth;
	bool in_chosen, in_reserved;        /* below /chosen, /reserved-memory */
	unsigned address_cells, size_cells; /* of /reserved-memory */
	uint64_t initrd_start, initrd_end;
};

static uint32_t word(const struct dt *d, size_t at)
{
	return at + 4 <= d->size ? load32(d->blob + at, true) : 0;
}

/* A string that ends inside the blob, or NULL. */
static const char *string_at(const struct dt *d, size_t at)
{
	return at < d->size && memchr(d->blob + at, 0, d->size - at) ? (const char *)d->blob + at : NULL;
}

static uint64_t cells(const struct dt *d, size_t at, unsigned n)
{
	uint64_t v = 0;
	for (unsigned i = 0; i < n; i++)
		v = v << 32 | word(d, at + 4 * i);
	return v;
}

static int tell(struct dt *d, uint64_t base, uint64_t size, const char *name)
{
	uint64_t end;
	if (size == 0 || !add_ok(base, size - 1, &end))
		return 0;
	return d->fn(d->arg, base, end, name);
}

static int list(struct dt *d, size_t at)
{
	for (; at + 16 <= d->size; at += 16) {
		uint64_t base = load64(d->blob + at, true), size = load64(d->blob + at + 8, true);
		if (base == 0 && size == 0)
			return 0;
		int rc = tell(d, base, size, "the device tree's own list");
		if (rc < 0)
			return rc;
	}
	return PTK_E_BADFMT;
}

static int reg(struct dt *d, size_t at, size_t len)
{
	size_t one = 4 * (d->address_cells + d->size_cells);
	for (size_t i = 0; one && i + one <= len; i += one) {
		int rc = tell(d, cells(d, at + i, d->address_cells),
		              cells(d, at + i + 4 * d->address_cells, d->size_cells), "/reserved-memory");
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int property(struct dt *d, const char *name, size_t at, size_t len)
{
	unsigned n = len == 8 ? 2 : 1;
	if (d->depth == 2 && d->in_chosen && len >= 4 && strcmp(name, "linux,initrd-start") == 0)
		d->initrd_start = cells(d, at, n);
	else if (d->depth == 2 && d->in_chosen && len >= 4 && strcmp(name, "linux,initrd-end") == 0)
		d->initrd_end = cells(d, at, n);
	else if (d->depth == 2 && d->in_reserved && len == 4 && strcmp(name, "#address-cells") == 0)
		d->address_cells = word(d, at) == 1 ? 1 : 2;
	else if (d->depth == 2 && d->in_reserved && len == 4 && strcmp(name, "#size-cells") == 0)
		d->size_cells = word(d, at) == 1 ? 1 : 2;
	else if (d->depth == 3 && d->in_reserved && strcmp(name, "reg") == 0)
		return reg(d, at, len);
	return 0;
}

static int node(struct dt *d, const char *name)
{
	if (++d->depth > DEPTH_MAX)
		return PTK_E_BADFMT;
	if (d->depth == 2) {
		d->in_chosen = strcmp(name, "chosen") == 0;
		d->in_reserved = strcmp(name, "reserved-memory") == 0;
	}
	return 0;
}

static size_t padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* One token; 1: the end. */
static int token(struct dt *d)
{
	uint32_t t = word(d, d->at);
	size_t at = d->at + 4;
	const char *name;
	switch (t) {
	case BEGIN_NODE:
		name = string_at(d, at);
		if (!name)
			return PTK_E_BADFMT;
		d->at = at + padded(strlen(name) + 1);
		return node(d, name);
	case END_NODE: d->at = at; return d->depth-- ? 0 : PTK_E_BADFMT;
	case PROP:
		name = string_at(d, d->strings + word(d, at + 4));
		if (!name || word(d, at) > d->size - at)
			return PTK_E_BADFMT;
		d->at = at + 8 + padded(word(d, at));
		return d->at <= d->structs_end ? property(d, name, at + 8, word(d, at)) : PTK_E_BADFMT;
	case NOP: d->at = at; return 0;
	case END: return 1;
	default: return PTK_E_BADFMT;
	}
}

int boot_dt_reserved_(const uint8_t *blob, size_t size, boot_dt_fn *fn, void *arg)
{
	struct dt d = {.blob = blob, .size = size, .fn = fn, .arg = arg, .address_cells = 2, .size_cells = 2};
	if (size < 40 || word(&d, 0) != 0xd00dfeed)
		return PTK_E_BADFMT;
	d.at = word(&d, 8);
	d.strings = word(&d, 12);
	d.structs_end = size;
	int rc = list(&d, word(&d, 16));
	while (rc == 0)
		rc = d.at + 4 <= size ? token(&d) : PTK_E_BADFMT;
	if (rc == 1 && d.initrd_end > d.initrd_start)
		return tell(&d, d.initrd_start, d.initrd_end - d.initrd_start, "initrd");
	return rc == 1 ? 0 : rc;
}
