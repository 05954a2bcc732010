// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* A machine as a machine file. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "linux/boot/boot.h"

struct writer {
	ptk_write_fn *write;
	void *arg;
	int rc;
};

PTK_PRINTF(2, 3) static void put(struct writer *w, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (w->rc == 0 && n > 0)
		w->rc = w->write(w->arg, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* A word as a plain scalar where YAML takes it for one, else in quotes; what is not printable is dropped. */
static void word(struct writer *w, const char *text)
{
	char out[256];
	size_t n = 0;
	bool plain = *text != 0;
	for (const char *p = text; *p && n + 3 < sizeof out; p++) {
		bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_';
		plain = plain && (letter || (p > text && (*p == '-' || *p == '.')));
		if (*p == '"' || *p == '\\')
			out[n++] = '\\';
		if (*p >= ' ' && *p <= '~')
			out[n++] = *p;
	}
	out[n] = 0;
	put(w, plain ? "%s" : "\"%s\"", out);
}

static void banks(struct writer *w, const char *key, const struct ptk_bank *b, size_t n)
{
	if (n)
		put(w, "%s:\n", key);
	for (size_t i = 0; i < n; i++) {
		put(w, "  - {at: 0x%" PRIx64 ", size: 0x%" PRIx64, b[i].first, b[i].last - b[i].first + 1);
		if (b[i].name) {
			put(w, ", name: ");
			word(w, b[i].name);
		}
		put(w, "%s%s}\n", b[i].flags & PTK_BANK_NOMAP ? ", no-map: 1" : "",
		    b[i].flags & PTK_BANK_HOTPLUG ? ", hotplug: 1" : "");
	}
}

int ptk_machine_write(const struct ptk_machine *m, ptk_write_fn *write, void *arg)
{
	const struct ptk_machine_info *info = &m->info;
	struct writer w = {write, arg, 0};
	char regime[256];
	ptk_regime_format(&info->regime, regime, sizeof regime);
	put(&w, "regime: \"%s\"\nkernel: \"%u.%u\"\n", regime, info->major, info->minor);
	banks(&w, "memory", info->bank, info->nbanks);
	banks(&w, "reserved", info->reserved, info->nreserved);
	if (info->nnodes)
		put(&w, "nodes:\n");
	for (size_t i = 0; i < info->nnodes; i++)
		put(&w, "  - {at: 0x%" PRIx64 ", size: 0x%" PRIx64 ", data: 0x%" PRIx64 "}\n", info->node[i].first,
		    info->node[i].last - info->node[i].first + 1, info->node[i].data);
	if (info->niomaps)
		put(&w, "iomap:\n");
	for (size_t i = 0; i < info->niomaps; i++)
		put(&w, "  - {va: 0x%" PRIx64 ", pa: 0x%" PRIx64 ", size: 0x%" PRIx64 ", type: %s}\n", info->iomap[i].va,
		    info->iomap[i].pa, info->iomap[i].size, info->iomap[i].type);
	if (info->ncpus)
		put(&w, "cpus:\n");
	for (size_t i = 0; i < info->ncpus; i++)
		put(&w, "  - {percpu: 0x%" PRIx64 ", slot: %" PRIu64 "}\n", info->cpu[i].percpu, info->cpu[i].slot);
	if (info->nvalues)
		put(&w, "values:\n");
	for (size_t i = 0; i < info->nvalues; i++) {
		put(&w, "  %s: 0x%" PRIx64 "  # ", info->value[i].key, info->value[i].value);
		put(&w, "%.200s\n", info->value[i].how);
	}
	if (info->nsymbols)
		put(&w, "symbols:\n");
	for (size_t i = 0; i < info->nsymbols; i++)
		put(&w, "  %s: 0x%" PRIx64 "\n", info->symbol[i].name, info->symbol[i].va);
	return w.rc;
}
