// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Specifications from flattened device trees, through libfdt. Which addresses the CPU sees: Devicetree Specification 2.3.6
 * (reg), 2.3.8 (ranges), 3.4 (memory), 3.5 (reserved-memory).
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/err.h"
#include "base/grow.h"
#include "build/spec.h"

#define DEPTH_MAX 32   /* deeper trees exist only to annoy */
#define DTB_MAX ((size_t)16 << 20)
#define REGIONS_MAX 65536

enum what {
	MEMORY,
	NO_MAP,
	DEVICE,
	WINDOW, /* a bus with addresses of its own: what memory is said to be there is not */
};

struct region {
	uint64_t first, last;
	enum what what;
	const char *name; /* in the blob */
	bool keep;
};

/* A bus on the way from the root to the node at hand. */
struct bus {
	int acells, scells;
	const void *ranges; /* NULL: does not translate; length 0: as it is */
	int ranges_len;
	bool reserved;      /* inside /reserved-memory */
};

struct scan {
	const void *fdt;
	struct region *region;
	size_t n, room;
	bool sizeless; /* a node of memory has no size */
	struct bus bus[DEPTH_MAX];
};

static int add(struct scan *s, enum what what, uint64_t first, uint64_t size, const char *name)
{
	uint64_t last;
	s->sizeless |= what == MEMORY && !size;
	if (!size || !add_ok(first, size - 1, &last))
		return 0; /* an empty region, or one that wraps: nobody can mean it */
	if (s->n == REGIONS_MAX)
		return PTK_E_LIMIT;
	struct region *list = grow_(s->region, s->n, &s->room, 64, sizeof *list);
	if (!list)
		return PTK_E_NOMEM;
	s->region = list;
	s->region[s->n++] = (struct region){.first = first, .last = last, .what = what, .name = name};
	return 0;
}

static uint64_t cells(const unsigned char *p, int n)
{
	uint64_t v = 0;
	for (int i = 0; i < n; i++)
		v = v << 32 | load32(p + 4 * i, true);
	return v;
}

/* Through one bus's ranges, towards the root. */
static bool through(const struct bus *bus, const struct bus *parent, uint64_t *addr, uint64_t size)
{
	if (!bus->ranges)
		return false;
	if (bus->ranges_len == 0)
		return true;
	/* PCI's three-cell addresses are of a space of their own. */
	if (bus->acells > 2 || parent->acells > 2)
		return false;
	int row = bus->acells + parent->acells + bus->scells;
	for (int at = 0; row && (at + row) * 4 <= bus->ranges_len; at += row) {
		const unsigned char *p = (const unsigned char *)bus->ranges + 4 * at;
		uint64_t child = cells(p, bus->acells), up = cells(p + 4 * bus->acells, parent->acells);
		uint64_t len = cells(p + 4 * (bus->acells + parent->acells), bus->scells);
		if (*addr >= child && size <= len && *addr - child <= len - size) {
			*addr = *addr - child + up;
			return true;
		}
	}
	return false;
}

