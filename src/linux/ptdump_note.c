// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The state machine behind the kernel's dump: note_page() of arch/arm64/mm/ptdump.c, arch/riscv/mm/ptdump.c,
 * arch/x86/mm/dump_pagetables.c and arch/arm/mm/dump.c. One range is under way at a time; a note that differs from it,
 * or that has reached the next marker, prints it as a line.
 */
#include <string.h>

#include "base/bits.h"
#include "linux/ptdump.h"

/* ---- text ---- */

static void flush(struct ptd *d)
{
	if (d->len && !d->rc)
		d->rc = d->write(d->arg, d->buf, d->len);
	d->len = 0;
}

static void put(struct ptd *d, const char *s, size_t n)
{
	while (n) {
		if (d->len == sizeof d->buf)
			flush(d);
		size_t part = sizeof d->buf - d->len < n ? sizeof d->buf - d->len : n;
		memcpy(d->buf + d->len, s, part);
		d->len += part;
		s += part;
		n -= part;
	}
}

void ptk_ptd_puts_(struct ptd *d, const char *s)
{
	put(d, s, strlen(s));
}

/* As %lu, or %9lu with a width of 9. */
static void put_decimal(struct ptd *d, uint64_t v, unsigned width)
{
	char text[24], *p = text + sizeof text;
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	while (p > text + sizeof text - width)
		*--p = ' ';
	put(d, p, (size_t)(text + sizeof text - p));
}

/* An address with all the digits of a register. */
static void put_address(struct ptd *d, uint64_t v)
{
	char text[18];
	unsigned digits = d->r->va_width / 4u, i = 2 + digits;
	for (; i > 2; v >>= 4)
		text[--i] = "0123456789abcdef"[v & 15];
	text[0] = '0';
	text[1] = 'x';
	put(d, text, 2 + digits);
}

/* The largest unit that leaves no remainder. A size of 0 has no remainder in any. */
static void put_size(struct ptd *d, uint64_t bytes)
{
	const char *unit = d->p->rules & PTD_BYTES ? "BKMGTPE" : "KMGTPE";
	if (!(d->p->rules & PTD_BYTES))
		bytes >>= 10;
	for (; !(bytes & 1023) && unit[1]; unit++)
		bytes >>= 10;
	put_decimal(d, bytes, 9);
	put(d, unit, 1);
}

static void put_bits(struct ptd *d, const struct ptd_note *n)
{
	if (!n->prot)
		return;
	const struct ptd_bits *b = d->p->bits(d->r, n->level);
	for (size_t i = 0; i < b->n; i++) {
		const char *s = (n->prot & b->bit[i].mask) == b->bit[i].val ? b->bit[i].set : b->bit[i].clear;
		if (s) {
			put(d, " ", 1);
			ptk_ptd_puts_(d, s);
		}
	}
}

static void put_columns(struct ptd *d, const struct ptd_note *n)
{
	/* The bits that differ between neighbours are spread over the value: a multiplication brings them to the top.
	 */
	struct ptd_columns *c = &d->columns[(n->prot * UINT64_C(0x9e3779b97f4a7c15)) >> 61];
	if (c->len && c->prot == n->prot && c->level == n->level) {
		put(d, c->text, c->len);
		return;
	}
	if (sizeof d->buf - d->len < sizeof c->text)
		flush(d);
	size_t start = d->len;
	if (d->p->columns)
		d->p->columns(d, n);
	else
		put_bits(d, n);
	size_t len = d->len - start;
	if (len > sizeof c->text)
		return;
	*c = (struct ptd_columns){.prot = n->prot, .level = n->level, .len = (uint8_t)len};
	memcpy(c->text, d->buf + start, len);
}

/* ---- markers ---- */

/* One without a name only divides: a text that was cut has none before its first line. */
static void put_marker(struct ptd *d, const struct ptk_marker *m)
{
	if (m->name && !*m->name)
		return;
	ptk_ptd_puts_(d, "---[ ");
	ptk_ptd_puts_(d, m->name ? m->name : "?");
	ptk_ptd_puts_(d, " ]---\n");
}

/* Where only a window is wanted, markers are printed with the first line wanted of those that they head. */
static void put_group(struct ptd *d)
{
	for (size_t i = 0; i < d->ngroup; i++)
		put_marker(d, d->group + i);
	d->shown |= d->ngroup > 0;
	d->ngroup = 0;
}

static bool windowed(const struct ptd *d)
{
	return d->from > 0 || d->to < ptk_va_max(d->r);
}

static void next_marker(struct ptd *d)
{
	if (!d->nmarkers)
		return;
	if (d->headed || !d->ngroup) {
		d->group = d->marker;
		d->ngroup = 0;
		d->headed = false;
	}
	d->ngroup++;
	d->max_lines = d->marker->max_lines;
	d->lines = 0;
	d->shown = false;
	d->marker++;
	d->nmarkers--;
	if (!windowed(d))
		put_group(d);
}

