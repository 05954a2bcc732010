// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/boot/devtree.h"

#include <string.h>

#include <ptkit/error.h>

#include "base/bits.h"
#include "base/endian.h"

#define MAGIC UINT32_C(0xd00dfeed)
#define HEADER 40
#define DEPTH_MAX 32

enum token {
	BEGIN_NODE = 1,
	END_NODE = 2,
	PROP = 3,
	NOP = 4,
	END = 9,
};

/* A node on the way from the root. */
struct node {
	const char *name;
	unsigned acells, scells; /* of its children's addresses */
	const uint8_t *reg;
	uint32_t reg_len;
	bool is_memory, no_map, disabled;
};

struct scan {
	const uint8_t *blob, *tree, *strings;
	uint32_t tree_size, strings_size;
	struct node node[DEPTH_MAX];
	int depth; /* of the node at hand; -1 before the root */
	uint64_t initrd_start, initrd_end;
	const char *bootargs;
	fdt_fact_fn *fn;
	void *arg;
};

uint32_t fdt_total_(const void *p, size_t len)
{
	const uint8_t *h = p;
	if (len < HEADER || load32(h, true) != MAGIC)
		return 0;
	uint32_t total = load32(h + 4, true), tree = load32(h + 8, true), strings = load32(h + 12, true);
	uint32_t version = load32(h + 20, true);
	return total >= HEADER && tree < total && strings < total && version >= 16 && version <= 32 ? total : 0;
}

static uint64_t cells(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;
	for (unsigned i = 0; i < n; i++)
		v = v << 32 | load32(p + 4 * i, true);
	return v;
}

static const char *text(const uint8_t *p, uint32_t len)
{
	return len && memchr(p, 0, len) ? (const char *)p : NULL;
}

static void property(struct scan *s, const char *name, const uint8_t *v, uint32_t len)
{
	struct node *n = &s->node[s->depth];
	bool chosen = s->depth == 1 && (strcmp(n->name, "chosen") == 0 || strcmp(n->name, "chosen@0") == 0);
	if (strcmp(name, "#address-cells") == 0 && len == 4)
		n->acells = load32(v, true);
	else if (strcmp(name, "#size-cells") == 0 && len == 4)
		n->scells = load32(v, true);
	else if (strcmp(name, "device_type") == 0)
		n->is_memory = text(v, len) && strcmp((const char *)v, "memory") == 0;
	else if (strcmp(name, "status") == 0)
		n->disabled = !text(v, len) || (strcmp((const char *)v, "okay") != 0 && strcmp((const char *)v, "ok") != 0);
	else if (strcmp(name, "no-map") == 0)
		n->no_map = true;
	/* The kernel prefers linux,usable-memory to reg; it may stand on either side of it. */
	else if (strcmp(name, "linux,usable-memory") == 0 || (strcmp(name, "reg") == 0 && !n->reg)) {
		n->reg = v;
		n->reg_len = len;
	} else if (chosen && strcmp(name, "linux,initrd-start") == 0 && (len == 4 || len == 8))
		s->initrd_start = cells(v, len / 4);
	else if (chosen && strcmp(name, "linux,initrd-end") == 0 && (len == 4 || len == 8))
		s->initrd_end = cells(v, len / 4);
	else if (chosen && strcmp(name, "bootargs") == 0)
		s->bootargs = text(v, len);
}

/* The node is complete: memory right below the root, reserved memory one level further down. */
static int leave(struct scan *s)
{
	const struct node *n = &s->node[s->depth], *up = s->depth ? n - 1 : NULL;
	bool memory = s->depth == 1 && n->is_memory;
	bool reserved = s->depth == 2 && strcmp(up->name, "reserved-memory") == 0;
	int rc = 0;
	s->depth--;
	if ((!memory && !reserved) || n->disabled || !n->reg || up->acells < 1 || up->acells > 2 || up->scells < 1 ||
	    up->scells > 2)
		return 0;
	enum fdt_fact fact = memory ? FDT_BANK : n->no_map ? FDT_NOMAP : FDT_RESERVED;
	uint32_t row = 4 * (up->acells + up->scells);
	for (uint32_t at = 0; at + row <= n->reg_len && rc == 0; at += row) {
		uint64_t first = cells(n->reg + at, up->acells), size = cells(n->reg + at + 4 * up->acells, up->scells), end;
		if (size && add_ok(first, size - 1, &end))
			rc = s->fn(s->arg, fact, first, size, n->name);
	}
	return rc;
}

/* One token at *at; 1: the end of the tree. */
static int token(struct scan *s, uint32_t *at)
{
	if (s->tree_size - *at < 4)
		return PTK_E_BADFMT;
	uint32_t what = load32(s->tree + *at, true), left;
	const uint8_t *p = s->tree + *at + 4;
	*at += 4;
	left = s->tree_size - *at;
	if (what == NOP)
		return 0;
	if (what == END)
		return 1;
	if (what == END_NODE)
		return s->depth < 0 ? PTK_E_BADFMT : leave(s);
	if (what == BEGIN_NODE) {
		if (s->depth + 1 == DEPTH_MAX || !text(p, left))
			return PTK_E_BADFMT;
		s->node[++s->depth] = (struct node){.name = (const char *)p, .acells = 2, .scells = 1};
		uint32_t len = (uint32_t)strlen((const char *)p) + 1;
		*at += len + (0 - len) % 4;
		return *at > s->tree_size ? PTK_E_BADFMT : 0;
	}
	if (what != PROP || left < 8 || s->depth < 0)
		return PTK_E_BADFMT;
	uint32_t len = load32(p, true), name = load32(p + 4, true);
	if (len > left - 8 || name >= s->strings_size || !text(s->strings + name, s->strings_size - name))
		return PTK_E_BADFMT;
	property(s, (const char *)s->strings + name, p + 8, len);
	*at += 8 + len + (0 - len) % 4;
	return *at > s->tree_size ? PTK_E_BADFMT : 0;
}

static int reservations(struct scan *s, uint32_t at, uint32_t total)
{
	for (int rc = 0; rc == 0 && total - at >= 16; at += 16) {
		uint64_t first = cells(s->blob + at, 2), size = cells(s->blob + at + 8, 2);
		if (!first && !size)
			return 0;
		rc = s->fn(s->arg, FDT_RESERVED, first, size, NULL);
		if (rc < 0)
			return rc;
	}
	return PTK_E_BADFMT;
}

int fdt_facts_(const void *blob, size_t size, fdt_fact_fn *fn, void *arg, const char **bootargs)
{
	struct scan s = {.blob = blob, .depth = -1, .fn = fn, .arg = arg};
	uint32_t total = fdt_total_(blob, size), at = 0;
	if (!total || total > size)
		return PTK_E_BADFMT;
	uint32_t tree = load32(s.blob + 8, true), strings = load32(s.blob + 12, true), map = load32(s.blob + 16, true);
	s.tree = s.blob + tree;
	s.tree_size = total - tree;
	s.strings = s.blob + strings;
	s.strings_size = total - strings;
	int rc = map < total ? reservations(&s, map, total) : PTK_E_BADFMT;
	while (rc == 0)
		rc = token(&s, &at);
	if (rc == 1)
		rc = s.initrd_end > s.initrd_start ? fn(arg, FDT_INITRD, s.initrd_start, s.initrd_end - s.initrd_start, NULL) : 0;
	if (rc == 0 && bootargs)
		*bootargs = s.bootargs;
	return rc;
}