static int regions_of(struct scan *s, int node, int depth, enum what what)
{
	const struct bus *parent = &s->bus[depth - 1];
	int len, row = parent->acells + parent->scells;
	const unsigned char *reg = fdt_getprop(s->fdt, node, "reg", &len);
	const char *name = fdt_get_name(s->fdt, node, NULL);
	if (!reg || parent->acells > 2 || parent->scells > 2 || parent->acells < 1 || parent->scells < 1)
		return 0;
	for (int at = 0; (at + row) * 4 <= len; at += row) {
		uint64_t addr = cells(reg + 4 * at, parent->acells), size = cells(reg + 4 * (at + parent->acells), parent->scells);
		bool seen = true;
		for (int d = depth - 1; d > 0 && seen; d--)
			seen = through(&s->bus[d], &s->bus[d - 1], &addr, size);
		int rc = seen ? add(s, what, addr, size, name) : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

/*
 * What the CPU sees of a PCI bus beyond the bridge's own registers: the windows behind which devices' memory and I/O lie. PCI
 * Bus Binding to IEEE 1275, 2.2.1.1: the first of an address's three cells has the space in bits 25:24, 0 for configuration.
 */
static int windows_of(struct scan *s, int depth)
{
	const struct bus *bus = &s->bus[depth], *parent = &s->bus[depth - 1];
	const unsigned char *p = bus->ranges;
	int row = bus->acells + parent->acells + bus->scells;
	if (!p || bus->acells != 3 || bus->scells != 2 || parent->acells < 1 || parent->acells > 2)
		return 0;
	for (int at = 0; (at + row) * 4 <= bus->ranges_len; at += row) {
		uint64_t addr = cells(p + 4 * (at + 3), parent->acells), size = cells(p + 4 * (at + 3 + parent->acells), 2);
		bool seen = cells(p + 4 * at, 1) & GENMASK(25, 24);
		for (int d = depth - 1; d > 0 && seen; d--)
			seen = through(&s->bus[d], &s->bus[d - 1], &addr, size);
		int rc = seen ? add(s, DEVICE, addr, size, "pci window") : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Where a bus that moves addresses is seen. One that moves none may well have all of memory in its ranges. */
static int bus_of(struct scan *s, int depth)
{
	const struct bus *bus = &s->bus[depth], *parent = &s->bus[depth - 1];
	const unsigned char *p = bus->ranges;
	int row = bus->acells + parent->acells + bus->scells;
	if (!p || bus->acells < 1 || bus->acells > 2 || bus->scells < 1 || parent->acells > 2)
		return 0;
	for (int at = 0; (at + row) * 4 <= bus->ranges_len; at += row) {
		uint64_t child = cells(p + 4 * at, bus->acells), addr = cells(p + 4 * (at + bus->acells), parent->acells);
		uint64_t size = cells(p + 4 * (at + bus->acells + parent->acells), bus->scells);
		bool seen = child != addr;
		for (int d = depth - 1; d > 0 && seen; d--)
			seen = through(&s->bus[d], &s->bus[d - 1], &addr, size);
		int rc = seen ? add(s, WINDOW, addr, size, "bus") : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

static bool has_word(const void *fdt, int node, const char *prop, const char *word)
{
	int len;
	const char *v = fdt_getprop(fdt, node, prop, &len);
	return v && len > 0 && strncmp(v, word, (size_t)len) == 0;
}

static bool enabled(const void *fdt, int node)
{
	return !fdt_getprop(fdt, node, "status", NULL) || has_word(fdt, node, "status", "okay") ||
	       has_word(fdt, node, "status", "ok");
}

static int visit(struct scan *s, int node, int depth)
{
	const void *fdt = s->fdt;
	struct bus *bus = &s->bus[depth];
	*bus = (struct bus){.acells = fdt_address_cells(fdt, node), .scells = fdt_size_cells(fdt, node)};
	if (bus->acells < 0 || bus->scells < 0) /* malformed: nothing below it can be placed */
		bus->acells = bus->scells = 3;
	if (depth == 0)
		return 0;
	bus->ranges = fdt_getprop(fdt, node, "ranges", &bus->ranges_len);
	const char *name = fdt_get_name(fdt, node, NULL);
	bus->reserved = s->bus[depth - 1].reserved || (depth == 1 && name && strcmp(name, "reserved-memory") == 0);
	if (has_word(fdt, node, "device_type", "memory"))
		return enabled(fdt, node) ? regions_of(s, node, depth, MEMORY) : 0;
	if (bus->reserved)
		return fdt_getprop(fdt, node, "no-map", NULL) ? regions_of(s, node, depth, NO_MAP) : 0;
	if (!fdt_getprop(fdt, node, "compatible", NULL) || !enabled(fdt, node))
		return 0;
	int rc = bus_of(s, depth);
	if (rc < 0)
		return rc;
	rc = has_word(fdt, node, "device_type", "pci") ? windows_of(s, depth) : 0;
	return rc < 0 ? rc : regions_of(s, node, depth, DEVICE);
}

static int scan_tree(struct scan *s)
{
	int depth = 0, rc = 0;
	for (int node = fdt_next_node(s->fdt, -1, &depth); node >= 0 && depth >= 0 && rc == 0;
	     node = fdt_next_node(s->fdt, node, &depth))
		if (depth > 0 && depth <= DEPTH_MAX)
			rc = visit(s, node, depth - 1);
	return rc;
}

/* ---- regions to edits ---- */

static int by_first(const void *a, const void *b)
{
	const struct region *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* A bus amid memory: a part of it, not all. */
static bool amid_memory(const struct scan *s, const struct region *w)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct region *r = &s->region[i];
		if (r->what == MEMORY && r->first <= w->first && r->last >= w->last &&
		    (r->first < w->first || r->last > w->last))
			return true;
	}
	return false;
}

/* Buses amid memory take their place from it; other windows are forgotten. */
static void settle_windows(struct scan *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++)
		s->region[i].keep = s->region[i].what != WINDOW || amid_memory(s, &s->region[i]);
	for (size_t i = 0; i < s->n; i++)
		if (s->region[i].keep)
			s->region[n++] = s->region[i];
	s->n = n;
}

/* Is [first, last] free of earlier edits and of regions that must stay unmapped? If not, where does the obstacle start and end? */
static bool obstacle(const struct ptk_spec *spec, const struct scan *s, enum what what, uint64_t first, uint64_t last,
                     struct region *out)
{
	bool found = false;
	out->first = UINT64_MAX;
	for (size_t i = 0; i < spec->info.nedits; i++) {
		const struct ptk_edit *e = &spec->edit[i];
		if (e->first <= last && e->last >= first && e->first <= out->first) {
			*out = (struct region){.first = e->first, .last = e->last};
			found = true;
		}
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct region *r = &s->region[i];
		bool counts = r->what == NO_MAP || (r->what == WINDOW && what == MEMORY);
		if (counts && r->first <= last && r->last >= first && r->first <= out->first) {
			*out = *r;
			found = true;
		}
	}
	return found;
}

static int map_free(struct ptk_spec *spec, const struct scan *s, struct region r, const struct ptk_attr *attr)
{
	for (;;) {
		struct region o;
		bool blocked = obstacle(spec, s, r.what, r.first, r.last, &o);
		struct ptk_edit e = {.op = PTK_EDIT_MAP, .first = r.first, .last = blocked ? o.first - 1 : r.last, .pa = r.first,
			.attr = *attr};
		if ((!blocked || o.first > r.first) && ptk_spec_add_(spec, &e, r.name, 0) < 0)
			return PTK_E_NOMEM;
		if (!blocked || o.last >= r.last)
			return 0;
		r.first = o.last + 1;
	}
}

/* Regions of one kind, to whole pages (memory inward, devices outward), merged where they touch. */
static int map_kind(struct ptk_spec *spec, struct scan *s, enum what what, struct ptk_err *err)
{
	const struct ptk_regime *r = &spec->info.regime;
	struct spec_wish wish = {.attr.flags = PTK_A_KR | PTK_A_KW, .device = what == DEVICE, .may_execute = true};
	struct ptk_attr attr;
	/* Where both halves are one root's, addresses are their own in the lower one alone. */
	unsigned va_bits = r->va_form == PTK_VA_SIGN ? r->va_bits - 1u : r->va_bits;
	uint64_t page = low_bits(r->page_shift), reach = low_bits(va_bits < r->pa_bits ? va_bits : r->pa_bits);
	int rc = ptk_spec_fit_(r, &wish, &attr, err);
	struct region now = {0};
	bool open = false;
	for (size_t i = 0; i < s->n && rc == 0; i++) {
		struct region g = s->region[i];
		if (g.what != what || g.first > reach)
			continue;
		g.last = g.last > reach ? reach : g.last;
		if (what == DEVICE) {
			g.first &= ~page;
			g.last |= page;
		} else {
			uint64_t up = (g.first + page) & ~page;
			if (up < g.first || ((g.last + 1) & ~page) <= up)
				continue;
			g.first = up;
			g.last = ((g.last + 1) & ~page) - 1;
		}
		if (open && g.first <= now.last + 1) {
			now.last = g.last > now.last ? g.last : now.last;
			continue;
		}
		if (open)
			rc = map_free(spec, s, now, &attr);
		now = g;
		open = true;
	}
	return open && rc == 0 ? map_free(spec, s, now, &attr) : rc;
}

static int prepare(struct ptk_spec *spec, const char *regime, struct ptk_err *err)
{
	if (spec->info.has_regime)
		return 0;
	if (!regime)
		return ptk_err_set_(err, PTK_E_INVAL, "a device tree names no regime; say which");
	return ptk_spec_regime_(spec, regime, err);
}

int ptk_spec_add_dtb(struct ptk_spec *spec, const void *dtb, size_t size, const char *regime, struct ptk_spec **out,
                     struct ptk_err *err)
{
	struct scan s = {.fdt = dtb};
	int bad = size > DTB_MAX || size < sizeof(struct fdt_header) ? -FDT_ERR_TRUNCATED : fdt_check_full(dtb, size);
	if (bad)
		return ptk_err_set_(err, PTK_E_BADFMT, "not a sound device tree blob: %s", fdt_strerror(bad));
	struct ptk_spec *made = spec ? NULL : ptk_spec_new_(), *to = spec ? spec : made;
	int rc = to ? prepare(to, regime, err) : ptk_err_set_(err, PTK_E_NOMEM, "out of memory");
	if (rc == 0)
		rc = scan_tree(&s);
	bool memory = to && to->info.nedits > 0;
	for (size_t i = 0; i < s.n; i++)
		memory |= s.region[i].what == MEMORY;
	if (rc == 0 && !memory)
		rc = ptk_err_set_(err, PTK_E_NOTFOUND,
		                  "the device tree describes no memory%s: map it by a specification",
		                  s.sizeless ? " (its node has no size, which the boot loader fills in)" : "");
	if (s.n)
		qsort(s.region, s.n, sizeof *s.region, by_first);
	settle_windows(&s);
	/* Devices first: boards count memory from 0 on and have registers in the middle of it. */
	if (rc == 0)
		rc = map_kind(to, &s, DEVICE, err);
	if (rc == 0)
		rc = map_kind(to, &s, MEMORY, err);
	free(s.region);
	if (rc < 0) {
		ptk_spec_free(made);
		return ptk_err_add_(err, rc, "reading the device tree");
	}
	*out = to;
	return 0;
}
