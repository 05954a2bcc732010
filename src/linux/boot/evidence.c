// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/boot/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "linux/boot/boot.h"

int boot_evidence_add_(struct boot_evidence *e, const char *name, uint64_t first, uint64_t last)
{
	struct boot_fact *f = grow_(e->fact, e->n, &e->room, 16, sizeof *f);
	if (!f)
		return PTK_E_NOMEM;
	e->fact = f;
	f += e->n++;
	snprintf(f->name, sizeof f->name, "%s", name);
	f->first = first;
	f->last = last;
	return 0;
}

static int by_name(const void *x, const void *y)
{
	const struct boot_fact *a = x, *b = y;
	int order = strcmp(a->name, b->name);
	return order ? order : a->first < b->first ? -1 : a->first > b->first;
}

void boot_evidence_sort_(struct boot_evidence *e)
{
	if (e->n)
		qsort(e->fact, e->n, sizeof *e->fact, by_name);
}

/* How many facts come before (name, v), and of that one those that start at it. */
static size_t behind(const struct boot_evidence *e, const char *name, uint64_t v)
{
	size_t low = 0, high = e->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(e->fact[mid].name, name);
		if (order < 0 || (order == 0 && e->fact[mid].first <= v))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct boot_fact *boot_fact_(const struct boot_evidence *e, const char *name)
{
	size_t at = 0, high = e->n;
	while (at < high) {
		size_t mid = at + (high - at) / 2;
		if (strcmp(e->fact[mid].name, name) < 0)
			at = mid + 1;
		else
			high = mid;
	}
	return at < e->n && strcmp(e->fact[at].name, name) == 0 ? &e->fact[at] : NULL;
}

bool boot_fact_holds_(const struct boot_evidence *e, const char *name, uint64_t v)
{
	size_t at = behind(e, name, v);
	return at && strcmp(e->fact[at - 1].name, name) == 0 && v <= e->fact[at - 1].last;
}

/* ---- from a picture ---- */

static int ask(struct boot_evidence *e, struct ptk_linux *lx, const struct boot_witness *w)
{
	uint64_t va, v[2];
	if (ptk_linux_symbol(lx, w->name, &va) < 0)
		return 0;
	v[0] = v[1] = va;
	for (unsigned i = 0; i < w->count && i < 2; i++)
		if (boot_read_number_(lx, va + i * w->width, w->width, &v[i]) < 0)
			return 0;
	return boot_evidence_add_(e, w->name, v[0], w->count == 1 ? v[0] : v[1]);
}

int boot_evidence_take_(struct boot_evidence *e, struct ptk_linux *lx, const struct ptk_machine *m, const struct ptk_boot *b)
{
	const struct boot_arch *arch = m->arch;
	int rc = 0;
	for (const struct boot_witness *w = arch->witness; w && w->name && rc == 0; w++)
		rc = ask(e, lx, w);
	if (rc == 0 && b && arch->evidence)
		rc = arch->evidence(e, lx, b);
	boot_evidence_sort_(e);
	return rc;
}