/* The kernel's list ends with a marker at the last address there is, which no note reaches. */
static bool reached(const struct ptd *d, uint64_t va)
{
	return d->nmarkers && va >= d->marker->va;
}

/* ---- lines ---- */

static uint64_t width_mask(const struct ptd *d)
{
	return ptk_va_max(d->r);
}

/* Whether the range under way, which ends before `end`, is to be printed. */
static bool wanted(const struct ptd *d, uint64_t end)
{
	if (!d->cur.prot && !(d->p->rules & PTD_HOLES))
		return false;
	return d->cur.va <= d->to && ((end - 1) & width_mask(d)) >= d->from;
}

static void put_domain(struct ptd *d, int domain)
{
	/* arch/arm/include/asm/domain.h, without CONFIG_IO_36 */
	static const char *const name[] = {"KERNEL ", "USER   ", "IO     ", "VECTORS"};
	if (domain == PTD_NO_DOMAIN)
		return;
	put(d, " ", 1);
	ptk_ptd_puts_(d, domain < 4 ? name[domain] : "unknown");
}

static void put_line(struct ptd *d, uint64_t end)
{
	const struct ptd_note *n = &d->cur;
	uint32_t rules = d->p->rules;
	put_group(d);
	put_address(d, n->va);
	put(d, "-", 1);
	put_address(d, end);
	put(d, "   ", 3);
	if (rules & PTD_PA) {
		put(d, " ", 1);
		put_address(d, n->pa);
		put(d, " ", 1);
	}
	put_size(d, (end - n->va) & width_mask(d));
	if (!(rules & PTD_PLAIN)) {
		put(d, " ", 1);
		if (!(rules & PTD_NAME_LAST))
			ptk_ptd_puts_(d, n->name);
		put_domain(d, n->domain);
	}
	put_columns(d, n);
	if (rules & PTD_NAME_LAST)
		ptk_ptd_puts_(d, n->name);
	put(d, "\n", 1);
}

/* x86: some markers show their first lines only; the rest is counted. */
static void put_skipped(struct ptd *d)
{
	uint64_t n = d->lines - d->max_lines;
	if (!d->max_lines || d->lines <= d->max_lines || !d->shown)
		return;
	ptk_ptd_puts_(d, "... ");
	put_decimal(d, n, 1);
	ptk_ptd_puts_(d, n == 1 ? " entry" : " entries");
	ptk_ptd_puts_(d, " skipped ... \n");
}

static void end_range(struct ptd *d, uint64_t end)
{
	if (wanted(d, end) && (!d->max_lines || d->lines < d->max_lines))
		put_line(d, end);
	if (d->cur.prot || d->p->rules & PTD_HOLES)
		d->headed = true;
	d->lines++;
}

/* ---- the machine ---- */

void ptk_ptd_init_(struct ptd *d)
{
	d->started = d->past = d->shown = d->headed = false;
	d->max_lines = 0;
	d->lines = 0;
	d->group = NULL;
	d->ngroup = 0;
	d->rc = 0;
	d->len = 0;
	memset(d->columns, 0, sizeof d->columns);
}

static bool breaks(const struct ptd *d, const struct ptd_note *n)
{
	const struct ptd_note *c = &d->cur;
	return n->prot != c->prot || n->level != c->level || n->domain != c->domain || n->eff != c->eff ||
	       reached(d, n->va);
}

void ptk_ptd_note_(struct ptd *d, const struct ptd_note *n)
{
	if (!d->started) {
		d->started = true;
		d->cur = *n;
		if (!(d->p->rules & PTD_FROM_FIRST))
			d->cur.va = 0;
		next_marker(d);
	} else if (breaks(d, n)) {
		end_range(d, n->va);
		if (reached(d, n->va)) {
			put_skipped(d);
			next_marker(d);
		}
		while (d->p->rules & PTD_MARKER_ALL && reached(d, n->va))
			next_marker(d);
		d->cur = *n;
		d->past |= n->va > d->to;
	}
	if (d->p->rules & PTD_MARKER_AGAIN && reached(d, n->va))
		next_marker(d);
}

uint64_t ptk_ptd_next_(const struct ptd *d, uint64_t va, uint64_t count, uint64_t span, uint64_t after)
{
	uint64_t at = va + after * span;
	if (!d->nmarkers || after + 1 >= count)
		return count;
	if (d->marker->va <= at)
		return after + 1;
	uint64_t far = (d->marker->va - at) / span + ((d->marker->va - at) % span != 0);
	return far < count - after ? after + far : count;
}

int ptk_ptd_finish_(struct ptd *d)
{
	flush(d);
	return d->rc;
}
